//! Functions that call themselves: to the documented depth and, whatever stands around the calls, never through the
//! end of the stack.

use super::run;

/// Calls inside each other that are allowed (language reference, 8).
const MOST: usize = 1000;

#[test]
fn a_thousand_calls_inside_each_other_work_and_one_more_does_not() {
    let direct = |calls: usize| {
        format!(
            "int down(int n) {{ if (n == 1) {{ return 1; }} return 1 + down(n - 1); }}\ninfo down({calls});"
        )
    };
    run(&direct(MOST)).prints("1000\n");
    run(&direct(MOST + 1)).fails(
        1,
        &["R0101", "-:1:", "`down` called at", "… 990 more calls …"],
    );

    let mutual = |calls: usize| {
        format!(
            "bool even(int n) {{ if (n == 0) {{ return true; }} return odd(n - 1); }}
             bool odd(int n) {{ if (n == 0) {{ return false; }} return even(n - 1); }}
             info even({calls});"
        )
    };
    run(&mutual(MOST - 1)).prints("false\n");
    run(&mutual(MOST)).fails(1, &["R0101"]);
}

#[test]
fn depth_ends_the_run_whatever_tries_to_catch_it() {
    run("void f() { try { f(); } catch (e) { info e; } } f(); info 1;").fails(1, &["R0101"]);
    run("void f() { for each x in {1} { f(); } } f();").fails(1, &["R0101"]);
    run("string f() { return {\"a\": f()}.toString(); } info f();").fails(1, &["R0101"]);
    run("void f(list l) { l.add(l); f(l); } f(List());").fails(1, &["R0101"]);
}

/// What may stand around a call: what is repeated before and behind it, and how often. Inside of it, all brackets that
/// a call leaves room for.
const AROUND: [(&str, &str, usize); 15] = [
    ("(", ")", 250),
    ("- - - - - - - - - - - - - - - - -(", ")", 250),
    ("(1 + ", ")", 250),
    (
        "(",
        " + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1)",
        250,
    ),
    (
        "(",
        ".abs().abs().abs().abs().abs().abs().abs().abs().abs().abs().abs().abs().abs().abs())",
        250,
    ),
    ("(", ".abs() * 1 + 0 * 1 % 7 - 0)", 250),
    ("if(true, ", ", 1)", 250),
    ("ifnull(null, ", ")", 250),
    ("isNull(", ")", 240),
    ("toNumber(toText(", "))", 120),
    ("{", "}.get(0)", 250),
    ("{1: ", "}.get(1)", 250),
    ("[List:Int(toText(", ")).get(0)].get(0)", 80),
    ("Collection(1: ", ").get(1)", 250),
    ("{1, 2, 3, f(n - 1), ", "}.get(4)", 1),
];

/// Statements around a call.
const BLOCKS: [(&str, &str); 5] = [
    ("if (true) {", "}"),
    ("if (false) { } else {", "}"),
    ("for each x in {1} {", "}"),
    ("while (true) {", "}"),
    ("try {", "} catch (e) { throw e; }"),
];

#[test]
fn the_stack_holds_what_stands_around_the_calls() {
    let check = |script: String| {
        let ended = run(&script);
        assert_eq!(ended.fault(), None, "{}", &script[..100]);
        // Either limit is told as such, where the call stands: that of calls, or that of the stack.
        let refused = ["R0101", "R0106"]
            .iter()
            .any(|code| ended.err.contains(code));
        assert!(ended.exit == Some(0) || refused, "{}", ended.err);
    };
    for (before, behind, depth) in AROUND {
        let around =
            |inside: &str| format!("{}{inside}{}", before.repeat(depth), behind.repeat(depth));
        // Deeper and deeper, and the whole depth of an expression again at every level.
        check(format!(
            "list g(int n) {{ return {{{}}}; }}
             list f(int n) {{ if (n == 0) {{ return {{}}; }} x = g(n); return {{{}}}; }}
             x = f(999);",
            around("n"),
            around("f(n - 1).size()")
        ));
    }
    for (before, behind) in BLOCKS {
        check(format!(
            "int f(int n) {{ if (n == 0) {{ return 0; }} {} return f(n - 1); {} return 1; }} info f(999);",
            before.repeat(250),
            behind.repeat(250)
        ));
    }
}
