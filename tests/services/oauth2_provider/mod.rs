//! An OAuth 2.0 provider, strict by the standards: RFC 6749, 6750, 7009, 7523, 7636, 8414, 8628, 9207.
//!
//! It has an authorisation page with a decision, a token endpoint, an endpoint each for devices and for revocation,
//! metadata, and an API behind its tokens. Everything that arrives is kept, everything refused is noted.

mod api;
mod assertion;
mod authorize;
mod client;
mod device;
mod rules;
mod token;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

pub use rules::{
    Assertion, Body, ClientAuth, Device, Iss, Metadata, Pkce, Place, Revocation, Rules,
};

use crate::support::server::{Reply, Request, Server};

/// The grant of RFC 8628.
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The grant of RFC 7523.
pub const JWT_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The provider.
pub struct OAuth2Provider {
    /// What arrives, and where.
    pub server: Server,
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    gate: Mutex<Gate>,
    opened: Condvar,
}

/// Which token requests wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// None.
    Open,
    /// All.
    Closed,
    /// The next one.
    ClosedToOne,
    /// One does, and those after it are answered.
    HoldsOne,
}

/// Something it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The word of the standard, such as `invalid_grant`.
    pub error: String,
    /// What was wrong.
    pub says: String,
}

/// All that the provider remembers.
struct State {
    /// `http://127.0.0.1:PORT`
    address: String,
    rules: Rules,
    faults: Vec<Fault>,
    /// Replies of the token endpoint that go before its own.
    next: VecDeque<Reply>,
    /// What the token endpoint answers instead of its own replies.
    instead: Option<Box<dyn Fn() -> Reply + Send>>,
    /// Token requests so far, whatever became of them.
    asked: usize,
    /// Consents under way, by number.
    consents: Vec<authorize::Consent>,
    codes: Vec<authorize::Code>,
    access: Vec<Access>,
    refresh: Vec<Refresh>,
    devices: Vec<device::Login>,
    /// Answers to polls that go before its own.
    device_answers: VecDeque<&'static str>,
    polls: Vec<Instant>,
    /// `jti` values that have been used.
    seen: HashSet<String>,
    /// Consents and first tokens so far: tokens of one family come from the same.
    families: usize,
}

/// An access token.
struct Access {
    token: String,
    scope: String,
    family: usize,
    expires: Option<Instant>,
    dead: bool,
}

/// A refresh token.
struct Refresh {
    token: String,
    scope: String,
    family: usize,
    spent: bool,
    dead: bool,
}

/// A refusal on its way.
struct Refusal {
    status: u16,
    error: &'static str,
    says: String,
}

fn refuse<T>(error: &'static str, says: impl Into<String>) -> Result<T, Refusal> {
    let status = if error == "invalid_client" { 401 } else { 400 };
    Err(Refusal {
        status,
        error,
        says: says.into(),
    })
}

impl OAuth2Provider {
    /// With the usual rules.
    pub fn start() -> Self {
        Self::with(Rules::default())
    }

    /// With these rules.
    pub fn with(rules: Rules) -> Self {
        let inner = Arc::new(Inner {
            state: Mutex::new(State::new(rules)),
            gate: Mutex::new(Gate::Open),
            opened: Condvar::new(),
        });
        let serving = Arc::clone(&inner);
        let server = Server::start(move |request| serving.answer(request));
        inner.state.lock().unwrap().address = server.url("");
        Self { server, inner }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.inner.state.lock().unwrap()
    }

