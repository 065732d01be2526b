//! How batches and jobs stand in JSON documents. Results and arguments stand there as they are stored: a number that
//! went through a double would be another one.

use freshet_connections::rfc3339;
use freshet_runtime::arguments::Given;
use freshet_runtime::batch::record::{AttemptRecord, BatchRecord, JobError, JobRecord};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::words::{counts_json, millis, time_json};

/// A batch.
pub fn batch_json(batch: &BatchRecord) -> Value {
    json!({
        "batch": batch.id,
        "name": batch.name,
        "state": batch.state(),
        "created_at": rfc3339(batch.created_at),
        "ended_at": time_json(batch.ended_at),
        "counts": counts_json(&batch.counts),
    })
}

/// A batch with its jobs.
#[derive(Serialize)]
pub struct WithJobs<'a> {
    #[serde(flatten)]
    pub batch: Value,
    pub jobs: Vec<JobJson<'a>>,
}

/// A job of its batch.
#[derive(Serialize)]
pub struct OneJob<'a> {
    #[serde(flatten)]
    pub job: JobJson<'a>,
    pub batch: &'a str,
    pub earlier_attempts: Vec<Value>,
}

/// A job in a line of its own.
#[derive(Serialize)]
pub struct JobLine<'a> {
    #[serde(flatten)]
    job: JobJson<'a>,
    batch: &'a str,
}

impl<'a> JobLine<'a> {
    /// The line of a job.
    pub fn of(job: &'a JobRecord, batch: &'a str) -> Self {
        let job = JobJson::of(job);
        Self { job, batch }
    }
}

/// A job.
#[derive(Serialize)]
pub struct JobJson<'a> {
    job: u64,
    key: Option<&'a str>,
    script: &'a str,
    arguments: Arguments,
    state: &'static str,
    attempts: u64,
    started_at: Value,
    ended_at: Value,
    duration_ms: Option<f64>,
    http_calls: u64,
    result: Option<&'a RawValue>,
    log: Vec<&'a str>,
    error: Option<Value>,
}

impl<'a> JobJson<'a> {
    /// The document of a job.
    pub fn of(job: &'a JobRecord) -> Self {
        Self {
            job: job.number,
            key: job.key.as_deref(),
            script: &job.script,
            arguments: Arguments(job.given()),
            state: job.state.as_str(),
            attempts: job.attempts,
            started_at: time_json(job.started_at),
            ended_at: time_json(job.ended_at),
            duration_ms: job.duration.map(millis),
            http_calls: job.http_calls,
            result: job.result.as_deref().and_then(raw),
            log: job.log.lines().collect(),
            error: job.error.as_ref().map(error_json),
        }
    }
}

/// An object of arguments.
struct Arguments(Vec<Given>);

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// JSON as it is, or a text.
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Exact<'a> {
            Json(&'a RawValue),
            Text(&'a str),
        }
        serializer.collect_map(self.0.iter().map(|given| {
            let json = given.json.then(|| raw(&given.text)).flatten();
            (
                &given.name,
                json.map_or(Exact::Text(&given.text), Exact::Json),
            )
        }))
    }
}

fn raw(json: &str) -> Option<&RawValue> {
    serde_json::from_str(json).ok()
}

/// An argument in one text.
pub fn given_text(given: &Given) -> String {
    match given.json {
        true => plain(&given.text),
        false => given.text.clone(),
    }
}

/// Of JSON a text as it is, anything else as JSON.
pub fn plain(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}

/// An attempt before the last.
pub fn attempt_json(attempt: &AttemptRecord) -> Value {
    json!({
        "attempt": attempt.number,
        "started_at": rfc3339(attempt.started_at),
        "ended_at": rfc3339(attempt.ended_at),
        "error": attempt.error.as_ref().map(error_json),
    })
}

fn error_json(error: &JobError) -> Value {
    let mut document = json!({ "code": error.code, "message": error.message, "help": error.help });
    if let Some(place) = &error.place {
        for (name, value) in [
            ("file", json!(place.file)),
            ("line", json!(place.line)),
            ("column", json!(place.column)),
            ("end_line", json!(place.end_line)),
            ("end_column", json!(place.end_column)),
        ] {
            document[name] = value;
        }
    }
    document["calls"] = json!(error.calls);
    document
}
