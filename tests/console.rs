//! The console over HTTP: who is let in, and what each page shows (connections, 8).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

#[path = "support/connecting.rs"]
mod connecting;

use services::ApiKey;
use support::client;
use support::console::Console;
use support::place::Place;

const SECRET: &str = "s3cret-of-the-key";

fn start(place: &Place) -> Console {
    Console::start(place.command(&["console", "--no-open", "--port", "0"]))
}

/// A place with the authorised connection `shop_link`.
fn with_connection() -> (ApiKey, Place) {
    let (api, place) = (ApiKey::start(SECRET), Place::new());
    place.add_service("shop", &api.in_header("Shop <&>"));
    place.connect("shop_link", "shop", SECRET).ok();
    (api, place)
}

/// Every page has one heading, a language, and is kept from other sites and stores.
#[track_caller]
fn is_a_page(answer: &client::Answer, status: u16, heading: &str) -> String {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    let found = text
        .split("<h1")
        .nth(1)
        .and_then(|rest| rest.split_once('>'));
    let found = found
        .and_then(|(_, rest)| rest.split("</h1>").next())
        .unwrap_or_default();
    assert!(
        found.contains(heading),
        "`{heading}` is not the heading: {text}"
    );
    assert_eq!(text.matches("<h1").count(), 1, "{text}");
    assert!(
        text.starts_with("<!doctype html>\n<html lang=\"en\">"),
        "{text}"
    );
    assert!(!text.contains("<script"), "{text}");
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'self'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert!(!text.contains(SECRET), "{text}");
    text
}

#[test]
fn one_browser_is_let_in_once() {
    let place = Place::new();
    let console = start(&place);
    let outside = client::get(&console.url("/connections"));
    let text = is_a_page(&outside, 403, "Not let in");
    assert!(
        text.contains("C0090") && text.contains("<code>freshet console</code>"),
        "{text}"
    );
    assert_eq!(client::get(&console.url("/open?token=wrong")).status, 403);
    let opened = client::get(&console.address);
    assert_eq!(
        (opened.status, opened.header("location")),
        (303, Some("/connections"))
    );
    let set = opened.header("set-cookie").unwrap().to_owned();
    let (cookie, rules) = set.split_once("; ").unwrap();
    assert_eq!(rules, "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict");
    let token = console.address.rsplit('=').next().unwrap();
    assert!(
        cookie.starts_with("freshet_console=") && !cookie.contains(token),
        "{cookie}"
    );
    // 32 random bytes each.
    assert_eq!(
        (token.len(), cookie.rsplit('=').next().unwrap().len()),
        (43, 43)
    );
    is_a_page(&console.get(cookie, "/connections"), 200, "Connections");
    // The token counts once.
    is_a_page(&client::get(&console.address), 403, "Not let in");
    for other in ["freshet_console=", "freshet_console=x", "other=1"] {
        is_a_page(&console.get(other, "/connections"), 403, "Not let in");
    }
}

#[test]
fn other_hosts_and_other_methods_are_refused() {
    let place = Place::new();
    let console = start(&place);
    let cookie = console.cookie();
    let port = console.url("").rsplit(':').next().unwrap().to_owned();
    let asked = |method: &str, host: &str, path: &str| {
        let headers = [("Cookie", cookie.as_str()), ("Host", host)];
        client::send(method, &console.url(path), &headers, b"")
    };
    for host in ["127.0.0.1", "localhost", "LocalHost", "[::1]"] {
        let host = format!("{host}:{port}");
        is_a_page(&asked("GET", &host, "/connections"), 200, "Connections");
    }
    for host in [
        "evil.example.com".to_owned(),
        format!("evil.example.com:{port}"),
        format!("127.0.0.1.evil.example.com:{port}"),
        "127.0.0.1:1".to_owned(),
        "127.0.0.1".to_owned(),
    ] {
        for path in ["/connections", "/callback?code=x&state=y", "/open?token=x"] {
            let text = is_a_page(&asked("GET", &host, path), 403, "Not let in");
            assert!(text.contains("C0091"), "{text}");
        }
    }
    let here = format!("127.0.0.1:{port}");
    for method in ["POST", "PUT", "DELETE"] {
        let refused = asked(method, &here, "/connections");
        is_a_page(&refused, 405, "Only looking");
        assert_eq!(refused.header("allow"), Some("GET"));
    }
    is_a_page(&console.get(&cookie, "/nothing"), 404, "Not found");
}

