//! A small shop on loopback with an API behind OAuth 2.0 client credentials: what the demo's script talks to.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use freshet_runtime::redact;
use serde_json::{Value, json};

use super::wire::{self, Request};

/// The client that the service knows, and its secret. Neither is worth anything elsewhere.
pub const CLIENT_ID: &str = "demo-client";
pub const CLIENT_SECRET: &str = "demo-secret";
/// The two in an `Authorization` header (RFC 7617).
const CLIENT_HEADER: &str = "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=";

/// When a token is no longer taken.
#[derive(Clone, Copy, Debug)]
pub enum TokenEnds {
    /// After so many requests: so that a short demo sees a renewal, without waiting for a clock.
    AfterCalls(u32),
    /// After this time, which the token reply names.
    After(Duration),
}

/// A request as the service saw it, secrets as `***`.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET /v1/invoices?limit=2`
    pub line: String,
    /// The status it answered with.
    pub status: u16,
    /// `Authorization: Bearer ***`, and the body.
    pub details: Vec<String>,
}

/// The service, running until the process ends.
pub struct Service {
    /// `http://127.0.0.1:PORT`
    pub address: String,
    state: Arc<Mutex<State>>,
}

struct State {
    ends: TokenEnds,
    /// The newest last.
    tokens: Vec<Token>,
    issued: u32,
    reminders: u32,
    seen: Vec<Seen>,
}

/// Tokens that are remembered: one for each connection somebody may make.
const TOKENS: usize = 100;

struct Token {
    text: String,
    calls: u32,
    issued: Instant,
}

impl Service {
    /// Starts it on a port of 127.0.0.1, 0 for any that is free. Each request is shown to `watch` as it comes.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(port: u16, ends: TokenEnds, watch: fn(&Seen)) -> io::Result<Service> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Mutex::new(State {
            ends,
            tokens: Vec::new(),
            issued: 0,
            reminders: 0,
            seen: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        thread::Builder::new()
            .name("freshet-demo".to_owned())
            .spawn(move || {
                for stream in listener.incoming().flatten() {
                    let state = Arc::clone(&shared);
                    // A connection that gets no thread is dropped, as one that fails is.
                    let _ = thread::Builder::new().spawn(move || serve(&stream, &state, watch));
                }
            })?;
        Ok(Service { address, state })
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state).seen.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, state: &Mutex<State>, watch: fn(&Seen)) {
    let Ok(request) = wire::read(stream) else {
        return;
    };
    let (status, body) = lock(state).answer(&request);
    let seen = Seen {
        line: format!("{} {}", request.method, redact::address(&request.target)),
        status,
        details: details(&request),
    };
    watch(&seen);
    // Noted before it is answered: who has the answer finds the request among those seen.
    lock(state).seen.push(seen);
    let _ = wire::write(stream, status, &body);
}

/// Header and body as a person may see them.
fn details(request: &Request) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(authorization) = &request.authorization {
        let scheme = authorization.split(' ').next().unwrap_or_default();
        details.push(format!("Authorization: {scheme} ***"));
    }
    if !request.body.is_empty() {
        details.push(shown_body(&request.body));
    }
    details
}

/// A body without the values of secret names: of a form, and of a JSON object at its top.
fn shown_body(body: &str) -> String {
    if let Ok(Value::Object(mut members)) = serde_json::from_str(body) {
        for (name, value) in &mut members {
            if redact::is_secret_name(name) {
                *value = redact::HIDDEN.into();
            }
        }
        return Value::Object(members).to_string();
    }
    let pairs = body.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if redact::is_secret_name(name) => format!("{name}={}", redact::HIDDEN),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

impl State {
    fn answer(&mut self, request: &Request) -> (u16, Value) {
        match (request.method.as_str(), request.path()) {
            ("POST", "/oauth/token") => self.issue(request),
            _ if !self.takes(request) => (
                401,
                json!({ "error": "the token is not known, or no longer" }),
            ),
            ("GET", "/v1/me") => (200, json!({ "account": "demo@shop.example" })),
            ("GET", "/v1/invoices") => (
                200,
                json!({ "invoices": [
                { "id": 1001, "customer": "Ada Byron", "amount": 49.90, "status": "open" },
                { "id": 1002, "customer": "Grace Murray", "amount": 120, "status": "open" },
            ] }),
            ),
            ("POST", "/v1/reminders") => self.remind(request),
            ("GET", path) if path.starts_with("/v1/invoices/") => {
                (404, json!({ "error": "no such invoice" }))
            }
            _ => (404, json!({ "error": "no such page" })),
        }
    }

    /// The token endpoint (RFC 6749, 4.4).
    fn issue(&mut self, request: &Request) -> (u16, Value) {
        let has = |name: &str, value: &str| {
            request
                .body
                .split('&')
                .any(|pair| pair == format!("{name}={value}"))
        };
        let by_header = request.authorization.as_deref() == Some(CLIENT_HEADER);
        let by_body = has("client_id", CLIENT_ID) && has("client_secret", CLIENT_SECRET);
        if !by_header && !by_body {
            return (401, json!({ "error": "invalid_client" }));
        }
        if !has("grant_type", "client_credentials") {
            return (400, json!({ "error": "unsupported_grant_type" }));
        }
        self.issued += 1;
        let text = format!(
            "{:016x}{:016x}",
            RandomState::new().hash_one(self.issued),
            RandomState::new().hash_one(self.issued)
        );
        let seconds = match self.ends {
            TokenEnds::AfterCalls(_) => 3600,
            TokenEnds::After(time) => time.as_secs(),
        };
        let reply = json!({ "access_token": text, "token_type": "Bearer", "expires_in": seconds, "scope": "invoices" });
        if self.tokens.len() == TOKENS {
            self.tokens.remove(0);
        }
        self.tokens.push(Token {
            text,
            calls: 0,
            issued: Instant::now(),
        });
        (200, reply)
    }

    /// Whether the request carries a token that is still good.
    fn takes(&mut self, request: &Request) -> bool {
        let carried = request
            .authorization
            .as_deref()
            .and_then(|header| header.strip_prefix("Bearer "));
        let Some(token) = self
            .tokens
            .iter_mut()
            .find(|token| carried == Some(token.text.as_str()))
        else {
            return false;
        };
        let good = match self.ends {
            TokenEnds::AfterCalls(calls) => token.calls < calls,
            TokenEnds::After(time) => token.issued.elapsed() < time,
        };
        token.calls += 1;
        good
    }

    fn remind(&mut self, request: &Request) -> (u16, Value) {
        let Ok(reminder) = serde_json::from_str::<Value>(&request.body) else {
            return (400, json!({ "error": "expected JSON" }));
        };
        self.reminders += 1;
        (
            201,
            json!({ "id": format!("R-{}", self.reminders), "invoice": reminder["invoice"] }),
        )
    }
}
