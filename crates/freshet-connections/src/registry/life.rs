//! What requests do to a connection: opening it for use, and every change of state they bring
//! (connections, 1). Each change is one transaction with its audit row.

use super::Registry;
use super::attempts::Attempt;
use super::audit::{CUT_OFF, Subject, whose};
use super::carried::Parked;
use super::credentials::{Event, gone};
use super::rows::{Failure, Rows};
use crate::connection::{
    Client, Connection, Credential, NewToken, Reason, Status, Verified, VerifyOutcome,
};
use crate::error::ConnectionError;
use crate::manage::DEFAULT_CLIENT;
use crate::suggest::nearest;
use crate::usable::Usable;

/// "Last used" is written at most so often, in milliseconds.
const USED_EVERY: i64 = 60_000;

impl Registry {
    /// The connection a script names, ready to send.
    ///
    /// # Errors
    /// C0001 unknown, C0002 to C0005 by its state, C0083 when its secrets do not open.
    pub fn load_for_use(&self, link: &str, owner: &str) -> Result<Usable, ConnectionError> {
        let usable = self.read(|rows| {
            let connection = find(rows, link)?;
            if connection.disabled {
                return Err(ConnectionError::disabled(
                    link,
                    rows.last_at(connection.id, "disable", "")?,
                )
                .into());
            }
            let owner = connection.owner(owner);
            match rows.credential_state(connection.id, owner)? {
                None => return Err(ConnectionError::never_authorised(link, owner).into()),
                Some(state) => usable_state(rows, &connection, &state)?,
            }
            self.usable(rows, connection, owner)
        })?;
        Ok(usable)
    }

    /// The connection to connect or reconnect, in whatever state; the owner gets a credential row.
    ///
    /// # Errors
    /// C0001, C0042, C0083.
    pub fn load_to_connect(&self, link: &str, owner: &str) -> Result<Usable, ConnectionError> {
        let missing = self.read(|rows| {
            let connection = find(rows, link)?;
            Ok(rows
                .credential_state(connection.id, connection.owner(owner))?
                .is_none())
        })?;
        if missing {
            self.write(|rows| {
                let connection = find(rows, link)?;
                rows.insert_credential(connection.id, connection.owner(owner))
            })?;
        }
        self.read(|rows| {
            let connection = find(rows, link)?;
            let owner = connection.owner(owner);
            let credential = rows.credential_to_replace(connection.id, owner, link)?;
            self.usable_with(rows, connection, credential.ok_or_else(gone)?)
        })
    }

    /// The connection to verify, also when disabled: what works, and what the service refused or let expire and may
    /// take again.
    ///
    /// # Errors
    /// C0001, C0002, C0083; C0003 for one that was revoked, changed or imported without secrets: only a person can
    /// authorise it again (row 3), and a verification that passes would hide that. C0005 for one that never worked.
    pub fn load_to_verify(&self, link: &str, owner: &str) -> Result<Usable, ConnectionError> {
        let usable = self.load_with_credential(link, owner)?;
        let credential = &usable.credential;
        let by_a_person = matches!(
            credential.reason,
            Some(Reason::Revoked | Reason::Changed | Reason::Imported)
        );
        let never_worked = matches!(credential.status, Status::Created | Status::Failed);
        if by_a_person || never_worked {
            self.check_state(&usable)?;
        }
        Ok(usable)
    }

    /// Whether the credential can be sent, by the state it was loaded in.
    ///
    /// # Errors
    /// C0002, C0003, C0005.
    fn check_state(&self, usable: &Usable) -> Result<(), ConnectionError> {
        self.read(|rows| usable_state(rows, &usable.connection, &usable.credential))
    }

    /// The connection again, for whoever waited since it was loaded: what was changed meanwhile counts.
    ///
    /// # Errors
    /// C0001 when it was removed, C0004 when it was disabled, C0002, C0003 and C0005 when it came into such a state;
    /// C0042, C0083.
    pub fn load_again(&self, before: &Usable) -> Result<Usable, ConnectionError> {
        self.read(|rows| {
            let (connection, owner) = self.still_usable(rows, before)?;
            self.usable(rows, connection, &owner)
        })
    }

