//! What is tried again, what is not, and what is never done twice.

use std::collections::HashMap;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::place::{Place, outcome, words};
use crate::support::server::{Reply, Server};
use crate::{numbered, shown, states, until};

/// A place with a script that calls a service, and does not look at the status of its answer.
fn calling(server: &Server, method: &str) -> Place {
    let place = Place::new();
    place.write(
        "call.dg",
        format!(
            "reply = invokeurl [ url :\"{}\" type :{method} parameters :{{\"a\":\"b\"}} ];\nreturn reply;\n",
            server.url("/")
        ),
    );
    place
}

#[test]
fn what_passes_is_tried_again_and_what_does_not_is_not() {
    for (status, method, tried) in [
        (503, "GET", true),
        (429, "POST", true),
        (502, "GET", true),
        (504, "PUT", true),
        (500, "GET", false),
        (404, "GET", false),
    ] {
        let asked = AtomicUsize::new(0);
        let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::new(status, "", "wait"),
            _ => Reply::json("\"fine\""),
        });
        let place = calling(&server, method);
        place
            .run(&["batch", "run", "call.dg", "--retries", "2"])
            .ok();
        let job = &shown(&place)["jobs"][0];
        assert_eq!(job["attempts"], if tried { 2 } else { 1 }, "{status}");
    }
}

#[test]
fn a_refused_connection_passes_and_a_script_that_is_wrong_does_not() {
    let place = Place::new();
    place.write("call.dg", "info getUrl(\"http://127.0.0.1:1/\");\n");
    let begun = Instant::now();
    place
        .run(&["batch", "run", "call.dg", "--retries", "1"])
        .fails(3, &["C0012"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(shown(&place)["jobs"][0]["attempts"], 2);
    let one = place.run(&["batch", "show", "last", "1"]).ok().out;
    assert!(one.contains("attempts: 2\n  1 at "), "{one}");
    place.write("wrong.dg", "x = 1 / 0;\n");
    place
        .run(&["batch", "run", "wrong.dg", "--retries", "5"])
        .fails(3, &[]);
    assert_eq!(shown(&place)["jobs"][0]["attempts"], 1);
}

#[test]
fn errors_of_the_script_are_not_tried_again_whatever_was_answered_before() {
    let server = Server::start(|_| Reply::new(503, "", "busy"));
    let place = Place::new();
    let seen = format!(
        "x = invokeurl [ url :\"{}\" type :GET detailed :true ];\nif (x.get(\"responseCode\") == 503) {{ info \"handled\"; }}\n",
        server.url("/")
    );
    let blind = format!(
        "x = invokeurl [ url :\"{}\" type :GET ];\n",
        server.url("/")
    );
    let twice = blind.repeat(2);
    let caught = "try { x = getUrl(\"http://127.0.0.1:1/\"); } catch (e) { info \"handled\"; }\n";
    for (before, error, code) in [
        (blind.as_str(), "y = 1 / 0;\n", "R0006"),
        (&blind, "y = x.get(\"nope\").get(\"a\");\n", "R00"),
        (&twice, "throw \"z\";\n", "R0021"),
        (&seen, "y = 1 / 0;\n", "R0006"),
        (&seen, "throw \"my own\";\n", "R0021"),
        (caught, "y = 1 / 0;\n", "R0006"),
        (caught, "throw \"my own\";\n", "R0021"),
    ] {
        place.write("own.dg", format!("{before}{error}"));
        place
            .run(&["batch", "run", "own.dg", "--retries", "2"])
            .fails(3, &[code]);
        assert_eq!(shown(&place)["jobs"][0]["attempts"], 1, "{before}{error}");
    }
}

#[test]
fn retry_after_is_obeyed() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::new(429, "", "").with("Retry-After", "2"),
        _ => Reply::json("\"fine\""),
    });
    let place = calling(&server, "GET");
    let begun = Instant::now();
    place
        .run(&["batch", "run", "call.dg", "--retries", "1"])
        .ok();
    assert!(begun.elapsed() >= Duration::from_secs(2));
}

#[test]
fn a_script_that_does_not_see_the_status_is_run_again_too() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::new(503, "", "busy"),
        _ => Reply::new(200, "", "fine"),
    });
    let place = Place::new();
    place.write(
        "call.dg",
        format!("return getUrl(\"{}\");\n", server.url("/")),
    );
    place
        .run(&["batch", "run", "call.dg", "--retries", "1"])
        .ok();
    assert_eq!(shown(&place)["jobs"][0]["result"], "fine");
}

