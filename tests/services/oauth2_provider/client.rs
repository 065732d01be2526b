//! How a request tells which client it comes from (RFC 6749 2.3), and its parameters.

use super::{Body, ClientAuth, Refusal, State, refuse};
use crate::services::crypto;
use crate::support::form;
use crate::support::server::Request;

/// The type of a client's assertion (RFC 7523 2.2).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The parameters of a request to one of the endpoints, each at most once.
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// A parameter; one without a value counts as left out (RFC 6749 3.2).
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(found, _)| found == name);
        let value = found.next().map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    pub fn need(&self, name: &str) -> Result<&str, Refusal> {
        match self.get(name) {
            Some(value) => Ok(value),
            None => refuse("invalid_request", format!("`{name}` is missing")),
        }
    }
}

/// A name that comes more than once.
pub fn repeated(pairs: &[(String, String)]) -> Option<&str> {
    let twice = |(at, (name, _)): (usize, &(String, String))| {
        pairs[..at].iter().any(|(earlier, _)| earlier == name)
    };
    let at = pairs.iter().enumerate().position(twice)?;
    Some(&pairs[at].0)
}

/// The parameters of a token request as the endpoint takes them.
pub fn read(request: &Request, body: Body) -> Result<Vec<(String, String)>, String> {
    let media = request.header("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    match body {
        Body::Form if media != "application/x-www-form-urlencoded" => {
            Err(format!("found a body of type `{media}`, expected a form"))
        }
        Body::Form => form::pairs(&request.text()).ok_or_else(|| "a malformed form".to_owned()),
        Body::Json if media != "application/json" => {
            Err(format!("found a body of type `{media}`, expected JSON"))
        }
        Body::Json => {
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
            let text = |(name, value): (String, serde_json::Value)| match value {
                serde_json::Value::String(value) => Ok((name, value)),
                other => Err(format!("`{name}` is {other}, expected text")),
            };
            object.into_iter().map(text).collect()
        }
        Body::Query if !request.body.is_empty() => Err("a body was not expected".to_owned()),
        Body::Query => {
            let query = request
                .target
                .split_once('?')
                .map_or("", |(_, query)| query);
            form::pairs(query).ok_or_else(|| "a malformed query".to_owned())
        }
    }
}

impl State {
    /// The parameters of a POST to one of the endpoints, from the client that the provider knows.
    pub(super) fn sent_by_client(&mut self, request: &Request) -> Result<Parameters, Refusal> {
        if request.method != "POST" {
            return refuse("invalid_request", "expected POST");
        }
        let pairs = match read(request, self.rules.body) {
            Ok(pairs) => pairs,
            Err(says) => return refuse("invalid_request", says),
        };
        if let Some(name) = repeated(&pairs) {
            return refuse("invalid_request", format!("`{name}` comes twice"));
        }
        let parameters = Parameters(pairs);
        self.check_client(request, &parameters)?;
        Ok(parameters)
    }

    fn check_client(&mut self, request: &Request, sent: &Parameters) -> Result<(), Refusal> {
        let header = request.header("authorization");
        let ways = [
            header.is_some(),
            sent.get("client_secret").is_some(),
            sent.get("client_assertion").is_some(),
        ];
        if ways.iter().filter(|way| **way).count() > 1 {
            return refuse("invalid_request", "more than one client authentication");
        }
        let named = sent.get(self.rules.client_id_param);
        let known = self.rules.client_id.clone();
        if named.is_some_and(|named| named != known) {
            return refuse("invalid_client", "the client is unknown");
        }
        match (self.rules.client_auth, ways) {
            (ClientAuth::Basic, [true, ..]) => self.check_basic(header.unwrap_or_default()),
            (ClientAuth::Body, [_, true, _]) => {
                if named.is_none() || sent.get("client_secret") != Some(&self.rules.client_secret) {
                    return refuse("invalid_client", "id or secret in the body is wrong");
                }
                Ok(())
            }
            (ClientAuth::None, [false, false, false]) => match named {
                Some(_) => Ok(()),
                None => refuse("invalid_client", "no client is named"),
            },
            (ClientAuth::PrivateKeyJwt(key), [.., true]) => {
                if sent.get("client_assertion_type") != Some(ASSERTION) {
                    return refuse("invalid_client", "the type of the assertion is wrong");
                }
                let assertion = sent.need("client_assertion")?;
                let rules = super::assertion::Expected {
                    key,
                    iss: &known,
                    sub: &known,
                    aud: &format!("{}/token", self.address),
                    kid: None,
                    longest: 3600,
                };
                let checked = super::assertion::check(assertion, &rules, self.now());
                self.once("invalid_client", checked)
            }
            (expected, _) => refuse("invalid_client", format!("expected {expected:?}")),
        }
    }

    /// RFC 6749 2.3.1: id and secret are form-encoded first, so that a colon in the id does no harm.
    fn check_basic(&self, header: &str) -> Result<(), Refusal> {
        let sent = header
            .strip_prefix("Basic ")
            .and_then(crypto::unbase64)
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((id, secret)) = sent.as_deref().and_then(|sent| sent.split_once(':')) else {
            return refuse("invalid_client", "the header is no Basic authentication");
        };
        let expected = (&self.rules.client_id, &self.rules.client_secret);
        match (form::decode(id), form::decode(secret)) {
            (Some(id), Some(secret)) if (&id, &secret) == expected => Ok(()),
            _ => refuse("invalid_client", "id or secret in the header is wrong"),
        }
    }
}
