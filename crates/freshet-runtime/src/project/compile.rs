//! From a script to a program, with the functions of the project that it reaches.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use freshet_interpreter::program::{Node, Program};
use freshet_interpreter::resolve::{self, Mode, Resolved, Source};
use freshet_syntax::ast::{Ast, Function};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::parse;
use freshet_syntax::source::{FileId, SourceFile, Span};

use super::{FunctionFile, Functions, Project, faults};

/// The code of the error that a function is found nowhere.
const UNKNOWN_FUNCTION: &str = "E0202";

/// The code of a statement outside of the functions of a file that has only them.
const STATEMENT_OUTSIDE: &str = "E0221";

/// A script that was read, with what is wrong with its text.
pub struct Script {
    /// The text under its name.
    pub file: SourceFile,
    /// Its tree.
    pub ast: Ast,
    /// What the parser found.
    pub diagnostics: Vec<Diagnostic>,
    /// How many errors it found beyond those.
    pub omitted: usize,
    /// Where it is; `None` for one that came from standard input.
    pub path: Option<PathBuf>,
}

impl Script {
    /// Parses a script.
    pub fn parse(file: SourceFile, path: Option<PathBuf>) -> Self {
        let parsed = parse(&file, FileId(0));
        Self {
            ast: parsed.ast,
            diagnostics: parsed.diagnostics,
            omitted: parsed.omitted,
            file,
            path,
        }
    }

    /// The full names of the functions that it declares.
    pub fn function_names(&self) -> Vec<String> {
        self.ast.functions.iter().map(full_name).collect()
    }

    /// The function that running it means: the only thing in it (language reference, 1).
    pub fn only_function(&self) -> Option<String> {
        match self.ast.functions.as_slice() {
            [function] if self.ast.body.is_empty() => Some(full_name(function)),
            _ => None,
        }
    }
}

/// `namespace.name`, or `name`.
pub fn full_name(function: &Function) -> String {
    match &function.namespace {
        Some(namespace) => format!("{}.{}", namespace.text, function.name.text),
        None => function.name.text.to_string(),
    }
}

/// What became of a script.
pub struct Compiled {
    /// The program; with an error among the diagnostics it must not be run.
    pub program: Program,
    /// The files by their numbers, the script first; those that nothing is said about are empty.
    pub files: Vec<SourceFile>,
    /// Errors and warnings, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// How many errors there are beyond those.
    pub omitted: usize,
}

