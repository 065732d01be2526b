//! `freshet config`: the settings that hold.

pub mod show;

use clap::Subcommand;

use super::Global;
use crate::exit::Outcome;

/// Settings of the project and of the user
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  freshet config show
  freshet config show --origin --project shop")]
pub enum Command {
    Show(show::Arguments),
}

/// Runs the command.
pub fn run(command: Command, global: &Global) -> Outcome {
    match command {
        Command::Show(arguments) => show::run(&arguments, global),
    }
}
