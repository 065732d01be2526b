//! Statements.

use std::ops::Range;
use std::rc::Rc;
use std::vec;

use super::operator::LONG;
use super::session::Machine;
use crate::error::{self, Fallible, RuntimeError};
use crate::program::{Block, Node, NodeId, Operands, Slot, Statement};
use crate::value::{CaughtError, Form, Type, Value, display, heap};
use freshet_syntax::source::Span;

/// How a statement ended. Errors are never a flow.
pub(super) enum Flow {
    /// The next statement follows.
    Normal,
    /// The innermost loop ends.
    Break,
    /// The next turn of the innermost loop follows.
    Continue,
    /// The function ends with this value.
    Return(Value),
}

/// What a loop walks, fixed when it starts.
enum Turns {
    /// Places, for `for each index`.
    Places(Range<usize>),
    /// A copy of the elements, keys or values, counted as long as the loop runs: a function that walks a list and calls
    /// itself holds one for each call.
    Copied {
        values: vec::IntoIter<Value>,
        bytes: usize,
    },
}

impl Turns {
    /// The `count` values that `copy` gives.
    ///
    /// # Errors
    /// R0103 when the copy would need more memory than the run may use.
    #[inline]
    fn over(count: usize, copy: impl FnOnce() -> Vec<Value>) -> Fallible<Self> {
        let bytes = count.saturating_mul(size_of::<Value>());
        heap::check(bytes)?;
        heap::grow(bytes);
        Ok(Self::Copied {
            values: copy().into_iter(),
            bytes,
        })
    }
}

impl Iterator for Turns {
    type Item = Value;

