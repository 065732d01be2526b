//! The registry: what it looks like, what it survives, what it refuses, and what people do with the
//! connections in it. Nothing is sent anywhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end at the first surprise"
)]

mod place;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use freshet_connections::{
    Call, ClientInput, ConnectionError, Connections, Edit, Filter, LinkName, ListFilter,
    NewConnection, Rate, Reason, Settings, Status,
};
use place::Place;
use secrecy::SecretString;

const KEY_SERVICE: &str = r#"name = "Sample"
scheme = "api_key"
hosts = ["api.example.com"]
"#;

const BASIC_SERVICE: &str = r#"name = "Basic sample"
scheme = "basic"
hosts = ["basic.example.com"]
"#;

const TOKEN_SERVICE: &str = r#"name = "Token sample"
scheme = "oauth2"
grant_types = ["client_credentials"]
token_url = "https://{region}.example.com/token"
hosts = ["{region}.example.com"]
scopes = [{ name = "read", default = true }, { name = "write" }]
free_scopes = false
rate = { at_once = 4 }
[[fields]]
name = "region"
title = "Region"
pattern = "[a-z]{2}"
example = "eu"
"#;

fn with_services(place: &Place) -> Connections {
    let connections = place.connections();
    connections
        .add_service("sample", "sample.toml", KEY_SERVICE, None)
        .unwrap();
    connections
        .add_service("basic_sample", "basic.toml", BASIC_SERVICE, None)
        .unwrap();
    connections
        .add_service("token_sample", "token.toml", TOKEN_SERVICE, None)
        .unwrap();
    connections
}

fn new(link: &str, service: &str) -> NewConnection {
    NewConnection {
        link_name: link.into(),
        service: service.into(),
        ..NewConnection::default()
    }
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Enters secrets without asking the service about them.
fn enter(
    connections: &Connections,
    link: &str,
    secrets: &[(&str, &str)],
) -> Result<(), ConnectionError> {
    let secrets = secrets
        .iter()
        .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value)))
        .collect();
    run(connections.connect(link, secrets, false)).map(|_| ())
}

/// A connection with a key, ready to use.
fn ready(connections: &Connections, link: &str, key: &str) {
    connections.create(new(link, "sample")).unwrap();
    enter(connections, link, &[("api_key", key)]).unwrap();
}

/// What a script gets when it uses a connection: the request, with secrets hidden, or an error.
fn using(connections: &Connections, link: &str) -> Result<(), ConnectionError> {
    let request = http::Request::get("https://api.example.com/x")
        .body(Vec::new())
        .unwrap();
    connections
        .describe(Call::new(request).with_connection(link))
        .map(|_| ())
}

fn code<T: std::fmt::Debug>(result: Result<T, ConnectionError>) -> &'static str {
    result.unwrap_err().code()
}

fn raw(place: &Place) -> rusqlite::Connection {
    rusqlite::Connection::open(place.path("registry.db")).unwrap()
}

// ---- what it looks like -----------------------------------------------------------------------

#[test]
fn reading_creates_nothing() {
    let place = Place::new();
    let connections = place.connections();
    assert!(connections.list(&ListFilter::default()).unwrap().is_empty());
    assert_eq!(code(connections.show("x")), "C0001");
    assert_eq!(code(using(&connections, "x")), "C0001");
    assert_eq!(
        connections.service("stripe").unwrap().service.name,
        "Stripe"
    );
    assert!(connections.log(&Filter::default()).unwrap().is_empty());
    assert_eq!(code(connections.create(new("a", "nonsense"))), "C0042");
    assert_eq!(code(connections.disable("x")), "C0001");
    assert!(!place.folder().exists());
}

#[test]
fn the_schema_is_that_of_the_reference() {
    let place = Place::new();
    with_services(&place);
    let db = raw(&place);
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("PRAGMA application_id"), 0x4652_4553);
    assert_eq!(number("PRAGMA user_version"), 1);
    let mode: String = db
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let mut statement = db
        .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
        .unwrap();
    let names: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        names,
        [
            "attempt",
            "attempt_by_expiry",
            "audit",
            "audit_by_link",
            "client",
            "connection",
            "credential",
            "sealing_key",
            "service"
        ]
    );
    assert!(db.execute("INSERT INTO connection (link_name, name, service, created_at, updated_at) VALUES ('a-b','','',0,0)", []).is_err());
}

#[test]
fn files_are_for_this_user_alone_whatever_the_umask() {
    let place = Place::new();
    let status = child("child_makes_a_connection", &place, "umask 000");
    assert!(status.success());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.folder()), 0o700);
    let mut seen = Vec::new();
    for entry in fs::read_dir(place.folder()).unwrap() {
        let path = entry.unwrap().path();
        seen.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        assert_eq!(
            mode(&path),
            if path.is_dir() { 0o700 } else { 0o600 },
            "{}",
            path.display()
        );
    }
    assert!(
        seen.contains(&"key".to_owned()) && seen.contains(&"registry.db".to_owned()),
        "{seen:?}"
    );
}

