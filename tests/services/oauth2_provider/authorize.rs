//! The authorisation endpoint (RFC 6749 4.1.1), its page, and what a person does there.

use super::{Iss, OAuth2Provider, Pkce, Refusal, State, refuse};
use crate::support::client;
use crate::support::form;
use crate::support::server::{Reply, Request};

/// An authorisation request that a person has still to decide about.
pub struct Consent {
    redirect_uri: String,
    state: String,
    scope: String,
    challenge: Option<String>,
    decided: bool,
}

/// A code that was given out.
pub struct Code {
    pub code: String,
    pub redirect_uri: String,
    pub scope: String,
    pub challenge: Option<String>,
    pub family: usize,
    pub used: bool,
    pub dead: bool,
}

impl OAuth2Provider {
    /// Follows an address as a browser does and consents: the address that the browser is then sent to.
    #[track_caller]
    pub fn consent(&self, address: &str) -> String {
        self.decide(address, "approve")
    }

    /// The same, but denies.
    #[track_caller]
    pub fn deny(&self, address: &str) -> String {
        self.decide(address, "deny")
    }

    #[track_caller]
    fn decide(&self, address: &str, decision: &str) -> String {
        let page = client::get(address);
        if let Some(location) = page.header("location") {
            return location.to_owned(); // refused without asking anyone
        }
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.text();
        let between = |from: &str| page.split_once(from)?.1.split('"').next();
        let action = between("action=\"").expect("the page has a form");
        let number = between("name=\"request\" value=\"").expect("the form names the request");
        let query = form::encode(&[("request", number), ("decision", decision)]);
        let answer = client::get(&self.server.url(&format!("{action}?{query}")));
        let location = answer.header("location");
        location
            .unwrap_or_else(|| panic!("no redirect: {} {}", answer.status, answer.text()))
            .to_owned()
    }

    /// Consents, and goes to where the browser is sent: the page shown there.
    #[track_caller]
    pub fn consent_and_return(&self, address: &str) -> client::Answer {
        client::get(&self.consent(address))
    }
}

