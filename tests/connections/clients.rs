//! Clients given along with a service of one's own, and what is told of their secrets.

use serde_json::json;

use crate::services::crypto::Key;
use crate::services::{ApiKey, OAuth2, OAuth2Provider};
use crate::support::place::Place;
use crate::support::terminal::Terminal;

const EDIT: [&str; 5] = ["service", "edit", "shop", "--client-id", "abc"];

fn toml(place: &Place) -> String {
    place.run(&["service", "show", "shop", "--toml"]).ok().out
}

fn clients(place: &Place) -> serde_json::Value {
    let document = place.run(&["service", "show", "shop", "--json"]).ok();
    document.json()["clients"].clone()
}

#[test]
fn service_edit_stores_the_client_along_with_the_change() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    place.add_service("shop", &api.definition("Shop"));
    let before = toml(&place);

    // Where nobody can be asked for the secret, neither the client nor the name is changed.
    let with_name = [&EDIT[..], &["--name", "Our shop"]].concat();
    place
        .run(&with_name)
        .fails(
            4,
            &["C0029", "Client secret", "--secret-stdin client_secret"],
        )
        .prints("");
    assert_eq!((toml(&place), clients(&place)), (before.clone(), json!([])));

    let told = place
        .run_with_input(&[&with_name[..], &["--secret-stdin"]].concat(), "s3cret\n")
        .ok()
        .quietly()
        .out;
    assert!(
        told.contains("service              Our shop (shop)\n")
            && told.contains("client               default: abc (secret stored)\n"),
        "{told}"
    );
    assert_eq!(toml(&place), before.replace("\"Shop\"", "\"Our shop\""));
    let stored = json!([{ "name": "default", "client_id": "abc", "has_secret": true }]);
    assert_eq!(clients(&place), stored);
    // It is the secret that arrives: base64 of abc:s3cret.
    place.join("team", "shop");
    let asked = api.server.requests();
    let sent = asked.iter().find(|request| request.path() == "/token");
    assert_eq!(
        sent.unwrap().header("authorization"),
        Some("Basic YWJjOnMzY3JldA==")
    );

    // Of the same client only the secret is new, from a file or a variable too; nothing is lost.
    place.write_secret("secret", "n3w\n");
    for source in [
        ["--secret-file", "client_secret=secret"],
        ["--secret-env", "client_secret=HOME"],
    ] {
        place.run(&[&EDIT[..], &source].concat()).ok().quietly();
        assert_eq!(place.status("team"), "authorised");
    }
    let log = place.run(&["connection", "log", "--all"]).ok().out;
    assert!(log.contains("client default"), "{log}");
}

#[test]
fn service_edit_asks_for_the_secret_on_a_terminal() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    place.add_service("shop", &api.definition("Shop"));
    let mut terminal = Terminal::run(place.command(&EDIT));
    terminal.expect("Client secret: ");
    terminal.write("s3cret\n");
    let shown = terminal.ends(0, &["default: abc (secret stored)"]);
    assert!(!shown.contains("s3cret"), "{shown}");
    // Once stored it may stay.
    let mut terminal = Terminal::run(place.command(&EDIT));
    terminal.expect("Client secret (empty keeps the stored one): ");
    terminal.write("\n");
    terminal.ends(0, &["default: abc (secret stored)"]);
}

#[test]
fn service_edit_with_another_client_loses_authorisation_and_says_whose() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    let other = [
        "service",
        "edit",
        "shop",
        "--client-id",
        "xyz",
        "--secret-stdin",
    ];
    place
        .run_with_input(&other, "n3w")
        .fails(4, &["C0029", "team would lose authorisation", "--yes"])
        .prints("");
    assert_eq!(place.status("team"), "authorised");
    assert_eq!(clients(&place)[0]["client_id"], "abc");
    let document = place
        .run_with_input(&[&other[..], &["--yes", "--json"]].concat(), "n3w")
        .ok()
        .quietly()
        .json();
    assert_eq!(document["affected"], json!(["team"]));
    let shown = place.run(&["connection", "show", "team"]).ok().out;
    assert!(
        shown.contains("status               needs_authorisation (changed)\n"),
        "{shown}"
    );
    let log = place.run(&["connection", "log", "team"]).ok().out;
    assert!(log.contains("client changed"), "{log}");
}

