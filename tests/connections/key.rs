//! `freshet key rotate`: another key takes over, whatever happens meanwhile.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};

use rusqlite::Connection;

use crate::calling;
use crate::services::{ApiKey, OAuth2};
use crate::support::place::{Outcome, Place, feed, mode, set_mode};
use crate::support::server::{Reply, Server};

const SECRET: &str = "k3y-of-the-test";

/// Another key, made for this test.
const OTHER: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// The sealed columns of the registry, as connections 5 marks them.
const SEALED: &[(&str, &str)] = &[
    ("client", "client_secret"),
    ("client", "secret_fields"),
    ("credential", "secret_fields"),
    ("credential", "access_token"),
    ("credential", "token_secret"),
    ("credential", "refresh_token"),
    ("credential", "previous_refresh_token"),
    ("attempt", "secret"),
];

fn registry(place: &Place) -> Connection {
    Connection::open(place.data("registry.db")).unwrap()
}

/// The ids of the keys under which the values of a registry are sealed, one a value.
fn sealed_with(db: &Connection) -> Vec<String> {
    let mut ids = Vec::new();
    for (table, column) in SEALED {
        let sql = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
        let mut statement = db.prepare(&sql).unwrap();
        let values = statement.query_map([], |row| row.get(0)).unwrap();
        for value in values {
            let value: Vec<u8> = value.unwrap();
            // A version, the length of the key id, the key id.
            let id = &value[2..2 + usize::from(value[1])];
            ids.push(String::from_utf8(id.to_vec()).unwrap());
        }
    }
    ids
}

/// The keys of a registry in use, oldest first.
fn keys_in_use(db: &Connection) -> Vec<String> {
    let sql = "SELECT id FROM sealing_key WHERE retired_at IS NULL ORDER BY created_at";
    let mut statement = db.prepare(sql).unwrap();
    let ids = statement.query_map([], |row| row.get(0)).unwrap();
    ids.map(Result::unwrap).collect()
}

/// A place with connections of two kinds: `team` with a key, `crm` with a client and a token.
fn furnished(api: &ApiKey, oauth: &OAuth2) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team", "shop", SECRET).ok();
    place.add_service("crm_service", &oauth.definition("CRM"));
    place.add_client("crm_service", "abc", "s3cret");
    place.join("crm", "crm_service");
    place.write(
        "call.dg",
        format!(
            "{}{}",
            calling("team", &api.server.url("/me")),
            calling("crm", &oauth.server.url("/me"))
        ),
    );
    place
}

#[track_caller]
fn works(place: &Place) {
    place
        .run(&["run", "call.dg"])
        .ok()
        .prints("200\n200\n")
        .quietly();
}

fn with(place: &Place, variable: &str, value: &str, arguments: &[&str]) -> Outcome {
    let mut command = place.command(arguments);
    command.env(variable, value);
    feed(command, b"")
}

