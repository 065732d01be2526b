//! `freshet doctor`: each thing that keeps connections from working is found and named with its next step.

use std::fs;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::Value;

use crate::registry::as_ordinary_user;
use crate::services::ApiKey;
use crate::support::place::{Outcome, Place, feed, set_mode};
use crate::support::server::{Reply, Server};

const SECRET: &str = "k3y-of-the-test";

fn furnished(api: &ApiKey) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team", "shop", SECRET).ok();
    place
}

fn doctor(place: &Place, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    let mut command = place.command(&["doctor", "--json"]);
    command.args(arguments).envs(variables.iter().copied());
    let outcome = feed(command, b"");
    let document = outcome.json();
    let is_wrong = checks(&document)
        .iter()
        .any(|check| check["state"] == "wrong");
    assert_eq!(outcome.exit, Some(i32::from(is_wrong)), "{}", outcome.out);
    assert_eq!(document["ok"], !is_wrong);
    assert!(!outcome.out.contains(SECRET));
    outcome
}

fn checks(document: &Value) -> Vec<Value> {
    document["checks"].as_array().unwrap().clone()
}

/// State, finding and next step of what was looked at; of several, the worst.
#[track_caller]
fn of(outcome: &Outcome, name: &str) -> (String, String, String) {
    let text = |check: &Value, member: &str| check[member].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<Value> = checks(&outcome.json());
    found.retain(|check| check["name"] == name);
    found.sort_by_key(|check| check["state"] != "wrong");
    let first = found
        .first()
        .unwrap_or_else(|| panic!("{name}: {}", outcome.out));
    (
        text(first, "state"),
        text(first, "found"),
        text(first, "help"),
    )
}

#[track_caller]
fn good(outcome: &Outcome, name: &str) {
    let (state, found, _) = of(outcome, name);
    assert_eq!(state, "ok", "{name}: {found}");
}

#[track_caller]
fn wrong(outcome: &Outcome, name: &str, told: &str, next: &str) {
    let (state, found, help) = of(outcome, name);
    assert_eq!(state, "wrong", "{name}: {found}");
    assert!(found.contains(told), "{name}: {found}");
    assert!(help.contains(next), "{name}: {help}");
}

#[test]
fn what_is_as_it_should_be_is_told_so() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    let before = place.files();
    let told = doctor(&place, &[], &[]);
    for name in [
        "folder",
        "file system",
        "registry",
        "file",
        "pages",
        "tables",
        "references",
        "services",
        "key",
        "secrets",
        "permissions",
        "backup",
        "clock",
        "proxy",
        "connection team",
    ] {
        if name != "file system" {
            good(&told, name);
        }
    }
    of(&told, "certificates");
    let kept = |files: &[(std::path::PathBuf, Vec<u8>)]| -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let mut kept = files.to_vec();
        kept.retain(|(path, _)| {
            !path.to_string_lossy().ends_with("-shm") && !path.to_string_lossy().ends_with("-wal")
        });
        kept.sort();
        kept
    };
    assert_eq!(
        kept(&place.files()),
        kept(&before),
        "looking changes nothing"
    );
    let text = place.run(&["doctor"]).out;
    assert!(
        text.starts_with("CHECK") && text.contains("connection team"),
        "{text}"
    );

    let empty = Place::new();
    good(&doctor(&empty, &[], &[]), "registry");
    assert!(empty.files().is_empty());
    let used = doctor(&place, &[("FRESHET_CONNECTIONS", "use")], &[]);
    good(&used, "rights");
}

#[test]
fn what_others_may_read_is_wrong() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    let backup = fs::read_dir(place.data("backups"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    set_mode(&backup, 0o640);
    let chmod = format!("chmod 600 {}", backup.display());
    wrong(
        &doctor(&place, &[], &[]),
        "permissions",
        "others may use",
        &chmod,
    );
    set_mode(&backup, 0o600);
    set_mode(&place.data("locks"), 0o755);
    wrong(
        &doctor(&place, &[], &[]),
        "permissions",
        "(mode 0755)",
        "chmod 700 ",
    );
    set_mode(&place.data("locks"), 0o700);
    set_mode(&place.data("key"), 0o644);
    let told = doctor(&place, &[], &[]);
    wrong(&told, "key", "(C0084)", "chmod 600");
    wrong(&told, "permissions", "others may use", "chmod 600");
    set_mode(&place.data("key"), 0o600);
    good(&doctor(&place, &[], &[]), "permissions");
}

#[test]
fn a_damage_a_wrong_key_and_a_missing_backup_are_told() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let (state, _, help) = of(&doctor(&place, &[], &[]), "backup");
    assert_eq!(
        (state.as_str(), help.as_str()),
        ("warning", "run `freshet registry backup`")
    );
    let other = [(
        "FRESHET_KEY",
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    )];
    wrong(
        &doctor(&place, &other, &[]),
        "key",
        "(C0083)",
        "FRESHET_KEY",
    );
    fs::write(place.data("registry.db"), "rubbish, and more of it").unwrap();
    wrong(
        &doctor(&place, &[], &[]),
        "file",
        "(C0081)",
        "freshet registry recover",
    );
}

