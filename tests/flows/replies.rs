//! Token replies as servers send them: every row of both tables of connections 6.5.

use crate::World;
use crate::services::oauth2_provider::Rules;
use crate::services::token_replies::{Bad, TOKEN, bad_replies, good_replies};
use crate::support::place::Outcome;
use crate::support::server::Reply;

const GRANT: &[&str] = &["client_credentials"];

/// Adds a service with these further keys, and connects `link` to it.
fn connect(world: &World, link: &str, keys: &str) -> Outcome {
    world.add_service(link, &world.provider.definition(link, GRANT, keys));
    let add = ["connection", "add", link, "--service", link, "--connect"];
    world.place.run(&add)
}

/// Check 56.
#[test]
fn the_same_credential_comes_from_every_odd_reply() {
    let world = World::new(Rules::default(), GRANT, "");
    world.provider.accept(TOKEN);
    for (number, good) in good_replies().into_iter().enumerate() {
        let link = format!("good_{number}");
        let (name, lifetime) = (good.name, good.lifetime);
        let keys = good.keys;
        world.provider.answer_with(move || good.reply());
        let connected = connect(&world, &link, keys);
        assert_eq!(connected.exit, Some(0), "{name}: {}", connected.err);
        let called = world.call(&link);
        assert_eq!(called.out, "200\n", "{name}: {}", called.err);
        let ends = &world.show(&link)["expires_at"];
        assert_eq!(ends.is_null(), lifetime.is_none(), "{name}: {ends}");
        if let Some(lifetime) = lifetime {
            let ends: jiff::Timestamp = ends.as_str().unwrap().parse().unwrap();
            let left = ends.as_second() - jiff::Timestamp::now().as_second();
            let lifetime = i64::try_from(lifetime).unwrap();
            assert!(
                (lifetime - 120..=lifetime).contains(&left),
                "{name}: {left}"
            );
        }
    }
}

/// Checks 57 and 58, connecting.
#[test]
fn every_error_has_its_code_when_connecting() {
    let world = World::new(Rules::default(), GRANT, "");
    for (number, bad) in bad_replies().into_iter().enumerate() {
        let link = format!("bad_{number}");
        let Bad {
            name,
            status,
            connecting,
            keys,
            ..
        } = bad.clone();
        world.provider.answer_with(move || bad.reply());
        let refused = connect(&world, &link, keys);
        assert_ne!(refused.exit, Some(0), "{name} {status}");
        assert!(
            refused.err.contains(connecting),
            "{name} {status}: {}",
            refused.err
        );
        // In passing nothing is decided; otherwise nothing older is usable.
        let decided = !["C0010", "C0013"].contains(&connecting);
        let shown = world.place.status(&link);
        assert_eq!(shown == "failed", decided, "{name} {status}: {shown}");
        let call = world.call(&link);
        let told = if decided { "C0005" } else { "C0002" };
        assert!(call.err.contains(told), "{name} {status}: {}", call.err);
    }
}

/// Checks 57 and 58, renewing.
#[test]
fn every_error_has_its_code_and_status_when_renewing() {
    let mut connected: Vec<(&str, World)> = Vec::new();
    for bad in bad_replies() {
        let Bad {
            name,
            status,
            renewing,
            keys,
            ..
        } = bad.clone();
        let ends = bad.ends_authorisation();
        if !connected.iter().any(|(had, _)| *had == keys) {
            let world = World::new(Rules::default(), &["authorization_code"], keys);
            world.authorise("team", "shop");
            connected.push((keys, world));
        }
        let (_, world) = connected.iter().find(|(had, _)| *had == keys).unwrap();
        world.age(3600, -60);
        world.provider.answer_with(move || bad.reply());
        let asked = world.provider.asked();
        let called = world.call("team");
        assert!(
            called.err.contains(renewing),
            "{name} {status}: {}",
            called.err
        );
        assert_eq!(called.out, "", "{name} {status}");
        assert!(world.provider.asked() > asked, "{name} {status}");
        let shown = world.place.status("team");
        let expected = if ends {
            "needs_authorisation"
        } else {
            "expired"
        };
        assert_eq!(shown, expected, "{name} {status}");
        world.provider.answer_itself();
        if ends {
            world.consent("team").ok();
        } else {
            world.call("team").ok().prints("200\n");
        }
    }
}

/// Check 57: no answer at all.
#[test]
fn a_token_endpoint_that_does_not_answer_decides_nothing() {
    let world = World::new(Rules::default(), &["authorization_code"], "");
    world.place.add("team", "shop");
    let silent = || Reply::Raw(Vec::new());
    let answer = world.provider.consent(&crate::start(&world.place, "team"));
    let finish = || crate::finish(&world.place, "team", &answer);
    world.provider.answer_with(silent);
    finish().fails(69, &["C0010", "without an answer"]);
    assert_eq!(world.place.status("team"), "created");
    // The attempt stays open.
    world.provider.answer_itself();
    finish().ok();

    world.age(3600, -60);
    world.provider.answer_with(silent);
    let calls = world.provider.requests("/me").len();
    world
        .call("team")
        .fails(69, &["C0010", "3 tries"])
        .prints("");
    assert_eq!(world.provider.requests("/me").len(), calls);
    assert_eq!(world.place.status("team"), "expired");
    world.provider.answer_itself();
    world.call("team").ok().prints("200\n");
}

