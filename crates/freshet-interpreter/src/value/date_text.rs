//! Dates read from text without a mapping: the forms of Built-ins I, 6.1, and the narrower ones that make a
//! single-quoted literal a date (language reference, 2.6).

use std::fmt;

use super::calendar::{Civil, DAY, MONTHS, SECOND, WEEKDAYS, YEARS, Zone};

/// A date that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadDate {
    /// The instant, milliseconds since the epoch.
    pub millis: i64,
    /// True if the text had no time.
    pub pure: bool,
}

/// What a single-quoted literal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A TEXT that resembles no date.
    Text,
    /// A TEXT that begins with a date, which deserves a warning.
    TextAfterDate,
    /// A TEXT that is a clock time (`'19:00:00'`), which deserves a warning: there is no TIME.
    ClockTime,
    /// A date, which [`read`] reads.
    Date {
        /// Whether its century depends on the day of the run, which deserves a warning.
        two_digit_year: bool,
    },
    /// A date by its form, which does not exist: a compile error.
    Impossible(Impossible),
}

/// Why a text with the form of a date is none; the text of it completes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impossible {
    /// Outside 1 to 9999, possibly only by its offset.
    Year,
    /// No such month.
    Month(i64),
    /// No such day in this year and month.
    Day(i64, u8, i64),
    /// No such day of this year.
    DayOfYear(i64, i64),
    /// Not 0 to 23.
    Hour(i64),
    /// Not 1 to 12, with AM or PM.
    HalfDayHour(i64),
    /// Not 0 to 59.
    Minute(i64),
    /// Not 0 to 59.
    Second(i64),
    /// No such offset from UTC.
    Offset,
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Impossible::Year => f.write_str("years go from 1 to 9999"),
            Impossible::Month(month) => write!(f, "there is no month {month}"),
            Impossible::Day(year, month, day) => {
                let name = MONTHS[usize::from(month) - 1];
                write!(f, "there is no day {day} in {name} {year}")
            }
            Impossible::DayOfYear(year, day) => write!(f, "the year {year} has no day {day}"),
            Impossible::Hour(hour) => write!(f, "hours go from 0 to 23, not to {hour}"),
            Impossible::HalfDayHour(hour) => {
                write!(f, "with AM or PM hours go from 1 to 12, found {hour}")
            }
            Impossible::Minute(minute) => write!(f, "minutes go from 0 to 59, not to {minute}"),
            Impossible::Second(second) => write!(f, "seconds go from 0 to 59, not to {second}"),
            Impossible::Offset => f.write_str("offsets from UTC go up to 23:59"),
        }
    }
}

/// Reads a date-like TEXT; `now` (milliseconds) decides the century of two-digit years.
pub fn read(text: &str, zone: &Zone, now: i64) -> Option<ReadDate> {
    scan_whole(text)?.date(zone, now).ok()
}

/// The same, with the reason when the text is no date; it completes "… is not a date: ".
///
/// # Errors
/// The reason.
pub fn read_or_reason(text: &str, zone: &Zone, now: i64) -> Result<ReadDate, String> {
    let scanned = scan_whole(text).ok_or(
        "it has none of the forms of a date, such as 05-Mar-2026, 2026-03-05 14:30:00 or 2026-03-05T14:30:00Z",
    )?;
    scanned
        .date(zone, now)
        .map_err(|impossible| impossible.to_string())
}

fn scan_whole(text: &str) -> Option<Scanned> {
    let mut cursor = Cursor::new(text.trim(), Digits::OneOrTwo);
    let date = cursor.date()?;
    cursor.with_time(date)
}

/// Tells what the content of a single-quoted literal is; `now` (milliseconds) decides centuries.
pub fn read_literal(content: &str, now: i64) -> Literal {
    let mut cursor = Cursor::new(content, Digits::Two);
    let Some(date) = cursor.date() else {
        return match Cursor::new(content, Digits::Two).clock_time() {
            Some(time) if time.is_plain && time.time_of_day().is_ok() => Literal::ClockTime,
            _ => Literal::Text,
        };
    };
    let rest = cursor.rest();
    let Some(scanned) = cursor.with_time(date) else {
        let exists = date.civil(now).is_ok();
        return match rest {
            // Neither `2026-03-05.csv` nor `10.10.10.10` is meant as a date.
            [b'T', b'0'..=b'9', ..] | [b' ' | b'\t' | b',' | b';', ..] if exists => {
                Literal::TextAfterDate
            }
            _ => Literal::Text,
        };
    };
    match scanned.date(&Zone::utc(), now) {
        Ok(_) => Literal::Date {
            two_digit_year: date.two_digit_year,
        },
        Err(impossible) => Literal::Impossible(impossible),
    }
}

