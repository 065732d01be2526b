//! The commands, one file each: its arguments, its help with examples, and what it does.

pub mod batch;
pub mod check;
pub mod completions;
pub mod config;
pub mod conflict;
pub mod connection;
pub mod console;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod function;
pub mod help;
pub mod init;
pub mod key;
mod mail;
mod means;
pub mod registry;
pub mod repl;
pub mod run;
pub mod service;
mod version;
mod view;
mod watch;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand};
use freshet_connections::{Connections, Settings as ConnectionSettings, Via};
use freshet_interpreter::library::builtin::Settings;
use freshet_runtime::engine::Engine;
use freshet_runtime::project::{Project, ProjectError, Wanted, switch};

use crate::exit::{Failure, Outcome};
use crate::output::{self, Color, Format};

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

/// The command line, with a variable of the environment for each option. Options of one command have its name in that
/// of their variable, since options of other commands are called the same: `FRESHET_CONNECTION_LIST_STATUS`.
pub fn command_line() -> clap::Command {
    Cli::command().mut_subcommands(|command| with_variables(command, "FRESHET"))
}

fn with_variables(command: clap::Command, prefix: &str) -> clap::Command {
    let in_capitals = |name: &str| name.to_uppercase().replace('-', "_");
    let prefix = format!("{prefix}_{}", in_capitals(command.get_name()));
    command
        .mut_args(|option| {
            let Some(name) = option.get_long().map(in_capitals) else {
                return option;
            };
            // `--json` is a short form of `--format json`, which has a variable.
            if option.get_env().is_some() || name == "JSON" {
                return option;
            }
            let option = match option.get_action() {
                ArgAction::SetTrue => option.value_parser(read_switch),
                _ => option,
            };
            option.env(format!("{prefix}_{name}")).hide_env_values(true)
        })
        .mut_subcommands(|command| with_variables(command, &prefix))
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
    /// The folder of the project, instead of looking for one above the script
    #[arg(
        long,
        global = true,
        env = "FRESHET_PROJECT",
        value_name = "FOLDER",
        conflicts_with = "isolated"
    )]
    pub project: Option<PathBuf>,
    /// Ignore projects and the user's settings
    #[arg(long, global = true, env = "FRESHET_ISOLATED", value_parser = read_switch)]
    pub isolated: bool,
    /// The user's settings, instead of config.toml in the configuration folder
    #[arg(long, global = true, env = "FRESHET_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl Global {
    /// The project to which `start` belongs, a script or a folder; `-`, as a script, belongs to the current folder.
    ///
    /// # Errors
    /// When its settings cannot be used.
    pub fn find_project(&self, start: &Path) -> Result<Project, Failure> {
        Ok(self.look_for_project(start)?)
    }

    /// The same, with everything that is wrong with the settings apart.
    ///
    /// # Errors
    /// When its settings cannot be used.
    pub fn look_for_project(&self, start: &Path) -> Result<Project, ProjectError> {
        let start = match start.as_os_str() == "-" {
            true => Path::new("."),
            false => start,
        };
        let wanted = Wanted {
            project: self.project.clone(),
            isolated: self.isolated,
            config: self.config.clone(),
        };
        Project::find(start, &wanted)
    }
}

