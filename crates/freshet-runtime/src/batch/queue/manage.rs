//! Making batches, and what people do with them afterwards.

use std::hash::{BuildHasher, RandomState};

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Transaction, params, params_from_iter};

use super::fault::StoreError;
use super::read::{Selection, ahead, condition};
use super::{Store, cancel_waiting, now, release, rows};
use crate::batch::plan::UnitSource;
use crate::batch::record::BatchRecord;

/// A batch to be stored.
pub struct NewBatch {
    /// Its name.
    pub name: String,
    /// What it is made from, where running the same again is to continue it; else empty.
    pub identity: String,
    /// Its options as JSON.
    pub options: String,
    /// Its scripts and functions.
    pub units: Vec<UnitSource>,
}

/// A job to be stored.
pub struct NewJob {
    /// The place of its unit in the batch.
    pub unit: usize,
    /// What names it.
    pub key: Option<String>,
    /// Its arguments as they are stored.
    pub arguments: String,
}

/// What became of a batch that was to be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// It was there before, and is continued.
    pub continued: bool,
    /// Jobs that are new.
    pub added: u64,
    /// Jobs that did not succeed before and are run again.
    pub again: u64,
    /// Jobs that are done, and stay so.
    pub done: u64,
    /// Of these, those whose arguments were others.
    pub changed: u64,
    /// Jobs that a process had begun and not ended, as far as the store knows: they go on as they began.
    pub begun: u64,
    /// Jobs that are uncertain, and stay so.
    pub uncertain: u64,
}

/// What became of the jobs of a batch that is cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cancelled {
    /// They are cancelled: they waited, or the process that ran them has ended.
    pub cancelled: u64,
    /// That process had sent a request that may have had an effect.
    pub uncertain: u64,
    /// They run, and are stopped by their workers.
    pub stopping: u64,
}

/// Digits of ids: letters that are not mistaken for each other, in ascending order.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 2026-01-01T00:00:00Z: ids count from here.
const EPOCH: i64 = 1_767_225_600_000;

/// Milliseconds since [`EPOCH`] in eight digits: in the order of time until the year 2060.
fn id_of(time: i64) -> String {
    let mut number = u64::try_from(time.saturating_sub(EPOCH)).unwrap_or(0);
    let mut digits = [b'0'; 8];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 32) as usize];
        number /= 32;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

impl Store {
    /// Stores a batch with all its jobs, or adds to the one that was made from the same before.
    ///
    /// # Errors
    /// B0004, B0005; then nothing is stored.
    pub fn make(
        &mut self,
        new: &NewBatch,
        jobs: impl Iterator<Item = NewJob>,
    ) -> Result<Made, StoreError> {
        self.write(|change| {
            let known: Option<String> = if new.identity.is_empty() {
                None
            } else {
                change
                    .query_row(
                        "SELECT id FROM batch WHERE identity = ?1 ORDER BY id DESC LIMIT 1",
                        [&new.identity],
                        |row| row.get(0),
                    )
                    .optional()?
            };
            let mut made = Made {
                continued: known.is_some(),
                ..Made::default()
            };
            made.id = match known {
                Some(id) => id,
                None => insert_batch(change, new)?,
            };
            store_units(change, &made.id, &new.units)?;
            if made.continued {
                change.execute(
                    "UPDATE batch SET ended_at = NULL, cancelled = 0, options = ?1 WHERE id = ?2",
                    params![new.options, made.id],
                )?;
            }
            insert_jobs(change, &mut made, jobs)?;
            Ok(made)
        })
    }

    /// Stores other sources of the units: those of retried jobs whose scripts were mended.
    ///
    /// # Errors
    /// B0004, B0005.
    pub fn replace_units(&mut self, batch: &str, units: &[UnitSource]) -> Result<(), StoreError> {
        self.write(|change| store_units(change, batch, units))
    }

    /// Cancels a batch: waiting jobs at once, and those whose process has ended; those that run are stopped by their
    /// workers.
    ///
    /// # Errors
    /// B0004, B0005.
    pub fn cancel(&mut self, batch: &str) -> Result<Cancelled, StoreError> {
        let lost = self.lost(batch)?;
        self.write(|change| {
            // What has ended meanwhile is not cancelled.
            change.execute(
                "UPDATE batch SET cancelled = 1 WHERE id = ?1 AND EXISTS \
                 (SELECT 1 FROM job WHERE batch = ?1 AND state IN (0, 1))",
                [batch],
            )?;
            let (_, uncertain) = release(change, batch, &lost, false)?;
            let cancelled = cancel_waiting(change, batch)?;
            let stopping = change.query_row(
                "SELECT count(*) FROM job WHERE batch = ?1 AND state = 1",
                [batch],
                |row| rows::count(row, 0),
            )?;
            if stopping == 0 {
                change.execute(
                    "UPDATE batch SET ended_at = coalesce(ended_at, ?1) WHERE id = ?2",
                    params![now(), batch],
                )?;
            }
            let ahead = ahead(change, batch)?;
            Ok(Cancelled {
                cancelled: cancelled + ahead,
                uncertain,
                stopping: stopping - ahead,
            })
        })
    }

