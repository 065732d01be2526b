//! Expressions (language reference, 4; appendix B).

use chumsky::Parser;
use chumsky::pratt::{infix, left};
use chumsky::primitive::{custom, just};
use chumsky::recursive::recursive;
use chumsky::IterParser;

use super::fault::{Expected, Fault, Kind};
use super::state::{Extra, Extras, Input, Rule, Source, State, Tokens, index_of, position, skip_to};
use super::task;
use crate::ast::{Argument, BinaryOperator, ElementType, ExpressionId, ExpressionKind, Name, UnaryOperator};
use crate::literal;
use crate::token::Token;

/// Magnitude of the smallest NUMBER, which is one more than the largest.
const SMALLEST_MAGNITUDE: u64 = 1 << 63;

/// `expression`: operands and binary operators, by precedence.
pub(super) fn expression<'t>() -> Rule<'t, ExpressionId> {
    recursive(|expression| {
        let binary = operand(expression.boxed())
            .pratt((
                infix(left(6), operator(multiplicative), binary),
                infix(left(5), operator(additive), binary),
                infix(left(4), operator(relational), binary),
                infix(left(3), operator(equality), binary),
                infix(left(2), operator(conjunction), binary),
                infix(left(1), operator(disjunction), binary),
            ))
            .boxed();
        custom(move |input: &mut Input<'t, '_>| {
            let first = position(input);
            let value = input.parse(&binary)?;
            if input.peek() == Some(Token::Question) {
                return ternary(input, &binary, first);
            }
            Ok(value)
        })
        .boxed()
    })
    .boxed()
}

/// `? a : b` after a condition: reported and read over, by a loop since it nests without brackets.
fn ternary<'t>(
    input: &mut Input<'t, '_>,
    binary: &Rule<'t, ExpressionId>,
    first: usize,
) -> Result<ExpressionId, Fault> {
    let question = position(input);
    let mut open = 0;
    loop {
        match input.peek() {
            Some(Token::Question) => open += 1,
            Some(Token::Colon) if open > 0 => open -= 1,
            _ => break,
        }
        input.skip();
        input.parse(binary)?;
    }
    input.emit(Fault::at(question, Kind::Ternary));
    let end = position(input);
    Ok(input.state().expression(ExpressionKind::Missing, first, end))
}

// Binary operators.

/// An operator between two operands.
#[derive(Clone, Copy)]
struct Infix {
    /// `None` for what other languages have; such a one has yet to be reported.
    operator: Option<BinaryOperator>,
    first: usize,
    last: usize,
}

/// The operator at a token, if it is one of the level; the second token is the one after it.
type Level = fn(&Source<'_>, usize, Token) -> Option<Option<BinaryOperator>>;

fn operator<'t>(level: Level) -> impl Parser<'t, Tokens<'t>, Infix, Extra<'t>> + Clone {
    custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        let found = input.peek().and_then(|token| level(&input.state().source, at, token));
        let Some(operator) = found else {
            return Err(Fault::expected(at, Expected::OPERATOR));
        };
        input.skip();
        let last = if input.state().source.is(at, Token::Not) { at + 1 } else { at };
        skip_to(input, last + 1);
        Ok(Infix { operator, first: at, last })
    })
}

fn multiplicative(_: &Source<'_>, _: usize, token: Token) -> Option<Option<BinaryOperator>> {
    match token {
        Token::Star => Some(Some(BinaryOperator::Multiply)),
        Token::Slash => Some(Some(BinaryOperator::Divide)),
        Token::Percent => Some(Some(BinaryOperator::Remainder)),
        _ => None,
    }
}

fn additive(source: &Source<'_>, at: usize, token: Token) -> Option<Option<BinaryOperator>> {
    match token {
        Token::Plus => Some(Some(BinaryOperator::Add)),
        Token::Minus => Some(Some(BinaryOperator::Subtract)),
        Token::PlusPlus | Token::MinusMinus if joins_operands(source, at) => Some(None),
        _ => None,
    }
}

/// Whether `++` or `--` at `at` stands between two operands of a line.
fn joins_operands(source: &Source<'_>, at: usize) -> bool {
    let next = source.token(at + 1);
    source.same_line(at + 1)
        && next.is_some_and(|next| {
            next.is_word()
                || matches!(
                    next,
                    Token::Number | Token::Decimal | Token::Text | Token::Quoted | Token::LeftParenthesis | Token::LeftBrace
                )
        })
}

