//! Authorisations that a person consents to: begun in one process, finished in any.
//!
//! [`Connections::start_authorization`] stores an attempt and gives the address where a person
//! consents. [`Connections::finish_authorization`] takes the answer, finds the attempt by its
//! state, and turns the code into a token. Between the two the registry holds all there is to know.

pub(crate) mod answer;
mod callback;
mod code;
mod device;
mod listener;
pub(crate) mod oauth1;
mod outcome;
mod page;
mod port;

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tracing::debug;

use crate::Connections;
use crate::connect::{Connected, Consent, patiently};
use crate::connection::{NewToken, Reason};
use crate::error::{Code, ConnectionError};
use crate::lookup::secret_told;
use crate::refresh::Renewing;
use crate::registry::{Attempt, AttemptKind, Carried, NewAttempt, Registry, check_as_loaded};
use crate::send::note;
use crate::service::{FieldSource, GrantType, Legs, OAuth2, Pkce, Quirk, Scheme};
use crate::token::oauth1::{Endpoints, Temporary};
use crate::token::{self, Asked, Grant, TokenFailure, quirk};
use crate::usable::Usable;
use crate::verify::check_verifiable;
use answer::Answer;

pub use callback::cookie;
pub use device::DeviceStarted;
pub use listener::{Listener, Listening};
pub use page::AnswerPage;
pub use port::HeldPort;

/// How long a consent may take.
pub(crate) const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How an authorisation is begun.
#[derive(Clone, Debug, Default)]
pub struct StartOptions {
    /// The port of the redirect URL; `None`: that of the settings. A client with a redirect URL of
    /// its own keeps it.
    pub port: Option<u16>,
    /// The cookie of the browser that begins it, which must then bring the answer too. `None`: any
    /// browser may.
    pub browser: Option<String>,
    /// Secrets that a person entered, in place of those stored: kept with the attempt until the consent has come.
    pub secrets: BTreeMap<String, SecretString>,
    /// Do not show that it works, whoever takes the answer.
    pub no_verify: bool,
}

/// An authorisation under way.
#[derive(Debug)]
pub struct Started {
    /// Where a person consents. Holds the state: it is for that person alone.
    pub address: String,
    /// Where the service sends the browser afterwards.
    pub redirect_url: String,
    /// Milliseconds since 1970 UTC.
    pub expires_at: i64,
    /// How long it may take from its start.
    pub valid_for: Duration,
    /// By which its outcome is asked for.
    pub attempt: i64,
}

/// A finished authorisation.
#[derive(Debug)]
pub struct Finished {
    /// The connection that was authorised.
    pub link: String,
    /// For whom: whoever began it; empty for a shared connection.
    pub owner: String,
    /// How it was shown to work.
    pub connected: Connected,
}

impl Connections {
    /// Begins an authorisation by consent: an attempt is stored. Nothing is sent, but for OAuth 1.0
    /// the request for a temporary token, and to an issuer the question for what the definition of
    /// the service leaves out.
    ///
    /// # Errors
    /// C0001, C0018, C0036, C0037, C0039, C0043, C0049 for a grant that needs no consent, and those of
    /// the registry; C0010, C0026, C0027 and C0032 when there is no temporary token; C0003 when somebody changed the
    /// connection while the service was asked.
    pub async fn start_authorization(
        &self,
        link: &str,
        options: &StartOptions,
    ) -> Result<Started, ConnectionError> {
        let registry = self.store.writing()?;
        match self.consent(link)? {
            Consent::Browser => {}
            Consent::Device => return Err(ConnectionError::needs_device(link)),
            Consent::NotNeeded => return Err(ConnectionError::needs_no_consent(link)),
        }
        let mut usable = registry.load_to_connect(link, &self.store.settings.owner)?;
        usable.enter(options.secrets.clone())?;
        if !options.no_verify {
            check_verifiable(&usable)?;
        }
        let with = self.renewing(&registry, self.store.settings.limits);
        let lacking = |oauth2: &OAuth2| oauth2.authorize_url.is_none() || !oauth2.has_own_pkce;
        let usable = self
            .http
            .discovery
            .completed(&usable, lacking, &with)
            .await?;
        let redirect_url = usable.redirect_url(options.port);
        let service = usable.service.clone();
        let (kind, request) = match (&service.scheme, usable.connection.grant_type) {
            (Scheme::OAuth2(_), Some(GrantType::AuthorizationCode)) => {
                (AttemptKind::Code, code::request(&usable, &redirect_url)?)
            }
            (Scheme::OAuth1(oauth1), _) if oauth1.legs == Legs::Three => {
                let request = self
                    .ask_temporary(&registry, &usable, &redirect_url)
                    .await?;
                (AttemptKind::OAuth1, request)
            }
            _ => return Err(ConnectionError::needs_no_consent(link)),
        };
        let expires_at = registry.now() + millis(LIFETIME);
        let carried = self.carried(link, options, request.verifier.clone());
        let attempt = registry.write(|rows| {
            check_as_loaded(rows, &usable)?;
            rows.insert_attempt(&NewAttempt {
                connection: usable.connection.id,
                owner: &usable.credential.owner,
                service: &usable.service.name,
                kind,
                handle: &request.state,
                carried: &carried,
                client: usable.client.as_ref().map(|client| client.id),
                redirect_uri: Some(&redirect_url),
                scopes: &usable.connection.scopes,
                issuer: request.issuer.as_deref(),
                browser: options.browser.as_deref(),
                poll_interval: None,
                expires_at,
            })
        })?;
        Ok(Started {
            address: request.address.into(),
            redirect_url,
            expires_at,
            valid_for: LIFETIME,
            attempt,
        })
    }

