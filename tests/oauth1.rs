//! OAuth 1.0 through the binary: three legs, two, and tokens that are entered; what is signed, and by whom it is
//! verified (connections, 11: checks 36 to 42; the vectors of check 35 are tests of the crate).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

use std::sync::Arc;

use serde_json::json;
use services::crypto::Key;
use services::oauth1_provider::{Method, Place as Where, Refusing, Rules, base_string, in_header};
use services::{ForeignOAuth1, OAuth1Provider};
use support::form;
use support::place::{Outcome, Place};
use support::server::{Reply, Request, Server};

/// A place with the connection `photos` to a service.
fn joined(definition: &str, client: &str, secret: &str) -> Place {
    let place = Place::new();
    place.write("photos.toml", definition);
    place
        .run(&["service", "add", "photos", "--file", "photos.toml"])
        .ok();
    let store = ["service", "client", "photos", "--client-id", client];
    place
        .run_with_input(&[&store[..], &["--secret-stdin"]].concat(), secret)
        .ok();
    place
        .run(&["connection", "add", "photos", "--service", "photos"])
        .ok();
    place
}

/// The same with a provider of our own, and further keys of its service.
fn with_provider(rules: Rules, more: &str) -> (Place, OAuth1Provider) {
    let provider = OAuth1Provider::with(rules);
    let definition = provider.definition("Photos", more);
    let place = joined(&definition, "freshet-client", "freshet-secret");
    (place, provider)
}

/// Begins an authorisation: the address at which to consent.
#[track_caller]
fn start(place: &Place) -> String {
    start_with(place, &[])
}

#[track_caller]
fn start_with(place: &Place, more: &[&str]) -> String {
    let start = ["connection", "connect", "photos", "--start"];
    let begun = place.run(&[&start[..], more].concat()).ok();
    begun.out.trim().to_owned()
}

/// Brings the answer to a consent.
fn finish(place: &Place, answer: &str, more: &[&str]) -> Outcome {
    let arguments = ["connection", "connect", "photos", "--finish", "-"];
    place.run_with_input(&[&arguments[..], more].concat(), answer)
}

/// All three legs.
#[track_caller]
fn authorise(place: &Place, provider: &OAuth1Provider) {
    let answer = provider.consent(&start(place));
    finish(place, &answer, &[]).ok();
}

#[track_caller]
fn status(place: &Place) -> String {
    let shown = place
        .run(&["connection", "show", "photos", "--json"])
        .ok()
        .json();
    let connection = &shown["connection"];
    let reason = connection["reason"].as_str();
    let reason = reason
        .map(|reason| format!(" {reason}"))
        .unwrap_or_default();
    format!("{}{reason}", connection["status"].as_str().unwrap())
}

/// A script with one call over the connection, which prints the status of the reply.
fn call(url: &str, more: &str) -> String {
    format!(
        "r = invokeurl [ url :\"{url}\" {more} connection :\"photos\" detailed :true ];\ninfo r.get(\"responseCode\");\n"
    )
}

#[track_caller]
fn no_fault(provider: &OAuth1Provider) {
    assert_eq!(provider.faults(), []);
}

