//! How secrets come in: never as an argument, never asked for without a terminal.

use std::fs;

use crate::services::{ApiKey, Basic, OAuth2};
use crate::support::place::{Outcome, Place, set_mode};
use crate::support::terminal::Terminal;

const KEY: &str = "k3y-of-the-test";

fn with_shop(api: &ApiKey) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.add("team", "shop");
    place
}

fn connect(place: &Place, more: &[&str]) -> Outcome {
    place.run(&[&["connection", "connect", "team"], more].concat())
}

#[test]
fn standard_input_file_and_environment_give_the_same_secret() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    place.write_secret("key", &format!("{KEY}\n"));
    place
        .run_with_input(&["connection", "connect", "team", "--secret-stdin"], KEY)
        .ok();
    place
        .run_with_input(
            &["connection", "connect", "team", "--secret-stdin", "api_key"],
            format!("{KEY}\r\n"),
        )
        .ok();
    connect(&place, &["--secret-file", "api_key=key"]).ok();
    let mut command = place.command(&[
        "connection",
        "reconnect",
        "team",
        "--secret-env",
        "api_key=MY_KEY",
    ]);
    assert!(
        command
            .env("MY_KEY", KEY)
            .output()
            .unwrap()
            .status
            .success()
    );
    let sent: Vec<_> = api
        .server
        .requests()
        .into_iter()
        .map(|request| request.header("x-api-key").map(str::to_owned))
        .collect();
    assert_eq!(sent, vec![Some(KEY.to_owned()); 4]);
    // Only the final line break is no part of it.
    place
        .run_with_input(
            &["connection", "connect", "team", "--secret-stdin"],
            format!("{KEY}\n\n"),
        )
        .fails(2, &["C0045"]);
}

#[test]
fn without_a_terminal_nothing_is_asked_and_the_option_is_named() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    connect(&place, &[])
        .fails(
            4,
            &[
                "C0029",
                "--secret-stdin api_key",
                "--secret-file api_key=PATH",
                "--secret-env api_key=VARIABLE",
            ],
        )
        .prints("");
    place
        .run(&[
            "connection",
            "add",
            "other",
            "--service",
            "shop",
            "--connect",
        ])
        .fails(
            4,
            &[
                "C0029",
                "other was created",
                "freshet connection connect other",
            ],
        );
    assert_eq!(place.status("other"), "created");
    place
        .run(&["connection", "remove", "team"])
        .fails(4, &["C0029", "--yes"]);
    place
        .run(&["connection", "add", "desk", "--service", "zendesk_token"])
        .fails(4, &["C0029", "--set sub=VALUE"]);
    place
        .run(&["service", "client", "zoom_server"])
        .fails(4, &["C0029", "--client-id ID"]);
    place
        .run(&["service", "client", "zoom_server", "--client-id", "abc"])
        .fails(4, &["C0029", "--secret-stdin client_secret"]);
    place
        .run(&["service", "remove", "shop", "--yes"])
        .fails(2, &["C0069"]);
    assert!(api.server.requests().is_empty());
}

/// Check 80.
#[test]
fn a_secret_as_an_argument_is_refused_and_not_repeated() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    let refused = |arguments: &[&str]| {
        let outcome = place.run(arguments).fails(2, &["secret"]);
        assert!(
            !outcome.err.contains(KEY) && !outcome.out.contains(KEY),
            "{}",
            outcome.err
        );
    };
    let set = format!("api_key={KEY}");
    refused(&[
        "connection",
        "add",
        "other",
        "--service",
        "shop",
        "--set",
        &set,
    ]);
    refused(&["connection", "edit", "team", "--set", &set]);
    refused(&[
        "connection",
        "add",
        "other",
        "--service",
        "shop",
        "--set",
        &set,
        "--json",
    ]);
    // What is given in the wrong form may be the secret itself.
    for option in ["--secret-file", "--secret-env"] {
        let outcome = connect(&place, &[option, KEY]).fails(2, &["expected NAME="]);
        assert!(!outcome.err.contains(KEY), "{}", outcome.err);
    }
    let outcome = place
        .run(&[
            "connection",
            "add",
            "other",
            "--service",
            "shop",
            "--set",
            KEY,
        ])
        .fails(2, &["expected NAME=VALUE"]);
    assert!(!outcome.err.contains(KEY), "{}", outcome.err);
}

#[test]
fn a_secret_file_that_others_can_read_is_refused() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    let path = place.write_secret("key", KEY);
    for mode in [0o644, 0o640, 0o604, 0o602] {
        set_mode(&path, mode);
        connect(&place, &["--secret-file", "api_key=key"]).fails(
            2,
            &[
                "can be read by others",
                &format!("{mode:04o}"),
                "chmod 600 key",
            ],
        );
    }
    set_mode(&path, 0o400);
    connect(&place, &["--secret-file", "api_key=key"]).ok();
    connect(&place, &["--secret-file", "api_key=none"]).fails(74, &["none", "no such file"]);
    connect(&place, &["--secret-env", "api_key=NOT_SET"]).fails(2, &["`NOT_SET` is not set"]);
}

