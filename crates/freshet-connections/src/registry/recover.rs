//! Making a usable registry of a damaged one: what can be read of it, and the newest good backup for
//! the rest. The damaged file is kept aside, byte by byte.
//!
//! The new file is built beside the old one and takes its place when it is whole, so that a process
//! killed anywhere leaves either the damaged file or the new one under the name of the registry.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode};

use super::rows::{Failure, Rows};
use super::seal::KeyRing;
use super::{Doing, backup, check, key, lock_file, make_folder, open, schema, sql_error};
use crate::error::{Code, ConnectionError};
use crate::settings::DEFAULT_REDIRECT_PORT;
use crate::settings::Settings;

/// The tables, each behind those it refers to.
const TABLES: &[&str] = &[
    "sealing_key",
    "service",
    "client",
    "connection",
    "credential",
    "attempt",
    "audit",
];

/// Rows between two readable ones are looked for one by one, at most so many.
const GAP: i64 = 100_000;
/// And so many behind the last readable one, where nothing tells how many there were.
const BEYOND: i64 = 10_000;

/// What became of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing is wrong with it, and nothing was changed.
    Sound(PathBuf),
    /// A run before this one was interrupted at its last step; that is done now.
    Completed(PathBuf),
    /// It is usable again.
    Recovered(Recovered),
}

/// How a registry was recovered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The registry.
    pub path: PathBuf,
    /// What was wrong with it.
    pub damage: String,
    /// Where the damaged file is kept; `None` when there was none.
    pub kept: Option<PathBuf>,
    /// The backup that was used, and when it was made (milliseconds since 1970 UTC).
    pub backup: Option<(PathBuf, Option<i64>)>,
    /// Rows of each table, in order.
    pub tables: Vec<RecoveredTable>,
    /// What is lost, each in a few words.
    pub lost: Vec<String>,
}

/// The rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveredTable {
    /// Its name.
    pub name: &'static str,
    /// Rows that could be read from the damaged file.
    pub read: usize,
    /// Rows taken from the backup.
    pub from_backup: usize,
    /// Whether all of it could be read.
    pub complete: bool,
}

/// The rows of a table as they could be read.
#[derive(Default)]
struct Found {
    columns: Vec<String>,
    rows: BTreeMap<i64, Vec<Value>>,
    complete: bool,
}

type Tables = BTreeMap<&'static str, Found>;

/// Recovers the registry at `path` if it is damaged, or makes it again from the backup `from`.
pub(super) fn recover(
    path: &Path,
    settings: &Settings,
    now: i64,
    from: Option<&Path>,
) -> Result<Recovery, ConnectionError> {
    if from.is_none() && path.symlink_metadata().is_err() && backup::newest(path).is_none() {
        return Err(ConnectionError::registry_open(path, "there is none"));
    }
    refuse_what_was_none(path, settings, from)?;
    let lock = lock_file(path, "recover")?;
    if lock.try_lock().is_err() {
        return Err(ConnectionError::registry_taken("recovers the registry"));
    }
    let fail = ConnectionError::not_written;
    let damage = match (from, damage(path, settings)?) {
        (None, None) => return Ok(Recovery::Sound(path.to_owned())),
        (Some(_), damage) => damage.unwrap_or_else(|| "nothing".to_owned()),
        (None, Some(damage)) => damage,
    };
    let ready = beside(path, "recovered");
    if from.is_none() && check::is_good(&ready) {
        take_its_place(path, &ready).map_err(|error| fail(path, &error))?;
        return Ok(Recovery::Completed(path.to_owned()));
    }
    // While it is held nobody writes to the file that is given up. One that cannot be held cannot be
    // written to either.
    let _holder = hold(path, settings)?;
    let kept = keep_aside(path, now).map_err(|error| fail(path, &error))?;

    let (chosen, source) = match from {
        Some(from) => (Tables::new(), Some(good(from)?)),
        None => {
            let read = kept.as_deref().map(salvage).unwrap_or_default();
            (read, newest_good(path))
        }
    };
    let backup = match &source {
        Some(source) if needs_more(&chosen) => Some((source, read_backup(source))),
        _ => None,
    };
    if chosen.values().all(|table| table.rows.is_empty()) && backup.is_none() {
        return Err(ConnectionError::registry_lost(path));
    }
    let draft = beside(path, "recovering");
    // Of a run that was killed. A journal left there would be played into the new file.
    for leftover in companions(&draft).iter().chain([&draft]) {
        remove(leftover).map_err(|error| fail(leftover, &error))?;
    }
    let built = build(
        &draft,
        &chosen,
        backup.as_ref().map(|(_, tables)| tables),
        settings,
        path,
        now,
    );
    let (tables, lost) = built.map_err(|failure| match failure {
        Failure::Told(error) => error,
        Failure::Sql(error) => sql_error(&error, &draft, settings, Doing::Working),
    })?;
    fs::rename(&draft, &ready)
        .and_then(|()| take_its_place(path, &ready))
        .map_err(|error| fail(path, &error))?;
    Ok(Recovery::Recovered(Recovered {
        path: path.to_owned(),
        damage,
        kept,
        backup: backup.map(|(source, _)| (source.to_owned(), made_at(source))),
        tables,
        lost,
    }))
}

