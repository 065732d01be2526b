//! Idempotency keys: what a service can recognise is done once, whatever happens to the batch.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::place::{Place, words};
use crate::support::server::{Reply, Request, Server};
use crate::{go_on, long, numbered, states};

/// A place with the connection `shop` to a service that takes keys in `X-Once`.
fn furnished(server: &Server) -> Place {
    crate::furnished(server, "idempotency_header = \"X-Once\"")
}

fn post(server: &Server) -> String {
    format!(
        "x = invokeurl [ url :\"{}\" type :POST parameters :{{\"id\": id}} connection :\"shop\" ];\n\
         y = invokeurl [ url :\"{}\" type :PATCH parameters :{{\"id\": id}} connection :\"shop\" ];\nreturn id;\n",
        server.url("/first"),
        server.url("/second")
    )
}

fn key_of(request: &Request) -> String {
    request.header("x-once").unwrap_or("none").to_owned()
}

#[test]
fn a_call_has_the_same_key_on_every_attempt_and_no_other_call_has_it() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 | 2 => Reply::new(503, "", ""),
        1 => Reply::Reset(Vec::new()),
        _ => Reply::json("1"),
    });
    let place = furnished(&server);
    place.write("post.dg", post(&server));
    place.write("rows.csv", numbered(1));
    // A reset is no reason for doubt where the service knows what it has seen.
    place
        .run(&[
            "batch",
            "run",
            "post.dg",
            "--jobs",
            "rows.csv",
            "--retries",
            "5",
        ])
        .ok();
    assert_eq!(states(&place), ["succeeded"]);
    let mut keys: HashMap<String, Vec<String>> = HashMap::new();
    for request in server.requests() {
        keys.entry(request.path().to_owned())
            .or_default()
            .push(key_of(&request));
    }
    let (first, second) = (&keys["/first"], &keys["/second"]);
    assert!(
        first.len() >= 2 && first.iter().all(|key| *key == first[0]),
        "{first:?}"
    );
    assert!(second.iter().all(|key| *key == second[0]) && first[0] != second[0]);
    assert_eq!(first[0].len(), 36);
    assert_eq!(first[0].as_bytes()[14], b'8');
}

#[test]
fn keys_of_the_script_are_left_alone_and_other_calls_get_none() {
    let server = Server::start(|_| Reply::json("1"));
    let place = furnished(&server);
    place.write(
        "calls.dg",
        format!(
            "a = invokeurl [ url :\"{0}\" type :POST headers :{{\"X-Once\":\"mine\"}} connection :\"shop\" ];\n\
             b = invokeurl [ url :\"{0}\" type :GET connection :\"shop\" ];\n\
             c = invokeurl [ url :\"{0}\" type :POST ];\n",
            server.url("/")
        ),
    );
    place.run(&["batch", "run", "calls.dg"]).ok();
    let keys: Vec<String> = server.requests().iter().map(key_of).collect();
    assert_eq!(keys, ["mine", "none", "none"]);
}

#[test]
fn killed_at_any_moment_each_effect_is_there_once() {
    let (rounds, jobs) = if long() { (200, 400) } else { (4, 120) };
    let mut repeated = 0;
    for round in 0..rounds {
        let effects: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let taken = Arc::clone(&effects);
        let server = Server::start(move |request| {
            *taken.lock().unwrap().entry(key_of(request)).or_default() += 1;
            Reply::json("1")
        });
        let place = furnished(&server);
        place.write("post.dg", post(&server));
        place.write("rows.csv", numbered(jobs));
        let run = words("batch run post.dg --jobs rows.csv --quiet --in-flight 16");
        let mut first = place
            .command(&run)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wanted = (round * 53 + 7) % (2 * jobs);
        let begun = Instant::now();
        while server.requests().len() < wanted && first.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never came");
            std::thread::yield_now();
        }
        let _ = first.kill();
        first.wait().unwrap();
        go_on(&place, &run);
        assert!(
            states(&place).iter().all(|state| state == "succeeded"),
            "round {round}"
        );
        // A service that honours keys has one effect for each: two calls a job.
        let effects = effects.lock().unwrap();
        assert_eq!(effects.len(), 2 * jobs, "round {round}");
        repeated += effects.values().filter(|count| **count > 1).count();
    }
    println!(
        "{rounds} batches of {jobs} killed and resumed: {repeated} requests came twice, each with its key"
    );
}
