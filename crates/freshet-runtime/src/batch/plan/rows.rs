//! Rows of arguments: CSV by RFC 4180 with a header, or JSON lines, an object a line.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::sync::OnceLock;

use freshet_interpreter::eval::Start;
use freshet_interpreter::value::calendar::Zone;

use super::mistake::{Lines, Mistake};
use super::{Unit, stored};
use crate::arguments::{self, Given};

/// What rows are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    JsonLines,
}

/// A file of rows whose form is right.
pub struct Rows {
    /// The file, as it was given.
    name: String,
    text: String,
    form: Form,
    /// The names that rows give, in the order of their first appearance.
    columns: Vec<String>,
    /// The place in `columns` of the one that names jobs.
    key: Option<usize>,
    count: usize,
    /// Where lines begin, once somebody asks for a place: there may be as many mistakes as rows.
    lines: OnceLock<Lines>,
}

/// One row.
pub struct Row {
    /// The byte at which it begins.
    at: usize,
    /// Its values.
    pub given: Vec<Given>,
}

impl Rows {
    /// Reads the form of a file of rows and finds every mistake in it.
    ///
    /// # Errors
    /// The mistakes, in the order of their places.
    pub fn read(name: &str, bytes: Vec<u8>, key: Option<&str>) -> Result<Self, Vec<Mistake>> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(wrong) => return Err(not_utf8(name, wrong.as_bytes())),
        };
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let form = form_of(name, &text);
        let mut rows = Self {
            name: name.to_owned(),
            text,
            form,
            columns: Vec::new(),
            key: None,
            count: 0,
            lines: OnceLock::new(),
        };
        let mut mistakes = match form {
            Form::Csv => rows.judge_csv(),
            Form::JsonLines => rows.judge_lines(),
        };
        if mistakes.is_empty()
            && let Some(key) = key
        {
            mistakes = rows.judge_keys(key);
        }
        if mistakes.is_empty() {
            Ok(rows)
        } else {
            Err(mistakes)
        }
    }

    /// Line and column of a byte.
    fn place(&self, at: usize) -> (u64, u64) {
        let lines = self.lines.get_or_init(|| Lines::of(&self.text));
        lines.place(&self.text, at)
    }

    /// The names that rows give.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// What names the job of a row.
    #[must_use]
    pub fn key_of(&self, row: &Row) -> Option<String> {
        let name = self.columns.get(self.key?)?;
        let value = row.given.iter().find(|given| given.name == *name)?;
        Some(if value.json {
            serde_json::from_str(&value.text).unwrap_or_else(|_| value.text.clone())
        } else {
            value.text.clone()
        })
    }

    /// The rows, in their order.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Row> + '_> {
        match self.form {
            Form::Csv => Box::new(self.csv_rows()),
            Form::JsonLines => Box::new(self.line_rows().filter_map(Result::ok)),
        }
    }

    /// Finds every row that does not fit the unit. `always` are arguments that the plan gives to all of them.
    #[must_use]
    pub fn judge(&self, unit: &Unit, always: &[Given], zone: &Zone) -> Vec<Mistake> {
        let unfit = self.judge_columns(unit, always);
        if !unfit.is_empty() {
            return unfit;
        }
        let mut mistakes = Vec::new();
        for row in self.iter() {
            self.judge_row(row, unit, always, zone, &mut mistakes);
        }
        mistakes
    }

    /// Finds every value of a row that does not fit.
    fn judge_row(
        &self,
        row: Row,
        unit: &Unit,
        always: &[Given],
        zone: &Zone,
        mistakes: &mut Vec<Mistake>,
    ) {
        let Row { at, given } = row;
        let named: Vec<String> = given.iter().map(|given| given.name.clone()).collect();
        let mut given = arguments::merged(always.iter().cloned().chain(given));
        while let Err(wrong) = unit.arguments(&given, zone) {
            // The message names the argument first, or behind the function: `f` has no parameter `x`.
            let place = if wrong.message.starts_with('`') { 3 } else { 1 };
            let name = wrong.message.split('`').nth(place).unwrap_or_default();
            let name = name.to_owned();
            let column = named.iter().position(|named| *named == name);
            let mut mistake =
                Mistake::new(&self.name, self.value_place(at, column), &wrong.message);
            mistake.help = wrong.help.filter(|help| !help.starts_with("add "));
            mistakes.push(mistake);
            // Looked at again without it: one that no parameter has is left out, null fits every other.
            let before = given.len();
            given.retain(|given| given.name != name);
            let is_parameter = unit.required.contains(&name);
            if given.len() == before && !is_parameter {
                return;
            }
            if is_parameter {
                given.push(Given {
                    name,
                    text: "null".to_owned(),
                    json: true,
                });
            }
        }
    }

    /// Columns that a function does not take, and those it misses: told once, not for each row.
    fn judge_columns(&self, unit: &Unit, always: &[Given]) -> Vec<Mistake> {
        if self.form != Form::Csv || !unit.is_function() {
            return Vec::new();
        }
        let function = match unit.start {
            Start::Function(number) => unit.program.functions.get(number),
            Start::Body => None,
        };
        let called = function.map_or("", |function| &function.name);
        let mut mistakes = Vec::new();
        for (number, column) in self.columns.iter().enumerate() {
            if !unit.required.contains(column) {
                let message = format!("`{called}` has no parameter `{column}`");
                mistakes.push(
                    Mistake::new(&self.name, self.value_place(0, Some(number)), message)
                        .help(format!("it takes {}", listed(&unit.required))),
                );
            }
        }
        for name in &unit.required {
            let is_given =
                self.columns.contains(name) || always.iter().any(|argument| argument.name == *name);
            if !is_given {
                let message = format!("no column gives the parameter `{name}` of `{called}`");
                mistakes.push(
                    Mistake::new(&self.name, (1, 1), message)
                        .help(format!("the columns are {}", listed(&self.columns))),
                );
            }
        }
        mistakes
    }

    /// Where a value stands: that of a column in the row that begins at a byte, or the row itself.
    fn value_place(&self, at: usize, column: Option<usize>) -> (u64, u64) {
        let at = match (self.form, column) {
            (Form::Csv, Some(column)) => cell_start(&self.text, at, column),
            _ => at,
        };
        self.place(at)
    }

    fn judge_csv(&mut self) -> Vec<Mistake> {
        let (mut mistakes, is_open) = self.judge_quotes();
        if is_open {
            // Everything behind it is one value.
            return mistakes;
        }
        // A row whose quotes are wrong may look as if it had more values, or fewer.
        let odd: HashSet<u64> = mistakes.iter().map(|mistake| mistake.line).collect();
        let mut records = records(&self.text);
        let Some((start, header)) = records.next() else {
            return vec![
                Mistake::new(&self.name, (1, 1), "found an empty file, expected a header")
                    .help("the first line names the columns: id,email"),
            ];
        };
        for (number, column) in header.iter().enumerate() {
            let told = |message: String| {
                let at = cell_start(&self.text, start, number);
                Mistake::new(&self.name, self.place(at), message)
            };
            if column.trim().is_empty() {
                mistakes.push(told(format!("column {} has no name", number + 1)));
            } else if header.iter().take(number).any(|other| other == column) {
                mistakes.push(told(format!("two columns have the name `{column}`")));
            }
        }
        if header.len() == 1
            && let Some(sign) = header.iter().next().and_then(|only| only.find([';', '\t']))
        {
            let found = &header[0][sign..sign + 1];
            mistakes.push(
                Mistake::new(
                    &self.name,
                    self.place(start + sign),
                    format!(
                        "found `{}` in the header, expected commas",
                        found.escape_debug()
                    ),
                )
                .help("values are separated by commas (RFC 4180)"),
            );
        }
        let mut count = 0;
        for (start, record) in records {
            count += 1;
            if record.len() == header.len() {
                continue;
            }
            let (line, column) = self.place(start);
            if !odd.contains(&line) {
                let message = format!(
                    "found {} in this row, expected {} as in the header",
                    counted(record.len(), "value"),
                    header.len()
                );
                mistakes.push(Mistake::new(&self.name, (line, column), message));
            }
        }
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        self.columns = header.iter().map(str::to_owned).collect();
        self.count = count;
        mistakes
    }

    /// Quotes where RFC 4180 has none. `true`: one is never closed.
    fn judge_quotes(&self) -> (Vec<Mistake>, bool) {
        #[derive(PartialEq)]
        enum At {
            Start,
            Plain,
            Quoted,
            Closed,
        }
        let mut mistakes = Vec::new();
        let (mut state, mut opened) = (At::Start, 0);
        for (at, byte) in self.text.bytes().enumerate() {
            let told = |message: &str| {
                Mistake::new(&self.name, self.place(at), message)
                    .help("a value with quotes stands between quotes, each of its own doubled: \"a \"\"b\"\"\"")
            };
            state = match (state, byte) {
                (At::Quoted, b'"') => At::Closed,
                (At::Quoted, _) => At::Quoted,
                (At::Closed, b'"') => At::Quoted,
                (_, b',' | b'\n' | b'\r') => At::Start,
                (At::Closed, _) => {
                    mistakes.push(told("found text behind a closing quote, expected a comma"));
                    At::Plain
                }
                (At::Start, b'"') => {
                    opened = at;
                    At::Quoted
                }
                (At::Plain, b'"') => {
                    mistakes.push(told("found a quote in a value without quotes"));
                    At::Plain
                }
                (At::Start | At::Plain, _) => At::Plain,
            };
        }
        let is_open = state == At::Quoted;
        if is_open {
            mistakes.push(Mistake::new(
                &self.name,
                self.place(opened),
                "a quote is opened here and never closed",
            ));
        }
        (mistakes, is_open)
    }

    fn csv_rows(&self) -> impl Iterator<Item = Row> + '_ {
        records(&self.text).skip(1).map(|(at, record)| Row {
            at,
            given: self
                .columns
                .iter()
                .zip(record.iter())
                .map(|(name, value)| Given {
                    name: name.clone(),
                    text: value.to_owned(),
                    json: false,
                })
                .collect(),
        })
    }

    fn judge_lines(&mut self) -> Vec<Mistake> {
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
                    mistakes.push(Mistake::new(&self.name, self.place(row.at), message));
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

    fn line_rows(&self) -> impl Iterator<Item = Result<Row, Mistake>> + '_ {
        let mut at = 0;
        let mut number = 0;
        self.text.split_inclusive('\n').filter_map(move |line| {
            let start = at;
            at += line.len();
            number += 1;
            if line.trim().is_empty() {
                return None;
            }
            Some(match arguments::from_object(line, "a line") {
                Ok(given) => Ok(Row { at: start, given }),
                Err(_) => Err(self.wrong_line(line, number)),
            })
        })
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

    /// Keys that are missing, empty or there twice.
    fn judge_keys(&mut self, key: &str) -> Vec<Mistake> {
        self.key = self.columns.iter().position(|column| column == key);
        if self.key.is_none() {
            let message = format!("no column `{key}`, which is to name the jobs");
            return vec![
                Mistake::new(&self.name, (1, 1), message)
                    .help(format!("the columns are {}", listed(&self.columns))),
            ];
        }
        let mut mistakes = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        for row in self.iter() {
            let at = || self.value_place(row.at, self.key);
            let value = self.key_of(&row).unwrap_or_default();
            if value.is_empty() {
                let message = format!("there is no `{key}`, which names the job");
                mistakes.push(Mistake::new(&self.name, at(), message));
            } else if let Some(first) = seen.get(&value) {
                let (line, _) = self.place(*first);
                let message = format!("the {key} `{value}` names the job of line {line} already");
                mistakes.push(Mistake::new(&self.name, at(), message));
            } else {
                seen.insert(value, row.at);
            }
        }
        mistakes
    }
}

