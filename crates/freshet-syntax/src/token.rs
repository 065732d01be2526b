//! Source text to tokens (language reference, 2).
//!
//! A token is one byte: its kind. Where it stands lies beside it, and its text is read from the source, so nothing is
//! copied. Whatever is wrong with a piece of text becomes a diagnostic here and a token the parser can go on with.

use logos::Logos;

use crate::diagnostic::Diagnostic;
use crate::faults;
use crate::literal::{self, DecimalProblem, EscapeProblem};
use crate::source::{FileId, Span};

/// The kinds of tokens. Words are told apart without regard to letter case (language reference, 2.2).
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[logos(skip r"[ \t\r\n\f\u{A0}]+")]
pub enum Token {
    // Words that are never names (language reference, 2.3).
    /// `if`
    If,
    /// `else`
    Else,
    /// `for`
    For,
    /// `while`
    While,
    /// `in`
    In,
    /// `return`
    Return,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `try`
    Try,
    /// `catch`
    Catch,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
    /// `ifnull`
    IfNull,
    /// `void`
    Void,
    /// `thisapp`
    Thisapp,
    /// `zoho`
    Zoho,

    // Words that mean something special in some places and are names in all others.
    /// `info`
    Info,
    /// `throw`
    Throw,
    /// `throws`
    Throws,
    /// `switch`
    Switch,
    /// `do`
    Do,
    /// `finally`
    Finally,
    /// `case`
    Case,
    /// `new`
    New,
    /// `each`
    Each,
    /// `index`
    Index,
    /// `and`
    And,
    /// `or`
    Or,
    /// `not`
    Not,
    /// A word that is documented as reserved and accepted as a name with a warning: `map`, `list`, `date` …
    Cautioned,
    /// Any other word.
    #[regex(r"[\p{L}_][\p{L}\p{Nd}_]*")]
    Word,

    // Literals.
    /// Digits.
    #[regex(r"[0-9]+")]
    Number,
    /// Digits, a point, digits; or a point and digits.
    #[regex(r"[0-9]*\.[0-9]+")]
    Decimal,
    /// Digits with letters directly behind; has been reported.
    #[regex(r"([0-9]+|[0-9]*\.[0-9]+)[\p{L}_][\p{L}\p{Nd}_]*")]
    BrokenNumber,
    /// A literal in double quotes, quotes included.
    #[regex(r#""([^"\\\n\r]|\\[^\n\r])*""#)]
    Text,
    /// A literal in single quotes, quotes included.
    #[regex(r"'([^'\\\n\r]|\\[^\n\r])*'")]
    Quoted,
    /// A literal whose line ends before its closing quote; has been reported.
    #[regex(r#""([^"\\\n\r]|\\[^\n\r])*\\?"#, priority = 1)]
    #[regex(r"'([^'\\\n\r]|\\[^\n\r])*\\?", priority = 1)]
    BrokenText,
    /// A literal in curly quotes or backticks; has been reported.
    #[regex("[“„”][^“„”\n\r]*[“”]")]
    #[regex("[‘‚’][^‘‚’\n\r]*[‘’]")]
    #[regex("`[^`\n\r]*`")]
    CurlyText,

    // Operators and marks.
    /// `+`
    #[token("+")]
    Plus,
    /// `-`
    #[token("-")]
    Minus,
    /// `*`
    #[token("*")]
    Star,
    /// `/`
    #[token("/")]
    Slash,
    /// `%`
    #[token("%")]
    Percent,
    /// `++`
    #[token("++")]
    PlusPlus,
    /// `--`
    #[token("--")]
    MinusMinus,
    /// `=`
    #[token("=")]
    Assign,
    /// `+=`
    #[token("+=")]
    PlusAssign,
    /// `-=`
    #[token("-=")]
    MinusAssign,
    /// `*=`
    #[token("*=")]
    StarAssign,
    /// `/=`
    #[token("/=")]
    SlashAssign,
    /// `%=`
    #[token("%=")]
    PercentAssign,
    /// `==`
    #[token("==")]
    Equal,
    /// `!=`
    #[token("!=")]
    NotEqual,
    /// `<`
    #[token("<")]
    Less,
    /// `<=`
    #[token("<=")]
    LessOrEqual,
    /// `>`
    #[token(">")]
    Greater,
    /// `>=`
    #[token(">=")]
    GreaterOrEqual,
    /// `&&`
    #[token("&&")]
    AndAnd,
    /// `||`
    #[token("||")]
    OrOr,
    /// `!`
    #[token("!")]
    Bang,
    /// `(`
    #[token("(")]
    LeftParenthesis,
    /// `)`
    #[token(")")]
    RightParenthesis,
    /// `{`
    #[token("{")]
    LeftBrace,
    /// `}`
    #[token("}")]
    RightBrace,
    /// `[`
    #[token("[")]
    LeftBracket,
    /// `]`
    #[token("]")]
    RightBracket,
    /// `,`
    #[token(",")]
    Comma,
    /// `;`
    #[token(";")]
    Semicolon,
    /// `:`
    #[token(":")]
    Colon,
    /// `.`
    #[token(".")]
    Dot,
    /// `?`, which the language does not have; the parser says what to write instead.
    #[token("?")]
    Question,