/// Refuses what never was a registry, before anything is made beside it.
///
/// # Errors
/// Those of [`damage`]; C0081 for a file that is not SQLite's, where nothing beside it can take its place.
fn refuse_what_was_none(
    path: &Path,
    settings: &Settings,
    from: Option<&Path>,
) -> Result<(), ConnectionError> {
    let damage = damage(path, settings)?;
    let is_alone = || {
        let [wal, ..] = companions(path);
        !wal.exists() && !beside(path, "recovered").exists() && backup::newest(path).is_none()
    };
    if from.is_none() && damage.is_some() && !open::is_sqlite(path) && is_alone() {
        return Err(ConnectionError::registry_lost(path));
    }
    Ok(())
}

/// What is wrong with a registry that recovering can mend. `None`: nothing.
///
/// # Errors
/// C0080, C0082 and C0085: what no recovery mends.
fn damage(path: &Path, settings: &Settings) -> Result<Option<String>, ConnectionError> {
    if path.symlink_metadata().is_err() {
        return Ok(Some("the file is missing".to_owned()));
    }
    let look = || -> Result<Option<String>, Failure> {
        open::judge_file(path)?;
        let db = open::connect(path, settings.busy)?;
        open::judge(&db, path)?;
        db.pragma_update(None, "query_only", true)?;
        for look in [check::integrity, check::tables, check::references] {
            if let Some(first) = look(&db)?.into_iter().next() {
                return Ok(Some(first));
            }
        }
        Ok(None)
    };
    let error = match look() {
        Ok(found) => return Ok(found),
        Err(Failure::Told(error)) => error,
        Err(Failure::Sql(error)) => sql_error(&error, path, settings, Doing::Opening),
    };
    if error.kind() == Code::RegistryDamaged {
        Ok(Some(error.message().to_owned()))
    } else {
        Err(error)
    }
}

/// Keeps other processes from writing. `None` where the damage leaves nothing to hold.
///
/// # Errors
/// C0085 while another process writes.
fn hold(path: &Path, settings: &Settings) -> Result<Option<Connection>, ConnectionError> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let begin = || -> Result<Connection, Failure> {
        let db = open::connect(path, settings.busy)?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        Ok(db)
    };
    match begin() {
        Ok(db) => Ok(Some(db)),
        Err(Failure::Sql(error)) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            Err(ConnectionError::registry_busy(settings.busy.as_secs()))
        }
        Err(_) => Ok(None),
    }
}

/// `registry.db` with an ending behind it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// The files that SQLite keeps beside one of its own: -wal, -shm, -journal.
fn companions(path: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// Copies the damaged file, and its -wal, to a name of their own.
fn keep_aside(path: &Path, now: i64) -> io::Result<Option<PathBuf>> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let mut at = now;
    let mut kept = beside(path, &format!("damaged-{at}"));
    while kept.symlink_metadata().is_ok() {
        at += 1;
        kept = beside(path, &format!("damaged-{at}"));
    }
    let ([wal, ..], [kept_wal, ..]) = (companions(path), companions(&kept));
    if fs::metadata(&wal).is_ok_and(|found| found.len() > 0) {
        copy(&wal, &kept_wal)?;
    }
    copy(path, &kept)?;
    backup::sync_folder(path)?;
    Ok(Some(kept))
}

