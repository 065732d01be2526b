//! Equality and order of values.
//!
//! Two equalities: that of `==`, which reads a TEXT as the other side's number, date or boolean (language reference,
//! 4.4), and that of elements, which never converts (Built-ins II, conventions).

use std::cmp::Ordering;

use super::calendar::Zone;
use super::date_text;
use super::display::MAX_DEPTH;
use super::{Form, KeyValue, Value};
use crate::error::{self, Fallible};

/// `==`.
///
/// # Errors
/// R0010 when both sides are nested too deeply to compare, R0035 when they hold too much.
pub fn equal(left: &Value, right: &Value, zone: &Zone, now: i64) -> Fallible<bool> {
    let (left, right) = (left.settled(), right.settled());
    Ok(match (left, right) {
        (Value::Text(text), other) | (other, Value::Text(text)) => match other {
            Value::Text(other) => text == other,
            Value::Number(_) | Value::Decimal { .. } => other
                .as_decimal()
                .and_then(|number| number.compare_number_text(text))
                .is_some_and(|ordering| ordering == Ordering::Equal),
            Value::Boolean(value) => {
                text.eq_ignore_ascii_case(if *value { "true" } else { "false" })
            }
            Value::Date { millis, .. } => {
                date_text::read(text, zone, now).is_some_and(|date| date.millis == *millis)
            }
            _ => false,
        },
        _ => return equal_elements(left, right),
    })
}

/// Pairs of values that one comparison looks at: more than fit in memory side by side. Containers that stand in each
/// other many times would need longer than anybody waits.
const MOST_PAIRS: u32 = 1 << 27;

/// Equality of elements and keys: by type and value, NUMBER and DECIMAL by value, dates by instant, containers by
/// content, files by bytes and name, a caught error only with itself.
///
/// # Errors
/// R0010 when both sides are nested too deeply to compare, R0035 when they hold too much.
pub fn equal_elements(left: &Value, right: &Value) -> Fallible<bool> {
    equal_at(left, right, 1, &mut { MOST_PAIRS })
}

fn equal_at(left: &Value, right: &Value, depth: usize, left_over: &mut u32) -> Fallible<bool> {
    // Only containers are levels (language reference, 5.3).
    let too_deep = depth > MAX_DEPTH && left.is_container() && right.is_container();
    if too_deep {
        return Err(error::too_deep());
    }
    if *left_over == 0 {
        return Err(error::too_many_pairs());
    }
    *left_over -= 1;
    Ok(match (left.settled(), right.settled()) {
        (Value::Null, Value::Null) => true,
        (Value::Boolean(left), Value::Boolean(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left == right,
        (Value::Date { millis: left, .. }, Value::Date { millis: right, .. }) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::File(left), Value::File(right)) => left == right,
        (Value::Error(left), Value::Error(right)) => left.error.identity == right.error.identity,
        (Value::List(left), Value::List(right)) => {
            if left.same(right) {
                return Ok(true);
            }
            return equal_lists(&left.items(), &right.items(), depth, left_over);
        }
        (Value::KeyValue(left), Value::KeyValue(right)) => {
            return equal_pairs(left, right, depth, left_over);
        }
        (Value::Collection(left), Value::Collection(right)) => {
            return match (left.form(), right.form()) {
                (Form::Index(left), Form::Index(right)) => Ok(left.same(&right)
                    || equal_lists(&left.items(), &right.items(), depth, left_over)?),
                (Form::Keyed(left), Form::Keyed(right)) => {
                    equal_pairs(&left, &right, depth, left_over)
                }
                // An open form is an empty index form.
                (Form::Open, Form::Open) => Ok(true),
                (Form::Open, Form::Index(list)) | (Form::Index(list), Form::Open) => {
                    Ok(list.is_empty())
                }
                _ => Ok(false),
            };
        }
        (Value::Braces(_), Value::Braces(_)) => true,
        (Value::Braces(_), Value::List(list)) | (Value::List(list), Value::Braces(_)) => {
            list.is_empty()
        }
        (Value::Braces(_), Value::KeyValue(pairs)) | (Value::KeyValue(pairs), Value::Braces(_)) => {
            pairs.is_empty()
        }
        (left, right) => match (left.as_decimal(), right.as_decimal()) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
    })
}

fn equal_lists(
    left: &[Value],
    right: &[Value],
    depth: usize,
    left_over: &mut u32,
) -> Fallible<bool> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (left, right) in left.iter().zip(right) {
        if !equal_at(left, right, depth + 1, left_over)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Keys and values, in any order.
fn equal_pairs(
    left: &KeyValue,
    right: &KeyValue,
    depth: usize,
    left_over: &mut u32,
) -> Fallible<bool> {
    if left.same(right) {
        return Ok(true);
    }
    let (left, right) = (left.pairs(), right.pairs());
    if left.len() != right.len() {
        return Ok(false);
    }
    for (key, value) in left.iter() {
        let Some(other) = right.get(key) else {
            return Ok(false);
        };
        if !equal_at(value, other, depth + 1, left_over)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of two values that sort together: numbers by value, texts by code point, dates by instant, false before
/// true. `None` for any other pair.
#[inline]
pub fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => Some(left.as_str().cmp(right.as_str())),
        (Value::Date { millis: left, .. }, Value::Date { millis: right, .. }) => {
            Some(left.cmp(right))
        }
        (Value::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
        _ => match (left.as_decimal(), right.as_decimal()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => None,
        },
    }
}