    /// Changes the rules from the next request on.
    pub fn change(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.state().rules);
    }

    /// As a custom service with these grants. `more` are further keys, each on a line of its own.
    pub fn definition(&self, name: &str, grants: &[&str], more: &str) -> String {
        let grants = self.grants_keys(grants);
        let (authorize, token) = (self.server.url("/authorize"), self.token_url());
        let (device, revoke) = (self.server.url("/device"), self.server.url("/revoke"));
        format!(
            "{}authorize_url = \"{authorize}\"\ntoken_url = \"{token}\"\ndevice_url = \"{device}\"\nrevoke_url = \"{revoke}\"\n{grants}{more}",
            self.common_keys(name)
        )
    }

    /// As a custom service that names the issuer only, so that its endpoints must be found.
    pub fn discovered(&self, name: &str, grants: &[&str], more: &str) -> String {
        let (issuer, grants) = (self.issuer(), self.grants_keys(grants));
        format!(
            "{}issuer = \"{issuer}\"\n{grants}{more}",
            self.common_keys(name)
        )
    }

    fn common_keys(&self, name: &str) -> String {
        let (host, me) = (self.server.host(), self.server.url("/me"));
        let auth = match self.state().rules.client_auth {
            ClientAuth::Basic => "basic",
            ClientAuth::Body => "body",
            ClientAuth::None => "none",
            ClientAuth::PrivateKeyJwt(_) => "private_key_jwt",
        };
        format!(
            "name = \"{name}\"\nscheme = \"oauth2\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET {me}\"\naccount = \"/email\"\nclient_auth = \"{auth}\"\n"
        )
    }

    fn grants_keys(&self, grants: &[&str]) -> String {
        let mut keys = format!("grant_types = {grants:?}\n");
        if grants.contains(&"jwt_bearer") {
            let rules = &self.state().rules.assertion;
            let aud = rules
                .aud
                .map_or_else(|| self.server.url("/token"), str::to_owned);
            let kid = rules
                .kid
                .map_or_else(String::new, |kid| format!(", kid = \"{kid}\""));
            let (alg, iss, sub) = (rules.key.algorithm(), rules.iss, rules.sub);
            keys += &format!(
                "jwt = {{ alg = \"{alg}\", iss = \"{iss}\", sub = \"{sub}\", aud = \"{aud}\"{kid} }}\n"
            );
        }
        keys
    }

    /// The issuer.
    pub fn issuer(&self) -> String {
        self.state().issuer()
    }

    /// The token endpoint, with the query that must arrive there.
    pub fn token_url(&self) -> String {
        let query = self.state().rules.token_query;
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        self.server.url(&format!("/token{query}"))
    }

    /// The rules it has now.
    pub fn rules(&self) -> Rules {
        self.state().rules.clone()
    }

    /// From now on the token endpoint answers with this, whatever arrives.
    pub fn answer_with(&self, reply: impl Fn() -> Reply + Send + 'static) {
        self.state().instead = Some(Box::new(reply));
    }

    /// From now on the token endpoint answers by itself again.
    pub fn answer_itself(&self) {
        self.state().instead = None;
    }

    /// The token endpoint answers with these replies first, whatever arrives.
    pub fn answer_next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state().next.extend(replies);
    }

    /// The API takes this token too, whoever gave it out.
    pub fn accept(&self, token: &str) {
        let mut state = self.state();
        let scope = state.rules.scopes.join(" ");
        state.access.push(Access {
            token: token.to_owned(),
            scope,
            family: 0,
            expires: None,
            dead: false,
        });
    }

    /// From now on token requests wait until the endpoint is opened.
    pub fn close(&self) {
        *self.inner.gate.lock().unwrap() = Gate::Closed;
    }

    /// The next token request waits until the endpoint is opened, as on a slow way; those after it are answered at once.
    pub fn hold_one(&self) {
        *self.inner.gate.lock().unwrap() = Gate::ClosedToOne;
    }

    /// Answers the token requests that wait.
    pub fn open(&self) {
        *self.inner.gate.lock().unwrap() = Gate::Open;
        self.inner.opened.notify_all();
    }

    /// Token requests so far, whatever became of them, those that wait included.
    pub fn asked(&self) -> usize {
        self.state().asked
    }

    /// The requests that arrived at a path, in order.
    pub fn requests(&self, path: &str) -> Vec<Request> {
        let mut requests = self.server.requests();
        requests.retain(|request| request.path() == path);
        requests
    }

    /// The parameters of the token requests, in order.
    pub fn token_forms(&self) -> Vec<Vec<(String, String)>> {
        let body = self.state().rules.body;
        let requests = self.requests("/token");
        let read = requests.iter().map(|request| client::read(request, body));
        read.map(Result::unwrap_or_default).collect()
    }

    /// What it refused so far.
    pub fn faults(&self) -> Vec<Fault> {
        self.state().faults.clone()
    }

    /// Access tokens that the API takes now.
    pub fn good_tokens(&self) -> Vec<String> {
        let state = self.state();
        let good = state.access.iter().filter(|access| access.good());
        good.map(|access| access.token.clone()).collect()
    }

    /// Refresh tokens that would give a new access token now.
    pub fn good_refresh_tokens(&self) -> Vec<String> {
        let state = self.state();
        let good = state.refresh.iter().filter(|one| !one.dead && !one.spent);
        good.map(|refresh| refresh.token.clone()).collect()
    }

    /// Access tokens end now, as if their time were over.
    pub fn expire_access(&self) {
        for access in &mut self.state().access {
            access.dead = true;
        }
    }

    /// Every token ends, as when a person withdraws the consent.
    pub fn withdraw(&self) {
        let mut state = self.state();
        for family in 0..=state.families {
            state.end_family(family);
        }
    }

    /// Codes end now, as if their time were over.
    pub fn expire_codes(&self) {
        for code in &mut self.state().codes {
            code.dead = true;
        }
    }
}

