//! `freshet connection verify`.

use std::time::{Duration, Instant};

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ConnectionError, Connections, Verification};
use freshet_runtime::engine::Engine;
use serde_json::{Value, json};

use crate::commands::{completions, wait};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// Show whether connections work, by asking their services
///
/// Ends with the highest exit code of all.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection verify billing crm
  freshet connection verify --all --json")]
pub struct Arguments {
    /// The connections
    #[arg(value_name = "LINK", required_unless_present = "all", add = ArgValueCandidates::new(completions::link_names))]
    links: Vec<String>,
    /// All of them
    #[arg(long, conflicts_with = "links")]
    all: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, engine: &Engine) -> Outcome {
    let connections = engine.connections();
    let format = arguments.format.format();
    let links = if arguments.all {
        connections.link_names()?
    } else {
        arguments.links.clone()
    };
    let mut results = Vec::new();
    let mut worst = exit::OK;
    for link in &links {
        let begun = Instant::now();
        let outcome = wait(engine, connections.verify(link))?;
        let elapsed = begun.elapsed();
        for warning in outcome
            .iter()
            .flat_map(|verification| &verification.warnings)
        {
            let (message, code) = (visible(warning.message()), warning.code());
            output::say(&format!("warning: {}: {message} ({code})", visible(link)));
        }
        worst = worst.max(
            outcome
                .as_ref()
                .err()
                .map_or(exit::OK, ConnectionError::exit),
        );
        match format {
            Format::Json => results.push(as_json(link, &outcome, elapsed, connections)),
            Format::Human => tell(link, outcome, connections)?,
        }
    }
    if format == Format::Json {
        output::print_json(json!({ "results": results }))?;
    } else if links.is_empty() {
        output::say("no connections");
    }
    Ok(worst)
}

/// `crm_sales: authorised as a@b.c (200, 182 ms)`
fn tell(
    link: &str,
    outcome: Result<Verification, ConnectionError>,
    connections: &Connections,
) -> Result<(), Failure> {
    match outcome {
        Ok(verification) => {
            let account = verification
                .account
                .map(|account| format!(" as {}", visible(&account)))
                .unwrap_or_default();
            let status = connections.show(link).map(|view| view.status);
            let disabled = match status {
                Ok(status) if status.as_str() == "disabled" => "disabled, and would be ",
                _ => "",
            };
            output::print(&match verification.status {
                Some(status) => format!(
                    "{link}: {disabled}authorised{account} ({status}, {} ms)\n",
                    verification.elapsed.as_millis()
                ),
                None => format!(
                    "{link}: its service names no request that would show whether it works\n"
                ),
            })
        }
        Err(error) => {
            let help = error
                .help()
                .map(|help| format!("\n  help: {}", visible(help)))
                .unwrap_or_default();
            output::say(&format!(
                "{}: {} ({}){help}",
                visible(link),
                visible(error.message()),
                error.code()
            ));
            Ok(())
        }
    }
}

fn as_json(
    link: &str,
    outcome: &Result<Verification, ConnectionError>,
    elapsed: Duration,
    connections: &Connections,
) -> Value {
    let verification = outcome.as_ref().ok();
    json!({
        "link_name": link,
        "status": connections.show(link).ok().map(|view| view.status.as_str()),
        "http_status": match outcome {
            Ok(verification) => verification.status,
            Err(error) => error.http_status(),
        },
        "account": verification.and_then(|verification| verification.account.clone()),
        "milliseconds": verification.map_or(elapsed, |verification| verification.elapsed).as_millis() as u64,
        "error": outcome.as_ref().err().map(|error| json!({
            "code": error.code(), "message": error.message(), "help": error.help(), "exit": error.exit(),
        })),
    })
}
