//! What a script of a project can call, and where errors are shown.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::place::Place;

/// A project with two functions, and a script that calls one of them.
pub fn shop() -> Place {
    let place = Place::new();
    place.write("shop/freshet.toml", "[project]\nname = \"corner shop\"\n");
    place.write(
        "shop/functions/billing/remind.dg",
        "/* Reminds of an invoice.\n * @param id the invoice\n */\nstring billing.remind(int id)\n{\n    return \"reminded of \" + billing.label(id);\n}\n",
    );
    place.write(
        "shop/functions/label.dg",
        "string billing.label(int id) { return \"R-\" + id; }\nint twice(int n) { return n * 2; }\n",
    );
    place.write(
        "shop/scripts/nightly.dg",
        "info billing.remind(7);\ninfo twice(4);\n",
    );
    place
}

#[test]
fn a_script_calls_the_functions_of_the_project_above_it() {
    let place = shop();
    let printed = "reminded of R-7\n8\n";
    place
        .run(&["shop/scripts/nightly.dg"])
        .ok()
        .prints(printed)
        .quietly();
    // From within the project, from standard input, and for a script elsewhere.
    let mut inside = place.command(&["nightly.dg"]);
    inside.current_dir(place.path("shop/scripts"));
    crate::support::place::feed(inside, b"")
        .ok()
        .prints(printed);
    let mut piped = place.command(&["run", "-"]);
    piped.current_dir(place.path("shop/functions"));
    crate::support::place::feed(piped, b"info thisapp.billing.label(1);")
        .ok()
        .prints("R-1\n");
    place.write("other.dg", "info twice(21);\n");
    place.run(&["other.dg"]).fails(65, &["E0202"]);
    place
        .run(&["other.dg", "--project", "shop"])
        .ok()
        .prints("42\n");
    let mut by_variable = place.command(&["other.dg"]);
    by_variable.env("FRESHET_PROJECT", "shop");
    crate::support::place::feed(by_variable, b"")
        .ok()
        .prints("42\n");
    place
        .run(&["shop/scripts/nightly.dg", "--isolated"])
        .fails(65, &["E0202", "billing.remind"]);
    place.run(&["other.dg", "--project", "work"]).fails(
        2,
        &["there is no freshet.toml in work", "freshet init work"],
    );
}

#[test]
fn an_error_of_a_project_file_is_shown_there_with_the_calls_that_led_to_it() {
    let place = shop();
    place.write("shop/functions/label.dg", "string billing.label(int id)\n{\n    return \"R-\" + 1 / 0;\n}\nint twice(int n) { return n; }\n");
    place.run(&["shop/scripts/nightly.dg"]).fails(
        1,
        &[
            "division by zero",
            "shop/functions/label.dg:3:21",
            "return \"R-\" + 1 / 0;",
            "`billing.label` called at shop/functions/billing/remind.dg:6:37",
            "`billing.remind` called at shop/scripts/nightly.dg:1:14",
        ],
    );
    let document = place
        .run(&["run", "shop/scripts/nightly.dg", "--json"])
        .json();
    assert_eq!(
        document["diagnostics"][0]["file"],
        "shop/functions/label.dg"
    );
    assert_eq!(document["diagnostics"][0]["line"], 3);
    assert_eq!(document["calls"][1]["file"], "shop/scripts/nightly.dg");
    // Compile errors too, each in its file; the number of a caught error is that of its own file.
    place.write(
        "shop/functions/label.dg",
        "string billing.label(int id)\n{\n    return nothing;\n}\nint twice(int n) { return n; }\n",
    );
    place
        .run(&["shop/scripts/nightly.dg"])
        .fails(65, &["E0201", "shop/functions/label.dg:3:12", "nothing"])
        .prints("");
    place.write("shop/scripts/wrong.dg", "info billing.label(1, 2);\n");
    place.run(&["shop/scripts/wrong.dg"]).fails(
        65,
        &[
            "E0204",
            "shop/scripts/wrong.dg:1:14",
            "declared here",
            "shop/functions/label.dg",
        ],
    );
}

#[test]
fn nothing_is_read_that_a_script_does_not_need() {
    let place = shop();
    // Whoever reads the folder warns of a function that stands in both (W0209).
    place.write(
        "shop/plain.dg",
        "int twice(int n) { return n + n; }\ninfo twice(2);\ninfo \"ab\".length() + Map().size();\n",
    );
    place
        .run(&["shop/plain.dg"])
        .ok()
        .prints("4\n2\n")
        .quietly();
    place.run(&["check", "shop/plain.dg"]).ok().quietly();
}

