//! `for each` (language reference, 6.2; appendix B), and what other languages have between its words.

use chumsky::Parser;
use chumsky::primitive::custom;

use super::expression::note_form;
use super::fault::{Expected, Fault, Kind};
use super::form;
use super::state::{Input, Rule, Source, position, read_assigned_name, skip_to};
use super::statement::Statements;
use crate::ast::{ExpressionId, ExpressionKind, Name, StatementId, StatementKind};
use crate::token::Token;

/// `for each x in value { … }`, `for each index i in value { … }`.
pub(super) fn for_each<'t>(
    expression: Rule<'t, ExpressionId>,
    looped: Statements<'t>,
) -> Rule<'t, StatementId> {
    let head = custom(move |input: &mut Input<'t, '_>| {
        let (index, variable, closing) = for_each_head(input)?;
        let value = input.parse(&expression)?;
        let value = sorted_form(input, value);
        if let Some(closing) = closing {
            skip_to(input, closing + 1);
        }
        Ok((index, variable, value))
    });
    head.then(looped)
        .map_with(|((index, variable, iterated), body), extra| {
            let span = extra.span();
            let kind = StatementKind::ForEach {
                index,
                variable,
                iterated,
                body,
            };
            extra.state().statement(kind, span.start, span.end)
        })
        .boxed()
}

/// `Form sort by field`, `Form range from a to b` behind `in`: a fetch without criteria, kept as one.
fn sorted_form(input: &mut Input<'_, '_>, value: ExpressionId) -> ExpressionId {
    let behind = position(input);
    let state = input.state();
    let after = form::after_fetch(&state.source, behind);
    let is_name = matches!(
        state.ast.expression(value).kind,
        ExpressionKind::Variable(_)
    );
    if after == behind || !is_name {
        return value;
    }
    note_form(state, value, None);
    let kind = ExpressionKind::Bracketed {
        operand: value,
        bracket: state.source.span(behind, behind),
        index: None,
    };
    let fetch = state.expression(kind, behind - 1, after);
    skip_to(input, after);
    fetch
}

/// `for each index x in`, and the index of the `)` that other languages have behind the value. `index` is the word only
/// before a name (language reference, 2.3).
fn for_each_head(input: &mut Input<'_, '_>) -> Result<(bool, Name, Option<usize>), Fault> {
    let source = input.state().source;
    let in_one_word = input.peek() != Some(Token::For);
    // The help for a missing `each` shows `in` as well.
    let mut is_told = false;
    if input.peek() == Some(Token::For) {
        input.skip();
        let at = position(input);
        if source.is(at, Token::Each) {
            input.skip();
        } else if source.is_name(at) {
            input.emit(Fault::at(at, Kind::MissingEach));
            is_told = true;
        } else {
            return Err(Fault::expected(at, Expected::EACH));
        }
    } else {
        input.emit(Fault::at(position(input), Kind::ForEachInOneWord));
        input.skip();
    }
    let closing = loop_parenthesis(input, in_one_word);
    let at = position(input);
    let index = source.is(at, Token::Index) && source.is_name(at + 1);
    if index {
        input.skip();
    }
    let mut variable = read_assigned_name(input)?;
    let at = position(input);
    if source.is(at, Token::In) {
        input.skip();
    } else if source.is_name(at) && source.is(at + 1, Token::In) {
        // `for each string x in list`: the last word is the name.
        input.emit(Fault::expected(at, Expected::IN));
        variable = source.name(at);
        skip_to(input, at + 2);
    } else {
        let stands_for_in = source.is(at, Token::Colon)
            || source.is(at, Token::Assign)
            || ["of", "on", "from"]
                .iter()
                .any(|word| source.says(at, word));
        let fault = Fault::expected(at, Expected::IN);
        if !stands_for_in && !opens_value(&source, at) {
            return Err(fault);
        }
        if !is_told {
            input.emit(fault);
        }
        skip_to(input, at + usize::from(stands_for_in));
    }
    Ok((index, variable, closing))
}

/// Whether the value stands at `at`, before which `in` is missing.
fn opens_value(source: &Source<'_>, at: usize) -> bool {
    match source.token(at) {
        Some(Token::LeftBrace) => source.is(source.behind(at), Token::LeftBrace),
        Some(Token::LeftBracket | Token::LeftParenthesis) => true,
        _ => source.is_name(at),
    }
}

/// Skips the `(` of `for each (x in list)`, and a type before the name; gives the index of its `)`.
fn loop_parenthesis(input: &mut Input<'_, '_>, is_told: bool) -> Option<usize> {
    let at = position(input);
    let source = input.state().source;
    let has_type = source.is(at + 3, Token::In) && !source.is(at + 1, Token::Index);
    let has_in = (at + 2..=at + 3).any(|at| source.is(at, Token::In));
    let closing = source
        .partner(at)
        .filter(|_| source.is(at, Token::LeftParenthesis) && has_in)?;
    if !is_told {
        input.emit(Fault::at(at, Kind::LoopParentheses));
    }
    skip_to(input, at + 1 + usize::from(has_type));
    Some(closing)
}
