//! The function library as scripts see it: every entry is complete (that its examples print what they say is shown with
//! the whole program, by `integrations`), and shared, nested and self-containing values do no harm.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use freshet_interpreter::error::{Ending, Fallible};
use freshet_interpreter::eval::{Session, Start};
use freshet_interpreter::host::{Host, HostError, Mail, UrlCall, UrlReply};
use freshet_interpreter::library::builtin::{Builtin, Example, Receiver, Settings};
use freshet_interpreter::library::find::{self, Topic};
use freshet_interpreter::limits::Limits;
use freshet_interpreter::resolve::{self, Mode, Source};
use freshet_interpreter::value::Value;
use freshet_syntax::parser;
use freshet_syntax::source::{FileId, SourceFile};

/// A world with a fixed clock, in which nothing can be sent.
#[derive(Default)]
struct ScriptedHost {
    lines: Vec<String>,
    calls: Vec<UrlCall>,
    reply: Option<UrlReply>,
    mails: Vec<Mail>,
}

impl Host for ScriptedHost {
    fn print(&mut self, line: &str) -> Result<(), HostError> {
        self.lines.push(line.to_owned());
        Ok(())
    }

    fn notice(&mut self, _line: &str) {}

    fn now(&mut self) -> i64 {
        1_790_000_000_000
    }

    fn random(&mut self) -> u64 {
        7
    }

    fn send(&mut self, call: UrlCall) -> Result<UrlReply, HostError> {
        self.calls.push(call);
        self.reply.clone().ok_or(HostError {
            code: "C0001",
            message: "there is no network".to_owned(),
            help: None,
            ending: Ending::Failed,
        })
    }

    fn send_mail(&mut self, mail: Mail) -> Result<(), HostError> {
        self.mails.push(mail);
        Ok(())
    }

    fn cancelled(&self) -> bool {
        false
    }
}

fn run_in(host: &mut ScriptedHost, script: &str) -> Fallible<Value> {
    let file = SourceFile::new("script.dg", script);
    let parsed = parser::parse(&file, FileId(0));
    let source = Source {
        file: &file,
        ast: &parsed.ast,
    };
    let mode = Mode::Run {
        arguments: &[],
        function: None,
    };
    let resolved = resolve::resolve(source, &[], mode);
    let mut faults = parsed.diagnostics.iter().chain(&resolved.diagnostics);
    if let Some(fault) = faults.find(|fault| fault.is_error()) {
        panic!("{script}\n{}", fault.message);
    }
    let mut session = Session::new(Limits::default(), Settings::default());
    session.run(&resolved.program, Start::Body, Vec::new(), host)
}

/// What a script prints; how it ends if that is an error.
fn output(script: &str) -> String {
    let mut host = ScriptedHost::default();
    if let Err(error) = run_in(&mut host, script) {
        host.lines.push(format!("{} {}", error.code, error.message));
    }
    host.lines.join("\n")
}

