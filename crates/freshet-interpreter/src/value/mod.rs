//! Values of the language and their types.
//!
//! A [`Value`] takes 16 bytes (asserted below): null, BOOLEAN, NUMBER, DECIMAL and DATE-TIME lie in the value itself,
//! everything else is a thin shared pointer. Cloning a value never copies a text or a container; LIST, KEY-VALUE,
//! COLLECTION, FILE and `{}` are shared by it (language reference, 5.3). Values stay on the thread of their session.

mod braces;
pub mod calendar;
mod collection;
pub mod compare;
pub mod date_text;
pub mod decimal;
pub mod display;
mod file;
pub mod heap;
mod key_value;
mod list;
mod savepoint;
mod text;

use std::rc::{Rc, Weak};

pub use braces::Braces;
pub use collection::{Collection, Form};
pub use decimal::Decimal;
pub use file::{File, FileData};
pub(crate) use key_value::hash_plain;
pub use key_value::{KeyValue, Pairs, is_key};
pub use list::List;
pub use savepoint::Savepoint;
pub use text::Text;

use crate::error::{Fallible, RuntimeError};

/// A value of the language.
#[derive(Clone, Default)]
pub enum Value {
    /// The absent value.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number of 64 bits.
    Number(i64),
    /// A [`Decimal`], taken apart so that it fits; see [`Value::decimal`].
    Decimal {
        /// Sign and scale.
        flags: u8,
        /// Upper 32 bits of the magnitude.
        high: u32,
        /// Lower 64 bits of the magnitude.
        low: u64,
    },
    /// An instant, in milliseconds since 1970-01-01T00:00:00Z.
    Date {
        /// True for a date without a time, which prints without one.
        pure: bool,
        /// The instant; of a pure date its midnight in the configured zone.
        millis: i64,
    },
    /// A text.
    Text(Text),
    /// A list.
    List(List),
    /// Pairs of keys and values.
    KeyValue(KeyValue),
    /// A collection.
    Collection(Collection),
    /// `{}`, perhaps decided by now: whoever looks at a type goes through [`Value::settled`] first.
    Braces(Braces),
    /// A file.
    File(File),
    /// A caught error.
    Error(Rc<CaughtError>),
}

const _: () = assert!(std::mem::size_of::<Value>() == 16);

/// What `catch` gives to a script.
#[derive(Debug)]
pub struct CaughtError {
    /// The error, so that throwing it again is the same one.
    pub error: Box<RuntimeError>,
    /// Line of the source file where it arose, counted from 1.
    pub line: i64,
    /// Bytes counted for it.
    weight: usize,
}

impl CaughtError {
    /// Counts what the error takes.
    pub(crate) fn new(error: Box<RuntimeError>, line: i64) -> Self {
        let message = error.message.capacity();
        let weight = size_of::<RuntimeError>() + size_of::<Self>() + message;
        heap::grow(weight);
        Self {
            error,
            line,
            weight,
        }
    }

    /// `Error at line N: MESSAGE`, as a caught error prints (language reference, 6.6).
    ///
    /// # Errors
    /// R0103 when the text would need more memory than the run may use.
    pub fn to_text(&self) -> Fallible<String> {
        let mut text = format!("Error at line {}: ", self.line);
        heap::reserve_text(&mut text, self.error.message.len())?;
        text.push_str(&self.error.message);
        Ok(text)
    }
}

impl Drop for CaughtError {
    fn drop(&mut self) {
        heap::shrink(self.weight);
    }
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Type {
    /// null, of no type.
    Null,
    /// BOOLEAN
    Boolean,
    /// NUMBER
    Number,
    /// DECIMAL
    Decimal,
    /// DATE-TIME
    DateTime,
    /// TEXT
    Text,
    /// LIST
    List,
    /// KEY-VALUE
    KeyValue,
    /// COLLECTION
    Collection,
    /// An undecided `{}`.
    Undecided,
    /// FILE
    File,
    /// A caught error.
    Error,
}

impl Type {
    /// Number of types.
    pub const COUNT: usize = 12;