fn relational(source: &Source<'_>, at: usize, token: Token) -> Option<Option<BinaryOperator>> {
    match token {
        Token::Less => Some(Some(BinaryOperator::Less)),
        Token::LessOrEqual => Some(Some(BinaryOperator::LessOrEqual)),
        Token::Greater => Some(Some(BinaryOperator::Greater)),
        Token::GreaterOrEqual => Some(Some(BinaryOperator::GreaterOrEqual)),
        Token::In if !source.is(at + 1, Token::Colon) => Some(None),
        Token::Not if source.is(at + 1, Token::In) => Some(None),
        _ => None,
    }
}

fn equality(_: &Source<'_>, _: usize, token: Token) -> Option<Option<BinaryOperator>> {
    match token {
        Token::Equal => Some(Some(BinaryOperator::Equal)),
        Token::NotEqual => Some(Some(BinaryOperator::NotEqual)),
        Token::Assign => Some(Some(BinaryOperator::SingleEqual)),
        _ => None,
    }
}

fn conjunction(source: &Source<'_>, at: usize, token: Token) -> Option<Option<BinaryOperator>> {
    match token {
        Token::AndAnd => Some(Some(BinaryOperator::And)),
        Token::And if !source.is(at + 1, Token::Colon) => Some(None),
        _ => None,
    }
}

fn disjunction(source: &Source<'_>, at: usize, token: Token) -> Option<Option<BinaryOperator>> {
    match token {
        Token::OrOr => Some(Some(BinaryOperator::Or)),
        Token::Or if !source.is(at + 1, Token::Colon) => Some(None),
        _ => None,
    }
}

fn is_relation(operator: BinaryOperator) -> bool {
    use BinaryOperator::*;
    matches!(operator, Less | LessOrEqual | Greater | GreaterOrEqual)
}

fn is_equality(operator: BinaryOperator) -> bool {
    use BinaryOperator::*;
    matches!(operator, Equal | NotEqual | SingleEqual)
}

/// Joins two operands.
fn binary<'t>(
    left: ExpressionId,
    infix: Infix,
    right: ExpressionId,
    extra: &mut Extras<'t, '_>,
) -> ExpressionId {
    let span = extra.state().ast.expression(left).span.to(extra.state().ast.expression(right).span);
    let Some(operator) = infix.operator else {
        let sign = matches!(extra.state().source.token(infix.first), Some(Token::PlusPlus | Token::MinusMinus));
        extra.emit(Fault::over(infix.first, infix.last, if sign { Kind::DoubleSign } else { Kind::WordOperator }));
        return extra.state().ast.add_expression(ExpressionKind::Missing, span);
    };
    let state = extra.state();
    if is_relation(operator) || is_equality(operator) {
        if matches!(state.ast.expression(left).kind, ExpressionKind::Missing) {
            return state.ast.add_expression(ExpressionKind::Missing, span);
        }
        if let ExpressionKind::Binary { operator: before, operator_span, .. } = state.ast.expression(left).kind
            && is_relation(operator) == is_relation(before)
            && is_equality(operator) == is_equality(before)
        {
            let other = token_at(&state.source, operator_span.start);
            let both_assign = operator == BinaryOperator::SingleEqual && before == BinaryOperator::SingleEqual;
            let kind = if both_assign { Kind::ChainedAssignment } else { Kind::ComparisonChain(other) };
            extra.emit(Fault::at(infix.first, kind));
            return extra.state().ast.add_expression(ExpressionKind::Missing, span);
        }
        if let Some(negated) = negations(state, left) {
            let (first, last) = (token_at(&state.source, span.start), position_of_end(&state.source, span.end));
            let value = negated_comparison(state, negated, operator, infix.first, right);
            extra.emit(Fault::over(first as usize, last, Kind::NegatedComparison(infix.first as u32)));
            return value;
        }
    }
    let operator_span = state.source.span(infix.first, infix.last);
    let kind = ExpressionKind::Binary { operator, operator_span, left, right };
    state.ast.add_expression(kind, span)
}

/// Index of the token that begins at a byte.
fn token_at(source: &Source<'_>, start: u32) -> u32 {
    source.places.partition_point(|place| place.start < start) as u32
}

/// Index of the token that ends at a byte.
fn position_of_end(source: &Source<'_>, end: u32) -> usize {
    source.places.partition_point(|place| place.end < end)
}

