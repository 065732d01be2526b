//! OAuth 1.0: every request is signed with the secrets of client and token (RFC 5849;
//! connections, 6.3).
//!
//! A signature covers the request as it is sent, so it is made last, by [`Signer::apply`], and anew
//! for every request of a chain of redirects.

mod base_string;
pub(crate) mod clock;
mod signature;

use chacha20poly1305::aead::Generate;
use http::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zeroize::Zeroizing;

use super::{FORM, Secrets, header_value, media_type, remove_query, set_form, set_query};
use crate::error::ConnectionError;
use crate::service::{Legs, OAuth1, ParamType, SignatureMethod};
use crate::transport::WireRequest;
use crate::usable::Usable;
use base_string::{base_string, encode};
use signature::Keys;
pub(crate) use signature::private_key;

/// Length of a nonce in letters and digits. Not longer, since servers built on Python's oauthlib
/// refuse nonces outside of 20 to 30 characters unless told otherwise.
const NONCE_LENGTH: usize = 30;

const LETTERS_AND_DIGITS: &[u8; 62] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const SIGNATURE: &str = "oauth_signature";

/// Every parameter this scheme may add to a request for a resource.
const NAMES: [&str; 8] = [
    "oauth_body_hash",
    "oauth_consumer_key",
    "oauth_nonce",
    SIGNATURE,
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_token",
    "oauth_version",
];

/// Parameters that are not shown: what is secret, and what every request makes anew.
const HIDDEN: [&str; 3] = ["oauth_nonce", SIGNATURE, "oauth_token"];

