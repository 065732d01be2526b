//! OAuth 2.0 as people use it: every grant and every client authentication, discovery, lookups, quirks and
//! revocation, through the binary and against a provider that is strict.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

#[path = "grants/clients.rs"]
mod clients;
#[path = "grants/discovery.rs"]
mod discovery;
#[path = "grants/first_tokens.rs"]
mod first_tokens;
#[path = "grants/lookups.rs"]
mod lookups;
#[path = "grants/quirks.rs"]
mod quirks;
#[path = "grants/revocation.rs"]
mod revocation;

use services::OAuth2Provider;
use support::place::{Outcome, Place};

/// What these tests do again and again.
impl Place {
    /// Adds a custom service from its definition.
    #[track_caller]
    fn add_service(&self, link: &str, definition: &str) {
        let file = format!("{link}.toml");
        self.write(&file, definition);
        self.run(&["service", "add", link, "--file", &file]).ok();
    }

    /// Stores the client of a service with one secret: its own, or its key.
    #[track_caller]
    fn add_client(&self, service: &str, id: &str, secret: &str) {
        let arguments = ["service", "client", service, "--client-id", id];
        self.run_with_input(&[&arguments[..], &["--secret-stdin"]].concat(), secret)
            .ok();
    }

    /// Makes a connection; `more` are further options.
    fn add(&self, link: &str, service: &str, more: &[&str]) -> Outcome {
        let arguments = ["connection", "add", link, "--service", service];
        self.run(&[&arguments[..], more].concat())
    }

    /// Authorises a connection by code: begun by one process, consented to at the provider, finished by another.
    fn authorise(&self, link: &str, provider: &OAuth2Provider) -> Outcome {
        let answer = provider.consent(&self.start(link));
        self.finish(link, &answer)
    }

    /// Begins an authorisation: the address for the browser.
    #[track_caller]
    fn start(&self, link: &str) -> String {
        let begun = self.run(&["connection", "connect", link, "--start"]).ok();
        begun.out.trim().to_owned()
    }

    /// Finishes an authorisation with the address that the browser ended at.
    fn finish(&self, link: &str, answer: &str) -> Outcome {
        let arguments = ["connection", "connect", link, "--finish", "-"];
        self.run_with_input(&arguments, answer)
    }

    /// Runs a script that gets an address over a connection and prints the status of the reply.
    fn call(&self, link: &str, url: &str) -> Outcome {
        self.script(&format!(
            "reply = invokeurl\n[\n    url: \"{url}\"\n    type: GET\n    connection: \"{link}\"\n    detailed: true\n];\ninfo reply.get(\"responseCode\");\n"
        ))
    }

    /// A connection as JSON.
    #[track_caller]
    fn shown(&self, link: &str) -> serde_json::Value {
        let shown = self.run(&["connection", "show", link, "--json"]).ok();
        shown.json()["connection"].clone()
    }

    /// Its state and the reason for it.
    #[track_caller]
    fn status(&self, link: &str) -> String {
        let shown = self.shown(link);
        let status = shown["status"].as_str().unwrap();
        match shown["reason"].as_str() {
            Some(reason) => format!("{status} ({reason})"),
            None => status.to_owned(),
        }
    }
}
