//! What becomes of credentials when a connection is shared in another way (connections, 4.1 and 4.3).

use crate::Connections;
use crate::connection::{Connection, Credential};
use crate::error::ConnectionError;
use crate::registry::{Failure, Rows, find, of_connection};

impl Connections {
    /// The other owners who have tokens for `link`.
    ///
    /// # Errors
    /// C0001.
    pub fn other_owners(&self, link: &str) -> Result<Vec<String>, ConnectionError> {
        let owner = &self.store.settings.owner;
        self.store.reading()?.read(|rows| {
            let connection = find(rows, link)?;
            let states = rows.credentials_of(connection.id)?;
            let with_tokens =
                others(states, connection.owner(owner)).filter(|state| state.issued_at.is_some());
            Ok(with_tokens.map(|state| state.owner).collect())
        })
    }
}

/// The credentials of everybody but `owner`.
pub(super) fn others(states: Vec<Credential>, owner: &str) -> impl Iterator<Item = Credential> {
    states.into_iter().filter(move |state| state.owner != owner)
}

/// Whoever changes how a connection is shared keeps the credential they have been using; those of other owners are
/// deleted. Who is being asked for consent meanwhile would be asked for another owner, so no such answer counts.
pub(super) fn share(
    rows: &Rows<'_>,
    before: &Connection,
    after: &Connection,
    owner: &str,
) -> Result<(), Failure> {
    rows.forget_attempts_of(after.id)?;
    let (was, becomes) = (before.owner(owner), after.owner(owner));
    for other in others(rows.credentials_of(after.id)?, was) {
        rows.delete_credential(other.id)?;
        let detail = format!("credential of {} deleted", other.owner);
        rows.audit("edit", of_connection(after), "ok", Some(&detail))?;
    }
    match rows.credential_state(after.id, was)? {
        Some(own) => rows.give_credential(own.id, becomes),
        None => rows.insert_credential(after.id, becomes),
    }
}
