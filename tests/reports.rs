//! Mistakes that people make in scripts, each with the report they get: `tests/reports/NAME.dg` and `NAME.txt`.
//!
//! With `FRESHET_UPDATE_REPORTS=1` the reports are written anew; read the difference before you keep it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::{Path, PathBuf};

use support::place::Place;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reports")
}

/// The files with this ending, without it, sorted.
fn names(ending: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[test]
fn each_mistake_gets_the_report_beside_it() {
    let is_update = std::env::var_os("FRESHET_UPDATE_REPORTS").is_some_and(|value| value == "1");
    let place = Place::new();
    let scripts = names(".dg");
    assert!(scripts.len() >= 60, "there are {} scripts", scripts.len());
    let mut differences = Vec::new();
    for name in &scripts {
        let mut command = place.command(&["run", &format!("{name}.dg")]);
        let output = command.current_dir(folder()).output().unwrap();
        let report = String::from_utf8(output.stderr).unwrap();
        assert!(
            !report.is_empty(),
            "{name}: nothing is reported, so it is no mistake"
        );
        let path = folder().join(format!("{name}.txt"));
        if is_update {
            std::fs::write(&path, &report).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if report != expected {
            differences.push(format!(
                "{name}: expected\n{expected}\nbut the report is\n{report}"
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{}\nIf the new reports are better, keep them with FRESHET_UPDATE_REPORTS=1",
        differences.join("\n")
    );
    assert_eq!(scripts, names(".txt"), "scripts and reports do not pair");
}
