//! A fault of a service document, with its place.

use std::fmt;

use super::{Field, FieldSource};
use crate::error::{Code, shown};

/// One fault of a document. Prints as `FILE:LINE:COLUMN: KEY: MESSAGE (CODE)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// From 1; 0 where there is no text with lines.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The key concerned, such as `token_url` or `fields.name`; empty for the text as a whole.
    pub key: String,
    /// What was found and what was expected.
    pub message: String,
    pub(crate) kind: Code,
}

impl Fault {
    /// A definition that is longer than any can be; `most` in bytes.
    pub(crate) fn too_large(file: &str, most: usize) -> Self {
        let cause = format!("found more than {most} bytes, expected one service");
        Self::at(file, "", 0, "", Complaint::toml(&cause))
    }

    /// A fault at the byte `at` of a text.
    pub(super) fn at(file: &str, text: &str, at: usize, key: &str, complaint: Complaint) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Fault {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: key.to_owned(),
            message: complaint.message,
            kind: complaint.kind,
        }
    }

    /// The stable code, C0060 to C0070.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.as_str()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}:{}: ", shown(&self.file), self.line, self.column)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{} ({})", self.message, self.code())
    }
}

/// What is wrong, without its place. One constructor for each kind, so that a wording stands once.
pub(crate) struct Complaint {
    pub kind: Code,
    pub message: String,
}

impl Complaint {
    fn new(kind: Code, message: String) -> Self {
        Complaint { kind, message }
    }

    pub fn toml(cause: &str) -> Self {
        Self::new(Code::Toml, cause.to_owned())
    }

    pub fn unknown_key(near: Option<&str>) -> Self {
        let message = match near {
            Some(near) => format!("did you mean {near}?"),
            None => "found an unknown key, expected one of the keys of a service".to_owned(),
        };
        Self::new(Code::UnknownKey, message)
    }

    /// The key exists, but not for this scheme.
    pub fn foreign_key(scheme: &str, schemes: &str) -> Self {
        Self::new(
            Code::UnknownKey,
            format!("found in a service of scheme {scheme}, expected only with {schemes}"),
        )
    }

    /// `of` is the scheme, the grant or what else needs the key.
    pub fn missing_key(key: &str, of: &str, expected: &str) -> Self {
        Self::new(
            Code::MissingKey,
            format!("found nothing, expected {key} for {of}: {expected}"),
        )
    }

    pub fn value(found: &str, expected: &str) -> Self {
        Self::new(
            Code::KeyValue,
            format!("found {found}, expected {expected}"),
        )
    }

    pub fn address(found: &str, expected: &str) -> Self {
        Self::new(Code::Address, format!("found {found}, expected {expected}"))
    }

    pub fn not_covered(host: &str, hosts: &str) -> Self {
        Self::new(
            Code::HostsDoNotCover,
            format!("goes to {host}, expected one of {hosts}"),
        )
    }

    pub fn no_field(placeholder: &str, near: Option<&str>) -> Self {
        let near = near
            .map(|near| format!("; did you mean `{{{near}}}`?"))
            .unwrap_or_default();
        Self::new(
            Code::Placeholder,
            format!("`{{{placeholder}}}` has no field{near}"),
        )
    }

    /// A field that `key` needs though it is not written there, since `fields` lists others. `usual` is what stands for
    /// it where `fields` is left out.
    pub fn no_field_of_default(key: &str, name: &str, usual: Option<&Field>) -> Self {
        let title = usual.map_or(name, |field| &field.title);
        let secret = if usual.is_some_and(|field| field.secret) {
            ", secret = true"
        } else {
            ""
        };
        let from = if usual.is_some_and(|field| field.from == FieldSource::Client) {
            ", from = \"client\""
        } else {
            ""
        };
        Self::new(
            Code::Placeholder,
            format!(
                "`{{{name}}}` has no field, and {key} uses it unless it says otherwise; a document that lists fields lists \
                 this one too: name = \"{name}\", title = \"{title}\"{secret}{from}"
            ),
        )
    }

    pub fn unused_field(field: &str) -> Self {
        Self::new(Code::Placeholder, format!("`{field}` is never used"))
    }

    pub fn secret_not_here(placeholder: &str) -> Self {
        Self::new(
            Code::Placeholder,
            format!(
                "found the secret field `{{{placeholder}}}`, expected secrets only in username, password, key, keys, jwt and token_params"
            ),
        )
    }

    pub fn quirk(found: &str, expected: &str) -> Self {
        Self::new(
            Code::Quirk,
            format!("found {found}, expected one of {expected}"),
        )
    }
}
