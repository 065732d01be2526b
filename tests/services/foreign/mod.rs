//! Servers that others wrote: an OAuth 2.0 server by django-oauth-toolkit, an OAuth 1.0 server by oauthlib.
//!
//! `install` puts them into a folder of their own. Where they are missing a test says so and is skipped; with `CI` set it
//! fails. Each ends when its standard input closes, so none outlives the test that started it.

mod oauth1;
mod oauth2;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub use oauth1::ForeignOAuth1;
pub use oauth2::ForeignOAuth2;

use crate::support::client::{self, Answer};
use crate::support::form;

/// The versions that must be installed.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// A server that runs.
struct Process {
    child: Child,
    /// `http://127.0.0.1:PORT`, or `https://localhost:PORT` with a certificate.
    address: String,
}

impl Process {
    /// Starts a server with its settings; `None`, and a word about it, where it is not installed.
    fn start(script: &str, settings: &serde_json::Value) -> Option<Self> {
        let Some(python) = python() else {
            let missing =
                "servers that others wrote are missing: run tests/services/foreign/install";
            assert!(std::env::var_os("CI").is_none(), "{missing}");
            eprintln!("skipped: {missing}");
            return None;
        };
        let script = folder().join(script);
        let mut child = Command::new(python)
            .arg("-B") // leaves no compiled files beside the scripts
            .arg(script)
            .arg(settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut port = String::new();
        let mut printed = BufReader::new(child.stdout.take().expect("its output"));
        printed.read_line(&mut port).expect("its port");
        let port: u16 = port.trim().parse().unwrap_or_else(|_| {
            panic!("the server told no port but `{port}`; its error is above");
        });
        Some(Self {
            child,
            address: match settings["certificate"].as_str() {
                Some(_) => format!("https://localhost:{port}"),
                None => format!("http://127.0.0.1:{port}"),
            },
        })
    }

    fn host(&self) -> &str {
        let (_, host) = self.address.split_once("://").expect("a scheme");
        host
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take()); // which ends it
        let _ = self.child.wait();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/services/foreign")
}

/// The interpreter with the servers in it, if these versions are installed.
fn python() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = || match set("XDG_CACHE_HOME") {
        Some(cache) => Some(PathBuf::from(cache)),
        None => Some(PathBuf::from(set("HOME")?).join(".cache")),
    };
    let folder = match set("FOREIGN_SERVERS") {
        Some(folder) => PathBuf::from(folder),
        None => cache()?.join("freshet/foreign"),
    };
    let installed = std::fs::read_to_string(folder.join("installed.txt")).ok()?;
    (installed == REQUIREMENTS).then(|| folder.join("bin/python"))
}

/// Opens a page with a form, and sends its hidden fields with one more, as a browser does when a button is pressed.
#[track_caller]
fn press(address: &str, action: &str, button: Option<(&str, &str)>) -> Answer {
    let page = client::get(address);
    if page.status != 200 {
        return page; // a redirect, or an error, without asking anyone
    }
    let text = page.text();
    let mut fields = hidden(&text);
    fields.extend(button.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    client::post(action, &[], &fields)
}

/// The hidden fields on a page, with their values.
fn hidden(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input ").skip(1);
    let tags = inputs.filter_map(|input| input.split('>').next());
    let attribute = |tag: &str, name: &str| -> Option<String> {
        let (_, after) = tag.split_once(&format!("{name}=\""))?;
        let value = after.split('"').next()?;
        Some(value.replace("&quot;", "\"").replace("&amp;", "&"))
    };
    tags.filter(|tag| tag.contains("type=\"hidden\""))
        .filter_map(|tag| {
            let value = attribute(tag, "value").unwrap_or_default();
            Some((attribute(tag, "name")?, value))
        })
        .collect()
}

/// Where an answer sends the browser.
#[track_caller]
fn location(answer: &Answer) -> String {
    let location = answer.header("location");
    location
        .unwrap_or_else(|| panic!("no redirect: {} {}", answer.status, answer.text()))
        .to_owned()
}

/// The value of a parameter in an answer that is a form.
fn in_form(answer: &Answer, name: &str) -> Option<String> {
    form::in_query(&format!("?{}", answer.text()), name)
}
