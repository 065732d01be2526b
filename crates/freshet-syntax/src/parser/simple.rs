//! Statements that end with `;` (language reference, 5.1 and 6).

use chumsky::primitive::{any, custom, just};
use chumsky::{IterParser, Parser};

use super::declared;
use super::fault::{Expected, Fault, Kind};
use super::form::{self, Form};
use super::recovery::{continues, opens_statement};
use super::state::{
    Extras, Input, Rule, Source, State, index_of, position, read_assigned_name, skip_to,
};
use crate::ast::{BinaryOperator, ExpressionId, ExpressionKind, Name, StatementId, StatementKind};
use crate::token::Token;

/// A simple statement, chosen by its first tokens.
pub(super) fn simple<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, StatementId> {
    let assignment = assignment(expression.clone());
    let with_value = with_value(expression.clone());
    let return_statement = return_statement(expression.clone());
    let jump = jump();
    custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        let source = input.state().source;
        let next = source.token(at + 1);
        let assigned = next.is_some_and(Token::is_assignment);
        match source.token(at) {
            Some(Token::Semicolon) => {
                input.skip();
                Ok(input.state().statement(StatementKind::Empty, at, at + 1))
            }
            Some(token) if token.is_name() && assigned && form::is_insert(&source, at + 2) => {
                Ok(assigned_insert(input))
            }
            Some(token) if token.is_word() && assigned => input.parse(&assignment),
            Some(Token::Info | Token::Throw | Token::Throws) if next != Some(Token::Dot) => {
                input.parse(&with_value)
            }
            Some(Token::Return) => input.parse(&return_statement),
            Some(Token::Break | Token::Continue) => input.parse(&jump),
            Some(token) if token.is_word() => match declared::name(&source, at) {
                Some(name) => {
                    input.emit(Fault::over(at, name - 1, Kind::TypedDeclaration));
                    skip_to(input, name);
                    if declared::has_plain_value(&source, at, name) {
                        input.parse(&assignment)
                    } else {
                        Ok(declared::skip(input, name))
                    }
                }
                None => expression_statement(input, &expression),
            },
            _ => expression_statement(input, &expression),
        }
    })
    .boxed()
}

/// The `;` at the end. If it is missing where a statement plainly ends, that is reported and the parser goes on.
fn semicolon(input: &mut Input<'_, '_>) -> Result<(), Fault> {
    let at = position(input);
    let source = input.state().source;
    match source.token(at) {
        Some(Token::Semicolon) => {
            input.skip();
            Ok(())
        }
        Some(Token::If) if is_ternary(&source, at) => {
            input.emit(Fault::at(at, Kind::Ternary));
            let mut end = at;
            while source.same_line(end) && !source.is(end, Token::Semicolon) {
                end = source.behind(end);
            }
            let ends = source.is(end, Token::Semicolon);
            skip_to(input, if ends { end + 1 } else { end });
            Ok(())
        }
        None if source.entry && input.state().blocks == 0 => Ok(()),
        None | Some(Token::RightBrace) => {
            input.emit(Fault::at(at, Kind::MissingSemicolon));
            Ok(())
        }
        Some(_) if begins_another(&source, at) => {
            input.emit(Fault::at(at, Kind::MissingSemicolon));
            Ok(())
        }
        Some(_) => Err(Fault::expected(at, Expected::SEMICOLON)),
    }
}

/// Whether a statement that has no `;` ends before the token at `at`, since that begins another one.
fn begins_another(source: &Source<'_>, at: usize) -> bool {
    let goes_on = source.same_line(at) || source.token(at).is_some_and(continues);
    opens_statement(source, at) || !goes_on
}

/// `x = 5 if y > 3 else 6`, `return x if y`: an `if` behind a value, on its line and without a block.
fn is_ternary(source: &Source<'_>, at: usize) -> bool {
    let mut end = at;
    while source.same_line(end)
        && !matches!(
            source.token(end),
            None | Some(Token::Semicolon | Token::LeftBrace | Token::RightBrace)
        )
    {
        end = source.behind(end);
    }
    source.same_line(at) && !(source.is(end, Token::LeftBrace) && source.same_line(end))
}

// Assignment.

/// `name = value;` and the compound forms.
fn assignment<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, StatementId> {
    custom(assigned_name)
        .then(any())
        .then(expression)
        .then_ignore(custom(semicolon))
        .map_with(|((target, sign), value), extra| {
            let span = extra.span();
            let value = unchain(value, extra);
            let state = extra.state();
            let kind = StatementKind::Assign {
                target,
                operator: compound_operator(sign),
                operator_span: state.source.span(span.start + 1, span.start + 1),
                value,
            };
            state.statement(kind, span.start, span.end)
        })
        .boxed()
}

