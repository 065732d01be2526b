//! The tree-walking evaluator.
//!
//! Statements and expressions are walked by two functions that call each other; variables, arguments and temporary
//! values lie on one stack of values, a frame being a stretch of it. Errors carry their place and the calls that led to
//! it from here on; functions and operators only say what went wrong.

mod arguments;
mod call;
mod expression;
mod operator;
mod session;
mod statement;

pub use session::{Session, Start};
