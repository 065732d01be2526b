//! The life of a connection (connections, 1): each row of its table, with the status and reason that people see and the
//! entry in the log.

use serde_json::Value;

use crate::World;
use crate::services::OAuth2Provider;
use crate::services::oauth2_provider::Rules;
use crate::support::place::Place;
use crate::support::server::Reply;
use crate::{finish, start};

/// The connection `team` to a provider, not authorised yet.
fn created(rules: Rules) -> World {
    let world = World::new(rules, &["authorization_code"], "");
    let add = ["connection", "add", "team", "--service", "shop"];
    world
        .place
        .run(&[&add[..], &["--scope", "read"]].concat())
        .ok();
    world
}

/// The same, authorised.
fn authorised(rules: Rules) -> World {
    let world = created(rules);
    world.consent("team").ok();
    world
}

/// Status and reason, as people see them.
fn state(world: &World) -> (String, Option<String>) {
    let shown = world.show("team");
    let text = |name: &str| shown[name].as_str().map(str::to_owned);
    (text("status").unwrap(), text("reason"))
}

#[track_caller]
fn is(world: &World, status: &str, reason: Option<&str>) {
    assert_eq!(state(world), (status.to_owned(), reason.map(str::to_owned)));
}

/// Action and outcome of the last entry of the log about `team`.
fn last_entry(place: &Place) -> (String, String) {
    let log = place
        .run(&["connection", "log", "team", "--json"])
        .ok()
        .json();
    let entry: &Value = log["entries"].as_array().unwrap().last().unwrap();
    let text = |name: &str| entry[name].as_str().unwrap().to_owned();
    assert_ne!(text("actor"), "");
    assert_eq!(text("link_name"), "team");
    (text("action"), text("outcome"))
}

#[track_caller]
fn logged(world: &World, action: &str, outcome: &str) {
    let expected = (action.to_owned(), outcome.to_owned());
    assert_eq!(last_entry(&world.place), expected);
}

/// How often the token was renewed.
fn generation(world: &World) -> i64 {
    rusqlite::Connection::open(world.place.data("registry.db"))
        .unwrap()
        .query_row("SELECT gen FROM credential", [], |row| row.get(0))
        .unwrap()
}

/// The provider of a connection that is verified by asking who it is.
fn unverified(provider: &OAuth2Provider, status: u16) {
    provider.change(|rules| {
        rules.api_refusal = status;
        rules.api_prefix = "Nobody ";
    });
}

/// Check 14: this row, and each of those below.
#[test]
fn row_1_create() {
    let world = created(Rules::default());
    is(&world, "created", None);
    logged(&world, "create", "ok");
}

#[test]
fn row_2_import_with_and_without_secrets() {
    let world = authorised(Rules::default());
    let passphrase = ["--secret-file", "passphrase=passphrase"];
    world
        .place
        .write_secret("passphrase", "twelve letters and more");
    world
        .place
        .run(&["connection", "export", "team", "--output", "plain"])
        .ok();
    let export = [
        "connection",
        "export",
        "team",
        "--with-secrets",
        "--passphrase",
        "--output",
        "sealed",
    ];
    world.place.run(&[&export[..], &passphrase].concat()).ok();
    for (file, more, status, reason) in [
        ("plain", &[][..], "needs_authorisation", Some("imported")),
        ("sealed", &passphrase[..], "authorised", None),
    ] {
        let other = World {
            place: Place::new(),
            provider: OAuth2Provider::start(),
        };
        std::fs::copy(world.place.path(file), other.place.path(file)).unwrap();
        other
            .place
            .write_secret("passphrase", "twelve letters and more");
        other
            .place
            .run(&[&["connection", "import", file][..], more].concat())
            .ok();
        is(&other, status, reason);
        logged(&other, "import", "ok");
    }
}

