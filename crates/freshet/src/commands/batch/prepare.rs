//! From what was asked for to units and jobs: scripts are compiled once, rows judged, and every mistake is told.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use freshet_interpreter::value::calendar::Zone;
use freshet_runtime::arguments::Given;
use freshet_runtime::batch::plan::{Compiled, Entry, Mistake, Rows, Unit, UnitSource};
use freshet_runtime::batch::queue::NewJob;
use freshet_runtime::project::Project;
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::{FileId, SourceFile};
use serde_json::{Value, json};

use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, counted};
use crate::report::Reporter;
use crate::script;

/// Mistakes that are told in full.
const SHOWN: usize = 20;

/// How the outcome of preparing is told.
#[derive(Clone, Copy)]
pub struct Telling {
    pub format: Format,
    pub color: bool,
    pub quiet: bool,
}

/// One script or function with its rows.
pub struct Part {
    pub source: UnitSource,
    pub unit: Unit,
    rows: Option<Arc<Rows>>,
    always: Vec<Given>,
}

/// What a batch will consist of.
pub struct Prepared {
    pub parts: Vec<Part>,
}

/// Why there is no batch: what was told already, with its exit code, or what is still to be told.
pub enum Refused {
    Told(u8),
    Failure(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Refused::Failure(failure)
    }
}

impl Refused {
    /// How the command ends.
    pub fn outcome(self) -> Outcome {
        match self {
            Refused::Told(exit) => Ok(exit),
            Refused::Failure(failure) => Err(failure),
        }
    }
}

impl Prepared {
    /// Prepares entries, each with the folder that their paths are relative to. Whatever is wrong with any of them is told.
    pub fn of(
        groups: &[(PathBuf, Vec<Entry>)],
        project: &Project,
        telling: Telling,
    ) -> Result<Self, Refused> {
        let mut preparing = Preparing {
            project,
            telling,
            parts: Vec::new(),
            mistakes: Vec::new(),
            inputs: 0,
            wrong: Vec::new(),
            documents: Vec::new(),
            told: HashSet::new(),
        };
        for (folder, entries) in groups {
            for entry in entries {
                preparing.entry(entry, folder)?;
            }
        }
        preparing.finish()
    }

    /// The jobs, in their order.
    pub fn jobs(&self) -> impl Iterator<Item = NewJob> + '_ {
        self.parts.iter().enumerate().flat_map(|(unit, part)| {
            let once = part.rows.is_none().then(|| NewJob {
                unit,
                key: None,
                arguments: freshet_runtime::batch::plan::stored(&part.always),
            });
            let rows = part.rows.as_deref().map(|rows| {
                rows.iter().map(move |row| NewJob {
                    unit,
                    key: rows.key_of(&row),
                    arguments: row.stored(&part.always),
                })
            });
            once.into_iter().chain(rows.into_iter().flatten())
        })
    }

    /// How many jobs there are.
    pub fn count(&self) -> usize {
        self.parts
            .iter()
            .map(|part| part.rows.as_ref().map_or(1, |rows| rows.count()))
            .sum()
    }
}

/// What was prepared so far, and what is wrong with it.
struct Preparing<'p> {
    project: &'p Project,
    telling: Telling,
    parts: Vec<Part>,
    mistakes: Vec<Mistake>,
    /// How often standard input is asked for.
    inputs: usize,
    /// Units that do not compile.
    wrong: Vec<String>,
    /// Their errors for programs.
    documents: Vec<Value>,
    /// File, place and code of what was told: a function may be reached from many scripts.
    told: HashSet<(String, u32, &'static str)>,
}

