//! The OAuth 1.0 provider, and the vectors of RFC 5849 by which it checks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::services::OAuth1Provider;
use crate::services::crypto;
use crate::services::oauth1_provider::{
    Method, Place, Refusing, Rules, base_address, base_string, in_header, normalized,
};
use crate::support::client::{self, Answer};
use crate::support::form::{self, percent};

type Pairs = Vec<(String, String)>;

fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// The parameters of the example of RFC 5849 3.4.1.1.
fn example(method: &str) -> Pairs {
    let mut all = form::pairs("b5=%3D%253D&a3=a&c%40=&a2=r%20b").unwrap();
    all.extend(form::pairs("c2&a3=2+q").unwrap());
    all.extend(pairs(&[
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", method),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
    ]));
    all
}

#[test]
fn v4_parameters_are_normalised() {
    assert_eq!(
        normalized(&example("HMAC-SHA1")),
        "a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9djdj82h48djs9d2&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1&oauth_timestamp=137131201&oauth_token=kkk9d7dh3k39sjv7"
    );
}

#[test]
fn v5_and_v6_the_example_is_signed() {
    let secrets = ("j49sk3j29djd", "dh893hdasih9");
    for (method, signature) in [
        (Method::HmacSha1, "r6/TJjbCOr97/+UU0NsvSne7s5g="),
        (
            Method::HmacSha256,
            "ypAxjNip++Dm0fTM+gCl8wAo6ufSnseu1WHxL7py3BU=",
        ),
    ] {
        let base = base_string(
            "POST",
            "http://example.com/request",
            &example(method.name()),
        );
        assert!(method.signed(&base, secrets, signature), "{base}");
        assert!(!method.signed(&base, ("j49sk3j29djd", ""), signature));
        assert!(!method.signed(&base, secrets, "bYT5CMsGcbgUdFHObYMEfcx6bsw="));
    }
}

/// A request of RFC 5849 1.2 with the client of that section.
fn photos(
    method: Method,
    (verb, address): (&str, &str),
    more: &[(&str, &str)],
    secret: &str,
    signature: &str,
) {
    let mut all = pairs(&[
        ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
        ("oauth_signature_method", method.name()),
    ]);
    all.extend(pairs(more));
    let base = base_string(verb, address, &all);
    assert_eq!(method.sign(&base, ("kd94hf93k423kf44", secret)), signature);
}

#[test]
fn v7_to_v9_the_printer_gets_the_photo() {
    photos(
        Method::HmacSha1,
        ("POST", "https://photos.example.net/initiate"),
        &[
            ("oauth_timestamp", "137131200"),
            ("oauth_nonce", "wIjqoS"),
            ("oauth_callback", "http://printer.example.com/ready"),
        ],
        "",
        "74KNZJeDHnMBp0EMJ9ZHt/XKycU=",
    );
    photos(
        Method::HmacSha1,
        ("POST", "https://photos.example.net/token"),
        &[
            ("oauth_token", "hh5s93j4hdidpola"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "walatlh"),
            ("oauth_verifier", "hfdp7dh39dks9884"),
        ],
        "hdhd0244k9j7ao03",
        "gKgrFCywp7rO0OXSjdot/IHF7IU=",
    );
    for (method, signature) in [
        (Method::HmacSha1, "MdpQcU8iPSUjWoN/UDMsK2sui9I="),
        (
            Method::HmacSha256,
            "HtMwoX2zenlFjgGg/SNEoKEQmL7CzxYFEKzs7er044Y=",
        ),
    ] {
        photos(
            method,
            ("GET", "http://photos.example.net/photos"),
            &[
                ("file", "vacation.jpg"),
                ("size", "original"),
                ("oauth_token", "nnch734d00sl2jdk"),
                ("oauth_timestamp", "137131202"),
                ("oauth_nonce", "chapoH"),
            ],
            "pfkkdhi9sl3r4s00",
            signature,
        );
    }
}