#[test]
fn what_is_no_secret_text_is_refused_without_showing_it() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    let enter = |input: &[u8]| {
        place.run_with_input(&["connection", "connect", "team", "--secret-stdin"], input)
    };
    enter(b"\xff\xfe").fails(2, &["no UTF-8"]);
    enter(&vec![b'x'; 70_000]).fails(2, &["65536 bytes"]);
    for (wrong, told) in [
        ("", "found nothing"),
        ("two\nlines", "U+000A"),
        ("kl\u{e9}", "ASCII"),
    ] {
        let outcome = enter(wrong.as_bytes()).fails(2, &["C0045", told]);
        assert!(
            wrong.len() < 5 || !outcome.err.contains("lines"),
            "{}",
            outcome.err
        );
    }
    assert!(api.server.requests().is_empty());
    assert_eq!(place.status("team"), "created");
}

#[test]
fn names_of_secrets_are_checked() {
    let api = ApiKey::start(KEY);
    let place = with_shop(&api);
    place
        .run_with_input(
            &[
                "connection",
                "connect",
                "team",
                "--secret-stdin",
                "password",
            ],
            KEY,
        )
        .fails(2, &["`password`", "expected api_key"]);
    place.write_secret("key", KEY);
    place
        .run_with_input(
            &[
                "connection",
                "connect",
                "team",
                "--secret-stdin",
                "--secret-file",
                "api_key=key",
            ],
            KEY,
        )
        .fails(2, &["`api_key` is given twice"]);
    place
        .run_with_input(
            &[
                "connection",
                "add",
                "other",
                "--service",
                "shop",
                "--secret-stdin",
            ],
            KEY,
        )
        .fails(2, &["--connect"]);
    place
        .run(&["connection", "show", "other"])
        .fails(2, &["C0001"]);
}

#[test]
fn a_user_name_with_a_colon_is_refused_and_an_empty_password_is_not() {
    let place = Place::new();
    let api = Basic::start("ada", "");
    place.add_service("shop", &api.definition("Shop"));
    place
        .run(&[
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--set",
            "username=a:b",
            "--connect",
            "--secret-stdin",
        ])
        .fails(2, &["colon"]);
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place
        .run(&[
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--set",
            "username=ada",
        ])
        .ok();
    // What was not given is not taken for empty.
    place
        .run(&["connection", "connect", "team"])
        .fails(4, &["C0029", "Password", "--secret-stdin password"]);
    assert!(api.server.requests().is_empty());
    place
        .run(&["connection", "connect", "team", "--secret-stdin"])
        .ok();
    // It is stored, so it need not be given again.
    place.run(&["connection", "reconnect", "team"]).ok();
}

#[test]
fn on_a_terminal_an_empty_password_is_an_answer() {
    let place = Place::new();
    let api = Basic::start("ada", "");
    place.add_service("shop", &api.definition("Shop"));
    let add = ["connection", "add", "team", "--service", "shop"];
    place
        .run(&[&add[..], &["--set", "username=ada"]].concat())
        .ok();
    let mut terminal = Terminal::run(place.command(&["connection", "connect", "team"]));
    terminal.expect("Password: ");
    terminal.write("\n");
    terminal.ends(0, &["Connected team to Shop"]);
}

#[test]
fn a_client_secret_stays_with_its_identifier() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    place.add_service("shop", &api.definition("Shop"));
    place
        .run(&[
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--connect",
        ])
        .fails(4, &["C0039", "freshet service client shop --client-id ID"]);
    place.add_client("shop", "abc", "s3cret");
    let shown = place.run(&["service", "show", "shop"]).ok().out;
    assert!(
        shown.contains("default: abc (secret stored)") && !shown.contains("s3cret"),
        "{shown}"
    );
    // The same identifier again keeps the secret; another one needs its own.
    place
        .run(&["service", "client", "shop", "--client-id", "abc"])
        .ok()
        .prints("Stored the client abc of Shop (with a secret).\n");
    place
        .run(&["service", "client", "shop", "--client-id", "def"])
        .fails(4, &["C0029"]);
    place.run(&["connection", "connect", "team"]).ok();
    place
        .run(&["service", "client", "shop", "--remove"])
        .fails(2, &["C0069", "team"]);
}

/// Check 26: modes, whatever the umask.
#[test]
fn files_are_for_their_owner_alone_whatever_the_umask() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    place.add_service("shop", &api.definition("Shop"));
    fs::remove_dir_all(place.root().join("data")).unwrap();
    let script = format!(
        "umask 000\nset -e\n{0} service add shop --file shop.toml\nprintf s3cret | {0} service client shop --client-id abc --secret-stdin\n{0} connection add team --service shop --connect\n",
        env!("CARGO_BIN_EXE_freshet")
    );
    let mut command = std::process::Command::new("sh");
    place.settle(&mut command);
    assert!(
        command
            .args(["-c", &script])
            .output()
            .unwrap()
            .status
            .success()
    );
    // A renewal makes the lock files.
    api.accept("another");
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
    assert_eq!(api.asked(), 2);

    let mut folders = vec![place.root().join("data/freshet")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(
            crate::support::place::mode(&folder),
            0o700,
            "{}",
            folder.display()
        );
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(
                    crate::support::place::mode(&path),
                    0o600,
                    "{}",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen >= 3, "registry, key and lock file");
}
