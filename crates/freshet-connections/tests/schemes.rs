//! Basic and API keys: what arrives, what a redirect takes along, and what is never shown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

mod common;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::server::{Seen, Server, Step, json, redirect};
use common::{World, get, post, text, wait};
use freshet_connections::{Call, ConnectionError, Reply};

/// Planted as key and as password.
const SECRET: &str = "PLANTEDkeyXYZQWERTYUIOPAS";

const FORM: &str = "application/x-www-form-urlencoded";

/// The keys of one service of each kind, and the secrets it asks for.
const KINDS: [(&str, &str, &[&str]); 6] = [
    ("basic", "scheme = \"basic\"", &["password"]),
    (
        "header",
        "scheme = \"api_key\"\nparam_name = \"X-Api-Key\"\nparam_prefix = \"Key \"",
        &["api_key"],
    ),
    (
        "query",
        "scheme = \"api_key\"\nparam_type = \"query\"\nparam_name = \"api_key\"",
        &["api_key"],
    ),
    (
        "form",
        "scheme = \"api_key\"\nparam_type = \"form\"\nparam_name = \"key\"",
        &["api_key"],
    ),
    (
        "path",
        "scheme = \"api_key\"\nparam_type = \"path\"\nkey = \"/bot{api_key}\"",
        &["api_key"],
    ),
    (
        "two",
        "scheme = \"api_key\"\nparam_name = \"X-Api-Key\"\n\
         keys = [{ param_type = \"query\", param_name = \"app\", key = \"{app_key}\" }]\n\
         fields = [{ name = \"api_key\", title = \"API key\", secret = true }, { name = \"app_key\", title = \"App key\", secret = true }]",
        &["api_key", "app_key"],
    ),
];

/// A world with one connected connection of each kind to `server`.
fn world(server: &Server) -> World {
    let world = World::new();
    for (kind, keys, fields) in KINDS {
        world.service(
            kind,
            &format!("name = \"{kind} service\"\n{keys}\nhosts = [\"{}\"]\nheaders = {{ x-version = \"7\" }}\n", server.address),
        );
        let plain: &[_] = if kind == "basic" {
            &[("username", "ada")]
        } else {
            &[]
        };
        world.connection(kind, kind, plain);
        let secrets: Vec<(&str, &str)> = fields.iter().map(|field| (*field, SECRET)).collect();
        world.connect(kind, &secrets).unwrap();
    }
    world
}

fn send(world: &World, kind: &str, url: &str) -> Result<Reply, ConnectionError> {
    let call = if kind == "form" {
        post(url, FORM, "a=1")
    } else {
        get(url)
    };
    wait(world.connections.send(call.with_connection(kind)))
}

/// Whether anything a connection adds is in a request.
fn has_credential(seen: &Seen) -> bool {
    let basic = "YWRhOlBMQU5URURrZXlYWVpRV0VSVFlVSU9QQVM=";
    let text = seen.text();
    text.contains(SECRET) || text.contains(basic) || seen.header("x-version").is_some()
}

#[test]
fn each_credential_arrives_in_its_place() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let world = world(&server);
    for (kind, _, _) in KINDS {
        let url = server.url("/p/q?x=1&api_key=script&app=script");
        let reply = send(&world, kind, &url).unwrap();
        let seen = server.seen().pop().unwrap();
        let expected_target = match kind {
            "query" => format!("/p/q?x=1&app=script&api_key={SECRET}"),
            "path" => format!("/bot{SECRET}/p/q?x=1&api_key=script&app=script"),
            "two" => format!("/p/q?x=1&api_key=script&app={SECRET}"),
            _ => "/p/q?x=1&api_key=script&app=script".to_owned(),
        };
        assert_eq!(seen.target, expected_target, "{kind}");
        match kind {
            "basic" => assert_eq!(
                seen.header("authorization"),
                Some("Basic YWRhOlBMQU5URURrZXlYWVpRV0VSVFlVSU9QQVM=")
            ),
            "header" => assert_eq!(
                seen.header("x-api-key"),
                Some(format!("Key {SECRET}").as_str())
            ),
            "two" => assert_eq!(seen.header("x-api-key"), Some(SECRET)),
            "form" => assert_eq!(seen.body, format!("a=1&key={SECRET}")),
            _ => {}
        }
        assert_eq!(
            seen.header("x-version"),
            Some("7"),
            "default headers of the service"
        );
        assert!(!reply.address.contains(SECRET), "{}", reply.address);
    }
}

