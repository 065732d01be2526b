//! S9, `/connections/LINK?type=`: one connection with everything but its secrets, and the block to paste.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use freshet_connections::{ConnectionError, ConnectionView, Rate, Sharing, SnippetType, Status};

use crate::page::{self, Parameters, Time};
use crate::server::Site;

/// The methods of the block, as they stand in addresses.
const TYPES: [(&str, SnippetType); 4] = [
    ("GET", SnippetType::Get),
    ("POST", SnippetType::Post),
    ("PUT", SnippetType::Put),
    ("DELETE", SnippetType::Delete),
];

#[derive(Template)]
#[template(path = "connection.html")]
struct Summary {
    view: ConnectionView,
    facts: Vec<Fact>,
    snippet: String,
    /// The methods of the block; none: a mail account, whose block has no method.
    tabs: Vec<Tab>,
    /// The command that makes it usable, unless it is.
    next: Option<String>,
}

/// A method of the block to paste.
struct Tab {
    method: &'static str,
    is_current: bool,
}

/// One line of what is known.
struct Fact {
    name: String,
    value: Value,
}

enum Value {
    Text(String),
    List(Vec<String>),
    Time(Time),
}

/// Shows a connection.
pub async fn show(
    State(site): State<Arc<Site>>,
    Path(link): Path<String>,
    Query(asked): Query<Parameters>,
) -> Response {
    let wanted = asked.get("type").map_or("", String::as_str);
    match summary(&site, &link, wanted) {
        Ok(summary) => page::page(StatusCode::OK, &summary),
        Err(error) => page::failed(&error),
    }
}

fn summary(site: &Site, link: &str, wanted: &str) -> Result<Summary, ConnectionError> {
    let connections = &site.connections;
    let view = connections.show(link)?;
    let is_mail = connections.service(&view.service)?.service.mail;
    let wanted = TYPES
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let (name, method) = wanted.unwrap_or(TYPES[0]);
    let tabs = TYPES.iter().filter(|_| !is_mail);
    let tabs = tabs.map(|(method, _)| Tab {
        method,
        is_current: *method == name,
    });
    Ok(Summary {
        snippet: connections.snippet(link, method, None)?,
        tabs: tabs.collect(),
        facts: facts(&view),
        next: next_step(&view),
        view,
    })
}

/// The command that makes a connection usable; `None`: it is.
fn next_step(view: &ConnectionView) -> Option<String> {
    let word = match view.status {
        Status::Created | Status::Failed => "connect",
        Status::NeedsAuthorisation => "reconnect",
        Status::Disabled => "enable",
        Status::Authorised | Status::Expired => return None,
    };
    Some(format!("freshet connection {word} {}", view.link_name))
}

/// Everything that is known, in the order of `freshet connection show`.
fn facts(view: &ConnectionView) -> Vec<Fact> {
    let mut facts = Facts(Vec::new());
    facts.text("Link name", &view.link_name);
    let service = format!("{} ({}, {})", view.service_name, view.service, view.scheme);
    facts.text("Service", service);
    let status = view.status.as_str();
    facts.text(
        "Status",
        match view.reason {
            Some(reason) => format!("{status} ({})", reason.as_str()),
            None => status.to_owned(),
        },
    );
    facts.text_if("Account", view.account.as_deref());
    if view.sharing == Sharing::PerUser {
        facts.text("Sharing", "per user");
        facts.text("Owner", &view.owner);
    }
    facts.text_if("Grant type", view.grant_type);
    facts.text_if("Client", view.client.as_deref());
    facts.list("Scopes asked for", &view.scopes_requested);
    match &view.scopes_granted {
        Some(granted) => facts.list("Scopes granted", granted),
        // As asked (RFC 6749, 5.1), yet some services drop scopes that they do not know without a word.
        None if view.authorised_at.is_some() && !view.scopes_requested.is_empty() => {
            facts.text("Scopes granted", "not stated");
        }
        None => {}
    }
    for (name, value) in &view.fields {
        facts.text(name, value);
    }
    facts.list("Hosts", &view.hosts);
    facts.list("Extra hosts", &view.extra_hosts);
    facts.text_if("Rate", view.rate.map(rate).as_deref());
    for (name, at) in [
        ("Created", Some(view.created_at)),
        ("Updated", Some(view.updated_at)),
        ("Authorised", view.authorised_at),
        ("Verified", view.verified_at),
        ("Renewed", view.refreshed_at),
        ("Expires", view.expires_at),
        ("Renewable until", view.refresh_expires_at),
        ("Last used", view.used_at),
    ] {
        facts.0.extend(at.map(|at| Fact {
            name: name.to_owned(),
            value: Value::Time(page::time(&at)),
        }));
    }
    facts.text_if("Notes", Some(view.notes.as_str()));
    facts.0
}

/// Collects facts; what is not known is left out.
struct Facts(Vec<Fact>);

impl Facts {
    fn text(&mut self, name: &str, value: impl Into<String>) {
        self.0.push(Fact {
            name: name.to_owned(),
            value: Value::Text(value.into()),
        });
    }

    fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.text(name, value);
        }
    }

    fn list(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            self.0.push(Fact {
                name: name.to_owned(),
                value: Value::List(values.to_vec()),
            });
        }
    }
}

fn rate(rate: Rate) -> String {
    let at_once = rate.at_once.map(|count| format!("{count} at once"));
    let per_minute = rate.per_minute.map(|count| format!("{count} a minute"));
    let parts: Vec<String> = at_once.into_iter().chain(per_minute).collect();
    parts.join(", ")
}
