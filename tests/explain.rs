//! `freshet explain`: every code has an entry, and the examples do what they say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::place::{Outcome, Place, feed, outcome};
use tempfile::TempDir;

/// The files whose functions make errors and warnings, with the letters of their codes.
const SOURCES: &[(&str, &str)] = &[
    ("freshet-syntax/src/faults.rs", "EW"),
    ("freshet-interpreter/src/resolve/faults.rs", "EW"),
    ("freshet-interpreter/src/error.rs", "R"),
    ("freshet-runtime/src/output.rs", "R"),
    ("freshet-runtime/src/project/faults.rs", "EW"),
    ("freshet-connections/src/error.rs", "C"),
    ("freshet-console/src/access.rs", "C"),
    ("freshet-runtime/src/batch/queue.rs", "B"),
    ("freshet-runtime/src/batch/queue/fault.rs", "B"),
    ("freshet-runtime/src/batch/worker/verdict.rs", "B"),
];

/// All entries, as the program lists them.
fn entries(place: &Place) -> Vec<Value> {
    let listed = place.run(&["explain", "--json"]).ok().quietly().out;
    let document: Value = serde_json::from_str(&listed).unwrap();
    document["codes"].as_array().unwrap().clone()
}

fn text<'v>(entry: &'v Value, member: &str) -> &'v str {
    entry[member].as_str().unwrap_or_default()
}

