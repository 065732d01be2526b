//! The registry as a file: its key, its backups.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Connections;
use crate::error::ConnectionError;
use crate::registry::{Recovery, Registry, RegistryReport, Rotation};

impl Connections {
    /// Where the registry is, or would be made.
    ///
    /// # Errors
    /// C0080 when nothing says where.
    pub fn registry_path(&self) -> Result<PathBuf, ConnectionError> {
        Registry::path(&self.store.settings)
    }

    /// Changes the sealing key to a new one, or to that in `new_key_file`, which is made where it is
    /// missing. Others go on meanwhile; a change that was interrupted is completed.
    ///
    /// # Errors
    /// C0080 where there is no registry, C0084 when the new key cannot be used or kept, C0085 while
    /// another process changes it, C0086, C0092.
    pub fn rotate_key(&self, new_key_file: Option<&Path>) -> Result<Rotation, ConnectionError> {
        self.existing()?.rotate(new_key_file)
    }

    /// Makes a backup beside the registry, or at `to`, where nothing may be yet. Gives its path.
    ///
    /// # Errors
    /// C0080 where there is no registry, C0081 when it is damaged, C0086, C0092.
    pub fn back_up(&self, to: Option<&Path>) -> Result<PathBuf, ConnectionError> {
        self.existing()?.back_up(to)
    }

    /// Looks whether the registry is whole: its pages, its tables, its references, its secrets, and
    /// its backups. Changes nothing.
    ///
    /// # Errors
    /// C0080 when nothing says where it is; what is wrong with it stands in the report.
    pub fn check_registry(&self) -> Result<RegistryReport, ConnectionError> {
        Registry::check(&self.store.settings, self.store.clock.now())
    }

    /// Makes a damaged registry usable again: what can be read of it, and the newest good backup for
    /// the rest; or all from the backup `from`. The file that was there is kept aside.
    ///
    /// # Errors
    /// C0080, C0082 for what is no damage; C0081 when nothing can be read; C0085 while another
    /// process holds it; C0086, C0092.
    pub fn recover_registry(&self, from: Option<&Path>) -> Result<Recovery, ConnectionError> {
        self.may_manage()?;
        Registry::recover(&self.store.settings, self.store.clock.now(), from)
    }

    /// The registry, if there is one.
    fn existing(&self) -> Result<Arc<Registry>, ConnectionError> {
        let path = self.registry_path()?;
        self.may_manage()?;
        if path.symlink_metadata().is_err() {
            return Err(ConnectionError::registry_open(&path, "there is none"));
        }
        self.store.writing()
    }
}
