//! The store of batches: an SQLite file with batches, jobs, attempts, results and logs. The only place with SQL here.
//!
//! A job is taken under a lease by a process that holds a lock of the kernel; whoever lost its lease cannot store a
//! result any more. Results are stored in groups, each group in one transaction that reaches the disk.

mod fault;
mod manage;
mod open;
mod owner;
mod read;
mod rows;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::record::{Counts, JobError, JobState};
pub use fault::StoreError;
use fault::told;
pub use manage::{Cancelled, Made, NewBatch, NewJob};
use owner::Owner;
pub use read::Selection;

/// The store, open.
pub struct Store {
    db: Connection,
    path: PathBuf,
}

/// A job that this process has taken.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    /// Its row.
    pub id: i64,
    /// Its number in the batch.
    pub number: u64,
    /// The unit of the batch that it belongs to.
    pub unit: u32,
    /// What names it.
    pub key: Option<String>,
    /// Its arguments, as they are stored.
    pub arguments: String,
    /// The number of this attempt, from 1.
    pub attempt: u64,
    /// Attempts that failed transiently before.
    pub retried: u64,
}

/// How an attempt ended, on its way into the store.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    /// The job.
    pub id: i64,
    /// The attempt.
    pub attempt: u64,
    /// Its next state; `Ready`: it is run again.
    pub state: JobState,
    /// Not before this time.
    pub run_at: i64,
    /// This attempt counts as a retry that was used up.
    pub counts: bool,
    /// When the attempt began.
    pub started_at: i64,
    /// When it ended.
    pub ended_at: i64,
    /// How long it took.
    pub duration: Duration,
    /// Web calls it made.
    pub http_calls: u64,
    /// Its result as JSON.
    pub result: Option<String>,
    /// What it printed.
    pub log: String,
    /// Its error.
    pub error: Option<JobError>,
}

/// What one exchange with the store gave.
pub(crate) struct Exchanged {
    /// Places in the list of settled attempts whose lease was lost: their results were not stored.
    pub refused: Vec<usize>,
    /// Jobs taken, in their order.
    pub claimed: Vec<Claimed>,
}

/// Whoever takes jobs of a batch.
pub(crate) struct Worker {
    owner: Owner,
    batch: String,
    lease: Duration,
}

