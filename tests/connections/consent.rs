//! Consent in a browser, begun by one process and finished by another (connections, 6.4 and 11).

use std::collections::BTreeMap;

use crate::services::OAuth2Provider;
use crate::services::oauth2_provider::{Pkce, Rules};
use crate::support::form;
use crate::support::place::{Outcome, Place};

/// A place with the connection `team` to a provider, and further keys of its service.
fn joined(rules: Rules, more: &str) -> (Place, OAuth2Provider) {
    let provider = OAuth2Provider::with(rules);
    let place = Place::new();
    place.add_service(
        "shop",
        &provider.definition("Shop", &["authorization_code"], more),
    );
    place.add_client("shop", "freshet-client", "freshet-secret");
    join(&place, "team");
    (place, provider)
}

fn join(place: &Place, link: &str) {
    let scopes = ["--scope", "read", "--scope", "write"];
    let arguments = ["connection", "add", link, "--service", "shop"];
    place.run(&[&arguments[..], &scopes].concat()).ok();
}

/// Begins an authorisation: the address at which to consent.
#[track_caller]
fn start(place: &Place, link: &str) -> String {
    let begun = place.run(&["connection", "connect", link, "--start"]).ok();
    assert!(begun.err.contains("--finish -"), "{}", begun.err);
    begun.out.trim().to_owned()
}

/// Brings the answer to a consent.
fn finish(place: &Place, link: &str, answer: &str) -> Outcome {
    place.run_with_input(&["connection", "connect", link, "--finish", "-"], answer)
}

/// The parameters of an address.
fn parameters(address: &str) -> BTreeMap<String, String> {
    let (_, query) = address.split_once('?').unwrap();
    form::pairs(query).unwrap().into_iter().collect()
}

#[test]
fn check_43_the_address_has_exactly_the_parameters_of_the_flow() {
    let (place, provider) = joined(Rules::default(), "");
    let address = start(&place, "team");
    let found = parameters(&address);
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "redirect_uri",
            "response_type",
            "scope",
            "state"
        ]
    );
    assert_eq!(found["response_type"], "code");
    assert_eq!(found["client_id"], "freshet-client");
    assert_eq!(found["redirect_uri"], "http://127.0.0.1:8713/callback");
    assert_eq!(found["code_challenge_method"], "S256");
    assert_eq!(
        (found["state"].len(), found["code_challenge"].len()),
        (43, 43)
    );
    assert!(
        address.starts_with(&provider.server.url("/authorize?")),
        "{address}"
    );
    assert!(address.contains("scope=read%20write"), "{address}");

    let begun = place
        .run(&["connection", "connect", "team", "--start", "--json"])
        .ok()
        .json();
    let attempt = &begun["attempt"];
    assert_eq!(attempt["redirect_url"], "http://127.0.0.1:8713/callback");
    let again = parameters(attempt["address"].as_str().unwrap());
    assert!(attempt["expires_at"].as_str().unwrap().ends_with('Z'));
    // Check 44: a new state and a new verifier each time.
    assert_ne!(again["state"], found["state"]);
    assert_ne!(again["code_challenge"], found["code_challenge"]);
}

#[test]
fn check_43_delimiters_own_query_and_further_parameters() {
    for (delimiter, sent) in [
        ("space", "read%20write"),
        ("comma", "read%2Cwrite"),
        ("plus", "read+write"),
        ("semicolon", "read%3Bwrite"),
    ] {
        let (place, _provider) = joined(
            Rules::default(),
            &format!(
                "scope_delimiter = \"{delimiter}\"\nauthorize_params = {{ prompt = \"consent\", response_type = \"\" }}\n"
            ),
        );
        let address = start(&place, "team");
        assert!(address.contains(&format!("scope={sent}&")), "{address}");
        assert!(address.contains("prompt=consent"), "{address}");
        assert!(!address.contains("response_type"), "{address}");
    }
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let resource = "resource = \"https://api.example.com/v1\"\n";
    let definition = provider
        .definition("Shop", &["authorization_code"], resource)
        .replace("/authorize\"", "/authorize?tenant=a%2Fb\"");
    place.add_service("shop", &definition);
    place.add_client("shop", "freshet-client", "freshet-secret");
    join(&place, "team");
    let address = start(&place, "team");
    assert!(
        address.contains("/authorize?tenant=a%2Fb&response_type=code"),
        "{address}"
    );
    assert!(
        address.contains("&resource=https%3A%2F%2Fapi.example.com%2Fv1"),
        "{address}"
    );
    finish(&place, "team", &provider.consent(&address)).ok();
    let form: BTreeMap<String, String> = provider.token_forms().remove(0).into_iter().collect();
    assert_eq!(form["resource"], "https://api.example.com/v1");
}

