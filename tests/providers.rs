//! The services of these tests are as strict as they promise: what they must refuse they refuse, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

#[path = "providers/oauth2.rs"]
mod oauth2;
