//! What services do that data cannot say, each by the name under which a service's file asks for it.

use serde_json::json;

use crate::services::oauth2_provider::Rules;
use crate::services::{OAuth2, OAuth2Provider, crypto};
use crate::support::form;
use crate::support::place::{Place, feed};
use crate::support::server::{Reply, Server};

#[test]
fn check_71_v16_forms_encode_as_the_standard_says() {
    let server = OAuth2::start("form");
    let place = Place::new();
    let definition = format!(
        "{}token_params = {{ note = \" %&+£€\" }}\n",
        server.definition("Form")
    );
    place.add_service("forms", &definition);
    place.add_client("forms", "id", "secret");
    place.add("crm", "forms", &["--connect"]).ok();
    let body = server.server.requests()[0].text();
    assert!(body.ends_with("note=+%25%26%2B%C2%A3%E2%82%AC"), "{body}");
}

/// The answer to a consent with the signature of this secret.
fn signed(answer: &str, secret: &str) -> String {
    let (_, query) = answer.split_once('?').unwrap();
    let mut pairs = form::pairs(query).unwrap();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let hmac = crypto::hmac_sha256(secret.as_bytes(), pairs.join("&").as_bytes());
    let hmac: String = hmac.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{answer}&hmac={hmac}")
}

#[test]
fn check_71_v17_shopify_hmac_refuses_an_answer_with_another_signature() {
    let provider = OAuth2Provider::with(Rules {
        callback_params: vec![
            ("shop", "some-shop.myshopify.com".to_owned()),
            ("timestamp", "1337178173".to_owned()),
        ],
        ..Rules::default()
    });
    let place = Place::new();
    let quirk = "quirks = [\"shopify_hmac\"]\n";
    place.add_service(
        "shop",
        &provider.definition("Shop", &["authorization_code"], quirk),
    );
    place.add_client("shop", "freshet-client", "freshet-secret");
    place.add("crm", "shop", &[]).ok();
    let answer = provider.consent(&place.start("crm"));
    let forged = signed(&answer, "another secret");
    let altered = signed(&answer, "freshet-secret").replace("some-shop", "evil-shop");
    for wrong in [&answer, &forged, &altered, &format!("{answer}&hmac=")] {
        place.finish("crm", wrong).fails(4, &["hmac", "C0020"]);
    }
    assert_eq!(provider.asked(), 0);
    // A forged answer has not spent the right one.
    place.finish("crm", &signed(&answer, "freshet-secret")).ok();
    assert_eq!(place.status("crm"), "authorised");
}

#[test]
fn facebook_exchange_gets_a_token_that_lives_longer() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let quirk = "quirks = [\"facebook_exchange\"]\n";
    place.add_service(
        "face",
        &provider.definition("Face", &["authorization_code"], quirk),
    );
    place.add_client("face", "freshet-client", "freshet-secret");
    place.add("page", "face", &["--scope", "read"]).ok();
    let reply = |token: &str, lives: u32| {
        Reply::json(&json!({ "access_token": token, "expires_in": lives }).to_string())
    };
    provider.answer_next([reply("short", 3600), reply("long", 5_184_000)]);
    let answer = provider.consent(&place.start("page"));
    let finish = [
        "connection",
        "connect",
        "page",
        "--finish",
        "-",
        "--no-verify",
    ];
    place.run_with_input(&finish, &answer).ok();
    let pairs = [
        ("grant_type", "fb_exchange_token"),
        ("fb_exchange_token", "short"),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(provider.token_forms()[1], pairs);
    assert!(
        provider.requests("/token")[1]
            .header("authorization")
            .is_some()
    );
    place
        .call("page", &provider.server.url("/me"))
        .ok()
        .prints("401\n");
    assert_eq!(
        provider.requests("/me")[0].header("authorization"),
        Some("Bearer long")
    );

    // A refusal is one of the whole: the short token is not kept instead.
    let refusal = r#"{"error":{"code":190,"type":"OAuthException","message":"no"}}"#;
    provider.answer_next([
        reply("short", 3600),
        Reply::new(400, "application/json", refusal),
    ]);
    let answer = provider.consent(&place.start("page"));
    place
        .run_with_input(&finish, &answer)
        .fails(69, &["190", "C0027"]);
    place.call("page", &provider.server.url("/me")).ok();
    assert_eq!(
        provider.requests("/me")[1].header("authorization"),
        Some("Bearer long")
    );
}

