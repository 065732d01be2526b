//! `freshet repl` over a pipe: entries in, what they print out, no prompt.

use std::fs;

use crate::support::place::{Outcome, Place};

fn repl(entries: &str) -> Outcome {
    Place::new().run_with_input(&["repl"], entries)
}

#[test]
fn entries_print_what_they_print_and_expressions_their_value() {
    repl("info 1;\nx = 2;\nx + 3\n\"1\"\n1\n\"say \\\"hi\\\"\"\n{1,2,3}\n{\"a\": 1}\nnull\n")
        .ok()
        .prints("1\n5\n\"1\"\n1\n\"say \\\"hi\\\"\"\n[1,2,3]\n{\"a\":1}\n")
        .quietly();
}

#[test]
fn nothing_in_nothing_out() {
    for nothing in ["", "\n\n", "// only a comment\n"] {
        repl(nothing).ok().prints("").quietly();
    }
}

#[test]
fn an_entry_goes_on_while_something_is_open() {
    repl("for each n in {1,\n  2}\n{\n    info n;\n}\n1 +\n2\ntext = \"a\" +\n\"b\";\ntext\n")
        .ok()
        .prints("1\n2\n3\n\"ab\"\n")
        .quietly();
}

#[test]
fn variables_functions_and_the_last_value_stay() {
    repl("n = 20;\nint twice(int n)\n{\n    return n * 2;\n}\ntwice(n) + 2\n_ + 1\n")
        .ok()
        .prints("42\n43\n");
}

#[test]
fn a_function_may_be_declared_anew() {
    let outcome = repl("int f()\n{\n    return 1;\n}\nf()\nint f()\n{\n    return 2;\n}\nf()\n")
        .ok()
        .prints("1\n2\n");
    assert!(
        outcome.err.contains("`f`"),
        "a note tells that it was replaced: {}",
        outcome.err
    );
}

#[test]
fn the_first_error_ends_it_with_its_exit_code() {
    repl("info 1;\ninfo 1 / 0;\ninfo 2;\n")
        .fails(1, &["R0"])
        .prints("1\n");
    repl("info 1;\ninfo 1 +;\ninfo 2;\n")
        .fails(65, &["E0"])
        .prints("1\n");
    repl("info unknown;\n").fails(65, &["`unknown`"]).prints("");
    repl(
        "info 1;\nx = invokeurl [ url: \"http://127.0.0.1/\" type: GET connection: \"nobody\" ];\n",
    )
    .fails(1, &["C0001"])
    .prints("1\n");
}

#[test]
fn commands_begin_with_a_colon() {
    repl(":quit\ninfo 1;\n").ok().prints("");
    let listed = repl("price = 2.50;\n:vars\n").ok();
    let listed = listed.out + &listed.err;
    assert!(
        listed.contains("price") && listed.contains("2.5"),
        "{listed}"
    );
    repl("price = 2.50;\n:reset\nprice\n").fails(65, &["`price`"]);
    let helped = repl(":help\n").ok().err;
    for command in [":help", ":vars", ":reset", ":quit"] {
        assert!(helped.contains(command), "{command}: {helped}");
    }
    repl(":nonsense\n").fails(2, &[":nonsense", ":help"]);
}

#[test]
fn comments_may_stand_before_a_command() {
    repl("price = 2.50;\n// what there is\n:type price\n/* and\n more */ :type price + 1\n")
        .ok()
        .prints("DECIMAL  2.5\nDECIMAL  3.5\n")
        .quietly();
    repl("// what is this\n:nonsense\n").fails(2, &["there is no command `:nonsense`"]);
}

#[test]
fn a_pipe_leaves_no_history() {
    let place = Place::new();
    place
        .run_with_input(&["repl"], "secret = \"hidden\";\n")
        .ok();
    assert!(place.files().is_empty(), "{:?}", place.files());
}