    /// What an attempt for `link` takes along.
    fn carried(&self, link: &str, options: &StartOptions, secret: Option<SecretString>) -> Carried {
        Carried {
            secret,
            fields: options.secrets.clone(),
            wishes: self.wishes(link),
            no_verify: options.no_verify,
        }
    }

    /// Takes the answer to a consent: the address the browser ended at, or its query. `link` is the
    /// connection it must be for; `None`: any. `browser` is the cookie of the browser that brings
    /// it, if one does. `verify`: whether it is shown to work, unless whoever began it said no.
    ///
    /// # Errors
    /// C0001, C0020 to C0025, C0030; then those of [`connect`](Self::connect). A wrong answer is refused
    /// before anything is sent.
    pub async fn finish_authorization(
        &self,
        link: Option<&str>,
        answer: &SecretString,
        browser: Option<&str>,
        verify: bool,
    ) -> Result<Finished, ConnectionError> {
        let answer = Answer::parse(answer.expose_secret())?;
        let registry = self.store.writing()?;
        let (attempt, mut usable) = self.take(&registry, link, &answer, browser)?;
        let link = usable.connection.link_name.clone();
        let verify = verify && !attempt.carried.no_verify;
        debug!("an answer for `{link}` came, attempt {}", attempt.id);
        let ended = self
            .finish(&registry, &attempt, &mut usable, &answer, verify)
            .await;
        match &ended {
            Err(End::Open(_)) => {
                let release = || registry.write(|rows| rows.release_attempt(attempt.id));
                note(patiently(&link, release).await);
            }
            Err(End::Over(error)) => note_end(&registry, &attempt, &link, Err(error)).await,
            Ok(connected) => note_end(&registry, &attempt, &link, Ok(connected)).await,
        }
        match ended {
            Ok(connected) => Ok(Finished {
                link,
                owner: attempt.owner,
                connected,
            }),
            Err(End::Open(error) | End::Over(error)) => Err(error),
        }
    }

    /// The first leg of OAuth 1.0: a temporary token, and the address where a person consents to it.
    async fn ask_temporary(
        &self,
        registry: &Registry,
        usable: &Usable,
        redirect_url: &str,
    ) -> Result<ConsentRequest, ConnectionError> {
        let with = self.renewing(registry, self.store.settings.limits);
        let now = self.signing_time(usable);
        let endpoints = Endpoints::new(with.transport, usable, now, with.limits);
        let temporary = match endpoints.temporary(redirect_url).await {
            Ok(temporary) => temporary,
            Err(failure) => {
                return Err(self.token_failed(registry, usable, failure, Asked::Temporary, 1)?);
            }
        };
        Ok(ConsentRequest {
            address: oauth1::address(usable, &temporary.token)?,
            state: temporary.token.expose_secret().to_owned(),
            verifier: Some(temporary.secret),
            issuer: None,
        })
    }

