//! The resolved program: what the evaluator reads.
//!
//! Every name has been looked up: variables are slots of a frame, functions are numbers, methods are rows of the
//! library's table. Nodes lie in one vector and refer to each other by number; their places lie in a second vector,
//! read only when something goes wrong. A program holds plain data only, is never changed, and is shared by all runs.

use freshet_syntax::ast::{ElementType, TypeKind};
use freshet_syntax::source::{FileId, Span};
use rustc_hash::FxHashMap;

use crate::library::MethodId;
use crate::library::builtin::Builtin;
use crate::library::integration::Integration;
use crate::library::system::SystemVariable;
use crate::library::task::Task;
use crate::value::Decimal;

/// Number of an expression node; as an operand of an operation or a call also a variable or a literal directly, so that
/// the evaluator reaches its value without a node between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(pub u32);

impl NodeId {
    /// Marks a slot. A program of the largest source has far fewer nodes, slots and constants than 2^30.
    const SLOT: u32 = 1 << 31;
    /// Marks a constant.
    const CONSTANT: u32 = 1 << 30;

    /// The operand that is a variable.
    pub fn slot(Slot(slot): Slot) -> Self {
        NodeId(slot | Self::SLOT)
    }

    /// The operand that is a literal of [`Program::constants`].
    pub fn constant(constant: u32) -> Self {
        NodeId(constant | Self::CONSTANT)
    }

    /// What stands behind the number.
    #[inline(always)]
    pub fn operand(self) -> Operand {
        if self.0 & Self::SLOT != 0 {
            Operand::Slot((self.0 ^ Self::SLOT) as usize)
        } else if self.0 & Self::CONSTANT != 0 {
            Operand::Constant((self.0 ^ Self::CONSTANT) as usize)
        } else {
            Operand::Node(self.0 as usize)
        }
    }
}

/// What a [`NodeId`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A node.
    Node(usize),
    /// The variable of a slot.
    Slot(usize),
    /// A literal.
    Constant(usize),
}

/// Index of a local variable in its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub u32);

/// Several nodes, one after another in [`Program::operands`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operands {
    /// Place of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// Several statements, one after another in [`Program::statements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Place of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
}

impl Block {
    /// A block without statements.
    pub const EMPTY: Block = Block { first: 0, count: 0 };
}

/// An expression. What it refers to comes before it in [`Program::nodes`].
///
/// The place of a node (in [`Program::spans`]) is where an error of it is reported: the operator of an operation, the
/// name of a call, the first token of everything else.
#[derive(Clone, Copy, Debug)]
pub enum Node {
    /// null.
    Null,
    /// A BOOLEAN.
    Boolean(bool),
    /// A NUMBER.
    Number(i64),
    /// A literal of [`Program::constants`].
    Constant(u32),
    /// The value of a variable.
    Slot(Slot),
    /// `input`: a new KEY-VALUE of the parameters of the function, or of the arguments of the run.
    Input,
    /// `input.NAME` in the body of a file: the argument of that name (a text of [`Program::names`]), or null.
    InputMember(u32),
    /// A system variable (`now`, `zoho.currentdate`), of [`Program::system_variables`].
    System(u32),
    /// `zoho.appvariable.NAME`, with the name in [`Program::names`].
    AppVariable(u32),
    /// A new LIST.
    List(Operands),
    /// A new KEY-VALUE: key, value, key, value …
    KeyValue(Operands),
    /// A new `{}`.
    Undecided,
    /// `!x`.
    Not(NodeId),
    /// `-x`.
    Minus(NodeId),
    /// `+x`.
    Plus(NodeId),
    /// `a + b`
    Add(NodeId, NodeId),
    /// `a - b`
    Subtract(NodeId, NodeId),
    /// `a * b`
    Multiply(NodeId, NodeId),
    /// `a / b`
    Divide(NodeId, NodeId),
    /// `a % b`
    Remainder(NodeId, NodeId),
    /// `a < b`
    Less(NodeId, NodeId),
    /// `a <= b`
    LessOrEqual(NodeId, NodeId),
    /// `a > b`
    Greater(NodeId, NodeId),
    /// `a >= b`
    GreaterOrEqual(NodeId, NodeId),
    /// `a == b`
    Equal(NodeId, NodeId),
    /// `a != b`
    NotEqual(NodeId, NodeId),
    /// `a && b && …`. Places of the operators: that of the node for the first, of [`Node::Operator`] entries for others.
    /// A list, so that a chain of any length is walked by a loop; operands and operators alternate: a, op, b, op, c.
    And(Operands),
    /// `a || b || …`, as [`Node::And`].
    Or(Operands),
    /// Not evaluated: carries the place of a further operator of a chain.
    Operator,
    /// A left-growing chain longer than [`CHAIN`]: the first operand, then nodes whose left operand (or receiver) is
    /// [`Node::Hole`]; each is applied to the value so far, by a loop.
    Chain(Operands),
    /// In a chain: the value so far.
    Hole,
    /// `if(condition, then, otherwise)`: three operands.
    Conditional(Operands),
    /// A call of a user function, with its arguments.
    Call {
        /// Number of the function in [`Program::functions`].
        function: u32,
        /// The arguments.
        arguments: Operands,
    },
    /// A plain built-in function of [`Program::builtins`].
    Builtin {
        /// Number of the entry.
        builtin: u32,
        /// The arguments.
        arguments: Operands,
    },
    /// A method: receiver, then arguments.
    Method {
        /// Row in the table of the library.
        method: MethodId,
        /// The receiver and the arguments.
        arguments: Operands,
    },
    /// A method called as a plain function without any argument, which is an error of the run.
    NoReceiver(MethodId),
    /// `List:Int(…)`.
    TypedList {
        /// The type of the elements.
        element: ElementType,
        /// The argument, if there is one.
        argument: Option<NodeId>,
    },
    /// `Collection(k : v, …)`: key, value, key, value …
    CollectionOfPairs(Operands),
    /// A bracketed task of [`Program::tasks`].
    Task(u32),
    /// `e.message`.
    ErrorMessage(NodeId),
    /// `e.lineNo`.
    ErrorLine(NodeId),
    /// An integration task of [`Program::integrations`]; one without implementation is an error as soon as it is
    /// evaluated.
    Integration {
        /// Number of the task.
        integration: u32,
        /// The arguments.
        arguments: Operands,
    },
}

