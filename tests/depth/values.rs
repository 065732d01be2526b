//! Values: deeper than anything may be, containing themselves, and more than memory allows.

use super::{freshet, freshet_within, run};

/// A list and a key-value, each nested a million times.
const DEEP: &str = "
    l = {1}; m = {1: 1}; i = 0;
    while (i < 1000000) {
        outer = List(); outer.add(l); l = outer;
        pairs = Map(); pairs.put(\"k\", m); m = pairs;
        i += 1;
    }\n";

#[test]
fn deep_values_are_refused_where_all_of_them_is_needed() {
    let uses = [
        "info V;",
        "x = V.toString();",
        "x = \"\" + V;",
        "throw V;",
        "x = V + \"\";",
        "x = {V}.toString();",
        "x = {1: V}.toText();",
    ];
    let mut script = DEEP.to_owned();
    let mut printed = String::new();
    for value in ["l", "m"] {
        for one in uses {
            script += &format!(
                "try {{ {} }} catch (e) {{ info e.message; }}\n",
                one.replace('V', value)
            );
            printed += "the value is nested more than 256 levels deep, or contains itself\n";
        }
    }
    run(&script).prints(&printed);
}

#[test]
fn deep_values_are_used_level_by_level_and_dropped() {
    let script = format!(
        "{DEEP}
        info l.size(); info m.size(); info l.get(0).size(); info m.get(\"k\").size();
        info l == l; info l == 1; info {{l}}.contains(l); info {{l, m}}.indexOf(m);
        k = l.duplicate(); k.add(2); info k.size(); info {{l, 1}}.sublist(1).toString();
        n = 0; while (l.size() == 1 && n < 1000000) {{ l = l.get(0); n += 1; }} info n; info l;
        m = null; info \"dropped\";"
    );
    run(&script).prints("1\n1\n1\n1\ntrue\nfalse\ntrue\n1\n2\n1\n1000000\n1\ndropped\n");
}

#[test]
fn values_of_equal_depth_are_compared_to_a_depth_and_no_further() {
    let twice = |depth: usize| {
        format!(
            "a = {{1}}; b = {{1}}; i = 1;
             while (i < {depth}) {{ x = {{a}}; a = x; y = {{b}}; b = y; i += 1; }}
             try {{ info a == b; }} catch (e) {{ info e.message; }}"
        )
    };
    run(&twice(256)).prints("true\n");
    run(&twice(257)).prints("the value is nested more than 256 levels deep, or contains itself\n");
    run(&twice(1_000_000))
        .prints("the value is nested more than 256 levels deep, or contains itself\n");
}

#[test]
fn values_that_hold_too_much_are_not_said_to_be_deep() {
    let ended = run("a = {1}; b = {1}; i = 0;
         while (i < 41) { a = {a, a}; b = {b, b}; i = i + 1; }
         info a == b;")
    .fails(1, &["R0035", "too much to compare", "-:3:"]);
    assert!(!ended.err.contains("256"), "{}", ended.err);
}

#[test]
fn a_result_that_cannot_be_shown_is_wrong_where_it_is_returned() {
    run("a = {1}; a.add(a);\nreturn a;").fails(1, &["R0010", "-:2:"]);
    run("list f() { a = {1}; a.add(a); return a; }\nx = f();\nreturn x;")
        .fails(1, &["R0010", "-:3:"]);
    // It is an error of the `return`, which a `try` around it catches.
    run("try { a = {1}; a.add(a); return a; } catch (e) { info \"caught\"; }").prints("caught\n");
    run("a = {1}; i = 0; while (i < 255) { x = {a}; a = x; i = i + 1; }\nreturn a;").prints("");
    run("a = {1}; i = 0; while (i < 256) { x = {a}; a = x; i = i + 1; }\nreturn a;")
        .fails(1, &["R0010", "-:2:"]);
    // What it holds many times counts once, however far it prints.
    run("a = {1}; i = 0; while (i < 200) { a = {a, a}; i = i + 1; }\nreturn a;").prints("");
}

#[test]
fn what_an_entry_gives_is_wrong_at_the_entry() {
    let repl = |entries: &str| freshet(&["repl"], entries);
    repl("a = {1}; a.add(a);\na\n").fails(1, &["R0010", "─[ ", ":1:1 ]"]);
    repl("a = {1}; a.add(a);\nreturn a;\n").fails(1, &["R0010", "─[ ", ":1:1 ]"]);
}

#[test]
fn a_result_that_nobody_sees_needs_no_memory() {
    let script = "s = \"x\".repeat(1000000); l = List(); i = 0;
        while (i < 100) { l.add(s); i = i + 1; }
        return l;";
    let limited = ["run", "-", "--limit", "memory=16MiB"];
    freshet(&limited, script).prints("");
    freshet(&[&limited[..], &["--format", "json"]].concat(), script).fails(75, &[]);
}

#[test]
fn helps_fit_what_was_written() {
    for (script, told) in [
        (
            "info \"abc\".subString(1, 10);",
            "`x.length()` tells how many",
        ),
        ("info {1}.get(4);", "`x.size()` tells how many"),
        ("x = \"abc\"; info x.size();", "write `x.length()`"),
        ("x = {1}; info x.length();", "write `x.size()`"),
        (
            "m = Map(); m.add(\"a\", 1);",
            "write `x.put(key, value)` or `x.put(pairs)`",
        ),
        ("l = List(); l.put(\"a\", 1);", "write `x.add(element)`"),
        ("info ifnull(1);", "takes 2 arguments, found 1"),
        ("info ifnull(1);", "write `ifNull(x, other)`"),
        ("x = 1; info ifnull(x, 2, 3);", "takes 2 arguments, found 3"),
        ("x = 1; info x.ifnull(2, 3);", "takes 1 argument, found 2"),
        ("x = 1; info x.ifnull();", "write `x.ifNull(other)`"),
        ("info \"a\".leftPad(20000);", "Help: put more blanks"),
        ("info (-4).sqrt();", "Help: test first"),
        (
            "info \"a\".matches(\"(\");",
            "Help: a sign that stands for itself",
        ),
        (
            "info \"<a>\".executeXPath(\"/a\");",
            "Help: every element is closed",
        ),
        ("info \"x\".toDate();", "Help: say how it is written"),
        ("info \"1/1\".toDate(\"yyyy-MM\");", "Help: print the text"),
        ("info \"a\".repeat(-1);", "`freshet help repeat`"),
    ] {
        run(script).fails(1, &[told]);
    }
    run("info List:Int(1, 2);").fails(65, &["E0153", "`List:Int(\"1,2\")`"]);
    let ended = freshet(&["check", "-"], "print(\"x\");");
    assert!(ended.err.contains("write `info …;`"), "{}", ended.err);
}

#[test]
fn values_may_contain_themselves() {
    run("
        l = List(); l.add(l); m = Map(); m.put(\"m\", m); c = Collection(); c.insert(c);
        a = List(); b = Map(); a.add(b); b.put(\"a\", a);
        for each x in {l, m, c, a, b} {
            try { info x; } catch (e) { info \"info\"; }
            try { y = x.toString(); } catch (e) { info \"toString\"; }
            info x == x;
            info x.size();
        }
        for each x in l { info x.size(); l.add(1); }
        k = List(); k.add(k);
        try { info l == k; } catch (e) { info \"compared\"; }
        l = null; m = null; a = null;
        info \"end\";
    ")
    .prints(&("info\ntoString\ntrue\n1\n".repeat(5) + "1\nfalse\nend\n"));
}

#[test]
fn texts_of_any_depth_are_read_or_refused() {
    let deep = "the text is nested more than 256 levels deep\n";
    run("
        s = \"[\".repeat(1000000); t = \"]\".repeat(1000000);
        try { x = (s + t).toJSONList(); } catch (e) { info e.message; }
        try { x = (s + \"1\" + t).toList(); } catch (e) { info e.message; }
        try { x = s.toJSONList(); } catch (e) { info e.message; }
        s = \"{\\\"a\\\":\".repeat(100000); t = \"}\".repeat(100000);
        try { x = (s + \"1\" + t).toMap(); } catch (e) { info e.message; }
        try { x = (s + \"1\" + t).getJSON(\"a\"); } catch (e) { info e.message; }
        try { x = s.toMap(); } catch (e) { info e.message; }
    ")
    .prints(&deep.repeat(6));
    for (use_of, texts) in [
        (
            "x = T.executeXPath(\"/a\");",
            [
                "\"<a>\".repeat(300000) + \"</a>\".repeat(300000)",
                "\"<a>\".repeat(1000000)",
            ],
        ),
        (
            "x = \"aaa\".matches(T);",
            [
                "\"(\".repeat(100000) + \"a\" + \")\".repeat(100000)",
                "\"(\".repeat(1000000)",
            ],
        ),
        (
            "x = \"aaa\".replaceAll(T, \"b\");",
            [
                "\"(a|\".repeat(100000) + \")\".repeat(100000)",
                "\"[\".repeat(1000000)",
            ],
        ),
        (
            "x = \"a\".repeat(5000).matches(T);",
            [
                "\"(a*)*\".repeat(100) + \"b\"",
                "\"a?\".repeat(2000) + \"a\".repeat(2000)",
            ],
        ),
        (
            "x = \"1\".toDate(T);",
            ["\"y\".repeat(1000000)", "\"'\".repeat(1000000)"],
        ),
    ] {
        for text in texts {
            let script = format!(
                "try {{ {} }} catch (e) {{ x = e.message; }} info \"on\";",
                use_of.replace('T', &format!("({text})"))
            );
            assert_eq!(run(&script).fault(), None, "{script}");
        }
    }
}

#[test]
fn memory_ends_where_its_limit_is() {
    for script in [
        "s = \"a\"; i = 0; while (i < 60) { s = s + s; i += 1; }",
        "s = \"a\"; i = 0; while (i < 60) { s += s; i += 1; }",
        "s = \"a\".repeat(100000000000);",
        "s = \"ab\"; i = 0; while (i < 60) { s = s.replaceAll(\"a\", s); i += 1; }",
        "l = {1}; i = 0; while (i < 60) { l.addAll(l); i += 1; }",
        "m = {1: \"a\".repeat(1000000)}; i = 0; while (i < 1000) { m.put(i, m.get(1) + i); i += 1; }",
        "l = {\"a\"}; i = 0; while (i < 60) { l = {l.toString(), l.toString()}; i += 1; }",
    ] {
        run(&format!(
            "try {{ {script} }} catch (e) {{ info \"caught\"; }}"
        ))
        .fails(75, &["R0103", "512 MiB", "--limit memory"]);
    }
    // What a function gives may be as large as what it was given, or many times as large.
    for script in [
        "s = \"a,\".repeat(100000000); l = s.toList(\",\");",
        "l = \"a\".repeat(100000000).toList(\"\");",
        "s = \"a,\".repeat(100000); l = List(); while (true) { l.add(s.toList(\",\")); }",
        "l = \"a,\".repeat(500000).toList(\",\"); k = List(); while (true) { k.add(l.subList(0)); }",
        "l = \"a,\".repeat(500000).toList(\",\"); k = List(); while (true) { k.add(l.duplicate()); }",
    ] {
        run(script).fails(75, &["R0103", "512 MiB", "--limit memory"]);
    }
    for script in [
        "x = encodeUrl(\"é\".repeat(2000000));",
        "s = \"a\".repeat(2000000); x = s.toList(\"a\");",
        "m = Map(); i = 0; while (i < 10000) { m.put(i, i); i += 1; } k = List(); while (true) { k.add(m.keys()); }",
        "s = \"a\".repeat(1000000); k = List(); while (true) { k.add(s.toUpperCase()); k.add(s.toLowerCase()); }",
    ] {
        freshet(&["run", "-", "--limit", "memory=8MiB"], script).fails(75, &["R0103", "8 MiB"]);
    }
    // What grows bit by bit takes time to reach the default.
    for script in [
        "l = List(); while (true) { l.add(\"a\"); }",
        "m = Map(); i = 0; while (true) { m.put(i, i); i += 1; }",
        "c = Collection(); while (true) { c.insert(1); }",
        "s = \"\"; while (true) { s += \"a\"; }",
        "string f(string s) { return f(s + s); } f(\"a\");",
        "l = {1}; while (true) { l = {l, l.toString()}; l.add(l.size().toString().repeat(1000)); }",
    ] {
        freshet(&["run", "-", "--limit", "memory=8MiB"], script).fails(75, &["R0103", "8 MiB"]);
    }
    // A literal is a place too.
    for literal in ["{1}", "{\"a\": 1}", "{{1}, 2}"] {
        let script = format!("l = List(); while (true) {{ l.add({literal}); }}");
        freshet(&["run", "-", "--limit", "memory=8MiB"], &script).fails(75, &["R0103", "-:1:"]);
    }
}

/// Address space that a run with `--limit memory=16MiB` may take, in KiB: the stack, the binary and what the allocator
/// keeps ready take most of it.
const SMALL: u64 = 400 << 10;

/// A list and a key-value whose texts are far longer than they are: one text of a million letters in 700 places.
const SHARED: &str = "
    s = \"x\".repeat(1000000); l = List(); m = Map(); i = 0;
    while (i < 700) { l.add(s); m.put(i, s); i = i + 1; }\n";

#[test]
fn a_text_of_many_shared_texts_ends_where_the_limit_is() {
    for use_of in [
        "info l;",
        "info m;",
        "info {m};",
        "t = l.toString();",
        "t = m.toString();",
        "t = \"\" + l;",
        "t = l + \"\";",
        "t = \"a\"; t = t + l;",
        "t = \"a\".concat(l.toString());",
        "throw l;",
        "throw m;",
        "f = l.toFile(\"a.txt\");",
        "t = l.reverse();",
        "t = zoho.encryption.base64Encode(l);",
        "t = zoho.encryption.md5(m.toString());",
        "t = {\"a\": l}.toXML();",
        "c = Collection(); c.insert(l); info c;",
        "try { throw s; } catch (e) { l = List(); while (true) { l.add(e); info l.toString().length(); } }",
        // Each sign becomes six.
        "q = hexToText(\"01\").repeat(4000000); info {\"a\": q};",
    ] {
        let script = format!("{SHARED}{use_of}");
        freshet_within(SMALL, &["run", "-", "--limit", "memory=16MiB"], &script)
            .fails(75, &["R0103", "16 MiB", "-:"]);
    }
    // A key that is long stands in no list, but the elements of a list take its name in XML.
    let key =
        "k = \"k\".repeat(1000000); l = List(); i = 0; while (i < 700) { l.add(1); i = i + 1; }
        t = {k: l}.toXML();";
    freshet_within(SMALL, &["run", "-", "--limit", "memory=16MiB"], key)
        .fails(75, &["R0103", "16 MiB"]);
}

#[test]
fn what_is_sent_ends_where_the_limit_is() {
    for use_of in [
        "invokeurl [ url: U type: GET parameters: m ];",
        "invokeurl [ url: U type: POST parameters: m ];",
        "invokeurl [ url: U type: POST body: m headers: {\"content-type\": \"application/json\"} ];",
        "invokeurl [ url: U type: POST parameters: m content-type: \"multipart/form-data\" ];",
        "invokeurl [ url: U type: POST parameters: m files: s.toFile(\"a\") ];",
        "f = s.toFile(\"a\"); l = List(); i = 0; while (i < 700) { l.add(f); i = i + 1; }
            invokeurl [ url: U type: POST files: l ];",
        "f = s.toFile(\"a\"); l = List(); i = 0; while (i < 700) { l.add(f); i = i + 1; }
            sendmail [ from: \"a@example.com\" to: \"b@example.com\" subject: \"s\" attachments: l ];",
        "invokeurl [ url: U type: GET headers: m ];",
        "postUrl(U, m);",
    ] {
        // Nothing listens there, and nothing is asked: the request is never whole.
        let script = format!("{SHARED}U = \"http://127.0.0.1:9/\";\n{use_of}");
        freshet_within(SMALL, &["run", "-", "--limit", "memory=16MiB"], &script)
            .fails(75, &["R0103", "16 MiB"]);
    }
}

#[test]
fn errors_that_are_kept_count() {
    freshet_within(
        SMALL,
        &["run", "-", "--limit", "memory=16MiB"],
        "s = \"x\".repeat(1000000); l = List();
         while (true) { try { throw s; } catch (e) { l.add(e); } }",
    )
    .fails(75, &["R0103", "16 MiB"]);
    // Those that are not kept are given back.
    run("s = \"x\".repeat(1000000); i = 0;
         while (i < 2000) { try { throw s; } catch (e) { i = i + 1; } }
         info i;")
    .prints("2000\n");
}

#[test]
fn a_loop_counts_the_copy_that_it_walks() {
    for (kind, value) in [("list", "l"), ("map", "m"), ("collection", "c")] {
        let script = format!(
            "l = List(); m = Map(); c = Collection(); i = 0;
             while (i < 50000) {{ l.add(i); m.put(i, i); c.insert(i); i = i + 1; }}
             int f({kind} x, int n) {{
                 for each e in x {{ if (n > 0) {{ f(x, n - 1); }} return 1; }}
                 return 0;
             }}
             f({value}, 900);"
        );
        freshet_within(SMALL, &["run", "-", "--limit", "memory=16MiB"], &script)
            .fails(75, &["R0103", "16 MiB", "-:4:"]);
    }
    // Places need no copy, and a copy is given back when its loop ends.
    freshet_within(
        SMALL,
        &["run", "-", "--limit", "memory=16MiB"],
        "l = List(); i = 0; while (i < 100000) { l.add(i); i = i + 1; }
         int f(list l, int n) { for each index i in l { if (n > 0) { f(l, n - 1); } return 1; } return 0; }
         info f(l, 900);
         n = 0; i = 0; while (i < 100) { for each x in l { n = n + 1; break; } i = i + 1; }
         info n;",
    )
    .prints("1\n100\n");
}