/// Shows what is odd about settings files, for people.
pub fn warn_of_settings(project: &Project, format: Format) {
    if format == Format::Human {
        project.warnings().iter().for_each(output::warn);
    }
}

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    Run(Box<run::Arguments>),
    Check(check::Arguments),
    Repl(repl::Arguments),
    Init(init::Arguments),
    #[command(subcommand)]
    Function(function::Command),
    #[command(subcommand)]
    Batch(batch::Command),
    #[command(subcommand)]
    Connection(connection::Command),
    Console(console::Arguments),
    #[command(subcommand)]
    Service(service::Command),
    #[command(subcommand)]
    Key(key::Command),
    #[command(subcommand)]
    Registry(registry::Command),
    #[command(subcommand)]
    Config(config::Command),
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
        Some(Command::Batch(command)) => batch::run(command, &global),
        Some(Command::Repl(arguments)) => repl::run(&arguments, &global),
        Some(Command::Init(arguments)) => init::run(&arguments),
        Some(Command::Function(command)) => function::run(command, &global),
        Some(Command::Connection(command)) => connection::run(command, &global),
        Some(Command::Console(arguments)) => console::run(&arguments, &global),
        Some(Command::Service(command)) => service::run(command, &global),
        Some(Command::Key(command)) => key::run(command, &global),
        Some(Command::Registry(command)) => registry::run(command, &global),
        Some(Command::Config(command)) => config::run(command, &global),
        Some(Command::Demo(arguments)) => demo::run(&arguments, &global),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments, &global),
        Some(Command::Explain(arguments)) => explain::run(&arguments),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Help(arguments)) => help::run(&arguments),
        None => help::run(&help::Arguments::default()),
    }
}

/// The settings of connections that options and environment give. For those who manage connections, the project of the
/// current folder says the rest about the network, as that of a script does for its run.
///
/// # Errors
/// A variable of the environment has a wrong value, or the project's settings cannot be used.
pub fn connection_settings(global: &Global, via: Via) -> Result<ConnectionSettings, Failure> {
    let mut settings = ConnectionSettings::from_environment(via)?;
    if let Some(registry) = &global.registry {
        settings.registry = Some(registry.clone());
    }
    if matches!(via, Via::Cli | Via::Console) {
        let project = global.find_project(Path::new("."))?;
        let set = project.settings();
        let refused = private_in_environment()?.or(set.refuse_private());
        settings.refuse_private |= refused.unwrap_or(false);
        settings.ca_file = settings.ca_file.or_else(|| set.ca_file());
        // The variables of these two win, as they do for other settings.
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        if let Some(use_only) = set.use_only().filter(|_| !is_set("FRESHET_CONNECTIONS")) {
            settings.use_only = use_only;
        }
        if let Some(port) = set
            .redirect_port()
            .filter(|_| !is_set("FRESHET_REDIRECT_PORT"))
        {
            settings.redirect_port = port;
        }
    }
    Ok(settings)
}

/// What the environment says about private addresses, read as options read it.
fn private_in_environment() -> Result<Option<bool>, Failure> {
    const VARIABLE: &str = "FRESHET_REFUSE_PRIVATE";
    let text = env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    text.map(|text| read_switch(&text))
        .transpose()
        .map_err(|wrong| Failure::usage(format!("{VARIABLE}: {wrong}")))
}

/// Reads the value of a switch: that of a variable, since an option says it by being there.
///
/// # Errors
/// Says what was expected.
pub fn read_switch(text: &str) -> Result<bool, String> {
    switch(text).ok_or_else(|| {
        format!(
            "found `{}`, expected true or false (1 and 0, yes and no, on and off do as well)",
            output::visible(text)
        )
    })
}

/// An engine over those settings. Nothing is opened before it is needed.
pub fn engine(settings: ConnectionSettings) -> Engine {
    Engine::new(Connections::new(settings), Settings::default())
}

/// `NAME=VALUE` options.
pub fn pairs(options: &[String], flag: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs = BTreeMap::new();
    for option in options {
        // What stands there may be a secret given in the wrong place, so it is not shown.
        let Some((name, value)) = option.split_once('=') else {
            return Err(Failure::usage(format!("{flag}: expected NAME=VALUE")));
        };
        if pairs.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Failure::usage(format!("{flag}: `{name}` is given twice")));
        }
    }
    Ok(pairs)
}

/// Waits for something that needs the network.
pub fn wait<F: Future>(engine: &Engine, future: F) -> Result<F::Output, Failure> {
    engine
        .wait(future)
        .map_err(|cause| Failure::internal(format!("no threads for the network: {cause}")))
}
