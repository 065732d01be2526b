//! Tokens to tree (language reference, appendix B), with chumsky, which no other module knows.
//!
//! Read in this order: `brackets` (the tokens' brackets are matched first), `state` (what the rules share), `fault` (the
//! errors they carry), `expression`, `primary`, `task`, `simple`, `for_each`, `statement`, `declaration`; `recovery`,
//! `expected`, `foreign`, `declared`, `form` and `follow` are for scripts that are not as they should be.

mod brackets;
mod declaration;
mod declared;
mod expected;
mod expression;
mod fault;
mod follow;
mod for_each;
mod foreign;
mod form;
mod primary;
mod recovery;
mod simple;
mod state;
mod statement;
mod task;

use chumsky::Parser;

use crate::ast::{Ast, ExpressionId, StatementKind};
use crate::diagnostic::Diagnostic;
use crate::faults;
use crate::source::{FileId, SourceFile, Span};
use crate::token::{Diagnostics, Lexed, Place, Token, lex};
use brackets::balance;
use fault::Fault;
use follow::drop_follow_ups;
use state::{Source, State};

/// Largest source, in bytes.
pub const MOST_BYTES: usize = 4 << 20;
/// Most errors that are reported of a file; the others are counted.
pub const MOST_ERRORS: usize = 20;
/// Most warnings that are reported of a file.
const MOST_WARNINGS: usize = 100;

/// What parsing gives, whatever the text.
#[derive(Debug)]
pub struct Parsed {
    /// The tree. Where something could not be read, it has [`ExpressionKind::Missing`](crate::ast::ExpressionKind) and
    /// [`StatementKind::Empty`], which need no further report.
    pub ast: Ast,
    /// Places of the comments, in order.
    pub comments: Vec<Span>,
    /// Errors and warnings by position: at most [`MOST_ERRORS`] errors and a hundred warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// How many errors there were beyond those.
    pub omitted: usize,
    /// Of [`parse_entry`]: the last statement, if it is an expression; it is no part of the tree's body.
    pub value: Option<ExpressionId>,
    /// The text ends inside of a bracket or a comment; of an entry also: before a value, a block or the like.
    pub unfinished: bool,
}

/// Parses a file.
pub fn parse(source: &SourceFile, file: FileId) -> Parsed {
    if let Some(at) = source.not_utf8() {
        return refused(file, faults::not_utf8(Span::new(file, at, at), false));
    }
    if is_utf_16(source.text()) {
        return refused(file, faults::not_utf8(Span::new(file, 0, 0), true));
    }
    parse_text(source.text(), file, false)
}

/// Whether a text in UTF-16 without its mark is read as UTF-8: then half of each plain letter is a zero byte.
fn is_utf_16(text: &str) -> bool {
    matches!(text.as_bytes(), [0, other, ..] | [other, 0, ..] if *other != 0)
}

/// Parses what was typed into a REPL: the last `;` may be missing, and an expression may stand alone. If the last
/// statement is an expression, it is given as [`Parsed::value`].
pub fn parse_entry(source: &SourceFile, file: FileId) -> Parsed {
    parse_text(source.text(), file, true)
}

/// Whether an entry of a REPL can be run as it is, or be reported as wrong, without more lines.
pub fn is_complete(text: &str) -> bool {
    !parse_text(text, FileId::default(), true).unfinished
}

