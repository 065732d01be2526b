//! Taking connections and services elsewhere: export, import, duplicate, and changing services.

use serde_json::{Value, json};

use crate::services::{ApiKey, Basic, OAuth2};
use crate::support::place::{Outcome, Place, mode, names};
use crate::support::server::{Reply, Server};

const PASSPHRASE: &str = "four words that belong together";
const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

/// The APIs behind three connections, one a scheme.
struct Apis {
    basic: Basic,
    key: ApiKey,
    tokens: OAuth2,
}

impl Apis {
    fn start() -> Self {
        Self {
            basic: Basic::start("ada", "lovelace"),
            key: ApiKey::start("k3y-of-the-key"),
            tokens: OAuth2::start("t0ken"),
        }
    }

    /// A place with a connection to each, and one that was never connected.
    fn place(&self) -> Place {
        let place = Place::new();
        place.add_service("people", &self.basic.definition("People"));
        place.add_service("keys", &self.key.in_header("Keys"));
        place.add_service("tokens", &self.tokens.definition("Tokens"));
        place.add_client("tokens", "abc", "cl1ent-s3cret");
        place
            .run_with_input(
                &[
                    "connection",
                    "add",
                    "by_name",
                    "--service",
                    "people",
                    "--name",
                    "By name",
                    "--set",
                    "username=ada",
                    "--notes",
                    "of two\nlines",
                    "--allow-host",
                    "files.example.com",
                    "--connect",
                    "--secret-stdin",
                ],
                "lovelace",
            )
            .ok();
        place.connect("by_key", "keys", "k3y-of-the-key").ok();
        place.join("by_token", "tokens");
        place
            .run_with_input(
                &[
                    "connection",
                    "add",
                    "own_client",
                    "--service",
                    "tokens",
                    "--client-id",
                    "mine",
                    "--secret-stdin",
                ],
                "0wn-s3cret",
            )
            .ok();
        place
    }

    /// That a script can use each connection to its end.
    #[track_caller]
    fn check_use(&self, place: &Place) {
        for (link, url) in [
            ("by_name", self.basic.server.url("/me")),
            ("by_key", self.key.server.url("/me")),
            ("by_token", self.tokens.server.url("/me")),
        ] {
            place.call(link, &url).ok().prints("200\n");
        }
    }
}

/// Secrets that stand in no output.
const SECRETS: [&str; 6] = [
    "lovelace",
    "k3y-of-the-key",
    "t0ken-1",
    "cl1ent-s3cret",
    "0wn-s3cret",
    PASSPHRASE,
];

const LINKS: [&str; 4] = ["by_key", "by_name", "by_token", "own_client"];

#[track_caller]
fn shown(place: &Place, link: &str) -> Value {
    let document = place
        .run(&["connection", "show", link, "--json"])
        .ok()
        .json();
    document["connection"].clone()
}

fn export(place: &Place, more: &[&str]) -> Outcome {
    place.run(
        &[
            &["connection", "export", "--all", "--output", "export"],
            more,
        ]
        .concat(),
    )
}

fn export_sealed(place: &Place) -> Outcome {
    place.write_secret("passphrase", PASSPHRASE);
    export(
        place,
        &[
            "--with-secrets",
            "--passphrase",
            "--secret-file",
            "passphrase=passphrase",
        ],
    )
}

/// Another place with the file of the first.
fn moved(from: &Place) -> Place {
    let to = Place::new();
    to.write("export", std::fs::read(from.path("export")).unwrap());
    to.write_secret("passphrase", PASSPHRASE);
    to
}

fn import(place: &Place, more: &[&str]) -> Outcome {
    place.run(&[&["connection", "import", "export"], more].concat())
}

