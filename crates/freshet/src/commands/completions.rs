//! `freshet completions`: what a shell needs to complete commands, link names and services.

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;
use freshet_connections::{Connections, Via};

use super::{Cli, Global, connection_settings};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Color};

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
    candidates(connections().link_names().unwrap_or_default())
}

/// The services there are.
pub fn service_names() -> Vec<CompletionCandidate> {
    let services = connections()
        .services(&Default::default())
        .unwrap_or_default();
    candidates(services.into_iter().map(|service| service.link_name))
}

fn connections() -> Connections {
    let global = Global {
        color: Color::Never,
        registry: None,
    };
    Connections::new(connection_settings(&global, Via::Cli))
}

fn candidates(names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}
