//! The options that say what a run may use and how it reaches the network: those of `run`, and of what else runs scripts.

use std::path::PathBuf;

use clap::Args;
use freshet_connections::{Connections, Via};
use freshet_runtime::engine::{Engine, RunOptions};
use freshet_runtime::limit::{self, Limit};
use freshet_runtime::project::Project;

use super::mail::Mail;
use super::{Global, connection_settings, read_switch};
use crate::exit::Failure;

/// What a run may use.
#[derive(Args, Clone, Debug)]
pub struct Means {
    /// What the run may use (repeatable)
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit::parse, env = "FRESHET_LIMIT", value_delimiter = ',')]
    limits: Vec<Limit>,
    /// Refuse web calls to private and loopback addresses
    #[arg(long, env = "FRESHET_REFUSE_PRIVATE", value_parser = read_switch, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    refuse_private: Option<bool>,
    /// Certificates to trust besides those of the system (PEM)
    #[arg(long, value_name = "FILE", env = "FRESHET_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Show web calls instead of sending them
    #[arg(long, env = "FRESHET_DRY_RUN", value_parser = read_switch)]
    dry_run: bool,
    /// What `sendmail` does: send, print (on standard error) or drop
    #[arg(long, value_enum, value_name = "MODE", default_value_t = Mail::Send, hide_possible_values = true, hide_default_value = true, env = "FRESHET_MAIL")]
    mail: Mail,
    /// One line on standard error for each web call
    #[arg(long, env = "FRESHET_TRACE", value_parser = read_switch)]
    trace: bool,
}

impl Means {
    /// An engine and the options of a run: what the command line says wins over the project, which wins over the user's
    /// settings. Nothing is opened before it is needed.
    ///
    /// # Errors
    /// A variable of the environment has a wrong value.
    pub fn prepare(
        &self,
        global: &Global,
        project: &Project,
        via: Via,
    ) -> Result<(Engine, RunOptions), Failure> {
        let mut options = RunOptions {
            dry_run: self.dry_run,
            mail: self.mail.into(),
            trace: self.trace,
            ..RunOptions::default()
        };
        let given = project.settings();
        options.mail_connection = given.mail_connection().to_owned();
        let mut settings = connection_settings(global, via)?;
        limit::apply(&given.limits(), &mut options, &mut settings.limits);
        limit::apply(&self.limits, &mut options, &mut settings.limits);
        settings.refuse_private |= self
            .refuse_private
            .or(given.refuse_private())
            .unwrap_or(false);
        let ca_file = self.ca_file.clone().or(settings.ca_file);
        settings.ca_file = ca_file.or_else(|| given.ca_file());
        let engine = Engine::new(Connections::new(settings), given.of_scripts());
        Ok((engine, options))
    }
}
