//! OAuth 1.0: what is signed, what a redirect takes along, clocks that differ, and the three legs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::server::{Seen, Server, json, redirect, reply};
use common::{NOON, World, get, post, text, wait};
use freshet_connections::{ConnectionError, Consent, Finished, StartOptions, validate_service};
use secrecy::SecretString;

/// Planted as secrets of client and token.
const SECRET: &str = "PLANTEDsecretXYZQWERTYUIOP";

fn world(server: &Server, keys: &str) -> World {
    let world = World::new();
    world.service(
        "photos",
        &format!(
            "name = \"Photos\"\nscheme = \"oauth1\"\n{keys}\nhosts = [\"{0}\"]\nverify = \"GET http://{0}/me\"\n",
            server.address
        ),
    );
    world.client("photos", "client", Some(SECRET));
    world.connection("photos", "photos", &[]);
    world
}

fn entered(server: &Server, keys: &str) -> World {
    let world = world(server, &format!("legs = \"entered\"\n{keys}"));
    let secrets = [("token", "the-token"), ("token_secret", SECRET)];
    world.connect("photos", &secrets).unwrap();
    world
}

/// A parameter of the header with a signature.
fn parameter<'s>(seen: &'s Seen, name: &str) -> Option<&'s str> {
    let header = seen.header("authorization")?.strip_prefix("OAuth ")?;
    let mut pairs = header.split(", ").filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.trim_matches('"'))
}

/// A reply that says what time it is for the service.
fn refusing(status: u16, seconds: i64, body: &str) -> Vec<u8> {
    let date = jiff_date(seconds);
    reply(status, &[("date", &date)], body)
}

/// 2026-11-24 12:00 GMT and so many seconds, as HTTP writes it.
fn jiff_date(seconds: i64) -> String {
    let (hour, rest) = (12 + seconds.div_euclid(3600), seconds.rem_euclid(3600));
    let (minute, second) = (rest / 60, rest % 60);
    format!("Tue, 24 Nov 2026 {hour:02}:{minute:02}:{second:02} GMT")
}

#[test]
fn two_legs_and_entered_tokens_connect_without_a_person() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let two = world(&server, "legs = \"two\"");
    two.connect("photos", &[]).unwrap();
    assert_eq!(two.status("photos"), "authorised");
    let verified = server.seen().pop().unwrap();
    assert_eq!(parameter(&verified, "oauth_consumer_key"), Some("client"));
    assert_eq!(parameter(&verified, "oauth_token"), None);

    let entered = entered(&server, "realm = \"photos\"");
    let verified = server.seen().pop().unwrap();
    assert_eq!(parameter(&verified, "oauth_token"), Some("the-token"));
    assert_eq!(parameter(&verified, "realm"), Some("photos"));
    let call = post(&server.url("/photos"), "application/json", "{}");
    wait(entered.connections.send(call.with_connection("photos"))).unwrap();
    for seen in server.seen() {
        assert!(!seen.text().contains(SECRET), "{}", seen.text());
    }
}

#[test]
fn a_refused_credential_is_not_stored() {
    let server = Server::replying(|_, _| json(401, "{}"));
    let world = world(&server, "legs = \"two\"");
    let error = world.connect("photos", &[]).unwrap_err();
    assert_eq!(error.code(), "C0034");
    assert_eq!(world.status("photos"), "failed");
}

#[test]
fn a_redirect_is_signed_again_on_the_same_host_and_unsigned_elsewhere() {
    let server = Server::start(|seen, _| {
        let host = seen.header("host").unwrap().to_owned();
        let port = host.rsplit(':').next().unwrap().to_owned();
        let bytes = match seen.target.split('?').next().unwrap() {
            "/same" => redirect(307, "/end?b=2"),
            "/other" => redirect(307, &format!("http://localhost:{port}/end")),
            _ => json(200, "{}"),
        };
        vec![common::server::Step::Send(bytes)]
    });
    for place in ["header", "query"] {
        let world = entered(&server, &format!("param_type = \"{place}\""));
        let sent = |path: &str| {
            let before = server.seen().len();
            let call = get(&server.url(path)).with_connection("photos");
            let reply = wait(world.connections.send(call)).unwrap();
            assert!(!reply.address.contains("oauth_"), "{}", reply.address);
            server.seen().split_off(before)
        };
        let is_signed = |seen: &Seen| seen.text().contains("oauth_signature");
        let nonce = |seen: &Seen| {
            let text = seen.text();
            let (_, rest) = text.split_once("oauth_nonce=").unwrap();
            rest.trim_matches(['"', '\\'])[..30].to_owned()
        };
        let same = sent("/same");
        assert!(same.len() == 2 && same.iter().all(is_signed), "{same:?}");
        assert_ne!(nonce(&same[0]), nonce(&same[1]));
        let other = sent("/other");
        assert_eq!(other.len(), 2);
        assert!(
            is_signed(&other[0]) && !other[1].text().contains("oauth_"),
            "{other:?}"
        );
    }
}

