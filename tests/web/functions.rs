//! The other web forms: `getUrl`, `postUrl`, `invokeUrl(…)`, `invokeapi`, `openUrl`, `encodeUrl`, `sendmail` (Built-ins II,
//! 6.6 and 6.7).

use crate::support::server::{Reply, Server};
use crate::{run, run_on};

/// Calls a function at a server that answers `{"a": 1}`: what arrived as `METHOD TARGET TYPE BODY [X-H]`, and what was
/// printed of the result.
fn check(call: &str, arrives: &str, prints: &str) {
    let server = Server::start(|_| Reply::json("{\"a\": 1}"));
    let ran = run_on(&server, &[], &format!("reply = {call};\ninfo reply;"));
    assert_eq!(ran.printed(), prints, "{call}");
    let request = server.only();
    let content_type = request.header("content-type").unwrap_or("-");
    let header = request
        .header("x-h")
        .map(|value| format!(" [{value}]"))
        .unwrap_or_default();
    let arrived = format!(
        "{} {} {content_type} {}{header}",
        request.method,
        request.target,
        request.text()
    );
    assert_eq!(arrived, arrives, "{call}");
}

/// The body as it came: not parsed.
const SIMPLE: &str = "{\"a\": 1}";
const DETAILED: &str = r#"{"responseText":{"a":1},"responseHeader":{"content-length":"8","content-type":"application/json"},"responseCode":200}"#;
const FORM: &str = "application/x-www-form-urlencoded";
const PLAIN: &str = "text/plain; charset=UTF-8";

