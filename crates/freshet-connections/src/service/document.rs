//! From the text of a service document to a `Service`, or to every fault in it.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::Quirk;
use super::fault::{Complaint, Fault};
use super::hosts::{self, HostPattern};
use super::keys::{ERROR_WORDS, KEYS, Key, RESERVED_PARAMS, Shape};
use super::template::{self, is_field_name};
use super::value::{Table, entries, found, quoted, whole};
use super::{Pattern, Service, build, check};
use crate::suggest::nearest;

/// Whose document it is; defaults must say more and may not name this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    Custom,
}

/// Reads the document of the service `link_name`. `file` is what faults call it.
///
/// # Errors
/// Every fault, in the order of the text.
pub(crate) fn read(
    file: &str,
    text: &str,
    link_name: &str,
    origin: Origin,
) -> Result<Service, Vec<Fault>> {
    let mut reader = Reader {
        file,
        text,
        origin,
        faults: Vec::new(),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.complain(at, "", Complaint::toml(error.message().trim()));
    }
    // What a broken text holds can only be guessed at: further faults would be noise.
    if errors.is_empty() {
        let table = document.get_ref();
        reader.table("", KEYS, table, 0);
        let scheme = Table(table).text("scheme").unwrap_or_default();
        check::whole(&mut reader, table, &scheme);
        if reader.faults.is_empty() {
            return Ok(build::service(Table(table), link_name, text, origin));
        }
    }
    let mut faults = reader.faults;
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults.dedup();
    Err(faults)
}

/// The fault of a sound document whose name another service has.
pub(crate) fn taken_name(file: &str, text: &str, taken_by: &str) -> Vec<Fault> {
    let mut reader = Reader {
        file,
        text,
        origin: Origin::Custom,
        faults: Vec::new(),
    };
    let (document, _) = DeTable::parse_recoverable(text);
    if let Some(name) = document.get_ref().get("name") {
        let found = format!(
            "{}, the name of the service `{taken_by}`",
            found(name.get_ref())
        );
        let complaint = Complaint::value(&found, "a name used by no other service");
        reader.complain(name.span().start, "name", complaint);
    }
    reader.faults
}

/// The text of a document.
///
/// # Errors
/// C0060 with the place of the first byte that is not UTF-8.
pub(crate) fn utf8(file: &str, bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| {
        let (before, rest) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let before = String::from_utf8_lossy(before);
        let found = rest.first().copied().unwrap_or_default();
        let complaint = Complaint::toml(&format!(
            "found the byte 0x{found:02X}, expected a text in UTF-8"
        ));
        Fault::at(file, &before, before.len(), "", complaint)
    })
}