/// What help, completion and reference show of a function, a task, an integration task or a system variable.
#[test]
fn every_entry_is_complete() {
    const LINE: usize = 120;
    let mut faults = Vec::new();
    for topic in find::topics() {
        let (name, summary) = (topic.name(), topic.summary());
        let examples = topic.examples();
        let is_shown = |example: &Example| !example.script.is_empty() && !example.output.is_empty();
        for (lacks, what) in [
            (name.is_empty(), "a name"),
            (
                summary.is_empty() || summary.chars().count() > LINE,
                "a summary of one line",
            ),
            (!summary.ends_with('.'), "a point behind the summary"),
            (topic.returns().is_empty(), "a result"),
            (topic.words().is_empty(), "words to find it by"),
            (topic.words().contains(&""), "a word that is one"),
            (examples.is_empty(), "an example"),
            (!examples.iter().all(is_shown), "an example with its result"),
            (!is_source(topic.source()), "a source"),
        ] {
            if lacks {
                faults.push(format!("{name} lacks {what}"));
            }
        }
        let named = find::named(name);
        if !named.iter().any(|found| found.summary() == summary) {
            faults.push(format!("{name} is not found by its name"));
        }
        faults.extend(parameter_faults(topic));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What a parameter, an attribute or a receiver lacks.
fn parameter_faults(topic: Topic) -> Vec<String> {
    let told = |name: &str, takes: &str, summary: &str| {
        (name.is_empty() || takes.is_empty() || summary.is_empty())
            .then(|| format!("{}: parameter `{name}`", topic.name()))
    };
    match topic {
        Topic::Function(entry) => {
            let params = entry.params.iter();
            let params = params.filter_map(|param| told(param.name, param.kind.expected(), "-"));
            let receivers = find::receivers(entry).is_some_and(|words| words.is_empty());
            let receivers = receivers.then(|| format!("{}: receiver", entry.name));
            params.chain(receivers).chain(call_faults(entry)).collect()
        }
        Topic::Task(task) => {
            let attributes = task.attributes.iter();
            attributes
                .filter_map(|entry| told(entry.name, entry.takes, entry.summary))
                .collect()
        }
        Topic::Integration(task) => task
            .all_params()
            .filter_map(|param| told(param.name, param.takes.expected(), param.summary))
            .collect(),
        Topic::Variable(_) => Vec::new(),
    }
}

/// What is wrong with the ways in which an entry says that it is called.
fn call_faults(entry: &'static Builtin) -> Option<String> {
    let is_method = !matches!(entry.receiver, Receiver::None);
    let is_wrong = |call: &&str| {
        let name = call.trim_start_matches("x.").split('(').next();
        let has_receiver = call.starts_with("x.");
        name != Some(entry.name) || has_receiver && !is_method
    };
    let known = |name: &str| {
        let mut params = entry.params.iter();
        params.any(|param| param.name.split(", ").any(|known| known == name))
    };
    // Every parameter is named, by its own name or in a form of its own.
    let is_named = entry.calls.len() != 1
        || entry.calls[0].split_once('(').is_none_or(|(_, arguments)| {
            let names = arguments
                .split(|c: char| !c.is_alphanumeric())
                .filter(|name| !name.is_empty());
            let skipped = usize::from(is_method && entry.is_plain());
            names.skip(skipped).all(known)
        });
    (entry.calls.iter().any(is_wrong) || !is_named)
        .then(|| format!("{}: calls {:?}", entry.name, entry.calls))
}

fn is_source(source: &str) -> bool {
    source == "chosen" || source.starts_with("https://") || source.starts_with("http://")
}

#[test]
fn a_container_as_its_own_argument() {
    assert_eq!(output("l = {1, 2}; l.addAll(l); info l;"), "1,2,1,2");
    assert_eq!(output("l = {1, 2}; l.removeAll(l); info l.size();"), "0");
    assert_eq!(output("l = {1, 2}; info l.intersect(l);"), "1,2");
    assert_eq!(
        output("m = {\"a\": 1}; m.putAll(m); m.put(m); info m;"),
        "{\"a\":1}"
    );
    assert_eq!(
        output("c = Collection(1, 2); c.insertAll(c); info c;"),
        "1,2,1,2"
    );
    assert_eq!(
        output("c = Collection(1, 2); c.deleteKeys({0, 0}); info c;"),
        "2"
    );
    assert_eq!(
        output("c = Collection(1, 2); c.update(0, c); info c.get(0).size();"),
        "2"
    );
}

/// The help text of the error that ends a script.
fn help_of(script: &str) -> String {
    let ended = run_in(&mut ScriptedHost::default(), script);
    ended.unwrap_err().help.unwrap_or_default()
}

#[test]
fn a_function_of_other_types_gets_the_one_of_this_type() {
    for (call, written) in [
        ("{1}.len()", "x.size()"),
        ("{\"a\": 1}.length()", "x.size()"),
        ("Collection(1).length()", "x.size()"),
        ("\"a\".size()", "x.length()"),
        ("{\"a\": 1}.add(2)", "x.put(key, value)` or `x.put(pairs)"),
        (
            "Collection(1).add(2)",
            "x.insert(element)` or `x.insert(key : value)",
        ),
        ("{1}.put(1, 2)", "x.add(element)"),
        ("{1}.insert(2)", "x.add(element)"),
        ("{\"a\": 1}.addAll({2})", "x.putAll(pairs)"),
        ("{1}.putAll({\"a\": 1})", "x.addAll(elements)"),
        ("{\"a\": 1}.contains(\"a\")", "x.containKey(key)"),
        ("{1}.containKey(1)", "x.contains(element)"),
        ("Collection(1).contains(1)", "x.containsValue(value)"),
        ("{1}.subString(0)", "x.subList(from, [to])"),
        ("\"a\".subList(0)", "x.subString(from, [to])"),
        ("Collection(1).indexOf(1)", "x.getKey(value)"),
        ("{1}.delete(1)", "x.removeElement(element)"),
        ("{\"a\": 1}.deleteKey(\"a\")", "x.remove(key)"),
        ("{1}.concat({2})", "x.addAll(elements)"),
        ("{\"a\": 1}.toList()", "x.keys()"),
    ] {
        let help = help_of(&format!("info {call};"));
        assert_eq!(help, format!("write `{written}`"), "{call}");
    }
    assert_eq!(
        help_of("info 5.trim();"),
        "turn it into a text first: `x.toString().trim(…)`"
    );
    // The text of a number is no JSON: there the number is the surprise.
    for call in [
        "5.get(\"x\")",
        "1.5.getJSON(\"x\")",
        "'01-Jan-2024'.get(\"x\")",
        "5.toMap()",
        "5.toJSONList()",
        "5.toXML()",
        "5.executeXPath(\"/a\")",
        "5.toXmlList()",
    ] {
        let help = help_of(&format!("info {call};"));
        assert!(
            help.ends_with("to see what the value is, print it: `info …;`"),
            "{call} {help}"
        );
    }
    for (call, told) in [
        ("\"a\".toFile(\"b\").size()", "x.getFileSize()"),
        ("\"a\".toFile(\"b\").length()", "x.getFileSize()"),
        ("\"a\".isDate()", "`try { … } catch (e) { … }`"),
        ("\"a,b\".get(0)", "`x.toList(\",\").get(0)`"),
    ] {
        let help = help_of(&format!("info {call};"));
        assert!(help.contains(told), "{call} {help}");
    }
}

#[test]
fn a_text_may_begin_with_the_mark_of_its_encoding() {
    assert_eq!(
        output("info \"\u{feff}{\\\"a\\\":1}\".toMap().get(\"a\");"),
        "1"
    );
    assert_eq!(output("info \"\u{feff} [1,2]\".toJSONList().size();"), "2");
}

/// Also what is decoded piece by piece.
#[test]
fn contents_of_files_are_read_in_their_charset() {
    for (charset, text) in [
        ("ISO-8859-1", "Ã©"),
        ("UTF-16LE", "\u{a9c3}"),
        ("UTF-8", "é"),
    ] {
        let script = format!(
            "f = \"é\".repeat(200000).toFile(\"a.txt\"); f.setCharset(\"{charset}\"); t = f.getFileContent(); info t == \"{text}\".repeat(200000);"
        );
        assert_eq!(output(&script), "true", "{charset}");
    }
}

#[test]
fn types_of_files_are_media_types() {
    for (given, kept) in [
        ("pdf", "application/pdf"),
        (".pdf", "application/pdf"),
        ("PNG", "image/png"),
        ("image/webp", "image/webp"),
        ("application/vnd.api+json", "application/vnd.api+json"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
    ] {
        let script = format!(
            "f = \"x\".toFile(\"a.txt\"); f.setFileType(\"{given}\"); info f.getFileType();"
        );
        assert_eq!(output(&script), kept);
    }
    for given in [
        "zzz",
        ".zzz",
        "a/b/c",
        "text/",
        "/plain",
        "",
        "text plain",
        "a/b\\nc",
        "a/b; c=\\nd",
    ] {
        let told = output(&format!(
            "\"x\".toFile(\"a.txt\").setFileType(\"{given}\");"
        ));
        assert!(
            told.starts_with("R0017 ") && told.contains("a media type"),
            "{given} {told}"
        );
    }
}

/// A text cannot contain itself.
#[test]
fn texts_nested_too_deep() {
    let deep = "R0010 the text is nested more than 256 levels deep";
    for script in [
        "info (\"[\".repeat(300) + \"]\".repeat(300)).toJSONList();",
        "info (\"{a:\".repeat(300) + \"1\" + \"}\".repeat(300)).toMap();",
        "info (\"<a>\".repeat(300) + \"</a>\".repeat(300)).executeXPath(\"//a\");",
    ] {
        assert_eq!(output(script), deep, "{script}");
        let help = help_of(script);
        assert!(help.starts_with("cut out the part"), "{help}");
    }
}

#[test]
fn values_that_contain_themselves() {
    assert_eq!(
        output("l = {1}; l.add(l); info l.size(); info l.contains(l); info l.indexOf(l);"),
        "2\ntrue\n1"
    );
    let deep = "R0010 the value is nested more than 256 levels deep, or contains itself";
    assert_eq!(
        output("a = {1}; a.add(a); b = {1}; b.add(b); info a.contains(b);"),
        deep
    );
    assert_eq!(
        output("m = Map(); m.put(\"m\", m); info m.toString();"),
        deep
    );
    assert_eq!(
        output(
            "m = Map(); m.put(\"m\", m); n = Map(); n.put(\"m\", n); l = {m}; l.removeElement(n); info 1;"
        ),
        deep
    );
}

#[test]
fn undecided_braces_become_what_they_are_used_as() {
    assert_eq!(output("x = {}; x.add(1); info x;"), "1");
    assert_eq!(
        output("x = {}; y = x; x.put(\"a\", 1); info y;"),
        "{\"a\":1}"
    );
    assert_eq!(
        output(
            "x = {}; info x.get(\"a\"); info x.getJSON(\"a\"); info x.remove(0); info x.contains(1); info x.containsKey(1);"
        ),
        "null\nnull\nnull\nfalse\nfalse"
    );
    assert_eq!(
        output(
            "x = {}; info x.sort(); info x.toList(); info x.toMap(); y = x.duplicate(); y.add(1); info x; x.put(1, 2); info x; info y;"
        ),
        "{}\n{}\n{}\n{}\n{\"1\":2}\n1"
    );
    assert_eq!(
        output("x = {}; try { x.add(); } catch (e) { info \"no\"; } x.put(1, 2); info x.size();"),
        "no\n1"
    );
}

#[test]
fn a_call_that_fails_changes_nothing() {
    assert_eq!(
        output(
            "l = List:Int(\"1\"); try { l.addAll({2, \"x\"}); } catch (e) { info e.message; } info l;"
        ),
        "List:Int() cannot take the TEXT `x`\n1"
    );
    assert_eq!(
        output(
            "c = Collection(); try { c.insert(null : 1); } catch (e) { info \"no\"; } c.insert(\"element\"); info c;"
        ),
        "no\nelement"
    );
    assert_eq!(
        output("m = {1: 2}; try { m.put({1}, 3); } catch (e) { info \"no\"; } info m;"),
        "no\n{\"1\":2}"
    );
}

#[test]
fn a_text_that_grows_in_place_is_seen_by_its_variable_alone() {
    assert_eq!(
        output(
            "t = \"a\"; l = List(); for each n in {1, 2} { l.add(t); u = t; t = t.concat(n).concat(\"é\"); l.add(u); } info l; info t + t.length();"
        ),
        "a,a,a1é,a1é\na1é2é5"
    );
    assert_eq!(
        output("t = \"ab\"; t = t.concat(t); t = t.concat(t.length()).concat(t); info t;"),
        "abab4abab"
    );
    assert_eq!(
        output("n = 1; n = n.toString().concat(2) + 3; info n; n = 4; n = n + 5; info n;"),
        "123\n9"
    );
    for step in [
        "t.concat(\"b\").concat({1})",
        "t + \"b\" + f(1)",
        "concat(t, \"b\").concat(f(1))",
    ] {
        assert_eq!(
            output(&format!(
                "string f(int n) {{ throw \"no\"; }} t = \"a\"; t = t + \"é\"; try {{ t = {step}; }} catch (e) {{ t = t + \"!\"; }} info t;"
            )),
            "aé!",
            "{step}"
        );
    }
    assert_eq!(
        output("t = null; t = t.concat(\"a\");"),
        "R0012 `concat` was called on null"
    );
}

#[test]
fn a_reply_becomes_a_value_and_a_request_is_built_from_the_attributes() {
    let response = http::Response::builder()
        .status(404)
        .header("Content-Type", "application/json")
        .body(br#"{"error":"gone"}"#.to_vec())
        .unwrap();
    let mut host = ScriptedHost {
        reply: Some(UrlReply {
            response: Some(response),
            address: "https://api.example.com/v1/orders".to_owned(),
        }),
        ..ScriptedHost::default()
    };
    let script = r#"
        reply = invokeurl
        [
            url :"https://api.example.com/v1/orders"
            type :post
            parameters :{"id": 7, "note": "a b"}
            content-type :application/json
            headers :{"X-One": 1}
            connection :"shop"
            detailed :true
        ];
        info reply.get("responseCode") + " " + reply.get("responseText").get("error");
        info postUrl("https://api.example.com/v1", {"a": 1}, {"X-Two": 2});
        info getUrl("https://api.example.com/v1", false).get("responseCode");
        info invokeUrl("https://api.example.com/v1", "get", {"q": "x y"}, {"X-Three": 3}, true);
        info invokeapi [ service :"desk" path :"/api/v1/tickets" parameters :{"limit": 5} ].get("error");
    "#;
    run_in(&mut host, script).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(
        host.lines,
        [
            "404 gone",
            r#"{"error":"gone"}"#,
            "404",
            r#"{"error":"gone"}"#,
            "gone"
        ]
    );
    let sent: Vec<String> = host
        .calls
        .iter()
        .map(|call| {
            let request = &call.request;
            let body = String::from_utf8_lossy(request.body());
            format!(
                "{} {} {:?} {body}",
                request.method(),
                request.uri(),
                call.connection
            )
        })
        .collect();
    assert_eq!(
        sent,
        [
            r#"POST https://api.example.com/v1/orders Some("shop") {"id":7,"note":"a b"}"#,
            "POST https://api.example.com/v1 None a=1",
            "GET https://api.example.com/v1 None ",
            "GET https://api.example.com/v1?q=x%20y None ",
            "GET https://desk.zoho.com/api/v1/tickets?limit=5 None ",
        ]
    );
    assert_eq!(host.calls[0].request.headers()["x-one"], "1");
    assert_eq!(host.calls[1].request.headers()["x-two"], "2");
    assert_eq!(host.calls[3].request.headers()["x-three"], "3");
}

#[test]
fn a_mail_is_handed_to_the_host_as_it_was_written() {
    let mut host = ScriptedHost::default();
    let script = r#"
        f = "1,2".toFile("week.csv");
        sendmail
        [
            from :"me@example.com"
            to :"a@example.com, b@example.com", {"c@example.com"}
            bcc :"d@example.com"
            reply to :"desk@example.com"
            subject :"Weekly figures"
            message :"<b>Attached.</b>"
            attachments :file:f, file:"3".toFile("day.csv")
        ];
    "#;
    run_in(&mut host, script).unwrap_or_else(|error| panic!("{error:?}"));
    let mail = &host.mails[0];
    assert_eq!(mail.to, ["a@example.com", "b@example.com", "c@example.com"]);
    assert_eq!(
        (mail.bcc.len(), mail.reply_to.len(), mail.html),
        (1, 1, true)
    );
    assert_eq!(mail.attachments[0].name, "week.csv");
    assert_eq!(mail.attachments[1].name, "day.csv");
    let script = r#"sendmail [ from :"me@example.com" to :Collection("a@example.com", "b@example.com")
        subject :"s" attachments :Collection("x".toFile("x.txt")) cc :Collection() ];"#;
    run_in(&mut host, script).unwrap_or_else(|error| panic!("{error:?}"));
    let mail = &host.mails[1];
    assert_eq!((mail.to.len(), mail.cc.len()), (2, 0));
    assert_eq!(mail.attachments[0].name, "x.txt");
    let failing = |attributes: &str| {
        output(&format!(
            "sendmail [ from :\"me@example.com\" {attributes} ];"
        ))
    };
    assert_eq!(
        failing("to :\"\" subject :\"s\""),
        "R0027 `to` names no receiver"
    );
    assert_eq!(
        failing("to :\"a@example.com\""),
        "R0027 a mail needs `subject` or `message`"
    );
    assert_eq!(
        failing("to :Collection(\"a\": \"a@example.com\") subject :\"s\""),
        "R0014 `sendmail` expects TEXT or a LIST of TEXT as `to`, found COLLECTION"
    );
    assert_eq!(
        failing("to :\"nobody\" subject :\"s\""),
        "R0027 `nobody` is no mail address"
    );
    assert_eq!(
        failing("to :\"a@example.com\\nBcc: x@example.com\" subject :\"s\""),
        "R0027 `a@example.com Bcc: x@example.com` is no mail address"
    );
}

#[test]
fn system_variables_at_their_defaults() {
    assert_eq!(
        output(
            "info zoho.loginuser; info zoho.loginuserid; info zoho.adminuser; info zoho.appname; info zoho.appuri; info zoho.ipaddress; info zoho.device.type();"
        ),
        "Public\nnull\nPublic\nfreshet\n/freshet/\n127.0.0.1\nweb"
    );
    assert_eq!(
        output(
            "info zoho.currentdate; info zoho.currenttime; info zoho.currentdate <= zoho.currenttime;"
        ),
        "21-Sep-2026\n21-Sep-2026 14:13:20\ntrue"
    );
}
