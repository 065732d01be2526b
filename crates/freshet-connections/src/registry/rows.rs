//! One transaction on the registry: what every statement needs.

use std::cell::Cell;
use std::collections::BTreeMap;

use rusqlite::types::Type;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::seal::{KeyRing, Place, key_id};
use crate::error::ConnectionError;

/// A number that no row ever had: whoever comes late with that of one that is gone must not take another for it.
pub(super) const NEW_ID: &str = "abs(random() % 9007199254740991)";

/// Why a transaction ends without effect: SQLite failed, or a check said no.
pub(crate) enum Failure {
    Sql(rusqlite::Error),
    Told(ConnectionError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sql(error)
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        Failure::Told(error)
    }
}

/// The rows of the registry within one transaction.
pub(crate) struct Rows<'a> {
    pub(super) db: &'a rusqlite::Connection,
    pub(super) keys: &'a KeyRing,
    /// Milliseconds since 1970 UTC, the same for the whole transaction.
    pub now: i64,
    pub(super) actor: &'a str,
    pub(super) via: &'static str,
    /// The port of redirect URLs.
    pub redirect_port: u16,
    /// The number of the connection that was made last in this transaction.
    pub(super) made: Cell<Option<i64>>,
}

impl Rows<'_> {
    /// Seals a text for its place.
    pub(super) fn seal(&self, place: Place<'_>, text: &SecretString) -> Result<Vec<u8>, Failure> {
        self.seal_bytes(place, text.expose_secret().as_bytes())
    }

    pub(super) fn seal_bytes(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Failure> {
        let too_long = || ConnectionError::credential_text("secret", "a text too long to seal");
        self.keys
            .seal(place, plain)
            .ok_or_else(|| too_long().into())
    }

    /// Seals named secrets as one JSON object; `None` when there is none.
    pub(super) fn seal_map(
        &self,
        place: Place<'_>,
        secrets: &BTreeMap<String, SecretString>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        if secrets.is_empty() {
            return Ok(None);
        }
        let plain: BTreeMap<&str, &str> = secrets
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect();
        let text = Zeroizing::new(json(&plain));
        self.seal_bytes(place, text.as_bytes()).map(Some)
    }

    /// Opens a sealed column. `whose` names the connection or client, should it fail.
    pub(super) fn unseal(
        &self,
        place: Place<'_>,
        sealed: Option<Vec<u8>>,
        whose: &str,
    ) -> Result<Option<SecretString>, Failure> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let plain = self.keys.unseal(place, &sealed);
        let text = plain.and_then(|plain| std::str::from_utf8(&plain).ok().map(SecretString::from));
        text.map(Some)
            .ok_or_else(|| ConnectionError::unseal(whose, &key_id(&sealed)).into())
    }

    /// Opens a sealed JSON object of named secrets.
    pub(super) fn unseal_map(
        &self,
        place: Place<'_>,
        sealed: Option<Vec<u8>>,
        whose: &str,
    ) -> Result<BTreeMap<String, SecretString>, Failure> {
        let Some(text) = self.unseal(place, sealed, whose)? else {
            return Ok(BTreeMap::new());
        };
        let secrets: BTreeMap<String, String> = serde_json::from_str(text.expose_secret())
            .map_err(|_| ConnectionError::unseal(whose, self.keys.current().id()))?;
        Ok(secrets
            .into_iter()
            .map(|(name, value)| (name, SecretString::from(value)))
            .collect())
    }
}

/// JSON text of what always has one: texts, lists and maps of texts.
pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads a JSON column.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(
    row: &rusqlite::Row<'_>,
    column: &str,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(column, error))
}

/// A column that holds what it cannot hold.
pub(super) fn unreadable(
    column: &str,
    cause: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    tracing::debug!(column, "unreadable column");
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(cause))
}

/// A word in a column that is none of the words it may hold.
#[derive(Debug)]
pub(super) struct UnknownWord(pub &'static str);

impl std::fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an unknown {}", self.0)
    }
}

impl std::error::Error for UnknownWord {}