/// For `!a`, `!!a`, … with an `a` of level 1: the negations from the outside in, then `a`.
fn negations(state: &State<'_>, left: ExpressionId) -> Option<(Vec<ExpressionId>, ExpressionId)> {
    let mut signs = Vec::new();
    let mut inner = left;
    while let ExpressionKind::Unary { operator, operand, .. } = state.ast.expression(inner).kind {
        if operator != UnaryOperator::Not {
            return None;
        }
        signs.push(inner);
        inner = operand;
    }
    let of_level_1 = !matches!(state.ast.expression(inner).kind, ExpressionKind::Smallest | ExpressionKind::Binary { .. });
    (!signs.is_empty() && of_level_1).then_some((signs, inner))
}

/// `!a OP b` means `!(a OP b)` (language reference, 4.1).
fn negated_comparison(
    state: &mut State<'_>,
    (signs, inner): (Vec<ExpressionId>, ExpressionId),
    operator: BinaryOperator,
    at: usize,
    right: ExpressionId,
) -> ExpressionId {
    let end = state.ast.expression(right).span;
    let kind = ExpressionKind::Binary { operator, operator_span: state.source.span(at, at), left: inner, right };
    let span = state.ast.expression(inner).span.to(end);
    let mut value = state.ast.add_expression(kind, span);
    for sign in signs.into_iter().rev() {
        let span = state.ast.expression(sign).span.to(end);
        if let ExpressionKind::Unary { operator, operator_span, .. } = state.ast.expression(sign).kind {
            let kind = ExpressionKind::Unary { operator, operator_span, operand: value };
            value = state.ast.add_expression(kind, span);
        }
    }
    value
}

// Signs.

/// An operand with the signs before it. Signs are read by a loop: rows of them must not recurse.
fn operand<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, ExpressionId> {
    let postfix = postfix(expression);
    custom(move |input: &mut Input<'t, '_>| {
        let first = position(input);
        let mut end = first;
        while sign(&input.state().source, end) {
            end += 1;
        }
        skip_to(input, end);
        if first == end {
            return input.parse(&postfix);
        }
        let (mut value, signs_end) = match smallest(input.state(), end) {
            Some(value) => {
                input.skip();
                (value, end - 1)
            }
            None => (input.parse(&postfix)?, end),
        };
        for at in (first..signs_end).rev() {
            value = signed(input, at, value);
        }
        Ok(value)
    })
    .boxed()
}

/// Whether a sign stands at `at`, or what other languages have for one.
fn sign(source: &Source<'_>, at: usize) -> bool {
    match source.token(at) {
        Some(Token::Minus | Token::Plus | Token::Bang | Token::PlusPlus | Token::MinusMinus) => true,
        // `not(x)` is a call, `not (x)` and `not x` are meant as `!`.
        Some(Token::Not) => match source.token(at + 1) {
            Some(Token::LeftParenthesis) => !source.adjacent(at + 1),
            Some(Token::Bang | Token::Text | Token::Quoted | Token::Number) => true,
            Some(next) => next.is_word() && next != Token::In && !source.is(at + 2, Token::Colon),
            None => false,
        },
        _ => false,
    }
}

/// `-9223372036854775808`, whose digits alone are no NUMBER: only directly behind the minus and not before a point.
fn smallest(state: &mut State<'_>, at: usize) -> Option<ExpressionId> {
    let source = state.source;
    let minus = at.checked_sub(1).filter(|before| source.is(*before, Token::Minus))?;
    let digits = source.is(at, Token::Number) && magnitude(source.text_of(at, at)) == Some(SMALLEST_MAGNITUDE);
    (digits && !source.is(at + 1, Token::Dot)).then(|| state.expression(ExpressionKind::Smallest, minus, at + 1))
}

fn signed(input: &mut Input<'_, '_>, at: usize, operand: ExpressionId) -> ExpressionId {
    let state = input.state();
    let operator_span = state.source.span(at, at);
    let span = operator_span.to(state.ast.expression(operand).span);
    let operator = match state.source.token(at) {
        Some(Token::Minus) => UnaryOperator::Minus,
        Some(Token::Plus) => UnaryOperator::Plus,
        Some(Token::PlusPlus | Token::MinusMinus) => {
            let value = state.ast.add_expression(ExpressionKind::Missing, span);
            input.emit(Fault::at(at, Kind::DoubleSign));
            return value;
        }
        Some(Token::Not) => {
            input.emit(Fault::at(at, Kind::WordOperator));
            UnaryOperator::Not
        }
        _ => UnaryOperator::Not,
    };
    let kind = ExpressionKind::Unary { operator, operator_span, operand };
    input.state().ast.add_expression(kind, span)
}

