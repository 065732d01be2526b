//! Writing under hard conditions: killed anywhere, no room on the disk, many at once, careless rights. Nothing is lost
//! and no row is half written (reliability, 6: disk full, permissions, concurrency).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use rusqlite::Connection;

use crate::calling;
use crate::services::ApiKey;
use crate::support::place::{Outcome, Place, feed, mode};

const SECRET: &str = "k3y-of-the-test";

fn furnished(api: &ApiKey) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team", "shop", SECRET).ok();
    place.write("call.dg", calling("team", &api.server.url("/me")));
    place
}

/// Nothing is wrong with any page, table, reference or secret, and the connection works.
#[track_caller]
fn whole(place: &Place) {
    place.run(&["registry", "check"]).ok().quietly();
    place.run(&["run", "call.dg"]).ok().prints("200\n");
}

fn at_length(short: u32, long: u32) -> u32 {
    if std::env::var_os("FRESHET_LONG_TESTS").is_some() {
        long
    } else {
        short
    }
}

/// The link names that are there, each with a credential and an entry in the log.
fn links(place: &Place) -> Vec<String> {
    let db = Connection::open(place.data("registry.db")).unwrap();
    let mut statement = db
        .prepare(
            "SELECT link_name, EXISTS (SELECT 1 FROM credential WHERE connection = connection.id),
               EXISTS (SELECT 1 FROM audit WHERE connection = connection.id AND action = 'create')
             FROM connection ORDER BY link_name",
        )
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    rows.map(|row| {
        let (link, has_credential, has_entry): (String, bool, bool) = row.unwrap();
        assert!(has_credential && has_entry, "`{link}` is half written");
        link
    })
    .collect()
}

