//! The store: what it is, and what it must not be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rusqlite::Connection;

use crate::numbered;
use crate::support::place::{Place, mode};

#[test]
fn the_store_is_for_its_owner_and_looking_makes_none() {
    let place = Place::new();
    place.run(&["batch", "list"]).ok().prints("");
    assert!(!place.data("batches.db").exists());
    place
        .run(&["batch", "status"])
        .fails(2, &["there are no batches"]);
    place.write("f.dg", "info 1;\n");
    place.run(&["batch", "run", "f.dg"]).ok();
    assert_eq!(mode(&place.data("batches.db")), 0o600);
    let left: Vec<_> = fs::read_dir(place.data(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".workers"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    place
        .run(&["batch", "run", "f.dg", "--store", "other.db"])
        .ok();
    assert!(place.path("other.db").exists());
}

#[test]
fn a_store_that_others_could_read_is_taken_back() {
    let place = Place::new();
    place.write("f.dg", "info 1;\n");
    place.run(&["batch", "run", "f.dg"]).ok();
    let store = place.data("batches.db");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o644)).unwrap();
    let told = place.run(&["batch", "list"]).ok();
    assert!(
        told.err
            .contains("batches.db could be read by others; it is yours alone now (mode 0600)"),
        "{}",
        told.err
    );
    assert_eq!(mode(&store), 0o600);
    place.run(&["batch", "list"]).ok().quietly();
}

#[test]
fn looking_into_an_empty_file_leaves_it_so() {
    let place = Place::new();
    place.write("empty.db", "");
    let with = |arguments: &[&str]| place.run(&[arguments, &["--store", "empty.db"]].concat());
    with(&["batch", "list"]).ok().prints("");
    with(&["batch", "prune", "--older-than", "1d"]).ok();
    for command in ["status", "resume"] {
        with(&["batch", command]).fails(2, &["there are no batches"]);
    }
    assert_eq!(fs::metadata(place.path("empty.db")).unwrap().len(), 0);
    // A batch may be kept in it all the same.
    place.write("f.dg", "info 1;\n");
    with(&["batch", "run", "f.dg"]).ok();
    with(&["batch", "status", "last"]).ok();
}

#[test]
fn a_store_that_is_none_is_refused_and_left_alone() {
    let place = Place::new();
    place.write("f.dg", "info 1;\n");
    let run = |store: &str| place.run(&["batch", "run", "f.dg", "--store", store]);
    place.write("text.db", "no store at all, just some text\n");
    run("text.db").fails(74, &["B0002", "text.db", "does not begin as"]);
    place.write("short.db", "SQLite");
    run("short.db").fails(74, &["B0002", "cut off"]);
    fs::create_dir(place.path("folder.db")).unwrap();
    run("folder.db").fails(74, &["B0001", "it is a folder"]);
    std::os::unix::fs::symlink("elsewhere", place.path("link.db")).unwrap();
    run("link.db").fails(74, &["B0001", "symbolic link"]);
    let other = Connection::open(place.path("other.db")).unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    drop(other);
    fs::set_permissions(place.path("other.db"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run("other.db").fails(74, &["B0001", "another program"]);
    assert!(!refused.err.contains("yours alone"), "{}", refused.err);
    assert_eq!(mode(&place.path("other.db")), 0o644);

    run("newer.db").ok();
    let newer = Connection::open(place.path("newer.db")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let told = ["B0003", "version 99", "a newer Freshet"];
    run("newer.db").fails(74, &told);
    place
        .run(&["batch", "list", "--store", "newer.db"])
        .fails(74, &told);
}

#[test]
fn a_damaged_store_is_told_of_whatever_page_is_hit() {
    let place = Place::new();
    place.write("f.dg", "info id;\nreturn id;\n");
    place.write("rows.csv", numbered(300));
    let arguments = [
        "batch", "run", "f.dg", "--jobs", "rows.csv", "--store", "s.db", "--quiet",
    ];
    place.run(&arguments).ok();
    let whole = Connection::open(place.path("s.db")).unwrap();
    whole
        .pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
        .unwrap();
    drop(whole);
    let good = fs::read(place.path("s.db")).unwrap();
    let pages = good.len() / 4096;
    for page in (0..pages).step_by((pages / 8).max(1)) {
        let mut bad = good.clone();
        let from = page * 4096;
        bad[from..from + 4096].fill(0xa5);
        place.write("bad.db", &bad);
        let ended = place.run(&["batch", "show", "last", "--store", "bad.db"]);
        assert!(
            matches!(ended.exit, Some(0 | 2 | 74)) && !ended.err.contains("internal error"),
            "page {page}: {ended:?}"
        );
        let _ = fs::remove_file(place.path("bad.db-wal"));
        let _ = fs::remove_file(place.path("bad.db-shm"));
    }
    place.write("cut.db", &good[..good.len() / 2]);
    place
        .run(&["batch", "show", "last", "--store", "cut.db"])
        .fails(74, &["B0002"]);
}

#[test]
fn a_store_that_another_program_holds_is_told_of() {
    let place = Place::new();
    place.write("f.dg", "info 1;\n");
    place.run(&["batch", "run", "f.dg"]).ok();
    let held = Connection::open(place.data("batches.db")).unwrap();
    held.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    // Each waits a while for its turn, so all do at once.
    let commands: [&[&str]; 6] = [
        &["batch", "list"],
        &["batch", "status", "last"],
        &["batch", "run", "f.dg"],
        &["batch", "resume"],
        &["batch", "cancel", "last"],
        &["batch", "prune", "--older-than", "1d", "--json"],
    ];
    std::thread::scope(|scope| {
        for arguments in commands {
            let place = &place;
            scope.spawn(move || {
                let ended = place.run(arguments).fails(
                    74,
                    &[
                        "B0004",
                        "batches.db are locked by another process",
                        "try again later",
                    ],
                );
                assert_eq!(ended.out, "", "{arguments:?}");
            });
        }
    });
    drop(held);
    let left = place.run(&["batch", "list", "--json"]).ok().json();
    assert_eq!(left["batches"].as_array().unwrap().len(), 1);
}
