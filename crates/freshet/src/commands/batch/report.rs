//! `freshet batch report`, and `--report`: a batch as a file, in the form that its readers want.

mod html;
mod junit;
mod lines;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use freshet_runtime::batch::queue::{Store, StoreError};
use freshet_runtime::batch::record::BatchRecord;

use super::{StoreArgument, batch_of};
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
    Ok(Report {
        format,
        path: PathBuf::from(path),
    })
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let store = arguments.store.required()?;
    let batch = batch_of(&store, Some(&arguments.id))?;
    for report in &arguments.reports {
        report.write(&store, &batch)?;
        if report.path.as_os_str() != "-" {
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
    /// Whether the file can be made, so that nobody learns of it after hours.
    ///
    /// # Errors
    /// When its folder is not there, or a folder stands at its path.
    pub fn check(&self) -> Result<(), Failure> {
        let folder = folder_of(&self.path);
        if self.path.is_dir() {
            return Err(Failure {
                exit: exit::IO,
                ..Failure::usage(format!(
                    "the report {} cannot be written: it is a folder",
                    self.path.display()
                ))
            }
            .help("name a file in it"));
        }
        if self.path.as_os_str() == "-" || folder.is_dir() {
            return Ok(());
        }
        Err(Failure {
            exit: exit::IO,
            ..Failure::usage(format!(
                "the report {} cannot be written: there is no folder {}",
                self.path.display(),
                folder.display()
            ))
        }
        .help("make the folder first"))
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
        if self.path.as_os_str() == "-" {
            let mut out = BufWriter::new(io::stdout().lock());
            return match self.write_to(&mut out, store, batch) {
                Err(Fault::Io(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                outcome => outcome.map_err(failed),
            };
        }
        // Behind a link stands what is meant. A device or a pipe is written to, not replaced.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        if fs::metadata(&path).is_ok_and(|about| !about.is_file()) {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(&path)
                .map_err(|cause| failed(cause.into()))?;
            return self
                .write_to(&mut BufWriter::new(file), store, batch)
                .map_err(failed);
        }
        // Beside its name and then renamed; with the mode that other files get.
        let draft = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o666))
            .tempfile_in(folder_of(&path))
            .map_err(|cause| failed(cause.into()))?;
        let mut out = BufWriter::new(draft);
        self.write_to(&mut out, store, batch).map_err(failed)?;
        let draft = out
            .into_inner()
            .map_err(|cause| failed(cause.into_error().into()))?;
        draft
            .persist(&path)
            .map(drop)
            .map_err(|cause| failed(cause.error.into()))
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

/// Whether reports would overwrite what the batch is made of, or each other.
///
/// # Errors
/// When one would.
pub fn spare(reports: &[Report], inputs: &[PathBuf]) -> Result<(), Failure> {
    let full = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let inputs: Vec<PathBuf> = inputs.iter().map(|path| full(path)).collect();
    let mut taken: Vec<PathBuf> = Vec::new();
    for report in reports.iter().filter(|one| one.path.as_os_str() != "-") {
        let path = full(&report.path);
        let why = if inputs.contains(&path) {
            "the batch reads that file"
        } else if taken.contains(&path) {
            "another report goes there"
        } else {
            taken.push(path);
            continue;
        };
        let shown = report.path.display();
        return Err(
            Failure::usage(format!("the report {shown} cannot be written: {why}"))
                .help("give the report a file of its own"),
        );
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
