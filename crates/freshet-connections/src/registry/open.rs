//! Opening the registry: the file is judged before anything is written to it.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use super::rows::Failure;
use super::schema::{self, APPLICATION_ID, MIGRATIONS};
use super::seal::{KeyRing, SealingKey};
use super::{Doing, backup, key, make_folder, sql_error};
use crate::error::ConnectionError;
use crate::settings::Settings;

/// What the first 16 bytes of an SQLite file are (https://www.sqlite.org/fileformat.html, 1.3).
const SQLITE_HEADER: &[u8; 16] = b"SQLite format 3\0";
/// Where the same page holds the application id, in bytes.
const APPLICATION_ID_AT: usize = 68;

pub(super) fn open(
    path: &Path,
    settings: &Settings,
    now: i64,
) -> Result<(Connection, KeyRing), ConnectionError> {
    make_folder(folder_of(path))
        .map_err(|error| ConnectionError::registry_not_opened(path, &error))?;
    judge_file(path)?;
    let told = |failure| match failure {
        Failure::Told(error) => error,
        Failure::Sql(error) => sql_error(&error, path, settings, Doing::Opening),
    };
    let mut db = connect(path, settings.busy).map_err(told)?;
    prepare(&mut db, path, now).map_err(told)?;
    let keys = unlock(&mut db, settings, path, now).map_err(told)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        .map_err(|error| told(error.into()))?;
    Ok((db, keys))
}

/// An empty registry that is never stored.
pub(super) fn in_memory() -> Result<(Connection, KeyRing), ConnectionError> {
    let db = schema::fresh().map_err(|error| {
        ConnectionError::registry_open(Path::new("(in memory)"), &error.to_string())
    })?;
    Ok((db, KeyRing::new(Arc::new(SealingKey::generate()), [])))
}

/// Whether there is something to be read at a path. An empty file is nothing, unless backups beside it say that it is a
/// loss.
pub(super) fn is_there(path: &Path) -> bool {
    match fs::symlink_metadata(path) {
        Ok(found) => !found.is_file() || found.len() > 0 || backup::newest(path).is_some(),
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// Makes the file where there is none; refuses what cannot be a registry.
pub(super) fn judge_file(path: &Path) -> Result<(), ConnectionError> {
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
            backup::newest(path).as_deref(),
        ))
    };
    if found.len() == 0 {
        // A process that ended between making the file and filling it leaves it empty; beside
        // backups, emptiness is a loss.
        return if backup::newest(path).is_none() {
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
        Err(error) => Err(ConnectionError::registry_not_opened(path, &error)),
    }
}

/// Takes back what others may do with the files of a registry, as after a careless copy: they are meant for their owner
/// alone. The -wal and -shm that SQLite makes beside a registry while it may not be written stay so, and no later write
/// succeeds: they may be written as soon as the registry may.
fn tighten(path: &Path) {
    let Some(mode) = mode_of(path) else {
        return;
    };
    if mode & 0o077 != 0
        && fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700)).is_ok()
    {
        tracing::warn!(
            "{} could be read by others; it is yours alone now (mode 0600)",
            path.display()
        );
    }
    for companion in companions(path) {
        let Some(found) = mode_of(&companion) else {
            continue;
        };
        let wanted = (found | mode) & 0o700;
        if found != wanted {
            // Where it fails, as on a file of another user, SQLite says what cannot be done.
            let _ = fs::set_permissions(&companion, fs::Permissions::from_mode(wanted));
        }
    }
}

/// The mode of a file that is no symbolic link.
fn mode_of(path: &Path) -> Option<u32> {
    let found = fs::symlink_metadata(path).ok()?;
    found.is_file().then(|| found.permissions().mode() & 0o777)
}

