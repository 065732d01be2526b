//! What a process takes at its peak, as the system counts it, while functions make much of little: the limit of memory
//! bounds not only the values that are left but all that is needed on the way to them.

use crate::support::place::Place;
use crate::support::server::{Reply, Server};
use crate::support::terminal::Terminal;
use crate::{freshet, freshet_within, is_long};

/// The limit of the run, in KiB.
const LIMIT: u64 = 64 << 10;

/// What may come to it, in KiB: a text or list that has no more room is copied into twice as much, and a function may
/// need what it reads and what it gives at once.
const BESIDE: u64 = LIMIT + (LIMIT / 2);

/// The most that the process had in memory so far, in KiB.
fn peak(terminal: &Terminal) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", terminal.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let figure = line.unwrap().split_whitespace().nth(1);
    figure.unwrap().parse().unwrap()
}

/// An entry of a REPL, which goes on after an error, so that it can be looked at.
fn taken_by(entry: &str) -> u64 {
    let place = Place::new();
    let mut command = place.command(&["repl", "--limit", "memory=64MiB"]);
    command.env("TERM", "dumb");
    let mut terminal = Terminal::run(command);
    terminal.expect("\n> ");
    let before = peak(&terminal);
    terminal.write(&format!("{entry}\n"));
    let shown = terminal.expect("\n> ");
    assert!(!shown.contains("[E0"), "{shown}");
    peak(&terminal) - before
}

#[test]
fn a_peak_is_bounded_by_the_limit() {
    let mut beyond = Vec::new();
    for entry in [
        "\"ab\".repeat(1000000000000000000)",
        "t = \"a\".repeat(1000000); t.replaceAll(\"a\", t)",
        "t = \"a\".repeat(1000000); t.replaceAll(\"(a)\", \"$1\" + t)",
        "t = \"a\".repeat(1000000); t.replaceAllIgnoreCase(\"A\", t)",
        "\"a\".repeat(3000000).toList(\"\").size()",
        "\",\".repeat(3000000).toList(\",\").size()",
        "(\"[\" + \"1,\".repeat(5000000) + \"1]\").toJSONList().size()",
        "(\"[\" + \"1,\".repeat(2500000) + \"1]\").toJSONList().size()",
        "(\"[\" + \"{},\".repeat(2000000) + \"1]\").toJSONList().size()",
        "(\"{\" + \"a:1,\".repeat(1300000) + \"b:1}\").toMap().size()",
        "(\"[\".repeat(5000000)).toJSONList()",
        "\"é\".repeat(12000000).textToHex().length()",
        "\"c3a9\".repeat(7000000).hexToText().length()",
        "\"ΐ\".repeat(10000000).toUpperCase().length()",
        "\"é\".repeat(12000000).reverse().length()",
        "encodeUrl(\"é\".repeat(6000000)).length()",
        "zoho.encryption.aesEncode(\"k\", \"a\".repeat(20000000)).length()",
        "(\"<a>\" + \"<b/>\".repeat(250000) + \"</a>\").executeXPath(\"count(//b)\")",
        "(\"<a>\" + \"<b/>\".repeat(1200000) + \"</a>\").executeXPath(\"count(//b)\")",
        "(\"<a>\" + \"<b/>\".repeat(100000) + \"</a>\").executeXPath(\"count(//b[//b])\")",
        "(\"<a>\" + \"x&amp;\".repeat(5000000) + \"</a>\").executeXPath(\"string(/a)\").length()",
        "\"<a/>\".executeXPath(\"/a\" + \"/b\".repeat(3000000))",
        "\"<a/>\".executeXPath(\"/a\" + \"//*\".repeat(120000))",
        "f = \"a\".repeat(20000000).toFile(\"a.txt\"); f.compress().extract().size()",
        "f = \"é\".repeat(6000000).toFile(\"a.txt\"); f.setCharset(\"ISO-8859-1\"); f.getFileContent().length()",
        "\"a\".matches(\"a?\".repeat(3000000))",
        "\"a\".matches(\"\\\\p{L}\".repeat(8000))",
        "\"a\".matches(\"((a{1,1000}){1,1000}){1,1000}\")",
        "for each index i in \"a\".repeat(40).toList(\"\") { x = \"a\".matches(\"(?=a)\".repeat(3000) + i); }",
        "'01-Jan-0001'.workDaysList('31-Dec-9999').size()",
        "l = {}; s = \"x\".repeat(1000000); for each i in \"a\".repeat(500).toList(\"\") { l.add(s); } info l;",
        "x = 1; for each i in \"a\".repeat(41).toList(\"\") { x = {x, x}; } info x;",
        "l = {}; while (true) { l.add(1); }",
        "m = Map(); i = 0; while (true) { m.put(i, 1); i = i + 1; }",
        "s = \"x\"; while (true) { s += \"abcdefghijklmnopqrstuvwxyz\"; }",
    ] {
        let taken = taken_by(entry);
        println!("{:4} MiB  {entry}", taken >> 10);
        if taken > LIMIT + BESIDE {
            beyond.push((taken >> 10, entry));
        }
    }
    assert!(beyond.is_empty(), "{beyond:?}");
}

