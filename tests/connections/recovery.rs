//! `freshet registry recover` and `check` over every kind of damage: nothing that can be read is lost, the damaged file
//! is kept, and what is lost is told (reliability, 6: corrupt registry, backup).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use rusqlite::Connection;

use crate::calling;
use crate::services::ApiKey;
use crate::support::place::{Outcome, Place, mode, set_mode};

const SECRET: &str = "k3y-of-the-test";
const PAGE: usize = 4096;

/// A place with the connections `team` and `other`, both of which work.
fn furnished(api: &ApiKey) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    for link in ["team", "other"] {
        place.connect(link, "shop", SECRET).ok();
    }
    place.write(
        "call.dg",
        format!(
            "{}{}",
            calling("team", &api.server.url("/me")),
            calling("other", &api.server.url("/me"))
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
    place.run(&["registry", "check"]).ok().quietly();
}

fn bytes(place: &Place) -> Vec<u8> {
    fs::read(place.data("registry.db")).unwrap()
}

fn put(place: &Place, bytes: &[u8]) {
    for beside in ["registry.db-wal", "registry.db-shm"] {
        let _ = fs::remove_file(place.data(beside));
    }
    fs::write(place.data("registry.db"), bytes).unwrap();
}

/// The damaged files that were kept.
fn kept(place: &Place) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(place.data(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".damaged-"))
        .collect();
    found.sort();
    found
}

/// The first page of a table.
fn root_page(place: &Place, table: &str) -> usize {
    let db = Connection::open(place.data("registry.db")).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: i64 = db.query_row(sql, [table], |row| row.get(0)).unwrap();
    usize::try_from(page).unwrap()
}

fn without_page(bytes: &[u8], page: usize) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    damaged[(page - 1) * PAGE..page * PAGE].fill(0);
    damaged
}

#[track_caller]
fn recover(place: &Place) -> Outcome {
    place.run(&["registry", "recover"]).ok().quietly()
}

/// For a damage on every page in turn: it is told with its code, the backup and the command, the command mends it, and
/// what was there is kept to the byte.
fn mended_on_every_page(damage: impl Fn(&[u8], usize) -> Vec<u8>) {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    let good = bytes(&place);
    let mut damages = 0;
    for page in 1..=good.len() / PAGE {
        let damaged = damage(&good, page);
        put(&place, &damaged);
        let told = place.run(&["registry", "check"]);
        if told.exit == Some(0) {
            // A page that holds nothing any more.
            works(&place);
            continue;
        }
        damages += 1;
        told.fails(
            74,
            &[
                "C0081",
                "registry damaged",
                "freshet registry recover",
                "backups/registry-",
            ],
        );
        assert_eq!(bytes(&place), damaged, "looking changes nothing");
        let told = recover(&place);
        // Without the log nobody knows that nothing was changed since the backup.
        let lost = told.out.lines().skip_while(|line| *line != "Lost:").skip(1);
        for line in lost {
            assert!(
                line.ends_with(" since the backup"),
                "page {page}: {}",
                told.out
            );
        }
        works(&place);
        let kept = kept(&place);
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(fs::read(&kept[0]).unwrap(), damaged);
        assert_eq!(mode(&kept[0]), 0o600);
        assert_eq!(mode(&place.data("registry.db")), 0o600);
        fs::remove_file(&kept[0]).unwrap();
    }
    assert!(damages > 10, "{damages} pages matter");
}

#[test]
fn corrupt_registry_truncated_at_every_page() {
    mended_on_every_page(|good, page| good[..(page - 1) * PAGE].to_vec());
}

#[test]
fn corrupt_registry_zeroed_page() {
    mended_on_every_page(without_page);
}

#[test]
fn corrupt_registry_rubbish_in_a_page() {
    mended_on_every_page(|good, page| {
        let mut damaged = good.to_vec();
        for (index, byte) in damaged[(page - 1) * PAGE..page * PAGE]
            .iter_mut()
            .enumerate()
        {
            *byte = (index * 31 % 251) as u8;
        }
        damaged
    });
}

