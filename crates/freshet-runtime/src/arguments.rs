//! The arguments of a run: `name=value`, `name:=JSON`, and a JSON object in a file.
//!
//! For a function the declared type of the parameter decides how a value is read; the body of a file takes any name,
//! and reads what is JSON as JSON, everything else as TEXT. Values stay on the thread of their run, so an argument
//! travels as plain data and becomes a value there.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use freshet_interpreter::error::{self, Fallible};
use freshet_interpreter::library::read_json as parse_json;
use freshet_interpreter::program::{Function, Parameter};
use freshet_interpreter::value::calendar::Zone;
use freshet_interpreter::value::{Decimal, Type, Value, date_text};
use freshet_syntax::ast::{ElementType, TypeKind};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// An argument as it was given, its type not yet known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The name before the sign.
    pub name: String,
    /// The value as written.
    pub text: String,
    /// True for `name:=JSON` and for members of `--arguments`.
    pub json: bool,
}

/// An argument whose value is known to be readable.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The parameter.
    pub name: String,
    data: Data,
}

/// A value as plain data.
#[derive(Clone, Debug)]
enum Data {
    Number(i64),
    Decimal(Decimal),
    Boolean(bool),
    Date { pure: bool, millis: i64 },
    Text(String),
    Json(String),
}

/// An argument that cannot be taken: a mistake of whoever started the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError {
    /// The argument; empty where what was given has no name.
    pub argument: String,
    /// What was found and what was expected.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
}

impl ArgumentError {
    pub(crate) fn new(argument: &str, message: impl Into<String>) -> Self {
        Self {
            argument: argument.to_owned(),
            message: message.into(),
            help: None,
        }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl Argument {
    /// The value, on the thread of the run.
    ///
    /// # Errors
    /// Those of reading JSON, which was tried before.
    pub(crate) fn value(&self) -> Fallible<(String, Value)> {
        Ok((self.name.clone(), self.data.value()?))
    }
}

impl Data {
    fn value(&self) -> Fallible<Value> {
        Ok(match self {
            Data::Number(number) => Value::Number(*number),
            Data::Decimal(decimal) => Value::decimal(*decimal),
            Data::Boolean(value) => Value::Boolean(*value),
            Data::Date { pure, millis } => Value::Date {
                pure: *pure,
                millis: *millis,
            },
            Data::Text(text) => Value::text(text.as_str()),
            Data::Json(text) => parse_json(text)
                .ok_or_else(|| error::internal("an argument that was JSON is none any more"))?,
        })
    }
}

/// Reads `name=value` or `name:=JSON`.
///
/// # Errors
/// When there is no `=`, or what stands before it is no name.
pub fn given(text: &str) -> Result<Given, ArgumentError> {
    let Some((name, value)) = text.split_once('=') else {
        let message = format!("found the argument `{text}`, expected name=value");
        return Err(ArgumentError::new("", message)
            .help("a value with blanks needs quotes: 'name=two words'"));
    };
    let (name, json) = match name.strip_suffix(':') {
        Some(name) => (name, true),
        None => (name, false),
    };
    if !is_name(name) {
        let message = format!("found `{name}` before the `=`, expected the name of a parameter");
        return Err(ArgumentError::new("", message));
    }
    Ok(Given {
        name: name.to_owned(),
        text: value.to_owned(),
        json,
    })
}

/// The members of a JSON object, each an argument.
///
/// # Errors
/// When the text is no JSON object; `source` says where it came from.
pub fn from_object(text: &str, source: &str) -> Result<Vec<Given>, ArgumentError> {
    let mut reader = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    let members = reader
        .deserialize_map(Members)
        .and_then(|members| reader.end().map(|()| members))
        .map_err(|cause| {
            let message = format!(
                "{source}: expected a JSON object with a member for each argument: {cause}"
            );
            ArgumentError::new("", message)
        })?;
    Ok(members)
}

/// Reads the members of an object in their order, with the text of each value.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<Given>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            members.push(Given {
                name,
                text: value.get().to_owned(),
                json: true,
            });
        }
        Ok(members)
    }
}

/// Arguments of one source, in which each stands once.
///
/// # Errors
/// Each that stands there again.
pub fn once(given: Vec<Given>) -> Result<Vec<Given>, Vec<ArgumentError>> {
    let twice = given.iter().enumerate().filter_map(|(place, argument)| {
        let mut before = given.iter().take(place);
        let first = before.find(|other| other.name == argument.name)?;
        let message = format!(
            "the argument `{}` is given twice: {} and {}",
            argument.name,
            shortened(&first.text),
            shortened(&argument.text)
        );
        Some(ArgumentError::new(&argument.name, message).help("leave one of them out"))
    });
    let twice: Vec<ArgumentError> = twice.collect();
    match twice.is_empty() {
        true => Ok(given),
        false => Err(twice),
    }
}