    /// How an attempt ended, whichever process finished it. `None`: it is under way.
    ///
    /// # Errors
    /// The one the attempt ended with; C0020 when it is gone; those of the registry.
    pub fn attempt_outcome(&self, attempt: i64) -> Result<Option<Finished>, ConnectionError> {
        let registry = self.store.reading()?;
        let found = registry.read(|rows| {
            let Some(attempt) = rows.attempt_again(attempt)? else {
                return Ok(None);
            };
            let connection = rows.connection_by_id(attempt.connection)?;
            Ok(connection.map(|connection| (connection.link_name, attempt.owner, attempt.outcome)))
        })?;
        let gone = || ConnectionError::unknown_attempt("an authorisation that is gone");
        let (link, owner, outcome) = found.ok_or_else(gone)?;
        match outcome {
            None => Ok(None),
            Some(outcome) => {
                let connected = outcome::read(&outcome).ok_or_else(gone)??;
                Ok(Some(Finished {
                    link,
                    owner,
                    connected,
                }))
            }
        }
    }

    /// Gives an attempt up: its answer is not known any more. One that has ended stays as it is.
    ///
    /// # Errors
    /// Those of the registry.
    pub fn cancel_authorization(&self, attempt: i64) -> Result<(), ConnectionError> {
        let registry = self.store.writing()?;
        registry.write(|rows| rows.forget_attempt(attempt))
    }

    /// Finds the attempt an answer belongs to and marks it used: an answer counts once.
    fn take(
        &self,
        registry: &Registry,
        link: Option<&str>,
        answer: &Answer,
        browser: Option<&str>,
    ) -> Result<(Attempt, Usable), ConnectionError> {
        let (kind, handle) = match answer.text("state") {
            Some(state) => (AttemptKind::Code, state),
            None => match oauth1::token(answer)? {
                Some(token) => (AttemptKind::OAuth1, token),
                None => return Err(ConnectionError::unknown_attempt("no state")),
            },
        };
        let unknown = |found: &str| match kind {
            AttemptKind::OAuth1 => oauth1::unknown(&format!("{found} token")),
            _ => ConnectionError::unknown_attempt(&format!("{found} state")),
        };
        let found = registry.read(|rows| rows.attempt(kind, handle))?;
        let attempt = found
            .filter(|attempt| attempt.belongs_to(browser))
            .ok_or_else(|| unknown("another"))?;
        if let Some(at) = attempt.used_at {
            return Err(ConnectionError::attempt_used(at));
        }
        let now = registry.now();
        if now > attempt.expires_at {
            let since = |start: i64| Duration::from_millis(u64::try_from(now - start).unwrap_or(0));
            return Err(ConnectionError::attempt_expired(
                since(attempt.created_at),
                LIFETIME,
            ));
        }
        let mut usable = registry.load_attempt(&attempt)?;
        usable.attempt.extend(answer.secrets());
        if link.is_some_and(|link| link != usable.link()) {
            return Err(unknown("another connection's"));
        }
        quirk::check_signature(&usable, answer)?;
        if !registry.write(|rows| rows.take_attempt(attempt.id))? {
            return Err(ConnectionError::attempt_used(now));
        }
        Ok((attempt, usable))
    }

