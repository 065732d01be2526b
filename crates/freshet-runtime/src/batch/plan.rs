//! What a batch is made of: units (a script or a function, compiled once) and, for each, rows of arguments.

mod document;
mod mistake;
mod rows;

use freshet_interpreter::eval::Start;
use freshet_interpreter::program::Program;
use freshet_interpreter::resolve::{self, Mode, Resolved, Source};
use freshet_interpreter::value::calendar::Zone;
use freshet_syntax::ast::{Ast, Function};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::parse;
use freshet_syntax::source::{FileId, SourceFile};
use serde::{Deserialize, Serialize};

use crate::arguments::{self, Argument, ArgumentError, Given};
use crate::project::spare_broken;
pub use document::{Constant, Entry, Named, PlanFile, Settings, duration, read_plan};
pub use mistake::{Mistake, Spot};
pub use rows::{Row, Rows};

/// A script or a function of a batch, as it is stored: its sources are kept, so that a batch goes on as it began,
/// wherever and whenever it is resumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitSource {
    /// What reports call it: the script as it was given, or the function.
    pub name: String,
    /// The script on disk, as an absolute path; `None` for standard input and for functions of a project.
    pub path: Option<String>,
    /// The folder of the project that it belongs to.
    #[serde(default)]
    pub project: Option<String>,
    /// The function to call instead of running the body.
    pub function: Option<String>,
    /// Names of the arguments that its rows give.
    pub names: Vec<String>,
    /// The sources: name and text, the script first, then files of custom functions.
    pub files: Vec<(String, String)>,
}

/// A unit that was compiled.
pub struct Unit {
    /// What reports call it.
    pub name: String,
    /// The program, shared by all its jobs.
    pub program: Program,
    /// Where runs begin.
    pub start: Start,
    /// Its sources, the script first.
    pub files: Vec<SourceFile>,
    /// Parameters of the script that each row has to give; of a function, its parameters.
    pub required: Vec<String>,
}

/// What compiling a unit gave.
pub struct Compiled {
    /// The unit. With an error among the diagnostics it must not be run.
    pub unit: Unit,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that it is made of can be read: what its functions take is known, whatever else is wrong.
    pub is_readable: bool,
    /// Errors of the script's text beyond those.
    pub omitted: usize,
    /// The function that was asked for is declared nowhere.
    pub missing_function: bool,
    /// Something is called that none of its files declares.
    pub calls_elsewhere: bool,
}

impl UnitSource {
    /// The name in a stored unit, without its sources.
    pub(crate) fn name_in(stored: &str) -> String {
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        serde_json::from_str::<Named>(stored).map_or_else(|_| String::new(), |named| named.name)
    }

    /// Parses and resolves the unit, its rows' names being known arguments.
    #[must_use]
    pub fn compile(&self) -> Compiled {
        let files: Vec<SourceFile> = self
            .files
            .iter()
            .map(|(name, text)| SourceFile::new(name.as_str(), text.as_str()))
            .collect();
        let mut faults = Vec::new();
        let mut omitted = 0;
        let trees: Vec<Ast> = files
            .iter()
            .enumerate()
            .map(|(number, file)| {
                let parsed = parse(file, FileId(number as u32));
                if number == 0 {
                    omitted = parsed.omitted;
                }
                faults.push(parsed.diagnostics);
                parsed.ast
            })
            .collect();
        let sources: Vec<Source<'_>> = files
            .iter()
            .zip(&trees)
            .map(|(file, ast)| Source { file, ast })
            .collect();
        let Some((script, functions)) = sources.split_first() else {
            return Compiled {
                unit: Unit {
                    name: self.name.clone(),
                    program: Program::default(),
                    start: Start::Body,
                    files: Vec::new(),
                    required: Vec::new(),
                },
                diagnostics: Vec::new(),
                is_readable: true,
                omitted,
                missing_function: false,
                calls_elsewhere: false,
            };
        };
        let called = self.function.clone().or_else(|| only_function(script.ast));
        let names = match &called {
            Some(_) => Vec::new(),
            None => self.used_names(*script, functions),
        };
        let Resolved {
            program,
            mut diagnostics,
            reached,
            calls_elsewhere,
            ..
        } = resolve::resolve(
            *script,
            functions,
            Mode::Run {
                arguments: &names,
                function: called.as_deref(),
            },
        );
        let mut is_readable = true;
        // What is wrong with a file of functions counts only when one of them is called.
        for (number, found) in faults.into_iter().enumerate() {
            if number == 0 || reached.contains(&FileId(number as u32)) {
                is_readable &= !found.iter().any(Diagnostic::is_error);
                diagnostics.extend(found);
            }
        }
        spare_broken(&mut diagnostics);
        let number = called.as_deref().and_then(|name| program.function(name));
        let missing_function =
            called.is_some() && number.is_none() && !diagnostics.iter().any(Diagnostic::is_error);
        let start = number.map_or(Start::Body, Start::Function);
        let required = program
            .functions
            .get(number.unwrap_or(0))
            .map(|function| {
                let parameters = function.parameters.iter();
                parameters.map(|parameter| parameter.name.to_string())
            })
            .map(Iterator::collect)
            .unwrap_or_default();
        Compiled {
            unit: Unit {
                name: self.name.clone(),
                program,
                start,
                files,
                required,
            },
            diagnostics,
            is_readable,
            omitted,
            missing_function,
            calls_elsewhere,
        }
    }

