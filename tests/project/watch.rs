//! `run --watch` and `check --watch`: a change of a file, and not the clock, is what makes them begin again.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout};
use std::time::{Duration, Instant};

use super::calls::shop;
use crate::support::place::{Place, signal};
use crate::support::terminal::Terminal;

/// A command that watches; ended with the test.
struct Watching {
    child: Child,
    output: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
    /// What was read of standard error.
    said: String,
}

impl Watching {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        Self::of(place.spawn(arguments))
    }

    fn of(mut child: Child) -> Self {
        let output = BufReader::new(child.stdout.take().unwrap());
        let errors = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            output,
            errors,
            said: String::new(),
        }
    }

    /// Waits for a line on standard error with this text.
    fn told(&mut self, wanted: &str) {
        let mut line = String::new();
        while !line.contains(wanted) {
            self.said += &line;
            line.clear();
            let read = self.errors.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "`{wanted}` is not told:\n{}", self.said);
        }
        self.said += &line;
    }

    /// The next line on standard output.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Lines up to one that is `wanted`: a run may begin between two changes that belong together.
    fn until(&mut self, wanted: &str) {
        loop {
            let line = self.line();
            if line == wanted {
                return;
            }
            assert_ne!(line, "", "the watch has ended before `{wanted}`");
        }
    }

    fn interrupt(mut self) -> (Option<i32>, String) {
        signal(&self.child, "INT");
        self.errors.read_to_string(&mut self.said).unwrap();
        let status = self.child.wait().unwrap();
        (status.code(), self.said)
    }
}

#[test]
fn a_script_runs_again_when_it_or_a_file_of_its_project_changes() {
    let place = shop();
    place.write("shop/a.dg", "info billing.label(1) + zoho.appname;\n");
    let mut watching = Watching::start(&place, &["run", "--watch", "shop/a.dg"]);
    assert_eq!(watching.line(), "R-1corner shop");
    place.write("shop/a.dg", "info billing.label(2);\n");
    watching.until("R-2");
    place.write(
        "shop/functions/label.dg",
        "string billing.label(int id) { return \"no. \" + id; }\n",
    );
    watching.until("no. 2");
    place.write(
        "shop/functions/new/more.dg",
        "string more.of() { return \"more\"; }\n",
    );
    place.write("shop/a.dg", "info more.of() + zoho.appname;\n");
    watching.until("morecorner shop");
    place.write("shop/freshet.toml", "[project]\nname = \" shop\"\n");
    watching.until("more shop");
    // An error ends a run and not the watch; what is wrong with the settings neither.
    place.write("shop/a.dg", "info 1 /;\n");
    place.write("shop/freshet.toml", "[project]\nname = 1\n");
    place.write("shop/a.dg", "info \"mended\";\n");
    place.write("shop/freshet.toml", "");
    watching.until("mended");
    let (exit, told) = watching.interrupt();
    assert_eq!(exit, Some(130), "{told}");
    assert!(told.contains("waiting for changes, Ctrl-C ends"), "{told}");
}

#[test]
fn a_change_ends_a_run_that_goes_on_for_ever() {
    let place = Place::new();
    // What was printed is handed over before a call.
    place.write(
        "a.dg",
        "info \"first\";\ntry { x = getUrl(\"http://127.0.0.1:9/\"); } catch (e) { x = 1; }\nwhile (true) { x = 1; }\n",
    );
    let mut watching = Watching::start(&place, &["run", "--watch", "a.dg"]);
    assert_eq!(watching.line(), "first");
    place.write("a.dg", "info \"second\";\n");
    watching.until("second");
    let (exit, told) = watching.interrupt();
    assert_eq!(exit, Some(130), "{told}");
    assert!(!told.contains("R0104"), "{told}");
}

#[test]
fn standard_input_cannot_be_watched() {
    let place = Place::new();
    place.write("a.dg", "info 1;\n");
    place
        .run(&["run", "--watch", "-"])
        .fails(2, &["standard input", "--watch"]);
    place
        .run(&["run", "--watch", "a.dg", "--arguments", "-"])
        .fails(2, &["standard input", "--watch"]);
}

#[test]
fn what_is_not_there_is_not_waited_for() {
    let place = Place::new();
    place.write("a.dg", "info 1;\n");
    for arguments in [
        &["run", "nothere.dg", "--watch"][..],
        &["check", "a.dg", "nothere.dg", "--watch"],
    ] {
        place
            .run(arguments)
            .fails(74, &["there is no file nothere.dg"])
            .prints("");
    }
    place
        .run(&["run", "a.dg", "--watch", "--arguments", "none.json"])
        .fails(74, &["none.json"])
        .prints("");
}

