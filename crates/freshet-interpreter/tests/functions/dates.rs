//! Arithmetic and texts of dates: what goes there comes back, later stays later, and counts agree with each other.

use freshet_interpreter::library::builtin::Settings;
use freshet_interpreter::value::Value;
use freshet_interpreter::value::calendar::Zone;
use proptest::prelude::*;

use super::holds;
use super::support::output_in;

/// Instants from 1800 to 2400 in milliseconds, many at midnight or at a full second.
fn instant() -> impl Strategy<Value = i64> {
    const FIRST: i64 = -5_364_662_400_000;
    const LAST: i64 = 13_569_465_600_000;
    prop_oneof![
        FIRST..LAST,
        (FIRST / 1000..LAST / 1000).prop_map(|seconds| seconds * 1000),
        (FIRST / 86_400_000..LAST / 86_400_000).prop_map(|days| days * 86_400_000),
    ]
}

/// Zones with and without daylight saving, with odd offsets, on both sides of the date line.
const ZONES: &[&str] = &[
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Europe/London",
];

/// Every `claim` over the instants `d` and `e` and the number `n` is true in the zone.
fn all_true(claims: &[&str], zone: &str, d: i64, e: i64, n: i64) -> TestCaseResult {
    let script = format!(
        "d = first.toTime(); e = second.toTime(); info {{{}}};",
        claims.join(", ")
    );
    let settings = Settings {
        zone: Zone::find(zone).unwrap(),
        ..Settings::default()
    };
    let given = vec![
        ("first", Value::Number(d)),
        ("second", Value::Number(e)),
        ("n", Value::Number(n)),
    ];
    let printed = output_in(&script, given, settings);
    let answers: Vec<&str> = printed.split(',').collect();
    prop_assert_eq!(answers.len(), claims.len(), "{}", printed);
    for (answer, claim) in answers.iter().zip(claims) {
        prop_assert_eq!(
            *answer,
            "true",
            "{} in {} with {} {} {}",
            claim,
            zone,
            d,
            e,
            n
        );
    }
    Ok(())
}

type TestCaseResult = Result<(), TestCaseError>;

#[test]
fn elapsed_time_there_and_back_in_every_zone() {
    let zone = prop::sample::select(ZONES);
    holds(
        200,
        (instant(), instant(), -100_000..100_000_i64, zone),
        |(d, e, n, zone)| {
            all_true(
                &[
                    "d.addHour(n).subHour(n) == d",
                    "d.addMinutes(n).subMinutes(n) == d",
                    "d.addSeconds(n).subSeconds(n) == d",
                    "d.addHour(n).addHour(0 - n) == d",
                    "d.hoursBetween(d.addHour(n)) == n",
                    "(d < e) == (d.addMinutes(n) < e.addMinutes(n))",
                    "d.addHour(1) == d.addMinutes(60)",
                    "d.addMinutes(n) == d.addSeconds(n * 60)",
                    "(d < e) == (d.unixEpoch() < e.unixEpoch())",
                    "d.toLong().toTime() == d",
                    "d.unixEpoch() == d.toLong()",
                    "d.hoursBetween(e) == 0 - e.hoursBetween(d)",
                    "d.yearFraction(e) == 0 - e.yearFraction(d)",
                    "ifNull(d.getDate(), d) <= d",
                    "d.getDate() == d.getDate().getDate()",
                ],
                zone,
                d,
                e,
                n,
            )
        },
    );
}

