//! What people are told leads to the right place: the key of the definition, the name that is wrong, what passes by itself.

use std::process::Command;

use serde_json::Value;

use crate::services::ApiKey;
use crate::support::form;
use crate::support::place::{Outcome, Place, feed};
use crate::support::server::{Reply, Request, Server};

const BIG: usize = 1_100_000;

/// A custom service with OAuth 2.0 at `server`; `more` are further keys.
fn definition(server: &Server, grant: &str, more: &str) -> String {
    let (host, token) = (server.host(), server.url("/token"));
    format!(
        "name = \"Shop\"\nscheme = \"oauth2\"\ngrant_types = [\"{grant}\"]\ntoken_url = \"{token}\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\n{more}"
    )
}

/// The service `shop` with its client, and the connection `team` that is not connected.
fn furnished(definition: &str) -> Place {
    let place = Place::new();
    place.add_service("shop", definition);
    place.add_client("shop", "abc", "cl1ent-s3cret");
    place.add("team", "shop");
    place
}

fn connect(place: &Place, more: &[&str]) -> Outcome {
    place.run(&[&["connection", "connect", "team"], more].concat())
}

#[track_caller]
fn without(outcome: &Outcome, texts: &[&str]) {
    for text in texts {
        assert!(!outcome.err.contains(text), "{text}: {}", outcome.err);
    }
}