/// Check 59.
#[test]
fn a_description_that_repeats_what_was_sent_is_not_shown() {
    let world = World::new(Rules::default(), &["authorization_code"], "");
    world.provider.answer_with(|| {
        let said = r#"{"error":"invalid_grant","error_description":"code tok-code-1 is spent"}"#;
        Reply::new(400, "application/json", said)
    });
    world.place.add("team", "shop");
    let refused = world.consent("team").fails(69, &["C0027", "invalid_grant"]);
    assert!(!refused.err.contains("tok-code-1"), "{}", refused.err);
    let log = world.place.run(&["connection", "log", "team"]).ok();
    assert!(!log.out.contains("tok-code-1"), "{}", log.out);
}

/// A service whose API is at a host that the token reply names.
fn told_host(world: &World) -> String {
    let host = world.provider.server.host();
    let keys = "fields = [{ name = \"site\", title = \"Site\", from = \"token:/instance\", pattern = \"[a-z0-9-]+\\\\.salesforce\\\\.com\" }]\n";
    let definition = world.provider.definition("Told", GRANT, keys);
    definition.replace(
        &format!("hosts = [\"{host}\"]"),
        &format!("hosts = [\"{host}\", \"{{site}}\"]"),
    )
}

#[test]
fn a_host_from_a_token_reply_matches_its_pattern_or_nothing_is_stored() {
    for (instance, good) in [
        ("eu-1.salesforce.com", true),
        ("evil.example", false),
        ("a.salesforce.com.evil.example", false),
    ] {
        let rules = Rules {
            token_members: vec![("instance", instance.into())],
            ..Rules::default()
        };
        let world = World::new(rules, GRANT, "");
        world.add_service("told", &told_host(&world));
        let add = [
            "connection",
            "add",
            "team",
            "--service",
            "told",
            "--connect",
        ];
        let connected = world.place.run(&add);
        if good {
            connected.ok();
            assert!(world.show("team")["hosts"].to_string().contains(instance));
        } else {
            connected.fails(4, &["C0038"]);
            assert_eq!(world.place.status("team"), "created");
            assert!(!world.show("team")["hosts"].to_string().contains("evil"));
        }
    }
}

#[test]
fn the_end_of_a_refresh_token_is_stored_and_warned_of_a_week_ahead() {
    const DAY: u64 = 86_400;
    for (name, days, warns) in [
        ("refresh_token_expires_in", 6, true),
        ("x_refresh_token_expires_in", 6, true),
        ("refresh_token_expires_in", 8, false),
    ] {
        let rules = Rules {
            token_members: vec![(name, (days * DAY).into())],
            ..Rules::default()
        };
        let world = World::new(rules, &["authorization_code"], "");
        world.authorise("team", "shop");
        let ends = world.show("team")["refresh_expires_at"].clone();
        let ends = ends
            .as_str()
            .unwrap_or_else(|| panic!("{name} is not stored"));
        let listed = world.place.run(&["connection", "list"]).ok().err;
        let date = ends.split('T').next().unwrap();
        let warning = format!("warning: team ends on {date}: freshet connection reconnect team");
        assert_eq!(listed.contains(&warning), warns, "{name}: {listed}");
    }
}

#[test]
fn scopes_that_a_reply_does_not_state_are_shown_as_such() {
    let world = World::new(Rules::default(), GRANT, "");
    world.provider.accept(TOKEN);
    let shown = |stated: &'static str| {
        let body = format!("{{\"access_token\":\"{TOKEN}\"{stated}}}");
        world
            .provider
            .answer_with(move || Reply::json(&body.clone()));
        let connected = if stated.is_empty() {
            let add = ["connection", "add", "team", "--service", "shop"];
            world.place.run(
                &[
                    &add[..],
                    &["--scope", "read", "--scope", "write", "--connect"],
                ]
                .concat(),
            )
        } else {
            world.place.run(&["connection", "reconnect", "team"])
        };
        let connected = connected.ok();
        let fewer = connected.err.contains("C0035");
        (
            world.place.run(&["connection", "show", "team"]).ok().out,
            fewer,
        )
    };
    let (text, fewer) = shown("");
    assert!(text.contains("scopes asked for     read write"), "{text}");
    assert!(text.contains("scopes granted       not stated"), "{text}");
    assert!(!fewer, "as asked, by RFC 6749");
    let (text, fewer) = shown(r#","scope":"read,write""#);
    assert!(text.contains("scopes granted       read write"), "{text}");
    assert!(!fewer);
    let (text, fewer) = shown(r#","scope":["read"]"#);
    assert!(text.contains("scopes granted       read\n"), "{text}");
    assert!(fewer, "fewer than asked for is a warning");
}
