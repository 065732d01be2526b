//! Changing the sealing key: every sealed value is sealed anew, row by row, while others go on reading
//! and writing.
//!
//! In this order, so that a process killed anywhere leaves everything readable and the next one goes
//! on from there: the new key is put beside the old one in their file; the registry names it as the
//! one that seals; row after row is sealed anew; the old key is retired; its file keeps the new one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::types::Value;

use super::audit::Subject;
use super::key::{self, FILE_VARIABLE, Origin, Sourced, VARIABLE};
use super::rows::{Failure, Rows};
use super::seal::{KeyRing, Place, SealingKey, key_id};
use super::{Registry, backup, lock_file};
use crate::error::ConnectionError;
use crate::room;

/// The tables with sealed columns (connections, 5).
pub(super) const SEALED: &[(&str, &[&str])] = &[
    ("client", &["client_secret", "secret_fields"]),
    (
        "credential",
        &[
            "secret_fields",
            "access_token",
            "token_secret",
            "refresh_token",
            "previous_refresh_token",
        ],
    ),
    ("attempt", &["secret"]),
];

/// How a change of the key ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The ids of the keys that are not needed any more. None: the key given is the one in use.
    pub retired: Vec<String>,
    /// The id of the key that seals now.
    pub key: String,
    /// Where that one is.
    pub place: KeyPlace,
    /// Values sealed anew.
    pub values: usize,
    /// Whose secrets did not open, neither before nor now.
    pub unreadable: Vec<String>,
    /// A copy of the registry under the new key.
    pub backup: Option<PathBuf>,
}

/// Where the key is that seals now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the file from which the old one came: nothing needs to be done.
    InPlace(PathBuf),
    /// In a file that must be named from now on.
    Named(PathBuf),
    /// In the variable, which may give up the old one.
    Variable,
}

/// What is going to happen.
struct Plan {
    new: Arc<SealingKey>,
    /// All keys, led by the new one.
    ring: Arc<KeyRing>,
    /// Keys in use until now.
    old: Vec<String>,
    place: KeyPlace,
    /// Whether other processes find both keys meanwhile. Where they cannot, all changes at once.
    visible: bool,
}

impl Plan {
    /// What a change of the key that did not come to its end leaves behind.
    fn begun(&self) -> String {
        let keys = match &self.place {
            KeyPlace::InPlace(path) if self.visible => {
                format!("{} holds both keys", path.display())
            }
            KeyPlace::InPlace(path) | KeyPlace::Named(path) => {
                format!("the new key waits in {}", path.display())
            }
            KeyPlace::Variable => "keep both keys".to_owned(),
        };
        format!("every secret opens as before, and {keys}: the same command goes on from there")
    }
}

/// A key of the registry.
struct Known {
    id: String,
    retired: bool,
}

impl Registry {
    /// Changes the sealing key to a new one, or to that in `new_key_file`, which is made where it is
    /// missing. A change that was interrupted is completed.
    ///
    /// # Errors
    /// C0084 when the new key cannot be used or kept, C0085 while another process changes it, and
    /// those of writing.
    pub fn rotate(&self, new_key_file: Option<&Path>) -> Result<Rotation, ConnectionError> {
        let lock = lock_file(&self.path, "rotate")?;
        if lock.try_lock().is_err() {
            return Err(ConnectionError::registry_taken(
                "changes the key of the registry",
            ));
        }
        // What keeps a registry from being written shows before there is a key more than before.
        self.write(|_| Ok(()))?;
        let plan = self.plan(new_key_file)?;
        let mut done = Rotation {
            retired: plan.old.clone(),
            key: plan.new.id().to_owned(),
            place: plan.place.clone(),
            values: 0,
            unreadable: Vec::new(),
            backup: None,
        };
        if !plan.old.is_empty() {
            self.carry_out(&plan, &mut done)
                .map_err(|error| error.though(&plan.begun()))?;
        }
        if let (KeyPlace::InPlace(path), true) = (&plan.place, plan.visible) {
            key::replace(path, &[&plan.new]).map_err(|error| {
                ConnectionError::not_written(path, &error).though(&plan.begun())
            })?;
        }
        if !plan.old.is_empty() {
            // The backups from before need the old key: from now on there is one that does not.
            let backup = self.back_up(None).map_err(|error| {
                error.though("the key was changed; what is left is `freshet registry backup`")
            })?;
            done.backup = Some(backup);
            // What was sealed with the old key leaves the files; a reader may keep it a while.
            if let Ok(open) = self.db() {
                let _ = open.db.pragma_update(None, "wal_checkpoint", "TRUNCATE");
            }
        }
        Ok(done)
    }

    fn plan(&self, new_key_file: Option<&Path>) -> Result<Plan, ConnectionError> {
        let found = key::find(&self.settings, super::open::folder_of(&self.path), false)?;
        let known = self.read(|rows| rows.known_keys())?;
        let in_use: Vec<&str> = known
            .iter()
            .filter(|key| !key.retired)
            .map(|key| key.id.as_str())
            .collect();
        let new = match new_key_file {
            Some(path) => given(path, &known)?,
            None => next(&found, &known, &in_use)?,
        };
        let old: Vec<String> = in_use
            .iter()
            .filter(|id| **id != new.id())
            .map(|id| (*id).to_owned())
            .collect();
        let (place, visible) = place(&found, &new, &known, new_key_file)?;
        Ok(Plan {
            ring: Arc::new(KeyRing::new(Arc::clone(&new), found.keys)),
            new,
            old,
            place,
            visible,
        })
    }

