//! The address where a person consents (RFC 6749, 4.1.1; RFC 7636), as the service wants it.

use std::borrow::Cow;

use oauth2::{
    AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use percent_encoding::utf8_percent_encode;
use secrecy::SecretString;
use url::Url;

use super::ConsentRequest;
use crate::error::ConnectionError;
use crate::scheme::UNRESERVED;
use crate::service::{OAuth2, Pkce, ScopeDelimiter};
use crate::usable::Usable;

/// Random bytes of a state.
const STATE: u32 = 32;

/// Builds the request: a new state and a new verifier each time.
///
/// # Errors
/// C0037 for a redirect URL that cannot be one, C0039, C0043, and C0049 where the service has no
/// address for consents.
pub(super) fn request(
    usable: &Usable,
    redirect_url: &str,
) -> Result<ConsentRequest, ConnectionError> {
    let oauth2 = usable
        .oauth2()
        .ok_or_else(|| ConnectionError::needs_no_consent(usable.link()))?;
    let endpoint = oauth2
        .authorize_url
        .as_ref()
        .ok_or_else(|| ConnectionError::no_endpoint(&usable.service.name, "authorize_url"))?;
    let endpoint = usable.address(endpoint)?;
    let redirect = RedirectUrl::new(redirect_url.to_owned())
        .map_err(|_| ConnectionError::redirect_url(redirect_url))?;
    let client = oauth2::basic::BasicClient::new(ClientId::new(usable.client()?.client_id.clone()))
        .set_auth_uri(AuthUrl::from_url(without_query(&endpoint)));
    let mut request = client
        .authorize_url(|| CsrfToken::new_random_len(STATE))
        .set_redirect_uri(Cow::Owned(redirect))
        .add_scopes(usable.connection.scopes.iter().cloned().map(Scope::new));
    let verifier = match super::pkce(usable) {
        Pkce::Off => None,
        way => {
            let (challenge, verifier) = challenge(way);
            request = request.set_pkce_challenge(challenge);
            Some(SecretString::from(verifier.secret().clone()))
        }
    };
    let (built, state) = request.url();
    let issuer = oauth2
        .issuer
        .as_ref()
        .map(|issuer| usable.text(issuer))
        .transpose()?;
    Ok(ConsentRequest {
        address: address(usable, oauth2, &endpoint, &built)?,
        state: state.into_secret(),
        verifier,
        issuer,
    })
}

fn challenge(way: Pkce) -> (PkceCodeChallenge, PkceCodeVerifier) {
    if way == Pkce::Plain {
        PkceCodeChallenge::new_random_plain()
    } else {
        PkceCodeChallenge::new_random_sha256()
    }
}

/// The endpoint alone: its own query is kept apart, so that nothing rewrites it.
fn without_query(endpoint: &Url) -> Url {
    let mut url = endpoint.clone();
    url.set_query(None);
    url
}

/// The address the oauth2 crate built, with the service's own query, names, delimiter and
/// parameters.
fn address(
    usable: &Usable,
    oauth2: &OAuth2,
    endpoint: &Url,
    built: &Url,
) -> Result<Url, ConnectionError> {
    let mut params: Vec<(String, String)> = built.query_pairs().into_owned().collect();
    if let Some(resource) = &oauth2.resource {
        params.push(("resource".to_owned(), resource.clone()));
    }
    for (name, value) in &oauth2.authorize_params {
        let value = usable.text(value)?;
        params.retain(|(known, _)| known != name);
        if !value.is_empty() {
            params.push((name.clone(), value));
        }
    }
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let pair = |(name, value): &(String, String)| match name.as_str() {
        "client_id" => format!("{}={}", encode(&oauth2.client_id_param), encode(value)),
        "scope" => scope_pair(&oauth2.scope_param, oauth2.scope_delimiter, value),
        name => format!("{}={}", encode(name), encode(value)),
    };
    let pairs: Vec<String> = params.iter().map(pair).collect();
    Ok(with_pairs(endpoint, &pairs))
}

/// Scopes, separated by spaces, as a parameter with the delimiter a service wants.
pub(super) fn scope_pair(param: &str, delimiter: ScopeDelimiter, scopes: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let mut scopes = encode(&scopes.replace(' ', delimiter.text()));
    // The delimiter "plus" is the plus sign of a form itself.
    if delimiter == ScopeDelimiter::Plus {
        scopes = scopes.replace("%2B", "+");
    }
    format!("{}={scopes}", encode(param))
}

/// An endpoint with its own query and these pairs, which are encoded.
pub(super) fn with_pairs(endpoint: &Url, pairs: &[String]) -> Url {
    let own = endpoint.query().filter(|own| !own.is_empty());
    let all: Vec<&str> = own
        .into_iter()
        .chain(pairs.iter().map(String::as_str))
        .collect();
    let mut url = endpoint.clone();
    url.set_query(Some(&all.join("&")));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v13_the_challenge_of_a_verifier() {
        let verifier =
            PkceCodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let known = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(
            known.as_str(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        let (made, verifier) = challenge(Pkce::S256);
        let again = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(
            (made.as_str(), verifier.secret().len()),
            (again.as_str(), 43)
        );
    }
}
