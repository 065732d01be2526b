#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;
use crate::value::calendar::Zone;
use crate::value::display;

/// What a value prints as JSON.
fn json(value: &Value) -> String {
    let mut out = String::new();
    display::write_json(value, &Zone::utc(), &mut out).unwrap();
    out
}

fn lenient(text: &str) -> String {
    json(&read_lenient(text).unwrap_or_else(|refused| panic!("{text}: {refused:?}")))
}

fn strict(text: &str) -> Option<String> {
    read_strict(text).ok().map(|value| json(&value))
}

#[test]
fn standard_json_reads_the_same_both_ways() {
    for text in [
        r#"{"a":1,"b":[true,false,null],"c":{"d":"x"},"e":[],"f":{}}"#,
        "[1,-2,0,9223372036854775807,-9223372036854775808]",
        r#""plain""#,
        "12",
        "true",
    ] {
        assert_eq!(lenient(text), text);
        assert_eq!(strict(text).as_deref(), Some(text));
    }
    assert_eq!(
        strict(" { \"a\" : [ 1 , 2 ] } \r\n").as_deref(),
        Some(r#"{"a":[1,2]}"#)
    );
}

#[test]
fn numbers_keep_every_digit_or_become_text() {
    assert_eq!(lenient("[9223372036854775808]"), "[9223372036854775808]");
    assert_eq!(lenient("[-9223372036854775809]"), "[-9223372036854775809]");
    assert_eq!(
        lenient("[1234567890123456789012345678]"),
        "[1234567890123456789012345678]"
    );
    assert_eq!(
        lenient("[12345678901234567890123456789]"),
        "[\"12345678901234567890123456789\"]"
    );
    assert_eq!(lenient("[1.50,0.1,-0.0]"), "[1.5,0.1,0]");
    assert_eq!(
        lenient("[1e3,1E+3,12.5e-1,1.25e1,120e-2,5e-1]"),
        "[1000,1000,1.25,12.5,1.2,0.5]"
    );
    assert_eq!(lenient("[0e999999999999999999999,1e-400,-0e5]"), "[0,0,0]");
    assert_eq!(
        lenient("[1e400,1e99999999999999999999]"),
        "[\"1e400\",\"1e99999999999999999999\"]"
    );
    assert!(matches!(read_lenient("1e3"), Ok(Value::Decimal { .. })));
}

#[test]
fn lenient_text_may_do_without_quotes() {
    assert_eq!(
        lenient("{town:Voss, county: New Land }"),
        r#"{"town":"Voss","county":"New Land"}"#
    );
    assert_eq!(
        lenient(
            "{id: 007, plus: +5, point: .5, word: True, yes: true, none: null, u:http://a/x?b=1, twelve: 12 monkeys, no: nullable}"
        ),
        r#"{"id":"007","plus":"+5","point":".5","word":"True","yes":true,"none":null,"u":"http://a/x?b=1","twelve":"12 monkeys","no":"nullable"}"#
    );
    assert_eq!(
        lenient("{'a':'it\\'s', \"b\":'say \"x\"'}"),
        r#"{"a":"it's","b":"say \"x\""}"#
    );
    assert_eq!(lenient("{1:2}"), r#"{"1":2}"#);
    assert_eq!(lenient("{'a':'x\ny'}"), r#"{"a":"x\ny"}"#);
}

#[test]
fn faults_are_refused_at_their_place() {
    for (text, at) in [
        ("{a:}", 3),
        ("{a:1,}", 5),
        ("[1,2,]", 5),
        ("[,1]", 1),
        ("{:1}", 1),
        ("{a}", 2),
        ("{a:1", 4),
        ("[1", 2),
        ("['x", 1),
        (r#"{"a":"x\q"}"#, 7),
        (r#"["\u12G4"]"#, 2),
        ("{} x", 3),
        ("[1]]", 3),
        ("", 0),
        ("  ", 2),
    ] {
        match read_lenient(text) {
            Err(Refused::Syntax { at: found, .. }) => assert_eq!(found, at, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn strict_reading_refuses_what_json_does_not_have() {
    for text in [
        "{a:1}",
        "{'a':1}",
        "[007]",
        "[+5]",
        "[.5]",
        "[5.]",
        "[True]",
        "[nullable]",
        "[\"a\nb\"]",
        r#"["\'"]"#,
        "[1] x",
        "text",
    ] {
        assert_eq!(strict(text), None, "{text}");
    }
}

#[test]
fn escapes_become_characters() {
    assert_eq!(
        lenient(r#"["\u00e5\ud83d\ude00\n\/\\\""]"#),
        "[\"å😀\\n/\\\\\\\"\"]"
    );
    assert_eq!(
        lenient(r#"["\ud83d!","\ude00","\ud83d\u0041"]"#),
        "[\"\u{fffd}!\",\"\u{fffd}\",\"\u{fffd}A\"]"
    );
}

#[test]
fn a_repeated_key_keeps_its_place_and_takes_the_last_value() {
    assert_eq!(lenient(r#"{"a":1,"b":2,"a":3}"#), r#"{"a":3,"b":2}"#);
    let many: Vec<String> = (0..20).map(|n| format!("k{}:{n}", n % 12)).collect();
    let read = read_lenient(&format!("{{{}}}", many.join(","))).unwrap();
    let Value::KeyValue(pairs) = read else {
        panic!("no object")
    };
    assert_eq!(pairs.len(), 12);
    assert!(matches!(
        pairs.get(&Value::from("k3")),
        Some(Value::Number(15))
    ));
    assert!(matches!(
        pairs.get(&Value::from("k11")),
        Some(Value::Number(11))
    ));
}

#[test]
fn depth_ends_at_256() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(read_lenient(&nested(256)).is_ok());
    assert!(matches!(
        read_lenient(&nested(257)),
        Err(Refused::Failed(_))
    ));
    assert!(matches!(
        read_strict(&"{\"a\":".repeat(100_000)),
        Err(Refused::Failed(_))
    ));
}

#[test]
fn keys_of_records_are_shared() {
    let Ok(Value::List(list)) = read_strict(r#"[{"name":1},{"name":2}]"#) else {
        panic!("no list")
    };
    let keys: Vec<Text> = list
        .items()
        .iter()
        .filter_map(|row| match row {
            Value::KeyValue(pairs) => pairs
                .pairs()
                .iter()
                .next()
                .and_then(|(key, _)| key.as_text().cloned()),
            _ => None,
        })
        .collect();
    assert!(keys[0].same(&keys[1]));
}
