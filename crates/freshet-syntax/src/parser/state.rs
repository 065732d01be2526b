//! What the grammar's rules share: the tokens they may look ahead in, and the tree they build.

use chumsky::input::{Checkpoint, Cursor, InputRef, MapExtra};
use chumsky::inspector::Inspector;
use chumsky::primitive::just;
use chumsky::{Boxed, Parser, extra};

use super::brackets::NO_PARTNER;
use super::fault::{Expected, Fault, Kind};
use super::form::Form;
use crate::ast::{Ast, ExpressionId, ExpressionKind, Name, StatementId, StatementKind};
use crate::source::{FileId, Span};
use crate::token::{Place, Token};

/// What chumsky reads: positions and spans of this input are indexes of tokens.
pub(super) type Tokens<'t> = &'t [Token];
pub(super) type Extra<'t> = extra::Full<Fault, State<'t>, ()>;
/// A rule of the grammar.
pub(super) type Rule<'t, O> = Boxed<'t, 't, Tokens<'t>, O, Extra<'t>>;
/// What a rule's closure gets beside the rule's parts.
pub(super) type Extras<'t, 'p> = MapExtra<'t, 'p, Tokens<'t>, Extra<'t>>;
pub(super) type Input<'t, 'p> = InputRef<'t, 'p, Tokens<'t>, Extra<'t>>;

/// The file being parsed.
#[derive(Clone, Copy)]
pub(super) struct Source<'t> {
    pub file: FileId,
    pub text: &'t str,
    pub tokens: &'t [Token],
    pub places: &'t [Place],
    pub partners: &'t [u32],
    pub comments: &'t [Place],
    /// The brackets show that the structure of the file is broken: what stands at the wrong depth is not reported.
    pub broken: bool,
    /// A comment is not closed.
    pub open_comment: bool,
    /// The file declares a function `alert`, which then is no word of forms.
    pub declares_alert: bool,
    /// An entry of the REPL: an expression may stand alone, and the last `;` may be missing.
    pub entry: bool,
}

/// The source, the tree so far, and where the parser is.
pub(super) struct State<'t> {
    pub source: Source<'t>,
    pub ast: Ast,
    /// Depth of blocks.
    pub blocks: u32,
    /// Depth of loops within the function.
    pub loops: u32,
    /// Inside of a `void` function: the token of its name.
    pub void_function: Option<u32>,
    /// Statements that recovery found beside the one it returns.
    pub beside: Vec<StatementId>,
    /// Kinds of forms that have been reported.
    forms: Vec<Form>,
    /// Names that have been warned of, in lower case.
    cautioned: Vec<String>,
}

impl<'t> Inspector<'t, Tokens<'t>> for State<'t> {
    type Checkpoint = ();
    fn on_token(&mut self, _: &Token) {}
    fn on_save<'p>(&self, _: &Cursor<'t, 'p, Tokens<'t>>) {}
    fn on_rewind<'p>(&mut self, _: &Checkpoint<'t, 'p, Tokens<'t>, ()>) {}
}

impl<'t> Source<'t> {
    pub fn token(&self, at: usize) -> Option<Token> {
        self.tokens.get(at).copied()
    }

    pub fn is(&self, at: usize, token: Token) -> bool {
        self.token(at) == Some(token)
    }

    pub fn is_word(&self, at: usize) -> bool {
        self.token(at).is_some_and(Token::is_word)
    }

    pub fn is_name(&self, at: usize) -> bool {
        self.token(at).is_some_and(Token::is_name)
    }

    /// The partner of the bracket at `at`.
    pub fn partner(&self, at: usize) -> Option<usize> {
        self.partners
            .get(at)
            .filter(|partner| **partner != NO_PARTNER)
            .map(|partner| *partner as usize)
    }

    /// The place of the tokens `first` to `last`; behind the last token if there is none.
    pub fn span(&self, first: usize, last: usize) -> Span {
        let end = self.text.len() as u32;
        let place = |at: usize| {
            self.places
                .get(at)
                .copied()
                .unwrap_or(Place { start: end, end })
        };
        Span::new(self.file, place(first).start, place(last).end)
    }

