//! Reads an XPath (XPath 1.0, 2 and 3) into a tree; variables are left out.

use super::evaluate::Axis;
use super::function::{self, Function};
use super::name;

/// An expression.
pub(super) enum Expression<'p> {
    Number(f64),
    Literal(&'p str),
    Path(Path<'p>),
    Call(&'static Function, Vec<Expression<'p>>),
    Negate(Box<Expression<'p>>),
    Binary(Operator, Box<Expression<'p>>, Box<Expression<'p>>),
}

/// A path of steps.
pub(super) struct Path<'p> {
    pub(super) start: Start<'p>,
    pub(super) steps: Vec<Step<'p>>,
}

/// Where a path begins.
pub(super) enum Start<'p> {
    /// At the root of the document.
    Root,
    /// At the node in question.
    Here,
    /// At what an expression gives and predicates leave of it.
    At(Box<Expression<'p>>, Vec<Expression<'p>>),
}

/// A step: where to go, what to take, what to leave of it.
pub(super) struct Step<'p> {
    pub(super) axis: Axis,
    pub(super) test: Test<'p>,
    pub(super) predicates: Vec<Expression<'p>>,
}

/// What a step takes.
#[derive(Clone, Copy)]
pub(super) enum Test<'p> {
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `*`: every element, or attribute.
    Named,
    /// `p:*`: those with this prefix.
    Prefix(&'p str),
    /// Those with this name.
    Name(&'p str),
}

/// An operator between two expressions.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Union,
}

/// Each operator, and how tightly it binds.
const OPERATORS: &[(&str, Operator, u8)] = &[
    ("or", Operator::Or, 1),
    ("and", Operator::And, 2),
    ("=", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    ("<", Operator::Less, 4),
    ("<=", Operator::LessEqual, 4),
    (">", Operator::Greater, 4),
    (">=", Operator::GreaterEqual, 4),
    ("+", Operator::Add, 5),
    ("-", Operator::Subtract, 5),
    ("*", Operator::Multiply, 6),
    ("div", Operator::Divide, 6),
    ("mod", Operator::Remainder, 6),
    ("|", Operator::Union, UNION),
];

/// How tightly `|` binds, which alone goes before the sign of a number.
const UNION: u8 = 7;

/// Expressions that a path may consist of; this bounds the stack that reading and evaluating it need.
const MOST_PARTS: usize = 300;

/// Why a text is no XPath.
pub(super) struct Fault {
    /// Byte at which reading stopped.
    pub(super) at: usize,
    pub(super) what: String,
}

type Read<T> = Result<T, Fault>;

/// Reads an XPath.
pub(super) fn read(text: &str) -> Read<Expression<'_>> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        next: 0,
        parts: 0,
    };
    let expression = reader.expression(0)?;
    match reader.peek() {
        Token::End => Ok(expression),
        _ => Err(reader.fault("the path should end here")),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Token<'p> {
    /// A name with or without a prefix, or `p:*`.
    Name(&'p str),
    Number(f64),
    Literal(&'p str),
    Symbol(&'static str),
    End,
}

/// Longer ones before those they begin with.
const SYMBOLS: &[&str] = &[
    "..", "::", "//", "!=", "<=", ">=", "/", "[", "]", "(", ")", "@", ",", ".", "*", "+", "-", "=",
    "<", ">", "|",
];

/// The tokens, each with the byte at which it begins.
fn tokens(text: &str) -> Read<Vec<(Token<'_>, usize)>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            tokens.push((Token::End, at));
            return Ok(tokens);
        };
        let (token, length) = token(rest, first).map_err(|what| Fault { at, what })?;
        tokens.push((token, at));
        at += length;
    }
}

/// The token with which `rest` begins, and its length in bytes.
fn token(rest: &str, first: char) -> Result<(Token<'_>, usize), String> {
    if matches!(first, '"' | '\'') {
        let inside = &rest[1..];
        let end = inside.find(first).ok_or("the quote is never closed")?;
        return Ok((Token::Literal(&inside[..end]), end + 2));
    }
    if name::is_start(first) {
        let length = name_length(rest);
        return Ok((Token::Name(&rest[..length]), length));
    }
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = rest.as_bytes();
    if is_digit(bytes.first()) || first == '.' && is_digit(bytes.get(1)) {
        let whole = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let fraction = rest[whole..].strip_prefix('.').map_or(0, |digits| {
            1 + digits
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(digits.len())
        });
        let length = whole + fraction;
        let number = rest[..length].parse().map_err(|_| "this is no number")?;
        return Ok((Token::Number(number), length));
    }
    match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None if first == '$' => Err("there are no variables here".to_owned()),
        None => Err(format!("`{first}` means nothing in a path")),
    }
}

