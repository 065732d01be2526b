//! KEY-VALUE: shared pairs in the order they were put in, found by key.
//!
//! Up to [`LINEAR`] pairs are searched one after another, which is quicker than hashing for the small records that
//! scripts are full of; beyond that an index by hash is kept beside them, and a pair that is removed leaves a hole, until
//! there are as many holes as pairs.

use std::cell::{Ref, RefCell};
use std::hash::{BuildHasher, Hasher};
use std::rc::{Rc, Weak};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::decimal::Decimal;
use super::{Text, Value, heap, release};
use crate::error::{self, Fallible};

/// Number of pairs up to which no index is kept.
const LINEAR: usize = 8;

/// A KEY-VALUE value. Cloning shares it.
#[derive(Clone)]
pub struct KeyValue(Rc<Data>);

pub(super) struct Data {
    pairs: RefCell<Pairs>,
}

/// The pairs of a KEY-VALUE.
#[derive(Default)]
pub struct Pairs {
    /// The pairs in order. With an index there may be holes among them: null, which is no key.
    entries: Vec<(Value, Value)>,
    holes: usize,
    index: Option<Box<Index>>,
}

struct Index {
    /// Places in `entries`.
    table: HashTable<u32>,
    /// Seeded, since keys come from outside.
    state: RandomState,
}

const PAIR: usize = std::mem::size_of::<(Value, Value)>();
const OVERHEAD: usize = std::mem::size_of::<Data>() + 2 * std::mem::size_of::<usize>();

/// True if a value may be a key: TEXT, NUMBER, DECIMAL, BOOLEAN, DATE-TIME (language reference, 2.7).
#[inline]
pub fn is_key(value: &Value) -> bool {
    matches!(
        value,
        Value::Text(_)
            | Value::Number(_)
            | Value::Decimal { .. }
            | Value::Boolean(_)
            | Value::Date { .. }
    )
}

/// Keys are equal as elements are: by type and value, NUMBER and DECIMAL by value, dates by instant.
#[inline]
fn same_key(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left == right,
        (Value::Boolean(left), Value::Boolean(right)) => left == right,
        (Value::Date { millis: left, .. }, Value::Date { millis: right, .. }) => left == right,
        _ => match (left.as_decimal(), right.as_decimal()) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
    }
}

/// The hash of a plain value; values that are the same key have the same.
pub(crate) fn hash_plain(state: &RandomState, key: &Value) -> u64 {
    let mut hasher = state.build_hasher();
    match key {
        Value::Text(text) => hasher.write(text.as_bytes()),
        Value::Number(number) => hasher.write_i64(*number),
        Value::Date { millis, .. } => hasher.write_i64(!*millis),
        Value::Boolean(value) => hasher.write_u8(u8::from(*value)),
        other => {
            let decimal = other.as_decimal().unwrap_or(Decimal::ZERO);
            match decimal.to_i64_exact() {
                Some(number) => hasher.write_i64(number),
                None => {
                    let (flags, high, low) = decimal.normalized().parts();
                    hasher.write_u8(flags);
                    hasher.write_u32(high);
                    hasher.write_u64(low);
                }
            }
        }
    }
    hasher.finish()
}

impl Index {
    fn build(entries: &[(Value, Value)]) -> Box<Self> {
        let mut index = Box::new(Self {
            table: HashTable::with_capacity(entries.len() * 2),
            state: RandomState::default(),
        });
        for place in 0..entries.len() {
            index.add(entries, place);
        }
        index
    }

    fn add(&mut self, entries: &[(Value, Value)], place: usize) {
        let state = &self.state;
        let hash = hash_plain(state, &entries[place].0);
        self.table.insert_unique(hash, place as u32, |at| {
            hash_plain(state, &entries[*at as usize].0)
        });
    }

    fn is_full(&self) -> bool {
        self.table.len() == self.table.capacity()
    }

    /// Makes room for one more place: old and new table are there while they are moved.
    fn make_room(&mut self, entries: &[(Value, Value)]) -> Fallible<()> {
        if !self.is_full() {
            return Ok(());
        }
        heap::check(self.weight().saturating_mul(2))?;
        let state = &self.state;
        self.table
            .try_reserve(1, |at| hash_plain(state, &entries[*at as usize].0))
            .map_err(|_| error::out_of_memory(None))
    }

    /// Bytes of the table, about.
    fn weight(&self) -> usize {
        self.table.capacity() * 5
    }

    /// Takes a place out.
    fn forget(&mut self, entries: &[(Value, Value)], place: usize) {
        let hash = hash_plain(&self.state, &entries[place].0);
        if let Ok(found) = self.table.find_entry(hash, |at| *at as usize == place) {
            found.remove();
        }
    }

