//! Sealed columns: XChaCha20-Poly1305, bound to the place where a value stands.
//!
//! A sealed value is `0x01`, the length of the key id, the key id, a random nonce of 24 bytes, the
//! ciphertext with its tag. Table, row and column are authenticated along, so that a value moved
//! elsewhere does not open (connections, 5).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Generate, Key as CipherKey, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 24;
/// What the proof of a key holds.
const PROOF: &[u8] = b"freshet";

/// The sealing key of a registry, 32 bytes.
pub(crate) struct SealingKey {
    bytes: SecretBox<[u8; 32]>,
    id: String,
}

/// Where a sealed value stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub table: &'static str,
    pub row: &'a dyn std::fmt::Display,
    pub column: &'static str,
}

impl SealingKey {
    /// A new random key.
    pub fn generate() -> Self {
        let key = CipherKey::<XChaCha20Poly1305>::generate();
        Self::from_bytes(Box::new(key.into()))
    }

    fn from_bytes(bytes: Box<[u8; 32]>) -> Self {
        let digest = Sha256::digest(bytes.as_slice());
        let id = digest
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        SealingKey {
            bytes: SecretBox::new(bytes),
            id,
        }
    }

    /// From standard base64 of 32 bytes, line breaks around it ignored.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().ok()?;
        Some(Self::from_bytes(Box::new(bytes)))
    }

    pub fn to_base64(&self) -> SecretString {
        SecretString::from(STANDARD.encode(self.bytes.expose_secret()))
    }

    /// The first 8 hexadecimal digits of the SHA-256 of the key.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes.expose_secret().into())
    }

    fn associated(place: Place<'_>, key_id: &str) -> Vec<u8> {
        format!(
            "freshet|1|{}|{}|{}|{key_id}",
            place.table, place.row, place.column
        )
        .into_bytes()
    }

    /// Seals `plain` for its place. `None` cannot happen with texts of any real size.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Option<Vec<u8>> {
        let nonce = XNonce::generate();
        let aad = Self::associated(place, &self.id);
        let sealed = self
            .cipher()
            .encrypt(
                &nonce,
                Payload {
                    msg: plain,
                    aad: &aad,
                },
            )
            .ok()?;
        let mut value = vec![VERSION, u8::try_from(self.id.len()).ok()?];
        value.extend_from_slice(self.id.as_bytes());
        value.extend_from_slice(nonce.as_slice());
        value.extend_from_slice(&sealed);
        Some(value)
    }

    /// Opens a sealed value. `None`: not sealed by this key, altered, or moved from another place.
    pub fn unseal(&self, place: Place<'_>, value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (key_id, rest) = split(value)?;
        if key_id != self.id {
            return None;
        }
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let aad = Self::associated(place, &self.id);
        self.cipher()
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: sealed,
                    aad: &aad,
                },
            )
            .ok()
            .map(Zeroizing::new)
    }

    fn proof_place(&self) -> Place<'_> {
        Place {
            table: "sealing_key",
            row: &self.id,
            column: "proof",
        }
    }

    /// What the registry keeps to know its key again.
    pub fn proof(&self) -> Option<Vec<u8>> {
        self.seal(self.proof_place(), PROOF)
    }

    /// Whether `proof` was made by this key.
    pub fn proves(&self, proof: &[u8]) -> bool {
        self.unseal(self.proof_place(), proof)
            .is_some_and(|plain| plain.as_slice() == PROOF)
    }
}

/// The keys a process holds. While one key takes over from another, both open what they sealed.
#[derive(Clone)]
pub(crate) struct KeyRing {
    /// Seals what is new.
    current: Arc<SealingKey>,
    others: Vec<Arc<SealingKey>>,
}

impl KeyRing {
    /// `current` may be among the others.
    pub fn new(
        current: Arc<SealingKey>,
        others: impl IntoIterator<Item = Arc<SealingKey>>,
    ) -> Self {
        let others = others
            .into_iter()
            .filter(|key| key.id() != current.id())
            .collect();
        KeyRing { current, others }
    }

    pub fn current(&self) -> &Arc<SealingKey> {
        &self.current
    }

    /// All keys, the current one first.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<SealingKey>> {
        std::iter::once(&self.current).chain(&self.others)
    }

    /// Seals `plain` for its place with the current key.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Option<Vec<u8>> {
        self.current.seal(place, plain)
    }

    /// Opens a sealed value with the key that sealed it. `None`: that key is not held, or the value
    /// was altered or moved from another place.
    pub fn unseal(&self, place: Place<'_>, value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (id, _) = split(value)?;
        let key = self.keys().find(|key| key.id() == id)?;
        key.unseal(place, value)
    }
}

/// The id of the key that sealed `value`, for messages, and the rest.
fn split(value: &[u8]) -> Option<(&str, &[u8])> {
    let (&[version, length], rest) = value.split_first_chunk::<2>()?;
    let (id, rest) = rest.split_at_checked(usize::from(length))?;
    if version == VERSION {
        Some((std::str::from_utf8(id).ok()?, rest))
    } else {
        None
    }
}

/// The id of the key that sealed `value`; `?` if it is no sealed value.
pub(crate) fn key_id(value: &[u8]) -> String {
    split(value)
        .map(|(id, _)| id)
        .filter(|id| id.len() <= 16 && id.chars().all(|c| c.is_ascii_alphanumeric()))
        .unwrap_or("?")
        .to_owned()
}
