//! S12, `/connections/LINK/log?action=&page=`: what was done with a connection, newest first.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use freshet_connections::{ACTIONS, Entry, Filter};

use crate::page::{self, Parameters};
use crate::server::Site;

/// Entries on a page.
const LENGTH: u32 = 50;

#[derive(Template)]
#[template(path = "log.html")]
struct Log {
    link: String,
    /// What was asked for; empty: everything.
    action: String,
    entries: Vec<Entry>,
    /// From 1.
    page: u32,
    /// Whether there are older ones.
    has_more: bool,
    /// Whether it still exists: the log outlives it.
    is_there: bool,
}

/// Shows a page of the log.
pub async fn show(
    State(site): State<Arc<Site>>,
    Path(link): Path<String>,
    Query(asked): Query<Parameters>,
) -> Response {
    let page = asked.get("page").and_then(|page| page.parse().ok());
    let page: u32 = page.unwrap_or(1).max(1);
    let action = asked.get("action").cloned().unwrap_or_default();
    // The log gives the newest: those of this page, of all before it, and one that shows whether there are more.
    let up_to = page.saturating_mul(LENGTH);
    let filter = Filter {
        link_name: Some(link.clone()),
        action: Some(action.clone()).filter(|action| !action.is_empty()),
        limit: Some(up_to.saturating_add(1)),
        ..Filter::default()
    };
    let mut entries = match site.connections.log(&filter) {
        Ok(entries) => entries,
        Err(error) => return page::failed(&error),
    };
    entries.reverse();
    let has_more = entries.len() > up_to as usize;
    let before = (up_to - LENGTH) as usize;
    let entries: Vec<Entry> = entries
        .into_iter()
        .skip(before)
        .take(LENGTH as usize)
        .collect();
    let log = Log {
        is_there: site.connections.show(&link).is_ok(),
        link,
        action,
        entries,
        page,
        has_more,
    };
    page::page(StatusCode::OK, &log)
}