#[test]
fn check_36_three_legs_in_header_query_and_body() {
    for place_of_signature in [Where::Header, Where::Query, Where::Form] {
        let rules = Rules {
            place: Some(place_of_signature),
            realm: (place_of_signature == Where::Header).then_some("photos"),
            ..Rules::default()
        };
        let (place, provider) = with_provider(rules, "");
        assert_eq!(status(&place), "created");
        // The request that verifies is a GET, which has no form to hold a signature.
        let unverified: &[&str] = match place_of_signature {
            Where::Form => &["--no-verify"],
            _ => &[],
        };
        let answer = provider.consent(&start_with(&place, unverified));
        let connected = finish(&place, &answer, &[]).ok();
        if unverified.is_empty() {
            assert!(connected.out.contains("as ada@"), "{}", connected.out);
        }
        assert_eq!(status(&place), "authorised");
        let post = "type :POST parameters :{\"note\":\"a b\"}";
        let called = place
            .script(&call(&provider.server.url("/photos"), post))
            .ok();
        assert_eq!(called.out, "200\n");
        no_fault(&provider);

        // Neither secret is anywhere, nor is the token outside of the requests.
        let secrets = [
            "freshet-secret",
            "tok-token-secret-1",
            "tok-temporary-secret-1",
        ];
        for told in [&connected.out, &connected.err, &called.out, &called.err] {
            assert!(!told.contains("tok-token"), "{told}");
            assert!(
                !secrets.iter().any(|secret| told.contains(secret)),
                "{told}"
            );
        }
        for (path, content) in place.files() {
            let content = String::from_utf8_lossy(&content);
            assert!(!content.contains("tok-token"), "{}", path.display());
            assert!(!content.contains("freshet-secret"), "{}", path.display());
            assert!(!content.contains("tok-temporary"), "{}", path.display());
        }
    }
}

/// Nobody consents in vain: that the verify request has no form to hold a signature is known before.
#[test]
fn a_verify_request_without_a_form_is_refused_before_anybody_is_asked() {
    let told = [
        "found GET in `verify` of its service",
        "freshet service edit photos",
        "freshet connection connect photos --no-verify",
        "C0018",
    ];
    let rules = || Rules {
        place: Some(Where::Form),
        ..Rules::default()
    };
    let (place, provider) = with_provider(rules(), "");
    place
        .run(&["connection", "connect", "photos", "--start"])
        .fails(2, &told)
        .prints("");
    assert_eq!(provider.requests("/request_token").len(), 0);
    assert_eq!(status(&place), "created");
    // With a POST there is one.
    let definition = provider.definition("Photos", "").replace("GET ", "POST ");
    place.write("photos.toml", definition);
    place
        .run(&[
            "service",
            "edit",
            "photos",
            "--file",
            "photos.toml",
            "--yes",
        ])
        .ok();
    let answer = provider.consent(&start(&place));
    let connected = finish(&place, &answer, &[]).ok();
    assert!(connected.out.contains("as ada@"), "{}", connected.out);

    // Two legs: nothing to consent to.
    let two = Rules {
        two_legs: true,
        ..rules()
    };
    let (place, provider) = with_provider(two, "legs = \"two\"\n");
    place
        .run(&["connection", "connect", "photos"])
        .fails(2, &told)
        .prints("");
    assert_eq!(provider.requests("/me").len(), 0);
    place
        .run(&["connection", "connect", "photos", "--no-verify"])
        .ok();
    place
        .run(&["connection", "verify", "photos"])
        .fails(2, &told);
}

#[test]
fn check_36_the_address_has_the_token_and_what_the_service_wants() {
    let (place, _provider) = with_provider(
        Rules::default(),
        "authorize_params = { expiration = \"never\", name = \"My app\" }\nscope_delimiter = \"comma\"\n\
         scopes = [{ name = \"read\", default = true }, { name = \"write\", default = true }]\n",
    );
    let address = start(&place);
    let (_, query) = address.split_once('?').unwrap();
    assert_eq!(
        query,
        "oauth_token=tok-temporary-1&scope=read%2Cwrite&expiration=never&name=My%20app"
    );
}

