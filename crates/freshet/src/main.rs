//! The command line of Freshet.
//!
//! `main.rs` reads the command, `commands/` has one file a command, `report.rs` shows what is wrong with a script,
//! `exit.rs` knows the exit codes. Everything the commands do is done by the crates below.

mod allocator;
mod browser;
mod commands;
mod demo;
mod exit;
mod explain;
mod help;
mod log;
mod output;
mod repl;
mod report;
mod script;
mod secrets;
mod signal;
mod terminal;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, FromArgMatches, Subcommand};
use freshet_runtime::fault;

use crate::commands::{Cli, Command};
use crate::exit::{Failure, Outcome};
use crate::output::{Color, Format};

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

fn main() -> ExitCode {
    fault::install_hook();
    signal::ignore_file_size();
    clap_complete::CompleteEnv::with_factory(commands::command_line).complete();
    let arguments: Vec<OsString> = env::args_os().collect();
    let (format, color) = (wanted_format(&arguments), wanted_color(&arguments));
    let outcome = fault::catch(|| start(arguments, format, color)).unwrap_or_else(|fault| {
        Err(Failure::internal(format!(
            "a fault of Freshet at {}",
            fault.place
        )))
    });
    ExitCode::from(outcome.unwrap_or_else(|failure| {
        output::tell(&failure, format, color.on_stderr());
        failure.exit
    }))
}

fn start(arguments: Vec<OsString>, format: Format, color: Color) -> Outcome {
    log::start();
    let choice = match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    let parsed = commands::command_line()
        .color(choice)
        .try_get_matches_from(with_implied_command(arguments))
        .and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => commands::dispatch(cli),
        Err(error) => not_parsed(&error, format),
    }
}

/// Help that was asked for, or a usage error.
fn not_parsed(error: &clap::Error, format: Format) -> Outcome {
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if format == Format::Json && !is_help {
        let text = error.render().to_string();
        let message = text.trim().strip_prefix("error: ").unwrap_or(text.trim());
        let failure = Failure::usage(message);
        return Err(match variable_of(error) {
            Some(note) => failure.help(note),
            None => failure,
        });
    }
    // A closed pipe is no failure, and for others there is nowhere to tell of it.
    let _ = error.print();
    if let Some(note) = variable_of(error) {
        output::say(&note);
    }
    Ok(if error.kind() == ErrorKind::DisplayHelp {
        exit::OK
    } else {
        exit::USAGE
    })
}

/// Where a wrong value comes from that nobody wrote on the command line.
fn variable_of(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let wrong = text(ContextKind::InvalidValue)?;
    let option = text(ContextKind::InvalidArg)?.strip_prefix("--")?;
    let option = option.split([' ', '=', '[']).next()?;
    let is_typed = env::args_os().skip(1).any(|argument| {
        let argument = argument.to_string_lossy();
        let name = argument.split('=').next().unwrap_or_default();
        name.strip_prefix("--") == Some(option)
    });
    let ending = option.to_uppercase().replace('-', "_");
    let (name, _) = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|_| !is_typed)
        .find(|(name, value)| {
            name.starts_with("FRESHET_")
                && name.ends_with(&ending)
                && (value == wrong || value.split(',').any(|one| one == wrong))
        })?;
    Some(format!("the value is that of {name} of the environment"))
}

/// `freshet FILE` is `freshet run FILE`; without a command, a person gets the REPL and a pipe is run.
fn with_implied_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let Some(place) = first_positional(&arguments) else {
        let only_global = arguments.iter().skip(1).all(|argument| {
            !matches!(
                argument.to_str(),
                Some("-h" | "--help" | "-V" | "--version" | "--verbose")
            )
        });
        if only_global {
            let implied: &[&str] = if io::stdin().is_terminal() {
                &["repl"]
            } else {
                &["run", "-"]
            };
            arguments.extend(implied.iter().map(OsString::from));
        }
        return arguments;
    };
    if arguments.get(place).is_some_and(|first| is_script(first)) {
        arguments.insert(place, OsString::from("run"));
    }
    arguments
}

/// Where the first argument stands that is no global option.
fn first_positional(arguments: &[OsString]) -> Option<usize> {
    let mut place = 1;
    loop {
        let argument = arguments.get(place)?;
        match argument.to_str() {
            Some("--color" | "--registry" | "--project" | "--config") => place += 2,
            Some(option) if option.starts_with('-') && option != "-" => place += 1,
            _ => return Some(place),
        }
    }
}

fn is_script(argument: &OsStr) -> bool {
    let Some(text) = argument.to_str() else {
        return true;
    };
    if Command::has_subcommand(text) {
        return false;
    }
    text == "-" || text.ends_with(".dg") || text.contains('/') || Path::new(text).exists()
}

/// Whether failures are told as JSON: known before the command is, so that a wrong command is told so too.
fn wanted_format(arguments: &[OsString]) -> Format {
    let by_option = arguments
        .iter()
        .any(|argument| argument == "--json" || argument == "--format=json" || argument == "--format=jsonl")
        || arguments
            .windows(2)
            .any(|pair| matches!(pair, [option, value] if option == "--format" && (value == "json" || value == "jsonl")));
    let by_variable =
        env::var("FRESHET_FORMAT").is_ok_and(|format| format == "json" || format == "jsonl");
    if by_option || by_variable {
        Format::Json
    } else {
        Format::Human
    }
}

fn wanted_color(arguments: &[OsString]) -> Color {
    let after = arguments.windows(2).find_map(|pair| match pair {
        [option, value] if option == "--color" => value.to_str().map(str::to_owned),
        _ => None,
    });
    let joined = arguments.iter().find_map(|argument| {
        argument
            .to_str()?
            .strip_prefix("--color=")
            .map(str::to_owned)
    });
    match after
        .or(joined)
        .or_else(|| env::var("FRESHET_COLOR").ok())
        .as_deref()
    {
        Some("always") => Color::Always,
        Some("never") => Color::Never,
        _ => Color::Auto,
    }
}
