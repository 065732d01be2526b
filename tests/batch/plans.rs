//! What batches are made of, and the mistakes that keep them from being made.

use crate::support::place::Place;
use crate::{shown, states};

#[test]
fn a_job_a_script_and_a_job_a_row() {
    let place = Place::new();
    place.write("one.dg", "info 1;\n");
    place.write("two.dg", "info 2;\n");
    let run = place
        .run(&["batch", "run", "one.dg", "two.dg", "--in-flight", "1"])
        .ok();
    assert_eq!(run.out, "1\n2\n");
    assert!(run.err.contains("2 jobs") && run.err.contains("2 succeeded of 2"));

    place.write(
        "remind.dg",
        "info name + \" owes \" + (amount + 1);\nreturn {\"id\": id, \"all\": input};\n",
    );
    place.write(
        "rows.csv",
        "id,name,amount,more\r\n007,\"Ada, \"\"A\"\"\",2.5,x\r\n8,\"two\nlines\",1,\r\n",
    );
    let arguments = [
        "batch",
        "run",
        "remind.dg",
        "--jobs",
        "rows.csv",
        "--in-flight",
        "1",
    ];
    let run = place.run(&arguments).ok();
    assert_eq!(run.out, "Ada, \"A\" owes 3.5\ntwo\nlines owes 2\n");
    let batch = shown(&place);
    // Read as arguments of a body are: JSON where it is JSON, else text.
    assert_eq!(batch["jobs"][0]["result"]["id"], "007");
    assert_eq!(batch["jobs"][1]["result"]["id"], 8);
    assert_eq!(batch["jobs"][0]["result"]["all"]["more"], "x");
    assert_eq!(batch["jobs"][0]["arguments"]["name"], "Ada, \"A\"");
}

#[test]
fn json_lines_keep_their_types_and_may_differ() {
    let place = Place::new();
    place.write("show.dg", "return {id, input.get(\"extra\")};\n");
    let rows = "{\"id\": \"1\", \"extra\": [1, 2]}\n\n{\"id\": 1}\n";
    place
        .run_with_input(&["batch", "run", "show.dg", "--jobs", "-"], rows)
        .ok();
    let batch = shown(&place);
    assert_eq!(batch["jobs"][0]["result"].to_string(), "[\"1\",[1,2]]");
    assert_eq!(batch["jobs"][1]["result"].to_string(), "[1,null]");
}

#[test]
fn a_function_takes_its_columns_by_their_types() {
    let place = Place::new();
    place.write(
        "bill.dg",
        "string billing.remind(int id, date since, list items)\n{\n    return \"\" + id + since.getYear() + items.size();\n}\n",
    );
    place.write(
        "rows.csv",
        "since,id,items\n2026-11-01,5,\"[1, 2]\"\n2025-01-01,6,[]\n",
    );
    // A file with one function is run by calling it.
    place
        .run(&["batch", "run", "bill.dg", "--jobs", "rows.csv"])
        .ok();
    assert_eq!(states(&place), ["succeeded", "succeeded"]);
    let named = [
        "batch",
        "run",
        "bill.dg",
        "--function",
        "billing.remind",
        "--jobs",
        "rows.csv",
    ];
    place.run(&named).ok();
    let wrong = [
        "batch",
        "run",
        "bill.dg",
        "--function",
        "billing.remid",
        "--jobs",
        "rows.csv",
    ];
    let told = place.run(&wrong);
    assert!(told.exit == Some(65) || told.exit == Some(2), "{told:?}");
    assert!(told.err.contains("billing.remid"), "{}", told.err);
}

