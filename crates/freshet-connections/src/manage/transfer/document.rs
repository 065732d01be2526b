//! The form of an export: a JSON document (connections, 4.2). Members that are secrets stand in
//! `secrets` alone, so that an export without secrets is one without those.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::connection::{Reason, Sharing, Status};
use crate::error::ConnectionError;
use crate::service::{ClientAuth, GrantType};

const EXPECTED: &str = "an export of version 1";

/// All of an export.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    version: Version,
    pub services: Vec<ServiceItem>,
    pub clients: Vec<ClientItem>,
    pub connections: Vec<ConnectionItem>,
}

/// A custom service.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceItem {
    pub link_name: String,
    /// Its document (TOML).
    pub definition: String,
}

/// A client. Its name is `own:LINK` where it belongs to one connection alone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientItem {
    pub service: String,
    pub name: String,
    pub client_id: String,
    pub fields: BTreeMap<String, String>,
    pub redirect_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<ClientSecrets>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientSecrets {
    pub client_secret: Option<Secret>,
    pub fields: BTreeMap<String, Secret>,
}

/// A connection with the state of each owner's credential.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionItem {
    pub link_name: String,
    pub name: String,
    pub service: String,
    /// The name of a client; `None`: the service's default.
    pub client: Option<String>,
    #[serde(deserialize_with = "grant_type", serialize_with = "grant_word")]
    pub grant_type: Option<GrantType>,
    pub scopes: Vec<String>,
    pub fields: BTreeMap<String, String>,
    pub extra_hosts: Vec<String>,
    #[serde(deserialize_with = "sharing", serialize_with = "sharing_word")]
    pub sharing: Sharing,
    pub disabled: bool,
    /// Since when, where it is. Exports of earlier versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Time>,
    pub rate: Option<RateItem>,
    pub notes: String,
    pub created_at: Time,
    pub updated_at: Time,
    #[serde(deserialize_with = "credentials")]
    pub credentials: Vec<CredentialItem>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateItem {
    pub at_once: Option<u32>,
    pub per_minute: Option<u32>,
}

/// The credential of one owner.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CredentialItem {
    pub owner: String,
    #[serde(deserialize_with = "status", serialize_with = "status_word")]
    pub status: Status,
    #[serde(deserialize_with = "reason", serialize_with = "reason_word")]
    pub reason: Option<Reason>,
    /// Since when it must be authorised again, where somebody revoked or changed it: exports of earlier versions do not
    /// say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_at: Option<Time>,
    pub account: Option<String>,
    pub scopes_granted: Option<Vec<String>>,
    #[serde(default, deserialize_with = "client_auth")]
    pub client_auth: Option<String>,
    /// What the service told: values of callback, token reply and lookup.
    pub found: BTreeMap<String, String>,
    pub issued_at: Option<Time>,
    pub expires_at: Option<Time>,
    pub refresh_expires_at: Option<Time>,
    pub authorised_at: Option<Time>,
    pub refreshed_at: Option<Time>,
    pub verified_at: Option<Time>,
    pub used_at: Option<Time>,
    pub last_error: Option<LastErrorItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<CredentialSecrets>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LastErrorItem {
    pub code: String,
    pub message: String,
    pub at: Time,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CredentialSecrets {
    pub fields: BTreeMap<String, Secret>,
    pub access_token: Option<Secret>,
    pub token_secret: Option<Secret>,
    pub refresh_token: Option<Secret>,
    pub previous_refresh_token: Option<Secret>,
}

/// Milliseconds since 1970 UTC, written as RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(pub i64);

/// A secret, written in an export that is sealed as a whole, and nowhere else.
#[derive(Clone)]
pub(super) struct Secret(pub SecretString);

/// The one version there is.
struct Version;

impl Document {
    pub fn new() -> Self {
        Document {
            version: Version,
            services: Vec::new(),
            clients: Vec::new(),
            connections: Vec::new(),
        }
    }

    /// The text of the document. It may hold secrets.
    pub fn write(&self) -> Zeroizing<Vec<u8>> {
        // Measured first: a buffer that grows would leave copies of secrets behind.
        let mut length = Length(1);
        let measured = serde_json::to_writer_pretty(&mut length, self);
        let mut text = Zeroizing::new(Vec::with_capacity(length.0));
        let written = serde_json::to_writer_pretty(&mut *text, self);
        debug_assert!(
            measured.is_ok() && written.is_ok(),
            "every member has a JSON form"
        );
        text.push(b'\n');
        text
    }

    /// Reads a document. `name` is what faults call its file.
    ///
    /// # Errors
    /// C0088 with the line. Values of the file are never shown, since they may be secrets.
    pub fn read(name: &str, text: &[u8]) -> Result<Self, ConnectionError> {
        serde_json::from_slice(text).map_err(|error| {
            ConnectionError::import(name, error.line().max(1), &found(&error), EXPECTED)
        })
    }
}

/// Counts what is written.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a fault of serde_json found, without the values its message may repeat.
fn found(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "the end of the file".to_owned();
    }
    if !error.is_data() {
        return "a text that is no JSON".to_owned();
    }
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(&*message, |(text, _)| text);
    let member = message.split('`').nth(1).unwrap_or_default();
    let (kind, rest) = message.split_once(": ").unwrap_or((message, ""));
    match kind {
        "invalid type" => {
            let wanted = rest
                .rsplit_once(", expected ")
                .map_or("", |(_, wanted)| wanted);
            format!("{} instead of {}", kind_of(rest), words(wanted))
        }
        "invalid value" => "a value that does not fit".to_owned(),
        _ if message.starts_with("invalid length") => "a list instead of an object".to_owned(),
        _ if message.starts_with("missing field") => format!("no `{member}`"),
        _ if message.starts_with("unknown field") => format!("the unknown member `{member}`"),
        _ if message.starts_with("duplicate field") => format!("`{member}` a second time"),
        // Only messages of this file are left.
        _ => message.to_owned(),
    }
}

