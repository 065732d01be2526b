//! Clocks that are wrong by a day (reliability, 2): a token is renewed as often as it must be, and
//! no more. And how long a service in trouble is left alone (connections, 6.5).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::server::{Server, json, reply};
use common::{NOON, World, get, settings, text, wait};
use freshet_connections::{Clock, Connections, Settings, Via};

const DAY: i64 = 24 * 3600;

/// A service whose clock stands at noon. It names when its tokens end as `member` says, and takes
/// the newest token only.
struct Service {
    server: Server,
    asked: Arc<AtomicUsize>,
}

impl Service {
    fn naming(member: &'static str) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let server = Server::replying(move |seen, _| {
            if seen.target.starts_with("/token") {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                let body = format!(r#"{{"access_token":"T{number}",{member}}}"#);
                let date = ("Date", "Tue, 24 Nov 2026 12:00:00 GMT");
                reply(200, &[("Content-Type", "application/json"), date], &body)
            } else {
                let good = format!("Bearer T{}", count.load(Ordering::SeqCst));
                let status = if seen.header("authorization") == Some(&good) {
                    200
                } else {
                    401
                };
                json(status, "{}")
            }
        });
        Service { server, asked }
    }

    fn world(&self) -> World {
        let world = World::new();
        let token_url = self.server.url("/token");
        let host = &self.server.address;
        world.service(
            "looper",
            &format!(
                "name = \"Looper\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\n\
                 token_url = \"{token_url}\"\nhosts = [\"{host}\"]\n"
            ),
        );
        world.client("looper", "my-client", Some("secret"));
        world.connection("loop", "looper", &[]);
        world
    }

    /// One call: its status, and how many tokens were asked for meanwhile.
    fn call(&self, world: &World) -> (u16, usize) {
        let before = self.asked.load(Ordering::SeqCst);
        let call = get(&self.server.url("/api")).with_connection("loop");
        let reply = wait(world.connections.send(call)).unwrap();
        assert_eq!(text(&reply.response), "{}");
        let asked = self.asked.load(Ordering::SeqCst) - before;
        (reply.response.status().as_u16(), asked)
    }
}

#[test]
fn a_clock_that_jumps_by_a_day_costs_one_renewal() {
    for jump in [DAY, -DAY] {
        let service = Service::naming(r#""expires_in":3600"#);
        let world = service.world();
        world.connect("loop", &[]).unwrap();
        assert_eq!(service.call(&world), (200, 0));
        world.clock.forward(jump);
        let (status, asked) = service.call(&world);
        assert_eq!(status, 200);
        assert!(asked <= 1, "{asked} requests after a jump of {jump} s");
        assert_eq!(service.call(&world), (200, 0));
        // Back again: what was issued meanwhile seems to end far away, or is long over.
        world.clock.forward(-jump);
        let (status, asked) = service.call(&world);
        assert_eq!(status, 200);
        assert!(asked <= 2, "{asked} requests after the clock was set right");
        assert_eq!(service.call(&world), (200, 0));
    }
}

#[test]
fn an_end_named_as_a_point_in_time_is_read_by_the_clock_of_the_service() {
    let end = (NOON / 1000) + 3600;
    let member: &'static str = Box::leak(format!(r#""expires_at":{end}"#).into_boxed_str());
    for wrong in [DAY, -DAY, 0] {
        let service = Service::naming(member);
        let world = service.world();
        world.clock.forward(wrong);
        world.connect("loop", &[]).unwrap();
        for _ in 0..3 {
            assert_eq!(service.call(&world), (200, 0), "{wrong}");
        }
        // After half an hour it still lives, after an hour it is renewed once.
        world.clock.forward(1800);
        assert_eq!(service.call(&world), (200, 0), "{wrong}");
        world.clock.forward(1800);
        assert_eq!(service.call(&world), (200, 1), "{wrong}");
        assert_eq!(service.call(&world), (200, 0), "{wrong}");
    }
}

/// A service whose token endpoint gives a token at first and then answers 503 twice: with a call after that token is
/// over, the code of the error if there is one, and the times between the requests for another token.
fn renewed_in_trouble(
    pauses: [Duration; 2],
    retry_after: Option<&'static str>,
) -> (Option<&'static str>, Vec<Duration>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let server = Server::replying(move |seen, _| {
        if !seen.target.starts_with("/token") {
            return json(200, "{}");
        }
        let mut noted = noted.lock().unwrap();
        noted.push(Instant::now());
        match noted.len() {
            2 | 3 => {
                let wait = retry_after.map(|wait| ("Retry-After", wait));
                reply(503, wait.as_slice(), "")
            }
            _ => json(200, r#"{"access_token":"T","expires_in":3600}"#),
        }
    });
    let service = Service {
        server,
        asked: Arc::default(),
    };
    let world = service.world();
    world.connect("loop", &[]).unwrap();
    world.clock.forward(2 * 3600);
    let patient = Settings {
        renewal_pauses: pauses.to_vec(),
        ..settings(&world.folder)
    };
    let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
    let connections = Connections::with_clock(patient, clock);
    let call = get(&service.server.url("/api")).with_connection("loop");
    let failed = wait(connections.send(call)).err();
    let asked = asked.lock().unwrap();
    let gaps = asked[1..].windows(2).map(|pair| pair[1] - pair[0]);
    (failed.map(|error| error.code()), gaps.collect())
}

#[test]
fn a_service_in_trouble_is_asked_again_after_1_s_and_3_s_or_when_it_says() {
    let usual = Settings::from_environment(Via::Run).unwrap().renewal_pauses;
    assert_eq!(usual, [Duration::from_secs(1), Duration::from_secs(3)]);
    // The same at another pace.
    let pauses = [60, 180].map(Duration::from_millis);
    let (failed, gaps) = renewed_in_trouble(pauses, None);
    assert_eq!(failed, None);
    assert!(
        gaps.len() == 2 && gaps[0] >= pauses[0] && gaps[1] >= pauses[1],
        "{gaps:?}"
    );
    // It says how long to wait: that counts, but for more than ten seconds nobody waits.
    let (failed, gaps) = renewed_in_trouble([Duration::ZERO; 2], Some("1"));
    assert_eq!(failed, None);
    let second = Duration::from_secs(1);
    assert!(
        gaps.len() == 2 && gaps.iter().all(|gap| *gap >= second),
        "{gaps:?}"
    );
    assert_eq!(
        renewed_in_trouble(pauses, Some("11")),
        (Some("C0010"), vec![])
    );
}
