//! `connect` with a browser: the address is opened, and the answer comes to the redirect URL.

use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use crate::support::client;
use crate::support::form;
use crate::support::terminal::Terminal;
use crate::{Shop, free_port};

const CONNECTED: &str = "Connected team to Shop as ada@oauth.example. In a function:\n\n";

/// The values of a parameter in the requests for a consent and for a token.
fn redirects(shop: &Shop) -> Vec<String> {
    let consents = shop.provider.requests("/authorize");
    let consents = consents
        .iter()
        .filter_map(|request| form::in_query(&request.target, "redirect_uri"));
    let tokens = shop.provider.token_forms();
    let tokens = tokens.into_iter().flatten();
    let tokens = tokens.filter(|(name, _)| name == "redirect_uri");
    consents.chain(tokens.map(|(_, value)| value)).collect()
}

/// Check 49: the redirect text is the same in both requests.
#[test]
fn a_person_consents_in_the_browser_and_the_answer_comes_by_itself() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let redirect = format!("http://127.0.0.1:{}/callback", shop.port);
    terminal.expect("Open this address to authorise team (10 minutes left):\n  ");
    let address = terminal.expect("\n");
    terminal.expect(&redirect);
    let page = shop.provider.consent_and_return(&address);
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    assert!(text.contains("<h1>Authorised</h1>"), "{text}");
    assert!(
        text.contains("team is connected to Shop as ada@oauth.example."),
        "{text}"
    );
    assert!(text.contains("history.replaceState("), "{text}");
    assert!(!text.contains("tok-"), "{text}");
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-"),
        "{policy}"
    );
    terminal.ends(0, &[CONNECTED, "connection :\"team\""]);
    shop.is_authorised();
    assert_eq!(shop.provider.faults(), []);
    assert_eq!(redirects(&shop), [redirect.clone(), redirect]);
}

#[test]
fn the_browser_that_is_named_opens_the_address() {
    let shop = Shop::new();
    let fifo = shop.place.path("opened");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    shop.place.write(
        "open.sh",
        format!("printf %s \"$2\" > '{}'\n", fifo.display()),
    );
    let (sender, opened) = mpsc::channel();
    std::thread::spawn(move || sender.send(std::fs::read_to_string(fifo)));
    let mut command = shop.command(&["connection", "connect", "team"]);
    command.env("BROWSER", "no-such-program:sh open.sh -u %s");
    let mut terminal = Terminal::run(command);
    let address = terminal.address();
    let opened = opened.recv_timeout(Duration::from_secs(120));
    assert_eq!(opened.expect("a browser was opened").unwrap(), address);
    terminal.expect("> ");
    terminal.write("\x03");
    terminal.ends(130, &["cancelled"]);
}

#[test]
fn a_browser_that_cannot_be_opened_is_no_error() {
    let shop = Shop::new();
    let mut command = shop.command(&["connection", "connect", "team"]);
    command.env("BROWSER", "no-such-program");
    let mut terminal = Terminal::run(command);
    let address = terminal.address();
    terminal.expect("(no browser could be opened)");
    shop.provider.consent_and_return(&address);
    terminal.ends(0, &[CONNECTED]);
}

#[test]
fn a_person_who_denies_is_told_so_here_and_there() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    let page = client::get(&shop.provider.deny(&address));
    assert_eq!(page.status, 400);
    assert!(
        page.text().contains("access was denied at Shop (C0023)"),
        "{}",
        page.text()
    );
    terminal.ends(4, &["access was denied at Shop (C0023)"]);
    assert_eq!(
        shop.status("team"),
        ("failed".to_owned(), Some("denied".to_owned()))
    );
    shop.was_not_asked();
}

#[test]
fn another_error_in_the_answer_is_told_with_its_word() {
    let shop = Shop::new();
    shop.run(&["connection", "edit", "team", "--add-scope", "bogus"])
        .ok();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    shop.provider.consent_and_return(&address);
    terminal.ends(69, &["Shop answered invalid_scope: ", "(C0024)"]);
    assert_eq!(
        shop.status("team"),
        ("failed".to_owned(), Some("error".to_owned()))
    );
    shop.was_not_asked();
}

#[test]
fn a_reconnect_that_fails_leaves_what_works() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    shop.provider.consent_and_return(&address);
    terminal.ends(0, &[CONNECTED]);
    let mut terminal = Terminal::run(shop.command(&["connection", "reconnect", "team"]));
    let address = terminal.address();
    let page = shop
        .provider
        .consent_and_return(&address.replace("&state=", "&state=x"));
    assert!(page.text().contains("(C0020)"), "{}", page.text());
    // That state is not one of ours, and the right answer still counts.
    client::get(&shop.provider.deny(&address));
    terminal.ends(4, &["C0023"]);
    shop.is_authorised();
    assert_eq!(shop.provider.good_tokens(), ["tok-access-1"]);
}

