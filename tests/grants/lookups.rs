//! Values that only the service knows: looked up with the first token, or told in the token reply.

use serde_json::{Value, json};

use crate::services::OAuth2Provider;
use crate::services::oauth2_provider::Rules;
use crate::support::place::{Outcome, Place};
use crate::support::server::{Reply, Request, Server};
use crate::support::terminal::Terminal;

/// A service whose API wants to know the site, and whose sites are these.
fn sites(sites: Value) -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::with(Rules {
        api_replies: vec![("/sites", json!({ "sites": sites }))],
        ..Rules::default()
    });
    let place = Place::new();
    let more = format!(
        "headers = {{ X-Site = \"{{site}}\" }}\n\
         lookup = {{ request = \"GET {}\", list = \"/sites\", value = \"/id\", title = \"/name\", field = \"site\" }}\n\
         [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z0-9-]+\"\n",
        provider.server.url("/sites")
    );
    place.add_service(
        "shop",
        &provider.definition("Shop", &["client_credentials"], &more),
    );
    place.add_client("shop", "freshet-client", "freshet-secret");
    (provider, place)
}

fn three() -> Value {
    json!([{ "id": "north", "name": "North" }, { "id": "south", "name": "South" }, { "id": 7 }])
}

/// The header that names the site, in each request to this path.
fn named(provider: &OAuth2Provider, path: &str) -> Vec<Option<String>> {
    let header = |request: &Request| request.header("x-site").map(str::to_owned);
    provider.requests(path).iter().map(header).collect()
}

#[test]
fn check_60_a_lookup_without_a_value_stores_nothing() {
    for (none, found) in [
        (json!([]), "found 0 choices"),
        (json!([{ "name": "without an id" }]), "found 0 choices"),
        (json!("no list"), "found something else there"),
        (Value::Null, "found something else there"),
    ] {
        let (provider, place) = sites(none);
        place
            .add("crm", "shop", &["--connect"])
            .fails(4, &[&format!("site: {found}"), "C0038"]);
        assert_eq!(place.status("crm"), "created");
        assert_eq!(provider.requests("/me").len(), 0);
        place
            .call("crm", &provider.server.url("/me"))
            .fails(4, &["C0002"]);
    }
}

#[test]
fn check_60_the_only_value_is_taken_and_asked_for_once() {
    let (provider, place) = sites(json!([{ "id": "north", "name": "North" }, { "id": "north" }]));
    place.add("crm", "shop", &["--connect"]).ok();
    // Asked without what it asks for; verified with it.
    assert_eq!(named(&provider, "/sites"), [None]);
    assert_eq!(named(&provider, "/me"), [Some("north".to_owned())]);
    provider.expire_access();
    place
        .call("crm", &provider.server.url("/data"))
        .ok()
        .prints("200\n");
    assert_eq!(named(&provider, "/data"), vec![Some("north".to_owned()); 2]);
    assert_eq!(
        named(&provider, "/sites").len(),
        1,
        "a renewal looks nothing up"
    );
}

#[test]
fn check_60_of_three_values_a_person_chooses_one() {
    let (provider, place) = sites(three());
    let told = [
        "site: found 3 choices: north (North), south (South), 7",
        "--set site=VALUE",
        "C0038",
    ];
    place.add("crm", "shop", &["--connect"]).fails(4, &told);
    assert_eq!(place.status("crm"), "created");
    let connect = ["connection", "connect", "crm"];
    place
        .run(&[&connect[..], &["--set", "site=east"]].concat())
        .fails(
            4,
            &[
                "site: found `east`, expected one of north (North), south (South), 7",
                "C0038",
            ],
        );
    place
        .run(&[&connect[..], &["--set", "sight=south"]].concat())
        .fails(2, &["sight", "site", "C0043"]);
    place
        .run(&[&connect[..], &["--set", "site=south"]].concat())
        .ok();
    assert_eq!(named(&provider, "/me"), [Some("south".to_owned())]);
    // What was chosen is shown.
    assert_eq!(place.shown("crm")["fields"], json!({ "site": "south" }));
    let shown = place.run(&["connection", "show", "crm"]).ok().out;
    assert!(shown.contains("site                 south\n"), "{shown}");
    // It may be said when the connection is made, too.
    place
        .add("other", "shop", &["--set", "site=7", "--connect"])
        .ok();
    assert_eq!(named(&provider, "/me")[1].as_deref(), Some("7"));
    // One that is there no more is not taken silently.
    provider.change(|rules| {
        rules.api_replies = vec![("/sites", json!({ "sites": [{ "id": "north" }] }))]
    });
    place
        .run(&["connection", "reconnect", "other"])
        .fails(4, &["site: found `7`, expected north", "C0038"]);
    assert_eq!(place.status("other"), "authorised");
}

