//! Credentials in the registry: one row an owner, its secrets sealed.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row};

use super::rows::{Failure, NEW_ID, Rows, UnknownWord, from_json, json, unreadable};
use super::seal::Place;
use crate::connection::{Credential, LastError, NewToken, Reason, Status};
use crate::error::ConnectionError;
use crate::usable::Usable;

const COLUMNS: &str = "id, owner, status, reason, gen, secret_fields, access_token, token_secret, refresh_token, \
                       previous_refresh_token, granted_scopes, client_auth, found, issued_at, expires_at, \
                       refresh_expires_at, refresh_started_at, authorised_at, refreshed_at, verified_at, used_at, account, \
                       last_error, last_error_at";

/// Makes a credential of the connection `?1`. Where it is made with that (`?5`), the first one has its number, which is
/// given out once; those that come later have a number that none ever had. So whoever comes late with the number of one
/// that is gone finds nothing.
pub(super) fn insertion() -> String {
    format!(
        "INSERT INTO credential (id, connection, owner, status, reason) VALUES (
           CASE WHEN ?5 AND NOT EXISTS (SELECT 1 FROM credential WHERE id = ?1) THEN ?1 ELSE {NEW_ID} END,
           ?1, ?2, ?3, ?4)"
    )
}

pub(super) fn place<'a>(row: &'a i64, column: &'static str) -> Place<'a> {
    Place {
        table: "credential",
        row,
        column,
    }
}

/// A row before its secrets are opened.
struct Sealed {
    credential: Credential,
    secret_fields: Option<Vec<u8>>,
    access_token: Option<Vec<u8>>,
    token_secret: Option<Vec<u8>>,
    refresh_token: Option<Vec<u8>>,
    previous_refresh_token: Option<Vec<u8>>,
}

fn sealed(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    let refresh_token: Option<Vec<u8>> = row.get("refresh_token")?;
    let status: String = row.get("status")?;
    let reason: Option<String> = row.get("reason")?;
    let granted: Option<String> = row.get("granted_scopes")?;
    let credential = Credential {
        id: row.get("id")?,
        owner: row.get("owner")?,
        status: Status::from_stored(&status)
            .ok_or_else(|| unreadable("status", UnknownWord("status")))?,
        reason: reason.as_deref().and_then(Reason::from_stored),
        generation: row.get("gen")?,
        secret_fields: BTreeMap::new(),
        access_token: None,
        token_secret: None,
        refresh_token: None,
        previous_refresh_token: None,
        has_refresh_token: refresh_token.is_some(),
        granted_scopes: granted.and_then(|text| serde_json::from_str(&text).ok()),
        client_auth: row.get("client_auth")?,
        found: from_json(row, "found")?,
        issued_at: row.get("issued_at")?,
        expires_at: row.get("expires_at")?,
        refresh_expires_at: row.get("refresh_expires_at")?,
        refresh_started_at: row.get("refresh_started_at")?,
        authorised_at: row.get("authorised_at")?,
        refreshed_at: row.get("refreshed_at")?,
        verified_at: row.get("verified_at")?,
        used_at: row.get("used_at")?,
        account: row.get("account")?,
        last_error: last_error(row)?,
    };
    Ok(Sealed {
        credential,
        secret_fields: row.get("secret_fields")?,
        access_token: row.get("access_token")?,
        token_secret: row.get("token_secret")?,
        refresh_token,
        previous_refresh_token: row.get("previous_refresh_token")?,
    })
}

/// `last_error` holds `CODE message`.
fn last_error(row: &Row<'_>) -> rusqlite::Result<Option<LastError>> {
    let text: Option<String> = row.get("last_error")?;
    let at: Option<i64> = row.get("last_error_at")?;
    Ok(text.zip(at).map(|(text, at)| {
        let (code, message) = text.split_once(' ').unwrap_or(("", &text));
        LastError {
            code: code.to_owned(),
            message: message.to_owned(),
            at,
        }
    }))
}