#[test]
fn a_pipe_with_the_name_of_a_script_is_waited_for_by_nobody() {
    let place = shop();
    let pipe = place.path("shop/functions/pipe.dg");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    place.run(&["shop/scripts/nightly.dg"]).ok().quietly();
    place.run(&["check", "shop"]).ok().quietly();
    let listed = place.run(&["function", "list", "--project", "shop"]).ok();
    assert!(listed.out.contains("billing.remind"), "{}", listed.out);
}

#[test]
fn what_is_wrong_with_a_file_counts_only_when_it_is_used() {
    let place = shop();
    place.write("shop/functions/broken.dg", "int broken.one( {\n");
    place.write(
        "shop/functions/loose.dg",
        "info 1;\nint loose.one() { return 1; }\n",
    );
    let nightly = ["shop/scripts/nightly.dg"];
    place.run(&nightly).ok().quietly();
    // One of its functions is called.
    place.write("shop/a.dg", "info loose.one();\n");
    place
        .run(&["shop/a.dg"])
        .fails(65, &["E0221", "shop/functions/loose.dg:1:1"])
        .prints("");
    // A function is found nowhere: it may be in the broken one.
    place.write("shop/b.dg", "info broken.two();\n");
    let told = place.run(&["shop/b.dg"]).fails(
        65,
        &[
            "E0202",
            "shop/b.dg:1:",
            "shop/functions/broken.dg:1:",
            "searched: shop/functions",
        ],
    );
    assert!(told.out.is_empty());
    fs::remove_file(place.path("shop/functions/broken.dg")).unwrap();
    fs::remove_file(place.path("shop/functions/loose.dg")).unwrap();
    place.run(&["shop/b.dg"]).fails(
        65,
        &["unknown function `broken.two`", "searched: shop/functions"],
    );
    place.write("shop/c.dg", "info billing.remnd(1);\n");
    place
        .run(&["shop/c.dg"])
        .fails(65, &["did you mean `billing.remind`?"]);
    fs::remove_dir_all(place.path("shop/functions")).unwrap();
    place
        .run(&["shop/b.dg"])
        .fails(65, &["shop/functions, which does not exist"]);
}

#[test]
fn a_file_that_is_not_to_be_read_is_told_of_when_a_function_is_missing() {
    let place = shop();
    // Not even a privileged user can read a folder as a file: a link that leads nowhere is the same to both.
    std::os::unix::fs::symlink("nowhere", place.path("shop/functions/gone.dg")).unwrap();
    place.run(&["shop/scripts/nightly.dg"]).ok().quietly();
    place.write("shop/b.dg", "info gone.one();\n");
    place.run(&["shop/b.dg"]).fails(
        65,
        &["E0202", "E0304", "shop/functions/gone.dg cannot be read"],
    );
    let closed = place.write("shop/functions/closed.dg", "");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    place.run(&["shop/scripts/nightly.dg"]).ok().quietly();
}

#[test]
fn a_name_twice_in_the_folder_is_an_error_and_twice_with_the_script_a_warning() {
    let place = shop();
    place.write(
        "shop/functions/other.dg",
        "int twice(int n) { return n + n; }\n",
    );
    place.write("shop/a.dg", "info billing.label(1);\n");
    place
        .run(&["shop/scripts/nightly.dg"])
        .fails(
            65,
            &[
                "E0205",
                "`twice` is declared twice",
                "shop/functions/label.dg",
                "shop/functions/other.dg:1:5",
            ],
        )
        .prints("");
    place.write(
        "shop/b.dg",
        "int twice(int n) { return 0; }\ninfo twice(4) + billing.label(1);\n",
    );
    place.run(&["shop/b.dg"]).fails(0, &["W0209"]);
    fs::remove_file(place.path("shop/functions/other.dg")).unwrap();
    place.run(&["shop/b.dg"]).ok().prints("0R-1\n");
    let told = place.run(&["shop/b.dg"]).err;
    assert!(
        told.contains("W0209") && told.contains("shop/functions/label.dg"),
        "{told}"
    );
    place.write(
        "shop/c.dg",
        "int one.f() { return 1; }\nint one.f() { return 2; }\ninfo one.f();\n",
    );
    place
        .run(&["shop/c.dg"])
        .fails(65, &["E0205", "shop/c.dg:2:9"]);
}