impl Compiled {
    /// Whether it can be run.
    pub fn is_sound(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Project {
    /// Compiles a script to be run with arguments of these names; `function`: to call that function of it instead of
    /// running its body.
    pub fn compile(
        &self,
        script: Script,
        arguments: &[String],
        function: Option<&str>,
    ) -> Compiled {
        let mode = Mode::Run {
            arguments,
            function,
        };
        let mut compiled = self.resolve(script, mode);
        self.check_environment(&compiled.program, &mut compiled.diagnostics);
        compiled
    }

    /// Checks a script without knowing the arguments of later runs.
    pub fn check(&self, script: Script) -> Compiled {
        let project = self.folder().is_some();
        self.resolve(script, Mode::Check { project })
    }

    /// Compiles a function of the project to be called. `None`: no file declares it, and none is broken.
    pub fn compile_function(&self, name: &str) -> Option<Compiled> {
        let functions = self.functions()?;
        let is_declared = functions
            .declarations()
            .any(|(_, function)| full_name(function) == name);
        let is_broken = |file: &FunctionFile| file.diagnostics.iter().any(Diagnostic::is_error);
        let mode = if is_declared {
            Mode::Run {
                arguments: &[],
                function: Some(name),
            }
        } else if functions.files.iter().any(is_broken) {
            Mode::Functions
        } else {
            return None;
        };
        let nothing = Script::parse(SourceFile::new("", ""), None);
        let resolved = resolve::resolve(source_of(&nothing), &functions.sources(), mode);
        let mut compiled = with_files(nothing, functions, resolved);
        self.check_environment(&compiled.program, &mut compiled.diagnostics);
        Some(compiled)
    }

    /// Checks all custom functions.
    pub fn check_functions(&self) -> Option<Compiled> {
        let functions = self.functions()?;
        let nothing = Script::parse(SourceFile::new("", ""), None);
        let resolved = resolve::resolve(source_of(&nothing), &functions.sources(), Mode::Functions);
        Some(with_files(nothing, functions, resolved))
    }

    /// The folder is read only if something is called that the script does not define (running, 1).
    fn resolve(&self, script: Script, mode: Mode<'_>) -> Compiled {
        let alone = resolve::resolve(source_of(&script), &[], mode);
        let functions = match alone.calls_elsewhere {
            true => self.functions(),
            false => None,
        };
        let Some(functions) = functions else {
            return without_files(script, alone);
        };
        let own = script.path.as_deref().and_then(real_path);
        let sources: Vec<Source<'_>> = functions
            .files
            .iter()
            // A file of the folder that is run or checked itself is there once.
            .filter(|file| own.is_none() || real_path(&file.path) != own)
            .map(FunctionFile::as_source)
            .collect();
        let resolved = resolve::resolve(source_of(&script), &sources, mode);
        let mut compiled = with_files(script, functions, resolved);
        self.name_folder(&mut compiled.diagnostics);
        compiled
    }

    /// An unknown function was looked for in the folder.
    pub fn name_folder(&self, diagnostics: &mut [Diagnostic]) {
        let Some(folder) = self.functions_folder() else {
            return;
        };
        let missing = if folder.is_dir() {
            ""
        } else {
            ", which does not exist"
        };
        let searched = format!("searched: {}{missing}", self.shown(&folder));
        for diagnostic in diagnostics {
            if diagnostic.code == UNKNOWN_FUNCTION {
                diagnostic.help = Some(match diagnostic.help.take() {
                    Some(help) => format!("{help} ({searched})"),
                    None => searched.clone(),
                });
            }
        }
    }

    /// Variables of the project that a program reads must be there before it runs.
    pub fn check_environment(&self, program: &Program, diagnostics: &mut Vec<Diagnostic>) {
        let mut told = BTreeSet::new();
        for (node, span) in program.nodes.iter().zip(&program.spans) {
            let Node::AppVariable(name) = node else {
                continue;
            };
            let name = program.names.get(*name as usize).map_or("", |name| name);
            if let Some(variable) = self.settings().missing_variable(name)
                && told.insert(name)
            {
                let fault = faults::environment_missing(name, variable, *span);
                diagnostics.push(fault);
            }
        }
    }
}

fn source_of(script: &Script) -> Source<'_> {
    Source {
        file: &script.file,
        ast: &script.ast,
    }
}

fn real_path(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

fn without_files(script: Script, resolved: Resolved) -> Compiled {
    let mut diagnostics = script.diagnostics;
    diagnostics.extend(resolved.diagnostics);
    Compiled {
        program: resolved.program,
        files: vec![script.file],
        diagnostics,
        omitted: script.omitted,
    }
}

/// What is wrong with a file of the folder counts only if it is part of the program.
fn with_files(script: Script, functions: &Functions, resolved: Resolved) -> Compiled {
    let mut named: BTreeSet<FileId> = resolved.reached.iter().copied().collect();
    let places = resolved.diagnostics.iter().flat_map(|diagnostic| {
        let others = diagnostic.others.iter().map(|other| other.span.file);
        others.chain([diagnostic.span.file])
    });
    named.extend(places);
    let reached = resolved.reached.clone();
    let mut compiled = without_files(script, resolved);
    for file in &functions.files {
        let FileId(number) = file.ast.file;
        while compiled.files.len() <= number as usize {
            compiled.files.push(SourceFile::new("", ""));
        }
        if !named.contains(&file.ast.file) {
            continue;
        }
        if let Some(place) = compiled.files.get_mut(number as usize) {
            *place = file.source.clone();
        }
    }
    let is_reached = |file: &&FunctionFile| reached.contains(&file.ast.file);
    for file in functions.files.iter().filter(is_reached) {
        compiled
            .diagnostics
            .extend(file.diagnostics.iter().cloned());
        compiled.omitted += file.omitted;
    }
    compiled
        .diagnostics
        .sort_by_key(|diagnostic| (diagnostic.span.file, diagnostic.span.start));
    spare_broken(&mut compiled.diagnostics);
    compiled
}

/// A statement outside a function whose text is broken may well be a declaration: only what is broken is told.
pub fn spare_broken(diagnostics: &mut Vec<Diagnostic>) {
    let is_outside = |diagnostic: &Diagnostic| diagnostic.code == STATEMENT_OUTSIDE;
    let errors = diagnostics.iter().filter(|found| found.is_error());
    let broken: Vec<Span> = errors
        .filter(|error| !is_outside(error))
        .map(|error| error.span)
        .collect();
    diagnostics.retain(|diagnostic| {
        let span = diagnostic.span;
        let is_broken = |other: &Span| {
            other.file == span.file && (span.start..=span.end).contains(&other.start)
        };
        !(is_outside(diagnostic) && broken.iter().any(is_broken))
    });
}
