//! How jobs and batches end, and what is told of it.

use std::fs;

use crate::support::place::{Place, feed, words};
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;
use crate::{numbered, shown, states};

#[test]
fn jobs_that_fail_are_told_with_their_log_and_the_others_go_on() {
    let place = Place::new();
    place.write(
        "f.dg",
        "info \"at \" + id;\nif (id % 4 == 0)\n{\n    x = id / 0;\n}\n",
    );
    place.write("rows.csv", numbered(12));
    let run = place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.csv", "--key", "id"])
        .fails(
            3,
            &[
                "job 8 (8) failed:",
                "f.dg:4:12",
                "9 succeeded, 3 failed of 12",
                "3 × R0006 at f.dg:4:12: division by zero (for example job 4 (4))",
                "slowest:",
                "freshet batch retry",
            ],
        );
    assert_eq!(run.out.lines().count(), 12);
    let json = place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.csv", "--json"])
        .fails(3, &[]);
    let document = json.json();
    assert_eq!(document["counts"]["failed"], 3);
    assert_eq!(document["failures"][0]["place"], "f.dg:4:12");
    assert_eq!(document["slowest"].as_array().unwrap().len(), 5);
    // Quiet tells failures only.
    place.write("good.dg", "info id;\n");
    place
        .run(&["batch", "run", "good.dg", "--jobs", "rows.csv", "--quiet"])
        .ok()
        .prints("")
        .quietly();
    place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.csv", "-q"])
        .fails(3, &["at 4\n", "R0006"])
        .prints("");
}

#[test]
fn a_job_that_never_ends_prints_without_end_or_takes_all_memory_ends_in_an_error() {
    let place = Place::new();
    place.write("loops.dg", "i = 0;\nwhile (true)\n{\n    i = i + 1;\n}\n");
    place.write("prints.dg", "while (true)\n{\n    info \"and on\";\n}\n");
    place.write(
        "grows.dg",
        "s = \"0123456789\";\nwhile (true)\n{\n    s = s + s;\n}\n",
    );
    place.write(
        "deep.dg",
        "int f(int n)\n{\n    return f(n + 1);\n}\ninfo f(1);\n",
    );
    place.write("good.dg", "info \"good\";\n");
    let arguments = [
        "batch",
        "run",
        "loops.dg",
        "prints.dg",
        "grows.dg",
        "deep.dg",
        "good.dg",
        "--timeout",
        "700ms",
        "--limit",
        "output=64KiB",
        "--limit",
        "memory=8MiB",
    ];
    place.run(&arguments).fails(
        3,
        &[
            "the limit of time is reached: 700 ms",
            "the limit of output is reached",
            "need more than 8 MiB",
            "loops.dg:",
            "1 succeeded, 4 failed of 5",
        ],
    );
    let batch = shown(&place);
    let log = batch["jobs"][1]["log"].as_array().unwrap();
    assert!(log.len() > 1000 && log.last().unwrap().as_str().unwrap().contains("cut here"));
    assert_eq!(states(&place)[4], "succeeded");
}

#[test]
fn the_first_failures_can_end_a_batch() {
    let place = Place::new();
    place.write("f.dg", "info id;\nx = 1 / (3 - id);\n");
    place.write("rows.csv", numbered(50));
    let run = |option: &[&str]| {
        let arguments = [
            &[
                "batch",
                "run",
                "f.dg",
                "--jobs",
                "rows.csv",
                "--in-flight",
                "1",
            ][..],
            option,
        ];
        place.run(&arguments.concat())
    };
    let ended =
        run(&["--fail-fast"]).fails(75, &["stopped after too many failures", "batch resume"]);
    // With one at a time, none is begun behind the one that failed.
    assert_eq!(ended.out, "1\n2\n3\n");
    let left = states(&place);
    assert_eq!(left.iter().filter(|state| *state == "failed").count(), 1);
    assert_eq!(left.iter().filter(|state| *state == "ready").count(), 47);
    // Resumed, the rest is run, with the options it had.
    place.run(&["batch", "resume", "last"]).fails(3, &[]);
    assert!(states(&place).iter().all(|state| state != "ready"));

    place.write("all.dg", "x = 1 / 0;\n");
    let arguments = words("batch run all.dg --jobs rows.csv --in-flight 1 --max-failures 5");
    place.run(&arguments).fails(75, &[]);
    let failed = states(&place);
    let failed = failed.iter().filter(|state| *state == "failed").count();
    assert!((5..50).contains(&failed), "{failed}");

    // Nothing was stopped where the last job was the last failure that is allowed.
    place.write("rows.csv", "id\n1\n2\n");
    let last = words("batch run all.dg --jobs rows.csv --max-failures 2");
    let ended = place.run(&last).fails(3, &["2 failed of 2"]);
    assert!(!ended.err.contains("stopped"), "{}", ended.err);
}

