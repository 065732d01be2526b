//! The table of commands (connections, 7), row by row: members of the JSON documents, and what a command does that
//! would ask where there is nobody to ask.

use std::path::Path;

use freshet_connections::{
    ClientInput, Connections, Field, FieldSource, LinkName, NewConnection, Scheme, ServiceFilter,
    Settings, SnippetType, Via,
};
use serde_json::Value;

use crate::commands::CONNECTION;
use crate::services::{ApiKey, OAuth2};
use crate::support::place::{Place, feed, names};

/// A place with a service, a client, and a connection that works.
fn furnished(api: &OAuth2) -> Place {
    let place = Place::new();
    place.write("shop.toml", api.definition("Shop"));
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "cl1ent-s3cret");
    place.join("team", "shop");
    place.write_secret("passphrase", "four words that belong together");
    place
}

#[test]
fn every_row_of_the_table_answers_with_its_members() {
    let api = OAuth2::start("tok");
    let place = furnished(&api);
    place
        .run(&["connection", "export", "--all", "--output", "export.json"])
        .ok();
    place
        .run(&["service", "export", "shop", "--output", "export.toml"])
        .ok();
    // In this order: each finds what the ones before it left.
    for (arguments, members) in [
        (&["service", "list"][..], &["services"][..]),
        (
            &["service", "show", "shop"],
            &["service", "redirect_url", "clients"],
        ),
        (
            &["service", "add", "other", "--from", "stripe"],
            &["service"],
        ),
        (
            &["service", "edit", "other", "--name", "The other"],
            &["service", "affected"],
        ),
        (
            &["service", "client", "shop", "--client-id", "abc"],
            &["client"],
        ),
        (
            &[
                "service",
                "client",
                "shop",
                "--name",
                "x",
                "--client-id",
                "y",
                "--secret-env",
                "client_secret=HOME",
            ],
            &["client"],
        ),
        (
            &["service", "client", "shop", "--name", "x", "--remove"],
            &["removed"],
        ),
        (&["service", "export", "other"], &["services"]),
        (&["service", "import", "export.toml"], &["services"]),
        (&["service", "validate", "shop.toml"], &["faults"]),
        (&["service", "remove", "other", "--yes"], &["removed"]),
        (&["connection", "list"], &["connections"]),
        (
            &["connection", "add", "second", "--service", "shop"],
            &["connection"],
        ),
        (&["connection", "connect", "second"], &["connection"]),
        (&["connection", "reconnect", "second"], &["connection"]),
        (&["connection", "show", "second"], &["connection"]),
        (&["connection", "verify", "--all"], &["results"]),
        (
            &["connection", "edit", "second", "--notes", "x"],
            &["connection", "mentioned_in"],
        ),
        (&["connection", "disable", "second"], &["connection"]),
        (&["connection", "enable", "second"], &["connection"]),
        (
            &["connection", "duplicate", "second", "third"],
            &["connection"],
        ),
        (
            &["connection", "export", "third", "--output", "third.json"],
            &["connections"],
        ),
        (&["connection", "import", "export.json"], &["connections"]),
        (&["connection", "snippet", "second"], &["snippet"]),
        (&["connection", "log", "second"], &["entries"]),
        (&["connection", "remove", "third", "--yes"], &["removed"]),
    ] {
        let document = place
            .run(&[arguments, &["--json"]].concat())
            .ok()
            .quietly()
            .json();
        let expected: Vec<&str> = ["version"].iter().chain(members).copied().collect();
        assert_eq!(names(&document), expected, "{arguments:?}");
        let spelt = place.run(&[&arguments[..2], &["--help"]].concat()).ok().out;
        assert!(spelt.contains("--json"), "{arguments:?}");
    }
}

