//! The session as a script: what ran well, in the order it ran.

use std::ops::Range;

use freshet_syntax::ast::{Ast, ExpressionId, ExpressionKind, StatementKind};
use freshet_syntax::lex;
use freshet_syntax::source::{FileId, Span};

use super::LAST;
use super::entry::full_name;

/// Entries that ran, those that failed up to where they did.
#[derive(Default)]
pub struct Transcript {
    entries: Vec<Written>,
}

/// An entry as it was written, with what a script needs to be different.
pub struct Written {
    text: String,
    file: FileId,
    /// Its functions with their places.
    functions: Vec<(String, Range<usize>)>,
    /// Its statements in order.
    statements: Vec<Place>,
    value: Option<LastValue>,
    /// True if a `return` inside of a block ended it: nothing else says the same in a script.
    ends_script: bool,
}

/// A statement of an entry.
struct Place {
    at: Range<usize>,
    /// True if a `;` must end it.
    ends_in_semicolon: bool,
    /// What it returns, if it is a `return` with a value.
    returns: Option<LastValue>,
}

/// The expression whose value an entry gave.
struct LastValue {
    place: Range<usize>,
    /// Where that begins which stands for it: the word `return`, else itself.
    start: usize,
    /// True if it may stand as a statement of a script.
    is_call: bool,
    /// True if it was shown.
    shown: bool,
    /// True if `_` stayed as it was: a call of a `void` function, or what a `return` gave.
    leaves_last: bool,
}

impl LastValue {
    fn new(ast: &Ast, id: ExpressionId) -> Self {
        let expression = ast.expression(id);
        Self {
            place: range(expression.span),
            start: expression.span.start as usize,
            is_call: is_call(&expression.kind),
            shown: true,
            leaves_last: false,
        }
    }
}

impl Written {
    /// An entry before it runs; `value` is the expression that ends it.
    pub fn new(text: &str, ast: &Ast, value: Option<ExpressionId>) -> Self {
        let functions = ast.functions.iter();
        let statements = ast.body.iter().map(|id| ast.statement(*id));
        Self {
            text: text.to_owned(),
            file: ast.file,
            functions: functions
                .map(|function| (full_name(function), range(function.span)))
                .collect(),
            statements: statements
                .filter(|statement| !matches!(statement.kind, StatementKind::Empty))
                .map(|statement| Place {
                    at: range(statement.span),
                    ends_in_semicolon: ends_in_semicolon(&statement.kind),
                    returns: match statement.kind {
                        StatementKind::Return { value, .. } => value.map(|id| LastValue {
                            start: statement.span.start as usize,
                            leaves_last: true,
                            ..LastValue::new(ast, id)
                        }),
                        _ => None,
                    },
                })
                .collect(),
            value: value.map(|id| LastValue::new(ast, id)),
            ends_script: false,
        }
    }

    /// What ends it gives no value.
    pub fn of_no_value(mut self) -> Self {
        if let Some(value) = &mut self.value {
            value.leaves_last = true;
        }
        self
    }

    /// It ran; `result` is the first word of what gave its result, which is the `return` that ended it, if one did.
    pub fn ran(mut self, is_null: bool, result: Span) -> Self {
        let place = range(result);
        let text = self.text.get(place.clone()).unwrap_or_default();
        let is_return = result.file == self.file && text == "return";
        let last = self
            .statements
            .iter()
            .position(|last| last.at.start <= place.start && place.end <= last.at.end);
        if let (Some(last), true) = (last, is_return) {
            self = self.ended_by(last, place.start);
        }
        if let Some(value) = &mut self.value {
            value.shown = !is_null;
        }
        self
    }

    /// A `return` in one of its statements ended it. As a script it goes on behind the value of that.
    fn ended_by(mut self, number: usize, start: usize) -> Self {
        let is_nested = self.statements.get(number).map(|last| last.at.start) != Some(start);
        if is_nested {
            self.ends_script = true;
            return self.cut_after(number + 1);
        }
        let value = self.statements.get_mut(number);
        match value.and_then(|last| last.returns.take()) {
            Some(value) => {
                self = self.cut_after(number + 1);
                self.value = Some(value);
                self
            }
            None => self.cut_after(number),
        }
    }

