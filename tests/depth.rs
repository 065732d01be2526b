//! Depth and size: no script ends the process by a signal, keeps it from ending, or is told less than where it is wrong.
//!
//! Everything goes through the binary. `FRESHET_LONG_TESTS=1` runs every form at every size with every command.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "depth/forms.rs"]
mod forms;
#[path = "depth/memory.rs"]
mod memory;
#[path = "depth/recursion.rs"]
mod recursion;
#[path = "depth/size.rs"]
mod size;
#[path = "depth/values.rs"]
mod values;

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long any of these scripts may take. An optimised binary keeps the promised two seconds. One built for tests is
/// several times slower and shares two processors with the other tests: there the bound tells what grows with the square
/// of its input (minutes) from what is merely slow.
const BOUND: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });

/// More than any report needs, in bytes: twenty errors and twenty warnings of a few hundred bytes each.
const LONGEST_REPORT: usize = 64 << 10;

fn is_long() -> bool {
    std::env::var_os("FRESHET_LONG_TESTS").is_some()
}

/// How a script ended.
struct Ended {
    /// The exit code; `None`: by a signal.
    exit: Option<i32>,
    out: String,
    err: String,
    time: Duration,
}

/// Gives a script to a command on standard input. The command is ended if it takes far longer than it may.
fn freshet(arguments: &[&str], script: &str) -> Ended {
    let mut command = support::freshet();
    command.args(arguments);
    ended(command, script)
}

/// As [`freshet`], with an address space of so many KiB: a command that wants more is aborted.
fn freshet_within(kib: u64, arguments: &[&str], script: &str) -> Ended {
    let binary = support::freshet();
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -v {kib}; exec \"$@\""), "sh"])
        .arg(binary.get_program())
        .args(arguments);
    for (name, value) in binary.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    ended(command, script)
}

fn ended(mut command: Command, script: &str) -> Ended {
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let (mut stdin, mut stdout, mut stderr) = (
        child.stdin.take().unwrap(),
        child.stdout.take().unwrap(),
        child.stderr.take().unwrap(),
    );
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        // A command that has seen enough closes its input: nothing is wrong with that.
        scope.spawn(move || drop(stdin.write_all(script.as_bytes())));
        scope.spawn(move || {
            let mut out = Vec::new();
            std::thread::scope(|scope| {
                let err = scope.spawn(|| {
                    let mut err = Vec::new();
                    stderr.read_to_end(&mut err).map(|_| err)
                });
                let read = stdout.read_to_end(&mut out);
                let err = err.join().unwrap().unwrap();
                read.unwrap();
                // Nobody waits any more if it took too long.
                let _ = sender.send((out, err));
            });
        });
        let printed = receiver.recv_timeout(BOUND * 3);
        if printed.is_err() {
            child.kill().unwrap();
        }
        let exit = child.wait().unwrap().code();
        let time = begun.elapsed();
        let (out, err) = printed.unwrap_or_default();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ended {
            exit,
            out: text(out),
            err: text(err),
            time,
        }
    })
}

/// What makes a long text of a long one asks for the memory first, be it that of the limit or of the machine.
#[cfg(target_os = "linux")]
#[test]
fn functions_of_long_texts_never_abort() {
    const KIB: u64 = 400_000;
    let calls = [
        "x.reverse()",
        "x.toUpperCase()",
        "x.toLowerCase()",
        "x.proper()",
        "x.replaceAllIgnoreCase(\"b\", \"c\")",
        "x.replaceAllIgnoreCase(\"b\", \"c\", true)",
        "x.containsIgnoreCase(\"zzz\")",
        "x.getPrefixIgnoreCase(\"zzz\")",
        "x.getAlpha()",
        "x.removeAllAlpha()",
        "x.subString(1)",
        "x.right(149999999)",
        "x.getSuffix(\"a\")",
        "x.trim()",
        "x.removeFirstOccurence(\"a\")",
        "zoho.encryption.urlDecode(x)",
        "'01-Jan-2020'.toString(\"y\".repeat(150000000))",
    ];
    for call in calls {
        let script = format!("x = \" a\".repeat(75000000); y = {call}; z = x + x; info 1;");
        let ended = freshet_within(KIB, &["run", "-"], &script);
        assert_eq!(ended.exit, Some(75), "{call}: {}", ended.err);
        assert!(ended.err.contains("R0103"), "{call}: {}", ended.err);
    }
    let ended = freshet_within(
        KIB,
        &["run", "-"],
        "x = \"a\".repeat(10000000).toList(\"\"); info 1;",
    );
    assert!(ended.err.contains("R0103"), "{}", ended.err);
    // What needs no copy needs no memory.
    let ended = freshet_within(
        700_000,
        &["run", "-"],
        "x = \"aB1 \".repeat(60000000); info x.containsIgnoreCase(\"zzz\");",
    );
    assert_eq!(
        (ended.exit, ended.out.trim()),
        (Some(0), "false"),
        "{}",
        ended.err
    );
}

/// Runs a script.
fn run(script: &str) -> Ended {
    freshet(&["run", "-"], script)
}

impl Ended {
    /// What is wrong with the ending of whatever script, if anything.
    fn fault(&self) -> Option<String> {
        if self.time > BOUND {
            return Some(format!("took {:?}", self.time));
        }
        if !matches!(self.exit, Some(0 | 1 | 65)) {
            return Some(format!("exit {:?}\n{}", self.exit, self.err));
        }
        if self.exit != Some(0) && !self.err.contains("Error:") {
            return Some(format!("ends with {:?} and does not tell why", self.exit));
        }
        (self.err.len() > LONGEST_REPORT).then(|| format!("tells {} bytes", self.err.len()))
    }

    /// It ended well, in time, and printed this.
    #[track_caller]
    fn prints(self, out: &str) -> Self {
        assert_eq!(self.fault(), None);
        assert_eq!(self.exit, Some(0), "{}", self.err);
        assert_eq!(self.out, out);
        self
    }

    /// It ended with this exit code, in time, and told these words.
    #[track_caller]
    fn fails(self, exit: i32, told: &[&str]) -> Self {
        assert!(self.time <= BOUND, "took {:?}", self.time);
        assert_eq!(self.exit, Some(exit), "{}", self.err);
        for text in told {
            assert!(
                self.err.contains(text),
                "`{text}` is not told:\n{}",
                self.err
            );
        }
        assert!(self.err.len() <= LONGEST_REPORT);
        self
    }
}
