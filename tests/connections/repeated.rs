//! What a service says may repeat a secret, one that it has just issued included: it is neither shown nor kept
//! (reliability, 3).

use crate::meanwhile::CONNECT;
use crate::services::{OAuth2, OAuth2Provider};
use crate::support::form;
use crate::support::place::{Outcome, Place};
use crate::support::server::{Reply, Server};

/// Neither what a command said nor what is shown of the connection `team` holds a secret, in whatever letters.
#[track_caller]
fn hides(place: &Place, said: &Outcome, secret: &str) {
    let shown = place.run(&["connection", "show", "team", "--json"]).ok();
    for text in [&said.out, &said.err, &shown.out] {
        let found = text.to_lowercase().contains(&secret.to_lowercase());
        assert!(!found, "{text}");
    }
}

#[test]
fn by_a_reply_that_issues_it() {
    const ISSUED: &str = "Issued-By-This-Reply";
    let replies = [
        (
            200,
            format!(r#"{{"access_token":"{ISSUED}","token_type":"{ISSUED}"}}"#),
            &["a token_type that repeats a secret", "C0026"],
        ),
        (
            400,
            format!(
                r#"{{"error":"invalid_scope","error_description":"try {ISSUED}","refresh_token":"{ISSUED}"}}"#
            ),
            &["invalid_scope", "C0027"],
        ),
    ];
    for (status, body, told) in replies {
        let api = OAuth2::answering(move |_, _| Reply::new(status, "application/json", &*body));
        let place = Place::new();
        place.add_service("shop", &api.definition("Shop"));
        place.add_client("shop", "abc", "s3cret");
        place.add("team", "shop");
        let said = place.run(&CONNECT).fails(69, told);
        hides(&place, &said, ISSUED);
    }
}

#[test]
fn by_the_name_of_an_issuer() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let more = format!("issuer = \"{}\"\n", provider.issuer());
    place.add_shop(&provider.definition("Shop", &["authorization_code"], &more));
    place.add("team", "shop");
    let begun = place.run(&[&CONNECT[..], &["--start"]].concat()).ok();
    let answer = provider.consent(begun.out.trim());
    let (code, state) = (
        form::in_query(&answer, "code").unwrap(),
        form::in_query(&answer, "state").unwrap(),
    );
    let answer = format!("http://127.0.0.1:8713/callback?code={code}&state={state}&iss={code}");
    let finish = [&CONNECT[..], &["--finish", "-"]].concat();
    let said = place
        .run_with_input(&finish, &answer)
        .fails(69, &["the answer comes from another issuer", "C0025"]);
    hides(&place, &said, &code);
}

#[test]
fn by_the_name_of_a_host() {
    const PASSWORD: &str = "Pass-Word-Of-Ada";
    let places = [
        format!("http://{PASSWORD}.invalid/"),
        format!("http://{PASSWORD}:81/me"),
        format!("{PASSWORD}:me"),
    ];
    for location in places {
        let api = Server::start(move |_| Reply::new(302, "", "").with("Location", &location));
        let place = Place::new();
        let host = api.host();
        let definition = format!(
            "name = \"Shop\"\nscheme = \"basic\"\nhosts = [\"{host}\"]\nverify = \"GET http://{host}/me\"\n"
        );
        place.add_service("shop", &definition);
        let add = ["connection", "add", "team", "--service", "shop"];
        place
            .run(&[&add[..], &["--set", "username=ada"]].concat())
            .ok();
        place.write_secret("password", PASSWORD);
        let secret = ["--secret-file", "password=password"];
        let said = place
            .run(&[&CONNECT[..], &secret].concat())
            .fails(69, &["put a secret into the name of a host", "C0014"]);
        hides(&place, &said, PASSWORD);
    }
}
