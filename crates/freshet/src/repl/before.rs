//! The text before the cursor: what stands there, and of what type it is.

use freshet_interpreter::library::builtin::Builtin;
use freshet_interpreter::library::task::Task;
use freshet_interpreter::library::{LIBRARY, system};
use freshet_interpreter::value::Type;
use freshet_syntax::lex;
use freshet_syntax::source::FileId;
use freshet_syntax::token::{Lexed, Token, TokenClass};

use super::known::{Known, KnownFunction};

/// Receivers inside each other that are looked into.
const DEEPEST: usize = 64;

/// The text before the cursor, as tokens.
pub struct Before<'t> {
    text: &'t str,
    lexed: Lexed,
    known: &'t Known,
    /// Length of the tokens that stand before the word being typed.
    count: usize,
    /// Where the word being typed begins; the cursor where there is none.
    pub start: usize,
}

/// What can stand at the cursor.
pub enum Place {
    /// A method of a value of that type, if it is known.
    Member(Option<Type>),
    /// What follows a name and a point: `zoho.`, a namespace.
    Dotted(String),
    /// An attribute of a task, those given aside.
    Attribute(&'static Task, Vec<String>),
    /// A word that an attribute of a task knows.
    Constant(&'static [&'static str]),
    /// The link name of a connection; with a quote where none is open.
    LinkName,
    /// A name or a word of the language.
    Name,
    /// Nothing that could be known: the inside of a text, a comment.
    Nothing,
}

