//! No function takes the machine with it: huge counts, growth, depth, patterns and files made to do harm end with an
//! error, or with a result, in bounded time and memory.

use std::time::{Duration, Instant};

use freshet_interpreter::value::{File, Value};

use super::support::output_with;

/// How long one of these may take in a build for tests, beside other tests.
const BOUND: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 3 });

/// What a script prints, on a stack as large as the engine gives.
fn ended(script: &str, given: impl FnOnce() -> Vec<(&'static str, Value)> + Send) -> String {
    let begun = Instant::now();
    let printed = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 20);
        let running = thread.spawn_scoped(scope, || output_with(script, given()));
        running.unwrap().join().unwrap()
    });
    let taken = begun.elapsed();
    assert!(taken < BOUND, "{taken:?}: {script}");
    printed
}

fn alone(script: &str) -> String {
    ended(script, Vec::new)
}

/// The script ends with one of these codes.
fn refused(script: &str, codes: &str) {
    let told = alone(script);
    let code = told.split(' ').next().unwrap_or_default();
    assert!(
        codes.split('|').any(|known| known == code),
        "{script}\n{} ({codes})",
        told.chars().take(300).collect::<String>()
    );
}

const HUGE: &str = "1000000000000000000";
const LARGEST: &str = "9223372036854775807";

#[test]
fn huge_counts() {
    for (call, codes) in [
        ("\"ab\".repeat(§)", "R0103|R0016"),
        ("\"ab\".leftpad(§)", "R0016"),
        ("\"ab\".rightpad(§)", "R0016"),
        ("\"ab\".left(§)", "R0016"),
        ("\"ab\".subString(0, §)", "R0015"),
        ("{1}.get(§)", "R0015"),
        ("{1}.subList(0, §)", "R0016"),
        ("{1}.nthLargest(§)", "R0016"),
        ("{1}.percentile(§)", "R0016"),
        ("2.power(§)", "R0007"),
        ("1.5.power(§)", "R0008"),
        ("exp(§)", "R0008|R0016"),
        ("sinh(§)", "R0008|R0016"),
        ("'01-Jan-2024'.workday(§)", "R0029|R0016"),
        ("'01-Jan-2024'.addBusinessDay(§)", "R0029|R0016"),
        ("'01-Jan-2024'.subBusinessDay(§)", "R0029|R0016"),
        ("'01-Jan-2024'.addBusinessHour(§)", "R0029|R0016"),
        ("'01-Jan-2024'.addBusinessHour(0 - §)", "R0029|R0016"),
        ("'01-Jan-2024'.eomonth(§)", "R0029"),
        ("'01-Jan-2024'.edate(0 - §)", "R0029"),
        ("§.toTime()", "R0029"),
        ("§.toString(\"yyyy\")", "R0029"),
    ] {
        for n in [HUGE, LARGEST] {
            refused(&format!("info {};", call.replace('§', n)), codes);
        }
    }
    for unit in ["Year", "Month", "Week", "Day", "Hour", "Minutes", "Seconds"] {
        for (name, n) in [("add", HUGE), ("add", LARGEST), ("sub", LARGEST)] {
            refused(&format!("info '01-Jan-2024'.{name}{unit}({n});"), "R0029");
            refused(
                &format!("info '01-Jan-2024'.{name}{unit}(0 - {n} - 1);"),
                "R0029",
            );
        }
    }
    for (call, printed) in [
        ("1.5.round(§)", "1.5"),
        ("1.5.truncate(§)", "1.5"),
        ("1.5.round(0 - §)", "0"),
        ("0.5.power(§)", "0"),
        ("1.power(§)", "1"),
        ("(-1).power(§) == 1 || (-1).power(§) == -1", "true"),
        ("\"ab\".repeat(0).length() + § * 0", "0"),
        ("\"ab\".left(0 - §)", "ab"),
        ("\"ab\".subString(1, 0 - §)", "b"),
        ("'01-Jan-2024'.workday(0 - §)", "01-Jan-2024"),
        ("randomNumber(0 - §, §) < §", "true"),
        (
            "§.toWords().startsWith(\"one quintillion\") || §.toWords().startsWith(\"nine\")",
            "true",
        ),
    ] {
        for n in [HUGE, LARGEST] {
            assert_eq!(
                alone(&format!("info {};", call.replace('§', n))),
                printed,
                "{call} {n}"
            );
        }
    }
    assert_eq!(
        alone("info '01-Jan-0001'.workDaysList('31-Dec-9999').size();"),
        "2608615"
    );
}