#[test]
fn check_37_everything_that_is_sent_is_signed_as_it_is_sent() {
    let (place, provider) = with_provider(Rules::default(), "");
    authorise(&place, &provider);
    let url = |query: &str| provider.server.url(&format!("/photos{query}"));
    let calls = [
        // Repeated names, empty values, `+`, and characters beyond ASCII.
        call(&url("?b=2&a=x&a=&a&c=a+b&d=%2B&e=~*'()"), "type :GET"),
        call(&url("?é=ü&☃=%E2%98%83&%7E=%7e"), "type :DELETE"),
        call(
            &url(""),
            "type :GET parameters :{\"q\":\"a&b=c d+e\",\"ü\":\"\"}",
        ),
        call(
            &url("?a=1"),
            "type :POST parameters :{\"a\":\"2\",\"b\":\"é + ☃\",\"c\":\"\"}",
        ),
        call(
            &url("?a=1"),
            "type :PUT parameters :{\"x\":\"ü&=\"} headers :{\"Content-Type\":\"application/x-www-form-urlencoded; charset=UTF-8\"}",
        ),
        // Bodies that are not signed.
        call(
            &url("?a=1"),
            "type :POST body :{\"a\":\"b&c=d\"} content-type :\"application/json\"",
        ),
        call(
            &url(""),
            "type :POST parameters :{\"a\":\"1\"} content-type :\"multipart/form-data\"",
        ),
        call(&url(""), "type :POST"),
    ];
    for script in calls {
        let called = place.script(&script).ok();
        assert_eq!(called.out, "200\n", "{script}\n{:?}", provider.faults());
    }
    no_fault(&provider);

    // With hashes, those bodies are signed too, and forms have none.
    let hashing = Rules {
        body_hash: true,
        method: Method::HmacSha256,
        ..Rules::default()
    };
    let (place, provider) = with_provider(hashing, "");
    authorise(&place, &provider);
    for more in [
        "type :POST body :{\"a\":1} content-type :\"application/json\"",
        "type :POST parameters :{\"a\":\"1\"}",
        "type :GET",
    ] {
        let script = call(&provider.server.url("/photos"), more);
        let called = place.script(&script).ok();
        assert_eq!(called.out, "200\n", "{script}\n{:?}", provider.faults());
    }
    no_fault(&provider);
}

#[test]
fn check_38_what_is_no_right_answer_brings_no_token() {
    for confirmed in [None, Some("false")] {
        let rules = Rules {
            confirmed,
            ..Rules::default()
        };
        let (place, _provider) = with_provider(rules, "");
        place
            .run(&["connection", "connect", "photos", "--start"])
            .fails(69, &["C0032", "revision A"])
            .prints("");
        assert_eq!(status(&place), "created");
    }

    let (place, provider) = with_provider(Rules::default(), "");
    let answer = provider.consent(&start(&place));
    let other = answer.replace("tok-temporary-1", "tok-temporary-2");
    finish(&place, &other, &[]).fails(69, &["C0033"]);
    let verifier_alone = answer.replace("oauth_token=tok-temporary-1&", "");
    finish(&place, &verifier_alone, &[]).fails(69, &["C0033", "without a token"]);
    assert_eq!(status(&place), "created");
    finish(&place, &answer, &[]).ok();
    finish(&place, &answer, &[]).fails(4, &["C0022"]);

    let (place, provider) = with_provider(Rules::default(), "");
    let answer = provider.consent(&start(&place));
    let (without_verifier, _) = answer.split_once("&oauth_verifier").unwrap();
    finish(&place, without_verifier, &[]).fails(69, &["C0033", "no oauth_verifier"]);
    assert_eq!(status(&place), "failed error");

    for denial in [None, Some("permission_denied"), Some("user_refused")] {
        let (place, provider) = with_provider(Rules::default(), "");
        let denied = provider.deny(&start(&place));
        let answer = match denial {
            None => denied,
            Some(word) => format!("?oauth_token=tok-temporary-1&oauth_problem={word}"),
        };
        finish(&place, &answer, &[]).fails(4, &["C0023", "denied at Photos"]);
        assert_eq!(status(&place), "failed denied");
        assert!(provider.requests("/access_token").is_empty());
        let log = place.run(&["connection", "log", "photos"]).ok();
        assert!(
            log.out.contains("deny") && log.out.contains("C0023"),
            "{}",
            log.out
        );
    }
}