    fn find(&self, entries: &[(Value, Value)], key: &Value) -> Option<usize> {
        let hash = hash_plain(&self.state, key);
        self.table
            .find(hash, |at| same_key(&entries[*at as usize].0, key))
            .map(|at| *at as usize)
    }
}

impl Pairs {
    /// Number of pairs.
    #[inline]
    pub fn len(&self) -> usize {
        self.entries.len() - self.holes
    }

    /// True without pairs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Value, &Value)> {
        let pairs = self.entries.iter().filter(|(key, _)| !key.is_null());
        pairs.map(|(key, value)| (key, value))
    }

    /// The value of `key`; `None` also for what can be no key.
    #[inline]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.place(key).map(|place| &self.entries[place].1)
    }

    /// The value of a TEXT key.
    pub fn get_text(&self, key: &str) -> Option<&Value> {
        match &self.index {
            None => self
                .entries
                .iter()
                .find(|(k, _)| matches!(k, Value::Text(t) if &**t == key))
                .map(|(_, v)| v),
            Some(_) => self.get(&Value::Text(Text::new(key))),
        }
    }

    #[inline]
    fn place(&self, key: &Value) -> Option<usize> {
        match &self.index {
            None => self
                .entries
                .iter()
                .position(|(candidate, _)| same_key(candidate, key)),
            Some(index) => index.find(&self.entries, key),
        }
    }

    /// Sets `key`, which must be a plain value; gives back what it had.
    fn put(&mut self, key: Value, value: Value) -> Option<Value> {
        if let Some(place) = self.place(&key) {
            return Some(std::mem::replace(&mut self.entries[place].1, value));
        }
        self.entries.push((key, value));
        let place = self.entries.len() - 1;
        match &mut self.index {
            Some(index) => index.add(&self.entries, place),
            None if self.entries.len() > LINEAR => self.index = Some(Index::build(&self.entries)),
            None => {}
        }
        None
    }

    /// Makes room for the pair of `key`, if it is a new one.
    #[inline]
    fn make_room(&mut self, key: &Value) -> Fallible<()> {
        let is_full = self.entries.len() == self.entries.capacity()
            || self.index.as_ref().is_some_and(|index| index.is_full());
        if !is_full || self.place(key).is_some() {
            return Ok(());
        }
        heap::reserve(&mut self.entries, 1)?;
        match &mut self.index {
            Some(index) => index.make_room(&self.entries),
            None => Ok(()),
        }
    }

    fn remove(&mut self, key: &Value) -> Option<(Value, Value)> {
        let place = self.place(key)?;
        let Some(index) = &mut self.index else {
            return Some(self.entries.remove(place));
        };
        index.forget(&self.entries, place);
        let removed = std::mem::take(&mut self.entries[place]);
        self.holes += 1;
        if self.holes >= self.len() {
            self.close_up();
        }
        Some(removed)
    }

    /// Takes the holes out.
    fn close_up(&mut self) {
        if self.holes > 0 {
            self.entries.retain(|(key, _)| !key.is_null());
            self.entries.shrink_to(2 * self.entries.len());
            self.holes = 0;
            self.index_anew();
        }
    }

    fn index_anew(&mut self) {
        self.index = (self.entries.len() > LINEAR).then(|| Index::build(&self.entries));
    }

    /// Bytes the pairs take beside the fixed part.
    fn weight(&self) -> usize {
        let index = self.index.as_ref().map_or(0, |index| index.weight());
        self.entries.capacity() * PAIR + index
    }
}

impl KeyValue {
    /// No pairs yet.
    pub fn new() -> Self {
        heap::grow(OVERHEAD);
        Self(Rc::new(Data {
            pairs: RefCell::new(Pairs::default()),
        }))
    }

    /// Room for `pairs` pairs.
    pub fn with_capacity(pairs: usize) -> Self {
        let entries = Vec::with_capacity(pairs);
        heap::grow(OVERHEAD + entries.capacity() * PAIR);
        Self(Rc::new(Data {
            pairs: RefCell::new(Pairs {
                entries,
                ..Pairs::default()
            }),
        }))
    }

