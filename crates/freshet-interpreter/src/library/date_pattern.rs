//! Date patterns with Java's letters: formatting (Built-ins I, 6.2) and reading by a mapping (5). A pattern is
//! read as it is used; that is cheaper than compiling and keeping it.

mod zone;

use std::fmt;
use std::ops::RangeInclusive;

use crate::error::Fallible;
use crate::value::calendar::{Civil, MONTHS, WEEKDAYS, Zone, write_offset, write_padded};
use crate::value::date_text::{Impossible, civil_date, full_year, half_day_hour, scan_clock_time};
use crate::value::heap;

/// A date by a pattern; `None` when the pattern has other letters than those of dates outside quotes, an unclosed
/// quote, or more than three `X`.
///
/// # Errors
/// R0103 when the text would need more memory than there is.
pub fn format(millis: i64, pattern: &str, zone: &Zone) -> Fallible<Option<String>> {
    /// More bytes than a field has that is not filled up to its count.
    const LONGEST_FIELD: usize = 32;
    let civil = zone.civil(millis);
    let mut out = String::new();
    heap::reserve_text(&mut out, pattern.len().saturating_add(8))?;
    for piece in Pieces::of(pattern) {
        match piece {
            Ok(Piece::Literal(text)) => {
                heap::reserve_text(&mut out, text.len())?;
                out.push_str(text);
            }
            Ok(Piece::Field(field)) => {
                heap::reserve_text(&mut out, field.count.max(LONGEST_FIELD))?;
                write_field(field, &civil, millis, zone, &mut out);
            }
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(out))
}

/// What becomes of a time of day that a text has after everything the mapping names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftoverTime {
    /// It is read (`toDateTime`).
    Read,
    /// It is ignored (`toDate`, `toTime`).
    Ignored,
}

/// The instant that a text names by a mapping, whose clock stands in `zone` unless the text names one; `now`
/// (milliseconds) decides the century of two-digit years. What the mapping
/// lacks is day 1, month 1, year 1970, midnight.
///
/// # Errors
/// Why the text does not fit the mapping, or that the mapping is faulty: a clause that completes a message.
pub fn read(
    text: &str,
    mapping: &str,
    zone: &Zone,
    leftover: LeftoverTime,
    now: i64,
) -> Result<i64, String> {
    let mut reader = Reader {
        rest: text.trim(),
        fields: Fields::default(),
        zone,
        now,
    };
    let mut pieces = Pieces::of(mapping).peekable();
    while let Some(piece) = pieces.next() {
        match piece.map_err(|fault| fault.to_string())? {
            Piece::Literal(literal) => reader.literal(literal)?,
            Piece::Field(field) => {
                let next = pieces.peek().and_then(|next| next.as_ref().ok());
                reader.field(field, next)?;
            }
        }
    }
    let mut offset = None;
    if !reader.rest.trim().is_empty() {
        let time = scan_clock_time(reader.rest)
            .ok_or_else(|| format!("`{}` is left over after the mapping", reader.rest.trim()))?;
        if leftover == LeftoverTime::Read {
            let time_of_day = time.time_of_day().map_err(|reason| reason.to_string())?;
            offset = time.offset;
            reader.fields.leftover_time = Some(time_of_day);
        }
    }
    let civil = reader
        .fields
        .civil(now)
        .map_err(|reason| reason.to_string())?;
    let millis = match (&reader.fields.zone, offset) {
        (Some(zone), _) => zone.instant(civil),
        (None, Some(offset)) => Zone::utc().instant(civil) - i64::from(offset) * 1000,
        (None, None) => zone.instant(civil),
    };
    if !zone.admits(millis) {
        return Err(Impossible::Year.to_string());
    }
    Ok(millis)
}

/// A letter of a pattern and how often it stands there.
#[derive(Clone, Copy)]
struct Field {
    letter: u8,
    count: usize,
}