fn assigned_name(input: &mut Input<'_, '_>) -> Result<Name, Fault> {
    let at = position(input);
    if input.peek() == Some(Token::In) {
        input.skip();
        input.emit(Fault::at(at, Kind::ReservedWord));
        return Ok(input.state().source.name(at));
    }
    read_assigned_name(input)
}

fn compound_operator(sign: Token) -> Option<BinaryOperator> {
    match sign {
        Token::PlusAssign => Some(BinaryOperator::Add),
        Token::MinusAssign => Some(BinaryOperator::Subtract),
        Token::StarAssign => Some(BinaryOperator::Multiply),
        Token::SlashAssign => Some(BinaryOperator::Divide),
        Token::PercentAssign => Some(BinaryOperator::Remainder),
        _ => None,
    }
}

/// `x = y = 1;` is reported, and read as `y = 1; x = 1;` so that `y` counts as assigned.
fn unchain<'t>(value: ExpressionId, extra: &mut Extras<'t, '_>) -> ExpressionId {
    let ExpressionKind::Binary {
        operator: BinaryOperator::SingleEqual,
        operator_span,
        left,
        right,
    } = extra.state().ast.expression(value).kind
    else {
        return value;
    };
    let ExpressionKind::Variable(name) = &extra.state().ast.expression(left).kind else {
        return value;
    };
    let target = Name {
        text: name.clone(),
        span: extra.state().ast.expression(left).span,
    };
    let at = extra.state().source.token_from(operator_span.start);
    extra.emit(Fault::at(at, Kind::ChainedAssignment));
    let state = extra.state();
    let span = state.ast.expression(value).span;
    let kind = StatementKind::Assign {
        target,
        operator: None,
        operator_span,
        value: right,
    };
    let inner = state.ast.add_statement(kind, span);
    state.beside.push(inner);
    right
}

/// `row = insert into Form [ … ]`: reported; the variable counts as assigned.
fn assigned_insert(input: &mut Input<'_, '_>) -> StatementId {
    let first = position(input);
    skip_to(input, first + 2);
    form::skip_insert(input);
    let end = position(input);
    let state = input.state();
    let value = state.expression(ExpressionKind::Missing, first + 2, end);
    let operator_span = state.source.span(first + 1, first + 1);
    let target = state.source.name(first);
    state.statement(
        StatementKind::Assign {
            target,
            operator: None,
            operator_span,
            value,
        },
        first,
        end,
    )
}

// Statements that begin with a word.

/// `info value;`, `throw value;`.
fn with_value<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, StatementId> {
    any()
        .then(expression.clone())
        .then(more_values(expression))
        .then_ignore(custom(semicolon))
        .map_with(|((word, value), more), extra| {
            let span = extra.span();
            if let Some(comma) = more {
                extra.emit(Fault::at(comma, Kind::OneValue(span.start as u32)));
            }
            if word == Token::Throws {
                extra.emit(Fault::at(span.start, Kind::Throws));
            }
            let keyword = extra.state().source.span(span.start, span.start);
            let kind = match word {
                Token::Info => StatementKind::Info { keyword, value },
                _ => StatementKind::Throw { keyword, value },
            };
            extra.state().statement(kind, span.start, span.end)
        })
        .boxed()
}

/// `, value` behind the one value a statement takes: the index of the first comma.
fn more_values<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, Option<usize>> {
    index_of(Token::Comma)
        .then_ignore(expression)
        .repeated()
        .collect::<Vec<usize>>()
        .map(|commas| commas.first().copied())
        .boxed()
}

fn return_statement<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, StatementId> {
    let more = more_values(expression.clone());
    // Whether a value follows, the next token tells: an error in it must stay one.
    let value = custom(move |input: &mut Input<'t, '_>| match input.peek() {
        None | Some(Token::Semicolon | Token::RightBrace) => Ok(None),
        Some(_) if begins_new_line(input) => Ok(None),
        Some(_) => input.parse(&expression).map(Some),
    });
    just(Token::Return)
        .ignore_then(value)
        .then(more)
        .then_ignore(custom(semicolon))
        .map_with(|(value, more), extra| {
            let span = extra.span();
            if let Some(comma) = more {
                extra.emit(Fault::at(comma, Kind::OneValue(span.start as u32)));
            }
            if let (Some(_), Some(name)) = (value, extra.state().void_function) {
                extra.emit(Fault::at(span.start, Kind::ValueInVoid(name)));
            }
            let keyword = extra.state().source.span(span.start, span.start);
            extra.state().statement(
                StatementKind::Return { keyword, value },
                span.start,
                span.end,
            )
        })
        .boxed()
}

