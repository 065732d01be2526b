//! A token that could not be stored (C0017) is kept for the run, in the place of those it renewed and of no others
//! (connections, 10 and 1, rows 15 and 17; reliability, 6: no lost update).

use crate::calling;
use crate::meanwhile::{Api, CONNECT, spawn};
use crate::services::OAuth2;
use crate::support::place::{Outcome, Place};

/// The connection `team` to a service with tokens, the first of which is due.
fn with_due_token(api: &OAuth2) -> Place {
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    place.expire_tokens();
    place
}

fn registry(place: &Place) -> rusqlite::Connection {
    rusqlite::Connection::open(place.data("registry.db")).unwrap()
}

/// Runs a script whose first call gets a token that cannot be stored; then something is done, and it calls `second`.
fn done_between(place: &Place, first: &OAuth2, second: &OAuth2, done: impl FnOnce()) -> Outcome {
    let pause = Api::start();
    let called = calling("team", &first.server.url("/me"));
    let script = format!(
        "try\n{{\n{called}}}\ncatch (e)\n{{\n    info \"not stored\";\n}}\nx = invokeurl [ url :\"{}\" type :GET ];\n{}",
        pause.server.url("/pause"),
        calling("team", &second.server.url("/me"))
    );
    place.write("twice.dg", script);
    registry(place)
        .execute_batch(
            "CREATE TRIGGER no_room BEFORE UPDATE OF access_token ON credential BEGIN SELECT RAISE(FAIL, 'no room'); END",
        )
        .unwrap();
    let start = || spawn(place, &["run", "twice.dg"]);
    pause.meanwhile("/pause", start, || {
        registry(place)
            .execute_batch("DROP TRIGGER no_room")
            .unwrap();
        done();
    })
}

/// The tokens that arrived at the API.
fn sent(api: &OAuth2) -> Vec<String> {
    let calls = api.server.requests().into_iter();
    calls
        .filter(|call| call.path() == "/me")
        .filter_map(|call| Some(call.header("authorization")?.to_owned()))
        .collect()
}

#[test]
fn it_takes_the_place_of_no_token_that_came_since() {
    let api = OAuth2::start("tok");
    let place = with_due_token(&api);
    let ran = done_between(&place, &api, &api, || {
        place.run(&["connection", "revoke", "team", "--yes"]).ok();
        place.run(&CONNECT).ok();
    });
    ran.ok().prints("not stored\n200\n");
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
    // Verified twice, then called twice; the second token was asked for, and is sent nowhere.
    let expected = [1, 3, 3, 3].map(|number| format!("Bearer tok-{number}"));
    assert_eq!(sent(&api), expected);
    assert_eq!(api.asked(), 3);
}

#[test]
fn it_goes_to_no_other_service() {
    let (api, other) = (OAuth2::start("tok"), OAuth2::start("other"));
    let place = with_due_token(&api);
    place.add_service("other", &other.definition("Other"));
    place.add_client("other", "abc", "s3cret");
    let ran = done_between(&place, &api, &other, || {
        let remove = ["connection", "remove", "team", "--yes"];
        place.run(&remove).ok();
        place.join("team", "other");
    });
    ran.ok().prints("not stored\n200\n");
    assert_eq!(sent(&other), ["Bearer other-1", "Bearer other-1"]);
    assert_eq!((api.asked(), other.asked()), (2, 1));
}

/// Whatever else was changed, the token before it may be spent.
#[test]
fn it_is_stored_when_the_connection_was_changed_otherwise() {
    let api = OAuth2::start("tok");
    for change in [["--notes", "changed"].as_slice(), &["--per-user"]] {
        let place = with_due_token(&api);
        let asked = api.asked();
        let ran = done_between(&place, &api, &api, || {
            let edit = ["connection", "edit", "team"];
            place.run(&[&edit[..], change].concat()).ok();
        });
        ran.ok().prints("not stored\n200\n");
        assert_eq!(api.asked(), asked + 1, "{change:?}");
        place
            .call("team", &api.server.url("/me"))
            .ok()
            .prints("200\n");
        assert_eq!(api.asked(), asked + 1, "{change:?}");
    }
}
