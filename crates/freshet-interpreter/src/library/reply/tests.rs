#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::{Format, Wanted, value};
use crate::host::UrlReply;
use crate::library::file::encoding;
use crate::value::calendar::Zone;
use crate::value::{Form, Type, Value, display};

fn reply(headers: &[(&str, &str)], body: &[u8]) -> UrlReply {
    let mut response = http::Response::builder().status(200);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    UrlReply {
        response: Some(response.body(body.to_vec()).unwrap()),
        address: "https://api.example.com/files/re%20port.bin?x=1".to_owned(),
    }
}

fn read(format: Format, content_type: &str, body: &str) -> Value {
    let headers: &[(&str, &str)] = &[("content-type", content_type)];
    let headers = if content_type.is_empty() {
        &[]
    } else {
        headers
    };
    value(
        reply(headers, body.as_bytes()),
        Wanted {
            format,
            ..Wanted::default()
        },
    )
    .unwrap()
}

fn text(value: &Value) -> String {
    display::to_text(value, &Zone::utc()).unwrap()
}

#[test]
fn every_row_of_the_table() {
    use Type::{Boolean, File, KeyValue, List, Number, Text};
    for (content_type, body, by_type) in [
        ("application/json", "", Text),
        ("application/json", r#"{"a":1}"#, KeyValue),
        (
            "application/vnd.api+json; charset=utf-8",
            r#"{"a":1}"#,
            KeyValue,
        ),
        ("application/json", "[1]", List),
        ("application/json", "true", Boolean),
        ("application/json", "12", Number),
        ("application/json", "\"x\"", Text),
        ("application/json", "{a:1}", Text),
        ("text/html", r#"{"a":1}"#, KeyValue),
        ("text/plain", " [1]", List),
        ("", r#"{"a":1}"#, KeyValue),
        ("text/plain", "{broken", Text),
        ("text/csv", "[1]", File),
        ("text/plain", "12", Text),
        ("text/html", "<p>", Text),
        ("text/xml", "<a/>", Text),
        ("application/xml", "<a/>", Text),
        ("application/atom+xml", "<a/>", Text),
        ("application/javascript", "x()", Text),
        ("application/x-www-form-urlencoded", "a=1", Text),
        ("", "plain", Text),
        ("text/csv", "a,b", File),
        ("image/png", "PNG", File),
        ("application/pdf", "%PDF", File),
        ("application/octet-stream", r#"{"a":1}"#, File),
        ("application/vnd.example", "x", File),
    ] {
        assert_eq!(
            read(Format::ByType, content_type, body).type_of(),
            by_type,
            "{content_type} {body}"
        );
        let file = read(Format::File, content_type, body);
        let Value::File(file) = &file else {
            panic!("{content_type}: no FILE")
        };
        assert_eq!(file.data().bytes(), body.as_bytes());
        assert_eq!(text(&read(Format::Text, content_type, body)), body);
    }
    let untyped = value(reply(&[], b"\xff\xfe\x00"), Wanted::default()).unwrap();
    assert_eq!(untyped.type_of(), File);
}

#[test]
fn attachments_are_files_with_their_name() {
    for (disposition, name) in [
        ("attachment", "re port.bin"),
        ("attachment; filename=\"a \\\"b\\\".json\"", "a \"b\".json"),
        ("attachment; filename=plain.json; size=3", "plain.json"),
        (
            "attachment; filename=\"x.json\"; filename*=UTF-8''bl%C3%A5.json",
            "blå.json",
        ),
        ("attachment; filename=\"../../etc/passwd\"", "passwd"),
        ("ATTACHMENT; FILENAME=\"up\\\\dir.txt\"", "dir.txt"),
        ("attachment; filename=\"\"", "re port.bin"),
    ] {
        let headers = [
            ("content-type", "application/json"),
            ("content-disposition", disposition),
        ];
        let Value::File(file) = value(reply(&headers, b"[1]"), Wanted::default()).unwrap() else {
            panic!("{disposition}: no FILE")
        };
        assert_eq!(file.data().name, name, "{disposition}");
        assert_eq!(file.data().media_type, "application/json");
    }
}

#[test]
fn detailed_gives_body_headers_and_status_in_this_order() {
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Tag", "a"),
        ("X-Tag", "b"),
    ];
    let wanted = Wanted {
        detailed: true,
        ..Wanted::default()
    };
    let value = value(reply(&headers, br#"{"id":7}"#), wanted).unwrap();
    assert_eq!(
        text(&value),
        r#"{"responseText":{"id":7},"responseHeader":{"content-type":"application/json","x-tag":"a, b"},"responseCode":200}"#
    );
}

#[test]
fn nothing_comes_back_in_a_dry_run() {
    let nothing = || UrlReply {
        response: None,
        address: String::new(),
    };
    assert!(value(nothing(), Wanted::default()).unwrap().is_null());
    let wanted = Wanted {
        detailed: true,
        ..Wanted::default()
    };
    assert_eq!(
        text(&value(nothing(), wanted).unwrap()),
        r#"{"responseText":null,"responseHeader":{},"responseCode":0}"#
    );
}

#[test]
fn charsets_of_the_reply_and_of_the_script() {
    let latin = reply(
        &[("content-type", "text/plain; charset=\"ISO-8859-1\"")],
        b"bl\xe5",
    );
    assert_eq!(
        text(&value(latin.clone(), Wanted::default()).unwrap()),
        "blå"
    );
    let wanted = Wanted {
        decoding: encoding("windows-1251"),
        ..Wanted::default()
    };
    assert_eq!(text(&value(latin, wanted).unwrap()), "blе");
    let bad = reply(
        &[("content-type", "text/plain; charset=nonsense")],
        b"bl\xe5",
    );
    assert_eq!(text(&value(bad, Wanted::default()).unwrap()), "bl\u{fffd}");
    let marked = reply(
        &[("content-type", "application/json")],
        b"\xef\xbb\xbf{\"a\":1}",
    );
    assert_eq!(
        value(marked, Wanted::default()).unwrap().type_of(),
        Type::KeyValue
    );
}

#[test]
fn json_as_collection() {
    let Value::Collection(keyed) = read(Format::Collection, "application/json", r#"{"a":1}"#)
    else {
        panic!("no COLLECTION")
    };
    assert!(matches!(keyed.form(), Form::Keyed(_)));
    let Value::Collection(index) = read(Format::Collection, "application/json", "[1]") else {
        panic!("no COLLECTION")
    };
    assert!(matches!(index.form(), Form::Index(_)));
    assert_eq!(
        read(Format::Collection, "text/plain", "x").type_of(),
        Type::Text
    );
}

#[test]
fn json_that_is_nested_too_deeply_stays_text() {
    let deep = "[".repeat(300) + &"]".repeat(300);
    assert_eq!(
        read(Format::ByType, "application/json", &deep).type_of(),
        Type::Text
    );
}
