//! Connecting: from secrets or a first token to a connection that is shown to work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::time::sleep;
use tracing::warn;

use crate::Connections;
use crate::connection::{NewToken, Reason, Verified};
use crate::error::{Code, ConnectionError};
use crate::lookup::check_told_fields;
use crate::refresh::Failure;
use crate::registry::{Registry, check_unchanged};
use crate::send::note;
use crate::service::{GrantType, Legs, Scheme, Service};
use crate::token::{Asked, Grant, TokenFailure};
use crate::usable::Usable;
use crate::verify::{Outcome, UNCHECKED, Verification};

/// So long what a service answered is kept in memory, to be stored as soon as nobody else holds the registry.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Between two tries, each of which waits for the registry as long as the settings say.
const PAUSE: Duration = Duration::from_millis(100);

/// How a connection was shown to work when it was connected.
pub type Connected = Verification;

/// Whom connecting needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Nobody: its secrets are enough.
    NotNeeded,
    /// A person, in a browser of this machine or any other.
    Browser,
    /// A person, on another device.
    Device,
}

impl Connections {
    /// Whom connecting `link` needs.
    ///
    /// # Errors
    /// C0001.
    pub fn consent(&self, link: &str) -> Result<Consent, ConnectionError> {
        let registry = self.store.reading()?;
        let (scheme, grant) = registry.read(|rows| {
            let connection = crate::registry::find(rows, link)?;
            let service = registry.service(rows, &connection.service)?;
            Ok((service.scheme.clone(), connection.grant_type))
        })?;
        Ok(match (scheme, grant) {
            (Scheme::OAuth2(_), Some(GrantType::AuthorizationCode)) => Consent::Browser,
            (Scheme::OAuth1(oauth1), _) if oauth1.legs == Legs::Three => Consent::Browser,
            (Scheme::OAuth2(_), Some(GrantType::DeviceCode)) => Consent::Device,
            _ => Consent::NotNeeded,
        })
    }

    /// Authorises a connection of a kind that needs no consent: takes its secrets, gets the first
    /// token where there is one, and verifies. Secrets that are stored already need not be given.
    /// Nothing stored before is lost unless this succeeds.
    ///
    /// # Errors
    /// C0001, C0010, C0026, C0027, C0034, C0036, C0038, C0039, C0043, C0045, C0049, those of a
    /// request, and those of the registry. After C0038 with choices, [`choose`](Self::choose) goes on.
    pub async fn connect(
        &self,
        link: &str,
        secrets: BTreeMap<String, SecretString>,
        verify: bool,
    ) -> Result<Connected, ConnectionError> {
        let registry = self.store.writing()?;
        let owner = &self.store.settings.owner;
        let mut usable = registry.load_to_connect(link, owner)?;
        usable.enter(secrets.clone())?;
        let with = self.renewing(&registry, self.store.settings.limits);
        let _turn = self
            .http
            .renewals
            .turn(usable.credential.id, link, &with)
            .await?;
        // Others may have changed it while they had the turn.
        let before = usable;
        usable = registry.load_to_connect(link, owner)?;
        usable.check_is_of(&before)?;
        usable.enter(secrets)?;
        let token = self.first_token(&registry, &usable).await?;
        self.complete(&registry, &mut usable, token, verify).await
    }

    /// What follows the token that a person consented to. Where that person has still to choose a value, any process can
    /// go on: nobody should have to consent twice.
    pub(crate) async fn complete_consent(
        &self,
        registry: &Registry,
        usable: &mut Usable,
        token: NewToken,
        verify: bool,
    ) -> Result<Connected, ConnectionError> {
        let connected = self.complete(registry, usable, Some(token), verify).await;
        let field = usable.service.lookup.as_ref().map(|lookup| &lookup.field);
        match (connected, field) {
            (Err(error), Some(field)) if !error.choices().is_empty() => {
                let help = format!(
                    "the consent is kept; go on with `freshet connection connect {} --set {field}=VALUE`",
                    usable.link()
                );
                Err(error.with_help(&help))
            }
            (connected, _) => connected,
        }
    }

