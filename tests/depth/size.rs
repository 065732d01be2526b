//! Large sources and many errors.

use super::{freshet, run};

/// Largest source, in bytes.
const SOURCE: usize = 4 << 20;

fn check(script: &str) -> super::Ended {
    freshet(&["check", "-"], script)
}

/// As many lines as fit, then blanks.
fn filled(line: &str) -> String {
    let mut script = line.repeat(SOURCE / line.len());
    script += &" ".repeat(SOURCE - script.len());
    script
}

#[test]
fn a_source_may_have_4_mib_and_no_more() {
    for line in [
        "x = 1;\n",
        "x = f(\"some text\", {1, 2, 3}, {\"k\": x});\n",
        "// a comment\n",
        "if (1 == 2) { info \"no\"; }\n",
        "\n",
    ] {
        let declared = format!("list f(string s, list l, map m) {{ return l; }}\n{line}");
        let script = filled(&declared.replace("\nlist f", "\n"));
        // One declaration of the function, the rest calls.
        let script = match script.find("x = f(") {
            Some(_) => format!(
                "list f(string s, list l, map m) {{ return l; }}\nx = null;\n{}",
                filled(line)
                    .split_at(SOURCE - 200)
                    .0
                    .rsplit_once('\n')
                    .unwrap()
                    .0
            ),
            None => filled(line),
        };
        assert!(script.len() <= SOURCE);
        assert_eq!(check(&script).fault(), None);
        run(&script).prints("");
    }
    let one_more = filled("x = 1;\n") + " ";
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