/// Check 21: with secrets.
#[test]
fn with_secrets_everything_is_as_it_was() {
    let apis = Apis::start();
    let place = apis.place();
    export_sealed(&place)
        .ok()
        .prints("Exported 4 connections to export (with secrets, sealed).\n")
        .quietly();
    assert_eq!(mode(&place.path("export")), 0o600);
    let sealed = std::fs::read(place.path("export")).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> scrypt "));

    let other = moved(&place);
    let told = import(&other, &["--secret-file", "passphrase=passphrase"]).ok();
    // Where secrets may go by what comes is shown before it is stored.
    let leads = |what: &str, host: &str| format!("{what} lets secrets go to {host}\n");
    let first = leads("service keys", &apis.key.server.host())
        + &leads("service people", &apis.basic.server.host())
        + &leads("service tokens", &apis.tokens.server.host())
        + &leads("by_name", "files.example.com");
    assert_eq!(told.err, first);
    told.prints(
        "service keys: imported\nservice people: imported\nservice tokens: imported\n\
         client default of tokens: imported\nby_key: imported (authorised)\nby_name: imported (authorised)\n\
         by_token: imported (authorised)\nown_client: imported (created)\n",
    );
    for link in LINKS {
        assert_eq!(shown(&other, link), shown(&place, link), "{link}");
    }
    let asked = apis.tokens.asked();
    apis.check_use(&other);
    assert_eq!(apis.tokens.asked(), asked, "the token came along");

    // Nothing that was secret stands anywhere in the open.
    for (path, content) in other.files().into_iter().chain(place.files()) {
        let text = String::from_utf8_lossy(&content);
        for secret in SECRETS.iter().filter(|_| !path.ends_with("passphrase")) {
            assert!(!text.contains(secret), "{secret} in {}", path.display());
        }
    }
    let log = other.run(&["connection", "log", "by_key"]).ok().out;
    assert!(
        log.contains("import") && log.contains("with secrets"),
        "{log}"
    );
    let log = place.run(&["connection", "log", "by_key"]).ok().out;
    assert!(
        log.contains("export") && log.contains("with secrets"),
        "{log}"
    );

    // What is there already, the same, is left alone.
    let again = import(&other, &["--secret-file", "passphrase=passphrase"])
        .ok()
        .out;
    assert_eq!(
        again.matches("there already, unchanged").count(),
        8,
        "{again}"
    );
}

/// Check 21: without secrets.
#[test]
fn without_secrets_each_must_be_authorised_again() {
    let apis = Apis::start();
    let place = apis.place();
    export(&place, &[])
        .ok()
        .prints("Exported 4 connections to export (without secrets).\n");
    assert_eq!(mode(&place.path("export")), 0o600);
    let text = std::fs::read_to_string(place.path("export")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        names(&document),
        ["version", "services", "clients", "connections"]
    );
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(!text.contains("secrets"), "{text}");

    let other = moved(&place);
    import(&other, &[]).ok().fails(
        0,
        &["by_key was imported without secrets: freshet connection reconnect by_key"],
    );
    for link in LINKS {
        let (mut there, mut here) = (shown(&other, link), shown(&place, link));
        assert_eq!(
            (&there["status"], &there["reason"]),
            (&json!("needs_authorisation"), &json!("imported")),
            "{link}"
        );
        for view in [&mut there, &mut here] {
            view["status"] = Value::Null;
            view["reason"] = Value::Null;
        }
        assert_eq!(there, here, "{link}");
    }
    other
        .call("by_key", &apis.key.server.url("/me"))
        .fails(4, &["C0003", "freshet connection reconnect by_key"]);
    other
        .run_with_input(
            &["connection", "reconnect", "by_key", "--secret-stdin"],
            "k3y-of-the-key",
        )
        .ok();
    other
        .call("by_key", &apis.key.server.url("/me"))
        .ok()
        .prints("200\n");
    // Standard output holds the same document.
    let printed = place.run(&["connection", "export", "--all"]).ok().quietly();
    assert_eq!(printed.out, text);
}

/// Check 21: another passphrase.
#[test]
fn what_does_not_open_an_export_imports_nothing() {
    let apis = Apis::start();
    let place = apis.place();
    export_sealed(&place).ok();
    let other = moved(&place);
    other.write_secret("wrong", "another passphrase");
    import(&other, &["--secret-file", "passphrase=wrong"])
        .fails(2, &["C0087", "does not open the export"])
        .prints("");
    import(&other, &[]).fails(
        4,
        &[
            "C0029",
            "--secret-file passphrase=PATH",
            "--secret-env passphrase=VARIABLE",
        ],
    );
    other
        .run_with_input(
            &["connection", "import", "-", "--secret-stdin"],
            b"anything",
        )
        .fails(2, &["standard input cannot be both"]);
    // Cut off, or altered.
    let whole = std::fs::read(place.path("export")).unwrap();
    let mut altered = whole.clone();
    *altered.last_mut().unwrap() ^= 1;
    for damaged in [&whole[..whole.len() - 20], &altered] {
        other.write("export", damaged);
        import(&other, &["--secret-file", "passphrase=passphrase"])
            .fails(2, &["C0088", "cut off or altered"]);
    }
    assert!(!other.data("registry.db").exists(), "nothing was written");
}

