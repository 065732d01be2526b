//! `freshet registry recover`.

use std::path::PathBuf;

use clap::Args;
use freshet_connections::{ConnectionError, Connections, Recovered, Recovery, rfc3339};
use serde_json::{Value, json};

use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, counted, visible};
use crate::secrets::{ask, can_ask, not_confirmed};

/// Make a damaged registry usable again, and tell what is lost
///
/// Takes what can be read of it, and the rest from the newest good backup. The damaged file is kept beside it. A registry
/// that is whole is left alone; --from puts a backup in its place all the same.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet registry recover
  freshet registry recover --from registry.copy.db --yes")]
pub struct Arguments {
    /// Take everything from this backup
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Do not ask
    #[arg(long, requires = "from")]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    if let (Some(from), false) = (&arguments.from, arguments.yes) {
        if !can_ask() {
            return Err(ConnectionError::no_terminal("a confirmation", "--yes").into());
        }
        let question = format!(
            "Type yes to put {} in place of the registry",
            from.display()
        );
        if ask(&question, None, "--yes")? != "yes" {
            return Err(not_confirmed());
        }
    }
    let recovery = connections.recover_registry(arguments.from.as_deref())?;
    match arguments.format.format() {
        Format::Json => output::print_json(document(&recovery))?,
        Format::Human => output::print(&text(&recovery))?,
    }
    Ok(exit::OK)
}

/// The outcome as it stands in JSON documents.
fn document(recovery: &Recovery) -> Value {
    match recovery {
        Recovery::Sound(path) => {
            json!({ "registry": path.display().to_string(), "recovered": false })
        }
        Recovery::Completed(path) => {
            json!({ "registry": path.display().to_string(), "recovered": true })
        }
        Recovery::Recovered(done) => json!({
            "registry": done.path.display().to_string(),
            "recovered": true,
            "damage": done.damage,
            "kept": done.kept.as_ref().map(|path| path.display().to_string()),
            "backup": done.backup.as_ref().map(|(path, _)| path.display().to_string()),
            "tables": done.tables.iter().map(|table| json!({
                "name": table.name, "read": table.read, "from_backup": table.from_backup,
                "complete": table.complete,
            })).collect::<Vec<_>>(),
            "lost": done.lost,
        }),
    }
}

fn text(recovery: &Recovery) -> String {
    match recovery {
        Recovery::Sound(path) => format!(
            "The registry {} is whole; nothing was changed.\n",
            path.display()
        ),
        Recovery::Completed(path) => format!(
            "The registry {} is usable again: a recovery that was interrupted is completed.\n",
            path.display()
        ),
        Recovery::Recovered(done) => told(done),
    }
}

fn told(done: &Recovered) -> String {
    let mut text = format!("The registry {} is usable again.\n", done.path.display());
    if let Some(kept) = &done.kept {
        text.push_str(&format!("Kept what was there: {}\n", kept.display()));
    }
    if let Some((backup, made)) = &done.backup {
        let when = made
            .map(|at| format!(", made {}", rfc3339(at)))
            .unwrap_or_default();
        text.push_str(&format!("Used the backup {}{when}\n", backup.display()));
    }
    for table in &done.tables {
        let backup = match table.from_backup {
            0 => String::new(),
            count => format!(", {count} from the backup"),
        };
        text.push_str(&format!(
            "  {:<12} {}{backup}\n",
            table.name,
            counted(table.read + table.from_backup, "row")
        ));
    }
    if done.lost.is_empty() {
        text.push_str("Nothing is lost.\n");
    } else {
        text.push_str("Lost:\n");
        for what in &done.lost {
            text.push_str(&format!("  {}\n", visible(what)));
        }
    }
    text
}
