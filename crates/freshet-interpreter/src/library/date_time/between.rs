//! How far two dates lie apart, and from the epoch.

use super::{DATE, civil};
use crate::error::{self, Fallible};
use crate::library::builtin::{Builtin, Call, Kind, Param, example, optional, param};
use crate::value::calendar::{self, Civil, DAY, HOUR, SECOND, Zone};
use crate::value::{Decimal, Value};

const END: &[Param] = &[param("end", Kind::DateTime)];

/// The functions.
pub(in crate::library) const BETWEEN: &[Builtin] = &[
    Builtin {
        name: "daysBetween",
        aliases: &["days360"],
        receiver: DATE,
        params: END,
        returns: "NUMBER",
        summary: "The calendar days up to `end`.",
        details: "The time of day does not count. Negative when `end` is earlier.",
        examples: &[
            example(
                r#"info '01-Jan-2024'.daysBetween('31-Dec-2024');
info '01-Mar-2026 23:00:00'.daysBetween('02-Mar-2026 01:00:00');"#,
                "365\n1",
            ),
            example(r##"info '02-Jan-2024'.daysBetween('01-Jan-2024');"##, "-1"),
        ],
        words: &["difference", "difference in days", "date arithmetic", "age"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/daysbetween.html",
        run: |call| Ok(days(call)?.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "hoursBetween",
        receiver: DATE,
        params: END,
        returns: "NUMBER",
        summary: "The whole elapsed hours up to `end`.",
        details: "What is left is cut. Negative when `end` is earlier.",
        examples: &[
            example(
                r#"info '01-May-2023 07:00:00'.hoursBetween('01-May-2023 09:59:59');"#,
                "2",
            ),
            example(
                r##"info '01-May-2023 09:59:59'.hoursBetween('01-May-2023 07:00:00');"##,
                "-2",
            ),
        ],
        words: &["difference", "duration", "elapsed"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/hoursbetween.html",
        run: |call| Ok((elapsed(call)? / HOUR).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "monthsBetween",
        receiver: DATE,
        params: END,
        returns: "NUMBER",
        summary: "The months of 30 days up to `end`.",
        details: "What is left is cut. Negative when `end` is earlier. For calendar months see `monthsDiff`.",
        examples: &[
            example(
                r#"info '01-Feb-2023'.monthsBetween('01-Mar-2023');
info '01-Mar-2023'.monthsBetween('31-Mar-2023');"#,
                "0\n1",
            ),
            example(r#"info '01-Mar-2023'.monthsBetween('01-Jan-2023');"#, "-1"),
        ],
        words: &["difference", "duration"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/monthsbetween.html",
        run: |call| Ok((days(call)? / 30).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "yearsBetween",
        receiver: DATE,
        params: END,
        returns: "NUMBER",
        summary: "The years of 365 days up to `end`.",
        details: "What is left is cut. Negative when `end` is earlier. For calendar years see `yearsDiff`.",
        examples: &[
            example(r#"info '02-Jan-2020'.yearsBetween('01-Jan-2021');"#, "1"),
            example(r##"info '02-Jan-2021'.yearsBetween('01-Jan-2022');"##, "0"),
        ],
        words: &["difference", "duration", "age"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/yearsbetween.html",
        run: |call| Ok((days(call)? / 365).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "monthsDiff",
        aliases: &["totalMonths", "totalMonth"],
        receiver: DATE,
        params: END,
        returns: "NUMBER",
        summary: "The complete calendar months up to `end`.",
        details: "The clock counts: from 15 January 10:00 to 15 February 09:00 no month is complete. Negative when `end` is \
                  earlier.",
        examples: &[
            example(
                r#"info '01-Feb-2023'.monthsDiff('01-Mar-2023');
info '15-Jan-2023'.monthsDiff('14-Mar-2023');"#,
                "1\n1",
            ),
            example(
                r##"info '31-Jan-2024'.monthsDiff('29-Feb-2024');
info '15-Jan-2024 10:00:00'.monthsDiff('15-Feb-2024 09:00:00');"##,
                "0\n0",
            ),
        ],
        words: &["difference", "duration", "calendar months"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/monthsdiff.html",
        run: |call| calendar_difference(call, calendar::months_between),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "yearsDiff",
        aliases: &["totalYears", "totalYear"],
        receiver: DATE,
        params: END,
        returns: "NUMBER",
        summary: "The complete calendar years up to `end`.",
        details: "The clock counts. Negative when `end` is earlier.",
        examples: &[
            example(
                r#"info '02-Jan-2024'.yearsDiff('01-Jan-2025');
info '02-Jan-2024'.yearsDiff('02-Jan-2025');"#,
                "0\n1",
            ),
            example(r##"info '29-Feb-2020'.yearsDiff('28-Feb-2024');"##, "3"),
        ],
        words: &["difference", "duration", "age", "calendar years"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/yearsdiff.html",
        run: |call| calendar_difference(call, calendar::years_between),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "yearFraction",
        receiver: DATE,
        params: END,
        returns: "DECIMAL",
        summary: "The elapsed time up to `end` in years of 365 days, with its fraction.",
        details: "Negative when `end` is earlier.",
        examples: &[
            example(
                r#"info '01-Jan-2023'.yearFraction('15-Mar-2023');
info '01-Jan-2023'.yearFraction('13-Jan-2023');"#,
                "0.2\n0.03287671232876712",
            ),
            example(r#"info '15-Mar-2023'.yearFraction('01-Jan-2023');"#, "-0.2"),
        ],
        words: &["difference", "duration", "interest", "yearfrac"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/yearfraction.html",
        run: |call| {
            // Both are below 2^53, so that the division is the only thing that rounds.
            let years = elapsed(call)? as f64 / (365 * DAY) as f64;
            match Decimal::from_f64(years) {
                Some(years) => Ok(years.into()),
                None => Err(error::decimal_overflow("`yearFraction`")),
            }
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "timeBetween",
        receiver: DATE,
        params: END,
        returns: "TEXT",
        summary: "The elapsed time up to `end` as `HH:mm:ss`.",
        details: "The hours run past 24, milliseconds are cut. An `end` that is earlier is an error.",
        examples: &[
            example(
                r#"info '01-Mar-2021 08:00:00'.timeBetween('02-Mar-2021 20:15:45');"#,
                "36:15:45",
            ),
            example(
                r##"info '01-Mar-2021 08:00:00'.timeBetween('01-Mar-2021 08:00:05');"##,
                "00:00:05",
            ),
            example(
                r##"try
{
    info '02-Mar-2021'.timeBetween('01-Mar-2021');
}
catch (e)
{
    info e.message;
}"##,
                "`timeBetween`: `end` lies before the start",
            ),
        ],
        words: &["difference", "duration", "elapsed", "stopwatch"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/time-between.html",
        run: |call| {
            let elapsed = elapsed(call)?;
            if elapsed < 0 {
                return Err(error::argument_value(
                    call.name(),
                    "`end` lies before the start",
                ));
            }
            let seconds = elapsed / SECOND;
            Ok(format!(
                "{:02}:{:02}:{:02}",
                seconds / 3600,
                seconds / 60 % 60,
                seconds % 60
            )
            .into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "unixEpoch",
        receiver: DATE,
        params: &[optional("zone", Kind::Text)],
        returns: "NUMBER",
        summary: "The milliseconds since 1 January 1970, 00:00:00 UTC.",
        details: "With `zone`, what calendar and clock show is taken as standing there; an unknown zone is GMT.",
        examples: &[
            example(
                r#"info '09-Jul-2024 15:04:07'.unixEpoch();
info '09-Jul-2024 15:04:07'.unixEpoch("Asia/Kolkata");"#,
                "1720537447000\n1720517647000",
            ),
            example(
                r##"info '09-Jul-2024'.unixEpoch("nowhere") == '09-Jul-2024'.unixEpoch("GMT");"##,
                "true",
            ),
        ],
        words: &["timestamp", "milliseconds", "posix", "time zone"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/unix-epoch.html",
        run: |call| {
            Ok(match call.arg(0) {
                Value::Text(id) => Zone::find_or_gmt(id).instant(civil(call)?),
                _ => call.date()?.0,
            }
            .into())
        },
        ..Builtin::DEFAULT
    },
];

/// Milliseconds from the receiver to the argument.
fn elapsed(call: &Call<'_, '_>) -> Fallible<i64> {
    Ok(call.arg_date(0)?.0 - call.date()?.0)
}

/// Calendar days from the receiver to the argument.
fn days(call: &Call<'_, '_>) -> Fallible<i64> {
    Ok(call
        .zone()
        .days_between(call.date()?.0, call.arg_date(0)?.0))
}

fn calendar_difference(
    call: &Call<'_, '_>,
    difference: impl Fn(Civil, Civil) -> i64,
) -> Fallible<Value> {
    let (millis, pure) = call.arg_date(0)?;
    let end = call.zone().shown(millis, pure);
    Ok(difference(civil(call)?, end).into())
}
