//! Declarations of variables, and words before a declaration, as other languages have them (language reference, 5.1).

use super::declaration;
use super::foreign;
use super::recovery::line_end;
use super::state::{Input, Source, position, skip_to};
use super::task;
use crate::ast::{ExpressionKind, StatementId, StatementKind};
use crate::token::Token;

/// Words that stand before the type or before a function in other languages.
const MODIFIERS: [&str; 15] = [
    "abstract",
    "async",
    "const",
    "default",
    "export",
    "final",
    "internal",
    "override",
    "private",
    "protected",
    "pub",
    "public",
    "readonly",
    "static",
    "virtual",
];
/// Words that stand for the type in other languages.
const ANY_TYPE: [&str; 6] = ["auto", "const", "final", "let", "val", "var"];

fn says_any(source: &Source<'_>, at: usize, words: &[&str]) -> bool {
    words.iter().any(|word| source.says(at, word))
}

/// Where a function or a class is declared at `at` behind words such as `public static`: the index behind these.
pub(super) fn behind_modifiers(source: &Source<'_>, at: usize) -> Option<usize> {
    let mut end = at;
    while says_any(source, end, &MODIFIERS) {
        end += 1;
    }
    let declares = end > at
        && (declaration::opens(source, end)
            || foreign::opens_function(source, end)
            || foreign::opens_class(source, end));
    declares.then_some(end)
}

/// `string x = …`, `var x;`, `list:int x = …`, `static int x = …`, `List<String> x = …`, `int[] x = …`, `int x = 1, y = 2;`:
/// the index of the name. None of these can be anything else.
pub(super) fn name(source: &Source<'_>, at: usize) -> Option<usize> {
    let word = last_word_of_type(source, at);
    // `invokeurl [ ]` is a statement without a `;`, behind which another one begins.
    if source.is(word + 1, Token::LeftBracket) && task::opens(source, word) {
        return None;
    }
    let name = behind_type(source, word)?;
    if !source.is_name(name) || !source.same_line(name) {
        return None;
    }
    let is_type = word > at
        || name > word + 1
        || declaration::type_kind(source.text_of(word, word)).is_some()
        || says_any(source, word, &ANY_TYPE);
    match source.token(behind_name(source, name)) {
        Some(Token::Semicolon | Token::Comma) if is_type => Some(name),
        Some(token) if token.is_assignment() => Some(name),
        _ => None,
    }
}

/// Of `static final int x` the index of `int`; of `final x` that of `final`.
fn last_word_of_type(source: &Source<'_>, mut at: usize) -> usize {
    let is_name = |at: usize| {
        source.token(at + 1).is_some_and(|token| {
            token.is_assignment() || matches!(token, Token::Semicolon | Token::Comma)
        })
    };
    while says_any(source, at, &MODIFIERS) && source.is_word(at + 1) && !is_name(at + 1) {
        at += 1;
    }
    at
}

/// The index behind the type whose word is at `word`: `list:int`, `Map<String, List<Integer>>`, `int[]`.
fn behind_type(source: &Source<'_>, word: usize) -> Option<usize> {
    let mut end = word + 1;
    match source.token(end) {
        Some(Token::Colon) if source.is_word(end + 1) => end += 2,
        Some(Token::Less) => end = behind_type_arguments(source, end)?,
        _ => {}
    }
    while source.is(end, Token::LeftBracket) && source.is(end + 1, Token::RightBracket) {
        end += 2;
    }
    Some(end)
}

/// The index behind the `>` of the `<` at `at`.
fn behind_type_arguments(source: &Source<'_>, mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match source.token(at)? {
            Token::Less => depth += 1,
            Token::Greater if depth == 1 => return Some(at + 1),
            Token::Greater => depth -= 1,
            Token::Comma | Token::Dot | Token::Question => {}
            Token::LeftBracket | Token::RightBracket => {}
            token if token.is_word() => {}
            _ => return None,
        }
        at += 1;
    }
}

/// The index behind a name and the brackets of `int a[] = …`, `int a[5];`.
fn behind_name(source: &Source<'_>, name: usize) -> usize {
    match source.token(name + 1) {
        Some(Token::LeftBracket) => source.behind(name + 1),
        _ => name + 1,
    }
}

/// Whether the variable at `name`, whose type begins at `at`, is given a value that is worth reading: one of this
/// language, most likely, and the only one.
pub(super) fn has_plain_value(source: &Source<'_>, at: usize, name: usize) -> bool {
    let makes_container = source.is(name + 2, Token::New)
        && container(source.text_of(last_word_of_type(source, at), name - 1)).is_some();
    let is_plain = (at..name).all(|at| source.is_word(at) || source.is(at, Token::Colon));
    let is_assigned = source.token(name + 1).is_some_and(Token::is_assignment);
    is_plain && is_assigned && !makes_container && !has_more(source, name)
}

/// Whether a comma, and so another variable, stands in the statement behind `name`.
pub(super) fn has_more(source: &Source<'_>, name: usize) -> bool {
    let end = line_end(source, name);
    let mut at = name;
    while at < end && !source.is(at, Token::Comma) {
        at = source.behind(at);
    }
    at < end
}

/// Skips the declaration of the variable at `name`, which counts as assigned, as do those behind commas.
pub(super) fn skip(input: &mut Input<'_, '_>, name: usize) -> StatementId {
    let source = input.state().source;
    let end = line_end(&source, name);
    let has_semicolon = source.is(end - 1, Token::Semicolon);
    let last = end - usize::from(has_semicolon);
    let mut others = foreign::assigned_names(input, name + 1, last, true);
    skip_to(input, end);
    let end = position(input);
    let state = input.state();
    state.beside.append(&mut others);
    let value = state.expression(ExpressionKind::Missing, name, name + 1);
    let kind = StatementKind::Assign {
        target: source.name(name),
        operator: None,
        operator_span: source.span(name, name).after(),
        value,
    };
    state.statement(kind, name, end)
}

/// What to write for the value of the variable at `name`, which is declared with `type_text`: the container it is made
/// to hold, or nothing in particular.
pub(super) fn value(source: &Source<'_>, name: usize, type_text: &str) -> &'static str {
    container(type_text)
        .filter(|_| source.is(name + 2, Token::New))
        .unwrap_or("…")
}

/// The container here that a type of other languages names.
fn container(type_text: &str) -> Option<&'static str> {
    let plain = type_text.split('<').next().unwrap_or_default();
    let word = plain.split_whitespace().last()?.to_ascii_lowercase();
    match word.as_str() {
        "list" | "arraylist" | "linkedlist" | "set" | "hashset" => Some("List()"),
        "map" | "hashmap" | "treemap" | "linkedhashmap" | "dictionary" => Some("Map()"),
        _ => None,
    }
}
