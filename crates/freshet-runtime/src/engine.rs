//! Runs scripts: each on a thread of its own, all over one set of connections.

use std::future::{Future, poll_fn};
use std::io;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use freshet_connections::Connections;
use freshet_interpreter::error::{self, Ending, RuntimeError};
use freshet_interpreter::eval::{Session, Start};
use freshet_interpreter::library::builtin::Settings;
use freshet_interpreter::limits::Limits;
use freshet_interpreter::program::Program;
use freshet_interpreter::value::calendar::Zone;
use freshet_interpreter::value::{Value, display};
use freshet_syntax::source::Span;
use tokio::runtime::{Builder, Runtime};

use crate::arguments::Argument;
use crate::batch::guard::{Guard, Notes};
use crate::fault::{self, Fault};
use crate::host::RuntimeHost;
use crate::output::{Destination, OutputEnd};

/// Stack of a script's thread, in bytes: room for the allowed depth of calls. Only what is used takes memory.
const STACK: usize = 64 << 20;

/// Threads that wait for the network. The work on them is small, whatever the number of scripts.
const HTTP_THREADS: usize = 2;

/// Between two looks at whether something was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// What all runs of a process share: the connections, the network, the settings of scripts.
pub struct Engine {
    connections: Arc<Connections>,
    /// Started by the first web call: most of what a start of the program would cost.
    network: OnceLock<Runtime>,
    settings: Settings,
}

/// How a run is to be made.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Steps, time, memory, depth.
    pub limits: Limits,
    /// Web calls that may be made.
    pub calls: Option<u64>,
    /// Bytes that may be printed.
    pub output: Option<u64>,
    /// Where the output goes.
    pub destination: Destination,
    /// Keep the result, for whoever shows or stores it.
    pub keep_result: bool,
    /// Show web calls instead of sending them.
    pub dry_run: bool,
    /// What becomes of mail.
    pub mail: MailMode,
    /// Link name of the mail account.
    pub mail_connection: String,
    /// One line on standard error for each web call.
    pub trace: bool,
    /// Set from outside when the run is to stop.
    pub cancelled: Arc<AtomicBool>,
    /// What a job of a batch adds to its web calls.
    pub guard: Option<Guard>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            calls: None,
            output: None,
            destination: Destination::Standard,
            keep_result: true,
            dry_run: false,
            mail: MailMode::Send,
            mail_connection: MAIL_ACCOUNT.to_owned(),
            trace: false,
            cancelled: Arc::new(AtomicBool::new(false)),
            guard: None,
        }
    }
}

/// What becomes of the mail that a script sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailMode {
    /// It is sent.
    Send,
    /// It is shown on standard error, or stands in the log of a job.
    Print,
    /// Nothing.
    Drop,
}

/// The mail account unless a project names another one.
pub const MAIL_ACCOUNT: &str = "smtp";

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// To its end.
    Succeeded,
    /// In an error.
    Failed,
    /// At a limit that a setting switched on.
    Limited,
    /// Interrupted from outside, or its output was closed.
    Cancelled,
}

/// What is kept of a run.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// How it ended.
    pub state: RunState,
    /// The result; `None` where there is none to show: null, or an error.
    pub result: Option<Printed>,
    /// The lines printed, where they were kept.
    pub output: Vec<String>,
    /// What it printed, where that was kept as one text.
    pub log: String,
    /// What it did on the network, for a job of a batch.
    pub notes: Notes,
    /// The error that ended it.
    pub error: Option<Box<RuntimeError>>,
    /// Why nothing more could be printed, if so.
    pub output_end: Option<OutputEnd>,
    /// Web calls made.
    pub http_calls: u64,
    /// Statements and loop turns executed.
    pub steps: u64,
    /// From the start of the thread to its end.
    pub duration: Duration,
}

/// A value on the way out of its thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// As `info` prints it.
    pub text: String,
    /// As JSON.
    pub json: String,
}

impl Engine {
    /// An engine that has opened nothing yet.
    #[must_use]
    pub fn new(connections: Connections, settings: Settings) -> Self {
        Self {
            connections: Arc::new(connections),
            network: OnceLock::new(),
            settings,
        }
    }

