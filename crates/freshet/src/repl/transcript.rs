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
    /// Its functions with their places.
    functions: Vec<(String, Range<usize>)>,
    /// Its statements in order: where each stands, and whether a `;` must end it.
    statements: Vec<(Range<usize>, bool)>,
    value: Option<LastValue>,
}

/// The expression that ends an entry.
struct LastValue {
    place: Range<usize>,
    /// True if it may stand as a statement of a script.
    is_call: bool,
    /// True if it was shown.
    shown: bool,
    /// True if it is a call of a `void` function, which leaves `_` as it was.
    is_void: bool,
}

impl Written {
    /// An entry before it runs; `value` is the expression that ends it.
    pub fn new(text: &str, ast: &Ast, value: Option<ExpressionId>) -> Self {
        let functions = ast.functions.iter();
        let statements = ast.body.iter().map(|id| ast.statement(*id));
        Self {
            text: text.to_owned(),
            functions: functions
                .map(|function| (full_name(function), range(function.span)))
                .collect(),
            statements: statements
                .filter(|statement| !matches!(statement.kind, StatementKind::Empty))
                .map(|statement| (range(statement.span), ends_in_semicolon(&statement.kind)))
                .collect(),
            value: value.map(|id| {
                let expression = ast.expression(id);
                LastValue {
                    place: range(expression.span),
                    is_call: is_call(&expression.kind),
                    shown: true,
                    is_void: false,
                }
            }),
        }
    }

    /// What ends it gives no value.
    pub fn of_no_value(mut self) -> Self {
        if let Some(value) = &mut self.value {
            value.is_void = true;
        }
        self
    }

    /// All of it ran.
    pub fn whole(mut self, is_null: bool) -> Self {
        if let Some(value) = &mut self.value {
            value.shown = !is_null;
        }
        self
    }

    /// Only so many of its statements ran; its functions stay, wherever they stand.
    pub fn cut_after(mut self, done: usize) -> Self {
        let next = self.statements.get(done).map(|(place, _)| place.start);
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
        if let Some((place, true)) = self.statements.last()
            && self.value.is_none()
            && !self
                .text
                .get(place.clone())
                .is_some_and(|text| text.ends_with(';'))
        {
            edits.push((place.end..place.end, ";".to_owned()));
        }
        if let Some(value) = &self.value {
            let before = match (keeps_last && !value.is_void, value.shown || !value.is_call) {
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
            edits.push((value.place.start..value.place.start, before.to_owned()));
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

    /// The script that does the same again. Values that were shown are printed by it.
    pub fn script(&self) -> String {
        let keeps_last = self.entries.iter().any(Written::uses_last);
        let mut script = String::new();
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
                script.push_str(text.trim_end());
                script.push('\n');
            }
        }
        script
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