#[test]
fn no_secret_lies_in_any_file() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "one", "MARKERabcdefghijklmnopqrs1");
    connections
        .create(NewConnection {
            fields: texts(&[("username", "ada")]),
            ..new("two", "basic_sample")
        })
        .unwrap();
    enter(
        &connections,
        "two",
        &[("password", "MARKERabcdefghijklmnopqrs2")],
    )
    .unwrap();
    let client = ClientInput {
        client_id: Some("id".into()),
        client_secret: Some("MARKERabcdefghijklmnopqrs3".into()),
        ..ClientInput::default()
    };
    connections
        .set_client("token_sample", None, client)
        .unwrap();
    // While the registry is open its newest pages lie in the WAL.
    let mut files = 0;
    for entry in fs::read_dir(place.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            files += 1;
            let bytes = fs::read(&path).unwrap();
            assert!(
                !bytes.windows(6).any(|window| window == b"MARKER"),
                "{}",
                path.display()
            );
        }
    }
    assert!(files >= 3);
    for entry in connections.log(&Filter::default()).unwrap() {
        assert!(!format!("{entry:?}").contains("MARKER"));
    }
    assert!(!format!("{:?}", connections.show("one").unwrap()).contains("MARKER"));
}

// ---- keys and sealing -------------------------------------------------------------------------

#[test]
fn a_key_that_others_can_read_is_refused() {
    let place = Place::new();
    with_services(&place);
    fs::set_permissions(place.path("key"), fs::Permissions::from_mode(0o644)).unwrap();
    let error = place
        .connections()
        .list(&ListFilter::default())
        .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("C0084", 74));
    assert!(error.message().contains("is readable by others"));
    assert!(error.help().unwrap().starts_with("run `chmod 600 "));
}

#[test]
fn a_lost_key_is_not_replaced_by_a_new_one() {
    let place = Place::new();
    with_services(&place);
    fs::remove_file(place.path("key")).unwrap();
    let error = place
        .connections()
        .list(&ListFilter::default())
        .unwrap_err();
    assert_eq!(error.code(), "C0084");
    assert!(
        error.message().contains("is missing"),
        "{}",
        error.message()
    );
    assert!(!place.path("key").exists());
}

#[test]
fn keys_come_from_the_variable_then_the_named_file_then_the_file_beside() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "one", "k");
    let key = fs::read_to_string(place.path("key")).unwrap();
    let elsewhere = place.path("elsewhere");
    fs::rename(place.path("key"), &elsewhere).unwrap();

    let open = |settings: Settings| using(&Connections::new(settings), "one");
    let by_variable = Settings {
        key: Some(key.trim().into()),
        key_file: Some("/nowhere".into()),
        ..place.settings()
    };
    open(by_variable).unwrap();
    open(Settings {
        key_file: Some(elsewhere),
        ..place.settings()
    })
    .unwrap();
    assert_eq!(code(open(place.settings())), "C0084");
    for wrong in ["", "short", "AAAA", "!!!"] {
        assert_eq!(
            code(open(Settings {
                key: Some(wrong.into()),
                ..place.settings()
            })),
            "C0084"
        );
    }
}

#[test]
fn a_wrong_key_shows_at_opening() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "one", "k");
    let wrong = Settings {
        key: Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()),
        ..place.settings()
    };
    let error = Connections::new(wrong)
        .list(&ListFilter::default())
        .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("C0083", 74));
    assert!(
        error
            .message()
            .starts_with("the key in `FRESHET_KEY` is 66687aad"),
        "{}",
        error.message()
    );
    using(&place.connections(), "one").unwrap();
}

#[test]
fn a_sealed_value_opens_only_where_it_was_sealed() {
    let changes = [
        // Another row, another column, another table, one bit.
        "UPDATE credential SET secret_fields = (SELECT secret_fields FROM credential WHERE id = 2) WHERE id = 1",
        "UPDATE credential SET access_token = secret_fields WHERE id = 1",
        "UPDATE credential SET secret_fields = (SELECT client_secret FROM client) WHERE id = 1",
        "UPDATE credential SET secret_fields = CAST(substr(secret_fields, 1, length(secret_fields) - 1) || x'00' AS BLOB) WHERE id = 1",
        "UPDATE credential SET secret_fields = x'' WHERE id = 1",
        "UPDATE credential SET secret_fields = x'0108' WHERE id = 1",
        "UPDATE credential SET secret_fields = zeroblob(100) WHERE id = 1",
    ];
    for change in changes {
        let place = Place::new();
        let connections = with_services(&place);
        ready(&connections, "one", "k1");
        ready(&connections, "two", "k2");
        let client = ClientInput {
            client_id: Some("id".into()),
            client_secret: Some("s".into()),
            ..ClientInput::default()
        };
        connections
            .set_client("token_sample", None, client)
            .unwrap();
        assert_eq!(raw(&place).execute(change, []).unwrap(), 1);

        let error = using(&connections, "one").unwrap_err();
        assert_eq!((error.code(), error.exit()), ("C0083", 74), "{change}");
        assert!(error.message().contains("`one`"), "{}", error.message());
        using(&connections, "two").unwrap();
        assert_eq!(connections.list(&ListFilter::default()).unwrap().len(), 2);
    }
}

