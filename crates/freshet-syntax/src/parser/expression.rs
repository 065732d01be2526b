//! Expressions (language reference, 4; appendix B).

use chumsky::pratt::{infix, left};
use chumsky::primitive::{custom, just};
use chumsky::recursive::recursive;
use chumsky::{IterParser, Parser};

use super::fault::{Expected, Fault, Kind};
use super::form;
use super::primary::{self, primary};
use super::state::{
    Extra, Extras, Input, Rule, Source, State, Tokens, index_of, position, skip_to,
};
use crate::ast::{Argument, BinaryOperator, ExpressionId, ExpressionKind, Name, UnaryOperator};
use crate::token::Token;

/// Magnitude of the smallest NUMBER, which is one more than the largest.
const SMALLEST_MAGNITUDE: u64 = 1 << 63;

/// `expression`: operands and binary operators, by precedence.
pub(super) fn expression<'t>() -> Rule<'t, ExpressionId> {
    recursive(|expression| {
        let binary = operand(expression.boxed())
            .pratt((
                infix(left(6), operator(3), binary),
                infix(left(5), operator(4), binary),
                infix(left(4), operator(5), binary),
                infix(left(3), operator(6), binary),
                infix(left(2), operator(7), binary),
                infix(left(1), operator(8), binary),
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
    Ok(input
        .state()
        .expression(ExpressionKind::Missing, first, end))
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

/// An operator of that level ([`BinaryOperator::level`]) between two operands.
fn operator<'t>(level: u8) -> impl Parser<'t, Tokens<'t>, Infix, Extra<'t>> + Clone {
    custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        let source = &input.state().source;
        let Some((meant, operator)) =
            operator_at(source, at).filter(|(meant, _)| meant.level() == level)
        else {
            return Err(Fault::expected(at, Expected::OPERATOR));
        };
        // `not in` is two words.
        let last = if source.is(at, Token::Not) {
            at + 1
        } else {
            at
        };
        skip_to(input, last + 1);
        Ok(Infix {
            operator: operator.then_some(meant),
            first: at,
            last,
        })
    })
}

/// The operator at `at`, and whether it is one of the language; what other languages have instead stands for the
/// operator it is meant as.
fn operator_at(source: &Source<'_>, at: usize) -> Option<(BinaryOperator, bool)> {
    use BinaryOperator::*;
    // In a task a word before a colon is the name of an attribute.
    let is_word_operator = || !source.is(at + 1, Token::Colon);
    Some(match source.token(at)? {
        Token::Star => (Multiply, true),
        Token::Slash => (Divide, true),
        Token::Percent => (Remainder, true),
        Token::Plus => (Add, true),
        Token::Minus => (Subtract, true),
        Token::PlusPlus | Token::MinusMinus if joins_operands(source, at) => (Add, false),
        Token::Less => (Less, true),
        Token::LessOrEqual => (LessOrEqual, true),
        Token::Greater => (Greater, true),
        Token::GreaterOrEqual => (GreaterOrEqual, true),
        Token::In if is_word_operator() => (Less, false),
        Token::Not if source.is(at + 1, Token::In) => (Less, false),
        Token::Equal => (Equal, true),
        Token::NotEqual => (NotEqual, true),
        Token::Assign => (SingleEqual, true),
        Token::AndAnd => (And, true),
        Token::And if is_word_operator() => (And, false),
        Token::OrOr => (Or, true),
        Token::Or if is_word_operator() => (Or, false),
        _ => return None,
    })
}

/// Whether `++` or `--` at `at` stands between two operands of a line.
fn joins_operands(source: &Source<'_>, at: usize) -> bool {
    let next = source.token(at + 1);
    source.same_line(at + 1)
        && next.is_some_and(|next| {
            next.is_word()
                || matches!(
                    next,
                    Token::Number
                        | Token::Decimal
                        | Token::Text
                        | Token::Quoted
                        | Token::LeftParenthesis
                        | Token::LeftBrace
                )
        })
}

/// Whether comparisons of this level cannot be chained.
fn is_comparison(operator: BinaryOperator) -> bool {
    matches!(operator.level(), 5 | 6)
}

/// Joins two operands.
fn binary<'t>(
    left: ExpressionId,
    infix: Infix,
    right: ExpressionId,
    extra: &mut Extras<'t, '_>,
) -> ExpressionId {
    let span = extra
        .state()
        .ast
        .expression(left)
        .span
        .to(extra.state().ast.expression(right).span);
    let Some(operator) = infix.operator else {
        let sign = matches!(
            extra.state().source.token(infix.first),
            Some(Token::PlusPlus | Token::MinusMinus)
        );
        extra.emit(Fault::over(
            infix.first,
            infix.last,
            if sign {
                Kind::DoubleSign
            } else {
                Kind::WordOperator
            },
        ));
        return extra
            .state()
            .ast
            .add_expression(ExpressionKind::Missing, span);
    };
    let state = extra.state();
    if is_comparison(operator) {
        let (signs, inner) = negations(state, left);
        match state.ast.expression(inner).kind {
            // What is wrong has been told.
            ExpressionKind::Missing => {
                return state.ast.add_expression(ExpressionKind::Missing, span);
            }
            ExpressionKind::Binary {
                operator: before,
                operator_span,
                ..
            } if operator.level() == before.level() => {
                let kind = match (before, operator) {
                    (BinaryOperator::SingleEqual, BinaryOperator::SingleEqual) => {
                        Kind::ChainedAssignment
                    }
                    _ => Kind::ComparisonChain(state.source.token_from(operator_span.start) as u32),
                };
                extra.emit(Fault::at(infix.first, kind));
                return extra
                    .state()
                    .ast
                    .add_expression(ExpressionKind::Missing, span);
            }
            // `!` covers the comparison of an operand of level 1 only.
            ExpressionKind::Smallest
            | ExpressionKind::Unary { .. }
            | ExpressionKind::Binary { .. } => {}
            _ if signs.is_empty() => {}
            _ => {
                let first = state.source.token_from(span.start);
                let last = state.source.token_until(span.end);
                let value = negated_comparison(state, signs, inner, operator, infix.first, right);
                let warning = Kind::NegatedComparison(infix.first as u32);
                extra.emit(Fault::over(first, last, warning));
                return value;
            }
        }
    }
    let operator_span = state.source.span(infix.first, infix.last);
    let kind = ExpressionKind::Binary {
        operator,
        operator_span,
        left,
        right,
    };
    state.ast.add_expression(kind, span)
}

/// For `!a`, `!!a`, …: the negations from the outside in, then `a`.
fn negations(state: &State<'_>, left: ExpressionId) -> (Vec<ExpressionId>, ExpressionId) {
    let mut signs = Vec::new();
    let mut inner = left;
    while let ExpressionKind::Unary {
        operator: UnaryOperator::Not,
        operand,
        ..
    } = state.ast.expression(inner).kind
    {
        signs.push(inner);
        inner = operand;
    }
    (signs, inner)
}

/// `!a OP b` means `!(a OP b)` (language reference, 4.1).
fn negated_comparison(
    state: &mut State<'_>,
    signs: Vec<ExpressionId>,
    inner: ExpressionId,
    operator: BinaryOperator,
    at: usize,
    right: ExpressionId,
) -> ExpressionId {
    let end = state.ast.expression(right).span;
    let kind = ExpressionKind::Binary {
        operator,
        operator_span: state.source.span(at, at),
        left: inner,
        right,
    };
    let span = state.ast.expression(inner).span.to(end);
    let mut value = state.ast.add_expression(kind, span);
    for sign in signs.into_iter().rev() {
        let span = state.ast.expression(sign).span.to(end);
        if let ExpressionKind::Unary {
            operator,
            operator_span,
            ..
        } = state.ast.expression(sign).kind
        {
            let kind = ExpressionKind::Unary {
                operator,
                operator_span,
                operand: value,
            };
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
        Some(Token::Minus | Token::Plus | Token::Bang | Token::PlusPlus | Token::MinusMinus) => {
            true
        }
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
    let minus = at
        .checked_sub(1)
        .filter(|before| source.is(*before, Token::Minus))?;
    let digits = source.is(at, Token::Number)
        && primary::magnitude(source.text_of(at, at)) == Some(SMALLEST_MAGNITUDE);
    (digits && !source.is(at + 1, Token::Dot))
        .then(|| state.expression(ExpressionKind::Smallest, minus, at + 1))
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
    let kind = ExpressionKind::Unary {
        operator,
        operator_span,
        operand,
    };
    input.state().ast.add_expression(kind, span)
}

// Members, calls, brackets behind an operand.

enum Tail {
    Member(Name),
    Method(Name, Vec<Argument>),
    Bracketed {
        bracket: usize,
        index: Option<ExpressionId>,
    },
    /// What does not exist.
    Refused(Fault),
}

fn postfix<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, ExpressionId> {
    let arguments = arguments(argument(expression.clone()));
    let primary = primary(expression.clone(), arguments.clone());
    let tail = custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        match input.peek() {
            Some(Token::Dot) => {
                let source = input.state().source;
                if let Some(end) = range(&source, at) {
                    skip_to(input, end);
                    return Ok(Tail::Refused(Fault::at(at, Kind::Range)));
                }
                input.skip();
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
            Some(Token::PlusPlus | Token::MinusMinus)
                if !joins_operands(&input.state().source, at) =>
            {
                input.skip();
                Ok(Tail::Refused(Fault::at(at, Kind::DoubleSign)))
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
                    ExpressionKind::Method {
                        receiver,
                        name,
                        arguments,
                    }
                }
                Tail::Bracketed { bracket, index } => {
                    note_form(extra.state(), receiver, index);
                    let bracket = extra.state().source.span(bracket, bracket);
                    ExpressionKind::Bracketed {
                        operand: receiver,
                        bracket,
                        index,
                    }
                }
                Tail::Refused(fault) => {
                    extra.emit(fault);
                    ExpressionKind::Missing
                }
            };
            let end = extra.span().end;
            let state = extra.state();
            let span = state
                .ast
                .expression(receiver)
                .span
                .to(state.source.span(end - 1, end - 1));
            state.ast.add_expression(kind, span)
        })
        .boxed()
}

/// Whether the `.` at `at` begins the `..` of a range: the index behind its other end, of which one token is enough, since
/// rows of ranges must not recurse.
fn range(source: &Source<'_>, at: usize) -> Option<usize> {
    let is_fraction =
        |at: usize| source.is(at, Token::Decimal) && source.text_of(at, at).starts_with('.');
    let mut last = at;
    while source.is(last + 1, Token::Dot) && source.adjacent(last + 1) {
        last += 1;
    }
    if is_fraction(last + 1) && source.adjacent(last + 1) {
        return Some(last + 2);
    }
    let is_end = source.is(last + 1, Token::Number) || source.is_name(last + 1);
    (last > at).then_some(last + 1 + usize::from(is_end))
}

/// Keeps the name before `[ … ]` that fetches records rather than reads an element, as far as the tree tells.
pub(super) fn note_form(
    state: &mut State<'_>,
    receiver: ExpressionId,
    index: Option<ExpressionId>,
) {
    // A bare name may be a variable as well as a field.
    let may_be_element = index.is_some_and(|index| {
        let index = &state.ast.expression(index).kind;
        index.is_element() || matches!(index, ExpressionKind::Variable(_))
    });
    if let ExpressionKind::Variable(name) = &state.ast.expression(receiver).kind
        && !may_be_element
    {
        let name = name.clone();
        state.ast.forms.push(name);
    }
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
    let index = input
        .parse(expression)
        .ok()
        .filter(|_| position(input) == end);
    // Errors inside are forgotten: whatever stands there, the brackets as such will be reported.
    input.rewind(inside);
    let after = form::after_fetch(&input.state().source, end + 1);
    skip_to(input, after);
    Ok(Tail::Bracketed { bracket, index })
}

/// One argument, a pair included.
pub(super) fn argument<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, Argument> {
    let colon = index_of(Token::Colon)
        .map_with(|colon, extra: &mut Extras<'t, '_>| extra.state().source.span(colon, colon));
    let pair = colon.then(expression.clone());
    expression
        .then(pair.or_not())
        .map(|(value, pair)| Argument { value, pair })
        .boxed()
}

/// `( argument, … )`.
pub(super) fn arguments<'t>(argument: Rule<'t, Argument>) -> Rule<'t, Vec<Argument>> {
    argument
        .separated_by(just(Token::Comma))
        .collect()
        .delimited_by(just(Token::LeftParenthesis), just(Token::RightParenthesis))
        .boxed()
}

/// Pairs are arguments of two functions only.
pub(super) fn check_pairs<'t>(name: &Name, arguments: &[Argument], extra: &mut Extras<'t, '_>) {
    let Some((colon, _)) = arguments.iter().find_map(|argument| argument.pair) else {
        return;
    };
    if !name.text.eq_ignore_ascii_case("collection") && !name.text.eq_ignore_ascii_case("insert") {
        let at = extra.state().source.token_from(colon.start);
        extra.emit(Fault::at(at, Kind::PairAsArgument));
    }
}
