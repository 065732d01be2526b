//! Replace (Built-ins I, 2.3).

use crate::error::{self, Fallible};
use crate::library::builtin::{Builtin, Call, Kind, Param, Receiver, example, optional, param};
use crate::library::regex::{self, Growing};
use crate::value::{Text, Type, Value};

use super::fold;

/// Functions that put something else in the place of a part.
pub(in crate::library) const REPLACE: &[Builtin] = &[
    Builtin {
        name: "replaceAll",
        receiver: Receiver::Of(Type::Text),
        params: PARAMS,
        returns: "TEXT",
        summary: "The text with every match of `search` replaced by `with`.",
        details: DETAILS,
        examples: &[
            example(
                r#"info "red fish, red boat".replaceAll("red", "blue");"#,
                "blue fish, blue boat",
            ),
            example(
                r#"info "smith, john".replaceAll("(\\w+), (\\w+)", "$2 $1");
info "a.b.c".replaceAll(".", "x");
info "a.b.c".replaceAll(".", "x", true);"#,
                "john smith\nxxxxx\naxbxc",
            ),
            example(
                r##"try
{
    info "cost".replaceAll("c", "$");
}
catch (e)
{
    info e.message;
}"##,
                "`replaceAll`: the replacement `$`: `$` stands for a group, as in `$1`; for the character write `\\$`",
            ),
        ],
        words: &["substitute", "regex", "regular expression", "exchange"],
        source: "https://www.zoho.com/deluge/help/functions/string/replaceallignorecase.html",
        run: |call| replace(call, false, false),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "replaceAllIgnoreCase",
        receiver: Receiver::Of(Type::Text),
        params: PARAMS,
        returns: "TEXT",
        summary: "The text with every match of `search` in any letter case replaced by `with`.",
        details: DETAILS,
        examples: &[
            example(
                r#"info "Cat cAt dog".replaceAllIgnoreCase("CAT", "cow");"#,
                "cow cow dog",
            ),
            example(
                r##"info "Straße STRAẞE".replaceAllIgnoreCase("ß", "ss");"##,
                "Strasse STRAssE",
            ),
        ],
        words: &[
            "substitute",
            "regex",
            "regular expression",
            "case-insensitive",
        ],
        source: "https://www.zoho.com/deluge/help/functions/string/replaceallignorecase.html",
        run: |call| replace(call, true, false),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "replaceFirst",
        receiver: Receiver::Of(Type::Text),
        params: PARAMS,
        returns: "TEXT",
        summary: "The text with the first match of `search` replaced by `with`.",
        details: DETAILS,
        examples: &[
            example(
                r#"info "v1 and v2".replaceFirst("v[0-9]", "rev");"#,
                "rev and v2",
            ),
            example(
                r##"info "a.b.c".replaceFirst(".", "-", true);
info "a.b.c".replaceFirst("(.)\\.(.)", "$2.$1");"##,
                "a-b.c\nb.a.c",
            ),
        ],
        words: &["substitute", "regex", "regular expression", "once"],
        source: "https://www.zoho.com/deluge/help/functions/string/replacefirst.html",
        run: |call| replace(call, false, true),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "replaceFirstIgnoreCase",
        receiver: Receiver::Of(Type::Text),
        params: PARAMS,
        returns: "TEXT",
        summary: "The text with the first match of `search` in any letter case replaced by `with`.",
        details: DETAILS,
        examples: &[
            example(
                r#"info "La la".replaceFirstIgnoreCase("LA", "do");"#,
                "do la",
            ),
            example(
                r##"info "x+Y+z".replaceFirstIgnoreCase("y+", "1", true);"##,
                "x+1z",
            ),
        ],
        words: &[
            "substitute",
            "regex",
            "regular expression",
            "once",
            "case-insensitive",
        ],
        source: "https://www.zoho.com/deluge/help/functions/string/replacefirstignorecase.html",
        run: |call| replace(call, true, true),
        ..Builtin::DEFAULT
    },
];

const PARAMS: &[Param] = &[
    param("search", Kind::Text),
    param("with", Kind::Text),
    optional(
        "literal",
        Kind::OneOf(&[Type::Boolean, Type::Text], "true or false"),
    ),
];

const DETAILS: &str = "`search` is a regular expression of Java unless `literal` is true; so `.` or `(` needs \
    `literal`, or two backslashes before it. In `with`, `$1` … `$9` and `${name}` are groups, `$0` is the match, and a \
    backslash makes the next character literal; with `literal`, `with` is taken as it is. Without a match the text is \
    unchanged. A pattern that takes a million steps back in one search, or more than about a second in all, is an error.";

fn replace(call: &mut Call<'_, '_>, ignore_case: bool, first_only: bool) -> Fallible<Value> {
    let (text, search, with) = (call.text()?, call.arg_text(0)?, call.arg_text(1)?);
    let plain = is_literal(call)? || (regex::is_plain(search) && !with.contains(['\\', '$']));
    let replaced = if !plain {
        let go_on = || call.world.go_on();
        regex::replace(
            call.name(),
            text,
            search,
            with,
            ignore_case,
            first_only,
            &go_on,
        )?
    } else if ignore_case {
        let go_on = || call.world.go_on();
        replace_places(text, fold::matches(text, search, &go_on)?, with, first_only)?
    } else {
        let places = text
            .match_indices(search.as_str())
            .map(|(start, found)| Ok((start, start + found.len())));
        replace_places(text, places, with, first_only)?
    };
    Ok(replaced.map_or_else(|| text.clone().into(), Value::from))
}

/// The third argument, which scripts also write as `"true"`.
fn is_literal(call: &Call<'_, '_>) -> Fallible<bool> {
    let Value::Text(text) = call.arg(2) else {
        return call.arg_boolean(2, false);
    };
    match text.as_str() {
        word if word.eq_ignore_ascii_case("true") => Ok(true),
        word if word.eq_ignore_ascii_case("false") => Ok(false),
        word => Err(error::argument_value(
            call.name(),
            format_args!(
                "`literal` must be true or false, found {}",
                error::shorten(word)
            ),
        )),
    }
}

/// Puts `with` in the place of byte ranges that come in order. `None` when there are none.
fn replace_places(
    text: &Text,
    mut places: impl Iterator<Item = Fallible<(usize, usize)>>,
    with: &str,
    first_only: bool,
) -> Fallible<Option<String>> {
    let Some((start, end)) = places.next().transpose()? else {
        return Ok(None);
    };
    let mut out = Growing::new(text.len());
    out.push(&text[..start])?;
    out.push(with)?;
    let mut copied = end;
    if !first_only {
        for place in places {
            let (start, end) = place?;
            out.push(&text[copied..start])?;
            out.push(with)?;
            copied = end;
        }
    }
    out.push(&text[copied..])?;
    Ok(Some(out.finish()))
}