#[test]
fn plaintext_addresses_and_body_hashes() {
    let plain = Method::Plaintext;
    assert_eq!(plain.sign("", ("a&b", "c d%")), "a%26b&c%20d%25");
    assert_eq!(percent("Ladies + Gentlemen"), "Ladies%20%2B%20Gentlemen");
    assert_eq!(percent("☃*()'~-._"), "%E2%98%83%2A%28%29%27~-._");
    assert_eq!(
        base_address("HTTP://EXAMPLE.COM:80/r%20v/X?id=123"),
        "http://example.com/r%20v/X"
    );
    assert_eq!(
        base_address("https://www.example.net:8080/"),
        "https://www.example.net:8080/"
    );
    let body = br#"{"a":1}"#;
    assert_eq!(
        Method::HmacSha1.body_hash(body),
        "n4nHQM60bXQYySSnisV5QdXpZSA="
    );
    assert_eq!(
        Method::HmacSha256.body_hash(body),
        "AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI="
    );
}

#[test]
fn headers_are_read_as_rfc_5849_writes_them() {
    let header = "OAuth realm=\"a, b\", oauth_token=\"x%20y\",oauth_nonce=\"1\"";
    let found = in_header(header).unwrap();
    let expected = [
        ("realm", "a, b"),
        ("oauth_token", "x y"),
        ("oauth_nonce", "1"),
    ];
    assert_eq!(found, pairs(&expected));
    for bad in [
        "Bearer x",
        "OAuth oauth_token=x",
        "OAuth oauth_token=\"x\" oauth_nonce=\"1\"",
        "OAuth oauth_token=\"a b\"",
        "OAuth oauth_token=\"a%2fb\"",
    ] {
        assert!(in_header(bad).is_err(), "{bad}");
    }
}

/// Made with OpenSSL 3.0: the public key in PKCS#1, and its RSA-SHA1 signature of the text.
#[test]
fn rsa_signatures_of_another_tool_are_right() {
    let public = crypto::unbase64("MIIBCgKCAQEAsOkEXRFvGojw0fxmbci8xJRyCxGiDnyD6YJPAGYCPzBef3MuPZNuPlcDXaBwmO/Gg1Lj2Fq/+v0ee2szcfMQoWWUcSouLPQ01Tnd0G9Kt8oyLe62uLK8543DPGdX01bFl1WR/CtaoC47cUl3qj+zVMOyW0uJBZ2zOVkmPG38zPMUgJKbfYQ/wS828j2a9qv802655USgAIx59jfc7cPed9/HzjzNeNGl+XmwHYruP+RKg0ExRLKtFy68Ow/vsIQzTZHgIdFqocXCl3UYyudaRcFcRIzpngo0Op1a/AD0YkwTuFq84RzjpU8DQfT1G/lcELgWTDT7uM/NhxYtnk4wbQIDAQAB").unwrap();
    let signature = crypto::unbase64("TLSwdSItvz5Y80lqUovKPeJaoLlOdHlNKox9g7DT2fKiicfuB21DTSjmyJj2Ro/9AhvYmx2syCdLJtOiKUQIwvcNDONaXCdpRdTuc1E9d73WU1UvVNQOl+ZR2avysl1qqyqbavMlhdrhw9HkQplCMtXIL3ZoNQgqvlF0FjMZa/h7+zeLIIVue7unEO/NowAP0LwZvC2rj2A3ejQZfyf8Hm5XB0j2xVEIffJdl1Ya6ru+TxtRGbud4M0chFO2bxnVOWyoRifTPTbfzxpCLwv9rG/kzRz3gJgQawvY3qbPfvItjgUBMfLmenkqqg6uz/o/vSvZ/klxkgnlROzyI5DpNw==").unwrap();
    let text = "GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3DchapoH%26oauth_signature_method%3DRSA-SHA1%26oauth_timestamp%3D137131202%26oauth_token%3Dnnch734d00sl2jdk%26size%3Doriginal";
    assert!(crypto::rsa_sha1(&public, text.as_bytes(), &signature));
    assert!(!crypto::rsa_sha1(
        &public,
        &text.as_bytes()[1..],
        &signature
    ));
}

/// A request in the making.
struct Signing<'a> {
    verb: &'a str,
    path: &'a str,
    /// Of the protocol, beside those that every request has.
    ours: Vec<(&'a str, &'a str)>,
    /// In the query, signed as well.
    query: &'a str,
    secret: &'a str,
    place: Place,
    /// The timestamp and nonce; `None`: new ones.
    when: Option<(i64, &'a str)>,
    body: Option<(&'a str, &'a str)>,
}