/// Puts what was given twice in one place: the later one wins.
#[must_use]
pub fn merged(given: impl IntoIterator<Item = Given>) -> Vec<Given> {
    let mut merged: Vec<Given> = Vec::new();
    for argument in given {
        match merged.iter_mut().find(|known| known.name == argument.name) {
            Some(known) => *known = argument,
            None => merged.push(argument),
        }
    }
    merged
}

/// The arguments for the body of a file, which takes any.
///
/// # Errors
/// Each `name:=JSON` that is no JSON.
pub fn for_body(given: &[Given]) -> Result<Vec<Argument>, Vec<ArgumentError>> {
    all(given.iter().map(|argument| {
        let data = match (parse_json(&argument.text).is_some(), argument.json) {
            (true, _) => Data::Json(argument.text.clone()),
            (false, false) => Data::Text(argument.text.clone()),
            (false, true) => return Err(unreadable(argument, "JSON")),
        };
        Ok(Argument {
            name: argument.name.clone(),
            data,
        })
    }))
}

/// What was read, or everything that could not be.
///
/// # Errors
/// All there are.
pub fn all<T>(
    read: impl Iterator<Item = Result<T, ArgumentError>>,
) -> Result<Vec<T>, Vec<ArgumentError>> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(one) => good.push(one),
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        Ok(good)
    } else {
        Err(wrong)
    }
}

/// The arguments for a function, read by the types it declares.
///
/// # Errors
/// Each that is unknown, missing or unreadable.
pub fn for_function(
    given: &[Given],
    function: &Function,
    zone: &Zone,
) -> Result<Vec<Argument>, Vec<ArgumentError>> {
    let unknown = given
        .iter()
        .filter(|argument| parameter(function, &argument.name).is_none())
        .map(|unknown| {
            let message = format!("`{}` has no parameter `{}`", function.name, unknown.name);
            Err(ArgumentError::new(&unknown.name, message).help(signature(function)))
        });
    let parameters = function.parameters.iter();
    all(unknown.chain(parameters.map(|parameter| for_parameter(parameter, given, function, zone))))
}

fn for_parameter(
    parameter: &Parameter,
    given: &[Given],
    function: &Function,
    zone: &Zone,
) -> Result<Argument, ArgumentError> {
    let kind = parameter.kind.unwrap_or(TypeKind::Text);
    let Some(argument) = given
        .iter()
        .find(|argument| *argument.name == *parameter.name)
    else {
        let message = format!(
            "no argument for the parameter `{}` ({}) of `{}`",
            parameter.name,
            type_word(kind),
            function.name
        );
        return Err(ArgumentError::new(&parameter.name, message).help(format!(
            "add {}={}",
            parameter.name,
            example(kind)
        )));
    };
    let data = if argument.json {
        read_json(argument, kind, zone)
    } else {
        read_text(argument, kind, zone)
    };
    let data = data.ok_or_else(|| {
        unreadable(argument, type_word(kind)).help(format!("write it as {}", written_as(kind)))
    })?;
    Ok(Argument {
        name: argument.name.clone(),
        data,
    })
}

fn parameter<'f>(function: &'f Function, name: &str) -> Option<&'f Parameter> {
    function
        .parameters
        .iter()
        .find(|parameter| *parameter.name == *name)
}

fn unreadable(argument: &Given, expected: &str) -> ArgumentError {
    let message = format!(
        "the argument `{}`: found {}, expected {expected}",
        argument.name,
        shortened(&argument.text)
    );
    ArgumentError::new(&argument.name, message)
}

/// A value as messages show it.
fn shortened(text: &str) -> String {
    /// Characters of it that are shown.
    const MOST: usize = 60;
    let shown: String = text.chars().take(MOST).collect();
    let more = text.chars().nth(MOST).map_or("", |_| "…");
    format!("`{shown}{more}`")
}

/// `name=value`, by the declared type.
fn read_text(argument: &Given, kind: TypeKind, zone: &Zone) -> Option<Data> {
    let text = argument.text.as_str();
    match kind {
        TypeKind::Text => Some(Data::Text(text.to_owned())),
        TypeKind::Number => whole(text).map(Data::Number),
        TypeKind::Decimal => Decimal::parse(text).map(Data::Decimal),
        TypeKind::Boolean => boolean(text).map(Data::Boolean),
        TypeKind::DateTime => date(text, zone),
        TypeKind::List(_) | TypeKind::KeyValue | TypeKind::Collection => {
            read_json(argument, kind, zone)
        }
        TypeKind::File | TypeKind::Void | TypeKind::Unknown => None,
    }
}

