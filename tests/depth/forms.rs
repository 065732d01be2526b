//! Every form of the grammar that holds itself, nested, and every one that repeats, in a row.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{freshet, is_long};

/// Depths at which nested forms are tried. The last is as deep as a source of 4 MiB allows where that is less.
const DEPTHS: [usize; 3] = [100, 10_000, 1_000_000];
/// Links of a chain without brackets.
const LINKS: usize = 100_000;
/// Largest source, in bytes.
const SOURCE: usize = 4 << 20;

/// `before open open … inside close close … after`
type Nested = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);
/// `before link link … after`
type Chain = (&'static str, &'static str, &'static str);

/// Forms that count as brackets or signs: none may be deeper than 256 (language reference, 8).
const NESTED: &[Nested] = &[
    ("x = ", "(", "1", ")", ";"),
    ("x = ", "[", "1", "]", ";"),
    ("x = ", "{", "1", "}", ";"),
    ("x = ", "{1: ", "1", "}", ";"),
    ("x = ", "{", "1", ": 1}", ";"),
    ("x = ", "f(", "1", ")", ";"),
    ("x = ", "text(", "1", ")", ";"),
    ("x = ", "a.f(", "1", ")", ";"),
    ("x = ", "a.b.f(", "1", ")", ";"),
    ("x = ", "if(true, ", "1", ", 2)", ";"),
    ("x = ", "if(", "true", ", true, false)", ";"),
    ("", "if (if(", "true", ", true, false)) { }", ""),
    ("x = ", "ifnull(1, ", "1", ")", ";"),
    ("x = ", "List:Int(", "1", ")", ";"),
    ("x = ", "Collection(1: ", "1", ")", ";"),
    ("x = ", "invokeurl [ url: ", "\"a\"", " ]", ";"),
    ("", "invokeurl [ url: \"a\" headers: ", "1", " ]", ""),
    ("sendmail [ attachments: file: ", "f(", "a", ")", " ]"),
    ("x = ", "a[", "1", "]", ";"),
    ("x = ", "Orders[Id == ", "1", "]", ";"),
    ("x = ", "- ", "1", "", ";"),
    ("x = ", "!", "true", "", ";"),
    ("x = ", "-+!", "a", "", ";"),
    ("x = ", "!(", "true", ")", ";"),
    ("x = ", "1 + (", "1", ")", ";"),
    ("x = ", "true && (", "true", ")", ";"),
    ("x = ", "([{1: text(", "1", ")}])", ";"),
    ("if (", "(", "a = 1", ")", ") { }"),
    ("", "if (true) {", "", "}", ""),
    ("", "if (false) { } else {", "", "}", ""),
    ("", "if (false) { } else if (true) {", "", "}", ""),
    ("", "for each x in {1} {", "", "}", ""),
    ("", "for each index i in {1} {", "", "}", ""),
    ("", "while (false) {", "", "}", ""),
    ("", "try {", "", "} catch (e) { }", ""),
    ("", "try { throw 1; } catch (e) {", "", "}", ""),
];

/// Forms that nest without brackets or inside of what is skipped, and those whose first twenty levels are errors.
const LOOSE: &[Nested] = &[
    ("", "void f() {", "", "}", ""),
    ("", "{", "", "}", ""),
    ("x = ", "true ? ", "1", " : 2", ";"),
    ("", "/*", "", "*/", ""),
    ("", "if (true) ", "x = 1;", "", ""),
    ("", "else ", "x = 1;", "", ""),
    ("", "for each x in a ", "", "", ""),
    ("", "int f(int a) ", "", "", ""),
    ("", "insert into F [ a = ", "1", "]", ""),
];

const CHAINS: &[Chain] = &[
    ("x = 1", " + 1", ";"),
    ("x = \"a\"", " + \"b\"", ";"),
    ("x = 1", " - 1", ";"),
    ("x = 1", " * 1", ";"),
    ("x = 1", " / 1", ";"),
    ("x = 1", " % 7", ";"),
    ("x = 1", " + 1 * 2 - 3", ";"),
    ("x = true", " && true", ";"),
    ("x = false", " || false", ";"),
    ("x = true", " && true || false", ";"),
    ("x = 1", " < 1", ";"),
    ("x = 1", " == 1", ";"),
    ("if (x", " = 1", ") { }"),
    ("x = \"a\"", ".trim()", ";"),
    ("x = a", ".f(1)", ";"),
    ("x = a", ".b", ";"),
    ("x = a", "[0]", ";"),
    ("x = zoho", ".a", ";"),
    ("if (false) { }", " else if (false) { }", ""),
    ("if (false) { }", " else { }", ""),
    ("try { }", " catch (e) { }", ""),
    ("", "x = 1;\n", ""),
    ("", ";", ""),
    ("", "void f() { }\n", ""),
    ("void f(int a", ", int a", ") { }"),
    ("x = {1", ", 1", "};"),
    ("x = [1", ", 1", "];"),
    ("x = {1: 1", ", 1: 1", "};"),
    ("x = text(1", ", 1", ");"),
    ("x = invokeurl [ url: \"a\"", " a: 1", " ];"),
    ("sendmail [ to: \"a\"", ", \"a\"", " ];"),
    ("sendmail [ attachments: file: a", ", file: a", " ];"),
    ("insert into F [ ", "a = 1 ", "]"),
    ("x = \"", "\\n", "\";"),
    ("x = \"", "\\u0041", "\";"),
    ("x = \"", "\\d", "\";"),
    ("x", "x", " = 1;"),
    ("x = 1", "0", ";"),
    ("x = 1.", "0", ";"),
    ("", "/* */", ""),
    ("", "//\n", ""),
    ("x = 1", "\u{200b}", ";"),
    // What is no script at all.
    ("x", " = x", ";"),
    ("x", "++", ";"),
    ("x", " ", "= 1"),
    ("x = a", " ? b : c", ";"),
    ("x = a", ".", ";"),
    ("x = {", ",", "};"),
    ("x = {1", ": 1", "};"),
    ("x = ", "not ", "a;"),
    ("x = ", "new ", "a;"),
    ("", "word ", ""),
    ("", "int ", "x;"),
    ("", "\"", ""),
    ("", "'\n", ""),
    ("", "#", ""),
    ("", "“", ""),
    ("", "\\", ""),
    ("", ") (", ""),
    ("", "}", ""),
    ("", "hide a;\n", ""),
    ("", "x = = 1;\n", ""),
    ("", "x = y + f();\n", ""),
    ("", "info info;\n", ""),
    ("", "throws 1;\n", ""),
];

/// A script to be tried, and the words that its report must have.
struct Case {
    name: String,
    script: String,
    command: &'static str,
    told: &'static str,
}

fn repeated(piece: &str, times: usize) -> String {
    piece.repeat(times)
}

/// A form in three states: whole, its closing half cut off in the middle, and all of that.
fn states(form: &Nested, depth: usize) -> [(&'static str, String); 3] {
    let (before, open, inside, close, after) = *form;
    let depth = depth.min((SOURCE - 100) / (open.len() + close.len()));
    let opened = format!("{before}{}", repeated(open, depth));
    [
        (
            "whole",
            format!("{opened}{inside}{}{after}", repeated(close, depth)),
        ),
        (
            "half closed",
            format!("{opened}{inside}{}", repeated(close, depth / 2)),
        ),
        ("open", opened),
    ]
}

/// The commands for a script of that size. The largest ones are refused before anything is run: there `check` says it.
fn commands(depth: usize) -> &'static [&'static str] {
    match depth {
        1_000_000 if !is_long() => &["check"],
        10_000 => &["check", "run", "repl"],
        _ => &["check", "run"],
    }
}

/// Runs the cases, as many at a time as there are processors.
fn try_all(cases: Vec<Case>) {
    let next = AtomicUsize::new(0);
    let found = Mutex::new((Vec::new(), (Duration::ZERO, "")));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let file: &[&str] = if case.command == "repl" { &[] } else { &["-"] };
                    let ended = freshet(&[&[case.command], file].concat(), &case.script);
                    let mut found = found.lock().unwrap();
                    if let Some(fault) = ended.fault() {
                        found.0.push(format!("{}: {fault}", case.name));
                    } else if !ended.err.contains(case.told) {
                        found.0.push(format!(
                            "{}: `{}` is not told\n{}",
                            case.name, case.told, ended.err
                        ));
                    }
                    if ended.time > found.1.0 {
                        found.1 = (ended.time, &case.name);
                    }
                }
            });
        }
    });
    let (faults, (time, name)) = found.into_inner().unwrap();
    assert!(
        faults.is_empty(),
        "{} of {}\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
    println!("{} cases, the slowest took {time:?}: {name}", cases.len());
}

