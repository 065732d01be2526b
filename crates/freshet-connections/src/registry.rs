//! The store of services, clients, connections and credentials: one SQLite file with sealed
//! columns. All SQL of connections stands in this folder.
//!
//! `open.rs` opens and judges the file, `rows.rs` and its neighbours hold the statements, `life.rs`
//! the changes of state a request brings. Every change runs through [`Registry::write`]: one
//! transaction, with its audit row.

mod attempts;
mod audit;
mod backup;
mod carried;
mod check;
mod clients;
mod connections;
mod credentials;
mod key;
mod life;
mod open;
mod recover;
mod rotate;
mod rows;
mod schema;
mod seal;
mod services;
mod transfer;

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{ErrorCode, Transaction, TransactionBehavior};

use crate::clock::Clock;
use crate::error::ConnectionError;
use crate::process::close_memory;
use crate::room;
use crate::service::Service;
use crate::settings::{Settings, data_folder};
pub(crate) use attempts::{Attempt, AttemptKind, NewAttempt};
pub(crate) use audit::Subject;
pub use audit::{ACTIONS, Entry, Filter};
pub(crate) use carried::Carried;
pub use check::{Backup, Check, RegistryReport};
pub(crate) use clients::ClientValues;
pub(crate) use life::{MUST_AGAIN, check_as_loaded, check_unchanged, find, lost_at, of_connection};
pub use recover::{Recovered, RecoveredTable, Recovery};
pub use rotate::{KeyPlace, Rotation};
pub(crate) use rows::{Failure, Rows};
use seal::KeyRing;
pub(crate) use services::parse;

/// The version of SQLite in this program.
#[must_use]
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// An open registry. Cheap to share; its calls are short and block, so none is held across a
/// request.
pub(crate) struct Registry {
    db: Mutex<Open>,
    keys: Mutex<Arc<KeyRing>>,
    clock: Arc<dyn Clock>,
    /// Empty for a registry in memory.
    path: PathBuf,
    settings: Settings,
    /// Custom services by link name, with the time of the row they were read from; default ones
    /// with the time 0.
    parsed: Mutex<HashMap<String, (i64, Arc<Service>)>>,
}

/// The file of a registry, open.
struct Open {
    db: rusqlite::Connection,
    /// Which file it is.
    file: Option<FileId>,
}

/// Device and number of a file.
type FileId = (u64, u64);

impl Registry {
    /// Whether there is something to be read at a path.
    pub fn is_there(path: &Path) -> bool {
        open::is_there(path)
    }

    /// Where the registry is, or would be made.
    ///
    /// # Errors
    /// C0080 when nothing says where.
    pub fn path(settings: &Settings) -> Result<PathBuf, ConnectionError> {
        settings
            .registry
            .clone()
            .or_else(|| data_folder().map(|folder| folder.join("registry.db")))
            .ok_or_else(|| {
                ConnectionError::registry_open(
                    Path::new("registry.db"),
                    "neither XDG_DATA_HOME nor HOME names a folder",
                )
            })
    }

    /// Opens the registry, and makes it with its folder and key where there is none.
    ///
    /// # Errors
    /// C0080 to C0086.
    pub fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, ConnectionError> {
        let path = Self::path(settings)?;
        close_memory();
        let (open, keys) = open_file(&path, settings, clock.now())?;
        Ok(Self::new(open, keys, clock, path, settings))
    }

    /// Looks whether the registry is whole. Changes nothing.
    ///
    /// # Errors
    /// C0080 when nothing says where it is.
    pub fn check(settings: &Settings, now: i64) -> Result<RegistryReport, ConnectionError> {
        close_memory();
        Ok(check::report(&Self::path(settings)?, settings, now))
    }

    /// Makes a damaged registry usable again, or makes it from the backup `from`. The file that was
    /// there is kept aside.
    ///
    /// # Errors
    /// C0080, C0082 for what is no damage; C0081 when nothing can be read; C0085 while another
    /// process holds it; C0086.
    pub fn recover(
        settings: &Settings,
        now: i64,
        from: Option<&Path>,
    ) -> Result<Recovery, ConnectionError> {
        close_memory();
        recover::recover(&Self::path(settings)?, settings, now, from)
    }

