//! Renewal by refresh token, which a test cannot get through a consent page: the first token is put
//! into the registry, and the token endpoint is a function.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::atomic::{AtomicI64, Ordering};

use http::{HeaderMap, Request, StatusCode};
use secrecy::SecretString;
use tempfile::TempDir;

use super::*;
use crate::settings::Via;
use crate::transport::{Arrival, Exchange, Sending, WireRequest};
use crate::{Call, ClientInput, Connections, NewConnection, Status};

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Status and body from the body of a token request and how many came before.
type Answer = dyn Fn(&str, usize) -> (u16, String) + Send + Sync;

/// Answers each token request by a function; the API with 200 and the token.
struct Scripted {
    answer: Box<Answer>,
    asked: Mutex<Vec<WireRequest>>,
}

impl Transport for Scripted {
    fn send(&self, exchange: Exchange) -> Sending<'_> {
        let request = exchange
            .additions
            .apply(&exchange.request, crate::scheme::Secrets::Sent)
            .unwrap();
        let (status, body) = if request.url.path() == "/api" {
            let token = request.headers["authorization"]
                .to_str()
                .unwrap()
                .to_owned();
            (200, token)
        } else {
            let mut asked = self.asked.lock().unwrap();
            asked.push(request.clone());
            let before = asked.len() - 1;
            drop(asked);
            (self.answer)(std::str::from_utf8(&request.body).unwrap(), before)
        };
        let arrival = Arrival {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.into_bytes(),
            url: exchange.request.url,
            hops: 0,
            authenticated: true,
        };
        Box::pin(std::future::ready(Ok(arrival)))
    }
}

struct World {
    connections: Connections,
    clock: Arc<HandClock>,
    transport: Arc<Scripted>,
    folder: TempDir,
}

const SERVICE: &str = r#"
name = "Looper"
scheme = "oauth2"
authorize_url = "http://127.0.0.1:9/authorize"
token_url = "http://127.0.0.1:9/token"
refresh_url = "http://127.0.0.1:9/refresh?v=1"
client_auth = "body"
refresh_params = { access_type = "offline" }
hosts = ["127.0.0.1:9"]
"#;

fn settings(folder: &TempDir) -> Settings {
    Settings {
        registry: Some(folder.path().join("registry.db")),
        key_file: None,
        key: None,
        busy: Duration::from_millis(20),
        renewal_pauses: Vec::new(),
        ..Settings::from_environment(Via::Run).unwrap()
    }
}

/// A connection whose token lives for 100 s, with the refresh token R0 unless left out.
fn world(
    refresh_token: bool,
    answer: impl Fn(&str, usize) -> (u16, String) + Send + Sync + 'static,
) -> World {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(HandClock(AtomicI64::new(1_000_000)));
    let transport = Arc::new(Scripted {
        answer: Box::new(answer),
        asked: Mutex::default(),
    });
    let mut connections =
        Connections::with_clock(settings(&folder), Arc::clone(&clock) as Arc<dyn Clock>);
    connections.http.transport = Arc::clone(&transport) as Arc<dyn Transport>;
    connections
        .add_service("looper", "test.toml", SERVICE, None)
        .unwrap();
    let client = ClientInput {
        client_id: Some("me".to_owned()),
        client_secret: Some("hush".into()),
        ..ClientInput::default()
    };
    connections.set_client("looper", None, client).unwrap();
    let new = NewConnection {
        link_name: "loop".to_owned(),
        service: "looper".to_owned(),
        ..NewConnection::default()
    };
    connections.create(new).unwrap();
    let world = World {
        connections,
        clock,
        transport,
        folder,
    };
    let usable = world.registry().load_to_connect("loop", "").unwrap();
    let first = new_token("A0", refresh_token.then_some("R0"), 1_100_000);
    world
        .registry()
        .finish_connect(&usable, Some(&first), None)
        .unwrap();
    world
}

fn new_token(access: &str, refresh: Option<&str>, expires_at: i64) -> NewToken {
    NewToken {
        token_secret: None,
        access_token: access.into(),
        refresh_token: refresh.map(SecretString::from),
        token_type: None,
        granted_scopes: None,
        expires_at: Some(expires_at),
        refresh_expires_at: None,
        client_auth: None,
        found: std::collections::BTreeMap::new(),
    }
}

impl World {
    fn registry(&self) -> Arc<Registry> {
        self.connections.store.writing().unwrap()
    }