    /// Every type, in the order of their numbers.
    pub const ALL: [Type; Self::COUNT] = [
        Type::Null,
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
    ];

    /// The name that messages use.
    pub fn name(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::Boolean => "BOOLEAN",
            Type::Number => "NUMBER",
            Type::Decimal => "DECIMAL",
            Type::DateTime => "DATE-TIME",
            Type::Text => "TEXT",
            Type::List => "LIST",
            Type::KeyValue => "KEY-VALUE",
            Type::Collection => "COLLECTION",
            Type::Undecided => "{}",
            Type::File => "FILE",
            Type::Error => "ERROR",
        }
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Value {
    /// A DECIMAL.
    #[inline]
    pub fn decimal(decimal: Decimal) -> Self {
        let (flags, high, low) = decimal.parts();
        Value::Decimal { flags, high, low }
    }

    /// About how many bytes a function that goes through the value looks at; 0 for what is small.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        const ELEMENT: usize = std::mem::size_of::<Value>();
        match self {
            Value::Text(text) => text.len(),
            Value::List(list) => list.len() * ELEMENT,
            Value::KeyValue(pairs) => pairs.len() * 2 * ELEMENT,
            Value::Collection(collection) => collection.len() * 2 * ELEMENT,
            Value::File(file) => file.data().bytes().len(),
            _ => 0,
        }
    }

    /// A TEXT.
    pub fn text(text: impl Into<compact_str::CompactString>) -> Self {
        Value::Text(Text::new(text))
    }

    /// A LIST of `items`.
    pub fn list(items: Vec<Value>) -> Self {
        Value::List(List::from_items(items))
    }

    /// The value itself, or what a `{}` has become.
    #[inline]
    pub fn settled(&self) -> &Value {
        match self {
            Value::Braces(braces) => braces.decided().unwrap_or(self),
            _ => self,
        }
    }

    /// The value itself, or what a `{}` has become.
    #[inline]
    pub fn into_settled(self) -> Value {
        match &self {
            Value::Braces(braces) => match braces.decided() {
                Some(decided) => decided.clone(),
                None => self,
            },
            _ => self,
        }
    }

    /// Its type; of a decided `{}` the type it has become.
    #[inline]
    pub fn type_of(&self) -> Type {
        match self {
            Value::Null => Type::Null,
            Value::Boolean(_) => Type::Boolean,
            Value::Number(_) => Type::Number,
            Value::Decimal { .. } => Type::Decimal,
            Value::Date { .. } => Type::DateTime,
            Value::Text(_) => Type::Text,
            Value::List(_) => Type::List,
            Value::KeyValue(_) => Type::KeyValue,
            Value::Collection(_) => Type::Collection,
            Value::Braces(braces) => match braces.decided() {
                Some(decided) => decided.type_of(),
                None => Type::Undecided,
            },
            Value::File(_) => Type::File,
            Value::Error(_) => Type::Error,
        }
    }

