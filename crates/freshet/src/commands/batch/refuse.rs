//! What keeps a batch from being made: in plans, rows, scripts and settings, and on the command line. All of it is one
//! list with one count, in the order of the files and their lines, or one document for programs.

use std::collections::{HashMap, HashSet};

use freshet_runtime::batch::plan::{Mistake, Spot};
use freshet_runtime::project::{Fault, ProjectError};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::{FileId, SourceFile};
use serde_json::{Value, json};

use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, counted, fault_json};
use crate::report::Reporter;

/// Mistakes that are told in full.
const SHOWN: usize = 20;

/// Files and stretches of lines that are named of the others.
const NAMED: usize = 12;

/// How the outcome of preparing is told.
#[derive(Clone, Copy)]
pub struct Telling {
    pub format: Format,
    pub color: bool,
    pub quiet: bool,
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

/// What was found so far.
#[derive(Default)]
pub struct Wrong {
    found: Vec<Found>,
    /// File, line, column and message of each: what two batches share is told once.
    known: HashSet<(String, u64, u64, String)>,
    /// Scripts that do not compile.
    scripts: Vec<String>,
    /// What is said about scripts, each on its lines; and the warnings alone.
    reports: String,
    warnings: String,
    /// Errors of scripts beyond those that were kept.
    omitted: usize,
    /// The settings cannot be read: what scripts find in a project is not known.
    is_blind: bool,
}

/// One of them.
enum Found {
    /// In a plan, or in its rows.
    Placed(Mistake),
    /// In a settings file.
    Setting(Fault),
    /// In a script, as it stands in JSON documents.
    Source(Value),
    /// On the command line: it has no place.
    Command(Failure),
}

impl Wrong {
    /// Takes mistakes of a plan or of rows.
    pub fn mistakes(&mut self, mistakes: impl IntoIterator<Item = Mistake>) {
        for mistake in mistakes {
            let (file, message) = (mistake.file.clone(), mistake.message.clone());
            if self
                .known
                .insert((file, mistake.line, mistake.column, message))
            {
                self.found.push(Found::Placed(mistake));
            }
        }
    }

    /// Takes what is wrong with something that a plan names, at its place, or the command line, which has none.
    pub fn failure(&mut self, at: Option<&Spot>, failure: Failure) {
        match at {
            Some(at) => self.mistakes([Mistake::at(at, failure.message, failure.help)]),
            None => self.found.push(Found::Command(failure)),
        }
    }

    /// Takes why there are no settings to go by.
    pub fn settings(&mut self, error: ProjectError) {
        self.is_blind = true;
        match error {
            ProjectError::Wrong(faults) => {
                self.found.extend(faults.into_iter().map(Found::Setting));
            }
            other => self.found.push(Found::Command(other.into())),
        }
    }

    /// Whether there are no settings to go by.
    pub fn is_blind(&self) -> bool {
        self.is_blind
    }

    /// Takes what is said about a script.
    pub fn script(
        &mut self,
        name: &str,
        files: &[SourceFile],
        mut diagnostics: Vec<Diagnostic>,
        omitted: usize,
        color: bool,
    ) {
        if diagnostics.iter().any(Diagnostic::is_error)
            && !self.scripts.iter().any(|known| known == name)
        {
            self.scripts.push(name.to_owned());
            self.omitted += omitted;
        }
        // A function may be reached from many scripts.
        diagnostics.retain(|diagnostic| {
            let FileId(number) = diagnostic.span.file;
            let file = files.get(number as usize);
            let (line, column) =
                file.map_or((0, 0), |file| file.line_column(diagnostic.span.start));
            let name = file.map_or("", SourceFile::name).to_owned();
            let message = diagnostic.message.clone();
            self.known
                .insert((name, line.into(), column.into(), message))
        });
        if diagnostics.is_empty() {
            return;
        }
        let reporter = Reporter::new(files, color);
        self.reports += &reporter.diagnostics(&diagnostics, omitted);
        let documents = reporter.json(&diagnostics);
        let errors = diagnostics.iter().filter(|found| found.is_error()).count();
        let documents: Vec<Found> = documents.into_iter().map(Found::Source).collect();
        let shown = documents.iter().filter(|found| found.is_error()).count();
        self.found.extend(documents);
        diagnostics.retain(|diagnostic| !diagnostic.is_error());
        self.warnings += &reporter.diagnostics(&diagnostics, 0);
        self.omitted += errors.saturating_sub(shown);
    }

