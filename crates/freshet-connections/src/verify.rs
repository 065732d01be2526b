//! Showing that a connection works.

use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::Connections;
use crate::connect::fewer_scopes;
use crate::connection::{Verified, VerifyOutcome};
use crate::error::{ConnectionError, shown};
use crate::registry::Registry;
use crate::send::refuses_token;
use crate::service::{ParamType, Verify};
use crate::transport::{Arrival, WireRequest};
use crate::usable::Usable;

/// How a connection was shown to work.
#[derive(Debug)]
pub struct Verification {
    /// Status of the verify request; `None`: the service defines none, or it was left out.
    pub status: Option<u16>,
    /// "Connected as".
    pub account: Option<String>,
    /// From the first request to the last reply.
    pub elapsed: Duration,
    /// What a person should know all the same, such as fewer scopes than asked for (C0035).
    pub warnings: Vec<ConnectionError>,
}

/// How the verify request ended.
pub(crate) enum Outcome {
    Passed {
        status: Option<u16>,
        account: Option<String>,
    },
    /// The service does not accept the credential.
    Rejected(ConnectionError),
    /// Anything else that is no success.
    Failed(ConnectionError),
}

impl Connections {
    /// Sends the verify request of a connection and notes what it shows.
    ///
    /// # Errors
    /// C0034 when it fails: with 401, after one renewal where possible, the connection needs
    /// authorisation from then on; else its state stays. C0003 where a person has to authorise it
    /// first, or somebody ended or changed it while the service was asked. And those of
    /// [`send`](Self::send).
    pub async fn verify(&self, link: &str) -> Result<Verification, ConnectionError> {
        let begun = Instant::now();
        let registry = self.store.reading()?;
        let mut usable = registry.load_to_verify(link, &self.store.settings.owner)?;
        let with = self.renewing(&registry, self.store.settings.limits);
        self.http.renewals.freshen(&mut usable, &with).await?;
        let checked = self.check(&registry, &mut usable, true).await;
        let granted = usable.credential.granted_scopes.as_deref();
        let fewer = fewer_scopes(&usable.connection.scopes, granted);
        match checked {
            Ok(Outcome::Passed { status, account }) => {
                if status.is_some() {
                    let verified = Verified {
                        account: account.clone(),
                    };
                    registry.record_verification(&usable, &VerifyOutcome::Passed(verified))?;
                }
                Ok(Verification {
                    status,
                    account,
                    elapsed: begun.elapsed(),
                    warnings: fewer.into_iter().collect(),
                })
            }
            Ok(Outcome::Rejected(error)) => {
                registry.record_verification(&usable, &VerifyOutcome::Refused(&error))?;
                Err(error)
            }
            Ok(Outcome::Failed(error)) | Err(error) => {
                registry.record_verification(&usable, &VerifyOutcome::Failed(&error))?;
                Err(error)
            }
        }
    }

    /// Sends the verify request. `renew`: a refused token is renewed once.
    pub(crate) async fn check(
        &self,
        registry: &Registry,
        usable: &mut Usable,
        renew: bool,
    ) -> Result<Outcome, ConnectionError> {
        let service = usable.service.clone();
        if service.mail {
            return self.check_mail(usable).await;
        }
        let Some(verify) = &service.verify else {
            return Ok(UNCHECKED);
        };
        check_verifiable(usable)?;
        let request = verify_request(usable, verify)?;
        let described = request.described();
        let limits = self.store.settings.limits;
        let arrival = if renew {
            self.send_with_renewal(registry, usable, request, limits)
                .await?
                .0
        } else {
            self.send_once(usable, request, limits).await?
        };
        Ok(judge(usable, verify, &described, &arrival, renew))
    }
}

/// Whether the verify request of a service can carry the credential, where that belongs in a form body. Known before
/// anybody is asked to consent.
///
/// # Errors
/// C0018.
pub(crate) fn check_verifiable(usable: &Usable) -> Result<(), ConnectionError> {
    let (Some(oauth1), Some(verify)) = (usable.oauth1(), &usable.service.verify) else {
        // With other schemes such a definition is refused (C0063).
        return Ok(());
    };
    let found = match (&verify.method, &verify.body) {
        _ if oauth1.place != ParamType::Form => return Ok(()),
        (&Method::GET, _) => "GET in `verify` of its service",
        (_, Some(_)) => "`verify_body` of its service",
        (_, None) => return Ok(()),
    };
    let help = format!(
        "make `verify` of {} a POST without a body: `freshet service edit {}`; or leave it out: \
         `freshet connection connect {} --no-verify`",
        usable.service.name,
        usable.service.link_name,
        usable.link()
    );
    Err(ConnectionError::no_form(found).with_help(&help))
}

/// The answer came from another host, which got no credential: many an API sends strangers to a page to sign in.
pub(crate) fn redirected(described: &str, host: &str, expected: &str) -> ConnectionError {
    let found = format!("a redirect that led to {host}");
    ConnectionError::verification_failed(described, &found, expected, StatusCode::FOUND.as_u16())
}

/// Nothing was sent, so nothing failed.
pub(crate) const UNCHECKED: Outcome = Outcome::Passed {
    status: None,
    account: None,
};

fn verify_request(usable: &Usable, verify: &Verify) -> Result<WireRequest, ConnectionError> {
    let mut request = WireRequest::new(verify.method.clone(), usable.address(&verify.url)?);
    if let Some(body) = &verify.body {
        request.body = body.clone().into_bytes();
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(request)
}

/// Reads a verify reply. While connecting 403 and a false pointer are a rejection too: the
/// credential never worked. Later only 401 is, since one resource may be closed for a time.
fn judge(
    usable: &Usable,
    verify: &Verify,
    described: &str,
    arrival: &Arrival,
    later: bool,
) -> Outcome {
    if let Some(host) = arrival.led_to() {
        return Outcome::Failed(redirected(described, &host, "2xx"));
    }
    let status = arrival.status;
    let code = status.as_u16();
    if !status.is_success() {
        let error = ConnectionError::verification_failed(described, &code.to_string(), "2xx", code);
        let forbidden = status == StatusCode::FORBIDDEN && !later;
        let refused =
            status == StatusCode::UNAUTHORIZED || forbidden || refuses_token(usable, status);
        return if refused {
            Outcome::Rejected(error)
        } else {
            Outcome::Failed(error)
        };
    }
    let reply: Value = serde_json::from_slice(&arrival.body).unwrap_or_default();
    if let Some(pointer) = &verify.expect
        && reply.pointer(pointer) != Some(&Value::Bool(true))
    {
        let expected = format!("2xx and {pointer} true");
        let found = format!("{code} without {pointer} true");
        let error = ConnectionError::verification_failed(described, &found, &expected, code);
        return if later {
            Outcome::Failed(error)
        } else {
            Outcome::Rejected(error)
        };
    }
    let account = usable.service.account.as_ref().and_then(|pointer| {
        let text = match reply.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        // It is stored in the open, so a service that repeats the credential is not believed.
        (!usable.is_secret_in(&text)).then(|| shown(&text))
    });
    Outcome::Passed {
        status: Some(code),
        account,
    }
}
