//! `connect` on another device (RFC 8628): a code is shown here and confirmed there.

use crate::Shop;
use crate::services::oauth2_provider::Rules;
use crate::support::client;
use crate::support::place::feed;
use crate::support::terminal::Terminal;

const CONNECTED: &str = "Connected team to Shop as ada@oauth.example.";

fn shop(change: impl FnOnce(&mut Rules)) -> Shop {
    Shop::granting(&["device_code"], change, "")
}

/// Waits until the code is shown: the address with the code in it.
#[track_caller]
fn shown(terminal: &mut Terminal, shop: &Shop) -> String {
    terminal.expect("Open this address on any device to authorise team at Shop, for read (10 minutes left):\n  ");
    assert_eq!(terminal.expect("\n"), shop.provider.server.url("/activate"));
    terminal.expect("and enter this code:\n  WDJB-");
    terminal.expect("With the code in it: ");
    let complete = terminal.expect("\n");
    terminal.expect("Waiting until it is confirmed there.\n");
    complete
}

/// Check 54: granted.
#[test]
fn a_person_confirms_the_code_elsewhere() {
    let shop = shop(|_| {});
    let mut terminal = shop.connect(&[]);
    let address = shown(&mut terminal, &shop);
    assert!(client::get(&address).text().contains("Connect a device?"));
    client::get(&format!("{address}&decision=approve"));
    terminal.ends(0, &[CONNECTED]);
    shop.is_authorised();
    assert_eq!(shop.provider.good_tokens(), ["tok-access-1"]);
    // It is renewed as any other token.
    shop.provider.expire_access();
    let script = format!(
        "info invokeurl [ url: \"{}\" type: GET connection: \"team\" ];",
        shop.provider.server.url("/me")
    );
    let run = feed(shop.command(&["run", "-"]), script.as_bytes()).ok();
    assert!(run.out.contains("ada@oauth.example"), "{}", run.out);
    let last = shop.provider.token_forms().pop().unwrap();
    assert!(
        last.contains(&("grant_type".to_owned(), "refresh_token".to_owned())),
        "{last:?}"
    );
}

/// Check 54: denied, expired.
#[test]
fn a_person_denies_or_lets_the_code_expire() {
    let shop = shop(|_| {});
    let mut terminal = shop.connect(&[]);
    let address = shown(&mut terminal, &shop);
    client::get(&format!("{address}&decision=deny"));
    terminal.ends(4, &["access was denied at Shop (C0023)"]);
    assert_eq!(
        shop.status("team"),
        ("failed".to_owned(), Some("denied".to_owned()))
    );
    let mut terminal = shop.connect(&[]);
    shown(&mut terminal, &shop);
    shop.provider.expire_device();
    terminal.ends(75, &["the code was not confirmed at Shop", "(C0031)"]);
    // A code that nobody confirmed says nothing about the connection.
    assert_eq!(
        shop.status("team"),
        ("failed".to_owned(), Some("denied".to_owned()))
    );
}

#[test]
fn who_waits_can_end_it() {
    let shop = shop(|_| {});
    let mut terminal = shop.connect(&[]);
    shown(&mut terminal, &shop);
    terminal.write("\x03");
    terminal.ends(130, &["cancelled: nothing was changed"]);
    let mut terminal = shop.connect(&["--timeout", "1"]);
    terminal.expect("(1 second left)");
    terminal.ends(75, &["within 1 second (C0031)"]);
    assert_eq!(shop.status("team"), ("created".to_owned(), None));
}

#[test]
fn a_service_with_both_ways_leaves_the_choice() {
    let shop = Shop::granting(&["authorization_code", "device_code"], |_| {}, "");
    let mut terminal = shop.connect(&["--device"]);
    shown(&mut terminal, &shop);
    shop.provider.approve_device();
    terminal.ends(0, &[CONNECTED]);
    // Over SSH the browser is elsewhere anyway, unless the other way is asked for.
    let over_ssh = |more: &[&str]| {
        let mut command = shop.command(&[&["connection", "reconnect", "team"], more].concat());
        command.env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
        Terminal::run(command)
    };
    let mut terminal = over_ssh(&[]);
    shown(&mut terminal, &shop);
    shop.provider.approve_device();
    terminal.ends(0, &[CONNECTED]);
    let mut terminal = over_ssh(&["--no-browser"]);
    let address = terminal.address();
    shop.provider.consent_and_return(&address);
    terminal.ends(0, &[CONNECTED]);
    assert_eq!(
        shop.provider
            .faults()
            .iter()
            .filter(|fault| fault.error != "authorization_pending")
            .count(),
        0
    );
}

#[test]
fn without_a_terminal_it_must_be_asked_for() {
    let shop = shop(|_| {});
    shop.run(&["connection", "connect", "team"])
        .fails(4, &["(C0029)", "--device"]);
    assert!(shop.provider.server.requests().is_empty());
    let mut command = shop.command(&["connection", "connect", "team", "--device"]);
    command.env("CI", "true");
    let mut terminal = Terminal::run(command);
    shown(&mut terminal, &shop);
    shop.provider.approve_device();
    terminal.ends(0, &[CONNECTED]);
}

#[test]
fn where_there_is_no_such_grant_it_is_refused_unasked() {
    let shop = Shop::new();
    shop.run(&["connection", "connect", "team", "--device"])
        .fails(
            2,
            &["found `device_code`, expected authorization_code (C0049)"],
        );
    assert!(shop.provider.server.requests().is_empty());
}

#[test]
fn a_client_that_the_service_refuses_is_told_so() {
    let shop = shop(|rules| rules.client_secret = "another".to_owned());
    shop.connect(&[]).ends(
        69,
        &["Shop refused to issue a token: invalid_client", "(C0027)"],
    );
    assert_eq!(
        shop.status("team"),
        ("failed".to_owned(), Some("error".to_owned()))
    );
}
