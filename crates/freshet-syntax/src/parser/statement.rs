//! Statements and blocks (language reference, 6; appendix B).

use chumsky::primitive::{custom, empty, just};
use chumsky::recovery::via_parser;
use chumsky::recursive::{Direct, Recursive, recursive};
use chumsky::{IterParser, Parser};

use super::declaration;
use super::declared;
use super::expression::expression;
use super::fault::{Expected, Fault, Kind};
use super::for_each::for_each;
use super::foreign;
use super::form;
use super::recovery::skip_statement;
use super::simple;
use super::state::{
    Extra, Extras, Input, Rule, Source, Tokens, position, read_assigned_name, skip_to,
};
use crate::ast::{Branch, ExpressionId, ExpressionKind, Name, StatementId, StatementKind};
use crate::token::Token;

/// Statements up to a `}` or the end.
pub(super) type Statements<'t> = Rule<'t, Vec<StatementId>>;

/// A file: statements and declarations.
pub(super) fn program<'t>() -> Statements<'t> {
    let expression = expression();
    recursive(
        |statements: Recursive<Direct<'t, 't, Tokens<'t>, Vec<StatementId>, Extra<'t>>>| {
            let statement = statement(expression, statements.boxed());
            // A declaration adds itself to the functions of the tree and nothing to the list.
            let list = empty().map(|()| Vec::new());
            list.foldl_with(
                statement.repeated(),
                |mut list: Vec<StatementId>, statement, extra: &mut Extras<'t, '_>| {
                    list.append(&mut extra.state().beside);
                    list.extend(statement);
                    list
                },
            )
            .boxed()
        },
    )
    .boxed()
}

/// The rules that a statement is chosen from by its first tokens.
pub(super) struct Grammar<'t> {
    pub block: Statements<'t>,
    pub body: Statements<'t>,
    pub looped: Statements<'t>,
    pub condition: Rule<'t, ExpressionId>,
    pub simple: Rule<'t, StatementId>,
    if_statement: Rule<'t, StatementId>,
    for_each: Rule<'t, StatementId>,
    while_statement: Rule<'t, StatementId>,
    try_statement: Rule<'t, StatementId>,
    function: Rule<'t, ()>,
}

/// One statement, or `None` for a declaration. An error inside costs this statement only (appendix B, note 8).
fn statement<'t>(
    expression: Rule<'t, ExpressionId>,
    statements: Statements<'t>,
) -> Rule<'t, Option<StatementId>> {
    let block = block(statements);
    let simple = simple::simple(expression.clone());
    let recovering = simple
        .clone()
        .recover_with(via_parser(custom(skip_statement)))
        .boxed();
    let body = body(block.clone(), recovering);
    let looped = looped(body.clone());
    let condition = condition(expression.clone());
    let grammar = Grammar {
        if_statement: if_statement(condition.clone(), body.clone()),
        for_each: for_each(expression.clone(), looped.clone()),
        while_statement: while_statement(condition.clone(), looped.clone()),
        try_statement: try_statement(body.clone()),
        function: declaration::function(expression, body.clone()),
        block,
        body,
        looped,
        condition,
        simple,
    };
    custom(move |input: &mut Input<'t, '_>| grammar.statement(input))
        .recover_with(via_parser(custom(skip_statement).map(Some)))
        .boxed()
}

