//! When a token is renewed, and what a script sees of it.

use std::fs;
use std::process::Stdio;

use crate::World;
use crate::connecting::calling;
use crate::services::oauth2_provider::Rules;
use crate::support::place::{Place, outcome};
use crate::support::server::Reply;

fn world(rules: Rules, more: &str) -> World {
    let world = World::new(rules, &["authorization_code"], more);
    world.authorise("team", "shop");
    assert_eq!(world.provider.asked(), 1);
    world
}

/// Check 62.
#[test]
fn a_token_is_renewed_from_its_lead_point_on() {
    // A minute before the end, or a tenth of the lifetime, whichever is more; never more than half of it.
    for (lifetime, before, after) in [(400, 100, 55), (36_000, 3_700, 3_590), (60, 59, 25)] {
        let world = world(Rules::default(), "");
        world.age(lifetime, before);
        world.call("team").ok().prints("200\n");
        assert_eq!(world.provider.asked(), 1, "{lifetime}: too early");
        world.age(lifetime, after);
        world.call("team").ok().prints("200\n");
        assert_eq!(world.provider.asked(), 2, "{lifetime}: too late");
        world.call("team").ok().prints("200\n");
        assert_eq!(
            world.provider.asked(),
            2,
            "{lifetime}: the new one is fresh"
        );
        assert_eq!(world.provider.faults(), []);
    }
}

/// Check 63.
#[test]
fn another_status_may_mean_expired_and_the_second_answer_is_the_scripts() {
    let world = world(
        Rules {
            api_refusal: 403,
            ..Rules::default()
        },
        "expired_statuses = [403]\n",
    );
    world.provider.expire_access();
    world.call("team").ok().prints("200\n");
    assert_eq!(world.provider.asked(), 2);
    world
        .provider
        .change(|rules| rules.api_scope = Some("admin"));
    let calls = world.provider.requests("/me").len();
    world.call("team").ok().prints("403\n");
    assert_eq!(world.provider.asked(), 3, "one renewal");
    assert_eq!(
        world.provider.requests("/me").len(),
        calls + 2,
        "one repeat"
    );
}

/// Check 64.
#[test]
fn while_the_token_server_is_down_a_valid_token_is_sent() {
    let world = world(Rules::default(), "");
    let down = || Reply::new(503, "", "").with("Retry-After", "0");
    world.provider.answer_with(down);
    world.age(400, 50);
    let called = world.call("team").ok().prints("200\n");
    assert!(called.err.contains("still valid"), "{}", called.err);
    world.age(400, -1);
    let calls = world.provider.requests("/me").len();
    world.call("team").fails(69, &["C0010", "503"]).prints("");
    assert_eq!(
        world.provider.requests("/me").len(),
        calls,
        "nothing was sent"
    );
    assert_eq!(world.place.status("team"), "expired");
    world.provider.answer_itself();
    world.call("team").ok().prints("200\n");
}

/// Check 65.
#[test]
fn without_a_lifetime_a_token_is_used_until_it_is_refused() {
    let world = world(
        Rules {
            lifetime: None,
            ..Rules::default()
        },
        "",
    );
    for _ in 0..2 {
        world.call("team").ok().prints("200\n");
    }
    assert_eq!(world.provider.asked(), 1);
    world.provider.expire_access();
    world.call("team").ok().prints("200\n");
    assert_eq!(world.provider.asked(), 2);
}

#[test]
fn rotated_refresh_tokens_are_followed() {
    let world = world(Rules::default(), "");
    for number in 1..4 {
        world.provider.expire_access();
        world.call("team").ok().prints("200\n");
        let expected = format!("tok-refresh-{}", number + 1);
        assert_eq!(world.provider.good_refresh_tokens(), [expected]);
    }
    assert_eq!(world.provider.faults(), []);
}

/// Check 67, and of check 56 the row of a refresh token that is missing or empty.
#[test]
fn without_a_new_refresh_token_the_old_one_is_kept() {
    let world = world(
        Rules {
            rotate: false,
            ..Rules::default()
        },
        "",
    );
    for _ in 0..2 {
        world.provider.expire_access();
        world.call("team").ok().prints("200\n");
    }
    world.provider.expire_access();
    world.provider.accept("another");
    let empty = r#"{"access_token":"another","refresh_token":"","expires_in":3600}"#;
    world.provider.answer_next([Reply::json(empty)]);
    world.call("team").ok().prints("200\n");
    world.provider.expire_access();
    world.call("team").ok().prints("200\n");
    let sent = world.provider.token_forms();
    assert_eq!(sent.len(), 5);
    for form in &sent[1..] {
        let token = form.iter().find(|(name, _)| name == "refresh_token");
        assert_eq!(token.unwrap().1, "tok-refresh-1");
    }
}

/// Another machine has the same registry, and a lock of its own.
fn copied(place: &Place) -> Place {
    let copy = Place::new();
    for name in ["registry.db", "registry.db-wal", "key"] {
        if place.data(name).exists() {
            fs::create_dir_all(copy.data("")).unwrap();
            fs::copy(place.data(name), copy.data(name)).unwrap();
        }
    }
    copy
}

/// Gives the credential of one registry to another, as it is.
fn bring(from: &Place, to: &Place) {
    let db = rusqlite::Connection::open(to.data("registry.db")).unwrap();
    let other = from.data("registry.db");
    db.execute("ATTACH ?1 AS other", [other.to_str().unwrap()])
        .unwrap();
    let columns = "gen, access_token, refresh_token, previous_refresh_token, issued_at, expires_at";
    db.execute_batch(&format!(
        "UPDATE main.credential SET ({columns}) = (SELECT {columns} FROM other.credential)"
    ))
    .unwrap();
}

/// Check 66.
#[test]
fn after_a_refusal_the_token_that_another_process_got_is_used() {
    let world = world(
        Rules {
            reuse_revokes: false,
            ..Rules::default()
        },
        "",
    );
    world.age(3600, -1);
    let me = world.provider.server.url("/me");
    let other = copied(&world.place);
    other.call("team", &me).ok().prints("200\n");
    assert_eq!(world.provider.asked(), 2);

    // This process does not know it yet, and spends the same refresh token.
    world.provider.close();
    world.place.write("call.dg", calling("team", &me));
    let mut command = world.place.command(&["run", "call.dg"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    while world.provider.asked() < 3 {
        std::thread::yield_now();
    }
    bring(&other, &world.place);
    world.provider.open();
    outcome(child.wait_with_output().unwrap())
        .ok()
        .prints("200\n");
    assert_eq!(world.provider.asked(), 3);
    let faults = world.provider.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].error, "invalid_grant");
    assert_eq!(world.place.status("team"), "authorised");
}

#[test]
fn a_consent_that_was_withdrawn_must_be_given_again() {
    let world = world(Rules::default(), "");
    world.provider.withdraw();
    world
        .call("team")
        .fails(4, &["C0003", "connection reconnect team"]);
    assert_eq!(world.place.status("team"), "needs_authorisation");
    let asked = world.provider.asked();
    world.call("team").fails(4, &["C0003"]);
    assert_eq!(world.provider.asked(), asked, "it is not tried again");
    world.consent("team").ok();
    world.call("team").ok().prints("200\n");
}

#[test]
fn without_a_refresh_token_an_expired_token_needs_a_person() {
    let world = world(
        Rules {
            refresh: false,
            ..Rules::default()
        },
        "",
    );
    world.call("team").ok().prints("200\n");
    world.age(3600, -1);
    world.call("team").fails(4, &["C0003"]);
    assert_eq!(world.show("team")["reason"], "expired");
    assert_eq!(world.provider.asked(), 1);
}
