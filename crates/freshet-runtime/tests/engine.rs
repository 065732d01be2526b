//! Runs through the engine, as every command makes them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say so and stop"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use freshet_connections::{Connections, Settings as ConnectionSettings, Via};
use freshet_interpreter::eval::Start;
use freshet_interpreter::library::builtin::Settings;
use freshet_interpreter::limits::Limits;
use freshet_interpreter::program::Program;
use freshet_interpreter::resolve::{self, Mode};
use freshet_runtime::arguments::{self, ArgumentError};
use freshet_runtime::engine::{Engine, RunOptions, RunRecord, RunState};
use freshet_runtime::output::Destination;
use freshet_syntax::parse;
use freshet_syntax::source::{FileId, SourceFile};

/// An engine whose registry does not exist.
fn engine() -> Engine {
    let settings = ConnectionSettings {
        registry: Some("/nonexistent/registry.db".into()),
        ..ConnectionSettings::from_environment(Via::Run).unwrap()
    };
    Engine::new(Connections::new(settings), Settings::default())
}

fn program(text: &str) -> Program {
    program_with(text, &[])
}

/// A program that is given arguments of these names.
fn program_with(text: &str, arguments: &[&str]) -> Program {
    let arguments: Vec<String> = arguments.iter().map(|name| (*name).to_owned()).collect();
    let file = SourceFile::new("test.dg", text);
    let parsed = parse(&file, FileId(0));
    let mode = Mode::Run {
        arguments: &arguments,
        function: None,
    };
    let resolved = resolve::resolve(
        resolve::Source {
            file: &file,
            ast: &parsed.ast,
        },
        &[],
        mode,
    );
    let faults: Vec<_> = parsed
        .diagnostics
        .iter()
        .chain(&resolved.diagnostics)
        .filter(|fault| fault.is_error())
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    resolved.program
}

fn kept() -> RunOptions {
    RunOptions {
        destination: Destination::Kept,
        ..RunOptions::default()
    }
}

fn run(text: &str, options: &RunOptions) -> RunRecord {
    engine().run(&program(text), Start::Body, &[], options)
}

fn code(record: &RunRecord) -> &'static str {
    record.error.as_ref().expect("an error").code
}

/// Memory of this process in bytes, as the system counts it.
fn resident() -> usize {
    let numbers = std::fs::read_to_string("/proc/self/statm").unwrap();
    numbers
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        * 4096
}

#[test]
fn values_that_contain_themselves_are_freed_with_their_run() {
    let engine = engine();
    let program = program(
        r#"
        filler = "0123456789";
        for each index i in {1,2,3,4,5,6,7,8,9,10,11,12} { filler = filler + filler; }
        own = List();
        own.add(own);
        own.add(filler);
        left = Map();
        right = Map();
        left.put("right", right);
        right.put("left", left);
        right.put("filler", filler + "!");
        ring = Collection();
        ring.insert(ring);
        "#,
    );
    let options = kept();
    let once = || {
        assert_eq!(
            engine.run(&program, Start::Body, &[], &options).state,
            RunState::Succeeded
        )
    };
    // What the first runs leave behind is kept for the next ones (stacks, the allocator's own).
    (0..50).for_each(|_| once());
    let before = resident();
    (0..1000).for_each(|_| once());
    let grown = resident().saturating_sub(before);
    // A run leaves over 80 KB behind if its cycles are not freed: 80 MB in all.
    assert!(grown < 8 << 20, "a thousand runs left {grown} bytes behind");
}

