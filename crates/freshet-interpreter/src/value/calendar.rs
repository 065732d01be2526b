//! Instants, civil dates and zones. An instant is the number of milliseconds since 1970-01-01T00:00:00Z; a
//! [`Civil`] is what calendar and clock show for it in a [`Zone`]. Years go from 1 to 9999, in the Gregorian
//! calendar throughout. What scripts use most, UTC, is computed in closed form; jiff knows the other zones.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// Milliseconds of a second.
pub const SECOND: i64 = 1000;
/// Milliseconds of a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Milliseconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// The years a date may have.
pub const YEARS: std::ops::RangeInclusive<i64> = 1..=9999;

/// English month names, January first; the first three letters are the short name.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// English weekday names, Sunday first; the first three letters are the short name.
pub const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// The number of a weekday, 1 for Sunday to 7 for Saturday, by its full name in any letter case.
pub fn weekday_number(name: &str) -> Option<u8> {
    (1..=7)
        .zip(WEEKDAYS)
        .find(|(_, weekday)| weekday.eq_ignore_ascii_case(name))
        .map(|(number, _)| number)
}

/// A date and a clock time, without a zone. Values outside [`YEARS`] occur only as what a zone other than the
/// configured one shows for an instant at the very ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999.
    pub millisecond: u16,
}

impl Civil {
    /// Midnight of a date; `None` when there is no such day or the year is not one of [`YEARS`].
    pub fn date(year: i64, month: u8, day: u8) -> Option<Civil> {
        let exists = YEARS.contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        exists.then_some(Civil {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            millisecond: 0,
        })
    }

    /// The same date at midnight.
    pub fn midnight(self) -> Civil {
        Civil {
            hour: 0,
            minute: 0,
            second: 0,
            millisecond: 0,
            ..self
        }
    }

    /// Days since 1970-01-01.
    pub fn day_number(self) -> i64 {
        days_from_date(self.year, self.month, self.day)
    }

    /// Milliseconds since midnight.
    pub fn time_of_day(self) -> i64 {
        i64::from(self.hour) * HOUR
            + i64::from(self.minute) * MINUTE
            + i64::from(self.second) * SECOND
            + i64::from(self.millisecond)
    }

    /// 1 for Sunday to 7 for Saturday.
    pub fn weekday(self) -> u8 {
        weekday_of_day(self.day_number())
    }

    /// 1 to 366.
    pub fn day_of_year(self) -> i64 {
        self.day_number() - days_from_date(self.year, 1, 1) + 1
    }

    /// Week of the year and the year it belongs to: week 1 is the one with 1 January, and weeks begin with the
    /// weekday `first` (1 is Sunday), so the last days of December may belong to the next year.
    pub fn week_of_year(self, first: u8) -> (i64, i64) {
        let start = week_start(self.day_number(), first);
        let next = days_from_date(self.year + 1, 1, 1);
        if start + 7 > next {
            return (1, self.year + 1);
        }
        let first_week = week_start(days_from_date(self.year, 1, 1), first);
        ((start - first_week) / 7 + 1, self.year)
    }

    /// Midnight of a day (0 for Sunday) of a week of a year, by the same rule, with weeks from Sunday.
    pub fn of_week(year: i64, week: i64, weekday: i64) -> Civil {
        let first_week = week_start(days_from_date(year, 1, 1), 1);
        Civil::of_utc_millis((first_week + (week - 1) * 7 + weekday) * DAY)
    }

    /// Week of the month by the same rule, with weeks from Sunday.
    pub fn week_of_month(self) -> i64 {
        let first_week = week_start(days_from_date(self.year, self.month, 1), 1);
        (week_start(self.day_number(), 1) - first_week) / 7 + 1
    }

    /// As many calendar months later; a day that the month lacks becomes its last. `None` outside [`YEARS`].
    pub fn add_months(self, months: i64) -> Option<Civil> {
        let month = (self.year * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u8 + 1);
        YEARS.contains(&year).then(|| Civil {
            year,
            month,
            day: self.day.min(days_in_month(year, month)),
            ..self
        })
    }

    /// As many days later, at the same clock time. `None` outside [`YEARS`].
    pub fn add_days(self, days: i64) -> Option<Civil> {
        let (year, month, day) = date_from_days(self.day_number().checked_add(days)?)?;
        Some(Civil {
            year,
            month,
            day,
            ..self
        })
    }

