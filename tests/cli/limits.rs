//! What a run may use, and how it ends when that is not enough, or when it is interrupted.

use std::process::{Child, Command, Stdio};

use crate::support::place::Place;
use crate::support::server::{Reply, Server};

const COUNT: &str = "n = 0;\nwhile (n < 1000000000)\n{\n    n = n + 1;\n}\n";

#[test]
fn each_limit_ends_the_run_with_75_at_its_place() {
    let place = Place::new();
    let cases = [
        ("steps=1000", COUNT, "steps", "-:"),
        ("time=100ms", COUNT, "time", "-:"),
        (
            "memory=1MiB",
            "t = \"abcdefgh\";\nfor each n in {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20}\n{\n    t = t + t;\n}\n",
            "memory",
            "-:4:",
        ),
        (
            "output=10",
            "info \"12345\";\ninfo \"1234567890\";\n",
            "output",
            "-:2:",
        ),
        (
            "calls=0",
            "info getUrl(\"http://127.0.0.1:9/\");\n",
            "calls",
            "-:1:",
        ),
    ];
    for (limit, script, name, at) in cases {
        place
            .run_with_input(&["run", "-", "--limit", limit], script)
            .fails(75, &[name, at]);
        // A script cannot catch what its runner forbids.
        let caught = format!("try\n{{\n{script}}}\ncatch (e)\n{{\n    info \"caught\";\n}}\n");
        let outcome = place
            .run_with_input(&["run", "-", "--limit", limit], caught)
            .fails(75, &[name]);
        assert!(!outcome.out.contains("caught"), "{limit}: {}", outcome.out);
    }
    place
        .run_with_input(&["run", "-", "--limit", "output=6"], "info \"12345\";\n")
        .ok()
        .prints("12345\n");
}

#[test]
fn too_many_calls_inside_each_other_are_an_error_of_the_script() {
    let place = Place::new();
    let script = "int down(int n)\n{\n    if (n == 0)\n    {\n        return 0;\n    }\n    return down(n - 1);\n}\ninfo down(20);\n";
    place
        .run_with_input(&["run", "-", "--limit", "depth=12"], script)
        .fails(1, &["-:7:", "12 calls", "… 2 more calls …"])
        .prints("");
    place
        .run_with_input(&["run", "-", "--limit", "depth=30"], script)
        .ok()
        .prints("0\n");
    let endless = "int down(int n)\n{\n    return down(n + 1);\n}\ninfo down(0);\n";
    place
        .script(endless)
        .fails(1, &["1000 calls", "-:3:"])
        .prints("");
}

#[test]
fn limits_on_web_calls_end_them() {
    let place = Place::new();
    let server = Server::start(|request| match request.path() {
        "/large" => Reply::new(200, "text/plain", "x".repeat(10_000)),
        _ => Reply::Silence,
    });
    let get = |path: &str| format!("info getUrl(\"{}\");\n", server.url(path));
    place
        .run_with_input(&["run", "-", "--limit", "reply=1000"], get("/large"))
        .fails(69, &["C0013", "1000 bytes"])
        .prints("");
    place
        .run_with_input(&["run", "-", "--limit", "reply=10000b"], get("/large"))
        .ok();
    for limit in ["read-time=200ms", "call-time=200ms"] {
        place
            .run_with_input(&["run", "-", "--limit", limit], get("/silent"))
            .fails(75, &["C0011", "-:1:6"])
            .prints("");
    }
    place
        .run_with_input(&["run", "-", "--limit", "time=200ms"], get("/silent"))
        .fails(75, &["time"])
        .prints("");
    place
        .run_with_input(&["run", "-", "--limit", "connect-time=5s"], get("/large"))
        .ok();
}

#[test]
fn several_limits_may_be_given_also_by_the_environment() {
    let place = Place::new();
    place.write("count.dg", COUNT);
    place
        .run(&[
            "run",
            "count.dg",
            "--limit",
            "time=1h",
            "--limit",
            "steps=100",
        ])
        .fails(75, &["steps", "100"]);
    place
        .run(&["run", "count.dg", "--limit", "time=1h,steps=100"])
        .fails(75, &["steps", "100"]);
    let output = place
        .command(&["run", "count.dg"])
        .env("FRESHET_LIMIT", "steps=100")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(75));
    // An option is stronger than the environment.
    let output = place
        .command(&["run", "count.dg", "--limit", "steps=7"])
        .env("FRESHET_LIMIT", "steps=100")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("steps is reached: 7"));
}

#[test]
fn a_limit_that_is_none_is_a_usage_error() {
    let place = Place::new();
    place.write("empty.dg", "");
    for (limit, told) in [
        ("speed=3", "there is no limit `speed`"),
        ("steps", "expected NAME=VALUE"),
        ("steps=many", "expected a whole number"),
        ("steps=-1", "expected a whole number"),
        ("memory=1 parsec", "expected a size"),
        ("time=soon", "expected a time"),
    ] {
        place
            .run(&["run", "empty.dg", "--limit", limit])
            .fails(2, &[told])
            .prints("");
    }
}

/// Sends a signal to a process of this test.
fn signal(child: &Child, name: &str) {
    assert!(
        Command::new("kill")
            .args([name, &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

/// Starts a script that tells the server that it runs, and waits until it has.
fn running(place: &Place, server: &Server, script: &str) -> Child {
    place.write("running.dg", script);
    let child = place
        .command(&["run", "running.dg"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while server.requests().is_empty() {
        std::thread::yield_now();
    }
    child
}

#[test]
fn ctrl_c_ends_a_run_in_its_next_step_or_in_the_middle_of_a_call() {
    for (path, name, exit) in [
        ("/hello", "-INT", 130),
        ("/silent", "-INT", 130),
        ("/hello", "-TERM", 143),
    ] {
        let place = Place::new();
        let server = Server::start(|request| match request.path() {
            "/hello" => Reply::new(200, "text/plain", "hello"),
            _ => Reply::Silence,
        });
        let script = format!(
            "info \"before\";\ntext = getUrl(\"{}\");\n{COUNT}info \"after\";\n",
            server.url(path)
        );
        let child = running(&place, &server, &script);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{path} {name}: {told}");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "before\n",
            "{path} {name}"
        );
    }
}