#[test]
fn check_51_begun_by_one_process_and_finished_by_another() {
    let (place, provider) = joined(Rules::default(), "");
    let address = start(&place, "team");
    assert_eq!(place.status("team"), "created");
    assert_eq!(provider.asked(), 0);

    let answer = provider.consent(&address);
    finish(&place, "team", &answer).ok();
    assert_eq!(place.status("team"), "authorised");
    assert_eq!(provider.asked(), 1);
    assert!(provider.faults().is_empty(), "{:?}", provider.faults());
    // Check 49: the same redirect text in both requests; check 44: the verifier came along.
    let form: BTreeMap<String, String> = provider.token_forms().remove(0).into_iter().collect();
    assert_eq!(form["redirect_uri"], "http://127.0.0.1:8713/callback");
    assert_eq!(form["code_verifier"].len(), 43);
    place
        .call("team", &provider.server.url("/me"))
        .ok()
        .prints("200\n");
    let log = place
        .run(&["connection", "log", "team", "--json"])
        .ok()
        .json();
    let actions: Vec<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["create", "connect"]);
}

#[test]
fn check_44_servers_that_refuse_proof_keys_get_none() {
    let rules = Rules {
        pkce: Pkce::Refused,
        ..Rules::default()
    };
    let (place, provider) = joined(rules, "pkce = \"off\"\n");
    let answer = provider.consent(&start(&place, "team"));
    finish(&place, "team", &answer).ok();
    assert!(provider.faults().is_empty(), "{:?}", provider.faults());
}

#[test]
fn check_45_an_answer_that_belongs_to_no_attempt_is_refused_unasked() {
    let (place, provider) = joined(Rules::default(), "");
    join(&place, "other");
    let answer = provider.consent(&start(&place, "team"));
    let state = parameters(&answer)["state"].clone();
    let altered = answer.replace(&state, &format!("{}A", &state[..42]));
    let altered = if altered == answer {
        answer.replace(&state, &format!("{}B", &state[..42]))
    } else {
        altered
    };
    finish(&place, "team", &altered).fails(4, &["C0020"]);
    finish(&place, "team", &answer.replace("state=", "stated=")).fails(4, &["C0020"]);
    finish(&place, "other", &answer).fails(4, &["C0020"]);
    assert_eq!(provider.asked(), 0);

    finish(&place, "team", &answer).ok();
    finish(&place, "team", &answer).fails(4, &["C0022"]);
    assert_eq!(provider.asked(), 1);

    let answer = provider.consent(&start(&place, "team"));
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    db.execute(
        "UPDATE attempt SET created_at = created_at - 601000, expires_at = expires_at - 601000 WHERE used_at IS NULL",
        [],
    )
    .unwrap();
    finish(&place, "team", &answer).fails(75, &["C0021", "10 minutes ago"]);
    assert_eq!(provider.asked(), 1);
    assert_eq!(place.status("team"), "authorised");
}

#[test]
fn check_46_two_attempts_answered_crosswise_get_each_its_own() {
    let (place, provider) = joined(Rules::default(), "");
    join(&place, "other");
    let (first, second) = (start(&place, "team"), start(&place, "other"));
    let (second, first) = (provider.consent(&second), provider.consent(&first));
    finish(&place, "team", &first).ok();
    finish(&place, "other", &second).ok();
    assert!(provider.faults().is_empty(), "{:?}", provider.faults());
    for link in ["team", "other"] {
        assert_eq!(place.status(link), "authorised");
    }
}

#[test]
fn check_48_a_denial_and_another_error_in_the_answer() {
    let (place, provider) = joined(Rules::default(), "");
    let answer = provider.deny(&start(&place, "team"));
    finish(&place, "team", &answer).fails(4, &["C0023", "Shop"]);
    let shown = place
        .run(&["connection", "show", "team", "--json"])
        .ok()
        .json();
    assert_eq!(shown["connection"]["status"], "failed");
    assert_eq!(shown["connection"]["reason"], "denied");

    let state = parameters(&start(&place, "team"))["state"].clone();
    let answer = format!("?error=invalid_scope&error_description=no%0Asuch&state={state}");
    finish(&place, "team", &answer).fails(69, &["C0024", "invalid_scope"]);
    assert_eq!(provider.asked(), 0);
    // Row 5: what works stays, whatever becomes of another try.
    let answer = provider.consent(&start(&place, "team"));
    finish(&place, "team", &answer).ok();
    let answer = provider.deny(&start(&place, "team"));
    finish(&place, "team", &answer).fails(4, &["C0023"]);
    assert_eq!(place.status("team"), "authorised");
}

