//! The tables of the registry (connections, 5) and how older ones become the present ones.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// "FRES": tells a registry from other SQLite files.
pub(super) const APPLICATION_ID: i32 = 0x4652_4553;

type Migration = fn(&Transaction<'_>) -> rusqlite::Result<()>;

/// One step a schema version, oldest first. Only ever appended to.
pub(super) const MIGRATIONS: &[Migration] = &[first];

/// Brings the schema up to date, each step in a transaction of its own. `before` runs once, before
/// the first step of a registry that holds something: it makes the backup.
///
/// Safe when several processes come at once: each step looks again, inside its transaction.
pub(super) fn migrate<E: From<rusqlite::Error>>(
    db: &mut Connection,
    migrations: &[Migration],
    before: impl FnOnce(&Connection) -> Result<(), E>,
) -> Result<(), E> {
    let found = version(db)?;
    if found > 0 && found < count(migrations) {
        before(db)?;
    }
    for (migration, number) in migrations.iter().zip(1..) {
        if version(db)? >= number {
            continue;
        }
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if version(&tx)? < number {
            migration(&tx)?;
            tx.pragma_update(None, "user_version", number)?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// Migrations applied so far.
pub(super) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

pub(super) fn count(migrations: &[Migration]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// An empty registry in memory, up to date.
pub(super) fn fresh() -> rusqlite::Result<Connection> {
    let mut db = Connection::open_in_memory()?;
    migrate::<rusqlite::Error>(&mut db, MIGRATIONS, |_| Ok(()))?;
    Ok(db)
}

fn first(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.execute_batch(
        "CREATE TABLE sealing_key (id TEXT PRIMARY KEY, proof BLOB NOT NULL, created_at INTEGER NOT NULL, retired_at INTEGER) STRICT;
CREATE TABLE service (
  id INTEGER PRIMARY KEY, link_name TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  definition TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE client (
  id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL DEFAULT 'default', client_id TEXT NOT NULL,
  client_secret BLOB /*sealed*/, fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fields)), secret_fields BLOB /*sealed*/,
  redirect_uri TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (service, name)) STRICT;
CREATE TABLE connection (
  id INTEGER PRIMARY KEY,
  link_name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(link_name) <= 50
    AND link_name GLOB '[A-Za-z]*' AND link_name NOT GLOB '*[^A-Za-z0-9_]*'),
  name TEXT NOT NULL, service TEXT NOT NULL, client INTEGER REFERENCES client(id) ON DELETE RESTRICT, grant_type TEXT,
  scopes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(scopes)), fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fields)),
  extra_hosts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(extra_hosts)),
  sharing TEXT NOT NULL DEFAULT 'shared' CHECK (sharing IN ('shared','per_user')),
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0,1)), rate TEXT, notes TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE credential (
  id INTEGER PRIMARY KEY, connection INTEGER NOT NULL REFERENCES connection(id) ON DELETE CASCADE, owner TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('created','authorised','needs_authorisation','failed')), reason TEXT,
  gen INTEGER NOT NULL DEFAULT 0, secret_fields BLOB /*sealed*/, access_token BLOB /*sealed*/, token_secret BLOB /*sealed*/,
  refresh_token BLOB /*sealed*/, previous_refresh_token BLOB /*sealed*/, token_type TEXT, granted_scopes TEXT, client_auth TEXT,
  found TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(found)), issued_at INTEGER, expires_at INTEGER,
  refresh_expires_at INTEGER, refresh_started_at INTEGER, authorised_at INTEGER, refreshed_at INTEGER, verified_at INTEGER,
  used_at INTEGER, account TEXT, last_error TEXT, last_error_at INTEGER, UNIQUE (connection, owner)) STRICT;
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY, connection INTEGER NOT NULL REFERENCES connection(id) ON DELETE CASCADE, owner TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL CHECK (kind IN ('code','oauth1','device')), handle BLOB NOT NULL UNIQUE, secret BLOB /*sealed*/,
  client INTEGER REFERENCES client(id), redirect_uri TEXT, scopes TEXT NOT NULL, issuer TEXT, browser BLOB, poll_interval INTEGER,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, outcome TEXT) STRICT;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL CHECK (via IN ('cli','console','run','worker')),
  action TEXT NOT NULL, connection INTEGER, link_name TEXT, service TEXT, outcome TEXT NOT NULL, detail TEXT) STRICT;
CREATE INDEX audit_by_link ON audit (link_name, at);
CREATE INDEX attempt_by_expiry ON attempt (expires_at);",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may end at the first surprise")]

    use super::*;

    #[test]
    fn a_later_step_runs_once_and_after_the_backup() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate::<rusqlite::Error>(&mut db, MIGRATIONS, |_| unreachable!("nothing to back up"))
            .unwrap();
        let second: Migration = |tx| tx.execute_batch("ALTER TABLE service ADD COLUMN colour TEXT");
        let steps: Vec<Migration> = MIGRATIONS.iter().copied().chain([second]).collect();

        let mut backups = 0;
        for _ in 0..2 {
            let backup = |db: &Connection| -> rusqlite::Result<()> {
                assert!(
                    db.prepare("SELECT colour FROM service").is_err(),
                    "the backup comes first"
                );
                backups += 1;
                Ok(())
            };
            migrate(&mut db, &steps, backup).unwrap();
        }

        assert_eq!(backups, 1);
        assert_eq!(version(&db).unwrap(), count(&steps));
        assert!(db.prepare("SELECT colour FROM service").is_ok());
    }
}
