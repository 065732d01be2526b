//! From the text of `freshet.toml` or `config.toml` to settings, with every fault in it.

use std::borrow::Cow;

use freshet_connections::LinkName;
use freshet_interpreter::library::integration::{is_service, nearest_service};
use freshet_interpreter::nearest::nearest;
use freshet_interpreter::value::calendar::Zone;
use freshet_syntax::source::SourceFile;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::faults::{self, Fault, Place};
use super::keys::{self, INTEGRATIONS, Key, Shape, VARIABLES};
use crate::arguments::is_name;
use crate::limit;

/// Which of the two files it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Project,
    User,
}

/// A value that was set.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A text, a path, a time.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction; only of `variables`.
    Decimal(f64),
    /// true or false.
    Boolean(bool),
    /// `{ env = "NAME" }`; only of `variables`.
    Environment(String),
}

/// A setting where it stands.
pub(super) struct Entry {
    /// Its full name.
    pub key: String,
    pub value: Setting,
    /// The line, counted from 1.
    pub line: u32,
}

/// What a settings file says.
pub(super) struct Document {
    pub entries: Vec<Entry>,
    /// Errors and warnings in the order of the text.
    pub faults: Vec<Fault>,
}

/// Reads a settings file.
pub(super) fn read(kind: Kind, file: &SourceFile) -> Document {
    let mut reader = Reader {
        kind,
        file,
        entries: Vec::new(),
        faults: Vec::new(),
    };
    if let Some(at) = file.not_utf8() {
        let place = reader.place(at as usize);
        reader
            .faults
            .push(faults::not_toml(place, "it is not UTF-8 text"));
    } else {
        reader.text();
    }
    let Reader {
        entries,
        mut faults,
        ..
    } = reader;
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults.dedup();
    Document { entries, faults }
}

struct Reader<'f> {
    kind: Kind,
    file: &'f SourceFile,
    entries: Vec<Entry>,
    faults: Vec<Fault>,
}