#[test]
fn an_export_can_be_sealed_to_a_recipient() {
    let apis = Apis::start();
    let place = apis.place();
    export(&place, &["--with-secrets", "--recipient", "age1nobody"])
        .fails(2, &["C0087", "age1nobody", "expected one such as age1"]);
    assert!(!place.path("export").exists());
    export(&place, &["--with-secrets", "--recipient", RECIPIENT]).ok();
    let other = moved(&place);
    import(&other, &[]).fails(4, &["C0029", "--secret-file identity=PATH"]);
    other.write_secret(
        "identity",
        &format!("# public key: {RECIPIENT}\n{IDENTITY}\n"),
    );
    other.write_secret("nothing", "AGE-SECRET-KEY-1");
    import(&other, &["--secret-file", "identity=nothing"])
        .fails(2, &["C0087", "expected AGE-SECRET-KEY-1"]);
    import(&other, &["--secret-file", "identity=identity"]).ok();
    apis.check_use(&other);
}

#[test]
fn a_passphrase_has_at_least_12_characters() {
    let place = Place::new();
    place.add("billing", "stripe");
    let sealed = |passphrase: &str| {
        place.run_with_input(
            &[
                "connection",
                "export",
                "billing",
                "--with-secrets",
                "--passphrase",
                "--secret-stdin",
                "--output",
                "export",
            ],
            passphrase,
        )
    };
    sealed("elevenchars").fails(2, &["C0087", "under 12 characters"]);
    sealed("").fails(2, &["C0087"]);
    assert!(!place.path("export").exists());
    sealed("twelve chars\n").ok();
    place
        .run(&["connection", "export", "billing", "--with-secrets"])
        .fails(2, &["--passphrase or --recipient"]);
    place
        .run(&[
            "connection",
            "export",
            "billing",
            "--with-secrets",
            "--passphrase",
            "--output",
            "other",
        ])
        .fails(4, &["C0029", "--secret-file passphrase=PATH"]);
    place
        .run(&["connection", "export", "billing", "--passphrase"])
        .fails(2, &["--with-secrets"]);
    place.run(&["connection", "export"]).fails(2, &["--all"]);
    place
        .run(&["connection", "export", "biling"])
        .fails(2, &["C0001", "did you mean `billing`?"]);
}

#[test]
fn a_file_that_is_no_export_is_told_with_its_line() {
    let place = Place::new();
    place.add("billing", "stripe");
    export(&place, &[]).ok();
    let sound = std::fs::read_to_string(place.path("export")).unwrap();
    let other = Place::new();
    let line = |part: &str| 1 + sound.lines().position(|line| line.contains(part)).unwrap();
    let at = |part: &str| format!("export:{}: found", line(part));
    for (altered, told) in [
        (
            String::new(),
            "export:1: found the end of the file".to_owned(),
        ),
        (
            "hello\n".to_owned(),
            "export:1: found a text that is no JSON".to_owned(),
        ),
        (
            sound.replace("\"version\": 1", "\"version\": 2"),
            format!(
                "{} version 2, expected an export of version 1",
                at("version")
            ),
        ),
        (
            sound.replace("\"notes\": \"\"", "\"notes\": 7"),
            format!("{} a number instead of a text", at("\"notes\"")),
        ),
        (
            sound.replace("\"status\": \"created\"", "\"status\": \"splendid\""),
            format!("{} a status that does not exist", at("\"status\"")),
        ),
        (
            sound.replace("\"notes\"", "\"remarks\""),
            format!("{} the unknown member `remarks`", at("\"notes\"")),
        ),
    ] {
        other.write("export", altered);
        import(&other, &[]).fails(2, &["C0088", &told]).prints("");
    }
    // What is an export by its form is held to the rules for what a person enters.
    for (altered, code, told) in [
        (
            sound.replace("\"link_name\": \"billing\"", "\"link_name\": \"1st\""),
            "C0040",
            "c_1st",
        ),
        (
            sound.replace("\"service\": \"stripe\"", "\"service\": \"strope\""),
            "C0042",
            "did you mean `stripe`?",
        ),
        (
            sound.replace("\"extra_hosts\": []", "\"extra_hosts\": [\"*.com\"]"),
            "C0046",
            "billing: ",
        ),
        (
            sound.replace("\"fields\": {}", "\"fields\": {\"nothing\": \"x\"}"),
            "C0043",
            "nothing",
        ),
    ] {
        assert_ne!(altered, sound, "{code}");
        other.write("export", altered);
        import(&other, &[]).fails(2, &[code, told]);
    }
    import(&other, &["--secret-env", "passphrase=X"]).fails(2, &["X"]);
    other
        .run(&["connection", "list"])
        .ok()
        .prints("")
        .fails(0, &["no connections"]);
}

