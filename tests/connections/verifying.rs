//! What a verification may bring back, and whose answer counts (connections, 1, 2.2 and 10).

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;

use crate::calling;
use crate::services::{ApiKey, Basic, OAuth2};
use crate::support::place::Place;
use crate::support::server::{Reply, Server};

const KEY: &str = "k3y-of-the-test";
const VERIFY: [&str; 3] = ["connection", "verify", "team"];
const ALL: [&str; 3] = ["connection", "verify", "--all"];

#[track_caller]
fn is(place: &Place, status: &str, reason: Option<&str>) {
    let shown = place
        .run(&["connection", "show", "team", "--json"])
        .ok()
        .json();
    let shown: &Value = &shown["connection"];
    assert_eq!(
        (shown["status"].as_str(), shown["reason"].as_str()),
        (Some(status), reason)
    );
}

/// Neither a verification nor a script sends anything, and the state stays.
#[track_caller]
fn waits_for_a_person(place: &Place, server: &Server, reason: &str, told: &str) {
    let asked = server.requests().len();
    for verify in [VERIFY, ALL] {
        place
            .run(&verify)
            .fails(4, &[told, "C0003", "connection reconnect team"])
            .prints("");
        is(place, "needs_authorisation", Some(reason));
    }
    place
        .call("team", &server.url("/me"))
        .fails(4, &["C0003"])
        .prints("");
    assert_eq!(server.requests().len(), asked);
}

#[test]
fn what_changed_is_authorised_by_a_person_and_not_by_a_verification() {
    let api = OAuth2::start("tok");
    let url = api.server.url("/token?again=1");
    for change in [
        &[
            "connection",
            "edit",
            "team",
            "--add-scope",
            "admin",
            "--yes",
        ][..],
        &[
            "service",
            "client",
            "shop",
            "--client-id",
            "other",
            "--secret-file",
            "client_secret=other",
            "--yes",
        ],
        &["service", "edit", "shop", "--token-url", &url, "--yes"],
    ] {
        let place = Place::new();
        place.add_service("shop", &api.definition("Shop"));
        place.add_client("shop", "abc", "s3cret");
        place.write_secret("other", "s3cret");
        place.join("team", "shop");
        place.run(&VERIFY).ok();
        place.run(change).ok();
        waits_for_a_person(&place, &api.server, "changed", "its definition changed");
        place.expire_tokens();
        waits_for_a_person(&place, &api.server, "changed", "its definition changed");
    }
}

/// The verify request may go to where the tokens come from, which is no place for scripts.
#[test]
fn a_verification_at_an_endpoint_renews_the_token_too() {
    let (api, elsewhere) = (OAuth2::start("tok"), Server::start(|_| Reply::json("{}")));
    let (host, other) = (api.server.host(), elsewhere.host());
    let definition = api
        .definition("Shop")
        .replace(
            &format!("hosts = [\"{host}\"]"),
            &format!("hosts = [\"{other}\"]"),
        )
        .replace(
            &format!("base_url = \"http://{host}/\""),
            &format!("base_url = \"http://{other}/\""),
        );
    let place = Place::new();
    place.add_service("shop", &definition);
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    api.accept("another");
    place.run(&VERIFY).ok();
    assert_eq!(api.asked(), 2);
    place
        .call("team", &api.server.url("/me"))
        .fails(78, &["C0006"]);
}

