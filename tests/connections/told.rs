//! What people are told of a connection: the next step, the warnings of the list, and a log without secrets.

use serde_json::json;

use crate::calling;
use crate::services::{ApiKey, OAuth2Provider};
use crate::support::place::{Place, feed};
use crate::support::server::Reply;
use crate::support::terminal::Terminal;

#[test]
fn a_host_that_cannot_be_reached_comes_with_the_next_step() {
    let place = Place::new();
    place.add_service(
        "gone",
        "name = \"Gone\"\nscheme = \"api_key\"\nhosts = [\"127.0.0.1:9\"]\nbase_url = \"http://127.0.0.1:9/\"\n",
    );
    place.connect("gone", "gone", "key").ok();
    let failed = place.call("gone", "http://127.0.0.1:9/");
    assert!(failed.err.contains("C0012"), "{}", failed.err);
    assert!(
        failed
            .err
            .contains("Help: check the address and the way there"),
        "{}",
        failed.err
    );
}

/// Row 12 of the life of a connection, as the list tells it (connections, 7).
#[test]
fn the_list_warns_of_what_was_refused_and_of_what_was_revoked() {
    let api = ApiKey::start("key");
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("shop", "shop", "key").ok();
    let listed = place.run(&["connection", "list"]).ok();
    let head = listed.out.lines().next().unwrap_or_default();
    assert_eq!(
        head.split("  ")
            .filter(|cell| !cell.is_empty())
            .map(str::trim)
            .collect::<Vec<_>>(),
        [
            "LINK NAME",
            "NAME",
            "SERVICE",
            "STATUS",
            "ACCOUNT",
            "EXPIRES"
        ]
    );
    assert_eq!(listed.err, "");

    place
        .run_with_input(
            &[
                "connection",
                "reconnect",
                "shop",
                "--no-verify",
                "--secret-stdin",
            ],
            "another",
        )
        .ok();
    let _ = place.run(&["connection", "verify", "shop"]);
    let listed = place.run(&["connection", "list"]).ok();
    let warning = listed.err.lines().next().unwrap_or_default();
    let date = warning
        .strip_prefix("warning: shop was refused on ")
        .and_then(|rest| rest.strip_suffix(": freshet connection reconnect shop"))
        .unwrap_or_default();
    assert_eq!(date.len(), "2026-11-20".len(), "{}", listed.err);
}

/// Whoever looks into a problem sees which calls were made, and what became of tokens.
#[test]
fn the_log_tells_of_calls_and_renewals() {
    let provider = OAuth2Provider::start();
    let place = Place::logging("debug");
    let definition = provider.definition("CRM", &["client_credentials"], "");
    place.add_service("crm", &definition);
    place.add_client("crm", "freshet-client", "freshet-secret");
    let host = provider.server.host();
    let made = place
        .run(&["connection", "add", "crm", "--service", "crm", "--connect"])
        .ok();
    for line in [
        format!("POST {host}: 200 OK, "),
        format!("GET {host}: 200 OK, "),
    ] {
        assert!(made.err.contains(&line), "{line}: {}", made.err);
    }
    provider.expire_access();
    let script = calling("crm", &provider.server.url("/me"));
    let called = place.run_with_input(&["run", "-"], script).ok();
    for line in [
        &format!("GET {host}: 401 Unauthorized, "),
        "renewing the token of `crm`: the service refused it\n",
        "the token of `crm` was renewed\n",
    ] {
        assert!(called.err.contains(line), "{line}: {}", called.err);
    }
    let gone = place.run_with_input(&["run", "-"], "x = getUrl(\"http://127.0.0.1:9/a?b=c\");");
    let line = "GET 127.0.0.1:9: cannot reach 127.0.0.1:9";
    assert!(gone.err.contains(line), "{}", gone.err);
}

/// What other crates tell of a connection below `info` is what goes over it.
#[test]
fn no_log_that_can_be_asked_for_holds_what_goes_over_a_connection() {
    const SECRET: &str = "qZwXvKjPyGfBhQmVzTxWkNcJ";
    let provider = OAuth2Provider::with(crate::services::oauth2_provider::Rules {
        prefix: SECRET.to_owned(),
        client_secret: SECRET.to_owned(),
        ..Default::default()
    });
    for level in [
        "trace",
        "hyper=trace,h2=trace,hyper_util=trace,reqwest=trace,rustls=trace,tokio=trace,mio=trace",
    ] {
        let place = Place::logging(level);
        place.add_service(
            "crm",
            &provider.definition("CRM", &["client_credentials"], ""),
        );
        place.add_client("crm", "freshet-client", SECRET);
        let made = place
            .run(&["connection", "add", "crm", "--service", "crm", "--connect"])
            .ok();
        let called = place
            .run_with_input(&["run", "-"], calling("crm", &provider.server.url("/me")))
            .ok();
        for log in [made.err, called.err] {
            assert!(!log.contains(SECRET), "{log}");
            let foreign = log.lines().find(|line| {
                (line.contains(" TRACE ") || line.contains(" DEBUG ")) && !line.contains(" freshet")
            });
            assert_eq!(foreign, None);
        }
    }
}