/// Signs the requests of one call.
#[derive(Clone)]
pub(crate) struct Signer {
    /// The link name, for messages.
    link: String,
    method: SignatureMethod,
    place: ParamType,
    realm: Option<String>,
    body_hash: bool,
    client_id: String,
    token: Option<SecretString>,
    keys: Keys,
    /// Seconds since 1970 UTC.
    timestamp: i64,
    /// Further protocol parameters, in requests for credentials.
    further: Vec<(&'static str, SecretString)>,
}

/// Protocol parameters by name, without the signature.
type Parameters = Vec<(&'static str, Zeroizing<String>)>;

impl Signer {
    /// The signer of a connection. `now` is in milliseconds since 1970 UTC, by the clock of the
    /// service as far as it is known.
    ///
    /// # Errors
    /// C0039 without a client, C0043 for a realm without its value, C0045 for a private key that
    /// cannot be read.
    pub(crate) fn of(usable: &Usable, oauth1: &OAuth1, now: i64) -> Result<Self, ConnectionError> {
        let client = usable.client()?;
        let entered = |name: &str| usable.credential.secret_fields.get(name).cloned();
        let (token, token_secret) = match oauth1.legs {
            Legs::Three => (
                usable.credential.access_token.clone(),
                usable.credential.token_secret.clone(),
            ),
            Legs::Entered => (entered("token"), entered("token_secret")),
            Legs::Two => (None, None),
        };
        let private_key = match (
            oauth1.signature_method,
            client.secret_fields.get("private_key"),
        ) {
            (SignatureMethod::RsaSha1, Some(pem)) => Some(private_key(pem)?),
            (SignatureMethod::RsaSha1, None) => {
                return Err(ConnectionError::credential_missing("private key"));
            }
            _ => None,
        };
        let realm = oauth1.realm.as_ref().map(|realm| usable.text(realm));
        Ok(Signer {
            link: usable.link().to_owned(),
            method: oauth1.signature_method,
            place: oauth1.place,
            realm: realm.transpose()?.filter(|realm| !realm.is_empty()),
            body_hash: oauth1.body_hash,
            client_id: client.client_id.clone(),
            token,
            keys: Keys::new(client.client_secret.clone(), token_secret, private_key),
            timestamp: now.div_euclid(1000),
            further: Vec::new(),
        })
    }

    /// The same client with other credentials and further parameters: for the requests that lead to
    /// a token.
    pub(crate) fn with(
        self,
        token: Option<(SecretString, SecretString)>,
        further: Vec<(&'static str, SecretString)>,
    ) -> Self {
        let (token, secret) = token.unzip();
        Signer {
            token,
            keys: self.keys.with_token_secret(secret),
            further,
            ..self
        }
    }

    /// The same at another time, in seconds since 1970 UTC.
    pub(crate) fn at(self, timestamp: i64) -> Self {
        Signer { timestamp, ..self }
    }

    /// Adds the protocol parameters to a request that is complete otherwise.
    ///
    /// # Errors
    /// C0007 for secrets as they are over plain http; C0018 if they belong in a form body and the
    /// request has another or none that could be started; C0045 for a key that cannot sign.
    pub(super) fn apply(
        &self,
        request: &mut WireRequest,
        secrets: Secrets,
    ) -> Result<(), ConnectionError> {
        if self.method == SignatureMethod::Plaintext && request.url.scheme() != "https" {
            return Err(ConnectionError::not_https(&self.link));
        }
        // What a body declares decides whether a server reads parameters from it.
        request.form = false;
        let mut parameters = self.parameters(request);
        if secrets == Secrets::Hidden {
            for (name, value) in &mut parameters {
                if HIDDEN.contains(name) {
                    *value = Zeroizing::new("***".to_owned());
                }
            }
        }
        for (name, value) in &parameters {
            self.put(request, name, value, secrets)?;
        }
        let signature = match secrets {
            Secrets::Hidden => Zeroizing::new("***".to_owned()),
            Secrets::Sent => {
                let beside: &[_] = match self.place {
                    ParamType::Header => &parameters,
                    // They stand in the request already.
                    ParamType::Query | ParamType::Form | ParamType::Path => &[],
                };
                self.keys.sign(self.method, &base_string(request, beside))?
            }
        };
        self.put(request, SIGNATURE, &signature, secrets)?;
        if self.place == ParamType::Header {
            parameters.push((SIGNATURE, signature));
            let value = self.header(&mut parameters, secrets)?;
            request.headers.insert(AUTHORIZATION, value);
        }
        Ok(())
    }

    /// The time that its requests name, in seconds since 1970 UTC.
    pub(crate) fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// The header of the request that [`apply`](Self::apply) replaces.
    pub(super) fn replaces(&self) -> Option<http::HeaderName> {
        (self.place == ParamType::Header).then_some(AUTHORIZATION)
    }

    /// Takes out of an address what a server echoed of the protocol parameters.
    pub(super) fn strip(&self, url: &mut Url) {
        if self.place == ParamType::Query {
            for name in NAMES {
                remove_query(url, name);
            }
        }
    }

    /// What must never stand in an address of another origin.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let further = self.further.iter().map(|(_, value)| value);
        self.token.iter().chain(self.keys.secrets()).chain(further)
    }

    fn parameters(&self, request: &WireRequest) -> Parameters {
        let mut parameters: Parameters = Vec::new();
        let mut add = |name, value: String| parameters.push((name, Zeroizing::new(value)));
        // A form is signed pair by pair, so that it has no hash besides.
        let is_form = self.place == ParamType::Form || media_type(&request.headers) == FORM;
        let hash = signature::body_hash(self.method, &request.body);
        if let Some(hash) = hash.filter(|_| self.body_hash && !is_form) {
            add("oauth_body_hash", hash);
        }
        add("oauth_consumer_key", self.client_id.clone());
        add("oauth_nonce", nonce());
        add("oauth_signature_method", self.method.as_str().to_owned());
        add("oauth_timestamp", self.timestamp.to_string());
        if let Some(token) = &self.token {
            add("oauth_token", token.expose_secret().to_owned());
        }
        add("oauth_version", "1.0".to_owned());
        for (name, value) in &self.further {
            add(name, value.expose_secret().to_owned());
        }
        parameters
    }

    /// Puts one parameter into address or body; a header takes them all at once.
    fn put(
        &self,
        request: &mut WireRequest,
        name: &str,
        value: &str,
        secrets: Secrets,
    ) -> Result<(), ConnectionError> {
        match self.place {
            ParamType::Query => set_query(&mut request.url, name, value, secrets),
            ParamType::Form => set_form(request, name, value, secrets)?,
            ParamType::Header | ParamType::Path => {}
        }
        Ok(())
    }

    /// The realm first, as it is and in quotes (RFC 7235, 2.2), the rest by name.
    fn header(
        &self,
        parameters: &mut Parameters,
        secrets: Secrets,
    ) -> Result<HeaderValue, ConnectionError> {
        parameters.sort_by_key(|(name, _)| *name);
        let realm = self.realm.as_ref().map(|realm| {
            let quoted = realm.replace('\\', "\\\\").replace('"', "\\\"");
            format!("realm=\"{quoted}\"")
        });
        let rest = parameters.iter().map(|(name, value)| match secrets {
            Secrets::Sent => format!("{name}=\"{}\"", encode(value)),
            Secrets::Hidden => format!("{name}=\"{}\"", value.as_str()),
        });
        let text: Vec<String> = realm.into_iter().chain(rest).collect();
        let mut value = header_value("Authorization", &format!("OAuth {}", text.join(", ")))?;
        value.set_sensitive(secrets == Secrets::Sent);
        Ok(value)
    }
}

/// A text that no other request has.
fn nonce() -> String {
    let mut nonce = String::with_capacity(NONCE_LENGTH);
    while nonce.len() < NONCE_LENGTH {
        // Six bits choose a letter; the two values too many are dropped, so that all are as likely.
        let random = <[u8; 64]>::generate();
        let letters = random
            .iter()
            .filter_map(|byte| LETTERS_AND_DIGITS.get(usize::from(byte & 0b11_1111)));
        nonce.extend(
            letters
                .take(NONCE_LENGTH - nonce.len())
                .map(|letter| char::from(*letter)),
        );
    }
    nonce
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::{BTreeMap, BTreeSet};

    use http::Method;
    use http::header::CONTENT_TYPE;
    use url::form_urlencoded;

    use super::*;

    const JSON: &str = "application/json";

    fn signer(place: ParamType) -> Signer {
        Signer {
            link: "photos".to_owned(),
            method: SignatureMethod::HmacSha1,
            place,
            realm: Some(r#"a "b" \c"#.to_owned()),
            body_hash: true,
            client_id: "client id".to_owned(),
            token: Some("token+é".into()),
            keys: Keys::new(
                Some("client&secret".into()),
                Some("token secret".into()),
                None,
            ),
            timestamp: 137_131_200,
            further: Vec::new(),
        }
    }

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

    fn sent(signer: &Signer, request: &WireRequest) -> WireRequest {
        let mut request = request.clone();
        signer.apply(&mut request, Secrets::Sent).unwrap();
        request
    }

    fn refused(signer: &Signer, request: &WireRequest) -> ConnectionError {
        signer
            .apply(&mut request.clone(), Secrets::Sent)
            .unwrap_err()
    }

    /// The pairs of a header `OAuth name="value", …`, decoded.
    fn of_header(request: &WireRequest) -> BTreeMap<String, String> {
        let text = request.headers[AUTHORIZATION].to_str().unwrap();
        let pairs = text.strip_prefix("OAuth ").unwrap().split(", ");
        let decoded = |text: &str| {
            percent_encoding::percent_decode_str(text.trim_matches('"'))
                .decode_utf8()
                .unwrap()
                .into_owned()
        };
        pairs
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), decoded(value)))
            .collect()
    }