/// Length from which a left-growing chain becomes a [`Node::Chain`]; shorter ones are nested, which is quicker.
pub const CHAIN: usize = 32;

const _: () = assert!(std::mem::size_of::<Node>() <= 16);

/// A statement. Its place (in [`Program::statement_spans`]) is that of its first word.
#[derive(Clone, Copy, Debug)]
pub enum Statement {
    /// `x = value;`
    Assign {
        /// The variable.
        slot: Slot,
        /// What is assigned.
        value: NodeId,
    },
    /// `x = x + a + b;`, `x = x.concat(a);` where neither `a` nor `b` reads `x`: a text grows in place. The operands are
    /// [`Node::Add`] and [`Node::Method`] nodes whose left operand or receiver is a [`Node::Hole`], in the order they are
    /// applied; the methods are those that extend a text.
    Append {
        /// The variable.
        slot: Slot,
        /// What is applied.
        steps: Operands,
    },
    /// An expression whose value is not used.
    Evaluate(NodeId),
    /// The last expression of a REPL entry: its value is the result of the run.
    Result(NodeId),
    /// `info value;`
    Info(NodeId),
    /// `return value;`, `return;`
    Return(Option<NodeId>),
    /// `throw value;`
    Throw(NodeId),
    /// `break;`
    Break,
    /// `continue;`
    Continue,
    /// `if … else if … else`: [`Program::branches`] from `first` on, in order; then the block of `else`.
    If {
        /// Place of the first branch.
        first: u32,
        /// Number of branches.
        count: u32,
        /// The block of `else`, perhaps empty.
        otherwise: u32,
    },
    /// `for each`.
    ForEach {
        /// True for `for each index`.
        index: bool,
        /// The loop variable.
        slot: Slot,
        /// What is walked.
        iterated: NodeId,
        /// Number of the block in [`Program::blocks`].
        body: u32,
    },
    /// `while`.
    While {
        /// The condition.
        condition: NodeId,
        /// Number of the block in [`Program::blocks`].
        body: u32,
    },
    /// `try { } catch (e) { }`.
    Try {
        /// Number of the first block in [`Program::blocks`].
        body: u32,
        /// The variable of the error.
        slot: Slot,
        /// Number of the second block.
        handler: u32,
    },
}

/// A condition and the block it guards.
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    /// The condition.
    pub condition: NodeId,
    /// The block.
    pub block: Block,
}

