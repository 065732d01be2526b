//! What is kept of a session for the next one.

use std::fs;

use crate::screen::{ENTER, Screen, UP};
use crate::support::place::{Place, mode};

#[test]
fn entries_are_there_in_the_next_session() {
    let place = Place::new();
    let mut first = Screen::open(&place);
    first.enter("a = 1;").enter("b = 2;").enter("a = 1;");
    first.enter(" hidden = 3;").enter("password = \"hunter2\";");
    first.enter("c = \"x\\n\";");
    // What may hold a secret can be recalled as long as the session lasts.
    first.keys(UP);
    first.keys(UP);
    first.line_is("> password = \"hunter2\";");
    first.keys("\x03");
    first.prompt();
    assert_eq!(first.end(), Some(0));
    assert_eq!(mode(&place.data("history")), 0o600);
    assert_eq!(mode(place.data("history").parent().unwrap()), 0o700);
    for (path, content) in place.files() {
        let text = String::from_utf8_lossy(&content);
        assert!(
            !text.contains("hunter2") && !text.contains("hidden"),
            "{}",
            path.display()
        );
    }

    let mut second = Screen::open(&place);
    for line in ["> c = \"x\\n\";", "> a = 1;", "> b = 2;"] {
        second.keys(UP);
        second.line_is(line);
    }
    // There is nothing older: the second `a = 1;` is the only one.
    second.keys(UP);
    second.keys(" + 0");
    second.line_is("> b = 2; + 0");
    second.keys("\x03");
    second.prompt();
    assert_eq!(second.end(), Some(0));
}

#[test]
fn ten_thousand_entries_are_kept() {
    let place = Place::new();
    fs::create_dir_all(place.data("")).unwrap();
    let many: String = (0..12_000).map(|n| format!("n = {n};\n")).collect();
    fs::write(place.data("history"), format!("#V2\n{many}n = 11999;\n")).unwrap();
    let mut screen = Screen::open(&place);
    screen.keys(UP);
    screen.line_is("> n = 11999;");
    screen.keys(UP);
    screen.line_is("> n = 11998;");
    screen.keys("\x03");
    screen.prompt();
    assert_eq!(screen.end(), Some(0));
    let kept = fs::read_to_string(place.data("history")).unwrap();
    assert_eq!(kept.lines().count(), 10_001);
    assert!(kept.contains("\nn = 2000;\n") && !kept.contains("\nn = 1999;\n"));
    assert_eq!(mode(&place.data("history")), 0o600);
}

#[test]
fn a_history_that_cannot_be_written_costs_nothing_else() {
    let place = Place::new();
    fs::create_dir_all(place.data("history")).unwrap();
    let mut screen = Screen::open(&place);
    screen
        .enter("1 + 1")
        .shows("warning: the history cannot be written")
        .shows("\n2\n");
    screen.enter("2 + 2").shows("\n4\n");
    assert_eq!(
        screen.text().matches("warning").count(),
        1,
        "{}",
        screen.text()
    );
    screen.keys(UP);
    screen.line_is("> 2 + 2");
    screen.keys(ENTER);
    screen.prompt();
}