    /// The same with the credential as it is held here, which may not be stored yet.
    ///
    /// # Errors
    /// C0001 to C0005, C0042.
    pub fn load_around(&self, before: &Usable) -> Result<Usable, ConnectionError> {
        self.read(|rows| {
            let (connection, _) = self.still_usable(rows, before)?;
            self.usable_with(rows, connection, before.credential.clone())
        })
    }

    /// A connection as it is now, if what was loaded of it may still be sent; and whose credential that is by now.
    fn still_usable(
        &self,
        rows: &Rows<'_>,
        before: &Usable,
    ) -> Result<(Connection, String), Failure> {
        let state = |of: &Credential| (of.status, of.reason);
        let connection = again(rows, &before.connection)?.ok_or_else(gone)?;
        let link = &connection.link_name;
        if connection.disabled && !before.connection.disabled {
            let at = rows.last_at(connection.id, "disable", "")?;
            return Err(ConnectionError::disabled(link, at).into());
        }
        // One that nobody had for himself is by now that of whoever made it his own.
        let owner = match before.credential.owner.as_str() {
            "" => connection.owner(&self.settings.owner),
            owner => connection.owner(owner),
        };
        let now = rows
            .credential_state(connection.id, owner)?
            .filter(|now| now.id == before.credential.id)
            .ok_or_else(|| ConnectionError::never_authorised(link, owner))?;
        if state(&now) != state(&before.credential) {
            usable_state(rows, &connection, &now)?;
        }
        let owner = owner.to_owned();
        Ok((connection, owner))
    }

    /// The connection whose tokens are to end: in any state but `created`, and in that too while a choice is waited for.
    ///
    /// # Errors
    /// C0001, C0002, C0083.
    pub fn load_with_credential(&self, link: &str, owner: &str) -> Result<Usable, ConnectionError> {
        self.read(|rows| {
            let connection = find(rows, link)?;
            let owner = connection.owner(owner);
            let has_tokens = match rows.credential_state(connection.id, owner)? {
                Some(state) if state.status != Status::Created => true,
                Some(_) => rows.parked(connection.id, owner)?.is_some(),
                None => false,
            };
            if !has_tokens {
                return Err(ConnectionError::never_authorised(link, owner).into());
            }
            self.usable(rows, connection, owner)
        })
    }

    /// The connection of an attempt, as it was when the attempt began: with its client and scopes.
    ///
    /// # Errors
    /// C0001 when it was removed meanwhile, C0042, C0083.
    pub fn load_attempt(&self, attempt: &Attempt) -> Result<Usable, ConnectionError> {
        self.read(|rows| {
            let connection = rows
                .connection_by_id(attempt.connection)?
                .ok_or_else(gone)?;
            let mut usable = self.usable(rows, connection, &attempt.owner)?;
            if let Some(client) = attempt.client {
                usable.client = rows.client(client)?;
            }
            usable.connection.scopes.clone_from(&attempt.scopes);
            let carried = &attempt.carried;
            usable.attempt.extend(carried.secret.clone());
            usable.connection.fields.extend(carried.wishes.clone());
            let fields = carried.fields.clone();
            usable.credential.secret_fields.extend(fields);
            Ok(usable)
        })
    }

    /// What an owner has still to make a choice for.
    ///
    /// # Errors
    /// C0001, C0042, C0083.
    pub fn load_parked(
        &self,
        link: &str,
        owner: &str,
    ) -> Result<Option<(Usable, Parked)>, ConnectionError> {
        let (connection, owner) = self.read(|rows| {
            let connection = find(rows, link)?;
            Ok((connection.id, connection.owner(owner).to_owned()))
        })?;
        self.parked_of(connection, &owner)
    }

