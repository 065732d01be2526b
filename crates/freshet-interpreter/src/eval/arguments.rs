//! Checking and converting arguments: of built-in functions by their signature, of user functions by their declaration.

use freshet_syntax::ast::{ElementType, TypeKind};

use crate::error::{self, Fallible, RuntimeError};
use crate::library::builtin::{Builtin, Kind, Presence, World};
use crate::library::list::convert_element;
use crate::value::{Decimal, Form, KeyValue, List, Type, Value, date_text};

/// Compares the arguments of a built-in, called by `name`, with its parameters, and converts those that the signature
/// converts.
#[inline]
pub(super) fn check(
    entry: &'static Builtin,
    name: &'static str,
    arguments: &mut [Value],
    world: &mut World<'_>,
) -> Fallible<()> {
    let params = entry.params;
    if arguments.len() < params.len() {
        if params[arguments.len()].presence == Presence::Required {
            return Err(wrong_count(entry, name, arguments.len()));
        }
    } else if arguments.len() > params.len()
        && params
            .last()
            .is_none_or(|last| last.presence != Presence::Rest)
    {
        return Err(wrong_count(entry, name, arguments.len()));
    }
    for (place, argument) in arguments.iter_mut().enumerate() {
        let Some(param) = params.get(place).or(params.last()) else {
            break;
        };
        let fits = match (param.kind, &*argument) {
            (_, Value::Braces(_)) => false,
            (Kind::Anything, _)
            | (Kind::Text, Value::Text(_))
            | (Kind::Whole | Kind::WholeCut | Kind::Number, Value::Number(_))
            | (Kind::Number, Value::Decimal { .. })
            | (Kind::Boolean, Value::Boolean(_))
            | (Kind::DateTime, Value::Date { .. })
            | (Kind::List, Value::List(_))
            | (Kind::KeyValue, Value::KeyValue(_))
            | (Kind::File, Value::File(_)) => true,
            (Kind::OneOf(types, _), value) => types.contains(&value.type_of()),
            _ => false,
        };
        if !fits {
            convert(param.kind, argument, world).map_err(|found| {
                error::argument_type(name, param.name, param.kind.expected(), &found)
            })?;
        }
    }
    Ok(())
}

#[cold]
fn wrong_count(entry: &'static Builtin, name: &str, found: usize) -> Box<RuntimeError> {
    let expected = count_words(entry.count());
    error::argument_count(name, &expected, found, &entry.written_as_method(name))
}

/// As [`wrong_count`], for a method called as a plain function, whose receiver is the first argument.
#[cold]
pub(super) fn wrong_count_of_plain(
    entry: &'static Builtin,
    name: &str,
    found: usize,
) -> Box<RuntimeError> {
    let (least, most) = entry.count();
    let expected = count_words((least + 1, most.map(|most| most + 1)));
    error::argument_count(name, &expected, found, &entry.written_plain(name))
}

fn count_words(count: (usize, Option<usize>)) -> String {
    match count {
        (least, None) => format!("at least {least}"),
        (least, Some(most)) if least == most => match most {
            0 => "no".to_owned(),
            most => most.to_string(),
        },
        (least, Some(most)) if least + 1 == most => format!("{least} or {most}"),
        (least, Some(most)) => format!("{least} to {most}"),
    }
}