#[test]
fn a_revoked_key_is_not_sent_whatever_is_changed_afterwards() {
    let api = ApiKey::start(KEY);
    let place = Place::new();
    let host = api.server.host();
    let fields = "[[fields]]\nname = \"of\"\ntitle = \"Of\"\n[[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n";
    let definition = api.in_header("Shop").replace(
        &format!("base_url = \"http://{host}/\""),
        &format!("base_url = \"http://{host}/{{of}}/\""),
    );
    place.add_service("shop", &format!("{definition}{fields}"));
    let add = [
        "connection",
        "add",
        "team",
        "--service",
        "shop",
        "--connect",
    ];
    place
        .run_with_input(
            &[&add[..], &["--set", "of=v1", "--secret-stdin"]].concat(),
            KEY,
        )
        .ok();
    let revoked = place.run(&["connection", "revoke", "team", "--yes"]).ok();
    // A key is nothing that was issued for this: it stays, and that is said.
    assert!(
        revoked.out.contains("what was entered stays here"),
        "{}",
        revoked.out
    );
    waits_for_a_person(&place, &api.server, "revoked", "its tokens were revoked");
    place
        .run(&["connection", "edit", "team", "--set", "of=v2", "--yes"])
        .ok();
    waits_for_a_person(&place, &api.server, "revoked", "its tokens were revoked");
    place.run(&["connection", "reconnect", "team"]).ok();
    is(&place, "authorised", None);
}

#[test]
fn what_was_imported_without_secrets_needs_them_first() {
    let (basic, api, tokens) = (
        Basic::start("ada", ""),
        ApiKey::start(KEY),
        OAuth2::start("tok"),
    );
    for (definition, set, secret, server) in [
        // A service that takes an empty password: nobody entered it here.
        (
            basic.definition("Shop"),
            &["--set", "username=ada"][..],
            "",
            &basic.server,
        ),
        (api.in_header("Shop"), &[], KEY, &api.server),
        (tokens.definition("Shop"), &[], "", &tokens.server),
    ] {
        let place = Place::new();
        place.add_service("shop", &definition);
        if definition.contains("oauth2") {
            place.add_client("shop", "abc", "s3cret");
        }
        place
            .run(&[&["connection", "add", "team", "--service", "shop"], set].concat())
            .ok();
        let connect = ["connection", "connect", "team"];
        match secret {
            "" if definition.contains("oauth2") => place.run(&connect).ok(),
            _ => place
                .run_with_input(&[&connect[..], &["--secret-stdin"]].concat(), secret)
                .ok(),
        };
        place
            .run(&["connection", "export", "team", "--output", "plain"])
            .ok();
        let other = Place::new();
        std::fs::copy(place.path("plain"), other.path("plain")).unwrap();
        other.run(&["connection", "import", "plain"]).ok();
        waits_for_a_person(
            &other,
            server,
            "imported",
            "it was imported without secrets",
        );
    }
}

/// A service with passwords whose `/me` answers by this status, and a page elsewhere that takes anybody.
struct Leading {
    server: Server,
    elsewhere: Server,
    status: Arc<AtomicU16>,
}