#[test]
fn nested_forms() {
    let mut cases = Vec::new();
    for (form, is_bracket) in NESTED
        .iter()
        .map(|form| (form, true))
        .chain(LOOSE.iter().map(|form| (form, false)))
    {
        for depth in DEPTHS {
            for (state, script) in states(form, depth) {
                let told = if is_bracket && depth > 256 {
                    "[E012"
                } else {
                    ""
                };
                for command in commands(depth) {
                    let name = format!("{command}: `{}{}` {depth} times, {state}", form.0, form.1);
                    cases.push(Case {
                        name,
                        script: script.clone(),
                        command,
                        told,
                    });
                }
            }
        }
    }
    try_all(cases);
}

#[test]
fn chains() {
    let mut cases = Vec::new();
    for (before, link, after) in CHAINS {
        let chain = format!("{before}{}", repeated(link, LINKS));
        for (state, script) in [("whole", format!("{chain}{after}")), ("cut off", chain)] {
            for command in ["check", "run"] {
                // What is cut off is seldom run: once is enough.
                if command == "check" || state == "whole" || is_long() {
                    let name = format!("{command}: `{before}{link}` {LINKS} times, {state}");
                    cases.push(Case {
                        name,
                        script: script.clone(),
                        command,
                        told: "",
                    });
                }
            }
        }
    }
    for (name, statement) in [
        ("variables", "v# = #;\n"),
        ("functions", "void f#() { }\n"),
        ("calls", "f#();\n"),
    ] {
        let script: String = (0..LINKS)
            .map(|number| statement.replace('#', &number.to_string()))
            .collect();
        for command in ["check", "run"] {
            let name = format!("{command}: {LINKS} {name}");
            cases.push(Case {
                name,
                script: script.clone(),
                command,
                told: "",
            });
        }
    }
    try_all(cases);
}

