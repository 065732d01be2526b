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
            "freshet-runtime",
        ],
    ),
];

/// Libraries that only one crate knows.
const OWNERS: &[(&str, &str)] = &[
    ("logos", "freshet-syntax"),
    ("chumsky", "freshet-syntax"),
    ("oauth2", "freshet-connections"),
    ("reqwest", "freshet-connections"),
    ("rusqlite", "freshet-connections"),
    ("ariadne", "freshet"),
    ("clap", "freshet"),
    ("rustyline", "freshet"),
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
        assert_eq!(users, [owner], "{library} belongs to {owner} alone");
    }
}

#[test]
fn chumsky_stands_in_the_parser_alone() {
    only_in("freshet-syntax", "chumsky", &["parser.rs", "parser/"]);
    only_in("freshet-syntax", "logos", &["token.rs"]);
    only_in("freshet", "ariadne", &["report.rs"]);
    only_in(
        "freshet-connections",
        "reqwest",
        &["transport.rs", "transport/"],
    );
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
