//! `freshet connection disable` and `enable`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::Connections;
use serde_json::json;

use super::connection_json;
use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};

/// What both need.
#[derive(Args)]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    #[command(flatten)]
    format: FormatArguments,
}

/// Keep scripts from using a connection; nothing is lost
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection disable billing
  freshet connection disable billing --json")]
pub struct Disable {
    #[command(flatten)]
    pub arguments: Arguments,
}

/// Let scripts use a connection again
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection enable billing
  freshet connection enable billing --json")]
pub struct Enable {
    #[command(flatten)]
    pub arguments: Arguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, disable: bool, connections: &Connections) -> Outcome {
    let link = &arguments.link;
    let view = if disable {
        connections.disable(link)?
    } else {
        connections.enable(link)?
    };
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "connection": connection_json(&view) }))?,
        Format::Human => output::print(&format!("{link} is {}.\n", view.status.as_str()))?,
    }
    Ok(exit::OK)
}