#[test]
fn a_clock_an_hour_off_is_corrected_once() {
    for (status, body) in [(401, ""), (400, "oauth_problem=timestamp_refused")] {
        let server = Server::replying(move |seen, _| {
            let named: i64 = parameter(seen, "oauth_timestamp").unwrap().parse().unwrap();
            let there = NOON / 1000 + 3600;
            if (named - there).abs() < 300 {
                json(200, "{}")
            } else {
                refusing(status, 3600, body)
            }
        });
        let world = entered(&server, "");
        assert_eq!(server.seen().len(), 2, "{status}");
        // What was learnt holds for the calls after it.
        let call = get(&server.url("/photos")).with_connection("photos");
        let reply = wait(world.connections.send(call)).unwrap();
        assert_eq!(reply.response.status(), 200);
        assert_eq!(server.seen().len(), 3, "{status}");
    }
}

#[test]
fn a_refusal_for_another_reason_is_not_repeated() {
    let server = Server::replying(|seen, before| match (seen.target.as_str(), before) {
        ("/me", _) => json(200, "{}"),
        ("/date", _) => refusing(401, 60, ""),
        ("/always", _) => refusing(401, 3600, ""),
        _ => reply(401, &[], ""),
    });
    let world = entered(&server, "");
    for (path, requests) in [("/date", 1), ("/none", 1), ("/always", 2)] {
        let before = server.seen().len();
        let call = get(&server.url(path)).with_connection("photos");
        let reply = wait(world.connections.send(call)).unwrap();
        assert_eq!(reply.response.status(), 401);
        assert_eq!(server.seen().len() - before, requests, "{path}");
        assert_eq!(text(&reply.response), "");
    }
    assert_eq!(world.last_error("photos"), "C0034");
    assert_eq!(world.status("photos"), "authorised");
}

#[test]
fn plaintext_is_never_sent_over_http() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let world = world(&server, "legs = \"two\"\nsignature_method = \"PLAINTEXT\"");
    let error = world.connect("photos", &[]).unwrap_err();
    assert_eq!(error.code(), "C0007");
    assert!(server.seen().is_empty());
}

#[test]
fn own_fields_must_hold_what_signatures_need() {
    let document = "name = \"Photos\"\nscheme = \"oauth1\"\nhosts = [\"api.example.com\"]\n\
        legs = \"entered\"\nsignature_method = \"RSA-SHA1\"\nrealm = \"{account}\"\n\
        fields = [{ name = \"account\", title = \"Account\" }, { name = \"token\", title = \"Token\", secret = true },\n\
        { name = \"private_key\", title = \"Key\", secret = true }]\n";
    let faults: Vec<String> = validate_service("photos.toml", document)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(
        faults[0].contains("expected the field `token_secret` for legs = \"entered\""),
        "{faults:?}"
    );
    assert!(
        faults[1].contains("`private_key` for RSA-SHA1: with secret = true and from = \"client\""),
        "{faults:?}"
    );
}

/// The keys of a service with three legs.
fn three_legs(server: &Server, more: &str) -> World {
    let keys = format!(
        "request_token_url = \"http://{0}/request\"\nauthorize_url = \"http://{0}/consent?lang=en\"\n\
         token_url = \"http://{0}/token\"\n{more}",
        server.address
    );
    world(server, &keys)
}

/// A service that gives out one token.
fn giving(confirmed: &'static str) -> Server {
    Server::replying(move |seen, _| match seen.target.as_str() {
        "/request" => {
            let form = format!("oauth_token=temp%2B1&oauth_token_secret={SECRET}{confirmed}");
            reply(200, &[("content-type", "text/html")], form)
        }
        "/token" => {
            let form = format!("oauth_token=token&oauth_token_secret={SECRET}&user=ada");
            reply(200, &[], form)
        }
        _ => json(200, "{}"),
    })
}

const CONFIRMED: &str = "&oauth_callback_confirmed=true";

fn start(world: &World) -> Result<String, ConnectionError> {
    let options = StartOptions::default();
    let started = world.connections.start_authorization("photos", &options);
    wait(started).map(|started| started.address)
}

fn finish(world: &World, answer: &str) -> Result<Finished, ConnectionError> {
    let answer = SecretString::from(answer);
    let finished = world
        .connections
        .finish_authorization(Some("photos"), &answer, None, true);
    wait(finished)
}