#[test]
fn a_reply_without_a_device_code_names_its_address_and_the_member_at_fault() {
    let code = |more: &str| format!(r#"{{"device_code":"d3vice","expires_in":600,{more}}}"#);
    let uri = r#""verification_uri":"https://shop.example/activate""#;
    for (reply, found) in [
        (
            Reply::new(200, "text/html", "<title>Sign in</title>"),
            "found 200 text/html, title \"Sign in\"",
        ),
        (Reply::new(404, "", ""), "found 404"),
        (
            Reply::json(&code(&format!(r#""user_code":"AB\u0007CD",{uri}"#))),
            "a user_code that has a control character",
        ),
        (
            Reply::json(&code(&format!(r#""user_code":1234,{uri}"#))),
            "a user_code that is no text",
        ),
        (
            Reply::json(&code(
                r#""user_code":"ABCD","verification_uri":"javascript:alert(1)""#,
            )),
            "a verification_uri that is no https address",
        ),
        (
            Reply::json(&code(r#""user_code":"ABCD""#)),
            "no verification_uri",
        ),
    ] {
        let reply = std::sync::Mutex::new(Some(reply));
        let server = Server::start(move |_| {
            let reply = reply.lock().unwrap().take();
            reply.unwrap_or_else(|| Reply::new(500, "", ""))
        });
        let device = format!("device_url = \"{}\"\n", server.url("/device"));
        let place = furnished(&definition(&server, "device_code", &device));
        let told = connect(&place, &["--device"]).fails(69, &["C0026", "device_url", found]);
        without(&told, &["token_url", "javascript", "1234"]);
        assert_eq!(place.status("team"), "failed");
    }
}

#[test]
fn a_reply_without_a_temporary_token_names_the_request_token_url() {
    for body in [
        "<title>Sign in</title>",
        "oauth_token=&oauth_token_secret=x",
    ] {
        let server = Server::start(move |_| Reply::new(200, "text/html", body));
        let (host, at) = (server.host(), |path: &str| server.url(path));
        let place = furnished(&format!(
            "name = \"Shop\"\nscheme = \"oauth1\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nrequest_token_url = \"{}\"\nauthorize_url = \"{}\"\ntoken_url = \"{}\"\n",
            at("/request"),
            at("/authorize"),
            at("/token"),
        ));
        let told = connect(&place, &["--start"])
            .fails(69, &["C0026", "(request_token_url)", "temporary token"]);
        without(&told, &["(token_url)"]);
    }
}

#[test]
fn a_reply_that_is_too_long_is_not_to_be_asked_for_in_pages() {
    let server = Server::start(|_| Reply::json(&" ".repeat(BIG)));
    let place = furnished(&definition(&server, "client_credentials", ""));
    let told = connect(&place, &[]).fails(69, &["C0013", "(token_url)"]);
    without(&told, &["one page"]);

    let issuer = format!("issuer = \"{}\"\n", server.url(""));
    let found = definition(&server, "client_credentials", &issuer);
    let token = format!("token_url = \"{}\"\n", server.url("/token"));
    let place = furnished(&found.replace(&token, ""));
    let told = connect(&place, &[]).fails(69, &["C0013", "(issuer)"]);
    without(&told, &["one page"]);
}

/// A service whose lookup is answered like this; `team` is connected.
fn looked_up(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static, more: &[&str]) -> Outcome {
    let server = Server::start(move |request| match request.path() {
        "/token" => Reply::json(r#"{"access_token":"tok","token_type":"Bearer"}"#),
        _ => reply(request),
    });
    let lookup = format!(
        "headers = {{ X-Site = \"{{site}}\" }}\nlookup = {{ request = \"GET {}\", list = \"/sites\", value = \"/id\", field = \"site\" }}\nfields = [{{ name = \"site\", title = \"Site\", from = \"lookup\", pattern = \"[a-z]+\" }}]\n",
        server.url("/sites")
    );
    let place = furnished(&definition(&server, "client_credentials", &lookup));
    connect(&place, more).fails(4, &["C0038"])
}

#[test]
fn a_lookup_says_what_came_in_place_of_a_list() {
    let html = || Reply::new(200, "text/html", "<p>Sign in</p>");
    let told = looked_up(move |_| html(), &[]);
    assert!(
        told.err
            .contains("site: found no JSON, expected a list at /sites"),
        "{}",
        told.err
    );
    assert!(told.err.contains("check the lookup"), "{}", told.err);
    let told = looked_up(|_| Reply::json(r#"{"places":[]}"#), &[]);
    assert!(
        told.err
            .contains("site: found nothing there, expected a list at /sites"),
        "{}",
        told.err
    );
    // An empty list is one: here the account is to be looked at.
    let told = looked_up(|_| Reply::json(r#"{"sites":[]}"#), &[]);
    assert!(told.err.contains("has access to one"), "{}", told.err);
}

#[test]
fn a_value_that_only_the_service_can_give_is_not_asked_for() {
    for more in [&[][..], &["--set", "site=ab"]] {
        let told = looked_up(|_| Reply::json(r#"{"sites":[{"id":"A/B"}]}"#), more);
        assert!(
            told.err.contains("`A/B`, which does not match its pattern"),
            "{}",
            told.err
        );
        assert!(
            told.err.contains("only the service can give it"),
            "{}",
            told.err
        );
        without(&told, &["with --set"]);
    }
    let server = Server::start(|_| Reply::json("{}"));
    let field = "headers = { X-Inst = \"{inst}\" }\nfields = [{ name = \"inst\", title = \"Instance\", from = \"token:/inst\", pattern = \"[a-z]+\" }]\n";
    let place = furnished(&definition(&server, "client_credentials", field));
    let told =
        connect(&place, &["--set", "inst=x"]).fails(4, &["C0038", "inst", "the service tells it"]);
    without(&told, &["no fields"]);
}

/// Verification by JSON: status, milliseconds and the code of the error.
fn verified(place: &Place) -> (Value, u64, Outcome) {
    let outcome = place.run(&["connection", "verify", "team", "--json"]);
    let result = outcome.json()["results"][0].clone();
    let milliseconds = result["milliseconds"].as_u64().expect("a number");
    assert_eq!(result["error"]["code"], "C0034", "{result}");
    (result["http_status"].clone(), milliseconds, outcome)
}

#[test]
fn a_verification_that_fails_tells_the_status_and_what_passes() {
    let status = std::sync::Arc::new(std::sync::atomic::AtomicU16::new(200));
    let serving = std::sync::Arc::clone(&status);
    let server = Server::start(move |_| {
        let status = serving.load(std::sync::atomic::Ordering::SeqCst);
        Reply::new(status, "application/json", "{}")
    });
    let host = server.host();
    let place = Place::new();
    place.add_service(
        "shop",
        &format!(
            "name = \"Shop\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET {}\"\n",
            server.url("/me")
        ),
    );
    place.connect("team", "shop", "k3y").ok();
    // The last one takes the credential to be refused.
    for (number, exit) in [(403, 4), (404, 4), (429, 69), (500, 69), (401, 4)] {
        status.store(number, std::sync::atomic::Ordering::SeqCst);
        let (found, _, outcome) = verified(&place);
        assert_eq!((found, outcome.exit), (Value::from(number), Some(exit)));
        if number == 429 {
            let told = outcome.json()["results"][0]["error"]["help"].clone();
            assert!(told.as_str().unwrap().contains("try again later"), "{told}");
        }
    }
}

#[test]
fn a_client_of_an_unknown_name_is_told_with_those_there_are() {
    let server = Server::start(|_| Reply::json("{}"));
    let place = furnished(&definition(&server, "client_credentials", ""));
    let second = [
        "service",
        "client",
        "shop",
        "--name",
        "second",
        "--client-id",
        "def",
        "--secret-stdin",
    ];
    place.run_with_input(&second, "s3cret").ok();
    for command in [
        &["service", "client", "shop", "--name", "nope", "--remove"][..],
        &["connection", "edit", "team", "--client", "nope", "--yes"],
        &[
            "connection",
            "add",
            "x",
            "--service",
            "shop",
            "--client",
            "nope",
        ],
    ] {
        let told = place.run(command).fails(
            4,
            &[
                "C0039",
                "found no client `nope`, expected one of default, second",
                "freshet service show shop",
            ],
        );
        without(&told, &["no client is stored"]);
    }
    // Where there is none at all, one is to be registered.
    let place = Place::new();
    place.add_service("shop", &definition(&server, "client_credentials", ""));
    place
        .run(&["service", "client", "shop", "--name", "nope", "--remove"])
        .fails(4, &["C0039", "no client is stored for Shop"]);
}

/// Connections, 4.3: the user is whom the operating system knows, not what the environment says.
#[test]
fn the_owner_is_the_user_of_the_operating_system() {
    let whoami = Command::new("id").arg("-un").output().unwrap().stdout;
    let whoami = String::from_utf8(whoami).unwrap().trim().to_owned();
    let api = ApiKey::start("key");
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place
        .run(&[
            "connection",
            "add",
            "own",
            "--service",
            "shop",
            "--per-user",
        ])
        .ok();
    for user in [Some("somebody"), None] {
        let mut command = place.command(&["connection", "show", "own", "--json"]);
        command
            .env_remove("FRESHET_OWNER")
            .env_remove("USER")
            .env_remove("LOGNAME");
        if let Some(user) = user {
            command.env("USER", user);
        }
        let shown = feed(command, b"").ok().json();
        assert_eq!(shown["connection"]["owner"], whoami.as_str());
    }
    let logged = place
        .run(&["connection", "log", "own", "--json"])
        .ok()
        .json();
    assert_eq!(logged["entries"][0]["actor"], whoami.as_str());
}

#[test]
fn options_that_cannot_work_are_refused() {
    let server = Server::start(|_| Reply::json("{}"));
    let authorize = format!("authorize_url = \"{}\"\n", server.url("/authorize"));
    let place = furnished(&definition(&server, "authorization_code", &authorize));
    connect(&place, &["--start", "--port", "0"])
        .fails(2, &["--port 0", "--start"])
        .prints("");
    for time in ["0", "601", "999999999"] {
        connect(&place, &["--start", "--timeout", time])
            .fails(2, &["--timeout", "600"])
            .prints("");
    }
    place
        .run(&["connection", "log", "team", "--action", "bogus"])
        .fails(2, &["bogus", "refresh_failed", "use_refused"])
        .prints("");
    place
        .run(&["connection", "log", "team", "--action", "create"])
        .ok();
    let set = ["--set", "username=ada", "--set", "username=bob"];
    let add = ["connection", "add", "x", "--service", "shop"];
    place
        .run(&[&add[..], &set].concat())
        .fails(2, &["`username` is given twice"]);
    connect(&place, &set).fails(2, &["`username` is given twice"]);
}

/// Connections, 10 (1): hosts are compared in lower case, so they are kept so.
#[test]
fn an_extra_host_is_one_however_it_is_written() {
    let api = ApiKey::start("key");
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    let hosts = |place: &Place| {
        let shown = place
            .run(&["connection", "show", "team", "--json"])
            .ok()
            .json();
        shown["connection"]["extra_hosts"].clone()
    };
    let two = [
        "--allow-host",
        "B.example.com",
        "--allow-host",
        "b.example.com",
    ];
    let add = ["connection", "add", "team", "--service", "shop"];
    place.run(&[&add[..], &two].concat()).ok();
    assert_eq!(hosts(&place), serde_json::json!(["b.example.com"]));
    let edit = |more: &[&str]| place.run(&[&["connection", "edit", "team"], more].concat());
    edit(&["--allow-host", "B.EXAMPLE.com."]).ok();
    assert_eq!(hosts(&place), serde_json::json!(["b.example.com"]));
    edit(&["--drop-host", "B.EXAMPLE.com"]).ok();
    assert_eq!(hosts(&place), serde_json::json!([]));
    edit(&["--drop-host", "b.example.com"]).fails(2, &["C0046"]);
}

/// What a token reply may hold besides (connections, 6.5).
#[test]
fn values_that_nothing_can_hold_do_not_lose_a_token() {
    let at = jiff::Timestamp::now().as_second() + 7200;
    let of = jiff::Timestamp::from_second(at).unwrap();
    for (more, ends) in [
        (r#""expires_in":1e400"#.to_owned(), None),
        (r#""expires_in":-1e400,"n":[1e999,1.5]"#.to_owned(), None),
        (
            r#""note":"half \ud800 of \"it\\","expires_in":"1e400""#.to_owned(),
            None,
        ),
        (r#""note":"\ude00 \ud83d\ude00 \u00e9""#.to_owned(), None),
        (format!(r#""expires_at":{at}"#), Some(of)),
        (format!(r#""expires_at":"{of}""#), Some(of)),
    ] {
        let body = format!(r#"{{"access_token":"tok","token_type":"Bearer",{more}}}"#);
        let server = Server::start(move |_| Reply::json(&body));
        let place = furnished(&definition(&server, "client_credentials", ""));
        connect(&place, &[]).ok();
        let shown = place
            .run(&["connection", "show", "team", "--json"])
            .ok()
            .json();
        let ends = ends.map(|ends| ends.to_string());
        assert_eq!(
            shown["connection"]["expires_at"].as_str(),
            ends.as_deref(),
            "{more}"
        );
    }
}

/// A token that cannot be sent is none, whatever made it so.
#[test]
fn half_a_character_in_a_token_is_no_token() {
    let server = Server::start(|_| Reply::json(r#"{"access_token":"t\ud800k"}"#));
    let place = furnished(&definition(&server, "client_credentials", ""));
    connect(&place, &[]).fails(69, &["C0026"]);
}

/// RFC 6749, 3.1: no parameter of an answer comes twice.
#[test]
fn an_answer_with_a_parameter_twice_is_refused_before_anything_is_sent() {
    let server = Server::start(|_| Reply::json(r#"{"access_token":"tok"}"#));
    let authorize = format!("authorize_url = \"{}\"\n", server.url("/authorize"));
    let place = furnished(&definition(&server, "authorization_code", &authorize));
    let begun = connect(&place, &["--start"]).ok().out;
    let query = begun.trim().split_once('?').unwrap().1.to_owned();
    let of = |name: &str| {
        let mut pairs = form::pairs(&query).unwrap().into_iter();
        pairs.find(|(known, _)| known == name).unwrap().1
    };
    let (back, state) = (of("redirect_uri"), of("state"));
    let finish = ["connection", "connect", "team", "--finish", "-"];
    for (more, twice) in [("&code=b", "`code` twice"), ("&state=x", "`state` twice")] {
        let answer = format!("{back}?code=a&state={state}{more}");
        place
            .run_with_input(&finish, answer)
            .fails(2, &["C0030", twice]);
    }
    assert!(server.requests().is_empty());
    // Others mean nothing here.
    let answer = format!("{back}?code=a&state={state}&x=1&x=2");
    place.run_with_input(&finish, answer).ok();
}

#[test]
fn a_secret_in_the_type_of_a_reply_is_not_shown() {
    let server = Server::start(|_| Reply::new(200, "CL1ENT-S3CRET/x", "rubbish"));
    let place = Place::new();
    place.add_service("shop", &definition(&server, "client_credentials", ""));
    place.add_client("shop", "abc", "CL1ENT-S3CRET");
    place.add("team", "shop");
    let told = connect(&place, &[]).fails(69, &["C0026"]);
    let told = told.err.to_lowercase();
    assert!(!told.contains("cl1ent-s3cret"), "{told}");
}

/// C0035 of a renewal, whoever is there to hear it: the run, and whoever looks afterwards.
#[test]
fn fewer_scopes_than_asked_for_are_told() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |request| match request.path() {
        "/token" => {
            let first = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            let scope = if first { "read write" } else { "read" };
            Reply::json(&format!(
                r#"{{"access_token":"tok","expires_in":3600,"scope":"{scope}"}}"#
            ))
        }
        _ => Reply::json("{}"),
    });
    let more = format!(
        "verify = \"GET {}\"\nscopes = [{{ name = \"read\", default = true }}, {{ name = \"write\", default = true }}]\n",
        server.url("/me")
    );
    let place = furnished(&definition(&server, "client_credentials", &more));
    connect(&place, &[]).ok();
    place.run(&["connection", "list"]).ok().quietly();
    place.expire_tokens();
    let told = "asked for read, write, granted read (C0035)";
    let ran = place.call("team", &server.url("/me")).ok().prints("200\n");
    assert_eq!(ran.err, format!("warning: `team`: {told}\n"));
    // The token is not asked for again, so nothing is new.
    place.call("team", &server.url("/me")).ok().quietly();
    for command in ["list", "show", "verify", "verify --json"] {
        let words = command
            .split(' ')
            .chain((command != "list").then_some("team"));
        let looked = ["connection"].into_iter().chain(words).collect::<Vec<_>>();
        let looked = place.run(&looked).ok();
        assert_eq!(looked.err, format!("warning: team: {told}\n"), "{command}");
    }
}

/// A service repeats them as they were asked for.
#[test]
fn scopes_in_the_notation_of_the_service_are_those_asked_for() {
    let server = Server::start(|_| {
        Reply::json(r#"{"access_token":"tok","expires_in":3600,"scope":"write;read"}"#)
    });
    let scopes = "scope_delimiter = \"semicolon\"\nscopes = [{ name = \"read\", default = true }, { name = \"write\", default = true }]\n";
    let place = furnished(&definition(&server, "client_credentials", scopes));
    connect(&place, &[]).ok().quietly();
    let shown = place.run(&["connection", "show", "team", "--json"]).ok();
    let granted = &shown.json()["connection"]["scopes_granted"];
    assert_eq!(*granted, serde_json::json!(["write", "read"]));
}
