#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use http::Method;

use super::address::address;
use super::{Draft, build, method};
use crate::value::calendar::Zone;
use crate::value::{Collection, File, Form, KeyValue, List, Value};

/// A request as it would go out: method, address, Content-Type, body.
fn sent(draft: &Draft) -> (String, String, String, String) {
    let request = build(draft, &Zone::utc(), "B")
        .unwrap_or_else(|error| panic!("{error:?}"))
        .request;
    let content_type = request
        .headers()
        .get("content-type")
        .map(|value| value.to_str().unwrap().to_owned());
    (
        request.method().to_string(),
        request.uri().to_string(),
        content_type.unwrap_or_default(),
        String::from_utf8_lossy(request.body()).into_owned(),
    )
}

fn refused(draft: &Draft) -> String {
    match build(draft, &Zone::utc(), "B") {
        Err(error) => format!("{} {}", error.code, error.message),
        Ok(call) => panic!("built {:?}", call.request),
    }
}

fn draft(method: Method) -> Draft {
    Draft {
        name: "invokeurl",
        url: "https://api.example.com/v1/orders".to_owned(),
        method,
        ..Draft::default()
    }
}

fn map(pairs: &[(&str, Value)]) -> Value {
    let map = KeyValue::new();
    for (key, value) in pairs {
        map.put_text(key, value.clone());
    }
    Value::KeyValue(map)
}

/// Everything that needs care in forms and addresses.
fn awkward() -> Value {
    map(&[
        ("q", "a b&c=d+é".into()),
        ("n", Value::Number(7)),
        ("none", Value::Null),
        ("list", Value::list(vec![Value::Number(1), "x".into()])),
        ("map", map(&[("k", true.into())])),
    ])
}

const AS_QUERY: &str =
    "q=a%20b%26c%3Dd%2B%C3%A9&n=7&none=&list=%5B1%2C%22x%22%5D&map=%7B%22k%22%3Atrue%7D";
const AS_FORM: &str =
    "q=a+b%26c%3Dd%2B%C3%A9&n=7&none=&list=%5B1%2C%22x%22%5D&map=%7B%22k%22%3Atrue%7D";
const FORM: &str = "application/x-www-form-urlencoded";
const PLAIN: &str = "text/plain; charset=UTF-8";

#[test]
fn rows_1_and_2_get_sends_parameters_in_the_address() {
    let (method, uri, content_type, body) = sent(&draft(Method::GET));
    assert_eq!(
        (method.as_str(), uri.as_str()),
        ("GET", "https://api.example.com/v1/orders")
    );
    assert_eq!((content_type.as_str(), body.as_str()), ("", ""));
    let get = Draft {
        parameters: awkward(),
        ..draft(Method::GET)
    };
    assert_eq!(
        sent(&get).1,
        format!("https://api.example.com/v1/orders?{AS_QUERY}")
    );
    assert_eq!(sent(&get).3, "");
    let more = Draft {
        url: "https://a.example/x?y=1".to_owned(),
        parameters: map(&[("z", Value::Number(2))]),
        ..draft(Method::GET)
    };
    assert_eq!(sent(&more).1, "https://a.example/x?y=1&z=2");
}

#[test]
fn row_3_get_with_text() {
    let query = Draft {
        parameters: "a=b c&d=é".into(),
        ..draft(Method::GET)
    };
    assert_eq!(
        sent(&query).1,
        "https://api.example.com/v1/orders?a=b%20c&d=%C3%A9"
    );
    let json = Draft {
        parameters: "{\"a\":\"=\"}".into(),
        ..draft(Method::GET)
    };
    let (_, uri, content_type, body) = sent(&json);
    assert_eq!(uri, "https://api.example.com/v1/orders");
    assert_eq!(
        (content_type.as_str(), body.as_str()),
        (PLAIN, "{\"a\":\"=\"}")
    );
}

#[test]
fn rows_4_and_5_delete() {
    let query = Draft {
        parameters: awkward(),
        ..draft(Method::DELETE)
    };
    assert_eq!(
        sent(&query).1,
        format!("https://api.example.com/v1/orders?{AS_QUERY}")
    );
    let body = Draft {
        parameters: "a=b".into(),
        ..draft(Method::DELETE)
    };
    assert_eq!(sent(&body).1, "https://api.example.com/v1/orders");
    assert_eq!(sent(&body).2, PLAIN);
    assert_eq!(sent(&body).3, "a=b");
}

