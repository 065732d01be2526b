//! How diagnostics and runtime errors look. Nobody else knows ariadne.

use std::fmt;
use std::ops::Range;

use ariadne::{Cache, Color, Config, IndexType, Label, Report, ReportKind, Source};
use freshet_interpreter::error::RuntimeError;
use freshet_syntax::diagnostic::{Diagnostic, Severity};
use freshet_syntax::source::{FileId, SourceFile, Span};
use serde_json::{Value, json};

use crate::output::{counted, is_direction_mark, visible};

/// Errors, and warnings, of one file that are shown; the others are counted.
const SHOWN: usize = 20;
/// Calls shown at either end of a deep stack.
const CALLS_SHOWN: usize = 5;
/// Bytes of a line beyond which only a part of it is shown.
const LONGEST_LINE: usize = 400;
/// Characters of a message about the text of a script that are shown: the names in it may be of any length.
const LONGEST_MESSAGE: usize = 400;

/// Characters of a runtime error that are shown: a script may throw a text of any length.
const LONGEST_THROWN: usize = 10_000;

/// Renders what is said about the files of one program.
pub struct Reporter<'f> {
    files: &'f [SourceFile],
    color: bool,
}

impl<'f> Reporter<'f> {
    /// A reporter on `files`, the script first.
    pub fn new(files: &'f [SourceFile], color: bool) -> Self {
        Self { files, color }
    }