const REQUEST: Signing<'static> = Signing {
    verb: "POST",
    path: "/request_token",
    ours: Vec::new(),
    query: "",
    secret: "",
    place: Place::Header,
    when: None,
    body: None,
};

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// The parameters of the protocol, signed.
fn protocol(provider: &OAuth1Provider, method: Method, signing: &Signing<'_>) -> Pairs {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let fresh = format!("nonce{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let (at, nonce) = signing.when.unwrap_or((now(), &fresh));
    let mut ours = pairs(&[
        ("oauth_consumer_key", "freshet-client"),
        ("oauth_signature_method", method.name()),
        ("oauth_timestamp", &at.to_string()),
        ("oauth_nonce", nonce),
        ("oauth_version", "1.0"),
    ]);
    ours.extend(pairs(&signing.ours));
    let mut all = ours.clone();
    all.extend(form::pairs(signing.query).unwrap());
    if let Some(("application/x-www-form-urlencoded", body)) = signing.body {
        all.extend(form::pairs(body).unwrap());
    }
    let base = base_string(signing.verb, &provider.server.url(signing.path), &all);
    let signature = method.sign(&base, ("freshet-secret", signing.secret));
    ours.push(("oauth_signature".to_owned(), signature));
    ours
}

fn header(ours: &[(String, String)]) -> String {
    let quoted = ours
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", percent(value)));
    format!("OAuth {}", quoted.collect::<Vec<_>>().join(", "))
}

/// Signs and sends.
fn send(provider: &OAuth1Provider, signing: &Signing<'_>) -> Answer {
    send_by(provider, Method::HmacSha1, signing)
}

fn send_by(provider: &OAuth1Provider, method: Method, signing: &Signing<'_>) -> Answer {
    let ours = protocol(provider, method, signing);
    let mut url = provider.server.url(signing.path);
    if !signing.query.is_empty() {
        url = format!("{url}?{}", signing.query);
    }
    let borrowed: Vec<(&str, &str)> = ours
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let value = header(&ours);
    let mut headers = Vec::new();
    let mut body = signing.body.map_or("", |(_, body)| body).to_owned();
    let form = "application/x-www-form-urlencoded";
    headers.extend(signing.body.map(|(media, _)| ("Content-Type", media)));
    match signing.place {
        Place::Header => headers.push(("Authorization", value.as_str())),
        Place::Query => url = form::with_query(&url, &borrowed),
        Place::Form => {
            let joint = if body.is_empty() { "" } else { "&" };
            body = format!("{body}{joint}{}", form::encode(&borrowed));
            headers.retain(|(name, _)| *name != "Content-Type");
            headers.push(("Content-Type", form));
        }
    }
    client::send(signing.verb, &url, &headers, body.as_bytes())
}

#[track_caller]
fn refused(answer: &Answer, problem: &str) {
    let found = format!("x?{}", answer.text());
    let found = form::in_query(&found, "oauth_problem");
    assert_eq!(found.as_deref(), Some(problem), "{}", answer.text());
}

#[track_caller]
fn given(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = format!("x?{}", answer.text());
    let get = |name| form::in_query(&found, name).unwrap();
    (get("oauth_token"), get("oauth_token_secret"))
}

/// Temporary credentials that a person has consented to, with the verifier.
fn consented(provider: &OAuth1Provider) -> (String, String, String) {
    let (token, secret) = given(&send(
        provider,
        &Signing {
            ours: vec![("oauth_callback", "http://127.0.0.1:8713/callback")],
            ..REQUEST
        },
    ));
    let page = form::with_query(
        &provider.server.url("/authorize"),
        &[("oauth_token", &token)],
    );
    let back = provider.consent(&page);
    assert_eq!(form::in_query(&back, "oauth_token"), Some(token.clone()));
    let verifier = form::in_query(&back, "oauth_verifier").unwrap();
    (token, secret, verifier)
}

