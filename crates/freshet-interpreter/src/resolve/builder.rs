//! Puts a [`Program`] together: nodes and their places, lists of operands, literals and names without repeats.

use freshet_syntax::ast::BinaryOperator;
use freshet_syntax::source::Span;
use rustc_hash::FxHashMap;

use crate::library::builtin::Builtin;
use crate::library::integration::Integration;
use crate::library::system::SystemVariable;
use crate::program::{
    Block, Branch, Constant, Node, NodeId, Operand, Operands, Program, Statement, TaskUse,
};
use crate::value::Decimal;

/// Which kind of literal a text stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Literal {
    Text,
    Decimal,
    Date,
}

/// A program in the making.
///
/// Operands, statements and branches of one owner lie one after another in the program. While their own parts are being
/// read they wait on a stack, so that lists inside lists need no vectors of their own.
#[derive(Default)]
pub(super) struct Builder<'a> {
    pub program: Program,
    constants: FxHashMap<(Literal, &'a str), u32>,
    numbers: FxHashMap<i64, u32>,
    names: FxHashMap<&'a str, u32>,
    builtins: FxHashMap<*const Builtin, u32>,
    system_variables: FxHashMap<*const SystemVariable, u32>,
    hole: Option<NodeId>,
    waiting: Vec<NodeId>,
    waiting_statements: Vec<(Statement, Span)>,
    waiting_branches: Vec<Branch>,
}

