//! `freshet help`: about a command, or about exit codes.

use clap::Args;

use super::command_line;
use crate::exit::{self, Failure, Outcome};
use crate::output;

/// Tell about a command, or about exit codes
#[derive(Args, Default)]
#[command(after_help = "\
Examples:
  freshet help connection add
  freshet help exit-codes")]
pub struct Arguments {
    /// A command with its sub-command, or exit-codes
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    if arguments.topic == ["exit-codes"] {
        let rows: Vec<Vec<String>> = exit::TABLE
            .iter()
            .map(|(code, meaning)| vec![code.to_string(), (*meaning).to_owned()])
            .collect();
        output::print(&output::table(&["CODE", "MEANING"], &rows))?;
        return Ok(exit::OK);
    }
    let mut command = command_line();
    for name in &arguments.topic {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| unknown(&command, name))?;
    }
    let topic = arguments.topic.iter().map(String::as_str);
    let asked = ["freshet"].into_iter().chain(topic).chain(["--help"]);
    // The library gives help as an error, in the form that `--help` shows.
    if let Err(help) = command_line().try_get_matches_from(asked) {
        output::print(&help.render().to_string())?;
    }
    Ok(exit::OK)
}

fn unknown(parent: &clap::Command, name: &str) -> Failure {
    let known: Vec<&str> = parent
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    Failure::usage(format!("there is no command `{name}`"))
        .help(format!("there are {} and exit-codes", known.join(", ")))
}