    // What never reaches the parser.
    /// An operator of other languages; reported, then read as the one that is meant.
    #[regex(r"\*\*=?|===|!==|<>|=>|->|&|\||\?\?=?|\?\.")]
    Foreign,
    /// `<%`, with which the HTML in a page begins.
    #[token("<%")]
    Page,
    /// The full-width `；`; reported, then read as `;`.
    #[token("；")]
    WideSemicolon,
    /// A comment.
    #[regex(r"//[^\n\r]*", allow_greedy = true)]
    #[regex(r"/\*([^*]|\*+[^*/])*\*+/")]
    Comment,
    /// A comment that the file ends in; has been reported.
    #[regex(r"/\*([^*]|\*+[^*/])*\**", priority = 1)]
    BrokenComment,
    /// Characters without width.
    #[regex("[\u{200B}\u{FEFF}]+")]
    ZeroWidth,

    /// What stands around a script in a page of text, in PHP or in HTML.
    #[regex("```+[A-Za-z]*")]
    #[regex(r"<\?(php|=)|\?>|</?script>")]
    Wrapping,
    /// A character the language does not know, or a piece of text that could not be read; has been reported.
    #[regex(r".", priority = 0)]
    Invalid,
}

/// What a token is, for colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenClass {
    /// A word of the language.
    Keyword,
    /// A name.
    Name,
    /// A text or date literal.
    Text,
    /// A number literal.
    Number,
    /// An operator or a mark.
    Operator,
    /// A bracket of any kind.
    Bracket,
    /// A comment.
    Comment,
    /// Something the language does not know.
    Invalid,
}

impl Token {
    /// What the token is, for colours.
    pub fn class(self) -> TokenClass {
        use Token::*;
        match self {
            If | Else | For | While | In | Return | Break | Continue | Try | Catch | True
            | False | Null | IfNull | Void | Thisapp | Zoho | Info | Throw | Throws | Each => {
                TokenClass::Keyword
            }
            Switch | Do | Finally | Case | New | Index | And | Or | Not | Cautioned | Word => {
                TokenClass::Name
            }
            Number | Decimal => TokenClass::Number,
            Text | Quoted | BrokenText => TokenClass::Text,
            LeftParenthesis | RightParenthesis | LeftBrace | RightBrace | LeftBracket
            | RightBracket => TokenClass::Bracket,
            Comment | BrokenComment => TokenClass::Comment,
            Invalid | BrokenNumber | CurlyText | Foreign | Page | WideSemicolon | ZeroWidth
            | Wrapping => TokenClass::Invalid,
            Plus | Minus | Star | Slash | Percent | PlusPlus | MinusMinus | Assign | PlusAssign
            | MinusAssign | StarAssign | SlashAssign | PercentAssign | Equal | NotEqual | Less
            | LessOrEqual | Greater | GreaterOrEqual | AndAnd | OrOr | Bang | Comma | Semicolon
            | Colon | Dot | Question => TokenClass::Operator,
        }
    }

    /// True for words that can never be a name.
    pub fn is_reserved(self) -> bool {
        self as u8 <= Token::Zoho as u8
    }

    /// True for words of any kind: what may follow a point.
    pub(crate) fn is_word(self) -> bool {
        self as u8 <= Token::Word as u8
    }

    /// True for words that may be names.
    pub(crate) fn is_name(self) -> bool {
        self.is_word() && !self.is_reserved()
    }

