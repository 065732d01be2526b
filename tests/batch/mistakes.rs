//! Everything that keeps a batch from being made, told at once.

use serde_json::json;

use crate::support::place::{Outcome, Place, feed};

/// Runs a batch over these files.
fn batch(place: &Place, arguments: &[&str]) -> Outcome {
    place.run(&[&["batch", "run"], arguments].concat())
}

/// It was refused with exactly these mistakes, in this order, in one list.
#[track_caller]
fn lists(told: &Outcome, exit: i32, mistakes: &[&str]) {
    assert_eq!(told.exit, Some(exit), "{}", told.err);
    let count = match mistakes.len() {
        1 => "there is 1 mistake:".to_owned(),
        several => format!("there are {several} mistakes:"),
    };
    assert!(told.err.contains(&count), "{count}\n{}", told.err);
    assert_eq!(told.err.matches("error:").count(), 1, "{}", told.err);
    let mut rest = told.err.as_str();
    for mistake in mistakes {
        let at = rest.find(mistake);
        let at = at.unwrap_or_else(|| panic!("`{mistake}` is not told there:\n{}", told.err));
        rest = &rest[at + mistake.len()..];
    }
    assert_eq!(told.out, "");
}

/// A place with a function that takes a number and a boolean.
fn place() -> Place {
    let place = Place::new();
    place.write("f.dg", "void f(int id, bool paid)\n{\n    info id;\n}\n");
    place
}

#[test]
fn header_form_key_and_values_of_rows_are_judged_together() {
    let place = place();
    place.write(
        "rows.csv",
        "id,payed\n1,true\nx,true\n3\n1,true\n5,tr\"ue\n,true\n",
    );
    let run = ["f.dg", "--jobs", "rows.csv", "--key", "id"];
    lists(
        &batch(&place, &run),
        2,
        &[
            "rows.csv:1:1: no column gives the parameter `paid`",
            "rows.csv:1:4: `f` has no parameter `payed`",
            "rows.csv:3:1: the argument `id`: found `x`, expected int",
            "rows.csv:4:1: found 1 value in this row",
            "rows.csv:5:1: the id `1` names the job of line 2 already",
            "rows.csv:6:5: found a quote in a value",
            "rows.csv:7:1: there is no `id`, which names the job",
            "rows.csv:7:1: the argument `id`: found ``",
        ],
    );
    // With no column for the key, the values are judged all the same.
    place.write("rows.csv", "id,paid\n1,maybe\n2,\"x\ny\n3,no\n");
    let run = ["f.dg", "--jobs", "rows.csv", "--key", "number"];
    lists(
        &batch(&place, &run),
        2,
        &[
            "rows.csv:1:1: no column `number`",
            "rows.csv:2:3: the argument `paid`: found `maybe`",
            "rows.csv:3:3: a quote is opened here and never closed",
            "rows.csv:4:1: found 1 value in this row",
            "rows.csv:5:3: the argument `paid`: found `no`",
        ],
    );
    // A header that can be read for the most part, and a file that is no UTF-8 in one row.
    place.write("rows.csv", b"id, paid,id,\nx,maybe,y,1\n\xfc,\xfc,1,1\n");
    lists(
        &batch(&place, &["f.dg", "--jobs", "rows.csv"]),
        2,
        &[
            "rows.csv:1:4: found blanks around the name of the column `paid`",
            "rows.csv:1:10: two columns have the name `id`",
            "rows.csv:1:13: column 4 has no name",
            "rows.csv:2:3: the argument `paid`: found `maybe`",
            "rows.csv:2:9: the argument `id`: found `y`",
            "rows.csv:3:1: found bytes that are not UTF-8",
        ],
    );
}

#[test]
fn a_header_that_is_none_says_nothing_about_the_rows() {
    let place = place();
    for (rows, mistakes) in [
        (&b"id;paid\n1;true\n"[..], &["rows.csv:1:3: found `;`"][..]),
        (
            b"\xff\xfei\0d\0\n\x001\0\n\0",
            &["rows.csv:1:1: found bytes"],
        ),
        (
            b"\"id,paid\n1,\"x\"y\n",
            &[
                "rows.csv:2:4: found text behind a closing quote",
                "rows.csv:2:5",
            ],
        ),
    ] {
        place.write("rows.csv", rows);
        let told = batch(&place, &["f.dg", "--jobs", "rows.csv", "--key", "id"]);
        assert_eq!(told.exit, Some(2), "{}", told.err);
        assert!(told.err.contains(mistakes[0]), "{}", told.err);
        assert!(!told.err.contains("no column"), "{}", told.err);
    }
}

