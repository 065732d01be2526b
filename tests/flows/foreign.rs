//! The same flows against servers that others wrote.

use serde_json::json;

use crate::services::{ForeignOAuth1, ForeignOAuth2};
use crate::support::place::{Place, feed};
use crate::support::terminal::Terminal;
use crate::{finish, start};

const REDIRECT: &str = "http://127.0.0.1:8713/callback";

/// A place with a service and its client for one grant of django-oauth-toolkit.
fn django(server: &ForeignOAuth2, grant: &str, more: &str) -> Place {
    let place = Place::new();
    place.add_service("django", &server.definition("Django", grant, more));
    place.add_client(
        "django",
        ForeignOAuth2::client(grant),
        ForeignOAuth2::SECRET,
    );
    place.add("team", "django");
    place
}

#[test]
fn django_oauth_toolkit_authorises_by_code_and_renews() {
    let Some(server) = ForeignOAuth2::start(REDIRECT) else {
        return;
    };
    let place = django(&server, "authorization_code", "");
    let answer = server.deny(&start(&place, "team"));
    finish(&place, "team", &answer).fails(4, &["C0023"]);
    // A denial says no `iss`, although the metadata announce it; consents do.
    let issuer = format!("issuer = \"{}\"\n", server.issuer());
    let place = django(&server, "authorization_code", &issuer);
    let answer = server.consent(&start(&place, "team"));
    let connected = finish(&place, "team", &answer).ok();
    assert!(
        connected.out.contains(ForeignOAuth2::ACCOUNT),
        "{}",
        connected.out
    );
    finish(&place, "team", &answer).fails(4, &["C0022"]);
    let me = server.url("/api/me");
    place.call("team", &me).ok().prints("200\n");
    // Two renewals, since the refresh token of the first is another one: a spent one would end the family.
    for _ in 0..2 {
        server.expire_access();
        place.call("team", &me).ok().prints("200\n");
    }
    assert_eq!(server.good_tokens(), (1, 1));
    a_spent_refresh_token(&server, &place);
    finish(&place, "team", &server.consent(&start(&place, "team"))).ok();
    is_given_back(&server, &place);
}

/// A registry that is put back knows the refresh token from before a renewal: the server refuses it, ends what came of
/// the consent, and a person is asked.
fn a_spent_refresh_token(server: &ForeignOAuth2, place: &Place) {
    let me = server.url("/api/me");
    let before = place.path("before.db");
    let copy = before.to_str().unwrap();
    place.run(&["registry", "backup", "--output", copy]).ok();
    server.expire_access();
    place.call("team", &me).ok().prints("200\n");
    std::fs::copy(&before, place.data("registry.db")).unwrap();
    for beside in ["registry.db-wal", "registry.db-shm"] {
        let _ = std::fs::remove_file(place.data(beside));
    }
    // The access token of then was ended; that of the renewal stands at the server alone.
    place
        .call("team", &me)
        .fails(4, &["C0003", "invalid_grant"])
        .prints("");
    assert_eq!(server.good_tokens(), (0, 0), "it was used twice");
}

/// Revoking leaves no token at the server that may be used.
fn is_given_back(server: &ForeignOAuth2, place: &Place) {
    assert_eq!(server.good_tokens(), (1, 1));
    let revoked = place.run(&["connection", "revoke", "team", "--yes"]).ok();
    assert!(!revoked.err.contains("warning"), "{}", revoked.err);
    assert_eq!(server.good_tokens(), (0, 0));
    place
        .call("team", &server.url("/api/me"))
        .fails(4, &["C0003"]);
}

#[test]
fn django_oauth_toolkit_gives_tokens_to_a_client() {
    let Some(server) = ForeignOAuth2::start(REDIRECT) else {
        return;
    };
    let place = django(&server, "client_credentials", "");
    let connected = place.run(&["connection", "connect", "team"]).ok();
    let client = ForeignOAuth2::client("client_credentials");
    assert!(connected.out.contains(client), "{}", connected.out);
    let me = server.url("/api/me");
    server.expire_access();
    place.call("team", &me).ok().prints("200\n");
}

/// Begins a device login on a terminal: the terminal, and the code that it shows.
fn device(place: &Place) -> (Terminal, String) {
    let connect = ["connection", "connect", "team", "--device"];
    let mut terminal = Terminal::run(place.command(&connect));
    terminal.expect("and enter this code:\n  ");
    let code = terminal.expect("\n");
    terminal.expect("Waiting until it is confirmed there.\n");
    (terminal, code)
}

