//! Depth, length and size: no text may overflow the stack or take long.

use std::time::{Duration, Instant};

use freshet_syntax::parser::{MOST_BYTES, MOST_ERRORS};
use freshet_syntax::source::SourceFile;
use freshet_syntax::{Parsed, parse};

/// Parses on a small stack, as on a thread that was not made for it, and drops the tree there.
fn parsed(text: String) -> (Vec<(&'static str, u32)>, usize) {
    let result = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || {
            let source = SourceFile::new("test.dg", text);
            let begun = Instant::now();
            let Parsed {
                diagnostics,
                omitted,
                ..
            } = parse(&source, Default::default());
            // Tests run unoptimised beside others; the bound catches what is quadratic, not what is slow.
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{:?}",
                begun.elapsed()
            );
            (
                diagnostics
                    .iter()
                    .map(|one| (one.code, one.span.start))
                    .collect(),
                omitted,
            )
        })
        .map(std::thread::JoinHandle::join);
    match result {
        Ok(Ok(parsed)) => parsed,
        other => unreachable!("the thread ended badly: {other:?}"),
    }
}

#[track_caller]
fn check(text: String, expected: &[(&'static str, u32)]) {
    assert_eq!(parsed(text).0, expected);
}

#[test]
fn brackets_of_all_kinds_nest_256_deep() {
    let nested = |depth: usize| format!("x = {}1{};", "(".repeat(depth), ")".repeat(depth));
    check(nested(256), &[]);
    check(nested(257), &[("E0122", 4 + 256)]);
    check(nested(1_000_000), &[("E0122", 4 + 256)]);
    let mixed = format!(
        "{}x = {}1{};{}",
        "if (a) {".repeat(128),
        "f([".repeat(64),
        "])".repeat(64),
        "}".repeat(128)
    );
    check(mixed, &[]);
    let blocks = format!("{}{}", "while (a) {".repeat(257), "}".repeat(257));
    check(blocks, &[("E0122", 256 * 11 + 6)]);
}

#[test]
fn unbalanced_brackets_are_refused_quickly() {
    check("(".repeat(1_000_000), &[("E0120", 0), ("E0122", 256)]);
    check(
        format!("x = {}", "[".repeat(1_000_000)),
        &[("E0120", 4), ("E0122", 260)],
    );
    assert_eq!(parsed("([{".repeat(500_000)).0.first(), Some(&("E0120", 0)));
    assert_eq!(
        parsed("if (a) {".repeat(200_000)).0.first(),
        Some(&("E0120", 7))
    );
    assert_eq!(parsed("(]".repeat(500_000)).0.len(), MOST_ERRORS);
    let (shown, omitted) = parsed(")".repeat(1_000_000));
    assert_eq!(
        (shown.len(), omitted),
        (MOST_ERRORS, 1_000_000 - MOST_ERRORS)
    );
}

#[test]
fn signs_stand_256_in_a_row() {
    check(format!("x = {}a;", "!".repeat(256)), &[]);
    check(format!("x = {}a;", "!".repeat(257)), &[("E0123", 4 + 256)]);
    check(format!("x = 1 - {}a;", "- ".repeat(256)), &[]);
    check(
        format!("x = {}a;", "- ".repeat(1_000_000)),
        &[("E0123", 4 + 512)],
    );
    let each_level = format!(
        "x = {}1{};",
        format!("{}(", "!".repeat(256)).repeat(256),
        ")".repeat(256)
    );
    check(each_level, &[]);
}

#[test]
fn chains_are_of_any_length() {
    check(format!("x = 1{};", " + 1".repeat(100_000)), &[]);
    check(format!("x = a{};", ".f(1)".repeat(100_000)), &[]);
    check(format!("x = a{};", ".b".repeat(100_000)), &[]);
    check(format!("x = a{};", "[0]".repeat(100_000)), &[]);
    check(
        format!("if (a) {{ }}{}", " else if (a) { b = 1; }".repeat(100_000)),
        &[],
    );
    check(format!("x = {{{}1}};", "1, ".repeat(100_000)), &[]);
}

#[test]
fn what_nests_without_brackets_does_not_recurse() {
    assert_eq!(parsed("if (a) ".repeat(100_000)).0.len(), MOST_ERRORS);
    assert_eq!(parsed("else ".repeat(100_000)).0.len(), MOST_ERRORS);
    check(
        format!("x = {}c;", "a ? b : ".repeat(100_000)),
        &[("E0163", 6)],
    );
    check(format!("x = {}c;", "a ? ".repeat(100_000)), &[("E0163", 6)]);
    check(format!("x = {}c;", "new ".repeat(100_000)), &[("E0167", 4)]);
    check(format!("x{};", " = x".repeat(100_000)), &[("E0137", 10)]);
    assert_eq!(
        parsed(format!("x = {}c;", "not ".repeat(100_000))).0.len(),
        MOST_ERRORS
    );
    assert_eq!(
        parsed("int f(int a) ".repeat(100_000)).0.first(),
        Some(&("E0133", 12))
    );
}

#[test]
fn errors_are_bounded_and_counted() {
    let (shown, omitted) = parsed("x = = 1;\n".repeat(100_000));
    assert_eq!((shown.len(), omitted), (MOST_ERRORS, 100_000 - MOST_ERRORS));
    // Warnings in any number must not hide an error.
    let (shown, _) = parsed(format!("{}x = 1 1;", "a\u{200B} = 1;\n".repeat(10_000)));
    assert_eq!(
        shown
            .iter()
            .filter(|(code, _)| code.starts_with('E'))
            .count(),
        1
    );
}

#[test]
fn the_size_of_a_source_is_bounded() {
    check(" ".repeat(MOST_BYTES), &[]);
    check(" ".repeat(MOST_BYTES + 1), &[("E0101", 0)]);
}