/// Copies a file under a name that it gets when it is whole.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let draft = beside(to, "part");
    let mut target = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    let copied = File::open(from)
        .and_then(|mut source| io::copy(&mut source, &mut target))
        .and_then(|_| target.sync_all())
        .and_then(|()| fs::rename(&draft, to));
    if copied.is_err() {
        // Half a copy is of no use; that it failed counts more than this.
        let _ = fs::remove_file(&draft);
    }
    copied
}

/// Puts the new file in the place of the registry. A -wal of the old one must go first: it would be
/// taken for one of the new.
fn take_its_place(path: &Path, ready: &Path) -> io::Result<()> {
    for companion in companions(path) {
        remove(&companion)?;
    }
    fs::rename(ready, path)?;
    backup::sync_folder(path)
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The newest backup that is whole.
fn newest_good(path: &Path) -> Option<PathBuf> {
    backup::all(path)
        .into_iter()
        .rev()
        .find(|backup| check::is_good(backup))
}

const GIVE_BACKUP: &str = "give a file that `freshet registry backup` made, or one in the folder `backups` beside the registry";

/// The backup that a person names.
fn good(from: &Path) -> Result<PathBuf, ConnectionError> {
    // Looked at first: what is no file, such as a pipe, may never begin.
    match fs::metadata(from) {
        Ok(found) if !found.is_file() => {
            Err(ConnectionError::registry_open(from, "it is not a file").with_help(GIVE_BACKUP))
        }
        Ok(_) if check::is_good(from) => Ok(from.to_owned()),
        Ok(_) => Err(ConnectionError::registry_damaged(
            from,
            "it is no whole registry",
            None,
        )),
        Err(_) => Err(ConnectionError::registry_open(from, "there is none").with_help(GIVE_BACKUP)),
    }
}

/// When a backup was made, by its name.
fn made_at(backup: &Path) -> Option<i64> {
    let name = backup.file_stem()?.to_str()?;
    name.strip_prefix("registry-")?.parse().ok()
}

fn needs_more(read: &Tables) -> bool {
    TABLES
        .iter()
        .any(|table| read.get(table).is_none_or(|found| !found.complete))
}

/// Reads what can be read of a damaged file, and leaves the file as it is.
fn salvage(kept: &Path) -> Tables {
    let [wal, shm, _] = companions(kept);
    let had_wal = wal.exists();
    let open = || -> Result<Connection, Failure> {
        let db = open::connect(kept, std::time::Duration::ZERO)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
        // A table whose definition cannot be read does not keep the others from being read.
        db.pragma_update(None, "writable_schema", true)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(db)
    };
    let tables = open().map(|db| read_tables(&db)).unwrap_or_default();
    // Made by looking.
    let _ = fs::remove_file(shm);
    if !had_wal {
        let _ = fs::remove_file(wal);
    }
    tables
}

fn read_backup(path: &Path) -> Tables {
    backup::open_still(path)
        .map(|db| read_tables(&db))
        .unwrap_or_default()
}

fn read_tables(db: &Connection) -> Tables {
    TABLES
        .iter()
        .map(|table| (*table, read_table(db, table).unwrap_or_default()))
        .collect()
}

/// Reads a table from the front, where that ends at a damage from the back, and what lies between one
/// by one: a row is found by its number as long as the pages that lead to it are whole.
fn read_table(db: &Connection, table: &str) -> rusqlite::Result<Found> {
    let columns = columns(db, table)?;
    if columns.is_empty() {
        return Ok(Found::default());
    }
    let select = format!(
        "SELECT rowid, {} FROM {table} NOT INDEXED",
        columns.join(", ")
    );
    let mut rows = BTreeMap::new();
    let mut complete = scan(db, &format!("{select} ORDER BY rowid"), &mut rows).is_ok();
    if !complete {
        let last = rows.keys().next_back().copied().unwrap_or(0);
        let mut back = BTreeMap::new();
        // It ends at the damage too, or never begins.
        let _ = scan(db, &format!("{select} ORDER BY rowid DESC"), &mut back);
        let next = back.keys().next().copied();
        rows.append(&mut back);
        let until = next
            .unwrap_or(last.saturating_add(BEYOND))
            .min(last.saturating_add(GAP));
        for id in last.saturating_add(1)..until {
            let _ = scan(db, &format!("{select} WHERE rowid = {id}"), &mut rows);
        }
        complete = false;
    }
    Ok(Found {
        columns,
        rows,
        complete,
    })
}

fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}