/// The civil date of numbers that were read.
///
/// # Errors
/// Which of them is impossible.
pub fn civil_date(year: i64, month: i64, day: i64) -> Result<Civil, Impossible> {
    if !YEARS.contains(&year) {
        return Err(Impossible::Year);
    }
    let month_number = u8::try_from(month).ok().filter(|m| (1..=12).contains(m));
    let month = month_number.ok_or(Impossible::Month(month))?;
    u8::try_from(day)
        .ok()
        .and_then(|day| Civil::date(year, month, day))
        .ok_or(Impossible::Day(year, month, day))
}

/// The year that two digits mean: the one from 80 years before `now` (milliseconds) to 20 years after it.
pub fn full_year(two_digits: i64, month: i64, day: i64, now: i64) -> i64 {
    let now = Zone::utc().civil(now);
    let first = now.year - 80;
    let year = first - first.rem_euclid(100) + two_digits;
    // The year exactly 80 years back begins with today's date.
    let is_before = (year, month, day) < (first, i64::from(now.month), i64::from(now.day));
    if is_before { year + 100 } else { year }
}

struct Scanned {
    date: ScannedDate,
    time: Option<ScannedTime>,
}

impl Scanned {
    fn date(&self, zone: &Zone, now: i64) -> Result<ReadDate, Impossible> {
        let civil = self.date.civil(now)?;
        let Some(time) = &self.time else {
            let millis = zone.instant(civil);
            return Ok(ReadDate { millis, pure: true });
        };
        let time_of_day = time.time_of_day()?;
        let millis = match time.offset {
            Some(offset) => civil.day_number() * DAY + time_of_day - i64::from(offset) * SECOND,
            None => zone.instant(civil.with_time_of_day(time_of_day)),
        };
        if !zone.admits(millis) {
            return Err(Impossible::Year);
        }
        Ok(ReadDate {
            millis,
            pure: false,
        })
    }
}

#[derive(Clone, Copy)]
struct ScannedDate {
    year: i64,
    two_digit_year: bool,
    month: i64,
    day: i64,
    /// `yyyy-MM-dd`, after which the time may have the ISO form.
    is_iso: bool,
}

impl ScannedDate {
    fn civil(&self, now: i64) -> Result<Civil, Impossible> {
        let year = if self.two_digit_year {
            full_year(self.year, self.month, self.day, now)
        } else {
            self.year
        };
        civil_date(year, self.month, self.day)
    }
}

/// A clock time as it was read.
#[derive(Clone, Copy, Debug)]
pub struct ScannedTime {
    hour: i64,
    minute: i64,
    second: i64,
    millisecond: i64,
    /// `HH:mm:ss` without more: only after that AM or PM may follow a date.
    is_plain: bool,
    /// With AM or PM: whether it is PM.
    pm: Option<bool>,
    /// Seconds east of UTC, if the text says it.
    pub offset: Option<i32>,
}

impl ScannedTime {
    /// Milliseconds since midnight.
    ///
    /// # Errors
    /// Which part is impossible.
    pub fn time_of_day(&self) -> Result<i64, Impossible> {
        let hour = match self.pm {
            Some(pm) => half_day_hour(self.hour, pm)?,
            None => self.hour,
        };
        if hour > 23 {
            return Err(Impossible::Hour(hour));
        }
        if self.minute > 59 {
            return Err(Impossible::Minute(self.minute));
        }
        if self.second > 59 {
            return Err(Impossible::Second(self.second));
        }
        if self
            .offset
            .is_some_and(|offset| i64::from(offset).abs() * SECOND >= DAY)
        {
            return Err(Impossible::Offset);
        }
        Ok(((hour * 60 + self.minute) * 60 + self.second) * SECOND + self.millisecond)
    }
}

/// The hour from 0 to 23 for one from 1 to 12.
///
/// # Errors
/// There is no such hour.
pub fn half_day_hour(hour: i64, pm: bool) -> Result<i64, Impossible> {
    if !(1..=12).contains(&hour) {
        return Err(Impossible::HalfDayHour(hour));
    }
    Ok(hour % 12 + if pm { 12 } else { 0 })
}

