//! `freshet function`: the custom functions of a project.

pub mod list;
pub mod new;
pub mod run;
pub mod show;

use std::path::Path;

use clap::Subcommand;
use freshet_interpreter::nearest::nearest;
use freshet_runtime::arguments::type_word;
use freshet_runtime::project::{Description, FunctionFile, Functions, Project, full_name};
use freshet_syntax::ast::Function;
use serde_json::{Value, json};

use super::{Global, warn_of_settings};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Format, counted};

/// Custom functions of a project
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  freshet function list
  freshet function new billing.remind --parameters \"int id\" --returns string")]
pub enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    New(new::Arguments),
    Run(Box<run::Arguments>),
}

/// Runs the command.
pub fn run(command: Command, global: &Global) -> Outcome {
    match command {
        Command::List(arguments) => list::run(&arguments, global),
        Command::Show(arguments) => show::run(&arguments, global),
        Command::New(arguments) => new::run(&arguments, global),
        Command::Run(arguments) => run::run(&arguments, global),
    }
}

/// The project of the current folder.
///
/// # Errors
/// When there is none.
fn project_here(global: &Global, format: Format) -> Result<Project, Failure> {
    let project = global.find_project(Path::new("."))?;
    warn_of_settings(&project, format);
    if project.folder().is_none() {
        let why = match global.isolated {
            true => "projects are ignored, as `--isolated` asks",
            false => "there is no freshet.toml in this folder or above it",
        };
        return Err(Failure::usage(why)
            .help("`freshet init` makes a project; `--project FOLDER` names one elsewhere"));
    }
    Ok(project)
}

/// The custom functions; there are none where there is no project.
fn functions_of(project: &Project) -> Result<&Functions, Failure> {
    project
        .functions()
        .ok_or_else(|| Failure::internal("a project without a functions folder"))
}

/// A function of that name is not there.
fn unknown(name: &str, project: &Project, functions: &Functions) -> Failure {
    let folder = project.functions_folder().unwrap_or_default();
    let failure = Failure::usage(format!(
        "there is no function `{name}` in {}",
        project.shown(&folder)
    ));
    match near_name(name, functions) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`freshet function list` shows those there are"),
    }
}

/// The name of a custom function that is like another one.
pub fn near_name(name: &str, functions: &Functions) -> Option<String> {
    let names: Vec<String> = functions
        .declarations()
        .map(|(_, function)| full_name(function))
        .collect();
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

/// Files with errors may hold functions that are not seen.
fn warn_of_broken(functions: &Functions, format: Format) {
    for file in &functions.files {
        let faults = file
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count();
        if faults > 0 && format == Format::Human {
            output::say(&format!(
                "warning: {} has {}: `freshet check` tells more",
                file.source.name(),
                counted(faults + file.omitted, "error")
            ));
        }
    }
}

/// `returns namespace.name(type parameter, …)`.
fn signature(function: &Function) -> String {
    let parameters: Vec<String> = function
        .parameters
        .iter()
        .map(|parameter| {
            let kind = type_word(parameter.type_name.kind);
            format!("{kind} {}", parameter.name.text)
        })
        .collect();
    let returns = type_word(function.returns.kind);
    format!(
        "{returns} {}({})",
        full_name(function),
        parameters.join(", ")
    )
}

/// Line of a declaration in its file, counted from 1.
fn line(file: &FunctionFile, function: &Function) -> u32 {
    file.source.line_column(function.span.start).0
}

fn described(function: &Function) -> Description {
    Description::read(function.description.as_deref().unwrap_or_default())
}

/// A function as it stands in JSON documents.
fn document(file: &FunctionFile, function: &Function) -> Value {
    let description = described(function);
    let parameters: Vec<Value> = function
        .parameters
        .iter()
        .map(|parameter| {
            let name = &*parameter.name.text;
            json!({
                "name": name,
                "type": type_word(parameter.type_name.kind),
                "description": description.parameter(name),
            })
        })
        .collect();
    json!({
        "name": full_name(function),
        "signature": signature(function),
        "returns": type_word(function.returns.kind),
        "parameters": parameters,
        "description": description.text,
        "file": file.source.name(),
        "line": line(file, function),
    })
}