#[test]
fn a_redirect_within_the_origin_keeps_everything() {
    let server = Server::replying(|seen, _| match seen.target.contains("/start") {
        true => redirect(307, "/end?y=2"),
        false => json(200, "{}"),
    });
    let world = world(&server);
    for (kind, _, _) in KINDS {
        let reply = send(&world, kind, &server.url("/start")).unwrap();
        let seen = server.seen().pop().unwrap();
        assert!(has_credential(&seen), "{kind}");
        assert_eq!(seen.text().contains(SECRET), kind != "basic", "{kind}");
        assert!(!reply.address.contains(SECRET));
    }
}

#[test]
fn a_redirect_to_another_origin_takes_nothing_along_not_even_back_again() {
    let target = Server::replying(|_, _| json(200, "{}"));
    let back = Arc::new(Mutex::new(String::new()));
    let return_to = Arc::clone(&back);
    let between = Server::replying(move |_, _| redirect(307, &return_to.lock().unwrap()));
    for leave in [
        between.url("/"),
        format!("http://localhost:{}/", between.address.port()),
    ] {
        let server = Server::replying(move |seen, _| {
            if seen.target.contains("/start") {
                redirect(307, &leave)
            } else {
                json(200, "{}")
            }
        });
        let world = world(&server);
        for home in [target.url("/end"), server.url("/end")] {
            *back.lock().unwrap() = home.clone();
            for (kind, _, _) in KINDS {
                let reply = send(&world, kind, &server.url("/start")).unwrap();
                assert_eq!((reply.hops, reply.address), (2, home.clone()));
                assert!(has_credential(
                    server
                        .seen()
                        .iter()
                        .rfind(|seen| seen.target.contains("/start"))
                        .unwrap()
                ));
                for seen in [
                    between.seen().pop().unwrap(),
                    target.seen().pop().unwrap_or_default(),
                ] {
                    assert!(!has_credential(&seen), "{kind} leaked: {}", seen.text());
                }
                if home == server.url("/end") {
                    assert!(
                        !has_credential(&server.seen().pop().unwrap()),
                        "{kind} came back"
                    );
                }
            }
        }
    }
}

#[test]
fn a_server_that_echoes_a_key_into_another_origin_is_not_followed() {
    let target = Server::replying(|_, _| json(200, "{}"));
    let elsewhere = target.url("");
    let server = Server::replying(move |seen, _| match seen.target.as_str() {
        target if target.contains("echo") => redirect(
            302,
            &format!(
                "{elsewhere}/?stolen={}",
                seen.header("x-api-key").unwrap_or_default()
            ),
        ),
        target => redirect(302, &format!("{elsewhere}{target}")),
    });
    let world = world(&server);
    for kind in ["query", "path"] {
        send(&world, kind, &server.url("/same")).unwrap();
        assert_eq!(target.seen().pop().unwrap().target, "/same", "{kind}");
    }
    let error = send(&world, "header", &server.url("/echo")).unwrap_err();
    assert_eq!(error.code(), "C0014");
    assert!(!error.message().contains(SECRET), "{error}");
    assert!(
        target
            .seen()
            .iter()
            .all(|seen| !seen.text().contains(SECRET))
    );
}