/// `--format jsonl` of the conventions (reliability, 7): each thing of a list is a line, and so is any other document.
#[test]
fn a_list_as_lines_has_the_same_objects() {
    let api = OAuth2::start("tok");
    let place = furnished(&api);
    place.add("second", "shop");
    place.write("wrong.toml", "nme = \"X\"\nscheme = \"basic\"\n");
    let lines = |text: &str| -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    for (arguments, member) in [
        (&["service", "list"][..], "services"),
        (&["connection", "list", "--service", "shop"], "connections"),
        (&["connection", "list", "--status", "failed"], "connections"),
        (&["connection", "log", "--all"], "entries"),
        (&["service", "validate", "wrong.toml"], "faults"),
        (&["connection", "show", "team"], ""),
        (&["registry", "check"], ""),
    ] {
        let whole = place.run(&[arguments, &["--json"]].concat());
        let told = place.run(&[arguments, &["--format", "jsonl"]].concat());
        assert_eq!(told.exit, whole.exit, "{arguments:?}");
        let whole = whole.json();
        let mut expected = whole[member].as_array().cloned().unwrap_or(vec![whole]);
        for object in &mut expected {
            object["version"] = 1.into();
        }
        assert_eq!(lines(&told.out), expected, "{arguments:?}");
    }
    let verified = place.run(&["connection", "verify", "--all", "--format=jsonl"]);
    let verified = lines(&verified.fails(4, &[]).out);
    let links: Vec<&Value> = verified.iter().map(|line| &line["link_name"]).collect();
    assert_eq!(links, ["second", "team"]);

    // By the variable too; an error is a line then.
    let mut command = place.command(&["connection", "show", "none"]);
    command.env("FRESHET_FORMAT", "jsonl");
    let told = feed(command, b"").fails(2, &[]);
    assert_eq!(told.err.lines().count(), 1);
    assert_eq!(told.json_error()["code"], "C0001");
}

#[test]
fn the_objects_within_have_their_members_too() {
    let api = OAuth2::start("tok");
    let place = furnished(&api);
    let document = |arguments: &[&str]| -> Value {
        place
            .run(&[arguments, &["--json"]].concat())
            .ok()
            .quietly()
            .json()
    };
    let shown = document(&["service", "show", "shop"]);
    assert_eq!(
        names(&shown["clients"][0]),
        ["name", "client_id", "has_secret"]
    );
    assert_eq!(
        names(&document(&["service", "list"])["services"][0]),
        [
            "link_name",
            "name",
            "kind",
            "scheme",
            "grant_types",
            "categories",
            "connections"
        ]
    );
    for (arguments, member) in [
        (&["connection", "show", "team"][..], "connection"),
        (&["connection", "list"], "connections"),
        (&["connection", "duplicate", "team", "copy"], "connection"),
        (
            &["connection", "export", "team", "--output", "team.json"],
            "connections",
        ),
        (
            &[
                "connection",
                "import",
                "team.json",
                "--on-conflict",
                "rename",
            ],
            "connections",
        ),
    ] {
        let document = document(arguments);
        let object = match &document[member] {
            Value::Array(items) if items.is_empty() => continue,
            Value::Array(items) => &items[0],
            object => object,
        };
        assert_eq!(names(object), CONNECTION, "{arguments:?}");
    }
    place.write("stripe.toml", api.definition("Another"));
    // A failure is a document too, whatever the command.
    for arguments in [
        &["connection", "show", "nobody"][..],
        &["connection", "export", "nobody"],
        &["connection", "duplicate", "nobody", "x"],
        &["connection", "import", "shop.toml"],
        &["service", "edit", "stripe", "--name", "x"],
        &["service", "import", "stripe.toml"],
    ] {
        let error = place
            .run(&[arguments, &["--json"]].concat())
            .fails(2, &[])
            .prints("")
            .json_error();
        assert_eq!(
            names(&error),
            ["code", "message", "help", "exit"],
            "{arguments:?}"
        );
        assert_eq!(error["exit"], 2, "{arguments:?}");
    }
}

