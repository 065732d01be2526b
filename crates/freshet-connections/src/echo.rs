//! What a service says is searched for secrets before it is shown, or stored in the open.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// Shorter secrets, in bytes, are found only as they are: encoded, they would be found by chance.
const SHORTEST_ENCODED: usize = 6;

/// Whether `text` repeats `secret`: as it is, percent-encoded, in hex or in base64, alone or as a
/// part of something longer.
pub(crate) fn repeats(text: &str, secret: &str) -> bool {
    if secret.is_empty() || text.contains(secret) {
        return !secret.is_empty();
    }
    secret.len() >= SHORTEST_ENCODED
        && (in_percent(text, secret) || in_hex(text, secret) || in_base64(text, secret))
}

fn in_percent(text: &str, secret: &str) -> bool {
    let holds = |text: &str| {
        percent_decode_str(text)
            .decode_utf8_lossy()
            .contains(secret)
    };
    // In forms a plus sign is a space.
    holds(text) || holds(&text.replace('+', " "))
}

fn in_hex(text: &str, secret: &str) -> bool {
    let digits = |byte: u8| format!("{byte:02x}");
    let hex: Zeroizing<String> = Zeroizing::new(secret.bytes().map(digits).collect());
    text.to_ascii_lowercase().contains(hex.as_str())
}

/// The secret may begin at any of the three places of a base64 group; only the characters in which
/// its neighbours have no part are compared.
fn in_base64(text: &str, secret: &str) -> bool {
    let text = text.replace('-', "+").replace('_', "/");
    (0..3).any(|before| {
        let bytes = Zeroizing::new([&b"\0\0"[..before], secret.as_bytes()].concat());
        let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*bytes));
        let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        encoded
            .get(first..end)
            .is_some_and(|part| text.contains(part))
    })
}

#[cfg(test)]
mod tests {
    use super::repeats;

    #[test]
    fn a_secret_is_found_in_what_servers_make_of_it() {
        let secret = "s3cret word+1";
        for text in [
            "you sent s3cret word+1!",
            "s3cret%20word%2B1",
            "s3cret+word%2b1",
            "%73%33%63ret word+1",
            "7333637265742776f7264 733363726574 20776f72642B31",
            "0x7333637265742020776f7264: 73336372657420776F72642B31",
            // abc:s3cret word+1, ab:…, a:…
            "Basic YWJjOnMzY3JldCB3b3JkKzE=",
            "YWI6czNjcmV0IHdvcmQrMQ",
            "YTpzM2NyZXQgd29yZCsx",
        ] {
            let expected = !text.starts_with("7333637265742776");
            assert_eq!(repeats(text, secret), expected, "{text}");
        }
    }

    #[test]
    fn what_only_resembles_it_is_let_through() {
        assert!(!repeats("anything", ""));
        assert!(!repeats("S3CRET WORD", "s3cret word"));
        // Short ones stand in other texts by chance, once they are encoded.
        assert!(repeats("key abc", "abc") && !repeats("YWJj", "abc"));
    }
}