#[test]
fn a_service_whose_facts_nobody_confirmed_says_so() {
    const NOTE: &str = "not confirmed: check the addresses";
    let place = Place::new();
    let listed = place.run(&["service", "list", "--default"]).ok().out;
    let line = |link: &str| {
        let mut lines = listed.lines();
        lines
            .find(|line| line.starts_with(&format!("{link} ")))
            .unwrap()
            .to_owned()
    };
    assert!(line("gitlab").ends_with(NOTE), "{listed}");
    assert!(!line("slack").contains(NOTE), "{listed}");
    let shown = place.run(&["service", "show", "gitlab"]).ok().out;
    for said in [
        NOTE,
        "authorize URL        https://{host}/oauth/authorize",
        "revoke URL ",
    ] {
        assert!(shown.contains(said), "{shown}");
    }
}

/// Some servers drop scopes they do not know without a word (connections, 6.5).
#[test]
fn scopes_that_a_service_does_not_name_are_not_stated() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    place.add_service(
        "crm",
        &provider.definition("CRM", &["client_credentials"], ""),
    );
    place.add_client("crm", "freshet-client", "freshet-secret");
    let add = [
        "connection",
        "add",
        "crm",
        "--service",
        "crm",
        "--scope",
        "read",
    ];
    place.run(&add).ok();
    let shown = place.run(&["connection", "show", "crm"]).ok().out;
    assert!(!shown.contains("scopes granted"), "{shown}");
    provider.answer_next([Reply::json(
        r#"{"access_token":"tok-plain","token_type":"bearer","expires_in":3600}"#,
    )]);
    provider.accept("tok-plain");
    place.run(&["connection", "connect", "crm"]).ok();
    let shown = place.run(&["connection", "show", "crm"]).ok().out;
    assert!(
        shown.contains("scopes granted       not stated\n"),
        "{shown}"
    );
}

#[test]
fn a_filter_that_nothing_passes_is_not_an_empty_registry() {
    let place = Place::new();
    place.add("billing", "stripe");
    let listed = place
        .run(&["connection", "list", "--status", "expired"])
        .ok();
    assert!(
        listed.err.contains("no connection matches"),
        "{}",
        listed.err
    );
}

#[test]
fn a_snippet_has_its_values_as_they_are_sent() {
    let place = Place::new();
    let definition = "name = \"Keys\"\nscheme = \"api_key\"\nhosts = [\"127.0.0.1:9302\"]\n\
         base_url = \"http://127.0.0.1:9302/{ver}/\"\n\
         [[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n\
         [[fields]]\nname = \"ver\"\ntitle = \"Version\"\n";
    place.add_service("keys", definition);
    let add = ["connection", "add", "p", "--service", "keys"];
    place
        .run(&[&add[..], &["--set", "ver=a/../b?x#y é%"]].concat())
        .ok();
    let snippet = place.run(&["connection", "snippet", "p"]).ok().out;
    let sent = "url :\"http://127.0.0.1:9302/a%2F..%2Fb%3Fx%23y%20%C3%A9%25/\"";
    assert!(snippet.contains(sent), "{snippet}");
}

/// A service whose consent is given in a browser, and that says nothing of where clients are registered.
const CONSENT: &str = "name = \"Shop\"\nscheme = \"oauth2\"\nauthorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\nhosts = [\"api.example.com\"]\nscope_delimiter = \",\"\nscopes = [{ name = \"read\", default = true }, { name = \"write\" }, { name = \"admin\" }]\n[[fields]]\nname = \"dc\"\ntitle = \"Data centre\"\noptional = true\n";

fn with_consent() -> Place {
    let place = Place::new();
    let definition = CONSENT.replace(
        "scope_delimiter",
        "headers = { X-Dc = \"{dc}\" }\nscope_delimiter",
    );
    place.add_service("shop", &definition);
    place
}

#[test]
fn where_a_client_is_missing_the_redirect_url_to_register_is_told() {
    let place = with_consent();
    place.add("team", "shop");
    let told = [
        "no client is stored for Shop (C0039)",
        "register a client at Shop, with the redirect URL http://127.0.0.1:8713/callback, then",
        "freshet service client shop --client-id ID",
    ];
    place
        .run(&["connection", "connect", "team", "--start"])
        .fails(4, &told);
}

