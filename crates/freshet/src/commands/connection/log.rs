//! `freshet connection log`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ACTIONS, Connections, Filter, rfc3339};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// Show what was done with connections, oldest first
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection log billing --since 2026-11-01
  freshet connection log --all --action refresh_failed --limit 20")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", required_unless_present = "all", add = ArgValueCandidates::new(completions::link_names))]
    link: Option<String>,
    /// All of them
    #[arg(long, conflicts_with = "link")]
    all: bool,
    /// From this day or time on (UTC)
    #[arg(long, value_name = "DATE", value_parser = time)]
    since: Option<i64>,
    /// Only this action, such as connect, refresh or use_refused
    #[arg(long, value_name = "ACTION", value_parser = PossibleValuesParser::new(ACTIONS))]
    action: Option<String>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    #[command(flatten)]
    format: FormatArguments,
}

/// A day, or an RFC 3339 time, in milliseconds since 1970 UTC.
fn time(text: &str) -> Result<i64, String> {
    let of_day = || {
        TimeZone::UTC
            .to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0))
            .ok()
    };
    let at = text.parse::<Timestamp>().ok().or_else(of_day);
    at.map(Timestamp::as_millisecond)
        .ok_or_else(|| "expected a date such as 2026-11-01 or 2026-11-01T08:00:00Z".to_owned())
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let entries = connections.log(&Filter {
        link_name: arguments.link.clone(),
        since: arguments.since,
        action: arguments.action.clone(),
        limit: arguments.limit,
    })?;
    if arguments.format.format() == Format::Json {
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| {
                json!({
                    "at": rfc3339(entry.at), "actor": entry.actor, "via": entry.via, "action": entry.action,
                    "link_name": entry.link_name, "service": entry.service, "outcome": entry.outcome,
                    "detail": entry.detail,
                })
            })
            .collect();
        output::print_json(json!({ "entries": entries }))?;
        return Ok(exit::OK);
    }
    if entries.is_empty() {
        output::say("nothing was done");
        return Ok(exit::OK);
    }
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            let subject = entry.link_name.as_ref().or(entry.service.as_ref());
            let shown = |text: Option<&String>| text.map_or("-".to_owned(), |text| visible(text));
            vec![
                rfc3339(entry.at),
                visible(&entry.actor),
                entry.via.clone(),
                entry.action.clone(),
                shown(subject),
                entry.outcome.clone(),
                shown(entry.detail.as_ref()),
            ]
        })
        .collect();
    output::print(&output::table(
        &["TIME", "ACTOR", "VIA", "ACTION", "OF", "OUTCOME", "DETAIL"],
        &rows,
    ))?;
    Ok(exit::OK)
}