#[test]
fn row_3_a_first_token_a_consent_after_a_failure_and_after_a_loss() {
    let world = created(Rules::default());
    world.consent("team").ok();
    is(&world, "authorised", None);
    logged(&world, "connect", "ok");

    // From `needs_authorisation`.
    world.provider.withdraw();
    world.age(3600, 10);
    world.call("team").fails(4, &["C0003"]);
    is(&world, "needs_authorisation", Some("refused"));
    world.consent("team").ok();
    is(&world, "authorised", None);

    logged(&world, "connect", "ok");

    // Without a person: by secrets that are entered, and by a first token.
    let provider = &world.provider;
    let host = provider.server.host();
    let key = format!("name = \"Key\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\n");
    let token = provider.definition("Token", &["client_credentials"], "");
    for (definition, secret) in [(key, "k3y"), (token, "")] {
        let place = Place::new();
        place.add_service("shop", &definition);
        if secret.is_empty() {
            place.add_client("shop", "freshet-client", "freshet-secret");
        }
        place.add("team", "shop");
        assert_eq!(place.status("team"), "created");
        let connect: &[&str] = match secret {
            "" => &["connection", "connect", "team"],
            _ => &["connection", "connect", "team", "--secret-stdin"],
        };
        place.run_with_input(connect, secret).ok();
        assert_eq!(place.status("team"), "authorised");
        let expected = ("connect".to_owned(), "ok".to_owned());
        assert_eq!(last_entry(&place), expected);
    }

    // From `failed`.
    let failed = created(Rules::default());
    let denied = failed.provider.deny(&start(&failed.place, "team"));
    finish(&failed.place, "team", &denied).fails(4, &["C0023"]);
    failed.consent("team").ok();
    is(&failed, "authorised", None);
    logged(&failed, "connect", "ok");
    assert!(failed.show("team")["last_error"].is_null());
}

#[test]
fn row_4_denied_refused_or_rejected_at_the_first_try() {
    let world = created(Rules::default());
    let answer = world.provider.deny(&start(&world.place, "team"));
    finish(&world.place, "team", &answer).fails(4, &["C0023"]);
    is(&world, "failed", Some("denied"));
    logged(&world, "deny", "C0023");

    let world = created(Rules::default());
    let answer = world.provider.consent(&start(&world.place, "team"));
    world.provider.expire_codes();
    finish(&world.place, "team", &answer).fails(69, &["C0027"]);
    is(&world, "failed", Some("error"));
    logged(&world, "connect", "C0027");

    for status in [401, 403] {
        let world = created(Rules::default());
        let answer = world.provider.consent(&start(&world.place, "team"));
        unverified(&world.provider, status);
        finish(&world.place, "team", &answer).fails(4, &["C0034"]);
        is(&world, "failed", Some("rejected"));
        logged(&world, "connect", "C0034");
        world.call("team").fails(4, &["C0005"]);
    }
}

#[test]
fn row_5_a_failed_reconnect_leaves_what_works() {
    // From each state that has something to lose, and by each way to fail.
    for (status, reason) in [
        ("authorised", None),
        ("expired", None),
        ("needs_authorisation", Some("changed")),
    ] {
        let world = authorised(Rules::default());
        match status {
            "expired" => world.age(3600, 300),
            "needs_authorisation" => {
                let add = ["connection", "edit", "team", "--add-scope", "write"];
                world.place.run(&[&add[..], &["--yes"]].concat()).ok();
            }
            _ => {}
        }
        let failed = |code: &str, action: &str| {
            is(&world, status, reason);
            assert_eq!(world.show("team")["last_error"]["code"], code);
            logged(&world, action, code);
        };
        let answer = world.provider.deny(&start(&world.place, "team"));
        finish(&world.place, "team", &answer).fails(4, &["C0023"]);
        failed("C0023", "deny");

        let answer = world.provider.consent(&start(&world.place, "team"));
        world.provider.expire_codes();
        finish(&world.place, "team", &answer).fails(69, &["C0027"]);
        failed("C0027", "connect");

        let answer = world.provider.consent(&start(&world.place, "team"));
        unverified(&world.provider, 403);
        finish(&world.place, "team", &answer).fails(4, &["C0034"]);
        failed("C0034", "connect");
        world.provider.change(|rules| *rules = Rules::default());
        if reason.is_none() {
            world.call("team").ok().prints("200\n");
        }
    }
}

#[test]
fn row_6_an_attempt_that_expires_changes_nothing() {
    for (world, status, action) in [
        (created(Rules::default()), "created", "create"),
        (authorised(Rules::default()), "authorised", "connect"),
    ] {
        let answer = world.provider.consent(&start(&world.place, "team"));
        let db = rusqlite::Connection::open(world.place.data("registry.db")).unwrap();
        db.execute(
            "UPDATE attempt SET created_at = created_at - 601000, expires_at = expires_at - 601000",
            [],
        )
        .unwrap();
        finish(&world.place, "team", &answer).fails(75, &["C0021"]);
        is(&world, status, None);
        // Nothing changed, so the log has no entry. Ctrl-C is a test of `connect`.
        logged(&world, action, "ok");
        if status == "authorised" {
            world.call("team").ok().prints("200\n");
        }
    }
}