/// What grows with the product of its inputs, or doubles in a loop, ends at the limit of memory.
#[test]
fn growth() {
    for script in [
        "t = \"a\".repeat(1000000); info t.replaceAll(\"a\", t);",
        "t = \"a\".repeat(1000000); info t.replaceAll(\"(a)\", \"$1\" + t);",
        "t = \"a\".repeat(1000000); info t.replaceAllIgnoreCase(\"A\", t);",
        "t = \"a\".repeat(1000000); info t.replaceAll(\"\", t, true);",
        "t = \"a\"; for each x in {1,2,3,4,5,6,7,8,9,10}.toList() { t = t.repeat(10); } info t.length();",
        "t = \"ab\"; for each x in \"a\".repeat(60).toList(\"\") { t = t.concat(t); } info 1;",
        "t = \"ab\"; for each x in \"a\".repeat(60).toList(\"\") { t = t + t; } info 1;",
        "l = {1}; for each x in \"a\".repeat(60).toList(\"\") { l.addAll(l); } info 1;",
        "c = Collection(1); for each x in \"a\".repeat(60).toList(\"\") { c.insertAll(c); } info 1;",
        "l = {\"abc\"}; for each x in \"a\".repeat(30).toList(\"\") { l = {l, l}; } info l.toString().length();",
        "info \"a\".repeat(20000000).toList(\"\").size();",
        "info \",\".repeat(20000000).toList(\",\").size();",
        "info List(\",\".repeat(20000000)).size();",
        "info List:String(\",\".repeat(20000000)).size();",
        "info (\"[\" + \"1,\".repeat(40000000) + \"1]\").toJSONList().size();",
        "info (\"[\" + \"{},\".repeat(15000000) + \"1]\").toJSONList().size();",
        "info \"é\".repeat(100000000).textToHex().length();",
    ] {
        refused(script, "R0103");
    }
}

/// A loop over the characters of a text is linear, be it ASCII or not.
#[test]
fn walks_over_texts() {
    let walk = "c = 0; i = 0; while (i < t.length()) { if (t.subString(i, i + 1) == \"x\") { c = c + 1; } i = i + 1; } info c;";
    for unit in ["é", "eé", "😀"] {
        let script = format!("t = \"{unit}x\".repeat(100000); {walk}");
        assert_eq!(alone(&script), "100000");
    }
    assert_eq!(
        alone(
            "t = \"\"; i = 0; while (i < 100000) { t = t + \"é\"; if (t.right(1) != \"é\" || t.length() != i + 1) { info i; } i = i + 1; } info t.length();"
        ),
        "100000"
    );
}

#[test]
fn depth() {
    for script in [
        "info (\"[\".repeat(300) + \"]\".repeat(300)).toJSONList();",
        "info (\"[\".repeat(5000000)).toJSONList();",
        "info (\"{a:\".repeat(5000000)).toMap();",
        "l = {1}; for each x in \"a\".repeat(300).toList(\"\") { l = {l}; } info l;",
        "l = {1}; for each x in \"a\".repeat(300).toList(\"\") { l = {\"a\": l}; } info l.toXML();",
        "l = {1}; for each x in \"a\".repeat(300).toList(\"\") { l = {l}; } info {l, {1}}.toFile(\"x\");",
        "info (\"<a>\".repeat(100000) + \"</a>\".repeat(100000)).executeXPath(\"//a\");",
        "m = Map(); m.put(\"m\", m); info m.toXML();",
        "l = {1}; l.add(l); info l.toString();",
    ] {
        refused(script, "R0010|R0017");
    }
    // Deep, and freed again.
    assert_eq!(
        alone(
            "l = {1}; for each x in \"a\".repeat(100000).toList(\"\") { l = {l}; } info l.size();"
        ),
        "1"
    );
}

