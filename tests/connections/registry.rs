//! A registry that cannot be used: told with its code, and left as it is.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::calling;
use crate::services::ApiKey;
use crate::support::place::{Place, mode, set_mode};

const KEY: &str = "k3y-of-the-test";

/// A place with the authorised connection `team`; everything is in the main file of the registry.
fn furnished(api: &ApiKey) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team", "shop", KEY).ok();
    place.write("call.dg", calling("team", &api.server.url("/me")));
    assert!(
        !place.data("registry.db-wal").exists(),
        "closing the registry leaves one file"
    );
    place
}

/// The commands that use a registry, reading and writing.
const COMMANDS: &[&[&str]] = &[
    &["connection", "list"],
    &["connection", "show", "team"],
    &["connection", "verify", "team"],
    &["connection", "disable", "team"],
    &["connection", "remove", "team", "--yes"],
    &["connection", "add", "other", "--service", "shop"],
    &["service", "list"],
    &["service", "remove", "shop", "--yes"],
    &["run", "call.dg"],
];

/// Every command is refused with exit 74 and the code, and changes no byte of the file.
#[track_caller]
fn refused(place: &Place, code: &str, told: &[&str]) {
    let before = fs::read(place.data("registry.db")).ok();
    for command in COMMANDS {
        let told = [&[code], told].concat();
        place.run(command).fails(74, &told).prints("");
    }
    let error = place
        .run(&["connection", "list", "--json"])
        .fails(74, &[])
        .prints("")
        .json_error();
    assert_eq!(
        (error["code"].as_str(), error["exit"].as_u64()),
        (Some(code), Some(74))
    );
    assert_eq!(
        fs::read(place.data("registry.db")).ok(),
        before,
        "the file was changed"
    );
}

/// With the cause gone everything is there again.
#[track_caller]
fn works(place: &Place) {
    place
        .run(&["run", "call.dg"])
        .ok()
        .prints("200\n")
        .quietly();
    place.run(&["connection", "show", "team"]).ok().quietly();
}

#[test]
fn a_damaged_registry_is_told_and_nothing_is_lost() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    let path = place.data("registry.db");
    let good = fs::read(&path).unwrap();
    let mut torn = good.clone();
    torn[100..3000].fill(0xa5);
    for damaged in [
        b"not a registry\n".to_vec(),
        good[..10].to_vec(),
        good[..good.len() / 2].to_vec(),
        torn,
    ] {
        fs::write(&path, &damaged).unwrap();
        refused(
            &place,
            "C0081",
            &["registry damaged", "registry.db", "there is no backup"],
        );
    }
    fs::write(&path, &good).unwrap();
    works(&place);
}

#[test]
fn a_damaged_registry_names_its_newest_backup() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    fs::create_dir(place.data("backups")).unwrap();
    for name in ["registry-1.db", "registry-2.db"] {
        fs::copy(place.data("registry.db"), place.data("backups").join(name)).unwrap();
    }
    fs::write(place.data("registry.db"), "").unwrap();
    refused(&place, "C0081", &["it is empty", "backups/registry-2.db"]);
}

/// Sets a number of four bytes in the header of an SQLite file (https://www.sqlite.org/fileformat.html, 1.3).
fn set_header(path: &Path, at: usize, number: u32) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_registry_of_a_newer_version_is_told_and_not_written_to() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    let path = place.data("registry.db");
    let good = fs::read(&path).unwrap();
    set_header(&path, 60, 99);
    refused(
        &place,
        "C0082",
        &["has schema 99, this program knows 1", "newer freshet"],
    );
    fs::write(&path, good).unwrap();
    works(&place);
}

#[test]
fn a_file_of_another_program_is_told_and_not_written_to() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    set_header(&place.data("registry.db"), 68, 0x1234_5678);
    refused(&place, "C0080", &["another program"]);

    let place = furnished(&api);
    fs::remove_file(place.data("registry.db")).unwrap();
    rusqlite::Connection::open(place.data("registry.db"))
        .unwrap()
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    refused(&place, "C0080", &["another program", "--registry PATH"]);
}

