//! Tokens: what a token server may answer, when a token is renewed, and that it is renewed once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use common::server::{Seen, Server, Step, json, reply};
use common::{World, get, text, wait};
use freshet_connections::{ConnectionError, NewConnection, StartOptions};
use secrecy::SecretString;

/// Planted wherever a secret is: nothing a person sees may contain it.
const SECRET: &str = "PLANTEDclientsecretXYZQWE";

/// A server with a token endpoint that answers by `token`, and an API that repeats what it was
/// authorised with.
fn server(token: impl Fn(&Seen, usize) -> Vec<u8> + Send + Sync + 'static) -> Server {
    let requests = AtomicUsize::new(0);
    Server::replying(move |seen, _| {
        if seen.target.starts_with("/token") {
            token(seen, requests.fetch_add(1, Ordering::SeqCst))
        } else {
            json(200, seen.header("authorization").unwrap_or("nothing"))
        }
    })
}

/// The requests that arrived at the token endpoint.
fn token_requests(server: &Server) -> Vec<Seen> {
    let mut seen = server.seen();
    seen.retain(|seen| seen.target.starts_with("/token"));
    seen
}

/// A world with one connection `loop` to the server, by client credentials. `more` are further
/// keys of the service.
fn world(server: &Server, more: &str) -> World {
    let world = World::new();
    world.service(
        "looper",
        &format!(
            "name = \"Looper\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
             token_url = \"{}\"\nhosts = [\"{}\"]\n{more}\n",
            server.url("/token"),
            server.address
        ),
    );
    world.client("looper", "my-client", Some(SECRET));
    world.connection("loop", "looper", &[]);
    world
}

/// Connects, and gives what the API was then authorised with.
fn authorised_with(server: &Server, more: &str) -> Result<String, ConnectionError> {
    let world = world(server, more);
    world.connect("loop", &[])?;
    let reply = wait(
        world
            .connections
            .send(get(&server.url("/api")).with_connection("loop")),
    )?;
    Ok(text(&reply.response))
}