#[test]
fn check_50_what_is_pasted_may_be_an_address_a_query_or_broken() {
    let (place, provider) = joined(Rules::default(), "");
    let query = |answer: &str| answer.split_once('?').unwrap().1.to_owned();
    let broken = |answer: &str| {
        let (start, end) = answer.split_at(answer.len() / 2);
        format!("{start}\r\n{end}\n")
    };
    for paste in
        [&|answer: &str| answer.to_owned(), &query, &broken] as [&dyn Fn(&str) -> String; 3]
    {
        let answer = provider.consent(&start(&place, "team"));
        finish(&place, "team", &paste(&answer)).ok();
    }
    for nothing in ["", "https://example.com/", "s3cr3t", "state=s3cr3t"] {
        let refused = finish(&place, "team", nothing).fails(2, &["C0030"]);
        assert!(!refused.err.contains("s3cr3t"), "{}", refused.err);
    }
}

/// What an answer tells for a field is stored and shown in the open, so it is no secret (connections, 5; reliability, 3):
/// neither one that came with it, nor one that is here, nor the token that comes next.
#[test]
fn a_value_of_the_answer_that_repeats_a_secret_is_not_taken() {
    let told = [
        "CODE",
        "STATE",
        "realm-STATE",
        "eCB0b2stY29kZS0x",
        "746f6b2d636f64652d31",
        "freshet-secret",
        "ZnJlc2hldC1zZWNyZXQ=",
        "tok-access-1",
        "tok-refresh-1",
    ];
    for told in told.iter().chain(&["4711"]) {
        let provider = OAuth2Provider::start();
        let field =
            "fields = [{ name = \"realm\", title = \"Realm\", from = \"callback:realmId\" }]\n";
        let definition = provider.definition("Shop", &["authorization_code"], field);
        let base = format!("base_url = \"http://{}/", provider.server.host());
        let place = Place::new();
        place.add_shop(&definition.replace(&base, &format!("{base}{{realm}}/")));
        join(&place, "team");
        let answer = provider.consent(&start(&place, "team"));
        let parameters = parameters(&answer);
        let secret = told
            .replace("CODE", &parameters["code"])
            .replace("STATE", &parameters["state"]);
        let finished = finish(&place, "team", &format!("{answer}&realmId={secret}"));
        if secret == "4711" {
            finished.ok();
            let shown = place.run(&["connection", "show", "team"]).ok().out;
            assert!(shown.contains("4711"), "{shown}");
            continue;
        }
        let finished = finished.fails(4, &["C0038", "realm"]);
        assert_eq!(place.status("team"), "created", "{told}");
        let export = place.run(&["connection", "export", "team"]).ok();
        let log = place.run(&["connection", "log", "team"]).ok();
        for said in [finished.out, finished.err, export.out, log.out] {
            assert!(!said.contains(&secret), "{told}: {said}");
        }
        for (path, content) in place.files() {
            let holds = content
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!holds, "{told}: {}", path.display());
        }
    }
}

#[test]
fn an_answer_counts_still_when_the_service_could_not_be_asked() {
    let (place, provider) = joined(Rules::default(), "");
    let answer = provider.consent(&start(&place, "team"));
    provider.answer_next([crate::support::server::Reply::new(503, "", "")]);
    finish(&place, "team", &answer).fails(69, &["C0010"]);
    assert_eq!(place.status("team"), "created");
    finish(&place, "team", &answer).ok();
    assert_eq!(place.status("team"), "authorised");
}

#[test]
fn a_refused_code_fails_the_connection_and_tells_why() {
    let (place, provider) = joined(Rules::default(), "");
    let answer = provider.consent(&start(&place, "team"));
    provider.expire_codes();
    let refused = finish(&place, "team", &answer).fails(69, &["C0027", "invalid_grant"]);
    let code = parameters(&answer)["code"].clone();
    assert!(!refused.err.contains(&code), "{}", refused.err);
    assert_eq!(place.status("team"), "failed");
}

#[test]
fn a_connection_that_needs_no_consent_has_nothing_to_start() {
    let place = Place::new();
    place.add("billing", "stripe");
    place
        .run(&["connection", "connect", "billing", "--start"])
        .fails(2, &["C0049", "freshet connection connect billing"]);
}