#[test]
fn three_legs_lead_to_a_token_that_requests_are_signed_with() {
    let server = giving(CONFIRMED);
    let world = three_legs(
        &server,
        "scopes = [{ name = \"read\", default = true }, { name = \"write\", default = true }]\n\
         scope_delimiter = \"comma\"\nauthorize_params = { name = \"My app\" }\ntoken_params = { x = \"1\" }\n\
         fields = [{ name = \"user\", title = \"User\", from = \"token:/user\" }]\nheaders = { x-user = \"{user}\" }",
    );
    assert_eq!(
        world.connections.consent("photos").unwrap(),
        Consent::Browser
    );
    let address = start(&world).unwrap();
    let expected = "/consent?lang=en&oauth_token=temp%2B1&scope=read%2Cwrite&name=My%20app";
    assert_eq!(address, server.url(expected));
    let asked = server.seen().pop().unwrap();
    assert_eq!(
        (asked.method.as_str(), asked.body.as_str()),
        ("POST", "x=1")
    );
    let callback = parameter(&asked, "oauth_callback").unwrap();
    assert_eq!(callback, "http%3A%2F%2F127.0.0.1%3A8713%2Fcallback");

    let answer = "http://127.0.0.1:8713/callback?oauth_token=temp%2B1&oauth_verifier=v%20r";
    finish(&world, answer).unwrap();
    let seen = server.seen();
    let (token, verified) = (&seen[1], &seen[2]);
    assert_eq!(parameter(token, "oauth_token"), Some("temp%2B1"));
    assert_eq!(parameter(token, "oauth_verifier"), Some("v%20r"));
    assert_eq!(parameter(verified, "oauth_token"), Some("token"));
    assert_eq!(verified.header("x-user"), Some("ada"));
    assert_eq!(world.status("photos"), "authorised");
    // An answer counts once, and another process knows the token.
    assert_eq!(finish(&world, answer).unwrap_err().code(), "C0022");
    let call = get(&server.url("/photos")).with_connection("photos");
    wait(world.again().send(call)).unwrap();
    let used = server.seen().pop().unwrap();
    assert_eq!(parameter(&used, "oauth_token"), Some("token"));
}

#[test]
fn what_is_no_right_answer_brings_no_token() {
    for unconfirmed in ["", "&oauth_callback_confirmed=false"] {
        let world = three_legs(&giving(unconfirmed), "");
        assert_eq!(start(&world).unwrap_err().code(), "C0032");
    }
    for (answer, code, status) in [
        ("oauth_token=other&oauth_verifier=v", "C0033", "created"),
        ("oauth_verifier=v", "C0033", "created"),
        ("oauth_token=temp%2B1", "C0033", "failed"),
        ("denied=temp%2B1", "C0023", "failed"),
        (
            "oauth_token=temp%2B1&oauth_problem=user_refused",
            "C0023",
            "failed",
        ),
        ("oauth_token=temp%2B1&oauth_problem=odd", "C0024", "failed"),
    ] {
        let server = giving(CONFIRMED);
        let world = three_legs(&server, "");
        start(&world).unwrap();
        let error = finish(&world, answer).unwrap_err();
        assert_eq!(error.code(), code, "{answer} {error}");
        assert_eq!(world.status("photos"), status, "{answer}");
        assert_eq!(server.seen().len(), 1, "{answer}");
    }
}

#[test]
fn a_refusal_is_told_by_its_problem_its_status_or_its_words() {
    let html: &[_] = &[("content-type", "text/html")];
    for (status, headers, body, code, told) in [
        (401, &[][..], "", "C0027", "status 401"),
        (
            401,
            &[],
            "oauth_problem=signature_invalid",
            "C0027",
            "signature_invalid",
        ),
        (400, &[], "Unknown app", "C0027", "status 400: Unknown app"),
        (403, html, "<h1>no</h1>", "C0027", "status 403"),
        (
            401,
            &[],
            r#"{"errors":[{"message":"Who?"}]}"#,
            "C0027",
            "Who?",
        ),
        (400, &[], SECRET, "C0027", "status 400"),
        (503, &[], "", "C0010", "503"),
        (
            200,
            html,
            "<title>Sign in</title>",
            "C0026",
            "title \"Sign in\"",
        ),
        (302, &[], "", "C0026", "302"),
        (200, &[], "oauth_token=t", "C0026", "members oauth_token"),
    ] {
        let server = Server::replying(move |_, _| reply(status, headers, body));
        let world = three_legs(&server, "");
        let error = start(&world).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains(told), "{error}");
        assert!(!error.message().contains(SECRET), "{error}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_secret_inside_a_known_problem_changes_nothing() {
    let server = Server::replying(|_, _| reply(401, &[], "oauth_problem=signature_invalid"));
    let world = three_legs(&server, "");
    world.client("photos", "client", Some("signature"));
    let error = start(&world).unwrap_err();
    assert_eq!(error.code(), "C0027", "{error}");
    assert!(error.message().contains("signature_invalid"), "{error}");
    let help = error.help().unwrap_or_default();
    assert!(help.contains("freshet service client"), "{help}");
}

#[test]
fn a_temporary_token_given_out_again_belongs_to_the_newest_start() {
    let server = giving(CONFIRMED);
    let world = three_legs(&server, "");
    start(&world).unwrap();
    start(&world).unwrap();
    let answer = "oauth_token=temp%2B1&oauth_verifier=v";
    finish(&world, answer).unwrap();
    // Nor does one that has ended stand in the way of another connection.
    world.connection("others", "photos", &[]);
    let begin = |link: &str| {
        let options = StartOptions::default();
        wait(world.connections.start_authorization(link, &options)).map(drop)
    };
    begin("others").unwrap();
    // One under way does.
    let error = begin("photos").unwrap_err();
    assert_eq!(error.code(), "C0026", "{error}");
    assert!(error.message().contains("Photos"), "{error}");
}
