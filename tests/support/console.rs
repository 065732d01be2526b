//! A running `freshet console`, and the browser of whoever started it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::client::{self, Answer};
use super::place::signal;

/// A console that ends with this.
pub struct Console {
    child: Child,
    out: BufReader<ChildStdout>,
    /// The address that lets a browser in, as it was printed.
    pub address: String,
}

impl Console {
    /// Starts the command, `freshet console` with its options, and waits for its address.
    pub fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut address = String::new();
        out.read_line(&mut address).unwrap();
        let address = address.trim_end().to_owned();
        Self {
            child,
            out,
            address,
        }
    }

    /// An address of this console.
    pub fn url(&self, path: &str) -> String {
        let (root, _) = self.address.split_once("/open?").expect("an address");
        format!("{root}{path}")
    }

    /// The cookie of the browser that opens the printed address.
    #[track_caller]
    pub fn cookie(&self) -> String {
        let opened = client::get(&self.address);
        assert_eq!(opened.status, 303, "{}", opened.text());
        let set = opened.header("set-cookie").expect("a cookie");
        set.split(';').next().unwrap().to_owned()
    }

    /// Gets a page with that cookie.
    #[track_caller]
    pub fn get(&self, cookie: &str, path: &str) -> Answer {
        client::send("GET", &self.url(path), &[("Cookie", cookie)], b"")
    }

    /// Ends it as Ctrl-C does: its exit code, what it printed after the address, what it said.
    pub fn interrupt(mut self) -> (Option<i32>, String, String) {
        signal(&self.child, "INT");
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        (self.child.wait().unwrap().code(), out, err)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // A test that failed leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
