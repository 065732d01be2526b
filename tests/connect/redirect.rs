//! Redirect URLs: which may be used, what is shown of them, and what an answer that comes there may say.

use crate::services::oauth2_provider::Iss;
use crate::support::client;
use crate::support::form;
use crate::support::server::Reply;
use crate::{Shop, free_port};

/// Stores a redirect URL with the client.
fn store(shop: &Shop, redirect: &str) -> crate::support::place::Outcome {
    let client = [
        "service",
        "client",
        "shop",
        "--client-id",
        "freshet-client",
        "--redirect-uri",
        redirect,
    ];
    crate::support::place::feed(
        shop.command(&[&client[..], &["--secret-stdin"]].concat()),
        b"freshet-secret",
    )
}

#[test]
fn only_https_and_this_machine_can_be_redirected_to() {
    let shop = Shop::new();
    for redirect in [
        "http://example.com/callback",
        "http://127.0.0.1.example.com/",
        "myapp://callback",
        "127.0.0.1:8713/callback",
        "https://user:pass@example.com/",
        "https://example.com/#part",
        "https://example.com/a b",
    ] {
        store(&shop, redirect).fails(
            78,
            &[
                "redirect URL: found ",
                "expected https, or http to loopback (C0037)",
            ],
        );
    }
    let hidden = store(&shop, "http://example.com/?k=s3cr3t").fails(78, &["C0037"]);
    assert!(!hidden.err.contains("s3cr3t"), "{}", hidden.err);
    for redirect in [
        "https://app.example.com/callback",
        "http://localhost:9/x",
        "http://[::1]:9/x",
    ] {
        store(&shop, redirect).ok();
        let shown = shop.run(&["service", "show", "shop"]).ok().out;
        assert!(
            shown.contains(&format!("redirect URL {redirect}\n")),
            "{shown}"
        );
    }
}

#[test]
fn the_redirect_url_of_a_client_is_listened_at_and_sent_as_it_is() {
    let redirect = format!("http://127.0.0.1:{}/oauth/back", free_port());
    let shop = Shop::with(|rules| rules.redirect_uri.clone_from(&redirect), "");
    store(&shop, &redirect).ok();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect(&redirect);
    let origin = redirect.trim_end_matches("/oauth/back");
    assert_eq!(
        client::get(&format!("{origin}/callback?code=x")).status,
        404
    );
    let page = shop.provider.consent_and_return(&address);
    assert_eq!(page.status, 200, "{}", page.text());
    terminal.ends(0, &["Connected team"]);
    assert_eq!(shop.provider.faults(), []);
}

#[test]
fn a_service_shows_which_kind_of_redirect_url_it_wants() {
    for (kind, host) in [
        ("loopback", "http://127.0.0.1"),
        ("localhost", "http://localhost"),
        ("https", "https://localhost"),
    ] {
        let shop = Shop::with(|_| {}, &format!("redirect = \"{kind}\"\n"));
        let shown = shop.run(&["service", "show", "shop"]).ok().out;
        let expected = format!("{host}:{}/callback ({kind})\n", shop.port);
        assert!(shown.contains(&expected), "{shown}");
        let json = shop.run(&["service", "show", "shop", "--json"]).ok().json();
        assert_eq!(
            json["redirect_url"],
            format!("{host}:{}/callback", shop.port)
        );
    }
}

/// What the terminal shows when this comes back as an error, with the state of the attempt.
fn told(shop: &Shop, more: &[(&str, &str)]) -> String {
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    terminal.expect("> ");
    let state = form::in_query(&address, "state").unwrap();
    let more: Vec<(&str, &str)> = more
        .iter()
        .map(|(name, value)| {
            (
                *name,
                if *value == "STATE" {
                    state.as_str()
                } else {
                    value
                },
            )
        })
        .collect();
    let back = format!("http://127.0.0.1:{}/callback", shop.port);
    let back = form::with_query(&back, &[("state", state.as_str())]);
    let page = client::get(&form::with_query(&back, &more)).text();
    assert!(!page.contains(&state), "{page}");
    let (exit, shown) = terminal.end();
    assert_eq!(exit, Some(69), "{shown}");
    // The address itself has the state, what comes after it must not.
    let shown = shown.split_once("\n> ").unwrap().1.to_owned();
    assert!(!shown.contains(&state), "{shown}");
    shown
}

#[test]
fn what_a_service_says_of_an_error_is_cut_and_never_repeats_what_was_sent() {
    let shop = Shop::new();
    let long = format!("wrong\u{7}\n{}", "x".repeat(300));
    let shown = told(
        &shop,
        &[("error", "invalid_scope"), ("error_description", &long)],
    );
    let cut = format!(
        "Shop answered invalid_scope: wrong{} (C0024)",
        "x".repeat(195)
    );
    assert!(shown.contains(&cut), "{shown}");
    let shown = told(
        &shop,
        &[("error", "invalid_scope"), ("error_description", "STATE")],
    );
    assert!(
        shown.contains("Shop answered invalid_scope (C0024)"),
        "{shown}"
    );
    let shown = told(
        &shop,
        &[("error", "STATE"), ("error_description", "freshet-secret")],
    );
    assert!(
        shown.contains("Shop answered an unnamed error (C0024)"),
        "{shown}"
    );
}

#[test]
fn check_47_an_answer_from_another_issuer_is_not_used() {
    let issuer = "issuer = \"ISSUER\"\n";
    for (iss, more, exit) in [
        (Iss::Right, issuer, 0),
        (Iss::Missing, issuer, 0),
        (Iss::Wrong, issuer, 69),
        // Without a known issuer there is nothing to compare it with.
        (Iss::Wrong, "", 0),
    ] {
        let shop = Shop::with(|rules| rules.iss = iss, more);
        let mut terminal = shop.connect(&[]);
        let address = terminal.address();
        shop.provider.consent_and_return(&address);
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(exit), "{iss:?}: {shown}");
        assert_eq!(shown.contains("(C0025)"), exit != 0, "{shown}");
        assert_eq!(shop.provider.asked(), usize::from(exit == 0), "{iss:?}");
    }
}

#[test]
fn a_code_that_the_service_refuses_is_explained() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    let back = shop.provider.consent(&address);
    shop.provider.expire_codes();
    let page = client::get(&back).text();
    assert!(
        page.contains("Shop refused to issue a token: invalid_grant"),
        "{page}"
    );
    assert!(!page.contains("tok-code"), "{page}");
    terminal.ends(
        69,
        &[
            "invalid_grant",
            "(C0027)",
            "expired, was used before, or belongs to another redirect URL",
        ],
    );
    assert_eq!(
        shop.status("team"),
        ("failed".to_owned(), Some("error".to_owned()))
    );
}

#[test]
fn an_answer_is_good_again_when_the_service_could_not_be_asked() {
    let shop = Shop::new();
    let mut terminal = shop.connect(&[]);
    let address = terminal.address();
    let back = shop.provider.consent(&address);
    shop.provider
        .answer_next([Reply::new(503, "text/plain", "later")]);
    let page = client::get(&back);
    assert!(page.text().contains("(C0010)"), "{}", page.text());
    // The person loads the page again.
    assert_eq!(client::get(&back).status, 200);
    terminal.ends(0, &["Connected team"]);
    assert_eq!(shop.provider.asked(), 2);
}
