//! Calls of user functions, built-in functions and methods.

use super::arguments;
use super::session::Machine;
use super::statement::Flow;
use crate::error::{self, CallSite, Fallible, RuntimeError};
use crate::library::builtin::{Builtin, Call, Receiver};
use crate::library::elsewhere;
use crate::library::integration::call as rest;
use crate::library::{Method, MethodId};
use crate::program::{NodeId, Operands};
use crate::value::{KeyValue, List, Type, Value, heap};
use freshet_syntax::ast::TypeKind;
use freshet_syntax::source::Span;

impl Machine<'_, '_> {
    /// Evaluates arguments onto the stack, from left to right.
    #[inline(always)]
    fn push_arguments(&mut self, arguments: Operands) -> Fallible<()> {
        for argument in self.program.operands(arguments) {
            let value = self.operand(*argument)?;
            self.stack.push(value);
        }
        Ok(())
    }

    /// Calls a user function.
    pub(super) fn call(
        &mut self,
        id: NodeId,
        function: u32,
        arguments: Operands,
    ) -> Fallible<Value> {
        let start = self.stack.len();
        self.push_arguments(arguments)?;
        let span = self.program.spans[id.0 as usize];
        self.enter(function, start, span)
    }

    /// Runs a function whose arguments lie on the stack from `start` on; `span` is the place of the call.
    pub(super) fn enter(&mut self, number: u32, start: usize, span: Span) -> Fallible<Value> {
        let function = &self.program.functions[number as usize];
        let limits = self.meter.limits();
        if self.depth >= limits.depth {
            return Err(self.at_span(error::call_depth(limits.depth), span));
        }
        if self.stack_used() > limits.stack {
            return Err(self.at_span(error::stack_full(self.depth), span));
        }
        for (place, parameter) in function.parameters.iter().enumerate() {
            let Some(kind) = parameter.kind else {
                continue;
            };
            if arguments::fits(kind, &self.stack[start + place]) {
                continue;
            }
            let value = std::mem::take(&mut self.stack[start + place]);
            match arguments::declared(kind, value, &mut self.world) {
                Ok(value) => self.stack[start + place] = value,
                Err(found) => {
                    let expected = arguments::type_words(kind);
                    let error = error::user_argument_type(
                        &function.name,
                        &parameter.name,
                        expected,
                        found.type_of(),
                    );
                    let why = arguments::unfit(kind, &found, &mut self.world);
                    return Err(self.at_span(error::because(error, why), span));
                }
            }
        }
        let end = start + function.slots as usize;
        if self.stack.len() < end {
            self.stack.resize(end, Value::Null);
        }
        let base = std::mem::replace(&mut self.base, start);
        let caller = std::mem::replace(&mut self.function, number);
        self.depth += 1;
        let outcome = self.block(function.block);
        self.depth -= 1;
        self.function = caller;
        self.base = base;
        self.stack.truncate(start);
        match outcome {
            Ok(Flow::Return(value)) => Ok(value),
            Ok(_) => Ok(Value::Null),
            Err(error) => Err(self.called_from(error, number, span)),
        }
    }

    #[cold]
    fn called_from(
        &self,
        mut error: Box<RuntimeError>,
        number: u32,
        span: Span,
    ) -> Box<RuntimeError> {
        let function = self.program.functions[number as usize].name.clone();
        error.calls.push(CallSite { function, span });
        error
    }

    /// The result of the function being executed, converted to its declared type.
    #[inline]
    pub(super) fn returned(&mut self, value: Value, statement: usize) -> Fallible<Value> {
        let function = &self.program.functions[self.function as usize];
        match function.returns {
            None | Some(TypeKind::Void) => Ok(value),
            Some(kind) if arguments::fits(kind, &value) => Ok(value),
            Some(kind) => match arguments::declared(kind, value, &mut self.world) {
                Ok(value) => Ok(value),
                Err(found) => {
                    let error = error::result_type(
                        &function.name,
                        arguments::type_words(kind),
                        found.type_of(),
                    );
                    let why = arguments::unfit(kind, &found, &mut self.world);
                    Err(self.at_statement(error::because(error, why), statement))
                }
            },
        }
    }

