//! Colours, by the lexer of the language.

use freshet_syntax::lex;
use freshet_syntax::source::FileId;
use freshet_syntax::token::{Lexed, Token, TokenClass};

const PLAIN: &str = "\x1b[0m";
const KEYWORD: &str = "\x1b[35m";
const FUNCTION: &str = "\x1b[34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const COMMENT: &str = "\x1b[90m";
const INVALID: &str = "\x1b[31m";
const MATCH: &str = "\x1b[1;4;33m";
/// What is no part of what was typed: hints, what stands beside a candidate.
const GREY: &str = "\x1b[90m";

/// A script with colours; the two brackets at the places in `pair` stand out.
pub fn script(text: &str, pair: Option<(usize, usize)>) -> String {
    let lexed = lex(text, FileId::default());
    let mut spans: Vec<(usize, usize, &str)> = lexed
        .places
        .iter()
        .enumerate()
        .filter_map(|(at, place)| {
            let start = place.start as usize;
            let is_pair = pair.is_some_and(|(open, close)| start == open || start == close);
            let color = if is_pair { MATCH } else { color(&lexed, at)? };
            Some((start, place.end as usize, color))
        })
        .chain(
            lexed
                .comments
                .iter()
                .map(|place| (place.start as usize, place.end as usize, COMMENT)),
        )
        .collect();
    spans.sort_unstable();
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    for (start, end, color) in spans {
        out.push_str(text.get(at..start).unwrap_or_default());
        // A line end inside a comment or a text must not leave colours on for what a terminal draws between.
        out.push_str(color);
        out.push_str(text.get(start.max(at)..end).unwrap_or_default());
        out.push_str(PLAIN);
        at = end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

fn color(lexed: &Lexed, at: usize) -> Option<&'static str> {
    let token = *lexed.tokens.get(at)?;
    match token.class() {
        TokenClass::Keyword => Some(KEYWORD),
        TokenClass::Text => Some(TEXT),
        TokenClass::Number => Some(NUMBER),
        TokenClass::Comment => Some(COMMENT),
        TokenClass::Invalid => Some(INVALID),
        TokenClass::Name if opens_call(lexed, at) => Some(FUNCTION),
        TokenClass::Name | TokenClass::Operator | TokenClass::Bracket => None,
    }
}

/// `name(`, and `invokeurl [` with the blank that is custom there.
fn opens_call(lexed: &Lexed, at: usize) -> bool {
    match lexed.tokens.get(at + 1) {
        Some(Token::LeftParenthesis) => true,
        Some(Token::LeftBracket) => matches!(lexed.tokens.get(at), Some(Token::Word)),
        _ => false,
    }
}

/// The places of the bracket at the cursor, or just before it, and of its partner.
pub fn bracket_pair(text: &str, cursor: usize) -> Option<(usize, usize)> {
    let lexed = lex(text, FileId::default());
    let at = |start: usize| {
        let token = lexed
            .places
            .binary_search_by_key(&start, |place| place.start as usize)
            .ok()?;
        let class = lexed.tokens.get(token)?.class();
        (class == TokenClass::Bracket).then_some(token)
    };
    let found = at(cursor).or_else(|| at(cursor.checked_sub(1)?))?;
    let partner = partner(&lexed, found)?;
    let start = |token: usize| lexed.places.get(token).map(|place| place.start as usize);
    Some((start(found)?, start(partner)?))
}

/// The bracket that belongs to the one at `at`; none if others stand in between.
fn partner(lexed: &Lexed, at: usize) -> Option<usize> {
    let opens = |token: Token| {
        matches!(
            token,
            Token::LeftParenthesis | Token::LeftBrace | Token::LeftBracket
        )
    };
    let this = *lexed.tokens.get(at)?;
    let forward = opens(this);
    let mut open = Vec::new();
    let mut place = at;
    loop {
        let token = *lexed.tokens.get(place)?;
        if token.class() == TokenClass::Bracket {
            if opens(token) == forward {
                open.push(token);
            } else if !belong(open.pop()?, token) {
                return None;
            }
            if open.is_empty() {
                return Some(place);
            }
        }
        place = if forward {
            place + 1
        } else {
            place.checked_sub(1)?
        };
    }
}

fn belong(one: Token, other: Token) -> bool {
    use Token::{
        LeftBrace, LeftBracket, LeftParenthesis, RightBrace, RightBracket, RightParenthesis,
    };
    matches!(
        (one, other),
        (LeftParenthesis, RightParenthesis)
            | (RightParenthesis, LeftParenthesis)
            | (LeftBrace, RightBrace)
            | (RightBrace, LeftBrace)
            | (LeftBracket, RightBracket)
            | (RightBracket, LeftBracket)
    )
}

/// A text in grey.
pub fn grey(text: &str) -> String {
    format!("{GREY}{text}{PLAIN}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_matched_outside_of_texts() {
        assert_eq!(bracket_pair("f(\")\")", 6), Some((5, 1)));
        assert_eq!(bracket_pair("f(\")\")", 1), Some((1, 5)));
        assert_eq!(bracket_pair("{a: [1, (2)]}", 0), Some((0, 12)));
        assert_eq!(bracket_pair("(1]", 0), None);
        assert_eq!(bracket_pair("\"(\"", 1), None);
        assert_eq!(bracket_pair("ä = (ß)", 8), Some((8, 5)));
    }

    #[test]
    fn colours_change_nothing_else() {
        for text in [
            "info \"a\" + 1; // x",
            "größe = '日本' @",
            "/* a",
            "x <% y",
            "",
        ] {
            let mut plain = script(text, None);
            for color in [PLAIN, KEYWORD, FUNCTION, TEXT, NUMBER, COMMENT, INVALID] {
                plain = plain.replace(color, "");
            }
            assert_eq!(plain, text);
        }
    }
}
