//! What a connection is: its definition, its credential, and the state people see.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::error::ConnectionError;
use crate::service::{GrantType, Quirk, Rate, Service};

/// The unique name by which scripts refer to a connection: `[A-Za-z][A-Za-z0-9_]{0,49}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkName(String);

impl LinkName {
    /// Longest link name, in characters.
    pub const LONGEST: usize = 50;

    /// # Errors
    /// C0040 with a proposal when `text` cannot be a link name.
    pub fn parse(text: &str) -> Result<Self, ConnectionError> {
        if Self::fits(text) {
            Ok(LinkName(text.to_owned()))
        } else {
            Err(ConnectionError::link_name(
                text,
                Self::propose(text).as_str(),
            ))
        }
    }

    /// Whether `text` has the form of a link name.
    #[must_use]
    pub fn fits(text: &str) -> bool {
        text.len() <= Self::LONGEST
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '_')
    }

    /// A link name made from any text: small letters, other runs as `_`, `c_` before what is no
    /// letter.
    #[must_use]
    pub fn propose(text: &str) -> Self {
        let mut name = String::new();
        for character in text.chars() {
            if character.is_ascii_alphanumeric() {
                name.push(character.to_ascii_lowercase());
            } else if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
        }
        let mut name = name.trim_end_matches('_').to_owned();
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            name.insert_str(0, if name.is_empty() { "connection" } else { "c_" });
        }
        name.truncate(Self::LONGEST);
        LinkName(name.trim_end_matches('_').to_owned())
    }

    /// This name, or with `_2`, `_3` … the first that is not `taken`.
    #[must_use]
    pub fn free(&self, mut taken: impl FnMut(&str) -> bool) -> Self {
        if !taken(&self.0) {
            return self.clone();
        }
        let mut number = 2_u64;
        loop {
            let suffix = format!("_{number}");
            let stem = self
                .0
                .get(..self.0.len().min(Self::LONGEST - suffix.len()))
                .unwrap_or(&self.0);
            let name = format!("{}{suffix}", stem.trim_end_matches('_'));
            if !taken(&name) {
                return LinkName(name);
            }
            number += 1;
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The state of a connection for one owner. `Expired` and `Disabled` are computed, never stored
/// with a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Never authorised.
    Created,
    /// Usable.
    Authorised,
    /// Usable: the token is past its lead point and will be renewed.
    Expired,
    /// Was usable; a person must act.
    NeedsAuthorisation,
    /// Never worked.
    Failed,
    /// Switched off by a person.
    Disabled,
}

impl Status {
    /// All there are, in the order of a life.
    pub const ALL: [Status; 6] = [
        Status::Created,
        Status::Authorised,
        Status::Expired,
        Status::NeedsAuthorisation,
        Status::Failed,
        Status::Disabled,
    ];

    /// The word in the registry and in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Created => "created",
            Status::Authorised => "authorised",
            Status::Expired => "expired",
            Status::NeedsAuthorisation => "needs_authorisation",
            Status::Failed => "failed",
            Status::Disabled => "disabled",
        }
    }

    /// One of the four states that are stored.
    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        [
            Status::Created,
            Status::Authorised,
            Status::NeedsAuthorisation,
            Status::Failed,
        ]
        .into_iter()
        .find(|status| status.as_str() == text)
    }
}

/// Why a connection is in the state it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The service refused the credential.
    Refused,
    /// The token expired and cannot be renewed.
    Expired,
    /// The tokens were given back.
    Revoked,
    /// Scopes, client or addresses changed.
    Changed,
    /// Imported without secrets.
    Imported,
    /// Access was denied at the service.
    Denied,
    /// The verify request was refused.
    Rejected,
    /// The token endpoint refused.
    Error,
}

impl Reason {
    const ALL: [Reason; 8] = [
        Reason::Refused,
        Reason::Expired,
        Reason::Revoked,
        Reason::Changed,
        Reason::Imported,
        Reason::Denied,
        Reason::Rejected,
        Reason::Error,
    ];

    /// The word in the registry and in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Refused => "refused",
            Reason::Expired => "expired",
            Reason::Revoked => "revoked",
            Reason::Changed => "changed",
            Reason::Imported => "imported",
            Reason::Denied => "denied",
            Reason::Rejected => "rejected",
            Reason::Error => "error",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// Whether a credential in this state can have this reason (connections, 1).
    pub(crate) fn fits(self, status: Status) -> bool {
        match self {
            Reason::Refused
            | Reason::Expired
            | Reason::Revoked
            | Reason::Changed
            | Reason::Imported => status == Status::NeedsAuthorisation,
            Reason::Denied | Reason::Rejected | Reason::Error => status == Status::Failed,
        }
    }

    /// The reason in a sentence: "`x` must be authorised again: …".
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Reason::Refused => "the service refused the credential",
            Reason::Expired => "the token expired and cannot be renewed",
            Reason::Revoked => "its tokens were revoked",
            Reason::Changed => "its definition changed",
            Reason::Imported => "it was imported without secrets",
            Reason::Denied => "access was denied",
            Reason::Rejected => "the service rejected the credential",
            Reason::Error => "the service refused to issue a token",
        }
    }
}

/// Whether all owners share one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// One credential for everybody.
    Shared,
    /// One credential an owner.
    PerUser,
}

impl Sharing {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Sharing::Shared => "shared",
            Sharing::PerUser => "per_user",
        }
    }
}

/// The last thing that went wrong, kept with the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    /// Such as `C0009`.
    pub code: String,
    /// Without secrets.
    pub message: String,
    /// Milliseconds since 1970 UTC.
    pub at: i64,
}

