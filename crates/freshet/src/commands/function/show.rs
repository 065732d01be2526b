//! `freshet function show`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_runtime::arguments::type_word;
use freshet_runtime::project::{FunctionFile, full_name};
use freshet_syntax::ast::Function;

use super::{
    described, document, functions_of, line, project_here, signature, unknown, warn_of_broken,
};
use crate::commands::{Global, completions};
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// Show a function: signature, description, source
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet function show billing.remind
  freshet function show billing.remind --format json")]
pub struct Arguments {
    /// The function, with its namespace
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(completions::function_names))]
    name: String,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let format = arguments.format.format();
    let project = project_here(global, format)?;
    let functions = functions_of(&project)?;
    let found: Vec<(&FunctionFile, &Function)> = functions
        .declarations()
        .filter(|(_, function)| full_name(function) == arguments.name)
        .collect();
    let [(file, function), ..] = found.as_slice() else {
        warn_of_broken(functions, format);
        return Err(unknown(&arguments.name, &project, functions));
    };
    match format {
        Format::Json => {
            let mut document = document(file, function);
            document["source"] = source(file, function).into();
            output::print_json(document)?;
        }
        Format::Human => {
            let shown: Vec<String> = found
                .iter()
                .map(|(file, function)| page(file, function))
                .collect();
            output::print(&shown.join("\n"))?;
        }
    }
    Ok(exit::OK)
}

/// The text of a declaration.
fn source<'f>(file: &'f FunctionFile, function: &Function) -> &'f str {
    let span = function.span;
    let place = span.start as usize..span.end as usize;
    file.source.text().get(place).unwrap_or_default()
}

fn page(file: &FunctionFile, function: &Function) -> String {
    let mut page = format!(
        "{}\n  {}:{}\n",
        signature(function),
        file.source.name(),
        line(file, function)
    );
    let description = described(function);
    if !description.text.is_empty() {
        page.push_str(&format!("\n{}\n", visible(&description.text)));
    }
    let rows: Vec<(&str, &str, &str)> = function
        .parameters
        .iter()
        .map(|parameter| {
            let name = &*parameter.name.text;
            let said = description.parameter(name).unwrap_or_default();
            (name, type_word(parameter.type_name.kind), said)
        })
        .collect();
    if !rows.is_empty() {
        let width = |cell: fn(&(&str, &str, &str)) -> usize| rows.iter().map(cell).max();
        let names = width(|row| row.0.chars().count()).unwrap_or(0);
        let types = width(|row| row.1.chars().count()).unwrap_or(0);
        page.push('\n');
        for (name, kind, said) in &rows {
            let row = format!("  {name:names$}  {kind:types$}  {}", visible(said));
            page.push_str(row.trim_end());
            page.push('\n');
        }
    }
    page.push_str(&format!(
        "\n{}\n",
        visible(source(file, function).trim_end())
    ));
    page
}
