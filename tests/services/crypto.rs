//! Hashes, signatures and JSON Web Tokens as servers check them, by another library than the program's own.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair, RsaKeyPair, UnparsedPublicKey};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// Standard base64.
pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of standard base64.
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Base64 for addresses, without padding.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The S256 challenge of a PKCE verifier (RFC 7636 4.2).
pub fn challenge(verifier: &str) -> String {
    base64url(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// SHA-1.
pub fn sha1(text: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text)
        .as_ref()
        .to_vec()
}

/// SHA-256.
pub fn sha256(text: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, text).as_ref().to_vec()
}

/// HMAC-SHA1.
pub fn hmac_sha1(key: &[u8], text: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    hmac::sign(&key, text).as_ref().to_vec()
}

/// HMAC-SHA256.
pub fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text).as_ref().to_vec()
}

/// A key that signs JSON Web Tokens: the client has all of it, the server what it needs to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// An RSA key of 2048 bits, the same for the whole test run: RS256, and RSA-SHA1 in OAuth 1.0.
    Rsa,
    /// Another RSA key.
    OtherRsa,
    /// A key on the curve P-256, the same for the whole test run: ES256.
    Ec,
    /// A shared secret: HS256.
    Shared(&'static str),
}

impl Key {
    /// As people are given it: PEM in PKCS#8, or the secret itself.
    pub fn private(self) -> String {
        match self {
            Self::Rsa | Self::OtherRsa | Self::Ec => pem("PRIVATE KEY", self.pkcs8()),
            Self::Shared(secret) => secret.to_owned(),
        }
    }

    /// An RSA key as older tools write it: PEM in PKCS#1.
    pub fn private_pkcs1(self) -> String {
        // PKCS#8 is a wrapping of 26 bytes around the PKCS#1 form of a key of 2048 bits.
        pem("RSA PRIVATE KEY", &self.pkcs8()[26..])
    }

    /// The public part of an RSA key, as servers are given it: PEM.
    pub fn public_pem(self) -> String {
        let key = RsaKeyPair::from_pkcs8(self.pkcs8()).expect("a key");
        let der: PublicKeyX509Der<'_> = key.public_key().as_der().expect("a key");
        pem("PUBLIC KEY", der.as_ref())
    }

    fn pkcs8(self) -> &'static [u8] {
        static RSA: OnceLock<Vec<u8>> = OnceLock::new();
        static OTHER: OnceLock<Vec<u8>> = OnceLock::new();
        static EC: OnceLock<Vec<u8>> = OnceLock::new();
        match self {
            Self::Rsa => RSA.get_or_init(new_rsa),
            Self::OtherRsa => OTHER.get_or_init(new_rsa),
            Self::Ec => EC.get_or_init(|| {
                let rules = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                let key = EcdsaKeyPair::generate_pkcs8(rules, &SystemRandom::new());
                key.expect("a key").as_ref().to_vec()
            }),
            Self::Shared(_) => panic!("a shared secret has no PKCS#8 form"),
        }
    }

    /// The name of the algorithm in the header of a token.
    pub fn algorithm(self) -> &'static str {
        match self {
            Self::Rsa | Self::OtherRsa => "RS256",
            Self::Ec => "ES256",
            Self::Shared(_) => "HS256",
        }
    }

    /// Signs as a JSON Web Token does.
    pub fn sign(self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa | Self::OtherRsa => {
                let key = RsaKeyPair::from_pkcs8(self.pkcs8()).expect("a key");
                let mut signed = vec![0; key.public_modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &random, text, &mut signed)
                    .expect("a signature");
                signed
            }
            Self::Ec => {
                let rules = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                let key = EcdsaKeyPair::from_pkcs8(rules, self.pkcs8()).expect("a key");
                let signed = key.sign(&random, text).expect("a signature");
                signed.as_ref().to_vec()
            }
            Self::Shared(secret) => hmac_sha256(secret.as_bytes(), text),
        }
    }

    /// Whether a signature of a JSON Web Token is this key's.
    pub fn signed(self, text: &[u8], signed: &[u8]) -> bool {
        match self {
            Self::Rsa | Self::OtherRsa => {
                let rules = &signature::RSA_PKCS1_2048_8192_SHA256;
                verifies(rules, &self.public(), text, signed)
            }
            Self::Ec => {
                let rules = &signature::ECDSA_P256_SHA256_FIXED;
                verifies(rules, &self.public(), text, signed)
            }
            Self::Shared(secret) => hmac_sha256(secret.as_bytes(), text) == signed,
        }
    }

    /// Whether an RSA-SHA1 signature of OAuth 1.0 is this key's.
    pub fn signed_sha1(self, text: &[u8], signed: &[u8]) -> bool {
        rsa_sha1(&self.public(), text, signed)
    }

    fn public(self) -> Vec<u8> {
        match self {
            Self::Rsa | Self::OtherRsa => {
                let key = RsaKeyPair::from_pkcs8(self.pkcs8()).expect("a key");
                key.public_key().as_ref().to_vec()
            }
            Self::Ec => {
                let rules = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                let key = EcdsaKeyPair::from_pkcs8(rules, self.pkcs8()).expect("a key");
                key.public_key().as_ref().to_vec()
            }
            Self::Shared(_) => panic!("a shared secret has no public part"),
        }
    }
}

/// Whether an RSA-SHA1 signature fits a public key in PKCS#1 DER.
pub fn rsa_sha1(public: &[u8], text: &[u8], signed: &[u8]) -> bool {
    let rules = &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY;
    verifies(rules, public, text, signed)
}

fn verifies(
    rules: &'static dyn signature::VerificationAlgorithm,
    public: &[u8],
    text: &[u8],
    signed: &[u8],
) -> bool {
    UnparsedPublicKey::new(rules, public)
        .verify(text, signed)
        .is_ok()
}

fn new_rsa() -> Vec<u8> {
    let key = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = key.as_der().expect("a key");
    der.as_ref().to_vec()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|from| &text[from..text.len().min(from + 64)])
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

/// A signed JSON Web Token.
pub fn jwt(key: Key, claims: &Value) -> String {
    let header = serde_json::json!({ "alg": key.algorithm(), "typ": "JWT" });
    let text = format!(
        "{}.{}",
        base64url(header.to_string()),
        base64url(claims.to_string())
    );
    let signed = base64url(key.sign(text.as_bytes()));
    format!("{text}.{signed}")
}

/// The header and the claims of a token that the key has signed, or what is wrong with it.
pub fn read_jwt(key: Key, token: &str) -> Result<(Value, Value), String> {
    let (text, signed) = token.rsplit_once('.').ok_or("no JSON Web Token")?;
    let (header, claims) = text.split_once('.').ok_or("no JSON Web Token")?;
    let part = |text: &str| -> Result<Value, String> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|e| format!("base64url: {e}"))?;
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())
    };
    let (header, claims) = (part(header)?, part(claims)?);
    // The algorithm is the key's, whatever the token says (RFC 8725 3.1).
    if header["alg"] != key.algorithm() {
        return Err(format!(
            "found alg {}, expected {}",
            header["alg"],
            key.algorithm()
        ));
    }
    let signed = URL_SAFE_NO_PAD
        .decode(signed)
        .map_err(|error| error.to_string())?;
    if !key.signed(text.as_bytes(), &signed) {
        return Err("the signature is wrong".to_owned());
    }
    Ok((header, claims))
}