    /// True for `=` and its compound forms.
    pub(crate) fn is_assignment(self) -> bool {
        use Token::*;
        matches!(
            self,
            Assign | PlusAssign | MinusAssign | StarAssign | SlashAssign | PercentAssign
        )
    }

    /// True for tokens an operand can end with.
    pub(crate) fn ends_operand(self) -> bool {
        use Token::*;
        matches!(
            self,
            True | False
                | Null
                | Number
                | Decimal
                | BrokenNumber
                | Text
                | Quoted
                | BrokenText
                | CurlyText
                | RightParenthesis
                | RightBrace
                | RightBracket
        ) || self.is_name()
    }
}

/// The words that the language has a use for, in lower case, sorted. All others are names.
pub const WORDS: [(&str, Token); 43] = [
    ("and", Token::And),
    ("bool", Token::Cautioned),
    ("break", Token::Break),
    ("case", Token::Case),
    ("catch", Token::Catch),
    ("collection", Token::Cautioned),
    ("continue", Token::Continue),
    ("date", Token::Cautioned),
    ("do", Token::Do),
    ("each", Token::Each),
    ("else", Token::Else),
    ("false", Token::False),
    ("finally", Token::Finally),
    ("float", Token::Cautioned),
    ("for", Token::For),
    ("from", Token::Cautioned),
    ("if", Token::If),
    ("ifnull", Token::IfNull),
    ("in", Token::In),
    ("index", Token::Index),
    ("info", Token::Info),
    ("int", Token::Cautioned),
    ("is", Token::Cautioned),
    ("list", Token::Cautioned),
    ("map", Token::Cautioned),
    ("new", Token::New),
    ("not", Token::Not),
    ("null", Token::Null),
    ("or", Token::Or),
    ("permissions", Token::Cautioned),
    ("portal", Token::Cautioned),
    ("reload", Token::Cautioned),
    ("return", Token::Return),
    ("string", Token::Cautioned),
    ("switch", Token::Switch),
    ("thisapp", Token::Thisapp),
    ("throw", Token::Throw),
    ("throws", Token::Throws),
    ("true", Token::True),
    ("try", Token::Try),
    ("void", Token::Void),
    ("while", Token::While),
    ("zoho", Token::Zoho),
];

/// Tells the words of the language from names, without regard to letter case.
fn keyword(word: &str) -> Token {
    /// Length of the longest of [`WORDS`].
    const LONGEST: usize = 11;
    let mut lower = [0; LONGEST];
    let Some(lower) = lower.get_mut(..word.len()) else {
        return Token::Word;
    };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    match WORDS.binary_search_by(|(known, _)| known.as_bytes().cmp(lower)) {
        Ok(place) => WORDS[place].1,
        Err(_) => Token::Word,
    }
}

/// Where a token stands: bytes of the source, `end` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// The tokens of a text, in order, comments among them.
#[derive(Debug, Default)]
pub struct Lexed {
    /// The kinds of the tokens.
    pub tokens: Vec<Token>,
    /// Their places, as many as there are tokens.
    pub places: Vec<Place>,
    /// Places of the comments, an unfinished one included; they are no tokens.
    pub comments: Vec<Place>,
    /// True if the text ends inside a comment.
    pub open_comment: bool,
    /// Where HTML begins; the tokens end there.
    pub page: Option<Place>,
    pub(crate) diagnostics: Diagnostics,
    /// What is reported once a file, and has been.
    is_wrapping_told: bool,
    is_dollar_told: bool,
}

/// Diagnostics up to a bound, and how many errors there were beyond it: a file of a million stray characters must not
/// cost a million messages.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    pub list: Vec<Diagnostic>,
    pub omitted: usize,
    warnings: usize,
}

impl Diagnostics {
    /// How many errors, and how many warnings, of a phase are kept; more than is ever shown, since phases are merged by
    /// position afterwards.
    const KEPT: usize = 500;

    pub fn error(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if self.list.len() - self.warnings < Self::KEPT {
            self.list.push(diagnostic());
        } else {
            self.omitted += 1;
        }
    }

    pub fn warning(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if self.warnings < Self::KEPT {
            self.warnings += 1;
            self.list.push(diagnostic());
        }
    }

    pub fn has_errors(&self) -> bool {
        self.list.len() > self.warnings
    }