/// The texts `"E0123"` in a source file.
fn codes_in(source: &str, letters: &str) -> BTreeSet<String> {
    source
        .split('"')
        .filter(|word| {
            word.len() == 5
                && word.starts_with(|first| letters.contains(first))
                && word[1..].bytes().all(|byte| byte.is_ascii_digit())
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_code_has_one_entry() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let made: BTreeSet<String> = SOURCES
        .iter()
        .flat_map(|(file, letters)| {
            codes_in(
                &std::fs::read_to_string(crates.join(file)).unwrap(),
                letters,
            )
        })
        .collect();
    assert!(made.len() > 190, "the search finds {} codes", made.len());
    let entries = entries(&Place::new());
    let explained: BTreeSet<String> = entries
        .iter()
        .map(|entry| text(entry, "code").to_owned())
        .collect();
    assert_eq!(explained.len(), entries.len(), "a code has two entries");
    let difference: Vec<&String> = made.symmetric_difference(&explained).collect();
    assert!(difference.is_empty(), "in one place only: {difference:?}");
    for entry in &entries {
        assert!(
            !text(entry, "title").is_empty() && text(entry, "text").ends_with('.'),
            "{entry}"
        );
        let is_about_scripts =
            !text(entry, "code").starts_with(['B', 'C']) && text(entry, "code") != "R0199";
        assert_eq!(entry["wrong"].is_string(), is_about_scripts, "{entry}");
        assert_eq!(entry["right"].is_string(), is_about_scripts, "{entry}");
    }
}

/// Errors whose message says all there is to say: the words of the script, or of what it asked for; or who reads it
/// did it.
const WITHOUT_HELP: [&str; 3] = ["R0021", "R0027", "R0104"];

/// The options in the comment that an example begins with: `// freshet run again.dg --limit steps=1000`.
fn options(script: &str) -> Vec<&str> {
    let command = script.lines().next().unwrap_or_default();
    match command.strip_prefix("// freshet run ") {
        Some(command) => command.split(' ').skip(1).collect(),
        None => Vec::new(),
    }
}

/// The example as a file: what stands for something too long or impossible to show is put in.
fn file_of(script: &str) -> Vec<u8> {
    let whole = script
        .replace("… four million characters of data …", &"x".repeat(4 << 20))
        .replace(
            "… hundreds of them …",
            &format!("{}1{}", "(".repeat(996), ")".repeat(996)),
        )
        .replace("!… !", &"!".repeat(256));
    match whole.split_once(r"\xE9") {
        Some((before, after)) => [before.as_bytes(), b"\xE9", after.as_bytes()].concat(),
        None => whole.into_bytes(),
    }
}

/// How the example for an error that comes from outside ends: interrupted, or printing to a full disk.
fn disturbed(mut command: Command, code: &str) -> Outcome {
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    match code {
        "R0104" => command.stdout(Stdio::null()),
        _ => command.stdout(File::options().write(true).open("/dev/full").unwrap()),
    };
    let child = command.spawn().unwrap();
    if code == "R0104" {
        let id = child.id().to_string();
        while !catches_interruption(&id) {
            std::thread::yield_now();
        }
        let told = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(told.success());
    }
    outcome(child.wait_with_output().unwrap())
}

/// The command that shows an example about a project, in a project of its own: a settings file, a file of the functions
/// folder, or a script beside them. `None`: it is about a script alone.
fn in_project(place: &Place, code: &str, script: &str) -> Option<Command> {
    let project = TempDir::new_in(place.root()).unwrap();
    let project = project.keep();
    fs::create_dir(project.join("functions")).unwrap();
    let write = |name: &str, text: &str| fs::write(project.join(name), text).unwrap();
    let path = |name: &str| project.join(name).into_os_string().into_string().unwrap();
    write("freshet.toml", "");
    write("script.dg", "info 1;\n");
    let arguments = match code {
        "E0221" => {
            write("functions/example.dg", script);
            ["check", &path("functions/example.dg")]
        }
        "W0209" => {
            write(
                "functions/price.dg",
                "int price(string what) { return 2; }\n",
            );
            // The folder is read for what a script calls and does not declare.
            write(
                "functions/tax.dg",
                "int taxed(int price) { return price; }\n",
            );
            write("script.dg", &format!("{script}info taxed(1);\n"));
            ["check", &path("script.dg")]
        }
        "E0301" | "E0302" | "W0301" => {
            write("freshet.toml", script);
            ["check", &path("script.dg")]
        }
        "E0303" => {
            write(
                "freshet.toml",
                "[variables]\nkey = { env = \"SHOP_KEY\" }\n",
            );
            write("script.dg", script);
            ["run", &path("script.dg")]
        }
        "E0304" => {
            write("script.dg", "info shop.total({1});\n");
            // Nobody may read it, not even those who may read everything.
            match script.contains("of another user") {
                true => {
                    symlink(project.join("nowhere"), project.join("functions/shop.dg")).unwrap()
                }
                false => write("functions/shop.dg", script),
            }
            ["check", &path("script.dg")]
        }
        _ => return None,
    };
    let mut command = place.command(&arguments);
    if script.contains("SHOP_KEY=…") {
        command.env("SHOP_KEY", "k");
    }
    Some(command)
}

/// Whether the process has its own way of ending at Ctrl-C.
fn catches_interruption(id: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let caught = status.split_once("SigCgt:").unwrap().1;
    let signals = u64::from_str_radix(caught.lines().next().unwrap().trim(), 16).unwrap();
    signals & 1 << (2 - 1) != 0
}

#[test]
fn examples_do_what_they_say() {
    let place = Place::new();
    let mut faults = Vec::new();
    for entry in entries(&place) {
        let code = text(&entry, "code");
        if !entry["wrong"].is_string() {
            continue;
        }
        let reports = |script: &str, only_checked: bool| {
            let command = if only_checked { "check" } else { "run" };
            place.write("example.dg", file_of(script));
            let arguments = [&[command, "example.dg"][..], &options(script)].concat();
            let command = match in_project(&place, code, script) {
                Some(command) => command,
                None => place.command(&arguments),
            };
            let ended = match code {
                "R0104" | "R0105" if script.contains("while (true)") && !only_checked => {
                    disturbed(command, code)
                }
                _ => feed(command, b""),
            };
            let told = [
                format!("[{code}] Error"),
                format!("[{code}] Warning"),
                format!("({code})"),
            ];
            (told.iter().any(|told| ended.err.contains(told)), ended)
        };
        let (reported, ended) = reports(text(&entry, "wrong"), !code.starts_with('R'));
        if !reported {
            faults.push(format!(
                "{code}: the wrong example does not report it\n{ended:?}"
            ));
        }
        let said = ended.err.split_once(code).map_or("", |(_, rest)| rest);
        let said = said.split("\n[").next().unwrap_or_default().to_lowercase();
        let helps = said.contains("help: ") || said.contains("did you mean");
        if !helps && !WITHOUT_HELP.contains(&code) {
            faults.push(format!("{code}: nothing says what to do\n{ended:?}"));
        }
        // What is right has nothing wrong, be it an error or a warning, and runs. What would reach a service in the
        // network is only checked.
        let right = text(&entry, "right");
        let leaves_machine = ["invokeurl [", "sendmail [", "zoho.creator."]
            .iter()
            .any(|task| right.contains(task));
        let mut endings = vec![reports(right, true)];
        if !leaves_machine {
            endings.push(reports(right, false));
        }
        for (reported, ended) in endings {
            // What an example throws is what it means to.
            let throws = right.contains("throw ") && ended.err.starts_with("[R0021]");
            let is_fault = ended.err.contains("Error:") && !throws;
            let warns = ended.err.contains("Warning:");
            if reported || is_fault || warns {
                faults.push(format!("{code}: the right example is not right\n{ended:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_code_is_found_in_any_letter_case() {
    let place = Place::new();
    let upper = place.run(&["explain", "E0130"]).ok().quietly().out;
    assert_eq!(place.run(&["explain", "e0130"]).ok().quietly().out, upper);
    for part in ["E0130: a missing `;`", "Wrong:", "Right:", "    info a;"] {
        assert!(upper.contains(part), "{upper}");
    }
    let connection = place.run(&["explain", "c0002"]).ok().quietly().out;
    assert!(connection.contains("freshet connection connect NAME"));
    assert!(!connection.contains("Wrong:"), "{connection}");
}

#[test]
fn without_a_code_all_are_listed_and_an_unknown_one_gets_the_nearest() {
    let place = Place::new();
    let list = place.run(&["explain"]).ok().quietly().out;
    for code in ["E0101", "W0101", "E0201", "R0001", "C0086"] {
        assert!(list.contains(code), "{list}");
    }
    place
        .run(&["explain", "E0131x"])
        .fails(2, &["there is no code `E0131x`"]);
    place.run(&["explain", "e0189"]).fails(2, &["E0188"]);
    place.run(&["explain", "semicolon"]).fails(2, &["E0130"]);
}