/// The page of the server takes the code that a terminal showed; and the password grant, on the same server, since it
/// takes a while to start.
#[test]
fn django_oauth_toolkit_authorises_a_device_and_a_password() {
    let Some(server) = ForeignOAuth2::start(REDIRECT) else {
        return;
    };
    let place = Place::new();
    place.add_service("django", &server.definition("Django", "device_code", ""));
    let id = ["--client-id", ForeignOAuth2::client("device_code")];
    place
        .run(&[&["service", "client", "django"][..], &id].concat())
        .ok();
    place.add("team", "django");
    let (terminal, code) = device(&place);
    server.decide_device(&code, false);
    terminal.ends(4, &["access was denied at Django (C0023)"]);
    assert_eq!(server.good_tokens(), (0, 0));

    let (terminal, code) = device(&place);
    server.decide_device(&code, true);
    let connected = format!("Connected team to Django as {}.", ForeignOAuth2::ACCOUNT);
    terminal.ends(0, &[&connected]);
    let me = server.url("/api/me");
    place.call("team", &me).ok().prints("200\n");
    server.expire_access();
    place.call("team", &me).ok().prints("200\n");
    is_given_back(&server, &place);
    a_password(&server);
}

fn a_password(server: &ForeignOAuth2) {
    let place = Place::new();
    place.add_service("django", &server.definition("Django", "password", ""));
    let client = ForeignOAuth2::client("password");
    place.add_client("django", client, ForeignOAuth2::SECRET);
    let add = ["connection", "add", "team", "--service", "django"];
    let add = [&add[..], &["--set", "username=ada"]].concat();
    place
        .run(&add)
        .fails(2, &["--allow-password-grant", "C0049"]);
    place
        .run(&[&add[..], &["--allow-password-grant"]].concat())
        .ok();
    let connect = ["connection", "connect", "team", "--secret-stdin"];
    place
        .run_with_input(&connect, "wrong")
        .fails(69, &["C0027", "invalid_grant"]);
    let connected = place.run_with_input(&connect, "l0velace").ok();
    let account = ForeignOAuth2::ACCOUNT;
    assert!(connected.out.contains(account), "{}", connected.out);
    server.expire_access();
    let me = server.url("/api/me");
    place.call("team", &me).ok().prints("200\n");
    assert_eq!(server.good_tokens().0, 1);
}

/// A place with the connection `photos` to the server.
fn photos(server: &ForeignOAuth1, more: &str) -> Place {
    let place = Place::new();
    place.add_service("photos", &server.definition("Photos", more));
    place.add_client("photos", ForeignOAuth1::CLIENT, ForeignOAuth1::SECRET);
    place.add("photos", "photos");
    place
}

/// A script that calls the API, and prints the status of the reply.
fn calling(server: &ForeignOAuth1, more: &str) -> String {
    let url = server.url("/api/me");
    format!(
        "r = invokeurl [ url :\"{url}\" {more} connection :\"photos\" detailed :true ];\ninfo r.get(\"responseCode\");\n"
    )
}

/// Check 36, in the body: header and query are in the tests of OAuth 1.0.
#[test]
fn oauthlib_verifies_three_legs_in_the_body() {
    for method in ["HMAC-SHA1", "HMAC-SHA256"] {
        let Some(server) = ForeignOAuth1::start(method) else {
            return;
        };
        let place = photos(&server, "param_type = \"form\"\n");
        let begin = ["connection", "connect", "photos", "--start", "--no-verify"];
        let begun = place.run(&begin).ok();
        // The request that verifies is a GET, and has no form.
        finish(&place, "photos", &server.consent(begun.out.trim())).ok();
        let form = "type :POST parameters :{\"a\":\"é + ☃\",\"b\":\"\"}";
        let called = place.script(&calling(&server, form));
        called.ok().prints("200\n");
        let json = "type :POST body :{\"a\":1} content-type :\"application/json\"";
        place
            .script(&calling(&server, json))
            .fails(1, &["C0018"])
            .prints("");
    }
}

/// Check 41: PLAINTEXT, for which the server must speak TLS.
#[test]
fn oauthlib_takes_a_secret_in_the_open_over_tls() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let keys = Place::new();
    let both = format!("{}{}", made.cert.pem(), made.signing_key.serialize_pem());
    let certificate = keys.write_secret("server.pem", &both);
    let settings = json!({ "method": "PLAINTEXT", "two_legs": true, "certificate": certificate });
    let Some(server) = ForeignOAuth1::with(&settings) else {
        return;
    };
    let authority = keys.write("ca.pem", made.cert.pem());
    for param_type in ["header", "query", "form"] {
        let place = photos(&server, &format!("param_type = \"{param_type}\"\n"));
        let form = "type :POST parameters :{\"a\":\"b\"}";
        let connect = ["connection", "connect", "photos", "--no-verify"];
        for (arguments, input) in [
            (&connect[..], ""),
            (&["run", "-"], calling(&server, form).as_str()),
        ] {
            let mut command = place.command(arguments);
            command.env("FRESHET_CA_FILE", &authority);
            let ran = feed(command, input.as_bytes()).ok();
            assert!(input.is_empty() || ran.out == "200\n", "{ran:?}");
        }
    }
}
