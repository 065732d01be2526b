//! How values print: as text and as JSON (language reference, 10).

use rustc_hash::FxHashSet;

use super::calendar::{self, Zone};
use super::{Form, KeyValue, Value, heap};
use crate::error::{self, Fallible};

/// Levels of nesting up to which values are printed, compared and converted.
pub const MAX_DEPTH: usize = 256;

/// Bytes of a text that are written between two looks at the memory.
const STEP: usize = 1 << 16;

/// Bytes that a value takes at most that is no text and holds none, with the signs before and behind it.
const SHORT: usize = 64;

/// Bytes that one byte of a text takes at most in JSON: `\u001f`.
const ESCAPED: usize = 6;

// One text that stands in a list many times prints far longer than the list is, so the text of a value may not take more
// memory than values may.

/// Refuses a value that is nested too deeply to be printed, without printing it.
///
/// # Errors
/// R0010.
pub fn check_depth(value: &Value) -> Fallible<()> {
    let mut level = vec![value.clone()];
    for _ in 0..MAX_DEPTH {
        // What several hold is looked at once, and a level has no more than there are containers.
        let mut seen = FxHashSet::default();
        let mut inside = Vec::new();
        let mut note = |value: &Value| {
            let value = value.settled();
            if let Some(address) = value.container_address()
                && seen.insert(address)
            {
                inside.push(value.clone());
            }
        };
        for value in &level {
            match value.settled() {
                Value::List(list) => list.items().iter().for_each(&mut note),
                Value::KeyValue(pairs) => pairs.pairs().iter().for_each(|(_, value)| note(value)),
                Value::Collection(collection) => match collection.form() {
                    Form::Open => {}
                    Form::Index(list) => list.items().iter().for_each(&mut note),
                    Form::Keyed(pairs) => {
                        pairs.pairs().iter().for_each(|(_, value)| note(value));
                    }
                },
                _ => {}
            }
        }
        if inside.is_empty() {
            return Ok(());
        }
        level = inside;
    }
    Err(error::too_deep())
}

/// The text of a value, as `info` prints it.
///
/// # Errors
/// R0010 when the value is nested too deeply, R0103 when its text would need more memory than the run may use.
pub fn to_text(value: &Value, zone: &Zone) -> Fallible<String> {
    let mut out = String::new();
    write_text(value, zone, &mut out)?;
    Ok(out)
}

/// Appends the text of a value.
///
/// # Errors
/// R0010 when the value is nested too deeply, R0103 when its text would need more memory than the run may use.
pub fn write_text(value: &Value, zone: &Zone, out: &mut String) -> Fallible<()> {
    match value.settled() {
        Value::List(list) => write_elements(&list.items(), zone, out),
        Value::KeyValue(_) => write_json(value, zone, out),
        Value::Collection(collection) => match collection.form() {
            Form::Open => Ok(()),
            Form::Index(list) => write_elements(&list.items(), zone, out),
            Form::Keyed(pairs) => write_object(&pairs, zone, 1, out),
        },
        other => write_scalar(other, zone, out),
    }
}

/// A text in pieces, each short enough to be written between two looks at the memory however long it becomes there.
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = rest.split_at(rest.floor_char_boundary(STEP));
        rest = after;
        Some(piece)
    })
}

/// Elements joined by commas; nested containers as JSON.
fn write_elements(items: &[Value], zone: &Zone, out: &mut String) -> Fallible<()> {
    for (index, item) in items.iter().enumerate() {
        let item = item.settled();
        heap::reserve_text(out, SHORT)?;
        if index > 0 {
            out.push(',');
        }
        match item {
            // What lists hold most often is written here and not through two calls.
            Value::Text(text) => {
                heap::reserve_text(out, text.len())?;
                out.push_str(text);
            }
            Value::List(_) | Value::KeyValue(_) | Value::Collection(_) => {
                write_json_at(item, zone, 2, out)?;
            }
            _ => write_scalar(item, zone, out)?,
        }
    }
    Ok(())
}

