//! CSV by RFC 4180, with a header.

use std::collections::HashSet;
use std::ops::Range;

use super::{Row, Rows};
use crate::arguments::Given;
use crate::batch::plan::mistake::Mistake;

/// What is odd about the quotes of a text.
struct Quotes {
    /// Where one stands that is wrong, and why.
    wrong: Vec<(usize, &'static str)>,
    /// The last one if it is never closed: where its row begins, and where it stands.
    open: Option<(usize, usize)>,
}

impl Rows {
    /// Reads header and rows; `odd` are bytes that are no UTF-8, which were told of.
    pub(super) fn judge_csv(&mut self, mut odd: Vec<usize>) -> Vec<Mistake> {
        let mut mistakes = self.judge_quotes(&mut odd);
        odd.sort_unstable();
        // A row whose quotes are wrong may look as if it had more values, or fewer.
        let is_odd = |row: &Range<usize>| {
            let before = |end: usize| odd.partition_point(|at| *at < end);
            before(row.start) < before(row.end)
        };
        let mut records = self.records();
        let first = records.next();
        let first = first.filter(|(place, _)| self.sound[0].contains(&place.start));
        let Some((place, header)) = first else {
            if mistakes.is_empty() {
                mistakes.push(
                    Mistake::new(&self.name, (1, 1), "found an empty file, expected a header")
                        .help("the first line names the columns: id,email"),
                );
            }
            return mistakes;
        };
        // Without its header a row says nothing.
        if is_odd(&place) {
            return mistakes;
        }
        if let Some(mistake) = self.other_sign(place.start, &header) {
            mistakes.push(mistake);
            return mistakes;
        }
        mistakes.extend(self.judge_header(place.start, &header));
        let (mut count, mut broken) = (0, HashSet::new());
        for (place, record) in records {
            count += 1;
            let is_whole = record.len() == header.len();
            if is_odd(&place) {
                broken.insert(place.start);
            } else if !is_whole {
                let message = format!(
                    "found {} in this row, expected {} as in the header",
                    counted(record.len(), "value"),
                    header.len()
                );
                mistakes.push(Mistake::new(&self.name, self.place(place.start), message));
                broken.insert(place.start);
            }
        }
        self.columns = header.iter().map(|name| name.trim().to_owned()).collect();
        self.count = count;
        self.broken = broken;
        mistakes
    }

    /// Signs in the place of commas: then all of it is one column.
    fn other_sign(&self, start: usize, header: &csv::StringRecord) -> Option<Mistake> {
        let only = header.iter().next().filter(|_| header.len() == 1)?;
        let sign = only.find([';', '\t'])?;
        let found = only.get(sign..=sign)?.escape_debug();
        let message = format!("found `{found}` in the header, expected commas");
        let mistake = Mistake::new(&self.name, self.place(start + sign), message);
        Some(mistake.help("values are separated by commas (RFC 4180)"))
    }

    /// Names of columns that are none, or there twice.
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
        mistakes
    }

    /// Tells of quotes where RFC 4180 has none, and adds their places to what is `odd`. A quote that is never closed would
    /// make one value of all that follows, which has no quote any more: then `sound` leaves its row out, and goes on with
    /// the next line.
    fn judge_quotes(&mut self, odd: &mut Vec<usize>) -> Vec<Mistake> {
        let Quotes { wrong, open } = self.quotes();
        odd.extend(wrong.iter().map(|(at, _)| *at));
        let mut mistakes: Vec<Mistake> = wrong
            .into_iter()
            .map(|(at, message)| {
                Mistake::new(&self.name, self.place(at), message)
                    .help("a value with quotes stands between quotes, each of its own doubled: \"a \"\"b\"\"\"")
            })
            .collect();
        if let Some((row, quote)) = open {
            let message = "a quote is opened here and never closed";
            mistakes.push(Mistake::new(&self.name, self.place(quote), message));
            let (rest, end) = (self.text.get(quote..).unwrap_or_default(), self.text.len());
            let next = rest.find('\n').map_or(end, |line| quote + line + 1);
            self.sound = [0..row, next..end];
        }
        mistakes
    }

    /// Looks at all quotes.
    fn quotes(&self) -> Quotes {
        #[derive(PartialEq)]
        enum At {
            Start,
            Plain,
            Quoted,
            Closed,
        }
        let mut wrong = Vec::new();
        let (mut state, mut row, mut opened) = (At::Start, 0, 0);
        for (at, byte) in self.text.bytes().enumerate() {
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
                    wrong.push((at, "found text behind a closing quote, expected a comma"));
                    At::Plain
                }
                (At::Start, b'"') => {
                    opened = at;
                    At::Quoted
                }
                (At::Plain, b'"') => {
                    wrong.push((at, "found a quote in a value without quotes"));
                    At::Plain
                }
                (At::Start | At::Plain, _) => At::Plain,
            };
        }
        let open = (state == At::Quoted).then_some((row, opened));
        Quotes { wrong, open }
    }

    /// Header and rows, each with its place in the text.
    fn records(&self) -> impl Iterator<Item = (Range<usize>, csv::StringRecord)> + '_ {
        self.sound.iter().flat_map(|part| {
            let text = self.text.get(part.clone()).unwrap_or_default();
            records(text)
                .map(move |(at, record)| (at.start + part.start..at.end + part.start, record))
        })
    }

    pub(super) fn csv_rows(&self) -> impl Iterator<Item = Row> + '_ {
        let sound = self.records().skip(1);
        let sound = sound.filter(|(place, _)| !self.broken.contains(&place.start));
        sound.map(|(place, record)| Row {
            at: place.start,
            given: self
                .columns
                .iter()
                .zip(record.iter())
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, value)| Given {
                    name: name.clone(),
                    text: value.to_owned(),
                    json: false,
                })
                .collect(),
        })
    }
}

/// The records of a CSV text, each with its place.
fn records(text: &str) -> impl Iterator<Item = (Range<usize>, csv::StringRecord)> + '_ {
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
        let start = at + (blank.len() - blank.trim_start_matches(['\n', '\r']).len());
        Some((start..reader.position().byte() as usize, record))
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