impl Store {
    /// Opens the store; makes it where there is none.
    ///
    /// # Errors
    /// B0001 to B0005.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            db: open::open(path)?,
            path: path.to_owned(),
        })
    }

    /// Opens the store if there is one.
    ///
    /// # Errors
    /// B0001 to B0005.
    pub fn open_existing(path: &Path) -> Result<Option<Self>, StoreError> {
        open::exists(path).then(|| Self::open(path)).transpose()
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Registers this process as one that takes jobs of a batch, and runs so many at a time.
    pub(crate) fn worker(
        &self,
        batch: &str,
        lease: Duration,
        in_flight: usize,
    ) -> Result<Worker, StoreError> {
        let owner = Owner::register(&self.path, in_flight)
            .map_err(|cause| StoreError::write(&self.path, &cause.kind().to_string()))?;
        Ok(Worker {
            owner,
            batch: batch.to_owned(),
            lease,
        })
    }

    /// Stores how attempts ended and takes up to `most` jobs, in one transaction that reaches the disk.
    pub(crate) fn exchange(
        &mut self,
        worker: &Worker,
        settled: &[Settled],
        most: usize,
    ) -> Result<Exchanged, StoreError> {
        self.write(|change| {
            let mut refused = Vec::new();
            for (place, attempt) in settled.iter().enumerate() {
                if !settle(change, worker, attempt)? {
                    refused.push(place);
                }
            }
            let claimed = if most > 0 {
                claim(change, worker, most)?
            } else {
                Vec::new()
            };
            Ok(Exchanged { refused, claimed })
        })
    }

    /// Gives jobs back that were taken and not begun.
    pub(crate) fn give_back(
        &mut self,
        worker: &Worker,
        jobs: &[i64],
        state: JobState,
    ) -> Result<(), StoreError> {
        self.write(|change| {
            let mut statement = change.prepare_cached(
                "UPDATE job SET state = ?1, owner = NULL, attempt = attempt - 1 WHERE id = ?2 AND owner = ?3 AND state = 1",
            )?;
            for job in jobs {
                statement.execute(params![state.number(), job, worker.owner.name])?;
            }
            Ok(())
        })
    }

    /// Marks jobs as having sent a request that may have an effect. Survives the end of this process, not that of the
    /// machine: nobody waits for the disk. Gives for each job whether it is still this worker's: one that another
    /// process took over sends nothing any more.
    pub(crate) fn mark_sent(
        &mut self,
        worker: &Worker,
        jobs: &[i64],
    ) -> Result<Vec<bool>, StoreError> {
        let path = self.path.clone();
        let failed = |cause| told(&path, &cause);
        self.db
            .pragma_update(None, "synchronous", "NORMAL")
            .map_err(failed)?;
        let marked = self.write(|change| {
            let mut statement = change.prepare_cached(
                "UPDATE job SET sent = 1 WHERE id = ?1 AND owner = ?2 AND state = 1",
            )?;
            jobs.iter()
                .map(|job| Ok(statement.execute(params![job, worker.owner.name])? == 1))
                .collect()
        });
        self.db
            .pragma_update(None, "synchronous", "FULL")
            .map_err(failed)?;
        marked
    }

    /// Renews the leases of a worker.
    pub(crate) fn renew(&mut self, worker: &Worker) -> Result<(), StoreError> {
        self.write(|change| {
            change
                .prepare_cached(
                    "UPDATE job SET lease_until = ?1 WHERE batch = ?2 AND state = 1 AND owner = ?3",
                )?
                .execute(params![
                    worker.lease_end(now()),
                    worker.batch,
                    worker.owner.name
                ])?;
            Ok(())
        })
    }

    /// Takes jobs from processes that have ended or let their leases run out: those that had sent something become
    /// uncertain (unless `unsafely`), the others ready. Gives how many became ready, and how many uncertain.
    pub(crate) fn take_over(
        &mut self,
        worker: &Worker,
        unsafely: bool,
    ) -> Result<(u64, u64), StoreError> {
        let mut lost = self.lost(&worker.batch)?;
        lost.retain(|name| *name != worker.owner.name);
        if lost.is_empty() {
            return Ok((0, 0));
        }
        self.write(|change| release(change, &worker.batch, &lost, unsafely))
    }

    /// The processes that have jobs of a batch, and have ended or let their leases run out.
    fn lost(&self, batch: &str) -> Result<Vec<String>, StoreError> {
        let mut owners = self
            .owners(batch)
            .map_err(|cause| told(&self.path, &cause))?;
        owners.retain(|owner| self.is_lost(owner));
        Ok(owners.into_iter().map(|(name, _)| name).collect())
    }

    fn is_lost(&self, (name, lease): &(String, i64)) -> bool {
        *lease < now() || owner::is_gone(&self.path, name)
    }

    /// The processes that have jobs of a batch, each with the end of its lease.
    fn owners(&self, batch: &str) -> rusqlite::Result<Vec<(String, i64)>> {
        self.db
            .prepare_cached(
                "SELECT owner, min(lease_until) FROM job WHERE batch = ?1 AND state = 1 GROUP BY owner",
            )?
            .query_map([batch], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    }

    /// What a worker has to know from time to time: whether the batch was cancelled, when its next waiting job may run
    /// (`None`: none waits), and whether other processes still have jobs of it.
    pub(crate) fn look(&self, worker: &Worker) -> Result<Look, StoreError> {
        self.look_at(worker)
            .map_err(|cause| told(&self.path, &cause))
    }

    fn look_at(&self, worker: &Worker) -> rusqlite::Result<Look> {
        // In one statement: between two of them another process could move a job from the one to the other.
        self.db
            .prepare_cached(
                "SELECT (SELECT cancelled FROM batch WHERE id = ?1), \
                 (SELECT min(run_at) FROM job WHERE batch = ?1 AND state = 0), \
                 EXISTS (SELECT 1 FROM job WHERE batch = ?1 AND state = 1 AND owner <> ?2)",
            )?
            .query_row(params![worker.batch, worker.owner.name], |row| {
                Ok(Look {
                    // A batch that was removed has nothing more to do.
                    cancelled: row.get::<_, Option<bool>>(0)?.unwrap_or(true),
                    next: row.get(1)?,
                    others: row.get(2)?,
                })
            })
    }

    /// Notes that a batch has come to its end, if no job is left. Of one that was cancelled none waits any longer. Gives
    /// its jobs by state at that moment.
    pub(crate) fn end(&mut self, worker: &Worker) -> Result<Counts, StoreError> {
        let batch = worker.batch.as_str();
        self.write(|change| {
            cancel_waiting(change, batch)?;
            change.execute(
                "UPDATE batch SET ended_at = ?1 WHERE id = ?2 AND ended_at IS NULL AND NOT EXISTS \
                 (SELECT 1 FROM job WHERE batch = ?2 AND state IN (0, 1))",
                params![now(), batch],
            )?;
            read::counts(change, batch)
        })
    }

    /// Does `work` in one transaction. Writing transactions begin as such: one that reads first and then writes would
    /// fail at once where another process writes.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        let outcome = (|| {
            let change = self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&change)?;
            change.commit()?;
            Ok(result)
        })();
        outcome.map_err(|cause| told(&path, &cause))
    }
}

