//! Discovery: what an issuer says about its endpoints (RFC 8414; connections, 6.8).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use crate::error::{ConnectionError, shown};
use crate::refresh::Renewing;
use crate::scheme::Additions;
use crate::service::hosts::{host_and_port, is_loopback};
use crate::service::{ClientAuth, GrantType, OAuth2, Pkce, Scheme, Template};
use crate::settings::Limits;
use crate::transport::{Arrival, Exchange, WireRequest};
use crate::usable::Usable;

/// How long metadata hold, in milliseconds.
const HOLD: i64 = 24 * 60 * 60 * 1000;
/// Largest metadata, in bytes.
const REPLY: u64 = 1024 * 1024;
/// Longest request for them, in all.
const TIME: Duration = Duration::from_secs(30);

/// The metadata this process has read, by issuer.
#[derive(Default)]
pub(crate) struct Discovery(Mutex<HashMap<String, Known>>);

struct Known {
    /// Milliseconds since 1970 UTC.
    read_at: i64,
    metadata: Arc<Metadata>,
}

/// What an issuer says, as far as it is used (RFC 8414, 2).
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    authorize_url: Option<Template>,
    token_url: Option<Template>,
    revoke_url: Option<Template>,
    device_url: Option<Template>,
    /// `None`: it does not say.
    pkce: Option<Pkce>,
    /// The ways in which a client may prove itself; empty: it does not say.
    client_auth: Vec<String>,
    /// Every answer of the authorisation endpoint names the issuer (RFC 9207, 3).
    pub announces_issuer: bool,
}

impl Discovery {
    /// A connection whose service is completed by what its issuer says. `lacking` tells whether
    /// something is missing; keys of the service itself are never replaced.
    ///
    /// # Errors
    /// C0036 for metadata that may not be believed, or that are needed and not there; those of a
    /// request.
    pub async fn completed<'u>(
        &self,
        usable: &'u Usable,
        lacking: impl Fn(&OAuth2) -> bool,
        with: &Renewing<'_>,
    ) -> Result<Cow<'u, Usable>, ConnectionError> {
        let Some(oauth2) = usable.oauth2().filter(|oauth2| lacking(oauth2)) else {
            return Ok(Cow::Borrowed(usable));
        };
        let Some(issuer) = &oauth2.issuer else {
            return Ok(Cow::Borrowed(usable));
        };
        match self.metadata(usable, with).await? {
            Some(metadata) => Ok(Cow::Owned(filled(usable, &metadata))),
            None if works_alone(usable, oauth2) => Ok(Cow::Borrowed(usable)),
            None => Err(ConnectionError::discovery(
                &usable.text(issuer)?,
                "nothing at its well-known addresses",
            )),
        }
    }

    /// What the issuer of a connection's service says. `None`: there is no issuer, or it publishes
    /// nothing.
    ///
    /// # Errors
    /// C0010 where the issuer is in trouble, C0036 for metadata that may not be believed; those of a request.
    pub async fn metadata(
        &self,
        usable: &Usable,
        with: &Renewing<'_>,
    ) -> Result<Option<Arc<Metadata>>, ConnectionError> {
        let Some(issuer) = usable.oauth2().and_then(|oauth2| oauth2.issuer.as_ref()) else {
            return Ok(None);
        };
        let (text, url) = (usable.text(issuer)?, usable.address(issuer)?);
        let now = with.clock.now();
        if let Some(known) = self.known().get(&text)
            && (0..HOLD).contains(&(now - known.read_at))
        {
            return Ok(Some(Arc::clone(&known.metadata)));
        }
        let mut in_trouble = None;
        for address in addresses(&url) {
            let host = host_and_port(&address);
            let arrival = fetch(address, with).await?;
            let status = arrival.status;
            if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
                in_trouble = Some(ConnectionError::metadata_later(&host, status.as_u16()));
            }
            if let Some(document) = document(&arrival) {
                let metadata = Arc::new(read(&document, &text, usable)?);
                let known = Known {
                    read_at: now,
                    metadata: Arc::clone(&metadata),
                };
                self.known().insert(text, known);
                return Ok(Some(metadata));
            }
        }
        in_trouble.map_or(Ok(None), Err)
    }

    /// Locked only to look and to note, never across an await.
    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where metadata stand: by RFC 8414, 3, and by the older OpenID Connect Discovery, 4.
fn addresses(issuer: &Url) -> [Url; 2] {
    let path = issuer.path().trim_end_matches('/').to_owned();
    let at = |path: String| {
        let mut url = issuer.clone();
        url.set_query(None);
        url.set_path(&path);
        url
    };
    [
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("{path}/.well-known/openid-configuration")),
    ]
}

async fn fetch(url: Url, with: &Renewing<'_>) -> Result<Arrival, ConnectionError> {
    let exchange = Exchange {
        request: WireRequest::new(Method::GET, url),
        additions: Additions::default(),
        follow: false,
        limits: Limits {
            call: with.limits.call.min(TIME),
            reply: REPLY,
            ..with.limits
        },
    };
    let sent = with.transport.send(exchange).await;
    sent.map_err(|error| error.of_endpoint("issuer"))
}

