//! Source files and places in them.

/// Number of a source file within one program: 0 is the script itself, the others are files of custom functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A stretch of one source file, in bytes; `end` is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file the bytes are counted in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `file` from `start` to `end` (bytes).
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The empty span directly behind this one: where something missing should have stood.
    pub fn after(self) -> Self {
        Self {
            start: self.end,
            ..self
        }
    }

    /// From the beginning of this span to the end of `last`.
    pub fn to(self, last: Span) -> Self {
        Self {
            end: last.end,
            ..self
        }
    }
}

/// A source text with its name and the beginnings of its lines.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<u32>,
    not_utf8: Option<u32>,
}

impl SourceFile {
    /// Takes the bytes of a file. If they are not UTF-8, parsing reports the first wrong one and nothing else.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::new(name, text),
            Err(error) => {
                let wrong = error.utf8_error().valid_up_to() as u32;
                Self {
                    not_utf8: Some(wrong),
                    ..Self::new(name, String::from_utf8_lossy(error.as_bytes()))
                }
            }
        }
    }

    /// Takes a text under the name that reports show (a path, or `-` for standard input).
    /// Lines end at LF, CRLF or CR (language reference, 1).
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let bytes = text.as_bytes();
        let mut line_starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                line_starts.push(at as u32 + 1);
            }
        }
        Self {
            name: name.into(),
            text,
            line_starts,
            not_utf8: None,
        }
    }

    /// The first byte that is not UTF-8, if there is one; the text then has replacement characters.
    pub fn not_utf8(&self) -> Option<u32> {
        self.not_utf8
    }

    /// The name that reports show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// First byte of every line.
    pub fn line_starts(&self) -> &[u32] {
        &self.line_starts
    }

    /// Line and column of a byte, both counted from 1; columns count characters.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let line = self
            .line_starts
            .partition_point(|start| *start <= offset)
            .max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self
            .text
            .get(start as usize..(offset as usize).min(self.text.len()))
            .map_or(0, |before| before.chars().count());
        (line as u32, column as u32 + 1)
    }
}