    async fn finish(
        &self,
        registry: &Registry,
        attempt: &Attempt,
        usable: &mut Usable,
        answer: &Answer,
        verify: bool,
    ) -> Result<Connected, End> {
        let with = self.renewing(registry, self.store.settings.limits);
        self.check_issuer(attempt, usable, answer, &with).await?;
        let consented = consented(registry, attempt, usable, answer).map_err(End::Over)?;
        take_fields(usable, answer).map_err(End::Over)?;
        quirk::take_accounts_server(usable, answer).map_err(End::Over)?;

        let link = usable.connection.link_name.clone();
        let _turn = self
            .http
            .renewals
            .turn(usable.credential.id, &link, &with)
            .await
            .map_err(End::Open)?;
        // Nothing is asked for one that was forgotten while it waited.
        still_known(registry, attempt.id, usable).map_err(End::Over)?;
        let limits = self.store.settings.limits;
        let asked = match consented {
            Consented::Code(code) => {
                let grant = Grant::AuthorizationCode {
                    code: &code,
                    verifier: attempt.carried.secret.as_ref(),
                    redirect_uri: attempt.redirect_uri.as_deref().unwrap_or_default(),
                };
                exchanged(&with, usable, grant).await
            }
            Consented::Temporary(temporary, verifier) => {
                let now = self.signing_time(usable);
                Endpoints::new(with.transport, usable, now, limits)
                    .token(temporary, verifier)
                    .await
            }
        };
        let token = match asked {
            Ok(token) => token,
            Err(failure) => {
                let passing = matches!(failure, TokenFailure::Passing { .. });
                // A failure is noted whatever others renewed meanwhile; that of an attempt that was forgotten is not.
                still_known(registry, attempt.id, usable).ok();
                let error = self
                    .token_failed(registry, usable, failure, Asked::Token, 1)
                    .map_err(End::Over)?;
                return Err(if passing {
                    End::Open(error)
                } else {
                    End::Over(error)
                });
            }
        };
        still_known(registry, attempt.id, usable).map_err(End::Over)?;
        self.complete_consent(registry, usable, token, verify)
            .await
            .map_err(End::Over)
    }

    /// RFC 9207: whoever names the issuer names the expected one; and whoever promised to name it
    /// does so, but for errors, where known servers leave it out.
    async fn check_issuer(
        &self,
        attempt: &Attempt,
        usable: &Usable,
        answer: &Answer,
        with: &Renewing<'_>,
    ) -> Result<(), End> {
        let Some(expected) = attempt.issuer.as_deref() else {
            return Ok(());
        };
        match answer.text("iss") {
            Some(found) if found == expected => Ok(()),
            Some(found) => {
                let is_secret = usable.is_secret_in(found);
                let found = if is_secret { "another issuer" } else { found };
                Err(End::Over(ConnectionError::issuer(Some(found), expected)))
            }
            None if answer.text("error").is_some() => Ok(()),
            None => match self.http.discovery.metadata(usable, with).await {
                Ok(Some(metadata)) if metadata.announces_issuer => {
                    Err(End::Over(ConnectionError::issuer(None, expected)))
                }
                Ok(_) => Ok(()),
                Err(error) if error.kind() == Code::Discovery => Err(End::Over(error)),
                Err(error) => Err(End::Open(error)),
            },
        }
    }
}

/// Notes how an attempt ended, for whoever waits for that. The end itself says more than a note that fails.
async fn note_end(
    registry: &Registry,
    attempt: &Attempt,
    link: &str,
    end: Result<&Connected, &ConnectionError>,
) {
    let told = outcome::write(end);
    let write = || registry.write(|rows| rows.end_attempt(attempt.id, &told));
    note(match end {
        Ok(_) => patiently(link, write).await,
        Err(_) => write(),
    });
}

/// Whether an attempt still counts, once the turn is had, and again once its token has come: what a person consented to may have
/// changed meanwhile. Renewals of the token before it do not matter, so the credential is the one that is stored now.
///
/// # Errors
/// C0020 when it was forgotten.
fn still_known(
    registry: &Registry,
    attempt: i64,
    usable: &mut Usable,
) -> Result<(), ConnectionError> {
    usable.credential.generation = generation_now(registry, attempt, usable.credential.id)?;
    Ok(())
}

/// Which generation of a credential is stored, as long as the attempt to replace it counts.
///
/// # Errors
/// C0020 when it was forgotten.
fn generation_now(
    registry: &Registry,
    attempt: i64,
    credential: i64,
) -> Result<i64, ConnectionError> {
    let stored = registry.read(|rows| match rows.attempt_again(attempt)? {
        Some(_) => rows.generation(credential),
        None => Ok(None),
    })?;
    stored.ok_or_else(|| ConnectionError::unknown_attempt("an authorisation that is gone"))
}

/// The token of a code; with the quirk `facebook_exchange` the one that lives longer.
async fn exchanged(
    with: &Renewing<'_>,
    usable: &Usable,
    grant: Grant<'_>,
) -> Result<NewToken, TokenFailure> {
    let token = token::request(with, usable, grant).await?;
    if !usable.service.has_quirk(Quirk::FacebookExchange) {
        return Ok(token);
    }
    let longer = Grant::FacebookExchange(&token.access_token);
    let longer = token::request(with, usable, longer).await?;
    Ok(NewToken {
        granted_scopes: longer.granted_scopes.or(token.granted_scopes),
        ..longer
    })
}

