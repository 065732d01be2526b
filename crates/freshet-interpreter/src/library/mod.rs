//! The function library: every function, task and system variable of the language, each in one place.

pub mod builtin;
mod check;
pub(crate) mod collection;
mod convert;
mod date_pattern;
mod date_time;
mod elements;
pub(crate) mod elsewhere;
mod encryption;
mod file;
pub mod find;
pub mod integration;
mod json;
mod json_reader;
mod key_value;
pub(crate) mod list;
mod number;
mod number_pattern;
mod regex;
mod reply;
mod request;
mod statistics;
pub mod system;
pub mod task;
mod tasks;
mod text;
mod web;
mod xml;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::value::{Type, Value};
use builtin::{Builtin, Forms, Receiver};
use task::Task;

/// Functions that belong together: a page of the reference.
pub struct Family {
    /// Its name, as the name of a file has it.
    pub name: &'static str,
    /// What the functions are for, as a heading.
    pub title: &'static str,
    tables: &'static [&'static [Builtin]],
}

impl Family {
    /// Its functions, in the order of the tables.
    pub fn entries(&self) -> impl Iterator<Item = &'static Builtin> {
        self.tables.iter().flat_map(|table| table.iter())
    }
}

const fn family(
    name: &'static str,
    title: &'static str,
    tables: &'static [&'static [Builtin]],
) -> Family {
    Family {
        name,
        title,
        tables,
    }
}

/// The families, in the order of the language reference.
pub const FAMILIES: &[Family] = &[
    family(
        "text",
        "Text",
        &[text::SEARCH, text::CUT, text::REPLACE, text::BUILD],
    ),
    family("number", "Numbers", &[number::NUMBER, number::DOUBLE]),
    family("check", "Checks", &[check::CHECK]),
    family("conversion", "Conversion", &[convert::CONVERT]),
    family(
        "date-time",
        "Dates and times",
        &[
            date_time::DATE_TIME,
            date_time::SHIFT,
            date_time::BETWEEN,
            date_time::BUSINESS,
        ],
    ),
    family("list", "Lists", &[list::LIST]),
    family("statistics", "Statistics", &[statistics::STATISTICS]),
    family("key-value", "Key-values", &[key_value::KEY_VALUE]),
    family("collection", "Collections", &[collection::COLLECTION]),
    family("json", "JSON and lists of text", &[json::JSON]),
    family("xml", "XML", &[xml::XML]),
    family("web", "Web", &[web::WEB]),
    family(
        "encryption",
        "Encryption and encoding",
        &[encryption::ENCRYPTION],
    ),
    family("file", "Files", &[file::FILE]),
];

/// Row of a name in the table of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodId(pub u16);

/// Every function and task, found by name and by type of receiver.
pub struct Library {
    /// By name, then by type of the receiver.
    methods: Vec<Method>,
    method_names: FxHashMap<String, MethodId>,
    functions: FxHashMap<String, &'static Builtin>,
}

/// What one name means for each type of receiver.
pub struct Method {
    /// The name as it stands in the first entry that has it.
    pub name: &'static str,
    /// The entry for each type.
    pub entries: [Option<&'static Builtin>; Type::COUNT],
}

/// The library. It never changes.
pub static LIBRARY: LazyLock<Library> = LazyLock::new(Library::build);

impl Library {
    fn build() -> Self {
        let mut library = Self {
            methods: Vec::new(),
            method_names: FxHashMap::default(),
            functions: FxHashMap::default(),
        };
        for entry in builtins() {
            library.add(entry.name, entry);
            entry
                .aliases
                .iter()
                .for_each(|alias| library.add(alias, entry));
        }
        // A TEXT that reads as a date is taken wherever a DATE-TIME receiver is (Built-ins I, 0.4).
        for method in &mut library.methods {
            let date = method.entries[Type::DateTime as usize];
            if let (Some(entry), None) = (date, method.entries[Type::Text as usize])
                && matches!(entry.receiver, Receiver::Of(Type::DateTime))
            {
                method.entries[Type::Text as usize] = Some(entry);
            }
        }
        library
    }

    fn add(&mut self, name: &'static str, entry: &'static Builtin) {
        let key = name.to_ascii_lowercase();
        if matches!(entry.receiver, Receiver::None) {
            self.functions.insert(key, entry);
            return;
        }
        let id = *self.method_names.entry(key).or_insert_with(|| {
            self.methods.push(Method {
                name,
                entries: [None; Type::COUNT],
            });
            MethodId(self.methods.len() as u16 - 1)
        });
        let entries = &mut self.methods[id.0 as usize].entries;
        for found in Type::ALL {
            if entry.accepts(found) {
                entries[found as usize] = Some(entry);
            }
        }
    }

    /// What `x.name(…)` may mean; letter case does not count.
    pub fn method(&self, name: &str) -> Option<MethodId> {
        self.method_names.get(&name.to_ascii_lowercase()).copied()
    }

    /// The row of a method.
    #[inline]
    pub fn row(&self, id: MethodId) -> &Method {
        &self.methods[id.0 as usize]
    }

    /// The plain function of that name; letter case does not count.
    pub fn function(&self, name: &str) -> Option<&'static Builtin> {
        self.functions.get(&name.to_ascii_lowercase()).copied()
    }

    /// The method that a plain call `name(x, …)` means.
    pub fn method_as_function(&self, name: &str) -> Option<MethodId> {
        let id = self.method(name)?;
        self.row(id)
            .entries
            .iter()
            .flatten()
            .any(|entry| entry.forms == Forms::Both)
            .then_some(id)
    }

    /// The task of that name; letter case does not count.
    pub fn task(&self, name: &str) -> Option<&'static Task> {
        tasks::TASKS
            .iter()
            .copied()
            .find(|task| task.name.eq_ignore_ascii_case(name))
    }

    /// Every name that can be called, for suggestions and completion.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        builtins()
            .flat_map(|entry| std::iter::once(entry.name).chain(entry.aliases.iter().copied()))
    }
}

/// Every function, family by family.
pub fn builtins() -> impl Iterator<Item = &'static Builtin> {
    FAMILIES.iter().flat_map(Family::entries)
}

/// Every task.
pub fn tasks() -> impl Iterator<Item = &'static Task> {
    tasks::TASKS.iter().copied()
}

/// The value of a JSON text (RFC 8259); `None` for any other text. What a run is given as arguments is read by it.
pub fn read_json(text: &str) -> Option<Value> {
    json_reader::read_strict(text).ok()
}