/// Check 79: nothing is asked, the exit code is 4, the option is named.
#[test]
fn without_a_terminal_each_command_names_the_option_it_would_ask_for() {
    let api = OAuth2::start("tok");
    let place = furnished(&api);
    let key = ApiKey::start("k3y-of-the-key");
    place.add_service("keys", &key.in_header("Keys"));
    place.add("plain", "keys");
    place
        .run(&[
            "connection",
            "export",
            "--all",
            "--with-secrets",
            "--passphrase",
            "--secret-file",
            "passphrase=passphrase",
            "--output",
            "sealed",
        ])
        .ok();
    place.write(
        "elsewhere.toml",
        api.definition("Shop").replace("/token\"", "/other\""),
    );
    for (arguments, option) in [
        (
            &["service", "add", "new"][..],
            "--file FILE, --from SERVICE or --scheme SCHEME",
        ),
        (&["service", "edit", "shop"], "--file FILE"),
        (&["service", "edit", "shop", "--editor"], "--file FILE"),
        (
            &["service", "edit", "shop", "--file", "elsewhere.toml"],
            "--yes",
        ),
        (&["service", "client", "zoom_server"], "--client-id ID"),
        (
            &["service", "client", "zoom_server", "--client-id", "abc"],
            "--secret-file client_secret=PATH",
        ),
        (&["connection", "remove", "plain"], "--yes"),
        (
            &["connection", "add", "desk", "--service", "zendesk_token"],
            "--set sub=VALUE",
        ),
        (
            &[
                "connection",
                "add",
                "own",
                "--service",
                "shop",
                "--client-id",
                "abc",
            ],
            "--secret-env client_secret=VARIABLE",
        ),
        (
            &["connection", "connect", "plain"],
            "--secret-stdin api_key",
        ),
        (
            &["connection", "edit", "team", "--add-scope", "more"],
            "--yes",
        ),
        (
            &[
                "connection",
                "export",
                "team",
                "--with-secrets",
                "--passphrase",
                "--output",
                "x",
            ],
            "--secret-stdin passphrase",
        ),
        (
            &["connection", "import", "sealed"],
            "--secret-file passphrase=PATH",
        ),
    ] {
        let outcome = place
            .run(arguments)
            .fails(4, &["(C0029)", "no terminal", option])
            .prints("");
        assert!(
            !outcome.err.contains("[y/N]"),
            "{arguments:?}: {}",
            outcome.err
        );
    }
    place
        .run(&["service", "add", "gone", "--from", "stripe"])
        .ok();
    place
        .run(&["service", "remove", "gone"])
        .fails(4, &["(C0029)", "--yes"]);
    assert!(!place.path("x").exists());
    assert_eq!(place.status("team"), "authorised");
}

/// Check 20.
#[test]
fn the_snippets_of_every_default_service_pass_the_check() {
    let place = Place::new();
    let connections = Connections::new(Settings {
        registry: Some(place.data("registry.db")),
        ..Settings::from_environment(Via::Cli).unwrap()
    });
    let (mut scripts, mut with_secrets) = (Vec::new(), 0);
    for service in connections.services(&ServiceFilter::default()).unwrap() {
        let view = connections.service(&service.link_name).unwrap();
        let link = LinkName::propose(&format!("my {}", service.link_name)).to_string();
        let fields = &view.service.fields;
        let chosen = fields.iter().filter_map(|field| field.choices.first());
        let along: Vec<&String> = chosen.flat_map(|choice| choice.sets.keys()).collect();
        connections
            .create(NewConnection {
                link_name: link.clone(),
                service: service.link_name.clone(),
                fields: fields
                    .iter()
                    .filter(|field| !along.contains(&&field.name))
                    .filter_map(value)
                    .collect(),
                ..NewConnection::default()
            })
            .unwrap_or_else(|error| panic!("{}: {error}", service.link_name));
        if enter_secrets(&connections, &service.link_name, &link) {
            with_secrets += 1;
        }
        for method in [
            SnippetType::Get,
            SnippetType::Post,
            SnippetType::Put,
            SnippetType::Delete,
        ] {
            let snippet = connections.snippet(&link, method, None).unwrap();
            assert!(!snippet.contains(SECRET), "{snippet}");
            let name = format!("{link}-{method:?}.dg");
            place.write(&name, &snippet);
            scripts.push(name);
        }
    }
    assert!(scripts.len() >= 4 * 40 && with_secrets >= 40);
    let arguments: Vec<&str> = ["check"]
        .into_iter()
        .chain(scripts.iter().map(String::as_str))
        .collect();
    place.run(&arguments).ok().quietly();
    assert!(Path::new(&place.data("registry.db")).exists());
}

