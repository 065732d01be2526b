//! Statements.

use freshet_syntax::ast::{
    BinaryOperator, ExpressionId, ExpressionKind, Name, Statement as Tree, StatementId,
    StatementKind,
};
use freshet_syntax::source::Span;

use super::builder::Literal;
use super::chain::SoFar;
use super::{Mode, Resolver, faults};
use crate::program::{Block, Branch, CHAIN, Node, NodeId, Slot, Statement};

/// Whether a block leaves: its end is not reached.
type Leaves = bool;

impl<'a> Resolver<'a> {
    /// The statements of a block, one after another.
    pub(super) fn block(&mut self, statements: &'a [StatementId]) -> (Block, Leaves) {
        let mark = self.builder.mark_block();
        let mut leaves = false;
        let mut left_by = None;
        // A `return` may belong to what could not be read: then what follows is not behind it.
        let is_read = !statements
            .iter()
            .any(|id| self.is_unread(self.source.ast.statement(*id)));
        for id in statements {
            let statement = self.source.ast.statement(*id);
            if self.is_unread(statement) {
                // Perhaps it is what ends a loop.
                self.scope.exits += 1;
            }
            if matches!(statement.kind, StatementKind::Empty) {
                continue;
            }
            if let Some(word) = left_by.take()
                && is_read
            {
                self.diagnostics
                    .push(faults::unreachable(word, first_word(statement)));
            }
            leaves |= self.statement(statement);
            left_by = leaving_word(&statement.kind);
        }
        (self.builder.block(mark), leaves)
    }

    /// True for a statement that could not be read, which has been reported. A lone `;` is none.
    fn is_unread(&self, statement: &Tree) -> bool {
        match statement.kind {
            StatementKind::Empty => self.source.text(statement.span) != ";",
            StatementKind::Expression(expression) => matches!(
                self.source.ast.expression(expression).kind,
                ExpressionKind::Missing
            ),
            _ => false,
        }
    }

    fn numbered_block(&mut self, statements: &'a [StatementId]) -> (u32, Leaves) {
        let (block, leaves) = self.block(statements);
        (self.builder.numbered(block), leaves)
    }

    fn statement(&mut self, statement: &'a Tree) -> Leaves {
        self.scope.forget_reads();
        self.unused = None;
        let span = first_word(statement);
        let (resolved, leaves) = match &statement.kind {
            StatementKind::Assign {
                target,
                operator,
                operator_span,
                value,
            } => (
                self.assignment(target, *operator, *operator_span, *value),
                false,
            ),
            StatementKind::Expression(expression) => {
                self.unused = Some(*expression);
                let node = self.expression(*expression, false);
                (self.evaluated(statement, node), false)
            }
            StatementKind::Info { value, .. } => {
                (Statement::Info(self.expression(*value, false)), false)
            }
            StatementKind::Return { value, .. } => {
                self.scope.exits += 1;
                let value = value.map(|value| self.expression(value, false));
                (Statement::Return(value), true)
            }
            StatementKind::Throw { value, .. } => {
                self.scope.exits += 1;
                (Statement::Throw(self.expression(*value, false)), true)
            }
            StatementKind::Break => {
                if let Some(has_break) = self.scope.loops.last_mut() {
                    *has_break = true;
                }
                (Statement::Break, true)
            }
            StatementKind::Continue => (Statement::Continue, true),
            StatementKind::If { .. } => self.if_else(&statement.kind),
            StatementKind::ForEach {
                index,
                variable,
                iterated,
                body,
            } => (self.for_each(*index, variable, *iterated, body), false),
            StatementKind::While { condition, body } => {
                (self.while_loop(*condition, body, span), false)
            }
            StatementKind::Try {
                body,
                error,
                handler,
            } => self.try_catch(body, error, handler),
            StatementKind::Empty => return false,
        };
        self.builder.statement(resolved, span);
        leaves
    }

    /// An expression as a statement; as the last one of a REPL entry its value is the result.
    fn evaluated(&self, statement: &Tree, node: NodeId) -> Statement {
        let ast = self.source.ast;
        let is_last = ast
            .body
            .last()
            .is_some_and(|last| std::ptr::eq(ast.statement(*last), statement));
        if is_last && matches!(self.mode, Mode::Repl { .. }) {
            Statement::Result(node)
        } else {
            Statement::Evaluate(node)
        }
    }

