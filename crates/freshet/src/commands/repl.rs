//! `freshet repl`: try things out.

use std::path::PathBuf;

use clap::Args;
use etcetera::{BaseStrategy, base_strategy::Xdg};
use freshet_connections::Via;
use freshet_runtime::engine::RunOptions;
use freshet_runtime::limit::{self, Limit};

use super::mail::Mail;
use super::{Global, connection_settings, engine};
use crate::exit::{self, Outcome};
use crate::output;
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
    /// What an entry may use (repeatable), as for `freshet run`
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit::parse, env = "FRESHET_LIMIT", value_delimiter = ',')]
    limits: Vec<Limit>,
    /// What `sendmail` does: send, print (on standard error) or drop
    #[arg(long, value_enum, value_name = "MODE", default_value_t = Mail::Send, hide_possible_values = true, hide_default_value = true, env = "FRESHET_MAIL")]
    mail: Mail,
    /// One line on standard error for each web call
    #[arg(long, env = "FRESHET_TRACE", value_parser = clap::builder::FalseyValueParser::new())]
    trace: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let mut options = RunOptions {
        trace: arguments.trace,
        mail: arguments.mail.into(),
        cancelled: signal::patient_cancel_flag(),
        ..RunOptions::default()
    };
    let mut settings = connection_settings(global, Via::Run)?;
    limit::apply(&arguments.limits, &mut options, &mut settings.limits);
    let engine = engine(settings);
    let color = global.color.on_stderr();
    let ended = engine.with_session(&options, |session| {
        Repl::new(&engine, session, color).run(history())
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
