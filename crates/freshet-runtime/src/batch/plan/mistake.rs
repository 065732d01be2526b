//! A mistake in a plan or in its rows, with its place.

use std::fmt;

/// Something that keeps a batch from being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it was given.
    pub file: String,
    /// Its line, from 1.
    pub line: u64,
    /// The character in it, from 1.
    pub column: u64,
    /// What was found, and what was expected.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
}

impl Mistake {
    pub(super) fn new(file: &str, (line, column): (u64, u64), message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column,
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )
    }
}

/// Line and column of a byte of a text, both from 1.
pub(super) fn place(text: &str, at: usize) -> (u64, u64) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() as u64 + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before[start..].chars().count() as u64 + 1;
    (line, column)
}
