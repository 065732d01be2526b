//! Where entries come from: a person at a terminal, or a pipe.

use std::io::{self, BufRead, IsTerminal};

use rustyline::config::BellStyle;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{
    Cmd, ColorMode, CompletionType, Config, Editor, EventHandler, KeyCode, KeyEvent, Modifiers,
};

use super::assist::{Assist, is_entry};
use super::history::{History, KEPT};
use super::known::Known;
use crate::signal;

/// Columns where the width of the terminal is not known.
const COLUMNS: usize = 80;
/// What shows that an entry is expected.
const PROMPT: &str = "> ";

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
    Terminal(Box<Terminal>),
    /// Standard input, without a prompt.
    Pipe,
}

/// The line editor with what it remembers.
pub struct Terminal {
    editor: Editor<Assist, FileHistory>,
    /// The file of the history, where there is a place for one.
    history: Option<History>,
}

impl Input {
    /// A terminal if standard input and output are one.
    pub fn open(history: Option<History>, known: Known, color: bool) -> Self {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Input::Pipe;
        }
        match Terminal::new(history, known, color) {
            Ok(terminal) => Input::Terminal(Box::new(terminal)),
            Err(_) => Input::Pipe,
        }
    }

    /// Whether a person is there.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Input::Terminal(_))
    }

    /// The next entry that is not empty. `renew` brings what can be named up to date.
    pub fn next_entry(&mut self, renew: impl FnOnce(&mut Known)) -> Entry {
        match self {
            Input::Terminal(terminal) => terminal.next_entry(renew),
            Input::Pipe => from_pipe(),
        }
    }

    /// Keeps an entry in the history that was not typed at the prompt.
    pub fn remember(&mut self, entry: &str) {
        if let Input::Terminal(terminal) = self {
            terminal.remember(entry);
        }
    }

    /// Columns that results may take.
    pub fn width(&mut self) -> usize {
        let columns = match self {
            Input::Terminal(terminal) => terminal.window().0,
            Input::Pipe => std::env::var("COLUMNS")
                .ok()
                .and_then(|columns| columns.parse().ok())
                .unwrap_or(COLUMNS),
        };
        columns.max(1)
    }
}

impl Terminal {
    fn new(history: Option<History>, known: Known, color: bool) -> rustyline::Result<Self> {
        let config = Config::builder()
            .max_history_size(KEPT)?
            .history_ignore_space(true)
            .auto_add_history(false)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .bell_style(BellStyle::None)
            .color_mode(if color {
                ColorMode::Forced
            } else {
                ColorMode::Disabled
            })
            .build();
        let memory = FileHistory::with_config(&config);
        let mut editor = Editor::with_history(config, memory)?;
        let assist = Assist::new(known, color);
        editor.bind_sequence(
            KeyEvent(KeyCode::Char('C'), Modifiers::CTRL),
            EventHandler::Conditional(Box::new(assist.leave_list())),
        );
        editor.set_helper(Some(assist));
        for key in [KeyCode::Enter, KeyCode::Char('\r'), KeyCode::Char('\n')] {
            editor.bind_sequence(
                KeyEvent(key, Modifiers::ALT),
                EventHandler::Simple(Cmd::Newline),
            );
        }
        for entry in history.iter().flat_map(History::load) {
            editor.add_history_entry(entry)?;
        }
        Ok(Self { editor, history })
    }

    /// Columns and rows.
    fn window(&mut self) -> (usize, usize) {
        let (columns, rows) = self.editor.dimensions().unwrap_or((0, 0));
        let or = |size: u16, other| if size == 0 { other } else { usize::from(size) };
        (or(columns, COLUMNS), or(rows, 24))
    }

    fn next_entry(&mut self, renew: impl FnOnce(&mut Known)) -> Entry {
        let (columns, rows) = self.window();
        if let Some(assist) = self.editor.helper_mut() {
            assist.set_window(columns, rows);
            renew(&mut assist.known);
        }
        let read = signal::at_prompt(|| self.editor.readline(PROMPT));
        match read {
            Ok(text) if text.trim().is_empty() => Entry::Dropped,
            Ok(text) => {
                self.remember(text.trim_end_matches('\n'));
                Entry::Text(text)
            }
            Err(ReadlineError::Interrupted) => Entry::Dropped,
            Err(ReadlineError::Eof) => Entry::End,
            Err(cause) => Entry::Failed(cause.to_string()),
        }
    }

    /// Keeps an entry: each one once, at the place of its last use.
    fn remember(&mut self, entry: &str) {
        let again = self.editor.history().iter().any(|known| known == entry);
        if again {
            let others: Vec<String> = self
                .editor
                .history()
                .iter()
                .filter(|known| *known != entry)
                .cloned()
                .collect();
            // Neither can fail: this history lies in memory.
            let _ = self.editor.clear_history();
            for other in others {
                let _ = self.editor.add_history_entry(other);
            }
        }
        let _ = self.editor.add_history_entry(entry);
        if let Some(history) = &mut self.history {
            history.add(entry);
        }
    }
}

/// Lines of standard input until they are an entry: whole, or ended by an empty line.
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
