//! No secret leaves (reliability: "secrets never leave"): every secret holds one marker, every path to failure is walked
//! with the log wide open, and afterwards everything printed and every file written is searched for the marker.

use std::cell::RefCell;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::calling;
use crate::services::{ApiKey, Basic, Misbehaving, OAuth2};
use crate::support::place::{Outcome, Place, set_mode};
use crate::support::server::{Reply, Request, Server};

/// Stands in every secret and nowhere else.
pub(crate) const MARKER: &str = "qZwXvKjPyGfBhQmVzTxWkNcJ";

/// A secret of this kind.
pub(crate) fn secret(kind: &str) -> String {
    format!("{MARKER}{kind}")
}

/// The forms in which a secret may lie somewhere, by name.
fn forms(secret: &str) -> Vec<(String, Vec<u8>)> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut forms = vec![
        ("plain".to_owned(), secret.as_bytes().to_vec()),
        ("hex".to_owned(), hex.clone().into_bytes()),
        ("upper hex".to_owned(), hex.to_uppercase().into_bytes()),
        ("percent".to_owned(), percent.clone().into_bytes()),
        (
            "lower percent".to_owned(),
            percent.to_lowercase().into_bytes(),
        ),
        (
            "UTF-16, little end first".to_owned(),
            secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "UTF-16, big end first".to_owned(),
            secret.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ),
        ("reversed".to_owned(), secret.bytes().rev().collect()),
    ];
    for alignment in 0..3 {
        for (name, engine) in [
            ("base64", &STANDARD_NO_PAD),
            ("base64 for addresses", &URL_SAFE_NO_PAD),
        ] {
            forms.push((
                format!("{name}, alignment {alignment}"),
                within_base64(engine, secret, alignment),
            ));
        }
    }
    forms
}

/// What the base64 of any text holds in which the secret stands behind 3n + `alignment` bytes: the characters that no
/// neighbour has a part in.
fn within_base64(engine: &impl base64::Engine, secret: &str, alignment: usize) -> Vec<u8> {
    let text = [&b"\0\0"[..alignment], secret.as_bytes()].concat();
    let whole = text.len() * 8 / 6;
    let first = (alignment * 8).div_ceil(6);
    engine.encode(&text).as_bytes()[first..whole].to_vec()
}

/// The names of the forms in which the marker stands in `bytes`.
fn found_in(bytes: &[u8]) -> Vec<String> {
    found_of(MARKER, bytes)
}

/// The same for a secret that holds no marker.
fn found_of(secret: &str, bytes: &[u8]) -> Vec<String> {
    let holds = |form: &[u8]| bytes.windows(form.len()).any(|window| window == form);
    forms(secret)
        .into_iter()
        .filter(|(_, form)| holds(form))
        .map(|(name, _)| name)
        .collect()
}

/// A place whose commands are remembered with all they printed.
pub(crate) struct Watched {
    pub(crate) place: Place,
    pub(crate) printed: RefCell<Vec<(String, String)>>,
}

impl Watched {
    pub(crate) fn new(level: &'static str) -> Self {
        Self {
            place: Place::logging(level),
            printed: RefCell::default(),
        }
    }

    pub(crate) fn note(&self, what: String, outcome: Outcome) -> Outcome {
        self.printed
            .borrow_mut()
            .push((what, format!("{}\n{}", outcome.out, outcome.err)));
        outcome
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.note(arguments.join(" "), self.place.run(arguments))
    }

    pub(crate) fn feed(&self, arguments: &[&str], input: &str) -> Outcome {
        self.note(
            arguments.join(" "),
            self.place.run_with_input(arguments, input),
        )
    }

    /// Runs a script with a trace, for JSON, and with its error caught and printed.
    pub(crate) fn script(&self, text: &str) {
        let caught =
            format!("try\n{{\n{text}}}\ncatch (e)\n{{\n    info e;\n    info e.message;\n}}\n");
        for (more, text) in [("--trace", text), ("--json", text), ("--trace", &caught)] {
            self.feed(&["run", "-", "--limit", "read-time=200ms", more], text);
        }
    }

