//! `freshet repl` over a pipe: entries in, what they print out, no prompt.

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
fn a_pipe_leaves_no_history() {
    let place = Place::new();
    place
        .run_with_input(&["repl"], "secret = \"hidden\";\n")
        .ok();
    assert!(place.files().is_empty(), "{:?}", place.files());
}