#[test]
fn a_run_begins_once_nothing_has_changed_for_a_tenth_of_a_second() {
    const QUIET: Duration = Duration::from_millis(100);
    let place = Place::new();
    place.write("a.dg", "info \"first\";\n");
    let mut watching = Watching::start(&place, &["run", "--watch", "a.dg"]);
    assert_eq!(watching.line(), "first");
    let begun = Instant::now();
    for number in 0..30 {
        place.write("a.dg", format!("info \"change {number}\";\n"));
    }
    place.write("a.dg", "info \"last\";\n");
    let mut runs = 1;
    loop {
        match watching.line().as_str() {
            "last" => break,
            "" => panic!("the watch has ended"),
            _ => runs += 1,
        }
    }
    // However slowly the changes came: before each run there was a quiet time of its own.
    let room = begun.elapsed().as_millis() / QUIET.as_millis();
    assert!(runs <= room, "{runs} runs in {:?}", begun.elapsed());
    watching.interrupt();
}

/// Lines up to the end of a document of `check --json`, and what it counts: errors, and files.
fn checked(watching: &mut Watching) -> (u64, u64) {
    let mut text = String::new();
    loop {
        let line = watching.line();
        assert_ne!(line, "", "the watch has ended: {text}");
        text += &line;
        if line == "}" {
            break;
        }
    }
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let count = |name: &str| document[name].as_u64().unwrap();
    (count("errors"), count("files"))
}

#[test]
fn a_check_is_made_again_when_a_file_comes_changes_or_goes() {
    let place = shop();
    let mut watching = Watching::start(&place, &["check", "--watch", "shop", "--json"]);
    let mut until = |wanted: (u64, u64)| while checked(&mut watching) != wanted {};
    until((0, 3));
    // A new script, one in a new folder, a function, and what is taken away again.
    place.write("shop/scripts/later.dg", "info 1 /;\n");
    until((1, 4));
    place.write("shop/scripts/more/deep.dg", "info nothing.like(it);\n");
    until((2, 5));
    place.write(
        "shop/functions/like.dg",
        "int nothing.like(int it) { return it; }\n",
    );
    until((1, 6));
    place.write(
        "shop/scripts/more/deep.dg",
        "it = 1;\ninfo nothing.like(it);\n",
    );
    place.write("shop/scripts/later.dg", "info 1;\n");
    until((0, 6));
    place.write(
        "shop/functions/like.dg",
        "int nothing.like(int it) { return m; }\n",
    );
    until((1, 6));
    std::fs::remove_dir_all(place.path("shop/scripts/more")).unwrap();
    until((1, 5));
    // Settings with a mistake are told, and the check goes on once they are right.
    place.write("shop/freshet.toml", "[project]\nname = 1\n");
    place.write("shop/freshet.toml", "");
    std::fs::remove_file(place.path("shop/functions/like.dg")).unwrap();
    until((0, 4));
    let (exit, told) = watching.interrupt();
    assert_eq!(exit, Some(130), "{told}");
}

#[test]
fn a_check_of_a_whole_project_watches_it_and_standard_input_cannot_be_watched() {
    let place = shop();
    let inside = ["check", "--watch", "--project", "shop"];
    let mut watching = Watching::start(&place, &inside);
    watching.told("waiting for changes, Ctrl-C ends");
    place.write("shop/elsewhere.dg", "info 1 /;\n");
    watching.told("elsewhere.dg:1:");
    watching.told("1 error, 0 warnings in 4 files");
    watching.told("waiting for changes, Ctrl-C ends");
    let (exit, _) = watching.interrupt();
    assert_eq!(exit, Some(130));
    place
        .run(&["check", "--watch", "-"])
        .fails(2, &["standard input", "--watch"]);
    place
        .run(&["check", "--watch"])
        .fails(2, &["there is no project here"]);
}

#[test]
fn a_check_that_nobody_reads_any_more_ends_quietly() {
    let place = shop();
    let mut child = place.spawn(&["check", "--watch", "shop", "--json"]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    drop(output);
    let begun = Instant::now();
    let mut number = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it goes on");
        // A change begins a check, and the check finds that nobody reads.
        number += 1;
        place.write("shop/scripts/nightly.dg", format!("info {number};\n"));
        std::thread::sleep(Duration::from_millis(300));
    };
    assert_eq!(status.code(), Some(0));
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!(told, "");
}

#[test]
fn each_run_has_an_empty_screen_where_there_is_one() {
    for (command, term) in [("run", "xterm"), ("check", "xterm"), ("check", "dumb")] {
        let place = Place::new();
        place.write("a.dg", "info nothing;\n");
        let mut command = place.command(&[command, "--watch", "a.dg"]);
        command.env("TERM", term);
        let mut terminal = Terminal::run(command);
        terminal.expect("`nothing`");
        terminal.expect("waiting for changes, Ctrl-C ends");
        place.write("a.dg", "info other;\n");
        let before = terminal.expect("`other`");
        assert_eq!(before.contains("\x1b[2J"), term == "xterm", "{before:?}");
        terminal.expect("waiting for changes, Ctrl-C ends");
        terminal.write("\x03");
        terminal.ends(130, &[]);
    }
}