/// Turns an argument into what a parameter takes.
///
/// # Errors
/// What was found, in words, when it cannot be.
#[inline(never)]
fn convert(kind: Kind, argument: &mut Value, world: &mut World<'_>) -> Result<(), String> {
    if let Value::Braces(_) = argument {
        *argument = std::mem::take(argument).into_settled();
    }
    let found = argument.type_of();
    let converted = match (kind, &*argument) {
        (Kind::Anything, _)
        | (Kind::List, Value::List(_))
        | (Kind::KeyValue, Value::KeyValue(_)) => return Ok(()),
        (Kind::OneOf(types, _), _) if types.contains(&found) => return Ok(()),
        (Kind::Whole, value @ Value::Decimal { .. }) => {
            let decimal = value.as_decimal().unwrap_or(Decimal::ZERO);
            match decimal.to_i64_exact() {
                Some(number) => Value::Number(number),
                None => return Err(format!("{decimal}")),
            }
        }
        (Kind::WholeCut, value @ Value::Decimal { .. }) => {
            let decimal = value.as_decimal().unwrap_or(Decimal::ZERO);
            match decimal.to_i64_truncated() {
                Some(number) => Value::Number(number),
                None => return Err(format!("{decimal}")),
            }
        }
        (Kind::DateTime, Value::Text(text)) => {
            match date_text::read(text, &world.settings.zone, world.host.now()) {
                Some(date) => Value::Date {
                    pure: date.pure,
                    millis: date.millis,
                },
                None => return Err(format!("the TEXT {}", error::shorten(text))),
            }
        }
        (Kind::List, Value::Braces(_)) => Value::List(List::new()),
        (Kind::KeyValue, Value::Braces(_)) => Value::KeyValue(KeyValue::new()),
        (Kind::List, Value::Collection(collection)) => match collection.form() {
            Form::Index(list) => Value::List(list),
            Form::Open => Value::List(List::new()),
            Form::Keyed(_) => return Err("a COLLECTION with keys".to_owned()),
        },
        (Kind::KeyValue, Value::Collection(collection)) => match collection.form() {
            Form::Keyed(pairs) => Value::KeyValue(pairs),
            Form::Open => Value::KeyValue(KeyValue::new()),
            Form::Index(_) => return Err("a COLLECTION without keys".to_owned()),
        },
        _ => return Err(found.name().to_owned()),
    };
    *argument = converted;
    Ok(())
}

/// True if a value is of a declared type as it stands; null fits every type (language reference, 7.1).
#[inline(always)]
pub(super) fn fits(kind: TypeKind, value: &Value) -> bool {
    matches!(
        (kind, value),
        (TypeKind::Number, Value::Number(_))
            | (TypeKind::Text, Value::Text(_))
            | (TypeKind::KeyValue, Value::KeyValue(_))
            | (TypeKind::List(None), Value::List(_))
            | (TypeKind::Decimal, Value::Decimal { .. })
            | (TypeKind::Boolean, Value::Boolean(_))
            | (TypeKind::DateTime, Value::Date { .. })
            | (_, Value::Null)
    )
}

/// Turns a value that is not of a declared type into what the type takes.
///
/// # Errors
/// The value itself, when it cannot be.
#[inline(never)]
pub(super) fn declared(
    kind: TypeKind,
    value: Value,
    world: &mut World<'_>,
) -> Result<Value, Value> {
    match (kind, value.settled()) {
        (TypeKind::Text, Value::Error(caught)) => {
            caught.to_text().map(Value::from).map_err(|_| value)
        }
        (TypeKind::Number, decimal @ Value::Decimal { .. }) => {
            let whole = decimal.as_decimal().and_then(Decimal::to_i64_exact);
            whole.map(Value::Number).ok_or(value)
        }
        (TypeKind::Decimal, Value::Number(number)) => Ok(Value::decimal(Decimal::from(*number))),
        (TypeKind::DateTime, Value::Text(text)) => {
            match date_text::read(text, &world.settings.zone, world.host.now()) {
                Some(date) => Ok(Value::Date {
                    pure: date.pure,
                    millis: date.millis,
                }),
                None => Err(value),
            }
        }
        (TypeKind::List(None), Value::List(_) | Value::Braces(_)) => Ok(value),
        (TypeKind::List(None), Value::Collection(collection)) => match collection.form() {
            Form::Keyed(_) => Err(value),
            Form::Index(_) | Form::Open => Ok(value),
        },
        (TypeKind::List(Some(element)), _) => typed_list(element, value, world),
        (TypeKind::KeyValue, Value::KeyValue(_) | Value::Braces(_)) => Ok(value),
        (TypeKind::KeyValue, Value::Collection(collection)) => match collection.form() {
            Form::Index(_) => Err(value),
            Form::Keyed(_) | Form::Open => Ok(value),
        },
        (
            TypeKind::Collection,
            Value::Collection(_) | Value::List(_) | Value::KeyValue(_) | Value::Braces(_),
        ) => Ok(value),
        (TypeKind::File, Value::File(_)) => Ok(value),
        _ => Err(value),
    }
}

