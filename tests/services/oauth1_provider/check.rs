//! What a signed request must be (RFC 5849 3.1 to 3.2).

use super::{Place, Refusal, State, refuse, signature};
use crate::support::form;
use crate::support::server::Request;

/// How far a timestamp may be from the clock, in seconds.
const WINDOW: i64 = 300;

/// The credentials that a request must be signed with, beside the client's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Expecting {
    /// None: it asks for temporary ones.
    Nothing,
    /// Temporary ones.
    Temporary,
    /// A token; none where the API takes two legs.
    Token,
}

/// The parameters of the protocol in a request.
pub struct Sent(Vec<(String, String)>);

impl Sent {
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn need(&self, name: &str) -> Result<&str, Refusal> {
        match self.get(name).filter(|value| !value.is_empty()) {
            Some(value) => Ok(value),
            None => refuse("parameter_absent", format!("`{name}` is missing")),
        }
    }
}

/// The three sources of parameters.
struct Found {
    header: Vec<(String, String)>,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
}

impl State {
    /// The parameters of a request that is signed as it must be.
    pub(super) fn verified(
        &mut self,
        request: &Request,
        expecting: Expecting,
    ) -> Result<Sent, Refusal> {
        if expecting != Expecting::Token && request.method != "POST" {
            return refuse("parameter_rejected", "expected POST");
        }
        let found = match found(request) {
            Ok(found) => found,
            Err(says) => return refuse("parameter_rejected", says),
        };
        let sent = self.protocol(&found)?;
        let secrets = self.secrets(&sent, expecting)?;
        self.check_signature(request, &found, &sent, &secrets)?;
        self.check_body(request, &sent)?;
        self.check_time(&sent)?;
        Ok(sent)
    }

