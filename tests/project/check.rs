//! `freshet check` in and outside of projects.

use super::calls::shop;
use crate::support::place::{Place, feed};

#[test]
fn in_a_project_every_function_is_known_and_outside_calls_are_warnings() {
    let place = shop();
    place
        .run(&["check", "shop/scripts/nightly.dg"])
        .ok()
        .quietly();
    place.write("shop/a.dg", "info elsewhere.f(1);\ninfo customer;\n");
    place.run(&["check", "shop/a.dg"]).fails(
        65,
        &[
            "E0202",
            "W0201",
            "searched: shop/functions",
            "1 error, 1 warning in 1 file",
        ],
    );
    place.write(
        "a.dg",
        "info elsewhere.f(1);\ninfo thisapp.g();\ninfo plainly(2);\n",
    );
    place
        .run(&["check", "a.dg"])
        .fails(0, &["W0202", "3 warnings in 1 file"]);
    place.write("b.dg", "info roundd(2);\n");
    place.run(&["check", "b.dg"]).fails(65, &["E0202", "round"]);
    place.run(&["run", "a.dg"]).fails(65, &["E0202"]);
}

#[test]
fn a_whole_project_is_checked_with_each_file_told_of_once() {
    let place = shop();
    let inside = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.current_dir(place.path("shop/scripts"));
        feed(command, b"")
    };
    inside(&["check"]).ok().quietly();
    place.write(
        "shop/functions/broken.dg",
        "int broken.one() { return nothing; }\ninfo 1;\n",
    );
    place.write("shop/scripts/a.dg", "info broken.one();\n");
    place.write("shop/scripts/b.dg", "info broken.one() + 1;\n");
    place.write("shop/scripts/.hidden.dg", "info (");
    let all = inside(&["check", "--json"]);
    assert_eq!(all.exit, Some(65), "{}", all.err);
    let document = all.json();
    let told: Vec<String> = document["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| {
            format!(
                "{} {}:{}",
                told["code"].as_str().unwrap(),
                told["file"].as_str().unwrap(),
                told["line"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "E0201 ../functions/broken.dg:1",
            "E0221 ../functions/broken.dg:2"
        ],
        "{document}"
    );
    assert_eq!(document["files"], 6, "{document}");
    // Folders and files are named as they like.
    place
        .run(&["check", "shop/scripts"])
        .fails(65, &["E0201", "2 errors, 0 warnings in 3 files"]);
    place
        .run(&["check", "shop/functions/label.dg"])
        .ok()
        .quietly();
    place
        .run(&["check", "shop/functions/broken.dg"])
        .fails(65, &["E0221", "E0201"]);
    place
        .run(&["check"])
        .fails(2, &["there is no project here", "freshet check FILE.dg"]);
    place.run(&["check", "none"]).fails(74, &["none"]);
}

#[test]
fn a_statement_among_the_functions_that_is_broken_is_one_error() {
    let place = Place::new();
    place.write("freshet.toml", "");
    place.write("a.dg", "info x(1);\n");
    for (text, code) in [("x(\n", "E0120"), ("info 1 +;\n", "E0132")] {
        place.write("functions/new.dg", text);
        for arguments in [&["check", "functions"][..], &["run", "a.dg"]] {
            let told = place.run(arguments).fails(65, &[code, "functions/new.dg"]);
            assert!(!told.err.contains("E0221"), "{}", told.err);
        }
    }
    place.write("functions/new.dg", "info 1;\nx(\n");
    place
        .run(&["check", "functions"])
        .fails(65, &["E0221", "E0120", "2 errors"]);
}

#[test]
fn settings_with_errors_stop_a_check() {
    let place = Place::new();
    place.write("freshet.toml", "[project]\ntime-zone = 1\n");
    place.write("a.dg", "info 1;\n");
    place.write("b.dg", "info 1;\n");
    let told = place
        .run(&["check", "a.dg", "b.dg"])
        .fails(78, &["E0302", "freshet.toml:2:13"]);
    assert_eq!(told.err.matches("E0302").count(), 2, "{}", told.err);
}
