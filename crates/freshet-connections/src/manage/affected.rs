//! What a change takes from connections that it is not about: it is made, and then looked at.

use crate::connection::{Credential, Status};
use crate::registry::{Failure, Rows};

/// Makes a change. Gives as well the link names of the connections that were authorised before, and are no longer.
pub(super) fn affected_by<T>(
    rows: &Rows<'_>,
    change: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, Vec<String>), Failure> {
    let before = authorised(rows)?;
    let done = change()?;
    let after = authorised(rows)?;
    let mut affected = Vec::new();
    for id in before.into_iter().filter(|id| !after.contains(id)) {
        // One that was removed or replaced was meant.
        affected.extend(rows.connection_by_id(id)?.map(|one| one.link_name));
    }
    Ok((done, affected))
}

/// The numbers of the connections that are authorised, by link name.
fn authorised(rows: &Rows<'_>) -> Result<Vec<i64>, Failure> {
    let works = |state: &Credential| state.status == Status::Authorised;
    let mut ids = Vec::new();
    for connection in rows.connections()? {
        if rows.credentials_of(connection.id)?.iter().any(works) {
            ids.push(connection.id);
        }
    }
    Ok(ids)
}
