//! AES-256 in CBC mode with PKCS#7 padding, as `aesEncode` and `aesDecode` use it (Built-ins II, 7).

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

use crate::error::{self, Fallible};

/// Bytes of a block.
const BLOCK: usize = 16;
/// Bytes of a key.
const KEY: usize = 32;

/// An initialisation vector.
pub(super) type Iv = [u8; BLOCK];

/// `front`, and behind it `plain` sealed.
pub(super) fn seal(key: &[u8], iv: &Iv, front: &[u8], plain: &[u8]) -> Fallible<Vec<u8>> {
    // Padding is one byte at least.
    let padded = (plain.len() / BLOCK + 1) * BLOCK;
    let mut out = Vec::with_capacity(front.len() + padded);
    out.extend_from_slice(front);
    out.extend_from_slice(plain);
    out.resize(front.len() + padded, 0);
    cbc::Encryptor::<Aes256>::new(&filled(key).into(), &(*iv).into())
        .encrypt_padded::<Pkcs7>(&mut out[front.len()..], plain.len())
        .map_err(|_| error::internal("the room for a sealed text was too small"))?;
    Ok(out)
}

/// The text that `sealed` holds; without `iv` its first block is taken for it. `None` when the padding is wrong: the
/// key or the vector is another, or the text is damaged.
pub(super) fn open(key: &[u8], iv: Option<Iv>, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let (iv, begin) = match iv {
        Some(iv) => (iv, 0),
        None => (*sealed.first_chunk()?, BLOCK),
    };
    let length = cbc::Decryptor::<Aes256>::new(&filled(key).into(), &iv.into())
        .decrypt_padded::<Pkcs7>(&mut sealed[begin..])
        .ok()?
        .len();
    sealed.truncate(begin + length);
    sealed.drain(..begin);
    Some(sealed)
}

/// The key filled up with zero bytes, or cut.
fn filled(key: &[u8]) -> [u8; KEY] {
    let mut out = [0; KEY];
    let length = key.len().min(KEY);
    out[..length].copy_from_slice(&key[..length]);
    out
}