    /// What follows the first token, or the secrets alone: what only the service knows, then
    /// verification, and only then storing (rows 3 to 5). Where a person has still to choose a value, the registry keeps
    /// what there is, so that any process can go on with it or end it.
    pub(crate) async fn complete(
        &self,
        registry: &Registry,
        usable: &mut Usable,
        token: Option<NewToken>,
        verify: bool,
    ) -> Result<Connected, ConnectionError> {
        if let Some(token) = &token {
            usable.credential.access_token = Some(token.access_token.clone());
            usable
                .credential
                .token_secret
                .clone_from(&token.token_secret);
            if token.refresh_token.is_some() {
                // What the service says next may repeat it.
                usable
                    .credential
                    .refresh_token
                    .clone_from(&token.refresh_token);
            }
            usable.credential.found.extend(token.found.clone());
            let still = registry.check_connecting(usable);
            still.map_err(|error| lost(error, usable, Some(token)))?;
        }
        let known = match check_told_fields(usable) {
            Ok(()) => self.look_up(usable).await,
            unknown => unknown,
        };
        if let Err(error) = known {
            if !error.choices().is_empty() {
                let park = || {
                    registry.write(|rows| {
                        check_unchanged(rows, usable)?;
                        rows.park(usable, token.as_ref(), error.choices(), verify)
                    })
                };
                let parked = patiently(usable.link(), park).await;
                parked.map_err(|error| lost(error, usable, token.as_ref()))?;
            }
            note(registry.record_error(usable, &error));
            return Err(error);
        }
        self.settle(registry, usable, token, verify).await
    }

    /// Verification, and storing.
    pub(crate) async fn settle(
        &self,
        registry: &Registry,
        usable: &mut Usable,
        token: Option<NewToken>,
        verify: bool,
    ) -> Result<Connected, ConnectionError> {
        let begun = Instant::now();
        let issued = token.as_ref();
        let is_on = registry.check_connecting(usable);
        let is_on = is_on.map_err(|error| lost(error, usable, issued))?;
        let outcome = if verify && is_on {
            self.check(registry, usable, false).await
        } else {
            Ok(UNCHECKED)
        };
        let (status, account) = match outcome {
            Ok(Outcome::Passed { status, account }) => (status, account),
            Ok(Outcome::Rejected(error)) => {
                registry.fail_connect(usable, Reason::Rejected, &error)?;
                return Err(error);
            }
            Ok(Outcome::Failed(error)) | Err(error) => {
                registry.record_error(usable, &error)?;
                return Err(error);
            }
        };
        let verified = status.map(|_| Verified {
            account: account.clone(),
        });
        let store = || registry.finish_connect(usable, issued, verified.as_ref());
        let stored = patiently(usable.link(), store).await;
        stored.map_err(|error| lost(error, usable, issued))?;
        let granted = token.and_then(|token| token.granted_scopes);
        Ok(Verification {
            status,
            account,
            elapsed: begun.elapsed(),
            warnings: fewer_scopes(&usable.connection.scopes, granted.as_deref())
                .into_iter()
                .collect(),
        })
    }

