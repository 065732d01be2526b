//! Who takes the answer: whoever holds the port, for every attempt of the registry; and who else speaks to it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::Shop;
use crate::support::client;
use crate::support::terminal::Terminal;

fn port(shop: &Shop, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", shop.port)
}

#[test]
fn a_forged_answer_is_refused_and_the_right_one_still_counts() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect("> ");
    for query in [
        "code=forged&state=forged",
        "code=forged",
        "error=access_denied&state=x",
    ] {
        let page = client::get(&port(&shop, &format!("/callback?{query}")));
        assert_eq!(page.status, 400);
        let text = page.text();
        assert!(
            text.contains("<h1>Not authorised</h1>") && text.contains("(C0020)"),
            "{text}"
        );
        assert!(!text.contains("forged"), "{text}");
    }
    let page = client::get(&port(&shop, "/callback?x=y"));
    assert!(page.text().contains("(C0030)"), "{}", page.text());
    shop.was_not_asked();
    let back = shop.provider.consent(&address);
    assert_eq!(client::get(&back).status, 200);
    terminal.ends(0, &["Connected team"]);
    assert_eq!(shop.provider.asked(), 1);
}

#[test]
fn nothing_but_the_callback_is_answered() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect("> ");
    for path in [
        "/",
        "/favicon.ico",
        "/callback/",
        "/callback2?code=x",
        "/callback",
    ] {
        assert_eq!(client::get(&port(&shop, path)).status, 404, "{path}");
    }
    let answer = client::send("POST", &port(&shop, "/callback?code=x"), &[], b"x");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    let long = format!("/callback?code={}", "x".repeat(17_000));
    assert_eq!(client::get(&port(&shop, &long)).status, 431);
    let answer = raw(&shop, "nonsense\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    shop.was_not_asked();
    shop.provider.consent_and_return(&address);
    terminal.ends(0, &["Connected team"]);
}

/// What comes back for these bytes.
fn raw(shop: &Shop, bytes: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", shop.port)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn clients_that_say_nothing_are_in_nobodys_way() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect("> ");
    let mut silent: Vec<TcpStream> = (0..8)
        .map(|_| TcpStream::connect(("127.0.0.1", shop.port)).unwrap())
        .collect();
    silent[0].write_all(b"GET /callback?co").unwrap();
    shop.provider.consent_and_return(&address);
    // It does not wait for them either.
    terminal.ends(0, &["Connected team"]);
}

#[test]
fn two_that_wait_share_the_port_and_get_each_its_own_answer() {
    let shop = Shop::new();
    shop.add("other");
    let mut first = shop.connect(&[]);
    let to_team = first.address();
    first.expect("> ");
    let mut second = Terminal::run(shop.command(&["connection", "connect", "other"]));
    let to_other = second.address();
    second.expect("> ");
    // The one that holds the port finishes the other's attempt, and goes on waiting.
    let page = shop.provider.consent_and_return(&to_other);
    assert!(
        page.text().contains("other is connected to Shop"),
        "{}",
        page.text()
    );
    let shown = second.ends(0, &["Connected other to Shop as ada@oauth.example."]);
    assert!(!shown.contains("C0028"), "{shown}");
    let page = shop.provider.consent_and_return(&to_team);
    assert!(
        page.text().contains("team is connected to Shop"),
        "{}",
        page.text()
    );
    first.ends(0, &["Connected team to Shop"]);
    assert_eq!(
        shop.provider.good_tokens(),
        ["tok-access-1", "tok-access-2"]
    );
}

#[test]
fn who_listens_verifies_what_others_began_as_they_wished() {
    let shop = Shop::new();
    shop.add("other");
    for (first_option, second_option, verified) in [
        (&["--no-verify"][..], &[][..], 1),
        (&[], &["--no-verify"], 0),
    ] {
        let before = shop.provider.requests("/me").len();
        let mut first = shop.connect(first_option);
        first.address();
        first.expect("> ");
        let connect = ["connection", "connect", "other"];
        let mut second = Terminal::run(shop.command(&[&connect[..], second_option].concat()));
        let to_other = second.address();
        second.expect("> ");
        shop.provider.consent_and_return(&to_other);
        second.ends(0, &["Connected other to Shop"]);
        assert_eq!(shop.provider.requests("/me").len() - before, verified);
        first.write("\x03");
        first.ends(130, &["cancelled"]);
    }
}

#[test]
fn when_the_one_that_held_the_port_has_ended_the_other_takes_it() {
    let shop = Shop::new();
    shop.add("other");
    let mut first = shop.connect(&[]);
    first.expect("> ");
    let mut second = Terminal::run(shop.command(&["connection", "connect", "other"]));
    let to_other = second.address();
    second.expect("> ");
    first.write("\x03");
    first.ends(130, &["cancelled"]);
    let back = shop.provider.consent(&to_other);
    // As a person does who sees an error page: again, until somebody listens.
    let page = loop {
        if let Ok(page) = client::try_send("GET", &back, &[], b"") {
            break page;
        }
        std::thread::yield_now();
    };
    assert_eq!(page.status, 200, "{}", page.text());
    second.ends(0, &["Connected other"]);
}

/// Check 49: the port is taken.
#[test]
fn a_port_that_something_else_holds_leaves_pasting() {
    let shop = Shop::new();
    let _held = TcpListener::bind(("127.0.0.1", shop.port)).unwrap();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    let warning = format!("warning: 127.0.0.1:{} is in use", shop.port);
    terminal.expect(&warning);
    terminal.expect("(C0028)");
    terminal.expect("paste its address here:\n> ");
    terminal.write(&format!("{}\n", shop.provider.consent(&address)));
    terminal.ends(0, &["Connected team"]);
    assert_eq!(shop.provider.faults(), []);
    // Who does not paste gets the error.
    let mut terminal = shop.connect(&[]);
    terminal.expect("> ");
    terminal.write("\x04");
    terminal.ends(69, &["error: 127.0.0.1:", "(C0028)", "--port"]);
    shop.is_authorised();
}

#[test]
fn an_attempt_that_was_only_begun_is_finished_by_whoever_listens() {
    let shop = Shop::new();
    shop.add("other");
    let begun = shop
        .run(&["connection", "connect", "other", "--start"])
        .ok();
    let mut terminal = shop.connect(&[]);
    let to_team = terminal.address();
    terminal.expect("> ");
    let page = shop.provider.consent_and_return(begun.out.trim());
    assert!(
        page.text().contains("other is connected to Shop"),
        "{}",
        page.text()
    );
    assert_eq!(shop.status("other").0, "authorised");
    assert_eq!(shop.status("team").0, "created");
    shop.provider.consent_and_return(&to_team);
    terminal.ends(0, &["Connected team"]);
}
