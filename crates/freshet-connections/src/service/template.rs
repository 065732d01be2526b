//! Texts with `{placeholders}`.

/// A text in which `{name}` stands for the value of a field. Any other brace is itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    Field(&'a str),
}

impl Template {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Template(text.into())
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        parts(&self.0)
    }

    /// The text with the values that are known; other placeholders stay as they are written.
    pub(crate) fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> String {
        let mut text = String::new();
        for part in self.parts() {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Field(name) => match value(name) {
                    Some(value) => text.push_str(value),
                    None => text.push_str(&format!("{{{name}}}")),
                },
            }
        }
        text
    }

    /// The text as an address. `value` gives what stands for a field, and is told whether that is in the host.
    ///
    /// # Errors
    /// Those of `value`.
    pub(crate) fn fill_address<E>(
        &self,
        value: impl Fn(&str, bool) -> Result<String, E>,
    ) -> Result<String, E> {
        let host_end = self.host_end();
        let mut at = 0;
        let mut text = String::new();
        for part in self.parts() {
            match part {
                Part::Text(literal) => {
                    text.push_str(literal);
                    at += literal.len();
                }
                Part::Field(name) => {
                    text.push_str(&value(name, at < host_end)?);
                    at += name.len() + 2;
                }
            }
        }
        Ok(text)
    }

    /// The host in an address, with its port, as it is written.
    pub(crate) fn host(&self) -> &str {
        &self.0[self.host_start()..self.host_end()]
    }

    fn host_start(&self) -> usize {
        self.0.find("://").map_or(0, |found| found + 3)
    }

    /// Where the host ends in an address, in bytes as it is written.
    fn host_end(&self) -> usize {
        let start = self.host_start();
        self.0[start..]
            .find(['/', '?', '#'])
            .map_or(self.0.len(), |end| start + end)
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &str> {
        placeholders(&self.0)
    }
}

/// Whether `name` can be the name of a field: `[a-z][a-z0-9_]{0,30}`.
pub(crate) fn is_field_name(name: &str) -> bool {
    name.len() <= 31
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(|part| match part {
        Part::Field(name) => Some(name),
        Part::Text(_) => None,
    })
}

/// The pieces of `text`, in order.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut literal, mut at) = (0, 0);
    while let Some(open) = text[at..].find('{').map(|found| at + found) {
        let name = text[open + 1..]
            .find('}')
            .map(|length| &text[open + 1..open + 1 + length]);
        match name {
            Some(name) if is_field_name(name) => {
                if literal < open {
                    parts.push(Part::Text(&text[literal..open]));
                }
                parts.push(Part::Field(name));
                at = open + name.len() + 2;
                literal = at;
            }
            _ => at = open + 1,
        }
    }
    if literal < text.len() {
        parts.push(Part::Text(&text[literal..]));
    }
    parts
}
