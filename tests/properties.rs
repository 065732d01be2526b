//! Properties that hold for whatever script or number: shown with many of them, made at random.
//!
//! The same ones each time, so that a test that passed goes on passing; `FRESHET_LONG_TESTS=1` takes fifty times as many
//! and others each time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "properties/decimals.rs"]
mod decimals;
#[path = "grammar/ebnf.rs"]
#[allow(dead_code, reason = "shared with the test of the grammar")]
mod ebnf;
#[path = "properties/fraction.rs"]
mod fraction;
#[path = "properties/host.rs"]
mod host;
#[path = "properties/printer.rs"]
mod printer;
#[path = "properties/scripts.rs"]
mod scripts;
#[path = "grammar/sentence.rs"]
mod sentence;

use freshet_interpreter::error::Ending;
use freshet_syntax::ast::Ast;
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::parser::parse;
use freshet_syntax::source::{FileId, SourceFile};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

use ebnf::Grammar;
use sentence::{Choose, Sentences};

/// How long a program of a few lines may take: its limits of steps and memory end it far earlier, even beside others.
const LONGEST: Duration = Duration::from_secs(20);
/// Longest search for the smallest case that fails, in milliseconds: a program may take [`LONGEST`] each time.
const SHRINKING: u32 = 60_000;

/// Shows that `property` holds for `cases` values, on a thread with the stack that scripts have.
fn holds<S: Strategy>(
    cases: u32,
    strategy: impl FnOnce() -> S + Send,
    property: impl Fn(&S::Value) -> TestCaseResult + Send,
) where
    S::Value: std::fmt::Debug,
{
    let is_long = std::env::var_os("FRESHET_LONG_TESTS").is_some();
    let cases = if is_long { cases * 50 } else { cases };
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 5000,
        max_shrink_time: SHRINKING,
        ..Config::default()
    };
    let mut runner = match is_long {
        true => TestRunner::new(config),
        false => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let shown = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(host::STACK);
        let running = thread.spawn_scoped(scope, move || {
            runner
                .run(&strategy(), |value| property(&value))
                .map_err(|error| error.to_string())
        });
        running.unwrap().join().unwrap()
    });
    if let Err(error) = shown {
        panic!("{error}");
    }
}

/// The tree of a script; `None` if there is an error in it.
fn tree(script: &str) -> Option<Ast> {
    let parsed = parse(&SourceFile::new("test.dg", script), FileId::default());
    (!parsed.diagnostics.iter().any(Diagnostic::is_error)).then_some(parsed.ast)
}

/// All of a tree but places and comments.
fn shape(mut ast: Ast) -> String {
    for function in &mut ast.functions {
        function.description = None;
    }
    let text = format!("{ast:?}");
    let mut pieces = text.split("Span {");
    let mut shape = pieces.next().unwrap_or_default().to_owned();
    // `FileId` stands in parentheses, so the first `}` is that of the span.
    pieces.for_each(|piece| shape += piece.split_once('}').unwrap().1);
    shape
}

/// Parsing, printing and parsing again gives the same tree.
fn survives_printing(script: &str) -> TestCaseResult {
    let Some(ast) = tree(script) else {
        return Err(TestCaseError::fail(format!("no program:\n{script}")));
    };
    let printed = printer::print(&ast);
    let Some(again) = tree(&printed) else {
        return Err(TestCaseError::fail(format!(
            "{script}\nis printed as\n{printed}"
        )));
    };
    prop_assert_eq!(
        shape(ast),
        shape(again),
        "{}\nis printed as\n{}",
        script,
        printed
    );
    Ok(())
}

#[test]
fn printing_keeps_the_tree_of_a_sentence() {
    let grammar = Grammar::load();
    for choose in [Choose::Plain, Choose::Marked] {
        let sentences = Sentences::new(&grammar, choose);
        holds(2_000, any::<u64>, |seed| {
            survives_printing(&sentences.sentence("file", *seed))
        });
    }
}

#[test]
fn printing_keeps_the_tree_of_a_program() {
    holds(500, scripts::program, |script| survives_printing(script));
    holds(2_000, scripts::expression, |text| {
        survives_printing(&format!("x = {text};"))
    });
}

/// What every run shows: an error is one of the script, at a place in it, and no value is left behind.
fn ends_in_order(ran: &host::Ran) -> TestCaseResult {
    if let Some(error) = &ran.error {
        prop_assert!(error.ending != Ending::Internal, "{}", error.message);
        prop_assert!(error.span.is_some() && error.code.len() == 5, "{error:?}");
    }
    prop_assert_eq!(ran.left, 0, "values are left behind");
    Ok(())
}

#[test]
fn programs_end_in_order_and_leave_nothing_behind() {
    holds(2_000, scripts::program, |script| {
        let begun = Instant::now();
        let ran = match host::run(script) {
            Ok(ran) => ran,
            Err(diagnostics) => return Err(TestCaseError::fail(format!("{diagnostics:?}"))),
        };
        ends_in_order(&ran)?;
        prop_assert!(begun.elapsed() < LONGEST, "took {:?}", begun.elapsed());
        Ok(())
    });
}

#[test]
fn sentences_are_resolved_and_run_whatever_they_say() {
    let grammar = Grammar::load();
    let sentences = Sentences::new(&grammar, Choose::Marked);
    holds(2_000, any::<u64>, |seed| {
        match host::run(&sentences.sentence("file", *seed)) {
            Ok(ran) => ends_in_order(&ran),
            Err(_) => Ok(()),
        }
    });
}

/// Pieces of scripts in any order, or any characters.
fn any_text() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ";",
        ",",
        ":",
        ".",
        "=",
        "==",
        "+",
        "-",
        "!",
        "if",
        "else",
        "for each x in",
        "while",
        "try",
        "catch",
        "return",
        "info",
        "a",
        "b",
        "1",
        "2.5",
        "\"t\"",
        "'d'",
        "\"",
        "'",
        "/*",
        "*/",
        "//",
        "\n",
        "invokeurl",
        "void",
        "int",
        "f(",
        "?",
        "<%",
        "é",
        "\u{200b}",
        "#",
        "insert into",
        "sort by",
        "in",
        "not",
        "new",
        "zoho",
        "case",
    ];
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..40);
    prop_oneof![
        pieces.prop_map(|pieces| pieces.join(" ")),
        "\\PC{0,60}".prop_map(String::from)
    ]
}

#[test]
fn any_text_is_parsed_and_told_about() {
    holds(5_000, any_text, |text| {
        let source = SourceFile::new("test.dg", text.as_str());
        let parsed = parse(&source, FileId::default());
        for one in &parsed.diagnostics {
            let (start, end) = (one.span.start as usize, one.span.end as usize);
            prop_assert!(start <= end && end <= text.len(), "{one:?}");
            prop_assert!(
                text.is_char_boundary(start) && text.is_char_boundary(end),
                "{one:?}"
            );
            prop_assert!(!one.message.is_empty());
        }
        match host::run(text) {
            Ok(ran) => ends_in_order(&ran),
            Err(_) => Ok(()),
        }
    });
}
