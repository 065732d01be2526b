//! `freshet batch resume` and `retry`.

use std::path::Path;

use clap::Args;
use freshet_runtime::batch::plan::{Compiled, Settings, Unit, UnitSource};
use freshet_runtime::batch::queue::{Selection, Store, StoreError};
use freshet_runtime::batch::record::{BatchRecord, JobRecord, JobState};
use freshet_runtime::batch::worker::label;
use freshet_runtime::project::{FILE, Project};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::SourceFile;
use serde_json::json;

use super::go::{self, Going};
use super::how::{How, Kept};
use super::look::read_state;
use super::prepare;
use super::refuse::{Refused, Telling, Wrong};
use super::{StoreArgument, batch_of, report, screen};
use crate::commands::Global;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Format};
use crate::script;

/// Go on with a batch that has jobs left
///
/// What is done is not done again. Jobs of a process that has ended run again, unless they had sent a request that may
/// have had an effect: those become uncertain.
#[derive(Args)]
#[command(after_help = "\
Without an ID: the latest batch that has jobs left.

Examples:
  freshet batch resume
  freshet batch resume last --in-flight 200")]
pub struct ResumeArguments {
    /// The batch
    id: Option<String>,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    store: StoreArgument,
}

/// Run failed or uncertain jobs again
///
/// Scripts that were mended meanwhile are taken as they are now.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet batch retry last
  freshet batch retry last --state uncertain
  freshet batch retry last 1 --retries 2")]
pub struct RetryArguments {
    /// The batch
    id: String,
    /// Only these jobs, by key, or by number where none has such a key
    #[arg(value_name = "JOB")]
    jobs: Vec<String>,
    /// Jobs in this state: failed (the default), uncertain or cancelled (repeatable)
    #[arg(long = "state", value_name = "STATE", value_parser = read_retried)]
    states: Vec<JobState>,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    store: StoreArgument,
}

/// Runs `resume`.
pub fn resume(arguments: &ResumeArguments, global: &Global) -> Outcome {
    let mut store = arguments.store.required()?;
    let batch = batch_of(&store, arguments.id.as_deref())?;
    if batch.counts.left() == 0 {
        let help = "`freshet batch list` shows the batches there are".to_owned();
        return Err(Failure::usage(nothing_left(&batch)).help(ways_on(&batch).unwrap_or(help)));
    }
    let (sources, options, _) = store.sources(&batch.id)?;
    let how = &arguments.how;
    for source in &sources {
        let is_told = how.format.format() == Format::Human && !how.quiet;
        if is_told && matches!(on_disk(source), OnDisk::Other(_)) {
            output::say(&format!(
                "note: {} was changed since; the batch goes on with the text it began with",
                source.name
            ));
        }
    }
    let project = project_of(&sources, global)?;
    let compiled = sources
        .iter()
        .map(|source| prepare::compile_kept(source, &project))
        .collect();
    let units = match sound(&sources, compiled, how, global, &project) {
        Ok(units) => units,
        Err(refused) => return refused.outcome(),
    };
    let going = going_on(&store, &options, how, global, &project)?;
    go::go(&going, &mut store, &batch.id, units, how)
}

/// That a batch has come to its end, and how.
pub fn nothing_left(batch: &BatchRecord) -> String {
    let ended = match batch.state() {
        "cancelled" => "was cancelled",
        "failed" => "ended, with failures",
        _ => "succeeded",
    };
    format!("batch {} has no jobs left: it {ended}", batch.id)
}

/// Runs `retry`.
pub fn retry(arguments: &RetryArguments, global: &Global) -> Outcome {
    let mut store = arguments.store.required()?;
    let batch = batch_of(&store, Some(&arguments.id))?;
    let jobs = arguments
        .jobs
        .iter()
        .map(|name| store.number_of(&batch.id, name))
        .collect::<Result<Vec<u64>, _>>()?;
    let states = match (arguments.states.is_empty(), jobs.is_empty()) {
        (true, true) => vec![JobState::Failed],
        _ => arguments.states.clone(),
    };
    let words: Vec<&str> = states.iter().copied().map(JobState::as_str).collect();
    let (mut sources, options, _) = store.sources(&batch.id)?;
    let how = &arguments.how;
    let project = project_of(&sources, global)?;
    let Now {
        compiled,
        mended,
        gone,
    } = as_they_are_now(&mut sources, &project);
    let units = match sound(&sources, compiled, how, global, &project) {
        Ok(units) => units,
        Err(refused) => return refused.outcome(),
    };
    let selection = Selection { states, jobs };
    if !mended.is_empty()
        && let Err(refused) = judge(&store, &batch.id, &selection, &units, how, global, &project)
    {
        return refused.outcome();
    }
    let mut going = going_on(&store, &options, how, global, &project)?;
    let left = not_retried(&store, &batch.id, &arguments.jobs, &selection.states)?;
    let ready = store.retry(&batch.id, &selection)?;
    if ready == 0 {
        return Err(nothing_to_retry(&batch, &words, &left));
    }
    if !left.is_empty() && how.format.format() == Format::Human {
        output::say(&format!("not run again: {}; {RETRIED}", standing(&left)));
    }
    if how.format.format() == Format::Human && !how.quiet {
        for name in &mended {
            let what = format!("{name} was changed since, and is taken as it is now");
            output::say(&output::visible(&what));
        }
        for why in gone {
            let what = format!("note: {why}; the text that the batch keeps of it is run");
            output::say(&output::visible(&what));
        }
    }
    if !mended.is_empty() {
        store.replace_units(&batch.id, &sources)?;
    }
    let left = left
        .iter()
        .map(|job| json!({ "job": job.number, "key": job.key, "state": job.state.as_str() }));
    going.left = left.collect();
    go::go(&going, &mut store, &batch.id, units, how)
}