/// What these are given and what they make, and little beside: nothing is there twice on the way.
#[test]
fn what_is_given_and_made_is_there_once() {
    let mut beyond = Vec::new();
    for (entry, most) in [
        ("\"41\".repeat(15000000).hexToText().length()", 64),
        ("1.text(\"0\".repeat(20000000)).length()", 56),
        (
            "(\"[\" + \"1,\".repeat(1000000) + \"1]\").toJSONList().size()",
            // A list grows beside the smaller one it replaces.
            56,
        ),
    ] {
        let taken = taken_by(entry) >> 10;
        println!("{taken:4} MiB  {entry}");
        if taken > most {
            beyond.push((taken, entry));
        }
    }
    assert!(beyond.is_empty(), "{beyond:?}");
}

/// An address space, in KiB, that holds the binary and far less than the limit of memory allows.
const SPACE: u64 = 300_000;

#[test]
fn memory_that_the_system_refuses_is_an_error_of_the_script() {
    for script in [
        "l = {}; s = \"x\".repeat(1000000); i = 0; while (i < 5000) { l.add(s); i = i + 1; }\ninfo l;",
        "l = {}; s = \"x\".repeat(1000000); i = 0; while (i < 5000) { l.add(s); i = i + 1; }\nx = l.toString();",
        "l = {}; s = \"x\".repeat(1000000); i = 0; while (i < 5000) { l.add(s); i = i + 1; }\ninfo {\"a\": l};",
        "l = {};\nwhile (true) { l.add(1); }",
        "m = Map(); i = 0;\nwhile (true) { m.put(i, 1); i = i + 1; }",
        "c = Collection();\nwhile (true) { c.insert(1); }",
        "s = \"x\";\nwhile (true) { s += \"abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz\"; }",
        "s = \"x\".repeat(1000);\nwhile (true) { s = s + s; }",
        "l = {};\nwhile (true) { l.add(\"a text that is not kept in the value itself\".toUpperCase()); }",
        "\nx = \"x\".repeat(500000000);",
        "\nx = \"x\".repeat(150000000).replaceAll(\"x\", \"yyy\");",
        "\nx = \"[1\" + \",1\".repeat(20000000) + \"]\"; y = x.toJSONList();",
    ] {
        let ended = super::freshet_within(SPACE, &["run", "-"], script);
        ended.fails(75, &["R0103", "than the system gives", "[ -:2:"]);
    }
}

