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
