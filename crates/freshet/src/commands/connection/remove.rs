//! `freshet connection remove`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ConnectionError, Status};
use freshet_runtime::engine::Engine;
use serde_json::json;

use super::{mentions, revoke, tell_not_ended};
use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::secrets::{ask, can_ask, not_confirmed};

/// Remove a connection with its credential
///
/// Asks for the link name, unless --yes is given. Entries of the log stay. Where each owner has a credential, --revoke
/// ends the tokens of yours alone.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection remove billing
  freshet connection remove billing --yes --json
  freshet connection remove billing --revoke --yes")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    /// End its tokens at the service first
    #[arg(long)]
    revoke: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, engine: &Engine) -> Outcome {
    let link = &arguments.link;
    let connections = engine.connections();
    let view = connections.show(link)?;
    let scripts = mentions::scripts(link);
    if !arguments.yes && !can_ask() {
        return Err(if scripts.is_empty() {
            ConnectionError::no_terminal(&format!("a confirmation: Remove {link}?"), "--yes")
        } else {
            ConnectionError::used_by_scripts(link, &scripts)
        }
        .into());
    }
    if !scripts.is_empty() {
        output::say(&format!(
            "warning: `{link}` is named in {}",
            visible(&scripts.join(", "))
        ));
    }
    if !arguments.yes && ask(&format!("Type {link} to remove it"), None, "--yes")? != *link {
        return Err(not_confirmed());
    }
    // What never had a credential has no tokens, unless those of a consent that waits for a choice.
    let worked = view.authorised_at.is_some() && view.status != Status::Created;
    if arguments.revoke && (worked || !connections.choices(link)?.is_empty()) {
        revoke::revoke(engine, &view, false)?;
    }
    let others = connections.other_owners(link)?;
    connections.remove(link)?;
    if arguments.revoke {
        tell_not_ended(&others, &view.service_name);
    }
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "removed": link }))?,
        Format::Human => output::print(&format!("Removed {link}.\n"))?,
    }
    Ok(exit::OK)
}
