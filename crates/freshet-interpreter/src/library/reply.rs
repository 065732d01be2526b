//! Turns the reply to a web call into a value (Built-ins II, 6.4).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

use super::file::{decoded, encoding};
use super::json_reader::{self, Refused};
use super::request::{essence, is_json};
use crate::error::Fallible;
use crate::host::UrlReply;
use crate::value::{Collection, File, Form, KeyValue, Value, heap};

/// How a script wants the body of a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// By its media type.
    #[default]
    ByType,
    /// As FILE.
    File,
    /// As TEXT, not parsed.
    Text,
    /// JSON as COLLECTION; anything else by its media type.
    Collection,
}

/// How a script wants a reply.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted {
    /// True for body, headers and status together.
    pub detailed: bool,
    pub format: Format,
    /// Encoding of the body, where the script names one.
    pub decoding: Option<&'static Encoding>,
}

/// The value of a reply. In a dry run, in which nothing was sent, the body is null and the status 0.
///
/// # Errors
/// When the value would need too much memory.
pub(super) fn value(reply: UrlReply, wanted: Wanted) -> Fallible<Value> {
    let UrlReply { response, address } = reply;
    let Some(response) = response else {
        return Ok(if wanted.detailed {
            detailed(Value::Null, &HeaderMap::new(), 0)
        } else {
            Value::Null
        });
    };
    let (head, body) = response.into_parts();
    let body = Body {
        headers: &head.headers,
        address: &address,
        wanted,
    }
    .value(body)?;
    Ok(if wanted.detailed {
        detailed(body, &head.headers, head.status.as_u16())
    } else {
        body
    })
}

fn detailed(body: Value, headers: &HeaderMap, status: u16) -> Value {
    let names = KeyValue::with_capacity(headers.keys_len());
    for name in headers.keys() {
        names.put_text(name.as_str(), joined(headers, name).into());
    }
    let reply = KeyValue::with_capacity(3);
    reply.put_text("responseText", body);
    reply.put_text("responseHeader", Value::KeyValue(names));
    reply.put_text("responseCode", i64::from(status).into());
    Value::KeyValue(reply)
}

/// The values of a header, repeated ones joined.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(", ")
}

/// Media types whose bodies are text, beside `…+xml`.
const TEXTS: &[&str] = &[
    "text/plain",
    "text/html",
    "text/xml",
    "application/xml",
    "application/javascript",
    "text/javascript",
    "application/x-www-form-urlencoded",
];

struct Body<'r> {
    headers: &'r HeaderMap,
    address: &'r str,
    wanted: Wanted,
}

