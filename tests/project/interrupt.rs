//! Ctrl-C, a second one, and a closed pipe.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;

use crate::support::place::{Place, signal};

/// Prints `ready` and hands it over, since a call follows; then does `work`.
fn script(work: &str) -> String {
    format!(
        "info \"ready\";\ntry {{ x = getUrl(\"http://127.0.0.1:9/\"); }} catch (e) {{ x = 1; }}\n{work}\ninfo \"after\";\n"
    )
}

/// A run that has printed `ready`.
fn running(place: &Place, work: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    place.write("run.dg", script(work));
    let mut child = place.spawn(&["run", "run.dg"]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    (child, output)
}

#[test]
fn ctrl_c_ends_a_loop_and_a_regular_expression() {
    // A second or so each, and a thousand of them between two looks that steps make.
    let many = "t = \"aaaaaaaaaaaaaaaaaaaaaac\";\ni = 0;\nwhile (i < 12) { t = t + \" \" + t; i = i + 1; }\n\
        while (true) { try { x = t.replaceAll(\"((a|aa)+)\\\\1b|c\", \"\"); } catch (e) { x = 0; } }";
    for work in [
        "while (true) { x = x + 1; }",
        "while (true) { try { x = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\".matches(\"((a|aa)+)\\\\1b\"); } catch (e) { x = 0; } }",
        many,
    ] {
        let place = Place::new();
        let (child, mut output) = running(&place, work);
        signal(&child, "INT");
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(130), "{work}: {told}");
        assert!(told.contains("R0104"), "{work}: {told}");
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "{work}");
    }
}

#[test]
fn a_second_ctrl_c_ends_the_process_at_once() {
    // One call that takes long and asks nobody whether to go on.
    let place = Place::new();
    let work = "t = \"ab\";\ni = 0;\nwhile (i < 22) { t = t + t; i = i + 1; }\n\
        l = t.toList(\"b\");\nwhile (true) { l.sort(); }";
    let (child, _output) = running(&place, work);
    signal(&child, "INT");
    signal(&child, "INT");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
}

#[test]
fn a_closed_pipe_ends_a_run_quietly() {
    let place = Place::new();
    place.write("run.dg", "i = 0;\nwhile (i >= 0) { info i; i = i + 1; }\n");
    let mut child = place.spawn(&["run", "run.dg"]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    drop(output);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}
