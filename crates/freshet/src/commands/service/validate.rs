//! `freshet service validate`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use freshet_connections::{Fault, service_text, validate_service};
use serde_json::json;

use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, counted, visible};

/// Exit code of a definition with faults (connections, 9).
const DEFINITION: u8 = 78;

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

/// The text of a definition, from a file or standard input.
pub fn read(path: &Path) -> Result<String, Failure> {
    let read = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes =
        read.map_err(|cause| Failure::io(format!("cannot read {}", path.display()), &cause))?;
    Ok(service_text(&path.to_string_lossy(), bytes)?)
}