impl<'f> Reader<'f> {
    fn place(&self, at: usize) -> Place<'f> {
        Place {
            file: self.file,
            at,
        }
    }

    fn text(&mut self) {
        // A byte order mark is no part of TOML.
        let text = self.file.text();
        let marked = text.len() - text.trim_start_matches('\u{feff}').len();
        let blanked = match marked {
            0 => Cow::Borrowed(text),
            _ => Cow::Owned(format!("{}{}", " ".repeat(marked), &text[marked..])),
        };
        let (document, errors) = DeTable::parse_recoverable(&blanked);
        for error in &errors {
            let place = self.place(error.span().map_or(0, |span| span.start));
            self.faults.push(faults::not_toml(place, error.message()));
        }
        // What stands on a line that is no TOML can only be guessed at: a second fault there would be noise.
        let broken: Vec<u64> = self.faults.iter().map(|fault| fault.line.into()).collect();
        self.table("", document.get_ref());
        self.faults.retain(|fault| {
            let line = u64::from(fault.line);
            fault.code == "E0301"
                || !(broken.contains(&line)
                    || fault.code == "W0301" && is_astray(&blanked, &broken, line))
        });
    }

    /// The entries of a table. `path` is empty or ends in a point.
    fn table(&mut self, path: &str, table: &DeTable<'_>) {
        for (name, value) in entries(table) {
            let full = format!("{path}{}", name.get_ref());
            let sub = format!("{full}.");
            let is_table = full == VARIABLES
                || full == INTEGRATIONS
                || keys::KEYS.iter().any(|key| key.name.starts_with(&sub));
            match (keys::find(&full), value.get_ref()) {
                (Some(key), _) if key.own && self.kind == Kind::User => {
                    let help = "it belongs into the freshet.toml of a project".to_owned();
                    self.unknown(name, &full, Some(help));
                }
                (Some(key), _) => self.value(key, value),
                (None, DeValue::Table(inner)) if full == VARIABLES => self.variables(inner),
                (None, DeValue::Table(inner)) if full == INTEGRATIONS => self.integrations(inner),
                (None, DeValue::Table(inner)) if is_table => self.table(&sub, inner),
                (None, other) if is_table => {
                    self.wrong(value, &full, &found(other), "a table of settings");
                }
                (None, _) => {
                    let help = proposal(path, name.get_ref());
                    self.unknown(name, &full, help);
                }
            }
        }
    }

    fn unknown(&mut self, name: &Spanned<Cow<'_, str>>, full: &str, help: Option<String>) {
        let place = self.place(name.span().start);
        self.faults.push(faults::unknown_key(place, full, help));
    }

    fn wrong(&mut self, value: &Spanned<DeValue<'_>>, key: &str, found: &str, expected: &str) {
        let place = self.place(value.span().start);
        self.faults
            .push(faults::wrong_value(place, key, found, expected));
    }

    fn set(&mut self, value: &Spanned<DeValue<'_>>, key: String, setting: Setting) {
        let line = self.place(value.span().start).line();
        self.entries.push(Entry {
            key,
            value: setting,
            line,
        });
    }

    fn value(&mut self, key: &'static Key, value: &Spanned<DeValue<'_>>) {
        match setting(key, value.get_ref()) {
            Ok(setting) => self.set(value, key.name.to_owned(), setting),
            Err(expected) => self.wrong(value, key.name, &found(value.get_ref()), &expected),
        }
    }

    fn variables(&mut self, table: &DeTable<'_>) {
        for (name, value) in entries(table) {
            let full = format!("{VARIABLES}.{}", name.get_ref());
            if !is_name(name.get_ref()) {
                let place = self.place(name.span().start);
                self.faults.push(faults::wrong_value(
                    place,
                    &full,
                    "a name that no script can write",
                    "letters, digits and _",
                ));
                continue;
            }
            match variable(value.get_ref()) {
                Some(setting) => self.set(value, full, setting),
                None => self.wrong(
                    value,
                    &full,
                    &found(value.get_ref()),
                    "a text, a number, true, false, or { env = \"NAME\" }",
                ),
            }
        }
    }

    fn integrations(&mut self, table: &DeTable<'_>) {
        for (name, value) in entries(table) {
            let full = format!("{INTEGRATIONS}.{}", name.get_ref());
            // Other services may follow, but a slip of a known one would be found only when a task lacks its connection.
            if !is_service(name.get_ref())
                && let Some(near) = nearest_service(name.get_ref())
            {
                let help = format!("did you mean `{INTEGRATIONS}.{near}`?");
                self.unknown(name, &full, Some(help));
            }
            match value.get_ref() {
                DeValue::String(link) if LinkName::fits(link) => {
                    self.set(value, full, Setting::Text(link.to_string()));
                }
                other => self.wrong(value, &full, &found(other), &Shape::LinkName.expected()),
            }
        }
    }
}

/// Whether a line stands in a table whose header is broken: its keys are read as if they stood elsewhere.
pub(crate) fn is_astray(text: &str, broken: &[u64], line: u64) -> bool {
    let header = text
        .lines()
        .zip(1..=line)
        .filter(|(text, _)| text.trim_start().starts_with('['))
        .last();
    header.is_some_and(|(_, number)| broken.contains(&number))
}

/// The setting that the key was probably meant to be, as a help text.
fn proposal(path: &str, name: &str) -> Option<String> {
    if let Some(near) = nearest(name, keys::names_in(path)) {
        return Some(format!("did you mean `{path}{near}`?"));
    }
    if !path.is_empty() && [VARIABLES, INTEGRATIONS].contains(&name) {
        return Some(format!(
            "it is a table of its own: write the line `[{name}]`, and its settings below"
        ));
    }
    // Perhaps it stands in the wrong table.
    let last = |key: &'static Key| key.name.rsplit('.').next().unwrap_or(key.name);
    let near = nearest(name, keys::KEYS.iter().map(last)).unwrap_or(name);
    keys::KEYS
        .iter()
        .find(|key| last(key) == near)
        .map(|key| format!("did you mean `{}`?", key.name))
}

