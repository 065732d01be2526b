//! What a script gets back (Built-ins II, 6.4).

use crate::run_on;
use crate::support::server::{Reply, Server};

/// Says what a value is: its type, and for a FILE its name, type, size and content.
const DESCRIBE: &str = r#"
try { if (value) { kind = "BOOLEAN"; } else { kind = "BOOLEAN"; } }
catch (e) { kind = e.message.getSuffix("found "); }
if (isFile(value))
{
    info "FILE " + value.getFileName() + " " + value.getFileType() + " " + value.getFileSize() + " " + value.getFileContent();
}
else { info kind + " " + value; }
"#;

/// What a reply becomes by these attributes, without and with `detailed`; the address has a name at its end.
fn check_all(reply: impl Fn() -> Reply + Send + Sync + Clone + 'static, cases: &[(&str, &str)]) {
    let server = Server::start(move |_| reply());
    for (attributes, expected) in cases {
        let call = format!("invokeurl [ url :\"$URL/files/re%20port.bin?x=1\" {attributes}");
        let script = format!(
            "value = {call} ];{DESCRIBE}
reply = {call} detailed :true ];
value = reply.get(\"responseText\");{DESCRIBE}
info reply.keys() + \" \" + reply.get(\"responseCode\");"
        );
        let ran = run_on(&server, &[], &script);
        let printed: Vec<&str> = ran.printed().split('\n').collect();
        assert_eq!(printed[..2], [*expected; 2], "{attributes}");
        let keys = "responseText,responseHeader,responseCode 2";
        assert!(printed[2].starts_with(keys), "{}", printed[2]);
    }
}

/// The same body without a format, as FILE, as TEXT and as COLLECTION, each with and without `detailed`.
fn check(content_type: &str, body: &str, by_type: &str, collection: &str) {
    let reply = {
        let (content_type, body) = (content_type.to_owned(), body.to_owned());
        move || Reply::new(200, &content_type, body.clone())
    };
    let media_type = match content_type.split(';').next().unwrap().trim() {
        "" => "application/octet-stream".to_owned(),
        known => known.to_ascii_lowercase(),
    };
    let file = format!("FILE re port.bin {media_type} {} {body}", body.len());
    let by_type = if by_type == "FILE" { &file } else { by_type };
    let collection = if collection == "FILE" {
        &file
    } else {
        collection
    };
    check_all(
        reply,
        &[
            ("", by_type),
            ("response-format :FILE", &file),
            ("response-format :TEXT", &format!("TEXT {body}")),
            ("response-format :COLLECTION", collection),
        ],
    );
}

#[test]
fn nothing_is_the_empty_text() {
    for status in [200, 204] {
        check_all(
            move || Reply::new(status, "application/json", ""),
            &[
                ("", "TEXT "),
                (
                    "response-format :FILE",
                    "FILE re port.bin application/json 0 ",
                ),
                ("response-format :TEXT", "TEXT "),
                ("response-format :COLLECTION", "TEXT "),
            ],
        );
    }
}

#[test]
fn json_by_its_media_type() {
    for media_type in [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/vnd.api+json",
    ] {
        check(
            media_type,
            r#"{"id":7,"é":[1]}"#,
            r#"KEY-VALUE {"id":7,"é":[1]}"#,
            r#"COLLECTION {"id":7,"é":[1]}"#,
        );
    }
    let json = "application/json";
    check(json, " [1,\"a\"] ", "LIST 1,a", "COLLECTION 1,a");
    check(json, "true", "BOOLEAN true", "BOOLEAN true");
    check(json, "12", "NUMBER 12", "NUMBER 12");
    check(json, "1.50", "DECIMAL 1.5", "DECIMAL 1.5");
    check(json, "\"text\"", "TEXT text", "TEXT text");
    check(json, "null", "null null", "null null");
    check(json, "{\"id\":7", "TEXT {\"id\":7", "TEXT {\"id\":7");
    check(json, "not json", "TEXT not json", "TEXT not json");
}

