//! An API behind OAuth 2.0 client credentials, with its token endpoint, which counts.

use std::sync::{Arc, Condvar, Mutex};

use super::{refusal, welcome};
use crate::support::server::{Reply, Request, Server};

type Answer = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// `POST /token` issues tokens, `GET /me` tells whether one arrived that is good.
pub struct OAuth2 {
    /// What arrives, and where.
    pub server: Server,
    state: Arc<State>,
}

struct State {
    /// Answers the token request of this number, from 1.
    answer: Mutex<Arc<Answer>>,
    /// Token requests so far.
    asked: Mutex<usize>,
    /// The token that the API takes, and the number of the request that got it.
    good: Mutex<(usize, String)>,
    /// Whether the token endpoint answers now.
    open: Mutex<bool>,
    opened: Condvar,
}

/// The text of the token of this number.
pub fn token(prefix: &str, number: usize) -> String {
    format!("{prefix}-{number}")
}

impl OAuth2 {
    /// Issues `PREFIX-1`, `PREFIX-2` … for an hour each; the API takes the newest.
    pub fn start(prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self::answering(move |_, number| {
            let token = token(&prefix, number);
            Reply::json(&format!(
                r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600}}"#
            ))
        })
    }

    /// The token endpoint answers as told.
    pub fn answering(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let answer: Arc<Answer> = Arc::new(answer);
        let state = Arc::new(State {
            answer: Mutex::new(answer),
            asked: Mutex::new(0),
            good: Mutex::default(),
            open: Mutex::new(true),
            opened: Condvar::new(),
        });
        let serving = Arc::clone(&state);
        let server = Server::start(move |request| match request.path() {
            "/token" => serving.issue(request),
            _ => serving.serve(request),
        });
        Self { server, state }
    }

    /// From now on the token endpoint answers as told.
    pub fn answer(&self, answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) {
        *self.state.answer.lock().unwrap() = Arc::new(answer);
    }

    /// The API takes this token and no other.
    pub fn accept(&self, token: &str) {
        self.state.good.lock().unwrap().1 = token.to_owned();
    }

    /// From now on token requests wait until the endpoint is opened.
    pub fn close(&self) {
        *self.state.open.lock().unwrap() = false;
    }

    /// Answers the token requests that wait.
    pub fn open(&self) {
        *self.state.open.lock().unwrap() = true;
        self.state.opened.notify_all();
    }

    /// Token requests so far.
    pub fn asked(&self) -> usize {
        *self.state.asked.lock().unwrap()
    }

    /// As a custom service.
    pub fn definition(&self, name: &str) -> String {
        let (host, me, token) = (
            self.server.host(),
            self.server.url("/me"),
            self.server.url("/token"),
        );
        format!(
            "name = \"{name}\"\nscheme = \"oauth2\"\ngrant_types = [\"client_credentials\"]\ntoken_url = \"{token}\"\nclient_auth = \"basic\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET {me}\"\naccount = \"/email\"\n"
        )
    }
}

impl State {
    fn issue(&self, request: &Request) -> Reply {
        let number = {
            let mut asked = self.asked.lock().unwrap();
            *asked += 1;
            *asked
        };
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.opened.wait(open).unwrap();
        }
        drop(open);
        let answer = Arc::clone(&self.answer.lock().unwrap());
        let reply = answer(request, number);
        let mut good = self.good.lock().unwrap();
        // Answers may overtake each other; the newest token counts.
        if let Some(token) = issued(&reply).filter(|_| number > good.0) {
            *good = (number, token);
        }
        reply
    }

    fn serve(&self, request: &Request) -> Reply {
        let good = self.good.lock().unwrap().1.clone();
        let in_header = request.header("authorization") == Some(&format!("Bearer {good}"));
        if in_header || request.target.ends_with(&format!("access_token={good}")) {
            welcome("app@oauth.example")
        } else {
            refusal(request)
        }
    }
}

/// The token in a reply, if it is a plain one.
fn issued(reply: &Reply) -> Option<String> {
    let Reply::Full { body, .. } = reply else {
        return None;
    };
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(body["access_token"].as_str()?.to_owned())
}