    /// The connections, to manage them; shared with whatever takes the answers of browsers.
    pub fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    /// The settings that scripts see.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Waits for `future` on the network's threads, which are started when there are none yet.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn wait<F: Future>(&self, future: F) -> io::Result<F::Output> {
        Ok(self.network()?.block_on(future))
    }

    /// The same, but gives up when `cancelled` is set: then there is no result.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn wait_unless<F: Future>(
        &self,
        future: F,
        cancelled: &AtomicBool,
    ) -> io::Result<Option<F::Output>> {
        let set = async {
            while !cancelled.load(Ordering::Relaxed) {
                tokio::time::sleep(LOOK).await;
            }
        };
        self.wait(async {
            tokio::select! {
                result = future => Some(result),
                () = set => None,
            }
        })
    }

    fn network(&self) -> io::Result<&Runtime> {
        if let Some(network) = self.network.get() {
            return Ok(network);
        }
        let started = Builder::new_multi_thread()
            .worker_threads(HTTP_THREADS)
            .thread_name("freshet-http")
            .enable_all()
            .build()?;
        Ok(self.network.get_or_init(|| started))
    }

    /// Runs a program to its end.
    pub fn run(
        &self,
        program: &Program,
        start: Start,
        arguments: &[Argument],
        options: &RunOptions,
    ) -> RunRecord {
        let begun = Instant::now();
        let record = self.with_session(options, |session| session.whole(program, start, arguments));
        match record {
            Ok(record) => RunRecord {
                duration: begun.elapsed(),
                ..record
            },
            Err(error) => RunRecord {
                duration: begun.elapsed(),
                ..RunRecord::ended_by(error)
            },
        }
    }

    /// Runs a program to its end on the thread at hand, which must have been made with [`script_thread`].
    pub(crate) fn run_here(
        &self,
        program: &Program,
        start: Start,
        arguments: &[Argument],
        options: &RunOptions,
    ) -> RunRecord {
        let begun = Instant::now();
        let record = fault::catch(|| self.session(options).whole(program, start, arguments));
        RunRecord {
            duration: begun.elapsed(),
            ..record.unwrap_or_else(|fault| RunRecord::ended_by(error_of_fault(&fault)))
        }
    }

    fn session<'e>(&'e self, options: &'e RunOptions) -> LiveSession<'e> {
        LiveSession {
            session: Session::new(options.limits.clone(), self.settings.clone()),
            keep_result: options.keep_result,
            host: RuntimeHost::new(self, options),
        }
    }

    /// Does `work` on the threads of the network, while this thread waits with next to nothing on its stack.
    ///
    /// # Errors
    /// When the system gives no threads, or on a fault of ours.
    pub(crate) fn perform<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Box<RuntimeError>> {
        let no_threads = |cause| error::internal(&format!("no threads for the network: {cause}"));
        let network = self.network().map_err(no_threads)?;
        let mut work = Box::pin(work);
        // Caught here, since what the runtime tells of a panic is its message, which can hold anything.
        let caught = poll_fn(
            move |context| match fault::catch(|| work.as_mut().poll(context)) {
                Ok(polled) => polled.map(Ok),
                Err(fault) => Poll::Ready(Err(error_of_fault(&fault))),
            },
        );
        let done = network.block_on(network.spawn(caught));
        done.unwrap_or_else(|_| Err(error::internal("the network's threads ended early")))
    }

    /// Gives `work` a session on a thread of its own, with the stack that scripts need. The session ends with it.
    ///
    /// # Errors
    /// When there is no thread to be had, or on a fault of ours.
    pub fn with_session<T: Send>(
        &self,
        options: &RunOptions,
        work: impl FnOnce(&mut LiveSession<'_>) -> T + Send,
    ) -> Result<T, Box<RuntimeError>> {
        let on_thread = || fault::catch(|| work(&mut self.session(options)));
        thread::scope(|scope| {
            let thread = script_thread()
                .spawn_scoped(scope, on_thread)
                .map_err(|cause| error::internal(&format!("no thread for the script: {cause}")))?;
            match thread.join() {
                Ok(Ok(result)) => Ok(result),
                Ok(Err(fault)) => Err(error_of_fault(&fault)),
                Err(_) => Err(error::internal("the script's thread ended early")),
            }
        })
    }
}

/// A thread with the stack that scripts need.
pub(crate) fn script_thread() -> thread::Builder {
    thread::Builder::new()
        .name("freshet-script".to_owned())
        .stack_size(STACK)
}

fn error_of_fault(fault: &Fault) -> Box<RuntimeError> {
    error::internal(&format!("a fault of Freshet at {}", fault.place))
}

/// A session that stays while its owner gives it one program after another: a run, or a REPL.
pub struct LiveSession<'e> {
    session: Session,
    keep_result: bool,
    host: RuntimeHost<'e>,
}

