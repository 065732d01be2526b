//! How a client tells a token endpoint who it is: in one way, and the way the service's file says.

use crate::World;
use crate::services::oauth2_provider::{ClientAuth, Rules};

fn rules(client_auth: ClientAuth, id: &str, secret: &str) -> Rules {
    Rules {
        client_auth,
        client_id: id.to_owned(),
        client_secret: secret.to_owned(),
        ..Rules::default()
    }
}

/// Authorises, calls, renews and calls: each request as the provider wants it.
fn check(world: &World) {
    world.authorise("team", "shop");
    world.call("team").ok().prints("200\n");
    world.provider.expire_access();
    world.call("team").ok().prints("200\n");
}

#[test]
fn basic_authentication_is_form_encoded_first() {
    for (id, secret, header) in [
        (
            "s6BhdRkqt3",
            "7Fjfp0ZBr1KtDRbnfVdmIw",
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",
        ),
        (
            "my app:1",
            "p@ss w/+ü",
            "Basic bXkrYXBwJTNBMTpwJTQwc3MrdyUyRiUyQiVDMyVCQw==",
        ),
    ] {
        let world = World::new(
            rules(ClientAuth::Basic, id, secret),
            &["authorization_code"],
            "",
        );
        check(&world);
        let requests = world.provider.requests("/token");
        assert_eq!(requests.len(), 2);
        for request in requests {
            assert_eq!(request.header("authorization"), Some(header));
            assert!(!request.text().contains("client_secret"));
        }
        assert_eq!(world.provider.faults(), []);
    }
}

#[test]
fn id_and_secret_in_the_body_or_the_id_alone() {
    for auth in [ClientAuth::Body, ClientAuth::None] {
        let world = World::new(
            rules(auth, "my app:1", "p@ss w/+ü"),
            &["authorization_code"],
            "",
        );
        check(&world);
        for request in world.provider.requests("/token") {
            assert_eq!(request.header("authorization"), None);
            let has_secret = request.text().contains("client_secret");
            assert_eq!(has_secret, auth == ClientAuth::Body);
        }
        assert_eq!(world.provider.faults(), []);
    }
}

#[test]
fn the_other_way_is_tried_once_and_kept() {
    for (auth, refused) in [(ClientAuth::Basic, 0), (ClientAuth::Body, 1)] {
        let world = World::new(rules(auth, "abc", "s3cret"), &["authorization_code"], "");
        let definition = world
            .provider
            .definition("Auto", &["authorization_code"], "");
        let definition = definition
            .replace("client_auth = \"basic\"", "client_auth = \"auto\"")
            .replace("client_auth = \"body\"", "client_auth = \"auto\"");
        world.add_service("auto", &definition);
        world.authorise("team", "auto");
        assert_eq!(world.provider.asked(), 1 + refused);
        world.provider.expire_access();
        world.call("team").ok().prints("200\n");
        assert_eq!(world.provider.asked(), 2 + refused, "the way was kept");
        let faults = world.provider.faults();
        assert_eq!(faults.len(), refused);
        assert!(faults.iter().all(|fault| fault.error == "invalid_client"));
    }
}

#[test]
fn a_wrong_secret_is_told_and_nothing_is_stored() {
    let world = World::new(Rules::default(), &["authorization_code"], "");
    world.place.add_client("shop", "freshet-client", "wr0ng");
    world.place.add("team", "shop");
    let refused = world
        .consent("team")
        .fails(69, &["C0027", "invalid_client"]);
    assert!(!refused.err.contains("wr0ng"));
    assert_eq!(world.place.status("team"), "failed");
}
