//! Looking at batches: nothing is changed here.

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::fault::{StoreError, told};
use super::{Store, rows};
use crate::batch::plan::UnitSource;
use crate::batch::record::{AttemptRecord, BatchRecord, Counts, FailureGroup, JobRecord, JobState};

/// Which jobs of a batch are meant.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only those in these states; empty: in any.
    pub states: Vec<JobState>,
    /// Only these, by number; empty: all.
    pub jobs: Vec<u64>,
}

impl Store {
    /// Every batch, the newest first.
    ///
    /// # Errors
    /// B0002, B0004.
    pub fn list(&self) -> Result<Vec<BatchRecord>, StoreError> {
        self.read(|store| {
            let mut statement = store.db.prepare_cached(
                "SELECT id, name, created_at, ended_at, cancelled FROM batch ORDER BY id DESC",
            )?;
            let batches = statement
                .query_map([], |row| {
                    Ok(BatchRecord {
                        id: row.get(0)?,
                        name: row.get(1)?,
                        created_at: row.get(2)?,
                        ended_at: row.get(3)?,
                        cancelled: row.get(4)?,
                        counts: Counts::default(),
                        is_worked_on: false,
                    })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            batches
                .into_iter()
                .map(|batch| {
                    let mut counts = counts(&store.db, &batch.id)?;
                    let mut is_worked_on = false;
                    if counts.of(JobState::Running) > 0 {
                        let ahead = ahead(&store.db, &batch.id)?;
                        counts.take(JobState::Running, ahead);
                        counts.add(JobState::Ready, ahead);
                        let owners = store.owners(&batch.id)?;
                        is_worked_on = owners.iter().any(|owner| !store.is_lost(owner));
                    }
                    Ok(BatchRecord {
                        counts,
                        is_worked_on,
                        ..batch
                    })
                })
                .collect()
        })
    }

    /// The batch whose id begins so; without a beginning the latest that has jobs left, or else the latest.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn find(&self, beginning: Option<&str>) -> Result<BatchRecord, StoreError> {
        let all = self.list()?;
        // The name of a variable of the shell that is not set must not stand for whatever batch there is.
        if beginning == Some("") {
            return Err(StoreError::usage(
                "the id of the batch is empty",
                "`freshet batch list` shows the ids; `last` stands for the batch made last",
            ));
        }
        let Some(beginning) = beginning else {
            let left = all
                .iter()
                .find(|batch| matches!(batch.state(), "unfinished" | "running"));
            return left.or(all.first()).cloned().ok_or_else(no_batches);
        };
        let wanted = beginning.to_ascii_lowercase();
        let mut found = all
            .into_iter()
            .filter(|batch| batch.id.starts_with(&wanted));
        match (found.next(), found.next()) {
            (Some(batch), None) => Ok(batch),
            (Some(_), Some(_)) => Err(StoreError::usage(
                format!("several batches begin with `{beginning}`"),
                "`freshet batch list` shows their ids: give more of it",
            )),
            (None, _) => Err(StoreError::usage(
                format!("there is no batch `{beginning}`"),
                "`freshet batch list` shows the batches there are",
            )),
        }
    }

    /// The jobs of a batch by state; those that workers have taken ahead count as running.
    ///
    /// # Errors
    /// B0002, B0004.
    pub(crate) fn counts(&self, batch: &str) -> Result<Counts, StoreError> {
        self.read(|store| counts(&store.db, batch))
    }

    /// The units of a batch, its options as JSON, and the salt of its idempotency keys.
    ///
    /// # Errors
    /// B0002, B0004.
    pub fn sources(&self, batch: &str) -> Result<(Vec<UnitSource>, String, String), StoreError> {
        let (texts, options, salt) = self.read(|store| {
            let texts = store
                .db
                .prepare_cached("SELECT source FROM unit WHERE batch = ?1 ORDER BY number")?
                .query_map([batch], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let (options, salt) = store.db.query_row(
                "SELECT options, salt FROM batch WHERE id = ?1",
                [batch],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok((texts, options, salt))
        })?;
        let units = texts
            .iter()
            .map(|text| serde_json::from_str(text))
            .collect::<Result<Vec<UnitSource>, _>>()
            .map_err(|cause| StoreError::damaged(self.path(), &cause.to_string()))?;
        Ok((units, options, salt))
    }

    /// Gives `each` the jobs of a batch in their order.
    ///
    /// # Errors
    /// B0002, B0004, and those of `each`.
    pub fn jobs<E: From<StoreError>>(
        &self,
        batch: &str,
        selection: &Selection,
        mut each: impl FnMut(JobRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut failed = Ok(());
        let (condition, mut values) = condition(selection, rows::STATE);
        values.insert(0, Value::Text(batch.to_owned()));
        self.read(|store| {
            let mut statement = store.db.prepare(&format!(
                "WITH ahead AS MATERIALIZED ({}) SELECT {} FROM job j \
                 JOIN unit u ON u.batch = j.batch AND u.number = j.unit \
                 WHERE j.batch = ?1{condition} ORDER BY j.number",
                rows::AHEAD,
                rows::columns()
            ))?;
            let mut found = statement.query(params_from_iter(values))?;
            // Many jobs have the same unit.
            let mut last: (String, String) = Default::default();
            while let Some(row) = found.next()? {
                let record = rows::job(row, |source| {
                    if last.0 != source {
                        last = (source.to_owned(), UnitSource::name_in(source));
                    }
                    last.1.clone()
                })?;
                if let Err(error) = each(record) {
                    failed = Err(error);
                    break;
                }
            }
            Ok(())
        })
        .map_err(E::from)?;
        failed
    }

    /// One job.
    ///
    /// # Errors
    /// When there is none with that number or key.
    pub fn job(&self, batch: &str, name: &str) -> Result<JobRecord, StoreError> {
        let number = self.number_of(batch, name)?;
        let selection = Selection {
            jobs: vec![number],
            ..Selection::default()
        };
        let mut found = None;
        self.jobs::<StoreError>(batch, &selection, |job| {
            found = Some(job);
            Ok(())
        })?;
        found.ok_or_else(|| no_job(batch, name))
    }

    /// The number of the job with that key; where none has it, of the job with that number, or with number and key as
    /// in `3:KEY`.
    ///
    /// # Errors
    /// When there is none, or several have that key.
    pub fn number_of(&self, batch: &str, name: &str) -> Result<u64, StoreError> {
        let found = |condition: &str| {
            self.read(|store| {
                store
                    .db
                    .prepare_cached(&format!(
                        "SELECT number FROM job WHERE batch = ?1 AND {condition} ORDER BY number LIMIT 2"
                    ))?
                    .query_map([batch, name], |row| rows::count(row, 0))?
                    .collect::<rusqlite::Result<Vec<u64>>>()
            })
        };
        match found("key = ?2")?.as_slice() {
            [] => {}
            [one] => return Ok(*one),
            [one, ..] => {
                return Err(StoreError::usage(
                    format!("several jobs of batch `{batch}` have the key `{name}`"),
                    format!("name one by its number and its key, such as `{one}:{name}`"),
                ));
            }
        }
        let numbered = found("(CAST(number AS TEXT) = ?2 OR number || ':' || key = ?2)")?;
        numbered.first().copied().ok_or_else(|| no_job(batch, name))
    }

    /// The attempts of a job before its last one.
    ///
    /// # Errors
    /// B0002, B0004.
    pub fn attempts(&self, batch: &str, number: u64) -> Result<Vec<AttemptRecord>, StoreError> {
        self.read(|store| {
            store
                .db
                .prepare_cached(
                    "SELECT a.number, a.started_at, a.ended_at, a.error FROM attempt a JOIN job j ON j.id = a.job \
                     WHERE j.batch = ?1 AND j.number = ?2 ORDER BY a.number",
                )?
                .query_map(params![batch, number as i64], |row| {
                    let error: Option<String> = row.get(3)?;
                    Ok(AttemptRecord {
                        number: rows::count(row, 0)?,
                        started_at: row.get(1)?,
                        ended_at: row.get(2)?,
                        error: error.and_then(|text| serde_json::from_str(&text).ok()),
                    })
                })?
                .collect()
        })
    }

    /// Since when the oldest waiting job waits, in milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// B0002, B0004.
    pub fn oldest_waiting(&self, batch: &str) -> Result<Option<i64>, StoreError> {
        self.read(|store| {
            let waiting = format!(
                "SELECT min(max(coalesce(j.ended_at, b.created_at), b.created_at)) FROM job j \
                 JOIN batch b ON b.id = j.batch WHERE j.id IN \
                 (SELECT id FROM job WHERE batch = ?1 AND state = 0 UNION ALL {})",
                rows::AHEAD
            );
            store.db.query_row(&waiting, [batch], |row| row.get(0))
        })
    }

    /// The time from the first attempt to the last of the jobs that came to an end of their own, in milliseconds, with
    /// the number of these jobs.
    ///
    /// # Errors
    /// B0002, B0004.
    pub fn span(&self, batch: &str) -> Result<(u64, u64), StoreError> {
        self.read(|store| {
            store.db.query_row(
                "SELECT coalesce(max(ended_at) - min(started_at), 0), count(ended_at) FROM job \
                 WHERE batch = ?1 AND state IN (2, 3, 4)",
                [batch],
                |row| Ok((rows::count(row, 0)?, rows::count(row, 1)?)),
            )
        })
    }

    /// Failed and uncertain jobs by code and place, the most frequent first.
    ///
    /// # Errors
    /// B0002, B0004.
    pub fn failure_groups(&self, batch: &str) -> Result<Vec<FailureGroup>, StoreError> {
        self.read(|store| {
            store
                .db
                .prepare_cached(
                    "SELECT coalesce(error ->> 'code', ''), error ->> '$.place.file', error ->> '$.place.line', \
                     error ->> '$.place.column', count(*), coalesce(error ->> 'message', ''), min(number), key FROM job \
                     WHERE batch = ?1 AND state IN (3, 4) GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 7",
                )?
                .query_map([batch], |row| {
                    let file: Option<String> = row.get(1)?;
                    let (line, column): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
                    Ok(FailureGroup {
                        code: row.get(0)?,
                        place: file.zip(line).zip(column).map(|((file, line), column)| {
                            format!("{file}:{line}:{column}")
                        }),
                        count: rows::count(row, 4)?,
                        message: row.get(5)?,
                        number: rows::count(row, 6)?,
                        key: row.get(7)?,
                    })
                })?
                .collect()
        })
    }

    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Store) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(self).map_err(|cause| told(&self.path, &cause))
    }
}

/// The jobs of a batch by state, as they stand in the store.
pub(super) fn counts(db: &Connection, batch: &str) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let mut statement =
        db.prepare_cached("SELECT state, count(*) FROM job WHERE batch = ?1 GROUP BY state")?;
    let mut found = statement.query([batch])?;
    while let Some(row) = found.next()? {
        if let Some(state) = JobState::of_number(row.get(0)?) {
            counts.add(state, rows::count(row, 1)?);
        }
    }
    Ok(counts)
}

/// How many jobs of a batch workers have taken ahead.
pub(super) fn ahead(db: &Connection, batch: &str) -> rusqlite::Result<u64> {
    db.prepare_cached(&format!("SELECT count(*) FROM ({})", rows::AHEAD))?
        .query_row([batch], |row| rows::count(row, 0))
}

/// The condition of a selection, behind another one with one parameter, and its values. `state` is how a job stands.
pub(super) fn condition(selection: &Selection, state: &str) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut text = String::new();
    let mut add = |column: &str, numbers: Vec<i64>| {
        if numbers.is_empty() {
            return;
        }
        let places: Vec<String> = numbers
            .into_iter()
            .map(|number| {
                values.push(Value::Integer(number));
                format!("?{}", values.len() + 1)
            })
            .collect();
        text.push_str(&format!(" AND {column} IN ({})", places.join(", ")));
    };
    add(
        state,
        selection
            .states
            .iter()
            .map(|state| state.number())
            .collect(),
    );
    add(
        "j.number",
        selection.jobs.iter().map(|number| *number as i64).collect(),
    );
    (text, values)
}

fn no_batches() -> StoreError {
    StoreError::usage(
        "there are no batches",
        "make one: `freshet batch run SCRIPT --jobs ROWS.csv`",
    )
}

fn no_job(batch: &str, name: &str) -> StoreError {
    StoreError::usage(
        format!("batch `{batch}` has no job `{name}`"),
        format!("`freshet batch show {batch}` shows its jobs: give a number or a key"),
    )
}
