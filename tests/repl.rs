//! The REPL on a real terminal: keys in, the screen out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "repl/assist.rs"]
mod assist;
#[path = "repl/history.rs"]
mod history;
#[path = "repl/page.rs"]
mod page;
#[path = "repl/running.rs"]
mod running;
#[path = "repl/screen.rs"]
mod screen;
#[path = "repl/typing.rs"]
mod typing;
