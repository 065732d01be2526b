//! The consent of a person on another device: a code is shown, and waited for until it is confirmed there.

use std::collections::BTreeMap;
use std::time::Duration;

use freshet_connections::{ConnectionView, StartOptions, Verification, in_words};
use freshet_runtime::engine::Engine;
use secrecy::SecretString;

use super::consent::{Manner, cancelled};
use crate::commands::wait;
use crate::exit::Failure;
use crate::output::{self, visible};
use crate::signal;

/// Asks a person to confirm a code, and waits. `secrets` and `opening` as for the browser.
pub fn ask(
    engine: &Engine,
    view: &ConnectionView,
    manner: &Manner,
    secrets: BTreeMap<String, SecretString>,
    opening: &str,
) -> Result<Verification, Failure> {
    let connections = engine.connections();
    let link = &view.link_name;
    let options = StartOptions {
        secrets,
        no_verify: !manner.verify,
        ..StartOptions::default()
    };
    let started = wait(engine, connections.start_device(link, &options))??;
    let time: Duration = manner.timeout.min(started.valid_for);
    let flag = signal::cancel_flag();
    // Service and scopes by name: a code that was begun by somebody else would ask for something else.
    let scopes = if started.scopes.is_empty() {
        String::new()
    } else {
        format!(", for {}", started.scopes.join(", "))
    };
    output::say(&format!(
        "{opening}Open this address on any device to authorise {link} at {}{scopes} ({} left):\n  {}\nand enter this code:\n  {}",
        visible(&view.service_name),
        in_words(time),
        visible(&started.address),
        visible(&started.code),
    ));
    if let Some(complete) = &started.complete {
        output::say(&format!("With the code in it: {}", visible(complete)));
    }
    output::say("Waiting until it is confirmed there.");
    let finishing = connections.finish_device(started.attempt, time);
    let finished = engine
        .wait_unless(finishing, &flag)
        .map_err(|cause| Failure::internal(format!("no threads for the network: {cause}")))?;
    match finished {
        Some(finished) => Ok(finished?.connected),
        None => {
            connections.cancel_authorization(started.attempt)?;
            output::say("");
            Err(cancelled())
        }
    }
}