#[test]
fn json_under_another_name_is_seen_by_its_beginning() {
    for media_type in ["", "text/plain", "text/html; charset=utf-8", "text/x-own"] {
        check(
            media_type,
            " {\"id\":7}",
            "KEY-VALUE {\"id\":7}",
            "COLLECTION {\"id\":7}",
        );
        check(media_type, "[1,2]", "LIST 1,2", "COLLECTION 1,2");
    }
    check("text/plain", "{broken", "TEXT {broken", "TEXT {broken");
    check("text/plain", "12", "TEXT 12", "TEXT 12");
    check("text/csv", "[1,2]", "FILE", "FILE");
    check("application/octet-stream", "{\"id\":7}", "FILE", "FILE");
}

#[test]
fn texts_stay_texts_and_everything_else_is_a_file() {
    for media_type in [
        "text/plain",
        "text/html",
        "text/xml",
        "application/xml",
        "application/atom+xml",
        "application/javascript",
        "application/x-www-form-urlencoded",
        "Text/Plain; charset=utf-8",
        "",
    ] {
        check(media_type, "<a>é</a>", "TEXT <a>é</a>", "TEXT <a>é</a>");
    }
    for media_type in [
        "text/csv",
        "image/png",
        "audio/mpeg",
        "video/mp4",
        "font/woff2",
        "application/pdf",
        "application/zip",
        "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "made/up",
    ] {
        check(media_type, "a,b", "FILE", "FILE");
    }
}

#[test]
fn an_attachment_is_a_file_of_the_name_it_announces() {
    for (disposition, name) in [
        ("attachment", "re port.bin"),
        ("ATTACHMENT; filename=plain.json", "plain.json"),
        (
            "attachment; filename=\"with; \\\"quotes\\\".json\"",
            "with; \"quotes\".json",
        ),
        (
            "attachment; filename=\"old.json\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.json",
            "naïve €.json",
        ),
        (
            "attachment; filename*=iso-8859-1'en'%A3.json; filename=\"old.json\"",
            "£.json",
        ),
        ("attachment; filename=\"../../etc/passwd\"", "passwd"),
        ("attachment; filename=\"C:\\\\temp\\\\x.txt\"", "x.txt"),
        ("attachment; filename=\"\"", "re port.bin"),
    ] {
        let reply = move || Reply::json("[1]").with("Content-Disposition", disposition);
        let file = format!("FILE {name} application/json 3 [1]");
        check_all(
            reply,
            &[
                ("", &file),
                ("response-format :FILE", &file),
                ("response-format :TEXT", "TEXT [1]"),
            ],
        );
    }
    // An inline reply goes by its type, but the name counts.
    let inline = || Reply::json("[1]").with("Content-Disposition", "inline; filename=\"x.json\"");
    check_all(
        inline,
        &[
            ("", "LIST 1"),
            (
                "response-format :FILE",
                "FILE x.json application/json 3 [1]",
            ),
        ],
    );
}

#[test]
fn a_file_is_named_by_the_address_that_answered() {
    let server = Server::start(|request| match request.path() {
        "/start.png" => Reply::new(302, "", "").with("Location", "/img/photo%20%C3%A5.png?size=2"),
        _ => Reply::new(200, "image/png", "PNG"),
    });
    for (path, name) in [
        ("/start.png", "photo å.png"),
        ("/", "file"),
        ("/folder/", "file"),
        ("", "file"),
        ("/a%2Fb.png", "b.png"),
    ] {
        let ran = run_on(
            &server,
            &[],
            &format!("info invokeurl [ url :\"$URL{path}\" ];"),
        );
        assert_eq!(ran.printed(), name, "{path}");
    }
}

