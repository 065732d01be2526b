//! What connections promise about secrets (connections, 10): each promise and each threat of the table, by a test of
//! its name. Threats to the console are tested with the console.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/connecting.rs"]
mod connecting;
mod services;
mod support;

#[path = "security/promises.rs"]
mod promises;
#[path = "security/threats.rs"]
mod threats;
#[path = "security/tls.rs"]
mod tls;

use services::OAuth2Provider;
use services::oauth2_provider::Rules;
use support::place::{Outcome, Place};

/// A provider, and a place with the connection `team` to it.
struct World {
    place: Place,
    provider: OAuth2Provider,
}

impl World {
    /// With further keys of the service. Not authorised yet.
    fn new(rules: Rules, more: &str) -> Self {
        let provider = OAuth2Provider::with(rules);
        let place = Place::new();
        let definition = provider.definition("Shop", &["authorization_code"], more);
        place.add_service("shop", &definition);
        place.add_client("shop", "freshet-client", "freshet-secret");
        place.add("team", "shop");
        World { place, provider }
    }

    fn authorised(rules: Rules, more: &str) -> Self {
        let world = Self::new(rules, more);
        let answer = world.provider.consent(&world.start());
        world.finish(&answer).ok();
        world
    }

    /// The address at which to consent.
    fn start(&self) -> String {
        let begun = self
            .place
            .run(&["connection", "connect", "team", "--start"])
            .ok();
        begun.out.trim().to_owned()
    }

    fn finish(&self, answer: &str) -> Outcome {
        self.place
            .run_with_input(&["connection", "connect", "team", "--finish", "-"], answer)
    }

    /// Makes the stored token one that must be renewed before its next use.
    fn age(&self) {
        let db = rusqlite::Connection::open(self.place.data("registry.db")).unwrap();
        db.execute(
            "UPDATE credential SET issued_at = issued_at - 7200000, expires_at = expires_at - 7200000",
            [],
        )
        .unwrap();
    }
}
