//! Signatures of a base string, and hashes of bodies (RFC 5849, 3.4.2 to 3.4.4).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use rsa::PrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use secrecy::{ExposeSecret, SecretString};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::base_string::encode;
use crate::error::ConnectionError;
use crate::service::SignatureMethod;

/// With what a request is signed.
#[derive(Clone)]
pub(super) struct Keys {
    client_secret: Option<SecretString>,
    token_secret: Option<SecretString>,
    private_key: Option<Arc<PrivateKey>>,
}

impl Keys {
    pub fn new(
        client_secret: Option<SecretString>,
        token_secret: Option<SecretString>,
        private_key: Option<PrivateKey>,
    ) -> Self {
        Keys {
            client_secret,
            token_secret,
            private_key: private_key.map(Arc::new),
        }
    }

    /// The same client with another token, or none.
    pub fn with_token_secret(self, token_secret: Option<SecretString>) -> Self {
        Keys {
            token_secret,
            ..self
        }
    }

    pub fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.client_secret.iter().chain(&self.token_secret)
    }

    /// The signature of a base string.
    ///
    /// # Errors
    /// C0045 for a private key that is missing or too small.
    pub fn sign(
        &self,
        method: SignatureMethod,
        base_string: &str,
    ) -> Result<Zeroizing<String>, ConnectionError> {
        let signature = match method {
            SignatureMethod::HmacSha1 => hmac::<Sha1>(&self.key(), base_string)?,
            SignatureMethod::HmacSha256 => hmac::<Sha256>(&self.key(), base_string)?,
            SignatureMethod::RsaSha1 => {
                let key = self
                    .private_key
                    .as_ref()
                    .ok_or_else(|| ConnectionError::credential_missing("private key"))?;
                let signature = key
                    .pkcs1v15_sign::<Sha1>(base_string.as_bytes())
                    .map_err(|_| ConnectionError::private_key("a key that cannot sign"))?;
                STANDARD.encode(signature)
            }
            SignatureMethod::Plaintext => return Ok(self.key()),
        };
        Ok(Zeroizing::new(signature))
    }

    /// Both secrets, encoded; an empty text for one that is missing.
    fn key(&self) -> Zeroizing<String> {
        let encoded = |secret: &Option<SecretString>| {
            let text = secret.as_ref().map_or("", ExposeSecret::expose_secret);
            Zeroizing::new(encode(text))
        };
        let (client, token) = (encoded(&self.client_secret), encoded(&self.token_secret));
        Zeroizing::new(format!("{}&{}", client.as_str(), token.as_str()))
    }
}

