//! `freshet registry`: the file with services, connections and sealed secrets.

mod backup;
mod check;
mod recover;

use clap::Subcommand;
use freshet_connections::Via;

use super::{Global, connection_settings, engine};
use crate::exit::Outcome;

/// The file with services, connections and sealed secrets
///
/// It is $XDG_DATA_HOME/freshet/registry.db unless --registry or FRESHET_REGISTRY names another.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  freshet registry backup
  freshet registry check")]
pub enum Command {
    Backup(backup::Arguments),
    Check(check::Arguments),
    Recover(recover::Arguments),
}

/// Runs the command.
pub fn run(command: Command, global: &Global) -> Outcome {
    let engine = engine(connection_settings(global, Via::Cli)?);
    let connections = engine.connections();
    if !matches!(command, Command::Check(_)) {
        connections.may_manage()?;
    }
    match command {
        Command::Backup(arguments) => backup::run(&arguments, connections),
        Command::Check(arguments) => check::run(&arguments, connections),
        Command::Recover(arguments) => recover::run(&arguments, connections),
    }
}
