//! Renewing tokens across processes: one request at a time, and nothing lost.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::calling;
use crate::services::{OAuth2, token};
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

#[test]
fn a_hundred_processes_with_one_expired_token_cause_one_token_request() {
    let api = OAuth2::start("tok");
    let place = with_expired_token(&api);
    let begun = Instant::now();
    // The token endpoint answers when all processes have been started.
    api.close();
    let children: Vec<Child> = (0..100).map(|_| start(&place)).collect();
    wait_for_requests(&api, 2);
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
    assert!(took < Duration::from_secs(20), "took {took:?}");
}

#[test]
fn a_process_killed_while_it_renews_leaves_the_way_free() {
    let api = OAuth2::start("tok");
    let place = with_expired_token(&api);
    api.close();
    let mut holder = start(&place);
    wait_for_requests(&api, 2);
    let waiting = start(&place);
    holder.kill().unwrap();
    holder.wait().unwrap();
    // The lock ended with its holder, so the other one asks although the first request was never answered.
    wait_for_requests(&api, 3);
    api.open();
    let (out, err) = ended(waiting);
    assert_eq!(out, "200\n", "{err}");
    assert_eq!(api.asked(), 3);
    let intact: String = rusqlite::Connection::open(place.data("registry.db"))
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(intact, "ok");
}

#[test]
fn who_waits_for_a_renewal_is_told_after_a_second() {
    let api = OAuth2::start("tok");
    let place = with_expired_token(&api);
    api.close();
    let holder = start(&place);
    wait_for_requests(&api, 2);
    let mut waiting = start(&place);
    // Read until it says something: it does so only when it has waited.
    let mut told = String::new();
    let mut lines = std::io::BufReader::new(waiting.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut lines, &mut told).unwrap();
    assert!(
        told.contains("waiting for another process that connects or renews `team`"),
        "{told}"
    );
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
