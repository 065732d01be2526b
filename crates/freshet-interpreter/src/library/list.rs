//! Functions of LIST (Built-ins II, 2). Statistics have a file of their own.

use freshet_syntax::ast::ElementType;

use super::builtin::{
    Builtin, Call, Forms, Kind, Receiver, World, example, optional, param, typed_list_name,
};
use super::elements::{
    self, describe, first_place, last_place, number, place, place_or_minus_one, whole,
};
use crate::error::{self, Fallible};
use crate::value::{Braces, List, Type, Value, date_text, display, heap, is_key};

const PAGE: &str = "https://www.zoho.com/deluge/help/functions/list.html";

/// The functions.
pub(super) const LIST: &[Builtin] = &[
    Builtin {
        name: "List",
        params: &[optional("text", Kind::Text)],
        returns: "LIST",
        summary: "A new list: empty, or the pieces of `text` between commas.",
        details: "`{a, b}` and `[a, b]` write a list with its elements. `List:String()`, `List:Int()`, `List:Float()`, `List:Bool()` and `List:Date()` make lists that convert every element on the way in.",
        examples: &[
            example("stops = List();\nstops.add(\"Oslo\");\ninfo stops;", "Oslo"),
            example("info List(\"ann,bo,cy\").get(1);", "bo"),
            example(
                r##"info List("").size();
info List:Int("3, 4").get(1) + 1;"##,
                "1\n5",
            ),
        ],
        words: &["array", "create", "new", "typed", "split"],
        source: "https://zoho.com/deluge/help/list-manipulations/create-list.html",
        run: |call| {
            let Value::Text(text) = call.arg(0) else {
                return Ok(Value::List(List::new()));
            };
            elements::texts(text.split(','))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "add",
        receiver: Receiver::Of(Type::List),
        params: &[param("element", Kind::Anything)],
        decides: true,
        summary: "Appends one element.",
        details: "A list as argument becomes one element; `addAll` appends its elements one by one. A list made with an element type converts the element.",
        examples: &[
            example(
                "a = {\"Oslo\"};\na.add({\"Voss\", \"Moss\"});\ninfo a.size();",
                "2",
            ),
            example(
                r##"a = List:Int();
a.add("7");
info a.get(0) + 1;"##,
                "8",
            ),
        ],
        words: &["append", "push", "insert"],
        source: "https://www.zoho.com/creator/help/script/add.html",
        run: |call| {
            let value = call.take(0);
            let list = call.list()?;
            match list.element() {
                None => list.push(value)?,
                Some(element) => {
                    let list = list.clone();
                    list.push(convert_element(element, value, call.world)?)?;
                }
            }
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "addAll",
        receiver: Receiver::Of(Type::List),
        params: &[param("elements", Kind::List)],
        decides: true,
        summary: "Appends every element of another list, in order.",
        details: "The argument stays as it is. If one element cannot be converted to the list's element type, nothing is appended.",
        examples: &[
            example("a = {\"x\"};\na.addAll({\"z\", \"x\"});\ninfo a;", "x,z,x"),
            example(
                r##"a = {1, 2};
a.addAll(a);
info a;"##,
                "1,2,1,2",
            ),
        ],
        words: &["append", "concat", "extend", "join"],
        source: "https://zoho.com/deluge/help/list-manipulations/addall-removeall.html",
        run: add_all,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "clear",
        receiver: Receiver::Of(Type::List),
        summary: "Removes every element; an element type stays.",
        examples: &[
            example("a = {1, 2};\na.clear();\ninfo a.size();", "0"),
            example(
                r#"a = {1, 2};
same = a;
a.clear();
info same.size();"#,
                "0",
            ),
        ],
        words: &["empty", "reset"],
        source: "https://www.zoho.com/deluge/help/functions/list/clear.html",
        run: |call| {
            drop(call.list()?.take());
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "contains",
        receiver: Receiver::Of(Type::List),
        params: &[param("element", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if an element equals `element`.",
        details: "Types and letter case count: `4` is not `\"4\"`. Lists and key-values are compared with all their contents.",
        examples: &[
            example(
                "info {4, \"5\"}.contains(\"4\");\ninfo {4, \"5\"}.contains(4);",
                "false\ntrue",
            ),
            example(
                r##"info {{1, 2}}.contains({1, 2});
info {2}.contains(2.0);"##,
                "true\ntrue",
            ),
        ],
        words: &["includes", "in", "has", "find"],
        source: "https://www.zoho.com/deluge/help/functions/list/contains.html",
        run: |call| {
            Ok(first_place(&call.list()?.items(), call.arg(0))?
                .is_some()
                .into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "notContains",
        receiver: Receiver::Of(Type::List),
        forms: Forms::Method,
        params: &[param("element", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if no element equals `element`.",
        examples: &[
            example("info {\"Mail\"}.notContains(\"mail\");", "true"),
            example(r##"info {4}.notContains("4");"##, "true"),
        ],
        words: &["missing", "absent", "not in"],
        source: "https://www.zoho.com/deluge/help/functions/string/notcontains.html",
        run: |call| {
            Ok(first_place(&call.list()?.items(), call.arg(0))?
                .is_none()
                .into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "distinct",
        receiver: Receiver::Of(Type::List),
        returns: "LIST",
        summary: "A new list without repeats: the first of each value, in order.",
        examples: &[
            example("info {3, 1, 3, 2}.distinct();", "3,1,2"),
            example(r##"info {1, 1.0, "1", "a", "A"}.distinct();"##, "1,1,a,A"),
        ],
        words: &["unique", "duplicates", "set"],
        source: PAGE,
        run: |call| Ok(Value::list(elements::distinct(&call.list()?.items())?)),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "duplicate",
        receiver: Receiver::AnyOf(&[Type::List, Type::Undecided]),
        returns: "LIST",
        summary: "A new list with the same elements.",
        details: "Assignment only shares a list; this copies it, one level deep: elements that are lists or key-values stay shared. An element type is kept.",
        examples: &[
            example("a = {1, 2};\nb = a.duplicate();\nb.add(3);\ninfo a;", "1,2"),
            example(
                r##"a = {{1}};
a.duplicate().get(0).add(2);
info a.get(0);"##,
                "1,2",
            ),
        ],
        words: &["copy", "clone"],
        run: |call| {
            Ok(match call.receiver() {
                Value::List(list) => {
                    List::check_room(list.len())?;
                    match list.element() {
                        None => Value::list(list.to_vec()),
                        element => Value::List(List::typed_from(list.to_vec(), element)),
                    }
                }
                _ => Value::Braces(Braces::new()),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "get",
        receiver: Receiver::Of(Type::List),
        params: &[param("index", Kind::Anything)],
        returns: "the element",
        summary: "The element at place `index`, counted from 0.",
        details: "A TEXT that holds a whole number is taken as one. A place that does not exist is an error.",
        examples: &[
            example("info {7, 8}.get(1);", "8"),
            example(r##"info {7, 8}.get("1");"##, "8"),
            example(
                r##"try
{
    info {7, 8}.get(2);
}
catch (e)
{
    info e.message;
}"##,
                "`get`: there is no place 2; allowed are 0 to 1",
            ),
        ],
        words: &["element", "index", "at", "nth"],
        source: "https://www.zoho.com/deluge/help/functions/list/get.html",
        run: get,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getAsString",
        receiver: Receiver::Of(Type::List),
        params: &[param("index", Kind::Anything)],
        returns: "TEXT",
        summary: "The text of the element at place `index`.",
        details: "As `get(index).toString()`; a null element is an error.",
        examples: &[
            example("info {7, 8}.getAsString(1) + 1;", "81"),
            example(
                r##"try
{
    info {null}.getAsString(0);
}
catch (e)
{
    info e.message;
}"##,
                "`getAsString`: the element at place 0 is null",
            ),
        ],
        words: &["element", "text", "string"],
        run: |call| {
            let list = call.list()?;
            let at = place(call.name(), call.arg(0), list.len())?;
            let element = list.get(at).unwrap_or_default();
            if element.is_null() {
                return Err(error::argument_value(
                    call.name(),
                    format!("the element at place {at} is null"),
                )
                .help("test for null first: `if(list.get(…) != null)`"));
            }
            Ok(display::to_text(&element, call.zone())?.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "indexOf",
        receiver: Receiver::Of(Type::List),
        params: &[param("element", Kind::Anything)],
        returns: "NUMBER",
        summary: "The place of the first element that equals `element`, counted from 0, or -1.",
        details: "Types and letter case count.",
        examples: &[
            example(
                "info {\"k\", \"m\", \"k\"}.indexOf(\"k\");\ninfo {\"k\"}.indexOf(\"z\");",
                "0\n-1",
            ),
            example(
                r#"info {4, "4"}.indexOf("4");
info {4}.indexOf("4");"#,
                "1\n-1",
            ),
        ],
        words: &["find", "position", "search"],
        source: "https://www.zoho.com/deluge/help/functions/list/indexof.html",
        run: |call| {
            Ok(place_or_minus_one(first_place(
                &call.list()?.items(),
                call.arg(0),
            )?))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "lastIndexOf",
        receiver: Receiver::Of(Type::List),
        params: &[param("element", Kind::Anything)],
        returns: "NUMBER",
        summary: "The place of the last element that equals `element`, counted from 0, or -1.",
        details: "Types and letter case count.",
        examples: &[
            example("info {\"k\", \"m\", \"k\"}.lastIndexOf(\"k\");", "2"),
            example(r##"info {4, "5"}.lastIndexOf(5);"##, "-1"),
        ],
        words: &["find", "position", "search", "last"],
        source: PAGE,
        run: |call| {
            Ok(place_or_minus_one(last_place(
                &call.list()?.items(),
                call.arg(0),
            )?))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "intersect",
        receiver: Receiver::Of(Type::List),
        params: &[param("list", Kind::List)],
        returns: "LIST",
        summary: "A new list of the elements that are also in `list`, each once, in the order of the receiver.",
        examples: &[
            example(
                "info {\"r\", \"g\", \"b\"}.intersect({\"b\", \"r\"});",
                "r,b",
            ),
            example(r##"info {"a", "b"}.intersect({"A"}).size();"##, "0"),
        ],
        words: &["common", "both", "set"],
        source: "https://www.zoho.com/creator/newhelp/script/built-in-functions/built-in-function-list-intersect.html",
        run: |call| {
            Ok(Value::list(elements::intersect(
                &call.list()?.items(),
                &call.arg_list(0)?.items(),
            )?))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isEmpty",
        receiver: Receiver::Of(Type::List),
        returns: "BOOLEAN",
        summary: "True if the list has no elements.",
        examples: &[
            example(
                "info List().isEmpty();\ninfo {\"\"}.isEmpty();",
                "true\nfalse",
            ),
            example(r#"info {null}.isEmpty();"#, "false"),
        ],
        words: &["nothing", "size", "blank"],
        source: PAGE,
        run: |call| Ok(call.list()?.is_empty().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "remove",
        receiver: Receiver::Of(Type::List),
        params: &[param("index", Kind::Anything)],
        returns: "the element",
        summary: "Removes the element at place `index`, counted from 0, and gives it.",
        details: "`removeElement` removes by value. A place that does not exist is an error.",
        examples: &[
            example(
                "a = {\"a\", \"b\", \"c\"};\ninfo a.remove(1);\ninfo a;",
                "b\na,c",
            ),
            example(
                r##"try
{
    info {"a"}.remove(1);
}
catch (e)
{
    info e.message;
}"##,
                "`remove`: there is no place 1; allowed are 0 to 0",
            ),
        ],
        words: &["delete", "pop", "index"],
        source: "https://www.zoho.com/creator/help/script/built-in-functions/built-in-function-list-remove.html",
        run: |call| {
            let list = call.list()?;
            let at = place(call.name(), call.arg(0), list.len())?;
            Ok(list.change(|items| items.remove(at)))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "removeElement",
        receiver: Receiver::Of(Type::List),
        params: &[param("element", Kind::Anything)],
        summary: "Removes the first element that equals `element`; does nothing if there is none.",
        details: "A number is always a value here, never a place. On a list with an element type, a value of another type is an error.",
        examples: &[
            example("a = {10, 20, 1};\na.removeElement(1);\ninfo a;", "10,20"),
            example(
                r##"a = {1, 2, 1};
a.removeElement(1);
a.removeElement(9);
info a;"##,
                "2,1",
            ),
        ],
        words: &["delete", "value"],
        source: "https://www.zoho.com/deluge/help/functions/list/removeelement.html",
        run: remove_element,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "removeAll",
        receiver: Receiver::Of(Type::List),
        params: &[param("elements", Kind::List)],
        summary: "Removes every element that equals one of `elements`.",
        examples: &[
            example("a = {1, 2, 3, 2};\na.removeAll({2});\ninfo a;", "1,3"),
            example(
                r##"a = {1, "1", 1};
a.removeAll({1, 5});
info a;"##,
                "1",
            ),
        ],
        words: &["delete", "subtract", "difference"],
        source: "https://www.zoho.com/deluge/help/list-manipulations/addall-removeall.html",
        run: |call| {
            let list = call.list()?;
            let kept = elements::without(&list.items(), &call.arg_list(0)?.items())?;
            drop(list.change(|items| std::mem::replace(items, kept)));
            Ok(Value::Null)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "size",
        receiver: Receiver::Of(Type::List),
        returns: "NUMBER",
        summary: "The number of elements; a list inside counts as one.",
        examples: &[
            example("info {1, {2, 3}}.size();", "2"),
            example(
                r#"info List("").size();
info List().size();"#,
                "1\n0",
            ),
        ],
        words: &["count", "length", "len"],
        source: PAGE,
        run: |call| Ok(call.list()?.len().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "sort",
        receiver: Receiver::AnyOf(&[Type::List, Type::Undecided]),
        params: &[optional("ascending", Kind::Boolean)],
        returns: "LIST or null",
        summary: "Sorts the list in place and gives it; `false` sorts from the largest down.",
        details: "TEXT sorts by code point (`Z` before `a`), numbers by value, dates by time, false before true. Elements of several types, null, lists, key-values and files do not sort: the list stays as it is and the result is null.",
        examples: &[
            example("info {10, 9, 100}.sort(false);", "100,10,9"),
            example(
                "a = {\"pear\", \"Zed\", \"fig\"};\na.sort();\ninfo a;",
                "Zed,fig,pear",
            ),
            example(r##"info {1, "a"}.sort();"##, "null"),
        ],
        words: &["order", "ascending", "descending", "arrange"],
        source: "https://www.zoho.com/deluge/help/functions/list/sort.html",
        run: |call| {
            let ascending = call.arg_boolean(0, true)?;
            Ok(match call.receiver() {
                Value::List(list) if !elements::sort(list, ascending) => Value::Null,
                itself => itself.clone(),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "subList",
        receiver: Receiver::Of(Type::List),
        params: &[param("from", Kind::Whole), optional("to", Kind::Whole)],
        returns: "LIST",
        summary: "A new list of the elements from place `from` to before place `to`, or to the end.",
        details: "A negative `from`, a `to` beyond the size, or one before `from` is an error.",
        examples: &[
            example("info {1, 2, 3, 4}.subList(1, 3);", "2,3"),
            example("info {1, 2, 3, 4}.subList(2);", "3,4"),
            example(
                r##"try
{
    info {1, 2}.subList(1, 3);
}
catch (e)
{
    info e.message;
}"##,
                "`subList`: `to` is 3, but the list has 2 elements",
            ),
        ],
        words: &["slice", "part", "range", "copy"],
        source: "https://zoho.com/creator/newhelp/script/built-in-functions/built-in-function-list-sublist.html",
        run: sub_list,
        ..Builtin::DEFAULT
    },
];

fn get(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let list = call.list()?;
    if let Value::Number(index) = call.arg(0)
        && let Some(element) = list.get(*index as usize)
    {
        return Ok(element);
    }
    let at = place(call.name(), call.arg(0), list.len())?;
    Ok(list.get(at).unwrap_or_default())
}

fn add_all(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let list = call.list()?.clone();
    let mut added = call.arg_list(0)?.to_vec();
    if let Some(element) = list.element() {
        added = added
            .into_iter()
            .map(|value| convert_element(element, value, call.world))
            .collect::<Fallible<_>>()?;
    }
    list.extend(added)?;
    Ok(Value::Null)
}

fn remove_element(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let (list, wanted) = (call.list()?, call.arg(0));
    if let Some(element) = list.element()
        && !is_element(element, wanted)
    {
        return Err(error::element_type(
            typed_list_name(element),
            &describe(wanted),
        ));
    }
    let place = first_place(&list.items(), wanted)?;
    if let Some(at) = place {
        drop(list.change(|items| items.remove(at)));
    }
    Ok(Value::Null)
}

fn sub_list(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let list = call.list()?;
    let size = list.len();
    let from = call.arg_whole(0)?;
    let to = if call.has(1) {
        call.arg_whole(1)?
    } else {
        size as i64
    };
    let wrong = |what: String| error::argument_value(call.name(), what);
    if from < 0 {
        return Err(wrong(format!("`from` is {from}, allowed are 0 to {size}")));
    }
    if to > size as i64 {
        return Err(wrong(format!(
            "`to` is {to}, but the list has {size} elements"
        )));
    }
    if from > to {
        return Err(wrong(format!(
            "`from` is {from}, which is beyond the end {to}"
        )));
    }
    List::check_room((to - from) as usize)?;
    Ok(Value::list(
        list.items()[from as usize..to as usize].to_vec(),
    ))
}

/// Converts a value to an element type, as lists made with one do on the way in; null passes.
///
/// # Errors
/// R0018 when it does not read as one.
pub(crate) fn convert_element(
    element: ElementType,
    value: Value,
    world: &mut World<'_>,
) -> Fallible<Value> {
    let value = value.into_settled();
    if value.is_null() {
        return Ok(value);
    }
    let converted = match element {
        ElementType::Text => plain_text(&value, world)?,
        ElementType::Number => whole(&value)
            .or_else(|| number(&value)?.to_i64_exact())
            .map(Value::Number),
        ElementType::Decimal => number(&value).map(Value::decimal),
        ElementType::Boolean => match &value {
            Value::Boolean(_) => Some(value.clone()),
            Value::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true.into()),
            Value::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false.into()),
            _ => None,
        },
        ElementType::DateTime => match &value {
            Value::Date { .. } => Some(value.clone()),
            Value::Text(text) => {
                let date = date_text::read(text, &world.settings.zone, world.host.now());
                date.map(|date| Value::Date {
                    pure: date.pure,
                    millis: date.millis,
                })
            }
            Value::Number(millis) if world.settings.zone.admits(*millis) => Some(Value::Date {
                pure: false,
                millis: *millis,
            }),
            _ => None,
        },
    };
    converted.ok_or_else(|| error::element_type(typed_list_name(element), &describe(&value)))
}

/// A plain value as TEXT.
fn plain_text(value: &Value, world: &World<'_>) -> Fallible<Option<Value>> {
    if !is_key(value) {
        return Ok(None);
    }
    if let Value::Text(_) = value {
        return Ok(Some(value.clone()));
    }
    Ok(Some(display::to_text(value, &world.settings.zone)?.into()))
}

/// True if `value` has the element type as it is, without conversion; a NUMBER is a DECIMAL too, null is anything.
fn is_element(element: ElementType, value: &Value) -> bool {
    match (element, value) {
        (_, Value::Null) => true,
        (ElementType::Text, Value::Text(_))
        | (ElementType::Number, Value::Number(_))
        | (ElementType::Decimal, Value::Number(_) | Value::Decimal { .. })
        | (ElementType::Boolean, Value::Boolean(_))
        | (ElementType::DateTime, Value::Date { .. }) => true,
        (ElementType::Number, other) => whole_decimal(other),
        _ => false,
    }
}

fn whole_decimal(value: &Value) -> bool {
    matches!(value, Value::Decimal { .. }) && whole(value).is_some()
}

/// `List:Int()` and its relatives: an empty list of that element type, or one of the pieces of a TEXT.
///
/// # Errors
/// When the argument is no TEXT (R0014), or a piece does not read as an element (R0018).
pub(crate) fn typed_list(
    element: ElementType,
    argument: Option<Value>,
    world: &mut World<'_>,
) -> Fallible<Value> {
    let items = match &argument {
        None => Vec::new(),
        Some(Value::Text(text)) => text
            .split(',')
            .enumerate()
            .map(|(at, piece)| {
                if at.is_multiple_of(4096) {
                    heap::check(at * size_of::<Value>())?;
                }
                convert_element(element, piece.into(), world)
            })
            .collect::<Fallible<_>>()?,
        Some(other) => {
            return Err(error::argument_type(
                typed_list_name(element),
                "text",
                "TEXT",
                &describe(other),
            ));
        }
    };
    Ok(Value::List(List::typed_from(items, Some(element))))
}
