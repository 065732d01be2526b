//! `init`, `function` and `config`: beginning a project, and working with its functions.

use serde_json::json;

use super::calls::shop;
use crate::support::place::{Outcome, Place, feed};

/// Runs a command within the shop.
fn inside(place: &Place, arguments: &[&str]) -> Outcome {
    let mut command = place.command(arguments);
    command.current_dir(place.path("shop"));
    feed(command, b"")
}

/// The cells of a table, row by row.
fn cells(table: &str) -> Vec<Vec<&str>> {
    let row = |line| {
        let cells = str::split(line, "  ").map(str::trim);
        cells.filter(|cell| !cell.is_empty()).collect()
    };
    table.lines().map(row).collect()
}

#[test]
fn a_new_project_runs_with_the_three_commands_that_are_shown() {
    for folder in ["shop", "."] {
        let place = Place::new();
        place.write(".gitignore", "mine\n");
        let told = place.run(&["init", folder]).ok().out;
        let commands: Vec<&str> = told
            .lines()
            .filter_map(|line| line.strip_prefix("  freshet "))
            .collect();
        assert_eq!(commands.len(), 3, "{told}");
        let printed: Vec<String> = commands
            .iter()
            .map(|command| place.run(&command.split(' ').collect::<Vec<_>>()).ok().out)
            .collect();
        assert_eq!(printed[0], "hello, Ada\n");
        assert_eq!(printed[2], "");
        assert!(
            printed[1].contains("string standalone.greet(string name)"),
            "{printed:?}"
        );
        assert!(printed[1].contains("Greets somebody."), "{printed:?}");
        assert_eq!(
            std::fs::read_to_string(place.path(".gitignore")).unwrap(),
            "mine\n"
        );
        place.run(&["init", folder]).fails(
            2,
            &[
                "nothing is written",
                "freshet.toml, functions/standalone/greet.dg, scripts/first.dg",
            ],
        );
    }
    let place = Place::new();
    let document = place.run(&["init", "a b", "--json"]).ok().json();
    assert_eq!(document["next"][2], "freshet check 'a b'");
    assert!(place.path("a b/.gitignore").exists());
    place.write("c/scripts/first.dg", "info 1;\n");
    place
        .run(&["init", "c"])
        .fails(2, &["scripts/first.dg is there already in c"]);
    assert!(!place.path("c/freshet.toml").exists());
}

#[test]
fn functions_are_listed_with_signature_place_and_description() {
    let place = shop();
    let listed = inside(&place, &["function", "list"]).ok().quietly().out;
    let lines = cells(&listed);
    assert_eq!(
        lines,
        [
            vec!["FUNCTION", "PLACE", "DESCRIPTION"],
            vec![
                "string billing.remind(int id)",
                "functions/billing/remind.dg:4",
                "Reminds of an invoice."
            ],
            vec!["string billing.label(int id)", "functions/label.dg:1"],
            vec!["int twice(int n)", "functions/label.dg:2"],
        ]
    );
    let document = inside(&place, &["function", "list", "--format", "json"])
        .ok()
        .json();
    assert_eq!(
        document["functions"][0],
        json!({
            "name": "billing.remind",
            "signature": "string billing.remind(int id)",
            "returns": "string",
            "parameters": [{"name": "id", "type": "int", "description": "the invoice"}],
            "description": "Reminds of an invoice.",
            "file": "functions/billing/remind.dg",
            "line": 4,
        })
    );
    place.write("shop/functions/broken.dg", "int f( {\n");
    let listed = inside(&place, &["function", "list"]).ok();
    assert!(
        listed
            .err
            .contains("warning: functions/broken.dg has 1 error:"),
        "{}",
        listed.err
    );
    place
        .run(&["function", "list"])
        .fails(2, &["there is no freshet.toml", "freshet init"]);
    place
        .run(&["function", "list", "--isolated"])
        .fails(2, &["--isolated"]);
}

