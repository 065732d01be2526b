//! Giving tokens back: whatever the service answers, nothing of them stays here.

use crate::services::OAuth2Provider;
use crate::services::oauth2_provider::{Revocation, Rules};
use crate::support::place::{Outcome, Place};
use crate::support::server::{Reply, Server};

/// A connection `crm`, authorised by code: it has an access token and a refresh token.
fn authorised(revocation: Revocation) -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::with(Rules {
        revocation,
        ..Rules::default()
    });
    let place = Place::new();
    place.add_service(
        "shop",
        &provider.definition("Shop", &["authorization_code"], ""),
    );
    place.add_client("shop", "freshet-client", "freshet-secret");
    place.add("crm", "shop", &["--scope", "read"]).ok();
    place.authorise("crm", &provider).ok();
    (provider, place)
}

fn revoke(place: &Place, more: &[&str]) -> Outcome {
    place.run(&[&["connection", "revoke", "crm", "--yes"][..], more].concat())
}

/// The tokens that were given back, with their hints, in order.
fn given_back(provider: &OAuth2Provider) -> Vec<String> {
    let requests = provider.requests("/revoke");
    requests
        .iter()
        .map(crate::support::server::Request::text)
        .collect()
}

const REFRESH: &str = "token=tok-refresh-1&token_type_hint=refresh_token";
const ACCESS: &str = "token=tok-access-1&token_type_hint=access_token";

/// Nothing of its tokens is left, everything else is.
#[track_caller]
fn tokens_are_gone(place: &Place) {
    let shown = place.shown("crm");
    assert_eq!(shown["status"], "needs_authorisation");
    assert_eq!(shown["reason"], "revoked");
    assert_eq!(shown["scopes_requested"], serde_json::json!(["read"]));
    assert_eq!(shown["client"], "default");
    for name in ["expires_at", "refresh_expires_at", "scopes_granted"] {
        assert_eq!(shown[name], serde_json::Value::Null, "{name}");
    }
    let registry = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    let left: i64 = registry
        .query_row(
            "SELECT count(*) FROM credential WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL
               OR previous_refresh_token IS NOT NULL OR token_secret IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 0);
    place.call("crm", "http://127.0.0.1:1/").fails(
        4,
        &[
            "`crm` must be authorised again: its tokens were revoked, 20",
            "C0003",
        ],
    );
    let listed = place.run(&["connection", "list"]).ok();
    assert!(
        listed.err.contains("crm was revoked on 20"),
        "{}",
        listed.err
    );
}

/// The last entry of the log about it.
#[track_caller]
fn audited(place: &Place) -> (String, String) {
    let log = place
        .run(&["connection", "log", "crm", "--json"])
        .ok()
        .json();
    let last = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .rfind(|entry| entry["action"] == "revoke");
    let last = last.expect("an entry");
    let text = |name: &str| last[name].as_str().unwrap_or_default().to_owned();
    (text("action"), text("outcome"))
}

#[test]
fn check_68_both_tokens_are_given_back_refresh_token_first() {
    let (provider, place) = authorised(Revocation::Obeyed);
    let revoked = revoke(&place, &["--json"]).ok().quietly().json();
    assert_eq!(
        revoked["revoked"],
        serde_json::json!({ "access": true, "refresh": true })
    );
    assert_eq!(revoked["connection"]["reason"], "revoked");
    assert_eq!(given_back(&provider), [REFRESH, ACCESS]);
    let request = &provider.requests("/revoke")[0];
    assert!(
        request
            .header("authorization")
            .is_some_and(|value| value.starts_with("Basic "))
    );
    assert_eq!(provider.good_tokens(), Vec::<String>::new());
    assert_eq!(provider.faults(), []);
    tokens_are_gone(&place);
    assert_eq!(audited(&place), ("revoke".to_owned(), "ok".to_owned()));
    // Once more: there is nothing left to give back.
    revoke(&place, &[]).ok();
    assert_eq!(given_back(&provider).len(), 2);
    // Connected anew it works again.
    place.authorise("crm", &provider).ok();
    place
        .call("crm", &provider.server.url("/me"))
        .ok()
        .prints("200\n");
}

#[test]
fn check_68_a_service_in_trouble_is_a_warning_and_the_tokens_are_gone() {
    for (revocation, code) in [
        (Revocation::Status(503), "C0010"),
        (Revocation::Status(400), "C0027"),
    ] {
        let (provider, place) = authorised(revocation);
        let revoked = revoke(&place, &[]).ok();
        assert!(
            revoked.err.contains(&format!("({code})")),
            "{}",
            revoked.err
        );
        assert!(revoked.out.contains("deleted here only"), "{}", revoked.out);
        assert_eq!(given_back(&provider), [REFRESH, ACCESS]);
        tokens_are_gone(&place);
        assert_eq!(audited(&place).1, code);
    }
}

#[test]
fn check_68_local_tells_the_service_nothing() {
    let (provider, place) = authorised(Revocation::Obeyed);
    revoke(&place, &["--local"])
        .ok()
        .prints("Revoked crm: its tokens were deleted here only.\n");
    assert_eq!(given_back(&provider), Vec::<String>::new());
    assert_eq!(provider.good_tokens(), ["tok-access-1"]);
    tokens_are_gone(&place);
    assert_eq!(audited(&place).1, "local");
}

