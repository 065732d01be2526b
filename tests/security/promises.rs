//! The promises ① to ⑦; ⑧ is in `tls.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use freshet_connections::{Clock, Connections, Settings as ConnectionSettings, SystemClock, Via};
use freshet_interpreter::eval::Start;
use freshet_interpreter::library::builtin::Settings;
use freshet_interpreter::resolve::{self, Mode};
use freshet_runtime::engine::{Engine, RunOptions, RunRecord, RunState};
use freshet_runtime::output::Destination;
use freshet_syntax::parse;
use freshet_syntax::source::{FileId, SourceFile};

use crate::World;
use crate::services::ApiKey;
use crate::services::oauth2_provider::Rules;
use crate::support::place::Place;
use crate::support::server::{Reply, Request, Server};

const KEY: &str = "k3y-of-the-test";

/// A script that calls an address over a connection, with further attributes.
fn calling(link: &str, url: &str, more: &str) -> String {
    format!(
        "reply = invokeurl\n[\n    url: \"{url}\"\n    type: GET\n    connection: \"{link}\"\n    detailed: true\n{more}];\ninfo reply;\n"
    )
}

/// Check 76: no token request either.
#[test]
fn promise_1_a_credential_goes_to_https_and_its_hosts_and_is_not_renewed_for_others() {
    let world = World::authorised(Rules::default(), "");
    let stranger = Server::start(|_| Reply::json("{}"));
    world.age();
    let asked = world.provider.asked();
    let host = world.provider.server.host();
    for (address, code) in [
        (stranger.url("/me"), "C0006"),
        ("https://shop.example.com.evil/".to_owned(), "C0006"),
        (format!("http://{host}@evil.example/"), "C0006"),
        ("http://example.com/".to_owned(), "C0007"),
        ("https://127.0.0.1.evil.example/".to_owned(), "C0006"),
    ] {
        world
            .place
            .script(&calling("team", &address, ""))
            .fails(78, &[code])
            .prints("");
    }
    assert_eq!(world.provider.asked(), asked, "no token request either");
    assert!(stranger.requests().is_empty());
}

#[test]
fn promise_2_nothing_in_a_script_widens_the_hosts() {
    let world = World::authorised(Rules::default(), "");
    let stranger = Server::start(|_| Reply::json("{}"));
    let host = world.provider.server.host();
    for more in [
        format!("    headers: {{\"Host\": \"{host}\"}}\n"),
        format!("    headers: {{\"Authorization\": \"Bearer {host}\"}}\n"),
        format!("    parameters: {{\"hosts\": \"{host}\"}}\n"),
    ] {
        world
            .place
            .script(&calling("team", &stranger.url("/me"), &more))
            .fails(78, &["C0006"]);
    }
    // Not by the name of another connection, a variable of that name, or a link in a text.
    world
        .place
        .script(&format!(
            "team = \"team\";\nurl = \"{}\";\nreply = invokeurl\n[\n    url: url\n    type: GET\n    connection: team + \"\"\n];\ninfo reply;\n",
            stranger.url("/me")
        ))
        .fails(78, &["C0006"]);
    assert!(stranger.requests().is_empty());
}

#[test]
fn promise_3_what_the_connection_added_is_gone_after_another_host_port_or_scheme() {
    for placed in [
        "param_name = \"X-Api-Key\"",
        "param_type = \"query\"\nparam_name = \"api_key\"",
        "param_type = \"path\"\nkey = \"/bot{api_key}\"",
        "param_type = \"form\"\nparam_name = \"api_key\"",
    ] {
        let stranger = Server::start(|_| Reply::json("{}"));
        let away = stranger.url("/landed");
        let api = Server::start(move |request| {
            if request.path().ends_with("/away") {
                // With its body, if it has one.
                Reply::new(307, "", "").with("Location", &away)
            } else {
                Reply::json("{}")
            }
        });
        let place = Place::new();
        place.add_service(
            "shop",
            &format!(
                "name = \"Shop\"\nscheme = \"api_key\"\n{placed}\nhosts = [\"{}\"]\nheaders = {{ X-Tenant = \"seven\" }}\n",
                api.host()
            ),
        );
        place.connect("team", "shop", KEY).ok();
        let mut script = calling("team", &api.url("/away"), "");
        if placed.contains("form") {
            let post = "type: POST\n    parameters: {\"own\": \"1\"}";
            script = script.replace("type: GET", post);
        }
        place.script(&script).ok();
        let all = |request: &Request| format!("{request:?} {}", request.text());
        let carried = all(api.requests().last().unwrap());
        assert!(
            carried.contains(KEY) && carried.contains("seven"),
            "{carried}"
        );
        let arrived = stranger.only();
        let all = all(&arrived);
        assert!(!all.contains(KEY), "{all}");
        assert!(arrived.header("x-tenant").is_none(), "{all}");
        assert_eq!(arrived.target, "/landed");
    }
}