    pub(crate) fn call(&self, link: &str, url: &str) {
        self.script(&calling(link, url));
    }

    /// Adds a service and a connection with its secret.
    pub(crate) fn connect(&self, link: &str, definition: &str, secret: &str) -> Outcome {
        self.place.write(&format!("{link}.toml"), definition);
        self.run(&["service", "add", link, "--file", &format!("{link}.toml")])
            .ok();
        self.run(&["connection", "add", link, "--service", link])
            .ok();
        self.feed(&["connection", "connect", link, "--secret-stdin"], secret)
    }

    /// Where the marker stands: what was printed, and files.
    pub(crate) fn leaks(&self) -> Vec<String> {
        self.leaks_of(MARKER)
    }

    /// The same for a secret that holds no marker.
    pub(crate) fn leaks_of(&self, secret: &str) -> Vec<String> {
        let found_in = |bytes: &[u8]| found_of(secret, bytes);
        let printed = self.printed.borrow();
        let mut leaks = Vec::new();
        for (what, text) in printed.iter() {
            let forms = found_in(text.as_bytes());
            if !forms.is_empty() {
                let line = text
                    .lines()
                    .find(|line| !found_in(line.as_bytes()).is_empty())
                    .unwrap_or_default();
                leaks.push(format!(
                    "printed by `{what}` as {}: {line}",
                    forms.join(", ")
                ));
            }
        }
        for (path, content) in self.place.files() {
            let forms = found_in(&content);
            if !forms.is_empty() {
                leaks.push(format!("in {} as {}", path.display(), forms.join(", ")));
            }
        }
        leaks
    }
}

#[test]
fn the_scanner_finds_each_form() {
    for (name, form) in forms(MARKER) {
        let hidden = [b"before".as_slice(), &form, b"after"].concat();
        assert!(found_in(&hidden).contains(&name), "{name}");
    }
    for padding in ["", "a", "ab", "abc"] {
        let text = format!("{padding}:{MARKER}:{padding}");
        for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            assert!(!found_in(encoded.as_bytes()).is_empty(), "{encoded}");
        }
    }
    let almost = MARKER.replace('q', "Q");
    assert!(
        found_in(almost.as_bytes()).is_empty()
            && found_in(STANDARD_NO_PAD.encode(almost).as_bytes()).is_empty()
    );
}

#[test]
fn keys_and_passwords_leave_no_trace_on_any_way_to_failure() {
    walk_with_keys("trace");
}

#[test]
fn the_log_of_the_libraries_shows_no_secret_either() {
    walk_with_keys("trace,hyper=trace,hyper_util=trace,reqwest=trace,h2=trace,rustls=trace");
    walk_with_tokens("trace,hyper=trace,hyper_util=trace,reqwest=trace,h2=trace,rustls=trace");
}

/// Checks 29 and 77: the log, too, holds no marker.
#[test]
fn client_secrets_and_tokens_leave_no_trace_on_any_way_to_failure() {
    walk_with_tokens("trace");
}

/// Services that do everything wrong, with the key in each place there is: link names and definitions.
fn odd_services(odd: &Misbehaving, suffix: &str, path: &str) -> Vec<(String, String)> {
    const PLACES: [(&str, &str, &str); 5] = [
        (
            "header",
            "scheme = \"api_key\"\nparam_name = \"X-Api-Key\"",
            "",
        ),
        (
            "query",
            "scheme = \"api_key\"\nparam_type = \"query\"\nparam_name = \"api_key\"",
            "",
        ),
        (
            "path",
            "scheme = \"api_key\"\nparam_type = \"path\"\nkey = \"/bot{api_key}\"",
            "",
        ),
        (
            "form",
            "scheme = \"api_key\"\nparam_type = \"form\"\nparam_name = \"api_key\"",
            "",
        ),
        (
            "basic",
            "scheme = \"basic\"\nusername = \"ada\"\npassword = \"{password}\"",
            "[[fields]]\nname = \"password\"\ntitle = \"Password\"\nsecret = true\n",
        ),
    ];
    let (host, verify) = (odd.server.host(), odd.server.url(path));
    let definition = |(place, keys, fields): (&str, &str, &str)| {
        let link = format!("{place}{suffix}");
        let method = if place == "form" { "POST" } else { "GET" };
        let definition = format!(
            "name = \"{link}\"\n{keys}\nhosts = [\"{host}\"]\nverify = \"{method} {verify}\"\naccount = \"/email\"\n{fields}"
        );
        (link, definition)
    };
    PLACES.into_iter().map(definition).collect()
}