#[test]
fn a_service_that_takes_one_kind_of_token_is_given_that_one() {
    for (revocation, refresh) in [
        (Revocation::RefreshOnly, true),
        (Revocation::AccessOnly, false),
    ] {
        let (provider, place) = authorised(revocation);
        let revoked = revoke(&place, &["--json"]).ok().quietly().json();
        let expected = serde_json::json!({ "access": !refresh, "refresh": refresh });
        assert_eq!(revoked["revoked"], expected);
        assert_eq!(given_back(&provider), [REFRESH, ACCESS]);
        tokens_are_gone(&place);
    }
}

#[test]
fn without_an_address_for_it_the_person_is_told_to_end_it_there() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let definition = provider.definition("Shop", &["client_credentials"], "");
    let revoke_url = format!("revoke_url = \"{}\"\n", provider.server.url("/revoke"));
    place.add_service("shop", &definition.replace(&revoke_url, ""));
    place.add_client("shop", "freshet-client", "freshet-secret");
    place
        .add("crm", "shop", &["--scope", "read", "--connect"])
        .ok();
    let revoked = revoke(&place, &[]).ok();
    assert!(
        revoked.err.contains("Shop cannot be told"),
        "{}",
        revoked.err
    );
    tokens_are_gone(&place);
    // Its first request could be made again, but somebody ended it: nothing asks for a token now.
    place
        .run(&["connection", "verify", "--all"])
        .fails(4, &["its tokens were revoked"]);
    assert_eq!(provider.asked(), 1);
    place.run(&["connection", "reconnect", "crm"]).ok();
    assert_eq!(place.status("crm"), "authorised");
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let (provider, place) = authorised(Revocation::Obeyed);
    place
        .run(&["connection", "revoke", "crm"])
        .fails(4, &["--yes", "End the access of crm?", "C0029"]);
    assert_eq!(given_back(&provider), Vec::<String>::new());
    place
        .run(&["connection", "revoke", "none", "--yes"])
        .fails(2, &["C0001"]);
    place.add("new", "shop", &[]).ok();
    place
        .run(&["connection", "revoke", "new", "--yes"])
        .fails(4, &["was never authorised", "C0002"]);
}

/// What was only ever denied has nothing to end, and its next step stays what it was.
#[test]
fn what_was_never_given_is_not_revoked() {
    let (provider, place) = authorised(Revocation::Obeyed);
    place.add("new", "shop", &["--scope", "read"]).ok();
    let answer = provider.deny(&place.start("new"));
    place.finish("new", &answer).fails(4, &["C0023"]);
    place
        .run(&["connection", "revoke", "new", "--yes"])
        .fails(4, &["`new` could not be authorised", "denied", "C0005"]);
    assert_eq!(place.status("new"), "failed (denied)");
    assert_eq!(given_back(&provider), Vec::<String>::new());
}

#[test]
fn removing_can_revoke_first() {
    let (provider, place) = authorised(Revocation::Obeyed);
    place
        .run(&["connection", "remove", "crm", "--revoke", "--yes"])
        .ok()
        .prints("Removed crm.\n");
    assert_eq!(given_back(&provider), [REFRESH, ACCESS]);
    place
        .run(&["connection", "show", "crm"])
        .fails(2, &["C0001"]);
}

#[test]
fn the_refresh_token_of_an_earlier_grant_does_not_outlive_it() {
    let (provider, place) = authorised(Revocation::Obeyed);
    // The second consent brings no refresh token: the first one belongs to another grant.
    provider.change(|rules| rules.refresh = false);
    place.authorise("crm", &provider).ok();
    provider.expire_access();
    let asked = provider.asked();
    place
        .call("crm", &provider.server.url("/me"))
        .ok()
        .prints("401\n");
    assert_eq!(provider.asked(), asked, "nothing is left to renew it with");
}

/// The endpoint that gives back may want the client in another way than the one that gives.
#[test]
fn the_other_way_to_prove_the_client_is_tried_here_too() {
    let server = Server::start(|request| {
        let in_header = request.header("authorization").is_some();
        match request.path() {
            "/token" if in_header => Reply::json(
                r#"{"access_token":"tok","refresh_token":"again","token_type":"Bearer"}"#,
            ),
            "/revoke" if !in_header && request.text().contains("client_secret=s3cret") => {
                Reply::new(200, "", "")
            }
            "/me" => Reply::json("{}"),
            _ => Reply::new(401, "application/json", r#"{"error":"invalid_client"}"#),
        }
    });
    let url = |path: &str| server.url(path);
    let place = Place::new();
    place.add_service(
        "shop",
        &format!(
            "name = \"Shop\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
             token_url = \"{}\"\nrevoke_url = \"{}\"\nhosts = [\"{}\"]\nverify = \"GET {}\"\n",
            url("/token"),
            url("/revoke"),
            server.host(),
            url("/me")
        ),
    );
    place.add_client("shop", "abc", "s3cret");
    place.add("crm", "shop", &["--connect"]).ok();
    let revoked = revoke(&place, &["--json"]).ok().quietly().json();
    assert_eq!(
        revoked["revoked"],
        serde_json::json!({ "access": true, "refresh": true })
    );
}
