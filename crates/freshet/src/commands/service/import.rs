//! `freshet service import`.

use std::path::PathBuf;

use clap::Args;
use freshet_connections::Connections;
use serde_json::json;

use super::{service_json, validate};
use crate::commands::conflict::{self, OnConflictArgument};
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};

/// Add services of your own from what an export wrote, or from a definition
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service import my_api.toml
  freshet service export stripe | freshet service import - --on-conflict rename")]
pub struct Arguments {
    /// The definitions (TOML), or - for standard input
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    #[command(flatten)]
    on_conflict: OnConflictArgument,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let text = validate::read(&arguments.file)?;
    let name = arguments.file.to_string_lossy();
    let (items, views) =
        connections.import_services(&name, &text, arguments.on_conflict.chosen())?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({
            "services": views.iter().map(service_json).collect::<Vec<_>>(),
        }))?,
        Format::Human => {
            let lines: Vec<String> = items.iter().map(|item| conflict::line(item, "")).collect();
            output::print(&lines.concat())?;
        }
    }
    Ok(exit::OK)
}