#[test]
fn corrupt_registry_without_a_backup_what_can_be_read_is_kept_and_the_rest_is_named() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let good = bytes(&place);
    let losing = |table: &str| {
        put(&place, &good);
        let page = root_page(&place, table);
        put(&place, &without_page(&good, page));
        let told = place.run(&["registry", "check"]);
        told.fails(
            74,
            &["C0081", "there is no backup", "freshet registry recover"],
        );
        recover(&place).out
    };

    // The log, or an index: the connections are not touched.
    let told = losing("audit");
    assert!(told.contains("perhaps entries of the log"), "{told}");
    works(&place);
    let told = losing("audit_by_link");
    assert!(told.contains("Nothing is lost."), "{told}");
    works(&place);
    // The keys that the registry names are those of the key file.
    let told = losing("sealing_key");
    assert!(told.contains("Nothing is lost."), "{told}");
    works(&place);

    let told = losing("credential");
    for link in ["team", "other"] {
        let step = format!("the credential of `{link}`: freshet connection connect {link}");
        assert!(told.contains(&step), "{told}");
        place
            .run_with_input(&["connection", "connect", link, "--secret-stdin"], SECRET)
            .ok();
    }
    works(&place);

    let told = losing("connection");
    for link in ["team", "other"] {
        assert!(told.contains(&format!("the connection `{link}`")), "{told}");
        place.run(&["run", "call.dg"]).fails(1, &["C0001"]);
    }
    for link in ["team", "other"] {
        place.connect(link, "shop", SECRET).ok();
    }
    works(&place);

    // A connection is not lost with its client.
    place.write("crm.toml", "name = \"CRM\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"https://login.example.com/token\"\nhosts = [\"crm.example.com\"]\n");
    place
        .run(&["service", "add", "crm", "--file", "crm.toml"])
        .ok();
    let client = [
        "service",
        "client",
        "crm",
        "--name",
        "mine",
        "--client-id",
        "abc",
        "--secret-stdin",
    ];
    place.run_with_input(&client, "s3cret").ok();
    place
        .run(&[
            "connection",
            "add",
            "sales",
            "--service",
            "crm",
            "--client",
            "mine",
        ])
        .ok();
    let page = root_page(&place, "client");
    put(&place, &without_page(&bytes(&place), page));
    let told = recover(&place).out;
    assert!(told.contains("the client of `sales`"), "{told}");
    assert_eq!(place.status("sales"), "created");
    works(&place);

    let told = losing("service");
    assert!(
        told.contains("the service `shop` of `team` is not there"),
        "{told}"
    );
    place
        .run(&["connection", "show", "team"])
        .fails(2, &["C0042"]);
    place.add_service("shop", &api.in_header("Shop"));
    works(&place);
}

#[test]
fn corrupt_registry_that_is_no_database() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let rubbish = b"this was never a registry, and nothing of one is in it\n".repeat(200);
    put(&place, &rubbish);
    let told = place.run(&["registry", "recover"]).prints("");
    told.fails(
        74,
        &["C0081", "nothing in it can be read", "move the file away"],
    );
    assert_eq!(bytes(&place), rubbish);
    assert!(kept(&place).is_empty() || fs::read(&kept(&place)[0]).unwrap() == rubbish);

    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    put(&place, &rubbish);
    assert!(recover(&place).out.contains("Used the backup "));
    works(&place);
}

#[test]
fn corrupt_registry_the_newest_backup_that_is_whole_is_used() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    place.connect("third", "shop", SECRET).ok();
    let second = place.run(&["registry", "backup", "--json"]).ok().json();
    let second = Path::new(second["backup"].as_str().unwrap()).to_owned();
    fs::write(&second, "torn").unwrap();
    put(&place, b"rubbish");
    let report = place.run(&["registry", "check"]).fails(74, &["C0081"]);
    assert!(report.out.contains("wrong") && report.out.contains(&second.display().to_string()));
    let told = recover(&place).out;
    assert!(!told.contains(&second.display().to_string()), "{told}");
    works(&place);
    place
        .run(&["connection", "show", "third"])
        .fails(2, &["C0001"]);
}

#[test]
fn corrupt_registry_newer_rows_come_from_the_damaged_file_and_older_ones_from_the_backup() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    // Since the backup: one more connection, one removed.
    place.connect("third", "shop", SECRET).ok();
    place.run(&["connection", "remove", "other", "--yes"]).ok();
    let good = bytes(&place);
    put(&place, &without_page(&good, root_page(&place, "audit")));
    let told = recover(&place).out;
    assert!(told.contains("from the backup"), "{told}");
    place
        .call("third", &api.server.url("/me"))
        .ok()
        .prints("200\n");
    place
        .run(&["connection", "show", "other"])
        .fails(2, &["C0001"]);
}

