//! Scripts against the real world: arguments, the real host, single runs.
//!
//! [`engine::Engine`] joins the interpreter and the connections: it runs a program on a thread of its own and gives
//! back a [`engine::RunRecord`]. A reader's order: `engine.rs`, `host.rs`, `arguments.rs`.

pub mod arguments;
pub mod engine;
pub mod fault;
mod host;
pub mod output;
pub mod redact;
