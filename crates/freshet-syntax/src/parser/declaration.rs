//! Function declarations (language reference, 7.1).

use chumsky::Parser;
use chumsky::primitive::custom;

use super::fault::{Expected, Fault, Kind};
use super::foreign;
use super::form::{self, Form};
use super::state::{Input, Rule, Source, position, read_assigned_name, skip_to};
use super::statement::Statements;
use crate::ast::{ElementType, ExpressionId, Function, Name, Parameter, TypeKind, TypeName};
use crate::token::{Place, Token};

/// The type that a word names, `list:…` aside.
pub(super) fn type_kind(word: &str) -> Option<TypeKind> {
    match word.to_ascii_lowercase().as_str() {
        "void" => Some(TypeKind::Void),
        "string" | "text" => Some(TypeKind::Text),
        "int" | "integer" | "long" | "bigint" | "number" => Some(TypeKind::Number),
        "float" | "decimal" | "double" => Some(TypeKind::Decimal),
        "bool" | "boolean" => Some(TypeKind::Boolean),
        "date" | "datetime" | "timestamp" => Some(TypeKind::DateTime),
        "list" => Some(TypeKind::List(None)),
        "map" => Some(TypeKind::KeyValue),
        "collection" => Some(TypeKind::Collection),
        "file" => Some(TypeKind::File),
        _ => None,
    }
}

/// Whether a declaration begins at `at`: a type word, a name with or without namespace, and `(`. Behind any other word
/// a block must follow the parentheses, and the type is reported.
pub(super) fn opens(source: &Source<'_>, at: usize) -> bool {
    use Token::*;
    let Some(token) = source.token(at) else {
        return false;
    };
    // Most statements end here: their second token is no word.
    if !(source.is_word(at + 1) || source.is(at + 1, Colon)) || !(token.is_name() || token == Void)
    {
        return false;
    }
    let (_, last) = name(source, at);
    if !source.is_word(last) || !opens_parameters(source, last + 1) {
        return false;
    }
    if type_kind(source.text_of(at, at)).is_some() {
        return true;
    }
    let body = source
        .partner(last + 1)
        .is_some_and(|closing| source.is(closing + 1, LeftBrace));
    // `esle if (x) {`: a word before a statement.
    let names_statement = source
        .token(last)
        .is_some_and(|name| matches!(name, If | While | For | Try | Else | Catch));
    body && !names_statement
        && !matches!(token, Info | Throw | Throws | Case | New)
        && !foreign::says_function(source, at)
        && !foreign::opens_class(source, at)
}

/// Whether `(` stands at `at`, also one that is never closed, which has been reported.
fn opens_parameters(source: &Source<'_>, at: usize) -> bool {
    source.is(at, Token::LeftParenthesis) || is_unclosed(source, at)
}

fn is_unclosed(source: &Source<'_>, at: usize) -> bool {
    source.is(at, Token::Invalid) && source.text_of(at, at) == "("
}

/// Whether a declaration without the type of its result begins at `at`: `name(type name, …) {`.
pub(super) fn opens_untyped(source: &Source<'_>, at: usize) -> bool {
    let parameters = source.is(at + 2, Token::RightParenthesis)
        || (type_kind(source.text_of(at + 2, at + 2)).is_some() && source.is_word(at + 3));
    source.is_name(at)
        && source.is(at + 1, Token::LeftParenthesis)
        && source
            .partner(at + 1)
            .is_some_and(|closing| source.is(closing + 1, Token::LeftBrace))
        && parameters
}

/// Whether the file declares a function of that name without namespace.
pub(super) fn declares(source: &Source<'_>, name: &str) -> bool {
    let words = source.tokens.windows(3).enumerate();
    let declared =
        |at: usize| source.says(at + 1, name) && type_kind(source.text_of(at, at)).is_some();
    words
        .filter(|(_, words)| matches!(words, [first, second, Token::LeftParenthesis] if first.is_word() && second.is_word()))
        .any(|(at, _)| declared(at))
}

