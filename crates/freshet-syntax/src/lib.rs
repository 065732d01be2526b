//! Source text to tokens to syntax tree, with diagnostics beside it.
//!
//! Parsing always returns a tree, whatever the text; what is wrong with it lies beside it. It does no I/O and cannot panic.

pub mod ast;
pub mod diagnostic;
pub mod source;