/// A clock time that fills the text but for blanks around: `13:30:00`, `1:30 pm`, `T13:30:00.5Z`.
pub fn scan_clock_time(text: &str) -> Option<ScannedTime> {
    let text = text.trim();
    let iso = text.strip_prefix('T');
    let mut cursor = Cursor::new(iso.unwrap_or(text), Digits::OneOrTwo);
    if iso.is_some() {
        let time = cursor.time(true)?;
        return cursor.rest().is_empty().then_some(time);
    }
    cursor.clock_time()
}

/// How many digits days, months and parts of times have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// In literals: exactly two, but for a day beside a month's name.
    Two,
    /// In TEXT.
    OneOrTwo,
}

/// Reads forms off a text; every form is ASCII, so it goes by bytes.
struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
    digits: Digits,
}

/// Digits that were read: their value and how many they were, 1 to 4.
#[derive(Clone, Copy)]
struct Number {
    value: i64,
    length: usize,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str, digits: Digits) -> Cursor<'t> {
        Cursor {
            bytes: text.as_bytes(),
            at: 0,
            digits,
        }
    }

    fn rest(&self) -> &'t [u8] {
        &self.bytes[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// All digits that follow, at most four.
    fn number(&mut self) -> Option<Number> {
        let length = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if !(1..=4).contains(&length) {
            return None;
        }
        let digits = &self.rest()[..length];
        self.at += length;
        let value = digits
            .iter()
            .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        Some(Number { value, length })
    }

    /// A day, a month, an hour …
    fn part(&mut self) -> Option<i64> {
        let number = self.number()?;
        self.is_part(number).then_some(number.value)
    }

    fn is_part(&self, number: Number) -> bool {
        match self.digits {
            Digits::Two => number.length == 2,
            Digits::OneOrTwo => number.length <= 2,
        }
    }

    /// Letters that are one of these names, or its first three letters; the index of the name.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        let length = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let word = &self.rest()[..length];
        let index = names.iter().position(|name| {
            word.eq_ignore_ascii_case(name.as_bytes())
                || word.eq_ignore_ascii_case(&name.as_bytes()[..3])
        })?;
        self.at += length;
        Some(index as i64)
    }

    fn date(&mut self) -> Option<ScannedDate> {
        if !self.peek()?.is_ascii_digit() {
            return self.month_name_first();
        }
        let first = self.number()?;
        let separator = self.next().filter(|byte| b"-/. ".contains(byte))?;
        if self.peek()?.is_ascii_digit() {
            return self.numeric(first, separator);
        }
        // `05-Mar-2026`, `05 Mar 2026`, `05 Mar,2026`
        if first.length > 2 || !b"- ".contains(&separator) {
            return None;
        }
        let month = self.name(&MONTHS)? + 1;
        if !(separator == b' ' && self.take(b',')) {
            self.expect(separator)?;
        }
        let year = self.number()?;
        named_date(year, month, first.value)
    }

    /// `Mar 05 2026`, `Mar 05,2026`, `Thu,Mar 05,2026`
    fn month_name_first(&mut self) -> Option<ScannedDate> {
        let has_weekday = self.name(&WEEKDAYS).is_some();
        if has_weekday {
            self.expect(b',')?;
        }
        let month = self.name(&MONTHS)? + 1;
        self.expect(b' ')?;
        let day = self.number().filter(|day| day.length <= 2)?;
        if !self.take(b',') {
            self.expect(b' ').filter(|()| !has_weekday)?;
        }
        let year = self.number()?;
        named_date(year, month, day.value)
    }

    fn numeric(&mut self, first: Number, separator: u8) -> Option<ScannedDate> {
        let second = self.number()?;
        self.expect(separator)?;
        let third = self.number()?;
        if !self.is_part(second) {
            return None;
        }
        let is_year = |number: Number| number.length == 4 || number.length == 2;
        let year_first =
            first.length == 4 || (first.length == 2 && first.value > 31 && third.length <= 2);
        if year_first && separator != b' ' {
            return self.is_part(third).then_some(ScannedDate {
                year: first.value,
                two_digit_year: first.length == 2,
                month: second.value,
                day: third.value,
                is_iso: first.length == 4 && separator == b'-',
            });
        }
        if !self.is_part(first) || !is_year(third) {
            return None;
        }
        let month_first = second.value > 12 || (first.value <= 12 && separator == b'/');
        let (month, day) = if month_first {
            (first.value, second.value)
        } else {
            (second.value, first.value)
        };
        Some(ScannedDate {
            year: third.value,
            two_digit_year: third.length == 2,
            month,
            day,
            is_iso: false,
        })
    }

    /// The date with what stands between it and the end, if that is nothing or a time.
    fn with_time(&mut self, date: ScannedDate) -> Option<Scanned> {
        if self.rest().is_empty() {
            return Some(Scanned { date, time: None });
        }
        let mut time;
        if date.is_iso && self.take(b'T') {
            time = self.time(true)?;
        } else {
            self.expect(b' ')?;
            time = self.time(date.is_iso)?;
            if time.is_plain {
                time.pm = self.half_of_day();
            }
        }
        let time = Some(time);
        self.rest().is_empty().then_some(Scanned { date, time })
    }

    /// `HH:mm`, `HH:mm:ss`; in the ISO form also a fraction of the second and an offset.
    fn time(&mut self, iso: bool) -> Option<ScannedTime> {
        let hour = self.part()?;
        self.expect(b':')?;
        let mut time = ScannedTime {
            hour,
            minute: self.part()?,
            second: 0,
            millisecond: 0,
            is_plain: false,
            pm: None,
            offset: None,
        };
        if self.take(b':') {
            time.second = self.part()?;
            time.is_plain = true;
        }
        if !iso {
            return Some(time);
        }
        if time.is_plain && self.take(b'.') {
            time.millisecond = self.fraction()?;
            time.is_plain = false;
        }
        if !matches!(self.peek(), None | Some(b' ')) {
            time.offset = Some(self.offset()?);
            time.is_plain = false;
        }
        Some(time)
    }

    /// The milliseconds of 1 to 9 digits after the point of the seconds.
    fn fraction(&mut self) -> Option<i64> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.clone().count();
        let milliseconds = digits
            .copied()
            .chain([b'0'; 3])
            .take(3)
            .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        self.at += length;
        (1..=9).contains(&length).then_some(milliseconds)
    }

    /// `Z`, `+05`, `+0530` or `+05:30`, in seconds.
    fn offset(&mut self) -> Option<i32> {
        let sign = match self.next()? {
            b'Z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let first = self.number()?;
        let (hours, minutes) = match first.length {
            2 if self.take(b':') => (first.value, self.number().filter(|m| m.length == 2)?.value),
            2 => (first.value, 0),
            4 => (first.value / 100, first.value % 100),
            _ => return None,
        };
        // Too many minutes make it as impossible as too many hours.
        let minutes = if minutes > 59 { 24 * 60 } else { minutes };
        Some(sign * ((hours * 60 + minutes) * 60) as i32)
    }

    /// ` AM`, ` PM` in any letter case: whether it is PM.
    fn half_of_day(&mut self) -> Option<bool> {
        let pm = match self.rest() {
            [b' ', b'a' | b'A', b'm' | b'M', ..] => false,
            [b' ', b'p' | b'P', b'm' | b'M', ..] => true,
            _ => return None,
        };
        self.at += 3;
        Some(pm)
    }

    /// A time, maybe with AM or PM, up to the end.
    fn clock_time(&mut self) -> Option<ScannedTime> {
        let mut time = self.time(false)?;
        time.pm = self.half_of_day();
        self.rest().is_empty().then_some(time)
    }
}