/// First and last token of the name, namespace included, of the declaration at `at`.
pub(super) fn name(source: &Source<'_>, at: usize) -> (usize, usize) {
    let first = if source.is(at + 1, Token::Colon) {
        at + 3
    } else {
        at + 1
    };
    let last = if source.is(first + 1, Token::Dot) {
        first + 2
    } else {
        first
    };
    (first, last)
}

/// A whole declaration, added to the functions of the tree.
pub(super) fn function<'t>(
    expression: Rule<'t, ExpressionId>,
    body: Statements<'t>,
) -> Rule<'t, ()> {
    let parameters = parameters(expression);
    custom(move |input: &mut Input<'t, '_>| {
        let at = position(input);
        let source = input.state().source;
        let untyped = opens_untyped(&source, at);
        let (first, last) = if untyped { (at, at) } else { name(&source, at) };
        let returns = if untyped {
            input.emit(Fault::at(at, Kind::MissingResultType));
            TypeName {
                kind: TypeKind::Unknown,
                span: source.span(at, at),
            }
        } else {
            read_type(input)?
        };
        let namespace = if last > first {
            Some(read_plain_name(input))
        } else {
            None
        };
        skip_to(input, last);
        let refused = matches!(
            source.token(last),
            Some(
                Token::Info
                    | Token::Throw
                    | Token::Throws
                    | Token::Switch
                    | Token::Do
                    | Token::Finally
                    | Token::Case
                    | Token::New
            )
        );
        if refused {
            input.emit(Fault::at(last, Kind::RefusedFunctionName));
        }
        let name = read_plain_name(input);
        let parameters = input.parse(&parameters)?;
        skip_type_behind(input);
        // Loops and result type are those of this function, also if it stands, wrongly, inside of another one.
        let state = input.state();
        let outer = (state.loops, state.void_function);
        state.loops = 0;
        state.void_function = (returns.kind == TypeKind::Void).then_some(last as u32);
        let body = input.parse(&body);
        let end = position(input);
        let state = input.state();
        (state.loops, state.void_function) = outer;
        let function = Function {
            returns,
            namespace,
            name,
            parameters,
            body: body?,
            span: source.span(at, end - 1),
            description: description(&source, at),
        };
        state.ast.functions.push(function);
        Ok(())
    })
    .boxed()
}

/// `: string`, `-> string` or `throws E` between the parameters and the block, as other languages have it.
fn skip_type_behind(input: &mut Input<'_, '_>) {
    let at = position(input);
    let source = input.state().source;
    let mut brace = at + 1;
    while source.is_word(brace) || matches!(source.token(brace), Some(Token::Comma | Token::Dot)) {
        brace += 1;
    }
    let opens = matches!(source.token(at), Some(Token::Colon | Token::Throws))
        || foreign::is_arrow(&source, at);
    if opens && brace > at + 1 && source.is(brace, Token::LeftBrace) {
        input.emit(Fault::at(at, Kind::TypeBehind));
        skip_to(input, brace);
    }
}

/// A name of functions or namespaces, which may be any word that is not reserved, but for `input`.
fn read_plain_name(input: &mut Input<'_, '_>) -> Name {
    let at = position(input);
    let is_input = input.state().source.text_of(at, at) == "input";
    if is_input || input.peek().is_some_and(Token::is_reserved) {
        input.emit(Fault::at(at, Kind::ReservedWord));
    }
    input.skip();
    input.state().source.name(at)
}

