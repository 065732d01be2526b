//! When a console ends by itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use freshet_connections::{Connections, Settings, Via};
use freshet_console::{Console, Ended, Options};

fn run(idle: Duration, cancelled: bool) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        registry: Some(folder.path().join("registry.db")),
        ..Settings::from_environment(Via::Console).unwrap()
    };
    let connections = Connections::new(settings);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let port = connections.hold_port(0).await.unwrap();
        let options = Options {
            idle,
            explain: |_| None,
        };
        let console = Console::new(Arc::new(connections), port, options).unwrap();
        assert!(console.address().starts_with("http://127.0.0.1:"));
        console.run(&AtomicBool::new(cancelled)).await
    })
}

#[test]
fn it_ends_when_nobody_asks_for_anything_or_it_is_told_to() {
    assert_eq!(run(Duration::ZERO, false), Ended::Idle);
    assert_eq!(run(Duration::from_secs(3600), true), Ended::Cancelled);
}