#[test]
fn promise_4_the_address_guard_covers_the_requests_of_the_program_itself() {
    let world = World::authorised(Rules::default(), "");
    world.age();
    let asked = world.provider.asked();
    let script = calling("team", &world.provider.server.url("/me"), "");
    world
        .place
        .run_with_input(&["run", "-", "--refuse-private"], script)
        .fails(78, &["C0008"]);
    assert_eq!(
        world.provider.asked(),
        asked,
        "the token endpoint is private too"
    );

    // The metadata address of clouds is refused for the token endpoint whatever the settings.
    let place = Place::new();
    place.write(
        "meta.toml",
        "name = \"Meta\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
         token_url = \"https://169.254.169.254/token\"\nhosts = [\"api.example.com\"]\n",
    );
    let added = place.run(&["service", "add", "meta", "--file", "meta.toml"]);
    if added.exit == Some(0) {
        place.add_client("meta", "id", "secret");
        place
            .run(&["connection", "add", "m", "--service", "meta", "--connect"])
            .fails(78, &["C0008"]);
    } else {
        added.fails(78, &["token_url"]);
    }
}

#[test]
fn promise_5_no_secret_is_shown_by_any_command() {
    let world = World::authorised(Rules::default(), "");
    let tokens = [
        world.provider.good_tokens().remove(0),
        world.provider.good_refresh_tokens().remove(0),
        "freshet-secret".to_owned(),
    ];
    for command in [
        &["connection", "show", "team"][..],
        &["connection", "show", "team", "--json"],
        &["connection", "list", "--json"],
        &["connection", "log", "team", "--json"],
        &["connection", "snippet", "team"],
        &["connection", "export", "team"],
        &["connection", "verify", "team", "--json"],
        &["service", "show", "shop"],
        &["service", "show", "shop", "--toml"],
        &["service", "export", "shop"],
        &["registry", "check"],
        &["doctor"],
    ] {
        let outcome = world.place.run(command);
        for secret in &tokens {
            assert!(!outcome.out.contains(secret), "{command:?}");
            assert!(!outcome.err.contains(secret), "{command:?}");
        }
    }
}

#[test]
fn promise_6_every_change_and_every_refusal_is_in_the_log() {
    let world = World::authorised(Rules::default(), "");
    for change in [
        &["connection", "edit", "team", "--name", "Team"][..],
        &[
            "connection",
            "edit",
            "team",
            "--allow-host",
            "files.example.com",
        ],
        &["connection", "edit", "team", "--link-name", "crew", "--yes"],
        &["connection", "disable", "crew"],
        &["connection", "enable", "crew"],
        &["connection", "verify", "crew"],
    ] {
        world.place.run(change).ok();
    }
    let place = &world.place;
    place
        .script(&calling("crew", "https://evil.example/", ""))
        .fails(78, &["C0006"]);
    let export = ["connection", "export", "crew", "--output", "export"];
    place.run(&export).ok();
    // Renewed, refused to be renewed, given back.
    let me = calling("crew", &world.provider.server.url("/me"), "");
    world.age();
    place.script(&me).ok();
    world.age();
    world.provider.withdraw();
    place.script(&me).fails(4, &["C0003"]);
    place.run(&["connection", "revoke", "crew", "--yes"]).ok();
    let begun = place
        .run(&["connection", "connect", "crew", "--start"])
        .ok();
    let denied = world.provider.deny(begun.out.trim());
    place
        .run_with_input(&["connection", "connect", "crew", "--finish", "-"], denied)
        .fails(4, &["C0023"]);
    place.run(&["connection", "remove", "crew", "--yes"]).ok();
    place.run(&["connection", "import", "export"]).ok();
    let log = world
        .place
        .run(&["connection", "log", "--all", "--json"])
        .ok()
        .json();
    let actions: Vec<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    for action in freshet_connections::ACTIONS {
        assert!(actions.contains(&action), "{action} of {actions:?}");
    }
}

