//! Mail that jobs of a batch send: once, or not at all.

use serde_json::Value;

use crate::smtp::{AtEnd, Rules};
use crate::{World, mail_from};

/// A world with a batch to run, `m.dg`, and a server that does so at the end of a mail.
fn ending(at_end: AtEnd) -> World {
    let world = World::connected(Rules {
        starttls: false,
        at_end,
        ..Rules::default()
    });
    world.place.write("m.dg", mail_from("me@example.com"));
    world
}

/// The jobs of the newest batch.
fn jobs(world: &World) -> Value {
    let shown = world.place.run(&["batch", "show", "last", "--json"]);
    shown.ok().json()["jobs"].clone()
}

#[test]
fn a_mail_that_was_handed_over_and_not_confirmed_is_not_sent_again() {
    let run = "batch run m.dg --retries 5 --limit call-time=2s";
    let run: Vec<&str> = run.split(' ').collect();
    for (at_end, code, exit) in [(AtEnd::Silence, "C0011", 75), (AtEnd::Close, "C0012", 69)] {
        let world = ending(at_end);
        world.command(&run, "").fails(
            3,
            &[
                "job 1 uncertain",
                code,
                "was handed the mail and did not confirm it",
                "it may have been sent",
                "--state uncertain",
            ],
        );
        assert_eq!(world.server.mails().len(), 1);
        assert_eq!(jobs(&world)[0]["state"], "uncertain");
        // A single run says the same.
        let single = ["run", "m.dg", "--limit", "call-time=2s"];
        world
            .command(&single, "")
            .fails(exit, &["may have been sent"]);
    }
}

#[test]
fn an_answer_to_a_mail_and_a_server_that_is_not_there_leave_no_doubt() {
    let run = ["batch", "run", "m.dg", "--retries", "1"];
    for (answer, code, attempts) in [("451 later", "C0010", 2), ("554 no", "C0051", 1)] {
        let world = ending(AtEnd::Answer(answer));
        world.command(&run, "").fails(3, &["job 1 failed", code]);
        let job = &jobs(&world)[0];
        assert_eq!(job["attempts"], attempts, "{job}");
        assert_eq!(world.server.mails().len(), attempts);
    }
    let world = ending(AtEnd::Close);
    world.move_to(1, &[]);
    world.command(&run, "").fails(3, &["job 1 failed", "C0012"]);
    assert_eq!(jobs(&world)[0]["attempts"], 2);
}

#[test]
fn a_batch_prints_or_drops_mail_as_a_run_does_and_keeps_to_it() {
    let world = ending(AtEnd::Answer("250 queued"));
    let mail = mail_from("me@example.com");
    let script = format!("{mail}\ninfo \"did\";\nif (id == 2) {{ throw \"no\"; }}\n");
    world.place.write("two.dg", script);
    world.place.write("rows.csv", "id\n1\n2\n");
    let run = ["batch", "run", "two.dg", "--jobs", "rows.csv"];
    let run = |more: &[&str]| world.command(&[&run[..], more].concat(), "");
    let mut dropped = world.place.command(&["batch", "run", "m.dg"]);
    dropped.env("FRESHET_MAIL", "drop");
    crate::support::place::outcome(dropped.output().unwrap()).ok();
    let one =
        "mail: from me@example.com\n  to: ann@example.com\n  subject: S\n  HTML:\n    M\ndid\n";
    let printed = run(&["--mail", "print", "--in-flight", "1"]).fails(3, &[]);
    printed.prints(&one.repeat(2));
    assert_eq!(jobs(&world)[0]["log"][0], "mail: from me@example.com");
    let retry = |more: &[&str]| world.command(&[&["batch", "retry", "last"], more].concat(), "");
    retry(&[]).fails(3, &[]).prints(one);
    assert!(world.server.mails().is_empty());
    retry(&["--mail", "send"]).fails(3, &[]).prints("did\n");
    assert_eq!(world.server.mails().len(), 1);
    run(&["--mail", "post"]).fails(2, &["print", "drop", "send"]);
}
