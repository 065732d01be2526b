//! The OAuth 2.0 provider, spoken to by a client written out by hand.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::services::OAuth2Provider;
use crate::services::crypto::{self, Key};
use crate::services::oauth2_provider::{
    Body, ClientAuth, DEVICE_GRANT, Iss, JWT_GRANT, Metadata, Pkce, Revocation, Rules,
};
use crate::support::client::{self, Answer};
use crate::support::form;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http://127.0.0.1:8713/callback";

/// The parameters of an authorisation request that is right.
fn asking() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "freshet-client"),
        ("redirect_uri", REDIRECT),
        ("scope", "read"),
        ("state", "st"),
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ]
}

/// The same with one parameter changed, or left out.
fn asking_but(
    name: &'static str,
    value: Option<&'static str>,
) -> Vec<(&'static str, &'static str)> {
    let mut asking = asking();
    asking.retain(|(found, _)| *found != name);
    asking.extend(value.map(|value| (name, value)));
    asking
}

fn address(provider: &OAuth2Provider, parameters: &[(&str, &str)]) -> String {
    form::with_query(&provider.server.url("/authorize"), parameters)
}

/// A code that the provider gave to a request that is right.
fn code(provider: &OAuth2Provider) -> String {
    let location = provider.consent(&address(provider, &asking()));
    form::in_query(&location, "code").unwrap_or_else(|| panic!("a code in {location}"))
}

/// Asks for a token with the client's own authentication.
fn ask(provider: &OAuth2Provider, parameters: &[(&str, &str)]) -> Answer {
    let basic = format!("Basic {}", crypto::base64("freshet-client:freshet-secret"));
    client::post(
        &provider.token_url(),
        &[("Authorization", &basic)],
        parameters,
    )
}

fn exchange(provider: &OAuth2Provider, code: &str) -> Answer {
    exchange_with(provider, code, REDIRECT, VERIFIER)
}

fn exchange_with(provider: &OAuth2Provider, code: &str, redirect: &str, verifier: &str) -> Answer {
    ask(
        provider,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ],
    )
}

fn renew(provider: &OAuth2Provider, token: &str) -> Answer {
    ask(
        provider,
        &[("grant_type", "refresh_token"), ("refresh_token", token)],
    )
}

/// What the API answers a token in the header.
fn me(provider: &OAuth2Provider, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let url = provider.server.url("/me");
    client::send("GET", &url, &[("Authorization", &bearer)], b"").status
}

#[track_caller]
fn granted(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[track_caller]
fn refused(answer: &Answer, error: &str) {
    assert_eq!(answer.json()["error"], error, "{}", answer.text());
    let status = if error == "invalid_client" { 401 } else { 400 };
    assert_eq!(answer.status, status);
}

fn text<'a>(reply: &'a Value, name: &str) -> &'a str {
    reply[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {reply}"))
}

#[test]
fn a_code_gives_tokens_that_the_api_takes() {
    let provider = OAuth2Provider::start();
    let location = provider.consent(&address(&provider, &asking()));
    assert!(
        location.starts_with(&format!("{REDIRECT}?code=")),
        "{location}"
    );
    assert_eq!(form::in_query(&location, "state").as_deref(), Some("st"));
    let reply = granted(&exchange(
        &provider,
        &form::in_query(&location, "code").unwrap(),
    ));
    assert_eq!(text(&reply, "scope"), "read");
    assert_eq!(me(&provider, text(&reply, "access_token")), 200);
    assert_eq!(me(&provider, "another"), 401);
    assert_eq!(provider.asked(), 1);
    assert_eq!(provider.token_forms()[0][0].1, "authorization_code");
    assert_eq!(provider.faults(), []);
}

#[test]
fn a_denial_goes_back_with_the_state() {
    let provider = OAuth2Provider::start();
    let location = provider.deny(&address(&provider, &asking()));
    assert_eq!(location, format!("{REDIRECT}?error=access_denied&state=st"));
}

#[test]
fn an_address_it_cannot_trust_is_never_redirected_to() {
    let provider = OAuth2Provider::start();
    let refused = [
        asking_but("client_id", Some("other")),
        asking_but("redirect_uri", None),
        asking_but("redirect_uri", Some("http://127.0.0.1:8713/callback/")),
        asking_but("redirect_uri", Some("http://127.0.0.1:8714/callback")),
        asking_but("redirect_uri", Some("http://localhost:8713/callback")),
        [asking(), vec![("state", "two")]].concat(),
    ];
    for parameters in refused {
        let answer = client::get(&address(&provider, &parameters));
        assert_eq!(answer.status, 400, "{parameters:?}");
        assert_eq!(answer.header("location"), None, "{parameters:?}");
    }
    provider.change(|rules| rules.any_port = true);
    let other_port = asking_but("redirect_uri", Some("http://127.0.0.1:8714/callback"));
    assert_eq!(client::get(&address(&provider, &other_port)).status, 200);
}

