//! Conversion and formatting (Built-ins I, 2.5 and 5).

use super::builtin::{Builtin, Call, Kind, Receiver, example, optional, param};
use super::date_pattern::{self, LeftoverTime};
use super::number_pattern::{self, is_number_pattern};
use crate::error::{self, Fallible, RuntimeError};
use crate::value::calendar::Zone;
use crate::value::decimal::NumberText;
use crate::value::{Type, Value, date_text, heap};

/// What can be read as an instant: a date, a number of epoch milliseconds, a date-like text.
const DATED: Receiver = Receiver::AnyOf(&[Type::DateTime, Type::Number, Type::Decimal, Type::Text]);

/// The functions.
pub(super) const CONVERT: &[Builtin] = &[
    Builtin {
        name: "toString",
        aliases: &["toText"],
        receiver: Receiver::AnyOf(&[
            Type::Boolean,
            Type::Number,
            Type::Decimal,
            Type::DateTime,
            Type::Text,
            Type::List,
            Type::KeyValue,
            Type::Collection,
            Type::Undecided,
            Type::File,
            Type::Error,
        ]),
        params: &[optional("format", Kind::Text), optional("zone", Kind::Text)],
        returns: "TEXT or null",
        summary: "The value as text, as `info` prints it; dates and numbers in a format of their own.",
        details: "A date format such as `dd-MMM-yyyy HH:mm` formats a DATE-TIME, a NUMBER of epoch milliseconds or a date-like \
                  TEXT as the clock shows it in `zone` (without: the configured one; an unknown zone is GMT). On a number, a \
                  format with `#`, or with `0` and no letters, is a number format as for `text`. A date format with letters \
                  that mean nothing gives null.",
        examples: &[
            example(
                r#"info 42.toString() + "!";
info {1, 2}.toString();"#,
                "42!\n1,2",
            ),
            example(
                r##"info '09-Jul-2024 15:04:07'.toString("EEEE, d MMMM yyyy");
info 0.toString("yyyy-MM-dd HH:mm", "Asia/Tokyo");
info 1234.5.toString("#,##0.00");"##,
                "Tuesday, 9 July 2024\n1970-01-01 09:00\n1,234.50",
            ),
            example(r##"info 5.toString("q");"##, "null"),
        ],
        words: &[
            "convert",
            "cast",
            "format",
            "print",
            "string",
            "date format",
        ],
        source: "https://www.zoho.com/deluge/help/functions/common/tostring.html",
        run: to_string,
        extends: true,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toDateTimeString",
        receiver: DATED,
        params: &[param("format", Kind::Text), optional("zone", Kind::Text)],
        returns: "TEXT or null",
        summary: "A date in a format, as the clock shows it in `zone`.",
        details: "Takes a DATE-TIME, a NUMBER of epoch milliseconds or a date-like TEXT. Names are English, an unknown zone is \
                  GMT, and a format with letters that mean nothing gives null.",
        examples: &[
            example(
                r#"info 1720537447000.toDateTimeString("yyyy-MM-dd HH:mm:ss", "GMT");
info 1720537447000.toDateTimeString("dd MMM HH:mm", "Asia/Kolkata");"#,
                "2024-07-09 15:04:07\n09 Jul 20:34",
            ),
            example(
                r##"info '09-Jul-2024'.toDateTimeString("yyyy-MM-dd", "nowhere");
info '09-Jul-2024'.toDateTimeString("q");"##,
                "2024-07-09\nnull",
            ),
        ],
        words: &["convert", "date format", "time zone", "epoch"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/todatetimestring.html",
        run: |call| format_date(call),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "text",
        receiver: DATED,
        params: &[param("format", Kind::Text)],
        returns: "TEXT or null",
        summary: "A number or date in a format.",
        details: "A number format has `0` for a digit, `#` for a digit that may be missing, `,` for grouping, `.` for the \
                  point, `%` for percent, `;` before the form of negative numbers and quotes around other text; digits are \
                  rounded half to even. A TEXT is taken as the number or date that it holds.",
        examples: &[
            example(
                r##"info 57.text("00000");
info 1234.5.text("$#,##0.00");
info 0.256.text("0.0%");"##,
                "00057\n$1,234.50\n25.6%",
            ),
            example(
                r#"info '09-Jul-2024 15:04:07'.text("EEEE, MMMM d yyyy");"#,
                "Tuesday, July 9 2024",
            ),
            example(
                r##"info 2.5.text("0");
info 3.5.text("0");
info "02/04/2020".text("d MMMM");"##,
                "2\n4\n4 February",
            ),
        ],
        words: &[
            "format",
            "leading zeros",
            "currency",
            "percent",
            "thousands",
            "pattern",
        ],
        source: "https://www.zoho.com/deluge/help/functions/number/text.html",
        run: text,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toNumber",
        aliases: &["toLong"],
        receiver: DATED,
        returns: "NUMBER",
        summary: "The value as a whole number.",
        details: "A DECIMAL loses its fraction; a TEXT must be a whole number, blanks around allowed; a DATE-TIME gives its \
                  epoch milliseconds. A TEXT with a point or letters is an error, as is what does not fit 64 bits.",
        examples: &[
            example(
                r#"info "1234".toNumber() + 1;
info 99.9.toLong();
info '01-Jan-2020'.toLong();"#,
                "1235\n99\n1577836800000",
            ),
            example(
                r##"try
{
    info "1.5".toNumber();
}
catch (e)
{
    info e.message;
}"##,
                "`toNumber`: `1.5` does not read as a whole NUMBER",
            ),
        ],
        words: &[
            "convert", "cast", "int", "integer", "parse", "epoch", "truncate",
        ],
        source: "https://www.zoho.com/deluge/help/functions/common/to-number.html",
        run: to_number,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toDecimal",
        receiver: Receiver::AnyOf(&[Type::Number, Type::Decimal, Type::Text]),
        returns: "DECIMAL",
        summary: "The value as a DECIMAL.",
        details: "A TEXT must be a number, with or without a point, blanks around allowed; another one is an error.",
        examples: &[
            example(
                r#"info "12.75".toDecimal() + 0.25;
info "0.5".toDecimal();"#,
                "13\n0.5",
            ),
            example(r##"info 7.toDecimal() / 2;"##, "3.5"),
            example(
                r##"try
{
    info "1,000.5".toDecimal();
}
catch (e)
{
    info e.message;
}"##,
                "`toDecimal`: `1,000.5` does not read as a DECIMAL",
            ),
        ],
        words: &["convert", "cast", "float", "double", "parse", "money"],
        source: "https://www.zoho.com/deluge/help/functions/common/todecimal.html",
        run: to_decimal,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toDate",
        aliases: &["dateValue"],
        receiver: DATED,
        params: &[optional("mapping", Kind::Text)],
        returns: "DATE-TIME, a pure date",
        summary: "The date in a text, in epoch milliseconds or in a DATE-TIME, without its time.",
        details: "`mapping` says how a TEXT is written, with the letters of date formats: `\"01,11,2019\".toDate(\"MM,d,yyyy\")`. \
                  Without it the known forms are read: `05-Mar-2026`, `March 05,2026`, `2026-03-05`, with `/` the month first, \
                  ISO with or without an offset. A day or month that does not exist is an error.",
        examples: &[
            example(
                r#"info "01,11,2019".toDate("MM,d,yyyy");
info "2023-03-05 18:45".toDate();"#,
                "11-Jan-2019\n05-Mar-2023",
            ),
            example(
                r##"info "02/04/2020".toDate();
info "02-04-2020".toDate();"##,
                "04-Feb-2020\n02-Apr-2020",
            ),
            example(
                r##"try
{
    info "31-Apr-2024".toDate();
}
catch (e)
{
    info e.message;
}"##,
                "`toDate`: `31-Apr-2024` does not read as a date: there is no day 31 in April 2024",
            ),
        ],
        words: &["convert", "parse", "calendar", "day"],
        source: "https://www.zoho.com/deluge/help/functions/common/todate.html",
        run: |call| {
            let zone = call.zone();
            let millis = instant(call, zone, LeftoverTime::Ignored)?;
            Ok(Value::Date {
                pure: true,
                millis: zone.start_of_day(millis),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toTime",
        receiver: DATED,
        params: &[
            optional("mapping", Kind::Text),
            optional("zone", Kind::Text),
        ],
        returns: "DATE-TIME",
        summary: "The date and time in a text or in epoch milliseconds.",
        details: "`mapping` says how a TEXT is written, with the letters of date formats; `zone` says where its clock stands. \
                  A zone or offset in the text wins over `zone`. Without `mapping` the known forms are read.",
        examples: &[
            example(
                r#"info "07/09/2024 03:04:05 PM".toTime("MM/dd/yyyy hh:mm:ss a");
info "2023-03-05 18:45".toTime("yyyy-MM-dd HH:mm", "Asia/Kolkata").toString("HH:mm", "GMT");"#,
                "09-Jul-2024 15:04:05\n13:15",
            ),
            example(r##"info 0.toTime();"##, "01-Jan-1970 00:00:00"),
        ],
        words: &["convert", "parse", "clock", "time zone"],
        source: "https://www.zoho.com/deluge/help/functions/common/totime.html",
        run: |call| {
            let named = match call.arg(1) {
                Value::Text(id) => Some(Zone::find_or_gmt(id)),
                _ => None,
            };
            let zone = named.as_ref().unwrap_or(call.zone());
            let millis = instant(call, zone, LeftoverTime::Ignored)?;
            Ok(Value::Date {
                pure: false,
                millis,
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toDateTime",
        receiver: DATED,
        params: &[optional("mapping", Kind::Text)],
        returns: "DATE-TIME",
        summary: "The date and time in a text or in epoch milliseconds.",
        details: "As `toDate`, keeping the time. A time that follows after everything the mapping names is read too.",
        examples: &[
            example(
                r#"info "2026-03-05T14:30+05:30".toDateTime();
info "01-11-2019 13:30:00".toDateTime("MM-d-yyyy");"#,
                "05-Mar-2026 09:00:00\n11-Jan-2019 13:30:00",
            ),
            example(
                r#"try
{
    info "31-Apr-2024 10:00:00".toDateTime();
}
catch (e)
{
    info e.message;
}"#,
                "`toDateTime`: `31-Apr-2024 10:00:00` does not read as a date: there is no day 31 in April 2024",
            ),
        ],
        words: &["convert", "parse", "timestamp", "ISO 8601"],
        source: "https://www.zoho.com/deluge/help/functions/common/to-date-time.html",
        run: |call| {
            let zone = call.zone();
            let millis = instant(call, zone, LeftoverTime::Read)?;
            Ok(Value::Date {
                pure: false,
                millis,
            })
        },
        ..Builtin::DEFAULT
    },
];

/// R0017 for a text that is no date, with the reason.
pub(super) fn not_a_date(name: &str, text: &str, reason: &str) -> Box<RuntimeError> {
    error::unreadable(name, text, &format!("a date: {reason}")).help(if name == "isDate" {
        "a text that is no date is an error here; it can be caught: `try { … } catch (e) { … }`"
    } else {
        "say how it is written: `x.toDate(\"dd/MM/yyyy\")`"
    })
}

fn to_string(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let Value::Text(format) = call.arg(0) else {
        return match call.receiver() {
            Value::Text(text) => Ok(text.clone().into()),
            value => Ok(call.to_text(value)?.into()),
        };
    };
    match call.receiver() {
        Value::Number(_) | Value::Decimal { .. } if !call.has(1) && is_number_pattern(format) => {
            format_number(call)
        }
        Value::Number(_) | Value::Decimal { .. } | Value::Date { .. } | Value::Text(_) => {
            format_date(call)
        }
        other => Err(error::argument_value(
            call.name(),
            format_args!(
                "a format is for dates and numbers, not for {}",
                other.type_of()
            ),
        )),
    }
}

fn text(call: &mut Call<'_, '_>) -> Fallible<Value> {
    match call.receiver() {
        Value::Date { .. } => format_date(call),
        Value::Text(text) if NumberText::read(text).is_none() => format_date(call),
        _ => format_number(call),
    }
}

/// The receiver, a number or number text, by the number pattern that is the first argument.
fn format_number(call: &Call<'_, '_>) -> Fallible<Value> {
    let number = match call.receiver() {
        Value::Text(text) => NumberText::read(text)
            .and_then(|number| number.to_decimal())
            .ok_or_else(|| error::unreadable(call.name(), text, "a DECIMAL (28 digits)"))?,
        _ => call.number()?,
    };
    let pattern = call.arg_text(0)?;
    heap::check(pattern.len().saturating_mul(number_pattern::ROOM))?;
    match number_pattern::format(number, pattern) {
        Ok(text) => Ok(text.into()),
        Err(reason) => Err(error::argument_value(
            call.name(),
            format_args!(
                "the format {} cannot be read: {reason}",
                error::shorten(pattern)
            ),
        )),
    }
}

/// The receiver by the date pattern that is the first argument, in the zone that is the second.
fn format_date(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let millis = known_instant(call)?;
    let named = match call.arg(1) {
        Value::Text(id) => Some(Zone::find_or_gmt(id)),
        _ => None,
    };
    let zone = named.as_ref().unwrap_or(call.zone());
    let formatted = date_pattern::format(millis, call.arg_text(0)?, zone)?;
    Ok(formatted.map_or(Value::Null, Value::from))
}

/// The instant that the receiver is or, as a text in one of the known forms, names.
fn known_instant(call: &mut Call<'_, '_>) -> Fallible<i64> {
    let now = call.world.host.now();
    let zone = call.zone();
    let millis = match call.receiver() {
        Value::Date { millis, .. } => return Ok(*millis),
        Value::Text(text) => {
            return match date_text::read_or_reason(text, zone, now) {
                Ok(date) => Ok(date.millis),
                Err(reason) => Err(not_a_date(call.name(), text, &reason)),
            };
        }
        Value::Number(number) => Some(*number),
        number => number
            .as_decimal()
            .and_then(|number| number.to_i64_truncated()),
    };
    millis
        .filter(|millis| zone.admits(*millis))
        .ok_or_else(|| error::date_range(call.name()))
}

/// The instant that the receiver is or names; a text by the mapping that is the first argument, its clock standing in
/// `zone`.
fn instant(call: &mut Call<'_, '_>, zone: &Zone, leftover: LeftoverTime) -> Fallible<i64> {
    let now = call.world.host.now();
    let (Value::Text(text), Value::Text(mapping)) = (call.receiver(), call.arg(0)) else {
        return known_instant(call);
    };
    date_pattern::read(text, mapping, zone, leftover, now).map_err(|reason| {
        error::unreadable(
            call.name(),
            text,
            &format!("a date by {}: {reason}", error::shorten(mapping)),
        )
    })
}

fn to_number(call: &mut Call<'_, '_>) -> Fallible<Value> {
    match call.receiver() {
        Value::Number(number) => Ok((*number).into()),
        Value::Date { millis, .. } => Ok((*millis).into()),
        Value::Text(text) => {
            let number = NumberText::read(text);
            if let Some(number) = number.and_then(|number| number.to_i64()) {
                return Ok(number.into());
            }
            let error = error::unreadable(call.name(), text, "a whole NUMBER");
            Err(match number {
                Some(number) if number.has_point() => {
                    error.help("use `toDecimal()` for numbers with a point")
                }
                Some(_) => error.help("a NUMBER has 64 bits; use `toDecimal()` for larger ones"),
                None => error.help("test with `isNumber()` first"),
            })
        }
        _ => match call.number()?.to_i64_truncated() {
            Some(number) => Ok(number.into()),
            None => Err(error::number_overflow(&format!("`{}`", call.name()))),
        },
    }
}

fn to_decimal(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let Value::Text(text) = call.receiver() else {
        return Ok(call.number()?.into());
    };
    let number = NumberText::read(text);
    if let Some(number) = number.and_then(|number| number.to_decimal()) {
        return Ok(number.into());
    }
    let error = error::unreadable(call.name(), text, "a DECIMAL");
    Err(match number {
        Some(_) => error.help("a DECIMAL has 28 digits"),
        None => error.help("test with `isNumber()` first"),
    })
}