/// The kind of JSON value that "invalid type: KIND …" tells of.
fn kind_of(rest: &str) -> &'static str {
    match rest.split([' ', ',']).next().unwrap_or_default() {
        "string" | "character" => "a text",
        "integer" | "floating" => "a number",
        "boolean" => "true or false",
        "map" => "an object",
        "sequence" => "a list",
        "null" => "null",
        _ => "another value",
    }
}

fn words(wanted: &str) -> &str {
    match wanted {
        "a string" => "a text",
        "a boolean" => "true or false",
        "a map" => "an object",
        "a sequence" => "a list",
        _ if wanted.starts_with("struct ") => "an object",
        _ if wanted.starts_with(['u', 'i']) => "a number",
        // Types of this file say what they are.
        _ => wanted,
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Version),
            other => Err(D::Error::custom(format!("version {other}"))),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Timestamp::from_millisecond(self.0) {
            Ok(time) => serializer.collect_str(&time),
            Err(_) => Err(serde::ser::Error::custom("a time outside of the calendar")),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = text.parse().ok().or_else(|| last_time(&text));
        time.map(|time: Timestamp| Time(time.as_millisecond()))
            .ok_or_else(|| D::Error::custom("a text that is no time in RFC 3339"))
    }
}

/// The last time there is, for one of the hours after it: many write "never" as the end of the year 9999.
fn last_time(text: &str) -> Option<Timestamp> {
    let pieces = Pieces::parse(text).ok()?;
    let is_last = pieces.date().year() == 9999 && pieces.time().is_some();
    // Of the last second only the beginning can be read back from milliseconds.
    let last = Timestamp::from_second(Timestamp::MAX.as_second()).ok()?;
    (is_last && pieces.offset().is_some()).then_some(last)
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret(SecretString::from(text)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The credentials of a connection, one an owner, each with a reason that its state can have.
fn credentials<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<CredentialItem>, D::Error> {
    let items = Vec::<CredentialItem>::deserialize(deserializer)?;
    let mut owners = BTreeSet::new();
    if !items.iter().all(|item| owners.insert(item.owner.as_str())) {
        return Err(D::Error::custom("two credentials of one owner"));
    }
    let fits = |item: &CredentialItem| item.reason.is_none_or(|reason| reason.fits(item.status));
    if !items.iter().all(fits) {
        return Err(D::Error::custom(
            "a status with a reason that does not go with it",
        ));
    }
    Ok(items)
}

/// A word of a fixed list, or what to say instead.
fn word<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl Fn(&str) -> Option<T>,
    otherwise: &str,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    read(&text).ok_or_else(|| D::Error::custom(otherwise))
}

/// How a client says who it is, where that was tried out.
fn client_auth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    let kept = [ClientAuth::Basic, ClientAuth::Body].map(ClientAuth::as_str);
    match text {
        Some(text) if !kept.contains(&text.as_str()) => Err(D::Error::custom(
            "a kind of client authentication that does not exist",
        )),
        text => Ok(text),
    }
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Status, D::Error> {
    word(
        deserializer,
        Status::from_stored,
        "a status that does not exist",
    )
}

fn status_word<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.as_str())
}