impl Inner {
    fn answer(&self, request: &Request) -> Reply {
        let reply = match request.path() {
            "/authorize" => self.state.lock().unwrap().authorize(request),
            "/decide" => self.state.lock().unwrap().decide(request),
            "/token" => self.token(request),
            "/device" => self.state.lock().unwrap().device(request),
            "/activate" => self.state.lock().unwrap().activate(request),
            "/revoke" => self.state.lock().unwrap().revoke(request),
            path if path.contains("/.well-known/") => self.state.lock().unwrap().well_known(path),
            _ => self.state.lock().unwrap().api(request),
        };
        self.dated(reply)
    }

    /// Token requests are counted when they arrive and answered when the endpoint is open.
    fn token(&self, request: &Request) -> Reply {
        self.state.lock().unwrap().asked += 1;
        let mut gate = self.gate.lock().unwrap();
        let waits = matches!(*gate, Gate::Closed | Gate::ClosedToOne);
        if *gate == Gate::ClosedToOne {
            *gate = Gate::HoldsOne;
        }
        while waits && *gate != Gate::Open {
            gate = self.opened.wait(gate).unwrap();
        }
        drop(gate);
        let mut state = self.state.lock().unwrap();
        let planned = state.next.pop_front();
        match planned.or_else(|| state.instead.as_ref().map(|reply| reply())) {
            Some(reply) => reply,
            None => state.token(request),
        }
    }

    fn dated(&self, reply: Reply) -> Reply {
        let ahead = self.state.lock().unwrap().rules.ahead;
        if ahead == 0 {
            return reply;
        }
        reply.with("Date", &super::http_date(super::unix_now() + ahead))
    }
}

impl State {
    fn new(rules: Rules) -> Self {
        Self {
            address: String::new(),
            rules,
            faults: Vec::new(),
            next: VecDeque::new(),
            instead: None,
            asked: 0,
            consents: Vec::new(),
            codes: Vec::new(),
            access: Vec::new(),
            refresh: Vec::new(),
            devices: Vec::new(),
            device_answers: VecDeque::new(),
            polls: Vec::new(),
            seen: HashSet::new(),
            families: 0,
        }
    }

    fn issuer(&self) -> String {
        format!("{}{}", self.address, self.rules.issuer_path)
    }

    /// Seconds since 1970 by the provider's clock.
    fn now(&self) -> i64 {
        super::unix_now() + self.rules.ahead
    }

    /// The text of the value of this kind and number.
    fn text(&self, kind: &str, number: usize) -> String {
        format!("{}-{kind}-{number}", self.rules.prefix)
    }

    fn note(&mut self, error: &str, says: &str) {
        self.faults.push(Fault {
            error: error.to_owned(),
            says: says.to_owned(),
        });
    }

    /// A refusal as RFC 6749 5.2 writes it.
    fn refused(&mut self, refusal: &Refusal) -> Reply {
        self.note(refusal.error, &refusal.says);
        let body = serde_json::json!({ "error": refusal.error, "error_description": refusal.says });
        let reply = Reply::new(refusal.status, "application/json", body.to_string())
            .with("Cache-Control", "no-store");
        if refusal.status == 401 {
            reply.with("WWW-Authenticate", "Basic realm=\"provider\"")
        } else {
            reply
        }
    }

    /// Everything that came from one consent ends.
    fn end_family(&mut self, family: usize) {
        for access in self.access.iter_mut().filter(|one| one.family == family) {
            access.dead = true;
        }
        for refresh in self.refresh.iter_mut().filter(|one| one.family == family) {
            refresh.dead = true;
        }
    }

    /// The scopes of a request, or those of the rules where it names none.
    fn scope(&self, asked: Option<&str>) -> Result<String, Refusal> {
        let asked: Vec<&str> = match asked {
            Some(asked) => asked.split(self.rules.scope_delimiter).collect(),
            None => self.rules.scopes.clone(),
        };
        for scope in &asked {
            if !self.rules.scopes.contains(scope) {
                return refuse("invalid_scope", format!("the scope `{scope}` is unknown"));
            }
        }
        let granted = self.rules.granted_scope.map(str::to_owned);
        Ok(granted.unwrap_or_else(|| asked.join(" ")))
    }
}

impl Access {
    fn good(&self) -> bool {
        !self.dead && self.expires.is_none_or(|expires| Instant::now() < expires)
    }

    fn expiry(lifetime: Option<u64>) -> Option<Instant> {
        Some(Instant::now() + Duration::from_secs(lifetime?))
    }
}
