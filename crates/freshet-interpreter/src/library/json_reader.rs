//! Reads JSON straight into values (Built-ins II, 5): leniently for script text, strictly for replies of services.
//!
//! Leniently, keys and values may stand without quotes, or in single ones. Elements and pairs are collected on two
//! stacks, so that every list and key-value is allocated once, at its size; the keys of the records of one text share
//! their TEXTs, so that comparing them is comparing pointers.

use std::borrow::Cow;

use crate::error::{self, RuntimeError};
use crate::value::display::MAX_DEPTH;
use crate::value::{Decimal, KeyValue, List, Text, Value, heap};

/// Why a text was not read.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is not JSON.
    Syntax {
        /// Byte at which reading stopped.
        at: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// It is nested too deeply (R0010), or its values would need too much memory (R0103).
    Failed(Box<RuntimeError>),
}

type Read<T> = Result<T, Refused>;

/// Reads the text of a script.
pub(super) fn read_lenient(text: &str) -> Read<Value> {
    Reader::new(text, true).read()
}

/// Reads the reply of a service: JSON by RFC 8259.
pub(super) fn read_strict(text: &str) -> Read<Value> {
    Reader::new(text, false).read()
}

/// Number of keys that are remembered; a power of two.
const REMEMBERED: usize = 64;

/// Longest whole number that surely fits 64 bits.
const SAFE_DIGITS: usize = 18;

/// Longest whole number that is a DECIMAL when it does not fit 64 bits; what is longer stays TEXT.
const DECIMAL_DIGITS: usize = 28;

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    lenient: bool,
    /// Elements of the lists that are being read, the innermost last.
    elements: Vec<Value>,
    /// Pairs of the objects that are being read, the innermost last.
    pairs: Vec<(Value, Value)>,
    /// Keys seen lately, each at the place that [`place_of_key`] gives.
    keys: [Option<Text>; REMEMBERED],
}