#[test]
fn a_batch_of_which_some_stay_cancelled_is_not_told_as_done() {
    let place = Place::new();
    place.write("f.dg", "if (id > 1) { throw \"no\"; }\n");
    place.write("rows.csv", "id\n1\n2\n3\n");
    let run = words("batch run f.dg --jobs rows.csv --in-flight 1 --fail-fast");
    place.run(&run).fails(75, &[]);
    place.run(&["batch", "cancel", "last"]).ok();
    assert_eq!(states(&place), ["succeeded", "failed", "cancelled"]);
    place.write("f.dg", "info id;\n");
    place
        .run(&["batch", "retry", "last", "2"])
        .fails(130, &["batch retry", "--state cancelled"]);
    assert_eq!(crate::shown(&place)["state"], "cancelled");
    place
        .run(&["batch", "retry", "last", "--state", "cancelled"])
        .ok();
    assert_eq!(crate::shown(&place)["state"], "succeeded");
}

#[test]
fn the_log_of_each_job_as_a_file() {
    let place = Place::new();
    place.write("f.dg", "info \"log of \" + id;\ny = 1 / (2 - id);\n");
    place.write("rows.csv", "id,key\n1,a/b\n2,é x\n");
    let arguments = [
        "batch",
        "run",
        "f.dg",
        "--jobs",
        "rows.csv",
        "--key",
        "key",
        "--output",
        "logs/deep",
    ];
    place.run(&arguments).fails(3, &[]);
    assert_eq!(
        fs::read_to_string(place.path("logs/deep/1-a_b.log")).unwrap(),
        "log of 1\n"
    );
    // A folder that cannot be made is told of before there is a batch.
    let elsewhere = [
        "batch", "run", "f.dg", "--jobs", "rows.csv", "--output", "rows.csv",
    ];
    place
        .run(&elsewhere)
        .fails(74, &["cannot make the folder rows.csv"]);
    let listed = place.run(&["batch", "list", "--json"]).ok().json();
    assert_eq!(listed["batches"].as_array().unwrap().len(), 1);
    let failed = fs::read_to_string(place.path("logs/deep/2-é_x.log")).unwrap();
    assert!(
        failed.starts_with("log of 2\nR0006: division by zero at f.dg:2:7"),
        "{failed}"
    );
}

#[test]
fn small_batches_take_no_time() {
    let place = Place::new();
    place.write("f.dg", "info 1;\n");
    // It waits for nothing but its jobs, as one of several tries shows however busy the machine is.
    let took = || {
        let run = place.run(&["batch", "run", "f.dg", "--json"]).ok();
        run.json()["duration_ms"].as_f64().unwrap()
    };
    let quickest = (0..20).map(|_| took()).find(|took| *took < 90.0);
    assert!(quickest.is_some());
}