impl Key {
    /// The value that a variable of the environment says.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn read(&self, text: &str) -> Result<Setting, String> {
        let expected = || self.shape.expected();
        match self.shape {
            Shape::Whole(least, most) => text
                .parse()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .map(Setting::Whole)
                .ok_or_else(expected),
            Shape::Boolean => switch(text).map(Setting::Boolean).ok_or_else(expected),
            _ => setting(self, &DeValue::String(text.into())),
        }
    }

    /// What holds where nobody sets it; `None`: nothing does, or it depends on other settings.
    #[must_use]
    pub fn default_value(&self) -> Option<Setting> {
        self.read(self.default)
            .ok()
            .filter(|_| self.default != "none")
    }
}

/// A switch as the environment says it, in any letter case; empty is off.
#[must_use]
pub fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "t" | "y" => Some(true),
        "" | "0" | "false" | "no" | "off" | "f" | "n" => Some(false),
        _ => None,
    }
}

/// The value as its key takes it, or what was expected.
fn setting(key: &Key, value: &DeValue<'_>) -> Result<Setting, String> {
    let expected = || key.shape.expected();
    let text = value.as_str();
    match key.shape {
        Shape::Text | Shape::Path => text
            .filter(|text| !text.is_empty())
            .map(|text| Setting::Text(text.to_owned()))
            .ok_or_else(expected),
        Shape::Zone => text
            .filter(|text| Zone::find(text).is_some())
            .map(|text| Setting::Text(text.to_owned()))
            .ok_or_else(expected),
        Shape::DataCentre => text
            .filter(|text| is_data_centre(text))
            .map(|text| Setting::Text(text.to_owned()))
            .ok_or_else(expected),
        Shape::LinkName => text
            .filter(|text| LinkName::fits(text))
            .map(|text| Setting::Text(text.to_owned()))
            .ok_or_else(expected),
        Shape::Rights => text
            .filter(|text| matches!(*text, "use" | "manage"))
            .map(|text| Setting::Text(text.to_owned()))
            .ok_or_else(expected),
        Shape::Boolean => value.as_bool().map(Setting::Boolean).ok_or_else(expected),
        Shape::Whole(least, most) => whole(value)
            .filter(|number| (least..=most).contains(number))
            .map(Setting::Whole)
            .ok_or_else(expected),
        Shape::Time => match (text, whole(value)) {
            (Some(text), _) => limit::duration(text)
                .ok()
                .filter(|time| !time.is_zero())
                .map(|_| Setting::Text(text.to_owned()))
                .ok_or_else(expected),
            (None, Some(seconds)) if seconds > 0 => Ok(Setting::Text(format!("{seconds}s"))),
            _ => Err(expected()),
        },
        Shape::Limit => {
            let written = text
                .map(str::to_owned)
                .or_else(|| Some(whole(value)?.to_string()))
                .ok_or_else(expected)?;
            let name = key.name.rsplit('.').next().unwrap_or(key.name);
            match limit::read(name, &written) {
                Ok(_) => Ok(Setting::Text(written)),
                Err(told) => Err(told
                    .split_once("expected ")
                    .map_or_else(expected, |(_, expected)| expected.to_owned())),
            }
        }
    }
}

/// A value of `variables`.
fn variable(value: &DeValue<'_>) -> Option<Setting> {
    match value {
        DeValue::String(text) => Some(Setting::Text(text.to_string())),
        DeValue::Boolean(value) => Some(Setting::Boolean(*value)),
        DeValue::Integer(_) => whole(value).map(Setting::Whole),
        DeValue::Float(number) => number
            .as_str()
            .replace('_', "")
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Setting::Decimal),
        DeValue::Table(table) if table.len() == 1 => {
            let name = table.get("env")?.get_ref().as_str()?;
            let is_fit = !name.is_empty() && !name.contains(['=', '\0']);
            is_fit.then(|| Setting::Environment(name.to_owned()))
        }
        _ => None,
    }
}

/// A value of TOML as a fault names it.
pub(crate) fn found(value: &DeValue<'_>) -> String {
    /// Characters of a text that are shown.
    const MOST: usize = 60;
    match value {
        DeValue::String(text) => {
            let mut shown: String = text.chars().take(MOST).collect();
            if text.chars().nth(MOST).is_some() {
                shown.push('…');
            }
            format!("\"{shown}\"")
        }
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn whole(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

/// The entries of a table in the order of the text.
fn entries<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// It becomes the end of a host: `com`, `eu`, `com.au`.
fn is_data_centre(text: &str) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()))
}