#[test]
fn rows_7_and_8_past_the_lead_point_and_renewed() {
    let world = authorised(Rules::default());
    world.age(3600, 300);
    is(&world, "expired", None);
    let before = generation(&world);
    world.call("team").ok().prints("200\n");
    is(&world, "authorised", None);
    assert_eq!(generation(&world), before + 1);
    logged(&world, "refresh", "ok");
}

#[test]
fn row_9_a_renewal_that_fails_in_passing() {
    let world = authorised(Rules::default());
    let busy = || Reply::new(503, "", "").with("Retry-After", "0");
    world.age(3600, 300);
    world.provider.answer_next([busy(), busy(), busy()]);
    world.call("team").ok().prints("200\n");
    is(&world, "expired", None);
    logged(&world, "refresh_failed", "C0010");

    world.age(3600, -10);
    world.provider.answer_next([busy(), busy(), busy()]);
    world.call("team").fails(69, &["C0010"]);
    is(&world, "expired", None);
    logged(&world, "refresh_failed", "C0010");
}

#[test]
fn row_10_the_grant_is_gone() {
    let world = authorised(Rules::default());
    world.provider.withdraw();
    world.age(3600, 300);
    world.call("team").fails(4, &["C0003", "refused"]);
    is(&world, "needs_authorisation", Some("refused"));
    logged(&world, "refresh_failed", "C0003");
}

#[test]
fn row_11_expired_and_no_way_to_renew() {
    let world = authorised(Rules {
        refresh: false,
        ..Rules::default()
    });
    world.age(3600, -10);
    world.call("team").fails(4, &["C0003", "cannot be renewed"]);
    is(&world, "needs_authorisation", Some("expired"));
    logged(&world, "refresh_failed", "C0003");
}

#[test]
fn row_12_verification_answers_401_after_one_renewal() {
    let world = authorised(Rules::default());
    unverified(&world.provider, 401);
    world
        .place
        .run(&["connection", "verify", "team"])
        .fails(4, &["C0034"]);
    assert_eq!(world.provider.asked(), 2, "one renewal");
    is(&world, "needs_authorisation", Some("refused"));
    logged(&world, "verify", "C0034");
}

#[test]
fn row_13_a_401_in_a_script_and_no_way_to_renew() {
    let world = authorised(Rules {
        refresh: false,
        ..Rules::default()
    });
    world.provider.expire_access();
    world.call("team").ok().prints("401\n");
    is(&world, "authorised", None);
    assert_eq!(world.show("team")["last_error"]["code"], "C0034");
    let listed = world.place.run(&["connection", "list"]).ok();
    assert!(listed.err.contains("warning: team"), "{}", listed.err);
    // Nothing changed but what the list warns of, so the log has no entry.
    logged(&world, "connect", "ok");
}

/// Check 17: a scope is added, and removed.
#[test]
fn row_14_what_was_agreed_to_changes() {
    let edit = |world: &World, more: &[&str]| {
        let edit = ["connection", "edit", "team", "--yes"];
        world.place.run(&[&edit[..], more].concat()).ok();
        logged(world, "edit", "ok");
    };
    let world = authorised(Rules::default());
    edit(&world, &["--add-scope", "write"]);
    is(&world, "needs_authorisation", Some("changed"));
    world.consent("team").ok();
    edit(&world, &["--drop-scope", "write"]);
    is(&world, "authorised", None);

    // Another client, and an address of the custom service.
    world
        .place
        .add_client("shop", "another-client", "another-secret");
    is(&world, "needs_authorisation", Some("changed"));
    logged(&world, "edit", "ok");
    let world = authorised(Rules::default());
    let token_url = world.provider.server.url("/elsewhere");
    let change = [
        "service",
        "edit",
        "shop",
        "--token-url",
        &token_url,
        "--yes",
    ];
    world.place.run(&change).ok();
    is(&world, "needs_authorisation", Some("changed"));
    logged(&world, "edit", "ok");

    // A field that stands in an address, and one that does not.
    let world = World::new(Rules::default(), &["authorization_code"], "");
    let fields = "headers = { X-Team = \"{note}\" }\n[[fields]]\nname = \"tenant\"\ntitle = \"Tenant\"\n[[fields]]\nname = \"note\"\ntitle = \"Note\"\n";
    let definition = world
        .provider
        .definition("Tenants", &["authorization_code"], fields);
    let root = format!("base_url = \"{}", world.provider.server.url("/"));
    world.add_service(
        "tenants",
        &definition.replace(&root, &format!("{root}{{tenant}}/")),
    );
    let add = ["connection", "add", "team", "--service", "tenants"];
    let set = ["--set", "tenant=one", "--set", "note=x"];
    world.place.run(&[&add[..], &set].concat()).ok();
    world.consent("team").ok();
    edit(&world, &["--set", "note=y"]);
    is(&world, "authorised", None);
    edit(&world, &["--set", "tenant=two"]);
    is(&world, "needs_authorisation", Some("changed"));

    // One that stands in no address but those of the authorisation.
    for place in ["authorize", "device", "revoke"] {
        let world = World::new(Rules::default(), &["authorization_code"], "");
        let field = "[[fields]]\nname = \"tenant\"\ntitle = \"Tenant\"\n";
        let definition = world
            .provider
            .definition("Tenants", &["authorization_code"], field);
        let address = world.provider.server.url(&format!("/{place}"));
        world.add_service(
            "tenants",
            &definition.replace(&address, &format!("{address}?of={{tenant}}")),
        );
        let set = ["--set", "tenant=one"];
        world.place.run(&[&add[..], &set].concat()).ok();
        world.consent("team").ok();
        edit(&world, &["--set", "tenant=two"]);
        is(&world, "needs_authorisation", Some("changed"));
    }
}

