//! How the program proves to a token endpoint who it is.

use crate::services::OAuth2Provider;
use crate::services::crypto::{self, Key};
use crate::services::oauth2_provider::{ClientAuth, Rules};
use crate::support::place::Place;

/// A provider that knows its client by `auth`, and a place with its service `shop` and that client.
fn shop(auth: ClientAuth, id: &str, secret: &str) -> (OAuth2Provider, Place) {
    shop_with(auth, id, secret, "", |definition| definition)
}

fn shop_with(
    auth: ClientAuth,
    id: &str,
    secret: &str,
    more: &str,
    change: impl Fn(String) -> String,
) -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::with(Rules {
        client_auth: auth,
        client_id: id.to_owned(),
        client_secret: secret.to_owned(),
        ..Rules::default()
    });
    let place = Place::new();
    let definition =
        provider.definition("Shop", &["client_credentials", "authorization_code"], more);
    place.add_service("shop", &change(definition));
    place.add_client("shop", id, secret);
    (provider, place)
}

/// The header of each token request.
fn headers(provider: &OAuth2Provider) -> Vec<Option<String>> {
    let requests = provider.requests("/token");
    let header = |request: &crate::support::server::Request| {
        request.header("authorization").map(str::to_owned)
    };
    requests.iter().map(header).collect()
}

/// The value of a parameter in the token request of this number.
fn sent(provider: &OAuth2Provider, number: usize, name: &str) -> Option<String> {
    let forms = provider.token_forms();
    let found = forms[number].iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.clone())
}