impl Field {
    /// Whether it is one of the letters of 6.2.
    fn has_meaning(self) -> bool {
        match self.letter {
            b'X' => self.count <= 3,
            b'G' | b'y' | b'Y' | b'M' | b'w' | b'W' | b'D' | b'd' | b'F' | b'E' | b'u' | b'a'
            | b'H' | b'k' | b'K' | b'h' | b'm' | b's' | b'S' | b'z' | b'Z' => true,
            _ => false,
        }
    }

    /// Whether it is written as digits, and so needs a bound when more digits follow.
    fn is_numeric(self) -> bool {
        match self.letter {
            b'M' => self.count <= 2,
            letter => !b"GEazZX".contains(&letter),
        }
    }

    fn text(self) -> String {
        char::from(self.letter)
            .to_string()
            .repeat(self.count.min(8))
    }
}

enum Piece<'p> {
    Literal(&'p str),
    Field(Field),
}

/// What is wrong with a pattern; the text of it is a clause that completes a message.
#[derive(Clone, Copy)]
enum Fault {
    OpenQuote,
    Meaningless(Field),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::OpenQuote => f.write_str("the pattern has a quote that is not closed"),
            Fault::Meaningless(field) => write!(
                f,
                "`{}` has no meaning in a date pattern; other text stands in single quotes",
                field.text()
            ),
        }
    }
}

/// Takes a pattern apart; after a fault nothing follows.
struct Pieces<'p> {
    pattern: &'p str,
    at: usize,
    is_quoted: bool,
}

impl<'p> Pieces<'p> {
    fn of(pattern: &'p str) -> Pieces<'p> {
        Pieces {
            pattern,
            at: 0,
            is_quoted: false,
        }
    }

    fn fault(&mut self, fault: Fault) -> Option<Result<Piece<'p>, Fault>> {
        self.at = self.pattern.len();
        self.is_quoted = false;
        Some(Err(fault))
    }
}

impl<'p> Iterator for Pieces<'p> {
    type Item = Result<Piece<'p>, Fault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.pattern.as_bytes();
        let mut rest = bytes.get(self.at..).unwrap_or_default();
        if let [b'\'', after @ ..] = rest {
            self.at += 1;
            if after.first() == Some(&b'\'') {
                self.at += 1;
                return Some(Ok(Piece::Literal("'")));
            }
            self.is_quoted = !self.is_quoted;
            rest = after;
        }
        let Some(first) = rest.first().copied() else {
            return if self.is_quoted {
                self.fault(Fault::OpenQuote)
            } else {
                None
            };
        };
        let start = self.at;
        if self.is_quoted || !first.is_ascii_alphabetic() {
            let ends =
                |byte: &u8| *byte == b'\'' || (!self.is_quoted && byte.is_ascii_alphabetic());
            self.at += rest.iter().position(ends).unwrap_or(rest.len());
            return Some(Ok(Piece::Literal(&self.pattern[start..self.at])));
        }
        let count = rest.iter().take_while(|byte| **byte == first).count();
        let field = Field {
            letter: first,
            count,
        };
        if !field.has_meaning() {
            return self.fault(Fault::Meaningless(field));
        }
        self.at += count;
        Some(Ok(Piece::Field(field)))
    }
}