// ---- bad registries ---------------------------------------------------------------------------

/// Puts `bytes` where the registry should be, and what opening it then says.
fn opened_with(bytes: &[u8]) -> Result<(), ConnectionError> {
    let place = Place::new();
    fs::create_dir_all(place.folder()).unwrap();
    fs::write(place.path("registry.db"), bytes).unwrap();
    let result = place.connections().list(&ListFilter::default()).map(|_| ());
    if result.is_err() {
        assert_eq!(
            fs::read(place.path("registry.db")).unwrap(),
            bytes,
            "a refused file was changed"
        );
    }
    result
}

#[test]
fn what_is_no_registry_is_refused_and_left_alone() {
    assert_eq!(
        code(opened_with(b"dear diary, this is not a database")),
        "C0081"
    );
    assert_eq!(code(opened_with(b"SQLite")), "C0081");
    assert_eq!(code(opened_with(&[0xA5; 10_000])), "C0081");
    opened_with(b"").unwrap();

    let other = Place::new();
    fs::create_dir_all(other.folder()).unwrap();
    raw(&other)
        .execute_batch("CREATE TABLE recipe (name TEXT)")
        .unwrap();
    let error = opened_with(&fs::read(other.path("registry.db")).unwrap()).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("C0080", 74));
    assert!(
        error.message().ends_with("it belongs to another program"),
        "{}",
        error.message()
    );
}

#[test]
fn folders_and_links_are_no_registry() {
    let place = Place::new();
    fs::create_dir_all(place.path("registry.db")).unwrap();
    let error = place
        .connections()
        .list(&ListFilter::default())
        .unwrap_err();
    assert_eq!(error.code(), "C0080");
    assert!(error.message().ends_with("it is a folder"));

    let place = Place::new();
    fs::create_dir_all(place.folder()).unwrap();
    symlink(place.path("gone"), place.path("registry.db")).unwrap();
    let error = place
        .connections()
        .add_service("sample", "f", KEY_SERVICE, None)
        .unwrap_err();
    assert!(
        error.message().contains("it is a symbolic link"),
        "{}",
        error.message()
    );
    assert!(!place.path("gone").exists());

    let nowhere = Settings {
        registry: Some("/proc/none/registry.db".into()),
        ..Place::new().settings()
    };
    assert_eq!(
        code(Connections::new(nowhere).add_service("sample", "f", KEY_SERVICE, None)),
        "C0080"
    );
}

#[test]
fn a_newer_registry_is_refused() {
    let place = Place::new();
    with_services(&place);
    raw(&place)
        .execute_batch("PRAGMA user_version = 7")
        .unwrap();
    let error = place
        .connections()
        .list(&ListFilter::default())
        .unwrap_err();
    assert_eq!(error.code(), "C0082");
    assert!(
        error
            .message()
            .ends_with("has schema 7, this program knows 1"),
        "{}",
        error.message()
    );
}

#[test]
fn an_emptied_registry_beside_backups_is_damaged_and_the_backup_named() {
    let place = Place::new();
    fs::create_dir_all(place.path("backups")).unwrap();
    fs::write(place.path("backups/registry-1.db"), "").unwrap();
    fs::write(place.path("backups/registry-2.db"), "").unwrap();
    fs::write(place.path("registry.db"), "").unwrap();
    let error = place
        .connections()
        .list(&ListFilter::default())
        .unwrap_err();
    assert_eq!(error.code(), "C0081");
    assert!(
        error.help().unwrap().contains("backups/registry-2.db"),
        "{:?}",
        error.help()
    );
}

/// The bytes of a registry with something in it, all in the main file.
fn whole_registry() -> (Place, Vec<u8>) {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "one", "k");
    drop(connections);
    raw(&place)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let bytes = fs::read(place.path("registry.db")).unwrap();
    (place, bytes)
}

/// Uses a registry in every way; each answer must be one of ours.
fn exercise(place: &Place) {
    let connections = place.connections();
    let allowed = |error: ConnectionError| {
        let code = error.code();
        assert!(
            [
                "C0001", "C0002", "C0042", "C0080", "C0081", "C0082", "C0083", "C0084", "C0086"
            ]
            .contains(&code),
            "{error:?}"
        );
    };
    let _ = connections.list(&ListFilter::default()).map_err(allowed);
    let _ = connections.show("one").map_err(allowed);
    let _ = using(&connections, "one").map_err(allowed);
    let _ = connections.log(&Filter::default()).map_err(allowed);
    let _ = connections.create(new("more", "sample")).map_err(allowed);
}