#[test]
fn a_wrong_authorisation_request_goes_back_with_its_error() {
    let provider = OAuth2Provider::start();
    let cases = [
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_type", None, "invalid_request"),
        ("state", None, "invalid_request"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("scope", Some("read admin"), "invalid_scope"),
        ("client_secret", Some("x"), "invalid_request"),
    ];
    for (name, value, error) in cases {
        let location = provider.consent(&address(&provider, &asking_but(name, value)));
        let found = form::in_query(&location, "error");
        assert_eq!(found.as_deref(), Some(error), "{name} {value:?}");
        assert_eq!(form::in_query(&location, "code"), None);
    }
}

#[test]
fn a_decision_counts_once() {
    let provider = OAuth2Provider::start();
    code(&provider);
    let again = provider.server.url("/decide?request=1&decision=approve");
    assert_eq!(client::get(&again).status, 400);
}

#[test]
fn a_code_counts_once_and_ends_its_tokens_when_it_comes_again() {
    let provider = OAuth2Provider::start();
    let code = code(&provider);
    let reply = granted(&exchange(&provider, &code));
    refused(&exchange(&provider, &code), "invalid_grant");
    assert_eq!(me(&provider, text(&reply, "access_token")), 401);
    refused(
        &renew(&provider, text(&reply, "refresh_token")),
        "invalid_grant",
    );
}

#[test]
fn a_code_needs_its_verifier_and_its_redirect_address() {
    let provider = OAuth2Provider::start();
    let other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (redirect, verifier) in [
        (REDIRECT, other),
        (REDIRECT, ""),
        (REDIRECT, "short"),
        ("http://127.0.0.1:8713/callback/", VERIFIER),
    ] {
        let code = code(&provider);
        let answer = exchange_with(&provider, &code, redirect, verifier);
        refused(&answer, "invalid_grant");
        // It was spent all the same.
        refused(&exchange(&provider, &code), "invalid_grant");
    }
    refused(&exchange(&provider, "made-up"), "invalid_grant");
    let code = code(&provider);
    provider.expire_codes();
    refused(&exchange(&provider, &code), "invalid_grant");
}

#[test]
fn without_pkce_a_verifier_is_refused() {
    let provider = OAuth2Provider::with(Rules {
        pkce: Pkce::Refused,
        ..Rules::default()
    });
    let location = provider.consent(&address(&provider, &asking()));
    assert_eq!(
        form::in_query(&location, "error").as_deref(),
        Some("invalid_request")
    );
    let mut plain = asking_but("code_challenge", None);
    plain.retain(|(name, _)| *name != "code_challenge_method");
    let location = provider.consent(&address(&provider, &plain));
    let code = form::in_query(&location, "code").unwrap();
    refused(&exchange(&provider, &code), "invalid_request");
}

#[test]
fn refresh_tokens_rotate_and_a_spent_one_ends_the_family() {
    let provider = OAuth2Provider::start();
    let first = granted(&exchange(&provider, &code(&provider)));
    let second = granted(&renew(&provider, text(&first, "refresh_token")));
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    assert_eq!(
        provider.good_refresh_tokens(),
        [text(&second, "refresh_token")]
    );
    refused(
        &renew(&provider, text(&first, "refresh_token")),
        "invalid_grant",
    );
    assert_eq!(me(&provider, text(&second, "access_token")), 401);
    refused(
        &renew(&provider, text(&second, "refresh_token")),
        "invalid_grant",
    );
}

#[test]
fn without_reuse_detection_only_the_spent_token_is_refused() {
    let provider = OAuth2Provider::with(Rules {
        reuse_revokes: false,
        ..Rules::default()
    });
    let first = granted(&exchange(&provider, &code(&provider)));
    let second = granted(&renew(&provider, text(&first, "refresh_token")));
    refused(
        &renew(&provider, text(&first, "refresh_token")),
        "invalid_grant",
    );
    granted(&renew(&provider, text(&second, "refresh_token")));
}

#[test]
fn without_rotation_the_refresh_token_stays() {
    let provider = OAuth2Provider::with(Rules {
        rotate: false,
        ..Rules::default()
    });
    let first = granted(&exchange(&provider, &code(&provider)));
    for _ in 0..2 {
        let next = granted(&renew(&provider, text(&first, "refresh_token")));
        assert_eq!(next.get("refresh_token"), None);
    }
    let wider = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&first, "refresh_token")),
        ("scope", "read write"),
    ];
    refused(&ask(&provider, &wider), "invalid_scope");
}

