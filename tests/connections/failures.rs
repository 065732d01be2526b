//! What goes wrong between a script and a service: each with its code, its exit and nothing lost.

use crate::calling;
use crate::services::{ApiKey, Misbehaving, OAuth2};
use crate::support::place::Place;
use crate::support::server::Reply;

const KEY: &str = "k3y-of-the-test";

fn with_shop(api: &ApiKey) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team_shop", "shop", KEY).ok();
    place
}

#[test]
fn an_unknown_link_name_is_met_with_a_suggestion_at_its_place() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    let url = api.server.url("/me");
    // In a script it can be caught, so it ends with 1; in a command it is a usage error.
    place
        .call("team_shp", &url)
        .fails(
            1,
            &[
                "C0001",
                "no connection `team_shp`",
                "did you mean `team_shop`?",
                "-:1:",
            ],
        )
        .prints("");
    place
        .call("Team_Shop", &url)
        .fails(1, &["C0001", "did you mean `team_shop`?"]);
    place
        .call("crm", &url)
        .fails(1, &["C0001", "freshet connection list"]);
    for command in [
        "show",
        "connect",
        "reconnect",
        "verify",
        "edit",
        "snippet",
        "disable",
        "enable",
        "remove",
        "log",
    ] {
        place
            .run(&["connection", command, "team_shp"])
            .fails(2, &["C0001", "team_shop"])
            .prints("");
    }
    let caught = format!(
        "try\n{{\n{}}}\ncatch (e)\n{{\n    info e.message;\n}}\n",
        calling("team_shp", &url)
    );
    let printed = place.script(&caught).ok().out;
    assert!(printed.contains("no connection `team_shp`"), "{printed}");
}

#[test]
fn a_service_that_is_not_there_is_told() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    let (url, host) = (api.server.url("/me"), api.server.host());
    drop(api);
    // Wait until the port is closed: the thread that accepts ends after its last client.
    while std::net::TcpStream::connect(&host).is_ok() {}
    let cause = format!("cannot reach {host}: connection refused");
    place
        .call("team_shop", &url)
        .fails(69, &["C0012", &cause, "-:1:"])
        .prints("");
    place
        .run(&["connection", "verify", "team_shop"])
        .fails(69, &["C0012", &cause]);
    place
        .run_with_input(
            &["connection", "reconnect", "team_shop", "--secret-stdin"],
            KEY,
        )
        .fails(69, &["C0012"]);
    assert_eq!(
        place.status("team_shop"),
        "authorised",
        "a service that is away takes nothing"
    );
    place
        .call("team_shop", "https://no-such-host.invalid/")
        .fails(78, &["C0006"]);
    place
        .script("info getUrl(\"http://no-such-host.invalid/\");")
        .fails(69, &["C0012", "no-such-host.invalid"]);
}

#[test]
fn a_service_that_answers_rubbish_is_told_and_not_believed() {
    let api = Misbehaving::start();
    for (path, exit, code) in [
        ("/garbage", 69, "C0012"),
        ("/closed", 69, "C0012"),
        ("/truncated", 69, "C0012"),
        ("/loop", 69, "C0014"),
        ("/status/401", 4, "C0034"),
        ("/status/403", 4, "C0034"),
        ("/status/404", 4, "C0034"),
        ("/status/500", 69, "C0034"),
        ("/status/302", 69, "C0014"),
        ("/away?to=ftp://127.0.0.1/", 69, "C0014"),
        ("/away?to=http://", 69, "C0014"),
    ] {
        let place = Place::new();
        place.add_service("odd", &api.definition("Odd", path));
        let outcome = place.connect("link", "odd", KEY).fails(exit, &[code]);
        assert!(!outcome.err.contains(KEY), "{}", outcome.err);
        assert_ne!(place.status("link"), "authorised", "{path}");
    }
    // Replies that are odd, yet successes.
    for path in ["/html", "/empty"] {
        let place = Place::new();
        place.add_service("odd", &api.definition("Odd", path));
        place.connect("link", "odd", KEY).ok();
        assert_eq!(place.status("link"), "authorised");
    }
}

