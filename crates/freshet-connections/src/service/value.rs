//! Reading the values of a TOML document.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::shown;

/// A value as a fault names it: `"text"`, `7`, `a list`.
pub(super) fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => shown(number.as_str()),
        DeValue::Float(number) => shown(number.as_str()),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(items) if items.is_empty() => "an empty list".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// A text as a fault names it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}

pub(super) fn whole(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

/// The entries of a table in the order of the text.
pub(super) fn entries<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(
    &'t Spanned<std::borrow::Cow<'i, str>>,
    &'t Spanned<DeValue<'i>>,
)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// A checked table, read by key. A value of another type counts as absent; checking has refused it.
#[derive(Clone, Copy)]
pub(super) struct Table<'t, 'i>(pub &'t DeTable<'i>);

impl<'t, 'i> Table<'t, 'i> {
    pub fn get(self, key: &str) -> Option<&'t DeValue<'i>> {
        self.0.get(key).map(|value| value.get_ref())
    }

    pub fn text(self, key: &str) -> Option<String> {
        self.get(key).and_then(DeValue::as_str).map(str::to_owned)
    }

    pub fn text_or(self, key: &str, default: &str) -> String {
        self.text(key).unwrap_or_else(|| default.to_owned())
    }

    pub fn flag(self, key: &str, default: bool) -> bool {
        self.get(key).and_then(DeValue::as_bool).unwrap_or(default)
    }

    pub fn number<N: TryFrom<i64>>(self, key: &str) -> Option<N> {
        self.get(key)
            .and_then(whole)
            .and_then(|number| N::try_from(number).ok())
    }

    pub fn list(self, key: &str) -> impl Iterator<Item = &'t DeValue<'i>> {
        let items = self.get(key).and_then(DeValue::as_array);
        items.into_iter().flatten().map(|value| value.get_ref())
    }

    pub fn texts(self, key: &str) -> Vec<String> {
        self.list(key)
            .filter_map(DeValue::as_str)
            .map(str::to_owned)
            .collect()
    }

    pub fn tables(self, key: &str) -> Vec<Table<'t, 'i>> {
        self.list(key)
            .filter_map(DeValue::as_table)
            .map(Table)
            .collect()
    }

    pub fn table(self, key: &str) -> Option<Table<'t, 'i>> {
        self.get(key).and_then(DeValue::as_table).map(Table)
    }

    /// A table of texts, in the order of the document.
    pub fn pairs(self, key: &str) -> Vec<(String, String)> {
        let Some(Table(table)) = self.table(key) else {
            return Vec::new();
        };
        entries(table)
            .into_iter()
            .filter_map(|(name, value)| {
                Some((
                    name.get_ref().to_string(),
                    value.get_ref().as_str()?.to_owned(),
                ))
            })
            .collect()
    }
}
