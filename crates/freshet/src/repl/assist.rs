//! Help while typing: completion, hints, colours, and when an entry is whole.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use freshet_syntax::source::FileId;
use freshet_syntax::token::Token;
use freshet_syntax::{is_complete, lex};
use rustyline::completion::{Candidate as Listed, Completer, FilenameCompleter};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, CompletionType, ConditionalEventHandler, Context, Event, EventContext, Helper, Movement,
    RepeatCount,
};

use super::before::{Before, OpenCall};
use super::commands::is_command;
use super::complete::{self, cut};
use super::known::{Known, KnownFunction};
use super::paint;
use crate::help;

/// Rows of the window that are kept free of an entry which is drawn anew at every key.
const SPARE_ROWS: usize = 3;

/// What the line editor asks while a person types.
pub struct Assist {
    /// What can be named.
    pub known: Known,
    color: bool,
    files: FilenameCompleter,
    /// Columns and rows of the window.
    window: (usize, usize),
    /// Held by each candidate: they live as long as their list is shown.
    listed: Arc<()>,
    /// The cursor of the last look: the bracket there, and its partner, stand out.
    pair: Cell<Option<(usize, usize)>>,
}

impl Assist {
    /// For a window of 80 columns, until another size is told.
    pub fn new(known: Known, color: bool) -> Self {
        Self {
            known,
            color,
            files: FilenameCompleter::new(),
            window: (80, 24),
            listed: Arc::default(),
            pair: Cell::new(None),
        }
    }

    /// What Ctrl-C does in a list of candidates.
    pub fn leave_list(&self) -> LeaveList {
        LeaveList(Arc::clone(&self.listed))
    }

    /// The size of the window.
    pub fn set_window(&mut self, columns: usize, rows: usize) {
        self.window = (columns, rows);
    }

    /// An entry that does not fit the window scrolls it whenever it is drawn: it is drawn as seldom as possible.
    fn is_tall(&self, line: &str) -> bool {
        let (columns, rows) = self.window;
        let taken: usize = line
            .split('\n')
            .map(|line| 1 + line.chars().count() / columns.max(1))
            .sum();
        taken + SPARE_ROWS > rows
    }
}

impl Helper for Assist {}

/// A candidate as the editor lists it.
pub struct Choice {
    shown: String,
    replacement: String,
    _listed: Arc<()>,
}

/// Ends a list of candidates that fills more than the window, and goes back to the entry: the editor itself waits there
/// for a few keys, of which Ctrl-C is none. Anywhere else Ctrl-C does what it always does.
pub struct LeaveList(Arc<()>);

impl ConditionalEventHandler for LeaveList {
    fn handle(
        &self,
        _event: &Event,
        _times: RepeatCount,
        _positive: bool,
        _context: &EventContext<'_>,
    ) -> Option<Cmd> {
        // The assistant holds it, and so does this handler.
        let is_listing = Arc::strong_count(&self.0) > 2;
        // One of the keys that end a list.
        is_listing.then_some(Cmd::Kill(Movement::BackwardChar(1)))
    }
}

impl Listed for Choice {
    fn display(&self) -> &str {
        &self.shown
    }

    fn replacement(&self) -> &str {
        &self.replacement
    }
}

impl Completer for Assist {
    type Candidate = Choice;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Choice>)> {
        let before = line.get(..cursor).unwrap_or_default();
        if is_file_command(before) {
            let (start, files) = self.files.complete(line, cursor, context)?;
            let choices = files.into_iter().map(|file| Choice {
                shown: file.display,
                replacement: file.replacement,
                _listed: Arc::clone(&self.listed),
            });
            return Ok((start, choices.collect()));
        }
        // At the beginning of a line inside an entry the key indents.
        if before
            .rsplit('\n')
            .next()
            .is_some_and(|line| line.trim().is_empty())
            && before.contains('\n')
        {
            let indent = Choice {
                shown: String::new(),
                replacement: "    ".to_owned(),
                _listed: Arc::clone(&self.listed),
            };
            return Ok((cursor, vec![indent]));
        }
        let (start, candidates) = complete::candidates(before, &self.known);
        let left = complete::left_column(&candidates);
        let columns = self.window.0.saturating_sub(2);
        let choices = candidates.into_iter().map(|candidate| Choice {
            shown: candidate.shown(columns, left),
            replacement: candidate.replacement,
            _listed: Arc::clone(&self.listed),
        });
        Ok((start, choices.collect()))
    }
}

fn is_file_command(before: &str) -> bool {
    let before = before.trim_start();
    before.starts_with(":load ") || before.starts_with(":save ")
}

/// What stands behind the cursor in grey.
pub struct Suggestion {
    shown: String,
    /// What the right arrow key takes over.
    rest: Option<String>,
}

impl Hint for Suggestion {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.rest.as_deref()
    }
}

impl Hinter for Assist {
    type Hint = Suggestion;

    fn hint(&self, line: &str, cursor: usize, context: &Context<'_>) -> Option<Suggestion> {
        // Without colours a hint would look like something typed.
        if !self.color || cursor < line.len() || line.trim().is_empty() || self.is_tall(line) {
            return None;
        }
        let room = self.room_behind(line);
        match parameters(line, &self.known) {
            Some(text) => Some(Suggestion {
                shown: cut(&text, room),
                rest: None,
            }),
            None => from_history(line, room, context),
        }
    }
}