#[test]
fn a_401_is_the_script_s_where_nothing_can_be_renewed() {
    let server = Server::replying(|_, _| json(401, r#"{"no":1}"#));
    let world = world(&server);
    for (kind, _, _) in KINDS {
        let before = server.seen().len();
        let reply = send(&world, kind, &server.url("/")).unwrap();
        assert_eq!(
            (reply.response.status().as_u16(), server.seen().len()),
            (401, before + 1)
        );
        assert_eq!(world.status(kind), "authorised");
        assert_eq!(world.last_error(kind), "C0034");
    }
}

#[test]
fn a_form_credential_needs_a_form() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let world = world(&server);
    let call = post(&server.url("/"), "application/json", "{}").with_connection("form");
    assert_eq!(
        wait(world.connections.send(call)).unwrap_err().code(),
        "C0018"
    );
    let started = Call::new(
        http::Request::post(server.url("/"))
            .body(Vec::new())
            .unwrap(),
    );
    wait(world.connections.send(started.with_connection("form"))).unwrap();
    assert_eq!(server.seen()[0].body, format!("key={SECRET}"));
}

#[test]
fn a_description_shows_everything_but_the_secrets_and_sends_nothing() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let world = world(&server);
    let mut told = String::new();
    for (kind, _, _) in KINDS {
        let url = server.url("/p?x=1");
        let call = if kind == "form" {
            post(&url, FORM, "a=1")
        } else {
            get(&url)
        };
        let described = world
            .connections
            .describe(call.with_connection(kind))
            .unwrap();
        told.push_str(&format!(
            "{} {:?} {}\n",
            described.uri(),
            described.headers(),
            text(&http::Response::new(described.body().clone()))
        ));
    }
    assert!(server.seen().is_empty());
    assert!(
        !told.contains("PLANTED") && !told.contains("YWRhOlBMQU5"),
        "{told}"
    );
    for expected in [
        "Basic ***",
        "Key ***",
        "x=1&api_key=***",
        "a=1&key=***",
        "/bot***/p?x=1",
        "x=1&app=***",
        "x-version",
    ] {
        assert!(told.contains(expected), "expected {expected} in {told}");
    }
}

#[test]
fn no_error_shows_a_secret() {
    let silent = Server::start(|_, _| vec![Step::Wait(Duration::from_secs(2))]);
    let broken = Server::replying(|_, _| b"rubbish".to_vec());
    for server in [&silent, &broken] {
        let world = world(server);
        for (kind, _, _) in KINDS {
            let mut call = if kind == "form" {
                post(&server.url("/"), FORM, "a=1")
            } else {
                get(&server.url("/"))
            };
            call.limits = Some(freshet_connections::Limits {
                read: Duration::from_millis(50),
                ..world.limits()
            });
            let error = wait(world.connections.send(call.with_connection(kind))).unwrap_err();
            let told = format!("{error} {error:?} {:?}", error.help());
            assert!(
                !told.contains("PLANTED") && !told.contains("YWRhOlBMQU5"),
                "{told}"
            );
        }
    }
}

/// Check 70: one at a time.
#[test]
fn calls_take_turns_where_the_connection_says_so() {
    // How many requests are being answered, and the most there ever were.
    let busy = Arc::new(Mutex::new((0, 0)));
    let counter = Arc::clone(&busy);
    let server = Server::replying(move |_, _| {
        {
            let mut counter = counter.lock().unwrap();
            counter.0 += 1;
            counter.1 = counter.0.max(counter.1);
        }
        thread::sleep(Duration::from_millis(5));
        counter.lock().unwrap().0 -= 1;
        json(200, "{}")
    });
    let world = World::new();
    world.service(
        "slow",
        &format!(
            "name = \"Slow\"\nscheme = \"api_key\"\nhosts = [\"{}\"]\nrate = {{ at_once = 1, per_minute = 21 }}\n",
            server.address
        ),
    );
    world.connection("slow", "slow", &[]);
    world.connect("slow", &[("api_key", SECRET)]).unwrap();
    let world = Arc::new(world);
    let scripts: Vec<_> = (0..20)
        .map(|_| {
            let (world, url) = (Arc::clone(&world), server.url("/"));
            thread::spawn(move || {
                wait(world.connections.send(get(&url).with_connection("slow"))).unwrap();
            })
        })
        .collect();
    for script in scripts {
        script.join().unwrap();
    }
    assert_eq!((server.seen().len(), busy.lock().unwrap().1), (20, 1));
    // One more fits into the minute, the next does not.
    wait(
        world
            .connections
            .send(get(&server.url("/")).with_connection("slow")),
    )
    .unwrap();
    let mut call = get(&server.url("/")).with_connection("slow");
    call.limits = Some(freshet_connections::Limits {
        call: Duration::from_millis(50),
        ..world.limits()
    });
    let error = wait(world.connections.send(call)).unwrap_err();
    assert_eq!(error.code(), "C0016", "{error}");
}

