//! Grants that need no person: client credentials, assertions, passwords.

use crate::services::crypto::{self, Key};
use crate::services::oauth2_provider::{Assertion, ClientAuth, Rules};
use crate::services::{OAuth2, OAuth2Provider};
use crate::support::form;
use crate::support::place::Place;

fn sent(provider: &OAuth2Provider, number: usize) -> Vec<(String, String)> {
    provider.token_forms().swap_remove(number)
}

fn value<'a>(sent: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = sent.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn check_55_client_credentials_asks_again_to_renew() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    place.add_service(
        "shop",
        &provider.definition("Shop", &["client_credentials"], ""),
    );
    place.add_client("shop", "freshet-client", "freshet-secret");
    place
        .add(
            "crm",
            "shop",
            &["--scope", "read", "--scope", "write", "--connect"],
        )
        .ok();
    let first = sent(&provider, 0);
    assert_eq!(
        first,
        [
            ("grant_type", "client_credentials"),
            ("scope", "read write")
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    provider.expire_access();
    place
        .call("crm", &provider.server.url("/me"))
        .ok()
        .prints("200\n");
    assert_eq!(sent(&provider, 1), first);
    assert_eq!(provider.faults(), []);
}

#[test]
fn check_55_account_credentials_is_a_parameter_of_the_service() {
    let server = OAuth2::start("zoom");
    let place = Place::new();
    let definition = format!(
        "{}token_params = {{ grant_type = \"account_credentials\", account_id = \"{{account_id}}\" }}\n[[fields]]\nname = \"account_id\"\ntitle = \"Account ID\"\n",
        server.definition("Rooms")
    );
    place.add_service("rooms", &definition);
    place.add_client("rooms", "id", "secret");
    place
        .add(
            "meetings",
            "rooms",
            &["--set", "account_id=A 7", "--connect"],
        )
        .ok();
    let request = &server.server.requests()[0];
    let sent = form::pairs(&request.text()).unwrap();
    assert_eq!(value(&sent, "grant_type"), Some("account_credentials"));
    assert_eq!(value(&sent, "account_id"), Some("A 7"));
    assert_eq!(place.status("meetings"), "authorised");
}

/// A connection `robot` by assertion, its key stored as this text. `claims` are further keys of `jwt`.
fn robot(assertion: Assertion, stored: &str, claims: &str) -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::with(Rules {
        client_auth: ClientAuth::None,
        assertion,
        ..Rules::default()
    });
    let place = Place::new();
    let definition = provider.definition("Sheets", &["jwt_bearer"], "");
    place.add_service(
        "sheets",
        &definition.replace(" }\n", &format!("{claims} }}\n")),
    );
    place.add_client("sheets", "freshet-client", stored);
    place
        .add("robot", "sheets", &["--scope", "read", "--connect"])
        .ok();
    (provider, place)
}

#[test]
fn check_55_jwt_bearer_signs_by_each_algorithm_and_signs_anew_to_renew() {
    let shared = "a secret that both sides know";
    let usual = Rules::default().assertion;
    for (key, stored) in [
        (Key::Rsa, Key::Rsa.private()),
        (Key::Rsa, Key::Rsa.private_pkcs1()),
        (Key::Ec, Key::Ec.private()),
        (Key::Shared(shared), shared.to_owned()),
    ] {
        let (provider, place) = robot(
            Assertion {
                key,
                ..usual.clone()
            },
            &stored,
            "",
        );
        assert_eq!(place.status("robot"), "authorised");
        let first = sent(&provider, 0);
        assert_eq!(value(&first, "scope"), Some("read"));
        let assertion = value(&first, "assertion").unwrap();
        let (header, claims) = crypto::read_jwt(key, assertion).unwrap();
        assert_eq!(header["typ"], "JWT");
        let lives = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(lives, 3600);
        // No refresh token comes with it: the first request is made again, with another assertion.
        provider.expire_access();
        place
            .call("robot", &provider.server.url("/me"))
            .ok()
            .prints("200\n");
        let second = sent(&provider, 1);
        assert_ne!(value(&second, "assertion"), Some(assertion));
        assert_eq!(provider.faults(), []);
    }
}

