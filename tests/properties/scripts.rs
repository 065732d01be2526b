//! Scripts at random that are programs: every name in them means something, every function of the library is called,
//! with arguments that fit and such that do not.

use freshet_interpreter::library::builtin::{Builtin, Forms, Kind, Receiver};
use freshet_interpreter::library::builtins;
use freshet_interpreter::value::Type;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Variables of the body; every one has a value from the start.
const VARIABLES: [&str; 6] = ["a", "b", "c", "d", "rows", "été"];

/// Values that have given trouble elsewhere.
const LITERALS: [&str; 58] = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2",
    "7",
    "12",
    "100",
    "256",
    "1000000",
    "9223372036854775807",
    "-9223372036854775808",
    "0.5",
    "-2.5",
    "1.005",
    "99.995",
    "0.0000000000000000000000000001",
    "999999999999999999999999999.9",
    "1.0",
    "-0.0",
    "\"\"",
    "\" \"",
    "\"a\"",
    "\"abc,def,,\"",
    "\"Müller ß\"",
    "\"e\\u0301😀\"",
    "\"İı\"",
    "\"12\"",
    "\"-3.50\"",
    "\"1e5\"",
    "\"true\"",
    "\"null\"",
    "\"05-Mar-2026\"",
    "\"2026-02-30\"",
    "\"31/12/9999\"",
    "\"yyyy-MM-dd\"",
    "\"EEE, d MMM yyyy HH:mm:ss z\"",
    "\"#,##0.00\"",
    "\"{\\\"a\\\": [1, 2.50, null], \\\"b\\\": {}}\"",
    "\"[1, [2], {\\\"k\\\": \\\"v\\\"}]\"",
    "\"[1,\"",
    "\"<a x='1'><b>t</b></a>\"",
    "\"/a/b/text()\"",
    "\"(a+)+$\"",
    "\"[\"",
    "\"\\\\\"",
    "\"a%20b+c&d=e\"",
    "\"https://example.com/a?b=c#d\"",
    "'05-Mar-2026'",
    "'31-Dec-9999 23:59:59'",
    "'0001-01-01'",
    "'2024-02-29T12:00:00.123+05:30'",
    "{}",
    "List()",
    "Map()",
    "Collection()",
];

/// Values of a type.
fn values(of: Type) -> Vec<&'static str> {
    let literals = |wanted: fn(&str) -> bool| {
        LITERALS
            .into_iter()
            .filter(|text| wanted(text))
            .collect::<Vec<_>>()
    };
    let is_number =
        |text: &str| text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    match of {
        Type::Text => literals(|text| text.starts_with('"')),
        Type::Number => LITERALS
            .into_iter()
            .filter(|text| is_number(text) && !text.contains('.'))
            .collect(),
        Type::Decimal => LITERALS
            .into_iter()
            .filter(|text| is_number(text) && text.contains('.'))
            .collect(),
        Type::Boolean => vec!["true", "false"],
        Type::DateTime => literals(|text| text.starts_with('\'')),
        Type::List => vec![
            "List()",
            "[1, 2.5, -3]",
            "[\"b\", \"a\", null, \"b\"]",
            "[[1], {\"k\": 2}, 'a']",
            "list:date(\"05-Mar-2026\")",
        ],
        Type::KeyValue => vec![
            "Map()",
            "{\"k\": 1, \"l\": [1, {}]}",
            "{1: null, '05-Mar-2026': \"a\", true: 2.5}",
        ],
        Type::Collection => vec![
            "Collection()",
            "Collection(1, \"a\", null)",
            "Collection(\"k\": 1, 2: [3])",
        ],
        Type::File => vec!["\"a,b\\n1,2\".toFile(\"a.csv\")", "\"\".toFile(\"b\")"],
        Type::Undecided => vec!["{}"],
        Type::Null => vec!["null"],
        Type::Error => vec!["c"],
    }
}

