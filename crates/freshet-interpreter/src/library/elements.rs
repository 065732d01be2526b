//! What the functions of lists and collections share: places, sets of elements, sorting.

use std::cmp::Ordering;

use foldhash::fast::RandomState;
use rustc_hash::FxHashMap;

use crate::error::{self, Fallible, RuntimeError};
use crate::value::decimal::NumberText;
use crate::value::{Decimal, Form, KeyValue, List, Text, Value, compare, hash_plain, heap, is_key};

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
        .ok_or_else(|| error::index_out_of_range(name, number, size, "size"))
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

/// The pieces of a text as a list, asking for memory as they become more.
pub(super) fn texts<'t>(pieces: impl Iterator<Item = &'t str>) -> Fallible<Value> {
    /// Pieces between two questions.
    const MANY: usize = 4096;
    let texts = List::new();
    for (count, piece) in pieces.enumerate() {
        if count.is_multiple_of(MANY) {
            heap::check(MANY * size_of::<Value>())?;
        }
        texts.push(Value::from(piece))?;
    }
    Ok(Value::List(texts))
}

/// Values found by equality of elements: plain ones by hash, the others by the trace that a part of them leaves.
pub(super) struct Elements {
    plain: KeyValue,
    others: FxHashMap<u64, Vec<Value>>,
    traces: RandomState,
}

impl Elements {
    pub(super) fn new() -> Self {
        Self {
            plain: KeyValue::new(),
            others: FxHashMap::default(),
            traces: RandomState::default(),
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
        match self.others.get(&trace(&self.traces, value, 0)) {
            Some(alike) => Ok(first_place(alike, value)?.is_some()),
            None => Ok(false),
        }
    }

    /// True if the value was not there yet.
    pub(super) fn add(&mut self, value: &Value) -> Fallible<bool> {
        if self.contains(value)? {
            return Ok(false);
        }
        if is_key(value) {
            self.plain.put(value.clone(), Value::Null)?;
        } else {
            let alike = self.others.entry(trace(&self.traces, value, 0));
            alike.or_default().push(value.clone());
        }
        Ok(true)
    }
}

/// A number that equal values share and most others do not: of what they are, how large, and of some of their parts. So
/// a list of many records is searched for a record without being compared with each.
fn trace(state: &RandomState, value: &Value, depth: u32) -> u64 {
    /// Levels that are looked into.
    const LEVELS: u32 = 3;
    /// Elements at the start and at the end, and pairs, that are looked at.
    const PARTS: usize = 12;
    let value = value.settled();
    if is_key(value) {
        return hash_plain(state, value);
    }
    let list = |kind: u64, items: &[Value]| {
        let parts = items
            .iter()
            .take(PARTS)
            .chain(items.iter().rev().take(PARTS));
        let size = mix(kind, items.len() as u64);
        parts.fold(size, |sum, part| mix(sum, trace(state, part, depth + 1)))
    };
    let pairs = |kind: u64, pairs: &KeyValue| {
        let pairs = pairs.pairs();
        let size = mix(kind, pairs.len() as u64);
        if pairs.len() > 2 * PARTS {
            return size;
        }
        // In any order, as they are compared.
        pairs.iter().fold(size, |sum, (key, value)| {
            sum.wrapping_add(mix(hash_plain(state, key), trace(state, value, depth + 1)))
        })
    };
    match value {
        Value::File(file) => mix(1, file.data().bytes().len() as u64),
        _ if depth == LEVELS || is_empty(value) => 2,
        Value::List(items) => list(3, &items.items()),
        Value::KeyValue(entries) => pairs(4, entries),
        Value::Collection(collection) => match collection.form() {
            Form::Open => 2,
            Form::Index(items) => list(5, &items.items()),
            Form::Keyed(entries) => pairs(6, &entries),
        },
        _ => 7,
    }
}

/// True for containers with nothing in them: `{}` equals the empty list and the empty key-value.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Braces(_) => true,
        Value::List(list) => list.is_empty(),
        Value::KeyValue(pairs) => pairs.is_empty(),
        Value::Collection(collection) => collection.is_empty(),
        _ => false,
    }
}

fn mix(sum: u64, more: u64) -> u64 {
    (sum.rotate_left(5) ^ more).wrapping_mul(0x517c_c1b7_2722_0a95)
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
