//! How a request is authenticated: what a connection adds to it, where, and how that is shown.
//!
//! A scheme never touches a request. It says what is to be added, and [`Additions::apply`] is the
//! only place that adds it. So the request as the script made it stays at hand, and the transport
//! can go on with that one when a redirect leaves the origin: nothing has to be picked out again.

mod api_key;
mod basic;
pub(crate) mod oauth1;
mod oauth2;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::error::ConnectionError;
use crate::service::{ParamType, Scheme};
use crate::transport::WireRequest;
use crate::usable::Usable;
use oauth1::Signer;

/// All but the unreserved characters of RFC 3986, 2.3.
pub(crate) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// All that may not stand in a segment of a path (RFC 3986, 3.3).
pub(crate) const SEGMENT: &AsciiSet = &UNRESERVED
    .remove(b':')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

/// All that may not stand in a path whose segments are encoded already.
const PATH: &AsciiSet = &SEGMENT.remove(b'/').remove(b'%');

/// Secrets shorter than this are not searched for in addresses: they would be found by chance.
const SEARCHED_LENGTH: usize = 6;

/// Where a credential goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A header of this name; the addition is its whole value.
    Header(HeaderName),
    /// A parameter of the address.
    Query(String),
    /// A parameter of a form body.
    Form(String),
    /// In front of the path; the addition starts with a slash.
    Path,
}

impl Place {
    /// # Errors
    /// C0015 if a header cannot have that name.
    fn new(kind: ParamType, name: &str) -> Result<Self, ConnectionError> {
        Ok(match kind {
            ParamType::Header => Place::Header(
                HeaderName::try_from(name)
                    .map_err(|_| ConnectionError::not_visible_text("header name", ' ', 1))?,
            ),
            ParamType::Query => Place::Query(name.to_owned()),
            ParamType::Form => Place::Form(name.to_owned()),
            ParamType::Path => Place::Path,
        })
    }
}

/// One credential in its place.
#[derive(Clone)]
pub(crate) struct Addition {
    pub place: Place,
    /// What is sent, without the encoding of its place.
    pub secret: SecretString,
    /// The same with `***` for what is secret.
    pub shown: String,
}

/// Whether secrets are put into a request or `***` in their stead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    Sent,
    Hidden,
}

/// Everything a connection adds to a request. All of it is left out once a redirect leaves the
/// origin (scheme, host and port).
#[derive(Clone, Default)]
pub(crate) struct Additions {
    pub credentials: Vec<Addition>,
    /// Headers of the service, sent unless the request has one of that name.
    pub defaults: Vec<(HeaderName, HeaderValue)>,
    /// Signs what is sent, when all else is added.
    pub signer: Option<Signer>,
    /// Every secret of the connection, those that are not sent included.
    pub secrets: Vec<SecretString>,
}

impl Additions {
    /// What the scheme of a connection adds, and the default headers of its service. Signatures
    /// name the time `now`, in milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// C0015 if a default header does not fit into one; C0083 if a secret cannot be unsealed; C0039
    /// and C0045 if a signature lacks its client or key.
    pub(crate) fn of(usable: &Usable, now: i64) -> Result<Self, ConnectionError> {
        let mut signer = None;
        let credentials = match &usable.service.scheme {
            Scheme::Basic { username, password } => {
                vec![basic::addition(
                    &usable.secret(username)?,
                    &usable.secret(password)?,
                )]
            }
            Scheme::ApiKey(keys) => api_key::additions(usable, keys)?,
            Scheme::OAuth2(oauth2) => oauth2::addition(usable, oauth2)?.into_iter().collect(),
            Scheme::OAuth1(oauth1) => {
                signer = Some(Signer::of(usable, oauth1, now)?);
                Vec::new()
            }
        };
        let mut defaults = Vec::new();
        for (name, value) in &usable.service.headers {
            let header = HeaderName::try_from(name.as_str())
                .map_err(|_| ConnectionError::not_visible_text("header name", ' ', 1))?;
            defaults.push((header, header_value(name, &usable.text(value)?)?));
        }
        Ok(Additions {
            credentials,
            defaults,
            signer,
            secrets: usable.secrets().cloned().collect(),
        })
    }

