//! `freshet service import`.

use std::path::PathBuf;

use clap::Args;
use freshet_connections::Connections;
use serde_json::json;

use super::{service_json, validate};
use crate::commands::conflict::{self, OnConflictArgument};
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};
use crate::secrets::tell_loss;

/// Add services of your own from what an export wrote, or from a definition
///
/// Asks before connections lose their authorisation, since a service that is replaced has other addresses.
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
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let text = validate::read(&arguments.file)?;
    let name = arguments.file.to_string_lossy();
    let on_conflict = arguments.on_conflict.chosen();
    let plan = connections.plan_service_import(&name, &text, on_conflict)?;
    conflict::agree(
        &plan.items,
        &plan.affected,
        &[],
        &plan.clients,
        arguments.yes,
    )?;
    let imported = connections.import_services(&name, &text, on_conflict)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({
            "services": imported.services.iter().map(service_json).collect::<Vec<_>>(),
        }))?,
        Format::Human => {
            let lines = imported.items.iter().map(|item| conflict::line(item, ""));
            output::print(&lines.collect::<String>())?;
        }
    }
    tell_loss(&imported.affected);
    Ok(exit::OK)
}