    fn forward(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// What the API was authorised with.
    fn call(&self) -> Result<String, ConnectionError> {
        let request = Request::get("http://127.0.0.1:9/api")
            .body(Vec::new())
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let reply = runtime.block_on(
            self.connections
                .send(Call::new(request).with_connection("loop")),
        )?;
        Ok(String::from_utf8(reply.response.into_body()).unwrap())
    }

    /// The refresh tokens that were tried, in order.
    fn tried(&self) -> Vec<String> {
        let asked = self.transport.asked.lock().unwrap();
        let tokens = asked.iter().map(|request| {
            let pairs = url::form_urlencoded::parse(&request.body);
            pairs
                .into_owned()
                .find(|(name, _)| name == "refresh_token")
                .unwrap()
                .1
        });
        tokens.collect()
    }

    fn status(&self) -> Status {
        self.connections.show("loop").unwrap().status
    }
}

fn issued(access: &str, refresh: Option<&str>) -> (u16, String) {
    let refresh = refresh
        .map(|token| format!(r#","refresh_token":"{token}""#))
        .unwrap_or_default();
    (
        200,
        format!(r#"{{"access_token":"{access}","expires_in":100{refresh}}}"#),
    )
}

fn refused() -> (u16, String) {
    (400, r#"{"error":"invalid_grant"}"#.to_owned())
}

#[test]
fn a_rotated_refresh_token_replaces_the_old_one_and_a_missing_one_does_not() {
    let world = world(true, |_, n| match n {
        0 => issued("A1", Some("R1")),
        n => issued(&format!("A{}", n + 1), None),
    });
    for (access, tried) in [("A1", "R0"), ("A2", "R1"), ("A3", "R1")] {
        world.forward(100);
        assert_eq!(world.call().unwrap(), format!("Bearer {access}"));
        assert_eq!(world.tried().pop().unwrap(), tried);
    }
    let request = world.transport.asked.lock().unwrap().pop().unwrap();
    assert_eq!(request.url.as_str(), "http://127.0.0.1:9/refresh?v=1");
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        "grant_type=refresh_token&refresh_token=R1&client_id=me&client_secret=hush&access_type=offline"
    );
}

#[test]
fn a_renewal_cut_off_by_a_crash_tries_the_stored_token_and_then_the_one_before() {
    let world = world(true, |body, n| match n {
        0 => issued("A1", Some("R1")),
        _ if body.contains("refresh_token=R0") => issued("A2", Some("R2")),
        _ => refused(),
    });
    world.forward(100);
    world.call().unwrap();
    world.forward(100);
    let credential = world
        .registry()
        .load_for_use("loop", "")
        .unwrap()
        .credential;
    world.registry().refresh_started(credential.id).unwrap();
    assert_eq!(world.call().unwrap(), "Bearer A2");
    assert_eq!(world.tried(), ["R0", "R1", "R0"]);
}

#[test]
fn when_both_are_refused_the_message_says_what_happened() {
    let world = world(true, |_, n| {
        if n == 0 {
            issued("A1", Some("R1"))
        } else {
            refused()
        }
    });
    world.forward(100);
    world.call().unwrap();
    world.forward(100);
    let credential = world
        .registry()
        .load_for_use("loop", "")
        .unwrap()
        .credential;
    world.registry().refresh_started(credential.id).unwrap();
    let error = world.call().unwrap_err();
    assert_eq!(error.code(), "C0003");
    assert!(error.message().contains("cut off"), "{error}");
    assert_eq!(world.tried(), ["R0", "R1", "R0"]);
    assert_eq!(world.status(), Status::NeedsAuthorisation);
}

#[test]
fn without_a_crash_the_token_before_is_not_tried() {
    let world = world(true, |_, n| {
        if n == 0 {
            issued("A1", Some("R1"))
        } else {
            refused()
        }
    });
    world.forward(100);
    world.call().unwrap();
    world.forward(100);
    assert_eq!(world.call().unwrap_err().code(), "C0003");
    assert_eq!(world.tried(), ["R0", "R1"]);
}

#[test]
fn a_refusal_is_no_loss_when_somebody_else_has_renewed_meanwhile() {
    let other: Arc<Mutex<Option<Registry>>> = Arc::default();
    let elsewhere = Arc::clone(&other);
    let world = world(true, move |_, _| {
        // A process that does not keep to the lock, such as one on another machine.
        let registry = elsewhere.lock().unwrap().take().unwrap();
        let usable = registry.load_for_use("loop", "").unwrap();
        registry
            .store_renewed(&usable, &new_token("A9", Some("R9"), 9_000_000))
            .unwrap();
        refused()
    });
    let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
    *other.lock().unwrap() = Some(Registry::open(&settings(&world.folder), clock).unwrap());
    world.forward(100);
    assert_eq!(world.call().unwrap(), "Bearer A9");
    assert_eq!(world.status(), Status::Authorised);
}

#[test]
fn a_token_that_cannot_be_stored_is_kept_and_stored_at_the_next_use() {
    let writer: Arc<Mutex<Option<rusqlite::Connection>>> = Arc::default();
    let blocking = Arc::clone(&writer);
    let world = world(true, move |_, _| {
        // From here on another program writes and does not end.
        if let Some(other) = blocking.lock().unwrap().as_ref() {
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
        }
        issued("A1", Some("R1"))
    });
    let path = world.folder.path().join("registry.db");
    *writer.lock().unwrap() = Some(rusqlite::Connection::open(path).unwrap());
    world.forward(100);
    let error = world.call().unwrap_err();
    assert_eq!(error.code(), "C0017", "{error}");
    writer.lock().unwrap().take();
    assert_eq!(world.call().unwrap(), "Bearer A1");
    assert_eq!(world.tried(), ["R0"], "the token was not asked for again");
    let log = world.connections.log(&crate::Filter::default()).unwrap();
    let last = log.last().unwrap();
    assert_eq!((last.action.as_str(), &last.detail), ("refresh", &None));
}

#[test]
fn without_a_refresh_token_an_expired_token_needs_a_person() {
    let world = world(false, |_, _| refused());
    world.forward(99);
    assert_eq!(
        world.call().unwrap(),
        "Bearer A0",
        "used to its last second"
    );
    world.forward(1);
    let error = world.call().unwrap_err();
    assert_eq!(error.code(), "C0003");
    assert!(error.message().contains("expired"), "{error}");
    assert!(world.tried().is_empty());
}

#[test]
fn a_future_that_sends_can_move_between_threads() {
    fn is_send(_: impl Send) {}
    let world = world(false, |_, _| refused());
    let request = Request::get("http://127.0.0.1:9/api")
        .body(Vec::new())
        .unwrap();
    is_send(world.connections.send(Call::new(request)));
    is_send(world.connections.verify("loop"));
    is_send(
        world
            .connections
            .connect("loop", std::collections::BTreeMap::new(), true),
    );
}
