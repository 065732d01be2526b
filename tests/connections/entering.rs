//! Which secrets a person must enter: those that are not known, whatever state the connection is in (connections, 1 and
//! 6.1). An empty password is one that somebody entered, or none at all.

use crate::services::{ApiKey, Basic};
use crate::support::place::{Place, set_mode};
use crate::support::terminal::Terminal;

const KEY: &str = "k3y-of-the-test";
const CONNECT: [&str; 3] = ["connection", "connect", "team"];

/// One more host: what was authorised must be authorised again (row 14).
fn change(place: &Place, definition: &str) {
    let more = definition.replace("hosts = [", "hosts = [\"more.example.com\", ");
    place.write("more.toml", more);
    let edit = ["service", "edit", "shop", "--file", "more.toml", "--yes"];
    place.run(&edit).ok();
}

/// The connection `team` to a service with passwords or keys, made but not connected.
fn joined(definition: &str) -> Place {
    let place = Place::new();
    place.add_service("shop", definition);
    let add = ["connection", "add", "team", "--service", "shop"];
    let user: &[&str] = if definition.contains("basic") {
        &["--set", "username=ada"]
    } else {
        &[]
    };
    place.run(&[&add[..], user].concat()).ok();
    place
}

#[test]
fn what_was_imported_without_secrets_asks_for_them_whatever_happens_to_it() {
    // Any password is taken there, so an empty one would be too.
    let (basic, api) = (Basic::start("ada", ""), ApiKey::start(KEY));
    for (definition, secret, server, wanted) in [
        (
            basic.definition("Shop"),
            "",
            &basic.server,
            ["Password", "--secret-stdin password"],
        ),
        (
            api.in_header("Shop"),
            KEY,
            &api.server,
            ["API key", "--secret-stdin api_key"],
        ),
    ] {
        let place = joined(&definition);
        place
            .run_with_input(&[&CONNECT[..], &["--secret-stdin"]].concat(), secret)
            .ok();
        place
            .run(&["connection", "export", "team", "--output", "plain"])
            .ok();
        let revoke = ["connection", "revoke", "team", "--yes"];
        for happens in ["nothing", "change", "revoke"] {
            let other = Place::new();
            std::fs::copy(place.path("plain"), other.path("plain")).unwrap();
            other.run(&["connection", "import", "plain"]).ok();
            match happens {
                "change" => change(&other, &definition),
                "revoke" => drop(other.run(&revoke).ok()),
                _ => {}
            }
            let asked = server.requests().len();
            let told = [&wanted[..], &["C0029"]].concat();
            other.run(&CONNECT).fails(4, &told).prints("");
            assert_eq!(other.status("team"), "needs_authorisation", "{happens}");
            assert_eq!(server.requests().len(), asked, "{happens}");
            other
                .run_with_input(&[&CONNECT[..], &["--secret-stdin"]].concat(), secret)
                .ok();
        }
    }
}

#[test]
fn what_is_switched_off_and_was_never_connected_has_no_secret_to_keep() {
    let api = Basic::start("ada", "");
    let place = joined(&api.definition("Shop"));
    place.run(&["connection", "disable", "team"]).ok();
    place.run(&CONNECT).fails(4, &["Password", "C0029"]);
    assert_eq!(api.server.requests().len(), 0);
}

#[test]
fn an_empty_password_that_was_entered_stays_known() {
    let api = Basic::start("ada", "");
    let place = joined(&api.definition("Shop"));
    let mut terminal = Terminal::run(place.command(&CONNECT));
    terminal.expect("Password: ");
    terminal.write("\n");
    terminal.ends(0, &["Connected team to Shop"]);
    place.run(&CONNECT).ok();
    change(&place, &api.definition("Shop"));
    assert_eq!(place.status("team"), "needs_authorisation");
    place.run(&[&CONNECT[..], &["--yes"]].concat()).ok();
    assert_eq!(place.status("team"), "authorised");
}

/// A pipe with a name may never be written to; one of the shell is.
#[test]
fn a_named_pipe_is_not_waited_for() {
    let api = ApiKey::start(KEY);
    let place = joined(&api.in_header("Shop"));
    let made = std::process::Command::new("mkfifo")
        .arg(place.path("pipe"))
        .status()
        .unwrap();
    assert!(made.success());
    set_mode(&place.path("pipe"), 0o600);
    place
        .run(&[&CONNECT[..], &["--secret-file", "api_key=pipe"]].concat())
        .fails(2, &["found a pipe, expected a file", "--secret-stdin"]);
    let mut shell = std::process::Command::new("bash");
    place.settle(&mut shell);
    let output = shell
        .args([
            "-c",
            r#""$0" connection connect team --secret-file api_key=<(printf %s "$1")"#,
        ])
        .arg(env!("CARGO_BIN_EXE_freshet"))
        .arg(KEY)
        .output()
        .unwrap();
    crate::support::place::outcome(output).ok();
}
