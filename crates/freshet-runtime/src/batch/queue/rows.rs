//! Rows of the store as plain data.

use std::time::Duration;

use rusqlite::Row;

use crate::batch::record::{JobRecord, JobState};

/// The jobs of a batch, `?1`, that a worker has taken ahead and not begun. It begins them in the order in which it took
/// them, and has as many at a time as stands at the end of its name (`owner.rs`).
pub(super) const AHEAD: &str = "SELECT id FROM (SELECT id, CAST(substr(owner, 18) AS INTEGER) AS most, \
     row_number() OVER (PARTITION BY owner ORDER BY started_at, number) AS place \
     FROM job WHERE batch = ?1 AND state = 1) WHERE most > 0 AND place > most";

/// How a job stands for those who look: what is taken ahead waits like the others. Reads `ahead`.
pub(super) const STATE: &str = "iif(j.id IN (SELECT id FROM ahead), 0, j.state)";

/// What `job` reads, in its order; with the same for when it began.
pub(super) fn columns() -> String {
    format!(
        "j.number, j.key, u.source, j.arguments, {STATE}, j.attempt - (j.id IN (SELECT id FROM ahead)), \
         iif(j.id IN (SELECT id FROM ahead), NULL, j.started_at), j.ended_at, \
         j.duration, j.http_calls, j.result, j.log, j.error, j.unit"
    )
}

/// A column with a number that is never negative.
pub(super) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// A job; the name of its script stands in the source of its unit.
pub(super) fn job(
    row: &Row<'_>,
    script: impl FnOnce(&str) -> String,
) -> rusqlite::Result<JobRecord> {
    let error: Option<String> = row.get(12)?;
    let micros: Option<i64> = row.get(8)?;
    Ok(JobRecord {
        number: count(row, 0)?,
        key: row.get(1)?,
        unit: count(row, 13)? as usize,
        script: script(row.get_ref(2)?.as_str()?),
        arguments: row.get(3)?,
        state: JobState::of_number(row.get(4)?).unwrap_or(JobState::Failed),
        attempts: count(row, 5)?,
        started_at: row.get(6)?,
        ended_at: row.get(7)?,
        duration: micros
            .and_then(|micros| u64::try_from(micros).ok())
            .map(Duration::from_micros),
        http_calls: count(row, 9)?,
        result: row.get(10)?,
        log: row.get(11)?,
        error: error.and_then(|text| serde_json::from_str(&text).ok()),
    })
}