#[test]
fn two_client_authentications_are_refused() {
    let provider = OAuth2Provider::start();
    let grant = ("grant_type", "client_credentials");
    let answer = ask(&provider, &[grant, ("client_secret", "freshet-secret")]);
    refused(&answer, "invalid_request");
    assert_eq!(
        provider.faults()[0].says,
        "more than one client authentication"
    );
    granted(&ask(&provider, &[grant]));
}

#[test]
fn a_client_must_tell_who_it_is_in_its_own_way() {
    let provider = OAuth2Provider::start();
    let grant = ("grant_type", "client_credentials");
    let url = provider.token_url();
    let in_body = [
        grant,
        ("client_id", "freshet-client"),
        ("client_secret", "freshet-secret"),
    ];
    let id_only = [grant, ("client_id", "freshet-client")];
    refused(&client::post(&url, &[], &in_body), "invalid_client");
    refused(&client::post(&url, &[], &id_only), "invalid_client");
    let wrong = format!("Basic {}", crypto::base64("freshet-client:wrong"));
    let answer = client::post(&url, &[("Authorization", &wrong)], &[grant]);
    refused(&answer, "invalid_client");
    assert!(answer.header("www-authenticate").is_some());
    provider.change(|rules| rules.client_auth = ClientAuth::Body);
    granted(&client::post(&url, &[], &in_body));
    refused(&ask(&provider, &[grant]), "invalid_client");
    provider.change(|rules| rules.client_auth = ClientAuth::None);
    granted(&client::post(&url, &[], &id_only));
    refused(&client::post(&url, &[], &in_body), "invalid_client");
}

#[test]
fn basic_authentication_is_form_encoded_first() {
    let provider = OAuth2Provider::with(Rules {
        client_id: "my app:1".to_owned(),
        client_secret: "p@ss w/+ü".to_owned(),
        ..Rules::default()
    });
    let ask = |value: &str| {
        let basic = format!("Basic {value}");
        let grant = [("grant_type", "client_credentials")];
        client::post(&provider.token_url(), &[("Authorization", &basic)], &grant)
    };
    granted(&ask("bXkrYXBwJTNBMTpwJTQwc3MrdyUyRiUyQiVDMyVCQw=="));
    refused(
        &ask(&crypto::base64("my app:1:p@ss w/+ü")),
        "invalid_client",
    );
}

/// The claims of an assertion that is right for a minute.
fn claims(iss: &str, sub: &str, aud: &str, jti: &str) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = now.as_secs();
    json!({ "iss": iss, "sub": sub, "aud": aud, "iat": now, "exp": now + 60, "jti": jti })
}

#[test]
fn a_client_may_sign_who_it_is() {
    let provider = OAuth2Provider::with(Rules {
        client_auth: ClientAuth::PrivateKeyJwt(Key::Ec),
        ..Rules::default()
    });
    let url = provider.token_url();
    let ask = |key: Key, claims: &Value| {
        let assertion = crypto::jwt(key, claims);
        let sent = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ];
        client::post(&url, &[], &sent)
    };
    let id = "freshet-client";
    granted(&ask(Key::Ec, &claims(id, id, &url, "1")));
    refused(&ask(Key::Ec, &claims(id, id, &url, "1")), "invalid_client");
    refused(&ask(Key::Rsa, &claims(id, id, &url, "2")), "invalid_client");
    refused(
        &ask(Key::Ec, &claims(id, "other", &url, "3")),
        "invalid_client",
    );
}

#[test]
fn assertions_are_read_to_the_letter() {
    let (iss, sub) = ("service@freshet.example", "ada@freshet.example");
    for (at, key) in [Key::Rsa, Key::Ec, Key::Shared("a shared secret")]
        .into_iter()
        .enumerate()
    {
        let mut rules = Rules::default();
        rules.assertion.key = key;
        let provider = OAuth2Provider::with(rules);
        let url = provider.token_url();
        let ask = |key: Key, claims: &Value| {
            let assertion = crypto::jwt(key, claims);
            ask(
                &provider,
                &[("grant_type", JWT_GRANT), ("assertion", &assertion)],
            )
        };
        granted(&ask(key, &claims(iss, sub, &url, "1")));
        let changed = |name: &str, value: Value| {
            let mut claims = claims(iss, sub, &url, &format!("{name} {value}"));
            claims[name] = value;
            claims
        };
        let bad = [
            claims(iss, sub, &url, "1"),
            changed("iss", json!("other")),
            changed("sub", json!("other")),
            changed("aud", json!("https://other.example")),
            changed("exp", json!(1)),
            changed("exp", json!(4_000_000_000_i64)),
            changed("iat", json!(4_000_000_000_i64)),
            changed("jti", json!("")),
        ];
        for claims in bad {
            refused(&ask(key, &claims), "invalid_grant");
        }
        refused(
            &ask(Key::OtherRsa, &claims(iss, sub, &url, "2")),
            "invalid_grant",
        );
        assert_eq!(provider.faults().len(), 9, "{at}");
    }
}