/// Scopes go out as the definition orders them, those that it does not list behind them, each once (connections, 2.3).
#[test]
fn scopes_are_sent_in_the_order_of_the_definition() {
    let place = with_consent();
    place.add_client("shop", "abc", "s3cret");
    let add = ["connection", "add", "team", "--service", "shop"];
    let scopes = [
        "--scope", "typed", "--scope", "admin", "--scope", "read", "--scope", "admin",
    ];
    place.run(&[&add[..], &scopes].concat()).ok();
    let sent = || {
        let start = ["connection", "connect", "team", "--start"];
        let address = place.run(&start).ok().out;
        let scope = address.split("&scope=").nth(1).unwrap();
        scope.split('&').next().unwrap().trim().to_owned()
    };
    assert_eq!(sent(), "read%2Cadmin%2Ctyped");
    let edit = ["connection", "edit", "team", "--add-scope", "write"];
    place.run(&edit).ok();
    assert_eq!(sent(), "read%2Cwrite%2Cadmin%2Ctyped");
}

#[test]
fn a_value_that_was_not_given_cannot_be_removed() {
    let place = with_consent();
    let add = ["connection", "add", "team", "--service", "shop"];
    place.run(&add).ok();
    let unset = |name: &str| place.run(&["connection", "edit", "team", "--unset", name]);
    let told = ["dc: found no value, expected one that was given with --set (C0043)"];
    unset("dc").fails(2, &told);
    unset("dx").fails(2, &["found the field `dx`", "C0043"]);
    let set = ["connection", "edit", "team", "--set", "dc=eu"];
    place.run(&set).ok();
    unset("dc").ok();
}

#[test]
fn a_connection_without_codes_for_other_devices_asks_for_nothing() {
    let place = with_consent();
    let api = ApiKey::start("key");
    place.add_service("keys", &api.in_header("Keys"));
    place.add_service(
        "photos",
        "name = \"Photos\"\nscheme = \"oauth1\"\nrequest_token_url = \"https://example.com/r\"\nauthorize_url = \"https://example.com/a\"\ntoken_url = \"https://example.com/t\"\nhosts = [\"api.example.com\"]\n",
    );
    for (service, told) in [
        ("keys", "needs no consent"),
        ("shop", "found `device_code`, expected authorization_code"),
        ("photos", "is authorised in a browser"),
    ] {
        place.add(service, service);
        place
            .run(&["connection", "connect", service, "--device"])
            .fails(2, &[told, "C0049"])
            .prints("");
    }
}

/// The scripts of the whole project, from wherever in it somebody looks.
#[test]
fn scripts_that_name_a_connection_are_told_when_it_is_removed_or_renamed() {
    let api = ApiKey::start("key");
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team", "shop", "key").ok();
    place.write("freshet.toml", "");
    place.write("scripts/daily.dg", calling("team", "https://example.com/"));
    place.write("other/notes.txt", "");
    let below = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.current_dir(place.path("other"));
        feed(command, b"")
    };
    below(&["connection", "edit", "team", "--link-name", "crew"]).fails(
        2,
        &["`team` is named in 1 script: scripts/daily.dg (C0047)"],
    );
    // Nobody is there to be asked: the same of both.
    below(&["connection", "remove", "team"]).fails(
        2,
        &[
            "`team` is named in 1 script: scripts/daily.dg (C0047)",
            "--yes",
        ],
    );
    let removed = below(&["connection", "remove", "team", "--yes"]).ok();
    assert_eq!(
        (removed.out.as_str(), removed.err.as_str()),
        (
            "Removed team.\n",
            "warning: `team` is named in scripts/daily.dg\n"
        )
    );
}

/// Where a person is asked for a client, the redirect URL to register is shown (connections, 2.1 and 6.7).
#[test]
fn whoever_is_asked_for_a_client_is_told_how_to_get_one() {
    let place = with_consent();
    let shown = "Shop needs a client of your own: register one there\nRedirect URL to register: http://127.0.0.1:8713/callback\n";
    let mut terminal = Terminal::run(place.command(&["service", "client", "shop"]));
    assert_eq!(terminal.expect("Client ID: "), shown);
    terminal.write("abc\n");
    terminal.expect("Client secret (empty for none, as public clients have): ");
    terminal.write("s3cret\n");
    terminal.ends(0, &["Stored the client abc of Shop (with a secret)."]);
    // One that is there already is shown instead.
    let mut terminal = Terminal::run(place.command(&["service", "client", "shop"]));
    assert_eq!(terminal.expect("Client ID [abc]: "), "");
    terminal.write("\u{4}");
    terminal.ends(130, &[]);

    let add = [
        "connection",
        "add",
        "chat",
        "--service",
        "slack",
        "--connect",
    ];
    let mut command = place.command(&add);
    command.env("BROWSER", "false").env_remove("SSH_CONNECTION");
    let mut terminal = Terminal::run(command);
    let shown = terminal.expect("Client ID: ");
    for told in [
        "Slack needs a client of your own: register at https://api.slack.com/apps\n",
        "Redirect URL to register: https://localhost:8713/callback\n",
        "Create New App",
    ] {
        assert!(shown.contains(told), "{shown}");
    }
    terminal.write("\u{4}");
    terminal.ends(130, &["not confirmed: nothing was changed"]);
}