/// `name:=JSON`, which must fit the declared type.
fn read_json(argument: &Given, kind: TypeKind, zone: &Zone) -> Option<Data> {
    let value = parse_json(&argument.text)?;
    let as_it_is = || Data::Json(argument.text.clone());
    if value.is_null() {
        return Some(as_it_is());
    }
    match kind {
        TypeKind::Text => matches!(value, Value::Text(_)).then(as_it_is),
        TypeKind::Number => value
            .as_decimal()
            .and_then(Decimal::to_i64_exact)
            .map(Data::Number),
        TypeKind::Decimal => value.as_decimal().map(Data::Decimal),
        TypeKind::Boolean => matches!(value, Value::Boolean(_)).then(as_it_is),
        TypeKind::DateTime => value.as_text().and_then(|text| date(text, zone)),
        TypeKind::List(element) => match &value {
            Value::List(list) => list
                .items()
                .iter()
                .all(|item| fits(item, element, zone))
                .then(as_it_is),
            _ => None,
        },
        TypeKind::KeyValue => {
            (value.type_of() == Type::KeyValue || value.type_of() == Type::Undecided).then(as_it_is)
        }
        TypeKind::Collection => matches!(
            value.type_of(),
            Type::List | Type::KeyValue | Type::Undecided
        )
        .then(as_it_is),
        TypeKind::File | TypeKind::Void | TypeKind::Unknown => None,
    }
}

/// Whether an element of a list fits the declared type of its elements.
fn fits(item: &Value, element: Option<ElementType>, zone: &Zone) -> bool {
    item.is_null()
        || match element {
            None => true,
            Some(ElementType::Text) => matches!(item, Value::Text(_)),
            Some(ElementType::Number) => {
                item.as_decimal().and_then(Decimal::to_i64_exact).is_some()
            }
            Some(ElementType::Decimal) => item.as_decimal().is_some(),
            Some(ElementType::Boolean) => matches!(item, Value::Boolean(_)),
            Some(ElementType::DateTime) => item
                .as_text()
                .is_some_and(|text| date(text, zone).is_some()),
        }
}

fn whole(text: &str) -> Option<i64> {
    text.parse()
        .ok()
        .or_else(|| Decimal::parse(text)?.to_i64_exact())
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn date(text: &str, zone: &Zone) -> Option<Data> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    date_text::read(text, zone, now).map(|date| Data::Date {
        pure: date.pure,
        millis: date.millis,
    })
}

/// A letter or `_`, then letters, digits, `_` (language reference, 2.2).
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|next| next.is_alphanumeric() || next == '_')
}

/// `name(type parameter, …)`, as a person reads it.
fn signature(function: &Function) -> String {
    let parameters: Vec<String> = function
        .parameters
        .iter()
        .map(|parameter| {
            format!(
                "{} {}",
                type_word(parameter.kind.unwrap_or(TypeKind::Text)),
                parameter.name
            )
        })
        .collect();
    match parameters.is_empty() {
        true => format!("`{}` takes no arguments", function.name),
        false => format!("it takes {}", parameters.join(", ")),
    }
}

/// The type word of a declaration: of several for one type, the first of the table in the language reference, 7.1.
pub fn type_word(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::Void => "void",
        TypeKind::Text => "string",
        TypeKind::Number => "int",
        TypeKind::Decimal => "float",
        TypeKind::Boolean => "bool",
        TypeKind::DateTime => "date",
        TypeKind::List(None) => "list",
        TypeKind::List(Some(ElementType::Text)) => "list:string",
        TypeKind::List(Some(ElementType::Number)) => "list:int",
        TypeKind::List(Some(ElementType::Decimal)) => "list:float",
        TypeKind::List(Some(ElementType::Boolean)) => "list:bool",
        TypeKind::List(Some(ElementType::DateTime)) => "list:date",
        TypeKind::KeyValue => "map",
        TypeKind::Collection => "collection",
        TypeKind::File => "file",
        TypeKind::Unknown => "an unknown type",
    }
}

fn example(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::Text => "'some text'",
        TypeKind::Number => "42",
        TypeKind::Decimal => "2.5",
        TypeKind::Boolean => "true",
        TypeKind::DateTime => "2026-11-24",
        TypeKind::List(_) => "'[1, 2]'",
        TypeKind::KeyValue | TypeKind::Collection => r#"'{"key": "value"}'"#,
        TypeKind::File | TypeKind::Void | TypeKind::Unknown => "VALUE",
    }
}

fn written_as(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::Text => "JSON text: \"words\"",
        TypeKind::Number => "a whole number: 42",
        TypeKind::Decimal => "a number: 2.5",
        TypeKind::Boolean => "true or false",
        TypeKind::DateTime => "a date: 2026-11-24",
        TypeKind::List(_) => "a JSON array: [1, 2]",
        TypeKind::KeyValue => r#"a JSON object: {"key": "value"}"#,
        TypeKind::Collection => r#"a JSON array or object: [1, 2], {"key": "value"}"#,
        TypeKind::File => "a file of the script's own: a file cannot be given as an argument",
        TypeKind::Void | TypeKind::Unknown => {
            "nothing: this parameter has no type that takes a value"
        }
    }
}