    /// An empty registry that is never stored.
    ///
    /// # Errors
    /// C0080 when SQLite cannot make one.
    pub fn in_memory(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, ConnectionError> {
        let (db, keys) = open::in_memory()?;
        let open = Open { db, file: None };
        Ok(Self::new(open, keys, clock, PathBuf::new(), settings))
    }

    fn new(
        open: Open,
        keys: KeyRing,
        clock: Arc<dyn Clock>,
        path: PathBuf,
        settings: &Settings,
    ) -> Self {
        Registry {
            db: Mutex::new(open),
            keys: Mutex::new(Arc::new(keys)),
            clock,
            path,
            settings: settings.clone(),
            parsed: Mutex::default(),
        }
    }

    /// Milliseconds since 1970 UTC.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// The open file, which is the one that has the name of the registry.
    ///
    /// # Errors
    /// Those of opening.
    fn db(&self) -> Result<MutexGuard<'_, Open>, ConnectionError> {
        // A panic inside a transaction has rolled it back: the connection is sound.
        let mut open = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        if self.was_replaced(open.file) {
            self.reopen(&mut open)?;
        }
        Ok(open)
    }

    /// Whether another file has taken the place of the open one: somebody recovered the registry meanwhile, and what is
    /// written to the old file is lost.
    fn was_replaced(&self, file: Option<FileId>) -> bool {
        file_id(&self.path).is_some_and(|now| file != Some(now))
    }

    fn reopen(&self, open: &mut Open) -> Result<(), ConnectionError> {
        let (opened, keys) = open_file(&self.path, &self.settings, self.clock.now())?;
        *open = opened;
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        self.forget_parsed();
        Ok(())
    }

    fn transaction<T>(
        &self,
        behavior: TransactionBehavior,
        run: impl FnOnce(Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, ConnectionError> {
        let mut open = self.db()?;
        let outcome = loop {
            let file = open.file;
            let tx = match open.db.transaction_with_behavior(behavior) {
                Ok(tx) => tx,
                Err(error) => break Err(error.into()),
            };
            // Whoever recovers a registry holds it until the new file is there: what is to write may have waited for that.
            let may_have_waited = matches!(behavior, TransactionBehavior::Immediate);
            if !(may_have_waited && self.was_replaced(file)) {
                break run(tx);
            }
            drop(tx);
            self.reopen(&mut open)?;
        };
        outcome.map_err(|failure| self.told(failure))
    }

    fn rows<'a>(&'a self, db: &'a rusqlite::Connection, keys: &'a KeyRing) -> Rows<'a> {
        Rows {
            db,
            keys,
            now: self.clock.now(),
            actor: &self.settings.actor,
            via: self.settings.via.as_str(),
            redirect_port: self.settings.redirect_port,
            made: Cell::new(None),
        }
    }

    /// The keys for a transaction. Another process may have changed the key since this one opened the
    /// registry: then they are looked for again.
    fn keys(&self, tx: &rusqlite::Connection) -> Result<Arc<KeyRing>, Failure> {
        let mut held = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let current = open::current_key(tx)?;
        if current.is_some_and(|id| id != held.current().id()) {
            let found = open::keys(tx, &self.settings, &self.path)?;
            // Those held stay: this transaction may see values from before the change.
            let others = found.keys().chain(held.keys()).cloned();
            *held = Arc::new(KeyRing::new(Arc::clone(found.current()), others));
        }
        Ok(Arc::clone(&held))
    }