/// Keys and passwords, refused, echoed, redirected, cut off, at a service that is away.
fn walk_with_keys(level: &'static str) {
    let watched = Watched::new(level);
    let sent = secret("key");

    // Secrets in the wrong place or of the wrong form.
    let api = ApiKey::start(&sent);
    watched.connect("good", &api.in_header("Good"), &sent).ok();
    watched
        .run(&[
            "connection",
            "add",
            "x",
            "--service",
            "good",
            "--set",
            &format!("api_key={sent}"),
        ])
        .fails(2, &[]);
    watched
        .run(&[
            "connection",
            "add",
            "x",
            "--service",
            "good",
            "--set",
            &sent,
        ])
        .fails(2, &[]);
    watched
        .run(&["connection", "connect", "good", "--secret-file", &sent])
        .fails(2, &[]);
    watched
        .run(&["connection", "connect", "good", "--secret-env", &sent])
        .fails(2, &[]);
    for wrong in [
        format!("{sent}\nsecond"),
        format!("{sent}\u{e9}"),
        format!("{sent}{}", "x".repeat(70_000)),
    ] {
        watched
            .feed(&["connection", "connect", "good", "--secret-stdin"], &wrong)
            .fails(2, &[]);
    }
    // One that is refused, by a service that repeats what it got.
    watched
        .feed(
            &["connection", "reconnect", "good", "--secret-stdin"],
            &format!("{sent}-wrong"),
        )
        .fails(4, &["C0034"]);
    let basic = Basic::start("ada", "right");
    watched.connect("users", &format!("{}[[fields]]\nname = \"username\"\ntitle = \"User\"\ndefault = \"ada\"\n[[fields]]\nname = \"password\"\ntitle = \"Password\"\nsecret = true\n", basic.definition("Users")), &secret("password")).fails(4, &["C0034"]);
    watched.call("good", "http://127.0.0.1:9/");
    watched.call("good", "http://169.254.169.254/");

    let odd = Misbehaving::start();
    let other = Misbehaving::start();
    for (link, definition) in odd_services(&odd, "", "/empty") {
        let link = link.as_str();
        watched.connect(link, &definition, &sent).ok();
        for path in [
            "/status/401",
            "/status/500",
            "/garbage",
            "/closed",
            "/truncated",
            "/loop",
            "/silent",
            "/echo",
            "/html",
        ] {
            watched.call(link, &odd.server.url(path));
        }
        watched.call(
            link,
            &odd.server
                .url(&format!("/away?to={}", other.server.url("/echo"))),
        );
        watched.call(link, &odd.server.url("/away?to=https://127.0.0.1:9/"));
        watched.call(link, &odd.server.url("/away?to=ftp://x/"));
        watched.call(link, &other.server.url("/echo"));
        let posting = format!(
            "x = invokeurl\n[\n    url: \"{}\"\n    type: POST\n    parameters: {{\"a\": \"b\"}}.toString()\n    connection: \"{link}\"\n];\n",
            odd.server.url("/status/500")
        );
        watched.script(&posting);
        watched.feed(
            &["run", "-", "--dry-run"],
            &calling(link, &odd.server.url("/echo")),
        );
        watched.feed(&["repl"], &calling(link, &odd.server.url("/closed")));
        for command in ["show", "log", "snippet", "verify", "disable", "enable"] {
            watched.run(&["connection", command, link]).ok();
            watched.run(&["connection", command, link, "--json"]).ok();
        }
    }
    for request in other.server.requests() {
        let arrived = format!("{request:?}{}", request.text());
        assert!(
            found_in(arrived.as_bytes()).is_empty(),
            "it arrived at another origin: {arrived}"
        );
    }

    // Services that refuse, each in its way, while connecting; then one that repeats the key as the name of the account.
    for (number, path) in [
        "/status/401",
        "/status/500",
        "/garbage",
        "/truncated",
        "/loop",
        "/away?to=https://127.0.0.1:9/",
    ]
    .iter()
    .enumerate()
    {
        for (link, definition) in odd_services(&odd, &format!("_{number}"), path) {
            watched.connect(&link, &definition, &sent);
            watched.run(&["connection", "show", &link, "--json"]);
        }
    }
    let flattering = Server::start(|request| {
        Reply::json(&serde_json::json!({ "email": request.header("x-api-key") }).to_string())
    });
    let (host, me) = (flattering.host(), flattering.url("/me"));
    watched.connect("flattered", &format!("name = \"Flattered\"\nscheme = \"api_key\"\nparam_name = \"X-Api-Key\"\nhosts = [\"{host}\"]\nverify = \"GET {me}\"\naccount = \"/email\"\n"), &sent).ok();
    watched.run(&["connection", "list"]).ok();
    watched.run(&["connection", "verify", "--all"]);

    // The services go away.
    drop(odd);
    for link in ["header", "query", "path", "form", "basic"] {
        watched.run(&["connection", "verify", link]);
    }
    broken_registry(&watched);
    assert_eq!(watched.leaks(), [""; 0]);
}

