//! `freshet repl`: try things out.

use std::path::{Path, PathBuf};

use clap::Args;
use etcetera::{BaseStrategy, base_strategy::Xdg};
use freshet_connections::Via;

use super::means::Means;
use super::{Global, warn_of_settings};
use crate::exit::{self, Outcome};
use crate::output::{self, Format};
use crate::repl::Repl;
use crate::signal;

/// Try things out, entry by entry
///
/// Variables and functions stay from entry to entry, an error leaves them as they were. Without a terminal, entries
/// are read from standard input, and the first error ends it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet repl
  echo '{1, 2}.size()' | freshet repl")]
pub struct Arguments {
    #[command(flatten)]
    means: Means,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let project = global.find_project(Path::new("."))?;
    warn_of_settings(&project, Format::Human);
    let (engine, mut options) = arguments.means.prepare(global, &project, Via::Run)?;
    options.cancelled = signal::patient_cancel_flag();
    let color = global.color.on_stderr();
    let ended = engine.with_session(&options, |session| {
        Repl::new(&engine, &project, session, color).run(history())
    });
    Ok(ended.unwrap_or_else(|error| {
        output::say(&format!("error: {} ({})", error.message, error.code));
        exit::of_error(&error, signal::received())
    }))
}

/// The file with the entries of earlier sessions, in the data folder.
fn history() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.data_dir().join("freshet").join("history"))
}
