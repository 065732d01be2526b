//! What a change takes from connections: it is made, and then looked at.

use std::collections::BTreeSet;

use crate::registry::{Failure, Rows};

/// Makes a change. Gives as well the link names of the connections that worked for somebody before, and do so no longer,
/// be it that another one has taken their place.
pub(super) fn affected_by<T>(
    rows: &Rows<'_>,
    change: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, Vec<String>), Failure> {
    let before = rows.authorised()?;
    let done = change()?;
    let after = rows.authorised()?;
    let by_number: BTreeSet<_> = after
        .iter()
        .map(|one| (one.connection, &one.owner))
        .collect();
    let by_name: BTreeSet<_> = after.iter().map(|one| (one.link(), &one.owner)).collect();
    let mut affected = Vec::new();
    for one in &before {
        let known = rows.connection_by_id(one.connection)?;
        let works = match &known {
            Some(_) => by_number.contains(&(one.connection, &one.owner)),
            None => by_name.contains(&(one.link(), &one.owner)),
        };
        if works {
            continue;
        }
        let link = known.map_or_else(|| one.link_name.clone(), |known| known.link_name);
        if affected.last() != Some(&link) {
            affected.push(link);
        }
    }
    Ok((done, affected))
}
