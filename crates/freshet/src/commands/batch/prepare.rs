//! From what was asked for to units and jobs: scripts are compiled once, rows judged, and every mistake is told.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use freshet_connections::{all_of, read_at_most};
use freshet_interpreter::eval::Start;
use freshet_runtime::arguments::Given;
use freshet_runtime::batch::plan::{
    Compiled, Constant, Entry, Mistake, Named, Rows, Spot, Unit, UnitSource,
};
use freshet_runtime::batch::queue::NewJob;
use freshet_runtime::project::{Project, Script};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::SourceFile;

use super::refuse::{Refused, Telling, Wrong};
use crate::commands::function::near_name;
use crate::exit::Failure;
use crate::output::{self, Format, visible};
use crate::script;

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
    /// The files of rows that have none.
    pub empty: Vec<String>,
}

impl Prepared {
    /// Prepares entries, each with the folder that their paths are relative to. Whatever is wrong with any of them is
    /// told, with what is `wrong` already: in their plans, or with the settings.
    pub fn of(
        groups: &[(PathBuf, Vec<Entry>)],
        wrong: Wrong,
        project: &Project,
        telling: Telling,
    ) -> Result<Self, Refused> {
        if groups
            .iter()
            .flat_map(|(_, entries)| entries)
            .any(reads_twice)
        {
            return Err(read_twice().into());
        }
        let mut preparing = Preparing {
            project,
            telling,
            parts: Vec::new(),
            empty: Vec::new(),
            wrong,
            inputs: 0,
        };
        for (folder, entries) in groups {
            for entry in entries {
                preparing.entry(entry, folder);
            }
        }
        preparing.wrong.end(telling)?;
        Ok(Prepared {
            parts: preparing.parts,
            empty: preparing.empty,
        })
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
    empty: Vec<String>,
    wrong: Wrong,
    /// How often standard input is asked for.
    inputs: usize,
}

impl Preparing<'_> {
    fn entry(&mut self, entry: &Entry, folder: &Path) {
        let rows = entry.jobs.as_ref().map(|jobs| {
            let rows = self.rows(jobs, folder, entry.key.as_deref())?;
            self.warn_of_hidden(&entry.arguments, &rows);
            Some(rows)
        });
        let scripts: Vec<(&Named, Script)> = entry
            .scripts
            .iter()
            .filter_map(|named| Some((named, self.script(named, folder)?)))
            .collect();
        // Lines that are not there have no names either.
        let has_names =
            |rows: &Option<Arc<Rows>>| rows.as_ref().is_some_and(|rows| !rows.columns().is_empty());
        let is_known =
            !self.wrong.is_blind() && entry.is_known && rows.as_ref().is_none_or(has_names);
        let rows = rows.flatten();
        if !is_known {
            return self.in_part(entry, scripts, rows.as_deref(), folder);
        }
        let columns = rows.as_ref().map_or(&[][..], |rows| rows.columns());
        let mut names = columns.to_vec();
        for always in &entry.arguments {
            if !names.contains(&always.given.name) {
                names.push(always.given.name.clone());
            }
        }
        for source in self.sources(entry, &scripts, folder, &names) {
            self.source(source, entry, rows.as_ref());
        }
    }

    /// Finds what can be found while it is not known with which arguments an entry is run.
    fn in_part(
        &mut self,
        entry: &Entry,
        scripts: Vec<(&Named, Script)>,
        rows: Option<&Rows>,
        folder: &Path,
    ) {
        let can_be_found = !scripts.is_empty() || self.project.folder().is_some();
        if let Some(rows) = rows
            && can_be_found
            && !self.wrong.is_blind()
        {
            let zone = self.project.settings().of_scripts().zone;
            for source in self.sources(entry, &scripts, folder, rows.columns()) {
                let (_, compiled) = compile(source, self.project);
                // A body takes whatever a row gives.
                if compiled.is_readable && compiled.unit.is_function() {
                    self.wrong.mistakes(rows.judge(&compiled.unit, None, &zone));
                }
            }
        }
        for (_, script) in scripts {
            let name = script.file.name().to_owned();
            let mut checked = self.project.check(script);
            checked.diagnostics.retain(Diagnostic::is_error);
            self.tell(&name, &checked.files, checked.diagnostics, checked.omitted);
        }
    }

    /// Whether standard input may be read for it.
    fn may_read(&mut self, named: &Named) -> bool {
        self.inputs += usize::from(named.name == "-");
        let is_first = named.name != "-" || self.inputs == 1;
        if !is_first {
            self.wrong.failure(named.at.as_ref(), read_twice());
        }
        is_first
    }

    fn rows(&mut self, jobs: &Named, folder: &Path, key: Option<&str>) -> Option<Arc<Rows>> {
        if !self.may_read(jobs) {
            return None;
        }
        match read_rows(&jobs.name, folder) {
            Ok(bytes) => {
                let (rows, mistakes) = Rows::read(&shown_name(&jobs.name, folder), bytes, key);
                if mistakes.is_empty() && rows.count() == 0 {
                    self.empty.push(rows.nothing_in());
                }
                self.wrong.mistakes(mistakes);
                Some(Arc::new(rows))
            }
            Err(failure) => {
                self.wrong.failure(jobs.at.as_ref(), failure);
                None
            }
        }
    }