#[test]
fn form_key_and_values_of_json_lines_are_judged_together() {
    let place = place();
    place.write(
        "rows.jsonl",
        b"{\"id\": 1, \"paid\": true}\n{\"id\": }\n{\"id\": \"x\", \"paid\": true}\n{\"id\": 1, \"paid\": 2}\n\
          {\"paid\": true}\n{\"id\": \"\xff\"}\n{\"id\": 7, \"id\": 8, \"paid\": \"no\"}\n",
    );
    let run = ["f.dg", "--jobs", "rows.jsonl", "--key", "id"];
    lists(
        &batch(&place, &run),
        2,
        &[
            "rows.jsonl:2:8: no JSON",
            "rows.jsonl:3:8: the argument `id`: found `\"x\"`",
            "rows.jsonl:4:8: the id `1` names the job of line 1 already",
            "rows.jsonl:4:19: the argument `paid`: found `2`",
            "rows.jsonl:5:1: there is no `id`, which names the job",
            "rows.jsonl:5:1: no argument for the parameter `id`",
            "rows.jsonl:6:9: found bytes that are not UTF-8",
            "rows.jsonl:7:17: the member `id` stands there twice",
            "rows.jsonl:7:28: the argument `paid`: found `\"no\"`",
        ],
    );
}

#[test]
fn scripts_rows_and_files_that_are_not_there_are_one_list_and_one_document() {
    let place = place();
    place.write("rows.csv", "id,paid\nx,true\n");
    place.write("bad.dg", "info 1 +;\ninfo (2;\n");
    // What is wrong inside of a function says nothing about what it takes.
    place.write(
        "g.dg",
        "void g(int id, bool paid)\n{\n    info nothing;\n}\n",
    );
    let all = ["f.dg", "bad.dg", "none.dg", "g.dg", "--jobs", "rows.csv"];
    lists(
        &batch(&place, &all),
        65,
        &[
            "there is no file none.dg",
            "rows.csv:2:1: the argument `id`: found `x`",
            "bad.dg:1:9: ",
            "bad.dg:2:",
            "g.dg:3:10:",
        ],
    );
    let told = batch(&place, &[&all[..], &["--json"]].concat());
    assert_eq!((told.exit, told.err.as_str()), (Some(65), ""));
    let document = told.json();
    assert_eq!(document["state"], "refused");
    assert_eq!(document["scripts"], json!(["bad.dg", "g.dg"]));
    let found: Vec<String> = document["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["severity"], one["file"], one["line"]))
        .collect();
    assert_eq!(
        found,
        [
            "\"error\" null null",
            "\"error\" \"rows.csv\" 2",
            "\"error\" \"bad.dg\" 1",
            "\"error\" \"bad.dg\" 2",
            "\"error\" \"g.dg\" 3",
        ]
    );
    // The code of what is not there stands for itself alone: rows with mistakes are a wrong use.
    let mixed = ["f.dg", "none.dg", "--jobs", "rows.csv"];
    lists(
        &batch(&place, &mixed),
        2,
        &["there is no file none.dg", "rows.csv:2:1"],
    );
    let gone = ["none.dg", "gone.dg", "--jobs", "none.csv"];
    lists(
        &batch(&place, &gone),
        74,
        &["jobs in none.csv", "no file none.dg", "no file gone.dg"],
    );
    let gone = batch(&place, &[&gone[..], &["--json"]].concat()).prints("");
    assert_eq!(gone.json_error()["exit"], 74);
    batch(&place, &["none.dg"])
        .fails(74, &["error: there is no file none.dg"])
        .prints("");
    place.run(&["batch", "list"]).ok().prints("");
}

#[test]
fn mistakes_of_many_files_are_counted_in_their_files() {
    let place = place();
    let rows = |count: usize| format!("id,paid\n{}", "x,true\n".repeat(count));
    place.write("one.csv", rows(30));
    place.write("two.csv", rows(3));
    place.write(
        "plan.toml",
        "[[batch]]\nscript = \"f.dg\"\njobs = \"one.csv\"\n\n[[batch]]\nscript = \"f.dg\"\njobs = \"two.csv\"\n",
    );
    batch(&place, &["plan.toml"]).fails(
        2,
        &[
            "33 mistakes",
            "… and 13 more mistakes, in lines 22–31; two.csv lines 2–4",
        ],
    );
}

#[test]
fn plans_behind_one_that_is_not_there_are_read() {
    let place = place();
    place.write("rows.csv", "id,paid\nx,true\n");
    place.write(
        "plan.toml",
        b"name = \"\xff\"\ncolour = 1\n\n[[batch]]\nscript = \"f.dg\"\njobs = \"rows.csv\"\n",
    );
    lists(
        &batch(&place, &["none.toml", "plan.toml", "gone.toml"]),
        2,
        &[
            "cannot read the plan none.toml",
            "plan.toml:1:9: found bytes that are not UTF-8",
            "plan.toml:2:1: there is no key `colour`",
            "cannot read the plan gone.toml",
            "rows.csv:2:1: the argument `id`",
        ],
    );
    lists(
        &batch(&place, &["none.toml", "gone.toml"]),
        74,
        &["plan none.toml", "plan gone.toml"],
    );
    // A key that resembles none leaves what is run as it is.
    place.write(
        "plan.toml",
        "[[batch]]\nscript = \"f.dg\"\njobs = \"rows.csv\"\nowner = \"me\"\n",
    );
    lists(
        &batch(&place, &["plan.toml"]),
        2,
        &[
            "plan.toml:4:1: there is no key `owner`",
            "rows.csv:2:1: the argument `id`: found `x`",
        ],
    );
}

#[test]
fn wrong_settings_hide_nothing_and_warnings_are_none_of_the_mistakes() {
    let place = Place::new();
    place.write(
        "shop/freshet.toml",
        "[project]\nnme = \"x\"\n[batch]\nin-flight = 0\n",
    );
    // Functions of the project are not known: that is no mistake.
    place.write("shop/a.dg", "info remind(id);\ninfo 1 +;\n");
    place.write("shop/rows.csv", "id,id\n1,2\n");
    place.write(
        "shop/plan.toml",
        "colour = 1\n[[batch]]\nscript = \"a.dg\"\njobs = \"rows.csv\"\n",
    );
    let told = batch(&place, &["shop/plan.toml"]);
    let odd = "warning: shop/freshet.toml:2:1: there is no setting `project.nme`";
    let (before, _) = told.err.split_once("error:").unwrap();
    assert!(before.contains(odd), "{}", told.err);
    lists(
        &told,
        65,
        &[
            "shop/plan.toml:1:1: there is no key `colour`",
            "shop/freshet.toml:4:13: `batch.in-flight`: found 0",
            "shop/rows.csv:1:4: two columns have the name `id`",
            "shop/a.dg:2:",
        ],
    );
    place.write("shop/a.dg", "info 1;\n");
    assert_eq!(batch(&place, &["shop/plan.toml"]).exit, Some(78));
    // Alone they are what every command says of them.
    batch(&place, &["shop/a.dg"]).fails(78, &["error: shop/freshet.toml:4:13", "(E0302)", odd]);
}

#[test]
fn files_of_one_name_in_two_folders_are_two_files() {
    let place = Place::new();
    for shop in ["north", "south"] {
        place.write(&format!("{shop}/a.dg"), "info 1 +;\n");
        place.write(&format!("{shop}/rows.csv"), "id,id\n1,2\n");
        place.write(
            &format!("{shop}/plan.toml"),
            "[[batch]]\nscript = \"a.dg\"\njobs = \"rows.csv\"\n",
        );
    }
    lists(
        &batch(&place, &["north/plan.toml", "south/plan.toml"]),
        65,
        &[
            "north/rows.csv:1:4",
            "north/a.dg:1:",
            "south/rows.csv:1:4",
            "south/a.dg:1:",
        ],
    );
}

#[test]
fn a_wrong_variable_of_the_environment_is_named() {
    let place = place();
    for (name, value) in [
        ("FRESHET_LIMIT", "foo"),
        ("FRESHET_LIMIT", "steps=1,speed=3"),
        ("FRESHET_IN_FLIGHT", "0"),
        ("FRESHET_RETRIES", "1001"),
        ("FRESHET_TIMEOUT", "0s"),
        ("FRESHET_MAX_FAILURES", "0"),
        ("FRESHET_FAIL_FAST", "maybe"),
        ("FRESHET_BATCH_RUN_REPORT", "pdf=x"),
        ("FRESHET_FORMAT", "xml"),
    ] {
        // Another variable and other words may have the same value.
        let mut command = place.command(&["batch", "run", "f.dg", "--name", value]);
        command.env(name, value).env("FRESHET_A", value);
        let told = format!("the value is that of {name} of the environment");
        feed(command, b"").fails(2, &[&told]).prints("");
    }
    let typed = batch(&place, &["f.dg", "--limit", "foo"]).fails(2, &["--limit"]);
    assert!(!typed.err.contains("environment"), "{}", typed.err);
}
