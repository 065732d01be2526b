//! What scripts are read as.

mod support;

use support::parsed;

#[track_caller]
fn check(text: &str, tree: &str) {
    assert_eq!(parsed(text).trim_end(), tree, "{text}");
}

#[test]
fn precedence_and_association() {
    check(
        "x = 1 + 2 * 3 - 4 / 5 % 6;",
        "x = (- (+ 1 (* 2 3)) (% (/ 4 5) 6))",
    );
    check(
        "x = a || b && c == d < e + f * g;",
        "x = (|| a (&& b (== c (< d (+ e (* f g))))))",
    );
    check("x = a && b || c && d;", "x = (|| (&& a b) (&& c d))");
    check("x = (a || b) && c;", "x = (&& (paren (|| a b)) c)");
    check("x = -a.f() * +b;", "x = (* (- (.f a)) (+ b))");
    check("x = a - -b + - - c;", "x = (+ (- a (- b)) (- (- c)))");
    check("x = a == b || c != d;", "x = (|| (== a b) (!= c d))");
    check("x = 1 < 2 == true;", "x = (== (< 1 2) true)");
}

#[test]
fn not_before_a_comparison_covers_it() {
    check("x = !a == b;", "x = (! (== a b))\n1:5-6 W0105");
    check(
        "x = !!f(a).g() < b;",
        "x = (! (! (< (.g (f a)) b)))\n1:5-6 W0105",
    );
    check("x = !a && b;", "x = (&& (! a) b)");
    check("x = !-a < b;", "x = (< (! (- a)) b)");
    check("x = !(a == b);", "x = (! (paren (== a b)))");
    check(
        "x = c && !a == b;",
        "x = (&& c (! (== a b)))\n1:10-11 W0105",
    );
    check("x = a == !b;", "x = (== a (! b))");
}

#[test]
fn numbers() {
    check("x = 007;", "x = 7");
    check("x = .5 + 0.50;", "x = (+ .5d 0.50d)");
    check("x = 9223372036854775807;", "x = 9223372036854775807");
    check("x = -9223372036854775808;", "x = smallest");
    check("x = 1 - - 9223372036854775808;", "x = (- 1 smallest)");
    check(
        "x = 5.toString() + -7.4.round(0);",
        "x = (+ (.toString 5) (- (.round 7.4d 0)))",
    );
    check("x = 1-1;", "x = (- 1 1)");
}

