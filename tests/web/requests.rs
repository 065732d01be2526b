//! What arrives at the server (Built-ins II, 6.1 to 6.3).

use crate::support::server::{Reply, Request, Server};
use crate::{run, run_on, sent};

const FORM: &str = "application/x-www-form-urlencoded";
const PLAIN: &str = "text/plain; charset=UTF-8";
const JSON: &str = "application/json";

/// Variables of the scripts below: `awkward` holds every kind of value that a form has to write.
const VALUES: &str = r#"
try { throw "oh no"; } catch (caught) { fault = caught; }
awkward = {"q":"a b&c=d+é","n":7,"x":2.5,"yes":true,"day":'02-Jan-2026 03:04:05',"none":null,
    "list":{1,"x"},"map":{"k":"v w"},"fault":fault};
csv = "1,2".toFile("x.csv");
renamed = "one".toFile("old.txt");
renamed.setFileName("new \"name\".txt");
renamed.setParamName("doc");
renamed.setFileType("application/x-notes");
"#;

const AS_QUERY: &str = "q=a%20b%26c%3Dd%2B%C3%A9&n=7&x=2.5&yes=true&day=02-Jan-2026%2003%3A04%3A05&none=\
    &list=%5B1%2C%22x%22%5D&map=%7B%22k%22%3A%22v%20w%22%7D&fault=Error%20at%20line%202%3A%20oh%20no";
const AS_FORM: &str = "q=a+b%26c%3Dd%2B%C3%A9&n=7&x=2.5&yes=true&day=02-Jan-2026+03%3A04%3A05&none=\
    &list=%5B1%2C%22x%22%5D&map=%7B%22k%22%3A%22v+w%22%7D&fault=Error+at+line+2%3A+oh+no";
const AS_JSON: &str = r#"{"q":"a b&c=d+é","n":7,"x":2.5,"yes":true,"day":"02-Jan-2026 03:04:05","none":null,"list":[1,"x"],"map":{"k":"v w"},"fault":"Error at line 2: oh no"}"#;

/// The request of an `invokeurl` with these attributes.
fn request(attributes: &str) -> Request {
    sent(&format!("{VALUES}\ninvokeurl [ {attributes} ];"))
}

/// Method and target, Content-Type and body of the request with these attributes.
fn check(attributes: &str, line: &str, content_type: &str, body: &str) {
    let request = request(attributes);
    let arrived = (
        format!("{} {}", request.method, request.target),
        request.header("content-type").unwrap_or("").to_owned(),
        request.text(),
    );
    assert_eq!(
        arrived,
        (line.to_owned(), content_type.to_owned(), body.to_owned()),
        "{attributes}"
    );
}

/// The parts of a multipart request, as they arrived; the boundary is `B`.
fn check_parts(attributes: &str, line: &str, parts: &[&str]) {
    let request = request(attributes);
    assert_eq!(
        format!("{} {}", request.method, request.target),
        line,
        "{attributes}"
    );
    let content_type = request.header("content-type").unwrap();
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .expect(content_type)
        .to_owned();
    let expected: String = parts
        .iter()
        .map(|part| format!("--B\r\nContent-Disposition: form-data; {part}\r\n"))
        .collect();
    assert_eq!(
        request.text().replace(&boundary, "B"),
        format!("{expected}--B--\r\n"),
        "{attributes}"
    );
}

/// The error of an `invokeurl` with these attributes, at the task's name; nothing is sent.
fn check_refused(attributes: &str, says: &str) {
    let server = Server::start(|_| Reply::json("{}"));
    let ran = run_on(
        &server,
        &[],
        &format!("{VALUES}\nreply =\n    invokeurl [ {attributes} ];"),
    );
    ran.failed(1, says);
    let line = VALUES.lines().count() + 3;
    assert!(
        ran.err.contains(&format!("script.dg:{line}:5")),
        "not at the name of the task\n{}",
        ran.err
    );
    assert_eq!(server.connections(), 0, "{attributes}");
}

