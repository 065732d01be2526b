//! Where the parser goes on after an error (language reference, appendix B, note 8).

use super::fault::{Expected, Fault};
use super::state::{Input, Source, position};
use crate::ast::{StatementId, StatementKind};
use crate::token::Token;

/// Skips a statement that could not be read: to behind its `;`, or before the `}` that ends the block it stands in.
/// Brackets are skipped whole. A new statement at the beginning of a line, and a block, end it as well: where the `;`
/// is missing the next statement must not be lost.
pub(super) fn skip_statement(input: &mut Input<'_, '_>) -> Result<StatementId, Fault> {
    let first = position(input);
    let source = input.state().source;
    let mut at = first;
    while let Some(token) = source.token(at) {
        match token {
            Token::RightBrace => break,
            Token::Semicolon => {
                at += 1;
                break;
            }
            _ if at > first && begins_statement(&source, at) => break,
            _ => {}
        }
        let end = source.partner(at).unwrap_or(at) + 1;
        let block = token == Token::LeftBrace && at > first && is_block(&source, at);
        at = end;
        if block
            && !matches!(
                source.token(at),
                Some(Token::Semicolon | Token::Else | Token::Catch)
            )
        {
            break;
        }
    }
    if at == first {
        return Err(Fault::expected(at, Expected::NOTHING));
    }
    super::state::skip_to(input, at);
    Ok(input.state().statement(StatementKind::Empty, first, at))
}

/// The index behind a statement of other languages, which the end of its line ends as well as a `;`.
pub(super) fn line_end(source: &Source<'_>, first: usize) -> usize {
    let mut at = first + 1;
    while let Some(token) = source.token(at).filter(|token| *token != Token::RightBrace) {
        let follows_operand = source.token(at - 1).is_some_and(Token::ends_operand);
        if token == Token::Semicolon {
            return at + 1;
        }
        if follows_operand && !source.same_line(at) && !continues(token) {
            break;
        }
        at = source.behind(at);
    }
    at
}

/// Whether a token can only go on with what stands before it.
pub(super) fn continues(token: Token) -> bool {
    use Token::*;
    let sign = matches!(
        token,
        Plus | Minus | Star | Slash | Percent | Comma | Colon | Dot | Question
    );
    let comparison = matches!(
        token,
        Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual | AndAnd | OrOr
    );
    sign || comparison || token.is_assignment() || matches!(token, Invalid | And | Or | In)
}

/// Whether a line begins at `at` with what can only be a new statement.
pub(super) fn begins_statement(source: &Source<'_>, at: usize) -> bool {
    let follows_operand = at
        .checked_sub(1)
        .and_then(|before| source.token(before))
        .is_some_and(Token::ends_operand);
    follows_operand && !source.same_line(at) && opens_statement(source, at)
}

/// Whether the tokens at `at` open a statement and could not go on with an expression.
pub(super) fn opens_statement(source: &Source<'_>, at: usize) -> bool {
    use Token::*;
    let assigned = source.token(at + 1).is_some_and(Token::is_assignment);
    match source.token(at) {
        Some(If | For | While | Return | Break | Continue | Try) => true,
        Some(Info | Throw | Throws) => assigned || !source.is(at + 1, Dot),
        Some(token) if token.is_name() => assigned,
        _ => false,
    }
}

/// Whether the `{` at `at` opens a block rather than a value, judged by the token before it.
fn is_block(source: &Source<'_>, at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|before| source.token(before))
        .is_some_and(|token| match token {
            Token::Info | Token::Throw | Token::Throws => false,
            Token::Else | Token::Try => true,
            _ => token.ends_operand(),
        })
}
