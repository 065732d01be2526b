//! What tests of connections do again and again.

#![allow(dead_code, reason = "each test file uses its part")]

use crate::support::place::{Outcome, Place, feed};

impl Place {
    /// Adds a custom service from its definition.
    #[track_caller]
    pub fn add_service(&self, link: &str, definition: &str) {
        self.write(&format!("{link}.toml"), definition);
        self.run(&["service", "add", link, "--file", &format!("{link}.toml")])
            .ok();
    }

    /// Makes it two hours later for the tokens of the registry.
    pub fn expire_tokens(&self) {
        let db = rusqlite::Connection::open(self.data("registry.db")).unwrap();
        db.execute(
            "UPDATE credential SET issued_at = issued_at - 7200000, expires_at = expires_at - 7200000",
            [],
        )
        .unwrap();
    }

    /// Stores the client of a service.
    #[track_caller]
    pub fn add_client(&self, service: &str, id: &str, secret: &str) {
        self.run_with_input(
            &[
                "service",
                "client",
                service,
                "--client-id",
                id,
                "--secret-stdin",
                "--yes",
            ],
            secret,
        )
        .ok();
    }

    /// Adds the service `shop` with the client that the test providers know.
    #[track_caller]
    pub fn add_shop(&self, definition: &str) {
        self.add_service("shop", definition);
        self.add_client("shop", "freshet-client", "freshet-secret");
    }

    /// Makes a connection that is not connected.
    #[track_caller]
    pub fn add(&self, link: &str, service: &str) {
        self.run(&["connection", "add", link, "--service", service])
            .ok();
    }

    /// Makes a connection and connects it; the secret comes from standard input.
    pub fn connect(&self, link: &str, service: &str, secret: &str) -> Outcome {
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

    /// Makes a connection that needs no secret of its own, and connects it.
    #[track_caller]
    pub fn join(&self, link: &str, service: &str) {
        let add = ["connection", "add", link, "--service", service];
        self.run(&[&add[..], &["--connect"]].concat()).ok();
    }

    /// Runs a command as another owner of credentials, with a text on standard input.
    pub fn run_as(&self, owner: &str, arguments: &[&str], input: &str) -> Outcome {
        let mut command = self.command(arguments);
        command.env("FRESHET_OWNER", owner);
        feed(command, input.as_bytes())
    }

    /// Runs a script that gets an address over a connection and prints its status.
    pub fn call(&self, link: &str, url: &str) -> Outcome {
        self.script(&calling(link, url))
    }

    /// The state of a connection, as people see it.
    #[track_caller]
    pub fn status(&self, link: &str) -> String {
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
pub fn calling(link: &str, url: &str) -> String {
    format!(
        "reply = invokeurl\n[\n    url: \"{url}\"\n    type: GET\n    connection: \"{link}\"\n    detailed: true\n];\ninfo reply.get(\"responseCode\");\n"
    )
}