#[test]
fn rows_6_to_8_key_value_as_form_json_or_parts() {
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let form = Draft {
            parameters: awkward(),
            ..draft(method.clone())
        };
        assert_eq!(sent(&form).2, FORM);
        assert_eq!(sent(&form).3, AS_FORM);
        let json = Draft {
            parameters: awkward(),
            headers: map(&[("content-TYPE", "application/json;charset=utf-8".into())]),
            ..draft(method)
        };
        assert_eq!(sent(&json).2, "application/json;charset=utf-8");
        assert_eq!(
            sent(&json).3,
            r#"{"q":"a b&c=d+é","n":7,"none":null,"list":[1,"x"],"map":{"k":true}}"#
        );
    }
    let parts = Draft {
        parameters: map(&[
            ("a", "1".into()),
            (
                "f",
                Value::File(File::new("x.csv", "text/csv", b"1,2".to_vec())),
            ),
        ]),
        content_type: Some("multipart/form-data".to_owned()),
        ..draft(Method::POST)
    };
    assert_eq!(sent(&parts).2, "multipart/form-data; boundary=B");
    assert_eq!(
        sent(&parts).3,
        "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
         --B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.csv\"\r\nContent-Type: text/csv\r\n\r\n1,2\r\n--B--\r\n"
    );
}

#[test]
fn rows_9_to_11_text_and_files_as_they_are() {
    let text = Draft {
        parameters: "raw é".into(),
        ..draft(Method::POST)
    };
    assert_eq!(
        (sent(&text).2.as_str(), sent(&text).3.as_str()),
        (PLAIN, "raw é")
    );
    let typed = Draft {
        content_type: Some("application/json".to_owned()),
        ..text.clone()
    };
    assert_eq!(sent(&typed).2, "application/json");
    let wins = Draft {
        headers: map(&[("Content-Type", "text/csv".into())]),
        ..typed
    };
    assert_eq!(sent(&wins).2, "application/json");
    let file = File::new("p.png", "image/png", b"PNG".to_vec());
    let raw = Draft {
        parameters: Value::File(file.clone()),
        ..draft(Method::PUT)
    };
    assert_eq!(
        (sent(&raw).2.as_str(), sent(&raw).3.as_str()),
        ("image/png", "PNG")
    );
    file.change(|data| data.charset = Some("utf-8".to_owned()));
    assert_eq!(sent(&raw).2, "image/png; charset=utf-8");
    let untyped = Draft {
        parameters: Value::File(File::new("x", "", b"?".to_vec())),
        ..draft(Method::DELETE)
    };
    assert_eq!(sent(&untyped).2, "application/octet-stream");
    assert!(
        refused(&Draft {
            parameters: Value::File(file),
            ..draft(Method::GET)
        })
        .contains("FILE")
    );
}

#[test]
fn rows_12_to_14_body_with_parameters_in_the_address() {
    for method in [Method::GET, Method::POST, Method::DELETE] {
        let both = Draft {
            body: "raw".into(),
            parameters: map(&[("a b", Value::Number(1))]),
            ..draft(method)
        };
        assert_eq!(sent(&both).1, "https://api.example.com/v1/orders?a%20b=1");
        assert_eq!(
            (sent(&both).2.as_str(), sent(&both).3.as_str()),
            (PLAIN, "raw")
        );
    }
    let form = Draft {
        body: awkward(),
        parameters: "x=1".into(),
        ..draft(Method::POST)
    };
    assert_eq!(sent(&form).1, "https://api.example.com/v1/orders?x=1");
    assert_eq!(
        (sent(&form).2.as_str(), sent(&form).3.as_str()),
        (FORM, AS_FORM)
    );
    let json = Draft {
        content_type: Some("application/json".to_owned()),
        ..form
    };
    assert_eq!(
        sent(&json).3,
        r#"{"q":"a b&c=d+é","n":7,"none":null,"list":[1,"x"],"map":{"k":true}}"#
    );
    let file = Draft {
        body: Value::File(File::new("a.pdf", "application/pdf", b"%PDF".to_vec())),
        ..draft(Method::POST)
    };
    assert_eq!(
        (sent(&file).2.as_str(), sent(&file).3.as_str()),
        ("application/pdf", "%PDF")
    );
}

#[test]
fn row_15_parts_then_files() {
    let renamed = File::new("a\"b.txt", "text/plain", b"one".to_vec());
    renamed.change(|data| data.param_name = Some("doc".to_owned()));
    let draft = Draft {
        parameters: map(&[("note", "hei é".into())]),
        files: Value::list(vec![
            Value::File(renamed),
            Value::File(File::new("b.txt", "text/plain", b"two".to_vec())),
        ]),
        ..draft(Method::POST)
    };
    assert_eq!(sent(&draft).2, "multipart/form-data; boundary=B");
    assert_eq!(
        sent(&draft).3,
        "--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhei é\r\n\
         --B\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"a%22b.txt\"\r\nContent-Type: text/plain\r\n\r\none\r\n\
         --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.txt\"\r\nContent-Type: text/plain\r\n\r\ntwo\r\n--B--\r\n"
    );
}

