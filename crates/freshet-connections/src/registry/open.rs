//! Opening the registry: the file is judged before anything is written to it.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use super::schema::{self, APPLICATION_ID, MIGRATIONS};
use super::seal::SealingKey;
use super::{Doing, backups, key, make_folder, newest_backup, sql_error};
use crate::error::ConnectionError;
use crate::settings::Settings;

/// What the first 16 bytes of an SQLite file are (https://www.sqlite.org/fileformat.html, 1.3).
const SQLITE_HEADER: &[u8; 16] = b"SQLite format 3\0";

/// Backups kept beside the registry.
const BACKUPS: usize = 3;

/// Either a failure of SQLite or one already told.
enum Trouble {
    Sql(rusqlite::Error),
    Told(ConnectionError),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Trouble::Sql(error)
    }
}

pub(super) fn open(
    path: &Path,
    settings: &Settings,
    now: i64,
) -> Result<(Connection, SealingKey), ConnectionError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folder(folder)
        .map_err(|error| ConnectionError::registry_open(path, &key::cause(&error)))?;
    judge_file(path)?;
    let told = |trouble| match trouble {
        Trouble::Told(error) => error,
        Trouble::Sql(error) => sql_error(&error, path, settings, Doing::Opening),
    };
    let mut db = connect(path, settings.busy).map_err(told)?;
    prepare(&mut db, path, now).map_err(told)?;
    let key = unlock(&mut db, settings, folder, now).map_err(told)?;
    Ok((db, key))
}

/// An empty registry that is never stored.
pub(super) fn in_memory() -> Result<(Connection, SealingKey), ConnectionError> {
    let open = || -> rusqlite::Result<Connection> {
        let mut db = Connection::open_in_memory()?;
        schema::migrate::<rusqlite::Error>(&mut db, MIGRATIONS, |_| Ok(()))?;
        Ok(db)
    };
    let db = open().map_err(|error| {
        ConnectionError::registry_open(Path::new("(in memory)"), &error.to_string())
    })?;
    Ok((db, SealingKey::generate()))
}

/// Makes the file where there is none; refuses what cannot be a registry.
fn judge_file(path: &Path) -> Result<(), ConnectionError> {
    let refuse = |cause: &str| Err(ConnectionError::registry_open(path, cause));
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return make_file(path),
        Err(error) => return refuse(&key::cause(&error)),
        Ok(found) => found,
    };
    if found.is_dir() {
        return refuse("it is a folder");
    }
    if found.file_type().is_symlink() {
        return refuse("it is a symbolic link, which is not followed");
    }
    if !found.is_file() {
        return refuse("it is not a file");
    }
    let damaged = |cause: &str| {
        Err(ConnectionError::registry_damaged(
            path,
            cause,
            newest_backup(path).as_deref(),
        ))
    };
    if found.len() == 0 {
        // A process that ended between making the file and filling it leaves it empty; beside
        // backups, emptiness is a loss.
        return if newest_backup(path).is_none() {
            Ok(())
        } else {
            damaged("it is empty")
        };
    }
    let mut header = [0; SQLITE_HEADER.len()];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) if &header == SQLITE_HEADER => Ok(()),
        Ok(()) => damaged("it does not begin as an SQLite file does"),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => damaged("it is cut off"),
        Err(error) => refuse(&key::cause(&error)),
    }
}

/// An empty file with mode 0600; SQLite gives the same to the files beside it.
fn make_file(path: &Path) -> Result<(), ConnectionError> {
    match File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(ConnectionError::registry_open(path, &key::cause(&error))),
    }
}

/// Takes back what others may do with the file, as after a careless copy: it is meant for its owner alone.
fn tighten(path: &Path) {
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    let mode = metadata.permissions().mode();
    if mode & 0o077 != 0
        && fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700)).is_ok()
    {
        tracing::warn!(
            "{} could be read by others; it is yours alone now (mode 0600)",
            path.display()
        );
    }
}

fn connect(path: &Path, busy: Duration) -> Result<Connection, Trouble> {
    tighten(path);
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(busy)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    Ok(db)
}

/// Checks whose file it is, sets it up and brings its schema up to date.
fn prepare(db: &mut Connection, path: &Path, now: i64) -> Result<(), Trouble> {
    // In this order: another process may set the file up between the two, and does so in one transaction.
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID && (application != 0 || tables > 0) {
        let cause = "it belongs to another program";
        return Err(Trouble::Told(ConnectionError::registry_open(path, cause)));
    }
    let (found, known) = (schema::version(db)?, schema::count(MIGRATIONS));
    if found > known {
        return Err(Trouble::Told(ConnectionError::registry_newer(
            path, found, known,
        )));
    }
    // WAL is a property of the file, the others of this connection. A rotated refresh token must
    // survive power loss, so each commit reaches the disk.
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    schema::migrate(db, MIGRATIONS, |db| backup(db, path, now))
}

/// Copies the registry into `backups/`, and drops the oldest of too many.
fn backup(db: &Connection, path: &Path, now: i64) -> Result<(), Trouble> {
    let folder = path.with_file_name("backups");
    let copy = folder.join(format!("registry-{now}.db"));
    let fail = |error: std::io::Error| {
        Trouble::Told(ConnectionError::registry_write(&copy, &key::cause(&error)))
    };
    make_folder(&folder).map_err(fail)?;
    File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&copy)
        .map_err(fail)?;
    db.backup("main", &copy, None::<fn(rusqlite::backup::Progress)>)?;
    let mut kept = backups(path);
    while kept.len() > BACKUPS {
        // A backup too many does no harm.
        let _ = fs::remove_file(kept.remove(0));
    }
    Ok(())
}

/// Finds the key and holds it against the proof in the registry; a new registry takes it on.
fn unlock(
    db: &mut Connection,
    settings: &Settings,
    folder: &Path,
    now: i64,
) -> Result<SealingKey, Trouble> {
    let sealed: bool = db.query_row("SELECT EXISTS (SELECT 1 FROM sealing_key)", [], |row| {
        row.get(0)
    })?;
    let found = key::find(settings, folder, !sealed).map_err(Trouble::Told)?;
    if !sealed {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM sealing_key)", [], |row| {
            row.get(0)
        })?;
        if !taken {
            tx.execute(
                "INSERT INTO sealing_key (id, proof, created_at) VALUES (?1, ?2, ?3)",
                (found.key.id(), found.key.proof(), now),
            )?;
        }
        tx.commit()?;
    }
    let proof: Option<Vec<u8>> = db
        .query_row(
            "SELECT proof FROM sealing_key WHERE id = ?1",
            [found.key.id()],
            |row| row.get(0),
        )
        .optional()?;
    if proof.is_some_and(|proof| found.key.proves(&proof)) {
        return Ok(found.key);
    }
    let mut ids = db.prepare("SELECT id FROM sealing_key ORDER BY created_at DESC")?;
    let ids = ids
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    Err(Trouble::Told(ConnectionError::wrong_key(
        &found.source,
        found.key.id(),
        &ids,
    )))
}