#[test]
fn calendar_units_there_and_back() {
    holds(300, (instant(), instant(), -4000..4000_i64), |(d, e, n)| {
        all_true(
            &[
                "d.addDay(n).subDay(n) == d",
                "d.addWeek(n).subWeek(n) == d",
                "d.addWeek(n) == d.addDay(n * 7)",
                "d.daysBetween(d.addDay(n)) == n",
                "d.days360(e) == d.daysBetween(e)",
                "d.daysBetween(e) == 0 - e.daysBetween(d)",
                "d.addDay(d.daysBetween(e)).getDate() == e.getDate()",
                "(d < e) == (d.addDay(n) < e.addDay(n))",
                "d.addDay(n) < d.addDay(n + 1)",
                "d > e || d.addMonth(n) <= e.addMonth(n)",
                "d.addMonth(n) < d.addMonth(n + 1)",
                "d.addYear(1) == d.addMonth(12)",
                "d.addMonth(n).addMonth(0 - n).getDate() <= d.getDate()",
                "d.addMonth(n).subMonth(n).daysBetween(d) <= 3",
                "d.getDay() > 28 || d.addMonth(n).subMonth(n) == d",
                "d.getDay() > 28 || d.monthsDiff(d.addMonth(n)) == n",
                "d.monthsDiff(e) == 0 - e.monthsDiff(d)",
                "d.yearsDiff(e) == 0 - e.yearsDiff(d)",
                "d.totalMonths(e) == d.monthsDiff(e) && d.totalYears(e) == d.yearsDiff(e)",
                "d.edate(n) == d.addMonth(n).getDate()",
                "d.eomonth(0) >= d.getDate() && d.eomonth(0).getMonth() == d.getMonth()",
                "d.eomonth(n).addDay(1).getDay() == 1",
                "d.toStartOfMonth().getDay() == 1 && d.toStartOfMonth() <= d",
                "d.toStartOfMonth() == d.eomonth(-1).addDay(1)",
            ],
            "UTC",
            d,
            e,
            n,
        )
    });
}

#[test]
fn weeks_and_working_days() {
    holds(150, (instant(), instant(), 1..300_i64), |(d, e, n)| {
        all_true(
            &[
                "d.toStartOfWeek().weekday() == 1",
                "d.toStartOfWeek().daysBetween(d) == d.weekday() - 1",
                "d.getWeekOfYear() >= 1 && d.getWeekOfYear() <= 54",
                "d.nextWeekDay(\"friday\").weekday() == 6 && d.previousWeekDay(\"FRIDAY\").weekday() == 6",
                "d.daysBetween(d.nextWeekDay(\"Sunday\")) >= 1 && d.daysBetween(d.nextWeekDay(\"Sunday\")) <= 7",
                "d.previousWeekDay(\"Sunday\").nextWeekDay(\"Sunday\") == d.nextWeekDay(\"Sunday\") || d.weekday() == 1",
                "d.workday(n) == d.addBusinessDay(n).getDate()",
                "d.addDay(1).workDaysList(d.workday(n)).size() == n",
                "d.workday(n).weekday() != 1 && d.workday(n).weekday() != 7",
                "d.workday(n).subBusinessDay(n) <= d && d.workday(n) < d.workday(n + 1)",
                "d.weekday() == 1 || d.weekday() == 7 || d.addBusinessDay(n).subBusinessDay(n) == d",
                "d.addBusinessDay(n) == d.subBusinessDay(0 - n)",
                "d.addBusinessHour(n, {\"Sunday\"}) > d",
                "d.weekday() == 1 || d.addBusinessHour(n, {\"Sunday\"}).addBusinessHour(0 - n, {\"Sunday\"}) == d",
            ],
            "UTC",
            d,
            e,
            n,
        )
    });
}

#[test]
fn what_is_written_is_read_again() {
    let zone = prop::sample::select(ZONES);
    holds(200, (instant(), zone), |(d, zone)| {
        let d = d - d.rem_euclid(1000);
        let mut claims = Vec::new();
        for format in [
            "yyyy-MM-dd'T'HH:mm:ssXXX",
            "yyyy-MM-dd HH:mm:ss Z",
            "E, dd MMM yyyy hh:mm:ss a XXX",
            "EEEE, d MMMM yyyy K:mm:ss a XX",
            "yyyyMMddHHmmssZ",
            "H:m:s d/M/y XX",
            "'Day' D yyyy k:mm:ss Z",
        ] {
            // An offset of hours and minutes says no seconds, which clocks showed before 1900.
            claims.push(format!(
                "d.getYear() < 1930 || d.toString(\"{format}\").toTime(\"{format}\") == d"
            ));
        }
        for format in [
            "dd-MMM-yyyy HH:mm:ss",
            "yyyy-MM-dd HH:mm:ss",
            "yyyy/MM/dd HH:mm:ss",
            "MMM dd,yyyy hh:mm:ss a",
        ] {
            claims.push(format!(
                "d.toString(\"{format}\").toTime().toString(\"{format}\") == d.toString(\"{format}\")"
            ));
        }
        claims.push("d.getDate().toString().toDate() == d.getDate()".to_owned());
        claims.push("d.toString(\"dd-MMM-yyyy\") == d.getDate().toString()".to_owned());
        claims.push("d.toString().toTime().toString() == d.toString()".to_owned());
        let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
        all_true(&claims, zone, d, d, 0)
    });
}

