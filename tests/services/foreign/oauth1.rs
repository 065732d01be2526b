//! The provider endpoints of oauthlib, as a test speaks to them.

use serde_json::{Value, json};

use super::{Process, in_form, location, press};
use crate::support::client::{self, Answer};

/// The server. It has one client.
pub struct ForeignOAuth1 {
    process: Process,
    method: String,
    two_legs: bool,
}

impl ForeignOAuth1 {
    /// The id of the client.
    pub const CLIENT: &str = "foreign-client-of-freshet";
    /// The secret of the client.
    pub const SECRET: &str = "foreign-secret-of-the-client";
    /// Whom its API names.
    pub const ACCOUNT: &str = "ada@oauthlib.example";

    /// With this signature method.
    pub fn start(method: &str) -> Option<Self> {
        Self::with(&json!({ "method": method }))
    }

    /// With settings: `method`, `rsa_key` (the public key in PEM), `two_legs`, `certificate` (a PEM file with its key: the
    /// server speaks TLS, as `localhost`).
    pub fn with(settings: &Value) -> Option<Self> {
        let process = Process::start("oauth1_server.py", settings)?;
        let method = settings["method"].as_str().unwrap_or("HMAC-SHA1");
        Some(Self {
            process,
            method: method.to_owned(),
            two_legs: settings["two_legs"] == true,
        })
    }

    /// As a custom service. `more` are further keys, each on a line of its own, such as `param_type`.
    pub fn definition(&self, name: &str, more: &str) -> String {
        let (at, host, method) = (self.process.url(""), self.process.host(), &self.method);
        let legs = if self.two_legs {
            "legs = \"two\"\n".to_owned()
        } else {
            format!(
                "request_token_url = \"{at}/request_token\"\nauthorize_url = \"{at}/authorize\"\ntoken_url = \"{at}/access_token\"\n"
            )
        };
        format!(
            "name = \"{name}\"\nscheme = \"oauth1\"\nhosts = [\"{host}\"]\nbase_url = \"{at}/\"\nverify = \"GET {at}/api/me\"\naccount = \"/email\"\nsignature_method = \"{method}\"\n{legs}{more}"
        )
    }

    /// An address of the server.
    pub fn url(&self, path: &str) -> String {
        self.process.url(path)
    }

    /// The person consents at the address: where the browser is sent next.
    #[track_caller]
    pub fn consent(&self, address: &str) -> String {
        let action = self.url("/authorize");
        location(&press(address, &action, Some(("decision", "approve"))))
    }

    /// The person denies.
    #[track_caller]
    pub fn deny(&self, address: &str) -> String {
        let action = self.url("/authorize");
        location(&press(address, &action, Some(("decision", "deny"))))
    }

    /// Consents, and goes to where the browser is sent: the page shown there.
    #[track_caller]
    pub fn consent_and_return(&self, address: &str) -> Answer {
        client::get(&self.consent(address))
    }

    /// Token and secret in an answer of the server.
    pub fn token(answer: &Answer) -> Option<(String, String)> {
        Some((
            in_form(answer, "oauth_token")?,
            in_form(answer, "oauth_token_secret")?,
        ))
    }
}