#[test]
fn batches_are_shown_retried_removed_and_pruned() {
    let place = Place::new();
    place.write("f.dg", "info \"was \" + id;\nreturn 10 / (2 - id);\n");
    place.write("rows.csv", numbered(3));
    place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.csv", "--key", "id"])
        .fails(3, &[]);
    let one = place.run(&["batch", "show", "last", "2"]).ok();
    for part in [
        "job 2 (2)",
        "failed",
        "id = 2",
        "attempts: 1",
        "R0006 at f.dg:2:11",
        "log:\n  was 2",
    ] {
        assert!(one.out.contains(part), "{part}: {}", one.out);
    }
    let failed = place
        .run(&["batch", "show", "last", "--state", "failed"])
        .ok();
    assert_eq!(failed.out.lines().count(), 2);
    place
        .run(&["batch", "show", "last", "9"])
        .fails(2, &["has no job `9`"]);
    place
        .run(&["batch", "show", "zzz"])
        .fails(2, &["there is no batch `zzz`", "batch list"]);
    place
        .run(&["batch", "show", "last", "--state", "broken"])
        .fails(2, &["broken", "uncertain"]);
    place
        .run(&["batch", "resume"])
        .fails(2, &["no jobs left", "batch retry"]);
    // Mended, the failed job alone is run again, with the text that the script has now.
    place.write("f.dg", "return 10 / (3 - id);\n");
    place.run(&["batch", "retry", "last"]).ok();
    assert_eq!(states(&place), ["succeeded"; 3]);
    assert_eq!(shown(&place)["jobs"][1]["result"], 10);
    place
        .run(&["batch", "retry", "last"])
        .fails(2, &["has no failed jobs"]);
    // What is done is not done again, however it is named.
    place
        .run(&["batch", "retry", "last", "--state", "succeeded"])
        .fails(
            2,
            &["found `succeeded`, expected failed, uncertain or cancelled"],
        );
    place
        .run(&["batch", "retry", "last", "1"])
        .fails(2, &["nothing to run again: job 1 (1) is succeeded"]);
    // Nor is there anything to cancel: it stays what it is.
    place.run(&["batch", "cancel", "last"]).fails(
        0,
        &[
            "nothing to cancel: batch ",
            "has no jobs left: it succeeded",
        ],
    );
    let status = place
        .run(&["batch", "status", "last", "--json"])
        .ok()
        .json();
    assert_eq!(status["state"], "succeeded");
    // An ID may be cut to a beginning that only it has.
    let id = status["batch"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 8);
    place.run(&["batch", "status", &id[..7]]).ok();
    // They are in the order of time.
    place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.csv"])
        .fails(3, &[]);
    let listed = place.run(&["batch", "list", "--json"]).ok().json();
    let newest = listed["batches"][0]["batch"].as_str().unwrap().to_owned();
    assert!(newest > id, "{newest} {id}");
    place.run(&["batch", "remove", "last", "--yes"]).ok();

    place.run(&["batch", "prune", "--older-than", "1h"]).ok();
    assert_eq!(states(&place).len(), 3);
    place
        .run(&["batch", "prune", "--older-than", "0s", "--yes"])
        .ok();
    place.run(&["batch", "list"]).ok().prints("");
    place.run(&["batch", "run", "f.dg", "--jobs", "rows.csv"]);
    place.run(&["batch", "remove", "last", "--yes"]).ok();
    place
        .run(&["batch", "show", "last"])
        .fails(2, &["there are no batches"]);
}

#[test]
fn nothing_is_removed_without_a_yes() {
    let place = Place::new();
    place.write("f.dg", "info 1;\n");
    place.run(&["batch", "run", "f.dg"]).ok();
    let prune = ["batch", "prune", "--older-than", "0s"];
    for command in [&["batch", "remove", "last"][..], &prune] {
        place.run(command).fails(4, &["C0029", "--yes"]);
    }
    for (command, question) in [
        (
            "freshet batch remove last",
            "(f), 1 job with results and logs? [y/N]",
        ),
        (
            "freshet batch prune --older-than 0s",
            "Remove 1 batch, 1 job",
        ),
    ] {
        let mut answered =
            Terminal::run(place.command(&command.split(' ').skip(1).collect::<Vec<_>>()));
        answered.expect(question);
        answered.write("n\r");
        answered.ends(130, &["not confirmed: nothing was changed"]);
    }
    assert_eq!(states(&place), ["succeeded"]);
    let mut answered = Terminal::run(place.command(&["batch", "remove", "last"]));
    answered.expect("[y/N]");
    answered.write("y\r");
    answered.ends(0, &["removed 1 batch"]);
    place.run(&["batch", "list"]).ok().prints("");
    // Where there is nothing to remove, nobody is asked.
    place.run(&prune).ok();
}