/// Row 14 for another grant type (connections, 4.1): what was issued by the old one is used no more.
#[test]
fn row_14_another_grant_type() {
    let grants = ["authorization_code", "client_credentials", "password"];
    let world = World::new(Rules::default(), &grants, "");
    let add = ["connection", "add", "team", "--service", "shop"];
    world.place.run(&add).ok();
    world.consent("team").ok();
    let edit = |more: &[&str]| {
        let edit = ["connection", "edit", "team"];
        world.place.run(&[&edit[..], more].concat())
    };
    for (wrong, told) in [
        (
            "device_code",
            "found `device_code`, expected one of authorization_code, client_credentials, password",
        ),
        ("password", "--allow-password-grant"),
    ] {
        edit(&["--grant-type", wrong, "--yes"]).fails(2, &[told, "C0049"]);
    }
    let another = ["--grant-type", "client_credentials"];
    edit(&another).fails(4, &["C0029", "--yes"]);
    is(&world, "authorised", None);
    // The one it has is no change.
    edit(&["--grant-type", "authorization_code"]).ok();
    is(&world, "authorised", None);

    let told = edit(&[&another[..], &["--yes"]].concat()).ok();
    for line in [
        "- grant type           authorization_code\n",
        "+ grant type           client_credentials\n",
    ] {
        assert!(told.out.contains(line), "{}", told.out);
    }
    is(&world, "needs_authorisation", Some("changed"));
    logged(&world, "edit", "ok");
    let calls = world.provider.requests("/me").len();
    world
        .call("team")
        .fails(4, &["C0003", "its definition changed"]);
    assert_eq!(world.provider.requests("/me").len(), calls);
    // Nobody needs to consent to this one.
    world.place.run(&["connection", "reconnect", "team"]).ok();
    is(&world, "authorised", None);
    world.call("team").ok().prints("200\n");
}

#[test]
fn row_15_revoked() {
    let world = authorised(Rules::default());
    world
        .place
        .run(&["connection", "revoke", "team", "--yes"])
        .ok();
    is(&world, "needs_authorisation", Some("revoked"));
    logged(&world, "revoke", "ok");
    assert!(world.provider.good_tokens().is_empty());
    world.call("team").fails(4, &["C0003", "revoked"]);
    // The client is still there.
    world.consent("team").ok();
    is(&world, "authorised", None);
}

#[test]
fn row_16_disabled_and_enabled() {
    let world = authorised(Rules::default());
    world.place.run(&["connection", "disable", "team"]).ok();
    is(&world, "disabled", None);
    logged(&world, "disable", "ok");
    let calls = world.provider.requests("/me").len();
    world.call("team").fails(4, &["C0004"]);
    assert_eq!(world.provider.requests("/me").len(), calls);
    world.place.run(&["connection", "enable", "team"]).ok();
    is(&world, "authorised", None);
    logged(&world, "enable", "ok");
}

#[test]
fn row_17_removed() {
    let world = authorised(Rules::default());
    world
        .place
        .run(&["connection", "remove", "team", "--yes"])
        .ok();
    world
        .place
        .run(&["connection", "show", "team"])
        .fails(2, &["C0001"]);
    logged(&world, "remove", "ok");
    let left: i64 = rusqlite::Connection::open(world.place.data("registry.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM credential", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}