/// A registry that is damaged, sealed with another key, whose row was altered.
fn broken_registry(watched: &Watched) {
    let (registry, key) = (watched.place.data("registry.db"), watched.place.data("key"));
    let (good, right) = (fs::read(&registry).unwrap(), fs::read(&key).unwrap());
    // The sealing key stands in its file and nowhere else.
    let text = String::from_utf8(right.clone()).unwrap();
    let holds_key = |bytes: &[u8]| {
        bytes
            .windows(43)
            .any(|window| window == &text.as_bytes()[..43])
    };
    for (path, content) in watched.place.files() {
        assert!(
            path == key || !holds_key(&content),
            "the sealing key lies in {}",
            path.display()
        );
    }
    assert!(
        watched
            .printed
            .borrow()
            .iter()
            .all(|(_, printed)| !holds_key(printed.as_bytes()))
    );

    fs::write(&key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    watched.run(&["connection", "list"]).fails(74, &["C0083"]);
    fs::write(&key, MARKER).unwrap();
    watched.run(&["connection", "list"]).fails(74, &["C0084"]);
    fs::write(&key, &right).unwrap();
    set_mode(&key, 0o600);
    let mut torn = good.clone();
    torn[100..2000].fill(0x5a);
    fs::write(&registry, torn).unwrap();
    watched.run(&["connection", "list"]).fails(74, &["C0081"]);
    fs::write(&registry, good).unwrap();
    let db = rusqlite::Connection::open(&registry).unwrap();
    db.execute(
        "UPDATE credential SET secret_fields = zeroblob(90) WHERE id = 1",
        [],
    )
    .unwrap();
    drop(db);
    watched.run(&["connection", "verify", "--all"]);
}

/// Everything that a token request carries, as a server sees it and in other clothes.
fn carried(request: &Request) -> Vec<String> {
    let authorization = request
        .header("authorization")
        .unwrap_or_default()
        .to_owned();
    let body = request.text();
    let (client, token) = (secret("client"), secret("token"));
    let percent = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<String>()
    };
    vec![
        authorization,
        body,
        client.clone(),
        percent(&client),
        STANDARD_NO_PAD.encode(&client),
        STANDARD_NO_PAD.encode(format!("abc:{client}")),
        client.to_uppercase(),
        token,
    ]
}