fn hmac<D: EagerHash>(key: &str, text: &str) -> Result<String, ConnectionError> {
    let mut mac = Hmac::<D>::new_from_slice(key.as_bytes())
        .map_err(|_| ConnectionError::credential_text("client secret", "a text of no use"))?;
    mac.update(text.as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

/// The hash of a body, by the hash of the signature method; PLAINTEXT has none.
pub(super) fn body_hash(method: SignatureMethod, body: &[u8]) -> Option<String> {
    match method {
        SignatureMethod::HmacSha1 | SignatureMethod::RsaSha1 => {
            Some(STANDARD.encode(Sha1::digest(body)))
        }
        SignatureMethod::HmacSha256 => Some(STANDARD.encode(Sha256::digest(body))),
        SignatureMethod::Plaintext => None,
    }
}

/// The private key of a client, from PEM in the form PKCS#8 or PKCS#1. Text before it is skipped.
///
/// # Errors
/// C0045 for anything else; the text is never shown.
pub(crate) fn private_key(pem: &SecretString) -> Result<PrivateKey, ConnectionError> {
    let text = pem.expose_secret();
    let start = text.find("-----BEGIN ").unwrap_or(0);
    let text = text[start..].trim();
    PrivateKey::from_pkcs8_pem(text)
        .or_else(|_| PrivateKey::from_pkcs1_pem(text))
        .map_err(|_| {
            ConnectionError::private_key(if text.contains("ENCRYPTED") {
                "a key locked with a passphrase"
            } else {
                "another text"
            })
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::SignatureMethod::{HmacSha1, HmacSha256, Plaintext, RsaSha1};
    use super::*;
    use http::header::CONTENT_TYPE;
    use http::{HeaderValue, Method};
    use rsa::Generate;
    use rsa::pkcs1::EncodeRsaPrivateKey;
    use rsa::pkcs8::{EncodePrivateKey, LineEnding};
    use url::Url;

    use super::super::base_string::base_string;
    use crate::scheme::FORM;
    use crate::transport::WireRequest;

    fn keys(client: &str, token: &str) -> Keys {
        Keys::new(Some(client.into()), Some(token.into()), None)
    }

    /// One signature over a request without `oauth_version`, as the RFC prints them.
    fn signed(
        (method, url, body): (Method, &str, &str),
        protocol: &[(&str, &str)],
        secrets: (&str, &str),
        by: SignatureMethod,
    ) -> String {
        let mut request = WireRequest::new(method, Url::parse(url).unwrap());
        if !body.is_empty() {
            request
                .headers
                .insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
            request.body = body.as_bytes().to_vec();
        }
        let mut beside: Vec<(&str, Zeroizing<String>)> = protocol
            .iter()
            .map(|(name, value)| (*name, Zeroizing::new((*value).to_owned())))
            .collect();
        beside.push((
            "oauth_signature_method",
            Zeroizing::new(by.as_str().to_owned()),
        ));
        let text = base_string(&request, &beside);
        keys(secrets.0, secrets.1)
            .sign(by, &text)
            .unwrap()
            .to_string()
    }

    /// Check 35.
    #[test]
    fn v5_and_v6_the_example_of_the_normal_form() {
        let request = (
            Method::POST,
            "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
            "c2&a3=2+q",
        );
        let protocol = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ];
        let secrets = ("j49sk3j29djd", "dh893hdasih9");
        for (by, expected) in [
            (HmacSha1, "r6/TJjbCOr97/+UU0NsvSne7s5g="),
            (HmacSha256, "ypAxjNip++Dm0fTM+gCl8wAo6ufSnseu1WHxL7py3BU="),
        ] {
            assert_eq!(signed(request.clone(), &protocol, secrets, by), expected);
        }
    }

    /// Check 35.
    #[test]
    fn v7_temporary_credentials() {
        let signature = signed(
            (Method::POST, "https://photos.example.net/initiate", ""),
            &[
                ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
                ("oauth_timestamp", "137131200"),
                ("oauth_nonce", "wIjqoS"),
                ("oauth_callback", "http://printer.example.com/ready"),
            ],
            ("kd94hf93k423kf44", ""),
            HmacSha1,
        );
        assert_eq!(signature, "74KNZJeDHnMBp0EMJ9ZHt/XKycU=");
    }

    /// Check 35.
    #[test]
    fn v8_token_credentials() {
        let signature = signed(
            (Method::POST, "https://photos.example.net/token", ""),
            &[
                ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
                ("oauth_token", "hh5s93j4hdidpola"),
                ("oauth_timestamp", "137131201"),
                ("oauth_nonce", "walatlh"),
                ("oauth_verifier", "hfdp7dh39dks9884"),
            ],
            ("kd94hf93k423kf44", "hdhd0244k9j7ao03"),
            HmacSha1,
        );
        assert_eq!(signature, "gKgrFCywp7rO0OXSjdot/IHF7IU=");
    }

    /// Check 35.
    #[test]
    fn v9_a_resource() {
        let request = (
            Method::GET,
            "http://photos.example.net/photos?file=vacation.jpg&size=original",
            "",
        );
        let protocol = [
            ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
            ("oauth_token", "nnch734d00sl2jdk"),
            ("oauth_timestamp", "137131202"),
            ("oauth_nonce", "chapoH"),
        ];
        let secrets = ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00");
        for (by, expected) in [
            (HmacSha1, "MdpQcU8iPSUjWoN/UDMsK2sui9I="),
            (HmacSha256, "HtMwoX2zenlFjgGg/SNEoKEQmL7CzxYFEKzs7er044Y="),
        ] {
            assert_eq!(signed(request.clone(), &protocol, secrets, by), expected);
        }
    }

    /// Check 35.
    #[test]
    fn v10_plaintext_is_the_key_itself() {
        for ((client, token), key, in_header) in [
            (
                ("ja893SD9", "xyz4992k83j47x0b"),
                "ja893SD9&xyz4992k83j47x0b",
                "ja893SD9%26xyz4992k83j47x0b",
            ),
            (("a&b", "c d%"), "a%26b&c%20d%25", "a%2526b%26c%2520d%2525"),
        ] {
            let signature = keys(client, token).sign(Plaintext, "anything").unwrap();
            assert_eq!(signature.as_str(), key);
            assert_eq!(encode(&signature), in_header);
        }
    }

    /// Check 35.
    #[test]
    fn v18_body_hashes() {
        let body = br#"{"a":1}"#;
        let sha1 = Some("n4nHQM60bXQYySSnisV5QdXpZSA=".to_owned());
        let sha256 = Some("AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=".to_owned());
        assert_eq!(body_hash(HmacSha1, body), sha1);
        assert_eq!(body_hash(RsaSha1, body), sha1);
        assert_eq!(body_hash(HmacSha256, body), sha256);
        assert_eq!(body_hash(Plaintext, body), None);
    }

    #[test]
    fn rsa_signatures_verify_with_the_public_key() {
        let key = PrivateKey::generate();
        let pkcs8 = key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string();
        let pkcs1 = key.to_pkcs1_pem(LineEnding::CRLF).unwrap().to_string();
        let public = key.to_public_key();
        for pem in [pkcs8.clone(), pkcs1, format!("Bag Attributes\n{pkcs8}\n\n")] {
            let read = private_key(&pem.as_str().into()).unwrap();
            let keys = Keys::new(None, None, Some(read));
            let signature = keys.sign(RsaSha1, "POST&a&b").unwrap();
            let signature = STANDARD.decode(signature.as_bytes()).unwrap();
            public
                .pkcs1v15_verify::<Sha1>(b"POST&a&b", &signature)
                .unwrap();
            assert!(
                public
                    .pkcs1v15_verify::<Sha1>(b"POST&a&c", &signature)
                    .is_err()
            );
        }
    }

    #[test]
    fn what_is_no_rsa_key_is_refused_without_being_shown() {
        for (pem, found) in [
            ("sesame", "another text"),
            ("", "another text"),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nsesame\n-----END ENCRYPTED PRIVATE KEY-----",
                "a key locked with a passphrase",
            ),
        ] {
            let error = private_key(&pem.into()).err().unwrap();
            assert_eq!(error.code(), "C0045");
            assert!(error.message().contains(found), "{error}");
            assert!(!error.message().contains("sesame"), "{error}");
        }
    }
}
