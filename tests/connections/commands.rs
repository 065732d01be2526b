//! The commands as people use them, as transcripts, and their JSON documents.

use serde_json::{Value, json};

use crate::services::{ApiKey, Basic, OAuth2};
use crate::support::place::{Place, names};

/// Every member of a connection, in order (connections, 7).
pub const CONNECTION: [&str; 27] = [
    "link_name",
    "name",
    "service",
    "scheme",
    "grant_type",
    "status",
    "reason",
    "disabled",
    "owner",
    "account",
    "scopes_requested",
    "scopes_granted",
    "fields",
    "hosts",
    "extra_hosts",
    "client",
    "created_at",
    "updated_at",
    "authorised_at",
    "verified_at",
    "refreshed_at",
    "expires_at",
    "refresh_expires_at",
    "used_at",
    "last_error",
    "rate",
    "notes",
];

/// Checks that every time is RFC 3339 in UTC or null.
fn check_connection(connection: &Value) {
    assert_eq!(names(connection), CONNECTION);
    for (name, value) in connection
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_at"))
    {
        let is_time = value
            .as_str()
            .is_some_and(|text| text.len() >= 20 && text.starts_with("20") && text.ends_with('Z'));
        assert!(value.is_null() || is_time, "{name}: {value}");
    }
}

#[test]
fn reading_makes_no_file() {
    let place = Place::new();
    for arguments in [
        &["connection", "list"][..],
        &["connection", "list", "--json"],
        &["service", "list"],
        &["service", "show", "stripe"],
        &["connection", "log", "--all"],
        &["connection", "verify", "--all"],
        &["help", "connection"],
    ] {
        place.run(arguments).ok();
    }
    place
        .run(&["connection", "show", "nobody"])
        .fails(2, &["C0001"]);
    place
        .run(&["connection", "add", "x", "--service", "nothing"])
        .fails(2, &["C0042"]);
    assert!(place.files().is_empty(), "{:?}", place.files());
}

