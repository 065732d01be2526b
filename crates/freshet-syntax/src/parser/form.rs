//! Statements that belong to forms (language reference, appendix A): read whole, and reported once a kind and file.
//!
//! What stands in them is not parsed: criteria and names of fields are no expressions of the language.

use super::fault::{Fault, Kind};
use super::recovery::skip_statement;
use super::state::{Input, Source, State, position, skip_to};
use crate::ast::{StatementId, StatementKind};
use crate::source::Span;
use crate::token::Token;

/// The rows of appendix A that the grammar alone can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Alert,
    CancelSubmit,
    Insert,
    Delete,
    /// `r.Field = v;`
    Update,
    /// `input.Field = v;`
    InputField,
    /// `hide f;` and the other words that change the open form.
    FieldWord,
    /// `append [ … ]` and the other tasks of forms.
    Task,
    /// A form's name as a type.
    RecordType,
}

/// Words that change the open form.
const FIELD_WORDS: [&str; 8] = [
    "hide", "show", "enable", "disable", "clear", "set", "select", "deselect",
];
/// Words before `[ … ]`.
const TASK_WORDS: [&str; 4] = ["append", "reload", "execute", "payment"];

/// The form that a statement at `at` is, by its first words (appendix B, note 10).
fn form(source: &Source<'_>, at: usize) -> Option<Form> {
    use Token::*;
    if !matches!(source.token(at), Some(Word | Cautioned)) {
        return None;
    }
    let next = source.token(at + 1)?;
    let opens = next.is_name()
        || matches!(
            next,
            Number | Decimal | Text | Quoted | BrokenText | LeftBracket
        );
    let word = source.text_of(at, at);
    let is_one_of = |words: &[&str]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
    if next == LeftParenthesis {
        return (is_one_of(&["alert"]) && !source.declares_alert).then_some(Form::Alert);
    }
    if field_interface(source, at).is_some() {
        return Some(Form::FieldWord);
    }
    if next == Semicolon && is_one_of(&["reload"]) {
        return Some(Form::Task);
    }
    if !opens {
        return None;
    }
    match () {
        () if is_one_of(&["alert"]) => Some(Form::Alert),
        () if is_one_of(&["cancel"]) && source.says(at + 1, "submit") => Some(Form::CancelSubmit),
        () if is_one_of(&["insert"]) && source.says(at + 1, "into") => Some(Form::Insert),
        () if is_one_of(&["delete"]) && source.says(at + 1, "from") => Some(Form::Delete),
        () if is_one_of(&FIELD_WORDS) => Some(Form::FieldWord),
        () if is_one_of(&TASK_WORDS) => Some(Form::Task),
        () => None,
    }
}

/// If `field:ui.` or `input.field:ui.` begins at `at`, which changes the choices of a field: the index of `ui`.
pub(super) fn field_interface(source: &Source<'_>, at: usize) -> Option<usize> {
    let mut end = at + 1;
    while source.is(end, Token::Dot) && source.is_word(end + 1) {
        end += 2;
    }
    let opens = source.is(end, Token::Colon)
        && source.says(end + 1, "ui")
        && source.is(end + 2, Token::Dot);
    opens.then_some(end + 1)
}

/// Reads such a statement, if one stands here. What it names is not looked up, so nothing of it is kept.
pub(super) fn statement(input: &mut Input<'_, '_>) -> Result<Option<StatementId>, Fault> {
    let at = position(input);
    let source = input.state().source;
    let Some(form) = form(&source, at) else {
        return Ok(None);
    };
    report(input, form, at);
    if matches!(form, Form::Insert | Form::Delete) {
        note_form(input, at + 2);
    }
    if matches!(form, Form::Insert | Form::Task) && bracket(&source, at).is_some() {
        skip_bracketed(input);
    } else {
        skip_statement(input)?;
    }
    Ok(Some(nothing(input.state(), at)))
}

/// What stands for a form's statement that begins at `at`: it has no words, so that none counts as a variable.
pub(super) fn nothing(state: &mut State<'_>, at: usize) -> StatementId {
    let place = state.source.span(at, at);
    let place = Span::new(place.file, place.start, place.start);
    state.ast.add_statement(StatementKind::Empty, place)
}

/// Keeps the name at `at`, which can only be that of a form.
pub(super) fn note_form(input: &mut Input<'_, '_>, at: usize) {
    let state = input.state();
    if state.source.is_word(at) {
        let name = state.source.text_of(at, at).into();
        state.ast.forms.push(name);
    }
}

/// Whether `insert into` stands at `at`: it may be assigned.
pub(super) fn is_insert(source: &Source<'_>, at: usize) -> bool {
    form(source, at) == Some(Form::Insert) && bracket(source, at).is_some()
}

/// Skips `insert into Form [ … ]`, whose `;` may be missing.
pub(super) fn skip_insert(input: &mut Input<'_, '_>) {
    let at = position(input);
    report(input, Form::Insert, at);
    note_form(input, at + 2);
    skip_bracketed(input);
}

/// One error a kind and file.
pub(super) fn report(input: &mut Input<'_, '_>, form: Form, at: usize) {
    let state = input.state();
    if state.first_of(form) {
        let last = field_interface(&state.source, at).unwrap_or(at);
        input.emit(Fault::over(at, last, Kind::Form(form)));
    }
}

/// The `[` that follows the words of a form.
fn bracket(source: &Source<'_>, at: usize) -> Option<usize> {
    let mut bracket = at;
    while source.is_word(bracket) || source.is(bracket, Token::Dot) {
        bracket += 1;
    }
    source.is(bracket, Token::LeftBracket).then_some(bracket)
}

fn skip_bracketed(input: &mut Input<'_, '_>) {
    let source = input.state().source;
    let at = position(input);
    let end = bracket(&source, at)
        .and_then(|bracket| source.partner(bracket))
        .map_or(at + 1, |closing| closing + 1);
    skip_to(
        input,
        if source.is(end, Token::Semicolon) {
            end + 1
        } else {
            end
        },
    );
}

/// The index behind `sort by …` and `range from … to …`, which may follow the criteria of a fetch.
pub(super) fn after_fetch(source: &Source<'_>, mut at: usize) -> usize {
    loop {
        let sorted = source.says(at, "sort") && source.says(at + 1, "by");
        let ranged = source.says(at, "range") && source.says(at + 1, "from");
        if !sorted && !ranged {
            return at;
        }
        at += 2;
        while let Some(token) = source.token(at) {
            use Token::*;
            let over = match token {
                Semicolon | LeftBrace | RightBrace | RightParenthesis | RightBracket => true,
                Comma => ranged,
                _ => {
                    (source.says(at, "sort") && source.says(at + 1, "by"))
                        || (source.says(at, "range") && source.says(at + 1, "from"))
                }
            };
            if over || (!source.same_line(at) && super::recovery::begins_statement(source, at)) {
                break;
            }
            at = source.partner(at).unwrap_or(at) + 1;
        }
    }
}
