//! Signatures of OAuth 1.0 (RFC 5849 3.4), written from the server's side.

use crate::services::crypto::{self, Key};
use crate::support::form::{self, percent};

/// How requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By a hash with both secrets.
    HmacSha1,
    /// The same with SHA-256.
    HmacSha256,
    /// By the client's key.
    RsaSha1(Key),
    /// Not at all: both secrets are sent.
    Plaintext,
}

impl Method {
    /// As `oauth_signature_method` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::RsaSha1(_) => "RSA-SHA1",
            Self::Plaintext => "PLAINTEXT",
        }
    }

    /// Whether a signature is right for a base string and both secrets.
    pub fn signed(self, base: &str, secrets: (&str, &str), signature: &str) -> bool {
        match self {
            Self::HmacSha1 | Self::HmacSha256 => self.sign(base, secrets) == signature,
            Self::Plaintext => key(secrets) == signature,
            Self::RsaSha1(key) => crypto::unbase64(signature)
                .is_some_and(|signature| key.signed_sha1(base.as_bytes(), &signature)),
        }
    }

    /// The signature for a base string and both secrets.
    pub fn sign(self, base: &str, secrets: (&str, &str)) -> String {
        let key = key(secrets);
        match self {
            Self::HmacSha1 => crypto::base64(crypto::hmac_sha1(key.as_bytes(), base.as_bytes())),
            Self::HmacSha256 => {
                crypto::base64(crypto::hmac_sha256(key.as_bytes(), base.as_bytes()))
            }
            Self::Plaintext => key,
            Self::RsaSha1(_) => panic!("servers have no private key"),
        }
    }

    /// `oauth_body_hash` of a body.
    pub fn body_hash(self, body: &[u8]) -> String {
        match self {
            Self::HmacSha256 => crypto::base64(crypto::sha256(body)),
            _ => crypto::base64(crypto::sha1(body)),
        }
    }
}

/// The key of HMAC: both secrets, encoded, with `&` between them (3.4.2).
fn key((client, token): (&str, &str)) -> String {
    format!("{}&{}", percent(client), percent(token))
}

/// The address without its query: scheme and host in lower case, the default port dropped (3.4.1.2).
pub fn base_address(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = address.split_once("://").expect("a scheme");
    let scheme = scheme.to_ascii_lowercase();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.to_ascii_lowercase();
    let default = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(default).unwrap_or(&host);
    let path = if path.is_empty() { "/" } else { path };
    format!("{scheme}://{host}{path}")
}

/// Parameters encoded, sorted bytewise and joined (3.4.1.3.2).
pub fn normalized(parameters: &[(String, String)]) -> String {
    let mut encoded: Vec<(String, String)> = parameters
        .iter()
        .map(|(name, value)| (percent(name), percent(value)))
        .collect();
    encoded.sort();
    let pairs: Vec<String> = encoded
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// What is signed (3.4.1.1): `parameters` are all that count, those of query and body included.
pub fn base_string(method: &str, address: &str, parameters: &[(String, String)]) -> String {
    format!(
        "{}&{}&{}",
        method.to_ascii_uppercase(),
        percent(&base_address(address)),
        percent(&normalized(parameters))
    )
}

/// The parameters of a header `Authorization: OAuth …`, the realm among them (3.5.1).
pub fn in_header(value: &str) -> Result<Vec<(String, String)>, String> {
    let Some((scheme, mut rest)) = value.split_once(' ') else {
        return Err("the header is empty".to_owned());
    };
    if !scheme.eq_ignore_ascii_case("oauth") {
        return Err(format!("found the scheme {scheme}, expected OAuth"));
    }
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        let (name, after) = rest.split_once("=\"").ok_or("a parameter without quotes")?;
        let (value, after) = after.split_once('"').ok_or("a quote is not closed")?;
        let decode = |text: &str| form::unpercent(text).ok_or("malformed percent encoding");
        if percent(&decode(value)?) != value && name != "realm" {
            return Err(format!("`{name}` is not encoded as RFC 5849 3.6 asks"));
        }
        found.push((decode(name)?, decode(value)?));
        let after = after.trim_start();
        if after.is_empty() {
            return Ok(found);
        }
        rest = after
            .strip_prefix(',')
            .ok_or("no comma between parameters")?;
    }
}
