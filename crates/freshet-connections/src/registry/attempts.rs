//! Attempts in the registry: authorisations under way (connections, 5).
//!
//! Any process with the registry can finish one that another began. What identifies it outside is
//! never stored: `handle` is the SHA-256 of the state, the temporary token or the device code.

use rusqlite::{OptionalExtension, Row};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::carried::{Carried, Parked};
use super::rows::{Failure, NEW_ID, Rows, from_json, json};
use super::seal::Place;
use crate::connection::NewToken;
use crate::error::ConnectionError;
use crate::service::Choice;
use crate::usable::Usable;

/// How long the outcome of a finished attempt stays readable, in milliseconds.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// Whose secrets they are, should they not open.
const WHOSE: &str = "an authorisation under way";

/// The row that waits for a choice: an answer comes to an address, and it has none.
const PARKED: &str = "connection = ?1 AND owner = ?2 AND kind = 'code' AND redirect_uri IS NULL";

const COLUMNS: &str = "id, connection, owner, kind, handle, secret, client, redirect_uri, scopes, issuer, browser, \
                       poll_interval, created_at, expires_at, used_at, outcome";

/// Which flow an attempt belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptKind {
    /// OAuth 2.0, authorization code.
    Code,
    /// OAuth 1.0, three legs.
    OAuth1,
    /// OAuth 2.0, a code for another device.
    Device,
}

impl AttemptKind {
    fn as_str(self) -> &'static str {
        match self {
            AttemptKind::Code => "code",
            AttemptKind::OAuth1 => "oauth1",
            AttemptKind::Device => "device",
        }
    }
}

/// An attempt to begin.
pub(crate) struct NewAttempt<'a> {
    pub connection: i64,
    pub owner: &'a str,
    /// The name of the service, should it give out what it gave to somebody else.
    pub service: &'a str,
    pub kind: AttemptKind,
    /// State, temporary token or device code.
    pub handle: &'a str,
    /// What whoever ends it needs to know.
    pub carried: &'a Carried,
    pub client: Option<i64>,
    pub redirect_uri: Option<&'a str>,
    pub scopes: &'a [String],
    /// Whose answer is expected, where that is known.
    pub issuer: Option<&'a str>,
    /// The cookie of the browser that began it; `None`: the command line did.
    pub browser: Option<&'a str>,
    /// Seconds between two questions, for a device code.
    pub poll_interval: Option<i64>,
    /// Milliseconds since 1970 UTC.
    pub expires_at: i64,
}

/// An attempt as it is stored.
pub(crate) struct Attempt {
    pub id: i64,
    pub connection: i64,
    pub owner: String,
    handle: Vec<u8>,
    /// Empty once it has ended.
    pub carried: Carried,
    pub client: Option<i64>,
    pub redirect_uri: Option<String>,
    pub scopes: Vec<String>,
    pub issuer: Option<String>,
    browser: Option<Vec<u8>>,
    /// Seconds between two questions, for a device code.
    pub poll_interval: Option<i64>,
    pub created_at: i64,
    pub expires_at: i64,
    /// When its answer came.
    pub used_at: Option<i64>,
    /// How it ended, as `authorization/outcome.rs` writes it; `None`: under way.
    pub outcome: Option<String>,
}

impl Attempt {
    /// Whether the browser with this cookie may finish it. One that the command line began may be
    /// finished from anywhere: whoever has the answer has the state.
    pub fn belongs_to(&self, cookie: Option<&str>) -> bool {
        match (&self.browser, cookie) {
            (None, _) => true,
            (Some(kept), Some(cookie)) => bool::from(hash(cookie).ct_eq(kept)),
            (Some(_), None) => false,
        }
    }
}

/// A row before its secret is opened.
struct Sealed {
    attempt: Attempt,
    secret: Option<Vec<u8>>,
}