    /// All diagnostics in the order of their places: at most twenty errors and twenty warnings, the rest counted;
    /// `omitted` errors were not even kept.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic], omitted: usize) -> String {
        let mut cache = Sources::new(self.files);
        let shown = shown(diagnostics);
        let mut text = String::new();
        let mut left_out = String::new();
        for severity in [Severity::Error, Severity::Warning] {
            let is_wanted = |diagnostic: &Diagnostic| diagnostic.severity == severity;
            for diagnostic in shown.iter().filter(|diagnostic| is_wanted(diagnostic)) {
                text.push_str(&self.one(diagnostic, &mut cache));
            }
            let unkept = if severity == Severity::Error {
                omitted
            } else {
                0
            };
            let all = diagnostics
                .iter()
                .filter(|diagnostic| is_wanted(diagnostic));
            let more = all.count().saturating_sub(SHOWN) + unkept;
            if more > 0 {
                left_out.push_str(&format!(
                    "… and {}\n",
                    counted(more, &format!("more {}", word(severity)))
                ));
            }
        }
        text + &left_out
    }

    /// A runtime error at its place, with the calls that led there.
    pub fn runtime_error(&self, error: &RuntimeError) -> String {
        let mut text = match error.span {
            Some(span) => self.one(&as_diagnostic(error, span), &mut Sources::new(self.files)),
            None => {
                let message = brief(&error.message, LONGEST_THROWN);
                self.without_place(error.code, &message, error.help.as_deref())
            }
        };
        let calls: Vec<String> = error
            .calls
            .iter()
            .map(|call| {
                format!(
                    "  `{}` called at {}\n",
                    call.function,
                    self.place(call.span)
                )
            })
            .collect();
        if calls.len() > 2 * CALLS_SHOWN {
            let left_out = calls.len() - 2 * CALLS_SHOWN;
            text.push_str(&calls[..CALLS_SHOWN].concat());
            text.push_str(&format!("  … {} …\n", counted(left_out, "more call")));
            text.push_str(&calls[calls.len() - CALLS_SHOWN..].concat());
        } else {
            text.push_str(&calls.concat());
        }
        text
    }

    /// `FILE:LINE:COLUMN`.
    pub fn place(&self, span: Span) -> String {
        match self.file(span.file) {
            Some(file) => {
                let (line, column) = file.line_column(drawn_range(file, span).start as u32);
                format!("{}:{line}:{column}", visible(file.name()))
            }
            None => "an unknown place".to_owned(),
        }
    }

    /// The diagnostics as they stand in JSON documents, in the order of their places: those that people see as well.
    pub fn json(&self, diagnostics: &[Diagnostic]) -> Vec<Value> {
        shown(diagnostics)
            .into_iter()
            .map(|diagnostic| {
                let mut document = json!({
                    "severity": word(diagnostic.severity),
                    "code": diagnostic.code,
                    "message": brief(&diagnostic.message, LONGEST_MESSAGE),
                });
                self.add_place(&mut document, diagnostic.span);
                let help = diagnostic.help.as_deref();
                document["help"] = json!(help.map(|help| brief(help, LONGEST_MESSAGE)));
                document
            })
            .collect()
    }

    /// A runtime error as it stands in JSON documents.
    pub fn json_error(&self, error: &RuntimeError) -> Value {
        let message = brief(&error.message, LONGEST_THROWN);
        let mut document = json!({ "severity": "error", "code": error.code, "message": message });
        if let Some(span) = error.span {
            self.add_place(&mut document, span);
        }
        document["help"] = json!(error.help);
        document
    }

    /// The calls that led to an error, innermost first, as they stand in JSON documents.
    pub fn json_calls(&self, error: &RuntimeError) -> Value {
        error
            .calls
            .iter()
            .map(|call| {
                let mut document = json!({ "function": call.function });
                self.add_place(&mut document, call.span);
                document
            })
            .collect()
    }

    fn add_place(&self, document: &mut Value, span: Span) {
        let Some(file) = self.file(span.file) else {
            return;
        };
        let (line, column) = file.line_column(span.start);
        let (end_line, end_column) = file.line_column(span.end);
        document["file"] = json!(file.name());
        document["line"] = json!(line);
        document["column"] = json!(column);
        document["end_line"] = json!(end_line);
        document["end_column"] = json!(end_column);
    }

    fn file(&self, FileId(number): FileId) -> Option<&'f SourceFile> {
        self.files.get(number as usize)
    }

    /// Of what a script is told while it runs more is shown: it may well be its own text.
    fn one(&self, diagnostic: &Diagnostic, cache: &mut Sources<'f>) -> String {
        let is_long = |text: &str| text.len() > LONGEST_MESSAGE;
        let about_text = diagnostic.code.starts_with(['E', 'W']);
        if about_text
            && (is_long(&diagnostic.message) || diagnostic.help.as_deref().is_some_and(is_long))
        {
            let mut short = diagnostic.clone();
            short.message = brief(&diagnostic.message, LONGEST_MESSAGE);
            let help = diagnostic.help.as_deref();
            short.help = help.map(|help| brief(help, LONGEST_MESSAGE));
            return self.whole(&short, cache);
        }
        self.whole(diagnostic, cache)
    }

    fn whole(&self, diagnostic: &Diagnostic, cache: &mut Sources<'f>) -> String {
        let Some(file) = self.file(diagnostic.span.file) else {
            return self.without_place(
                diagnostic.code,
                &diagnostic.message,
                diagnostic.help.as_deref(),
            );
        };
        let range = drawn_range(file, diagnostic.span);
        if line_range(file, range.start).len() > LONGEST_LINE {
            return self.in_long_line(diagnostic, file, range);
        }
        let (kind, color) = match diagnostic.severity {
            Severity::Error => (ReportKind::Error, Color::Red),
            Severity::Warning => (ReportKind::Warning, Color::Yellow),
        };
        let config = Config::default()
            .with_index_type(IndexType::Byte)
            .with_color(self.color);
        let place = (diagnostic.span.file, range);
        let label = diagnostic
            .label
            .as_deref()
            .map_or("here".to_owned(), visible);
        let mut report = Report::build(kind, place.clone())
            .with_config(config)
            .with_code(diagnostic.code)
            .with_message(visible(&diagnostic.message))
            .with_label(Label::new(place).with_message(label).with_color(color));
        for other in &diagnostic.others {
            if let Some(file) = self.file(other.span.file) {
                let place = (other.span.file, drawn_range(file, other.span));
                report.add_label(
                    Label::new(place)
                        .with_message(visible(&other.text))
                        .with_order(1),
                );
            }
        }
        if let Some(help) = &diagnostic.help {
            report.set_help(visible(help));
        }
        let mut bytes = Vec::new();
        match report.finish().write(cache, &mut bytes) {
            Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => self.without_place(
                diagnostic.code,
                &diagnostic.message,
                diagnostic.help.as_deref(),
            ),
        }
    }

    /// The same without a drawing, where a line is too long for one.
    fn in_long_line(
        &self,
        diagnostic: &Diagnostic,
        file: &SourceFile,
        range: Range<usize>,
    ) -> String {
        /// Characters shown on either side of the place.
        const AROUND: usize = 30;
        let line = line_range(file, range.start);
        let before = file.text().get(line.start..range.start).unwrap_or_default();
        let after = file.text().get(range.start..line.end).unwrap_or_default();
        let before: Vec<char> = before.chars().rev().take(AROUND).collect();
        let before = visible(&before.iter().rev().collect::<String>()).replace('\t', " ");
        let after = visible(&after.chars().take(AROUND).collect::<String>()).replace('\t', " ");
        let margin = " ".repeat(before.chars().count());
        let head = format!(
            "[{}] {}: {}\n",
            diagnostic.code,
            capitalised(diagnostic.severity),
            visible(&diagnostic.message)
        );
        let help = diagnostic
            .help
            .as_deref()
            .map(|help| format!("   Help: {}\n", visible(help)))
            .unwrap_or_default();
        format!(
            "{head}   --> {}\n   …{before}{after}…\n    {margin}^\n{help}",
            self.place(diagnostic.span)
        )
    }

    fn without_place(&self, code: &str, message: &str, help: Option<&str>) -> String {
        let help = help
            .map(|help| format!("   Help: {}\n", visible(help)))
            .unwrap_or_default();
        format!("[{code}] Error: {}\n{help}", visible(message))
    }
}

