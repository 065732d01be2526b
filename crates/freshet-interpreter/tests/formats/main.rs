//! Encryption, XML and archives as scripts see them: published vectors, round trips, and inputs made to do harm.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "../support/mod.rs"]
mod support;

mod archive;
mod encryption;
mod xml;

use support::{holds, output_with};

/// What a script prints.
fn output(script: &str) -> String {
    output_with(script, Vec::new())
}

/// What `info EXPRESSION` prints, with the text `t` given.
fn of_text(expression: &str, text: &str) -> String {
    output_with(&format!("info {expression};"), vec![("t", text.into())])
}