fn named_date(year: Number, month: i64, day: i64) -> Option<ScannedDate> {
    (year.length == 2 || year.length == 4).then_some(ScannedDate {
        year: year.value,
        two_digit_year: year.length == 2,
        month,
        day,
        is_iso: false,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::super::calendar::write_date;
    use super::*;

    /// 24-Nov-2026 12:00:00.
    const NOW: i64 = 1_795_521_600_000;

    fn reading(text: &str) -> String {
        match read_or_reason(text, &Zone::utc(), NOW) {
            Ok(date) => {
                let mut printed = String::new();
                write_date(date.millis, date.pure, &Zone::utc(), &mut printed);
                printed
            }
            Err(reason) => reason,
        }
    }

    #[test]
    fn texts_have_many_forms() {
        for (text, expected) in [
            ("05-Mar-2023", "05-Mar-2023"),
            ("5-march-2023", "05-Mar-2023"),
            (" 05 Mar 2023 ", "05-Mar-2023"),
            ("05 MAR,2023", "05-Mar-2023"),
            ("March 05,2023", "05-Mar-2023"),
            ("Mar 5 2023", "05-Mar-2023"),
            ("Mon,Mar 05,2026", "05-Mar-2026"),
            ("monday,Mar 05,26", "05-Mar-2026"),
            ("05-Mar-23", "05-Mar-2023"),
            ("2023-03-05", "05-Mar-2023"),
            ("2023/3/5", "05-Mar-2023"),
            ("2023.03.05", "05-Mar-2023"),
            ("99-11-12", "12-Nov-1999"),
            ("99-1-2", "02-Jan-1999"),
            ("25-11-12", "25-Nov-2012"),
            ("02/04/2020", "04-Feb-2020"),
            ("02-04-2020", "02-Apr-2020"),
            ("02.04.2020", "02-Apr-2020"),
            ("02 04 2020", "02-Apr-2020"),
            ("25/12/2026", "25-Dec-2026"),
            ("12-25-2026", "25-Dec-2026"),
            ("25 12 2026", "25-Dec-2026"),
            ("05-Mar-2026 9:05", "05-Mar-2026 09:05:00"),
            ("05-Mar-2026 00:00:00", "05-Mar-2026 00:00:00"),
            ("05/13/2026 01:02:03 pm", "13-May-2026 13:02:03"),
            ("05-Mar-2026 12:00:00 AM", "05-Mar-2026 00:00:00"),
            ("05-Mar-2026 12:00:00 PM", "05-Mar-2026 12:00:00"),
            ("2026-03-05T14:30:00.123456Z", "05-Mar-2026 14:30:00"),
            ("2026-03-05T14:30+05:30", "05-Mar-2026 09:00:00"),
            ("2026-03-05T14:30:59-0530", "05-Mar-2026 20:00:59"),
            ("2026-03-05 14:30:59+05", "05-Mar-2026 09:30:59"),
            ("2026-03-05 02:30:59 PM", "05-Mar-2026 14:30:59"),
            ("9999-12-31", "31-Dec-9999"),
        ] {
            assert_eq!(reading(text), expected, "{text}");
        }
        let read = |text| read(text, &Zone::utc(), NOW).unwrap();
        assert_eq!(read("2026-03-05T14:30:00.1239").millis % 1000, 123);
        assert_eq!(read("2026-03-05T14:30:00.5").millis % 1000, 500);
        assert!(read("2026-03-05").pure && !read("2026-03-05 00:00").pure);
    }

    #[test]
    fn a_clock_without_offset_stands_in_the_zone() {
        let zone = Zone::find("Asia/Kolkata").unwrap();
        let read = |text| read(text, &zone, NOW).unwrap().millis;
        assert_eq!(read("2026-03-05 05:30:00"), read("2026-03-05T00:00:00Z"));
        assert_eq!(read("2026-03-05"), read("2026-03-04T18:30:00Z"));
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "not a date",
            "January",
            "42",
            "10-4",
            "1.2.3",
            "2023 03 05",
            "2023-03-05-",
            "05-Mar-123",
            "05-Mar-2",
            "05-Mar-20234",
            "005-Mar-2023",
            "2023-003-05",
            "05-Mar 2023",
            "05 Mar-2023",
            "05-Mar-2023  10:00:00",
            "05-Mar-2023 10",
            "05-Mar-2023 010:00:00",
            "05-Mar-2023 10:00 PM",
            "2026-03-05t10:00:00",
            "2026-03-05T10:00:00z",
            "2026-03-05T10:00:00 Z",
            "2026-03-05T",
            "2026-03-05T10:00:00.",
            "2026-03-05Z",
            "2026-03-05T10:00:00.1234567890",
            "05-Mar-2023T10:00:00",
            "05-Mar-2023 10:00:00Z",
            "2026-03-05 10:00:00.5 PM",
            "Ma 05 2023",
            "Mon, Mar 05,2026",
            "Mon,Mar 05 2026",
            "05–03–2026",
            "٠٥-Mar-2026",
            "5-Mrz-2023",
            "10:00:00",
            "99999999999999999999-01-01",
            "2026-03-05T10:00:00+5",
            "2026-03-05T10:00:00+05:3",
            "05/03-2026",
        ] {
            assert_eq!(read(text, &Zone::utc(), NOW), None, "{text}");
        }
    }

    #[test]
    fn impossible_dates_say_why() {
        for (text, expected) in [
            ("31-Apr-2023", "there is no day 31 in April 2023"),
            ("29-Feb-2023", "there is no day 29 in February 2023"),
            ("2023-13-01", "there is no month 13"),
            ("25-13-2026", "there is no month 25"),
            ("00-03-2026", "there is no day 0 in March 2026"),
            ("01-Jan-0000", "years go from 1 to 9999"),
            ("01-Jan-2024 24:00:00", "hours go from 0 to 23, not to 24"),
            ("01-Jan-2024 23:60:00", "minutes go from 0 to 59, not to 60"),
            ("01-Jan-2024 23:59:60", "seconds go from 0 to 59, not to 60"),
            (
                "01-Jan-2024 13:00:00 PM",
                "with AM or PM hours go from 1 to 12, found 13",
            ),
            (
                "2024-01-01T00:00:00+24:00",
                "offsets from UTC go up to 23:59",
            ),
            (
                "2024-01-01T00:00:00+05:60",
                "offsets from UTC go up to 23:59",
            ),
            ("0001-01-01T00:00:00+01:00", "years go from 1 to 9999"),
            ("9999-12-31T23:59:59-01:00", "years go from 1 to 9999"),
        ] {
            assert_eq!(reading(text), expected, "{text}");
        }
    }

    #[test]
    fn two_digit_years_are_at_most_80_back_and_20_ahead() {
        for (text, expected) in [
            ("24-Nov-46", "24-Nov-1946"),
            ("23-Nov-46", "23-Nov-2046"),
            ("01-Jan-47", "01-Jan-1947"),
            ("01-Jan-45", "01-Jan-2045"),
            ("29-Feb-00", "29-Feb-2000"),
        ] {
            assert_eq!(reading(text), expected, "{text}");
        }
    }

    #[test]
    fn literals_are_dates_by_their_form() {
        let dates = [
            "05-Mar-2026",
            "5-Mar-2026",
            "2026-03-05",
            "05/03/2026",
            "05 Mar,2026",
            "05-Mar-2026 14:30:00",
            "05-Mar-2026 14:30",
            "05-Mar-2026 02:30:00 pm",
            "2026-03-05T14:30",
            "2026-03-05 14:30:00+05:30",
        ];
        for content in dates {
            let expected = Literal::Date {
                two_digit_year: false,
            };
            assert_eq!(read_literal(content, NOW), expected, "{content}");
            assert!(read(content, &Zone::utc(), NOW).is_some());
        }
        for content in ["25-11-12", "99-11-12", "5-Mar-26"] {
            let expected = Literal::Date {
                two_digit_year: true,
            };
            assert_eq!(read_literal(content, NOW), expected, "{content}");
        }
        for content in [
            "31-Feb-2024",
            "01-Jan-2024 25:00:00",
            "99-99-9999",
            "2026-03-05T25:00",
        ] {
            assert!(
                matches!(read_literal(content, NOW), Literal::Impossible(_)),
                "{content}"
            );
        }
        for content in [
            "January",
            "1.2.3",
            "10-4",
            "5-3-2026",
            "2026-3-05",
            "",
            " 05-Mar-2026",
            "05-Mar-2026x",
            "10.10.10.10",
            "2026-03-05.csv",
            "2026-03-05-report",
            "19:00",
            "99:99:99",
            "31-Feb-2024 apples",
            "it's",
        ] {
            assert_eq!(read_literal(content, NOW), Literal::Text, "{content}");
        }
        for content in [
            "01-Jan-2024 9:30:00",
            "2026-03-05  14:30:00Z",
            "05-Mar-2026 ",
            "2026-03-05T9:00",
            "05-Mar-2026, Oslo",
            "05-Mar-2026 10:00 PM",
        ] {
            assert_eq!(
                read_literal(content, NOW),
                Literal::TextAfterDate,
                "{content}"
            );
        }
        for content in ["19:00:00", "06:00:00 PM"] {
            assert_eq!(read_literal(content, NOW), Literal::ClockTime, "{content}");
        }
    }
}
