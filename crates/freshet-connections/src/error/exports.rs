//! Exports and imports: C0087 and C0088.

use super::{Code, ConnectionError, shown};

impl ConnectionError {
    /// A passphrase or identity that is not what it must be; `found` holds no part of it.
    pub fn passphrase(found: &str, help: &str) -> Self {
        Self::new(Code::Passphrase, found.to_owned(), help)
    }

    /// A file that is no export. `found` says what stands at the line, without its values.
    pub(crate) fn import(file: &str, line: usize, found: &str, expected: &str) -> Self {
        Self::new(
            Code::Import,
            format!(
                "{}:{line}: found {}, expected {expected}",
                shown(file),
                shown(found)
            ),
            "nothing was imported; `freshet connection export` writes such a file",
        )
    }

    /// Something of an import differs from what has its name here.
    pub(crate) fn import_conflict(what: &str) -> Self {
        Self::new(
            Code::LinkNameTaken,
            format!("the {} exists, and is another", shown(what)),
            ON_CONFLICT,
        )
    }
}

/// What decides about a name that is taken.
pub(crate) const ON_CONFLICT: &str = "choose with --on-conflict skip, rename or replace";
