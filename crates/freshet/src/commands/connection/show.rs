//! `freshet connection show`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ConnectionView, Connections, Sharing, SnippetType, rfc3339};
use serde_json::json;

use super::{connection_json, owner};
use crate::commands::completions;
use crate::commands::service::Lines;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments};

/// Show a connection: everything but its secrets
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection show billing
  freshet connection show billing --json")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let view = connections.show(&arguments.link)?;
    if arguments.format.format() == Format::Json {
        output::print_json(json!({ "connection": connection_json(&view) }))?;
        return Ok(exit::OK);
    }
    let snippet = connections.snippet(&arguments.link, SnippetType::Get, None)?;
    output::print(&format!("{}\nIn a function:\n\n{snippet}", text(&view)))?;
    for warning in &view.warnings {
        output::say(&format!("warning: {}", output::visible(warning)));
    }
    Ok(exit::OK)
}

/// The connection for a person.
pub fn text(view: &ConnectionView) -> String {
    let mut lines = Lines::default();
    let time = |lines: &mut Lines, name: &str, at: Option<i64>| {
        if let Some(at) = at {
            lines.add(name, &rfc3339(at));
        }
    };
    lines.add("connection", &format!("{} ({})", view.name, view.link_name));
    lines.add(
        "service",
        &format!("{} ({}, {})", view.service_name, view.service, view.scheme),
    );
    let reason = view
        .reason
        .map(|reason| format!(" ({})", reason.as_str()))
        .unwrap_or_default();
    lines.add("status", &format!("{}{reason}", view.status.as_str()));
    lines.add_if("account", view.account.as_deref());
    if view.sharing == Sharing::PerUser {
        lines.add("sharing", "per user");
    }
    lines.add_if("owner", owner(view));
    lines.add_if("grant type", view.grant_type);
    lines.add_if("client", view.client.as_deref());
    if !view.scopes_requested.is_empty() {
        lines.add("scopes asked for", &view.scopes_requested.join(" "));
    }
    match &view.scopes_granted {
        Some(granted) => lines.add("scopes granted", &granted.join(" ")),
        // As asked (RFC 6749, 5.1), yet some services drop scopes that they do not know without a word.
        None if view.authorised_at.is_some() && !view.scopes_requested.is_empty() => {
            lines.add("scopes granted", "not stated");
        }
        None => {}
    }
    for (name, value) in &view.fields {
        lines.add(name, value);
    }
    if !view.hosts.is_empty() {
        lines.add("hosts", &view.hosts.join(", "));
    }
    if !view.extra_hosts.is_empty() {
        lines.add("extra hosts", &view.extra_hosts.join(", "));
    }
    if let Some(rate) = view.rate {
        let part = |name: &str, count: Option<u32>| count.map(|count| format!("{name}={count}"));
        let parts: Vec<String> = [
            part("at_once", rate.at_once),
            part("per_minute", rate.per_minute),
        ]
        .into_iter()
        .flatten()
        .collect();
        lines.add("rate", &parts.join(", "));
    }
    time(&mut lines, "created", Some(view.created_at));
    time(&mut lines, "updated", Some(view.updated_at));
    time(&mut lines, "authorised", view.authorised_at);
    time(&mut lines, "verified", view.verified_at);
    time(&mut lines, "renewed", view.refreshed_at);
    time(&mut lines, "expires", view.expires_at);
    time(&mut lines, "renewable until", view.refresh_expires_at);
    time(&mut lines, "last used", view.used_at);
    if let Some(error) = &view.last_error {
        lines.add(
            "last error",
            &format!("{} {} ({})", rfc3339(error.at), error.message, error.code),
        );
    }
    if !view.notes.is_empty() {
        lines.add("notes", &view.notes);
    }
    lines.text
}