#[test]
fn a_connection_from_nothing_to_its_end() {
    let place = Place::new();
    let api = Basic::start("ada", "lovelace");
    let me = api.server.url("/me");
    place.write("shop.toml", api.definition("Shop"));

    place
        .run(&["service", "validate", "shop.toml"])
        .ok()
        .prints("1 definition: no faults\n");
    let added = place
        .run(&["service", "add", "shop", "--file", "shop.toml"])
        .ok()
        .out;
    for line in [
        "service              Shop (shop)",
        "kind                 custom",
        "scheme               basic",
        "next: freshet connection add my_shop --service shop --connect",
    ] {
        assert!(added.contains(line), "{added}");
    }

    place
        .run(&[
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--name",
            "Team shop",
            "--notes",
            "ours",
            "--set",
            "username=ada",
        ])
        .fails(0, &[])
        .prints("Created team (Shop).\nnext: freshet connection connect team\n");
    assert_eq!(place.status("team"), "created");
    place
        .call("team", &me)
        .fails(
            4,
            &[
                "C0002",
                "`team` was never authorised",
                "freshet connection connect team",
            ],
        )
        .prints("");
    assert!(
        api.server.requests().is_empty(),
        "nothing is sent before it is connected"
    );

    let connected = place
        .run_with_input(
            &["connection", "connect", "team", "--secret-stdin"],
            "lovelace\n",
        )
        .ok()
        .quietly()
        .out;
    assert!(
        connected.starts_with("Connected team to Shop as ada@basic.example. In a function:\n\n"),
        "{connected}"
    );
    assert!(connected.contains("connection :\"team\""), "{connected}");
    place.call("team", &me).ok().prints("200\n").quietly();

    let verified = place
        .run(&["connection", "verify", "team"])
        .ok()
        .quietly()
        .out;
    assert!(
        verified.starts_with("team: authorised as ada@basic.example (200, ")
            && verified.ends_with(" ms)\n"),
        "{verified}"
    );

    let shown = place
        .run(&["connection", "show", "team"])
        .ok()
        .quietly()
        .out;
    for line in [
        "connection           Team shop (team)",
        "service              Shop (shop, basic)",
        "status               authorised",
        "account              ada@basic.example",
        "username             ada",
        "notes                ours",
    ] {
        assert!(shown.contains(line), "{line} is not in {shown}");
    }

    let listed = place.run(&["connection", "list"]).ok().quietly().out;
    let lines: Vec<Vec<&str>> = listed
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect();
    assert_eq!(
        lines[0],
        [
            "LINK NAME",
            "NAME",
            "SERVICE",
            "STATUS",
            "ACCOUNT",
            "EXPIRES",
            "LAST USED"
        ]
    );
    assert_eq!(
        lines[1][..6],
        [
            "team",
            "Team shop",
            "shop",
            "authorised",
            "ada@basic.example",
            "-"
        ]
    );

    place
        .run(&["connection", "disable", "team"])
        .ok()
        .prints("team is disabled.\n");
    place
        .call("team", &me)
        .fails(4, &["C0004", "freshet connection enable team"]);
    place
        .run(&["connection", "enable", "team"])
        .ok()
        .prints("team is authorised.\n");
    place.call("team", &me).ok().prints("200\n");

    let log = place.run(&["connection", "log", "team"]).ok().quietly().out;
    let actions: Vec<&str> = log
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().nth(3).unwrap())
        .collect();
    assert_eq!(
        actions,
        ["create", "connect", "verify", "disable", "enable"],
        "{log}"
    );

    place
        .run(&["service", "remove", "shop", "--yes"])
        .fails(2, &["C0069", "team"]);
    place
        .run(&["connection", "remove", "team", "--yes"])
        .ok()
        .prints("Removed team.\n");
    place
        .run(&["connection", "show", "team"])
        .fails(2, &["C0001"]);
    // What was done stays in the log.
    assert!(
        place
            .run(&["connection", "log", "team"])
            .ok()
            .out
            .contains("remove")
    );
    place
        .run(&["service", "remove", "shop", "--yes"])
        .ok()
        .prints("Removed shop.\n");
    place
        .run(&["connection", "list"])
        .ok()
        .prints("")
        .fails(0, &["no connections"]);
}

#[test]
fn a_service_with_client_credentials_from_options_to_a_script() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    let (host, token, me) = (
        api.server.host(),
        api.server.url("/token"),
        api.server.url("/me"),
    );
    let verify = format!("GET {me}");
    place
        .run_with_input(
            &[
                "service",
                "add",
                "meetings",
                "--name",
                "Meetings",
                "--scheme",
                "oauth2",
                "--grant-type",
                "client_credentials",
                "--token-url",
                &token,
                "--host",
                &host,
                "--scope",
                "meeting:read=Read meetings",
                "--verify",
                &verify,
                "--client-id",
                "abc",
                "--secret-stdin",
            ],
            "s3cret\n",
        )
        .ok();
    let shown = place
        .run(&["service", "show", "meetings", "--json"])
        .ok()
        .quietly()
        .json();
    assert_eq!(
        names(&shown),
        ["version", "service", "redirect_url", "clients"]
    );
    assert_eq!(shown["clients"][0]["client_id"], "abc");
    assert_eq!(shown["clients"][0]["has_secret"], true);
    assert_eq!(shown["service"]["scopes"][0]["display"], "Read meetings");

    let document = place
        .run(&[
            "connection",
            "add",
            "calls",
            "--service",
            "meetings",
            "--scope",
            "meeting:read",
            "--connect",
            "--json",
        ])
        .ok()
        .quietly()
        .json();
    let connection = &document["connection"];
    check_connection(connection);
    assert_eq!(
        (&connection["status"], &connection["grant_type"]),
        (&json!("authorised"), &json!("client_credentials"))
    );
    assert_eq!(connection["scopes_requested"], json!(["meeting:read"]));
    assert!(connection["expires_at"].is_string() && connection["verified_at"].is_string());
    assert_eq!(api.asked(), 1);

    let request = &api.server.requests()[0];
    assert_eq!(
        request.header("authorization"),
        Some("Basic YWJjOnMzY3JldA==")
    );
    assert_eq!(
        request.text(),
        "grant_type=client_credentials&scope=meeting%3Aread"
    );

    // The token is kept: another process asks for none.
    place.call("calls", &me).ok().prints("200\n").quietly();
    assert_eq!(api.asked(), 1);
    let traced = place
        .run_with_input(&["run", "-", "--trace"], crate::calling("calls", &me))
        .ok()
        .err;
    assert!(
        traced.contains("GET")
            && traced.contains("200")
            && traced.contains("connection calls, token not renewed"),
        "{traced}"
    );
    let listed = place.run(&["connection", "list"]).ok().out;
    assert!(
        listed.contains("in 59 minutes") || listed.contains("in 60 minutes"),
        "{listed}"
    );
}