#[test]
fn check_27_another_key_takes_over_and_everything_works() {
    let (api, oauth) = (ApiKey::start(SECRET), OAuth2::start("tok"));
    let place = furnished(&api, &oauth);
    let before = fs::read_to_string(place.data("key")).unwrap();
    let old = keys_in_use(&registry(&place)).remove(0);

    let told = place.run(&["key", "rotate"]).ok().quietly();
    assert!(
        told.out.contains("Sealed 3 values anew") && told.out.contains(&old),
        "{}",
        told.out
    );
    works(&place);
    let after = fs::read_to_string(place.data("key")).unwrap();
    assert_ne!(before, after);
    assert_eq!(after.lines().count(), 1);
    assert_eq!(mode(&place.data("key")), 0o600);
    let new = keys_in_use(&registry(&place));
    assert_eq!(new.len(), 1);
    assert_ne!(new[0], old);
    assert_eq!(sealed_with(&registry(&place)), vec![new[0].clone(); 3]);
    let retired: bool = registry(&place)
        .query_row(
            "SELECT retired_at IS NOT NULL FROM sealing_key WHERE id = ?1",
            [&old],
            |row| row.get(0),
        )
        .unwrap();
    assert!(retired);
    let log = place.run(&["connection", "log", "--all"]).ok().out;
    assert!(
        log.contains(&format!("sealing key {old} to {}", new[0])),
        "{log}"
    );

    // There is a backup that opens with the new key.
    let backups: Vec<_> = fs::read_dir(place.data("backups"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(backups.len(), 1);
    assert_eq!(mode(&backups[0]), 0o600);
    assert_eq!(mode(&place.data("backups")), 0o700);
    assert_eq!(
        sealed_with(&Connection::open(&backups[0]).unwrap()).len(),
        3
    );

    // The old key opens nothing any more, and is told from the new one.
    with(&place, "FRESHET_KEY", before.trim(), &["run", "call.dg"])
        .fails(74, &["C0083", &old, &new[0]]);

    // Again, as JSON.
    let document = place.run(&["key", "rotate", "--json"]).ok().json();
    assert_eq!(
        document["key"]["retired"][0].as_str(),
        Some(new[0].as_str())
    );
    assert_eq!(document["key"]["values"], 3);
    works(&place);
}

/// Adds many connections, so that changing the key takes a while.
fn with_many(api: &ApiKey, count: usize) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team", "shop", SECRET).ok();
    place.write("call.dg", calling("team", &api.server.url("/me")));
    let db = registry(&place);
    // Sealed values are bound to their rows: these are of other rows, and do not open.
    db.execute_batch(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO client (id, service, name, client_id, created_at, updated_at) SELECT i, 'shop', 'c' || i, 'x', 0, 0 FROM n"
    ))
    .unwrap();
    drop(db);
    place
}

