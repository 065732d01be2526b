//! The account: made, verified, refused (connections, 2.7).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use mailin_embedded::AuthMechanism;

use crate::smtp::{PASSWORD, Rules};
use crate::{World, mail_from};

#[test]
fn an_account_is_verified_by_ehlo_starttls_auth_quit() {
    let world = World::new(Rules::default());
    let added = world.add(&[], PASSWORD).ok();
    assert!(
        added.out.contains("Created smtp (Mail account (SMTP))."),
        "{}",
        added.out
    );
    assert_eq!(
        world.server.commands(),
        ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]
    );
    let verified = world.command(&["connection", "verify", "smtp"], "").ok();
    assert!(
        verified
            .out
            .starts_with("smtp: authorised as me@example.com (235, "),
        "{}",
        verified.out
    );
    for arguments in [
        &["connection", "show", "smtp"][..],
        &["connection", "list"][..],
    ] {
        let shown = world.command(arguments, "").ok();
        assert!(!(shown.out + &shown.err).contains(PASSWORD));
    }
    let service = world.command(&["service", "show", "smtp"], "").ok().out;
    assert!(
        service.contains("AUTH") && !service.contains("hosts"),
        "{service}"
    );
    assert!(world.server.mails().is_empty());
}

#[test]
fn the_user_name_is_the_sender_unless_it_is_given() {
    let rules = Rules {
        login: ("me", PASSWORD),
        ..Rules::default()
    };
    let world = World::new(rules);
    world.add(&[], PASSWORD).fails(4, &["C0034", "535"]);
    world
        .command(&["connection", "edit", "smtp", "--set", "username=me"], "")
        .ok();
    world
        .command(
            &["connection", "connect", "smtp", "--secret-stdin"],
            PASSWORD,
        )
        .ok();
}

#[test]
fn a_server_that_others_wrote_takes_login_and_mail() {
    for login in [Some(AuthMechanism::Plain), Some(AuthMechanism::Login), None] {
        let encrypted = login.is_some();
        let world = World::of_others(login);
        world.run(&mail_from("me@example.com")).ok().quietly();
        let mail = world.server.only();
        assert_eq!(
            (mail.from, mail.to),
            (
                "me@example.com".to_owned(),
                vec!["ann@example.com".to_owned()]
            )
        );
        assert_eq!(mail.encrypted, encrypted);
        if encrypted {
            let reconnect = ["connection", "reconnect", "smtp", "--secret-stdin"];
            world
                .command(&reconnect, "not-the-password")
                .fails(4, &["C0034", "535"]);
        }
    }
}

#[test]
fn each_kind_of_security_and_of_login_works() {
    let usual = Rules::default();
    for rules in [
        Rules {
            tls: true,
            starttls: false,
            ..usual.clone()
        },
        Rules {
            starttls: false,
            ..usual.clone()
        },
        Rules {
            starttls: false,
            mechanisms: "",
            ..usual.clone()
        },
        Rules {
            mechanisms: "LOGIN",
            ..usual.clone()
        },
    ] {
        let asks = !rules.mechanisms.is_empty();
        let encrypted = rules.tls || rules.starttls;
        let security = match (rules.tls, rules.starttls) {
            (true, _) => "security=tls",
            (_, true) => "security=starttls",
            _ => "security=none",
        };
        let world = World::new(rules);
        world
            .add(&[security], if asks { PASSWORD } else { "" })
            .ok();
        world.run(&mail_from("me@example.com")).ok().quietly();
        assert_eq!(world.server.only().encrypted, encrypted);
        assert_eq!(world.server.commands().contains(&"AUTH".to_owned()), asks);
    }
}

#[test]
fn a_login_that_is_refused_is_told_without_the_password() {
    let rules = Rules {
        login_refusal: "535 cannot take p4ssword-of-the-tesT or bm90LXRoZS1wYXNzd29yZA==",
        ..Rules::default()
    };
    let world = World::new(rules);
    let refused = world.add(&[], "not-the-password");
    // It is what the server repeats in base64.
    assert!(!refused.err.contains("bm90LXRoZS1w"), "{}", refused.err);
    refused.fails(4, &["C0034", "AUTH localhost:", "535", "repeat a secret"]);
    // Later the same is an error of the script.
    let world = World::connected(Rules::default());
    world
        .command(
            &[
                "connection",
                "connect",
                "smtp",
                "--secret-stdin",
                "--no-verify",
            ],
            "another",
        )
        .ok();
    let ran = world.run(&mail_from("me@example.com"));
    assert!(!ran.err.contains("another"));
    ran.fails(
        69,
        &["C0051", "login", "535", "freshet connection reconnect smtp"],
    );
}

#[test]
fn without_starttls_nothing_is_sent() {
    let world = World::new(Rules {
        starttls: false,
        ..Rules::default()
    });
    world
        .add(&[], PASSWORD)
        .fails(69, &["C0012", "STARTTLS", "security=tls"]);
    assert_eq!(world.server.commands(), ["EHLO", "QUIT"]);
}

#[test]
fn a_certificate_nobody_vouches_for_ends_it() {
    for (rules, security) in [
        (Rules::default(), "security=starttls"),
        (
            Rules {
                tls: true,
                starttls: false,
                ..Rules::default()
            },
            "security=tls",
        ),
    ] {
        let world = World::new(rules);
        world.place.write(
            "ca.pem",
            crate::smtp::MailServer::start(Rules::default()).certificate(),
        );
        world
            .add(&[security], PASSWORD)
            .fails(69, &["C0012", "certificate"]);
        assert!(!world.server.commands().contains(&"AUTH".to_owned()));
    }
}

