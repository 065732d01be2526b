//! A registry of a test's own, in a folder that goes with it.

#![allow(dead_code, reason = "each test file uses a part")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use freshet_connections::{Clock, Connections, Settings, Via};
use tempfile::TempDir;

/// A clock set by hand, beginning on 2026-11-24.
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn forward(&self, by: Duration) {
        self.0
            .fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A folder for one registry.
pub struct Place {
    folder: TempDir,
    pub clock: Arc<HandClock>,
}

impl Place {
    pub fn new() -> Self {
        Place {
            folder: TempDir::new().unwrap(),
            clock: Arc::new(HandClock(AtomicI64::new(1_795_478_400_000))),
        }
    }

    /// The data folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub fn settings(&self) -> Settings {
        Settings {
            registry: Some(self.path("registry.db")),
            key: None,
            key_file: None,
            owner: "ada".into(),
            actor: "ada".into(),
            ..Settings::from_environment(Via::Cli).unwrap()
        }
    }

    /// A process of its own, as far as the registry can tell.
    pub fn connections(&self) -> Connections {
        Connections::with_clock(self.settings(), self.clock.clone())
    }
}