#[test]
fn a_registry_cut_off_at_any_page_gives_an_error_of_ours() {
    let (place, bytes) = whole_registry();
    for length in (0..bytes.len()).step_by(4096) {
        fs::write(place.path("registry.db"), &bytes[..length]).unwrap();
        for beside in ["registry.db-wal", "registry.db-shm"] {
            let _ = fs::remove_file(place.path(beside));
        }
        exercise(&place);
    }
}

#[test]
fn a_registry_with_a_flipped_bit_on_any_page_gives_an_answer_of_ours() {
    let (place, bytes) = whole_registry();
    for page in 0..bytes.len() / 4096 {
        for offset in [3, 101, 2048, 4090] {
            let mut altered = bytes.clone();
            altered[page * 4096 + offset] ^= 0x10;
            fs::write(place.path("registry.db"), &altered).unwrap();
            for beside in ["registry.db-wal", "registry.db-shm"] {
                let _ = fs::remove_file(place.path(beside));
            }
            exercise(&place);
        }
    }
}

#[test]
fn a_registry_held_by_another_process_is_waited_for_then_told() {
    let place = Place::new();
    with_services(&place);
    let holder = raw(&place);
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let impatient = Settings {
        busy: Duration::from_millis(20),
        ..place.settings()
    };
    let connections = Connections::new(impatient);
    let error = connections.create(new("one", "sample")).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("C0085", 74));
    // Reading goes on meanwhile.
    assert!(connections.list(&ListFilter::default()).unwrap().is_empty());
    holder.execute_batch("COMMIT").unwrap();
    connections.create(new("one", "sample")).unwrap();
}

#[test]
fn a_write_that_fails_is_told_and_loses_nothing() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "kept", "k");
    drop(connections);
    // No file may grow: every write fails as on a full disk.
    assert!(
        child(
            "child_is_refused_a_write",
            &place,
            "trap '' XFSZ; ulimit -f 0"
        )
        .success()
    );
    let connections = place.connections();
    using(&connections, "kept").unwrap();
    assert_eq!(connections.link_names().unwrap(), ["kept"]);
    let intact: String = raw(&place)
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(intact, "ok");
}

#[test]
fn a_read_only_registry_is_told_on_writing() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "kept", "k");
    drop(connections);
    raw(&place)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let files = || {
        fs::read_dir(place.folder())
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    for path in files().filter(|path| path.is_file()) {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    }
    fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o500)).unwrap();
    assert!(child("child_is_refused_a_write", &place, ":").success());
    fs::set_permissions(place.folder(), fs::Permissions::from_mode(0o700)).unwrap();
}

/// Runs one of the tests below in a process of its own, after some shell commands. Permissions bind
/// an ordinary user only, so a test run by root hands the folder to another one first.
fn child(test: &str, place: &Place, before: &str) -> std::process::ExitStatus {
    const NOBODY: u32 = 65_534;
    let program = place.folder().parent().unwrap().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{before}; exec \"$0\" \"$@\"")])
        .arg(&program)
        .args(["--exact", test, "--nocapture"])
        .env("FRESHET_TEST_REGISTRY", place.path("registry.db"));
    let outside = place.folder().parent().unwrap().to_path_buf();
    let is_root = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&outside).unwrap()) == 0;
    if is_root {
        let mut paths = vec![outside];
        if let Ok(entries) = fs::read_dir(place.folder()) {
            paths.push(place.folder());
            paths.extend(entries.map(|entry| entry.unwrap().path()));
        }
        for path in paths {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    // Through a pipe: where files may not grow, it could not write into one.
    let output = command.output().unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stdout));
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    output.status
}

/// The registry a parent test names; none when run by itself.
fn given_by_parent() -> Option<Connections> {
    let registry = std::env::var_os("FRESHET_TEST_REGISTRY")?;
    Some(Connections::new(Settings {
        registry: Some(registry.into()),
        ..Place::new().settings()
    }))
}

#[test]
fn child_makes_a_connection() {
    let Some(connections) = given_by_parent() else {
        return;
    };
    connections
        .add_service("sample", "sample.toml", KEY_SERVICE, None)
        .unwrap();
    ready(&connections, "one", "k");
}

#[test]
fn child_is_refused_a_write() {
    let Some(connections) = given_by_parent() else {
        return;
    };
    let error = connections.create(new("lost", "sample")).unwrap_err();
    assert!(["C0080", "C0086"].contains(&error.code()), "{error:?}");
    assert_eq!(error.exit(), 74);
    assert!(
        error.message().contains("registry.db"),
        "{}",
        error.message()
    );
}

// ---- link names -------------------------------------------------------------------------------

