//! No secret leaves, kind by kind (reliability: "secrets never leave"): authorisation codes, verifiers, states, device
//! codes, secrets of OAuth 1.0, private keys, passwords and passphrases, in what is printed, in every file, in exports
//! with secrets and without; and a leak that is planted is found in each place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::calling;
use crate::leaks::{MARKER, Watched, secret};
use crate::services::crypto::Key;
use crate::services::oauth1_provider::{self, Method};
use crate::services::oauth2_provider::{Assertion, ClientAuth, Rules};
use crate::services::{ApiKey, Misbehaving, OAuth1Provider, OAuth2Provider};
use crate::support::form;
use crate::support::place::{Outcome, outcome, words};
use crate::support::server::Reply;

/// The password of a person and a secret that both sides of an assertion know.
const PASSWORD: &str = "qZwXvKjPyGfBhQmVzTxWkNcJpassword";
const SHARED: &str = "qZwXvKjPyGfBhQmVzTxWkNcJ-shared-by-both-sides";

/// A provider whose every value holds the marker, its client's secret too.
fn provider(change: impl FnOnce(&mut Rules)) -> OAuth2Provider {
    let mut rules = Rules {
        prefix: MARKER.to_owned(),
        client_secret: secret("client"),
        user: ("ada", PASSWORD),
        ..Rules::default()
    };
    change(&mut rules);
    OAuth2Provider::with(rules)
}

impl Watched {
    /// A service, its client and a connection to it, all of one name.
    fn join(&self, link: &str, definition: &str, client_secret: &str, more: &[&str]) {
        self.place.write(&format!("{link}.toml"), definition);
        self.run(&words(&format!("service add {link} --file {link}.toml")))
            .ok();
        let client = format!("service client {link} --client-id freshet-client --secret-stdin");
        self.feed(&words(&client), client_secret).ok();
        let add = format!("connection add {link} --service {link}");
        self.run(&[&words(&add), more].concat()).ok();
    }

    /// Begins an authorisation. The address is what a person opens: it holds what a browser is to see.
    fn start(&self, link: &str) -> String {
        let connect = ["connection", "connect", link, "--start"];
        let begun = self.place.run(&connect).ok();
        let address = begun.out.trim().to_owned();
        self.printed
            .borrow_mut()
            .push(("--start".to_owned(), begun.err));
        address
    }

    fn finish(&self, link: &str, answer: &str) -> Outcome {
        self.feed(&["connection", "connect", link, "--finish", "-"], answer)
    }

    /// A call, a renewal, one that is refused, and what can be asked about a connection.
    fn use_and_fail(&self, link: &str, provider: &OAuth2Provider) {
        let me = provider.server.url("/me");
        let traced = || {
            self.feed(&["run", "-", "--trace"], &calling(link, &me))
                .ok()
        };
        traced();
        provider.expire_access();
        let asked = provider.asked();
        traced();
        assert!(provider.asked() > asked, "it is renewed");
        provider.expire_access();
        let sent = provider.server.requests().pop().unwrap();
        let told = format!("{:?} {}", sent.headers, sent.text());
        let refusal = serde_json::json!({ "error": "invalid_scope", "error_description": told });
        provider.answer_next([Reply::new(400, "application/json", refusal.to_string())]);
        self.call(link, &me);
        self.look_at(link);
    }

    fn look_at(&self, link: &str) {
        for command in ["show", "log", "verify", "snippet"] {
            self.run(&["connection", command, link]);
            self.run(&["connection", command, link, "--json"]);
        }
    }

    /// Exported without secrets and with, and brought into another registry and into this one.
    fn exports(&self) {
        for export in [
            "connection export --all",
            "connection export --all --output plain.json",
        ] {
            self.run(&words(export)).ok();
        }
        let sealed = "connection export --all --output sealed.age --with-secrets --passphrase --secret-env passphrase=WORDS";
        let passphrase = secret("passphrase");
        self.run_with("WORDS", &passphrase, &words(sealed)).ok();
        let other = Watched::new("trace");
        for file in ["plain.json", "sealed.age"] {
            let content = std::fs::read(self.place.path(file)).unwrap();
            other.place.write(file, content);
        }
        let import = words("connection import sealed.age --secret-env passphrase=WORDS");
        let wrong = secret("another passphrase");
        other
            .run_with("WORDS", &wrong, &import)
            .fails(2, &["C0087"]);
        other.run_with("WORDS", &passphrase, &import).ok();
        other
            .run(&words("connection import plain.json --on-conflict rename"))
            .ok();
        other.run(&words("connection list --json")).ok();
        other.run(&words("registry backup")).ok();
        assert_eq!(other.leaks(), [""; 0], "where it was imported");
    }