#[test]
fn a_key_goes_where_its_service_wants_it() {
    let place = Place::new();
    let api = ApiKey::start("abc123");
    place.add_service("by_header", &api.in_header("By header"));
    place.add_service("by_query", &api.in_query("By query"));
    place.connect("header", "by_header", "abc123").ok();
    place.connect("query", "by_query", "abc123\n").ok();
    for link in ["header", "query"] {
        place
            .call(link, &api.server.url("/things?page=2"))
            .ok()
            .prints("200\n");
    }
    let requests = api.server.requests();
    assert_eq!(
        (requests[2].target.as_str(), requests[2].header("x-api-key")),
        ("/things?page=2", Some("abc123"))
    );
    assert_eq!(
        (requests[3].target.as_str(), requests[3].header("x-api-key")),
        ("/things?page=2&api_key=abc123", None)
    );

    // A dry run shows where it would go, and sends nothing.
    for (link, shown) in [("header", "x-api-key: ***"), ("query", "api_key=***")] {
        let script = crate::calling(link, &api.server.url("/things"));
        let told = place
            .run_with_input(&["run", "-", "--dry-run"], script)
            .ok()
            .prints("0\n")
            .err;
        assert!(told.contains(shown) && !told.contains("abc123"), "{told}");
    }
    assert_eq!(api.server.requests().len(), requests.len());
}

#[test]
fn every_list_and_report_is_a_json_document() {
    let place = Place::new();
    let api = ApiKey::start("abc123");
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("one", "shop", "abc123").ok();

    let document = |arguments: &[&str]| {
        place
            .run(&[arguments, &["--format", "json"]].concat())
            .ok()
            .quietly()
            .json()
    };
    let listed = document(&["connection", "list"]);
    assert_eq!(names(&listed), ["version", "connections"]);
    check_connection(&listed["connections"][0]);
    for arguments in [
        &["connection", "show", "one"][..],
        &["connection", "disable", "one"],
        &["connection", "enable", "one"],
        &["connection", "edit", "one", "--notes", "x"],
    ] {
        check_connection(&document(arguments)["connection"]);
    }
    assert_eq!(
        names(&document(&["connection", "edit", "one", "--name", "One"])),
        ["version", "connection", "mentioned_in"]
    );
    let verified = document(&["connection", "verify", "--all"]);
    assert_eq!(
        names(&verified["results"][0]),
        [
            "link_name",
            "status",
            "http_status",
            "account",
            "milliseconds",
            "error"
        ]
    );
    assert_eq!(verified["results"][0]["http_status"], 200);
    let logged = document(&["connection", "log", "--all"]);
    assert_eq!(
        names(&logged["entries"][0]),
        [
            "at",
            "actor",
            "via",
            "action",
            "link_name",
            "service",
            "outcome",
            "detail"
        ]
    );
    assert!(
        logged["entries"][0]["actor"]
            .as_str()
            .is_some_and(|actor| !actor.is_empty())
    );
    let snippet = document(&["connection", "snippet", "one"]);
    assert!(
        snippet["snippet"]
            .as_str()
            .unwrap()
            .starts_with("response = invokeurl\n[")
    );
    let services = document(&["service", "list"]);
    assert_eq!(
        names(&services["services"][0]),
        [
            "link_name",
            "name",
            "kind",
            "scheme",
            "grant_types",
            "categories",
            "connections"
        ]
    );
    assert_eq!(
        names(&document(&["service", "validate", "shop.toml"])),
        ["version", "faults"]
    );
    assert_eq!(
        document(&["connection", "remove", "one", "--yes"])["removed"],
        "one"
    );
    assert_eq!(
        document(&["service", "remove", "shop", "--yes"])["removed"],
        "shop"
    );

    let error = place
        .run(&["connection", "show", "one", "--json"])
        .fails(2, &[])
        .prints("")
        .json_error();
    assert_eq!(
        (names(&error), &error["code"]),
        (vec!["code", "message", "help", "exit"], &json!("C0001"))
    );
}