/// Every place with bytes that are not UTF-8, one a line.
fn not_utf8(name: &str, bytes: &[u8]) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> = Vec::new();
    let (mut line, mut column) = (1, 1);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => (line, column) = (line + 1, 1),
                _ => column += 1,
            }
        }
        if chunk.invalid().is_empty() {
            continue;
        }
        if mistakes.last().is_none_or(|last| last.line != line) {
            let mistake = Mistake::new(name, (line, column), "found bytes that are not UTF-8");
            mistakes.push(mistake.help("save the file as UTF-8"));
        }
        column += 1;
    }
    mistakes
}

/// By the ending of the file, else by how it begins.
fn form_of(name: &str, text: &str) -> Form {
    let ending = Path::new(name)
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("csv") => Form::Csv,
        Some("jsonl" | "ndjson" | "json") => Form::JsonLines,
        _ if text.trim_start().starts_with(['{', '[']) => Form::JsonLines,
        _ => Form::Csv,
    }
}

/// The records of a CSV text, each with the byte at which it begins.
fn records(text: &str) -> impl Iterator<Item = (usize, csv::StringRecord)> + '_ {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    std::iter::from_fn(move || {
        let mut record = csv::StringRecord::new();
        // The text is UTF-8 and lies in memory: reading it cannot fail.
        if !reader.read_record(&mut record).unwrap_or(false) {
            return None;
        }
        let at = record.position().map_or(0, |place| place.byte() as usize);
        // Empty lines before a record are none of it.
        let blank = text.get(at..).unwrap_or_default();
        let at = at + (blank.len() - blank.trim_start_matches(['\n', '\r']).len());
        Some((at, record))
    })
}

/// The byte at which a cell of the record that begins at `at` begins.
fn cell_start(text: &str, at: usize, column: usize) -> usize {
    let (mut left, mut quoted) = (column, false);
    for (offset, byte) in text.bytes().enumerate().skip(at) {
        if left == 0 {
            return offset;
        }
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => left -= 1,
            b'\n' if !quoted => return at,
            _ => {}
        }
    }
    at
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        _ => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

impl Row {
    /// Its arguments with those that are given to all rows, as they are stored.
    #[must_use]
    pub fn stored(self, always: &[Given]) -> String {
        stored(&arguments::merged(always.iter().cloned().chain(self.given)))
    }
}
