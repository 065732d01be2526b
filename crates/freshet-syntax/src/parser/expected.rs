//! What is said where the grammar allows something else than what stands there.

use super::declaration::type_kind;
use super::fault::Expected;
use super::state::Source;
use crate::diagnostic::Diagnostic;
use crate::faults;
use crate::token::Token;

/// Where a quote inside of a text ended it.
const QUOTE_INSIDE: &str =
    "the text ends at the quote before this; a quote inside of a text is written `\\\"` or `\\'`";

/// Where a type in parentheses stands before a value.
const CAST: &str =
    "a value is converted by a call: `x.toNumber()`, `x.toDecimal()`, `x.toString()`, `x.toDate()`";

/// The message for a token that the grammar does not allow where it stands.
pub(super) fn expected_found(source: &Source<'_>, at: usize, expected: Expected) -> Diagnostic {
    let found = source.describe(at);
    let token = source.token(at);
    let before = at.checked_sub(1);
    let previous = before.and_then(|before| source.token(before));
    // What is missing is told at the end of the token before it; what is wrong, at itself if it stands on that line.
    let gap = source.span_before(at).after();
    let place = if source.same_line(at) {
        source.span(at, at)
    } else {
        gap
    };
    if let (
        Some(Token::RightParenthesis | Token::RightBrace | Token::RightBracket),
        Some(Token::Comma),
        Some(comma),
    ) = (token, previous, before)
    {
        return faults::trailing_comma(source.span(comma, comma), source.text_of(at, at));
    }
    if expected.has(Expected::VALUE) {
        return match token {
            Some(token) if token.is_reserved() && source.same_line(at) => {
                faults::reserved_word(source.span(at, at), source.text_of(at, at))
            }
            _ => {
                let help = match previous {
                    Some(Token::Info) => Some("write what is to be printed: `info \"text\";`"),
                    Some(Token::Throw | Token::Throws) => {
                        Some("write what went wrong: `throw \"what happened\";`")
                    }
                    Some(Token::Assign) if token == Some(Token::Less) => {
                        Some("to compare, write `<=`")
                    }
                    Some(Token::Assign) if token == Some(Token::Greater) => {
                        Some("to compare, write `>=`")
                    }
                    None => Some("a script begins with a statement, such as `info \"hello\";`"),
                    _ => Some(
                        "write a number, a text in double quotes, the name of a variable or the like",
                    ),
                };
                faults::missing_value(place, &source.describe_before(at), &found, help)
            }
        };
    }
    if expected.has(Expected::NAME.and(Expected::MEMBER)) {
        return match token {
            Some(token) if token.is_reserved() && source.same_line(at) => {
                faults::reserved_word(source.span(at, at), source.text_of(at, at))
            }
            _ => {
                let number = at.checked_sub(2).filter(|number| {
                    expected.has(Expected::MEMBER)
                        && source.is(*number, Token::Number)
                        && source.adjacent(number + 1)
                });
                let number = number.map(|number| {
                    let digits = source.text_of(number, number);
                    format!("a number needs digits after its point: write `{digits}.0`")
                });
                let is_text = matches!(token, Some(Token::Text | Token::Quoted));
                let help = match number.as_deref() {
                    Some(help) => help,
                    None if expected.has(Expected::MEMBER) && is_text => "join texts with `+`",
                    None if expected.has(Expected::MEMBER) => {
                        "behind a point stands the name of a function, such as `x.trim()`; write it, or delete the point"
                    }
                    None => {
                        "a name consists of letters, digits and `_`, and begins with a letter or `_`"
                    }
                };
                faults::unexpected(place, &expected.list(), &found, Some(help))
            }
        };
    }
    if expected.has(Expected::BLOCK) {
        return faults::missing_block(gap, &source.describe_before(at), &found);
    }
    if let (Some(Token::Colon), Some(list)) =
        (token, before.filter(|before| source.says(*before, "list")))
    {
        return faults::unknown_type(source.span(list, at + 1), source.text_of(list, at + 1));
    }
    let (expected, help) = if expected.has(Expected::ATTRIBUTE) {
        (
            Expected::ATTRIBUTE.and(Expected::RIGHT_BRACKET),
            Some(
                "an attribute is a name, `:` and a value; there is no comma between two: `url: \"…\" type: GET`",
            ),
        )
    } else if expected.has(Expected::SEMICOLON) {
        let help = match token {
            Some(Token::Text | Token::Quoted) => {
                "join texts and values with `+`, and end the statement with `;`"
            }
            Some(Token::Comma) if source.is_name(at + 1) && source.is(at + 2, Token::Assign) => {
                "each variable has a statement of its own: `a = 1; b = 2;`"
            }
            Some(Token::Comma) => {
                "several values are a list, `{a, b}`; numbers are written with a point, such as 12.50"
            }
            Some(Token::Colon) if source.is(at + 1, Token::Assign) => {
                "to give a variable a value, write `=` alone: `x = 3;`"
            }
            Some(Token::Colon) if source.is_address(at) => faults::ADDRESS_IN_QUOTES,
            Some(Token::Colon) if before.is_some_and(|before| source.says(before, "map")) => {
                "a KEY-VALUE has no types of its own: write `Map()`"
            }
            _ if ends_text_early(source, at) => QUOTE_INSIDE,
            _ if follows_cast(source, at) => CAST,
            _ => "end the statement with `;`, or write the operator that is missing",
        };
        (expected.without(Expected::COMMA), Some(help))
    } else if expected.has(Expected::RIGHT_PARENTHESIS) {
        let compares = ["is", "equals", "eq"];
        let help = match token {
            _ if compares.iter().any(|word| source.says(at, word)) => "to compare, write `==`",
            Some(_)
                if at
                    .checked_sub(3)
                    .is_some_and(|word| source.is(word, Token::Catch)) =>
            {
                "write one name in the parentheses, without a type: `catch (e) { … }`"
            }
            _ if ends_text_early(source, at) => QUOTE_INSIDE,
            _ if follows_cast(source, at) => CAST,
            _ => "write the operator or the comma that is missing, or close the parentheses",
        };
        (expected.without(Expected::COLON), Some(help))
    } else if expected.has(Expected::IN) {
        (expected, Some("write `for each x in list { … }`"))
    } else if expected.has(Expected::LEFT_PARENTHESIS) && previous == Some(Token::Catch) {
        (expected, Some("write `catch (e) { … }`"))
    } else if expected.has(Expected::EACH) {
        (expected, Some("write `for each x in list { … }`"))
    } else if expected.has(Expected::TYPE) {
        (
            expected,
            Some("a parameter is a type and a name, such as `string name`"),
        )
    } else if expected.has(
        Expected::COMMA
            .and(Expected::RIGHT_BRACE)
            .and(Expected::RIGHT_BRACKET),
    ) {
        (
            expected,
            Some(match ends_text_early(source, at) {
                true => QUOTE_INSIDE,
                false => "put a comma between two values, or close the bracket",
            }),
        )
    } else {
        (expected, None)
    };
    faults::unexpected(gap, &expected.list(), &found, help)
}

/// Whether `(int)` or its like stands before the token at `at`.
fn follows_cast(source: &Source<'_>, at: usize) -> bool {
    at.checked_sub(3).is_some_and(|open| {
        source.partner(open) == Some(at - 1)
            && type_kind(source.text_of(open + 1, open + 1)).is_some()
    })
}

/// Whether the word at `at` directly follows a text, as the rest of one does whose quotes end it too early.
pub(super) fn ends_text_early(source: &Source<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| source.token(before));
    let follows_text = matches!(before, Some(Token::Text | Token::Quoted));
    follows_text && source.adjacent(at) && source.is_word(at)
}
