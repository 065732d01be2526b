//! `freshet doctor`: what on this machine keeps connections from working.

use clap::Args;
use freshet_connections::{Finding, State, Via};
use serde_json::json;

use super::{Global, connection_settings, engine, wait};
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// Look for what keeps connections from working
///
/// Folders, their rights and room, the registry and its key, backups, the clock, certificates, proxies, and connections
/// that need a person. Leaves nothing changed, and sends nothing unless --online is given. Ends with 1 when something is wrong.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet doctor
  freshet doctor --json")]
pub struct Arguments {
    /// Also ask a host of each connection for its time, without a credential
    #[arg(long)]
    online: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let engine = engine(connection_settings(global, Via::Cli)?);
    let connections = engine.connections();
    let mut findings = connections.diagnose();
    if arguments.online {
        findings.extend(wait(&engine, connections.diagnose_online())?);
    }
    let wrong = findings
        .iter()
        .filter(|finding| finding.state == State::Wrong)
        .count();
    match arguments.format.format() {
        Format::Json => output::print_json(json!({
            "ok": wrong == 0,
            "program": env!("CARGO_PKG_VERSION"),
            "checks": findings.iter().map(|finding| json!({
                "name": finding.name, "state": finding.state.as_str(), "found": finding.found,
                "help": finding.help,
            })).collect::<Vec<_>>(),
        }))?,
        Format::Human => output::print(&text(&findings))?,
    }
    Ok(if wrong == 0 { exit::OK } else { exit::SCRIPT })
}

fn text(findings: &[Finding]) -> String {
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|finding| {
            vec![
                visible(&finding.name),
                finding.state.as_str().to_owned(),
                visible(&finding.found).replace('\n', " "),
            ]
        })
        .collect();
    let mut text = output::table(&["CHECK", "STATE", "FOUND"], &rows);
    let helps = findings.iter().filter_map(|finding| {
        let help = finding.help.as_ref()?;
        Some(format!("{}: {}\n", visible(&finding.name), visible(help)))
    });
    let helps: String = helps.collect();
    if helps.is_empty() {
        text.push_str("Nothing is wrong.\n");
    } else {
        text.push_str(&format!("\nNext:\n{helps}"));
    }
    text
}