/// Length of a name with its prefix. `a::b` is the axis `a`, not a prefix.
fn name_length(text: &str) -> usize {
    let plain = |text: &str| text.find(|c| !name::is_part(c)).unwrap_or(text.len());
    let prefix = plain(text);
    match text[prefix..].strip_prefix(':') {
        Some(local) if local.starts_with(name::is_start) => prefix + 1 + plain(local),
        Some(local) if local.starts_with('*') => prefix + 2,
        _ => prefix,
    }
}

struct Reader<'p> {
    tokens: Vec<(Token<'p>, usize)>,
    next: usize,
    /// Expressions so far.
    parts: usize,
}

impl<'p> Reader<'p> {
    fn peek(&self) -> Token<'p> {
        self.ahead(0)
    }

    fn ahead(&self, count: usize) -> Token<'p> {
        self.tokens
            .get(self.next + count)
            .map_or(Token::End, |(token, _)| *token)
    }

    /// Takes the symbol, if it comes next.
    fn eat(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(next) if next == symbol);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Read<()> {
        if self.eat(symbol) {
            return Ok(());
        }
        Err(self.fault(format!("expected `{symbol}`")))
    }

    /// A fault at the next token.
    fn fault(&self, what: impl Into<String>) -> Fault {
        let at = self.tokens.get(self.next).map_or(0, |(_, at)| *at);
        Fault {
            at,
            what: what.into(),
        }
    }

    /// An expression of operators that bind at least as tightly as `level` says.
    fn expression(&mut self, level: u8) -> Read<Expression<'p>> {
        self.count_part()?;
        let mut left = if self.eat("-") {
            Expression::Negate(Box::new(self.expression(UNION)?))
        } else {
            self.path()?
        };
        while let Some((operator, found)) = self.operator()
            && found >= level
        {
            self.next += 1;
            self.count_part()?;
            let right = self.expression(found + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn count_part(&mut self) -> Read<()> {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(self.fault("the path is too long"));
        }
        Ok(())
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let (Token::Name(text) | Token::Symbol(text)) = self.peek() else {
            return None;
        };
        OPERATORS
            .iter()
            .find(|(name, ..)| *name == text)
            .map(|(_, operator, level)| (*operator, *level))
    }

    /// A path, or a value standing where a path may begin.
    fn path(&mut self) -> Read<Expression<'p>> {
        let mut steps = Vec::new();
        let start = match self.peek() {
            Token::Symbol("/") => {
                self.next += 1;
                if self.is_step() {
                    self.steps(&mut steps)?;
                }
                Start::Root
            }
            Token::Symbol("//") => {
                self.slash(&mut steps);
                self.steps(&mut steps)?;
                Start::Root
            }
            _ if self.is_value() => {
                let value = self.value()?;
                let predicates = self.predicates()?;
                if self.slash(&mut steps) {
                    self.steps(&mut steps)?;
                } else if predicates.is_empty() {
                    return Ok(value);
                }
                Start::At(Box::new(value), predicates)
            }
            _ => {
                self.steps(&mut steps)?;
                Start::Here
            }
        };
        Ok(Expression::Path(Path { start, steps }))
    }

    /// Takes `/` or `//`; the second stands for a step to everything below.
    fn slash(&mut self, steps: &mut Vec<Step<'p>>) -> bool {
        if self.eat("//") {
            steps.push(Step {
                axis: Axis::DescendantOrSelf,
                test: Test::Node,
                predicates: Vec::new(),
            });
            return true;
        }
        self.eat("/")
    }

    fn steps(&mut self, steps: &mut Vec<Step<'p>>) -> Read<()> {
        loop {
            steps.push(self.step()?);
            if !self.slash(steps) {
                return Ok(());
            }
        }
    }

    fn is_step(&self) -> bool {
        matches!(
            self.peek(),
            Token::Name(_) | Token::Symbol("*" | "@" | "." | "..")
        )
    }

    /// True before a number, a quoted text, brackets or a call of a function.
    fn is_value(&self) -> bool {
        match self.peek() {
            Token::Number(_) | Token::Literal(_) | Token::Symbol("(") => true,
            Token::Name(name) => self.ahead(1) == Token::Symbol("(") && node_type(name).is_none(),
            _ => false,
        }
    }

    fn value(&mut self) -> Read<Expression<'p>> {
        let token = self.peek();
        if let Token::Name(name) = token {
            return self.call(name);
        }
        self.next += 1;
        match token {
            Token::Number(number) => Ok(Expression::Number(number)),
            Token::Literal(text) => Ok(Expression::Literal(text)),
            _ => {
                let inside = self.expression(0)?;
                self.expect(")")?;
                Ok(inside)
            }
        }
    }

    fn call(&mut self, name: &'p str) -> Read<Expression<'p>> {
        let Some(function) = function::find(name) else {
            return Err(self.fault(format!("there is no function `{name}` in paths")));
        };
        let at = self.next;
        self.next += 2; // its name and `(`
        let mut arguments = Vec::new();
        if !self.eat(")") {
            loop {
                arguments.push(self.expression(0)?);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        if arguments.len() < function.least || arguments.len() > function.most {
            self.next = at;
            let found = arguments.len();
            return Err(self.fault(format!("`{name}` does not take {found} arguments")));
        }
        Ok(Expression::Call(function, arguments))
    }

    fn step(&mut self) -> Read<Step<'p>> {
        let abbreviated = match self.peek() {
            Token::Symbol(".") => Some(Axis::Itself),
            Token::Symbol("..") => Some(Axis::Parent),
            _ => None,
        };
        if let Some(axis) = abbreviated {
            self.next += 1;
            return Ok(Step {
                axis,
                test: Test::Node,
                predicates: Vec::new(),
            });
        }
        Ok(Step {
            axis: self.axis()?,
            test: self.test()?,
            predicates: self.predicates()?,
        })
    }

    fn axis(&mut self) -> Read<Axis> {
        if self.eat("@") {
            return Ok(Axis::Attribute);
        }
        match self.peek() {
            Token::Name(name) if self.ahead(1) == Token::Symbol("::") => {
                let axis = Axis::find(name)
                    .ok_or_else(|| self.fault(format!("there is no axis `{name}` here")))?;
                self.next += 2;
                Ok(axis)
            }
            _ => Ok(Axis::Child),
        }
    }

    fn test(&mut self) -> Read<Test<'p>> {
        match self.peek() {
            Token::Symbol("*") => {
                self.next += 1;
                Ok(Test::Named)
            }
            Token::Name(name) => {
                self.next += 1;
                if let Some(test) = node_type(name)
                    && self.eat("(")
                {
                    self.expect(")")?;
                    return Ok(test);
                }
                Ok(match name.strip_suffix(":*") {
                    Some(prefix) => Test::Prefix(prefix),
                    None => Test::Name(name),
                })
            }
            _ => Err(self.fault("expected a name, `*`, `@` or `text()`")),
        }
    }

    fn predicates(&mut self) -> Read<Vec<Expression<'p>>> {
        let mut predicates = Vec::new();
        while self.eat("[") {
            predicates.push(self.expression(0)?);
            self.expect("]")?;
        }
        Ok(predicates)
    }
}

/// What `NAME()` takes as a step.
fn node_type(name: &str) -> Option<Test<'static>> {
    match name {
        "node" => Some(Test::Node),
        "text" => Some(Test::Text),
        "comment" => Some(Test::Comment),
        _ => None,
    }
}
