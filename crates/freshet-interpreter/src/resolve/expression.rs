//! Expressions other than those that grow to the left: literals, variables, signs, lists.

use freshet_syntax::ast::{ExpressionId, ExpressionKind, UnaryOperator};
use freshet_syntax::source::Span;

use super::builder::Literal;
use super::faults::{self, Undefined};
use super::statement::beginning;
use super::{Mode, Resolver};
use crate::library::system;
use crate::program::{Node, NodeId, Slot};
use crate::value::{Type, date_text};

/// An instant of our time (1 January 2026), milliseconds, for deciding whether a literal with a two-digit year exists;
/// the century is decided when the script runs.
const SOME_DAY_OF_OURS: i64 = 1_767_225_600_000;

/// True for `now` and `today`, which are names of clocks unless the function assigns that spelling.
pub(super) fn is_clock(name: &str) -> bool {
    name.eq_ignore_ascii_case("now") || name.eq_ignore_ascii_case("today")
}

/// What a literal in single quotes is.
pub(super) fn quoted_type(text: &str) -> Type {
    match date_text::read_literal(text, SOME_DAY_OF_OURS) {
        date_text::Literal::Date { .. } => Type::DateTime,
        _ => Type::Text,
    }
}

impl<'a> Resolver<'a> {
    /// The node of an expression. In a `condition` a single `=` compares (language reference, 4.1).
    pub(super) fn expression(&mut self, id: ExpressionId, condition: bool) -> NodeId {
        let expression = self.source.ast.expression(id);
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Binary { .. }
            | ExpressionKind::Method { .. }
            | ExpressionKind::Member { .. }
            | ExpressionKind::Bracketed { .. } => self.chain(id, condition),
            ExpressionKind::Null => self.builder.node(Node::Null, span),
            ExpressionKind::Boolean(value) => self.builder.node(Node::Boolean(*value), span),
            ExpressionKind::Number(number) => self.builder.node(Node::Number(*number), span),
            ExpressionKind::Smallest => self.builder.node(Node::Number(i64::MIN), span),
            ExpressionKind::Decimal(digits) => self.builder.literal(Literal::Decimal, digits, span),
            ExpressionKind::Text(text) => self.text_node(text, span),
            ExpressionKind::Quoted(text) => self.quoted(text, span),
            ExpressionKind::Variable(name) => self.variable(name, span),
            ExpressionKind::Input => {
                self.scope.read_all();
                self.builder.node(Node::Input, span)
            }
            ExpressionKind::Parenthesised(inner) => self.expression(*inner, condition),
            ExpressionKind::List(items) => self.list(items, beginning(span, "{")),
            ExpressionKind::KeyValue(pairs) => self.key_value(pairs, beginning(span, "{")),
            ExpressionKind::Undecided => self.builder.node(Node::Undecided, span),
            ExpressionKind::Unary { .. } => self.signs(id, condition),
            ExpressionKind::Conditional {
                condition,
                then,
                otherwise,
            } => self.conditional([*condition, *then, *otherwise], beginning(span, "if")),
            ExpressionKind::Call { name, arguments } => self.call(id, name, arguments),
            ExpressionKind::TypedList {
                element,
                name,
                argument,
            } => {
                self.scope.calls += 1;
                let argument = argument.map(|argument| self.expression(argument, false));
                let node = Node::TypedList {
                    element: *element,
                    argument,
                };
                self.builder.node(node, *name)
            }
            ExpressionKind::Task { name, attributes } => self.task(name, attributes),
            // The parser reports `zoho` and `thisapp` without a member, and what is missing.
            ExpressionKind::Zoho | ExpressionKind::Thisapp | ExpressionKind::Missing => {
                self.builder.reported(span)
            }
        }
    }

    fn quoted(&mut self, text: &'a str, span: Span) -> NodeId {
        let fault = match date_text::read_literal(text, SOME_DAY_OF_OURS) {
            date_text::Literal::Text => None,
            date_text::Literal::TextAfterDate => Some(faults::only_begins_with_date(text, span)),
            date_text::Literal::ClockTime => Some(faults::time_literal(text, span)),
            date_text::Literal::Date { two_digit_year } => {
                if two_digit_year {
                    self.diagnostics.push(faults::two_digit_year(text, span));
                }
                return self.builder.literal(Literal::Date, text, span);
            }
            date_text::Literal::Impossible(why) => Some(faults::no_such_date(text, why, span)),
        };
        self.diagnostics.extend(fault);
        self.text_node(text, span)
    }

    fn list(&mut self, items: &'a [ExpressionId], span: Span) -> NodeId {
        let mark = self.builder.mark();
        let mut is_named = false;
        for item in items {
            let named = self.named_value(*item);
            if let Some((equals, _)) = named
                && !std::mem::replace(&mut is_named, true)
            {
                self.diagnostics
                    .push(faults::single_equals(equals, faults::Equals::Entry));
            }
            let item = named.map_or(*item, |(_, value)| value);
            let item = self.expression(item, false);
            self.builder.argument(item);
        }
        let operands = self.builder.operands(mark);
        self.builder.node(Node::List(operands), span)
    }

    fn key_value(&mut self, pairs: &'a [(ExpressionId, ExpressionId)], span: Span) -> NodeId {
        let mark = self.builder.mark();
        for (key, value) in pairs {
            let told = self.diagnostics.len();
            let name = match &self.source.ast.expression(*key).kind {
                ExpressionKind::Variable(name) => Some(name),
                _ => None,
            };
            let key = self.placed(*key, false);
            self.builder.operand(key);
            if let (Some(name), Some(diagnostic)) = (name, self.diagnostics.get_mut(told)) {
                faults::key_without_quotes(diagnostic, name);
            }
            let value = self.expression(*value, false);
            self.builder.argument(value);
        }
        let operands = self.builder.operands(mark);
        self.builder.node(Node::KeyValue(operands), span)
    }

    fn conditional(
        &mut self,
        [condition, then, otherwise]: [ExpressionId; 3],
        span: Span,
    ) -> NodeId {
        let mark = self.builder.mark();
        for (part, is_condition) in [(condition, true), (then, false), (otherwise, false)] {
            let part = if is_condition {
                self.placed(part, true)
            } else {
                self.expression(part, false)
            };
            self.builder.operand(part);
        }
        let operands = self.builder.operands(mark);
        self.builder.node(Node::Conditional(operands), span)
    }

    /// The signs before an operand. Rows of 256 may stand in each of 256 brackets: deeper than the stack, so they are
    /// read by a loop and give few nodes. Once `-x` and `- -x` have been possible, `- - -x` is `-x` again.
    fn signs(&mut self, id: ExpressionId, condition: bool) -> NodeId {
        let mut row = Vec::new();
        let (mut operand, mut condition) = (id, condition);
        while let ExpressionKind::Unary {
            operator,
            operator_span,
            operand: inner,
        } = self.source.ast.expression(operand).kind
        {
            row.push((operator, operator_span));
            condition &= operator == UnaryOperator::Not;
            operand = inner;
        }
        let mut value = self.expression(operand, condition);
        let innermost = row.last().map(|(operator, _)| *operator);
        let logical = innermost == Some(UnaryOperator::Not);
        // The operand with one and with two of its signs that turn it round.
        let mut turned: Vec<NodeId> = Vec::with_capacity(2);
        let mut turns = 0;
        for (place, (operator, span)) in row.iter().rev().enumerate() {
            if logical != (*operator == UnaryOperator::Not) {
                // A BOOLEAN has no `-` and a number no `!`: what stands further out is never reached.
                return self.signed(*operator, value, *span);
            }
            if *operator == UnaryOperator::Plus {
                if place == 0 {
                    value = self.signed(*operator, value, *span);
                }
                continue;
            }
            turns += 1;
            value = match turned.get((turns - 1) % 2) {
                Some(earlier) => *earlier,
                None => {
                    let value = self.signed(*operator, value, *span);
                    turned.push(value);
                    value
                }
            };
        }
        value
    }

    fn signed(&mut self, operator: UnaryOperator, operand: NodeId, span: Span) -> NodeId {
        let node = match (operator, self.builder.program.nodes[operand.0 as usize]) {
            (UnaryOperator::Minus, Node::Number(number)) => match number.checked_neg() {
                Some(negated) => Node::Number(negated),
                None => Node::Minus(operand),
            },
            (UnaryOperator::Minus, _) => Node::Minus(operand),
            (UnaryOperator::Plus, _) => Node::Plus(operand),
            (UnaryOperator::Not, _) => Node::Not(operand),
        };
        self.builder.node(node, span)
    }

    /// A name where a value is wanted.
    pub(super) fn variable(&mut self, name: &'a str, span: Span) -> NodeId {
        if is_clock(name)
            && self.scope.slot(name).is_none()
            && let Some(clock) = system::find(name)
        {
            self.scope.calls += 1;
            return self.builder.system(clock, span);
        }
        let slot = self.variable_slot(name, span);
        self.builder.node(Node::Slot(slot), span)
    }

    /// A name that is compared with null, or given to a function that tests for it: it may well be null.
    pub(super) fn tested_variable(&mut self, name: &'a str, span: Span) -> NodeId {
        match self.scope.slot(name) {
            Some(slot) => {
                self.scope.read_to_test(slot);
                self.builder.node(Node::Slot(slot), span)
            }
            None => self.variable(name, span),
        }
    }

    /// An operand of a comparison with null, or the first argument of a function that tests for it.
    pub(super) fn tested(&mut self, id: ExpressionId) -> NodeId {
        let expression = self.source.ast.expression(id);
        match &expression.kind {
            ExpressionKind::Variable(name) => self.tested_variable(name, expression.span),
            _ => self.expression(id, false),
        }
    }

    /// The slot of a variable that is read. One that nothing assigns is reported, the first time.
    pub(super) fn variable_slot(&mut self, name: &'a str, span: Span) -> Slot {
        let Some(slot) = self.scope.slot(name) else {
            self.undefined(name, span);
            return self.scope.add_known(name);
        };
        if self.scope.read(slot) {
            self.diagnostics.push(faults::maybe_unassigned(name, span));
        }
        slot
    }

    /// A name that nothing assigns (language reference, 5.2).
    fn undefined(&mut self, name: &'a str, span: Span) {
        if self.names_form(name) {
            return self.fetch(name, span);
        }
        let fault = match (self.owner, self.mode) {
            (
                None,
                Mode::Run {
                    function: Some(_), ..
                },
            ) => return,
            (None, Mode::Check { .. }) => {
                let near = self.propose_variable(name);
                self.script_parameters.push(name);
                faults::script_parameter(name, near, span)
            }
            _ if self.functions.knows(("", name)) => {
                faults::undefined_variable(name, Undefined::Function, span)
            }
            (Some(_), _) if self.body_names.contains(name) => {
                faults::undefined_variable(name, Undefined::InBody, span)
            }
            (None, Mode::Run { .. }) => {
                let near = self.propose_variable(name);
                faults::undefined_variable(name, Undefined::Argument(near), span)
            }
            _ => {
                let near = self.propose_variable(name);
                faults::undefined_variable(name, Undefined::Unknown(near), span)
            }
        };
        self.diagnostics.push(fault);
    }
}
