//! What the functions of lists and collections share: places, sets of elements, sorting.

use std::cmp::Ordering;

use crate::error::{self, Fallible, RuntimeError};
use crate::value::decimal::NumberText;
use crate::value::{Decimal, KeyValue, List, Text, Value, compare, is_key};

/// How messages call a value: its type, and a TEXT with its characters.
pub(super) fn describe(value: &Value) -> String {
    match value.settled() {
        Value::Text(text) => format!("the TEXT {}", error::shorten(text)),
        other => other.type_of().name().to_owned(),
    }
}

/// The place that `index` names among `size` elements: a whole NUMBER, or a TEXT that holds one.
#[inline]
pub(super) fn place(name: &str, index: &Value, size: usize) -> Fallible<usize> {
    match index {
        Value::Number(number) if (*number as u64) < size as u64 => Ok(*number as usize),
        other => place_slowly(name, other, size),
    }
}

#[cold]
fn place_slowly(name: &str, index: &Value, size: usize) -> Fallible<usize> {
    let Some(number) = whole(index) else {
        return Err(no_place(name, index));
    };
    usize::try_from(number)
        .ok()
        .filter(|at| *at < size)
        .ok_or_else(|| error::index_out_of_range(name, number, size))
}

/// The value of a NUMBER, a DECIMAL or a number text.
pub(super) fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Text(text) => Decimal::parse(text),
        other => other.as_decimal(),
    }
}

/// The whole number that a value is, or that a TEXT holds.
pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => NumberText::read(text).and_then(|number| number.to_i64()),
        other => other.as_decimal().and_then(Decimal::to_i64_exact),
    }
}

/// A value that names no place of a list.
#[cold]
fn no_place(name: &str, index: &Value) -> Box<RuntimeError> {
    let error = error::argument_type(name, "index", "a whole NUMBER", &describe(index));
    match index {
        Value::Text(_) => error.help("elements are found by their place: take one with `get(0)`, or walk them with `for each`"),
        _ => error,
    }
}

