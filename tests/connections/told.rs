//! What people are told of a connection: the next step, the warnings of the list, and a log without secrets.

use crate::calling;
use crate::services::{ApiKey, OAuth2Provider};
use crate::support::place::Place;
use crate::support::server::Reply;

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
    place
        .run(&["connection", "add", "billing", "--service", "stripe"])
        .ok();
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