/// A call whose arguments are being typed.
pub enum OpenCall<'k> {
    /// Of the library.
    Builtin(&'static Builtin),
    /// Of the session or the project.
    Function(&'k KnownFunction),
}

impl<'t> Before<'t> {
    /// The text before the cursor.
    pub fn new(text: &'t str, known: &'t Known) -> Self {
        let lexed = lex(text, FileId::default());
        let mut before = Self {
            text,
            count: lexed.tokens.len(),
            lexed,
            known,
            start: text.len(),
        };
        // A word that ends at the cursor is being typed.
        if let Some(last) = before.count.checked_sub(1)
            && before.ends_at(last) == text.len()
            && is_word(before.token(last))
        {
            before.count = last;
            before.start = before.starts_at(last);
        }
        before
    }

    /// The beginning of the word that is being typed.
    pub fn prefix(&self) -> &'t str {
        self.text.get(self.start..).unwrap_or_default()
    }

    /// What can stand at the cursor.
    pub fn place(&mut self) -> Place {
        if self.in_comment() {
            return Place::Nothing;
        }
        let Some(last) = self.count.checked_sub(1) else {
            return Place::Name;
        };
        match self.token(last) {
            Token::BrokenText if self.ends_at(last) == self.text.len() => {
                return self.in_text(last);
            }
            Token::BrokenText => return Place::Nothing,
            Token::Number | Token::Decimal | Token::BrokenNumber
                if self.ends_at(last) == self.text.len() =>
            {
                return Place::Nothing;
            }
            Token::Dot => return self.member(last),
            _ => {}
        }
        match self.open_task(self.count) {
            Some((task, open)) => self.in_task(task, open, last),
            None => Place::Name,
        }
    }

    fn in_comment(&self) -> bool {
        let last = self.lexed.comments.last();
        self.lexed.open_comment
            || last.is_some_and(|place| {
                place.end as usize == self.text.len()
                    && self
                        .text
                        .get(place.start as usize..)
                        .is_some_and(|comment| comment.starts_with("//"))
            })
    }

    /// Inside of a text: only that of a connection is known.
    fn in_text(&mut self, at: usize) -> Place {
        let is_link = at >= 2
            && self.token(at - 1) == Token::Colon
            && self.word(at - 2).eq_ignore_ascii_case("connection")
            && self.open_task(at).is_some();
        if !is_link {
            return Place::Nothing;
        }
        self.start = self.starts_at(at) + 1;
        Place::LinkName
    }

    fn member(&self, dot: usize) -> Place {
        let mut first = dot;
        // `a.b.` with nothing but names.
        while first >= 1 && is_word(self.token(first - 1)) {
            first -= 1;
            if first >= 1 && self.token(first - 1) == Token::Dot {
                first -= 1;
            } else {
                break;
            }
        }
        if first < dot && is_word(self.token(first)) {
            let root = self.word(first);
            let is_variable =
                self.known.variable(root).is_some() || self.assigned(root, first).is_some();
            let begins = |name: &str| {
                name.split_once('.')
                    .is_some_and(|(namespace, _)| namespace == root)
            };
            let is_namespace = self
                .known
                .functions
                .iter()
                .any(|function| begins(&function.name));
            if self.token(first) == Token::Zoho
                || self.token(first) == Token::Thisapp
                || (is_namespace && !is_variable)
            {
                let dotted = self.text.get(self.starts_at(first)..self.ends_at(dot));
                return Place::Dotted(dotted.unwrap_or_default().to_owned());
            }
        }
        Place::Member(self.type_before(dot, DEEPEST))
    }

    fn in_task(&mut self, task: &'static Task, open: usize, last: usize) -> Place {
        // `content-` and `content-ty` are the beginning of one name.
        let mut last = last;
        if self.token(last) == Token::Minus
            && last >= 1
            && is_word(self.token(last - 1))
            && self.ends_at(last - 1) == self.starts_at(last)
            && self.ends_at(last) == self.start
        {
            self.start = self.starts_at(last - 1);
            self.count = last - 1;
            match self.count.checked_sub(1) {
                Some(before) => last = before,
                None => return Place::Nothing,
            }
        }
        if self.token(last) == Token::Colon {
            let name = self.attribute_name(last);
            if name.eq_ignore_ascii_case("connection") {
                return Place::LinkName;
            }
            let entry = task.attributes.iter().find(|entry| entry.is(&name));
            return match entry.map(|entry| entry.constants) {
                Some(constants) if !constants.is_empty() => Place::Constant(constants),
                _ => Place::Name,
            };
        }
        let begins = last == open
            || matches!(self.token(last), Token::Comma | Token::Semicolon)
            || self.ends_operand(last);
        if !begins {
            return Place::Name;
        }
        let given = (open + 1..self.count)
            .filter(|at| self.token(*at) == Token::Colon && self.depth(open, *at) == 0)
            .map(|at| self.attribute_name(at))
            .collect();
        Place::Attribute(task, given)
    }

    /// The name before a colon, its words joined as they stand.
    fn attribute_name(&self, colon: usize) -> String {
        let mut first = colon;
        while first >= 1 {
            let joined = first == colon || self.ends_at(first - 1) == self.starts_at(first);
            if joined && (is_word(self.token(first - 1)) || self.token(first - 1) == Token::Minus) {
                first -= 1;
            } else {
                break;
            }
        }
        // Between the colon and its name a blank may stand, inside the name none.
        let start = self.starts_at(first);
        let end = colon
            .checked_sub(1)
            .map_or(start, |last| self.ends_at(last));
        self.text.get(start..end).unwrap_or_default().to_owned()
    }

    fn ends_operand(&self, at: usize) -> bool {
        let token = self.token(at);
        matches!(
            token,
            Token::RightParenthesis
                | Token::RightBrace
                | Token::RightBracket
                | Token::True
                | Token::False
                | Token::Null
        ) || matches!(
            token.class(),
            TokenClass::Text | TokenClass::Number | TokenClass::Name
        )
    }

    /// Brackets open between two tokens.
    fn depth(&self, from: usize, to: usize) -> isize {
        let mut depth = 0;
        for at in from + 1..to {
            match self.token(at) {
                Token::LeftBrace | Token::LeftBracket | Token::LeftParenthesis => depth += 1,
                Token::RightBrace | Token::RightBracket | Token::RightParenthesis => depth -= 1,
                _ => {}
            }
        }
        depth
    }

    /// The innermost bracket that is open before `end`.
    fn open_bracket(&self, end: usize) -> Option<usize> {
        let mut depth = 0;
        (0..end).rev().find(|at| {
            match self.token(*at) {
                Token::RightBrace | Token::RightBracket | Token::RightParenthesis => depth += 1,
                Token::LeftBrace | Token::LeftBracket | Token::LeftParenthesis => depth -= 1,
                _ => {}
            }
            depth < 0
        })
    }

    /// The task whose attributes stand at `end`, and its bracket.
    fn open_task(&self, end: usize) -> Option<(&'static Task, usize)> {
        let open = self.open_bracket(end)?;
        if self.token(open) != Token::LeftBracket {
            return None;
        }
        let task = LIBRARY.task(self.word(open.checked_sub(1)?))?;
        Some((task, open))
    }

    /// The call whose arguments are being typed, the number of the argument, and whether something of it is there.
    pub fn open_call(&self) -> Option<(OpenCall<'t>, usize, bool)> {
        let end = self.lexed.tokens.len();
        if self.in_comment() || self.lexed.tokens.last() == Some(&Token::BrokenText) {
            return None;
        }
        let open = self.open_bracket(end)?;
        if self.token(open) != Token::LeftParenthesis {
            return None;
        }
        let name = open
            .checked_sub(1)
            .filter(|name| is_word(self.token(*name)))?;
        let argument = (open + 1..end)
            .filter(|at| self.token(*at) == Token::Comma && self.depth(open, *at) == 0)
            .count();
        let begun = !matches!(self.token(end - 1), Token::LeftParenthesis | Token::Comma);
        Some((self.called(name)?, argument, begun))
    }

    /// What a name before `(` calls.
    fn called(&self, name: usize) -> Option<OpenCall<'t>> {
        let word = self.word(name);
        let Some(dot) = name
            .checked_sub(1)
            .filter(|dot| self.token(*dot) == Token::Dot)
        else {
            if let Some(function) = self.known.function(word) {
                return Some(OpenCall::Function(function));
            }
            return LIBRARY.function(word).map(OpenCall::Builtin);
        };
        let dotted = self.dotted(name);
        if let Some(function) = self.known.function(&dotted) {
            return Some(OpenCall::Function(function));
        }
        if let Some(entry) = LIBRARY.function(&dotted) {
            return Some(OpenCall::Builtin(entry));
        }
        self.method(word, self.type_before(dot, DEEPEST))
            .map(OpenCall::Builtin)
    }

    /// The names joined by points that end at `name`.
    fn dotted(&self, name: usize) -> String {
        let mut first = name;
        while first >= 2 && self.token(first - 1) == Token::Dot && is_word(self.token(first - 2)) {
            first -= 2;
        }
        let text = self.text.get(self.starts_at(first)..self.ends_at(name));
        text.unwrap_or_default().to_owned()
    }

    /// What stands before the last point, where its type can be told: that type and, if it has a method of that name, the
    /// method.
    pub fn method_named(&self) -> Option<(Type, Option<&'static Builtin>)> {
        let dot = self.count.checked_sub(1)?;
        if self.token(dot) != Token::Dot {
            return None;
        }
        let receiver = self.type_before(dot, DEEPEST)?;
        Some((receiver, self.method(self.prefix(), Some(receiver))))
    }

    fn method(&self, name: &str, receiver: Option<Type>) -> Option<&'static Builtin> {
        let row = LIBRARY.row(LIBRARY.method(name)?);
        match receiver {
            Some(receiver) => *row.entries.get(receiver as usize)?,
            None => row.entries.iter().flatten().next().copied(),
        }
    }

    /// The type of the expression that ends before token `end`, where it can be told.
    fn type_before(&self, end: usize, depth: usize) -> Option<Type> {
        let depth = depth.checked_sub(1)?;
        let last = end.checked_sub(1)?;
        match self.token(last) {
            Token::Text => Some(Type::Text),
            Token::Quoted => {
                let literal = self.word(last).trim_matches('\'');
                let begins_as_date = literal.starts_with(|first: char| first.is_ascii_digit());
                Some(if begins_as_date {
                    Type::DateTime
                } else {
                    Type::Text
                })
            }
            Token::Number => Some(Type::Number),
            Token::Decimal => Some(Type::Decimal),
            Token::True | Token::False => Some(Type::Boolean),
            Token::RightParenthesis => self.type_of_call(last, depth),
            Token::RightBrace => self.type_of_braces(last),
            Token::RightBracket => {
                let open = self.open_bracket(last)?;
                let is_task = open
                    .checked_sub(1)
                    .is_some_and(|before| LIBRARY.task(self.word(before)).is_some());
                (!is_task).then_some(Type::List)
            }
            token if is_word(token) => {
                let dotted = self.dotted(last);
                let is_own = !dotted.contains('.') && self.known.variable(&dotted).is_some();
                if let Some(variable) = system::find(&dotted).filter(|_| !is_own) {
                    let is_date = variable.returns.starts_with(Type::DateTime.name());
                    return Some(if is_date { Type::DateTime } else { Type::Text });
                }
                self.assigned(&dotted, last).map_or_else(
                    || self.known.variable(&dotted),
                    |value_end| self.type_before(value_end, depth),
                )
            }
            _ => None,
        }
    }

    /// Where the value ends that an earlier statement of the entry assigns to a variable.
    fn assigned(&self, name: &str, before: usize) -> Option<usize> {
        let sign = (1..before).rev().find(|at| {
            self.token(*at) == Token::Assign
                && self.word(at - 1) == name
                && at
                    .checked_sub(2)
                    .is_none_or(|earlier| self.token(earlier) != Token::Dot)
        })?;
        (sign..before).find(|at| self.token(*at) == Token::Semicolon)
    }

    fn type_of_call(&self, close: usize, depth: usize) -> Option<Type> {
        let open = self.open_bracket(close)?;
        let Some(name) = open
            .checked_sub(1)
            .filter(|name| is_word(self.token(*name)))
        else {
            return self.type_of_sum(open + 1, close, depth);
        };
        match self.word(name).to_lowercase().as_str() {
            "list" => return Some(Type::List),
            "map" => return Some(Type::KeyValue),
            "collection" => return Some(Type::Collection),
            _ => {}
        }
        match self.called(name)? {
            OpenCall::Builtin(entry) => returned(entry),
            OpenCall::Function(function) => function.result,
        }
    }

    /// Of what stands in parentheses: a sum with a text in it is a text.
    fn type_of_sum(&self, from: usize, to: usize, depth: usize) -> Option<Type> {
        let is_sum = (from..to).any(|at| self.token(at) == Token::Plus);
        let has_text = (from..to).any(|at| self.token(at) == Token::Text);
        let has_operator = (from..to).any(|at| {
            self.token(at).class() == TokenClass::Operator
                && !matches!(self.token(at), Token::Dot | Token::Comma)
        });
        if is_sum && has_text {
            return Some(Type::Text);
        }
        if has_operator {
            return None;
        }
        self.type_before(to, depth)
    }

    fn type_of_braces(&self, close: usize) -> Option<Type> {
        let open = self.open_bracket(close)?;
        if open + 1 == close {
            return Some(Type::Undecided);
        }
        let has_colon =
            (open + 1..close).any(|at| self.token(at) == Token::Colon && self.depth(open, at) == 0);
        Some(if has_colon {
            Type::KeyValue
        } else {
            Type::List
        })
    }

    fn token(&self, at: usize) -> Token {
        self.lexed.tokens.get(at).copied().unwrap_or(Token::Invalid)
    }

    fn starts_at(&self, at: usize) -> usize {
        self.lexed
            .places
            .get(at)
            .map_or(self.text.len(), |place| place.start as usize)
    }

    fn ends_at(&self, at: usize) -> usize {
        self.lexed
            .places
            .get(at)
            .map_or(self.text.len(), |place| place.end as usize)
    }

    fn word(&self, at: usize) -> &'t str {
        self.text
            .get(self.starts_at(at)..self.ends_at(at))
            .unwrap_or_default()
    }
}

fn is_word(token: Token) -> bool {
    matches!(token.class(), TokenClass::Keyword | TokenClass::Name)
}

/// The type of what a function gives, where its entry names one.
fn returned(entry: &Builtin) -> Option<Type> {
    Type::ALL.into_iter().find(|known| {
        entry
            .returns
            .strip_prefix(known.name())
            .is_some_and(|rest| {
                rest.is_empty()
                    || [",", " or null", " of "]
                        .iter()
                        .any(|more| rest.starts_with(more))
            })
    })
}