#[test]
fn get_refresh_renews_an_access_token_by_itself() {
    let server = Server::start(|request| match request.path() {
        "/token" => Reply::json(r#"{"access_token":"first","expires_in":3600}"#),
        "/refresh" => Reply::json(r#"{"access_token":"second","expires_in":3600}"#),
        _ if request.header("authorization") == Some("Bearer second") => Reply::json("{}"),
        _ => Reply::new(401, "", ""),
    });
    // By code, since a grant without a person would make its first request again.
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let more = format!(
        "quirks = [\"get_refresh\"]\nrefresh_url = \"{}\"\nrefresh_params = {{ grant_type = \"ig_refresh_token\" }}\n",
        server.url("/refresh?v=1")
    );
    let definition = provider.definition("Pictures", &["authorization_code"], &more);
    let definition = definition
        .replace(&provider.token_url(), &server.url("/token"))
        .replace(&provider.server.host(), &server.host())
        .replace(
            &server.url("/authorize"),
            &provider.server.url("/authorize"),
        );
    place.add_service("pictures", &definition);
    place.add_client("pictures", "freshet-client", "freshet-secret");
    place.add("album", "pictures", &[]).ok();
    let answer = provider.consent(&place.start("album"));
    let finish = [
        "connection",
        "connect",
        "album",
        "--finish",
        "-",
        "--no-verify",
    ];
    place.run_with_input(&finish, &answer).ok();
    place.call("album", &server.url("/me")).ok().prints("200\n");
    let renewals: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|request| request.path() == "/refresh")
        .collect();
    assert_eq!(renewals.len(), 1);
    let renewal = &renewals[0];
    assert_eq!(renewal.method, "GET");
    assert_eq!(
        renewal.target,
        "/refresh?v=1&access_token=first&grant_type=ig_refresh_token"
    );
    assert_eq!(renewal.header("authorization"), None);
    assert_eq!(renewal.body, b"");
}

#[test]
fn zoho_accounts_server_takes_the_server_of_the_answer_if_it_is_a_choice() {
    // Its servers need TLS, so what would go there ends at the proxy.
    let proxy = Server::start(|_| Reply::new(502, "", ""));
    let place = Place::new();
    place.add_service(
        "crm",
        "name = \"Crm\"\nscheme = \"oauth2\"\nauthorize_url = \"https://{accounts}/auth\"\ntoken_url = \"https://{accounts}/token\"\n\
         client_auth = \"body\"\nquirks = [\"zoho_accounts_server\"]\nhosts = [\"www.api.example.com\"]\n\
         [[fields]]\nname = \"dc\"\ntitle = \"Data centre\"\ndefault = \"one\"\n\
         choices = [{ value = \"one\", sets = { accounts = \"accounts.one.example\" } }, { value = \"two\", sets = { accounts = \"accounts.two.example\" } }]\n\
         [[fields]]\nname = \"accounts\"\ntitle = \"Accounts server\"\npattern = \"accounts\\\\.(one|two)\\\\.example\"\n",
    );
    place.add_client("crm", "freshet-client", "freshet-secret");
    place.add("sales", "crm", &[]).ok();
    let answered = |server: &str| {
        let address = place.start("sales");
        assert!(
            address.starts_with("https://accounts.one.example/auth?"),
            "{address}"
        );
        let state = form::in_query(&address, "state").unwrap();
        let mut parameters = vec![("code", "abc"), ("state", state.as_str())];
        if !server.is_empty() {
            parameters.push(("accounts-server", server));
        }
        let answer = form::with_query("http://127.0.0.1:8713/callback", &parameters);
        let mut finish = place.command(&["connection", "connect", "sales", "--finish", "-"]);
        finish.env("HTTPS_PROXY", proxy.url("/"));
        feed(finish, answer.as_bytes())
    };
    for evil in [
        "https://evil.example",
        "https://accounts.two.example:444",
        "http://accounts.two.example",
        "accounts.two.example",
    ] {
        answered(evil).fails(
            4,
            &["accounts-server: found ", "none of its choices", "C0038"],
        );
    }
    assert_eq!(proxy.requests().len(), 0, "no token was asked for");
    for (server, asked) in [
        ("https://accounts.two.example", "accounts.two.example:443"),
        ("https://accounts.one.example/", "accounts.one.example:443"),
        ("", "accounts.one.example:443"),
    ] {
        answered(server).fails(69, &["C0010"]);
        assert_eq!(
            proxy
                .requests()
                .last()
                .map(|request| request.target.clone())
                .as_deref(),
            Some(asked)
        );
    }
}
