//! Authorisation on another device (RFC 8628): a person opens an address anywhere, enters a code,
//! and consents there, while this process asks whether that has been done.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{Finished, StartOptions, generation_now, millis, note_end, still_known};
use crate::Connections;
use crate::connect::Connected;
use crate::error::ConnectionError;
use crate::refresh::Renewing;
use crate::registry::{AttemptKind, NewAttempt, Registry, check_as_loaded};
use crate::service::{GrantType, Legs, Scheme, Service};
use crate::token::{self, Asked, DeviceWait, Grant, TokenFailure};
use crate::transport::{Exchange, Sending, Transport};
use crate::usable::Usable;

/// A code that a person is to confirm.
#[derive(Debug)]
pub struct DeviceStarted {
    /// Where it is entered.
    pub address: String,
    /// The same with the code in it, where the service has such an address.
    pub complete: Option<String>,
    /// What is entered there.
    pub code: String,
    /// The scopes asked for: the person should see the same ones there.
    pub scopes: Vec<String>,
    /// How long it may take.
    pub valid_for: Duration,
    /// By which it is waited for.
    pub attempt: i64,
}

impl Connections {
    /// Whether `link` can be authorised on another device, whatever its own grant type.
    ///
    /// # Errors
    /// C0001, C0042.
    pub fn offers_device(&self, link: &str) -> Result<bool, ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| {
            let connection = crate::registry::find(rows, link)?;
            let service = registry.service(rows, &connection.service)?;
            Ok(service
                .grant_types()
                .contains(&GrantType::DeviceCode.as_str()))
        })
    }

    /// Refuses a connection that cannot be authorised on another device, before anything is asked for it.
    ///
    /// # Errors
    /// C0001, C0042, C0049.
    pub fn needs_device_grant(&self, link: &str) -> Result<(), ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| {
            let connection = crate::registry::find(rows, link)?;
            let service = registry.service(rows, &connection.service)?;
            Ok(knows_device(link, &service)?)
        })
    }

    /// Asks the service for a code and stores the attempt. Of the options, port and browser mean nothing here.
    ///
    /// # Errors
    /// C0001, C0010, C0026, C0027, C0039, C0049 where the service knows no such grant, C0062 where
    /// its definition lacks the address, C0003 when somebody changed the connection while the service was asked, and
    /// those of the registry.
    pub async fn start_device(
        &self,
        link: &str,
        options: &StartOptions,
    ) -> Result<DeviceStarted, ConnectionError> {
        let registry = self.store.writing()?;
        let mut usable = registry.load_to_connect(link, &self.store.settings.owner)?;
        usable.enter(options.secrets.clone())?;
        knows_device(link, &usable.service)?;
        usable.client()?;
        let with = self.renewing(&registry, self.store.settings.limits);
        let code = match token::device_code(&with, &usable).await {
            Ok(code) => code,
            Err(failure) => {
                return Err(self.token_failed(
                    &registry,
                    &usable,
                    failure,
                    Asked::DeviceCode,
                    1,
                )?);
            }
        };
        let waiting = &code.waiting;
        let carried = self.carried(link, options, Some(waiting.code.clone()));
        let attempt = registry.write(|rows| {
            check_as_loaded(rows, &usable)?;
            rows.insert_attempt(&NewAttempt {
                connection: usable.connection.id,
                owner: &usable.credential.owner,
                service: &usable.service.name,
                kind: AttemptKind::Device,
                handle: waiting.code.expose_secret(),
                carried: &carried,
                client: usable.client.as_ref().map(|client| client.id),
                redirect_uri: None,
                scopes: &usable.connection.scopes,
                issuer: None,
                browser: None,
                poll_interval: i64::try_from(waiting.interval.as_secs()).ok(),
                expires_at: registry.now() + millis(waiting.valid_for),
            })
        })?;
        Ok(DeviceStarted {
            address: code.address,
            complete: code.complete,
            code: code.user_code,
            scopes: usable.connection.scopes.clone(),
            valid_for: waiting.valid_for,
            attempt,
        })
    }

    /// Waits at most `time` until a person has confirmed the code of an attempt.
    ///
    /// # Errors
    /// C0020 for an attempt that is gone, C0022 for one that somebody waits for already, C0023
    /// denied, C0031 too late; then those of [`connect`](Self::connect).
    pub async fn finish_device(
        &self,
        attempt: i64,
        time: Duration,
    ) -> Result<Finished, ConnectionError> {
        let registry = self.store.writing()?;
        let gone = || ConnectionError::unknown_attempt("an authorisation that is gone");
        let found = registry
            .read(|rows| rows.attempt_again(attempt))?
            .ok_or_else(gone)?;
        let code = found.carried.secret.clone().ok_or_else(gone)?;
        let mut usable = registry.load_attempt(&found)?;
        if !registry.write(|rows| rows.take_attempt(attempt))? {
            let at = found.used_at.unwrap_or_else(|| registry.now());
            return Err(ConnectionError::attempt_used(at));
        }
        let interval = found
            .poll_interval
            .and_then(|seconds| u64::try_from(seconds).ok());
        let waiting = DeviceWait {
            code,
            interval: Duration::from_secs(interval.unwrap_or_default()),
            valid_for: time,
        };
        let link = usable.connection.link_name.clone();
        let verify = !found.carried.no_verify;
        let ended = self
            .confirmed(&registry, attempt, &mut usable, &waiting, verify)
            .await;
        note_end(&registry, &found, &link, ended.as_ref()).await;
        ended.map(|connected| Finished {
            link,
            owner: found.owner,
            connected,
        })
    }

    async fn confirmed(
        &self,
        registry: &Registry,
        attempt: i64,
        usable: &mut Usable,
        waiting: &DeviceWait,
        verify: bool,
    ) -> Result<Connected, ConnectionError> {
        let with = self.renewing(registry, self.store.settings.limits);
        let asking = WhileKnown {
            transport: with.transport,
            registry,
            attempt,
            credential: usable.credential.id,
        };
        let asking = Renewing {
            transport: &asking,
            ..with
        };
        let token = match token::request(&asking, usable, Grant::Device(waiting)).await {
            Ok(token) => token,
            Err(TokenFailure::Refused(refusal)) if refusal.word == "expired_token" => {
                let service = &usable.service.name;
                return Err(ConnectionError::device_code_expired(
                    service,
                    waiting.valid_for,
                ));
            }
            Err(failure) => {
                // Nor do the renewals of others keep the failure from being noted; where the attempt was forgotten, it
                // is one of what the connection was before.
                still_known(registry, attempt, usable).ok();
                return Err(self.token_failed(registry, usable, failure, Asked::Token, 1)?);
            }
        };
        // Not before: others renew the old token while a person takes the time.
        let link = usable.connection.link_name.clone();
        let _turn = self
            .http
            .renewals
            .turn(usable.credential.id, &link, &with)
            .await?;
        still_known(registry, attempt, usable)?;
        self.complete_consent(registry, usable, token, verify).await
    }
}

/// Asks only as long as the attempt is known: a person may remove the connection while its code is waited for.
struct WhileKnown<'a> {
    transport: &'a dyn Transport,
    registry: &'a Registry,
    attempt: i64,
    credential: i64,
}

impl Transport for WhileKnown<'_> {
    fn send(&self, exchange: Exchange) -> Sending<'_> {
        match generation_now(self.registry, self.attempt, self.credential) {
            Ok(_) => self.transport.send(exchange),
            Err(gone) => Box::pin(std::future::ready(Err(gone))),
        }
    }
}

/// Refuses a service without codes for other devices.
fn knows_device(link: &str, service: &Service) -> Result<(), ConnectionError> {
    let grants = service.grant_types();
    let device = GrantType::DeviceCode.as_str();
    if grants.contains(&device) {
        return Ok(());
    }
    let known: Vec<String> = grants.into_iter().map(str::to_owned).collect();
    Err(match &service.scheme {
        Scheme::OAuth2(_) => ConnectionError::grant_type(device, &known),
        Scheme::OAuth1(oauth1) if oauth1.legs == Legs::Three => {
            ConnectionError::needs_browser(link)
        }
        _ => ConnectionError::needs_no_consent(link),
    })
}
