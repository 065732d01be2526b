//! `freshet batch list`, `status` and `show`.

use std::io::{self, IsTerminal};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use freshet_connections::rfc3339;
use freshet_runtime::batch::queue::{Selection, Store, StoreError};
use freshet_runtime::batch::record::{BatchRecord, JobError, JobRecord, JobState};
use freshet_runtime::batch::worker::label;
use serde_json::{Value, json};

use super::json::{JobJson, JobLine, OneJob, WithJobs, attempt_json, batch_json, given_text};
use super::words::{counts_words, first_line, grouped, millis, rate_words, short};
use super::{StoreArgument, batch_of};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::signal;

/// Between two looks of `--watch`.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// Between two looks at whether somebody wants to end it.
const LOOK: Duration = Duration::from_millis(50);

/// List the batches
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet batch list
  freshet batch list --json")]
pub struct ListArguments {
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    store: StoreArgument,
}

/// Tell how far a batch is
#[derive(Args)]
#[command(after_help = "\
Without an ID: the latest batch that has jobs left. IDs may be cut; `last` is
the batch made last.

Examples:
  freshet batch status
  freshet batch status last --json")]
pub struct StatusArguments {
    /// The batch
    id: Option<String>,
    /// Look again and again, until no job is left
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    store: StoreArgument,
}

/// Show the jobs of a batch, or one job
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet batch show last
  freshet batch show last --state failed
  freshet batch show last 1")]
pub struct ShowArguments {
    /// The batch; its ID may be cut, `last` is the one made last
    id: String,
    /// A job, by its key, or by its number where none has such a key
    job: Option<String>,
    /// Only jobs in this state (repeatable)
    #[arg(long = "state", value_name = "STATE", value_parser = read_state)]
    states: Vec<JobState>,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    store: StoreArgument,
}

/// Reads the word for a state.
pub fn read_state(word: &str) -> Result<JobState, String> {
    JobState::parse(word).ok_or_else(|| {
        let known: Vec<&str> = JobState::ALL.iter().map(|state| state.as_str()).collect();
        format!("found `{word}`, expected one of {}", known.join(", "))
    })
}

/// Runs `list`.
pub fn list(arguments: &ListArguments) -> Outcome {
    let batches = match arguments.store.existing()? {
        Some(store) => store.list()?,
        None => Vec::new(),
    };
    if arguments.format.format() == Format::Json {
        let batches: Vec<Value> = batches.iter().map(batch_json).collect();
        output::print_json(json!({ "batches": batches }))?;
        return Ok(exit::OK);
    }
    if batches.is_empty() {
        output::say(
            "there are no batches yet: `freshet batch run SCRIPT --jobs ROWS.csv` makes one",
        );
        return Ok(exit::OK);
    }
    let rows: Vec<Vec<String>> = batches
        .iter()
        .map(|batch| {
            vec![
                batch.id.clone(),
                visible(&batch.name),
                rfc3339(batch.created_at),
                batch.state().to_owned(),
                counts_words(&batch.counts),
            ]
        })
        .collect();
    output::print(&output::table(
        &["ID", "NAME", "STARTED", "STATE", "JOBS"],
        &rows,
    ))?;
    Ok(exit::OK)
}

/// Runs `status`.
pub fn status(arguments: &StatusArguments) -> Outcome {
    let store = arguments.store.required()?;
    let batch = batch_of(&store, arguments.id.as_deref())?;
    if !arguments.watch {
        output::print(&status_text(&store, &batch, arguments.format.format())?)?;
        return Ok(exit::OK);
    }
    watch_status(&store, &batch.id, arguments.format.format())
}

/// Shows how far a batch is, again whenever that has changed, until no job is left.
fn watch_status(store: &Store, id: &str, format: Format) -> Outcome {
    // Installs what notices a Ctrl-C.
    signal::cancel_flag();
    let on_terminal = format == Format::Human && io::stdout().is_terminal() && output::obeys();
    let mut shown = String::new();
    loop {
        let batch = store.find(Some(id))?;
        let is_over = batch.counts.left() == 0;
        let text = status_text(store, &batch, format)?;
        if text != shown {
            // On a terminal it stays in its place.
            if on_terminal && !shown.is_empty() {
                output::print(&format!("\x1b[{}A\x1b[J", rows_of(&shown)))?;
            }
            output::print(&text)?;
            shown = text;
        }
        if is_over || output::is_closed() {
            return Ok(exit::OK);
        }
        let until = Instant::now() + WATCH_EVERY;
        while Instant::now() < until {
            if let Some(signal) = signal::received() {
                return Ok(128 + signal);
            }
            thread::sleep(LOOK);
        }
    }
}

/// The rows that a text takes on the terminal, where long lines are wrapped.
fn rows_of(text: &str) -> usize {
    let columns = output::columns().unwrap_or(usize::MAX);
    let rows = |line: &str| line.chars().count().div_ceil(columns.max(1)).max(1);
    text.lines().map(rows).sum()
}