#[test]
fn lists_are_sorted_and_can_be_narrowed() {
    let place = Place::new();
    for (link, service) in [("zeta", "stripe"), ("alpha", "openai"), ("Mid", "stripe")] {
        place.add(link, service);
    }
    let links = |arguments: &[&str]| {
        let document = place
            .run(&[&["connection", "list", "--json"], arguments].concat())
            .ok()
            .json();
        document["connections"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["link_name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(links(&[]), ["alpha", "Mid", "zeta"]);
    assert_eq!(links(&["--service", "stripe"]), ["Mid", "zeta"]);
    assert_eq!(links(&["--status", "authorised"]), [""; 0]);
    place
        .run(&["connection", "list", "--service", "strip"])
        .fails(2, &["C0042", "did you mean `stripe`?"]);
    place
        .run(&["connection", "list", "--status", "fine"])
        .fails(2, &["fine", "needs_authorisation"]);

    let services = place.run(&["service", "list", "--custom"]).ok();
    assert_eq!(
        (services.out.as_str(), services.err.as_str()),
        ("", "no service matches\n")
    );
    let found = place
        .run(&[
            "service",
            "list",
            "--search",
            "payment",
            "--category",
            "payments",
        ])
        .ok()
        .out;
    assert!(
        found.contains("stripe") && !found.contains("openai"),
        "{found}"
    );
    place
        .run(&["service", "list", "--category", "payment"])
        .fails(2, &["'payment'", "payments"]);
}

#[test]
fn every_service_is_shown_and_its_definition_is_sound() {
    let place = Place::new();
    let document = place.run(&["service", "list", "--json"]).ok().json();
    let services = document["services"].as_array().unwrap();
    assert!(services.len() >= 40);
    for service in services {
        let link = service["link_name"].as_str().unwrap();
        let definition = place
            .run(&["service", "show", link, "--toml"])
            .ok()
            .quietly()
            .out;
        place
            .run_with_input(&["service", "validate", "-"], definition)
            .ok();
        let shown = place.run(&["service", "show", link]).ok().quietly().out;
        assert!(
            shown.contains(&format!("({link})")) && shown.contains("scheme "),
            "{shown}"
        );
    }
}

#[test]
fn a_snippet_is_a_script_that_passes_the_check() {
    let place = Place::new();
    place.add("billing", "stripe");
    for kind in ["GET", "POST", "put", "DELETE"] {
        let snippet = place
            .run(&["connection", "snippet", "billing", "--type", kind])
            .ok()
            .quietly()
            .out;
        assert_eq!(
            snippet.contains("parameters :"),
            matches!(kind, "POST" | "put"),
            "{snippet}"
        );
        assert!(
            snippet.contains("connection :\"billing\"")
                && snippet.contains(&format!("type :{}", kind.to_uppercase())),
            "{snippet}"
        );
        place
            .run_with_input(&["check", "-"], snippet)
            .ok()
            .quietly();
    }
    let snippet = place
        .run(&[
            "connection",
            "snippet",
            "billing",
            "--url",
            "https://api.stripe.com/v1/\"x",
        ])
        .ok()
        .out;
    place
        .run_with_input(&["check", "-"], snippet)
        .ok()
        .quietly();
    place
        .run(&["connection", "snippet", "billing", "--type", "FETCH"])
        .fails(2, &["FETCH"]);
}

/// Check 16.
#[test]
fn an_edit_shows_what_it_changed_and_asks_before_something_is_lost() {
    let place = Place::new();
    let api = OAuth2::start("tok");
    place.add_service(
        "shop",
        &(api.definition("Shop")
            + "scopes = [{ name = \"read\", default = true }, { name = \"write\" }]\n"),
    );
    place.add_client("shop", "abc", "s3cret");
    place.join("team", "shop");
    place.write("uses.dg", "info 1; // connection :\"team\"\n");

    let changed = place
        .run(&[
            "connection",
            "edit",
            "team",
            "--name",
            "Team",
            "--rate",
            "at_once=2,per_minute=30",
        ])
        .ok()
        .quietly()
        .out;
    assert_eq!(
        changed,
        "- connection           team (team)\n+ connection           Team (team)\n+ rate                 at_once=2, per_minute=30\n"
    );
    place
        .run(&["connection", "edit", "team", "--name", "Team"])
        .ok()
        .prints("nothing changed\n");
    place
        .run(&[
            "connection",
            "edit",
            "team",
            "--allow-host",
            "files.example.com",
        ])
        .ok()
        .prints("+ extra hosts          files.example.com\n");
    place
        .run(&[
            "connection",
            "edit",
            "team",
            "--drop-host",
            "files.example.com",
        ])
        .ok()
        .prints("- extra hosts          files.example.com\n");

    // A further scope loses the authorisation, so it is asked for: without a terminal, refused.
    place
        .run(&["connection", "edit", "team", "--add-scope", "write"])
        .fails(4, &["C0029", "--yes"]);
    assert_eq!(place.status("team"), "authorised");
    place
        .run(&[
            "connection",
            "edit",
            "team",
            "--add-scope",
            "write",
            "--yes",
        ])
        .ok();
    assert_eq!(place.status("team"), "needs_authorisation");
    place
        .call("team", &api.server.url("/me"))
        .fails(4, &["C0003", "freshet connection reconnect team"]);
    place
        .run(&["connection", "list"])
        .ok()
        .fails(0, &["warning: team was changed since it was authorised"]);
    place.run(&["connection", "reconnect", "team"]).ok();
    assert_eq!(place.status("team"), "authorised");

    place
        .run(&["connection", "edit", "team", "--link-name", "crew"])
        .fails(2, &["C0047", "uses.dg", "--yes"]);
    let renamed = place
        .run(&[
            "connection",
            "edit",
            "team",
            "--link-name",
            "crew",
            "--yes",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(renamed["mentioned_in"], json!(["uses.dg"]));
    place
        .call("team", &api.server.url("/me"))
        .fails(1, &["C0001", "renamed to `crew`"]);
    place.call("crew", &api.server.url("/me")).ok();
}

#[test]
fn definitions_are_checked_with_place_and_cause() {
    let place = Place::new();
    place.write("my_service.toml", "name = \"My\"\nscheme = \"oauth2\"\nhosts = [\"api.example.com\"]\nautorize_url = \"https://example.com/a\"\ntoken_url = \"http://example.com/t\"\n");
    let told = place
        .run(&["service", "validate", "my_service.toml"])
        .fails(78, &[])
        .out;
    assert!(
        told.contains("my_service.toml:4:1: autorize_url: did you mean authorize_url? (C0061)"),
        "{told}"
    );
    assert!(
        told.contains("my_service.toml:5:") && told.contains("(C0064)"),
        "{told}"
    );
    let document = place
        .run(&["service", "validate", "my_service.toml", "--json"])
        .fails(78, &[])
        .quietly()
        .json();
    assert_eq!(
        names(&document["faults"][0]),
        ["file", "line", "column", "code", "key", "message"]
    );

    place
        .run(&["service", "add", "mine", "--file", "my_service.toml"])
        .fails(78, &["my_service.toml:4:1", "C0061"])
        .prints("");
    for (text, code) in [
        ("name = ", "C0060"),
        ("", "C0062"),
        (
            "name = \"A\"\nscheme = \"magic\"\nhosts = [\"a.example\"]\n",
            "C0063",
        ),
    ] {
        let told = place
            .run_with_input(&["service", "validate", "-"], text)
            .fails(78, &[])
            .out;
        assert!(told.contains(code), "{told}");
    }
    place
        .run_with_input(&["service", "validate", "-"], b"name = \"\xff\"")
        .fails(78, &["-:1:9", "0xFF", "UTF-8", "C0060"]);
    place
        .run(&["service", "validate", "none.toml"])
        .fails(74, &["none.toml", "no such file"]);
    place
        .run(&["service", "validate", "."])
        .fails(74, &["cannot read ."]);
    assert!(
        place
            .run(&["service", "list", "--custom"])
            .ok()
            .out
            .is_empty()
    );
}

#[test]
fn a_default_service_is_the_start_of_one_s_own() {
    let place = Place::new();
    place
        .run(&[
            "service",
            "add",
            "my_stripe",
            "--from",
            "stripe",
            "--name",
            "My Stripe",
        ])
        .ok();
    let (own, default) = (
        place
            .run(&["service", "show", "my_stripe", "--json"])
            .json(),
        place.run(&["service", "show", "stripe", "--json"]).json(),
    );
    assert_eq!(
        (&own["service"]["kind"], &own["service"]["hosts"]),
        (&json!("custom"), &default["service"]["hosts"])
    );
    place
        .run(&["service", "remove", "stripe", "--yes"])
        .fails(2, &["C0068", "freshet service add NEW --from stripe"]);
    place
        .run(&["service", "add", "stripe", "--from", "openai"])
        .fails(2, &["C0067"]);
    place
        .run(&["service", "add", "Strange Name", "--from", "openai"])
        .fails(2, &["C0040", "strange_name"]);
    place
        .run(&["service", "add", "new"])
        .fails(4, &["C0029", "--file FILE", "--scheme SCHEME"]);
}

#[test]
fn the_log_can_be_narrowed() {
    let place = Place::new();
    place.add("billing", "stripe");
    place.run(&["connection", "disable", "billing"]).ok();
    let entries = |arguments: &[&str]| {
        let document = place
            .run(&[&["connection", "log", "--json"], arguments].concat())
            .ok()
            .json();
        document["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["action"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(entries(&["billing"]), ["create", "disable"]);
    assert_eq!(entries(&["--all", "--action", "disable"]), ["disable"]);
    assert_eq!(entries(&["--all", "--limit", "1"]), ["disable"]);
    assert_eq!(entries(&["billing", "--since", "2999-01-01"]), [""; 0]);
    assert_eq!(
        entries(&["billing", "--since", "2020-01-01T00:00:00Z"]).len(),
        2
    );
    place.run(&["connection", "log"]).fails(2, &["<LINK>"]);
    place
        .run(&["connection", "log", "nobody"])
        .fails(2, &["C0001"]);
    place
        .run(&["connection", "log", "billing", "--since", "last week"])
        .fails(2, &["expected a date"]);
}
