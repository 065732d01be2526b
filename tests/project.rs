//! Projects: `freshet.toml`, custom functions, configuration.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "project/calls.rs"]
mod calls;
#[path = "project/check.rs"]
mod check;
#[path = "project/commands.rs"]
mod commands;
#[path = "project/interrupt.rs"]
mod interrupt;
#[path = "project/settings.rs"]
mod settings;
#[path = "project/watch.rs"]
mod watch;