fn place_of_key(key: &[u8]) -> usize {
    let (first, middle, last) = match key {
        [] => return 0,
        [first, .., last] => (*first, key[key.len() / 2], *last),
        [only] => (*only, 0, 0),
    };
    (key.len() + 3 * usize::from(first) + 5 * usize::from(middle) + 7 * usize::from(last))
        % REMEMBERED
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, lenient: bool) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            depth: 0,
            lenient,
            elements: Vec::new(),
            pairs: Vec::new(),
            keys: [const { None }; REMEMBERED],
        }
    }

    fn read(mut self) -> Read<Value> {
        if self.lenient && self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        self.skip_blanks();
        let value = self.value()?;
        self.skip_blanks();
        if self.at < self.bytes.len() {
            return self.refuse("there is more text after the value");
        }
        Ok(value)
    }

    #[cold]
    fn refuse<T>(&self, what: &'static str) -> Read<T> {
        Err(Refused::Syntax { at: self.at, what })
    }

    /// The byte at hand; 0 at the end, which stands for nothing that is expected anywhere.
    #[inline]
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Read<Value> {
        match self.peek() {
            b'"' => self.quoted(b'"').and_then(text),
            b'{' => self.object(),
            b'[' => self.array(),
            b'\'' if self.lenient => self.quoted(b'\'').and_then(text),
            _ => self.scalar(),
        }
    }

    /// A number or one of the three words; leniently any text without quotes.
    fn scalar(&mut self) -> Read<Value> {
        let start = self.at;
        let known = match self.number() {
            None => {
                self.at = start;
                self.word()
            }
            number => number,
        };
        if let Some(value) = known {
            if !self.lenient {
                return Ok(value);
            }
            self.skip_blanks();
            if self.at == self.bytes.len() || matches!(self.peek(), b',' | b']' | b'}') {
                return Ok(value);
            }
        }
        self.at = start;
        if self.lenient {
            self.unquoted()
        } else {
            self.refuse("a value is missing")
        }
    }

    /// Text without quotes that is neither number nor word.
    fn unquoted(&mut self) -> Read<Value> {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|byte| matches!(byte, b',' | b']' | b'}'))
            .unwrap_or(rest.len());
        let found = self.text[self.at..self.at + length].trim();
        if found.is_empty() {
            return self.refuse("a value is missing");
        }
        self.at += length;
        text(Cow::Borrowed(found))
    }

    fn word(&mut self) -> Option<Value> {
        let rest = &self.bytes[self.at..];
        let (length, value) = if rest.starts_with(b"true") {
            (4, Value::Boolean(true))
        } else if rest.starts_with(b"false") {
            (5, Value::Boolean(false))
        } else if rest.starts_with(b"null") {
            (4, Value::Null)
        } else {
            return None;
        };
        self.at += length;
        Some(value)
    }

    /// Steps over digits and gives their number.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at - start
    }

    /// A number as JSON writes it.
    fn number(&mut self) -> Option<Value> {
        let start = self.at;
        let negative = self.peek() == b'-';
        self.at += usize::from(negative);
        let first = self.at;
        let mut whole: i64 = 0;
        while let digit @ b'0'..=b'9' = self.peek() {
            whole = whole.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        let count = self.at - first;
        if count == 0 || (count > 1 && self.bytes[first] == b'0') {
            return None;
        }
        if matches!(self.peek(), b'.' | b'e' | b'E') {
            return self.fraction(start);
        }
        if count <= SAFE_DIGITS {
            return Some(Value::Number(if negative { -whole } else { whole }));
        }
        let text = &self.text[start..self.at];
        Some(match text.parse() {
            Ok(number) => Value::Number(number),
            Err(_) if count <= DECIMAL_DIGITS => decimal_or_text(Decimal::parse(text), text),
            Err(_) => text.into(),
        })
    }

    /// The rest of a number from its point or exponent on.
    fn fraction(&mut self, start: usize) -> Option<Value> {
        let mantissa_end = if self.peek() == b'.' {
            self.at += 1;
            if self.digits() == 0 {
                return None;
            }
            self.at
        } else {
            self.at
        };
        if !matches!(self.peek(), b'e' | b'E') {
            let text = &self.text[start..self.at];
            return Some(decimal_or_text(Decimal::parse(text), text));
        }
        self.at += 1;
        let exponent_start = self.at;
        self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
        if self.digits() == 0 {
            return None;
        }
        let exponent = &self.text[exponent_start..self.at];
        let value = with_exponent(&self.text[start..mantissa_end], exponent);
        Some(decimal_or_text(value, &self.text[start..self.at]))
    }

    /// The text between quotes; `at` stands on the opening one.
    #[inline]
    fn quoted(&mut self, quote: u8) -> Read<Cow<'t, str>> {
        let start = self.at + 1;
        let rest = &self.bytes[start..];
        let plain = rest
            .iter()
            .position(|&byte| byte == quote || byte == b'\\' || byte < b' ')
            .unwrap_or(rest.len());
        if rest.get(plain) == Some(&quote) {
            self.at = start + plain + 1;
            return Ok(Cow::Borrowed(&self.text[start..start + plain]));
        }
        self.quoted_slowly(quote, start + plain).map(Cow::Owned)
    }

    /// As [`Reader::quoted`], for texts with escapes or control characters; the first of them is at `first`.
    fn quoted_slowly(&mut self, quote: u8, first: usize) -> Read<String> {
        let opening = self.at;
        let mut out = String::new();
        let mut plain_from = opening + 1;
        self.at = first;
        loop {
            match self.bytes.get(self.at) {
                None => {
                    self.at = opening;
                    return self.refuse("the quote is not closed");
                }
                Some(&byte) if byte == quote => {
                    push(&self.text[plain_from..self.at], &mut out)?;
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    push(&self.text[plain_from..self.at], &mut out)?;
                    out.push(self.escape()?);
                    plain_from = self.at;
                }
                Some(0..b' ') if !self.lenient => {
                    return self.refuse("a control character stands in a text");
                }
                Some(_) => self.at += 1,
            }
        }
    }

    /// The character that an escape means; `at` stands on its backslash.
    fn escape(&mut self) -> Read<char> {
        let escaped = self.bytes.get(self.at + 1).copied().unwrap_or(0);
        let character = match escaped {
            b'"' | b'\\' | b'/' => char::from(escaped),
            b'\'' if self.lenient => '\'',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return self.refuse("this escape does not exist"),
        };
        self.at += 2;
        Ok(character)
    }

    /// `\uXXXX`, two of them for a surrogate pair; half a pair is the replacement character.
    fn unicode_escape(&mut self) -> Read<char> {
        let Some(unit) = self.code_unit() else {
            return self.refuse("`\\u` needs four hexadecimal digits");
        };
        self.at += 6;
        if !(0xD800..0xDC00).contains(&unit) {
            return Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        match self.code_unit() {
            Some(low @ 0xDC00..0xE000) => {
                self.at += 6;
                let scalar = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                Ok(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            _ => Ok(char::REPLACEMENT_CHARACTER),
        }
    }

    /// The number in the `\uXXXX` at hand.
    fn code_unit(&self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| {
            Some(unit * 16 + char::from(*digit).to_digit(16)?)
        })
    }

    fn enter(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Refused::Failed(error::too_deep_text()));
        }
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    /// Behind an element or pair: true if another one follows, false at the end.
    #[inline]
    fn goes_on(&mut self, end: u8, what: &'static str) -> Read<bool> {
        self.skip_blanks();
        let found = self.peek();
        if found == end {
            self.at += 1;
            return Ok(false);
        }
        if found != b',' {
            return self.refuse(what);
        }
        self.at += 1;
        self.skip_blanks();
        if self.peek() == end {
            return self.refuse("something is missing after the comma");
        }
        Ok(true)
    }

    /// Behind a container: whether its memory is allowed is asked once a container.
    fn leave(&mut self) -> Read<()> {
        self.depth -= 1;
        heap::check(0).map_err(Refused::Failed)
    }

    fn array(&mut self) -> Read<Value> {
        self.enter()?;
        let start = self.elements.len();
        let mut more = self.peek() != b']';
        self.at += usize::from(!more);
        while more {
            let element = self.value()?;
            make_room(&mut self.elements)?;
            self.elements.push(element);
            more = self.goes_on(b']', "`,` or `]` is missing")?;
        }
        let elements = taken_from(&mut self.elements, start)?;
        // Containers among the elements are held by nobody else, so that none can be part of a cycle.
        let list = List::typed_from(elements, None);
        self.leave()?;
        Ok(Value::List(list))
    }

    fn object(&mut self) -> Read<Value> {
        self.enter()?;
        let start = self.pairs.len();
        let mut more = self.peek() != b'}';
        self.at += usize::from(!more);
        while more {
            let key = self.key()?;
            let value = self.value()?;
            make_room(&mut self.pairs)?;
            self.pairs.push((Value::Text(key), value));
            more = self.goes_on(b'}', "`,` or `}` is missing")?;
        }
        let pairs = KeyValue::from_entries(taken_from(&mut self.pairs, start)?);
        self.leave()?;
        Ok(Value::KeyValue(pairs))
    }

    /// A key and its colon.
    fn key(&mut self) -> Read<Text> {
        let key = match self.peek() {
            b'"' => self.quoted(b'"')?,
            b'\'' if self.lenient => self.quoted(b'\'')?,
            _ if self.lenient => self.unquoted_key()?,
            _ => return self.refuse("a key in quotes is missing"),
        };
        self.skip_blanks();
        if self.peek() != b':' {
            return self.refuse("`:` is missing after the key");
        }
        self.at += 1;
        self.skip_blanks();
        self.remembered(key)
    }

    fn unquoted_key(&mut self) -> Read<Cow<'t, str>> {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|byte| matches!(byte, b':' | b',' | b'}' | b'{' | b'[' | b']'))
            .unwrap_or(rest.len());
        let key = self.text[self.at..self.at + length].trim();
        if key.is_empty() {
            return self.refuse("a key is missing");
        }
        self.at += length;
        Ok(Cow::Borrowed(key))
    }

    /// The TEXT of a key: that of an earlier, equal key if it is still remembered.
    #[inline]
    fn remembered(&mut self, key: Cow<'t, str>) -> Read<Text> {
        let place = &mut self.keys[place_of_key(key.as_bytes())];
        match place {
            Some(text) if text.as_str() == key => Ok(text.clone()),
            _ => {
                let text = copied(key)?;
                *place = Some(text.clone());
                Ok(text)
            }
        }
    }
}

