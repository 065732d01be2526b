//! Renewal by refresh tokens that a strict server spends at their first use (reliability, 2): killed
//! at any moment, cut off at any write, under load. `FRESHET_LONG_TESTS=1` takes the numbers of the
//! document, else a part of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "renewal/cut_off.rs"]
mod cut_off;
#[path = "renewal/load.rs"]
mod load;
mod services;
mod support;

use rusqlite::Connection;
use services::OAuth2Provider;
use services::oauth2_provider::Rules;
use support::place::Place;

/// Whether the tests run at full length.
fn is_long() -> bool {
    std::env::var_os("FRESHET_LONG_TESTS").is_some()
}

/// A place with the connection `team`, authorised by consent at a server that rotates.
struct World {
    place: Place,
    provider: OAuth2Provider,
}

impl World {
    fn new(rules: Rules) -> Self {
        let provider = OAuth2Provider::with(rules);
        let place = Place::new();
        place.write(
            "shop.toml",
            provider.definition("Shop", &["authorization_code"], ""),
        );
        place
            .run(&["service", "add", "shop", "--file", "shop.toml"])
            .ok();
        place
            .run_with_input(
                &[
                    "service",
                    "client",
                    "shop",
                    "--client-id",
                    "freshet-client",
                    "--secret-stdin",
                ],
                "freshet-secret",
            )
            .ok();
        place
            .run(&["connection", "add", "team", "--service", "shop"])
            .ok();
        let url = provider.server.url("/me");
        place.write("call.dg", calls(&url, 1));
        let world = World { place, provider };
        world.consent();
        world
    }

    /// A person consents.
    #[track_caller]
    fn consent(&self) {
        let begun = self
            .place
            .run(&["connection", "connect", "team", "--start"])
            .ok();
        let answer = self.provider.consent(begun.out.trim());
        self.place
            .run_with_input(&["connection", "connect", "team", "--finish", "-"], answer)
            .ok();
    }

    fn registry(&self) -> Connection {
        Connection::open(self.place.data("registry.db")).unwrap()
    }

    /// Makes it two hours later for the stored token, and the token useless at the service.
    fn expire(&self) {
        self.provider.expire_access();
        self.registry()
            .execute(
                "UPDATE credential SET issued_at = issued_at - 7200000, expires_at = expires_at - 7200000",
                [],
            )
            .unwrap();
    }

    /// How often the stored token was renewed, and the stored state.
    fn stored(&self) -> (i64, String) {
        self.registry()
            .query_row("SELECT gen, status FROM credential", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap()
    }

    /// The file is whole, and holds no token in the open.
    #[track_caller]
    fn is_sound(&self) {
        let intact: String = self
            .registry()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(intact, "ok");
        for name in ["registry.db", "registry.db-wal"] {
            let bytes = std::fs::read(self.place.data(name)).unwrap_or_default();
            for token in ["tok-access-", "tok-refresh-"] {
                assert!(
                    !bytes
                        .windows(token.len())
                        .any(|part| part == token.as_bytes()),
                    "{token} stands in {name}"
                );
            }
        }
    }
}

/// A script that gets an address so many times and prints how many answers were 200.
fn calls(url: &str, count: usize) -> String {
    format!(
        "good = 0;\ntimes = 0;\nwhile (times < {count})\n{{\n    reply = invokeurl\n    [\n        url: \"{url}\"\n        type: GET\n        connection: \"team\"\n        detailed: true\n    ];\n    if (reply.get(\"responseCode\") == 200)\n    {{\n        good = good + 1;\n    }}\n    times = times + 1;\n}}\ninfo good;\n"
    )
}