    #[test]
    fn a_header_has_the_realm_first_and_the_rest_by_name() {
        let before = request(Method::POST, "https://h/p?x=1", JSON, r#"{"a":1}"#);
        let after = sent(&signer(ParamType::Header), &before);
        assert_eq!((&after.url, &after.body), (&before.url, &before.body));
        let header = &after.headers[AUTHORIZATION];
        assert!(header.is_sensitive());
        let text = header.to_str().unwrap();
        let start = r#"OAuth realm="a \"b\" \\c", oauth_body_hash="n4nHQM60bXQYySSnisV5QdXpZSA%3D", oauth_consumer_key="client%20id", oauth_nonce=""#;
        assert!(text.starts_with(start), "{text}");
        let end = r#", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", oauth_token="token%2B%C3%A9", oauth_version="1.0""#;
        assert!(text.ends_with(end), "{text}");
        let signature = &of_header(&after)["oauth_signature"];
        assert_eq!(signature.len(), 28, "{signature}");
    }

    #[test]
    fn query_and_form_hold_what_is_signed_and_the_signature_last() {
        let place = ParamType::Query;
        let before = request(
            Method::GET,
            "https://h/p?oauth_token=script&x=a+b&x=%7E",
            "",
            "",
        );
        let in_query = sent(&signer(place), &before);
        let query = in_query.url.query().unwrap();
        assert!(query.starts_with("x=a+b&x=%7E&oauth_body_hash="), "{query}");
        let mut stripped = in_query.url.clone();
        signer(place).strip(&mut stripped);
        assert_eq!(stripped.as_str(), "https://h/p?x=a+b&x=%7E");

        let media = "application/x-www-form-urlencoded; charset=utf-8";
        let before = request(Method::POST, "https://h/p", media, "x=a+b");
        let in_form = sent(&signer(ParamType::Form), &before);
        let form = String::from_utf8(in_form.body.clone()).unwrap();
        assert!(
            form.starts_with("x=a+b&oauth_consumer_key=client+id&"),
            "{form}"
        );

        for (pairs, request) in [(query, &in_query), (form.as_str(), &in_form)] {
            assert!(!request.headers.contains_key(AUTHORIZATION));
            let (rest, last) = pairs.rsplit_once('&').unwrap();
            let mut unsigned = request.clone();
            if request.url.query().is_some() {
                unsigned.url.set_query(Some(rest));
            } else {
                unsigned.body = rest.as_bytes().to_vec();
            }
            let keys = &signer(place).keys;
            let expected = keys.sign(SignatureMethod::HmacSha1, &base_string(&unsigned, &[]));
            let (name, value) = form_urlencoded::parse(last.as_bytes()).next().unwrap();
            assert_eq!(name, SIGNATURE);
            assert_eq!(*value, **expected.as_ref().unwrap());
        }
    }

    #[test]
    fn a_body_hash_goes_with_everything_but_forms() {
        let signer = signer(ParamType::Header);
        let has_hash = |media: &str, body: &str| {
            let request = request(Method::POST, "https://h/", media, body);
            of_header(&sent(&signer, &request)).contains_key("oauth_body_hash")
        };
        assert!(has_hash(JSON, "{}") && has_hash("", ""));
        assert!(!has_hash(FORM, "a=1"));
        let without = Signer {
            body_hash: false,
            ..signer.clone()
        };
        let request = request(Method::POST, "https://h/", JSON, "{}");
        assert!(!of_header(&sent(&without, &request)).contains_key("oauth_body_hash"));
    }

    #[test]
    fn a_form_credential_needs_a_form() {
        let signer = signer(ParamType::Form);
        let mut undeclared = request(Method::POST, "https://h/", "", "a=1");
        undeclared.form = true;
        for refused_one in [
            request(Method::POST, "https://h/", JSON, "{}"),
            request(Method::GET, "https://h/", "", ""),
            undeclared,
        ] {
            assert_eq!(refused(&signer, &refused_one).code(), "C0018");
        }
        let started = sent(&signer, &request(Method::POST, "https://h/", "", ""));
        assert_eq!(media_type(&started.headers), FORM);
    }

    #[test]
    fn plaintext_goes_over_https_only() {
        let signer = Signer {
            method: SignatureMethod::Plaintext,
            ..signer(ParamType::Header)
        };
        let error = refused(&signer, &request(Method::GET, "http://127.0.0.1/", "", ""));
        assert_eq!(error.code(), "C0007");
        let after = sent(&signer, &request(Method::GET, "https://h/", "", ""));
        let header = of_header(&after);
        assert_eq!(header["oauth_signature"], "client%26secret&token%20secret");
        assert!(!header.contains_key("oauth_body_hash"));
    }

    #[test]
    fn what_is_shown_has_neither_token_nor_signature() {
        for place in [ParamType::Header, ParamType::Query, ParamType::Form] {
            let mut shown = request(Method::POST, "https://h/", "", "");
            signer(place).apply(&mut shown, Secrets::Hidden).unwrap();
            let body = String::from_utf8(shown.body.clone()).unwrap();
            let text = format!("{} {:?} {body}", shown.url, shown.headers);
            assert!(
                !text.contains("token%2B") && !text.contains("token+é"),
                "{text}"
            );
            assert!(
                text.contains("oauth_signature=***") || text.contains(r#"oauth_signature=\"***"#),
                "{text}"
            );
        }
    }

    /// Check 39: 10,000 calls.
    #[test]
    fn ten_thousand_nonces_are_all_different() {
        let signer = signer(ParamType::Header);
        let call = request(Method::GET, "https://h/", "", "");
        let nonces: BTreeSet<String> = (0..10_000)
            .map(|_| {
                of_header(&sent(&signer, &call))
                    .remove("oauth_nonce")
                    .unwrap()
            })
            .collect();
        assert_eq!(nonces.len(), 10_000);
        assert!(nonces.iter().all(|nonce| {
            nonce.len() == NONCE_LENGTH && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric())
        }));
    }
}