/// What a look at the store shows.
pub(crate) struct Look {
    pub cancelled: bool,
    pub next: Option<i64>,
    pub others: bool,
}

impl Look {
    /// Whether a job waits that may run by now.
    pub(crate) fn is_due(&self) -> bool {
        self.next.is_some_and(|next| next <= now())
    }
}

impl Worker {
    fn lease_end(&self, now: i64) -> i64 {
        now.saturating_add(i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Why a job is uncertain whose worker was lost.
fn worker_lost() -> JobError {
    JobError::outside(
        "B0010",
        "the worker was lost after it had sent a request that may have had an effect",
        "look whether it had, then `freshet batch retry ID --state uncertain`",
    )
}

/// Takes jobs of a batch from their processes. Gives how many became ready, and how many uncertain.
fn release(
    change: &Transaction<'_>,
    batch: &str,
    lost: &[String],
    unsafely: bool,
) -> rusqlite::Result<(u64, u64)> {
    let why = serde_json::to_string(&worker_lost()).unwrap_or_default();
    let (mut ready, mut uncertain) = (0, 0);
    for name in lost {
        if !unsafely {
            uncertain += change.execute(
                "UPDATE job SET state = 4, owner = NULL, ended_at = ?1, error = ?2 \
                 WHERE batch = ?3 AND state = 1 AND owner = ?4 AND sent = 1",
                params![now(), why, batch, name],
            )?;
        }
        ready += change.execute(
            "UPDATE job SET state = 0, owner = NULL, sent = 0 WHERE batch = ?1 AND state = 1 AND owner = ?2",
            params![batch, name],
        )?;
    }
    Ok((ready as u64, uncertain as u64))
}

/// Cancels the waiting jobs of a batch that was cancelled. Gives how many.
fn cancel_waiting(change: &Transaction<'_>, batch: &str) -> rusqlite::Result<u64> {
    let cancelled = change.execute(
        "UPDATE job SET state = 5, ended_at = ?1 WHERE batch = ?2 AND state = 0 \
         AND (SELECT cancelled FROM batch WHERE id = ?2)",
        params![now(), batch],
    )?;
    Ok(cancelled as u64)
}

fn settle(change: &Transaction<'_>, worker: &Worker, attempt: &Settled) -> rusqlite::Result<bool> {
    let error = attempt
        .error
        .as_ref()
        .and_then(|error| serde_json::to_string(error).ok());
    let duration = i64::try_from(attempt.duration.as_micros()).unwrap_or(i64::MAX);
    let stored = change
        .prepare_cached(
            "UPDATE job SET state = ?1, run_at = ?2, retried = retried + ?3, started_at = ?4, ended_at = ?5, \
             duration = ?6, http_calls = ?7, result = ?8, log = ?9, error = ?10, owner = NULL, sent = 0 \
             WHERE id = ?11 AND owner = ?12 AND state = 1 AND attempt = ?13",
        )?
        .execute(params![
            attempt.state.number(),
            attempt.run_at,
            i64::from(attempt.counts),
            attempt.started_at,
            attempt.ended_at,
            duration,
            attempt.http_calls as i64,
            attempt.result,
            attempt.log,
            error,
            attempt.id,
            worker.owner.name,
            attempt.attempt as i64,
        ])?;
    if stored > 0 && attempt.state == JobState::Ready && attempt.counts {
        change
            .prepare_cached("INSERT OR REPLACE INTO attempt VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                attempt.id,
                attempt.attempt as i64,
                attempt.started_at,
                attempt.ended_at,
                error
            ])?;
    }
    Ok(stored > 0)
}

fn claim(change: &Transaction<'_>, worker: &Worker, most: usize) -> rusqlite::Result<Vec<Claimed>> {
    let now = now();
    let mut claimed = change
        .prepare_cached(
            "UPDATE job SET state = 1, attempt = attempt + 1, owner = ?1, lease_until = ?2, sent = 0, started_at = ?3 \
             WHERE id IN (SELECT id FROM job WHERE batch = ?4 AND state = 0 AND run_at <= ?3 ORDER BY number LIMIT ?5) \
             RETURNING id, number, unit, key, arguments, attempt, retried",
        )?
        .query_map(
            params![
                worker.owner.name,
                worker.lease_end(now),
                now,
                worker.batch,
                most as i64
            ],
            |row| {
                Ok(Claimed {
                    id: row.get(0)?,
                    number: rows::count(row, 1)?,
                    unit: row.get(2)?,
                    key: row.get(3)?,
                    arguments: row.get(4)?,
                    attempt: rows::count(row, 5)?,
                    retried: rows::count(row, 6)?,
                })
            },
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    claimed.sort_unstable_by_key(|job| job.number);
    Ok(claimed)
}

/// Milliseconds since 1970 UTC.
pub(crate) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