#[test]
fn a_script_gets_any_status_and_an_error_for_what_is_no_reply() {
    let api = Misbehaving::start();
    let place = Place::new();
    place.add_service("odd", &api.definition("Odd", "/empty"));
    place.connect("link", "odd", KEY).ok();
    for status in ["401", "404", "418", "500"] {
        place
            .call("link", &api.server.url(&format!("/status/{status}")))
            .ok()
            .prints(&format!("{status}\n"));
    }
    for (path, exit, code) in [
        ("/garbage", 69, "C0012"),
        ("/closed", 69, "C0012"),
        ("/truncated", 69, "C0012"),
        ("/loop", 69, "C0014"),
    ] {
        place
            .call("link", &api.server.url(path))
            .fails(exit, &[code, "-:1:"])
            .prints("");
    }
    let silent = calling("link", &api.server.url("/silent"));
    place
        .run_with_input(&["run", "-", "--limit", "read-time=200ms"], silent)
        .fails(75, &["C0011", "socket timeout error"]);
}

#[test]
fn a_failed_try_does_not_destroy_what_works() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    place
        .run_with_input(
            &["connection", "reconnect", "team_shop", "--secret-stdin"],
            "wrong",
        )
        .fails(4, &["C0034", "401"]);
    assert_eq!(place.status("team_shop"), "authorised");
    place
        .call("team_shop", &api.server.url("/me"))
        .ok()
        .prints("200\n");

    // One that never worked has failed, and says why.
    place
        .connect("second", "shop", "wrong")
        .fails(4, &["C0034", "second was created"]);
    assert_eq!(place.status("second"), "failed");
    place
        .call("second", &api.server.url("/me"))
        .fails(4, &["C0005", "401", "freshet connection connect second"]);
    place
        .run_with_input(&["connection", "connect", "second", "--secret-stdin"], KEY)
        .ok();
    place.call("second", &api.server.url("/me")).ok();
}

#[test]
fn verifying_all_ends_with_the_highest_code_and_tells_each() {
    let good = ApiKey::start(KEY);
    let place = with_shop(&good);
    let odd = Misbehaving::start();
    place.add_service("odd", &odd.definition("Odd", "/status/500"));
    place.add("broken", "odd");
    place
        .run_with_input(
            &[
                "connection",
                "connect",
                "broken",
                "--no-verify",
                "--secret-stdin",
            ],
            KEY,
        )
        .ok();
    place.add("fresh", "shop");
    let outcome = place
        .run(&["connection", "verify", "--all"])
        .fails(69, &["broken: ", "(C0034)", "fresh: ", "(C0002)"]);
    assert!(
        outcome
            .out
            .starts_with("team_shop: authorised as key@api.example (200, "),
        "{}",
        outcome.out
    );
    let results = place
        .run(&["connection", "verify", "--all", "--json"])
        .fails(69, &[])
        .json();
    let codes: Vec<_> = results["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["error"]["code"].as_str())
        .collect();
    assert_eq!(codes, [Some("C0034"), Some("C0002"), None]);
}

#[test]
fn a_401_on_verifying_needs_a_person_and_keeps_the_credential() {
    let api = OAuth2::start("tok");
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    api.answer(|_, _| {
        Reply::new(
            200,
            "application/x-www-form-urlencoded",
            "access_token=void",
        )
    });
    api.accept("unknown-here");
    place
        .run(&["connection", "verify", "team"])
        .fails(4, &["C0034", "401"]);
    assert_eq!(place.status("team"), "needs_authorisation");
}

#[test]
fn a_credential_goes_to_its_hosts_alone() {
    let api = ApiKey::start(KEY);
    let other = ApiKey::start(KEY);
    let place = with_shop(&api);
    let (port, host) = (api.server.port(), other.server.host());
    place
        .call("team_shop", &other.server.url("/me"))
        .fails(78, &["C0006", &host, "--allow-host"])
        .prints("");
    for address in [
        format!("http://127.0.0.1:{port}@{host}/"),
        format!("http://ada@127.0.0.1:{port}/"),
        format!("https://127.0.0.1.evil.example:{port}/"),
        "http://127.0.0.1/".to_owned(),
    ] {
        place
            .call("team_shop", &address)
            .fails(78, &["C0006"])
            .prints("");
    }
    let asked = api.server.requests().len();
    // It is in the log, with the host.
    let logged = place
        .run(&["connection", "log", "team_shop", "--action", "use_refused"])
        .ok()
        .out;
    assert!(
        logged.contains("C0006") && logged.contains(&host),
        "{logged}"
    );
    place
        .run(&["connection", "edit", "team_shop", "--allow-host", &host])
        .ok();
    place
        .call("team_shop", &other.server.url("/me"))
        .ok()
        .prints("200\n");
    assert_eq!(api.server.requests().len(), asked);

    // Credentials go over https, also where a host is a default service's.
    place.add("billing", "stripe");
    place
        .run_with_input(
            &[
                "connection",
                "connect",
                "billing",
                "--no-verify",
                "--secret-stdin",
            ],
            KEY,
        )
        .ok();
    place
        .call("billing", "http://api.stripe.com/v1/")
        .fails(78, &["C0007", "https only"])
        .prints("");
}

#[test]
fn a_redirect_to_another_origin_takes_no_credential_along() {
    let odd = Misbehaving::start();
    let other = Misbehaving::start();
    let place = Place::new();
    place.add_service("odd", &odd.definition("Odd", "/empty"));
    place.connect("link", "odd", KEY).ok();
    let away = format!("/away?to={}", other.server.url("/status/200"));
    place
        .call("link", &odd.server.url(&away))
        .ok()
        .prints("200\n");
    let arrived = other.server.only();
    assert!(
        arrived.header("x-api-key").is_none() && !arrived.target.contains(KEY),
        "{arrived:?}"
    );
    place
        .call("link", &odd.server.url("/away?to=/status/204"))
        .ok()
        .prints("204\n");
    assert_eq!(
        odd.server.requests().last().unwrap().header("x-api-key"),
        Some(KEY)
    );
}

#[test]
fn private_addresses_are_refused_on_request_and_metadata_services_always() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    let asked = api.server.requests().len();
    let script = calling("team_shop", &api.server.url("/me"));
    place
        .run_with_input(&["run", "-", "--refuse-private"], script)
        .fails(78, &["C0008", "--refuse-private"])
        .prints("");
    place
        .script("info getUrl(\"http://169.254.169.254/latest/meta-data/\");")
        .fails(78, &["C0008", "always refused"]);
    assert_eq!(api.server.requests().len(), asked);
}