impl LiveSession<'_> {
    /// Runs a program. The variables of its body stay for the next one.
    ///
    /// # Errors
    /// The uncaught error that ended the run.
    pub fn run(
        &mut self,
        program: &Program,
        start: Start,
        arguments: &[Argument],
    ) -> Result<Value, Box<RuntimeError>> {
        let arguments = arguments
            .iter()
            .map(Argument::value)
            .collect::<Result<Vec<_>, _>>()?;
        self.host.begin();
        let outcome = self
            .session
            .run(program, start, arguments, &mut self.host)
            .map_err(|error| without_start(self.host.explained(error), start));
        // An output that fails at its very end fails the run; one that was closed has ended quietly.
        match (outcome, self.host.flush()) {
            (Ok(_), Err(end)) => Err(end),
            (outcome, _) => outcome,
        }
    }

    /// Runs an entry of a REPL. A statement that fails leaves the session as it was before it; gives also how many
    /// statements of the body ran to their end.
    pub fn run_entry(&mut self, program: &Program) -> (Result<Value, Box<RuntimeError>>, usize) {
        self.host.begin();
        let (outcome, done) = self.session.run_entry(program, &mut self.host);
        match (outcome, self.host.flush()) {
            (Ok(_), Err(end)) => (Err(end), done),
            (outcome, _) => (outcome, done),
        }
    }

    /// Whether web calls are told on standard error from now on.
    pub fn set_trace(&mut self, trace: bool) {
        self.host.set_trace(trace);
    }

    /// Runs a program and makes the record of it.
    fn whole(&mut self, program: &Program, start: Start, arguments: &[Argument]) -> RunRecord {
        let outcome = self.run(program, start, arguments);
        let settings = self.host.settings();
        let place = self.session.place_of_result();
        let printed = outcome.and_then(|value| {
            if !self.keep_result {
                return Ok(None);
            }
            printed(&value, settings).map_err(|mut error| {
                error.span.get_or_insert(place);
                error
            })
        });
        let (result, error) = match printed {
            Ok(result) => (result, None),
            Err(error) => (None, Some(error)),
        };
        self.record(result, error)
    }

    /// Place of the statement that gave the result of the last run or entry.
    pub fn place_of_result(&self) -> Span {
        self.session.place_of_result()
    }

    /// The variables of the body, by slot.
    pub fn variables(&self) -> &[Value] {
        self.session.variables()
    }

    /// Web calls made so far.
    pub fn http_calls(&self) -> u64 {
        self.host.calls()
    }

    /// Statements and loop turns executed so far.
    pub fn steps(&self) -> u64 {
        self.session.steps()
    }

    /// Forgets the variables.
    pub fn reset(&mut self) {
        self.session.reset();
    }

    /// The zone in which dates are shown.
    pub fn zone(&self) -> &Zone {
        &self.host.settings().zone
    }

    fn record(&mut self, result: Option<Printed>, error: Option<Box<RuntimeError>>) -> RunRecord {
        RunRecord {
            state: error
                .as_ref()
                .map_or(RunState::Succeeded, |error| state(error)),
            result,
            output: self.host.take_lines(),
            log: self.host.take_log(),
            notes: self.host.take_notes(),
            error,
            output_end: self.host.output_end().cloned(),
            http_calls: self.host.calls(),
            steps: self.session.steps(),
            duration: Duration::ZERO,
        }
    }
}

impl RunRecord {
    fn ended_by(error: Box<RuntimeError>) -> Self {
        Self {
            state: state(&error),
            result: None,
            output: Vec::new(),
            log: String::new(),
            notes: Notes::default(),
            error: Some(error),
            output_end: None,
            http_calls: 0,
            steps: 0,
            duration: Duration::ZERO,
        }
    }
}

/// The outermost call of a function that was started from outside stands in no script.
fn without_start(mut error: Box<RuntimeError>, start: Start) -> Box<RuntimeError> {
    if matches!(start, Start::Function(_)) {
        error.calls.pop();
    }
    error
}

fn state(error: &RuntimeError) -> RunState {
    match error.ending {
        Ending::Failed | Ending::Connection(_) | Ending::Stopped | Ending::Internal => {
            RunState::Failed
        }
        Ending::Limited => RunState::Limited,
        Ending::Cancelled => RunState::Cancelled,
    }
}

fn printed(value: &Value, settings: &Settings) -> Result<Option<Printed>, Box<RuntimeError>> {
    if value.is_null() {
        return Ok(None);
    }
    let mut json = String::new();
    display::write_json(value, &settings.zone, &mut json)?;
    Ok(Some(Printed {
        text: display::to_text(value, &settings.zone)?,
        json,
    }))
}