#[test]
fn what_there_is_is_listed_and_found() {
    let place = Place::new();
    let console = start(&place);
    let cookie = console.cookie();
    let empty = is_a_page(&console.get(&cookie, "/connections"), 200, "Connections");
    assert!(
        empty.contains("No connections yet") && empty.contains("freshet connection add"),
        "{empty}"
    );
    let root = console.get(&cookie, "/");
    assert_eq!(
        (root.status, root.header("location")),
        (303, Some("/connections"))
    );

    let api = ApiKey::start(SECRET);
    place.add_service("shop", &api.in_header("Shop"));
    place.connect("shop_link", "shop", SECRET).ok();
    place.add("later", "shop");
    let all = is_a_page(&console.get(&cookie, "/connections"), 200, "Connections");
    for shown in [
        "<a href=\"/connections/shop_link\">",
        "<a href=\"/connections/later\">",
        ">authorised</span>",
        ">created</span>",
    ] {
        assert!(all.contains(shown), "{shown}: {all}");
    }
    let found = console.get(&cookie, "/connections?q=LATER").text();
    assert!(
        found.contains("/connections/later") && !found.contains("/connections/shop_link"),
        "{found}"
    );
    assert!(
        found.contains("value=\"LATER\"") && found.contains(">Clear</a>"),
        "{found}"
    );
    let found = console
        .get(&cookie, "/connections?status=authorised")
        .text();
    assert!(
        !found.contains("/connections/later") && found.contains("/connections/shop_link"),
        "{found}"
    );
    let none = console.get(&cookie, "/connections?q=%3Cb%3E").text();
    assert!(
        none.contains("No connection matches.") && !none.contains("<b>"),
        "{none}"
    );
    let connect = [
        "connection",
        "connect",
        "shop_link",
        "--no-verify",
        "--secret-stdin",
    ];
    place.run_with_input(&connect, "another").ok();
    place
        .run(&["connection", "verify", "shop_link"])
        .fails(4, &[]);
    let warned = console.get(&cookie, "/connections").text();
    assert!(
        warned.contains("Warning: shop_link was refused on 20"),
        "{warned}"
    );
}

#[test]
fn a_connection_is_shown_with_all_but_its_secrets() {
    let (api, place) = with_connection();
    let console = start(&place);
    let cookie = console.cookie();
    let host = api.server.host();
    let shown = is_a_page(
        &console.get(&cookie, "/connections/shop_link"),
        200,
        "shop_link",
    );
    for text in [
        "Shop &#60;&#38;&#62; (shop, api_key)",
        &host,
        "authorised",
        "type :GET",
        "aria-current=\"page\">GET</a>",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert!(!shown.contains("scripts cannot use it"), "{shown}");
    let post = console
        .get(&cookie, "/connections/shop_link?type=POST")
        .text();
    assert!(
        post.contains("type :POST") && post.contains("parameters :"),
        "{post}"
    );
    // The block that is shown is the one that works.
    let block = post_free(&shown);
    place.script(&block).ok();

    place.run(&["connection", "disable", "shop_link"]).ok();
    let shown = console.get(&cookie, "/connections/shop_link").text();
    assert!(
        shown.contains("<code>freshet connection enable shop_link</code>"),
        "{shown}"
    );
    let missing = is_a_page(&console.get(&cookie, "/connections/none"), 404, "Not found");
    assert!(
        missing.contains("<a href=\"/errors/C0001\">C0001</a>"),
        "{missing}"
    );
}

/// The block to paste of a page.
fn post_free(page: &str) -> String {
    let block = page.rsplit("<code>response").next().unwrap();
    let block = block.split("</code></pre>").next().unwrap();
    format!("response{}", block.replace("&#34;", "\""))
}

#[test]
fn the_log_is_shown_in_pages() {
    let (_api, place) = with_connection();
    for number in 0..60 {
        let note = format!("note {number}");
        place
            .run(&["connection", "edit", "shop_link", "--notes", &note])
            .ok();
    }
    let console = start(&place);
    let cookie = console.cookie();
    let path = "/connections/shop_link/log";
    let first = is_a_page(&console.get(&cookie, path), 200, "Log of shop_link");
    assert_eq!(first.matches("<time ").count(), 50, "{first}");
    assert!(
        first.contains(">Older</a>") && !first.contains(">Newer</a>"),
        "{first}"
    );
    let second = console.get(&cookie, &format!("{path}?page=2")).text();
    assert!(
        second.contains("<td>create</td>") && second.contains(">Newer</a>"),
        "{second}"
    );
    assert!(!second.contains(">Older</a>"), "{second}");
    let verified = console
        .get(&cookie, &format!("{path}?action=connect"))
        .text();
    assert!(
        verified.contains("<td>connect</td>") && !verified.contains("<td>edit</td>"),
        "{verified}"
    );
    let none = console
        .get(&cookie, &format!("{path}?action=revoke"))
        .text();
    assert!(none.contains("Nothing here."), "{none}");
    for page in ["0", "x", "99999999999"] {
        assert_eq!(
            console.get(&cookie, &format!("{path}?page={page}")).status,
            200
        );
    }
    assert_eq!(console.get(&cookie, "/connections/none/log").status, 404);
}

#[test]
fn codes_are_explained_as_on_the_command_line() {
    let place = Place::new();
    let console = start(&place);
    let cookie = console.cookie();
    for code in ["C0003", "c0090", "R0001", "E0130"] {
        let page = console.get(&cookie, &format!("/errors/{code}"));
        let document = place.run(&["explain", code, "--json"]).ok().json();
        let title = document["title"]
            .as_str()
            .unwrap()
            .replacen('`', "<code>", 1);
        is_a_page(&page, 200, &title.replacen('`', "</code>", 1));
    }
    is_a_page(&console.get(&cookie, "/errors/C9999"), 404, "Not found");
}

#[test]
fn where_connections_are_only_used_there_is_no_console() {
    let place = Place::new();
    let mut command = place.command(&["console", "--no-open", "--port", "0"]);
    command.env("FRESHET_CONNECTIONS", "use");
    support::place::feed(command, b"")
        .fails(78, &["C0092"])
        .prints("");
}