    fn carry_out(&self, plan: &Plan, done: &mut Rotation) -> Result<(), ConnectionError> {
        let ring = |_: &rusqlite::Connection| Ok(Arc::clone(&plan.ring));
        if plan.visible {
            self.write_with(ring, |rows| rows.take_on(&plan.new))?;
            for (table, columns) in SEALED {
                for id in self.read(|rows| rows.ids(table))? {
                    self.write_with(ring, |rows| rows.reseal(table, columns, id, done))?;
                }
            }
        }
        // What was missed: rows that others wrote before they knew of the new key.
        let unreadable = self.write_with(ring, |rows| {
            rows.take_on(&plan.new)?;
            done.unreadable.clear();
            for (table, columns) in SEALED {
                for id in rows.ids(table)? {
                    rows.reseal(table, columns, id, done)?;
                }
            }
            rows.retire_all_but(&plan.new)?;
            let detail = format!("sealing key {} to {}", plan.old.join(" "), plan.new.id());
            rows.audit("edit", Subject::default(), "ok", Some(&detail))?;
            Ok(std::mem::take(&mut done.unreadable))
        })?;
        done.unreadable = unreadable;
        *self
            .keys
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::clone(&plan.ring);
        Ok(())
    }

    /// Makes a backup of the registry in `backups/`, or at `to`, where nothing may be yet.
    ///
    /// # Errors
    /// C0086 when it cannot be written, C0081 when the registry is damaged.
    pub fn back_up(&self, to: Option<&Path>) -> Result<PathBuf, ConnectionError> {
        let now = self.now();
        let open = self.db()?;
        let outcome = match to {
            Some(copy) => backup::to(&open.db, &self.path, copy).map(|()| copy.to_owned()),
            None => backup::make(&open.db, &self.path, now),
        };
        drop(open);
        outcome.map_err(|failure| self.told(failure))
    }
}

/// The key that a person gives. One that was given up stays so.
fn given(path: &Path, known: &[Known]) -> Result<Arc<SealingKey>, ConnectionError> {
    let key = key::read_or_create(path)?;
    if known.iter().any(|old| old.retired && old.id == key.id()) {
        return Err(ConnectionError::key(
            &path.display().to_string(),
            "was retired before, expected a new one",
            "name a file that does not exist yet: the key is made there",
        ));
    }
    Ok(key)
}

/// The key to go on to where none is given: the one that a run before this was about to take on, else
/// a new one.
fn next(
    found: &Sourced,
    known: &[Known],
    in_use: &[&str],
) -> Result<Arc<SealingKey>, ConnectionError> {
    let among = |id: &str| found.keys.iter().find(|key| key.id() == id);
    let has_retired = || {
        known
            .iter()
            .any(|key| key.retired && among(&key.id).is_some())
    };
    if in_use.len() > 1 || has_retired() {
        // The newest has sealed already.
        if let Some(key) = in_use.first().and_then(|id| among(id)) {
            return Ok(Arc::clone(key));
        }
    }
    let is_known = |key: &Arc<SealingKey>| known.iter().any(|other| other.id == key.id());
    if let Some(key) = found.keys.iter().find(|key| !is_known(key)) {
        return Ok(Arc::clone(key));
    }
    match found.origin {
        Origin::File(_) => Ok(Arc::new(SealingKey::generate())),
        Origin::Variable => Err(ConnectionError::key(
            VARIABLE,
            "cannot be changed from here",
            "name a file for the new one with --new-key-file PATH, or let the variable hold both, the new one behind the old",
        )),
    }
}

/// Where the new key will be, and whether others find both keys until the change is over.
fn place(
    found: &Sourced,
    new: &SealingKey,
    known: &[Known],
    new_key_file: Option<&Path>,
) -> Result<(KeyPlace, bool), ConnectionError> {
    let path = match &found.origin {
        Origin::File(path) => path,
        Origin::Variable => {
            let visible = found.keys.iter().any(|key| key.id() == new.id());
            return Ok(match new_key_file {
                Some(path) => (KeyPlace::Named(path.to_owned()), visible),
                None => (KeyPlace::Variable, visible),
            });
        }
    };
    let is_retired = |key: &SealingKey| known.iter().any(|old| old.retired && old.id == key.id());
    let mut both: Vec<&SealingKey> = found
        .keys
        .iter()
        .map(Arc::as_ref)
        .filter(|key| !is_retired(key))
        .collect();
    if both.iter().all(|key| key.id() != new.id()) {
        both.push(new);
    }
    match (key::replace(path, &both), new_key_file) {
        (Ok(()), _) => Ok((KeyPlace::InPlace(path.to_owned()), true)),
        (Err(_), Some(named)) => Ok((KeyPlace::Named(named.to_owned()), false)),
        (Err(error), None) if room::is_missing(&error) => {
            Err(ConnectionError::not_written(path, &error))
        }
        (Err(error), None) => Err(ConnectionError::key(
            &path.display().to_string(),
            &format!("cannot be replaced: {}", key::cause(&error)),
            &format!(
                "name a file for the new one with --new-key-file PATH, and that file with {FILE_VARIABLE} from then on"
            ),
        )),
    }
}

