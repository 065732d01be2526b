//! Writes pairs as XML: an element for each, no declaration, no white space between (Built-ins II, 5).

use super::name;
use crate::error::{self, Fallible};
use crate::value::calendar::Zone;
use crate::value::display::{self, MAX_DEPTH};
use crate::value::{Form, KeyValue, Value, heap};

/// Bytes that the signs of an element take: `<>` and `</>`.
const SIGNS: usize = 5;

/// Bytes that one byte of a text takes at most: `&amp;`.
const ESCAPED: usize = 5;

/// Values that are seen between two looks at their number.
const MANY: usize = 4096;

/// `pairs` inside the element `root`. `function` is who asks, for messages.
///
/// # Errors
/// R0016 for a key that is no name or a character that XML cannot hold, R0010 for pairs nested too deeply, R0103 for
/// a result that would need too much memory.
pub(super) fn write(function: &'static str, pairs: &KeyValue, zone: &Zone) -> Fallible<String> {
    let mut writer = Writer {
        function,
        zone,
        out: String::new(),
        visited: 0,
    };
    writer.out.push_str("<root>");
    writer.pairs(pairs, 1)?;
    writer.out.push_str("</root>");
    Ok(writer.out)
}

/// Appends an element that holds a text.
///
/// # Errors
/// R0103 when it would need too much memory.
pub(super) fn element(name: &str, text: &str, out: &mut String) -> Fallible<()> {
    open(name, out);
    for piece in display::pieces(text) {
        heap::reserve_text(out, ESCAPED * piece.len() + name.len() + SIGNS)?;
        escape(piece, out);
    }
    close(name, out);
    Ok(())
}

struct Writer<'c> {
    function: &'static str,
    zone: &'c Zone,
    out: String,
    /// Values seen so far.
    visited: usize,
}

impl Writer<'_> {
    fn pairs(&mut self, pairs: &KeyValue, depth: usize) -> Fallible<()> {
        if depth > MAX_DEPTH {
            return Err(error::too_deep());
        }
        for (key, value) in pairs.pairs().iter() {
            let key = display::to_text(key, self.zone)?;
            if !name::is_qualified(&key) {
                let found = error::shorten(&key);
                return Err(error::argument_value(
                    self.function,
                    format!("the key {found} cannot be the name of an element"),
                )
                .help("a name begins with a letter or `_` and holds letters, digits, `-`, `_` and `.`"));
            }
            self.elements(&key, value, depth)?;
        }
        Ok(())
    }

    /// The element of a value; of a list, those of its elements.
    fn elements(&mut self, key: &str, value: &Value, depth: usize) -> Fallible<()> {
        // A list that holds another twice, which holds a third twice, … is small but has no end in practice.
        self.visited += 1;
        if self.visited.is_multiple_of(MANY) {
            heap::check(self.visited * size_of::<Value>())?;
        }
        heap::reserve_text(&mut self.out, 2 * key.len() + SIGNS)?;
        match value.settled() {
            Value::List(list) => self.list(key, &list.items(), depth + 1),
            Value::KeyValue(pairs) => self.nested(key, pairs, depth + 1),
            Value::Collection(collection) => match collection.form() {
                Form::Open => Ok(()),
                Form::Index(list) => self.list(key, &list.items(), depth + 1),
                Form::Keyed(pairs) => self.nested(key, &pairs, depth + 1),
            },
            Value::Null | Value::Braces(_) => element(key, "", &mut self.out),
            Value::Text(text) => self.text(key, text),
            other => self.text(key, &display::to_text(other, self.zone)?),
        }
    }

    fn list(&mut self, key: &str, items: &[Value], depth: usize) -> Fallible<()> {
        if depth > MAX_DEPTH {
            return Err(error::too_deep());
        }
        items
            .iter()
            .try_for_each(|item| self.elements(key, item, depth))
    }

    fn nested(&mut self, key: &str, pairs: &KeyValue, depth: usize) -> Fallible<()> {
        open(key, &mut self.out);
        self.pairs(pairs, depth)?;
        close(key, &mut self.out);
        Ok(())
    }

    fn text(&mut self, key: &str, text: &str) -> Fallible<()> {
        if let Some(character) = text.chars().find(|character| !can_stand(*character)) {
            let code = u32::from(character);
            return Err(error::argument_value(
                self.function,
                format!("XML cannot hold the character U+{code:04X}, found in `{key}`"),
            ));
        }
        element(key, text, &mut self.out)
    }
}

fn open(name: &str, out: &mut String) {
    out.push('<');
    out.push_str(name);
    out.push('>');
}

fn close(name: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// A carriage return is escaped too, since readers take a bare one for a line feed (XML 1.0, 2.11).
fn escape(text: &str, out: &mut String) {
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'\r' => "&#13;",
            _ => continue,
        };
        out.push_str(&text[plain_from..at]);
        out.push_str(escaped);
        plain_from = at + 1;
    }
    out.push_str(&text[plain_from..]);
}

/// True for a character that an XML document may hold (XML 1.0, 2.2).
fn can_stand(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
