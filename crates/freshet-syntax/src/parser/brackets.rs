//! Brackets are matched on the tokens, before the grammar is (language reference, 8 and 9).
//!
//! That places "not closed" and "too many" exactly, bounds the depth that the parser recurses to, and leaves the parser
//! a stream in which every bracket has its partner: closing brackets too many are left out, those that are never closed
//! become [`Token::Invalid`], blocks that the file ends in are closed at its end. What was reported here, the parser
//! keeps silent about.

use crate::faults;
use crate::source::{FileId, Span};
use crate::token::{Diagnostics, Lexed, Place, Token};

/// Open brackets of all kinds at once, blocks included.
pub(super) const MOST_NESTED: usize = 256;
/// Signs (`!`, `-`, `+`) in a row.
const MOST_SIGNS: usize = 256;
/// In [`Stream::partners`]: no bracket, or one without partner.
pub(super) const NO_PARTNER: u32 = u32::MAX;

/// Tokens whose brackets all match.
#[derive(Default)]
pub(super) struct Stream {
    pub tokens: Vec<Token>,
    pub places: Vec<Place>,
    /// For every bracket the index of its partner.
    pub partners: Vec<u32>,
    /// The file ends inside of a bracket.
    pub open_bracket: bool,
    /// A block is not closed, so that what follows may be nested deeper than its author meant.
    pub open_block: bool,
    /// Of brackets that are not closed, blocks aside: their tokens, and those that came instead of their partners.
    pub unclosed: Vec<(usize, usize)>,
    pub diagnostics: Diagnostics,
}

/// An opening bracket that waits for its partner.
#[derive(Clone, Copy)]
struct Open {
    index: usize,
    closing: Token,
    /// A block of statements rather than a value or parentheses.
    block: bool,
}

struct Balancer<'s> {
    text: &'s str,
    comments: &'s [Place],
    file: FileId,
    stream: Stream,
    open: Vec<Open>,
    /// Closing brackets whose partners have been reported as not closed; the next one of that kind is not reported
    /// again.
    forgiven: Vec<Token>,
    signs: usize,
    /// A bracket too deep has been reported since the last one was closed.
    too_deep: bool,
}

/// Matches the brackets of a text.
pub(super) fn balance(lexed: &Lexed, text: &str, file: FileId) -> Stream {
    let mut balancer = Balancer {
        text,
        comments: &lexed.comments,
        file,
        stream: Stream::default(),
        open: Vec::new(),
        forgiven: Vec::new(),
        signs: 0,
        too_deep: false,
    };
    balancer.stream.tokens.reserve(lexed.tokens.len() + 1);
    balancer.stream.places.reserve(lexed.tokens.len() + 1);
    balancer.stream.partners.reserve(lexed.tokens.len() + 1);
    let mut at = 0;
    while let (Some(token), Some(place)) = (lexed.tokens.get(at), lexed.places.get(at)) {
        at += 1;
        match token {
            Token::LeftParenthesis | Token::LeftBrace | Token::LeftBracket => {
                if balancer.open.len() == MOST_NESTED {
                    balancer.refuse(*place);
                    at = skip_group(&lexed.tokens, at);
                } else {
                    balancer.opening(*token, *place);
                }
            }
            Token::RightParenthesis | Token::RightBrace | Token::RightBracket => {
                balancer.closing(*token, *place, lexed.tokens.get(at..).unwrap_or_default());
            }
            Token::Plus | Token::Minus | Token::Bang | Token::PlusPlus | Token::MinusMinus => {
                balancer.sign(*token, *place);
            }
            Token::Semicolon => {
                balancer.forgiven.clear();
                balancer.push(*token, *place);
            }
            Token::BrokenText => {
                balancer.push(*token, *place);
                balancer.close_after_broken_text(*place);
            }
            _ => balancer.push(*token, *place),
        }
    }
    balancer.end(lexed.open_comment);
    balancer.stream
}

