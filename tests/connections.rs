//! Connections through the binary: real registry, real service on loopback, real processes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod services;
mod support;

#[path = "support/connecting.rs"]
mod connecting;

#[path = "connections/arriving.rs"]
mod arriving;
#[path = "connections/asked.rs"]
mod asked;
#[path = "connections/checks.rs"]
mod checks;
#[path = "connections/clients.rs"]
mod clients;
#[path = "connections/commands.rs"]
mod commands;
#[path = "connections/consent.rs"]
mod consent;
#[path = "connections/contract.rs"]
mod contract;
#[path = "connections/definitions.rs"]
mod definitions;
#[path = "connections/doctor.rs"]
mod doctor;
#[path = "connections/elsewhere.rs"]
mod elsewhere;
#[path = "connections/entering.rs"]
mod entering;
#[path = "connections/errors.rs"]
mod errors;
#[path = "connections/failures.rs"]
mod failures;
#[path = "connections/kept.rs"]
mod kept;
#[path = "connections/key.rs"]
mod key;
#[path = "connections/late.rs"]
mod late;
#[path = "connections/leaks.rs"]
mod leaks;
#[path = "connections/leaks_kinds.rs"]
mod leaks_kinds;
#[path = "connections/leaks_registry.rs"]
mod leaks_registry;
#[path = "connections/meanwhile.rs"]
mod meanwhile;
#[path = "connections/recovery.rs"]
mod recovery;
#[path = "connections/registry.rs"]
mod registry;
#[path = "connections/renamed.rs"]
mod renamed;
#[path = "connections/renewal.rs"]
mod renewal;
#[path = "connections/repeated.rs"]
mod repeated;
#[path = "connections/secrets.rs"]
mod secrets;
#[path = "connections/sharing.rs"]
mod sharing;
#[path = "connections/steps.rs"]
mod steps;
#[path = "connections/told.rs"]
mod told;
#[path = "connections/transcripts.rs"]
mod transcripts;
#[path = "connections/transfer.rs"]
mod transfer;
#[path = "connections/unstored.rs"]
mod unstored;
#[path = "connections/use_only.rs"]
mod use_only;
#[path = "connections/verifying.rs"]
mod verifying;
#[path = "connections/waiting.rs"]
mod waiting;
#[path = "connections/writes.rs"]
mod writes;

use connecting::calling;
