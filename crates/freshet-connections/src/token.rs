//! Tokens from a service: one function for every grant that asks its token endpoint.
//!
//! The oauth2 crate builds each request and reads each reply. Between it and the transport stands
//! an adapter that changes the request where the service wants it otherwise (`token/request.rs`)
//! and makes its reply regular (`token/reply.rs`).

mod assertion;
mod device;
mod grant;
pub(crate) mod oauth1;
pub(crate) mod quirk;
mod reply;
mod request;
mod skew;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    ErrorResponseType, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError,
    ResourceOwnerPassword, ResourceOwnerUsername, RevocationUrl, Scope, StandardErrorResponse,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::clock::Clock;
use crate::connection::NewToken;
use crate::echo;
use crate::error::{Code, ConnectionError};
use crate::refresh::Renewing;
use crate::scheme::Additions;
use crate::service::{ClientAuth, Field, FieldSource, OAuth2, Service};
use crate::settings::Limits;
use crate::transport::{Exchange, Transport};
use crate::usable::Usable;
pub(crate) use device::{DeviceWait, device_code};
pub(crate) use grant::{Grant, renewal_grant};
pub(crate) use reply::is_known_word;
use reply::{Extra, Wanted};

/// Largest token reply, in bytes.
const REPLY: u64 = 1024 * 1024;
/// Longest token request, in all.
const TIME: Duration = Duration::from_secs(30);

type Reply = StandardTokenResponse<Extra, BasicTokenType>;
type Client = oauth2::Client<
    BasicErrorResponse,
    Reply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Why there is no token.
#[derive(Debug)]
pub(crate) enum TokenFailure {
    /// The service said no.
    Refused(Refusal),
    /// It may work later: no answer, 429, 5xx.
    Passing {
        cause: String,
        retry_after: Option<Duration>,
    },
    /// Neither a token nor an error; what it looks like instead.
    Unreadable(String),
    /// Anything else, such as the address guard.
    Other(ConnectionError),
}

/// What was asked for on the way to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Token,
    /// RFC 8628, 3.1.
    DeviceCode,
    /// RFC 5849, 2.1.
    Temporary,
}

impl fmt::Display for TokenFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no token")
    }
}

impl StdError for TokenFailure {}

/// The error of RFC 6749, 5.2, safe to show.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub word: String,
    pub description: String,
}

impl Refusal {
    /// The word and what the service says to it.
    pub(crate) fn text(&self) -> String {
        if self.description.is_empty() {
            self.word.clone()
        } else {
            format!("{}: {}", self.word, self.description)
        }
    }

    /// What it usually means, and what to do.
    pub(crate) fn meaning(&self) -> &'static str {
        match self.word.as_str() {
            "invalid_client" => {
                "the client identifier or secret is wrong, or sent in another way than the service wants (client_auth): `freshet service client`"
            }
            "invalid_grant" => {
                "the code or refresh token expired, was used before, or belongs to another redirect URL: connect again"
            }
            "unauthorized_client" => {
                "the client is not registered for this grant type: allow it there, or choose another with --grant-type"
            }
            "unsupported_grant_type" => {
                "the service does not know this grant type: check grant_types of its definition"
            }
            "invalid_scope" => {
                "the service does not know one of the scopes, or does not grant it to this client: `freshet connection edit`"
            }
            "invalid_request" => {
                "a parameter is missing or wrong: check the definition of the service"
            }
            "access_denied" => "access was denied at the service: connect again and agree there",
            "consumer_key_unknown"
            | "consumer_key_rejected"
            | "signature_invalid"
            | "signature_method_rejected"
            | "status 401" => {
                "the client identifier or secret is wrong, or requests are signed in another way than the service wants (signature_method): `freshet service client`"
            }
            "timestamp_refused" => "the clock of this machine is wrong: set it right",
            "nonce_used" | "token_used" | "token_expired" | "token_revoked" | "token_rejected" => {
                "the consent took too long, or its answer was used before: connect again"
            }
            _ => "see the documentation of the service",
        }
    }

    /// Whether a person has to authorise again: the grant or the right to use it is gone
    /// (connections, 6.5: `invalid_grant`, `unauthorized_client`, `access_denied`).
    pub(crate) fn ends_authorisation(&self) -> bool {
        matches!(
            self.word.as_str(),
            "invalid_grant" | "unauthorized_client" | "access_denied"
        )
    }
}

