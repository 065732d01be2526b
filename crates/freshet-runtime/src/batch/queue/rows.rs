//! Rows of the store as plain data.

use std::time::Duration;

use rusqlite::Row;

use crate::batch::record::{JobRecord, JobState};

/// What `job` reads, in its order.
pub(super) const JOB: &str = "j.number, j.key, u.source, j.arguments, j.state, j.attempt, j.started_at, j.ended_at, \
     j.duration, j.http_calls, j.result, j.log, j.error";

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
