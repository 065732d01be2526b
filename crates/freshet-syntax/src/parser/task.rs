//! Bracketed tasks: `invokeurl [ url: "…" type: GET ]` (language reference, appendix B, notes 1 and 2).
//!
//! The parser knows the shape of a task, not its attributes: a misspelt one gets its message when names are resolved.

use chumsky::primitive::{any, custom, just, one_of};
use chumsky::{IterParser, Parser};

use super::fault::{Expected, Fault, Kind};
use super::primary::opens_typed_list;
use super::state::{Input, Rule, Source, position, skip_to};
use crate::ast::{Attribute, AttributeValue, ExpressionId, ExpressionKind, Name};
use crate::token::Token;

/// Names before `[` that open a task whatever follows.
const TASKS: [&str; 4] = ["invokeurl", "invokeapi", "sendmail", "sendsms"];
/// Attributes of `sendmail` in which a comma continues the value.
const ADDRESSES: [&str; 3] = ["to", "cc", "bcc"];
/// Attributes of two words. Of other two words behind the comma of an address, the first is an address as well.
const TWO_WORDS: [(&str, &str); 2] = [("reply", "to"), ("content", "type")];

/// Whether `name [` at `at` opens a task: a known one, or one whose content begins as an attribute does.
pub(super) fn opens(source: &Source<'_>, at: usize) -> bool {
    TASKS.iter().any(|task| source.says(at, task)) || attribute_name(source, at + 2).is_some()
}

/// Whether `name (` or `name {` at `at` is a known task whose attributes stand in the wrong brackets.
pub(super) fn has_other_brackets(source: &Source<'_>, at: usize) -> bool {
    TASKS.iter().any(|task| source.says(at, task))
        && attribute_name(source, at + 2).is_some()
        && source.partner(at + 1).is_some()
}

/// If an attribute begins at `at`: the index of its colon.
fn attribute_name(source: &Source<'_>, at: usize) -> Option<usize> {
    if !source.is_word(at) {
        return None;
    }
    let end = match source.is_word(at + 1) {
        true => at + 2,
        false => joined_words(source, at + 1, &[Token::Minus]),
    };
    ends_name(source, end).then_some(end)
}

/// Whether the words before `colon` can be the name of an attribute: `total - list:int(` is the beginning of a value.
fn ends_name(source: &Source<'_>, colon: usize) -> bool {
    source.is(colon, Token::Colon) && !opens_typed_list(source, colon - 1)
}

/// The index behind `sign word sign word …` at `at`.
fn joined_words(source: &Source<'_>, mut at: usize, signs: &[Token]) -> usize {
    while source.token(at).is_some_and(|token| signs.contains(&token)) && source.is_word(at + 1) {
        at += 2;
    }
    at
}

/// `name [ attribute … ]`.
pub(super) fn task<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, ExpressionId> {
    let separator = one_of([Token::Comma, Token::Semicolon]).or_not();
    attribute(expression)
        .then_ignore(separator)
        .repeated()
        .collect()
        .delimited_by(
            any().then(just(Token::LeftBracket)),
            just(Token::RightBracket),
        )
        .map_with(|attributes, extra| {
            let span = extra.span();
            let name = extra.state().source.name(span.start);
            extra.state().expression(
                ExpressionKind::Task { name, attributes },
                span.start,
                span.end,
            )
        })
        .boxed()
}

/// What attachments may be in Zoho Creator besides files; `attachments :template:Invoice`.
const OTHER_KINDS: [&str; 4] = ["template", "view", "report", "record"];

