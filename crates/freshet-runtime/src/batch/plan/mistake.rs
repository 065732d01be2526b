//! A mistake in a plan or in its rows, with its place.

use std::fmt;

/// A place in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The plan, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The character in it, from 1.
    pub column: u64,
}

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

    /// A mistake at a place in a plan.
    #[must_use]
    pub fn at(spot: &Spot, message: impl Into<String>, help: Option<String>) -> Self {
        Self {
            help,
            ..Self::new(&spot.file, (spot.line, spot.column), message)
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

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let behind = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            [0].into_iter()
                .chain(behind.map(|(at, _)| at + 1))
                .collect(),
        )
    }

    /// Line and column of a byte of that text, both from 1.
    pub(super) fn place(&self, text: &str, at: usize) -> (u64, u64) {
        let at = at.min(text.len());
        let line = self.0.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|line| self.0.get(line));
        let before = text.get(*start.unwrap_or(&0)..at).unwrap_or_default();
        (line as u64, before.chars().count() as u64 + 1)
    }
}

/// Line and column of a byte of a text, both from 1.
pub(super) fn place(text: &str, at: usize) -> (u64, u64) {
    Lines::of(text).place(text, at)
}