/// Values that were sent, and secrets that were issued for them, so that nothing a server says repeats them.
#[derive(Default)]
pub(super) struct Sent {
    /// Repeated nowhere: neither shown nor stored in the open.
    secrets: Vec<SecretString>,
    /// Known to everybody, such as the identifier of the client. What the program acts on may hold
    /// them by chance; a description that does is dropped all the same (connections, 6.5).
    open: Vec<String>,
}

impl Sent {
    fn note<T: Into<String>>(&mut self, secrets: impl IntoIterator<Item = T>) {
        let secrets = secrets
            .into_iter()
            .map(Into::into)
            .filter(|value: &String| !value.is_empty());
        self.secrets.extend(secrets.map(SecretString::from));
    }

    /// Notes a value that is no secret.
    fn note_open(&mut self, value: &str) {
        self.open.push(value.to_owned());
    }

    /// Whether a text of a server repeats a secret that was sent or issued, in whatever form.
    fn is_secret_in(&self, text: &str) -> bool {
        self.secrets
            .iter()
            .any(|value| echo::repeats(text, value.expose_secret()))
    }

    /// A word of a server for one line of a message: without control characters, cut to `longest`
    /// characters; empty if it repeats a secret.
    fn word(&self, text: &str, longest: usize) -> String {
        if self.is_secret_in(text) {
            return String::new();
        }
        text.chars()
            .filter(|character| !character.is_control())
            .take(longest)
            .collect()
    }

    /// The same for what a server writes in its own words: empty if it repeats any value that was
    /// sent, or a secret that was issued.
    fn description(&self, text: &str, longest: usize) -> String {
        if self.open.iter().any(|value| echo::repeats(text, value)) {
            return String::new();
        }
        self.word(text, longest)
    }
}

/// Asks the token endpoint once. With `client_auth = "auto"` a second time, the other way, when the
/// service does not recognise the client; the way that worked is noted in the token.
///
/// Endpoints that the service leaves to its issuer are found first.
pub(crate) async fn request(
    with: &Renewing<'_>,
    usable: &Usable,
    grant: Grant<'_>,
) -> Result<NewToken, TokenFailure> {
    let lacking = |oauth2: &OAuth2| oauth2.token_url.is_none();
    let usable = &*with
        .discovery
        .completed(usable, lacking, with)
        .await
        .map_err(later)?;
    let asking = Asking::new(with, usable, Endpoint::of(grant)).map_err(TokenFailure::Other)?;
    let (first, second) = asking.ways();
    let (way, outcome) = match (asking.once(grant, first).await, second) {
        (Err(TokenFailure::Refused(refusal)), Some(second)) if refusal.word == "invalid_client" => {
            (second, asking.once(grant, second).await)
        }
        (outcome, _) => (first, outcome),
    };
    outcome.map(|token| NewToken {
        client_auth: second.map(|_| way.as_str().to_owned()),
        ..token
    })
}

/// Gives a token back (RFC 7009). With `client_auth = "auto"` the other way is tried too: this endpoint may want another
/// one than that of the tokens.
pub(crate) async fn revoke(
    with: &Renewing<'_>,
    usable: &Usable,
    token: StandardRevocableToken,
) -> Result<(), TokenFailure> {
    let asking = Asking::new(with, usable, Endpoint::Revoke).map_err(TokenFailure::Other)?;
    let (first, second) = asking.ways();
    match (asking.revoke(token.clone(), first).await, second) {
        (Err(TokenFailure::Refused(refusal)), Some(second)) if refusal.word == "invalid_client" => {
            asking.revoke(token, second).await
        }
        (outcome, _) => outcome,
    }
}

/// Which of a service's endpoints is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Token,
    Refresh,
    Device,
    Revoke,
}

impl Endpoint {
    fn of(grant: Grant<'_>) -> Self {
        if grant.renews() {
            Endpoint::Refresh
        } else {
            Endpoint::Token
        }
    }
}

/// What it takes to ask.
struct Asking<'a> {
    transport: &'a dyn Transport,
    usable: &'a Usable,
    oauth2: &'a OAuth2,
    endpoint: Endpoint,
    /// The key of the definition with the address.
    key: &'static str,
    url: Url,
    /// To whom the client proves itself by a signature: the token endpoint, whichever is asked.
    audience: Url,
    pointers: Vec<(String, String)>,
    clock: &'a dyn Clock,
    limits: Limits,
}

