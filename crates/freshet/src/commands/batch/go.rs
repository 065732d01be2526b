//! Runs the jobs of a batch that is stored, and says how it went.

use std::sync::Arc;
use std::time::Duration;

use freshet_connections::{Connections, Via};
use freshet_runtime::batch::plan::Unit;
use freshet_runtime::batch::queue::Store;
use freshet_runtime::batch::record::{BatchRecord, JobState};
use freshet_runtime::batch::worker::{self, End, Finish, Options, Work};
use freshet_runtime::engine::Engine;
use freshet_runtime::project::Project;
use serde_json::{Value, json};

use super::how::{How, Kept};
use super::machine;
use super::screen::Screen;
use super::words::{
    counts_json, counts_words, first_line, grouped, millis, rate, rate_words, short,
};
use crate::allocator;
use crate::commands::{Global, connection_settings};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, visible};
use crate::signal;

/// Groups of failures in the summary.
const GROUPS: usize = 10;

/// Characters of a message in the summary; the job has all of it.
const MESSAGE: usize = 160;

/// How long a call may wait for its turn: its job waits as well, so that is its own matter.
const PATIENCE: Duration = Duration::from_secs(365 * 86_400);

/// What a run of a batch needs.
pub struct Going {
    pub engine: Arc<Engine>,
    /// Jobs that were named and are not run again, as they stand in JSON documents.
    pub left: Vec<Value>,
    options: Options,
    color: bool,
}

impl Going {
    /// Makes room on the machine, and an engine whose connections are shared by all jobs.
    pub fn new(
        how: &How,
        kept: &Kept,
        global: &Global,
        project: &Project,
    ) -> Result<Self, Failure> {
        let mut settings = connection_settings(global, Via::Worker)?;
        let options = how.options(kept, project, &mut settings.limits)?;
        machine::make_room(options.in_flight)?;
        allocator::share_among_threads();
        kept.apply(project, &mut settings);
        settings.idle_connections = options.in_flight;
        settings.patience = Some(PATIENCE);
        Ok(Self {
            engine: Arc::new(Engine::new(
                Connections::new(settings),
                project.settings().of_scripts(),
            )),
            left: Vec::new(),
            options,
            color: global.color.on_stderr(),
        })
    }
}

/// Runs a batch to its end, and tells how it went.
pub fn go(going: &Going, store: &mut Store, batch: &str, units: Vec<Unit>, how: &How) -> Outcome {
    let (_, _, salt) = store.sources(batch)?;
    let stop = signal::cancel_flag();
    let work = Work {
        batch: batch.to_owned(),
        salt,
        units: Arc::new(units),
    };
    let mut screen = Screen::new(batch, &work.units, how, going.color);
    let outcome = worker::run(
        &going.engine,
        store,
        &work,
        &going.options,
        &stop,
        &mut |event| screen.show(event),
    );
    let printed = screen.close();
    let finish = outcome?;
    let record = store.find(Some(batch))?;
    tell(store, &record, &finish, &going.left, how)?;
    for report in &how.reports {
        report.write(store, &record)?;
    }
    printed?;
    Ok(exit_of(&finish))
}

fn exit_of(finish: &Finish) -> u8 {
    let counts = &finish.counts;
    match finish.end {
        End::Interrupted => signal::received().map_or(exit::INTERRUPTED, |signal| 128 + signal),
        End::TooManyFailures => exit::LIMIT,
        _ if counts.failures() > 0 => exit::SOME_FAILED,
        End::Cancelled => exit::INTERRUPTED,
        // Of a cancelled batch some jobs were run again, not all.
        End::Done if counts.of(JobState::Cancelled) > 0 => exit::INTERRUPTED,
        // Where jobs are left, nobody may take the batch for done.
        End::Done if counts.left() > 0 => exit::LIMIT,
        End::Done => exit::OK,
    }
}

