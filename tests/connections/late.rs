//! What comes late for a connection that was removed changes nothing else, least of all a connection made since: its
//! number is its own for ever (connections, 1, rows 2, 3, 12 and 17, and 5).

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr};

use serde_json::Value;

use crate::meanwhile::{Api, CONNECT, VERIFY, WITH_KEY, is, spawn};
use crate::services::OAuth2;
use crate::support::place::{Outcome, Place, outcome, set_mode};
use crate::support::server::{Reply, Server};

const REMOVE: [&str; 4] = ["connection", "remove", "team", "--yes"];

/// A service with keys at another host.
struct Other(Server);

impl Other {
    fn start() -> Self {
        Self(Server::start(|_| Reply::json("{}")))
    }

    fn known_to(&self, place: &Place) {
        let host = self.0.host();
        let definition = format!(
            "name = \"Other\"\nscheme = \"api_key\"\nparam_name = \"X-Other\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\n"
        );
        place.add_service("other", &definition);
    }
}

fn add(place: &Place, link: &str, service: &str) {
    place
        .run(&["connection", "add", link, "--service", service])
        .ok();
}

/// Action and outcome of each entry of the log of a connection.
fn logged(place: &Place, link: &str) -> Vec<(String, String)> {
    let log = place
        .run(&["connection", "log", link, "--json"])
        .ok()
        .json();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let entries = log["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| (text(entry, "action"), text(entry, "outcome")))
        .collect()
}

#[track_caller]
fn logs(place: &Place, link: &str, expected: &[(&str, &str)]) {
    let logged = logged(place, link);
    let logged: Vec<(&str, &str)> = logged
        .iter()
        .map(|(action, outcome)| (action.as_str(), outcome.as_str()))
        .collect();
    assert_eq!(logged, expected);
}

#[test]
fn a_key_entered_for_a_removed_connection_goes_to_no_other() {
    let (api, other) = (Api::start(), Other::start());
    let place = api.with_key();
    other.known_to(&place);
    let start = || spawn(&place, &[&CONNECT[..], &WITH_KEY].concat());
    let connected = api.meanwhile("/v2/me", start, || {
        place.run(&REMOVE).ok();
        add(&place, "next", "other");
    });
    connected
        .fails(2, &["removed meanwhile", "C0001"])
        .prints("");
    assert_eq!(place.status("next"), "created");
    place
        .call("next", &other.0.url("/"))
        .fails(4, &["C0002"])
        .prints("");
    assert!(other.0.requests().is_empty());
    // It was sent to be verified, and that is noted.
    let connect = ("connect", "C0001");
    logs(
        &place,
        "team",
        &[("create", "ok"), ("remove", "ok"), connect],
    );
    logs(&place, "next", &[("create", "ok")]);
}

const SEALED: [&str; 2] = ["--secret-file", "passphrase=passphrase"];

/// An export with its secrets of the connection `next` to a service with tokens, from another registry.
fn exported(api: &OAuth2) -> Vec<u8> {
    let away = Place::new();
    away.add_service("other", &api.definition("Other"));
    away.add_client("other", "abc", "s3cret");
    away.join("next", "other");
    away.write_secret("passphrase", "a long passphrase");
    let export = ["connection", "export", "next", "--output", "export"];
    let sealed = ["--with-secrets", "--passphrase"];
    away.run(&[&export[..], &sealed, &SEALED].concat()).ok();
    std::fs::read(away.path("export")).unwrap()
}

/// Brings it here.
fn import(place: &Place) {
    place.write_secret("passphrase", "a long passphrase");
    let import = ["connection", "import", "export"];
    place.run(&[&import[..], &SEALED].concat()).ok();
}

/// Waits until a command says that it waits for another one. What it says later is still to be read.
pub fn waits(child: &mut Child) -> BufReader<ChildStderr> {
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("waiting for another process") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "it does not wait");
    }
    told
}

/// How it ended.
pub fn ended(child: Child, mut told: BufReader<ChildStderr>) -> Outcome {
    let mut ended = outcome(child.wait_with_output().unwrap());
    told.read_to_string(&mut ended.err).unwrap();
    ended
}