impl<'t> Grammar<'t> {
    fn statement(&self, input: &mut Input<'t, '_>) -> Result<Option<StatementId>, Fault> {
        let first = position(input);
        while input.peek() == Some(Token::Invalid) {
            input.skip();
        }
        let at = position(input);
        let source = input.state().source;
        let next = source.token(at + 1);
        let assigned = next.is_some_and(Token::is_assignment);
        let Some(token) = source.token(at).filter(|token| *token != Token::RightBrace) else {
            if at == first {
                return Err(Fault::expected(at, Expected::NOTHING));
            }
            return Ok(Some(input.state().statement(
                StatementKind::Empty,
                first,
                at,
            )));
        };
        let plain = assigned || next == Some(Token::Dot);
        if token.is_word() && plain && form::field_interface(&source, at).is_none() {
            return input.parse(&self.simple).map(Some);
        }
        if let Some(declared) = declared::behind_modifiers(&source, at) {
            if declaration::opens(&source, declared) {
                input.emit(Fault::over(at, declared - 1, Kind::Modifier));
            }
            skip_to(input, declared);
            return self.statement(input);
        }
        if declaration::opens(&source, at) {
            check_place(input);
            return input.parse(&self.function).map(|()| None);
        }
        if let Some(statement) = form::statement(input)? {
            return Ok(Some(statement));
        }
        if let Some(statement) = foreign::statement(self, input, token)? {
            return Ok(Some(statement));
        }
        if declaration::opens_untyped(&source, at) {
            return input.parse(&self.function).map(|()| None);
        }
        let rule = match token {
            Token::If if !source.opens_conditional(at) => &self.if_statement,
            Token::For => &self.for_each,
            Token::While => &self.while_statement,
            Token::Try => &self.try_statement,
            Token::LeftBrace if opens_stray_block(&source, at) => {
                input.emit(Fault::at(at, Kind::StrayBlock));
                let body = input.parse(&self.block)?;
                return Ok(Some(keep(input, at, body)));
            }
            _ => &self.simple,
        };
        input.parse(rule).map(Some)
    }

    /// `for each`, whose first word the caller has looked at.
    pub(super) fn for_each(&self, input: &mut Input<'t, '_>) -> Result<StatementId, Fault> {
        input.parse(&self.for_each)
    }
}

/// Declarations stand at the top level of the file only.
fn check_place(input: &mut Input<'_, '_>) {
    let at = position(input);
    let source = input.state().source;
    if input.state().blocks > 0 && !source.broken {
        let (first, last) = declaration::name(&source, at);
        input.emit(Fault::over(first, last, Kind::MisplacedDeclaration));
    }
}

/// Whether `{` at the beginning of a statement is meant as a block: a value would go on or end behind its `}`.
fn opens_stray_block(source: &Source<'_>, at: usize) -> bool {
    let Some(end) = source.partner(at) else {
        return false;
    };
    // A key-value alone, such as a file of JSON, is a value that is lost.
    let is_pair = matches!(source.token(at + 1), Some(Token::Text | Token::Quoted))
        && source.is(at + 2, Token::Colon);
    match source.token(end + 1) {
        _ if is_pair => false,
        Some(Token::Dot | Token::Semicolon) => false,
        None => !source.entry || source.has_directly(at, Token::Semicolon),
        _ => true,
    }
}

/// Statements whose own statement does not exist or has no condition: kept, so that their names are known.
pub(super) fn keep(input: &mut Input<'_, '_>, first: usize, body: Vec<StatementId>) -> StatementId {
    let end = position(input);
    let state = input.state();
    let condition = state.expression(ExpressionKind::Missing, first, first + 1);
    let branches = vec![Branch { condition, body }];
    state.statement(
        StatementKind::If {
            branches,
            otherwise: None,
        },
        first,
        end,
    )
}

// Blocks.

/// `{ statements }`. The bracket matching has made sure that it ends.
fn block<'t>(statements: Statements<'t>) -> Statements<'t> {
    custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        if input.peek() != Some(Token::LeftBrace) {
            return Err(Fault::expected(at, Expected::BLOCK));
        }
        input.skip();
        input.state().blocks += 1;
        let list = input.parse(&statements);
        input.state().blocks -= 1;
        let list = list?;
        if input.peek() != Some(Token::RightBrace) {
            return Err(Fault::expected(position(input), Expected::RIGHT_BRACE));
        }
        input.skip();
        Ok(list)
    })
    .boxed()
}