#[test]
fn names_that_are_taken_are_decided_by_option() {
    let place = Place::new();
    let mine = "name = \"Mine\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"https://example.com/t\"\nhosts = [\"api.example.com\"]\n";
    place.add_service("mine", mine);
    place.add_client("mine", "abc", "s3cret");
    place.add("team", "mine");
    export(&place, &[]).ok();

    let there = || {
        let other = moved(&place);
        other.add_service("mine", &mine.replace("example.com/t", "example.org/t"));
        other.add_client("mine", "xyz", "s3cret");
        other.add("team", "stripe");
        other
    };
    let services = |place: &Place| place.run(&["service", "list", "--custom"]).ok().out;
    let service_of = |place: &Place, link: &str| shown(place, link)["service"].clone();

    let other = there();
    let before = services(&other);
    import(&other, &[]).fails(
        2,
        &["C0067", "`mine`", "--on-conflict skip, rename or replace"],
    );
    assert_eq!(services(&other), before);

    import(&other, &["--on-conflict", "skip"]).ok().prints(
        "service mine: skipped, the name is taken\nclient default of mine: skipped, the name is taken\nteam: skipped, the name is taken\n",
    );
    assert_eq!(service_of(&other, "team"), "stripe");

    import(&other, &["--on-conflict", "rename"]).ok().prints(
        "service mine: imported as mine_2\nclient default of mine: imported\nteam: imported as team_2 (needs_authorisation)\n",
    );
    assert_eq!(service_of(&other, "team_2"), "mine_2");
    assert!(services(&other).contains("Mine 2"), "{}", services(&other));

    let other = there();
    import(&other, &["--on-conflict", "replace"]).ok().prints(
        "service mine: replaced\nclient default of mine: replaced\nteam: replaced (needs_authorisation)\n",
    );
    assert_eq!(service_of(&other, "team"), "mine");
    let toml = other.run(&["service", "show", "mine", "--toml"]).ok().out;
    assert_eq!(toml, mine);

    // A connection alone: C0041, with a name that is free.
    let other = moved(&place);
    other.add("Team", "stripe");
    import(&other, &[]).fails(2, &["C0041", "`Team` exists (stripe)"]);
    let listed = other.run(&["service", "list", "--custom"]).ok();
    assert_eq!(listed.out, "", "all or nothing");
    let document = import(&other, &["--on-conflict", "rename", "--json"])
        .ok()
        .json();
    assert_eq!(names(&document), ["version", "connections"]);
    assert_eq!(document["connections"][0]["link_name"], "team_2");
    import(&other, &["--on-conflict", "maybe"]).fails(2, &["maybe"]);
}

