//! What the tests of this crate share.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

pub mod server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use freshet_connections::{
    Call, ClientInput, Clock, ConnectionError, Connections, Limits, NewConnection, Settings,
    Verification, Via,
};
use secrecy::SecretString;
use tempfile::TempDir;

/// A clock that stands still until a test moves it.
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn at(now: i64) -> Arc<Self> {
        Arc::new(HandClock(AtomicI64::new(now)))
    }

    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// 2026-11-24 12:00 UTC.
pub const NOON: i64 = 1_795_521_600_000;

/// Settings that touch nothing but `folder` and never wait long.
pub fn settings(folder: &TempDir) -> Settings {
    Settings {
        registry: Some(folder.path().join("registry.db")),
        key: None,
        key_file: None,
        owner: "tester".to_owned(),
        actor: "tester".to_owned(),
        via: Via::Run,
        use_only: false,
        ca_file: None,
        refuse_private: false,
        limits: Limits {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(5),
            call: Duration::from_secs(10),
            reply: 1024 * 1024,
        },
        patience: None,
        busy: Duration::from_secs(5),
        renewal_pauses: vec![Duration::ZERO, Duration::ZERO],
        idle_connections: 8,
        redirect_port: 8713,
    }
}

/// Connections without anything in them.
pub fn empty() -> (TempDir, Connections) {
    let folder = TempDir::new().unwrap();
    let connections = Connections::new(settings(&folder));
    (folder, connections)
}

/// A call that gets an address.
pub fn get(url: &str) -> Call {
    Call::new(http::Request::get(url).body(Vec::new()).unwrap())
}

/// A call that posts a text.
pub fn post(url: &str, media: &str, body: &str) -> Call {
    let request = http::Request::post(url).header("content-type", media);
    Call::new(request.body(body.as_bytes().to_vec()).unwrap())
}

/// Runs one future to its end on a runtime with the parts HTTP needs.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// The body of a reply as text.
pub fn text(response: &http::Response<Vec<u8>>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

/// A registry in a folder of its own, with a clock that stands still.
pub struct World {
    pub connections: Connections,
    pub clock: Arc<HandClock>,
    pub folder: TempDir,
}

impl World {
    pub fn new() -> World {
        let folder = TempDir::new().unwrap();
        let clock = HandClock::at(NOON);
        let connections =
            Connections::with_clock(settings(&folder), Arc::clone(&clock) as Arc<dyn Clock>);
        World {
            connections,
            clock,
            folder,
        }
    }

    /// The same registry and clock, opened as another process does.
    pub fn again(&self) -> Connections {
        Connections::with_clock(
            settings(&self.folder),
            Arc::clone(&self.clock) as Arc<dyn Clock>,
        )
    }

    pub fn limits(&self) -> Limits {
        settings(&self.folder).limits
    }

    pub fn service(&self, link_name: &str, document: &str) {
        self.connections
            .add_service(link_name, "test.toml", document, None)
            .unwrap();
    }

    pub fn client(&self, service: &str, client_id: &str, secret: Option<&str>) {
        let input = ClientInput {
            client_id: Some(client_id.to_owned()),
            client_secret: secret.map(SecretString::from),
            ..ClientInput::default()
        };
        self.connections.set_client(service, None, input).unwrap();
    }

    pub fn connection(&self, link_name: &str, service: &str, fields: &[(&str, &str)]) {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.create(NewConnection {
            fields: fields.collect(),
            ..new(link_name, service)
        });
    }

    pub fn scoped_connection(&self, link_name: &str, service: &str, scopes: &[&str]) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.create(NewConnection {
            scopes: Some(scopes),
            ..new(link_name, service)
        });
    }

    fn create(&self, new: NewConnection) {
        self.connections.create(new).unwrap();
    }

    pub fn connect(
        &self,
        link: &str,
        secrets: &[(&str, &str)],
    ) -> Result<Verification, ConnectionError> {
        wait(self.connections.connect(link, entered(secrets), true))
    }

    pub fn connect_unverified(
        &self,
        link: &str,
        secrets: &[(&str, &str)],
    ) -> Result<Verification, ConnectionError> {
        wait(self.connections.connect(link, entered(secrets), false))
    }

    /// The state people see.
    pub fn status(&self, link: &str) -> String {
        self.connections
            .show(link)
            .unwrap()
            .status
            .as_str()
            .to_owned()
    }

    /// The code of the last error.
    pub fn last_error(&self, link: &str) -> String {
        self.connections
            .show(link)
            .unwrap()
            .last_error
            .map(|error| error.code)
            .unwrap_or_default()
    }
}

fn new(link_name: &str, service: &str) -> NewConnection {
    NewConnection {
        link_name: link_name.to_owned(),
        service: service.to_owned(),
        ..NewConnection::default()
    }
}

fn entered(secrets: &[(&str, &str)]) -> BTreeMap<String, SecretString> {
    secrets
        .iter()
        .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value)))
        .collect()
}
