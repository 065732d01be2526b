//! `freshet registry backup`.

use std::path::PathBuf;

use clap::Args;
use freshet_connections::Connections;
use serde_json::json;

use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};

/// Copy the registry, whole whatever is written meanwhile
///
/// Into backups/ beside it, where the newest three are kept, or to a file of your choice. Secrets stay sealed: a copy is
/// of use only together with the key.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet registry backup
  freshet registry backup --output registry.copy.db --json")]
pub struct Arguments {
    /// Where to, in place of backups/; nothing may be there yet
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let backup = connections.back_up(arguments.output.as_deref())?;
    let path = backup.display().to_string();
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "backup": path }))?,
        Format::Human => output::print(&format!("Copied the registry to {path}.\n"))?,
    }
    Ok(exit::OK)
}
