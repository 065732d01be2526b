//! Who waited looks again: what was revoked, disabled, removed or changed meanwhile is not sent (connections, 1, rows 15
//! to 17, and 10). The service holds its answer until the other command has ended.

use std::process::Child;
use std::sync::atomic::Ordering;

use crate::calling;
use crate::meanwhile::{Api, CONNECT, VERIFY, WITH_KEY, is, spawn};
use crate::support::place::{Outcome, Place, outcome, words};
use crate::support::server::{Reply, Server};

/// A connection with a key whose calls go one at a time, and a script that tells the service when it runs.
fn one_at_a_time(api: &Api, ready: &Server, target: &str) -> Place {
    let place = api.with_key();
    place.run(&[&CONNECT[..], &WITH_KEY].concat()).ok();
    place
        .run(&words("connection edit team --rate at_once=1"))
        .ok();
    let script = format!(
        "ready = invokeurl\n[\n    url: \"{}\"\n    type: GET\n];\n{}",
        ready.url("/"),
        calling("team", target)
    );
    place.write("call.dg", script);
    place.write("rows.csv", "id\n1\n2\n");
    place
}

fn batch(place: &Place) -> Child {
    spawn(
        place,
        &words("batch run call.dg --jobs rows.csv --in-flight 2"),
    )
}

/// Runs two calls; while the first is held, the other waits for its turn and something is done.
fn done_while_one_waits(
    api: &Api,
    place: &Place,
    ready: &Server,
    path: &str,
    done: &str,
) -> Outcome {
    let before = ready.requests().len();
    api.hold(path);
    let running = batch(place);
    api.has_one();
    while ready.requests().len() < before + 2 {
        std::thread::yield_now();
    }
    place.run(&words(done)).ok();
    api.let_go();
    outcome(running.wait_with_output().unwrap())
}

#[test]
fn a_call_that_waited_for_its_turn_is_not_sent_for_what_was_ended_meanwhile() {
    let (api, ready) = (Api::start(), Server::start(|_| Reply::json("{}")));
    let url = api.server.url("/v2/me");
    for (done, code) in [
        ("connection revoke team --yes", "C0003"),
        ("connection disable team", "C0004"),
        ("connection remove team --yes", "C0001"),
    ] {
        let place = one_at_a_time(&api, &ready, &url);
        let asked = api.asked("/v2/me");
        let ran = done_while_one_waits(&api, &place, &ready, "/v2/me", done);
        ran.fails(3, &[code]);
        assert_eq!(api.asked("/v2/me"), asked + 1, "{done}");
    }
}

#[test]
fn a_call_that_waited_for_its_turn_goes_to_no_host_that_was_taken_away_meanwhile() {
    let (api, ready) = (Api::start(), Server::start(|_| Reply::json("{}")));
    // The same service by another name.
    let host = format!("localhost:{}", api.server.port());
    let place = one_at_a_time(&api, &ready, &format!("http://{host}/files"));
    let allow = format!("connection edit team --allow-host {host}");
    place.run(&words(&allow)).ok();
    let drop = format!("connection edit team --drop-host {host}");
    let ran = done_while_one_waits(&api, &place, &ready, "/files", &drop);
    ran.fails(3, &["C0006"]);
    assert_eq!(api.asked("/files"), 1);
}

#[test]
fn a_token_that_came_for_what_was_disabled_meanwhile_is_not_sent() {
    let api = Api::start();
    let place = api.with_tokens("client_credentials", "");
    place.run(&CONNECT).ok();
    place.expire_tokens();
    let calls = api.asked("/me");
    let start = || spawn(&place, &["run", "call.dg"]);
    let called = api.meanwhile("/token", start, || {
        place.run(&["connection", "disable", "team"]).ok();
    });
    called.fails(4, &["C0004"]).prints("");
    assert_eq!(api.asked("/me"), calls);
    // The token is there for whoever enables it.
    let tokens = api.asked("/token");
    place.run(&["connection", "enable", "team"]).ok();
    place.run(&["run", "call.dg"]).ok();
    assert_eq!(api.asked("/token"), tokens);
}