    /// The request with everything added.
    ///
    /// # Errors
    /// C0018 if a credential belongs in a form body and the request has another body or none that
    /// could be started; C0015 if a credential does not fit into a header; C0007 and C0045 if the
    /// request cannot be signed.
    pub(crate) fn apply(
        &self,
        request: &WireRequest,
        secrets: Secrets,
    ) -> Result<WireRequest, ConnectionError> {
        let mut request = request.clone();
        for (name, value) in &self.defaults {
            request.headers.entry(name).or_insert_with(|| value.clone());
        }
        for addition in &self.credentials {
            let text = match secrets {
                Secrets::Sent => addition.secret.expose_secret(),
                Secrets::Hidden => &addition.shown,
            };
            match &addition.place {
                Place::Header(name) => {
                    let mut value = header_value(name.as_str(), text)?;
                    value.set_sensitive(secrets == Secrets::Sent);
                    request.headers.insert(name, value);
                }
                Place::Query(name) => set_query(&mut request.url, name, text, secrets),
                Place::Form(name) => set_form(&mut request, name, text, secrets)?,
                Place::Path => {
                    let before = utf8_percent_encode(text, PATH).to_string();
                    let path = format!("{before}{}", request.url.path());
                    request.url.set_path(&path);
                }
            }
        }
        if let Some(signer) = &self.signer {
            signer.apply(&mut request, secrets)?;
        }
        Ok(request)
    }

    /// The headers of the request that the connection replaces.
    pub(crate) fn replaced(&self, headers: &HeaderMap) -> Vec<HeaderName> {
        let of_credentials = self
            .credentials
            .iter()
            .filter_map(|addition| match &addition.place {
                Place::Header(name) => Some(name.clone()),
                _ => None,
            });
        let of_signature = self.signer.as_ref().and_then(Signer::replaces);
        of_credentials
            .chain(of_signature)
            .filter(|name| headers.contains_key(name))
            .collect()
    }

    /// Takes out of an address what a server echoed of the credentials: query and path keys. Where
    /// the origin stays the same, [`apply`](Self::apply) adds them again.
    pub(crate) fn strip(&self, url: &mut Url) {
        for addition in &self.credentials {
            match &addition.place {
                Place::Query(name) => remove_query(url, name),
                Place::Path => {
                    let before =
                        utf8_percent_encode(addition.secret.expose_secret(), PATH).to_string();
                    if let Some(rest) = url.path().strip_prefix(&before)
                        && (rest.is_empty() || rest.starts_with('/'))
                    {
                        let rest = rest.to_owned();
                        url.set_path(&rest);
                    }
                }
                Place::Header(_) | Place::Form(_) => {}
            }
        }
        if let Some(signer) = &self.signer {
            signer.strip(url);
        }
    }

    /// Whether one of the secrets stands in the name of a host or a scheme, which has small letters only.
    pub(crate) fn stand_in_name(&self, name: &str) -> bool {
        self.secrets.iter().any(|secret| {
            let small = Zeroizing::new(secret.expose_secret().to_ascii_lowercase());
            small.len() >= SEARCHED_LENGTH && name.contains(small.as_str())
        })
    }

    /// Whether one of the credentials stands anywhere in an address, plain or percent-encoded.
    pub(crate) fn appears_in(&self, url: &Url) -> bool {
        let plain = percent_decode_str(url.as_str()).decode_utf8_lossy();
        let is_there = |secret: &str| {
            secret.len() >= SEARCHED_LENGTH
                && (plain.contains(secret) || url.as_str().contains(secret))
        };
        let mut of_signature = self.signer.iter().flat_map(Signer::secrets);
        if of_signature.any(|secret| is_there(secret.expose_secret())) {
            return true;
        }
        self.credentials.iter().any(|addition| {
            // What stands before the `***` is no secret.
            let open = addition.shown.split("***").next().unwrap_or_default();
            let secret = addition.secret.expose_secret();
            let secret = secret.strip_prefix(open).unwrap_or(secret);
            is_there(secret)
                || addition.place == Place::Path
                    && is_there(&percent_decode_str(secret).decode_utf8_lossy())
        })
    }
}