#[test]
fn a_free_port_is_taken_where_the_service_allows_any() {
    let shop = Shop::with(|rules| rules.any_port = true, "");
    let mut terminal = shop.connect(&["--port", "0"]);
    let address = terminal.address();
    shop.provider.consent_and_return(&address);
    terminal.ends(0, &[CONNECTED]);
    let redirects = redirects(&shop);
    assert_eq!(redirects.len(), 2);
    assert_eq!(redirects[0], redirects[1]);
    assert!(
        redirects[0].starts_with("http://127.0.0.1:"),
        "{redirects:?}"
    );
    assert_ne!(
        redirects[0],
        format!("http://127.0.0.1:{}/callback", shop.port)
    );
    assert!(!redirects[0].contains(":0/"), "{redirects:?}");
}

/// Check 49: another port.
#[test]
fn another_port_is_used_in_both_requests() {
    let port = free_port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let shop = Shop::with(|rules| rules.redirect_uri.clone_from(&redirect), "");
    let mut terminal = shop.connect(&["--port", &port.to_string()]);
    let address = terminal.address();
    shop.provider.consent_and_return(&address);
    terminal.ends(0, &[CONNECTED]);
    assert_eq!(redirects(&shop), [redirect.clone(), redirect]);
}

#[test]
fn localhost_is_listened_at_under_both_its_addresses() {
    let shop = Shop::with(
        |rules| {
            let port = rules.redirect_uri.replace("127.0.0.1", "localhost");
            rules.redirect_uri = port;
        },
        "redirect = \"localhost\"\n",
    );
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    let back = shop.provider.consent(&address);
    assert!(
        back.starts_with(&format!("http://localhost:{}/callback?", shop.port)),
        "{back}"
    );
    let six = TcpListener::bind("[::1]:0").is_ok();
    let first = if six { "[::1]" } else { "127.0.0.1" };
    assert_eq!(
        client::get(&format!("http://127.0.0.1:{}/", shop.port)).status,
        404
    );
    assert_eq!(client::get(&back.replace("localhost", first)).status, 200);
    terminal.ends(0, &[CONNECTED]);
}

#[test]
fn over_ssh_no_browser_is_opened_and_the_tunnel_is_named() {
    let shop = Shop::new();
    let mut command = shop.command(&["connection", "connect", "team"]);
    command
        .env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")
        .env("BROWSER", "no-such-program");
    let mut terminal = Terminal::run(command);
    let address = terminal.address();
    let port = shop.port;
    terminal.expect(&format!("ssh -L {port}:127.0.0.1:{port} HOST"));
    shop.provider.consent_and_return(&address);
    let shown = terminal.ends(0, &[CONNECTED]);
    assert!(!shown.contains("no browser could be opened"), "{shown}");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let shop = Shop::new();
    let told = ["no terminal to ask for consent at Shop (C0029)", "--start"];
    shop.run(&["connection", "connect", "team"]).fails(4, &told);
    shop.run(&[
        "connection",
        "add",
        "other",
        "--service",
        "shop",
        "--connect",
    ])
    .fails(4, &[told[0], told[1], "other was created"]);
    // A build server may give a terminal, but nobody looks at it.
    let mut command = shop.command(&["connection", "connect", "team"]);
    command.env("CI", "true");
    Terminal::run(command).ends(4, &told);
    assert!(shop.provider.server.requests().is_empty());
}

/// Check 83.
#[test]
fn ctrl_c_cancels_the_attempt() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect("> ");
    terminal.write("\x03");
    terminal.ends(130, &["cancelled: nothing was changed"]);
    assert_eq!(shop.status("team"), ("created".to_owned(), None));
    // The answer that still comes is nobody's.
    let back = shop.provider.consent(&address);
    let finish = ["connection", "connect", "team", "--finish", "-"];
    crate::support::place::feed(shop.command(&finish), back.as_bytes()).fails(4, &["C0020"]);
    shop.was_not_asked();
}

#[test]
fn a_person_who_does_not_come_is_waited_for_only_so_long() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&["--timeout", "1"]);
    terminal.expect("(1 second left)");
    terminal.ends(75, &["(C0021)", "1 second"]);
    assert_eq!(shop.status("team"), ("created".to_owned(), None));
}

#[test]
fn a_redirect_port_that_is_none_is_refused() {
    let shop = Shop::new();
    for port in ["x", "0", "65536", "-1"] {
        let mut command = shop.command(&["connection", "list"]);
        command.env("FRESHET_REDIRECT_PORT", port);
        crate::support::place::feed(command, b"").fails(
            2,
            &[
                "FRESHET_REDIRECT_PORT",
                port,
                "a port from 1 to 65535 (C0043)",
            ],
        );
    }
    let shown = shop.run(&["service", "show", "shop"]).ok().out;
    let redirect = format!("http://127.0.0.1:{}/callback", shop.port);
    assert!(shown.contains(&redirect), "{shown}");
}