impl State {
    /// `GET /authorize`: the page, or a redirect that tells what was wrong. While it is not known whether the redirect
    /// address can be trusted, the fault is shown to the person instead (RFC 6749 4.1.2.1).
    pub(super) fn authorize(&mut self, request: &Request) -> Reply {
        let query = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query);
        let Some(pairs) = form::pairs(query).filter(|_| request.method == "GET") else {
            return self.shown("expected a GET with a well-formed query");
        };
        let get = |name: &str| -> Option<String> {
            let mut found = pairs.iter().filter(|(found, _)| found == name);
            found.next().map(|(_, value)| value.clone())
        };
        if let Some(name) = super::client::repeated(&pairs) {
            return self.shown(&format!("`{name}` comes twice"));
        }
        if get(self.rules.client_id_param).as_ref() != Some(&self.rules.client_id) {
            return self.shown("the client is unknown");
        }
        let Some(redirect_uri) = get("redirect_uri").filter(|uri| self.may_redirect(uri)) else {
            return self.shown("the redirect address is not one of the client's");
        };
        let state = get("state").unwrap_or_default();
        match self.consent(&get, &redirect_uri, &state) {
            Ok(consent) => {
                self.consents.push(consent);
                page(
                    self.consents.len(),
                    &self.consents[self.consents.len() - 1].scope,
                )
            }
            Err(refusal) => {
                self.note(refusal.error, &refusal.says);
                let told = [
                    ("error", refusal.error),
                    ("error_description", refusal.says.as_str()),
                ];
                self.back(&redirect_uri, &state, &told)
            }
        }
    }

    fn shown(&mut self, says: &str) -> Reply {
        self.note("shown", says);
        Reply::new(400, "text/html", format!("<h1>Error</h1><p>{says}</p>"))
    }

    fn consent(
        &self,
        get: &dyn Fn(&str) -> Option<String>,
        redirect_uri: &str,
        state: &str,
    ) -> Result<Consent, Refusal> {
        match get("response_type").as_deref() {
            Some("code") => {}
            None => return refuse("invalid_request", "`response_type` is missing"),
            Some(_) => return refuse("unsupported_response_type", "expected `code`"),
        }
        if state.is_empty() {
            return refuse("invalid_request", "`state` is missing");
        }
        if get("client_secret").is_some() || get("code_verifier").is_some() {
            return refuse("invalid_request", "a secret stands in the address");
        }
        Ok(Consent {
            redirect_uri: redirect_uri.to_owned(),
            state: state.to_owned(),
            scope: self.scope(get("scope").as_deref())?,
            challenge: self.challenge(get)?,
            decided: false,
        })
    }

    /// RFC 7636 4.3, S256 only: a plain challenge is refused as RFC 9700 2.1.1 asks.
    fn challenge(&self, get: &dyn Fn(&str) -> Option<String>) -> Result<Option<String>, Refusal> {
        let (challenge, method) = (get("code_challenge"), get("code_challenge_method"));
        match (challenge, self.rules.pkce) {
            (Some(_), Pkce::Refused) => refuse("invalid_request", "a challenge was not expected"),
            (None, Pkce::Required) => refuse("invalid_request", "`code_challenge` is missing"),
            (None, _) if method.is_some() => refuse("invalid_request", "a method, no challenge"),
            (None, _) => Ok(None),
            (Some(_), _) if method.as_deref() != Some("S256") => {
                refuse("invalid_request", "the challenge is not S256")
            }
            (Some(challenge), _) if !is_challenge(&challenge) => refuse(
                "invalid_request",
                "the challenge is no SHA-256 in base64url",
            ),
            (challenge, _) => Ok(challenge),
        }
    }

    fn may_redirect(&self, uri: &str) -> bool {
        let known = &self.rules.redirect_uri;
        uri == known || (self.rules.any_port && without_port(uri) == without_port(known))
    }

    /// `GET /decide?request=N&decision=approve|deny`: what the buttons of the page lead to.
    pub(super) fn decide(&mut self, request: &Request) -> Reply {
        let number = form::in_query(&request.target, "request");
        let number: usize = number.and_then(|n| n.parse().ok()).unwrap_or(0);
        let approved = match form::in_query(&request.target, "decision").as_deref() {
            Some("approve") => true,
            Some("deny") => false,
            _ => return self.shown("expected a decision"),
        };
        let consent = number
            .checked_sub(1)
            .and_then(|at| self.consents.get_mut(at))
            .filter(|consent| !consent.decided);
        let Some(consent) = consent else {
            return self.shown("nothing is to be decided");
        };
        consent.decided = true;
        let (redirect_uri, state) = (consent.redirect_uri.clone(), consent.state.clone());
        if !approved {
            return self.back(&redirect_uri, &state, &[("error", "access_denied")]);
        }
        let (scope, challenge) = (consent.scope.clone(), consent.challenge.clone());
        self.families += 1;
        let code = self.text("code", self.codes.len() + 1);
        self.codes.push(Code {
            code: code.clone(),
            redirect_uri: redirect_uri.clone(),
            scope,
            challenge,
            family: self.families,
            used: false,
            dead: false,
        });
        self.back(&redirect_uri, &state, &[("code", &code)])
    }

    /// Sends the browser back to the client.
    fn back(&self, redirect_uri: &str, state: &str, answer: &[(&str, &str)]) -> Reply {
        let mut answer = answer.to_vec();
        if !state.is_empty() {
            answer.push(("state", state));
        }
        let issuer = match self.rules.iss {
            Iss::Right => self.issuer(),
            Iss::Wrong => "https://other.example".to_owned(),
            Iss::Missing => String::new(),
        };
        if !issuer.is_empty() {
            answer.push(("iss", &issuer));
        }
        let more = self.rules.callback_params.iter();
        answer.extend(more.map(|(name, value)| (*name, value.as_str())));
        Reply::new(302, "", "").with("Location", &form::with_query(redirect_uri, &answer))
    }
}

fn page(number: usize, scope: &str) -> Reply {
    let scope = scope
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    Reply::new(
        200,
        "text/html",
        format!(
            "<!doctype html><title>Allow access?</title><h1>Allow access to {scope}?</h1><form action=\"/decide\" method=\"get\"><input type=\"hidden\" name=\"request\" value=\"{number}\"><button name=\"decision\" value=\"approve\">Allow</button><button name=\"decision\" value=\"deny\">Deny</button></form>"
        ),
    )
}

fn is_challenge(text: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == 43 && text.bytes().all(letters)
}

/// A redirect address without its port.
fn without_port(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    format!("{scheme}://{host}{path}")
}
