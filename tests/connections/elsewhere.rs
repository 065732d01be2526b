//! Secrets go where they went when they were given: whatever leads them elsewhere, a person has to agree to
//! (connections, 1, row 14; 7, `service edit`; 10).

use crate::meanwhile::is;
use crate::services::{Basic, OAuth2};
use crate::support::place::Place;
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;

const KEY: &str = "k3y-of-the-test";
const ADD: [&str; 5] = ["connection", "add", "team", "--service", "shop"];
const CONNECT: [&str; 6] = [
    "connection",
    "connect",
    "team",
    "--no-verify",
    "--secret-file",
    "api_key=key",
];

fn any() -> Server {
    Server::start(|_| Reply::json("{}"))
}

/// A field that may name a host, or a part of a path.
fn field(name: &str, more: &str) -> String {
    format!(
        "[[fields]]\nname = \"{name}\"\ntitle = \"{name}\"\npattern = \"[a-z0-9.:]+\"\n{more}\n"
    )
}

/// A service with keys and these lines more.
fn keys(host: &str, more: &str) -> String {
    let key = "[[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n";
    format!(
        "name = \"Shop\"\nscheme = \"api_key\"\nparam_name = \"X-Api-Key\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\n{more}{key}"
    )
}

/// Is refused without `--yes`, and done with it.
fn asks(place: &Place, command: &[&str], told: &[&str]) {
    place.run(command).fails(4, told);
    is(place, "authorised", None);
    place.run(&[command, &["--yes"]].concat()).ok();
    is(place, "needs_authorisation", Some("changed"));
}

#[test]
fn another_default_leads_elsewhere() {
    let (here, there) = (any(), any());
    let place = Place::new();
    // The address of the snippet, which a placeholder cannot make one of this machine.
    let with_default = |host: &str| {
        let field = field("h", &format!("default = \"{host}\""));
        keys("{h}", &field).replace("http://{h}", "https://{h}")
    };
    place.add_service("shop", &with_default(&here.host()));
    place.write_secret("key", KEY);
    place.run(&ADD).ok();
    place.run(&CONNECT).ok();
    // One with a value of its own stays where it is.
    let set = format!("h={}", here.host());
    let other = [
        "connection",
        "add",
        "own",
        "--service",
        "shop",
        "--set",
        &set,
    ];
    place.run(&other).ok();
    let connect = CONNECT.map(|word| if word == "team" { "own" } else { word });
    place.run(&connect).ok();

    place.write("there.toml", with_default(&there.host()));
    let edit = ["service", "edit", "shop", "--file", "there.toml"];
    place
        .run(&edit)
        .fails(4, &["team would lose authorisation"]);
    let edited = place.run(&[&edit[..], &["--yes", "--json"]].concat()).ok();
    assert_eq!(edited.json()["affected"], serde_json::json!(["team"]));
    is(&place, "needs_authorisation", Some("changed"));
    place
        .call("team", &there.url("/"))
        .fails(4, &["C0003"])
        .prints("");
    assert!(there.requests().is_empty());
    assert_eq!(place.status("own"), "authorised");
    place.call("own", &here.url("/")).ok().prints("200\n");
    // A default that nothing takes, and one of a field in no address, change nothing.
    place.write("here.toml", with_default(&here.host()));
    place
        .run(&["service", "edit", "shop", "--file", "here.toml", "--yes"])
        .ok();
    assert_eq!(place.status("own"), "authorised");
}

#[test]
fn another_default_leads_the_secret_of_the_client_elsewhere() {
    let api = OAuth2::start("tok");
    let place = Place::new();
    let token = api.server.url("/token");
    let with_default = |part: &str| {
        let field = field("ten", &format!("default = \"{part}\""));
        let definition = api.definition("Shop");
        definition.replace(&token, &format!("{token}?of={{ten}}")) + &field
    };
    place.add_service("shop", &with_default("one"));
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    place.write("two.toml", with_default("two"));
    let edit = ["service", "edit", "shop", "--file", "two.toml"];
    asks(&place, &edit, &["team would lose authorisation"]);
}

