//! JSON there and back, and published vectors of what other programs compute, too.

use proptest::prelude::*;

use super::support::output_with;
use super::{holds, of_texts, output};

/// A JSON text as the language writes it: no blanks, numbers without useless zeros.
fn json(depth: u32) -> BoxedStrategy<String> {
    let plain = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        // Whole numbers beyond 64 bits, with up to 28 digits.
        "-?[1-9][0-9]{0,27}",
        // 28 digits in all, in front of and behind the point.
        "-?(0|[1-9][0-9]{0,9})\\.[0-9]{0,16}[1-9]",
        any::<String>().prop_map(|text| quoted(&text)),
        "[\"\\\\\u{0}-\u{1f}a/\u{7f}\u{2028}😀]{0,6}".prop_map(|text| quoted(&text)),
    ];
    plain
        .prop_recursive(depth, 40, 5, |inner| {
            let key = "[a-z\"\\\\ é]{0,4}";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5)
                    .prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::btree_map(key, inner, 0..5).prop_map(|pairs| {
                    let pairs: Vec<String> = pairs
                        .iter()
                        .map(|(key, value)| format!("{}:{value}", quoted(key)))
                        .collect();
                    format!("{{{}}}", pairs.join(","))
                }),
            ]
        })
        .boxed()
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            '\u{8}' => out += "\\b",
            '\u{c}' => out += "\\f",
            c if c < ' ' => out += &format!("\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out + "\""
}

#[test]
fn json_read_and_written_is_the_same() {
    holds(400, json(6), |value| {
        let object = format!("{{\"v\":{value}}}");
        let array = format!("[{value},{value}]");
        let script = "
            m = o.toMap(); l = a.toJSONList();
            info m.toString() == o;
            info {\"l\": l}.toString() == \"{\\\"l\\\":\" + a + \"}\";
            info m.equals(m.toString().toMap());
            info m.equals({\"v\": l.get(1)}) && equals(l.get(0), o.getJSON(\"v\"));";
        let given = vec![("o", (&*object).into()), ("a", (&*array).into())];
        prop_assert_eq!(
            output_with(script, given),
            "true\ntrue\ntrue\ntrue",
            "{}",
            object
        );
        Ok(())
    });
}

/// Numbers keep their digits as long as there is a type for them; no id is rounded.
#[test]
fn numbers_of_json_at_their_limits() {
    let kind = |number: &str| {
        of_texts(
            "t.toMap().get(\"n\").toString() + if(isText(t.toMap().get(\"n\")), \" text\", if(t.toMap().toString() == t, \" as it was\", \" changed\"))",
            &[("t", &format!("{{\"n\":{number}}}"))],
        )
    };
    for number in [
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1234567890123456789012345678",
        "-9999999999999999999999999999",
        "0.0000000000000000000000000001",
        "7.922816251426433759354395033",
    ] {
        assert_eq!(kind(number), format!("{number} as it was"));
    }
    // More digits than a DECIMAL holds: a whole number is TEXT, which is no number only in that `isText` says false to it.
    let long = "12345678901234567890123456789012345678901";
    let text = format!("{{\"n\":{long}}}");
    assert_eq!(
        of_texts("t.toMap().toString()", &[("t", &text)]),
        format!("{{\"n\":\"{long}\"}}")
    );
    // Others are rounded as decimals are; beyond their range they are TEXT.
    for (written, read) in [
        (
            "0.12345678901234567890123456785",
            "0.1234567890123456789012345678",
        ),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("-0.0", "0"),
        ("1e-40", "0"),
        ("1e40", "\"1e40\""),
    ] {
        let text = format!("{{\"n\":{written}}}");
        assert_eq!(
            of_texts("t.toMap().toString()", &[("t", &text)]),
            format!("{{\"n\":{read}}}"),
            "{written}"
        );
    }
}

/// What a strict reader takes, the lenient one reads the same.
#[test]
fn blanks_and_escapes_change_nothing() {
    holds(200, json(4), |value| {
        let loose: String = serde_json::from_str::<&serde_json::value::RawValue>(&value)
            .map(|raw| raw.get().replace('/', "\\/"))
            .unwrap();
        let loose = format!(" {{ \"v\" :\n {loose} \t}} ");
        let printed = of_texts("t.toMap().toString()", &[("t", &loose)]);
        prop_assert_eq!(printed, format!("{{\"v\":{value}}}"));
        Ok(())
    });
}

#[test]
fn hashes_of_a_million_letters() {
    // FIPS 180-4 and RFC 3174: a million times `a`.
    let hash = |name: &str| {
        output(&format!(
            "info zoho.encryption.{name}(\"a\".repeat(1000000));"
        ))
    };
    assert_eq!(hash("md5"), "7707d6ae4e027c70eea2a935c2296f21");
    assert_eq!(hash("sha1"), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    assert_eq!(
        hash("sha256"),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
    assert_eq!(
        hash("sha512"),
        "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"
    );
    // Of nothing, and of more than one block.
    assert_eq!(
        output("info zoho.encryption.md5(\"\");"),
        "d41d8cd98f00b204e9800998ecf8427e"
    );
    let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_eq!(
        output(&format!(
            "info zoho.encryption.sha1(\"{long}\"); info zoho.encryption.sha256(\"{long}\");"
        )),
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1\n248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    );
}

#[test]
fn keyed_hashes_of_the_first_test_case() {
    // RFC 2202, 3 and RFC 4231, 4.2: twenty bytes 0x0b.
    let key = "\u{b}".repeat(20);
    let hash = |name: &str| {
        of_texts(
            &format!("zoho.encryption.{name}(k, \"Hi There\", \"hex\")"),
            &[("k", &key)],
        )
    };
    assert_eq!(hash("hmacsha1"), "b617318655057264e28bc0b6fb378c8ef146be00");
    assert_eq!(
        hash("hmacsha256"),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    );
    assert_eq!(
        hash("hmacsha512"),
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
    );
}

/// AES with 256 bits of zero on a block of zeros: test case 13 of the specification of GCM gives it as the hash key. The
/// empty key is filled up with zeros, and a text equal to the vector makes the first block zero.
#[test]
fn the_cipher_is_the_published_one() {
    let sealed =
        output("info zoho.encryption.aesEncode(\"\", \"0123456789abcdef\", \"0123456789abcdef\");");
    let block = sealed_block(&sealed);
    assert_eq!(block, "dc95c078a2408989ad48a21492842087");
}

/// The first sixteen bytes of base64, in hexadecimal.
fn sealed_block(base64: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(base64)
        .unwrap();
    bytes[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
