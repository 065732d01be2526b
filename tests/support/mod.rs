//! What the tests of the whole program share.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

pub mod client;
pub mod console;
pub mod form;
pub mod place;
pub mod secure;
pub mod server;
pub mod terminal;

use std::process::Command;

/// The binary, with a clean environment: no registry, no configuration, no proxy, no colours, no terminal of the caller,
/// and no `CI`, with which nobody is asked.
pub fn freshet() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freshet"));
    for (name, _) in std::env::vars_os() {
        let lower = name.to_string_lossy().to_ascii_lowercase();
        if lower.starts_with("freshet_") || lower.ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
        .env("NO_COLOR", "1")
        .env_remove("CI")
        .stdin(std::process::Stdio::null());
    command
}
