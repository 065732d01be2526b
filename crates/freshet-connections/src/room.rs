//! Whether a disk has room. A full one shows in many ways, and a person is told of it in one.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// How much is written to find out, in bytes: a page of the registry.
pub(crate) const PAGE_SIZE: u64 = 4096;

/// Whether a write failed since the disk, a quota or the greatest size of a file lets no more be written.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

/// Writes a page to a file of its own in a folder, until it is on the disk, and takes the file away. `after`: how long
/// that file is before, in bytes that take no room.
pub(crate) fn probe(folder: &Path, after: u64) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let path = folder.join(format!(".freshet-room-{}", std::process::id()));
    // What a process of this number left behind when it was killed here.
    let _ = fs::remove_file(&path);
    let written = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .and_then(|file| {
            file.write_all_at(&[0; PAGE_SIZE as usize], after)?;
            file.sync_all()
        });
    let _ = fs::remove_file(&path);
    written
}