fn scan(db: &Connection, sql: &str, rows: &mut BTreeMap<i64, Vec<Value>>) -> rusqlite::Result<()> {
    let mut statement = db.prepare(sql)?;
    let count = statement.column_count();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let values = (1..count).map(|index| row.get(index));
        rows.insert(row.get(0)?, values.collect::<rusqlite::Result<_>>()?);
    }
    Ok(())
}

/// Builds the new registry; gives what is in it and what is lost.
fn build(
    draft: &Path,
    read: &Tables,
    backup: Option<&Tables>,
    settings: &Settings,
    path: &Path,
    now: i64,
) -> Result<(Vec<RecoveredTable>, Vec<String>), Failure> {
    let fail = |error: io::Error| ConnectionError::not_written(draft, &error);
    make_folder(open::folder_of(draft)).map_err(fail)?;
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)
        .map_err(fail)?;
    let mut db = open::connect(draft, settings.busy)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    schema::migrate::<rusqlite::Error>(&mut db, schema::MIGRATIONS, |_| Ok(()))?;
    let tx = db.transaction()?;
    let mut tables = Vec::new();
    for name in TABLES {
        let found = read.get(name);
        let mut table = RecoveredTable {
            name,
            read: found.map_or(0, |found| insert(&tx, name, found)),
            from_backup: 0,
            complete: found.is_some_and(|found| found.complete),
        };
        // A table that could be read to its end is newer than that of any backup.
        if let Some(backup) = backup
            .and_then(|tables| tables.get(name))
            .filter(|_| !table.complete)
        {
            table.from_backup = insert(&tx, name, backup);
        }
        tables.push(table);
    }
    let keys = settle_keys(&tx, settings, path, now)?;
    let mut lost = lost(&tx, keys.as_ref(), &tables, now)?;
    if let Some(connections) = read.get("connection") {
        lost.extend(lost_clients(&tx, connections)?);
    }
    lost.extend(perhaps_lost(read, backup));
    tx.commit()?;
    drop(db);
    file.sync_all().map_err(fail)?;
    if !check::is_good(draft) {
        return Err(fail(io::Error::other("it does not become whole")).into());
    }
    Ok((tables, lost))
}

/// Inserts rows that are not there yet, as many as the table takes: its own rules refuse what a
/// damage made of them.
fn insert(tx: &Connection, table: &str, found: &Found) -> usize {
    let Ok(known) = columns(tx, table) else {
        return 0;
    };
    let taken: Vec<(usize, &String)> = found
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| known.contains(column))
        .collect();
    let names: Vec<&str> = taken.iter().map(|(_, column)| column.as_str()).collect();
    let places: Vec<&str> = names
        .iter()
        .map(|name| match *name {
            // A connection whose client is lost is not lost with it.
            "client" => "(SELECT id FROM client WHERE id = ?)",
            _ => "?",
        })
        .collect();
    let sql = format!(
        "INSERT INTO {table} (rowid, {}) VALUES (?, {})",
        names.join(", "),
        places.join(", ")
    );
    let Ok(mut statement) = tx.prepare(&sql) else {
        return 0;
    };
    let mut count = 0;
    for (id, values) in &found.rows {
        let id = Value::Integer(*id);
        let values = taken.iter().filter_map(|(index, _)| values.get(*index));
        let row = std::iter::once(&id).chain(values);
        if statement.execute(rusqlite::params_from_iter(row)).is_ok() {
            count += 1;
        }
    }
    count
}

/// Makes the keys of this user those that the registry names. `None` where there are none to be read:
/// then the registry keeps those it has.
fn settle_keys(
    tx: &Connection,
    settings: &Settings,
    path: &Path,
    now: i64,
) -> Result<Option<KeyRing>, Failure> {
    let Ok(found) = key::find(settings, open::folder_of(path), false) else {
        return Ok(None);
    };
    let held = |id: &str| found.keys.iter().any(|key| key.id() == id);
    let mut statement = tx.prepare("SELECT id FROM sealing_key")?;
    let ids = statement.query_map([], |row| row.get(0))?;
    let ids: BTreeSet<String> = ids.collect::<Result<_, _>>()?;
    for id in ids.iter().filter(|id| !held(id)) {
        tx.execute(
            "UPDATE sealing_key SET retired_at = ?2 WHERE id = ?1 AND retired_at IS NULL",
            (id, now),
        )?;
    }
    for key in &found.keys {
        tx.execute(
            "INSERT INTO sealing_key (id, proof, created_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET proof = excluded.proof",
            (key.id(), key.proof(), now),
        )?;
    }
    if open::current_key(tx)?.is_none() {
        // All of them were retired, by what could be read: the one held is the one to go on with.
        for key in found.keys.iter().take(1) {
            tx.execute(
                "UPDATE sealing_key SET retired_at = NULL WHERE id = ?1",
                [key.id()],
            )?;
        }
    }
    open::keys(tx, settings, path).map(Some)
}

