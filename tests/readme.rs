//! Every `freshet` command of the README does what the page says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    std::fs::read_to_string(path).expect("README.md")
}

/// The blocks between fences: the word after the opening fence, and the lines.
fn blocks(page: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, Vec<String>)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(word)) => open = Some((word.to_owned(), Vec::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, lines)), None) => lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    blocks
}

/// Commands in running text, between backticks; those with a word in capitals stand for many and are left out.
fn inline_commands(page: &str) -> Vec<String> {
    let prose: String = page.split("```").step_by(2).collect();
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| code.starts_with("freshet "))
        .filter(|code| {
            !code
                .split_whitespace()
                .any(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()))
        })
        .map(str::to_owned)
        .collect()
}

/// Runs a line of the page in a shell that finds `freshet`, in a folder and with a home of its own.
fn shell(folder: &TempDir, line: &str) -> std::process::Output {
    let binary = support::freshet();
    let mut command = Command::new("sh");
    let beside = Path::new(binary.get_program()).parent().unwrap();
    let path = format!(
        "{}:{}",
        beside.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    command
        .args(["-c", line])
        .current_dir(folder.path())
        .stdin(Stdio::null());
    command
        .env("PATH", path)
        .env("HOME", folder.path())
        .env("NO_COLOR", "1");
    command
        .env("XDG_DATA_HOME", folder.path().join("data"))
        .env("XDG_CONFIG_HOME", folder.path().join("config"));
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("FRESHET_"))
    {
        command.env_remove(name);
    }
    command.output().expect("a shell runs")
}

fn succeeds(folder: &TempDir, line: &str) -> String {
    let output = shell(folder, line);
    assert!(
        output.status.success(),
        "{line}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The service of the demo, ended when the test ends.
struct Demo {
    child: Child,
    /// Kept, so that what the service prints has somewhere to go.
    _output: BufReader<ChildStdout>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn demo(port: u16) -> Demo {
    let mut command = support::freshet();
    command
        .args(["demo", "--serve", "--port", &port.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("the demo starts");
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).expect("it says that it runs");
    let demo = Demo {
        child,
        _output: output,
    };
    assert!(first.contains(&format!("127.0.0.1:{port}")), "{first}");
    demo
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
fn the_first_script_prints_what_the_page_shows() {
    let folder = TempDir::new().unwrap();
    let blocks = blocks(&readme());
    let (script, output) = (&blocks[0], &blocks[1]);
    std::fs::write(folder.path().join("first.dg"), script.1.join("\n")).unwrap();
    let printed = succeeds(&folder, "freshet first.dg");
    assert_eq!(printed.lines().collect::<Vec<_>>(), output.1);
}

#[test]
fn every_command_works_in_the_order_of_the_page() {
    let page = readme();
    let folder = TempDir::new().unwrap();
    let port = free_port();
    let mut serving = None;
    let mut ran = 0;
    for (_, lines) in blocks(&page) {
        let shows_command =
            |line: &String| line.starts_with("freshet ") || line.contains("| freshet ");
        if !lines.iter().any(shows_command) {
            continue;
        }
        for line in &lines {
            let line = line.replace("127.0.0.1:8790", &format!("127.0.0.1:{port}"));
            if line == "freshet demo --serve" {
                serving = Some(demo(port));
            } else {
                succeeds(&folder, &line);
                ran += 1;
            }
        }
    }
    assert!(
        serving.is_some() && ran >= 8,
        "the page has its commands: {ran}"
    );
    // The console stays, and has tests of its own.
    let lines = inline_commands(&page).into_iter();
    for line in lines.filter(|line| line != "freshet console") {
        succeeds(&folder, &format!("{line} < /dev/null"));
    }
}

#[test]
fn the_demo_needs_nothing_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let printed = succeeds(&folder, "freshet demo");
    for seen in [
        "connection :\"demo\"",
        "reminder R-1 sent",
        "POST /oauth/token",
        "Bearer ***",
        "renewed",
    ] {
        assert!(printed.contains(seen), "{seen} is missing:\n{printed}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}