    /// True for null.
    #[inline]
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The exact value of a NUMBER or DECIMAL.
    #[inline]
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Value::Number(number) => Some(Decimal::from(*number)),
            Value::Decimal { flags, high, low } => Some(Decimal::from_parts(*flags, *high, *low)),
            _ => None,
        }
    }

    /// The characters of a TEXT.
    #[inline]
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// True for values that hold other values.
    #[inline]
    fn is_container(&self) -> bool {
        matches!(
            self,
            Value::List(_) | Value::KeyValue(_) | Value::Collection(_) | Value::Braces(_)
        )
    }

    /// True for values that others may share and change.
    fn is_shared(&self) -> bool {
        self.is_container() || matches!(self, Value::File(_))
    }

    /// Where what is shared lies: the same for all that share it.
    fn address(&self) -> Option<usize> {
        match self {
            Value::List(list) => Some(list.address()),
            Value::KeyValue(pairs) => Some(pairs.address()),
            Value::Collection(collection) => Some(collection.address()),
            Value::Braces(braces) => Some(braces.address()),
            Value::File(file) => Some(file.address()),
            _ => None,
        }
    }

    /// Where a value lies that holds others and has been decided.
    fn container_address(&self) -> Option<usize> {
        match self {
            Value::List(_) | Value::KeyValue(_) | Value::Collection(_) => self.address(),
            _ => None,
        }
    }

    /// A weak pointer to a container that more than this value holds.
    #[inline]
    fn shared_container(&self) -> Option<WeakContainer> {
        match self {
            Value::List(list) => list.downgrade_if_shared().map(WeakContainer::List),
            Value::KeyValue(pairs) => pairs.downgrade_if_shared().map(WeakContainer::KeyValue),
            Value::Collection(collection) => collection
                .downgrade_if_shared()
                .map(WeakContainer::Collection),
            Value::Braces(braces) => braces.decided().and_then(Value::shared_container),
            _ => None,
        }
    }

    /// What is inside a container that nobody else holds; the container is empty afterwards.
    fn take_if_unshared(&mut self) -> Option<Vec<Value>> {
        match self {
            Value::List(list) => list.take_if_unshared(),
            Value::KeyValue(pairs) => pairs.take_if_unshared(),
            Value::Collection(collection) => collection.take_if_unshared(),
            Value::Braces(braces) => braces.take_if_unshared(),
            _ => None,
        }
    }
}

/// Drops values without recursion, however deep they are nested.
fn release(values: Vec<Value>) {
    if !values.iter().any(Value::is_container) {
        return;
    }
    let mut waiting = values;
    while let Some(mut value) = waiting.pop() {
        if let Some(inside) = value.take_if_unshared() {
            waiting.extend(inside.into_iter().filter(Value::is_container));
        }
    }
}

/// A container that may be part of a cycle.
enum WeakContainer {
    List(Weak<list::Data>),
    KeyValue(Weak<key_value::Data>),
    Collection(Weak<collection::Data>),
}

impl WeakContainer {
    fn is_alive(&self) -> bool {
        match self {
            WeakContainer::List(weak) => weak.strong_count() > 0,
            WeakContainer::KeyValue(weak) => weak.strong_count() > 0,
            WeakContainer::Collection(weak) => weak.strong_count() > 0,
        }
    }

    /// Takes everything out of the container, if it is still there.
    fn empty(&self) {
        let inside: Vec<Value> = match self {
            WeakContainer::List(weak) => List::from_weak(weak)
                .map(|list| list.take())
                .unwrap_or_default(),
            WeakContainer::KeyValue(weak) => KeyValue::from_weak(weak)
                .map(|pairs| pairs.take().into_iter().map(|(_, value)| value).collect())
                .unwrap_or_default(),
            WeakContainer::Collection(weak) => Collection::from_weak(weak)
                .map(|collection| match collection.form() {
                    Form::Open => Vec::new(),
                    Form::Index(list) => list.take(),
                    Form::Keyed(pairs) => {
                        pairs.take().into_iter().map(|(_, value)| value).collect()
                    }
                })
                .unwrap_or_default(),
        };
        release(inside);
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Number(value)
    }
}

impl From<usize> for Value {
    /// A size. Nothing that fits in memory has more than 2^63 parts.
    fn from(value: usize) -> Self {
        Value::Number(value as i64)
    }
}

impl From<Decimal> for Value {
    fn from(value: Decimal) -> Self {
        Value::decimal(value)
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Value::Text(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::text(value)
    }
}

impl From<List> for Value {
    fn from(value: List) -> Self {
        Value::List(value)
    }
}

impl From<KeyValue> for Value {
    fn from(value: KeyValue) -> Self {
        Value::KeyValue(value)
    }
}

impl std::fmt::Debug for Value {
    /// The type only: a value may contain itself.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.type_of().name())
    }
}