/// What copies a text or many elements asks for the memory first, whatever the machine has. A text of so many million
/// bytes, KiB of address space with which the process was once ended, and a call.
#[cfg(target_os = "linux")]
#[test]
fn copies_of_long_texts_never_abort() {
    let cases = [
        (50, 400_000, "f = x.toFile(\"a\"); y = f.getFileContent();"),
        (
            50,
            400_000,
            "f = x.toFile(\"a\"); f.setCharset(\"ISO-8859-1\"); y = f.getFileContent();",
        ),
        (50, 350_000, "y = \"\".toFile(x).getFileName();"),
        (50, 350_000, "y = x.executeXPath(\"/a\");"),
        (
            50,
            400_000,
            "z = \"<a>\" + x + \"</a>\"; y = z.executeXPath(\"/a/text()\");",
        ),
        (
            50,
            400_000,
            "z = \"<a b='\" + x + \"'/>\"; y = z.executeXPath(\"/a/@b\");",
        ),
        (
            1,
            350_000,
            "z = \"<a>\" + \"&amp;\".repeat(15000000) + \"</a>\"; y = z.executeXPath(\"/a/text()\");",
        ),
        (
            50,
            350_000,
            "y = zoho.encryption.urlEncode(x.replaceAll(\"a\", \"é\", true));",
        ),
        (
            50,
            400_000,
            "y = zoho.encryption.aesDecode(\"k\", zoho.encryption.aesEncode(\"k\", x));",
        ),
        (1, 250_000, "y = encodeUrl(\"é\".repeat(9000000));"),
        (150, 450_000, "y = x.remove(\"b\");"),
        (50, 460_000, "y = 5.text(x);"),
        (50, 400_000, "y = {\"a\": x}.toString().toMap();"),
        (50, 350_000, "y = x.toMap();"),
        (50, 350_000, "y = x.toJSONList();"),
        (
            50,
            350_000,
            "try { throw x; } catch (e) { y = e.message + e; }",
        ),
        (
            1,
            350_000,
            "l = \"1,\".repeat(1000000).toList(\",\"); l.remove(1000000); y = l.average();",
        ),
        (
            1,
            350_000,
            "l = \"1,\".repeat(1000000).toList(\",\"); l.remove(1000000); y = l.median();",
        ),
        (
            1,
            700_000,
            "y = \"x\\n\".matches(\"(?m)\" + \"$\".repeat(99000));",
        ),
    ];
    for (millions, kib, call) in cases {
        let script = format!("x = \"ab\".repeat({}); {call}", millions * 500_000);
        let around = if is_long() { 6 } else { 1 };
        for step in 0..around {
            let kib = kib + 25_000 * step;
            let ended = freshet_within(kib, &["run", "-"], &script);
            // It may have had enough, be told of its memory, or of what was wrong with the text.
            let allowed = matches!(ended.exit, Some(0 | 1)) && !ended.err.contains("R0199");
            let refused = ended.exit == Some(75) && ended.err.contains("R0103");
            assert!(
                allowed || refused,
                "{call} within {kib}: {:?} {}",
                ended.exit,
                ended.err
            );
        }
    }
}

/// Nor does a reply that comes in pieces.
#[cfg(target_os = "linux")]
#[test]
fn long_replies_never_abort() {
    let server = Server::start(|_| Reply::new(200, "text/plain", vec![b'x'; 40_000_000]));
    for format in ["", " response-format :FILE"] {
        let script = format!(
            "x = invokeurl [ url :\"{}\" type :GET{format} ];",
            server.url("/")
        );
        for kib in [260_000, 300_000, 330_000, 360_000, 400_000, 450_000] {
            let ended = freshet_within(kib, &["run", "-"], &script);
            let told = ["C0013", "R0103"]
                .iter()
                .any(|code| ended.err.contains(code));
            assert!(
                ended.exit == Some(0) || matches!(ended.exit, Some(69 | 75)) && told,
                "within {kib}: {:?} {}",
                ended.exit,
                ended.err
            );
        }
    }
}

/// Names and types of files are part of the memory of a run.
#[test]
fn names_of_files_count() {
    let script = "l = List(); x = \"a\".repeat(1000000); for each i in \"a\".repeat(2000).toList(\"\") { f = \"\".toFile(\"a\"); f.setParamName(x); l.add(f); } info l.size();";
    let ended = freshet(&["run", "--limit", "memory=64MiB", "-"], script);
    assert_eq!(ended.exit, Some(75), "{}", ended.err);
    assert!(ended.err.contains("R0103"), "{}", ended.err);
}
