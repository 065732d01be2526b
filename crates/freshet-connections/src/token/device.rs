//! Device codes (RFC 8628): asked for, and waited for until a person has confirmed them elsewhere.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use oauth2::{
    DeviceAuthorizationUrl, DeviceCodeErrorResponse, RequestTokenError, Scope,
    StandardDeviceAuthorizationResponse,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use url::Url;

use super::reply::{self, Wanted};
use super::{Adapter, Asking, Client, Endpoint, Reply, TokenFailure, failure, later};
use crate::refresh::Renewing;
use crate::service::hosts::is_loopback;
use crate::service::{ClientAuth, OAuth2};
use crate::usable::Usable;

/// Seconds between two questions when the service names none (RFC 8628, 3.2).
const INTERVAL: u64 = 5;
/// The shortest pause between two questions, whatever the service says.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest pause to which a service that cannot be reached doubles the interval.
const LONGEST: Duration = Duration::from_secs(60);
/// The longest that a code is waited for, and how long when the service names no time.
const LIFETIME: u64 = 30 * 60;

/// A code, for a person and for us.
pub(crate) struct DeviceCode {
    pub waiting: DeviceWait,
    /// What the person enters.
    pub user_code: String,
    /// Where.
    pub address: String,
    /// The same address with the code in it.
    pub complete: Option<String>,
}

/// How a code is waited for.
pub(crate) struct DeviceWait {
    pub code: SecretString,
    /// Between two questions.
    pub interval: Duration,
    pub valid_for: Duration,
}

/// Asks for a code. Endpoints that the service leaves to its issuer are found first.
pub(crate) async fn device_code(
    with: &Renewing<'_>,
    usable: &Usable,
) -> Result<DeviceCode, TokenFailure> {
    let lacking = |oauth2: &OAuth2| oauth2.token_url.is_none() || oauth2.device_url.is_none();
    let usable = &*with
        .discovery
        .completed(usable, lacking, with)
        .await
        .map_err(later)?;
    let asking = Asking::new(with, usable, Endpoint::Device).map_err(TokenFailure::Other)?;
    let (first, second) = asking.ways();
    match (asking.device_code(first).await, second) {
        (Err(TokenFailure::Refused(refusal)), Some(second)) if refusal.word == "invalid_client" => {
            asking.device_code(second).await
        }
        (outcome, _) => outcome,
    }
}

impl Asking<'_> {
    async fn device_code(&self, way: ClientAuth) -> Result<DeviceCode, TokenFailure> {
        let endpoint = DeviceAuthorizationUrl::from_url(self.url.clone());
        let client = self
            .client(way)
            .map_err(TokenFailure::Other)?
            .set_device_authorization_url(endpoint);
        let params = self
            .params()
            .of_device_code(way)
            .map_err(TokenFailure::Other)?;
        let adapter = Adapter {
            wanted: Wanted::DeviceCode,
            ..Adapter::new(self, params)
        };
        let scopes = self.usable.connection.scopes.iter().cloned();
        let reply: StandardDeviceAuthorizationResponse = client
            .exchange_device_code()
            .add_scopes(scopes.map(Scope::new))
            .request_async(&adapter)
            .await
            .map_err(failure)?;
        Ok(DeviceCode {
            waiting: DeviceWait {
                code: SecretString::from(reply.device_code().secret().clone()),
                interval: reply.interval().max(SHORTEST),
                valid_for: reply.expires_in(),
            },
            user_code: reply.user_code().secret().clone(),
            address: reply.verification_uri().to_string(),
            complete: reply
                .verification_uri_complete()
                .map(|complete| complete.secret().clone()),
        })
    }
}