impl Assist {
    /// Columns from the cursor to the end of its row.
    fn room_behind(&self, line: &str) -> usize {
        let columns = self.window.0;
        let last = line.rsplit('\n').next().unwrap_or(line).chars().count();
        let prompt = if line.contains('\n') { 0 } else { 2 };
        columns.saturating_sub((last + prompt) % columns.max(1) + 1)
    }
}

/// The parameters that are still to come of the call being typed.
fn parameters(line: &str, known: &Known) -> Option<String> {
    let expression = [":type ", ":time "]
        .iter()
        .find_map(|command| line.strip_prefix(command));
    let before = Before::new(expression.unwrap_or(line), known);
    let (call, argument, begun) = before.open_call()?;
    let all: Vec<String> = match call {
        OpenCall::Builtin(entry) => entry.params.iter().map(help::parameter).collect(),
        OpenCall::Function(KnownFunction { parameters, .. }) => parameters.clone(),
    };
    let next = argument + usize::from(begun);
    let left = all.get(next..).unwrap_or_default().join(", ");
    Some(match (left.is_empty(), begun) {
        (true, _) => ")".to_owned(),
        (false, true) => format!(", {left})"),
        (false, false) => format!("{left})"),
    })
}

/// The rest of the newest entry of the history that begins like this.
fn from_history(line: &str, room: usize, context: &Context<'_>) -> Option<Suggestion> {
    let history = context.history();
    let newest = history.len().checked_sub(1)?;
    let found = history
        .starts_with(line, newest, SearchDirection::Reverse)
        .ok()??;
    let rest = found
        .entry
        .get(line.len()..)
        .filter(|rest| !rest.is_empty())?;
    let first = rest.lines().next().unwrap_or_default();
    let shown = if first.len() < rest.len() {
        format!("{first} …")
    } else {
        first.to_owned()
    };
    Some(Suggestion {
        shown: cut(&shown, room),
        rest: Some(rest.to_owned()),
    })
}

impl Highlighter for Assist {
    fn highlight<'l>(&self, line: &'l str, _cursor: usize) -> Cow<'l, str> {
        if command(line).is_some() {
            return Cow::Borrowed(line);
        }
        Cow::Owned(paint::script(line, self.pair.get()))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        _default: bool,
    ) -> Cow<'b, str> {
        Cow::Owned(format!("\x1b[1m{prompt}\x1b[0m"))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint::grey(hint))
    }

    fn highlight_candidate<'c>(
        &self,
        candidate: &'c str,
        _completion: CompletionType,
    ) -> Cow<'c, str> {
        // What a name is stands two blanks behind it.
        match candidate.split_once("  ") {
            Some((label, about)) => Cow::Owned(format!("{label}  {}", paint::grey(about))),
            None => Cow::Borrowed(candidate),
        }
    }

    fn highlight_char(&self, line: &str, cursor: usize, kind: CmdKind) -> bool {
        let before = self.pair.get();
        let pair = match kind {
            CmdKind::ForcedRefresh => None,
            CmdKind::MoveCursor | CmdKind::Other => paint::bracket_pair(line, cursor),
        };
        self.pair.set(pair);
        match kind {
            CmdKind::ForcedRefresh => true,
            CmdKind::MoveCursor => pair != before && !self.is_tall(line),
            CmdKind::Other => !self.is_tall(line),
        }
    }
}

impl Validator for Assist {
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

/// What a command says behind its colon. Comments may stand before it.
pub fn command(text: &str) -> Option<&str> {
    let lexed = lex(text, FileId::default());
    let colon = lexed.places.first()?.start as usize;
    text.get(colon..)?.strip_prefix(':')
}

/// Whether an entry is whole. Commands take one line, everything else goes on while something is open; a comment alone
/// goes on too, since it describes what follows.
pub fn is_entry(text: &str) -> bool {
    command(text).is_some()
        || (is_complete(text)
            && !is_text_open(text)
            && !lex(text, FileId::default()).tokens.is_empty())
}

/// A text that has no closing quote at the end of the entry.
fn is_text_open(text: &str) -> bool {
    let text = text.trim_end_matches(['\n', '\r']);
    let lexed = lex(text, FileId::default());
    let ends_there = lexed
        .places
        .last()
        .is_some_and(|place| place.end as usize == text.len());
    // With a `;` at its end only the quote is missing, and more lines would not help.
    lexed.tokens.last() == Some(&Token::BrokenText)
        && ends_there
        && !text.trim_end().ends_with([';', '{'])
}

/// A text that has some code, and does not end inside of a comment or a text.
fn is_code(text: &str) -> bool {
    let lexed = lex(text, FileId::default());
    !lexed.tokens.is_empty() && !lexed.open_comment && !is_text_open(text)
}

/// The entries in a text that was pasted, when each of them stands alone: several lines that are no script together.
pub fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        // A command is none of an entry before it that was never finished.
        let before = text.get(start..at).unwrap_or_default();
        if is_command(line) && is_code(before) {
            pieces.push(before.trim_end_matches(['\n', '\r']));
            start = at;
        }
        at += line.len();
        let piece = text.get(start..at).unwrap_or_default();
        if piece.trim().is_empty() {
            start = at;
        } else if is_entry(piece) {
            pieces.push(piece.trim_end_matches(['\n', '\r']));
            start = at;
        }
    }
    let rest = text.get(start..).unwrap_or_default();
    if !rest.trim().is_empty() {
        pieces.push(rest);
    }
    pieces
}