    /// Nothing of it stands anywhere, this registry's backup and its exports included.
    #[track_caller]
    fn is_tight(&self) {
        self.exports();
        self.run(&words("registry backup")).ok();
        self.run(&words("key rotate")).ok();
        self.run(&words("connection log --all --json")).ok();
        assert_eq!(self.leaks(), [""; 0]);
    }
}

#[test]
fn check_77_codes_verifiers_and_states_leave_no_trace() {
    let watched = Watched::new("trace");
    let provider = provider(|_| {});
    let definition = provider.definition("CRM", &["authorization_code"], "");
    watched.join("crm", &definition, &secret("client"), &[]);
    let mut states = Vec::new();
    let mut begin = || {
        let address = watched.start("crm");
        states.push(form::in_query(&address, "state").unwrap());
        (provider.consent(&address), provider.deny(&address))
    };
    watched.finish("crm", &begin().0).ok();
    watched.use_and_fail("crm", &provider);
    // A code that is refused by a service that repeats it, one that comes twice, a denial, and answers that are none.
    let (answer, denied) = begin();
    let told = format!("no such code: {answer}");
    let refusal = serde_json::json!({ "error": "invalid_grant", "error_description": told });
    provider.answer_next([Reply::new(400, "application/json", refusal.to_string())]);
    for (answer, code) in [
        (answer.as_str(), "C0027"),
        (&answer, "C0022"),
        (&denied, "C0022"),
        (&answer.replace("state=", "state=x"), "C0020"),
        (answer.split("&state").next().unwrap(), "C0020"),
    ] {
        let failed = watched.finish("crm", answer);
        assert!(failed.err.contains(code), "{code}: {}", failed.err);
    }
    watched.finish("crm", &begin().0).ok();
    watched.run(&words("connection revoke crm --yes")).ok();
    watched.is_tight();
    let import = words("connection import sealed.age --secret-env passphrase=WORDS");
    let wrong = secret("another passphrase");
    watched
        .run_with("WORDS", &wrong, &import)
        .fails(2, &["C0087"]);
    assert_eq!(watched.leaks(), [""; 0]);

    let verifiers = provider.token_forms().into_iter().flatten();
    let verifiers = verifiers.filter(|(name, _)| name == "code_verifier");
    let made: Vec<String> = verifiers.map(|(_, value)| value).chain(states).collect();
    assert!(made.len() >= 5, "{made:?}");
    for value in &made {
        assert_eq!(watched.leaks_of(value), [""; 0], "a verifier or a state");
    }
}

#[test]
fn check_77_device_codes_passwords_and_keys_that_sign_leave_no_trace() {
    let watched = Watched::new("trace");
    // A code of a device, confirmed when it has been polled for once.
    let devices = provider(|_| {});
    let definition = devices.definition("TV", &["device_code"], "");
    watched.join("tv", &definition, &secret("client"), &[]);
    let connecting = watched
        .place
        .spawn(&words("connection connect tv --device"));
    while devices.polls() == 0 {
        std::thread::yield_now();
    }
    // Stored while it is waited for.
    assert_eq!(watched.leaks(), [""; 0]);
    devices.approve_device();
    let connected = outcome(connecting.wait_with_output().unwrap());
    watched.note("connect --device".to_owned(), connected).ok();
    watched.use_and_fail("tv", &devices);

    let people = provider(|_| {});
    let definition = people.definition("People", &["password"], "");
    let allowed = ["--set", "username=ada", "--allow-password-grant"];
    watched.join("people", &definition, &secret("client"), &allowed);
    let connect = words("connection connect people --secret-stdin");
    watched.feed(&connect, &secret("wrong password"));
    watched.feed(&connect, PASSWORD).ok();
    watched.use_and_fail("people", &people);

    let pem = Key::Rsa.private();
    for (link, key, stored) in [
        ("robot", Key::Rsa, pem.as_str()),
        ("shared", Key::Shared(SHARED), SHARED),
    ] {
        let robots = provider(|rules| {
            rules.client_auth = ClientAuth::None;
            rules.assertion = Assertion {
                key,
                ..rules.assertion.clone()
            };
        });
        let definition = robots.definition(link, &["jwt_bearer"], "");
        watched.join(link, &definition, stored, &["--scope", "read", "--connect"]);
        assert_eq!(robots.good_tokens().len(), 1, "{link}");
        watched.use_and_fail(link, &robots);
    }
    watched.is_tight();
    holds_no_key(&watched, &pem);
}

/// Lines of a private key from its middle, where no two keys are alike.
#[track_caller]
fn holds_no_key(watched: &Watched, pem: &str) {
    let lines: Vec<&str> = pem.lines().filter(|line| line.len() == 64).collect();
    for line in [lines[1], lines[lines.len() / 2], lines[lines.len() - 1]] {
        assert_eq!(watched.leaks_of(line), [""; 0], "a private key");
    }
}

