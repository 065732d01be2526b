//! Source text to tokens to syntax tree, with diagnostics beside it.
//!
//! Parsing always returns a tree, whatever the text; what is wrong with it lies beside it. It does no I/O and cannot panic.

pub mod ast;
pub mod diagnostic;
pub mod parser;
pub mod source;
pub mod token;

mod faults;
mod literal;

pub use parser::{Parsed, is_complete, parse, parse_entry};
pub use token::lex;
