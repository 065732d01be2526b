//! What arrives, and what a script sees when it does not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use mailin_embedded::AuthMechanism;

use crate::smtp::Rules;
use crate::{World, mail_from};

/// The lines of a header, unfolded; `None` where there is none.
fn header(text: &str, name: &str) -> Option<String> {
    let head = text.split("\r\n\r\n").next()?.replace("\r\n ", " ");
    let line = head.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with(&format!("{}:", name.to_ascii_lowercase()))
    })?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The parts of a multipart text: head and body of each.
fn parts(text: &str) -> Vec<(String, String)> {
    let kind = header(text, "Content-Type").unwrap();
    assert!(kind.starts_with("multipart/mixed"), "{kind}");
    let boundary = kind
        .split("boundary=\"")
        .nth(1)
        .unwrap()
        .trim_end_matches('"');
    text.split(&format!("--{boundary}"))
        .skip(1)
        .filter(|part| !part.starts_with("--"))
        .map(|part| {
            let (head, body) = part.split_once("\r\n\r\n").unwrap();
            (
                head.trim().to_owned(),
                body.trim_end_matches("\r\n").to_owned(),
            )
        })
        .collect()
}

#[test]
fn a_mail_arrives_whole() {
    let world = World::of_others(Some(AuthMechanism::Plain));
    world
        .run(
            "report = \"a,b\\n1,2\\n\".toFile(\"figures.csv\");
sendmail
[
    from :\"Me <me@example.com>\"
    to :{\"ann@example.com\", \"Bo Berg <bo@example.com>\"}
    cc :\"cy@example.com\"
    bcc :\"di@example.com, ed@example.com\"
    reply to :\"desk@example.com\"
    subject :\"Uke 48: vær så god\"
    message :\"<b>Vedlagt.</b>\\n.\\nEnd\"
    attachments :file:report
];
info \"sent\";",
        )
        .ok()
        .quietly()
        .prints("sent\n");
    let mail = world.server.only();
    assert_eq!(mail.from, "me@example.com");
    assert_eq!(
        mail.to,
        [
            "ann@example.com",
            "bo@example.com",
            "cy@example.com",
            "di@example.com",
            "ed@example.com"
        ]
    );
    assert!(mail.encrypted);
    let text = &mail.text;
    assert_eq!(header(text, "From").unwrap(), "Me <me@example.com>");
    assert!(header(text, "To").unwrap().contains("ann@example.com"));
    assert!(header(text, "To").unwrap().contains("bo@example.com"));
    assert_eq!(header(text, "Cc").unwrap(), "cy@example.com");
    assert_eq!(header(text, "Reply-To").unwrap(), "desk@example.com");
    assert_eq!(header(text, "Bcc"), None);
    assert!(
        !text.contains("di@example.com"),
        "hidden receivers stay hidden: {text}"
    );
    assert!(
        header(text, "Message-ID")
            .unwrap()
            .ends_with("@example.com>")
    );
    assert!(header(text, "Date").is_some() && text.is_ascii());
    let subject = header(text, "Subject").unwrap();
    assert!(subject.contains("=?utf-8?"), "{subject}");
    let parts = parts(text);
    assert_eq!(parts.len(), 2, "{text}");
    let (head, body) = &parts[0];
    assert!(head.contains("text/html; charset=utf-8"), "{head}");
    assert!(
        body.contains("<b>Vedlagt.</b>") && body.contains("End"),
        "{body}"
    );
    let (head, body) = &parts[1];
    assert!(
        head.contains("text/csv") && head.contains("figures.csv"),
        "{head}"
    );
    let content = match head.contains("base64") {
        true => String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap(),
        false => body.replace("\r\n", "\n") + "\n",
    };
    assert_eq!(content.trim_end(), "a,b\n1,2");
}

#[test]
fn plain_text_and_several_attachments() {
    let world = World::of_others(Some(AuthMechanism::Plain));
    world
        .run(
            "a = \"one\".toFile(\"å.txt\");
b = \"two\".toFile(\"b\\r\\nX-Header: c.pdf\");
sendmail [ from :\"me@example.com\" to :\"ann@example.com\" message :\"Hello\" content type :TEXT attachments :{a, b} ];",
        )
        .ok()
        .quietly();
    let text = world.server.only().text;
    let parts = parts(&text);
    assert_eq!(parts.len(), 3);
    assert!(parts[0].0.contains("text/plain; charset=utf-8"));
    assert_eq!(parts[0].1, "Hello");
    // A line break in a name makes no header of what follows.
    assert!(!text.contains("\r\nX-Header"), "{text}");
}

#[test]
fn the_sender_is_the_account_or_an_alias() {
    let world = World::of_others(Some(AuthMechanism::Login));
    for from in [
        "me@example.com",
        "DESK@example.com",
        "Info <info@example.com>",
    ] {
        world.run(&mail_from(from)).ok().quietly();
    }
    assert_eq!(world.server.mails().len(), 3);
    let other = mail_from("other@example.com");
    world.run(&other).fails(
        78,
        &[
            "C0050",
            "me@example.com, desk@example.com, info@example.com",
            "other@example.com",
            // Those that there are stay.
            "--set aliases=desk@example.com,info@example.com,other@example.com",
        ],
    );
    world
        .run(&format!(
            "try {{ {other} }} catch (e) {{ info \"caught\"; }}"
        ))
        .ok()
        .prints("caught\n");
    assert_eq!(world.server.mails().len(), 3);
}

#[test]
fn what_the_server_refuses_is_an_error_that_can_be_caught() {
    type Answers = &'static [(&'static str, &'static str)];
    const CASES: &[(Answers, [&str; 3])] = &[
        (
            &[("RCPT TO:<bo@", "550 5.1.1 no such user")],
            ["C0051", "550", "no such user"],
        ),
        (
            &[("MAIL", "552 too much mail")],
            ["C0051", "552", "too much mail"],
        ),
        (
            &[("RCPT", "451 greylisted, try later")],
            ["C0010", "451", "greylisted"],
        ),
        (&[("DATA", "554 no")], ["C0051", "554", "no"]),
    ];
    for (answers, told) in CASES {
        let world = World::connected(Rules {
            answers,
            ..Rules::default()
        });
        let mail = "sendmail [ from :\"me@example.com\" to :\"ann@example.com,bo@example.com\" subject :\"S\" ];";
        world.run(mail).fails(69, told);
        let caught = world
            .run(&format!("try {{ {mail} }} catch (e) {{ info e.message; }}"))
            .ok();
        assert!(caught.out.contains(told[1]), "{}", caught.out);
        assert!(
            world.server.mails().is_empty(),
            "to all receivers or to none"
        );
    }
}

#[test]
fn what_is_no_mail_is_told_before_anything_is_sent() {
    let world = World::connected(Rules::default());
    let before = world.server.commands().len();
    for (attributes, exit, told) in [
        (
            "to :\"ann@example.com\" subject :\"a\\nBcc: x@example.com\"",
            1,
            ["R0027", "`subject` holds a line break"],
        ),
        (
            "to :\"ann@@example.com\" subject :\"a\"",
            1,
            ["R0027", "ann@@example.com"],
        ),
        (
            "to :\"ann example@com <x\" subject :\"a\"",
            1,
            ["R0027", "mail address"],
        ),
    ] {
        world
            .run(&format!(
                "sendmail [ from :\"me@example.com\" {attributes} ];"
            ))
            .fails(exit, &told);
    }
    assert_eq!(world.server.commands().len(), before);
}

#[test]
fn waiting_for_a_turn_costs_the_mail_of_a_job_no_time() {
    let world = World::connected(Rules::default());
    // A server that says nothing: the first mail has it until the time of its attempt is over.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let (came, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((connection, _)) = silent.accept() {
            if came.send(connection).is_err() {
                return;
            }
        }
    });
    world.move_to(port, &["--rate", "at_once=1"]);
    for name in ["one.dg", "two.dg"] {
        world.place.write(name, mail_from("me@example.com"));
    }
    let batch = ["batch", "run", "one.dg", "two.dg", "--timeout", "1s"];
    world
        .command(&batch, "")
        .fails(3, &["the limit of time is reached: 1000 ms", "--timeout"]);
    // The second had its turn after that, with all of its time.
    assert_eq!(asked.try_iter().count(), 2);
}
