//! Integration tasks (Built-ins II, 10): each row of the table against a service that plays Zoho behind its real
//! addresses, and what a script sees of its replies.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/connecting.rs"]
mod connecting;
mod support;

#[path = "integrations/arguments.rs"]
mod arguments;
#[path = "integrations/examples.rs"]
mod examples;
#[path = "integrations/replies.rs"]
mod replies;
#[path = "integrations/rows.rs"]
mod rows;
#[path = "integrations/zoho.rs"]
mod zoho;

use support::place::{Outcome, Place, feed};
use support::secure::SecureHosts;
use support::server::{Reply, Request};

/// The hosts that are played.
const HOSTS: &[&str] = &[
    "www.zohoapis.com",
    "www.zohoapis.eu",
    "desk.zoho.com",
    "recruit.zoho.com",
    "api.example.com",
];

/// What every request must carry.
const KEY: &str = "k3y-of-the-test";

/// A place with a connection for each service, and Zoho.
struct World {
    place: Place,
    zoho: SecureHosts,
}

impl World {
    fn new(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let place = Place::new();
        let zoho = SecureHosts::start(HOSTS, handler);
        place.write("ca.pem", zoho.certificate());
        let hosts: Vec<String> = HOSTS.iter().map(|host| format!("\"{host}\"")).collect();
        let definition = format!(
            "name = \"Zoho of the test\"\nscheme = \"api_key\"\nhosts = [{}]\nparam_prefix = \"Zoho-oauthtoken \"\n",
            hosts.join(", ")
        );
        place.add_service("zoho_test", &definition);
        for service in [
            "crm",
            "books",
            "inventory",
            "desk",
            "recruit",
            "creator",
            "shop",
        ] {
            place
                .connect(&format!("{service}_link"), "zoho_test", KEY)
                .ok();
        }
        Self { place, zoho }
    }

    /// Runs a script.
    fn run(&self, script: &str) -> Outcome {
        self.run_with(&[], script)
    }

    /// Runs a script with options.
    fn run_with(&self, options: &[&str], script: &str) -> Outcome {
        let ca = self.place.path("ca.pem");
        let ca = ca.to_str().unwrap();
        let arguments = [&["run", "-", "--ca-file", ca][..], options].concat();
        let mut command = self.place.command(&arguments);
        self.zoho.settle(&mut command);
        feed(command, script.as_bytes())
    }

    /// The requests since the last look, as `METHOD HOST TARGET`, and the body behind it where there is one.
    #[track_caller]
    fn sent(&self) -> Vec<String> {
        let requests = self.zoho.take_requests();
        requests
            .iter()
            .map(|request| {
                assert_eq!(
                    request.header("authorization"),
                    Some(format!("Zoho-oauthtoken {KEY}").as_str()),
                    "{request:?}"
                );
                let host = request.header("host").unwrap();
                let mut line = format!("{} {host} {}", request.method, request.target);
                if let Some(organisation) = request.header("orgid") {
                    line.push_str(&format!(" orgId={organisation}"));
                }
                if !request.body.is_empty() {
                    let kind = request.header("content-type").unwrap_or_default();
                    if kind == "application/json" {
                        line.push_str(&format!(" {}", request.text()));
                    } else {
                        line.push_str(&format!(" {kind}\n{}", request.text()));
                    }
                }
                line
            })
            .collect()
    }
}