/// Values that a parameter takes.
fn fitting(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::Anything => LITERALS.to_vec(),
        Kind::Text => values(Type::Text),
        Kind::Whole => values(Type::Number),
        Kind::WholeCut | Kind::Number => [values(Type::Number), values(Type::Decimal)].concat(),
        Kind::Boolean => values(Type::Boolean),
        Kind::DateTime => values(Type::DateTime),
        Kind::List => values(Type::List),
        Kind::KeyValue => values(Type::KeyValue),
        Kind::File => values(Type::File),
        Kind::OneOf(types, _) => types.iter().flat_map(|one| values(*one)).collect(),
    }
}

/// What a function can be called on.
fn receivers(receiver: Receiver) -> Vec<&'static str> {
    match receiver {
        Receiver::None => Vec::new(),
        Receiver::Of(of) => values(of),
        Receiver::AnyOf(types) => types.iter().flat_map(|one| values(*one)).collect(),
        Receiver::Anything => LITERALS.to_vec(),
    }
}

/// A call of any function of the library under any of its names, as a method or as a function. Receiver and arguments
/// mostly fit, their number too; the others are `expression`s.
fn call(expression: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let entries: Vec<&'static Builtin> = builtins().collect();
    let value = (0..5_u8, any::<Index>(), expression);
    (
        any::<Index>(),
        any::<Index>(),
        0..12_u8,
        prop::collection::vec(value, 8),
    )
        .prop_map(move |(entry, name, form, values)| {
            let entry = entries[entry.index(entries.len())];
            let names = [&[entry.name], entry.aliases].concat();
            let name = names[name.index(names.len())];
            let pick = |place: usize, fitting: Vec<&str>| {
                let (fits, which, other) = &values[place];
                match *fits > 0 && !fitting.is_empty() {
                    true => fitting[which.index(fitting.len())].to_owned(),
                    false => other.clone(),
                }
            };
            let (least, most) = entry.count();
            let most = most.unwrap_or(least + 2);
            let count = match form {
                0 => most + 1,
                1 => least.saturating_sub(1),
                _ => least + usize::from(form) % (most - least + 1),
            };
            let mut arguments: Vec<String> = (0..count.min(values.len() - 1))
                .map(
                    |place| match entry.params.get(place).or(entry.params.last()) {
                        Some(parameter) => pick(place, fitting(parameter.kind)),
                        None => pick(place, Vec::new()),
                    },
                )
                .collect();
            if matches!(entry.receiver, Receiver::None) {
                return format!("{name}({})", arguments.join(", "));
            }
            let receiver = pick(values.len() - 1, receivers(entry.receiver));
            if entry.forms == Forms::Both && form % 2 == 0 {
                arguments.insert(0, receiver);
                return format!("{name}({})", arguments.join(", "));
            }
            format!("({receiver}).{name}({})", arguments.join(", "))
        })
        .boxed()
}