#[test]
fn patterns_made_to_take_long() {
    // Those that need no steps back end quickly, whatever the text.
    for pattern in [
        "(a+)+$",
        "(a|a)*$",
        "(a*)*$",
        "(a|aa)+$",
        "(.*a){12}$",
        "(x+x+)+y",
    ] {
        let script = format!("info (\"a\".repeat(30000) + \"b\").matches(\"{pattern}\");");
        assert_eq!(alone(&script), "false", "{pattern}");
    }
    for script in [
        "info \"a\".matches(\"((a{1,1000}){1,1000}){1,1000}\");",
        "info \"a\".matches(\"(\".repeat(100000) + \"a\" + \")\".repeat(100000));",
        "info \"a\".matches(\"[\".repeat(100000));",
        "info \"a\".matches(\"a*\".repeat(300000));",
        "info \"a\".matches(\"(?=a)\".repeat(100000));",
    ] {
        refused(script, "R0016");
    }
    // What goes over the text again at each place of it is bounded too: there are no steps back to count.
    for pattern in [
        "(?<!y)\\\\s+$",
        "(?<!y)\\\\s++$",
        "(?=\\\\s*y)\\\\s",
        "(?<!y)(\\\\s|\\\\t)+y",
    ] {
        refused(
            &format!(
                "info (\" \".repeat(300000) + \"x\").replaceAll(\"{pattern}\", \"\").length();"
            ),
            "R0016",
        );
    }
    // Others are refused, or answered, as far as their steps go.
    for script in [
        "info (\"a\".repeat(3000) + \"b\").matches(\"(a+)+\\\\1c\");",
        "info (\"a\".repeat(3000) + \"b\").matches(\"(?=(a+)+c)a+\");",
        "info (\"a\".repeat(3000) + \"b\").replaceAll(\"(a+)+\\\\1c\", \"\");",
        "info \"a\".matches(\"(?=\".repeat(10000) + \"a\" + \")\".repeat(10000));",
        "info \"a\".matches(\"a?\".repeat(3000000));",
        "info \"a\".repeat(20000).replaceAll(\"(a+)+\\\\1c|a\", \"b\").length();",
    ] {
        let told = alone(script);
        assert!(
            told == "false" || told.starts_with("R0016 ") || told.parse::<u32>().is_ok(),
            "{script} {told}"
        );
    }
    assert_eq!(
        alone("info \"a\".matches(\"(?:\".repeat(50) + \"a\" + \")\".repeat(50));"),
        "true"
    );
}

/// What would be quadratic in the number of elements is not.
#[test]
fn many_elements() {
    let many = "l = List(); for each x in \"a\".repeat(30000).toList(\"\") { n = l.size(); l.add({n / 2, {\"k\": n / 2}}); } ";
    for (script, printed) in [
        ("info l.distinct().size();", "15000|30000"),
        ("info l.intersect(l).size();", "15000|30000"),
        ("l.removeAll(l.duplicate()); info l.size();", "0"),
        (
            "c = Collection(); c.insertAll(l); c.deleteAll(l); info c.size();",
            "0",
        ),
    ] {
        let told = alone(&format!("{many}{script}"));
        assert!(
            printed.split('|').any(|known| known == told),
            "{script} {told}"
        );
    }
    assert_eq!(
        alone(
            "m = Map(); for each x in \"a\".repeat(100000).toList(\"\") { m.put(m.size(), 1); }
             c = Collection(); c.insertAll(m); c.deleteKeys(m.keys()); info c.size();"
        ),
        "0"
    );
}