    /// Makes jobs ready again. Gives how many.
    ///
    /// # Errors
    /// B0004, B0005.
    pub fn retry(&mut self, batch: &str, selection: &Selection) -> Result<u64, StoreError> {
        let (condition, mut values) = condition(selection, "j.state");
        values.insert(0, Value::Text(batch.to_owned()));
        self.write(|change| {
            let changed = change.execute(
                &format!(
                    "UPDATE job AS j SET state = 0, retried = 0, run_at = 0, sent = 0 \
                     WHERE j.batch = ?1 AND j.state NOT IN (0, 1, 2){condition}"
                ),
                params_from_iter(values),
            )?;
            if changed > 0 {
                change.execute(
                    "UPDATE batch SET ended_at = NULL, cancelled = 0 WHERE id = ?1",
                    [batch],
                )?;
            }
            Ok(changed as u64)
        })
    }

    /// Whether a batch may be removed.
    ///
    /// # Errors
    /// When jobs of it run.
    pub fn may_remove(batch: &BatchRecord) -> Result<(), StoreError> {
        if batch.state() == "running" {
            return Err(StoreError::usage(
                format!("batch `{}` is running", batch.id),
                format!("stop it first: `freshet batch cancel {}`", batch.id),
            ));
        }
        Ok(())
    }

    /// Removes a batch with everything that is kept of it.
    ///
    /// # Errors
    /// When jobs of it run; B0004, B0005.
    pub fn remove(&mut self, batch: &BatchRecord) -> Result<(), StoreError> {
        Self::may_remove(batch)?;
        self.write(|change| {
            change.execute("DELETE FROM batch WHERE id = ?1", [&batch.id])?;
            Ok(())
        })
    }

    /// Gives the room of what was removed back to the disk.
    ///
    /// # Errors
    /// B0004, B0005.
    pub fn shrink(&mut self) -> Result<(), StoreError> {
        self.read(|store| store.db.execute_batch("VACUUM"))
    }
}

fn insert_batch(change: &Transaction<'_>, new: &NewBatch) -> rusqlite::Result<String> {
    let salt = format!("{:016x}", RandomState::new().hash_one(now()));
    let created = now();
    let mut time = created;
    loop {
        let id = id_of(time);
        let inserted = change.execute(
            "INSERT OR IGNORE INTO batch (id, identity, name, salt, options, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![id, new.identity, new.name, salt, new.options, created],
        )?;
        if inserted > 0 {
            return Ok(id);
        }
        time += 1;
    }
}

fn store_units(
    change: &Transaction<'_>,
    batch: &str,
    units: &[UnitSource],
) -> rusqlite::Result<()> {
    for (number, unit) in units.iter().enumerate() {
        let source = serde_json::to_string(unit)
            .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))?;
        change.execute(
            "INSERT OR REPLACE INTO unit (batch, number, source) VALUES (?1, ?2, ?3)",
            params![batch, number as i64, source],
        )?;
    }
    Ok(())
}

fn insert_jobs(
    change: &Transaction<'_>,
    made: &mut Made,
    jobs: impl Iterator<Item = NewJob>,
) -> rusqlite::Result<()> {
    let last: i64 = change.query_row(
        "SELECT coalesce(max(number), 0) FROM job WHERE batch = ?1",
        [&made.id],
        |row| row.get(0),
    )?;
    let mut insert = change.prepare_cached(
        "INSERT INTO job (batch, number, unit, key, arguments) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut known = change.prepare_cached(
        "SELECT id, state, arguments FROM job WHERE batch = ?1 AND unit = ?2 AND key = ?3",
    )?;
    let mut again = change.prepare_cached(
        "UPDATE job SET state = 0, arguments = ?1, retried = 0, run_at = 0, sent = 0 WHERE id = ?2",
    )?;
    let mut number = last;
    for job in jobs {
        let unit = job.unit as i64;
        let found: Option<(i64, i64, String)> = if made.continued {
            known
                .query_row(params![made.id, unit, job.key], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?
        } else {
            None
        };
        match found {
            None => {
                number += 1;
                insert.execute(params![made.id, number, unit, job.key, job.arguments])?;
                made.added += 1;
            }
            // Succeeded, uncertain and running ones are left alone: they may have had their effect.
            Some((_, 2, arguments)) => {
                made.done += 1;
                made.changed += u64::from(arguments != job.arguments);
            }
            Some((_, 1, _)) => made.begun += 1,
            Some((_, 4, _)) => made.uncertain += 1,
            Some((id, ..)) => {
                again.execute(params![job.arguments, id])?;
                made.again += 1;
            }
        }
    }
    Ok(())
}
