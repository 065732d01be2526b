//! What `info` prints: to standard output through a buffer of our own, or kept.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stderr, Stdout, Write};

/// Bytes kept back before they are written; enough that printing is no matter of system calls.
const BUFFER: usize = 64 * 1024;

/// R0105: the code of the error that nothing more can be printed.
pub const OUTPUT_ENDED: &str = "R0105";

/// Where the output of a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Standard,
    /// Standard error, line by line.
    Error,
    /// Kept in the record of the run, line by line.
    Kept,
    /// Kept in the record of the run as one text.
    Log,
}

/// The output of one run.
pub(crate) struct Output {
    sink: Sink,
    written: u64,
    end: Option<OutputEnd>,
}

/// Why nothing more can be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputEnd {
    /// The reader has gone away (`| head -1`): no fault of anybody.
    Closed,
    /// It cannot be written, with the cause in words.
    Failed(String),
}

enum Sink {
    Standard {
        writer: BufWriter<Stdout>,
        by_line: bool,
    },
    Error(Stderr),
    Kept(Vec<String>),
    Log(String),
}

impl Output {
    pub(crate) fn new(destination: Destination) -> Self {
        let sink = match destination {
            Destination::Standard => Sink::Standard {
                writer: BufWriter::with_capacity(BUFFER, io::stdout()),
                // A person who watches sees each line at once.
                by_line: io::stdout().is_terminal(),
            },
            Destination::Error => Sink::Error(io::stderr()),
            Destination::Kept => Sink::Kept(Vec::new()),
            Destination::Log => Sink::Log(String::new()),
        };
        Self {
            sink,
            written: 0,
            end: None,
        }
    }

    /// Bytes printed so far, line ends included.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Why nothing more can be printed, once that is so.
    pub(crate) fn end(&self) -> Option<&OutputEnd> {
        self.end.as_ref()
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When nothing more can be printed.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), OutputEnd> {
        self.written += line.len() as u64 + 1;
        let result = match &mut self.sink {
            Sink::Kept(lines) => {
                lines.extend(line.split('\n').map(str::to_owned));
                Ok(())
            }
            Sink::Log(text) => {
                text.push_str(line);
                text.push('\n');
                Ok(())
            }
            Sink::Standard { writer, by_line } => writer
                .write_all(line.as_bytes())
                .and_then(|()| writer.write_all(b"\n"))
                .and_then(|()| if *by_line { writer.flush() } else { Ok(()) }),
            Sink::Error(stderr) => {
                let mut stderr = stderr.lock();
                stderr
                    .write_all(line.as_bytes())
                    .and_then(|()| stderr.write_all(b"\n"))
            }
        };
        self.note(result)
    }

    /// Hands over what is kept back: before the run waits, before something else is printed, at the end.
    ///
    /// # Errors
    /// When nothing more can be printed.
    pub(crate) fn flush(&mut self) -> Result<(), OutputEnd> {
        let result = match &mut self.sink {
            Sink::Kept(_) | Sink::Error(_) | Sink::Log(_) => Ok(()),
            Sink::Standard { writer, .. } => writer.flush(),
        };
        self.note(result)
    }

    /// Takes the lines that were kept.
    pub(crate) fn take_lines(&mut self) -> Vec<String> {
        match &mut self.sink {
            Sink::Kept(lines) => std::mem::take(lines),
            Sink::Standard { .. } | Sink::Error(_) | Sink::Log(_) => Vec::new(),
        }
    }

    /// Takes the text that was kept.
    pub(crate) fn take_log(&mut self) -> String {
        match &mut self.sink {
            Sink::Log(text) => std::mem::take(text),
            Sink::Standard { .. } | Sink::Error(_) | Sink::Kept(_) => String::new(),
        }
    }

    fn note(&mut self, result: io::Result<()>) -> Result<(), OutputEnd> {
        result.map_err(|error| {
            let end = match error.kind() {
                ErrorKind::BrokenPipe => OutputEnd::Closed,
                _ => {
                    let cause = error.to_string();
                    // The number of the system says nothing to a person.
                    let cause = cause.split(" (os error").next().unwrap_or(&cause);
                    OutputEnd::Failed(cause.to_lowercase())
                }
            };
            self.end.get_or_insert(end).clone()
        })
    }
}
