//! Functions that read JSON, and their neighbours that make lists of text (Built-ins II, 5).

use super::builtin::{Builtin, Call, Kind, Receiver, example, optional, param};
use super::collection::values;
use super::elements::{place, texts};
use super::json_reader::{self, Refused};
use crate::error::{self, Fallible, RuntimeError};
use crate::value::{Form, Text, Type, Value};

/// The functions.
pub(super) const JSON: &[Builtin] = &[
    Builtin {
        name: "toMap",
        receiver: Receiver::AnyOf(&[Type::Text, Type::KeyValue, Type::Undecided]),
        returns: "KEY-VALUE",
        summary: "Reads a JSON object.",
        details: "Keys and values without quotes and single quotes are accepted. Every digit of a whole number is kept. Called on a KEY-VALUE it gives that. A text that is no JSON object is an error.",
        examples: &[
            example(
                "info \"{'name':'Ida','age':31}\".toMap().get(\"age\") + 1;",
                "32",
            ),
            example("info \"{town:Voss}\".toMap();", "{\"town\":\"Voss\"}"),
            example(
                r##"info "{'id': 12345678901234567890123, 'old': 007}".toMap();"##,
                "{\"id\":12345678901234567890123,\"old\":\"007\"}",
            ),
            example(
                r##"try
{
    info "[1]".toMap();
}
catch (e)
{
    info e.message;
}"##,
                "`toMap`: `[1]` does not read as a JSON object",
            ),
        ],
        words: &["parse", "decode", "object", "dictionary", "deserialize"],
        source: "https://www.zoho.com/deluge/help/functions/string/tomap.html",
        run: |call| match call.receiver() {
            Value::Text(text) => read_object(call, text),
            itself => Ok(itself.clone()),
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toJSONList",
        receiver: Receiver::AnyOf(&[Type::Text, Type::List, Type::Undecided]),
        returns: "LIST",
        summary: "Reads a JSON array.",
        details: "Lenient as `toMap`. Called on a LIST it gives that. A text that is no JSON array is an error.",
        examples: &[
            example(
                "l = \"[1,2,{'k':'v'}]\".toJSONList();\ninfo l.get(2).get(\"k\");",
                "v",
            ),
            example(
                r##"try
{
    info "{}".toJSONList();
}
catch (e)
{
    info e.message;
}"##,
                "`toJSONList`: `{}` does not read as a JSON array",
            ),
        ],
        words: &["parse", "decode", "array", "deserialize"],
        source: "https://zoho.com/deluge/help/functions/common/tojsonlist.html",
        run: |call| match call.receiver() {
            Value::Text(text) => read_array(call, text),
            itself => Ok(itself.clone()),
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getJSON",
        receiver: Receiver::AnyOf(&[Type::Text, Type::KeyValue, Type::List, Type::Undecided]),
        params: &[param("key", Kind::Anything)],
        returns: "the value or null",
        summary: "The value of a key of a JSON object, in TEXT or as KEY-VALUE; null if it is not there.",
        details: "On a LIST the key is a place. A text that is no JSON object is an error.",
        examples: &[
            example(
                "t = \"{'ship':{'cook':'E-7'}}\";\ninfo t.getJSON(\"ship\").getJSON(\"cook\");",
                "E-7",
            ),
            example("info {\"a\": 1}.getJSON(\"b\");", "null"),
            example(r##"info {7, 8}.getJSON(1);"##, "8"),
        ],
        words: &["parse", "field", "value", "extract"],
        source: "https://zoho.com/deluge/help/functions/common/getjson.html",
        run: get_json,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "get",
        receiver: Receiver::Of(Type::Text),
        params: &[param("key", Kind::Anything)],
        returns: "the value or null",
        summary: "The value of a key of a TEXT that holds a JSON object; null if it is not there.",
        details: "As `getJSON`.",
        examples: &[
            example("info \"{'a':{'b':5}}\".get(\"a\").get(\"b\");", "5"),
            example(r##"info "{'a':1}".get("b");"##, "null"),
        ],
        words: &["parse", "field", "value", "extract"],
        run: get_json,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toList",
        receiver: Receiver::Of(Type::Text),
        params: &[optional("separator", Kind::Text)],
        returns: "LIST",
        summary: "The pieces of a text between separators; without one, the JSON array that the text holds.",
        details: "Empty pieces are kept. The separator is taken literally; an empty one gives each character. Without a separator, a text that is no JSON array gives a list of that text.",
        examples: &[
            example("info \"ink/pen/nib\".toList(\"/\").size();", "3"),
            example("info \"abc\".toList(\"\");", "a,b,c"),
            example("info \"[1,2]\".toList().get(1);", "2"),
        ],
        words: &["split", "pieces", "tokens", "explode"],
        source: "https://zoho.com/creator/help/script/built-in-functions/built-in-function-list-tolist.html",
        run: |call| to_list(call),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toList",
        receiver: Receiver::AnyOf(&[Type::List, Type::Collection, Type::Undecided]),
        returns: "LIST",
        summary: "The list itself; of a collection of elements, a new list of them.",
        examples: &[
            example("a = {1, 2};\nb = a.toList();\nb.add(3);\ninfo a;", "1,2,3"),
            example("info Collection(\"x\", \"y\").toList();", "x,y"),
        ],
        words: &["convert", "elements"],
        run: |call| match call.receiver() {
            Value::Collection(collection) => match collection.form() {
                Form::Keyed(_) => Err(error::collection_form(call.name(), "pairs", "elements")
                    .help("take one part: `keys()` or `values()`")),
                _ => Ok(Value::list(values(collection))),
            },
            itself => Ok(itself.clone()),
        },
        ..Builtin::DEFAULT
    },
];

/// The error for a text that does not read as `expected`.
pub(super) fn unreadable(
    call: &Call<'_, '_>,
    text: &Text,
    expected: &str,
    refused: Refused,
) -> Box<RuntimeError> {
    match refused {
        Refused::Syntax { at, what } => {
            // Counted in characters, as the functions of text count, but from 1.
            let character = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
            error::unreadable(
                call.name(),
                text,
                &format!("{expected} (character {character}: {what})"),
            )
        }
        Refused::Failed(error) => error,
    }
}

fn read_object(call: &Call<'_, '_>, text: &Text) -> Fallible<Value> {
    const EXPECTED: &str = "a JSON object";
    match json_reader::read_lenient(text) {
        Ok(object @ Value::KeyValue(_)) => Ok(object),
        Ok(Value::List(_)) => Err(error::unreadable(call.name(), text, EXPECTED)
            .help("this is a JSON array: read it with `toJSONList()`")),
        Ok(_) => Err(error::unreadable(call.name(), text, EXPECTED)),
        Err(refused) => Err(unreadable(call, text, EXPECTED, refused)),
    }
}

fn read_array(call: &Call<'_, '_>, text: &Text) -> Fallible<Value> {
    const EXPECTED: &str = "a JSON array";
    match json_reader::read_lenient(text) {
        Ok(array @ Value::List(_)) => Ok(array),
        Ok(Value::KeyValue(_)) => Err(error::unreadable(call.name(), text, EXPECTED)
            .help("this is a JSON object: read it with `toMap()`")),
        Ok(_) => Err(error::unreadable(call.name(), text, EXPECTED)),
        Err(refused) => Err(unreadable(call, text, EXPECTED, refused)),
    }
}

fn get_json(call: &mut Call<'_, '_>) -> Fallible<Value> {
    match call.receiver() {
        Value::KeyValue(pairs) => Ok(pairs.get(call.arg(0)).unwrap_or_default()),
        Value::List(list) => {
            let at = place(call.name(), call.arg(0), list.len())?;
            Ok(list.get(at).unwrap_or_default())
        }
        Value::Text(text) => match read_object(call, text) {
            Ok(Value::KeyValue(pairs)) => Ok(pairs.get(call.arg(0)).unwrap_or_default()),
            Ok(_) => Ok(Value::Null),
            Err(error)
                if error.code == "R0017"
                    && matches!(call.arg(0), Value::Number(_))
                    && !text.trim_start().starts_with(['{', '[']) =>
            {
                Err(error.help("for a piece of a text, take it apart: `x.toList(\",\").get(0)`; for a character: `x.subString(0, 1)`"))
            }
            Err(error) => Err(error),
        },
        _ => Ok(Value::Null),
    }
}

fn to_list(call: &Call<'_, '_>) -> Fallible<Value> {
    let text = call.text()?;
    match call.arg(0) {
        Value::Text(separator) if separator.is_empty() => texts(
            text.char_indices()
                .map(|(at, c)| &text[at..at + c.len_utf8()]),
        ),
        Value::Text(separator) => texts(text.split(separator.as_str())),
        _ => match json_reader::read_lenient(text) {
            Ok(array @ Value::List(_)) => Ok(array),
            Err(Refused::Failed(error)) => Err(error),
            _ => Ok(Value::list(vec![call.receiver().clone()])),
        },
    }
}
