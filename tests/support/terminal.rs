//! A command on a terminal of its own, as a person runs it.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::pty::openpty;

use super::place::{Outcome, Place, feed};

/// No command takes so long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// A terminal with one command in it.
pub struct Terminal {
    child: Child,
    master: File,
    arrived: Receiver<Vec<u8>>,
    shown: String,
    /// How much of `shown` has been looked at.
    seen: usize,
}

impl Terminal {
    /// Runs the command with all its streams on a new terminal, which is its controlling one.
    pub fn run(mut command: Command) -> Self {
        let pair = openpty(None, None).expect("a terminal");
        let slave = File::from(pair.slave);
        let copy = || Stdio::from(slave.try_clone().unwrap());
        command.stdin(copy()).stdout(copy()).stderr(copy());
        in_session(&mut command);
        let child = command.spawn().expect("the binary runs");
        drop((command, slave));
        let master = File::from(pair.master);
        let mut reading = master.try_clone().unwrap();
        let (sender, arrived) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end of the command is an error here.
            while let Ok(read @ 1..) = reading.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            master,
            arrived,
            shown: String::new(),
            seen: 0,
        }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until this text is shown, and gives what was shown before it since the last time.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                let before = self.shown[self.seen..][..at].to_owned();
                self.seen += at + text.len();
                return before;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.arrived.recv_timeout(left) {
                Ok(bytes) => self.show(&bytes),
                Err(_) => panic!("`{text}` is not shown:\n{}", self.shown),
            }
        }
    }

    /// The address that a person is asked to open.
    #[track_caller]
    pub fn address(&mut self) -> String {
        self.expect("left):\n  ");
        self.expect("\n")
    }

    /// Types characters, or pastes them.
    pub fn write(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until the command has ended: its exit code, and all that was shown.
    #[track_caller]
    pub fn end(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.arrived.recv_timeout(left) {
                Ok(bytes) => self.show(&bytes),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("no end:\n{}", self.shown),
            }
        }
        let status = self.child.wait().unwrap();
        (status.code(), std::mem::take(&mut self.shown))
    }

    /// The same, when it must have ended with this exit code and have shown these texts.
    #[track_caller]
    pub fn ends(self, exit: i32, told: &[&str]) -> String {
        let (code, shown) = self.end();
        assert_eq!(code, Some(exit), "{shown}");
        for text in told {
            assert!(shown.contains(text), "`{text}` is not shown:\n{shown}");
        }
        shown
    }

    fn show(&mut self, bytes: &[u8]) {
        // A terminal begins each line at its left edge.
        self.shown += &String::from_utf8_lossy(bytes).replace('\r', "");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[allow(
    unsafe_code,
    reason = "a terminal is made the controlling one between fork and exec"
)]
pub fn in_session(command: &mut Command) {
    // SAFETY: `setsid` and `ioctl` may be called there (signal-safety(7)), and nothing is allocated.
    unsafe {
        command.pre_exec(|| {
            if libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
}

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