/// What a person's consent brought.
enum Consented {
    /// OAuth 2.0: the code.
    Code(SecretString),
    /// OAuth 1.0: what was asked for before, and the verifier.
    Temporary(Temporary, SecretString),
}

/// Reads what the person decided, and notes a refusal.
///
/// # Errors
/// C0023 to C0025, C0030, C0033.
fn consented(
    registry: &Registry,
    attempt: &Attempt,
    usable: &Usable,
    answer: &Answer,
) -> Result<Consented, ConnectionError> {
    let is_oauth1 = matches!(usable.service.scheme, Scheme::OAuth1(_));
    let refused = if is_oauth1 {
        match oauth1::verifier(usable, answer) {
            Ok(verifier) => {
                let temporary = Temporary {
                    token: answer.secret("oauth_token").unwrap_or_default(),
                    secret: attempt.carried.secret.clone().unwrap_or_default(),
                };
                return Ok(Consented::Temporary(temporary, verifier));
            }
            Err(refused) => refused,
        }
    } else {
        match answer.text("error") {
            Some(word) => refusal(usable, answer, word),
            None => {
                let code = answer.secret("code");
                return code
                    .map(Consented::Code)
                    .ok_or_else(|| ConnectionError::pasted_text("no code"));
            }
        }
    };
    let (reason, error) = refused;
    registry.fail_connect(usable, reason, &error)?;
    Err(error)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// How a finish that brought no token leaves its attempt.
enum End {
    /// The service could not be asked: the same answer may be brought again.
    Open(ConnectionError),
    Over(ConnectionError),
}

/// What an error in the answer means (RFC 6749, 4.1.2.1).
fn refusal(usable: &Usable, answer: &Answer, word: &str) -> (Reason, ConnectionError) {
    let service = &usable.service.name;
    let aliases = usable.oauth2().map(|oauth2| &oauth2.error_aliases);
    let word = aliases
        .and_then(|aliases| aliases.get(word))
        .map_or(word, String::as_str);
    if word == "access_denied" {
        return (Reason::Denied, ConnectionError::denied(service));
    }
    let safe = |text: &str, longest: usize| -> String {
        if usable.is_secret_in(text) {
            return String::new();
        }
        let visible = text.chars().filter(|character| !character.is_control());
        visible.take(longest).collect()
    };
    let word = if token::is_known_word(word) {
        word.to_owned()
    } else {
        match safe(word, 60) {
            unnamed if unnamed.is_empty() => "an unnamed error".to_owned(),
            word => word,
        }
    };
    let description = safe(answer.text("error_description").unwrap_or_default(), 200);
    let error = ConnectionError::callback_error(service, &word, &description);
    (Reason::Error, error)
}

/// Takes the fields of the service that come with the answer.
///
/// # Errors
/// C0038 for a value off its pattern, one that repeats a secret, or a missing one.
fn take_fields(usable: &mut Usable, answer: &Answer) -> Result<(), ConnectionError> {
    let service = usable.service.clone();
    for field in &service.fields {
        let FieldSource::Callback(parameter) = &field.from else {
            continue;
        };
        match answer.text(parameter) {
            Some(value) if usable.is_secret_in(value) => return Err(secret_told(field)),
            Some(value) => usable.find(field, value)?,
            None if field.optional => {}
            None => {
                let found = format!("found no `{parameter}` in the answer of the service");
                return Err(ConnectionError::value_only_from_service(
                    &field.name,
                    &found,
                ));
            }
        }
    }
    Ok(())
}

/// Whether a service wants proof of possession of the code, and the kind of it.
fn pkce(usable: &Usable) -> Pkce {
    usable.oauth2().map_or(Pkce::S256, |oauth2| oauth2.pkce)
}

/// The request for a consent.
struct ConsentRequest {
    address: url::Url,
    /// State or temporary token.
    state: String,
    /// PKCE verifier or temporary secret.
    verifier: Option<SecretString>,
    issuer: Option<String>,
}
