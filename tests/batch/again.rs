//! Going on, and running again: with what the jobs were made for, or not at all.

use std::fs;
use std::process::Command;

use crate::support::place::{Place, feed, outcome, signal, words};
use crate::support::server::{Reply, Server};
use crate::{numbered, shown, states, until};

/// A project with a function that fails for the second row, and a batch of it.
fn failed_calls() -> Place {
    let place = Place::new();
    place.write("p/freshet.toml", "");
    place.write(
        "p/functions/f.dg",
        "string f.x(string id) { if (id == \"2\") { throw \"bad\"; } return \"did \" + id; }\n",
    );
    place.write("r.csv", numbered(2));
    let run = ["batch", "run", "--project", "p", "--function", "f.x"];
    place
        .run(&[&run[..], &["--jobs", "r.csv", "-q"]].concat())
        .fails(3, &[]);
    place
}

#[test]
fn a_retry_whose_function_is_gone_runs_nothing() {
    let place = failed_calls();
    let function = fs::read_to_string(place.path("p/functions/f.dg")).unwrap();
    place.write("p/functions/f.dg", function.replace("f.x", "f.y"));
    place.run(&["batch", "retry", "last"]).fails(
        2,
        &["the project has no function `f.x`", "searched: p/functions"],
    );
    assert_eq!(states(&place), ["succeeded", "failed"]);
    // What is kept is still the call: once the function is back, it runs.
    place.write(
        "p/functions/f.dg",
        "string f.x(string id) { return \"mended \" + id; }\n",
    );
    place.run(&["batch", "retry", "last", "-q"]).ok();
    assert_eq!(shown(&place)["jobs"][1]["result"], "mended 2");
}

#[test]
fn a_function_of_a_script_is_not_replaced_by_its_body() {
    let place = Place::new();
    place.write("r.csv", numbered(2));
    let g = "int g(int id) { return 1 / (2 - id); }\n";
    place.write("s.dg", format!("info \"body\";\n{g}"));
    place.write("o.dg", g);
    for (script, function, other) in [
        (
            "s.dg",
            &["--function", "g"][..],
            "info \"body\";\nint h(int id) { return 1; }\n",
        ),
        (
            "o.dg",
            &[],
            "int h(int id) { return 1; }\nint i(int id) { return 1; }\n",
        ),
    ] {
        let run = ["batch", "run", script, "--jobs", "r.csv", "-q"];
        place.run(&[&run[..], function].concat()).fails(3, &[]);
        place.write(script, other);
        place
            .run(&["batch", "retry", "last"])
            .fails(
                2,
                &[&format!("{script} has no function `g`"), "declare it again"],
            )
            .prints("");
        assert_eq!(states(&place), ["succeeded", "failed"], "{script}");
    }
    // Nor are jobs given to a function that takes other arguments.
    place.write("o.dg", "int g(int key) { return 1; }\n");
    place.run(&["batch", "retry", "last"]).fails(
        2,
        &[
            "nothing was run",
            "job 2: `g` has no parameter `id`",
            "job 2: ",
        ],
    );
    assert_eq!(shown(&place)["jobs"][1]["attempts"], 1);
    // With a second function in its file, the one that is called stays the one.
    place.write(
        "o.dg",
        "int g(int id) { return 7; }\nint h(int id) { return 1; }\n",
    );
    place.run(&["batch", "retry", "last", "-q"]).ok();
    assert_eq!(shown(&place)["jobs"][1]["result"], 7);
}

/// A project whose script reads a variable of the environment, and a batch of it that was interrupted before its last job
/// was begun.
fn interrupted() -> Place {
    let place = Place::new();
    place.write(
        "p/freshet.toml",
        "[variables]\nkey = { env = \"BATCH_TEST_KEY\" }\n",
    );
    place.write(
        "p/loop.dg",
        "if (id == 1 && zoho.appvariable.key == \"first\") { while (true) { i = 1; } }\ninfo zoho.appvariable.key;\n",
    );
    place.write("r.csv", numbered(2));
    let mut run = place.command(&words("batch run p/loop.dg --jobs r.csv --in-flight 1"));
    run.env("BATCH_TEST_KEY", "first")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let run = run.spawn().unwrap();
    until(|| {
        let listed = place.run(&["batch", "list", "--json"]).json();
        listed["batches"][0]["counts"]["running"] == 1
    });
    signal(&run, "KILL");
    outcome(run.wait_with_output().unwrap());
    place
}