/// The text of a value that holds no others.
fn write_scalar(value: &Value, zone: &Zone, out: &mut String) -> Fallible<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(true) => out.push_str("true"),
        Value::Boolean(false) => out.push_str("false"),
        Value::Number(number) => write_number(*number, out),
        Value::Decimal { flags, high, low } => {
            super::Decimal::from_parts(*flags, *high, *low).write_to(out)
        }
        Value::Date { pure, millis } => calendar::write_date(*millis, *pure, zone, out),
        Value::Text(text) => return write_plain(text, out),
        Value::Braces(_) => out.push_str("{}"),
        Value::File(file) => return write_plain(&file.data().name, out),
        Value::Error(error) => return write_plain(&error.to_text()?, out),
        // Containers are written by their own functions.
        Value::List(_) | Value::KeyValue(_) | Value::Collection(_) => {}
    }
    Ok(())
}

/// Appends a text as it is.
#[inline]
fn write_plain(text: &str, out: &mut String) -> Fallible<()> {
    heap::reserve_text(out, text.len())?;
    out.push_str(text);
    Ok(())
}

/// Appends the digits of a NUMBER.
pub fn write_number(number: i64, out: &mut String) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

/// Appends a value as compact JSON.
///
/// # Errors
/// R0010 when the value is nested too deeply, R0103 when its text would need more memory than the run may use.
pub fn write_json(value: &Value, zone: &Zone, out: &mut String) -> Fallible<()> {
    write_json_at(value, zone, 1, out)
}

fn write_json_at(value: &Value, zone: &Zone, depth: usize, out: &mut String) -> Fallible<()> {
    match value.settled() {
        Value::List(list) => write_array(&list.items(), zone, depth, out),
        Value::KeyValue(pairs) => write_object(pairs, zone, depth, out),
        Value::Collection(collection) => match collection.form() {
            Form::Open => {
                out.push_str("[]");
                Ok(())
            }
            Form::Index(list) => write_array(&list.items(), zone, depth, out),
            Form::Keyed(pairs) => write_object(&pairs, zone, depth, out),
        },
        Value::Text(text) => write_quoted_text(text, out),
        Value::Date { pure, millis } => {
            out.push('"');
            calendar::write_date(*millis, *pure, zone, out);
            out.push('"');
            Ok(())
        }
        Value::File(file) => write_quoted_text(&file.data().name, out),
        Value::Error(error) => write_quoted_text(&error.to_text()?, out),
        other => write_scalar(other, zone, out),
    }
}

fn write_array(items: &[Value], zone: &Zone, depth: usize, out: &mut String) -> Fallible<()> {
    if depth > MAX_DEPTH {
        return Err(error::too_deep());
    }
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        heap::reserve_text(out, SHORT)?;
        if index > 0 {
            out.push(',');
        }
        write_json_at(item, zone, depth + 1, out)?;
    }
    heap::reserve_text(out, 1)?;
    out.push(']');
    Ok(())
}

fn write_object(pairs: &KeyValue, zone: &Zone, depth: usize, out: &mut String) -> Fallible<()> {
    if depth > MAX_DEPTH {
        return Err(error::too_deep());
    }
    out.push('{');
    for (index, (key, value)) in pairs.pairs().iter().enumerate() {
        heap::reserve_text(out, SHORT)?;
        if index > 0 {
            out.push(',');
        }
        match key {
            Value::Text(text) => write_quoted_text(text, out)?,
            other => {
                out.push('"');
                write_scalar(other, zone, out)?;
                out.push('"');
            }
        }
        heap::reserve_text(out, SHORT)?;
        out.push(':');
        write_json_at(value, zone, depth + 1, out)?;
    }
    heap::reserve_text(out, 1)?;
    out.push('}');
    Ok(())
}

/// Appends a text of a script in quotes, looking at the memory before it grows.
#[inline]
fn write_quoted_text(text: &str, out: &mut String) -> Fallible<()> {
    out.push('"');
    for piece in pieces(text) {
        heap::reserve_text(out, ESCAPED * piece.len() + SHORT)?;
        escape(piece, out);
    }
    out.push('"');
    Ok(())
}

/// Appends a text in quotes, escaping quotes, backslashes and control characters, nothing else.
pub fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    escape(text, out);
    out.push('"');
}

/// Appends what stands between the quotes.
fn escape(text: &str, out: &mut String) {
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[plain_from..at]);
        plain_from = at + 1;
        if escape.is_empty() {
            out.push_str("\\u00");
            out.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[plain_from..]);
}
