//! Services on loopback: an API behind each scheme of authentication, and one that misbehaves.

#![allow(dead_code, reason = "each test uses its part")]

mod api_key;
mod basic;
mod misbehaving;
mod oauth2;

pub use api_key::ApiKey;
pub use basic::Basic;
pub use misbehaving::Misbehaving;
pub use oauth2::{OAuth2, token};

use crate::support::server::Reply;

/// What an API answers whose caller it knows.
fn welcome(account: &str) -> Reply {
    Reply::json(&format!(r#"{{"email":"{account}","ok":true}}"#))
}

/// What it answers others. The words of the request are repeated, as some APIs do.
fn refusal(request: &crate::support::server::Request) -> Reply {
    let seen: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    Reply::new(
        401,
        "application/json",
        serde_json::json!({ "message": "who are you?", "seen": seen, "at": request.target })
            .to_string(),
    )
}