#[test]
fn a_field_of_the_client_leads_elsewhere() {
    let api = OAuth2::start("tok");
    let place = Place::new();
    let token = api.server.url("/token");
    let definition = api
        .definition("Shop")
        .replace(&token, &format!("{token}?of={{ten}}"));
    place.add_service("shop", &(definition + &field("ten", "from = \"client\"")));
    place.write_secret("secret", "s3cret");
    let client = ["service", "client", "shop", "--client-id", "abc"];
    let with = |set: &str| {
        let more = ["--set", set, "--secret-file", "client_secret=secret"];
        place.run(&[&client[..], &more].concat()).ok();
    };
    with("ten=one");
    place.join("team", "shop");
    with("ten=one");
    is(&place, "authorised", None);
    let other = ["--set", "ten=two", "--secret-file", "client_secret=secret"];
    let loses = ["team would lose authorisation"];
    asks(&place, &[&client[..], &other].concat(), &loses);
    place.expire_tokens();
    let asked = api.asked();
    place
        .call("team", &api.server.url("/me"))
        .fails(4, &["C0003"]);
    assert_eq!(api.asked(), asked);
}

#[test]
fn a_field_of_the_verify_request_leads_elsewhere() {
    let api = any();
    let place = Place::new();
    let verify = format!("verify = \"GET {}\"\n", api.url("/{acct}/me"));
    let definition = keys(&api.host(), &format!("{verify}{}", field("acct", "")));
    place.add_service("shop", &definition);
    place.write_secret("key", KEY);
    place.run(&[&ADD[..], &["--set", "acct=a1"]].concat()).ok();
    place.run(&CONNECT).ok();
    place
        .run(&["connection", "edit", "team", "--set", "acct=a1"])
        .ok();
    is(&place, "authorised", None);
    let edit = ["connection", "edit", "team", "--set", "acct=a2"];
    asks(&place, &edit, &["C0029", "--yes"]);
    // The request itself likewise.
    place.run(&CONNECT).ok();
    let verify = format!("GET {}", api.url("/{acct}/you"));
    let edit = ["service", "edit", "shop", "--verify", &verify];
    asks(&place, &edit, &["team would lose authorisation"]);
}

#[test]
fn another_mail_server_gets_no_password_unasked() {
    let place = Place::new();
    place.write_secret("password", "s3cret");
    let add = ["connection", "add", "team", "--service", "smtp"];
    let set = [
        "--set",
        "host=mail.example.com",
        "--set",
        "from=me@example.com",
    ];
    place.run(&[&add[..], &set].concat()).ok();
    let password = ["--no-verify", "--secret-file", "password=password"];
    place
        .run(&[&["connection", "connect", "team"][..], &password].concat())
        .ok();
    let sender = [
        "connection",
        "edit",
        "team",
        "--set",
        "from=you@example.com",
    ];
    place.run(&sender).ok();
    is(&place, "authorised", None);
    let edit = [
        "connection",
        "edit",
        "team",
        "--set",
        "host=mail.example.org",
    ];
    asks(&place, &edit, &["C0029", "--yes"]);
}

const SEALED: [&str; 2] = ["--secret-file", "passphrase=passphrase"];

fn exported(place: &Place) {
    place.write_secret("passphrase", "a long passphrase");
    let export = ["connection", "export", "team", "--output", "export"];
    let sealed = ["--with-secrets", "--passphrase"];
    place.run(&[&export[..], &sealed, &SEALED].concat()).ok();
}

/// Imports the export of `from`, and skips what has another meaning here.
fn imported(from: &Place, to: &Place) {
    to.write("export", std::fs::read(from.path("export")).unwrap());
    to.write_secret("passphrase", "a long passphrase");
    let import = ["connection", "import", "export", "--on-conflict", "skip"];
    to.run(&[&import[..], &SEALED].concat()).ok();
}