/// Check 19.
#[test]
fn a_duplicate_has_no_token() {
    let apis = Apis::start();
    let place = apis.place();
    let duplicate =
        |arguments: &[&str]| place.run(&[&["connection", "duplicate"], arguments].concat());
    duplicate(&["by_token", "again"])
        .ok()
        .prints("Created again (Tokens).\nnext: freshet connection connect again\n");
    duplicate(&["by_token", "once_more", "--with-secrets"]).ok();
    for link in ["again", "once_more"] {
        assert_eq!(place.status(link), "created");
        place
            .call(link, &apis.tokens.server.url("/me"))
            .fails(4, &["C0002"]);
    }

    // A key is the whole credential: with it the duplicate works, without it it does not.
    duplicate(&["by_key", "without"]).ok();
    assert_eq!(place.status("without"), "created");
    let document = duplicate(&["by_key", "with", "--with-secrets", "--json"])
        .ok()
        .json();
    assert_eq!(document["connection"]["status"], "authorised");
    assert_eq!(document["connection"]["account"], "key@api.example");
    place
        .call("with", &apis.key.server.url("/me"))
        .ok()
        .prints("200\n");

    duplicate(&["by_name", "copy", "--with-secrets"]).ok();
    let (original, copy) = (shown(&place, "by_name"), shown(&place, "copy"));
    for member in [
        "name",
        "service",
        "fields",
        "extra_hosts",
        "notes",
        "status",
    ] {
        assert_eq!(original[member], copy[member], "{member}");
    }
    place
        .call("copy", &apis.basic.server.url("/me"))
        .ok()
        .prints("200\n");
    // A client of its own stays with the original.
    duplicate(&["own_client", "own_again", "--with-secrets"]).ok();
    place
        .run(&["connection", "remove", "own_client", "--yes"])
        .ok();
    place.run(&["connection", "connect", "own_again"]).ok();

    duplicate(&["by_key", "By_Name"]).fails(2, &["C0041", "by_name"]);
    duplicate(&["by_key", "2nd"]).fails(2, &["C0040", "c_2nd"]);
    duplicate(&["nobody", "x"]).fails(2, &["C0001"]);
}

#[test]
fn a_passphrase_is_typed_twice() {
    let place = Place::new();
    place.add("billing", "stripe");
    let line = "freshet connection export billing --with-secrets --passphrase --output export";
    let typed = format!("{PASSPHRASE}\n{PASSPHRASE}\n");
    let shown = place.on_terminal(line, &typed).ok().out;
    assert!(shown.contains("The same again: "), "{shown}");
    assert!(place.path("export").exists());
    let shown = place
        .on_terminal(
            line,
            &format!("{PASSPHRASE}\nfour words that do not match\n"),
        )
        .fails(2, &[])
        .out;
    assert!(
        shown.contains("C0087") && shown.contains("differ"),
        "{shown}"
    );
    let other = moved(&place);
    other
        .on_terminal(
            "freshet connection import export",
            &format!("{PASSPHRASE}\n"),
        )
        .ok();
    assert_eq!(other.status("billing"), "created");
    // To a terminal nothing sealed is written.
    let shown = place
        .on_terminal(
            "freshet connection export billing --with-secrets --passphrase",
            "",
        )
        .fails(2, &[])
        .out;
    assert!(shown.contains("not written to a terminal"), "{shown}");
}

/// An altered file is told by its line, and nothing of it is taken.
#[test]
fn two_credentials_of_one_owner_are_no_export() {
    let apis = Apis::start();
    let place = apis.place();
    let file = place.run(&["connection", "export", "by_key"]).ok().out;
    let mut document: Value = serde_json::from_str(&file).unwrap();
    let credentials = document["connections"][0]["credentials"]
        .as_array_mut()
        .unwrap();
    credentials.push(credentials[0].clone());
    let elsewhere = Place::new();
    elsewhere
        .run_with_input(&["connection", "import", "-"], document.to_string())
        .fails(2, &["C0088", "two credentials of one owner"]);
    assert!(
        !elsewhere
            .run(&["connection", "list"])
            .out
            .contains("by_key")
    );
}