    /// Calls a plain built-in function.
    #[inline(never)]
    pub(super) fn builtin(
        &mut self,
        id: NodeId,
        builtin: u32,
        arguments: Operands,
    ) -> Fallible<Value> {
        let entry = self.program.builtins[builtin as usize];
        let start = self.stack.len();
        self.push_arguments(arguments)?;
        let values = &mut self.stack[start..];
        let outcome = match arguments::check(entry, entry.name, values, &mut self.world) {
            Ok(()) => self.perform(entry, entry.name, start),
            Err(error) => Err(error),
        };
        self.stack.truncate(start);
        outcome.map_err(|error| self.at(error, id))
    }

    /// Runs an integration task. The arguments of one that is not implemented are not evaluated.
    #[inline(never)]
    pub(super) fn integration(
        &mut self,
        id: NodeId,
        integration: u32,
        arguments: Operands,
    ) -> Fallible<Value> {
        let integration = &self.program.integrations[integration as usize];
        let Some(task) = integration.task else {
            let error = error::no_integration(&integration.name, integration.call.as_deref());
            return Err(self.at(error, id));
        };
        let start = self.stack.len();
        self.push_arguments(arguments)?;
        let version = integration.version.as_deref();
        let outcome = rest::run(task, version, &self.stack[start..], &mut self.world);
        self.stack.truncate(start);
        outcome.map_err(|error| self.at(error, id))
    }

    /// Calls a method: the first operand is the receiver.
    #[inline]
    pub(super) fn method(
        &mut self,
        id: NodeId,
        method: MethodId,
        arguments: Operands,
    ) -> Fallible<Value> {
        let start = self.stack.len();
        self.push_arguments(arguments)?;
        self.dispatch(id, method, start)
    }

    /// Calls a method of a chain on the value so far; the first operand is a hole.
    pub(super) fn method_on(
        &mut self,
        id: NodeId,
        method: MethodId,
        receiver: Value,
        arguments: Operands,
    ) -> Fallible<Value> {
        let start = self.stack.len();
        self.stack.push(receiver);
        let rest = Operands {
            first: arguments.first + 1,
            count: arguments.count.saturating_sub(1),
        };
        self.push_arguments(rest)?;
        self.dispatch(id, method, start)
    }

    /// Calls a method of a text that grows; the first operand is a hole. On an error the text stays where it is, though
    /// perhaps grown.
    pub(super) fn method_in_place(
        &mut self,
        id: NodeId,
        method: MethodId,
        receiver: &mut Value,
        arguments: Operands,
    ) -> Fallible<()> {
        let start = self.stack.len();
        self.stack.push(std::mem::take(receiver));
        let rest = Operands {
            first: arguments.first + 1,
            count: arguments.count.saturating_sub(1),
        };
        let outcome = match self.push_arguments(rest) {
            Ok(()) => {
                let row = self.library.row(method);
                match row.entries[Type::Text as usize] {
                    Some(entry) => self
                        .run(id, entry, row.name, start)
                        .map_err(|error| self.at(error, id)),
                    None => Err(error::internal("a method that extends no text")),
                }
            }
            Err(error) => Err(error),
        };
        let outcome = match outcome {
            Ok(value) => {
                *receiver = value;
                Ok(())
            }
            Err(error) => {
                *receiver = std::mem::take(&mut self.stack[start]);
                Err(error)
            }
        };
        self.stack.truncate(start);
        outcome
    }

    /// Calls a method whose receiver and arguments lie on the stack from `start` on.
    #[inline]
    fn dispatch(&mut self, id: NodeId, method: MethodId, start: usize) -> Fallible<Value> {
        let row = self.library.row(method);
        if matches!(self.stack[start], Value::Braces(_)) {
            return self.dispatch_braces(id, row, start);
        }
        let found = self.stack[start].type_of();
        let outcome = match row.entries[found as usize] {
            Some(entry) => self.run(id, entry, row.name, start),
            None => Err(no_method(row, found)),
        };
        self.stack.truncate(start);
        match outcome {
            Ok(value) => Ok(value),
            Err(error) => Err(self.at(error, id)),
        }
    }

    /// Runs an entry that was called by `name`, one of its names.
    #[inline]
    fn run(
        &mut self,
        id: NodeId,
        entry: &'static Builtin,
        name: &'static str,
        start: usize,
    ) -> Fallible<Value> {
        let values = &mut self.stack[start..];
        if matches!(entry.receiver, Receiver::Of(Type::DateTime)) {
            arguments::date_receiver(name, &mut values[0], &mut self.world)?;
        }
        if let Err(error) = arguments::check(entry, name, &mut values[1..], &mut self.world) {
            let given = values.len();
            return Err(
                if error.code == "R0013" && self.program.plain_calls.binary_search(&id.0).is_ok() {
                    arguments::wrong_count_of_plain(entry, name, given)
                } else {
                    error
                },
            );
        }
        self.perform(entry, name, start)
    }