/// A header value from text.
///
/// # Errors
/// C0015 naming `field` if the text holds a control character.
pub fn header_value(field: &str, text: &str) -> Result<HeaderValue, ConnectionError> {
    match text
        .chars()
        .enumerate()
        .find(|(_, found)| found.is_control() && *found != '\t')
    {
        Some((at, found)) => Err(ConnectionError::not_visible_text(field, found, at + 1)),
        None => HeaderValue::from_bytes(text.as_bytes())
            .map_err(|_| ConnectionError::not_visible_text(field, '\u{7f}', 1)),
    }
}

/// Replaces a parameter of an address: every one of that name is removed, ours goes last.
fn set_query(url: &mut Url, name: &str, value: &str, secrets: Secrets) {
    remove_query(url, name);
    let name = utf8_percent_encode(name, UNRESERVED);
    let pair = match secrets {
        Secrets::Sent => format!("{name}={}", utf8_percent_encode(value, UNRESERVED)),
        Secrets::Hidden => format!("{name}={value}"),
    };
    let query = match url.query() {
        None | Some("") => pair,
        Some(query) => format!("{query}&{pair}"),
    };
    url.set_query(Some(&query));
}

/// Removes every parameter of that name and leaves the bytes of the others alone.
fn remove_query(url: &mut Url, name: &str) {
    let Some(query) = url.query() else { return };
    let kept = without_parameter(query, name);
    if kept.len() != query.len() {
        url.set_query(if kept.is_empty() { None } else { Some(&kept) });
    }
}

fn without_parameter(pairs: &str, name: &str) -> String {
    let kept: Vec<&str> = pairs
        .split('&')
        .filter(|pair| !form_urlencoded::parse(pair.as_bytes()).any(|(found, _)| found == name))
        .collect();
    kept.join("&")
}

/// Adds a parameter to a form body; a body is started where a method may have one and has none.
fn set_form(
    request: &mut WireRequest,
    name: &str,
    value: &str,
    secrets: Secrets,
) -> Result<(), ConnectionError> {
    let startable = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    let is_form = request.form || media_type(&request.headers) == FORM;
    let started = request.body.is_empty() && startable;
    if !started && (request.body.is_empty() || !is_form) {
        let found = match (request.body.is_empty(), media_type(&request.headers)) {
            (true, _) => format!("{} without a body", request.method),
            (false, media) if media.is_empty() => "a body of no declared type".to_owned(),
            (false, media) => media,
        };
        return Err(ConnectionError::no_form(&found));
    }
    let before = String::from_utf8_lossy(&request.body);
    let mut body = without_parameter(&before, name);
    if !body.is_empty() {
        body.push('&');
    }
    body.extend(form_urlencoded::byte_serialize(name.as_bytes()));
    body.push('=');
    match secrets {
        Secrets::Sent => body.extend(form_urlencoded::byte_serialize(value.as_bytes())),
        Secrets::Hidden => body.push_str(value),
    }
    request.body = body.into_bytes();
    if started {
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    }
    Ok(())
}