/// Units as they are now.
#[derive(Default)]
struct Now {
    compiled: Vec<Compiled>,
    /// The names of those whose texts are other ones than before.
    mended: Vec<String>,
    /// Why scripts cannot be read any more.
    gone: Vec<String>,
}

/// Compiles units with the texts that their files have now.
fn as_they_are_now(sources: &mut [UnitSource], project: &Project) -> Now {
    let mut found = Now::default();
    for source in sources {
        let before = source.files.clone();
        match (on_disk(source), source.files.first_mut()) {
            (OnDisk::Other(text), Some((_, old))) => *old = text,
            (OnDisk::Gone(why), _) => found.gone.push(why),
            _ => {}
        }
        let (now, compiled) = prepare::compile(source.clone(), project);
        found.compiled.push(compiled);
        if now.files != before {
            found.mended.push(now.name.clone());
        }
        *source = now;
    }
    found
}

/// Whether the arguments of the jobs fit what is called now.
fn judge(
    store: &Store,
    batch: &str,
    selection: &Selection,
    units: &[Unit],
    how: &How,
    global: &Global,
    project: &Project,
) -> Result<(), Refused> {
    let zone = project.settings().of_scripts().zone;
    let mut wrong = Wrong::default();
    store.jobs::<Failure>(batch, selection, |job| {
        let unit = units.get(job.unit).filter(|_| is_retried(job.state));
        let unfit = unit.and_then(|unit| unit.arguments(&job.given(), &zone).err());
        for error in unfit.unwrap_or_default() {
            let name = label(job.number, job.key.as_deref());
            let failure = Failure::from(error);
            let message = format!("{name}: {}", failure.message);
            wrong.failure(None, Failure { message, ..failure });
        }
        Ok(())
    })?;
    wrong.end(telling(how, global))
}

fn telling(how: &How, global: &Global) -> Telling {
    Telling {
        format: how.format.format(),
        color: global.color.on_stderr(),
        quiet: how.quiet,
    }
}

/// Which jobs can be run again, where some that were named cannot.
const RETRIED: &str =
    "what succeeded is not done again, and what is ready or running needs no retry";

/// Of the jobs that were named, those that are not run again.
fn not_retried(
    store: &Store,
    batch: &str,
    names: &[String],
    states: &[JobState],
) -> Result<Vec<JobRecord>, StoreError> {
    let mut left: Vec<JobRecord> = Vec::new();
    for name in names {
        let job = store.job(batch, name)?;
        let is_meant = states.is_empty() || states.contains(&job.state);
        let is_run = is_meant && is_retried(job.state);
        let is_known = left.iter().any(|known| known.number == job.number);
        if !is_run && !is_known {
            left.push(job);
        }
    }
    Ok(left)
}

/// `job 2 is succeeded, job 3 is ready`.
fn standing(jobs: &[JobRecord]) -> String {
    let jobs = jobs.iter().map(|job| {
        let name = label(job.number, job.key.as_deref());
        format!("{} is {}", output::visible(&name), job.state.as_str())
    });
    jobs.collect::<Vec<String>>().join(", ")
}

fn nothing_to_retry(batch: &BatchRecord, states: &[&str], left: &[JobRecord]) -> Failure {
    let id = &batch.id;
    if left.is_empty() {
        let states = states.join(" or ");
        let help = ways_on(batch)
            .unwrap_or_else(|| format!("`freshet batch status {id}` counts its jobs by state"));
        return Failure::usage(format!("batch {id} has no {states} jobs")).help(help);
    }
    Failure::usage(format!("nothing to run again: {}", standing(left))).help(RETRIED)
}