#[test]
fn in_the_open_only_to_this_machine() {
    let world = World::new(Rules::default());
    world
        .add(&["host=192.0.2.1", "security=none"], PASSWORD)
        .fails(2, &["C0043", "Security", "starttls or tls"]);
}

#[test]
fn some_addresses_are_never_called_and_private_ones_only_while_they_are_allowed() {
    // What a cloud tells its machines, however the address is written.
    for host in ["169.254.169.254", "::ffff:a9fe:a9fe", "fd00:ec2::254"] {
        for security in ["security=starttls", "security=tls", "security=none"] {
            let world = World::new(Rules::default());
            world
                .add(&[&format!("host={host}"), security], PASSWORD)
                .fails(78, &["C0008", "metadata", host]);
        }
    }
    for (tls, starttls) in [(false, true), (true, false), (false, false)] {
        let world = World::connected(Rules {
            tls,
            starttls,
            ..Rules::default()
        });
        let before = world.server.commands();
        let mail = mail_from("me@example.com");
        world
            .run_with(&["--refuse-private"], &mail)
            .fails(78, &["C0008", "localhost", "127.0.0.1", "--refuse-private"]);
        assert_eq!(world.server.commands(), before);
        world.run(&mail).ok();
        assert_eq!(world.server.mails().len(), 1);
    }
}

#[test]
fn values_of_the_account_are_checked() {
    let world = World::new(Rules::default());
    for (set, told) in [
        ("security=ssl", "Security"),
        ("port=0", "Port"),
        ("from=me", "Sender"),
        ("aliases=a@b.example, c", "Other senders"),
        ("host=a b", "Mail server"),
        ("colour=red", "colour"),
    ] {
        world.add(&[set], PASSWORD).fails(2, &["C0043", told]);
    }
    world
        .add(&["port=70000"], PASSWORD)
        .fails(2, &["C0043", "Port", "1 to 65535"]);
}

#[test]
fn the_account_is_not_for_web_calls_and_its_snippet_sends_a_mail() {
    let world = World::connected(Rules::default());
    world
        .run("getUrl(\"https://mail.example.com/\");\ninvokeurl [ url :\"https://localhost/\" connection :\"smtp\" ];")
        .fails(69, &["C0012"]);
    world
        .run("invokeurl [ url :\"https://localhost/\" connection :\"smtp\" ];")
        .fails(78, &["C0006", "`smtp`"]);
    let snippet = world
        .command(&["connection", "snippet", "smtp"], "")
        .ok()
        .out;
    assert!(
        snippet.starts_with("sendmail\n[\n    from :\"me@example.com\"\n"),
        "{snippet}"
    );
    world.place.write("snippet.dg", &snippet);
    world.command(&["check", "snippet.dg"], "").ok().quietly();
    world.run(&snippet).ok();
    assert_eq!(world.server.only().from, "me@example.com");
}

#[test]
fn a_server_that_says_nothing_is_left() {
    let world = World::connected(Rules::default());
    let silent = crate::smtp::MailServer::start(Rules {
        silent: true,
        ..Rules::default()
    });
    world.move_to(silent.port(), &[]);
    let again = world.run_with(
        &["--limit", "call-time=300ms"],
        &mail_from("me@example.com"),
    );
    again.fails(75, &["C0011", "socket timeout error"]);
}

#[test]
fn the_password_stands_nowhere() {
    let world = World::connected(Rules {
        answers: &[("RCPT TO:<bo@", "550 p4ssword-of-the-test")],
        ..Rules::default()
    });
    let mut printed = String::new();
    let mail = mail_from("me@example.com");
    for (arguments, input) in [
        (&["run", "-", "--trace"][..], mail.clone()),
        (&["run", "-", "--json"][..], mail.replace("ann@", "bo@")),
        (&["run", "-", "--dry-run"][..], mail),
        (&["connection", "verify", "smtp"][..], String::new()),
        (&["connection", "show", "smtp", "--json"][..], String::new()),
        (&["connection", "log"][..], String::new()),
    ] {
        let mut command = world.place.command(arguments);
        command
            .env("FRESHET_CA_FILE", world.place.path("ca.pem"))
            .env("FRESHET_LOG", "trace");
        let ended = crate::support::place::feed(command, input.as_bytes());
        printed.push_str(&(ended.out + &ended.err));
    }
    assert_eq!(world.server.mails().len(), 1);
    let login = STANDARD.encode(format!("\0me@example.com\0{PASSWORD}"));
    let mut found = world.place.files();
    found.push(("what was printed".into(), printed.into_bytes()));
    for (place, content) in found {
        for form in [PASSWORD, &login, &STANDARD.encode(PASSWORD)] {
            let holds = content
                .windows(form.len())
                .any(|window| window == form.as_bytes());
            assert!(!holds, "{form} in {}", place.display());
        }
    }
}

#[test]
fn replies_that_somebody_puts_behind_starttls_are_not_taken_for_those_of_the_server() {
    let world = World::new(Rules {
        injected: "\r\n250-mail.example.com\r\n250 AUTH PLAIN\r\n235 welcome\r\n221 bye",
        ..Rules::default()
    });
    world.add(&[], PASSWORD).fails(69, &["C0012"]);
    assert_eq!(world.server.commands(), ["EHLO", "STARTTLS"]);
}