/// A document being checked.
pub(super) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    pub origin: Origin,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    /// Notes a fault at the byte `at` of the text.
    pub fn complain(&mut self, at: usize, key: &str, complaint: Complaint) {
        self.faults
            .push(Fault::at(self.file, self.text, at, key, complaint));
    }

    /// Whether no fault was found for `key` or anything in it.
    pub fn sound(&self, key: &str) -> bool {
        !self.faults.iter().any(|fault| {
            fault
                .key
                .strip_prefix(key)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// Checks the entries of a table against its keys. `path` is empty or ends in a dot.
    fn table(&mut self, path: &str, keys: &[Key], table: &DeTable<'_>, at: usize) {
        for (name, value) in entries(table) {
            let full = format!("{path}{}", name.get_ref());
            match keys.iter().find(|key| key.name == name.get_ref()) {
                Some(key) => self.value(&full, key, value),
                None => {
                    let near = nearest(name.get_ref(), keys.iter().map(|key| key.name));
                    self.complain(name.span().start, &full, Complaint::unknown_key(near));
                }
            }
        }
        for key in keys
            .iter()
            .filter(|key| key.required && table.get(key.name).is_none())
        {
            let whose = if path.is_empty() {
                "a service"
            } else {
                path.trim_end_matches('.')
            };
            let full = format!("{path}{}", key.name);
            self.complain(
                at,
                &full,
                Complaint::missing_key(key.name, whose, key.expected),
            );
        }
    }

    /// Checks one value against the shape of its key.
    fn value(&mut self, path: &str, key: &Key, value: &Spanned<DeValue<'_>>) {
        let at = value.span().start;
        match (&key.shape, value.get_ref()) {
            (Shape::Table(keys), DeValue::Table(table)) => {
                self.table(&format!("{path}."), keys, table, at)
            }
            (Shape::Tables(keys), DeValue::Array(items)) => self.tables(path, key, keys, items),
            (
                Shape::Headers | Shape::Params(_) | Shape::Texts | Shape::Aliases,
                DeValue::Table(table),
            ) => {
                for (name, value) in entries(table) {
                    let full = format!("{path}.{}", name.get_ref());
                    let fits = value
                        .get_ref()
                        .as_str()
                        .is_some_and(|text| fits_entry(&key.shape, name.get_ref(), text));
                    if !fits {
                        let found =
                            format!("{} = {}", quoted(name.get_ref()), found(value.get_ref()));
                        self.complain(
                            name.span().start,
                            &full,
                            Complaint::value(&found, key.expected),
                        );
                    }
                }
            }
            (
                Shape::Hosts | Shape::Quirks | Shape::ListOf(_) | Shape::Statuses,
                DeValue::Array(items),
            ) if !items.is_empty() => {
                let mut words = BTreeSet::new();
                for item in items {
                    let again = matches!(key.shape, Shape::ListOf(_))
                        && item
                            .get_ref()
                            .as_str()
                            .is_some_and(|word| !words.insert(word));
                    if again {
                        let found = format!("{} a second time", found(item.get_ref()));
                        let complaint = Complaint::value(&found, key.expected);
                        self.complain(item.span().start, path, complaint);
                    } else if !fits_item(&key.shape, item.get_ref(), self.origin) {
                        let found = found(item.get_ref());
                        let complaint = match key.shape {
                            Shape::Quirks => Complaint::quirk(&found, key.expected),
                            _ => Complaint::value(&found, key.expected),
                        };
                        self.complain(item.span().start, path, complaint);
                    }
                }
            }
            (Shape::Address, DeValue::String(text)) => {
                self.address(at, path, key.expected, text, text)
            }
            (Shape::Request, DeValue::String(text)) => match text.split_once(' ') {
                Some(("GET" | "POST", address)) => {
                    self.address(at, path, key.expected, address.trim(), text)
                }
                _ => self.complain(at, path, Complaint::value(&quoted(text), key.expected)),
            },
            (shape, value) => {
                if !fits(shape, value) {
                    self.complain(at, path, Complaint::value(&found(value), key.expected));
                }
            }
        }
    }

    fn tables(&mut self, path: &str, key: &Key, keys: &[Key], items: &[Spanned<DeValue<'_>>]) {
        let mut names = BTreeSet::new();
        for item in items {
            let Some(table) = item.get_ref().as_table() else {
                self.complain(
                    item.span().start,
                    path,
                    Complaint::value(&found(item.get_ref()), key.expected),
                );
                continue;
            };
            self.table(&format!("{path}."), keys, table, item.span().start);
            if let Some(value) = table.get("name")
                && let Some(name) = value.get_ref().as_str()
                && !names.insert(name.to_owned())
            {
                let expected = keys
                    .iter()
                    .find(|key| key.name == "name")
                    .map_or("", |key| key.expected);
                let found = format!("{} a second time", quoted(name));
                self.complain(
                    value.span().start,
                    &format!("{path}.name"),
                    Complaint::value(&found, expected),
                );
            }
        }
    }

    /// An address: https, or http to this machine in custom services; no user part, no fragment.
    fn address(&mut self, at: usize, path: &str, expected: &str, address: &str, written: &str) {
        let filled = filled(address);
        let sound = Url::parse(&filled).is_ok_and(|url| {
            let secure = match url.scheme() {
                "https" => true,
                "http" => self.origin == Origin::Custom && hosts::is_loopback(&url),
                _ => false,
            };
            secure
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        });
        if !sound {
            self.complain(at, path, Complaint::address(&quoted(written), expected));
        }
    }
}

/// A text with every placeholder filled with something that fits a host, a path and a query.
pub(super) fn filled(text: &str) -> String {
    template::parts(text)
        .into_iter()
        .map(|part| match part {
            template::Part::Text(text) => text,
            template::Part::Field(_) => "x1",
        })
        .collect()
}

/// Whether a value without parts of its own has the shape.
fn fits(shape: &Shape, value: &DeValue<'_>) -> bool {
    match shape {
        Shape::Flag => return value.is_bool(),
        Shape::Whole(least, most) => {
            return whole(value).is_some_and(|number| (*least..=*most).contains(&number));
        }
        _ => {}
    }
    let Some(text) = value.as_str() else {
        return false;
    };
    match shape {
        Shape::Line(most) => {
            let length = text.chars().count();
            (1..=*most).contains(&length)
                && text.trim() == text
                && !text.chars().any(char::is_control)
        }
        Shape::Text(most) => text.chars().count() <= *most,
        Shape::OneOf(words) => words.contains(&text),
        Shape::Json => serde_json::from_str::<serde_json::Value>(text).is_ok(),
        Shape::Pointer => text.is_empty() || text.starts_with('/'),
        Shape::Secret | Shape::Plain => !text.chars().any(char::is_control),
        Shape::HeaderName => is_header_name(text),
        Shape::ParamName => is_header_name(text) || is_parameter(text),
        Shape::Prefix => text
            .chars()
            .all(|character| character == ' ' || character.is_ascii_graphic()),
        Shape::Parameter => is_parameter(text),
        Shape::FieldName => is_field_name(text),
        Shape::ScopeName => is_scope(text),
        Shape::Pattern => Pattern::parse(text).is_some(),
        Shape::From => is_source(text),
        // The rest are lists and tables, or are checked where they are met.
        _ => false,
    }
}

/// Whether a service may set a parameter of that name. The callback is named once more in the address of a consent, as
/// OAuth 1.0 did before revision A.
fn is_free(name: &str) -> bool {
    let of_signatures = name.starts_with("oauth_") && name != "oauth_callback";
    !RESERVED_PARAMS.contains(&name) && !of_signatures
}

/// Whether `name = text` may stand in a table of this shape.
fn fits_entry(shape: &Shape, name: &str, text: &str) -> bool {
    match shape {
        Shape::Headers => is_header_name(name) && !text.chars().any(char::is_control),
        Shape::Params(_) => !name.is_empty() && is_free(name),
        Shape::Aliases => ERROR_WORDS.contains(&text),
        _ => true,
    }
}

/// Whether `item` may stand in a list of this shape.
fn fits_item(shape: &Shape, item: &DeValue<'_>, origin: Origin) -> bool {
    match shape {
        Shape::Statuses => whole(item).is_some_and(|status| (400..=499).contains(&status)),
        Shape::ListOf(words) => item.as_str().is_some_and(|text| words.contains(&text)),
        Shape::Quirks => item
            .as_str()
            .is_some_and(|text| Quirk::parse(text).is_some()),
        Shape::Hosts => item.as_str().is_some_and(|text| is_host(text, origin)),
        _ => false,
    }
}

/// A host pattern, placeholders allowed. Behind a star at least two labels are fixed.
fn is_host(text: &str, origin: Origin) -> bool {
    if let Some(rest) = text.strip_prefix("*.") {
        let fixed = rest
            .split('.')
            .filter(|label| template::placeholders(label).next().is_none())
            .count();
        if fixed < 2 {
            return false;
        }
    }
    // A whole host can come from a field; its pattern is then required (check.rs).
    let alone = matches!(template::parts(text).as_slice(), [template::Part::Field(_)]);
    alone || HostPattern::parse(&filled(text), origin == Origin::Custom).is_some()
}

pub(super) fn is_header_name(text: &str) -> bool {
    text.len() <= 64 && http::HeaderName::from_bytes(text.as_bytes()).is_ok()
}

/// 1 to 64 unreserved characters (RFC 3986, 2.3).
pub(super) fn is_parameter(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
}

/// Characters of one scope (RFC 6749, 3.3).
pub(crate) fn is_scope(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_graphic() && c != '"' && c != '\\')
}

fn is_source(text: &str) -> bool {
    match text.split_once(':') {
        None => ["user", "client", "lookup"].contains(&text),
        Some(("callback", name)) => !name.is_empty(),
        Some(("token", pointer)) => pointer.starts_with('/'),
        Some(_) => false,
    }
}
