//! What all pages share: how they are made, how times and code stand in them, and the pages for what is not there or
//! went wrong.

use std::collections::HashMap;

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use freshet_connections::{Code, ConnectionError, rfc3339};

/// The parameters of an address; the last of a name counts.
pub type Parameters = HashMap<String, String>;

/// A page from its template.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The page for whatever cannot be shown.
#[derive(Default, Template)]
#[template(path = "problem.html")]
pub struct Problem {
    pub status: StatusCode,
    pub heading: String,
    pub message: String,
    pub code: Option<String>,
    /// The next step. Code stands between backticks.
    pub help: Option<String>,
    /// For a browser that cannot see the other pages.
    pub is_outside: bool,
}

impl Problem {
    /// As a page.
    pub fn page(&self) -> Response {
        page(self.status, self)
    }
}

/// The page for an address that leads nowhere.
pub async fn nothing_here(address: Uri) -> Response {
    not_found(&format!("there is no page {}", address.path()))
}

/// The page for something that is not there.
pub fn not_found(message: &str) -> Response {
    Problem {
        status: StatusCode::NOT_FOUND,
        heading: "Not found".to_owned(),
        message: message.to_owned(),
        ..Problem::default()
    }
    .page()
}

/// The page for an error of connections.
pub fn failed(error: &ConnectionError) -> Response {
    let (status, heading) = match error.kind() {
        Code::UnknownLink => (StatusCode::NOT_FOUND, "Not found"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong"),
    };
    Problem {
        status,
        heading: heading.to_owned(),
        message: error.message().to_owned(),
        code: Some(error.code().to_owned()),
        help: error.help().map(str::to_owned),
        is_outside: false,
    }
    .page()
}

/// The style of all pages.
pub async fn style() -> impl IntoResponse {
    let kind = [(CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("../assets/style.css"))
}

/// A point in time, for a `time` element.
pub struct Time {
    /// RFC 3339, in UTC.
    pub exact: String,
    /// For people: `2026-11-24 15:53 UTC`.
    pub shown: String,
}

/// A point in time from milliseconds since 1970 UTC. A page stays as it is, so it says when rather than how long ago.
pub fn time(at: &i64) -> Time {
    let exact = rfc3339(*at);
    let shown = match (exact.get(..10), exact.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => exact.clone(),
    };
    Time { exact, shown }
}

/// A part of a text: code between backticks, or words.
pub struct Part<'a> {
    pub is_code: bool,
    pub text: &'a str,
}

/// The parts of a text in which code stands between backticks.
pub fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let part = |(place, text)| Part {
        is_code: place % 2 == 1,
        text,
    };
    text.split('`').enumerate().map(part)
}