    /// Forgets what was added since there were `length` of them.
    fn truncate(&mut self, length: usize) {
        self.list.truncate(length);
        self.warnings = self.list.iter().filter(|one| !one.is_error()).count();
    }
}

/// Reads the tokens of a text. A byte order mark and a first line beginning with `#!` are skipped.
pub fn lex(text: &str, file: FileId) -> Lexed {
    let mut lexed = Lexed::default();
    // Typical scripts have a token for every five bytes or so.
    lexed.tokens.reserve(text.len() / 5);
    lexed.places.reserve(text.len() / 5);
    let mut lexer = Token::lexer(text);
    lexer.bump(prologue(text));
    let mut open_text = None;
    while let Some(token) = lexer.next() {
        let token = token.unwrap_or(Token::Invalid);
        let range = lexer.span();
        let place = Place {
            start: range.start as u32,
            end: range.end as u32,
        };
        let slice = lexer.slice();
        let token = match token {
            Token::Word => keyword(slice),
            Token::Page => {
                lexed.page = Some(place);
                break;
            }
            Token::BrokenText if lexed.closes(&open_text, slice, place) => continue,
            // `$total`: read as the name.
            Token::Invalid if slice == "$" && begins_word(lexer.remainder()) => {
                lexed.report_once(slice, place, file);
                continue;
            }
            Token::Wrapping => {
                lexed.report_once(slice, place, file);
                Token::Invalid
            }
            Token::Comment | Token::BrokenComment | Token::ZeroWidth => {
                lexed.skip(token, place, file);
                continue;
            }
            Token::Text | Token::Quoted if !slice.as_bytes().contains(&b'\\') => token,
            Token::Text
            | Token::Quoted
            | Token::Decimal
            | Token::BrokenNumber
            | Token::BrokenText
            | Token::CurlyText
            | Token::Foreign
            | Token::WideSemicolon
            | Token::Invalid => lexed.examine(token, slice, place, file),
            other => other,
        };
        if token == Token::BrokenText {
            open_text = OpenText::new(slice, &lexed);
        }
        lexed.tokens.push(token);
        lexed.places.push(place);
    }
    lexed
}

/// A text without closing quote on its line, which may be meant to go on over the lines that follow.
struct OpenText {
    token: usize,
    diagnostics: usize,
    quote: u8,
}

impl OpenText {
    /// None if the rest of its line looks like the end of a statement: then only the quote is missing.
    fn new(text: &str, lexed: &Lexed) -> Option<Self> {
        let goes_on = !text.trim_end().ends_with([';', '{']);
        goes_on.then_some(Self {
            token: lexed.tokens.len(),
            diagnostics: lexed.diagnostics.list.len(),
            quote: text.as_bytes().first().copied().unwrap_or(b'"'),
        })
    }
}

fn begins_word(text: &str) -> bool {
    text.starts_with(|character: char| character.is_alphabetic() || character == '_')
}

/// Length of what is skipped at the beginning of a file.
fn prologue(text: &str) -> usize {
    let mark = if text.starts_with('\u{FEFF}') {
        '\u{FEFF}'.len_utf8()
    } else {
        0
    };
    let rest = &text[mark..];
    if rest.starts_with("#!") {
        mark + rest.find(['\n', '\r']).unwrap_or(rest.len())
    } else {
        mark
    }
}

/// Whether the tokens end with what is rather the key of an entry in braces than the parameter of a function.
fn follows_key(tokens: &[Token]) -> bool {
    matches!(
        tokens,
        [.., Token::Text | Token::Quoted]
            | [.., Token::LeftBrace, _]
            | [.., Token::Comma, Token::Number | Token::Decimal]
    )
}

impl Lexed {
    /// Whether an unclosed text is rather the closing quote of an open one some lines above. The two then count as one
    /// token, and what was read between them as its content.
    fn closes(&mut self, open: &Option<OpenText>, text: &str, place: Place) -> bool {
        let Some(open) = open else {
            return false;
        };
        let behind = text.get(1..).unwrap_or("").trim_start();
        let ends_here =
            behind.is_empty() || behind.starts_with([';', ')', ']', '}', ',', '.', '+', ':']);
        if text.as_bytes().first() != Some(&open.quote)
            || !ends_here
            || self.tokens.get(open.token) != Some(&Token::BrokenText)
        {
            return false;
        }
        self.tokens.truncate(open.token + 1);
        self.places.truncate(open.token + 1);
        self.diagnostics.truncate(open.diagnostics);
        if let Some(first) = self.places.last_mut() {
            first.end = place.end;
        }
        true
    }

