//! What can be wrong with the store. Each code has one constructor here.

use std::fmt;
use std::path::Path;

use rusqlite::ErrorCode;

/// The store of batches cannot do what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    /// The stable name; `None` where the request itself was wrong, such as an unknown id.
    pub code: Option<&'static str>,
    /// What was found, and what was expected.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
}

impl StoreError {
    fn new(code: &'static str, message: String, help: &str) -> Self {
        Self {
            code: Some(code),
            message,
            help: Some(help.to_owned()),
        }
    }

    /// The request was wrong: there is no such batch or job.
    pub(super) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
            help: Some(help.into()),
        }
    }

    /// The machine gives no thread to run jobs on.
    pub(crate) fn no_threads(cause: &std::io::Error) -> Self {
        Self {
            code: None,
            message: format!("no threads for the jobs: {cause}"),
            help: Some(
                "raise the limit of processes (ulimit -u), then go on with `freshet batch resume`"
                    .to_owned(),
            ),
        }
    }

    /// B0001: the file cannot be used as a store.
    pub(super) fn open(path: &Path, cause: &str) -> Self {
        let message = format!("cannot open the batches in {}: {cause}", path.display());
        Self::new(
            "B0001",
            message,
            "name another file with --store, or put this one right",
        )
    }

    /// B0002: the file is not what it was.
    pub(super) fn damaged(path: &Path, cause: &str) -> Self {
        let message = format!("the batches in {} are damaged: {cause}", path.display());
        Self::new(
            "B0002",
            message,
            "move the file away, or restore it from a backup; a new one is made by the next batch",
        )
    }

    /// B0003: a newer program wrote it.
    pub(super) fn newer(path: &Path, found: i32, known: i32) -> Self {
        let message = format!(
            "the batches in {} have version {found}, expected at most {known}",
            path.display()
        );
        Self::new(
            "B0003",
            message,
            "a newer Freshet wrote it: use that one, or name another file with --store",
        )
    }

    /// B0004: another process holds it.
    pub(super) fn busy(path: &Path) -> Self {
        let message = format!(
            "the batches in {} are locked by another process",
            path.display()
        );
        Self::new(
            "B0004",
            message,
            "close what has the file open, or try again later",
        )
    }

    /// B0005: it cannot be written.
    pub(super) fn write(path: &Path, cause: &str) -> Self {
        let message = format!("cannot write the batches in {}: {cause}", path.display());
        Self::new(
            "B0005",
            message,
            "what was stored before is kept; free some space, then `freshet batch resume`",
        )
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What an error of SQLite means for a person.
pub(super) fn told(path: &Path, cause: &rusqlite::Error) -> StoreError {
    match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::busy(path),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::damaged(path, "SQLite cannot read it")
        }
        Some(ErrorCode::DiskFull) => StoreError::write(path, "the disk is full"),
        Some(ErrorCode::SystemIoFailure) => StoreError::write(path, "reading or writing failed"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            StoreError::write(path, "permission denied")
        }
        Some(ErrorCode::CannotOpen) => StoreError::open(path, "permission denied, or no space"),
        _ => StoreError::damaged(path, &cause.to_string()),
    }
}
