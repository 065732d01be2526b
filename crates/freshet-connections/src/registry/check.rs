//! Whether a registry is whole: its pages, its tables, its references, its secrets. Changes nothing.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::rotate::SEALED;
use super::rows::{Failure, Rows};
use super::seal::{KeyRing, Place};
use super::{Doing, backup, open, schema, sql_error};
use crate::error::ConnectionError;
use crate::service::default_service;
use crate::settings::DEFAULT_REDIRECT_PORT;
use crate::settings::Settings;

/// What was looked at, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, in a word.
    pub name: &'static str,
    /// What was found, where nothing is wrong.
    pub found: String,
    /// What is wrong. Several values may not open.
    pub errors: Vec<ConnectionError>,
}

/// A backup beside the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// Whether a registry can be made of it again.
    pub sound: bool,
}

/// The state of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryReport {
    /// The file.
    pub path: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// What was looked at. What comes after a damage may be missing.
    pub checks: Vec<Check>,
    /// The backups, oldest first.
    pub backups: Vec<Backup>,
}

impl RegistryReport {
    /// The first thing that is wrong.
    #[must_use]
    pub fn error(&self) -> Option<&ConnectionError> {
        self.checks.iter().flat_map(|check| &check.errors).next()
    }
}

/// At most so many faults of one kind are told.
const MOST: usize = 10;

/// Looks at the registry at `path`.
pub(super) fn report(path: &Path, settings: &Settings, now: i64) -> RegistryReport {
    let exists = path.symlink_metadata().is_ok();
    let backups = backup::all(path)
        .into_iter()
        .map(|path| Backup {
            sound: is_good(&path),
            path,
        })
        .collect();
    let mut checks = Vec::new();
    if exists {
        look(path, settings, now, &mut checks);
    }
    RegistryReport {
        path: path.to_owned(),
        exists,
        checks,
        backups,
    }
}

/// Whether a file that nobody writes is a registry that this program can use.
pub(super) fn is_good(path: &Path) -> bool {
    let check = || -> rusqlite::Result<bool> {
        let db = backup::open_still(path)?;
        let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version = schema::version(&db)?;
        Ok(application == schema::APPLICATION_ID
            && (1..=schema::count(schema::MIGRATIONS)).contains(&version))
    };
    backup::is_sound(path) && check().unwrap_or(false)
}

fn look(path: &Path, settings: &Settings, now: i64, checks: &mut Vec<Check>) {
    let opened = open::judge_file(path).and_then(|()| {
        let connect = || -> Result<Connection, Failure> {
            let db = open::connect(path, settings.busy)?;
            open::judge(&db, path)?;
            db.pragma_update(None, "query_only", true)?;
            Ok(db)
        };
        connect().map_err(|failure| told(failure, path, settings, Doing::Opening))
    });
    let db = match opened {
        Ok(db) => db,
        Err(error) => {
            checks.push(Check {
                name: "file",
                found: String::new(),
                errors: vec![error],
            });
            return;
        }
    };
    checks.push(Check {
        name: "file",
        found: "an SQLite file of Freshet".to_owned(),
        errors: Vec::new(),
    });
    let mut add = |name, outcome: Result<(String, Vec<ConnectionError>), Failure>| {
        let (found, errors) = outcome.unwrap_or_else(|failure| {
            (
                String::new(),
                vec![told(failure, path, settings, Doing::Working)],
            )
        });
        checks.push(Check {
            name,
            found,
            errors,
        });
    };
    let damaged = |causes: Vec<String>| -> Vec<ConnectionError> {
        let newest = backup::newest(path);
        causes
            .iter()
            .take(MOST)
            .map(|cause| ConnectionError::registry_damaged(path, cause, newest.as_deref()))
            .collect()
    };
    add(
        "pages",
        integrity(&db).map(|causes| ("they fit together".to_owned(), damaged(causes))),
    );
    add(
        "tables",
        tables(&db).map(|causes| {
            (
                format!("schema {}", schema::count(schema::MIGRATIONS)),
                damaged(causes),
            )
        }),
    );
    add(
        "references",
        references(&db).map(|causes| ("each leads to a row".to_owned(), damaged(causes))),
    );
    add(
        "services",
        services(&db).map(|causes| ("each connection has one".to_owned(), damaged(causes))),
    );
    match open::keys(&db, settings, path) {
        Ok(keys) => {
            let found = format!("{} fits", keys.current().id());
            add("key", Ok((found, Vec::new())));
            add("secrets", secrets(&db, &keys, now));
        }
        Err(failure) => add("key", Err(failure)),
    }
}

