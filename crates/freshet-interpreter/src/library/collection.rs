//! Functions of COLLECTION (Built-ins II, 4). A collection holds elements or pairs; the first insert decides which.

use super::builtin::{Builtin, Call, Forms, Kind, Receiver, example, optional, param, rest};
use super::elements::{self, first_place, last_place, place, place_or_minus_one};
use super::key_value;
use crate::error::{self, Fallible, RuntimeError};
use crate::value::{Collection, Form, KeyValue, List, Type, Value, is_key};

const COLLECTION_TYPE: Receiver = Receiver::Of(Type::Collection);

/// What `insertAll` takes.
const MANY: Kind = Kind::OneOf(
    &[
        Type::List,
        Type::KeyValue,
        Type::Collection,
        Type::Undecided,
    ],
    "a LIST, KEY-VALUE or COLLECTION",
);

/// The functions.
pub(super) const COLLECTION: &[Builtin] = &[
    Builtin {
        name: "Collection",
        calls: &["Collection(element, …)", "Collection(key : value, …)"],
        params: &[rest("elements", Kind::Anything)],
        returns: "COLLECTION",
        summary: "A new collection: empty, of elements, or of pairs `key : value`.",
        details: "Elements and pairs do not mix. An empty collection takes the form of what is inserted first.",
        examples: &[
            example("info Collection(\"ant\", \"bee\").size();", "2"),
            example(
                "info Collection(\"ant\": 6, \"spider\": 8);",
                "{\"ant\":6,\"spider\":8}",
            ),
            example(r##"info Collection().isEmpty();"##, "true"),
        ],
        words: &["create", "new", "list", "map"],
        source: "https://www.zoho.com/deluge/help/functions/collection.html",
        run: |call| {
            let elements = call.args_from(0).to_vec();
            let form = if elements.is_empty() {
                Form::Open
            } else {
                Form::Index(List::from_items(elements))
            };
            Ok(Value::Collection(Collection::new(form)))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "insert",
        calls: &["x.insert(element)", "x.insert(key : value)"],
        receiver: COLLECTION_TYPE,
        params: &[
            param("element", Kind::Anything),
            optional("value", Kind::Anything),
        ],
        summary: "Appends an element, or sets a pair `key : value`.",
        details: "A key that is there already gets the new value. An element does not go into a collection of pairs, nor a pair into one of elements.",
        examples: &[
            example("c = Collection();\nc.insert(\"first\");\ninfo c;", "first"),
            example(
                "c = Collection(\"ant\": 6);\nc.insert(\"crab\" : 10);\ninfo c;",
                "{\"ant\":6,\"crab\":10}",
            ),
            example(
                r##"try
{
    info Collection("a").insert("b" : 1);
}
catch (e)
{
    info e.message;
}"##,
                "`insert`: the collection holds elements, expected pairs",
            ),
        ],
        words: &["add", "append", "put", "push"],
        source: "https://www.zoho.com/deluge/help/functions/collection/insert.html",
        run: insert,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "insertAll",
        receiver: COLLECTION_TYPE,
        params: &[param("elements", MANY)],
        summary: "Appends every element of a list, or sets every pair of a key-value.",
        examples: &[
            example(
                "c = Collection(\"ant\");\nc.insertAll({\"bee\", \"cat\"});\ninfo c;",
                "ant,bee,cat",
            ),
            example(
                r##"c = Collection("ant": 6);
c.insertAll({"ant": 7, "bee": 8});
info c;"##,
                "{\"ant\":7,\"bee\":8}",
            ),
        ],
        words: &["add", "append", "merge", "putAll"],
        source: "https://www.zoho.com/deluge/help/functions/collection/insertall.html",
        run: insert_all,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "update",
        receiver: COLLECTION_TYPE,
        params: &[
            param("indexOrKey", Kind::Anything),
            param("value", Kind::Anything),
        ],
        summary: "Replaces the element at a place, or sets the value of a key.",
        details: "A new key is added; a place that does not exist is an error.",
        examples: &[
            example(
                "c = Collection(\"ant\", \"bee\");\nc.update(1, \"cow\");\ninfo c;",
                "ant,cow",
            ),
            example(
                r##"c = Collection("ant": 6);
c.update("bee", 7);
info c;"##,
                "{\"ant\":6,\"bee\":7}",
            ),
            example(
                r##"try
{
    info Collection("ant").update(1, "bee");
}
catch (e)
{
    info e.message;
}"##,
                "`update`: there is no place 1; allowed are 0 to 0",
            ),
        ],
        words: &["set", "replace", "change", "put"],
        source: "https://www.zoho.com/deluge/help/functions/collection/update.html",
        run: update,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "delete",
        receiver: COLLECTION_TYPE,
        params: &[param("value", Kind::Anything)],
        summary: "Removes the first element, or the first pair, with this value; does nothing if there is none.",
        examples: &[
            example(
                "c = Collection(\"ant\": 6, \"cat\": 4);\nc.delete(4);\ninfo c;",
                "{\"ant\":6}",
            ),
            example(
                r##"c = Collection("x", "y", "x");
c.delete("x");
c.delete("z");
info c;"##,
                "y,x",
            ),
        ],
        words: &["remove", "drop"],
        source: "https://www.zoho.com/deluge/help/functions/collection/delete.html",
        run: delete,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "deleteAll",
        receiver: COLLECTION_TYPE,
        params: &[param("values", Kind::List)],
        summary: "Removes every element, or every pair, whose value is in the list.",
        examples: &[
            example(
                "c = Collection(\"ant\", \"bee\", \"cat\");\nc.deleteAll({\"bee\", \"cat\"});\ninfo c;",
                "ant",
            ),
            example(
                r##"c = Collection("x", "y", "x");
c.deleteAll({"x"});
info c;"##,
                "y",
            ),
        ],
        words: &["remove", "drop", "many"],
        source: "https://www.zoho.com/deluge/help/functions/collection/deleteall.html",
        run: delete_all,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "deleteKey",
        receiver: COLLECTION_TYPE,
        params: &[param("indexOrKey", Kind::Anything)],
        summary: "Removes the element at a place, or the pair of a key.",
        details: "An absent key is ignored; a place that does not exist is an error.",
        examples: &[
            example(
                "c = Collection(\"ant\", \"bee\", \"cat\");\nc.deleteKey(1);\ninfo c;",
                "ant,cat",
            ),
            example(
                r##"try
{
    info Collection("ant").deleteKey(3);
}
catch (e)
{
    info e.message;
}"##,
                "`deleteKey`: there is no place 3; allowed are 0 to 0",
            ),
        ],
        words: &["remove", "drop", "index"],
        source: "https://www.zoho.com/deluge/help/functions/collection/deletekey.html",
        run: |call| {
            delete_keys(call, std::slice::from_ref(call.arg(0)))?;
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "deleteKeys",
        receiver: COLLECTION_TYPE,
        params: &[param("indexesOrKeys", Kind::List)],
        summary: "Removes the elements at several places, or the pairs of several keys.",
        details: "Places are those before the call. If one of them does not exist, nothing is removed; an absent key is ignored.",
        examples: &[
            example(
                "c = Collection(\"ant\", \"bee\", \"cat\", \"dog\");\nc.deleteKeys({1, 2});\ninfo c;",
                "ant,dog",
            ),
            example(
                r##"c = Collection("ant": 6, "bee": 7);
c.deleteKeys({"ant", "fly"});
info c;"##,
                "{\"bee\":7}",
            ),
            example(
                r##"try
{
    info Collection("ant").deleteKeys({0, 1});
}
catch (e)
{
    info e.message;
}"##,
                "`deleteKeys`: there is no place 1; allowed are 0 to 0",
            ),
        ],
        words: &["remove", "drop", "many", "index"],
        source: "https://www.zoho.com/deluge/help/functions/collection/deletekeys.html",
        run: |call| {
            delete_keys(call, &call.arg_list(0)?.to_vec())?;
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "get",
        receiver: COLLECTION_TYPE,
        params: &[param("indexOrKey", Kind::Anything)],
        returns: "the element, or the value or null",
        summary: "The element at a place, counted from 0, or the value of a key.",
        details: "Null for a key that is not there; a place that does not exist is an error.",
        examples: &[
            example(
                "info Collection(\"ant\", \"bee\").get(1);\ninfo Collection(\"ant\": 6).get(\"bee\");",
                "bee\nnull",
            ),
            example(
                r##"try
{
    info Collection("ant").get(1);
}
catch (e)
{
    info e.message;
}"##,
                "`get`: there is no place 1; allowed are 0 to 0",
            ),
        ],
        words: &["read", "element", "value", "index"],
        source: "https://www.zoho.com/deluge/help/functions/collection/get.html",
        run: get,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getKey",
        receiver: COLLECTION_TYPE,
        params: &[param("value", Kind::Anything)],
        returns: "the key or null; NUMBER",
        summary: "The first place of an element, or -1; the first key with a value, or null.",
        examples: &[
            example(
                "info Collection(\"ant\": 6, \"bee\": 6).getKey(6);\ninfo Collection(\"ant\").getKey(\"yak\");",
                "ant\n-1",
            ),
            example(
                r#"info Collection("ant": "6").getKey(6);
info Collection("a", "b", "b").getKey("b");"#,
                "null\n1",
            ),
        ],
        words: &["find", "indexOf", "search"],
        source: "https://www.zoho.com/deluge/help/functions/collection/getkey.html",
        run: |call| key_of(call, false),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getLastKey",
        receiver: COLLECTION_TYPE,
        params: &[param("value", Kind::Anything)],
        returns: "the key or null; NUMBER",
        summary: "The last place of an element, or -1; the last key with a value, or null.",
        examples: &[
            example(
                "info Collection(\"x\", \"y\", \"x\").getLastKey(\"x\");",
                "2",
            ),
            example(
                r##"info Collection("ant": 6, "bee": 6).getLastKey(6);
info Collection("ant": 6).getLastKey(7);"##,
                "bee\nnull",
            ),
        ],
        words: &["find", "lastIndexOf", "search"],
        source: "https://www.zoho.com/deluge/help/functions/collection/getlastkey.html",
        run: |call| key_of(call, true),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "keys",
        receiver: COLLECTION_TYPE,
        returns: "LIST",
        summary: "A new list of the keys; of a collection of elements, the elements.",
        examples: &[
            example("info Collection(\"ant\": 6, \"cat\": 4).keys();", "ant,cat"),
            example(r##"info Collection("x", "y").keys();"##, "x,y"),
        ],
        words: &["names", "fields"],
        source: "https://www.zoho.com/deluge/help/functions/collection/keys.html",
        run: |call| {
            let collection = call.collection()?;
            Ok(match collection.form() {
                Form::Keyed(pairs) => key_value::keys(&pairs),
                _ => Value::list(values(collection)),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "values",
        receiver: COLLECTION_TYPE,
        returns: "LIST",
        summary: "A new list of the values; of a collection of elements, the elements.",
        examples: &[
            example("info Collection(\"ant\": 6, \"cat\": 4).values();", "6,4"),
            example(r##"info Collection("x", "y").values();"##, "x,y"),
        ],
        words: &["contents", "elements"],
        source: "https://www.zoho.com/deluge/help/functions/collection.html",
        run: |call| Ok(Value::list(values(call.collection()?))),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "containsKey",
        aliases: &["containKey"],
        receiver: COLLECTION_TYPE,
        params: &[param("indexOrKey", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if the key is there; of a collection of elements, if the place exists.",
        examples: &[
            example(
                "info Collection(\"Ant\": 6).containsKey(\"ant\");\ninfo Collection(\"x\", \"y\").containsKey(1);",
                "false\ntrue",
            ),
            example(
                r#"c = Collection("x", "y");
info c.containsKey(2);
info c.containsKey(-1);"#,
                "false\nfalse",
            ),
        ],
        words: &["has", "exists", "includes"],
        source: "https://www.zoho.com/deluge/help/functions/collection/containskey.html",
        run: contains_key,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "containsValue",
        aliases: &["containValue"],
        receiver: COLLECTION_TYPE,
        params: &[param("value", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if an element, or the value of a key, equals `value`.",
        details: "Type and letter case count.",
        examples: &[
            example(
                "c = Collection(\"ant\": 6, \"b\": \"Six\");\ninfo c.containsValue(6);\ninfo c.containsValue(\"six\");",
                "true\nfalse",
            ),
            example(
                r#"info Collection("4").containsValue(4);
info Collection(4).containsValue(4.0);"#,
                "false\ntrue",
            ),
        ],
        words: &["has", "exists", "includes"],
        source: "https://www.zoho.com/deluge/help/functions/collection/containsvalue.html",
        run: |call| {
            Ok(first_place(&values(call.collection()?), call.arg(0))?
                .is_some()
                .into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "notContains",
        receiver: COLLECTION_TYPE,
        forms: Forms::Method,
        params: &[param("value", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if no element, no key and no value equals `value`.",
        examples: &[
            example(
                "info Collection(\"Desk\", \"Mail\").notContains(\"Books\");",
                "true",
            ),
            example(
                r##"c = Collection("ant": 6);
info c.notContains("ant");
info c.notContains(6);"##,
                "false\nfalse",
            ),
        ],
        words: &["missing", "absent"],
        source: "https://www.zoho.com/deluge/help/functions/string/notcontains.html",
        run: |call| {
            let collection = call.collection()?;
            Ok(match collection.form() {
                Form::Keyed(pairs) => key_value::contains_nowhere(&pairs, call.arg(0))?,
                _ => first_place(&values(collection), call.arg(0))?.is_none(),
            }
            .into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "duplicate",
        receiver: COLLECTION_TYPE,
        returns: "COLLECTION",
        summary: "A new collection with the same elements or pairs.",
        details: "One level deep: elements that are lists or key-values stay shared.",
        examples: &[
            example(
                "a = Collection(\"x\");\nb = a.duplicate();\nb.insert(\"y\");\ninfo a;",
                "x",
            ),
            example(
                r##"a = Collection({1});
a.duplicate().get(0).add(2);
info a.get(0);"##,
                "1,2",
            ),
        ],
        words: &["copy", "clone"],
        run: |call| {
            let form = match call.collection()?.form() {
                Form::Open => Form::Open,
                Form::Index(list) => Form::Index(List::from_items(list.to_vec())),
                Form::Keyed(pairs) => Form::Keyed(key_value::duplicate(&pairs)?),
            };
            Ok(Value::Collection(Collection::new(form)))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "distinct",
        receiver: COLLECTION_TYPE,
        returns: "LIST",
        summary: "A new list of the elements or values without repeats.",
        examples: &[
            example(
                "info Collection(\"ant\": 6, \"cat\": 4, \"bee\": 6).distinct();",
                "6,4",
            ),
            example(
                r#"info Collection("a", "A", "a", 1, 1.0).distinct();"#,
                "a,A,1",
            ),
        ],
        words: &["unique", "duplicates", "set"],
        source: "https://www.zoho.com/deluge/help/functions/collection/distinct.html",
        run: |call| {
            Ok(Value::list(elements::distinct(&values(
                call.collection()?,
            ))?))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "intersect",
        receiver: COLLECTION_TYPE,
        params: &[param(
            "collection",
            Kind::OneOf(
                &[Type::Collection, Type::List, Type::Undecided],
                "a COLLECTION or LIST",
            ),
        )],
        returns: "LIST",
        summary: "A new list of the elements or values that are also in `collection`, each once.",
        examples: &[
            example(
                "info Collection(\"x\", \"y\", \"z\").intersect(Collection(\"x\", \"y\", \"w\"));",
                "x,y",
            ),
            example(
                r##"info Collection("a": 1, "b": 2).intersect({2, "2"});"##,
                "2",
            ),
        ],
        words: &["common", "both", "set"],
        source: "https://www.zoho.com/deluge/help/functions/collection/intersect.html",
        run: |call| {
            let others = match call.arg(0) {
                Value::Collection(collection) => values(collection),
                Value::List(list) => list.to_vec(),
                _ => Vec::new(),
            };
            Ok(Value::list(elements::intersect(
                &values(call.collection()?),
                &others,
            )?))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "sort",
        receiver: COLLECTION_TYPE,
        params: &[optional("ascending", Kind::Boolean)],
        summary: "Sorts the elements, or the pairs by their values, in place; `false` from the largest down.",
        details: "The order is that of lists. Values of several types leave the collection as it is.",
        examples: &[
            example(
                "c = Collection(\"a\": 5, \"b\": 2);\nc.sort();\ninfo c;",
                "{\"b\":2,\"a\":5}",
            ),
            example(
                r##"c = Collection(2, "a");
c.sort();
info c;"##,
                "2,a",
            ),
        ],
        words: &["order", "ascending", "descending", "arrange"],
        source: "https://www.zoho.com/deluge/help/functions/collection/sort.html",
        run: |call| {
            let ascending = call.arg_boolean(0, true)?;
            match call.collection()?.form() {
                Form::Open => false,
                Form::Index(list) => elements::sort(&list, ascending),
                Form::Keyed(pairs) => elements::sort_pairs(&pairs, |(_, value)| value, ascending),
            };
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "sortKey",
        receiver: COLLECTION_TYPE,
        params: &[optional("ascending", Kind::Boolean)],
        summary: "Sorts the pairs by their keys, in place; `false` from the largest down.",
        details: "Keys of several types, and collections of elements, stay as they are.",
        examples: &[
            example(
                "c = Collection(\"pear\": 5, \"fig\": 8);\nc.sortKey();\ninfo c;",
                "{\"fig\":8,\"pear\":5}",
            ),
            example(
                r##"c = Collection(2, 1);
c.sortKey();
info c;"##,
                "2,1",
            ),
        ],
        words: &["order", "ascending", "descending", "arrange"],
        source: "https://www.zoho.com/deluge/help/functions/collection/sortkey.html",
        run: |call| {
            let ascending = call.arg_boolean(0, true)?;
            if let Form::Keyed(pairs) = call.collection()?.form() {
                elements::sort_pairs(&pairs, |(key, _)| key, ascending);
            }
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "size",
        receiver: COLLECTION_TYPE,
        returns: "NUMBER",
        summary: "The number of elements or pairs.",
        examples: &[
            example("info Collection(\"ant\", \"bee\").size();", "2"),
            example(
                r#"info Collection().size();
info Collection("ant": {1, 2, 3}).size();"#,
                "0\n1",
            ),
        ],
        words: &["count", "length"],
        source: "https://www.zoho.com/deluge/help/functions/collection.html",
        run: |call| Ok(call.collection()?.len().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isEmpty",
        receiver: COLLECTION_TYPE,
        returns: "BOOLEAN",
        summary: "True if there are no elements and no pairs.",
        examples: &[
            example("info Collection().isEmpty();", "true"),
            example(r#"info Collection(null).isEmpty();"#, "false"),
        ],
        words: &["nothing", "size", "blank"],
        source: "https://zoho.com/deluge/help/functions/collection/isempty.html",
        run: |call| Ok(call.collection()?.is_empty().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "clear",
        receiver: COLLECTION_TYPE,
        summary: "Removes everything; the form, elements or pairs, stays.",
        examples: &[
            example("c = Collection(\"x\");\nc.clear();\ninfo c.size();", "0"),
            example(
                r##"c = Collection("a": 1);
c.clear();
c.insert("b" : 2);
info c;"##,
                "{\"b\":2}",
            ),
        ],
        words: &["empty", "reset"],
        source: "https://www.zoho.com/deluge/help/functions/collection.html",
        run: |call| {
            match call.collection()?.form() {
                Form::Open => {}
                Form::Index(list) => drop(list.take()),
                Form::Keyed(pairs) => drop(pairs.take()),
            }
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
];

/// `Collection(k : v, …)`.
///
/// # Errors
/// R0009 when a key can be none.
pub(crate) fn collection_of_pairs(pairs: Vec<(Value, Value)>) -> Fallible<Value> {
    let inside = KeyValue::with_capacity(pairs.len());
    for (key, value) in pairs {
        inside.put(key, value)?;
    }
    Ok(Value::Collection(Collection::new(Form::Keyed(inside))))
}

/// The elements, or the values of the pairs.
pub(super) fn values(collection: &Collection) -> Vec<Value> {
    match collection.form() {
        Form::Open => Vec::new(),
        Form::Index(list) => list.to_vec(),
        Form::Keyed(pairs) => key_value::values(&pairs),
    }
}

const ELEMENTS: &str = "elements";
const PAIRS: &str = "pairs";

/// What was given does not go into a collection of this form.
fn wrong_form(call: &Call<'_, '_>, holds: &str, given: &str) -> Box<RuntimeError> {
    error::collection_form(call.name(), holds, given)
}

fn insert(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let is_pair = call.has(1);
    let (first, value) = (call.take(0), call.take(1));
    let collection = call.collection()?;
    match (collection.form(), is_pair) {
        (Form::Index(list), false) => list.push(first)?,
        (Form::Keyed(pairs), true) => pairs.put(first, value)?,
        (Form::Open, false) => {
            let list = List::new();
            list.push(first)?;
            collection.decide(Form::Index(list));
        }
        (Form::Open, true) => {
            let pairs = KeyValue::new();
            pairs.put(first, value)?;
            collection.decide(Form::Keyed(pairs));
        }
        (Form::Index(_), true) => return Err(wrong_form(call, ELEMENTS, PAIRS)),
        (Form::Keyed(_), false) => return Err(wrong_form(call, PAIRS, ELEMENTS)),
    }
    Ok(Value::Null)
}

/// Several elements or pairs, as `insertAll` was given them.
enum Many {
    Elements(Vec<Value>),
    Pairs(KeyValue),
    /// `{}`, or a collection without form: nothing, of either form.
    Nothing,
}

fn insert_all(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let many = match call.arg(0) {
        Value::List(list) => Many::Elements(list.to_vec()),
        Value::KeyValue(pairs) => Many::Pairs(pairs.clone()),
        Value::Collection(collection) => match collection.form() {
            Form::Open => Many::Nothing,
            Form::Index(list) => Many::Elements(list.to_vec()),
            Form::Keyed(pairs) => Many::Pairs(pairs),
        },
        _ => Many::Nothing,
    };
    let collection = call.collection()?;
    match (collection.form(), many) {
        (_, Many::Nothing) => {}
        (Form::Index(list), Many::Elements(elements)) => list.extend(elements)?,
        (Form::Keyed(pairs), Many::Pairs(more)) => key_value::put_pairs(&pairs, &more)?,
        (Form::Open, Many::Elements(elements)) if !elements.is_empty() => {
            collection.decide(Form::Index(List::from_items(elements)));
        }
        (Form::Open, Many::Pairs(pairs)) if !pairs.is_empty() => {
            collection.decide(Form::Keyed(key_value::duplicate(&pairs)?));
        }
        (Form::Open, _) => {}
        (Form::Index(_), Many::Pairs(_)) => return Err(wrong_form(call, ELEMENTS, PAIRS)),
        (Form::Keyed(_), Many::Elements(_)) => return Err(wrong_form(call, PAIRS, ELEMENTS)),
    }
    Ok(Value::Null)
}

/// What `Collection(a, k : v)` calls, with the collection of the arguments before the first one of the other kind.
pub(crate) static MIXED_COLLECTION: Builtin = Builtin {
    name: "Collection",
    params: &[
        param("collection", Kind::Anything),
        rest("other", Kind::Anything),
    ],
    run: |call| {
        Err(match call.arg(0) {
            Value::Collection(begun) if matches!(begun.form(), Form::Keyed(_)) => {
                wrong_form(call, PAIRS, ELEMENTS)
            }
            _ => wrong_form(call, ELEMENTS, PAIRS),
        })
    },
    ..Builtin::DEFAULT
};

/// What is in a collection; one without form is an empty list.
enum Inside {
    Elements(List),
    Pairs(KeyValue),
}

fn inside(collection: &Collection) -> Inside {
    match collection.form() {
        Form::Open => Inside::Elements(List::new()),
        Form::Index(list) => Inside::Elements(list),
        Form::Keyed(pairs) => Inside::Pairs(pairs),
    }
}

fn update(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let (key, value) = (call.take(0), call.take(1));
    match inside(call.collection()?) {
        Inside::Pairs(pairs) => pairs.put(key, value)?,
        Inside::Elements(list) => {
            let at = place(call.name(), &key, list.len())?;
            // Appended and swapped in: a list notes containers when they are pushed.
            list.push(value)?;
            drop(list.change(|items| items.swap_remove(at)));
        }
    }
    Ok(Value::Null)
}

fn delete(call: &mut Call<'_, '_>) -> Fallible<Value> {
    match inside(call.collection()?) {
        Inside::Pairs(pairs) => {
            if let Some(key) = pair_with(&pairs, call.arg(0), false)? {
                drop(pairs.remove(&key));
            }
        }
        Inside::Elements(list) => {
            let place = first_place(&list.items(), call.arg(0))?;
            if let Some(at) = place {
                drop(list.change(|items| items.remove(at)));
            }
        }
    }
    Ok(Value::Null)
}

fn delete_all(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let values = call.arg_list(0)?.to_vec();
    match inside(call.collection()?) {
        Inside::Pairs(pairs) => {
            let unwanted = elements::Elements::of(&values)?;
            let mut kept = Vec::new();
            for (key, value) in pairs.to_vec() {
                if !unwanted.contains(&value)? {
                    kept.push((key, value));
                }
            }
            replace_pairs(&pairs, kept);
        }
        Inside::Elements(list) => {
            let kept = elements::without(&list.items(), &values)?;
            drop(list.change(|items| std::mem::replace(items, kept)));
        }
    }
    Ok(Value::Null)
}

/// Puts fewer pairs in the place of all.
fn replace_pairs(pairs: &KeyValue, kept: Vec<(Value, Value)>) {
    let mut old = Vec::new();
    pairs.reorder(|entries| old = std::mem::replace(entries, kept));
    drop(old);
}

fn delete_keys(call: &Call<'_, '_>, keys: &[Value]) -> Fallible<()> {
    match inside(call.collection()?) {
        Inside::Pairs(pairs) => {
            if let [key] = keys {
                drop(pairs.remove(key.settled()));
                return Ok(());
            }
            // All at once: taking out one moves all behind it.
            let gone = KeyValue::with_capacity(keys.len());
            for key in keys.iter().map(Value::settled).filter(|key| is_key(key)) {
                gone.put(key.clone(), Value::Null)?;
            }
            let mut kept = pairs.to_vec();
            kept.retain(|(key, _)| gone.pairs().get(key).is_none());
            replace_pairs(&pairs, kept);
        }
        Inside::Elements(list) => {
            let mut gone = vec![false; list.len()];
            for key in keys {
                let at = place(call.name(), key.settled(), gone.len())?;
                gone[at] = true;
            }
            let items = list.take();
            let (kept, removed): (Vec<_>, Vec<_>) =
                items.into_iter().zip(gone).partition(|(_, gone)| !gone);
            list.change(|items| items.extend(kept.into_iter().map(|(item, _)| item)));
            drop(removed);
        }
    }
    Ok(())
}

fn get(call: &mut Call<'_, '_>) -> Fallible<Value> {
    Ok(match inside(call.collection()?) {
        Inside::Pairs(pairs) => pairs.get(call.arg(0)).unwrap_or_default(),
        Inside::Elements(list) => {
            let at = place(call.name(), call.arg(0), list.len())?;
            list.get(at).unwrap_or_default()
        }
    })
}

/// The first or last key whose value equals `wanted`.
fn pair_with(pairs: &KeyValue, wanted: &Value, last: bool) -> Fallible<Option<Value>> {
    let values = key_value::values(pairs);
    let place = if last {
        last_place(&values, wanted)?
    } else {
        first_place(&values, wanted)?
    };
    Ok(place.and_then(|at| pairs.pairs().iter().nth(at).map(|(key, _)| key.clone())))
}

fn key_of(call: &Call<'_, '_>, last: bool) -> Fallible<Value> {
    let wanted = call.arg(0);
    Ok(match inside(call.collection()?) {
        Inside::Pairs(pairs) => pair_with(&pairs, wanted, last)?.unwrap_or_default(),
        Inside::Elements(list) if last => place_or_minus_one(last_place(&list.items(), wanted)?),
        Inside::Elements(list) => place_or_minus_one(first_place(&list.items(), wanted)?),
    })
}

fn contains_key(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let key = call.arg(0);
    Ok(match inside(call.collection()?) {
        Inside::Pairs(pairs) => pairs.pairs().get(key).is_some(),
        // Only numbers are places here; a TEXT that holds one is taken by `get`, `update` and `deleteKey` alone.
        Inside::Elements(list) => {
            !matches!(key, Value::Text(_)) && place(call.name(), key, list.len()).is_ok()
        }
    }
    .into())
}
