//! What the program does, for those who look into a problem: `FRESHET_LOG=debug freshet run f.dg`.

use std::env;
use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Writes events to standard error: by default warnings of our own, else what `FRESHET_LOG` asks for
/// (`debug`, `freshet_connections=trace`, …).
///
/// No secret can be formatted, and headers that hold one are marked as such; still, other crates are only heard up to
/// `debug`, since what they tell beyond it is the content of connections.
pub fn start() {
    let Some(wanted) = env::var("FRESHET_LOG").ok().filter(|wanted| !wanted.is_empty()) else {
        tracing_subscriber::fmt()
            .with_writer(io::stderr)
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .with_max_level(LevelFilter::WARN)
            .init();
        return;
    };
    let filter = match wanted.as_str() {
        "trace" => EnvFilter::new("debug,freshet=trace,freshet_connections=trace,freshet_runtime=trace"),
        wanted => EnvFilter::new(wanted),
    };
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_env_filter(filter).init();
}
