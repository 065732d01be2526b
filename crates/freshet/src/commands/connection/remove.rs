//! `freshet connection remove`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ConnectionError, Connections};
use serde_json::json;

use super::mentions;
use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};
use crate::secrets::{ask, can_ask, not_confirmed};

/// Remove a connection with its credential
///
/// Asks for the link name, unless --yes is given. Entries of the log stay.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection remove billing
  freshet connection remove billing --yes --json")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let link = &arguments.link;
    connections.show(link)?;
    if !arguments.yes {
        if !can_ask() {
            return Err(ConnectionError::no_terminal("a confirmation", "--yes").into());
        }
        let scripts = mentions::scripts(link);
        if !scripts.is_empty() {
            output::say(&format!("`{link}` is named in {}", scripts.join(", ")));
        }
        if ask(&format!("Type {link} to remove it"), None, "--yes")? != *link {
            return Err(not_confirmed());
        }
    }
    connections.remove(link)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "removed": link }))?,
        Format::Human => output::print(&format!("Removed {link}.\n"))?,
    }
    Ok(exit::OK)
}