/// What is told of the diagnostics of a file, in the order of their places: the first errors and the first warnings.
fn shown(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| (diagnostic.span.file, diagnostic.span.start));
    let (mut errors, mut warnings) = (0, 0);
    sorted.retain(|diagnostic| {
        let count = match diagnostic.severity {
            Severity::Error => &mut errors,
            Severity::Warning => &mut warnings,
        };
        *count += 1;
        *count <= SHOWN
    });
    sorted
}

/// A message without its middle, if it has more than `longest` characters.
fn brief(message: &str, longest: usize) -> String {
    if message.len() <= longest {
        return message.to_owned();
    }
    let characters = message.chars().count();
    if characters <= longest {
        return message.to_owned();
    }
    let half = longest / 2;
    let beginning: String = message.chars().take(half).collect();
    let end: String = message.chars().skip(characters - half).collect();
    format!("{beginning} … {end}")
}

/// A runtime error in the form of what is known before a run.
fn as_diagnostic(error: &RuntimeError, span: Span) -> Diagnostic {
    let message = brief(&error.message, LONGEST_THROWN);
    let mut diagnostic = Diagnostic::error(error.code, span, message);
    diagnostic.help.clone_from(&error.help);
    diagnostic
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn capitalised(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    }
}

/// The bytes of the line on which `offset` lies, without its line end.
fn line_range(file: &SourceFile, offset: usize) -> Range<usize> {
    let starts = file.line_starts();
    let line = starts.partition_point(|start| *start as usize <= offset);
    let start = line
        .checked_sub(1)
        .and_then(|line| starts.get(line))
        .map_or(0, |start| *start as usize);
    let end = starts
        .get(line)
        .map_or(file.text().len(), |end| *end as usize);
    let text = file.text().get(start..end).unwrap_or_default();
    start..start + text.trim_end_matches(['\n', '\r']).len()
}

/// The part of a span that is drawn: at most to the end of its first line, on boundaries of characters. A place behind
/// the last line end of the file is shown at the end of the last line.
fn drawn_range(file: &SourceFile, span: Span) -> Range<usize> {
    let text = file.text();
    let mut start = (span.start as usize).min(text.len());
    if start == text.len() {
        start = text.trim_end_matches(['\n', '\r']).len();
    }
    start = floor_boundary(text, start);
    let line_end = line_range(file, start).end;
    start = start.min(line_end);
    let mut end = floor_boundary(text, (span.end as usize).clamp(start, line_end));
    if end == start {
        // An empty stretch is shown at the character that follows it.
        end += text[start..line_end]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
    }
    start..end
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The sources as ariadne sees them, each prepared when it is first asked for.
struct Sources<'f> {
    files: &'f [SourceFile],
    prepared: Vec<Option<Source<String>>>,
}

