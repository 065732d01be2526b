//! django-oauth-toolkit, as a test speaks to it.

use serde_json::{Value, json};

use super::{Process, location, press};
use crate::support::client::{self, Answer};
use crate::support::form;

/// The server. Its clients are the constants below, with one secret.
pub struct ForeignOAuth2 {
    process: Process,
}

impl ForeignOAuth2 {
    /// The secret of every client.
    pub const SECRET: &str = "foreign-secret-of-the-client";
    /// Whom its API names.
    pub const ACCOUNT: &str = "ada@django.example";

    /// With a redirect address, compared to the letter.
    pub fn start(redirect_uri: &str) -> Option<Self> {
        Self::with(&json!({ "redirect_uri": redirect_uri }))
    }

    /// With settings: `redirect_uri`, `lifetime`, `interval`.
    pub fn with(settings: &Value) -> Option<Self> {
        let process = Process::start("oauth2_server.py", settings)?;
        Some(Self { process })
    }

    /// The id of the client for a grant: `authorization_code`, `client_credentials`, `password` or `device_code`.
    pub fn client(grant: &str) -> &'static str {
        match grant {
            "authorization_code" => "foreign-code",
            "client_credentials" => "foreign-credentials",
            "password" => "foreign-password",
            "device_code" => "foreign-device",
            _ => panic!("no client may use {grant}"),
        }
    }

    /// As a custom service of one grant. `more` are further keys, each on a line of its own.
    pub fn definition(&self, name: &str, grant: &str, more: &str) -> String {
        let (at, o) = (self.process.url("/api/me"), self.process.url("/o"));
        let host = self.process.host();
        let auth = if grant == "device_code" {
            "none"
        } else {
            "basic"
        };
        // It answers 403 to a token that is not good.
        format!(
            "name = \"{name}\"\nscheme = \"oauth2\"\ngrant_types = [\"{grant}\"]\nauthorize_url = \"{o}/authorize/\"\ntoken_url = \"{o}/token/\"\nrevoke_url = \"{o}/revoke_token/\"\ndevice_url = \"{o}/device-authorization/\"\nclient_auth = \"{auth}\"\nhosts = [\"{host}\"]\nbase_url = \"http://{host}/\"\nverify = \"GET {at}\"\naccount = \"/email\"\nexpired_statuses = [401, 403]\n{more}"
        )
    }

    /// The issuer; its metadata are at `/.well-known/oauth-authorization-server/o`.
    pub fn issuer(&self) -> String {
        self.process.url("/o")
    }

    /// An address of the server.
    pub fn url(&self, path: &str) -> String {
        self.process.url(path)
    }

    /// The person consents at the address: where the browser is sent next.
    #[track_caller]
    pub fn consent(&self, address: &str) -> String {
        location(&press(address, address, Some(("allow", "Authorize"))))
    }

    /// The person cancels.
    #[track_caller]
    pub fn deny(&self, address: &str) -> String {
        location(&press(address, address, None))
    }

    /// Consents, and goes to where the browser is sent: the page shown there.
    #[track_caller]
    pub fn consent_and_return(&self, address: &str) -> Answer {
        client::get(&self.consent(address))
    }

    /// The person enters the code of a device and accepts it, or denies it.
    #[track_caller]
    pub fn decide_device(&self, user_code: &str, accept: bool) {
        let at = form::with_query(&self.url("/o/device/"), &[("user_code", user_code)]);
        let confirm = location(&press(&at, &at, Some(("user_code", user_code))));
        let confirm = self.url(&confirm);
        let action = if accept { "accept" } else { "deny" };
        location(&press(&confirm, &confirm, Some(("action", action))));
    }

    /// Every access token ends now.
    pub fn expire_access(&self) {
        assert_eq!(client::get(&self.url("/control/expire")).status, 200);
    }

    /// How many access tokens and refresh tokens there are that may be used.
    pub fn good_tokens(&self) -> (u64, u64) {
        let counts = client::get(&self.url("/control/counts")).json();
        let count = |name: &str| counts[name].as_u64().expect("a number");
        (count("access"), count("refresh"))
    }
}