    /// Tells of it. With nothing but warnings all is well.
    ///
    /// # Errors
    /// Everything, once.
    pub fn end(mut self, telling: Telling) -> Result<(), Refused> {
        if !self.found.iter().any(Found::is_error) {
            if telling.format == Format::Human && !telling.quiet && !self.warnings.is_empty() {
                output::say(self.warnings.trim_end());
            }
            return Ok(());
        }
        self.sort();
        let all = |is_so: fn(&Found) -> bool| self.found.iter().all(is_so);
        if all(|found| matches!(found, Found::Setting(_))) {
            let faults = self.found.iter().filter_map(Found::setting).cloned();
            return Err(Failure::from(ProjectError::Wrong(faults.collect())).into());
        }
        if all(|found| matches!(found, Found::Command(_))) {
            return Err(self.failed().into());
        }
        let exit = self.exit();
        match telling.format {
            Format::Json => {
                let found: Vec<Value> = self.found.iter().map(Found::document).collect();
                output::print_json(json!({
                    "state": "refused",
                    "scripts": self.scripts,
                    "diagnostics": found,
                }))?;
            }
            Format::Human if all(|found| matches!(found, Found::Source(_))) => {
                output::say(self.reports.trim_end());
                output::say(&format!(
                    "nothing was run, since {} not compile",
                    match self.scripts.as_slice() {
                        [one] => format!("{one} does"),
                        several => format!("{} scripts do", several.len()),
                    }
                ));
            }
            Format::Human => {
                if !telling.quiet && !self.warnings.is_empty() {
                    output::say(self.warnings.trim_end());
                }
                return Err(self.failed().into());
            }
        }
        Err(Refused::Told(exit))
    }

    /// In the order of the files as they were met, and of their lines.
    fn sort(&mut self) {
        let mut files: HashMap<String, usize> = HashMap::new();
        let found = std::mem::take(&mut self.found);
        let mut ranked: Vec<_> = found
            .into_iter()
            .enumerate()
            .map(|(met, found)| {
                let (file, line, column) = found.place().unwrap_or_default();
                let rank = match file {
                    "" => met,
                    file => *files.entry(file.to_owned()).or_insert(met),
                };
                ((rank, line, column), found)
            })
            .collect();
        ranked.sort_by_key(|(place, _)| *place);
        self.found = ranked.into_iter().map(|(_, found)| found).collect();
    }

    /// That of a source that does not compile, wherever one is (running, 4.1); else that of the settings, of a mistake, of
    /// a file that is not there.
    fn exit(&self) -> u8 {
        let codes: Vec<u8> = self.errors().map(Found::exit).collect();
        let known = [exit::SOURCE, exit::SETTINGS, exit::USAGE, exit::IO];
        let first = known.into_iter().find(|code| codes.contains(code));
        first.or(codes.first().copied()).unwrap_or(exit::USAGE)
    }

    fn errors(&self) -> impl Iterator<Item = &Found> {
        self.found.iter().filter(|found| found.is_error())
    }

    /// All of it as one failure.
    fn failed(&self) -> Failure {
        if let [Found::Command(only)] = self.found.as_slice() {
            return only.clone();
        }
        let count = self.errors().count() + self.omitted;
        Failure {
            exit: self.exit(),
            // Warnings are told apart.
            faults: self
                .found
                .iter()
                .filter_map(Found::setting)
                .filter(|fault| !fault.is_error())
                .cloned()
                .collect(),
            ..Failure::usage(format!(
                "nothing was run, since there {} {}:\n{}",
                if count == 1 { "is" } else { "are" },
                counted(count, "mistake"),
                self.list(count)
            ))
        }
    }

