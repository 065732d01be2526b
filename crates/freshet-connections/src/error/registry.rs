//! The registry: C0080 to C0092.

use std::io;
use std::path::Path;

use super::{Code, ConnectionError, listed};
use crate::room;
use crate::settings::CONNECTIONS;

/// How the next step begins where that is so.
const NOTHING_CHANGED: &str = "nothing was changed; ";

/// An error of the system in its own words, without "(os error N)".
pub(crate) fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

impl ConnectionError {
    pub(crate) fn registry_open(path: &Path, cause: &str) -> Self {
        Self::new(
            Code::RegistryOpen,
            format!("cannot open the registry {}: {cause}", path.display()),
            "choose another file with --registry PATH or FRESHET_REGISTRY",
        )
    }

    /// The system does not let the registry be opened.
    pub(crate) fn registry_not_opened(path: &Path, error: &io::Error) -> Self {
        if room::is_missing(error) {
            Self::no_room_to_open(path)
        } else {
            Self::registry_open(path, &cause(error))
        }
    }

    pub(crate) fn no_room_to_open(path: &Path) -> Self {
        Self::new(
            Code::RegistryOpen,
            format!(
                "no space left on the disk of {}: the registry cannot be opened",
                path.display()
            ),
            "free some space there, then try again; nothing is lost",
        )
    }

    pub(crate) fn registry_damaged(path: &Path, cause: &str, backup: Option<&Path>) -> Self {
        let help = match backup {
            Some(backup) => format!(
                "run `freshet registry recover`; the newest backup is {}",
                backup.display()
            ),
            None => "run `freshet registry recover`; there is no backup".to_owned(),
        };
        Self::new(
            Code::RegistryDamaged,
            format!("registry damaged: {}: {cause}", path.display()),
            help,
        )
    }

    /// Not even `registry recover` finds anything.
    pub(crate) fn registry_lost(path: &Path) -> Self {
        Self::new(
            Code::RegistryDamaged,
            format!(
                "registry damaged: {}: nothing in it can be read, and there is no backup",
                path.display()
            ),
            "move the file away and add the connections again",
        )
    }

    pub(crate) fn registry_newer(path: &Path, found: i64, known: i64) -> Self {
        Self::new(
            Code::RegistryNewer,
            format!(
                "the registry {} has schema {found}, this program knows {known}",
                path.display()
            ),
            "use the newer freshet that made it",
        )
    }

    /// The key does not fit the registry as a whole.
    pub(crate) fn wrong_key(source: &str, found: &str, expected: &[String]) -> Self {
        Self::new(
            Code::Unseal,
            format!(
                "the key in `{source}` is {found}, expected the key that sealed this registry: {}",
                listed(expected)
            ),
            "give the right key with FRESHET_KEY_FILE or FRESHET_KEY",
        )
    }

    /// One value cannot be unsealed. `what` names the connection or the client.
    pub(crate) fn unseal(what: &str, key_id: &str) -> Self {
        Self::new(
            Code::Unseal,
            format!("cannot unseal the secrets of {what}, key {key_id}: wrong key or altered row"),
            "enter them again: `freshet connection reconnect` or `freshet service client`",
        )
    }

    pub(crate) fn key(source: &str, cause: &str, help: &str) -> Self {
        Self::new(Code::Key, format!("the key in `{source}` {cause}"), help)
    }

    pub(crate) fn registry_busy(seconds: u64) -> Self {
        Self::new(
            Code::RegistryBusy,
            format!("another process holds the registry, waited {seconds} s"),
            "try again when it has ended",
        )
    }

    /// Somebody else does what only one process may do at a time, and it is not waited for. `doing`
    /// is what the other does to the registry.
    pub(crate) fn registry_taken(doing: &str) -> Self {
        Self::new(
            Code::RegistryBusy,
            format!("another process {doing}"),
            "wait until it has ended, then see whether anything is left to do",
        )
    }

    pub(crate) fn registry_write(path: &Path, cause: &str) -> Self {
        Self::new(
            Code::RegistryWrite,
            format!("cannot write {}: {cause}", path.display()),
            format!("{NOTHING_CHANGED}try again when the cause is gone"),
        )
    }

    /// The system does not let a file of connections be written.
    #[must_use]
    pub fn not_written(path: &Path, error: &io::Error) -> Self {
        if room::is_missing(error) {
            Self::no_room_to_write(path)
        } else {
            Self::registry_write(path, &cause(error))
        }
    }

    /// The same error where something was changed all the same: `what`.
    pub(crate) fn though(self, what: &str) -> Self {
        let help = self.help().unwrap_or_default();
        let next = help.strip_prefix(NOTHING_CHANGED).unwrap_or(help);
        let help = format!("{what}; {next}");
        self.with_help(&help)
    }

    pub(crate) fn no_room_to_write(path: &Path) -> Self {
        Self::new(
            Code::RegistryWrite,
            format!(
                "no space left on the disk of {}: it cannot be written",
                path.display()
            ),
            format!("{NOTHING_CHANGED}free some space there, then try again"),
        )
    }

    pub(crate) fn use_only() -> Self {
        Self::new(
            Code::UseOnly,
            "this process may use connections, not manage them",
            format!(
                "{CONNECTIONS}, or the setting `connections`, says so: manage them where it says \"manage\""
            ),
        )
    }
}
