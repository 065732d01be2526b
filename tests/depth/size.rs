//! Large sources and many errors.

use super::{freshet, run};

/// Largest source, in bytes.
const SOURCE: usize = 4 << 20;

fn check(script: &str) -> super::Ended {
    freshet(&["check", "-"], script)
}

/// As many lines as fit behind a beginning, then blanks: a source of exactly the largest size.
fn filled(beginning: &str, line: &str) -> String {
    let room = SOURCE - beginning.len();
    let lines = line.repeat(room / line.len());
    format!("{beginning}{lines}{}", " ".repeat(room % line.len()))
}

#[test]
fn a_source_may_have_4_mib_and_no_more() {
    let declaration = "list f(string s, list l, map m) { return l; }\n";
    for (beginning, line) in [
        ("", "x = 1;\n"),
        (
            declaration,
            "x = f(\"some text\", {1, 2, 3}, {\"k\": 1.5});\n",
        ),
        ("", "// a comment\n"),
        ("", "if (1 == 2) { info \"no\"; }\n"),
        ("", "\n"),
    ] {
        let script = filled(beginning, line);
        assert_eq!(check(&script).fault(), None);
        run(&script).prints("");
    }
    let one_more = filled("", "x = 1;\n") + " ";
    check(&one_more).fails(65, &["E0101", "4 MiB"]);
    run(&one_more).fails(65, &["E0101"]);
    run(&"\u{feff}".repeat(SOURCE)).fails(65, &["E0101"]);
}

#[test]
fn twenty_errors_are_shown_and_the_rest_is_counted() {
    // Of the lexer, the brackets, the parser and the resolver.
    for line in [
        "x = # 1;\n",
        "x = 1];\n",
        "x = = 1;\n",
        "x = \"a\".noSuchFunction();\n",
    ] {
        let script = line.repeat(1000);
        for ended in [check(&script), run(&script)] {
            let ended = ended.fails(65, &["… and 980 more errors"]);
            assert_eq!(ended.err.matches("Error:").count(), 20, "{}", ended.err);
        }
    }
    let script = "x = \"\\d\";\n".repeat(1000);
    let ended = check(&script).prints("");
    assert_eq!(ended.err.matches("Warning:").count(), 20, "{}", ended.err);
    assert!(ended.err.contains("more warnings"), "{}", ended.err);
    // Warnings in any number hide no error.
    let ended = check(&format!("{script}x = = 1;")).fails(65, &["E0132"]);
    assert!(ended.err.contains("Error:"), "{}", ended.err);
}

/// Each unknown name is compared with the known ones, of which there may be as many.
#[test]
fn proposals_do_not_grow_with_the_square_of_a_file() {
    let functions: String = (0..10_000)
        .map(|n| format!("int abcdefgh{n}() {{ return 1; }}\nabcdefghi{n}();\n"))
        .collect();
    check(&functions).fails(65, &["E0202", "did you mean `abcdefgh"]);
    run(&functions).fails(65, &["E0202", "did you mean `abcdefgh"]);
    let variables: String = (0..40_000)
        .map(|n| format!("abcdefgh{n} = 1; info abcdefghi{n};\n"))
        .collect();
    check(&variables).fails(0, &["W0201", "did you mean `abcdefgh"]);
    let long = "x".repeat(100_000);
    check(&format!(
        "{long}a = 1; info {long}b;\nint {long}c() {{ return 1; }}\n{long}d();"
    ))
    .fails(65, &["W0201", "E0202"]);
}