/// V14 and V15.
#[test]
fn check_53_basic_encodes_both_parts_first() {
    for (id, secret, header) in [
        // V14 and V15 of connections, 6.10.
        (
            "s6BhdRkqt3",
            "7Fjfp0ZBr1KtDRbnfVdmIw",
            "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",
        ),
        ("s6BhdRkqt3", "gX1fBat3bV", "czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
        (
            "my app:1",
            "p@ss w/+ü",
            "bXkrYXBwJTNBMTpwJTQwc3MrdyUyRiUyQiVDMyVCQw==",
        ),
    ] {
        let (provider, place) = shop(ClientAuth::Basic, id, secret);
        place.add("crm", "shop", &["--connect"]).ok();
        assert_eq!(headers(&provider), [Some(format!("Basic {header}"))]);
        assert_eq!(sent(&provider, 0, "client_id"), None);
        assert_eq!(provider.faults(), []);
    }
}

#[test]
fn check_53_body_sends_both_in_the_body_under_the_name_of_the_service() {
    let (provider, place) = shop(ClientAuth::Body, "my app:1", "p@ss w/+ü");
    place.add("crm", "shop", &["--connect"]).ok();
    assert_eq!(headers(&provider), [None]);
    assert_eq!(sent(&provider, 0, "client_id").as_deref(), Some("my app:1"));
    assert_eq!(
        sent(&provider, 0, "client_secret").as_deref(),
        Some("p@ss w/+ü")
    );
    assert_eq!(provider.faults(), []);

    let own_name = "client_id_param = \"client_key\"\n";
    let (provider, place) = shop_with(
        ClientAuth::Body,
        "key-1",
        "secret-1",
        own_name,
        |definition| definition,
    );
    provider.change(|rules| rules.client_id_param = "client_key");
    place.add("crm", "shop", &["--connect"]).ok();
    assert_eq!(sent(&provider, 0, "client_key").as_deref(), Some("key-1"));
    assert_eq!(sent(&provider, 0, "client_id"), None);
}

#[test]
fn check_53_none_sends_the_identifier_alone_and_proves_the_code() {
    let provider = OAuth2Provider::with(Rules {
        client_auth: ClientAuth::None,
        ..Rules::default()
    });
    let place = Place::new();
    let definition = provider.definition("Shop", &["authorization_code"], "");
    place.add_service("shop", &definition);
    place
        .run(&["service", "client", "shop", "--client-id", "freshet-client"])
        .ok();
    place.add("crm", "shop", &[]).ok();
    place.authorise("crm", &provider).ok();
    assert_eq!(headers(&provider), [None]);
    assert_eq!(
        sent(&provider, 0, "client_id").as_deref(),
        Some("freshet-client")
    );
    assert_eq!(sent(&provider, 0, "client_secret"), None);
    assert!(sent(&provider, 0, "code_verifier").is_some());
    assert_eq!(provider.faults(), []);

    // Without a secret the proof of the code may not be left out.
    let unproven = format!("{definition}pkce = \"off\"\n");
    place.write(
        "unproven.toml",
        unproven.replace("\"Shop\"", "\"Unproven\""),
    );
    place
        .run(&["service", "add", "unproven", "--file", "unproven.toml"])
        .fails(
            78,
            &[
                "pkce",
                "expected S256 or plain with client_auth none",
                "C0063",
            ],
        );
}

#[test]
fn check_53_auto_finds_either_way_and_keeps_it() {
    for (auth, requests) in [(ClientAuth::Basic, 1), (ClientAuth::Body, 2)] {
        let way = if auth == ClientAuth::Basic {
            "basic"
        } else {
            "body"
        };
        let (provider, place) = shop_with(auth, "app", "s3cr3t-of-app", "", |definition| {
            definition.replace(
                &format!("client_auth = \"{way}\""),
                "client_auth = \"auto\"",
            )
        });
        place.add("crm", "shop", &["--connect"]).ok();
        assert_eq!(provider.asked(), requests, "{auth:?}");
        // Basic is tried first; what the endpoint wants is known from then on.
        let refused = provider
            .faults()
            .iter()
            .map(|fault| fault.error.clone())
            .collect::<Vec<_>>();
        assert_eq!(refused, vec!["invalid_client"; requests - 1]);
        provider.expire_access();
        place
            .call("crm", &provider.server.url("/me"))
            .ok()
            .prints("200\n");
        assert_eq!(provider.asked(), requests + 1, "{auth:?}");
        // Never two at once.
        for (number, header) in headers(&provider).iter().enumerate() {
            assert_ne!(
                header.is_some(),
                sent(&provider, number, "client_secret").is_some()
            );
        }
    }
}

#[test]
fn check_53_private_key_jwt_is_verified_by_the_public_key() {
    let google = serde_json::json!({ "type": "service_account", "private_key_id": "k7", "private_key": Key::Rsa.private() });
    for (key, stored) in [
        (Key::Rsa, Key::Rsa.private()),
        (Key::Rsa, Key::Rsa.private_pkcs1()),
        (Key::Rsa, google.to_string()),
        (Key::Ec, Key::Ec.private()),
    ] {
        let (provider, place) = shop(ClientAuth::PrivateKeyJwt(key), "app", &stored);
        place.add("crm", "shop", &["--connect"]).ok();
        let proof = sent(&provider, 0, "client_assertion").unwrap();
        let (header, claims) = crypto::read_jwt(key, &proof).unwrap();
        assert_eq!(header["typ"], "JWT");
        assert_eq!(
            header.get("kid").is_some(),
            stored.contains("private_key_id")
        );
        assert_eq!(claims["iss"], "app");
        assert_eq!(claims["sub"], "app");
        assert_eq!(claims["aud"], provider.token_url());
        // Each counts once, so a second request has another.
        provider.expire_access();
        place
            .call("crm", &provider.server.url("/me"))
            .ok()
            .prints("200\n");
        assert_ne!(sent(&provider, 1, "client_assertion").unwrap(), proof);
        assert_eq!(headers(&provider), [None, None]);
        assert_eq!(provider.faults(), []);
    }
}

#[test]
fn a_key_that_cannot_sign_is_told_and_not_shown() {
    let (provider, place) = shop(ClientAuth::PrivateKeyJwt(Key::Rsa), "app", "no-key-at-all");
    let failed = place.add("crm", "shop", &["--connect"]).fails(
        2,
        &[
            "private key: found another text",
            "PKCS#8",
            "service client",
            "C0045",
        ],
    );
    assert!(!failed.err.contains("no-key-at-all"));
    assert_eq!(provider.asked(), 0);
}