/// `name : value`.
fn attribute<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, Attribute> {
    custom(move |input: &mut Input<'t, '_>| {
        let first = position(input);
        let source = input.state().source;
        let Some(colon) = attribute_name(&source, first) else {
            return Err(Fault::expected(first, Expected::ATTRIBUTE));
        };
        let name = Name {
            text: spelling(&source, first, colon),
            span: source.span(first, colon - 1),
        };
        skip_to(input, colon + 1);
        let values = values(input, &expression, &name.text)?;
        let at = position(input);
        let source = input.state().source;
        let is_other_kind = values.is_empty()
            && name.text.eq_ignore_ascii_case("attachments")
            && OTHER_KINDS.iter().any(|kind| source.says(at, kind));
        // `url: https://…`: the comment has swallowed the rest of the line.
        if values.is_empty() && source.is_word(at) && source.is_address(at + 1) {
            input.emit(Fault::over(first, colon - 1, Kind::AttributeWithoutValue));
            skip_to(input, at + 2);
            let value = input
                .state()
                .expression(ExpressionKind::Missing, at, at + 1);
            return Ok(Attribute {
                name,
                values: vec![AttributeValue::Expression(value)],
            });
        }
        // `attachments :template:Invoice` has a value of a kind that the resolver refuses by its name.
        if values.is_empty() && !is_other_kind {
            input.emit(Fault::over(first, colon - 1, Kind::AttributeWithoutValue));
            let value = input
                .state()
                .expression(ExpressionKind::Missing, colon, colon + 1);
            return Ok(Attribute {
                name,
                values: vec![AttributeValue::Expression(value)],
            });
        }
        // `template:Invoice as PDF`: the kind has been or will be refused.
        let is_kind = OTHER_KINDS
            .iter()
            .any(|kind| name.text.eq_ignore_ascii_case(kind));
        if is_kind && source.says(at, "as") && source.is_word(at + 1) {
            skip_to(input, at + 2);
        }
        Ok(Attribute { name, values })
    })
    .boxed()
}

/// A name of several tokens: words without a sign between them are joined by one blank.
fn spelling(source: &Source<'_>, first: usize, end: usize) -> Box<str> {
    let mut text = String::from(source.text_of(first, first));
    for at in first + 1..end {
        if source.is_word(at) && source.is_word(at - 1) {
            text.push(' ');
        }
        text.push_str(source.text_of(at, at));
    }
    text.into()
}

/// The values behind the colon of an attribute; none if there is no value.
fn values<'t>(
    input: &mut Input<'t, '_>,
    expression: &Rule<'t, ExpressionId>,
    attribute: &str,
) -> Result<Vec<AttributeValue>, Fault> {
    let mut values = Vec::new();
    let attachments = attribute.eq_ignore_ascii_case("attachments");
    loop {
        let at = position(input);
        let source = input.state().source;
        let file = attachments && source.says(at, "file") && source.is(at + 1, Token::Colon);
        let next_attribute = source.is_word(at)
            && ends_name(&source, joined_words(&source, at + 1, &[Token::Minus]));
        let nothing = matches!(
            source.token(at),
            Some(Token::RightBracket | Token::Comma | Token::Semicolon) | None
        );
        if file {
            skip_to(input, at + 2);
            values.push(AttributeValue::File(input.parse(expression)?));
        } else if nothing || next_attribute {
            return Ok(values);
        } else if let Some(words) = media_type(&source, at, attribute) {
            skip_to(input, words);
            let name = Name {
                text: spelling(&source, at, words),
                span: source.span(at, words - 1),
            };
            values.push(AttributeValue::Words(name));
        } else {
            values.push(AttributeValue::Expression(input.parse(expression)?));
        }
        let comma = position(input);
        let source = input.state().source;
        let continues = if attachments {
            source.says(comma + 1, "file") && source.is(comma + 2, Token::Colon)
        } else {
            ADDRESSES
                .iter()
                .any(|name| attribute.eq_ignore_ascii_case(name))
                && !follows_address(&source, comma + 1)
                && !source.is(comma + 1, Token::RightBracket)
        };
        if !source.is(comma, Token::Comma) || !continues {
            return Ok(values);
        }
        input.skip();
    }
}

/// Whether the next attribute begins at `at`, behind a comma of addresses: not in `to: "a@b.c", admin subject: "Hello"`.
fn follows_address(source: &Source<'_>, at: usize) -> bool {
    let one_word = !source.is_word(at + 1);
    let known =
        |(first, second): &(&str, &str)| source.says(at, first) && source.says(at + 1, second);
    attribute_name(source, at).is_some() && (one_word || TWO_WORDS.iter().any(known))
}

/// The index behind `application/json` and its like, which only `content-type` takes without quotes, and only as the
/// whole value.
fn media_type(source: &Source<'_>, at: usize, attribute: &str) -> Option<usize> {
    let takes = ["content-type", "content type", "contenttype"]
        .iter()
        .any(|name| attribute.eq_ignore_ascii_case(name));
    let slash = source.is_word(at) && source.is(at + 1, Token::Slash) && source.is_word(at + 2);
    let end = joined_words(source, at + 3, &[Token::Minus, Token::Plus, Token::Dot]);
    let ends_there = matches!(
        source.token(end),
        Some(Token::RightBracket | Token::Comma | Token::Semicolon)
    ) || attribute_name(source, end).is_some();
    (takes && slash && ends_there).then_some(end)
}
