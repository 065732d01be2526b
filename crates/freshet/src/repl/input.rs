//! Where entries come from: a person at a terminal, or a pipe.

use std::fs::DirBuilder;
use std::io::{self, BufRead, IsTerminal};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use freshet_syntax::is_complete;
use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Completer, Config, Editor, Helper, Highlighter, Hinter};

/// Entries kept in the history.
const KEPT: usize = 10_000;
/// Columns where the width of the terminal is not known.
const COLUMNS: usize = 80;

/// What comes next.
pub enum Entry {
    /// An entry.
    Text(String),
    /// A person gave up an entry with Ctrl-C.
    Dropped,
    /// The input has ended.
    End,
    /// It cannot be read, with the cause.
    Failed(String),
}

/// Where entries come from.
pub enum Input {
    /// A person, with history.
    Terminal {
        /// The line editor.
        editor: Box<Editor<Lines, FileHistory>>,
        /// Where the history is kept; `None`: nowhere.
        history: Option<PathBuf>,
    },
    /// Standard input, without a prompt.
    Pipe,
}

impl Input {
    /// A terminal if standard input and output are one.
    pub fn open(history: Option<PathBuf>) -> Self {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Input::Pipe;
        }
        let Ok(mut editor) = editor() else {
            return Input::Pipe;
        };
        editor.set_helper(Some(Lines));
        // A history that is missing or damaged is begun anew.
        if let Some(path) = &history {
            let _ = editor.load_history(path);
        }
        Input::Terminal {
            editor: Box::new(editor),
            history,
        }
    }

    /// Whether a person is there.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Input::Terminal { .. })
    }

    /// The next entry that is not empty.
    pub fn next_entry(&mut self) -> Entry {
        match self {
            Input::Terminal { editor, history } => match editor.readline("> ") {
                Ok(text) if text.trim().is_empty() => Entry::Dropped,
                Ok(text) => {
                    save(editor, history.as_ref());
                    Entry::Text(text)
                }
                Err(ReadlineError::Interrupted) => Entry::Dropped,
                Err(ReadlineError::Eof) => Entry::End,
                Err(cause) => Entry::Failed(cause.to_string()),
            },
            Input::Pipe => from_pipe(),
        }
    }
}

fn editor() -> rustyline::Result<Editor<Lines, FileHistory>> {
    let config = Config::builder()
        .max_history_size(KEPT)?
        .history_ignore_dups(true)?
        .history_ignore_space(true)
        .auto_add_history(true)
        .build();
    Editor::with_config(config)
}

/// Saves the history after each entry, so that a session that is killed loses nothing. A folder that cannot be written
/// costs the history and nothing else. The file is readable by its owner alone: the editor sees to it.
fn save(editor: &mut Editor<Lines, FileHistory>, history: Option<&PathBuf>) {
    let Some(path) = history else { return };
    if let Some(folder) = path.parent() {
        let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    }
    let _ = editor.history_mut().save(path);
}

/// Lines of standard input until they are an entry: complete, or ended by an empty line.
fn from_pipe() -> Entry {
    let mut text = String::new();
    let mut lines = io::stdin().lock();
    loop {
        let before = text.len();
        match lines.read_line(&mut text) {
            Err(cause) => return Entry::Failed(cause.to_string()),
            Ok(0) if text.trim().is_empty() => return Entry::End,
            Ok(0) => return Entry::Text(text),
            Ok(_) if text.trim().is_empty() => text.clear(),
            Ok(_) => {
                let ended_by_empty_line = text
                    .get(before..)
                    .is_some_and(|line| line.trim().is_empty());
                if ended_by_empty_line || is_entry(&text) {
                    return Entry::Text(text);
                }
            }
        }
    }
}

/// Commands take one line, everything else goes on while something is open.
fn is_entry(text: &str) -> bool {
    text.trim_start().starts_with(':') || is_complete(text)
}

/// Goes on over lines while an entry is not complete.
#[derive(Completer, Helper, Highlighter, Hinter)]
pub struct Lines;

impl Validator for Lines {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let ended_by_empty_line = text.ends_with('\n');
        Ok(if ended_by_empty_line || is_entry(text) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

/// Columns of the terminal.
pub fn width() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .filter(|columns| *columns > 0)
        .unwrap_or(COLUMNS)
}
