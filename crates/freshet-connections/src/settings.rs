//! What a process is told before it opens anything.

use std::env;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use nix::unistd::{Uid, User};
use secrecy::SecretString;

use crate::error::ConnectionError;

/// Where a change comes from, for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The command line.
    Cli,
    /// The local web console.
    Console,
    /// A single run of a script.
    Run,
    /// A worker of a batch.
    Worker,
}

impl Via {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Via::Cli => "cli",
            Via::Console => "console",
            Via::Run => "run",
            Via::Worker => "worker",
        }
    }
}

/// The variable that says what a process may do with connections: `use` or `manage`.
pub(crate) const CONNECTIONS: &str = "FRESHET_CONNECTIONS";

/// The variable with the port of redirect URLs.
const REDIRECT_PORT: &str = "FRESHET_REDIRECT_PORT";

/// Limits on one call. The defaults are those of the language reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection is made.
    pub connect: Duration,
    /// Between two reads.
    pub read: Duration,
    /// In all, redirects included.
    pub call: Duration,
    /// Largest reply in bytes, after decompression.
    pub reply: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(40),
            call: Duration::from_secs(120),
            reply: 50 * 1024 * 1024,
        }
    }
}

/// The port of redirect URLs unless the settings say otherwise. It is fixed, since many services
/// compare the whole redirect URL although RFC 8252, 7.3 has them allow any port.
pub(crate) const DEFAULT_REDIRECT_PORT: u16 = 8713;

/// How connections are opened and used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The registry file; `None`: `freshet/registry.db` in the data folder.
    pub registry: Option<PathBuf>,
    /// The sealing key in base64, the first source.
    pub key: Option<SecretString>,
    /// A file that holds the sealing key in base64, the second source. `None`: the file `key`
    /// beside the registry, made on first use.
    pub key_file: Option<PathBuf>,
    /// Whose credential is used where a connection has one for each owner.
    pub owner: String,
    /// Who makes changes, for the audit log.
    pub actor: String,
    /// Where changes come from, for the audit log.
    pub via: Via,
    /// This process sends and renews; what people manage it may look at and not change.
    pub use_only: bool,
    /// Certificates trusted besides those of the system (PEM).
    pub ca_file: Option<PathBuf>,
    /// Refuse private and loopback addresses.
    pub refuse_private: bool,
    /// Limits on one call.
    pub limits: Limits,
    /// How long a call waits for its turn where a connection has a rate; `None`: as long as a call may take in all.
    pub patience: Option<Duration>,
    /// How long to wait for another process that writes the registry.
    pub busy: Duration,
    /// Pauses before a token request that failed in passing is sent again: one entry a try.
    pub renewal_pauses: Vec<Duration>,
    /// Idle connections kept open to each host.
    pub idle_connections: usize,
    /// The port of redirect URLs.
    pub redirect_port: u16,
}

impl Settings {
    /// From `FRESHET_REGISTRY`, `FRESHET_KEY`, `FRESHET_KEY_FILE`, `FRESHET_OWNER`,
    /// `FRESHET_CONNECTIONS`, `FRESHET_CA_FILE`, `FRESHET_REDIRECT_PORT` and the operating-system
    /// user; the rest at its defaults.
    ///
    /// # Errors
    /// C0043 for a redirect port that is none.
    pub fn from_environment(via: Via) -> Result<Self, ConnectionError> {
        let user = system_user();
        Ok(Settings {
            registry: path("FRESHET_REGISTRY"),
            key: text("FRESHET_KEY").map(SecretString::from),
            key_file: path("FRESHET_KEY_FILE"),
            owner: text("FRESHET_OWNER").unwrap_or_else(|| user.clone()),
            actor: user,
            via,
            // A misspelt word must not give more rights than the right one.
            use_only: text(CONNECTIONS).is_some_and(|word| word != "manage"),
            ca_file: path("FRESHET_CA_FILE"),
            refuse_private: false,
            limits: Limits::default(),
            patience: None,
            busy: Duration::from_secs(30),
            renewal_pauses: vec![Duration::from_secs(1), Duration::from_secs(3)],
            idle_connections: 8,
            redirect_port: redirect_port()?,
        })
    }
}

/// The port of redirect URLs. It is registered with services, so a free one cannot be taken.
fn redirect_port() -> Result<u16, ConnectionError> {
    let Some(text) = text(REDIRECT_PORT) else {
        return Ok(DEFAULT_REDIRECT_PORT);
    };
    text.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
        let found = format!("\"{}\"", crate::error::shown(&text));
        ConnectionError::field_value(REDIRECT_PORT, &found, "a port from 1 to 65535")
    })
}

/// A variable that is set and not empty.
fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// The data folder of this program: `$XDG_DATA_HOME/freshet`, else `~/.local/share/freshet`.
/// A relative `XDG_DATA_HOME` does not count (XDG base directory specification).
pub(crate) fn data_folder() -> Option<PathBuf> {
    path("XDG_DATA_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| {
            env::home_dir()
                .filter(|home| home.is_absolute())
                .map(|home| home.join(".local/share"))
        })
        .map(|folder| folder.join("freshet"))
}

/// The operating-system user: the name of its number, which nobody can choose; where that has none, as in a container,
/// what the environment says, else the number.
fn system_user() -> String {
    let number = std::fs::metadata("/proc/self").ok().map(|own| own.uid());
    name_of_user()
        .or_else(|| text("USER"))
        .or_else(|| text("LOGNAME"))
        .or_else(|| number.map(|number| number.to_string()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The name of the user whose rights this process has.
fn name_of_user() -> Option<String> {
    let user = User::from_uid(Uid::effective()).ok().flatten()?;
    Some(user.name).filter(|name| !name.is_empty())
}