#[test]
fn a_refusal_is_told_by_its_problem_or_its_status() {
    for (refusal, told) in [
        (Refusing::Empty, "status 401"),
        (Refusing::Date, "status 401"),
        (Refusing::Problem, "signature_invalid"),
    ] {
        let rules = Rules {
            client_secret: "another".to_owned(),
            refusal,
            ..Rules::default()
        };
        let (place, provider) = with_provider(rules, "");
        place
            .run(&["connection", "connect", "photos", "--start"])
            .fails(69, &["C0027", told, "freshet service client"]);
        assert_eq!(status(&place), "failed error");
        assert_eq!(provider.requests("/request_token").len(), 1);
    }
}

#[test]
fn a_failed_reconnect_leaves_the_token_that_works() {
    let (place, provider) = with_provider(Rules::default(), "");
    authorise(&place, &provider);
    let denied = provider.deny(&start(&place));
    finish(&place, &denied, &[]).fails(4, &["C0023"]);
    assert_eq!(status(&place), "authorised");
    let script = call(&provider.server.url("/photos"), "type :GET");
    assert_eq!(place.script(&script).ok().out, "200\n");
    authorise(&place, &provider);
    let used = provider.requests("/me").pop().unwrap();
    assert!(
        used.header("authorization")
            .unwrap()
            .contains("tok-token-2")
    );

    // No renewal: a token that ended needs a person, which only `verify` says.
    provider.withdraw();
    assert_eq!(place.script(&script).ok().out, "401\n");
    assert_eq!(status(&place), "authorised");
    place
        .run(&["connection", "verify", "photos"])
        .fails(4, &["C0034"]);
    assert_eq!(status(&place), "needs_authorisation refused");
}

#[test]
fn check_39_no_nonce_comes_twice() {
    // The provider refuses a nonce it has seen; 10,000 signatures are made by a test of the crate.
    let calls = match std::env::var_os("FRESHET_LONG_TESTS") {
        Some(_) => 10_000,
        None => 500,
    };
    let (place, provider) = with_provider(Rules::default(), "");
    authorise(&place, &provider);
    let url = provider.server.url("/photos");
    let script = format!(
        "good = 0;\nfor each i in \"{}\".toList(\",\")\n{{\n  r = invokeurl [ url :\"{url}\" type :GET connection :\"photos\" detailed :true ];\n  if(r.get(\"responseCode\") == 200)\n  {{\n    good = good + 1;\n  }}\n}}\ninfo good;\n",
        vec!["1"; calls].join(",")
    );
    assert_eq!(place.script(&script).ok().out, format!("{calls}\n"));
    assert_eq!(provider.requests("/photos").len(), calls);
    no_fault(&provider);
}

#[test]
fn check_40_a_clock_an_hour_off_is_corrected_once() {
    for (refusal, ahead) in [
        (Refusing::Problem, 3600),
        (Refusing::Date, 3600),
        (Refusing::Date, -3600),
    ] {
        let rules = Rules {
            refusal,
            ahead,
            ..Rules::default()
        };
        let (place, provider) = with_provider(rules, "");
        authorise(&place, &provider);
        assert_eq!(status(&place), "authorised");
        assert_eq!(provider.requests("/request_token").len(), 2);
        assert_eq!(provider.requests("/access_token").len(), 2);
        assert_eq!(provider.requests("/me").len(), 2);
        let twice = call(&provider.server.url("/photos"), "type :GET").repeat(2);
        assert_eq!(place.script(&twice).ok().out, "200\n200\n");
        // The first call learns what time it is, the second one knows.
        assert_eq!(provider.requests("/photos").len(), 3);
        let problems: Vec<_> = provider
            .faults()
            .iter()
            .map(|fault| fault.problem)
            .collect();
        assert_eq!(problems, ["timestamp_refused"; 4]);
    }
    let rules = Rules {
        refusal: Refusing::Empty,
        ahead: 3600,
        ..Rules::default()
    };
    let (place, provider) = with_provider(rules, "");
    place
        .run(&["connection", "connect", "photos", "--start"])
        .fails(69, &["C0027", "status 401"]);
    assert_eq!(provider.requests("/request_token").len(), 1);
}

