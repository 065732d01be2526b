//! What the author of a script is told before it runs: code, line and column of each diagnostic.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freshet_interpreter::program::{Constant, Node, Operand, Program, Statement};
use freshet_interpreter::resolve::{Mode, Resolved, Source, resolve};
use freshet_syntax::ast::Ast;
use freshet_syntax::parse;
use freshet_syntax::source::{FileId, SourceFile};

const RUN: Mode<'static> = Mode::Run {
    arguments: &[],
    function: None,
};
const CHECK: Mode<'static> = Mode::Check { project: false };
const CHECK_IN_PROJECT: Mode<'static> = Mode::Check { project: true };

/// Files with their trees; the first is the script.
struct Files(Vec<(SourceFile, Ast)>);

impl Files {
    /// Files that the parser has nothing against.
    fn new(texts: &[&str]) -> Self {
        for text in texts {
            let parsed = parse(&SourceFile::new("0.dg", *text), FileId(0));
            let errors: Vec<_> = parsed
                .diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.is_error())
                .collect();
            assert!(errors.is_empty(), "{text}\n{errors:?}");
        }
        Self::with_faults(texts)
    }

    /// Files as far as the parser could read them.
    fn with_faults(texts: &[&str]) -> Self {
        let files = texts.iter().enumerate().map(|(number, text)| {
            let file = SourceFile::new(format!("{number}.dg"), *text);
            let ast = parse(&file, FileId(number as u32)).ast;
            (file, ast)
        });
        Self(files.collect())
    }

    fn resolve(&self, mode: Mode<'_>) -> Resolved {
        let sources: Vec<Source<'_>> = self
            .0
            .iter()
            .map(|(file, ast)| Source { file, ast })
            .collect();
        resolve(sources[0], &sources[1..], mode)
    }

    /// `CODE line:column`, with the number of the file before it unless it is the script.
    fn told(&self, mode: Mode<'_>) -> Vec<String> {
        let diagnostics = self.resolve(mode).diagnostics;
        diagnostics
            .iter()
            .map(|diagnostic| {
                let FileId(number) = diagnostic.span.file;
                let (line, column) = self.0[number as usize].0.line_column(diagnostic.span.start);
                let file = if number == 0 {
                    String::new()
                } else {
                    format!("{number}.dg ")
                };
                format!("{file}{} {line}:{column}", diagnostic.code)
            })
            .collect()
    }
}

#[track_caller]
fn told(script: &str, mode: Mode<'_>, expected: &[&str]) {
    assert_eq!(Files::new(&[script]).told(mode), expected, "{script}");
}

/// The help text of the only diagnostic.
fn help(script: &str, mode: Mode<'_>) -> String {
    let mut diagnostics = Files::new(&[script]).resolve(mode).diagnostics;
    assert_eq!(diagnostics.len(), 1, "{script}: {diagnostics:?}");
    diagnostics.remove(0).help.unwrap_or_default()
}

fn program(script: &str) -> Program {
    let resolved = Files::new(&[script]).resolve(RUN);
    assert!(
        resolved
            .diagnostics
            .iter()
            .all(|diagnostic| !diagnostic.is_error()),
        "{script}: {:?}",
        resolved.diagnostics
    );
    resolved.program
}

#[test]
fn a_name_that_nothing_assigns_is_told_once_in_a_run() {
    told("x = 1;\ninfo x + y;\ninfo y;", RUN, &["E0201 2:10"]);
    told("info Amount;\namount = 1;", RUN, &["E0201 1:6"]);
    told("count += 1;", RUN, &["E0201 1:1"]);
    told("id = deal.get(\"id\");", RUN, &["E0201 1:6"]);
    assert!(help("amount = 1; info Amount;", RUN).contains("did you mean `amount`?"));
    assert!(help("info dealId;", RUN).contains("`dealId=VALUE`"));
}

