//! What runs, what stops it, and what it leaves behind.

use std::io::Read;
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use crate::screen::{CTRL_C, ENTER, Screen, UP};
use crate::support::place::Place;
use crate::support::server::{Reply, Server};

#[test]
fn a_failing_statement_leaves_no_trace_and_earlier_ones_stay() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.enter("l = {1}; m = {\"k\": l}; o = {}; other = l;");
    // Half of the loop has run when it fails; what stands before it in the entry stays.
    screen.enter("first = null; for each d in {1, 0} { l.add(d); m.put(\"n\", d); o.add(1); made = 5; x = 7 / d; }");
    screen.shows("division by zero");
    screen.enter("l.size() + m.size() * 10").shows("\n11\n");
    screen.enter("other.add(2); l").shows("\n[1,2]\n");
    screen.enter("m").shows("\n{\"k\":[1,2]}\n");
    // The `{}` is undecided again, so it may still become a key-value.
    screen.enter("o.put(\"a\", 1); o").shows("\n{\"a\":1}\n");
    screen.enter(":vars").shows("first  null");
    screen.enter("made").shows("`made`");
    screen.enter("x").shows("`x`");
}

#[test]
fn an_entry_with_a_fault_does_not_run_at_all() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.enter("info \"ran\"; y = 1; nothing_like_it;");
    screen.shows("Error");
    assert!(
        !screen.rows().contains(&"ran".to_owned()),
        "{}",
        screen.text()
    );
    screen.enter(":vars").shows("no variables yet");
}

#[test]
fn ctrl_c_stops_a_call_and_the_session_goes_on() {
    let place = Place::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let (arrived, called) = mpsc::channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        while let Ok((mut connection, _)) = silent.accept() {
            let mut buffer = [0; 1024];
            let _ = connection.read(&mut buffer);
            let _ = arrived.send(());
            held.push(connection);
        }
    });
    let mut screen = Screen::open(&place);
    screen.enter("kept = 40;");
    screen.keys(&format!(
        "r = invokeurl [ url :\"http://{address}/slow\" ];\r"
    ));
    called.recv_timeout(Duration::from_secs(60)).unwrap();
    screen.keys(CTRL_C);
    screen.prompt();
    screen.enter("kept + 2").shows("\n42\n");
    screen.enter("r").shows("`r`");
    assert_eq!(screen.end(), Some(0));
}

#[test]
fn ctrl_c_stops_a_loop_and_a_key_held_down_does_not_end_the_session() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.enter("n = 1;");
    screen.keys("info \"begun\"; while (true) { n = n + 1; }\r");
    screen.shows("\nbegun");
    screen.keys(CTRL_C);
    screen.keys(CTRL_C);
    screen.keys(CTRL_C);
    screen.prompt();
    screen.enter("n").shows("\n1\n");
    assert_eq!(screen.end(), Some(0));
}

#[test]
fn ctrl_c_stops_a_regular_expression_and_the_session_goes_on() {
    // One that takes for ever, and one that is thousands of short ones, with nothing between two steps of the script.
    let one = "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\".matches(\"((a|aa)+)\\\\1b\")";
    let forever = format!("while (true) {{ try {{ x = {one}; }} catch (e) {{ x = 0; }} }}");
    let many = "t = \"aaaaaaaaaaaaaaaaaaaaaac\"; i = 0; while (i < 12) { t = t + \" \" + t; i = i + 1; } \
        t = t.replaceAll(\"((a|aa)+)\\\\1b|c\", \"\");";
    for work in [forever.as_str(), many] {
        let place = Place::new();
        let mut screen = Screen::sized(&place, 160, 40, |_| {});
        screen.enter("kept = 40;");
        screen.keys(&format!("info \"begun\"; {work}\r"));
        screen.shows("\nbegun");
        screen.keys(CTRL_C);
        screen.shows("interrupted: the session is as it was before this statement");
        screen.prompt();
        screen.enter("kept + 2").shows("\n42\n");
        assert_eq!(screen.end(), Some(0));
    }
}

#[test]
fn what_is_typed_while_a_call_runs_is_there_afterwards() {
    let place = Place::new();
    let (go_on, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let (arrived, called) = mpsc::channel();
    let arrived = std::sync::Mutex::new(arrived);
    let server = Server::start(move |_| {
        arrived.lock().unwrap().send(()).unwrap();
        let _ = wait.lock().unwrap().recv();
        Reply::json("{}")
    });
    let mut screen = Screen::open(&place);
    screen.keys(&format!(
        "r = invokeurl [ url :\"{}\" ];\r",
        server.url("/slow")
    ));
    called.recv_timeout(Duration::from_secs(60)).unwrap();
    // Two entries and the beginning of a third, each shown as it is typed.
    for line in ["x = 40;\r", "x + 2\r", "100 + "] {
        screen.keys(line);
        screen.shows(line.trim_end());
    }
    go_on.send(()).unwrap();
    screen.shows("\n42\n");
    screen.line_is("> 100 +");
    screen.keys("x\r");
    screen.shows("\n140\n");
    screen.prompt();
    assert_eq!(screen.end(), Some(0));
}

#[test]
fn a_term_signal_ends_it_at_the_prompt() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    let process = nix::unistd::Pid::from_raw(screen.process());
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(screen.wait(), Some(143));
}

