//! Checks of connections, 11, that are about no other file's subject: what arrives at the service, to the byte, and what
//! does not.

use std::sync::{Arc, Mutex};

use crate::connecting::calling;
use crate::services::oauth2_provider::Rules;
use crate::services::{ApiKey, Basic, OAuth2Provider};
use crate::support::place::{Place, feed};
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;

const KEY: &str = "k3y-of-the-test";

/// A service of a key that is verified by nothing.
fn keyed(name: &str, host: &str, keys: &str) -> String {
    format!("name = \"{name}\"\nscheme = \"api_key\"\nhosts = [\"{host}\"]\n{keys}")
}

/// A script with one call over a connection, with further attributes, which prints the status.
fn call(link: &str, url: &str, more: &str) -> String {
    format!(
        "r = invokeurl [ url :\"{url}\" {more} connection :\"{link}\" detailed :true ];\ninfo r.get(\"responseCode\");\n"
    )
}

#[test]
fn check_15_a_script_is_told_the_state_and_the_api_sees_nothing() {
    let api = ApiKey::start(KEY);
    let place = Place::new();
    place.add_service("shop", &api.in_header("Shop"));
    place.add("new", "shop");
    place.connect("bad", "shop", "wrong").fails(4, &["C0034"]);
    place.connect("off", "shop", KEY).ok();
    place.run(&["connection", "disable", "off"]).ok();
    place.add_service("other", &api.in_header("Other"));
    place.connect("lost", "other", KEY).ok();
    let host = api.server.host();
    let change = ["service", "edit", "other", "--yes", "--host", &host];
    place
        .run(&[&change[..], &["--host", "x.example.com"]].concat())
        .ok();

    let asked = api.server.requests().len();
    for (link, status, code, told) in [
        ("new", "created", "C0002", "connection connect new"),
        (
            "lost",
            "needs_authorisation",
            "C0003",
            "connection reconnect lost",
        ),
        ("bad", "failed", "C0005", "connection connect bad"),
        ("off", "disabled", "C0004", "connection enable off"),
    ] {
        assert_eq!(place.status(link), status);
        place
            .call(link, &api.server.url("/me"))
            .fails(4, &[code, told])
            .prints("");
    }
    assert_eq!(api.server.requests().len(), asked);
}

#[test]
fn check_18_two_owners_have_two_tokens_and_a_third_has_none() {
    let provider = OAuth2Provider::start();
    let place = Place::new();
    place.add_shop(&provider.definition("Shop", &["client_credentials"], ""));
    let add = [
        "connection",
        "add",
        "team",
        "--service",
        "shop",
        "--per-user",
    ];
    place.run(&add).ok();
    let script = calling("team", &provider.server.url("/data"));
    for owner in ["ada", "bob"] {
        place
            .run_as(owner, &["connection", "connect", "team"], "")
            .ok();
    }
    for owner in ["bob", "ada"] {
        place
            .run_as(owner, &["run", "-"], &script)
            .ok()
            .prints("200\n");
    }
    let sent: Vec<Option<String>> = provider
        .requests("/data")
        .iter()
        .map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    let token = |number: u8| Some(format!("Bearer tok-access-{number}"));
    assert_eq!(sent, [token(2), token(1)]);
    place
        .run_as("carol", &["run", "-"], &script)
        .fails(4, &["C0002", "`team` was never authorised (owner carol)"])
        .prints("");
    assert_eq!(provider.requests("/data").len(), 2);
}

