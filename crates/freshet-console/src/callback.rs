//! S7, `/callback`: a service sent a browser back. It needs no cookie of the console, which a browser would not send on
//! the way from elsewhere: the state of an attempt decides.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use freshet_connections::AnswerPage;

use crate::access::cookies;
use crate::server::Site;

/// Takes the answer of a service, and says what became of it.
pub async fn show(State(site): State<Arc<Site>>, headers: HeaderMap, address: Uri) -> Response {
    let query = address.query().unwrap_or_default();
    let page = site.connections.answer_browser(query, cookies(&headers));
    let page = page.await;
    let page = match page.link.clone() {
        // A link: on a redirect, too, the cookie of the console would be missing.
        Some(link) => page.leading_to(format!("/connections/{link}"), "Continue"),
        None => page,
    };
    let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Html(page.html())).into_response();
    if let Ok(policy) = HeaderValue::try_from(AnswerPage::policy()) {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