fn write_field(field: Field, civil: &Civil, millis: i64, zone: &Zone, out: &mut String) {
    let count = field.count;
    let number = match field.letter {
        b'y' => return write_year(civil.year, count, out),
        b'Y' => return write_year(civil.week_of_year(1).1, count, out),
        b'M' if count >= 3 => {
            return write_name(MONTHS[usize::from(civil.month) - 1], count, out);
        }
        b'E' => return write_name(WEEKDAYS[usize::from(civil.weekday()) - 1], count, out),
        b'G' => return out.push_str(if civil.year > 0 { "AD" } else { "BC" }),
        b'a' => return out.push_str(if civil.hour < 12 { "AM" } else { "PM" }),
        b'z' if count >= 4 => return out.push_str(&zone.long_name(millis)),
        b'z' => return out.push_str(&zone.short_name(millis)),
        b'Z' => return write_offset(zone.offset(millis), "", out),
        b'X' => return write_iso_offset(zone.offset(millis), count, out),
        b'M' => i64::from(civil.month),
        b'w' => civil.week_of_year(1).0,
        b'W' => civil.week_of_month(),
        b'D' => civil.day_of_year(),
        b'd' => i64::from(civil.day),
        b'F' => i64::from((civil.day - 1) / 7 + 1),
        b'u' => i64::from((civil.weekday() + 5) % 7 + 1),
        b'H' => i64::from(civil.hour),
        b'k' => i64::from((civil.hour + 23) % 24 + 1),
        b'K' => i64::from(civil.hour % 12),
        b'h' => i64::from((civil.hour + 11) % 12 + 1),
        b'm' => i64::from(civil.minute),
        b's' => i64::from(civil.second),
        _ => i64::from(civil.millisecond),
    };
    write_padded(number, count, out);
}

fn write_year(year: i64, count: usize, out: &mut String) {
    // Year 0 is 1 BC.
    let year = if year > 0 { year } else { 1 - year };
    write_padded(if count == 2 { year % 100 } else { year }, count, out);
}

fn write_name(name: &str, count: usize, out: &mut String) {
    out.push_str(if count >= 4 { name } else { &name[..3] });
}

fn write_iso_offset(offset: i32, count: usize, out: &mut String) {
    if offset == 0 {
        return out.push('Z');
    }
    write_offset(offset, if count == 3 { ":" } else { "" }, out);
    if count == 1 {
        // `X` alone shows hours only.
        out.truncate(out.len() - 2);
    }
}

/// What was read by the letters of a mapping.
#[derive(Default)]
struct Fields {
    year: Option<i64>,
    is_two_digit_year: bool,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    week: Option<i64>,
    /// 0 for Sunday; it counts with the week only.
    weekday: i64,
    /// 0 to 23.
    hour: Option<i64>,
    /// 0 to 11.
    half_day_hour: Option<i64>,
    is_pm: bool,
    minute: i64,
    second: i64,
    millisecond: i64,
    /// Milliseconds since midnight, instead of all parts of the time.
    leftover_time: Option<i64>,
    zone: Option<Zone>,
}

impl Fields {
    fn civil(&self, now: i64) -> Result<Civil, Impossible> {
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        let year = match self.year {
            Some(year) if self.is_two_digit_year => full_year(year, month, day, now),
            Some(year) => year,
            None => 1970,
        };
        let mut date = civil_date(year, month, day)?;
        if let (Some(day_of_year), None, None) = (self.day_of_year, self.month, self.day) {
            date = date
                .add_days(day_of_year - 1)
                .filter(|date| date.year == year && day_of_year > 0)
                .ok_or(Impossible::DayOfYear(year, day_of_year))?;
        }
        if let (Some(week), None, None, None) = (self.week, self.day_of_year, self.month, self.day)
        {
            date = Civil::of_week(year, week, self.weekday);
        }
        let hour = match (self.hour, self.half_day_hour) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour + if self.is_pm { 12 } else { 0 },
            (None, None) => 0,
        };
        let time = ((hour * 60 + self.minute) * 60 + self.second) * 1000 + self.millisecond;
        Ok(date.with_time_of_day(self.leftover_time.unwrap_or(time)))
    }
}

struct Reader<'t> {
    rest: &'t str,
    fields: Fields,
    /// The configured zone.
    zone: &'t Zone,
    now: i64,
}