    fn script(&mut self, named: &Named, folder: &Path) -> Option<Script> {
        if !self.may_read(named) {
            return None;
        }
        let name = &named.name;
        let read = if Path::new(name).extension().is_some_and(|end| end == "toml") {
            Err(
                Failure::usage(format!("{name} is a plan, expected a script"))
                    .help("name both plans on the command line, or put its tables [[batch]] here"),
            )
        } else {
            script::read(&place_of(name, folder))
        };
        match read {
            Ok(script) => Some(script),
            Err(failure) => {
                // Other commands take arguments there.
                let failure = match named.at {
                    None if name.contains('=') => failure.help(
                        "if it is meant as an argument: a batch takes those from rows, `--jobs rows.csv`, or from a plan",
                    ),
                    _ => failure,
                };
                self.wrong.failure(named.at.as_ref(), failure);
                None
            }
        }
    }

    /// An argument that every row gives as well is never that of the plan.
    fn warn_of_hidden(&self, arguments: &[Constant], rows: &Rows) {
        if self.telling.quiet || self.telling.format == Format::Json {
            return;
        }
        for Constant { given, at } in arguments {
            if rows.all_give(&given.name) {
                let Spot { file, line, column } = at;
                output::say(&format!(
                    "warning: {file}:{line}:{column}: the argument `{0}` is never taken: the column `{0}` of the rows wins \
                     over it",
                    visible(&given.name)
                ));
            }
        }
    }

    /// The units of an entry; a function of the project stands in no script.
    fn sources(
        &mut self,
        entry: &Entry,
        scripts: &[(&Named, Script)],
        folder: &Path,
        names: &[String],
    ) -> Vec<UnitSource> {
        let project = self.project.folder();
        let function = entry.function.as_ref();
        let with = |name: &str, path: Option<String>, file: (String, String)| UnitSource {
            name: entry.name.clone().unwrap_or_else(|| name.to_owned()),
            path,
            project: project.map(|folder| folder.to_string_lossy().into_owned()),
            function: function.map(|named| named.name.clone()),
            names: names.to_vec(),
            files: vec![file],
        };
        let absolute = |name: &str| {
            let path = (name != "-").then(|| std::path::absolute(folder.join(name)).ok());
            path.flatten()
                .map(|path| path.to_string_lossy().into_owned())
        };
        match function {
            Some(wanted) if entry.scripts.is_empty() => {
                let name = wanted.name.as_str();
                if project.is_some() {
                    return vec![with(name, None, (name.to_owned(), String::new()))];
                }
                let failure = Failure::usage(format!(
                    "no script was named, and there is no project that could declare `{name}`"
                ));
                self.wrong.failure(
                    wanted.at.as_ref(),
                    failure.help(
                        "name a script or a project: `freshet batch run --project shop --function billing.remind`",
                    ),
                );
                Vec::new()
            }
            _ => scripts
                .iter()
                .map(|(named, script)| {
                    let file = (script.file.name().to_owned(), script.file.text().to_owned());
                    with(&named.name, absolute(&named.name), file)
                })
                .collect(),
        }
    }

    fn source(&mut self, source: UnitSource, entry: &Entry, rows: Option<&Arc<Rows>>) {
        let (source, compiled) = compile(source, self.project);
        if compiled.missing_function {
            let at = entry.function.as_ref().and_then(|named| named.at.as_ref());
            return self
                .wrong
                .failure(at, missing_function(&source, self.project));
        }
        let Compiled {
            unit,
            diagnostics,
            is_readable,
            omitted,
            ..
        } = compiled;
        // What a function takes is known, whatever is wrong inside of it.
        let is_sound = !diagnostics.iter().any(Diagnostic::is_error);
        if is_sound || (is_readable && unit.is_function()) {
            self.judge(&unit, rows.map(Arc::as_ref), entry);
        }
        self.tell(&source.name, &unit.files, diagnostics, omitted);
        self.parts.push(Part {
            source,
            unit,
            rows: rows.cloned(),
            always: constants(entry),
        });
    }

