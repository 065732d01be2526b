//! Copies of the registry in `backups/`, made by SQLite so that each is whole whatever others write.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::open::folder_of;
use super::rows::Failure;
use super::{is_full, lock_file, longest, make_own_folder};
use crate::error::ConnectionError;
use crate::room;

/// Backups kept beside the registry (reliability, 6).
const KEPT: usize = 3;

/// The ending of a backup that is not whole yet.
const DRAFT: &str = "part";

/// The newest backup beside the registry.
pub(super) fn newest(path: &Path) -> Option<PathBuf> {
    all(path).pop()
}

/// The backups beside the registry, oldest first: their names begin with the time.
pub(super) fn all(path: &Path) -> Vec<PathBuf> {
    with_ending(path, "db")
}

fn with_ending(path: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(path.with_file_name("backups"));
    let mut found: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == ending)
        })
        .collect();
    found.sort();
    found
}

/// Copies the registry into `backups/`, and drops the oldest of too many.
pub(super) fn make(db: &Connection, path: &Path, now: i64) -> Result<PathBuf, Failure> {
    let fail = ConnectionError::not_written;
    let folder = path.with_file_name("backups");
    make_own_folder(&folder).map_err(|error| fail(&folder, &error))?;
    let lock = lock_file(path, "backup")?;
    lock.lock().map_err(|error| fail(&folder, &error))?;
    // What a process that was killed while it copied left behind.
    for draft in with_ending(path, DRAFT) {
        let _ = fs::remove_file(draft);
    }
    let mut at = now;
    let mut copy = folder.join(format!("registry-{at}.db"));
    while copy.symlink_metadata().is_ok() {
        // Two in one millisecond.
        at += 1;
        copy = folder.join(format!("registry-{at}.db"));
    }
    to(db, path, &copy)?;
    let mut kept = all(path);
    while kept.len() > KEPT {
        // A backup too many does no harm.
        let _ = fs::remove_file(kept.remove(0));
    }
    Ok(copy)
}

/// Copies the registry to a file that must not be there yet, for this user alone. It appears under
/// its name when it is whole, and only if it is sound: a copy of a damaged registry would in time
/// displace the good ones.
pub(super) fn to(db: &Connection, path: &Path, copy: &Path) -> Result<(), Failure> {
    let fail = |error: io::Error| ConnectionError::not_written(copy, &error);
    if copy.symlink_metadata().is_ok() {
        return Err(fail(io::Error::from(ErrorKind::AlreadyExists)).into());
    }
    let draft = copy.with_extension(DRAFT);
    // A leftover: never followed, never shared.
    let _ = fs::remove_file(&draft);
    let outcome = write(db, path, &draft, fail).and_then(|()| {
        if !is_sound(&draft) {
            let cause = "its pages do not fit together";
            let newest = newest(path);
            return Err(ConnectionError::registry_damaged(path, cause, newest.as_deref()).into());
        }
        fs::rename(&draft, copy)
            .and_then(|()| sync_folder(copy))
            .map_err(|error| fail(error).into())
    });
    let _ = fs::remove_file(&draft);
    outcome
}

fn write(
    db: &Connection,
    path: &Path,
    draft: &Path,
    fail: impl Fn(io::Error) -> ConnectionError,
) -> Result<(), Failure> {
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)
        .map_err(&fail)?;
    let copied = db.backup("main", draft, None::<fn(rusqlite::backup::Progress)>);
    // The last page of the copy, which becomes as long.
    let last = || longest(path).saturating_sub(room::PAGE_SIZE);
    copied.map_err(|error| match error.sqlite_error_code() {
        _ if is_full(&error, folder_of(draft), last()) => {
            fail(io::Error::from(ErrorKind::StorageFull)).into()
        }
        Some(ErrorCode::SystemIoFailure) => fail(io::Error::other("the disk refuses it")).into(),
        _ => Failure::Sql(error),
    })?;
    file.sync_all().map_err(fail)?;
    Ok(())
}

/// Whether SQLite finds nothing wrong with a file that nobody writes.
pub(super) fn is_sound(path: &Path) -> bool {
    let check = || -> rusqlite::Result<bool> {
        let db = open_still(path)?;
        let found: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok(found == "ok")
    };
    check().unwrap_or(false)
}

/// Opens a file that nobody writes, without making anything beside it.
pub(super) fn open_still(path: &Path) -> rusqlite::Result<Connection> {
    let mut address = String::from("file:");
    // What means something in such an address (https://www.sqlite.org/uri.html, 3.1).
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                address.push(char::from(*byte));
            }
            other => address.push_str(&format!("%{other:02x}")),
        }
    }
    address.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(address, flags)?;
    db.pragma_update(None, "trusted_schema", false)?;
    Ok(db)
}

/// Makes the names in the folder of a file last.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
