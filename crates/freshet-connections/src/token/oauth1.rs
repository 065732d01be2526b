//! Temporary credentials and tokens of OAuth 1.0 (RFC 5849, 2.1 and 2.3; connections, 6.3).

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::{REPLY, Refusal, Sent, TIME, TokenFailure, fitting, reply, token_fields};
use crate::authorization::oauth1::REFUSED;
use crate::connection::NewToken;
use crate::error::{Code, ConnectionError};
use crate::scheme::oauth1::{Signer, clock};
use crate::scheme::{Additions, FORM, media_type};
use crate::service::OAuth1;
use crate::settings::Limits;
use crate::transport::{Arrival, Exchange, Transport, WireRequest};
use crate::usable::Usable;

/// The words of the extension "OAuth Problem Reporting". The program acts on them, so they stand
/// whatever was sent.
const PROBLEMS: [&str; 20] = [
    "version_rejected",
    "parameter_absent",
    "parameter_rejected",
    "timestamp_refused",
    "nonce_used",
    "signature_method_rejected",
    "signature_invalid",
    "consumer_key_unknown",
    "consumer_key_rejected",
    "consumer_key_refused",
    "token_used",
    "token_expired",
    "token_revoked",
    "token_rejected",
    "additional_authorization_required",
    "permission_unknown",
    "permission_denied",
    "user_refused",
    "verifier_invalid",
    "token_not_authorized",
];

/// Credentials that become a token once a person consents.
pub(crate) struct Temporary {
    /// Stands in the address at which a person consents, and in the callback.
    pub token: SecretString,
    pub secret: SecretString,
}

/// Asks the token endpoints of one service.
pub(crate) struct Endpoints<'a> {
    transport: &'a dyn Transport,
    usable: &'a Usable,
    /// Milliseconds since 1970 UTC.
    now: i64,
    limits: Limits,
}

impl<'a> Endpoints<'a> {
    pub(crate) fn new(
        transport: &'a dyn Transport,
        usable: &'a Usable,
        now: i64,
        limits: Limits,
    ) -> Self {
        let limits = Limits {
            call: limits.call.min(TIME),
            reply: REPLY,
            ..limits
        };
        Endpoints {
            transport,
            usable,
            now,
            limits,
        }
    }

    /// The first leg: temporary credentials. `callback` is where the service sends the person back.
    ///
    /// # Errors
    /// C0032 (as `Other`) from a service that speaks OAuth 1.0 without revision A.
    pub(crate) async fn temporary(&self, callback: &str) -> Result<Temporary, TokenFailure> {
        let extra = vec![("oauth_callback", SecretString::from(callback))];
        let oauth1 = self.oauth1()?;
        let signer = self.signer(oauth1)?.with(None, extra);
        let reply = self.ask(oauth1, "request_token_url", signer).await?;
        if reply
            .get("oauth_callback_confirmed")
            .and_then(Value::as_str)
            != Some("true")
        {
            return Err(TokenFailure::Other(
                ConnectionError::callback_not_confirmed(&self.usable.service.name),
            ));
        }
        Ok(credentials(&reply))
    }

    /// The third leg: the token, for temporary credentials and what the service sent back with the
    /// person.
    ///
    /// # Errors
    /// C0038 (as `Other`) for a value that does not match the pattern of its field.
    pub(crate) async fn token(
        &self,
        temporary: Temporary,
        verifier: SecretString,
    ) -> Result<NewToken, TokenFailure> {
        let extra = vec![("oauth_verifier", verifier)];
        let oauth1 = self.oauth1()?;
        let credentials_before = Some((temporary.token, temporary.secret));
        let signer = self.signer(oauth1)?.with(credentials_before, extra);
        let reply = self.ask(oauth1, "token_url", signer).await?;
        let Temporary { token, secret } = credentials(&reply);
        let pointers = token_fields(&self.usable.service);
        let found = reply::found(&Value::Object(reply), &pointers, |text| {
            let issued = [&token, &secret];
            !issued
                .iter()
                .any(|known| crate::echo::repeats(text, known.expose_secret()))
        });
        let found = fitting(&self.usable.service, &found).map_err(TokenFailure::Other)?;
        Ok(NewToken {
            access_token: token,
            token_secret: Some(secret),
            refresh_token: None,
            token_type: None,
            granted_scopes: None,
            expires_at: None,
            refresh_expires_at: None,
            client_auth: None,
            found,
        })
    }