impl Preparing<'_> {
    fn entry(&mut self, entry: &Entry, folder: &Path) -> Result<(), Refused> {
        let names = entry.scripts.iter().chain(&entry.jobs);
        self.inputs += names.filter(|name| *name == "-").count();
        if self.inputs > 1 {
            let failure = Failure::usage(
                "standard input can be read once: it gives a script, or the jobs of one",
            );
            return Err(failure
                .help("write the other into a file, and name that")
                .into());
        }
        let rows = match &entry.jobs {
            None => None,
            Some(jobs) => match read_rows(jobs, folder, entry.key.as_deref())? {
                Ok(rows) => Some(Arc::new(rows)),
                Err(found) => {
                    self.mistakes.extend(found);
                    return Ok(());
                }
            },
        };
        let mut names: Vec<String> = rows
            .as_ref()
            .map_or_else(Vec::new, |rows| rows.columns().to_vec());
        for always in &entry.arguments {
            if !names.contains(&always.name) {
                names.push(always.name.clone());
            }
        }
        for source in sources(entry, folder, &names, self.project)? {
            self.source(source, entry, rows.as_ref())?;
        }
        Ok(())
    }

    fn source(
        &mut self,
        source: UnitSource,
        entry: &Entry,
        rows: Option<&Arc<Rows>>,
    ) -> Result<(), Refused> {
        let (source, mut compiled) = compile(source, self.project);
        if compiled.missing_function {
            return Err(missing_function(&source, self.project).into());
        }
        if compiled.diagnostics.iter().any(Diagnostic::is_error) {
            self.wrong.push(source.name.clone());
        } else {
            let zone = self.project.settings().of_scripts().zone;
            let found = judge(&compiled.unit, rows.map(Arc::as_ref), entry, &zone);
            self.mistakes.extend(found);
        }
        self.tell(&mut compiled);
        self.parts.push(Part {
            source,
            unit: compiled.unit,
            rows: rows.cloned(),
            always: entry.arguments.clone(),
        });
        Ok(())
    }

    /// Tells what is wrong with a unit, or keeps it for the one document that programs get.
    fn tell(&mut self, compiled: &mut Compiled) {
        let files = &compiled.unit.files;
        compiled.diagnostics.retain(|diagnostic| {
            let FileId(number) = diagnostic.span.file;
            let file = files.get(number as usize).map_or("", SourceFile::name);
            self.told
                .insert((file.to_owned(), diagnostic.span.start, diagnostic.code))
        });
        let is_wrong = compiled.diagnostics.iter().any(Diagnostic::is_error);
        if compiled.diagnostics.is_empty() || (self.telling.quiet && !is_wrong) {
            return;
        }
        let reporter = Reporter::new(files, self.telling.color);
        match self.telling.format {
            Format::Json => self.documents.extend(reporter.json(&compiled.diagnostics)),
            Format::Human => {
                let text = reporter.diagnostics(&compiled.diagnostics, compiled.omitted);
                output::say(text.trim_end());
            }
        }
    }

    fn finish(self) -> Result<Prepared, Refused> {
        let failure = (!self.mistakes.is_empty()).then(|| mistakes_failure(&self.mistakes));
        if self.wrong.is_empty() {
            return match failure {
                Some(failure) => Err(failure.into()),
                None => Ok(Prepared { parts: self.parts }),
            };
        }
        let Telling { format, color, .. } = self.telling;
        if let Some(failure) = &failure {
            output::tell(failure, format, color);
        }
        match format {
            Format::Json => output::print_json(json!({
                "state": "refused",
                "scripts": self.wrong,
                "diagnostics": self.documents,
            }))?,
            Format::Human => output::say(&format!(
                "nothing was run, since {} not compile",
                match self.wrong.as_slice() {
                    [one] => format!("{one} does"),
                    several => format!("{} scripts do", several.len()),
                }
            )),
        }
        Err(Refused::Told(exit::SOURCE))
    }
}

/// The mistakes as a failure of the command.
pub fn mistakes_failure(mistakes: &[Mistake]) -> Failure {
    Failure::usage(format!(
        "nothing was run, since there {} {}:\n{}",
        if mistakes.len() == 1 { "is" } else { "are" },
        counted(mistakes.len(), "mistake"),
        mistakes_text(mistakes)
    ))
}

fn mistakes_text(mistakes: &[Mistake]) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut last_help: Option<&str> = None;
    for mistake in mistakes.iter().take(SHOWN) {
        lines.push(mistake.to_string());
        // The same advice once is enough.
        if let Some(help) = mistake.help.as_deref()
            && last_help != Some(help)
        {
            lines.push(format!("  help: {help}"));
            last_help = Some(help);
        }
    }
    if mistakes.len() > SHOWN {
        lines.push(format!(
            "… and {}, in {}",
            counted(mistakes.len() - SHOWN, "more mistake"),
            places(&mistakes[SHOWN..])
        ));
    }
    lines.join("\n")
}

/// The lines of further mistakes, in few words: `lines 4, 6–90 …`.
fn places(mistakes: &[Mistake]) -> String {
    /// Stretches of lines that are named.
    const MOST: usize = 12;
    let mut stretches: Vec<(u64, u64)> = Vec::new();
    for mistake in mistakes {
        match stretches.last_mut() {
            Some((_, end)) if mistake.line == *end || mistake.line == *end + 1 => {
                *end = mistake.line;
            }
            _ => stretches.push((mistake.line, mistake.line)),
        }
    }
    let named: Vec<String> = stretches
        .iter()
        .take(MOST)
        .map(|(start, end)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}–{end}")
            }
        })
        .collect();
    let more = if stretches.len() > MOST { " …" } else { "" };
    format!("lines {}{more}", named.join(", "))
}

