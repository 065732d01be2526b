//! `freshet help`: about a command, a function of the language, or exit codes.

use clap::Args;

use super::command_line;
use crate::exit::{self, Failure, Outcome};
use crate::{help, output};

/// Tell about a command, a function of the language, or exit codes
///
/// A function may be named with the type it is called on, as in `list.sort`. A command of the same name wins.
#[derive(Args, Default)]
#[command(after_help = "\
Examples:
  freshet help connection add
  freshet help indexOf
  freshet help list.sort
  freshet help --search encode      functions by name, description and what others call them
  freshet help exit-codes")]
pub struct Arguments {
    /// A command with its sub-command, a function or task, or exit-codes
    #[arg(value_name = "TOPIC", conflicts_with = "search")]
    topic: Vec<String>,
    /// Functions and tasks that have this word in their name or description
    #[arg(long, value_name = "WORD")]
    search: Option<String>,
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
    if let Some(word) = &arguments.search {
        let found = help::found(word).ok_or_else(|| {
            Failure::usage(format!("nothing is called or described with `{word}`"))
                .help("try a shorter word, or another one for the same")
        })?;
        output::print(&found)?;
        return Ok(exit::OK);
    }
    let mut command = command_line();
    if let [name] = arguments.topic.as_slice()
        && command.find_subcommand(name).is_none()
        && let Some(pages) = help::pages(name, help::WIDTH)
    {
        output::print(&pages)?;
        return Ok(exit::OK);
    }
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
    let commands = known.join(", ");
    if parent.get_name() != "freshet" {
        let message = format!("`{}` has no command `{name}`", parent.get_name());
        return Failure::usage(message).help(format!("there are {commands}"));
    }
    Failure::usage(format!("there is no command or function `{name}`")).help(format!(
        "{}; the commands are {commands}, and there is exit-codes",
        help::advice(name, name)
    ))
}