#[test]
fn check_22_verifying_a_connection_that_worked() {
    let reply = Arc::new(Mutex::new((200, "{\"ok\":true,\"user\":\"ada\"}")));
    let answer = Arc::clone(&reply);
    let server = Server::start(move |_| {
        let (status, body) = *answer.lock().unwrap();
        Reply::new(status, "application/json", body)
    });
    let place = Place::new();
    let verify = format!(
        "verify = \"GET {}\"\nverify_expect = \"/ok\"\naccount = \"/user\"\n",
        server.url("/me")
    );
    place.add_service("shop", &keyed("Shop", &server.host(), &verify));
    place.connect("team", "shop", KEY).ok();
    let (host, verify) = (server.host(), ["connection", "verify", "team"]);
    let verified = place.run(&verify).ok().out;
    assert!(
        verified.starts_with("team: authorised as ada (200, "),
        "{verified}"
    );
    for (status, body, exit, found, after) in [
        (
            200,
            "{\"ok\":false}",
            4,
            "200 without /ok true",
            "authorised",
        ),
        (500, "", 69, "500", "authorised"),
        (401, "", 4, "401", "needs_authorisation"),
    ] {
        *reply.lock().unwrap() = (status, body);
        let told = format!("GET {host}/me: found {found}, expected 2xx");
        place.run(&verify).fails(exit, &[&told, "C0034"]);
        assert_eq!(place.status("team"), after, "{status}");
    }
}