#[test]
fn a_function_is_shown_with_its_parameters_and_its_source() {
    let place = shop();
    inside(&place, &["function", "show", "billing.remind"])
        .ok()
        .quietly()
        .prints(
            "string billing.remind(int id)
  functions/billing/remind.dg:4

Reminds of an invoice.

  id  int  the invoice

string billing.remind(int id)
{
    return \"reminded of \" + billing.label(id);
}
",
        );
    let document = inside(&place, &["function", "show", "twice", "--json"])
        .ok()
        .json();
    assert_eq!(document["source"], "int twice(int n) { return n * 2; }");
    assert_eq!(document["version"], 1);
    inside(&place, &["function", "show", "billing.remnd"]).fails(
        2,
        &[
            "there is no function `billing.remnd` in functions",
            "did you mean `billing.remind`?",
        ],
    );
}

#[test]
fn a_new_function_compiles_and_nothing_is_overwritten() {
    let place = shop();
    let new =
        |name: &str, more: &[&str]| inside(&place, &[&["function", "new", name], more].concat());
    new(
        "crm.owner",
        &["--returns", "map", "--parameters", "int id, string email"],
    )
    .fails(
        0,
        &[
            "functions/crm/owner.dg written",
            "freshet function run crm.owner",
        ],
    );
    assert_eq!(
        std::fs::read_to_string(place.path("shop/functions/crm/owner.dg")).unwrap(),
        "/*
 * What it does, in a line.
 *
 * @param id what it is
 * @param email what it is
 */
map crm.owner(int id, string email)
{
    return null;
}
"
    );
    new("nightly", &[]).ok();
    inside(&place, &["check", "functions"]).ok().quietly();
    inside(&place, &["function", "run", "crm.owner", "id=1", "email=x"])
        .ok()
        .prints("null\n");
    inside(&place, &["function", "run", "nightly"])
        .ok()
        .prints("");
    new("crm.owner", &[]).fails(2, &["`crm.owner` already: functions/crm/owner.dg:7"]);
    place.write("shop/functions/other.dg", "");
    new("other", &[]).fails(2, &["functions/other.dg is there already"]);
    for (name, more, told) in [
        ("two words", &[][..], "two words"),
        ("a/b", &[], "a/b"),
        ("../up", &[], "up"),
        ("for", &[], "for"),
        ("x.y.z", &[], "x.y.z"),
        ("x", &["--returns", "number5"], "number5"),
        ("x", &["--parameters", "id"], "id"),
        ("x", &["--parameters", "int a) {} void y("], "x"),
    ] {
        new(name, more).fails(2, &[told]);
    }
    place
        .run(&["connection", "add", "billing", "--service", "stripe"])
        .ok();
    new(
        "stripe.charges",
        &["--connection", "billing", "--returns", "string"],
    )
    .ok();
    let written = std::fs::read_to_string(place.path("shop/functions/stripe/charges.dg")).unwrap();
    assert!(
        written.contains("    response = invokeurl\n    [\n")
            && written.contains("connection :\"billing\""),
        "{written}"
    );
    inside(&place, &["check", "functions"]).ok().quietly();
    new("x", &["--connection", "nobody"]).fails(2, &["nobody"]);
    assert!(!place.path("shop/functions/x.dg").exists());
}

#[test]
fn everything_wrong_with_a_new_function_is_told_and_nothing_is_written() {
    let place = shop();
    for (arguments, told) in [
        (
            &["twin.of", "--parameters", "int id, string id"][..],
            &["E0206", "two parameters are called `id`"][..],
        ),
        (
            &["for.each", "--parameters", "int if, int id, int id"],
            &[
                "`for` is a word of the language",
                "`if` is a word",
                "two parameters are called `id`",
            ],
        ),
        (&["info"], &["a function cannot be called `info`"]),
        (&["1a"], &["`1a` is no name of a function"]),
        (&["a.b.c"], &["`a.b.c` is no name of a function"]),
        (&["a.b.c.d"], &["is no name of a function"]),
        (
            &["a.b c"],
            &[
                "`a.b c` is no name of a function, expected NAMESPACE.NAME or NAME",
                "each part begins with a letter or `_`",
            ],
        ),
        (&["../x"], &["`../x` is no name of a function"]),
        (&[""], &["`` is no name of a function"]),
        (&["a."], &["`a.` is no name of a function"]),
    ] {
        inside(&place, &[&["function", "new"], arguments].concat())
            .fails(2, told)
            .prints("");
    }
    for folder in ["twin", "for", "info.dg", "1a.dg", "a"] {
        assert!(
            !place.path("shop/functions").join(folder).exists(),
            "{folder}"
        );
    }
}