    /// The names that the body of the script reads as its parameters: a row may leave out the others.
    fn used_names(&self, script: Source<'_>, functions: &[Source<'_>]) -> Vec<String> {
        let checked = resolve::resolve(script, functions, Mode::Check { project: false });
        let read = checked
            .program
            .body()
            .map(|body| body.parameters.iter().map(|parameter| &*parameter.name));
        let read: Vec<&str> = read.map(Iterator::collect).unwrap_or_default();
        self.names
            .iter()
            .filter(|name| read.contains(&name.as_str()))
            .cloned()
            .collect()
    }
}

/// The only thing in a file, if that is a function: it is called (running, 1).
fn only_function(ast: &Ast) -> Option<String> {
    match ast.functions.as_slice() {
        [only] if ast.body.is_empty() => Some(full_name(only)),
        _ => None,
    }
}

fn full_name(function: &Function) -> String {
    match &function.namespace {
        Some(namespace) => format!("{}.{}", namespace.text, function.name.text),
        None => function.name.text.to_string(),
    }
}

impl Unit {
    /// The arguments of a row, read as the unit declares them.
    ///
    /// # Errors
    /// Each that is unknown, missing or unreadable.
    pub fn arguments(
        &self,
        given: &[Given],
        zone: &Zone,
    ) -> Result<Vec<Argument>, Vec<ArgumentError>> {
        match self.start {
            Start::Function(number) => match self.program.functions.get(number) {
                Some(function) => arguments::for_function(given, function, zone),
                None => Ok(Vec::new()),
            },
            Start::Body => {
                let missing = self
                    .required
                    .iter()
                    .filter(|name| !given.iter().any(|argument| argument.name == **name))
                    .map(|name| {
                        let message = format!("there is no `{name}`, which the script reads");
                        ArgumentError::new(name, message)
                    });
                let mut missing: Vec<ArgumentError> = missing.collect();
                match arguments::for_body(given) {
                    Ok(read) if missing.is_empty() => Ok(read),
                    Ok(_) => Err(missing),
                    Err(wrong) => {
                        missing.extend(wrong);
                        Err(missing)
                    }
                }
            }
        }
    }

    /// Whether its rows are arguments of a function.
    #[must_use]
    pub fn is_function(&self) -> bool {
        self.start != Start::Body
    }
}

/// Arguments as they are stored: an object whose members are texts, or JSON where the name ends in `:`.
#[must_use]
pub fn stored(given: &[Given]) -> String {
    let mut text = String::from("{");
    for (place, argument) in given.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        let sign = if argument.json { ":" } else { "" };
        text.push_str(&json_text(&format!("{}{sign}", argument.name)));
        text.push(':');
        if argument.json {
            text.push_str(&argument.text);
        } else {
            text.push_str(&json_text(&argument.text));
        }
    }
    text.push('}');
    text
}

fn json_text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// What [`stored`] gave, as arguments again.
///
/// # Errors
/// When it is something else.
pub fn loaded(text: &str) -> Result<Vec<Given>, ArgumentError> {
    let members = arguments::from_object(text, "the stored arguments")?;
    Ok(members
        .into_iter()
        .map(|member| match member.name.strip_suffix(':') {
            Some(name) => Given {
                name: name.to_owned(),
                ..member
            },
            None => Given {
                text: serde_json::from_str(&member.text).unwrap_or(member.text),
                json: false,
                ..member
            },
        })
        .collect())
}
