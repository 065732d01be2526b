//! Cut (Built-ins I, 2.2).

use crate::error::{self, Fallible};
use crate::library::builtin::{Builtin, Call, Kind, Receiver, example, optional, param};
use crate::value::{Text, Type, Value, heap};

use super::fold;

/// Functions that give a part of a text.
pub(in crate::library) const CUT: &[Builtin] = &[
    Builtin {
        name: "subString",
        aliases: &["subText", "mid"],
        receiver: Receiver::Of(Type::Text),
        params: &[param("from", Kind::Whole), optional("to", Kind::Whole)],
        returns: "TEXT",
        summary: "The part from place `from` up to, not including, place `to`.",
        details: "Places count from 0. Without `to`, or with a negative one, the part reaches to the end. A place beyond \
                  the length, a negative `from`, or `to` before `from` is an error.",
        examples: &[
            example(
                r#"info "cathedral".subString(0, 3);
info "cathedral".subText(3, -2);
info "cathedral".mid(6);"#,
                "cat\nhedral\nral",
            ),
            example(
                r##"try
{
    info "cathedral".subString(3, 20);
}
catch (e)
{
    info e.message;
}"##,
                "`subString`: there is no place 20; allowed are 0 to 9",
            ),
        ],
        words: &["slice", "part", "substr", "range"],
        source: "https://www.zoho.com/deluge/help/functions/string/substring.html",
        run: sub_string,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "left",
        receiver: Receiver::Of(Type::Text),
        params: &[param("n", Kind::Whole)],
        returns: "TEXT",
        summary: "The first `n` characters.",
        details: "A negative `n` gives the whole text; more than there are is an error.",
        examples: &[
            example(r#"info "cathedral".left(3);"#, "cat"),
            example(r##"info "cat".left(-1);"##, "cat"),
            example(
                r##"try
{
    info "cat".left(4);
}
catch (e)
{
    info e.message;
}"##,
                "`left`: `n` is 4, but the text has 3 characters",
            ),
        ],
        words: &["first", "start", "head", "take"],
        source: "https://www.zoho.com/deluge/help/functions/string/left.html",
        run: |call| {
            let text = call.text()?;
            let byte = byte_after(call, text, |n, _| Some(n))?;
            part(text, &text[..byte.unwrap_or(text.len())])
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "right",
        receiver: Receiver::Of(Type::Text),
        params: &[param("n", Kind::Whole)],
        returns: "TEXT",
        summary: "The last `n` characters.",
        details: "A negative `n` gives the whole text; more than there are is an error.",
        examples: &[
            example(r#"info "cathedral".right(3);"#, "ral"),
            example(r##"info "cat".right(-1);"##, "cat"),
            example(
                r##"try
{
    info "cat".right(4);
}
catch (e)
{
    info e.message;
}"##,
                "`right`: `n` is 4, but the text has 3 characters",
            ),
        ],
        words: &["last", "end", "tail"],
        source: "https://www.zoho.com/deluge/help/functions/string/right.html",
        run: |call| {
            let text = call.text()?;
            let byte = byte_after(call, text, |n, length| length.checked_sub(n))?;
            part(text, &text[byte.unwrap_or(0)..])
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getPrefix",
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "TEXT or null",
        summary: "The text before the first `search`, or null when it is absent.",
        details: "Upper and lower case differ.",
        examples: &[
            example(
                r##"info "key=value=more".getPrefix("=");
info "key".getPrefix("#");"##,
                "key\nnull",
            ),
            example(
                r#"info "[" + "=v".getPrefix("=") + "]";
info "[" + "k".getPrefix("") + "]";"#,
                "[]\n[]",
            ),
        ],
        words: &["before", "split", "first part"],
        source: "https://www.zoho.com/deluge/help/functions/string/getprefix.html",
        run: |call| {
            let text = call.text()?;
            let found = text.find(call.arg_text(0)?.as_str());
            found.map_or(Ok(Value::Null), |start| part(text, &text[..start]))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getPrefixIgnoreCase",
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "TEXT or null",
        summary: "The text before the first `search` in any letter case, or null.",
        examples: &[
            example(
                r#"info "alpha AND beta".getPrefixIgnoreCase(" and ");"#,
                "alpha",
            ),
            example(r##"info "x AND y".getPrefixIgnoreCase("or");"##, "null"),
        ],
        words: &["before", "split", "case-insensitive"],
        source: "https://www.zoho.com/deluge/help/functions/string/getPrefixIgnoreCase.html",
        run: |call| {
            let text = call.text()?;
            let go_on = || call.world.go_on();
            let found = fold::matches(text, call.arg_text(0)?, &go_on)?.next();
            found
                .transpose()?
                .map_or(Ok(Value::Null), |(start, _)| part(text, &text[..start]))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getSuffix",
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "TEXT or null",
        summary: "The text after the first `search`, or null when it is absent.",
        details: "Upper and lower case differ.",
        examples: &[
            example(
                r##"info "a.b.c".getSuffix(".");
info "a.b.c".getSuffix("#");"##,
                "b.c\nnull",
            ),
            example(
                r#"info "[" + "k=".getSuffix("=") + "]";
info "k=v".getSuffix("");"#,
                "[]\nk=v",
            ),
        ],
        words: &["after", "split", "rest"],
        source: "https://www.zoho.com/deluge/help/functions/string/getSuffix.html",
        run: |call| {
            let text = call.text()?;
            let search = call.arg_text(0)?.as_str();
            let found = text.find(search);
            found.map_or(Ok(Value::Null), |start| {
                part(text, &text[start + search.len()..])
            })
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getSuffixIgnoreCase",
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "TEXT or null",
        summary: "The text after the first `search` in any letter case, or null.",
        examples: &[
            example(
                r#"info "alpha AND beta".getSuffixIgnoreCase(" and ");"#,
                "beta",
            ),
            example(r##"info "x AND y".getSuffixIgnoreCase("or");"##, "null"),
        ],
        words: &["after", "split", "case-insensitive"],
        source: "https://www.zoho.com/deluge/help/functions/string/getsuffixignorecase.html",
        run: |call| {
            let text = call.text()?;
            let go_on = || call.world.go_on();
            let found = fold::matches(text, call.arg_text(0)?, &go_on)?.next();
            found
                .transpose()?
                .map_or(Ok(Value::Null), |(_, end)| part(text, &text[end..]))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getAlpha",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The letters of the text, without anything else.",
        details: "Letters of every script count.",
        examples: &[
            example(r#"info "Gate 7B, 09:30".getAlpha();"#, "GateB"),
            example(r##"info "Århus 8000".getAlpha();"##, "Århus"),
        ],
        words: &["letters", "alphabetic", "filter"],
        source: "https://www.zoho.com/deluge/help/functions/string/getalpha.html",
        run: |call| keep(call, char::is_alphabetic),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getAlphaNumeric",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The letters and digits of the text, without anything else.",
        details: "Letters and digits of every script count.",
        examples: &[
            example(r#"info "Gate 7B, 09:30".getAlphaNumeric();"#, "Gate7B0930"),
            example(r##"info "no. 7, 日本".getAlphaNumeric();"##, "no7日本"),
        ],
        words: &["letters", "digits", "filter", "alphanumeric"],
        source: "https://www.zoho.com/deluge/help/functions/string/getalphanumeric.html",
        run: |call| keep(call, char::is_alphanumeric),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "removeAllAlpha",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text without its letters.",
        details: "Everything else stays, blanks too.",
        examples: &[
            example(r#"info "[" + "Row 12".removeAllAlpha() + "]";"#, "[ 12]"),
            example(r##"info "[" + "Row".removeAllAlpha() + "]";"##, "[]"),
        ],
        words: &["letters", "strip", "delete"],
        source: "https://www.zoho.com/deluge/help/functions/string/removeAllAlpha.html",
        run: |call| keep(call, |c| !c.is_alphabetic()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "removeAllAlphaNumeric",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text without its letters and digits.",
        details: "Everything else stays, blanks too.",
        examples: &[
            example(
                r#"info "[" + "Row 12!".removeAllAlphaNumeric() + "]";"#,
                "[ !]",
            ),
            example(
                r#"info "[" + "Ñandú7".removeAllAlphaNumeric() + "]";"#,
                "[]",
            ),
        ],
        words: &["letters", "digits", "strip", "delete"],
        source: "https://www.zoho.com/deluge/help/functions/string/removeallalphanumeric.html",
        run: |call| keep(call, |c| !c.is_alphanumeric()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "remove",
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "TEXT",
        summary: "The text without any `search`.",
        details: "Upper and lower case differ. Unchanged when `search` is absent or empty.",
        examples: &[
            example(r#"info "a-b-c".remove("-");"#, "abc"),
            example(r##"info "aaa".remove("aa");"##, "a"),
        ],
        words: &["delete", "strip", "all occurrences"],
        source: "https://www.zoho.com/deluge/help/functions/string/remove.html",
        run: |call| {
            let (text, search) = (call.text()?, call.arg_text(0)?.as_str());
            if search.is_empty() {
                return Ok(text.clone().into());
            }
            let removed = text.matches(search).count() * search.len();
            if removed == 0 {
                return Ok(text.clone().into());
            }
            heap::check(text.len() - removed)?;
            let mut out = String::with_capacity(text.len() - removed);
            for kept in text.split(search) {
                out.push_str(kept);
            }
            Ok(out.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "removeFirstOccurence",
        aliases: &["removeFirstOccurrence"],
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "TEXT",
        summary: "The text without the first `search`.",
        details: "Upper and lower case differ. Unchanged when `search` is absent or empty.",
        examples: &[
            example(r#"info "aXbX".removeFirstOccurence("X");"#, "abX"),
            example(r##"info "la la".removeFirstOccurence("do");"##, "la la"),
        ],
        words: &["delete", "strip", "first", "occurrence"],
        source: "https://www.zoho.com/deluge/help/functions/string/removefirstoccurence.html",
        run: |call| {
            let (text, search) = (call.text()?, call.arg_text(0)?);
            without(text, text.find(search.as_str()), search.len())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "removeLastOccurence",
        aliases: &["removeLastOccurrence"],
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "TEXT",
        summary: "The text without the last `search`.",
        details: "Upper and lower case differ. Unchanged when `search` is absent or empty.",
        examples: &[
            example(r#"info "aXbX".removeLastOccurence("X");"#, "aXb"),
            example(r##"info "la la".removeLastOccurence("do");"##, "la la"),
        ],
        words: &["delete", "strip", "last", "occurrence"],
        source: "https://www.zoho.com/deluge/help/functions/string/removelastoccurence.html",
        run: |call| {
            let (text, search) = (call.text()?, call.arg_text(0)?);
            without(text, text.rfind(search.as_str()), search.len())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "trim",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text without blanks at both ends.",
        details: "Cuts the characters up to U+0020: blanks, tabs, line ends and other control characters.",
        examples: &[
            example(r#"info "[" + "  two words  ".trim() + "]";"#, "[two words]"),
            example(r##"info "[" + "\t x \n".trim() + "]";"##, "[x]"),
        ],
        words: &["strip", "white space", "blanks"],
        source: "https://www.zoho.com/deluge/help/functions/string/trim.html",
        run: |call| {
            let text = call.text()?;
            part(text, text.trim_matches(|c| c <= ' '))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "ltrim",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text without white space at its start.",
        examples: &[
            example(r#"info "[" + "  mid  ".ltrim() + "]";"#, "[mid  ]"),
            example(r#"info "[" + "　 mid".ltrim() + "]";"#, "[mid]"),
        ],
        words: &["strip", "white space", "blanks", "left"],
        source: "https://www.zoho.com/deluge/help/functions/string/ltrim.html",
        run: |call| {
            let text = call.text()?;
            part(text, text.trim_start())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "rtrim",
        receiver: Receiver::Of(Type::Text),
        returns: "TEXT",
        summary: "The text without white space at its end.",
        examples: &[
            example(r#"info "[" + "  mid  ".rtrim() + "]";"#, "[  mid]"),
            example(r#"info "[" + "mid 　".rtrim() + "]";"#, "[mid]"),
        ],
        words: &["strip", "white space", "blanks", "right"],
        source: "https://www.zoho.com/deluge/help/functions/string/rtrim.html",
        run: |call| {
            let text = call.text()?;
            part(text, text.trim_end())
        },
        ..Builtin::DEFAULT
    },
];

/// A part of `text`: the text itself where nothing was cut.
#[inline]
fn part(text: &Text, part: &str) -> Fallible<Value> {
    if part.len() == text.len() {
        return Ok(text.clone().into());
    }
    Ok(Text::copied(part)?.into())
}

fn sub_string(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let text = call.text()?;
    let from = call.arg_whole(0)?;
    let to = if call.has(1) { call.arg_whole(1)? } else { -1 };
    let beyond = |place| {
        Err(error::index_out_of_range(
            call.name(),
            place,
            text.length() + 1,
            "length",
        ))
    };
    let Some(start) = usize::try_from(from)
        .ok()
        .and_then(|from| text.byte_of(from))
    else {
        return beyond(from);
    };
    if to < 0 {
        return part(text, &text[start..]);
    }
    if to < from {
        return Err(error::argument_value(
            call.name(),
            format_args!("`to`, {to}, lies before `from`, {from}"),
        ));
    }
    match usize::try_from(to).ok().and_then(|to| text.byte_of(to)) {
        Some(end) => part(text, &text[start..end]),
        None => beyond(to),
    }
}

/// The byte that `left` and `right` cut at: that of the character which `place` gives for `n` and the length. `None`
/// for a negative `n`, which cuts nothing.
fn byte_after(
    call: &Call<'_, '_>,
    text: &Text,
    place: impl Fn(usize, usize) -> Option<usize>,
) -> Fallible<Option<usize>> {
    let n = call.arg_whole(0)?;
    let Ok(count) = usize::try_from(n) else {
        return Ok(None);
    };
    let length = text.length();
    match place(count, length).and_then(|place| text.byte_of(place)) {
        Some(byte) => Ok(Some(byte)),
        None => Err(error::argument_value(
            call.name(),
            format_args!("`n` is {n}, but the text has {length} characters"),
        )),
    }
}

/// The characters that pass `test`.
fn keep(call: &Call<'_, '_>, test: impl Fn(char) -> bool) -> Fallible<Value> {
    let text = call.text()?;
    let kept = || text.chars().filter(|c| test(*c));
    let bytes: usize = kept().map(char::len_utf8).sum();
    if bytes == text.len() {
        return Ok(text.clone().into());
    }
    Ok(heap::collect_text(bytes, kept())?.into())
}

/// The text without the `length` bytes found at `start`.
fn without(text: &Text, start: Option<usize>, length: usize) -> Fallible<Value> {
    match start {
        Some(start) if length > 0 => {
            heap::check(text.len() - length)?;
            let mut out = String::with_capacity(text.len() - length);
            out.push_str(&text[..start]);
            out.push_str(&text[start + length..]);
            Ok(out.into())
        }
        _ => Ok(text.clone().into()),
    }
}
