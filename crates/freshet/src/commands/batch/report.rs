//! `freshet batch report`, and `--report`: a batch as a file, in the form that its readers want.

mod html;
mod junit;
mod lines;

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use etcetera::{BaseStrategy, base_strategy::Xdg};
use freshet_connections::{Connections, Via, is_named_pipe};
use freshet_runtime::batch::queue::{Store, StoreError};
use freshet_runtime::batch::record::BatchRecord;

use super::how::Kept;
use super::{StoreArgument, batch_of};
use crate::commands::{Global, connection_settings};
use crate::exit::{self, Failure, Outcome};
use crate::output;

/// Write a report of a batch
#[derive(Args)]
#[command(after_help = "\
Formats: json, jsonl, junit, html, csv. A - stands for standard output.

Examples:
  freshet batch report last html=report.html
  freshet batch report last csv=- junit=batch.xml")]
pub struct Arguments {
    /// The batch; its ID may be cut, `last` is the one made last
    id: String,
    /// What to write, and where
    #[arg(required = true, value_name = "FORMAT=FILE", value_parser = read)]
    reports: Vec<Report>,
    #[command(flatten)]
    store: StoreArgument,
}

/// A report that was asked for.
#[derive(Clone, Debug)]
pub struct Report {
    format: Form,
    path: PathBuf,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    JsonLines,
    JUnit,
    Html,
    Csv,
}

