//! `--mail send|print|drop`: what becomes of the mail that a script sends.

use clap::ValueEnum;
use freshet_runtime::engine::MailMode;

/// What `--mail` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mail {
    /// Send it over the mail account
    Send,
    /// Show it on standard error instead
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