#[test]
fn who_waited_to_revoke_a_removed_connection_gives_no_token_of_another_away() {
    let (api, other) = (Api::start(), OAuth2::start("other"));
    let revoke_url = format!("revoke_url = \"{}\"\n", api.server.url("/revoke"));
    let place = api.with_tokens("client_credentials", &revoke_url);
    place.write("export", exported(&other));
    place.run(&CONNECT).ok();
    place.expire_tokens();
    api.hold("/token");
    let renewing = spawn(&place, &["run", "call.dg"]);
    api.has_one();
    let mut revoking = spawn(&place, &["connection", "revoke", "team", "--yes"]);
    let told = waits(&mut revoking);
    place.run(&REMOVE).ok();
    import(&place);
    api.let_go();
    outcome(renewing.wait_with_output().unwrap()).fails(1, &["C0001"]);
    ended(revoking, told).fails(2, &["removed meanwhile", "C0001"]);
    assert_eq!(api.asked("/revoke"), 0);
    place
        .call("next", &other.server.url("/me"))
        .ok()
        .prints("200\n");
}

#[test]
fn a_password_typed_for_a_removed_connection_goes_to_no_other_of_its_name() {
    let (api, other) = (Api::start(), Other::start());
    let place = Place::new();
    place.add_service("shop", &api.definition("basic", "", ""));
    let host = other.0.host();
    let definition = format!(
        "name = \"Other\"\nscheme = \"basic\"\nhosts = [\"{host}\"]\nverify = \"GET http://{host}/me\"\n"
    );
    place.add_service("other", &definition);
    let add = |service: &str| {
        let add = ["connection", "add", "team", "--service", service];
        let named = ["--set", "username=ada"];
        place.run(&[&add[..], &named].concat()).ok();
    };
    add("shop");
    place.write_secret("typed", "new-password");
    let connect = [&CONNECT[..], &["--secret-file", "password=typed"]].concat();
    api.hold("/me");
    let first = spawn(&place, &connect);
    api.has_one();
    let mut second = spawn(&place, &connect);
    let told = waits(&mut second);
    place.run(&REMOVE).ok();
    add("other");
    api.let_go();
    outcome(first.wait_with_output().unwrap()).fails(2, &["C0001"]);
    ended(second, told).fails(2, &["removed meanwhile", "C0001"]);
    assert!(other.0.requests().is_empty());
    assert_eq!(place.status("team"), "created");
}

#[test]
fn a_token_renewed_for_a_removed_connection_goes_to_no_other() {
    let (api, other) = (Api::start(), OAuth2::start("other"));
    let place = api.with_tokens("client_credentials", "");
    place.write("export", exported(&other));
    place.run(&CONNECT).ok();
    place.expire_tokens();
    let start = || spawn(&place, &["run", "call.dg"]);
    let called = api.meanwhile("/token", start, || {
        place.run(&REMOVE).ok();
        import(&place);
    });
    // Nothing is kept for later either.
    let told = called.fails(1, &["removed meanwhile", "C0001"]).prints("");
    assert!(!told.err.contains("C0017"), "{}", told.err);
    place
        .call("next", &other.server.url("/me"))
        .ok()
        .prints("200\n");
}

#[test]
fn a_refusal_of_a_removed_connection_is_none_of_another() {
    let (api, other) = (Api::start(), Other::start());
    let place = api.with_key();
    other.known_to(&place);
    let unchecked = ["--secret-file", "api_key=key", "--no-verify"];
    place
        .run(&["connection", "edit", "team", "--set", "ver=v3"])
        .ok();
    place.run(&[&CONNECT[..], &unchecked].concat()).ok();
    let start = || spawn(&place, &VERIFY);
    let verified = api.meanwhile("/v3/me", start, || {
        place.run(&REMOVE).ok();
        add(&place, "next", "other");
        place
            .run(&[&["connection", "connect", "next"][..], &unchecked].concat())
            .ok();
    });
    verified.fails(2, &["C0001"]).prints("");
    assert_eq!(place.status("next"), "authorised");
    place.call("next", &other.0.url("/")).ok();
}

#[test]
fn what_an_import_put_in_the_place_of_a_connection_is_not_connected_with_what_was_entered_for_that()
{
    let api = Api::start();
    let place = api.with_key();
    place
        .run(&["connection", "export", "team", "--output", "export"])
        .ok();
    place
        .run(&["connection", "edit", "team", "--notes", "changed since"])
        .ok();
    let import = ["connection", "import", "export", "--on-conflict", "replace"];
    let start = || spawn(&place, &[&CONNECT[..], &WITH_KEY].concat());
    let connected = api.meanwhile("/v2/me", start, || {
        place.run(&import).ok();
    });
    connected.fails(2, &["C0001"]).prints("");
    is(&place, "needs_authorisation", Some("imported"));
    let asked = api.asked("/v2/me");
    place.run(&["run", "call.dg"]).fails(4, &["C0003"]);
    assert_eq!(api.asked("/v2/me"), asked);
}

