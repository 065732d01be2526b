//! Functions of KEY-VALUE (Built-ins II, 3).

use super::builtin::{Builtin, Call, Forms, Kind, Receiver, example, optional, param};
use super::elements::describe;
use crate::error::{self, Fallible};
use crate::value::{Form, KeyValue, List, Type, Value, compare, heap};

const TYPE_PAGE: &str = "https://www.zoho.com/deluge/help/datatypes/key-value.html";

/// The functions.
pub(super) const KEY_VALUE: &[Builtin] = &[
    Builtin {
        name: "Map",
        returns: "KEY-VALUE",
        summary: "A new, empty key-value.",
        details: "`{\"key\": value}` writes one with its pairs. Keys keep the order in which they were put.",
        examples: &[
            example(
                "town = Map();\ntown.put(\"name\", \"Voss\");\ninfo town;",
                "{\"name\":\"Voss\"}",
            ),
            example(
                r#"info {"a": 1, "b": 2, "a": 3};
info Map().get("absent");"#,
                "{\"a\":3,\"b\":2}\nnull",
            ),
        ],
        words: &["dictionary", "object", "hash", "create", "new", "key-value"],
        source: "https://www.zoho.com/deluge/help/map-manipulations/create-map.html",
        run: |_| Ok(Value::KeyValue(KeyValue::new())),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "put",
        calls: &["x.put(key, value)", "x.put(pairs)"],
        receiver: Receiver::Of(Type::KeyValue),
        params: &[
            param("key", Kind::Anything),
            optional("value", Kind::Anything),
        ],
        decides: true,
        summary: "Sets the value of a key; with one key-value as argument, all its pairs.",
        details: "An existing key keeps its place and gets the new value. A key is a TEXT, NUMBER, DECIMAL, BOOLEAN or DATE-TIME; `1` and `\"1\"` are two keys.",
        examples: &[
            example(
                "m = {\"a\": 1};\nm.put(\"a\", 2);\nm.put(\"b\", null);\ninfo m;",
                "{\"a\":2,\"b\":null}",
            ),
            example(
                "m = {\"a\": 1};\nm.put({\"b\": 3});\ninfo m;",
                "{\"a\":1,\"b\":3}",
            ),
            example(
                r##"try
{
    info Map().put({1}, 2);
}
catch (e)
{
    info e.message;
}"##,
                "a key must be a TEXT, NUMBER, DECIMAL, BOOLEAN or DATE-TIME, found LIST",
            ),
        ],
        words: &["set", "add", "insert", "assign"],
        source: "https://zoho.com/deluge/help/functions/map/put.html",
        run: put,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "putAll",
        receiver: Receiver::Of(Type::KeyValue),
        params: &[param("pairs", Kind::KeyValue)],
        decides: true,
        summary: "Puts every pair of another key-value, in order.",
        details: "The argument stays as it is.",
        examples: &[
            example(
                "a = {\"x\": 1, \"y\": 2};\na.putAll({\"y\": 20, \"z\": 30});\ninfo a;",
                "{\"x\":1,\"y\":20,\"z\":30}",
            ),
            example(
                r##"a = {"x": 1};
a.putAll(Collection("y": 2));
info a;"##,
                "{\"x\":1,\"y\":2}",
            ),
        ],
        words: &["merge", "combine", "update", "copy"],
        source: "https://zoho.com/deluge/help/map-manipulations/put-all-keys.html",
        run: |call| {
            let (pairs, more) = (call.key_value()?, call.arg_key_value(0)?);
            put_pairs(pairs, more)?;
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "get",
        receiver: Receiver::AnyOf(&[Type::KeyValue, Type::Undecided]),
        params: &[param("key", Kind::Anything)],
        returns: "the value or null",
        summary: "The value of a key, or null if there is no such key.",
        details: "`containKey` tells an absent key from one whose value is null.",
        examples: &[
            example(
                "m = {\"k\": 1};\ninfo m.get(\"k\");\ninfo m.get(\"z\");",
                "1\nnull",
            ),
            example(
                r##"m = {1: "number", "1": "text"};
info m.get("1");
info m.get(1);"##,
                "text\nnumber",
            ),
        ],
        words: &["read", "value", "lookup", "field"],
        source: "https://zoho.com/creator/help/script/built-in-functions/built-in-function-map-get.html",
        run: get,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "keys",
        receiver: Receiver::Of(Type::KeyValue),
        returns: "LIST",
        summary: "A new list of the keys, in order.",
        examples: &[
            example("info {1: \"n\", \"a\": \"t\"}.keys();", "1,a"),
            example(
                r#"m = {"b": 1, "a": 2};
m.put("b", 3);
info m.keys();"#,
                "b,a",
            ),
        ],
        words: &["names", "fields"],
        source: "https://www.zoho.com/deluge/help/functions/map/keys.html",
        run: |call| Ok(keys(call.key_value()?)),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "values",
        receiver: Receiver::Of(Type::KeyValue),
        returns: "LIST",
        summary: "A new list of the values, in the order of their keys.",
        examples: &[
            example("info {\"a\": 1, \"b\": \"two\"}.values();", "1,two"),
            example(r##"info {"b": 1, "a": 2}.values();"##, "1,2"),
        ],
        words: &["contents", "elements"],
        run: |call| Ok(Value::list(values(call.key_value()?))),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "containKey",
        aliases: &["containsKey"],
        receiver: Receiver::Of(Type::KeyValue),
        params: &[param("key", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if the key is there, even if its value is null.",
        details: "Type and letter case count.",
        examples: &[
            example(
                "m = {\"Port\": 22};\ninfo m.containKey(\"Port\");\ninfo m.containsKey(\"port\");",
                "true\nfalse",
            ),
            example(
                r##"m = {"a": null};
info m.containKey("a");
info m.get("a") == m.get("b");"##,
                "true\ntrue",
            ),
        ],
        words: &["has", "exists", "includes"],
        source: "https://www.zoho.com/deluge/help/functions/map/containkey.html",
        run: |call| Ok(call.key_value()?.pairs().get(call.arg(0)).is_some().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "containValue",
        aliases: &["containsValue"],
        receiver: Receiver::Of(Type::KeyValue),
        params: &[param("value", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if a key has this value.",
        details: "Type and letter case count.",
        examples: &[
            example(
                "m = {\"role\": \"Admin\"};\ninfo m.containValue(\"Admin\");\ninfo m.containsValue(\"admin\");",
                "true\nfalse",
            ),
            example(
                r#"info {"n": 4}.containValue("4");
info {"n": 4}.containValue(4.0);"#,
                "false\ntrue",
            ),
        ],
        words: &["has", "exists", "includes"],
        source: "https://zoho.com/deluge/help/functions/map/containvalue.html",
        run: |call| Ok(has_value(call.key_value()?, call.arg(0))?.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "notContains",
        receiver: Receiver::Of(Type::KeyValue),
        forms: Forms::Method,
        params: &[param("keyOrValue", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if this is neither a key nor a value.",
        examples: &[
            example(
                "m = {\"plan\": \"yearly\"};\ninfo m.notContains(\"price\");\ninfo m.notContains(\"yearly\");",
                "true\nfalse",
            ),
            example(r#"info {"n": 4}.notContains("4");"#, "true"),
        ],
        words: &["missing", "absent"],
        source: "https://www.zoho.com/deluge/help/functions/string/notcontains.html",
        run: |call| Ok(contains_nowhere(call.key_value()?, call.arg(0))?.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "remove",
        receiver: Receiver::AnyOf(&[Type::KeyValue, Type::Undecided]),
        params: &[param("key", Kind::Anything)],
        returns: "the value or null",
        summary: "Removes a key and gives its value; does nothing if there is no such key.",
        examples: &[
            example(
                "m = {\"a\": 1, \"b\": 2};\nm.remove(\"a\");\ninfo m;",
                "{\"b\":2}",
            ),
            example(
                r##"m = {"a": 1};
info m.remove("a");
info m.remove("a");"##,
                "1\nnull",
            ),
        ],
        words: &["delete", "drop", "unset"],
        source: "https://zoho.com/deluge/help/map-manipulations/remove-key.html",
        run: |call| {
            Ok(match call.receiver() {
                Value::KeyValue(pairs) => pairs.remove(call.arg(0)).unwrap_or_default(),
                _ => Value::Null,
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "clear",
        receiver: Receiver::Of(Type::KeyValue),
        summary: "Removes every pair.",
        examples: &[
            example("m = {\"a\": 1};\nm.clear();\ninfo m;", "{}"),
            example(
                r#"m = {"a": 1};
same = m;
m.clear();
info same;"#,
                "{}",
            ),
        ],
        words: &["empty", "reset"],
        source: "https://www.zoho.com/deluge/help/functions/map/clear.html",
        run: |call| {
            drop(call.key_value()?.take());
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "size",
        receiver: Receiver::Of(Type::KeyValue),
        returns: "NUMBER",
        summary: "The number of pairs.",
        examples: &[
            example("info {\"a\": 1, \"b\": 2}.size();", "2"),
            example(r#"info {"a": null, "b": 2, "b": 3}.size();"#, "2"),
        ],
        words: &["count", "length"],
        source: TYPE_PAGE,
        run: |call| Ok(call.key_value()?.len().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isEmpty",
        receiver: Receiver::Of(Type::KeyValue),
        returns: "BOOLEAN",
        summary: "True if there are no pairs.",
        examples: &[
            example("info Map().isEmpty();", "true"),
            example(r##"info {"a": null}.isEmpty();"##, "false"),
        ],
        words: &["nothing", "size", "blank"],
        source: TYPE_PAGE,
        run: |call| Ok(call.key_value()?.is_empty().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "duplicate",
        receiver: Receiver::Of(Type::KeyValue),
        returns: "KEY-VALUE",
        summary: "A new key-value with the same pairs.",
        details: "Assignment only shares a key-value; this copies it, one level deep: values that are lists or key-values stay shared.",
        examples: &[
            example(
                "a = {\"k\": 1};\nb = a.duplicate();\nb.put(\"k\", 2);\ninfo a;",
                "{\"k\":1}",
            ),
            example(
                r##"a = {"k": {1}};
a.duplicate().get("k").add(2);
info a;"##,
                "{\"k\":[1,2]}",
            ),
        ],
        words: &["copy", "clone"],
        run: |call| Ok(Value::KeyValue(duplicate(call.key_value()?)?)),
        ..Builtin::DEFAULT
    },
];

fn put(call: &mut Call<'_, '_>) -> Fallible<Value> {
    if call.has(1) {
        let (key, value) = (call.take(0), call.take(1));
        call.key_value()?.put(key, value)?;
        return Ok(Value::Null);
    }
    let pairs = call.key_value()?;
    match call.arg(0) {
        Value::KeyValue(more) => put_pairs(pairs, more)?,
        Value::Braces(_) => {}
        Value::Collection(collection) => match collection.form() {
            Form::Keyed(more) => put_pairs(pairs, &more)?,
            Form::Open => {}
            Form::Index(_) => return Err(no_pairs(call)),
        },
        _ => return Err(no_pairs(call)),
    }
    Ok(Value::Null)
}

fn no_pairs(call: &Call<'_, '_>) -> Box<error::RuntimeError> {
    let found = describe(call.arg(0));
    error::argument_value(
        call.name(),
        format!("an argument alone must be a KEY-VALUE, found {found}"),
    )
    .help("give key and value: `put(\"key\", value)`")
}

fn get(call: &mut Call<'_, '_>) -> Fallible<Value> {
    Ok(match call.receiver() {
        Value::KeyValue(pairs) => pairs.get(call.arg(0)).unwrap_or_default(),
        _ => Value::Null,
    })
}

/// Bytes that a new pair takes, index included.
const PAIR: usize = 2 * std::mem::size_of::<Value>() + 8;

/// Puts all of `more` into `pairs`, which may be the same key-value.
pub(super) fn put_pairs(pairs: &KeyValue, more: &KeyValue) -> Fallible<()> {
    let more = more.to_vec();
    heap::check(more.len().saturating_mul(PAIR))?;
    more.into_iter()
        .try_for_each(|(key, value)| pairs.put(key, value))
}

/// The keys as a new list. They are plain values, so that none can be part of a cycle.
pub(super) fn keys(pairs: &KeyValue) -> Value {
    let keys = pairs.pairs().iter().map(|(key, _)| key.clone()).collect();
    Value::List(List::typed_from(keys, None))
}

/// The values in order.
pub(super) fn values(pairs: &KeyValue) -> Vec<Value> {
    pairs
        .pairs()
        .iter()
        .map(|(_, value)| value.clone())
        .collect()
}

/// True if a key has this value.
pub(super) fn has_value(pairs: &KeyValue, wanted: &Value) -> Fallible<bool> {
    for (_, value) in pairs.pairs().iter() {
        if compare::equal_elements(value, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True if `wanted` is neither a key nor a value.
pub(super) fn contains_nowhere(pairs: &KeyValue, wanted: &Value) -> Fallible<bool> {
    let is_key = pairs.pairs().get(wanted).is_some();
    Ok(!is_key && !has_value(pairs, wanted)?)
}

/// A key-value with the same pairs.
pub(super) fn duplicate(pairs: &KeyValue) -> Fallible<KeyValue> {
    let copy = KeyValue::with_capacity(pairs.len());
    put_pairs(&copy, pairs)?;
    Ok(copy)
}