#[test]
fn parameters_come_once_in_a_posted_form() {
    let provider = OAuth2Provider::start();
    let url = provider.token_url();
    let grant = ("grant_type", "client_credentials");
    refused(&ask(&provider, &[grant, grant]), "invalid_request");
    refused(
        &client::get(&format!("{url}?grant_type=client_credentials")),
        "invalid_request",
    );
    let json = [("Content-Type", "application/json")];
    let body = br#"{"grant_type":"client_credentials","client_id":"freshet-client"}"#;
    refused(&client::send("POST", &url, &json, body), "invalid_request");
    refused(
        &ask(&provider, &[("grant_type", "magic")]),
        "unauthorized_client",
    );
    refused(&ask(&provider, &[("grant_type", "")]), "invalid_request");
    provider.change(|rules| {
        rules.body = Body::Json;
        rules.client_auth = ClientAuth::None;
    });
    granted(&client::send("POST", &url, &json, body));
    provider.change(|rules| rules.body = Body::Query);
    let query = "grant_type=client_credentials&client_id=freshet-client";
    granted(&client::send("POST", &format!("{url}?{query}"), &[], b""));
}

#[test]
fn passwords_are_checked() {
    let provider = OAuth2Provider::start();
    let with = |password| {
        let sent = [
            ("grant_type", "password"),
            ("username", "ada"),
            ("password", password),
        ];
        ask(&provider, &sent)
    };
    assert!(granted(&with("l0velace")).get("refresh_token").is_some());
    refused(&with("wrong"), "invalid_grant");
}

fn begin_device(provider: &OAuth2Provider) -> Value {
    let basic = format!("Basic {}", crypto::base64("freshet-client:freshet-secret"));
    let url = provider.server.url("/device");
    granted(&client::post(
        &url,
        &[("Authorization", &basic)],
        &[("scope", "read")],
    ))
}

fn poll(provider: &OAuth2Provider, login: &Value) -> Answer {
    let code = text(login, "device_code");
    ask(
        provider,
        &[("grant_type", DEVICE_GRANT), ("device_code", code)],
    )
}

#[test]
fn a_device_waits_for_its_person() {
    let provider = OAuth2Provider::start();
    provider.change(|rules| rules.device.interval = Some(0));
    let login = begin_device(&provider);
    refused(&poll(&provider, &login), "authorization_pending");
    provider.answer_polls(&["authorization_pending"]);
    refused(&poll(&provider, &login), "authorization_pending");
    let page = client::get(text(&login, "verification_uri_complete"));
    assert!(page.text().contains(text(&login, "user_code")));
    let approve = format!(
        "{}&decision=approve",
        text(&login, "verification_uri_complete")
    );
    client::get(&approve);
    granted(&poll(&provider, &login));
    refused(&poll(&provider, &login), "invalid_grant");
    assert_eq!(provider.polls(), 4);
    assert_eq!(provider.poll_gaps().len(), 3);
}

#[test]
fn a_device_that_hurries_is_slowed_down() {
    let provider = OAuth2Provider::start();
    let login = begin_device(&provider);
    refused(&poll(&provider, &login), "authorization_pending");
    refused(&poll(&provider, &login), "slow_down");
}

#[test]
fn a_device_may_be_denied_or_too_late() {
    let provider = OAuth2Provider::start();
    let login = begin_device(&provider);
    provider.deny_device();
    refused(&poll(&provider, &login), "access_denied");
    let login = begin_device(&provider);
    provider.expire_device();
    refused(&poll(&provider, &login), "expired_token");
    let unknown = json!({ "device_code": "made-up" });
    refused(&poll(&provider, &unknown), "invalid_grant");
}

fn revoke(provider: &OAuth2Provider, token: &str) -> Answer {
    let basic = format!("Basic {}", crypto::base64("freshet-client:freshet-secret"));
    let url = provider.server.url("/revoke");
    client::post(&url, &[("Authorization", &basic)], &[("token", token)])
}

