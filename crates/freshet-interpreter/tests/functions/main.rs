//! The functions of the language as scripts see them: their names and signatures, the reference made of them,
//! properties, safety, speed.
//!
//! `FRESHET_LONG_TESTS=1` takes more values for the properties, and races for speed.

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
mod endings;
mod names;
mod pairs;
mod proposals;
mod reference;
mod safety;
mod speed;
mod texts;

use support::{holds, is_long, output_with};

/// What a script prints.
fn output(script: &str) -> String {
    output_with(script, Vec::new())
}

/// What `info EXPRESSION` prints, with these texts given.
fn of_texts(expression: &str, texts: &[(&str, &str)]) -> String {
    let given = texts.iter().map(|(name, text)| (*name, (*text).into()));
    output_with(&format!("info {expression};"), given.collect())
}