    /// Index of the token that begins at a byte.
    pub fn token_from(&self, start: u32) -> usize {
        self.places.partition_point(|place| place.start < start)
    }

    /// Index of the token that ends at a byte.
    pub fn token_until(&self, end: u32) -> usize {
        self.places.partition_point(|place| place.end < end)
    }

    /// The source text from token `first` to token `last`.
    pub fn text_of(&self, first: usize, last: usize) -> &'t str {
        let span = self.span(first, last);
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Whether the word at `at` is `word`, letter case aside.
    pub fn says(&self, at: usize, word: &str) -> bool {
        self.is_word(at) && self.text_of(at, at).eq_ignore_ascii_case(word)
    }

    /// Whether token `at` stands on the line where the token before it ends.
    pub fn same_line(&self, at: usize) -> bool {
        let (Some(before), Some(place)) = (
            at.checked_sub(1).and_then(|before| self.places.get(before)),
            self.places.get(at),
        ) else {
            return false;
        };
        self.text
            .get(before.end as usize..place.start as usize)
            .is_some_and(|between| !between.contains(['\n', '\r']))
    }

    /// The place from token `at` to the end of its line.
    pub fn rest_of_line(&self, at: usize) -> Span {
        let span = self.span(at, at);
        let rest = self.text.get(span.start as usize..).unwrap_or_default();
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        Span {
            end: span.start + length as u32,
            ..span
        }
    }

    /// The first token of the line on which token `at` begins.
    pub fn line_begin(&self, mut at: usize) -> usize {
        while self.same_line(at) {
            at -= 1;
        }
        at
    }

    /// Whether token `at` directly follows the one before it.
    pub fn adjacent(&self, at: usize) -> bool {
        match (
            at.checked_sub(1).and_then(|before| self.places.get(before)),
            self.places.get(at),
        ) {
            (Some(before), Some(place)) => before.end == place.start,
            _ => false,
        }
    }

    /// Whether `//`, which begins a comment, directly follows the `:` at `colon`: meant as `https://…`.
    pub fn is_address(&self, colon: usize) -> bool {
        let Some(place) = self
            .places
            .get(colon)
            .filter(|_| self.is(colon, Token::Colon))
        else {
            return false;
        };
        let comment = self
            .comments
            .binary_search_by_key(&place.end, |comment| comment.start);
        comment.is_ok()
            && self
                .text
                .get(place.end as usize..)
                .is_some_and(|rest| rest.starts_with("//"))
    }

    /// How far the line on which token `at` begins is indented, in bytes, if it is the first one on it.
    pub fn indent(&self, at: usize) -> Option<usize> {
        let start = self.places.get(at)?.start as usize;
        let before = self.text.get(..start)?;
        let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let indent = before.get(line..)?;
        indent
            .bytes()
            .all(|byte| matches!(byte, b' ' | b'\t'))
            .then_some(indent.len())
    }

    /// The index behind the lines that are indented further than that of the token at `first`, from the rest of the line
    /// of token `at` on: the block of a language that marks blocks so.
    pub fn indented_end(&self, first: usize, mut at: usize) -> usize {
        let outer = self.indent(first).unwrap_or(0);
        while self
            .token(at)
            .is_some_and(|token| token != Token::RightBrace)
            && (self.same_line(at) || self.indent(at).is_none_or(|indent| indent > outer))
        {
            at = self.behind(at);
        }
        at
    }

    /// The index behind the token at `at`; behind its partner, if it is an opening bracket.
    pub fn behind(&self, at: usize) -> usize {
        self.partner(at).unwrap_or(at).max(at) + 1
    }

    /// The name at `at`, spelt as in the source.
    pub fn name(&self, at: usize) -> Name {
        Name {
            text: self.text_of(at, at).into(),
            span: self.span(at, at),
        }
    }