#[test]
fn an_argument_gives_a_parameter_of_the_script_its_value() {
    let arguments = [
        "dealId".to_owned(),
        "other".to_owned(),
        "now".to_owned(),
        "x".to_owned(),
    ];
    let mode = Mode::Run {
        arguments: &arguments,
        function: None,
    };
    told("x = 1; info dealId + x; info now;", mode, &[]);
    let resolved = Files::new(&["x = 1; info dealId + x;"]).resolve(mode);
    let body = resolved.program.body().unwrap();
    let names: Vec<&str> = body
        .parameters
        .iter()
        .map(|parameter| &*parameter.name)
        .collect();
    assert_eq!(names, ["dealId", "other"]);
    let slots: Vec<&str> = body.slot_names.iter().map(|name| &**name).collect();
    assert_eq!(
        slots,
        ["dealId", "other", "x"],
        "parameters take the first slots"
    );
}

#[test]
fn the_body_is_not_asked_for_arguments_when_a_function_is_called() {
    let mode = Mode::Run {
        arguments: &[],
        function: Some("f"),
    };
    told("int f() { return 1; }\ninfo missing;", mode, &[]);
}

#[test]
fn check_calls_such_a_name_a_parameter_of_the_script() {
    told(
        "info dealId;\ninfo dealId + other;",
        CHECK,
        &["W0201 1:6", "W0201 2:15"],
    );
    told(
        "int f() { return dealId; }\ninfo f();",
        CHECK,
        &["E0201 1:18"],
    );
    assert!(help("amount = 1; info amuont + amount;", CHECK).contains("`amount`"));
}

#[test]
fn functions_do_not_see_the_body() {
    told(
        "rate = 5;\nint cost(int n) { return n * rate; }\ninfo cost(2);",
        RUN,
        &["E0201 2:30"],
    );
    assert!(
        help(
            "rate = 5; int cost(int n) { return n * rate; } info cost(2) + rate;",
            RUN
        )
        .contains("parameter")
    );
    assert!(help("int f(int n) { return n; } info f;", RUN).contains("call it as `f(…)`"));
}

