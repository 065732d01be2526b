//! Rows that come from elsewhere whole: with the times and states they had there.

use super::credentials::{Event, insertion, place};
use super::rows::{Failure, Rows, json};
use crate::connection::{Credential, Reason, Status};

impl Rows<'_> {
    /// Gives a connection the times it had.
    pub fn put_connection_times(
        &self,
        id: i64,
        created_at: i64,
        updated_at: i64,
    ) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE connection SET created_at = ?2, updated_at = ?3 WHERE id = ?1",
            (id, created_at, updated_at),
        )?;
        Ok(())
    }

    /// Stores a credential with its state and its secrets, whatever its `id` says.
    pub fn insert_whole_credential(
        &self,
        connection: i64,
        new: &Credential,
    ) -> Result<(), Failure> {
        // Inserted first: the id takes part in sealing.
        self.db.execute(
            &insertion(),
            (
                connection,
                &new.owner,
                new.status.as_str(),
                new.reason.map(Reason::as_str),
                self.made.get() == Some(connection),
            ),
        )?;
        let id = self.db.last_insert_rowid();
        let seal = |column, secret: &Option<_>| {
            secret
                .as_ref()
                .map(|secret| self.seal(place(&id, column), secret))
                .transpose()
        };
        self.db.execute(
            "UPDATE credential SET secret_fields = ?2, access_token = ?3, token_secret = ?4, refresh_token = ?5,
               previous_refresh_token = ?6, granted_scopes = ?7, client_auth = ?8, found = ?9 WHERE id = ?1",
            (
                id,
                self.seal_map(place(&id, "secret_fields"), &new.secret_fields)?,
                seal("access_token", &new.access_token)?,
                seal("token_secret", &new.token_secret)?,
                seal("refresh_token", &new.refresh_token)?,
                seal("previous_refresh_token", &new.previous_refresh_token)?,
                new.granted_scopes.as_ref().map(json),
                &new.client_auth,
                json(&new.found),
            ),
        )?;
        let error = new.last_error.as_ref();
        self.db.execute(
            "UPDATE credential SET issued_at = ?2, expires_at = ?3, refresh_expires_at = ?4, authorised_at = ?5,
               refreshed_at = ?6, verified_at = ?7, used_at = ?8, account = ?9, last_error = ?10, last_error_at = ?11
             WHERE id = ?1",
            (
                id,
                new.issued_at,
                new.expires_at,
                new.refresh_expires_at,
                new.authorised_at,
                new.refreshed_at,
                new.verified_at,
                new.used_at,
                &new.account,
                error.map(|error| format!("{} {}", error.code, error.message)),
                error.map(|error| error.at),
            ),
        )?;
        Ok(())
    }

    /// A copy whose secrets are those of a connection that works, works too.
    pub fn authorise_copy(&self, id: i64, account: Option<&str>) -> Result<(), Failure> {
        self.put_status(id, Status::Authorised, None)?;
        self.put_time(id, Event::Authorised)?;
        match account {
            Some(account) => self.put_account(id, account),
            None => Ok(()),
        }
    }
}