/// The -wal and -shm that SQLite keeps beside a registry.
fn companions(path: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// Whether a file begins as those of SQLite do.
pub(super) fn is_sqlite(path: &Path) -> bool {
    let mut header = [0; SQLITE_HEADER.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && &header == SQLITE_HEADER
}

/// Whether the first page of a file says that it is a registry. That of a new one may say so only in its -wal.
fn says_it_is_ours(path: &Path) -> bool {
    let mut start = [0; APPLICATION_ID_AT + 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start[APPLICATION_ID_AT..] == APPLICATION_ID.to_be_bytes()
}

pub(super) fn connect(path: &Path, busy: Duration) -> Result<Connection, Failure> {
    // Before SQLite looks at the files beside it. What is not known to be ours keeps its mode.
    if says_it_is_ours(path) {
        tighten(path);
    }
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(busy)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Until the file is known to be ours, closing it leaves its -wal alone: a -wal of another registry
    // would be written into this one.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    Ok(db)
}

/// A copy in memory. Its secrets stay sealed.
pub(super) fn copy(db: &Connection) -> Result<Connection, Failure> {
    let mut copy = Connection::open_in_memory()?;
    copy.pragma_update(None, "trusted_schema", false)?;
    let done = Backup::new(db, &mut copy)?.step(-1)?;
    if done != StepResult::Done {
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(busy, None).into());
    }
    copy.pragma_update(None, "foreign_keys", true)?;
    Ok(copy)
}

/// Refuses the file of another program, and a registry of a newer one.
pub(super) fn judge(db: &Connection, path: &Path) -> Result<(), Failure> {
    // In this order: another process may set the file up between the two, and does so in one transaction.
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID && (application != 0 || tables > 0) {
        let cause = "it belongs to another program";
        return Err(Failure::Told(ConnectionError::registry_open(path, cause)));
    }
    let (found, known) = (schema::version(db)?, schema::count(MIGRATIONS));
    if found > known {
        return Err(Failure::Told(ConnectionError::registry_newer(
            path, found, known,
        )));
    }
    Ok(())
}

/// Checks whose file it is, sets it up and brings its schema up to date.
fn prepare(db: &mut Connection, path: &Path, now: i64) -> Result<(), Failure> {
    judge(db, path)?;
    tighten(path);
    // WAL is a property of the file, the others of this connection. A rotated refresh token must
    // survive power loss, so each commit reaches the disk.
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    schema::migrate(db, MIGRATIONS, |db| backup::make(db, path, now).map(|_| ()))
}

/// Finds the keys and holds them against the registry; a new registry takes one on.
fn unlock(
    db: &mut Connection,
    settings: &Settings,
    path: &Path,
    now: i64,
) -> Result<KeyRing, Failure> {
    if current_key(db)?.is_none() {
        let found = key::find(settings, folder_of(path), true)?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if current_key(&tx)?.is_none() {
            for key in found.keys.iter().take(1) {
                tx.execute(
                    "INSERT INTO sealing_key (id, proof, created_at) VALUES (?1, ?2, ?3)",
                    (key.id(), key.proof(), now),
                )?;
            }
        }
        tx.commit()?;
    }
    keys(db, settings, path)
}

/// The id of the key that seals what is new: of those in use, the newest. `None` before there is one.
pub(super) fn current_key(db: &Connection) -> rusqlite::Result<Option<String>> {
    db.prepare_cached(
        "SELECT id FROM sealing_key WHERE retired_at IS NULL ORDER BY created_at DESC, rowid DESC LIMIT 1",
    )?
    .query_row([], |row| row.get(0))
    .optional()
}

/// The keys of this user, led by the one that seals what is new.
///
/// # Errors
/// C0083 when that one is not among them, C0084 when there are none to be read.
pub(super) fn keys(db: &Connection, settings: &Settings, path: &Path) -> Result<KeyRing, Failure> {
    let found = key::find(settings, folder_of(path), false)?;
    let mut statement = db.prepare_cached(
        "SELECT id, proof FROM sealing_key WHERE retired_at IS NULL ORDER BY created_at DESC, rowid DESC",
    )?;
    let used = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(String, Vec<u8>)>, _>>()?;
    let current = used.first().and_then(|(id, proof)| {
        let key = found.keys.iter().find(|key| key.id() == id)?;
        key.proves(proof).then(|| Arc::clone(key))
    });
    let Some(current) = current else {
        let ids: Vec<String> = used.into_iter().map(|(id, _)| id).take(1).collect();
        return Err(ConnectionError::wrong_key(&found.origin.name(), &found.ids(), &ids).into());
    };
    Ok(KeyRing::new(current, found.keys))
}

/// The folder of the registry, where its key may lie.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}
