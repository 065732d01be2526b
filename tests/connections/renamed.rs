//! A connection that is renamed while a command is at work on it: what was done is told under its new name (connections,
//! 4.1), as what it is. The service holds its answer until the other command has ended.

use crate::meanwhile::{Api, CONNECT, WITH_KEY, consented, spawn};
use crate::support::place::{Outcome, Place};

fn rename(place: &Place) {
    place
        .run(&["connection", "edit", "team", "--link-name", "crew", "--yes"])
        .ok();
}

#[track_caller]
fn is_connected(place: &Place, told: Outcome) {
    let told = told.ok().quietly().out;
    assert!(told.starts_with("Connected crew to Shop"), "{told}");
    assert!(told.contains("connection :\"crew\""), "{told}");
    assert_eq!(place.status("crew"), "authorised");
}

#[test]
fn a_renamed_connection_is_connected_under_its_new_name() {
    let api = Api::start();
    let place = api.with_key();
    let start = || spawn(&place, &[&CONNECT[..], &WITH_KEY].concat());
    let told = api.meanwhile("/v2/me", start, || rename(&place));
    is_connected(&place, told);

    let place = api.with_tokens("client_credentials", "");
    let told = api.meanwhile("/token", || spawn(&place, &CONNECT), || rename(&place));
    is_connected(&place, told);

    let place = api.with_tokens("authorization_code", "");
    let told = api.meanwhile("/me", || consented(&place), || rename(&place));
    is_connected(&place, told);
}

#[test]
fn a_renamed_connection_is_revoked_under_its_new_name() {
    let api = Api::start();
    let more = format!("revoke_url = \"{}\"\n", api.server.url("/revoke"));
    let place = api.with_tokens("client_credentials", &more);
    place.run(&CONNECT).ok();
    let start = || spawn(&place, &["connection", "revoke", "team", "--yes"]);
    let told = api.meanwhile("/revoke", start, || rename(&place)).ok();
    assert!(told.out.starts_with("Revoked crew: "), "{}", told.out);
    assert!(
        told.err.contains("connection reconnect crew"),
        "{}",
        told.err
    );
    assert_eq!(place.status("crew"), "needs_authorisation");
}

/// What was shown to work is what is stored: with another user the password is none of this connection's.
#[test]
fn a_password_verified_for_one_user_is_not_connected_for_another() {
    let api = Api::start();
    let place = Place::new();
    place.add_service("shop", &api.definition("basic", "", ""));
    place.write_secret("new", "new-password");
    let add = ["connection", "add", "team", "--service", "shop"];
    place
        .run(&[&add[..], &["--set", "username=ada"]].concat())
        .ok();
    let connect = [&CONNECT[..], &["--secret-file", "password=new"]].concat();
    let start = || spawn(&place, &connect);
    let told = api.meanwhile("/me", start, || {
        place
            .run(&["connection", "edit", "team", "--set", "username=bob"])
            .ok();
    });
    told.fails(4, &["changed while it was connected", "C0003"])
        .prints("");
    assert_eq!(place.status("team"), "created");
    place.run(&connect).ok();
}