impl<'a> Asking<'a> {
    fn new(
        with: &'a Renewing<'_>,
        usable: &'a Usable,
        endpoint: Endpoint,
    ) -> Result<Self, ConnectionError> {
        let service = &usable.service;
        let oauth2 = usable.oauth2().ok_or_else(|| {
            ConnectionError::no_grant_types("", &service.name, service.scheme.as_str())
        })?;
        let (address, key) = match endpoint {
            Endpoint::Token => (oauth2.token_url.as_ref(), "token_url"),
            Endpoint::Refresh => {
                let renewal = oauth2.refresh_url.as_ref();
                let key = renewal.map_or("token_url", |_| "refresh_url");
                (renewal.or(oauth2.token_url.as_ref()), key)
            }
            Endpoint::Device => (oauth2.device_url.as_ref(), "device_url"),
            Endpoint::Revoke => (oauth2.revoke_url.as_ref(), "revoke_url"),
        };
        let address = address.ok_or_else(|| ConnectionError::no_endpoint(&service.name, key))?;
        Ok(Asking {
            transport: with.transport,
            usable,
            oauth2,
            endpoint,
            key,
            url: usable.address(address)?,
            audience: usable.address(oauth2.token_url.as_ref().unwrap_or(address))?,
            pointers: token_fields(service),
            clock: with.clock,
            limits: Limits {
                call: with.limits.call.min(TIME),
                reply: REPLY,
                ..with.limits
            },
        })
    }

    /// The time now: for a person one waits, and a token lives from its reply on.
    fn now(&self) -> i64 {
        self.clock.now()
    }

    /// How the client proves itself, and how next if the service does not recognise it so.
    fn ways(&self) -> (ClientAuth, Option<ClientAuth>) {
        if self.oauth2.client_auth != ClientAuth::Auto {
            return (self.oauth2.client_auth, None);
        }
        let kept = self.usable.credential.client_auth.as_deref();
        match kept.and_then(ClientAuth::parse) {
            Some(ClientAuth::Body) => (ClientAuth::Body, Some(ClientAuth::Basic)),
            kept => (kept.unwrap_or(ClientAuth::Basic), Some(ClientAuth::Body)),
        }
    }

