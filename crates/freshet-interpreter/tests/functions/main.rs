//! The functions of the language as scripts see them: their names and signatures, the reference made of them,
//! properties, safety, speed.
//!
//! The values of the properties are the same each time; `FRESHET_LONG_TESTS=1` takes fifty times as many, others each time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "../support/mod.rs"]
mod support;

mod codes;
mod dates;
mod names;
mod reference;
mod safety;
mod speed;
mod texts;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use support::output_with;

/// What a script prints.
fn output(script: &str) -> String {
    output_with(script, Vec::new())
}

/// What `info EXPRESSION` prints, with these texts given.
fn of_texts(expression: &str, texts: &[(&str, &str)]) -> String {
    let given = texts.iter().map(|(name, text)| (*name, (*text).into()));
    output_with(&format!("info {expression};"), given.collect())
}

fn is_long() -> bool {
    std::env::var_os("FRESHET_LONG_TESTS").is_some()
}

/// Shows that `property` holds for `cases` values.
fn holds<S: Strategy>(cases: u32, strategy: S, property: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config {
        cases: if is_long() { cases * 50 } else { cases },
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = if is_long() {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    if let Err(error) = runner.run(&strategy, property) {
        panic!("{error}");
    }
}