#[test]
fn what_was_only_shown_is_not_done_and_stays_only_shown() {
    let server = Server::start(|_| Reply::json("1"));
    let place = Place::new();
    place.write(
        "post.dg",
        format!(
            "x = invokeurl [ url :\"{}\" type :POST ];\nif (id == 1) {{ y = 1 / 0; }}\n",
            server.url("/seen")
        ),
    );
    place.write("rows.csv", numbered(3));
    let run = [
        "batch",
        "run",
        "post.dg",
        "--jobs",
        "rows.csv",
        "--key",
        "id",
        "--in-flight",
        "1",
    ];
    place
        .run(&[&run[..], &["--dry-run", "--fail-fast"]].concat())
        .fails(75, &["dry run: POST", "/seen", "batch resume"]);
    place
        .run(&["batch", "resume", "last"])
        .fails(3, &["dry run: POST"]);
    assert_eq!(server.requests().len(), 0);
    // In earnest it is another batch: nothing of it is done.
    let real = place.run(&run).fails(3, &["3 jobs"]);
    assert!(!real.err.contains("goes on"), "{}", real.err);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn how_the_network_is_reached_is_set_and_kept() {
    let place = Place::new();
    place.write("freshet.toml", "[network]\nrefuse-private = true\n");
    place.write("call.dg", "info getUrl(\"http://127.0.0.1:1/\");\n");
    let run = ["batch", "run", "call.dg"];
    place.run(&run).fails(3, &["private"]);
    let open = place
        .run(&[&run[..], &["--refuse-private=false"]].concat())
        .fails(3, &["C0012"]);
    assert!(!open.err.contains("private"), "{}", open.err);
    let mut by_variable = place.command(&run);
    by_variable.env("FRESHET_REFUSE_PRIVATE", "0");
    let open = feed(by_variable, b"").fails(3, &["C0012"]);
    assert!(!open.err.contains("private"), "{}", open.err);
    // Run again later, a batch does as it was told at first.
    place.write("freshet.toml", "");
    place
        .run(&[&run[..], &["--refuse-private"]].concat())
        .fails(3, &["private"]);
    place
        .run(&["batch", "retry", "last"])
        .fails(3, &["private"]);
    place.write("freshet.toml", "[network]\nca-file = \"none.pem\"\n");
    place.run(&run).fails(3, &["none.pem"]);
}

#[test]
fn of_two_limits_of_time_the_shorter_one_holds() {
    let place = Place::new();
    place.write("loops.dg", "while (true)\n{\n    i = 1;\n}\n");
    for (settings, options, told) in [
        ("time = \"10m\"", &["--timeout", "400ms"][..], "400 ms"),
        ("time = \"300ms\"", &["--timeout", "10m"], "300 ms"),
        ("time = \"10m\"", &["--limit", "time=200ms"], "200 ms"),
    ] {
        place.write("freshet.toml", format!("[limits]\n{settings}\n"));
        place
            .run(&[&["batch", "run", "loops.dg"], options].concat())
            .fails(
                3,
                &[
                    &format!("the limit of time is reached: {told}"),
                    "with `--timeout`",
                ],
            );
    }
    place.write("freshet.toml", "[batch]\ntimeout = \"250ms\"\n");
    place
        .run(&["batch", "run", "loops.dg"])
        .fails(3, &["the limit of time is reached: 250 ms"]);
    // An attempt without any time could do nothing.
    place
        .run(&["batch", "run", "loops.dg", "--timeout", "0"])
        .fails(
            2,
            &["--timeout", "found `0`, expected a time longer than none"],
        );
    place.write("freshet.toml", "[batch]\ntimeout = 0\n");
    place.run(&["batch", "run", "loops.dg"]).fails(
        78,
        &["freshet.toml:2:11: `batch.timeout`: found 0, expected a time longer"],
    );
}