#[test]
fn a_folder_or_a_link_in_its_place_is_told() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    let (path, aside) = (place.data("registry.db"), place.data("aside.db"));
    fs::rename(&path, &aside).unwrap();
    fs::create_dir(&path).unwrap();
    refused(&place, "C0080", &["it is a folder"]);
    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink(&aside, &path).unwrap();
    refused(&place, "C0080", &["symbolic link"]);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(place.data("nowhere"), &path).unwrap();
    refused(&place, "C0080", &["symbolic link"]);
    fs::remove_file(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    works(&place);
}

/// Check 26: a key that others can read.
#[test]
fn a_wrong_or_lost_key_is_told_and_another_is_not_made() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    let path = place.data("key");
    let key = fs::read(&path).unwrap();

    fs::write(&path, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    refused(
        &place,
        "C0083",
        &[
            "expected the key that sealed this registry",
            "FRESHET_KEY_FILE",
        ],
    );
    for wrong in ["", "short", "not base64 at all, not base64 at all, not b"] {
        fs::write(&path, wrong).unwrap();
        refused(&place, "C0084", &["is not 32 bytes of base64"]);
    }
    fs::write(&path, &key).unwrap();
    for mode in [0o644, 0o640, 0o604] {
        set_mode(&path, mode);
        refused(&place, "C0084", &["is readable by others", "chmod 600"]);
    }
    set_mode(&path, 0o600);
    fs::remove_file(&path).unwrap();
    refused(&place, "C0084", &["is missing"]);
    assert!(!path.exists(), "a new key would lock the old secrets away");
    let mut command = place.command(&["connection", "list"]);
    let output = command.env("FRESHET_KEY", "short").output().unwrap();
    assert_eq!(output.status.code(), Some(74));

    fs::write(&path, &key).unwrap();
    set_mode(&path, 0o600);
    works(&place);
    // The key may come from elsewhere.
    let text = String::from_utf8(key).unwrap();
    fs::remove_file(&path).unwrap();
    let mut command = place.command(&["run", "call.dg"]);
    assert!(
        command
            .env("FRESHET_KEY", text.trim())
            .output()
            .unwrap()
            .status
            .success()
    );
}

#[test]
fn an_altered_secret_is_told_and_others_still_work() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    place.connect("other", "shop", KEY).ok();
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    db.execute("UPDATE credential SET secret_fields = (SELECT secret_fields FROM credential WHERE id = 2) WHERE id = 1", []).unwrap();
    drop(db);
    place
        .run(&["run", "call.dg"])
        .fails(74, &["C0083", "`team`", "freshet connection reconnect"])
        .prints("");
    place
        .call("other", &api.server.url("/me"))
        .ok()
        .prints("200\n");
    place.run(&["connection", "list"]).ok();
}

