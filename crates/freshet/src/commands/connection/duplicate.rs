//! `freshet connection duplicate`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{Connections, Status};
use serde_json::json;

use super::connection_json;
use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};

/// Make a second connection like one that is there
///
/// Tokens are never copied: two holders of one token that changes at every renewal would lock each other out.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection duplicate billing billing_test
  freshet connection duplicate billing billing_test --with-secrets --json")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    /// Link name of the new one
    #[arg(value_name = "NEW")]
    new: String,
    /// With the keys and passwords that were entered for it
    #[arg(long)]
    with_secrets: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let view = connections.duplicate(&arguments.link, &arguments.new, arguments.with_secrets)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "connection": connection_json(&view) }))?,
        Format::Human => {
            let next = match view.status {
                Status::Authorised => String::new(),
                _ => format!("next: freshet connection connect {}\n", view.link_name),
            };
            output::print(&format!(
                "Created {} ({}).\n{next}",
                view.link_name, view.service_name
            ))?;
        }
    }
    Ok(exit::OK)
}
