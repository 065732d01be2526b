//! Connections through the binary: real registry, real service on loopback, real processes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

#[path = "connections/commands.rs"]
mod commands;
#[path = "connections/consent.rs"]
mod consent;
#[path = "connections/contract.rs"]
mod contract;
#[path = "connections/definitions.rs"]
mod definitions;
#[path = "connections/failures.rs"]
mod failures;
#[path = "connections/leaks.rs"]
mod leaks;
#[path = "connections/registry.rs"]
mod registry;
#[path = "connections/renewal.rs"]
mod renewal;
#[path = "connections/secrets.rs"]
mod secrets;
#[path = "connections/transfer.rs"]
mod transfer;
#[path = "connections/use_only.rs"]
mod use_only;

use support::place::{Outcome, Place};

/// What tests of connections do again and again.
impl Place {
    /// Adds a custom service from its definition.
    #[track_caller]
    fn add_service(&self, link: &str, definition: &str) {
        self.write(&format!("{link}.toml"), definition);
        self.run(&["service", "add", link, "--file", &format!("{link}.toml")])
            .ok();
    }

    /// Stores the client of a service.
    #[track_caller]
    fn add_client(&self, service: &str, id: &str, secret: &str) {
        self.run_with_input(
            &[
                "service",
                "client",
                service,
                "--client-id",
                id,
                "--secret-stdin",
            ],
            secret,
        )
        .ok();
    }

    /// Makes a connection and connects it; the secret comes from standard input.
    fn connect(&self, link: &str, service: &str, secret: &str) -> Outcome {
        self.run_with_input(
            &[
                "connection",
                "add",
                link,
                "--service",
                service,
                "--connect",
                "--secret-stdin",
            ],
            secret,
        )
    }

    /// Runs a script that gets an address over a connection and prints its status.
    fn call(&self, link: &str, url: &str) -> Outcome {
        self.script(&calling(link, url))
    }

    /// The state of a connection, as people see it.
    #[track_caller]
    fn status(&self, link: &str) -> String {
        let document = self
            .run(&["connection", "show", link, "--json"])
            .ok()
            .json();
        document["connection"]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// A script that gets an address over a connection and prints the status of the reply, nothing of its content.
fn calling(link: &str, url: &str) -> String {
    format!(
        "reply = invokeurl\n[\n    url: \"{url}\"\n    type: GET\n    connection: \"{link}\"\n    detailed: true\n];\ninfo reply.get(\"responseCode\");\n"
    )
}
