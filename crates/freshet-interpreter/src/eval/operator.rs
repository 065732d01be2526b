//! Operators, beyond the quick cases that the evaluator settles itself (language reference, 4.2 to 4.5).

use std::cmp::Ordering;

use crate::error::{self, Fallible, RuntimeError};
use crate::library::builtin::World;
use crate::value::calendar::Zone;
use crate::value::{Decimal, Text, Type, Value, compare, date_text, display, heap};

/// Bytes from which on a text is taken as it is, or thrown away, rather than copied and its memory kept for the next one:
/// nobody counts that memory.
pub(super) const LONG: usize = 1 << 16;

/// `+`.
pub(super) fn add(left: Value, right: Value, zone: &Zone, scratch: &mut String) -> Fallible<Value> {
    let (left, right) = (left.into_settled(), right.into_settled());
    match (left, right) {
        (Value::Text(mut left), Value::Text(right)) => {
            left.push(&right)?;
            Ok(Value::Text(left))
        }
        (Value::Text(mut left), right) => {
            push_text(&mut left, &right, zone, scratch)?;
            Ok(Value::Text(left))
        }
        (left, Value::Text(right)) => {
            scratch.clear();
            display::write_text(&left, zone, scratch)?;
            let mut joined = match scratch.len() {
                LONG.. => Text::new(std::mem::take(scratch)),
                _ => Text::new(scratch.as_str()),
            };
            joined.push(&right)?;
            Ok(Value::Text(joined))
        }
        (Value::Number(left), Value::Number(right)) => left
            .checked_add(right)
            .map(Value::Number)
            .ok_or_else(|| error::number_overflow("`+`")),
        (left, right) => match (left.as_decimal(), right.as_decimal()) {
            (Some(left), Some(right)) => decimal(left.checked_add(right), "`+`"),
            _ => Err(match (left.type_of(), right.type_of()) {
                (Type::DateTime, number @ (Type::Number | Type::Decimal)) => {
                    error::date_arithmetic("+", "addDay", number)
                }
                (left, right) => operand_types("+", left, right),
            }),
        },
    }
}

/// Appends the text of any value to a TEXT.
pub(super) fn push_text(
    text: &mut Text,
    value: &Value,
    zone: &Zone,
    scratch: &mut String,
) -> Fallible<()> {
    scratch.clear();
    display::write_text(value, zone, scratch)?;
    if scratch.len() < LONG {
        return text.push(scratch);
    }
    let more = std::mem::take(scratch);
    if text.is_empty() {
        *text = Text::new(more);
        return Ok(());
    }
    // It is there twice until it is joined, and counted only then.
    heap::check(more.len().saturating_mul(2).saturating_add(text.len()))?;
    text.push(&more)
}

/// `-`.
pub(super) fn subtract(left: Value, right: Value) -> Fallible<Value> {
    let (left, right) = (left.into_settled(), right.into_settled());
    match (&left, &right) {
        (Value::Number(left), Value::Number(right)) => left
            .checked_sub(*right)
            .map(Value::Number)
            .ok_or_else(|| error::number_overflow("`-`")),
        // Milliseconds, negative when the left is earlier.
        (Value::Date { millis: left, .. }, Value::Date { millis: right, .. }) => {
            Ok(Value::Number(left - right))
        }
        _ => match (left.as_decimal(), right.as_decimal()) {
            (Some(left), Some(right)) => decimal(left.checked_sub(right), "`-`"),
            _ => Err(match (left.type_of(), right.type_of()) {
                (Type::DateTime, number @ (Type::Number | Type::Decimal)) => {
                    error::date_arithmetic("-", "subDay", number)
                }
                (left, right) => operand_types("-", left, right),
            }),
        },
    }
}

/// `*`.
pub(super) fn multiply(left: Value, right: Value) -> Fallible<Value> {
    match (&left, &right) {
        (Value::Number(left), Value::Number(right)) => left
            .checked_mul(*right)
            .map(Value::Number)
            .ok_or_else(|| error::number_overflow("`*`")),
        _ => match (left.as_decimal(), right.as_decimal()) {
            (Some(left), Some(right)) => decimal(left.checked_mul(right), "`*`"),
            _ => Err(operand_types("*", left.type_of(), right.type_of())),
        },
    }
}