/// Reads `FORMAT=FILE`.
///
/// # Errors
/// Says what was expected.
pub fn read(text: &str) -> Result<Report, String> {
    let expected =
        "expected FORMAT=FILE with json, jsonl, junit, html or csv, such as html=report.html";
    let (format, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or_else(|| format!("found `{text}`, {expected}"))?;
    let format = match format {
        "json" => Form::Json,
        "jsonl" => Form::JsonLines,
        "junit" => Form::JUnit,
        "html" => Form::Html,
        "csv" => Form::Csv,
        other => return Err(format!("there is no format `{other}`, {expected}")),
    };
    let path = PathBuf::from(path);
    Ok(Report {
        format,
        path: match open_file(&path) {
            Some(1) => PathBuf::from("-"),
            _ => path,
        },
    })
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let store = arguments.store.required()?;
    let batch = batch_of(&store, Some(&arguments.id))?;
    let (_, options, _) = store.sources(&batch.id)?;
    let kept: Kept = serde_json::from_str(&options).unwrap_or_default();
    check(&arguments.reports, store.path(), &kept.read, global)?;
    for report in &arguments.reports {
        report.write(&store, &batch)?;
        if !report.is_printed() {
            output::say(&format!("wrote {}", report.path.display()));
        }
    }
    Ok(exit::OK)
}

/// Why a report could not be written.
pub enum Fault {
    /// The batch cannot be read.
    Store(StoreError),
    /// The file cannot be written.
    Io(io::Error),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::Store(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Io(error)
    }
}

impl Report {
    /// Whether it goes to standard output.
    fn is_printed(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    /// Why it cannot be written: no folder for it, or a folder in its place.
    fn obstacle(&self) -> Option<Failure> {
        let folder = folder_of(&self.path);
        let (why, help) = if self.path.is_dir() {
            ("it is a folder".to_owned(), "name a file in it")
        } else if !folder.is_dir() {
            let why = format!("there is no folder {}", folder.display());
            (why, "make the folder first")
        } else if is_named_pipe(&self.path).is_ok_and(|is_pipe| is_pipe) {
            // Nobody may ever read it.
            let why = "it is a pipe, expected a file".to_owned();
            (
                why,
                "print the report, such as csv=-, and lead that into the pipe",
            )
        } else {
            return None;
        };
        let failure = Failure {
            exit: exit::IO,
            ..self.refused(&why)
        };
        Some(failure.help(help))
    }

    fn refused(&self, why: &str) -> Failure {
        let shown = self.path.display();
        Failure::usage(format!("the report {shown} cannot be written: {why}"))
    }

    /// Writes the report: whole or not at all.
    ///
    /// # Errors
    /// When the batch cannot be read, or the file not be written.
    pub fn write(&self, store: &Store, batch: &BatchRecord) -> Result<(), Failure> {
        let failed = |fault: Fault| match fault {
            Fault::Store(error) => error.into(),
            Fault::Io(cause) => Failure::io(
                format!("cannot write the report {}", self.path.display()),
                &cause,
            ),
        };
        if self.is_printed() {
            let mut out = BufWriter::new(io::stdout().lock());
            return match self.write_to(&mut out, store, batch) {
                Err(Fault::Io(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                outcome => outcome.map_err(failed),
            };
        }
        if open_file(&self.path) == Some(2) {
            let mut out = BufWriter::new(io::stderr().lock());
            return self.write_to(&mut out, store, batch).map_err(failed);
        }
        // Behind a link stands what is meant. A device, a pipe or an open file is written to, not replaced.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let is_device = fs::metadata(&path).is_ok_and(|about| !about.is_file());
        if is_device || open_file(&self.path).is_some() {
            let file = fs::OpenOptions::new()
                .append(true)
                .open(&self.path)
                .map_err(|cause| failed(cause.into()))?;
            return self
                .write_to(&mut BufWriter::new(file), store, batch)
                .map_err(failed);
        }
        replace(&path, |out| self.write_to(out, store, batch)).map_err(failed)
    }

    fn write_to(
        &self,
        out: &mut dyn Write,
        store: &Store,
        batch: &BatchRecord,
    ) -> Result<(), Fault> {
        match self.format {
            Form::Json => lines::json(out, store, batch)?,
            Form::JsonLines => lines::json_lines(out, store, batch)?,
            Form::Csv => lines::csv(out, store, batch)?,
            Form::JUnit => junit::write(out, store, batch)?,
            Form::Html => html::write(out, store, batch)?,
        }
        out.flush()?;
        Ok(())
    }
}

/// Writes a file whole or not at all: beside its name and then renamed, with the mode that other files get. What had that
/// name before, a link or a pipe perhaps, is left alone.
///
/// # Errors
/// Those of `write`, and when the file cannot be made.
pub fn replace<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let draft = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder_of(path))?;
    let mut out = BufWriter::new(draft);
    write(&mut out)?;
    let draft = out.into_inner().map_err(|cause| cause.into_error())?;
    draft
        .persist(path)
        .map(drop)
        .map_err(|cause| cause.error.into())
}

/// Whether reports can be written, and none would overwrite what is no report: so that nobody learns of it after hours.
/// `read`: the files that the batch is made from, by their real names.
///
/// # Errors
/// Says which cannot, and why.
pub fn check(
    reports: &[Report],
    store: &Path,
    read: &[PathBuf],
    global: &Global,
) -> Result<(), Failure> {
    if reports.iter().all(Report::is_printed) {
        return Ok(());
    }
    let store = real(store);
    let own = Own::of(global)?;
    let mut taken: Vec<PathBuf> = Vec::new();
    for report in reports.iter().filter(|one| !one.is_printed()) {
        if let Some(failure) = report.obstacle() {
            return Err(failure);
        }
        let path = real(&report.path);
        let why = if read.contains(&path) {
            "the batch reads that file"
        } else if is_beside(&path, &store) {
            "the batches are kept there"
        } else if own.holds(&path) {
            "Freshet keeps its own files there"
        } else if taken.contains(&path) {
            "another report goes there"
        } else if path
            .extension()
            .is_some_and(|end| end == "dg" || end == "toml")
        {
            "files that end so are scripts and settings"
        } else if is_database(&path) {
            "it is a database"
        } else {
            taken.push(path);
            continue;
        };
        return Err(report
            .refused(why)
            .help("give the report a file of its own"));
    }
    Ok(())
}

/// What Freshet keeps for itself besides the store of batches, by its real names.
struct Own {
    registry: Option<PathBuf>,
    /// The key of the registry, the user's settings.
    files: Vec<PathBuf>,
    /// Those in which all of it stands unless it is put elsewhere.
    folders: Vec<PathBuf>,
}

impl Own {
    fn of(global: &Global) -> Result<Self, Failure> {
        let settings = connection_settings(global, Via::Worker)?;
        let key_file = settings.key_file.clone();
        // Without a folder for it there is none.
        let registry = Connections::new(settings).registry_path().ok();
        let beside = registry.as_ref().map(|path| path.with_file_name("key"));
        let files = [key_file, beside, global.config.clone()];
        let usual = Xdg::new().ok();
        let folders = usual.map(|folders| [folders.data_dir(), folders.config_dir()]);
        Ok(Self {
            registry: registry.as_deref().map(real),
            files: files.iter().flatten().map(|path| real(path)).collect(),
            folders: folders
                .into_iter()
                .flatten()
                .map(|folder| real(&folder.join("freshet")))
                .collect(),
        })
    }

    fn holds(&self, path: &Path) -> bool {
        let registry = self.registry.as_deref();
        registry.is_some_and(|registry| is_beside(path, registry))
            || self.files.iter().any(|file| file == path)
            || self.folders.iter().any(|folder| path.starts_with(folder))
    }
}

/// Whether a file is that database, or one that SQLite keeps beside it (https://www.sqlite.org/tempfiles.html).
fn is_beside(path: &Path, database: &Path) -> bool {
    ["", "-wal", "-shm", "-journal"].iter().any(|ending| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        path.as_os_str() == name
    })
}

/// Whether a file is an SQLite database
/// (https://www.sqlite.org/fileformat.html, 1.3).
fn is_database(path: &Path) -> bool {
    let mut header = [0; 16];
    path.is_file()
        && File::open(path)
            .and_then(|mut file| file.read_exact(&mut header))
            .is_ok_and(|()| &header == b"SQLite format 3\0")
}

/// The one name of a file: absolute and without links. Of one that is not there yet, that of its folder with its own.
pub fn real(path: &Path) -> PathBuf {
    let in_folder = || {
        let folder = fs::canonicalize(folder_of(path)).ok()?;
        Some(folder.join(path.file_name()?))
    };
    fs::canonicalize(path)
        .ok()
        .or_else(in_folder)
        .unwrap_or_else(|| path.to_owned())
}

/// The number of the open file of this process that a path stands for: 1 for `/dev/stdout`, 3 for `/dev/fd/3`.
fn open_file(path: &Path) -> Option<u32> {
    let own = fs::canonicalize("/dev/fd").ok()?;
    let mut path = path.to_owned();
    // Links that go on in a circle end somewhere too.
    for _ in 0..40 {
        let folder = fs::canonicalize(folder_of(&path)).ok()?;
        if folder == own {
            return path.file_name()?.to_str()?.parse().ok();
        }
        path = folder.join(fs::read_link(&path).ok()?);
    }
    None
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
