//! `sendmail` and its account, against a mail server on the loopback address.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/connecting.rs"]
mod connecting;
#[path = "services/mailin.rs"]
mod mailin;
#[path = "services/smtp.rs"]
mod smtp;
mod support;

#[path = "mail/account.rs"]
mod account;
#[path = "mail/batches.rs"]
mod batches;
#[path = "mail/modes.rs"]
mod modes;
#[path = "mail/sending.rs"]
mod sending;

use mailin::Mailin;
use mailin_embedded::AuthMechanism;
use smtp::{MailServer, PASSWORD, Rules};
use support::place::{Outcome, Place, feed};

/// A place and a mail server.
struct World<S = MailServer> {
    place: Place,
    server: S,
    port: u16,
}

impl World {
    /// The account is not made yet.
    fn new(rules: Rules) -> Self {
        let place = Place::new();
        let server = MailServer::start(rules);
        place.write("ca.pem", server.certificate());
        let port = server.port();
        Self {
            place,
            server,
            port,
        }
    }

    /// With an account that works.
    fn connected(rules: Rules) -> Self {
        let security = match (rules.tls, rules.starttls) {
            (true, _) => "tls",
            (false, true) => "starttls",
            (false, false) => "none",
        };
        let world = Self::new(rules);
        world.add(&[&format!("security={security}")], PASSWORD).ok();
        world
    }
}

impl World<Mailin> {
    /// With an account at the server that others wrote.
    fn of_others(login: Option<AuthMechanism>) -> Self {
        let place = Place::new();
        let (security, password) = match login {
            Some(_) => ("security=starttls", PASSWORD),
            None => ("security=none", ""),
        };
        let server = Mailin::start(&place, login);
        let port = server.port();
        let world = Self {
            place,
            server,
            port,
        };
        let aliases = "aliases=desk@example.com, info@example.com";
        world.add(&[security, aliases], password).ok();
        world
    }
}

impl<S> World<S> {
    /// Another server takes the place of the first, unverified; `more` is changed along.
    fn move_to(&self, port: u16, more: &[&str]) {
        let port = format!("port={port}");
        let edit = ["connection", "edit", "smtp", "--yes", "--set", &port];
        self.command(&[&edit[..], more].concat(), "").ok();
        let connect = [
            "connection",
            "connect",
            "smtp",
            "--no-verify",
            "--secret-stdin",
        ];
        self.command(&connect, PASSWORD).ok();
    }

    /// Makes and connects the account `smtp`.
    fn add(&self, set: &[&str], password: &str) -> Outcome {
        let port = format!("port={}", self.port);
        let usual = ["host=localhost", port.as_str(), "from=me@example.com"];
        let mut arguments = vec!["connection", "add", "smtp", "--service", "smtp"];
        let field = |value: &str| value.split_once('=').map(|(name, _)| name.to_owned());
        let given: Vec<_> = set.iter().map(|value| field(value)).collect();
        let left = usual.iter().filter(|value| !given.contains(&field(value)));
        for value in left.chain(set) {
            arguments.extend(["--set", value]);
        }
        arguments.extend(["--connect", "--secret-stdin"]);
        self.command(&arguments, password)
    }

    /// Runs a command that trusts the server.
    fn command(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut command = self.place.command(arguments);
        command.env("FRESHET_CA_FILE", self.place.path("ca.pem"));
        feed(command, input.as_bytes())
    }

    /// Runs a script with options.
    fn run_with(&self, options: &[&str], script: &str) -> Outcome {
        self.command(&[&["run", "-"][..], options].concat(), script)
    }

    /// Runs a script.
    fn run(&self, script: &str) -> Outcome {
        self.run_with(&[], script)
    }
}

/// A mail from `from`.
fn mail_from(from: &str) -> String {
    format!("sendmail [ from :\"{from}\" to :\"ann@example.com\" subject :\"S\" message :\"M\" ];")
}