/// A list of that type is shared, `{}` becomes one, any other list or collection is copied and its elements converted.
fn typed_list(element: ElementType, value: Value, world: &mut World<'_>) -> Result<Value, Value> {
    let items = match value.settled() {
        Value::List(list) if list.element() == Some(element) => return Ok(value),
        Value::List(list) => list.to_vec(),
        Value::Braces(braces) => {
            let list = Value::List(List::typed(Some(element)));
            braces.decide(list.clone());
            return Ok(list);
        }
        Value::Collection(collection) => match collection.form() {
            Form::Index(list) => list.to_vec(),
            Form::Open => Vec::new(),
            Form::Keyed(_) => return Err(value),
        },
        _ => return Err(value),
    };
    let mut converted = Vec::with_capacity(items.len());
    for item in items {
        match convert_element(element, item, world) {
            Ok(item) => converted.push(item),
            Err(_) => return Err(value),
        }
    }
    Ok(Value::List(List::typed_from(converted, Some(element))))
}

/// What about a value that [`declared`] has given back does not fit, where its type alone does not tell.
pub(super) fn unfit(kind: TypeKind, value: &Value, world: &mut World<'_>) -> Option<String> {
    match (kind, value.settled()) {
        (TypeKind::DateTime, Value::Text(text)) => Some(format!(
            " {}, which does not read as a date",
            error::shorten(text)
        )),
        (TypeKind::List(Some(element)), list) => {
            let items = match list {
                Value::List(list) => list.to_vec(),
                Value::Collection(collection) => match collection.form() {
                    Form::Index(list) => list.to_vec(),
                    Form::Open | Form::Keyed(_) => return None,
                },
                _ => return None,
            };
            let (place, odd) = items
                .into_iter()
                .enumerate()
                .find(|(_, item)| convert_element(element, item.clone(), world).is_err())?;
            Some(format!(", whose `get({place})` is {}", odd.type_of()))
        }
        _ => None,
    }
}

/// How messages call a declared type.
pub(super) fn type_words(kind: TypeKind) -> &'static str {
    match kind {
        TypeKind::Void => "nothing",
        TypeKind::Text => "TEXT",
        TypeKind::Number => "a whole NUMBER",
        TypeKind::Decimal => "DECIMAL",
        TypeKind::Boolean => "BOOLEAN",
        TypeKind::DateTime => "DATE-TIME",
        TypeKind::List(None) => "LIST",
        TypeKind::List(Some(ElementType::Text)) => "a LIST of TEXT",
        TypeKind::List(Some(ElementType::Number)) => "a LIST of whole NUMBERs",
        TypeKind::List(Some(ElementType::Decimal)) => "a LIST of DECIMALs",
        TypeKind::List(Some(ElementType::Boolean)) => "a LIST of BOOLEANs",
        TypeKind::List(Some(ElementType::DateTime)) => "a LIST of DATE-TIMEs",
        TypeKind::KeyValue => "KEY-VALUE",
        TypeKind::Collection => "COLLECTION",
        TypeKind::File => "FILE",
        TypeKind::Unknown => "a known type",
    }
}

/// The receiver of a date function, where it is a TEXT that reads as a date (Built-ins I, 0.4).
pub(super) fn date_receiver(
    name: &str,
    receiver: &mut Value,
    world: &mut World<'_>,
) -> Fallible<()> {
    let Value::Text(text) = &*receiver else {
        return Ok(());
    };
    match date_text::read(text, &world.settings.zone, world.host.now()) {
        Some(date) => {
            *receiver = Value::Date {
                pure: date.pure,
                millis: date.millis,
            };
            Ok(())
        }
        None => Err(error::unreadable(name, text, "a date")),
    }
}

/// True for types that have texts functions are called on by mistake.
pub(super) fn prints_as_text(found: Type) -> bool {
    matches!(found, Type::Number | Type::Decimal | Type::DateTime)
}
