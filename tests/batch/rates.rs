//! Turns: services that take so many calls at once, or in a minute, make jobs wait, and that costs them nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::place::{Place, outcome, signal};
use crate::support::server::{Reply, Server};
use crate::{long, numbered, shown};

/// A place with the connection `shop` to a service of that rate, and a script that calls it.
fn furnished(server: &Server, rate: &str) -> Place {
    let place = crate::furnished(server, &format!("rate = {{ {rate} }}"));
    place.write(
        "call.dg",
        format!(
            "return invokeurl [ url :\"{}\" + id type :GET connection :\"shop\" ];\n",
            server.url("/")
        ),
    );
    place
}

#[test]
fn waiting_for_a_turn_costs_no_attempt_and_no_time_and_goes_by_the_order_of_jobs() {
    let (now, most) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (inside, peak) = (Arc::clone(&now), Arc::clone(&most));
    let served = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let count = inside.fetch_add(1, Ordering::SeqCst) + 1;
        peak.fetch_max(count, Ordering::SeqCst);
        // While the first call is answered all other jobs come to wait.
        let first = served.fetch_add(1, Ordering::SeqCst) == 0;
        std::thread::sleep(Duration::from_millis(if first { 2_000 } else { 300 }));
        inside.fetch_sub(1, Ordering::SeqCst);
        Reply::json("1")
    });
    let place = furnished(&server, "at_once = 1");
    place.write("rows.csv", numbered(15));
    // The last waits longer than an attempt may take.
    place
        .run(&[
            "batch",
            "run",
            "call.dg",
            "--jobs",
            "rows.csv",
            "--timeout",
            "5s",
            "--retries",
            "3",
        ])
        .ok();
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let asked: Vec<usize> = server
        .requests()
        .iter()
        .map(|request| request.target[1..].parse().unwrap())
        .collect();
    assert_eq!(asked.len(), 15);
    assert!(asked[1..].is_sorted(), "{asked:?}");
    for job in shown(&place)["jobs"].as_array().unwrap() {
        assert_eq!(
            (&job["state"], &job["attempts"]),
            (&"succeeded".into(), &1.into()),
            "{job}"
        );
    }
}

#[test]
fn a_job_waits_for_the_next_minute_without_failing() {
    let server = Server::start(|_| Reply::json("1"));
    let place = furnished(&server, "per_minute = 2");
    place.write("rows.csv", numbered(3));
    let run = place.spawn(&[
        "batch",
        "run",
        "call.dg",
        "--jobs",
        "rows.csv",
        "--timeout",
        "3s",
    ]);
    let begun = Instant::now();
    while server.requests().len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
    // Its time would be over, if waiting counted.
    let status = loop {
        std::thread::sleep(Duration::from_millis(200));
        let status = place
            .run(&["batch", "status", "last", "--json"])
            .ok()
            .json();
        if begun.elapsed() > Duration::from_secs(4) && status["counts"]["succeeded"] == 2 {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(50), "{status}");
    };
    assert_eq!(status["counts"]["failed"], 0);
    assert_eq!(status["counts"]["running"], 1);
    if !long() {
        for _ in 0..2 {
            signal(&run, "INT");
        }
        let ended = outcome(run.wait_with_output().unwrap());
        assert_eq!(ended.exit, Some(130), "{ended:?}");
        return;
    }
    outcome(run.wait_with_output().unwrap()).ok();
    assert!(begun.elapsed() >= Duration::from_secs(58));
    for job in shown(&place)["jobs"].as_array().unwrap() {
        assert_eq!(job["attempts"], 1, "{job}");
    }
}

#[test]
fn all_jobs_share_the_connections_to_a_service() {
    let server = Server::start(|_| Reply::json("1"));
    let place = Place::new();
    place.write(
        "get.dg",
        format!("return getUrl(\"{}\" + id);\n", server.url("/")),
    );
    place.write("rows.csv", numbered(80));
    place
        .run(&[
            "batch",
            "run",
            "get.dg",
            "--jobs",
            "rows.csv",
            "--in-flight",
            "4",
        ])
        .ok();
    assert_eq!(server.requests().len(), 80);
    assert!(server.connections() < 20, "{}", server.connections());
}
