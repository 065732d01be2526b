//! `freshet help`: about a command, a function of the language, or exit codes.

use clap::Args;

use super::command_line;
use crate::exit::{self, Failure, Outcome};
use crate::{help, output};

/// Tell about a command, a function of the language, or exit codes
///
/// Tasks and system variables are told about as well. A function may be named with the type it is called on, as in
/// `list.sort`. A command of the same name wins.
#[derive(Args, Default)]
#[command(after_help = "\
Examples:
  freshet help connection add
  freshet help indexOf
  freshet help list.sort
  freshet help zoho.currentdate
  freshet help --search encode      functions by name, description and what others call them
  freshet help exit-codes")]
pub struct Arguments {
    /// A command with its sub-command, a function, task or system variable, or exit-codes
    #[arg(value_name = "TOPIC", conflicts_with = "search")]
    topic: Vec<String>,
    /// What has this word in its name or description, or is called so elsewhere; the best first
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
        output::print(&help::search(word, help::width())?)?;
        return Ok(exit::OK);
    }
    let mut command = command_line();
    if let Some(first) = arguments.topic.first()
        && command.find_subcommand(first).is_none()
    {
        output::print(&function(&command, &arguments.topic)?)?;
        return Ok(exit::OK);
    }
    for (at, name) in arguments.topic.iter().enumerate() {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| unknown(&command, &arguments.topic[..at], name))?;
    }
    let topic = arguments.topic.iter().map(String::as_str);
    let asked = ["freshet"].into_iter().chain(topic).chain(["--help"]);
    // The library gives help as an error, in the form that `--help` shows.
    if let Err(help) = command_line().try_get_matches_from(asked) {
        output::print(&help.render().to_string())?;
    }
    Ok(exit::OK)
}

/// The pages of a function; two words may be a type and a function of it.
fn function(commands: &clap::Command, words: &[String]) -> Result<String, Failure> {
    let names = match words {
        [name] => vec![name.clone()],
        [one, other] => vec![format!("{one}.{other}"), format!("{other}.{one}")],
        _ => Vec::new(),
    };
    let pages = names
        .iter()
        .find_map(|name| help::pages(name, help::width()));
    pages.ok_or_else(|| match words {
        [name] => unknown(commands, &[], name),
        _ => {
            let words = words.join(" ");
            Failure::usage(format!("there is no command or function `{words}`")).help(
                "name one function, with the type it is called on where several have it: `freshet help list.add`",
            )
        }
    })
}

/// `path`: the words that name the parent.
fn unknown(parent: &clap::Command, path: &[String], name: &str) -> Failure {
    let known: Vec<&str> = parent
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    let commands = known.join(", ");
    let path = path.join(" ");
    match (path.is_empty(), known.is_empty()) {
        (true, _) => {
            // A function of the project is called with its namespace, those of the language are not.
            let of_project = match name.contains('.') && !name.starts_with("zoho.") {
                true => format!("one of the project: `freshet function show {name}`; "),
                false => String::new(),
            };
            Failure::usage(format!("there is no command or function `{name}`")).help(format!(
                "{of_project}{}; the commands are {commands}, and there is exit-codes",
                help::advice(name, name)
            ))
        }
        (false, true) => Failure::usage(format!("`{path}` has no command `{name}`"))
            .help(format!("`freshet {path} --help` tells what it takes")),
        (false, false) => Failure::usage(format!("`{path}` has no command `{name}`"))
            .help(format!("there are {commands}")),
    }
}
