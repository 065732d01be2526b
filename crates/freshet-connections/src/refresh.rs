//! One renewal at a time: across threads by a mutex for each credential, across processes by a
//! kernel lock on `locks/<credential id>`, which ends with the process that holds it.
//!
//! Every renewal goes through [`Renewals::renew`]. What a server issued is stored before anyone
//! uses it, since the refresh token that was spent for it may already be dead.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OwnedMutexGuard;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use crate::clock::Clock;
use crate::connection::{Credential, NewToken, Reason};
use crate::discovery::Discovery;
use crate::error::{Code, ConnectionError, shown};
use crate::registry::Registry;
use crate::settings::{Limits, Settings};
use crate::token::{self, Grant, Refusal, TokenFailure};
use crate::transport::Transport;
use crate::usable::Usable;

/// After this long a person is told what a process waits for.
const NOTICE: Duration = Duration::from_secs(1);
/// Between two looks at a lock that another process holds. Asked for again and again rather than
/// waited for in the kernel, because a wait there cannot be given up.
const LOOK: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));
/// A longer `Retry-After` is not waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(10);

/// Why a token is renewed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is past its lead point.
    Due,
    /// The service refused it. The number is the generation that was refused: if another one is
    /// stored by now, that is the new token.
    Refused(i64),
}

impl Why {
    fn in_words(self) -> &'static str {
        match self {
            Why::Due => "it is past its lead point",
            Why::Refused(_) => "the service refused it",
        }
    }
}

/// What renewing needs besides the connection.
pub(crate) struct Renewing<'a> {
    pub registry: &'a Registry,
    pub transport: &'a dyn Transport,
    pub clock: &'a dyn Clock,
    pub limits: Limits,
    pub discovery: &'a Discovery,
}

/// The renewals of this process.
pub(crate) struct Renewals {
    pauses: Vec<Duration>,
    /// One mutex for each credential, in front of the lock between processes.
    turns: Mutex<HashMap<i64, Arc<tokio::sync::Mutex<()>>>>,
    /// Tokens that were issued and could not be stored (C0017), by credential: stored at its next use.
    unstored: Mutex<HashMap<i64, Unstored>>,
}

/// A token that could not be stored.
struct Unstored {
    token: NewToken,
    /// What it takes the place of.
    renewed: Credential,
}

/// The right to change a credential. Ends when dropped.
pub(crate) struct Turn {
    _in_process: OwnedMutexGuard<()>,
    /// Unlocked by closing it.
    _between_processes: File,
}

impl Renewals {
    pub(crate) fn new(settings: &Settings) -> Self {
        Renewals {
            pauses: settings.renewal_pauses.clone(),
            turns: Mutex::default(),
            unstored: Mutex::default(),
        }
    }

    /// Makes the token of a connection fit for use. `true`: a token was requested for it.
    ///
    /// # Errors
    /// C0003 (a person must act), C0009, C0010, C0016, C0017, C0026 and those of the registry.
    pub(crate) async fn freshen(
        &self,
        usable: &mut Usable,
        with: &Renewing<'_>,
    ) -> Result<bool, ConnectionError> {
        if usable.oauth2().is_none() {
            return Ok(false);
        }
        let id = usable.credential.id;
        if usable.credential.reason == Some(Reason::Refused)
            && token::renewal_grant(usable).is_some()
        {
            // Only verification asks for such a one. The old token may be taken for a while yet, though the grant is
            // dead: a new one shows that it is not.
            let refused = Why::Refused(usable.credential.generation);
            return self.renew(usable, refused, with).await;
        }
        let waiting = locked(&self.unstored).contains_key(&id);
        let now = with.clock.now();
        if !waiting && !is_stale(&usable.credential, now) {
            return Ok(false);
        }
        if !waiting && token::renewal_grant(usable).is_none() {
            if is_valid(&usable.credential, now) {
                return Ok(false);
            }
            let error = needs_authorisation(usable, Reason::Expired, None, now);
            with.registry
                .needs_authorisation(usable, Reason::Expired, &error)?;
            return Err(error);
        }
        self.renew(usable, Why::Due, with).await
    }

    /// Gets a new token, or the one that somebody else got meanwhile. `true`: it was requested here.
    pub(crate) async fn renew(
        &self,
        usable: &mut Usable,
        why: Why,
        with: &Renewing<'_>,
    ) -> Result<bool, ConnectionError> {
        let link = usable.connection.link_name.clone();
        let id = usable.credential.id;
        let _turn = self.turn(id, &link, with).await?;
        self.store_kept(usable, with)?;
        *usable = with.registry.load_again(usable)?;
        let now = with.clock.now();
        let settled = match why {
            Why::Due => !is_stale(&usable.credential, now),
            Why::Refused(generation) => usable.credential.generation != generation,
        };
        if settled {
            debug!("the token of `{link}` was renewed by somebody else");
            return Ok(false);
        }
        let before = usable.clone();
        debug!("renewing the token of `{link}`: {}", why.in_words());
        self.request(usable, why, with).await?;
        *usable = with.registry.load_again(&before)?;
        debug!("the token of `{link}` was renewed");
        Ok(true)
    }