const SECRET: &str = "s3cret-of-no-snippet";

/// Enters what can be entered without asking the service: a client with its secret, a key, a password.
fn enter_secrets(connections: &Connections, service: &str, link: &str) -> bool {
    let view = connections.service(service).unwrap().service;
    if matches!(view.scheme, Scheme::OAuth1(_) | Scheme::OAuth2(_)) {
        let client = ClientInput {
            client_id: Some("id".to_owned()),
            client_secret: Some(SECRET.into()),
            ..ClientInput::default()
        };
        return connections.set_client(service, None, client).is_ok();
    }
    let secrets = view.fields.iter().filter(|field| field.secret);
    let secrets = secrets.map(|field| (field.name.clone(), SECRET.into()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let connected = connections.connect(link, secrets.collect(), false);
    runtime.block_on(connected).is_ok()
}

/// A value for a field that a person must give.
fn value(field: &Field) -> Option<(String, String)> {
    let asked = !field.secret
        && !field.optional
        && field.default.is_none()
        && field.from == FieldSource::User;
    let choice = field.choices.first().map(|choice| choice.value.clone());
    let value = choice.or(field.example.clone());
    asked.then(|| (field.name.clone(), value.unwrap_or_else(|| "x".to_owned())))
}

/// The example of a custom service, as it stands in the reference.
#[test]
fn zoom_meetings_are_added_as_the_reference_does() {
    let place = Place::new();
    place.write("secret", "zoom-s3cret\n");
    let told = place
        .run_with_input(
            &[
                "service",
                "add",
                "zoom_meeting",
                "--name",
                "Zoom Meeting",
                "--scheme",
                "oauth2",
                "--param-type",
                "header",
                "--grant-type",
                "client_credentials",
                "--token-url",
                "https://zoom.us/oauth/token",
                "--host",
                "api.zoom.us",
                "--scope",
                "meeting:read=Read meetings",
                "--client-id",
                "abc",
                "--secret-stdin",
            ],
            "zoom-s3cret\n",
        )
        .ok()
        .quietly()
        .out;
    for line in [
        "service              Zoom Meeting (zoom_meeting)",
        "kind                 custom",
        "scheme               oauth2",
        "grant types          client_credentials",
        "token URL            https://zoom.us/oauth/token",
        "scope                meeting:read*  Read meetings",
        "hosts                api.zoom.us",
        "client               default: abc (secret stored)",
        "next: freshet connection add my_zoom_meeting --service zoom_meeting --connect",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    assert!(!told.contains("zoom-s3cret"));
    assert_eq!(
        place
            .run(&["service", "show", "zoom_meeting", "--toml"])
            .ok()
            .out,
        "name = \"Zoom Meeting\"\nscheme = \"oauth2\"\nparam_type = \"header\"\ntoken_url = \"https://zoom.us/oauth/token\"\n\
         grant_types = [\"client_credentials\"]\nhosts = [\"api.zoom.us\"]\n\
         scopes = [{ name = \"meeting:read\", display = \"Read meetings\", default = true }]\n"
    );
}