    /// The pairs of a JSON object, in order: a repeated key keeps its first place and takes its last value. Keys must
    /// be plain values, and values held by nobody else, so that none can be part of a cycle.
    pub(crate) fn from_entries(entries: Vec<(Value, Value)>) -> Self {
        let repeats = |(at, (key, _)): (usize, &(Value, Value))| {
            entries[..at]
                .iter()
                .any(|(earlier, _)| same_key(earlier, key))
        };
        let pairs = if entries.len() <= LINEAR && !entries.iter().enumerate().any(repeats) {
            Pairs {
                entries,
                ..Pairs::default()
            }
        } else {
            let mut pairs = Pairs {
                entries: Vec::with_capacity(entries.len()),
                ..Pairs::default()
            };
            for (key, value) in entries {
                pairs.put(key, value);
            }
            pairs
        };
        heap::grow(OVERHEAD + pairs.weight());
        Self(Rc::new(Data {
            pairs: RefCell::new(pairs),
        }))
    }

    /// The pairs, to look at. Nothing may change the key-value while they are held.
    #[inline]
    pub fn pairs(&self) -> Ref<'_, Pairs> {
        self.0.pairs.borrow()
    }

    /// A copy of the pairs, safe to walk whatever happens to the key-value.
    pub fn to_vec(&self) -> Vec<(Value, Value)> {
        let pairs = self.pairs();
        let pairs = pairs
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()));
        pairs.collect()
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.pairs().len()
    }

    /// True without pairs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of `key`.
    #[inline]
    pub fn get(&self, key: &Value) -> Option<Value> {
        self.pairs().get(key).cloned()
    }

    /// Sets `key`: an existing key keeps its place and gets the new value.
    ///
    /// # Errors
    /// R0009 when `key` can be no key, R0103 when the pairs would need more memory than the run may use.
    #[inline]
    pub fn put(&self, key: Value, value: Value) -> Fallible<()> {
        if !is_key(&key) {
            return Err(error::key_type(key.type_of()));
        }
        let old = self.change(|pairs| -> Fallible<Option<Value>> {
            pairs.make_room(&key)?;
            heap::note(&value);
            Ok(pairs.put(key, value))
        })?;
        drop(old);
        Ok(())
    }

    /// Sets a TEXT key of a few pairs that a function of the library makes.
    pub fn put_text(&self, key: &str, value: Value) {
        heap::note(&value);
        let old = self.change(|pairs| pairs.put(Value::Text(Text::new(key)), value));
        drop(old);
    }

    /// Removes `key` and gives back its value.
    pub fn remove(&self, key: &Value) -> Option<Value> {
        self.change(|pairs| pairs.remove(key))
            .map(|(_, value)| value)
    }

    /// Takes all pairs out.
    pub fn take(&self) -> Vec<(Value, Value)> {
        self.change(|pairs| {
            let mut taken = std::mem::take(pairs);
            taken.entries.retain(|(key, _)| !key.is_null());
            taken.entries
        })
    }

    /// Puts the pairs into another order, or takes some out, as `order` leaves them.
    pub fn reorder(&self, order: impl FnOnce(&mut Vec<(Value, Value)>)) {
        self.change(|pairs| {
            pairs.entries.retain(|(key, _)| !key.is_null());
            pairs.holes = 0;
            order(&mut pairs.entries);
            pairs.index_anew();
        });
    }

    #[inline]
    fn change<R>(&self, change: impl FnOnce(&mut Pairs) -> R) -> R {
        let mut pairs = self.0.pairs.borrow_mut();
        let before = pairs.weight();
        let result = change(&mut pairs);
        let after = pairs.weight();
        if after >= before {
            heap::grow(after - before);
        } else {
            heap::shrink(before - after);
        }
        result
    }

    /// True if both are the same shared key-value.
    pub fn same(&self, other: &KeyValue) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// Puts `entries`, whose keys differ, into the key-value, which is empty.
    pub(super) fn refill(&self, entries: Vec<(Value, Value)>) {
        self.reorder(|inside| *inside = entries);
    }

    pub(super) fn downgrade_if_shared(&self) -> Option<Weak<Data>> {
        (Rc::strong_count(&self.0) > 1).then(|| Rc::downgrade(&self.0))
    }

    pub(super) fn from_weak(weak: &Weak<Data>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    /// The values, if nobody else holds the key-value. Notes of possible cycles (see [`heap`]) do not hold it.
    pub(super) fn take_if_unshared(&self) -> Option<Vec<Value>> {
        (Rc::strong_count(&self.0) == 1)
            .then(|| self.take().into_iter().map(|(_, value)| value).collect())
    }
}

impl Default for KeyValue {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let pairs = std::mem::take(self.pairs.get_mut());
        heap::shrink(OVERHEAD + pairs.weight());
        // Keys are plain values; only values can hold more.
        if pairs.entries.iter().any(|(_, value)| value.is_container()) {
            release(pairs.entries.into_iter().map(|(_, value)| value).collect());
        }
    }
}