#[test]
fn the_last_answer_fails_a_job_whose_script_does_not_see_it() {
    let server = Server::start(|_| Reply::new(503, "", "busy"));
    let place = Place::new();
    let url = server.url("/");
    place.write("blind.dg", format!("return getUrl(\"{url}\");\n"));
    let retried = |script: &str| place.run(&["batch", "run", script, "--retries", "1"]);
    retried("blind.dg").fails(
        3,
        &[
            "B0011: the last call was answered with status 503",
            "`detailed :true`",
            "1 × B0011",
        ],
    );
    let job = shown(&place)["jobs"][0].clone();
    assert_eq!(
        (&job["state"], &job["attempts"]),
        (&"failed".into(), &2.into()),
        "{job}"
    );
    assert_eq!(
        (&job["error"]["code"], &job["result"]),
        (&"B0011".into(), &"busy".into())
    );
    // A script that sees the answer decides what it means, and one that catches an error does so too.
    place.write(
        "seeing.dg",
        format!("reply = invokeurl [ url :\"{url}\" detailed :true ];\nreturn reply.get(\"responseCode\");\n"),
    );
    retried("seeing.dg").ok();
    let job = shown(&place)["jobs"][0].clone();
    assert_eq!(
        (&job["result"], &job["attempts"]),
        (&503.into(), &1.into()),
        "{job}"
    );
    place.write(
        "catching.dg",
        "try { r = getUrl(\"http://127.0.0.1:1/\"); } catch (e) { r = \"none\"; }\nreturn r;\n",
    );
    retried("catching.dg").ok();
    assert_eq!(shown(&place)["jobs"][0]["attempts"], 1);
    // Without --retries the script has the last word, as in a single run.
    place.run(&["batch", "run", "blind.dg"]).ok();
    place.run(&["blind.dg"]).ok();
}

#[test]
fn a_request_without_an_answer_leaves_its_job_uncertain() {
    for (method, uncertain) in [
        ("POST", true),
        ("PATCH", true),
        ("GET", false),
        ("PUT", false),
    ] {
        let server = Server::start(|_| Reply::Reset(Vec::new()));
        let place = calling(&server, method);
        let run = place.run(&["batch", "run", "call.dg"]);
        assert_eq!(run.exit, Some(3), "{run:?}");
        let expected = if uncertain { "uncertain" } else { "failed" };
        assert_eq!(states(&place), [expected], "{method}");
        assert_eq!(
            run.err.contains("--state uncertain"),
            uncertain,
            "{}",
            run.err
        );
    }
    // Not repeated, unless asked for.
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Reply::Reset(Vec::new()),
        _ => Reply::json("\"fine\""),
    });
    let place = calling(&server, "POST");
    place
        .run(&["batch", "run", "call.dg", "--retries", "3"])
        .fails(3, &["uncertain"]);
    assert_eq!(server.requests().len(), 1);
    let again = [
        "batch",
        "retry",
        "last",
        "--state",
        "uncertain",
        "--retry-unsafe",
        "--retries",
        "3",
    ];
    place.run(&again).ok();
    assert_eq!(server.requests().len(), 3);
}

/// The script caught the error of the one that may have had its effect, and a later call fails in passing.
#[test]
fn a_request_without_an_answer_is_not_repeated_for_a_later_one() {
    let server = Server::start(|request| match request.method.as_str() {
        "POST" => Reply::Reset(Vec::new()),
        _ => Reply::new(503, "", "wait"),
    });
    let place = Place::new();
    place.write(
        "call.dg",
        format!(
            "try {{ x = invokeurl [ url :\"{0}\" type :POST ]; }} catch (e) {{ info \"lost\"; }}\n\
             y = invokeurl [ url :\"{0}\" type :GET ];\n",
            server.url("/")
        ),
    );
    let run = ["batch", "run", "call.dg", "--retries", "1"];
    place.run(&run).fails(3, &["--state uncertain"]);
    assert_eq!(states(&place), ["uncertain"]);
    assert_eq!(server.requests().len(), 2);
    // Unless it is asked for.
    place
        .run(&[&run[..], &["--retry-unsafe"]].concat())
        .fails(3, &[]);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn jobs_that_are_named_and_cannot_be_run_again_are_told() {
    let place = Place::new();
    place.write("f.dg", "if (id != 2) { throw \"no\"; }\n");
    place.write("rows.csv", numbered(3));
    let run = "batch run f.dg --jobs rows.csv --in-flight 1";
    place.run(&run.split(' ').collect::<Vec<_>>()).fails(3, &[]);
    let retry = |more: &str| {
        let retry = format!("batch retry last {more}");
        place.run(&retry.split(' ').collect::<Vec<_>>())
    };
    let told = "not run again: job 2 is succeeded; what succeeded is not done again";
    retry("1 2 2").fails(3, &[told]);
    let attempts = |job: usize| shown(&place)["jobs"][job - 1]["attempts"].clone();
    assert_eq!([attempts(1), attempts(2), attempts(3)], [2, 1, 1]);
    let document = retry("2 3 --json").json();
    assert_eq!(
        document["not_retried"].to_string(),
        "[{\"job\":2,\"key\":null,\"state\":\"succeeded\"}]"
    );
    retry("2").fails(2, &["nothing to run again: job 2 is succeeded"]);
    retry("1 2 --state uncertain").fails(
        2,
        &["nothing to run again: job 1 is failed, job 2 is succeeded"],
    );
    assert_eq!([attempts(1), attempts(2), attempts(3)], [2, 1, 2]);
}

#[test]
fn what_had_its_effect_is_not_done_again_for_a_later_call() {
    let server = Server::start(|request| match request.method.as_str() {
        "POST" => Reply::json("1"),
        _ => Reply::new(503, "", ""),
    });
    let place = Place::new();
    place.write(
        "two.dg",
        format!(
            "a = invokeurl [ url :\"{0}\" type :POST ];\n\
             b = invokeurl [ url :\"{0}\" type :GET ];\n",
            server.url("/")
        ),
    );
    place
        .run(&["batch", "run", "two.dg", "--retries", "3"])
        .fails(3, &["--retry-unsafe"]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn time_outs_of_calls_pass() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Silence,
        _ => Reply::json("\"fine\""),
    });
    let place = calling(&server, "GET");
    let arguments = [
        "batch",
        "run",
        "call.dg",
        "--retries",
        "5",
        "--limit",
        "read-time=1s",
    ];
    place.run(&arguments).ok();
    // On a busy machine it may take more of them.
    assert!(shown(&place)["jobs"][0]["attempts"].as_u64() >= Some(2));
}

