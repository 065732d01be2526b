//! `freshet service remove`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::Connections;
use serde_json::json;

use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};
use crate::secrets::{confirm, not_confirmed};

/// Remove a custom service with its clients
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service remove my_api
  freshet service remove my_api --yes --json")]
pub struct Arguments {
    /// The service
    #[arg(value_name = "SERVICE", add = ArgValueCandidates::new(completions::service_names))]
    service: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let service = &arguments.service;
    let view = connections.service(service)?;
    let removable = !view.service.is_default && view.connections.is_empty();
    if removable && !arguments.yes && !confirm(&format!("Remove {service} and its clients?"))? {
        return Err(not_confirmed());
    }
    connections.remove_service(service)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "removed": service }))?,
        Format::Human => output::print(&format!("Removed {service}.\n"))?,
    }
    Ok(exit::OK)
}