// Members, calls, brackets behind an operand.

enum Tail {
    Member(Name),
    Method(Name, Vec<Argument>),
    Bracketed { bracket: usize, index: Option<ExpressionId> },
    DoubleSign(usize),
}

fn postfix<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, ExpressionId> {
    let arguments = arguments(argument(expression.clone()));
    let primary = primary(expression.clone(), arguments.clone());
    let tail = custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        match input.peek() {
            Some(Token::Dot) => {
                input.skip();
                let source = input.state().source;
                if !source.is_word(at + 1) {
                    return Err(Fault::expected(at + 1, Expected::MEMBER));
                }
                input.skip();
                let name = source.name(at + 1);
                if source.is(at + 2, Token::LeftParenthesis) {
                    let arguments = input.parse(&arguments)?;
                    return Ok(Tail::Method(name, arguments));
                }
                Ok(Tail::Member(name))
            }
            Some(Token::LeftBracket) => bracketed(input, &expression, at),
            Some(Token::PlusPlus | Token::MinusMinus) if !joins_operands(&input.state().source, at) => {
                input.skip();
                Ok(Tail::DoubleSign(at))
            }
            _ => Err(Fault::expected(at, Expected::OPERATOR)),
        }
    });
    primary
        .foldl_with(tail.repeated(), |receiver, tail, extra| {
            let kind = match tail {
                Tail::Member(name) => ExpressionKind::Member { receiver, name },
                Tail::Method(name, arguments) => {
                    check_pairs(&name, &arguments, extra);
                    ExpressionKind::Method { receiver, name, arguments }
                }
                Tail::Bracketed { bracket, index } => {
                    let bracket = extra.state().source.span(bracket, bracket);
                    ExpressionKind::Bracketed { operand: receiver, bracket, index }
                }
                Tail::DoubleSign(at) => {
                    extra.emit(Fault::at(at, Kind::DoubleSign));
                    ExpressionKind::Missing
                }
            };
            let end = extra.span().end;
            let state = extra.state();
            let span = state.ast.expression(receiver).span.to(state.source.span(end - 1, end - 1));
            state.ast.add_expression(kind, span)
        })
        .boxed()
}

/// `[ … ]` behind an operand: an index, or the criteria of a fetch, which need not be an expression of the language.
fn bracketed<'t>(
    input: &mut Input<'t, '_>,
    expression: &Rule<'t, ExpressionId>,
    bracket: usize,
) -> Result<Tail, Fault> {
    let Some(end) = input.state().source.partner(bracket) else {
        return Err(Fault::expected(bracket, Expected::OPERATOR));
    };
    input.skip();
    let inside = input.save();
    let index = input.parse(expression).ok().filter(|_| position(input) == end);
    // Errors inside are forgotten: whatever stands there, the brackets as such will be reported.
    input.rewind(inside);
    skip_to(input, end + 1);
    Ok(Tail::Bracketed { bracket, index })
}

/// One argument, a pair included.
fn argument<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, Argument> {
    let colon = index_of(Token::Colon)
        .map_with(|colon, extra: &mut Extras<'t, '_>| extra.state().source.span(colon, colon));
    let pair = colon.then(expression.clone());
    expression.then(pair.or_not()).map(|(value, pair)| Argument { value, pair }).boxed()
}

/// `( argument, … )`.
fn arguments<'t>(argument: Rule<'t, Argument>) -> Rule<'t, Vec<Argument>> {
    argument
        .separated_by(just(Token::Comma))
        .collect()
        .delimited_by(just(Token::LeftParenthesis), just(Token::RightParenthesis))
        .boxed()
}

/// Pairs are arguments of two functions only.
fn check_pairs<'t>(name: &Name, arguments: &[Argument], extra: &mut Extras<'t, '_>) {
    let Some((colon, _)) = arguments.iter().find_map(|argument| argument.pair) else {
        return;
    };
    if !name.text.eq_ignore_ascii_case("collection") && !name.text.eq_ignore_ascii_case("insert") {
        let at = token_at(&extra.state().source, colon.start);
        extra.emit(Fault::at(at as usize, Kind::PairAsArgument));
    }
}