    /// Finds every argument that does not fit: of the plan, and of the rows.
    fn judge(&mut self, unit: &Unit, rows: Option<&Rows>, entry: &Entry) {
        let zone = self.project.settings().of_scripts().zone;
        let always = constants(entry);
        for wrong in unit.arguments(&always, &zone).err().unwrap_or_default() {
            let argument = &wrong.argument;
            let own = entry
                .arguments
                .iter()
                .find(|own| own.given.name == *argument);
            let (at, help) = match (own, &entry.at) {
                (Some(own), _) => (&own.at, wrong.help),
                // A row may give what is missing here.
                (None, _) if rows.is_some() => continue,
                (None, Some(at)) => (
                    at,
                    Some(format!(
                        "give `{argument}` under `arguments`, or name rows: jobs = \"rows.csv\""
                    )),
                ),
                (None, None) => {
                    let message = format!("{}: {}", unit.name, wrong.message);
                    let rows = format!(
                        "name rows that have a column `{argument}`: `--jobs rows.csv`; for one run alone there is \
                         `freshet run`"
                    );
                    self.wrong.failure(None, Failure::usage(message).help(rows));
                    continue;
                }
            };
            self.wrong.mistakes([Mistake::at(at, wrong.message, help)]);
        }
        let of_rows = rows.map(|rows| rows.judge(unit, Some(&always), &zone));
        self.wrong.mistakes(of_rows.unwrap_or_default());
    }

    /// Keeps what is said about a script.
    fn tell(
        &mut self,
        name: &str,
        files: &[SourceFile],
        diagnostics: Vec<Diagnostic>,
        omitted: usize,
    ) {
        let color = self.telling.color;
        self.wrong.script(name, files, diagnostics, omitted, color);
    }
}

/// Whether a command line asks for standard input more than once: there is nothing else to say about it.
fn reads_twice(entry: &Entry) -> bool {
    let names = entry.scripts.iter().chain(&entry.jobs);
    entry.at.is_none() && names.filter(|named| named.name == "-").count() > 1
}

fn read_twice() -> Failure {
    Failure::usage("standard input can be read once: it gives a script, or the jobs of one")
        .help("write the other into a file, and name that")
}

/// The arguments that all jobs of an entry have.
fn constants(entry: &Entry) -> Vec<Given> {
    entry
        .arguments
        .iter()
        .map(|constant| constant.given.clone())
        .collect()
}

fn read_rows(jobs: &str, folder: &Path) -> Result<Vec<u8>, Failure> {
    /// In bytes: rows are kept in memory until their jobs are stored.
    const MOST: u64 = 1024 * 1024 * 1024;
    if jobs == "-" {
        return all_of(io::stdin().lock(), MOST)
            .map_err(|cause| Failure::io("cannot read the jobs on standard input", &cause));
    }
    let path = folder.join(jobs);
    let failed = |cause| {
        Failure::io(
            format!("cannot read the jobs in {}", path.display()),
            &cause,
        )
    };
    read_at_most(&path, MOST).map_err(failed)
}

/// A file as people see it: from where they are.
fn shown_name(name: &str, folder: &Path) -> String {
    place_of(name, folder).display().to_string()
}

fn place_of(name: &str, folder: &Path) -> PathBuf {
    if name == "-" {
        PathBuf::from(name)
    } else {
        folder.join(name)
    }
}

/// Compiles a unit, with the functions that the project has now if it calls any.
pub fn compile(mut source: UnitSource, project: &Project) -> (UnitSource, Compiled) {
    source.files.truncate(1);
    let mut compiled = compile_kept(&source, project);
    let from_project = compiled.calls_elsewhere || compiled.missing_function;
    if from_project && let Some(functions) = project.functions() {
        source.files.extend(functions.files.iter().map(|file| {
            let text = file.source.text().to_owned();
            (file.source.name().to_owned(), text)
        }));
        compiled = compile_kept(&source, project);
        project.name_folder(&mut compiled.diagnostics);
    }
    // What is called stays so, whatever the file holds later.
    if let Start::Function(number) = compiled.unit.start {
        let called = compiled.unit.program.functions.get(number);
        source.function = called.map(|function| function.name.clone());
    }
    // A script that is no UTF-8 is told of as it was read: what is kept of it is text.
    let path = source.path.as_deref().map(Path::new);
    // What is no file gives its text once, or never.
    let on_disk = path.filter(|path| path.is_file()).map(script::read);
    if let Some(Ok(script)) = on_disk
        && script.file.not_utf8().is_some()
    {
        compiled.diagnostics = script.diagnostics;
    }
    (source, compiled)
}

/// Compiles a unit as it is kept; the variables of the project that it reads must be there now.
pub fn compile_kept(source: &UnitSource, project: &Project) -> Compiled {
    let mut compiled = source.compile();
    project.check_environment(&compiled.unit.program, &mut compiled.diagnostics);
    compiled
}

/// The function that a unit calls is declared nowhere.
pub fn missing_function(source: &UnitSource, project: &Project) -> Failure {
    let wanted = source.function.as_deref().unwrap_or_default();
    let searched = project
        .functions_folder()
        .map(|folder| format!("searched: {}", project.shown(&folder)));
    match (&source.path, searched) {
        (None, Some(searched)) => {
            let functions = project.functions();
            let near = functions.and_then(|functions| near_name(wanted, functions));
            let help = match near {
                Some(near) => format!("did you mean `{near}`? {searched}"),
                None => searched,
            };
            Failure::usage(format!("the project has no function `{wanted}`")).help(help)
        }
        _ => Failure::usage(format!("{} has no function `{wanted}`", source.name))
            .help("leave --function out to run its body"),
    }
}
