//! What a program means: values, the function library, name resolution, evaluation, limits.
//!
//! No file, socket, thread or clock of its own: everything outside the script is reached through [`host::Host`].

pub mod error;
pub mod eval;
pub mod host;
pub mod library;
pub mod limits;
pub mod nearest;
pub mod program;
pub mod resolve;
pub mod value;
