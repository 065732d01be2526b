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
        let before = text.get(self.start(at)..at).unwrap_or_default();
        (self.number(at) as u64, before.chars().count() as u64 + 1)
    }

    /// The number of the line that holds a byte, from 1.
    fn number(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at)
    }

    /// Where the line that holds a byte begins.
    pub(super) fn start(&self, at: usize) -> usize {
        let line = self.number(at).checked_sub(1);
        line.and_then(|line| self.0.get(line))
            .copied()
            .unwrap_or_default()
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

/// The places of a text that are no UTF-8, one a line; `odd` are all of them, in their order.
pub(super) fn not_utf8(name: &str, text: &str, mut odd: Vec<usize>) -> Vec<Mistake> {
    if odd.is_empty() {
        return Vec::new();
    }
    let lines = Lines::of(text);
    odd.dedup_by_key(|at| lines.number(*at));
    odd.into_iter()
        .map(|at| {
            let place = lines.place(text, at);
            Mistake::new(name, place, "found bytes that are not UTF-8")
                .help("save the file as UTF-8")
        })
        .collect()
}

/// Line and column of a byte of a text, both from 1.
pub(super) fn place(text: &str, at: usize) -> (u64, u64) {
    Lines::of(text).place(text, at)
}
