//! From a link name and a request to an authenticated response.
//!
//! [`Connections`] is the whole face of this crate. Behind it lie the registry (an SQLite file with
//! sealed secrets), the services as data, the authentication schemes, the renewal of tokens and the
//! transport. It knows requests and secrets, and nothing of scripts.
//!
//! A reader's order: `connection.rs`, `service.rs`, `usable.rs`, `send.rs`, `refresh.rs`, `connect.rs`,
//! `authorization.rs`, then
//! `registry/` and `manage/`.

mod authorization;
mod clock;
mod connect;
mod connection;
mod discovery;
mod doctor;
mod echo;
mod error;
mod lookup;
mod mail;
mod manage;
mod pipe;
mod process;
mod rate;
mod refresh;
mod registry;
mod revoke;
mod room;
mod scheme;
mod send;
mod service;
mod settings;
mod store;
mod suggest;
mod token;
mod transport;
mod usable;
mod verify;

use std::sync::Arc;

pub use authorization::{
    AnswerPage, DeviceStarted, Finished, HeldPort, Listener, Listening, StartOptions, Started,
    cookie,
};
pub use clock::{Clock, SystemClock, in_words, rfc3339};
pub use connect::{Connected, Consent};
pub use connection::{LastError, LinkName, Reason, Sharing, Status};
pub use doctor::{Finding, State};
pub use error::{Code, ConnectionError};
pub use mail::{Attachment, Mail};
pub use manage::{
    ClientInput, ClientView, ConnectionView, Edit, EditPlan, Export, Exported, Fate, Imported,
    ImportedServices, Item, LedElsewhere, ListFilter, NewConnection, OnConflict, Opening, Seal,
    ServiceChange, ServiceEditPlan, ServiceFilter, ServiceOptions, ServiceSummary, ServiceView,
    SnippetType, leads_to, opening_of, service_text, validate_service,
};
pub use pipe::{all_of, is_named_pipe, read_at_most};
pub use rate::TurnTaken;
pub use registry::{
    ACTIONS, Backup, Check, Entry, Filter, KeyPlace, Recovered, RecoveredTable, Recovery,
    RegistryReport, Rotation, sqlite_version,
};
pub use revoke::Revoked;
pub use scheme::header_value;
pub use send::{Call, Reply};
pub use service::{
    ApiKey, CATEGORIES, Choice, ClientAuth, ExpiresUnit, Fault, Field, FieldSource, GrantType, Jwt,
    JwtAlgorithm, Legs, Lookup, OAuth1, OAuth2, ParamType, Pkce, Quirk, Rate, Redirect, Scheme,
    ScopeDefinition, ScopeDelimiter, Service, SignatureMethod, Template, TokenBody, Verify,
};
pub use settings::{Limits, Settings, Via};
pub use verify::Verification;

use store::Store;

/// Every connection this process can use and manage. Opens nothing until something is asked for.
pub struct Connections {
    pub(crate) store: Store,
    pub(crate) http: send::Http,
}

impl Connections {
    /// With the clock of the machine.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::with_clock(settings, Arc::new(SystemClock))
    }

    /// With a clock of the caller's, which tests set by hand.
    #[must_use]
    pub fn with_clock(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        let http = send::Http::new(&settings);
        Connections {
            store: Store::new(settings, clock),
            http,
        }
    }

    /// Whether this process may change services and connections: asked before a person is asked for
    /// anything.
    ///
    /// # Errors
    /// C0092 where it may only use them.
    pub fn may_manage(&self) -> Result<(), ConnectionError> {
        self.store.may_manage()
    }
}