#[test]
fn secrets_of_an_export_go_to_no_service_that_it_does_not_describe() {
    let (here, there) = (Basic::start("joe", "PASSWORD"), any());
    let away = Place::new();
    away.add_service("shop", &here.definition("Shop"));
    away.write_secret("password", "PASSWORD");
    away.run(&[&ADD[..], &["--set", "username=joe"]].concat())
        .ok();
    let connect = ["connection", "connect", "team", "--secret-file"];
    away.run(&[&connect[..], &["password=password"]].concat())
        .ok();
    exported(&away);
    // Another service has the name.
    let place = Place::new();
    let (host, other) = (here.server.host(), there.host());
    place.add_service("shop", &here.definition("Shop").replace(&host, &other));
    imported(&away, &place);
    is(&place, "needs_authorisation", Some("changed"));
    place
        .call("team", &there.url("/"))
        .fails(4, &["C0003"])
        .prints("");
    assert!(there.requests().is_empty());
    // One that differs in what it says about itself leads nowhere else.
    let place = Place::new();
    place.add_service("shop", &(here.definition("Shop") + "says = \"Ours.\"\n"));
    imported(&away, &place);
    is(&place, "authorised", None);
    place
        .call("team", &here.server.url("/me"))
        .ok()
        .prints("200\n");
}

#[test]
fn tokens_of_an_export_are_renewed_at_no_address_that_it_does_not_describe() {
    let api = OAuth2::start("tok");
    let token = api.server.url("/token");
    let definition = api
        .definition("Shop")
        .replace(&token, &format!("{token}?of={{ten}}"))
        + &field("ten", "from = \"client\"");
    let with_client = |part: &str| {
        let place = Place::new();
        place.add_service("shop", &definition);
        place.write_secret("secret", "s3cret");
        let set = format!("ten={part}");
        let client = [
            "service",
            "client",
            "shop",
            "--client-id",
            "abc",
            "--set",
            &set,
        ];
        let secret = ["--secret-file", "client_secret=secret"];
        place.run(&[&client[..], &secret].concat()).ok();
        place
    };
    let away = with_client("one");
    away.join("team", "shop");
    exported(&away);
    for (part, status, reason) in [
        ("one", "authorised", None),
        ("two", "needs_authorisation", Some("changed")),
    ] {
        let place = with_client(part);
        imported(&away, &place);
        is(&place, status, reason);
    }
}

/// Whether the definition here names the host.
fn leads_to(place: &Place, host: &str) -> bool {
    let shown = place.run(&["service", "show", "shop", "--toml"]).ok().out;
    shown.contains(host)
}

