//! Files that a person names, and that may be none.

use std::fs::{self, File};
use std::io::{self, Read};
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

/// All of a file of at most so many bytes: what is no file may never begin, or never end.
///
/// # Errors
/// It is a pipe with a name, has more, or cannot be read.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if is_named_pipe(path)? {
        return Err(io::Error::other("found a pipe, expected a file"));
    }
    all_of(File::open(path)?, most)
}

/// All that a reader gives, of at most so many bytes.
///
/// # Errors
/// It gives more, or cannot be read.
pub fn all_of(reader: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let most = most / (1024 * 1024);
        return Err(io::Error::other(format!("found more than {most} MiB")));
    }
    Ok(bytes)
}