#[test]
fn texts_and_dates() {
    check(r#"x = "a'b" + 'a"b';"#, r#"x = (+ "a'b" 'a"b')"#);
    check(
        r#"x = "\"\'\\\n\t\r\b\f\/";"#,
        r#"x = "\"'\\\n\t\r\u{8}\u{c}/""#,
    );
    check(r#"x = "\u00e9\ud83d\ude00";"#, "x = \"é😀\"");
    check(
        r#"x = "\d\u12";"#,
        "x = \"\\\\d\\\\u12\"\n1:6-8 W0102\n1:8-10 W0103",
    );
    check("x = '05-Mar-2026';", "x = '05-Mar-2026'");
    check("x = \"http://a/*b*/\"; // c", "x = \"http://a/*b*/\"");
}

#[test]
fn lists_and_key_values() {
    check("x = {};", "x = {}");
    check("x = [];", "x = (list )");
    check("x = {1, {2}, [3, 4]};", "x = (list 1 (list 2) (list 3 4))");
    check(
        "x = {\"a\": 1, b: {}, 'c': {d: e}};",
        "x = (map \"a\":1 b:{} 'c':(map d:e))",
    );
    check("x = {list: f(1)};", "x = (map list:(f 1))\n1:6-10 W0106");
}

#[test]
fn calls_members_and_constructors() {
    check(
        "x = f() + g(1, h(2)).i(3).j;",
        "x = (+ (f) (.i (g 1 (h 2)) 3).j)",
    );
    check(
        "x = List() + list:string({}) + LIST:Int();",
        "x = (+ (+ (List) (list:Text {})) (list:Number))",
    );
    check(
        "x = Collection(\"a\": 1, \"b\": 2);",
        "x = (Collection \"a\":1 \"b\":2)",
    );
    check("c.insert(\"k\" : 5);", "(.insert c \"k\":5)");
    check(
        "x = zoho.currentdate + thisapp.f(1);",
        "x = (+ ZOHO.currentdate (.f THISAPP 1))",
    );
    check("x = input.id + input;", "x = (+ INPUT.id INPUT)");
    check("x = a\n  .f()\n  .g();", "x = (.g (.f a))");
    check("x = a.in.if().return;", "x = (.if a.in).return");
    check("x = ifNull(a, 1);", "x = (ifNull a 1)");
}

#[test]
fn conditional_values_and_statements() {
    check(
        "x = if(a == 1, \"b\", if(c, 2, 3)) + 1;",
        "x = (+ (if (== a 1) \"b\" (if c 2 3)) 1)",
    );
    check("if(c, a, b).add(1);", "(.add (if c a b) 1)");
    check("if (f(a, b)) { }", "if (f a b) {}");
    check(
        "If(a = 1) { info 1; } ELSE if (b) { } else { info 2; }",
        "if (= a 1) {info 1} else if b {} else {info 2}",
    );
}

#[test]
fn what_lies_in_brackets_behind_an_operand() {
    check(
        "x = m[\"k\"] + l[0][1];",
        "x = (+ (bracketed m \"k\") (bracketed (bracketed l 0) 1))",
    );
    check(
        "x = Form[ID == 5 && Name like \"a\"].Name;",
        "x = (bracketed Form ?).Name",
    );
    check(
        "x = Form[a in b] sort by A desc, B range from 1 to 10;",
        "x = (bracketed Form MISSING)",
    );
    check(
        "for each r in Form[a = 1] sort by A { f(r); }",
        "for r in (bracketed Form (= a 1)) {(f r)}",
    );
}

#[test]
fn assignments() {
    check(
        "x = 1; x += 2; x -= 3; x *= 4; x /= 5; x %= 6;",
        "x = 1\nx += 2\nx -= 3\nx *= 4\nx /= 5\nx %= 6",
    );
    check("x = (y = 1);", "x = (paren (= y 1))");
}

#[test]
fn loops() {
    check(
        "for each x in {1,2} { info x; }",
        "for x in (list 1 2) {info x}",
    );
    check(
        "For Each index i IN l { continue; }",
        "for index i in l {continue}",
    );
    check("for each index in l { break; }", "for index in l {break}");
    check("for each index index in l { }", "for index index in l {}");
    check("while (x < 3) { x += 1; }", "while (< x 3) {x += 1}");
    check(
        "for each x in l.get(0) { while (true) { break; } }",
        "for x in (.get l 0) {while true {break}}",
    );
}

#[test]
fn try_throw_return_and_empty_statements() {
    check(
        "try { throw x; } catch (e) { throw (e); }",
        "try {throw x} catch e {throw (paren e)}",
    );
    check("return; return 1 + 2;", "return\nreturn (+ 1 2)");
    check("return\nif(a, 1, 2);", "return (if a 1 2)");
    check("a = 1;;\n;", "a = 1\n-\n-");
    check("throws \"a\";", "throw \"a\"\n1:1-7 W0107");
}

#[test]
fn words_that_are_names_in_some_places() {
    check(
        "info = 1; info.put(2); info info + 1; info (x).y();",
        "info = 1\n(.put info 2)\ninfo (+ info 1)\ninfo (.y (paren x))\n1:1-5 W0106",
    );
    check(
        "case = 1; case.f(); new = 2; do = 3; switch = 4;",
        "case = 1\n(.f case)\nnew = 2\ndo = 3\nswitch = 4",
    );
    check(
        "throw = 1; throws += 2; throw.f(); x = throw;",
        "throw = 1\nthrows += 2\n(.f throw)\nx = throw",
    );
    check(
        "for each case in info { }",
        "for case in info {}\n1:18-22 W0106",
    );
    check(
        "Map = 1; map = map();\nx = Map;",
        "Map = 1\nmap = (map)\nx = Map\n1:1-4 W0106",
    );
    check(
        "alert = 1; alert.f(); hide(1); and = 2; not = and;",
        "alert = 1\n(.f alert)\n(hide 1)\nand = 2\nnot = and",
    );
    check("each = 1; index = each;", "each = 1\nindex = each");
}

#[test]
fn white_space_and_comments() {
    check("\u{FEFF}#!/usr/bin/env freshet\na = 1;", "a = 1");
    check("a\u{A0}=\u{C}1;\rb /* x */ = // y\r\n2;", "a = 1\nb = 2");
    check("/* outer /* inner */ a = 1; /**/ /***/", "a = 1");
    check("a\u{200B} = 1;", "a = 1\n1:2-3 W0104");
    check("", "");
}

#[test]
fn tasks() {
    check(
        "r = invokeUrl [ url :\"u\" type :POST parameters:m.get(\"p\") content-type :application/vnd.api+json\nheaders : {\"a\": b} ];",
        "r = (task invokeUrl <url: \"u\"> <type: POST> <parameters: (.get m \"p\")> <content-type: `application/vnd.api+json`> <headers: (map \"a\":b)>)",
    );
    check(
        "invokeurl [ url: a, type: GET; detailed: true ]\ninfo 1;",
        "(task invokeurl <url: a> <type: GET> <detailed: true>)\ninfo 1",
    );
    check(
        "sendmail [ from :zoho.adminuserid to :\"a\", b.c() , d.e cc: x, subject: \"s\" reply to :r content type :HTML ];",
        "(task sendmail <from: ZOHO.adminuserid> <to: \"a\", (.c b), d.e> <cc: x> <subject: \"s\"> <reply to: r> <content type: HTML>)",
    );
    check(
        "sendmail [ to: a, b subject: s cc: c, d attachments: file: f bcc: e, reply to: r ]",
        "(task sendmail <to: a, b> <subject: s> <cc: c, d> <attachments: file:f> <bcc: e> <reply to: r>)",
    );
    check(
        "sendmail [ to: a attachments :file:f, file : g.h() ]",
        "(task sendmail <to: a> <attachments: file:f, file:(.h g)>)",
    );
    check(
        "x = f(invokeurl [ url: if(a, b, c) ]);",
        "x = (f (task invokeurl <url: (if a b c)>))",
    );
    check("other [ name: 1 ];", "(task other <name: 1>)");
    check("x = invokeurl [];", "x = (task invokeurl)");
    check(
        "sendmail [ to: list:int(1), list:int() body: \"b\" content-type: a / f(b) ]",
        "(task sendmail <to: (list:Number 1), (list:Number)> <body: \"b\"> <content-type: (/ a (f b))>)",
    );
    check(
        "sendmail [ bcc: a - list:int(1) body: b ]",
        "(task sendmail <bcc: (- a (list:Number 1))> <body: b>)",
    );
}

#[test]
fn declarations() {
    check("int f() { return 1; }", "fn Number f() {return 1}");
    check(
        "// adds\n// up\nFLOAT a.b(STRING s, list:int l, map m, file f) { }\nx = 1;",
        "fn Decimal a.b(Text s, List(Some(Number)) l, KeyValue m, File f) {} // \"adds\\nup\"\nx = 1",
    );
    check(
        "/** One.\n * Two.\n */\nvoid f() { }",
        "fn Void f() {} // \"One.\\nTwo.\"",
    );
    check("// far away\n\nvoid f() { }", "fn Void f() {}");
    check(
        "list list(date date) { return {date}; }",
        "fn List(None) list(DateTime date) {return (list date)}\n1:16-20 W0106",
    );
    check(
        "date.addDay(1); list = map();",
        "(.addDay date 1)\nlist = (map)\n1:1-5 W0106\n1:17-21 W0106",
    );
    check(
        "string main(int now) { return main(1); }",
        "fn Text main(Number now) {return (main 1)}",
    );
}