    fn list(&self, count: usize) -> String {
        let mut lines: Vec<String> = Vec::new();
        let mut last_help: Option<&str> = None;
        for found in self.errors().take(SHOWN) {
            lines.push(found.line());
            // The same advice once is enough.
            if let Some(help) = found.help()
                && last_help != Some(help)
            {
                lines.push(format!("  help: {help}"));
                last_help = Some(help);
            }
        }
        let more = count.saturating_sub(self.errors().count().min(SHOWN));
        if more > 0 {
            let last = self.errors().take(SHOWN).last().and_then(Found::place);
            let last = last.map_or("", |(file, ..)| file);
            let rest = self.errors().skip(SHOWN).filter_map(Found::place);
            lines.push(format!(
                "… and {}{}",
                counted(more, "more mistake"),
                places(last, rest)
            ));
        }
        lines.join("\n")
    }
}

/// The lines of further mistakes, in few words: `, in lines 4, 6–90 …`; `last` is the file that was named last.
fn places<'f>(last: &str, places: impl Iterator<Item = (&'f str, u64, u64)>) -> String {
    let mut stretches: Vec<(&str, u64, u64)> = Vec::new();
    for (file, line, _) in places {
        match stretches.last_mut() {
            Some((known, _, end)) if *known == file && (line == *end || line == *end + 1) => {
                *end = line;
            }
            _ => stretches.push((file, line, line)),
        }
    }
    let mut text = String::new();
    let mut named = last;
    for (place, (file, start, end)) in stretches.iter().take(NAMED).enumerate() {
        match (place, *file == named) {
            (0, true) => text.push_str(", in lines "),
            (0, false) => text.push_str(&format!(", in {file} lines ")),
            (_, true) => text.push_str(", "),
            (_, false) => text.push_str(&format!("; {file} lines ")),
        }
        named = file;
        text.push_str(&start.to_string());
        if start < end {
            text.push_str(&format!("–{end}"));
        }
    }
    if stretches.len() > NAMED {
        text.push_str(" …");
    }
    text
}

impl Found {
    fn is_error(&self) -> bool {
        match self {
            Found::Placed(_) | Found::Command(_) => true,
            Found::Setting(fault) => fault.is_error(),
            Found::Source(document) => document["severity"] == "error",
        }
    }

    fn setting(&self) -> Option<&Fault> {
        match self {
            Found::Setting(fault) => Some(fault),
            _ => None,
        }
    }

    /// File, line and column.
    fn place(&self) -> Option<(&str, u64, u64)> {
        match self {
            Found::Placed(mistake) => Some((&mistake.file, mistake.line, mistake.column)),
            Found::Setting(fault) => Some((&fault.file, fault.line.into(), fault.column.into())),
            Found::Source(document) => Some((
                document["file"].as_str()?,
                document["line"].as_u64()?,
                document["column"].as_u64()?,
            )),
            Found::Command(_) => None,
        }
    }

    fn message(&self) -> &str {
        match self {
            Found::Placed(mistake) => &mistake.message,
            Found::Setting(fault) => &fault.message,
            Found::Source(document) => document["message"].as_str().unwrap_or_default(),
            Found::Command(failure) => &failure.message,
        }
    }

    fn help(&self) -> Option<&str> {
        match self {
            Found::Placed(mistake) => mistake.help.as_deref(),
            Found::Setting(fault) => fault.help.as_deref(),
            Found::Source(document) => document["help"].as_str(),
            Found::Command(failure) => failure.help.as_deref(),
        }
    }

    fn code(&self) -> Option<&str> {
        match self {
            Found::Placed(_) => None,
            Found::Setting(fault) => Some(fault.code),
            Found::Source(document) => document["code"].as_str(),
            Found::Command(failure) => failure.code,
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Found::Placed(_) => exit::USAGE,
            Found::Setting(_) => exit::SETTINGS,
            Found::Source(_) => exit::SOURCE,
            Found::Command(failure) => failure.exit,
        }
    }

    /// `FILE:LINE:COLUMN: MESSAGE (CODE)`.
    fn line(&self) -> String {
        let place = self.place();
        let place = place.map(|(file, line, column)| format!("{file}:{line}:{column}: "));
        let code = self.code().map(|code| format!(" ({code})"));
        format!(
            "{}{}{}",
            place.unwrap_or_default(),
            self.message(),
            code.unwrap_or_default()
        )
    }

    fn document(&self) -> Value {
        match self {
            Found::Source(document) => document.clone(),
            Found::Setting(fault) => fault_json(fault),
            Found::Placed(_) | Found::Command(_) => {
                let place = self.place();
                json!({
                    "severity": "error",
                    "code": self.code(),
                    "message": self.message(),
                    "file": place.map(|(file, ..)| file),
                    "line": place.map(|(_, line, _)| line),
                    "column": place.map(|(.., column)| column),
                    "help": self.help(),
                })
            }
        }
    }
}
