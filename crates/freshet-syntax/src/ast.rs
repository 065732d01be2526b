//! The syntax tree: what a script says, without types, slots or values.
//!
//! Nodes lie in two vectors and refer to each other by number, so that dropping a tree never recurses and chains of
//! any length (`a + b + …`, `.f().g()`) are safe to build. Whoever walks a left-growing chain must do so by a loop.

use crate::source::{FileId, Span};

/// Number of an expression in its [`Ast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExpressionId(pub u32);

/// Number of a statement in its [`Ast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatementId(pub u32);

/// The tree of one source file.
#[derive(Clone, Debug, Default)]
pub struct Ast {
    /// The file all spans of the tree belong to.
    pub file: FileId,
    /// Every function declaration, in the order of the file.
    pub functions: Vec<Function>,
    /// The statements outside declarations, in the order of the file.
    pub body: Vec<StatementId>,
    /// Names that stand where only the name of a form may (language reference, appendix A), as often as they do; those
    /// before `[ … ]` may turn out to be variables.
    pub forms: Vec<Box<str>>,
    expressions: Vec<Expression>,
    statements: Vec<Statement>,
}

impl Ast {
    /// An empty tree of `file`.
    pub fn new(file: FileId) -> Self {
        Self {
            file,
            ..Self::default()
        }
    }

    /// The expression with that number.
    pub fn expression(&self, id: ExpressionId) -> &Expression {
        &self.expressions[id.0 as usize]
    }

    /// The statement with that number.
    pub fn statement(&self, id: StatementId) -> &Statement {
        &self.statements[id.0 as usize]
    }

    /// Adds an expression whose parts are in the tree already.
    pub fn add_expression(&mut self, kind: ExpressionKind, span: Span) -> ExpressionId {
        self.expressions.push(Expression { kind, span });
        ExpressionId(self.expressions.len() as u32 - 1)
    }

    /// Adds a statement whose parts are in the tree already.
    pub fn add_statement(&mut self, kind: StatementKind, span: Span) -> StatementId {
        self.statements.push(Statement { kind, span });
        StatementId(self.statements.len() as u32 - 1)
    }
}

/// An identifier with its place, spelt as in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The identifier.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// `returnType [namespace.]name(type param, …) { … }` (language reference, 7.1).
#[derive(Clone, Debug)]
pub struct Function {
    /// The type of the result.
    pub returns: TypeName,
    /// The word before the point, if any.
    pub namespace: Option<Name>,
    /// The function's own name.
    pub name: Name,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The statements between the braces.
    pub body: Vec<StatementId>,
    /// From the type word to the closing brace.
    pub span: Span,
    /// The comment directly before the declaration, without its comment signs.
    pub description: Option<String>,
}

/// One parameter of a declaration.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its declared type.
    pub type_name: TypeName,
    /// Its name.
    pub name: Name,
}

/// A type word of a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeName {
    /// Which type.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The types that declarations know (language reference, 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `void`: return type only.
    Void,
    /// `string`, `text`.
    Text,
    /// `int`, `integer`, `long`, `bigint`, `number`.
    Number,
    /// `float`, `decimal`, `double`.
    Decimal,
    /// `bool`, `boolean`.
    Boolean,
    /// `date`, `datetime`, `timestamp`.
    DateTime,
    /// `list`, and `list:string` … with the type of its elements.
    List(Option<ElementType>),
    /// `map`.
    KeyValue,
    /// `collection`.
    Collection,
    /// `file`.
    File,
    /// Not a type word; the parser has reported it.
    Unknown,
}

/// Element types of typed lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// `String`.
    Text,
    /// `Int`, `Long`.
    Number,
    /// `Float`.
    Decimal,
    /// `Bool`.
    Boolean,
    /// `Date`.
    DateTime,
}

impl ElementType {
    /// The one that a word names in `List:Int()` and `list:int`, in any letter case.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "string" => Some(Self::Text),
            "int" | "long" => Some(Self::Number),
            "float" => Some(Self::Decimal),
            "bool" => Some(Self::Boolean),
            "date" => Some(Self::DateTime),
            _ => None,
        }
    }
}

/// A statement and its place.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// From its first token to its last, the `;` included.
    pub span: Span,
}

