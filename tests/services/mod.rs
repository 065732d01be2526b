//! Services on loopback: an API behind each scheme of authentication, and one that misbehaves.

#![allow(dead_code, unused_imports, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod api_key;
mod basic;
pub mod crypto;
pub mod foreign;
pub mod misbehaving;
pub mod oauth1_provider;
mod oauth2;
pub mod oauth2_provider;
pub mod token_replies;

pub use api_key::ApiKey;
pub use basic::Basic;
pub use foreign::{ForeignOAuth1, ForeignOAuth2};
pub use misbehaving::Misbehaving;
pub use oauth1_provider::OAuth1Provider;
pub use oauth2::{OAuth2, token};
pub use oauth2_provider::OAuth2Provider;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::server::Reply;

/// Seconds since 1970.
fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_secs()).expect("not for ever")
}

/// A second as the header `Date` writes it.
pub fn http_date(second: i64) -> String {
    let at = jiff::Timestamp::from_second(second).expect("a second of our time");
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

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