#[test]
fn going_on_needs_the_variables_and_the_project_of_the_batch() {
    let place = interrupted();
    let resume = |options: &[&str], key: &str| {
        let arguments = [
            &["batch", "resume", "last", "--in-flight", "1"][..],
            options,
        ]
        .concat();
        let mut resume = place.command(&arguments);
        resume.env("BATCH_TEST_KEY", key);
        if key.is_empty() {
            resume.env_remove("BATCH_TEST_KEY");
        }
        feed(resume, b"")
    };
    resume(&[], "")
        .fails(65, &["E0303", "BATCH_TEST_KEY"])
        .prints("");
    assert_eq!(shown(&place)["counts"]["succeeded"], 0);
    fs::rename(place.path("p"), place.path("moved")).unwrap();
    resume(&[], "second")
        .fails(
            2,
            &["work/p, and there is no freshet.toml", "--project FOLDER"],
        )
        .prints("");
    resume(&["--project", "moved"], "second")
        .ok()
        .prints("second\nsecond\n");
}

#[test]
fn what_a_project_refuses_stays_refused_when_it_is_gone() {
    let server = Server::start(|_| Reply::json("1"));
    let place = Place::new();
    place.write("p/freshet.toml", "[network]\nrefuse-private = true\n");
    place.write("p/f.dg", format!("info getUrl(\"{}\");\n", server.url("/")));
    place.run(&["batch", "run", "p/f.dg"]).fails(3, &["C0008"]);
    fs::rename(place.path("p"), place.path("gone")).unwrap();
    place
        .run(&["batch", "retry", "last"])
        .fails(2, &["there is no freshet.toml"]);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(states(&place), ["failed"]);
}

#[test]
fn a_job_is_named_by_its_key_and_by_its_number_where_none_has_it() {
    let place = Place::new();
    place.write("f.dg", "return 1 / 0;\n");
    place.write("r.csv", "id\n2\n5\n1\n");
    place
        .run(&words("batch run f.dg --jobs r.csv --key id -q"))
        .fails(3, &[]);
    let number = |name: &str| {
        let job = place.run(&["batch", "show", "last", name, "--json"]).ok();
        job.json()["job"].as_u64().unwrap()
    };
    for (name, expected) in [("1", 3), ("2", 1), ("5", 2), ("3", 3), ("3:1", 3)] {
        assert_eq!(number(name), expected, "{name}");
    }
    place.write("f.dg", "return id;\n");
    place
        .run(&["batch", "retry", "last", "1", "-q"])
        .fails(3, &[]);
    assert_eq!(states(&place), ["failed", "failed", "succeeded"]);
    place
        .run(&["batch", "show", "last", "9"])
        .fails(2, &["has no job `9`"]);

    // Two entries of a plan may have the same keys.
    let entry = "[[batch]]\nscripts = [\"f.dg\"]\njobs = \"r.csv\"\nkey = \"id\"\n";
    place.write("plan.toml", format!("{entry}{entry}"));
    place.run(&["batch", "run", "plan.toml", "-q"]).ok();
    place.run(&["batch", "show", "last", "5"]).fails(
        2,
        &[
            "several jobs",
            "have the key `5`",
            "by its number and its key, such as `2:5`",
        ],
    );
    assert_eq!(number("5:5"), 5);
    assert_eq!(number("4"), 4);
}

#[test]
fn a_file_that_is_named_otherwise_is_the_same_file() {
    let place = Place::new();
    place.write("b/f.dg", "return id;\n");
    place.write("b/r.csv", numbered(2));
    std::os::unix::fs::symlink("r.csv", place.path("b/link.csv")).unwrap();
    let run = |folder: &str, script: &str, rows: &str| {
        let mut run = place.command(&["batch", "run", script, "--jobs", rows, "--key", "id"]);
        run.current_dir(place.path(folder));
        feed(run, b"").ok().err
    };
    run("b", "f.dg", "r.csv");
    for (folder, script, rows) in [
        ("b", "./f.dg", "./r.csv"),
        ("", "b/f.dg", "b/../b/r.csv"),
        ("b", "../b/f.dg", "link.csv"),
    ] {
        let told = run(folder, script, rows);
        assert!(told.contains("goes on: 2 done before, 0 new"), "{told}");
    }
    let listed = place.run(&["batch", "list", "--json"]).ok().json();
    assert_eq!(listed["batches"].as_array().unwrap().len(), 1);
}