/// Check 70: in the order in which they came.
#[test]
fn calls_wait_in_their_order() {
    let server = Server::replying(|_, _| json(200, "{}"));
    let world = World::new();
    world.service(
        "slow",
        &format!(
            "name = \"Slow\"\nscheme = \"api_key\"\nhosts = [\"{}\"]\nrate = {{ at_once = 1 }}\n",
            server.address
        ),
    );
    world.connection("slow", "slow", &[]);
    world.connect("slow", &[("api_key", SECRET)]).unwrap();
    let world = Arc::new(world);
    let target = |number: usize| format!("/{number}");
    wait(async {
        let scripts: Vec<_> = (0..20)
            .map(|number| {
                let (world, url) = (Arc::clone(&world), server.url(&target(number)));
                tokio::spawn(async move {
                    let call = get(&url).with_connection("slow");
                    world.connections.send(call).await.map(|_| ())
                })
            })
            .collect();
        for script in scripts {
            script.await.unwrap().unwrap();
        }
    });
    let arrived: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
    let expected: Vec<String> = (0..20).map(target).collect();
    assert_eq!(arrived, expected);
}

/// Check 22.
#[test]
fn verifying_tells_what_the_service_says() {
    for (status, body, outcome, state_when_connecting, state_later) in [
        (
            200,
            r#"{"ok":true,"user":{"name":"ada"}}"#,
            Ok("ada"),
            "authorised",
            "authorised",
        ),
        (200, r#"{"ok":false}"#, Err("C0034"), "failed", "authorised"),
        (401, "{}", Err("C0034"), "failed", "needs_authorisation"),
        (403, "{}", Err("C0034"), "failed", "authorised"),
        (500, "{}", Err("C0034"), "created", "authorised"),
    ] {
        let server = Server::replying(move |_, _| json(status, body));
        let world = World::new();
        world.service(
            "checked",
            &format!(
                "name = \"Checked\"\nscheme = \"api_key\"\nhosts = [\"{}\"]\nverify = \"POST {}\"\nverify_body = '{{\"a\":1}}'\n\
                 verify_expect = \"/ok\"\naccount = \"/user/name\"\n",
                server.address,
                server.url("/me")
            ),
        );
        world.connection("checked", "checked", &[]);
        let secrets = [("api_key", SECRET)];
        let result = world.connect("checked", &secrets);
        let told = result
            .as_ref()
            .map(|verified| verified.account.clone().unwrap())
            .map_err(ConnectionError::code);
        assert_eq!(
            told.as_deref().map_err(|code| *code),
            outcome,
            "{status} {body}"
        );
        assert_eq!(
            world.status("checked"),
            state_when_connecting,
            "{status} {body}"
        );
        assert_eq!(server.seen()[0].body, "{\"a\":1}");

        // The same answer to a connection that worked before.
        world.connect_unverified("checked", &secrets).unwrap();
        let result = wait(world.connections.verify("checked"));
        assert_eq!(
            result.map(|_| ()).map_err(|error| error.code().to_owned()),
            outcome.map(|_| ()).map_err(str::to_owned)
        );
        assert_eq!(world.status("checked"), state_later, "{status} {body}");
    }
}
