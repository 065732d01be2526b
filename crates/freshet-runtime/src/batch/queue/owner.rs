//! Who works on jobs: a process with a lock of the kernel, which ends with the process however it ends.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A process that takes jobs.
pub(super) struct Owner {
    /// Its name in the store: it ends with how many jobs at a time it runs.
    pub name: String,
    path: PathBuf,
    /// Locked as long as this lives.
    _lock: File,
}

impl Owner {
    /// Registers this process beside the store, with how many jobs at a time it runs.
    pub fn register(store: &Path, in_flight: usize) -> io::Result<Self> {
        let folder = folder(store);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        let chance = RandomState::new().hash_one(std::process::id());
        let name = format!("{chance:016x}-{in_flight}");
        let path = folder.join(&name);
        let lock = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        lock.lock()?;
        Ok(Self {
            name,
            path,
            _lock: lock,
        })
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        // Gives way only when it is empty.
        if let Some(folder) = self.path.parent() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Whether the process of that name has ended.
pub(super) fn is_gone(store: &Path, name: &str) -> bool {
    let path = folder(store).join(name);
    let Ok(file) = File::options().write(true).open(&path) else {
        return !path.exists();
    };
    match file.try_lock() {
        Ok(()) => {
            let _ = fs::remove_file(&path);
            true
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

/// The folder beside the store with a file for each process that takes jobs from it.
fn folder(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".workers");
    PathBuf::from(name)
}