/// Client secrets and tokens, with a token endpoint that repeats what it got in every part of its reply.
fn walk_with_tokens(level: &'static str) {
    let watched = Watched::new(level);
    let api = OAuth2::answering(good);
    let ways = [
        ("basic", String::new()),
        ("body", "client_auth = \"body\"\n".to_owned()),
        (
            "json",
            "client_auth = \"body\"\ntoken_body = \"json\"\n".to_owned(),
        ),
        (
            "queried",
            "client_auth = \"body\"\ntoken_body = \"query\"\n".to_owned(),
        ),
        ("auto", "client_auth = \"auto\"\n".to_owned()),
        ("by_query", "param_type = \"query\"\n".to_owned()),
    ];
    for (name, more) in &ways {
        let mut definition = api.definition(name);
        if more.contains("client_auth") {
            definition = definition.replace("client_auth = \"basic\"\n", "");
        }
        watched
            .place
            .write(&format!("{name}.toml"), definition + more);
        watched
            .run(&["service", "add", name, "--file", &format!("{name}.toml")])
            .ok();
        watched
            .feed(
                &[
                    "service",
                    "client",
                    name,
                    "--client-id",
                    "abc",
                    "--secret-stdin",
                ],
                &secret("client"),
            )
            .ok();
        watched.run(&["service", "show", name, "--json"]).ok();
        watched.run(&["connection", "add", name, "--service", name, "--connect"]);
    }
    for echo in 0..8 {
        for part in 0..10 {
            api.answer(move |request, _| echoing(&carried(request)[echo], part));
            let (name, _) = &ways[(echo + part) % ways.len()];
            watched.run(&["connection", "reconnect", name]);
            watched.run(&["connection", "show", name, "--json"]);
        }
    }
    // The same while renewing.
    for part in 0..10 {
        api.answer(good);
        watched.run(&["connection", "reconnect", "basic"]).ok();
        api.accept("another");
        api.answer(move |request, _| echoing(&carried(request).join(" "), part));
        watched.feed(
            &["run", "-", "--trace"],
            &calling("basic", &api.server.url("/me")),
        );
        watched.run(&["connection", "list"]).ok();
    }
    api.answer(good);
    watched.run(&["connection", "reconnect", "by_query"]);
    watched.call("by_query", &api.server.url("/me"));
    watched.call("basic", &api.server.url("/elsewhere"));
    drop(api);
    for (name, _) in &ways {
        watched.feed(
            &["run", "-", "--limit", "call-time=300ms"],
            &calling(name, "http://127.0.0.1:9/"),
        );
    }
    watched.run(&["connection", "log", "--all", "--json"]).ok();
    assert_eq!(watched.leaks(), [""; 0]);
}

/// A token as it should be. It is always the same, so that what a service repeats is what is stored.
pub(crate) fn good(_: &Request, _: usize) -> Reply {
    Reply::json(&format!(
        r#"{{"access_token":"{}","refresh_token":"{}","expires_in":3600}}"#,
        secret("token"),
        secret("refresh")
    ))
}

/// A token reply with `text` in one of its parts.
fn echoing(text: &str, part: usize) -> Reply {
    let json = |status: u16, body: serde_json::Value| {
        Reply::new(status, "application/json", body.to_string()).with("Retry-After", "0")
    };
    match part {
        0 => json(
            400,
            serde_json::json!({ "error": "invalid_scope", "error_description": format!("you sent {text}") }),
        ),
        1 => json(400, serde_json::json!({ "error": text })),
        2 => json(
            200,
            serde_json::json!({ "error": { "code": text, "message": text } }),
        ),
        3 => json(200, serde_json::json!({ text: 1 })),
        4 => Reply::new(200, "text/html", format!("<title>You sent {text}</title>")),
        5 => Reply::new(404, "", "").with("Content-Type", &text.replace(['\r', '\n'], " ")),
        6 => json(
            200,
            serde_json::json!({ "access_token": "t", "token_type": text }),
        ),
        7 => json(
            500,
            serde_json::json!({ "error": text, "error_description": text }),
        ),
        8 => Reply::new(302, "", "").with(
            "Location",
            &format!("http://127.0.0.1:9/?{}", text.replace(['\r', '\n'], " ")),
        ),
        _ => json(
            200,
            serde_json::json!({ "access_token": secret("token"), "expires_in": 3600, "scope": text }),
        ),
    }
}