#[test]
fn a_function_is_run_with_its_log_its_result_and_what_it_took() {
    let place = shop();
    place.write(
        "shop/functions/sum.dg",
        "float sum.of(list numbers, float start, bool loud)\n{\n    for each n in numbers { start = start + n; if (loud) { info \"now \" + start; } }\n    return start;\n}\nvoid sum.log(map what) { info what; }\n",
    );
    let arguments = [
        "function",
        "run",
        "sum.of",
        "numbers=[1, 2.5]",
        "start:=10",
        "loud=true",
    ];
    let ran = inside(&place, &arguments)
        .ok()
        .prints("now 11\nnow 13.5\n13.5\n");
    assert!(ran.err.contains(" ms, 0 web calls"), "{}", ran.err);
    inside(&place, &[&arguments[..], &["--result-only"]].concat())
        .fails(0, &["now 11\nnow 13.5\n"])
        .prints("13.5\n");
    let document = inside(&place, &[&arguments[..], &["--json"]].concat())
        .ok()
        .quietly()
        .json();
    assert_eq!(document["result"], 13.5);
    assert_eq!(document["output"], json!(["now 11", "now 13.5"]));
    assert_eq!(document["script"], "functions/sum.dg");
    inside(&place, &["function", "run", "sum.log", "what={\"a\":1}"])
        .ok()
        .prints("{\"a\":1}\n");
    // Arguments in a file, with a single one that wins.
    place.write(
        "shop/given.json",
        "{\"numbers\": [1], \"start\": 1, \"loud\": false}",
    );
    inside(
        &place,
        &[
            "function",
            "run",
            "sum.of",
            "--arguments",
            "given.json",
            "start=5",
        ],
    )
    .ok()
    .prints("6\n");
    let mut piped = place.command(&["function", "run", "twice", "--arguments", "-"]);
    piped.current_dir(place.path("shop"));
    feed(piped, b"{\"n\": 4}").ok().prints("8\n");
    for (wrong, told) in [
        (
            &["sum.of", "numbers=[1]", "start=x", "loud=true"][..],
            &["`start`", "`x`", "float"][..],
        ),
        (
            &["sum.of", "numbers=[1]", "start=1"],
            &["no argument for the parameter `loud` (bool)"],
        ),
        (
            &["twice", "n=1", "m=2"],
            &["`twice` has no parameter `m`", "int n"],
        ),
        // All of them at once.
        (
            &["sum.of", "numbers=7", "start=x", "quiet=true"],
            &[
                "4 arguments do not fit:",
                "`sum.of` has no parameter `quiet`; it takes list numbers, float start, bool loud",
                "the argument `numbers`: found `7`, expected list; write it as a JSON array: [1, 2]",
                "the argument `start`: found `x`, expected float",
                "no argument for the parameter `loud` (bool) of `sum.of`; add loud=true",
            ],
        ),
        (
            &["twice", "n", "2x=1"],
            &[
                "2 arguments do not fit:",
                "found the argument `n`",
                "found `2x` before the `=`",
            ],
        ),
        (&["twice", "n"], &["expected name=value"]),
        (
            &["twise", "n=1"],
            &["there is no function `twise`", "did you mean `twice`?"],
        ),
    ] {
        inside(&place, &[&["function", "run"], wrong].concat())
            .fails(2, told)
            .prints("");
    }
    place.write(
        "shop/functions/label.dg",
        "int twice(int n)\n{\n    return n / 0;\n}\nstring billing.label(int id) { return id; }\n",
    );
    inside(&place, &["function", "run", "twice", "n=1"])
        .fails(1, &["functions/label.dg:3:14"])
        .prints("");
    place.write(
        "shop/functions/label.dg",
        "int twice(int n)\n{\n    return m;\n}\n",
    );
    inside(&place, &["function", "run", "twice", "n=1"])
        .fails(65, &["E0201", "functions/label.dg:3:12"]);
    place.write("shop/functions/label.dg", "int twice(int n\n");
    inside(&place, &["function", "run", "twice", "n=1"]).fails(65, &["functions/label.dg:1:"]);
}

