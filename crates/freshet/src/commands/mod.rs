//! The commands, one file each: its arguments, its help with examples, and what it does.

pub mod check;
pub mod completions;
pub mod conflict;
pub mod connection;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod help;
pub mod key;
pub mod limit;
mod mail;
pub mod registry;
pub mod repl;
pub mod run;
pub mod service;
mod version;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use freshet_connections::{Connections, Settings as ConnectionSettings, Via};
use freshet_interpreter::library::builtin::Settings;
use freshet_runtime::engine::Engine;

use crate::exit::{Failure, Outcome};
use crate::output::Color;

/// Runs Deluge scripts that call APIs over stored connections.
#[derive(Parser)]
#[command(
    name = "freshet",
    disable_help_subcommand = true,
    disable_version_flag = true,
    max_term_width = 100,
    after_help = "\
Examples:
  freshet demo                      see it work, without setting anything up
  freshet report.dg customer=42     run a script with an argument
  freshet connection add crm --service hubspot_token --connect
  freshet                           try things out (REPL)

`freshet help COMMAND` tells more, `freshet help exit-codes` about exit codes."
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    /// Print the version
    #[arg(short = 'V', long)]
    version: bool,
    /// With --version: also target and SQLite version
    #[arg(long, requires = "version")]
    verbose: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Colours on standard error: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, env = "FRESHET_COLOR", value_name = "WHEN", hide_possible_values = true)]
    pub color: Color,
    /// The file with services, connections and sealed secrets
    #[arg(long, global = true, env = "FRESHET_REGISTRY", value_name = "PATH")]
    pub registry: Option<PathBuf>,
}

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    Run(Box<run::Arguments>),
    Check(check::Arguments),
    Repl(repl::Arguments),
    #[command(subcommand)]
    Connection(connection::Command),
    #[command(subcommand)]
    Service(service::Command),
    #[command(subcommand)]
    Key(key::Command),
    #[command(subcommand)]
    Registry(registry::Command),
    Demo(demo::Arguments),
    Doctor(doctor::Arguments),
    Explain(explain::Arguments),
    Completions(completions::Arguments),
    Help(help::Arguments),
}

/// Does what was asked for.
pub fn dispatch(cli: Cli) -> Outcome {
    let Cli {
        global,
        version,
        verbose,
        command,
    } = cli;
    if version {
        return version::print(verbose);
    }
    match command {
        Some(Command::Run(arguments)) => run::run(&arguments, &global),
        Some(Command::Check(arguments)) => check::run(&arguments, &global),
        Some(Command::Repl(arguments)) => repl::run(&arguments, &global),
        Some(Command::Connection(command)) => connection::run(command, &global),
        Some(Command::Service(command)) => service::run(command, &global),
        Some(Command::Key(command)) => key::run(command, &global),
        Some(Command::Registry(command)) => registry::run(command, &global),
        Some(Command::Demo(arguments)) => demo::run(&arguments, &global),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments, &global),
        Some(Command::Explain(arguments)) => explain::run(&arguments),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Help(arguments)) => help::run(&arguments),
        None => help::run(&help::Arguments::default()),
    }
}

/// The settings of connections that options and environment give.
///
/// # Errors
/// A variable of the environment has a wrong value.
pub fn connection_settings(global: &Global, via: Via) -> Result<ConnectionSettings, Failure> {
    let mut settings = ConnectionSettings::from_environment(via)?;
    if let Some(registry) = &global.registry {
        settings.registry = Some(registry.clone());
    }
    Ok(settings)
}

/// An engine over those settings. Nothing is opened before it is needed.
pub fn engine(settings: ConnectionSettings) -> Engine {
    Engine::new(Connections::new(settings), Settings::default())
}

/// `NAME=VALUE` options.
pub fn pairs(options: &[String], flag: &str) -> Result<BTreeMap<String, String>, Failure> {
    options
        .iter()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            // What stands there may be a secret given in the wrong place, so it is not shown.
            None => Err(Failure::usage(format!("{flag}: expected NAME=VALUE"))),
        })
        .collect()
}

/// Waits for something that needs the network.
pub fn wait<F: Future>(engine: &Engine, future: F) -> Result<F::Output, Failure> {
    engine
        .wait(future)
        .map_err(|cause| Failure::internal(format!("no threads for the network: {cause}")))
}
