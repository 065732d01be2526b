//! What commands print: results on standard output, everything else on standard error, as text or as JSON.

use std::env;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use freshet_runtime::project::Fault;
use serde::Serialize;
use serde_json::{Value, json};
use terminal_size::{Width, terminal_size};

use crate::exit::Failure;

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb; CLICOLOR_FORCE sets them anywhere.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl Color {
    /// Whether to colour what goes to standard error.
    pub fn on_stderr(self) -> bool {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if is_set("NO_COLOR") => false,
            Color::Auto
                if env::var("CLICOLOR_FORCE")
                    .is_ok_and(|value| !value.is_empty() && value != "0") =>
            {
                true
            }
            Color::Auto => io::stderr().is_terminal() && obeys(),
        }
    }
}

/// Whether the terminal obeys escape sequences: colours, a cursor that moves.
pub fn obeys() -> bool {
    env::var("TERM").is_ok_and(|term| term != "dumb")
}

/// For whom a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// People.
    Human,
    /// Programs: JSON on standard output, errors as JSON on standard error.
    Json,
}

/// The words of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Word {
    Human,
    Json,
    Jsonl,
}

/// JSON is written as lines: what a command lists an item a line, other documents on one.
static AS_LINES: AtomicBool = AtomicBool::new(false);

/// The options that choose a format.
#[derive(Args, Clone, Copy, Debug)]
pub struct FormatArguments {
    /// For people, one JSON document, or a line of JSON for each thing that is listed
    #[arg(long, value_enum, default_value_t = Word::Human, env = "FRESHET_FORMAT", hide_possible_values = true, value_name = "human|json|jsonl")]
    format: Word,
    /// Short for --format json
    #[arg(long)]
    json: bool,
}

/// Whether lines were asked for.
pub fn as_lines() -> bool {
    AS_LINES.load(Ordering::Relaxed)
}

impl FormatArguments {
    /// The format chosen.
    pub fn format(self) -> Format {
        AS_LINES.store(self.format == Word::Jsonl && !self.json, Ordering::Relaxed);
        if self.json || self.format != Word::Human {
            Format::Json
        } else {
            Format::Human
        }
    }
}

/// How many columns the terminal of the standard streams has; `None`: there is none.
pub fn columns() -> Option<usize> {
    terminal_size().map(|(Width(columns), _)| columns.into())
}

/// Prints a text on standard output. A closed pipe is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Prints a file as it is on standard output. A closed pipe is no failure.
pub fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            CLOSED.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(error) => Err(Failure::io("standard output", &error)),
    }
}

/// Standard output was a pipe, and nobody reads it any more: a command that prints again and again has nothing to do.
pub fn is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

static CLOSED: AtomicBool = AtomicBool::new(false);

/// Prints a JSON document with its version on standard output, as lines where they were asked for.
pub fn print_json(document: Value) -> Result<(), Failure> {
    print(&json_text(document))
}

/// A JSON document with its version, in which JSON that is there already keeps each digit.
#[derive(Serialize)]
pub struct Versioned<'a, T: Serialize> {
    version: u32,
    #[serde(flatten)]
    document: &'a T,
}

impl<'a, T: Serialize> Versioned<'a, T> {
    /// The document under the version that all have.
    pub fn of(document: &'a T) -> Self {
        let version = 1;
        Self { version, document }
    }
}

/// Prints such a document on standard output, on one line where lines were asked for.
pub fn print_document(document: &impl Serialize) -> Result<(), Failure> {
    let document = Versioned::of(document);
    let text = match as_lines() {
        true => serde_json::to_string(&document),
        false => serde_json::to_string_pretty(&document),
    };
    let text = text.map_err(|cause| Failure::internal(cause.to_string()))?;
    print(&(text + "\n"))
}

/// A JSON document with its version, as lines where they were asked for.
pub fn json_text(document: Value) -> String {
    if as_lines() {
        return json_lines(document);
    }
    format!("{:#}\n", with_version(document))
}