/// Whether a statement begins on the next line, so that this one has no value.
fn begins_new_line(input: &mut Input<'_, '_>) -> bool {
    let at = position(input);
    let source = input.state().source;
    !source.same_line(at) && opens_statement(&source, at) && !source.opens_conditional(at)
}

fn jump<'t>() -> Rule<'t, StatementId> {
    any()
        .then_ignore(custom(semicolon))
        .map_with(|word, extra| {
            let span = extra.span();
            let state = extra.state();
            if state.loops == 0 && !state.source.broken {
                extra.emit(Fault::at(span.start, Kind::OutsideLoop));
            }
            let kind = if word == Token::Break {
                StatementKind::Break
            } else {
                StatementKind::Continue
            };
            extra.state().statement(kind, span.start, span.end)
        })
        .boxed()
}

// Expressions as statements.

fn expression_statement<'t>(
    input: &mut Input<'t, '_>,
    expression: &Rule<'t, ExpressionId>,
) -> Result<StatementId, Fault> {
    let first = position(input);
    let value = input.parse(expression)?;
    let compound = input.peek().is_some_and(Token::is_assignment);
    if compound {
        input.skip();
        input.parse(expression)?;
    }
    let state = input.state();
    let kind = &state.ast.expression(value).kind;
    let task = matches!(kind, ExpressionKind::Task { .. });
    let target = match kind {
        ExpressionKind::Binary {
            operator: BinaryOperator::SingleEqual,
            left,
            ..
        } => Some(*left),
        _ if compound => Some(value),
        _ => None,
    };
    let is_field = target.is_some_and(|target| field(state, target).is_some());
    let fault = match target {
        Some(target) => assignment_fault(state, first, target),
        None => without_effect(state, value, first),
    };
    let kind = match fault {
        None if target.is_none() => StatementKind::Expression(value),
        _ => StatementKind::Empty,
    };
    if let Some(fault) = fault {
        input.emit(fault);
    }
    let behind = position(input);
    let source = input.state().source;
    let is_lost = fault.is_some_and(|fault| matches!(fault.kind, Kind::WithoutEffect));
    // Of a value that is lost, the `;` matters no more.
    let is_told = is_lost
        && (matches!(source.token(behind), None | Some(Token::RightBrace))
            || begins_another(&source, behind));
    if !task && !is_told {
        input.parse(custom(semicolon))?;
    } else if input.peek() == Some(Token::Semicolon) {
        input.skip();
    }
    if is_field {
        return Ok(form::nothing(input.state(), first));
    }
    let end = position(input);
    Ok(input.state().statement(kind, first, end))
}

/// What is wrong with an assignment to an expression; `None` for the second and later ones to members, which are told
/// once a file (language reference, appendix A).
fn assignment_fault(state: &mut State<'_>, first: usize, target: ExpressionId) -> Option<Fault> {
    let kind = match field(state, target) {
        Some(form) if state.first_of(form) => Kind::Form(form),
        Some(_) => return None,
        None => Kind::AssignmentTo(non_variable(state, target)),
    };
    Some(Fault::over(first, last_token(state, target), kind))
}

fn last_token(state: &State<'_>, expression: ExpressionId) -> usize {
    let end = state.ast.expression(expression).span.end;
    state.source.token_until(end)
}

/// The row of appendix A that an assignment to a member is.
fn field(state: &State<'_>, target: ExpressionId) -> Option<Form> {
    let ExpressionKind::Member { receiver, .. } = state.ast.expression(target).kind else {
        return None;
    };
    match state.ast.expression(receiver).kind {
        ExpressionKind::Input => Some(Form::InputField),
        _ => Some(Form::Update),
    }
}

fn non_variable(state: &State<'_>, target: ExpressionId) -> &'static str {
    match state.ast.expression(target).kind {
        ExpressionKind::Bracketed { .. } => "an entry in brackets",
        ExpressionKind::Call { .. } | ExpressionKind::Method { .. } => "the result of a call",
        ExpressionKind::Input => "`input`",
        _ => "the value of an expression",
    }
}

/// What is wrong with an expression as a statement: it does nothing unless its outermost operation is a call or a task.
fn without_effect(state: &State<'_>, value: ExpressionId, first: usize) -> Option<Fault> {
    if state.source.entry && state.blocks == 0 {
        return None;
    }
    match state.ast.expression(value).kind {
        ExpressionKind::Call { .. }
        | ExpressionKind::Method { .. }
        | ExpressionKind::TypedList { .. }
        | ExpressionKind::Task { .. }
        // These have been or will be reported for what they are.
        | ExpressionKind::Bracketed { .. }
        | ExpressionKind::Missing => None,
        ExpressionKind::Conditional { .. } => Some(Fault::at(first, Kind::ConditionalAlone)),
        _ => Some(Fault::at(first, Kind::WithoutEffect)),
    }
}
