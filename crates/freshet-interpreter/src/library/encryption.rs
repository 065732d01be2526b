//! Hashes, keyed hashes, encodings and AES (Built-ins II, 7), called as `zoho.encryption.NAME(…)`.
//!
//! TEXT stands for the bytes of its UTF-8, other values for those of their text, a FILE for its content. Where an
//! argument is null the result is null.

mod aes;

use std::borrow::Cow;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use hmac::digest::{Digest, InvalidLength};
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::builtin::{Builtin, Call, Kind, Param, example, optional, param};
use super::request;
use crate::error::{self, Fallible};
use crate::value::{Type, Value, heap};

const TEXT: Param = param("text", Kind::Anything);
const KEY: Param = param("key", Kind::Anything);
const OUTPUT: Param = optional("type", Kind::OneOf(&[Type::Text, Type::Null], "TEXT"));
const IV: Param = optional("iv", Kind::OneOf(&[Type::Text, Type::Null], "TEXT"));

/// The functions.
pub(super) const ENCRYPTION: &[Builtin] = &[
    Builtin {
        name: "zoho.encryption.md5",
        params: &[TEXT],
        returns: "TEXT",
        summary: "The MD5 hash of a text, as 32 hexadecimal digits.",
        details: "For checks that a service asks for in this form; it protects nothing any more. `sha256` does.",
        examples: &[
            example(
                "info zoho.encryption.md5(\"fjord\");",
                "d6fe1cd59df1e5461f88e5f5ce15fce0",
            ),
            example(r##"info zoho.encryption.md5(null);"##, "null"),
        ],
        words: &["hash", "digest", "checksum", "fingerprint"],
        run: |call| digest(call, &[Output::Hex], hash::<Md5>),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.sha1",
        params: &[TEXT],
        returns: "TEXT",
        summary: "The SHA-1 hash of a text, as 40 hexadecimal digits.",
        details: "For checks that a service asks for in this form; `sha256` is the safe one.",
        examples: &[
            example(
                "info zoho.encryption.sha1(\"fjord\");",
                "7ed950724a8d38be03cef9ade08ba609745e9fb6",
            ),
            example(
                r#"info zoho.encryption.sha1("");"#,
                "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            ),
        ],
        words: &["hash", "digest", "checksum", "fingerprint"],
        source: "https://www.zoho.com/deluge/help/encryption/sha1.html",
        run: |call| digest(call, &[Output::Hex], hash::<Sha1>),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.sha256",
        params: &[TEXT, OUTPUT],
        returns: "TEXT",
        summary: "The SHA-256 hash of a text, as 64 hexadecimal digits.",
        details: "`type` is \"hex\", which stands for itself, or \"binary\": a TEXT of 32 characters, one for each byte.",
        examples: &[
            example(
                "info zoho.encryption.sha256(\"fjord\");",
                "3454f8088d3cd493e2d2e6b509b9a76f479586be911316988938accf4254598c",
            ),
            example(
                "info zoho.encryption.sha256(\"fjord\", \"binary\").length();",
                "32",
            ),
        ],
        words: &["hash", "digest", "checksum", "fingerprint", "sha2"],
        source: "https://www.zoho.com/deluge/help/encryption/sha256.html",
        run: |call| digest(call, &[Output::Hex, Output::Binary], hash::<Sha256>),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.sha512",
        params: &[TEXT, OUTPUT],
        returns: "TEXT",
        summary: "The SHA-512 hash of a text, as 128 hexadecimal digits.",
        details: "`type` is \"hex\", which stands for itself, or \"binary\": a TEXT of 64 characters, one for each byte.",
        examples: &[
            example(
                "info zoho.encryption.sha512(\"fjord\");",
                "e8613b3f462c124a3fdae21a0fe7082ce97dbcaf6ad20ea67df1dd1b29780e8b82ddf5e43a5682202ca595af3c3ba77904f5c2abd4cd2e4ef858c7b3ee7c0a3f",
            ),
            example(
                r##"info zoho.encryption.sha512("kite", "binary").length();"##,
                "64",
            ),
        ],
        words: &["hash", "digest", "checksum", "fingerprint", "sha2"],
        run: |call| digest(call, &[Output::Hex, Output::Binary], hash::<Sha512>),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.hmacsha1",
        params: &[KEY, TEXT, OUTPUT],
        returns: "TEXT",
        summary: "The HMAC of a text under a key, by SHA-1, in base64.",
        details: "`type` is \"base64\", which stands for itself, or \"hex\".",
        examples: &[
            example(
                "info zoho.encryption.hmacsha1(\"key-1\", \"fjord\");",
                "tBPL1LXQ08X4x94vzujh5N0l0yc=",
            ),
            example(
                "info zoho.encryption.hmacsha1(\"key-1\", \"fjord\", \"hex\");",
                "b413cbd4b5d0d3c5f8c7de2fcee8e1e4dd25d327",
            ),
        ],
        words: &["signature", "sign", "webhook", "mac", "keyed hash"],
        source: "https://www.zoho.com/deluge/help/encryption/hmac-sha1.html",
        run: |call| keyed_digest(call, &[Output::Base64, Output::Hex], keyed_hash::<Sha1>),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.hmacsha256",
        params: &[KEY, TEXT, OUTPUT],
        returns: "TEXT",
        summary: "The HMAC of a text under a key, by SHA-256, in base64.",
        details: "`type` is \"base64\", which stands for itself, \"hex\", or \"binary\": a TEXT of 32 characters, one for each byte.",
        examples: &[
            example(
                "info zoho.encryption.hmacsha256(\"key-1\", \"fjord\");",
                "b58Ym0jkdEZiYzwfBi0Yi9CCiDBxk/Z0atA8yDainio=",
            ),
            example(
                "info zoho.encryption.hmacsha256(\"key-1\", \"fjord\", \"hex\");",
                "6f9f189b48e4744662633c1f062d188bd08288307193f6746ad03cc836a29e2a",
            ),
        ],
        words: &["signature", "sign", "webhook", "mac", "keyed hash"],
        source: "https://www.zoho.com/deluge/help/encryption/hmac-sha256.html",
        run: |call| keyed_digest(call, EVERY_OUTPUT, keyed_hash::<Sha256>),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.hmacsha512",
        params: &[KEY, TEXT, OUTPUT],
        returns: "TEXT",
        summary: "The HMAC of a text under a key, by SHA-512, in base64.",
        details: "`type` is \"base64\", which stands for itself, \"hex\", or \"binary\": a TEXT of 64 characters, one for each byte.",
        examples: &[
            example(
                "info zoho.encryption.hmacsha512(\"key-1\", \"fjord\");",
                "aYQp8DM13rzSKAJ4wWeegPUe5U7MpReRJOf7J7Wq9NTGMWhKjOerTEHqPSstmTVAW4lZM/37HFM097PZE6CniQ==",
            ),
            example(
                r#"info zoho.encryption.hmacsha512("key-1", "fjord", "hex").length();
info zoho.encryption.hmacsha512("key-1", null);"#,
                "128\nnull",
            ),
        ],
        words: &["signature", "sign", "webhook", "mac", "keyed hash"],
        run: |call| keyed_digest(call, EVERY_OUTPUT, keyed_hash::<Sha512>),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.base64Encode",
        params: &[TEXT],
        returns: "TEXT",
        summary: "A text or file in base64: standard alphabet, padded, on one line.",
        details: "A FILE is encoded by its content.",
        examples: &[
            example(
                "info zoho.encryption.base64Encode(\"user:pa55\");",
                "dXNlcjpwYTU1",
            ),
            example(
                "info zoho.encryption.base64Encode(\"kite\".toFile(\"k.txt\"));",
                "a2l0ZQ==",
            ),
        ],
        words: &["encoding", "basic authentication", "attachment"],
        run: |call| {
            if has_null(call) {
                return Ok(Value::Null);
            }
            let bytes = bytes(call, 0)?;
            heap::check(bytes.len() / 3 * 4)?;
            Ok(general_purpose::STANDARD.encode(bytes).into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.base64Decode",
        params: &[TEXT],
        returns: "TEXT",
        summary: "The text that is written in base64.",
        details: "White space and missing padding are accepted. The bytes must be text in UTF-8.",
        examples: &[
            example(
                "info zoho.encryption.base64Decode(\"dXNlcjpwYTU1\");",
                "user:pa55",
            ),
            example("info zoho.encryption.base64Decode(\" a2l0ZQ \");", "kite"),
        ],
        words: &["encoding", "decode", "read"],
        run: |call| {
            if has_null(call) {
                return Ok(Value::Null);
            }
            let bytes = read_base64(call, 0)?;
            utf8(call, bytes)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.urlEncode",
        params: &[TEXT],
        returns: "TEXT or null",
        summary: "The text as part of an address: special characters, blanks too, as %XX.",
        details: "Letters, digits and `-_.~*` stay; everything else is written as the bytes of its UTF-8. Null for what is no TEXT. `encodeUrl` writes blanks as +; `parameters` of `invokeurl` need no encoding.",
        examples: &[
            example(
                "info zoho.encryption.urlEncode(\"a b&c=d/e\");",
                "a%20b%26c%3Dd%2Fe",
            ),
            example(
                r##"info zoho.encryption.urlEncode("blå/bær *");
info zoho.encryption.urlEncode(7);"##,
                "bl%C3%A5%2Fb%C3%A6r%20*\nnull",
            ),
        ],
        words: &["escape", "percent", "query", "url"],
        source: "https://zoho.com/deluge/help/functions/encryption/urlencode.html",
        run: |call| {
            let Value::Text(text) = call.arg(0) else {
                return Ok(Value::Null);
            };
            const STAY: &[u8] = b"-_.~*";
            let mut out = request::room_for(text, STAY)?;
            request::encode(text, STAY, &mut out);
            Ok(out.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.urlDecode",
        params: &[TEXT],
        returns: "TEXT or null",
        summary: "The text of a part of an address: %XX as the character it stands for, + as a blank.",
        details: "Null for what is no TEXT.",
        examples: &[
            example(
                "info zoho.encryption.urlDecode(\"https%3A%2F%2Fx.example%2Fa%20b\");",
                "https://x.example/a b",
            ),
            example(r##"info zoho.encryption.urlDecode("a+b%2Bc");"##, "a b+c"),
            example(
                r##"try
{
    info zoho.encryption.urlDecode("50%");
}
catch (e)
{
    info e.message;
}"##,
                "`zoho.encryption.urlDecode`: `50%` does not read as an encoded text: two hexadecimal digits must follow every `%`",
            ),
        ],
        words: &["unescape", "percent", "query", "url", "decode"],
        source: "https://zoho.com/deluge/help/functions/encryption/urldecode.html",
        run: url_decode,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.aesEncode",
        params: &[KEY, TEXT, IV],
        returns: "TEXT",
        summary: "Seals a text with a key, by AES-256 in CBC mode; the result is base64.",
        details: "The key is the UTF-8 of `key`, filled up with zero bytes or cut to 32. `iv` is 16 bytes; without it 16 random ones are drawn and put in front of the sealed text. Texts sealed in Zoho open here, and the other way round.",
        examples: &[
            example(
                "info zoho.encryption.aesEncode(\"pass-1\", \"meet at noon\", \"abcdefgh12345678\");",
                "nttO5sKWbx3wOXK4LoHppQ==",
            ),
            example(
                "sealed = zoho.encryption.aesEncode(\"pass-1\", \"meet at noon\");\ninfo zoho.encryption.aesDecode(\"pass-1\", sealed);",
                "meet at noon",
            ),
        ],
        words: &["encrypt", "cipher", "secret", "aes"],
        source: "https://zoho.com/deluge/help/functions/encryption/aesencode.html",
        run: |call| {
            if has_null(call) {
                return Ok(Value::Null);
            }
            let given = given_iv(call)?;
            let iv = given.unwrap_or_else(|| random_iv(call));
            let (key, plain) = (bytes(call, 0)?, bytes(call, 1)?);
            // Asked for one after the other: what there is may lie in several pieces.
            heap::check(plain.len())?;
            let front: &[u8] = if given.is_some() { &[] } else { &iv };
            let sealed = aes::seal(&key, &iv, front, &plain)?;
            heap::check(sealed.len() / 3 * 4)?;
            Ok(general_purpose::STANDARD.encode(sealed).into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "zoho.encryption.aesDecode",
        params: &[KEY, TEXT, IV],
        returns: "TEXT",
        summary: "Opens a text that `aesEncode` has sealed with the same key.",
        details: "`iv` must be the one it was sealed with; without it the first 16 bytes of the sealed text are taken.",
        examples: &[
            example(
                "info zoho.encryption.aesDecode(\"pass-1\", \"nttO5sKWbx3wOXK4LoHppQ==\", \"abcdefgh12345678\");",
                "meet at noon",
            ),
            example(
                r##"try
{
    info zoho.encryption.aesDecode("another key", zoho.encryption.aesEncode("key", "text"));
}
catch (e)
{
    info e.message;
}"##,
                "`zoho.encryption.aesDecode`: the text does not open; it was sealed with another key or iv, or is damaged",
            ),
        ],
        words: &["decrypt", "cipher", "secret", "aes"],
        source: "https://zoho.com/deluge/help/functions/encryption/aesdecode.html",
        run: |call| {
            if has_null(call) {
                return Ok(Value::Null);
            }
            let given = given_iv(call)?;
            let (key, sealed) = (bytes(call, 0)?, read_base64(call, 1)?);
            // One message for every cause: more would help only those who do not have the key.
            aes::open(&key, given, sealed)
                .and_then(|plain| String::from_utf8(plain).ok())
                .map(Value::from)
                .ok_or_else(|| {
                    error::argument_value(
                        call.name(),
                        "the text does not open; it was sealed with another key or iv, or is damaged",
                    )
                })
        },
        ..Builtin::DEFAULT
    },
];

/// In which form bytes are given to a script.
#[derive(Clone, Copy)]
enum Output {
    Hex,
    Base64,
    Binary,
}

const EVERY_OUTPUT: &[Output] = &[Output::Base64, Output::Hex, Output::Binary];

impl Output {
    fn name(self) -> &'static str {
        match self {
            Output::Hex => "hex",
            Output::Base64 => "base64",
            Output::Binary => "binary",
        }
    }

    /// The form that argument number `index` names; the first of `allowed` where it was left out.
    fn of(call: &Call<'_, '_>, index: usize, allowed: &[Output]) -> Fallible<Self> {
        let wanted = match call.arg(index) {
            Value::Text(wanted) => wanted.as_str(),
            _ => allowed[0].name(),
        };
        let found = allowed
            .iter()
            .find(|output| output.name().eq_ignore_ascii_case(wanted));
        found.copied().ok_or_else(|| {
            let names: Vec<String> = allowed
                .iter()
                .map(|output| format!("`{}`", output.name()))
                .collect();
            let (found, expected) = (error::shorten(wanted), names.join(" or "));
            error::argument_value(call.name(), format!("`type` is {expected}, found {found}"))
        })
    }

    fn write(self, bytes: &[u8]) -> Value {
        match self {
            Output::Hex => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
                let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                digits.map(digit).collect::<String>().into()
            }
            Output::Base64 => general_purpose::STANDARD.encode(bytes).into(),
            Output::Binary => bytes
                .iter()
                .map(|byte| char::from(*byte))
                .collect::<String>()
                .into(),
        }
    }
}

/// Base64 that also reads texts whose padding is missing.
const READER: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The hash of bytes under a key.
type KeyedHash = fn(key: &[u8], bytes: &[u8]) -> Result<Vec<u8>, InvalidLength>;

fn hash<D: Digest>(bytes: &[u8]) -> Vec<u8> {
    D::digest(bytes).to_vec()
}

fn keyed_hash<D: EagerHash>(key: &[u8], bytes: &[u8]) -> Result<Vec<u8>, InvalidLength> {
    let mut mac = <Hmac<D> as KeyInit>::new_from_slice(key)?;
    mac.update(bytes);
    Ok(mac.finalize().into_bytes().to_vec())
}

fn digest(call: &Call<'_, '_>, outputs: &[Output], hash: fn(&[u8]) -> Vec<u8>) -> Fallible<Value> {
    if has_null(call) {
        return Ok(Value::Null);
    }
    let output = Output::of(call, 1, outputs)?;
    Ok(output.write(&hash(&bytes(call, 0)?)))
}

fn keyed_digest(call: &Call<'_, '_>, outputs: &[Output], hash: KeyedHash) -> Fallible<Value> {
    if has_null(call) {
        return Ok(Value::Null);
    }
    let output = Output::of(call, 2, outputs)?;
    // HMAC takes keys of every length (RFC 2104, 2).
    let digest = hash(&bytes(call, 0)?, &bytes(call, 1)?)
        .map_err(|_| error::internal("HMAC refused a key"))?;
    Ok(output.write(&digest))
}

/// True if an argument is null, which makes the result null.
fn has_null(call: &Call<'_, '_>) -> bool {
    call.args_from(0).iter().any(Value::is_null)
}

/// The bytes that argument number `index` stands for.
fn bytes<'c>(call: &'c Call<'_, '_>, index: usize) -> Fallible<Cow<'c, [u8]>> {
    match call.arg(index) {
        Value::Text(text) => Ok(Cow::Borrowed(text.as_bytes())),
        Value::File(file) => {
            let file = file.data();
            heap::check(file.bytes().len())?;
            Ok(Cow::Owned(file.bytes().to_vec()))
        }
        other => Ok(Cow::Owned(call.to_text(other)?.into_bytes())),
    }
}

/// The bytes that argument number `index` holds in base64.
fn read_base64(call: &Call<'_, '_>, index: usize) -> Fallible<Vec<u8>> {
    let written = bytes(call, index)?;
    heap::check(written.len())?;
    let mut dense: Vec<u8> = Vec::with_capacity(written.len());
    dense.extend(written.iter().filter(|byte| !byte.is_ascii_whitespace()));
    heap::check(dense.len())?;
    READER.decode(dense).map_err(|_| {
        let shown = String::from_utf8_lossy(&written);
        error::unreadable(call.name(), &shown, "base64")
    })
}

fn utf8(call: &Call<'_, '_>, bytes: Vec<u8>) -> Fallible<Value> {
    String::from_utf8(bytes)
        .map(Value::from)
        .map_err(|_| error::argument_value(call.name(), "the decoded bytes are no text in UTF-8"))
}

fn url_decode(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let Value::Text(text) = call.arg(0) else {
        return Ok(Value::Null);
    };
    heap::check(text.len())?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let (Some(high), Some(low)) = (hex_digit(after, 0), hex_digit(after, 1)) else {
                    return Err(error::unreadable(
                        call.name(),
                        text,
                        "an encoded text: two hexadecimal digits must follow every `%`",
                    ));
                };
                out.push(high << 4 | low);
                rest = &after[2..];
            }
            byte => out.push(*byte),
        }
    }
    utf8(call, out)
}

fn hex_digit(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = char::from(*bytes.get(at)?).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// The initialisation vector that the script gives; `None` where it leaves it out.
fn given_iv(call: &Call<'_, '_>) -> Fallible<Option<aes::Iv>> {
    let Value::Text(iv) = call.arg(2) else {
        return Ok(None);
    };
    let iv = iv.as_bytes().try_into().map_err(|_| {
        let found = iv.len();
        error::argument_value(call.name(), format!("`iv` must be 16 bytes, found {found}"))
    })?;
    Ok(Some(iv))
}

fn random_iv(call: &mut Call<'_, '_>) -> aes::Iv {
    let halves = [call.world.host.random(), call.world.host.random()];
    let mut iv = aes::Iv::default();
    for (part, half) in iv.chunks_exact_mut(8).zip(halves) {
        part.copy_from_slice(&half.to_le_bytes());
    }
    iv
}