#[test]
fn the_settings_that_hold_are_shown_with_where_they_come_from() {
    let place = shop();
    place.write("shop/freshet.toml", "[limits]\nsteps = 1000\ntime = \"30s\"\n[variables]\nrate = 7\nkey = { env = \"SHOP_KEY\" }\n[integrations]\ncrm = \"zoho_crm\"\n");
    let user = place.root().join("home/.config/freshet/config.toml");
    std::fs::create_dir_all(user.parent().unwrap()).unwrap();
    std::fs::write(
        &user,
        "[limits]\nsteps = 5\n[mail]\nconnection = \"post\"\n",
    )
    .unwrap();
    let mut command = place.command(&["config", "show", "--origin"]);
    command
        .current_dir(place.path("shop"))
        .env("FRESHET_LIMIT", "time=5s")
        .env("SHOP_KEY", "PLANTED");
    let shown = feed(command, b"").ok().quietly().out;
    let rows = cells(&shown);
    let config = user.display().to_string() + ":4";
    for row in [
        &["SETTING", "VALUE", "FROM", "WHAT IT IS"][..],
        &["project.name", "shop", "default", "zoho.appname"],
        &["project.time-zone", "UTC", "default"],
        &["limits.steps", "1000", "freshet.toml:2"],
        &["limits.time", "5s", "FRESHET_LIMIT", "wall time of a run"],
        &["limits.memory", "512MiB", "default"],
        &["batch.in-flight", "64", "default", "jobs at a time"],
        &["mail.connection", "post", &config],
        &["connections", "manage", "default"],
        &[
            "redirect_port",
            "8713",
            "default",
            "the port of the redirect URLs registered with services",
        ],
        &["variables.rate", "7", "freshet.toml:5", "zoho.appvariable"],
        &[
            "variables.key",
            "SHOP_KEY of the environment",
            "freshet.toml:6",
        ],
        &["integrations.crm", "zoho_crm", "freshet.toml:8"],
    ] {
        let is_there = rows.iter().any(|cells| cells.starts_with(row));
        assert!(is_there, "{row:?} is not in\n{shown}");
    }
    assert!(!shown.contains("PLANTED"), "{shown}");
    let document = inside(&place, &["config", "show", "--json"]).ok().json();
    let settings = document["settings"].as_array().unwrap();
    let of = |key: &str| {
        settings
            .iter()
            .find(|setting| setting["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(
        of("limits.steps"),
        json!({"key": "limits.steps", "value": "1000", "origin": "project", "file": "freshet.toml", "line": 2})
    );
    assert_eq!(of("variables.key")["value"], json!({"env": "SHOP_KEY"}));
    assert_eq!(
        of("limits.memory"),
        json!({"key": "limits.memory", "value": "512MiB", "origin": "default"})
    );
    // What holds where nobody sets it, as what it is; null where nothing does.
    for (key, value) in [
        ("project.time-zone", json!("UTC")),
        ("batch.in-flight", json!(64)),
        ("batch.timeout", json!("5m")),
        ("connections", json!("manage")),
        ("redirect_port", json!(8713)),
        ("network.refuse-private", json!(false)),
        ("network.ca-file", json!(null)),
        ("limits.calls", json!(null)),
        ("identity.admin-user", json!("Public")),
        ("identity.admin-user-id", json!(null)),
    ] {
        assert_eq!(of(key)["value"], value, "{key}");
    }
    let bare = place
        .run(&["config", "show", "--isolated"])
        .ok()
        .quietly()
        .out;
    assert!(
        bare.contains("SETTING") && !bare.contains("FROM") && !bare.contains("post"),
        "{bare}"
    );
}

#[test]
fn wrong_values_in_the_environment_are_not_shown_as_if_they_held() {
    let place = Place::new();
    let mut command = place.command(&["config", "show"]);
    command
        .env("FRESHET_IN_FLIGHT", "abc")
        .env("FRESHET_TIMEOUT", "0s")
        .env("FRESHET_LIMIT", "steps=x,speed=3,time=5s")
        .env("FRESHET_REFUSE_PRIVATE", "maybe")
        .env("FRESHET_CONNECTIONS", "look")
        .env("FRESHET_REDIRECT_PORT", "0");
    let told = feed(command, b"").fails(
        78,
        &[
            "FRESHET_IN_FLIGHT: found `abc`, expected a whole number from 1 to 1000000",
            "FRESHET_TIMEOUT: found `0s`, expected a time longer than none",
            "FRESHET_LIMIT: found `x`, expected a whole number",
            "FRESHET_LIMIT: there is no limit `speed`",
            "FRESHET_REFUSE_PRIVATE: found `maybe`, expected true or false",
            "FRESHET_CONNECTIONS: found `look`, expected \"use\" or \"manage\"",
            "FRESHET_REDIRECT_PORT: found `0`, expected a whole number from 1 to 65535",
        ],
    );
    assert_eq!(told.out, "");
    let mut command = place.command(&["config", "show", "--json"]);
    command
        .env("FRESHET_IN_FLIGHT", "8")
        .env("FRESHET_REFUSE_PRIVATE", "on");
    let document = feed(command, b"").ok().json();
    let of = |key: &str| {
        let mut settings = document["settings"].as_array().unwrap().iter();
        settings
            .find(|setting| setting["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(of("batch.in-flight")["value"], 8);
    assert_eq!(of("network.refuse-private")["value"], true);
}

#[test]
fn a_shell_completes_the_names_of_functions() {
    let place = shop();
    let completed = |words: &[&str]| {
        let mut command = place.command(&["--", "freshet"]);
        command
            .args(words)
            .env("COMPLETE", "fish")
            .current_dir(place.path("shop"));
        feed(command, b"").out
    };
    for command in ["run", "show"] {
        let found = completed(&["function", command, "billing."]);
        assert!(
            found.contains("billing.remind") && found.contains("billing.label"),
            "{found}"
        );
        assert!(!found.contains("twice"), "{found}");
    }
}

#[test]
fn on_a_terminal_the_result_of_a_called_function_is_marked() {
    let place = shop();
    place.write(
        "one.dg",
        "int double(int n) { info \"log\"; return n * 2; }\n",
    );
    place.write(
        "more.dg",
        "int one() { return 1; }\nint two() { return 2; }\ninfo one();\nreturn 3;\n",
    );
    let shown = |line: &str| place.on_terminal(line, "").ok().out.replace('\r', "");
    // Of a run it stands on standard error, since standard output belongs to the script.
    assert_eq!(shown("freshet run one.dg n=4"), "log\n=> 8\n");
    assert_eq!(shown("freshet run one.dg n=4 2> none"), "log\n");
    assert_eq!(shown("freshet more.dg --function two"), "=> 2\n");
    assert_eq!(shown("freshet more.dg"), "1\n");
    // Of `function run` on standard output, which is what it was called for.
    let call = "freshet function run twice n=4 --project shop";
    assert_eq!(shown(&format!("{call} 2> none")), "=> 8\n");
    assert_eq!(shown(&format!("{call} --result-only 2> none")), "8\n");
    // Where nobody looks there is no mark.
    place
        .run(&["run", "one.dg", "n=4"])
        .ok()
        .prints("log\n")
        .quietly();
    place
        .run(&["function", "run", "twice", "n=4", "--project", "shop"])
        .ok()
        .prints("8\n");
}