/// The kinds of statements (language reference, 6).
#[derive(Clone, Debug)]
pub enum StatementKind {
    /// `name = value;`, `name += value;` …
    Assign {
        /// The variable.
        target: Name,
        /// `None` for `=`, else the operator before the `=`.
        operator: Option<BinaryOperator>,
        /// Place of the assignment sign.
        operator_span: Span,
        /// What is assigned.
        value: ExpressionId,
    },
    /// An expression as a statement. The parser has reported those without effect.
    Expression(ExpressionId),
    /// `info value;`, with the place of the word.
    Info {
        /// Place of the word `info`.
        keyword: Span,
        /// What is printed.
        value: ExpressionId,
    },
    /// `return;` or `return value;`.
    Return {
        /// Place of the word `return`.
        keyword: Span,
        /// The result, if any.
        value: Option<ExpressionId>,
    },
    /// `throw value;`.
    Throw {
        /// Place of the word `throw`.
        keyword: Span,
        /// What is thrown.
        value: ExpressionId,
    },
    /// `break;`.
    Break,
    /// `continue;`.
    Continue,
    /// `if … else if … else`.
    If {
        /// The conditions with their blocks, in order; never empty.
        branches: Vec<Branch>,
        /// The block of `else`.
        otherwise: Option<Vec<StatementId>>,
    },
    /// `for each x in value { … }`, `for each index i in value { … }`.
    ForEach {
        /// True for `for each index`.
        index: bool,
        /// The loop variable.
        variable: Name,
        /// What is walked.
        iterated: ExpressionId,
        /// The statements between the braces.
        body: Vec<StatementId>,
    },
    /// `while (condition) { … }`.
    While {
        /// Evaluated before each turn.
        condition: ExpressionId,
        /// The statements between the braces.
        body: Vec<StatementId>,
    },
    /// `try { … } catch (name) { … }`.
    Try {
        /// The first block.
        body: Vec<StatementId>,
        /// The variable that holds the caught error.
        error: Name,
        /// The second block.
        handler: Vec<StatementId>,
    },
    /// A lone `;`, and what stands for a statement that could not be read.
    Empty,
}

/// A condition and the block it guards.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The condition.
    pub condition: ExpressionId,
    /// The statements between the braces.
    pub body: Vec<StatementId>,
}

/// An expression and its place.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// From its first token to its last.
    pub span: Span,
}

