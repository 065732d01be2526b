//! Authorisations that are under way: device codes that a service gives out again, and choices that wait while somebody
//! changes what they are for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::server::{Server, json};
use common::{World, settings, wait};
use freshet_connections::{
    ClientInput, Clock, Connections, DeviceStarted, Edit, NewConnection, ServiceChange, Settings,
    StartOptions,
};
use rusqlite::Connection;
use secrecy::SecretString;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// A device server that knows one code only.
fn repeating() -> (Server, World) {
    let server = Server::replying(|seen, _| match seen.target.as_str() {
        "/device" => json(
            200,
            r#"{"device_code":"d3vice","user_code":"AB-12","verification_uri":"https://tv.example.com/","expires_in":600,"interval":1}"#,
        ),
        "/token" => json(200, r#"{"access_token":"t0ken","token_type":"Bearer"}"#),
        _ => json(200, "{}"),
    });
    let world = World::new();
    world.service(
        "tv",
        &format!(
            "name = \"Tv\"\nscheme = \"oauth2\"\ngrant_types = [\"device_code\"]\ntoken_url = \"http://{0}/token\"\ndevice_url = \"http://{0}/device\"\nclient_auth = \"basic\"\nhosts = [\"{0}\"]\n",
            server.address
        ),
    );
    world.client("tv", "me", Some("hush"));
    world.connection("living_room", "tv", &[]);
    world.connection("kitchen", "tv", &[]);
    (server, world)
}

#[test]
fn a_device_code_given_out_again_belongs_to_the_newest_start() {
    let (_server, world) = repeating();
    let start = |link: &str| -> Result<DeviceStarted, _> {
        wait(
            world
                .connections
                .start_device(link, &StartOptions::default()),
        )
    };
    let finish = |attempt: i64| {
        let time = Duration::from_secs(60);
        wait(world.connections.finish_device(attempt, time)).map(drop)
    };
    let first = start("living_room").unwrap();
    let second = start("living_room").unwrap();
    // Nobody waits for the first any more.
    assert_eq!(finish(first.attempt).unwrap_err().code(), "C0020");
    finish(second.attempt).unwrap();
    assert_eq!(world.status("living_room"), "authorised");
    // One that has ended stands in nobody's way, not even on the same day.
    let third = start("living_room").unwrap();
    finish(third.attempt).unwrap();
    let other = start("kitchen").unwrap();
    // One that is under way for another connection does, and keeps its code.
    let error = start("living_room").unwrap_err();
    assert_eq!(error.code(), "C0026", "{error}");
    assert!(error.message().contains("Tv"), "{error}");
    finish(other.attempt).unwrap();
    assert_eq!(world.status("kitchen"), "authorised");
}

/// A service with two sites, and a connection that waits for a choice between them.
fn waiting() -> (Server, World) {
    let server = Server::replying(|seen, _| match seen.target.as_str() {
        "/token" => json(200, r#"{"access_token":"t0ken","token_type":"Bearer"}"#),
        "/sites" => json(200, r#"[{"id":"north"},{"id":"south"}]"#),
        _ => json(200, "{}"),
    });
    let world = World::new();
    world.service("shop", &definition(&server));
    world.client("shop", "me", Some("hush"));
    world.connection("crm", "shop", &[]);
    let error = world.connect("crm", &[]).unwrap_err();
    assert_eq!(error.code(), "C0038", "{error}");
    assert_eq!(world.connections.choices("crm").unwrap().len(), 2);
    (server, world)
}

fn definition(server: &Server) -> String {
    format!(
        "name = \"Shop\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"http://{0}/token\"\nclient_auth = \"basic\"\nhosts = [\"{0}\"]\nverify = \"GET http://{0}/me/{{site}}\"\n\
         lookup = {{ request = \"GET http://{0}/sites\", value = \"/id\", field = \"site\" }}\n[[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z]+\"\n",
        server.address
    )
}

#[test]
fn a_choice_that_waits_is_settled_where_nothing_was_changed() {
    let (_server, world) = waiting();
    world.clock.forward(60);
    wait(world.connections.choose("crm", "south")).unwrap();
    assert_eq!(world.status("crm"), "authorised");
    let shown = world.connections.show("crm").unwrap();
    assert_eq!(shown.fields.get("site").map(String::as_str), Some("south"));
}

/// What waits was asked for with what service, client and connection were then.
#[test]
fn a_choice_that_waits_ends_where_another_process_changes_what_it_is_for() {
    type Change = fn(&Connections, &Server);
    let changes: [(&str, Change); 5] = [
        ("service", |other, server| {
            let text = definition(server).replace("/token", "/other");
            let change = ServiceChange::Document {
                file: "shop.toml",
                text: &text,
            };
            other.edit_service("shop", &change, None).unwrap();
        }),
        ("connection", |other, _| {
            let edit = Edit {
                add_scopes: vec!["write".to_owned()],
                ..Edit::default()
            };
            other.edit("crm", &edit).unwrap();
        }),
        ("client", |other, _| {
            let input = ClientInput {
                client_id: Some("you".to_owned()),
                client_secret: Some(SecretString::from("other")),
                ..ClientInput::default()
            };
            other.set_client("shop", None, input).unwrap();
        }),
        ("revocation", |other, _| {
            wait(other.revoke("crm", true)).unwrap();
        }),
        ("link name", |other, _| {
            other.remove("crm").unwrap();
        }),
    ];
    for (what, change) in changes {
        let (server, world) = waiting();
        world.clock.forward(60);
        change(&world.again(), &server);
        let arrived = server.seen().len();
        let error = wait(world.connections.choose("crm", "south")).unwrap_err();
        let expected = if what == "link name" {
            "C0001"
        } else {
            "C0038"
        };
        assert_eq!(error.code(), expected, "{what}: {error}");
        assert_eq!(server.seen().len(), arrived, "{what}: nothing is sent");
        if expected == "C0038" {
            assert_eq!(world.status("crm"), "created", "{what}");
            assert!(world.connections.choices("crm").unwrap().is_empty());
        }
    }
}

/// Each owner gives back tokens of their own, and is told of that day.
#[test]
fn the_date_of_a_revocation_is_that_of_its_owner() {
    let (_server, world) = waiting();
    let of = |owner: &str| {
        let owned = Settings {
            owner: owner.to_owned(),
            ..settings(&world.folder)
        };
        Connections::with_clock(owned, Arc::clone(&world.clock) as Arc<dyn Clock>)
    };
    let new = NewConnection {
        link_name: "mine".to_owned(),
        service: "shop".to_owned(),
        fields: BTreeMap::from([("site".to_owned(), "north".to_owned())]),
        per_user: true,
        ..NewConnection::default()
    };
    world.connections.create(new).unwrap();
    let (alice, bob) = (of("alice"), of("bob"));
    for owner in [&alice, &bob] {
        wait(owner.connect("mine", BTreeMap::new(), true)).unwrap();
    }
    wait(alice.revoke("mine", true)).unwrap();
    world.clock.forward(3 * 24 * 60 * 60);
    wait(bob.revoke("mine", true)).unwrap();
    for (owner, day) in [(&alice, "2026-11-24"), (&bob, "2026-11-27")] {
        let error = wait(owner.verify("mine")).unwrap_err();
        assert_eq!(error.code(), "C0003", "{error}");
        assert!(error.message().contains(day), "{error}");
        let warnings = owner.show("mine").unwrap().warnings;
        assert!(warnings[0].contains(day), "{warnings:?}");
    }
}

/// Whoever holds the registry, until a person is told that it is waited for.
#[derive(Clone, Default)]
struct Holder(Arc<Mutex<Option<Connection>>>);

impl Holder {
    fn hold(&self, world: &std::path::Path) {
        let other = Connection::open(world).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        *self.0.lock().unwrap() = Some(other);
    }
}

impl Subscriber for Holder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        if *event.metadata().level() == Level::WARN {
            self.0.lock().unwrap().take();
        }
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The code is spent, and the person has gone: what came of it waits until it can be stored.
#[test]
fn a_consent_waits_for_whoever_holds_the_registry() {
    let world = World::new();
    let (holder, path) = (Holder::default(), world.folder.path().join("registry.db"));
    let (holding, held) = (holder.clone(), path);
    let server = Server::replying(move |seen, _| match seen.target.as_str() {
        "/token" => {
            holding.hold(&held);
            json(200, r#"{"access_token":"t0ken","token_type":"Bearer"}"#)
        }
        _ => json(200, "{}"),
    });
    let document = definition(&server).replace(
        "grant_types = [\"client_credentials\"]",
        &format!("authorize_url = \"http://{}/authorize\"", server.address),
    );
    let (document, _) = document.split_once("verify").unwrap();
    world.service("shop", document);
    world.client("shop", "me", Some("hush"));
    world.connection("crm", "shop", &[]);
    let brief = Settings {
        busy: Duration::from_millis(20),
        ..settings(&world.folder)
    };
    let connections = Connections::with_clock(brief, Arc::clone(&world.clock) as Arc<dyn Clock>);
    let finished = tracing::subscriber::with_default(holder, || {
        wait(async {
            let options = StartOptions::default();
            let begun = connections.start_authorization("crm", &options).await?;
            let (_, state) = begun.address.split_once("state=").unwrap();
            let state = state.split('&').next().unwrap_or_default();
            let answer = SecretString::from(format!("code=c0de&state={state}"));
            connections
                .finish_authorization(None, &answer, None, true)
                .await
        })
    });
    assert_eq!(finished.unwrap().link, "crm");
    assert_eq!(world.status("crm"), "authorised");
}