#[test]
fn rows_1_to_3_get() {
    check(r#"url :"$URL/v1""#, "GET /v1", "", "");
    check(
        r#"url :"$URL/v1" type :GET content-type :"application/json""#,
        "GET /v1",
        JSON,
        "",
    );
    check(
        r#"url :"$URL/v1" parameters :awkward"#,
        &format!("GET /v1?{AS_QUERY}"),
        "",
        "",
    );
    check(
        r#"url :"$URL/v1?a=1" parameters :{"b c":2}"#,
        "GET /v1?a=1&b%20c=2",
        "",
        "",
    );
    check(r#"url :"$URL" parameters :{"b":2}"#, "GET /?b=2", "", "");
    check(
        r#"url :"$URL/v1" parameters :"a=1&b=x y""#,
        "GET /v1?a=1&b=x%20y",
        "",
        "",
    );
    check(
        r#"url :"$URL/v1?z=0" parameters :"a=1""#,
        "GET /v1?z=0&a=1",
        "",
        "",
    );
    check(
        r#"url :"$URL/v1" parameters :"hello""#,
        "GET /v1",
        PLAIN,
        "hello",
    );
    check(
        r#"url :"$URL/v1" parameters :"{\"a\":\"b=c\"}""#,
        "GET /v1",
        PLAIN,
        r#"{"a":"b=c"}"#,
    );
    check(r#"url :"$URL/v1" parameters :{}"#, "GET /v1", "", "");
}

#[test]
fn rows_4_and_5_delete() {
    check(
        r#"url :"$URL/v1" type :DELETE parameters :awkward"#,
        &format!("DELETE /v1?{AS_QUERY}"),
        "",
        "",
    );
    check(
        r#"url :"$URL/v1" type :DELETE parameters :"a=1""#,
        "DELETE /v1",
        PLAIN,
        "a=1",
    );
}

#[test]
fn rows_6_to_8_key_value_as_form_json_and_parts() {
    for method in ["POST", "PUT", "PATCH"] {
        let call = format!(r#"url :"$URL/v1" type :{method} parameters :awkward"#);
        let line = format!("{method} /v1");
        check(&call, &line, FORM, AS_FORM);
        check(
            &format!(r#"{call} content-type :"application/json""#),
            &line,
            JSON,
            AS_JSON,
        );
        check(
            &format!("{call} content-type :application/json"),
            &line,
            JSON,
            AS_JSON,
        );
        let header = r#"headers :{"CONTENT-type":"application/json; charset=utf-8"}"#;
        check(
            &format!("{call} {header}"),
            &line,
            "application/json; charset=utf-8",
            AS_JSON,
        );
        check_parts(
            &format!(
                r#"url :"$URL/v1" type :{method} parameters :{{"note":"hei é","n":7,"up":renamed}} content-type :"multipart/form-data""#
            ),
            &line,
            &[
                "name=\"note\"\r\n\r\nhei é",
                "name=\"n\"\r\n\r\n7",
                "name=\"up\"; filename=\"new %22name%22.txt\"\r\nContent-Type: application/x-notes\r\n\r\none",
            ],
        );
    }
    check_parts(
        r#"url :"$URL/v1" type :POST parameters :{"a":1} headers :{"Content-Type":"multipart/form-data; boundary=mine"}"#,
        "POST /v1",
        &["name=\"a\"\r\n\r\n1"],
    );
}

#[test]
fn rows_9_to_11_texts_and_files_as_they_are() {
    for method in ["POST", "PUT", "PATCH"] {
        let line = format!("{method} /v1");
        check(
            &format!(r#"url :"$URL/v1" type :{method} parameters :"raw é &=+""#),
            &line,
            PLAIN,
            "raw é &=+",
        );
        check(
            &format!(
                r#"url :"$URL/v1" type :{method} parameters :awkward.toString() content-type :"application/json""#
            ),
            &line,
            JSON,
            AS_JSON,
        );
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let line = format!("{method} /v1");
        check(
            &format!(r#"url :"$URL/v1" type :{method} parameters :csv"#),
            &line,
            "text/csv",
            "1,2",
        );
        check(
            &format!(r#"url :"$URL/v1" type :{method} parameters :csv content-type :text/plain"#),
            &line,
            "text/plain",
            "1,2",
        );
    }
}

#[test]
fn bytes_of_no_known_type_are_sent_as_they_came() {
    let bytes: Vec<u8> = (0..=255).collect();
    let body = bytes.clone();
    let server = Server::start(move |_| Reply::new(200, "", body.clone()));
    run_on(
        &server,
        &[],
        "file = invokeurl [ url :\"$URL/blob\" response-format :FILE ];\ninvokeurl [ url :\"$URL/v1\" type :POST parameters :file ];",
    )
    .printed();
    let sent = server.requests().pop().unwrap();
    assert_eq!(
        (sent.header("content-type"), &sent.body),
        (Some("application/octet-stream"), &bytes)
    );
}

#[test]
fn rows_12_to_14_a_body_leaves_the_address_to_the_parameters() {
    for method in ["GET", "DELETE", "POST", "PUT", "PATCH"] {
        let call = format!(r#"url :"$URL/v1" type :{method}"#);
        check(
            &format!(r#"{call} body :"raw é""#),
            &format!("{method} /v1"),
            PLAIN,
            "raw é",
        );
        check(
            &format!(r#"{call} body :"raw" parameters :awkward"#),
            &format!("{method} /v1?{AS_QUERY}"),
            PLAIN,
            "raw",
        );
        check(
            &format!(r#"{call} body :"[1]" parameters :"a=1" content-type :application/json"#),
            &format!("{method} /v1?a=1"),
            JSON,
            "[1]",
        );
        check(
            &format!("{call} body :awkward"),
            &format!("{method} /v1"),
            FORM,
            AS_FORM,
        );
        check(
            &format!(r#"{call} body :awkward parameters :"a=b c""#),
            &format!("{method} /v1?a=b%20c"),
            FORM,
            AS_FORM,
        );
        check(
            &format!(
                r#"{call} body :awkward parameters :{{"a":1}} content-type :application/json"#
            ),
            &format!("{method} /v1?a=1"),
            JSON,
            AS_JSON,
        );
        check(
            &format!(r#"{call} body :csv parameters :{{"a":1}}"#),
            &format!("{method} /v1?a=1"),
            "text/csv",
            "1,2",
        );
        check(
            &format!("{call} body :csv content-type :application/x-table"),
            &format!("{method} /v1"),
            "application/x-table",
            "1,2",
        );
    }
}

#[test]
fn row_15_parameters_before_files() {
    let up = "name=\"doc\"; filename=\"new %22name%22.txt\"\r\nContent-Type: application/x-notes\r\n\r\none";
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        check_parts(
            &format!(
                r#"url :"$URL/v1" type :{method} files :renamed parameters :{{"note":"hei é","tags":{{"a","b"}}}}"#
            ),
            &format!("{method} /v1"),
            &[
                "name=\"note\"\r\n\r\nhei é",
                "name=\"tags\"\r\n\r\n[\"a\",\"b\"]",
                up,
            ],
        );
    }
    check_parts(
        r#"url :"$URL/v1" type :POST files :renamed"#,
        "POST /v1",
        &[up],
    );
    check_parts(
        r#"url :"$URL/v1" type :POST files :renamed content-type :text/plain"#,
        "POST /v1",
        &[up],
    );
}

#[test]
fn rows_16_to_18_and_what_else_cannot_be_combined() {
    check_refused(
        r#"url :"$URL/" type :POST files :csv parameters :"a=1""#,
        "[R0027] Error: TEXT parameters cannot be combined with files",
    );
    check_refused(
        r#"url :"$URL/" type :POST files :csv body :"a""#,
        "[R0027] Error: `body` and `files` exclude each other",
    );
    check_refused(
        r#"url :"$URL/" files :csv"#,
        "[R0027] Error: `files` cannot be sent with GET",
    );
    check_refused(
        r#"url :"$URL/" parameters :csv"#,
        "[R0027] Error: a FILE cannot be part of the address",
    );
    check_refused(
        r#"url :"$URL/" type :POST parameters :{"f":csv}"#,
        "[R0027] Error: `f` is a FILE",
    );
}

#[test]
fn errors_come_in_one_order() {
    let everything = r#"connection :"nobody" url :"ftp://x""#;
    check_refused(
        &format!(r#"{everything} type :POST files :csv parameters :{{1,2}}"#),
        "[R0014]",
    );
    check_refused(
        &format!(r#"{everything} type :POST files :csv body :"a""#),
        "exclude each other",
    );
    check_refused(everything, "[R0027] Error: this is no address of the web");
    check_refused(r#"connection :"nobody" url :"$URL/""#, "[C0001]");
}

#[test]
fn values_of_the_wrong_type_are_named() {
    for (attributes, says) in [
        (r#"url :5"#, "`url`"),
        (r#"url :"$URL" headers :"x""#, "`headers`"),
        (r#"url :"$URL" parameters :{1,2}"#, "`parameters`"),
        (r#"url :"$URL" type :POST body :true"#, "`body`"),
        (r#"url :"$URL" type :POST files :"x""#, "`files`"),
        (r#"url :"$URL" type :POST files :{"f":"text"}"#, "`files`"),
        (r#"url :"$URL" detailed :"yes""#, "`detailed`"),
        (r#"url :"$URL" connection :7"#, "`connection`"),
    ] {
        check_refused(attributes, "[R0014]");
        check_refused(attributes, says);
    }
    check_refused(r#"url :"$URL" response-decoding :"utf-99""#, "utf-99");
    check_refused(r#"url :"$URL" response-format :"XML""#, "`response-format`");
}

#[test]
fn the_method_is_read_in_any_case_and_form() {
    for (attribute, method) in [
        ("post", "POST"),
        ("\"put\"", "PUT"),
        ("\"PA\" + \"TCH\"", "PATCH"),
        ("verb", "DELETE"),
        ("GET", "GET"),
    ] {
        let request = sent(&format!(
            "verb = \"delete\";\nGET = \"PUT\";\ninvokeurl [ url :\"$URL/\" type :{attribute} ];"
        ));
        assert_eq!(request.method, method, "{attribute}");
    }
    check_refused(
        r#"url :"$URL/" type :"FETCH""#,
        "`type` must be GET, POST, PUT, PATCH or DELETE, found `FETCH`",
    );
    run(
        &[],
        r#"invokeurl [ url :"http://127.0.0.1:1" type :FETCH ];"#,
    )
    .failed(65, "FETCH");
}

#[test]
fn every_form_of_files() {
    let a = "filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\none";
    let script_files = r#""one".toFile("a.txt")"#;
    let call = |files: &str| format!(r#"url :"$URL/" type :POST files :{files}"#);
    check_parts(
        &call(script_files),
        "POST /",
        &[&format!("name=\"file\"; {a}")],
    );
    check_parts(
        &call(&format!("{{{script_files}, {script_files}}}")),
        "POST /",
        &[
            &format!("name=\"file\"; {a}"),
            &format!("name=\"file\"; {a}"),
        ],
    );
    check_parts(
        &call(&format!("{{\"field\":{script_files},\"é\":csv}}")),
        "POST /",
        &[
            &format!("name=\"field\"; {a}"),
            "name=\"é\"; filename=\"x.csv\"\r\nContent-Type: text/csv\r\n\r\n1,2",
        ],
    );
    check_parts(
        &call(
            r#"{{"paramName":"t","content":"words é","stringPart":"true"},{"paramName":"n","content":7,"stringPart":true},
            {"paramName":"f","content":renamed},{"paramName":"g","content":"text","stringPart":"false","Content-Type":"text/markdown","encodingType":"UTF-8"}}"#,
        ),
        "POST /",
        &[
            "name=\"t\"\r\n\r\nwords é",
            "name=\"n\"\r\n\r\n7",
            "name=\"f\"; filename=\"new %22name%22.txt\"\r\nContent-Type: application/x-notes\r\n\r\none",
            "name=\"g\"; filename=\"g\"\r\nContent-Type: text/markdown; charset=UTF-8\r\n\r\ntext",
        ],
    );
    check_refused(&call(r#"{{"content":"x"}}"#), "paramName");
    check_refused(
        &call(r#"{{"paramName":"a","content":"x","Content-Type":"a\r\nX-Evil: 1"}}"#),
        "[R0027]",
    );
}

#[test]
fn content_type_of_the_attribute_before_the_header_before_the_default() {
    let call = r#"url :"$URL/" type :POST parameters :"x""#;
    check(call, "POST /", PLAIN, "x");
    check(
        &format!(r#"{call} headers :{{"content-type":"text/csv"}}"#),
        "POST /",
        "text/csv",
        "x",
    );
    check(
        &format!(r#"{call} headers :{{"content-type":"text/csv"}} content-type :"text/xml""#),
        "POST /",
        "text/xml",
        "x",
    );
    check(
        &format!(r#"{call} headers :{{"content-type":null}}"#),
        "POST /",
        PLAIN,
        "x",
    );
    let json_wins = r#"url :"$URL/" type :POST parameters :{"a":1} headers :{"Content-Type":"text/plain"} content-type :application/json"#;
    check(json_wins, "POST /", JSON, r#"{"a":1}"#);
}

#[test]
fn addresses_are_mended_no_more_than_needed() {
    for (written, arrives) in [
        ("  $URL/x", "/x"),
        ("$URL/x y/\\\"z\\\"", "/x%20y/%22z%22"),
        ("$URL/blå/bær?q=å b", "/bl%C3%A5/b%C3%A6r?q=%C3%A5%20b"),
        ("$URL/a%20b%C3%A9?x=%26", "/a%20b%C3%A9?x=%26"),
        ("$URL/50%/x?y=100%", "/50%25/x?y=100%25"),
        ("$URL?q=1", "/?q=1"),
        ("$URL/x?ids[]=1&f={a|b}#part", "/x?ids[]=1&f=%7Ba%7Cb%7D"),
        ("$URL/a+b?c+d=e+f", "/a+b?c+d=e+f"),
    ] {
        check(
            &format!("url :\"{written}\""),
            &format!("GET {arrives}"),
            "",
            "",
        );
    }
    let upper = sent("invokeurl [ url :\"$URL/x\".replaceAll(\"http\", \"HTTP\") ];");
    assert_eq!(upper.target, "/x");
    for bad in [
        "",
        "127.0.0.1/x",
        "ftp://127.0.0.1/",
        "http://",
        "http:///x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://a b/",
    ] {
        check_refused(
            &format!("url :\"{bad}\""),
            "[R0027] Error: this is no address of the web",
        );
    }
}

#[test]
fn headers_are_sent_as_texts_and_the_client_s_own_are_not_the_script_s() {
    let plain = request(r#"url :"$URL/""#);
    assert_eq!(plain.header("accept"), Some("*/*"));
    assert_eq!(
        plain.header("user-agent"),
        Some(concat!("Freshet/", env!("CARGO_PKG_VERSION")))
    );
    assert!(plain.header("accept-encoding").unwrap().contains("gzip"));
    assert_eq!(plain.header("cookie"), None);

    let own = request(
        r#"url :"$URL/" type :POST parameters :"abc" headers :{"X-Number":7,"X-None":null,"X-Text":"blå bær","X-List":{1,2},
            "Accept":"text/csv","User-Agent":"mine","Content-Length":"99","Transfer-Encoding":"chunked","Accept-Encoding":"zstd"}"#,
    );
    assert_eq!(own.header("x-number"), Some("7"));
    assert_eq!(own.header("x-none"), None);
    assert_eq!(own.header("x-text"), Some("blå bær"));
    assert_eq!(own.header("x-list"), Some("1,2"));
    assert_eq!(
        (own.header("accept"), own.header("user-agent")),
        (Some("text/csv"), Some("mine"))
    );
    assert_eq!(
        (
            own.header("content-length"),
            own.header("transfer-encoding")
        ),
        (Some("3"), None)
    );
    assert!(own.header("accept-encoding").unwrap().contains("gzip"));
}

#[test]
fn line_breaks_do_not_get_into_headers() {
    for headers in [
        r#"{"X-One":"a\r\nX-Two: b"}"#,
        r#"{"X-One":"a\nX-Two: b"}"#,
        r#"{"X-One\r\nX-Two":"b"}"#,
        r#"{"X One":"b"}"#,
        r#"{"":"b"}"#,
        r#"{"é":"b"}"#,
    ] {
        check_refused(&format!("url :\"$URL/\" headers :{headers}"), "[R0027]");
    }
    check_refused(
        r#"url :"$URL/" type :POST parameters :"x" content-type :"text/plain\r\nX-Two: b""#,
        "[R0027]",
    );
    let named = request(r#"url :"$URL/" type :POST files :{"a\r\nX: 1\"":csv}"#);
    assert!(
        named.text().contains("name=\"a%0D%0AX: 1%22\""),
        "{}",
        named.text()
    );
}

#[test]
fn attributes_stand_in_any_order_case_and_line() {
    let script = "INVOKEURL\n[\n  Type : post // how\n  PARAMETERS:\"x\" ,\n  /* where */ url :\"$URL/v1\" ;\n  detailed:true\n]\n;";
    let request = sent(script);
    assert_eq!(
        (
            request.method.as_str(),
            request.target.as_str(),
            request.text().as_str()
        ),
        ("POST", "/v1", "x")
    );
    for wrong in [
        "type :POST",
        "url :\"http://a.example\" url :\"http://b.example\"",
        "url :\"http://a.example\" speed :5",
        "url :",
    ] {
        run(&[], &format!("invokeurl [ {wrong} ];")).failed(65, "script.dg:1:");
    }
}