    fn assignment(
        &mut self,
        target: &'a Name,
        operator: Option<BinaryOperator>,
        operator_span: Span,
        value: ExpressionId,
    ) -> Statement {
        let Some(operator) = operator else {
            // Every name that is assigned has a slot.
            let slot = self
                .scope
                .slot(&target.text)
                .unwrap_or_else(|| self.scope.add_known(&target.text));
            let statement = match self.growth(slot, value) {
                Some(statement) => statement,
                None => Statement::Assign {
                    slot,
                    value: self.expression(value, false),
                },
            };
            self.scope.assign(slot);
            return statement;
        };
        let slot = self.variable_slot(&target.text, target.span);
        let reads = self.scope.read_count();
        let right = self.expression(value, false);
        let in_place = operator == BinaryOperator::Add && !self.scope.has_read(slot, reads);
        let statement = if in_place {
            let hole = self.builder.hole(target.span);
            let step = self.builder.binary(operator, hole, right, operator_span);
            let mark = self.builder.mark();
            self.builder.operand(step);
            Statement::Append {
                slot,
                steps: self.builder.operands(mark),
            }
        } else {
            let left = self.builder.node(Node::Slot(slot), target.span);
            Statement::Assign {
                slot,
                value: self.builder.binary(operator, left, right, operator_span),
            }
        };
        self.scope.assign(slot);
        statement
    }

    /// `x = x + a …`, `x = x.concat(a) …`, or `None` if the value is anything else. It grows in place unless `a` reads
    /// `x`.
    fn growth(&mut self, slot: Slot, value: ExpressionId) -> Option<Statement> {
        let ast = self.source.ast;
        let base = self.chain.len();
        let mut root = value;
        loop {
            let inner = match &ast.expression(root).kind {
                ExpressionKind::Parenthesised(inner) => {
                    root = *inner;
                    continue;
                }
                ExpressionKind::Binary {
                    operator: BinaryOperator::Add,
                    left,
                    ..
                } => *left,
                ExpressionKind::Method {
                    receiver,
                    name,
                    arguments,
                } if self.extends(name, arguments.len()) => *receiver,
                ExpressionKind::Call { name, arguments } => {
                    match self.extending_call(name, arguments) {
                        Some(receiver) => receiver,
                        None => break,
                    }
                }
                _ => break,
            };
            self.chain.push(root);
            root = inner;
        }
        let first = ast.expression(root);
        let name = match &first.kind {
            ExpressionKind::Variable(name) if self.chain.len() > base => name,
            _ => {
                self.chain.truncate(base);
                return None;
            }
        };
        if self.scope.slot(name) != Some(slot) {
            self.chain.truncate(base);
            return None;
        }
        self.variable_slot(name, first.span);
        let reads = self.scope.read_count();
        let hole = self.builder.hole(first.span);
        let mut steps = Vec::with_capacity(self.chain.len() - base);
        while self.chain.len() > base {
            let Some(step) = self.chain.pop() else { break };
            let step = match &ast.expression(step).kind {
                ExpressionKind::Call { name, arguments } => {
                    self.extending_step(hole, name, arguments)
                }
                _ => self.apply(SoFar::value(hole), step).node,
            };
            steps.push(step);
        }
        let in_place = !self.scope.has_read(slot, reads);
        Some(self.grown(slot, first.span, steps, in_place))
    }

    /// The steps of [`Resolver::growth`], each with a hole for what stands before it.
    fn grown(&mut self, slot: Slot, span: Span, steps: Vec<NodeId>, in_place: bool) -> Statement {
        let mut value = NodeId::slot(slot);
        if !in_place && steps.len() <= CHAIN {
            for step in steps {
                self.builder.fill(step, value);
                value = step;
            }
            return Statement::Assign { slot, value };
        }
        let mark = self.builder.mark();
        if !in_place {
            self.builder.operand(value);
        }
        for step in steps {
            self.builder.operand(step);
        }
        let steps = self.builder.operands(mark);
        if in_place {
            return Statement::Append { slot, steps };
        }
        Statement::Assign {
            slot,
            value: self.builder.node(Node::Chain(steps), span),
        }
    }

    fn if_else(&mut self, kind: &'a StatementKind) -> (Statement, Leaves) {
        let StatementKind::If {
            branches,
            otherwise,
        } = kind
        else {
            return (Statement::Continue, false);
        };
        let mark = self.builder.mark_branches();
        let mut all_leave = otherwise.is_some();
        let mut fork = self.scope.fork();
        for branch in branches {
            let condition = self.placed(branch.condition, true);
            let (block, leaves) = self.block(&branch.body);
            self.scope.end_way(&mut fork, leaves);
            all_leave &= leaves;
            self.builder.branch(Branch { condition, block });
        }
        let (otherwise, leaves) = self.numbered_block(otherwise.as_deref().unwrap_or_default());
        self.scope.end_way(&mut fork, leaves);
        all_leave &= leaves;
        self.scope.join(fork);
        let (first, count) = self.builder.branches(mark);
        let statement = Statement::If {
            first,
            count,
            otherwise,
        };
        (statement, all_leave)
    }

    fn for_each(
        &mut self,
        index: bool,
        variable: &'a Name,
        iterated: ExpressionId,
        body: &'a [StatementId],
    ) -> Statement {
        let iterated = self.placed(iterated, false);
        let slot = self
            .scope
            .slot(&variable.text)
            .unwrap_or_else(|| self.scope.add_known(&variable.text));
        self.scope.assign(slot);
        self.scope.loops.push(false);
        let (body, _) = self.numbered_block(body);
        self.scope.loops.pop();
        Statement::ForEach {
            index,
            slot,
            iterated,
            body,
        }
    }

