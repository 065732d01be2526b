//! A session: one script being run, or a REPL whose variables stay.

use crate::error::{self, Fallible, RuntimeError};
use crate::host::Host;
use crate::library::builtin::{Settings, World};
use crate::library::{LIBRARY, Library};
use crate::limits::{Limits, Meter, TimeLimit};
use crate::program::{Block, Constant, Function, Node, NodeId, Program};
use crate::value::{Savepoint, Value, date_text, heap};
use freshet_syntax::source::Span;

/// What a run begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The body of the script.
    Body,
    /// A function, by its number in [`Program::functions`].
    Function(usize),
}

/// Runs programs on the current thread, one after another; the variables of the body stay from run to run.
///
/// Dropping a session frees its values, those that contain themselves too. Only one session may live on a thread.
pub struct Session {
    settings: Settings,
    limits: Limits,
    /// The variables of the body, by slot.
    variables: Vec<Value>,
    /// Caught errors numbered so far.
    caught: u64,
    steps: u64,
    /// Place of the last statement that gave a result.
    returned_at: Span,
}

impl Session {
    /// A session without variables.
    pub fn new(limits: Limits, settings: Settings) -> Self {
        heap::set_limit(limits.memory);
        Self {
            settings,
            limits,
            variables: Vec::new(),
            caught: 0,
            steps: 0,
            returned_at: Span::default(),
        }
    }

    /// Runs `program` from `start`. `arguments` are those of the run, by name; a function takes the ones that its
    /// parameters name, the body all of them.
    ///
    /// # Errors
    /// The uncaught error that ended the run, with its place.
    pub fn run(
        &mut self,
        program: &Program,
        start: Start,
        arguments: Vec<(String, Value)>,
        host: &mut dyn Host,
    ) -> Fallible<Value> {
        let mut machine = Machine::new(
            program,
            &self.settings,
            &self.limits,
            self.caught,
            arguments,
            host,
        );
        let outcome = match start {
            Start::Body => machine.run_body(&mut self.variables),
            Start::Function(number) => machine.run_function(number),
        };
        let outcome = outcome.and_then(|value| machine.in_time(start).map(|()| value));
        self.returned_at = machine.statement_span(machine.returned_at);
        self.caught = machine.caught;
        self.steps += machine.meter.steps();
        outcome
    }

    /// Runs the body of an entry of a REPL statement by statement. A statement that fails leaves the variables, and
    /// what they hold, as they were before it. Gives also how many statements ran to their end.
    pub fn run_entry(
        &mut self,
        program: &Program,
        host: &mut dyn Host,
    ) -> (Fallible<Value>, usize) {
        let mut machine = Machine::new(
            program,
            &self.settings,
            &self.limits,
            self.caught,
            Vec::new(),
            host,
        );
        let outcome = machine.run_statements(&mut self.variables);
        self.returned_at = machine.statement_span(machine.returned_at);
        self.caught = machine.caught;
        self.steps += machine.meter.steps();
        outcome
    }

    /// Statements and loop turns executed so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Place of the statement that gave the result of the last run: what is wrong with a result is wrong there.
    pub fn place_of_result(&self) -> Span {
        self.returned_at
    }

    /// The variables of the body, by slot.
    pub fn variables(&self) -> &[Value] {
        &self.variables
    }

    /// Forgets the variables.
    pub fn reset(&mut self) {
        self.variables.clear();
        heap::free_cycles();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.reset();
    }
}

/// The literals of a program as values. They are made once a session, since values belong to one thread.
fn constants(program: &Program, settings: &Settings, now: i64) -> Vec<Value> {
    program
        .constants
        .iter()
        .map(|constant| match constant {
            Constant::Number(number) => Value::Number(*number),
            Constant::Text(text) => {
                let value = crate::value::Text::new(&**text);
                value.is_ascii();
                Value::Text(value)
            }
            Constant::Decimal(decimal) => Value::decimal(*decimal),
            Constant::Date(text) => match date_text::read(text, &settings.zone, now) {
                Some(date) => Value::Date {
                    pure: date.pure,
                    millis: date.millis,
                },
                None => Value::Null,
            },
        })
        .collect()
}

/// About where the stack of this thread is now.
#[inline(always)]
pub(super) fn stack_address() -> usize {
    let marker = 0u8;
    std::ptr::from_ref(&marker) as usize
}

/// A program being run.
pub(super) struct Machine<'p, 'h> {
    pub(super) program: &'p Program,
    /// The nodes of the program, at hand.
    pub(super) nodes: &'p [Node],
    pub(super) library: &'static Library,
    pub(super) constants: Vec<Value>,
    /// Frames and temporary values.
    pub(super) stack: Vec<Value>,
    /// Where the current frame begins.
    pub(super) base: usize,
    /// Number of the function being executed.
    pub(super) function: u32,
    /// Calls inside each other.
    pub(super) depth: usize,
    /// The arguments of the run.
    pub(super) arguments: Vec<(String, Value)>,
    pub(super) meter: Meter,
    pub(super) world: World<'h>,
    /// For texts on the way to somewhere else.
    pub(super) scratch: String,
    /// Value of the last [`crate::program::Statement::Result`].
    pub(super) result: Value,
    /// Number of the last statement that gave a result: a `return`, or the last one of an entry.
    pub(super) returned_at: usize,
    /// How many calls are inside each other where a `return` gives the result of the run.
    pub(super) result_depth: usize,
    /// Caught errors numbered so far.
    pub(super) caught: u64,
    stack_start: usize,
}

