//! Connecting with the consent of a person: real binary, real terminal, real authorisation page on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

#[path = "connect/browser.rs"]
mod browser;
#[path = "connect/console.rs"]
mod console;
#[path = "connect/device.rs"]
mod device;
#[path = "connect/listener.rs"]
mod listener;
#[path = "connect/paste.rs"]
mod paste;
#[path = "connect/redirect.rs"]
mod redirect;

use std::ffi::OsStr;
use std::net::TcpListener;
use std::process::Command;

use services::oauth2_provider::{OAuth2Provider, Rules};
use support::place::{Outcome, Place};
use support::terminal::Terminal;

/// A place with the service `shop`, its client, and the connection `team`, which nobody has authorised yet.
struct Shop {
    place: Place,
    provider: OAuth2Provider,
    /// The port of redirect URLs.
    port: u16,
}

impl Shop {
    fn new() -> Self {
        Self::with(|_| {}, "")
    }

    /// With other rules, and with further keys in the definition, `ISSUER` in them for the issuer.
    fn with(change: impl FnOnce(&mut Rules), more: &str) -> Self {
        Self::granting(&["authorization_code"], change, more)
    }

    fn granting(grants: &[&str], change: impl FnOnce(&mut Rules), more: &str) -> Self {
        let port = free_port();
        let mut rules = Rules {
            redirect_uri: format!("http://127.0.0.1:{port}/callback"),
            ..Rules::default()
        };
        change(&mut rules);
        let provider = OAuth2Provider::with(rules);
        let place = Place::new();
        let shop = Self {
            place,
            provider,
            port,
        };
        let more = more.replace("ISSUER", &shop.provider.issuer());
        let definition = shop.provider.definition("Shop", grants, &more);
        shop.place.write("shop.toml", definition);
        shop.run(&["service", "add", "shop", "--file", "shop.toml"])
            .ok();
        shop.place
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
        shop.add("team");
        shop
    }

    fn add(&self, link: &str) {
        let add = ["connection", "add", link, "--service", "shop"];
        self.run(&[&add[..], &["--scope", "read"]].concat()).ok();
    }

    /// The binary with its arguments, here. Nothing opens a browser of whoever runs the tests.
    fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = self.place.command(arguments);
        command
            .env("FRESHET_REDIRECT_PORT", self.port.to_string())
            .env("BROWSER", "false")
            .env_remove("SSH_CONNECTION");
        command
    }

    fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        support::place::feed(self.command(arguments), b"")
    }

    /// Connects on a terminal.
    fn connect(&self, more: &[&str]) -> Terminal {
        Terminal::run(self.command(&[&["connection", "connect", "team"], more].concat()))
    }

    /// The status of a connection and its reason.
    fn status(&self, link: &str) -> (String, Option<String>) {
        let shown = self
            .run(&["connection", "show", link, "--json"])
            .ok()
            .json();
        let text = |member: &str| shown["connection"][member].as_str().map(str::to_owned);
        (text("status").unwrap(), text("reason"))
    }

    #[track_caller]
    fn is_authorised(&self) {
        assert_eq!(self.status("team"), ("authorised".to_owned(), None));
    }

    #[track_caller]
    fn was_not_asked(&self) {
        assert_eq!(self.provider.asked(), 0, "a token was asked for");
    }
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}
