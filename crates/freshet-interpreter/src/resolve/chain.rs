//! Expressions that grow to the left: operators, methods and members, one after another on what stands before.
//!
//! Such a chain may be of any length, so it is taken apart by a loop: its steps are put on a stack, its first operand is
//! resolved, and then the steps are applied from the inside out.

use freshet_syntax::ast::{BinaryOperator, ExpressionId, ExpressionKind, Name};
use freshet_syntax::source::Span;

use super::{Resolver, faults};
use crate::library::LIBRARY;
use crate::program::{CHAIN, Node, NodeId};

/// What is known about the value so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nothing in particular.
    Value,
    /// It comes from a fetch, which has been reported; so its fields are reported once, its functions not.
    Record,
    /// There is a fault in it, so nothing more is said about what is done with it.
    Reported,
}

/// The value so far.
#[derive(Clone, Copy)]
pub(super) struct SoFar {
    pub node: NodeId,
    pub origin: Origin,
}

impl SoFar {
    pub fn value(node: NodeId) -> Self {
        Self {
            node,
            origin: Origin::Value,
        }
    }

    pub fn reported(node: NodeId) -> Self {
        Self {
            node,
            origin: Origin::Reported,
        }
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn chain(&mut self, id: ExpressionId, condition: bool) -> NodeId {
        self.chain_so_far(id, condition).node
    }

    fn chain_so_far(&mut self, id: ExpressionId, condition: bool) -> SoFar {
        let ast = self.source.ast;
        let base = self.chain.len();
        let mut root = id;
        let mut only_logic = true;
        loop {
            let inner = match &ast.expression(root).kind {
                ExpressionKind::Binary { operator, left, .. } => {
                    only_logic &= matches!(operator, BinaryOperator::And | BinaryOperator::Or);
                    *left
                }
                ExpressionKind::Method { receiver, .. }
                | ExpressionKind::Member { receiver, .. } => *receiver,
                ExpressionKind::Bracketed { operand, .. } => *operand,
                _ => break,
            };
            self.chain.push(root);
            root = inner;
        }
        let mut value = match (&ast.expression(root).kind, self.next_step(base)) {
            (
                ExpressionKind::Variable(name),
                Some(ExpressionKind::Binary {
                    operator: BinaryOperator::SingleEqual,
                    ..
                }),
            ) if !condition => self.meant_target(name, ast.expression(root).span),
            _ => self.root(root, base, condition && only_logic),
        };
        while self.chain.len() > base {
            value = self.step(value, base, condition);
        }
        value
    }

    /// The name before a `=` that stands where nothing can be assigned: that is one error, and whether the name has a
    /// value is none, here or further on.
    fn meant_target(&mut self, name: &'a str, span: Span) -> SoFar {
        if self.scope.slot(name).is_none() {
            self.scope.add_known(name);
        }
        SoFar::reported(self.builder.reported(span))
    }

    /// The `=` of `name = value`, where that is what the expression is.
    pub(super) fn named_value(&self, id: ExpressionId) -> Option<(Span, ExpressionId)> {
        let ast = self.source.ast;
        let ExpressionKind::Binary {
            operator: BinaryOperator::SingleEqual,
            operator_span,
            left,
            right,
        } = &ast.expression(id).kind
        else {
            return None;
        };
        let is_name = matches!(
            ast.expression(*left).kind,
            ExpressionKind::Variable(_) | ExpressionKind::Text(_) | ExpressionKind::Quoted(_)
        );
        is_name.then_some((*operator_span, *right))
    }

    /// The step that follows, if there is one.
    pub(super) fn next_step(&self, base: usize) -> Option<&'a ExpressionKind> {
        let step = self.chain[base..].last()?;
        Some(&self.source.ast.expression(*step).kind)
    }

