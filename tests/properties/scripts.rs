//! Scripts at random that are programs: every name in them means something, every function of the library is called,
//! with arguments that fit and such that do not.

use freshet_interpreter::library::{LIBRARY, builtins};
use proptest::prelude::*;
use proptest::sample::select;

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

/// A call of any function of the library, as a method or as a function. Every parameter gets a value, mostly.
fn call(expression: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let mut names: Vec<&'static str> = LIBRARY.names().collect();
    // Reads the files and environment of nobody: every entry may be called here.
    names.sort_unstable();
    let most = builtins()
        .map(|entry| entry.params.len())
        .max()
        .unwrap_or(0);
    let method = (
        expression.clone(),
        select(names),
        prop::collection::vec(expression, 0..=most.min(4)),
    );
    method
        .prop_map(|(receiver, name, arguments)| {
            let is_method = LIBRARY.method(name).is_some();
            let is_function =
                LIBRARY.function(name).is_some() || LIBRARY.method_as_function(name).is_some();
            let arguments = arguments.join(", ");
            match (is_method, is_function) {
                (false, _) => format!("{name}({arguments})"),
                (true, true) if arguments.len() % 3 == 0 => match arguments.is_empty() {
                    true => format!("{name}({receiver})"),
                    false => format!("{name}({receiver}, {arguments})"),
                },
                _ => format!("({receiver}).{name}({arguments})"),
            }
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