#[test]
fn a_key_file_of_google_says_who_signs_and_scopes_go_into_their_claim() {
    let file = serde_json::json!({
        "type": "service_account", "project_id": "p", "private_key_id": "key-7",
        "private_key": Key::Rsa.private(), "client_email": "robot@p.iam.example",
    });
    let assertion = Assertion {
        iss: "robot@p.iam.example",
        sub: "ada@p.example",
        aud: Some("https://token.example/audience"),
        kid: Some("key-7"),
        longest: 600,
        ..Rules::default().assertion
    };
    let provider = OAuth2Provider::with(Rules {
        client_auth: ClientAuth::None,
        assertion,
        ..Rules::default()
    });
    let place = Place::new();
    let jwt = "jwt = { alg = \"RS256\", sub = \"{on_behalf_of}\", aud = \"https://token.example/audience\", scope_claim = \"scope\", lifetime = 600 }\n[[fields]]\nname = \"on_behalf_of\"\ntitle = \"On behalf of\"\n[[fields]]\nname = \"private_key\"\ntitle = \"Key file\"\nsecret = true\nfrom = \"client\"\n";
    let definition = provider.definition("Sheets", &["client_credentials"], "");
    let definition = definition.replace("[\"client_credentials\"]", "[\"jwt_bearer\"]");
    place.add_service("sheets", &format!("{definition}{jwt}"));
    place.add_client("sheets", "freshet-client", &file.to_string());
    place
        .add(
            "robot",
            "sheets",
            &[
                "--scope",
                "read",
                "--set",
                "on_behalf_of=ada@p.example",
                "--connect",
            ],
        )
        .ok();
    let first = sent(&provider, 0);
    assert_eq!(value(&first, "scope"), None);
    let (_, claims) = crypto::read_jwt(Key::Rsa, value(&first, "assertion").unwrap()).unwrap();
    assert_eq!(claims["scope"], "read");
    assert_eq!(provider.faults(), []);
}

#[test]
fn a_refused_assertion_is_told_and_the_connection_failed() {
    let usual = Rules::default().assertion;
    let provider = OAuth2Provider::with(Rules {
        client_auth: ClientAuth::None,
        assertion: usual,
        ..Rules::default()
    });
    let place = Place::new();
    place.add_service(
        "sheets",
        &provider.definition("Sheets", &["jwt_bearer"], ""),
    );
    place.add_client("sheets", "freshet-client", &Key::OtherRsa.private());
    place.add("robot", "sheets", &["--connect"]).fails(
        69,
        &["Sheets refused to issue a token: invalid_grant", "C0027"],
    );
    assert_eq!(place.status("robot"), "failed (error)");
}

#[test]
fn check_55_a_password_is_used_only_behind_its_switch() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    place.add_service("shop", &provider.definition("Shop", &["password"], ""));
    place.add_client("shop", "freshet-client", "freshet-secret");
    let options = ["--set", "username=ada"];
    place
        .add("crm", "shop", &options)
        .fails(2, &["found `password`", "--allow-password-grant", "C0049"]);
    place
        .run(&["connection", "show", "crm"])
        .fails(2, &["C0001"]);

    let allowed = [&options[..], &["--allow-password-grant"]].concat();
    place.add("crm", "shop", &allowed).ok();
    let connect = ["connection", "connect", "crm", "--secret-stdin"];
    place
        .run_with_input(&connect, "wrong")
        .fails(69, &["invalid_grant", "C0027"]);
    assert_eq!(place.status("crm"), "failed (error)");
    place.run_with_input(&connect, "l0velace").ok();
    let good = sent(&provider, 1);
    assert_eq!(value(&good, "grant_type"), Some("password"));
    assert_eq!(value(&good, "username"), Some("ada"));
    assert_eq!(value(&good, "password"), Some("l0velace"));

    // To renew, the first request is made again.
    provider.expire_access();
    place
        .call("crm", &provider.server.url("/me"))
        .ok()
        .prints("200\n");
    assert_eq!(sent(&provider, 2), good);
    // Without its password there is nothing to ask with.
    place.add("other", "shop", &allowed).ok();
    place
        .run(&["connection", "connect", "other"])
        .fails(4, &["C0029", "Password", "--secret-stdin password"]);
    place
        .run_with_input(&["connection", "connect", "other", "--secret-stdin"], "")
        .fails(2, &["Password: found nothing", "C0045"]);
}

#[test]
fn beside_other_grants_only_the_password_grant_asks_for_a_password() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let grants = ["client_credentials", "password"];
    place.add_service("shop", &provider.definition("Shop", &grants, ""));
    place.add_client("shop", "freshet-client", "freshet-secret");
    place.add("crm", "shop", &["--connect"]).ok();
    assert_eq!(place.status("crm"), "authorised");
}