/// Connects to a service whose token endpoint answers as told; its API takes the token `t`.
fn connecting(
    answer: impl Fn() -> Reply + Send + Sync + 'static,
) -> (Place, crate::support::place::Outcome) {
    let api = OAuth2::answering(move |_, _| answer());
    api.accept("t");
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    let outcome = place.run(&[
        "connection",
        "add",
        "team",
        "--service",
        "shop",
        "--connect",
    ]);
    (place, outcome)
}

#[test]
fn odd_token_replies_are_understood() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let cases: &[(u16, &str, &str, bool)] = &[
        (
            200,
            "application/json",
            r#"{"access_token":"t","token_type":"bearer","expires_in":"3600"}"#,
            true,
        ),
        (
            201,
            "text/html",
            "\u{feff}{\"access_token\":\"t\",\"expires_in\":3600.5} ",
            true,
        ),
        (200, FORM, "access_token=t&expires_in=3600", true),
        (
            200,
            "",
            r#"{"access_token":"t","token_type":null,"expires_in":null,"scope":["a","b"]}"#,
            false,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":"old","access_token":"t","expires_in":-1}"#,
            false,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":"t","expires_at":"2999-01-01T00:00:00Z","refresh_token":""}"#,
            false,
        ),
    ];
    for (status, kind, body, expires) in cases {
        let (status, kind, body) = (*status, *kind, *body);
        let (place, outcome) = connecting(move || Reply::new(status, kind, body));
        assert_eq!(outcome.exit, Some(0), "{body}: {}", outcome.err);
        let shown = place
            .run(&["connection", "show", "team", "--json"])
            .ok()
            .json();
        assert_eq!(
            shown["connection"]["expires_at"].is_string(),
            *expires,
            "{body}"
        );
    }
}

