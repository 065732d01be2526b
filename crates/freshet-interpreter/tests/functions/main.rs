//! The functions of the language as scripts see them: their names and signatures, the reference made of them,
//! properties, safety, speed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "../support/mod.rs"]
mod support;

mod names;
mod reference;

use support::output_with;

/// What a script prints.
fn output(script: &str) -> String {
    output_with(script, Vec::new())
}
