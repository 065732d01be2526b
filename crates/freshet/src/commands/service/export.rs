//! `freshet service export`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ConnectionError, Connections, ServiceView};
use serde_json::{Value, json};

use super::service_json;
use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, counted, visible};

/// Write the definitions of services, without clients
///
/// The export of one service is its definition; several stand one after the other, each behind a line with its name.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service export my_api --output my_api.toml
  freshet service export stripe openai > services.toml")]
pub struct Arguments {
    /// The services
    #[arg(required = true, value_name = "SERVICE", add = ArgValueCandidates::new(completions::service_names))]
    services: Vec<String>,
    /// The file to write; by default standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let text = connections.export_services(&arguments.services)?;
    let views: Vec<ServiceView> = arguments
        .services
        .iter()
        .map(|service| connections.service(service))
        .collect::<Result<_, _>>()?;
    if let Some(path) = &arguments.output {
        output::write_private(path, text.as_bytes())
            .map_err(|cause| ConnectionError::not_written(path, &cause))?;
    }
    match (arguments.format.format(), &arguments.output) {
        (Format::Json, _) => output::print_json(json!({
            "services": views.iter().map(with_definition).collect::<Vec<_>>(),
        }))?,
        (Format::Human, None) => output::print(&text)?,
        (Format::Human, Some(path)) => output::print(&format!(
            "Exported {} to {}.\n",
            counted(views.len(), "service"),
            visible(&path.display().to_string())
        ))?,
    }
    Ok(exit::OK)
}

fn with_definition(view: &ServiceView) -> Value {
    let mut service = service_json(view);
    service["definition"] = json!(view.service.definition);
    service
}
