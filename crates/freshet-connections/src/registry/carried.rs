//! What an attempt carries from the process that begins it to the one that ends it, sealed as JSON in its one secret
//! column (connections, 5).

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::connection::NewToken;
use crate::service::Choice;
use crate::usable::Usable;

/// What was known when an authorisation began.
#[derive(Clone, Default)]
pub(crate) struct Carried {
    /// PKCE verifier, temporary secret or device code.
    pub secret: Option<SecretString>,
    /// Secrets that were entered. They take the place of the stored ones when the consent has come.
    pub fields: BTreeMap<String, SecretString>,
    /// Values to take where the service has several.
    pub wishes: BTreeMap<String, String>,
    /// Whoever began it wants no proof that it works.
    pub no_verify: bool,
}

#[derive(Deserialize, Serialize)]
struct CarriedText {
    secret: Option<String>,
    fields: BTreeMap<String, String>,
    wishes: BTreeMap<String, String>,
    no_verify: bool,
}

impl Carried {
    pub(super) fn write(&self) -> SecretString {
        let text = CarriedText {
            secret: exposed(self.secret.as_ref()),
            fields: all_exposed(&self.fields),
            wishes: self.wishes.clone(),
            no_verify: self.no_verify,
        };
        SecretString::from(serde_json::to_string(&text).unwrap_or_default())
    }

    /// Reads what [`write`](Self::write) wrote; `None` for a text that is none of it.
    pub(super) fn read(text: &SecretString) -> Option<Self> {
        let text: CarriedText = serde_json::from_str(text.expose_secret()).ok()?;
        Some(Carried {
            secret: text.secret.map(SecretString::from),
            fields: all_hidden(text.fields),
            wishes: text.wishes,
            no_verify: text.no_verify,
        })
    }
}

/// What a connection is made with, while a person has still to choose a value that goes with it (connections, 2.5).
pub(crate) struct Parked {
    /// The first token; `None` for schemes without tokens.
    pub token: Option<NewToken>,
    /// The secrets that go with it.
    pub fields: BTreeMap<String, SecretString>,
    /// What was found out besides.
    pub found: BTreeMap<String, String>,
    pub choices: Vec<Choice>,
    pub verify: bool,
}

#[derive(Deserialize, Serialize)]
struct ParkedText {
    #[serde(flatten)]
    token: Option<TokenText>,
    fields: BTreeMap<String, String>,
    found: BTreeMap<String, String>,
    /// Value and title.
    choices: Vec<(String, String)>,
    verify: bool,
}

#[derive(Deserialize, Serialize)]
struct TokenText {
    access_token: String,
    token_secret: Option<String>,
    refresh_token: Option<String>,
    token_type: Option<String>,
    granted_scopes: Option<Vec<String>>,
    expires_at: Option<i64>,
    refresh_expires_at: Option<i64>,
    client_auth: Option<String>,
    told: BTreeMap<String, String>,
}

impl TokenText {
    fn of(token: &NewToken) -> Self {
        TokenText {
            access_token: token.access_token.expose_secret().to_owned(),
            token_secret: exposed(token.token_secret.as_ref()),
            refresh_token: exposed(token.refresh_token.as_ref()),
            token_type: token.token_type.clone(),
            granted_scopes: token.granted_scopes.clone(),
            expires_at: token.expires_at,
            refresh_expires_at: token.refresh_expires_at,
            client_auth: token.client_auth.clone(),
            told: token.found.clone(),
        }
    }

    fn hidden(self) -> NewToken {
        NewToken {
            access_token: SecretString::from(self.access_token),
            token_secret: self.token_secret.map(SecretString::from),
            refresh_token: self.refresh_token.map(SecretString::from),
            token_type: self.token_type,
            granted_scopes: self.granted_scopes,
            expires_at: self.expires_at,
            refresh_expires_at: self.refresh_expires_at,
            client_auth: self.client_auth,
            found: self.told,
        }
    }
}

impl Parked {
    /// What goes on with `usable` once somebody chose.
    pub(super) fn write(
        usable: &Usable,
        token: Option<&NewToken>,
        choices: &[Choice],
        verify: bool,
    ) -> SecretString {
        let text = ParkedText {
            token: token.map(TokenText::of),
            fields: all_exposed(&usable.credential.secret_fields),
            found: usable.credential.found.clone(),
            choices: choices
                .iter()
                .map(|choice| (choice.value.clone(), choice.title.clone()))
                .collect(),
            verify,
        };
        SecretString::from(serde_json::to_string(&text).unwrap_or_default())
    }

    pub(super) fn read(text: &SecretString) -> Option<Self> {
        let text: ParkedText = serde_json::from_str(text.expose_secret()).ok()?;
        let choices = text.choices.into_iter().map(|(value, title)| Choice {
            value,
            title,
            sets: BTreeMap::new(),
        });
        Some(Parked {
            token: text.token.map(TokenText::hidden),
            fields: all_hidden(text.fields),
            found: text.found,
            choices: choices.collect(),
            verify: text.verify,
        })
    }
}

fn exposed(secret: Option<&SecretString>) -> Option<String> {
    secret.map(|secret| secret.expose_secret().to_owned())
}

fn all_exposed(secrets: &BTreeMap<String, SecretString>) -> BTreeMap<String, String> {
    secrets
        .iter()
        .map(|(name, secret)| (name.clone(), secret.expose_secret().to_owned()))
        .collect()
}

fn all_hidden(texts: BTreeMap<String, String>) -> BTreeMap<String, SecretString> {
    texts
        .into_iter()
        .map(|(name, text)| (name, SecretString::from(text)))
        .collect()
}