fn sharing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sharing, D::Error> {
    let read = |text: &str| {
        [Sharing::Shared, Sharing::PerUser]
            .into_iter()
            .find(|sharing| sharing.as_str() == text)
    };
    word(deserializer, read, "a kind of sharing that does not exist")
}

fn sharing_word<S: Serializer>(sharing: &Sharing, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(sharing.as_str())
}

fn grant_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<GrantType>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| {
        GrantType::parse(&text).ok_or_else(|| D::Error::custom("a grant type that does not exist"))
    })
    .transpose()
}

fn grant_word<S: Serializer>(grant: &Option<GrantType>, serializer: S) -> Result<S::Ok, S::Error> {
    grant.map(GrantType::as_str).serialize(serializer)
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Reason>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| {
        Reason::from_stored(&text).ok_or_else(|| D::Error::custom("a reason that does not exist"))
    })
    .transpose()
}

fn reason_word<S: Serializer>(reason: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.map(Reason::as_str).serialize(serializer)
}

/// Secrets of a file, by name.
pub(super) fn unwrapped(secrets: BTreeMap<String, Secret>) -> BTreeMap<String, SecretString> {
    secrets
        .into_iter()
        .map(|(name, Secret(value))| (name, value))
        .collect()
}

/// Whether the secrets here are those of the file.
pub(super) fn same_secrets(
    here: &BTreeMap<String, SecretString>,
    there: &BTreeMap<String, Secret>,
) -> bool {
    here.len() == there.len()
        && here
            .iter()
            .all(|(name, value)| plain(there.get(name)) == Some(value.expose_secret()))
}

pub(super) fn text(secret: Option<&SecretString>) -> Option<&str> {
    secret.map(|secret| secret.expose_secret())
}

pub(super) fn plain(secret: Option<&Secret>) -> Option<&str> {
    secret.map(|Secret(secret)| secret.expose_secret())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may end at the first surprise")]

    use super::*;

    fn told(text: &str) -> String {
        match Document::read("x.json", text.as_bytes()) {
            Ok(_) => "sound".to_owned(),
            Err(error) => error.message().to_owned(),
        }
    }

    #[test]
    fn faults_have_a_line_and_no_values() {
        let end = "expected an export of version 1";
        for (text, expected) in [
            ("", "x.json:1: found the end of the file"),
            ("hello", "x.json:1: found a text that is no JSON"),
            ("[]", "x.json:1: found a list instead of an object"),
            ("7", "x.json:1: found a number instead of an object"),
            ("{\"version\":\n2}", "x.json:2: found version 2"),
            (
                "{\"version\":\"one\"}",
                "x.json:1: found a text instead of a number",
            ),
            ("{\"version\":1}", "x.json:1: found no `services`"),
            (
                "{\"version\":1,\n\"servces\":[]}",
                "x.json:2: found the unknown member `servces`",
            ),
            (
                "{\"version\":1,\"version\":1}",
                "x.json:1: found `version` a second time",
            ),
            (
                "{\"version\":1,\"services\":[],\"clients\":[],\"connections\":[],}",
                "x.json:1: found a text that is no JSON",
            ),
        ] {
            assert_eq!(told(text), format!("{expected}, {end}"), "{text}");
        }
        // Where a secret stands in the wrong place, it is not repeated.
        let misplaced = "{\"version\":1,\"services\":[],\"connections\":[],\"clients\":[{\"service\":\"s\",\"name\":\"n\",\n\"secrets\":\"hunter2, expected `x`\"}]}";
        assert_eq!(
            told(misplaced),
            format!("x.json:2: found a text instead of an object, {end}")
        );
    }
}
