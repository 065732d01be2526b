//! The answer by paste: where nobody can listen, where no browser is at hand, and always beside the browser.

use crate::Shop;
use crate::support::terminal::Terminal;

const CONNECTED: &str = "Connected team to Shop as ada@oauth.example.";

/// Connects and pastes what `paste` makes of the address that the browser ended at.
fn pasting(shop: &Shop, paste: impl FnOnce(&str) -> String) -> Terminal {
    let mut terminal = shop.connect(&["--no-browser"]);
    let address = terminal.address();
    terminal.expect("> ");
    let back = shop.provider.consent(&address);
    terminal.write(&paste(&back));
    terminal
}

#[test]
fn the_address_its_query_and_broken_lines_are_the_same_answer() {
    let shop = Shop::new();
    let query = |back: &str| back.split_once('?').unwrap().1.to_owned();
    pasting(&shop, |back| format!("{back}\n")).ends(0, &[CONNECTED]);
    pasting(&shop, |back| format!("\n  {back} \r\n")).ends(0, &[CONNECTED]);
    pasting(&shop, |back| format!("{}\n", query(back))).ends(0, &[CONNECTED]);
    pasting(&shop, |back| {
        let (first, rest) = back.split_at(back.len() / 2);
        let (second, third) = rest.split_at(9);
        format!("{first}\n{second}\r\n{third}\n")
    })
    .ends(0, &[CONNECTED]);
    assert_eq!(shop.provider.asked(), 4);
    assert_eq!(shop.provider.faults(), []);
}

#[test]
fn an_address_longer_than_a_line_of_a_terminal_arrives_whole() {
    let shop = Shop::with(
        |rules| rules.callback_params = vec![("session_state", "s".repeat(6_000))],
        "",
    );
    pasting(&shop, |back| {
        assert!(back.len() > 6_000);
        format!("{back}\n")
    })
    .ends(0, &[CONNECTED]);
}

#[test]
fn what_is_no_answer_is_told_and_asked_for_again() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect("> ");
    terminal.write("https://example.com/s3cr3t\n");
    terminal.expect("expected the whole address the browser ended at");
    terminal.expect("(C0030)");
    terminal.expect("> ");
    terminal.write("code=x&state=y\n");
    terminal.expect("(C0020)");
    terminal.expect("> ");
    shop.was_not_asked();
    terminal.write(&format!("{}\n", shop.provider.consent(&address)));
    terminal.ends(0, &[CONNECTED]);
}

#[test]
fn an_answer_counts_once() {
    let shop = Shop::new();
    let mut used = String::new();
    pasting(&shop, |back| {
        used = format!("{back}\n");
        used.clone()
    })
    .ends(0, &[CONNECTED]);
    let mut terminal = shop.connect(&[]);
    terminal.expect("> ");
    terminal.write(&used);
    terminal.expect("(C0022)");
    terminal.write("\x03");
    terminal.ends(130, &["cancelled"]);
    assert_eq!(shop.provider.asked(), 1);
    shop.is_authorised();
}

#[test]
fn a_redirect_url_that_nobody_serves_is_pasted_as_the_manual_shows() {
    let shop = Shop::with(
        |rules| {
            rules.redirect_uri = rules
                .redirect_uri
                .replace("http://127.0.0.1", "https://localhost")
        },
        "redirect = \"https\"\n",
    );
    let add = [
        "connection",
        "add",
        "bot",
        "--service",
        "shop",
        "--name",
        "The bot",
        "--scope",
        "write",
        "--connect",
    ];
    let mut terminal = Terminal::run(shop.command(&add));
    let before = terminal.expect("\n  http://");
    assert_eq!(
        before,
        "Created bot (Shop). Open this address to authorise it (10 minutes left):"
    );
    let address = format!("http://{}", terminal.expect("\n"));
    assert!(
        address.contains("response_type=code&client_id=freshet-client"),
        "{address}"
    );
    assert!(address.contains("&scope=write"), "{address}");
    terminal.expect("When your browser shows an error page, paste its address here:\n> ");
    let back = shop.provider.consent(&address);
    assert!(
        back.starts_with(&format!("https://localhost:{}/callback?", shop.port)),
        "{back}"
    );
    terminal.write(&format!("{back}\n"));
    terminal.expect("\nConnected bot to Shop as ada@oauth.example. In a function:\n\n");
    terminal.ends(0, &["connection :\"bot\""]);
    assert_eq!(shop.provider.faults(), []);
}