impl Leading {
    fn start(elsewhere_status: u16) -> Self {
        let elsewhere = Server::start(move |_| {
            let body = r#"{"email":"anybody","sites":[{"id":"evil"}]}"#;
            Reply::new(elsewhere_status, "application/json", body)
        });
        let status = Arc::new(AtomicU16::new(302));
        let (answer, login) = (Arc::clone(&status), elsewhere.url("/login"));
        let server = Server::start(move |request| match request.path() {
            "/moved" => Reply::json(r#"{"email":"ada"}"#),
            _ => match answer.load(Ordering::SeqCst) {
                301 => Reply::new(301, "", "").with("Location", "/moved"),
                302 => Reply::new(302, "", "").with("Location", &login),
                200 => Reply::json(r#"{"email":"ada"}"#),
                status => Reply::new(status, "", ""),
            },
        });
        Self {
            server,
            elsewhere,
            status,
        }
    }

    fn place(&self, more: &str) -> Place {
        let (place, host) = (Place::new(), self.server.host());
        let definition = format!(
            "name = \"Shop\"\nscheme = \"basic\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\n\
             verify = \"GET http://{host}/me\"\naccount = \"/email\"\n{more}"
        );
        place.add_service("shop", &definition);
        place.write_secret("password", "wrong");
        let add = ["connection", "add", "team", "--service", "shop"];
        place
            .run(&[&add[..], &["--set", "username=ada"]].concat())
            .ok();
        place
    }

    fn told(&self, path: &str, expected: &str) -> String {
        let (host, other) = (self.server.host(), self.elsewhere.host());
        format!("GET {host}{path}: found a redirect that led to {other}, expected {expected}")
    }
}

const CONNECT: [&str; 5] = [
    "connection",
    "connect",
    "team",
    "--secret-file",
    "password=password",
];

#[test]
fn a_page_elsewhere_that_a_verification_is_led_to_shows_nothing() {
    for status in [200, 401, 500] {
        let api = Leading::start(status);
        let place = api.place("");
        let told = api.told("/me", "2xx");
        place.run(&CONNECT).fails(4, &[&told, "C0034"]).prints("");
        is(&place, "created", None);
        let page = api.elsewhere.only();
        assert_eq!(page.header("authorization"), None);

        // A redirect within the service takes the credential along, so its answer counts.
        api.status.store(301, Ordering::SeqCst);
        place.run(&CONNECT).ok();
        is(&place, "authorised", None);
        // What worked is neither shown nor refused by such a page.
        api.status.store(302, Ordering::SeqCst);
        place.run(&VERIFY).fails(4, &[&told, "C0034"]).prints("");
        is(&place, "authorised", None);
    }
}

#[test]
fn a_value_from_elsewhere_is_not_taken() {
    let api = Leading::start(200);
    let lookup = format!(
        "lookup = {{ request = \"GET {}\", list = \"/sites\", value = \"/id\", field = \"site\" }}\n\
         headers = {{ X-Site = \"{{site}}\" }}\n\
         [[fields]]\nname = \"username\"\ntitle = \"User\"\n\
         [[fields]]\nname = \"password\"\ntitle = \"Password\"\nsecret = true\n\
         [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z]+\"\n",
        api.server.url("/sites")
    );
    let place = api.place(&lookup);
    place
        .run(&CONNECT)
        .fails(
            4,
            &[&api.told("/sites", "200"), "check the lookup", "C0034"],
        )
        .prints("");
    is(&place, "created", None);
    assert_eq!(api.server.requests().len(), 1, "it is not verified");
}

#[test]
fn what_a_service_refused_for_a_time_is_shown_to_work_again() {
    let api = Leading::start(200);
    let place = api.place("");
    api.status.store(200, Ordering::SeqCst);
    place.run(&CONNECT).ok();
    api.status.store(401, Ordering::SeqCst);
    place.run(&VERIFY).fails(4, &["found 401", "C0034"]);
    is(&place, "needs_authorisation", Some("refused"));
    // The same credential, that worked before: the service was wrong for a time.
    api.status.store(200, Ordering::SeqCst);
    place.run(&VERIFY).ok();
    is(&place, "authorised", None);
}

#[test]
fn what_never_worked_has_nothing_to_verify() {
    // It takes an empty password, which nobody entered: the one that was tried is not kept.
    let api = Basic::start("ada", "");
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    place.write_secret("password", "wrong");
    let add = ["connection", "add", "team", "--service", "shop"];
    place
        .run(&[&add[..], &["--set", "username=ada"]].concat())
        .ok();
    place.run(&CONNECT).fails(4, &["found 401", "C0034"]);
    is(&place, "failed", Some("rejected"));
    let asked = api.server.requests().len();
    place
        .run(&VERIFY)
        .fails(
            4,
            &[
                "could not be authorised",
                "C0005",
                "connection connect team",
            ],
        )
        .prints("");
    is(&place, "failed", Some("rejected"));
    assert_eq!(api.server.requests().len(), asked);
    place.write("call.dg", calling("team", &api.server.url("/me")));
    place.run(&["run", "call.dg"]).fails(4, &["C0005"]);
}