#[test]
fn a_renewal_that_failed_in_passing_is_not_asked_for_again_after_a_change() {
    let api = Api::start();
    for (done, code) in [
        ("connection disable team", "C0004"),
        ("connection edit team --add-scope write --yes", "C0003"),
    ] {
        let place = api.with_tokens("client_credentials", "");
        place.run(&CONNECT).ok();
        place.expire_tokens();
        api.busy.store(true, Ordering::SeqCst);
        let tokens = api.asked("/token");
        let start = || spawn(&place, &["run", "call.dg"]);
        let called = api.meanwhile("/token", start, || {
            place.run(&words(done)).ok();
        });
        called.fails(4, &[code]).prints("");
        assert_eq!(api.asked("/token"), tokens + 1, "{done}");
        api.busy.store(false, Ordering::SeqCst);
    }
}

/// A service that refuses a signature for its time is asked again, with the time that it told.
#[test]
fn a_signature_is_not_corrected_for_what_was_ended_meanwhile() {
    let api = Api::start();
    let host = format!("localhost:{}", api.server.port());
    let drop = format!("connection edit team --drop-host {host}");
    for (done, code) in [
        ("connection disable team", "C0004"),
        ("connection remove team --yes", "C0001"),
        (drop.as_str(), "C0006"),
    ] {
        let place = Place::new();
        place.add_service("shop", &api.definition("oauth1", "", "legs = \"two\"\n"));
        place.add_client("shop", "abc", "s3cret");
        place.join("team", "shop");
        let allow = format!("connection edit team --allow-host {host}");
        place.run(&words(&allow)).ok();
        place.write("call.dg", calling("team", &format!("http://{host}/skewed")));
        let asked = api.asked("/skewed");
        let start = || spawn(&place, &["run", "call.dg"]);
        let called = api.meanwhile("/skewed", start, || {
            place.run(&words(done)).ok();
        });
        assert!(
            called.exit != Some(0) && called.err.contains(code),
            "{called:?}"
        );
        assert_eq!(api.asked("/skewed"), asked + 1, "{done}");
        if code != "C0001" {
            // Nobody did anything: it is.
            place.run(&words("connection enable team")).ok();
            place.run(&words(&allow)).ok();
            place.run(&["run", "call.dg"]).ok().prints("401\n");
            assert_eq!(api.asked("/skewed"), asked + 3, "{done}");
        }
    }
}

#[test]
fn a_code_for_another_device_is_asked_after_no_more_when_its_connection_is_removed() {
    let api = Api::start();
    let device = format!("device_url = \"{}\"\n", api.server.url("/device"));
    let place = api.with_tokens("device_code", &device);
    // Else it would be asked after for half an hour.
    let more = ["--device", "--timeout", "30"];
    let start = || spawn(&place, &[&CONNECT[..], &more].concat());
    let connected = api.meanwhile("/token", start, || {
        place.run(&words("connection remove team --yes")).ok();
    });
    connected.fails(4, &["C0020"]);
    assert_eq!(api.asked("/token"), 1);
}

/// Row 10: the access token is taken for a while yet, though the grant is dead.
#[test]
fn a_verification_does_not_bring_back_a_grant_that_the_service_ended() {
    let api = Api::start();
    let place = api.with_tokens("client_credentials", "");
    place.run(&CONNECT).ok();
    api.refuses.store(true, Ordering::SeqCst);
    // Refused there, and so is the renewal.
    place
        .call("team", &api.server.url("/v3/me"))
        .fails(4, &["invalid_grant", "C0003"]);
    is(&place, "needs_authorisation", Some("refused"));
    for verify in [&VERIFY[..], &["connection", "verify", "--all"]] {
        place.run(verify).fails(4, &["C0003"]).prints("");
        is(&place, "needs_authorisation", Some("refused"));
    }
    // A new token shows that the service takes the grant again.
    api.refuses.store(false, Ordering::SeqCst);
    place.run(&VERIFY).ok();
    is(&place, "authorised", None);
}