    /// Waits until nobody else changes the credential.
    ///
    /// # Errors
    /// C0016 when the time of a call is over before that.
    pub(crate) async fn turn(
        &self,
        id: i64,
        link: &str,
        with: &Renewing<'_>,
    ) -> Result<Turn, ConnectionError> {
        let mutex = Arc::clone(locked(&self.turns).entry(id).or_default());
        // Besides the map and this function, every reference is somebody who holds it or waits.
        let before = Arc::strong_count(&mutex).saturating_sub(2);
        let waiting = async {
            let in_process = mutex.lock_owned().await;
            let file = with.registry.lock_file(id)?;
            lock(&file, id, link).await?;
            Ok(Turn {
                _in_process: in_process,
                _between_processes: file,
            })
        };
        timeout(with.limits.call, waiting)
            .await
            .unwrap_or_else(|_| Err(ConnectionError::busy(link, before.max(1))))
    }

    /// Stores the token of a connection that could not be stored before, whatever state it is in by now. `false`: there
    /// is none for it.
    ///
    /// # Errors
    /// C0001, C0002, C0016, C0017, and those of the registry.
    pub(crate) async fn store_late(
        &self,
        link: &str,
        owner: &str,
        with: &Renewing<'_>,
    ) -> Result<bool, ConnectionError> {
        let usable = with.registry.load_with_credential(link, owner)?;
        let id = usable.credential.id;
        if !locked(&self.unstored).contains_key(&id) {
            return Ok(false);
        }
        let _turn = self.turn(id, link, with).await?;
        self.store_kept(&usable, with)
    }

    /// Stores the token that waits to be stored in the place of those of a credential. It is dropped where somebody else
    /// consented or renewed meanwhile: what that brought is newer.
    fn store_kept(&self, usable: &Usable, with: &Renewing<'_>) -> Result<bool, ConnectionError> {
        let id = usable.credential.id;
        if !locked(&self.unstored).contains_key(&id) {
            return Ok(false);
        }
        let stored = with.registry.reload(usable)?;
        let kept = locked(&self.unstored).remove(&id);
        let Some(kept) = kept.filter(|kept| stored.has_tokens_of(&kept.renewed)) else {
            return Ok(false);
        };
        // As it was when the token was asked for.
        let mut renewed = Usable {
            credential: kept.renewed,
            ..usable.clone()
        };
        self.store(&mut renewed, kept.token, with)?;
        Ok(true)
    }

    /// Drops a token that could not be stored, since the connection was revoked.
    pub(crate) fn forget(&self, id: i64) {
        locked(&self.unstored).remove(&id);
    }

    /// Requests a token and stores it; on failure decides what becomes of the connection.
    async fn request(
        &self,
        usable: &mut Usable,
        why: Why,
        with: &Renewing<'_>,
    ) -> Result<(), ConnectionError> {
        let interrupted = usable.credential.refresh_started_at.is_some();
        with.registry.refresh_started(usable.credential.id)?;
        let failure = match self.ask(usable, interrupted, with).await {
            Ok(token) => return self.store(usable, token, with),
            Err(failure) => failure,
        };

        let service = usable.service.name.clone();
        let link = usable.connection.link_name.clone();
        let now = with.clock.now();
        let error = match failure {
            Failure::NoGrant => needs_authorisation(usable, Reason::Expired, None, now),
            Failure::Token(TokenFailure::Refused(refusal), _) if refusal.ends_authorisation() => {
                return self.refused(usable, &refusal, interrupted, with);
            }
            Failure::Token(TokenFailure::Refused(refusal), _) => {
                let error = format!("{}, {}", refusal.text(), refusal.meaning());
                let client = usable.client.as_ref().map(|client| &client.client_id);
                let error = match client.filter(|_| refusal.word == "invalid_client") {
                    Some(client) => format!("{error} (the client is {})", shown(client)),
                    None => error,
                };
                ConnectionError::renewal_refused(&service, &link, &error)
            }
            Failure::Token(TokenFailure::Passing { cause, .. }, tries) => {
                let error = ConnectionError::passing_failure(&service, &cause, tries);
                if why == Why::Due && is_valid(&usable.credential, now) {
                    warn!("{error}; the token of `{link}` is still valid and was used");
                    with.registry.refresh_failed(usable, &error)?;
                    return Ok(());
                }
                error
            }
            Failure::Token(TokenFailure::Unreadable(found), _) => {
                ConnectionError::token_reply_unreadable(&service, &found)
            }
            Failure::Token(TokenFailure::Other(error), _) => error,
        };
        with.registry.refresh_failed(usable, &error)?;
        // What somebody did meanwhile says more.
        with.registry.load_again(usable)?;
        Err(error)
    }