/// What the new registry lacks, as far as it can know.
fn lost(
    tx: &Connection,
    keys: Option<&KeyRing>,
    tables: &[RecoveredTable],
    now: i64,
) -> Result<Vec<String>, Failure> {
    let texts = |sql: &str| -> Result<Vec<String>, Failure> {
        let mut statement = tx.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let incomplete = |name: &str| {
        tables
            .iter()
            .any(|table| table.name == name && !table.complete)
    };
    let mut lost = Vec::new();
    // The log names connections that are not there and were never removed.
    let gone = texts(
        "SELECT link_name FROM audit WHERE id IN (SELECT max(id) FROM audit WHERE connection IS NOT NULL GROUP BY connection)
         AND link_name IS NOT NULL AND connection NOT IN (SELECT id FROM connection)
         AND link_name NOT IN (SELECT link_name FROM connection)
         AND NOT EXISTS (SELECT 1 FROM audit AS later WHERE later.connection = audit.connection AND later.action = 'remove'
           AND later.id > coalesce((SELECT max(id) FROM audit AS made WHERE made.connection = audit.connection
             AND made.action IN ('create', 'import')), 0)) ORDER BY link_name",
    )?;
    lost.extend(gone.iter().map(|link| format!("the connection `{link}`")));
    if incomplete("credential") {
        let bare = texts(
            "SELECT link_name FROM connection WHERE id NOT IN (SELECT connection FROM credential) ORDER BY link_name",
        )?;
        lost.extend(
            bare.iter().map(|link| {
                format!("the credential of `{link}`: freshet connection connect {link}")
            }),
        );
    }
    lost.extend(check::services(tx)?);
    if let Some(keys) = keys {
        let rows = Rows {
            db: tx,
            keys,
            now,
            actor: "",
            via: "cli",
            redirect_port: DEFAULT_REDIRECT_PORT,
            made: Cell::new(None),
        };
        let (_, closed) = rows.closed()?;
        lost.extend(
            closed
                .iter()
                .map(|(whose, _)| format!("the secrets of {whose}")),
        );
    }
    lost.dedup();
    Ok(lost)
}

/// Connections that had a client, and have none.
fn lost_clients(tx: &Connection, connections: &Found) -> Result<Vec<String>, Failure> {
    let Some(client) = connections.columns.iter().position(|name| name == "client") else {
        return Ok(Vec::new());
    };
    let mut statement =
        tx.prepare("SELECT link_name FROM connection WHERE id = ?1 AND client IS NULL")?;
    let mut lost = Vec::new();
    for (id, values) in &connections.rows {
        if matches!(values.get(client), None | Some(Value::Null)) {
            continue;
        }
        let links = statement.query_map([id], |row| row.get(0))?;
        for link in links.collect::<Result<Vec<String>, _>>()? {
            lost.push(format!("the client of `{link}`"));
        }
    }
    Ok(lost)
}

/// What may be lost without a trace: rows of tables that could not be read to their end.
fn perhaps_lost(read: &Tables, backup: Option<&Tables>) -> Vec<String> {
    let last = |tables: &Tables| {
        tables
            .get("audit")
            .and_then(|log| log.rows.keys().next_back().copied())
    };
    if let Some(backup) = backup {
        let log = read.get("audit");
        if log.is_some_and(|log| log.complete) && last(read) <= last(backup) {
            // Every change leaves an entry in the log: there was none since.
            return Vec::new();
        }
    }
    let since = if backup.is_some() {
        " since the backup"
    } else {
        ""
    };
    [
        ("connection", "connections"),
        ("credential", "credentials"),
        ("client", "clients of services"),
        ("service", "custom services"),
        ("audit", "entries of the log"),
    ]
    .iter()
    .filter(|(table, _)| read.get(table).is_none_or(|found| !found.complete))
    .map(|(_, what)| format!("perhaps {what}{since}"))
    .collect()
}