    /// Runs a function of the library whose receiver and arguments were checked. What they are and what it gives may be
    /// so large that a few calls take long, or as much memory as there is: both are looked at after each.
    #[inline]
    fn perform(
        &mut self,
        entry: &'static Builtin,
        name: &'static str,
        start: usize,
    ) -> Fallible<Value> {
        let values = &mut self.stack[start..];
        let mut work: usize = values.iter().map(Value::size).sum();
        let outcome = (entry.run)(&mut Call::new(entry, name, values, &mut self.world));
        work += outcome.as_ref().map_or(0, Value::size);
        self.meter.work(work, &self.world)?;
        heap::check(0)?;
        outcome
    }

    /// A plain call of a method that names nothing it could be called on.
    #[cold]
    pub(super) fn without_receiver(&self, id: NodeId, method: MethodId) -> Box<RuntimeError> {
        let row = self.library.row(method);
        let error = match row.entries.iter().flatten().next() {
            Some(entry) => arguments::wrong_count_of_plain(entry, row.name, 0),
            None => error::null_receiver(row.name),
        };
        self.at(error, id)
    }

    /// A method of `{}` (language reference, 2.7): as on what it has become; else the entry for undecided values; else
    /// as on an empty LIST, or on an empty KEY-VALUE if only that has it.
    #[inline(never)]
    fn dispatch_braces(
        &mut self,
        id: NodeId,
        row: &'static Method,
        start: usize,
    ) -> Fallible<Value> {
        let braces = self.stack[start].clone();
        self.stack[start] = braces.settled().clone();
        let found = self.stack[start].type_of();
        let outcome = match (row.entries[found as usize], &braces) {
            (Some(entry), _) => self.run(id, entry, row.name, start),
            (None, Value::Braces(cell)) if found == Type::Undecided => {
                let empty = if row.entries[Type::List as usize].is_some() {
                    Value::List(List::new())
                } else {
                    Value::KeyValue(KeyValue::new())
                };
                match row.entries[empty.type_of() as usize] {
                    Some(entry) => {
                        self.stack[start] = empty.clone();
                        self.run(id, entry, row.name, start).map(|value| {
                            if entry.decides {
                                cell.decide(empty.clone());
                            }
                            if same_container(&value, &empty) {
                                braces.clone()
                            } else {
                                value
                            }
                        })
                    }
                    None => Err(no_method(row, found)),
                }
            }
            (None, _) => Err(no_method(row, found)),
        };
        self.stack.truncate(start);
        outcome.map_err(|error| self.at(error, id))
    }
}

fn same_container(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::List(left), Value::List(right)) => left.same(right),
        (Value::KeyValue(left), Value::KeyValue(right)) => left.same(right),
        _ => false,
    }
}

/// Functions of TEXT that read JSON or XML, which the text of a number or date never is: there the value itself is the
/// surprise.
const READS_MARKUP: [&str; 7] = [
    "get",
    "getJSON",
    "toMap",
    "toJSONList",
    "toXML",
    "executeXPath",
    "toXmlList",
];

#[cold]
fn no_method(row: &'static Method, found: Type) -> Box<RuntimeError> {
    if found == Type::Null {
        return error::null_receiver(row.name);
    }
    let error = error::no_such_method(row.name, found);
    if arguments::prints_as_text(found)
        && row.entries[Type::Text as usize].is_some()
        && !READS_MARKUP.contains(&row.name)
    {
        return error.help(format!(
            "turn it into a text first: `x.toString().{}(…)`",
            row.name
        ));
    }
    if let Some((name, entry)) = elsewhere::of_type(row.name, found) {
        return error.help(format!("write `{}`", entry.written(name)));
    }
    let having: Vec<&str> = Type::ALL
        .into_iter()
        .filter(|kind| *kind != Type::Undecided && row.entries[*kind as usize].is_some())
        .map(Type::name)
        .collect();
    error.help(format!(
        "`{}` is a function of {}; to see what the value is, print it: `info …;`",
        row.name,
        having.join(", ")
    ))
}