#[test]
fn a_run_gives_its_output_its_result_and_its_counts() {
    let engine = engine();
    let given = [
        arguments::given("n=2").unwrap(),
        arguments::given("s=007").unwrap(),
    ];
    let program = program_with(
        "info \"a\\nb\"; info n + 1; info s; return {\"k\":{1,\"x\"}};",
        &["n", "s"],
    );
    let record = engine.run(
        &program,
        Start::Body,
        &arguments::for_body(&given).unwrap(),
        &kept(),
    );
    assert_eq!(record.output, ["a", "b", "3", "007"]);
    assert_eq!(record.result.unwrap().json, r#"{"k":[1,"x"]}"#);
    assert_eq!(
        (record.state, record.http_calls, record.steps),
        (RunState::Succeeded, 0, 4)
    );
}

#[test]
fn limits_end_a_run_and_say_which() {
    let limited = |limits: Limits| run("while (true) { x = 1; }", &RunOptions { limits, ..kept() });
    let steps = limited(Limits {
        steps: Some(10_000),
        ..Limits::default()
    });
    assert_eq!((steps.state, code(&steps)), (RunState::Limited, "R0102"));
    let time = limited(Limits {
        time: Some(Duration::from_millis(30)),
        ..Limits::default()
    });
    assert_eq!((time.state, code(&time)), (RunState::Limited, "R0102"));
    let memory = run(
        "s = \"0123456789\"; while (true) { s = s + s; }",
        &RunOptions {
            limits: Limits {
                memory: 1 << 20,
                ..Limits::default()
            },
            ..kept()
        },
    );
    assert_eq!((memory.state, code(&memory)), (RunState::Limited, "R0103"));
    let output = run(
        "while (true) { info \"line\"; }",
        &RunOptions {
            output: Some(100),
            ..kept()
        },
    );
    assert_eq!((output.state, output.output.len()), (RunState::Limited, 20));
    let depth = run("int f(int n) { return f(n + 1); } x = f(1);", &kept());
    assert_eq!((depth.state, code(&depth)), (RunState::Failed, "R0101"));
    let calls = run(
        "try { getUrl(\"http://127.0.0.1:1/\"); } catch (e) { info \"caught\"; } getUrl(\"http://127.0.0.1:1/\");",
        &RunOptions {
            calls: Some(1),
            ..kept()
        },
    );
    assert_eq!(
        (calls.state, calls.output.as_slice()),
        (RunState::Limited, ["caught".to_owned()].as_slice())
    );
}

#[test]
fn a_run_that_is_interrupted_stops_and_cannot_catch_it() {
    let options = RunOptions {
        cancelled: Arc::new(AtomicBool::new(true)),
        ..kept()
    };
    let record = run(
        "while (true) { try { x = 1; } catch (e) { info \"caught\"; } }",
        &options,
    );
    assert_eq!(
        (record.state, code(&record), record.output.len()),
        (RunState::Cancelled, "R0104", 0)
    );
}

#[test]
fn a_call_in_flight_is_given_up_when_the_run_is_interrupted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let cancelled = Arc::new(AtomicBool::new(false));
    let options = RunOptions {
        cancelled: Arc::clone(&cancelled),
        ..kept()
    };
    // A server that takes the request and never answers: once it has come, the run is interrupted.
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut first = [0; 1];
        std::io::Read::read_exact(&mut &stream, &mut first).unwrap();
        cancelled.store(true, Ordering::Relaxed);
        stream
    });
    let record = run(&format!("info getUrl(\"http://{address}/\");"), &options);
    assert_eq!(
        (record.state, code(&record)),
        (RunState::Cancelled, "R0104"),
        "{:?}",
        record.error
    );
    drop(server.join().unwrap());
    assert!(record.duration < Duration::from_secs(10));
}

#[test]
fn a_dry_run_sends_nothing() {
    let record = run(
        "x = getUrl(\"http://127.0.0.1:1/?a=b\"); info x; info getUrl(\"http://127.0.0.1:1/\", false).get(\"responseCode\");",
        &RunOptions {
            dry_run: true,
            ..kept()
        },
    );
    assert_eq!(record.output, ["null", "0"]);
    assert_eq!(record.http_calls, 2);
}