/// `int`, `list:string`.
fn read_type(input: &mut Input<'_, '_>) -> Result<TypeName, Fault> {
    let at = position(input);
    let source = input.state().source;
    if !source.is_word(at) {
        return Err(Fault::expected(at, Expected::TYPE));
    }
    let plain = type_kind(source.text_of(at, at));
    let (kind, last) = if source.is(at + 1, Token::Colon) {
        let element = ElementType::named(source.text_of(at + 2, at + 2));
        (
            plain
                .filter(|kind| *kind == TypeKind::List(None))
                .and(element)
                .map(|element| TypeKind::List(Some(element))),
            at + 2,
        )
    } else {
        (plain, at)
    };
    // A plain word is most likely a form's name: told once a file, as all that belongs to forms.
    if kind.is_none() && last == at {
        form::report(input, Form::RecordType, at);
    } else if kind.is_none() {
        input.emit(Fault::over(at, last, Kind::UnknownType));
    }
    skip_to(input, last + 1);
    Ok(TypeName {
        kind: kind.unwrap_or(TypeKind::Unknown),
        span: source.span(at, last),
    })
}

/// `( type name, … )`. Of what cannot be read the first is told, and the names are kept: they are used in the body.
fn parameters<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, Vec<Parameter>> {
    custom(move |input: &mut Input<'t, '_>| {
        let open = position(input);
        let source = input.state().source;
        let closing = source
            .partner(open)
            .filter(|_| source.is(open, Token::LeftParenthesis));
        let mut is_told = is_unclosed(&source, open);
        let end = match closing {
            Some(closing) => closing,
            None if is_told => head_end(&source, open),
            None => return Err(Fault::expected(open, Expected::LEFT_PARENTHESIS)),
        };
        skip_to(input, open + 1);
        let mut list = Vec::new();
        while position(input) < end {
            let at = position(input);
            let fault = match parameter(input, &expression) {
                Ok(parameter) => {
                    list.push(parameter);
                    ends_parameter(&source, position(input), end)
                }
                Err(fault) => {
                    let stop = next_comma(&source, at, end);
                    list.extend(guessed(&source, at, stop));
                    skip_to(input, stop);
                    Some(fault)
                }
            };
            if let Some(fault) = fault
                && !is_told
            {
                input.emit(fault);
                is_told = true;
            }
            // A word too many may be the name that is meant.
            let behind = position(input);
            if behind < end && source.is_name(behind) && is_alone(&source, behind, end) {
                list.extend(guessed(&source, behind, behind + 1));
                input.skip();
            }
            // A comma, or what stands where it should; a word begins the next parameter.
            let behind = position(input);
            if behind < end && !source.is_word(behind) {
                input.skip();
            }
        }
        skip_to(input, closing.map_or(end, |closing| closing + 1));
        Ok(list)
    })
    .boxed()
}

/// The index of the block, or of the end of the statement, behind a `(` that is never closed.
fn head_end(source: &Source<'_>, mut at: usize) -> usize {
    while !matches!(
        source.token(at),
        None | Some(Token::LeftBrace | Token::RightBrace | Token::Semicolon)
    ) {
        at = source.behind(at);
    }
    at
}

/// Whether nothing more of its parameter stands behind the word at `at`.
fn is_alone(source: &Source<'_>, at: usize, end: usize) -> bool {
    at + 1 == end || source.is(at + 1, Token::Comma)
}

/// `type name`, and a default value, which is refused.
fn parameter<'t>(
    input: &mut Input<'t, '_>,
    expression: &Rule<'t, ExpressionId>,
) -> Result<Parameter, Fault> {
    let parameter = read_parameter(input)?;
    let sign = position(input);
    if input.peek() == Some(Token::Assign) {
        input.skip();
        input.parse(expression)?;
        input.emit(Fault::at(sign, Kind::DefaultValue));
    }
    Ok(parameter)
}

/// What is wrong behind a parameter, if it is not followed by a comma and another one, or by the `)` at `end`.
fn ends_parameter(source: &Source<'_>, at: usize, end: usize) -> Option<Fault> {
    match source.token(at) {
        _ if at == end => None,
        Some(Token::Comma) if at + 1 < end => None,
        Some(Token::Comma) => Some(Fault::expected(end, Expected::TYPE)),
        _ => Some(Fault::expected(
            at,
            Expected::COMMA.and(Expected::RIGHT_PARENTHESIS),
        )),
    }
}

