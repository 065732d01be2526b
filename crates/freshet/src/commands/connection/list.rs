//! `freshet connection list`.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ConnectionView, Connections, ListFilter, Status};
use serde_json::json;

use super::connection_json;
use crate::commands::completions;
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// List the connections there are
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection list
  freshet connection list --status needs_authorisation --json")]
pub struct Arguments {
    /// Only in this state: created, authorised, expired, needs_authorisation, failed or disabled
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Option<Status>,
    /// Only to this service
    #[arg(long, value_name = "SERVICE", add = ArgValueCandidates::new(completions::service_names))]
    service: Option<String>,
    /// As this owner sees them
    #[arg(long, value_name = "OWNER", env = "FRESHET_OWNER")]
    owner: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

fn status(text: &str) -> Result<Status, String> {
    Status::ALL
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or_else(|| format!("expected {}", Status::ALL.map(Status::as_str).join(", ")))
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    if let Some(service) = &arguments.service {
        connections.service(service)?;
    }
    let views = connections.list(&ListFilter {
        status: arguments.status,
        service: arguments.service.clone(),
        owner: arguments.owner.clone(),
    })?;
    if arguments.format.format() == Format::Json {
        output::print_json(
            json!({ "connections": views.iter().map(connection_json).collect::<Vec<_>>() }),
        )?;
    } else {
        let filtered = arguments.status.is_some() || arguments.service.is_some();
        show(&views, filtered)?;
    }
    Ok(exit::OK)
}

/// `filtered`: only some were asked for.
fn show(views: &[ConnectionView], filtered: bool) -> Result<(), Failure> {
    if views.is_empty() {
        output::say(if filtered {
            "no connection matches; freshet connection list shows all there are"
        } else {
            "no connections; make one: freshet connection add LINK --service SERVICE --connect"
        });
        return Ok(());
    }
    let now = now();
    // While nothing was used, a column that says so tells nothing.
    let any_used = views.iter().any(|view| view.used_at.is_some());
    let rows: Vec<Vec<String>> = views
        .iter()
        .map(|view| {
            let mut row = vec![
                view.link_name.clone(),
                visible(&view.name),
                view.service.clone(),
                view.status.as_str().to_owned(),
                view.account.as_deref().map_or("-".to_owned(), visible),
                view.expires_at
                    .map_or("-".to_owned(), |at| relative(at - now)),
            ];
            if any_used {
                row.push(view.used_at.map_or("-".to_owned(), |at| relative(at - now)));
            }
            row
        })
        .collect();
    let mut heads = vec![
        "LINK NAME",
        "NAME",
        "SERVICE",
        "STATUS",
        "ACCOUNT",
        "EXPIRES",
    ];
    if any_used {
        heads.push("LAST USED");
    }
    output::print(&output::table(&heads, &rows))?;
    for warning in views.iter().flat_map(|view| &view.warnings) {
        output::say(&format!("warning: {}", visible(warning)));
    }
    Ok(())
}

/// Milliseconds since 1970 UTC.
pub fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A stretch of milliseconds from now: `in 41 minutes`, `3 days ago`.
pub fn relative(milliseconds: i64) -> String {
    let seconds = milliseconds.unsigned_abs() / 1000;
    let (count, unit) = match seconds {
        0..=89 => (seconds, "second"),
        90..=5399 => (seconds / 60, "minute"),
        5400..=172_799 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let stretch = output::counted(usize::try_from(count).unwrap_or(usize::MAX), unit);
    if milliseconds >= 0 {
        format!("in {stretch}")
    } else {
        format!("{stretch} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn times_are_told_from_now() {
        assert_eq!(relative(41 * 60 * 1000), "in 41 minutes");
        assert_eq!(relative(-1000), "1 second ago");
        assert_eq!(relative(-3 * 86_400_000), "3 days ago");
    }
}