    /// Reads, all from one state of the registry.
    ///
    /// # Errors
    /// What `read` says, and those of the registry.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Rows<'_>) -> Result<T, Failure>,
    ) -> Result<T, ConnectionError> {
        self.transaction(TransactionBehavior::Deferred, |tx| {
            read(&self.rows(&tx, &*self.keys(&tx)?))
        })
    }

    /// Changes, all or nothing. Begins immediate, since a transaction that upgrades later fails at
    /// once where another process writes.
    pub fn write<T>(
        &self,
        change: impl FnOnce(&Rows<'_>) -> Result<T, Failure>,
    ) -> Result<T, ConnectionError> {
        self.write_with(|tx| self.keys(tx), change)
    }

    /// Does what [`write`](Self::write) would do, to a copy in memory: nobody waits for it.
    pub fn rehearse<T>(
        &self,
        change: impl FnOnce(&Rows<'_>) -> Result<T, Failure>,
    ) -> Result<T, ConnectionError> {
        let copy = open::copy(&self.db()?.db);
        let outcome = copy.and_then(|copy| change(&self.rows(&copy, &*self.keys(&copy)?)));
        let outcome = outcome.map_err(|failure| self.told(failure));
        // Services were read that were never stored.
        self.forget_parsed();
        outcome
    }

    /// Changes with keys of the caller's choice.
    fn write_with<T>(
        &self,
        keys: impl FnOnce(&rusqlite::Connection) -> Result<Arc<KeyRing>, Failure>,
        change: impl FnOnce(&Rows<'_>) -> Result<T, Failure>,
    ) -> Result<T, ConnectionError> {
        self.transaction(TransactionBehavior::Immediate, |tx| {
            let keys = keys(&tx)?;
            let value = change(&self.rows(&tx, &keys))?;
            tx.commit()?;
            Ok(value)
        })
    }

    fn told(&self, failure: Failure) -> ConnectionError {
        match failure {
            Failure::Told(error) => error,
            Failure::Sql(error) => sql_error(&error, &self.path, &self.settings, Doing::Working),
        }
    }

    /// The lock file of a credential, `locks/ID` beside the registry. The caller locks it.
    ///
    /// # Errors
    /// C0086 when it cannot be made.
    pub fn lock_file(&self, credential: i64) -> Result<File, ConnectionError> {
        lock_file(&self.path, &credential.to_string())
    }

    /// The lock file of a redirect port, `locks/callback-PORT`: whoever listens there for this
    /// registry holds it.
    ///
    /// # Errors
    /// C0086 when it cannot be made.
    pub fn port_lock_file(&self, port: u16) -> Result<File, ConnectionError> {
        lock_file(&self.path, &format!("callback-{port}"))
    }
}

/// Opens the file of a registry.
fn open_file(
    path: &Path,
    settings: &Settings,
    now: i64,
) -> Result<(Open, KeyRing), ConnectionError> {
    // Looked at before, so that a file that takes its place while it is opened is noticed.
    let before = file_id(path);
    let (db, keys) = open::open(path, settings, now)?;
    let file = before.or_else(|| file_id(path));
    Ok((Open { db, file }, keys))
}

fn file_id(path: &Path) -> Option<FileId> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// A file in `locks/` beside the registry, which the caller locks. Never written to: only its lock
/// counts, and ends with the process.
fn lock_file(path: &Path, name: &str) -> Result<File, ConnectionError> {
    let folder = path.with_file_name("locks");
    let path = folder.join(name);
    let open = || {
        make_own_folder(&folder)?;
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(&path)
    };
    open().map_err(|error| ConnectionError::not_written(&path, &error))
}

/// What was being done when SQLite failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Opening,
    Working,
}

/// Makes a folder, and those above it, for this user alone from the moment it exists.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Makes a folder beside the registry. What others put there in its place is not followed.
fn make_own_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_symlink() {
        return Err(not_followed());
    }
    make_folder(folder)
}

fn not_followed() -> std::io::Error {
    std::io::Error::other("it is a symbolic link, which is not followed")
}

/// Whether SQLite failed for want of space in `folder`. It says so only of the pages of its files; that the memory which
/// processes share (-shm) finds no room, or that a limit or a quota is reached, looks like a fault of the disk. Then a
/// page is written `after` so many bytes, where it may have failed.
fn is_full(error: &rusqlite::Error, folder: &Path, after: u64) -> bool {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => true,
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
            room::probe(folder, after).is_err_and(|error| room::is_missing(&error))
        }
        _ => false,
    }
}

/// How long the longest of the files of a registry is, in bytes.
fn longest(path: &Path) -> u64 {
    let lengths = ["", "-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        std::fs::metadata(name).map_or(0, |about| about.len())
    });
    lengths.into_iter().max().unwrap_or_default()
}

/// A failure of SQLite, told in our words.
fn sql_error(
    error: &rusqlite::Error,
    path: &Path,
    settings: &Settings,
    doing: Doing,
) -> ConnectionError {
    let damaged = |cause: &str| {
        ConnectionError::registry_damaged(path, cause, backup::newest(path).as_deref())
    };
    let failed = |cause: &str| match doing {
        Doing::Opening => ConnectionError::registry_open(path, cause),
        Doing::Working => ConnectionError::registry_write(path, cause),
    };
    let Some(code) = error.sqlite_error_code() else {
        // A column holds what it cannot hold: the row was altered by hand.
        return damaged(&error.to_string());
    };
    if is_full(error, open::folder_of(path), longest(path)) {
        return match doing {
            Doing::Opening => ConnectionError::no_room_to_open(path),
            Doing::Working => ConnectionError::no_room_to_write(path),
        };
    }
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            ConnectionError::registry_busy(settings.busy.as_secs())
        }
        ErrorCode::DatabaseCorrupt => damaged("its pages do not fit together"),
        ErrorCode::NotADatabase => damaged("it is no SQLite file"),
        ErrorCode::ReadOnly => failed("it is read-only"),
        ErrorCode::PermissionDenied => failed("permission denied"),
        ErrorCode::CannotOpen => {
            failed("the file, or its -wal and -shm beside it, cannot be opened")
        }
        _ => failed(&error.to_string()),
    }
}
