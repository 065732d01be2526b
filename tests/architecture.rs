//! The map of the code is true: which crate may use which, which library belongs to which crate, and that
//! `crates/README.md` names them all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// The crates, each with the crates of ours that it may use.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("freshet-syntax", &[]),
    ("freshet-interpreter", &["freshet-syntax"]),
    ("freshet-connections", &[]),
    ("freshet-console", &["freshet-connections"]),
    (
        "freshet-runtime",
        &[
            "freshet-syntax",
            "freshet-interpreter",
            "freshet-connections",
        ],
    ),
    (
        "freshet",
        &[
            "freshet-syntax",
            "freshet-interpreter",
            "freshet-connections",
            "freshet-console",
            "freshet-runtime",
        ],
    ),
];

/// Libraries that only these crates know.
const OWNERS: &[(&str, &[&str])] = &[
    ("lettre", &["freshet-connections"]),
    ("logos", &["freshet-syntax"]),
    ("chumsky", &["freshet-syntax"]),
    ("oauth2", &["freshet-connections"]),
    ("reqwest", &["freshet-connections"]),
    // The registry, and the queue of batches.
    ("rusqlite", &["freshet-connections", "freshet-runtime"]),
    ("ariadne", &["freshet"]),
    ("askama", &["freshet-console"]),
    ("axum", &["freshet-console"]),
    ("clap", &["freshet"]),
    ("rustyline", &["freshet"]),
    ("indicatif", &["freshet"]),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// For each crate of the workspace, the packages its manifest names.
fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let uses = package["dependencies"].as_array().unwrap().iter();
            let uses = uses
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| text(&dependency["name"]));
            (text(&package["name"]), uses.collect())
        })
        .collect()
}

#[test]
fn crates_use_only_what_lies_beneath_them() {
    let manifests = manifests();
    let known: Vec<&str> = DIRECTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        manifests
            .keys()
            .map(String::as_str)
            .collect::<BTreeSet<_>>(),
        known.iter().copied().collect()
    );
    for (name, allowed) in DIRECTIONS {
        for used in manifests[*name]
            .iter()
            .filter(|used| known.contains(&used.as_str()))
        {
            assert!(
                allowed.contains(&used.as_str()),
                "{name} may not use {used}"
            );
        }
    }
}

#[test]
fn each_fixed_library_has_one_owner() {
    let manifests = manifests();
    for (library, owner) in OWNERS {
        let users: Vec<&String> = manifests
            .iter()
            .filter(|(_, uses)| uses.contains(*library))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(users, *owner, "{library} belongs to {owner:?} alone");
    }
}

#[test]
fn chumsky_stands_in_the_parser_alone() {
    only_in("freshet-syntax", "chumsky", &["parser.rs", "parser/"]);
    only_in("freshet-syntax", "logos", &["token.rs"]);
    only_in("freshet", "ariadne", &["report.rs"]);
    only_in(
        "freshet-runtime",
        "rusqlite",
        &["batch/queue.rs", "batch/queue/"],
    );
    only_in(
        "freshet-connections",
        "reqwest",
        &["transport.rs", "transport/"],
    );
    only_in("freshet-connections", "lettre", &["mail.rs", "mail/"]);
}

