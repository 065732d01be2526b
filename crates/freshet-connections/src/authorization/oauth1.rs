//! The three legs of OAuth 1.0, as far as a person sees them (RFC 5849, 2.2; connections, 6.3).

use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::answer::Answer;
use super::code::{scope_pair, with_pairs};
use crate::connection::Reason;
use crate::error::{ConnectionError, shown};
use crate::scheme::UNRESERVED;
use crate::usable::Usable;

/// Problems by which a service says that a person refused (the extension "OAuth Problem
/// Reporting").
pub(crate) const REFUSED: [&str; 2] = ["permission_denied", "user_refused"];

/// The address where a person consents to a temporary token.
///
/// # Errors
/// C0043, and C0062 where the service has no address for consents.
pub(super) fn address(usable: &Usable, token: &SecretString) -> Result<Url, ConnectionError> {
    let missing = || ConnectionError::no_endpoint(&usable.service.name, "authorize_url");
    let oauth1 = usable.oauth1().ok_or_else(missing)?;
    let endpoint = oauth1.authorize_url.as_ref().ok_or_else(missing)?;
    let endpoint = usable.address(endpoint)?;
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let mut pairs = vec![format!("oauth_token={}", encode(token.expose_secret()))];
    let scopes = usable.connection.scopes.join(" ");
    let replaced = |name: &str| {
        oauth1
            .authorize_params
            .iter()
            .any(|(known, _)| known == name)
    };
    if !scopes.is_empty() && !replaced("scope") {
        pairs.push(scope_pair(
            &oauth1.scope_param,
            oauth1.scope_delimiter,
            &scopes,
        ));
    }
    for (name, value) in &oauth1.authorize_params {
        let value = usable.text(value)?;
        if !value.is_empty() {
            pairs.push(format!("{}={}", encode(name), encode(&value)));
        }
    }
    Ok(with_pairs(&endpoint, &pairs))
}

/// The temporary token an answer is about; `None`: it is no answer of OAuth 1.0.
///
/// # Errors
/// C0033 for one that names none.
pub(super) fn token(answer: &Answer) -> Result<Option<&str>, ConnectionError> {
    // Some services name the token of a refusal by the refusal itself.
    let token = answer.text("oauth_token").or_else(|| answer.text("denied"));
    if token.is_none() && answer.text("oauth_verifier").is_some() {
        return Err(unknown("an answer without a token"));
    }
    Ok(token)
}

/// C0033 for an answer that no attempt waits for.
pub(super) fn unknown(found: &str) -> ConnectionError {
    ConnectionError::oauth1_callback(
        found,
        "the temporary token of an authorisation started here",
    )
}

/// The verifier of an answer, or why there is none.
pub(super) fn verifier(
    usable: &Usable,
    answer: &Answer,
) -> Result<SecretString, (Reason, ConnectionError)> {
    let service = &usable.service.name;
    let problem = answer.text("oauth_problem");
    if answer.text("denied").is_some() || problem.is_some_and(|word| REFUSED.contains(&word)) {
        return Err((Reason::Denied, ConnectionError::denied(service)));
    }
    if let Some(problem) = problem {
        let word = if usable.is_secret_in(problem) {
            "an unnamed error".to_owned()
        } else {
            shown(problem)
        };
        let error = ConnectionError::callback_error(service, &word, "");
        return Err((Reason::Error, error));
    }
    answer.secret("oauth_verifier").ok_or_else(|| {
        let error = ConnectionError::oauth1_callback("no oauth_verifier in it", "one");
        (Reason::Error, error)
    })
}
