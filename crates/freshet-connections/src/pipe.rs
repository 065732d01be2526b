//! Files that a person names, and that may be none.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// Whether a path leads to a pipe with a name: opening one waits for somebody to write to it, perhaps for ever. Those
/// of a shell, as in `<(command)`, are written to.
///
/// # Errors
/// It cannot be looked at, or is not there.
pub fn is_named_pipe(path: &Path) -> io::Result<bool> {
    let of_shell = path.starts_with("/dev") || path.starts_with("/proc");
    Ok(fs::metadata(path)?.file_type().is_fifo() && !of_shell)
}
