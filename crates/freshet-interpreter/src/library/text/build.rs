//! Build and transform (Built-ins I, 2.4).

use crate::error::{self, Fallible};
use crate::library::builtin::{Builtin, Call, Kind, Receiver, example, param};
use crate::value::{Type, Value, heap};

/// Functions that make a new text of a text.
pub(in crate::library) const BUILD: &[Builtin] = &[
    Builtin {
        name: "concat",
        receiver: Receiver::Of(Type::Text),
        params: &[param(
            "other",
            Kind::OneOf(
                &[Type::Text, Type::Number, Type::Decimal],
                "TEXT, NUMBER or DECIMAL",
            ),
        )],
        returns: "TEXT",
        summary: "The text with `other` behind it.",
        details: "A number is turned into text; for other types use `+`.",
        examples: &[
            example(
                r#"info "sea".concat("side");
info "n".concat(7);"#,
                "seaside\nn7",
            ),
            example(r##"info "no. ".concat(7);"##, "no. 7"),
        ],
        words: &["join", "append", "add", "plus"],
        source: "https://www.zoho.com/deluge/help/functions/string/concat.html",
        run: |call| {
            match call.take(0) {
                Value::Text(other) => call.text_mut()?.push(&other)?,
                other => {
                    let other = call.to_text(&other)?;
                    call.text_mut()?.push(&other)?;
                }
            }
            Ok(call.receiver().clone())
        },
        extends: true,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toUpperCase",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text in upper case.",
        details: "By the rules of Unicode, whatever the language: `ß` becomes `SS`.",
        examples: &[
            example(
                r#"info "Mixed Case 9".toUpperCase();
info "ü".toUpperCase();"#,
                "MIXED CASE 9\nÜ",
            ),
            example(r##"info "straße".toUpperCase();"##, "STRASSE"),
        ],
        words: &["capitals", "upper", "uppercase"],
        source: "https://zoho.com/creator/help/script/built-in-functions/built-in-function-string.html",
        run: |call| {
            let text = call.text()?;
            if text.is_ascii() {
                if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
                    return Ok(text.clone().into());
                }
                heap::check(text.len())?;
                return Ok(text.to_ascii_uppercase().into());
            }
            let upper = text.chars().flat_map(char::to_uppercase);
            Ok(heap::collect_text(text.len(), upper)?.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toLowerCase",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text in lower case.",
        details: "By the rules of Unicode, whatever the language.",
        examples: &[
            example(r#"info "Mixed Case 9".toLowerCase();"#, "mixed case 9"),
            example(r##"info "ΟΔΟΣ".toLowerCase();"##, "οδος"),
        ],
        words: &["small letters", "lower", "lowercase"],
        source: "https://zoho.com/creator/help/script/built-in-functions/built-in-function-string.html",
        run: |call| {
            let text = call.text()?;
            if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                return Ok(text.clone().into());
            }
            // The few letters whose small ones have more bytes make it move once, to twice its size.
            let lower = text.chars().flat_map(char::to_lowercase);
            let moves = !text.is_ascii() && lower.map(char::len_utf8).sum::<usize>() > text.len();
            heap::check(text.len().saturating_mul(if moves { 3 } else { 1 }))?;
            Ok(text.to_lowercase().into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "proper",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text with every word capitalised.",
        details: "The first character of a word becomes upper case, all others lower case. Words are separated by white \
                  space only.",
        examples: &[
            example(r#"info "the old MAN".proper();"#, "The Old Man"),
            example(
                r##"info "o'neil MAC-ARTHUR".proper();"##,
                "O'neil Mac-arthur",
            ),
        ],
        words: &["title case", "capitalize", "capitalise", "names"],
        source: "https://www.zoho.com/deluge/help/functions/string/proper.html",
        run: |call| Ok(capitalised(call.text()?)?.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "leftpad",
        receiver: Receiver::Of(Type::Text),
        params: &[param("width", Kind::Whole)],
        returns: "TEXT",
        summary: "The text with blanks before it, `width` characters in all.",
        details: "A text of that length or longer is unchanged, also by a negative `width`. At most 10,000.",
        examples: &[
            example(r#"info "[" + "ab".leftpad(5) + "]";"#, "[   ab]"),
            example(r##"info "abc".leftpad(2);"##, "abc"),
        ],
        words: &["pad", "align right", "fill", "spaces"],
        source: "https://www.zoho.com/deluge/help/functions/string/leftpad.html",
        run: |call| {
            let blanks = blanks(call)?;
            Ok(blanks.map_or_else(
                || call.receiver().clone(),
                |(blanks, text)| (blanks + text).into(),
            ))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "rightpad",
        receiver: Receiver::Of(Type::Text),
        params: &[param("width", Kind::Whole)],
        returns: "TEXT",
        summary: "The text with blanks after it, `width` characters in all.",
        details: "A text of that length or longer is unchanged, also by a negative `width`. At most 10,000.",
        examples: &[
            example(r#"info "[" + "ab".rightpad(5) + "]";"#, "[ab   ]"),
            example(r##"info "[" + "abc".rightpad(2) + "]";"##, "[abc]"),
        ],
        words: &["pad", "align left", "fill", "spaces"],
        source: "https://www.zoho.com/deluge/help/functions/string/rightpad.html",
        run: |call| {
            let blanks = blanks(call)?;
            Ok(blanks.map_or_else(
                || call.receiver().clone(),
                |(blanks, text)| (text.to_owned() + &blanks).into(),
            ))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "repeat",
        receiver: Receiver::Of(Type::Text),
        params: &[param("n", Kind::Whole)],
        returns: "TEXT",
        summary: "The text `n` times in a row.",
        details: "0 times gives the empty text; a negative `n` is an error.",
        examples: &[
            example(r#"info "ab".repeat(3);"#, "ababab"),
            example(r##"info "[" + "ab".repeat(0) + "]";"##, "[]"),
            example(
                r##"try
{
    info "ab".repeat(-1);
}
catch (e)
{
    info e.message;
}"##,
                "`repeat`: `n` is -1, it must not be negative",
            ),
        ],
        words: &["times", "multiply", "duplicate"],
        source: "https://www.zoho.com/deluge/help/functions/string/repeat.html",
        run: repeat,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "reverse",
        receiver: Receiver::AnyOf(&[Type::Text, Type::List]),
        returns: "TEXT",
        summary: "The text backwards.",
        details: "A LIST is turned into its text first, and that is reversed; the list itself stays as it is.",
        examples: &[
            example(
                r#"info "abc".reverse();
info {4, 56}.reverse();"#,
                "cba\n65,4",
            ),
            example(r#"info "añ😀".reverse();"#, "😀ña"),
        ],
        words: &["backwards", "mirror", "invert"],
        source: "https://www.zoho.com/deluge/help/functions/string/reverse.html",
        run: |call| {
            let reversed = |text: &str| heap::collect_text(text.len(), text.chars().rev());
            Ok(match call.receiver() {
                Value::Text(text) => reversed(text)?.into(),
                list => reversed(&call.to_text(list)?)?.into(),
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "textToHex",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The bytes of the text in hexadecimal.",
        details: "The bytes are those of UTF-8; two lower-case digits for each.",
        examples: &[
            example(
                r#"info "Kite".textToHex();
info "é".textToHex();"#,
                "4b697465\nc3a9",
            ),
            example(r#"info "[" + "".textToHex() + "]";"#, "[]"),
        ],
        words: &["hexadecimal", "encode", "bytes", "UTF-8"],
        source: "https://www.zoho.com/deluge/help/functions/string/texttohex.html",
        run: |call| {
            let text = call.text()?;
            heap::check(text.len().saturating_mul(2))?;
            let mut out = String::with_capacity(text.len() * 2);
            for byte in text.bytes() {
                out.push(hex_digit(byte >> 4));
                out.push(hex_digit(byte & 15));
            }
            Ok(out.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "hexToText",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text whose bytes are given in hexadecimal.",
        details: "The opposite of `textToHex`. Digits in either case; anything else, an odd number of digits, or bytes \
                  that are not UTF-8 are errors.",
        examples: &[
            example(r#"info "4B697465".hexToText();"#, "Kite"),
            example(
                r##"try
{
    info "4B6".hexToText();
}
catch (e)
{
    info e.message;
}"##,
                "`hexToText`: `4B6` does not read as hexadecimal digits of a UTF-8 text",
            ),
        ],
        words: &["hexadecimal", "decode", "bytes", "UTF-8"],
        source: "https://www.zoho.com/deluge/help/functions/string/hextotext.html",
        run: hex_to_text,
        ..Builtin::DEFAULT
    },
];

fn capitalised(text: &str) -> Fallible<String> {
    let mut out = String::new();
    heap::reserve_text(&mut out, text.len())?;
    let mut inside = false;
    for c in text.chars() {
        // The cases of a character are at most three.
        heap::reserve_text(&mut out, 3 * char::MAX_LEN_UTF8)?;
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = !c.is_whitespace();
    }
    Ok(out)
}

/// The widest that `leftpad` and `rightpad` make a text.
const MAX_WIDTH: i64 = 10_000;

/// The blanks that the text lacks to the wanted width, and the text; `None` if it lacks none.
fn blanks<'c>(call: &'c Call<'_, '_>) -> Fallible<Option<(String, &'c str)>> {
    let text = call.text()?;
    let width = call.arg_whole(0)?;
    if width > MAX_WIDTH {
        return Err(error::argument_value(
            call.name(),
            format_args!("`width` is {width}, at most {MAX_WIDTH} are allowed"),
        )
        .help("put more blanks before or behind it with `\" \".repeat(…)`"));
    }
    let missing = usize::try_from(width)
        .unwrap_or(0)
        .saturating_sub(text.length());
    Ok((missing > 0).then(|| (" ".repeat(missing), text.as_str())))
}

fn repeat(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let text = call.text()?;
    let n = call.arg_whole(0)?;
    let Ok(times) = usize::try_from(n) else {
        return Err(error::argument_value(
            call.name(),
            format_args!("`n` is {n}, it must not be negative"),
        ));
    };
    // No more than the address space holds, so that what is checked can be allocated.
    match text.len().checked_mul(times) {
        Some(bytes) if isize::try_from(bytes).is_ok() => heap::check(bytes)?,
        _ => {
            return Err(error::argument_value(
                call.name(),
                format_args!("{n} times {} bytes are too much", text.len()),
            ));
        }
    }
    Ok(text.repeat(times).into())
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

/// The byte that two hexadecimal digits stand for.
fn byte_of(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn hex_to_text(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let text = call.text()?;
    let unreadable = || error::unreadable(call.name(), text, "hexadecimal digits of a UTF-8 text");
    heap::check(text.len() / 2)?;
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for pair in text.as_bytes().chunks(2) {
        bytes.push(byte_of(pair).ok_or_else(unreadable)?);
    }
    Ok(String::from_utf8(bytes).map_err(|_| unreadable())?.into())
}
