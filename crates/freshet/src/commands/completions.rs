//! `freshet completions`: what a shell needs to complete commands, link names, services and functions.

use std::path::Path;

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;
use freshet_connections::{ConnectionError, Connections, Settings, Via};
use freshet_runtime::project::{Functions, Project, Wanted, full_name};

use super::Cli;
use crate::exit::{self, Failure, Outcome};
use crate::output;

/// Print the completion script of a shell
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet completions bash >> ~/.bashrc
  freshet completions fish > ~/.config/fish/completions/freshet.fish")]
pub struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Shells that can be told how to complete.
#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
            Shell::Elvish => "elvish",
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let name = arguments.shell.name();
    let shells = Shells::builtins();
    let completer = shells
        .completer(name)
        .ok_or_else(|| Failure::internal("a shell without completions"))?;
    let program = Cli::command().get_name().to_owned();
    let mut script = Vec::new();
    completer
        .write_registration("COMPLETE", &program, &program, &program, &mut script)
        .map_err(|cause| Failure::io("the completion script", &cause))?;
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(exit::OK)
}

/// The link names there are. Nothing when they cannot be read: a shell has no place for an error.
pub fn link_names() -> Vec<CompletionCandidate> {
    let names = connections().and_then(|connections| connections.link_names());
    candidates(names.unwrap_or_default())
}

/// The services there are.
pub fn service_names() -> Vec<CompletionCandidate> {
    let services = connections().and_then(|connections| connections.services(&Default::default()));
    let names = services.unwrap_or_default().into_iter();
    candidates(names.map(|service| service.link_name))
}

/// The custom functions of the project of the current folder.
pub fn function_names() -> Vec<CompletionCandidate> {
    let Ok(project) = Project::find(Path::new("."), &Wanted::default()) else {
        return Vec::new();
    };
    let functions = project.functions().into_iter();
    candidates(
        functions
            .flat_map(Functions::declarations)
            .map(|(_, function)| full_name(function)),
    )
}

fn connections() -> Result<Connections, ConnectionError> {
    Settings::from_environment(Via::Cli).map(Connections::new)
}

fn candidates(names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}