#[test]
fn promise_7_no_builtin_returns_a_token() {
    let world = World::authorised(Rules::default(), "");
    let token = world.provider.good_tokens().remove(0);
    let script = calling("team", &world.provider.server.url("/me"), "");
    for arguments in [
        &["run", "-"][..],
        &["run", "-", "--trace"],
        &["run", "-", "--dry-run"],
        &["run", "-", "--json"],
    ] {
        let outcome = world.place.run_with_input(arguments, &script);
        assert!(
            !outcome.out.contains(&token),
            "{arguments:?}: {}",
            outcome.out
        );
        assert!(
            !outcome.err.contains(&token),
            "{arguments:?}: {}",
            outcome.err
        );
    }
    // A key goes into the address: what the script sees of that address is without it.
    let api = ApiKey::start(KEY);
    world.place.add_service("keyed", &api.in_query("Keyed"));
    world.place.connect("keyed", "keyed", KEY).ok();
    let seen = world
        .place
        .script(&calling("keyed", &api.server.url("/me"), ""))
        .ok();
    assert!(!seen.out.contains(KEY), "{}", seen.out);
}

/// Panics at its look of this number; the message holds a secret.
struct Panicking(AtomicI64);

impl Clock for Panicking {
    fn now(&self) -> i64 {
        let left = self.0.fetch_sub(1, Ordering::SeqCst);
        assert!(left != 1, "the clock that holds {PLANTED} has stopped");
        SystemClock.now()
    }
}

const PLANTED: &str = "qZwXvKjPyGfBhQmVzTxWkNcJ";

/// Runs a script over the registry of a place, with a clock that panics at its look of this number: how it ended, and whether
/// the clock was looked at so often.
fn run_panicking(place: &Place, script: &str, at: i64) -> (RunRecord, bool) {
    let clock = Arc::new(Panicking(AtomicI64::new(at)));
    let settings = ConnectionSettings {
        registry: Some(place.data("registry.db")),
        ..ConnectionSettings::from_environment(Via::Run).unwrap()
    };
    let connections = Connections::with_clock(settings, Arc::clone(&clock) as Arc<dyn Clock>);
    let engine = Engine::new(connections, Settings::default());
    let file = SourceFile::new("call.dg", script);
    let parsed = parse(&file, FileId(0));
    let source = resolve::Source {
        file: &file,
        ast: &parsed.ast,
    };
    let mode = Mode::Run {
        arguments: &[],
        function: None,
    };
    let program = resolve::resolve(source, &[], mode).program;
    let options = RunOptions {
        destination: Destination::Kept,
        ..RunOptions::default()
    };
    let record = engine.run(&program, Start::Body, &[], &options);
    let panicked = clock.0.load(Ordering::SeqCst) <= 0;
    (record, panicked)
}

/// Reliability, 3: a panic within the requests of a call tells nothing of its message, and leaves nothing locked.
#[test]
fn promise_5_a_panic_on_the_way_of_a_call_shows_no_value() {
    // A renewal that was cut off is made again with the same refresh token.
    let world = World::authorised(
        Rules {
            rotate: false,
            ..Rules::default()
        },
        "",
    );
    let script = calling("team", &world.provider.server.url("/me"), "");
    let mut panics = 0;
    loop {
        world.age();
        let (record, panicked) = run_panicking(&world.place, &script, panics + 1);
        let told = format!("{record:?}");
        assert!(!told.contains(PLANTED), "{told}");
        if !panicked {
            assert_eq!(record.state, RunState::Succeeded, "{told}");
            break;
        }
        panics += 1;
        let error = record.error.unwrap();
        assert_eq!(error.code, "R0199", "{told}");
        assert!(error.message.contains("a fault of Freshet at"), "{told}");
        assert!(panics < 100);
    }
    assert!(
        panics > 2,
        "it looks at the clock before and after a renewal"
    );
    for (path, content) in world.place.files() {
        let holds = |part: &[u8]| part == PLANTED.as_bytes();
        assert!(!content.windows(PLANTED.len()).any(holds), "{path:?}");
    }
}