fn exchange(provider: &OAuth1Provider, token: &str, secret: &str, verifier: &str) -> Answer {
    let signing = Signing {
        path: "/access_token",
        ours: vec![("oauth_token", token), ("oauth_verifier", verifier)],
        secret,
        ..REQUEST
    };
    send(provider, &signing)
}

fn connected(provider: &OAuth1Provider) -> (String, String) {
    let (token, secret, verifier) = consented(provider);
    given(&exchange(provider, &token, &secret, &verifier))
}

#[test]
fn three_legs_lead_to_the_api() {
    let provider = OAuth1Provider::start();
    let (token, secret) = connected(&provider);
    let calling = |place, query, body| Signing {
        verb: if place == Place::Form { "POST" } else { "GET" },
        path: "/me",
        ours: vec![("oauth_token", token.as_str())],
        query,
        secret: &secret,
        place,
        body,
        ..REQUEST
    };
    let form = "application/x-www-form-urlencoded";
    for signing in [
        calling(Place::Header, "a=1&a=2&b=&c=x%20y+z&%C3%A9=%E2%98%83", None),
        calling(Place::Query, "a=%2B", None),
        calling(Place::Form, "", Some((form, "a=b+c&d"))),
        calling(Place::Header, "", Some(("application/json", "{}"))),
    ] {
        assert_eq!(send(&provider, &signing).status, 200);
    }
    assert_eq!(provider.faults(), []);
    provider.withdraw();
    let after = send(&provider, &calling(Place::Header, "", None));
    refused(&after, "token_rejected");
}

#[test]
fn temporary_credentials_count_once_and_with_their_verifier() {
    let provider = OAuth1Provider::start();
    let (token, secret, verifier) = consented(&provider);
    given(&exchange(&provider, &token, &secret, &verifier));
    refused(
        &exchange(&provider, &token, &secret, &verifier),
        "token_used",
    );
    let (token, secret, _) = consented(&provider);
    refused(
        &exchange(&provider, &token, &secret, "guess"),
        "permission_denied",
    );
    let (token, secret, verifier) = consented(&provider);
    let me = Signing {
        verb: "GET",
        path: "/me",
        ours: vec![("oauth_token", &token)],
        secret: &secret,
        ..REQUEST
    };
    refused(&send(&provider, &me), "token_rejected");
    refused(
        &exchange(&provider, &token, "wrong", &verifier),
        "signature_invalid",
    );
}

#[test]
fn a_denial_is_told() {
    let provider = OAuth1Provider::start();
    let asked = Signing {
        ours: vec![("oauth_callback", "http://127.0.0.1:8713/callback")],
        ..REQUEST
    };
    let (token, _) = given(&send(&provider, &asked));
    let page = form::with_query(
        &provider.server.url("/authorize"),
        &[("oauth_token", &token)],
    );
    let back = provider.deny(&page);
    assert_eq!(
        back,
        format!("http://127.0.0.1:8713/callback?denied={token}")
    );
    assert_eq!(client::get(&page).status, 400);
}

#[test]
fn timestamps_are_of_this_time_and_nonces_new() {
    let provider = OAuth1Provider::start();
    let callback = vec![("oauth_callback", "oob")];
    let at = |when| {
        let signing = Signing {
            ours: callback.clone(),
            when: Some(when),
            ..REQUEST
        };
        send(&provider, &signing)
    };
    given(&at((now(), "n1")));
    refused(&at((now(), "n1")), "nonce_used");
    refused(&at((now() + 1, "n1")), "nonce_used");
    refused(&at((now() - 3600, "n2")), "timestamp_refused");
    refused(&at((-5, "n3")), "parameter_rejected");
    provider.change(|rules| rules.ahead = 3600);
    refused(&at((now(), "n4")), "timestamp_refused");
    given(&at((now() + 3600, "n5")));
    provider.change(|rules| rules.refusal = Refusing::Date);
    let answer = at((now(), "n6"));
    assert_eq!((answer.status, answer.text().as_str()), (401, ""));
    assert!(answer.header("date").is_some());
    provider.change(|rules| rules.refusal = Refusing::Empty);
    assert_eq!(at((now(), "n7")).header("date"), None);
}

