//! JSON lines: an object a line.

use std::collections::HashSet;

use serde::de::IgnoredAny;

use super::{Row, Rows};
use crate::arguments;
use crate::batch::plan::mistake::{Lines, Mistake};

impl Rows {
    /// Reads the lines; `odd` are bytes that are no UTF-8, which were told of.
    pub(super) fn judge_lines(&mut self, odd: &[usize]) -> Vec<Mistake> {
        if let Some(mistake) = self.one_document() {
            return vec![mistake];
        }
        if !odd.is_empty() {
            let lines = self.lines.get_or_init(|| Lines::of(&self.text));
            self.broken = odd.iter().map(|at| lines.start(*at)).collect();
        }
        let mut mistakes = Vec::new();
        let mut columns: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut count = 0;
        for row in self.line_rows() {
            count += 1;
            let row = match row {
                Ok(row) => row,
                Err(mistake) => {
                    mistakes.push(mistake);
                    continue;
                }
            };
            for (number, given) in row.given.iter().enumerate() {
                if row
                    .given
                    .iter()
                    .take(number)
                    .any(|other| other.name == given.name)
                {
                    let message = format!("the member `{}` stands there twice", given.name);
                    mistakes.push(Mistake::new(
                        &self.name,
                        self.value_place(row.at, Some(number)),
                        message,
                    ));
                }
                if !known.contains(&given.name) {
                    known.insert(given.name.clone());
                    columns.push(given.name.clone());
                }
            }
        }
        self.columns = columns;
        self.count = count;
        mistakes
    }

    pub(super) fn line_rows(&self) -> impl Iterator<Item = Result<Row, Mistake>> + '_ {
        let mut at = 0;
        let mut number = 0;
        self.text.split_inclusive('\n').filter_map(move |line| {
            let start = at;
            at += line.len();
            number += 1;
            if line.trim().is_empty() || self.broken.contains(&start) {
                return None;
            }
            Some(match arguments::from_object(line, "a line") {
                Ok(given) => Ok(Row { at: start, given }),
                Err(_) => Err(self.wrong_line(line, number)),
            })
        })
    }

    /// A text that is JSON as a whole, and not line by line.
    fn one_document(&self) -> Option<Mistake> {
        let first = self.text.lines().find(|line| !line.trim().is_empty())?;
        let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
        if is_json(first) || !is_json(&self.text) {
            return None;
        }
        let blank = self.text.len() - self.text.trim_start().len();
        let (found, help) = match first.trim_start().starts_with('[') {
            true => (
                "an array over several lines",
                "write its elements one a line, without brackets and commas around them: `jq -c '.[]' FILE`",
            ),
            false => (
                "a JSON object over several lines",
                "write it in one line: `jq -c . FILE`",
            ),
        };
        let message = format!("found {found}, expected JSON lines: an object a line");
        Some(Mistake::new(&self.name, self.place(blank), message).help(help))
    }

    /// Why a line is no JSON object, at its place.
    fn wrong_line(&self, line: &str, number: u64) -> Mistake {
        let told = |column: u64, message: String| {
            Mistake::new(&self.name, (number, column), message)
                .help("each line is a JSON object with a member for each argument: {\"id\": 42}")
        };
        match serde_json::from_str::<serde_json::Value>(line.trim_end()) {
            Ok(value) => {
                let found = match value {
                    serde_json::Value::Array(_) => "an array",
                    serde_json::Value::String(_) => "a text",
                    serde_json::Value::Number(_) => "a number",
                    _ => "something else",
                };
                let column = line.len() - line.trim_start().len() + 1;
                told(
                    column as u64,
                    format!("found {found}, expected a JSON object"),
                )
            }
            Err(cause) => {
                let bytes = cause.column().saturating_sub(1);
                let column = line
                    .get(..bytes)
                    .map_or(bytes, |before| before.chars().count());
                let text = cause.to_string();
                let words = text.split(" at line ").next().unwrap_or(&text);
                told(column as u64 + 1, format!("no JSON: {words}"))
            }
        }
    }
}

/// The byte at which the value of a member begins, in the line with a JSON object that begins at `at`.
pub(super) fn member_start(text: &str, at: usize, member: usize) -> usize {
    let line = text.get(at..).unwrap_or_default();
    let (mut depth, mut members) = (0, 0);
    let (mut in_text, mut is_escaped) = (false, false);
    for (offset, byte) in line.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_text,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b':' if depth == 1 && members == member => {
                let value = line.get(offset + 1..).unwrap_or_default();
                return at + offset + 1 + value.len() - value.trim_start().len();
            }
            b':' if depth == 1 => members += 1,
            _ => {}
        }
    }
    at
}