impl<'p, 'h> Machine<'p, 'h> {
    fn new(
        program: &'p Program,
        settings: &'h Settings,
        limits: &Limits,
        caught: u64,
        arguments: Vec<(String, Value)>,
        host: &'h mut dyn Host,
    ) -> Self {
        Self {
            program,
            nodes: &program.nodes,
            library: &LIBRARY,
            constants: constants(program, settings, host.now()),
            stack: Vec::with_capacity(256),
            base: 0,
            function: 0,
            depth: 0,
            arguments,
            meter: Meter::new(limits.clone()),
            world: World {
                host,
                settings,
                time: TimeLimit::new(limits.time),
            },
            scratch: String::new(),
            result: Value::Null,
            returned_at: usize::MAX,
            result_depth: 0,
            caught,
            stack_start: stack_address(),
        }
    }

    fn run_body(&mut self, variables: &mut Vec<Value>) -> Fallible<Value> {
        let program: &'p Program = self.program;
        let Some(body) = program.body() else {
            return Ok(Value::Null);
        };
        self.stack.append(variables);
        self.stack.resize(body.slots as usize, Value::Null);
        if let Err(error) = self.place_arguments(body) {
            *variables = std::mem::take(&mut self.stack);
            return Err(error);
        }
        let outcome = self.block(body.block);
        self.stack.truncate(body.slots as usize);
        *variables = std::mem::take(&mut self.stack);
        Ok(self.value_of(outcome?))
    }

    /// The statements of the body, each undone when it fails, and how many of them ended well.
    fn run_statements(&mut self, variables: &mut Vec<Value>) -> (Fallible<Value>, usize) {
        let program: &'p Program = self.program;
        let Some(body) = program.body() else {
            return (Ok(Value::Null), 0);
        };
        let slots = body.slots as usize;
        self.stack.append(variables);
        self.stack.resize(slots, Value::Null);
        let mut outcome = Ok(super::statement::Flow::Normal);
        let mut done = 0;
        while done < body.block.count as usize {
            let savepoint = Savepoint::of(&self.stack);
            let statement = Block {
                first: body.block.first + done as u32,
                count: 1,
            };
            outcome = self.block(statement);
            self.stack.truncate(slots);
            match &outcome {
                Ok(flow) => {
                    done += 1;
                    if !matches!(flow, super::statement::Flow::Normal) {
                        break;
                    }
                }
                Err(_) => {
                    savepoint.restore(&mut self.stack);
                    break;
                }
            }
        }
        *variables = std::mem::take(&mut self.stack);
        (outcome.map(|flow| self.value_of(flow)), done)
    }

    /// Gives the parameters of the script their arguments.
    fn place_arguments(&mut self, body: &Function) -> Fallible<()> {
        for (slot, parameter) in body.parameters.iter().enumerate() {
            let Some((_, value)) = self
                .arguments
                .iter()
                .find(|(name, _)| **name == *parameter.name)
            else {
                return Err(error::internal("a parameter of the script has no argument"));
            };
            self.stack[slot] = value.clone();
        }
        Ok(())
    }

    fn run_function(&mut self, number: usize) -> Fallible<Value> {
        let Some(function) = self.program.functions.get(number) else {
            return Err(error::internal("there is no such function"));
        };
        for parameter in &function.parameters {
            let value = self
                .arguments
                .iter()
                .find(|(name, _)| **name == *parameter.name);
            self.stack
                .push(value.map(|(_, value)| value.clone()).unwrap_or_default());
        }
        self.result_depth = 1;
        self.enter(number as u32, 0, function.span)
    }

    /// What ran to its end may have done so after its time, or although it was interrupted: its last steps may have been
    /// long ones.
    fn in_time(&mut self, start: Start) -> Fallible<()> {
        let function = match start {
            Start::Body => self.program.body(),
            Start::Function(number) => self.program.functions.get(number),
        };
        let last = function
            .filter(|function| function.block.count > 0)
            .map_or(usize::MAX, |function| {
                (function.block.first + function.block.count - 1) as usize
            });
        match self.meter.look(&self.world) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.at_statement(error, last)),
        }
    }

    fn value_of(&mut self, flow: super::statement::Flow) -> Value {
        match flow {
            super::statement::Flow::Return(value) => value,
            _ => std::mem::take(&mut self.result),
        }
    }

    /// Adds the place of a node to an error that has none yet.
    #[cold]
    pub(super) fn at(&self, error: Box<RuntimeError>, NodeId(node): NodeId) -> Box<RuntimeError> {
        self.at_span(
            error,
            self.program
                .spans
                .get(node as usize)
                .copied()
                .unwrap_or_default(),
        )
    }

    /// Adds a place to an error that has none yet.
    #[cold]
    pub(super) fn at_span(&self, mut error: Box<RuntimeError>, span: Span) -> Box<RuntimeError> {
        error.span.get_or_insert(span);
        error
    }

    /// Bytes of the thread's stack in use since the run began.
    #[inline(always)]
    pub(super) fn stack_used(&self) -> usize {
        self.stack_start.saturating_sub(stack_address())
    }
}
