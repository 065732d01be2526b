use proptest::prelude::*;

use super::{holds, of_text, output, output_with};

/// `NAME(ARGUMENTS)` of `zoho.encryption`.
fn encrypted(call: &str) -> String {
    output(&format!("info zoho.encryption.{call};"))
}

#[test]
fn hashes_of_published_vectors() {
    // RFC 1321, A.5
    assert_eq!(
        encrypted(r#"md5("abc")"#),
        "900150983cd24fb0d6963f7d28e17f72"
    );
    assert_eq!(
        encrypted(r#"md5("message digest")"#),
        "f96b697d7cb7938d525a2f31aaf161d0"
    );
    // FIPS 180-4, examples
    assert_eq!(
        encrypted(r#"sha1("abc")"#),
        "a9993e364706816aba3e25717850c26c9cd0d89d"
    );
    assert_eq!(
        encrypted(r#"sha256("abc")"#),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        encrypted(r#"sha512("abc")"#),
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    );
}

#[test]
fn keyed_hashes_of_published_vectors() {
    // RFC 2202, 3 and RFC 4231, 4.3: test case 2.
    let hex = |name: &str| {
        encrypted(&format!(
            r#"{name}("Jefe", "what do ya want for nothing?", "hex")"#
        ))
    };
    assert_eq!(hex("hmacsha1"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_eq!(
        hex("hmacSha256"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(
        hex("HMACSHA512"),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    );
}

#[test]
fn base64_of_published_vectors() {
    // RFC 4648, 10
    for (plain, written) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(of_text("zoho.encryption.base64Encode(t)", plain), written);
        assert_eq!(of_text("zoho.encryption.base64Decode(t)", written), plain);
    }
}

#[test]
fn texts_that_zoho_has_sealed_open() {
    assert_eq!(
        encrypted(
            r#"aesDecode("passkey", "AR+ygx+et18UNeIltGh82NBgPQx6Y0hWbEcgN3NVbJA=", "0000000000000000")"#
        ),
        "This is a secret"
    );
    assert_eq!(
        encrypted(r#"aesDecode("pass-1", "UVdFUlRZVUlPUEFTREZHSDF9sIp6w5Cm7iF20aVuHm8=")"#),
        "meet at noon"
    );
}

#[test]
fn a_key_is_filled_up_or_cut_to_32_bytes() {
    let iv = "abcdefgh12345678";
    let sealed = |key: &str| encrypted(&format!(r#"aesEncode("{key}", "x", "{iv}")"#));
    let long = "k".repeat(32);
    assert_eq!(sealed(&long), sealed(&format!("{long} and more")));
    assert_ne!(sealed(&long), sealed(&"k".repeat(31)));
}

#[test]
fn what_does_not_open_is_an_error_without_details() {
    let refused = "R0016 `zoho.encryption.aesDecode`: the text does not open; it was sealed with another key or iv, or is damaged";
    for sealed in [
        "",
        "AAAA",
        "nttO5sKWbx3wOXK4LoHppA==",
        "nttO5sKWbx3wOXK4LoHp",
    ] {
        let call = format!(r#"aesDecode("pass-1", "{sealed}", "abcdefgh12345678")"#);
        assert_eq!(encrypted(&call), refused, "{sealed}");
    }
    assert_eq!(encrypted(r#"aesDecode("k", "")"#), refused);
    assert_eq!(encrypted(r#"aesDecode("k", "AAAA")"#), refused);
    assert_eq!(
        encrypted(r#"aesEncode("k", "x", "blåbærblåbærblåb")"#),
        "R0016 `zoho.encryption.aesEncode`: `iv` must be 16 bytes, found 21"
    );
}

#[test]
fn arguments_that_are_no_text() {
    assert_eq!(encrypted("md5(12)"), encrypted(r#"md5("12")"#));
    assert_eq!(
        encrypted("base64Encode({1, 2})"),
        encrypted(r#"base64Encode("1,2")"#)
    );
    assert_eq!(
        encrypted(r#"sha256("kite".toFile("k"))"#),
        encrypted(r#"sha256("kite")"#)
    );
    for call in [
        "md5(null)",
        r#"sha256("a", null)"#,
        r#"hmacsha1("k", null)"#,
        r#"aesEncode("k", "x", null)"#,
        r#"aesDecode(null, "x")"#,
        "urlEncode(null)",
        "urlDecode(1.5)",
    ] {
        assert_eq!(encrypted(call), "null", "{call}");
    }
}

#[test]
fn calls_that_are_refused() {
    assert_eq!(
        encrypted(r#"sha256("a", "base64")"#),
        "R0016 `zoho.encryption.sha256`: `type` is `hex` or `binary`, found `base64`"
    );
    assert_eq!(
        encrypted(r#"hmacsha1("a", "b", 5)"#),
        "R0014 `zoho.encryption.hmacsha1` expects TEXT as `type`, found NUMBER"
    );
    assert!(encrypted("md5()").contains("`zoho.encryption.md5` takes 1 argument"));
    assert_eq!(
        encrypted(r#"base64Decode("a*b=")"#),
        "R0017 `zoho.encryption.base64Decode`: `a*b=` does not read as base64"
    );
    assert_eq!(
        encrypted(r#"base64Decode("/w==")"#),
        "R0016 `zoho.encryption.base64Decode`: the decoded bytes are no text in UTF-8"
    );
    assert_eq!(
        encrypted(r#"urlDecode("%FF")"#),
        "R0016 `zoho.encryption.urlDecode`: the decoded bytes are no text in UTF-8"
    );
    for text in ["50%", "%", "%2", "%zz", "%+1"] {
        let refused = of_text("zoho.encryption.urlDecode(t)", text);
        assert!(refused.starts_with("R0017"), "{text}: {refused}");
    }
}

#[test]
fn an_unknown_name_is_refused_with_a_proposal() {
    let told = encrypted(r#"sha265("x")"#);
    assert!(
        told.contains("zoho.encryption.sha265") && told.contains("zoho.encryption.sha256"),
        "{told}"
    );
}

#[test]
fn base64_there_and_back() {
    holds(256, ".*", |text| {
        prop_assert_eq!(
            &of_text(
                "zoho.encryption.base64Decode(zoho.encryption.base64Encode(t)) == t",
                &text
            ),
            "true"
        );
        Ok(())
    });
}

#[test]
fn addresses_there_and_back() {
    holds(256, ".*", |text| {
        let encoded = of_text("zoho.encryption.urlEncode(t)", &text);
        prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
        prop_assert_eq!(
            &of_text(
                "zoho.encryption.urlDecode(zoho.encryption.urlEncode(t)) == t",
                &text
            ),
            "true"
        );
        prop_assert_eq!(
            &of_text("zoho.encryption.urlDecode(encodeUrl(t)) == t", &text),
            "true"
        );
        Ok(())
    });
}

#[test]
fn sealed_texts_open_again() {
    holds(256, (".*", ".*", "[ -~]{16}"), |(key, text, iv)| {
        let script = "
            sealed = zoho.encryption.aesEncode(k, t);
            info zoho.encryption.aesDecode(k, sealed) == t && sealed != zoho.encryption.aesEncode(k, t);
            info zoho.encryption.aesDecode(k, zoho.encryption.aesEncode(k, t, iv), iv) == t;";
        let arguments = vec![
            ("k", (&*key).into()),
            ("t", (&*text).into()),
            ("iv", (&*iv).into()),
        ];
        prop_assert_eq!(&output_with(script, arguments), "true\ntrue");
        Ok(())
    });
}

#[test]
fn nothing_that_is_no_code_does_harm() {
    holds(256, ".*", |text| {
        for name in ["base64Decode", "urlDecode"] {
            of_text(&format!("zoho.encryption.{name}(t)"), &text);
        }
        of_text("zoho.encryption.aesDecode(t, t)", &text);
        Ok(())
    });
}
