//! Batches as their users see them: what is planned, what runs, what is kept, and what is told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "support/connecting.rs"]
mod connecting;
#[path = "repl/screen.rs"]
mod screen;

#[path = "batch/again.rs"]
mod again;
#[path = "batch/ends.rs"]
mod ends;
#[path = "batch/figures.rs"]
mod figures;
#[path = "batch/keys.rs"]
mod keys;
#[path = "batch/mistakes.rs"]
mod mistakes;
#[path = "batch/plans.rs"]
mod plans;
#[path = "batch/progress.rs"]
mod progress;
#[path = "batch/rates.rs"]
mod rates;
#[path = "batch/reports.rs"]
mod reports;
#[path = "batch/retries.rs"]
mod retries;
#[path = "batch/store.rs"]
mod store;
#[path = "batch/workers.rs"]
mod workers;

use std::time::{Duration, Instant};

use serde_json::Value;
use support::place::Place;
use support::server::Server;

/// The newest batch of a place as `batch show --json` tells it.
fn shown(place: &Place) -> Value {
    place.run(&["batch", "show", "last", "--json"]).ok().json()
}

/// The states of the jobs of the newest batch, in their order.
fn states(place: &Place) -> Vec<String> {
    let batch = shown(place);
    let jobs = batch["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["state"].as_str().unwrap().to_owned())
        .collect()
}

/// Goes on with a batch that was killed. One that was killed before it was stored is started anew.
fn go_on(place: &Place, run: &[&str]) {
    let resumed = place.run(&["batch", "resume", "last", "--quiet"]);
    if resumed.exit == Some(2) {
        resumed.fails(2, &["there are no batches"]);
        place.run(run).ok();
    } else {
        resumed.ok();
    }
}

/// A place with the connection `shop` to a service whose definition has one more line.
fn furnished(server: &Server, line: &str) -> Place {
    let place = Place::new();
    place.write_secret("key", "of no value\n");
    place.write(
        "shop.toml",
        format!(
            "name = \"Shop\"\nscheme = \"api_key\"\nparam_name = \"X-Api-Key\"\nhosts = [\"{0}\"]\n\
             base_url = \"http://{0}/\"\nverify = \"GET http://{0}/me\"\n{line}\n",
            server.host()
        ),
    );
    place
        .run(&["service", "add", "shop", "--file", "shop.toml"])
        .ok();
    place
        .run(&["connection", "add", "shop", "--service", "shop"])
        .ok();
    place
        .run(&[
            "connection",
            "connect",
            "shop",
            "--no-verify",
            "--secret-file",
            "api_key=key",
        ])
        .ok();
    place
}

/// Waits until something is so.
#[track_caller]
fn until(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it never came");
        std::thread::yield_now();
    }
}

/// Rows of CSV with the numbers from 1 on.
fn numbered(count: usize) -> String {
    let rows: String = (1..=count).map(|id| format!("{id}\n")).collect();
    format!("id\n{rows}")
}

/// Whether the long forms of tests are asked for.
fn long() -> bool {
    std::env::var_os("FRESHET_LONG_TESTS").is_some()
}
