//! `freshet function list`.

use clap::Args;
use serde_json::{Value, json};

use super::{described, document, functions_of, line, project_here, signature, warn_of_broken};
use crate::commands::Global;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};

/// List the functions of the project
///
/// Each with its signature, its place, and the first line of its description.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet function list
  freshet function list --project shop --format json")]
pub struct Arguments {
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let format = arguments.format.format();
    let project = project_here(global, format)?;
    let functions = functions_of(&project)?;
    warn_of_broken(functions, format);
    if format == Format::Json {
        let listed: Vec<Value> = functions
            .declarations()
            .map(|(file, function)| document(file, function))
            .collect();
        output::print_json(json!({ "functions": listed }))?;
        return Ok(exit::OK);
    }
    let rows: Vec<Vec<String>> = functions
        .declarations()
        .map(|(file, function)| {
            let first = described(function);
            let first = first.text.lines().next().unwrap_or_default();
            let place = format!("{}:{}", file.source.name(), line(file, function));
            vec![signature(function), place, output::visible(first)]
        })
        .collect();
    if rows.is_empty() {
        output::say("there are no functions yet: `freshet function new NAME` begins one");
    } else {
        output::print(&output::table(&["FUNCTION", "PLACE", "DESCRIPTION"], &rows))?;
    }
    Ok(exit::OK)
}