#[test]
fn a_batch_does_not_end_while_its_last_job_is_to_run_again() {
    let late = Server::start({
        let asked = AtomicUsize::new(0);
        move |_| match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::Silence,
            _ => Reply::json("2"),
        }
    });
    let (late_was_asked, is_asked) = std::sync::mpsc::channel::<()>();
    let is_asked = std::sync::Mutex::new(is_asked);
    let loud = Server::start(move |_| {
        let _ = is_asked.lock().unwrap().recv();
        Reply::json("1")
    });
    let place = Place::new();
    // More than a pipe holds: whoever shows that log waits until it is read.
    let log = "x".repeat(1 << 18);
    place.write(
        "f.dg",
        format!(
            "if (id == 1) {{ x = getUrl(\"{}\"); info \"{log}\"; }} else {{ x = getUrl(\"{}\"); }}\n",
            loud.url("/"),
            late.url("/")
        ),
    );
    place.write("rows.csv", numbered(2));
    let run = "batch run f.dg --jobs rows.csv --in-flight 2 --retries 5 --limit read-time=1s";
    let mut child = place.spawn(&words(run));
    until(|| !late.requests().is_empty());
    drop(late_was_asked);
    let printed = child.stdout.as_mut().unwrap();
    printed.read_exact(&mut [0]).unwrap();
    // Nobody looks at the store until the second job has given up its call: it is the last that runs, and is told of when
    // the next look is due.
    late.wait_until_quiet();
    outcome(child.wait_with_output().unwrap()).ok();
    assert_eq!(states(&place), ["succeeded", "succeeded"]);
    assert!(late.requests().len() >= 2);
}

#[test]
fn pauses_between_attempts_double_and_are_drawn_by_chance() {
    let place = Place::new();
    place.write("call.dg", "info getUrl(\"http://127.0.0.1:1/\" + id);\n");
    place.write("rows.csv", numbered(60));
    let run = place
        .run(&[
            "batch",
            "run",
            "call.dg",
            "--jobs",
            "rows.csv",
            "--retries",
            "2",
        ])
        .fails(3, &["60 failed of 60"]);
    // `job 7 again in 350 ms: …`
    let mut pauses: HashMap<&str, Vec<f64>> = HashMap::new();
    for line in run.err.lines() {
        let Some((job, rest)) = line.split_once(" again in ") else {
            continue;
        };
        let pause = rest.split(':').next().unwrap();
        let (number, unit) = pause.split_once(' ').unwrap();
        let seconds = match unit {
            "s" => 1.0,
            "ms" => 0.001,
            "µs" => 0.000_001,
            other => panic!("{other}"),
        };
        let pause = number.parse::<f64>().unwrap() * seconds;
        pauses.entry(job).or_default().push(pause);
    }
    assert_eq!(pauses.len(), 60, "{}", run.err);
    for attempt in [0, 1] {
        let most = f64::from(1 << attempt);
        let drawn: Vec<f64> = pauses.values().map(|pauses| pauses[attempt]).collect();
        assert!(drawn.iter().all(|pause| *pause <= most), "{drawn:?}");
        // Sixty draws are hardly ever all on one side: about one time in 10^11.
        let low = drawn.iter().filter(|pause| **pause < 0.35 * most).count();
        let high = drawn.iter().filter(|pause| **pause > 0.65 * most).count();
        assert!(low > 0 && high > 0, "{drawn:?}");
    }
}