/// Nobody would lose anything, but the secret of the client would go where it did not go.
#[test]
fn a_stored_client_secret_goes_to_other_addresses_only_after_a_yes() {
    let (here, there) = (OAuth2::start("tok"), OAuth2::start("evil"));
    let host = there.server.host();
    let place = Place::new();
    place.add_service("shop", &here.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    place.run(&ADD).ok();
    let own = ["connection", "add", "own", "--service", "shop"];
    place.write_secret("secret", "0wn-s3cret");
    let secret = ["--client-id", "me", "--secret-file", "client_secret=secret"];
    place.run(&[&own[..], &secret].concat()).ok();
    let away = Place::new();
    away.add_service("shop", &there.definition("Shop"));
    away.run(&["connection", "add", "theirs", "--service", "shop"])
        .ok();
    let printed = away.run(&["connection", "export", "theirs"]).ok().out;
    place.write("export.json", printed);
    place.write("shop.toml", there.definition("Shop"));

    let replace = ["--on-conflict", "replace"];
    let edit = ["service", "edit", "shop", "--file", "shop.toml"];
    let services = ["service", "import", "shop.toml"];
    let connections = ["connection", "import", "export.json"];
    for command in [
        edit.to_vec(),
        [&services[..], &replace].concat(),
        [&connections[..], &replace].concat(),
    ] {
        let clients = "will go to other addresses: default of shop, the own one of own\n";
        place
            .run(&command)
            .fails(4, &[&host, clients, "C0029", "--yes"])
            .prints("");
        assert!(!leads_to(&place, &host));
    }
    // One that is replaced by another stays here.
    let client = [
        "--client-id",
        "new",
        "--secret-file",
        "client_secret=secret",
    ];
    place
        .run(&[&edit[..], &client].concat())
        .fails(4, &["will go to other addresses: the own one of own\n"]);
    let asked = place.on_terminal("freshet service edit shop --file shop.toml", "n\n");
    assert!(asked.out.contains("Go on? [y/N]"), "{}", asked.out);
    assert!(!leads_to(&place, &host));
    place.run(&[&edit[..], &["--yes"]].concat()).ok();
    assert!(leads_to(&place, &host));
    // What leads nowhere else, or without secrets, is not asked about.
    let says = there.definition("Shop") + "says = \"Ours.\"\n";
    place.write("shop.toml", says);
    place.run(&edit).ok();
    assert_eq!(there.asked(), 0);
}

#[test]
fn what_was_authorised_gives_the_secret_of_its_client_away_only_after_a_yes() {
    let (here, there) = (OAuth2::start("tok"), OAuth2::start("new"));
    let place = Place::new();
    place.add_service("shop", &here.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    place.write("shop.toml", there.definition("Shop"));
    place
        .run(&["service", "edit", "shop", "--file", "shop.toml", "--yes"])
        .ok();
    let connect = ["connection", "connect", "team"];
    let told = ["C0029", "secrets of the client", "--yes"];
    place.run(&connect).fails(4, &told).prints("");
    let said = format!("team lets secrets go to {}", there.server.host());
    let asked = place.on_terminal("freshet connection reconnect team", "n\n");
    assert!(asked.out.contains(&said), "{}", asked.out);
    assert_eq!(there.asked(), 0);
    place.run(&[&connect[..], &["--yes"]].concat()).ok();
    place.run(&connect).ok();
    assert_eq!(there.asked(), 2);
}

/// A field of the client leads the stored secret elsewhere, for the connections that were authorised with it.
#[test]
fn what_a_field_of_the_client_leads_elsewhere_is_asked_about() {
    let (here, there) = (OAuth2::start("tok"), OAuth2::start("new"));
    let host = here.server.host();
    let place = Place::new();
    let at_field = here
        .definition("Shop")
        .replace(&format!("hosts = [\"{host}\"]"), "hosts = [\"{ten}\"]")
        .replace(&format!("base_url = \"http://{host}/\"\n"), "");
    place.add_service("shop", &(at_field + &field("ten", "from = \"client\"")));
    let client = |set: &str, more: &[&str]| {
        let client = ["service", "client", "shop", "--client-id", "abc", "--set"];
        place.run(&[&client[..], &[set], more].concat())
    };
    place.write_secret("secret", "s3cret");
    let secret = ["--secret-file", "client_secret=secret"];
    client(&format!("ten={host}"), &secret).ok();
    place.join("team", "shop");
    let elsewhere = there.server.host();
    let more = [&secret[..], &["--yes"]].concat();
    client(&format!("ten={elsewhere}"), &more).ok();
    is(&place, "needs_authorisation", Some("changed"));
    let connect = ["connection", "connect", "team"];
    let asked = here.asked();
    let said = format!("team lets secrets go to {elsewhere}");
    place
        .run(&connect)
        .fails(4, &["C0029", &said, "secrets of the client"]);
    assert_eq!(here.asked(), asked);
    let shown = place.run(&["service", "show", "shop"]).ok().out;
    let line = format!("default: abc (secret stored), ten {elsewhere}\n");
    assert!(shown.contains(&line), "{shown}");
}

/// The log stays behind, and what it would tell with it.
#[test]
fn what_led_elsewhere_in_another_registry_is_asked_about() {
    let (here, there) = (
        Basic::start("joe", "PASSWORD"),
        Basic::start("joe", "PASSWORD"),
    );
    let away = Place::new();
    away.add_service("shop", &here.definition("Shop"));
    away.write_secret("password", "PASSWORD");
    away.run(&[&ADD[..], &["--set", "username=joe"]].concat())
        .ok();
    let connect = ["connection", "connect", "team"];
    let password = ["--secret-file", "password=password"];
    away.run(&[&connect[..], &password].concat()).ok();
    away.write("shop.toml", there.definition("Shop"));
    away.run(&["service", "edit", "shop", "--file", "shop.toml", "--yes"])
        .ok();
    is(&away, "needs_authorisation", Some("changed"));
    exported(&away);

    let place = Place::new();
    imported(&away, &place);
    is(&place, "needs_authorisation", Some("changed"));
    let host = there.server.host();
    place
        .run(&connect)
        .fails(4, &["C0029", "Password", &host, "--yes"])
        .prints("");
    assert!(there.server.requests().is_empty());
    place.run(&[&connect[..], &["--yes"]].concat()).ok();
    place
        .call("team", &there.server.url("/me"))
        .ok()
        .prints("200\n");
}

/// A choice of the client fills other fields of it, and leads its secret elsewhere by them.
#[test]
fn a_choice_of_the_client_fills_its_other_fields() {
    let api = OAuth2::start("tok");
    let place = Place::new();
    let token = api.server.url("/token");
    let choices = "choices = [{ value = \"e\", title = \"Europe\", sets = { ten = \"eu\" } }, \
                   { value = \"u\", title = \"USA\", sets = { ten = \"us\" } }]";
    let definition = api
        .definition("Shop")
        .replace(&token, &format!("{token}?of={{ten}}"))
        + &field("ten", "from = \"client\"")
        + &field("dc", &format!("from = \"client\"\n{choices}"));
    place.add_service("shop", &definition);
    place.write_secret("secret", "s3cret");
    let client = ["service", "client", "shop", "--client-id", "abc"];
    let secret = ["--secret-file", "client_secret=secret", "--set"];
    place.run(&[&client[..], &secret, &["dc=e"]].concat()).ok();
    place.join("team", "shop");
    let asked = api.server.requests();
    assert!(asked.iter().any(|request| request.target == "/token?of=eu"));
    // What is given wins.
    place
        .run(&[&client[..], &secret, &["dc=u", "--set", "ten=eu"]].concat())
        .ok();
    is(&place, "authorised", None);
    let other = [&client[..], &secret, &["dc=u"]].concat();
    asks(&place, &other, &["team would lose authorisation"]);
}

/// A copy with the secrets of a connection is asked about as that is.
#[test]
fn a_copy_does_not_go_round_the_question() {
    let (here, there) = (any(), any());
    let place = Place::new();
    place.add_service("shop", &keys(&here.host(), ""));
    place.write_secret("key", KEY);
    place.run(&ADD).ok();
    place.run(&CONNECT).ok();
    place.write("there.toml", keys(&there.host(), ""));
    let edit = ["service", "edit", "shop", "--file", "there.toml", "--yes"];
    place.run(&edit).ok();
    let copy = ["connection", "duplicate", "team", "copy", "--with-secrets"];
    place.run(&copy).ok();
    let connect = ["connection", "connect", "copy", "--no-verify"];
    let said = format!("copy lets secrets go to {}", there.host());
    place.run(&connect).fails(4, &[&said, "C0029", "--yes"]);
    place
        .call("copy", &there.url("/"))
        .fails(4, &["C0002"])
        .prints("");
    assert!(there.requests().is_empty());
    place.run(&[&connect[..], &["--yes"]].concat()).ok();
    place.call("copy", &there.url("/")).ok().prints("200\n");
    place.run(&connect).ok().quietly();
}

/// A secret was asked for before, which changes what Ctrl-C does.
#[test]
fn ctrl_c_at_the_question_ends_it_at_once() {
    let (here, there) = (Basic::start("joe", "PASSWORD"), any());
    let place = Place::new();
    place.add_service("shop", &here.definition("Shop"));
    place.write_secret("password", "PASSWORD");
    place
        .run(&[&ADD[..], &["--set", "username=joe"]].concat())
        .ok();
    let connect = ["connection", "connect", "team"];
    let password = ["--secret-file", "password=password"];
    place.run(&[&connect[..], &password].concat()).ok();
    let (from, to) = (here.server.host(), there.host());
    let definition = here.definition("Shop").replace(&from, &to);
    place.write("shop.toml", definition);
    place
        .run(&["service", "edit", "shop", "--file", "shop.toml", "--yes"])
        .ok();
    let mut terminal = Terminal::run(place.command(&connect));
    terminal.expect("empty keeps the stored one): ");
    terminal.write("\n");
    terminal.expect("there? [y/N] ");
    terminal.write("\x03");
    terminal.ends(130, &[]);
    assert!(there.requests().is_empty());
    is(&place, "needs_authorisation", Some("changed"));
}
