//! The audit log: who changed or was refused what, when. Holds names and codes, never values.

use super::life::MUST_AGAIN;
use super::rows::{Failure, Rows};
use crate::connection::Reason;

/// Oldest entry kept, in milliseconds: 400 days.
const LONGEST: i64 = 400 * 24 * 60 * 60 * 1000;
/// Entries kept.
const MOST: i64 = 100_000;

/// What entries are of (connections, 5).
pub const ACTIONS: [&str; 16] = [
    "create",
    "connect",
    "deny",
    "refresh",
    "refresh_failed",
    "verify",
    "edit",
    "rename",
    "enable",
    "disable",
    "revoke",
    "remove",
    "export",
    "import",
    "host_added",
    "use_refused",
];

/// What the entry about a renewal says that came after one that was cut off.
pub(super) const CUT_OFF: &str = "after one that was cut off";

/// What an entry is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Subject<'a> {
    pub connection: Option<i64>,
    pub link_name: Option<&'a str>,
    pub service: Option<&'a str>,
}

/// An entry as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// `cli`, `console`, `run` or `worker`.
    pub via: String,
    /// What was done, such as `connect`.
    pub action: String,
    /// The link name at that time.
    pub link_name: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// `ok`, the code of an error, or `imported` for what was done in the registry that something comes from.
    pub outcome: String,
    /// Codes, scope and host names, an old link name, the owner of what was revoked, what came before a renewal.
    pub detail: Option<String>,
}

/// Which entries to read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One connection, by its present link name; its entries under earlier names count too.
    pub link_name: Option<String>,
    /// From this time, milliseconds since 1970 UTC.
    pub since: Option<i64>,
    /// One action.
    pub action: Option<String>,
    /// At most so many, the newest.
    pub limit: Option<u32>,
}

/// The owner of a credential, where it is not everybody's.
pub(super) fn whose(owner: &str) -> Option<&str> {
    Some(owner).filter(|owner| !owner.is_empty())
}

/// Narrows entries under the number of a connection to those about the one that has it now: earlier versions gave out
/// that of a removed one again.
fn since_it_is_there(connection: &str) -> String {
    format!(
        "id > coalesce((SELECT max(earlier.id) FROM audit AS earlier
               WHERE earlier.connection = {connection} AND earlier.action = 'remove'), 0)"
    )
}