/// Check 11.
#[test]
fn link_names_have_a_form() {
    for fine in ["a", "A_b", "x9", &"a".repeat(50)] {
        LinkName::parse(fine).unwrap();
    }
    for wrong in ["", "1a", "a-b", "é1", "_a", "a b", &"a".repeat(51)] {
        let error = LinkName::parse(wrong).unwrap_err();
        assert_eq!((error.code(), error.exit()), ("C0040", 2));
        let proposal = error
            .help()
            .unwrap()
            .trim_start_matches("try `")
            .trim_end_matches('`');
        assert!(LinkName::fits(proposal), "{wrong}: {proposal}");
    }
    assert_eq!(
        LinkName::parse("1st-x").unwrap_err().message(),
        "found `1st-x`, expected up to 50 letters, digits, `_`, first a letter"
    );
}

/// Check 12.
#[test]
fn link_names_are_unique_whatever_their_case_and_found_exactly() {
    let place = Place::new();
    let connections = with_services(&place);
    connections.create(new("team", "sample")).unwrap();
    let error = connections.create(new("Team", "sample")).unwrap_err();
    assert_eq!(error.code(), "C0041");
    assert_eq!(
        (error.message(), error.help()),
        ("`team` exists (sample)", Some("`Team_2` is free"))
    );
    let error = using(&connections, "Team").unwrap_err();
    assert_eq!(
        (error.code(), error.help()),
        ("C0001", Some("did you mean `team`?"))
    );
}

/// Check 13.
#[test]
fn link_names_are_proposed_from_names() {
    let place = Place::new();
    let connections = with_services(&place);
    let propose = |name: &str| connections.propose_link_name(name).unwrap().to_string();
    assert_eq!(propose("Team Slack!"), "team_slack");
    assert_eq!(propose("2nd"), "c_2nd");
    assert_eq!(propose("  ???  "), "connection");
    connections.create(new("team_slack", "sample")).unwrap();
    assert_eq!(propose("Team Slack"), "team_slack_2");
    connections.create(new("TEAM_slack_2", "sample")).unwrap();
    assert_eq!(propose("Team Slack"), "team_slack_3");
}

// ---- life of a connection ---------------------------------------------------------------------

#[test]
fn a_new_connection_is_created_and_not_usable() {
    let place = Place::new();
    let connections = with_services(&place);
    let view = connections.create(new("one", "sample")).unwrap();
    assert_eq!(
        (view.status, view.name.as_str(), view.scheme),
        (Status::Created, "one", "api_key")
    );
    assert_eq!(view.hosts, ["api.example.com"]);
    let error = using(&connections, "one").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("C0002", 4));
    assert_eq!(error.help(), Some("run `freshet connection connect one`"));
    let actions: Vec<String> = connections
        .log(&Filter::default())
        .unwrap()
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(actions, ["create"; 4], "three services, one connection");
}

#[test]
fn entering_secrets_makes_it_usable_and_checks_them_first() {
    let place = Place::new();
    let connections = with_services(&place);
    connections.create(new("one", "sample")).unwrap();
    for (secrets, expected) in [
        (&[][..], "C0045"),
        (&[("api_key", "")], "C0045"),
        (&[("api_key", "a\nb")], "C0045"),
        (&[("api_key", "ké")], "C0045"),
        (&[("api_key", " k")], "C0045"),
        (&[("password", "k")], "C0043"),
    ] {
        let error = enter(&connections, "one", secrets).unwrap_err();
        assert_eq!(error.code(), expected, "{secrets:?}");
        assert_eq!(connections.show("one").unwrap().status, Status::Created);
    }
    enter(&connections, "one", &[("api_key", "k")]).unwrap();
    let view = connections.show("one").unwrap();
    assert_eq!((view.status, view.reason), (Status::Authorised, None));
    assert_eq!(view.authorised_at, Some(1_795_478_400_000));
    using(&connections, "one").unwrap();
}

#[test]
fn a_user_name_with_a_colon_is_refused() {
    let place = Place::new();
    let connections = with_services(&place);
    let with = |user: &str| NewConnection {
        fields: texts(&[("username", user)]),
        ..new("one", "basic_sample")
    };
    assert_eq!(code(connections.create(with("a:b"))), "C0045");
    assert_eq!(code(connections.create(with(""))), "C0043");
    connections.create(with("jürgen")).unwrap();
    // An empty password is one.
    enter(&connections, "one", &[("password", "")]).unwrap();
}

#[test]
fn disabled_stops_scripts_until_enabled() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "one", "k");
    assert_eq!(connections.disable("one").unwrap().status, Status::Disabled);
    let error = using(&connections, "one").unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        ("C0004", "`one` is disabled since 2026-11-24")
    );
    connections.disable("one").unwrap();
    assert_eq!(
        connections.enable("one").unwrap().status,
        Status::Authorised
    );
    using(&connections, "one").unwrap();
    let one = Filter {
        link_name: Some("one".into()),
        ..Filter::default()
    };
    let actions: Vec<String> = connections
        .log(&one)
        .unwrap()
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(actions, ["create", "connect", "disable", "enable"]);
}

