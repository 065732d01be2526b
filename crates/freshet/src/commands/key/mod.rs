//! `freshet key`: the key that seals the secrets of the registry.

mod rotate;

use clap::Subcommand;
use freshet_connections::Via;

use super::{Global, connection_settings, engine};
use crate::exit::Outcome;

/// The key that seals the secrets of the registry
///
/// It is made at the first start and lies beside the registry, in a file that only you can read. FRESHET_KEY_FILE
/// names another file; FRESHET_KEY holds the key itself.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  freshet key rotate
  freshet key rotate --json")]
pub enum Command {
    Rotate(rotate::Arguments),
}

/// Runs the command.
pub fn run(command: Command, global: &Global) -> Outcome {
    let engine = engine(connection_settings(global, Via::Cli)?);
    let connections = engine.connections();
    connections.may_manage()?;
    match command {
        Command::Rotate(arguments) => rotate::run(&arguments, connections),
    }
}