#[test]
fn an_empty_id_is_not_the_only_batch_there_is() {
    let place = Place::new();
    place.write("f.dg", "throw \"no\";\n");
    place.run(&["batch", "run", "f.dg"]).fails(3, &[]);
    for command in [
        "remove --yes",
        "cancel",
        "retry",
        "resume",
        "show",
        "status",
        "report csv=-",
    ] {
        let (verb, more) = command.split_once(' ').unwrap_or((command, ""));
        let mut line = vec!["batch", verb, ""];
        line.extend(more.split(' ').filter(|word| !word.is_empty()));
        place
            .run(&line)
            .fails(2, &["the id of the batch is empty"])
            .prints("");
    }
    assert_eq!(states(&place), ["failed"]);
}

#[test]
fn a_retry_says_when_a_script_is_not_where_it_was() {
    let place = Place::new();
    place.write("d/a.dg", "throw \"bad\";\n");
    place.run(&["batch", "run", "d/a.dg"]).fails(3, &[]);
    let retry = |why: &str| {
        let kept = "the text that the batch keeps of it is run";
        let retried = place.run(&["batch", "retry", "last"]);
        retried.fails(3, &["d/a.dg", why, kept, "a.dg:1:1"]);
    };
    fs::rename(place.path("d"), place.path("e")).unwrap();
    retry("note: there is no file");
    fs::create_dir_all(place.path("d/a.dg")).unwrap();
    retry("is a folder");
    fs::remove_dir(place.path("d/a.dg")).unwrap();
    // A pipe that nobody writes into would never end.
    let made = Command::new("mkfifo").arg(place.path("d/a.dg")).status();
    assert!(made.unwrap().success());
    retry("is no file");
    // Once it is back, it is taken as it is now.
    fs::remove_file(place.path("d/a.dg")).unwrap();
    place.write("d/a.dg", "info \"mended\";\n");
    let mended = place.run(&["batch", "retry", "last"]).ok();
    mended.prints("mended\n");
}

#[test]
fn what_cannot_be_gone_on_with_says_what_can() {
    let server = Server::start(|_| Reply::Reset(Vec::new()));
    let place = Place::new();
    let post = format!(
        "x = invokeurl [ url :\"{}\" type :POST ];\n",
        server.url("/")
    );
    place.write("post.dg", post);
    place.run(&["batch", "run", "post.dg"]).fails(3, &[]);
    let last = |verb: &str| place.run(&["batch", verb, "last"]);
    last("resume").fails(2, &["no jobs left", "--state uncertain"]);
    last("retry").fails(2, &["has no failed jobs", "--state uncertain"]);
    place.write("f.dg", "if (id == 1) { throw \"no\"; }\n");
    place.write("rows.csv", numbered(3));
    let run = "batch run f.dg --jobs rows.csv --in-flight 1 --fail-fast";
    place.run(&words(run)).fails(75, &["batch resume"]);
    let ready = ["batch", "retry", "last", "--state", "uncertain"];
    place.run(&ready).fails(2, &["batch resume", "batch retry"]);
    last("cancel").ok();
    let told = last("resume").fails(2, &["it was cancelled", "--state cancelled"]);
    assert!(!told.err.contains("uncertain"), "{}", told.err);
    place.run(&ready).fails(2, &["--state cancelled"]);
}

#[test]
fn the_same_project_by_another_name_is_gone_on_with() {
    let place = failed_calls();
    std::os::unix::fs::symlink("p", place.path("link")).unwrap();
    let run = |project: &str| {
        let line = format!("batch run --project {project} --function f.x --jobs r.csv --key id");
        place.run(&words(&line))
    };
    run("p").fails(3, &[]);
    for other in ["p/", "./p/../p", "p/functions/..", "link"] {
        run(other).fails(3, &["goes on: 1 done before, 0 new, 1 once more"]);
    }
    let near = "batch run --project p --function f.z --jobs r.csv";
    place.run(&words(near)).fails(
        2,
        &[
            "the project has no function `f.z`",
            "did you mean `f.x`?",
            "searched: p/functions",
        ],
    );
}

#[test]
fn the_slowest_jobs_of_a_retry_are_those_that_it_ran() {
    let place = Place::new();
    place.write("f.dg", "if (id > 6) { throw \"no\"; }\n");
    place.write("rows.csv", numbered(8));
    let run = "batch run f.dg --jobs rows.csv --json";
    place.run(&words(run)).fails(3, &[]);
    let document = place.run(&words("batch retry last --json")).json();
    let slowest = document["slowest"].as_array().unwrap();
    let mut jobs: Vec<u64> = slowest
        .iter()
        .map(|job| job["job"].as_u64().unwrap())
        .collect();
    jobs.sort_unstable();
    assert_eq!(jobs, [7, 8]);
}