#[test]
fn check_77_secrets_of_oauth_1_leave_no_trace() {
    let watched = Watched::new("trace");
    let pem = Key::OtherRsa.private();
    for (link, method) in [
        ("photos", Method::HmacSha1),
        ("signed", Method::RsaSha1(Key::OtherRsa)),
    ] {
        let provider = OAuth1Provider::with(oauth1_provider::Rules {
            prefix: MARKER.to_owned(),
            client_secret: secret("client"),
            method,
            ..Default::default()
        });
        watched
            .place
            .write(&format!("{link}.toml"), provider.definition(link, ""));
        watched
            .run(&words(&format!("service add {link} --file {link}.toml")))
            .ok();
        let client = format!("service client {link} --client-id freshet-client");
        let of_rsa = words(&client);
        match method {
            Method::RsaSha1(_) => {
                let key = [&of_rsa[..], &["--secret-env", "private_key=KEY"]].concat();
                watched.run_with("KEY", &pem, &key).ok();
            }
            _ => {
                let stdin = [&of_rsa[..], &["--secret-stdin"]].concat();
                watched.feed(&stdin, &secret("client")).ok();
            }
        }
        watched
            .run(&words(&format!("connection add {link} --service {link}")))
            .ok();
        let address = watched.start(link);
        // The temporary token stands in the address, since the browser brings it to the page.
        let answer = provider.consent(&address);
        let wrong = watched.finish(link, &answer.replace("verifier-", "wrong-"));
        assert_ne!(wrong.exit, Some(0));
        let answer = provider.consent(&watched.start(link));
        watched.finish(link, &answer).ok();
        watched.finish(link, &answer).fails(4, &["C0022"]);
        watched.finish(link, &provider.deny(&watched.start(link)));
        watched.call(link, &provider.server.url("/photos"));
        watched.look_at(link);
        provider.withdraw();
        watched.call(link, &provider.server.url("/photos"));
        watched.look_at(link);
    }
    watched.is_tight();
    holds_no_key(&watched, &pem);
}

#[test]
fn a_planted_leak_is_found_on_output_and_in_a_file() {
    let watched = Watched::new("trace");
    let odd = Misbehaving::start();
    watched
        .connect("odd", &odd.definition("Odd", "/empty"), &secret("key"))
        .ok();
    assert_eq!(watched.leaks(), [""; 0]);
    // A script may print what an API repeats: that is its own affair, and here the planted leak.
    let printing = format!(
        "info invokeurl\n[\n    url: \"{}\"\n    type: GET\n    connection: \"odd\"\n];\n",
        odd.server.url("/echo")
    );
    watched.feed(&["run", "-"], &printing).ok();
    watched.place.write(
        "forgotten.txt",
        STANDARD.encode(format!("xy{}", secret("key"))),
    );
    let leaks = watched.leaks();
    assert_eq!(leaks.len(), 2, "{leaks:?}");
    assert!(
        leaks[0].contains("as plain") && leaks[1].contains("as base64"),
        "{leaks:?}"
    );
}

/// A note and an address that a person wrote with a secret in it are what a leak would be: it is found wherever it went.
#[test]
fn a_planted_leak_is_found_in_each_place() {
    let watched = Watched::new("trace");
    let api = ApiKey::start(&secret("key"));
    watched
        .connect("team", &api.in_header("Team"), &secret("key"))
        .ok();
    assert_eq!(watched.leaks(), [""; 0]);

    // The journal is written to before the file, for as long as somebody has the registry open.
    let reader = rusqlite::Connection::open(watched.place.data("registry.db")).unwrap();
    let read = "BEGIN; SELECT count(*) FROM connection;";
    reader.execute_batch(read).unwrap();
    let planted = STANDARD.encode(format!("x{}", secret("planted")));
    let note = ["connection", "edit", "team", "--notes", &planted];
    watched.place.run(&note).ok();
    let found = watched.leaks();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("registry.db-wal as base64"), "{found:?}");
    drop(reader);

    let mut expected = vec!["registry.db as"];
    for (command, place) in [
        ("registry backup", "/backups/"),
        (
            "connection export team --output plain.json",
            "plain.json as",
        ),
        ("connection show team --json", "printed by `connection show"),
    ] {
        watched.run(&words(command)).ok();
        expected.push(place);
        let found = watched.leaks();
        for place in &expected {
            let there = |leak: &String| leak.contains(place);
            assert!(found.iter().any(there), "{place}: {found:?}");
        }
    }
    // What is told of a request on standard error.
    let leaky = format!("/{}", secret("path"));
    let script = calling("team", &api.server.url(&leaky));
    let traced = watched.feed(&["run", "-", "--trace"], &script);
    assert!(!traced.out.contains(MARKER) && traced.err.contains(MARKER));
    let found = watched.leaks();
    let there = |leak: &String| leak.contains("printed by `run - --trace` as plain");
    assert!(found.iter().any(there), "{found:?}");
}