fn with_version(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.shift_insert(0, "version".to_owned(), json!(1));
    }
    document
}

/// A document that is one list of objects as a line for each, any other on one line.
fn json_lines(document: Value) -> String {
    let members = document.as_object().filter(|members| members.len() == 1);
    let list = members.and_then(|members| members.values().next()?.as_array());
    let items = list.filter(|items| items.iter().all(Value::is_object));
    let lines = items.cloned().unwrap_or_else(|| vec![document]);
    lines
        .into_iter()
        .map(|line| format!("{}\n", with_version(line)))
        .collect()
}

/// Writes a file that only its owner can read (mode 0600), whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        return Err(io::Error::other("it is not a file"));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // Beside its name and then renamed; such a file is made with mode 0600.
    let mut draft = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    draft.write_all(bytes)?;
    draft.as_file().sync_all()?;
    draft.persist(path).map(drop).map_err(|error| error.error)
}

/// Says something on standard error. There is nowhere to tell of a failure.
pub fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.write_all(b"\n"));
}

/// Shows where a person can write, on standard error.
pub fn prompt(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}

/// Tells of a failure on standard error. What is only odd stands before it.
pub fn tell(failure: &Failure, format: Format, color: bool) {
    match format {
        Format::Human => {
            failure.faults.iter().for_each(warn);
            say(&human(failure, color));
        }
        Format::Json => say(&json_error(failure).to_string()),
    }
}

fn json_error(failure: &Failure) -> Value {
    let mut error = json!({
        "code": failure.code,
        "message": failure.message,
        "help": failure.help,
        "exit": failure.exit,
    });
    if !failure.faults.is_empty() {
        error["diagnostics"] = failure.faults.iter().map(fault_json).collect();
    }
    with_version(json!({ "error": error }))
}

/// Shows people what is odd about a settings file; of what is wrong there the failure tells.
pub fn warn(fault: &Fault) {
    if !fault.is_error() {
        say(&format!("warning: {}", visible(&fault.to_string())));
    }
}

/// What is wrong with a settings file, or odd about it, as it stands in JSON documents.
pub fn fault_json(fault: &Fault) -> Value {
    let severity = match fault.is_error() {
        true => "error",
        false => "warning",
    };
    json!({
        "severity": severity,
        "code": fault.code,
        "message": fault.message,
        "file": fault.file,
        "line": fault.line,
        "column": fault.column,
        "help": fault.help,
    })
}

/// `error: MESSAGE (CODE)`, and the next step below.
fn human(failure: &Failure, color: bool) -> String {
    let (red, blue, plain) = if color {
        ("\x1b[1;31m", "\x1b[36m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    // Several faults in one message carry their own codes.
    let code = failure
        .code
        .map(|code| format!(" ({code})"))
        .filter(|code| !failure.message.contains(code))
        .unwrap_or_default();
    let mut text = format!("{red}error:{plain} {}{code}", visible(&failure.message));
    if let Some(help) = &failure.help {
        let help = visible(help).replace('\n', "\n        ");
        text.push_str(&format!("\n  {blue}help:{plain} {help}"));
    }
    text
}

/// A text without characters that could move a terminal's cursor or hide something.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => out.push(character),
            hidden if hidden.is_control() || is_direction_mark(hidden) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(hidden)));
            }
            shown => out.push(shown),
        }
    }
    out
}

/// Characters that change the order in which others are shown.
pub fn is_direction_mark(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// Rows under their headings, in columns as wide as needed, two blanks between. A line break in a cell is shown as `\n`.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let on_one_line = |cell: &String| cell.replace('\n', "\\n").replace('\t', "\\t");
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(on_one_line).collect())
        .collect();
    let width = |column: usize, heading: &str| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        cells.chain([heading.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| width(column, heading))
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut text = line(&mut headings.iter().copied());
    for row in &rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