/// The block of a statement. Without braces, a simple statement is taken for it: one with a block of its own is not,
/// since rows of these would nest without brackets.
fn body<'t>(block: Statements<'t>, simple: Rule<'t, StatementId>) -> Statements<'t> {
    custom(move |input: &mut Input<'t, '_>| {
        if input.peek() == Some(Token::LeftBrace) {
            return input.parse(&block);
        }
        let at = position(input);
        input.emit(Fault::at(at, Kind::MissingBlock));
        // `if (…) then {` and `if (…):` of other languages: the body follows.
        let source = input.state().source;
        // So does it behind the `;` of `if (…); {`.
        let is_ended = source.is(at, Token::Semicolon) && source.is(at + 1, Token::LeftBrace);
        if is_then(&source, at) || is_ended || source.is(at, Token::Colon) {
            input.skip();
        }
        if input.peek() == Some(Token::LeftBrace) {
            return input.parse(&block);
        }
        if let Some(assigned) = foreign::skip_indented_block(input) {
            return Ok(assigned);
        }
        let opens_another = |token: Token| {
            use Token::*;
            matches!(
                token,
                If | Else | For | While | Try | Catch | RightBrace | Invalid
            )
        };
        match input.peek() {
            Some(token) if !opens_another(token) => Ok(vec![input.parse(&simple)?]),
            _ => Ok(Vec::new()),
        }
    })
    .boxed()
}

/// Whether `then`, `do` or `begin` of other languages stands at `at`, between a head and its block.
fn is_then(source: &Source<'_>, at: usize) -> bool {
    foreign::says_then(source, at)
        && !source.token(at + 1).is_some_and(Token::is_assignment)
        && !source.is(at + 1, Token::Dot)
}

/// The body of a loop.
fn looped<'t>(body: Statements<'t>) -> Statements<'t> {
    custom(move |input: &mut Input<'t, '_>| {
        input.state().loops += 1;
        let list = input.parse(&body);
        input.state().loops -= 1;
        list
    })
    .boxed()
}

// Statements with blocks.

/// `( condition )`. Never fails: the block behind it is worth reading whatever stands in the parentheses.
fn condition<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, ExpressionId> {
    let parenthesised = expression
        .clone()
        .delimited_by(just(Token::LeftParenthesis), just(Token::RightParenthesis))
        .recover_with(via_parser(custom(skip_parentheses)))
        .boxed();
    custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        let source = input.state().source;
        let closing = source
            .partner(at)
            .filter(|_| source.is(at, Token::LeftParenthesis));
        // `if (a) && (b) {` has parentheses, but not around all of it.
        if closing
            .is_some_and(|closing| !source.token(closing + 1).is_some_and(continues_condition))
        {
            return input.parse(&parenthesised);
        }
        // `else if {`: the block, and no value.
        if source.is(at, Token::LeftBrace) && !source.token(source.behind(at)).is_some_and(goes_on)
        {
            input.emit(Fault::at(at, Kind::MissingParentheses));
            return Ok(input
                .state()
                .expression(ExpressionKind::Missing, at, at + 1));
        }
        let before = input.save();
        let value = input.parse(&expression);
        if value.is_err() {
            input.rewind(before);
            let mut end = at;
            while source.token(end).is_some_and(|token| {
                !matches!(
                    token,
                    Token::LeftBrace | Token::RightBrace | Token::Semicolon
                )
            }) {
                end = source.partner(end).unwrap_or(end) + 1;
            }
            skip_to(input, end);
        }
        input.emit(Fault::at(at, Kind::MissingParentheses));
        // What other languages have between condition and block has been told of with the parentheses.
        let behind = position(input);
        if source.is(behind, Token::Colon) || is_then(&source, behind) {
            input.skip();
        }
        Ok(value.unwrap_or_else(|_| {
            input
                .state()
                .expression(ExpressionKind::Missing, at, at + 1)
        }))
    })
    .boxed()
}