fn parse_text(text: &str, file: FileId, entry: bool) -> Parsed {
    if text.len() > MOST_BYTES {
        let beginning = Span::new(file, 0, 0);
        return refused(
            file,
            faults::source_too_large(beginning, text.len(), MOST_BYTES),
        );
    }
    let lexed = lex(text, file);
    if let Some(place) = lexed.page {
        return refused(file, faults::page(Span::new(file, place.start, place.end)));
    }
    if let Some(place) = application_export(&lexed, text) {
        let word = Span::new(file, place.start, place.end);
        return refused(file, faults::application_export(word));
    }
    let stream = balance(&lexed, text, file);
    let mut source = Source {
        file,
        text,
        tokens: &stream.tokens,
        places: &stream.places,
        partners: &stream.partners,
        comments: &lexed.comments,
        broken: stream.open_block,
        open_comment: lexed.open_comment,
        declares_alert: false,
        entry,
    };
    source.declares_alert = declaration::declares(&source, "alert");
    let mut state = State::new(source);
    let (body, mut faults) = statement::program()
        .parse_with_state(source.tokens, &mut state)
        .into_output_errors();
    let mut ast = state.ast;
    ast.body = body.unwrap_or_default();
    let value = if entry { take_value(&mut ast) } else { None };
    let is_told = lexed.diagnostics.has_errors() || stream.diagnostics.has_errors();
    let unfinished = stream.open_bracket
        || lexed.open_comment
        || (entry && !is_told && wants_more(&faults, stream.tokens.len()));
    let (mut lexical, mut brackets) = (lexed.diagnostics, stream.diagnostics);
    drop_follow_ups(
        &mut lexical,
        &mut brackets,
        &mut faults,
        &stream.unclosed,
        &source,
    );
    let grammar = messages(faults, &source);
    let comments = spans(&lexed.comments, file);
    let mut omitted = 0;
    let mut diagnostics = Vec::new();
    for phase in [lexical, brackets, grammar] {
        omitted += phase.omitted;
        diagnostics.extend(phase.list);
    }
    omitted += cut(&mut diagnostics);
    Parsed {
        ast,
        comments,
        diagnostics,
        omitted,
        value,
        unfinished,
    }
}

/// Where the file begins as the export of an application does: `application "Name" {`.
fn application_export(lexed: &Lexed, text: &str) -> Option<Place> {
    let begins = lexed
        .tokens
        .starts_with(&[Token::Word, Token::Text, Token::LeftBrace]);
    let word = lexed.places.first().copied().filter(|_| begins)?;
    let found = text.get(word.start as usize..word.end as usize)?;
    found.eq_ignore_ascii_case("application").then_some(word)
}

/// Whether the text is wrong only in that it ends too early.
fn wants_more(faults: &[Fault], tokens: usize) -> bool {
    let mut errors = faults.iter().filter(|fault| !fault.is_warning()).peekable();
    errors.peek().is_some() && errors.all(|fault| fault.wants_more(tokens))
}

/// The faults of the grammar in words.
fn messages(faults: Vec<Fault>, source: &Source<'_>) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for fault in faults {
        if fault.is_warning() {
            diagnostics.warning(|| fault.diagnostic(source));
        } else {
            diagnostics.error(|| fault.diagnostic(source));
        }
    }
    diagnostics
}

/// Sorts by position and keeps the first ones; gives the number of errors left out.
fn cut(diagnostics: &mut Vec<Diagnostic>) -> usize {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    let (mut errors, mut warnings) = (0, 0);
    diagnostics.retain(|diagnostic| {
        let (count, most) = match diagnostic.is_error() {
            true => (&mut errors, MOST_ERRORS),
            false => (&mut warnings, MOST_WARNINGS),
        };
        *count += 1;
        *count <= most
    });
    errors.saturating_sub(MOST_ERRORS)
}

fn refused(file: FileId, diagnostic: Diagnostic) -> Parsed {
    Parsed {
        ast: Ast::new(file),
        comments: Vec::new(),
        diagnostics: vec![diagnostic],
        omitted: 0,
        value: None,
        unfinished: false,
    }
}

fn take_value(ast: &mut Ast) -> Option<ExpressionId> {
    let last = ast.body.last().copied()?;
    match ast.statement(last).kind {
        StatementKind::Expression(value) => {
            ast.body.pop();
            Some(value)
        }
        _ => None,
    }
}

fn spans(places: &[Place], file: FileId) -> Vec<Span> {
    places
        .iter()
        .map(|place| Span::new(file, place.start, place.end))
        .collect()
}