    /// The same by the number of the connection.
    pub fn parked_of(
        &self,
        connection: i64,
        owner: &str,
    ) -> Result<Option<(Usable, Parked)>, ConnectionError> {
        let Some((attempt, parked)) = self.read(|rows| rows.parked(connection, owner))? else {
            return Ok(None);
        };
        let mut usable = self.load_attempt(&attempt)?;
        let credential = &mut usable.credential;
        credential.secret_fields.extend(parked.fields.clone());
        credential.found.clone_from(&parked.found);
        let token = parked.token.as_ref();
        credential.access_token = token.map(|token| token.access_token.clone());
        credential.token_secret = token.and_then(|token| token.token_secret.clone());
        credential.refresh_token = token.and_then(|token| token.refresh_token.clone());
        credential.has_refresh_token = credential.refresh_token.is_some();
        Ok(Some((usable, parked)))
    }

    fn usable(
        &self,
        rows: &Rows<'_>,
        connection: Connection,
        owner: &str,
    ) -> Result<Usable, Failure> {
        let credential = rows.credential(connection.id, owner, &connection.link_name)?;
        self.usable_with(rows, connection, credential.ok_or_else(gone)?)
    }

    fn usable_with(
        &self,
        rows: &Rows<'_>,
        connection: Connection,
        credential: Credential,
    ) -> Result<Usable, Failure> {
        let service = self.service(rows, &connection.service)?;
        let client = match connection.client {
            Some(id) => rows.client(id)?,
            // Taken late, since a client may be registered after the connection was made.
            None => match rows.client_named(&connection.service, DEFAULT_CLIENT)? {
                Some(client) => rows.client(client.id)?,
                None => None,
            },
        };
        Ok(Usable {
            connection,
            credential,
            client,
            attempt: Vec::new(),
            service,
            redirect_port: self.settings.redirect_port,
        })
    }

    /// Whether nobody has changed the connection, its service or its client since it was loaded.
    ///
    /// # Errors
    /// Those of the registry.
    pub fn is_as_loaded(&self, usable: &Usable) -> Result<bool, ConnectionError> {
        self.read(|rows| is_as_loaded(rows, usable))
    }