    /// Parameters of requests, those that a service or a way to prove oneself adds.
    fn params(&self) -> grant::Params<'_> {
        grant::Params {
            usable: self.usable,
            oauth2: self.oauth2,
            audience: &self.audience,
            now: self.now(),
        }
    }

    /// What stands between the oauth2 crate and the transport for one grant.
    fn adapter(&self, grant: Grant<'_>, way: ClientAuth) -> Result<Adapter<'_>, ConnectionError> {
        Ok(Adapter {
            by_get: matches!(grant, Grant::GetRefresh(_)),
            ..Adapter::new(self, self.params().of(grant, way)?)
        })
    }

    async fn once(&self, grant: Grant<'_>, way: ClientAuth) -> Result<NewToken, TokenFailure> {
        let client = self.client(way).map_err(TokenFailure::Other)?;
        let adapter = self.adapter(grant, way).map_err(TokenFailure::Other)?;
        let scopes = || {
            let scopes = self.usable.connection.scopes.iter().cloned();
            scopes.map(Scope::new)
        };
        let outcome = match grant {
            Grant::AuthorizationCode {
                code,
                verifier,
                redirect_uri,
            } => {
                let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| {
                    TokenFailure::Other(ConnectionError::redirect_url(redirect_uri))
                })?;
                let mut request = client
                    .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
                    .set_redirect_uri(Cow::Owned(redirect));
                if let Some(verifier) = verifier {
                    request = request.set_pkce_verifier(PkceCodeVerifier::new(
                        verifier.expose_secret().to_owned(),
                    ));
                }
                request.request_async(&adapter).await
            }
            // The crate knows no assertions: theirs is this request with other parameters.
            Grant::ClientCredentials | Grant::JwtBearer => {
                client
                    .exchange_client_credentials()
                    .add_scopes(scopes())
                    .request_async(&adapter)
                    .await
            }
            Grant::FacebookExchange(_) => {
                client
                    .exchange_client_credentials()
                    .request_async(&adapter)
                    .await
            }
            Grant::Password => {
                let (name, password) = grant::user(self.usable).map_err(TokenFailure::Other)?;
                let name = ResourceOwnerUsername::new(name);
                let password = ResourceOwnerPassword::new(password.expose_secret().to_owned());
                client
                    .exchange_password(&name, &password)
                    .add_scopes(scopes())
                    .request_async(&adapter)
                    .await
            }
            Grant::Device(waiting) => {
                let reply = waiting.token(&client, &adapter, tokio::time::sleep).await?;
                return self.issued(&reply).map_err(TokenFailure::Other);
            }
            Grant::Refresh(token) | Grant::GetRefresh(token) => {
                let token = RefreshToken::new(token.expose_secret().to_owned());
                client
                    .exchange_refresh_token(&token)
                    .request_async(&adapter)
                    .await
            }
        };
        self.issued(&outcome.map_err(failure)?)
            .map_err(TokenFailure::Other)
    }

    async fn revoke(
        &self,
        token: StandardRevocableToken,
        way: ClientAuth,
    ) -> Result<(), TokenFailure> {
        let mut params = Vec::new();
        if way == ClientAuth::PrivateKeyJwt {
            params.extend(self.params().proof().map_err(TokenFailure::Other)?);
        }
        let adapter = Adapter::new(self, params);
        // The crate wants https here, also for a service on loopback; the adapter knows the address.
        let mut address = self.url.clone();
        let secure = address.set_scheme("https");
        let client = self.client(way).map_err(TokenFailure::Other)?;
        let client = client.set_revocation_url(RevocationUrl::from_url(address));
        let request = client.revoke_token(token).ok().filter(|_| secure.is_ok());
        let Some(request) = request else {
            let service = &self.usable.service.name;
            return Err(TokenFailure::Other(ConnectionError::no_endpoint(
                service,
                "revoke_url",
            )));
        };
        request.request_async(&adapter).await.map_err(failure)
    }

    fn client(&self, way: ClientAuth) -> Result<Client, ConnectionError> {
        let registered = self.usable.client()?;
        let client: Client = oauth2::Client::new(ClientId::new(registered.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(self.url.clone()));
        let auth_type = match way {
            ClientAuth::Body => AuthType::RequestBody,
            ClientAuth::Basic | ClientAuth::Auto => AuthType::BasicAuth,
            // Without a secret the oauth2 crate sends the identifier alone, in the body. An assertion
            // is among the parameters.
            ClientAuth::None | ClientAuth::PrivateKeyJwt => {
                return Ok(client.set_auth_type(AuthType::RequestBody));
            }
        };
        let client = client.set_auth_type(auth_type);
        Ok(match &registered.client_secret {
            Some(secret) => {
                client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            }
            None => client,
        })
    }

    /// The token as the registry keeps it.
    ///
    /// # Errors
    /// C0038 if the reply carries a value for a field that does not match the field's pattern.
    fn issued(&self, reply: &Reply) -> Result<NewToken, ConnectionError> {
        let extra = reply.extra_fields();
        let found = fitting(&self.usable.service, &extra.found)?;
        let now = self.now();
        let after = |time: Duration| {
            let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
            now.saturating_add(millis)
        };
        Ok(NewToken {
            access_token: SecretString::from(reply.access_token().secret().clone()),
            token_secret: None,
            refresh_token: reply
                .refresh_token()
                .map(|token| SecretString::from(token.secret().clone())),
            token_type: Some(match reply.token_type() {
                BasicTokenType::Bearer => "Bearer".to_owned(),
                other => other.as_ref().to_owned(),
            }),
            granted_scopes: reply
                .scopes()
                .map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect()),
            expires_at: extra.expires_at.or_else(|| reply.expires_in().map(after)),
            refresh_expires_at: extra.refresh_expires_in.map(Duration::from_secs).map(after),
            client_auth: None,
            found,
        })
    }
}

/// What stands between the oauth2 crate and the transport, for one request.
struct Adapter<'a> {
    asking: &'a Asking<'a>,
    params: Vec<(String, String)>,
    wanted: Wanted,
    /// The quirk `get_refresh`.
    by_get: bool,
    /// Locked only while a request is made or a reply read, never across an await.
    sent: Mutex<Sent>,
}

impl<'a> Adapter<'a> {
    fn new(asking: &'a Asking<'a>, params: Vec<(String, String)>) -> Self {
        Adapter {
            asking,
            params,
            wanted: Wanted::Token,
            by_get: false,
            sent: Mutex::default(),
        }
    }
}

// Written out rather than given as a closure: the crate's implementation for closures makes futures
// that cannot move between threads.
impl<'c> oauth2::AsyncHttpClient<'c> for Adapter<'_> {
    type Error = TokenFailure;
    type Future =
        Pin<Box<dyn Future<Output = Result<oauth2::HttpResponse, TokenFailure>> + Send + 'c>>;

    fn call(&'c self, built: oauth2::HttpRequest) -> Self::Future {
        Box::pin(self.exchange(built))
    }
}