#[test]
fn corrupt_registry_of_a_newer_version_or_another_program_is_not_touched() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let mut newer = bytes(&place);
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    put(&place, &newer);
    place
        .run(&["registry", "recover"])
        .fails(74, &["C0082"])
        .prints("");
    place.run(&["registry", "check"]).fails(74, &["C0082"]);
    assert_eq!(bytes(&place), newer);

    fs::remove_file(place.data("registry.db")).unwrap();
    Connection::open(place.data("registry.db"))
        .unwrap()
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    let foreign = bytes(&place);
    place
        .run(&["registry", "recover"])
        .fails(74, &["C0080", "another program"]);
    assert_eq!(bytes(&place), foreign);

    fs::remove_file(place.data("registry.db")).unwrap();
    fs::create_dir(place.data("registry.db")).unwrap();
    place
        .run(&["registry", "recover"])
        .fails(74, &["C0080", "it is a folder"]);
    fs::remove_dir(place.data("registry.db")).unwrap();
    std::os::unix::fs::symlink(place.data("nowhere"), place.data("registry.db")).unwrap();
    place
        .run(&["registry", "recover"])
        .fails(74, &["C0080", "symbolic link"]);
    assert!(kept(&place).is_empty());
}

#[test]
fn a_registry_that_is_whole_is_left_alone() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let before = bytes(&place);
    let told = recover(&place);
    assert!(
        told.out.contains("is whole; nothing was changed"),
        "{}",
        told.out
    );
    let document = place.run(&["registry", "recover", "--json"]).ok().json();
    assert_eq!(document["recovered"], false);
    assert_eq!(bytes(&place), before);
    assert!(kept(&place).is_empty());
    // A wrong key is no damage.
    let mut command = place.command(&["registry", "check"]);
    command.env(
        "FRESHET_KEY",
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    );
    crate::support::place::feed(command, b"").fails(74, &["C0083"]);

    Place::new()
        .run(&["registry", "recover"])
        .fails(74, &["C0080", "there is none"]);
    let report = Place::new().run(&["registry", "check"]).ok().quietly();
    assert!(report.out.contains("There is no registry yet"));
}

#[test]
fn a_lost_registry_comes_back_from_its_backup() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    fs::remove_file(place.data("registry.db")).unwrap();
    let document = place.run(&["registry", "recover", "--json"]).ok().json();
    assert_eq!(document["recovered"], true);
    assert_eq!(document["damage"], "the file is missing");
    assert!(
        document["kept"].is_null() && document["backup"].is_string(),
        "{document}"
    );
    works(&place);
}

#[test]
fn backup_a_chosen_one_takes_the_place_of_the_registry_when_asked_for() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place
        .run(&["registry", "backup", "--output", "copy.db"])
        .ok();
    place.run(&["connection", "remove", "team", "--yes"]).ok();
    let before = bytes(&place);
    let from = ["registry", "recover", "--from", "copy.db"];
    place.run(&from).fails(4, &["C0029", "--yes"]).prints("");
    assert_eq!(bytes(&place), before);
    place.run(&[&from[..], &["--yes"]].concat()).ok();
    works(&place);
    assert_eq!(fs::read(&kept(&place)[0]).unwrap(), before);

    place.write("torn.db", &before[..PAGE]);
    for (wrong, code) in [
        ("torn.db", "C0081"),
        ("none.db", "C0080"),
        ("call.dg", "C0081"),
    ] {
        place
            .run(&["registry", "recover", "--from", wrong, "--yes"])
            .fails(74, &[code, wrong])
            .prints("");
    }
    works(&place);
}