impl Rows<'_> {
    /// The keys of the registry, the newest first.
    fn known_keys(&self) -> Result<Vec<Known>, Failure> {
        let mut statement = self.db.prepare(
            "SELECT id, retired_at IS NOT NULL FROM sealing_key ORDER BY created_at DESC, rowid DESC",
        )?;
        let keys = statement.query_map([], |row| {
            Ok(Known {
                id: row.get(0)?,
                retired: row.get(1)?,
            })
        })?;
        Ok(keys.collect::<Result<_, _>>()?)
    }

    /// From now on `key` seals what is new.
    fn take_on(&self, key: &SealingKey) -> Result<(), Failure> {
        let newest: Option<i64> =
            self.db
                .query_row("SELECT max(created_at) FROM sealing_key", [], |row| {
                    row.get(0)
                })?;
        // Also where the clock went back meanwhile: the newest is the one that seals.
        let at = self.now.max(newest.unwrap_or(i64::MIN).saturating_add(1));
        self.db.execute(
            "INSERT INTO sealing_key (id, proof, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            (key.id(), key.proof(), at),
        )?;
        Ok(())
    }

    fn retire_all_but(&self, key: &SealingKey) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE sealing_key SET retired_at = ?2 WHERE id <> ?1 AND retired_at IS NULL",
            (key.id(), self.now),
        )?;
        Ok(())
    }

    pub(super) fn ids(&self, table: &str) -> Result<Vec<i64>, Failure> {
        let mut statement = self
            .db
            .prepare(&format!("SELECT id FROM {table} ORDER BY id"))?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Seals the values of a row anew, those under the present key excepted. One that does not open
    /// stays as it is.
    fn reseal(
        &self,
        table: &'static str,
        columns: &[&'static str],
        id: i64,
        done: &mut Rotation,
    ) -> Result<(), Failure> {
        for (column, sealed) in self.sealed_values(table, columns, id)? {
            if key_id(&sealed) == self.keys.current().id() {
                continue;
            }
            let place = Place {
                table,
                row: &id,
                column,
            };
            let Some(plain) = self.keys.unseal(place, &sealed) else {
                let whose = self.whose(table, id)?;
                if !done.unreadable.contains(&whose) {
                    done.unreadable.push(whose);
                }
                continue;
            };
            let anew = self.seal_bytes(place, &plain)?;
            self.db.execute(
                &format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1"),
                (id, anew),
            )?;
            done.values += 1;
        }
        Ok(())
    }

    /// Drops the sealed values of a row that do not open, where new ones are entered.
    pub fn forget_closed(&self, table: &'static str, id: i64) -> Result<(), Failure> {
        for (_, columns) in SEALED.iter().filter(|(name, _)| *name == table) {
            for (column, sealed) in self.sealed_values(table, columns, id)? {
                let place = Place {
                    table,
                    row: &id,
                    column,
                };
                if self.keys.unseal(place, &sealed).is_none() {
                    let sql = format!("UPDATE {table} SET {column} = NULL WHERE id = ?1");
                    self.db.execute(&sql, [id])?;
                }
            }
        }
        Ok(())
    }

    /// The sealed values of a row that has not been removed meanwhile, with their columns.
    pub(super) fn sealed_values(
        &self,
        table: &str,
        columns: &[&'static str],
        id: i64,
    ) -> Result<Vec<(&'static str, Vec<u8>)>, Failure> {
        let sql = format!("SELECT {} FROM {table} WHERE id = ?1", columns.join(", "));
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([id])?;
        let mut values = Vec::new();
        if let Some(row) = rows.next()? {
            for (index, column) in columns.iter().enumerate() {
                match row.get(index)? {
                    Value::Null => {}
                    Value::Blob(sealed) => values.push((*column, sealed)),
                    // Altered by hand: as unreadable as an altered value.
                    _ => values.push((*column, Vec::new())),
                }
            }
        }
        Ok(values)
    }

    /// Whose secrets a row holds, for messages.
    pub(super) fn whose(&self, table: &str, id: i64) -> Result<String, Failure> {
        let sql = match table {
            "client" => "SELECT 'the client `' || name || '` of ' || service FROM client WHERE id = ?1",
            "credential" => {
                "SELECT '`' || link_name || '`' FROM credential JOIN connection ON connection.id = credential.connection
                 WHERE credential.id = ?1"
            }
            _ => {
                "SELECT 'the authorisation of `' || link_name || '` under way' FROM attempt
                 JOIN connection ON connection.id = attempt.connection WHERE attempt.id = ?1"
            }
        };
        Ok(self.db.query_row(sql, [id], |row| row.get(0))?)
    }
}
