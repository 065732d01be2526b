//! `freshet check`: what is wrong with scripts and custom functions, without running them.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use freshet_runtime::project::{Compiled, FunctionFile, Project, is_script};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::{FileId, SourceFile};
use serde_json::{Value, json};

use super::Global;
use super::watch::{self, Ran};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, counted};
use crate::report::Reporter;
use crate::script;

/// Check scripts without running them
///
/// Takes scripts, and folders with scripts; without any, the whole project. Shows errors and warnings: of each file the
/// first twenty of both, and how many more there are. Ends with 65 when there is an error, with 0 when there are only
/// warnings.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet check report.dg
  freshet check scripts
  freshet check scripts/*.dg --format json")]
pub struct Arguments {
    /// Scripts, folders with scripts, or - for standard input; none: the whole project
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Check again when a script or a file of its project changes
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    if !arguments.watch {
        return once(arguments, global);
    }
    if arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(watch::needs_files());
    }
    let mut paths = arguments.paths.clone();
    if paths.is_empty() {
        // Also of a project whose settings are wrong, since they may be put right.
        let file = watch::project_file(Path::new("."), global);
        if global.isolated || !file.exists() {
            return Err(no_project());
        }
        paths.extend(file.parent().map(Path::to_owned));
    }
    watch::again_and_again(&paths, global, arguments.format.format(), || {
        once(arguments, global).map(|exit| Ran {
            exit,
            closed: output::is_closed(),
        })
    })
}

fn no_project() -> Failure {
    Failure::usage("there is no project here to check")
        .help("name the scripts, or a folder: `freshet check FILE.dg`")
}

/// Checks everything that was named.
fn once(arguments: &Arguments, global: &Global) -> Outcome {
    let format = arguments.format.format();
    let mut check = Check {
        global,
        format,
        color: global.color.on_stderr(),
        projects: Vec::new(),
        found: Found::default(),
    };
    let files = check.files(&arguments.paths)?;
    for path in &files {
        if let Err(failure) = check.file(path, &files) {
            check.found.fail(failure);
        }
    }
    check.found.ended(format, check.color, files.len())
}

/// What was found in all files.
#[derive(Default)]
struct Found {
    errors: usize,
    warnings: usize,
    failures: Vec<Failure>,
    documents: Vec<Value>,
    /// File, place and code of what was told: a function may be reached from many scripts.
    told: HashSet<(String, u32, &'static str)>,
}

struct Check<'g> {
    global: &'g Global,
    format: Format,
    color: bool,
    /// The projects of the files so far, with whether their functions were checked.
    projects: Vec<(Project, bool)>,
    found: Found,
}

impl Check<'_> {
    /// The files below the paths, each once.
    fn files(&mut self, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
        let mut files = Vec::new();
        if paths.is_empty() {
            let project = self.global.find_project(Path::new("."))?;
            let Some(folder) = project.folder() else {
                return Err(no_project());
            };
            let shown = PathBuf::from(project.shown(folder));
            match shown.as_os_str().is_empty() {
                true => scripts_below(Path::new("."), &mut files)?,
                false => scripts_below(&shown, &mut files)?,
            }
        }
        for path in paths {
            if path.is_dir() {
                scripts_below(path, &mut files)?;
            } else {
                files.push(path.clone());
            }
        }
        let mut seen = BTreeSet::new();
        files.retain(|path| seen.insert(path.clone()));
        Ok(files)
    }

    /// Checks a file; one of the functions folder with the others of it that are to be checked.
    fn file(&mut self, path: &Path, all: &[PathBuf]) -> Result<(), Failure> {
        let place = self.project(path)?;
        let Some((project, is_checked)) = self.projects.get_mut(place) else {
            return Ok(());
        };
        let real = fs::canonicalize(path).ok();
        let folder = project
            .functions_folder()
            .and_then(|folder| fs::canonicalize(folder).ok());
        let is_function = real
            .zip(folder)
            .is_some_and(|(file, folder)| file.starts_with(folder));
        let (compiled, functions) = if is_function && path.as_os_str() != "-" {
            if std::mem::replace(is_checked, true) {
                return Ok(());
            }
            let compiled = project.check_functions();
            (compiled, project.functions())
        } else {
            (Some(project.check(script::read(path)?)), None)
        };
        let Some(mut compiled) = compiled else {
            return Ok(());
        };
        if let Some(functions) = functions {
            keep_only(&mut compiled, &functions.files, all);
        }
        self.found.add(compiled, self.format, self.color);
        Ok(())
    }

    /// The number of the file's project.
    fn project(&mut self, path: &Path) -> Result<usize, Failure> {
        let project = self.global.find_project(path)?;
        let known = self
            .projects
            .iter()
            .position(|(known, _)| known.folder() == project.folder());
        if let Some(place) = known {
            return Ok(place);
        }
        super::warn_of_settings(&project, self.format);
        self.projects.push((project, false));
        Ok(self.projects.len() - 1)
    }
}

/// Leaves out what is said about files that were not asked for.
fn keep_only(compiled: &mut Compiled, files: &[FunctionFile], wanted: &[PathBuf]) {
    let wanted: BTreeSet<PathBuf> = wanted
        .iter()
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    let is_wanted = |file: &&FunctionFile| {
        fs::canonicalize(&file.path).is_ok_and(|path| wanted.contains(&path))
    };
    let kept: Vec<&FunctionFile> = files.iter().filter(is_wanted).collect();
    let numbers: BTreeSet<FileId> = kept.iter().map(|file| file.ast.file).collect();
    compiled
        .diagnostics
        .retain(|diagnostic| numbers.contains(&diagnostic.span.file));
    compiled.omitted = kept.iter().map(|file| file.omitted).sum();
}

impl Found {
    fn fail(&mut self, failure: Failure) {
        let is_known = |known: &Failure| known.message == failure.message;
        if !self.failures.iter().any(is_known) {
            self.failures.push(failure);
        }
    }

    fn add(&mut self, compiled: Compiled, format: Format, color: bool) {
        let Compiled {
            files,
            mut diagnostics,
            omitted,
            ..
        } = compiled;
        diagnostics.retain(|diagnostic| self.is_new(&files, diagnostic));
        let errors = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count();
        self.errors += errors + omitted;
        self.warnings += diagnostics.len() - errors;
        let reporter = Reporter::new(&files, color);
        match format {
            Format::Json => self.documents.extend(reporter.json(&diagnostics)),
            Format::Human if diagnostics.is_empty() => {}
            Format::Human => output::say(reporter.diagnostics(&diagnostics, omitted).trim_end()),
        }
    }

    fn is_new(&mut self, files: &[SourceFile], diagnostic: &Diagnostic) -> bool {
        let FileId(number) = diagnostic.span.file;
        let file = files.get(number as usize).map_or("", SourceFile::name);
        self.told
            .insert((file.to_owned(), diagnostic.span.start, diagnostic.code))
    }

    fn ended(self, format: Format, color: bool, files: usize) -> Outcome {
        for failure in &self.failures {
            output::tell(failure, format, color);
        }
        match format {
            Format::Json => output::print_json(json!({
                "files": files,
                "errors": self.errors,
                "warnings": self.warnings,
                "diagnostics": self.documents,
            }))?,
            Format::Human if self.errors + self.warnings > 0 => output::say(&format!(
                "{}, {} in {}",
                counted(self.errors, "error"),
                counted(self.warnings, "warning"),
                counted(files, "file")
            )),
            Format::Human => {}
        }
        Ok(match (self.failures.first(), self.errors) {
            (Some(failure), _) => failure.exit,
            (None, 0) => exit::OK,
            (None, _) => exit::SOURCE,
        })
    }
}

/// Every `.dg` file below a folder, in the order of their paths. Names that begin with a point are left out.
fn scripts_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |cause| Failure::io(format!("cannot read {}", folder.display()), &cause);
    let mut entries = fs::read_dir(folder)
        .and_then(|entries| entries.collect::<Result<Vec<_>, _>>())
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        let path = match folder.as_os_str() == "." {
            true => PathBuf::from(&name),
            false => folder.join(&name),
        };
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        if is_folder {
            scripts_below(&path, files)?;
        } else if is_script(&path) {
            files.push(path);
        }
    }
    Ok(())
}
