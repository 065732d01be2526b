//! OAuth 1.0 without consent: what is signed, what a redirect takes along, and clocks that differ.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::server::{Seen, Server, json, redirect, reply};
use common::{NOON, World, get, post, text, wait};
use freshet_connections::validate_service;

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
