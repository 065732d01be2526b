//! Several processes, and processes that end: killed, paused, interrupted, cancelled.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;

use crate::support::place::{Place, outcome, signal};
use crate::support::server::{Reply, Server};
use crate::{go_on, long, numbered, shown, states, until};

/// The results that are stored: number and result of every job that succeeded.
fn results(place: &Place) -> Vec<(i64, String)> {
    if !place.data("batches.db").exists() {
        return Vec::new();
    }
    let store = Connection::open(place.data("batches.db")).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    store
        .prepare("SELECT number, result FROM job WHERE state = 2 ORDER BY number")
        .and_then(|mut rows| {
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .unwrap_or_default()
}

#[test]
fn killed_at_any_moment_a_batch_goes_on_and_loses_nothing() {
    let rounds = if long() { 200 } else { 6 };
    let jobs = if long() { 1000 } else { 300 };
    let mut kept = 0;
    for round in 0..rounds {
        let server = Server::start(|_| Reply::json("\"done\""));
        let place = Place::new();
        // PUT may be repeated: every job is done at least once.
        place.write(
            "put.dg",
            format!(
                "reply = invokeurl [ url :\"{}\" + id type :PUT ];\nreturn \"result of \" + id;\n",
                server.url("/")
            ),
        );
        place.write("rows.csv", numbered(jobs));
        let run = "batch run put.dg --jobs rows.csv --in-flight 20 --quiet";
        let run: Vec<&str> = run.split(' ').collect();
        let mut first = place.spawn(&run);
        // The moments lie all over the time that the batch takes.
        let wanted = (round * 37 + 5) % jobs;
        until(|| server.requests().len() >= wanted || first.try_wait().unwrap().is_some());
        signal_if_alive(&mut first);
        first.wait().unwrap();
        let before = results(&place);
        kept += before.len();
        go_on(&place, &run);
        let after = results(&place);
        assert_eq!(after.len(), jobs, "round {round}");
        for (number, result) in &before {
            assert_eq!(after[*number as usize - 1].1, *result, "round {round}");
        }
        let mut seen = vec![0; jobs + 1];
        for request in server.requests() {
            seen[request.target[1..].parse::<usize>().unwrap()] += 1;
        }
        for (number, _) in &before {
            // What was reported as done is not done again.
            assert_eq!(seen[*number as usize], 1, "round {round}, job {number}");
        }
        assert!(seen[1..].iter().all(|count| *count >= 1), "round {round}");
    }
    println!(
        "{rounds} batches of {jobs} killed and resumed; {kept} results stored before, none lost"
    );
}

/// Kills a process that may have ended by itself.
fn signal_if_alive(child: &mut Child) {
    let _ = child.kill();
}

#[test]
fn a_job_killed_after_it_sent_something_is_uncertain() {
    let server = Server::start(|_| Reply::Silence);
    let place = Place::new();
    place.write(
        "post.dg",
        format!(
            "x = invokeurl [ url :\"{}\" type :POST ];\n",
            server.url("/")
        ),
    );
    place.write(
        "get.dg",
        format!(
            "x = invokeurl [ url :\"{}\" type :GET ];\n",
            server.url("/")
        ),
    );
    let mut first = place.spawn(&["batch", "run", "post.dg", "get.dg"]);
    until(|| server.requests().len() == 2);
    first.kill().unwrap();
    first.wait().unwrap();
    drop(server);
    // The service is gone: what may be repeated is, and fails.
    place
        .run(&["batch", "resume", "last"])
        .fails(3, &["1 run again, 1 uncertain", "--state uncertain"]);
    assert_eq!(states(&place), ["uncertain", "failed"]);
}

#[test]
fn a_late_result_of_a_lost_lease_is_refused() {
    let server = Server::start(|_| Reply::Silence);
    let place = Place::new();
    place.write(
        "get.dg",
        format!(
            "x = invokeurl [ url :\"{}\" type :GET ];\nreturn \"late\";\n",
            server.url("/")
        ),
    );
    let arguments = ["batch", "run", "get.dg", "--limit", "read-time=1s"];
    let first = place.spawn(&arguments);
    until(|| server.requests().len() == 1);
    signal(&first, "STOP");
    // Its lease runs out.
    let store = Connection::open(place.data("batches.db")).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(
        store
            .execute("UPDATE job SET lease_until = 1 WHERE state = 1", [])
            .unwrap(),
        1
    );
    place
        .run(&["batch", "resume", "last"])
        .fails(3, &["taken over", "1 run again"]);
    let second = states(&place);
    let ended: i64 = store
        .query_row("SELECT ended_at FROM job", [], |row| row.get(0))
        .unwrap();
    signal(&first, "CONT");
    let first = outcome(first.wait_with_output().unwrap());
    assert!(
        first
            .err
            .contains("was not stored: another process had taken the job over"),
        "{first:?}"
    );
    assert_eq!(states(&place), second);
    let still: i64 = store
        .query_row("SELECT ended_at FROM job", [], |row| row.get(0))
        .unwrap();
    assert_eq!(ended, still);
}

#[test]
fn a_process_that_lost_its_lease_sends_nothing_that_may_have_an_effect() {
    let server = Server::start(|request| match request.method.as_str() {
        "POST" => Reply::json("1"),
        _ => Reply::Silence,
    });
    let place = Place::new();
    let url = server.url("/");
    place.write(
        "post.dg",
        format!(
            "try {{ x = invokeurl [ url :\"{url}\" type :GET ]; }} catch (e) {{ x = null; }}\n\
             y = invokeurl [ url :\"{url}\" type :POST ];\n"
        ),
    );
    let posts = || {
        let requests = server.requests();
        requests
            .iter()
            .filter(|request| request.method == "POST")
            .count()
    };
    let first = place.spawn(&["batch", "run", "post.dg", "--limit", "read-time=1s"]);
    until(|| server.requests().len() == 1);
    signal(&first, "STOP");
    let store = Connection::open(place.data("batches.db")).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    store
        .execute("UPDATE job SET lease_until = 1 WHERE state = 1", [])
        .unwrap();
    place.run(&["batch", "resume", "last"]).ok();
    assert_eq!(posts(), 1);
    signal(&first, "CONT");
    let first = outcome(first.wait_with_output().unwrap());
    assert!(first.err.contains("was not stored"), "{first:?}");
    assert_eq!(posts(), 1);
    assert_eq!(states(&place), ["succeeded"]);
}

#[test]
fn leases_last_a_minute_and_are_renewed_in_time() {
    let server = Server::start(|_| Reply::Silence);
    let place = Place::new();
    place.write("get.dg", format!("x = getUrl(\"{}\");\n", server.url("/")));
    let mut run = place.spawn(&["batch", "run", "get.dg"]);
    until(|| server.requests().len() == 1);
    let store = Connection::open(place.data("batches.db")).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    let lease = || -> i64 {
        store
            .query_row("SELECT lease_until - started_at FROM job", [], |row| {
                row.get(0)
            })
            .unwrap()
    };
    assert_eq!(lease(), 60_000);
    if long() {
        let begun = Instant::now();
        while lease() == 60_000 {
            assert!(begun.elapsed() < Duration::from_secs(40), "never renewed");
            std::thread::sleep(Duration::from_millis(200));
        }
        assert!((79_000..100_000).contains(&lease()), "{}", lease());
    }
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn jobs_that_a_process_has_taken_ahead_are_ready_until_it_begins_them() {
    let server = Server::start(|_| Reply::Silence);
    let place = Place::new();
    // Twenty end at once, and so it takes more than it has room for.
    place.write(
        "f.dg",
        format!(
            "if (id == 21) {{ x = invokeurl [ url :\"{}\" type :GET ]; }}\n",
            server.url("/")
        ),
    );
    place.write("rows.csv", numbered(40));
    let run = "batch run f.dg --jobs rows.csv --in-flight 1 --quiet";
    let mut child = place.spawn(&run.split(' ').collect::<Vec<_>>());
    until(|| server.requests().len() == 1);
    until(|| results_count(&place) == 20);
    assert!(running_count(&place) > 1, "none was taken ahead");
    let expected = [&["succeeded"; 20][..], &["running"], &["ready"; 19]].concat();
    assert_eq!(states(&place), expected);
    let json = |arguments: &str| {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        place.run(&arguments).ok().json()
    };
    let job = json("batch show last 22 --json");
    assert_eq!(
        (&job["state"], &job["attempts"], &job["started_at"]),
        (&json!("ready"), &json!(0), &json!(null))
    );
    let batch = json("batch list --json")["batches"][0].clone();
    assert_eq!(batch["state"], "running");
    assert_eq!(
        (&batch["counts"]["running"], &batch["counts"]["ready"]),
        (&json!(1), &json!(19))
    );
    let running = json("batch show last --state running --json");
    assert_eq!(running["jobs"].as_array().unwrap().len(), 1);
    assert!(json("batch status last --json")["oldest_waiting_ms"].is_number());
    place
        .run(&["batch", "cancel", "last"])
        .fails(0, &["19 cancelled, 1 told to stop"]);
    child.wait().unwrap();
    let expected = [&["succeeded"; 20][..], &["cancelled"; 20]].concat();
    assert_eq!(states(&place), expected);
}

#[test]
fn two_processes_share_a_batch() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = Server::start(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Reply::json("1")
    });
    let place = Place::new();
    place.write(
        "post.dg",
        format!(
            "x = invokeurl [ url :\"{}\" type :POST ];\n",
            server.url("/")
        ),
    );
    place.write("rows.csv", numbered(600));
    let first = place.spawn(&[
        "batch",
        "run",
        "post.dg",
        "--jobs",
        "rows.csv",
        "--in-flight",
        "2",
        "--json",
    ]);
    until(|| asked.load(Ordering::SeqCst) > 5);
    let second = place
        .run(&["batch", "resume", "last", "--in-flight", "2", "--json"])
        .ok();
    let first = outcome(first.wait_with_output().unwrap()).ok();
    let ended = |document: serde_json::Value| document["ended_here"].as_u64().unwrap();
    let (first, second) = (ended(first.json()), ended(second.json()));
    assert!(first > 0 && second > 0, "{first} {second}");
    assert_eq!(first + second, 600);
    assert_eq!(asked.load(Ordering::SeqCst), 600);
}

#[test]
fn a_second_signal_ends_a_batch_at_once_and_what_is_done_is_kept() {
    for (name, exit) in [("INT", 130), ("TERM", 143)] {
        let server = Server::start(|request| match request.target.as_str() {
            "/1" | "/2" => Reply::json("1"),
            _ => Reply::Silence,
        });
        let place = Place::new();
        place.write(
            "get.dg",
            format!(
                "x = invokeurl [ url :\"{}\" + id type :GET ];\n",
                server.url("/")
            ),
        );
        place.write("rows.csv", numbered(8));
        let mut run = place.spawn(&[
            "batch",
            "run",
            "get.dg",
            "--jobs",
            "rows.csv",
            "--in-flight",
            "3",
        ]);
        until(|| server.requests().len() == 5 && results_count(&place) == 2);
        signal(&run, name);
        let mut told = BufReader::new(run.stderr.take().unwrap()).lines();
        let stopping = "those that run get 10 s, a second Ctrl-C";
        assert!(told.any(|line| line.unwrap().contains(stopping)));
        signal(&run, name);
        assert_eq!(run.wait().unwrap().code(), Some(exit));
        // Nobody waited for the running jobs: then there would be a summary.
        assert_eq!(told.count(), 0);
        drop(server);
        let kept = states(&place);
        assert_eq!(
            kept.iter().filter(|state| *state == "succeeded").count(),
            2,
            "{kept:?}"
        );
    }
}

/// A batch of jobs that never end; two of them run.
fn two_of(jobs: usize) -> (Place, Child) {
    let place = Place::new();
    place.write("slow.dg", "i = 0;\nwhile (true)\n{\n    i = i + 1;\n}\n");
    place.write("rows.csv", numbered(jobs));
    let batch = ["batch", "run", "slow.dg", "--jobs", "rows.csv"];
    let run = place.spawn(&[&batch[..], &["--in-flight", "2"]].concat());
    until(|| running_count(&place) == 2);
    (place, run)
}

#[test]
fn an_interrupted_batch_says_how_to_go_on() {
    // No further jobs, ten seconds for the running ones, and then the way to go on.
    let (place, run) = two_of(4);
    let begun = Instant::now();
    signal(&run, "INT");
    let ended = outcome(run.wait_with_output().unwrap());
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert!(
        begun.elapsed() > Duration::from_secs(9),
        "{:?}",
        begun.elapsed()
    );
    assert!(ended.err.contains("freshet batch resume"), "{}", ended.err);
    assert_eq!(states(&place), ["ready"; 4]);
}

fn results_count(place: &Place) -> i64 {
    count(place, "state = 2")
}

fn running_count(place: &Place) -> i64 {
    count(place, "state = 1")
}

fn count(place: &Place, condition: &str) -> i64 {
    let Ok(store) = Connection::open(place.data("batches.db")) else {
        return 0;
    };
    store
        .query_row(
            &format!("SELECT count(*) FROM job WHERE {condition}"),
            [],
            |row| row.get(0),
        )
        .unwrap_or(0)
}

#[test]
fn a_batch_is_cancelled_from_another_terminal() {
    let (place, run) = two_of(5);
    place
        .run(&["batch", "remove", "last"])
        .fails(2, &["is running", "batch cancel"]);
    let cancelled = place
        .run(&["batch", "cancel", "last", "--json"])
        .ok()
        .json();
    assert_eq!(
        (&cancelled["cancelled"], &cancelled["stopping"]),
        (&3.into(), &2.into())
    );
    let ended = outcome(run.wait_with_output().unwrap());
    assert_eq!(ended.exit, Some(130), "{ended:?}");
    assert_eq!(states(&place), ["cancelled"; 5]);
    let status = place
        .run(&["batch", "status", "last", "--json"])
        .ok()
        .json();
    assert_eq!(status["state"], "cancelled");
}

#[test]
fn a_batch_whose_process_was_killed_is_not_running() {
    let (place, mut run) = two_of(4);
    run.kill().unwrap();
    run.wait().unwrap();
    let status = || {
        let status = place.run(&["batch", "status", "last", "--json"]).ok();
        status.json()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(), "unfinished");
    // Nobody is there to be told to stop.
    let cancelled = place.run(&["batch", "cancel", "last"]).ok().err;
    assert!(
        cancelled.contains("4 cancelled") && !cancelled.contains("told to stop"),
        "{cancelled}"
    );
    assert_eq!(states(&place), ["cancelled"; 4]);
    assert_eq!(status(), "cancelled");
    place
        .run(&["batch", "resume", "last"])
        .fails(2, &["no jobs left: it was cancelled"]);
    place
        .run(&["batch", "prune", "--older-than", "0s", "--yes"])
        .fails(0, &["removed 1 batch"]);

    let (place, mut run) = two_of(4);
    run.kill().unwrap();
    run.wait().unwrap();
    place.run(&["batch", "remove", "last", "--yes"]).ok();
    place.run(&["batch", "list"]).ok().prints("");
}

#[test]
fn a_batch_that_was_cancelled_and_then_killed_comes_to_its_end() {
    let (place, mut run) = two_of(4);
    signal(&run, "STOP");
    let cancelled = place.run(&["batch", "cancel", "last"]).ok().err;
    assert!(
        cancelled.contains("2 cancelled, 2 told to stop"),
        "{cancelled}"
    );
    run.kill().unwrap();
    run.wait().unwrap();
    let resumed = place
        .run(&["batch", "resume", "last"])
        .fails(130, &["4 cancelled of 4"]);
    assert!(!resumed.err.contains("run again"), "{}", resumed.err);
    assert_eq!(states(&place), ["cancelled"; 4]);
    place
        .run(&["batch", "resume", "last"])
        .fails(2, &["no jobs left: it was cancelled"]);
}

#[test]
fn a_killed_job_that_had_sent_something_is_uncertain_when_it_is_cancelled() {
    let server = Server::start(|_| Reply::Silence);
    let place = Place::new();
    let post = format!(
        "x = invokeurl [ url :\"{}\" type :POST ];\n",
        server.url("/")
    );
    place.write("post.dg", post);
    place.write("rows.csv", numbered(3));
    let run = "batch run post.dg --jobs rows.csv --key id --in-flight 1";
    let run: Vec<&str> = run.split(' ').collect();
    let mut first = place.spawn(&run);
    until(|| server.requests().len() == 1);
    first.kill().unwrap();
    first.wait().unwrap();
    let cancelled = place
        .run(&["batch", "cancel", "last", "--json"])
        .ok()
        .json();
    assert_eq!(
        (&cancelled["cancelled"], &cancelled["uncertain"]),
        (&2.into(), &1.into())
    );
    assert_eq!(states(&place), ["uncertain", "cancelled", "cancelled"]);
    // Nothing of it is done: what is uncertain is no success.
    place.write("post.dg", "info id;\n");
    let again = place.run(&run);
    assert!(
        again
            .err
            .contains("goes on: 0 done before, 0 new, 2 once more, 1 uncertain"),
        "{}",
        again.err
    );
}

#[test]
fn jobs_that_had_merely_begun_are_not_told_as_done() {
    let place = Place::new();
    place.write("slow.dg", "while (id < 3) { i = 1; }\n");
    place.write("rows.csv", numbered(4));
    let run = "batch run slow.dg --jobs rows.csv --key id --in-flight 2";
    let run: Vec<&str> = run.split(' ').collect();
    let mut first = place.spawn(&run);
    until(|| running_count(&place) == 2);
    first.kill().unwrap();
    first.wait().unwrap();
    place.write("slow.dg", "info id;\n");
    let again = place.run(&run).ok();
    assert!(
        again
            .err
            .contains("goes on: 0 done before, 0 new, 2 once more, 2 begun before"),
        "{}",
        again.err
    );
    assert_eq!(states(&place), ["succeeded"; 4]);
}

#[test]
fn only_jobs_that_came_to_an_end_have_a_rate() {
    let place = Place::new();
    place.write("f.dg", "info id;\nx = 1 / (2 - id);\n");
    place.write("rows.csv", numbered(1));
    place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.csv", "-q"])
        .ok();
    let store = Connection::open(place.data("batches.db")).unwrap();
    // As after an interruption, and after a cancellation.
    for state in [0, 5] {
        store.execute("UPDATE job SET state = ?1", [state]).unwrap();
        let status = place
            .run(&["batch", "status", "last", "--json"])
            .ok()
            .json();
        assert_eq!(status["jobs_per_second"], 0.0, "{state}");
    }
}

/// Runs a command line in a shell of the place.
pub fn shell(place: &Place, line: &str) -> std::process::Output {
    let binary = place.command::<&str>(&[]);
    let folder = std::path::Path::new(binary.get_program()).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    place.settle(&mut command);
    command
        .args(["-c", line])
        .env("PATH", format!("{}:{path}", folder.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_full_disk_is_told_and_nothing_that_was_stored_is_lost() {
    let place = Place::new();
    place.write(
        "f.dg",
        "s = \"0123456789\";\nfor each n in {1,2,3,4,5,6,7}\n{\n    s = s + s;\n}\ninfo s;\nreturn id;\n",
    );
    place.write("rows.csv", numbered(2000));
    // A write beyond a mebibyte fails as on a full disk.
    let line = "ulimit -f 2048; exec freshet batch run f.dg --jobs rows.csv --quiet";
    let full = outcome(shell(&place, line));
    full.fails(74, &["B0005", "batches.db", "freshet batch resume"]);
    let before = results(&place);
    assert!(before.len() < 2000);
    place.run(&["batch", "resume", "last", "--quiet"]).ok();
    let after = results(&place);
    assert_eq!(after.len(), 2000);
    for (number, result) in before {
        assert_eq!(after[number as usize - 1].1, result);
    }
}

#[test]
fn a_closed_pipe_ends_the_logs_and_not_the_batch() {
    let place = Place::new();
    place.write("f.dg", "info \"a line of \" + id;\n");
    place.write("rows.csv", numbered(3000));
    let line = "freshet batch run f.dg --jobs rows.csv --quiet --json | head -1; \
                freshet batch run f.dg --jobs rows.csv | head -1";
    let ended = outcome(shell(&place, line));
    assert!(
        ended.out.starts_with("{\n") && ended.out.contains("a line of "),
        "{ended:?}"
    );
    assert!(
        !ended.err.contains("error") && !ended.err.contains("panic"),
        "{ended:?}"
    );
    assert!(states(&place).iter().all(|state| state == "succeeded"));
}

#[test]
fn logs_that_cannot_be_printed_are_told_of() {
    let place = Place::new();
    place.write("f.dg", "info \"a line\";\n");
    let full = outcome(shell(&place, "freshet batch run f.dg > /dev/full"));
    let show = format!(
        "batch show {} JOB",
        shown(&place)["batch"].as_str().unwrap()
    );
    full.fails(74, &["R0105", "standard output cannot be written", &show]);
    assert_eq!(states(&place), ["succeeded"]);
}

#[test]
fn progress_is_told_in_lines_where_there_is_no_terminal() {
    if !long() {
        return;
    }
    let place = Place::new();
    place.write("slow.dg", "i = 0;\nwhile (true)\n{\n    i = i + 1;\n}\n");
    place
        .run(&["batch", "run", "slow.dg", "--timeout", "11s"])
        .fails(3, &["0 of 1 done, 0 failed, 1 in flight"]);
}
