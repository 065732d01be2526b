//! Every error of connections (connections, 9) as people meet it: code, exit code, message, and that nothing was lost or
//! sent (check 82).

use std::panic::{AssertUnwindSafe, catch_unwind};

use freshet_connections::Code;

use crate::services::oauth2_provider::Rules;
use crate::services::{ApiKey, OAuth2Provider};
use crate::support::place::{Outcome, Place};

#[path = "errors/authorising.rs"]
mod authorising;
#[path = "errors/managing.rs"]
mod managing;
#[path = "errors/registry.rs"]
mod registry;
#[path = "errors/using.rs"]
mod using;

/// One code, the exit code of commands that end with it, and what brings it about.
pub(crate) struct Case {
    code: &'static str,
    exit: i32,
    run: fn(&Case),
}

const KEY: &str = "k3y-of-the-test";

impl Case {
    /// A command with `--json` ended with it. A message that ends in `…` is compared as far as that.
    #[track_caller]
    fn json(&self, outcome: &Outcome, message: &str) {
        assert_eq!(outcome.exit, Some(self.exit), "{}", outcome.err);
        assert_eq!(outcome.out, "");
        let error = outcome.json_error();
        assert_eq!(error["code"], self.code, "{error}");
        assert_eq!(error["exit"], self.exit, "{error}");
        let found = error["message"].as_str().unwrap();
        match message.strip_suffix('…') {
            Some(start) => assert!(found.starts_with(start), "{found}"),
            None => assert_eq!(found, message),
        }
    }

    /// The same, with the next step, of which this is a part.
    #[track_caller]
    fn json_with_help(&self, outcome: &Outcome, message: &str, help: &str) {
        self.json(outcome, message);
        let error = outcome.json_error();
        let found = error["help"].as_str().unwrap_or_default();
        assert!(found.contains(help), "{found}");
    }

    /// A command ended with it, told for people.
    #[track_caller]
    fn shown(&self, outcome: Outcome, message: &str) {
        let code = format!("({})", self.code);
        outcome.fails(self.exit, &[message, &code]);
    }

    /// A script ended with it, at its place: with 1, unless a person, the network, time or the registry is the cause.
    #[track_caller]
    fn in_script(&self, outcome: Outcome, message: &str) {
        let exit = match self.exit {
            4 | 69 | 74 | 75 | 78 => self.exit,
            _ => 1,
        };
        outcome
            .fails(exit, &[self.code, message, "-:1:"])
            .prints("");
    }
}

/// A place with the connection `team` to an API behind a key.
fn keyed() -> (ApiKey, Place) {
    let api = ApiKey::start(KEY);
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team", "shop", KEY).ok();
    (api, place)
}

/// A place with the service `shop`, its client, and the connection `team`, which nobody has authorised yet.
fn consenting(rules: Rules, grant: &str, more: &str) -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::with(rules);
    let place = Place::new();
    place.add_service("shop", &provider.definition("Shop", &[grant], more));
    place.add_client("shop", "freshet-client", "freshet-secret");
    add(&place, "team", &["--scope", "read"]).ok();
    (provider, place)
}

/// The same, authorised.
fn authorised(rules: Rules) -> (OAuth2Provider, Place) {
    let (provider, place) = consenting(rules, "authorization_code", "");
    finish(&place, &provider.consent(&start(&place))).ok();
    (provider, place)
}

fn add(place: &Place, link: &str, more: &[&str]) -> Outcome {
    place.run(&[&["connection", "add", link, "--service", "shop"], more].concat())
}

/// Begins an authorisation of `team`: the address at which to consent.
#[track_caller]
fn start(place: &Place) -> String {
    let begun = place
        .run(&["connection", "connect", "team", "--start"])
        .ok();
    begun.out.trim().to_owned()
}

/// Brings the answer to it.
fn finish(place: &Place, answer: &str) -> Outcome {
    let finish = ["connection", "connect", "team", "--finish", "-", "--json"];
    place.run_with_input(&finish, answer)
}

/// Makes it two hours later for every token.
fn age(place: &Place) {
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    db.execute(
        "UPDATE credential SET issued_at = issued_at - 7200000, expires_at = expires_at - 7200000",
        [],
    )
    .unwrap();
}

/// Today, as messages write it.
fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// Runs each case; all that fail are told, since each has a cause of its own.
#[track_caller]
fn reach(cases: &[Case]) {
    let failed: Vec<&str> = cases
        .iter()
        .filter(|case| catch_unwind(AssertUnwindSafe(|| (case.run)(case))).is_err())
        .map(|case| case.code)
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn check_82_using_a_connection() {
    reach(using::CASES);
}

#[test]
fn check_82_authorising_a_connection() {
    reach(authorising::CASES);
}

#[test]
fn check_82_managing_connections_and_services() {
    reach(managing::CASES);
}

#[test]
fn check_82_the_registry_and_exports() {
    reach(registry::CASES);
}

/// Codes that only a mail can meet: `tests/mail` reaches them.
const OF_MAIL: [(&str, i32); 3] = [("C0050", 78), ("C0051", 69), ("C0052", 78)];

/// No code is forgotten, none stands twice, and the exit codes are those of the program.
#[test]
fn check_82_every_code_is_reached() {
    let cases = [
        using::CASES,
        authorising::CASES,
        managing::CASES,
        registry::CASES,
    ];
    let mut named: Vec<(&str, i32)> = cases
        .iter()
        .flat_map(|cases| cases.iter())
        .map(|case| (case.code, case.exit))
        .chain(OF_MAIL)
        .collect();
    named.sort_unstable();
    let codes: Vec<&str> = named.iter().map(|(code, _)| *code).collect();
    let all: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, all);
    for (code, (name, exit)) in Code::ALL.iter().zip(&named) {
        assert_eq!(i32::from(code.exit()), *exit, "{name}");
    }
}
