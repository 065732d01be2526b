//! An OAuth 1.0 provider, strict by RFC 5849: it verifies every signature, takes a nonce once and a timestamp near its
//! clock only. Everything that arrives is kept, everything refused is noted.

mod check;
mod signature;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};

pub use signature::{Method, base_address, base_string, in_header, normalized};

use super::welcome;
use crate::support::client;
use crate::support::form;
use crate::support::server::{Reply, Request, Server};

/// The provider.
pub struct OAuth1Provider {
    /// What arrives, and where.
    pub server: Server,
    state: Arc<Mutex<State>>,
}

/// What it allows and how it behaves; read anew at every request.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Begins every value it makes up: `PREFIX-temporary-1`, `PREFIX-temporary-secret-1`, `PREFIX-verifier-1`,
    /// `PREFIX-token-1`, `PREFIX-token-secret-1`.
    pub prefix: String,
    /// The only client it knows.
    pub client: String,
    /// The client's secret.
    pub client_secret: String,
    /// How requests must be signed.
    pub method: Method,
    /// Where the parameters of the protocol must stand; `None`: anywhere, but in one place.
    pub place: Option<Place>,
    /// The realm that the header must name.
    pub realm: Option<&'static str>,
    /// Whether bodies that are no forms need `oauth_body_hash`.
    pub body_hash: bool,
    /// What it says of the callback; `None`: nothing, as before revision A.
    pub confirmed: Option<&'static str>,
    /// Whether the API takes requests without a token.
    pub two_legs: bool,
    /// A token and its secret that it has given out by other ways.
    pub entered: Option<(&'static str, &'static str)>,
    /// The content type of its tokens.
    pub media: &'static str,
    /// How it refuses.
    pub refusal: Refusing,
    /// Seconds by which its clock is ahead.
    pub ahead: i64,
    /// Whom `GET /me` names.
    pub account: String,
}

/// Where parameters stand (RFC 5849 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the header `Authorization`.
    Header,
    /// In the query.
    Query,
    /// In a form body.
    Form,
}

/// How a refusal looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusing {
    /// 400 or 401 with `oauth_problem` in body and header.
    Problem,
    /// The same status, an empty body, and the `Date`.
    Date,
    /// The same status and nothing else.
    Empty,
}

/// Something it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The word for it, such as `nonce_used`.
    pub problem: &'static str,
    /// What was wrong.
    pub says: String,
}

/// A refusal on its way.
struct Refusal {
    status: u16,
    problem: &'static str,
    says: String,
}

fn refuse<T>(problem: &'static str, says: impl Into<String>) -> Result<T, Refusal> {
    // RFC 5849 3.2: 400 for requests that cannot be understood, 401 for those not to be trusted.
    let malformed = problem.starts_with("parameter_")
        || ["version_rejected", "signature_method_rejected"].contains(&problem);
    Err(Refusal {
        status: if malformed { 400 } else { 401 },
        problem,
        says: says.into(),
    })
}

/// All that the provider remembers.
struct State {
    rules: Rules,
    faults: Vec<Fault>,
    temporary: Vec<Temporary>,
    tokens: Vec<Token>,
    nonces: HashSet<String>,
}

/// Temporary credentials.
struct Temporary {
    token: String,
    secret: String,
    callback: String,
    verifier: Option<String>,
    spent: bool,
}

/// Token credentials.
struct Token {
    token: String,
    secret: String,
    dead: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            prefix: "tok".to_owned(),
            client: "freshet-client".to_owned(),
            client_secret: "freshet-secret".to_owned(),
            method: Method::HmacSha1,
            place: None,
            realm: None,
            body_hash: false,
            confirmed: Some("true"),
            two_legs: false,
            entered: None,
            media: "text/html; charset=utf-8",
            refusal: Refusing::Problem,
            ahead: 0,
            account: "ada@oauth1.example".to_owned(),
        }
    }
}

impl OAuth1Provider {
    /// With the usual rules.
    pub fn start() -> Self {
        Self::with(Rules::default())
    }

