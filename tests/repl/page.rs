//! The session that the README shows.

use std::path::Path;

use crate::screen::Screen;
use crate::support::place::Place;

#[test]
fn the_session_on_the_page_is_what_a_person_sees() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = page.split("```repl\n").nth(1).unwrap();
    let shown: Vec<&str> = block.split("```").next().unwrap().lines().collect();
    assert!(shown.len() > 8, "{shown:?}");
    let place = Place::new();
    let mut screen = Screen::sized(&place, 100, 40, |_| {});
    for entry in shown.iter().filter_map(|line| line.strip_prefix("> ")) {
        screen.enter(entry);
    }
    let rows = screen.rows();
    let first = rows.iter().position(|row| row.starts_with("> ")).unwrap();
    let end = rows.len() - 1;
    assert_eq!(rows[first..end], shown);
}
