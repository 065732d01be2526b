//! Help while typing: completion, hints, colours, brackets.

use vt100::Color;

use crate::screen::{CTRL_C, ENTER, LEFT, RIGHT, Screen, TAB};
use crate::support::place::Place;

const GREY: Color = Color::Idx(8);

#[test]
fn names_are_completed_with_what_they_are_beside_them() {
    let place = Place::new();
    place
        .run(&["connection", "add", "team_billing", "--service", "stripe"])
        .ok();
    place
        .run(&["connection", "add", "team_mail", "--service", "stripe"])
        .ok();
    let mut screen = Screen::sized(&place, 100, 60, |_| {});
    screen
        .enter("customer = \"Ada\";")
        .enter("rows = {1, 2};")
        .enter("int twice(int n) { return n * 2; }");
    let mut completes = |typed: &str, line: &str| {
        screen.keys(typed);
        screen.keys(TAB);
        // A hint may stand behind it.
        let wanted = format!("> {line}");
        screen.until(line, |screen| screen.line().starts_with(&wanted));
        screen.keys(CTRL_C);
        screen.prompt();
    };
    // Keywords, variables, functions, built-ins in any letter case.
    completes("whi", "while");
    completes("info cust", "info customer");
    completes("tw", "twice(");
    completes("customer.toupper", "customer.toUpperCase()");
    // By the type of the receiver: a list has no `toUpperCase`, and a chain has the type of its last call.
    completes("rows.addA", "rows.addAll(");
    completes(
        "customer.toList(\",\").addA",
        "customer.toList(\",\").addAll(",
    );
    completes("{\"a\": 1}.key", "{\"a\": 1}.keys()");
    completes("x = 5; x.toHe", "x = 5; x.toHex()");
    // Tasks, their attributes and constants, link names.
    completes("invokeu", "invokeurl [");
    completes("invokeurl [ ur", "invokeurl [ url :");
    completes(
        "invokeurl [ url :\"a\" content-t",
        "invokeurl [ url :\"a\" content-type :",
    );
    completes("invokeurl [ type :DEL", "invokeurl [ type :DELETE");
    completes(
        "invokeurl [ connection :\"team_b",
        "invokeurl [ connection :\"team_billing\"",
    );
    completes("zoho.encryption.base64E", "zoho.encryption.base64Encode(");
    completes(":conn", ":connections");
    // The same inside the expression of a command.
    completes(":type rows.addA", ":type rows.addAll(");

    screen.keys("customer.to");
    screen.keys(TAB);
    screen
        .shows("toLowerCase()")
        .shows("The text in lower case.");
    assert!(!screen.text().contains("toJSONArray"), "{}", screen.text());
    screen.line_is("> customer.to");
    screen.keys(CTRL_C);
    screen.prompt();
    screen.keys("invokeurl [ connection :\"");
    screen.keys(TAB);
    screen.shows("team_billing").shows("team_mail");
    screen.keys(CTRL_C);
    screen.prompt();
    screen.keys("invokeurl [ ");
    screen.keys(TAB);
    screen.shows("Required.").line_is("> invokeurl [");
    screen.keys(CTRL_C);
    screen.prompt();
    screen.keys("invokeurl [ url :\"x\" ");
    screen.keys(TAB);
    screen
        .shows("response-format")
        .line_is("> invokeurl [ url :\"x\"");
}

#[test]
fn ctrl_c_leaves_a_list_that_is_longer_than_the_window() {
    for color in [true, false] {
        let place = Place::new();
        let mut screen = Screen::sized(&place, 80, 12, |command| {
            if !color {
                command.env("NO_COLOR", "1");
            }
        });
        screen.keys("\"abc\".");
        screen.line_is("> \"abc\".");
        screen.keys(TAB);
        screen.line_is("--More--");
        screen.keys(CTRL_C);
        // The entry is there again; there Ctrl-C drops it, as ever.
        screen.line_is("> \"abc\".");
        screen.keys("length()");
        screen.keys(ENTER);
        screen.shows("\n3\n");
        screen.prompt();
        screen.keys("\"abc\".toL");
        screen.line_is("> \"abc\".toL");
        screen.keys(TAB);
        screen.shows("toLowerCase()").line_is("> \"abc\".toL");
        screen.keys(CTRL_C);
        screen.prompt();
        assert_eq!(screen.end(), Some(0));
    }
}

