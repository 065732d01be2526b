//! What the program does, for those who look into a problem: `FRESHET_LOG=debug freshet run f.dg`.

use std::env;
use std::io::{self, Write};

use freshet_runtime::redact;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Writes events to standard error: by default warnings of our own, else what `FRESHET_LOG` asks for
/// (`debug`, `freshet_connections=trace`, …).
///
/// No secret of ours can be formatted. What other crates tell is not ours, and below `info` it is the content of
/// connections, secrets with it: so far down only our own crates are heard, whatever was asked for. Every line is
/// redacted by the names in it all the same.
pub fn start() {
    let Some(wanted) = env::var("FRESHET_LOG")
        .ok()
        .filter(|wanted| !wanted.is_empty())
    else {
        tracing_subscriber::fmt()
            .with_writer(|| Redacted {
                before: "warning: ",
            })
            .with_ansi(false)
            .without_time()
            .with_level(false)
            .with_target(false)
            .with_max_level(LevelFilter::WARN)
            .init();
        return;
    };
    let heard = filter_fn(|event| is_ours(event.target()) || *event.level() <= LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(EnvFilter::new(wanted))
        .with(heard)
        .with(
            tracing_subscriber::fmt::layer()
                .with_writer(|| Redacted { before: "" })
                .with_ansi(false),
        )
        .init();
}

/// Whether an event comes from one of our crates.
fn is_ours(target: &str) -> bool {
    let crate_name = target.split("::").next().unwrap_or_default();
    crate_name == "freshet" || crate_name.starts_with("freshet_")
}

/// Standard error, each event redacted. An event comes in one piece.
struct Redacted {
    /// What each line begins with.
    before: &'static str,
}

impl Write for Redacted {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = redact::log_line(&String::from_utf8_lossy(event));
        let line = format!("{}{}", self.before, line.trim_start());
        io::stderr().lock().write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