    /// Reports the sign of another language, or what stands around the script, if it is the first one: they come many at
    /// once, and go together.
    fn report_once(&mut self, text: &str, place: Place, file: FileId) {
        let is_told = match text {
            "$" => &mut self.is_dollar_told,
            _ => &mut self.is_wrapping_told,
        };
        if !std::mem::replace(is_told, true) {
            let span = Span::new(file, place.start, place.end);
            self.diagnostics.error(|| faults::foreign_sign(span, text));
        }
    }

    fn skip(&mut self, token: Token, place: Place, file: FileId) {
        let span = Span::new(file, place.start, place.end);
        match token {
            Token::ZeroWidth => self
                .diagnostics
                .warning(|| faults::invisible_character(span)),
            Token::BrokenComment => {
                // Only the opening is at fault, not the rest of the file.
                let opening = Span::new(file, place.start, place.start + 2);
                self.diagnostics.error(|| faults::unclosed_comment(opening));
                self.open_comment = true;
                self.comments.push(place);
            }
            _ => self.comments.push(place),
        }
    }

    /// Reports what is wrong with a token, and gives the token that the parser goes on with.
    fn examine(&mut self, token: Token, text: &str, place: Place, file: FileId) -> Token {
        let span = Span::new(file, place.start, place.end);
        let diagnostics = &mut self.diagnostics;
        match token {
            Token::Text | Token::Quoted => {
                literal::check_escapes(text, |range, problem| {
                    let span = Span::new(
                        file,
                        place.start + range.start as u32,
                        place.start + range.end as u32,
                    );
                    let fault = || faults::escape(span, problem, &text[range]);
                    match problem {
                        EscapeProblem::HalfPair => diagnostics.error(fault),
                        EscapeProblem::Unknown | EscapeProblem::ShortUnicode => {
                            diagnostics.warning(fault)
                        }
                    }
                });
                token
            }
            Token::Decimal => {
                literal::check_decimal(text, |problem| match problem {
                    DecimalProblem::TooManyDigits(_) => {
                        diagnostics.error(|| faults::decimal(span, problem))
                    }
                    DecimalProblem::Rounded(_) => {
                        diagnostics.warning(|| faults::decimal(span, problem))
                    }
                });
                token
            }
            Token::BrokenNumber => {
                diagnostics.error(|| faults::number_with_letters(span, text));
                token
            }
            Token::BrokenText => {
                let opening = Span::new(file, place.start, place.start + 1);
                diagnostics.error(|| faults::unclosed_text(opening, &text[..1]));
                token
            }
            Token::CurlyText => {
                let quote = text.chars().next().unwrap_or('`');
                let opening = Span::new(file, place.start, place.start + quote.len_utf8() as u32);
                diagnostics.error(|| match quote {
                    '`' => faults::invalid_character(opening, quote),
                    _ => faults::curly_quote(opening),
                });
                token
            }
            Token::WideSemicolon => {
                diagnostics.error(|| faults::wide_semicolon(span));
                Token::Semicolon
            }
            // `new ArrayList<>()`: `new` will be reported.
            Token::Foreign
                if text == "<>"
                    && matches!(
                        self.tokens.as_slice(),
                        [.., Token::New, Token::Word | Token::Cautioned]
                    ) =>
            {
                Token::Invalid
            }
            Token::Foreign => {
                let is_pair = text == "=>" && follows_key(&self.tokens);
                diagnostics.error(|| faults::foreign_operator(span, text, is_pair));
                match text {
                    "===" => Token::Equal,
                    "!==" | "<>" => Token::NotEqual,
                    "&" => Token::AndAnd,
                    "|" => Token::OrOr,
                    "**" => Token::Star,
                    "**=" => Token::StarAssign,
                    _ => Token::Invalid,
                }
            }
            _ => {
                let character = text.chars().next().unwrap_or(' ');
                if matches!(character, '“' | '”' | '„' | '‘' | '’' | '‚') {
                    diagnostics.error(|| faults::curly_quote(span));
                } else {
                    diagnostics.error(|| faults::invalid_character(span, character));
                }
                Token::Invalid
            }
        }
    }
}
