//! The command line as its users see it: what a command prints, where, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "cli/arguments.rs"]
mod arguments;
#[path = "cli/forms.rs"]
mod forms;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/limits.rs"]
mod limits;
#[path = "cli/pages.rs"]
mod pages;
#[path = "cli/repl.rs"]
mod repl;
#[path = "cli/reports.rs"]
mod reports;
#[path = "cli/sources.rs"]
mod sources;
