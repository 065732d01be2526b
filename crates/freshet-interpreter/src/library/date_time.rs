//! Functions of DATE-TIME (Built-ins I, 6.5): the clock and the parts of a date here, everything else in files by what
//! it does.

mod between;
mod business;
mod shift;

use super::builtin::{Builtin, Call, Kind, Receiver, example, optional};
use crate::error::{self, Fallible, RuntimeError};
use crate::value::calendar::{Civil, weekday_number};
use crate::value::{Type, Value};

pub(super) use between::BETWEEN;
pub(super) use business::BUSINESS;
pub(super) use shift::SHIFT;

/// Index of all date functions, for names whose own page could not be read.
const INDEX: &str = "https://www.zoho.com/deluge/help/functions/date-time.html";

const DATE: Receiver = Receiver::Of(Type::DateTime);

/// The functions.
pub(super) const DATE_TIME: &[Builtin] = &[
    Builtin {
        name: "now",
        calls: &["now"],
        returns: "DATE-TIME",
        summary: "The current date and time.",
        details: "Written without parentheses; `now()` is accepted too.",
        examples: &[example(
            r#"info now >= today && now < today.addDay(1);"#,
            "true",
        )],
        words: &["current", "clock", "time", "timestamp"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/now.html",
        run: |call| {
            let millis = call.world.host.now();
            Ok(Value::Date {
                pure: false,
                millis,
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "today",
        calls: &["today"],
        returns: "DATE-TIME, a pure date",
        summary: "The current date, at 00:00:00.",
        details: "Written without parentheses; `today()` is accepted too.",
        examples: &[example(
            r#"info today.getHour();
info today == now.getDate();"#,
            "0\ntrue",
        )],
        words: &["current", "date", "calendar"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/today.html",
        run: |call| {
            let now = call.world.host.now();
            Ok(Value::Date {
                pure: true,
                millis: call.zone().start_of_day(now),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getDay",
        aliases: &["day"],
        receiver: DATE,
        returns: "NUMBER",
        summary: "The day of the month, 1 to 31.",
        examples: &[
            example(r#"info '09-Jul-2024'.getDay();"#, "9"),
            example(r##"info "2024-07-09".getDay();"##, "9"),
        ],
        words: &["date part", "day of month"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/getday.html",
        run: |call| part(call, |date| date.day.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getMonth",
        aliases: &["month"],
        receiver: DATE,
        returns: "NUMBER",
        summary: "The month, 1 for January to 12.",
        examples: &[
            example(r#"info '08-Jan-2019'.getMonth();"#, "1"),
            example(r#"info "2024-02-29".getMonth();"#, "2"),
        ],
        words: &["date part"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/getmonth.html",
        run: |call| part(call, |date| date.month.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getYear",
        aliases: &["year"],
        receiver: DATE,
        returns: "NUMBER",
        summary: "The year.",
        examples: &[
            example(r#"info '09-Jul-2024'.getYear();"#, "2024"),
            example(
                r#"info '31-Dec-2023 23:59:59'.addSeconds(1).getYear();"#,
                "2024",
            ),
        ],
        words: &["date part"],
        source: INDEX,
        run: |call| part(call, |date| date.year),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getHour",
        aliases: &["hour"],
        receiver: DATE,
        returns: "NUMBER",
        summary: "The hour, 0 to 23.",
        examples: &[
            example(r#"info '09-Jul-2024 15:04:07'.getHour();"#, "15"),
            example(r##"info '09-Jul-2024'.getHour();"##, "0"),
        ],
        words: &["time part", "clock"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/gethour.html",
        run: |call| part(call, |date| date.hour.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getMinutes",
        aliases: &["minute"],
        receiver: DATE,
        returns: "NUMBER",
        summary: "The minute, 0 to 59.",
        examples: &[
            example(r#"info '09-Jul-2024 15:04:07'.getMinutes();"#, "4"),
            example(r#"info '09-Jul-2024'.getMinutes();"#, "0"),
        ],
        words: &["time part", "clock"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/getminutes.html",
        run: |call| part(call, |date| date.minute.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getSeconds",
        aliases: &["second"],
        receiver: DATE,
        returns: "NUMBER",
        summary: "The second, 0 to 59.",
        examples: &[
            example(r#"info '09-Jul-2024 15:04:07'.getSeconds();"#, "7"),
            example(r#"info "2024-07-09T15:04:07.999Z".getSeconds();"#, "7"),
        ],
        words: &["time part", "clock"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/getseconds.html",
        run: |call| part(call, |date| date.second.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getDayOfYear",
        receiver: DATE,
        returns: "NUMBER",
        summary: "The day of the year, 1 to 366.",
        examples: &[
            example(r#"info '09-Jul-2024'.getDayOfYear();"#, "191"),
            example(r##"info '31-Dec-2024'.getDayOfYear();"##, "366"),
        ],
        words: &["date part", "ordinal", "julian"],
        source: INDEX,
        run: |call| part(call, Civil::day_of_year),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getDayOfWeek",
        aliases: &["weekday"],
        receiver: DATE,
        returns: "NUMBER",
        summary: "The day of the week, 1 for Sunday to 7 for Saturday.",
        examples: &[
            example(
                r#"info '15-Mar-2019'.getDayOfWeek();
info '09-Jul-2024'.weekday();"#,
                "6\n3",
            ),
            example(r#"info '29-Feb-2024'.getDayOfWeek();"#, "5"),
        ],
        words: &["date part", "Monday", "Sunday"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/weekday.html",
        run: |call| part(call, |date| date.weekday().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getWeekOfYear",
        receiver: DATE,
        params: &[optional("startDay", Kind::Text)],
        returns: "NUMBER",
        summary: "The week of the year, 1 to 53.",
        details: "Week 1 is the one with 1 January, so the last days of December may belong to it. Weeks begin on Sunday, or on \
                  the day named. These are not ISO weeks.",
        examples: &[
            example(
                r#"info '07-Feb-2021'.getWeekOfYear();
info '07-Feb-2021'.getWeekOfYear("Monday");"#,
                "7\n6",
            ),
            example(r##"info '29-Dec-2019'.getWeekOfYear();"##, "1"),
        ],
        words: &["date part", "calendar week"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/getweekofyear.html",
        run: |call| {
            let first = match call.arg(0) {
                Value::Text(name) => named_weekday(call, name)?,
                _ => 1,
            };
            part(call, |date| date.week_of_year(first).0)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getDate",
        receiver: DATE,
        returns: "DATE-TIME, a pure date",
        summary: "The date without its time.",
        examples: &[
            example(r#"info '09-Jul-2024 15:04:07'.getDate();"#, "09-Jul-2024"),
            example(
                r##"info "2024-07-09T23:30:00-05:00".getDate();"##,
                "10-Jul-2024",
            ),
        ],
        words: &["strip time", "midnight"],
        source: "https://www.zoho.com/deluge/help/release-notes.html",
        run: |call| {
            let (millis, _) = call.date()?;
            Ok(Value::Date {
                pure: true,
                millis: call.zone().start_of_day(millis),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getDateTime",
        receiver: DATE,
        returns: "DATE-TIME",
        summary: "The date with its time; a pure date at 00:00:00.",
        examples: &[
            example(
                r#"info '09-Jul-2024'.getDateTime();"#,
                "09-Jul-2024 00:00:00",
            ),
            example(
                r#"info '09-Jul-2024 15:04:07'.getDateTime();"#,
                "09-Jul-2024 15:04:07",
            ),
        ],
        words: &["timestamp", "clock"],
        source: "https://www.zoho.com/deluge/help/release-notes.html",
        run: |call| {
            let (millis, _) = call.date()?;
            Ok(Value::Date {
                pure: false,
                millis,
            })
        },
        ..Builtin::DEFAULT
    },
];

/// What calendar and clock of the configured zone show for the receiver.
fn civil(call: &Call<'_, '_>) -> Fallible<Civil> {
    let (millis, pure) = call.date()?;
    Ok(call.zone().shown(millis, pure))
}

fn part(call: &Call<'_, '_>, part: impl Fn(Civil) -> i64) -> Fallible<Value> {
    Ok(part(civil(call)?).into())
}

/// A result that is a date at midnight, without a time.
fn pure_date(call: &Call<'_, '_>, date: Option<Civil>) -> Fallible<Value> {
    let date = date.ok_or_else(|| error::date_range(call.name()))?;
    Ok(Value::Date {
        pure: true,
        millis: call.zone().instant(date.midnight()),
    })
}

/// 1 for Sunday to 7 for Saturday.
fn named_weekday(call: &Call<'_, '_>, name: &str) -> Fallible<u8> {
    weekday_number(name).ok_or_else(|| no_weekday(call.name(), name))
}

fn no_weekday(function: &str, name: &str) -> Box<RuntimeError> {
    error::argument_value(
        function,
        format_args!(
            "{} is no weekday; write its English name in full, for example `Monday`",
            error::shorten(name)
        ),
    )
}
