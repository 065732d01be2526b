//! Function declarations (language reference, 7.1).

use chumsky::primitive::{custom, just};
use chumsky::recovery::via_parser;
use chumsky::{IterParser, Parser};

use super::fault::{Expected, Fault, Kind};
use super::form::{self, Form};
use super::primary::element_type;
use super::state::{Input, Rule, Source, index_of, position, read_assigned_name, skip_to};
use super::statement::Statements;
use crate::ast::{ExpressionId, Function, Name, Parameter, TypeKind, TypeName};
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
    if !source.is_word(last) || !source.is(last + 1, LeftParenthesis) {
        return false;
    }
    if type_kind(source.text_of(at, at)).is_some() {
        return true;
    }
    let body = source
        .partner(last + 1)
        .is_some_and(|closing| source.is(closing + 1, LeftBrace));
    body && !matches!(token, Info | Throw | Throws | Case | New)
        && !["function", "def", "func", "fn"]
            .iter()
            .any(|word| source.says(at, word))
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

/// `: string` or `-> string` between the parameters and the block, as other languages have it.
fn skip_type_behind(input: &mut Input<'_, '_>) {
    let at = position(input);
    let source = input.state().source;
    if !source.is_word(at + 1) || !source.is(at + 2, Token::LeftBrace) {
        return;
    }
    match source.token(at) {
        Some(Token::Colon) => input.emit(Fault::at(at, Kind::TypeBehind)),
        // `->` has been reported.
        Some(Token::Invalid) => {}
        _ => return,
    }
    skip_to(input, at + 2);
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
        let element = element_type(source.text_of(at + 2, at + 2));
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

/// `( type name, … )`. What cannot be read costs the parameters, not the body.
fn parameters<'t>(expression: Rule<'t, ExpressionId>) -> Rule<'t, Vec<Parameter>> {
    let default = index_of(Token::Assign).then_ignore(expression);
    custom(read_parameter)
        .then(default.or_not())
        .map_with(|(parameter, default), extra| {
            if let Some(sign) = default {
                extra.emit(Fault::at(sign, Kind::DefaultValue));
            }
            parameter
        })
        .separated_by(just(Token::Comma))
        .collect()
        .delimited_by(just(Token::LeftParenthesis), just(Token::RightParenthesis))
        .recover_with(via_parser(custom(|input: &mut Input<'t, '_>| {
            let at = position(input);
            let end = input
                .state()
                .source
                .partner(at)
                .ok_or(Fault::expected(at, Expected::LEFT_PARENTHESIS))?;
            skip_to(input, end + 1);
            Ok(Vec::new())
        })))
        .boxed()
}

fn read_parameter(input: &mut Input<'_, '_>) -> Result<Parameter, Fault> {
    skip_dots(input);
    let at = position(input);
    let source = input.state().source;
    let alone = matches!(
        source.token(at + 1),
        Some(Token::Comma | Token::RightParenthesis | Token::Assign)
    );
    if source.is_name(at) && alone {
        input.emit(Fault::at(at, Kind::UntypedParameter));
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
    let mut type_name = read_type(input)?;
    if type_name.kind == TypeKind::Void {
        input.emit(Fault::at(at, Kind::VoidParameter));
        type_name.kind = TypeKind::Unknown;
    }
    skip_dots(input);
    Ok(Parameter {
        type_name,
        name: read_assigned_name(input)?,
    })
}

/// `...` of other languages, before or behind the type: any number of arguments.
fn skip_dots(input: &mut Input<'_, '_>) {
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