    #[inline]
    fn next(&mut self) -> Option<Value> {
        match self {
            Self::Places(places) => places.next().map(Value::from),
            Self::Copied { values, .. } => values.next(),
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        if let Self::Copied { bytes, .. } = self {
            heap::shrink(*bytes);
        }
    }
}

impl<'p> Machine<'p, '_> {
    /// Executes the statements of a block.
    pub(super) fn block(&mut self, block: Block) -> Fallible<Flow> {
        let program = self.program;
        let first = block.first as usize;
        for (at, statement) in program.statements[first..first + block.count as usize]
            .iter()
            .enumerate()
        {
            match self.statement(statement, first + at)? {
                Flow::Normal => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Normal)
    }

    #[inline(always)]
    fn step(&mut self, number: usize) -> Fallible<()> {
        match self.meter.step(&self.world) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.at_statement(error, number)),
        }
    }

    #[inline]
    fn statement(&mut self, statement: &'p Statement, number: usize) -> Fallible<Flow> {
        match *statement {
            Statement::Assign { slot, value } => {
                self.step(number)?;
                let place = self.base + slot.0 as usize;
                if let Some(number) = self.whole(value) {
                    self.set_whole(place, number);
                } else {
                    self.stack[place] = self.eval(value)?;
                }
            }
            Statement::Append { slot, steps } => {
                self.step(number)?;
                self.append(slot, steps)?;
            }
            Statement::Evaluate(node) => {
                self.step(number)?;
                self.eval(node)?;
            }
            Statement::If {
                first,
                count,
                otherwise,
            } => {
                self.step(number)?;
                let program = self.program;
                for branch in &program.branches[first as usize..(first + count) as usize] {
                    if self.condition(branch.condition)? {
                        return self.block(branch.block);
                    }
                }
                return self.block(program.blocks[otherwise as usize]);
            }
            Statement::Return(value) => {
                self.step(number)?;
                let value = match value {
                    Some(node) => self.eval(node)?,
                    None => Value::Null,
                };
                self.returned_at = number;
                let value = self.returned(value, number)?;
                if self.depth == self.result_depth {
                    display::check_depth(&value)
                        .map_err(|error| self.at_statement(error, number))?;
                }
                return Ok(Flow::Return(value));
            }
            Statement::ForEach {
                index,
                slot,
                iterated,
                body,
            } => return self.for_each(index, slot, iterated, body, number),
            Statement::While { condition, body } => {
                let body = self.program.blocks[body as usize];
                while self.condition(condition)? {
                    self.step(number)?;
                    match self.block(body)? {
                        Flow::Normal | Flow::Continue => {}
                        Flow::Break => break,
                        flow @ Flow::Return(_) => return Ok(flow),
                    }
                }
            }
            Statement::Break => {
                self.step(number)?;
                return Ok(Flow::Break);
            }
            Statement::Continue => {
                self.step(number)?;
                return Ok(Flow::Continue);
            }
            Statement::Info(node) => {
                self.step(number)?;
                self.info(node, number)?;
            }
            Statement::Result(node) => {
                self.step(number)?;
                self.returned_at = number;
                self.result = self.eval(node)?;
            }
            Statement::Throw(node) => {
                self.step(number)?;
                let value = self.eval(node)?;
                return Err(self.thrown(value, number));
            }
            Statement::Try {
                body,
                slot,
                handler,
            } => {
                self.step(number)?;
                return self.try_catch(body, slot, handler);
            }
        }
        Ok(Flow::Normal)
    }

    /// Sets a variable to a whole number: most often it holds one already, and nothing needs to be dropped.
    #[inline(always)]
    fn set_whole(&mut self, place: usize, number: i64) {
        match &mut self.stack[place] {
            Value::Number(old) => *old = number,
            other => *other = Value::Number(number),
        }
    }

    #[inline(never)]
    fn for_each(
        &mut self,
        index: bool,
        slot: Slot,
        iterated: NodeId,
        body: u32,
        number: usize,
    ) -> Fallible<Flow> {
        let value = self.eval(iterated)?;
        // The sequence is fixed when the loop starts (language reference, 6.2).
        let turns = match (value.settled(), index) {
            (Value::List(list), true) => Ok(Turns::Places(0..list.len())),
            (Value::List(list), false) => Turns::over(list.len(), || list.to_vec()),
            (Value::KeyValue(pairs), false) => Turns::over(pairs.len(), || {
                pairs.pairs().iter().map(|(key, _)| key.clone()).collect()
            }),
            (Value::Collection(collection), _) => match (collection.form(), index) {
                (Form::Open, _) => Ok(Turns::Places(0..0)),
                (Form::Index(list), true) => Ok(Turns::Places(0..list.len())),
                (Form::Index(list), false) => Turns::over(list.len(), || list.to_vec()),
                (Form::Keyed(pairs), false) => Turns::over(pairs.len(), || {
                    let pairs = pairs.pairs();
                    pairs.iter().map(|(_, value)| value.clone()).collect()
                }),
                (Form::Keyed(_), true) => {
                    return Err(self.not_iterable(iterated, Type::Collection, index));
                }
            },
            (Value::Braces(_), _) => Ok(Turns::Places(0..0)),
            (other, _) => return Err(self.not_iterable(iterated, other.type_of(), index)),
        };
        let turns =
            turns.map_err(|error| self.at_span(error, self.program.first_token(iterated)))?;
        drop(value);
        let body = self.program.blocks[body as usize];
        let place = self.base + slot.0 as usize;
        for value in turns {
            self.step(number)?;
            match value {
                Value::Number(number) => self.set_whole(place, number),
                value => self.stack[place] = value,
            }
            match self.block(body)? {
                Flow::Normal | Flow::Continue => {}
                Flow::Break => break,
                flow @ Flow::Return(_) => return Ok(flow),
            }
        }
        Ok(Flow::Normal)
    }

    #[cold]
    fn not_iterable(&self, iterated: NodeId, found: Type, index: bool) -> Box<RuntimeError> {
        self.at_span(
            error::not_iterable(found, index),
            self.program.first_token(iterated),
        )
    }

    #[inline(never)]
    fn info(&mut self, node: NodeId, number: usize) -> Fallible<()> {
        let value = self.eval(node)?;
        if let Err(error) = self.meter.work(value.size(), &self.world) {
            return Err(self.at_statement(error, number));
        }
        let printed = match &value {
            Value::Text(text) => self.world.host.print(text),
            other => {
                let mut line = std::mem::take(&mut self.scratch);
                line.clear();
                if let Err(error) = display::write_text(other, &self.world.settings.zone, &mut line)
                {
                    return Err(self.at_statement(error, number));
                }
                let printed = self.world.host.print(&line);
                if line.capacity() < LONG {
                    self.scratch = line;
                }
                printed
            }
        };
        printed.map_err(|error| self.at_statement(error::host(error), number))
    }

    #[inline(never)]
    fn try_catch(&mut self, body: u32, slot: Slot, handler: u32) -> Fallible<Flow> {
        let program = self.program;
        let top = self.stack.len();
        match self.block(program.blocks[body as usize]) {
            Err(mut error) if error.catchable() => {
                self.stack.truncate(top);
                if error.identity == 0 {
                    self.caught += 1;
                    error.identity = self.caught;
                }
                let span = error.span.unwrap_or_default();
                let line = program.line(span);
                // A script may keep what it caught: the message counts as a text does.
                let caught = CaughtError::new(error, line);
                heap::check(0).map_err(|error| self.at_span(error, span))?;
                let place = self.base + slot.0 as usize;
                self.stack[place] = Value::Error(Rc::new(caught));
                self.block(program.blocks[handler as usize])
            }
            outcome => outcome,
        }
    }

    /// The error that `throw value;` raises.
    #[inline(never)]
    fn thrown(&self, value: Value, number: usize) -> Box<RuntimeError> {
        let error = match value.settled() {
            // The same error: it keeps message, place and calls.
            Value::Error(caught) => match heap::check(caught.error.message.len()) {
                Ok(()) => return caught.error.clone(),
                Err(error) => error,
            },
            Value::Null | Value::Braces(_) => error::nothing_thrown(value.type_of()),
            value => match display::to_text(value, &self.world.settings.zone) {
                Ok(message) => error::thrown(message),
                Err(error) => error,
            },
        };
        self.at_statement(error, number)
    }

    /// `x = x + a + …`, `x = x.concat(a)…`.
    #[inline(always)]
    fn append(&mut self, slot: Slot, steps: Operands) -> Fallible<()> {
        let place = self.base + slot.0 as usize;
        if let Value::Number(number) = self.stack[place]
            && let &[step] = self.program.operands(steps)
            && let Node::Add(_, right) = self.nodes[step.0 as usize]
            && let Some(sum) = self
                .whole(right)
                .and_then(|right| number.checked_add(right))
        {
            self.stack[place] = Value::Number(sum);
            return Ok(());
        }
        if let Value::Decimal { flags, high, low } = self.stack[place]
            && let &[step] = self.program.operands(steps)
            && let Node::Add(_, right) = self.nodes[step.0 as usize]
        {
            let right = self.operand(right)?;
            self.stack[place] = self.add(step, Value::Decimal { flags, high, low }, right)?;
            return Ok(());
        }
        self.append_slowly(place, steps)
    }

    /// A text that nobody else holds grows in place. On an error `x` is as it was.
    #[inline(never)]
    fn append_slowly(&mut self, place: usize, steps: Operands) -> Fallible<()> {
        let program = self.program;
        if !matches!(self.stack[place], Value::Text(_)) {
            let mut value = self.stack[place].clone();
            for step in program.operands(steps) {
                value = self.apply(*step, value)?;
            }
            self.stack[place] = value;
            return Ok(());
        }
        // The operands do not read the variable, so that it may be empty meanwhile.
        let mut value = std::mem::take(&mut self.stack[place]);
        let length = value.as_text().map_or(0, |text| text.len());
        for step in program.operands(steps) {
            if let Err(error) = self.append_step(&mut value, *step) {
                if let Value::Text(text) = &mut value {
                    text.truncate(length);
                }
                self.stack[place] = value;
                return Err(error);
            }
        }
        self.stack[place] = value;
        Ok(())
    }

    #[inline]
    fn append_step(&mut self, value: &mut Value, step: NodeId) -> Fallible<()> {
        let right = match self.nodes[step.0 as usize] {
            Node::Add(_, right) => right,
            Node::Method { method, arguments } => {
                return self.method_in_place(step, method, value, arguments);
            }
            _ => return Err(error::internal("a step of an append that appends nothing")),
        };
        let right = self.operand(right)?;
        let Value::Text(text) = value else {
            return Err(error::internal("an append to something that is no text"));
        };
        let pushed = match &right {
            Value::Text(more) => text.push(more),
            other => super::operator::push_text(
                text,
                other,
                &self.world.settings.zone,
                &mut self.scratch,
            ),
        };
        pushed.map_err(|error| self.at(error, step))
    }

    #[cold]
    pub(super) fn at_statement(
        &self,
        error: Box<RuntimeError>,
        number: usize,
    ) -> Box<RuntimeError> {
        self.at_span(error, self.statement_span(number))
    }

    pub(super) fn statement_span(&self, number: usize) -> Span {
        self.program
            .statement_spans
            .get(number)
            .copied()
            .unwrap_or_default()
    }
}