#[test]
fn every_row_that_does_not_fit_is_told_and_nothing_runs() {
    let place = Place::new();
    place.write("f.dg", "void f(int id, bool paid)\n{\n    info id;\n}\n");
    place.write(
        "rows.csv",
        "id,paid\n1,true\nx,true\n3,\"ma\"\"ybe\"\n4,false\n",
    );
    place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.csv"])
        .fails(
            2,
            &[
                "2 mistakes",
                "rows.csv:3:1: the argument `id`: found `x`, expected int",
                "rows.csv:4:3: the argument `paid`: found `ma\"ybe`, expected bool",
            ],
        )
        .prints("");
    // Every value of a row that does not fit, wherever it stands.
    place.write("rows.csv", "paid,id\nmaybe,x\ntrue,1\nno,2.5\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.csv"])
        .fails(
            2,
            &[
                "4 mistakes",
                "rows.csv:2:1: the argument `paid`: found `maybe`",
                "rows.csv:2:7: the argument `id`: found `x`",
                "rows.csv:4:1: the argument `paid`: found `no`",
                "rows.csv:4:4: the argument `id`: found `2.5`",
            ],
        );
    place.write(
        "rows.jsonl",
        "{\"id\": \"x\", \"payed\": 1, \"paid\": 2}\n{\"id\": 1, \"paid\": true}\n{}\n",
    );
    place
        .run(&["batch", "run", "f.dg", "--jobs", "rows.jsonl"])
        .fails(
            2,
            &[
                "5 mistakes",
                "rows.jsonl:1:22: `f` has no parameter `payed`",
                "rows.jsonl:1:8: the argument `id`: found `\"x\"`",
                "rows.jsonl:1:33: the argument `paid`: found `2`",
                "rows.jsonl:3:1: no argument for the parameter `id`",
                "rows.jsonl:3:1: no argument for the parameter `paid`",
            ],
        );
    // The first twenty in full, the others by their lines.
    let many: String = (0..60).map(|_| "x,true\n").collect();
    place.write("many.csv", format!("id,paid\n{many}"));
    let told = place
        .run(&["batch", "run", "f.dg", "--jobs", "many.csv"])
        .fails(2, &["60 mistakes", "40 more mistakes, in lines 22–61"]);
    assert_eq!(told.err.matches("found `x`").count(), 20);
    // Columns that are none, and parameters without a column, are told once.
    place.write("columns.csv", "id,payed\n1,true\n2,true\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "columns.csv"])
        .fails(
            2,
            &[
                "columns.csv:1:4: `f` has no parameter `payed`",
                "no column gives the parameter `paid` of `f`",
            ],
        );
    place.run(&["batch", "list"]).ok().prints("");
}

