//! Renewing tokens across processes: one request at a time, and nothing lost.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::calling;
use crate::services::{OAuth2, http_date, token};
use crate::support::place::Place;
use crate::support::server::Reply;

/// A place with the connection `team`, whose first token is over.
fn with_expired_token(api: &OAuth2) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    assert_eq!(api.asked(), 1);
    place.expire_tokens();
    place.write("call.dg", calling("team", &api.server.url("/me")));
    place
}

fn start(place: &Place) -> Child {
    place
        .command(&["run", "call.dg"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ends a child and gives what it printed on standard output and standard error.
fn ended(child: Child) -> (String, String) {
    let output = child.wait_with_output().unwrap();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Waits until the service has been asked for `count` tokens in all.
fn wait_for_requests(api: &OAuth2, count: usize) {
    while api.asked() < count {
        thread::yield_now();
    }
}

/// A hundred processes with one expired token: how long it took until the last of them had made its call. The token
/// endpoint answers when all have been started, and not before `least`.
fn a_hundred(least: Duration) -> Duration {
    let api = OAuth2::start("tok");
    let place = with_expired_token(&api);
    let begun = Instant::now();
    api.close();
    let children: Vec<Child> = (0..100).map(|_| start(&place)).collect();
    wait_for_requests(&api, 2);
    thread::sleep(least.saturating_sub(begun.elapsed())); // how slow the service is, not a wait for something
    api.open();
    for child in children {
        let (out, err) = ended(child);
        assert_eq!(out, "200\n", "{err}");
    }
    let took = begun.elapsed();
    println!("100 processes: {took:?}");

    assert_eq!(api.asked(), 2, "one for connecting, one for all");
    let renewed = format!("Bearer {}", token("tok", 2));
    let calls: Vec<_> = api
        .server
        .requests()
        .into_iter()
        .filter(|request| request.path() == "/me")
        .skip(1)
        .collect();
    assert_eq!(calls.len(), 100);
    assert!(
        calls
            .iter()
            .all(|call| call.header("authorization") == Some(&renewed))
    );
    took
}

/// At length, and then with the machine to itself: under 3 s, in the best of five rounds.
#[test]
fn a_hundred_processes_with_one_expired_token_cause_one_token_request() {
    if std::env::var_os("FRESHET_LONG_TESTS").is_none() {
        let took = a_hundred(Duration::ZERO);
        assert!(took < Duration::from_secs(20), "took {took:?}");
        return;
    }
    let answering = Duration::from_millis(300);
    assert!(
        (0..5).any(|_| a_hundred(answering) < Duration::from_secs(3)),
        "it never took less than 3 s"
    );
}

/// Reads what a process says while it waits for another one.
fn told_to_wait(waiting: &mut Child) {
    let mut told = String::new();
    let mut lines = std::io::BufReader::new(waiting.stderr.as_mut().unwrap());
    std::io::BufRead::read_line(&mut lines, &mut told).unwrap();
    assert!(
        told.contains("waiting for another process that connects or renews `team`"),
        "{told}"
    );
}

/// The lock ends with its holder, so the other one asks although the first request was never answered: within 100 ms of
/// the death, in the best of five rounds, since a machine may be busy with something else.
#[test]
fn a_process_killed_while_it_renews_leaves_the_way_free_at_once() {
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let api = OAuth2::start("tok");
        let place = with_expired_token(&api);
        api.close();
        let mut holder = start(&place);
        wait_for_requests(&api, 2);
        let mut waiting = start(&place);
        told_to_wait(&mut waiting);
        let killed = Instant::now();
        holder.kill().unwrap();
        wait_for_requests(&api, 3);
        fastest = fastest.min(killed.elapsed());
        holder.wait().unwrap();
        api.open();
        let (out, err) = ended(waiting);
        assert_eq!(out, "200\n", "{err}");
        assert_eq!(api.asked(), 3);
        let intact: String = rusqlite::Connection::open(place.data("registry.db"))
            .unwrap()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(intact, "ok");
        if fastest < Duration::from_millis(100) {
            break;
        }
    }
    println!("the other one asked {fastest:?} after the death");
    assert!(fastest < Duration::from_millis(100), "{fastest:?}");
}

#[test]
fn who_waits_for_a_renewal_is_told_after_a_second() {
    let api = OAuth2::start("tok");
    let place = with_expired_token(&api);
    api.close();
    let holder = start(&place);
    wait_for_requests(&api, 2);
    let mut waiting = start(&place);
    told_to_wait(&mut waiting); // it says so only when it has waited
    api.open();
    for child in [holder, waiting] {
        assert_eq!(ended(child).0, "200\n");
    }
    assert_eq!(api.asked(), 2);
}

#[test]
fn a_token_refused_by_the_api_is_renewed_once_and_the_second_answer_stands() {
    let api = OAuth2::start("tok");
    let place = with_expired_token(&api);
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
    // Revoked at the service: the API takes none of the tokens known here.
    api.accept("unknown-here");
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n")
        .quietly();
    assert_eq!(api.asked(), 3);

    // A service that issues tokens its own API refuses: no endless renewing.
    api.answer(|_, _| {
        Reply::new(
            200,
            "application/x-www-form-urlencoded",
            "access_token=void&expires_in=3600",
        )
    });
    api.accept("unknown-here");
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("401\n");
    assert_eq!(api.asked(), 4);
    assert_eq!(
        place.status("team"),
        "authorised",
        "one resource may refuse"
    );
}

#[test]
fn a_failed_renewal_says_whether_a_person_must_act() {
    let error = |status: u16, word: &str| {
        let body = format!(r#"{{"error":"{word}"}}"#);
        move |_: &crate::support::server::Request, _: usize| {
            Reply::new(status, "application/json", body.clone()).with("Retry-After", "0")
        }
    };
    for (status, word, exit, code, state) in [
        (400, "invalid_grant", 4, "C0003", "needs_authorisation"),
        (403, "access_denied", 4, "C0003", "needs_authorisation"),
        (401, "invalid_client", 69, "C0009", "expired"),
        (400, "invalid_scope", 69, "C0009", "expired"),
        (503, "temporarily_unavailable", 69, "C0010", "expired"),
    ] {
        let api = OAuth2::start("tok");
        let place = with_expired_token(&api);
        api.answer(error(status, word));
        place
            .call("team", &api.server.url("/me"))
            .fails(exit, &[code, "-:1:"])
            .prints("");
        assert_eq!(place.status("team"), state, "{word}");
        // With the cause gone it works again: at once, or when a person has acted.
        api.answer(|_, number| {
            Reply::json(&format!(
                r#"{{"access_token":"again-{number}","expires_in":3600}}"#
            ))
        });
        if state == "needs_authorisation" {
            place
                .call("team", &api.server.url("/me"))
                .fails(4, &["C0003", "freshet connection reconnect team"]);
            place.run(&["connection", "reconnect", "team"]).ok();
        }
        place
            .call("team", &api.server.url("/me"))
            .ok()
            .prints("200\n");
    }
}

#[test]
fn a_token_that_cannot_be_stored_is_told_and_asked_for_again() {
    let api = OAuth2::start("tok");
    let place = with_expired_token(&api);
    // No file may grow: the write of the new token fails as on a full disk.
    let script = "ulimit -f 0; exec \"$0\" run call.dg";
    let mut command = Command::new("sh");
    place.settle(&mut command);
    let output = command
        .args(["-c", script, env!("CARGO_BIN_EXE_freshet")])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(74), "{told}");
    assert!(told.contains("registry.db"), "{told}");
    // Once there is room again, nothing is lost.
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
}

/// How far a clock may be off is told at a renewal, from a minute on, with the direction and what to do.
#[test]
fn a_clock_that_is_off_is_told_at_a_renewal() {
    let call = |ahead: i64| {
        let api = OAuth2::start("tok");
        let place = with_expired_token(&api);
        api.answer(move |_, number| {
            let token = token("tok", number);
            let body = format!(r#"{{"access_token":"{token}","expires_in":3600}}"#);
            let there = jiff::Timestamp::now().as_second() + ahead;
            Reply::json(&body).with("Date", &http_date(there))
        });
        let called = place.call("team", &api.server.url("/me"));
        assert_eq!(api.asked(), 2);
        called.ok().prints("200\n").err
    };
    for ahead in [0, 30, -30] {
        assert_eq!(call(ahead), "", "{ahead}");
    }
    // A few seconds may pass between the answer and its reading.
    for (ahead, side) in [(75, "behind"), (-61, "ahead of"), (86_400, "behind")] {
        let told = call(ahead);
        let (seconds, rest) = told
            .strip_prefix("warning: the clock of this machine is ")
            .and_then(|rest| rest.split_once(" s "))
            .unwrap_or_else(|| panic!("{ahead}: {told}"));
        assert_eq!(rest, format!("{side} that of Shop: set it right\n"));
        let seconds: u64 = seconds.parse().unwrap();
        assert!(
            seconds.abs_diff(ahead.unsigned_abs()) < 15,
            "{ahead}: {told}"
        );
    }
}