/// What one choice fills in does not stay with another (connections, 2.4).
#[test]
fn a_choice_takes_along_what_it_filled_in() {
    let place = Place::new();
    place.add_service(
        "shop",
        "name = \"Shop\"\nscheme = \"api_key\"\nhosts = [\"api.example.com\"]\nbase_url = \"https://api.example.com/{region}/{tier}/\"\n[[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n[[fields]]\nname = \"region\"\ntitle = \"Region\"\nchoices = [{ value = \"eu\", title = \"Europe\", sets = { tier = \"gold\" } }, { value = \"us\", title = \"USA\" }]\n[[fields]]\nname = \"tier\"\ntitle = \"Tier\"\noptional = true\n",
    );
    let fields = || {
        let shown = place.run(&["connection", "show", "team", "--json"]).ok();
        shown.json()["connection"]["fields"].clone()
    };
    let set = |value: &str| {
        place
            .run(&["connection", "edit", "team", "--set", value])
            .ok();
        fields()
    };
    let add = ["connection", "add", "team", "--service", "shop"];
    place
        .run(&[&add[..], &["--set", "region=eu"]].concat())
        .ok();
    assert_eq!(fields(), json!({ "region": "eu", "tier": "gold" }));
    assert_eq!(set("region=us"), json!({ "region": "us" }));
    assert_eq!(set("region=eu"), json!({ "region": "eu", "tier": "gold" }));
    // What a person gave stays.
    assert_eq!(set("tier=own"), json!({ "region": "eu", "tier": "own" }));
    assert_eq!(set("region=us"), json!({ "region": "us", "tier": "own" }));
}

/// What is no file may never begin, or never end: nobody waits for it.
#[test]
fn a_pipe_in_the_place_of_a_file_is_not_waited_for() {
    let place = Place::new();
    place.add_service("shop", "name = \"Shop\"\nscheme = \"api_key\"\nhosts = [\"127.0.0.1:9\"]\nverify = \"GET http://127.0.0.1:9/\"\n");
    place.write_secret("key", "k3y");
    place.add("team", "shop");
    let connect = ["connection", "connect", "team", "--no-verify"];
    place
        .run(&[&connect[..], &["--secret-file", "api_key=key"]].concat())
        .ok();
    let pipe = place.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    place
        .run(&["connection", "import", "pipe"])
        .fails(2, &["pipe: found a pipe, expected a file", "give -"]);
    place
        .run(&["registry", "recover", "--from", "pipe", "--yes"])
        .fails(74, &["it is not a file", "C0080"]);
    let with = |variable: &str, value: &str, arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env(variable, place.path(value));
        feed(command, b"")
    };
    let verify = ["connection", "verify", "team"];
    with("FRESHET_CA_FILE", "pipe", &verify).fails(78, &["found a pipe, expected a file"]);
    with("FRESHET_CA_FILE", "/dev/zero", &verify).fails(78, &["found more than 16 MiB"]);
    std::fs::create_dir(place.path("folder")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.path("link")).unwrap();
    for (value, told) in [
        ("pipe", "pipe` is no file"),
        ("/dev/zero", "/dev/zero` is no file"),
        ("folder", "folder` is a folder, expected a file"),
        ("link", "link` is a symbolic link that leads to no file"),
    ] {
        let refused = with("FRESHET_KEY_FILE", value, &verify);
        let refused = refused.fails(74, &[told, "C0084"]);
        assert!(!refused.err.contains("chmod"), "{}", refused.err);
    }
    place
        .run(&["key", "rotate", "--new-key-file", "link"])
        .fails(
            74,
            &["link` is a symbolic link that leads to no file", "C0084"],
        );
    place
        .run(&["connection", "log", "--all", "--limit", "0"])
        .fails(2, &["--limit"]);
}

/// What is stored stays where a value of a client changes, and nobody is asked for it.
#[test]
fn a_value_of_a_client_changes_without_its_identifier() {
    let place = with_consent();
    place.add_client("shop", "abc", "s3cret");
    let client = ["service", "client", "shop"];
    let redirect = ["--redirect-uri", "http://127.0.0.1:9000/back"];
    place
        .run(&[&client[..], &redirect].concat())
        .ok()
        .prints("Stored the client abc of Shop (with a secret).\n");
    let shown = place.run(&["service", "show", "shop"]).ok().out;
    assert!(
        shown.contains("default: abc (secret stored), redirect URL http://127.0.0.1:9000/back"),
        "{shown}"
    );
}