/// How far a batch is, for people or as one document.
fn status_text(store: &Store, batch: &BatchRecord, format: Format) -> Result<String, Failure> {
    let (span, ended) = store.span(&batch.id)?;
    let rate = super::words::rate(ended, Duration::from_millis(span));
    let oldest = store.oldest_waiting(&batch.id)?;
    let age = oldest.map(|since| {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        Duration::from_millis(u64::try_from(now - since).unwrap_or(0))
    });
    if format == Format::Json {
        let mut document = batch_json(batch);
        document["jobs_per_second"] = json!((rate * 10.0).round() / 10.0);
        document["oldest_waiting_ms"] = json!(age.map(millis));
        return Ok(output::json_text(document));
    }
    let mut text = format!(
        "batch {} ({}): {}\n  {} of {} jobs: {}\n",
        batch.id,
        visible(&batch.name),
        batch.state(),
        grouped(batch.counts.ended()),
        grouped(batch.counts.total()),
        counts_words(&batch.counts)
    );
    // Jobs that took less than the clock can tell have no rate.
    if rate > 0.0 {
        text.push_str(&format!("  {}\n", rate_words(rate)));
    }
    if let Some(age) = age {
        text.push_str(&format!(
            "  the oldest waiting job waits for {}\n",
            short(age)
        ));
    }
    Ok(text)
}

/// Runs `show`.
pub fn show(arguments: &ShowArguments) -> Outcome {
    let store = arguments.store.required()?;
    let batch = batch_of(&store, Some(&arguments.id))?;
    let format = arguments.format.format();
    match &arguments.job {
        Some(name) => {
            let job = store.job(&batch.id, name)?;
            show_job(&store, &batch, &job, format)?;
        }
        None => show_jobs(&store, &batch, &arguments.states, format)?,
    }
    Ok(exit::OK)
}

fn show_jobs(
    store: &Store,
    batch: &BatchRecord,
    states: &[JobState],
    format: Format,
) -> Result<(), Failure> {
    let selection = Selection {
        states: states.to_vec(),
        ..Selection::default()
    };
    if format == Format::Json && output::as_lines() {
        return store.jobs::<Failure>(&batch.id, &selection, |job| {
            output::print_document(&JobLine::of(&job, &batch.id))
        });
    }
    if format == Format::Json {
        let mut jobs = Vec::new();
        store.jobs::<StoreError>(&batch.id, &selection, |job| {
            jobs.push(job);
            Ok(())
        })?;
        return output::print_document(&WithJobs {
            batch: batch_json(batch),
            jobs: jobs.iter().map(JobJson::of).collect(),
        });
    }
    let mut rows = Vec::new();
    store.jobs::<StoreError>(&batch.id, &selection, |job| {
        rows.push(vec![
            job.number.to_string(),
            job.key.as_deref().map(visible).unwrap_or_default(),
            job.state.as_str().to_owned(),
            job.duration.map(short).unwrap_or_default(),
            visible(&about(&job)),
        ]);
        Ok(())
    })?;
    if rows.is_empty() {
        output::say(&format!("batch {} has no such jobs", batch.id));
        return Ok(());
    }
    output::print(&output::table(
        &["JOB", "KEY", "STATE", "TIME", "RESULT"],
        &rows,
    ))
}

/// The result or the error of a job in one line.
fn about(job: &JobRecord) -> String {
    /// Characters that are shown.
    const MOST: usize = 100;
    let text = match (&job.error, &job.result) {
        (Some(error), _) => {
            let place = error.at().map(|at| format!(" at {at}")).unwrap_or_default();
            format!("{}{place}: {}", error.code, error.message)
        }
        (None, Some(result)) => result.clone(),
        (None, None) => job.log.lines().next().unwrap_or_default().to_owned(),
    };
    first_line(&text, MOST)
}

fn show_job(
    store: &Store,
    batch: &BatchRecord,
    job: &JobRecord,
    format: Format,
) -> Result<(), Failure> {
    let before = store.attempts(&batch.id, job.number)?;
    if format == Format::Json {
        let earlier_attempts = before.iter().map(attempt_json).collect();
        return output::print_document(&OneJob {
            job: JobJson::of(job),
            batch: &batch.id,
            earlier_attempts,
        });
    }
    let mut text = format!(
        "{} of batch {} ({}): {}\n",
        visible(&label(job.number, job.key.as_deref())),
        batch.id,
        visible(&batch.name),
        job.state.as_str()
    );
    text.push_str(&format!("script: {}\n", visible(&job.script)));
    for given in job.given() {
        let value = given_text(&given);
        text.push_str(&visible(&format!("  {} = {value}\n", given.name)));
    }
    text.push_str(&format!("attempts: {}\n", job.attempts));
    for attempt in &before {
        let why = attempt
            .error
            .as_ref()
            .map(JobError::line)
            .unwrap_or_default();
        text.push_str(&format!(
            "  {} at {}: {}\n",
            attempt.number,
            rfc3339(attempt.started_at),
            visible(&why)
        ));
    }
    if let Some(started) = job.started_at {
        let took = job.duration.map(short).unwrap_or_default();
        text.push_str(&format!(
            "started {}, took {took}, {}\n",
            rfc3339(started),
            output::counted(job.http_calls as usize, "web call")
        ));
    }
    if let Some(result) = &job.result {
        text.push_str(&format!("result: {}\n", visible(result)));
    }
    if let Some(error) = &job.error {
        text.push_str(&format!("error: {}\n", visible(&error.line())));
        for call in &error.calls {
            let place = call.place.as_ref().map(|place| place.text());
            text.push_str(&visible(&format!(
                "  `{}` called at {}\n",
                call.function,
                place.as_deref().unwrap_or("an unknown place")
            )));
        }
        if let Some(help) = &error.help {
            text.push_str(&format!("  help: {}\n", visible(help)));
        }
    }
    if !job.log.is_empty() {
        text.push_str("log:\n");
        for line in job.log.lines() {
            text.push_str(&format!("  {}\n", visible(line)));
        }
    }
    output::print(&text)
}