#[test]
fn a_function_of_the_project_with_a_built_in_name_is_meant_by_a_plain_call() {
    let place = shop();
    place.write(
        "shop/functions/round.dg",
        "int round(float n, int digits) { return 7; }\n",
    );
    place.write("shop/a.dg", "info round(2.5, 0);\ninfo 2.5.round(0);\n");
    let run = place.run(&["shop/a.dg"]).ok().prints("7\n3\n");
    assert!(run.err.contains("W02"), "{}", run.err);
}

#[test]
fn a_file_of_the_folder_can_be_run_itself() {
    let place = shop();
    place
        .run(&["shop/functions/billing/remind.dg", "id=3"])
        .ok()
        .quietly();
    let json = place
        .run(&[
            "run",
            "shop/functions/label.dg",
            "--function",
            "twice",
            "n=3",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(json["result"], 6);
}

#[test]
fn links_in_a_circle_and_hidden_files_do_no_harm() {
    let place = shop();
    std::os::unix::fs::symlink("..", place.path("shop/functions/billing/up")).unwrap();
    place.write("shop/functions/.draft.dg", "int twice(");
    place.write("shop/functions/.git/x.dg", "int twice(");
    place
        .run(&["shop/scripts/nightly.dg"])
        .ok()
        .prints("reminded of R-7\n8\n")
        .quietly();
}

#[test]
fn the_folder_of_functions_may_have_another_name() {
    let place = shop();
    let toml = "[functions]\nfolder = \"library/own\"\n";
    place.write("shop/freshet.toml", toml);
    fs::create_dir(place.path("shop/library")).unwrap();
    fs::rename(place.path("shop/functions"), place.path("shop/library/own")).unwrap();
    place
        .run(&["shop/scripts/nightly.dg"])
        .ok()
        .prints("reminded of R-7\n8\n");
    place.run(&["check", "shop"]).ok().quietly();
    let listed = place
        .run(&["function", "list", "--project", "shop"])
        .ok()
        .out;
    assert!(listed.contains("shop/library/own/label.dg:1"), "{listed}");
    place
        .run(&["function", "new", "more", "--project", "shop"])
        .fails(0, &["shop/library/own/more.dg written"]);
    place.write("shop/scripts/b.dg", "info twyce(1);\n");
    place
        .run(&["shop/scripts/b.dg"])
        .fails(65, &["E0202", "searched: shop/library/own"]);
    // It may lie elsewhere, and a folder with the usual name is nothing then.
    place.write("shop/freshet.toml", "[functions]\nfolder = \"../common\"\n");
    place.write(
        "shop/functions/twice.dg",
        "int twice(int n) { return 0; }\n",
    );
    place.write("common/twice.dg", "int twice(int n) { return n + n; }\n");
    place.write("shop/scripts/b.dg", "info twice(21);\n");
    place.run(&["shop/scripts/b.dg"]).ok().prints("42\n");
}

#[test]
fn two_functions_of_one_name_are_told_with_both_places_wherever_they_are_met() {
    let place = shop();
    place.write(
        "shop/functions/other.dg",
        "// Another one.\nint twice(int n) { return n + n; }\n",
    );
    let both = [
        "E0205",
        "`twice` is declared twice",
        "functions/label.dg:2",
        "functions/other.dg:2:5",
    ];
    let nightly = "shop/scripts/nightly.dg";
    place.run(&[nightly]).fails(65, &both).prints("");
    place.run(&["check", nightly]).fails(65, &both);
    place.run(&["check", "shop/functions"]).fails(65, &both);
    place.run(&["batch", "run", nightly]).fails(65, &both);
    let inside = |arguments: &[&str], input: &str| {
        let mut command = place.command(arguments);
        command.current_dir(place.path("shop"));
        crate::support::place::feed(command, input.as_bytes())
    };
    inside(&["function", "run", "twice", "n=1"], "").fails(65, &both);
    inside(&["repl"], "twice(4)\n").fails(65, &both).prints("");
    inside(
        &["repl"],
        "billing.label(1)\nint twice(int n) { return n; }\ntwice(4)\n",
    )
    .ok()
    .prints("\"R-1\"\n4\n");
    inside(&["check"], "").fails(65, &both);
    // So it is with a statement that stands outside of a function.
    fs::remove_file(place.path("shop/functions/other.dg")).unwrap();
    place.write(
        "shop/functions/loose.dg",
        "info 1;\nint loose.one() { return 1; }\n",
    );
    inside(&["repl"], "twice(4)\nloose.one()\n")
        .fails(65, &["E0221", "functions/loose.dg:1:1"])
        .prints("8\n");
}
