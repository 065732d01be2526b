//! `--mail send|print|drop`, and an account that is not there.

use crate::smtp::Rules;
use crate::{World, mail_from};

#[test]
fn a_mail_is_printed_or_dropped_in_place_of_being_sent() {
    let world = World::connected(Rules::default());
    let before = world.server.commands().len();
    let script = "f = \"alpha\".toFile(\"a.txt\");
sendmail [ from :\"anybody@example.com\" to :\"ann@example.com\", \"bo@example.com\" cc :\"cy@example.com\" bcc :\"di@example.com\" reply to :\"ed@example.com\" subject :\"Hi\" message :\"<b>One</b>\\nTwo\" attachments :f ];
info \"done\";";
    let printed = world
        .run_with(&["--mail", "print"], script)
        .ok()
        .prints("done\n");
    assert_eq!(
        printed.err,
        "mail: from anybody@example.com
  to: ann@example.com, bo@example.com
  cc: cy@example.com
  bcc: di@example.com
  reply to: ed@example.com
  subject: Hi
  attachment: a.txt (text/plain, 5 bytes)
  HTML:
    <b>One</b>
    Two
"
    );
    world
        .run_with(&["--mail", "drop"], script)
        .ok()
        .quietly()
        .prints("done\n");
    // In a dry run nothing leaves the machine.
    let dry = world.run_with(&["--dry-run"], script).ok().prints("done\n");
    assert_eq!(dry.err, printed.err);
    assert_eq!(world.server.commands().len(), before);
    world
        .run_with(&["--mail", "send"], &mail_from("me@example.com"))
        .ok()
        .quietly();
    assert_eq!(world.server.mails().len(), 1);
    world
        .run_with(&["--mail", "post"], script)
        .fails(2, &["print", "drop", "send"]);
}

#[test]
fn without_an_account_a_mail_is_an_error_and_can_still_be_printed() {
    let world = World::new(Rules::default());
    world.run(&mail_from("me@example.com")).fails(
        1,
        &[
            "R0028",
            "no mail account configured",
            "freshet connection add smtp --service smtp",
        ],
    );
    let printed = world
        .run_with(&["--mail", "print"], &mail_from("me@example.com"))
        .ok();
    assert!(
        printed.err.starts_with("mail: from me@example.com\n"),
        "{}",
        printed.err
    );
    // A terminal is not told anything by a mail.
    let hostile = world
        .run_with(
            &["--mail", "print"],
            "sendmail [ from :\"me@example.com\" to :\"a@example.com\" message :\"\\u001b[2J\" ];",
        )
        .ok();
    assert!(hostile.err.contains("\\u{1b}[2J"), "{:?}", hostile.err);
    // Nor does the name of a file begin a line of its own.
    let hostile = world
        .run_with(
            &["--mail", "print"],
            "f = \"x\".toFile(\"a\\n  bcc: b@example.com\\u001b[2J.txt\");\n\
             sendmail [ from :\"me@example.com\" to :\"a@example.com\" message :\"m\" attachments :file:f ];",
        )
        .ok();
    assert!(
        hostile
            .err
            .contains("  attachment: a\\n  bcc: b@example.com\\u{1b}[2J.txt (text/plain"),
        "{:?}",
        hostile.err
    );
}

#[test]
fn an_account_that_was_never_connected_is_told() {
    let world = World::new(Rules::default());
    let arguments = [
        "connection",
        "add",
        "smtp",
        "--service",
        "smtp",
        "--set",
        "host=localhost",
        "--set",
        "from=me@example.com",
    ];
    world.command(&arguments, "").ok();
    world
        .run(&mail_from("me@example.com"))
        .fails(4, &["C0002", "freshet connection connect smtp"]);
}

#[test]
fn a_project_names_another_account() {
    let world = World::connected(Rules::default());
    world
        .place
        .write("freshet.toml", "[mail]\nconnection = \"office\"\n");
    let mail = mail_from("me@example.com");
    world.run(&mail).fails(1, &["C0001", "`office`"]);
    world
        .command(
            &[
                "connection",
                "edit",
                "smtp",
                "--link-name",
                "office",
                "--yes",
            ],
            "",
        )
        .ok();
    world.run(&mail).ok().quietly();
    assert_eq!(world.server.mails().len(), 1);
    // A connection to anything else is none.
    world
        .place
        .write("freshet.toml", "[mail]\nconnection = \"pay\"\n");
    let stripe = ["connection", "add", "pay", "--service", "stripe"];
    world.command(&stripe, "").ok();
    let key = [
        "connection",
        "connect",
        "pay",
        "--secret-stdin",
        "--no-verify",
    ];
    world.command(&key, "sk_test_key").ok();
    world
        .run(&mail)
        .fails(78, &["C0052", "Stripe", "--service smtp"]);
}

/// What is no address is told whatever becomes of the mail.
#[test]
fn addresses_are_looked_at_before_anything_else() {
    let world = World::connected(Rules::default());
    let mail = |to: &str| {
        format!("sendmail [ from :\"me@example.com\" to :{to} subject :\"S\" message :\"m\" ];")
    };
    for to in [
        r#""a@example.com;b@example.com""#,
        r#""mailto:a@example.com""#,
        r#""a b@example.com""#,
        r#""a@example.com.""#,
        r#""a@-example.com""#,
        r#""a..b@example.com""#,
        r#""<a@example.com""#,
        r#"{"Ann", "ann@example.com"}"#,
    ] {
        for mode in ["print", "drop", "send"] {
            world
                .run_with(&["--mail", mode], &mail(to))
                .fails(1, &["R0027", "is no mail address", "Ann <me@example.com>"]);
        }
    }
    assert!(world.server.mails().is_empty());
    for to in [
        r#""\"Berg, Bo\" <b@example.com>, \"c@d\" <c@example.com>""#,
        r#"{"Berg, Bo <b@example.com>", "c@example.com"}"#,
        r#""Bo (Berg) <b@example.com>,, J. Côté <c@example.com>, ""#,
    ] {
        let printed = world.run_with(&["--mail", "print"], &mail(to)).ok();
        assert!(printed.err.contains("b@example.com>"), "{}", printed.err);
        world.run(&mail(to)).ok().quietly();
        let arrived = world.server.mails().pop().unwrap();
        assert_eq!(arrived.to, ["b@example.com", "c@example.com"], "{to}");
    }
    // A domain goes as it stands in the DNS.
    world.run(&mail(r#""a@bücher.example""#)).ok().quietly();
    let arrived = world.server.mails().pop().unwrap();
    assert_eq!(arrived.to, ["a@xn--bcher-kva.example"]);
    world
        .run(&mail(r#""jörg@example.com""#))
        .fails(69, &["C0051", "SMTPUTF8", "write an address in ASCII"]);
}