/// The calendar by counting days one after the other.
#[test]
fn the_calendar_is_that_of_counted_days() {
    let first = 1_700_000_000_000 / 86_400_000;
    let days = if super::is_long() { 200_000 } else { 4_000 };
    let script = "
        d = '01-Jan-1896'; day = 1; month = 1; year = 1896; weekday = 4; inYear = 1; wrong = 0;
        for each x in days
        {
            ok = d.getDay() == day && d.getMonth() == month && d.getYear() == year && d.weekday() == weekday && d.getDayOfYear() == inYear;
            if(!ok) { wrong = wrong + 1; }
            leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            length = if(month == 2, if(leap, 29, 28), if(month == 4 || month == 6 || month == 9 || month == 11, 30, 31));
            day = day + 1; inYear = inYear + 1; weekday = weekday % 7 + 1;
            if(day > length) { day = 1; month = month + 1; }
            if(month > 12) { month = 1; year = year + 1; inYear = 1; }
            d = d.addDay(1);
        }
        info wrong;";
    let list = Value::list((first..first + days).map(Value::Number).collect());
    let printed = output_in(script, vec![("days", list)], Settings::default());
    assert_eq!(printed, "0");
}

#[test]
fn weeks_are_read() {
    for (text, mapping, printed) in [
        ("2020-W05", "YYYY-'W'ww", "26-Jan-2020"),
        ("2020-W01", "YYYY-'W'ww", "29-Dec-2019"),
        ("Tue 2024 28", "E yyyy w", "09-Jul-2024"),
        ("2024 28 2", "yyyy w u", "09-Jul-2024"),
        ("28 09-07-2024", "w dd-MM-yyyy", "09-Jul-2024"),
    ] {
        let script = format!("info \"{text}\".toDate(\"{mapping}\");");
        let told = output_in(&script, Vec::new(), Settings::default());
        assert_eq!(told, printed, "{script}");
    }
    let script = "info \"2020-W54\".toDate(\"YYYY-'W'ww\");";
    let told = output_in(script, Vec::new(), Settings::default());
    assert!(told.contains("a year has no week 54"), "{told}");
}

/// jiff's range of instants ends a day before ours.
#[test]
fn the_last_days_of_9999() {
    for (zone, script, printed) in [
        (
            "Europe/London",
            "info '31-Dec-9999 12:00:00';",
            "31-Dec-9999 12:00:00",
        ),
        (
            "Europe/London",
            "info '31-Dec-9999'.subDay(1);",
            "30-Dec-9999 00:00:00",
        ),
        (
            "Australia/Sydney",
            "info '31-Dec-9999 23:59:59';",
            "31-Dec-9999 23:59:59",
        ),
        (
            "America/New_York",
            "info '31-Dec-9999 23:59:59';",
            "31-Dec-9999 23:59:59",
        ),
        (
            "America/New_York",
            "info '01-Jan-0001 00:00:00';",
            "01-Jan-0001 00:00:00",
        ),
        (
            "UTC",
            "info '31-Dec-9999 23:59:59'.toString(\"dd-MMM-yyyy HH:mm:ss z\", \"Pacific/Kiritimati\");",
            "01-Jan-10000 13:59:59 GMT+14:00",
        ),
        (
            "UTC",
            "info '31-Dec-9999 23:59:59'.toString(\"dd-MMM-yyyy HH:mm:ss z\", \"Europe/London\");",
            "31-Dec-9999 23:59:59 GMT",
        ),
    ] {
        let settings = Settings {
            zone: Zone::find(zone).unwrap(),
            ..Settings::default()
        };
        assert_eq!(
            output_in(script, Vec::new(), settings),
            printed,
            "{zone} {script}"
        );
    }
}