#[test]
fn commands_show_what_is_there() {
    let place = Place::new();
    place
        .run(&["connection", "add", "team_billing", "--service", "stripe"])
        .ok();
    let entries = "// Doubles a number.\nint twice(int n) { return n * 2; }\nprice = 2.50;\n\
        :type price * 2\n:type {\"a\", \"b\"}\n:type null\n:time twice(4)\n:functions\n:connections\n:vars\n:help twice\n:help list.addAll\n:help invokeurl\n";
    let listed = place.run_with_input(&["repl"], entries).ok();
    for shown in [
        "DECIMAL  5\n",
        "LIST  [\"a\",\"b\"]\n",
        "\nnull\n",
        "\n8\n",
        "int twice(int n)  entry 1:2  Doubles a number.",
        "team_billing  stripe   created",
        "price  DECIMAL  2.5\n",
        "    int twice(int n) { return n * 2; }",
        "x.addAll(elements: LIST)",
        "    → x,z,x",
        "Required. The address",
    ] {
        assert!(listed.out.contains(shown), "{shown}\n{}", listed.out);
    }
    let took = listed
        .err
        .lines()
        .find(|line| line.contains(" ms, "))
        .unwrap();
    assert!(took.ends_with("steps, 0 web calls"), "{took}");
}

#[test]
fn commands_that_cannot_be_done_end_it() {
    repl(":load none.dg\n").fails(74, &["none.dg"]);
    let place = Place::new();
    place.write("notes/a.dg", "");
    place.run_with_input(&["repl"], "1;\n:save notes\n").fails(
        74,
        &[
            "notes is a folder, expected a file to write",
            ":save notes/FILE.dg",
        ],
    );
    repl(":type x = 1;\n").fails(2, &["takes an expression"]);
    repl(":type\n").fails(2, &[":type EXPR"]);
    repl(":trace maybe\n").fails(2, &["on", "off"]);
    repl(":vars all\n").fails(2, &["takes nothing"]);
    repl(":help indexOff\n").fails(2, &["`indexOf`"]);
    repl(":time 1 / 0\n").fails(1, &["R0006"]);
}

#[test]
fn a_file_is_run_in_the_session() {
    let place = Place::new();
    place.write(
        "part.dg",
        "void greet(string name) { info \"hello, \" + name; }\nwho = \"Ada\";\n",
    );
    place
        .run_with_input(&["repl"], ":load part.dg\ngreet(who);\n")
        .ok()
        .prints("hello, Ada\n");
    place.write("wrong.dg", "a = 1;\nb = a +;\n");
    place
        .run_with_input(&["repl"], ":load wrong.dg\n")
        .fails(65, &["wrong.dg:2:8"]);
    // What never ends is read as far as a script can be long, and a folder is none.
    place
        .run_with_input(&["repl"], ":load /dev/zero\n")
        .fails(65, &["E0101"]);
    place
        .run_with_input(&["repl"], ":load .\n")
        .fails(74, &["is a folder, expected a script"]);
    let pipe = place.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    place
        .run_with_input(&["repl"], ":load pipe\n")
        .fails(74, &["pipe is a pipe, expected a script"]);
    place
        .run(&["check", "pipe"])
        .fails(74, &["expected a script"]);
}

#[test]
fn words_that_other_prompts_understand_are_understood_here() {
    let place = Place::new();
    let session = |text: &str| place.run_with_input(&["repl"], text);
    for word in ["help", "?", "help()"] {
        session(word).ok().fails(0, &[":quit", "An entry is"]);
    }
    for word in ["exit", "quit", "exit;", "quit()"] {
        session(&format!("{word}\n1 / 0\n")).ok().prints("");
    }
    // One that is a variable is one.
    session("help = 5;\nhelp\n").ok().prints("5\n");
    session(":t 1\n").fails(
        2,
        &[
            "no command `:t`",
            "several begin so: `:type`, `:time`, `:trace`",
        ],
    );
    session(":hel\n").ok();
}

#[test]
fn a_function_without_its_parentheses_is_told_how_to_be_called() {
    let place = Place::new();
    place.write("freshet.toml", "");
    place.write("functions/f.dg", "int billing.f() { return 1; }\n");
    for text in ["info billing.f;\n", "billing.f\n"] {
        place
            .run_with_input(&["repl"], text)
            .fails(65, &["to call the function, write `billing.f()`"]);
    }
    let near = "one of the project: `freshet function show billing.f`";
    place.run(&["help", "billing.f"]).fails(2, &[near]);
}