    /// The first token; `None` for schemes without tokens.
    async fn first_token(
        &self,
        registry: &Registry,
        usable: &Usable,
    ) -> Result<Option<NewToken>, ConnectionError> {
        let service = &usable.service;
        let grant = match (&service.scheme, usable.connection.grant_type) {
            (Scheme::Basic { .. } | Scheme::ApiKey(_), _) => return Ok(None),
            (Scheme::OAuth1(oauth1), _) => {
                return match oauth1.legs {
                    Legs::Two | Legs::Entered => Ok(None),
                    Legs::Three => Err(ConnectionError::needs_consent(&service.name)),
                };
            }
            (Scheme::OAuth2(_), Some(grant)) => {
                Grant::first(grant).ok_or_else(|| ConnectionError::needs_consent(&service.name))?
            }
            // Every connection of such a service has one; a row that was tampered with may not.
            (Scheme::OAuth2(_), None) => return Err(no_grant(service)),
        };
        let with = self.renewing(registry, self.store.settings.limits);
        let asked = self.http.renewals.ask_patiently(usable, grant, &with).await;
        match asked {
            Ok(token) => Ok(Some(token)),
            Err(Failure::Token(failure, tries)) => {
                Err(self.token_failed(registry, usable, failure, Asked::Token, tries)?)
            }
            Err(Failure::NoGrant) => Err(no_grant(service)),
        }
    }

    /// Notes that a first token was not to be had (connections, 6.5, "connecting"), and tells why.
    ///
    /// # Errors
    /// Those of the registry.
    pub(crate) fn token_failed(
        &self,
        registry: &Registry,
        usable: &Usable,
        failure: TokenFailure,
        asked: Asked,
        tries: u32,
    ) -> Result<ConnectionError, ConnectionError> {
        let denied =
            matches!(&failure, TokenFailure::Refused(refusal) if refusal.word == "access_denied");
        let reason = match &failure {
            TokenFailure::Refused(_) if denied => Some(Reason::Denied),
            TokenFailure::Refused(_) | TokenFailure::Unreadable(_) => Some(Reason::Error),
            TokenFailure::Passing { .. } | TokenFailure::Other(_) => None,
        };
        let service = &usable.service.name;
        let error = if denied {
            ConnectionError::denied(service)
        } else {
            failure.while_connecting(service, asked, tries)
        };
        match reason {
            Some(reason) => registry.fail_connect(usable, reason, &error)?,
            None => registry.record_error(usable, &error)?,
        }
        Ok(error)
    }
}

/// Stores what a service answered. As long as another process holds the registry this goes on trying: what was issued is
/// issued once, and the answer of a person counts once.
///
/// # Errors
/// Those of `store`; C0085 when the registry was held longer than that is waited for.
pub(crate) async fn patiently<T>(
    link: &str,
    store: impl Fn() -> Result<T, ConnectionError>,
) -> Result<T, ConnectionError> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        match store() {
            Err(busy) if busy.kind() == Code::RegistryBusy && begun.elapsed() < PATIENCE => {
                if !told {
                    warn!(
                        "{}; what the service of `{link}` answered is kept in memory, and stored when that process lets \
                         go (tried for at most 10 minutes, and while this process runs)",
                        busy.message()
                    );
                    told = true;
                }
                sleep(PAUSE).await;
            }
            ended => return ended,
        }
    }
}

/// The error for what a service issued and the registry does not hold, so that nobody can end it from here.
fn lost(error: ConnectionError, usable: &Usable, issued: Option<&NewToken>) -> ConnectionError {
    if issued.is_none() {
        return error;
    }
    let service = &usable.service.name;
    let next = match (error.kind(), error.help()) {
        (Code::UnknownLink | Code::NeedsAuthorisation, Some(help)) => help.to_owned(),
        _ => format!("then run `freshet connection connect {}`", usable.link()),
    };
    error.with_help(&format!(
        "end at {service} the access it has just granted, which is not stored here; {next}"
    ))
}

/// A connection of a service with grant types has none.
fn no_grant(service: &Service) -> ConnectionError {
    let known: Vec<String> = service
        .grant_types()
        .into_iter()
        .map(str::to_owned)
        .collect();
    ConnectionError::grant_type("", &known)
}

/// The warning C0035, when the service says that it granted less than was asked for.
pub(crate) fn fewer_scopes(
    asked: &[String],
    granted: Option<&[String]>,
) -> Option<ConnectionError> {
    let granted = granted?;
    let missing = asked.iter().any(|scope| !granted.contains(scope));
    missing.then(|| ConnectionError::fewer_scopes(asked, granted))
}