impl Body<'_> {
    fn value(&self, bytes: Vec<u8>) -> Fallible<Value> {
        match self.wanted.format {
            Format::File => return Ok(self.file(bytes)),
            Format::Text => return Ok(self.text(bytes)?.into()),
            Format::ByType | Format::Collection => {}
        }
        if bytes.is_empty() {
            return Ok("".into());
        }
        if self.is_attachment() {
            return Ok(self.file(bytes));
        }
        let media_type = essence(self.content_type());
        let looks_like_json = || {
            bytes
                .trim_ascii_start()
                .first()
                .is_some_and(|byte| b"{[".contains(byte))
        };
        let may_be_json = (media_type.is_empty() || media_type.starts_with("text/"))
            && media_type != "text/csv"
            && looks_like_json();
        let is_text = TEXTS.contains(&media_type.as_str()) || media_type.ends_with("+xml");
        if is_json(&media_type) {
            let text = self.text(bytes)?;
            return Ok(self.json(&text)?.unwrap_or_else(|| text.into()));
        }
        if may_be_json && let Some(value) = self.json(&decoded(self.encoding(), &bytes)?)? {
            return Ok(value);
        }
        // Without a type it is text if it reads as text.
        if is_text || (media_type.is_empty() && std::str::from_utf8(&bytes).is_ok()) {
            return Ok(self.text(bytes)?.into());
        }
        Ok(self.file(bytes))
    }

    fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE)
    }

    fn header(&self, name: HeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    fn is_attachment(&self) -> bool {
        essence(self.header(CONTENT_DISPOSITION)) == "attachment"
    }

    /// The JSON value of a text; `None` if it is no JSON.
    fn json(&self, text: &str) -> Fallible<Option<Value>> {
        let value = match json_reader::read_strict(text) {
            Ok(value) => value,
            // A body nested too deeply for a value stays text; too little memory ends the run.
            Err(Refused::Failed(error)) if !error.catchable() => return Err(error),
            Err(_) => return Ok(None),
        };
        if self.wanted.format != Format::Collection {
            return Ok(Some(value));
        }
        Ok(Some(match value {
            Value::List(list) => Value::Collection(Collection::new(Form::Index(list))),
            Value::KeyValue(pairs) => Value::Collection(Collection::new(Form::Keyed(pairs))),
            scalar => scalar,
        }))
    }

    /// The encoding that the script names, else that of the reply, else UTF-8.
    fn encoding(&self) -> &'static Encoding {
        self.wanted
            .decoding
            .or_else(|| encoding(&parameter(self.content_type(), "charset")?))
            .unwrap_or(UTF_8)
    }

    /// The body as text; UTF-8 is not copied.
    fn text(&self, bytes: Vec<u8>) -> Fallible<String> {
        let mut bytes = bytes;
        if self.encoding() == UTF_8 && !bytes.starts_with(b"\xEF\xBB\xBF") {
            match String::from_utf8(bytes) {
                Ok(text) => return Ok(text),
                Err(fault) => bytes = fault.into_bytes(),
            }
        }
        let text = decoded(self.encoding(), &bytes)?;
        if let Cow::Borrowed(text) = text {
            heap::check(text.len())?;
        }
        Ok(text.into_owned())
    }

    fn file(&self, bytes: Vec<u8>) -> Value {
        let media_type = match essence(self.content_type()) {
            none if none.is_empty() => "application/octet-stream".to_owned(),
            known => known,
        };
        let file = File::new(self.file_name(), media_type, bytes);
        let charset = match self.wanted.decoding {
            Some(encoding) => Some(encoding.name().to_owned()),
            None => {
                parameter(self.content_type(), "charset").filter(|label| encoding(label).is_some())
            }
        };
        file.change(|data| data.charset = charset);
        Value::File(file)
    }

    /// The name that Content-Disposition gives, else the last part of the address.
    fn file_name(&self) -> String {
        let disposition = self.header(CONTENT_DISPOSITION);
        let announced = parameter(disposition, "filename*")
            .and_then(|value| extended(&value))
            .or_else(|| parameter(disposition, "filename"));
        let path = self.address.split(['?', '#']).next().unwrap_or("");
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        let segment = path
            .split_once('/')
            .and_then(|(_, path)| path.rsplit('/').next());
        let usable = |name: String| Some(safe_name(&name)).filter(|name| !name.is_empty());
        announced
            .and_then(usable)
            .or_else(|| usable(percent_decode(segment?)))
            .unwrap_or_else(|| "file".to_owned())
    }
}

/// A file name without folders and control characters.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    last.chars()
        .filter(|character| !character.is_control())
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A parameter of a header such as `text/html; charset="utf-8"`.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(inside) => quoted(inside),
            None => {
                let (value, next) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), next)
            }
        };
        if name
            .trim_start_matches([';', ' ', '\t'])
            .trim_end()
            .eq_ignore_ascii_case(wanted)
        {
            return Some(value);
        }
        rest = next;
    }
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// `UTF-8''na%C3%AFve.txt` (RFC 8187).
fn extended(value: &str) -> Option<String> {
    let (label, rest) = value.split_once('\'')?;
    let (_language, name) = rest.split_once('\'')?;
    let bytes = percent_bytes(name);
    Some(
        encoding(label)?
            .decode_without_bom_handling(&bytes)
            .0
            .into_owned(),
    )
}

fn percent_decode(text: &str) -> String {
    String::from_utf8_lossy(&percent_bytes(text)).into_owned()
}

fn percent_bytes(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes
            .get(at + 1..at + 3)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(decoded) if byte == b'%' => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