#[test]
fn check_60_on_a_terminal_a_person_is_asked() {
    let (provider, place) = sites(three());
    place.add("crm", "shop", &[]).ok();
    let mut terminal = Terminal::run(place.command(&["connection", "connect", "crm"]));
    terminal.expect("  2  South (south)");
    terminal.expect("Number or value: ");
    terminal.write("9\n");
    terminal.expect("found `9`, expected one of north");
    terminal.expect("Number or value: ");
    terminal.write("2\n");
    terminal.ends(0, &["Connected crm to Shop"]);
    assert_eq!(named(&provider, "/me"), [Some("south".to_owned())]);
    assert_eq!((provider.asked(), named(&provider, "/sites").len()), (1, 1));
}

/// Row 15: what waits for a choice ends in every process.
#[test]
fn a_choice_that_waits_in_another_process_ends_with_a_revocation() {
    let (provider, place) = sites(three());
    place.add("crm", "shop", &[]).ok();
    let revoke = ["connection", "revoke", "crm", "--yes"];
    place.run(&revoke).fails(4, &["C0002"]);
    let mut terminal = Terminal::run(place.command(&["connection", "connect", "crm"]));
    terminal.expect("Number or value: ");
    place.run(&revoke).ok();
    let given_back = provider.requests("/revoke");
    assert_eq!(given_back.len(), 1);
    assert!(given_back[0].text().contains("token=tok-access-1"));
    terminal.write("2\n");
    terminal.ends(4, &["found nothing to choose", "C0038"]);
    assert_eq!(place.status("crm"), "created");
    assert_eq!(named(&provider, "/me").len(), 0, "nothing is sent");
    place
        .call("crm", &provider.server.url("/me"))
        .fails(4, &["C0002"]);
    // Connecting begins anew.
    place
        .run(&["connection", "connect", "crm", "--set", "site=south"])
        .ok();
    assert_eq!(named(&provider, "/me"), [Some("south".to_owned())]);
}

