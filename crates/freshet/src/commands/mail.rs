//! `--mail send|print|drop`: what becomes of the mail that a script sends.

use clap::ValueEnum;
use freshet_runtime::engine::MailMode;
use serde::{Deserialize, Serialize};

/// What `--mail` takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mail {
    /// Send it over the mail account
    #[default]
    Send,
    /// Show it on standard error instead; that of a job stands in its log
    Print,
    /// Throw it away
    Drop,
}

impl From<Mail> for MailMode {
    fn from(mail: Mail) -> Self {
        match mail {
            Mail::Send => MailMode::Send,
            Mail::Print => MailMode::Print,
            Mail::Drop => MailMode::Drop,
        }
    }
}