/// Whether what stands before a token is a part of the condition of a block.
fn goes_on(token: Token) -> bool {
    token == Token::LeftBrace || continues_condition(token)
}

fn continues_condition(token: Token) -> bool {
    use Token::*;
    matches!(
        token,
        AndAnd
            | OrOr
            | And
            | Or
            | Equal
            | NotEqual
            | Less
            | LessOrEqual
            | Greater
            | GreaterOrEqual
            | Plus
            | Minus
            | Star
            | Slash
            | Percent
            | Dot
    )
}

fn skip_parentheses(input: &mut Input<'_, '_>) -> Result<ExpressionId, Fault> {
    let at = position(input);
    match input.state().source.partner(at) {
        Some(end) if input.peek() == Some(Token::LeftParenthesis) => {
            skip_to(input, end + 1);
            Ok(input
                .state()
                .expression(ExpressionKind::Missing, at, end + 1))
        }
        _ => Err(Fault::expected(at, Expected::LEFT_PARENTHESIS)),
    }
}

fn if_statement<'t>(
    condition: Rule<'t, ExpressionId>,
    body: Statements<'t>,
) -> Rule<'t, StatementId> {
    let branch = condition
        .then(body.clone())
        .map(|(condition, body)| Branch { condition, body })
        .boxed();
    let otherwise = just(Token::Else).ignore_then(body);
    just(Token::If)
        .ignore_then(branch.clone())
        .then(else_if(branch).repeated().collect::<Vec<Branch>>())
        .then(otherwise.or_not())
        .map_with(|((first, mut branches), otherwise), extra| {
            branches.insert(0, first);
            let span = extra.span();
            extra.state().statement(
                StatementKind::If {
                    branches,
                    otherwise,
                },
                span.start,
                span.end,
            )
        })
        .boxed()
}

/// `else if (condition) { … }`.
fn else_if<'t>(branch: Rule<'t, Branch>) -> Rule<'t, Branch> {
    custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        let source = input.state().source;
        if source.is(at, Token::Else) && source.is(at + 1, Token::If) {
            skip_to(input, at + 2);
        } else if foreign::is_else_if(&source, at) || has_condition(&source, at) {
            input.skip();
            input.emit(Fault::at(at, Kind::ElseIfInOneWord));
            if input.peek() == Some(Token::If) {
                input.skip();
            }
        } else {
            return Err(Fault::expected(at, Expected::NOTHING));
        }
        input.parse(&branch)
    })
    .boxed()
}

/// `else (x < 2) {`
fn has_condition(source: &Source<'_>, at: usize) -> bool {
    source.is(at, Token::Else)
        && source.is(at + 1, Token::LeftParenthesis)
        && source
            .partner(at + 1)
            .is_some_and(|closing| source.is(closing + 1, Token::LeftBrace))
}

fn while_statement<'t>(
    condition: Rule<'t, ExpressionId>,
    looped: Statements<'t>,
) -> Rule<'t, StatementId> {
    just(Token::While)
        .ignore_then(condition)
        .then(looped)
        .map_with(|(condition, body), extra| {
            let span = extra.span();
            extra.state().statement(
                StatementKind::While { condition, body },
                span.start,
                span.end,
            )
        })
        .boxed()
}

/// `try { … } catch (e) { … }`.
fn try_statement<'t>(body: Statements<'t>) -> Rule<'t, StatementId> {
    let catch = custom(stray_semicolon)
        .or_not()
        .ignore_then(custom(catch_head))
        .then(body.clone());
    just(Token::Try)
        .ignore_then(body)
        .then(catch.or_not())
        .map_with(|(body, catch), extra| {
            let span = extra.span();
            let (error, handler) = catch.unwrap_or_else(|| {
                // Of `try { … } finally { … }` the word `finally` is told.
                if !extra.state().source.is(span.end, Token::Finally) {
                    extra.emit(Fault::at(span.end, Kind::MissingCatch));
                }
                (no_name(&extra.state().source, span.end), Vec::new())
            });
            extra.state().statement(
                StatementKind::Try {
                    body,
                    error,
                    handler,
                },
                span.start,
                span.end,
            )
        })
        .boxed()
}

