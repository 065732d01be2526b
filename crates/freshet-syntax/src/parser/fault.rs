//! The error type that chumsky carries: small, without text. Messages are made at the end, from the tokens.

use chumsky::DefaultExpected;
use chumsky::error::{Error, LabelError};
use chumsky::span::SimpleSpan;
use chumsky::util::MaybeRef;

use super::declared;
use super::expected::{ends_text_early, expected_found};
use super::foreign;
use super::form::Form;
use super::state::{Source, Tokens};
use crate::diagnostic::Diagnostic;
use crate::faults;
use crate::source::Span;
use crate::token::Token;

/// One fault, or one warning, at the tokens `first` to `last`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub first: u32,
    pub last: u32,
    pub kind: Kind,
}

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// None of what the grammar allows at the token `first`.
    Expected(Expected),
    /// `;` before the token `first`.
    MissingSemicolon,
    /// `{ … }` before the token `first`.
    MissingBlock,
    /// `(` before the token `first`, the word is the one before it.
    MissingParentheses,
    MissingCatch,
    /// Another word where `catch` stands, with its parentheses and block.
    MisspeltCatch,
    MissingEach,
    /// `(` behind `for each`.
    LoopParentheses,
    NumberTooLarge,
    ReservedWord,
    /// With the operator of the first comparison.
    ComparisonChain(u32),
    ChainedAssignment,
    /// Assignment to an expression that is no variable.
    AssignmentTo(&'static str),
    InputAssigned,
    /// A word before the name that is assigned to.
    TypedDeclaration,
    WithoutEffect,
    ConditionalAlone,
    OutsideLoop,
    /// `return` with a value; the function's name is at that token.
    ValueInVoid(u32),
    /// `else` or `catch` without what must stand before it.
    WithoutPartner(&'static str),
    StrayBlock,
    /// In braces; true if the first entry is a pair.
    MixedBraces(bool),
    PairAsArgument,
    /// A second value after a comma; the statement's word is at that token.
    OneValue(u32),
    BareRoot,
    OneListArgument,
    DoubleSign,
    /// `--` where other languages begin a comment with it.
    DashComment,
    WordOperator,
    Ternary,
    ElseIfInOneWord,
    ForEachInOneWord,
    ForeignStatement,
    /// A word of other languages before a declaration.
    Modifier,
    /// A function without a name, at its word.
    NamelessFunction,
    NewObject,
    Range,
    Form(Form),
    MisplacedDeclaration,
    UnknownType,
    RefusedFunctionName,
    VoidParameter,
    UntypedParameter,
    DefaultValue,
    AnyNumberOfParameters,
    MissingResultType,
    /// What stands between parameters and block: `: int`, `-> int`, `throws E`.
    TypeBehind,
    /// `(` or `{` instead of `[` behind the name of a task.
    TaskBrackets,
    AttributeWithoutValue,
    /// `!` over a comparison; with the tokens of its operator and of its last one.
    NegatedComparison(u32),
    CautionedName,
    Throws,
}

/// A set of what the grammar allows at some token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected(u16);

impl Expected {
    pub const NOTHING: Self = Self(0);
    pub const VALUE: Self = Self(1);
    pub const OPERATOR: Self = Self(1 << 1);
    pub const SEMICOLON: Self = Self(1 << 2);
    pub const COMMA: Self = Self(1 << 3);
    pub const COLON: Self = Self(1 << 4);
    pub const NAME: Self = Self(1 << 5);
    pub const MEMBER: Self = Self(1 << 6);
    pub const LEFT_PARENTHESIS: Self = Self(1 << 7);
    pub const RIGHT_PARENTHESIS: Self = Self(1 << 8);
    pub const RIGHT_BRACE: Self = Self(1 << 9);
    pub const RIGHT_BRACKET: Self = Self(1 << 10);
    pub const ATTRIBUTE: Self = Self(1 << 11);
    pub const IN: Self = Self(1 << 12);
    pub const BLOCK: Self = Self(1 << 14);
    pub const EACH: Self = Self(1 << 15);
    pub const TYPE: Self = Self(1 << 13);

    fn of(token: Token) -> Self {
        match token {
            Token::Semicolon => Self::SEMICOLON,
            Token::Comma => Self::COMMA,
            Token::Colon => Self::COLON,
            Token::LeftParenthesis => Self::LEFT_PARENTHESIS,
            Token::RightParenthesis => Self::RIGHT_PARENTHESIS,
            Token::LeftBrace => Self::BLOCK,
            Token::RightBrace => Self::RIGHT_BRACE,
            Token::RightBracket => Self::RIGHT_BRACKET,
            Token::In => Self::IN,
            _ => Self::NOTHING,
        }
    }

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// "`,` or `)`".
    pub fn list(self) -> String {
        const WORDS: [(Expected, &str); 15] = [
            (Expected::VALUE, "a value"),
            (Expected::OPERATOR, "an operator"),
            (Expected::NAME, "a name"),
            (Expected::MEMBER, "a name after `.`"),
            (Expected::ATTRIBUTE, "an attribute `name : value`"),
            (Expected::TYPE, "a type"),
            (Expected::IN, "`in`"),
            (Expected::EACH, "`each`"),
            (Expected::COMMA, "`,`"),
            (Expected::COLON, "`:`"),
            (Expected::SEMICOLON, "`;`"),
            (Expected::LEFT_PARENTHESIS, "`(`"),
            (Expected::RIGHT_PARENTHESIS, "`)`"),
            (Expected::RIGHT_BRACE, "`}`"),
            (Expected::RIGHT_BRACKET, "`]`"),
        ];
        let words: Vec<&str> = WORDS
            .iter()
            .filter(|(set, _)| self.has(*set))
            .map(|(_, word)| *word)
            .collect();
        match words.split_last() {
            None => "something else".to_owned(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        }
    }
}

impl Fault {
    /// A fault at one token.
    pub fn at(token: usize, kind: Kind) -> Self {
        Self::over(token, token, kind)
    }

    /// A fault over several tokens.
    pub fn over(first: usize, last: usize, kind: Kind) -> Self {
        Self {
            first: first as u32,
            last: last as u32,
            kind,
        }
    }

    /// The grammar wants something else than the token `at`.
    pub fn expected(at: usize, expected: Expected) -> Self {
        Self::at(at, Kind::Expected(expected))
    }

    pub fn is_warning(self) -> bool {
        matches!(
            self.kind,
            Kind::NegatedComparison(_) | Kind::CautionedName | Kind::Throws
        )
    }

    /// Whether the text ended where more was needed.
    pub fn wants_more(self, tokens: usize) -> bool {
        self.first as usize >= tokens
            && match self.kind {
                Kind::Expected(expected) => {
                    !expected.has(Expected::SEMICOLON) || expected.has(Expected::VALUE)
                }
                Kind::MissingBlock | Kind::MissingCatch => true,
                _ => false,
            }
    }

    /// Whether lexer or bracket matching have told the cause already.
    pub fn follows_another(self, source: &Source<'_>) -> bool {
        let before = (self.first as usize).checked_sub(1);
        let follows = |is: &dyn Fn(usize) -> bool| before.is_some_and(is);
        match self.kind {
            // `elif x {`: the word has been told of.
            Kind::MissingParentheses if follows(&|at| foreign::is_else_if(source, at)) => {
                return true;
            }
            // `if x:`, `if x then`: the parentheses have been.
            Kind::MissingBlock
                if follows(&|at| source.is(at, Token::Colon) || foreign::says_then(source, at)) =>
            {
                return true;
            }
            // A block that is not closed has been told of; its other half may stand inside of it.
            Kind::WithoutPartner(_) | Kind::MissingCatch if source.broken => return true,
            // So has this one.
            Kind::StrayBlock => {
                let closing = source.partner(self.first as usize);
                return closing.is_some_and(|at| source.text_of(at, at).is_empty());
            }
            _ => {}
        }
        matches!(
            self.kind,
            Kind::Expected(_)
                | Kind::MissingSemicolon
                | Kind::MissingBlock
                | Kind::MissingParentheses
                | Kind::MissingCatch
                | Kind::WithoutEffect
                | Kind::OneValue(_)
                | Kind::Modifier
        ) && (source.told_before(self.first as usize)
            || source.ends_in_comment(self.first as usize))
    }

    /// The rest of the line from the fault on, if it explains what the lexer found wrong there: the second quote of
    /// `'it's'`, the arrow of `def f(x) -> int:`.
    pub fn tells_rest_of_line(self, source: &Source<'_>) -> Option<Span> {
        let at = self.first as usize;
        let tells = match self.kind {
            Kind::Expected(_) => ends_text_early(source, at),
            Kind::ForeignStatement => foreign::opens_function(source, at),
            Kind::TypeBehind => foreign::is_arrow(source, at),
            _ => false,
        };
        tells.then(|| source.rest_of_line(at))
    }

    /// The message.
    pub fn diagnostic(self, source: &Source<'_>) -> Diagnostic {
        let (first, last) = (self.first as usize, self.last as usize);
        let span = source.span(first, last);
        let text = source.text_of(first, last);
        let before = source.span_before(first);
        match self.kind {
            Kind::Expected(expected) => expected_found(source, first, expected),
            Kind::MissingSemicolon => {
                let next = source.token(first).filter(|_| source.same_line(first));
                faults::missing_semicolon(
                    before.after(),
                    next.map(|_| source.describe(first)).as_deref(),
                )
            }
            Kind::MissingBlock => {
                let word = source.describe_before(first);
                faults::missing_block(before.after(), &word, &source.describe(first))
            }
            Kind::MissingParentheses => {
                faults::missing_parentheses(before.after(), source.word_before(first))
            }
            Kind::MissingCatch => faults::missing_catch(before.after()),
            Kind::MisspeltCatch => faults::unexpected(
                span,
                "`catch`",
                &source.describe(first),
                Some("write `try { … } catch (e) { … }`; `e` then holds the error"),
            ),
            Kind::MissingEach => {
                faults::missing_word(before.after(), "each", "for each x in list { … }")
            }
            Kind::LoopParentheses => faults::unexpected(
                span,
                "a name",
                "`(`",
                Some("no parentheses here: `for each x in list { … }`"),
            ),
            Kind::NumberTooLarge => faults::number_too_large(span),
            Kind::ReservedWord => faults::reserved_word(span, text),
            Kind::ComparisonChain(other) => {
                faults::comparison_chain(span, text, source.span(other as usize, other as usize))
            }
            Kind::ChainedAssignment => faults::chained_assignment(span),
            Kind::AssignmentTo(what) => faults::assignment_to_non_variable(span, what),
            Kind::InputAssigned => faults::input_assigned(span),
            Kind::TypedDeclaration => {
                let name = source.text_of(last + 1, last + 1);
                let value = declared::value(source, last + 1, text);
                faults::typed_declaration(
                    span,
                    text,
                    name,
                    value,
                    declared::has_more(source, last + 1),
                )
            }
            Kind::WithoutEffect => faults::without_effect(span),
            Kind::ConditionalAlone => faults::conditional_alone(span),
            Kind::OutsideLoop => faults::outside_loop(span, text),
            Kind::ValueInVoid(name) => {
                faults::value_in_void(span, source.text_of(name as usize, name as usize))
            }
            Kind::WithoutPartner(opener) => faults::without_partner(span, text, opener),
            Kind::StrayBlock => faults::stray_block(span),
            Kind::MixedBraces(pairs_first) => faults::mixed_braces(span, pairs_first),
            Kind::PairAsArgument => faults::pair_as_argument(span),
            Kind::OneValue(word) => {
                faults::one_value(span, source.text_of(word as usize, word as usize))
            }
            Kind::BareRoot => faults::bare_root(span, text),
            Kind::OneListArgument => faults::one_list_argument(span),
            Kind::DoubleSign => faults::double_sign(span, text, false),
            Kind::DashComment => faults::double_sign(span, text, true),
            Kind::WordOperator => faults::word_operator(span, text),
            Kind::Ternary => faults::ternary(span, text),
            Kind::ElseIfInOneWord => faults::else_if_in_one_word(span, text),
            Kind::ForEachInOneWord => faults::for_each_in_one_word(span, text),
            Kind::ForeignStatement => faults::foreign_statement(span, "statement", text),
            Kind::Modifier => faults::foreign_statement(span, "modifier", text),
            Kind::NamelessFunction => faults::foreign_statement(span, "expression", text),
            Kind::NewObject => {
                let before = first.checked_sub(1).and_then(|before| source.token(before));
                let thrown = matches!(before, Some(Token::Throw | Token::Throws));
                faults::new_object(span, thrown)
            }
            Kind::Range => faults::range(span),
            Kind::Form(form) => match form {
                Form::Alert => faults::alert(span),
                Form::CancelSubmit => faults::cancel_submit(span),
                Form::Insert => faults::insert_into(span),
                Form::Delete => faults::delete_from(span),
                Form::Update => faults::member_assigned(span, text),
                Form::InputField => faults::input_field_assigned(span),
                Form::FieldWord => faults::field_word(span, text),
                Form::Task => faults::form_task(span, text),
                Form::RecordType => faults::unknown_type(span, text),
            },
            Kind::MisplacedDeclaration => faults::misplaced_declaration(span, text),
            Kind::UnknownType => faults::unknown_type(span, text),
            Kind::RefusedFunctionName => faults::refused_function_name(span, text),
            Kind::VoidParameter => faults::void_parameter(span),
            Kind::UntypedParameter => faults::untyped_parameter(span, text),
            Kind::MissingResultType => faults::missing_result_type(span, text),
            Kind::DefaultValue => faults::default_value(span),
            Kind::AnyNumberOfParameters => faults::any_number_of_parameters(span),
            Kind::TypeBehind => {
                let help = match source.token(first) {
                    Some(Token::Throws) => {
                        "delete it: the errors that a function may throw are not declared"
                            .to_owned()
                    }
                    _ => format!(
                        "the type of the result stands before the name: `{} f(…) {{ … }}`",
                        source.text_of(first + 1, first + 1)
                    ),
                };
                faults::unexpected(span, "`{`", &source.describe(first), Some(&help))
            }
            Kind::TaskBrackets => {
                let help = format!(
                    "the attributes of `{}` stand in `[ … ]`",
                    source.word_before(first)
                );
                faults::unexpected(span, "`[`", &source.describe(first), Some(&help))
            }
            Kind::AttributeWithoutValue => {
                let is_address = source.is_word(last + 2) && source.is_address(last + 3);
                faults::attribute_without_value(span, text, is_address)
            }
            Kind::NegatedComparison(operator) => {
                let operator = operator as usize;
                let sign = source.span(first, first);
                faults::negated_comparison(
                    sign,
                    source.span(first + 1, last),
                    source.text_of(operator, operator),
                )
            }
            Kind::CautionedName => faults::cautioned_name(span, text),
            Kind::Throws => faults::throws(span),
        }
    }
}

impl<'t> Error<'t, Tokens<'t>> for Fault {
    /// Of two faults the one further on, since the grammar got that far; sets are joined at the same token.
    fn merge(self, other: Self) -> Self {
        match (self.kind, other.kind) {
            _ if self.first != other.first => {
                if self.first > other.first {
                    self
                } else {
                    other
                }
            }
            (Kind::Expected(one), Kind::Expected(two)) => Self {
                kind: Kind::Expected(one.and(two)),
                ..self
            },
            (Kind::Expected(_), _) => other,
            _ => self,
        }
    }
}

impl<'t> LabelError<'t, Tokens<'t>, DefaultExpected<'t, Token>> for Fault {
    fn expected_found<E: IntoIterator<Item = DefaultExpected<'t, Token>>>(
        expected: E,
        _: Option<MaybeRef<'t, Token>>,
        span: SimpleSpan<usize>,
    ) -> Self {
        let set = expected
            .into_iter()
            .fold(Expected::NOTHING, |set, expected| match expected {
                DefaultExpected::Token(token) => set.and(Expected::of(*token)),
                _ => set,
            });
        Self::expected(span.start, set)
    }
}

