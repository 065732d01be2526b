//! Sealing an export with age (https://age-encryption.org/v1): by passphrase or to a recipient.

use std::io::Read;
use std::iter;

use age::{DecryptError, Decryptor, armor::ArmoredReader};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::export::Seal;
use crate::error::ConnectionError;

/// Shortest passphrase, in characters.
const SHORTEST: usize = 12;

/// Work of scrypt, as a power of two: what the reference program takes, about a second.
const WORK: u8 = 18;

/// Most work a file may ask for: 4 times as much, a gibibyte of memory.
const MOST_WORK: u8 = 20;

/// How files of the reference program begin, bare and in text form.
const BEGINNINGS: [&[u8]; 2] = [
    b"age-encryption.org/v1",
    b"-----BEGIN AGE ENCRYPTED FILE-----",
];

/// What opens a sealed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The passphrase it was sealed with.
    Passphrase,
    /// An identity (`AGE-SECRET-KEY-1…`) of the recipient it was sealed to.
    Identity,
}

/// What opens `file`; `None`: it is not sealed.
///
/// # Errors
/// C0088 for a sealed file whose head is damaged. `name` is what the error calls it.
pub fn opening_of(name: &str, file: &[u8]) -> Result<Option<Opening>, ConnectionError> {
    if !BEGINNINGS
        .iter()
        .any(|beginning| file.starts_with(beginning))
    {
        return Ok(None);
    }
    let decryptor = Decryptor::new(ArmoredReader::new(file)).map_err(|_| damaged(name))?;
    Ok(Some(if decryptor.is_scrypt() {
        Opening::Passphrase
    } else {
        Opening::Identity
    }))
}

pub(super) fn seal(plain: &[u8], with: &Seal) -> Result<Vec<u8>, ConnectionError> {
    let sealed = match with {
        Seal::Passphrase(passphrase) => {
            check_length(passphrase)?;
            let mut recipient = age::scrypt::Recipient::new(passphrase.clone());
            recipient.set_work_factor(WORK);
            age::encrypt(&recipient, plain)
        }
        Seal::Recipient(text) => {
            let recipient: age::x25519::Recipient = text.trim().parse().map_err(|_| {
                ConnectionError::passphrase(
                    &format!(
                        "the recipient: found `{}`, expected one such as age1…",
                        crate::error::shown(text)
                    ),
                    "`age-keygen` makes an identity and its recipient",
                )
            })?;
            age::encrypt(&recipient, plain)
        }
    };
    sealed.map_err(|_| ConnectionError::passphrase("the export could not be sealed", ""))
}

fn check_length(passphrase: &SecretString) -> Result<(), ConnectionError> {
    if passphrase.expose_secret().chars().count() >= SHORTEST {
        return Ok(());
    }
    // Not even its length is told.
    Err(ConnectionError::passphrase(
        &format!("the passphrase has under {SHORTEST} characters"),
        "take some words that belong together for you alone",
    ))
}

/// The content of a sealed file. `key` is a passphrase or the text of an identity file.
pub(super) fn open(
    name: &str,
    file: &[u8],
    opening: Opening,
    key: &SecretString,
) -> Result<Zeroizing<Vec<u8>>, ConnectionError> {
    let decryptor = Decryptor::new(ArmoredReader::new(file)).map_err(|_| damaged(name))?;
    let opened = match opening {
        Opening::Passphrase => {
            let mut identity = age::scrypt::Identity::new(key.clone());
            identity.set_max_work_factor(MOST_WORK);
            decryptor.decrypt(iter::once(&identity as &dyn age::Identity))
        }
        Opening::Identity => {
            let identities = identities(key)?;
            decryptor.decrypt(
                identities
                    .iter()
                    .map(|identity| identity as &dyn age::Identity),
            )
        }
    };
    let mut reader = opened.map_err(|error| refused(name, opening, &error))?;
    // What is sealed is shorter than its file: the buffer never moves and leaves no copy behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(file.len()));
    reader.read_to_end(&mut plain).map_err(|_| damaged(name))?;
    Ok(plain)
}

/// The identities in a text such as age-keygen writes: one a line, `#` begins a remark.
fn identities(text: &SecretString) -> Result<Vec<age::x25519::Identity>, ConnectionError> {
    let found: Vec<_> = text
        .expose_secret()
        .lines()
        .filter_map(|line| line.trim().parse().ok())
        .collect();
    if found.is_empty() {
        return Err(ConnectionError::passphrase(
            "the identity: found another text, expected AGE-SECRET-KEY-1…",
            "give the file that `age-keygen` wrote: --secret-file identity=PATH",
        ));
    }
    Ok(found)
}

fn refused(name: &str, opening: Opening, error: &DecryptError) -> ConnectionError {
    match (error, opening) {
        (DecryptError::ExcessiveWork { .. }, _) => ConnectionError::passphrase(
            "the export asks for more work to open than is safe",
            "only open exports from people you trust",
        ),
        (
            DecryptError::NoMatchingKeys
            | DecryptError::KeyDecryptionFailed
            | DecryptError::DecryptionFailed,
            Opening::Passphrase,
        ) => ConnectionError::passphrase(
            "the passphrase does not open the export",
            "nothing was imported; enter it again",
        ),
        (
            DecryptError::NoMatchingKeys
            | DecryptError::KeyDecryptionFailed
            | DecryptError::DecryptionFailed,
            Opening::Identity,
        ) => ConnectionError::passphrase(
            "the identity does not open the export",
            "nothing was imported; give the identity of the recipient it was sealed to",
        ),
        _ => damaged(name),
    }
}

fn damaged(name: &str) -> ConnectionError {
    ConnectionError::import(
        name,
        1,
        "a sealed file that is cut off or altered",
        "an export of version 1",
    )
}
