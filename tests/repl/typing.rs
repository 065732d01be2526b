//! Entries as people type and paste them.

use crate::screen::{CTRL_C, CTRL_D, ENTER, LEFT, Screen};
use crate::support::place::Place;

#[test]
fn letters_of_every_width_are_edited_in_place() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.keys("\"日本\"");
    screen.line_is("> \"日本\"");
    assert_eq!(screen.column(), 8);
    screen.keys(LEFT);
    screen.keys(LEFT);
    screen.until("the cursor before 本", |screen| screen.column() == 5);
    screen.keys("é");
    screen.line_is("> \"日é本\"");
    screen.keys(ENTER);
    screen.shows("\n\"日é本\"\n");
    screen.prompt();
    // A combining mark and an emoji are one letter each for the keys, and what was meant for the language.
    screen.keys("grüße = \"e\u{301}👍\"");
    screen.shows("👍");
    screen.keys(LEFT);
    screen.keys("\x7f\x7f");
    screen.line_is("> grüße = \"\"");
    screen.keys("ö");
    screen.keys(ENTER);
    screen.prompt();
    screen.enter("grüße");
    screen.shows("\n\"ö\"\n");
    screen.enter("\"e\u{301}👍\".length()").shows("\n3\n");
}

#[test]
fn forty_pasted_lines_are_one_entry() {
    for rows in [60, 24] {
        let place = Place::new();
        let mut screen = Screen::sized(&place, 80, rows, |_| {});
        let lines: String = (1..=40).map(|n| format!("info \"line {n}!\";\n")).collect();
        screen.keys(&format!("\x1b[200~{}\x1b[201~", lines.trim_end()));
        screen.shows("info \"line 40!\";");
        let is_run = |screen: &Screen| screen.rows().iter().any(|row| row.starts_with("line "));
        assert!(
            !is_run(&screen),
            "nothing runs before the Enter key:\n{}",
            screen.text()
        );
        screen.keys(ENTER);
        screen.shows("\nline 40!");
        screen.prompt();
        let last: Vec<String> = (40 - 15..=40).map(|n| format!("line {n}!")).collect();
        let shown = screen.rows();
        assert!(
            shown.ends_with(&[&last[..], &[">".to_owned()]].concat()),
            "{shown:?}"
        );
        // It is one entry of the history too.
        assert_eq!(screen.end(), Some(0));
        let history = std::fs::read_to_string(place.data("history")).unwrap();
        assert_eq!(history.lines().count(), 2, "{history}");
    }
}

#[test]
fn pasted_lines_that_stand_alone_are_entries_each() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.keys("\x1b[200~a = 20\na + 1\nif (a > 1)\n{\n    info \"large\";\n}\na + 2\x1b[201~");
    screen.shows("a + 2");
    screen.keys(ENTER);
    screen.shows("\n21\nlarge\n22\n");
    screen.prompt();
    // Commands among them too, and comments before those.
    screen.keys("\x1b[200~b = 3;\n// what it is\n:type b\nb + 1\x1b[201~");
    screen.shows("b + 1");
    screen.keys(ENTER);
    screen.shows("\nNUMBER  3\n4\n");
}

#[test]
fn of_a_paste_with_a_mistake_only_the_mistake_is_told_and_nothing_runs() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    let mut paste = |text: &str, last: &str, told: &str| {
        screen.keys(&format!("\x1b[200~{text}\x1b[201~"));
        screen.shows(last);
        screen.keys(ENTER);
        screen.shows(told);
        screen.prompt();
        let shown = screen.text();
        assert_eq!(shown.matches("Error:").count(), 1, "{shown}");
        screen.enter(":vars").shows("no variables yet");
        screen.keys("\x0c");
        screen.until("an empty screen", |screen| screen.rows() == [">"]);
    };
    let neither = "\nnothing of what was pasted was run, its commands neither\n";
    // A command behind the mistake, before it, and behind a bracket that is never closed.
    paste("b = 3 +;\n:type b\nb + 1", "b + 1", neither);
    paste("a = 3;\n:type a\nb = a +;", "a +;", neither);
    paste("a = (3;\n:type a\n:vars\n", ":vars", neither);
    // Entries that stand alone are not told to be no script together.
    let nothing = "\nnothing of what was pasted was run\n";
    paste("a = 20\na + 1\na +;", "a +;", nothing);
}

#[test]
fn an_entry_goes_on_over_lines() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    let mut goes_on = |line: &str| {
        screen.keys(line);
        screen.until(line, |screen| screen.line().ends_with(line));
        screen.keys(ENTER);
        screen.until("another line", |screen| screen.line().is_empty());
    };
    goes_on("for each n in {1,");
    goes_on("2}");
    goes_on("{");
    goes_on("    info \"n\" + n;");
    screen.keys("}");
    screen.keys(ENTER);
    screen.shows("\nn1\nn2\n");
    screen.prompt();
    let mut goes_on = |line: &str| {
        screen.keys(line);
        screen.until(line, |screen| screen.line().ends_with(line));
        screen.keys(ENTER);
        screen.until("another line", |screen| screen.line().is_empty());
    };
    goes_on("40 +");
    screen.keys("2");
    screen.keys(ENTER);
    screen.shows("\n42\n");
    screen.prompt();
    // An empty line ends a broken one.
    screen.keys("info \"never closed");
    screen.shows("never closed");
    screen.keys(ENTER);
    screen.until("another line", |screen| screen.line().is_empty());
    screen.keys(ENTER);
    screen.shows("Error");
    screen.prompt();
}

#[test]
fn a_window_of_twenty_columns_is_wide_enough() {
    let place = Place::new();
    let mut screen = Screen::sized(&place, 20, 30, |_| {});
    screen.keys("m = {\"first\": 11111, \"second\": 22222}");
    screen.until("the end of it", |screen| screen.line().ends_with("22222}"));
    screen.keys("\x01");
    screen.until("the cursor at the beginning", |screen| screen.column() == 2);
    screen.keys("info 5; \x05");
    screen.until("the end of it", |screen| screen.line().ends_with("22222}"));
    screen.keys(ENTER);
    screen.shows("\n5\n");
    screen.prompt();
    screen.keys("m\r");
    screen.shows("{\n  \"first\": 11111,\n  \"second\": 22222\n}\n>");
    screen.prompt();
    screen.keys("\"abc\".toL\t");
    screen.shows("toLowerCase()");
    assert!(screen.rows().iter().all(|row| row.chars().count() <= 20));
    screen.keys(CTRL_C);
    screen.prompt();
    screen.keys("\"abc\".indexOf(");
    screen.shows("…");
    screen.keys("\"b\")");
    screen.keys(ENTER);
    screen.shows("\n1\n");
}

#[test]
fn ctrl_c_drops_an_entry_and_ctrl_d_ends() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.enter("kept = 1;");
    screen.keys("kept = 2; {");
    screen.shows("kept = 2; {");
    screen.keys(CTRL_C);
    screen.prompt();
    screen.enter("kept").shows("\n1\n");
    screen.keys(CTRL_D);
    assert_eq!(screen.wait(), Some(0));
}