#[test]
fn arguments_of_functions_are_read_by_the_declared_types() {
    let program = program(
        "string f(int n, float d, bool b, date t, list:int l, map m, string s) \
         { return n + \" \" + d + \" \" + b + \" \" + t + \" \" + l + \" \" + m + \" \" + s; }",
    );
    let function = &program.functions[1];
    let zone = &Settings::default().zone;
    let read = |texts: &[&str]| -> Result<String, Vec<ArgumentError>> {
        let given = arguments::all(texts.iter().map(|text| arguments::given(text)))?;
        let arguments = arguments::for_function(&given, function, zone)?;
        Ok(engine()
            .run(&program, Start::Function(1), &arguments, &kept())
            .result
            .unwrap()
            .text)
    };
    let good = [
        "n=42",
        "d=2.5",
        "b=TRUE",
        "t=2026-11-24",
        "l=[1,2]",
        "m={\"k\":1}",
        "s=007",
    ];
    assert_eq!(
        read(&good).unwrap(),
        "42 2.5 true 24-Nov-2026 1,2 {\"k\":1} 007"
    );
    let json = [
        "n:=42.0",
        "d:=2",
        "b:=false",
        "t:=\"2026-11-24\"",
        "l:=[1]",
        "m:={}",
        "s:=\"x\"",
    ];
    assert_eq!(read(&json).unwrap(), "42 2 false 24-Nov-2026 1 {} x");
    let with = |text: &str| {
        let name = text.split([':', '=']).next().unwrap();
        let mut all: Vec<&str> = good
            .iter()
            .copied()
            .filter(|known| !known.starts_with(&format!("{name}=")))
            .collect();
        all.push(text);
        let wrong = read(&all).unwrap_err();
        let messages: Vec<String> = wrong.into_iter().map(|wrong| wrong.message).collect();
        messages.join("; ")
    };
    assert_eq!(with("n=4x"), "the argument `n`: found `4x`, expected int");
    assert_eq!(with("n=2.5"), "the argument `n`: found `2.5`, expected int");
    assert_eq!(
        with("b=yes"),
        "the argument `b`: found `yes`, expected bool"
    );
    assert_eq!(
        with("t=soon"),
        "the argument `t`: found `soon`, expected date"
    );
    assert_eq!(
        with("l=[\"a\"]"),
        "the argument `l`: found `[\"a\"]`, expected list:int"
    );
    assert_eq!(with("m=[1]"), "the argument `m`: found `[1]`, expected map");
    assert_eq!(with("s:=1"), "the argument `s`: found `1`, expected string");
    assert_eq!(with("x=1"), "`f` has no parameter `x`");
    let missing = read(&good[1..]).unwrap_err();
    assert_eq!(
        missing[0].message,
        "no argument for the parameter `n` (int) of `f`"
    );
    // All of them.
    assert_eq!(
        read(&["n=x", "x=1"])
            .unwrap_err()
            .iter()
            .map(|wrong| wrong.argument.as_str())
            .collect::<Vec<_>>(),
        ["x", "n", "d", "b", "t", "l", "m", "s"]
    );
    assert!(arguments::given("novalue").is_err() && arguments::given("1x=2").is_err());
}

#[test]
fn a_json_object_gives_arguments_in_its_order_and_single_ones_win() {
    let object =
        arguments::from_object("{\"a\": 1.50, \"b\": [\"x\"], \"a\": 2}", "a.json").unwrap();
    let merged = arguments::merged(object.into_iter().chain([arguments::given("b=3").unwrap()]));
    let shown: Vec<_> = merged
        .iter()
        .map(|argument| (argument.name.as_str(), argument.text.as_str()))
        .collect();
    assert_eq!(shown, [("a", "2"), ("b", "3")]);
    for wrong in ["", "[]", "{\"a\":}", "{} {}", "{\"a\":1", "null"] {
        assert!(arguments::from_object(wrong, "a.json").is_err(), "{wrong}");
    }
}