#[test]
fn check_30_v1_v2_and_v3_are_sent() {
    for (user, password, sent) in [
        ("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "dGVzdDoxMjPCow=="),
        ("jürgen", "pässwörd", "asO8cmdlbjpww6Rzc3fDtnJk"),
        ("sk_test_123", "", "c2tfdGVzdF8xMjM6"),
    ] {
        let api = Basic::start(user, password);
        let place = Place::new();
        place.add_service("shop", &api.definition("Shop"));
        let set = format!("username={user}");
        let add = [
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--connect",
        ];
        let more = ["--set", &set, "--secret-stdin"];
        place
            .run_with_input(&[&add[..], &more].concat(), password)
            .ok();
        place
            .call("team", &api.server.url("/me"))
            .ok()
            .prints("200\n");
        let requests = api.server.requests();
        assert_eq!(requests.len(), 2);
        for request in requests {
            let expected = format!("Basic {sent}");
            assert_eq!(request.header("authorization"), Some(expected.as_str()));
        }
    }
}

#[test]
fn check_31_a_colon_and_control_characters_are_refused_when_they_are_entered() {
    let api = Basic::start("ada", "lovelace");
    let place = Place::new();
    place.add_service("shop", &api.definition("Shop"));
    let enter = |user: &str, password: &str| {
        let add = [
            "connection",
            "add",
            "team",
            "--service",
            "shop",
            "--connect",
        ];
        let set = format!("username={user}");
        let added = place.run_with_input(
            &[&add[..], &["--set", &set, "--secret-stdin"]].concat(),
            password,
        );
        if added.out.contains("Created") {
            place.run(&["connection", "remove", "team", "--yes"]).ok();
        }
        added
    };
    for (user, found) in [
        ("a:b", "a colon"),
        ("a\u{1}", "the control character U+0001"),
        ("a\r\nb", "the control character U+000D"),
        ("\u{1f}", "the control character U+001F"),
        ("a\u{7f}", "the control character U+007F"),
    ] {
        enter(user, "lovelace").fails(2, &["C0045", &format!("User name: found {found}")]);
    }
    for (password, found) in [
        ("a\u{0}b", "U+0000"),
        ("\u{1f}", "U+001F"),
        ("a\u{7f}", "U+007F"),
        ("two\nlines", "U+000A"),
    ] {
        let told = format!("Password: found the control character {found}");
        enter("ada", password).fails(2, &["C0045", &told]);
    }
    assert!(api.server.requests().is_empty());
    // A colon may stand in a password.
    enter("ada", "a:b").fails(4, &["C0034"]);
    assert_eq!(api.server.requests().len(), 1);
}

#[test]
fn check_32_a_key_arrives_in_its_place_to_the_byte() {
    let server = Server::start(|_| Reply::json("{}"));
    let place = Place::new();
    let connect = |link: &str, keys: &str| {
        place.add_service(link, &keyed(link, &server.host(), keys));
        place.connect(link, link, "k/e+y &=").ok();
    };
    let send = |link: &str, path: &str, more: &str| {
        let sent = place.script(&call(link, &server.url(path), more));
        (sent, server.requests().pop().unwrap())
    };
    connect(
        "header",
        "param_name = \"X-Api-Key\"\nparam_prefix = \"Key \"\n",
    );
    let (sent, request) = send("header", "/p?a=1", "type :GET");
    sent.ok().quietly();
    assert_eq!(request.header("x-api-key"), Some("Key k/e+y &="));
    assert_eq!(request.target, "/p?a=1");

    connect("query", "param_type = \"query\"\nparam_name = \"key\"\n");
    let (sent, request) = send("query", "/p?key=mine&a=%2F&key=too", "type :GET");
    sent.ok();
    assert_eq!(request.target, "/p?a=%2F&key=k%2Fe%2By%20%26%3D");

    connect("form", "param_type = \"form\"\nparam_name = \"key\"\n");
    let (sent, request) = send("form", "/p", "type :POST parameters :{\"a\":\"1\"}");
    sent.ok();
    assert_eq!(request.text(), "a=1&key=k%2Fe%2By+%26%3D");
    let count = server.requests().len();
    let json = "type :POST body :{\"a\":1} content-type :\"application/json\"";
    let (sent, _) = send("form", "/p", json);
    sent.fails(1, &["C0018", "found application/json"])
        .prints("");
    assert_eq!(server.requests().len(), count);

    let path = "param_type = \"path\"\nkey = \"/bot{api_key}\"\n";
    place.add_service("path", &keyed("path", &server.host(), path));
    place.connect("path", "path", "12:ab cd").ok();
    let (sent, request) = send("path", "/getMe?a=1", "type :GET");
    sent.ok();
    assert_eq!(request.target, "/bot12:ab%20cd/getMe?a=1");
    // A slash in a key is no boundary of the path, and a percent sign stays one.
    place.add_service("slash", &keyed("slash", &server.host(), path));
    place.connect("slash", "slash", "a/b%c?d#e").ok();
    let (sent, request) = send("slash", "/getMe", "type :GET");
    sent.ok();
    assert_eq!(request.target, "/bota%2Fb%25c%3Fd%23e/getMe");

    // The script's own header of that name is replaced, and it is told once.
    connect("replaced", "param_prefix = \"Token \"\n");
    let more = "type :GET headers :{\"authorization\":\"Bearer mine\"}";
    let (sent, request) = send("replaced", "/p", more);
    let sent = sent.ok();
    let values: Vec<&str> = request
        .headers
        .iter()
        .filter(|(name, _)| name == "authorization")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(values, ["Token k/e+y &="]);
    assert_eq!(sent.err.matches("warning").count(), 1, "{}", sent.err);
    assert!(sent.err.contains("authorization"), "{}", sent.err);
}

#[test]
fn check_33_both_of_two_keys_are_sent() {
    let api = ApiKey::with_two(KEY, "second-key");
    let place = Place::new();
    place.add_service("shop", &api.two_keys("Shop"));
    place.add("team", "shop");
    place.write_secret("one", KEY);
    place.write_secret("two", "second-key");
    let files = [
        "--secret-file",
        "api_key=one",
        "--secret-file",
        "second=two",
    ];
    let connect = ["connection", "connect", "team"];
    place.run(&[&connect[..], &files].concat()).ok();
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
    let request = api.server.requests().pop().unwrap();
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert_eq!(request.header("x-second-key"), Some("second-key"));
    // With one of them wrong, nothing is stored.
    place.write_secret("two", "another");
    place
        .run(&[&connect[..], &files].concat())
        .fails(4, &["C0034"]);
    place
        .call("team", &api.server.url("/me"))
        .ok()
        .prints("200\n");
}

#[test]
fn check_34_a_401_is_one_request() {
    let server = Server::start(|_| Reply::new(401, "", "").with("WWW-Authenticate", "Basic"));
    let host = server.host();
    let place = Place::new();
    place.add_service("key", &keyed("Key", &host, ""));
    place.connect("key", "key", KEY).ok();
    let basic = format!("name = \"Basic\"\nscheme = \"basic\"\nhosts = [\"{host}\"]\n");
    place.add_service("basic", &basic);
    let add = [
        "connection",
        "add",
        "basic",
        "--service",
        "basic",
        "--connect",
    ];
    let more = ["--set", "username=ada", "--secret-stdin"];
    place.run_with_input(&[&add[..], &more].concat(), "x").ok();
    for (number, link) in ["key", "basic"].into_iter().enumerate() {
        place.call(link, &server.url("/")).ok().prints("401\n");
        assert_eq!(server.requests().len(), number + 1);
        assert_eq!(place.status(link), "authorised");
    }
}

#[test]
fn check_72_hosts_are_compared_as_hosts() {
    let place = Place::new();
    place.add_service("shop", &keyed("Shop", "api.example.com", ""));
    place.connect("team", "shop", KEY).ok();
    let add = [
        "connection",
        "edit",
        "team",
        "--allow-host",
        "*.example.org:8443",
    ];
    place.run(&add).ok();
    let dry = |address: &str| {
        let script = call("team", address, "type :GET");
        place.run_with_input(&["run", "-", "--dry-run"], script)
    };
    for allowed in [
        "https://api.example.com/",
        "https://api.example.com:443/",
        "https://API.Example.COM/",
        "https://api.example.com./",
        "https://Api.Example.Com.:443/x",
        "https://files.example.org:8443/",
    ] {
        let shown = dry(allowed).ok();
        assert!(shown.err.contains("authorization: ***"), "{}", shown.err);
    }
    for refused in [
        "https://api.example.com.evil/",
        "https://api.example.com.evil.example/",
        "https://evil.example/api.example.com",
        "https://evil-api.example.com/",
        "https://api.example.com@evil.example/",
        "https://user@api.example.com/",
        "https://user:pass@api.example.com/",
        "https://api.example.com:8443/",
        "https://example.org:8443/",
        "https://files.example.org/",
    ] {
        dry(refused).fails(78, &["C0006"]).prints("");
        place
            .script(&call("team", refused, "type :GET"))
            .fails(78, &["C0006"])
            .prints("");
    }
}

#[test]
fn check_74_the_guard_covers_token_verify_and_lookup() {
    const HOST: &str = "metadata.google.internal";
    let told = format!("{HOST} leads to the metadata address {HOST}, which is always refused");
    let provider = OAuth2Provider::with(Rules::default());
    let token = format!("token_url = \"https://{HOST}/token\"\n");
    let tokens = format!("token_url = \"{}\"\n", provider.token_url());
    let oauth2 = |name: &str, hosts: &str, more: &str| {
        format!(
            "name = \"{name}\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\nclient_auth = \"basic\"\nhosts = [\"{hosts}\"]\n{more}"
        )
    };
    let lookup = format!(
        "{tokens}headers = {{ X-Site = \"{{site}}\" }}\n\
         lookup = {{ request = \"GET https://{HOST}/sites\", value = \"/id\", field = \"site\" }}\n\
         [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z]+\"\n"
    );
    let place = Place::new();
    for (link, definition) in [
        ("token", oauth2("Token", "api.example.com", &token)),
        (
            "verify",
            oauth2(
                "Verify",
                HOST,
                &format!("{tokens}verify = \"GET https://{HOST}/me\"\n"),
            ),
        ),
        ("lookup", oauth2("Lookup", HOST, &lookup)),
    ] {
        place.add_service(link, &definition);
        place.add_client(link, "freshet-client", "freshet-secret");
        let add = ["connection", "add", link, "--service", link, "--connect"];
        place.run(&add).fails(78, &["C0008", &told]);
        assert_eq!(place.status(link), "created");
    }
    assert_eq!(provider.asked(), 2, "not for the first");
    // What an issuer says is asked for nowhere else either.
    let issuer = oauth2(
        "Issuer",
        "api.example.com",
        &format!("issuer = \"https://{HOST}\"\n"),
    );
    place.add_service("issuer", &issuer);
    place.add_client("issuer", "freshet-client", "freshet-secret");
    let add = [
        "connection",
        "add",
        "issuer",
        "--service",
        "issuer",
        "--connect",
    ];
    place.run(&add).fails(78, &["C0008", &told]);
    assert_eq!(place.status("issuer"), "created");
    // What is given back goes nowhere else either.
    let revoke = format!("{tokens}revoke_url = \"https://{HOST}/revoke\"\n");
    place.add_service("revoke", &oauth2("Revoke", "api.example.com", &revoke));
    place.add_client("revoke", "freshet-client", "freshet-secret");
    place.join("revoke", "revoke");
    let revoked = place.run(&["connection", "revoke", "revoke", "--yes"]).ok();
    assert!(revoked.err.contains(&told), "{}", revoked.err);
    assert_eq!(place.status("revoke"), "needs_authorisation");
}

#[test]
fn check_75_no_line_break_gets_into_a_request() {
    let api = ApiKey::start(KEY);
    let place = Place::new();
    let fields = "[[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n[[fields]]\nname = \"tenant\"\ntitle = \"Tenant\"\n";
    let me = api.server.url("/me");
    for (link, uses) in [
        (
            "header",
            "headers = { X-Tenant = \"{tenant}\" }\n".to_owned(),
        ),
        (
            "query",
            format!("verify = \"GET {me}?tenant={{tenant}}\"\n"),
        ),
        ("path", format!("verify = \"GET {me}/{{tenant}}\"\n")),
    ] {
        let definition = keyed(link, &api.server.host(), &format!("{uses}{fields}"));
        place.add_service(link, &definition);
        let add = |set: &str| {
            let add = ["connection", "add", "x", "--service", link, "--set", set];
            place.run(&add)
        };
        for (value, told) in [
            ("tenant=a\r\nX-Evil: 1", "Tenant: found U+000D at 2"),
            ("tenant=\n", "Tenant: found U+000A at 1"),
        ] {
            add(value)
                .fails(2, &["C0015", told, "expected visible text"])
                .prints("");
        }
        place.run(&["connection", "show", "x"]).fails(2, &["C0001"]);
    }
    // A script's own line breaks: refused in a header, percent-encoded in the query.
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("team", "shop", KEY).ok();
    let count = api.server.requests().len();
    let header = "type :GET headers :{\"X-Note\":\"a\\r\\nX-Evil: 1\"}";
    place
        .script(&call("team", &me, header))
        .fails(1, &["`X-Note`", "line break", "-:1:"])
        .prints("");
    assert_eq!(api.server.requests().len(), count);
    let query = "type :GET parameters :{\"q\":\"a\\r\\nX-Evil: 1\"}";
    place.script(&call("team", &me, query)).ok().prints("200\n");
    let arrived = api.server.requests().pop().unwrap();
    assert!(arrived.header("x-evil").is_none(), "{arrived:?}");
    assert!(arrived.target.contains("a%0D%0AX-Evil"), "{arrived:?}");
}

#[test]
fn check_81_standard_input_file_environment_and_prompt_give_the_same_value() {
    // What a person may type or paste: spaces within, signs, nothing that is ASCII is changed.
    let key = "pa ss;w$rd\"'\\#~";
    let server = Server::start(|_| Reply::json("{}"));
    let place = Place::new();
    let verify = format!(
        "param_name = \"X-Api-Key\"\nverify = \"GET {}\"\n",
        server.url("/me")
    );
    place.add_service("shop", &keyed("Shop", &server.host(), &verify));
    place.add("team", "shop");
    let connect = ["connection", "connect", "team"];
    let with = |more: &[&'static str]| [&connect[..], more].concat();
    place
        .run_with_input(&with(&["--secret-stdin"]), format!("{key}\n"))
        .ok();
    place.write_secret("key", &format!("{key}\n"));
    place.run(&with(&["--secret-file", "api_key=key"])).ok();
    let mut command = place.command(&with(&["--secret-env", "api_key=MY_KEY"]));
    command.env("MY_KEY", key);
    feed(command, b"").ok();
    let mut terminal = Terminal::run(place.command(&with(&[])));
    terminal.expect("API key (empty keeps the stored one): ");
    terminal.write(&format!("{key}\n"));
    let shown = terminal.ends(0, &["Connected team to Shop"]);
    assert!(!shown.contains(key), "it is not echoed: {shown}");
    let sent: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.header("x-api-key").unwrap().to_owned())
        .collect();
    assert_eq!(sent, [key; 4]);
}
