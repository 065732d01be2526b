//! Search and compare (Built-ins I, 2.1).

use crate::library::builtin::{Builtin, Forms, Kind, Receiver, example, param};
use crate::library::regex;
use crate::value::{Text, Type, Value, compare};

use super::fold;

/// Functions that look into a text.
pub(in crate::library) const SEARCH: &[Builtin] = &[
    Builtin {
        name: "contains",
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if `search` is part of the text.",
        details: "Upper and lower case differ. The empty text is part of every text.",
        examples: &[
            example(
                r#"info "Harbour".contains("bou");
info "Harbour".contains("BOU");"#,
                "true\nfalse",
            ),
            example(
                r#"info "Harbour".contains("");
info "".contains("a");"#,
                "true\nfalse",
            ),
        ],
        words: &["includes", "substring", "has", "search"],
        source: "https://www.zoho.com/deluge/help/functions/string/contains.html",
        run: |call| Ok(call.text()?.contains(call.arg_text(0)?.as_str()).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "containsIgnoreCase",
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if `search` is part of the text in any letter case.",
        details: "The empty text is part of every text.",
        examples: &[
            example(r#"info "Harbour".containsIgnoreCase("HAR");"#, "true"),
            example(r##"info "STRASSE".containsIgnoreCase("ß");"##, "false"),
        ],
        words: &["includes", "substring", "case-insensitive"],
        source: "https://www.zoho.com/deluge/help/functions/string/containsignorecase.html",
        run: |call| {
            let go_on = || call.world.go_on();
            let mut found = fold::matches(call.text()?, call.arg_text(0)?, &go_on)?;
            Ok(found.next().transpose()?.is_some().into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "notContains",
        receiver: Receiver::Of(Type::Text),
        forms: Forms::Method,
        params: &[param("search", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if `search` is not part of the text.",
        details: "The opposite of `contains`: upper and lower case differ. Called as a method only.",
        examples: &[
            example(
                r#"info "Whale".notContains("w");
info "Whale".notContains("W");"#,
                "true\nfalse",
            ),
            example(r#"info "Whale".notContains("");"#, "false"),
        ],
        words: &["excludes", "lacks", "without"],
        source: "https://www.zoho.com/deluge/help/functions/string/notcontains.html",
        run: |call| Ok((!call.text()?.contains(call.arg_text(0)?.as_str())).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "startsWith",
        receiver: Receiver::Of(Type::Text),
        params: &[param("start", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if the text begins with `start`.",
        details: "Upper and lower case differ.",
        examples: &[
            example(
                r#"info "Invoice-204".startsWith("Inv");
info "Invoice-204".startsWith("inv");"#,
                "true\nfalse",
            ),
            example(
                r#"info "Élan".startsWith("É");
info "".startsWith("");"#,
                "true\ntrue",
            ),
        ],
        words: &["prefix", "begins"],
        source: "https://www.zoho.com/deluge/help/functions/string/startswith.html",
        run: |call| Ok(call.text()?.starts_with(call.arg_text(0)?.as_str()).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "startsWithIgnoreCase",
        receiver: Receiver::Of(Type::Text),
        params: &[param("start", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if the text begins with `start` in any letter case.",
        examples: &[
            example(r#"info "Invoice-204".startsWithIgnoreCase("INV");"#, "true"),
            example(
                r##"info "Straße".startsWithIgnoreCase("STRASSE");"##,
                "false",
            ),
        ],
        words: &["prefix", "begins", "case-insensitive"],
        source: "https://www.zoho.com/deluge/help/functions/string/startswithignorecase.html",
        run: |call| {
            let go_on = || call.world.go_on();
            Ok(fold::starts_with(call.text()?, call.arg_text(0)?, &go_on)?.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "endsWith",
        receiver: Receiver::Of(Type::Text),
        params: &[param("end", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if the text ends with `end`.",
        details: "Upper and lower case differ.",
        examples: &[
            example(
                r#"info "a.pdf".endsWith(".pdf");
info "a.pdf".endsWith(".PDF");"#,
                "true\nfalse",
            ),
            example(
                r#"info "pdf".endsWith("a.pdf");
info "pdf".endsWith("");"#,
                "false\ntrue",
            ),
        ],
        words: &["suffix", "file extension"],
        source: "https://www.zoho.com/deluge/help/functions/string/endswith.html",
        run: |call| Ok(call.text()?.ends_with(call.arg_text(0)?.as_str()).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "endsWithIgnoreCase",
        receiver: Receiver::Of(Type::Text),
        params: &[param("end", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if the text ends with `end` in any letter case.",
        examples: &[
            example(r#"info "a.pdf".endsWithIgnoreCase(".PDF");"#, "true"),
            example(r##"info "GROẞ".endsWithIgnoreCase("ß");"##, "true"),
        ],
        words: &["suffix", "file extension", "case-insensitive"],
        source: "https://www.zoho.com/deluge/help/functions/string/endswithignorecase.html",
        run: |call| {
            let go_on = || call.world.go_on();
            Ok(fold::ends_with(call.text()?, call.arg_text(0)?, &go_on)?.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "equalsIgnoreCase",
        receiver: Receiver::Of(Type::Text),
        params: &[param("other", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if both texts are the same in any letter case.",
        details: "Case is ignored character by character, so `ß` is not `SS`.",
        examples: &[
            example(r#"info "Oslo".equalsIgnoreCase("OSLO");"#, "true"),
            example(r##"info "straße".equalsIgnoreCase("STRASSE");"##, "false"),
        ],
        words: &["compare", "same", "case-insensitive"],
        source: "https://www.zoho.com/deluge/help/functions/string/equalsIgnoreCase.html",
        run: |call| {
            let go_on = || call.world.go_on();
            Ok(fold::equal(call.text()?, call.arg_text(0)?, &go_on)?.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "equals",
        receiver: Receiver::Anything,
        params: &[param("other", Kind::Anything)],
        returns: "BOOLEAN",
        summary: "True if both are the same value of the same type.",
        details: "Never converts: a TEXT equals no NUMBER and no date, where `==` would read it as one. NUMBER and DECIMAL \
                  compare by value, dates by instant, lists and key-values by what they hold. Letter case counts.",
        examples: &[
            example(
                r#"info "7".equals(7);
info 7.equals(7.0);
info '01/02/2017'.equals('02-Jan-2017');"#,
                "false\ntrue\ntrue",
            ),
            example(
                r#"nothing = null;
info nothing.equals(null);
info nothing.equals("");"#,
                "true\nfalse",
            ),
        ],
        words: &["compare", "same", "identical", "=="],
        source: "https://www.zoho.com/deluge/help/functions/common/equals.html",
        run: |call| Ok(compare::equal_elements(call.receiver(), call.arg(0))?.into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "matches",
        receiver: Receiver::Of(Type::Text),
        params: &[param("pattern", Kind::Text)],
        returns: "BOOLEAN",
        summary: "True if the whole text matches a regular expression.",
        details: "The expression is Java's: `\\d`, `\\w`, `\\s` and `\\b` are ASCII. A text literal takes one level of \
                  backslashes, so write `\"\\\\d+\"`. Upper and lower case differ unless the pattern begins with `(?i)`. A \
                  pattern has at most 100,000 bytes; one that takes a million steps back, or more than about a second in \
                  all, is an error.",
        examples: &[
            example(
                r#"info "ORD-1187".matches("[A-Z]{3}-\\d{4}");
info "x12".matches("[0-9]+");"#,
                "true\nfalse",
            ),
            example(
                r##"info "Order 12".matches("(?i)order \\d+");
info "٣".matches("\\d");"##,
                "true\nfalse",
            ),
            example(
                r##"try
{
    info "x".matches("(x");
}
catch (e)
{
    info e.message;
}"##,
                "`matches`: the pattern `(x` cannot be read at character 0: this `(` is not closed",
            ),
        ],
        words: &["regex", "regular expression", "pattern", "validate"],
        source: "https://www.zoho.com/deluge/help/functions/string/matches.html",
        run: |call| {
            let go_on = || call.world.go_on();
            Ok(regex::matches(call.name(), call.text()?, call.arg_text(0)?, &go_on)?.into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "indexOf",
        aliases: &["find"],
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "NUMBER",
        summary: "The place of the first `search`, counted from 0, or -1.",
        details: "Upper and lower case differ. `search` is taken as it is, not as a pattern.",
        examples: &[
            example(
                r#"info "mississippi".indexOf("ss");
info "mississippi".indexOf("x");"#,
                "2\n-1",
            ),
            example(
                r##"info "日本語".indexOf("語");
info "a.c".find(".");"##,
                "2\n1",
            ),
        ],
        words: &["position", "locate", "first", "search"],
        source: "https://www.zoho.com/creator/newhelp/script/built-in-functions/built-in-function-string-indexof.html",
        run: |call| {
            let text = call.text()?;
            Ok(place(text, text.find(call.arg_text(0)?.as_str())))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "lastIndexOf",
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "NUMBER",
        summary: "The place of the last `search`, counted from 0, or -1.",
        details: "Upper and lower case differ. The last place of the empty text is the length.",
        examples: &[
            example(r#"info "banana".lastIndexOf("an");"#, "3"),
            example(
                r##"info "banana".lastIndexOf("");
info "banana".lastIndexOf("x");"##,
                "6\n-1",
            ),
        ],
        words: &["position", "locate", "last", "search"],
        source: "https://www.zoho.com/deluge/help/functions/string/lastindexof.html",
        run: |call| {
            let text = call.text()?;
            Ok(place(text, text.rfind(call.arg_text(0)?.as_str())))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "getOccurenceCount",
        aliases: &["getOccurrenceCount", "getOccurence", "getOccurrence"],
        receiver: Receiver::Of(Type::Text),
        params: &[param("search", Kind::Text)],
        returns: "NUMBER",
        summary: "How often `search` stands in the text.",
        details: "Upper and lower case differ. Occurrences do not overlap; the empty text occurs 0 times.",
        examples: &[
            example(
                r#"info "tick tock Tick".getOccurenceCount("ick");
info "aaaaa".getOccurenceCount("aa");"#,
                "2\n2",
            ),
            example(r#"info "abc".getOccurenceCount("");"#, "0"),
        ],
        words: &["count", "frequency", "how many", "occurrence"],
        source: "https://www.zoho.com/deluge/help/functions/string/getOccurenceCount.html",
        run: |call| {
            let search = call.arg_text(0)?.as_str();
            if search.is_empty() {
                return Ok(0i64.into());
            }
            Ok(call.text()?.matches(search).count().into())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "length",
        aliases: &["len"],
        receiver: Receiver::Of(Type::Text),
        returns: "NUMBER",
        summary: "The number of characters.",
        details: "A character is a Unicode scalar value, so `😀` counts as one.",
        examples: &[
            example(
                r#"info "two words".length();
info "日本語".len();"#,
                "9\n3",
            ),
            example(
                r#"info "".length();
info "😀".length();"#,
                "0\n1",
            ),
        ],
        words: &["size", "count", "characters"],
        source: "https://www.zoho.com/deluge/help/functions/string/len.html",
        run: |call| Ok(call.text()?.length().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isAscii",
        receiver: Receiver::Of(Type::Text),
        returns: "BOOLEAN",
        summary: "True if all characters are ASCII.",
        details: "ASCII are the characters up to U+007F. True for the empty text.",
        examples: &[
            example(
                r#"info "Plain-Text_99$".isAscii();
info "café".isAscii();"#,
                "true\nfalse",
            ),
            example(r#"info "".isAscii();"#, "true"),
        ],
        words: &["encoding", "7-bit", "plain"],
        source: "https://www.zoho.com/deluge/help/functions/string/isAscii.html",
        run: |call| Ok(call.text()?.is_ascii().into()),
        ..Builtin::DEFAULT
    },
];

/// Place in characters of a byte that was found, or -1.
#[inline]
fn place(text: &Text, byte: Option<usize>) -> Value {
    match byte {
        Some(byte) => text.index_of_byte(byte).into(),
        None => Value::Number(-1),
    }
}