impl<'f> Sources<'f> {
    fn new(files: &'f [SourceFile]) -> Self {
        Self {
            files,
            prepared: files.iter().map(|_| None).collect(),
        }
    }
}

impl Cache<FileId> for &mut Sources<'_> {
    type Storage = String;

    fn fetch(&mut self, FileId(number): &FileId) -> Result<&Source<String>, impl fmt::Debug> {
        let number = *number as usize;
        match (self.files.get(number), self.prepared.get_mut(number)) {
            (Some(file), Some(place)) => {
                Ok(&*place.get_or_insert_with(|| Source::from(drawable(file.text()))))
            }
            _ => Err("no such file"),
        }
    }

    fn display<'a>(&self, FileId(number): &'a FileId) -> Option<impl fmt::Display + 'a> {
        self.files
            .get(*number as usize)
            .map(|file| visible(file.name()))
    }
}

/// The text with a harmless character of the same length for each that would end a line where the language does not,
/// or do something to a terminal. Places stay as they are.
fn drawable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => character,
            '\u{b}' | '\u{c}' => ' ',
            '\u{2028}' | '\u{2029}' => '\u{2007}',
            mark if is_direction_mark(mark) => '\u{fffd}',
            control if control.is_control() && control.len_utf8() == 1 => '?',
            control if control.is_control() => '\u{a0}',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(text: &str, span: (u32, u32)) -> String {
        let files = [SourceFile::new("f.dg", text)];
        let diagnostic = Diagnostic::error("E0001", Span::new(FileId(0), span.0, span.1), "wrong")
            .help("do it right");
        Reporter::new(&files, false).diagnostics(&[diagnostic], 0)
    }

    #[test]
    fn places_are_counted_in_characters_and_lines_of_the_language() {
        assert!(report("é é = 1;\n", (3, 5)).contains("f.dg:1:3"));
        assert!(
            report("x;\u{c}y;\u{2028}\nz\n", (8, 9)).contains("f.dg:1:"),
            "{}",
            report("x;\u{c}y;\u{2028}\nz\n", (8, 9))
        );
        assert!(report("a;\rb;\r\nc\n", (7, 8)).contains("f.dg:3:1"));
    }

    #[test]
    fn no_place_is_too_strange_to_be_shown() {
        for text in ["", "\n", "a", "é", "a\n\n", "a\r\n", "\u{2028}", "ab\ncd\n"] {
            for start in 0..8 {
                for end in 0..8 {
                    let shown = report(text, (start, end));
                    assert!(
                        shown.contains("f.dg:") && shown.contains("do it right"),
                        "{text:?} {start} {end}: {shown}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_long_line_is_cut_and_nothing_reaches_the_terminal_raw() {
        let long = format!("x = \"{}\x1b[2J\" @;", "a".repeat(5000));
        let at = long.len() as u32 - 2;
        let shown = report(&long, (at, at + 1));
        assert!(
            shown.len() < 600 && shown.contains(&format!("f.dg:1:{}", at + 1)),
            "{shown}"
        );
        assert!(!report("\x1b[2J@", (4, 5)).contains('\x1b'));
    }

    #[test]
    fn twenty_errors_are_shown_and_the_rest_counted() {
        let files = [SourceFile::new("f.dg", "@".repeat(50))];
        let all: Vec<Diagnostic> = (0..50)
            .map(|at| Diagnostic::error("E0001", Span::new(FileId(0), at, at + 1), "wrong"))
            .collect();
        let shown = Reporter::new(&files, false).diagnostics(&all, 0);
        assert_eq!(shown.matches("E0001").count(), 20);
        assert!(shown.ends_with("… and 30 more errors\n"), "{shown}");
    }
}