/// The media type of a form body.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The declared media type without its parameters, in lower case; empty if there is none.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media = declared
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    media.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn request(method: Method, url: &str, media: &str, body: &str) -> WireRequest {
        let mut request = WireRequest::new(method, Url::parse(url).unwrap());
        if !media.is_empty() {
            request
                .headers
                .insert(CONTENT_TYPE, HeaderValue::from_str(media).unwrap());
        }
        request.body = body.as_bytes().to_vec();
        request
    }

    fn adding(place: Place, secret: &str) -> Additions {
        let addition = Addition {
            place,
            secret: secret.into(),
            shown: "***".to_owned(),
        };
        Additions {
            credentials: vec![addition],
            ..Additions::default()
        }
    }

    #[test]
    fn a_query_key_replaces_the_script_s_and_goes_last() {
        let key = adding(Place::Query("api key".to_owned()), "a+b/ü~");
        for (before, after) in [
            ("https://h/p", "https://h/p?api%20key=a%2Bb%2F%C3%BC~"),
            ("https://h/p?", "https://h/p?api%20key=a%2Bb%2F%C3%BC~"),
            (
                "https://h/p?x=%7E&api+key=1&y&api%20key=2",
                "https://h/p?x=%7E&y&api%20key=a%2Bb%2F%C3%BC~",
            ),
        ] {
            let sent = key
                .apply(&request(Method::GET, before, "", ""), Secrets::Sent)
                .unwrap();
            assert_eq!(sent.url.as_str(), after);
            let mut echoed = sent.url.clone();
            key.strip(&mut echoed);
            assert!(!echoed.as_str().contains("key"), "{echoed}");
        }
        let shown = key
            .apply(
                &request(Method::GET, "https://h/p?x=1", "", ""),
                Secrets::Hidden,
            )
            .unwrap();
        assert_eq!(shown.url.as_str(), "https://h/p?x=1&api%20key=***");
    }

    #[test]
    fn a_path_key_goes_before_the_path_and_can_be_taken_out() {
        let key = adding(Place::Path, "/bot12:ab cd");
        let sent = key
            .apply(
                &request(Method::GET, "https://h/getMe?a=1", "", ""),
                Secrets::Sent,
            )
            .unwrap();
        assert_eq!(sent.url.as_str(), "https://h/bot12:ab%20cd/getMe?a=1");
        assert!(key.appears_in(&sent.url));
        let mut echoed = sent.url;
        key.strip(&mut echoed);
        assert_eq!(echoed.as_str(), "https://h/getMe?a=1");
        assert!(!key.appears_in(&echoed));
    }

    #[test]
    fn a_form_key_is_added_to_a_form_or_starts_one() {
        let key = adding(Place::Form("k".to_owned()), "a b&c");
        for (method, media, body, after) in [
            (Method::POST, "", "", "k=a+b%26c"),
            (Method::PUT, "", "", "k=a+b%26c"),
            (
                Method::POST,
                "application/x-www-form-urlencoded; charset=utf-8",
                "x=1&k=old",
                "x=1&k=a+b%26c",
            ),
        ] {
            let sent = key
                .apply(&request(method, "https://h/", media, body), Secrets::Sent)
                .unwrap();
            assert_eq!(String::from_utf8(sent.body.clone()).unwrap(), after);
            assert_eq!(media_type(&sent.headers), FORM);
        }
        for (method, media, body, says) in [
            (Method::POST, "application/json", "{}", "application/json"),
            (Method::POST, "", "text", "no declared type"),
            (Method::GET, "", "", "GET without a body"),
        ] {
            let error = key
                .apply(&request(method, "https://h/", media, body), Secrets::Sent)
                .err()
                .unwrap();
            assert_eq!(
                (error.code(), error.message().contains(says)),
                ("C0018", true),
                "{error}"
            );
        }
    }

    #[test]
    fn a_header_is_replaced_and_a_default_yields() {
        let mut all = adding(Place::Header(HeaderName::from_static("x-key")), "secret");
        all.defaults.push((
            HeaderName::from_static("x-version"),
            HeaderValue::from_static("1"),
        ));
        let mut before = request(Method::GET, "https://h/", "", "");
        before
            .headers
            .insert("x-key", HeaderValue::from_static("the script's"));
        assert_eq!(all.replaced(&before.headers), ["x-key"]);
        let sent = all.apply(&before, Secrets::Sent).unwrap();
        assert_eq!(
            (&sent.headers["x-key"], &sent.headers["x-version"]),
            (&"secret".parse().unwrap(), &"1".parse().unwrap())
        );
        before
            .headers
            .insert("x-version", HeaderValue::from_static("2"));
        assert_eq!(
            all.apply(&before, Secrets::Sent).unwrap().headers["x-version"],
            "2"
        );
    }

    #[test]
    fn control_characters_do_not_get_into_a_header() {
        let error = header_value("X-Name", "a\r\nb").unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            ("C0015", "X-Name: found U+000D at 2, expected visible text")
        );
        assert!(header_value("X-Name", "tab\tand ü").is_ok());
    }
}