    /// Changes what a request was about, unless it was removed meanwhile.
    ///
    /// # Errors
    /// C0001 when it was.
    fn write_about<T>(
        &self,
        usable: &Usable,
        change: impl FnOnce(&Rows<'_>) -> Result<T, Failure>,
    ) -> Result<T, ConnectionError> {
        self.write(|rows| {
            if rows.holds(usable)? {
                change(rows)
            } else {
                Err(lost(rows, usable))
            }
        })
    }

    /// The credential as it is now; another thread or process may have renewed it.
    ///
    /// # Errors
    /// C0001 when it is gone, C0083.
    pub fn reload(&self, usable: &Usable) -> Result<Credential, ConnectionError> {
        self.read(|rows| {
            if !rows.holds(usable)? {
                return Err(lost(rows, usable));
            }
            rows.credential_again(usable.credential.id)?
                .ok_or_else(gone)
        })
    }

    /// Which generation of a credential is stored now.
    ///
    /// # Errors
    /// C0001 when the connection is gone.
    pub fn generation(&self, credential: i64) -> Result<i64, ConnectionError> {
        self.read(|rows| rows.generation(credential)?.ok_or_else(gone))
    }

    /// Notes that a renewal is about to be asked for, so that a crash can be told from a refusal.
    pub fn refresh_started(&self, credential: i64) -> Result<(), ConnectionError> {
        self.write(|rows| rows.put_refresh_started(credential, true))
    }

    /// Row 8: a renewed token, durable before anyone uses it. A state in which a person must act stays: it may have
    /// come about while the service was asked. But where the service refused the tokens that this one takes the place
    /// of, that says nothing of it.
    ///
    /// # Errors
    /// C0001 when the connection was removed meanwhile; those of the registry.
    pub fn store_renewed(
        &self,
        usable: &Usable,
        token: &NewToken,
    ) -> Result<Credential, ConnectionError> {
        let id = usable.credential.id;
        self.write_about(usable, |rows| {
            let stored = rows.credential_again(id)?.ok_or_else(gone)?;
            let outdated = stored.reason == Some(Reason::Refused)
                && usable.credential.status == Status::Authorised
                && stored.has_tokens_of(&usable.credential);
            rows.put_token(id, token)?;
            if stored.status == Status::Authorised || outdated {
                rows.put_status(id, Status::Authorised, None)?;
            }
            rows.put_time(id, Event::Refreshed)?;
            // It was loaded before its own renewal began.
            let cut_off = usable.credential.refresh_started_at.map(|_| CUT_OFF);
            rows.audit("refresh", subject(usable), "ok", cut_off)?;
            rows.credential_again(id)?.ok_or_else(gone)
        })
    }

    /// Rows 10 and 11: a person must act.
    pub fn needs_authorisation(
        &self,
        usable: &Usable,
        reason: Reason,
        error: &ConnectionError,
    ) -> Result<(), ConnectionError> {
        self.refresh_ended(usable, error, Some(reason))
    }

    /// Row 9, and refusals that do not concern the grant: the state stays.
    pub fn refresh_failed(
        &self,
        usable: &Usable,
        error: &ConnectionError,
    ) -> Result<(), ConnectionError> {
        self.refresh_ended(usable, error, None)
    }

    fn refresh_ended(
        &self,
        usable: &Usable,
        error: &ConnectionError,
        lost: Option<Reason>,
    ) -> Result<(), ConnectionError> {
        let id = usable.credential.id;
        self.write(|rows| {
            let is_there = rows.holds(usable)?;
            if is_there {
                rows.put_refresh_started(id, false)?;
            }
            // Nothing that somebody did while the service was asked is undone.
            if is_there && rows.generation(id)? == Some(usable.credential.generation) {
                let usable_yet = rows.stored_status(id)? == Some(Status::Authorised);
                if let Some(reason) = lost.filter(|_| usable_yet) {
                    rows.put_status(id, Status::NeedsAuthorisation, Some(reason))?;
                }
                rows.put_last_error(id, error)?;
            }
            rows.audit(
                "refresh_failed",
                subject(usable),
                error.code(),
                lost.map(Reason::as_str),
            )
        })
    }

    /// Whether what is being connected is still on, asked before more is sent for it.
    ///
    /// # Errors
    /// C0001 and C0003 as those of [`finish_connect`](Self::finish_connect); that stands in the log, since the service
    /// was asked.
    pub fn check_connecting(&self, usable: &Usable) -> Result<bool, ConnectionError> {
        let found = self.read(|rows| {
            if let Some(late) = too_late(check_unchanged(rows, usable))? {
                return Ok(Err(late));
            }
            let now = again(rows, &usable.connection)?.ok_or_else(gone)?;
            Ok(Ok(usable.connection.disabled || !now.disabled))
        })?;
        if let Err(late) = &found {
            self.write(|rows| rows.audit("connect", subject(usable), late.code(), None))?;
        }
        found
    }

    /// Row 3: secrets entered or first token received, and verified where the service can be asked.
    /// Stores both, and only now replaces what was there.
    ///
    /// # Errors
    /// C0001 and C0003 when it was removed, or its definition changed, while the service was asked; those of the
    /// registry.
    pub fn finish_connect(
        &self,
        usable: &Usable,
        token: Option<&NewToken>,
        verified: Option<&Verified>,
    ) -> Result<Credential, ConnectionError> {
        let id = usable.credential.id;
        self.write(|rows| {
            if let Some(late) = too_late(check_unchanged(rows, usable))? {
                rows.audit("connect", subject(usable), late.code(), None)?;
                return Ok(Err(late));
            }
            rows.forget_closed("credential", id)?;
            rows.unpark(usable.connection.id, &usable.credential.owner)?;
            rows.put_secret_fields(&usable.credential)?;
            rows.put_found(&usable.credential)?;
            if let Some(token) = token {
                // Nothing of an earlier grant may renew this one.
                rows.clear_tokens(id)?;
                rows.put_token(id, token)?;
            } else {
                rows.put_generation(id)?;
            }
            rows.put_status(id, Status::Authorised, None)?;
            rows.put_time(id, Event::Authorised)?;
            if let Some(verified) = verified {
                put_verified(rows, id, verified)?;
            }
            rows.audit("connect", subject(usable), "ok", None)?;
            rows.credential_again(id)?.ok_or_else(gone).map(Ok)
        })?
    }

    /// Row 4, or row 5 where something works already: a failed try must not destroy what works. It tells nothing of a
    /// connection that somebody changed while the service was asked.
    pub fn fail_connect(
        &self,
        usable: &Usable,
        reason: Reason,
        error: &ConnectionError,
    ) -> Result<(), ConnectionError> {
        let id = usable.credential.id;
        self.write_about(usable, |rows| {
            let now = rows.stored_status(id)?.ok_or_else(gone)?;
            if rows.generation(id)? == Some(usable.credential.generation) {
                if matches!(now, Status::Created | Status::Failed) {
                    rows.put_status(id, Status::Failed, Some(reason))?;
                }
                rows.put_last_error(id, error)?;
            }
            let action = if reason == Reason::Denied {
                "deny"
            } else {
                "connect"
            };
            rows.audit(action, subject(usable), error.code(), Some(reason.as_str()))
        })
    }

    /// Row 15: tokens deleted, client and fields kept. `told` is how telling the service ended. What never worked stays
    /// `created`: only a consent that waited for a choice ends.
    pub fn revoked(&self, usable: &Usable, told: &str) -> Result<(), ConnectionError> {
        let id = usable.credential.id;
        self.write_about(usable, |rows| {
            rows.clear_tokens(id)?;
            if rows.stored_status(id)? != Some(Status::Created) {
                rows.put_status(id, Status::NeedsAuthorisation, Some(Reason::Revoked))?;
            }
            let owner = &usable.credential.owner;
            rows.unpark(usable.connection.id, owner)?;
            rows.audit("revoke", subject(usable), told, whose(owner))
        })
    }

    /// How a verify request ended: passed is row 3, refused row 12, anything else leaves the state. It tells of the
    /// credential that was sent: one that was changed or replaced meanwhile stays as it is.
    ///
    /// # Errors
    /// C0003 when the request passed, and somebody did meanwhile what a person has to act on; C0001 when the connection
    /// was removed; those of the registry.
    pub fn record_verification(
        &self,
        usable: &Usable,
        outcome: &VerifyOutcome<'_>,
    ) -> Result<(), ConnectionError> {
        let late = self.write(|rows| {
            let late = too_late(verified(rows, usable, outcome))?;
            let ended = match (&late, outcome) {
                (Some(error), _) => error.code(),
                (None, VerifyOutcome::Passed(_)) => "ok",
                (None, VerifyOutcome::Refused(error) | VerifyOutcome::Failed(error)) => {
                    error.code()
                }
            };
            rows.audit("verify", subject(usable), ended, None)?;
            Ok(late)
        })?;
        late.map_or(Ok(()), Err)
    }

    /// Row 13: a refusal that only one resource may mean. It is none of a credential that was replaced meanwhile.
    pub fn record_error(
        &self,
        usable: &Usable,
        error: &ConnectionError,
    ) -> Result<(), ConnectionError> {
        let id = usable.credential.id;
        self.write(|rows| match rows.generation(id)? {
            Some(now) if now == usable.credential.generation && rows.holds(usable)? => {
                rows.put_last_error(id, error)
            }
            _ => Ok(()),
        })
    }

    /// A use that was refused before anything was sent.
    pub fn record_refusal(
        &self,
        usable: &Usable,
        error: &ConnectionError,
        host: &str,
    ) -> Result<(), ConnectionError> {
        self.write(|rows| {
            rows.audit(
                "use_refused",
                subject(usable),
                error.code(),
                Some(&crate::error::shown(host)),
            )
        })
    }

    /// Notes that the connection was used, at most once a minute.
    pub fn touch_used(&self, usable: &Usable) -> Result<(), ConnectionError> {
        let used_at = usable.credential.used_at;
        if used_at.is_some_and(|at| self.now() - at < USED_EVERY) {
            return Ok(());
        }
        self.write(|rows| {
            if rows.holds(usable)? {
                rows.put_time(usable.credential.id, Event::Used)
            } else {
                Ok(())
            }
        })
    }
}

/// What a verify request showed, noted with the credential that was sent.
fn verified(rows: &Rows<'_>, usable: &Usable, outcome: &VerifyOutcome<'_>) -> Result<(), Failure> {
    if !rows.holds(usable)? {
        return Err(lost(rows, usable));
    }
    let id = usable.credential.id;
    let state = |of: &Credential| (of.status, of.reason, of.generation);
    let now = rows.credential_again(id)?.ok_or_else(gone)?;
    let same = state(&now) == state(&usable.credential);
    match outcome {
        VerifyOutcome::Passed(verified) if same => {
            rows.put_status(id, Status::Authorised, None)?;
            put_verified(rows, id, verified)
        }
        VerifyOutcome::Passed(_) => usable_state(rows, &usable.connection, &now),
        VerifyOutcome::Refused(error) if same => {
            if now.status == Status::Authorised {
                rows.put_status(id, Status::NeedsAuthorisation, Some(Reason::Refused))?;
            }
            rows.put_last_error(id, error)
        }
        VerifyOutcome::Failed(error) if same => rows.put_last_error(id, error),
        VerifyOutcome::Refused(_) | VerifyOutcome::Failed(_) => Ok(()),
    }
}

/// Why an answer came too late, where it did: a request was sent all the same, so the entry about it is written, and the
/// transaction goes on.
fn too_late(outcome: Result<(), Failure>) -> Result<Option<ConnectionError>, Failure> {
    match outcome {
        Ok(()) => Ok(None),
        Err(Failure::Told(error)) => Ok(Some(error)),
        Err(sql) => Err(sql),
    }
}

/// A connection that was loaded before, whatever its link name has become; `None`: it was removed.
fn again(rows: &Rows<'_>, known: &Connection) -> Result<Option<Connection>, Failure> {
    let now = rows.connection_by_id(known.id)?;
    Ok(now.filter(|now| now.created_at == known.created_at))
}

/// Why a credential is not there any more.
fn lost(rows: &Rows<'_>, usable: &Usable) -> Failure {
    match again(rows, &usable.connection) {
        Ok(Some(now)) => ConnectionError::replaced_meanwhile(&now.link_name).into(),
        Ok(None) => gone(),
        Err(failure) => failure,
    }
}

/// Whether a connection, its service and its client are still as they were loaded.
fn is_as_loaded(rows: &Rows<'_>, usable: &Usable) -> Result<bool, Failure> {
    let known = &usable.connection;
    let Some(now) = again(rows, known)? else {
        return Ok(false);
    };
    let service = rows.custom_service(&known.service)?;
    let client = rows.client_in_use(&now.service, now.client)?;
    let stamp = |client: &Client| (client.id, client.updated_at);
    Ok(
        (&now.link_name, now.updated_at) == (&known.link_name, known.updated_at)
            && client.as_ref().map(stamp) == usable.client.as_ref().map(stamp)
            // A default service changes with the program alone.
            && service.is_none_or(|service| service.definition == usable.service.definition),
    )
}

fn put_verified(rows: &Rows<'_>, id: i64, verified: &Verified) -> Result<(), Failure> {
    rows.put_time(id, Event::Verified)?;
    match &verified.account {
        Some(account) => rows.put_account(id, &crate::error::shown(account)),
        None => Ok(()),
    }
}

/// Whether nobody has changed what authorisation depends on since a connection was loaded to be connected. Whoever
/// asks has the turn of its credential, so that no renewal counts.
///
/// # Errors
/// C0003 when somebody has: what the service granted was asked for with what it was before. C0001 when it was removed.
pub(crate) fn check_unchanged(rows: &Rows<'_>, usable: &Usable) -> Result<(), Failure> {
    if !rows.holds(usable)? {
        return Err(lost(rows, usable));
    }
    let stored = rows.generation(usable.credential.id)?.ok_or_else(gone)?;
    if stored == usable.credential.generation {
        return Ok(());
    }
    Err(changed_meanwhile(usable))
}

/// The same for whoever has not the turn: renewals do not count, and any change of the connection, its service or its
/// client does.
///
/// # Errors
/// C0001, C0003.
pub(crate) fn check_as_loaded(rows: &Rows<'_>, usable: &Usable) -> Result<(), Failure> {
    if !rows.holds(usable)? {
        return Err(lost(rows, usable));
    }
    if is_as_loaded(rows, usable)? {
        return Ok(());
    }
    Err(changed_meanwhile(usable))
}

fn changed_meanwhile(usable: &Usable) -> Failure {
    let why = format!("{} while it was connected", Reason::Changed.in_words());
    ConnectionError::needs_authorisation(usable.link(), &why, None).into()
}

pub(super) fn subject(usable: &Usable) -> Subject<'_> {
    of_connection(&usable.connection)
}