#[test]
fn check_41_two_legs_entered_and_rsa_verify_and_plaintext_needs_https() {
    let two = Rules {
        two_legs: true,
        ..Rules::default()
    };
    let (place, provider) = with_provider(two, "legs = \"two\"\n");
    place.run(&["connection", "connect", "photos"]).ok();
    assert_eq!(status(&place), "authorised");
    no_fault(&provider);

    let entered = Rules {
        entered: Some(("typed-token", "typed-secret")),
        method: Method::HmacSha256,
        ..Rules::default()
    };
    let (place, provider) = with_provider(entered, "legs = \"entered\"\n");
    place
        .run(&["connection", "connect", "photos"])
        .fails(4, &["C0029", "--secret-stdin"]);
    place.write_secret("token", "typed-token\n");
    place.write_secret("secret", "typed-secret\n");
    place
        .run(&[
            "connection",
            "connect",
            "photos",
            "--secret-file",
            "token=token",
            "--secret-file",
            "token_secret=secret",
        ])
        .ok();
    let script = call(&provider.server.url("/photos"), "type :GET");
    assert_eq!(place.script(&script).ok().out, "200\n");
    no_fault(&provider);

    for pem in [Key::Rsa.private(), Key::Rsa.private_pkcs1()] {
        let rsa = Rules {
            method: Method::RsaSha1(Key::Rsa),
            ..Rules::default()
        };
        let provider = OAuth1Provider::with(rsa);
        let place = Place::new();
        place.write("photos.toml", provider.definition("Photos", ""));
        place
            .run(&["service", "add", "photos", "--file", "photos.toml"])
            .ok();
        let add = ["connection", "add", "photos", "--service", "photos"];
        place.run(&add).ok();
        place.write_secret("key.pem", &pem);
        let store = [
            "service",
            "client",
            "photos",
            "--client-id",
            "freshet-client",
        ];
        place
            .run(&[&store[..], &["--secret-file", "private_key=key.pem"]].concat())
            .ok();
        authorise(&place, &provider);
        no_fault(&provider);
    }

    let (place, provider) = with_provider(Rules::default(), "legs = \"two\"\n");
    let plain = provider
        .definition("Plain", "legs = \"two\"\n")
        .replace("HMAC-SHA1", "PLAINTEXT");
    place.write("plain.toml", plain);
    place
        .run(&["service", "add", "plain", "--file", "plain.toml"])
        .ok();
    let store = [
        "service",
        "client",
        "plain",
        "--client-id",
        "freshet-client",
        "--secret-stdin",
    ];
    place.run_with_input(&store, "freshet-secret").ok();
    place
        .run(&["connection", "add", "plain", "--service", "plain"])
        .ok();
    place
        .run(&["connection", "connect", "plain"])
        .fails(78, &["C0007", "https only"]);
    assert!(provider.server.requests().is_empty());
}

/// Whether a request carries a signature that is right for it.
fn verifies(request: &Request) -> bool {
    let Some(header) = request.header("authorization") else {
        return false;
    };
    let mut parameters = in_header(header).expect("a header of OAuth");
    let at = parameters
        .iter()
        .position(|(name, _)| name == "oauth_signature")
        .expect("a signature");
    let (_, signature) = parameters.remove(at);
    let query = request
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    parameters.extend(form::pairs(query).expect("a query"));
    let host = request.header("host").expect("a host");
    let address = format!("http://{host}{}", request.path());
    let base = base_string(&request.method, &address, &parameters);
    Method::HmacSha1.signed(&base, ("freshet-secret", ""), &signature)
}

