//! Arguments of a run: `name=value`, `name:=JSON`, a JSON object; and what is called.

use serde_json::json;

use crate::support::place::Place;

const DIGEST: &str = "\
string digest(int count, float price, bool open, date since, string title, list tags, list:int ids, map options)
{
    info count + 1;
    info price;
    info open;
    info since.getYear();
    info title + '.';
    info tags.size();
    info ids;
    info options.get(\"a\");
    return \"done\";
}
";

/// An argument for each parameter of `DIGEST`.
const GIVEN: [&str; 8] = [
    "count=41",
    "price=9.50",
    "open=TRUE",
    "since=2026-11-24",
    "title=007",
    "tags=[\"a\", 2]",
    "ids=[1, 2, 3]",
    "options={\"a\": \"b\"}",
];

fn with_digest() -> Place {
    let place = Place::new();
    place.write("digest.dg", DIGEST);
    place
}

/// `GIVEN` with one argument replaced or left out.
fn given(name: &str, instead: Option<&'static str>) -> Vec<&'static str> {
    let others = GIVEN
        .into_iter()
        .filter(|argument| !argument.starts_with(&format!("{name}=")));
    ["run", "digest.dg"]
        .into_iter()
        .chain(others)
        .chain(instead)
        .collect()
}

#[test]
fn values_are_read_by_the_declared_type() {
    let place = with_digest();
    let printed = "42\n9.5\ntrue\n2026\n007.\n2\n1,2,3\nb\n";
    let arguments = ["run", "digest.dg"]
        .into_iter()
        .chain(GIVEN)
        .collect::<Vec<_>>();
    // The result of a function is shown on a terminal alone.
    place.run(&arguments).ok().prints(printed).quietly();
    place
        .run(&given("title", Some("title:=\"007\"")))
        .ok()
        .prints(printed);
    place
        .run(&given("count", Some("count:=41")))
        .ok()
        .prints(printed);
    place.run(&given("title", Some("title="))).ok();
    place.run(&given("title", Some("title=a=b"))).ok();
}

#[test]
fn an_argument_is_given_once_in_one_place() {
    let place = Place::new();
    place.write("f.dg", "info id;\n");
    place.write("twice.json", "{\"id\": 1, \"id\": 2}");
    place.write("once.json", "{\"id\": 1}");
    let told = "the argument `id` is given twice: `1` and `2`";
    for arguments in [
        &["id=1", "id=2"][..],
        &["id=1", "id:=2"],
        &["--arguments", "twice.json"],
    ] {
        let run = [&["run", "f.dg"], arguments].concat();
        place.run(&run).fails(2, &[told]).prints("");
    }
    place.write("freshet.toml", "");
    place.write("functions/show.dg", "void show(int id) { info id; }\n");
    place
        .run(&["function", "run", "show", "id=1", "id=2"])
        .fails(2, &[told])
        .prints("");
    // A single one wins over that of a file.
    place
        .run(&["run", "f.dg", "--arguments", "once.json", "id=2"])
        .ok()
        .prints("2\n");
}

#[test]
fn a_value_that_does_not_fit_is_a_usage_error_naming_parameter_type_and_value() {
    let place = with_digest();
    let cases = [
        ("count", "count=many", &["`count`", "`many`", "int"]),
        ("count", "count=2.5", &["`count`", "`2.5`", "int"]),
        ("count", "count:=\"41\"", &["`count`", "`\"41\"`", "int"]),
        ("price", "price=cheap", &["`price`", "`cheap`", "float"]),
        ("open", "open=yes", &["`open`", "`yes`", "bool"]),
        (
            "since",
            "since=yesterday",
            &["`since`", "`yesterday`", "date"],
        ),
        ("title", "title:=7", &["`title`", "`7`", "string"]),
        ("tags", "tags={\"a\": 1}", &["`tags`", "{\"a\": 1}", "list"]),
        ("ids", "ids=[1, \"two\"]", &["`ids`", "two", "list:int"]),
        ("options", "options=[1]", &["`options`", "`[1]`", "map"]),
        (
            "options",
            "options={\"a\": ",
            &["`options`", "{\"a\": ", "map"],
        ),
    ];
    for (name, wrong, told) in cases {
        place
            .run(&given(name, Some(wrong)))
            .fails(2, told)
            .prints("");
    }
}

#[test]
fn names_must_be_those_of_the_function() {
    let place = with_digest();
    place
        .run(&given("since", None))
        .fails(2, &["`since`", "date", "help: add since=2026-11-24"])
        .prints("");
    place
        .run(&given("", Some("color=red")))
        .fails(
            2,
            &[
                "`digest` has no parameter `color`",
                "int count",
                "list:int ids",
            ],
        )
        .prints("");
    for (argument, told) in [
        ("count", "expected name=value"),
        ("1st=2", "`1st`"),
        ("=2", "before the `=`"),
    ] {
        place
            .run(&["run", "digest.dg", argument])
            .fails(2, &[told])
            .prints("");
    }
}

#[test]
fn the_body_takes_any_name_and_reads_json_where_it_is_json() {
    let place = Place::new();
    place.write(
        "body.dg",
        "info id + 1;\ninfo code + 1;\ninfo tags.size();\ninfo input.absent;\ninfo input;\n",
    );
    place
        .run(&["run", "body.dg", "id=42", "code=007", "tags=[1, 2]"])
        .ok()
        .prints("43\n0071\n2\nnull\n{\"id\":42,\"code\":\"007\",\"tags\":[1,2]}\n")
        .quietly();
    place
        .run(&["run", "body.dg", "id:=no json", "code=1", "tags=[]"])
        .fails(2, &["`id`", "`no json`", "JSON"])
        .prints("");
    place
        .run(&["run", "body.dg", "id=1", "tags=[]"])
        .fails(65, &["body.dg:2:6", "`code`", "code=VALUE"])
        .prints("");
    place
        .run(&["check", "body.dg"])
        .ok()
        .fails(0, &["body.dg:2:6", "parameter of the script", "3 warnings"]);
}

#[test]
fn a_json_object_gives_arguments_and_single_ones_win() {
    let place = Place::new();
    place.write("body.dg", "info name + ' ' + id;\n");
    place.write("arguments.json", r#"{"name": "Ada", "id": 1}"#);
    place
        .run(&["run", "body.dg", "--arguments", "arguments.json"])
        .ok()
        .prints("Ada 1\n");
    place
        .run(&["run", "body.dg", "id=7", "--arguments", "arguments.json"])
        .ok()
        .prints("Ada 7\n");
    place
        .run_with_input(
            &["run", "body.dg", "--arguments", "-"],
            "\u{feff}{\"name\": \"Eve\", \"id\": 2}",
        )
        .ok()
        .prints("Eve 2\n");

    place
        .run(&["run", "body.dg", "--arguments", "none.json"])
        .fails(74, &["none.json", "no such file"]);
    for wrong in ["[1]", "", "{\"name\": }", "{\"name\": 1} 2", "7", "nul"] {
        place
            .run_with_input(&["run", "body.dg", "--arguments", "-"], wrong)
            .fails(2, &["expected a JSON object"])
            .prints("");
    }
    place
        .run_with_input(&["run", "-", "--arguments", "-"], "{}")
        .fails(2, &["standard input"]);
}

#[test]
fn deep_json_in_an_argument_is_no_danger() {
    let place = Place::new();
    place.write("body.dg", "info input.size();\n");
    let deep = format!(
        "{{\"deep\": {}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    place
        .run_with_input(&["run", "body.dg", "--arguments", "-"], deep)
        .fails(2, &["argument"])
        .prints("");
}

#[test]
fn one_function_of_several_is_called_by_its_name() {
    let place = Place::new();
    place.write("billing.dg", "int billing.total(list lines)\n{\n    return lines.size();\n}\nvoid billing.remind(int id)\n{\n    info id;\n}\n");
    // Declarations alone do nothing.
    place.run(&["run", "billing.dg"]).ok().prints("").quietly();
    let result = place
        .run(&[
            "run",
            "billing.dg",
            "--function",
            "billing.total",
            "lines=[1, 2]",
            "--format",
            "json",
        ])
        .ok();
    assert_eq!(result.json()["result"], json!(2));
    place
        .run(&["run", "billing.dg", "--function", "billing.remind", "id=3"])
        .ok()
        .prints("3\n");
    place
        .run(&["run", "billing.dg", "--function", "billing.totl"])
        .fails(
            2,
            &[
                "billing.dg has no function `billing.totl`",
                "billing.total, billing.remind",
            ],
        );
    place.write("body.dg", "info 1;\n");
    place
        .run(&["run", "body.dg", "--function", "main"])
        .fails(2, &["declares no functions"])
        .prints("");
}

#[test]
fn a_called_function_does_not_run_the_body() {
    let place = Place::new();
    place.write(
        "both.dg",
        "info unknown;\nint twice(int n)\n{\n    return n * 2;\n}\n",
    );
    let result = place
        .run(&["run", "both.dg", "--function", "twice", "n=4", "--json"])
        .ok();
    assert_eq!(
        (&result.json()["result"], &result.json()["output"]),
        (&json!(8), &json!([]))
    );
}
