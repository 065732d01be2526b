//! Many processes, a token that lives a second, and a server that spends refresh tokens.

use std::process::Stdio;

use crate::services::oauth2_provider::Rules;
use crate::{World, calls, is_long};

#[test]
fn rotation_under_load() {
    let (processes, count) = if is_long() { (8, 200) } else { (4, 40) };
    let world = World::new(Rules {
        lifetime: Some(1),
        ..Rules::default()
    });
    let url = world.provider.server.url("/me");
    world.place.write("many.dg", calls(&url, count));
    let children: Vec<_> = (0..processes)
        .map(|_| {
            world
                .place
                .command(&["run", "many.dg"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("{count}\n"),
            "{told}"
        );
    }
    let faults = world.provider.faults();
    let refused = faults
        .iter()
        .filter(|fault| format!("{fault:?}").contains("invalid_grant"))
        .count();
    println!(
        "{processes} processes with {count} calls: {} token requests",
        world.provider.asked()
    );
    assert_eq!(refused, 0, "{faults:?}");
    world.is_sound();
}