#[test]
fn signatures_are_checked() {
    let provider = OAuth1Provider::start();
    let signing = Signing {
        ours: vec![("oauth_callback", "oob")],
        ..REQUEST
    };
    let url = provider.server.url("/request_token");
    let ours = protocol(&provider, Method::HmacSha1, &signing);
    // Something added after signing.
    let more = client::send(
        "POST",
        &format!("{url}?a=1"),
        &[("Authorization", &header(&ours))],
        b"",
    );
    refused(&more, "signature_invalid");
    let mut other = ours.clone();
    other.last_mut().unwrap().1 = "bYT5CMsGcbgUdFHObYMEfcx6bsw=".to_owned();
    let answer = client::send("POST", &url, &[("Authorization", &header(&other))], b"");
    refused(&answer, "signature_invalid");
    assert_eq!(answer.status, 401);
    refused(
        &send_by(&provider, Method::HmacSha256, &signing),
        "signature_method_rejected",
    );
    refused(&client::post(&url, &[], &[]), "parameter_absent");
    refused(&send(&provider, &REQUEST), "parameter_absent");
    let twice = [ours.clone(), vec![ours[0].clone()]].concat();
    let answer = client::send("POST", &url, &[("Authorization", &header(&twice))], b"");
    refused(&answer, "parameter_rejected");
    let both = format!("{url}?oauth_token=");
    let answer = client::send("POST", &both, &[("Authorization", &header(&ours))], b"");
    refused(&answer, "parameter_rejected");
    provider.change(|rules| rules.place = Some(Place::Query));
    refused(&send(&provider, &signing), "parameter_rejected");
}

#[test]
fn the_callback_may_be_unconfirmed() {
    let provider = OAuth1Provider::with(Rules {
        confirmed: None,
        ..Rules::default()
    });
    let signing = Signing {
        ours: vec![("oauth_callback", "oob")],
        ..REQUEST
    };
    let answer = send(&provider, &signing);
    assert!(!answer.text().contains("oauth_callback_confirmed"));
    provider.change(|rules| rules.confirmed = Some("true"));
    assert!(
        send(&provider, &signing)
            .text()
            .contains("oauth_callback_confirmed=true")
    );
}

#[test]
fn bodies_have_a_hash_where_the_rules_want_it() {
    let provider = OAuth1Provider::with(Rules {
        body_hash: true,
        two_legs: true,
        ..Rules::default()
    });
    let json = Some(("application/json", r#"{"a":1}"#));
    let with = |ours, body| {
        let signing = Signing {
            path: "/me",
            ours,
            body,
            ..REQUEST
        };
        send(&provider, &signing)
    };
    refused(&with(vec![], json), "parameter_absent");
    let hash = ("oauth_body_hash", "n4nHQM60bXQYySSnisV5QdXpZSA=");
    assert_eq!(with(vec![hash], json).status, 200);
    let other = Some(("application/json", r#"{"a":2}"#));
    refused(&with(vec![hash], other), "body_hash_invalid");
    let form = Some(("application/x-www-form-urlencoded", "a=1"));
    assert_eq!(with(vec![], form).status, 200);
    refused(&with(vec![hash], form), "parameter_rejected");
}

#[test]
fn tokens_may_be_entered_or_left_out() {
    let provider = OAuth1Provider::with(Rules {
        entered: Some(("given", "its secret")),
        realm: Some("photos"),
        method: Method::Plaintext,
        ..Rules::default()
    });
    let with = |ours, secret| {
        let signing = Signing {
            verb: "GET",
            path: "/me",
            ours,
            secret,
            ..REQUEST
        };
        let ours = protocol(&provider, Method::Plaintext, &signing);
        let value = header(&ours).replacen("OAuth ", "OAuth realm=\"photos\", ", 1);
        let url = provider.server.url("/me");
        client::send("GET", &url, &[("Authorization", &value)], b"")
    };
    let token = ("oauth_token", "given");
    assert_eq!(with(vec![token], "its secret").status, 200);
    refused(&with(vec![token], ""), "signature_invalid");
    refused(&with(vec![], ""), "token_rejected");
    provider.change(|rules| rules.two_legs = true);
    assert_eq!(with(vec![], "").status, 200);
    provider.change(|rules| rules.realm = Some("other"));
    refused(&with(vec![], ""), "parameter_rejected");
}