fn token(n: usize) -> Vec<u8> {
    json(
        200,
        format!(r#"{{"access_token":"T{n}","token_type":"Bearer","expires_in":3600}}"#),
    )
}

#[test]
fn every_odd_token_reply_gives_the_same_credential() {
    let json_type = ("content-type", "application/json");
    for (status, kind, body, more) in [
        (
            200,
            json_type,
            r#"{"access_token":"T","token_type":"Bearer","expires_in":3600}"#,
            "",
        ),
        (
            201,
            json_type,
            r#"{"access_token":"T","token_type":"bearer"}"#,
            "",
        ),
        (
            200,
            ("content-type", "text/html"),
            r#"{"access_token":"T","token_type":"BEARER"}"#,
            "",
        ),
        (200, ("x-none", ""), r#"{"access_token":"T"}"#, ""),
        (
            200,
            ("content-type", "text/plain"),
            "access_token=T&token_type=bearer&expires_in=3600",
            "",
        ),
        (
            200,
            json_type,
            r#"{"access_token":"T","token_type":null,"expires_in":null}"#,
            "",
        ),
        (
            200,
            json_type,
            r#"{"access_token":"T","expires_in":"3600","refresh_token":""}"#,
            "",
        ),
        (
            200,
            json_type,
            r#"{"access_token":"T","expires_in":3600.5,"scope":["a","b"]}"#,
            "",
        ),
        (
            200,
            json_type,
            r#"{"access_token":"T","expires_in":-1,"scope":"a,b c"}"#,
            "",
        ),
        (
            200,
            json_type,
            r#"{"access_token":"T","expires_in":1e99,"scopes":"a"}"#,
            "",
        ),
        (
            200,
            json_type,
            r#"{"access_token":"T","expires_in":{}, "scope": 7}"#,
            "",
        ),
        (
            200,
            json_type,
            r#"{"access_token":"old","access_token":"T"}"#,
            "",
        ),
        (
            200,
            json_type,
            "\u{feff}{\"access_token\":\"T\"}  \r\n\t",
            "",
        ),
        (
            200,
            json_type,
            r#"{"ok":true,"error":null,"access_token":"T"}"#,
            "",
        ),
        (
            200,
            json_type,
            r#"{"data":{"user":{"access_token":"T"}}}"#,
            "token_path = \"/data/user\"",
        ),
    ] {
        let body = body.to_owned();
        let server = server(move |_, _| reply(status, &[kind], &body));
        let found = authorised_with(&server, more);
        assert_eq!(found.as_deref(), Ok("Bearer T"), "{status} {more}");
    }
    let odd_type = r#"{"access_token":"T","token_type":"Zoho-oauthtoken"}"#;
    let server_ = server(move |_, _| json(200, odd_type));
    assert_eq!(
        authorised_with(&server_, "param_prefix = \"Zoho-oauthtoken \"").unwrap(),
        "Zoho-oauthtoken T"
    );
    assert_eq!(authorised_with(&server_, "").unwrap_err().code(), "C0026");
}

#[test]
fn the_lifetime_comes_from_the_first_that_names_one() {
    // 3,600 s: renewed 360 s before the end. NOON is 1795521600.
    for (members, more) in [
        (r#""expires_in":3600"#, ""),
        (r#""expires_in":"3600.9""#, ""),
        (r#""expires_in":3600000"#, "expires_unit = \"ms\""),
        (r#""expires_at":1795525200"#, ""),
        (r#""expires_at":1795525200000"#, ""),
        (r#""expires_at":"2026-11-24T13:00:00Z""#, ""),
        (
            r#""expires_in":0,"expires_at":"2026-11-24T14:00:00+01:00""#,
            "",
        ),
        ("\"x\":1", "token_lifetime = 3600"),
    ] {
        let body = format!(r#"{{"access_token":"T",{members}}}"#);
        let server = server(move |_, _| json(200, &body));
        let world = world(&server, more);
        world.connect("loop", &[]).unwrap();
        let call = || {
            wait(
                world
                    .connections
                    .send(get(&server.url("/api")).with_connection("loop")),
            )
            .unwrap()
        };
        world.clock.forward(3239);
        assert!(!call().renewed, "{members}: too early");
        world.clock.forward(1);
        assert!(call().renewed, "{members}: too late");
    }
}

/// Check 62, to the second.
#[test]
fn the_lead_point_is_a_minute_a_tenth_or_half_the_lifetime() {
    for (lifetime, lead_point) in [(36_000, 32_400), (300, 240), (30, 15)] {
        let server = server(move |_, _| {
            json(
                200,
                format!(r#"{{"access_token":"T","expires_in":{lifetime}}}"#),
            )
        });
        let world = world(&server, "");
        world.connect("loop", &[]).unwrap();
        let call = || {
            wait(
                world
                    .connections
                    .send(get(&server.url("/api")).with_connection("loop")),
            )
            .unwrap()
        };
        world.clock.forward(lead_point - 1);
        assert!(!call().renewed);
        world.clock.forward(1);
        assert!(call().renewed);
        assert!(!call().renewed, "the new token is fresh");
        assert_eq!(token_requests(&server).len(), 2);
    }
}

#[test]
fn without_a_lifetime_a_token_is_used_until_it_is_refused() {
    let tokens = AtomicUsize::new(0);
    let server = Server::replying(move |seen, _| match seen.target.as_str() {
        "/token" => json(
            200,
            format!(
                r#"{{"access_token":"T{}"}}"#,
                tokens.fetch_add(1, Ordering::SeqCst)
            ),
        ),
        "/api" if seen.header("authorization") == Some("Bearer T0") => json(401, "{}"),
        _ => json(200, seen.header("authorization").unwrap_or_default()),
    });
    let world = world(&server, "");
    world.connect("loop", &[]).unwrap();
    world.clock.forward(40 * 365 * 24 * 3600);
    let reply = wait(
        world
            .connections
            .send(get(&server.url("/other")).with_connection("loop")),
    )
    .unwrap();
    assert_eq!(
        (reply.renewed, text(&reply.response).as_str()),
        (false, "Bearer T0")
    );
    let reply = wait(
        world
            .connections
            .send(get(&server.url("/api")).with_connection("loop")),
    )
    .unwrap();
    assert_eq!(
        (reply.renewed, text(&reply.response).as_str()),
        (true, "Bearer T1")
    );
}

#[test]
fn a_refused_token_is_renewed_once_and_the_second_answer_stands() {
    let server = Server::replying(move |seen, before| match seen.target.as_str() {
        "/token" => token(before),
        _ => json(401, r#"{"error":"still no"}"#),
    });
    let world = world(&server, "");
    world.connect("loop", &[]).unwrap();
    let reply = wait(
        world
            .connections
            .send(get(&server.url("/api")).with_connection("loop")),
    )
    .unwrap();
    assert_eq!(
        (reply.response.status().as_u16(), reply.renewed),
        (401, true)
    );
    assert_eq!(text(&reply.response), r#"{"error":"still no"}"#);
    let seen: Vec<String> = server
        .seen()
        .iter()
        .map(|seen| seen.target.clone())
        .collect();
    assert_eq!(seen, ["/token", "/api", "/token", "/api"]);
    assert_eq!(server.seen()[3].header("authorization"), Some("Bearer T2"));
}

#[test]
fn a_service_says_which_statuses_mean_expired() {
    let server = Server::replying(move |seen, before| match seen.target.as_str() {
        "/token" => token(before),
        "/forbidden" => json(403, "{}"),
        _ => json(401, "{}"),
    });
    let world = world(&server, "expired_statuses = [403]");
    world.connect("loop", &[]).unwrap();
    let call = |path: &str| {
        wait(
            world
                .connections
                .send(get(&server.url(path)).with_connection("loop")),
        )
        .unwrap()
    };
    assert!(!call("/unauthorised").renewed);
    let reply = call("/forbidden");
    assert_eq!(
        (reply.response.status().as_u16(), reply.renewed),
        (403, true)
    );
}

#[test]
fn unreadable_token_replies_are_named_without_their_values() {
    let huge = format!(
        r#"{{"access_token":"T","x":"{}"}}"#,
        "x".repeat(2 * 1024 * 1024)
    );
    for (status, kind, body, code, says) in [
        (
            200,
            "text/html",
            "<html><title>Sign  in\n</title>",
            "C0026",
            "200 text/html, title \"Sign in\"",
        ),
        (502, "text/html", "<html>", "C0010", "502"),
        (200, "application/json", "", "C0026", "an empty body"),
        (200, "application/json", "[1]", "C0026", "a list"),
        (
            200,
            "application/json",
            r#"{"result":"x","Token":"leaked"}"#,
            "C0026",
            "members result, Token",
        ),
        (
            200,
            "application/json",
            r#"{"access_token":12}"#,
            "C0026",
            "members access_token",
        ),
        (
            200,
            "application/json",
            "{\"access_token\":\"a\\nb\"}",
            "C0026",
            "characters",
        ),
        (302, "text/html", "", "C0026", "302"),
        (
            404,
            "text/html",
            "<html><title>Not found</title>",
            "C0026",
            "404 text/html",
        ),
        (200, "application/json", huge.as_str(), "C0013", "1 MiB"),
    ] {
        let body = body.to_owned();
        let server = server(move |_, _| {
            reply(
                status,
                &[("content-type", kind), ("location", "/elsewhere")],
                &body,
            )
        });
        let error = authorised_with(&server, "").unwrap_err();
        assert_eq!(error.code(), code, "{says}: {error}");
        assert!(
            error.message().contains(says),
            "expected {says}, found {error}"
        );
        assert!(!error.message().contains("leaked"));
        assert!(
            server.seen().iter().all(|seen| seen.target == "/token"),
            "a redirect was followed"
        );
    }
}

#[test]
fn a_refusal_while_connecting_names_the_error_and_keeps_the_state_honest() {
    for (status, body, more, code, says, state) in [
        (
            400,
            r#"{"error":"invalid_scope"}"#,
            "",
            "C0027",
            "invalid_scope",
            "failed",
        ),
        (
            400,
            r#"{"error":"invalid_request"}"#,
            "",
            "C0027",
            "invalid_request",
            "failed",
        ),
        (
            400,
            "error=unsupported_grant_type",
            "",
            "C0027",
            "unsupported_grant_type",
            "failed",
        ),
        (
            401,
            r#"{"error":"invalid_client"}"#,
            "",
            "C0027",
            "invalid_client",
            "failed",
        ),
        (401, "", "", "C0027", "invalid_client", "failed"),
        (401, "<html>", "", "C0027", "invalid_client", "failed"),
        (
            200,
            r#"{"error":"bad_code"}"#,
            "error_aliases = { bad_code = \"invalid_grant\" }",
            "C0027",
            "invalid_grant",
            "failed",
        ),
        (
            200,
            r#"{"ok":false,"error":"not_ready"}"#,
            "",
            "C0027",
            "not_ready",
            "failed",
        ),
        (200, r#"{"ok":false}"#, "", "C0027", "ok is false", "failed"),
        (
            400,
            r#"{"error":{"code":190,"message":"told"}}"#,
            "",
            "C0027",
            "190: told",
            "failed",
        ),
        (
            400,
            r#"{"error":{"type":"OAuthException"}}"#,
            "",
            "C0027",
            "OAuthException",
            "failed",
        ),
        (400, r#"{"errorCode":"E7"}"#, "", "C0027", "E7", "failed"),
        (400, r#"{"status":400}"#, "", "C0027", "400", "failed"),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"code\u0000 used"}"#,
            "",
            "C0027",
            "invalid_grant: code used",
            "failed",
        ),
        (
            400,
            r#"{"error":"server_error"}"#,
            "",
            "C0010",
            "server_error",
            "created",
        ),
        (
            429,
            r#"{"error":"slow"}"#,
            "",
            "C0010",
            "answered 429, 3 tries",
            "created",
        ),
        (503, "", "", "C0010", "answered 503, 3 tries", "created"),
        (
            500,
            r#"{"error":"invalid_grant"}"#,
            "",
            "C0010",
            "answered 500 (invalid_grant), 3 tries",
            "created",
        ),
        // Read where the token would stand.
        (
            200,
            r#"{"data":{"tok":{"error":"bad","error_description":"it is spent"}}}"#,
            "token_path = \"/data/tok\"\nerror_aliases = { bad = \"invalid_grant\" }",
            "C0027",
            "invalid_grant: it is spent",
            "failed",
        ),
        (
            400,
            r#"{"status":400,"data":{"error":"invalid_scope"}}"#,
            "token_path = \"/data\"",
            "C0027",
            "invalid_scope",
            "failed",
        ),
    ] {
        let body_ = body.to_owned();
        let server =
            server(move |_, _| reply(status, &[("content-type", "application/json")], &body_));
        let world = world(&server, more);
        let error = world.connect("loop", &[]).unwrap_err();
        assert_eq!(error.code(), code, "{body}: {error}");
        assert!(
            error.message().contains(says),
            "expected {says}, found {error}"
        );
        assert_eq!(world.status("loop"), state, "{body}");
    }
}

#[test]
fn a_server_that_echoes_a_secret_is_not_repeated() {
    let server = server(|seen, _| {
        let echo = format!(
            "{} {}",
            seen.body,
            seen.header("authorization").unwrap_or_default()
        );
        let body = format!(
            r#"{{"error":"invalid_request","error_description":"you sent {SECRET} and {}"}}"#,
            echo.replace('"', "")
        );
        json(400, body)
    });
    for way in ["basic", "body"] {
        let world = world(&server, &format!("client_auth = \"{way}\""));
        let error = world.connect("loop", &[]).unwrap_err();
        let told = format!(
            "{error} {error:?} {:?} {}",
            error.help(),
            world.last_error("loop")
        );
        assert!(told.contains("invalid_request"), "{told}");
        assert!(!told.contains(SECRET), "{told}");
        assert!(!told.contains("UExBTlRFRA"), "base64 of the secret: {told}");
    }
}

#[test]
fn a_client_authenticates_in_the_way_the_service_wants() {
    let server = server(|_, n| token(n));
    for (way, in_header, in_body) in [
        ("basic", true, false),
        ("body", false, true),
        ("none", false, false),
    ] {
        let world = world(&server, &format!("client_auth = \"{way}\""));
        world.client("looper", "my app:1", Some("p@ss w/+ü"));
        world.connect("loop", &[]).unwrap();
        let seen = token_requests(&server).pop().unwrap();
        let basic = "Basic bXkrYXBwJTNBMTpwJTQwc3MrdyUyRiUyQiVDMyVCQw==";
        assert_eq!(
            seen.header("authorization"),
            in_header.then_some(basic),
            "{way}"
        );
        assert_eq!(
            seen.body.contains("client_secret=p%40ss+w%2F%2B%C3%BC"),
            in_body,
            "{way}: {}",
            seen.body
        );
        assert_eq!(
            seen.body.contains("client_id=my+app%3A1"),
            way != "basic",
            "{way}: {}",
            seen.body
        );
        assert_eq!(seen.header("accept"), Some("application/json"));
    }
}

#[test]
fn auto_tries_the_other_way_once_and_keeps_what_worked() {
    let server = server(|seen, n| match seen.header("authorization") {
        Some(_) => json(401, r#"{"error":"invalid_client"}"#),
        None => json(
            200,
            format!(r#"{{"access_token":"T{n}","expires_in":100}}"#),
        ),
    });
    let world = world(&server, "");
    world.connect("loop", &[]).unwrap();
    assert_eq!(token_requests(&server).len(), 2);
    world.clock.forward(100);
    wait(
        world
            .connections
            .send(get(&server.url("/api")).with_connection("loop")),
    )
    .unwrap();
    let requests = token_requests(&server);
    assert_eq!(requests.len(), 3, "the way that worked was tried first");
    assert!(
        requests
            .iter()
            .all(|seen| seen.header("authorization").is_some()
                != seen.body.contains("client_secret"))
    );

    let stubborn = self::server(|_, _| json(401, r#"{"error":"invalid_client"}"#));
    let world = self::world(&stubborn, "");
    assert_eq!(world.connect("loop", &[]).unwrap_err().code(), "C0027");
    assert_eq!(token_requests(&stubborn).len(), 2);
}

#[test]
fn a_token_request_has_the_form_the_service_wants() {
    let server = server(|_, n| token(n));
    let more = "scopes = [{ name = \"a\" }, { name = \"b\" }]\nclient_auth = \"body\"\n";
    for (keys, target, body) in [
        (
            "",
            "/token",
            "grant_type=client_credentials&scope=a+b&client_id=my-client&client_secret=SECRET",
        ),
        (
            "scope_delimiter = \",\"",
            "/token",
            "grant_type=client_credentials&scope=a%2Cb&client_id=my-client&client_secret=SECRET",
        ),
        (
            "scope_delimiter = \"+\"",
            "/token",
            "grant_type=client_credentials&scope=a+b&client_id=my-client&client_secret=SECRET",
        ),
        (
            "scope_delimiter = \";\"\nscope_param = \"scopes\"",
            "/token",
            "grant_type=client_credentials&scopes=a%3Bb&client_id=my-client&client_secret=SECRET",
        ),
        (
            "client_id_param = \"client_key\"",
            "/token",
            "grant_type=client_credentials&scope=a+b&client_key=my-client&client_secret=SECRET",
        ),
        (
            "token_params = { grant_type = \"account_credentials\", scope = \"\", audience = \"x y\" }\nresource = \"https://r.example/\"",
            "/token",
            "client_id=my-client&client_secret=SECRET&resource=https%3A%2F%2Fr.example%2F&grant_type=account_credentials&audience=x+y",
        ),
        (
            "token_body = \"json\"",
            "/token",
            r#"{"grant_type":"client_credentials","scope":"a b","client_id":"my-client","client_secret":"SECRET"}"#,
        ),
        (
            "token_body = \"query\"\nscope_delimiter = \"+\"",
            "/token?grant_type=client_credentials&scope=a+b&client_id=my-client&client_secret=SECRET",
            "",
        ),
    ] {
        let world = world(
            &server,
            &format!("{more}{keys}\ntoken_headers = {{ x-api-version = \"7\" }}"),
        );
        world.scoped_connection("scoped", "looper", &["a", "b"]);
        world.connect("scoped", &[]).unwrap();
        let seen = token_requests(&server).pop().unwrap();
        assert_eq!(seen.target.replace(SECRET, "SECRET"), target);
        assert_eq!(seen.body.replace(SECRET, "SECRET"), body);
        assert_eq!(
            (seen.method.as_str(), seen.header("x-api-version")),
            ("POST", Some("7"))
        );
    }
}

#[test]
fn a_passing_failure_spares_a_token_that_is_still_valid() {
    let server = server(|_, n| {
        if n == 0 {
            json(200, r#"{"access_token":"T0","expires_in":1000}"#)
        } else {
            reply(503, &[], "")
        }
    });
    let world = world(&server, "");
    world.connect("loop", &[]).unwrap();
    let call = || {
        wait(
            world
                .connections
                .send(get(&server.url("/api")).with_connection("loop")),
        )
    };
    world.clock.forward(950);
    assert_eq!(text(&call().unwrap().response), "Bearer T0");
    assert_eq!(token_requests(&server).len(), 4, "one and three tries");
    assert_eq!(
        (
            world.status("loop").as_str(),
            world.last_error("loop").as_str()
        ),
        ("expired", "C0010")
    );
    world.clock.forward(50);
    let error = call().unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        ("C0010", "Looper: answered 503, 3 tries")
    );
    assert_eq!(world.status("loop"), "expired");
}

#[test]
fn a_long_retry_after_is_not_waited_for() {
    let server = server(|_, _| reply(429, &[("retry-after", "3600")], ""));
    let world = world(&server, "");
    let error = world.connect("loop", &[]).unwrap_err();
    assert!(error.message().contains("429, 1 try"), "{error}");
}

#[test]
fn a_refusal_while_renewing_needs_a_person_only_when_the_grant_is_gone() {
    for (body, code, state) in [
        (
            r#"{"error":"invalid_grant"}"#,
            "C0003",
            "needs_authorisation",
        ),
        (
            r#"{"error":"unauthorized_client"}"#,
            "C0003",
            "needs_authorisation",
        ),
        (
            r#"{"error":"access_denied"}"#,
            "C0003",
            "needs_authorisation",
        ),
        (r#"{"error":"invalid_client"}"#, "C0009", "expired"),
        (r#"{"error":"invalid_scope"}"#, "C0009", "expired"),
        (r#"{"odd":1}"#, "C0026", "expired"),
    ] {
        let body_ = body.to_owned();
        let server = server(move |_, n| match n {
            0 => json(200, r#"{"access_token":"T0","expires_in":1000}"#),
            _ if body_.contains("odd") => json(200, &body_),
            _ => json(400, &body_),
        });
        let world = world(&server, "client_auth = \"body\"");
        world.connect("loop", &[]).unwrap();
        world.clock.forward(1000);
        let call = || {
            wait(
                world
                    .connections
                    .send(get(&server.url("/api")).with_connection("loop")),
            )
        };
        let error = call().unwrap_err();
        assert_eq!(
            (error.code(), world.status("loop").as_str()),
            (code, state),
            "{body}: {error}"
        );
        if code == "C0003" {
            assert_eq!(call().unwrap_err().code(), "C0003");
            assert_eq!(
                token_requests(&server).len(),
                2,
                "nothing is asked for again"
            );
        }
        assert!(server.seen().iter().all(|seen| seen.target != "/api"));
    }
}

#[test]
fn a_401_whose_renewal_ends_the_authorisation_says_that_a_person_must_act() {
    let server = Server::replying(|seen, before| match (seen.target.as_str(), before) {
        ("/token", 0) => json(200, r#"{"access_token":"T0"}"#),
        ("/token", _) => json(400, r#"{"error":"invalid_grant"}"#),
        _ => json(401, "{}"),
    });
    let world = world(&server, "");
    world.connect("loop", &[]).unwrap();
    let error = wait(
        world
            .connections
            .send(get(&server.url("/api")).with_connection("loop")),
    )
    .unwrap_err();
    assert_eq!(error.code(), "C0003", "{error}");
    assert!(error.message().contains("invalid_grant"), "{error}");
}

#[test]
fn a_host_that_is_not_allowed_costs_no_token_request() {
    let server = server(|_, _| json(200, r#"{"access_token":"T","expires_in":1000}"#));
    let world = world(&server, "");
    world.connect("loop", &[]).unwrap();
    world.clock.forward(5000);
    let port = server.address.port();
    for (url, code) in [
        (server.other_url("/api"), "C0006"),
        (format!("http://127.0.0.1:{}/", port ^ 1), "C0006"),
        (format!("http://user@127.0.0.1:{port}/"), "C0006"),
        ("http://api.example.com/".to_owned(), "C0007"),
        ("https://127.0.0.1.evil.example/".to_owned(), "C0006"),
    ] {
        let error = wait(world.connections.send(get(&url).with_connection("loop"))).unwrap_err();
        assert_eq!(error.code(), code, "{url}: {error}");
    }
    assert_eq!(server.seen().len(), 1, "the first token and nothing else");
}

#[test]
fn sixteen_scripts_in_four_processes_cause_one_token_request() {
    let tokens = AtomicUsize::new(0);
    let server = Server::start(move |seen, _| {
        if seen.target != "/token" {
            return vec![Step::Send(json(
                200,
                seen.header("authorization").unwrap_or_default(),
            ))];
        }
        let n = tokens.fetch_add(1, Ordering::SeqCst);
        let slowly = if n == 0 {
            Duration::ZERO
        } else {
            Duration::from_millis(200)
        };
        vec![Step::Wait(slowly), Step::Send(token(n))]
    });
    let world = world(&server, "");
    world.connect("loop", &[]).unwrap();
    world.clock.forward(4000);
    // Each has its own registry connection and lock file handle, as a process has.
    let processes: Vec<_> = (0..4).map(|_| Arc::new(world.again())).collect();
    let start = Arc::new(Barrier::new(16));
    let scripts: Vec<_> = (0..16)
        .map(|n| {
            let (connections, start) = (Arc::clone(&processes[n % 4]), Arc::clone(&start));
            let url = server.url("/api");
            thread::spawn(move || {
                start.wait();
                text(
                    &wait(connections.send(get(&url).with_connection("loop")))
                        .unwrap()
                        .response,
                )
            })
        })
        .collect();
    for script in scripts {
        assert_eq!(script.join().unwrap(), "Bearer T1");
    }
    assert_eq!(token_requests(&server).len(), 2);
}

#[test]
fn a_lock_held_too_long_is_given_up() {
    let server = Server::start(|seen, before| match (seen.target.as_str(), before) {
        ("/token", 0) => vec![Step::Send(json(
            200,
            r#"{"access_token":"T","expires_in":100}"#,
        ))],
        ("/token", _) => vec![Step::Wait(Duration::from_secs(2)), Step::Send(token(1))],
        _ => vec![Step::Send(json(200, "{}"))],
    });
    let world = world(&server, "");
    world.connect("loop", &[]).unwrap();
    world.clock.forward(100);
    let other = world.again();
    let url = server.url("/api");
    let (holder_url, started) = (url.clone(), Arc::new(Barrier::new(2)));
    let seen_started = Arc::clone(&started);
    let holder = thread::spawn(move || {
        seen_started.wait();
        wait(other.send(get(&holder_url).with_connection("loop"))).map(|reply| reply.renewed)
    });
    started.wait();
    while token_requests(&server).len() < 2 {
        thread::yield_now();
    }
    let mut call = get(&url).with_connection("loop");
    call.limits = Some(freshet_connections::Limits {
        call: Duration::from_millis(100),
        ..world.limits()
    });
    let error = wait(world.connections.send(call)).unwrap_err();
    assert_eq!(error.code(), "C0016", "{error}");
    assert!(holder.join().unwrap().unwrap());
}

#[test]
fn fewer_scopes_than_asked_for_are_a_warning() {
    let server = server(|_, _| json(200, r#"{"access_token":"T","scope":"a"}"#));
    let world = world(&server, "scopes = [{ name = \"a\" }, { name = \"b\" }]");
    world.scoped_connection("scoped", "looper", &["a", "b"]);
    let connected = world.connect("scoped", &[]).unwrap();
    let codes: Vec<_> = connected
        .warnings
        .iter()
        .map(ConnectionError::code)
        .collect();
    assert_eq!(codes, ["C0035"]);
}

/// A call of the API with the connection `loop`.
fn call(world: &World, server: &Server) -> Result<String, ConnectionError> {
    let call = get(&server.url("/api")).with_connection("loop");
    wait(world.connections.send(call)).map(|reply| text(&reply.response))
}

#[test]
fn a_client_identifier_inside_an_error_word_changes_nothing_while_connecting() {
    for (id, error) in [
        ("client", "invalid_client"),
        ("scope", "invalid_scope"),
        ("t", "unsupported_grant_type"),
        // Not of the RFCs, and still no secret.
        ("shop", "shop_closed"),
    ] {
        let body = format!(r#"{{"error":"{error}","error_description":"for {id} alone"}}"#);
        let server = server(move |_, _| json(400, &body));
        let world = world(&server, "client_auth = \"body\"");
        world.client("looper", id, Some(SECRET));
        let refused = world.connect("loop", &[]).unwrap_err();
        assert_eq!(refused.code(), "C0027", "{refused}");
        assert!(refused.message().ends_with(error), "{refused}");
        if error == "invalid_client" {
            let help = refused.help().unwrap_or_default();
            assert!(help.contains("freshet service client"), "{help}");
        }
    }
}

#[test]
fn a_client_identifier_inside_an_error_word_does_not_keep_auto_from_the_other_way() {
    // At first the body is what works, later the header.
    let server = server(|seen, n| match (seen.header("authorization"), n) {
        (Some(_), 0) | (None, 2) => json(400, r#"{"error":"invalid_client"}"#),
        _ => json(
            200,
            format!(r#"{{"access_token":"T{n}","expires_in":100}}"#),
        ),
    });
    let world = world(&server, "");
    world.client("looper", "client", Some(SECRET));
    world.connect("loop", &[]).unwrap();
    world.clock.forward(100);
    assert_eq!(call(&world, &server).unwrap(), "Bearer T3");
    assert_eq!(token_requests(&server).len(), 4);
}

#[test]
fn a_client_identifier_inside_an_error_word_changes_nothing_while_renewing() {
    let server = server(|_, n| match n {
        0 => json(200, r#"{"access_token":"T0","expires_in":1000}"#),
        _ => json(400, r#"{"error":"invalid_grant"}"#),
    });
    let world = world(&server, "client_auth = \"body\"");
    world.client("looper", "grant", Some(SECRET));
    world.connect("loop", &[]).unwrap();
    world.clock.forward(1000);
    let error = call(&world, &server).unwrap_err();
    assert_eq!(error.code(), "C0003", "{error}");
    assert!(error.message().contains("invalid_grant"), "{error}");
    assert_eq!(world.status("loop"), "needs_authorisation");
}

#[test]
fn a_user_name_inside_an_error_word_changes_nothing() {
    let server = server(|_, n| match n {
        0 => json(200, r#"{"access_token":"T0","expires_in":1000}"#),
        _ => json(400, r#"{"error":"unauthorized_client"}"#),
    });
    let world = World::new();
    let definition = format!(
        "name = \"Looper\"\nscheme = \"oauth2\"\ngrant_types = [\"password\"]\n\
         token_url = \"{}\"\nhosts = [\"{}\"]\n",
        server.url("/token"),
        server.address
    );
    world.service("looper", &definition);
    world.client("looper", "my-client", Some(SECRET));
    let new = NewConnection {
        link_name: "loop".to_owned(),
        service: "looper".to_owned(),
        fields: [("username".to_owned(), "u".to_owned())].into(),
        allow_password_grant: true,
        ..NewConnection::default()
    };
    world.connections.create(new).unwrap();
    world
        .connect("loop", &[("password", "correct horse")])
        .unwrap();
    world.clock.forward(1000);
    let error = call(&world, &server).unwrap_err();
    assert_eq!(error.code(), "C0003", "{error}");
    assert_eq!(world.status("loop"), "needs_authorisation");
}

#[test]
fn a_value_the_token_brings_may_hold_the_client_identifier_and_no_secret() {
    for (told, connects) in [("acme.example.com", true), ("s3cret.example.com", false)] {
        let server = server(move |_, _| {
            json(
                200,
                format!(r#"{{"access_token":"T0","instance":"{told}","also":"fixed"}}"#),
            )
        });
        let world = World::new();
        let definition = format!(
            "name = \"Looper\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
             token_url = \"{}\"\nhosts = [\"{{inst}}\"]\nclient_auth = \"body\"\n\
             token_params = {{ also = \"fixed\" }}\nheaders = {{ x-also = \"{{also}}\" }}\n\
             fields = [{{ name = \"inst\", title = \"Instance\", from = \"token:/instance\", \
             pattern = \"[a-z0-9]+\\\\.example\\\\.com\" }}, \
             {{ name = \"also\", title = \"Also\", from = \"token:/also\" }}]\n",
            server.url("/token"),
        );
        world.service("looper", &definition);
        world.client("looper", "acme", Some("s3cret"));
        world.connection("loop", "looper", &[]);
        let outcome = world.connect("loop", &[]);
        if connects {
            outcome.unwrap();
            let hosts = world.connections.show("loop").unwrap().hosts;
            assert_eq!(hosts, ["acme.example.com"]);
        } else {
            assert_eq!(outcome.unwrap_err().code(), "C0038");
        }
    }
}

#[test]
fn a_granted_scope_may_hold_the_client_identifier() {
    let server = server(|_, _| json(200, r#"{"access_token":"T","scope":"acme.write"}"#));
    let world = world(
        &server,
        "client_auth = \"body\"\nscopes = [{ name = \"read\" }, { name = \"acme.write\" }]",
    );
    world.client("looper", "acme", Some(SECRET));
    world.scoped_connection("scoped", "looper", &["read", "acme.write"]);
    let connected = world.connect("scoped", &[]).unwrap();
    let codes = connected.warnings.iter().map(ConnectionError::code);
    assert_eq!(codes.collect::<Vec<_>>(), ["C0035"]);
    let granted = world.connections.show("scoped").unwrap().scopes_granted;
    assert_eq!(granted, Some(vec!["acme.write".to_owned()]));
}

#[test]
fn a_secret_inside_a_known_error_word_of_a_callback_changes_nothing() {
    let server = server(|_, n| token(n));
    let world = World::new();
    let definition = format!(
        "name = \"Looper\"\nscheme = \"oauth2\"\nauthorize_url = \"{}\"\ntoken_url = \"{}\"\n\
         hosts = [\"{}\"]\n",
        server.url("/authorize"),
        server.url("/token"),
        server.address
    );
    world.service("looper", &definition);
    world.client("looper", "my-client", Some("scope"));
    world.connection("loop", "looper", &[]);
    let connections = &world.connections;
    let started = wait(connections.start_authorization("loop", &StartOptions::default())).unwrap();
    let (_, rest) = started.address.split_once("state=").unwrap();
    let state = rest.split('&').next().unwrap();
    let answer = SecretString::from(format!("error=invalid_scope&state={state}"));
    let error =
        wait(connections.finish_authorization(Some("loop"), &answer, None, true)).unwrap_err();
    assert_eq!(error.code(), "C0024", "{error}");
    assert!(error.message().contains("invalid_scope"), "{error}");
}