/// The index of the next comma, or `end`.
fn next_comma(source: &Source<'_>, mut at: usize, end: usize) -> usize {
    while at < end && !source.is(at, Token::Comma) {
        at = source.behind(at);
    }
    at.min(end)
}

/// The parameter that was most likely meant between two tokens: the last name.
fn guessed(source: &Source<'_>, at: usize, end: usize) -> Option<Parameter> {
    let name = (at..end).rev().find(|at| source.is_name(*at))?;
    let type_name = TypeName {
        kind: TypeKind::Unknown,
        span: source.span(name, name),
    };
    Some(Parameter {
        type_name,
        name: source.name(name),
    })
}

fn read_parameter(input: &mut Input<'_, '_>) -> Result<Parameter, Fault> {
    let has_dots = skip_dots(input);
    let at = position(input);
    let source = input.state().source;
    let alone = matches!(
        source.token(at + 1),
        Some(Token::Comma | Token::RightParenthesis | Token::Assign)
    );
    if source.is_name(at) && alone {
        if !has_dots {
            input.emit(Fault::at(at, Kind::UntypedParameter));
        }
        input.skip();
        let type_name = TypeName {
            kind: TypeKind::Unknown,
            span: source.span(at, at),
        };
        return Ok(Parameter {
            type_name,
            name: source.name(at),
        });
    }
    // `final int a`: the word before the type is one too many.
    if source.is_word(at + 1)
        && source.is_name(at + 2)
        && matches!(
            source.token(at + 3),
            Some(Token::Comma | Token::RightParenthesis | Token::Assign)
        )
        && type_kind(source.text_of(at + 1, at + 1)).is_some()
    {
        input.emit(Fault::at(at, Kind::UnknownType));
        input.skip();
    }
    let mut type_name = read_type(input)?;
    if type_name.kind == TypeKind::Void {
        input.emit(Fault::at(at, Kind::VoidParameter));
        type_name.kind = TypeKind::Unknown;
    }
    skip_dots(input);
    let name = read_assigned_name(input)?;
    skip_dots(input);
    Ok(Parameter { type_name, name })
}

/// `...` of other languages, beside type or name: any number of arguments.
fn skip_dots(input: &mut Input<'_, '_>) -> bool {
    let at = position(input);
    let source = input.state().source;
    let mut end = at;
    while source.is(end, Token::Dot) {
        end += 1;
    }
    if end > at {
        input.emit(Fault::over(at, end - 1, Kind::AnyNumberOfParameters));
        skip_to(input, end);
    }
    end > at
}

/// The comment directly before the declaration at `at`, without its signs: a block comment, or a run of lines.
fn description(source: &Source<'_>, at: usize) -> Option<String> {
    let mut next = source.places.get(at)?.start as usize;
    let before = source
        .comments
        .partition_point(|comment| (comment.end as usize) <= next);
    let comments = source.comments.get(..before)?;
    let mut lines = Vec::new();
    for Place { start, end } in comments.iter().rev() {
        let (start, end) = (*start as usize, *end as usize);
        let between = source.text.get(end..next)?;
        if !between.trim().is_empty() || line_ends(between) > 1 {
            break;
        }
        let comment = source.text.get(start..end)?;
        if let Some(block) = comment.strip_prefix("/*") {
            if lines.is_empty() {
                return Some(block_comment(block.trim_end_matches("*/")))
                    .filter(|text| !text.is_empty());
            }
            break;
        }
        lines.push(comment.trim_start_matches('/').trim());
        next = start;
    }
    lines.reverse();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn line_ends(text: &str) -> usize {
    text.replace("\r\n", "\n").matches(['\n', '\r']).count()
}

/// The lines of a block comment without the stars that often begin them.
fn block_comment(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim().trim_start_matches('*').trim())
        .collect();
    lines.join("\n").trim().to_owned()
}