/// Since when somebody must act goes along (connections, 9: C0003 tells reason and date).
#[test]
fn what_was_revoked_or_changed_says_when_after_an_import_too() {
    let apis = Apis::start();
    let place = apis.place();
    place.run(&["connection", "revoke", "by_key", "--yes"]).ok();
    place.run(&["connection", "disable", "by_name"]).ok();
    let edit = ["connection", "edit", "by_token", "--add-scope", "more"];
    place.run(&[&edit[..], &["--yes"]].concat()).ok();
    let db = rusqlite::Connection::open(place.data("registry.db")).unwrap();
    // 2026-11-01
    let past = "UPDATE audit SET at = 1793534400000 WHERE action IN ('revoke', 'edit', 'disable')";
    db.execute(past, []).unwrap();
    drop(db);
    // And from there to a third.
    let mut from = place;
    for _ in 0..2 {
        export_sealed(&from).ok();
        let to = moved(&from);
        import(&to, &["--secret-file", "passphrase=passphrase"]).ok();
        for (link, reason) in [
            ("by_key", "its tokens were revoked, 2026-11-01"),
            ("by_token", "its definition changed, 2026-11-01"),
            ("by_name", "`by_name` is disabled since 2026-11-01"),
        ] {
            to.call(link, &apis.key.server.url("/me"))
                .fails(4, &[reason]);
        }
        let listed = to.run(&["connection", "list"]).ok().err;
        assert!(
            listed.contains("by_key was revoked on 2026-11-01: "),
            "{listed}"
        );
        let log = to
            .run(&["connection", "log", "by_key", "--json"])
            .ok()
            .json();
        let first = &log["entries"][0];
        assert_eq!(
            (&first["action"], &first["outcome"]),
            (&json!("revoke"), &json!("imported"))
        );
        from = to;
    }
}

/// What the service told for a key goes with the key.
#[test]
fn a_duplicate_with_its_key_knows_what_was_looked_up() {
    let api = Server::start(|request| match request.path() {
        "/sites" => Reply::json(r#"[{"id":"north"}]"#),
        _ => Reply::json("{}"),
    });
    let place = Place::new();
    let (host, sites) = (api.host(), api.url("/sites"));
    place.add_service(
        "shop",
        &format!(
            "name = \"Shop\"\nscheme = \"api_key\"\nparam_name = \"X-Key\"\nhosts = [\"{host}\"]\n\
             headers = {{ X-Site = \"{{site}}\" }}\n\
             lookup = {{ request = \"GET {sites}\", list = \"\", value = \"/id\", field = \"site\" }}\n\
             [[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n\
             [[fields]]\nname = \"site\"\ntitle = \"Site\"\npattern = \"[a-z]+\"\nfrom = \"lookup\"\n"
        ),
    );
    place.connect("team", "shop", "k3y").ok();
    let duplicate = ["connection", "duplicate", "team", "copy", "--with-secrets"];
    place.run(&duplicate).ok();
    assert_eq!(shown(&place, "copy")["fields"], json!({ "site": "north" }));
    place.call("copy", &api.url("/me")).ok().prints("200\n");
    let last = api.requests().pop().unwrap();
    assert_eq!(last.header("x-site"), Some("north"));

    // A value that is set counts once the service was asked again, which is said.
    let edit = ["connection", "edit", "copy", "--set", "site=south"];
    let told = "site stays north, as the service told it, until you run `freshet connection reconnect copy`";
    place.run(&edit).ok().fails(0, &[told]);
    let edit = ["connection", "edit", "copy", "--set", "site=north"];
    place.run(&edit).ok().quietly();
}

/// Many write "never" as the last second of the last year, which is later than times are kept.
#[test]
fn an_import_takes_every_time_of_rfc_3339() {
    let apis = Apis::start();
    let place = apis.place();
    let file = place.run(&["connection", "export", "by_token"]).ok().out;
    for (time, taken) in [
        ("9999-12-31T23:59:59Z", "9999-12-30T22:00:00Z"),
        ("9999-12-31T23:59:59.999+00:00", "9999-12-30T22:00:00Z"),
        ("2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z"),
    ] {
        let mut document: Value = serde_json::from_str(&file).unwrap();
        document["connections"][0]["credentials"][0]["expires_at"] = json!(time);
        let other = Place::new();
        other
            .run_with_input(&["connection", "import", "-"], document.to_string())
            .ok();
        let expires = shown(&other, "by_token")["expires_at"].clone();
        let expires = expires.as_str().unwrap().to_owned();
        assert_eq!(&expires[..13], &taken[..13], "{time}");
    }
    for none in ["9999-12-31", "9999-12-31T23:59:59", "10000-01-01T00:00:00Z"] {
        let mut document: Value = serde_json::from_str(&file).unwrap();
        document["connections"][0]["credentials"][0]["expires_at"] = json!(none);
        Place::new()
            .run_with_input(&["connection", "import", "-"], document.to_string())
            .fails(2, &["no time in RFC 3339", "C0088"]);
    }
}