/// An expression.
pub fn expression() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        3 => select(&LITERALS[..]).prop_map(str::to_owned),
        3 => select(&VARIABLES[..]).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|number| number.checked_abs().unwrap_or(0).to_string()),
        1 => (-200..200_i32, 0..1000_u32).prop_map(|(whole, fraction)| format!("({whole}.{fraction:03})")),
        1 => "[ -~éß😀]{0,8}".prop_map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
        1 => select(vec!["now", "today", "zoho.currenttime", "zoho.currentdate", "input", "zoho.appname"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let inner = inner.boxed();
        let operator = select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"]);
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            8 => call(inner.clone()),
            4 => (inner.clone(), operator, inner.clone()).prop_map(|(left, sign, right)| format!("(({left}) {sign} ({right}))")),
            1 => (select(vec!["-", "+", "!"]), inner.clone()).prop_map(|(sign, operand)| format!("({sign} ({operand}))")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(c, a, b)| format!("if(({c}) == true, {a}, {b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("ifnull({a}, {b})")),
            2 => list.clone().prop_map(|items| format!("[{}]", items.join(", "))),
            2 => (list.clone(), select(vec!["k", "a", "b"])).prop_map(|(items, key)| {
                let pairs: Vec<String> = items.iter().enumerate().map(|(place, item)| format!("\"{key}{place}\": {item}")).collect();
                format!("{{{}}}", pairs.join(", "))
            }),
            1 => list.prop_map(|items| format!("Collection({})", items.join(", "))),
            1 => (inner.clone(), inner.clone()).prop_map(|(key, value)| format!("Collection({key}: {value})")),
            1 => (select(vec!["string", "int", "long", "float", "bool", "date"]), inner.clone())
                .prop_map(|(element, text)| format!("list:{element}({text})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("twice({a}, {b})")),
            1 => inner.clone().prop_map(|a| format!("grow({a})")),
            1 => (inner.clone(), inner).prop_map(|(body, headers)| {
                format!("invokeurl [ url: \"http://example.com/x\" type: POST parameters: {body} headers: {headers} detailed: true ]")
            }),
        ]
    })
    .boxed()
}

/// A statement. `depth` bounds the blocks inside each other.
fn statement(depth: u32) -> BoxedStrategy<String> {
    let value = expression();
    let variable = select(&VARIABLES[..]);
    let simple = prop_oneof![
        4 => (variable.clone(), value.clone()).prop_map(|(name, value)| format!("{name} = {value};")),
        2 => (variable.clone(), select(vec!["+=", "-=", "*=", "/=", "%="]), value.clone())
            .prop_map(|(name, sign, value)| format!("{name} {sign} {value};")),
        4 => value.clone().prop_map(|value| format!("info {value};")),
        4 => call(value.clone()).prop_map(|call| format!("{call};")),
        1 => value.clone().prop_map(|value| format!("throw {value};")),
        1 => Just("if (a == 1) { return b; }".to_owned()),
    ]
    .boxed();
    if depth == 0 {
        return simple;
    }
    let block =
        prop::collection::vec(statement(depth - 1), 0..3).prop_map(|lines| lines.join("\n"));
    let looped = (
        block.clone(),
        select(vec!["", "break;", "if (a == b) { continue; }"]),
    );
    prop_oneof![
        6 => simple,
        2 => block.clone().prop_map(|body| format!("try {{ {body} }} catch (e) {{ info e; info e.message; info e.lineNo; c = e; }}")),
        1 => (value.clone(), block.clone(), block).prop_map(|(condition, then, otherwise)| {
            format!("if (({condition}) == true) {{ {then} }} else if (a == b) {{ }} else {{ {otherwise} }}")
        }),
        1 => (variable.clone(), value.clone(), looped.clone()).prop_map(|(name, value, (body, end))| {
            format!("for each {name} in {value} {{ {body} {end} }}")
        }),
        1 => (variable, value, looped.clone()).prop_map(|(name, value, (body, end))| {
            format!("for each index {name} in {value} {{ {body} {end} }}")
        }),
        1 => looped.prop_map(|(body, end)| format!("n = 0; while (n < 5) {{ n += 1; {body} {end} }}")),
    ]
    .boxed()
}

/// A whole program. Each statement is tried, so that an error in one does not hide the others.
pub fn program() -> impl Strategy<Value = String> {
    let beginnings = prop::collection::vec(select(&LITERALS[..]), VARIABLES.len());
    let statements = prop::collection::vec(statement(2), 1..8);
    (beginnings, statements, expression()).prop_map(|(beginnings, statements, result)| {
        let mut script = String::new();
        for (name, value) in VARIABLES.iter().zip(beginnings) {
            script += &format!("{name} = {value};\n");
        }
        for statement in statements {
            script += &format!("try {{ {statement} }} catch (error) {{ info error; }}\n");
        }
        for name in VARIABLES {
            script += &format!("try {{ info {name}; }} catch (error) {{ info error.message; }}\n");
        }
        // Functions see none of the variables: their own have the same names.
        script += &format!(
            "float twice(list a, map b) {{ c = a; d = b; rows = {{}}; été = 1; return {result}; }}
             list grow(list a) {{ a.add(a); b = a.size(); if (b < 20) {{ return grow(a); }} return a; }}\n"
        );
        script
    })
}