/// A pure date is its day at 00:00, also in a zone where the clock skips that.
#[test]
fn pure_dates_are_those_of_the_calendar_in_every_zone() {
    // Days that begin at 01:00.
    let skipping = [
        ("Africa/Cairo", "26-Apr-2024"),
        ("America/Santiago", "08-Sep-2024"),
        ("America/Asuncion", "06-Oct-2024"),
    ];
    let claims = [
        "info d.getDay() + \" \" + d.getMonth() + \" \" + d.getYear() + \" \" + d.getHour() + \" \" + d.getMinutes();",
        "info d.getDayOfYear() + \" \" + d.weekday() + \" \" + d.getWeekOfYear();",
        "info d.addDay(1) + \" \" + d.addWeek(1) + \" \" + d.addMonth(1) + \" \" + d.addYear(1);",
        "info d.subDay(1) + \" \" + d.subWeek(1) + \" \" + d.subMonth(1) + \" \" + d.subYear(1);",
        "info d.addMonth(1).subMonth(1).getDate() == d && d.addDay(1) == d.edate(0).addDay(1);",
        "info d.addBusinessDay(3) + \" \" + d.subBusinessDay(3) + \" \" + d.workday(3);",
        "info d.workDaysList(d.addDay(9).getDate());",
        "info d.addBusinessHour(30, {\"Sunday\"}, {}, {\"start\":\"0\",\"end\":\"8\"});",
        "info d.addDay(9).toStartOfWeek() + \" \" + d.toStartOfMonth() + \" \" + d.eomonth(1) + \" \" + d.edate(5);",
        "info d.nextWeekDay(\"Friday\") + \" \" + d.previousWeekDay(\"Friday\");",
        "info d.daysBetween(e) + \" \" + e.daysBetween(d) + \" \" + d.monthsBetween(e) + \" \" + d.yearsBetween(f);",
        "info d.monthsDiff(e) + \" \" + e.monthsDiff(d) + \" \" + d.yearsDiff(f) + \" \" + f.yearsDiff(d);",
        "info d.monthsDiff(e.getDateTime()) + \" \" + e.getDateTime().monthsDiff(d) + \" \" + g.monthsDiff(d);",
        "info d.unixEpoch(\"UTC\");",
    ];
    for (zone, day) in skipping {
        for claim in claims {
            let script = format!(
                "d = '{day}'; e = d.edate(1); f = d.edate(12); g = d.edate(-1).getDateTime(); {claim}"
            );
            let told = |zone| {
                let settings = Settings {
                    zone: Zone::find(zone).unwrap(),
                    ..Settings::default()
                };
                output_in(&script, Vec::new(), settings)
            };
            assert_eq!(told(zone), told("UTC"), "{zone} {claim}");
        }
    }
}

fn read_in(zone: &str, text: &str, mapping: &str) -> String {
    let settings = Settings {
        zone: Zone::find(zone).unwrap(),
        ..Settings::default()
    };
    let script =
        format!("info \"{text}\".toTime(\"{mapping}\").toString(\"yyyy-MM-dd HH:mm\", \"UTC\");");
    output_in(&script, Vec::new(), settings)
}

/// What `z` writes, `z` reads, in every zone.
#[test]
fn names_of_zones_are_read_as_they_are_written() {
    const PATTERN: &str = "yyyy-MM-dd HH:mm z";
    // Of these abbreviations, others are meant: those of Chicago, Los Angeles, Kolkata and London.
    let elsewhere = [
        "America/Havana",
        "Cuba",
        "Asia/Shanghai",
        "Asia/Chongqing",
        "Asia/Chungking",
        "Asia/Harbin",
        "Asia/Macao",
        "Asia/Macau",
        "Asia/Taipei",
        "PRC",
        "ROC",
        "Asia/Manila",
        "Asia/Jerusalem",
        "Asia/Tel_Aviv",
        "Israel",
        "Europe/Dublin",
        "Eire",
    ];
    let mut names = 0;
    for id in jiff::tz::db().available().map(|name| name.to_string()) {
        let Some(zone) = Zone::find(&id) else {
            continue;
        };
        for (millis, utc) in [
            (1_767_268_800_000_i64, "2026-01-01 12:00"),
            (1_782_907_200_000, "2026-07-01 12:00"),
        ] {
            let script = format!("info {millis}.toTime().toString(\"{PATTERN}\", \"{id}\");");
            let written = output_in(&script, Vec::new(), Settings::default());
            let own = zone.clone();
            let settings = Settings {
                zone: own,
                ..Settings::default()
            };
            let read = format!(
                "info \"{written}\".toTime(\"{PATTERN}\").toString(\"yyyy-MM-dd HH:mm\", \"UTC\");"
            );
            assert_eq!(
                output_in(&read, Vec::new(), settings),
                utc,
                "{written} in {id}"
            );
            if !elsewhere.contains(&id.as_str()) {
                assert_eq!(read_in("UTC", &written, PATTERN), utc, "{written} of {id}");
            }
            names += 1;
        }
    }
    assert!(names > 800, "{names}");
}

