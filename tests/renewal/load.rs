//! Many processes, a token that lives a second, and a server that spends refresh tokens.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::services::oauth2_provider::Rules;
use crate::support::server::Request;
use crate::{World, calls, is_long};

/// How long a token lives.
const LIFETIME: Duration = Duration::from_secs(1);

/// How many tokens the calls need at the least: one is good for a lifetime from its first call on. Left out are calls
/// that came too late for their token, since they were sent again with another one.
fn needed(calls: &[Request], issuing: &[Request]) -> usize {
    let (mut tokens, mut until) = (0, None);
    for call in calls {
        let token = call.header("authorization").unwrap();
        let number: usize = token.rsplit('-').next().unwrap().parse().unwrap();
        let in_time = call.at <= issuing[number - 1].at + LIFETIME;
        if in_time && until.is_none_or(|until| call.at > until) {
            tokens += 1;
            until = Some(call.at + LIFETIME);
        }
    }
    tokens
}

/// Processes with many calls each, until several lifetimes are over. A token is due when half of its life is left
/// (connections, 6.6), so none is asked for sooner.
#[test]
fn rotation_under_load() {
    let (processes, count) = if is_long() { (8, 200) } else { (4, 40) };
    let world = World::new(Rules {
        lifetime: Some(LIFETIME.as_secs()),
        ..Rules::default()
    });
    let url = world.provider.server.url("/me");
    world.place.write("many.dg", calls(&url, count));
    let begun = Instant::now();
    while begun.elapsed() < 3 * LIFETIME {
        let start = || world.place.command(&["run", "many.dg"]);
        let spawn = |_| -> Child {
            let mut command = start();
            let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
            piped.spawn().unwrap()
        };
        let children: Vec<Child> = (0..processes).map(spawn).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            let printed = String::from_utf8_lossy(&output.stdout);
            assert_eq!(printed, format!("{count}\n"), "{told}");
        }
    }
    let took = begun.elapsed();
    assert_eq!(world.provider.faults(), []);

    let mut calls = world.provider.requests("/me");
    calls.sort_by_key(|call| call.at);
    // The first token came with the consent.
    let renewals = world.provider.asked() - 1;
    let (least, most) = (
        needed(&calls, &world.provider.requests("/token")) - 1,
        usize::try_from(took.as_millis() / (LIFETIME.as_millis() / 2)).unwrap() + 1,
    );
    println!(
        "{processes} processes with {count} calls: {} calls in {took:?}, {renewals} renewals ({least} to {most})",
        calls.len()
    );
    assert!(least >= 2, "too short to need renewals: {took:?}");
    assert!(
        (least..=most).contains(&renewals),
        "{renewals} renewals, not {least} to {most}"
    );
    world.is_sound();
}