impl Reader<'_> {
    fn literal(&mut self, literal: &str) -> Result<(), String> {
        self.rest = self
            .rest
            .strip_prefix(literal)
            .ok_or_else(|| format!("expected `{literal}`, found {}", self.found()))?;
        Ok(())
    }

    /// The next characters, for a message.
    fn found(&self) -> String {
        if self.rest.is_empty() {
            return "the end of the text".to_owned();
        }
        let start: String = self.rest.chars().take(10).collect();
        format!("`{start}`")
    }

    fn field(&mut self, field: Field, next: Option<&Piece<'_>>) -> Result<(), String> {
        self.rest = self.rest.trim_start();
        if !field.is_numeric() {
            return self.word(field, next);
        }
        let is_followed_by_digits = matches!(next, Some(Piece::Field(next)) if next.is_numeric());
        let longest = match field.letter {
            b'y' | b'Y' => 4,
            b'D' | b'S' => 3,
            _ => 2,
        };
        let (number, length) = self.digits(field, is_followed_by_digits, longest)?;
        let within = |range: RangeInclusive<i64>, fault: Impossible| {
            if range.contains(&number) {
                Ok(number)
            } else {
                Err(fault.to_string())
            }
        };
        let fields = &mut self.fields;
        match field.letter {
            b'y' | b'Y' => {
                fields.year = Some(number);
                fields.is_two_digit_year = field.count <= 2 && length == 2;
            }
            b'M' => fields.month = Some(within(1..=12, Impossible::Month(number))?),
            b'd' => fields.day = Some(number),
            b'D' => fields.day_of_year = Some(number),
            b'H' => fields.hour = Some(within(0..=23, Impossible::Hour(number))?),
            b'k' => fields.hour = Some(within(1..=24, Impossible::Hour(number))? % 24),
            b'K' => {
                fields.half_day_hour = Some(within(0..=11, Impossible::HalfDayHour(number))?);
            }
            b'h' => {
                let hour = half_day_hour(number, false).map_err(|fault| fault.to_string())?;
                fields.half_day_hour = Some(hour);
            }
            b'm' => fields.minute = within(0..=59, Impossible::Minute(number))?,
            b's' => fields.second = within(0..=59, Impossible::Second(number))?,
            b'S' => fields.millisecond = number,
            b'w' if !(1..=53).contains(&number) => {
                return Err(format!("a year has no week {number}"));
            }
            b'w' => fields.week = Some(number),
            // Monday is 1.
            b'u' => fields.weekday = number % 7,
            // The week of the month and the number of the weekday in it follow from the date.
            _ => {}
        }
        Ok(())
    }

    /// The number of a field and how many digits it had: all that follow, or exactly as many as letters when
    /// another number follows at once.
    fn digits(
        &mut self,
        field: Field,
        is_followed_by_digits: bool,
        longest: usize,
    ) -> Result<(i64, usize), String> {
        let all = self
            .rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let length = if is_followed_by_digits {
            field.count
        } else {
            all
        };
        if all == 0 || length > all {
            return Err(format!(
                "expected a number for `{}`, found {}",
                field.text(),
                self.found()
            ));
        }
        let (digits, rest) = self.rest.split_at(length);
        if length > longest {
            return Err(format!(
                "`{digits}` has too many digits for `{}`",
                field.text()
            ));
        }
        self.rest = rest;
        // At most four digits.
        Ok((digits.parse().unwrap_or_default(), length))
    }

    fn word(&mut self, field: Field, next: Option<&Piece<'_>>) -> Result<(), String> {
        match field.letter {
            b'M' => self.fields.month = Some(self.name(&MONTHS, "month")? as i64 + 1),
            b'E' => {
                self.fields.weekday = self.name(&WEEKDAYS, "weekday")? as i64;
            }
            b'a' => self.fields.is_pm = self.one_of(&["AM", "PM"], "AM or PM")? == 1,
            b'G' => {
                if self.one_of(&["AD", "BC"], "AD or BC")? == 1 {
                    return Err(Impossible::Year.to_string());
                }
            }
            _ => {
                let letters = (field.letter, field.count);
                let own = (self.zone, self.now);
                let read = zone::read(self.rest, letters, next, own);
                let (zone, rest) = read.ok_or_else(|| {
                    format!(
                        "expected a time zone such as +05:30 or Asia/Kolkata, found {}",
                        self.found()
                    )
                })?;
                self.rest = rest;
                self.fields.zone = Some(zone);
            }
        }
        Ok(())
    }

    /// A name or its first three letters, in any letter case; its index.
    fn name(&mut self, names: &[&str], what: &str) -> Result<usize, String> {
        let short: Vec<&str> = names.iter().map(|name| &name[..3]).collect();
        self.one_of(names, what)
            .or_else(|_| self.one_of(&short, &format!("the name of a {what}")))
    }

    fn one_of(&mut self, words: &[&str], what: &str) -> Result<usize, String> {
        for (index, word) in words.iter().enumerate() {
            if let Some((start, rest)) = self.rest.split_at_checked(word.len())
                && start.eq_ignore_ascii_case(word)
            {
                self.rest = rest;
                return Ok(index);
            }
        }
        Err(format!("expected {what}, found {}", self.found()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;
    use crate::value::date_text;

    /// 24-Nov-2026 12:00:00.
    const NOW: i64 = 1_795_521_600_000;

    fn millis(text: &str) -> i64 {
        date_text::read(text, &Zone::utc(), NOW).unwrap().millis
    }

    #[track_caller]
    fn check_format(text: &str, zone: &str, pattern: &str, expected: &str) {
        let formatted = format(millis(text), pattern, &Zone::find(zone).unwrap()).unwrap();
        assert_eq!(formatted.as_deref(), Some(expected), "{text} {pattern}");
    }

    #[test]
    fn letters_of_dates_and_times() {
        let d = "2024-07-09 15:04:07.005";
        for (pattern, expected) in [
            ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2024-07-09T15:04:07.005"),
            ("G y yy yyy yyyyyy Y YY", "AD 2024 24 2024 002024 2024 24"),
            ("M MM MMM MMMM MMMMM", "7 07 Jul July July"),
            ("w W D DDDD F ww", "28 2 191 0191 2 28"),
            ("E EEE EEEE u uu", "Tue Tue Tuesday 2 02"),
            ("H k K h a HH kk KK hh aaa", "15 15 3 3 PM 15 15 03 03 PM"),
            ("m s S SS SSSS", "4 7 5 05 0005"),
            (
                "z zzzz X XX XXX Z",
                "UTC Coordinated Universal Time Z Z Z +0000",
            ),
            ("h 'o''clock' ''", "3 o'clock '"),
            ("", ""),
            ("''''", "''"),
            ("d. MMMM – €", "9. July – €"),
        ] {
            check_format(d, "UTC", pattern, expected);
        }
        check_format("2024-07-09 00:30", "UTC", "H k K h a", "0 24 0 12 AM");
        check_format("2024-07-09 12:30", "UTC", "H k K h a", "12 12 0 12 PM");
        check_format("2019-12-29", "UTC", "yyyy YYYY w", "2019 2020 1");
        check_format(
            "2024-07-09 15:04",
            "Asia/Kolkata",
            "HH:mm X XX XXX Z z",
            "20:34 +05 +0530 +05:30 +0530 IST",
        );
        check_format(
            "2024-07-09 15:04",
            "America/New_York",
            "HH:mm XXX z zzzz",
            "11:04 -04:00 EDT EDT",
        );
        check_format("2024-07-09 15:04", "GMT-3:30", "Z z", "-0330 GMT-03:30");
        check_format(
            "0001-01-01T00:00:00Z",
            "America/New_York",
            "G yyyy",
            "BC 0001",
        );
    }

    #[test]
    fn other_letters_open_quotes_and_four_x_give_nothing() {
        for pattern in [
            "yyyy-bb",
            "yyyy 'open",
            "XXXX",
            "Q",
            "L",
            "n",
            "yyyy-MM-ddThh",
            "'",
        ] {
            assert_eq!(format(0, pattern, &Zone::utc()).unwrap(), None, "{pattern}");
        }
    }

    fn reading(text: &str, mapping: &str) -> String {
        read(text, mapping, &Zone::utc(), LeftoverTime::Read, NOW).map_or_else(
            |reason| reason,
            |millis| {
                format(millis, "yyyy-MM-dd HH:mm:ss.SSS", &Zone::utc())
                    .unwrap()
                    .unwrap()
            },
        )
    }

    #[test]
    fn mappings_read_what_they_name() {
        for (text, mapping, expected) in [
            ("01,11,2019", "MM,d,yyyy", "2019-01-11 00:00:00.000"),
            ("2023/03/05", "yyyy/MM/dd", "2023-03-05 00:00:00.000"),
            ("5 march 2023", "d MMMM yyyy", "2023-03-05 00:00:00.000"),
            ("5 Mar 2023", "d MMMM yyyy", "2023-03-05 00:00:00.000"),
            ("5-SEPTEMBER-2023", "dd-MMM-yyyy", "2023-09-05 00:00:00.000"),
            (" 2023-3-5 ", "yyyy-MM-dd", "2023-03-05 00:00:00.000"),
            ("20260305", "yyyyMMdd", "2026-03-05 00:00:00.000"),
            ("202603", "yyyyMM", "2026-03-01 00:00:00.000"),
            (
                "20260305143015250",
                "yyyyMMddHHmmssSSS",
                "2026-03-05 14:30:15.250",
            ),
            ("03-2026", "MM-yyyy", "2026-03-01 00:00:00.000"),
            ("14:30", "HH:mm", "1970-01-01 14:30:00.000"),
            ("05-Mar-23", "dd-MMM-yy", "2023-03-05 00:00:00.000"),
            ("05-Mar-95", "dd-MMM-yy", "1995-03-05 00:00:00.000"),
            ("05-Mar-2023", "dd-MMM-yy", "2023-03-05 00:00:00.000"),
            ("05-Mar-19", "dd-MMM-yyyy", "0019-03-05 00:00:00.000"),
            (
                "07/09/2024 03:04:05 PM",
                "MM/dd/yyyy hh:mm:ss a",
                "2024-07-09 15:04:05.000",
            ),
            (
                "07/09/2024 12:04 am",
                "MM/dd/yyyy hh:mm a",
                "2024-07-09 00:04:00.000",
            ),
            (
                "07/09/2024 12:04",
                "MM/dd/yyyy hh:mm",
                "2024-07-09 00:04:00.000",
            ),
            ("24:04", "kk:mm", "1970-01-01 00:04:00.000"),
            ("11:04 PM", "KK:mm a", "1970-01-01 23:04:00.000"),
            ("14:04 PM", "HH:mm a", "1970-01-01 14:04:00.000"),
            (
                "2026-03-05T14:30:00+05:30",
                "yyyy-MM-dd'T'HH:mm:ssXXX",
                "2026-03-05 09:00:00.000",
            ),
            (
                "2026-03-05T14:30:00Z",
                "yyyy-MM-dd'T'HH:mm:ssXXX",
                "2026-03-05 14:30:00.000",
            ),
            (
                "2026-03-05 14:30 +0530",
                "yyyy-MM-dd HH:mm Z",
                "2026-03-05 09:00:00.000",
            ),
            (
                "2026-07-05 14:30 PST",
                "yyyy-MM-dd HH:mm z",
                "2026-07-05 22:30:00.000",
            ),
            (
                "Thu Mar 05 14:30:00 GMT+05:30 2026",
                "EEE MMM dd HH:mm:ss zzz yyyy",
                "2026-03-05 09:00:00.000",
            ),
            (
                "Monday 05.03.2026",
                "EEEE dd.MM.yyyy",
                "2026-03-05 00:00:00.000",
            ),
            ("2024 191", "yyyy D", "2024-07-09 00:00:00.000"),
            ("2024-03-05 191", "yyyy-MM-dd D", "2024-03-05 00:00:00.000"),
            ("AD 2024", "G yyyy", "2024-01-01 00:00:00.000"),
            ("5 o'clock", "h 'o''clock'", "1970-01-01 05:00:00.000"),
            (
                "01-11-2019 13:30:00",
                "MM-d-yyyy",
                "2019-01-11 13:30:00.000",
            ),
            (
                "01-11-2019 1:30:00 pm",
                "MM-d-yyyy",
                "2019-01-11 13:30:00.000",
            ),
            (
                "2019-01-11T13:30:00.5+01:00",
                "yyyy-MM-dd",
                "2019-01-11 12:30:00.500",
            ),
        ] {
            assert_eq!(reading(text, mapping), expected, "{text} {mapping}");
        }
    }

    #[test]
    fn the_zone_of_the_text_wins() {
        let kolkata = Zone::find("Asia/Kolkata").unwrap();
        let read =
            |text, mapping| read(text, mapping, &kolkata, LeftoverTime::Ignored, NOW).unwrap();
        assert_eq!(
            read("2023-03-05 18:45", "yyyy-MM-dd HH:mm"),
            millis("2023-03-05 13:15")
        );
        assert_eq!(
            read("2023-03-05 18:45 GMT", "yyyy-MM-dd HH:mm z"),
            millis("2023-03-05 18:45")
        );
        // A time that is left over is ignored here, whatever it is.
        assert_eq!(
            read("2023-03-05 18:45:00", "yyyy-MM-dd"),
            millis("2023-03-04 18:30")
        );
    }

    #[test]
    fn what_does_not_fit_says_why() {
        for (text, mapping, expected) in [
            (
                "31-04-2023",
                "dd-MM-yyyy",
                "there is no day 31 in April 2023",
            ),
            ("2023-13-01", "yyyy-MM-dd", "there is no month 13"),
            (
                "2023-03-011",
                "yyyy-MM-dd",
                "`011` has too many digits for `dd`",
            ),
            (
                "12023-03-01",
                "yyyy-MM-dd",
                "`12023` has too many digits for `yyyy`",
            ),
            ("24:00", "HH:mm", "hours go from 0 to 23, not to 24"),
            (
                "0:00",
                "hh:mm",
                "with AM or PM hours go from 1 to 12, found 0",
            ),
            ("10:60", "HH:mm", "minutes go from 0 to 59, not to 60"),
            ("2023/03/01", "yyyy-MM-dd", "expected `-`, found `/03/01`"),
            (
                "2023-03",
                "yyyy-MM-dd",
                "expected `-`, found the end of the text",
            ),
            (
                "2023-Mar-01",
                "yyyy-MM-dd",
                "expected a number for `MM`, found `Mar-01`",
            ),
            (
                "2023-03-01",
                "yyyy-MMM-dd",
                "expected the name of a month, found `03-01`",
            ),
            (
                "2023-03-01 report",
                "yyyy-MM-dd",
                "`report` is left over after the mapping",
            ),
            ("2023030", "yyyyMMdd", "there is no day 0 in March 2023"),
            (
                "202303",
                "yyyyMMdd",
                "expected a number for `dd`, found the end of the text",
            ),
            ("2023-366", "yyyy-D", "the year 2023 has no day 366"),
            ("BC 44", "G yyyy", "years go from 1 to 9999"),
            ("0000-01-01", "yyyy-MM-dd", "years go from 1 to 9999"),
            (
                "10:00 Mars/Base",
                "HH:mm z",
                "expected a time zone such as +05:30 or Asia/Kolkata, found `Mars/Base`",
            ),
            ("10:00 x", "HH:mm a", "expected AM or PM, found `x`"),
            (
                "2023",
                "bbbb",
                "`bbbb` has no meaning in a date pattern; other text stands in single quotes",
            ),
            (
                "2023",
                "yyyy'",
                "the pattern has a quote that is not closed",
            ),
        ] {
            assert_eq!(reading(text, mapping), expected, "{text} {mapping}");
        }
    }
}
