//! `freshet registry check`.

use clap::Args;
use freshet_connections::{Connections, RegistryReport};
use serde_json::{Value, json};

use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// Look whether the registry is whole: pages, tables, references, key, secrets, backups
///
/// Changes nothing. Ends with 74 when something is wrong.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet registry check
  freshet registry check --json")]
pub struct Arguments {
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let report = connections.check_registry()?;
    match arguments.format.format() {
        Format::Json => output::print_json(document(&report))?,
        Format::Human => output::print(&text(&report))?,
    }
    match report.error() {
        None => Ok(exit::OK),
        Some(error) => Err(Failure::from(error.clone())),
    }
}

/// The report as it stands in JSON documents.
fn document(report: &RegistryReport) -> Value {
    let checks = report.checks.iter().map(|check| {
        json!({
            "name": check.name,
            "ok": check.errors.is_empty(),
            "found": check.errors.is_empty().then_some(&check.found),
            "errors": check.errors.iter().map(|error| json!({
                "code": error.code(), "message": error.message(), "help": error.help(),
            })).collect::<Vec<_>>(),
        })
    });
    let backups = report
        .backups
        .iter()
        .map(|backup| json!({ "path": backup.path.display().to_string(), "ok": backup.sound }));
    json!({
        "registry": report.path.display().to_string(),
        "exists": report.exists,
        "ok": report.error().is_none(),
        "checks": checks.collect::<Vec<_>>(),
        "backups": backups.collect::<Vec<_>>(),
    })
}

fn text(report: &RegistryReport) -> String {
    let path = report.path.display();
    if !report.exists {
        return format!("There is no registry yet at {path}.\n");
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for check in &report.checks {
        if check.errors.is_empty() {
            rows.push(vec![
                check.name.to_owned(),
                "ok".to_owned(),
                check.found.clone(),
            ]);
        }
        for error in &check.errors {
            let found = format!("{} ({})", visible(error.message()), error.code());
            rows.push(vec![check.name.to_owned(), "wrong".to_owned(), found]);
        }
    }
    for backup in &report.backups {
        let state = if backup.sound { "ok" } else { "wrong" };
        rows.push(vec![
            "backup".to_owned(),
            state.to_owned(),
            backup.path.display().to_string(),
        ]);
    }
    format!(
        "{path}\n{}",
        output::table(&["CHECK", "STATE", "FOUND"], &rows)
    )
}
