//! Token endpoints that break off, never end or never begin (reliability 5).

use std::env;

use crate::services::misbehaving::{FAULTS, fault};
use crate::services::oauth2_provider::Rules;
use crate::{World, finish, start};

/// Faults that only time ends, half a minute each: they are part of the long tests.
const LONG: &[&str] = &["slow-headers", "slow-body", "silent"];

/// A connection and the answer of a person who consented to it.
fn consented(world: &World, link: &str) -> String {
    let add = ["connection", "add", link, "--service", "shop"];
    world.place.run(&add).ok();
    world.provider.consent(&start(&world.place, link))
}

#[test]
fn a_token_endpoint_that_fails_takes_neither_consent_nor_token() {
    let long = env::var_os("FRESHET_LONG_TESTS").is_some();
    let world = World::new(Rules::default(), &["authorization_code"], "");
    for (number, name) in FAULTS.iter().enumerate() {
        if LONG.contains(name) && !long {
            continue;
        }
        let link = format!("fault_{number}");
        let answer = consented(&world, &link);
        world.provider.answer_with(move || fault(name));
        let failed = finish(&world.place, &link, &answer);
        assert_eq!(failed.exit, Some(69), "{name}: {}", failed.err);
        assert_eq!(world.place.status(&link), "created", "{name}");
        world.provider.answer_itself();
        if *name == "endless-body" {
            assert!(failed.err.contains("C0013"), "{name}: {}", failed.err);
            continue;
        }
        assert!(failed.err.contains("C0010"), "{name}: {}", failed.err);
        // The attempt stays open: the same answer may be brought again.
        finish(&world.place, &link, &answer).ok();
        world.call(&link).ok().prints("200\n");
    }
}

#[test]
fn a_renewal_that_breaks_off_leaves_a_valid_token_in_use() {
    for name in ["closed", "reset-in-body"] {
        let world = World::new(Rules::default(), &["authorization_code"], "");
        world.authorise("team", "shop");
        world.provider.answer_with(move || fault(name));
        world.age(400, 50);
        let called = world.call("team").ok().prints("200\n");
        assert!(called.err.contains("still valid"), "{name}: {}", called.err);
        assert_eq!(world.provider.asked(), 4, "one that went well, three tries");
        world.provider.answer_itself();
        world.call("team").ok().prints("200\n").quietly();
        assert_eq!(world.provider.faults(), []);
    }
}