    /// The first day of its month, at the same clock time.
    pub fn first_of_month(self) -> Civil {
        Civil { day: 1, ..self }
    }

    /// The last day of its month, at the same clock time.
    pub fn last_of_month(self) -> Civil {
        Civil {
            day: days_in_month(self.year, self.month),
            ..self
        }
    }

    /// The same date so many milliseconds after midnight, less than a day.
    pub fn with_time_of_day(self, millis: i64) -> Civil {
        Civil {
            hour: (millis / HOUR) as u8,
            minute: (millis / MINUTE % 60) as u8,
            second: (millis / SECOND % 60) as u8,
            millisecond: (millis % SECOND) as u16,
            ..self
        }
    }

    /// The instant in UTC.
    fn utc_millis(self) -> i64 {
        self.day_number() * DAY + self.time_of_day()
    }

    /// What UTC shows at an instant, which must be within some days of [`YEARS`].
    fn of_utc_millis(millis: i64) -> Civil {
        let (year, month, day) = date_parts(millis.div_euclid(DAY));
        let midnight = Civil {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            millisecond: 0,
        };
        midnight.with_time_of_day(millis.rem_euclid(DAY))
    }
}

/// Complete calendar months from one civil time to another, negative when the second is earlier: days and clock
/// count, and days of the month are compared as they are (31 January to 29 February is 0 months).
pub fn months_between(start: Civil, end: Civil) -> i64 {
    if end < start {
        return -months_between(end, start);
    }
    let months = (end.year - start.year) * 12 + i64::from(end.month) - i64::from(start.month);
    let is_complete = (end.day, end.time_of_day()) >= (start.day, start.time_of_day());
    months - i64::from(!is_complete)
}

/// Complete calendar years, by the rule of [`months_between`].
pub fn years_between(start: Civil, end: Civil) -> i64 {
    months_between(start, end) / 12
}

fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 1 for Sunday to 7 for Saturday; day 0 was a Thursday.
fn weekday_of_day(day: i64) -> u8 {
    (day + 4).rem_euclid(7) as u8 + 1
}

/// The day with which the week of `day` begins.
fn week_start(day: i64, first: u8) -> i64 {
    day - (i64::from(weekday_of_day(day)) - i64::from(first)).rem_euclid(7)
}

// Both directions count years from March, so that the leap day is the last of its year, and in eras of 400
// years, all of which have 146,097 days. 719,468 days lie between 0000-03-01 and 1970-01-01.

fn days_from_date(year: i64, month: u8, day: u8) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn date_parts(day: i64) -> (i64, u8, u8) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = (month_from_march + 2) % 12 + 1;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month as u8, day as u8)
}

/// The date of a day number, if its year is one of [`YEARS`].
fn date_from_days(day: i64) -> Option<(i64, u8, u8)> {
    let first = days_from_date(*YEARS.start(), 1, 1);
    let last = days_from_date(*YEARS.end(), 12, 31);
    (first..=last).contains(&day).then(|| date_parts(day))
}

/// The first and the last instant of [`YEARS`] in UTC.
const FIRST_MILLIS: i64 = -62_135_596_800_000;
const LAST_MILLIS: i64 = 253_402_300_799_999;

