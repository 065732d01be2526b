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

/// A file as text, without a byte order mark, and the bytes of that text at which the file is no UTF-8: a sign that
/// stands for what is there.
pub(super) fn readable(bytes: Vec<u8>) -> (String, Vec<usize>) {
    let (mut text, mut odd) = match String::from_utf8(bytes) {
        Ok(text) => (text, Vec::new()),
        Err(wrong) => {
            let (mut text, mut odd) = (String::new(), Vec::new());
            for chunk in wrong.as_bytes().utf8_chunks() {
                text.push_str(chunk.valid());
                if !chunk.invalid().is_empty() {
                    odd.push(text.len());
                    text.push(char::REPLACEMENT_CHARACTER);
                }
            }
            (text, odd)
        }
    };
    if let Some(rest) = text.strip_prefix(MARK) {
        text = rest.to_owned();
        odd.iter_mut().for_each(|at| *at -= MARK.len_utf8());
    }
    (text, odd)
}

/// The mark that some programs begin their files with.
const MARK: char = '\u{feff}';

/// The places of a file that are no UTF-8, one a line.
pub(super) fn not_utf8(name: &str, places: impl Iterator<Item = (u64, u64)>) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> = Vec::new();
    for (line, column) in places {
        if mistakes.last().is_none_or(|last| last.line != line) {
            let mistake = Mistake::new(name, (line, column), "found bytes that are not UTF-8");
            mistakes.push(mistake.help("save the file as UTF-8"));
        }
    }
    mistakes
}

/// Line and column of a byte of a text, both from 1.
pub(super) fn place(text: &str, at: usize) -> (u64, u64) {
    Lines::of(text).place(text, at)
}