/// The `;` of `}; catch (e) {`.
fn stray_semicolon(input: &mut Input<'_, '_>) -> Result<(), Fault> {
    let at = position(input);
    let source = input.state().source;
    if !source.is(at, Token::Semicolon) || !source.is(at + 1, Token::Catch) {
        return Err(Fault::expected(at, Expected::NOTHING));
    }
    input.emit(Fault::at(at + 1, Kind::WithoutPartner("try")));
    input.skip();
    Ok(())
}

/// `catch (name)`, or what other languages have for it.
fn catch_head(input: &mut Input<'_, '_>) -> Result<Name, Fault> {
    let at = position(input);
    let source = input.state().source;
    if source.is(at, Token::Catch) {
        input.skip();
        return caught_name(input);
    }
    let mut brace = at + 1;
    if source.is(brace, Token::LeftParenthesis) {
        brace = source.behind(brace);
    } else {
        while source.is_word(brace) {
            brace += 1;
        }
    }
    let is_other = ["except", "rescue"]
        .iter()
        .any(|word| source.says(at, word));
    let has_block = source.is(brace, Token::LeftBrace);
    // `} cacth (e) {`: nothing but a handler has a name, parentheses and a block.
    let is_misspelt = source.is_name(at) && source.is(at + 1, Token::LeftParenthesis) && has_block;
    let fault = if is_other && (has_block || source.is(brace, Token::Colon)) {
        Fault::at(at, Kind::ForeignStatement)
    } else if is_misspelt {
        Fault::at(at, Kind::MisspeltCatch)
    } else {
        return Err(Fault::expected(at, Expected::NOTHING));
    };
    input.emit(fault);
    let has_colon = source.is(brace, Token::Colon);
    skip_to(input, brace + usize::from(has_colon));
    let last = if source.is(brace - 1, Token::RightParenthesis) {
        brace - 2
    } else {
        brace - 1
    };
    Ok(if last > at && source.is_name(last) {
        source.name(last)
    } else {
        no_name(&source, brace)
    })
}

/// `( name )` behind `catch`. Never fails, so that the block behind it is read.
fn caught_name(input: &mut Input<'_, '_>) -> Result<Name, Fault> {
    let at = position(input);
    let source = input.state().source;
    let Some(end) = source
        .partner(at)
        .filter(|_| source.is(at, Token::LeftParenthesis))
    else {
        input.emit(Fault::expected(at, Expected::LEFT_PARENTHESIS));
        // `catch Exception as e {`: the last word is the name.
        let mut end = at;
        while source.is_word(end) && source.same_line(end) {
            end += 1;
        }
        if end == at || !source.is_name(end - 1) {
            return Ok(no_name(&source, at));
        }
        skip_to(input, end - 1);
        return read_assigned_name(input);
    };
    input.skip();
    // `catch (Exception e)` of other languages: the last word is the name.
    let name = if end > at + 1 && source.is_word(end - 1) {
        if end > at + 2 {
            input.emit(Fault::expected(at + 2, Expected::RIGHT_PARENTHESIS));
        }
        skip_to(input, end - 1);
        read_assigned_name(input)?
    } else {
        input.emit(Fault::expected(at + 1, Expected::NAME));
        no_name(&source, end)
    };
    skip_to(input, end + 1);
    Ok(name)
}

/// A name that is missing and has been reported: empty.
pub(super) fn no_name(source: &Source<'_>, at: usize) -> Name {
    let span = source.span(at, at);
    Name {
        text: "".into(),
        span: crate::source::Span {
            end: span.start,
            ..span
        },
    }
}
