//! What expressions are made of: literals, names, calls, lists, parentheses (language reference, appendix B, `primary`).

use chumsky::primitive::{any, custom, just};
use chumsky::{IterParser, Parser};

use super::expression::{argument, check_pairs};
use super::fault::{Expected, Fault, Kind};
use super::foreign;
use super::state::{Input, Rule, Source, position, skip_to};
use super::task;
use crate::ast::{Argument, ElementType, ExpressionId, ExpressionKind};
use crate::literal;
use crate::token::Token;

/// What an expression is made of, told apart by its first token.
pub(super) fn primary<'t>(
    expression: Rule<'t, ExpressionId>,
    arguments: Rule<'t, Vec<Argument>>,
) -> Rule<'t, ExpressionId> {
    let parenthesised = parenthesised(expression.clone());
    let conditional = conditional(expression.clone());
    let braces = braces(argument(expression.clone()));
    let list = list(expression.clone());
    let call = call(arguments.clone());
    let typed_list = typed_list(arguments);
    let task = task::task(expression);
    custom(move |input: &mut Input<'t, '_>| {
        // What has been reported already stands in no one's way.
        let mut skipped = false;
        while input.peek() == Some(Token::Invalid) {
            input.skip();
            skipped = true;
        }
        let refused = refuse_new(input);
        let at = position(input);
        if let Some(end) = object_end(&input.state().source, at).filter(|_| refused) {
            // What the class would have been is of no interest.
            skip_to(input, end);
            return Ok(input.state().expression(ExpressionKind::Missing, at, end));
        }
        let source = input.state().source;
        if let Some(fault) = foreign::nameless_function(&source, at) {
            return Err(fault);
        }
        let kind = match source.token(at) {
            Some(Token::LeftParenthesis) => return input.parse(&parenthesised),
            Some(Token::LeftBrace) => return input.parse(&braces),
            Some(Token::LeftBracket) => return input.parse(&list),
            Some(Token::If) => return input.parse(&conditional),
            Some(Token::Null) => ExpressionKind::Null,
            Some(Token::True) => ExpressionKind::Boolean(true),
            Some(Token::False) => ExpressionKind::Boolean(false),
            Some(Token::Number) => number(input, at),
            Some(Token::Decimal) => ExpressionKind::Decimal(source.text_of(at, at).into()),
            Some(Token::BrokenNumber) => ExpressionKind::Missing,
            Some(Token::Text | Token::BrokenText | Token::CurlyText) => {
                ExpressionKind::Text(literal::content(source.text_of(at, at)))
            }
            Some(Token::Quoted) => ExpressionKind::Quoted(literal::content(source.text_of(at, at))),
            Some(Token::Zoho | Token::Thisapp) if !source.is(at + 1, Token::Dot) => {
                input.emit(Fault::at(at, Kind::BareRoot));
                ExpressionKind::Missing
            }
            Some(Token::Zoho) => ExpressionKind::Zoho,
            Some(Token::Thisapp) => ExpressionKind::Thisapp,
            Some(Token::IfNull) if source.is(at + 1, Token::LeftParenthesis) => {
                return input.parse(&call);
            }
            Some(token) if token.is_name() => match source.token(at + 1) {
                Some(Token::LeftParenthesis | Token::LeftBrace)
                    if task::has_other_brackets(&source, at) =>
                {
                    input.emit(Fault::at(at + 1, Kind::TaskBrackets));
                    let end = source.behind(at + 1);
                    skip_to(input, end);
                    return Ok(input.state().expression(ExpressionKind::Missing, at, end));
                }
                Some(Token::LeftParenthesis) => return input.parse(&call),
                Some(Token::LeftBracket) if task::opens(&source, at) => return input.parse(&task),
                Some(Token::Colon) if opens_typed_list(&source, at) => {
                    return input.parse(&typed_list);
                }
                _ => variable(input, at),
            },
            _ if skipped => {
                let end = position(input);
                return Ok(input
                    .state()
                    .expression(ExpressionKind::Missing, end - 1, end));
            }
            _ => return Err(Fault::expected(at, Expected::VALUE)),
        };
        input.skip();
        Ok(input.state().expression(kind, at, at + 1))
    })
    .boxed()
}

/// The index behind `Name(…)` or `Name<…>(…)`, which `new` stands before, if it makes none of the values there are.
fn object_end(source: &Source<'_>, at: usize) -> Option<usize> {
    /// How far the parentheses are looked for, in tokens.
    const FAR: usize = 20;
    let is_known = ["map", "list", "collection"]
        .iter()
        .any(|word| source.says(at, word));
    let mut open = at + 1;
    if source.is(open, Token::Invalid) {
        // `<>`
        open += 1;
    } else if source.is(open, Token::Less) {
        while open < at + FAR
            && (source.is_word(open)
                || matches!(
                    source.token(open),
                    Some(Token::Less | Token::Greater | Token::Comma)
                ))
        {
            open += 1;
        }
    }
    let is_object = source.is(open, Token::LeftParenthesis) && !(is_known && open == at + 1);
    is_object.then(|| source.behind(open))
}

/// `new Map()` of other languages: `new` is reported and dropped. True if it was there.
fn refuse_new(input: &mut Input<'_, '_>) -> bool {
    let first = position(input);
    let source = input.state().source;
    let mut at = first;
    while source.is(at, Token::New) && source.is_name(at + 1) && source.same_line(at + 1) {
        input.skip();
        at += 1;
    }
    if at > first {
        input.emit(Fault::at(first, Kind::NewObject));
    }
    at > first
}