#[test]
fn a_renamed_connection_is_found_by_its_old_name_in_the_error() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "one", "k");
    let edit = Edit {
        link_name: Some("uno".into()),
        ..Edit::default()
    };
    let plan = connections.plan_edit("one", &edit).unwrap();
    assert!(plan.renames && !plan.loses_authorisation);
    assert_eq!(connections.link_names().unwrap(), ["one"]);
    connections.edit("one", &edit).unwrap();
    using(&connections, "uno").unwrap();
    let error = using(&connections, "one").unwrap_err();
    assert_eq!(
        (error.code(), error.help()),
        ("C0001", Some("it was renamed to `uno` on 2026-11-24"))
    );
    // The log of the new name holds what happened under the old one.
    let uno = Filter {
        link_name: Some("uno".into()),
        ..Filter::default()
    };
    assert_eq!(
        connections.log(&uno).unwrap().first().unwrap().action,
        "create"
    );
    // Its own name in another case is no clash.
    connections
        .edit(
            "uno",
            &Edit {
                link_name: Some("Uno".into()),
                ..Edit::default()
            },
        )
        .unwrap();
}

#[test]
fn removing_keeps_the_log() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "one", "k");
    connections.remove("one").unwrap();
    assert_eq!(code(connections.remove("one")), "C0001");
    let one = Filter {
        link_name: Some("one".into()),
        action: Some("remove".into()),
        ..Filter::default()
    };
    assert_eq!(connections.log(&one).unwrap().len(), 1);
    let rows: i64 = raw(&place)
        .query_row("SELECT count(*) FROM credential", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
}

#[test]
fn what_a_connection_is_made_of_is_checked() {
    let place = Place::new();
    let connections = with_services(&place);
    let token = || NewConnection {
        fields: texts(&[("region", "eu")]),
        ..new("one", "token_sample")
    };
    let cases = [
        (
            NewConnection {
                link_name: "1".into(),
                ..token()
            },
            "C0040",
        ),
        (
            NewConnection {
                service: "token_sampel".into(),
                ..token()
            },
            "C0042",
        ),
        (
            NewConnection {
                name: Some(" ".into()),
                ..token()
            },
            "C0043",
        ),
        (
            NewConnection {
                notes: "x".repeat(2001),
                ..token()
            },
            "C0043",
        ),
        (
            NewConnection {
                fields: BTreeMap::new(),
                ..token()
            },
            "C0043",
        ),
        (
            NewConnection {
                fields: texts(&[("region", "EU")]),
                ..token()
            },
            "C0043",
        ),
        (
            NewConnection {
                fields: texts(&[("region", "eu"), ("other", "x")]),
                ..token()
            },
            "C0043",
        ),
        (
            NewConnection {
                scopes: Some(vec!["delete".into()]),
                ..token()
            },
            "C0044",
        ),
        (
            NewConnection {
                grant_type: Some("password".into()),
                ..token()
            },
            "C0049",
        ),
        (
            NewConnection {
                client: Some("other".into()),
                ..token()
            },
            "C0039",
        ),
        (
            NewConnection {
                extra_hosts: vec!["*.com".into()],
                ..token()
            },
            "C0046",
        ),
        (
            NewConnection {
                rate: Some(Rate {
                    at_once: Some(5),
                    per_minute: None,
                }),
                ..token()
            },
            "C0043",
        ),
        (
            NewConnection {
                scopes: Some(vec!["a".into()]),
                ..new("one", "sample")
            },
            "C0044",
        ),
        (
            NewConnection {
                fields: texts(&[("api_key", "s3cret")]),
                ..new("one", "sample")
            },
            "C0043",
        ),
    ];
    for (new, expected) in cases {
        let error = connections.create(new).unwrap_err();
        assert_eq!(error.code(), expected, "{error}");
        assert!(!error.message().contains("s3cret"), "{error}");
    }
    let view = connections.create(token()).unwrap();
    assert_eq!(view.scopes_requested, ["read"]);
    assert_eq!(view.grant_type, Some("client_credentials"));
    assert_eq!(view.hosts, ["eu.example.com"]);
    assert_eq!(connections.link_names().unwrap(), ["one"]);
    assert!(connections.lacks_client("one").unwrap());
}

#[test]
fn a_misspelt_service_is_met_with_a_suggestion() {
    let place = Place::new();
    let error = place
        .connections()
        .create(new("one", "stripee"))
        .unwrap_err();
    assert_eq!(
        (error.message(), error.help()),
        ("no service `stripee`", Some("did you mean `stripe`?"))
    );
}

/// Marks a connection as authorised, as a finished token request would.
fn authorised(place: &Place) {
    raw(place)
        .execute("UPDATE credential SET status = 'authorised'", [])
        .unwrap();
}