/// A time zone. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Zone(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// No offset, under the name "UTC" or "GMT".
    Zero(&'static str),
    /// Seconds east of UTC, and Java's name for such a zone if it has one.
    Fixed(i32, Option<&'static str>),
    Named(TimeZone),
}

/// Java's three-letter names: not what the letters suggest everywhere (`SST` is the Solomon Islands).
const JAVA_NAMES: [(&str, &str); 25] = [
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

impl Zone {
    /// UTC.
    pub const fn utc() -> Zone {
        Zone(Kind::Zero("UTC"))
    }

    /// GMT: what an unknown zone means.
    pub const fn gmt() -> Zone {
        Zone(Kind::Zero("GMT"))
    }

    /// A zone that is always so many seconds east of UTC.
    pub const fn fixed(offset: i32) -> Zone {
        Zone(Kind::Fixed(offset, None))
    }

    /// The zone of an id as Java understands it; `None` for an id that Java would silently take as GMT.
    pub fn find(id: &str) -> Option<Zone> {
        let fixed = |hours: i32, name| Some(Zone(Kind::Fixed(hours * 3600, Some(name))));
        match id {
            "UTC" => return Some(Zone::utc()),
            "GMT" => return Some(Zone::gmt()),
            "EST" => return fixed(-5, "EST"),
            "MST" => return fixed(-7, "MST"),
            "HST" => return fixed(-10, "HST"),
            _ => {}
        }
        if let Some(offset) = id.strip_prefix("GMT").and_then(java_offset) {
            return Some(Zone::fixed(offset));
        }
        let name = JAVA_NAMES
            .iter()
            .find(|(short, _)| *short == id)
            .map_or(id, |(_, name)| *name);
        // jiff ignores letter case, Java does not.
        let zone = jiff::tz::db().get(name).ok()?;
        (zone.iana_name() == Some(name)).then_some(Zone(Kind::Named(zone)))
    }

    /// The zone of an id; GMT when there is none.
    pub fn find_or_gmt(id: &str) -> Zone {
        Zone::find(id).unwrap_or(Zone::gmt())
    }

    /// What calendar and clock show at an instant.
    #[inline]
    pub fn civil(&self, millis: i64) -> Civil {
        let offset = match self.0 {
            Kind::Zero(_) => 0,
            _ => i64::from(self.offset(millis)) * SECOND,
        };
        // Epoch milliseconds from a script may be anything until `admits` has checked them; clamping keeps the
        // arithmetic within 64 bits whatever is asked.
        Civil::of_utc_millis(millis.clamp(FIRST_MILLIS - DAY, LAST_MILLIS + DAY) + offset)
    }

    /// What calendar and clock show at an instant; for a pure date 00:00, also on a day that begins later.
    pub fn shown(&self, millis: i64, pure: bool) -> Civil {
        let civil = self.civil(millis);
        if pure { civil.midnight() } else { civil }
    }

    /// The instant at which calendar and clock show this: the earlier of two; when the clock skips it, as much
    /// after the gap as it stands in it.
    pub fn instant(&self, civil: Civil) -> i64 {
        let utc = civil.utc_millis();
        let offset = match &self.0 {
            Kind::Zero(_) => 0,
            Kind::Fixed(offset, _) => *offset,
            Kind::Named(zone) => offset_of_civil(zone, civil),
        };
        utc - i64::from(offset) * SECOND
    }

    /// Whether the year at this instant is one of [`YEARS`].
    #[inline]
    pub fn admits(&self, millis: i64) -> bool {
        (FIRST_MILLIS + DAY..=LAST_MILLIS - DAY).contains(&millis)
            || ((FIRST_MILLIS - DAY..=LAST_MILLIS + DAY).contains(&millis)
                && YEARS.contains(&self.civil(millis).year))
    }

    /// Seconds east of UTC at an instant.
    pub fn offset(&self, millis: i64) -> i32 {
        match &self.0 {
            Kind::Zero(_) => 0,
            Kind::Fixed(offset, _) => *offset,
            Kind::Named(zone) => zone.to_offset(timestamp(millis)).seconds(),
        }
    }

    /// The short name at an instant: the abbreviation of the zone data, else `GMT+hh:mm`.
    pub fn short_name(&self, millis: i64) -> String {
        match &self.0 {
            Kind::Zero(name) => (*name).to_owned(),
            Kind::Fixed(_, Some(name)) => (*name).to_owned(),
            Kind::Fixed(offset, None) => gmt_name(*offset),
            Kind::Named(zone) => {
                let info = zone.to_offset_info(timestamp(millis));
                let name = info.abbreviation();
                // Zone data without letters has the offset here, in another form.
                if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
                    name.to_owned()
                } else {
                    gmt_name(info.offset().seconds())
                }
            }
        }
    }

    /// The long name, which only UTC and GMT have; others give the short one.
    pub fn long_name(&self, millis: i64) -> String {
        match self.0 {
            Kind::Zero("UTC") => "Coordinated Universal Time".to_owned(),
            Kind::Zero(_) => "Greenwich Mean Time".to_owned(),
            _ => self.short_name(millis),
        }
    }

    /// An instant as many calendar months later, at the clock time that is [shown](Self::shown); `None` outside
    /// [`YEARS`].
    pub fn add_months(&self, millis: i64, pure: bool, months: i64) -> Option<i64> {
        Some(self.instant(self.shown(millis, pure).add_months(months)?))
    }

    /// An instant as many calendar days later, at the clock time that is [shown](Self::shown); `None` outside
    /// [`YEARS`].
    pub fn add_days(&self, millis: i64, pure: bool, days: i64) -> Option<i64> {
        if let Kind::Zero(_) = self.0 {
            return self.add_millis(millis, days.checked_mul(DAY)?);
        }
        Some(self.instant(self.shown(millis, pure).add_days(days)?))
    }

    /// An instant so much elapsed time later; `None` outside [`YEARS`].
    pub fn add_millis(&self, millis: i64, elapsed: i64) -> Option<i64> {
        millis
            .checked_add(elapsed)
            .filter(|millis| self.admits(*millis))
    }

    /// Midnight of the day of an instant.
    pub fn start_of_day(&self, millis: i64) -> i64 {
        if let Kind::Zero(_) = self.0 {
            return millis - millis.rem_euclid(DAY);
        }
        self.instant(self.civil(millis).midnight())
    }

    /// Calendar days from one instant to another, whatever the clock shows.
    pub fn days_between(&self, start: i64, end: i64) -> i64 {
        self.civil(end).day_number() - self.civil(start).day_number()
    }
}

/// `±h`, `±hh`, `±hhmm`, `±h:mm`, `±hh:mm` in seconds; at most 23 hours 59 minutes.
fn java_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() > 2 && digits.is_ascii() => digits.split_at(digits.len() - 2),
        None => (digits, "0"),
    };
    let number = |text: &str, limit: i32| {
        let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let value: i32 = text.parse().ok().filter(|_| is_number)?;
        (value < limit).then_some(value)
    };
    Some(sign * (number(hours, 24)? * 3600 + number(minutes, 60)? * 60))
}

