//! Web calls, seen from outside: a script, what arrives at a server, and what the script and its caller see.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "web/connections.rs"]
mod connections;
#[path = "web/functions.rs"]
mod functions;
#[path = "web/network.rs"]
mod network;
#[cfg(target_os = "linux")]
#[path = "web/peak.rs"]
mod peak;
#[path = "web/redirects.rs"]
mod redirects;
#[path = "web/replies.rs"]
mod replies;
#[path = "web/requests.rs"]
mod requests;

use std::process::Output;

use support::server::{Reply, Request, Server};
use tempfile::TempDir;

/// A script that was run.
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// What the binary left behind.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }

    /// The lines printed by a run that must have gone well.
    pub fn printed(&self) -> &str {
        assert_eq!(self.code, 0, "the run failed\n{}{}", self.out, self.err);
        self.out.trim_end_matches('\n')
    }

    /// The run must have ended with this code and this on standard error.
    pub fn failed(&self, code: i32, says: &str) {
        assert!(
            self.code == code && self.err.contains(says),
            "expected exit {code} and `{says}`, found {}\n{}",
            self.code,
            self.err
        );
    }
}

/// Runs a script with the given options, away from everything that belongs to the caller.
pub fn run(options: &[&str], script: &str) -> Ran {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("script.dg");
    std::fs::write(&file, script).unwrap();
    let mut command = support::freshet();
    command.arg("run").arg(&file).args(options);
    command.env("XDG_DATA_HOME", folder.path().join("data"));
    Ran::of(command.output().expect("the binary runs"))
}

/// Runs a script in which `$URL` stands for the address of a server.
pub fn run_on(server: &Server, options: &[&str], script: &str) -> Ran {
    run(options, &script.replace("$URL", &server.url("")))
}

/// The only request that a script sends to a server that answers `{}`.
pub fn sent(script: &str) -> Request {
    let server = Server::start(|_| Reply::json("{}"));
    run_on(&server, &[], script).printed();
    server.only()
}