#[test]
fn check_42_a_redirect_is_signed_again_on_the_same_host_only() {
    let other = Server::start(|_| Reply::json("{}"));
    let away = Arc::new(other.url("/end"));
    let server = Server::start(move |request| match request.path() {
        "/same" => Reply::new(307, "", "").with("Location", "/end?b=2&a=%2B"),
        "/other" => Reply::new(307, "", "").with("Location", &away),
        _ => Reply::json("{}"),
    });
    let host = server.host();
    let definition = format!(
        "name = \"Photos\"\nscheme = \"oauth1\"\nlegs = \"two\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\n"
    );
    let place = joined(&definition, "freshet-client", "freshet-secret");
    place.run(&["connection", "connect", "photos"]).ok();

    let script = call(&server.url("/same?a=1"), "type :GET");
    assert_eq!(place.script(&script).ok().out, "200\n");
    let seen = server.requests();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(verifies), "{seen:?}");
    assert_ne!(
        seen[0].header("authorization"),
        seen[1].header("authorization")
    );

    let script = call(&server.url("/other"), "type :GET");
    assert_eq!(place.script(&script).ok().out, "200\n");
    let seen = other.requests();
    assert_eq!(seen.len(), 1);
    assert!(!format!("{seen:?}").contains("oauth_"), "{seen:?}");
}

/// All three legs and a few calls, against a server that others wrote.
fn foreign(provider: &ForeignOAuth1, more: &str, place: &Place) {
    let answer = provider.consent(&start(place));
    let connected = finish(place, &answer, &[]).ok();
    assert!(
        connected.out.contains(ForeignOAuth1::ACCOUNT),
        "{}",
        connected.out
    );
    for script in [
        call(&provider.url("/api/me?b=2&a=x&a=&c=a+b&é=ü"), "type :GET"),
        call(
            &provider.url("/api/me"),
            "type :POST parameters :{\"a\":\"é + ☃\",\"b\":\"\"}",
        ),
        call(
            &provider.url("/api/me"),
            "type :POST body :{\"a\":1} content-type :\"application/json\"",
        ),
    ] {
        assert_eq!(place.script(&script).ok().out, "200\n", "{more} {script}");
    }
}

#[test]
fn check_36_a_foreign_server_verifies_three_legs() {
    for (method, more) in [
        ("HMAC-SHA1", ""),
        ("HMAC-SHA1", "param_type = \"query\"\n"),
        ("HMAC-SHA256", "body_hash = true\n"),
    ] {
        let Some(provider) = ForeignOAuth1::start(method) else {
            return;
        };
        let definition = provider.definition("Photos", more);
        let place = joined(&definition, ForeignOAuth1::CLIENT, ForeignOAuth1::SECRET);
        foreign(&provider, more, &place);

        let denied = provider.deny(&start(&place));
        finish(&place, &denied, &[]).fails(4, &["C0023"]);
        assert_eq!(status(&place), "authorised");
    }
}

#[test]
fn check_41_a_foreign_server_verifies_rsa_and_two_legs() {
    let rsa = json!({ "method": "RSA-SHA1", "rsa_key": Key::Rsa.public_pem() });
    let Some(provider) = ForeignOAuth1::with(&rsa) else {
        return;
    };
    let place = Place::new();
    place.write("photos.toml", provider.definition("Photos", ""));
    place
        .run(&["service", "add", "photos", "--file", "photos.toml"])
        .ok();
    place
        .run(&["connection", "add", "photos", "--service", "photos"])
        .ok();
    place.write_secret("key.pem", &Key::Rsa.private());
    let store = [
        "service",
        "client",
        "photos",
        "--client-id",
        ForeignOAuth1::CLIENT,
    ];
    place
        .run(&[&store[..], &["--secret-file", "private_key=key.pem"]].concat())
        .ok();
    foreign(&provider, "", &place);

    let two = json!({ "method": "HMAC-SHA1", "two_legs": true });
    let Some(provider) = ForeignOAuth1::with(&two) else {
        return;
    };
    let definition = provider.definition("Photos", "");
    let place = joined(&definition, ForeignOAuth1::CLIENT, ForeignOAuth1::SECRET);
    place.run(&["connection", "connect", "photos"]).ok();
    assert_eq!(status(&place), "authorised");
}
