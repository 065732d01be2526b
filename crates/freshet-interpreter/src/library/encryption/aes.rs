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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::{Iv, open, seal};

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .map(|digit| digit as u8)
            .collect();
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect()
    }

    /// NIST SP 800-38A, F.2.5 and F.2.6; the padding follows the four blocks of the vector.
    #[test]
    fn published_vector() {
        let key = bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        let iv: Iv = bytes("000102030405060708090a0b0c0d0e0f")
            .try_into()
            .unwrap();
        let plain = bytes(
            "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 \
             30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710",
        );
        let expected = bytes(
            "f58c4c04d6e5f1ba779eabfb5f7bfbd6 9cfc4e967edb808d679f777bc6702c7d \
             39f23369a9d9bacfa530e26304231461 b2eb05e2c39be9fcda6c19078c6a9d1b",
        );
        let sealed = seal(&key, &iv, &[], &plain).unwrap();
        assert_eq!(sealed.len(), expected.len() + 16);
        assert_eq!(sealed[..expected.len()], expected);
        assert_eq!(open(&key, Some(iv), sealed).unwrap(), plain);
    }
}