/// A scheme without tokens waits for a choice too.
#[test]
fn a_key_waits_for_a_choice_and_ends_with_a_revocation() {
    let api = Server::start(|request| match request.path() {
        "/sites" => Reply::json(r#"[{"id":"north"},{"id":"south"}]"#),
        _ => Reply::json("{}"),
    });
    let place = Place::new();
    let (host, sites) = (api.host(), api.url("/sites"));
    let definition = format!(
        "name = \"Shop\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\nverify = \"GET http://{host}/me/{{site}}\"\n\
         lookup = {{ request = \"GET {sites}\", value = \"/id\", field = \"site\" }}\n\
         [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z]+\"\n\
         [[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n"
    );
    place.add_service("shop", &definition);
    place.add("crm", "shop", &[]).ok();
    place.write_secret("key", "k3y-of-the-test");
    let connect = [
        "connection",
        "connect",
        "crm",
        "--secret-file",
        "api_key=key",
    ];
    let targets = || -> Vec<String> {
        let requests = api.requests();
        requests.into_iter().map(|request| request.target).collect()
    };
    for revoked in [true, false] {
        let mut terminal = Terminal::run(place.command(&connect));
        terminal.expect("Number or value: ");
        if revoked {
            place.run(&["connection", "revoke", "crm", "--yes"]).ok();
        }
        terminal.write("2\n");
        if revoked {
            terminal.ends(4, &["found nothing to choose", "C0038"]);
            assert_eq!(place.status("crm"), "created");
            assert_eq!(targets(), ["/sites"]);
        } else {
            terminal.ends(0, &["Connected crm to Shop"]);
            assert_eq!(targets(), ["/sites", "/sites", "/me/south"]);
        }
    }
    for (path, content) in place.files() {
        let holds = content
            .windows(15)
            .any(|window| window == b"k3y-of-the-test");
        assert!(!holds || path.ends_with("work/key"), "{}", path.display());
    }
}

#[test]
fn a_value_off_its_pattern_and_a_refusal_to_answer_are_told() {
    let (_provider, place) = sites(json!([{ "id": "north/../south" }]));
    place
        .add("crm", "shop", &["--connect"])
        .fails(4, &["site: the service sent `north/../south`", "C0038"]);
    assert_eq!(place.status("crm"), "created");

    let (provider, place) = sites(three());
    provider.change(|rules| rules.api_scope = Some("admin"));
    place
        .add("crm", "shop", &["--scope", "read", "--connect"])
        .fails(4, &["/sites: found 403, expected 200", "C0034"]);
}

/// The values are shown and stored in the open, so what repeats a token is no choice (reliability, 3).
#[test]
fn a_lookup_that_repeats_the_token_does_not_tell_it() {
    let token = "tok-access-1";
    let hidden = |place: &Place, outcome: Outcome| {
        let shown = place.run(&["connection", "show", "crm"]).ok().out;
        for text in [&outcome.out, &outcome.err, &shown] {
            assert!(!text.contains("tok-"), "{text}");
        }
    };
    let (_provider, place) = sites(json!([{ "id": token }]));
    let refused = place.add("crm", "shop", &["--connect"]);
    hidden(
        &place,
        refused.fails(4, &["site: found 0 choices", "C0038"]),
    );
    let (_provider, place) =
        sites(json!([{ "id": "north", "name": token }, { "id": "south" }, { "id": token }]));
    let several = place.add("crm", "shop", &["--connect"]);
    hidden(
        &place,
        several.fails(4, &["site: found 2 choices: north, south"]),
    );
    let connect = ["connection", "connect", "crm", "--set", "site=north"];
    let chosen = place.run(&connect);
    hidden(&place, chosen.ok());
    assert_eq!(place.shown("crm")["fields"], json!({ "site": "north" }));
}

/// The refresh token of the same reply likewise.
#[test]
fn a_lookup_that_repeats_the_refresh_token_does_not_tell_it() {
    let (provider, place) = sites(json!([{ "id": "tok-refresh-1" }]));
    let definition = place.run(&["service", "show", "shop", "--toml"]).ok().out;
    let by_code = definition
        .replace("\"Shop\"", "\"Code\"")
        .replace("client_credentials", "authorization_code");
    place.add_service("by_code", &by_code);
    place.add_client("by_code", "freshet-client", "freshet-secret");
    place.add("crm", "by_code", &[]).ok();
    let refused = place.authorise("crm", &provider);
    let refused = refused.fails(4, &["site: found 0 choices", "C0038"]);
    assert!(!refused.err.contains("tok-"), "{}", refused.err);
    let shown = place.run(&["connection", "show", "crm"]).ok().out;
    assert!(!shown.contains("tok-"), "{shown}");
}

#[test]
fn a_lookup_may_have_a_prefix_of_its_own() {
    let (provider, place) = sites(json!([{ "id": "north" }]));
    let definition = place.run(&["service", "show", "shop", "--toml"]).ok().out;
    let own = definition
        .replace("\"Shop\"", "\"Own\"")
        .replace("list = ", "prefix = \"OAuth \", list = ");
    place.add_service("own", &own);
    place.add_client("own", "freshet-client", "freshet-secret");
    provider.change(|rules| rules.api_prefix = "OAuth ");
    place
        .add("crm", "own", &["--connect"])
        .fails(4, &["/me: found 401", "C0034"]);
    let sent = |path: &str| {
        provider.requests(path)[0]
            .header("authorization")
            .map(str::to_owned)
    };
    assert_eq!(sent("/sites").as_deref(), Some("OAuth tok-access-1"));
    assert_eq!(sent("/me").as_deref(), Some("Bearer tok-access-1"));
}

/// A service whose token reply names the host of its API.
fn instance(members: Vec<(&'static str, Value)>) -> (OAuth2Provider, Place) {
    let provider = OAuth2Provider::with(Rules {
        token_members: members,
        ..Rules::default()
    });
    let place = Place::new();
    let more = "[[fields]]\nname = \"instance\"\ntitle = \"Instance\"\nfrom = \"token:/instance_url\"\npattern = \"([a-z0-9-]+\\\\.salesforce\\\\.com|127\\\\.0\\\\.0\\\\.1:[0-9]+)\"\n";
    let host = provider.server.host();
    let definition = provider.definition("Shop", &["client_credentials"], more);
    let definition = definition
        .replace(&format!("hosts = [\"{host}\"]"), "hosts = [\"{instance}\"]")
        .replace(
            &format!("verify = \"GET http://{host}/me\""),
            "verify = \"GET https://{instance}/me\"",
        )
        .replace(
            &format!("base_url = \"http://{host}/\""),
            "base_url = \"https://{instance}/\"",
        );
    place.add_service("shop", &definition);
    place.add_client("shop", "freshet-client", "freshet-secret");
    place.add("crm", "shop", &[]).ok();
    (provider, place)
}

#[test]
fn check_61_a_host_from_the_token_reply_must_fit_its_pattern() {
    let connect = ["connection", "connect", "crm", "--no-verify"];
    for refused in [
        "evil.example",
        "a.salesforce.com.evil.example",
        "https://a.salesforce.com.evil.example",
        "https://evil.example/a.salesforce.com",
        "https://a.salesforce.com@evil.example/",
        "a.salesforce.com\nevil.example",
    ] {
        let (_provider, place) = instance(vec![("instance_url", json!(refused))]);
        place
            .run(&connect)
            .fails(4, &["instance: the service sent `", "C0038"]);
        assert_eq!(place.status("crm"), "created");
        assert_eq!(place.shown("crm")["hosts"], json!(["{instance}"]));
    }
    for good in ["na1.salesforce.com", "https://na1.salesforce.com"] {
        let (_provider, place) = instance(vec![("instance_url", json!(good))]);
        place.run(&connect).ok();
        assert_eq!(place.shown("crm")["hosts"], json!(["na1.salesforce.com"]));
    }
    let (_provider, place) = instance(Vec::new());
    place.run(&connect).fails(
        4,
        &[
            "instance: found nothing at /instance_url of the token reply",
            "C0038",
        ],
    );
}

#[test]
fn the_host_is_read_again_at_every_renewal_and_a_wrong_one_changes_nothing() {
    let (provider, place) = instance(Vec::new());
    let host = provider.server.host();
    let members = |host: &str| vec![("instance_url", json!(format!("http://{host}")))];
    provider.change(|rules| rules.token_members = members(&host));
    place
        .run(&["connection", "connect", "crm", "--no-verify"])
        .ok();
    place
        .call("crm", &provider.server.url("/me"))
        .ok()
        .prints("200\n");

    provider.expire_access();
    provider.change(|rules| rules.token_members = members("evil.example"));
    place.call("crm", &provider.server.url("/me")).fails(
        4,
        &["instance: the service sent `http://evil.example`", "C0038"],
    );
    assert_eq!(place.shown("crm")["hosts"], json!([host]));
    assert_eq!(place.status("crm"), "authorised");

    // It moves: the new token is not sent to the old host.
    provider.change(|rules| rules.token_members = members("na2.salesforce.com"));
    let arrived = provider.requests("/me").len();
    place
        .call("crm", &provider.server.url("/me"))
        .fails(78, &["may be used with na2.salesforce.com", "C0006"]);
    let after = provider.requests("/me");
    assert_eq!(after.len(), arrived + 1, "only the old token came");
    assert_eq!(
        after[arrived].header("authorization"),
        Some("Bearer tok-access-1")
    );
}

#[test]
fn what_only_the_token_reply_can_tell_is_not_asked_of_a_person() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    let more = "headers = { X-Inst = \"{inst}\" }\n[[fields]]\nname = \"inst\"\ntitle = \"Instance\"\nfrom = \"token:/instance\"\npattern = \"[a-z]+\"\n";
    place.add_service(
        "shop",
        &provider.definition("Shop", &["client_credentials"], more),
    );
    place.add_client("shop", "freshet-client", "freshet-secret");
    let refused = place.add("crm", "shop", &["--connect"]);
    let told = [
        "inst: found nothing at /instance",
        "freshet service edit",
        "C0038",
    ];
    let refused = refused.fails(4, &told);
    assert!(!refused.err.contains("--set"), "{}", refused.err);
}