#[test]
fn files_in_every_form() {
    let file = || Value::File(File::new("a.txt", "text/plain", b"one".to_vec()));
    let described = map(&[
        ("paramName", "p".into()),
        ("content", "csv text".into()),
        ("Content-Type", "text/csv".into()),
        ("encodingType", "UTF-8".into()),
    ]);
    let text_part = map(&[
        ("paramName", "t".into()),
        ("content", "words".into()),
        ("stringPart", "true".into()),
    ]);
    let listed = Draft {
        files: Value::list(vec![described, text_part]),
        ..draft(Method::POST)
    };
    assert_eq!(
        sent(&listed).3,
        "--B\r\nContent-Disposition: form-data; name=\"p\"; filename=\"p\"\r\nContent-Type: text/csv; charset=UTF-8\r\n\r\ncsv text\r\n\
         --B\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nwords\r\n--B--\r\n"
    );
    let latin = file();
    if let Value::File(file) = &latin {
        file.change(|file| file.charset = Some("ISO-8859-1".to_owned()));
    }
    let as_collection = Collection::new(Form::Keyed(KeyValue::new()));
    if let Form::Keyed(pairs) = as_collection.form() {
        pairs.put_text("paramName", "p".into());
        pairs.put_text("content", latin);
        pairs.put_text("encodingType", "UTF-8".into());
    }
    let collected = Draft {
        files: Value::list(vec![Value::Collection(as_collection)]),
        ..draft(Method::POST)
    };
    assert_eq!(
        sent(&collected).3,
        "--B\r\nContent-Disposition: form-data; name=\"p\"; filename=\"a.txt\"\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\none\r\n--B--\r\n"
    );
    let keyed = Draft {
        files: map(&[("field", file())]),
        ..draft(Method::POST)
    };
    assert!(
        sent(&keyed)
            .3
            .contains("name=\"field\"; filename=\"a.txt\"")
    );
    let one = Draft {
        files: file(),
        ..draft(Method::PUT)
    };
    assert!(sent(&one).3.contains("name=\"file\"; filename=\"a.txt\""));
    let unnamed = Draft {
        files: Value::list(vec![map(&[("content", "x".into())])]),
        ..draft(Method::POST)
    };
    assert!(refused(&unnamed).contains("paramName"));
    assert!(
        refused(&Draft {
            files: "text".into(),
            ..draft(Method::POST)
        })
        .starts_with("R0014")
    );
}

#[test]
fn rows_16_to_18_are_refused_before_the_address_is_looked_at() {
    let file = || Value::File(File::new("a.txt", "text/plain", Vec::new()));
    let bad_address = |draft: Draft| Draft {
        url: "ftp://x".to_owned(),
        ..draft
    };
    let texts = Draft {
        parameters: "a=1".into(),
        files: file(),
        ..draft(Method::POST)
    };
    assert_eq!(
        refused(&bad_address(texts)),
        "R0027 TEXT parameters cannot be combined with files"
    );
    let both = Draft {
        body: "a".into(),
        files: file(),
        ..draft(Method::POST)
    };
    assert_eq!(
        refused(&bad_address(both)),
        "R0027 `body` and `files` exclude each other"
    );
    let get = Draft {
        files: file(),
        ..draft(Method::GET)
    };
    assert_eq!(
        refused(&bad_address(get)),
        "R0027 `files` cannot be sent with GET"
    );
}

#[test]
fn values_of_the_wrong_type_are_named() {
    let list = Draft {
        parameters: Value::list(vec![Value::Number(1)]),
        ..draft(Method::POST)
    };
    assert_eq!(
        refused(&list),
        "R0014 `invokeurl` expects a TEXT, KEY-VALUE or FILE as `parameters`, found LIST"
    );
    assert_eq!(
        refused(&Draft {
            body: Value::Number(5),
            ..draft(Method::POST)
        }),
        "R0014 `invokeurl` expects a TEXT, KEY-VALUE or FILE as `body`, found NUMBER"
    );
    assert!(
        refused(&Draft {
            headers: "x".into(),
            ..draft(Method::GET)
        })
        .contains("headers")
    );
    let keyed = KeyValue::new();
    keyed.put_text("a", Value::Number(1));
    let keyed = Value::Collection(Collection::new(Form::Keyed(keyed)));
    assert_eq!(
        sent(&Draft {
            parameters: keyed,
            ..draft(Method::POST)
        })
        .3,
        "a=1"
    );
    let index = Value::Collection(Collection::new(Form::Index(List::new())));
    assert!(
        refused(&Draft {
            body: index,
            ..draft(Method::POST)
        })
        .contains("COLLECTION")
    );
    let file_in_form = map(&[("f", Value::File(File::new("a", "", Vec::new())))]);
    assert!(
        refused(&Draft {
            parameters: file_in_form,
            ..draft(Method::POST)
        })
        .contains("`f` is a FILE")
    );
}

