//! The parts of a multipart body (Built-ins II, 6.3).

use super::{header_value, pairs};
use crate::error::{self, Fallible, RuntimeError};
use crate::library::elements::describe;
use crate::value::calendar::Zone;
use crate::value::{File, Form, KeyValue, Value, display, heap};

/// A part of a multipart body.
pub(super) struct Part {
    name: String,
    /// `None` for a text part.
    file_name: Option<String>,
    media_type: Option<String>,
    bytes: Vec<u8>,
}

impl Part {
    pub(super) fn text(name: String, text: String) -> Self {
        Self {
            name,
            file_name: None,
            media_type: None,
            bytes: text.into_bytes(),
        }
    }

    /// # Errors
    /// R0103 when a copy of the content would need more memory than the run may use.
    pub(super) fn file(name: String, file: &File) -> Fallible<Self> {
        let data = file.data();
        heap::check(data.bytes().len())?;
        Ok(Self {
            name,
            file_name: Some(data.name.clone()),
            media_type: Some(file_type(file)),
            bytes: data.bytes().to_vec(),
        })
    }
}

/// The parts together. Each holds a copy of what a script may hold once and give many times.
///
/// # Errors
/// R0103 when the parts would need more memory than the run may use.
pub(super) fn gather(parts: impl Iterator<Item = Fallible<Part>>) -> Fallible<Vec<Part>> {
    let mut out = Vec::new();
    let mut taken = 0_usize;
    for part in parts {
        let part = part?;
        taken = taken.saturating_add(part.name.len() + part.bytes.len());
        heap::check(taken)?;
        out.push(part);
    }
    Ok(out)
}

/// The Content-Type of a FILE, with the charset that was set in the place of its own.
pub(super) fn file_type(file: &File) -> String {
    let data = file.data();
    let media_type = match data.media_type.as_str() {
        "" => "application/octet-stream",
        known => known,
    };
    match &data.charset {
        Some(charset) => with_charset(media_type, charset),
        None => media_type.to_owned(),
    }
}

/// The media type with this charset in the place of its own.
fn with_charset(media_type: &str, charset: &str) -> String {
    let is_charset = |piece: &&str| {
        let name = piece.trim_start().get(.."charset=".len());
        name.is_some_and(|name| name.eq_ignore_ascii_case("charset="))
    };
    let kept: Vec<&str> = media_type
        .split(';')
        .filter(|piece| !is_charset(piece))
        .collect();
    format!("{}; charset={charset}", kept.join(";"))
}

/// The parts of `files`; `None` where it was left out.
pub(super) fn files(name: &str, value: &Value, zone: &Zone) -> Fallible<Option<Vec<Part>>> {
    const DEFAULT_NAME: &str = "file";
    let wrong = |found: &Value| {
        error::argument_type(
            name,
            "files",
            "a FILE, a LIST of FILEs or of KEY-VALUEs, or a KEY-VALUE of FILEs",
            &describe(found),
        )
    };
    let named = |file: &File| {
        let name = file.data().param_name.clone();
        Part::file(name.unwrap_or_else(|| DEFAULT_NAME.to_owned()), file)
    };
    let elements = match value.settled() {
        Value::Null => return Ok(None),
        Value::File(file) => return Ok(Some(vec![named(file)?])),
        Value::List(list) => list.to_vec(),
        Value::Collection(collection) => match collection.form() {
            Form::Index(list) => list.to_vec(),
            Form::Keyed(pairs) => return fields(&pairs, zone, wrong).map(Some),
            Form::Open => Vec::new(),
        },
        Value::KeyValue(pairs) => return fields(pairs, zone, wrong).map(Some),
        Value::Braces(_) => Vec::new(),
        other => return Err(wrong(other)),
    };
    gather(elements.iter().map(|element| match element.settled() {
        Value::File(file) => named(file),
        other => match pairs(other) {
            Some(description) => described_part(&description, zone),
            None => Err(wrong(other)),
        },
    }))
    .map(Some)
}

/// `files: {"field": file}`.
fn fields(
    pairs: &KeyValue,
    zone: &Zone,
    wrong: impl Fn(&Value) -> Box<RuntimeError>,
) -> Fallible<Vec<Part>> {
    gather(
        pairs
            .pairs()
            .iter()
            .map(|(key, value)| match value.settled() {
                Value::File(file) => Part::file(display::to_text(key, zone)?, file),
                other => Err(wrong(other)),
            }),
    )
}

/// `files: {{"paramName": …, "content": …, "stringPart": …, "Content-Type": …, "encodingType": …}}`.
fn described_part(description: &KeyValue, zone: &Zone) -> Fallible<Part> {
    let read = |key: &str| {
        description
            .pairs()
            .get_text(key)
            .map(|value| value.settled().clone())
    };
    let text = |key: &str| match read(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => display::to_text(&value, zone).map(Some),
    };
    let Some(name) = text("paramName")? else {
        return Err(error::bad_request("a part in `files` has no `paramName`"));
    };
    let is_text = text("stringPart")?.is_some_and(|flag| flag.trim().eq_ignore_ascii_case("true"));
    let mut part = match read("content").unwrap_or_default() {
        Value::File(file) if is_text => {
            heap::check(file.data().bytes().len())?;
            let bytes = file.data().bytes().to_vec();
            Part {
                bytes,
                ..Part::text(name, String::new())
            }
        }
        Value::File(file) => Part::file(name, &file)?,
        other => {
            let content = if other.is_null() {
                String::new()
            } else {
                display::to_text(&other, zone)?
            };
            let file_name = (!is_text).then(|| name.clone());
            Part {
                file_name,
                ..Part::text(name, content)
            }
        }
    };
    if let Some(media_type) = text("Content-Type")? {
        part.media_type = Some(media_type);
    }
    if let Some(charset) = text("encodingType")? {
        let media_type = part.media_type.as_deref().unwrap_or("text/plain");
        // The one it names wins over that of the file.
        part.media_type = Some(with_charset(media_type, &charset));
    }
    Ok(part)
}

/// A multipart body of these parts.
///
/// # Errors
/// R0027 for a Content-Type that would break out of its line, R0103 when it would need more memory than the run may use.
pub(super) fn write(parts: &[Part], boundary: &str) -> Fallible<Vec<u8>> {
    let heads: Vec<String> = parts
        .iter()
        .map(|part| head(part, boundary))
        .collect::<Fallible<_>>()?;
    let end = format!("--{boundary}--\r\n");
    let content = parts.iter().map(|part| part.bytes.len() + "\r\n".len());
    let length = heads.iter().map(String::len).chain(content).sum::<usize>() + end.len();
    // The parts stay until they are written.
    heap::check(length.saturating_mul(2))?;
    let mut body = Vec::with_capacity(length);
    for (part, head) in parts.iter().zip(heads) {
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&part.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(end.as_bytes());
    Ok(body)
}

/// What stands before the content of a part.
fn head(part: &Part, boundary: &str) -> Fallible<String> {
    let mut head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"",
        quoted(&part.name)
    );
    if let Some(file_name) = &part.file_name {
        head.push_str(&format!("; filename=\"{}\"", quoted(file_name)));
    }
    if let Some(media_type) = &part.media_type {
        header_value("Content-Type", media_type)?;
        head.push_str("\r\nContent-Type: ");
        head.push_str(media_type.trim());
    }
    head.push_str("\r\n\r\n");
    Ok(head)
}

/// A name inside the quotes of a Content-Disposition, escaped as HTML forms do.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