/// The definition of a connection, as the registry keeps it. Holds no secret.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub id: i64,
    pub link_name: String,
    pub name: String,
    pub service: String,
    pub client: Option<i64>,
    pub grant_type: Option<GrantType>,
    pub scopes: Vec<String>,
    pub fields: BTreeMap<String, String>,
    pub extra_hosts: Vec<String>,
    pub sharing: Sharing,
    pub disabled: bool,
    pub rate: Option<Rate>,
    pub notes: String,
    pub created_at: i64,
    pub updated_at: i64,
}

impl Connection {
    /// The owner under which the credential of `owner` is kept.
    pub fn owner<'a>(&self, owner: &'a str) -> &'a str {
        match self.sharing {
            Sharing::Shared => "",
            Sharing::PerUser => owner,
        }
    }
}

/// The credential of one owner. The secret members are empty when it was read without them.
#[derive(Clone)]
pub(crate) struct Credential {
    pub id: i64,
    pub owner: String,
    /// One of the four stored states.
    pub status: Status,
    pub reason: Option<Reason>,
    /// Counts renewals, and whatever else makes what was loaded before old: new secrets, a changed definition.
    pub generation: i64,
    pub secret_fields: BTreeMap<String, SecretString>,
    pub access_token: Option<SecretString>,
    pub token_secret: Option<SecretString>,
    pub refresh_token: Option<SecretString>,
    pub previous_refresh_token: Option<SecretString>,
    /// Known also when the secrets were not read.
    pub has_refresh_token: bool,
    pub granted_scopes: Option<Vec<String>>,
    pub client_auth: Option<String>,
    pub found: BTreeMap<String, String>,
    pub issued_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub refresh_expires_at: Option<i64>,
    pub refresh_started_at: Option<i64>,
    pub authorised_at: Option<i64>,
    pub refreshed_at: Option<i64>,
    pub verified_at: Option<i64>,
    pub used_at: Option<i64>,
    pub account: Option<String>,
    pub last_error: Option<LastError>,
}

impl Credential {
    /// When the token is to be renewed: 60 s or 10 % of its lifetime before it expires, whichever
    /// is earlier, but never before half its lifetime (connections, 6.6). `None`: no known expiry.
    pub fn renew_at(&self) -> Option<i64> {
        const AT_LEAST: i64 = 60_000;
        let expires_at = self.expires_at?;
        let lifetime = expires_at
            .saturating_sub(self.issued_at.unwrap_or(expires_at))
            .max(0);
        let lead = AT_LEAST.max(lifetime / 10).min(lifetime / 2);
        Some(expires_at.saturating_sub(lead))
    }

    /// Whether the token is past its lead point.
    pub fn is_due(&self, now: i64) -> bool {
        self.renew_at().is_some_and(|at| now >= at)
    }

    /// Whether its tokens are still those it had `before`: nobody consented anew or renewed them since.
    pub fn has_tokens_of(&self, before: &Credential) -> bool {
        let same = |now: &Option<SecretString>, before: &Option<SecretString>| match (now, before) {
            (Some(now), Some(before)) => {
                let (now, before) = (now.expose_secret(), before.expose_secret());
                bool::from(now.as_bytes().ct_eq(before.as_bytes()))
            }
            (now, before) => now.is_none() && before.is_none(),
        };
        same(&self.access_token, &before.access_token)
            && same(&self.refresh_token, &before.refresh_token)
    }

    /// Whether the token is past its end.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| now >= at)
    }
}

/// The state people see: `disabled` if set, else `expired` if it is, else the stored one.
pub(crate) fn shown_status(
    connection: &Connection,
    credential: Option<&Credential>,
    service: &Service,
    now: i64,
) -> Status {
    if connection.disabled {
        return Status::Disabled;
    }
    let Some(credential) = credential else {
        return Status::Created;
    };
    let renewable = credential.has_refresh_token
        || connection.grant_type.is_some_and(GrantType::repeats)
        || service.has_quirk(Quirk::GetRefresh);
    if credential.status == Status::Authorised && renewable && credential.is_due(now) {
        return Status::Expired;
    }
    credential.status
}

/// This installation's registration with a service.
#[derive(Clone)]
pub(crate) struct Client {
    pub id: i64,
    pub service: String,
    pub name: String,
    pub client_id: String,
    pub client_secret: Option<SecretString>,
    /// Known also when the secrets were not read.
    pub has_secret: bool,
    /// Whether any of `secret_fields` is stored, known as well.
    pub has_secret_fields: bool,
    pub fields: BTreeMap<String, String>,
    pub secret_fields: BTreeMap<String, SecretString>,
    pub redirect_uri: Option<String>,
    pub updated_at: i64,
}

/// A token as a service issued it, made regular.
#[derive(Clone)]
pub(crate) struct NewToken {
    pub access_token: SecretString,
    /// What requests are signed with, for OAuth 1.0.
    pub token_secret: Option<SecretString>,
    /// Absent: the old one stays.
    pub refresh_token: Option<SecretString>,
    pub token_type: Option<String>,
    /// `None`: the service did not say.
    pub granted_scopes: Option<Vec<String>>,
    pub expires_at: Option<i64>,
    pub refresh_expires_at: Option<i64>,
    /// How the client authenticated, where the service leaves it open.
    pub client_auth: Option<String>,
    /// Values the reply carried for fields of the service.
    pub found: BTreeMap<String, String>,
}

/// What a passed verify request told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verified {
    /// "Connected as".
    pub account: Option<String>,
}

/// How a verify request ended.
pub(crate) enum VerifyOutcome<'a> {
    Passed(Verified),
    /// 401, after one renewal where possible: a person must act.
    Refused(&'a ConnectionError),
    /// Anything else: the state stays.
    Failed(&'a ConnectionError),
}