/// Where a list begins on a stack of the [`Builder`].
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl<'a> Builder<'a> {
    pub fn node(&mut self, node: Node, span: Span) -> NodeId {
        self.program.nodes.push(node);
        self.program.spans.push(span);
        NodeId(self.program.nodes.len() as u32 - 1)
    }

    /// What stands for an expression that has been reported: a program with errors is never run.
    pub fn reported(&mut self, span: Span) -> NodeId {
        self.node(Node::Null, span)
    }

    /// The value so far, in a chain.
    pub fn hole(&mut self, span: Span) -> NodeId {
        match self.hole {
            Some(hole) => hole,
            None => {
                let hole = self.node(Node::Hole, span);
                self.hole = Some(hole);
                hole
            }
        }
    }

    /// Puts `value` into the hole of a step, which then stands for the value so far.
    pub fn fill(&mut self, step: NodeId, value: NodeId) {
        let value = self.direct(value);
        match &mut self.program.nodes[step.0 as usize] {
            Node::Add(left, _) => *left = value,
            Node::Method { arguments, .. } => {
                self.program.operands[arguments.first as usize] = value;
            }
            _ => {}
        }
    }

    pub fn binary(
        &mut self,
        operator: BinaryOperator,
        left: NodeId,
        right: NodeId,
        span: Span,
    ) -> NodeId {
        let (left, right) = (self.direct(left), self.direct(right));
        let node = match operator {
            BinaryOperator::Add => Node::Add(left, right),
            BinaryOperator::Subtract => Node::Subtract(left, right),
            BinaryOperator::Multiply => Node::Multiply(left, right),
            BinaryOperator::Divide => Node::Divide(left, right),
            BinaryOperator::Remainder => Node::Remainder(left, right),
            BinaryOperator::Less => Node::Less(left, right),
            BinaryOperator::LessOrEqual => Node::LessOrEqual(left, right),
            BinaryOperator::Greater => Node::Greater(left, right),
            BinaryOperator::GreaterOrEqual => Node::GreaterOrEqual(left, right),
            BinaryOperator::Equal | BinaryOperator::SingleEqual => Node::Equal(left, right),
            BinaryOperator::NotEqual => Node::NotEqual(left, right),
            // Chains of these are lists, which `Resolver::logic` makes.
            BinaryOperator::And | BinaryOperator::Or => {
                let mark = self.mark();
                self.operand(left);
                self.operand(right);
                let operands = self.operands(mark);
                if operator == BinaryOperator::And {
                    Node::And(operands)
                } else {
                    Node::Or(operands)
                }
            }
        };
        self.node(node, span)
    }

    /// A variable or a literal as an operand without a node; everything else as it is.
    fn direct(&mut self, node: NodeId) -> NodeId {
        match node.operand() {
            Operand::Node(place) => match self.program.nodes[place] {
                Node::Slot(slot) => NodeId::slot(slot),
                Node::Constant(constant) => NodeId::constant(constant),
                Node::Number(number) => NodeId::constant(self.number(number)),
                _ => node,
            },
            Operand::Slot(_) | Operand::Constant(_) => node,
        }
    }

    /// Number of a NUMBER in [`Program::constants`].
    fn number(&mut self, number: i64) -> u32 {
        let constants = &mut self.program.constants;
        *self.numbers.entry(number).or_insert_with(|| {
            constants.push(Constant::Number(number));
            constants.len() as u32 - 1
        })
    }

    /// The node of a literal.
    pub fn literal(&mut self, kind: Literal, text: &'a str, span: Span) -> NodeId {
        let constant = self.constant(kind, text);
        self.node(Node::Constant(constant), span)
    }

    /// Number of a literal in [`Program::constants`].
    pub fn constant(&mut self, kind: Literal, text: &'a str) -> u32 {
        let constants = &mut self.program.constants;
        *self.constants.entry((kind, text)).or_insert_with(|| {
            constants.push(match kind {
                Literal::Text => Constant::Text(text.into()),
                // The parser has checked the digits.
                Literal::Decimal => {
                    Constant::Decimal(Decimal::parse(text).unwrap_or(Decimal::ZERO))
                }
                Literal::Date => Constant::Date(text.into()),
            });
            constants.len() as u32 - 1
        })
    }

    /// Number of a text in [`Program::names`].
    pub fn name(&mut self, name: &'a str) -> u32 {
        let names = &mut self.program.names;
        *self.names.entry(name).or_insert_with(|| {
            names.push(name.into());
            names.len() as u32 - 1
        })
    }

    /// Number of an entry in [`Program::builtins`].
    pub fn builtin(&mut self, entry: &'static Builtin) -> u32 {
        let builtins = &mut self.program.builtins;
        *self
            .builtins
            .entry(std::ptr::from_ref(entry))
            .or_insert_with(|| {
                builtins.push(entry);
                builtins.len() as u32 - 1
            })
    }

    /// The node of a system variable.
    pub fn system(&mut self, variable: &'static SystemVariable, span: Span) -> NodeId {
        let variables = &mut self.program.system_variables;
        let number = *self
            .system_variables
            .entry(std::ptr::from_ref(variable))
            .or_insert_with(|| {
                variables.push(variable);
                variables.len() as u32 - 1
            });
        self.node(Node::System(number), span)
    }

    /// The node of a task.
    pub fn task(&mut self, task: TaskUse, span: Span) -> NodeId {
        self.program.tasks.push(task);
        self.node(Node::Task(self.program.tasks.len() as u32 - 1), span)
    }

    /// The node of an integration task.
    pub fn integration(
        &mut self,
        integration: Integration,
        arguments: Operands,
        span: Span,
    ) -> NodeId {
        self.program.integrations.push(integration);
        let integration = self.program.integrations.len() as u32 - 1;
        self.node(
            Node::Integration {
                integration,
                arguments,
            },
            span,
        )
    }

    /// Begins a list of operands.
    pub fn mark(&self) -> Mark {
        Mark(self.waiting.len())
    }

    /// Adds to the list begun last.
    pub fn operand(&mut self, node: NodeId) {
        self.waiting.push(node);
    }

    /// Adds an argument, of which nothing but the value is needed.
    pub fn argument(&mut self, node: NodeId) {
        let node = self.direct(node);
        self.waiting.push(node);
    }

    /// Ends the list that began at `mark`.
    pub fn operands(&mut self, mark: Mark) -> Operands {
        let first = self.program.operands.len() as u32;
        self.program.operands.extend(self.waiting.drain(mark.0..));
        Operands {
            first,
            count: self.program.operands.len() as u32 - first,
        }
    }

    /// Forgets the list that began at `mark`.
    pub fn discard(&mut self, mark: Mark) {
        self.waiting.truncate(mark.0);
    }

    /// Begins a block.
    pub fn mark_block(&self) -> Mark {
        Mark(self.waiting_statements.len())
    }

    /// Adds to the block begun last.
    pub fn statement(&mut self, statement: Statement, span: Span) {
        self.waiting_statements.push((statement, span));
    }

    /// Ends the block that began at `mark`.
    pub fn block(&mut self, mark: Mark) -> Block {
        let first = self.program.statements.len() as u32;
        for (statement, span) in self.waiting_statements.drain(mark.0..) {
            self.program.statements.push(statement);
            self.program.statement_spans.push(span);
        }
        Block {
            first,
            count: self.program.statements.len() as u32 - first,
        }
    }

    /// Number of a block in [`Program::blocks`].
    pub fn numbered(&mut self, block: Block) -> u32 {
        self.program.blocks.push(block);
        self.program.blocks.len() as u32 - 1
    }

    /// Begins the branches of an `if`.
    pub fn mark_branches(&self) -> Mark {
        Mark(self.waiting_branches.len())
    }

    /// Adds to the `if` begun last.
    pub fn branch(&mut self, branch: Branch) {
        self.waiting_branches.push(branch);
    }

    /// Ends the `if` that began at `mark`: place and number of its branches in [`Program::branches`].
    pub fn branches(&mut self, mark: Mark) -> (u32, u32) {
        let first = self.program.branches.len() as u32;
        self.program
            .branches
            .extend(self.waiting_branches.drain(mark.0..));
        (first, self.program.branches.len() as u32 - first)
    }
}
