//! `freshet batch run`: makes a batch and runs it.

use std::path::{Path, PathBuf};

use clap::Args;
use freshet_connections::read_at_most;
use freshet_runtime::batch::plan::{Entry, Named, PlanFile, Settings, read_plan};
use freshet_runtime::batch::queue::{Made, NewBatch};
use freshet_runtime::project::Project;

use super::StoreArgument;
use super::go::{self, Going};
use super::how::{How, Kept, with_project};
use super::prepare::Prepared;
use super::refuse::{Telling, Wrong};
use super::report::real;
use super::words::grouped;
use super::{report, screen};
use crate::commands::{Global, warn_of_settings};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Format};

/// Run a batch: one job a script, or one a row of CSV or JSON lines
///
/// Columns of the rows are arguments. Every mistake is told before anything runs. Jobs start in their order; each log is
/// shown when its job has ended. Ctrl-C keeps what is done and says how to go on.
#[derive(Args)]
#[command(after_help = "\
Limits: as of `freshet run`; a job may print 16 MiB.

Examples:
  freshet batch run scripts/*.dg
  freshet batch run remind.dg --jobs invoices.csv --key id --retries 3
  freshet batch run remind.dg --jobs - < rows.jsonl
  freshet batch run nightly.toml --in-flight 200 --report html=report.html")]
pub struct Arguments {
    /// Scripts, or plan files that end in .toml
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// Call this function instead of running the body of a script
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// The rows: a file with CSV or JSON lines, or - for standard input
    #[arg(long, value_name = "FILE|-")]
    jobs: Option<String>,
    /// The column that names jobs: the same command again goes on instead of repeating
    #[arg(long, value_name = "COLUMN", requires = "jobs")]
    key: Option<String>,
    /// A name for the batch
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    store: StoreArgument,
}

/// What was asked for: entries with the folder that their paths are relative to.
struct Asked {
    name: Option<String>,
    settings: Settings,
    groups: Vec<(PathBuf, Vec<Entry>)>,
    /// What is wrong with the plans.
    wrong: Wrong,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let how = &arguments.how;
    let mut asked = asked(arguments)?;
    let mut wrong = std::mem::take(&mut asked.wrong);
    let project = match global.look_for_project(&asked.start()) {
        Ok(project) => project,
        Err(error) => {
            wrong.settings(error);
            Project::default()
        }
    };
    let telling = Telling {
        format: how.format.format(),
        color: global.color.on_stderr(),
        quiet: how.quiet,
    };
    if !how.quiet {
        warn_of_settings(&project, telling.format);
    }
    let prepared = match Prepared::of(&asked.groups, wrong, &project, telling) {
        Ok(prepared) => prepared,
        Err(refused) => return refused.outcome(),
    };
    let mut kept = how.kept(
        Kept::default(),
        &with_project(asked.settings.clone(), &project),
    );
    kept.read = asked.files(arguments);
    report::check(&how.reports, &arguments.store.path()?, &kept.read, global)?;
    let going = Going::new(how, &kept, global, &project)?;
    if prepared.count() == 0 {
        let message = format!("there are no jobs: {}", prepared.empty.join(", "));
        return Err(Failure::usage(message));
    }
    let new = NewBatch {
        name: arguments
            .name
            .clone()
            .or(asked.name)
            .unwrap_or_else(|| name_of(&prepared, arguments)),
        // What was only shown is not done: the same command in earnest has all of it before it.
        identity: match how.dry_run {
            true => String::new(),
            false => identity(&asked.groups, &project),
        },
        options: serde_json::to_string(&kept)
            .map_err(|cause| Failure::internal(cause.to_string()))?,
        units: prepared
            .parts
            .iter()
            .map(|part| part.source.clone())
            .collect(),
    };
    screen::make_folder(how)?;
    let mut store = arguments.store.open()?;
    let made = store.make(&new, prepared.jobs())?;
    tell_made(&made, &new, telling);
    let units = prepared.parts.into_iter().map(|part| part.unit).collect();
    go::go(&going, &mut store, &made.id, units, how)
}

impl Asked {
    /// The files that the batch is made of, each by its one real name.
    fn files(&self, arguments: &Arguments) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = arguments.files.iter().map(PathBuf::from).collect();
        for (folder, entries) in &self.groups {
            let named = entries
                .iter()
                .flat_map(|entry| entry.scripts.iter().chain(&entry.jobs));
            files.extend(named.map(|named| folder.join(&named.name)));
        }
        files.iter().map(|path| real(path)).collect()
    }

    /// What the project is looked for from: the first script, or the folder at hand.
    fn start(&self) -> PathBuf {
        let Some((folder, entries)) = self.groups.first() else {
            return PathBuf::from(".");
        };
        let script = entries.iter().flat_map(|entry| &entry.scripts).next();
        match script {
            Some(script) if script.name != "-" => folder.join(&script.name),
            _ if folder.as_os_str().is_empty() => PathBuf::from("."),
            _ => folder.clone(),
        }
    }
}

/// Reads the command line and the plan files.
fn asked(arguments: &Arguments) -> Result<Asked, Failure> {
    let is_plan = |file: &&String| {
        Path::new(file.as_str())
            .extension()
            .is_some_and(|end| end == "toml")
    };
    let plans: Vec<&String> = arguments.files.iter().filter(is_plan).collect();
    let mut asked = Asked {
        name: None,
        settings: Settings::default(),
        groups: Vec::new(),
        wrong: Wrong::default(),
    };
    if plans.is_empty() {
        if arguments.files.is_empty() && arguments.function.is_none() {
            return Err(Failure::usage("nothing to run was named").help(
                "name scripts or a plan: `freshet batch run remind.dg --jobs invoices.csv`",
            ));
        }
        let entry = Entry {
            scripts: arguments.files.iter().map(Named::from).collect(),
            function: arguments.function.as_ref().map(Named::from),
            jobs: arguments.jobs.as_ref().map(Named::from),
            key: arguments.key.clone(),
            is_known: true,
            ..Entry::default()
        };
        asked.groups.push((PathBuf::new(), vec![entry]));
        return Ok(asked);
    }
    if plans.len() < arguments.files.len()
        || arguments.jobs.is_some()
        || arguments.function.is_some()
    {
        return Err(
            Failure::usage("a plan names its scripts, functions and jobs itself")
                .help("put them into the plan as tables [[batch]], or run them without it"),
        );
    }
    for file in plans {
        /// Of a plan, in bytes.
        const MOST: u64 = 16 * 1024 * 1024;
        let bytes = match read_at_most(Path::new(file), MOST) {
            Ok(bytes) => bytes,
            Err(cause) => {
                let failure = Failure::io(format!("cannot read the plan {file}"), &cause);
                asked.wrong.failure(None, failure);
                continue;
            }
        };
        let (plan, mistakes) = read_plan(file, bytes);
        let PlanFile {
            name,
            settings,
            entries,
        } = plan;
        asked.name = asked.name.or(name);
        asked.settings = asked.settings.or(settings);
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        asked.groups.push((folder.to_owned(), entries));
        asked.wrong.mistakes(mistakes);
    }
    Ok(asked)
}

/// What the same command has again, however its files are named; only of batches all of whose jobs have keys.
fn identity(groups: &[(PathBuf, Vec<Entry>)], project: &Project) -> String {
    let entries: Vec<&Entry> = groups.iter().flat_map(|(_, entries)| entries).collect();
    if entries.iter().any(|entry| entry.key.is_none()) {
        return String::new();
    }
    let mut parts = Vec::new();
    for (folder, entries) in groups {
        // Standard input has no name of its own: it is that of a folder.
        let place = |named: &Named| real(&folder.join(&named.name));
        for entry in entries {
            let scripts: Vec<PathBuf> = entry.scripts.iter().map(place).collect();
            // A function without a script is the project's.
            let project = project.folder().filter(|_| scripts.is_empty()).map(real);
            parts.push(format!(
                "{project:?} {scripts:?} {:?} {:?} {:?}",
                entry.function.as_ref().map(|named| &named.name),
                entry.jobs.as_ref().map(place),
                entry.key
            ));
        }
    }
    parts.join("\n")
}

/// A name where none was given: of the script or the function.
fn name_of(prepared: &Prepared, arguments: &Arguments) -> String {
    let first = arguments
        .function
        .clone()
        .or_else(|| prepared.parts.first().map(|part| part.source.name.clone()))
        .unwrap_or_default();
    let stem = Path::new(&first)
        .file_stem()
        .filter(|_| first.ends_with(".dg"))
        .map_or(first.clone(), |stem| stem.to_string_lossy().into_owned());
    match prepared.parts.len() {
        0 | 1 => stem,
        more => format!("{stem} and {} more", more - 1),
    }
}

fn tell_made(made: &Made, new: &NewBatch, telling: Telling) {
    if telling.quiet || telling.format == Format::Json {
        return;
    }
    let name = output::visible(&new.name);
    if made.continued {
        let mut text = format!(
            "batch {} ({name}) goes on: {} done before, {} new, {} once more",
            made.id,
            grouped(made.done),
            grouped(made.added),
            grouped(made.again)
        );
        for (count, what) in [(made.begun, "begun before"), (made.uncertain, "uncertain")] {
            if count > 0 {
                text.push_str(&format!(", {} {what}", grouped(count)));
            }
        }
        if made.changed > 0 {
            text.push_str(&format!(
                "; {} of those done had other arguments then",
                grouped(made.changed)
            ));
        }
        output::say(&text);
    } else {
        let jobs = if made.added == 1 { "job" } else { "jobs" };
        output::say(&format!(
            "batch {} ({name}): {} {jobs}",
            made.id,
            grouped(made.added)
        ));
    }
}