    /// What a chain begins with, with the steps that belong to it: `zoho.…`, `thisapp.…`, `input.NAME`, `namespace.f(…)`.
    fn root(&mut self, root: ExpressionId, base: usize, condition: bool) -> SoFar {
        let expression = self.source.ast.expression(root);
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Zoho => self.zoho(base, span),
            ExpressionKind::Thisapp => self.thisapp(base, span),
            ExpressionKind::Missing => SoFar::reported(self.builder.reported(span)),
            ExpressionKind::Input => match self.next_step(base) {
                Some(ExpressionKind::Member { name, .. }) => {
                    self.chain.pop();
                    SoFar::value(self.input_member(name))
                }
                _ => SoFar::value(self.expression(root, false)),
            },
            ExpressionKind::Variable(name) => self.variable_root(name, span, base),
            // `(Form[criteria]).Field`: what is known of a fetch holds for its parentheses, too.
            ExpressionKind::Parenthesised(inner)
                if matches!(
                    self.source.ast.expression(*inner).kind,
                    ExpressionKind::Bracketed { .. } | ExpressionKind::Member { .. }
                ) =>
            {
                self.chain_so_far(*inner, condition)
            }
            _ => SoFar::value(self.expression(root, condition)),
        }
    }

    fn variable_root(&mut self, name: &'a str, span: Span, base: usize) -> SoFar {
        let next = self.next_step(base);
        let Some(slot) = self.assigned_slot(name) else {
            return match next {
                Some(ExpressionKind::Method { .. }) => self.unassigned_receiver(name, span, base),
                // One slip is one error: whether the name has a value does not matter here.
                Some(ExpressionKind::Member { .. }) if name.eq_ignore_ascii_case("application") => {
                    self.application(span, base)
                }
                Some(ExpressionKind::Member { .. }) if self.aggregates_field(name, base) => {
                    self.chain.truncate(self.chain.len() - 2);
                    self.aggregate(name, span)
                }
                Some(ExpressionKind::Member { .. } | ExpressionKind::Bracketed { .. }) => {
                    SoFar::value(self.builder.reported(span))
                }
                _ => SoFar::value(self.read_root(name, span, base)),
            };
        };
        let variable = self.scope.variable(slot);
        let (is_caught, is_record) = (variable.caught, variable.record);
        match next {
            Some(ExpressionKind::Member { name: member, .. }) if is_caught => {
                let error = self.variable(name, span);
                self.chain.pop();
                self.error_member(name, member, error)
            }
            _ => SoFar {
                node: self.read_root(name, span, base),
                origin: if is_record {
                    Origin::Record
                } else {
                    Origin::Value
                },
            },
        }
    }

    /// The variable a chain begins with. One that is compared with null, or asked whether it is, may well be null.
    fn read_root(&mut self, name: &'a str, span: Span, base: usize) -> NodeId {
        let is_tested = match self.next_step(base) {
            Some(ExpressionKind::Binary {
                operator, right, ..
            }) => is_equality(*operator) && self.is_null(*right),
            Some(ExpressionKind::Method { name, .. }) => is_null_test(&name.text),
            _ => false,
        };
        if is_tested {
            self.tested_variable(name, span)
        } else {
            self.variable(name, span)
        }
    }

    fn is_null(&self, id: ExpressionId) -> bool {
        matches!(self.source.ast.expression(id).kind, ExpressionKind::Null)
    }

    /// `input.NAME` (language reference, 7.5).
    fn input_member(&mut self, name: &'a Name) -> NodeId {
        let Some(owner) = self.owner else {
            let number = self.builder.name(&name.text);
            return self.builder.node(Node::InputMember(number), name.span);
        };
        let parameters = owner
            .parameters
            .iter()
            .map(|parameter| &*parameter.name.text);
        if parameters.clone().any(|parameter| parameter == &*name.text) {
            return self.variable(&name.text, name.span);
        }
        let near = self.propose(&name.text, parameters);
        self.diagnostics
            .push(faults::unknown_input(&name.text, near, name.span));
        self.builder.reported(name.span)
    }

    /// A member of a variable that a `catch` of the function names.
    fn error_member(&mut self, variable: &str, member: &'a Name, error: NodeId) -> SoFar {
        let node = if member.text.eq_ignore_ascii_case("message") {
            Node::ErrorMessage(error)
        } else if member.text.eq_ignore_ascii_case("lineNo") {
            Node::ErrorLine(error)
        } else {
            self.diagnostics
                .push(faults::error_member(variable, &member.text, member.span));
            return SoFar::reported(self.builder.reported(member.span));
        };
        SoFar::value(self.builder.node(node, member.span))
    }

    /// Applies the next step, or several of one kind.
    fn step(&mut self, value: SoFar, base: usize, condition: bool) -> SoFar {
        let nested = self.plain_steps(base);
        if nested > CHAIN {
            return self.long_chain(value, nested);
        }
        let Some(step) = self.chain.pop() else {
            return value;
        };
        match &self.source.ast.expression(step).kind {
            ExpressionKind::Binary {
                operator: operator @ (BinaryOperator::And | BinaryOperator::Or),
                ..
            } => SoFar::value(self.logic(*operator, value.node, step, base, condition)),
            ExpressionKind::Binary {
                operator: BinaryOperator::SingleEqual,
                operator_span,
                ..
            } => {
                self.diagnostics.push(if condition {
                    faults::single_equals_in_condition(*operator_span)
                } else {
                    faults::single_equals(*operator_span, faults::Equals::Elsewhere)
                });
                self.apply(value, step)
            }
            ExpressionKind::Member { receiver, name } => self.member(value, *receiver, name),
            ExpressionKind::Bracketed {
                operand,
                bracket,
                index,
            } => self.bracketed(value, *operand, *bracket, *index),
            _ => {
                let mut value = self.apply(value, step);
                for _ in 1..nested {
                    if let Some(step) = self.chain.pop() {
                        value = self.apply(value, step);
                    }
                }
                value
            }
        }
    }

    /// How many of the steps that follow are arithmetic or calls, which may be part of a [`Node::Chain`].
    fn plain_steps(&self, base: usize) -> usize {
        let is_plain = |step: &&ExpressionId| match &self.source.ast.expression(**step).kind {
            ExpressionKind::Method { .. } => true,
            ExpressionKind::Binary { operator, .. } => is_arithmetic(*operator),
            _ => false,
        };
        self.chain[base..].iter().rev().take_while(is_plain).count()
    }

    fn long_chain(&mut self, first: SoFar, count: usize) -> SoFar {
        let mark = self.builder.mark();
        self.builder.operand(first.node);
        let mut origin = first.origin;
        let mut span = Span::default();
        for _ in 0..count {
            let Some(step) = self.chain.pop() else { break };
            span = self.source.ast.expression(step).span;
            let node = self.builder.hole(span);
            let applied = self.apply(SoFar { node, origin }, step);
            self.builder.operand(applied.node);
            origin = applied.origin;
        }
        let operands = self.builder.operands(mark);
        SoFar {
            node: self.builder.node(Node::Chain(operands), span),
            origin,
        }
    }

    /// Applies an operator other than `&&` and `||`, or a method.
    pub(super) fn apply(&mut self, value: SoFar, step: ExpressionId) -> SoFar {
        match &self.source.ast.expression(step).kind {
            ExpressionKind::Binary {
                operator,
                operator_span,
                left,
                right,
            } => {
                let right = if is_equality(*operator) && self.is_null(*left) {
                    self.tested(*right)
                } else {
                    self.expression(*right, false)
                };
                SoFar::value(
                    self.builder
                        .binary(*operator, value.node, right, *operator_span),
                )
            }
            ExpressionKind::Method {
                receiver,
                name,
                arguments,
            } => SoFar {
                node: self.method(value, *receiver, name, arguments),
                origin: value.origin,
            },
            _ => value,
        }
    }

    /// `a && b && …` or `a || b || …`, as one list.
    fn logic(
        &mut self,
        operator: BinaryOperator,
        first: NodeId,
        step: ExpressionId,
        base: usize,
        condition: bool,
    ) -> NodeId {
        let ast = self.source.ast;
        let mark = self.builder.mark();
        self.builder.operand(first);
        let mut first_sign = None;
        let mut is_mixed = false;
        let mut step = step;
        while let ExpressionKind::Binary {
            operator_span,
            left,
            right,
            ..
        } = &ast.expression(step).kind
        {
            first_sign.get_or_insert(*operator_span);
            if operator == BinaryOperator::Or
                && !is_mixed
                && (self.is_and(*left) || self.is_and(*right))
            {
                is_mixed = true;
                self.diagnostics.push(faults::mixed_logic(*operator_span));
            }
            let sign = self.builder.node(Node::Operator, *operator_span);
            self.builder.operand(sign);
            let right = self.expression(*right, condition);
            self.builder.operand(right);
            match self.next_step(base) {
                Some(ExpressionKind::Binary { operator: next, .. }) if *next == operator => {}
                _ => break,
            }
            match self.chain.pop() {
                Some(next) => step = next,
                None => break,
            }
        }
        let operands = self.builder.operands(mark);
        let node = if operator == BinaryOperator::And {
            Node::And(operands)
        } else {
            Node::Or(operands)
        };
        self.builder.node(node, first_sign.unwrap_or_default())
    }

    fn is_and(&self, id: ExpressionId) -> bool {
        matches!(
            self.source.ast.expression(id).kind,
            ExpressionKind::Binary {
                operator: BinaryOperator::And,
                ..
            }
        )
    }

    /// `x.name` without parentheses, which only form records have (language reference, 4.8).
    fn member(&mut self, value: SoFar, receiver: ExpressionId, name: &'a Name) -> SoFar {
        if value.origin != Origin::Reported {
            let is_method = value.origin == Origin::Value && LIBRARY.method(&name.text).is_some();
            let receiver = self.shown(receiver);
            let is_function = self.functions.knows((receiver, &name.text));
            self.report_member(receiver, name, is_method || is_function);
        }
        SoFar::reported(self.builder.reported(name.span))
    }

    /// `x[i]`, or a fetch from a form (language reference, 4.8 and appendix B, note 3).
    fn bracketed(
        &mut self,
        value: SoFar,
        operand: ExpressionId,
        bracket: Span,
        index: Option<ExpressionId>,
    ) -> SoFar {
        let ast = self.source.ast;
        let content = index.map(|index| ast.expression(index));
        // Of `Form sort by field` without criteria, the place is that of `sort`.
        let is_sorted = self.source.text(bracket) != "[";
        let is_fetch = match (&ast.expression(operand).kind, content) {
            (ExpressionKind::Variable(name), content) => {
                let is_element = content.is_some_and(|content| match &content.kind {
                    // A field of a form has its name; a variable of the script is a number or a text.
                    ExpressionKind::Variable(name) => self.assigned_slot(name).is_some(),
                    kind => kind.is_element(),
                });
                is_sorted || (!is_element && self.assigned_slot(name).is_none())
            }
            _ => false,
        };
        if is_fetch {
            if let ExpressionKind::Variable(name) = &ast.expression(operand).kind {
                self.note_form(name);
            }
            let form = ast.expression(operand).span;
            self.fetch(self.source.text(form), form);
        } else if value.origin == Origin::Value {
            let content = content.map_or("…", |content| self.source.text(content.span));
            let receiver = self.shown(operand);
            let is_text = matches!(
                ast.expression(operand).kind,
                ExpressionKind::Text(_) | ExpressionKind::Quoted(_)
            );
            self.diagnostics
                .push(faults::index(receiver, content, is_text, bracket));
        }
        SoFar::reported(self.builder.reported(bracket))
    }

    /// An expression as a help text shows it: as it stands, if it is short.
    fn shown(&self, id: ExpressionId) -> &'a str {
        const LONGEST: usize = 40;
        let text = self.source.text(self.source.ast.expression(id).span);
        if text.len() <= LONGEST && !text.contains(['\n', '\r']) {
            text
        } else {
            "…"
        }
    }
}

fn is_equality(operator: BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Equal | BinaryOperator::NotEqual | BinaryOperator::SingleEqual
    )
}

fn is_arithmetic(operator: BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder
    )
}

/// True for the functions that a script asks whether something is null.
pub(super) fn is_null_test(name: &str) -> bool {
    ["isNull", "ifNull", "isBlank", "isEmpty"]
        .iter()
        .any(|test| test.eq_ignore_ascii_case(name))
}
