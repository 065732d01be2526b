//! `freshet connection revoke`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ConnectionView, Revoked};
use freshet_runtime::engine::Engine;
use serde_json::json;

use super::connection_json;
use crate::commands::{completions, wait};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::secrets::{confirm, not_confirmed};

/// End the tokens of a connection at its service, and delete them
///
/// They are deleted whatever the service answers. The client and all values stay: connecting it again makes it work.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection revoke billing --yes
  freshet connection revoke billing --local --yes   (without telling the service)")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    /// Delete them here only, without telling the service
    #[arg(long)]
    local: bool,
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
    if !arguments.yes && !confirm(&format!("End the access of {link}?"))? {
        return Err(not_confirmed());
    }
    let revoked = revoke(engine, &view, arguments.local)?;
    let view = connections.show_again(&view, &view.owner)?;
    let link = &view.link_name;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({
            "connection": connection_json(&view),
            "revoked": { "access": revoked.access, "refresh": revoked.refresh },
        }))?,
        Format::Human => {
            let what = match (revoked.refresh, revoked.access) {
                (true, true) => "refresh token and access token were ended at the service",
                (true, false) => "its refresh token was ended at the service",
                (false, true) => "its access token was ended at the service",
                (false, false) if revoked.deleted => "its tokens were deleted here only",
                (false, false) => {
                    "no token is kept for it; what was entered stays here, and is not sent until it is connected again"
                }
            };
            output::print(&format!("Revoked {link}: {what}.\n"))?;
            output::say(&format!("next: freshet connection reconnect {link}"));
        }
    }
    Ok(exit::OK)
}

/// Revokes a connection, and tells what a person should know about it.
pub fn revoke(engine: &Engine, view: &ConnectionView, local: bool) -> Result<Revoked, Failure> {
    let revoked = wait(engine, engine.connections().revoke(&view.link_name, local))??;
    for warning in &revoked.warnings {
        let (message, code) = (visible(warning.message()), warning.code());
        output::say(&format!("warning: {message} ({code})"));
    }
    if revoked.untold {
        let service = visible(&view.service_name);
        output::say(&format!(
            "{service} cannot be told: end the access in your account there, if it is to end"
        ));
    }
    Ok(revoked)
}
