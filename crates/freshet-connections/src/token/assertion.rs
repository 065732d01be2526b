//! Assertions: JSON Web Tokens (RFC 7519) signed with a key of the client (RFC 7515). One kind is a
//! grant (RFC 7523, 2.1), the other proves who the client is (2.2).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use oauth2::CsrfToken;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use url::Url;
use zeroize::Zeroizing;

use crate::error::ConnectionError;
use crate::service::{Jwt, JwtAlgorithm, OAuth2, Template};
use crate::usable::Usable;

/// The value of `client_assertion_type` (RFC 7523, 2.2).
pub(super) const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The key of a client unless the service says otherwise.
const KEY: &str = "{private_key}";

/// Seconds that the proof of a client lives.
const PROOF_LIFETIME: u64 = 300;

/// The assertion of the grant. `now` is in milliseconds since 1970 UTC.
///
/// # Errors
/// C0043 for a value that is missing, C0045 for a key that cannot sign.
pub(super) fn of_grant(
    usable: &Usable,
    oauth2: &OAuth2,
    jwt: &Jwt,
    token_url: &Url,
    now: i64,
) -> Result<SecretString, ConnectionError> {
    let file = KeyFile::read(&usable.secret(&jwt.key)?);
    let key = Key::read(&file.private_key, Some(jwt.algorithm))?;

    let known = |template: &Option<Template>| -> Result<Option<String>, ConnectionError> {
        let text = template.as_ref().map(|text| usable.secret(text));
        let text = text
            .transpose()?
            .map(|text| text.expose_secret().to_owned());
        Ok(text.filter(|text| !text.is_empty()))
    };
    let issuer = match known(&jwt.iss)?.or(file.client_email) {
        Some(issuer) => issuer,
        None => usable.client()?.client_id.clone(),
    };
    let audience = known(&jwt.aud)?.unwrap_or_else(|| token_url.to_string());
    let mut claims = claims(&issuer, known(&jwt.sub)?, &audience, jwt.lifetime, now);
    let scopes = &usable.connection.scopes;
    if let Some(claim) = jwt.scope_claim.as_ref().filter(|_| !scopes.is_empty()) {
        let scopes = scopes.join(oauth2.scope_delimiter.text());
        claims.insert(claim.clone(), scopes.into());
    }
    sign(&key, known(&jwt.kid)?.or(file.private_key_id), &claims)
}

/// The proof of a client. `now` is in milliseconds since 1970 UTC.
///
/// # Errors
/// C0039, C0043 for a key that is missing, C0045 for one that cannot sign.
pub(super) fn of_client(
    usable: &Usable,
    oauth2: &OAuth2,
    token_url: &Url,
    now: i64,
) -> Result<SecretString, ConnectionError> {
    let usual = Template::new(KEY);
    let key = oauth2.jwt.as_ref().map_or(&usual, |jwt| &jwt.key);
    let file = KeyFile::read(&usable.secret(key)?);
    let key = Key::read(&file.private_key, None)?;
    let client = &usable.client()?.client_id;
    let subject = Some(client.clone());
    let claims = claims(client, subject, token_url.as_str(), PROOF_LIFETIME, now);
    sign(&key, file.private_key_id, &claims)
}

fn claims(
    issuer: &str,
    subject: Option<String>,
    audience: &str,
    lifetime: u64,
    now: i64,
) -> Map<String, Value> {
    let now = u64::try_from(now / 1000).unwrap_or_default();
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), issuer.into());
    if let Some(subject) = subject {
        claims.insert("sub".to_owned(), subject.into());
    }
    claims.insert("aud".to_owned(), audience.into());
    claims.insert("iat".to_owned(), now.into());
    claims.insert("exp".to_owned(), now.saturating_add(lifetime).into());
    let once = CsrfToken::new_random().into_secret();
    claims.insert("jti".to_owned(), once.into());
    claims
}

/// Header, claims and signature (RFC 7515, 3.1).
fn sign(
    key: &Key,
    id: Option<String>,
    claims: &Map<String, Value>,
) -> Result<SecretString, ConnectionError> {
    let mut header = json!({ "alg": key.algorithm().as_str(), "typ": "JWT" });
    if let Some(id) = id {
        header["kid"] = id.into();
    }
    let claims = Value::Object(claims.clone()).to_string();
    let mut text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = key.sign(text.as_bytes()).ok_or_else(unfit)?;
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    Ok(SecretString::from(text))
}

