//! What the program does, for those who look into a problem: `FRESHET_LOG=debug freshet run f.dg`.

use std::env;
use std::io::{self, Write};

use freshet_runtime::redact;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Writes events to standard error: by default warnings of our own, else what `FRESHET_LOG` asks for
/// (`debug`, `freshet_connections=trace`, …).
///
/// No secret of ours can be formatted, and headers that hold one are marked as such. What other crates tell is not ours,
/// so every line is redacted by the names in it; with a bare `trace` they are heard up to `debug` only, since what they
/// tell beyond it is the content of connections.
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
    let filter = match wanted.as_str() {
        "trace" => {
            EnvFilter::new("debug,freshet=trace,freshet_connections=trace,freshet_runtime=trace")
        }
        wanted => EnvFilter::new(wanted),
    };
    tracing_subscriber::fmt()
        .with_writer(|| Redacted { before: "" })
        .with_ansi(false)
        .with_env_filter(filter)
        .init();
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