#[test]
fn zones_of_mappings_are_read_as_in_java() {
    for (text, mapping, utc) in [
        (
            "Wed Oct 10 13:55:36 PDT 2000",
            "EEE MMM dd HH:mm:ss z yyyy",
            "2000-10-10 20:55",
        ),
        (
            "2000-06-01 12:00 PST",
            "yyyy-MM-dd HH:mm z",
            "2000-06-01 20:00",
        ),
        (
            "2000-06-01 12:00 pdt",
            "yyyy-MM-dd HH:mm z",
            "2000-06-01 19:00",
        ),
        (
            "2000-06-01 12:00 Coordinated Universal Time",
            "yyyy-MM-dd HH:mm zzzz",
            "2000-06-01 12:00",
        ),
        (
            "2000-06-01 12:00 Greenwich Mean Time!",
            "yyyy-MM-dd HH:mm zzzz!",
            "2000-06-01 12:00",
        ),
        (
            "2000-06-01 12:00 Pacific Daylight Time",
            "yyyy-MM-dd HH:mm zzzz",
            "2000-06-01 19:00",
        ),
        (
            "2000-06-01 12:00 Asia/Kolkata",
            "yyyy-MM-dd HH:mm z",
            "2000-06-01 06:30",
        ),
        (
            "GMT+05:30/2000-06-01 12:00",
            "z/yyyy-MM-dd HH:mm",
            "2000-06-01 06:30",
        ),
        ("0024:Friday:Z:apr", "yyyy:EEE:X:MMM", "0024-04-01 00:00"),
        (
            "03/MAY/02/2019/+05:30/59",
            "dd/MMM/HH/y/XXX/mm",
            "2019-05-02 21:29",
        ),
        ("Dec/+0530/06", "MMMM/Z/MM", "1970-05-31 18:30"),
        ("+0530:0024:3:03", "Z:yyyy:K:HH", "0023-12-31 21:30"),
        ("09-106-Z-2045", "hh-D-XXX-y", "2045-04-16 09:00"),
        ("Feb:05:+05:09", "MMMM:MM:X:dd", "1970-05-08 19:00"),
        ("+05-2000", "X-yyyy", "1999-12-31 19:00"),
        ("-0530-2000", "XX-yyyy", "2000-01-01 05:30"),
        // More than Java reads, as it is told apart.
        ("+05:30 2000", "X yyyy", "1999-12-31 18:30"),
        ("2000 +0530", "yyyy XXX", "1999-12-31 18:30"),
    ] {
        assert_eq!(read_in("UTC", text, mapping), utc, "{text} {mapping}");
    }
    // The configured zone's own names come first.
    assert_eq!(
        read_in(
            "Asia/Shanghai",
            "2000-06-01 12:00 CST",
            "yyyy-MM-dd HH:mm z"
        ),
        "2000-06-01 04:00"
    );
    assert_eq!(
        read_in("UTC", "2000-06-01 12:00 CST", "yyyy-MM-dd HH:mm z"),
        "2000-06-01 18:00"
    );
    let told = read_in("UTC", "12:00 Mars/Base", "HH:mm z");
    assert!(
        told.contains("expected a time zone such as +05:30 or Asia/Kolkata, found `Mars/Base`"),
        "{told}"
    );
}