fn told(failure: Failure, path: &Path, settings: &Settings, doing: Doing) -> ConnectionError {
    match failure {
        Failure::Told(error) => error,
        Failure::Sql(error) => sql_error(&error, path, settings, doing),
    }
}

/// What SQLite finds wrong with the pages.
pub(super) fn integrity(db: &Connection) -> Result<Vec<String>, Failure> {
    let mut statement = db.prepare("PRAGMA integrity_check(10)")?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
    found.retain(|line| line != "ok");
    Ok(found)
}

/// How the tables differ from those that this program makes.
pub(super) fn tables(db: &Connection) -> Result<Vec<String>, Failure> {
    let texts = |db: &Connection| -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = db.prepare(
            "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    // One of an earlier version becomes the present one when it is opened.
    if schema::version(db)? != schema::count(schema::MIGRATIONS) {
        return Ok(Vec::new());
    }
    let expected = texts(&schema::fresh()?)?;
    let found = texts(db)?;
    let missing = expected
        .iter()
        .filter(|(name, _)| found.iter().all(|(other, _)| other != name))
        .map(|(name, _)| format!("`{name}` is missing"));
    let altered = found
        .iter()
        .filter(|(name, text)| {
            expected
                .iter()
                .any(|(other, wanted)| other == name && wanted != text)
        })
        .map(|(name, _)| format!("`{name}` was altered"));
    Ok(missing.chain(altered).collect())
}

/// References that lead nowhere.
pub(super) fn references(db: &Connection) -> Result<Vec<String>, Failure> {
    let mut statement =
        db.prepare("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check")?;
    let found = statement.query_map([], |row| {
        let (table, row_id, parent): (String, Option<i64>, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let row_id = row_id.map(|id| id.to_string()).unwrap_or_default();
        Ok(format!(
            "row {row_id} of `{table}` names a `{parent}` that is not there"
        ))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Connections whose service is not there.
pub(super) fn services(db: &Connection) -> Result<Vec<String>, Failure> {
    let mut statement = db.prepare(
        "SELECT link_name, service FROM connection WHERE service NOT IN (SELECT link_name FROM service) ORDER BY link_name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows = rows.collect::<Result<Vec<(String, String)>, _>>()?;
    Ok(rows
        .into_iter()
        .filter(|(_, service)| default_service(service).is_none())
        .map(|(link, service)| format!("the service `{service}` of `{link}` is not there"))
        .collect())
}

fn secrets(
    db: &Connection,
    keys: &KeyRing,
    now: i64,
) -> Result<(String, Vec<ConnectionError>), Failure> {
    let rows = Rows {
        db,
        keys,
        now,
        actor: "",
        via: "cli",
        redirect_port: DEFAULT_REDIRECT_PORT,
        made: Cell::new(None),
    };
    let (count, closed) = rows.closed()?;
    let errors = closed
        .iter()
        .take(MOST)
        .map(|(whose, key)| ConnectionError::unseal(whose, key))
        .collect();
    Ok((format!("every sealed value opens ({count})"), errors))
}

impl Rows<'_> {
    /// How many sealed values there are, and those that do not open: whose they are, and under which
    /// key.
    pub(super) fn closed(&self) -> Result<(usize, Vec<(String, String)>), Failure> {
        let (mut count, mut closed) = (0, Vec::new());
        for (table, columns) in SEALED {
            for id in self.ids(table)? {
                for (column, sealed) in self.sealed_values(table, columns, id)? {
                    count += 1;
                    let place = Place {
                        table,
                        row: &id,
                        column,
                    };
                    if self.keys.unseal(place, &sealed).is_none() {
                        closed.push((self.whose(table, id)?, super::seal::key_id(&sealed)));
                    }
                }
            }
        }
        closed.dedup();
        Ok((count, closed))
    }
}
