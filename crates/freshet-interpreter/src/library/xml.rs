//! XML (Built-ins II, 5): `toXML`, `executeXPath`, `toXmlList`.

mod document;
mod evaluate;
mod function;
mod name;
mod path;
mod writer;

use super::builtin::{Builtin, Call, Kind, Receiver, example, param};
use super::{json, json_reader};
use crate::error::{self, Fallible};
use crate::value::{Collection, Form, KeyValue, Text, Type, Value, heap};
use document::Document;
use evaluate::{Evaluator, Item, Object};

const SOURCES: Receiver = Receiver::AnyOf(&[
    Type::Text,
    Type::KeyValue,
    Type::Collection,
    Type::Undecided,
]);

/// Bytes of memory that reading takes for a byte of a path, at most (measured; `//*` takes most).
const READING: usize = 160;

/// The functions.
pub(super) const XML: &[Builtin] = &[
    Builtin {
        name: "toXML",
        receiver: SOURCES,
        returns: "TEXT",
        summary: "A JSON object or KEY-VALUE as XML, inside the element `root`.",
        details: "A list repeats its element; null and the empty text give an empty element, an empty list none. There is no declaration and no white space. A key that cannot be the name of an element is an error.",
        examples: &[
            example(
                "info \"{name:'Ida', nr:[1,2]}\".toXML();",
                "<root><name>Ida</name><nr>1</nr><nr>2</nr></root>",
            ),
            example(
                "info {\"a\": null, \"b\": {}, \"c\": \"x < y\"}.toXML();",
                "<root><a></a><b></b><c>x &lt; y</c></root>",
            ),
            example(
                r##"info {"a": {1, 2}, "b": null, "c": "<"}.toXML();"##,
                "<root><a>1</a><a>2</a><b></b><c>&lt;</c></root>",
            ),
            example(
                r##"try
{
    info {"1st": 1}.toXML();
}
catch (e)
{
    info e.message;
}"##,
                "`toXML`: the key `1st` cannot be the name of an element",
            ),
        ],
        words: &["convert", "json", "serialize", "write"],
        source: "https://www.zoho.com/deluge/help/functions/xml/toxml.html",
        run: |call| Ok(to_xml(call)?.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "executeXPath",
        receiver: SOURCES,
        params: &[param("path", Kind::Text)],
        returns: "TEXT",
        summary: "What an XPath selects from XML, or from JSON, which is read as `toXML` writes it.",
        details: "An element gives its XML as it is written, an attribute `<name>value</name>`, `text()` the text; several texts are joined by `-|-`, anything else is put together. Nothing found is the empty text. XPath 1.0 without variables, the axes following, preceding and namespace, processing instructions, `id` and `lang`; names match as they are written, with their prefix. Document types and entities of a document's own are refused.",
        examples: &[
            example(
                "x = \"<a id=\\\"7\\\"><b>one</b></a>\";\ninfo x.executeXPath(\"/a/b\");\ninfo x.executeXPath(\"/a/@id\");\ninfo x.executeXPath(\"/a/b/text()\");",
                "<b>one</b>\n<id>7</id>\none",
            ),
            example(
                "info {\"Status\": \"Open\"}.executeXPath(\"root/Status/text()\");",
                "Open",
            ),
            example(
                "x = \"<r><p n=\\\"1\\\">a</p><p n=\\\"2\\\">b</p></r>\";\ninfo x.executeXPath(\"count(//p)\");\ninfo x.executeXPath(\"//p[@n='2']/text()\");",
                "2\nb",
            ),
            example(
                r##"info "<a><b>1</b><b>2</b></a>".executeXPath("/a/b/text()");
info "<a><b>1</b></a>".executeXPath("count(//b)");"##,
                "1-|-2\n1",
            ),
        ],
        words: &["select", "query", "parse", "read", "find", "xpath"],
        source: "https://www.zoho.com/creator/newhelp/script/built-in-functions/built-in-function-xml-execute.html",
        run: execute_xpath,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toXmlList",
        receiver: Receiver::Of(Type::Text),
        returns: "LIST",
        summary: "The elements that stand side by side in a text, each as TEXT.",
        details: "A single element gives a list of one, the empty text an empty list.",
        examples: &[
            example(
                "x = \"<s><cd>x</cd><cd>y</cd></s>\";\ninfo x.executeXPath(\"/s/cd\").toXmlList().get(1);",
                "<cd>y</cd>",
            ),
            example("info \"\".toXmlList().size();", "0"),
            example(r#"info "<cd>x</cd>".toXmlList().size();"#, "1"),
        ],
        words: &["split", "elements", "siblings", "parse"],
        source: "https://www.zoho.com/deluge/help/functions/xml/toxmllist.html",
        run: |call| {
            document::read(call.name(), call.text()?, |document| {
                let elements = document.elements();
                let texts = elements.map(|element| Text::copied(document.written(element)));
                let texts: Fallible<Vec<_>> = texts.map(|text| text.map(Value::from)).collect();
                Ok(Value::list(texts?))
            })
        },
        ..Builtin::DEFAULT
    },
];

/// The receiver, JSON or pairs, as XML.
fn to_xml(call: &Call<'_, '_>) -> Fallible<String> {
    match call.receiver() {
        Value::Text(text) => writer::write(call.name(), &json_object(call, text)?, call.zone()),
        Value::KeyValue(pairs) => writer::write(call.name(), pairs, call.zone()),
        Value::Collection(collection) => {
            writer::write(call.name(), &keyed(call, collection)?, call.zone())
        }
        _ => writer::write(call.name(), &KeyValue::new(), call.zone()),
    }
}

fn json_object(call: &Call<'_, '_>, text: &Text) -> Fallible<KeyValue> {
    const EXPECTED: &str = "a JSON object";
    match json_reader::read_lenient(text) {
        Ok(Value::KeyValue(pairs)) => Ok(pairs),
        Err(refused) => Err(json::unreadable(call, text, EXPECTED, refused)),
        Ok(Value::List(_)) => Err(error::unreadable(call.name(), text, EXPECTED)
            .help("XML has one root: put the array into an object, `{\"items\": …}`")),
        Ok(_) => Err(error::unreadable(call.name(), text, EXPECTED)),
    }
}

fn keyed(call: &Call<'_, '_>, collection: &Collection) -> Fallible<KeyValue> {
    match collection.form() {
        Form::Keyed(pairs) => Ok(pairs),
        Form::Open => Ok(KeyValue::new()),
        Form::Index(_) => Err(error::collection_form(call.name(), "elements", "pairs")),
    }
}

fn execute_xpath(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let written;
    let xml: &str = match call.receiver() {
        Value::Text(text) if text.trim_start().starts_with('{') => {
            written = to_xml(call)?;
            &written
        }
        Value::Text(text) => text,
        _ => {
            written = to_xml(call)?;
            &written
        }
    };
    let text = call.arg_text(0)?;
    heap::check(text.len().saturating_mul(READING))?;
    let path = path::read(text).map_err(|fault| {
        let character = text
            .get(..fault.at)
            .map_or(0, |before| before.chars().count())
            + 1;
        let expected = format!("an XPath (character {character}: {})", fault.what);
        error::unreadable(call.name(), text, &expected)
    })?;
    document::read(call.name(), xml, |document| {
        document.check_one_root(call.name())?;
        let found = Evaluator::new(call.name(), document).evaluate(&path)?;
        match found {
            Object::Nodes(items) => nodes_text(document, &items),
            other => Ok(Value::text(other.into_text())),
        }
    })
}

fn push(text: &str, out: &mut String) -> Fallible<()> {
    heap::reserve_text(out, text.len())?;
    out.push_str(text);
    Ok(())
}

/// Several texts joined by `-|-`; of any other items, one behind the other what stands in the source.
fn nodes_text(document: &Document<'_>, items: &[Item<'_>]) -> Fallible<Value> {
    let only_texts = items
        .iter()
        .all(|item| matches!(item, Item::Node(node) if node.is_text()));
    // Elements inside each other are each written out, so that little can become much.
    let mut out = String::new();
    for (place, item) in items.iter().enumerate() {
        match item {
            Item::Node(node) if node.is_text() => {
                if only_texts && place > 0 {
                    push("-|-", &mut out)?;
                }
                push(node.text().unwrap_or_default(), &mut out)?;
            }
            Item::Node(node) => push(document.written(*node), &mut out)?,
            Item::Attribute(attribute) => {
                let name = document.attribute_name(attribute);
                writer::element(name, attribute.value(), &mut out)?;
            }
        }
    }
    Ok(out.into())
}