#[test]
fn rows_that_are_no_rows_are_told_with_line_and_column() {
    let place = Place::new();
    place.write("f.dg", "info a;\n");
    for (name, rows, told) in [
        ("empty.csv", "", "empty.csv:1:1: found an empty file"),
        (
            "short.csv",
            "a,b\n1,2\n3\n",
            "short.csv:3:1: found 1 value in this row, expected 2",
        ),
        (
            "open.csv",
            "a,b\n1,\"x\n2,3\n",
            "open.csv:2:3: a quote is opened here",
        ),
        ("quote.csv", "a,b\n1,x\"y\n", "quote.csv:2:4: found a quote"),
        (
            "behind.csv",
            "a,b\n1,\"x\"y\n",
            "behind.csv:2:6: found text behind a closing quote",
        ),
        (
            "twice.csv",
            "a,b,a\n1,2,3\n",
            "twice.csv:1:5: two columns have the name `a`",
        ),
        (
            "blanks.csv",
            "a, b\n1,2\n",
            "blanks.csv:1:3: found blanks around the name of the column `b`",
        ),
        (
            "whole.json",
            "[\n  {\"a\": 1},\n  {\"a\": 2}\n]\n",
            "whole.json:1:1: found an array over several lines, expected JSON lines",
        ),
        (
            "object.json",
            "{\n  \"a\": 1\n}\n",
            "object.json:1:1: found a JSON object over several lines",
        ),
        (
            "nameless.csv",
            "a,,b\n1,2,3\n",
            "nameless.csv:1:3: column 2 has no name",
        ),
        (
            "semicolon.csv",
            "a;b\n1;2\n",
            "semicolon.csv:1:2: found `;` in the header",
        ),
        (
            "no.jsonl",
            "{\"a\": 1}\n{\"a\": }\n",
            "no.jsonl:2:7: no JSON",
        ),
        ("array.jsonl", "[1]\n", "array.jsonl:1:1: found an array"),
        (
            "missing.jsonl",
            "{\"a\": 1}\n{\"b\": 2}\n",
            "missing.jsonl:2:1: there is no `a`",
        ),
    ] {
        place.write(name, rows);
        place
            .run(&["batch", "run", "f.dg", "--jobs", name])
            .fails(2, &[told, "nothing was run"])
            .prints("");
    }
    place.write(
        "many.jsonl",
        "{\"a\": }\n{\"a\": 1}\n[1]\n{\"a\": 1, \"a\": 2}\n",
    );
    place
        .run(&["batch", "run", "f.dg", "--jobs", "many.jsonl"])
        .fails(
            2,
            &[
                "3 mistakes",
                "many.jsonl:1:7: no JSON",
                "many.jsonl:3:1: found an array",
                "many.jsonl:4:15: the member `a` stands there twice",
            ],
        );
    place.write("many.csv", "a,b\n1,x\"y\n2\n3,4\n\"5\"6,7\n8,9,10\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "many.csv"])
        .fails(
            2,
            &[
                "4 mistakes",
                "many.csv:2:4: found a quote",
                "many.csv:3:1: found 1 value in this row",
                "many.csv:5:4: found text behind a closing quote",
                "many.csv:6:1: found 3 values in this row",
            ],
        );
    // A quote that is never closed hides none of the others.
    place.write("open.csv", "a,b,a\n1,2\n3,x\"y,4\n5,\"6,7\n8,9\n1,2,3\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "open.csv"])
        .fails(
            2,
            &[
                "5 mistakes",
                "open.csv:1:5: two columns have the name `a`",
                "open.csv:2:1: found 2 values in this row",
                "open.csv:3:4: found a quote",
                "open.csv:4:3: a quote is opened here",
                "open.csv:5:1: found 2 values in this row",
            ],
        );
    place.write("header.csv", "a,\"b\n1\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "header.csv"])
        .fails(2, &["1 mistake", "header.csv:1:3: a quote is opened here"]);
    place.write("latin.csv", b"a\nM\xfcller\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "latin.csv"])
        .fails(2, &["latin.csv:2:2: found bytes that are not UTF-8"]);
    place.write(
        "latin.csv",
        b"a\nM\xfcller \xe9\n\xc3\xa9,\xe9\nplain\n\xff\n",
    );
    place
        .run(&["batch", "run", "f.dg", "--jobs", "latin.csv"])
        .fails(
            2,
            &[
                "3 mistakes",
                "latin.csv:2:2:",
                "latin.csv:3:3:",
                "latin.csv:5:1:",
            ],
        );
    place
        .run(&["batch", "run", "f.dg", "--jobs", "none.csv"])
        .fails(74, &["none.csv"]);
    place.write("header.csv", "a\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "header.csv"])
        .fails(
            2,
            &["there are no jobs: header.csv has no rows behind its header"],
        );
    place.write("nothing.jsonl", "\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "nothing.jsonl"])
        .fails(2, &["there are no jobs: nothing.jsonl has no lines"]);
    place.write("keys.csv", "a,k\n1,x\n2,\n3,x\n");
    place
        .run(&["batch", "run", "f.dg", "--jobs", "keys.csv", "--key", "k"])
        .fails(
            2,
            &[
                "keys.csv:3:3: there is no `k`",
                "keys.csv:4:3: the k `x` names the job of line 2 already",
            ],
        );
    place
        .run(&["batch", "run", "f.dg", "--jobs", "keys.csv", "--key", "z"])
        .fails(2, &["no column `z`"]);
}

#[test]
fn a_script_that_does_not_compile_stops_the_whole_batch() {
    let place = Place::new();
    place.write("good.dg", "info 1;\n");
    place.write("bad.dg", "info 1\n");
    place.write("asks.dg", "info id + other;\n");
    place.write("rows.csv", "id\n1\n");
    place
        .run(&["batch", "run", "good.dg", "bad.dg"])
        .fails(65, &["bad.dg:1", "E0130"])
        .prints("");
    place
        .run(&["batch", "run", "asks.dg", "--jobs", "rows.csv"])
        .fails(65, &["asks.dg:1:11", "other"])
        .prints("");
    let json = place.run(&["batch", "run", "bad.dg", "--json"]);
    assert_eq!(json.exit, Some(65));
    assert_eq!(json.json()["state"], "refused");
    // Several are one document, with what is wrong with each; a function that both call is told of once.
    place.write("shop/freshet.toml", "");
    place.write("shop/functions/f.dg", "int broken() { return nothing; }\n");
    place.write("shop/a.dg", "info broken();\n");
    place.write("shop/b.dg", "info broken() +;\n");
    let run = ["batch", "run", "shop/a.dg", "shop/b.dg"];
    let told = place
        .run(&run)
        .fails(65, &["nothing was run, since 2 scripts do not compile"]);
    assert_eq!(told.err.matches("E0201").count(), 1, "{}", told.err);
    let refused = place.run(&[&run[..], &["--json"]].concat()).json();
    let places: Vec<&str> = refused["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| told["file"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["shop/functions/f.dg", "shop/b.dg"]);
    assert_eq!(
        refused["scripts"].to_string(),
        "[\"shop/a.dg\",\"shop/b.dg\"]"
    );
    place.run(&["batch", "list"]).ok().prints("");
}

#[test]
fn a_plan_joins_several_and_sets_options() {
    let place = Place::new();
    place.write("scripts/a.dg", "info \"a\" + id;\n");
    place.write("scripts/b.dg", "info \"b\" + x;\n");
    place.write("scripts/rows.csv", "id\n1\n2\n");
    place.write(
        "scripts/nightly.toml",
        "name = \"nightly\"\nin-flight = 1\ntimeout = \"30s\"\n\n[[batch]]\nname = \"first\"\nscript = \"a.dg\"\n\
         jobs = \"rows.csv\"\n\n[[batch]]\nscripts = [\"b.dg\"]\narguments = { x = 3 }\n",
    );
    place
        .run(&["batch", "run", "scripts/nightly.toml"])
        .ok()
        .prints("a1\na2\nb3\n");
    let batch = shown(&place);
    assert_eq!(batch["name"], "nightly");
    assert_eq!(batch["jobs"][0]["script"], "first");
}

#[test]
fn all_mistakes_of_a_plan_are_told_at_once() {
    let place = Place::new();
    place.write(
        "plan.toml",
        "in-flight = 0\ncolour = 1\ntimeout = \"0s\"\n\n[[batch]]\nscript = 7\n\n[[batch]]\njobs = \"x.csv\"\n",
    );
    place.run(&["batch", "run", "plan.toml"]).fails(
        2,
        &[
            "6 mistakes",
            "plan.toml:1:13: `in-flight`",
            "plan.toml:2:1: there is no key `colour`",
            "plan.toml:3:11: `timeout`: found \"0s\", expected a time",
            "plan.toml:6:10: `script`: found 7, expected a text",
            "plan.toml:8:1: this batch names neither a script nor a function",
            "plan.toml:9:8: cannot read the jobs in x.csv",
        ],
    );
    place.write(
        "near.toml",
        "in_flight = 3\n[[batch]]\nscript = \"good.dg\"\njob = \"rows.csv\"\n",
    );
    place.run(&["batch", "run", "near.toml"]).fails(
        2,
        &[
            "near.toml:1:1: there is no key `in_flight` here; did you mean `in-flight`?",
            "near.toml:4:1: there is no key `job` here; did you mean `jobs`?",
        ],
    );
    // What is no TOML is told with what is wrong in other lines, and one plan with the other.
    place.write(
        "broken.toml",
        "name = \nin-flight = \"many\"\n[[batch]]\nscript = [1]\n",
    );
    place
        .run(&["batch", "run", "broken.toml", "plan.toml"])
        .fails(
            2,
            &[
                "9 mistakes",
                "broken.toml:1:",
                "broken.toml:2:13: `in-flight`",
                "broken.toml:4:10: `script`",
                "plan.toml:8:1",
            ],
        );
    place.write("good.dg", "info id;\n");
    place.write("one.csv", "id\n\"1\n");
    place.write("two.csv", "id,id\n1,2\n");
    for (plan, rows) in [("one.toml", "one.csv"), ("two.toml", "two.csv")] {
        place.write(
            plan,
            format!("[[batch]]\nscript = \"good.dg\"\njobs = \"{rows}\"\n"),
        );
    }
    place
        .run(&["batch", "run", "one.toml", "two.toml"])
        .fails(2, &["2 mistakes", "one.csv:2:1", "two.csv:1:4"])
        .prints("");
    place.write("empty.toml", "name = \"x\"\n");
    place
        .run(&["batch", "run", "empty.toml"])
        .fails(2, &["empty.toml:1:1: the plan has no jobs"]);
}

#[test]
fn what_no_rows_give_is_told_with_what_gives_it() {
    let place = Place::new();
    place.write("takes.dg", "void f(int id, string mail) { info mail; }\n");
    place.run(&["batch", "run", "takes.dg", "id=3"]).fails(
        2,
        &[
            "there is no file id=3",
            "help: if it is meant as an argument: a batch takes those from rows",
            "takes.dg: no argument for the parameter `id` (int) of `f`",
            "help: name rows that have a column `id`: `--jobs rows.csv`",
            "takes.dg: no argument for the parameter `mail` (string) of `f`",
        ],
    );
    place.write(
        "plan.toml",
        "[[batch]]\nscript = \"takes.dg\"\narguments = { id = 1 }\n",
    );
    place.run(&["batch", "run", "plan.toml"]).fails(
        2,
        &[
            "1 mistake",
            "plan.toml:1:1: no argument for the parameter `mail` (string) of `f`",
            "help: give `mail` under `arguments`, or name rows: jobs = \"rows.csv\"",
        ],
    );
}

#[test]
fn rows_of_a_plan_that_is_no_toml_are_judged_as_far_as_they_can_be() {
    let place = Place::new();
    place.write("takes.dg", "void f(int id, string mail) { info mail; }\n");
    place.write("rows.csv", "id,colour\n1,red\nx,blue\n");
    place.write("rows.jsonl", "{\"id\": 1}\n{\"id\": true}\n");
    place.write(
        "plan.toml",
        "name = \n[[batch]]\nscript = \"takes.dg\"\njobs = \"rows.csv\"\n\n\
         [[batch]]\nscript = \"takes.dg\"\njobs = \"rows.jsonl\"\n",
    );
    // That `mail` is missing cannot be known: it may stand where the plan cannot be read.
    place.run(&["batch", "run", "plan.toml"]).fails(
        2,
        &[
            "4 mistakes",
            "plan.toml:1:",
            "rows.csv:1:4: `f` has no parameter `colour`",
            "rows.csv:3:1: the argument `id`: found `x`",
            "rows.jsonl:2:8: the argument `id`: found `true`",
        ],
    );
}

#[test]
fn what_a_plan_names_and_is_not_there_is_told_with_all_else() {
    let place = Place::new();
    place.write("shows.dg", "info id;\n");
    place.write("wrong.dg", "info 1 +;\n");
    place.write("other.toml", "name = \"x\"\n");
    place.write("good.csv", "id\n1\n");
    place.write("odd.csv", "id,id\n1,2\n");
    place.write(
        "plans/all.toml",
        "colour = 1\n\n[[batch]]\nscript = \"../other.toml\"\n\n[[batch]]\nscripts = [\"../shows.dg\", \"none.dg\"]\n\
         jobs = \"../good.csv\"\n\n[[batch]]\nscript = \"../shows.dg\"\njobs = \"none.csv\"\n\n[[batch]]\n\
         script = \"../wrong.dg\"\njobs = \"../odd.csv\"\n\n[[batch]]\nfunction = \"billing.remind\"\n\n[[batch]]\n\
         script = \"../shows.dg\"\nfunction = \"nothing\"\njobs = \"../good.csv\"\n\n[[batch]]\n\
         script = \"gone.dg\"\njob = \"../good.csv\"\n",
    );
    place
        .run(&["batch", "run", "plans/all.toml"])
        .fails(
            65,
            &[
                "plans/all.toml:1:1: there is no key `colour`",
                "plans/all.toml:4:10: ../other.toml is a plan, expected a script",
                "plans/all.toml:7:27: there is no file plans/none.dg",
                "plans/all.toml:12:8: cannot read the jobs in plans/none.csv",
                "../odd.csv:1:4: two columns have the name `id`",
                "plans/all.toml:19:12: no script was named, and there is no project",
                "plans/all.toml:23:12: ../shows.dg has no function `nothing`",
                "plans/all.toml:28:1: there is no key `job` here; did you mean `jobs`?",
                "plans/all.toml:27:10: there is no file plans/gone.dg",
                "10 mistakes",
                "wrong.dg:1",
                "nothing was run",
            ],
        )
        .prints("");
    // Each alone is a mistake in the plan.
    place.write("one.toml", "[[batch]]\nscript = \"none.dg\"\n");
    place
        .run(&["batch", "run", "one.toml"])
        .fails(2, &["1 mistake", "one.toml:2:10: there is no file none.dg"]);
    // Those of the command line are told together too.
    let named = ["batch", "run", "none.dg", "gone.dg", "--jobs", "none.csv"];
    place.run(&named).fails(
        74,
        &[
            "no file none.dg",
            "no file gone.dg",
            "cannot read the jobs in none.csv",
        ],
    );
    place.run(&["batch", "list"]).ok().prints("");
}

#[test]
fn arguments_of_a_plan_are_judged_where_they_stand_and_give_way_to_columns() {
    let place = Place::new();
    place.write(
        "f.dg",
        "void f(int id, bool paid)\n{\n    info id + \" \" + paid;\n}\n",
    );
    place.write("rows.csv", "id\n1\n2\n");
    let plan = |arguments: &str| {
        let text = format!(
            "[[batch]]\nscript = \"f.dg\"\njobs = \"rows.csv\"\narguments = {{ {arguments} }}\n"
        );
        place.write("plan.toml", text);
        place.run(&["batch", "run", "plan.toml", "--in-flight", "1"])
    };
    // Once, and not for each row.
    plan("paid = \"maybe\", more = 1").fails(
        2,
        &[
            "2 mistakes",
            "plan.toml:4:15: the argument `paid`: found `\"maybe\"`, expected bool",
            "plan.toml:4:31: `f` has no parameter `more`",
        ],
    );
    let hidden = plan("paid = true, id = 9").ok().prints("1 true\n2 true\n");
    let told = "warning: plan.toml:4:28: the argument `id` is never taken: the column `id`";
    assert!(hidden.err.contains(told), "{}", hidden.err);
    place.write("rows.csv", "");
    place.write(
        "once.toml",
        "[[batch]]\nscript = \"f.dg\"\narguments = { id = \"x\" }\n",
    );
    place.run(&["batch", "run", "once.toml"]).fails(
        2,
        &[
            "2 mistakes",
            "once.toml:3:15: the argument `id`: found",
            "once.toml:1:1: no argument for the parameter `paid`",
        ],
    );
}

#[test]
fn keys_below_a_broken_header_are_not_told_of() {
    let place = Place::new();
    place.write("f.dg", "info 1;\n");
    place.write(
        "plan.toml",
        "[[batch]\nscript = \"f.dg\"\n\n[[batch]]\nscrip = \"f.dg\"\n",
    );
    let told = place.run(&["batch", "run", "plan.toml"]).fails(
        2,
        &["plan.toml:1:", "plan.toml:5:1: there is no key `scrip`"],
    );
    assert!(!told.err.contains("plan.toml:2:"), "{}", told.err);
}

#[test]
fn the_same_command_with_a_key_goes_on_instead_of_repeating() {
    let place = Place::new();
    place.write(
        "f.dg",
        "info id;\nif (id == 2 && ok == false) { x = 1 / 0; }\n",
    );
    place.write("rows.csv", "id,ok\n1,false\n2,false\n");
    let arguments = [
        "batch",
        "run",
        "f.dg",
        "--jobs",
        "rows.csv",
        "--key",
        "id",
        "--in-flight",
        "1",
    ];
    let first = place.run(&arguments);
    assert_eq!((first.exit, first.out.as_str()), (Some(3), "1\n2\n"));
    // A row more, and one mended: the first is not run again.
    place.write("rows.csv", "id,ok\n1,true\n2,true\n3,true\n");
    let second = place.run(&arguments).ok();
    assert_eq!(second.out, "2\n3\n");
    assert!(
        second.err.contains(
            "goes on: 1 done before, 1 new, 1 once more; 1 of those done had other arguments"
        ),
        "{}",
        second.err
    );
    assert_eq!(states(&place), ["succeeded"; 3]);
    let list = place.run(&["batch", "list", "--json"]).ok().json();
    assert_eq!(list["batches"].as_array().unwrap().len(), 1);
}

/// A project with a function that the batch is over.
fn project() -> Place {
    let place = Place::new();
    place.write(
        "shop/freshet.toml",
        "[variables]\ncurrency = \"EUR\"\n\n[batch]\nin-flight = 1\n",
    );
    place.write(
        "shop/functions/billing.dg",
        "string billing.remind(int id, float amount)\n{\n    return id + \": \" + amount + \" \" + zoho.appvariable.currency;\n}\n",
    );
    place.write(
        "shop/scripts/remind.dg",
        "info billing.remind(id, amount);\n",
    );
    place.write("rows.csv", "id,amount\n1,2.5\n2,10\n");
    place
}

#[test]
fn functions_of_a_project_are_called_by_scripts_and_by_name() {
    let place = project();
    place
        .run(&[
            "batch",
            "run",
            "shop/scripts/remind.dg",
            "--jobs",
            "rows.csv",
            "--in-flight",
            "1",
        ])
        .ok()
        .prints("1: 2.5 EUR\n2: 10 EUR\n");
    let by_name = [
        "batch",
        "run",
        "--project",
        "shop",
        "--function",
        "billing.remind",
        "--jobs",
        "rows.csv",
    ];
    place.run(&by_name).ok();
    let batch = shown(&place);
    assert_eq!(batch["jobs"][1]["result"], "2: 10 EUR");
    assert_eq!(batch["jobs"][1]["script"], "billing.remind");
    let wrong = [
        "batch",
        "run",
        "--project",
        "shop",
        "--function",
        "billing.remnd",
        "--jobs",
        "rows.csv",
    ];
    let told = place.run(&wrong);
    assert!(
        matches!(told.exit, Some(2 | 65)) && told.err.contains("billing.remnd"),
        "{told:?}"
    );
    place
        .run(&[
            "batch",
            "run",
            "--function",
            "billing.remind",
            "--jobs",
            "rows.csv",
        ])
        .fails(2, &["there is no project", "billing.remind"]);
}

#[test]
fn a_mended_function_is_taken_by_retry_and_an_error_is_told_in_its_file() {
    let place = project();
    place.write(
        "shop/functions/billing.dg",
        "string billing.remind(int id, float amount)\n{\n    return amount / 0;\n}\n",
    );
    place
        .run(&[
            "batch",
            "run",
            "shop/scripts/remind.dg",
            "--jobs",
            "rows.csv",
        ])
        .fails(3, &["billing.dg:3:19", "`billing.remind` called at"]);
    place.write(
        "shop/functions/billing.dg",
        "string billing.remind(int id, float amount)\n{\n    return \"mended \" + id;\n}\n",
    );
    place
        .run(&["batch", "retry", "last", "--in-flight", "1"])
        .ok()
        .prints("mended 1\nmended 2\n");
    place.write(
        "shop/functions/billing.dg",
        "string billing.remind(int id\n",
    );
    place
        .run(&[
            "batch",
            "run",
            "shop/scripts/remind.dg",
            "--jobs",
            "rows.csv",
        ])
        .fails(65, &["billing.dg:"])
        .prints("");
}

#[test]
fn the_shop_among_the_scripts_reminds_a_customer_a_row() {
    let scripts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/shop");
    let file = |name: &str| scripts.join(name).to_string_lossy().into_owned();
    let expected = std::fs::read_to_string(file("scripts/remind.out")).unwrap();
    let (script, rows) = (file("scripts/remind.dg"), file("invoices.csv"));
    Place::new()
        .run(&[
            "batch",
            "run",
            &script,
            "--jobs",
            &rows,
            "--key",
            "invoice",
            "--in-flight",
            "1",
        ])
        .ok()
        .prints(&expected);
}

#[test]
fn as_many_mistakes_as_rows_are_told_in_good_time() {
    let place = Place::new();
    place.write("f.dg", "void f(int id) { info id; }\n");
    let tell = |rows: usize| {
        let lines: String = (0..rows).map(|row| format!("number {row}\n")).collect();
        place.write("rows.csv", format!("id\n{lines}"));
        let begun = std::time::Instant::now();
        place
            .run(&["batch", "run", "f.dg", "--jobs", "rows.csv"])
            .fails(2, &["rows.csv:2:1", "more mistakes, in lines 22–"]);
        begun.elapsed()
    };
    // Ten times as many take about ten times as long, and not a hundred times.
    let (few, many) = (tell(6_000), tell(60_000));
    assert!(many < few * 40, "{few:?}, {many:?}");
}

#[test]
fn standard_input_gives_one_thing() {
    let place = Place::new();
    place.write("f.dg", "info id;\n");
    // A script, or its jobs.
    place
        .run_with_input(&["batch", "run", "-"], "info \"from outside\";\n")
        .ok()
        .prints("from outside\n");
    let rows = "id\n1\n";
    place
        .run_with_input(&["batch", "run", "f.dg", "--jobs", "-"], rows)
        .ok()
        .prints("1\n");
    for arguments in [&["-", "--jobs", "-"][..], &["-", "-"]] {
        place
            .run_with_input(&[&["batch", "run"], arguments].concat(), rows)
            .fails(2, &["standard input can be read once", "into a file"])
            .prints("");
    }
    // A script from outside needs nothing of the project that it does not call: W0209 tells of the folder only if it is read.
    place.write("freshet.toml", "");
    place.write("functions/one.dg", "int one() { return 2; }\n");
    let own = "int one() { return 1; }\ninfo one();\n";
    let run = place.run_with_input(&["batch", "run", "-"], own).ok();
    assert!(!run.err.contains("W0209"), "{}", run.err);
    run.prints("1\n");
}
