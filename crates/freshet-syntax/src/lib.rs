//! Source text to tokens to syntax tree, with diagnostics beside it.
//!
//! Parsing always returns a tree, whatever the text; what is wrong with it lies beside it. It does no I/O and cannot panic.

pub mod source;
pub mod token;
pub mod ast;
pub mod parser;
pub mod diagnostic;

mod faults;
mod literal;

pub use parser::{Parsed, is_complete, parse, parse_entry};
pub use token::lex;
