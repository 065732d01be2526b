//! `freshet function new`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{SnippetType, Via};
use freshet_interpreter::resolve::{self, Mode, Source};
use freshet_runtime::arguments::is_name;
use freshet_runtime::project::{Project, full_name};
use freshet_syntax::ast::{Ast, TypeKind};
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::parse;
use freshet_syntax::source::{FileId, SourceFile};
use serde_json::json;

use super::{functions_of, line, project_here};
use crate::commands::{Global, completions, connection_settings, engine};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments};

/// Begin a function in a file of its own
///
/// Writes functions/NAMESPACE/NAME.dg with the declaration and a description to fill in. Files that are there stay as
/// they are.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet function new billing.remind --parameters \"int id, string email\" --returns string
  freshet function new nightly --connection billing")]
pub struct Arguments {
    /// The function: NAMESPACE.NAME, or NAME
    #[arg(value_name = "NAME")]
    name: String,
    /// The type of what it returns
    #[arg(long, value_name = "TYPE", default_value = "void")]
    returns: String,
    /// Its parameters, as in a declaration: "int id, string email"
    #[arg(long, value_name = "PARAMETERS", default_value = "")]
    parameters: String,
    /// Begin with a call over this connection
    #[arg(long, value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    connection: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let format = arguments.format.format();
    check_name(&arguments.name)?;
    let project = project_here(global, format)?;
    let call = match &arguments.connection {
        Some(link) => {
            let engine = engine(connection_settings(global, Via::Cli)?);
            let snippet = engine.connections().snippet(link, SnippetType::Get, None)?;
            Some(snippet)
        }
        None => None,
    };
    let ast = checked(arguments)?;
    let file = file_of(&project, &ast)?;
    let text = text(arguments, &ast, call.as_deref());
    write_new(&file, &text, &project)?;
    let shown = project.shown(&file);
    match format {
        Format::Json => output::print_json(json!({ "file": shown, "name": arguments.name }))?,
        Format::Human => output::say(&format!(
            "{shown} written; when it is filled in: `freshet function run {}`",
            arguments.name
        )),
    }
    Ok(exit::OK)
}

/// Whether it is the name of a function.
fn check_name(name: &str) -> Result<(), Failure> {
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() <= 2 && parts.iter().all(|part| is_name(part)) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "`{name}` is no name of a function, expected NAMESPACE.NAME or NAME"
    ))
    .help("each part begins with a letter or `_` and goes on with letters, digits and `_`, such as billing.remind"))
}

/// The tree of the declaration without its inside.
///
/// # Errors
/// When name, type and parameters make no declaration: everything that is wrong with them.
fn checked(arguments: &Arguments) -> Result<Ast, Failure> {
    let Arguments {
        name,
        returns,
        parameters,
        ..
    } = arguments;
    let head = format!("{returns} {name}({parameters})");
    let source = SourceFile::new("", format!("{head}\n{{\n}}\n"));
    let parsed = parse(&source, FileId(1));
    let script = Source {
        file: &SourceFile::new("", ""),
        ast: &Ast::new(FileId(0)),
    };
    let declared = Source {
        file: &source,
        ast: &parsed.ast,
    };
    let resolved = resolve::resolve(script, &[declared], Mode::Functions);
    let faults = parsed.diagnostics.iter().chain(&resolved.diagnostics);
    let wrong: Vec<&Diagnostic> = faults.filter(|fault| fault.is_error()).collect();
    let Some(first) = wrong.first() else {
        return match parsed.ast.functions.as_slice() {
            [function] if full_name(function) == *name && parsed.ast.body.is_empty() => {
                Ok(parsed.ast)
            }
            _ => Err(Failure::usage(format!(
                "`{head}` is not the head of one function, expected TYPE NAME(TYPE PARAMETER, …)"
            ))),
        };
    };
    let messages: Vec<&str> = wrong.iter().map(|fault| fault.message.as_str()).collect();
    let failure = Failure {
        code: Some(first.code),
        ..Failure::usage(format!(
            "`{head}` is no declaration: {}",
            messages.join("; ")
        ))
    };
    Err(match &first.help {
        Some(help) => failure.help(help.as_str()),
        None => failure,
    })
}

/// Where the function goes.
///
/// # Errors
/// When there is one of that name.
fn file_of(project: &Project, ast: &Ast) -> Result<PathBuf, Failure> {
    let functions = functions_of(project)?;
    let mut file = project.functions_folder().unwrap_or_default();
    for function in &ast.functions {
        let name = full_name(function);
        let known = functions
            .declarations()
            .find(|(_, known)| full_name(known) == name);
        if let Some((known, declaration)) = known {
            return Err(Failure::usage(format!(
                "there is a function `{name}` already: {}:{}",
                known.source.name(),
                line(known, declaration)
            ))
            .help("change that one, or take another name"));
        }
        if let Some(namespace) = &function.namespace {
            file.push(&*namespace.text);
        }
        file.push(format!("{}.dg", function.name.text));
    }
    Ok(file)
}

fn text(arguments: &Arguments, ast: &Ast, call: Option<&str>) -> String {
    let mut text = String::from("/*\n * What it does, in a line.\n");
    let mut is_void = true;
    for function in &ast.functions {
        is_void = function.returns.kind == TypeKind::Void;
        if !function.parameters.is_empty() {
            text.push_str(" *\n");
        }
        for parameter in &function.parameters {
            text.push_str(&format!(" * @param {} what it is\n", parameter.name.text));
        }
    }
    let Arguments {
        name,
        returns,
        parameters,
        ..
    } = arguments;
    text.push_str(&format!(
        " */\n{returns} {name}({})\n{{\n",
        parameters.trim()
    ));
    for line in call.unwrap_or_default().lines() {
        text.push_str(format!("    {line}").trim_end());
        text.push('\n');
    }
    if !is_void {
        text.push_str("    return null;\n");
    }
    text.push_str("}\n");
    text
}

/// Writes a file that is not there yet.
fn write_new(file: &PathBuf, text: &str, project: &Project) -> Result<(), Failure> {
    let shown = project.shown(file);
    let failed = |cause: std::io::Error| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{shown} is there already, and stays as it is"))
                .help("write the function into it, or take another name")
        }
        _ => Failure::io(format!("cannot write {shown}"), &cause),
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .map_err(failed)?;
    made.write_all(text.as_bytes()).map_err(failed)
}