#[test]
fn headers_are_texts_without_line_breaks() {
    let headers = map(&[
        ("X-One", Value::Number(1)),
        ("X-None", Value::Null),
        ("accept", "text/csv".into()),
        ("Content-Length", Value::Number(99)),
    ]);
    let request = build(
        &Draft {
            headers,
            ..draft(Method::GET)
        },
        &Zone::utc(),
        "B",
    )
    .unwrap()
    .request;
    let value = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(value("x-one").as_deref(), Some("1"));
    assert_eq!(value("x-none"), None);
    assert_eq!(value("accept").as_deref(), Some("text/csv"));
    assert_eq!(value("content-length"), None);
    assert_eq!(
        value("user-agent"),
        Some(format!("Freshet/{}", env!("CARGO_PKG_VERSION")))
    );
    let plain = build(&draft(Method::GET), &Zone::utc(), "B")
        .unwrap()
        .request;
    assert_eq!(plain.headers()["accept"], "*/*");
    let injected = map(&[("X-One", "a\r\nX-Two: b".into())]);
    assert!(
        refused(&Draft {
            headers: injected,
            ..draft(Method::GET)
        })
        .starts_with("R0027")
    );
    let bad_name = map(&[("X One", "a".into())]);
    assert!(
        refused(&Draft {
            headers: bad_name,
            ..draft(Method::GET)
        })
        .starts_with("R0027")
    );
}

#[test]
fn addresses_are_mended_but_not_more_than_needed() {
    for (given, mended) in [
        (
            "  https://a.example/x y/\"z\"  ",
            "https://a.example/x%20y/%22z%22",
        ),
        ("HTTPS://a.example", "https://a.example/"),
        ("http://a.example?q=1", "http://a.example/?q=1"),
        (
            "https://a.example/%20%zz?a=50%",
            "https://a.example/%20%25zz?a=50%25",
        ),
        (
            "https://a.example/blåbær?q=å#part",
            "https://a.example/bl%C3%A5b%C3%A6r?q=%C3%A5",
        ),
        (
            "https://blåbær.example:8443/x",
            "https://xn--blbr-roah.example:8443/x",
        ),
        (
            "https://a.example/x?ids[]=1&f={a|b}",
            "https://a.example/x?ids[]=1&f=%7Ba%7Cb%7D",
        ),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        (
            "http://a.example\\@evil.example/",
            "http://a.example/%5C@evil.example/",
        ),
    ] {
        assert_eq!(address(given, "").unwrap().to_string(), mended, "{given}");
    }
    for bad in [
        "",
        "a.example/x",
        "ftp://a.example",
        "https://",
        "https:///x",
        "javascript:alert(1)",
        "https://a b/",
        "file:///etc/passwd",
    ] {
        assert!(address(bad, "").is_err(), "{bad}");
    }
}

#[test]
fn methods_in_any_case() {
    assert_eq!(method("post").unwrap(), Method::POST);
    assert_eq!(method(" Patch ").unwrap(), Method::PATCH);
    assert!(method("HEAD").is_err());
}

#[test]
fn parameters_of_invokeapi_always_go_into_the_address() {
    let api = Draft {
        parameters: map(&[("a", Value::Number(1))]),
        parameters_are_query: true,
        ..draft(Method::POST)
    };
    assert_eq!(sent(&api).1, "https://api.example.com/v1/orders?a=1");
    assert_eq!(sent(&api).3, "");
}

/// The charset that was set stands once.
#[test]
fn a_charset_stands_once() {
    for (media_type, sent_type) in [
        ("text/plain", "text/plain; charset=ISO-8859-1"),
        (
            "text/plain; charset=utf-8",
            "text/plain; charset=ISO-8859-1",
        ),
        (
            "text/csv;Charset=utf-8; header=present",
            "text/csv; header=present; charset=ISO-8859-1",
        ),
        ("application/json", "application/json; charset=ISO-8859-1"),
        (
            "application/atom+xml",
            "application/atom+xml; charset=ISO-8859-1",
        ),
    ] {
        let file = File::new("q", media_type, b"x".to_vec());
        file.change(|data| data.charset = Some("ISO-8859-1".to_owned()));
        let alone = Draft {
            body: Value::File(file.clone()),
            ..draft(Method::POST)
        };
        assert_eq!(sent(&alone).2, sent_type);
        let part = Draft {
            files: Value::File(file),
            ..draft(Method::POST)
        };
        let body = sent(&part).3;
        assert!(
            body.contains(&format!("\r\nContent-Type: {sent_type}\r\n")),
            "{body}"
        );
    }
}
