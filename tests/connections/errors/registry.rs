//! C0080 to C0092: the registry, exports, and a process that may only use connections.

use std::fs::{self, File};

use super::{Case, keyed};
use crate::services::ApiKey;
use crate::support::place::{Outcome, Place, feed, set_mode};

const fn case(code: &'static str, exit: i32, run: fn(&Case)) -> Case {
    Case { code, exit, run }
}

pub(super) const CASES: &[Case] = &[
    case("C0080", 74, open),
    case("C0081", 74, damaged),
    case("C0082", 74, newer),
    case("C0083", 74, unseal),
    case("C0084", 74, key),
    case("C0085", 74, busy),
    case("C0086", 74, write),
    case("C0087", 2, passphrase),
    case("C0088", 2, import),
    case("C0092", 78, use_only),
];

fn list(place: &Place) -> Outcome {
    place.run(&["connection", "list", "--json"])
}

/// A script can use the connection as before.
#[track_caller]
fn works(api: &ApiKey, place: &Place) {
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
}

fn open(case: &Case) {
    let (api, place) = keyed();
    let (path, aside) = (place.data("registry.db"), place.data("aside.db"));
    fs::rename(&path, &aside).unwrap();
    fs::create_dir(&path).unwrap();
    let message = format!(
        "cannot open the registry {}: it is a folder",
        path.display()
    );
    case.json_with_help(&list(&place), &message, "--registry PATH");
    fs::remove_dir(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    works(&api, &place);
}

fn damaged(case: &Case) {
    let (api, place) = keyed();
    let path = place.data("registry.db");
    let good = fs::read(&path).unwrap();
    fs::write(&path, "not a registry\n").unwrap();
    let message = format!("registry damaged: {}: …", path.display());
    case.json_with_help(&list(&place), &message, "freshet registry recover");
    assert_eq!(fs::read(&path).unwrap(), b"not a registry\n");
    fs::write(&path, good).unwrap();
    works(&api, &place);
}

fn newer(case: &Case) {
    let (api, place) = keyed();
    let path = place.data("registry.db");
    let good = fs::read(&path).unwrap();
    let mut bytes = good.clone();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&path, &bytes).unwrap();
    let message = format!(
        "the registry {} has schema 99, this program knows 1",
        path.display()
    );
    case.json(&list(&place), &message);
    assert_eq!(fs::read(&path).unwrap(), bytes, "not written to");
    fs::write(&path, good).unwrap();
    works(&api, &place);
}

fn unseal(case: &Case) {
    let (api, place) = keyed();
    place.connect("other", "shop", super::KEY).ok();
    let asked = api.server.requests().len();
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    let sql = "UPDATE credential SET secret_fields = (SELECT secret_fields FROM credential WHERE id = 1) WHERE id = 2";
    assert_eq!(db.execute(sql, []).unwrap(), 1);
    let called = place.call("other", &api.server.url("/me"));
    case.in_script(called, "cannot unseal the secrets of `other`, key ");
    assert_eq!(api.server.requests().len(), asked);
    works(&api, &place);
}

fn key(case: &Case) {
    let (api, place) = keyed();
    set_mode(&place.data("key"), 0o644);
    let message = format!(
        "the key in `{}` is readable by others…",
        place.data("key").display()
    );
    case.json_with_help(&list(&place), &message, "chmod 600");
    set_mode(&place.data("key"), 0o600);
    works(&api, &place);
}

fn busy(case: &Case) {
    // Writing waits 30 seconds for another process, which a longer test does; the key is not waited for.
    let (api, place) = keyed();
    let lock = place.data("locks/rotate");
    let lock = File::options()
        .create(true)
        .append(true)
        .open(lock)
        .unwrap();
    lock.lock().unwrap();
    let rotated = place.run(&["key", "rotate", "--json"]);
    case.json(&rotated, "another process changes the key of the registry");
    lock.unlock().unwrap();
    works(&api, &place);
}

fn write(case: &Case) {
    // As on a full disk, for which there are tests of their own: the write is begun and fails.
    let (api, place) = keyed();
    let path = place.data("registry.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "CREATE TRIGGER no_room BEFORE UPDATE ON connection BEGIN SELECT RAISE(FAIL, 'no room'); END",
    )
    .unwrap();
    let disabled = place.run(&["connection", "disable", "team", "--json"]);
    let message = format!("cannot write {}: no room", path.display());
    case.json_with_help(&disabled, &message, "nothing was changed");
    assert_eq!(place.status("team"), "authorised");
    works(&api, &place);
}

fn passphrase(case: &Case) {
    let (_api, place) = keyed();
    place.write_secret("right", "twelve letters and more");
    place.write_secret("wrong", "twelve other letters");
    let export = [
        "connection",
        "export",
        "team",
        "--with-secrets",
        "--passphrase",
    ];
    let sealed = ["--output", "sealed", "--secret-file", "passphrase=right"];
    place.run(&[&export[..], &sealed].concat()).ok();
    let other = Place::new();
    fs::copy(place.path("sealed"), other.path("sealed")).unwrap();
    fs::copy(place.path("wrong"), other.path("wrong")).unwrap();
    let import = ["connection", "import", "sealed", "--json"];
    let wrong = ["--secret-file", "passphrase=wrong"];
    let imported = other.run(&[&import[..], &wrong].concat());
    case.json(&imported, "the passphrase does not open the export…");
    assert!(!other.data("registry.db").exists(), "nothing was written");
    let short = place.run_with_input(
        &[
            &export[..],
            &["--output", "other", "--secret-stdin", "--json"],
        ]
        .concat(),
        "elevenchars",
    );
    case.json(&short, "the passphrase has …");
    assert!(!place.path("other").exists());
}

fn import(case: &Case) {
    let place = Place::new();
    place.write("export", "hello\n");
    let imported = place.run(&["connection", "import", "export", "--json"]);
    let message = "export:1: found a text that is no JSON, expected an export of version 1";
    case.json_with_help(&imported, message, "nothing was imported");
    assert!(!place.data("registry.db").exists(), "nothing was written");
}

fn use_only(case: &Case) {
    let (api, place) = keyed();
    let mut command = place.command(&["connection", "remove", "team", "--yes", "--json"]);
    command.env("FRESHET_CONNECTIONS", "use");
    let message = "this process may use connections, not manage them";
    case.json_with_help(&feed(command, b""), message, "FRESHET_CONNECTIONS");
    works(&api, &place);
}