/// The library is named only in these files of the crate.
fn only_in(package: &str, library: &str, files: &[&str]) {
    let folder = root().join("crates").join(package).join("src");
    for file in sources(&folder) {
        let name = file
            .strip_prefix(&folder)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let text = std::fs::read_to_string(&file).unwrap();
        let used = text.lines().any(|line| {
            let line = line.trim_start();
            !line.starts_with("//") && line.contains(&format!("{library}::"))
        });
        assert!(
            !used || files.iter().any(|allowed| name.starts_with(allowed)),
            "{package}: {name} uses {library}"
        );
    }
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_map_names_every_crate() {
    let map = std::fs::read_to_string(root().join("crates/README.md")).expect("crates/README.md");
    let folders: BTreeSet<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let named: BTreeSet<String> = map
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split('`').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(
        named, folders,
        "the table of crates/README.md lists the folders of crates/"
    );
}

/// What the documents of connections ask of the tests, by the numbers they give it. The tests name those numbers, in
/// their own name or in the comment above them, so that this table is true.
mod asked {
    /// Checks of connections, 11, without the default services (1) and the console (from 85 on).
    pub fn checks() -> Vec<u32> {
        (2..=84).collect()
    }

    /// Rows of the life of a connection (connections, 1).
    pub const ROWS: std::ops::RangeInclusive<u32> = 1..=17;
    /// Vectors of signatures and encodings (connections, 6.10).
    pub const VECTORS: std::ops::RangeInclusive<u32> = 1..=19;
    /// Promises about secrets (connections, 10).
    pub const PROMISES: std::ops::RangeInclusive<u32> = 1..=8;
    /// Threats (connections, 10), without those to the console.
    pub const THREATS: &[&str] = &[
        "threat_script_or_redirect_sends_the_token_elsewhere",
        "threat_dns_rebinding_and_metadata_address",
        "threat_forged_or_replayed_callback",
        "threat_two_providers_mixed_up",
        "threat_code_in_history_or_log",
        "threat_another_local_user_takes_the_port",
        "threat_hostile_service_file",
        "threat_hostile_token_reply_names_a_host",
        "threat_stolen_disk_backup_or_export",
        "threat_sealed_value_moved",
        "threat_history_and_process_list",
        "threat_provider_echoes_a_secret",
        "threat_device_code_phishing",
    ];
}

#[test]
fn every_numbered_promise_of_connections_has_a_test_of_its_number() {
    let tests = tests();
    let missing = |words: &[&str], wanted: Vec<u32>| -> Vec<u32> {
        let named: BTreeSet<u32> = tests.iter().flat_map(|test| numbers(test, words)).collect();
        let lacking = wanted.into_iter().filter(|number| !named.contains(number));
        lacking.collect()
    };
    assert_eq!(missing(&["check", "checks"], asked::checks()), [0; 0]);
    assert_eq!(missing(&["row", "rows"], asked::ROWS.collect()), [0; 0]);
    assert_eq!(missing(&["v"], asked::VECTORS.collect()), [0; 0]);
    assert_eq!(missing(&["promise"], asked::PROMISES.collect()), [0; 0]);
    for threat in asked::THREATS {
        let name = threat.replace('_', " ");
        let is_there = tests.iter().any(|test| test.starts_with(&name));
        assert!(is_there, "no test is named {threat}");
    }
}

/// The name and the comment of every test, as words in small letters.
fn tests() -> Vec<String> {
    let mut found = Vec::new();
    for file in [
        sources(&root().join("tests")),
        sources(&root().join("crates")),
    ]
    .concat()
    {
        let text = std::fs::read_to_string(&file).unwrap();
        let (mut comment, mut is_test) = (String::new(), false);
        for line in text.lines().map(str::trim) {
            if let Some(words) = line.strip_prefix("///") {
                comment.push_str(words);
            } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if line.starts_with("#[") {
                continue;
            } else {
                let name = line
                    .split("fn ")
                    .nth(1)
                    .and_then(|rest| rest.split('(').next());
                if let Some(name) = name.filter(|_| is_test) {
                    found.push(format!("{name} {comment}").to_lowercase().replace('_', " "));
                }
                (comment, is_test) = (String::new(), false);
            }
        }
    }
    found
}

/// The numbers that follow one of these words: `check 24 and 77`, `rows 7 and 8`, `v5 and v6`, `v1, v2 and v3`.
fn numbers(test: &str, words: &[&str]) -> Vec<u32> {
    let mut numbers = Vec::new();
    let mut counts = false;
    for word in test.split_whitespace() {
        let bare = word.trim_end_matches([',', '.', ':', ';']);
        let joined = words.iter().find_map(|known| bare.strip_prefix(known));
        if let Some(number) = joined.and_then(|number| number.parse().ok()) {
            numbers.push(number);
        } else if words.contains(&bare) {
            counts = true;
        } else if let Some(number) = bare.parse().ok().filter(|_| counts) {
            numbers.push(number);
        } else if bare != "and" {
            counts = false;
        }
    }
    numbers
}

#[test]
fn numbers_are_read_from_names_and_comments() {
    let checks = |text: &str| numbers(text, &["check", "checks"]);
    assert_eq!(checks("check 24 and 77 no secret leaves 8"), [24, 77]);
    assert_eq!(
        checks("odd checks 29, 30 and 31: it is capped. check 7."),
        [29, 30, 31, 7]
    );
    assert_eq!(numbers("v5 and v6 the example", &["v"]), [5, 6]);
    assert_eq!(numbers("rows 7 and 8 past", &["row", "rows"]), [7, 8]);
}