/// The summary, for people on standard error or as one document on standard output.
fn tell(
    store: &Store,
    record: &BatchRecord,
    finish: &Finish,
    left: &[Value],
    how: &How,
) -> Result<(), Failure> {
    let batch = record.id.as_str();
    let slowest = &finish.slowest;
    let failures = store.failure_groups(batch)?;
    let rate = rate(finish.ended, finish.duration);
    if how.format.format() == Format::Json {
        let mut document = json!({
            "batch": batch,
            "name": record.name,
            "state": state_word(finish, record),
            "counts": counts_json(&finish.counts),
            "ended_here": finish.ended,
            "duration_ms": millis(finish.duration),
            "jobs_per_second": (rate * 10.0).round() / 10.0,
            "slowest": slowest.iter().map(|job| json!({
                "job": job.number, "key": job.key, "duration_ms": millis(job.duration),
            })).collect::<Vec<Value>>(),
            "failures": failures.iter().map(|group| json!({
                "code": group.code, "place": group.place, "count": group.count, "message": group.message,
                "example": { "job": group.number, "key": group.key },
            })).collect::<Vec<Value>>(),
        });
        if !left.is_empty() {
            document["not_retried"] = json!(left);
        }
        return output::print_json(document);
    }
    let is_good = finish.end == End::Done && finish.counts.failures() + finish.counts.left() == 0;
    if how.quiet && is_good {
        return Ok(());
    }
    let mut text = format!(
        "batch {batch} ({}): {} of {} in {}",
        visible(&record.name),
        counts_words(&finish.counts),
        grouped(finish.counts.total()),
        short(finish.duration),
    );
    if rate > 0.0 {
        text.push_str(&format!(", {}", rate_words(rate)));
    }
    if slowest.len() > 1 {
        text.push_str("\nslowest:");
        for job in slowest {
            let name = worker::label(job.number, job.key.as_deref());
            text.push_str(&format!(
                "\n  {:>10}  {}",
                short(job.duration),
                visible(&name)
            ));
        }
    }
    if !failures.is_empty() {
        text.push_str("\nfailures:");
        for group in failures.iter().take(GROUPS) {
            let place = group.place.as_deref().map(|place| format!(" at {place}"));
            let name = worker::label(group.number, group.key.as_deref());
            text.push_str(&format!(
                "\n  {} × {}{}: {} ({})",
                grouped(group.count),
                group.code,
                visible(&place.unwrap_or_default()),
                visible(&first_line(&group.message, MESSAGE)),
                visible(&format!("for example {name}"))
            ));
        }
        if failures.len() > GROUPS {
            text.push_str(&format!("\n  … and {} more kinds", failures.len() - GROUPS));
        }
    }
    for line in next_steps(batch, finish) {
        text.push_str(&format!("\n{line}"));
    }
    output::say(&text);
    Ok(())
}

fn state_word(finish: &Finish, record: &BatchRecord) -> &'static str {
    match finish.end {
        End::Interrupted => "interrupted",
        End::TooManyFailures => "stopped",
        End::Cancelled => record.state(),
        // As it was at the end: other processes may have gone on since.
        End::Done => BatchRecord {
            counts: finish.counts,
            is_worked_on: false,
            ..record.clone()
        }
        .state(),
    }
}

fn next_steps(batch: &str, finish: &Finish) -> Vec<String> {
    let mut steps = Vec::new();
    let left = finish.counts.left();
    let why = match finish.end {
        End::Interrupted => Some("interrupted; what is done is kept"),
        End::TooManyFailures => Some("stopped after too many failures"),
        End::Cancelled => Some("cancelled"),
        End::Done => (left > 0).then_some("jobs are left"),
    };
    let is_to_go_on = left > 0 && finish.end != End::Cancelled;
    steps.extend(why.map(|why| match is_to_go_on {
        true => format!("{why}. Go on with: freshet batch resume {batch}"),
        false => why.to_owned(),
    }));
    if finish.end == End::Done && finish.counts.of(JobState::Cancelled) > 0 {
        steps.push(format!(
            "others are cancelled; run them too: freshet batch retry {batch} --state cancelled"
        ));
    }
    if finish.counts.of(JobState::Failed) > 0 {
        steps.push(format!(
            "look at them: freshet batch show {batch} --state failed; run them again: freshet batch retry {batch}"
        ));
    }
    if finish.counts.of(JobState::Uncertain) > 0 {
        steps.push(format!(
            "uncertain jobs sent a request that may have had an effect: look whether it had, then \
             freshet batch retry {batch} --state uncertain"
        ));
    }
    steps
}
