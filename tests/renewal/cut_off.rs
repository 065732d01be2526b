//! A renewal that is cut off: by a kill at any moment, by a disk that is full at any write. What was asked for and never
//! heard of may arrive at any time.

use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use crate::services::oauth2_provider::Rules;
use crate::support::place::{Outcome, outcome};
use crate::support::server::{Reply, Server};
use crate::{World, calls, is_long};

/// Longest delay before the kill, in milliseconds.
const SWEEP: u64 = 400;

#[test]
fn kill_9_sweep() {
    let runs: u64 = if is_long() { 500 } else { 25 };
    let world = World::new(Rules::default());
    let (mut renewed, mut lost) = (0, 0);
    for run in 0..runs {
        world.expire();
        let before = world.stored().0;
        let mut child = world
            .place
            .command(&["run", "call.dg"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The delay is what is tried out here, not a wait for something.
        thread::sleep(Duration::from_micros(run * SWEEP * 1000 / runs));
        child.kill().unwrap();
        child.wait().unwrap();
        // Else its request may come after that of the next process: a test of its own, below.
        world.provider.server.wait_until_quiet();
        world.is_sound();

        let committed = world.stored().0 > before;
        let next = world.place.run(&["run", "call.dg"]);
        world.is_sound();
        if committed {
            assert_eq!(
                (next.exit, next.out.as_str()),
                (Some(0), "1\n"),
                "{}",
                next.err
            );
            renewed += 1;
        } else if next.exit == Some(0) {
            assert_eq!(next.out, "1\n");
        } else {
            // The answer was lost on the way: no client can know it. It says so, and a person acts.
            let next = next.fails(4, &["C0003", "an earlier renewal was cut off"]);
            assert_eq!(next.out, "");
            assert_eq!(world.stored().1, "needs_authorisation");
            world.consent();
            lost += 1;
        }
    }
    println!("{runs} kills: {renewed} after the new token was stored, {lost} answers lost");
    assert!(renewed > 0, "no run was killed late enough");
}

/// Starts a process whose token request is held on its way, and kills it.
fn killed_while_it_asks(world: &World) {
    world.expire();
    let asked = world.provider.asked();
    world.provider.hold_one();
    let mut child = world.place.spawn(&["run", "call.dg"]);
    while world.provider.asked() == asked {
        thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Lets the request of the killed process arrive.
fn arrive(world: &World) {
    world.provider.open();
    world.provider.server.wait_until_quiet();
}

fn refusals(world: &World) -> Vec<String> {
    let faults = world.provider.faults().into_iter();
    faults.map(|fault| fault.says).collect()
}

#[test]
fn a_request_that_arrives_before_that_of_the_next_process_costs_the_consent_and_it_is_told() {
    let world = World::new(Rules::default());
    killed_while_it_asks(&world);
    arrive(&world);
    let next = world.place.run(&["run", "call.dg"]);
    next.fails(
        4,
        &[
            "C0003",
            "invalid_grant",
            "an earlier renewal was cut off, and its answer was lost or could not be stored",
        ],
    )
    .prints("");
    assert_eq!(world.stored().1, "needs_authorisation");
    world.is_sound();
    world.consent();
    world.place.run(&["run", "call.dg"]).ok().prints("1\n");
}

/// The next process renews with the same refresh token; that of the killed one comes again later, for which a service
/// that detects reuse ends all that came from the consent.
#[test]
fn a_request_that_arrives_after_that_of_the_next_process_is_told_as_what_it_was() {
    let world = World::new(Rules::default());
    killed_while_it_asks(&world);
    world.place.run(&["run", "call.dg"]).ok().prints("1\n");
    assert_eq!(refusals(&world), [""; 0]);
    arrive(&world);
    assert_eq!(
        refusals(&world),
        ["the refresh token was used before"],
        "the request of the killed process"
    );

    let cut_off =
        "an earlier renewal was cut off, and its request may have arrived after the last one";
    let next = world.place.run(&["run", "call.dg"]);
    next.fails(4, &["C0003", "invalid_grant", cut_off])
        .prints("");
    assert_eq!(world.stored().1, "needs_authorisation");
    world.is_sound();
    // Whoever comes later finds it too.
    world.place.run(&["run", "call.dg"]).fails(4, &["C0003"]);
    let shown = world.place.run(&["connection", "show", "team"]).ok().out;
    assert!(shown.contains(cut_off), "{shown}");
    let log = world.place.run(&["connection", "log", "team"]).ok().out;
    assert!(log.contains("after one that was cut off"), "{log}");

    // A new consent has nothing to do with it.
    world.consent();
    world.place.run(&["run", "call.dg"]).ok().prints("1\n");
    world.provider.withdraw();
    let next = world
        .place
        .run(&["run", "call.dg"])
        .fails(4, &["C0003", "invalid_grant"]);
    assert!(!next.err.contains("cut off"), "{}", next.err);
}

/// Runs a script that calls twice, the first token of which cannot be stored. Between the calls another process, which
/// can only come with the token that was spent, is refused; and what `then` does is done.
fn refused_between(world: &World, then: impl FnOnce()) -> Outcome {
    let (gate, opened) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (here, there) = (Arc::clone(&gate), Arc::clone(&opened));
    let pause = Server::start(move |_| {
        here.wait();
        there.wait();
        Reply::json("{}")
    });
    let call = calls(&world.provider.server.url("/me"), 1);
    let script = format!(
        "try\n{{\n{call}}}\ncatch (e)\n{{\n    info \"not stored\";\n}}\nx = invokeurl [ url :\"{}\" type :GET ];\n{call}",
        pause.url("/")
    );
    world.place.write("twice.dg", script);
    world.expire();
    world
        .registry()
        .execute_batch(
            "CREATE TRIGGER no_room BEFORE UPDATE OF access_token ON credential BEGIN SELECT RAISE(FAIL, 'no room'); END",
        )
        .unwrap();
    let child = world.place.spawn(&["run", "twice.dg"]);
    gate.wait();
    world
        .registry()
        .execute_batch("DROP TRIGGER no_room")
        .unwrap();
    let other = world.place.run(&["run", "call.dg"]);
    other.fails(4, &["C0003", "its answer was lost or could not be stored"]);
    assert_eq!(world.stored().1, "needs_authorisation");
    then();
    opened.wait();
    outcome(child.wait_with_output().unwrap())
}

/// A service that does not end all for it.
fn lenient() -> World {
    World::new(Rules {
        reuse_revokes: false,
        ..Rules::default()
    })
}

#[test]
fn a_token_that_could_not_be_stored_is_used_though_another_process_was_refused_with_the_one_before()
{
    let world = lenient();
    let ran = refused_between(&world, || {});
    ran.ok().prints("not stored\n1\n");
    assert_eq!(world.stored().1, "authorised");
    world.is_sound();
    world.place.run(&["run", "call.dg"]).ok().prints("1\n");
}

#[test]
fn a_token_that_could_not_be_stored_undoes_nothing_that_a_person_did() {
    for (done, code) in [
        ("revoke", "C0003"),
        ("disable", "C0004"),
        ("remove", "C0001"),
    ] {
        let world = lenient();
        let yes: &[&str] = if done == "disable" { &[] } else { &["--yes"] };
        let ran = refused_between(&world, || {
            let command = [&["connection", done, "team"], yes].concat();
            world.place.run(&command);
        });
        let told = if ran.err.is_empty() {
            &ran.out
        } else {
            &ran.err
        };
        assert!(ran.exit != Some(0) && told.contains(code), "{done}: {told}");
        assert_eq!(ran.out, "not stored\n", "{done}");
    }
}

#[test]
fn fault_at_the_nth_write() {
    let world = World::new(Rules::default());
    let step = if is_long() { 1 } else { 16 };
    let mut blocks = 0;
    let mut failures = 0;
    loop {
        world.expire();
        let (before, asked) = (world.stored().0, world.provider.asked());
        // Blocks of 512 bytes; a write beyond them fails instead of ending the process.
        let script = format!("ulimit -f {blocks}; exec \"$0\" run call.dg");
        let mut command = Command::new("sh");
        world.place.settle(&mut command);
        let output = command
            .args(["-c", &script, env!("CARGO_BIN_EXE_freshet")])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        world.is_sound();
        if output.status.success() {
            assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n", "{told}");
            assert!(world.stored().0 > before);
            break;
        }
        failures += 1;
        assert_eq!(output.status.code(), Some(74), "{blocks} blocks: {told}");
        assert!(told.contains("[C00"), "{told}");
        // Old or new, never neither: with room again the connection works, or a person is asked
        // because the server spent the token whose successor could not be stored.
        let was_asked = world.provider.asked() > asked;
        let next = world.place.run(&["run", "call.dg"]);
        if next.exit == Some(0) || !was_asked {
            next.ok().prints("1\n");
        } else {
            next.fails(4, &["C0003"]);
            world.consent();
        }
        blocks += step;
        assert!(blocks < 4096, "it never passes");
    }
    println!("{failures} places where a write failed");
    assert!(failures > 0);
}
