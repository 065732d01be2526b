//! A terminal for commands that ask, by `script` of util-linux: what is typed goes in, what is shown comes out.

use std::process::{Command, Stdio};

use super::place::{Outcome, Place, feed};

impl Place {
    /// Runs a line for a shell on a terminal, with `typed` at its keyboard. What is shown is its standard output.
    pub fn on_terminal(&self, line: &str, typed: &str) -> Outcome {
        let mut command = Command::new("script");
        self.settle(&mut command);
        let binaries = std::path::Path::new(env!("CARGO_BIN_EXE_freshet"))
            .parent()
            .unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .args(["-q", "-e", "-c", line, "/dev/null"])
            .env("PATH", format!("{}:{path}", binaries.display()))
            .env("TERM", "dumb")
            .env("NO_COLOR", "1")
            .env_remove("SSH_CONNECTION")
            .stderr(Stdio::piped());
        feed(command, typed.as_bytes())
    }
}