fn gmt_name(offset: i32) -> String {
    let mut name = "GMT".to_owned();
    write_offset(offset, ":", &mut name);
    name
}

/// Appends `±hh`, the separator, and `mm`.
pub fn write_offset(offset: i32, separator: &str, out: &mut String) {
    out.push(if offset < 0 { '-' } else { '+' });
    let minutes = i64::from(offset).abs() / 60;
    write_padded(minutes / 60, 2, out);
    out.push_str(separator);
    write_padded(minutes % 60, 2, out);
}

/// The second of an instant, for which offsets are asked. jiff's range ends a day before ours, so that every offset
/// fits; offsets do not change there.
fn timestamp(millis: i64) -> Timestamp {
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    let second = millis.div_euclid(SECOND);
    let second = second.clamp(first.as_second(), last.as_second());
    Timestamp::from_second(second).unwrap_or(last)
}

fn offset_of_civil(zone: &TimeZone, civil: Civil) -> i32 {
    let date_time = jiff::civil::DateTime::new(
        civil.year as i16,
        civil.month as i8,
        civil.day as i8,
        civil.hour as i8,
        civil.minute as i8,
        civil.second as i8,
        0,
    );
    let offset = date_time.map_or(Offset::UTC, |date_time| {
        match zone.to_ambiguous_timestamp(date_time).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            // The offset before the change moves a skipped time forward, and is the earlier of a doubled one.
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
        }
    });
    offset.seconds()
}

/// Appends a DATE-TIME as it prints: `05-Mar-2026 14:30:00`, a pure date without the time.
pub fn write_date(millis: i64, pure: bool, zone: &Zone, out: &mut String) {
    let civil = zone.civil(millis);
    write_padded(i64::from(civil.day), 2, out);
    out.push('-');
    out.push_str(&MONTHS[usize::from(civil.month) - 1][..3]);
    out.push('-');
    write_padded(civil.year, 4, out);
    if pure {
        return;
    }
    for (separator, part) in [(' ', civil.hour), (':', civil.minute), (':', civil.second)] {
        out.push(separator);
        write_padded(i64::from(part), 2, out);
    }
}

/// `00` to `99`, one after another.
const PAIRS: &str = "\
    0001020304050607080910111213141516171819\
    2021222324252627282930313233343536373839\
    4041424344454647484950515253545556575859\
    6061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899";