#[test]
fn a_client_that_cannot_be_stored_leaves_the_service_as_it_was() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    place.add_service("shop", &api.definition("Shop"));
    let before = toml(&place);
    let fine = ["--name", "Our shop", "--secret-stdin"];
    let odd = ["service", "edit", "shop", "--client-id", "a\tb"];
    place
        .run_with_input(&[&odd[..], &fine].concat(), "s3cret")
        .fails(2, &["C0045", "U+0009"]);
    place
        .run_with_input(&["service", "edit", "shop", "--secret-stdin"], "s3cret")
        .fails(2, &["--client-id", "freshet service client shop"]);
    assert_eq!((toml(&place), clients(&place)), (before, json!([])));
    // A default service has its client by another command.
    place
        .run(&["service", "edit", "slack", "--client-id", "abc"])
        .fails(2, &["C0068"]);

    // The same where a service is added.
    let key = ApiKey::start("k");
    place.write("keys.toml", key.in_header("Keys"));
    let add = ["service", "add", "keys", "--file", "keys.toml"];
    place
        .run(&[&add[..], &["--client-id", "abc"]].concat())
        .fails(2, &["C0043", "needs no client"])
        .prints("");
    place.run(&["service", "show", "keys"]).fails(2, &["C0042"]);
}

#[test]
fn a_private_key_is_told_as_what_it_is() {
    let place = Place::new();
    place.add_service(
        "signer",
        "name = \"Signer\"\nscheme = \"oauth1\"\nsignature_method = \"RSA-SHA1\"\nlegs = \"two\"\nhosts = [\"api.example.com\"]\n",
    );
    place.write_secret("key.pem", &Key::Rsa.private());
    let store = ["service", "client", "signer", "--client-id", "abc"];
    place
        .run(&[&store[..], &["--secret-file", "private_key=key.pem"]].concat())
        .ok()
        .prints("Stored the client abc of Signer (with private_key).\n");
    let shown = place.run(&["service", "show", "signer"]).ok().out;
    assert!(
        shown.contains("client               default: abc (private_key stored)\n"),
        "{shown}"
    );
    let document = place.run(&["service", "show", "signer", "--json"]).ok();
    assert_eq!(document.json()["clients"][0]["has_secret"], true);
    // It stays where something else of the client is changed.
    let redirect = ["--redirect-uri", "https://example.com/back"];
    place
        .run(&[&store[..], &redirect].concat())
        .ok()
        .prints("Stored the client abc of Signer (with private_key).\n");

    place.add_service(
        "both",
        "name = \"Both\"\nscheme = \"oauth2\"\nauthorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\nhosts = [\"api.example.com\"]\ntoken_params = { pin = \"{pin}\" }\n[[fields]]\nname = \"pin\"\ntitle = \"PIN\"\nsecret = true\nfrom = \"client\"\n",
    );
    place.write_secret("pin", "1234\n");
    let store = ["service", "client", "both", "--client-id", "abc"];
    let pin = [
        "--secret-file",
        "pin=pin",
        "--secret-stdin",
        "client_secret",
    ];
    place
        .run_with_input(&[&store[..], &pin].concat(), "s3cret")
        .ok()
        .prints("Stored the client abc of Both (with a secret and pin).\n");
    place.add_service(
        "open",
        "name = \"Open\"\nscheme = \"oauth2\"\nclient_auth = \"none\"\nauthorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\nhosts = [\"api.example.com\"]\n",
    );
    place
        .run(&["service", "client", "open", "--client-id", "abc"])
        .ok()
        .prints("Stored the client abc of Open (without a secret).\n");
}

/// 4.1: the client of a connection may become one of its own, which is row 14; and so may its secret change.
#[test]
fn a_connection_takes_a_client_of_its_own_and_another_secret_for_it() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    place.add_shop(&provider.definition("Shop", &["client_credentials"], ""));
    place.join("team", "shop");
    place.write_secret("right", "freshet-secret");
    place.write_secret("wrong", "an-old-secret");
    let edit = |more: &[&str]| place.run(&[&["connection", "edit", "team"], more].concat());
    let own = |id, secret| edit(&["--client-id", id, "--secret-file", secret]);
    let shown = || {
        let shown = place
            .run(&["connection", "show", "team", "--json"])
            .ok()
            .json();
        let text = |name: &str| shown["connection"][name].as_str().unwrap().to_owned();
        (text("status"), text("client"))
    };
    let is = |status: &str, client: &str| {
        assert_eq!(shown(), (status.to_owned(), client.to_owned()));
    };

    edit(&["--secret-file", "client_secret=right"]).fails(2, &["--client-id"]);
    own("freshet-client", "client_secret=wrong").fails(4, &["C0029", "--yes"]);
    is("authorised", "default");
    let with_yes = ["--client-id", "freshet-client", "--yes"];
    edit(&with_yes).fails(4, &["C0029", "--secret-stdin client_secret"]);
    is("authorised", "default");
    edit(&[&with_yes[..], &["--secret-file", "client_secret=wrong"]].concat()).ok();
    is("needs_authorisation", "own");
    let reconnect = ["connection", "reconnect", "team"];
    place
        .run(&reconnect)
        .fails(69, &["invalid_client", "C0027"]);
    // Another secret of the same client is none to consent to again.
    own("freshet-client", "client_secret=right").ok();
    place.run(&reconnect).ok();
    own("freshet-client", "client_secret=right").ok();
    is("authorised", "own");
    own("another", "client_secret=right").fails(4, &["C0029", "--yes"]);
    edit(&["--client", "default", "--yes"]).ok();
    is("needs_authorisation", "default");

    place.add("keyed", "stripe");
    let add = ["connection", "add", "second", "--service", "stripe"];
    for refused in [&add[..], &["connection", "edit", "keyed", "--yes"]] {
        let more = ["--client-id", "abc"];
        place
            .run(&[refused, &more].concat())
            .fails(2, &["needs no client", "C0043"]);
    }
}