impl Source<'_> {
    /// Whether the token at `at`, or one before it in the same statement, has been reported by lexer or bracket matching.
    fn told_before(&self, at: usize) -> bool {
        /// How far to look: a statement of more tokens that is broken twice may be reported twice.
        const FAR: usize = 200;
        let told = |token: Token| matches!(token, Token::Invalid | Token::BrokenText);
        let before = (at.saturating_sub(FAR)..at)
            .rev()
            .map_while(|at| self.token(at));
        self.token(at).is_some_and(told)
            || before
                .take_while(|token| {
                    !matches!(
                        token,
                        Token::Semicolon | Token::LeftBrace | Token::RightBrace
                    )
                })
                .any(told)
    }

    /// Whether the text ends at `at` because a comment, which has been reported, swallows the rest. The `}` that were put
    /// there for open blocks count as the end.
    fn ends_in_comment(&self, at: usize) -> bool {
        self.open_comment && self.span(at, at).start as usize >= self.text.len()
    }

    /// A token in words: "`;`", "the number `5`", "the end of the file".
    pub fn describe(&self, at: usize) -> String {
        let text = self.text_of(at, at);
        match self.token(at) {
            None => "the end of the file".to_owned(),
            Some(_) if text.is_empty() => "the end of the line".to_owned(),
            Some(Token::Number | Token::Decimal) => format!("the number `{text}`"),
            Some(Token::Text | Token::Quoted | Token::BrokenText | Token::CurlyText) => {
                "a text".to_owned()
            }
            Some(_) => format!("`{text}`"),
        }
    }

    /// The token before `at` in words; empty at the beginning of the file.
    pub fn describe_before(&self, at: usize) -> String {
        at.checked_sub(1)
            .map_or_else(String::new, |before| self.describe(before))
    }

    fn word_before(&self, at: usize) -> &str {
        at.checked_sub(1)
            .map_or("", |before| self.text_of(before, before))
    }

    /// The place of the token before `at`; the beginning of the file if there is none.
    pub fn span_before(&self, at: usize) -> Span {
        at.checked_sub(1).map_or_else(
            || Span::new(self.file, 0, 0),
            |before| self.span(before, before),
        )
    }
}
