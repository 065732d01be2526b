//! The servers that others wrote run, and a test can do there what a person does.

use crate::services::crypto;
use crate::services::foreign::{ForeignOAuth1, ForeignOAuth2};
use crate::services::oauth1_provider::{Method, base_string};
use crate::support::client;
use crate::support::form::{self, percent};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http://127.0.0.1:8713/callback";

/// Asks the token endpoint as the client of the code grant.
fn ask(server: &ForeignOAuth2, parameters: &[(&str, &str)]) -> client::Answer {
    let id = ForeignOAuth2::client("authorization_code");
    let basic = format!("{id}:{}", ForeignOAuth2::SECRET);
    let basic = format!("Basic {}", crypto::base64(basic));
    let url = server.url("/o/token/");
    client::post(&url, &[("Authorization", &basic)], parameters)
}

fn me(server: &ForeignOAuth2, token: &str) -> client::Answer {
    let bearer = format!("Bearer {token}");
    let url = server.url("/api/me");
    client::send("GET", &url, &[("Authorization", &bearer)], b"")
}

#[test]
fn django_oauth_toolkit_gives_codes_and_rotates() {
    let Some(server) = ForeignOAuth2::start(REDIRECT) else {
        return;
    };
    let challenge = crypto::challenge(VERIFIER);
    let asking = [
        ("response_type", "code"),
        ("client_id", ForeignOAuth2::client("authorization_code")),
        ("redirect_uri", REDIRECT),
        ("scope", "read"),
        ("state", "st"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let address = form::with_query(&server.url("/o/authorize/"), &asking);
    let denied = server.deny(&address);
    let error = form::in_query(&denied, "error");
    assert_eq!(error.as_deref(), Some("access_denied"));
    let back = server.consent(&address);
    assert_eq!(form::in_query(&back, "state").as_deref(), Some("st"));
    assert_eq!(form::in_query(&back, "iss"), Some(server.issuer()));
    let code = form::in_query(&back, "code").unwrap();
    let exchange = |verifier| {
        let sent = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ];
        ask(&server, &sent)
    };
    let reply = exchange(VERIFIER);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let reply = reply.json();
    assert_eq!(exchange(VERIFIER).json()["error"], "invalid_grant");
    let found = me(&server, reply["access_token"].as_str().unwrap());
    assert_eq!(found.json()["email"], ForeignOAuth2::ACCOUNT);
    assert_eq!(me(&server, "made-up").status, 403);
    let refresh = reply["refresh_token"].as_str().unwrap();
    let renew = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    assert_eq!(ask(&server, &renew).status, 200);
    assert_eq!(ask(&server, &renew).json()["error"], "invalid_grant");
    server.expire_access();
    assert_eq!(server.good_tokens().0, 0);
    a_device(&server);
}

/// On the same server, since it takes a while to start.
fn a_device(server: &ForeignOAuth2) {
    let id = ForeignOAuth2::client("device_code");
    let begin = || {
        let url = server.url("/o/device-authorization/");
        client::post(&url, &[], &[("client_id", id), ("scope", "read")]).json()
    };
    let poll = |login: &serde_json::Value| {
        let sent = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", login["device_code"].as_str().unwrap()),
            ("client_id", id),
        ];
        client::post(&server.url("/o/token/"), &[], &sent)
    };
    let login = begin();
    assert_eq!(poll(&login).json()["error"], "authorization_pending");
    let login = begin();
    server.decide_device(login["user_code"].as_str().unwrap(), true);
    assert_eq!(poll(&login).status, 200);
    let login = begin();
    server.decide_device(login["user_code"].as_str().unwrap(), false);
    assert_eq!(poll(&login).json()["error"], "access_denied");
}

#[test]
fn oauthlib_leads_three_legs() {
    let Some(server) = ForeignOAuth1::start("HMAC-SHA1") else {
        return;
    };
    let send = |verb: &str, path: &str, nonce: &str, more: &[(&str, &str)], secret: &str| {
        let now = jiff::Timestamp::now().as_second().to_string();
        let nonce = format!("{nonce}-long-enough-for-the-server");
        let mut all = vec![
            ("oauth_consumer_key", ForeignOAuth1::CLIENT),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &now),
            ("oauth_nonce", &nonce),
        ];
        all.extend(more);
        let owned: Vec<(String, String)> = all
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let base = base_string(verb, &server.url(path), &owned);
        let signature = Method::HmacSha1.sign(&base, (ForeignOAuth1::SECRET, secret));
        all.push(("oauth_signature", &signature));
        let quoted = all
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", percent(value)));
        let header = format!("OAuth {}", quoted.collect::<Vec<_>>().join(", "));
        client::send(verb, &server.url(path), &[("Authorization", &header)], b"")
    };
    let asked = send(
        "POST",
        "/request_token",
        "1",
        &[("oauth_callback", REDIRECT)],
        "",
    );
    let (token, secret) = ForeignOAuth1::token(&asked).unwrap_or_else(|| panic!("{asked:?}"));
    let page = form::with_query(&server.url("/authorize"), &[("oauth_token", &token)]);
    let back = server.consent(&page);
    let verifier = form::in_query(&back, "oauth_verifier").unwrap();
    let temporary = [
        ("oauth_token", token.as_str()),
        ("oauth_verifier", &verifier),
    ];
    let given = send("POST", "/access_token", "2", &temporary, &secret);
    let (token, secret) = ForeignOAuth1::token(&given).unwrap_or_else(|| panic!("{given:?}"));
    let token = [("oauth_token", token.as_str())];
    let found = send("GET", "/api/me", "3", &token, &secret);
    assert_eq!(found.json()["email"], ForeignOAuth1::ACCOUNT);
    assert_eq!(send("GET", "/api/me", "3", &token, &secret).status, 401);
    assert_eq!(send("GET", "/api/me", "4", &token, "wrong").status, 401);
}