#[test]
fn nothing_is_proposed_where_nothing_is_known() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.enter("alpha = 1;");
    for typed in ["info \"alp", "// alp", "12.alp"] {
        screen.keys(typed);
        screen.keys(TAB);
        screen.keys("!");
        screen.line_is(&format!("> {typed}!"));
        screen.keys(CTRL_C);
        screen.prompt();
    }
}

#[test]
fn the_parameters_of_a_call_stand_behind_it_in_grey() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.enter("int add_up(int first, int second) { return first + second; }");
    screen.keys("\"abc\".indexOf(");
    screen.line_is("> \"abc\".indexOf(search: TEXT)");
    assert_eq!(screen.color("search: TEXT"), GREY);
    screen.keys("\"c\"");
    screen.line_is("> \"abc\".indexOf(\"c\")");
    assert_eq!(screen.color(")"), GREY);
    // What was only shown is not part of the entry.
    screen.keys(")");
    screen.keys(ENTER);
    screen.shows("\n2\n");
    screen.prompt();
    screen.keys("add_up(1, ");
    screen.line_is("> add_up(1, int second)");
    screen.keys("2");
    screen.line_is("> add_up(1, 2)");
    screen.keys(")");
    screen.keys(ENTER);
    screen.shows("\n3\n");
}

#[test]
fn an_entry_of_the_history_is_suggested() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.enter("price = 42;").enter("cost = 7;");
    screen.keys("pri");
    screen.line_is("> price = 42;");
    screen.until("the cursor behind what was typed", |screen| {
        screen.column() == 5
    });
    assert_eq!(screen.color("ce = 42;"), GREY);
    screen.keys(RIGHT);
    screen.until("the cursor at its end", |screen| screen.column() == 13);
    screen.keys("  // again");
    screen.keys(ENTER);
    screen.prompt();
    // A suggestion that was not taken leaves no trace.
    screen.keys("co");
    screen.line_is("> cost = 7;");
    screen.keys(ENTER);
    screen.shows("`co`");
}

#[test]
fn an_entry_has_the_colours_of_its_tokens() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.keys("info \"text\" + 12 + f(x); // why");
    screen.line_is("> info \"text\" + 12 + f(x); // why");
    let colors = ["info", "\"text", "12", "f(", "x)", "// why"].map(|text| screen.color(text));
    let [keyword, text, number, function, name, comment] = colors;
    assert_eq!(name, Color::Default);
    for (one, color) in colors
        .iter()
        .enumerate()
        .filter(|(_, color)| **color != name)
    {
        assert!(!colors[..one].contains(color), "{colors:?}");
    }
    assert!(
        ![keyword, text, number, function, comment].contains(&Color::Default),
        "{colors:?}"
    );
    screen.keys(CTRL_C);
    screen.prompt();
    screen.enter("{\"a\", 12}");
    assert_eq!([screen.color("\"a\""), screen.color("12]")], [text, number]);
}

#[test]
fn the_partner_of_a_bracket_stands_out() {
    let place = Place::new();
    let mut screen = Screen::open(&place);
    screen.keys("[(\")\" + 1)");
    screen.until("a partner", |screen| {
        screen.line() == "> [(\")\" + 1)" && screen.cell("(\"").bold()
    });
    assert!(!screen.cell(")\"").bold() && !screen.cell("[(").bold());
    screen.keys(LEFT);
    screen.keys(LEFT);
    screen.until("no partner", |screen| !screen.cell("(\"").bold());
}

#[test]
fn without_colours_there_is_no_style_and_no_hint() {
    let place = Place::new();
    let mut screen = Screen::sized(&place, 80, 24, |command| {
        command.env("NO_COLOR", "1");
    });
    screen
        .enter("price = 42;")
        .enter("info \"a\" + 1;")
        .enter("1 / 0");
    screen.keys("pri");
    screen.line_is("> pri");
    screen.keys("ce.toS");
    screen.keys(TAB);
    screen.line_is("> price.toString(");
    screen.keys(CTRL_C);
    screen.prompt();
    let styled = screen.raw.split("\x1b[").skip(1).any(|part| {
        let end = part.find(|character: char| character.is_ascii_alphabetic());
        end.is_some_and(|end| part[end..].starts_with('m'))
    });
    assert!(!styled, "{:?}", screen.raw);
}