#[test]
fn only_changes_that_authorisation_depends_on_lose_it() {
    let keeps = [
        Edit {
            drop_scopes: vec!["read".into()],
            ..Edit::default()
        },
        Edit {
            name: Some("Other".into()),
            ..Edit::default()
        },
        Edit {
            notes: Some("n".into()),
            ..Edit::default()
        },
        Edit {
            allow_hosts: vec!["files.example.com".into()],
            ..Edit::default()
        },
        Edit {
            rate: Some(Rate {
                at_once: Some(2),
                per_minute: None,
            }),
            ..Edit::default()
        },
        Edit {
            set: texts(&[("region", "eu")]),
            ..Edit::default()
        },
    ];
    let loses = [
        Edit {
            add_scopes: vec!["write".into()],
            ..Edit::default()
        },
        Edit {
            set: texts(&[("region", "us")]),
            ..Edit::default()
        },
        Edit {
            client: Some("second".into()),
            ..Edit::default()
        },
    ];
    for (edits, expected) in [
        (&keeps[..], Status::Authorised),
        (&loses[..], Status::NeedsAuthorisation),
    ] {
        for (number, edit) in edits.iter().enumerate() {
            let place = Place::new();
            let connections = with_services(&place);
            for (name, id) in [(None, "first"), (Some("second"), "second")] {
                let client = ClientInput {
                    client_id: Some(id.into()),
                    ..ClientInput::default()
                };
                connections
                    .set_client("token_sample", name, client)
                    .unwrap();
            }
            connections
                .create(NewConnection {
                    fields: texts(&[("region", "eu")]),
                    ..new("one", "token_sample")
                })
                .unwrap();
            authorised(&place);
            let lost = connections
                .plan_edit("one", edit)
                .unwrap()
                .loses_authorisation;
            assert_eq!(
                lost,
                expected == Status::NeedsAuthorisation,
                "edit {number}"
            );
            let view = connections.edit("one", edit).unwrap();
            assert_eq!(view.status, expected, "edit {number}");
            if lost {
                assert_eq!(view.reason, Some(Reason::Changed));
                assert_eq!(code(using(&connections, "one")), "C0003");
                assert!(
                    view.warnings[0].ends_with("freshet connection reconnect one"),
                    "{:?}",
                    view.warnings
                );
            }
        }
    }
}

#[test]
fn another_client_identifier_loses_authorisation_another_secret_does_not() {
    let place = Place::new();
    let connections = with_services(&place);
    let client = |id: Option<&str>, secret: Option<&str>| ClientInput {
        client_id: id.map(Into::into),
        client_secret: secret.map(Into::into),
        ..ClientInput::default()
    };
    assert_eq!(
        code(connections.set_client("token_sample", None, client(None, Some("s")))),
        "C0039"
    );
    assert_eq!(
        code(connections.set_client("sample", None, client(Some("i"), None))),
        "C0043"
    );
    assert_eq!(
        code(connections.set_client("token_sample", None, client(Some("a\tb"), None))),
        "C0045"
    );
    let view = connections
        .set_client("token_sample", None, client(Some("one"), Some("s")))
        .unwrap();
    assert_eq!(
        (view.name.as_str(), view.client_id.as_str(), view.has_secret),
        ("default", "one", true)
    );
    connections
        .create(NewConnection {
            fields: texts(&[("region", "eu")]),
            ..new("one", "token_sample")
        })
        .unwrap();
    authorised(&place);
    connections
        .set_client("token_sample", None, client(None, Some("t")))
        .unwrap();
    assert_eq!(connections.show("one").unwrap().status, Status::Authorised);
    let view = connections
        .set_client("token_sample", None, client(Some("two"), None))
        .unwrap();
    assert!(!view.has_secret, "a secret belongs to its identifier");
    assert_eq!(
        connections.show("one").unwrap().status,
        Status::NeedsAuthorisation
    );

    let error = connections.remove_client("token_sample", None).unwrap_err();
    assert_eq!(error.code(), "C0069");
    connections.remove("one").unwrap();
    connections.remove_client("token_sample", None).unwrap();
    assert_eq!(
        code(connections.remove_client("token_sample", None)),
        "C0039"
    );
}

#[test]
fn a_client_of_its_own_goes_with_the_connection() {
    let place = Place::new();
    let connections = with_services(&place);
    let own = ClientInput {
        client_id: Some("mine".into()),
        client_secret: Some("s".into()),
        ..ClientInput::default()
    };
    let fields = texts(&[("region", "eu")]);
    let new = NewConnection {
        fields,
        own_client: Some(own),
        ..new("one", "token_sample")
    };
    let view = connections.create(new).unwrap();
    assert_eq!(view.client.as_deref(), Some("own"));
    connections.remove("one").unwrap();
    assert!(
        connections
            .service("token_sample")
            .unwrap()
            .clients
            .is_empty()
    );
}