impl Adapter<'_> {
    async fn exchange(
        &self,
        built: oauth2::HttpRequest,
    ) -> Result<oauth2::HttpResponse, TokenFailure> {
        let asking = self.asking;
        let request = {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            // What was issued before may be repeated as well as what is sent now.
            sent.note(asking.usable.secrets().map(ExposeSecret::expose_secret));
            request::Changes {
                oauth2: asking.oauth2,
                url: &asking.url,
                params: &self.params,
                by_get: self.by_get,
            }
            .apply(&built, &mut sent)
            .map_err(TokenFailure::Other)?
        };
        let additions = Additions::default();
        let exchange = Exchange {
            request,
            additions,
            follow: false,
            limits: asking.limits,
        };
        let arrival = asking
            .transport
            .send(exchange)
            .await
            .map_err(|error| later(error.of_endpoint(asking.key)))?;
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.note(reply::issued(&arrival.body, &asking.oauth2.token_path));
        let here = asking.now();
        let rules = reply::Rules {
            oauth2: asking.oauth2,
            pointers: &asking.pointers,
            sent: &sent,
            now: skew::time_there(&arrival.headers, here, &asking.usable.service.name),
            here,
            wanted: self.wanted,
        };
        match asking.endpoint {
            Endpoint::Revoke => reply::revocation(&arrival, &rules),
            Endpoint::Token | Endpoint::Refresh | Endpoint::Device => {
                reply::regular(&arrival, &rules)
            }
        }
    }
}

/// What could not be reached may be there later.
fn later(error: ConnectionError) -> TokenFailure {
    match error.kind() {
        Code::Timeout | Code::Unreachable | Code::PassingFailure => TokenFailure::Passing {
            cause: error.message().to_owned(),
            retry_after: None,
        },
        _ => TokenFailure::Other(error),
    }
}

/// The fields of a service whose values stand in its token replies, with their JSON pointers.
fn token_fields(service: &Service) -> Vec<(String, String)> {
    let pointer = |field: &Field| match &field.from {
        FieldSource::Token(pointer) => Some((field.name.clone(), pointer.clone())),
        _ => None,
    };
    service.fields.iter().filter_map(pointer).collect()
}

/// The values a token reply carried for fields, as the fields want them.
///
/// # Errors
/// C0038 for the first that does not match its pattern.
fn fitting(
    service: &Service,
    found: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ConnectionError> {
    let known = found
        .iter()
        .filter_map(|(name, value)| Some((name, service.field(name)?, value)));
    known
        .map(|(name, field, value)| Ok((name.clone(), crate::usable::found(field, value)?)))
        .collect()
}

/// What the oauth2 crate says, without its texts: they hold bodies and what a server echoes.
fn failure<T: ErrorResponseType + fmt::Display + AsRef<str> + 'static>(
    error: RequestTokenError<TokenFailure, StandardErrorResponse<T>>,
) -> TokenFailure {
    match error {
        RequestTokenError::Request(failure) => failure,
        RequestTokenError::ServerResponse(reply) => {
            let word = reply.error().to_string();
            if word == "server_error" || word == "temporarily_unavailable" {
                return TokenFailure::Passing {
                    cause: format!("answered {word}"),
                    retry_after: None,
                };
            }
            let description = reply.error_description().cloned().unwrap_or_default();
            TokenFailure::Refused(Refusal { word, description })
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            TokenFailure::Unreadable("a reply that is no token reply".to_owned())
        }
    }
}

impl TokenFailure {
    /// The warning of a token that could not be given back (connections, 6.9).
    pub(crate) fn while_revoking(self, service: &str) -> ConnectionError {
        match self {
            TokenFailure::Refused(refusal) => {
                ConnectionError::revocation_refused(service, &refusal.text())
            }
            TokenFailure::Passing { cause, .. } => {
                ConnectionError::passing_failure(service, &cause, 1)
            }
            TokenFailure::Unreadable(found) => ConnectionError::revocation_refused(service, &found),
            TokenFailure::Other(error) => error,
        }
    }

    /// The error of a first token request (connections, 6.5, "connecting").
    pub(crate) fn while_connecting(
        self,
        service: &str,
        asked: Asked,
        tries: u32,
    ) -> ConnectionError {
        match self {
            TokenFailure::Refused(refusal) => {
                ConnectionError::token_refused(service, &refusal.text(), refusal.meaning())
            }
            TokenFailure::Passing { cause, .. } => {
                ConnectionError::passing_failure(service, &cause, tries)
            }
            TokenFailure::Unreadable(found) => match asked {
                Asked::Token => ConnectionError::token_reply_unreadable(service, &found),
                Asked::DeviceCode => ConnectionError::device_reply_unreadable(service, &found),
                Asked::Temporary => ConnectionError::temporary_reply_unreadable(service, &found),
            },
            TokenFailure::Other(error) => error,
        }
    }
}