/// The subject of an audit entry about a connection.
pub(crate) fn of_connection(connection: &Connection) -> Subject<'_> {
    Subject {
        connection: Some(connection.id),
        link_name: Some(&connection.link_name),
        service: Some(&connection.service),
    }
}

/// The connection of exactly that link name.
///
/// # Errors
/// C0001 with the new name of one that was renamed, else with the nearest name.
pub(crate) fn find(rows: &Rows<'_>, link: &str) -> Result<Connection, Failure> {
    if let Some(connection) = rows.connection(link)? {
        return Ok(connection);
    }
    let renamed = rows.renamed_to(link)?;
    let names = rows.link_names()?;
    let near = nearest(link, names.iter().map(String::as_str));
    let renamed = renamed.as_ref().map(|(name, at)| (name.as_str(), *at));
    Err(ConnectionError::unknown_link(link, near, renamed).into())
}

/// What the entry about row 14 ends with.
pub(crate) const MUST_AGAIN: &str = "changed: must be authorised again";

/// Since when a credential must be authorised again, where that is known.
pub(crate) fn lost_at(
    rows: &Rows<'_>,
    connection: i64,
    state: &Credential,
) -> Result<Option<i64>, Failure> {
    match state.reason {
        Some(Reason::Revoked) => rows.revoked_at(connection, &state.owner),
        Some(Reason::Changed) => match rows.last_at(connection, "edit", MUST_AGAIN)? {
            // It was imported for another client than its own.
            None => rows.last_at(connection, "import", ""),
            at => Ok(at),
        },
        Some(Reason::Imported) => rows.last_at(connection, "import", ""),
        _ => Ok(state.last_error.as_ref().map(|error| error.at)),
    }
}

/// Whether a credential in this state can be sent.
fn usable_state(
    rows: &Rows<'_>,
    connection: &Connection,
    state: &Credential,
) -> Result<(), Failure> {
    let link = &connection.link_name;
    let last = state.last_error.as_ref();
    match state.status {
        Status::Created => Err(ConnectionError::never_authorised(link, &state.owner).into()),
        Status::NeedsAuthorisation => {
            let why = state
                .reason
                .map_or("the service refused it", Reason::in_words);
            Err(ConnectionError::needs_authorisation(
                link,
                why,
                lost_at(rows, connection.id, state)?,
            )
            .into())
        }
        Status::Failed => {
            let why = last.map_or_else(
                || {
                    state
                        .reason
                        .map_or("it was refused", Reason::in_words)
                        .to_owned()
                },
                |error| error.message.clone(),
            );
            Err(ConnectionError::authorisation_failed(link, &why).into())
        }
        Status::Authorised | Status::Expired | Status::Disabled => Ok(()),
    }
}
