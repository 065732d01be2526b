//! `freshet batch …`: many runs that cannot be lost.

mod go;
mod how;
mod json;
mod look;
mod machine;
mod manage;
mod prepare;
mod refuse;
mod remove;
mod report;
mod run;
mod screen;
mod words;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use etcetera::{BaseStrategy, base_strategy::Xdg};
use freshet_runtime::batch::queue::{Store, StoreError};

use super::Global;
use crate::exit::{self, Failure, Outcome};

/// Run scripts many times, so that nothing is lost
///
/// Jobs and their results are kept in a store. Killed at any moment, a batch goes on where it was.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  freshet batch run remind.dg --jobs invoices.csv --key id
  freshet batch status last")]
pub enum Command {
    Run(Box<run::Arguments>),
    List(look::ListArguments),
    Status(look::StatusArguments),
    Show(look::ShowArguments),
    Report(report::Arguments),
    Resume(Box<manage::ResumeArguments>),
    Retry(Box<manage::RetryArguments>),
    Cancel(remove::CancelArguments),
    Remove(remove::RemoveArguments),
    Prune(remove::PruneArguments),
}

/// Runs the command.
pub fn run(command: Command, global: &Global) -> Outcome {
    match command {
        Command::Run(arguments) => run::run(&arguments, global),
        Command::List(arguments) => look::list(&arguments),
        Command::Status(arguments) => look::status(&arguments),
        Command::Show(arguments) => look::show(&arguments),
        Command::Report(arguments) => report::run(&arguments, global),
        Command::Resume(arguments) => manage::resume(&arguments, global),
        Command::Retry(arguments) => manage::retry(&arguments, global),
        Command::Cancel(arguments) => remove::cancel(&arguments),
        Command::Remove(arguments) => remove::remove(&arguments),
        Command::Prune(arguments) => remove::prune(&arguments),
    }
}

/// The option that names the store.
#[derive(Args, Clone, Debug)]
pub struct StoreArgument {
    /// The file with batches, instead of batches.db in the data folder
    #[arg(long, value_name = "FILE", env = "FRESHET_STORE")]
    store: Option<PathBuf>,
}

impl StoreArgument {
    fn path(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.store {
            return Ok(path.clone());
        }
        match Xdg::new() {
            Ok(folders) => Ok(folders.data_dir().join("freshet").join("batches.db")),
            Err(_) => Err(Failure {
                exit: exit::IO,
                ..Failure::usage("there is no home folder to keep batches in")
            }
            .help("name a file with --store, or set XDG_DATA_HOME")),
        }
    }

    /// Opens the store; makes it where there is none.
    fn open(&self) -> Result<Store, Failure> {
        Ok(Store::open(&self.path()?)?)
    }

    /// Opens the store, if there is one.
    fn existing(&self) -> Result<Option<Store>, Failure> {
        Ok(Store::open_existing(&self.path()?)?)
    }

    /// Opens the store, which must be there.
    fn required(&self) -> Result<Store, Failure> {
        self.existing()?.ok_or_else(|| {
            Failure::usage("there are no batches")
                .help("make one: `freshet batch run SCRIPT --jobs ROWS.csv`")
        })
    }
}

/// `last` stands for the batch made last; nothing for the latest that has jobs left.
fn batch_of(
    store: &Store,
    id: Option<&str>,
) -> Result<freshet_runtime::batch::record::BatchRecord, Failure> {
    if id == Some("last")
        && let Some(newest) = store.list()?.into_iter().next()
    {
        return Ok(newest);
    }
    Ok(store.find(id.filter(|id| *id != "last"))?)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self {
            code: error.code,
            help: error.help,
            exit: if error.code.is_some() {
                exit::IO
            } else {
                exit::USAGE
            },
            ..Failure::usage(error.message)
        }
    }
}