    fn oauth1(&self) -> Result<&'a OAuth1, TokenFailure> {
        let link = self.usable.link();
        self.usable
            .oauth1()
            .ok_or_else(|| TokenFailure::Other(ConnectionError::needs_no_consent(link)))
    }

    fn signer(&self, oauth1: &OAuth1) -> Result<Signer, TokenFailure> {
        Signer::of(self.usable, oauth1, self.now).map_err(TokenFailure::Other)
    }

    /// One signed request to the address of a key; once more if our clock was the fault. The reply holds a token and
    /// its secret.
    async fn ask(
        &self,
        oauth1: &OAuth1,
        key: &str,
        signer: Signer,
    ) -> Result<Map<String, Value>, TokenFailure> {
        let address = match key {
            "request_token_url" => &oauth1.request_token_url,
            _ => &oauth1.token_url,
        };
        let address = address.as_ref().ok_or_else(|| {
            TokenFailure::Unreadable("no address for it in the definition".to_owned())
        })?;
        let url = self.usable.address(address).map_err(TokenFailure::Other)?;
        let mut sent = Sent::default();
        sent.note(self.usable.secrets().map(ExposeSecret::expose_secret));
        sent.note(signer.secrets().map(ExposeSecret::expose_secret));
        let signed_at = signer.timestamp();
        let mut arrival = self.send(oauth1, key, &url, signer.clone()).await?;
        if let Some(apart) = clock::correction(&arrival, signed_at) {
            arrival = self
                .send(oauth1, key, &url, signer.at(signed_at + apart))
                .await?;
        }
        read(&arrival, &sent)
    }

    /// The parameters the service wants besides those of the protocol.
    fn body(&self, oauth1: &OAuth1) -> Result<Vec<u8>, ConnectionError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &oauth1.token_params {
            form.append_pair(name, self.usable.secret(value)?.expose_secret());
        }
        Ok(form.finish().into_bytes())
    }

    async fn send(
        &self,
        oauth1: &OAuth1,
        key: &str,
        url: &Url,
        signer: Signer,
    ) -> Result<Arrival, TokenFailure> {
        let mut request = WireRequest::new(Method::POST, url.clone());
        request.body = self.body(oauth1).map_err(TokenFailure::Other)?;
        if !request.body.is_empty() {
            request
                .headers
                .insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        }
        let additions = Additions {
            signer: Some(signer),
            ..Additions::default()
        };
        let exchange = Exchange {
            request,
            additions,
            follow: false,
            limits: self.limits,
        };
        self.transport
            .send(exchange)
            .await
            .map_err(|error| match error.kind() {
                Code::Timeout | Code::Unreachable => TokenFailure::Passing {
                    cause: error.message().to_owned(),
                    retry_after: None,
                },
                _ => TokenFailure::Other(error.of_endpoint(key)),
            })
    }
}

/// What [`read`] found there.
fn credentials(reply: &Map<String, Value>) -> Temporary {
    let text = |name| reply.get(name).and_then(Value::as_str).unwrap_or_default();
    Temporary {
        token: text("oauth_token").into(),
        secret: text("oauth_token_secret").into(),
    }
}

/// The pairs of a reply that holds a token and its secret; a form, whatever its declared type.
fn read(arrival: &Arrival, sent: &Sent) -> Result<Map<String, Value>, TokenFailure> {
    let status = arrival.status;
    let pairs: Map<String, Value> = form_urlencoded::parse(arrival.body.trim_ascii())
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    let text = |name| pairs.get(name).and_then(Value::as_str).unwrap_or_default();
    let has_token = !text("oauth_token").is_empty() && pairs.contains_key("oauth_token_secret");
    if status.is_success() && has_token {
        return Ok(pairs);
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Err(TokenFailure::Passing {
            cause: format!("answered {}", status.as_u16()),
            retry_after: reply::retry_after(&arrival.headers),
        });
    }
    let problem = match text("oauth_problem") {
        known if PROBLEMS.contains(&known) => known.to_owned(),
        other => sent.word(other, 60),
    };
    if status.is_client_error() || !problem.is_empty() {
        return Err(TokenFailure::Refused(refusal(arrival, &problem, sent)));
    }
    let members = (pairs.values().any(|value| value != "")).then_some(Value::Object(pairs));
    Err(TokenFailure::Unreadable(reply::looks(
        arrival,
        members.as_ref(),
        sent,
    )))
}

/// What a refusal says: the problem by its word, else the status, and what the body says to it.
fn refusal(arrival: &Arrival, problem: &str, sent: &Sent) -> Refusal {
    let status = arrival.status.as_u16();
    if REFUSED.contains(&problem) {
        return Refusal {
            word: "access_denied".to_owned(),
            description: problem.to_owned(),
        };
    }
    if !problem.is_empty() {
        return Refusal {
            word: problem.to_owned(),
            description: format!("status {status}"),
        };
    }
    let body = String::from_utf8_lossy(&arrival.body);
    let told = match serde_json::from_slice::<Value>(&arrival.body) {
        Ok(reply) => [
            "/errors/0/message",
            "/error_description",
            "/error",
            "/message",
        ]
        .into_iter()
        .find_map(|pointer| reply.pointer(pointer)?.as_str().map(str::to_owned))
        .unwrap_or_default(),
        Err(_) if media_type(&arrival.headers).contains("html") => String::new(),
        Err(_) if body.trim_start().starts_with('<') => String::new(),
        Err(_) => body.trim().to_owned(),
    };
    Refusal {
        word: format!("status {status}"),
        description: sent.description(&told, 200),
    }
}