/// A key, and what stands beside it in a key file as Google hands it out.
#[derive(Deserialize)]
struct KeyFile {
    #[serde(deserialize_with = "zeroizing")]
    private_key: Zeroizing<String>,
    private_key_id: Option<String>,
    /// Whose key it is.
    client_email: Option<String>,
}

impl KeyFile {
    /// Any other text is the key itself.
    fn read(text: &SecretString) -> Self {
        let text = text.expose_secret();
        serde_json::from_str(text).unwrap_or_else(|_| KeyFile {
            private_key: Zeroizing::new(text.to_owned()),
            private_key_id: None,
            client_email: None,
        })
    }
}

fn zeroizing<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

/// A key that signs.
enum Key {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
    Shared(Zeroizing<Vec<u8>>),
}

impl Key {
    /// Reads a key for an algorithm; `None`: the one that the kind of key asks for.
    ///
    /// # Errors
    /// C0045 for anything else than such a key.
    fn read(text: &str, algorithm: Option<JwtAlgorithm>) -> Result<Self, ConnectionError> {
        if algorithm == Some(JwtAlgorithm::HS256) {
            return Ok(Key::Shared(Zeroizing::new(text.as_bytes().to_vec())));
        }
        let (label, der) = private_key_block(text).ok_or_else(unfit)?;
        let rsa = || match label {
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der).ok(),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).ok(),
            _ => None,
        };
        let ec = || match label {
            "PRIVATE KEY" => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).ok(),
            "EC PRIVATE KEY" => {
                EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).ok()
            }
            _ => None,
        };
        let rsa = || rsa().map(|key| Key::Rsa(Box::new(key)));
        let ec = || ec().map(|key| Key::Ec(Box::new(key)));
        match algorithm {
            Some(JwtAlgorithm::RS256) => rsa(),
            Some(JwtAlgorithm::ES256) => ec(),
            _ => rsa().or_else(ec),
        }
        .ok_or_else(unfit)
    }

    fn algorithm(&self) -> JwtAlgorithm {
        match self {
            Key::Rsa(_) => JwtAlgorithm::RS256,
            Key::Ec(_) => JwtAlgorithm::ES256,
            Key::Shared(_) => JwtAlgorithm::HS256,
        }
    }

    /// The signature (RFC 7518, 3.2 to 3.4). `None` where the library refuses the key.
    fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature)
                    .ok()?;
                Some(signature)
            }
            Key::Ec(key) => Some(key.sign(&random, text).ok()?.as_ref().to_vec()),
            Key::Shared(key) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
                mac.update(text);
                Some(mac.finalize().into_bytes().to_vec())
            }
        }
    }
}

fn unfit() -> ConnectionError {
    ConnectionError::signing_key()
}

/// The first private key of a text in PEM form (RFC 7468): its label and its bytes. What stands
/// around it, such as certificates or parameters of a curve, does not matter.
fn private_key_block(text: &str) -> Option<(&str, Zeroizing<Vec<u8>>)> {
    text.split("-----BEGIN ").skip(1).find_map(|block| {
        let (label, rest) = block.split_once("-----")?;
        let (body, _) = rest.split_once("-----END ")?;
        if !label.ends_with("PRIVATE KEY") {
            return None;
        }
        let body: Zeroizing<Vec<u8>> = body
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect::<Vec<u8>>()
            .into();
        let bytes = STANDARD.decode(&*body).ok()?;
        Some((label, Zeroizing::new(bytes)))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    /// The signing input of RFC 7515, A.1.1; its key; its signature (connections, 6.10, V19).
    const INPUT: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const SHARED: &str =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const SIGNED: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn v19_hs256_signs_as_the_standard_shows() {
        let key = Key::Shared(URL_SAFE_NO_PAD.decode(SHARED).unwrap().into());
        let signature = key.sign(INPUT.as_bytes()).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(signature), SIGNED);
    }

    #[test]
    fn other_texts_than_private_keys_are_refused_and_not_repeated() {
        for text in [
            "",
            "s3cr3t",
            "-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nczNjcjN0\n-----END PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nczNjcjN0\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN CERTIFICATE-----\nczNjcjN0\n-----END CERTIFICATE-----",
        ] {
            for algorithm in [None, Some(JwtAlgorithm::RS256), Some(JwtAlgorithm::ES256)] {
                let error = Key::read(text, algorithm).err().unwrap();
                assert_eq!(error.code(), "C0045");
                assert!(!error.message().contains("s3cr3t"));
            }
        }
    }
}