/// A provider and the connection `fb` with a second client, which was authorised once.
fn with_two_clients() -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let definition = provider.definition("Shop", &["authorization_code"], "");
    place.add_service("shop", &definition);
    place.add_client("shop", "abc", "s3cret");
    let second = ["service", "client", "shop", "--name", "B"];
    let secret = ["--client-id", "freshet-client", "--secret-stdin"];
    place
        .run_with_input(&[&second[..], &secret].concat(), "freshet-secret")
        .ok();
    (provider, place)
}

const ADD: [&str; 5] = ["connection", "add", "fb", "--service", "shop"];

#[test]
fn a_client_that_nothing_uses_any_more_can_be_removed() {
    let (provider, place) = with_two_clients();
    let connect = ["connection", "connect", "fb"];
    let remove = ["service", "client", "shop", "--name", "B", "--remove"];
    place.run(&[&ADD[..], &["--client", "B"]].concat()).ok();
    let begun = place.run(&[&connect[..], &["--start"]].concat()).ok().out;
    let answer = provider.consent(begun.trim());
    place
        .run_with_input(&[&connect[..], &["--finish", "-"]].concat(), &answer)
        .ok();
    place.run(&remove).fails(2, &["C0069", "fb"]);
    place
        .run(&["connection", "edit", "fb", "--client", "default", "--yes"])
        .ok();
    // How the consent ended is remembered for a day; that keeps nothing.
    place.run(&remove).ok();
    assert_eq!(clients(&place).as_array().unwrap().len(), 1);
    place.run(&["registry", "check"]).ok();
}

#[test]
fn the_client_of_a_connection_alone_is_its_own_and_goes_with_it() {
    let (_provider, place) = with_two_clients();
    let secret_of = |id: &'static str| ["--client-id", id, "--secret-stdin", "client_secret"];
    let own = secret_of("mine");
    place
        .run_with_input(&[&ADD[..], &own].concat(), "s3cret")
        .ok();
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    let name: String = db
        .query_row(
            "SELECT name FROM client WHERE name LIKE 'own:%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    // Another connection cannot have it.
    let add = ["connection", "add", "us", "--service", "shop"];
    place.run(&[&add[..], &["--client", &name]].concat()).fails(
        4,
        &["found no client", "expected one of B, default", "C0039"],
    );
    place.run(&add).ok();
    let edit = |link: &str, client: &str| {
        place.run(&["connection", "edit", link, "--client", client, "--yes"])
    };
    edit("us", &name).fails(4, &["C0039"]);
    // Nor is there one for it by the word.
    let told = [
        "found no client of this connection's own",
        "--client-id ID",
        "C0039",
    ];
    edit("us", "own").fails(4, &told);
    let named = ["service", "client", "shop", "--name", "own"];
    place
        .run_with_input(&[&named[..], &secret_of("x")].concat(), "s3cret")
        .fails(2, &["C0043", "own"]);

    // It can be laid aside and taken back.
    let client_of = |link: &str| {
        let shown = place.run(&["connection", "show", link, "--json"]).ok();
        shown.json()["connection"]["client"].clone()
    };
    edit("fb", "default").ok();
    assert_eq!(client_of("fb"), "default");
    edit("fb", "own").ok();
    assert_eq!(client_of("fb"), "own");

    // Where a registry of before has another that took it, that one keeps it.
    db.execute(
        "UPDATE connection SET client = (SELECT id FROM client WHERE name = ?1) WHERE link_name = 'us'",
        [&name],
    )
    .unwrap();
    place.run(&["connection", "remove", "fb", "--yes"]).ok();
    assert_eq!(client_of("us"), "own");
    edit("us", "default").ok();
    let remove = ["service", "client", "shop", "--name", &name, "--remove"];
    place.run(&remove).ok();
    place.run(&["registry", "check"]).ok();
}

#[test]
fn a_service_without_clients_has_none_to_remove() {
    let place = Place::new();
    place.add_service("keys", &ApiKey::start("k").in_header("Keys"));
    place
        .run(&["service", "client", "keys", "--remove"])
        .fails(2, &["C0043", "needs no client"]);
}