#[test]
fn corrupt_registry_wal_missing_or_foreign() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let whole = bytes(&place);
    // While it is held open, what is written stays in the -wal.
    let holder = Connection::open(place.data("registry.db")).unwrap();
    let _: i64 = holder
        .query_row("SELECT count(*) FROM audit", [], |row| row.get(0))
        .unwrap();
    place.run(&["connection", "disable", "other"]).ok();
    let (main, wal) = (
        bytes(&place),
        fs::read(place.data("registry.db-wal")).unwrap(),
    );
    assert!(!wal.is_empty());
    drop(holder);

    // Without it, the registry is as it was before.
    put(&place, &main);
    works(&place);
    assert_eq!(place.status("other"), "authorised");
    // Together they are as they were.
    put(&place, &main);
    fs::write(place.data("registry.db-wal"), &wal).unwrap();
    assert_eq!(place.status("other"), "disabled");

    // That of another registry, with another key: refused, and not written into this one.
    let stranger = furnished(&api);
    let holder = Connection::open(stranger.data("registry.db")).unwrap();
    holder.execute_batch("UPDATE sealing_key SET created_at = created_at + 1; UPDATE credential SET gen = gen + 1").unwrap();
    let foreign = fs::read(stranger.data("registry.db-wal")).unwrap();
    drop(holder);
    put(&place, &whole);
    fs::write(place.data("registry.db-wal"), &foreign).unwrap();
    for command in [
        &["connection", "list"][..],
        &["run", "call.dg"],
        &["connection", "disable", "team"],
    ] {
        place
            .run(command)
            .fails(74, &["C0083", "expected the key that sealed this registry"]);
    }
    assert_eq!(
        bytes(&place),
        whole,
        "nothing of the other was written into it"
    );
    put(&place, &whole);
    works(&place);
}

#[test]
fn a_recovery_that_is_killed_anywhere_is_completed_by_the_next() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    let good = bytes(&place);
    let damaged = without_page(&good, root_page(&place, "connection"));
    put(&place, &damaged);
    let begun = Instant::now();
    recover(&place);
    let whole = begun.elapsed();
    let runs = if std::env::var_os("FRESHET_LONG_TESTS").is_some() {
        500
    } else {
        20
    };
    let mut killed = 0;
    for run in 0..runs {
        for path in kept(&place) {
            fs::remove_file(path).unwrap();
        }
        put(&place, &damaged);
        let mut child = place
            .command(&["registry", "recover"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The kill moves over the whole run.
        std::thread::sleep(whole * run / runs);
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        recover(&place);
        works(&place);
        assert!(
            kept(&place)
                .iter()
                .any(|path| fs::read(path).unwrap() == damaged),
            "the damaged file is kept"
        );
        for left in ["registry.db.recovering", "registry.db.recovered"] {
            assert!(!place.data(left).exists(), "{left}");
        }
    }
    println!("{killed} of {runs} were killed");
}

/// What the first version made, under the key below.
const FIRST: &str = include_str!("registries/1.sql");
const KEY_OF_FIRST: &str = "lIF1xo3mSCbIzjXvxDBX1w+CPRZcBq0489F1pRc1DIs=\n";

#[test]
fn a_registry_of_the_first_version_opens_as_it_is() {
    let place = Place::new();
    let folder = place.data("");
    fs::create_dir_all(&folder).unwrap();
    set_mode(&folder, 0o700);
    let db = Connection::open(place.data("registry.db")).unwrap();
    db.execute_batch(FIRST).unwrap();
    drop(db);
    set_mode(&place.data("registry.db"), 0o600);
    fs::write(place.data("key"), KEY_OF_FIRST).unwrap();
    set_mode(&place.data("key"), 0o600);

    place.run(&["registry", "check"]).ok().quietly();
    assert_eq!(place.status("team"), "authorised");
    assert_eq!(place.status("crm_sales"), "created");
    let shown = place
        .run(&["connection", "show", "crm_sales", "--json"])
        .ok()
        .json();
    assert_eq!(shown["connection"]["notes"], "from the first version");
    let client = place.run(&["service", "show", "crm", "--json"]).ok().json();
    assert_eq!(client["clients"][0]["client_id"], "abc");
    // The secret is the one that was entered then.
    let api = ApiKey::start(SECRET);
    place.write("shop.toml", api.in_header("Shop"));
    let db = Connection::open(place.data("registry.db")).unwrap();
    let definition = fs::read_to_string(place.path("shop.toml")).unwrap();
    db.execute(
        "UPDATE service SET definition = ?1, updated_at = updated_at + 1 WHERE link_name = 'shop'",
        [&definition],
    )
    .unwrap();
    drop(db);
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
    // It is taken along by everything that is done with registries.
    place.run(&["key", "rotate"]).ok();
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
}
