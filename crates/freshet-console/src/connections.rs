//! S2, `/connections?q=&status=`: the connections there are.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use freshet_connections::{ConnectionView, ListFilter, Status};

use crate::page::{self, Parameters};
use crate::server::Site;

#[derive(Template)]
#[template(path = "connections.html")]
struct List {
    /// What was looked for.
    words: String,
    /// The state that was asked for; empty: any.
    status: String,
    views: Vec<ConnectionView>,
    /// Whether there is any connection at all.
    has_any: bool,
    /// While nothing was used, a column that says so tells nothing.
    has_used: bool,
}

/// Shows those whose names, service or account hold the words.
pub async fn show(State(site): State<Arc<Site>>, Query(asked): Query<Parameters>) -> Response {
    let text = |name: &str| asked.get(name).map_or("", |value| value.trim()).to_owned();
    let (words, status) = (text("q"), text("status"));
    let mut views = match site.connections.list(&ListFilter::default()) {
        Ok(views) => views,
        Err(error) => return page::failed(&error),
    };
    let has_any = !views.is_empty();
    views.retain(|view| holds(view, &words) && has_status(view, &status));
    let list = List {
        has_used: views.iter().any(|view| view.used_at.is_some()),
        words,
        status,
        views,
        has_any,
    };
    page::page(StatusCode::OK, &list)
}

fn has_status(view: &ConnectionView, status: &str) -> bool {
    status.is_empty() || view.status.as_str() == status
}

/// Whether a text of the connection holds the words, in any letter case.
fn holds(view: &ConnectionView, words: &str) -> bool {
    let words = words.to_lowercase();
    let account = view.account.as_deref().unwrap_or_default();
    let texts = [
        &view.link_name,
        &view.name,
        &view.service,
        &view.service_name,
        account,
    ];
    texts
        .into_iter()
        .any(|text| text.to_lowercase().contains(&words))
}