/// Appends a number that is not negative, with zeros before it up to a width.
pub fn write_padded(number: i64, width: usize, out: &mut String) {
    let pair = |number: i64| &PAIRS[number as usize * 2..number as usize * 2 + 2];
    match (width, number) {
        (2, 0..100) => out.push_str(pair(number)),
        (4, 0..10_000) => {
            out.push_str(pair(number / 100));
            out.push_str(pair(number % 100));
        }
        _ => {
            let digits = number.to_string();
            out.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len())));
            out.push_str(&digits);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn at(year: i64, month: u8, day: u8, hour: u8, minute: u8) -> Civil {
        Civil {
            hour,
            minute,
            ..Civil::date(year, month, day).unwrap()
        }
    }

    fn printed(millis: i64, pure: bool, zone: &Zone) -> String {
        let mut text = String::new();
        write_date(millis, pure, zone, &mut text);
        text
    }

    fn zone(id: &str) -> Zone {
        Zone::find(id).unwrap()
    }

    #[test]
    fn every_day_of_all_years_converts_both_ways() {
        let first = days_from_date(1, 1, 1);
        let last = days_from_date(9999, 12, 31);
        assert_eq!(first * DAY, FIRST_MILLIS);
        assert_eq!((last + 1) * DAY - 1, LAST_MILLIS);
        let mut expected = (1, 1, 1);
        for day in first..=last {
            assert_eq!(date_parts(day), expected);
            assert_eq!(days_from_date(expected.0, expected.1, expected.2), day);
            expected = match expected {
                (year, 12, 31) => (year + 1, 1, 1),
                (year, month, day) if day == days_in_month(year, month) => (year, month + 1, 1),
                (year, month, day) => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn dates_print_with_and_without_their_time() {
        let utc = Zone::utc();
        let millis = utc.instant(at(2026, 3, 5, 14, 30));
        assert_eq!(millis, 1_772_721_000_000);
        assert_eq!(printed(millis, false, &utc), "05-Mar-2026 14:30:00");
        assert_eq!(printed(millis, true, &utc), "05-Mar-2026");
        assert_eq!(
            printed(millis, false, &zone("Asia/Kolkata")),
            "05-Mar-2026 20:00:00"
        );
        assert_eq!(printed(FIRST_MILLIS, true, &utc), "01-Jan-0001");
        assert_eq!(printed(-1, false, &utc), "31-Dec-1969 23:59:59");
    }

    #[test]
    fn zones_are_javas() {
        let summer = Zone::utc().instant(at(2024, 7, 9, 12, 0));
        for (id, hours) in [
            ("UTC", 0.0),
            ("GMT", 0.0),
            ("EST", -5.0),
            ("MST", -7.0),
            ("HST", -10.0),
            ("PST", -7.0),
            ("CST", -5.0),
            ("IST", 5.5),
            ("SST", 11.0),
            ("BST", 6.0),
            ("US/Pacific", -7.0),
            ("Asia/Calcutta", 5.5),
            ("America/New_York", -4.0),
            ("GMT+5", 5.0),
            ("GMT+5:30", 5.5),
            ("GMT-03:30", -3.5),
            ("GMT+0530", 5.5),
            ("EST5EDT", -4.0),
            ("Etc/GMT+5", -5.0),
        ] {
            assert_eq!(f64::from(zone(id).offset(summer)) / 3600.0, hours, "{id}");
        }
        for id in [
            "",
            "Hello",
            "UTC+8",
            "gmt+5",
            "gmt",
            "asia/kolkata",
            "ASIA/KOLKATA",
            "GMT+25",
            "GMT+5:75",
            "GMT+5:3",
            "GMT+",
            "GMT+é",
            "GMT+12345",
            "Nowhere/City",
            "ist",
        ] {
            assert!(Zone::find(id).is_none(), "{id}");
            assert_eq!(Zone::find_or_gmt(id).offset(summer), 0);
        }
        for (short, _) in JAVA_NAMES {
            assert!(Zone::find(short).is_some(), "{short}");
        }
    }

    #[test]
    fn zone_names() {
        let millis = Zone::utc().instant(at(2024, 7, 9, 12, 0));
        for (id, short, long) in [
            ("UTC", "UTC", "Coordinated Universal Time"),
            ("GMT", "GMT", "Greenwich Mean Time"),
            ("EST", "EST", "EST"),
            ("America/New_York", "EDT", "EDT"),
            ("GMT-3:30", "GMT-03:30", "GMT-03:30"),
            ("America/Sao_Paulo", "GMT-03:00", "GMT-03:00"),
            ("Asia/Kolkata", "IST", "IST"),
        ] {
            assert_eq!(zone(id).short_name(millis), short);
            assert_eq!(zone(id).long_name(millis), long);
        }
    }

    #[test]
    fn skipped_clock_times_move_forward_and_doubled_ones_are_the_earlier() {
        let new_york = zone("America/New_York");
        let skipped = new_york.instant(at(2024, 3, 10, 2, 30));
        assert_eq!(printed(skipped, false, &new_york), "10-Mar-2024 03:30:00");
        let doubled = new_york.instant(at(2024, 11, 3, 1, 30));
        assert_eq!(
            printed(doubled, false, &Zone::utc()),
            "03-Nov-2024 05:30:00"
        );
        let before = new_york.instant(at(2024, 3, 9, 2, 30));
        assert_eq!(new_york.add_days(before, false, 1), Some(skipped));
        assert_eq!(new_york.add_millis(before, DAY), Some(skipped));
        assert_eq!(new_york.days_between(before, skipped), 1);
    }

    #[test]
    fn years_end_at_9999() {
        for id in ["UTC", "Asia/Kolkata", "America/New_York", "GMT+23:59"] {
            let zone = zone(id);
            let last = zone.instant(at(9999, 12, 31, 23, 59));
            let first = zone.instant(at(1, 1, 1, 0, 0));
            assert_eq!(zone.civil(last), at(9999, 12, 31, 23, 59), "{id}");
            assert_eq!(zone.civil(first).year, 1, "{id}");
            assert_eq!(zone.add_days(last, false, 1), None);
            assert_eq!(zone.add_months(last, false, 1), None);
            assert_eq!(zone.add_millis(last, MINUTE), None);
            assert_eq!(zone.add_days(first, false, -1), None);
            assert_eq!(zone.add_millis(first, -SECOND), None);
            for far in [i64::MIN, i64::MAX] {
                assert_eq!(zone.add_days(0, false, far), None);
                assert_eq!(zone.add_months(0, false, far), None);
                assert_eq!(zone.add_millis(0, far), None);
                assert!(!zone.admits(far));
                zone.civil(far);
                zone.short_name(far);
            }
        }
    }

    #[test]
    fn months_clamp_to_their_last_day() {
        let add = |day: Civil, months| day.add_months(months).unwrap();
        assert_eq!(add(at(2024, 1, 31, 9, 0), 1), at(2024, 2, 29, 9, 0));
        assert_eq!(add(at(2024, 2, 29, 0, 0), 12), at(2025, 2, 28, 0, 0));
        assert_eq!(add(at(2024, 1, 15, 0, 0), -1), at(2023, 12, 15, 0, 0));
        assert_eq!(add(at(2024, 1, 15, 0, 0), -25), at(2021, 12, 15, 0, 0));
    }

    #[test]
    fn complete_months_and_years() {
        for (start, end, months) in [
            (at(2024, 1, 15, 10, 0), at(2024, 2, 15, 9, 0), 0),
            (at(2024, 1, 15, 10, 0), at(2024, 2, 15, 10, 0), 1),
            (at(2024, 1, 31, 0, 0), at(2024, 2, 29, 0, 0), 0),
            (at(2024, 1, 31, 0, 0), at(2024, 3, 1, 0, 0), 1),
            (at(2023, 2, 1, 0, 0), at(2023, 3, 1, 0, 0), 1),
            (at(2020, 2, 29, 0, 0), at(2024, 2, 28, 0, 0), 47),
            (at(2024, 1, 31, 0, 0), at(2024, 1, 31, 0, 0), 0),
        ] {
            assert_eq!(months_between(start, end), months);
            assert_eq!(months_between(end, start), -months);
        }
        assert_eq!(
            years_between(at(2020, 2, 29, 0, 0), at(2024, 2, 28, 0, 0)),
            3
        );
        assert_eq!(years_between(at(2020, 1, 2, 0, 0), at(2021, 1, 1, 0, 0)), 0);
    }

    #[test]
    fn week_one_holds_the_first_of_january() {
        let week = |civil: Civil, first: &str| civil.week_of_year(weekday_number(first).unwrap());
        assert_eq!(week(at(2021, 2, 7, 0, 0), "sunday"), (7, 2021));
        assert_eq!(week(at(2021, 2, 7, 0, 0), "Monday"), (6, 2021));
        assert_eq!(week(at(2019, 12, 29, 0, 0), "SUNDAY"), (1, 2020));
        assert_eq!(week(at(2019, 12, 28, 0, 0), "Sunday"), (52, 2019));
        assert_eq!(week(at(2022, 12, 31, 0, 0), "Sunday"), (53, 2022));
        assert_eq!(at(2024, 7, 9, 0, 0).week_of_month(), 2);
        assert_eq!(at(2024, 7, 9, 0, 0).day_of_year(), 191);
        assert_eq!(at(2024, 7, 9, 0, 0).weekday(), 3);
        assert_eq!(weekday_number("Sun"), None);
    }
}
