//! `freshet service validate`.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use freshet_connections::{Fault, service_text, validate_service};
use serde_json::json;

use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, counted, visible};

/// Exit code of a definition with faults (connections, 9).
const DEFINITION: u8 = 78;

/// More than an export of every service can have, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

/// Check definitions of services
///
/// Shows every fault with its place. Ends with 78 when there is one.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service validate my_api.toml
  freshet service show stripe --toml | freshet service validate -")]
pub struct Arguments {
    /// The definitions (TOML), or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut faults: Vec<Fault> = Vec::new();
    let mut unread = None;
    for path in &arguments.files {
        match read(path) {
            Ok(text) => faults.extend(validate_service(&path.to_string_lossy(), &text)),
            Err(failure) => unread = unread.or(Some(failure)),
        }
    }
    match arguments.format.format() {
        Format::Json => {
            let faults: Vec<_> = faults
                .iter()
                .map(|fault| {
                    json!({
                        "file": fault.file, "line": fault.line, "column": fault.column, "code": fault.code(),
                        "key": fault.key, "message": fault.message,
                    })
                })
                .collect();
            output::print_json(json!({ "faults": faults }))?;
        }
        Format::Human if faults.is_empty() && unread.is_some() => {}
        Format::Human if faults.is_empty() => {
            output::print(&format!(
                "{}: no faults\n",
                counted(arguments.files.len(), "definition")
            ))?;
        }
        Format::Human => {
            let lines: Vec<String> = faults
                .iter()
                .map(|fault| visible(&fault.to_string()) + "\n")
                .collect();
            output::print(&lines.concat())?;
        }
    }
    // What could be read has been told.
    if let Some(failure) = unread {
        return Err(failure);
    }
    Ok(if faults.is_empty() {
        exit::OK
    } else {
        DEFINITION
    })
}

/// The text of definitions, from a file or standard input.
pub fn read(path: &Path) -> Result<String, Failure> {
    let bytes = if path.as_os_str() == "-" {
        all_of(io::stdin().lock())
    } else {
        file(path)
    };
    let bytes =
        bytes.map_err(|cause| Failure::io(format!("cannot read {}", path.display()), &cause))?;
    Ok(service_text(&path.to_string_lossy(), bytes)?)
}

/// The bytes of a file. What is none, such as a device or a pipe, may never end, or never begin.
fn file(path: &Path) -> io::Result<Vec<u8>> {
    let kind = fs::metadata(path)?;
    if !kind.is_file() && !kind.is_dir() {
        return Err(io::Error::other(
            "it is no regular file; give - for what comes through a pipe",
        ));
    }
    all_of(File::open(path)?)
}

fn all_of(text: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    text.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::other(format!(
            "it has more than {} MiB, expected definitions of services",
            MOST / 1024 / 1024
        )));
    }
    Ok(bytes)
}
