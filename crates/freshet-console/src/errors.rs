//! S18, `/errors/CODE`: what the code of an error means, as `freshet explain` tells it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::Explanation;
use crate::page;
use crate::server::Site;

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    entry: Explanation,
}

/// Explains a code.
pub async fn show(State(site): State<Arc<Site>>, Path(code): Path<String>) -> Response {
    match (site.options.explain)(&code) {
        Some(entry) => page::page(StatusCode::OK, &Page { entry }),
        None => page::not_found(&format!("there is no code {code}")),
    }
}
