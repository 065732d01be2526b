//! Working days and working hours.

use rustc_hash::FxHashSet;

use super::{DATE, civil, no_weekday, pure_date};
use crate::error::{self, Fallible};
use crate::library::builtin::{Builtin, Call, Kind, Param, example, optional, param};
use crate::library::convert::not_a_date;
use crate::value::calendar::{Civil, DAY, HOUR, MINUTE};
use crate::value::decimal::NumberText;
use crate::value::{KeyValue, Value, date_text, heap};

const DAYS: &[Param] = &[
    param("n", Kind::Whole),
    optional("weekends", Kind::List),
    optional("holidays", Kind::List),
];

const DETAILS: &str = "The day itself does not count. `weekends` are the English names of the days that are not worked \
    (without: Saturday and Sunday), `holidays` are dates. A negative `n` goes the other way; 0 leaves the date as it is.";

/// The functions.
pub(in crate::library) const BUSINESS: &[Builtin] = &[
    Builtin {
        name: "addBusinessDay",
        receiver: DATE,
        params: DAYS,
        returns: "DATE-TIME, as the receiver with or without a time",
        summary: "The date `n` working days later.",
        details: DETAILS,
        examples: &[
            example(
                r#"info '12-Jul-2024'.addBusinessDay(1);
info '12-Jul-2024'.addBusinessDay(2, {"Sunday"}, {'15-Jul-2024'});"#,
                "15-Jul-2024\n16-Jul-2024",
            ),
            example(
                r##"try
{
    info '12-Jul-2024'.addBusinessDay(1, {"Sun"});
}
catch (e)
{
    info e.message;
}"##,
                "`addBusinessDay`: `Sun` is no weekday; write its English name in full, for example `Monday`",
            ),
        ],
        words: &["working day", "weekday", "holiday", "deadline"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/addbusinessday.html",
        run: |call| shift_days(call, 1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subBusinessDay",
        receiver: DATE,
        params: DAYS,
        returns: "DATE-TIME, as the receiver with or without a time",
        summary: "The date `n` working days earlier.",
        details: DETAILS,
        examples: &[
            example(r#"info '15-Jul-2024'.subBusinessDay(1);"#, "12-Jul-2024"),
            example(
                r##"info '08-Jul-2024'.subBusinessDay(1, {"Sunday"});"##,
                "06-Jul-2024",
            ),
        ],
        words: &["working day", "weekday", "holiday", "ago"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/subBusinessDay.html",
        run: |call| shift_days(call, -1),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "workday",
        receiver: DATE,
        params: DAYS,
        returns: "DATE-TIME, a pure date",
        summary: "The date `n` working days later, without a time.",
        details: "As `addBusinessDay`, but a negative `n` gives the date itself.",
        examples: &[
            example(r#"info '12-Jul-2024'.workday(3);"#, "17-Jul-2024"),
            example(
                r##"info '12-Jul-2024'.workday(-3);
info '12-Jul-2024 10:00:00'.workday(1, {"Sunday"}, {'13-Jul-2024'});"##,
                "12-Jul-2024\n15-Jul-2024",
            ),
        ],
        words: &["working day", "business day", "holiday", "deadline"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/workday.html",
        run: |call| {
            let week = Week::of(call, 1)?;
            let n = call.arg_whole(0)?.max(0);
            let date = civil(call)?;
            pure_date(call, week.shift(date, n))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "workDaysList",
        receiver: DATE,
        params: &[
            param("end", Kind::DateTime),
            optional("weekends", Kind::List),
            optional("holidays", Kind::List),
        ],
        returns: "LIST of pure dates",
        summary: "The working days from the date up to `end`, both included.",
        details: "`weekends` and `holidays` as for `addBusinessDay`. Empty when `end` is earlier.",
        examples: &[
            example(
                r#"info '12-Jul-2024'.workDaysList('17-Jul-2024', {"Saturday", "Sunday"}, {'16-Jul-2024'});"#,
                "12-Jul-2024,15-Jul-2024,17-Jul-2024",
            ),
            example(
                r##"info '13-Jul-2024'.workDaysList('14-Jul-2024').size();"##,
                "0",
            ),
        ],
        words: &["working days", "business days", "range", "holiday"],
        source: "https://www.zoho.com/deluge/help/functions/datetime/work-days-list.html",
        run: work_days_list,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "addBusinessHour",
        receiver: DATE,
        params: &[
            param("n", Kind::Number),
            optional("weekends", Kind::List),
            optional("holidays", Kind::List),
            optional("hours", Kind::KeyValue),
        ],
        returns: "DATE-TIME",
        summary: "The date `n` working hours later.",
        details: "`weekends` and `holidays` as for `addBusinessDay`; `hours` says when work begins and ends, as whole hours from \
                  0 to 24: `{\"start\": 10, \"end\": 17}` (without: the whole day). Time outside is skipped. A negative `n` goes \
                  the other way. The digits after the point are minutes: `1.3` is one hour and 3 minutes.",
        examples: &[
            example(
                r#"info '12-Jul-2024 16:00:00'.addBusinessHour(3, {"Saturday", "Sunday"}, {'15-Jul-2024'}, {"start": 10, "end": 17});"#,
                "16-Jul-2024 12:00:00",
            ),
            example(
                r##"hours = {"start": 9, "end": 17};
info '12-Jul-2024 16:00:00'.addBusinessHour(0.30, {"Saturday", "Sunday"}, List(), hours);
info '12-Jul-2024 16:00:00'.addBusinessHour(3, {"Saturday", "Sunday"}, List(), hours);"##,
                "12-Jul-2024 16:03:00\n15-Jul-2024 11:00:00",
            ),
        ],
        words: &[
            "working hours",
            "service level",
            "deadline",
            "opening hours",
        ],
        source: "https://www.zoho.com/deluge/help/functions/datetime/add-business-hour.html",
        run: add_business_hour,
        ..Builtin::DEFAULT
    },
];

/// Days from the first to the last date there is; a walk over more of them has left the years.
const ALL_DAYS: i64 = 9999 * 366;

/// Which days are worked.
struct Week {
    /// Sunday first.
    weekend: [bool; 7],
    /// Numbers of days.
    holidays: FxHashSet<i64>,
}

impl Week {
    /// Reads the arguments `weekends`, at `index`, and `holidays`, behind it.
    fn of(call: &mut Call<'_, '_>, index: usize) -> Fallible<Self> {
        let now = call.world.host.now();
        let call = &*call;
        let mut weekend = [false; 7];
        if call.has(index) {
            for day in call.arg_list(index)?.items().iter() {
                let number = match day.settled() {
                    Value::Text(name) => super::named_weekday(call, name)?,
                    other => return Err(no_weekday(call.name(), other.type_of().name())),
                };
                weekend[usize::from(number) - 1] = true;
            }
        } else {
            weekend[0] = true;
            weekend[6] = true;
        }
        if weekend.iter().all(|is_weekend| *is_weekend) {
            return Err(error::argument_value(
                call.name(),
                "all seven days are weekend, so there is no working day",
            ));
        }
        let mut holidays = FxHashSet::default();
        if call.has(index + 1) {
            let zone = call.zone();
            for day in call.arg_list(index + 1)?.items().iter() {
                let millis = match day.settled() {
                    Value::Date { millis, .. } => *millis,
                    Value::Text(text) => {
                        date_text::read_or_reason(text, zone, now)
                            .map_err(|reason| not_a_date(call.name(), text, &reason))?
                            .millis
                    }
                    other => {
                        return Err(error::argument_type(
                            call.name(),
                            "holidays",
                            "a LIST of dates",
                            &format!("one with {}", other.type_of()),
                        ));
                    }
                };
                holidays.insert(zone.civil(millis).day_number());
            }
        }
        Ok(Self { weekend, holidays })
    }

    /// True if work is done on a day; `weekday` is 0 for Sunday.
    fn works(&self, day: i64, weekday: i64) -> bool {
        !self.weekend[weekday.rem_euclid(7) as usize] && !self.holidays.contains(&day)
    }

    /// The date `n` working days later, or earlier for a negative `n`, at the same clock time. `None` outside the years
    /// that dates may have.
    fn shift(&self, date: Civil, n: i64) -> Option<Civil> {
        let (day, weekday) = (date.day_number(), i64::from(date.weekday()) - 1);
        let step = n.signum();
        let mut missing = n.unsigned_abs();
        let mut away = 0;
        while missing > 0 {
            away += step;
            if away.abs() > ALL_DAYS {
                return None;
            }
            if self.works(day + away, weekday + away) {
                missing -= 1;
            }
        }
        date.add_days(away)
    }
}

fn shift_days(call: &mut Call<'_, '_>, sign: i64) -> Fallible<Value> {
    let week = Week::of(call, 1)?;
    let (millis, pure) = call.date()?;
    let n = call.arg_whole(0)?;
    if n == 0 {
        return Ok(call.receiver().clone());
    }
    let zone = call.zone();
    // The most negative number is too far away, whatever its sign.
    match week.shift(zone.shown(millis, pure), n.saturating_mul(sign)) {
        Some(date) => Ok(Value::Date {
            pure,
            millis: zone.instant(date),
        }),
        None => Err(error::date_range(call.name())),
    }
}

fn work_days_list(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let week = Week::of(call, 1)?;
    let zone = call.zone();
    let start = zone.civil(call.date()?.0).midnight();
    let days = zone.days_between(call.date()?.0, call.arg_date(0)?.0) + 1;
    let most = usize::try_from(days).unwrap_or(0);
    heap::check(most * size_of::<Value>())?;
    let (first, weekday) = (start.day_number(), i64::from(start.weekday()) - 1);
    // What was asked for above, and no more: a vector that doubles could take twice as much.
    let mut list = Vec::with_capacity(most);
    let dates = (0..days)
        .filter(|away| week.works(first + away, weekday + away))
        .filter_map(|away| start.add_days(away))
        .map(|date| Value::Date {
            pure: true,
            millis: zone.instant(date),
        });
    list.extend(dates);
    Ok(Value::list(list))
}

fn add_business_hour(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let week = Week::of(call, 1)?;
    let (opens, closes) = working_hours(call)?;
    let zone = call.zone();
    let date = civil(call)?;
    let worked = working_time(call)?;
    let shifted = match worked {
        Some(0) => Some(date),
        Some(worked) if worked > 0 => later(&week, date, worked, opens, closes),
        Some(worked) => earlier(&week, date, -worked, opens, closes),
        None => None,
    };
    match shifted {
        Some(date) => Ok(Value::Date {
            pure: false,
            millis: zone.instant(date),
        }),
        None => Err(error::date_range(call.name())),
    }
}

/// When work begins and ends, in milliseconds after midnight.
fn working_hours(call: &Call<'_, '_>) -> Fallible<(i64, i64)> {
    if !call.has(3) {
        return Ok((0, DAY));
    }
    let hours = call.arg_key_value(3)?;
    let (opens, closes) = (
        hour(call, hours, "start", 0)?,
        hour(call, hours, "end", 24)?,
    );
    if opens >= closes {
        return Err(error::argument_value(
            call.name(),
            format_args!(
                "work begins at {opens} and ends at {closes}; `start` must be below `end`"
            ),
        ));
    }
    Ok((opens * HOUR, closes * HOUR))
}

/// The hour under a key: a whole number from 0 to 24, or a text that holds one.
fn hour(call: &Call<'_, '_>, hours: &KeyValue, key: &str, default: i64) -> Fallible<i64> {
    let pairs = hours.pairs();
    let Some(value) = pairs.get(&Value::from(key)) else {
        return Ok(default);
    };
    let hour = match value.settled() {
        Value::Text(text) => NumberText::read(text).and_then(|number| number.to_i64()),
        other => other.as_decimal().and_then(|number| number.to_i64_exact()),
    };
    match hour {
        Some(hour @ 0..=24) => Ok(hour),
        _ => Err(error::argument_value(
            call.name(),
            format_args!("`{key}` must be a whole hour from 0 to 24"),
        )),
    }
}

/// The argument `n` in milliseconds: whole hours, and its digits after the point as minutes. `None` when it is too large.
fn working_time(call: &Call<'_, '_>) -> Fallible<Option<i64>> {
    let n = call.arg_number(0)?;
    let fraction = n.fraction().abs().to_string();
    let minutes = match fraction.split_once('.') {
        Some((_, digits)) => digits.parse::<i64>().ok(),
        None => Some(0),
    };
    let time = |hours: i64, minutes: i64| {
        hours
            .checked_mul(HOUR)?
            .checked_add(minutes.checked_mul(MINUTE)?)
    };
    let hours = n.abs().to_i64_truncated();
    let worked = hours
        .zip(minutes)
        .and_then(|(hours, minutes)| time(hours, minutes));
    Ok(worked.map(|worked| if n.is_negative() { -worked } else { worked }))
}

/// Where so much working time after `date` ends.
fn later(week: &Week, date: Civil, mut worked: i64, opens: i64, closes: i64) -> Option<Civil> {
    let (day, weekday) = (date.day_number(), i64::from(date.weekday()) - 1);
    let mut from = date.time_of_day().max(opens);
    for away in 0..=ALL_DAYS {
        if week.works(day + away, weekday + away) && from < closes {
            if worked <= closes - from {
                return at(date.add_days(away)?, from + worked);
            }
            worked -= closes - from;
        }
        from = opens;
    }
    None
}

/// Where so much working time before `date` begins.
fn earlier(week: &Week, date: Civil, mut worked: i64, opens: i64, closes: i64) -> Option<Civil> {
    let (day, weekday) = (date.day_number(), i64::from(date.weekday()) - 1);
    let mut to = date.time_of_day().min(closes);
    for away in 0..=ALL_DAYS {
        if week.works(day - away, weekday - away) && to > opens {
            if worked <= to - opens {
                return at(date.add_days(-away)?, to - worked);
            }
            worked -= to - opens;
        }
        to = closes;
    }
    None
}

/// The time so many milliseconds after midnight of a date; 24:00 is the next midnight.
fn at(date: Civil, time: i64) -> Option<Civil> {
    if time < DAY {
        Some(date.with_time_of_day(time))
    } else {
        date.midnight().add_days(1)
    }
}
