//! What is wrong with a script: where it is told, how it looks, and as JSON.

use serde_json::{Value, json};

use crate::support::place::{Place, names};

const FAULTY: &str = "\
total = ;
for each line in lines
{
    info line +;
}
name = \"open;
info upper(\"a\");
return 1
";

/// `LINE:COLUMN` of each diagnostic.
fn places(diagnostics: &Value) -> Vec<String> {
    let place = |diagnostic: &Value| format!("{}:{}", diagnostic["line"], diagnostic["column"]);
    diagnostics.as_array().unwrap().iter().map(place).collect()
}

#[test]
fn several_faults_give_several_reports_each_at_its_place() {
    let place = Place::new();
    place.write("faulty.dg", FAULTY);
    let document = place
        .run(&["check", "faulty.dg", "--json"])
        .fails(65, &[])
        .quietly()
        .json();
    let at = places(&document["diagnostics"]);
    for expected in ["1:9", "4:16", "6:8", "8:9"] {
        assert!(
            at.iter().any(|place| place == expected),
            "{expected} is not among {at:?}: {document:#}"
        );
    }
    let counted = document["errors"].as_u64().unwrap() + document["warnings"].as_u64().unwrap();
    assert_eq!(counted, at.len() as u64);
    assert!(at.len() <= 6, "follow-up noise: {document:#}");

    let told = place
        .run(&["run", "faulty.dg"])
        .fails(65, &[])
        .prints("")
        .err;
    for expected in at {
        assert!(
            told.contains(&format!("faulty.dg:{expected}")),
            "{expected} is not in {told}"
        );
    }
}

#[test]
fn warnings_come_before_the_output_and_change_nothing() {
    let place = Place::new();
    place.write("warned.dg", "n = 1;\nif (n = 1)\n{\n    info \"one\";\n}\n");
    place
        .run(&["run", "warned.dg"])
        .ok()
        .prints("one\n")
        .fails(0, &["W0203", "Warning", "warned.dg:2:7", "`==`"]);
    let document = place
        .run(&["run", "warned.dg", "--json"])
        .ok()
        .quietly()
        .json();
    assert_eq!(
        (&document["state"], &document["output"]),
        (&json!("succeeded"), &json!(["one"]))
    );
    assert_eq!(document["diagnostics"][0]["severity"], "warning");
    place
        .run(&["check", "warned.dg"])
        .ok()
        .fails(0, &["0 errors, 1 warning in 1 file"]);
}

#[test]
fn an_error_of_a_run_is_shown_at_its_place_with_the_calls_that_led_there() {
    let place = Place::new();
    place.write(
        "fails.dg",
        "int shop.divide(int n)\n{\n    return 1 / n;\n}\ninfo \"before\";\ninfo shop.divide(0);\n",
    );
    place
        .run(&["run", "fails.dg"])
        .fails(1, &["fails.dg:3:", "`shop.divide` called at fails.dg:6:"])
        .prints("before\n");
    let document = place
        .run(&["run", "fails.dg", "--json"])
        .fails(1, &[])
        .quietly()
        .json();
    assert_eq!(document["state"], "failed");
    assert_eq!(document["output"], json!(["before"]));
    assert_eq!(document["diagnostics"][0]["line"], 3);
    assert_eq!(
        names(&document["calls"][0]),
        [
            "function",
            "file",
            "line",
            "column",
            "end_line",
            "end_column"
        ]
    );
    assert_eq!(
        (
            &document["calls"][0]["function"],
            &document["calls"][0]["line"]
        ),
        (&json!("shop.divide"), &json!(6))
    );
}

#[test]
fn a_run_is_one_json_document_of_a_known_form() {
    let place = Place::new();
    let known = [
        "version",
        "script",
        "state",
        "result",
        "output",
        "diagnostics",
        "omitted",
        "calls",
        "http_calls",
        "duration_ms",
    ];
    let one = [
        "severity",
        "code",
        "message",
        "file",
        "line",
        "column",
        "end_line",
        "end_column",
        "help",
    ];
    let cases = [
        ("info \"a\\nb\";\ninfo 2;", "succeeded", 0),
        ("info 1 / 0;", "failed", 1),
        ("info 1", "refused", 65),
        ("throw \"no\";", "failed", 1),
    ];
    for (script, state, exit) in cases {
        let document = place
            .run_with_input(&["run", "-", "--format", "json"], script)
            .fails(exit, &[])
            .quietly()
            .json();
        assert_eq!(names(&document), known, "{script}");
        assert_eq!(
            (&document["state"], &document["script"]),
            (&json!(state), &json!("-")),
            "{script}"
        );
        assert!(document["duration_ms"].is_number() && document["http_calls"] == 0);
        for diagnostic in document["diagnostics"].as_array().unwrap() {
            assert_eq!(names(diagnostic), one);
            assert!(["error", "warning"].contains(&diagnostic["severity"].as_str().unwrap()));
        }
    }
    // A line of output is a line of text.
    let document = place
        .run_with_input(&["run", "-", "--json"], cases[0].0)
        .json();
    assert_eq!(document["output"], json!(["a", "b", "2"]));
    let limited = place.run_with_input(
        &["run", "-", "--json", "--limit", "steps=10"],
        "n = 0; while (n < 100) { n = n + 1; }",
    );
    assert_eq!(limited.fails(75, &[]).json()["state"], "limited");
}

#[test]
fn a_result_is_json_of_its_type() {
    let place = Place::new();
    let cases = [
        (
            "list",
            "return {1, 2.50, \"a\", null};",
            json!([1, 2.50, "a", null]),
        ),
        (
            "map",
            "return {\"a\": {\"b\": true}};",
            json!({"a": {"b": true}}),
        ),
        ("string", "return \"x\\\"y\";", json!("x\"y")),
        ("float", "return 0.1 + 0.2;", json!(0.3)),
        ("void", "info 1;", Value::Null),
    ];
    for (kind, body, result) in cases {
        let document = place
            .run_with_input(
                &["run", "-", "--json"],
                format!("{kind} f()\n{{\n    {body}\n}}\n"),
            )
            .ok()
            .json();
        assert_eq!(document["result"], result, "{kind}");
    }
}

#[test]
fn a_command_that_is_not_understood_is_told_as_json_where_that_was_asked_for() {
    let place = Place::new();
    for arguments in [
        &["run", "x.dg", "--json", "--nope"][..],
        &["run", "x.dg", "--format", "json", "--nope"],
        &["run", "--format=json", "x.dg", "--nope"],
    ] {
        let error = place.run(arguments).fails(2, &[]).prints("").json_error();
        assert_eq!(names(&error), ["code", "message", "help", "exit"]);
        assert_eq!(error["exit"], 2);
        assert!(error["message"].as_str().unwrap().contains("--nope"));
    }
    let error = place
        .run(&["run", "none.dg", "--json"])
        .fails(74, &[])
        .prints("")
        .json_error();
    assert!(error["message"].as_str().unwrap().contains("none.dg"));
}

#[test]
fn check_looks_at_every_file_and_names_those_it_cannot_read() {
    let place = Place::new();
    place.write("good.dg", "info 1;\n");
    place.write("bad.dg", "info 1 +;\n");
    place
        .run(&["check", "good.dg", "bad.dg"])
        .fails(65, &["bad.dg:1:9", "1 error, 0 warnings in 2 files"])
        .prints("");
    place
        .run(&["check", "good.dg", "none.dg", "bad.dg"])
        .fails(74, &["none.dg", "bad.dg:1:9"]);
    let document = place
        .run(&["check", "good.dg", "bad.dg", "--json"])
        .fails(65, &[])
        .quietly()
        .json();
    assert_eq!(
        names(&document),
        ["version", "files", "errors", "warnings", "diagnostics"]
    );
    assert_eq!(
        (&document["files"], &document["diagnostics"][0]["file"]),
        (&json!(2), &json!("bad.dg"))
    );
    place.run(&["check"]).fails(2, &["no project", "FILE.dg"]);
}

#[test]
fn twenty_errors_are_shown_and_the_rest_is_counted_whoever_finds_them() {
    let place = Place::new();
    place.write("parser.dg", "x = ;\n".repeat(50));
    place.write("names.dg", "info 1.toRoman();\n".repeat(50));
    place.write("characters.dg", "#\n".repeat(50));
    place.write("warned.dg", "if (1 = 1) { }\n".repeat(50));
    let one = "info 1.toRoman();\nx = ;\n#\n";
    place.write("mixed.dg", one.repeat(50));
    for (file, errors, warnings) in [
        ("parser.dg", 50, 0),
        ("names.dg", 50, 0),
        ("characters.dg", 50, 0),
        ("warned.dg", 0, 50),
        ("mixed.dg", 150, 0),
    ] {
        let exit = if errors > 0 { 65 } else { 0 };
        let (all, kind) = if errors > 0 {
            (errors, "errors")
        } else {
            (warnings, "warnings")
        };
        let rest = format!("… and {} more {kind}\n", all - 20);
        for command in ["check", "run"] {
            let told = place.run(&[command, file]).fails(exit, &[&rest]).err;
            assert_eq!(told.matches(&format!("─[ {file}:")).count(), 20, "{told}");
            let document = place
                .run(&[command, file, "--json"])
                .fails(exit, &[])
                .json();
            assert_eq!(
                document["diagnostics"].as_array().unwrap().len(),
                20,
                "{file}"
            );
            match command {
                "run" => assert_eq!(document["omitted"], all - 20, "{file}"),
                _ => assert_eq!(
                    (&document["errors"], &document["warnings"]),
                    (&json!(errors), &json!(warnings)),
                    "{file}"
                ),
            }
        }
    }
}

#[test]
fn a_name_of_any_length_leaves_the_report_readable() {
    let long = "a".repeat(100_000);
    for script in [
        format!("info {long};"),
        format!("{long}();"),
        format!("x = 1; x.{long}();"),
        format!("x = 1{long};"),
        format!("{long} f() {{ }}"),
        format!("x = {{1}}; x.{long} = 1; info x.{long};"),
        format!("{long}:ui.add(1);"),
        format!("invokeurl [ {long}: 1 ]"),
    ] {
        let ended = Place::new().run_with_input(&["check", "-"], &script);
        assert!(
            ended.err.len() < 5000 && ended.err.len() > 100,
            "{} of {}",
            ended.err.len(),
            &script[..20]
        );
        let document = Place::new().run_with_input(&["check", "-", "--json"], &script);
        assert!(document.out.len() < 5000, "{}", &script[..20]);
    }
}

#[test]
fn a_thrown_text_is_shown_up_to_ten_thousand_characters() {
    let place = Place::new();
    let thrown = |count: usize| {
        let script = format!("throw \"begin \" + \"ü\".repeat({count}) + \" end\";");
        place.script(&script).fails(1, &["begin ü", "ü end"]).err
    };
    // One more stands in the line of the script that the report shows.
    let letters = |report: &str| report.matches('ü').count() - 1;
    assert_eq!(letters(&thrown(9_000)), 9_000);
    let cut = thrown(1_000_000);
    assert_eq!(letters(&cut), 9_990);
    assert!(cut.contains("ü … ü"), "the middle is left out");
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let place = Place::new();
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = place.command(arguments);
        command
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert!(!output.stdout.contains(&b'\x1b'));
        output.stderr.contains(&b'\x1b')
    };
    place.write("bad.dg", "info 1 +;\n");
    for arguments in [
        &["check", "bad.dg"][..],
        &["run", "none.dg"],
        &["run", "--nope"],
    ] {
        let always = [arguments, &["--color", "always"]].concat();
        let never = [arguments, &["--color=never"]].concat();
        assert!(!colored(arguments, &[]), "{arguments:?}");
        assert!(colored(&always, &[]), "{always:?}");
        assert!(
            colored(&always, &[("NO_COLOR", "1")]),
            "an option is stronger: {always:?}"
        );
        assert!(!colored(&never, &[("CLICOLOR_FORCE", "1")]), "{never:?}");
        assert!(
            !colored(arguments, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]),
            "{arguments:?}"
        );
    }
    assert!(colored(&["check", "bad.dg"], &[("CLICOLOR_FORCE", "1")]));
    assert!(colored(
        &["check", "bad.dg"],
        &[("FRESHET_COLOR", "always")]
    ));
    place
        .run(&["check", "bad.dg", "--color", "pink"])
        .fails(2, &["pink"]);
}

#[test]
fn nothing_in_a_script_reaches_the_terminal_raw() {
    let place = Place::new();
    place.write("escape.dg", "x = \"\x1b[2J\" @ \u{202e};\n");
    let told = place.run(&["run", "escape.dg"]).fails(65, &[]).err;
    assert!(
        !told.contains('\x1b') && !told.contains('\u{202e}'),
        "{told:?}"
    );
    let told = place.run(&["run", "\x1b[2Jnone.dg"]).fails(74, &[]).err;
    assert!(!told.contains('\x1b'), "{told:?}");
}
