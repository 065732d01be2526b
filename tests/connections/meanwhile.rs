//! What one process does while another waits for its service is not undone by the answer (connections, 1; reliability,
//! 6: no lost update). The service holds its answer until the other command has ended.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

use crate::calling;
use crate::support::form;
use crate::support::place::{Outcome, Place, outcome, words};
use crate::support::server::{Reply, Request, Server};

const OLD: &str = "old-password";
const NEW: &str = "new-password";

/// Holds the next request to a path until it is let go.
#[derive(Default)]
struct Gate {
    state: Mutex<Held>,
    changed: Condvar,
}

#[derive(Default)]
struct Held {
    next: Option<String>,
    waits: bool,
    go: bool,
}

impl Gate {
    fn pass(&self, path: &str) {
        let mut held = self.state.lock().unwrap();
        if held.next.as_deref() != Some(path) {
            return;
        }
        held.next = None;
        held.waits = true;
        self.changed.notify_all();
        while !held.go {
            held = self.changed.wait(held).unwrap();
        }
    }
}

/// A service with keys, passwords and tokens whose next answer can be held.
pub struct Api {
    pub server: Server,
    gate: Arc<Gate>,
    /// Whether its token endpoint refuses.
    pub refuses: Arc<AtomicBool>,
    /// Whether it has no time.
    pub busy: Arc<AtomicBool>,
}

impl Api {
    pub fn start() -> Self {
        let gate = Arc::new(Gate::default());
        let (refuses, busy) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
        let (held, refused) = (Arc::clone(&gate), Arc::clone(&refuses));
        let has_no_time = Arc::clone(&busy);
        let old = format!(
            "Basic {}",
            crate::services::crypto::base64(format!("ada:{OLD}"))
        );
        let server = Server::start(move |request| {
            held.pass(request.path());
            if request.path() == "/token" && has_no_time.load(Ordering::SeqCst) {
                return Reply::new(503, "", "").with("Retry-After", "0");
            }
            answer(request, &old, refused.load(Ordering::SeqCst))
        });
        Self {
            server,
            gate,
            refuses,
            busy,
        }
    }

    /// The next request to this path waits.
    pub fn hold(&self, path: &str) {
        *self.gate.state.lock().unwrap() = Held {
            next: Some(path.to_owned()),
            ..Held::default()
        };
    }

    /// Waits until the request has come.
    pub fn has_one(&self) {
        let mut held = self.gate.state.lock().unwrap();
        while !held.waits {
            held = self.gate.changed.wait(held).unwrap();
        }
    }

    /// Answers it.
    pub fn let_go(&self) {
        self.gate.state.lock().unwrap().go = true;
        self.gate.changed.notify_all();
    }

    pub fn asked(&self, path: &str) -> usize {
        let asked = self.server.requests();
        asked
            .iter()
            .filter(|request| request.path() == path)
            .count()
    }

    /// A definition with this scheme, verified at `/me` below `root`.
    pub fn definition(&self, scheme: &str, root: &str, more: &str) -> String {
        let host = self.server.host();
        format!(
            "name = \"Shop\"\nscheme = \"{scheme}\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}{root}/\"\n\
             verify = \"GET http://{host}{root}/me\"\naccount = \"/email\"\n{more}"
        )
    }

    /// The connection `team` with a key, made but not connected; the version of the API stands in its addresses.
    pub fn with_key(&self) -> Place {
        let place = Place::new();
        let more = "param_name = \"X-Api-Key\"\n[[fields]]\nname = \"ver\"\ntitle = \"Version\"\n\
                    [[fields]]\nname = \"api_key\"\ntitle = \"Key\"\nsecret = true\n";
        place.add_service("shop", &self.definition("api_key", "/{ver}", more));
        let add = ["connection", "add", "team", "--service", "shop"];
        place.run(&[&add[..], &["--set", "ver=v2"]].concat()).ok();
        place.write_secret("key", "k3y-of-the-test");
        place.write("call.dg", calling("team", &self.server.url("/v2/me")));
        place
    }

    /// The same with tokens that a grant brings.
    pub fn with_tokens(&self, grant: &str, more: &str) -> Place {
        let place = Place::new();
        let host = self.server.host();
        let keys = format!(
            "grant_types = [\"{grant}\"]\nauthorize_url = \"http://{host}/authorize\"\n\
             token_url = \"http://{host}/token\"\nclient_auth = \"basic\"\n{more}"
        );
        place.add_service("shop", &self.definition("oauth2", "", &keys));
        place.add_client("shop", "abc", "s3cret");
        let add = ["connection", "add", "team", "--service", "shop"];
        place.run(&[&add[..], &["--scope", "read"]].concat()).ok();
        place.write("call.dg", calling("team", &self.server.url("/me")));
        place
    }

