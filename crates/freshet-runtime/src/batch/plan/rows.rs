//! Rows of arguments: CSV by RFC 4180 with a header (`table.rs`), or JSON lines, an object a line (`lines.rs`).

mod lines;
mod table;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use freshet_interpreter::eval::Start;
use freshet_interpreter::value::calendar::Zone;

use super::mistake::{Lines, Mistake, not_utf8, readable};
use super::{Unit, stored};
use crate::arguments::{self, Given};
use lines::member_start;
use table::cell_start;

/// What rows are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    JsonLines,
}

/// A file of rows. Those whose form is wrong are left out: what they say can only be guessed at.
pub struct Rows {
    /// The file, as it was given.
    name: String,
    text: String,
    form: Form,
    /// The names that rows give, in the order of their first appearance; none where they cannot be told.
    columns: Vec<String>,
    /// The place in `columns` of the one that names jobs.
    key: Option<usize>,
    count: usize,
    /// The parts of a CSV text in which every quote is closed.
    sound: [Range<usize>; 2],
    /// The bytes at which rows begin whose form is wrong.
    broken: HashSet<usize>,
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
    /// Reads a file of rows; gives also every mistake in its form, and in the keys of its jobs.
    #[must_use]
    pub fn read(name: &str, bytes: Vec<u8>, key: Option<&str>) -> (Self, Vec<Mistake>) {
        let (text, odd) = readable(bytes);
        let form = form_of(name, &text);
        let end = text.len();
        let mut rows = Self {
            name: name.to_owned(),
            text,
            form,
            columns: Vec::new(),
            key: None,
            count: 0,
            sound: [0..end, end..end],
            broken: HashSet::new(),
            lines: OnceLock::new(),
        };
        let mut mistakes = not_utf8(name, &rows.text, odd.clone());
        // In UTF-16 every second byte is zero: there is nothing to be read.
        if !odd.is_empty() && rows.text.contains('\0') {
            return (rows, mistakes);
        }
        mistakes.extend(match form {
            Form::Csv => rows.judge_csv(odd),
            Form::JsonLines => rows.judge_lines(&odd),
        });
        if let Some(key) = key
            && !rows.columns.is_empty()
        {
            mistakes.extend(rows.judge_keys(key));
        }
        (rows, mistakes)
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

    /// Whether every row gives that argument.
    #[must_use]
    pub fn all_give(&self, name: &str) -> bool {
        self.form == Form::Csv && self.columns.iter().any(|column| column == name)
    }

    /// What the file is made of where it has no rows.
    #[must_use]
    pub fn nothing_in(&self) -> String {
        match self.form {
            Form::Csv => format!("{} has no rows behind its header", self.name),
            Form::JsonLines => format!("{} has no lines", self.name),
        }
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

    /// The rows whose form is right, in their order.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Row> + '_> {
        match self.form {
            Form::Csv => Box::new(self.csv_rows()),
            Form::JsonLines => Box::new(self.line_rows().filter_map(Result::ok)),
        }
    }

    /// Finds every row that does not fit the unit. `always` are arguments that the plan gives to all of them; `None`: a
    /// mistake of the plan leaves open what they are, so none can be missing.
    #[must_use]
    pub fn judge(&self, unit: &Unit, always: Option<&[Given]>, zone: &Zone) -> Vec<Mistake> {
        let mut mistakes = self.judge_columns(unit, always);
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
        always: Option<&[Given]>,
        zone: &Zone,
        mistakes: &mut Vec<Mistake>,
    ) {
        let Row { at, given } = row;
        let named: Vec<String> = given.iter().map(|given| given.name.clone()).collect();
        let constant = always.unwrap_or_default();
        let given = arguments::merged(constant.iter().cloned().chain(given));
        let Err(wrong) = unit.arguments(&given, zone) else {
            return;
        };
        for wrong in wrong {
            // Of two with one name the later one counts.
            let column = named.iter().rposition(|named| *named == wrong.argument);
            let is_told = match column {
                // What is given to all rows is no mistake of this one.
                None if constant.iter().any(|always| always.name == wrong.argument) => true,
                None => always.is_none() || self.has_columns_for(unit),
                Some(_) => self.has_columns_for(unit) && !unit.required.contains(&wrong.argument),
            };
            if is_told {
                continue;
            }
            let mut mistake = Mistake::new(&self.name, self.value_place(at, column), wrong.message);
            mistake.help = wrong.help.filter(|help| !help.starts_with("add "));
            mistakes.push(mistake);
        }
    }

    /// Whether all rows have the columns of the header, and these are parameters of a function.
    fn has_columns_for(&self, unit: &Unit) -> bool {
        self.form == Form::Csv && unit.is_function()
    }

    /// Columns that a function does not take, and those it misses: told once, not for each row.
    fn judge_columns(&self, unit: &Unit, always: Option<&[Given]>) -> Vec<Mistake> {
        if !self.has_columns_for(unit) {
            return Vec::new();
        }
        let function = match unit.start {
            Start::Function(number) => unit.program.functions.get(number),
            Start::Body => None,
        };
        let called = function.map_or("", |function| &function.name);
        let mut mistakes = Vec::new();
        for (number, column) in self.columns.iter().enumerate() {
            // One without a name was told of.
            if !column.is_empty() && !unit.required.contains(column) {
                let message = format!("`{called}` has no parameter `{column}`");
                mistakes.push(
                    Mistake::new(&self.name, self.value_place(0, Some(number)), message)
                        .help(format!("it takes {}", listed(&unit.required))),
                );
            }
        }
        let Some(always) = always else {
            return mistakes;
        };
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

    /// Where a value stands: the one of that number in the row that begins at a byte, or the row itself.
    fn value_place(&self, at: usize, column: Option<usize>) -> (u64, u64) {
        let at = match (self.form, column) {
            (Form::Csv, Some(column)) => cell_start(&self.text, at, column),
            (Form::JsonLines, Some(member)) => member_start(&self.text, at, member),
            (_, None) => at,
        };
        self.place(at)
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
            let column = row.given.iter().rposition(|given| given.name == key);
            let at = || self.value_place(row.at, column);
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

impl Row {
    /// Its arguments with those that are given to all rows, as they are stored.
    #[must_use]
    pub fn stored(self, always: &[Given]) -> String {
        stored(&arguments::merged(always.iter().cloned().chain(self.given)))
    }
}
