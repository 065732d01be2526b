//! The same flows against servers that others wrote.

use crate::services::ForeignOAuth2;
use crate::support::place::Place;
use crate::{finish, start};

const REDIRECT: &str = "http://127.0.0.1:8713/callback";

/// A place with a service and its client for one grant of django-oauth-toolkit.
fn django(server: &ForeignOAuth2, grant: &str, more: &str) -> Place {
    let place = Place::new();
    place.add_service("django", &server.definition("Django", grant, more));
    place.add_client(
        "django",
        ForeignOAuth2::client(grant),
        ForeignOAuth2::SECRET,
    );
    place.add("team", "django");
    place
}

#[test]
fn django_oauth_toolkit_authorises_by_code_and_renews() {
    let Some(server) = ForeignOAuth2::start(REDIRECT) else {
        return;
    };
    let place = django(&server, "authorization_code", "");
    let answer = server.deny(&start(&place, "team"));
    finish(&place, "team", &answer).fails(4, &["C0023"]);
    // A denial says no `iss`, although the metadata announce it; consents do.
    let issuer = format!("issuer = \"{}\"\n", server.issuer());
    let place = django(&server, "authorization_code", &issuer);
    let answer = server.consent(&start(&place, "team"));
    let connected = finish(&place, "team", &answer).ok();
    assert!(
        connected.out.contains(ForeignOAuth2::ACCOUNT),
        "{}",
        connected.out
    );
    finish(&place, "team", &answer).fails(4, &["C0022"]);
    let me = server.url("/api/me");
    place.call("team", &me).ok().prints("200\n");
    // Two renewals, since the refresh token of the first is another one: a spent one would end the family.
    for _ in 0..2 {
        server.expire_access();
        place.call("team", &me).ok().prints("200\n");
    }
    assert_eq!(server.good_tokens(), (1, 1));
}

#[test]
fn django_oauth_toolkit_gives_tokens_to_a_client() {
    let Some(server) = ForeignOAuth2::start(REDIRECT) else {
        return;
    };
    let place = django(&server, "client_credentials", "");
    let connected = place.run(&["connection", "connect", "team"]).ok();
    let client = ForeignOAuth2::client("client_credentials");
    assert!(connected.out.contains(client), "{}", connected.out);
    let me = server.url("/api/me");
    server.expire_access();
    place.call("team", &me).ok().prints("200\n");
}