/// The metadata in a reply. Whatever names no issuer is none: many servers answer everything.
fn document(arrival: &Arrival) -> Option<Map<String, Value>> {
    if arrival.status != StatusCode::OK {
        return None;
    }
    let document: Map<String, Value> = serde_json::from_slice(&arrival.body).ok()?;
    document.contains_key("issuer").then_some(document)
}

/// # Errors
/// C0036 for another issuer (RFC 8414, 3.3), and for an endpoint without TLS.
fn read(
    document: &Map<String, Value>,
    issuer: &str,
    usable: &Usable,
) -> Result<Metadata, ConnectionError> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let found = text("issuer").unwrap_or_default();
    if found != issuer {
        let found = format!("metadata of {}", shown(found));
        return Err(ConnectionError::discovery(issuer, &found));
    }
    let endpoint = |name: &str| -> Result<Option<Template>, ConnectionError> {
        let Some(text) = text(name) else {
            return Ok(None);
        };
        let refused = |found: &str| {
            Err(ConnectionError::discovery(
                issuer,
                &format!("{name} {found}"),
            ))
        };
        let Ok(url) = Url::parse(text) else {
            return refused("that is no address");
        };
        let plain = url.scheme() == "http" && !usable.service.is_default && is_loopback(&url);
        if url.scheme() != "https" && !plain {
            return refused(&format!("at {}://{}", url.scheme(), host_and_port(&url)));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("with a user part");
        }
        // A template must not take anything of it for a placeholder.
        let literal = String::from(url).replace('{', "%7B").replace('}', "%7D");
        Ok(Some(Template::new(literal)))
    };
    let words = |name: &str| -> Option<Vec<String>> {
        let words = document.get(name)?.as_array()?.iter();
        Some(words.filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let challenges = words("code_challenge_methods_supported").unwrap_or_default();
    let challenge = |word: &str| challenges.iter().any(|known| known == word);
    Ok(Metadata {
        authorize_url: endpoint("authorization_endpoint")?,
        token_url: endpoint("token_endpoint")?,
        revoke_url: endpoint("revocation_endpoint")?,
        device_url: endpoint("device_authorization_endpoint")?,
        pkce: if challenge("S256") {
            Some(Pkce::S256)
        } else if challenge("plain") {
            Some(Pkce::Plain)
        } else {
            None
        },
        client_auth: words("token_endpoint_auth_methods_supported").unwrap_or_default(),
        announces_issuer: document.get("authorization_response_iss_parameter_supported")
            == Some(&Value::Bool(true)),
    })
}

/// Whether the service's own keys are enough for its grant.
fn works_alone(usable: &Usable, oauth2: &OAuth2) -> bool {
    let consent = match usable.connection.grant_type {
        Some(GrantType::AuthorizationCode) => oauth2.authorize_url.is_some(),
        Some(GrantType::DeviceCode) => oauth2.device_url.is_some(),
        _ => true,
    };
    consent && oauth2.token_url.is_some()
}

/// The same connection, with what its service leaves open filled in.
fn filled(usable: &Usable, metadata: &Metadata) -> Usable {
    let mut usable = usable.clone();
    let way = client_auth(&usable, metadata);
    let Scheme::OAuth2(oauth2) = &mut Arc::make_mut(&mut usable.service).scheme else {
        return usable;
    };
    let fill = |own: &mut Option<Template>, found: &Option<Template>| {
        if own.is_none() {
            own.clone_from(found);
        }
    };
    fill(&mut oauth2.authorize_url, &metadata.authorize_url);
    fill(&mut oauth2.token_url, &metadata.token_url);
    fill(&mut oauth2.revoke_url, &metadata.revoke_url);
    fill(&mut oauth2.device_url, &metadata.device_url);
    if let Some(pkce) = metadata.pkce.filter(|_| !oauth2.has_own_pkce) {
        oauth2.pkce = pkce;
    }
    if let Some(way) = way.filter(|_| oauth2.client_auth == ClientAuth::Auto) {
        oauth2.client_auth = way;
    }
    usable
}

/// The first of the ways named that the stored client can go; `None`: none, or none is named.
fn client_auth(usable: &Usable, metadata: &Metadata) -> Option<ClientAuth> {
    let client = usable.client.as_ref()?;
    let has_secret = client.client_secret.is_some();
    let has_key = client.secret_fields.contains_key("private_key");
    [
        ("client_secret_basic", ClientAuth::Basic, has_secret),
        ("client_secret_post", ClientAuth::Body, has_secret),
        ("private_key_jwt", ClientAuth::PrivateKeyJwt, has_key),
        ("none", ClientAuth::None, !has_secret),
    ]
    .into_iter()
    .find(|(word, _, can)| *can && metadata.client_auth.iter().any(|named| named == word))
    .map(|(_, way, _)| way)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_part_stands_before_the_path_or_after_it() {
        let of = |issuer: &str| addresses(&Url::parse(issuer).unwrap()).map(String::from);
        assert_eq!(
            of("https://as.example"),
            [
                "https://as.example/.well-known/oauth-authorization-server",
                "https://as.example/.well-known/openid-configuration",
            ]
        );
        for issuer in ["https://as.example:8/t/1", "https://as.example:8/t/1/"] {
            assert_eq!(
                of(issuer),
                [
                    "https://as.example:8/.well-known/oauth-authorization-server/t/1",
                    "https://as.example:8/t/1/.well-known/openid-configuration",
                ]
            );
        }
    }
}