    /// Whether `if(condition, a, b)` begins at `at` rather than the statement (appendix B, note 6).
    pub fn opens_conditional(&self, at: usize) -> bool {
        self.is(at, Token::If)
            && self.is(at + 1, Token::LeftParenthesis)
            && self.has_directly(at + 1, Token::Comma)
    }

    /// Whether a token stands directly inside of the bracket at `open`, not in one within it.
    pub fn has_directly(&self, open: usize, token: Token) -> bool {
        let end = self.partner(open).unwrap_or(open);
        let mut at = open + 1;
        while at < end {
            if self.is(at, token) {
                return true;
            }
            at = self.partner(at).unwrap_or(at) + 1;
        }
        false
    }
}

impl<'t> State<'t> {
    pub fn new(source: Source<'t>) -> Self {
        Self {
            source,
            ast: Ast::new(source.file),
            blocks: 0,
            loops: 0,
            void_function: None,
            beside: Vec::new(),
            forms: Vec::new(),
            cautioned: Vec::new(),
        }
    }

    /// Adds an expression over the tokens `first` up to, not including, `end`.
    pub fn expression(&mut self, kind: ExpressionKind, first: usize, end: usize) -> ExpressionId {
        let span = self.source.span(first, end.saturating_sub(1).max(first));
        self.ast.add_expression(kind, span)
    }

    /// Adds a statement over the tokens `first` up to, not including, `end`.
    pub fn statement(&mut self, kind: StatementKind, first: usize, end: usize) -> StatementId {
        let span = self.source.span(first, end.saturating_sub(1).max(first));
        self.ast.add_statement(kind, span)
    }

    /// Whether this is the first form of its kind.
    pub fn first_of(&mut self, form: Form) -> bool {
        let first = !self.forms.contains(&form);
        if first {
            self.forms.push(form);
        }
        first
    }

    /// The warning for a word at `at` that is easily misread as a name; once a word and file.
    pub fn caution(&mut self, at: usize) -> Option<Fault> {
        if !matches!(self.source.token(at), Some(Token::Cautioned | Token::Info)) {
            return None;
        }
        let word = self.source.text_of(at, at).to_ascii_lowercase();
        if self.cautioned.contains(&word) {
            return None;
        }
        self.cautioned.push(word);
        Some(Fault::at(at, Kind::CautionedName))
    }
}

/// Index of the next token.
pub(super) fn position(input: &Input<'_, '_>) -> usize {
    *input.cursor().inner()
}

/// The token `token`, for its index.
pub(super) fn index_of<'t>(token: Token) -> impl Parser<'t, Tokens<'t>, usize, Extra<'t>> + Clone {
    just(token).map_with(|_, extra: &mut Extras<'t, '_>| extra.span().start)
}

/// Skips tokens up to `end`.
pub(super) fn skip_to(input: &mut Input<'_, '_>, end: usize) {
    while position(input) < end {
        input.skip();
    }
}

/// Reads the name of a variable that is given a value: any but `input`.
pub(super) fn read_assigned_name(input: &mut Input<'_, '_>) -> Result<Name, Fault> {
    let at = position(input);
    if input.state().source.text_of(at, at) == "input" {
        input.emit(Fault::at(at, Kind::InputAssigned));
    }
    read_name(input)
}

/// Reads the name of a variable. A reserved word is reported and taken for one.
pub(super) fn read_name(input: &mut Input<'_, '_>) -> Result<Name, Fault> {
    let at = position(input);
    let source = input.state().source;
    let Some(token) = source
        .token(at)
        .filter(|token| token.is_word() && *token != Token::In)
    else {
        return Err(Fault::expected(at, Expected::NAME));
    };
    input.skip();
    if token.is_reserved() {
        input.emit(Fault::at(at, Kind::ReservedWord));
    } else if let Some(warning) = input.state().caution(at) {
        input.emit(warning);
    }
    Ok(source.name(at))
}