/// Place of the first element equal to `wanted`.
pub(super) fn first_place(items: &[Value], wanted: &Value) -> Fallible<Option<usize>> {
    for (at, item) in items.iter().enumerate() {
        if compare::equal_elements(item, wanted)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Place of the last element equal to `wanted`.
pub(super) fn last_place(items: &[Value], wanted: &Value) -> Fallible<Option<usize>> {
    for (at, item) in items.iter().enumerate().rev() {
        if compare::equal_elements(item, wanted)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// A place as `indexOf` gives it: -1 where there is none.
pub(super) fn place_or_minus_one(place: Option<usize>) -> Value {
    place.map_or(Value::Number(-1), Value::from)
}

/// Values found by equality of elements: plain ones by hash, the others one after another.
pub(super) struct Elements {
    plain: KeyValue,
    others: Vec<Value>,
}

impl Elements {
    pub(super) fn new() -> Self {
        Self {
            plain: KeyValue::new(),
            others: Vec::new(),
        }
    }

    /// All of `items`.
    pub(super) fn of(items: &[Value]) -> Fallible<Self> {
        let mut elements = Self::new();
        for item in items {
            elements.add(item)?;
        }
        Ok(elements)
    }

    pub(super) fn contains(&self, value: &Value) -> Fallible<bool> {
        if is_key(value) {
            return Ok(self.plain.pairs().get(value).is_some());
        }
        Ok(first_place(&self.others, value)?.is_some())
    }

    /// True if the value was not there yet.
    pub(super) fn add(&mut self, value: &Value) -> Fallible<bool> {
        if self.contains(value)? {
            return Ok(false);
        }
        if is_key(value) {
            self.plain.put(value.clone(), Value::Null)?;
        } else {
            self.others.push(value.clone());
        }
        Ok(true)
    }
}

/// The first of each value, in order.
pub(super) fn distinct(items: &[Value]) -> Fallible<Vec<Value>> {
    let mut seen = Elements::new();
    let mut kept = Vec::new();
    for item in items {
        if seen.add(item)? {
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

/// The values of `items` that are also among `others`: each once, in the order of `items`.
pub(super) fn intersect(items: &[Value], others: &[Value]) -> Fallible<Vec<Value>> {
    let others = Elements::of(others)?;
    let mut kept = distinct(items)?;
    let mut common = Vec::new();
    for item in kept.drain(..) {
        if others.contains(&item)? {
            common.push(item);
        }
    }
    Ok(common)
}

/// The values of `items` that are not among `others`.
pub(super) fn without(items: &[Value], others: &[Value]) -> Fallible<Vec<Value>> {
    let others = Elements::of(others)?;
    let mut kept = Vec::new();
    for item in items {
        if !others.contains(item)? {
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

/// Kinds of values that sort among themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// NUMBER only, which is the usual case and sorts fastest.
    Whole,
    Numbers,
    Texts,
    Dates,
    Booleans,
}

fn kind(value: &Value) -> Option<Kind> {
    match value {
        Value::Number(_) => Some(Kind::Whole),
        Value::Decimal { .. } => Some(Kind::Numbers),
        Value::Text(_) => Some(Kind::Texts),
        Value::Date { .. } => Some(Kind::Dates),
        Value::Boolean(_) => Some(Kind::Booleans),
        _ => None,
    }
}

/// What the values are if they sort together; of none at all that is `Booleans`.
fn common_kind<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Kind> {
    let mut common = None;
    for value in values {
        let found = kind(value)?;
        common = match common {
            None => Some(found),
            Some(kind) if kind == found => common,
            Some(Kind::Whole | Kind::Numbers) if matches!(found, Kind::Whole | Kind::Numbers) => {
                Some(Kind::Numbers)
            }
            Some(_) => return None,
        };
    }
    Some(common.unwrap_or(Kind::Booleans))
}

/// Sorts a list in place; false, and nothing changed, if its elements do not sort together.
pub(super) fn sort(list: &List, ascending: bool) -> bool {
    let Some(kind) = common_kind(list.items().iter()) else {
        return false;
    };
    let items = list.take();
    let sorted = match kind {
        Kind::Whole => sort_whole(&items, ascending),
        Kind::Texts => sort_texts(items, ascending),
        Kind::Numbers | Kind::Dates | Kind::Booleans => {
            let mut items = items;
            items.sort_by(|left, right| order(left, right, ascending));
            items
        }
    };
    list.change(|items| *items = sorted);
    true
}

/// Sorts pairs by what `part` takes of them; false, and nothing changed, if that does not sort together.
pub(super) fn sort_pairs(
    pairs: &KeyValue,
    part: fn(&(Value, Value)) -> &Value,
    ascending: bool,
) -> bool {
    let entries = pairs.to_vec();
    if common_kind(entries.iter().map(part)).is_none() {
        return false;
    }
    pairs.reorder(|entries| {
        entries.sort_by(|left, right| order(part(left), part(right), ascending))
    });
    true
}

/// The order of two values that sort together.
fn order(left: &Value, right: &Value, ascending: bool) -> Ordering {
    let ordering = compare::order(left, right).unwrap_or(Ordering::Equal);
    if ascending {
        ordering
    } else {
        ordering.reverse()
    }
}

/// Equal NUMBERs cannot be told apart, so that the order need not be stable.
fn sort_whole(items: &[Value], ascending: bool) -> Vec<Value> {
    let mut numbers: Vec<i64> = items
        .iter()
        .filter_map(|item| match item {
            Value::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    numbers.sort_unstable();
    if !ascending {
        numbers.reverse();
    }
    numbers.into_iter().map(Value::Number).collect()
}

/// Texts with their first eight bytes beside them, which decide most comparisons without following a pointer. Equal
/// TEXTs cannot be told apart, so that the order need not be stable.
fn sort_texts(items: Vec<Value>, ascending: bool) -> Vec<Value> {
    let mut texts: Vec<(u64, Text)> = items
        .into_iter()
        .filter_map(|item| match item {
            Value::Text(text) => Some((first_bytes(&text), text)),
            _ => None,
        })
        .collect();
    texts.sort_unstable_by(|left, right| {
        left.0
            .cmp(&right.0)
            .then_with(|| left.1.as_str().cmp(right.1.as_str()))
    });
    if !ascending {
        texts.reverse();
    }
    texts
        .into_iter()
        .map(|(_, text)| Value::Text(text))
        .collect()
}

/// The first eight bytes, filled up with zeros, as a number that orders as they do.
fn first_bytes(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let taken = text.len().min(8);
    bytes[..taken].copy_from_slice(&text.as_bytes()[..taken]);
    u64::from_be_bytes(bytes)
}