/// The index behind the partner of the bracket that was opened just before `at`, whatever the kinds.
fn skip_group(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 1_usize;
    while depth > 0 {
        match tokens.get(at) {
            Some(Token::LeftParenthesis | Token::LeftBrace | Token::LeftBracket) => depth += 1,
            Some(Token::RightParenthesis | Token::RightBrace | Token::RightBracket) => depth -= 1,
            Some(_) => {}
            None => break,
        }
        at += 1;
    }
    at
}

/// Whether a closing bracket comes in the same statement without an opening one of its own.
fn closes_later(rest: &[Token], closing: Token) -> bool {
    /// How far to look, in tokens.
    const FAR: usize = 200;
    let opening = opening_of(closing);
    let mut depth = 0_usize;
    for token in rest
        .iter()
        .take(FAR)
        .take_while(|token| **token != Token::Semicolon)
    {
        if *token == opening {
            depth += 1;
        } else if *token == closing {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        }
    }
    false
}

impl Balancer<'_> {
    fn push(&mut self, token: Token, place: Place) {
        self.stream.tokens.push(token);
        self.stream.places.push(place);
        self.stream.partners.push(NO_PARTNER);
    }

    fn span(&self, place: Place) -> Span {
        Span::new(self.file, place.start, place.end)
    }

    fn place(&self, index: usize) -> Place {
        self.stream
            .places
            .get(index)
            .copied()
            .unwrap_or(Place { start: 0, end: 0 })
    }

    fn opening(&mut self, token: Token, place: Place) {
        let block = token == Token::LeftBrace && self.opens_block();
        self.open.push(Open {
            index: self.stream.tokens.len(),
            closing: closing_of(token),
            block,
        });
        self.push(token, place);
    }

    /// Whether a `{` at the end of the stream opens a block (language reference, appendix B, note 4).
    fn opens_block(&self) -> bool {
        match self.stream.tokens.last() {
            None | Some(Token::Else | Token::Try | Token::Semicolon) => true,
            Some(Token::LeftBrace) => self.open.last().is_some_and(|open| open.block),
            Some(Token::Info | Token::Throw | Token::Throws) => false,
            Some(token) => token.ends_operand(),
        }
    }

    /// Leaves out a bracket that is nested too deep; of neighbours at that depth the first is reported.
    fn refuse(&mut self, place: Place) {
        if !self.too_deep {
            let span = self.span(place);
            self.stream
                .diagnostics
                .error(|| faults::nested_too_deep(span, MOST_NESTED));
        }
        self.too_deep = true;
        self.push(Token::Invalid, place);
    }

    fn sign(&mut self, token: Token, place: Place) {
        let previous = self.stream.tokens.last();
        let follows_sign = matches!(
            previous,
            Some(Token::Plus | Token::Minus | Token::Bang | Token::PlusPlus | Token::MinusMinus)
        );
        let binary = token != Token::Bang && previous.is_some_and(|token| token.ends_operand());
        self.signs = match (binary, follows_sign) {
            (true, _) => 0,
            (false, true) => self.signs + 1,
            (false, false) => 1,
        };
        if self.signs <= MOST_SIGNS {
            self.push(token, place);
        } else if self.signs == MOST_SIGNS + 1 {
            let span = self.span(place);
            self.stream
                .diagnostics
                .error(|| faults::too_many_signs(span, MOST_SIGNS));
        }
    }

    /// `rest`: the tokens behind the closing bracket.
    fn closing(&mut self, token: Token, place: Place, rest: &[Token]) {
        match self.open.iter().rposition(|open| open.closing == token) {
            Some(partner) => {
                if partner + 1 < self.open.len() {
                    self.give_up_from(partner + 1, Some((place, token)));
                }
                self.close(token, place);
            }
            None if self.stands_for_another(token, rest.first().copied()) => {
                // `(1 + 2]`: one slip, told at the opening bracket; the closing one counts as its partner, unless that
                // comes as well.
                if let Some(open) = self.open.last().copied() {
                    self.report_not_closed(open, Some((place, token)));
                    if !closes_later(rest, open.closing) {
                        self.close(open.closing, place);
                    }
                }
            }
            None => {
                if token == Token::RightBrace {
                    self.give_up_from(0, Some((place, token)));
                }
                if let Some(forgiven) = self.forgiven.iter().position(|kind| *kind == token) {
                    self.forgiven.swap_remove(forgiven);
                } else {
                    let span = self.span(place);
                    self.stream.diagnostics.error(|| {
                        faults::closed_too_often(span, text_of(token), text_of(opening_of(token)))
                    });
                }
            }
        }
    }

    /// Whether a closing bracket, none of whose kind is open, was most likely meant for the innermost open one.
    fn stands_for_another(&self, token: Token, next: Option<Token>) -> bool {
        let Some(open) = self.open.last() else {
            return false;
        };
        let between = self.stream.tokens.get(open.index..).unwrap_or_default();
        match open.closing {
            _ if open.block => false,
            Token::RightBrace => matches!(next, Some(Token::Semicolon | Token::LeftBrace)),
            _ => token != Token::RightBrace || !between.contains(&Token::Semicolon),
        }
    }

    /// Pairs a closing bracket with the innermost open one.
    fn close(&mut self, token: Token, place: Place) {
        let Some(open) = self.open.pop() else {
            return;
        };
        self.too_deep = false;
        let closing = self.stream.tokens.len() as u32;
        self.push(token, place);
        if let Some(partner) = self.stream.partners.get_mut(open.index) {
            *partner = closing;
        }
        if let Some(partner) = self.stream.partners.last_mut() {
            *partner = open.index as u32;
        }
    }

    /// Reports the outermost of the open brackets from `first` on as not closed, and forgets all of these.
    fn give_up_from(&mut self, first: usize, found: Option<(Place, Token)>) {
        let Some(outermost) = self.open.get(first).copied() else {
            return;
        };
        self.report_not_closed(outermost, found);
        for open in self.open.drain(first..) {
            self.stream.open_block |= open.block;
            self.forgiven.push(open.closing);
            if let Some(token) = self.stream.tokens.get_mut(open.index) {
                *token = Token::Invalid;
            }
        }
    }

    fn report_not_closed(&mut self, open: Open, found: Option<(Place, Token)>) {
        let end = self.stream.tokens.len();
        let inside = self.stream.tokens.get(open.index..).unwrap_or_default();
        // What stands where a block could, and holds no statement, may as well be a value.
        if !open.block || !inside.contains(&Token::Semicolon) {
            self.stream.unclosed.push((open.index, end));
        }
        let opening = self.span(self.place(open.index));
        let found = found.map(|(place, token)| (self.span(place), text_of(token)));
        let (bracket, closing) = (text_of(opening_of(open.closing)), text_of(open.closing));
        let suspect = if found.is_none() && open.block {
            self.misleading_block(open)
        } else {
            None
        };
        let in_address = self.swallows_address(open);
        self.stream
            .diagnostics
            .error(|| faults::not_closed(opening, bracket, closing, found, suspect, in_address));
    }

    /// Whether the first comment behind the bracket, on its line, begins with the `//` of an address without quotes:
    /// it may have swallowed the closing bracket.
    fn swallows_address(&self, open: Open) -> bool {
        let opening = self.place(open.index).start;
        let next = self
            .comments
            .partition_point(|comment| comment.start < opening);
        let Some(comment) = self.comments.get(next) else {
            return false;
        };
        let between = self.text.get(opening as usize..comment.start as usize);
        let is_address =
            between.is_some_and(|text| text.ends_with(':') && !text.contains(['\n', '\r']));
        let rest = self.text.get(comment.start as usize..comment.end as usize);
        is_address && rest.is_some_and(|text| text.starts_with("//") && !text.starts_with("// "))
    }

    /// Inside of a block that is never closed: the first `}` that stands further left than the line of its `{`, and so
    /// most likely closes the wrong block.
    fn misleading_block(&self, open: Open) -> Option<Span> {
        let tokens = self.stream.tokens.iter().enumerate().skip(open.index + 1);
        let braces = tokens.filter(|(_, token)| **token == Token::RightBrace);
        braces
            .filter_map(|(closing, _)| {
                let opening = *self.stream.partners.get(closing)? as usize;
                let (opened_at, _) = self.indent(opening)?;
                let (closed_at, first_of_line) = self.indent(closing)?;
                (first_of_line && closed_at < opened_at).then(|| self.span(self.place(closing)))
            })
            .next()
    }

    /// How far the line of a token is indented, and whether the token is the first of its line.
    fn indent(&self, index: usize) -> Option<(usize, bool)> {
        /// How far the beginning of the line is looked for, in bytes.
        const FAR: usize = 200;
        let at = self.place(index).start as usize;
        let before = self.text.as_bytes().get(at.saturating_sub(FAR)..at)?;
        let line = match before
            .iter()
            .rposition(|byte| matches!(byte, b'\n' | b'\r'))
        {
            Some(end) => &before[end + 1..],
            None if at <= FAR => before,
            None => return None,
        };
        let indent = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        Some((indent, indent == line.len()))
    }

    /// A text that is not closed swallows the rest of its line: the brackets and the `;` that stand there count.
    fn close_after_broken_text(&mut self, place: Place) {
        let Some(text) = self.text.get(place.start as usize..place.end as usize) else {
            return;
        };
        // Of one over several lines, only what stands behind the quote of the last line.
        let rest = match (text.rfind(['\n', '\r']), text.chars().next()) {
            (Some(line), Some(quote)) => {
                text[line..].split_once(quote).map_or("", |(_, rest)| rest)
            }
            _ => text,
        };
        let end = Place {
            start: place.end,
            end: place.end,
        };
        for character in rest.chars() {
            let token = match character {
                ')' => Token::RightParenthesis,
                ']' => Token::RightBracket,
                '}' => Token::RightBrace,
                _ => continue,
            };
            let Some(open) = self.open.last().copied() else {
                break;
            };
            let opened_at = self.place(open.index).start as usize;
            let same_line = self
                .text
                .get(opened_at..place.start as usize)
                .is_some_and(|between| !between.contains(['\n', '\r']));
            if same_line && open.closing == token {
                self.close(token, end);
            }
        }
        if rest.trim_end().ends_with(';') {
            self.push(Token::Semicolon, end);
        } else if rest.trim_end().ends_with('{') {
            self.opening(Token::LeftBrace, end);
        }
    }

    /// At the end of the file: the outermost open bracket is reported; blocks end here, anything else is given up.
    fn end(&mut self, in_comment: bool) {
        let Some(outermost) = self.open.first().copied() else {
            return;
        };
        self.stream.open_bracket = true;
        if !in_comment {
            self.report_not_closed(outermost, None);
        }
        let end = self.text.len() as u32;
        while let Some(open) = self.open.last().copied() {
            if open.block {
                self.stream.open_block = true;
                self.close(Token::RightBrace, Place { start: end, end });
            } else {
                self.open.pop();
                if let Some(token) = self.stream.tokens.get_mut(open.index) {
                    *token = Token::Invalid;
                }
            }
        }
    }
}

fn closing_of(token: Token) -> Token {
    match token {
        Token::LeftParenthesis => Token::RightParenthesis,
        Token::LeftBracket => Token::RightBracket,
        _ => Token::RightBrace,
    }
}

fn opening_of(token: Token) -> Token {
    match token {
        Token::RightParenthesis => Token::LeftParenthesis,
        Token::RightBracket => Token::LeftBracket,
        _ => Token::LeftBrace,
    }
}

fn text_of(bracket: Token) -> &'static str {
    match bracket {
        Token::LeftParenthesis => "(",
        Token::RightParenthesis => ")",
        Token::LeftBracket => "[",
        Token::RightBracket => "]",
        Token::LeftBrace => "{",
        _ => "}",
    }
}
