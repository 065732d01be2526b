//! What is said about scripts that are not as they should be: where, which code, and that one slip gives one error.

mod support;

use support::{diagnostics, parsed};

/// Every diagnostic as `line:column-end code`, in one line.
fn places(text: &str) -> String {
    let shown = parsed(text);
    let is_place = |line: &&str| {
        line.split_once(' ').is_some_and(|(place, code)| {
            place.starts_with(|first: char| first.is_ascii_digit()) && code.len() == 5
        })
    };
    shown
        .lines()
        .filter(is_place)
        .collect::<Vec<_>>()
        .join(", ")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(places(text), expected, "{text}");
}

#[track_caller]
fn says(text: &str, expected: &str) {
    assert_eq!(diagnostics(text).trim_end(), expected, "{text}");
}

#[test]
fn characters_and_literals() {
    check("a = 1;\nb = a # 2;\nc = 3;", "2:7-8 E0103");
    check("a = 1;\n\u{B}a = 2;", "2:1-2 E0103");
    check("a = “text”;", "1:5-6 E0104");
    check("a = ‘text’ + “b”;", "1:5-6 E0104, 1:14-15 E0104");
    check("a = `text`;", "1:5-6 E0103");
    check("a = 1；\nb = 2;", "1:6-7 E0105");
    check("a = \"fine\";\nb = \"not closed;\ninfo b;", "2:5-6 E0106");
    check("b = \"first\nsecond\";\nc = 1;", "1:5-6 E0106");
    check(
        "f(\"a, 1);\nif (x == \"a) {\n  info 1;\n}",
        "1:3-4 E0106, 2:10-11 E0106",
    );
    check("x = 1;\n/* never closed\nif (x) {", "2:1-3 E0107");
    check(
        "a = 12abc + 1e3 + 0x1F + 1_000 + 1.5x;",
        "1:5-10 E0108, 1:13-16 E0108, 1:19-23 E0108, 1:26-31 E0108, 1:34-38 E0108",
    );
    check("a = 9223372036854775808;", "1:5-24 E0109");
    check("a = -9223372036854775808.abs();", "1:6-25 E0109");
    check("a = 5 -9223372036854775808;", "1:8-27 E0109");
    check("a = 1234567890123456789012345678.0;", "1:5-35 E0110");
    check("a = 0.00000000000000000000000000001;", "1:5-36 W0101");
    check(r#"a = "\ud83d" + "\ude00";"#, "1:6-12 E0111, 1:17-23 E0111");
    check("x = 5. ;", "1:8-9 E0131");
}

#[test]
fn brackets() {
    check("x = (1 + 2;", "1:5-6 E0120");
    check("l = [(1,\n    (2,\n    (3;", "1:5-6 E0120");
    check(
        "if (x)\n{\n    info (1 +\n        2;\n}\ny = 1 1;",
        "3:10-11 E0120, 6:6-6 E0131",
    );
    check("x = f(1], 2);\ny = 1;", "1:6-7 E0120");
    check("x = (1 + 2];", "1:5-6 E0120");
    check("x = {1, 2);\ny = 2;", "1:5-6 E0120");
    check("x = 1;\n}\ny = 1;", "2:1-2 E0121");
    check(
        "x = f(1));\nif (y) { g()); }\n",
        "1:9-10 E0121, 2:13-14 E0121",
    );
    check("x = 1;\nif (x == 1)\n{\n    info x;\n", "3:1-2 E0120");
}

#[test]
fn a_brace_that_is_missing_inside_of_a_function_gives_one_error() {
    says(
        "int f(int a)\n{\n    for each x in a {\n        if (x) {\n            break;\n    }\n    return 1;\n}\nint g() { return 2; }\n",
        "2:1-2 E0120 this `{` is not closed: the file ends before its `}`
    6:5 this closes a block that is indented further; one may be missing before it
    help: add `}` where it belongs",
    );
}

#[test]
fn missing_semicolons_are_told_at_the_end_of_the_statement() {
    check("a = 1;\nb = 2\nc = 3;", "2:6-6 E0130");
    check("info 1\n\n\ninfo 2\n", "1:7-7 E0130, 4:7-7 E0130");
    check("if (a) { b = 1 }", "1:15-15 E0130");
    check("x = invokeurl [ url: a ]\ninfo x;", "1:25-25 E0130");
    check("a = 1 b = 2; c = 3 info 4;", "1:6-6 E0130, 1:19-19 E0130");
    check("return\nx = 1;\nbreak_it()\n", "1:7-7 E0130, 3:11-11 E0130");
}

#[test]
fn one_slip_costs_one_statement() {
    check(
        "x = = 2; y = 1 1; z = 3;\nz = );",
        "1:5-6 E0132, 1:15-15 E0131, 2:5-6 E0121, 2:6-7 E0132",
    );
    check(
        "if (1 < ) { a = ; b = 2; } else { c = * 3; }",
        "1:9-10 E0132, 1:17-18 E0132, 1:39-40 E0132",
    );
    check(
        "m = {\"a\": 1,\n \"b\" 2,\n \"c\": 3};\nn = 1;",
        "2:5-5 E0131",
    );
    check(
        "f(1, 2,); g(1 2); h(a: 1);",
        "1:7-8 E0147, 1:14-14 E0131, 1:22-23 E0149",
    );
    check(
        "x = {1, 2, };\ny = {\"a\": 1, 2}; z = {1, 2: 3};",
        "1:10-11 E0147, 2:14-15 E0148, 2:27-28 E0148",
    );
    check("x = a.; y = a.+ 1;", "1:7-8 E0131, 1:15-16 E0131");
    check("x = 5 +\n;\ny = 1;", "1:8-8 E0132");
}

#[test]
fn blocks_and_conditions() {
    check("if (x == 1) info x;\ny = 1;", "1:12-12 E0133");
    check("while (i < 3) i = i + 1;", "1:14-14 E0133");
    check(
        "if (x)\n    info 1;\nelse\n    info 2;",
        "1:7-7 E0133, 3:5-5 E0133",
    );
    check(
        "if x == 1 { info 1; } else if (a) && (b) { info 2; }",
        "1:3-3 E0134, 1:30-30 E0134",
    );
    check("info 1;\nelse { info 2; }", "2:1-5 E0144");
    check("catch (e) { info e; }", "1:1-6 E0144");
    check("try\n{\n    x = 1;\n}\ninfo x;", "4:2-2 E0145");
    check("try { } catch (Exception e) { info e; }", "1:25-25 E0131");
    check("try { } catch e { info e; }", "1:14-14 E0131");
    check("{ info 1; }\nx = 1;", "1:1-2 E0146");
    check(
        "break; for each x in l { continue; } continue;",
        "1:1-6 E0142, 1:38-46 E0142",
    );
    check("for each x in l { } void f() { break; }", "1:32-37 E0142");
}

#[test]
fn names_and_assignments() {
    check(
        "x = 1;\nreturn = 2;\nwhile = 3;",
        "2:1-7 E0135, 3:1-6 E0135",
    );
    check(
        "for each if in l { }\nx = for + 1;",
        "1:10-12 E0135, 2:5-8 E0135",
    );
    check(
        "x = y = 1;\nx = a = b = c = 1;",
        "1:7-8 E0137, 2:11-12 E0137",
    );
    check(
        "m.get(\"k\") = 1; 5 = x; f() += 2; m[\"a\"] = 1;",
        "1:1-11 E0138, 1:17-18 E0138, 1:24-27 E0138, 1:34-40 E0138",
    );
    check(
        "input = 1; for each input in l { }",
        "1:1-6 E0154, 1:21-26 E0154",
    );
    check(
        "string x = \"a\"; var y = 1; list:int z = {}; int n;",
        "1:1-7 E0139, 1:17-20 E0139, 1:28-36 E0139, 1:45-48 E0139",
    );
    check("x = zoho; y = thisapp + 1;", "1:5-9 E0152, 1:15-22 E0152");
}

#[test]
fn statements_without_effect() {
    check(
        "x + 1;\nx;\n-f(1);\n(f(1));\n1 + f();",
        "1:1-2 E0140, 2:1-2 E0140, 3:1-2 E0140, 4:1-2 E0140, 5:1-2 E0140",
    );
    check("f(1); a.b(); if(c, a, b).add(1); List:Int();", "");
    check("if(c, a, b);", "1:1-3 E0141");
    check(
        "info;\nthrow;\ninfo 1, 2;\nreturn 1, 2;",
        "1:5-6 E0132, 2:6-7 E0132, 3:7-8 E0150, 4:9-10 E0150",
    );
    check(
        "x = List:Int(1, 2); y = List:Order();",
        "1:5-13 E0153, 1:25-35 E0181",
    );
}

#[test]
fn what_other_languages_have() {
    check(
        "x = 1 < x < 9; y = a == b != c; z = a < b == c;",
        "1:11-12 E0136, 1:27-29 E0136",
    );
    check(
        "x = a === b && a !== c || a <> d;",
        "1:7-10 E0160, 1:18-21 E0160, 1:29-31 E0160",
    );
    check(
        "x = a & b | c ** 2;",
        "1:7-8 E0160, 1:11-12 E0160, 1:15-17 E0160",
    );
    check(
        "i++; ++i; i--; x = a --3;\ni++\nj = 1;",
        "1:2-4 E0161, 1:6-8 E0161, 1:12-14 E0161, 1:22-24 E0161, 2:2-4 E0161, 2:4-4 E0130",
    );
    check(
        "x = a and b or not c; y = a in b && a not in c;",
        "1:7-10 E0162, 1:13-15 E0162, 1:16-19 E0162, 1:29-31 E0162, 1:39-45 E0162",
    );
    check("x = c ? 1 : d ? 2 : 3;", "1:7-8 E0163");
    check("if (x) { }\nelseif (y) { }\nelse { }", "2:1-7 E0164");
    check("do { x = 1; } while (x < 3);\ny = 1;", "1:1-3 E0165");
    check(
        "switch (x) { case 1: info 1; break; default: info 2; }\ny = 1;",
        "1:1-7 E0165",
    );
    check("for (i = 0; i < 3; i++) { info i; break; }", "1:1-4 E0165");
    check(
        "finally { info 1; }\nclass A { }\nimport \"b\";\nfunction f(a) { return a; }",
        "1:1-8 E0165, 2:1-6 E0165, 3:1-7 E0165, 4:1-9 E0165",
    );
    check(
        "foreach x in l { info x; }\nfor x in l { info x; }",
        "1:1-8 E0166, 2:4-4 E0151",
    );
    check("for each x of l { info x; }", "1:11-11 E0131");
    check("x = new Map();", "1:5-8 E0167");
}

#[test]
fn declarations() {
    check(
        "if (true)\n{\n    int f() { return 1; }\n}\nx = 1;",
        "3:9-10 E0180",
    );
    check(
        "Order_Form f(int a)\n{\n    return null;\n}",
        "1:1-11 E0181",
    );
    check(
        "int f(map:string m, list:foo l, Orders o) { return 1; }",
        "1:7-17 E0181, 1:21-29 E0181, 1:33-39 E0181",
    );
    check(
        "int case(int n) { return n; }\nint throws() { return 1; }\nint if() { return 1; }",
        "1:5-9 E0182, 2:5-11 E0182, 3:5-7 E0135",
    );
    check(
        "int f(a, void b, int c = 3) { return a; }",
        "1:7-8 E0184, 1:10-14 E0183, 1:24-25 E0185",
    );
    check(
        "int f(int if, int) { return 1; }",
        "1:11-13 E0135, 1:15-18 E0184",
    );
    check(
        "void f()\n{\n    return 1;\n}\nint g() { return 1; }",
        "3:5-11 E0143",
    );
    check("int f();", "1:8-8 E0133");
    check("f(int a) { return a; }\nx = f(1);", "1:1-2 E0187");
}

#[test]
fn tasks() {
    check("r = invokeurl [ url : type : GET ];", "1:17-20 E0186");
    check(
        "r = invokeurl [ url : \"a\" \"b\" ];\nx = 1;",
        "1:26-26 E0131",
    );
    check("sendmail [ to: a, b from: c, subject: ]", "1:30-37 E0186");
}

#[test]
fn statements_of_forms_are_told_once_a_kind() {
    check(
        "alert \"x\";\nalert (\"y\");\nx = 1 1;",
        "1:1-6 E0190, 3:6-6 E0131",
    );
    check("void alert(string s) { info s; }\nalert(\"y\");", "");
    check("if (true)\n{\n    cancel submit;\n}", "3:5-11 E0191");
    check(
        "insert into A\n[\n  B = zoho.loginuser\n  C = c\n]\nr = insert into A [ B = 1 ]\ninfo 1;",
        "1:1-7 E0192",
    );
    check("r.A = 1; r.B += 2; Orders[ID == 1].C = 3;", "1:1-4 E0193");
    check("zoho.appname = 5;", "1:1-13 E0193");
    assert!(diagnostics("zoho.appname = 5;").contains("system variables are only read"));
    check("delete from Orders[ID == x];", "1:1-7 E0194");
    check("input.Total = 5;", "1:1-12 E0195");
    check(
        "hide Total;\nset filter A;\nf:ui.add(\"x\");",
        "1:1-5 E0196",
    );
    check("append\n[\n  A = 1\n]\nexecute [ b ]", "1:1-7 E0197");
    check("x = \"<%\"; // <%\ny = 1 1;\n<%{ it's", "3:1-3 E0198");
}

#[test]
fn words_of_the_messages() {
    says(
        "x = 5 6;",
        "1:6-6 E0131 expected an operator or `;`, found the number `6`\n    help: end the statement with `;`, or write the operator that is missing",
    );
    says(
        "info \"a\" \"b\";",
        "1:9-9 E0131 expected an operator or `;`, found a text\n    help: join texts and values with `+`, and end the statement with `;`",
    );
    says(
        "x = = 2;",
        "1:5-6 E0132 expected a value after `=`, found `=`\n    help: write a number, a text in double quotes, the name of a variable or the like",
    );
    says(
        "x = f(1",
        "1:6-7 E0120 this `(` is not closed: the file ends before its `)`\n    help: add `)` where it belongs",
    );
    says(
        "x = 0x1F;",
        "1:5-9 E0108 `0x1F` is no number: letters directly follow the digits\n    help: hexadecimal numbers do not exist; write 31",
    );
    says(
        "while x { }",
        "1:6-6 E0134 the condition of `while` must stand in parentheses\n    help: write `while (…) { … }`",
    );
}

#[test]
fn what_follows_from_a_slip_is_not_told() {
    check("info {1,{2,{3};", "1:6-7 E0120");
    check("info {1,2}.get(0) + try;", "1:21-24 E0135");
    check(
        "throw {1,2}.get(0) + try;\nx = 1 1;",
        "1:22-25 E0135, 2:6-6 E0131",
    );
    check("w = 5 /*", "1:7-9 E0107");
    check("w = /* 5;", "1:5-7 E0107");
    check("if (true) { w = 5 /* }", "1:19-21 E0107");
    check("w = 5\nx = 6 /*", "1:6-6 E0130, 2:7-9 E0107");
}

#[test]
fn names_in_the_head_of_a_foreign_loop_count_as_assigned() {
    assert_eq!(
        parsed("for (i=0;i<3;i++) { info i; }"),
        "i = MISSING\nif MISSING {info i}\n1:1-4 E0165\n"
    );
    assert_eq!(
        parsed("for (int i = 0, j = 9; i < 3; i++) { for (Order o : l) { info o; } }"),
        "i = MISSING\nj = MISSING\nif MISSING {o = MISSING; if MISSING {info o}}\n1:1-4 E0165\n1:38-41 E0165\n"
    );
}

#[test]
fn a_missing_value_comes_with_an_example() {
    says(
        "throw;",
        "1:6-7 E0132 expected a value after `throw`, found `;`\n    help: write what went wrong: `throw \"what happened\";`",
    );
    says(
        "info;",
        "1:5-6 E0132 expected a value after `info`, found `;`\n    help: write what is to be printed: `info \"text\";`",
    );
    says(
        "x = 1.;",
        "1:7-8 E0131 expected a name after `.`, found `;`\n    help: a number needs digits after its point: write `1.0`",
    );
}

#[test]
fn bytes_that_are_no_utf_8_are_the_only_error() {
    let source =
        freshet_syntax::source::SourceFile::from_bytes("a.dg", b"x = 1;\ny = \xFF;\n@".to_vec());
    let parsed = freshet_syntax::parse(&source, Default::default());
    let codes: Vec<_> = parsed
        .diagnostics
        .iter()
        .map(|one| (one.code, source.line_column(one.span.start)))
        .collect();
    assert_eq!(codes, [("E0102", (2, 5))]);
}