#[test]
fn what_the_log_says_of_a_removed_connection_is_said_of_no_other() {
    let place = Place::new();
    Other::start().known_to(&place);
    add(&place, "first", "other");
    place
        .run(&["connection", "edit", "first", "--link-name", "second"])
        .ok();
    place.run(&["connection", "remove", "second", "--yes"]).ok();
    add(&place, "third", "other");
    let told = place
        .run(&["connection", "show", "first"])
        .fails(2, &["C0001"]);
    assert!(!told.err.contains("renamed"), "{}", told.err);
    logs(&place, "third", &[("create", "ok")]);
}

#[test]
fn what_came_too_late_stands_in_the_log() {
    let api = Api::start();
    let place = api.with_key();
    place.run(&[&CONNECT[..], &WITH_KEY].concat()).ok();
    let start = || spawn(&place, &VERIFY);
    let verified = api.meanwhile("/v2/me", start, || {
        place.run(&["connection", "revoke", "team", "--yes"]).ok();
    });
    verified.fails(4, &["C0003"]);
    let start = || spawn(&place, &CONNECT);
    let connected = api.meanwhile("/v2/me", start, || {
        place
            .run(&["connection", "edit", "team", "--set", "ver=v3", "--yes"])
            .ok();
    });
    connected.fails(4, &["C0003"]);
    let entries = logged(&place, "team");
    let late: Vec<_> = entries
        .iter()
        .filter(|(_, outcome)| outcome == "C0003")
        .map(|(action, _)| action.as_str())
        .collect();
    assert_eq!(late, ["verify", "connect"]);
}

/// What the first version made, under the key below.
const FIRST: &str = include_str!("registries/1.sql");
const KEY_OF_FIRST: &str = "lIF1xo3mSCbIzjXvxDBX1w+CPRZcBq0489F1pRc1DIs=\n";

/// Earlier versions gave out the number of a removed connection again, and the log knows of removed ones.
#[test]
fn a_number_that_the_log_knows_is_not_given_out_again() {
    let place = Place::new();
    std::fs::create_dir_all(place.data("")).unwrap();
    set_mode(&place.data(""), 0o700);
    let registry = || rusqlite::Connection::open(place.data("registry.db")).unwrap();
    let db = registry();
    db.execute_batch(FIRST).unwrap();
    db.execute_batch(
        "UPDATE audit SET id = id + 10;
         INSERT INTO audit (id, at, actor, via, action, connection, link_name, service, outcome, detail) VALUES
           (1, 1, 'tester', 'cli', 'create', 2, 'first', 'shop', 'ok', NULL),
           (2, 2, 'tester', 'cli', 'rename', 2, 'second', 'shop', 'ok', 'first'),
           (3, 3, 'tester', 'cli', 'remove', 2, 'second', 'shop', 'ok', NULL),
           (4, 4, 'tester', 'cli', 'create', 7, 'third', 'shop', 'ok', NULL),
           (5, 5, 'tester', 'cli', 'remove', 7, 'third', 'shop', 'ok', NULL);
         UPDATE audit SET at = 1796009097000 + id WHERE id < 10;",
    )
    .unwrap();
    drop(db);
    set_mode(&place.data("registry.db"), 0o600);
    std::fs::write(place.data("key"), KEY_OF_FIRST).unwrap();
    set_mode(&place.data("key"), 0o600);

    logs(&place, "crm_sales", &[("create", "ok")]);
    let told = place
        .run(&["connection", "show", "first"])
        .fails(2, &["C0001"]);
    assert!(!told.err.contains("renamed"), "{}", told.err);
    assert_eq!(place.status("team"), "authorised");
    place.run(&["registry", "check"]).ok().quietly();

    for link in ["team", "crm_sales"] {
        place.run(&["connection", "remove", link, "--yes"]).ok();
    }
    add(&place, "next", "shop");
    let number: i64 = registry()
        .query_row("SELECT id FROM connection", [], |row| row.get(0))
        .unwrap();
    assert_eq!(number, 8);
    logs(&place, "next", &[("create", "ok")]);
}