fn sealed(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed {
        attempt: Attempt {
            id: row.get("id")?,
            connection: row.get("connection")?,
            owner: row.get("owner")?,
            handle: row.get("handle")?,
            carried: Carried::default(),
            client: row.get("client")?,
            redirect_uri: row.get("redirect_uri")?,
            scopes: from_json(row, "scopes")?,
            issuer: row.get("issuer")?,
            browser: row.get("browser")?,
            poll_interval: row.get("poll_interval")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            used_at: row.get("used_at")?,
            outcome: row.get("outcome")?,
        },
        secret: row.get("secret")?,
    })
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn place(row: &i64) -> Place<'_> {
    Place {
        table: "attempt",
        row,
        column: "secret",
    }
}

impl Rows<'_> {
    /// Stores an attempt, and lets go of those that are over. Gives its id.
    pub fn insert_attempt(&self, new: &NewAttempt<'_>) -> Result<i64, Failure> {
        self.db.execute(
            "DELETE FROM attempt WHERE CASE WHEN used_at IS NULL THEN expires_at < ?1 ELSE used_at < ?2 END",
            (self.now, self.now - KEPT),
        )?;
        self.free_handle(new)?;
        let id: i64 = self.db.query_row(
            &format!(
                "INSERT INTO attempt (id, connection, owner, kind, handle, client, redirect_uri, scopes, issuer, browser,
                   poll_interval, created_at, expires_at)
                 VALUES ({NEW_ID}, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING id"
            ),
            (
                new.connection,
                new.owner,
                new.kind.as_str(),
                hash(new.handle),
                new.client,
                new.redirect_uri,
                json(&new.scopes),
                new.issuer,
                new.browser.map(hash),
                new.poll_interval,
                self.now,
                new.expires_at,
            ),
            |row| row.get(0),
        )?;
        self.put_attempt_secret(id, &new.carried.write())?;
        Ok(id)
    }

    /// Some services give out the same temporary token or device code again: the new attempt takes
    /// the place of the one under way, and one that has ended keeps its outcome alone.
    ///
    /// # Errors
    /// C0026 where an attempt of another connection or owner waits for it.
    fn free_handle(&self, new: &NewAttempt<'_>) -> Result<(), Failure> {
        let handle = hash(new.handle);
        self.db.execute(
            "UPDATE attempt SET handle = randomblob(32) WHERE handle = ?1 AND kind <> 'code' AND outcome IS NOT NULL",
            [handle],
        )?;
        self.db.execute(
            "DELETE FROM attempt WHERE handle = ?1 AND kind <> 'code' AND connection = ?2 AND owner = ?3",
            (handle, new.connection, new.owner),
        )?;
        let taken: bool = self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM attempt WHERE handle = ?1)",
            [handle],
            |row| row.get(0),
        )?;
        if taken {
            let found = "what it gave out for another authorisation that is under way";
            return Err(match new.kind {
                AttemptKind::Device => ConnectionError::device_reply_unreadable(new.service, found),
                AttemptKind::OAuth1 | AttemptKind::Code => {
                    ConnectionError::temporary_reply_unreadable(new.service, found)
                }
            }
            .into());
        }
        Ok(())
    }

    fn put_attempt_secret(&self, id: i64, secret: &SecretString) -> Result<(), Failure> {
        let secret = self.seal(place(&id), secret)?;
        self.db
            .execute("UPDATE attempt SET secret = ?2 WHERE id = ?1", (id, secret))?;
        Ok(())
    }

    /// Keeps what a consent brought until somebody chooses a value that goes with it; what was kept before for the
    /// same credential is let go of. No answer finds such a row: nobody knows its handle.
    pub fn park(
        &self,
        usable: &Usable,
        token: Option<&NewToken>,
        choices: &[Choice],
        verify: bool,
    ) -> Result<(), Failure> {
        let (connection, owner) = (usable.connection.id, &usable.credential.owner);
        self.unpark(connection, owner)?;
        let id: i64 = self.db.query_row(
            &format!(
                "INSERT INTO attempt (id, connection, owner, kind, handle, client, scopes, created_at, expires_at)
                 VALUES ({NEW_ID}, ?1, ?2, 'code', randomblob(32), ?3, ?4, ?5, ?6) RETURNING id"
            ),
            (
                connection,
                owner,
                usable.client.as_ref().map(|client| client.id),
                json(&usable.connection.scopes),
                self.now,
                self.now + KEPT,
            ),
            |row| row.get(0),
        )?;
        self.put_attempt_secret(id, &Parked::write(usable, token, choices, verify))
    }

    /// What was kept for an owner of a connection, and the attempt it is kept in.
    pub fn parked(
        &self,
        connection: i64,
        owner: &str,
    ) -> Result<Option<(Attempt, Parked)>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM attempt WHERE {PARKED} AND expires_at > ?3"
        ))?;
        let Some(row) = statement
            .query_row((connection, owner, self.now), sealed)
            .optional()?
        else {
            return Ok(None);
        };
        let secret = self.unseal(place(&row.attempt.id), row.secret, WHOSE)?;
        let parked = secret.as_ref().and_then(Parked::read);
        Ok(parked.map(|parked| (row.attempt, parked)))
    }

    /// Lets go of what was kept.
    pub fn unpark(&self, connection: i64, owner: &str) -> Result<(), Failure> {
        self.db.execute(
            &format!("DELETE FROM attempt WHERE {PARKED}"),
            (connection, owner),
        )?;
        Ok(())
    }

    /// The attempt of a state, temporary token or device code, compared in constant time.
    pub fn attempt(&self, kind: AttemptKind, handle: &str) -> Result<Option<Attempt>, Failure> {
        let mut statement = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM attempt WHERE kind = ?1"))?;
        let wanted = hash(handle);
        let mut found = None;
        for row in statement.query_map([kind.as_str()], sealed)? {
            let row = row?;
            if bool::from(row.attempt.handle.ct_eq(&wanted)) {
                found = Some(row);
            }
        }
        found.map(|row| self.opened(row)).transpose()
    }

    /// An attempt by its number.
    pub fn attempt_again(&self, id: i64) -> Result<Option<Attempt>, Failure> {
        let mut statement = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM attempt WHERE id = ?1"))?;
        let row = statement.query_row([id], sealed).optional()?;
        row.map(|row| self.opened(row)).transpose()
    }

    fn opened(&self, row: Sealed) -> Result<Attempt, Failure> {
        let id = row.attempt.id;
        let secret = self.unseal(place(&id), row.secret, WHOSE)?;
        let carried = secret.as_ref().and_then(Carried::read);
        Ok(Attempt {
            carried: carried.unwrap_or_default(),
            ..row.attempt
        })
    }

    /// Takes an attempt for its one answer; `false`: somebody else did.
    pub fn take_attempt(&self, id: i64) -> Result<bool, Failure> {
        let taken = self.db.execute(
            "UPDATE attempt SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL",
            (id, self.now),
        )?;
        Ok(taken == 1)
    }

    /// Opens a taken attempt again: the service could not be asked, so the answer still counts.
    pub fn release_attempt(&self, id: i64) -> Result<(), Failure> {
        self.db
            .execute("UPDATE attempt SET used_at = NULL WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Forgets an attempt that is under way: whoever brings its answer is not known any more.
    pub fn forget_attempt(&self, id: i64) -> Result<(), Failure> {
        self.db.execute(
            "DELETE FROM attempt WHERE id = ?1 AND outcome IS NULL",
            [id],
        )?;
        Ok(())
    }

    /// Forgets all attempts of a connection that have not ended, and the consents that wait for a choice.
    pub fn forget_attempts_of(&self, connection: i64) -> Result<(), Failure> {
        self.db.execute(
            "DELETE FROM attempt WHERE connection = ?1 AND outcome IS NULL",
            [connection],
        )?;
        Ok(())
    }

    /// Ends an attempt; from then on only its outcome is kept.
    pub fn end_attempt(&self, id: i64, outcome: &str) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE attempt SET outcome = ?2, secret = NULL, used_at = coalesce(used_at, ?3) WHERE id = ?1",
            (id, outcome, self.now),
        )?;
        Ok(())
    }
}