fn read_rows(
    jobs: &str,
    folder: &Path,
    key: Option<&str>,
) -> Result<Result<Rows, Vec<Mistake>>, Failure> {
    let mut bytes = Vec::new();
    if jobs == "-" {
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|cause| Failure::io("cannot read the jobs on standard input", &cause))?;
    } else {
        let path = folder.join(jobs);
        File::open(&path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|cause| {
                Failure::io(
                    format!("cannot read the jobs in {}", path.display()),
                    &cause,
                )
            })?;
    }
    Ok(Rows::read(jobs, bytes, key))
}

/// The scripts of an entry, read; a function of the project stands in none.
fn sources(
    entry: &Entry,
    folder: &Path,
    names: &[String],
    project: &Project,
) -> Result<Vec<UnitSource>, Failure> {
    let with = |name: &str, path: Option<String>, text: String| UnitSource {
        name: entry.name.clone().unwrap_or_else(|| name.to_owned()),
        path,
        project: project
            .folder()
            .map(|folder| folder.to_string_lossy().into_owned()),
        function: entry.function.clone(),
        names: names.to_vec(),
        files: vec![(name.to_owned(), text)],
    };
    if entry.scripts.is_empty() {
        let function = entry.function.as_deref().unwrap_or_default();
        if project.folder().is_none() {
            return Err(Failure::usage(format!(
                "no script was named, and there is no project that could declare `{function}`"
            ))
            .help("name a script or a project: `freshet batch run --project shop --function billing.remind`"));
        }
        return Ok(vec![with(function, None, String::new())]);
    }
    entry
        .scripts
        .iter()
        .map(|name| {
            let path = place_of(name, folder);
            let script = script::read(&path)?;
            let absolute = (name != "-")
                .then(|| std::path::absolute(&path).ok())
                .flatten()
                .map(|path| path.to_string_lossy().into_owned());
            Ok(with(name, absolute, script.file.text().to_owned()))
        })
        .collect()
}

fn place_of(name: &str, folder: &Path) -> PathBuf {
    if name == "-" {
        PathBuf::from(name)
    } else {
        folder.join(name)
    }
}

/// Compiles a unit, with the functions of the project if it calls any.
pub fn compile(mut source: UnitSource, project: &Project) -> (UnitSource, Compiled) {
    source.files.truncate(1);
    let mut compiled = source.compile();
    let from_project = compiled.calls_elsewhere || compiled.missing_function;
    if from_project && let Some(functions) = project.functions() {
        source.files.extend(functions.files.iter().map(|file| {
            let text = file.source.text().to_owned();
            (file.source.name().to_owned(), text)
        }));
        compiled = source.compile();
        project.name_folder(&mut compiled.diagnostics);
    }
    project.check_environment(&compiled.unit.program, &mut compiled.diagnostics);
    // A script that is no UTF-8 is told of as it was read: what is kept of it is text.
    let on_disk = source.path.as_deref().map(Path::new).map(script::read);
    if let Some(Ok(script)) = on_disk
        && script.file.not_utf8().is_some()
    {
        compiled.diagnostics = script.diagnostics;
    }
    (source, compiled)
}

fn judge(unit: &Unit, rows: Option<&Rows>, entry: &Entry, zone: &Zone) -> Vec<Mistake> {
    match rows {
        Some(rows) => rows.judge(unit, &entry.arguments, zone),
        None => match unit.arguments(&entry.arguments, zone) {
            Ok(_) => Vec::new(),
            Err(wrong) => vec![Mistake {
                file: unit.name.clone(),
                line: 1,
                column: 1,
                message: wrong.message,
                help: wrong.help,
            }],
        },
    }
}

fn missing_function(source: &UnitSource, project: &Project) -> Failure {
    let wanted = source.function.as_deref().unwrap_or_default();
    let searched = project
        .functions_folder()
        .map(|folder| format!("searched: {}", project.shown(&folder)));
    match (&source.path, searched) {
        (None, Some(searched)) => {
            Failure::usage(format!("the project has no function `{wanted}`")).help(searched)
        }
        _ => Failure::usage(format!("{} has no function `{wanted}`", source.name))
            .help("leave --function out to run its body"),
    }
}