impl Rows<'_> {
    /// Adds an entry, and drops what is too old or too much.
    pub fn audit(
        &self,
        action: &str,
        subject: Subject<'_>,
        outcome: &str,
        detail: Option<&str>,
    ) -> Result<(), Failure> {
        self.audit_at(self.now, action, subject, outcome, detail)
    }

    /// Adds the entry about what took the authorisation of an owner away in the registry that it comes from.
    pub fn audit_loss(
        &self,
        at: i64,
        subject: Subject<'_>,
        reason: Reason,
        owner: &str,
    ) -> Result<(), Failure> {
        match reason {
            Reason::Revoked => self.audit_imported(at, "revoke", subject, whose(owner)),
            Reason::Changed => self.audit_imported(at, "edit", subject, Some(MUST_AGAIN)),
            _ => Ok(()),
        }
    }

    /// Adds an entry about what was done in the registry that something comes from.
    pub fn audit_imported(
        &self,
        at: i64,
        action: &str,
        subject: Subject<'_>,
        detail: Option<&str>,
    ) -> Result<(), Failure> {
        self.audit_at(at, action, subject, "imported", detail)
    }

    fn audit_at(
        &self,
        at: i64,
        action: &str,
        subject: Subject<'_>,
        outcome: &str,
        detail: Option<&str>,
    ) -> Result<(), Failure> {
        self.db.prepare_cached(
            "INSERT INTO audit (at, actor, via, action, connection, link_name, service, outcome, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            at, self.actor, self.via, action, subject.connection, subject.link_name, subject.service, outcome, detail,
        ))?;
        let newest = self.db.last_insert_rowid();
        self.db
            .prepare_cached("DELETE FROM audit WHERE id <= ?1")?
            .execute([newest - MOST])?;
        // Ids grow with time: this stops at the first entry that is young enough.
        self.db
            .prepare_cached("DELETE FROM audit WHERE id < (SELECT id FROM audit WHERE at >= ?1 ORDER BY id LIMIT 1)")?
            .execute([self.now - LONGEST])?;
        Ok(())
    }

    /// Entries, oldest first.
    pub fn audit_entries(&self, filter: &Filter) -> Result<Vec<Entry>, Failure> {
        let limit = filter.limit.map_or(-1, i64::from);
        let its_number = "(SELECT id FROM connection WHERE link_name = ?1)";
        let mut statement = self.db.prepare(&format!(
            "SELECT * FROM (SELECT * FROM audit
             WHERE (?1 IS NULL OR link_name = ?1 OR connection = {its_number} AND {})
               AND (?2 IS NULL OR at >= ?2) AND (?3 IS NULL OR action = ?3)
             ORDER BY id DESC LIMIT ?4) ORDER BY at, id",
            since_it_is_there(its_number)
        ))?;
        let entries = statement.query_map(
            (&filter.link_name, filter.since, &filter.action, limit),
            |row| {
                Ok(Entry {
                    at: row.get("at")?,
                    actor: row.get("actor")?,
                    via: row.get("via")?,
                    action: row.get("action")?,
                    link_name: row.get("link_name")?,
                    service: row.get("service")?,
                    outcome: row.get("outcome")?,
                    detail: row.get("detail")?,
                })
            },
        )?;
        Ok(entries.collect::<Result<_, _>>()?)
    }

    /// The present link name of what was once called `link`, and when it was renamed.
    pub fn renamed_to(&self, link: &str) -> Result<Option<(String, i64)>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT (SELECT link_name FROM connection WHERE id = audit.connection), at FROM audit
             WHERE action = 'rename' AND detail = ?1 AND connection IN (SELECT id FROM connection) AND {}
             ORDER BY id DESC LIMIT 1",
            since_it_is_there("audit.connection")
        ))?;
        let mut rows = statement.query([link])?;
        Ok(match rows.next()? {
            Some(row) => Some((row.get(0)?, row.get(1)?)),
            None => None,
        })
    }

    /// When an owner's tokens were last given back.
    pub fn revoked_at(&self, connection: i64, owner: &str) -> Result<Option<i64>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT at FROM audit WHERE connection = ?1 AND action = 'revoke' AND coalesce(detail, ?2) = ?2
             AND {} ORDER BY id DESC LIMIT 1",
            since_it_is_there("?1")
        ))?;
        let mut rows = statement.query((connection, owner))?;
        Ok(match rows.next()? {
            Some(row) => Some(row.get(0)?),
            None => None,
        })
    }

    /// Whether the last renewal of a credential, since it was authorised, came after one that was cut off: the service
    /// may have got the request of that one later.
    pub fn follows_a_cut_off(&self, credential: i64) -> Result<bool, Failure> {
        let mut statement = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM audit JOIN credential ON credential.connection = audit.connection
             WHERE credential.id = ?1 AND action = 'refresh' AND detail = ?2
               AND at = refreshed_at AND at >= coalesce(authorised_at, 0))",
        )?;
        Ok(statement.query_row((credential, CUT_OFF), |row| row.get(0))?)
    }

    /// When something was last done to a connection; `detail` is how the detail of the entry ends.
    pub fn last_at(
        &self,
        connection: i64,
        action: &str,
        detail: &str,
    ) -> Result<Option<i64>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT at FROM audit WHERE connection = ?1 AND action = ?2 AND coalesce(detail, '') LIKE '%' || ?3
             AND {} ORDER BY id DESC LIMIT 1",
            since_it_is_there("?1")
        ))?;
        let mut rows = statement.query((connection, action, detail))?;
        Ok(match rows.next()? {
            Some(row) => Some(row.get(0)?),
            None => None,
        })
    }
}