#[test]
fn an_error_that_was_caught_keeps_its_members_and_a_void_call_is_no_value() {
    let place = Place::new();
    let session = |text: &str| place.run_with_input(&["repl"], text);
    session("try { x = 1 / 0; } catch (e) { info \"caught\"; }\ninfo e.message;\ne.lineNo\n")
        .ok()
        .quietly()
        .prints("caught\ndivision by zero\n1\n");
    session("e = {\"message\": 1};\ne.message\n").fails(65, &["E0207"]);
    session("void g() { info \"hi\"; }\n7\ng();\n_ + 1\n:save all.dg\n")
        .ok()
        .prints("7\nhi\n8\n");
    let saved = fs::read_to_string(place.path("all.dg")).unwrap();
    assert!(!saved.contains("_ = g()"), "{saved}");
    place.run(&["all.dg"]).ok().quietly().prints("7\nhi\n8\n");
    session("void g() { info \"hi\"; }\nx = g();\n")
        .ok()
        .prints("hi\n");
}

#[test]
fn entries_are_told_of_the_project_what_its_scripts_are_told() {
    let place = Place::new();
    place.write(
        "freshet.toml",
        "[variables]\nkey = { env = \"FRESHET_TEST_NOT_SET\" }\n",
    );
    place.write("functions/twice.dg", "int twice(int n) { return n * 2; }\n");
    let session = |text: &str| place.run_with_input(&["repl"], text);
    session("info zoho.appvariable.key;\n").fails(65, &["E0303", "FRESHET_TEST_NOT_SET"]);
    session("twise(2)\n").fails(65, &["E0202", "searched: functions"]);
    let hidden = session("int twice(int n) { return n; }\ntwice(2)\n")
        .ok()
        .prints("2\n");
    let told = "note: `twice` hides the one of functions/twice.dg";
    assert!(hidden.err.contains(told), "{}", hidden.err);
}

#[test]
fn calls_are_traced_when_asked_for() {
    let server =
        crate::support::server::Server::start(|_| crate::support::server::Reply::json("{}"));
    let call = format!("r = invokeurl [ url :\"{}\" ];\n", server.url("/seen"));
    let traced = repl(&format!(":trace on\n{call}:trace off\n{call}")).ok();
    assert_eq!(traced.err.matches("/seen").count(), 1, "{}", traced.err);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn help_knows_the_type_of_a_variable() {
    // TEXT and LIST both have an `indexOf`: the page is that of the value the variable holds.
    let pages = |entries: &str| repl(entries).ok().out;
    let text = pages("x = \"abc\";\n:help x.indexOf\n");
    let list = pages("x = {1, 2};\n:help x.indexOf\n");
    assert!(
        text.contains("x      TEXT\n") && !text.contains("x      LIST"),
        "{text}"
    );
    assert!(
        list.contains("x      LIST\n") && !list.contains("x      TEXT"),
        "{list}"
    );
    // So it is for a literal, and for what a call gives.
    assert_eq!(pages(":help \"abc\".indexOf()\n"), text);
    assert_eq!(pages("x = \"a b\";\n:help x.toList(\" \").indexOf\n"), list);
    // Of what is not known every page is shown, as without it.
    let both = pages(":help indexOf\n");
    assert!(
        both.contains(text.trim_end()) && both.contains(list.trim_end()),
        "{both}"
    );
    assert_eq!(pages(":help unknown.indexOf\n"), both);
    repl("x = {1, 2};\n:help x.trim\n").fails(2, &["`trim` is no method of LIST", "TEXT"]);
    repl("x = {1, 2};\n:help x.addd\n")
        .fails(2, &["`addd` is no method of LIST", "did you mean `add`"]);
}

#[test]
fn help_searches_as_the_command_does() {
    let place = Place::new();
    for words in ["split", "http", "http post"] {
        let found = place.run(&["help", "--search", words]).ok().out;
        for asked in [format!("--search {words}"), format!("--search={words}")] {
            repl(&format!(":help {asked}\n")).ok().prints(&found);
        }
    }
    repl(":help --search zzzz\n").fails(2, &["nothing is called or described with `zzzz`"]);
    repl(":help --search\n").fails(2, &["`--search` was given no word"]);
    repl(":help --searching\n").fails(2, &["no function, task or variable `--searching`"]);
    let page = place.run(&["help", "zoho.loginuser"]).ok().out;
    repl(":help zoho.loginuser\n").ok().prints(&page);
    repl(":help zoho.appvariable.x\n").ok();
    repl(":help zoho.crm.v8.getRecords\n").ok();
}