    /// Asks for a token. After a renewal that was cut off by a crash the server may have spent the
    /// stored refresh token, or may still honour the one before it: both are tried, once each.
    async fn ask(
        &self,
        usable: &Usable,
        interrupted: bool,
        with: &Renewing<'_>,
    ) -> Result<NewToken, Failure> {
        let Some(grant) = token::renewal_grant(usable) else {
            return Err(Failure::NoGrant);
        };
        let previous = usable.credential.previous_refresh_token.as_ref();
        match (
            self.ask_patiently(usable, grant, with).await,
            grant,
            previous,
        ) {
            (
                Err(Failure::Token(TokenFailure::Refused(refusal), _)),
                Grant::Refresh(_),
                Some(previous),
            ) if interrupted && refusal.word == "invalid_grant" => {
                self.ask_patiently(usable, Grant::Refresh(previous), with)
                    .await
            }
            (outcome, ..) => outcome,
        }
    }

    /// Sends a token request again after a pause as long as it fails in passing, and nobody changed what it is for.
    pub(crate) async fn ask_patiently(
        &self,
        usable: &Usable,
        grant: Grant<'_>,
        with: &Renewing<'_>,
    ) -> Result<NewToken, Failure> {
        let mut tries = 0;
        loop {
            let failure = match token::request(with, usable, grant).await {
                Ok(token) => return Ok(token),
                Err(failure) => failure,
            };
            let pause = self.pauses.get(tries).copied();
            tries += 1;
            match (&failure, pause) {
                (TokenFailure::Passing { retry_after, .. }, Some(pause))
                    if retry_after.is_none_or(|wait| wait <= LONGEST_RETRY_AFTER) =>
                {
                    sleep(retry_after.unwrap_or(pause)).await;
                    if with.registry.is_as_loaded(usable).unwrap_or(false) {
                        continue;
                    }
                }
                _ => {}
            }
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            return Err(Failure::Token(failure, tries));
        }
    }

    /// The grant was refused. Unless another process has stored a token since, a person must act.
    fn refused(
        &self,
        usable: &mut Usable,
        refusal: &Refusal,
        interrupted: bool,
        with: &Renewing<'_>,
    ) -> Result<(), ConnectionError> {
        let stored = with.registry.reload(usable)?;
        if stored.generation != usable.credential.generation {
            usable.credential = stored;
            return Ok(());
        }
        let earlier = "; an earlier renewal was cut off, and its";
        let story = if interrupted {
            format!(
                "{}{earlier} answer was lost or could not be stored",
                refusal.text()
            )
        } else if with
            .registry
            .read(|rows| rows.follows_a_cut_off(stored.id))?
        {
            // A service that takes a refresh token once ends all that came from the consent when it comes again.
            let late = "request may have arrived after the last one";
            format!("{}{earlier} {late}", refusal.text())
        } else {
            refusal.text()
        };
        let error = needs_authorisation(usable, Reason::Refused, Some(&story), with.clock.now());
        with.registry
            .needs_authorisation(usable, Reason::Refused, &error)?;
        Err(error)
    }

    /// Stores a token before it is used.
    ///
    /// # Errors
    /// C0001 if the connection was removed meanwhile. C0017 if it cannot be stored: it is kept in memory then and stored
    /// at the next use.
    fn store(
        &self,
        usable: &mut Usable,
        token: NewToken,
        with: &Renewing<'_>,
    ) -> Result<(), ConnectionError> {
        match with.registry.store_renewed(usable, &token) {
            Ok(credential) => {
                usable.credential = credential;
                Ok(())
            }
            Err(removed) if removed.kind() == Code::UnknownLink => Err(removed),
            Err(cause) => {
                let renewed = usable.credential.clone();
                locked(&self.unstored).insert(renewed.id, Unstored { token, renewed });
                Err(ConnectionError::token_not_stored(
                    &usable.connection.link_name,
                    &cause,
                ))
            }
        }
    }
}

/// Why a renewal brought no token.
pub(crate) enum Failure {
    /// There is nothing to renew it with.
    NoGrant,
    /// The token endpoint; and how often it was asked.
    Token(TokenFailure, u32),
}

/// Whether a token is to be renewed before it is used.
fn is_stale(credential: &Credential, now: i64) -> bool {
    credential.access_token.is_none() || credential.is_due(now)
}

/// Whether there is a token that may still be used.
fn is_valid(credential: &Credential, now: i64) -> bool {
    credential.access_token.is_some() && !credential.is_expired(now)
}

fn needs_authorisation(
    usable: &Usable,
    reason: Reason,
    story: Option<&str>,
    now: i64,
) -> ConnectionError {
    let words = match story {
        Some(story) => format!("{} ({story})", reason.in_words()),
        None => reason.in_words().to_owned(),
    };
    ConnectionError::needs_authorisation(&usable.connection.link_name, &words, Some(now))
}

/// Takes the lock between processes; says so once when it takes longer.
async fn lock(file: &File, id: i64, link: &str) -> Result<(), ConnectionError> {
    let begun = Instant::now();
    let (mut pause, longest) = LOOK;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(cause)) => {
                let path = format!("locks/{id}");
                return Err(ConnectionError::registry_write(
                    Path::new(&path),
                    &cause.to_string(),
                ));
            }
            Err(TryLockError::WouldBlock) => {}
        }
        if !told && begun.elapsed() >= NOTICE {
            warn!("waiting for another process that connects or renews `{link}`");
            told = true;
        }
        sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// A map stays whole whatever panics while it is locked: nothing here changes it in two steps.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
