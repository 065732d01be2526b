//! Reports for programs: JSON, JSON lines, CSV. Jobs are in their order, and never all in memory.

use std::io::{self, Write};

use freshet_runtime::batch::queue::{Selection, Store};
use freshet_runtime::batch::record::{BatchRecord, JobRecord};
use serde::Serialize;

use super::Fault;
use crate::commands::batch::json::{JobJson, JobLine, batch_json, given_text, plain};
use crate::commands::batch::words::millis;
use crate::output::Versioned;

/// One document with the batch and all its jobs.
pub fn json(out: &mut dyn Write, store: &Store, batch: &BatchRecord) -> Result<(), Fault> {
    let head = json_line(&Versioned::of(&batch_json(batch)))?;
    let open = head.strip_suffix('}').unwrap_or(&head);
    write!(out, "{open},\"jobs\":[")?;
    let mut first = true;
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        let sign = if std::mem::take(&mut first) { "" } else { "," };
        Ok(write!(out, "{sign}\n{}", json_line(&JobJson::of(&job))?)?)
    })?;
    Ok(writeln!(out, "\n]}}")?)
}

/// A line a job.
pub fn json_lines(out: &mut dyn Write, store: &Store, batch: &BatchRecord) -> Result<(), Fault> {
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        let line = JobLine::of(&job, &batch.id);
        Ok(writeln!(out, "{}", json_line(&Versioned::of(&line))?)?)
    })
}

fn json_line(document: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(document)?)
}

/// A row a job: its arguments, its state, its result.
pub fn csv(out: &mut dyn Write, store: &Store, batch: &BatchRecord) -> Result<(), Fault> {
    let mut names: Vec<String> = Vec::new();
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        for given in job.given() {
            if !names.contains(&given.name) {
                names.push(given.name);
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
    let given = job.given();
    let argument = |name: &String| given.iter().find(|given| given.name == *name);
    cells.extend(
        names
            .iter()
            .map(|name| argument(name).map(given_text).unwrap_or_default()),
    );
    let result = job.result.as_deref().map(plain);
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

fn io_of(fault: csv::Error) -> io::Error {
    match fault.into_kind() {
        csv::ErrorKind::Io(cause) => cause,
        other => io::Error::other(format!("{other:?}")),
    }
}
