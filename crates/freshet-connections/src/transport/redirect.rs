//! Where a redirect leads, and with what: pure, so that every rule can be shown without a server.

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, LOCATION, PROXY_AUTHORIZATION, TRANSFER_ENCODING,
};
use http::{Method, StatusCode};
use url::Url;

use super::WireRequest;
use crate::error::{ConnectionError, shown};
use crate::scheme::Additions;

/// Redirects followed in one call; one more is an error.
pub(super) const MAX_HOPS: usize = 10;

/// Headers that describe a body and go with it.
const OF_THE_BODY: [HeaderName; 6] = [
    CONTENT_TYPE,
    CONTENT_LENGTH,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LOCATION,
    TRANSFER_ENCODING,
];

/// Credentials a script may have written itself; they stay with the origin they were meant for.
const CREDENTIALS: [HeaderName; 3] = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION];

/// Whether a status asks to go elsewhere (RFC 9110, 15.4; 300, 304, 305 and 306 do not).
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Whether two addresses have the same scheme, host and port.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// The next request of a chain, made from the one before *without* what the connection added to
/// it. `additions` are what was added, so that a server that echoes a credential in `Location`
/// cannot make us carry it elsewhere. `true` beside it: the origin changed.
///
/// # Errors
/// C0014 if `Location` is missing or unreadable, has another scheme than http or https, leads from
/// https to http, would carry a credential to another origin, or names a host by a secret.
pub(super) fn next(
    before: &WireRequest,
    status: StatusCode,
    headers: &HeaderMap,
    additions: &Additions,
) -> Result<(WireRequest, bool), ConnectionError> {
    let mut url = target(&before.url, headers, additions)?;
    additions.strip(&mut url);
    let moved = !same_origin(&before.url, &url);
    if moved && additions.appears_in(&url) {
        let host = url.host_str().unwrap_or_default();
        return Err(ConnectionError::bad_redirect(&format!(
            "the server put the credential into an address of {}",
            shown(host)
        )));
    }

    let mut request = WireRequest {
        url,
        ..before.clone()
    };
    let becomes_get = match status {
        StatusCode::SEE_OTHER => request.method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => request.method == Method::POST,
        _ => false,
    };
    if becomes_get {
        request.method = Method::GET;
        request.body = Vec::new();
        request.form = false;
        for name in OF_THE_BODY {
            request.headers.remove(name);
        }
    }
    if moved {
        for name in CREDENTIALS {
            request.headers.remove(name);
        }
    }
    Ok((request, moved))
}

fn target(base: &Url, headers: &HeaderMap, additions: &Additions) -> Result<Url, ConnectionError> {
    let refuse = |cause: &str| Err(ConnectionError::bad_redirect(cause));
    let Some(location) = headers.get(LOCATION) else {
        return refuse("the reply names no Location");
    };
    let text = String::from_utf8_lossy(location.as_bytes());
    let Ok(mut url) = base.join(&text) else {
        return refuse("its Location is no address");
    };
    // Neither asked for nor shown.
    let is_named = |name: &str| additions.stand_in_name(name);
    let elsewhere = url.host() != base.host();
    if elsewhere && (is_named(url.host_str().unwrap_or_default()) || is_named(url.scheme())) {
        return refuse("the server put a secret into the name of a host");
    }
    match (base.scheme(), url.scheme()) {
        (_, "https") | ("http", "http") => {}
        (_, "http") => {
            let host = shown(url.host_str().unwrap_or_default());
            return refuse(&format!("it leads from https to http ({host})"));
        }
        (_, scheme) => {
            let scheme = shown(scheme);
            return refuse(&format!(
                "it leads to the scheme {scheme}, expected http or https"
            ));
        }
    }
    // Neither can fail for http and https; a user part in Location is never ours.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.fragment().is_none() {
        url.set_fragment(base.fragment());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use http::HeaderValue;

    use super::*;

    /// Where a redirect from `base` to `location` leads, or the words it is refused with.
    fn led(base: &str, location: &str) -> Result<String, String> {
        let before = WireRequest::new(Method::GET, Url::parse(base).unwrap());
        let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_str(location).unwrap())]);
        next(&before, StatusCode::FOUND, &headers, &Additions::default())
            .map(|(request, _)| request.url.to_string())
            .map_err(|error| format!("{} {}", error.code(), error.message()))
    }

    #[test]
    fn https_never_leads_to_http() {
        let refused = led("https://api.example.com/a", "http://api.example.com/a").unwrap_err();
        assert!(refused.starts_with("C0014"), "{refused}");
        assert!(refused.contains("from https to http"), "{refused}");
    }

    #[test]
    fn every_other_way_between_the_two_is_open() {
        for (base, location, target) in [
            ("https://a.example/x", "/y", "https://a.example/y"),
            (
                "https://a.example/x",
                "https://b.example/",
                "https://b.example/",
            ),
            (
                "http://a.example/x",
                "https://a.example/x",
                "https://a.example/x",
            ),
            ("http://a.example/x", "//b.example/z", "http://b.example/z"),
        ] {
            assert_eq!(led(base, location).as_deref(), Ok(target));
        }
    }
}