// Primary expressions.

/// What an expression is made of, told apart by its first token.
fn primary<'t>(expression: Rule<'t, ExpressionId>, arguments: Rule<'t, Vec<Argument>>) -> Rule<'t, ExpressionId> {
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
        refuse_new(input);
        let at = position(input);
        let source = input.state().source;
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
            Some(Token::IfNull) if source.is(at + 1, Token::LeftParenthesis) => return input.parse(&call),
            Some(token) if token.is_name() => match source.token(at + 1) {
                Some(Token::LeftParenthesis) => return input.parse(&call),
                Some(Token::LeftBracket) if task::opens(&source, at) => return input.parse(&task),
                Some(Token::Colon) if opens_typed_list(&source, at) => return input.parse(&typed_list),
                _ => variable(input, at),
            },
            _ if skipped => {
                let end = position(input);
                return Ok(input.state().expression(ExpressionKind::Missing, end - 1, end));
            }
            _ => return Err(Fault::expected(at, Expected::VALUE)),
        };
        input.skip();
        Ok(input.state().expression(kind, at, at + 1))
    })
    .boxed()
}

/// `new Map()` of other languages: `new` is reported and dropped.
fn refuse_new(input: &mut Input<'_, '_>) {
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
}

/// Digits to their value, if it is not beyond 64 bits.
fn magnitude(digits: &str) -> Option<u64> {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

fn number(input: &mut Input<'_, '_>, at: usize) -> ExpressionKind {
    let value = magnitude(input.state().source.text_of(at, at)).and_then(|value| i64::try_from(value).ok());
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
            extra.state().expression(ExpressionKind::Parenthesised(inner), span.start, span.end)
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
            let kind = ExpressionKind::Conditional { condition, then, otherwise };
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
                let at = token_at(&extra.state().source, place.start) as usize;
                extra.emit(Fault::at(at, Kind::MixedBraces(pairs)));
            }
            let kind = if entries.is_empty() {
                ExpressionKind::Undecided
            } else if pairs {
                let pairs = entries.iter().filter_map(|entry| Some((entry.value, entry.pair?.1)));
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
            extra.state().expression(ExpressionKind::List(elements), span.start, span.end)
        })
        .boxed()
}

/// `name(…)`.
fn call<'t>(arguments: Rule<'t, Vec<Argument>>) -> Rule<'t, ExpressionId> {
    any_token()
        .ignore_then(arguments)
        .map_with(|arguments, extra| {
            let span = extra.span();
            let name = extra.state().source.name(span.start);
            check_pairs(&name, &arguments, extra);
            extra.state().expression(ExpressionKind::Call { name, arguments }, span.start, span.end)
        })
        .boxed()
}

/// A token that the caller has looked at.
fn any_token<'t>() -> impl Parser<'t, Tokens<'t>, Token, Extra<'t>> + Clone {
    chumsky::primitive::any()
}

/// The element type that a word names in `List:Int()` and `list:int`.
pub(super) fn element_type(word: &str) -> Option<ElementType> {
    match word.to_ascii_lowercase().as_str() {
        "string" => Some(ElementType::Text),
        "int" | "long" => Some(ElementType::Number),
        "float" => Some(ElementType::Decimal),
        "bool" => Some(ElementType::Boolean),
        "date" => Some(ElementType::DateTime),
        _ => None,
    }
}

fn opens_typed_list(source: &Source<'_>, at: usize) -> bool {
    source.says(at, "list")
        && source.is_word(at + 2)
        && source.is(at + 3, Token::LeftParenthesis)
        && element_type(source.text_of(at + 2, at + 2)).is_some()
}

/// `List:Int(…)`.
fn typed_list<'t>(arguments: Rule<'t, Vec<Argument>>) -> Rule<'t, ExpressionId> {
    any_token()
        .then(any_token())
        .then(any_token())
        .ignore_then(arguments)
        .map_with(|arguments, extra| {
            let span = extra.span();
            if arguments.len() > 1 {
                extra.emit(Fault::over(span.start, span.start + 2, Kind::OneListArgument));
            }
            if let Some((colon, _)) = arguments.iter().find_map(|argument| argument.pair) {
                let at = token_at(&extra.state().source, colon.start) as usize;
                extra.emit(Fault::at(at, Kind::PairAsArgument));
            }
            let source = extra.state().source;
            let kind = match element_type(source.text_of(span.start + 2, span.start + 2)) {
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