/// Check 58, with what is told.
#[test]
fn token_replies_that_are_none_are_told_by_what_they_look_like() {
    /// Status, type and body of a reply; exit, code and words that tell of it.
    type Case<'a> = (u16, &'a str, Vec<u8>, i32, &'a str, &'a str);
    let json = "application/json";
    let cases: Vec<Case> = vec![
        (
            200,
            "text/html",
            b"<html><title>Sign in</title></html>".to_vec(),
            69,
            "C0026",
            "200 text/html, title \"Sign in\"",
        ),
        (502, "text/html", b"<html>".to_vec(), 69, "C0010", "502"),
        (200, json, Vec::new(), 69, "C0026", "an empty body"),
        (200, json, b"[1]".to_vec(), 69, "C0026", "a list"),
        (
            200,
            json,
            b"{\"data\":{}}".to_vec(),
            69,
            "C0026",
            "members data",
        ),
        (
            200,
            json,
            b"{\"access_token\":7}".to_vec(),
            69,
            "C0026",
            "members access_token",
        ),
        (
            200,
            json,
            b"{\"access_token\":\"a\\nb\"}".to_vec(),
            69,
            "C0026",
            "characters that cannot be sent",
        ),
        (
            200,
            json,
            b"{\"access_token\":\"t\",\"token_type\":\"mac\"}".to_vec(),
            69,
            "C0026",
            "token_type mac",
        ),
        (302, "", Vec::new(), 69, "C0026", "302"),
        (
            404,
            "text/plain",
            b"not found".to_vec(),
            69,
            "C0026",
            "404 text/plain",
        ),
        (200, json, vec![b' '; 2 << 20], 69, "C0013", "1 MiB"),
        (
            200,
            json,
            format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(),
            69,
            "C0026",
            "200",
        ),
        (
            400,
            json,
            b"{\"error\":\"invalid_client\"}".to_vec(),
            69,
            "C0027",
            "freshet service client",
        ),
        (
            401,
            "text/plain",
            b"no".to_vec(),
            69,
            "C0027",
            "invalid_client",
        ),
        (
            400,
            json,
            b"{\"error\":\"invalid_scope\",\"error_description\":\"no \\u001b[2J such scope\"}"
                .to_vec(),
            69,
            "C0027",
            "such scope",
        ),
        (
            200,
            json,
            b"{\"ok\":false,\"error\":\"bad_auth\"}".to_vec(),
            69,
            "C0027",
            "bad_auth",
        ),
        (
            403,
            json,
            b"{\"error\":{\"code\":\"access_denied\",\"message\":\"not you\"}}".to_vec(),
            4,
            "C0023",
            "access was denied at Shop",
        ),
        (
            503,
            json,
            b"{\"error\":\"temporarily_unavailable\"}".to_vec(),
            69,
            "C0010",
            "temporarily_unavailable",
        ),
    ];
    for (status, kind, body, exit, code, told) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let kind = kind.to_owned();
        let (place, outcome) =
            connecting(move || Reply::new(status, &kind, body.clone()).with("Retry-After", "0"));
        assert_eq!(
            outcome.exit,
            Some(exit),
            "{status} {shown}: {}",
            outcome.err
        );
        assert!(
            outcome.err.contains(code) && outcome.err.contains(told),
            "{status} {shown}: {}",
            outcome.err
        );
        assert!(
            !outcome.err.contains('\x1b') && !outcome.err.contains("s3cret"),
            "{}",
            outcome.err
        );
        assert_ne!(place.status("team"), "authorised");
    }
}

#[test]
fn a_token_endpoint_that_speaks_no_http_is_tried_again_and_told() {
    let (place, outcome) = connecting(|| Reply::Raw(b"\x00\x01 rubbish\r\n\r\n".to_vec()));
    outcome.fails(69, &["C0010", "3 tries"]);
    assert_eq!(place.status("team"), "created", "this may pass");
}