/// How a batch can be gone on with, by the states that its jobs have.
fn ways_on(batch: &BatchRecord) -> Option<String> {
    let id = &batch.id;
    let counts = &batch.counts;
    let ways: Vec<String> = [
        (counts.left(), "go on with what is left", "resume", ""),
        (
            counts.of(JobState::Failed),
            "run failed jobs again",
            "retry",
            "",
        ),
        (
            counts.of(JobState::Uncertain),
            "run uncertain jobs again, when it is known whether their requests had an effect",
            "retry",
            " --state uncertain",
        ),
        (
            counts.of(JobState::Cancelled),
            "run cancelled jobs again",
            "retry",
            " --state cancelled",
        ),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(_, what, verb, more)| format!("{what}: `freshet batch {verb} {id}{more}`"))
    .collect();
    (!ways.is_empty()).then(|| ways.join("\n"))
}

/// Reads the state of jobs that can be run again.
fn read_retried(word: &str) -> Result<JobState, String> {
    read_state(word)
        .ok()
        .filter(|state| is_retried(*state))
        .ok_or_else(|| format!("found `{word}`, expected failed, uncertain or cancelled"))
}

/// Whether a job that stands so can be run again.
fn is_retried(state: JobState) -> bool {
    use JobState::{Cancelled, Failed, Uncertain};
    matches!(state, Failed | Uncertain | Cancelled)
}

/// The project that a batch was made in: its variables and settings are those of the jobs that are left.
///
/// # Errors
/// When it is not where it was.
fn project_of(sources: &[UnitSource], global: &Global) -> Result<Project, Failure> {
    let folder = sources.iter().find_map(|source| source.project.as_deref());
    let is_named = global.project.is_some() || global.isolated;
    if let Some(folder) = folder
        && !is_named
        && !Path::new(folder).join(FILE).is_file()
    {
        return Err(Failure::usage(format!(
            "the batch was made in the project {folder}, and there is no {FILE} in that folder"
        ))
        .help("name the folder where the project is now: `--project FOLDER`"));
    }
    let script = sources.iter().find_map(|source| source.path.as_deref());
    global.find_project(Path::new(folder.or(script).unwrap_or(".")))
}

/// Everything that going on needs, before anything of the batch is changed.
fn going_on(
    store: &Store,
    options: &str,
    how: &How,
    global: &Global,
    project: &Project,
) -> Result<Going, Failure> {
    let before: Kept = serde_json::from_str(options).unwrap_or_default();
    report::check(&how.reports, store.path(), &before.read, global)?;
    screen::make_folder(how)?;
    let kept = how.kept(before, &Settings::default());
    Going::new(how, &kept, global, project)
}

/// How the file of a script stands to what a batch keeps of it.
enum OnDisk {
    /// It has the same text, or there never was a file.
    Same,
    /// It has this text.
    Other(String),
    /// It cannot be read, for this reason.
    Gone(String),
}

fn on_disk(source: &UnitSource) -> OnDisk {
    let (Some(path), Some((_, known))) = (source.path.as_deref(), source.files.first()) else {
        return OnDisk::Same;
    };
    match script::read_file(Path::new(path)) {
        Ok(bytes) => {
            let file = SourceFile::from_bytes(path, bytes);
            match file.text() == known {
                true => OnDisk::Same,
                false => OnDisk::Other(file.text().to_owned()),
            }
        }
        Err(failure) => OnDisk::Gone(failure.message),
    }
}

/// The units, if all of them can be run.
fn sound(
    sources: &[UnitSource],
    compiled: Vec<Compiled>,
    how: &How,
    global: &Global,
    project: &Project,
) -> Result<Vec<Unit>, Refused> {
    let telling = telling(how, global);
    let mut wrong = Wrong::default();
    let mut units = Vec::new();
    for (source, mut compiled) in sources.iter().zip(compiled) {
        if compiled.missing_function {
            wrong.failure(None, gone(source, project));
        }
        // Warnings were told when the batch was made.
        compiled.diagnostics.retain(Diagnostic::is_error);
        let unit = compiled.unit;
        wrong.script(
            &unit.name,
            &unit.files,
            compiled.diagnostics,
            compiled.omitted,
            telling.color,
        );
        units.push(unit);
    }
    wrong.end(telling)?;
    Ok(units)
}

/// The function that jobs are calls of is not there any more.
fn gone(source: &UnitSource, project: &Project) -> Failure {
    let failure = prepare::missing_function(source, project);
    match source.path {
        Some(_) => failure
            .help("its jobs are calls of that function: declare it again, or make a batch anew"),
        None => failure,
    }
}