/// A literal that is turned into a value once a session.
#[derive(Clone, Debug)]
pub enum Constant {
    /// NUMBER, as an operand.
    Number(i64),
    /// TEXT.
    Text(Box<str>),
    /// DECIMAL.
    Decimal(Decimal),
    /// DATE-TIME: its text is read in the session's zone, since the same literal is another instant elsewhere. The
    /// resolver has made sure that it reads.
    Date(Box<str>),
}

/// A user function, or the body of a file.
#[derive(Clone, Debug)]
pub struct Function {
    /// Full name, `namespace.name`; empty for the body.
    pub name: String,
    /// The parameters, which take the first slots. Of the body: its parameters of the script, without types.
    pub parameters: Vec<Parameter>,
    /// The declared result; `None` for the body.
    pub returns: Option<TypeKind>,
    /// Number of slots of a frame.
    pub slots: u32,
    /// The names of the slots, for the REPL and for messages.
    pub slot_names: Vec<Box<str>>,
    /// The statements.
    pub block: Block,
    /// Place of the name in its declaration.
    pub span: Span,
    /// The comment before the declaration.
    pub description: Option<String>,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Box<str>,
    /// Its declared type; `None` for a parameter of the script.
    pub kind: Option<TypeKind>,
}

/// A task as a script uses it.
#[derive(Clone)]
pub struct TaskUse {
    /// The task's entry.
    pub entry: &'static Task,
    /// Which attributes were given, in the order of the script.
    pub attributes: Vec<(usize, AttributeSource)>,
}

/// Where the value of an attribute comes from.
#[derive(Clone, Debug)]
pub enum AttributeSource {
    /// An expression.
    Node(NodeId),
    /// A constant of the attribute, or joined words: a TEXT of [`Program::constants`].
    Words(u32),
    /// Several values with commas between: a LIST.
    Several(Vec<NodeId>),
}

/// A resolved program: the script's body, its functions, and the custom functions it reaches.
#[derive(Clone, Default)]
pub struct Program {
    /// Expressions.
    pub nodes: Vec<Node>,
    /// Their places.
    pub spans: Vec<Span>,
    /// Lists of nodes that other nodes refer to.
    pub operands: Vec<NodeId>,
    /// Statements, block by block.
    pub statements: Vec<Statement>,
    /// Their places.
    pub statement_spans: Vec<Span>,
    /// The blocks of loops, `try` and `else`.
    pub blocks: Vec<Block>,
    /// The branches of `if`.
    pub branches: Vec<Branch>,
    /// Literals.
    pub constants: Vec<Constant>,
    /// Names of arguments and application variables.
    pub names: Vec<Box<str>>,
    /// Plain built-in functions in use.
    pub builtins: Vec<&'static Builtin>,
    /// Tasks in use.
    pub tasks: Vec<TaskUse>,
    /// Integration tasks in use.
    pub integrations: Vec<Integration>,
    /// System variables in use.
    pub system_variables: Vec<&'static SystemVariable>,
    /// User functions; number 0 is the body of the script.
    pub functions: Vec<Function>,
    /// First token of expressions that are reported there instead of at the place of their node: conditions, what a
    /// loop walks, keys. By number of the node; left out where both places are the same.
    pub first_tokens: FxHashMap<u32, Span>,
    /// Calls of methods that are written as plain functions, `ifnull(x, y)`: by number of the node, in order.
    pub plain_calls: Vec<u32>,
    /// Beginnings of the lines of every file, for line numbers at run time.
    pub line_starts: Vec<Vec<u32>>,
}

impl Program {
    /// The nodes that an operand list names.
    #[inline]
    pub fn operands(&self, operands: Operands) -> &[NodeId] {
        &self.operands[operands.first as usize..(operands.first + operands.count) as usize]
    }

    /// Line of a place, counted from 1.
    pub fn line(&self, span: Span) -> i64 {
        let FileId(file) = span.file;
        self.line_starts.get(file as usize).map_or(1, |starts| {
            starts.partition_point(|start| *start <= span.start).max(1) as i64
        })
    }

    /// First token of an expression.
    pub fn first_token(&self, NodeId(node): NodeId) -> Span {
        let place = self
            .first_tokens
            .get(&node)
            .or_else(|| self.spans.get(node as usize));
        place.copied().unwrap_or_default()
    }

    /// The body of the script.
    pub fn body(&self) -> Option<&Function> {
        self.functions.first()
    }

    /// Number of the function with that full name, as written (`namespace.name`, or `name`).
    pub fn function(&self, name: &str) -> Option<usize> {
        self.functions
            .iter()
            .skip(1)
            .position(|function| function.name == name)
            .map(|place| place + 1)
    }
}