#[test]
fn signs_fill_every_bracket() {
    let filled = |signs: &str, inside: &str| {
        format!(
            "x = {}{inside}{}; info x;",
            repeated(&format!("{signs}("), 256),
            repeated(")", 256)
        )
    };
    for (script, printed) in [
        (filled(&repeated("- ", 256), "1"), "1\n"),
        (filled(&repeated("- + ", 128), "1.5"), "1.5\n"),
        (filled(&repeated("!", 255), "true"), "true\n"),
        (filled("", "1"), "1\n"),
    ] {
        super::run(&script).prints(printed);
        assert_eq!(freshet(&["check", "-"], &script).fault(), None);
    }
}

#[test]
fn rows_of_signs_mean_what_each_sign_means() {
    super::run(
        "a = 7; b = true;
         info - - -a; info - -a; info + - + - +a; info - - - -2.5; info !!!b; info !!b; info !!!!(a == 7);
         if (!!!(a == 8)) { info \"not\"; }
         try { info - -\"a\"; } catch (e) { info e.message; }
         try { info + + - +\"a\"; } catch (e) { info e.message; }
         try { info - - -!b; } catch (e) { info e.message; }
         try { info !!!-a; } catch (e) { info e.message; }
         try { info - - -9223372036854775808; } catch (e) { info e.message; }",
    )
    .prints(
        "-7\n7\n7\n2.5\nfalse\ntrue\ntrue\nnot\n\
         `-` cannot take TEXT\n`+` cannot take TEXT\n`-` cannot take BOOLEAN\n`!` needs true or false, found NUMBER\n\
         the result of `-` does not fit a NUMBER (64 bits)\n",
    );
}
