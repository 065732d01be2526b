//! A process that may use connections and not manage them.

use std::process::Command;

use crate::calling;
use crate::services::OAuth2;
use crate::support::place::{Outcome, Place, feed};

/// The families of commands that manage, with those of each that look or send.
const FAMILIES: &[(&str, &[&str])] = &[
    ("connection", &["list", "show", "verify", "snippet", "log"]),
    ("service", &["list", "show", "export", "validate"]),
    ("key", &[]),
    ("registry", &["check"]),
];

/// The sub-commands of a family, as its help lists them.
fn members(place: &Place, family: &str) -> Vec<String> {
    let help = place.run(&[family, "--help"]).ok().out;
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

/// A command with all it demands, by its own usage: `freshet connection edit [OPTIONS] <LINK>`.
fn demanded(place: &Place, family: &str, member: &str) -> Vec<String> {
    let help = place.run(&[family, member, "--help"]).ok().out;
    let usage = help
        .lines()
        .find_map(|line| line.strip_prefix("Usage: freshet "))
        .unwrap();
    usage
        .split_whitespace()
        .filter(|word| !word.starts_with('['))
        .map(|word| if word.starts_with('<') { "team" } else { word })
        .map(str::to_owned)
        .collect()
}

fn as_user(place: &Place, arguments: &[String]) -> Command {
    let mut command = place.command(arguments);
    command.env("FRESHET_CONNECTIONS", "use");
    command
}

fn refused(place: &Place, arguments: &[String]) -> Outcome {
    feed(as_user(place, arguments), b"s3cret")
        .fails(
            78,
            &[
                "C0092",
                "this process may use connections, not manage them",
                "FRESHET_CONNECTIONS",
            ],
        )
        .prints("")
}

/// A place with the connection `team`, whose first token is over.
fn with_expired_token(api: &OAuth2) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    db.execute(
        "UPDATE credential SET expires_at = expires_at - 7200000",
        [],
    )
    .unwrap();
    place
}

#[test]
fn check_84_every_command_that_manages_is_refused_and_changes_nothing() {
    let api = OAuth2::start("tok");
    let (place, empty) = (with_expired_token(&api), Place::new());
    let before = place.files();
    let mut count = 0;
    for (family, harmless) in FAMILIES {
        for member in members(&place, family) {
            if harmless.contains(&member.as_str()) {
                continue;
            }
            let command = demanded(&place, family, &member);
            refused(&place, &command);
            refused(&empty, &command);
            count += 1;
        }
    }
    assert!(count > 9, "{count} commands were tried");
    assert_eq!(place.files(), before);
    assert!(empty.files().is_empty(), "nothing was made");
    assert_eq!(api.asked(), 1, "nothing was sent");
}

#[test]
fn check_84_sending_renewing_and_looking_go_on() {
    let api = OAuth2::start("tok");
    let place = with_expired_token(&api);
    place.write("call.dg", calling("team", &api.server.url("/me")));
    let run = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        feed(as_user(&place, &words), b"").ok()
    };
    run(&["run", "call.dg"]).prints("200\n").quietly();
    assert_eq!(api.asked(), 2, "the token was renewed");
    run(&["run", "call.dg"]).prints("200\n");
    assert_eq!(api.asked(), 2, "and stored");
    assert!(
        run(&["connection", "verify", "team"])
            .out
            .contains("authorised as app@oauth.example")
    );
    for look in [
        &["connection", "list"][..],
        &["connection", "show", "team"],
        &["connection", "log", "team"],
        &["connection", "snippet", "team"],
        &["service", "show", "shop"],
        &["service", "list"],
    ] {
        run(look);
    }
}

#[test]
fn check_84_a_misspelt_word_gives_no_more_rights() {
    let place = Place::new();
    let add = |word: &str| {
        let mut command = place.command(&["connection", "add", "x", "--service", "stripe"]);
        command.env("FRESHET_CONNECTIONS", word);
        feed(command, b"")
    };
    for word in ["use", "Use", "usee", "no"] {
        add(word).fails(78, &["C0092"]);
    }
    add("manage").ok();
}

/// Connections, 8: the setting does what the variable does, and the variable wins.
#[test]
fn a_setting_allows_use_alone() {
    let place = Place::new();
    let add = |link: &str, word: &str| {
        let mut command = place.command(&["connection", "add", link, "--service", "stripe"]);
        command.env("FRESHET_CONNECTIONS", word);
        feed(command, b"")
    };
    add("x", "").ok();
    let config = place.root().join("home/.config/freshet/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(&config, "connections = \"use\"\nredirect_port = 8999\n").unwrap();
    add("y", "")
        .fails(78, &["C0092", "`connections`"])
        .prints("");
    place.run(&["connection", "list"]).ok().quietly();
    add("z", "manage").ok();
    let shown = place.run(&["config", "show"]).ok().quietly().out;
    for line in ["connections", "redirect_port"] {
        let line = shown.lines().find(|found| found.starts_with(line));
        assert!(
            line.is_some_and(|line| line.contains("use") || line.contains("8999")),
            "{shown}"
        );
    }
    // The port stands in the address to register.
    let service = place.run(&["service", "show", "github"]).ok().out;
    assert!(
        service.contains("http://127.0.0.1:8999/callback"),
        "{service}"
    );

    std::fs::write(&config, "connections = \"look\"\nredirect_port = 0\n").unwrap();
    let told = place.run(&["connection", "list"]).err;
    assert!(
        told.contains("\"use\" or \"manage\"") && told.contains("from 1 to 65535"),
        "{told}"
    );
}

/// Who unpacks a project must not get its rule: its file can forbid, and not allow.
#[test]
fn a_project_can_only_restrict() {
    let place = Place::new();
    let add = |link: &str, word: &str| {
        let mut command = place.command(&["connection", "add", link, "--service", "stripe"]);
        command.env("FRESHET_CONNECTIONS", word);
        feed(command, b"")
    };
    let config = place.root().join("home/.config/freshet/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    let user = |word: &str| {
        std::fs::write(&config, format!("connections = \"{word}\"\n")).unwrap();
    };
    let project = |word: &str| {
        place.write("freshet.toml", format!("connections = \"{word}\"\n"));
    };
    user("use");
    project("manage");
    add("x", "").fails(78, &["C0092"]).prints("");
    let shown = place
        .run(&["config", "show", "--origin"])
        .ok()
        .quietly()
        .out;
    let line = shown.lines().find(|line| line.starts_with("connections"));
    let line = line.unwrap();
    assert!(
        line.contains("use") && line.contains("config.toml"),
        "{line}"
    );
    // The variable is the user's: it wins over files.
    add("x", "manage").ok();
    user("manage");
    project("use");
    add("y", "").fails(78, &["C0092"]).prints("");
    project("manage");
    add("y", "").ok();
}
