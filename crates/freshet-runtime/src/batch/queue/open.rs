//! Opening the store: the file is judged before anything is written to it.

use std::fs::{self, DirBuilder, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::fault::{StoreError, told};

/// What the first 16 bytes of an SQLite file are (https://www.sqlite.org/fileformat.html, 1.3).
const SQLITE_HEADER: &[u8; 16] = b"SQLite format 3\0";

/// Marks an SQLite file as a store of batches: `frsb`.
const APPLICATION_ID: i32 = 0x6672_7362;

/// The version of the schema that this program writes.
const VERSION: i32 = 1;

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(15);

const SCHEMA: &str = "
CREATE TABLE batch (
  id TEXT PRIMARY KEY,
  identity TEXT NOT NULL,
  name TEXT NOT NULL,
  salt TEXT NOT NULL,
  options TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  cancelled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE unit (
  batch TEXT NOT NULL REFERENCES batch ON DELETE CASCADE,
  number INTEGER NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (batch, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  batch TEXT NOT NULL REFERENCES batch ON DELETE CASCADE,
  number INTEGER NOT NULL,
  unit INTEGER NOT NULL,
  key TEXT,
  arguments TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,
  retried INTEGER NOT NULL DEFAULT 0,
  run_at INTEGER NOT NULL DEFAULT 0,
  owner TEXT,
  lease_until INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER,
  ended_at INTEGER,
  duration INTEGER,
  http_calls INTEGER NOT NULL DEFAULT 0,
  result TEXT,
  log TEXT NOT NULL DEFAULT '',
  error TEXT
) STRICT;
CREATE UNIQUE INDEX job_by_number ON job (batch, number);
CREATE UNIQUE INDEX job_by_key ON job (batch, unit, key) WHERE key IS NOT NULL;
CREATE INDEX job_ready ON job (batch, number) WHERE state = 0;
CREATE INDEX job_running ON job (batch, owner) WHERE state = 1;
CREATE TABLE attempt (
  job INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
";

/// Opens the store; makes it where there is none.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|cause| StoreError::open(path, &cause_of(&cause)))?;
    }
    judge_file(path)?;
    let mut db = connect(path).map_err(|cause| told(path, &cause))?;
    prepare(&mut db, path)?;
    tighten(path);
    Ok(db)
}

/// Whether there is a store at all: commands that only look make none, out of an empty file neither.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_file() || found.len() > 0)
}

/// Takes back what others may do with the store and the files beside it, as after a careless copy: arguments, logs and
/// results are meant for their owner alone. It is known to be a store by now: files of others are none of our business.
fn tighten(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let file = Path::new(&name);
        let Ok(found) = fs::symlink_metadata(file) else {
            continue;
        };
        let mode = found.permissions().mode() & 0o777;
        // Where it fails, as on a file of another user, SQLite says what cannot be done.
        let is_open = found.is_file() && mode & 0o077 != 0;
        if is_open
            && fs::set_permissions(file, fs::Permissions::from_mode(mode & 0o700)).is_ok()
            && ending.is_empty()
        {
            tracing::warn!(
                "{} could be read by others; it is yours alone now (mode 0600)",
                path.display()
            );
        }
    }
}

fn judge_file(path: &Path) -> Result<(), StoreError> {
    let found = match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return make_file(path),
        Err(cause) => return Err(StoreError::open(path, &cause_of(&cause))),
        Ok(found) => found,
    };
    if found.is_dir() {
        return Err(StoreError::open(path, "it is a folder"));
    }
    if found.file_type().is_symlink() {
        return Err(StoreError::open(
            path,
            "it is a symbolic link, which is not followed",
        ));
    }
    if !found.is_file() {
        return Err(StoreError::open(path, "it is not a file"));
    }
    if found.len() == 0 {
        // A process that ended between making the file and filling it leaves it so.
        return Ok(());
    }
    let mut header = [0; SQLITE_HEADER.len()];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) if &header == SQLITE_HEADER => Ok(()),
        Ok(()) => Err(StoreError::damaged(
            path,
            "it does not begin as an SQLite file does",
        )),
        Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => {
            Err(StoreError::damaged(path, "it is cut off"))
        }
        Err(cause) => Err(StoreError::open(path, &cause_of(&cause))),
    }
}

/// An empty file with mode 0600; SQLite gives the same to the files beside it.
fn make_file(path: &Path) -> Result<(), StoreError> {
    let made = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => Ok(()),
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(cause) => Err(StoreError::open(path, &cause_of(&cause))),
    }
}

/// The cause of an I/O error without the number of the system.
fn cause_of(cause: &std::io::Error) -> String {
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(PATIENCE)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    Ok(db)
}

/// Checks whose file it is and sets it up.
fn prepare(db: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |cause| told(path, &cause);
    // In this order: another process may set the file up between the two, and does so in one transaction.
    let tables: i64 = db
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    let application: i32 = number(db, "application_id").map_err(failed)?;
    if application != APPLICATION_ID && (application != 0 || tables > 0) {
        return Err(StoreError::open(path, "it belongs to another program"));
    }
    let found = number(db, "user_version").map_err(failed)?;
    if found > VERSION {
        return Err(StoreError::newer(path, found, VERSION));
    }
    set_up(db).map_err(failed)
}

fn number(db: &Connection, pragma: &str) -> rusqlite::Result<i32> {
    db.pragma_query_value(None, pragma, |row| row.get(0))
}

fn set_up(db: &mut Connection) -> rusqlite::Result<()> {
    // WAL is a property of the file, the others of this connection.
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // A result that was reported must survive power loss, so each commit of results reaches the disk.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    if number(db, "user_version")? == VERSION {
        return Ok(());
    }
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it meanwhile.
    if number(&change, "user_version")? == 0 {
        change.execute_batch(SCHEMA)?;
        change.pragma_update(None, "application_id", APPLICATION_ID)?;
        change.pragma_update(None, "user_version", VERSION)?;
    }
    change.commit()
}