    /// With these rules.
    pub fn with(rules: Rules) -> Self {
        let state = Arc::new(Mutex::new(State {
            rules,
            faults: Vec::new(),
            temporary: Vec::new(),
            tokens: Vec::new(),
            nonces: HashSet::new(),
        }));
        let serving = Arc::clone(&state);
        let server = Server::start(move |request| serving.lock().unwrap().answer(request));
        Self { server, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes the rules from the next request on.
    pub fn change(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.state().rules);
    }

    /// As a custom service of three legs. `more` are further keys, each on a line of its own.
    pub fn definition(&self, name: &str, more: &str) -> String {
        let state = self.state();
        let (host, rules) = (self.server.host(), &state.rules);
        let place = match rules.place {
            None | Some(Place::Header) => "header",
            Some(Place::Query) => "query",
            Some(Place::Form) => "form",
        };
        let (method, body_hash) = (rules.method.name(), rules.body_hash);
        let realm = rules.realm.map(|realm| format!("realm = \"{realm}\"\n"));
        let realm = realm.unwrap_or_default();
        let legs = if more.contains("legs = ") {
            String::new()
        } else {
            format!(
                "request_token_url = \"http://{host}/request_token\"\nauthorize_url = \"http://{host}/authorize\"\ntoken_url = \"http://{host}/access_token\"\n"
            )
        };
        format!(
            "name = \"{name}\"\nscheme = \"oauth1\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET http://{host}/me\"\naccount = \"/email\"\nsignature_method = \"{method}\"\nparam_type = \"{place}\"\nbody_hash = {body_hash}\n{realm}{legs}{more}"
        )
    }

    /// What it refused so far.
    pub fn faults(&self) -> Vec<Fault> {
        self.state().faults.clone()
    }

    /// The requests that arrived at a path, in order.
    pub fn requests(&self, path: &str) -> Vec<Request> {
        let mut requests = self.server.requests();
        requests.retain(|request| request.path() == path);
        requests
    }

    /// Every token ends, as when a person withdraws the consent.
    pub fn withdraw(&self) {
        for token in &mut self.state().tokens {
            token.dead = true;
        }
    }

    /// The person consents at the address: where the browser is sent next.
    #[track_caller]
    pub fn consent(&self, address: &str) -> String {
        self.decide(address, "approve")
    }

    /// The person denies.
    #[track_caller]
    pub fn deny(&self, address: &str) -> String {
        self.decide(address, "deny")
    }

    /// Consents, and goes to where the browser is sent: the page shown there.
    #[track_caller]
    pub fn consent_and_return(&self, address: &str) -> client::Answer {
        client::get(&self.consent(address))
    }

    #[track_caller]
    fn decide(&self, address: &str, decision: &str) -> String {
        let page = client::get(address);
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.text();
        let between = |from: &str| page.split_once(from)?.1.split('"').next();
        let action = between("action=\"").expect("the page has a form");
        let token = between("name=\"oauth_token\" value=\"").expect("the form names the token");
        let query = form::encode(&[("oauth_token", token), ("decision", decision)]);
        let answer = client::get(&self.server.url(&format!("{action}?{query}")));
        let location = answer.header("location");
        location
            .unwrap_or_else(|| panic!("no redirect: {} {}", answer.status, answer.text()))
            .to_owned()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let reply = match request.path() {
            "/request_token" => self.request_token(request),
            "/authorize" => Ok(self.page(request)),
            "/decide" => Ok(self.decision(request)),
            "/access_token" => self.access_token(request),
            _ => self.api(request),
        };
        match reply {
            Ok(reply) => reply,
            Err(refusal) => self.refused(refusal),
        }
    }

    /// Temporary credentials (RFC 5849 2.1).
    fn request_token(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let sent = self.verified(request, check::Expecting::Nothing)?;
        let callback = sent.need("oauth_callback")?.to_owned();
        if callback != "oob" && !callback.contains("://") {
            return refuse("parameter_rejected", "`oauth_callback` is no address");
        }
        let number = self.temporary.len() + 1;
        let token = self.text("temporary", number);
        let secret = self.text("temporary-secret", number);
        let mut reply = vec![
            ("oauth_token", token.as_str()),
            ("oauth_token_secret", secret.as_str()),
        ];
        let confirmed = self.rules.confirmed;
        reply.extend(confirmed.map(|confirmed| ("oauth_callback_confirmed", confirmed)));
        let reply = Reply::new(200, self.rules.media, form::encode(&reply));
        self.temporary.push(Temporary {
            token,
            secret,
            callback,
            verifier: None,
            spent: false,
        });
        Ok(reply)
    }

    /// The page on which a person decides (2.2).
    fn page(&mut self, request: &Request) -> Reply {
        let token = form::in_query(&request.target, "oauth_token").unwrap_or_default();
        let waits = |one: &Temporary| one.token == token && one.verifier.is_none() && !one.spent;
        if !self.temporary.iter().any(waits) {
            return Reply::new(400, "text/html", "<h1>This token is unknown</h1>");
        }
        Reply::new(
            200,
            "text/html",
            format!(
                "<!doctype html><h1>Allow access?</h1><form action=\"/decide\"><input type=\"hidden\" name=\"oauth_token\" value=\"{token}\"><button name=\"decision\" value=\"approve\">Allow</button><button name=\"decision\" value=\"deny\">Deny</button></form>"
            ),
        )
    }

    /// `GET /decide?oauth_token=…&decision=approve|deny`
    fn decision(&mut self, request: &Request) -> Reply {
        let token = form::in_query(&request.target, "oauth_token").unwrap_or_default();
        let decision = form::in_query(&request.target, "decision").unwrap_or_default();
        let prefix = self.rules.prefix.clone();
        let found = self.temporary.iter_mut().enumerate();
        let mut found = found.filter(|(_, one)| one.token == token && one.verifier.is_none());
        let Some((at, temporary)) = found.next() else {
            return Reply::new(400, "text/html", "<h1>Nothing is to be decided</h1>");
        };
        if decision != "approve" {
            temporary.spent = true;
            let back = form::with_query(&temporary.callback, &[("denied", &token)]);
            return Reply::new(302, "", "").with("Location", &back);
        }
        let verifier = format!("{prefix}-verifier-{}", at + 1);
        temporary.verifier = Some(verifier.clone());
        let answer = [
            ("oauth_token", token.as_str()),
            ("oauth_verifier", &verifier),
        ];
        let back = form::with_query(&temporary.callback, &answer);
        Reply::new(302, "", "").with("Location", &back)
    }

    /// Token credentials (2.3): once for temporary credentials, and only with their verifier.
    fn access_token(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let sent = self.verified(request, check::Expecting::Temporary)?;
        let token = sent.need("oauth_token")?;
        let verifier = sent.need("oauth_verifier")?;
        let temporary = self.temporary.iter_mut().find(|one| one.token == token);
        let Some(temporary) = temporary.filter(|one| !one.spent) else {
            return refuse("token_used", "the temporary token was used before");
        };
        temporary.spent = true;
        if temporary.verifier.as_deref() != Some(verifier) {
            return refuse("permission_denied", "the verifier is wrong");
        }
        let number = self.tokens.len() + 1;
        let (token, secret) = (
            self.text("token", number),
            self.text("token-secret", number),
        );
        let reply = form::encode(&[("oauth_token", &token), ("oauth_token_secret", &secret)]);
        self.tokens.push(Token {
            token,
            secret,
            dead: false,
        });
        Ok(Reply::new(200, self.rules.media, reply))
    }

    /// The API: 200 with the account for a request that is signed rightly.
    fn api(&mut self, request: &Request) -> Result<Reply, Refusal> {
        self.verified(request, check::Expecting::Token)?;
        Ok(welcome(&self.rules.account))
    }

    fn text(&self, kind: &str, number: usize) -> String {
        format!("{}-{kind}-{number}", self.rules.prefix)
    }

    fn now(&self) -> i64 {
        super::unix_now() + self.rules.ahead
    }

    fn refused(&mut self, refusal: Refusal) -> Reply {
        let (status, problem) = (refusal.status, refusal.problem);
        self.faults.push(Fault {
            problem,
            says: refusal.says,
        });
        match self.rules.refusal {
            Refusing::Empty => Reply::new(status, "", ""),
            Refusing::Date => {
                Reply::new(status, "", "").with("Date", &super::http_date(self.now()))
            }
            Refusing::Problem => {
                let now = self.now().to_string();
                let mut body = vec![("oauth_problem", problem)];
                let range = format!("{now}-{now}");
                if problem == "timestamp_refused" {
                    body.push(("oauth_acceptable_timestamps", &range));
                }
                Reply::new(
                    status,
                    "application/x-www-form-urlencoded",
                    form::encode(&body),
                )
                .with(
                    "WWW-Authenticate",
                    &format!("OAuth realm=\"provider\", oauth_problem=\"{problem}\""),
                )
            }
        }
    }
}