#[test]
fn get_url_in_each_form() {
    check(r#"getUrl("$URL/x y?q=1")"#, "GET /x%20y?q=1 - ", SIMPLE);
    check(r#"getUrl("$URL/", true)"#, "GET / - ", SIMPLE);
    check(r#"getUrl("$URL/", false)"#, "GET / - ", DETAILED);
    check(r#"getUrl("$URL/", {"X-H":1})"#, "GET / -  [1]", SIMPLE);
    check(
        r#"getUrl("$URL/", {"X-H":1}, false)"#,
        "GET / -  [1]",
        DETAILED,
    );
    check(r#"getUrl("$URL/", Map(), false)"#, "GET / - ", DETAILED);
}

#[test]
fn post_url_in_each_form() {
    check(
        r#"postUrl("$URL/", {"a b":"c&d"})"#,
        &format!("POST / {FORM} a+b=c%26d"),
        SIMPLE,
    );
    check(
        r#"postUrl("$URL/", "raw")"#,
        &format!("POST / {PLAIN} raw"),
        SIMPLE,
    );
    check(
        r#"postUrl("$URL/", {"a":1}, false)"#,
        &format!("POST / {FORM} a=1"),
        DETAILED,
    );
    check(
        r#"postUrl("$URL/", {"a":1}, {"X-H":1})"#,
        &format!("POST / {FORM} a=1 [1]"),
        SIMPLE,
    );
    check(
        r#"postUrl("$URL/", "raw", {"X-H":1,"content-type":"a/b"}, false)"#,
        "POST / a/b raw [1]",
        DETAILED,
    );
    check(
        r#"postUrl("$URL/", {"a":1}, {"X-H":1,"content-type":"application/json"})"#,
        "POST / application/json {\"a\":1} [1]",
        SIMPLE,
    );
}

#[test]
fn invoke_url_in_each_form() {
    check(r#"invokeUrl("$URL/", "GET")"#, "GET / - ", SIMPLE);
    check(r#"invokeUrl("$URL/", "get", false)"#, "GET / - ", DETAILED);
    check(
        r#"invokeUrl("$URL/?z=0", "GET", {"a b":1})"#,
        "GET /?z=0&a%20b=1 - ",
        SIMPLE,
    );
    check(
        r#"invokeUrl("$URL/", "GET", {"a":1}, {"X-H":1}, false)"#,
        "GET /?a=1 -  [1]",
        DETAILED,
    );
    check(
        r#"invokeUrl("$URL/", "PUT", "raw")"#,
        &format!("PUT / {PLAIN} raw"),
        SIMPLE,
    );
    check(
        r#"invokeUrl("$URL/", "PATCH", {"a":1}, {"X-H":1})"#,
        &format!("PATCH / {FORM} a=1 [1]"),
        SIMPLE,
    );
    check(
        r#"invokeUrl("$URL/", "POST", {"a":1}, true)"#,
        &format!("POST / {FORM} a=1"),
        SIMPLE,
    );
    check(
        r#"invokeUrl("$URL/", "DELETE", {"a":1}, {"X-H":1}, false)"#,
        &format!("DELETE / {FORM} a=1 [1]"),
        DETAILED,
    );
    check(r#"invokeUrl("$URL/", "DELETE")"#, "DELETE / - ", SIMPLE);
}

#[test]
fn arguments_of_the_wrong_kind_are_named_and_nothing_is_sent() {
    let server = Server::start(|_| Reply::json("{}"));
    for (call, says) in [
        (
            r#"getUrl("$URL/", "text")"#,
            "expected KEY-VALUE (headers) or BOOLEAN (simple) next, found the TEXT `text`",
        ),
        (
            r#"getUrl("$URL/", false, {"a":1})"#,
            "expected nothing next, found KEY-VALUE",
        ),
        (
            r#"postUrl("$URL/", {"a":1}, {"b":2}, {"c":3})"#,
            "expected BOOLEAN (simple) next, found KEY-VALUE",
        ),
        (
            r#"invokeUrl("$URL/", "FETCH")"#,
            "`type` must be GET, POST, PUT, PATCH or DELETE, found `FETCH`",
        ),
        (
            r#"invokeUrl("$URL/", "POST", {1,2})"#,
            "expects a TEXT, KEY-VALUE or FILE",
        ),
        (
            r#"getUrl("ftp://a.example/")"#,
            "this is no address of the web",
        ),
        (r#"getUrl("$URL/", {"X-H":"a\nb"})"#, "[R0027]"),
    ] {
        run_on(&server, &[], &format!("info {call};")).failed(1, says);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_text_stays_as_it_came_when_simple() {
    let server = Server::start(|_| Reply::json("[1, 2]"));
    let ran = run_on(
        &server,
        &[],
        "r = getUrl(\"$URL/\");\ninfo isText(r) + r;\ninfo r.toJSONList().size();",
    );
    assert_eq!(ran.printed(), "true[1, 2]\n2");
}

#[test]
fn invokeapi_goes_to_the_service_of_the_data_centre() {
    for (attributes, line) in [
        (
            "service :\"crm\" path :\"/crm/v3/Leads\"",
            "GET https://www.zohoapis.com/crm/v3/Leads",
        ),
        (
            "service :\"crm\" path :\"crm/v3/Leads\" parameters :{\"fields\":\"Last Name\"}",
            "GET https://www.zohoapis.com/crm/v3/Leads?fields=Last%20Name",
        ),
        (
            "service :\"crm\" path :\"/crm/v3/Leads\" type :POST parameters :\"a=1\" body :\"{}\"",
            "POST https://www.zohoapis.com/crm/v3/Leads?a=1",
        ),
        (
            "service :\"crm\" path :\"/crm/v3/Leads\" type :POST parameters :{\"a\":1}",
            "POST https://www.zohoapis.com/crm/v3/Leads?a=1",
        ),
    ] {
        let ran = run(&["--dry-run"], &format!("info invokeapi [ {attributes} ];"));
        assert_eq!(ran.printed(), "null");
        assert_eq!(
            ran.err.lines().next(),
            Some(format!("dry run: {line}").as_str()),
            "{attributes}"
        );
    }
    let ran = run(
        &["--dry-run"],
        "r = invokeapi [ service :\"crm\" path :\"/crm/v3/Leads\" type :PUT body :{\"a\":1} content-type :application/json headers :{\"X-H\":\"1\"} detailed :true ];\ninfo r;",
    );
    assert_eq!(
        ran.printed(),
        r#"{"responseText":null,"responseHeader":{},"responseCode":0}"#
    );
    assert!(
        ran.err.contains("\n  x-h: 1")
            && ran.err.contains("\n  content-type: application/json")
            && ran.err.ends_with("\n  {\"a\":1}\n"),
        "{}",
        ran.err
    );
}

#[test]
fn open_url_names_the_address_on_standard_error() {
    let ran = run(
        &[],
        "info \"before\";\nopenUrl(\"https://a.example/x?y=1\", \"new window\");\nopenUrl(\"https://b.example\", \"same window\", \"height=100\");",
    );
    assert_eq!(
        (ran.printed(), ran.err.as_str()),
        (
            "before",
            "openUrl: https://a.example/x?y=1\nopenUrl: https://b.example\n"
        )
    );
    let hostile = run(
        &[],
        "openUrl(\"https://a.example/\\u001b[2J\\nopenUrl: https://b.example\", \"new window\");",
    );
    assert_eq!(
        hostile.err,
        "openUrl: https://a.example/ [2J openUrl: https://b.example\n"
    );
}

#[test]
fn encode_url_writes_a_form_field() {
    for (text, encoded) in [
        ("a b", "a+b"),
        ("-_.*~", "-_.*%7E"),
        ("a&b=c+d/e?f%20", "a%26b%3Dc%2Bd%2Fe%3Ff%2520"),
        ("é €", "%C3%A9+%E2%82%AC"),
        ("", ""),
    ] {
        assert_eq!(
            run(&[], &format!("info encodeUrl(\"{text}\");")).printed(),
            encoded
        );
    }
}

#[test]
fn sendmail_without_an_account_can_be_caught() {
    let mail = r#"sendmail [ from :"me@example.com" to :"a@example.com","b@example.com" subject :"S" message :"<b>M</b>" ]"#;
    run(&[], &format!("{mail};")).failed(1, "[R0028] Error: no mail account configured");
    let caught = run(
        &[],
        &format!("try {{ {mail} }} catch (e) {{ info e.message; }}"),
    );
    assert_eq!(caught.printed(), "no mail account configured");
    for (attributes, says) in [
        (
            r#"from :"me@example.com" to :"" subject :"S""#,
            "`to` names no receiver",
        ),
        (
            r#"from :"me@example.com" to :"a@example.com\nbcc: x@example.com" subject :"S""#,
            "is no mail address",
        ),
        (
            r#"from :"me@example.com" to :"a@example.com""#,
            "a mail needs `subject` or `message`",
        ),
    ] {
        run(&[], &format!("sendmail [ {attributes} ];")).failed(1, says);
    }
    run(&[], r#"sendmail [ to :"a@example.com" subject :"S" ];"#).failed(65, "from");
    // What a fresh set-up lacks is named.
    let unset = r#"sendmail [ from :zoho.adminuserid to :"a@example.com" subject :"S" ];"#;
    run(&[], unset).failed(1, "`[identity]`: `admin-user-id = ");
    run(&[], "x = null; info \"a\".contains(x);").failed(1, "test for null first");
    for kind in ["report", "record", "view", "template"] {
        let mail = format!(
            "sendmail [ from :\"me@example.com\" to :\"a@example.com\" subject :\"S\" attachments :{kind}:Foo ];"
        );
        let ran = run(&[], &mail);
        ran.failed(65, kind);
        assert!(!ran.err.contains("E0186"), "{}", ran.err);
    }
}

#[test]
fn what_has_no_service_behind_it_says_so() {
    run(
        &[],
        r#"sendSms [ to :"+4712345678" message :"Ready" connection :"sms" ];"#,
    )
    .failed(1, "sendsms is not supported");
    let push = run(
        &[],
        r#"info zoho.pushNotification({"a@example.com"}, "Hello");"#,
    );
    assert_eq!(push.printed(), r#"{"status":"not sent"}"#);
    assert_eq!(
        push.err,
        "zoho.pushNotification: not sent, since there is no push service here: `[\"a@example.com\"], \"Hello\"`\n"
    );
    run(&[], r#"sendSms [ to :"+4712345678" message :"Ready" ];"#).failed(65, "connection");
}