/// A file beside the registry that stayed read-only keeps every token from being stored.
#[test]
fn a_registry_that_cannot_be_written_is_wrong() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let (exit, _) = as_ordinary_user(&place, &["connection", "list"]);
    assert_eq!(exit, Some(0));
    set_mode(&place.data("registry.db"), 0o400);
    let (exit, told) = as_ordinary_user(&place, &["doctor"]);
    assert_eq!(exit, Some(1), "{told}");
    assert!(
        told.contains("registry.db cannot be written") && told.contains("chmod 600"),
        "{told}"
    );
    set_mode(&place.data("registry.db"), 0o600);
    assert_eq!(as_ordinary_user(&place, &["doctor"]).0, Some(0));
}

#[test]
fn a_clock_behind_the_log_is_wrong() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    db.execute("UPDATE audit SET at = at + 86400000", [])
        .unwrap();
    drop(db);
    wrong(
        &doctor(&place, &[], &[]),
        "clock",
        "but the log has an entry of",
        "set the clock",
    );
}

#[test]
fn a_proxy_is_shown_without_its_password() {
    let place = Place::new();
    let told = doctor(
        &place,
        &[("HTTPS_PROXY", "http://ada:hush-hush@proxy.example:3128")],
        &[],
    );
    let (state, found, _) = of(&told, "proxy");
    assert_eq!(state, "ok");
    assert_eq!(
        found,
        "HTTPS_PROXY: http://proxy.example:3128, with a user name"
    );
    assert!(!told.out.contains("hush-hush"));
    let told = doctor(&place, &[("http_proxy", "http://hush-hush@")], &[]);
    wrong(
        &told,
        "proxy",
        "http_proxy is no address",
        "http_proxy=http://HOST:PORT",
    );
    assert!(!told.out.contains("hush-hush"));
}

#[test]
fn certificates_that_cannot_be_read_are_wrong() {
    let place = Place::new();
    let told = doctor(&place, &[("FRESHET_CA_FILE", "none.pem")], &[]);
    wrong(&told, "certificates", "none.pem", "FRESHET_CA_FILE");
    place.write("empty.pem", "no certificate\n");
    let told = doctor(&place, &[("FRESHET_CA_FILE", "empty.pem")], &[]);
    wrong(&told, "certificates", "empty.pem", "FRESHET_CA_FILE");
}

#[test]
fn connections_that_need_a_person_are_told() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.add("bare", "shop");
    let told = doctor(&place, &[], &[]);
    let (state, _, help) = of(&told, "connection bare");
    assert_eq!(
        (state.as_str(), help.as_str()),
        ("warning", "run `freshet connection connect bare`")
    );
    place
        .connect("failed", "shop", "wrong")
        .fails(4, &["C0034"]);
    wrong(
        &doctor(&place, &[], &[]),
        "connection failed",
        "failed (rejected)",
        "freshet connection connect failed",
    );
    place.run(&["connection", "disable", "team"]).ok();
    good(&doctor(&place, &[], &[]), "connection team");
}

#[test]
fn online_a_host_is_asked_for_its_time_without_a_credential() {
    let server = Server::start(|request| match request.method.as_str() {
        "HEAD" => Reply::new(204, "", "").with("Date", "Tue, 24 Nov 2020 12:00:00 GMT"),
        _ => Reply::json("{}"),
    });
    let place = Place::new();
    let host = server.host();
    place.add_service(
        "shop",
        &format!("name = \"Shop\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\n"),
    );
    place.connect("team", "shop", SECRET).ok();
    let name = format!("host {host}");
    let told = doctor(&place, &[], &["--online"]);
    wrong(&told, &name, "s ahead of its clock", "set the clock");
    let asked = server.requests();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0]
            .headers
            .iter()
            .all(|(_, value)| !value.contains(SECRET))
    );
    // Without the option nobody is asked.
    doctor(&place, &[], &[]);
    assert_eq!(server.requests().len(), 1);
    drop(server);
    wrong(&doctor(&place, &[], &["--online"]), &name, "(C0012)", "");

    let right = Server::start(|_| {
        let now = rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&Timestamp::now())
            .unwrap();
        Reply::new(204, "", "").with("Date", &now)
    });
    let place = Place::new();
    let host = right.host();
    place.add_service(
        "shop",
        &format!("name = \"Shop\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\n"),
    );
    place.connect("team", "shop", SECRET).ok();
    good(&doctor(&place, &[], &["--online"]), &format!("host {host}"));
}