/// Gives the rows of `client` a secret each, through the program.
fn with_secrets(count: usize) -> Place {
    let place = Place::new();
    place.write("auth.toml", "name = \"Auth\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"https://auth.example.com/token\"\nhosts = [\"auth.example.com\"]\n");
    place
        .run(&["service", "add", "auth", "--file", "auth.toml"])
        .ok();
    for number in 0..count {
        let name = format!("c{number}");
        place
            .run_with_input(
                &[
                    "service",
                    "client",
                    "auth",
                    "--name",
                    &name,
                    "--client-id",
                    "x",
                    "--secret-stdin",
                ],
                "s3cret",
            )
            .ok();
    }
    place
}

fn rotating(place: &Place) -> Child {
    place
        .command(&["key", "rotate"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The keys in a place's key file open every sealed value, each under the key it names.
#[track_caller]
fn all_readable(place: &Place) {
    let report = place.run(&["registry", "check"]).ok();
    assert!(
        report.out.contains("every sealed value opens"),
        "{}",
        report.out
    );
}

#[test]
fn check_27_killed_midway_everything_is_readable_and_a_rerun_completes() {
    let place = with_secrets(40);
    let old = keys_in_use(&registry(&place)).remove(0);
    // The twentieth row is one whose change never ends.
    let watch = registry(&place);
    watch
        .execute_batch(
            "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
             CREATE TRIGGER at_twenty BEFORE UPDATE ON client WHEN OLD.id = 20 BEGIN SELECT count(*) FROM endless; END;",
        )
        .unwrap();
    let mut child = rotating(&place);
    // Watched until the rows before it are sealed anew.
    while sealed_with(&watch).iter().all(|id| *id == old) {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before it was seen"
        );
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    watch
        .execute_batch("DROP TRIGGER at_twenty; DROP VIEW endless;")
        .unwrap();
    drop(watch);

    let ids = sealed_with(&registry(&place));
    assert_eq!(ids.len(), 40);
    assert!(ids.contains(&old), "it was killed midway");
    assert_eq!(keys_in_use(&registry(&place)).len(), 2);
    all_readable(&place);
    // What is written meanwhile is sealed with the new key.
    place
        .run_with_input(
            &[
                "service",
                "client",
                "auth",
                "--name",
                "late",
                "--client-id",
                "x",
                "--secret-stdin",
            ],
            "s3cret",
        )
        .ok();

    place.run(&["key", "rotate"]).ok().quietly();
    let new = keys_in_use(&registry(&place));
    assert_eq!(new.len(), 1);
    assert_ne!(new[0], old);
    assert_eq!(sealed_with(&registry(&place)), vec![new[0].clone(); 41]);
    assert_eq!(
        fs::read_to_string(place.data("key"))
            .unwrap()
            .lines()
            .count(),
        1
    );
    all_readable(&place);
}

#[test]
fn check_27_killed_anywhere_everything_is_readable_and_a_rerun_completes() {
    let place = with_secrets(5);
    let runs = if std::env::var_os("FRESHET_LONG_TESTS").is_some() {
        500
    } else {
        20
    };
    let whole = {
        let begun = std::time::Instant::now();
        place.run(&["key", "rotate"]).ok();
        begun.elapsed()
    };
    let mut killed = 0;
    for run in 0..runs {
        let mut child = rotating(&place);
        // The kill moves over the whole run, so that every write is hit sooner or later.
        std::thread::sleep(whole * run / runs);
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().signal() == Some(9));
        all_readable(&place);
        if run % 4 == 3 {
            place.run(&["key", "rotate"]).ok();
            let new = keys_in_use(&registry(&place));
            assert_eq!(sealed_with(&registry(&place)), vec![new[0].clone(); 5]);
        }
    }
    println!("{killed} of {runs} were killed");
    place.run(&["key", "rotate"]).ok();
    assert_eq!(keys_in_use(&registry(&place)).len(), 1);
    let left: Vec<_> = fs::read_dir(place.data(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().starts_with("key.")),
        "{left:?}"
    );
}

#[test]
fn a_script_that_runs_meanwhile_goes_on_with_the_new_key() {
    let gate = Arc::new((Mutex::new((false, false)), Condvar::new()));
    let inside = Arc::clone(&gate);
    let server = Server::start(move |_| {
        let (state, changed) = &*inside;
        let mut state = state.lock().unwrap();
        state.0 = true;
        changed.notify_all();
        while !state.1 {
            state = changed.wait(state).unwrap();
        }
        Reply::json("{}")
    });
    let place = Place::new();
    place.add_service(
        "shop",
        &format!(
            "name = \"Shop\"\nscheme = \"api_key\"\nparam_name = \"X-Api-Key\"\nhosts = [\"{}\"]\n",
            server.host()
        ),
    );
    place.connect("team", "shop", SECRET).ok();
    let call = calling("team", &server.url("/"));
    place.write("twice.dg", format!("{call}{call}"));
    let script = place
        .command(&["run", "twice.dg"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (state, changed) = &*gate;
    let mut now = state.lock().unwrap();
    while !now.0 {
        now = changed.wait(now).unwrap();
    }
    drop(now);
    // The script has opened the registry with the old key.
    place.run(&["key", "rotate"]).ok();
    state.lock().unwrap().1 = true;
    changed.notify_all();
    let output = script.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "200\n200\n");
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("x-api-key") == Some(SECRET))
    );
}

#[test]
fn a_key_from_the_variable_goes_over_to_a_file() {
    let (api, oauth) = (ApiKey::start(SECRET), OAuth2::start("tok"));
    let place = furnished(&api, &oauth);
    let old = fs::read_to_string(place.data("key"))
        .unwrap()
        .trim()
        .to_owned();
    fs::remove_file(place.data("key")).unwrap();

    with(&place, "FRESHET_KEY", &old, &["key", "rotate"])
        .fails(74, &["C0084", "FRESHET_KEY", "--new-key-file PATH"])
        .prints("");
    with(&place, "FRESHET_KEY", &old, &["run", "call.dg"]).ok();
    let told = with(
        &place,
        "FRESHET_KEY",
        &old,
        &["key", "rotate", "--new-key-file", "next"],
    )
    .ok();
    assert!(
        told.out.contains("from now on set FRESHET_KEY_FILE=next"),
        "{}",
        told.out
    );
    assert_eq!(mode(&place.path("next")), 0o600);
    with(&place, "FRESHET_KEY_FILE", "next", &["run", "call.dg"])
        .ok()
        .prints("200\n200\n");
    with(&place, "FRESHET_KEY", &old, &["run", "call.dg"]).fails(74, &["C0083"]);
    // Once more with the same file: nothing is left to do.
    let again = with(
        &place,
        "FRESHET_KEY_FILE",
        "next",
        &["key", "rotate", "--new-key-file", "next"],
    )
    .ok();
    assert!(
        again.out.contains("nothing was left to do"),
        "{}",
        again.out
    );
    // A key that was given up does not come back.
    place.write_secret("old", &old);
    with(
        &place,
        "FRESHET_KEY_FILE",
        "next",
        &["key", "rotate", "--new-key-file", "old"],
    )
    .fails(74, &["C0084", "was retired before"]);
}

#[test]
fn a_variable_with_both_keys_needs_no_file() {
    let (api, oauth) = (ApiKey::start(SECRET), OAuth2::start("tok"));
    let place = furnished(&api, &oauth);
    let old = fs::read_to_string(place.data("key"))
        .unwrap()
        .trim()
        .to_owned();
    let both = format!("{old} {OTHER}");
    with(&place, "FRESHET_KEY", &both, &["run", "call.dg"]).ok();
    let told = with(&place, "FRESHET_KEY", &both, &["key", "rotate"]).ok();
    assert!(
        told.out.contains("FRESHET_KEY may hold the new key alone"),
        "{}",
        told.out
    );
    for keys in [both.as_str(), OTHER] {
        with(&place, "FRESHET_KEY", keys, &["run", "call.dg"])
            .ok()
            .prints("200\n200\n");
    }
    with(&place, "FRESHET_KEY", &old, &["run", "call.dg"]).fails(74, &["C0083"]);
}

#[test]
fn a_key_of_ones_own_is_taken_on_in_place() {
    let (api, oauth) = (ApiKey::start(SECRET), OAuth2::start("tok"));
    let place = furnished(&api, &oauth);
    place.write_secret("mine", &format!("{OTHER}\n"));
    let told = place.run(&["key", "rotate", "--new-key-file", "mine"]).ok();
    assert!(
        told.out.contains(&place.data("key").display().to_string()),
        "{}",
        told.out
    );
    assert_eq!(fs::read_to_string(place.data("key")).unwrap().trim(), OTHER);
    works(&place);

    for wrong in ["", "short", &format!("{OTHER} {OTHER}")] {
        place.write_secret("wrong", wrong);
        place
            .run(&["key", "rotate", "--new-key-file", "wrong"])
            .fails(74, &["C0084", "wrong"])
            .prints("");
    }
    set_mode(&place.path("mine"), 0o644);
    place
        .run(&["key", "rotate", "--new-key-file", "mine"])
        .fails(74, &["C0084", "is readable by others"]);
    works(&place);
}

#[test]
fn a_value_that_does_not_open_is_told_and_left_alone() {
    let (api, oauth) = (ApiKey::start(SECRET), OAuth2::start("tok"));
    let place = furnished(&api, &oauth);
    let altered = |db: &Connection| -> Vec<u8> {
        db.query_row(
            "SELECT secret_fields FROM credential WHERE id = 1",
            [],
            |row| row.get(0),
        )
        .unwrap()
    };
    let mut value = altered(&registry(&place));
    *value.last_mut().unwrap() ^= 1;
    registry(&place)
        .execute(
            "UPDATE credential SET secret_fields = ?1 WHERE id = 1",
            [&value],
        )
        .unwrap();
    let told = place.run(&["key", "rotate"]).ok();
    assert!(
        told.err.contains("the secrets of `team` did not open") && told.err.contains("C0083"),
        "{}",
        told.err
    );
    assert_eq!(altered(&registry(&place)), value);
    place
        .call("crm", &oauth.server.url("/me"))
        .ok()
        .prints("200\n");
    place
        .call("team", &api.server.url("/me"))
        .fails(74, &["C0083"]);
    place
        .run_with_input(
            &["connection", "reconnect", "team", "--secret-stdin"],
            SECRET,
        )
        .ok();
    works(&place);

    // The same with the secret of a client.
    registry(&place)
        .execute("UPDATE client SET client_secret = x'0100'", [])
        .unwrap();
    let reconnect = ["connection", "reconnect", "crm"];
    place
        .run(&reconnect)
        .fails(74, &["C0083", "the client `default` of crm_service"]);
    place.add_client("crm_service", "abc", "s3cret");
    place.run(&reconnect).ok();
    works(&place);
}

#[test]
fn two_at_once_do_not_mix() {
    let api = ApiKey::start(SECRET);
    let place = with_many(&api, 50);
    let children: Vec<Child> = (0..4).map(|_| rotating(&place)).collect();
    let ended: Vec<Option<i32>> = children
        .into_iter()
        .map(|mut child| child.wait().unwrap().code())
        .collect();
    assert!(
        ended.contains(&Some(0)) && ended.iter().all(|code| matches!(code, Some(0 | 74))),
        "{ended:?}"
    );
    assert_eq!(keys_in_use(&registry(&place)).len(), 1);
    place.run(&["run", "call.dg"]).ok().prints("200\n");
}

#[test]
fn without_a_registry_there_is_nothing_to_change() {
    let place = Place::new();
    for command in [&["key", "rotate"][..], &["registry", "backup"]] {
        place
            .run(command)
            .fails(74, &["C0080", "there is none"])
            .prints("");
    }
    assert!(place.files().is_empty());
}

fn sound(path: &Path) -> bool {
    let db = Connection::open(path).unwrap();
    let found: String = db
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    found == "ok"
}

#[test]
fn backup_a_copy_is_whole_and_takes_the_place_of_the_registry() {
    let (api, oauth) = (ApiKey::start(SECRET), OAuth2::start("tok"));
    let place = furnished(&api, &oauth);
    for _ in 0..5 {
        let told = place.run(&["registry", "backup", "--json"]).ok().json();
        let path = Path::new(told["backup"].as_str().unwrap()).to_owned();
        assert_eq!(mode(&path), 0o600);
        assert!(sound(&path));
    }
    assert_eq!(mode(&place.data("backups")), 0o700);
    let names = || -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(place.data("backups"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".db"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names().len(), 3, "{:?}", names());

    place
        .run(&["registry", "backup", "--output", "copy.db"])
        .ok();
    assert_eq!(mode(&place.path("copy.db")), 0o600);
    place
        .run(&["registry", "backup", "--output", "copy.db"])
        .fails(74, &["C0086", "copy.db", "exists"]);
    place
        .run(&["registry", "backup", "--output", "no/such/folder.db"])
        .fails(74, &["C0086"]);

    place.run(&["connection", "remove", "team", "--yes"]).ok();
    fs::rename(place.path("copy.db"), place.data("registry.db")).unwrap();
    works(&place);
}

#[test]
fn backup_while_others_write_is_whole() {
    let api = ApiKey::start(SECRET);
    let place = with_many(&api, 10);
    let writing = |link: String| -> Child {
        let mut command: Command =
            place.command(&["connection", "add", &link, "--service", "shop"]);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let mut children = Vec::new();
    for number in 0..8 {
        children.push(writing(format!("c{number}")));
        let copy = format!("copy{number}.db");
        place.run(&["registry", "backup", "--output", &copy]).ok();
        assert!(sound(&place.path(&copy)));
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}