fn text(found: Cow<'_, str>) -> Read<Value> {
    copied(found).map(Value::Text)
}

#[inline]
fn copied(found: Cow<'_, str>) -> Read<Text> {
    match found {
        Cow::Borrowed(text) => Text::copied(text).map_err(Refused::Failed),
        Cow::Owned(text) => Ok(Text::new(text)),
    }
}

/// Appends `more`, and leaves room for a character.
fn push(more: &str, out: &mut String) -> Read<()> {
    heap::reserve_text(out, more.len() + char::MAX_LEN_UTF8).map_err(Refused::Failed)?;
    out.push_str(more);
    Ok(())
}

/// Sees to room for one more, and asks whether the memory is allowed before it is taken: a text of a few million bytes
/// may hold as many elements, each many bytes large.
#[inline]
fn make_room<T>(waiting: &mut Vec<T>) -> Read<()> {
    if waiting.len() == waiting.capacity() {
        check_room::<T>(waiting.capacity().saturating_mul(2))?;
    }
    Ok(())
}

/// What waits from `start` on, at its size. What is large and all there is changes hands, so that it is not there twice.
fn taken_from<T>(waiting: &mut Vec<T>, start: usize) -> Read<Vec<T>> {
    const LARGE: usize = 1 << 12;
    if start == 0 && waiting.len() >= LARGE {
        let mut taken = std::mem::take(waiting);
        taken.shrink_to_fit();
        return Ok(taken);
    }
    check_room::<T>(waiting.len() - start)?;
    Ok(waiting.drain(start..).collect())
}

