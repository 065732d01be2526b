//! CSV by RFC 4180, with a header.

use std::collections::HashSet;
use std::ops::Range;

use super::{Row, Rows};
use crate::arguments::Given;
use crate::batch::plan::mistake::Mistake;

impl Rows {
    pub(super) fn judge_csv(&mut self) -> Vec<Mistake> {
        let (mut mistakes, sound) = self.judge_quotes();
        // A row whose quotes are wrong may look as if it had more values, or fewer.
        let odd: HashSet<u64> = mistakes.iter().map(|mistake| mistake.line).collect();
        let [first, rest] = sound.map(|part| {
            let (text, base) = (self.text.get(part.clone()).unwrap_or_default(), part.start);
            records(text).map(move |(at, record)| (base + at, record))
        });
        let mut records = first;
        let Some((start, header)) = records.next() else {
            if mistakes.is_empty() {
                mistakes.push(
                    Mistake::new(&self.name, (1, 1), "found an empty file, expected a header")
                        .help("the first line names the columns: id,email"),
                );
            }
            return mistakes;
        };
        if !odd.contains(&self.place(start).0) {
            mistakes.extend(self.judge_header(start, &header));
        }
        let mut count = 0;
        for (start, record) in records.chain(rest) {
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

    /// Names of columns that are none, or there twice, and signs in the place of commas.
    fn judge_header(&self, start: usize, header: &csv::StringRecord) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (number, column) in header.iter().enumerate() {
            let told = |message: String| {
                let at = cell_start(&self.text, start, number);
                Mistake::new(&self.name, self.place(at), message)
            };
            let name = column.trim();
            if name.is_empty() {
                mistakes.push(told(format!("column {} has no name", number + 1)));
            } else if name != column {
                let message = format!("found blanks around the name of the column `{name}`");
                mistakes.push(told(message).help(
                    "leave them out: blanks beside a comma belong to the value (RFC 4180), also in the rows",
                ));
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
        mistakes
    }

    /// Quotes where RFC 4180 has none, and the parts of the text in which every quote is closed. One that never is would
    /// make one value of all that follows, which has no quote any more: it is looked at from the next line on.
    fn judge_quotes(&self) -> (Vec<Mistake>, [Range<usize>; 2]) {
        let mut mistakes = Vec::new();
        let end = self.text.len();
        let Some((row, quote)) = self.open_quote(&mut mistakes) else {
            return (mistakes, [0..end, end..end]);
        };
        let message = "a quote is opened here and never closed";
        mistakes.push(Mistake::new(&self.name, self.place(quote), message));
        let rest = self.text.get(quote..).unwrap_or_default();
        let next = rest.find('\n').map_or(end, |line| quote + line + 1);
        (mistakes, [0..row, next..end])
    }

    /// Looks at all quotes. Gives the last one if it is never closed: where its row begins, and where it stands.
    fn open_quote(&self, mistakes: &mut Vec<Mistake>) -> Option<(usize, usize)> {
        #[derive(PartialEq)]
        enum At {
            Start,
            Plain,
            Quoted,
            Closed,
        }
        let (mut state, mut row, mut opened) = (At::Start, 0, 0);
        for (at, byte) in self.text.bytes().enumerate() {
            let told = |message: &str| {
                Mistake::new(&self.name, self.place(at), message)
                    .help("a value with quotes stands between quotes, each of its own doubled: \"a \"\"b\"\"\"")
            };
            state = match (state, byte) {
                (At::Quoted, b'"') => At::Closed,
                (At::Quoted, _) => At::Quoted,
                (At::Closed, b'"') => At::Quoted,
                (_, b'\n') => {
                    row = at + 1;
                    At::Start
                }
                (_, b',' | b'\r') => At::Start,
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
        (state == At::Quoted).then_some((row, opened))
    }

    pub(super) fn csv_rows(&self) -> impl Iterator<Item = Row> + '_ {
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
pub(super) fn cell_start(text: &str, at: usize, column: usize) -> usize {
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

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