impl DeviceWait {
    /// Asks again and again until the code is confirmed, denied or too old. `slow_down` and a
    /// service that cannot be reached make the pauses longer.
    pub(super) async fn token<F>(
        &self,
        client: &Client,
        adapter: &Adapter<'_>,
        pause: impl Fn(Duration) -> F + Send + Sync,
    ) -> Result<Reply, TokenFailure>
    where
        F: Future<Output = ()> + Send,
    {
        let details = json!({
            "device_code": self.code.expose_secret(),
            "user_code": "",
            "verification_uri": "https://localhost/",
            "expires_in": self.valid_for.as_secs(),
            "interval": self.interval.as_secs(),
        });
        let details: StandardDeviceAuthorizationResponse = serde_json::from_value(details)
            .map_err(|_| TokenFailure::Unreadable("a code that cannot be sent".to_owned()))?;
        let patient = Patient {
            adapter,
            over: Mutex::default(),
        };
        let outcome: Result<Reply, RequestTokenError<TokenFailure, DeviceCodeErrorResponse>> =
            client
                .exchange_device_access_token(&details)
                .set_max_backoff_interval(LONGEST)
                .request_async(&patient, pause, Some(self.valid_for))
                .await;
        let over = patient
            .over
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match over {
            Some(failure) => Err(failure),
            None => outcome.map_err(failure),
        }
    }
}

/// The oauth2 crate asks again after whatever goes wrong on the way; only what passes deserves that.
struct Patient<'a> {
    adapter: &'a Adapter<'a>,
    /// What ends the questions. Locked only to put it there, never across an await.
    over: Mutex<Option<TokenFailure>>,
}

impl<'c> oauth2::AsyncHttpClient<'c> for Patient<'_> {
    type Error = TokenFailure;
    type Future =
        Pin<Box<dyn Future<Output = Result<oauth2::HttpResponse, TokenFailure>> + Send + 'c>>;

    fn call(&'c self, built: oauth2::HttpRequest) -> Self::Future {
        Box::pin(async move {
            match self.adapter.exchange(built).await {
                Err(failure @ TokenFailure::Passing { .. }) => Err(failure),
                Err(failure) => {
                    let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
                    *over = Some(failure);
                    Ok(reply::error_reply("invalid_request", ""))
                }
                Ok(response) => Ok(response),
            }
        })
    }
}

/// The reply of RFC 8628, 3.2, from what a service says instead.
///
/// # Errors
/// The member that makes it none, in words, without its value.
pub(super) fn regular(found: &Map<String, Value>) -> Result<Value, String> {
    let fit = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
    let text = |names: &[&str]| {
        let mut texts = names.iter().filter_map(|name| found.get(*name)?.as_str());
        texts.find(|text| fit(text))
    };
    let needed = |names: &[&str]| {
        text(names).ok_or_else(|| {
            let name = names.iter().find(|name| found.contains_key(**name));
            let value = name.and_then(|name| found.get(*name));
            let fault = match value {
                None => return format!("no {}", names.first().copied().unwrap_or_default()),
                Some(Value::String(text)) if text.is_empty() => "is empty",
                Some(Value::String(_)) => "has a control character",
                Some(_) => "is no text",
            };
            format!("a {} that {fault}", name.copied().unwrap_or_default())
        })
    };
    let seconds = |name: &str| match found.get(name)? {
        Value::Number(number) => number.as_f64().map(|seconds| seconds.max(0.0) as u64),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    // A person is sent there, so it is as trustworthy as the endpoint that names it.
    let is_safe = |address: &&str| {
        Url::parse(address)
            .is_ok_and(|url| url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url))
    };
    let code = needed(&["device_code"])?;
    let user_code = needed(&["user_code"])?;
    let address = needed(&["verification_uri", "verification_url"])?;
    if !is_safe(&address) {
        return Err("a verification_uri that is no https address".to_owned());
    }
    let mut regular = json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": address,
        "expires_in": seconds("expires_in").filter(|time| *time > 0).unwrap_or(LIFETIME).min(LIFETIME),
        "interval": seconds("interval").unwrap_or(INTERVAL),
    });
    let complete = text(&["verification_uri_complete", "verification_url_complete"]);
    if let Some(complete) = complete.filter(is_safe) {
        regular["verification_uri_complete"] = complete.into();
    }
    Ok(regular)
}

#[cfg(test)]
mod tests;
