//! The services of these tests are as strict as they promise: what they must refuse they refuse, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

#[path = "providers/foreign.rs"]
mod foreign;
#[path = "providers/misbehaving.rs"]
mod misbehaving;
#[path = "providers/oauth1.rs"]
mod oauth1;
#[path = "providers/oauth2.rs"]
mod oauth2;
