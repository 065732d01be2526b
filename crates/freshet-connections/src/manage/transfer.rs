//! Taking connections to another registry and back: export and import (connections, 4.2).
//!
//! `document.rs` is the form of the file, `sealed.rs` its sealing with age, `export.rs` and
//! `import.rs` the way out and in, `credential.rs` what is taken of a credential.

mod credential;
mod document;
mod export;
mod import;
mod sealed;

pub use export::{Exported, Seal};
pub use import::{Export, Imported};
pub use sealed::{Opening, opening_of};