    /// Only so many of its statements ran; its functions stay, wherever they stand.
    pub fn cut_after(mut self, done: usize) -> Self {
        let next = self.statements.get(done).map(|place| place.at.start);
        let value = self.value.take().map(|value| value.place.start);
        let Some(end) = next.or(value) else {
            return self;
        };
        self.statements.truncate(done);
        let mut text = self.text.get(..end).unwrap_or_default().to_owned();
        for (_, place) in &mut self.functions {
            if place.start >= end {
                let source = self.text.get(place.clone()).unwrap_or_default();
                text.push('\n');
                *place = text.len()..text.len() + source.len();
                text.push_str(source);
            }
        }
        self.text = text;
        self
    }

    fn uses_last(&self) -> bool {
        let lexed = lex(&self.text, FileId::default());
        let is_last = |place: &freshet_syntax::token::Place| {
            self.text.get(place.start as usize..place.end as usize) == Some(LAST)
        };
        lexed.places.iter().any(is_last)
    }

    /// The entry as a part of a script: without the functions in `replaced`.
    fn script(&self, is_replaced: impl Fn(&str) -> bool, keeps_last: bool) -> String {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for (name, place) in &self.functions {
            if is_replaced(name) {
                edits.push((place.clone(), String::new()));
            }
        }
        if let Some(Place { at, .. }) = self.statements.last().filter(|last| last.ends_in_semicolon)
            && self.value.is_none()
            && !self
                .text
                .get(at.clone())
                .is_some_and(|text| text.ends_with(';'))
        {
            edits.push((at.end..at.end, ";".to_owned()));
        }
        if let Some(value) = &self.value {
            let keeps_last = keeps_last && !value.leaves_last;
            let before = match (keeps_last, value.shown || !value.is_call) {
                (true, _) => "_ = ",
                (false, true) => "info ",
                (false, false) => "",
            };
            let behind = self.text.get(value.place.end..).unwrap_or_default();
            let semicolon = if behind.trim_start().starts_with(';') {
                ""
            } else {
                ";"
            };
            edits.push((value.start..value.place.start, before.to_owned()));
            edits.push((value.place.end..value.place.end, semicolon.to_owned()));
            if keeps_last && value.shown {
                let end = self.text.len();
                edits.push((end..end, "\ninfo _;".to_owned()));
            }
        }
        edits.sort_by_key(|(place, _)| place.start);
        let mut script = self.text.clone();
        for (place, new) in edits.into_iter().rev() {
            script.replace_range(place, &new);
        }
        script
    }
}

impl Transcript {
    /// One more entry.
    pub fn add(&mut self, entry: Written) {
        if !entry.text.trim().is_empty() {
            self.entries.push(entry);
        }
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The script that does the same again, and the first line in which it ends too early. Values that were shown are
    /// printed by it.
    pub fn script(&self) -> (String, Option<usize>) {
        let keeps_last = self.entries.iter().any(Written::uses_last);
        let mut script = String::new();
        let mut end = None;
        for (number, entry) in self.entries.iter().enumerate() {
            let later = self.entries.get(number + 1..).unwrap_or_default();
            let is_replaced = |name: &str| {
                later
                    .iter()
                    .flat_map(|entry| &entry.functions)
                    .any(|(later, _)| later == name)
            };
            let text = entry.script(is_replaced, keeps_last);
            if !text.trim().is_empty() {
                if entry.ends_script {
                    end.get_or_insert(script.lines().count() + 1);
                }
                script.push_str(text.trim_end());
                script.push('\n');
            }
        }
        (script, end)
    }
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

fn ends_in_semicolon(kind: &StatementKind) -> bool {
    !matches!(
        kind,
        StatementKind::If { .. }
            | StatementKind::ForEach { .. }
            | StatementKind::While { .. }
            | StatementKind::Try { .. }
            | StatementKind::Empty
    )
}

fn is_call(kind: &ExpressionKind) -> bool {
    matches!(
        kind,
        ExpressionKind::Call { .. } | ExpressionKind::Method { .. } | ExpressionKind::Task { .. }
    )
}