#[test]
fn the_last_entry_is_edited_in_the_editor() {
    let place = Place::new();
    let mut screen = Screen::sized(&place, 80, 40, |command| {
        command.env("EDITOR", "sed -i s/1/41/");
    });
    screen
        .enter("number = 1;")
        .enter(":edit")
        .enter("number")
        .shows("\n41\n");
    // What ran is what the history has.
    screen.keys(UP);
    screen.keys(UP);
    screen.line_is("> number = 41;");
    screen.keys("\x03");
    screen.prompt();
    drop(screen);

    let mut screen = Screen::sized(&place, 80, 40, |command| {
        command.env("EDITOR", "false");
    });
    screen
        .enter("number = 1;")
        .enter(":edit")
        .shows("nothing is run");
    screen.enter("number").shows("\n1\n");
}

#[test]
fn a_session_is_saved_as_a_script_that_runs() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    for entry in [
        "int twice(int n) { return n; }",
        "int twice(int n) { return n * 2; }",
        "rows = {1}",
        "rows.add(2);",
        "1 / 0",
        "n = 3; broken = 1 / 0; never = 1;",
        "twice(rows.size()) + n",
        "_ + 1 // the last value",
        "unknown_name",
        "for each r in rows { info r; }",
    ] {
        screen.enter(entry);
    }
    screen.enter(":save session.dg").shows("in session.dg");
    // Saving again is fine, writing over the file of somebody else is not.
    screen.enter(":save session.dg");
    place.write("mine.dg", "info 1;");
    screen.enter(":save mine.dg").shows("choose another name");
    place
        .run(&["run", "session.dg"])
        .ok()
        .prints("7\n8\n1\n2\n");
    screen.enter(":reset").enter("n").shows("`n`");
    screen
        .enter(":load session.dg")
        .enter("n + 100")
        .shows("\n103\n");
    screen.keys(ENTER);
    screen.prompt();
}

#[test]
fn what_an_entry_returned_does_not_end_the_saved_script() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    for entry in [
        "int f() { return 1; }",
        "n = f(); return n + 1; info 9;",
        "return;",
        "_ = 5;",
        "return _ * 2",
        "info \"on\";",
        "if (n == 1) { info f(); }",
        "info \"and on\";",
    ] {
        screen.enter(entry);
    }
    screen.enter(":save session.dg").shows("in session.dg");
    place
        .run(&["run", "session.dg"])
        .ok()
        .prints("2\n10\non\n1\nand on\n")
        .quietly();
    // In a block there is nothing that could stand for it, which is told.
    screen
        .enter("for each i in {1,2} { if (i == n) { return i; } }")
        .enter("info 3;")
        .enter(":save session.dg")
        .shows("ends at the `return` in the block of line");
    screen.prompt();
}

#[test]
fn functions_of_the_project_are_there_and_read_again_when_they_change() {
    let place = Place::new();
    let declare = |said: &str| {
        let text = format!(
            "// Says whom to remind.\nstring billing.remind(string name)\n{{\n    return \"{said}\" + name;\n}}\n"
        );
        place.write("functions/billing/remind.dg", text);
    };
    place.write("freshet.toml", "[project]\nname = \"shop\"\n");
    declare("remind ");
    let mut screen = Screen::sized(&place, 100, 60, |_| {});
    screen
        .enter("billing.remind(\"Ada\")")
        .shows("\n\"remind Ada\"");
    screen.keys("billing.re\t");
    screen.until("its name", |screen| {
        screen.line().starts_with("> billing.remind(")
    });
    screen.keys(CTRL_C);
    screen.prompt();
    screen
        .enter(":functions")
        .shows("remind.dg:2  Says whom to remind.");
    screen.enter("zoho.appname").shows("\n\"shop\"");
    declare("please remind ");
    screen
        .enter("billing.remind(\"Ada\")")
        .shows("\n\"please remind Ada\"");
    // A file with a mistake counts once something of it is called.
    place.write(
        "functions/broken.dg",
        "string billing.broken()\n{\n    return 1 +;\n}\n",
    );
    screen.enter("20 + 22").shows("\n42");
    screen.enter("billing.broken()").shows("broken.dg:3");
    // The session's own stands before that of the project.
    screen.enter("string billing.remind(string name) { return \"own\"; }");
    screen.enter("billing.remind(\"Ada\")").shows("\n\"own\"");
}
