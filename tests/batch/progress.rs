//! How far a batch is, while it runs and from another terminal.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex};

use crate::screen::{CTRL_C, Screen};
use crate::support::place::{Place, outcome, signal};
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;
use crate::{numbered, states, until};

/// Lets requests wait until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(open, |open| !*open).unwrap());
    }
}

/// Six jobs: three succeed at once, the fourth fails, the last two wait for the gate.
fn six() -> (Place, Server, Gate) {
    let gate = Gate::default();
    let wait = gate.clone();
    let server = Server::start(move |request| {
        if matches!(request.target.as_str(), "/5" | "/6") {
            wait.pass();
        }
        Reply::json("1")
    });
    let place = Place::new();
    place.write(
        "f.dg",
        format!(
            "info \"line \" + id;\nif (id == 4) {{ x = 1 / 0; }}\nx = getUrl(\"{}\" + id);\n",
            server.url("/")
        ),
    );
    place.write("rows.csv", numbered(6));
    (place, server, gate)
}

const RUN: [&str; 7] = ["batch", "run", "f.dg", "--jobs", "rows.csv", "--key", "id"];

#[test]
fn on_a_terminal_a_bar_shows_how_far_a_batch_is() {
    let (place, _server, gate) = six();
    let mut screen = Screen::of(place.command(&RUN), 120, 40);
    screen.until("what is done", |screen| {
        let rows = screen.rows();
        let bar = rows.last().map_or("", String::as_str);
        ["4/6", "1 failed", "2 in flight", "a second", "left"]
            .iter()
            .all(|part| bar.contains(part))
    });
    // Logs and errors stand above it, each job's in one piece.
    screen.shows("line 1\n").shows("job 4 (4) failed:");
    // After a moment the jobs that have run longest are named.
    screen.until("the longest-running jobs", |screen| {
        let rows = screen.rows();
        let bar = rows.last().map_or("", String::as_str);
        bar.contains("job 5 (5) ") && bar.contains("job 6 (6) ")
    });
    gate.open();
    assert_eq!(screen.wait(), Some(3));
    screen.shows("5 succeeded, 1 failed of 6");
    assert!(!screen.text().contains("4/6"), "{}", screen.text());
}

#[test]
fn in_a_narrow_window_the_bar_stays_on_its_line() {
    let (place, _server, gate) = six();
    let mut screen = Screen::of(place.command(&RUN), 50, 40);
    screen.until("what is done", |screen| {
        let rows = screen.rows();
        rows.last().is_some_and(|bar| bar.contains("4/6"))
    });
    // However often it is drawn again, there is one of it, and nothing below.
    screen.until("a second later", |screen| {
        screen.raw.matches("/6").count() > 12
    });
    let rows = screen.rows();
    let bars = rows.iter().filter(|row| row.contains("/6")).count();
    assert_eq!(bars, 1, "{}", screen.text());
    assert!(rows.last().unwrap().contains("4/6"), "{}", screen.text());
    gate.open();
    assert_eq!(screen.wait(), Some(3));
}

#[test]
fn quiet_and_machines_get_no_bar() {
    for option in ["--quiet", "--json"] {
        let (place, _server, gate) = six();
        gate.open();
        let command = place.command(&[&RUN[..], &[option]].concat());
        let mut screen = Screen::of(command, 120, 60);
        assert_eq!(screen.wait(), Some(3));
        assert!(!screen.text().contains("in flight"), "{}", screen.text());
    }
}

/// Waits until a batch has these states.
#[track_caller]
fn until_states(place: &Place, wanted: &[&str]) {
    until(|| {
        place.data("batches.db").exists()
            && place.run(&["batch", "status", "last"]).exit == Some(0)
            && states(place) == wanted
    });
}

#[test]
fn another_terminal_watches_how_far_a_batch_is() {
    let (place, _server, gate) = six();
    let run = place.spawn(&[&RUN[..], &["--quiet"]].concat());
    let done = "succeeded";
    until_states(&place, &[done, done, done, "failed", "running", "running"]);
    let watch = ["batch", "status", "last", "--watch"];
    let mut first = place.spawn(&watch);
    let mut second = place.spawn(&watch);
    let lines = |child: &mut Child| BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut seen, mut given_up) = (lines(&mut first), lines(&mut second));
    for lines in [&mut seen, &mut given_up] {
        let so_far = "4 of 6 jobs: 3 succeeded, 1 failed, 2 running";
        assert!(lines.any(|line| line.unwrap().contains(so_far)));
    }
    // A person who has seen enough.
    signal(&second, "INT");
    assert_eq!(second.wait().unwrap().code(), Some(130));
    gate.open();
    let rest: Vec<String> = seen.map(Result::unwrap).collect();
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert!(
        rest.iter()
            .any(|line| line.contains("6 of 6 jobs: 5 succeeded, 1 failed")),
        "{rest:?}"
    );
    outcome(run.wait_with_output().unwrap()).fails(3, &[]);
    // One that is over is told once.
    let told = place.run(&watch).ok().out;
    assert_eq!(told.matches("6 of 6").count(), 1, "{told}");
}

#[test]
fn on_a_terminal_the_status_stays_in_its_place() {
    let (place, _server, gate) = six();
    let run = place.spawn(&[&RUN[..], &["--quiet"]].concat());
    let done = "succeeded";
    until_states(&place, &[done, done, done, "failed", "running", "running"]);
    let command = place.command(&["batch", "status", "last", "--watch"]);
    let mut screen = Screen::of(command, 100, 30);
    screen.shows("4 of 6 jobs");
    let command = place.command(&["batch", "status", "last", "--watch"]);
    let mut narrow = Screen::of(command, 20, 40);
    narrow.shows("4 of 6 jobs");
    gate.open();
    assert_eq!(screen.wait(), Some(0));
    screen.shows("6 of 6 jobs");
    assert!(!screen.text().contains("4 of 6"), "{}", screen.text());
    // Where lines are wrapped, all of their rows are replaced.
    assert_eq!(narrow.wait(), Some(0));
    narrow.shows("6 of 6 jobs");
    let rows = narrow.rows();
    let frames = rows.iter().filter(|row| row.starts_with("batch "));
    assert_eq!(frames.count(), 1, "{rows:?}");
    outcome(run.wait_with_output().unwrap()).fails(3, &[]);
}

#[test]
fn ctrl_c_at_the_terminal_stops_a_batch_and_a_second_one_ends_it() {
    let (place, _server, _gate) = six();
    let mut screen = Screen::of(place.command(&RUN), 100, 40);
    screen.shows("4/6");
    screen.keys(CTRL_C);
    screen.shows("stopping: no further jobs");
    screen.keys(CTRL_C);
    assert_eq!(screen.wait(), Some(130));
    let done = "succeeded";
    assert_eq!(
        states(&place),
        [done, done, done, "failed", "running", "running"]
    );
}

#[test]
fn a_terminal_that_obeys_nothing_gets_plain_lines() {
    let (place, _server, gate) = six();
    gate.open();
    let dumb = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("TERM", "dumb");
        Terminal::run(command)
    };
    let shown = dumb(&RUN).ends(3, &["line 1\n", "5 succeeded, 1 failed of 6"]);
    assert!(!shown.contains('\x1b'), "{shown:?}");
    let shown = dumb(&["batch", "status", "last", "--watch"]).ends(0, &["6 of 6 jobs"]);
    assert!(!shown.contains('\x1b'), "{shown:?}");
}