/// The kinds of expressions (language reference, 4).
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// Digits that fit a NUMBER. 9223372036854775808 stands only below a unary minus, as [`ExpressionKind::Smallest`].
    Number(i64),
    /// `-9223372036854775808`, sign and digits together.
    Smallest,
    /// The digits of a DECIMAL literal as written: at most 28 significant ones, ASCII digits and one point.
    Decimal(Box<str>),
    /// A literal in double quotes, escapes replaced.
    Text(Box<str>),
    /// A literal in single quotes, escapes replaced: a DATE-TIME if all of it has the form of a date, else TEXT
    /// (language reference, 2.6). Which one it is, the resolver decides.
    Quoted(Box<str>),
    /// A name that is no keyword: a variable, `now`, `today`, a bare namespace.
    Variable(Box<str>),
    /// `input`.
    Input,
    /// `zoho`, the root of system variables and integration tasks; only below a member or a method.
    Zoho,
    /// `thisapp`; only below a member or a method.
    Thisapp,
    /// `( inner )`.
    Parenthesised(ExpressionId),
    /// `{a, b}` or `[a, b]`; `[]`.
    List(Vec<ExpressionId>),
    /// `{key: value, …}`.
    KeyValue(Vec<(ExpressionId, ExpressionId)>),
    /// `{}`.
    Undecided,
    /// `-x`, `+x`, `!x`.
    Unary {
        /// Which sign.
        operator: UnaryOperator,
        /// Place of the sign.
        operator_span: Span,
        /// What it applies to.
        operand: ExpressionId,
    },
    /// `a + b` and the other binary operators. Chains grow to the left.
    Binary {
        /// Which operator.
        operator: BinaryOperator,
        /// Place of the operator.
        operator_span: Span,
        /// The left side.
        left: ExpressionId,
        /// The right side.
        right: ExpressionId,
    },
    /// `if(condition, then, otherwise)`.
    Conditional {
        /// The condition.
        condition: ExpressionId,
        /// The value when it is true.
        then: ExpressionId,
        /// The value when it is false.
        otherwise: ExpressionId,
    },
    /// `name(…)`, constructors `List(…)`, `Map(…)`, `Collection(…)` and `ifnull(…)` included.
    Call {
        /// The function.
        name: Name,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// `List:Int(…)`.
    TypedList {
        /// The type of the elements.
        element: ElementType,
        /// Place of the constructor, `List:Int`.
        name: Span,
        /// The argument, if any; more than one has been reported.
        argument: Option<ExpressionId>,
    },
    /// `receiver.name(…)`. Chains grow to the left. Also calls with a namespace, `a.f(…)`: which it is, the resolver decides.
    Method {
        /// What the method is called on.
        receiver: ExpressionId,
        /// The method.
        name: Name,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// `receiver.name` without parentheses.
    Member {
        /// What the member is read from.
        receiver: ExpressionId,
        /// The member.
        name: Name,
    },
    /// `invokeurl [ … ]` and the other bracketed tasks.
    Task {
        /// The task.
        name: Name,
        /// Its attributes, in order.
        attributes: Vec<Attribute>,
    },
    /// `operand[index]`, or `Form[criteria]`: not in the language. The resolver reports it (language reference, 4.8).
    Bracketed {
        /// What stands before the bracket.
        operand: ExpressionId,
        /// Place of the opening bracket.
        bracket: Span,
        /// What stands between the brackets, where it is an expression.
        index: Option<ExpressionId>,
    },
    /// What stands for an expression that could not be read; it has been reported.
    Missing,
}

impl ExpressionKind {
    /// Whether brackets with this read an element of a list or key-value rather than records of a form, whatever stands
    /// before them: a number or a text (language reference, appendix B, note 3), also one that is calculated.
    pub fn is_element(&self) -> bool {
        use BinaryOperator::{Add, Divide, Multiply, Remainder, Subtract};
        match self {
            ExpressionKind::Number(_) | ExpressionKind::Text(_) | ExpressionKind::Quoted(_) => true,
            ExpressionKind::Unary { operator, .. } => *operator != UnaryOperator::Not,
            ExpressionKind::Binary { operator, .. } => {
                matches!(operator, Add | Subtract | Multiply | Divide | Remainder)
            }
            _ => false,
        }
    }
}

/// One argument of a call; with a second part in `Collection(key : value)` and `insert(key : value)`.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The argument, or the key of a pair.
    pub value: ExpressionId,
    /// The value of a pair, with the place of its colon.
    pub pair: Option<(Span, ExpressionId)>,
}

/// `name : value` in a bracketed task.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name as written, two words joined by one blank (`reply to`), joined words by their signs (`content-type`).
    pub name: Name,
    /// The values: one, or several with commas between (`to`, `cc`, `bcc`, `attachments`).
    pub values: Vec<AttributeValue>,
}

/// A value of an attribute.
#[derive(Clone, Debug)]
pub enum AttributeValue {
    /// An expression. A lone word is an expression too ([`ExpressionKind::Variable`]): whether it is a constant of the
    /// attribute, such as `POST`, the resolver decides.
    Expression(ExpressionId),
    /// Words joined by signs, which are no expression worth having: `application/json`.
    Words(Name),
    /// `file: expression`.
    File(ExpressionId),
}

/// Signs before an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `!`
    Not,
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=` between two operands: means `==` in a condition, with a warning; elsewhere an error. The resolver decides.
    SingleEqual,
    /// `&&`
    And,
    /// `||`
    Or,
}

impl BinaryOperator {
    /// Its level of precedence (language reference, 4.1): a smaller number binds tighter. Signs have level 2.
    pub fn level(self) -> u8 {
        match self {
            Self::Multiply | Self::Divide | Self::Remainder => 3,
            Self::Add | Self::Subtract => 4,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 5,
            Self::Equal | Self::NotEqual | Self::SingleEqual => 6,
            Self::And => 7,
            Self::Or => 8,
        }
    }

    /// The operator as it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::SingleEqual => "=",
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}