    /// The parameters of the protocol, from the one place where they may stand (3.5).
    fn protocol(&self, found: &Found) -> Result<Sent, Refusal> {
        let ours = |pairs: &[(String, String)]| -> Vec<(String, String)> {
            let ours = pairs.iter().filter(|(name, _)| name.starts_with("oauth_"));
            ours.cloned().collect()
        };
        let places = [
            (Place::Header, ours(&found.header)),
            (Place::Query, ours(&found.query)),
            (Place::Form, ours(&found.form)),
        ];
        let mut used = places.into_iter().filter(|(_, pairs)| !pairs.is_empty());
        let Some((place, pairs)) = used.next() else {
            return refuse("parameter_absent", "the request is not signed");
        };
        if used.next().is_some() {
            return refuse("parameter_rejected", "parameters stand in two places");
        }
        if self.rules.place.is_some_and(|wanted| wanted != place) {
            return refuse("parameter_rejected", format!("they stand in {place:?}"));
        }
        let realm = found.header.iter().find(|(name, _)| name == "realm");
        let realm = realm.map(|(_, value)| value.as_str());
        if place == Place::Header && self.rules.realm != realm {
            return refuse("parameter_rejected", "the realm is another one");
        }
        for (at, (name, _)) in pairs.iter().enumerate() {
            if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                return refuse("parameter_rejected", format!("`{name}` comes twice"));
            }
        }
        let sent = Sent(pairs);
        if sent
            .get("oauth_version")
            .is_some_and(|version| version != "1.0")
        {
            return refuse("version_rejected", "expected version 1.0");
        }
        if sent.need("oauth_signature_method")? != self.rules.method.name() {
            return refuse("signature_method_rejected", "expected another method");
        }
        Ok(sent)
    }

    /// The client's secret, and that of the token.
    fn secrets(&self, sent: &Sent, expecting: Expecting) -> Result<(String, String), Refusal> {
        if sent.need("oauth_consumer_key")? != self.rules.client {
            return refuse("consumer_key_unknown", "the client is unknown");
        }
        let token = sent.get("oauth_token").filter(|token| !token.is_empty());
        let secret = match (expecting, token) {
            (Expecting::Nothing, None) => Some(String::new()),
            (Expecting::Nothing, Some(_)) | (Expecting::Temporary, None) => None,
            (Expecting::Temporary, Some(token)) => {
                let found = self.temporary.iter().find(|one| one.token == token);
                found.map(|temporary| temporary.secret.clone())
            }
            (Expecting::Token, None) => self.rules.two_legs.then(String::new),
            (Expecting::Token, Some(token)) => {
                let found = self.tokens.iter().find(|one| one.token == token);
                let entered = self.rules.entered.filter(|(entered, _)| *entered == token);
                found
                    .filter(|token| !token.dead)
                    .map(|token| token.secret.clone())
                    .or_else(|| entered.map(|(_, secret)| secret.to_owned()))
            }
        };
        match secret {
            Some(secret) => Ok((self.rules.client_secret.clone(), secret)),
            None => refuse("token_rejected", "no token of the kind expected"),
        }
    }

    fn check_signature(
        &self,
        request: &Request,
        found: &Found,
        sent: &Sent,
        secrets: &(String, String),
    ) -> Result<(), Refusal> {
        let all = [&found.header[..], &found.query[..], &found.form[..]].concat();
        let counts = |name: &str| name != "oauth_signature" && name != "realm";
        // A realm counts nowhere but in the header: a parameter of that name is one like others.
        let mut counted: Vec<(String, String)> = all;
        counted.retain(|(name, _)| counts(name));
        let realms = found.query.iter().chain(&found.form);
        counted.extend(realms.filter(|(name, _)| name == "realm").cloned());
        let host = request.header("host").unwrap_or_default();
        let address = format!("http://{host}{}", request.path());
        let base = signature::base_string(&request.method, &address, &counted);
        let secrets = (secrets.0.as_str(), secrets.1.as_str());
        let signed = sent.need("oauth_signature")?;
        if self.rules.method.signed(&base, secrets, signed) {
            Ok(())
        } else {
            refuse(
                "signature_invalid",
                format!("expected a signature of {base}"),
            )
        }
    }

    fn check_body(&self, request: &Request, sent: &Sent) -> Result<(), Refusal> {
        let hash = sent.get("oauth_body_hash");
        if is_form(request) {
            return match hash {
                None => Ok(()),
                Some(_) => refuse("parameter_rejected", "a form needs no hash"),
            };
        }
        match hash {
            Some(hash) if hash == self.rules.method.body_hash(&request.body) => Ok(()),
            Some(_) => refuse("body_hash_invalid", "the hash is not the body's"),
            None if self.rules.body_hash && !request.body.is_empty() => {
                refuse("parameter_absent", "`oauth_body_hash` is missing")
            }
            None => Ok(()),
        }
    }

    /// Timestamps near the clock, nonces once for ever; PLAINTEXT may do without both (3.3).
    fn check_time(&mut self, sent: &Sent) -> Result<(), Refusal> {
        let plain = self.rules.method == signature::Method::Plaintext;
        if plain && sent.get("oauth_timestamp").is_none() && sent.get("oauth_nonce").is_none() {
            return Ok(());
        }
        let at: i64 = match sent.need("oauth_timestamp")?.parse() {
            Ok(at) if at > 0 => at,
            _ => return refuse("parameter_rejected", "`oauth_timestamp` is no second"),
        };
        let nonce = sent.need("oauth_nonce")?;
        if (at - self.now()).abs() > WINDOW {
            return refuse("timestamp_refused", "the timestamp is not of this time");
        }
        if !self.nonces.insert(nonce.to_owned()) {
            return refuse("nonce_used", "the nonce was used before");
        }
        Ok(())
    }
}

fn is_form(request: &Request) -> bool {
    let media = request.header("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Everything that may count for the signature (3.4.1.3.1).
fn found(request: &Request) -> Result<Found, String> {
    let header = match request.header("authorization") {
        Some(value) => signature::in_header(value)?,
        None => Vec::new(),
    };
    let query = request
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    let query = form::pairs(query).ok_or("a malformed query")?;
    let form = if is_form(request) {
        form::pairs(&request.text()).ok_or("a malformed form")?
    } else {
        Vec::new()
    };
    Ok(Found {
        header,
        query,
        form,
    })
}