#[test]
fn the_charset_of_the_reply_and_response_decoding() {
    let latin = || {
        Reply::new(
            200,
            "text/plain; charset=\"ISO-8859-1\"",
            b"bl\xe5".to_vec(),
        )
    };
    check_all(
        latin,
        &[
            ("", "TEXT blå"),
            ("response-format :TEXT", "TEXT blå"),
            ("response-format :FILE", "FILE re port.bin text/plain 3 blå"),
        ],
    );
    check_all(
        latin,
        &[(
            "response-decoding :\"windows-1251\"",
            "TEXT ble".replace('e', "е").as_str(),
        )],
    );
    let utf16 = || Reply::new(200, "application/json", b"\xff\xfe[\x001\x00]\x00".to_vec());
    check_all(utf16, &[("response-decoding :\"UTF-16LE\"", "LIST 1")]);
    let undeclared = || Reply::new(200, "text/plain", b"bl\xe5 \xff".to_vec());
    check_all(
        undeclared,
        &[
            ("", "TEXT bl\u{fffd} \u{fffd}"),
            ("response-decoding :\"ISO-8859-1\"", "TEXT blå ÿ"),
        ],
    );
    let unknown = || Reply::new(200, "text/plain; charset=klingon", "blå");
    check_all(unknown, &[("", "TEXT blå")]);
    let marked = || Reply::new(200, "application/json", "\u{feff}{\"a\":1}");
    check_all(marked, &[("", "KEY-VALUE {\"a\":1}")]);
}

#[test]
fn an_error_status_is_no_error_and_detailed_shows_it() {
    for status in [400, 401, 404, 418, 500, 503] {
        let server =
            Server::start(move |_| Reply::new(status, "application/json", r#"{"error":"no"}"#));
        let ran = run_on(
            &server,
            &[],
            "r = invokeurl [ url :\"$URL/\" ];\ninfo r.get(\"error\");\nr = invokeurl [ url :\"$URL/\" detailed :true ];\ninfo r.get(\"responseText\").get(\"error\") + \" \" + r.get(\"responseCode\");",
        );
        assert_eq!(ran.printed(), format!("no\nno {status}"));
    }
    let server = Server::start(|_| Reply::new(404, "text/plain", "no"));
    let ran = run_on(
        &server,
        &[],
        r#"code = (invokeurl [ url :"$URL/" detailed :true ]).get("responseCode");
info code == 404;
info code == "404";
info code.toLong() + 1;
info code == 200 || code == "200";"#,
    );
    assert_eq!(ran.printed(), "true\ntrue\n405\nfalse");
}

#[test]
fn header_names_in_lower_case_and_repeated_ones_joined() {
    let server = Server::start(|_| {
        Reply::json("{}")
            .with("X-RateLimit-Left", "5")
            .with("Set-Cookie", "a=1")
            .with("set-cookie", "b=2")
            .with("X-Empty", "")
    });
    let ran = run_on(
        &server,
        &[],
        r#"h = (invokeurl [ url :"$URL/" detailed :true ]).get("responseHeader");
info h.keys();
info h.get("x-ratelimit-left") + " " + h.get("set-cookie") + " " + h.get("content-type") + " [" + h.get("x-empty") + "]";
info h.get("X-RateLimit-Left");"#,
    );
    assert_eq!(
        ran.printed(),
        "content-length,content-type,x-ratelimit-left,set-cookie,x-empty\n5 a=1, b=2 application/json []\nnull"
    );
}

#[test]
fn replies_are_values_like_any_other() {
    let server = Server::start(|_| {
        Reply::json(
            r#"{"data":{"orders":[{"id":7,"price":0.1},{"id":8,"price":0.2}]},"big":12345678901234567890}"#,
        )
    });
    let ran = run_on(
        &server,
        &[],
        r#"r = invokeurl [ url :"$URL/" detailed :true ];
sum = 0.0;
for each order in r.get("responseText").toMap().get("data").get("orders") { sum = sum + order.get("price"); }
info sum == 0.3;
info r.get("responseText").get("big");"#,
    );
    assert_eq!(ran.printed(), "true\n12345678901234567890");
}

#[test]
fn json_nested_beyond_measure_stays_text() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let server = Server::start(move |_| Reply::json(&deep));
    let ran = run_on(
        &server,
        &[],
        "r = invokeurl [ url :\"$URL/\" ];\ninfo isText(r) + \" \" + r.length();",
    );
    assert_eq!(ran.printed(), "true 200000");
}
