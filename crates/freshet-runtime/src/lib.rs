//! Scripts against the real world: projects of custom functions, arguments, the real host, single runs.
//!
//! [`engine::Engine`] joins the interpreter and the connections: it runs a program on a thread of its own and gives
//! back a [`engine::RunRecord`]. A [`project::Project`] says what a script can call
//! and how it is run. A reader's order: `engine.rs`, `host.rs`, `arguments.rs`, `project.rs`.

pub mod arguments;
pub mod batch;
pub mod engine;
pub mod fault;
mod host;
pub mod limit;
pub mod output;
pub mod project;
pub mod redact;
