//! What an entry for a bracketed task (`invokeurl [ … ]`) consists of.

use crate::error::Fallible;
use crate::library::builtin::{Example, World};
use crate::value::Value;

/// A bracketed task.
pub struct Task {
    /// Its name; matched without regard to letter case.
    pub name: &'static str,
    /// Its attributes.
    pub attributes: &'static [AttributeEntry],
    /// One line: what it does.
    pub summary: &'static str,
    /// What else one should know.
    pub details: &'static str,
    /// What it gives, in the words of the language.
    pub returns: &'static str,
    /// Scripts with what they print when the service answers as it should. At least one.
    pub examples: &'static [Example],
    /// Words to find it by, beside its name and summary.
    pub words: &'static [&'static str],
    /// Address of the page that documents it, or `chosen`.
    pub source: &'static str,
    /// The task itself.
    pub run: fn(&mut TaskCall<'_, '_>) -> Fallible<Value>,
}

/// An attribute of a task.
pub struct AttributeEntry {
    /// Its name, words joined by blanks or `-`; matched without regard to letter case.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// What it takes, in the words of the language.
    pub takes: &'static str,
    /// True if the task cannot do without it.
    pub required: bool,
    /// Bare words that are constants here (`GET`, `HTML`), in their canonical spelling; they arrive as TEXT.
    pub constants: &'static [&'static str],
    /// True if joined words (`application/json`) are allowed; they arrive as TEXT.
    pub words: bool,
    /// True if `file: value` is allowed; the value arrives as it is.
    pub files: bool,
    /// One line: what it is for.
    pub summary: &'static str,
}

impl AttributeEntry {
    /// What most attributes leave as it is.
    pub const DEFAULT: AttributeEntry = AttributeEntry {
        name: "",
        aliases: &[],
        takes: "TEXT",
        required: false,
        constants: &[],
        words: false,
        files: false,
        summary: "",
    };

    /// True if `name` is this attribute.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
            || self
                .aliases
                .iter()
                .any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

/// A task being executed: the values of its attributes, in the order of its entry.
pub struct TaskCall<'a, 'h> {
    /// The task.
    pub entry: &'static Task,
    /// A value for each attribute of the entry that was given. Decided `{}` have been replaced by what they are.
    pub values: Vec<Option<Value>>,
    /// What else the task may reach.
    pub world: &'a mut World<'h>,
}

impl TaskCall<'_, '_> {
    /// The value of an attribute, by its canonical name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self
            .entry
            .attributes
            .iter()
            .position(|attribute| attribute.name == name)?;
        self.values.get(place)?.as_ref()
    }
}