/// `/`: always a DECIMAL.
pub(super) fn divide(left: Value, right: Value) -> Fallible<Value> {
    match (left.as_decimal(), right.as_decimal()) {
        (Some(_), Some(right)) if right.is_zero() => Err(error::division_by_zero()),
        (Some(left), Some(right)) => decimal(left.checked_div(right), "`/`"),
        _ => Err(operand_types("/", left.type_of(), right.type_of())),
    }
}

/// `%`: the sign of the left operand.
pub(super) fn remainder(left: Value, right: Value) -> Fallible<Value> {
    match (&left, &right) {
        (Value::Number(_), Value::Number(0)) => Err(error::division_by_zero()),
        // The smallest NUMBER by -1 has no quotient, but a remainder.
        (Value::Number(left), Value::Number(right)) => Ok(Value::Number(left.wrapping_rem(*right))),
        _ => match (left.as_decimal(), right.as_decimal()) {
            (Some(_), Some(right)) if right.is_zero() => Err(error::division_by_zero()),
            (Some(left), Some(right)) => decimal(left.checked_rem(right), "`%`"),
            _ => Err(operand_types("%", left.type_of(), right.type_of())),
        },
    }
}

/// Unary `-`.
pub(super) fn minus(value: Value) -> Fallible<Value> {
    match value.as_decimal() {
        Some(decimal) => match value {
            Value::Number(number) => number
                .checked_neg()
                .map(Value::Number)
                .ok_or_else(|| error::number_overflow("`-`")),
            _ => Ok(Value::decimal(-decimal)),
        },
        None => Err(sign_error("-", value.type_of())),
    }
}

/// `==`.
pub(super) fn equal(left: &Value, right: &Value, world: &mut World<'_>) -> Fallible<bool> {
    // Only a TEXT beside a DATE-TIME needs the clock, for the century of a two-digit year.
    let reads_date = matches!(
        (left, right),
        (Value::Text(_), Value::Date { .. }) | (Value::Date { .. }, Value::Text(_))
    );
    let now = if reads_date { world.host.now() } else { 0 };
    compare::equal(left, right, &world.settings.zone, now)
}

/// The order of two operands of `<` and its kin.
pub(super) fn order(
    left: &Value,
    right: &Value,
    sign: &str,
    world: &mut World<'_>,
) -> Fallible<Ordering> {
    let (left, right) = (left.settled(), right.settled());
    let found = match (left, right) {
        (Value::Date { millis: left, .. }, Value::Date { millis: right, .. }) => {
            Some(left.cmp(right))
        }
        (Value::Date { millis, .. }, Value::Text(text)) => {
            date_text::read(text, &world.settings.zone, world.host.now())
                .map(|date| millis.cmp(&date.millis))
        }
        (Value::Text(text), Value::Date { millis, .. }) => {
            date_text::read(text, &world.settings.zone, world.host.now())
                .map(|date| date.millis.cmp(millis))
        }
        (Value::Text(_), Value::Text(_)) => return Err(error::text_order(sign)),
        (Value::Text(text), number) => number
            .as_decimal()
            .and_then(|number| number.compare_number_text(text))
            .map(Ordering::reverse),
        (number, Value::Text(text)) => number
            .as_decimal()
            .and_then(|number| number.compare_number_text(text)),
        (left, right) => match (left.as_decimal(), right.as_decimal()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => None,
        },
    };
    found.ok_or_else(|| operand_types(sign, left.type_of(), right.type_of()))
}

fn decimal(result: Option<Decimal>, what: &str) -> Fallible<Value> {
    result
        .map(Value::decimal)
        .ok_or_else(|| error::decimal_overflow(what))
}

#[cold]
fn operand_types(sign: &str, left: Type, right: Type) -> Box<RuntimeError> {
    if left == Type::Null || right == Type::Null {
        error::null_operand(sign)
    } else {
        error::operand_types(sign, left, right)
    }
}

/// A sign before something that is no number.
#[cold]
pub(super) fn sign_error(sign: &str, found: Type) -> Box<RuntimeError> {
    error::sign_type(sign, found)
}
