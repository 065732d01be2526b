//! Checks: what a value is (Built-ins I, 4).

use super::builtin::{Builtin, Kind, Receiver, example, param};
use super::convert;
use crate::value::decimal::NumberText;
use crate::value::{Type, Value, date_text};

/// The page that compares the three.
const DIFFERENCE: &str =
    "https://www.zoho.com/deluge/help/functions/common/isnull-isblank-isempty-difference.html";

/// The functions. `isEmpty` of containers stands with them.
pub(super) const CHECK: &[Builtin] = &[
    Builtin {
        name: "isNull",
        calls: &["isNull(x)"],
        receiver: Receiver::Anything,
        returns: "BOOLEAN",
        summary: "True for null and for the empty text.",
        details: "A text of blanks, 0 and an empty list are not null.",
        examples: &[
            example(
                r#"info isNull(null);
info "".isNull();
info isNull(0);"#,
                "true\ntrue\nfalse",
            ),
            example(
                r#"info isNull("   ");
info isNull(List());"#,
                "false\nfalse",
            ),
        ],
        words: &["missing", "absent", "none", "nil"],
        source: DIFFERENCE,
        run: |call| {
            Ok(match call.receiver() {
                Value::Null => true,
                Value::Text(text) => text.is_empty(),
                _ => false,
            }
            .into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isBlank",
        calls: &["isBlank(x)"],
        receiver: Receiver::Anything,
        returns: "BOOLEAN",
        summary: "True for null, a text without anything but white space, and an empty container.",
        details: "A list that holds an empty text is not blank.",
        examples: &[
            example(
                r#"info isBlank("   ");
info isBlank({});
info isBlank({""});"#,
                "true\ntrue\nfalse",
            ),
            example(
                r#"info isBlank(null);
info isBlank(0);"#,
                "true\nfalse",
            ),
        ],
        words: &["empty", "missing", "white space", "required"],
        source: DIFFERENCE,
        run: |call| {
            Ok(match call.receiver() {
                Value::Text(text) => text.trim().is_empty(),
                value => is_nothing(value),
            }
            .into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isEmpty",
        receiver: Receiver::AnyOf(&[Type::Null, Type::Text, Type::Undecided]),
        returns: "BOOLEAN",
        summary: "True for null, the empty text, and `{}` with nothing in it.",
        details: "A text of blanks is not empty; see `isBlank`.",
        examples: &[
            example(
                r#"info "".isEmpty();
info " ".isEmpty();
info isEmpty(null);"#,
                "true\nfalse\ntrue",
            ),
            example(
                r##"try
{
    info 7.isEmpty();
}
catch (e)
{
    info e.message;
}"##,
                "NUMBER has no function `isEmpty`",
            ),
        ],
        words: &["nothing", "blank", "missing"],
        source: DIFFERENCE,
        run: |call| Ok(is_nothing(call.receiver()).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "ifNull",
        calls: &["ifNull(x, other)"],
        receiver: Receiver::Anything,
        params: &[param("other", Kind::Anything)],
        returns: "the value, or `other`",
        summary: "The value, or `other` when it is null.",
        details: "An empty text is kept. `other` is evaluated in any case.",
        examples: &[
            example(
                r#"m = {"a": 1};
info ifNull(m.get("a"), 9);
info ifNull(m.get("b"), 9);"#,
                "1\n9",
            ),
            example(r##"info ifNull("", 9).length();"##, "0"),
        ],
        words: &["default", "coalesce", "fallback", "missing"],
        source: "https://www.zoho.com/deluge/help/conditional-statements/condition.html",
        run: |call| match call.receiver() {
            Value::Null => Ok(call.take(0)),
            value => Ok(value.clone()),
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isText",
        calls: &["isText(x)"],
        receiver: Receiver::Anything,
        returns: "BOOLEAN or null",
        summary: "True for a TEXT that is not just a number.",
        details: "The empty text is text. Null for null, BOOLEAN, LIST, KEY-VALUE and COLLECTION; false for everything else.",
        examples: &[
            example(
                r#"info isText("Hello");
info isText("123");
info isText(true);"#,
                "true\nfalse\nnull",
            ),
            example(
                r##"info isText("");
info isText({1});"##,
                "true\nnull",
            ),
        ],
        words: &["string", "type", "letters"],
        source: "https://www.zoho.com/deluge/help/functions/common/istext.html",
        run: |call| {
            Ok(match call.receiver() {
                Value::Text(text) => NumberText::read(text).is_none().into(),
                Value::Null | Value::Boolean(_) => Value::Null,
                value if is_container(value) => Value::Null,
                _ => false.into(),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isNumber",
        calls: &["isNumber(x)"],
        receiver: Receiver::Anything,
        returns: "BOOLEAN or null",
        summary: "True for a NUMBER or DECIMAL, and for a TEXT that is one.",
        details: "A number in a text may have a sign, a point and blanks around it, but no exponent and no grouping. Null for \
                  LIST, KEY-VALUE and COLLECTION; false for everything else, null included.",
        examples: &[
            example(
                r#"info isNumber(12.3);
info isNumber("-1.50");
info isNumber("1,000");"#,
                "true\ntrue\nfalse",
            ),
            example(
                r##"info isNumber("");
info isNumber(null);
info isNumber({1});"##,
                "false\nfalse\nnull",
            ),
        ],
        words: &["numeric", "type", "digits"],
        source: "https://www.zoho.com/deluge/help/functions/common/isnumber.html",
        run: |call| {
            Ok(match call.receiver() {
                Value::Number(_) | Value::Decimal { .. } => true.into(),
                Value::Text(text) => NumberText::read(text).is_some().into(),
                value if is_container(value) => Value::Null,
                _ => false.into(),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isDate",
        calls: &["isDate(x)"],
        receiver: Receiver::Anything,
        returns: "BOOLEAN or null",
        summary: "True for a DATE-TIME, and for a TEXT in one of the date formats.",
        details: "A TEXT that is no date is an error, which `try` can catch. Null for LIST, KEY-VALUE and COLLECTION; false for \
                  everything else, null included.",
        examples: &[
            example(
                r#"info isDate('09-Jul-2024');
info isDate("2024-07-09");
info isDate(100);"#,
                "true\ntrue\nfalse",
            ),
            example(
                r##"try
{
    info isDate("tomorrow");
}
catch (e)
{
    info e.message;
}"##,
                "`isDate`: `tomorrow` does not read as a date: it has none of the forms of a date, such as 05-Mar-2026, 2026-03-05 14:30:00 or 2026-03-05T14:30:00Z",
            ),
        ],
        words: &["type", "calendar", "valid date"],
        source: "https://www.zoho.com/deluge/help/functions/common/isdate.html",
        run: |call| {
            let now = call.world.host.now();
            Ok(match call.receiver() {
                Value::Date { .. } => true.into(),
                Value::Text(text) => match date_text::read_or_reason(text, call.zone(), now) {
                    Ok(_) => true.into(),
                    Err(reason) => return Err(convert::not_a_date(call.name(), text, &reason)),
                },
                value if is_container(value) => Value::Null,
                _ => false.into(),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isValidObject",
        calls: &["isValidObject(x)"],
        receiver: Receiver::Anything,
        returns: "BOOLEAN",
        summary: "True for everything but null, the empty text and empty containers.",
        examples: &[
            example(
                r#"info "x".isValidObject();
info isValidObject("");
info isValidObject(null);"#,
                "true\nfalse\nfalse",
            ),
            example(
                r##"info isValidObject({});
info isValidObject(" ");"##,
                "false\ntrue",
            ),
        ],
        words: &["not null", "not empty", "present"],
        source: "https://www.zoho.com/deluge/help/functions/common/is-valid-object.html",
        run: |call| Ok((!is_nothing(call.receiver())).into()),
        ..Builtin::DEFAULT
    },
];

/// True for null, the empty text and empty containers.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Braces(_) => true,
        Value::Text(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::KeyValue(pairs) => pairs.is_empty(),
        Value::Collection(collection) => collection.is_empty(),
        _ => false,
    }
}

fn is_container(value: &Value) -> bool {
    matches!(
        value,
        Value::List(_) | Value::KeyValue(_) | Value::Collection(_) | Value::Braces(_)
    )
}
