//! Earlier and later dates.

use super::{DATE, civil, named_weekday, pure_date};
use crate::error::{self, Fallible};
use crate::library::builtin::{Builtin, Call, Kind, Param, example, param};
use crate::value::Value;
use crate::value::calendar::{HOUR, MINUTE, SECOND, Zone};

/// How far: the fraction of a DECIMAL is cut, a negative number goes the other way.
const N: &[Param] = &[param("n", Kind::WholeCut)];

/// The functions.
pub(in crate::library) const SHIFT: &[Builtin] = &[
    Builtin {
        name: "addYear",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` years later.",
        details: CALENDAR,
        examples: &[
            example(r#"info '29-Feb-2024'.addYear(1);"#, "28-Feb-2025 00:00:00"),
            example(
                r##"info '01-Mar-2024'.addYear(-4);"##,
                "01-Mar-2020 00:00:00",
            ),
            example(
                r##"try
{
    info '01-Jan-2024'.addYear(8000);
}
catch (e)
{
    info e.message;
}"##,
                "`addYear`: the result is outside the years 1 to 9999",
            ),
        ],
        words: &["plus", "later", "date arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/addyear.html",
        run: |call| shift(call, Unit::Months(12), 1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "addMonth",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` months later.",
        details: CALENDAR,
        examples: &[
            example(r#"info '31-Jan-2024'.addMonth(1);"#, "29-Feb-2024 00:00:00"),
            example(
                r##"info '31-Jan-2024'.addMonth(1).addMonth(1);"##,
                "29-Mar-2024 00:00:00",
            ),
        ],
        words: &["plus", "later", "date arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/addmonth.html",
        run: |call| shift(call, Unit::Months(1), 1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "addWeek",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` weeks later.",
        details: CALENDAR,
        examples: &[
            example(
                r#"info '15-Jan-2023 08:00:00'.addWeek(2);"#,
                "29-Jan-2023 08:00:00",
            ),
            example(
                r##"info '15-Jan-2023'.addWeek(1.9);"##,
                "22-Jan-2023 00:00:00",
            ),
        ],
        words: &["plus", "later", "date arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/addweek.html",
        run: |call| shift(call, Unit::Days(7), 1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "addDay",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` days later.",
        details: CALENDAR,
        examples: &[
            example(
                r#"info '01-Mar-2023'.addDay(31);
info '01-Mar-2024'.addDay(-1);"#,
                "01-Apr-2023 00:00:00\n29-Feb-2024 00:00:00",
            ),
            example(r#"info '28-Feb-2024'.addDay(1.9);"#, "29-Feb-2024 00:00:00"),
        ],
        words: &["plus", "later", "tomorrow", "date arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/addday.html",
        run: |call| shift(call, Unit::Days(1), 1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "addHour",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` hours later.",
        details: ELAPSED,
        examples: &[
            example(
                r#"info '31-Dec-2023 23:58:50'.addHour(1);"#,
                "01-Jan-2024 00:58:50",
            ),
            example(
                r##"info '09-Jul-2024'.addHour(-1);"##,
                "08-Jul-2024 23:00:00",
            ),
        ],
        words: &["plus", "later", "time arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/addhour.html",
        run: |call| shift(call, Unit::Elapsed(HOUR), 1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "addMinutes",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` minutes later.",
        details: ELAPSED,
        examples: &[
            example(
                r#"info '31-Dec-2023 23:58:50'.addMinutes(1);"#,
                "31-Dec-2023 23:59:50",
            ),
            example(
                r#"info '31-Dec-2023 23:59:30'.addMinutes(1);
info '01-Jan-2024'.addMinutes(-1);"#,
                "01-Jan-2024 00:00:30\n31-Dec-2023 23:59:00",
            ),
        ],
        words: &["plus", "later", "time arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/addminutes.html",
        run: |call| shift(call, Unit::Elapsed(MINUTE), 1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "addSeconds",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` seconds later.",
        details: ELAPSED,
        examples: &[
            example(
                r#"info '31-Dec-2023 23:58:50'.addSeconds(70);"#,
                "01-Jan-2024 00:00:00",
            ),
            example(
                r#"info '01-Mar-2024'.addSeconds(-1);"#,
                "29-Feb-2024 23:59:59",
            ),
        ],
        words: &["plus", "later", "time arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/addseconds.html",
        run: |call| shift(call, Unit::Elapsed(SECOND), 1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subYear",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` years earlier.",
        details: CALENDAR,
        examples: &[
            example(
                r#"info '01-Mar-2024 00:00:30'.subYear(4);"#,
                "01-Mar-2020 00:00:30",
            ),
            example(
                r##"info '29-Feb-2024'.subYear(1);"##,
                "28-Feb-2023 00:00:00",
            ),
        ],
        words: &["minus", "subtract", "ago", "date arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/subyear.html",
        run: |call| shift(call, Unit::Months(12), -1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subMonth",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` months earlier.",
        details: CALENDAR,
        examples: &[
            example(r#"info '31-Mar-2024'.subMonth(1);"#, "29-Feb-2024 00:00:00"),
            example(
                r#"info '31-Dec-2023'.subMonth(-2);"#,
                "29-Feb-2024 00:00:00",
            ),
        ],
        words: &["minus", "subtract", "ago", "date arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/submonth.html",
        run: |call| shift(call, Unit::Months(1), -1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subWeek",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` weeks earlier.",
        details: CALENDAR,
        examples: &[
            example(r#"info '01-Mar-2024'.subWeek(1);"#, "23-Feb-2024 00:00:00"),
            example(r#"info '22-Feb-2024'.subWeek(-1);"#, "29-Feb-2024 00:00:00"),
        ],
        words: &["minus", "subtract", "ago", "date arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/subday.html",
        run: |call| shift(call, Unit::Days(7), -1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subDay",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` days earlier.",
        details: CALENDAR,
        examples: &[
            example(r#"info '01-Jan-2019'.subDay(1);"#, "31-Dec-2018 00:00:00"),
            example(
                r#"info '01-Mar-2024'.subDay(1);
info '28-Feb-2023'.subDay(-1);"#,
                "29-Feb-2024 00:00:00\n01-Mar-2023 00:00:00",
            ),
        ],
        words: &["minus", "subtract", "ago", "yesterday", "date arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/subday.html",
        run: |call| shift(call, Unit::Days(1), -1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subHour",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` hours earlier.",
        details: ELAPSED,
        examples: &[
            example(
                r#"info '01-Mar-2024 00:00:30'.subHour(1);"#,
                "29-Feb-2024 23:00:30",
            ),
            example(
                r#"info '31-Dec-2023 23:30:00'.subHour(-1);"#,
                "01-Jan-2024 00:30:00",
            ),
        ],
        words: &["minus", "subtract", "ago", "time arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/subminutes.html",
        run: |call| shift(call, Unit::Elapsed(HOUR), -1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subMinutes",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` minutes earlier.",
        details: ELAPSED,
        examples: &[
            example(
                r#"info '01-Mar-2024 00:00:30'.subMinutes(1);"#,
                "29-Feb-2024 23:59:30",
            ),
            example(
                r#"info '29-Feb-2024 23:59:00'.subMinutes(-1);"#,
                "01-Mar-2024 00:00:00",
            ),
        ],
        words: &["minus", "subtract", "ago", "time arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/subminutes.html",
        run: |call| shift(call, Unit::Elapsed(MINUTE), -1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subSeconds",
        receiver: DATE,
        params: N,
        returns: "DATE-TIME",
        summary: "The date `n` seconds earlier.",
        details: ELAPSED,
        examples: &[
            example(
                r#"info '01-Mar-2024 00:00:30'.subSeconds(31);"#,
                "29-Feb-2024 23:59:59",
            ),
            example(
                r#"info '29-Feb-2024 23:59:59'.subSeconds(-1);"#,
                "01-Mar-2024 00:00:00",
            ),
        ],
        words: &["minus", "subtract", "ago", "time arithmetic"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/subminutes.html",
        run: |call| shift(call, Unit::Elapsed(SECOND), -1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toStartOfWeek",
        receiver: DATE,
        returns: "DATE-TIME",
        summary: "The Sunday of the week, at 00:00:00.",
        examples: &[
            example(
                r#"info '10-Jul-2024 18:30:00'.toStartOfWeek();"#,
                "07-Jul-2024 00:00:00",
            ),
            example(
                r##"info '07-Jul-2024'.toStartOfWeek();"##,
                "07-Jul-2024 00:00:00",
            ),
        ],
        words: &["first day", "week", "Sunday"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/tostartofweek.html",
        run: |call| {
            let date = civil(call)?.midnight();
            match date.add_days(1 - i64::from(date.weekday())) {
                Some(sunday) => Ok(Value::Date {
                    pure: false,
                    millis: call.zone().instant(sunday),
                }),
                None => Err(error::date_range(call.name())),
            }
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toStartOfMonth",
        receiver: DATE,
        returns: "DATE-TIME",
        summary: "The first day of the month, at 00:00:00.",
        examples: &[
            example(
                r#"info '10-Jul-2024 18:30:00'.toStartOfMonth();"#,
                "01-Jul-2024 00:00:00",
            ),
            example(
                r#"info '29-Feb-2024'.toStartOfMonth();"#,
                "01-Feb-2024 00:00:00",
            ),
        ],
        words: &["first day", "month"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/tostartofmonth.html",
        run: |call| {
            let first = civil(call)?.first_of_month().midnight();
            Ok(Value::Date {
                pure: false,
                millis: call.zone().instant(first),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "eomonth",
        receiver: DATE,
        params: &[param("n", Kind::Whole)],
        returns: "DATE-TIME, a pure date",
        summary: "The last day of the month `n` months away.",
        details: "0 is the month of the date itself, a negative `n` goes back.",
        examples: &[
            example(
                r#"info '15-Jan-2024'.eomonth(1);
info '15-Jan-2024'.eomonth(0);"#,
                "29-Feb-2024\n31-Jan-2024",
            ),
            example(r#"info '31-Mar-2023'.eomonth(-1);"#, "28-Feb-2023"),
        ],
        words: &["end of month", "last day", "month end"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/eomonth.html",
        run: |call| {
            let month = civil(call)?.add_months(call.arg_whole(0)?);
            pure_date(call, month.map(|date| date.last_of_month()))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "edate",
        receiver: DATE,
        params: &[param("n", Kind::Whole)],
        returns: "DATE-TIME, a pure date",
        summary: "The same day of the month `n` months away.",
        details: "A day that the month lacks becomes its last; a negative `n` goes back.",
        examples: &[
            example(
                r#"info '20-May-2023'.edate(3);
info '31-Jul-2023'.edate(-1);"#,
                "20-Aug-2023\n30-Jun-2023",
            ),
            example(r#"info '29-Feb-2024 10:30:00'.edate(12);"#, "28-Feb-2025"),
        ],
        words: &["months later", "maturity", "due date"],
        source: "https://www.zoho.com/creator/newhelp/script/built-in-functions/built-in-function-date-monthsbetween.html",
        run: |call| {
            let date = civil(call)?.add_months(call.arg_whole(0)?);
            pure_date(call, date)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "nextWeekDay",
        receiver: DATE,
        params: &[param("name", Kind::Text)],
        returns: "DATE-TIME, a pure date",
        summary: "The next date after this one that is such a weekday.",
        details: "On the weekday itself it is the one a week later. `name` is the English name in full, in any letter case.",
        examples: &[
            example(
                r#"info '09-Jul-2024'.nextWeekDay("Friday");
info '09-Jul-2024'.nextWeekDay("Tuesday");"#,
                "12-Jul-2024\n16-Jul-2024",
            ),
            example(
                r##"try
{
    info '09-Jul-2024'.nextWeekDay("Fri");
}
catch (e)
{
    info e.message;
}"##,
                "`nextWeekDay`: `Fri` is no weekday; write its English name in full, for example `Monday`",
            ),
        ],
        words: &["following", "Monday", "coming"],
        source: "https://www.zoho.com/deluge/help/functions/number/nextWeekDay.html",
        run: |call| {
            let date = civil(call)?;
            let wanted = named_weekday(call, call.arg_text(0)?)?;
            let days = (i64::from(wanted) - i64::from(date.weekday()) - 1).rem_euclid(7) + 1;
            pure_date(call, date.add_days(days))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "previousWeekDay",
        receiver: DATE,
        params: &[param("name", Kind::Text)],
        returns: "DATE-TIME, a pure date",
        summary: "The last date before this one that is such a weekday.",
        details: "On the weekday itself it is the one a week earlier. `name` is the English name in full, in any letter case.",
        examples: &[
            example(
                r#"info '09-Jul-2024'.previousWeekDay("Monday");
info '09-Jul-2024'.previousWeekDay("Tuesday");"#,
                "08-Jul-2024\n02-Jul-2024",
            ),
            example(
                r#"try
{
    info '09-Jul-2024'.previousWeekDay("Mon");
}
catch (e)
{
    info e.message;
}"#,
                "`previousWeekDay`: `Mon` is no weekday; write its English name in full, for example `Monday`",
            ),
        ],
        words: &["preceding", "last", "Monday"],
        source: "https://www.zoho.com/deluge/help/functions/number/previousWeekDay.html",
        run: |call| {
            let date = civil(call)?;
            let wanted = named_weekday(call, call.arg_text(0)?)?;
            let days = (i64::from(date.weekday()) - i64::from(wanted) - 1).rem_euclid(7) + 1;
            pure_date(call, date.add_days(-days))
        },
        ..Builtin::DEFAULT
    },
];

const CALENDAR: &str = "The clock stays; a day that the month lacks becomes its last. A negative `n` goes the other way, the \
    fraction of a DECIMAL is cut. The result prints with its time, also from a pure date. A result outside \
    the years 1 to 9999 is an error.";

const ELAPSED: &str = "Counts elapsed time. A negative `n` goes the other way, the fraction of a DECIMAL is cut. A \
    result outside the years 1 to 9999 is an error.";

/// What `n` counts.
enum Unit {
    /// So many calendar months each.
    Months(i64),
    /// So many calendar days each.
    Days(i64),
    /// So many elapsed milliseconds each.
    Elapsed(i64),
}

fn shift(call: &mut Call<'_, '_>, unit: Unit, sign: i64) -> Fallible<Value> {
    let n = call.arg_whole(0)?;
    match shifted(call.zone(), call.date()?, n, sign, unit) {
        Some(millis) => Ok(Value::Date {
            pure: false,
            millis,
        }),
        None => Err(error::date_range(call.name())),
    }
}

/// `None` outside the years that dates may have.
fn shifted(zone: &Zone, (millis, pure): (i64, bool), n: i64, sign: i64, unit: Unit) -> Option<i64> {
    let n = n.checked_mul(sign)?;
    match unit {
        Unit::Months(months) => zone.add_months(millis, pure, n.checked_mul(months)?),
        Unit::Days(days) => zone.add_days(millis, pure, n.checked_mul(days)?),
        Unit::Elapsed(elapsed) => zone.add_millis(millis, n.checked_mul(elapsed)?),
    }
}