/// Asks whether so many elements are allowed.
fn check_room<T>(count: usize) -> Read<()> {
    heap::check(count.saturating_mul(size_of::<T>())).map_err(Refused::Failed)
}

/// A number that is beyond the range of DECIMAL stays TEXT.
fn decimal_or_text(decimal: Option<Decimal>, text: &str) -> Value {
    decimal.map_or_else(|| text.into(), Value::decimal)
}

/// The value of `mantissa` times ten to the `exponent`; `None` beyond the range of DECIMAL.
fn with_exponent(mantissa: &str, exponent: &str) -> Option<Decimal> {
    /// Beyond this many digits before the point nothing fits, and behind the point everything is 0.
    const FAR: i64 = 100;
    let (sign, unsigned) = match mantissa.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", mantissa),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some(Decimal::ZERO);
    }
    // An exponent that does not fit 64 bits is as far away as one that just does.
    let far = if exponent.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    let exponent: i64 = exponent.parse().unwrap_or(far);
    // Digits before the point, counted from the first that is not 0.
    let skipped = (digits.len() - significant.len()) as i64;
    let before = exponent.saturating_add(whole.len() as i64 - skipped);
    if before > FAR {
        return None;
    }
    if before < -FAR {
        return Some(Decimal::ZERO);
    }
    let text = if before <= 0 {
        format!(
            "{sign}0.{}{significant}",
            "0".repeat(before.unsigned_abs() as usize)
        )
    } else {
        let before = before as usize;
        match significant.split_at_checked(before) {
            Some((whole, "")) => format!("{sign}{whole}"),
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
            None => format!(
                "{sign}{significant}{}",
                "0".repeat(before - significant.len())
            ),
        }
    };
    Decimal::parse(&text)
}

#[cfg(test)]
mod tests;