/// Digits to their value, if it is not beyond 64 bits.
pub(super) fn magnitude(digits: &str) -> Option<u64> {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        Some(0)
    } else {
        digits.parse().ok()
    }
}

fn number(input: &mut Input<'_, '_>, at: usize) -> ExpressionKind {
    let value =
        magnitude(input.state().source.text_of(at, at)).and_then(|value| i64::try_from(value).ok());
    match value {
        Some(value) => ExpressionKind::Number(value),
        None => {
            input.emit(Fault::at(at, Kind::NumberTooLarge));
            ExpressionKind::Missing
        }
    }
}

fn variable(input: &mut Input<'_, '_>, at: usize) -> ExpressionKind {
    if let Some(warning) = input.state().caution(at) {
        input.emit(warning);
    }
    match input.state().source.text_of(at, at) {
        "input" => ExpressionKind::Input,
        name => ExpressionKind::Variable(name.into()),
    }
}

fn parenthesised<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, ExpressionId> {
    expression
        .delimited_by(just(Token::LeftParenthesis), just(Token::RightParenthesis))
        .map_with(|inner, extra| {
            let span = extra.span();
            extra
                .state()
                .expression(ExpressionKind::Parenthesised(inner), span.start, span.end)
        })
        .boxed()
}

/// `if(condition, then, otherwise)`.
fn conditional<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, ExpressionId> {
    let comma = just(Token::Comma);
    let parts = expression
        .clone()
        .then_ignore(comma)
        .then(expression.clone())
        .then_ignore(comma)
        .then(expression)
        .delimited_by(just(Token::LeftParenthesis), just(Token::RightParenthesis));
    just(Token::If)
        .ignore_then(parts)
        .map_with(|((condition, then), otherwise), extra| {
            let span = extra.span();
            let kind = ExpressionKind::Conditional {
                condition,
                then,
                otherwise,
            };
            extra.state().expression(kind, span.start, span.end)
        })
        .boxed()
}

/// `{a, b}`, `{k: v, …}` or `{}`: the first entry decides.
fn braces<'t>(entry: Rule<'t, Argument>) -> Rule<'t, ExpressionId> {
    entry
        .separated_by(just(Token::Comma))
        .collect::<Vec<Argument>>()
        .delimited_by(just(Token::LeftBrace), just(Token::RightBrace))
        .map_with(|entries, extra| {
            let span = extra.span();
            let pairs = entries.first().is_some_and(|first| first.pair.is_some());
            if let Some(odd) = entries.iter().find(|entry| entry.pair.is_some() != pairs) {
                let place = match odd.pair {
                    Some((colon, _)) => colon,
                    None => extra.state().ast.expression(odd.value).span,
                };
                let at = extra.state().source.token_from(place.start);
                extra.emit(Fault::at(at, Kind::MixedBraces(pairs)));
            }
            let kind = if entries.is_empty() {
                ExpressionKind::Undecided
            } else if pairs {
                let pairs = entries
                    .iter()
                    .filter_map(|entry| Some((entry.value, entry.pair?.1)));
                ExpressionKind::KeyValue(pairs.collect())
            } else {
                ExpressionKind::List(entries.iter().map(|entry| entry.value).collect())
            };
            extra.state().expression(kind, span.start, span.end)
        })
        .boxed()
}

/// `[a, b]`.
fn list<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, ExpressionId> {
    expression
        .separated_by(just(Token::Comma))
        .collect()
        .delimited_by(just(Token::LeftBracket), just(Token::RightBracket))
        .map_with(|elements, extra| {
            let span = extra.span();
            extra
                .state()
                .expression(ExpressionKind::List(elements), span.start, span.end)
        })
        .boxed()
}

/// `name(…)`.
fn call<'t>(arguments: Rule<'t, Vec<Argument>>) -> Rule<'t, ExpressionId> {
    any()
        .ignore_then(arguments)
        .map_with(|arguments, extra| {
            let span = extra.span();
            let name = extra.state().source.name(span.start);
            check_pairs(&name, &arguments, extra);
            extra.state().expression(
                ExpressionKind::Call { name, arguments },
                span.start,
                span.end,
            )
        })
        .boxed()
}

/// Whether `list:int(` or its like begins at `at`: never a name with a colon behind it.
pub(super) fn opens_typed_list(source: &Source<'_>, at: usize) -> bool {
    source.says(at, "list")
        && source.is_word(at + 2)
        && source.is(at + 3, Token::LeftParenthesis)
        && ElementType::named(source.text_of(at + 2, at + 2)).is_some()
}

/// `List:Int(…)`.
fn typed_list<'t>(arguments: Rule<'t, Vec<Argument>>) -> Rule<'t, ExpressionId> {
    any()
        .then(any())
        .then(any())
        .ignore_then(arguments)
        .map_with(|arguments, extra| {
            let span = extra.span();
            if arguments.len() > 1 {
                extra.emit(Fault::over(
                    span.start,
                    span.start + 2,
                    Kind::OneListArgument,
                ));
            }
            if let Some((colon, _)) = arguments.iter().find_map(|argument| argument.pair) {
                let at = extra.state().source.token_from(colon.start);
                extra.emit(Fault::at(at, Kind::PairAsArgument));
            }
            let source = extra.state().source;
            let kind = match ElementType::named(source.text_of(span.start + 2, span.start + 2)) {
                Some(element) => ExpressionKind::TypedList {
                    element,
                    name: source.span(span.start, span.start + 2),
                    argument: arguments.first().map(|argument| argument.value),
                },
                None => ExpressionKind::Missing,
            };
            extra.state().expression(kind, span.start, span.end)
        })
        .boxed()
}
