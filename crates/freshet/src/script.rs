//! Reads scripts from files and from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use freshet_connections::is_named_pipe;
use freshet_runtime::project::Script;
use freshet_syntax::source::SourceFile;

use crate::exit::{self, Failure};

/// Bytes that are read at most: many times what the parser takes, so that it can say how much too large a file is.
const MOST_READ: u64 = 256 << 20;

/// Reads and parses a file, or standard input for `-`.
///
/// # Errors
/// When it cannot be read. What is wrong with its text is no failure but a diagnostic.
pub fn read(path: &Path) -> Result<Script, Failure> {
    let is_input = path.as_os_str() == "-";
    let bytes = if is_input {
        read_all(io::stdin().lock())
            .map_err(|cause| Failure::io("cannot read standard input", &cause))?
    } else {
        read_bytes(path)?
    };
    let file = SourceFile::from_bytes(path.to_string_lossy(), bytes);
    Ok(Script::parse(file, (!is_input).then(|| path.to_owned())))
}

/// The bytes of a script.
///
/// # Errors
/// When there is no such file, or it cannot be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let failed = |cause: io::Error| Failure::io(format!("cannot read {shown}"), &cause);
    let not_opened = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => missing(path),
        _ => failed(cause),
    };
    // Nobody may ever write to it.
    if is_named_pipe(path).map_err(not_opened)? {
        return Err(Failure {
            exit: exit::IO,
            ..Failure::usage(format!("{shown} is a pipe, expected a script"))
        }
        .help("give - for what comes through a pipe"));
    }
    let file = File::open(path).map_err(not_opened)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(Failure {
            exit: exit::IO,
            ..Failure::usage(format!("{shown} is a folder, expected a script"))
        }
        .help(format!(
            "name the script in it: {}",
            path.join("FILE.dg").display()
        )));
    }
    read_all(file).map_err(failed)
}

/// The bytes of a script that was read before. What is no file now may never end.
///
/// # Errors
/// When it is not there any more, or cannot be read.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let is_other = std::fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir());
    if is_other {
        let message = format!("{} is no file, expected a script", path.display());
        return Err(Failure::usage(message));
    }
    read_bytes(path)
}

/// All of it, within reason.
fn read_all(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MOST_READ).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// There is no such script.
pub fn missing(path: &Path) -> Failure {
    let failure = Failure {
        exit: exit::IO,
        ..Failure::usage(format!("there is no file {}", path.display()))
    };
    let with_ending = path.with_extension("dg");
    if path.extension().is_none() && with_ending.exists() {
        failure.help(format!("did you mean {}?", with_ending.display()))
    } else {
        failure
    }
}
