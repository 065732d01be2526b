//! The console holds the port of redirect URLs, and finishes what a waiting command has begun (connections, 6.7 and 8).

use crate::Shop;
use crate::support::client;
use crate::support::console::Console;
use crate::support::terminal::Terminal;

fn console(shop: &Shop) -> Console {
    Console::start(shop.command(&["console", "--no-open"]))
}

/// Check 52: the answer to the command arrives at the console, and both succeed.
#[test]
fn check_52_the_console_serves_the_callback_of_the_command_line() {
    let shop = Shop::new();
    let console = console(&shop);
    assert_eq!(console.url(""), format!("http://127.0.0.1:{}", shop.port));
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect("> ");
    // The browser that comes back from elsewhere brings no cookie of the console, and another one of an attempt means
    // nothing for what the command line began (check 90).
    let back = shop.provider.consent(&address);
    let page = client::send("GET", &back, &[("Cookie", "freshet_attempt=another")], b"");
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    assert!(
        text.contains("team is connected to Shop as ada@oauth.example."),
        "{text}"
    );
    assert!(
        text.contains("<a href=\"/connections/team\">Continue</a>"),
        "{text}"
    );
    assert!(!text.contains("tok-"), "{text}");
    let shown = terminal.ends(
        0,
        &["Connected team to Shop as ada@oauth.example. In a function:"],
    );
    assert!(!shown.contains("C0028"), "{shown}");
    shop.is_authorised();
    assert_eq!((shop.provider.asked(), shop.provider.faults()), (1, vec![]));
    let log = shop
        .run(&["connection", "log", "team", "--json"])
        .ok()
        .json();
    let entries = log["entries"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .any(|entry| entry["action"] == "connect" && entry["outcome"] == "ok")
    );

    let summary = console.get(&console.cookie(), "/connections/team").text();
    assert!(summary.contains("authorised"), "{summary}");
    assert_eq!(console.interrupt().0, Some(130));
}

/// The same page, brought once more or forged, finishes nothing.
#[test]
fn an_answer_that_belongs_to_nothing_is_refused_at_the_console() {
    let shop = Shop::new();
    let console = console(&shop);
    for (query, code) in [("code=forged&state=forged", "C0020"), ("x=y", "C0030")] {
        let page = client::get(&console.url(&format!("/callback?{query}")));
        assert_eq!(page.status, 400);
        assert!(
            page.text().contains(code) && !page.text().contains("forged"),
            "{}",
            page.text()
        );
    }
    let mut terminal = shop.connect(&[]);
    let back = shop.provider.consent(&terminal.address());
    assert_eq!(client::get(&back).status, 200);
    terminal.ends(0, &["Connected team"]);
    assert!(client::get(&back).text().contains("(C0022)"));
    assert_eq!(shop.provider.asked(), 1);
    let denied = client::get(&console.url("/callback"));
    assert_eq!(denied.status, 404);
}

/// What one begins when the other has gone goes on.
#[test]
fn a_command_that_waits_takes_the_port_when_the_console_ends() {
    let shop = Shop::new();
    let console = console(&shop);
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect("> ");
    assert_eq!(console.interrupt().0, Some(130));
    let back = shop.provider.consent(&address);
    let answered = || client::try_send("GET", &back, &[], b"").ok();
    let page = std::iter::repeat_with(answered).find_map(|answer| answer);
    assert_eq!(page.unwrap().status, 200);
    terminal.ends(0, &["Connected team"]);
}

#[test]
fn one_process_alone_holds_the_port() {
    let shop = Shop::new();
    let in_use = format!("127.0.0.1:{} is in use", shop.port);
    let mut waiting = shop.connect(&[]);
    waiting.expect("> ");
    shop.run(&["console", "--no-open"])
        .fails(69, &[&in_use, "C0028", "--port"])
        .prints("");
    waiting.write("\x03");
    waiting.ends(130, &[]);
    let first = console(&shop);
    shop.run(&["console", "--no-open"])
        .fails(69, &[&in_use, "C0028"]);
    // Another port is free, and answers do not come there.
    let second = Console::start(shop.command(&["console", "--no-open", "--port", "0"]));
    assert_ne!(first.url(""), second.url(""));
    drop((first, second));
    let held = std::net::TcpListener::bind(("127.0.0.1", shop.port)).unwrap();
    shop.run(&["console", "--no-open"])
        .fails(69, &[&in_use, "C0028"]);
    drop(held);
}

#[test]
fn the_browser_is_opened_for_whoever_sits_at_the_terminal() {
    let shop = Shop::new();
    shop.place
        .write("open.sh", "printf '%s\\n' \"$1\" > opened\n");
    let mut command = shop.command(&["console"]);
    command.env("BROWSER", "sh open.sh %s");
    let mut terminal = Terminal::run(command);
    let address = terminal.expect("\n");
    terminal.expect("Ctrl-C ends the console.");
    let opened = || std::fs::read_to_string(shop.place.path("opened")).ok();
    let opened =
        std::iter::repeat_with(opened).find_map(|text| text.filter(|text| text.ends_with('\n')));
    assert_eq!(opened.unwrap().trim_end(), address);
    terminal.write("\x03");
    terminal.ends(130, &[]);
}