#[test]
fn killed_in_any_write_a_change_is_there_whole_or_not_at_all() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let add = |number: u32| {
        let link = format!("c{number}");
        let mut command = place.command(&["connection", "add", &link, "--service", "shop"]);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let begun = Instant::now();
    assert!(add(0).wait().unwrap().success());
    let whole_run = begun.elapsed();
    let runs = at_length(20, 500);
    let mut killed = 0;
    for run in 1..=runs {
        let mut child = add(run);
        // The kill moves over the whole run.
        thread::sleep(whole_run * run / runs);
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        killed += u32::from(ended.code().is_none());
        let there = links(&place).contains(&format!("c{run}"));
        assert!(
            there || ended.code() != Some(0),
            "told as done, and not there"
        );
    }
    println!("{killed} of {runs} were killed");
    whole(&place);
    // And a first start, killed anywhere, leaves nothing that stands in the way.
    for run in 1..=runs {
        let place = Place::new();
        let mut command = place.command(&["connection", "add", "x", "--service", "stripe"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(whole_run * run / runs);
        child.kill().unwrap();
        child.wait().unwrap();
        place.add("y", "stripe");
        place.run(&["registry", "check"]).ok();
    }
}

/// Runs the binary where no file may grow beyond so many blocks of 512 bytes. The shell ignores the signal that comes
/// with it, as a full disk sends none.
fn with_room(place: &Place, blocks: u32, arguments: &[&str]) -> Outcome {
    let mut command = Command::new("sh");
    place.settle(&mut command);
    command
        .args(["-c", "ulimit -f \"$0\"; exec \"$@\""])
        .arg(blocks.to_string())
        .arg(env!("CARGO_BIN_EXE_freshet"))
        .args(arguments);
    feed(command, b"")
}

/// It failed for want of space, says on which disk, and what to do.
#[track_caller]
fn no_space(told: &Outcome, place: &str) {
    assert_eq!(
        (told.exit, told.out.as_str()),
        (Some(74), ""),
        "{}",
        told.err
    );
    for text in [
        "no space left on the disk of ",
        place,
        "cannot",
        "free some space",
    ] {
        assert!(
            told.err.contains(text),
            "`{text}` is not told: {}",
            told.err
        );
    }
    let coded = ["C0080", "C0086"]
        .iter()
        .any(|code| told.err.contains(code));
    assert!(coded, "{}", told.err);
}

/// What writes to the folder of the registry, and what only looks.
const ON_FULL_DISK: [&[&str]; 7] = [
    &["connection", "list"],
    &["connection", "disable", "team"],
    &["connection", "add", "new", "--service", "shop"],
    &["key", "rotate"],
    &["registry", "backup"],
    &["connection", "export", "team", "--output", "DISK/out.json"],
    &["service", "export", "shop", "--output", "DISK/out.toml"],
];

/// Runs lines for a shell with a file system of one MiB at the folder `disk` of the place, that only they see.
/// `None`: this machine lets nobody make one.
fn on_small_disk(place: &Place, lines: &str) -> Option<Outcome> {
    let disk = place.path("disk");
    fs::create_dir_all(&disk).unwrap();
    let binaries = PathBuf::from(env!("CARGO_BIN_EXE_freshet"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("unshare");
    place.settle(&mut command);
    let mounted = format!("mount -t tmpfs -o size=1m none \"$DISK\" || exit 99\n{lines}");
    command
        .args(["--map-root-user", "--mount", "sh", "-c", &mounted])
        .env("DISK", &disk)
        .env("FRESHET_REGISTRY", disk.join("registry.db"))
        .env(
            "PATH",
            format!("{}:{path}", binaries.parent().unwrap().display()),
        );
    let outcome = feed(command, b"");
    let ran = outcome.out.starts_with("there\n");
    assert!(ran || outcome.exit != Some(0), "{}", outcome.out);
    ran.then_some(outcome)
}

#[test]
fn disk_full_every_command_says_so_and_all_is_well_when_there_is_room_again() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let disk = place.path("disk");
    let disk = disk.to_str().unwrap();
    let words = |line: &[&str]| line.join(" ").replace("DISK", disk);
    // What each command tells goes to files of its own, which are on another disk.
    let mut lines = "echo there; cp -a \"$XDG_DATA_HOME/freshet/.\" \"$DISK\"
        cat /dev/zero > \"$DISK/filler\" 2> /dev/null\n"
        .to_owned();
    for (number, command) in ON_FULL_DISK.iter().enumerate() {
        let command = words(command);
        lines += &format!("freshet {command} > {number}.out 2> {number}.err; echo $? > {number}\n");
    }
    lines += "freshet doctor --json > doctor.json
        rm \"$DISK/filler\"
        freshet registry check > /dev/null && freshet run call.dg && freshet connection disable team && freshet doctor\n";

    if let Some(after) = on_small_disk(&place, &lines) {
        let read = |name: String| fs::read_to_string(place.path(&name)).unwrap();
        for number in 0..ON_FULL_DISK.len() {
            let told = Outcome {
                exit: read(number.to_string()).trim().parse().ok(),
                out: read(format!("{number}.out")),
                err: read(format!("{number}.err")),
            };
            no_space(&told, disk);
        }
        let doctor: serde_json::Value =
            serde_json::from_str(&read("doctor.json".to_owned())).unwrap();
        let row = &doctor["checks"][0];
        let told = format!("no space left on the disk of {disk}: 4 KiB cannot be written");
        assert_eq!(
            (&row["name"], &row["state"], &row["found"]),
            (&"folder".into(), &"wrong".into(), &told.into())
        );
        assert!(
            after.out.starts_with("there\n200\n"),
            "{}{}",
            after.out,
            after.err
        );
        let row = format!("files can be made in {disk}, and there is room for them");
        assert!(after.out.contains(&row), "{}{}", after.out, after.err);
    } else {
        // A limit on the size of files is the nearest thing to a full disk.
        for command in &ON_FULL_DISK[1..] {
            fs::create_dir_all(disk).unwrap();
            let words = words(command);
            let words: Vec<&str> = words.split(' ').collect();
            let told = with_room(&place, 0, &words);
            no_space(&told, place.root().to_str().unwrap());
        }
    }
    let told = with_room(&place, 0, &["doctor", "--json"]).json();
    let row = told["checks"][0]["found"].as_str().unwrap();
    assert!(row.starts_with("no space left on the disk of "), "{row}");
    let left: Vec<String> = fs::read_dir(place.data(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("room") || name.contains("out"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    whole(&place);
}

#[test]
fn disk_full_a_change_is_told_as_failed_and_nothing_is_lost() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let step = at_length(16, 1);
    for change in [
        &["connection", "disable", "team"][..],
        &["connection", "add", "new", "--service", "shop"],
        &["key", "rotate"],
        &["registry", "backup"],
    ] {
        let mut failed = 0;
        for blocks in (0..).step_by(usize::try_from(step).unwrap()) {
            let key = fs::read(place.data("key")).unwrap();
            let told = with_room(&place, blocks, change);
            if told.exit == Some(0) {
                break;
            }
            failed += 1;
            no_space(&told, place.data("").to_str().unwrap());
            let same_key = fs::read(place.data("key")).unwrap() == key;
            assert!(
                same_key || !told.err.contains("nothing was changed"),
                "{}",
                told.err
            );
            // With room again everything is as it was.
            whole(&place);
            if change[0] == "connection" {
                assert_eq!(place.status("team"), "authorised");
                assert_eq!(links(&place), ["team"]);
            }
            assert!(blocks < 10_000, "it never passes");
        }
        assert!(failed > 2, "{change:?}: {failed} times without room");
        if change[1] == "disable" {
            place.run(&["connection", "enable", "team"]).ok();
        }
        if change[1] == "add" {
            place.run(&["connection", "remove", "new", "--yes"]).ok();
        }
        whole(&place);
    }
}

#[test]
fn disk_full_a_recovery_that_finds_no_room_leaves_the_damaged_file() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    place.run(&["registry", "backup"]).ok();
    let mut damaged = fs::read(place.data("registry.db")).unwrap();
    damaged[4096..12288].fill(0);
    fs::write(place.data("registry.db"), &damaged).unwrap();
    for blocks in [0, 8, 64, 128] {
        with_room(&place, blocks, &["registry", "recover"])
            .fails(74, &["C008"])
            .prints("");
        assert_eq!(fs::read(place.data("registry.db")).unwrap(), damaged);
    }
    place.run(&["registry", "recover"]).ok();
    whole(&place);
}

#[test]
fn permissions_with_umask_000_everything_is_for_this_user_alone() {
    let place = Place::new();
    let lines = "umask 000
        freshet service add api --from stripe
        freshet connection add one --service api
        printf key | freshet connection connect one --no-verify --secret-stdin
        freshet key rotate
        freshet registry backup
        freshet registry backup --output copy.db
        head -c 5000 /dev/zero > \"$XDG_DATA_HOME/freshet/registry.db\"
        freshet registry recover
        freshet connection show one";
    let binaries = PathBuf::from(env!("CARGO_BIN_EXE_freshet"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    place.settle(&mut command);
    command.args(["-e", "-c", lines]).env(
        "PATH",
        format!("{}:{path}", binaries.parent().unwrap().display()),
    );
    feed(command, b"").ok();

    let mut seen = Vec::new();
    let mut folders = vec![place.data("")];
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                // The shell made this one anew.
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                seen.push(
                    path.strip_prefix(place.data(""))
                        .unwrap()
                        .display()
                        .to_string(),
                );
            }
        }
    }
    for kind in [
        "registry.db",
        "key",
        "locks/",
        "backups/",
        "registry.db.damaged-",
    ] {
        assert!(
            seen.iter().any(|name| name.starts_with(kind)),
            "{kind}: {seen:?}"
        );
    }
    assert_eq!(mode(&place.path("copy.db")), 0o600);
}

#[test]
fn permissions_links_in_the_data_folder_are_not_followed_for_writing() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let outside = place.path("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, place.data("backups")).unwrap();
    place
        .run(&["registry", "backup"])
        .fails(74, &["C0086", "backups", "symbolic link"]);
    fs::remove_file(place.data("backups")).unwrap();
    fs::remove_dir_all(place.data("locks")).unwrap();
    symlink(&outside, place.data("locks")).unwrap();
    place
        .run(&["key", "rotate"])
        .fails(74, &["C0086", "locks", "symbolic link"]);
    fs::remove_file(place.data("locks")).unwrap();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);

    // The key may be a link, as where secrets are mounted; it is not replaced through it.
    let elsewhere = place.path("elsewhere");
    fs::rename(place.data("key"), &elsewhere).unwrap();
    symlink(&elsewhere, place.data("key")).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    place.run(&["run", "call.dg"]).ok();
    place
        .run(&["key", "rotate"])
        .fails(74, &["C0084", "symbolic link", "--new-key-file PATH"]);
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
    whole(&place);
}

#[test]
fn concurrency_many_processes_change_one_registry_and_no_change_is_lost() {
    let api = ApiKey::start(SECRET);
    let place = furnished(&api);
    let rounds = at_length(6, 125);
    thread::scope(|scope| {
        for worker in 0..8 {
            let place = &place;
            scope.spawn(move || {
                for round in 0..rounds {
                    let link = format!("w{worker}_{round}");
                    let name = format!("name of {link}");
                    place
                        .run(&["connection", "add", &link, "--service", "shop"])
                        .ok();
                    place
                        .run(&["connection", "edit", &link, "--name", &name])
                        .ok();
                    place.run(&["run", "call.dg"]).ok().prints("200\n");
                    if round % 2 == 1 {
                        place.run(&["connection", "remove", &link, "--yes"]).ok();
                    }
                }
            });
        }
    });
    let mut expected = vec!["team".to_owned()];
    for worker in 0..8 {
        expected.extend(
            (0..rounds)
                .step_by(2)
                .map(|round| format!("w{worker}_{round}")),
        );
    }
    expected.sort();
    let mut found = links(&place);
    found.sort();
    assert_eq!(found, expected);
    let db = Connection::open(place.data("registry.db")).unwrap();
    let named: i64 = db
        .query_row(
            "SELECT count(*) FROM connection WHERE name = 'name of ' || link_name",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(usize::try_from(named).unwrap(), expected.len() - 1);
    whole(&place);
}
