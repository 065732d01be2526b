//! Expressions.

use super::operator;
use super::session::Machine;
use crate::error::{self, Fallible, RuntimeError};
use crate::library;
use crate::library::task::TaskCall;
use crate::program::{AttributeSource, Node, NodeId, Operand, Operands, TaskUse};
use crate::value::{Braces, Decimal, KeyValue, List, Text, Type, Value, heap, is_key};
use std::cmp::Ordering;

/// How deep [`Machine::whole`] looks into an expression. Every operation tries its operands this way before it evaluates
/// them, so that without a bound the cost of a nested expression would grow with the square of its depth.
const WHOLE_DEPTH: u32 = 8;

impl<'p> Machine<'p, '_> {
    /// The value of a variable or a literal, where the operand is one.
    #[inline(always)]
    fn peek(&self, id: NodeId) -> Option<&Value> {
        match id.operand() {
            Operand::Slot(slot) => Some(&self.stack[self.base + slot]),
            Operand::Constant(constant) => Some(&self.constants[constant]),
            Operand::Node(_) => None,
        }
    }

    /// The value of an operand: variables and literals without a call.
    #[inline(always)]
    pub(super) fn operand(&mut self, id: NodeId) -> Fallible<Value> {
        match self.peek(id) {
            Some(value) => Ok(copy(value)),
            None => self.eval(id),
        }
    }

    /// The value of an expression that consists of whole numbers, variables that hold some, and operations on them
    /// that do not overflow. `None` for everything else, which has then had no effect: it is evaluated again, in full.
    #[inline(always)]
    pub(super) fn whole(&self, id: NodeId) -> Option<i64> {
        self.whole_within(id, WHOLE_DEPTH)
    }

    fn whole_within(&self, id: NodeId, depth: u32) -> Option<i64> {
        let Operand::Node(node) = id.operand() else {
            return self.whole_at_hand(id, 0);
        };
        let inner = depth.checked_sub(1)?;
        match self.nodes[node] {
            Node::Number(number) => Some(number),
            Node::Slot(slot) => match self.stack[self.base + slot.0 as usize] {
                Value::Number(number) => Some(number),
                _ => None,
            },
            Node::Add(left, right) => self
                .whole_at_hand(left, inner)?
                .checked_add(self.whole_at_hand(right, inner)?),
            Node::Subtract(left, right) => self
                .whole_at_hand(left, inner)?
                .checked_sub(self.whole_at_hand(right, inner)?),
            Node::Multiply(left, right) => self
                .whole_at_hand(left, inner)?
                .checked_mul(self.whole_at_hand(right, inner)?),
            Node::Remainder(left, right) => self
                .whole_at_hand(left, inner)?
                .checked_rem(self.whole_at_hand(right, inner)?),
            _ => None,
        }
    }

    /// [`Machine::whole_within`], with variables and literals settled on the spot.
    #[inline(always)]
    fn whole_at_hand(&self, id: NodeId, depth: u32) -> Option<i64> {
        match self.peek(id) {
            Some(Value::Number(number)) => Some(*number),
            Some(_) => None,
            None => self.whole_within(id, depth),
        }
    }

    /// [`Machine::whole`] for an operand.
    #[inline(always)]
    fn whole_operand(&self, id: NodeId) -> Option<i64> {
        self.whole_at_hand(id, WHOLE_DEPTH)
    }

    /// The result of an operation on two whole numbers, or on two DECIMAL variables or literals, if it does not overflow.
    #[inline(always)]
    fn quick(
        &self,
        left: NodeId,
        right: NodeId,
        whole: fn(i64, i64) -> Option<i64>,
        exact: fn(Decimal, Decimal) -> Option<Decimal>,
    ) -> Option<Value> {
        match (self.peek(left), self.peek(right)) {
            (Some(Value::Number(left)), Some(Value::Number(right))) => {
                whole(*left, *right).map(Value::Number)
            }
            (
                Some(&Value::Decimal { flags, high, low }),
                Some(&Value::Decimal {
                    flags: f,
                    high: h,
                    low: l,
                }),
            ) => exact(
                Decimal::from_parts(flags, high, low),
                Decimal::from_parts(f, h, l),
            )
            .map(Value::decimal),
            (Some(_), Some(_)) => None,
            _ => whole(self.whole_operand(left)?, self.whole_operand(right)?).map(Value::Number),
        }
    }

    /// The value of an expression.
    pub(super) fn eval(&mut self, id: NodeId) -> Fallible<Value> {
        let Operand::Node(node) = id.operand() else {
            return self.operand(id);
        };
        match self.nodes[node] {
            Node::Null | Node::Operator | Node::Hole => Ok(Value::Null),
            Node::Boolean(value) => Ok(Value::Boolean(value)),
            Node::Number(number) => Ok(Value::Number(number)),
            Node::Constant(constant) => Ok(self.constants[constant as usize].clone()),
            Node::Slot(slot) => Ok(copy(&self.stack[self.base + slot.0 as usize])),
            Node::Add(left, right) => {
                if let Some(value) = self.quick(left, right, i64::checked_add, Decimal::checked_add)
                {
                    return Ok(value);
                }
                let left = self.operand(left)?;
                let right = self.operand(right)?;
                self.add(id, left, right)
            }
            Node::Subtract(left, right) => {
                if let Some(value) = self.quick(left, right, i64::checked_sub, Decimal::checked_sub)
                {
                    return Ok(value);
                }
                let left = self.operand(left)?;
                let right = self.operand(right)?;
                self.subtract(id, left, right)
            }
            Node::Multiply(left, right) => {
                if let Some(value) = self.quick(left, right, i64::checked_mul, Decimal::checked_mul)
                {
                    return Ok(value);
                }
                let left = self.operand(left)?;
                let right = self.operand(right)?;
                self.multiply(id, left, right)
            }
            Node::Divide(left, right) => {
                let left = self.operand(left)?;
                let right = self.operand(right)?;
                self.slow(id, left, right, operator::divide)
            }
            Node::Remainder(left, right) => {
                if let Some(value) = self.quick(left, right, i64::checked_rem, Decimal::checked_rem)
                {
                    return Ok(value);
                }
                let left = self.operand(left)?;
                let right = self.operand(right)?;
                self.remainder(id, left, right)
            }
            Node::Less(..)
            | Node::LessOrEqual(..)
            | Node::Greater(..)
            | Node::GreaterOrEqual(..)
            | Node::Equal(..)
            | Node::NotEqual(..)
            | Node::And(_)
            | Node::Or(_)
            | Node::Not(_) => self.truth(id).map(Value::Boolean),
            Node::Call {
                function,
                arguments,
            } => self.call(id, function, arguments),
            Node::Method { method, arguments } => self.method(id, method, arguments),
            Node::NoReceiver(method) => Err(self.without_receiver(id, method)),
            Node::Builtin { builtin, arguments } => self.builtin(id, builtin, arguments),
            Node::Conditional(operands) => self.conditional(operands),
            _ => self.eval_rare(id),
        }
    }

    /// Expressions that are evaluated seldom, apart so that the frame of [`Machine::eval`] stays small.
    #[inline(never)]
    fn eval_rare(&mut self, id: NodeId) -> Fallible<Value> {
        match self.nodes[id.0 as usize] {
            Node::Input => Ok(self.input()),
            Node::InputMember(name) => {
                let name = &self.program.names[name as usize];
                let value = self
                    .arguments
                    .iter()
                    .find(|(argument, _)| **argument == **name);
                Ok(value.map(|(_, value)| value.clone()).unwrap_or_default())
            }
            Node::System(variable) => {
                let variable = self.program.system_variables[variable as usize];
                Ok((variable.value)(&mut self.world))
            }
            Node::AppVariable(name) => {
                let name = &self.program.names[name as usize];
                Ok(library::system::app_variable(self.world.settings, name))
            }
            Node::List(operands) => self.list(id, operands),
            Node::KeyValue(operands) => self.key_value(id, operands),
            Node::Undecided => Ok(Value::Braces(Braces::new())),
            Node::Minus(operand) => {
                let value = self.operand(operand)?;
                operator::minus(value).map_err(|error| self.at(self.signed(error, operand), id))
            }
            Node::Plus(operand) => {
                let value = self.operand(operand)?.into_settled();
                match value {
                    Value::Number(_) | Value::Decimal { .. } => Ok(value),
                    other => {
                        let error = operator::sign_error("+", other.type_of());
                        Err(self.at(self.signed(error, operand), id))
                    }
                }
            }
            Node::Chain(operands) => self.chain(operands),
            Node::TypedList { element, argument } => {
                let argument = argument.map(|node| self.operand(node)).transpose()?;
                library::list::typed_list(element, argument, &mut self.world)
                    .map_err(|error| self.at(error, id))
            }
            Node::CollectionOfPairs(operands) => self.collection_of_pairs(id, operands),
            Node::Task(task) => self.task(id, &self.program.tasks[task as usize]),
            Node::ErrorMessage(operand) => match self.operand(operand)?.settled() {
                Value::Error(caught) => match Text::copied(&caught.error.message) {
                    Ok(message) => Ok(message.into()),
                    Err(error) => Err(self.at(error, id)),
                },
                other => Err(self.at(error::not_an_error("message", other.type_of()), id)),
            },
            Node::ErrorLine(operand) => match self.operand(operand)?.settled() {
                Value::Error(caught) => Ok(Value::Number(caught.line)),
                other => Err(self.at(error::not_an_error("lineNo", other.type_of()), id)),
            },
            Node::Integration {
                integration,
                arguments,
            } => self.integration(id, integration, arguments),
            _ => Err(error::internal("an expression that is none")),
        }
    }

    /// The value of a condition: `if`, `while`, `if(c, a, b)`.
    #[inline]
    pub(super) fn condition(&mut self, id: NodeId) -> Fallible<bool> {
        match self.node(id) {
            Node::Less(..)
            | Node::LessOrEqual(..)
            | Node::Greater(..)
            | Node::GreaterOrEqual(..)
            | Node::Equal(..)
            | Node::NotEqual(..)
            | Node::And(_)
            | Node::Or(_)
            | Node::Not(_) => self.truth(id),
            _ => match self.eval(id)? {
                Value::Boolean(value) => Ok(value),
                other => Err(self.at_span(
                    error::condition_type(other.type_of()),
                    self.program.first_token(id),
                )),
            },
        }
    }

    /// The value of an operation that is always true or false.
    fn truth(&mut self, id: NodeId) -> Fallible<bool> {
        match self.nodes[id.0 as usize] {
            Node::Less(left, right) => self.relation(id, left, right, "<", Ordering::is_lt),
            Node::LessOrEqual(left, right) => self.relation(id, left, right, "<=", Ordering::is_le),
            Node::Greater(left, right) => self.relation(id, left, right, ">", Ordering::is_gt),
            Node::GreaterOrEqual(left, right) => {
                self.relation(id, left, right, ">=", Ordering::is_ge)
            }
            Node::Equal(left, right) => self.equal(id, left, right),
            Node::NotEqual(left, right) => self.equal(id, left, right).map(|equal| !equal),
            Node::And(operands) => self.logical(operands, "&&", false),
            Node::Or(operands) => self.logical(operands, "||", true),
            Node::Not(operand) => match self.node(operand) {
                Node::Boolean(value) => Ok(!value),
                _ => match self.operand(operand)? {
                    Value::Boolean(value) => Ok(!value),
                    other => Err(self.at(error::boolean_operand("!", other.type_of()), id)),
                },
            },
            _ => Err(error::internal("a truth that is none")),
        }
    }

    #[inline(always)]
    fn relation(
        &mut self,
        id: NodeId,
        left: NodeId,
        right: NodeId,
        sign: &'static str,
        holds: fn(Ordering) -> bool,
    ) -> Fallible<bool> {
        match (self.peek(left), self.peek(right)) {
            (Some(Value::Number(left)), Some(Value::Number(right))) => {
                return Ok(holds(left.cmp(right)));
            }
            (
                Some(&Value::Decimal { flags, high, low }),
                Some(&Value::Decimal {
                    flags: f,
                    high: h,
                    low: l,
                }),
            ) => {
                let order =
                    Decimal::from_parts(flags, high, low).cmp(&Decimal::from_parts(f, h, l));
                return Ok(holds(order));
            }
            _ => {}
        }
        if let (Some(left), Some(right)) = (self.whole_operand(left), self.whole_operand(right)) {
            return Ok(holds(left.cmp(&right)));
        }
        let left = self.operand(left)?;
        let right = self.operand(right)?;
        self.relation_slow(id, left, right, sign).map(holds)
    }

    #[inline(never)]
    fn relation_slow(
        &mut self,
        id: NodeId,
        left: Value,
        right: Value,
        sign: &'static str,
    ) -> Fallible<Ordering> {
        operator::order(&left, &right, sign, &mut self.world).map_err(|error| self.at(error, id))
    }

    #[inline(always)]
    fn equal(&mut self, id: NodeId, left: NodeId, right: NodeId) -> Fallible<bool> {
        if let (Some(left), Some(right)) = (self.whole_operand(left), self.whole_operand(right)) {
            return Ok(left == right);
        }
        let left = self.operand(left)?;
        let right = self.operand(right)?;
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => Ok(left == right),
            (left, right) => self.equal_slow(id, &left, &right),
        }
    }

    #[inline(never)]
    fn equal_slow(&mut self, id: NodeId, left: &Value, right: &Value) -> Fallible<bool> {
        self.worked(id, left.size().min(right.size()))?;
        operator::equal(left, right, &mut self.world).map_err(|error| self.at(error, id))
    }

    /// Counts the work of an operator, as that of a function is.
    #[inline]
    fn worked(&mut self, id: NodeId, bytes: usize) -> Fallible<()> {
        match self.meter.work(bytes, &self.world) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.at(error, id)),
        }
    }

    /// `a && b && …` (`decides` is false) or `a || b || …` (`decides` is true).
    fn logical(&mut self, operands: Operands, sign: &'static str, decides: bool) -> Fallible<bool> {
        let program = self.program;
        let operands = program.operands(operands);
        for (at, operand) in operands.iter().enumerate().step_by(2) {
            let value = match program.nodes[operand.0 as usize] {
                Node::Less(..)
                | Node::LessOrEqual(..)
                | Node::Greater(..)
                | Node::GreaterOrEqual(..)
                | Node::Equal(..)
                | Node::NotEqual(..)
                | Node::And(_)
                | Node::Or(_)
                | Node::Not(_) => self.truth(*operand)?,
                _ => match self.operand(*operand)? {
                    Value::Boolean(value) => value,
                    other => {
                        // The place of an operand's error is the operator before it; of the first, the one after it.
                        let place = if at == 0 { 1 } else { at - 1 };
                        let place = operands.get(place).copied().unwrap_or(*operand);
                        return Err(self.at(error::boolean_operand(sign, other.type_of()), place));
                    }
                },
            };
            if value == decides {
                return Ok(decides);
            }
        }
        Ok(!decides)
    }

    #[inline(always)]
    pub(super) fn add(&mut self, id: NodeId, left: Value, right: Value) -> Fallible<Value> {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => match left.checked_add(right) {
                Some(number) => Ok(Value::Number(number)),
                None => Err(self.at(error::number_overflow("`+`"), id)),
            },
            (
                Value::Decimal { flags, high, low },
                Value::Decimal {
                    flags: f,
                    high: h,
                    low: l,
                },
            ) => {
                match Decimal::from_parts(flags, high, low)
                    .checked_add(Decimal::from_parts(f, h, l))
                {
                    Some(sum) => Ok(Value::decimal(sum)),
                    None => Err(self.at(error::decimal_overflow("`+`"), id)),
                }
            }
            (left, right) => self.add_slow(id, left, right),
        }
    }

    #[inline(never)]
    fn add_slow(&mut self, id: NodeId, left: Value, right: Value) -> Fallible<Value> {
        let sum = operator::add(left, right, &self.world.settings.zone, &mut self.scratch)
            .map_err(|error| self.at(error, id))?;
        self.worked(id, sum.size())?;
        Ok(sum)
    }

    #[inline(always)]
    fn subtract(&mut self, id: NodeId, left: Value, right: Value) -> Fallible<Value> {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => match left.checked_sub(right) {
                Some(number) => Ok(Value::Number(number)),
                None => Err(self.at(error::number_overflow("`-`"), id)),
            },
            (
                Value::Decimal { flags, high, low },
                Value::Decimal {
                    flags: f,
                    high: h,
                    low: l,
                },
            ) => {
                match Decimal::from_parts(flags, high, low)
                    .checked_sub(Decimal::from_parts(f, h, l))
                {
                    Some(difference) => Ok(Value::decimal(difference)),
                    None => Err(self.at(error::decimal_overflow("`-`"), id)),
                }
            }
            (left, right) => self.slow(id, left, right, operator::subtract),
        }
    }

    #[inline(always)]
    fn multiply(&mut self, id: NodeId, left: Value, right: Value) -> Fallible<Value> {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => match left.checked_mul(right) {
                Some(number) => Ok(Value::Number(number)),
                None => Err(self.at(error::number_overflow("`*`"), id)),
            },
            (
                Value::Decimal { flags, high, low },
                Value::Decimal {
                    flags: f,
                    high: h,
                    low: l,
                },
            ) => {
                match Decimal::from_parts(flags, high, low)
                    .checked_mul(Decimal::from_parts(f, h, l))
                {
                    Some(product) => Ok(Value::decimal(product)),
                    None => Err(self.at(error::decimal_overflow("`*`"), id)),
                }
            }
            (left, right) => self.slow(id, left, right, operator::multiply),
        }
    }

    fn remainder(&mut self, id: NodeId, left: Value, right: Value) -> Fallible<Value> {
        self.slow(id, left, right, operator::remainder)
    }

    #[inline(never)]
    fn slow(
        &mut self,
        id: NodeId,
        left: Value,
        right: Value,
        operation: fn(Value, Value) -> Fallible<Value>,
    ) -> Fallible<Value> {
        operation(left, right).map_err(|error| self.at(error, id))
    }

    /// The node behind a number; [`Node::Hole`] where an operand stands for a variable or a literal.
    #[inline(always)]
    fn node(&self, id: NodeId) -> Node {
        match id.operand() {
            Operand::Node(node) => self.nodes[node],
            Operand::Slot(_) | Operand::Constant(_) => Node::Hole,
        }
    }

    /// Applies one step of a chain to the value so far.
    pub(super) fn apply(&mut self, id: NodeId, value: Value) -> Fallible<Value> {
        match self.nodes[id.0 as usize] {
            Node::Add(_, right) => {
                let right = self.operand(right)?;
                self.add(id, value, right)
            }
            Node::Subtract(_, right) => {
                let right = self.operand(right)?;
                self.subtract(id, value, right)
            }
            Node::Multiply(_, right) => {
                let right = self.operand(right)?;
                self.multiply(id, value, right)
            }
            Node::Divide(_, right) => {
                let right = self.operand(right)?;
                self.slow(id, value, right, operator::divide)
            }
            Node::Remainder(_, right) => {
                let right = self.operand(right)?;
                self.remainder(id, value, right)
            }
            Node::Method { method, arguments } => self.method_on(id, method, value, arguments),
            _ => Err(error::internal("a step of a chain that is none")),
        }
    }

    fn chain(&mut self, operands: Operands) -> Fallible<Value> {
        let program = self.program;
        let Some((first, steps)) = program.operands(operands).split_first() else {
            return Ok(Value::Null);
        };
        let mut value = self.eval(*first)?;
        for step in steps {
            value = self.apply(*step, value)?;
        }
        Ok(value)
    }

    fn conditional(&mut self, operands: Operands) -> Fallible<Value> {
        let &[condition, then, otherwise] = self.program.operands(operands) else {
            return Err(error::internal(
                "a conditional expression without its parts",
            ));
        };
        if self.condition(condition)? {
            self.eval(then)
        } else {
            self.eval(otherwise)
        }
    }

    fn list(&mut self, id: NodeId, operands: Operands) -> Fallible<Value> {
        let mut items = Vec::with_capacity(operands.count as usize);
        for operand in self.program.operands(operands) {
            items.push(self.operand(*operand)?);
        }
        heap::check(0).map_err(|error| self.at(error, id))?;
        Ok(Value::List(List::from_items(items)))
    }

    fn key_value(&mut self, id: NodeId, operands: Operands) -> Fallible<Value> {
        let pairs = KeyValue::with_capacity(operands.count as usize / 2);
        for pair in self.program.operands(operands).chunks_exact(2) {
            let key = self.operand(pair[0])?;
            let value = self.operand(pair[1])?;
            pairs
                .put(key, value)
                .map_err(|error| self.at_span(error, self.program.first_token(pair[0])))?;
        }
        heap::check(0).map_err(|error| self.at(error, id))?;
        Ok(Value::KeyValue(pairs))
    }

    fn collection_of_pairs(&mut self, id: NodeId, operands: Operands) -> Fallible<Value> {
        let mut pairs = Vec::with_capacity(operands.count as usize / 2);
        for pair in self.program.operands(operands).chunks_exact(2) {
            let key = self.operand(pair[0])?;
            let value = self.operand(pair[1])?;
            if !is_key(&key) {
                return Err(self.at_span(
                    error::key_type(key.type_of()),
                    self.program.first_token(pair[0]),
                ));
            }
            pairs.push((key, value));
        }
        library::collection::collection_of_pairs(pairs).map_err(|error| self.at(error, id))
    }

    /// Says of a sign before a call, which takes no TEXT, what it belongs to: `-x.toString()` is `-(x.toString())`.
    #[cold]
    fn signed(&self, error: Box<RuntimeError>, NodeId(operand): NodeId) -> Box<RuntimeError> {
        match self.nodes.get(operand as usize) {
            Some(Node::Method { .. }) if error.message.ends_with(Type::Text.name()) => error.help(
                "the sign counts after the call: put it and its value into parentheses, `(-x).toString()`, or convert the text: `.toNumber()`",
            ),
            _ => error,
        }
    }

    /// `input`: the parameters of the function, or the arguments of the run.
    fn input(&self) -> Value {
        let pairs = KeyValue::new();
        let function = &self.program.functions[self.function as usize];
        if function.returns.is_some() {
            for (slot, parameter) in function.parameters.iter().enumerate() {
                pairs.put_text(&parameter.name, self.stack[self.base + slot].clone());
            }
        } else {
            for (name, value) in &self.arguments {
                pairs.put_text(name, value.clone());
            }
        }
        Value::KeyValue(pairs)
    }

    fn task(&mut self, id: NodeId, task: &'p TaskUse) -> Fallible<Value> {
        let mut values: Vec<Option<Value>> = vec![None; task.entry.attributes.len()];
        for (place, source) in &task.attributes {
            let value = match source {
                AttributeSource::Node(node) => self.operand(*node)?.into_settled(),
                AttributeSource::Words(constant) => self.constants[*constant as usize].clone(),
                AttributeSource::Several(nodes) => {
                    let mut items = Vec::with_capacity(nodes.len());
                    for node in nodes {
                        items.push(self.operand(*node)?);
                    }
                    Value::list(items)
                }
            };
            values[*place] = Some(value);
        }
        let outcome = (task.entry.run)(&mut TaskCall {
            entry: task.entry,
            values,
            world: &mut self.world,
        });
        outcome
            .and_then(|value| heap::check(0).map(|()| value))
            .map_err(|error| self.at(error, id))
    }
}

/// A copy of a value; of the kinds that lie in the value itself without a call.
#[inline(always)]
fn copy(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(*number),
        Value::Decimal { flags, high, low } => Value::Decimal {
            flags: *flags,
            high: *high,
            low: *low,
        },
        other => other.clone(),
    }
}