#[test]
fn each_owner_has_a_credential_where_asked_for() {
    let place = Place::new();
    let ada = with_services(&place);
    ada.create(NewConnection {
        per_user: true,
        ..new("one", "sample")
    })
    .unwrap();
    enter(&ada, "one", &[("api_key", "a")]).unwrap();
    using(&ada, "one").unwrap();
    let bob = Connections::with_clock(
        Settings {
            owner: "bob".into(),
            ..place.settings()
        },
        place.clock.clone(),
    );
    let error = using(&bob, "one").unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        ("C0002", "`one` was never authorised (owner bob)")
    );
    enter(&bob, "one", &[("api_key", "b")]).unwrap();
    using(&bob, "one").unwrap();
    let rows: i64 = raw(&place)
        .query_row("SELECT count(*) FROM credential", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 2);
    let carol = ListFilter {
        owner: Some("carol".into()),
        ..ListFilter::default()
    };
    assert_eq!(ada.list(&carol).unwrap()[0].status, Status::Created);
}

#[test]
fn lists_can_be_narrowed() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "b", "k");
    connections.create(new("a", "sample")).unwrap();
    let links = |filter: ListFilter| -> Vec<String> {
        connections
            .list(&filter)
            .unwrap()
            .into_iter()
            .map(|view| view.link_name)
            .collect()
    };
    assert_eq!(links(ListFilter::default()), ["a", "b"]);
    assert_eq!(
        links(ListFilter {
            status: Some(Status::Authorised),
            ..ListFilter::default()
        }),
        ["b"]
    );
    assert!(
        links(ListFilter {
            service: Some("basic_sample".into()),
            ..ListFilter::default()
        })
        .is_empty()
    );
}

// ---- audit and concurrency --------------------------------------------------------------------

/// Check 29: it is capped.
#[test]
fn the_audit_log_keeps_400_days_and_100_000_entries() {
    let place = Place::new();
    let connections = with_services(&place);
    let count = || {
        raw(&place)
            .query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    raw(&place)
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100010)
             INSERT INTO audit (at, actor, via, action, outcome) SELECT 1795478400000, 'x', 'cli', 'verify', 'ok' FROM n",
        )
        .unwrap();
    connections.create(new("one", "sample")).unwrap();
    assert_eq!(count(), 100_000);
    place.clock.forward(Duration::from_hours(24 * 401));
    connections.create(new("two", "sample")).unwrap();
    assert_eq!(count(), 1);
    let newest = Filter {
        limit: Some(1),
        since: Some(0),
        ..Filter::default()
    };
    let entries = connections.log(&newest).unwrap();
    assert_eq!(
        (
            entries[0].actor.as_str(),
            entries[0].via.as_str(),
            entries[0].outcome.as_str()
        ),
        ("ada", "cli", "ok")
    );
}

#[test]
fn many_at_once_lose_nothing() {
    let place = Place::new();
    with_services(&place);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let place = &place;
            scope.spawn(move || {
                let connections = place.connections();
                for round in 0..10 {
                    let link = format!("t{thread}_{round}");
                    ready(&connections, &link, "k");
                    using(&connections, &link).unwrap();
                    connections
                        .edit(
                            &link,
                            &Edit {
                                notes: Some("n".into()),
                                ..Edit::default()
                            },
                        )
                        .unwrap();
                    if round % 2 == 0 {
                        connections.remove(&link).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(place.connections().link_names().unwrap().len(), 40);
    let intact: String = raw(&place)
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(intact, "ok");
}

#[test]
fn many_first_starts_make_one_registry_with_one_key() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let place = &place;
            scope.spawn(move || {
                let connections = place.connections();
                let document = KEY_SERVICE.replace("Sample", &format!("Sample {thread}"));
                connections
                    .add_service(&format!("s{thread}"), "f.toml", &document, None)
                    .unwrap();
            });
        }
    });
    let connections = place.connections();
    for thread in 0..8 {
        connections
            .create(new(&format!("c{thread}"), &format!("s{thread}")))
            .unwrap();
    }
    let keys: i64 = raw(&place)
        .query_row("SELECT count(*) FROM sealing_key", [], |row| row.get(0))
        .unwrap();
    assert_eq!(keys, 1);
}

#[test]
fn a_key_that_cannot_be_changed_now_leaves_its_file_alone() {
    let place = Place::new();
    let connections = with_services(&place);
    ready(&connections, "team", "k3y");
    let key = fs::read(place.path("key")).unwrap();
    let other = rusqlite::Connection::open(place.path("registry.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let hurried = Connections::new(Settings {
        busy: Duration::from_millis(10),
        ..place.settings()
    });
    let next = place.path("next");
    for new_key_file in [None, Some(next.as_path())] {
        assert_eq!(code(hurried.rotate_key(new_key_file)), "C0085");
        assert_eq!(fs::read(place.path("key")).unwrap(), key);
        assert!(!next.exists());
    }
    other.execute_batch("ROLLBACK").unwrap();
    hurried.rotate_key(None).unwrap();
    assert!(using(&connections, "team").is_ok());
}