    /// Runs a command whose request to `path` is held until `meanwhile` has been done.
    pub fn meanwhile(
        &self,
        path: &str,
        start: impl FnOnce() -> Child,
        meanwhile: impl FnOnce(),
    ) -> Outcome {
        self.hold(path);
        let child = start();
        self.has_one();
        meanwhile();
        self.let_go();
        outcome(child.wait_with_output().unwrap())
    }
}

fn answer(request: &Request, old: &str, refuses: bool) -> Reply {
    match request.path() {
        "/token" if refuses => Reply::new(400, "application/json", r#"{"error":"invalid_grant"}"#),
        "/token" if request.text().contains("device_code=") => {
            let pending = r#"{"error":"authorization_pending"}"#;
            Reply::new(400, "application/json", pending)
        }
        "/device" => Reply::json(
            r#"{"device_code":"d3v","user_code":"ABCD","verification_uri":"https://shop.example/","interval":1}"#,
        ),
        "/initiate" => Reply::new(
            200,
            "application/x-www-form-urlencoded",
            "oauth_token=t3mp&oauth_token_secret=t3mp-s3cret&oauth_callback_confirmed=true",
        ),
        "/skewed" => Reply::new(401, "", "").with("Date", "Sun, 01 Jan 2034 00:00:00 GMT"),
        "/token" => {
            Reply::json(r#"{"access_token":"tok","token_type":"Bearer","expires_in":3600}"#)
        }
        "/sites" => Reply::json(r#"{"sites":[{"id":"north"},{"id":"south"}]}"#),
        "/v3/me" => Reply::new(401, "", ""),
        _ if request.header("authorization") == Some(old) => Reply::new(401, "", ""),
        _ => Reply::json(r#"{"email":"ada@shop.example"}"#),
    }
}

pub fn spawn<S: AsRef<std::ffi::OsStr>>(place: &Place, arguments: &[S]) -> Child {
    place
        .command(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What people see of `team`.
pub fn shown(place: &Place) -> Value {
    let shown = place.run(&["connection", "show", "team", "--json"]).ok();
    shown.json()["connection"].clone()
}

#[track_caller]
pub fn is(place: &Place, status: &str, reason: Option<&str>) {
    let shown = shown(place);
    assert_eq!(
        (shown["status"].as_str(), shown["reason"].as_str()),
        (Some(status), reason)
    );
}

pub const VERIFY: [&str; 3] = ["connection", "verify", "team"];
pub const CONNECT: [&str; 3] = ["connection", "connect", "team"];
pub const WITH_KEY: [&str; 2] = ["--secret-file", "api_key=key"];

/// What row 14 is about, for a connection with tokens.
fn changes(api: &Api) -> [Vec<String>; 3] {
    let elsewhere = api.server.url("/elsewhere");
    let owned = |line: &str| words(line).into_iter().map(str::to_owned).collect();
    [
        owned("connection edit team --add-scope write --yes"),
        owned("service client shop --client-id other --secret-file client_secret=other --yes"),
        owned(&format!("service edit shop --token-url {elsewhere} --yes")),
    ]
}

fn change(place: &Place, arguments: &[String]) {
    place.write_secret("other", "another-secret");
    place.run(arguments).ok();
}

#[test]
fn a_key_that_is_revoked_while_it_is_verified_stays_revoked() {
    let api = Api::start();
    let place = api.with_key();
    place.run(&[&CONNECT[..], &WITH_KEY].concat()).ok();
    let verified = api.meanwhile(
        "/v2/me",
        || spawn(&place, &VERIFY),
        || {
            place.run(&["connection", "disable", "team"]).ok();
            place.run(&["connection", "revoke", "team", "--yes"]).ok();
        },
    );
    verified
        .fails(4, &["its tokens were revoked", "C0003"])
        .prints("");
    place.run(&["connection", "enable", "team"]).ok();
    is(&place, "needs_authorisation", Some("revoked"));
    let asked = api.asked("/v2/me");
    place
        .run(&["run", "call.dg"])
        .fails(4, &["C0003"])
        .prints("");
    assert_eq!(api.asked("/v2/me"), asked, "the key is not sent");
}

#[test]
fn what_is_done_while_a_token_is_verified_stays_done() {
    let api = Api::start();
    let [scope, client, address] = changes(&api);
    let revoke = ["connection", "revoke", "team", "--yes", "--local"].map(str::to_owned);
    for (done, reason) in [
        (revoke.to_vec(), "revoked"),
        (scope, "changed"),
        (client, "changed"),
        (address, "changed"),
    ] {
        let place = api.with_tokens("client_credentials", "");
        place.run(&CONNECT).ok();
        let start = || spawn(&place, &VERIFY);
        let verified = api.meanwhile("/me", start, || change(&place, &done));
        verified.fails(4, &["C0003"]).prints("");
        is(&place, "needs_authorisation", Some(reason));
        assert!(shown(&place)["last_error"].is_null());
    }
}

#[test]
fn a_password_that_was_replaced_is_not_refused_for_the_one_before() {
    let api = Api::start();
    let place = Place::new();
    place.add_service("shop", &api.definition("basic", "", ""));
    place.write_secret("old", OLD);
    place.write_secret("new", NEW);
    let add = [
        "connection",
        "add",
        "team",
        "--service",
        "shop",
        "--set",
        "username=ada",
    ];
    place.run(&add).ok();
    let with = |file: &'static str| [&CONNECT[..], &["--secret-file", file]].concat();
    let unchecked = [&with("password=old")[..], &["--no-verify"]].concat();
    place.run(&unchecked).ok();
    let verified = api.meanwhile(
        "/me",
        || spawn(&place, &VERIFY),
        || {
            place.run(&with("password=new")).ok();
        },
    );
    verified.fails(4, &["found 401", "C0034"]);
    is(&place, "authorised", None);
    assert!(shown(&place)["last_error"].is_null());
    place.run(&VERIFY).ok();
}

#[test]
fn a_renewal_keeps_its_token_and_the_change_made_meanwhile() {
    let api = Api::start();
    for done in changes(&api) {
        let place = api.with_tokens("client_credentials", "");
        place.run(&CONNECT).ok();
        place.expire_tokens();
        let calls = api.asked("/me");
        let start = || spawn(&place, &["run", "call.dg"]);
        let called = api.meanwhile("/token", start, || change(&place, &done));
        called
            .fails(4, &["its definition changed", "C0003"])
            .prints("");
        is(&place, "needs_authorisation", Some("changed"));
        assert_eq!(api.asked("/me"), calls, "nothing is sent");
        let shown = shown(&place);
        assert!(
            !shown["refreshed_at"].is_null(),
            "the token is stored: {shown}"
        );
    }
    // A refusal does not hide it either.
    let place = api.with_tokens("client_credentials", "");
    place.run(&CONNECT).ok();
    place.expire_tokens();
    api.refuses.store(true, Ordering::SeqCst);
    let [scope, ..] = changes(&api);
    let start = || spawn(&place, &["run", "call.dg"]);
    let called = api.meanwhile("/token", start, || change(&place, &scope));
    called
        .fails(4, &["its definition changed", "C0003"])
        .prints("");
    is(&place, "needs_authorisation", Some("changed"));
}

#[test]
fn a_token_asked_for_before_a_change_does_not_connect_after_it() {
    let api = Api::start();
    let told = ["its definition changed while it was connected", "C0003"];
    for done in changes(&api) {
        let place = api.with_tokens("client_credentials", "");
        let start = || spawn(&place, &CONNECT);
        let connected = api.meanwhile("/token", start, || change(&place, &done));
        connected.fails(4, &told).prints("");
        is(&place, "created", None);
    }
    // The same where it worked before.
    for done in changes(&api) {
        let place = api.with_tokens("client_credentials", "");
        place.run(&CONNECT).ok();
        let start = || spawn(&place, &CONNECT);
        let connected = api.meanwhile("/token", start, || change(&place, &done));
        connected.fails(4, &told).prints("");
        is(&place, "needs_authorisation", Some("changed"));
    }
}

/// Row 4 is about what it was before.
#[test]
fn a_refusal_of_what_was_changed_meanwhile_says_nothing_of_what_it_is_now() {
    let api = Api::start();
    for done in changes(&api) {
        let place = api.with_tokens("client_credentials", "");
        api.refuses.store(true, Ordering::SeqCst);
        let start = || spawn(&place, &CONNECT);
        let connected = api.meanwhile("/token", start, || change(&place, &done));
        connected.fails(69, &["invalid_grant", "C0027"]).prints("");
        is(&place, "created", None);
        assert!(shown(&place)["last_error"].is_null());
        // Where nobody changed anything it is one.
        place.run(&CONNECT).fails(69, &[]);
        is(&place, "failed", Some("error"));
        api.refuses.store(false, Ordering::SeqCst);
    }
}

#[test]
fn a_key_verified_at_one_address_is_not_connected_for_another() {
    let api = Api::start();
    let place = api.with_key();
    let edit = ["connection", "edit", "team", "--set", "ver=v3", "--yes"];
    let start = || spawn(&place, &[&CONNECT[..], &WITH_KEY].concat());
    let connected = api.meanwhile("/v2/me", start, || {
        place.run(&edit).ok();
    });
    connected.fails(4, &["C0003"]).prints("");
    is(&place, "created", None);
    place
        .run(&[&CONNECT[..], &WITH_KEY].concat())
        .fails(4, &["/v3/me: found 401", "C0034"]);
}

/// Begins a consent; gives the address at which it ends.
fn begun(place: &Place) -> String {
    let begun = place.run(&[&CONNECT[..], &["--start"]].concat()).ok();
    let (_, query) = begun.out.trim().split_once('?').unwrap();
    let pairs = form::pairs(query).unwrap();
    let (_, state) = pairs.iter().find(|(name, _)| name == "state").unwrap();
    format!("http://127.0.0.1:8713/callback?code=c0de&state={state}\n")
}

/// Brings such an answer in another process.
fn finishing(place: &Place, answer: &str) -> Child {
    let mut child = place
        .command(&[&CONNECT[..], &["--finish", "-"]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(answer.as_bytes()).unwrap();
    child
}

/// Both.
pub fn consented(place: &Place) -> Child {
    finishing(place, &begun(place))
}

#[test]
fn a_consent_counts_no_more_when_what_was_consented_to_changes_before_it_is_verified() {
    let api = Api::start();
    let lookup = format!(
        "lookup = {{ request = \"GET {}\", list = \"/sites\", value = \"/id\", field = \"site\" }}\n\
         headers = {{ X-Site = \"{{site}}\" }}\n\
         [[fields]]\nname = \"site\"\ntitle = \"Site\"\nfrom = \"lookup\"\npattern = \"[a-z]+\"\n",
        api.server.url("/sites")
    );
    let [scope, ..] = changes(&api);
    for (path, more) in [("/me", ""), ("/sites", &lookup)] {
        let place = api.with_tokens("authorization_code", more);
        let start = || consented(&place);
        let finished = api.meanwhile(path, start, || change(&place, &scope));
        finished
            .fails(4, &["its definition changed", "C0003"])
            .prints("");
        is(&place, "created", None);
        // Nothing of it is kept: a person has to consent to what it is now.
        place.run(&CONNECT).fails(4, &["C0029"]);
    }
    // Renewals of the token before do not matter.
    let place = api.with_tokens("authorization_code", "");
    outcome(consented(&place).wait_with_output().unwrap()).ok();
    is(&place, "authorised", None);
}

/// What the service was asked to let a person consent to.
#[test]
fn a_consent_is_not_begun_for_what_was_changed_while_it_was_asked_for() {
    let api = Api::start();
    let device = format!("device_url = \"{}\"\n", api.server.url("/device"));
    // Else a code would be asked after for half an hour.
    let begin = [&CONNECT[..], &["--device", "--timeout", "30"]].concat();
    let client = |place: &Place, name: &str| {
        place.write_secret("two", "another-secret");
        let set = format!(
            "service client shop --name {name} --client-id two --secret-file client_secret=two"
        );
        place.run(&words(&set)).ok();
    };
    let changes: [(&[&str], &str); 4] = [
        (&["connection edit team --add-scope write --yes"], "C0003"),
        (&["connection edit team --client two --yes"], "C0003"),
        (&["connection remove team --yes"], "C0001"),
        (
            &[
                "connection edit team --client default --yes",
                "service client shop --name one --remove",
            ],
            "C0003",
        ),
    ];
    for (done, code) in changes {
        let place = api.with_tokens("device_code", &device);
        client(&place, "one");
        client(&place, "two");
        place.run(&words("connection edit team --client one")).ok();
        let begun = api.meanwhile(
            "/device",
            || spawn(&place, &begin),
            || {
                for command in done {
                    place.run(&words(command)).ok();
                }
            },
        );
        let exit = if code == "C0001" { 2 } else { 4 };
        begun.fails(exit, &[code]).prints("");
        if code != "C0001" {
            is(&place, "created", None);
        }
        assert_eq!(api.asked("/token"), 0, "{done:?}");
    }
    // A temporary token is one for what it was asked for, too.
    let place = Place::new();
    let host = api.server.host();
    let keys = format!(
        "request_token_url = \"http://{host}/initiate\"\nauthorize_url = \"http://{host}/authorize\"\n\
         token_url = \"http://{host}/token\"\n"
    );
    place.add_service("shop", &api.definition("oauth1", "", &keys));
    place.add_client("shop", "abc", "s3cret");
    place.add("team", "shop");
    let begin = [&CONNECT[..], &["--start"]].concat();
    let begun = api.meanwhile(
        "/initiate",
        || spawn(&place, &begin),
        || {
            place.write_secret("two", "another-secret");
            let other = "service client shop --client-id two --secret-file client_secret=two";
            place.run(&words(other)).ok();
        },
    );
    begun
        .fails(4, &["its definition changed", "C0003"])
        .prints("");
    place.run(&begin).ok();
}

/// Whoever recovers the registry gives it another file: those who use it go on with that one.
#[test]
fn a_process_goes_on_with_the_registry_that_was_recovered_meanwhile() {
    let api = Api::start();
    let place = api.with_key();
    place.run(&[&CONNECT[..], &WITH_KEY].concat()).ok();
    place
        .run(&["registry", "backup", "--output", "copy.db"])
        .ok();
    let twice = calling("team", &api.server.url("/v2/me"));
    place.write("twice.dg", twice.repeat(2));
    let start = || spawn(&place, &["run", "twice.dg"]);
    let ran = api.meanwhile("/v2/me", start, || {
        let recover = ["registry", "recover", "--from", "copy.db", "--yes"];
        place.run(&recover).ok();
        place.run(&["connection", "disable", "team"]).ok();
    });
    ran.fails(4, &["C0004"]).prints("200\n");
    place.run(&["registry", "check"]).ok();
    // What it does from then on stands in the new file.
    place.run(&["connection", "enable", "team"]).ok();
    let asked = api.asked("/v2/me");
    place.run(&["run", "twice.dg"]).ok().prints("200\n200\n");
    assert_eq!(api.asked("/v2/me"), asked + 2);
}

/// Nothing more is sent for a connection that was taken away or switched off while its token was asked for.
#[test]
fn what_ends_while_a_first_token_is_asked_for_is_not_verified() {
    let ends: [&[&str]; 2] = [
        &["connection", "remove", "team", "--yes"],
        &["connection", "disable", "team"],
    ];
    for end in ends {
        let api = Api::start();
        let place = api.with_tokens("client_credentials", "");
        let start = || spawn(&place, &CONNECT);
        let connected = api.meanwhile("/token", start, || {
            place.run(end).ok();
        });
        assert_eq!(api.asked("/me"), 0, "{end:?}");
        if end[1] == "remove" {
            let told = ["removed meanwhile", "C0001", "end at Shop the access"];
            connected.fails(2, &told).prints("");
            continue;
        }
        let told = "Connected team to Shop (not verified), but it is disabled: `freshet connection enable team`.";
        let connected = connected.ok();
        assert!(connected.out.starts_with(told), "{}", connected.out);
        place.run(&["connection", "enable", "team"]).ok();
        place.run(&["run", "call.dg"]).ok().prints("200\n");
    }
}

/// The answer waits for its turn; what it answers is given up meanwhile.
#[test]
fn an_answer_whose_attempt_ended_while_it_waited_is_not_exchanged() {
    let api = Api::start();
    let place = api.with_tokens("authorization_code", "");
    let registry = || rusqlite::Connection::open(place.data("registry.db")).unwrap();
    let first = begun(&place);
    let id: i64 = registry()
        .query_row("SELECT id FROM attempt", [], |row| row.get(0))
        .unwrap();
    let second = begun(&place);
    api.hold("/token");
    let connecting = finishing(&place, &first);
    api.has_one();
    let mut waiting = finishing(&place, &second);
    let told = crate::late::waits(&mut waiting);
    let forgotten = registry().execute("DELETE FROM attempt WHERE id <> ?1", [id]);
    assert_eq!(forgotten, Ok(1));
    api.let_go();
    outcome(connecting.wait_with_output().unwrap()).ok();
    crate::late::ended(waiting, told).fails(4, &["C0020"]);
    assert_eq!(api.asked("/token"), 1);
}
