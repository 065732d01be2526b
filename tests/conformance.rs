//! Conformance cases: a script, and what running it through the binary must print and how it must end.
//!
//! The form of a case is described in `tests/conformance/README.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a case demands.
#[derive(Debug, Default)]
struct Expected {
    output: Vec<String>,
    ending: Ending,
}

#[derive(Debug, Default, PartialEq)]
enum Ending {
    #[default]
    Normal,
    /// Refused before anything runs, with the error at this line.
    Compile(u32),
    /// Ended by an uncaught error at this line.
    Runtime(u32),
}

fn expected(script: &str) -> Expected {
    let mut expected = Expected::default();
    for line in script.lines() {
        if let Some(rest) = line.strip_prefix("//> ") {
            expected.output.push(rest.to_owned());
        } else if line == "//>" {
            expected.output.push(String::new());
        } else if let Some(rest) = line.strip_prefix("//! ") {
            let (kind, number) = rest.split_once(' ').expect("a kind and a line");
            let number = number.trim().parse().expect("a line number");
            expected.ending = match kind {
                "compile" => Ending::Compile(number),
                "runtime" => Ending::Runtime(number),
                other => panic!("unknown ending {other}"),
            };
        }
    }
    expected
}

/// What is wrong with the outcome of a case, if anything.
fn fault(case: &Path, expected: &Expected, outcome: &Output) -> Option<String> {
    let out = String::from_utf8_lossy(&outcome.stdout);
    let err = String::from_utf8_lossy(&outcome.stderr);
    let printed: Vec<&str> = out.split_terminator('\n').collect();
    if printed != expected.output {
        return Some(format!(
            "printed {printed:?}, expected {:?}\n{err}",
            expected.output
        ));
    }
    let (code, line) = match expected.ending {
        Ending::Normal => (0, None),
        Ending::Compile(line) => (65, Some(line)),
        Ending::Runtime(line) => (1, Some(line)),
    };
    if outcome.status.code() != Some(code) {
        return Some(format!(
            "exit {:?}, expected {code}\n{err}",
            outcome.status.code()
        ));
    }
    let place = line.map(|line| format!("{}:{line}:", case.display()));
    match place {
        Some(place) if !err.contains(&place) => {
            Some(format!("the report does not name {place}\n{err}"))
        }
        // A case has one error (language reference, 9).
        Some(_) if err.matches("] Error: ").count() != 1 => Some(format!("several errors\n{err}")),
        _ => None,
    }
}

/// Runs every case of an area, as many at a time as there are processors.
fn check_area(area: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/conformance")
        .join(area);
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of the area")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "dg"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {}", folder.display());

    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let script = std::fs::read_to_string(case).unwrap_or_default();
                    let outcome = support::freshet()
                        .arg("run")
                        .arg(case)
                        .output()
                        .expect("the binary runs");
                    if let Some(fault) = fault(case, &expected(&script), &outcome) {
                        faults
                            .lock()
                            .unwrap()
                            .push(format!("{}: {fault}", case.display()));
                    }
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap();
    faults.sort();
    assert!(
        faults.is_empty(),
        "{} of {} cases fail\n\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
    println!("{} cases of {area} pass", cases.len());
}

#[test]
fn core() {
    check_area("core");
}

#[test]
fn text_number_date() {
    check_area("text-number-date");
}

#[test]
fn collections_web() {
    check_area("collections-web");
}