impl Rows<'_> {
    /// The credential of an owner, without its secrets.
    pub fn credential_state(
        &self,
        connection: i64,
        owner: &str,
    ) -> Result<Option<Credential>, Failure> {
        Ok(self
            .sealed_credential(connection, owner)?
            .map(|row| row.credential))
    }

    /// The credential of an owner. `link` names the connection, should a secret not open.
    pub fn credential(
        &self,
        connection: i64,
        owner: &str,
        link: &str,
    ) -> Result<Option<Credential>, Failure> {
        let row = self.sealed_credential(connection, owner)?;
        row.map(|row| self.unsealed(row, link)).transpose()
    }

    /// The credential of an owner, for one who is about to enter its secrets anew: those that do not
    /// open are as good as missing.
    pub fn credential_to_replace(
        &self,
        connection: i64,
        owner: &str,
        link: &str,
    ) -> Result<Option<Credential>, Failure> {
        let Some(mut row) = self.sealed_credential(connection, owner)? else {
            return Ok(None);
        };
        let id = row.credential.id;
        for (column, value) in [
            ("secret_fields", &mut row.secret_fields),
            ("access_token", &mut row.access_token),
            ("token_secret", &mut row.token_secret),
            ("refresh_token", &mut row.refresh_token),
            ("previous_refresh_token", &mut row.previous_refresh_token),
        ] {
            value.take_if(|sealed| self.keys.unseal(place(&id, column), sealed).is_none());
        }
        self.unsealed(row, link).map(Some)
    }

    /// The stored state of a credential, whether or not its secrets open.
    pub fn stored_status(&self, id: i64) -> Result<Option<Status>, Failure> {
        let mut statement = self
            .db
            .prepare_cached("SELECT status FROM credential WHERE id = ?1")?;
        let status: Option<String> = statement.query_row([id], |row| row.get(0)).optional()?;
        Ok(status.as_deref().and_then(Status::from_stored))
    }

    /// Which generation of a credential is stored: another number says that somebody changed it.
    pub fn generation(&self, id: i64) -> Result<Option<i64>, Failure> {
        let mut statement = self
            .db
            .prepare_cached("SELECT gen FROM credential WHERE id = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    }

    /// Whether a credential is still there, and that of the connection it was loaded with, whoever owns it by now:
    /// earlier versions gave out the number of a removed one again.
    pub fn holds(&self, usable: &Usable) -> Result<bool, Failure> {
        let mut statement = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM credential JOIN connection ON connection.id = credential.connection
             WHERE credential.id = ?1 AND connection.id = ?2 AND connection.created_at = ?3)",
        )?;
        let connection = &usable.connection;
        let known = (usable.credential.id, connection.id, connection.created_at);
        Ok(statement.query_row(known, |row| row.get(0))?)
    }

    fn sealed_credential(&self, connection: i64, owner: &str) -> Result<Option<Sealed>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM credential WHERE connection = ?1 AND owner = ?2"
        ))?;
        Ok(statement
            .query_row((connection, owner), sealed)
            .optional()?)
    }

    /// A credential by its number, for reading again; with the link name of its connection.
    pub fn credential_again(&self, id: i64) -> Result<Option<Credential>, Failure> {
        let mut statement = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM credential WHERE id = ?1"))?;
        let Some(row) = statement.query_row([id], sealed).optional()? else {
            return Ok(None);
        };
        let mut link = self.db.prepare_cached(
            "SELECT link_name FROM connection JOIN credential ON credential.connection = connection.id WHERE credential.id = ?1",
        )?;
        let link: String = link.query_row([id], |row| row.get(0))?;
        self.unsealed(row, &link).map(Some)
    }

    /// The owners who have a credential for a connection, with its state.
    pub fn credentials_of(&self, connection: i64) -> Result<Vec<Credential>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM credential WHERE connection = ?1 ORDER BY owner"
        ))?;
        let rows = statement.query_map([connection], sealed)?;
        Ok(rows
            .map(|row| row.map(|row| row.credential))
            .collect::<Result<_, _>>()?)
    }

    fn unsealed(&self, row: Sealed, link: &str) -> Result<Credential, Failure> {
        let mut credential = row.credential;
        let id = credential.id;
        let whose = format!("`{link}`");
        credential.secret_fields =
            self.unseal_map(place(&id, "secret_fields"), row.secret_fields, &whose)?;
        credential.access_token =
            self.unseal(place(&id, "access_token"), row.access_token, &whose)?;
        credential.token_secret =
            self.unseal(place(&id, "token_secret"), row.token_secret, &whose)?;
        credential.refresh_token =
            self.unseal(place(&id, "refresh_token"), row.refresh_token, &whose)?;
        credential.previous_refresh_token = self.unseal(
            place(&id, "previous_refresh_token"),
            row.previous_refresh_token,
            &whose,
        )?;
        Ok(credential)
    }

    /// A new credential in state `created`.
    pub fn insert_credential(&self, connection: i64, owner: &str) -> Result<(), Failure> {
        let insertion = format!("{} ON CONFLICT (connection, owner) DO NOTHING", insertion());
        let is_new = self.made.get() == Some(connection);
        let created = (
            connection,
            owner,
            Status::Created.as_str(),
            None::<&str>,
            is_new,
        );
        self.db.execute(&insertion, created)?;
        Ok(())
    }

    /// Makes a credential that of another owner. Whoever is on the way with it as it was can tell.
    pub fn give_credential(&self, id: i64, owner: &str) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE credential SET owner = ?2, gen = gen + 1 WHERE id = ?1",
            (id, owner),
        )?;
        Ok(())
    }

    pub fn delete_credential(&self, id: i64) -> Result<(), Failure> {
        self.db
            .execute("DELETE FROM credential WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Stores the secrets a person entered.
    pub fn put_secret_fields(&self, credential: &Credential) -> Result<(), Failure> {
        let sealed = self.seal_map(
            place(&credential.id, "secret_fields"),
            &credential.secret_fields,
        )?;
        self.db.execute(
            "UPDATE credential SET secret_fields = ?2 WHERE id = ?1",
            (credential.id, sealed),
        )?;
        Ok(())
    }

    /// Stores what the service told: values from its answer, its token reply and its lookup.
    pub fn put_found(&self, credential: &Credential) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE credential SET found = ?2 WHERE id = ?1",
            (credential.id, json(&credential.found)),
        )?;
        Ok(())
    }

    /// Stores a token: one generation on, with the refresh token that was there kept as the previous
    /// one (sealed anew, since its column changes).
    pub fn put_token(&self, id: i64, token: &NewToken) -> Result<(), Failure> {
        let before = self.credential_again(id)?.ok_or_else(gone)?;
        let seal = |column, secret| self.seal(place(&id, column), secret);
        let access_token = seal("access_token", &token.access_token)?;
        let token_secret = token
            .token_secret
            .as_ref()
            .map(|secret| seal("token_secret", secret))
            .transpose()?;
        let refresh_token = token
            .refresh_token
            .as_ref()
            .or(before.refresh_token.as_ref());
        let refresh_token = refresh_token
            .map(|secret| seal("refresh_token", secret))
            .transpose()?;
        let previous = before
            .refresh_token
            .as_ref()
            .filter(|_| token.refresh_token.is_some());
        let previous = previous.or(before.previous_refresh_token.as_ref());
        let previous = previous
            .map(|secret| seal("previous_refresh_token", secret))
            .transpose()?;
        let found: BTreeMap<_, _> = before
            .found
            .into_iter()
            .chain(token.found.clone())
            .collect();
        self.db.execute(
            "UPDATE credential SET gen = gen + 1, access_token = ?2, refresh_token = ?3, previous_refresh_token = ?4,
               token_type = ?5, granted_scopes = ?6, client_auth = coalesce(?7, client_auth), found = ?8, issued_at = ?9,
               expires_at = ?10, refresh_expires_at = coalesce(?11, refresh_expires_at), refresh_started_at = NULL,
               token_secret = ?12
             WHERE id = ?1",
            (
                id,
                access_token,
                refresh_token,
                previous,
                &token.token_type,
                token.granted_scopes.as_ref().map(json),
                &token.client_auth,
                json(&found),
                self.now,
                token.expires_at,
                token.refresh_expires_at,
                token_secret,
            ),
        )?;
        Ok(())
    }

    /// Makes the next generation of a credential whose tokens stay as they are: whoever is on the way with what it was
    /// can tell.
    pub fn put_generation(&self, id: i64) -> Result<(), Failure> {
        self.db
            .execute("UPDATE credential SET gen = gen + 1 WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Deletes every token. What a person entered and what the service told stay.
    pub fn clear_tokens(&self, id: i64) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE credential SET gen = gen + 1, access_token = NULL, token_secret = NULL, refresh_token = NULL,
               previous_refresh_token = NULL, token_type = NULL, granted_scopes = NULL, issued_at = NULL, expires_at = NULL,
               refresh_expires_at = NULL, refresh_started_at = NULL
             WHERE id = ?1",
            [id],
        )?;
        Ok(())
    }

    /// Sets the stored state. `authorised` clears the last error and takes the time.
    pub fn put_status(
        &self,
        id: i64,
        status: Status,
        reason: Option<Reason>,
    ) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE credential SET status = ?2, reason = ?3 WHERE id = ?1",
            (id, status.as_str(), reason.map(Reason::as_str)),
        )?;
        if status == Status::Authorised {
            self.db.execute(
                "UPDATE credential SET last_error = NULL, last_error_at = NULL WHERE id = ?1",
                [id],
            )?;
        }
        Ok(())
    }

    pub fn put_last_error(&self, id: i64, error: &ConnectionError) -> Result<(), Failure> {
        let text = format!("{} {}", error.code(), error.message());
        self.db.execute(
            "UPDATE credential SET last_error = ?2, last_error_at = ?3 WHERE id = ?1",
            (id, text, self.now),
        )?;
        Ok(())
    }

    pub fn put_refresh_started(&self, id: i64, started: bool) -> Result<(), Failure> {
        let at = started.then_some(self.now);
        self.db.execute(
            "UPDATE credential SET refresh_started_at = ?2 WHERE id = ?1",
            (id, at),
        )?;
        Ok(())
    }

    /// Takes the time of something that happened.
    pub(super) fn put_time(&self, id: i64, event: Event) -> Result<(), Failure> {
        let column = match event {
            Event::Authorised => "authorised_at",
            Event::Refreshed => "refreshed_at",
            Event::Verified => "verified_at",
            Event::Used => "used_at",
        };
        self.db.execute(
            &format!("UPDATE credential SET {column} = ?2 WHERE id = ?1"),
            (id, self.now),
        )?;
        Ok(())
    }

    pub fn put_account(&self, id: i64, account: &str) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE credential SET account = ?2 WHERE id = ?1",
            (id, account),
        )?;
        Ok(())
    }
}

/// Something that happened to a credential.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Authorised,
    Refreshed,
    Verified,
    Used,
}

/// The row was removed by another process meanwhile.
pub(super) fn gone() -> Failure {
    ConnectionError::removed_meanwhile().into()
}
