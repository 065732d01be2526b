//! `freshet connection import`.

use std::path::{Path, PathBuf};

use clap::Args;
use freshet_connections::{Connections, Export, Fate, Item, Opening, is_named_pipe, opening_of};
use secrecy::SecretString;
use serde_json::json;

use super::connection_json;
use super::export::PASSPHRASE;
use crate::commands::conflict::{self, OnConflictArgument};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::secrets::{SecretArguments, Wanted, tell_loss};

/// Largest export, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Name under which the identity of a recipient is given.
const IDENTITY: &str = "identity";

/// Read connections that an export wrote
///
/// All of it or nothing. A sealed file asks for its passphrase, or for the identity of its recipient. Connections that
/// come without secrets must be authorised again. Asks before connections that are here lose their authorisation, which
/// those do that are replaced without secrets, and those of a service that gets other addresses; and before the client of
/// any of them becomes another one or gets another redirect URL.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection import billing.json
  freshet connection import backup.age --secret-file passphrase=passphrase --on-conflict skip")]
pub struct Arguments {
    /// The export, or - for standard input
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
    #[command(flatten)]
    on_conflict: OnConflictArgument,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let name = arguments.file.to_string_lossy();
    if name == "-" && arguments.secrets.takes_stdin() {
        return Err(
            Failure::usage("standard input cannot be both the export and a secret")
                .help("give the secret with --secret-file or --secret-env"),
        );
    }
    let file = read(&arguments.file)?;
    let key = key(opening_of(&name, &file)?, &arguments.secrets)?;
    let export = Export::read(&name, &file, key.as_ref())?;
    let on_conflict = arguments.on_conflict.chosen();
    let plan = connections.plan_import(&export, on_conflict)?;
    conflict::agree(
        &plan.items,
        &plan.affected,
        &plan.redirected,
        &plan.clients,
        arguments.yes,
    )?;
    let imported = connections.import(&export, on_conflict)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({
            "connections": imported.connections.iter().map(connection_json).collect::<Vec<_>>(),
        }))?,
        Format::Human => {
            let state = |item: &Item| {
                let link = match &item.fate {
                    Fate::Renamed(link) => link,
                    _ => &item.what,
                };
                let view = imported
                    .connections
                    .iter()
                    .find(|view| view.link_name == *link);
                view.map(|view| format!(" ({})", view.status.as_str()))
            };
            let lines: Vec<String> = imported
                .items
                .iter()
                .map(|item| conflict::line(item, &state(item).unwrap_or_default()))
                .collect();
            output::print(&lines.concat())?;
            for warning in imported.connections.iter().flat_map(|view| &view.warnings) {
                output::say(&format!("warning: {}", visible(warning)));
            }
        }
    }
    tell_loss(&imported.affected);
    for service in &imported.secrets_gone {
        output::say(&format!(
            "warning: a client of {service} was replaced and has no secret now: `freshet service client {service}` takes one"
        ));
    }
    if !imported.not_ended.is_empty() {
        let links = imported.not_ended.join(", ");
        output::say(&format!(
            "warning: the tokens of what was replaced were deleted here, and not ended at the service: {links}"
        ));
    }
    Ok(exit::OK)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    let failed =
        |cause: std::io::Error| Failure::io(format!("cannot read {}", path.display()), &cause);
    let mut file = Vec::new();
    let from_stdin = path.as_os_str() == "-";
    if !from_stdin && is_named_pipe(path).map_err(failed)? {
        return Err(
            Failure::usage(format!("{}: found a pipe, expected a file", path.display()))
                .help("give - for what comes through a pipe"),
        );
    }
    if from_stdin {
        std::io::stdin()
            .lock()
            .take(LARGEST + 1)
            .read_to_end(&mut file)
    } else {
        std::fs::File::open(path)
            .map_err(failed)?
            .take(LARGEST + 1)
            .read_to_end(&mut file)
    }
    .map_err(failed)?;
    if file.len() as u64 > LARGEST {
        return Err(Failure::usage(format!(
            "{}: found over {LARGEST} bytes, expected an export",
            path.display()
        )));
    }
    Ok(file)
}

/// What opens the file, where it is sealed.
fn key(
    opening: Option<Opening>,
    secrets: &SecretArguments,
) -> Result<Option<SecretString>, Failure> {
    let (name, title) = match opening {
        None => {
            secrets.collect(&[])?;
            return Ok(None);
        }
        Some(Opening::Passphrase) => (PASSPHRASE, "Passphrase of the export"),
        Some(Opening::Identity) => (IDENTITY, "Identity of the recipient, AGE-SECRET-KEY-1…"),
    };
    let wanted = Wanted {
        name: name.to_owned(),
        title: title.to_owned(),
        says: None,
        optional: false,
        may_be_empty: false,
    };
    Ok(secrets.collect(&[wanted])?.remove(name))
}