#[test]
fn names_of_the_session_are_known_in_a_repl() {
    let variables = ["a".to_owned(), "b".to_owned()];
    let mode = Mode::Repl {
        variables: &variables,
        errors: &[],
    };
    told("c = b;", mode, &[]);
    told("info d;", mode, &["E0201 1:6"]);
    let resolved = Files::new(&["c = b; f(c);", "int f(int x) { return x; }"]).resolve(mode);
    let body = resolved.program.body().unwrap();
    assert_eq!(
        body.slot_names
            .iter()
            .map(|name| &**name)
            .collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    assert!(matches!(
        resolved.program.statements[1],
        Statement::Result(_)
    ));
}

#[test]
fn a_later_entry_of_a_repl_may_declare_a_function_anew() {
    let mode = Mode::Repl {
        variables: &[],
        errors: &[],
    };
    let files = Files::new(&[
        "f();",
        "int f() { return 1; }",
        "int f(int x) { return x; }",
    ]);
    assert_eq!(files.told(mode), ["E0204 1:1"]);
    let files = Files::new(&[
        "int f(int x, int y) { return x; } f(1);",
        "int f(int x) { return x; }",
    ]);
    assert_eq!(files.told(mode), ["E0204 1:35"]);
}

#[test]
fn clocks_and_input_have_values() {
    told(
        "info now; info Today; info now.getDay(); info input; info input.id;",
        RUN,
        &[],
    );
    told("now = 1; info now; info Now;", RUN, &[]);
    told(
        "int f(int a) { return input.a; }\nint g(int b) { return input.a; }",
        RUN,
        &["E0210 2:29"],
    );
}

#[test]
fn unknown_functions() {
    told("info \"x\";\ninfo frobnicate(1);", RUN, &["E0202 2:6"]);
    told("x = \"abc\";\ninfo x.frobnicate();", RUN, &["E0203 2:8"]);
    told("info standalone.nowhere(1);", RUN, &["E0202 1:6"]);
    told(
        "int shop.a() { return 1; }\ninfo shop.b();",
        RUN,
        &["E0202 2:11"],
    );
    told("info other.nothingKnown();", RUN, &["E0202 1:6"]);
    told("thisapp.ns.f();", RUN, &["E0202 1:12"]);
    assert!(help("x = \"a\"; info x.szie();", RUN).contains("`length`"));
    assert!(
        help(
            "int standalone.total(int a) { return a; } info standalone.totl(1);",
            RUN
        )
        .contains("`standalone.total`")
    );
    assert!(
        help(
            "int standalone.total(int a) { return a; } info total(1);",
            RUN
        )
        .contains("standalone.total")
    );
}

#[test]
fn check_without_a_project_does_not_know_every_function() {
    told(
        "standalone.a(1);\nthisapp.b();\nc.thisIsElsewhere();\nglobalOne();",
        CHECK,
        &["W0202 1:1", "W0202 2:9", "W0202 3:1", "W0202 4:1"],
    );
    told(
        "x = \"a\";\ninfo trm(x);\ninfo LENGHT(x);",
        CHECK,
        &["E0202 2:6", "E0202 3:6"],
    );
    told(
        "int total(int a) { return a; }\ninfo totla(1);",
        CHECK,
        &["E0202 2:6"],
    );
    told("standalone.a(1);", CHECK_IN_PROJECT, &["E0202 1:1"]);
}

#[test]
fn user_functions_are_called_with_their_number_of_arguments() {
    told(
        "int plus(int a, int b) { return a + b; }\ninfo plus(1);",
        RUN,
        &["E0204 2:6"],
    );
    told(
        "int ns.f() { return 1; }\ninfo ns.f(1) + thisapp.ns.f();",
        RUN,
        &["E0204 2:9"],
    );
    told("void f() { info 1; }\nf();\nx = f();", RUN, &["W0210 3:5"]);
}

#[test]
fn repeated_declarations() {
    told(
        "int f() { return 1; }\nint f() { return 2; }",
        RUN,
        &["E0205 2:5"],
    );
    told(
        "int f(int a, int b, int a) { return a + b; }",
        RUN,
        &["E0206 1:25"],
    );
    told("int length(string s) { return 1; }", RUN, &["W0208 1:5"]);
    told("int ns.length(string s) { return 1; }", RUN, &[]);
}

#[test]
fn a_function_wins_over_the_built_in_of_its_name() {
    let program =
        program("int length(string s) { return 1; }\ninfo length(\"a\"); info \"a\".length();");
    let calls =
        |wanted: fn(&Node) -> bool| program.nodes.iter().filter(|node| wanted(node)).count();
    assert_eq!(calls(|node| matches!(node, Node::Call { .. })), 1);
    assert_eq!(calls(|node| matches!(node, Node::Method { .. })), 1);
}

#[test]
fn custom_functions_are_read_when_they_are_reached() {
    let folder = [
        "int a.one() { return b.two(); }",
        "int b.two() { return undefinedThing; }",
        "int c.three() { return alsoUndefined; }",
    ];
    let files = Files::new(&["info a.one();", folder[0], folder[1], folder[2]]);
    assert_eq!(files.told(RUN), ["2.dg E0201 1:22"]);
    let names: Vec<String> = files
        .resolve(RUN)
        .program
        .functions
        .iter()
        .map(|function| function.name.clone())
        .collect();
    assert_eq!(names, ["", "a.one", "b.two"]);
    assert_eq!(Files::new(&["info 1;", folder[1]]).told(RUN), [""; 0]);
    // A function that is missing may be in a file that is broken.
    assert_eq!(
        Files::new(&["info a.none();", folder[0], folder[1]]).told(RUN),
        ["E0202 1:8", "2.dg E0201 1:22"]
    );
}

#[test]
fn the_functions_folder_holds_functions_of_different_names() {
    let files = Files::new(&["info a.f();", "int a.f() { return 1; }\ninfo 2;"]);
    assert_eq!(files.told(RUN), ["1.dg E0221 2:1"]);
    let files = Files::new(&[
        "info b.g();",
        "int a.f() { return 1; }",
        "int a.f() { return 1; }\nint b.g() { return 1; }",
    ]);
    assert_eq!(files.told(RUN), ["2.dg E0205 1:7"]);
    let files = Files::new(&[
        "int a.f() { return 1; }\ninfo a.f();",
        "int a.f() { return 2; }",
    ]);
    assert_eq!(files.told(RUN), ["W0209 1:7"]);
}

#[test]
fn a_function_of_the_folder_can_be_called_from_outside() {
    let mode = Mode::Run {
        arguments: &[],
        function: Some("a.f"),
    };
    let resolved = Files::new(&["", "int a.f() { return 2; }"]).resolve(mode);
    assert_eq!(resolved.program.function("a.f"), Some(1));
}

#[test]
fn members_and_indexes_are_not_in_the_language() {
    told("m = {\"k\": 1};\ninfo m.k;", RUN, &["E0207 2:8"]);
    told("m = {\"k\": 1};\ninfo m.k.l.n;", RUN, &["E0207 2:8"]);
    told("info nowhere.k;", RUN, &["E0207 1:14"]);
    told("l = {1, 2};\ninfo l[0];", RUN, &["E0208 2:7"]);
    told(
        "l = {1, 2};\ni = 0;\ninfo l.subList(0)[i];",
        RUN,
        &["E0208 3:18"],
    );
    // A parameter of the script is a variable, whatever is read from it.
    told(
        "i = 0;\nwhile (i < items.size()) { info items[i]; i = i + 1; }",
        CHECK,
        &["W0201 2:12", "E0208 2:38"],
    );
    for content in ["i", "i + 1", "-1"] {
        let script = format!("i = 0;\nx = resp[{content}];\ninfo resp.get(0).trim();");
        told(&script, CHECK, &["E0208 2:9", "W0201 3:6"]);
    }
    // Functions of values are no sub-forms, whatever else is read.
    told(
        "x = resp[key];\ninfo resp.get(0).trim();",
        CHECK,
        &["E0222 1:5"],
    );
    for criteria in [
        "ID == i",
        "ID = i",
        "Open",
        "!Open",
        "Name.contains(\"a\")",
        "A == 1 || B > 2",
        "",
    ] {
        told(
            &format!("i = 1;\nx = Orders[{criteria}];"),
            CHECK,
            &["E0222 2:5"],
        );
    }
    assert!(help("m = {\"k\": 1}; info m.k;", RUN).contains("`m.get(\"k\")`"));
    assert!(help("m = {1}; info m.size;", RUN).contains("`m.size()`"));
    assert!(help("m = {1}; i = 0; info m[i];", RUN).contains("`m.get(i)`"));
}

#[test]
fn fetches_are_told_once_a_file_without_follow_up() {
    let script = "r = Orders[ID == 5];\ninfo r.Total;\ninfo r.Name + r.Other;\ns = Orders[ID == 6];\nfor each o in Orders[ID > 7] { info o.rubbish(1); }";
    told(script, RUN, &["E0222 1:5", "E0207 2:8"]);
}

#[test]
fn a_statement_that_could_not_be_read_has_no_follow_up() {
    for script in [
        "def total(prices):\n    return 1\ninfo 2;",
        "i = 0;\nwhile (i < 3) { i++; }",
        "l = [1,\n    2;\ninfo l;\ninfo l.size();",
        "x = = 2;\ninfo x;",
        "x = (1 + 2;\ninfo x + x;",
        "int f(int a {\n    return a;\n}\ninfo f(1);",
        "for each x on {1} { info x; }",
        "info a b;",
    ] {
        let told = Files::with_faults(&[script]).told(RUN);
        assert_eq!(told, [""; 0], "{script}");
    }
}

#[test]
fn a_word_of_an_unread_statement_is_known_by_what_else_is_known_of_it() {
    let script = "function f(p) { }\np = 1;\nx = p.length;";
    let resolved = Files::with_faults(&[script]).resolve(RUN);
    let helps: Vec<_> = resolved
        .diagnostics
        .iter()
        .map(|told| told.help.clone())
        .collect();
    assert_eq!(helps.len(), 1, "{helps:?}");
    assert!(
        helps[0]
            .as_ref()
            .unwrap()
            .contains("`p.length()` for a TEXT"),
        "{helps:?}"
    );
}

#[test]
fn members_of_caught_errors() {
    told(
        "try { x = 1 / 0; } catch (e) { info e.message + e.LineNo; }",
        RUN,
        &[],
    );
    told(
        "try { x = 1 / 0; } catch (e) {\ninfo e.type; }",
        RUN,
        &["E0212 2:8"],
    );
}

#[test]
fn things_of_applications() {
    told(
        "info thisapp.permissions.isUserInRole(\"x\");\ninfo thisapp.portal.x;",
        RUN,
        &["E0223 1:14"],
    );
    told(
        "application.orders.close(1);\napplication.link.Task(2);",
        RUN,
        &["E0224 1:1"],
    );
}

#[test]
fn a_single_equals_sign_compares_in_conditions_only() {
    told(
        "x = 1;\nif (x = 1 && !(x = 2)) { info if(x = 3, 1, 2); }",
        RUN,
        &["W0203 2:7", "W0203 2:18", "W0203 2:36"],
    );
    told("x = 1;\nsame = (x = 1);", RUN, &["E0209 2:11"]);
    // Whether the name has a value does not matter, there and further on.
    for script in [
        "x = (y = 1);",
        "while ((y = zoho.currenttime) != null) { info y; break; }",
        "info y = 5;\ninfo y;",
        "if ((n = 5) > 3) { info n; }",
        "info \"a\".replaceAll(old = \"a\", new = \"b\");",
        "m = Map();\nm.put(key = \"b\", value = 2);",
        "d = {name = \"Ann\", age = 3};\ninfo d;",
        "int f(int a, int b) { return a; }\ninfo f(a = 1, b = 2);",
    ] {
        let told = Files::new(&[script]).told(RUN);
        assert!(
            matches!(&told[..], [one] if one.starts_with("E0209")),
            "{script}: {told:?}"
        );
    }
    // The parser has told of the pairs.
    let named =
        "int f(int a) { return a; }\ninfo f(a: 1);\ninfo \"a\".replaceAll(old: \"a\", by: \"b\");";
    assert_eq!(Files::with_faults(&[named]).told(RUN), [""; 0]);
    told(
        "x = 1;\nif (ifnull(x = 2, true)) { info if(x == 1, x = 2, x); }",
        RUN,
        &["E0209 2:14", "E0209 2:46"],
    );
}

#[test]
fn mixed_logic() {
    told(
        "a = true;\nif (a || a && a) { info 1; }\nif ((a && a) || a) { info 1; }",
        RUN,
        &["W0204 2:7"],
    );
    told(
        "a = true;\ninfo a && a || a || a && a;",
        RUN,
        &["W0204 2:13"],
    );
}

#[test]
fn dates_in_single_quotes() {
    told(
        "a = '28-Feb-2026';\nb = '31-Feb-2026';",
        RUN,
        &["E0213 2:5"],
    );
    told("a = '01-Jan-2024 9:30:00';", RUN, &["W0205 1:5"]);
    told("a = '01-Jan-24';", RUN, &["W0206 1:5"]);
    told("a = '19:00:00';", RUN, &["W0207 1:5"]);
    told("a = 'plain' + '1.2.3';", RUN, &[]);
}

#[test]
fn system_variables_and_tasks_of_services() {
    told(
        "info zoho.currentdate.addDay(1); info zoho.currenttime(); info zoho.device.type; info zoho.appvariable.KEY;",
        RUN,
        &[],
    );
    told("info zoho.currentdat;", RUN, &["E0211 1:11"]);
    told("info zoho.loginusr.toString();", RUN, &["E0211 1:11"]);
    told(
        "x = zoho.map.geoCode(\"Oslo\", \"c\");",
        RUN,
        &["W0214 1:14"],
    );
    told(
        "x = zoho.cliq.extension.getProperties(nothing);",
        RUN,
        &["W0214 1:25", "E0201 1:39"],
    );
    assert!(help("info zoho.currentdat;", RUN).contains("zoho.currentdate"));
}

#[test]
fn attributes_of_tasks() {
    told("x = invokeurl [ type :GET ];", RUN, &["E0217 1:5"]);
    told(
        "x = invokeurl [ url :\"u\" type :GET type :POST ];",
        RUN,
        &["E0216 1:36"],
    );
    told(
        "x = invokeurl [ url :\"u\" method :GET ];",
        RUN,
        &["E0215 1:26"],
    );
    told(
        "x = invokeurl [ url :\"u\" type :FETCH ];",
        RUN,
        &["E0219 1:32"],
    );
    told(
        "m = \"GET\";\nx = invokeurl [ url :\"u\" type :m ];",
        RUN,
        &[],
    );
    told("invokeurll [ url :\"u\" ];", RUN, &["E0214 1:1"]);
    told(
        "sendmail [ from :\"a\" to :\"b\", \"c\" subject :\"s\" message :\"m\" ]",
        RUN,
        &[],
    );
    told(
        "x = invokeurl [ url :\"u\" parameters :y type :post ];",
        RUN,
        &["E0201 1:38"],
    );
}

#[test]
fn a_misspelt_attribute_is_one_error() {
    told("x = invokeurl [ ulr :\"u\" ];", RUN, &["E0215 1:17"]);
    told(
        "x = invokeurl [ ulr :\"u\" url :\"u\" ];",
        RUN,
        &["E0215 1:17"],
    );
}

#[test]
fn statements_that_are_never_executed() {
    told(
        "int f() { return 1;\ninfo 2;\ninfo 3; }",
        RUN,
        &["W0211 2:1"],
    );
    told("throw \"x\";\n;\ninfo 2;", RUN, &["W0211 3:1"]);
}

#[test]
fn variables_that_may_have_no_value() {
    told(
        "c = true;\nif (c) { x = 1; }\ninfo x;\ninfo x;",
        RUN,
        &["W0212 3:6"],
    );
    told(
        "c = true;\nif (c) { x = 1; } else { x = 2; }\ninfo x;",
        RUN,
        &[],
    );
    told(
        "c = true;\nif (c) { x = 1; } else { throw \"no\"; }\ninfo x;",
        RUN,
        &[],
    );
    told(
        "c = true;\nif (c) { x = 1; }\nif (x != null) { info x; }",
        RUN,
        &[],
    );
    told("for each i in {1, 2} { last = i; }\ninfo last;", RUN, &[]);
    told("info x;\nx = 1;", RUN, &["W0212 1:6"]);
    told("x = x + 1;", RUN, &["W0212 1:5"]);
}

#[test]
fn loops_that_do_not_end() {
    told("i = 0;\nwhile (i < 3) { info i; }", RUN, &["W0213 2:1"]);
    told(
        "i = 0;\nwhile (i < 3) { i = i + 1; }\nwhile (true) { break; }",
        RUN,
        &[],
    );
    told("l = {1};\nwhile (l.size() > 0) { l.remove(0); }", RUN, &[]);
    told(
        "while (true) { for each x in {1} { break; } }",
        RUN,
        &["W0213 1:1"],
    );
    told(
        "while (true) { try { info 1; } catch (e) { throw e; } }",
        RUN,
        &[],
    );
}

#[test]
fn a_text_grows_in_place_unless_it_reads_itself() {
    let appends = |script: &str| {
        let program = program(script);
        program
            .statements
            .iter()
            .filter(|statement| matches!(statement, Statement::Append { .. }))
            .count()
    };
    assert_eq!(appends("x = \"\"; y = 1; x = x + y + \"b\"; x += y;"), 2);
    assert_eq!(
        appends(
            "x = \"\"; x = x.concat(\"a\"); x = concat(x, 1).concat(2) + 3; x = (x.toString() + 4).concat(5);"
        ),
        3
    );
    assert_eq!(
        appends("x = \"\"; x = x + x; x += x + 1; x = x + input.get(\"a\"); x = x - 1; x = 1 + x;"),
        0
    );
    assert_eq!(
        appends(
            "x = \"\"; y = x.concat(1); x = x.concat(x); x = x.concat(1).concat(x.length()); x = x.concat(1).trim(); x = \"a\".concat(x); x = x.toString(\"yyyy\");"
        ),
        0
    );
    assert_eq!(
        appends("x = \"\"; x = concat(x, 1); string concat(string a, int b) { return a; }"),
        0,
        "a function of the script wins"
    );
}

#[test]
fn long_chains_become_lists() {
    let sum = format!("x = {};", vec!["1"; 100_000].join(" + "));
    assert!(
        program(&sum)
            .nodes
            .iter()
            .any(|node| matches!(node, Node::Chain(_)))
    );
    let calls = format!("x = \"a\"{};", ".trim()".repeat(100_000));
    assert!(
        program(&calls)
            .nodes
            .iter()
            .any(|node| matches!(node, Node::Chain(_)))
    );
    let logic = format!("x = {};", vec!["true"; 100_000].join(" && "));
    assert!(
        program(&logic)
            .nodes
            .iter()
            .any(|node| matches!(node, Node::And(operands) if operands.count == 199_999))
    );
    let itself = format!("x = \"\"; x = x{};", " + x".repeat(100));
    assert!(
        program(&itself)
            .nodes
            .iter()
            .any(|node| matches!(node, Node::Chain(_)))
    );
    told(
        &format!("m = 1;\ninfo m{};", ".a".repeat(100_000)),
        RUN,
        &["E0207 2:8"],
    );
    told(
        &format!("info zoho{};", ".a".repeat(100_000)),
        RUN,
        &["E0211 1:11"],
    );
    told(
        &format!("m = 1;\ninfo m{};", "[0]".repeat(100_000)),
        RUN,
        &["E0208 2:7"],
    );
}

#[test]
fn what_a_node_refers_to_comes_before_it_and_literals_are_kept_once() {
    let program =
        program("x = \"a\" + \"a\" + 'a'; y = 2.5 + 2.5 + '05-Mar-2026'.getDay(); info -5 + -2.5;");
    let literals = program
        .constants
        .iter()
        .filter(|constant| !matches!(constant, Constant::Number(_)));
    assert_eq!(literals.count(), 3);
    let mut constants = program.constants.iter();
    assert!(constants.any(|constant| matches!(constant, Constant::Number(-5))));
    for (number, node) in program.nodes.iter().enumerate() {
        let Node::Add(left, right) = node else {
            continue;
        };
        for operand in [left, right] {
            assert!(!matches!(operand.operand(), Operand::Node(place) if place >= number));
        }
    }
}

#[test]
fn many_faults_take_no_longer_than_many_statements() {
    let mut script = String::new();
    for number in 0..20_000 {
        script.push_str(&format!("info name{number} + f{number}(1);\n"));
    }
    assert_eq!(Files::new(&[&script]).told(RUN).len(), 40_000);
}