    fn while_loop(
        &mut self,
        condition: ExpressionId,
        body: &'a [StatementId],
        span: Span,
    ) -> Statement {
        let calls = self.scope.calls;
        let condition = self.placed(condition, true);
        let calls_something = self.scope.calls != calls;
        let reads = self.scope.take_reads();
        let (writes, exits) = (self.scope.writes, self.scope.exits);
        self.scope.loops.push(false);
        let (body, _) = self.numbered_block(body);
        let is_left = self.scope.loops.pop().unwrap_or(false) || self.scope.exits != exits;
        let is_changed = reads
            .iter()
            .any(|slot| self.scope.written_since(*slot, writes));
        let is_never_entered = matches!(
            self.builder.program.nodes[condition.0 as usize],
            Node::Boolean(false) | Node::Null
        );
        if !calls_something && !is_left && !is_changed && !is_never_entered {
            self.diagnostics.push(faults::endless_loop(span));
        }
        Statement::While { condition, body }
    }

    fn try_catch(
        &mut self,
        body: &'a [StatementId],
        error: &'a Name,
        handler: &'a [StatementId],
    ) -> (Statement, Leaves) {
        let slot = self
            .scope
            .slot(&error.text)
            .unwrap_or_else(|| self.scope.add_known(&error.text));
        let mut fork = self.scope.fork();
        let (body, body_leaves) = self.numbered_block(body);
        self.scope.end_way(&mut fork, body_leaves);
        self.scope.assign(slot);
        let (handler, handler_leaves) = self.numbered_block(handler);
        self.scope.end_way(&mut fork, handler_leaves);
        self.scope.join(fork);
        (
            Statement::Try {
                body,
                slot,
                handler,
            },
            body_leaves && handler_leaves,
        )
    }

    /// An expression that is reported at its first token: a condition, what a loop walks, a key.
    pub(super) fn placed(&mut self, id: ExpressionId, condition: bool) -> NodeId {
        let node = self.expression(id, condition);
        let first = self.first_token(id);
        let program = &mut self.builder.program;
        if program.spans.get(node.0 as usize) != Some(&first) {
            program.first_tokens.insert(node.0, first);
        }
        node
    }

    /// The first token of an expression.
    fn first_token(&self, id: ExpressionId) -> Span {
        let ast = self.source.ast;
        let mut id = id;
        loop {
            let expression = ast.expression(id);
            let span = expression.span;
            id = match &expression.kind {
                ExpressionKind::Binary { left, .. } => *left,
                ExpressionKind::Method { receiver, .. }
                | ExpressionKind::Member { receiver, .. } => *receiver,
                ExpressionKind::Bracketed { operand, .. } => *operand,
                ExpressionKind::Call { name, .. } | ExpressionKind::Task { name, .. } => {
                    return name.span;
                }
                ExpressionKind::TypedList { name, .. } => return *name,
                ExpressionKind::Unary { operator_span, .. } => return *operator_span,
                ExpressionKind::Conditional { .. } => return beginning(span, "if"),
                ExpressionKind::Parenthesised(_)
                | ExpressionKind::List(_)
                | ExpressionKind::KeyValue(_)
                | ExpressionKind::Undecided => return beginning(span, "("),
                _ => return span,
            };
        }
    }

    /// The node of a TEXT.
    pub(super) fn text_node(&mut self, text: &'a str, span: Span) -> NodeId {
        self.builder.literal(Literal::Text, text, span)
    }
}

/// The part of a span that the word at its beginning takes.
pub(super) fn beginning(span: Span, word: &str) -> Span {
    Span {
        end: span.end.min(span.start + word.len() as u32),
        ..span
    }
}

fn first_word(statement: &Tree) -> Span {
    match &statement.kind {
        StatementKind::Assign { target, .. } => target.span,
        StatementKind::Info { keyword, .. }
        | StatementKind::Return { keyword, .. }
        | StatementKind::Throw { keyword, .. } => *keyword,
        StatementKind::Break => beginning(statement.span, "break"),
        StatementKind::Continue => beginning(statement.span, "continue"),
        StatementKind::If { .. } => beginning(statement.span, "if"),
        StatementKind::ForEach { .. } => beginning(statement.span, "for"),
        StatementKind::While { .. } => beginning(statement.span, "while"),
        StatementKind::Try { .. } => beginning(statement.span, "try"),
        StatementKind::Expression(_) | StatementKind::Empty => statement.span,
    }
}

/// The word of a statement after which the next one is never executed.
fn leaving_word(kind: &StatementKind) -> Option<&'static str> {
    match kind {
        StatementKind::Return { .. } => Some("return"),
        StatementKind::Throw { .. } => Some("throw"),
        StatementKind::Break => Some("break"),
        StatementKind::Continue => Some("continue"),
        _ => None,
    }
}