#[test]
fn revoked_tokens_are_dead() {
    let provider = OAuth2Provider::start();
    let reply = granted(&exchange(&provider, &code(&provider)));
    assert_eq!(revoke(&provider, "made-up").status, 200);
    assert_eq!(me(&provider, text(&reply, "access_token")), 200);
    assert_eq!(revoke(&provider, text(&reply, "refresh_token")).status, 200);
    assert_eq!(me(&provider, text(&reply, "access_token")), 401);
    provider.change(|rules| rules.revocation = Revocation::Status(503));
    assert_eq!(revoke(&provider, "made-up").status, 503);
    provider.change(|rules| rules.revocation = Revocation::RefreshOnly);
    refused(
        &revoke(&provider, text(&reply, "access_token")),
        "unsupported_token_type",
    );
    assert_eq!(revoke(&provider, text(&reply, "refresh_token")).status, 200);
    let url = provider.server.url("/revoke");
    refused(
        &client::post(&url, &[], &[("token", "x")]),
        "invalid_client",
    );
}

#[test]
fn metadata_are_where_the_rules_put_them() {
    let provider = OAuth2Provider::with(Rules {
        issuer_path: "/tenant",
        iss_announced: true,
        ..Rules::default()
    });
    let at = |path: &str| client::get(&provider.server.url(path));
    let standard = "/.well-known/oauth-authorization-server/tenant";
    let openid = "/tenant/.well-known/openid-configuration";
    let found = granted(&at(standard));
    assert_eq!(found["issuer"], provider.issuer());
    assert_eq!(found["token_endpoint"], provider.token_url());
    assert_eq!(
        found["authorization_response_iss_parameter_supported"],
        true
    );
    assert_eq!(at(openid).status, 404);
    provider.change(|rules| rules.metadata = Metadata::OpenId);
    assert_eq!(at(standard).status, 404);
    assert_eq!(granted(&at(openid))["issuer"], provider.issuer());
    provider.change(|rules| rules.metadata = Metadata::WrongIssuer);
    assert_eq!(granted(&at(standard))["issuer"], "https://other.example");
    provider.change(|rules| rules.metadata = Metadata::HttpEndpoint);
    let endpoint = &granted(&at(standard))["token_endpoint"];
    assert_eq!(endpoint, "http://token.other.example/token");
}

#[test]
fn iss_is_told_as_the_rules_say() {
    let provider = OAuth2Provider::start();
    let iss = |iss: Iss| {
        provider.change(|rules| rules.iss = iss);
        let location = provider.consent(&address(&provider, &asking()));
        form::in_query(&location, "iss")
    };
    assert_eq!(iss(Iss::Missing), None);
    assert_eq!(iss(Iss::Right), Some(provider.issuer()));
    assert_eq!(iss(Iss::Wrong).as_deref(), Some("https://other.example"));
}

#[test]
fn the_api_takes_a_token_in_one_place() {
    let provider = OAuth2Provider::start();
    let token = granted(&ask(
        &provider,
        &[("grant_type", "client_credentials"), ("scope", "read")],
    ));
    let token = text(&token, "access_token");
    let url = provider.server.url("/me");
    let in_query = form::with_query(&url, &[("access_token", token)]);
    assert_eq!(client::get(&in_query).status, 200);
    assert_eq!(
        client::post(&url, &[], &[("access_token", token)]).status,
        200
    );
    let both = client::post(&in_query, &[], &[("access_token", token)]);
    assert_eq!(both.status, 400);
    assert_eq!(client::get(&url).status, 401);
    provider.change(|rules| rules.api_scope = Some("write"));
    assert_eq!(me(&provider, token), 403);
    provider.change(|rules| {
        rules.api_scope = None;
        rules.api_refusal = 403;
    });
    assert_eq!(me(&provider, token), 200);
    provider.expire_access();
    assert_eq!(me(&provider, token), 403);
}

#[test]
fn its_clock_may_be_wrong() {
    let provider = OAuth2Provider::with(Rules {
        ahead: 3600,
        ..Rules::default()
    });
    let answer = client::get(&provider.server.url("/me"));
    assert!(
        answer
            .header("date")
            .is_some_and(|date| date.ends_with(" GMT"))
    );
    let url = provider.token_url();
    let late = claims("service@freshet.example", "ada@freshet.example", &url, "1");
    let assertion = crypto::jwt(Key::Rsa, &late);
    let answer = ask(
        &provider,
        &[("grant_type", JWT_GRANT), ("assertion", &assertion)],
    );
    refused(&answer, "invalid_grant");
}
