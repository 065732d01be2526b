//! Whole flows through the binary: commands, a person's consent, what arrives at a provider, a script that uses it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

#[path = "flows/clients.rs"]
mod clients;
#[path = "support/connecting.rs"]
mod connecting;
#[path = "flows/faults.rs"]
mod faults;
#[path = "flows/foreign.rs"]
mod foreign;
#[path = "flows/life.rs"]
mod life;
#[path = "flows/renewal.rs"]
mod renewal;
#[path = "flows/replies.rs"]
mod replies;

use serde_json::Value;

use services::OAuth2Provider;
use services::oauth2_provider::{ClientAuth, Rules};
use support::place::{Outcome, Place};

/// A provider, and a place with the service `shop` that stands for it and its client.
struct World {
    place: Place,
    provider: OAuth2Provider,
}

impl World {
    /// With these rules and further keys of the service.
    fn new(rules: Rules, grants: &[&str], more: &str) -> Self {
        let world = Self {
            place: Place::new(),
            provider: OAuth2Provider::with(rules),
        };
        world.add_service("shop", &world.provider.definition("Shop", grants, more));
        world
    }

    /// A service that stands for the provider, with its client.
    fn add_service(&self, link: &str, definition: &str) {
        self.place.add_service(link, definition);
        let rules = self.provider.rules();
        if rules.client_auth == ClientAuth::None {
            let id = ["--client-id", &rules.client_id];
            self.place
                .run(&[&["service", "client", link][..], &id].concat())
                .ok();
        } else {
            self.place
                .add_client(link, &rules.client_id, &rules.client_secret);
        }
    }

    /// Makes a connection and has it authorised by a person.
    fn authorise(&self, link: &str, service: &str) {
        self.place.add(link, service);
        self.consent(link).ok();
    }

    /// A person consents to a connection that is there.
    fn consent(&self, link: &str) -> Outcome {
        let answer = self.provider.consent(&start(&self.place, link));
        finish(&self.place, link, &answer)
    }

    /// Runs a script that asks the API who is calling: the status it saw.
    fn call(&self, link: &str) -> Outcome {
        self.place.call(link, &self.provider.server.url("/me"))
    }

    /// What `show` tells of a connection.
    fn show(&self, link: &str) -> Value {
        let shown = self.place.run(&["connection", "show", link, "--json"]);
        shown.ok().json()["connection"].clone()
    }

    /// Makes the token of every connection one of `lifetime` seconds with `left` seconds to live.
    fn age(&self, lifetime: i64, left: i64) {
        let db = rusqlite::Connection::open(self.place.data("registry.db")).unwrap();
        let ends = jiff::Timestamp::now().as_millisecond() + left * 1000;
        let changed = db.execute(
            "UPDATE credential SET expires_at = ?1, issued_at = ?1 - ?2",
            [ends, lifetime * 1000],
        );
        assert_eq!(changed.unwrap(), 1);
    }
}

/// Begins an authorisation: the address at which a person consents.
#[track_caller]
fn start(place: &Place, link: &str) -> String {
    let started = place.run(&["connection", "connect", link, "--start"]).ok();
    started.out.trim().to_owned()
}

/// Finishes an authorisation with the address the browser ended at.
fn finish(place: &Place, link: &str, answer: &str) -> Outcome {
    place.run_with_input(&["connection", "connect", link, "--finish", "-"], answer)
}