#[test]
fn fewer_scopes_than_asked_for_are_a_warning() {
    let api = OAuth2::answering(|_, _| Reply::json(r#"{"access_token":"t","scope":"read"}"#));
    let place = Place::new();
    place.add_service(
        "shop",
        &(api.definition("Shop") + "scopes = [{ name = \"read\" }, { name = \"write\" }]\n"),
    );
    place.add_client("shop", "abc", "s3cret");
    let outcome = place
        .run(&[
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--scope",
            "read",
            "--scope",
            "write",
            "--connect",
        ])
        .ok();
    assert!(
        outcome
            .err
            .contains("warning: asked for read, write, granted read (C0035)"),
        "{}",
        outcome.err
    );
}

#[test]
fn what_is_entered_for_a_connection_is_checked() {
    let api = OAuth2::start("tok");
    let place = Place::new();
    place.add_service(
        "shop",
        &(api.definition("Shop") + "scopes = [{ name = \"read\" }]\nfree_scopes = false\n"),
    );
    place.add("team", "shop");
    let refused = |arguments: &[&str], told: &[&str]| {
        place
            .run(&[&["connection", "add"], arguments].concat())
            .fails(2, told)
            .prints("");
    };
    refused(&["1st-x", "--service", "shop"], &["C0040", "try `c_1st_x`"]);
    refused(&["", "--service", "shop"], &["C0040"]);
    refused(&[&"a".repeat(51), "--service", "shop"], &["C0040"]);
    refused(
        &["TEAM", "--service", "shop"],
        &["C0041", "`team` exists", "`TEAM_2` is free"],
    );
    refused(&["x", "--service", "slak"], &["C0042"]);
    refused(
        &["x", "--service", "shop", "--set", "colour=red"],
        &["C0043", "`colour`"],
    );
    refused(
        &["x", "--service", "shop", "--name", ""],
        &["C0043", "name"],
    );
    refused(
        &["x", "--service", "shop", "--scope", "write"],
        &["C0044", "`write`"],
    );
    refused(
        &["x", "--service", "shop", "--allow-host", "*.com"],
        &["C0046", "`*.com`"],
    );
    refused(
        &[
            "x",
            "--service",
            "shop",
            "--allow-host",
            "https://api.example.com/",
        ],
        &["C0046"],
    );
    refused(
        &["x", "--service", "shop", "--grant-type", "magic"],
        &["C0049", "client_credentials"],
    );
    refused(&["x"], &["--service"]);
    refused(
        &["x", "--service", "shop", "--notes", &"n".repeat(2001)],
        &["notes"],
    );
    place
        .run(&[
            "connection",
            "add",
            "x",
            "--service",
            "shop",
            "--client",
            "other",
        ])
        .fails(4, &["C0039"]);
    place
        .run(&["connection", "edit", "team", "--rate", "often=3"])
        .fails(2, &["often=3"]);
    let listed = place.run(&["connection", "list", "--json"]).ok().json();
    assert_eq!(listed["connections"].as_array().unwrap().len(), 1);
}

#[test]
fn values_that_do_not_fit_into_a_request_are_told() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    let url = api.server.url("/me");
    let headers = format!(
        "x = invokeurl\n[\n    url: \"{url}\"\n    type: GET\n    headers: {{\"X-Note\": \"a\\nb\"}}\n    connection: \"team_shop\"\n];\n"
    );
    place
        .script(&headers)
        .fails(1, &["R0027", "`X-Note`", "line break"]);

    place.write(
        "form.toml",
        api.in_header("Form")
            .replace(
                "param_name = \"X-Api-Key\"",
                "param_type = \"form\"\nparam_name = \"key\"",
            )
            .replace("\"GET ", "\"POST "),
    );
    place
        .run(&["service", "add", "form", "--file", "form.toml"])
        .ok();
    place.add("formed", "form");
    place
        .run_with_input(
            &[
                "connection",
                "connect",
                "formed",
                "--no-verify",
                "--secret-stdin",
            ],
            KEY,
        )
        .ok();
    let posting = |parameters: &str| {
        format!(
            "x = invokeurl\n[\n    url: \"{url}\"\n    type: POST\n    parameters: {parameters}\n    connection: \"formed\"\n    detailed: true\n];\ninfo x.get(\"responseCode\");\n"
        )
    };
    place.script(&posting("{\"a\": \"b\"}")).ok();
    assert_eq!(
        api.server.requests().last().unwrap().text(),
        format!("a=b&key={KEY}")
    );
    place
        .script(&posting("{\"a\": \"b\"}.toString()"))
        .fails(1, &["C0018"]);
}
