//! No secret leaves by way of the registry: its key is changed, it is copied, checked, damaged and recovered, the machine is
//! looked over, and neither what is printed nor any file shows a secret, the old key or the new one.

use std::fs;

use crate::leaks::{Watched, good, secret};
use crate::services::{ApiKey, OAuth2};
use crate::support::place::{Outcome, feed, set_mode};

/// Connections whose secrets hold the marker: a key, a client secret, an access and a refresh token.
fn furnished() -> (Watched, ApiKey, OAuth2) {
    let watched = Watched::new("trace");
    let api = ApiKey::start(&secret("key"));
    let oauth = OAuth2::answering(good);
    watched
        .connect("team", &api.in_header("Team"), &secret("key"))
        .ok();
    watched.place.write("crm.toml", oauth.definition("CRM"));
    watched
        .run(&["service", "add", "crm", "--file", "crm.toml"])
        .ok();
    let client = [
        "service",
        "client",
        "crm",
        "--client-id",
        "abc",
        "--secret-stdin",
    ];
    watched.feed(&client, &secret("client")).ok();
    watched
        .run(&["connection", "add", "crm", "--service", "crm", "--connect"])
        .ok();
    (watched, api, oauth)
}

impl Watched {
    /// Runs a command with a variable set.
    pub(crate) fn run_with(&self, name: &str, value: &str, arguments: &[&str]) -> Outcome {
        let mut command = self.place.command(arguments);
        command.env(name, value);
        self.note(
            format!("{name} {}", arguments.join(" ")),
            feed(command, b""),
        )
    }

    fn key(&self) -> String {
        let text = fs::read_to_string(self.place.data("key")).unwrap();
        text.trim().to_owned()
    }

    /// Neither files nor what was printed hold a sealing key, the key file excepted.
    #[track_caller]
    fn hides(&self, key: &str) {
        let holds = |bytes: &[u8]| bytes.windows(key.len()).any(|part| part == key.as_bytes());
        for (path, content) in self.place.files() {
            let is_key_file = path == self.place.data("key");
            assert!(
                is_key_file || !holds(&content),
                "a sealing key lies in {}",
                path.display()
            );
        }
        for (what, text) in self.printed.borrow().iter() {
            assert!(!holds(text.as_bytes()), "`{what}` printed a sealing key");
        }
    }
}

#[test]
fn check_24_and_77_no_secret_leaves_when_the_registry_is_managed() {
    let (watched, _api, _oauth) = furnished();
    let first = watched.key();
    for command in [
        &["registry", "check"][..],
        &["registry", "check", "--json"],
        &["registry", "backup"],
        &["registry", "backup", "--output", "copy.db", "--json"],
        &["registry", "recover"],
        &["doctor"],
        &["doctor", "--online", "--json"],
        &["key", "rotate"],
        &["connection", "log", "--all", "--json"],
    ] {
        watched.run(command);
    }
    watched.hides(&first);
    let second = watched.key();
    assert_ne!(first, second);
    watched.hides(&second);

    // Every way in which it can fail.
    watched.run(&["key", "rotate", "--new-key-file", "no/such/folder/key"]);
    watched.run_with("FRESHET_KEY", &first, &["key", "rotate"]);
    watched.run_with("FRESHET_KEY", &first, &["registry", "check"]);
    watched.run_with("FRESHET_KEY", &secret("sealing"), &["registry", "check"]);
    watched.run_with("FRESHET_KEY", &secret("sealing"), &["doctor", "--json"]);
    watched.run_with("FRESHET_CONNECTIONS", "use", &["key", "rotate"]);
    let proxy = format!("http://ada:{}@127.0.0.1:9/", secret("proxy"));
    watched.run_with("HTTPS_PROXY", &proxy, &["doctor", "--online"]);
    let no_address = format!("http://{}@", secret("proxy"));
    watched.run_with("HTTPS_PROXY", &no_address, &["doctor", "--json"]);
    set_mode(&watched.place.data("key"), 0o644);
    watched.run(&["registry", "check"]);
    watched.run(&["doctor"]);
    set_mode(&watched.place.data("key"), 0o600);

    // Damaged in one page after another, with a backup and without.
    let whole = fs::read(watched.place.data("registry.db")).unwrap();
    for with_backup in [true, false] {
        if !with_backup {
            fs::remove_dir_all(watched.place.data("backups")).unwrap();
        }
        for page in (0..whole.len() / 4096).step_by(3) {
            let mut damaged = whole.clone();
            damaged[page * 4096..(page + 1) * 4096].fill(0x5a);
            for beside in ["registry.db-wal", "registry.db-shm"] {
                let _ = fs::remove_file(watched.place.data(beside));
            }
            fs::write(watched.place.data("registry.db"), damaged).unwrap();
            watched.run(&["registry", "check"]);
            watched.run(&["registry", "recover", "--json"]);
        }
    }
    assert_eq!(watched.leaks(), [""; 0]);
    watched.hides(&first);
    watched.hides(&second);
}

/// The journal is written to before the file, and goes away with the last process that has the registry open.
#[test]
fn check_24_the_journal_holds_no_secret_either() {
    let (watched, _api, oauth) = furnished();
    let reader = rusqlite::Connection::open(watched.place.data("registry.db")).unwrap();
    let one = "SELECT count(*) FROM connection";
    reader.execute_batch(&format!("BEGIN; {one};")).unwrap();
    watched
        .feed(
            &["connection", "reconnect", "team", "--secret-stdin"],
            &secret("key"),
        )
        .ok();
    watched.run(&["connection", "reconnect", "crm"]).ok();
    watched.place.expire_tokens();
    let call = crate::calling("crm", &oauth.server.url("/me"));
    watched.feed(&["run", "-"], &call).ok();
    let journal = fs::read(watched.place.data("registry.db-wal")).unwrap();
    let holds = |text: &[u8]| journal.windows(text.len()).any(|part| part == text);
    assert!(holds(b"refresh") && holds(b"crm"), "what was done is there");
    assert_eq!(watched.leaks(), [""; 0]);
    watched.hides(&watched.key());
}

#[test]
fn check_24_a_key_that_leaks_is_found() {
    let (watched, _api, _oauth) = furnished();
    let key = watched.key();
    watched.hides(&key);
    watched.place.write("forgotten.txt", format!("old: {key}"));
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| watched.hides(&key)));
    assert!(found.is_err());
}