#[test]
fn long_formats_and_numbers() {
    for (script, printed) in [
        ("info 7.text(\"0\".repeat(1000000)).length();", "1000000"),
        ("info 7.text(\"#\".repeat(1000000)).length();", "1"),
        (
            "info '01-Jan-2024'.toString(\"y\".repeat(1000000)).length();",
            "1000000",
        ),
        (
            "info '01-Jan-2024'.toString(\"yyyy \".repeat(200000)).length();",
            "1000000",
        ),
        (
            "info '01-Jan-2024'.toString(\"'\".repeat(1000001)) == null;",
            "true",
        ),
        ("info isNumber(\"1\".repeat(10000000));", "true"),
        ("info isNumber(\"1\".repeat(10000000) + \"x\");", "false"),
        (
            "info (\"1\" + \"0\".repeat(1000000)) > 1;",
            "true|R0001|R0032|R0008|R0007|R0017",
        ),
    ] {
        let told = alone(script);
        let code = told.split(' ').next().unwrap_or_default();
        assert!(
            printed.split('|').any(|known| known == code),
            "{script} {told}"
        );
    }
    for (script, codes) in [
        ("info (\"1\".repeat(10000000)).toNumber();", "R0017"),
        ("info (\"1\".repeat(10000000)).toDecimal();", "R0017"),
        ("info (\"1\".repeat(10000000)).toDate();", "R0017"),
        (
            "info (\"1\".repeat(10000000)).toDate(\"yyyyMMdd\");",
            "R0017",
        ),
        (
            "info (\"1\".repeat(100000)).toDate(\"d\".repeat(100000));",
            "R0017",
        ),
        ("info (\"-\".repeat(10000000)).toTime();", "R0017"),
        ("info (\"f\".repeat(10000001)).hexToText();", "R0017"),
        (
            "info zoho.encryption.base64Decode(\"*\".repeat(10000000));",
            "R0017",
        ),
        (
            "info zoho.encryption.urlDecode(\"%\".repeat(10000000));",
            "R0017",
        ),
    ] {
        refused(script, codes);
    }
}

/// Bytes of a file that are no text are shown as such; functions of text never see them.
#[test]
fn files_that_are_no_text() {
    let file = |bytes: &[u8]| {
        let bytes = bytes.to_vec();
        move || vec![("f", Value::File(File::new("f.txt", "text/plain", bytes)))]
    };
    for (bytes, length) in [
        (&b"a\xffb"[..], "3"),
        (b"\xc3", "1"),
        (b"\xed\xa0\x80", "3"),
        (b"\xf8\x88\x80\x80\x80", "5"),
        (b"\x00", "1"),
    ] {
        let script = "t = f.getFileContent(); info t.length(); info t.toUpperCase().contains(t.left(0)); info t.textToHex().hexToText() == t;";
        assert_eq!(
            ended(script, file(bytes)),
            format!("{length}\ntrue\ntrue"),
            "{bytes:?}"
        );
    }
    let script =
        "f.setCharset(\"UTF-16LE\"); info f.getFileContent(); info f.getFileContent().toMap();";
    let told = ended(script, file(b"{\x00\x00\xd8"));
    assert!(told.contains("R0017"), "{told}");
    let told = ended("info f.getFileContent().toJSONList();", file(b"[\"\xff\"]"));
    assert_eq!(told, "\u{fffd}");
    let told = ended(
        "info f.getFileContent().executeXPath(\"/a\");",
        file(b"<a>\xff</a>"),
    );
    assert_eq!(told, "<a>\u{fffd}</a>");
}

/// Entities of documents are never resolved, be they inside or outside.
#[test]
fn documents_that_refer_to_others() {
    let laughs: String = (1..10)
        .map(|n| {
            let inner = format!("&l{};", n - 1).repeat(10);
            format!("<!ENTITY l{n} '{inner}'>")
        })
        .collect();
    for document in [
        format!("<!DOCTYPE a [<!ENTITY l0 'ha'>{laughs}]><a>&l9;</a>"),
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>".to_owned(),
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><a/>".to_owned(),
        "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/'>%x;]><a/>".to_owned(),
        "<a>&x;</a>".to_owned(),
        "<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='file:///etc/passwd'/></a>"
            .to_owned(),
    ] {
        let told = ended("info t.executeXPath(\"string(/a)\");", || {
            vec![("t", (&*document).into())]
        });
        assert!(
            told.starts_with("R0016") || told.starts_with("R0017") || told.is_empty(),
            "{document} {told}"
        );
    }
}
