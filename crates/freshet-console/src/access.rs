//! Who may see the pages (connections, 8): one browser of the person who started the console, under an address of this
//! machine.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand;
use axum::extract::{Query, Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderMap, HeaderValue,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use freshet_connections::cookie;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use crate::page::{Parameters, Problem};
use crate::server::Site;

/// The cookie of the browser that was let in.
const NAME: &str = "freshet_console";
/// How long the token counts.
const TOKEN_LIFE: Duration = Duration::from_secs(5 * 60);
/// How long the cookie counts.
const COOKIE_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// What the pages may load, and where they may be shown.
const POLICY: &str = "default-src 'self'; form-action 'self'; frame-ancestors 'none'";

/// The way in: a token once, then a cookie.
pub struct Access {
    port: u16,
    token: SecretString,
    cookie: SecretString,
    way: Mutex<Way>,
}

/// How far somebody has come, and when.
#[derive(Clone, Copy)]
enum Way {
    /// The token was given out.
    Told(Instant),
    /// It was changed for the cookie.
    Open(Instant),
}

impl Access {
    /// # Errors
    /// The system has no random numbers.
    pub fn new(port: u16) -> io::Result<Self> {
        Ok(Access {
            port,
            token: random()?,
            cookie: random()?,
            way: Mutex::new(Way::Told(Instant::now())),
        })
    }

    /// The address that lets a browser in.
    pub fn address(&self) -> String {
        let token = self.token.expose_secret();
        format!("http://127.0.0.1:{}/open?token={token}", self.port)
    }

    /// Changes the token for the cookie: once, in time.
    fn change(&self, token: &str) -> Option<&SecretString> {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        match *way {
            Way::Told(since) if since.elapsed() < TOKEN_LIFE && is(token, &self.token) => {
                *way = Way::Open(Instant::now());
                Some(&self.cookie)
            }
            Way::Told(_) | Way::Open(_) => None,
        }
    }

    fn is_let_in(&self, headers: &HeaderMap) -> bool {
        let way = *self.way.lock().unwrap_or_else(PoisonError::into_inner);
        let Way::Open(since) = way else {
            return false;
        };
        let found = cookie(cookies(headers), NAME);
        since.elapsed() < COOKIE_LIFE && found.is_some_and(|found| is(found, &self.cookie))
    }

    /// Whether a request names this machine. A page of somebody else's host name cannot ask under its own name, even
    /// where that leads here.
    fn names_this_machine(&self, request: &Request) -> bool {
        let mut hosts = request.headers().get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return false;
        };
        let in_target = request.uri().authority();
        let is_ours = |host: &str| {
            let mut names = ["127.0.0.1", "[::1]", "localhost"].into_iter();
            let short = self.port == 80;
            names.any(|name| {
                host.eq_ignore_ascii_case(&format!("{name}:{}", self.port))
                    || short && host.eq_ignore_ascii_case(name)
            })
        };
        host.to_str().is_ok_and(is_ours)
            && in_target.is_none_or(|authority| is_ours(authority.as_str()))
    }

    /// Lets a request pass.
    ///
    /// # Errors
    /// The page that it gets instead.
    fn check(&self, request: &Request) -> Result<(), Box<Response>> {
        if !self.names_this_machine(request) {
            return Err(foreign_host(self.port).into());
        }
        if request.method() != Method::GET {
            let mut refusal = Problem {
                status: StatusCode::METHOD_NOT_ALLOWED,
                heading: "Only looking".to_owned(),
                message: format!("found {}, expected GET", request.method()),
                ..Problem::default()
            }
            .page();
            let headers = refusal.headers_mut();
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
            return Err(refusal.into());
        }
        let is_public = ["/open", "/callback", "/style.css"].contains(&request.uri().path());
        if is_public || self.is_let_in(request.headers()) {
            return Ok(());
        }
        Err(not_let_in("this browser has not been let in").into())
    }
}

/// Lets a request pass or refuses it, and tells the browser how to treat what it gets.
pub async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut response = match site.access.check(&request) {
        Ok(()) => {
            site.asked();
            next.run(request).await
        }
        Err(refusal) => *refusal,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page with a policy of its own knows why.
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    response
}

/// `/open?token=…`: lets a browser in.
pub async fn open(State(site): State<Arc<Site>>, Query(asked): Query<Parameters>) -> Response {
    let token = asked.get("token").map_or("", String::as_str);
    let Some(cookie) = site.access.change(token) else {
        return not_let_in("this address counts once, within 5 minutes of the start");
    };
    let cookie = format!(
        "{NAME}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict",
        cookie.expose_secret(),
        COOKIE_LIFE.as_secs()
    );
    match HeaderValue::try_from(cookie) {
        Ok(mut cookie) => {
            cookie.set_sensitive(true);
            let mut response = Redirect::to("/connections").into_response();
            response.headers_mut().insert(SET_COOKIE, cookie);
            response
        }
        Err(_) => not_let_in("the cookie cannot be set"),
    }
}

/// The values of `Cookie` headers.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(COOKIE).iter();
    values.filter_map(|value| value.to_str().ok())
}

fn not_let_in(message: &str) -> Response {
    Problem {
        status: StatusCode::FORBIDDEN,
        heading: "Not let in".to_owned(),
        message: message.to_owned(),
        code: Some("C0090".to_owned()),
        help: Some(
            "open the address that `freshet console` printed; when it was used, end the console with Ctrl-C and start it \
             again"
                .to_owned(),
        ),
        is_outside: true,
    }
    .page()
}

fn foreign_host(port: u16) -> Response {
    Problem {
        status: StatusCode::FORBIDDEN,
        heading: "Not let in".to_owned(),
        message: format!(
            "found another host in the request, expected 127.0.0.1:{port}, [::1]:{port} or localhost:{port}"
        ),
        code: Some("C0091".to_owned()),
        help: Some("open the address that `freshet console` printed".to_owned()),
        is_outside: true,
    }
    .page()
}

/// 32 random bytes as text.
fn random() -> io::Result<SecretString> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

/// Compared in constant time.
fn is(found: &str, expected: &SecretString) -> bool {
    let expected = expected.expose_secret().as_bytes();
    found.as_bytes().ct_eq(expected).into()
}
