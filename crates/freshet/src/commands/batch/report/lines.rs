//! Reports for programs: JSON, JSON lines, CSV. Jobs are in their order, and never all in memory.

use std::io::{self, Write};

use freshet_runtime::batch::queue::{Selection, Store};
use freshet_runtime::batch::record::{BatchRecord, JobRecord};
use serde_json::{Value, json};

use super::Fault;
use crate::commands::batch::look::{batch_json, job_json};
use crate::commands::batch::words::millis;

/// One document with the batch and all its jobs.
pub fn json(out: &mut dyn Write, store: &Store, batch: &BatchRecord) -> Result<(), Fault> {
    let head = versioned(batch_json(batch)).to_string();
    let open = head.strip_suffix('}').unwrap_or(&head);
    write!(out, "{open},\"jobs\":[")?;
    let mut first = true;
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        let sign = if std::mem::take(&mut first) { "" } else { "," };
        Ok(write!(out, "{sign}\n{}", job_json(&job))?)
    })?;
    Ok(writeln!(out, "\n]}}")?)
}

/// A line a job.
pub fn json_lines(out: &mut dyn Write, store: &Store, batch: &BatchRecord) -> Result<(), Fault> {
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        let mut document = versioned(job_json(&job));
        document["batch"] = json!(batch.id);
        Ok(writeln!(out, "{document}")?)
    })
}

fn versioned(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.shift_insert(0, "version".to_owned(), json!(1));
    }
    document
}

/// A row a job: its arguments, its state, its result.
pub fn csv(out: &mut dyn Write, store: &Store, batch: &BatchRecord) -> Result<(), Fault> {
    let mut names: Vec<String> = Vec::new();
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        for (name, _) in job.arguments_json() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(())
    })?;
    let mut table = csv::Writer::from_writer(out);
    let own = [
        "state",
        "result",
        "code",
        "message",
        "place",
        "attempts",
        "duration_ms",
    ];
    let header = ["job", "key", "script"]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .chain(own);
    table.write_record(header).map_err(io_of)?;
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        table.write_record(row(&job, &names)).map_err(io_of)?;
        Ok(())
    })?;
    Ok(table.flush()?)
}

fn row(job: &JobRecord, names: &[String]) -> Vec<String> {
    let mut cells = vec![
        job.number.to_string(),
        job.key.clone().unwrap_or_default(),
        job.script.clone(),
    ];
    let given = job.arguments_json();
    cells.extend(
        names
            .iter()
            .map(|name| given.get(name).map(plain).unwrap_or_default()),
    );
    let result = job
        .result
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .map(|value: Value| plain(&value));
    let error = job.error.as_ref();
    cells.extend([
        job.state.as_str().to_owned(),
        result.unwrap_or_default(),
        error.map(|error| error.code.clone()).unwrap_or_default(),
        error.map(|error| error.message.clone()).unwrap_or_default(),
        error.and_then(|error| error.at()).unwrap_or_default(),
        job.attempts.to_string(),
        job.duration
            .map(|time| millis(time).to_string())
            .unwrap_or_default(),
    ]);
    cells
}

/// A text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn io_of(fault: csv::Error) -> io::Error {
    match fault.into_kind() {
        csv::ErrorKind::Io(cause) => cause,
        other => io::Error::other(format!("{other:?}")),
    }
}