#[test]
fn a_registry_held_by_another_process_is_waited_for() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    let holder = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Reading goes on meanwhile.
    place.run(&["connection", "show", "team"]).ok();

    let mut waiting = place
        .command(&["connection", "disable", "team"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It has come as far as the registry when it has opened it.
    let opened = format!("/proc/{}/fd", waiting.id());
    let registry = fs::canonicalize(place.data("registry.db")).unwrap();
    let has_opened = || {
        let files = fs::read_dir(&opened).unwrap().flatten();
        let mut files = files.filter_map(|file| fs::read_link(file.path()).ok());
        files.any(|file| file == registry)
    };
    while !has_opened() {
        std::thread::yield_now();
    }
    assert!(waiting.try_wait().unwrap().is_none(), "it waits");
    holder.execute_batch("COMMIT").unwrap();
    assert!(waiting.wait().unwrap().success());
    assert_eq!(place.status("team"), "disabled");
}

/// Waits the 30 seconds that a person has to wait, so it runs at length only.
#[test]
fn a_registry_held_for_too_long_is_told() {
    if std::env::var_os("FRESHET_LONG_TESTS").is_none() {
        return;
    }
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    let holder = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    place
        .run(&["connection", "disable", "team"])
        .fails(
            74,
            &["C0085", "another process holds the registry, waited 30 s"],
        )
        .prints("");
    holder.execute_batch("COMMIT").unwrap();
    works(&place);
}

/// Runs the binary as somebody whom permissions bind: a test run by root hands everything to another user first.
pub fn as_ordinary_user(place: &Place, arguments: &[&str]) -> (Option<i32>, String) {
    const NOBODY: u32 = 65_534;
    let program = place.root().join("freshet");
    if !program.exists() {
        // Copied by another process: a file that this one holds open for writing cannot be run where another test forks.
        let copied = Command::new("cp")
            .arg(env!("CARGO_BIN_EXE_freshet"))
            .arg(&program)
            .status()
            .unwrap();
        assert!(copied.success());
    }
    let mut command = Command::new(&program);
    place.settle(&mut command);
    command.args(arguments);
    if std::os::unix::fs::MetadataExt::uid(&fs::metadata(place.root()).unwrap()) == 0 {
        let mut paths = vec![place.root().to_owned()];
        while let Some(path) = paths.pop() {
            std::os::unix::fs::chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            paths.extend(
                fs::read_dir(&path)
                    .into_iter()
                    .flatten()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
    if std::os::unix::fs::MetadataExt::uid(&fs::metadata(place.root()).unwrap()) == NOBODY {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned(),
    )
}

/// What SQLite makes beside a registry that may not be written stays so with the next process.
#[test]
fn a_registry_that_was_read_only_for_a_time_can_be_written_again() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    set_mode(&place.data("registry.db"), 0o400);
    let (exit, told) = as_ordinary_user(&place, &["connection", "list"]);
    assert_eq!(exit, Some(0), "{told}");
    set_mode(&place.data("registry.db"), 0o600);
    let add = ["connection", "add", "other", "--service", "shop"];
    let (exit, told) = as_ordinary_user(&place, &add);
    assert_eq!(exit, Some(0), "{told}");
    assert_eq!(as_ordinary_user(&place, &["run", "call.dg"]).0, Some(0));
}

/// A registry named by mistake: the file of another program stays as it is, and nothing comes to lie beside it.
#[test]
fn the_file_of_another_program_keeps_its_mode_and_its_place() {
    let place = Place::new();
    let path = place.path("other/app.db");
    fs::create_dir(place.path("other")).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("CREATE TABLE thing (id INTEGER)").unwrap();
    drop(db);
    set_mode(&path, 0o664);
    let notes = place.write("other/notes.txt", "a note\n".repeat(100));
    set_mode(&notes, 0o644);
    let before = (fs::read(&path).unwrap(), fs::read(&notes).unwrap());
    for (file, code) in [("app.db", "C0080"), ("notes.txt", "C0081")] {
        let named = format!("other/{file}");
        for command in [
            &["connection", "list"][..],
            &["connection", "add", "x", "--service", "stripe"],
            &["registry", "check"],
            &["registry", "recover"],
            &["doctor"],
        ] {
            let told = place.run(&[&["--registry", &named], command].concat());
            assert_ne!(told.exit, Some(0), "{command:?}");
            assert!(
                format!("{}{}", told.err, told.out).contains(code),
                "{told:?}"
            );
            assert!(!told.err.contains("yours alone now"), "{}", told.err);
            // Its rights and backups are the business of whoever made it.
            for follow_up in ["chmod", "registry backup"] {
                assert!(!told.out.contains(follow_up), "{}", told.out);
            }
        }
    }
    assert_eq!((mode(&path), mode(&notes)), (0o664, 0o644));
    assert_eq!(
        (fs::read(&path).unwrap(), fs::read(&notes).unwrap()),
        before
    );
    let mut beside: Vec<_> = fs::read_dir(place.path("other"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    beside.sort();
    assert_eq!(beside, ["app.db", "notes.txt"]);
}

/// Looking makes nothing of an empty file, whoever made it; who adds a connection names it a registry.
#[test]
fn an_empty_file_is_not_filled_by_looking() {
    let place = Place::new();
    let path = place.write("empty.db", "");
    set_mode(&path, 0o644);
    for look in [
        &["connection", "list"][..],
        &["service", "list"],
        &["connection", "log", "--all"],
    ] {
        place
            .run(&[&["--registry", "empty.db"], look].concat())
            .ok();
        assert_eq!(fs::metadata(&path).unwrap().len(), 0, "{look:?}");
        assert_eq!(mode(&path), 0o644);
    }
    let add = ["connection", "add", "x", "--service", "stripe"];
    place
        .run(&[&["--registry", "empty.db"][..], &add].concat())
        .ok();
    assert_eq!(mode(&path), 0o600);
    place
        .run(&["--registry", "empty.db", "connection", "show", "x"])
        .ok();
}

#[test]
fn a_read_only_registry_is_told_on_writing() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    set_mode(&place.data("registry.db"), 0o400);
    set_mode(&place.data(""), 0o500);
    let before = fs::read(place.data("registry.db")).unwrap();
    for command in [
        &["connection", "disable", "team"][..],
        &["connection", "add", "other", "--service", "shop"],
    ] {
        let (exit, told) = as_ordinary_user(&place, command);
        assert_eq!(exit, Some(74), "{told}");
        assert!(
            (told.contains("C0080") || told.contains("C0086")) && told.contains("registry.db"),
            "{told}"
        );
    }
    assert_eq!(fs::read(place.data("registry.db")).unwrap(), before);
    set_mode(&place.data(""), 0o700);
    set_mode(&place.data("registry.db"), 0o600);
    assert_eq!(as_ordinary_user(&place, &["run", "call.dg"]).0, Some(0));
}

#[test]
fn a_folder_in_which_nothing_can_be_made_is_told_and_scripts_without_connections_run() {
    let place = Place::new();
    place.write("plain.dg", "info 1;\n");
    fs::create_dir(place.root().join("data")).unwrap();
    set_mode(&place.root().join("data"), 0o500);
    let (exit, told) = as_ordinary_user(&place, &["connection", "add", "x", "--service", "stripe"]);
    assert_eq!(exit, Some(74), "{told}");
    assert!(
        told.contains("C0080") && told.to_lowercase().contains("permission denied"),
        "{told}"
    );
    assert_eq!(as_ordinary_user(&place, &["run", "plain.dg"]).0, Some(0));
    assert_eq!(as_ordinary_user(&place, &["connection", "list"]).0, Some(0));
    set_mode(&place.root().join("data"), 0o700);

    // A file where the folder should be.
    let place = Place::new();
    fs::write(place.root().join("data"), "").unwrap();
    place
        .run(&["connection", "add", "x", "--service", "stripe"])
        .fails(74, &["C0080"])
        .prints("");
}

#[test]
fn a_registry_that_others_may_read_is_taken_back() {
    let api = ApiKey::start(KEY);
    let place = furnished(&api);
    set_mode(&place.data("registry.db"), 0o666);
    let told = place.run(&["connection", "show", "team"]).ok();
    assert!(told.err.contains("could be read by others"), "{}", told.err);
    let mode = fs::metadata(place.data("registry.db"))
        .unwrap()
        .permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
        0o600
    );
}

#[test]
fn a_registry_elsewhere_is_named_by_option_or_variable() {
    let place = Place::new();
    place
        .run(&[
            "--registry",
            "here/own.db",
            "connection",
            "add",
            "billing",
            "--service",
            "stripe",
        ])
        .ok();
    place
        .run(&["connection", "list", "--registry", "here/own.db"])
        .ok()
        .fails(0, &[]);
    assert!(place.path("here/own.db").exists() && place.path("here/key").exists());
    let mut command = place.command(&["connection", "show", "billing"]);
    assert!(
        command
            .env("FRESHET_REGISTRY", "here/own.db")
            .output()
            .unwrap()
            .status
            .success()
    );
    place
        .run(&["connection", "show", "billing"])
        .fails(2, &["C0001"]);
    place
        .run(&["connection", "list", "--registry", "call.dg/x.db"])
        .ok();
}
