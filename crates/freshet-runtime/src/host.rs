//! The real world, as scripts see it.

use std::cell::Cell;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use freshet_connections::{Call, ConnectionError, Reply, TurnTaken};
use freshet_interpreter::error::{self, Ending, RuntimeError};
use freshet_interpreter::host::{Host, HostError, Mail, UrlCall, UrlReply};
use freshet_interpreter::library::builtin::Settings;

use crate::batch::guard::{Missed, Notes};
use crate::engine::{Engine, MAIL_ACCOUNT, MailMode, RunOptions};
use crate::output::{Destination, OUTPUT_ENDED, Output, OutputEnd};
use crate::redact;

/// How often a waiting call looks whether the run was interrupted. A person does not notice it.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The same for the jobs of a batch, which are many, and which nobody watches one by one.
const LOOK_EVERY_IN_BATCH: Duration = Duration::from_millis(250);

/// The code of a link name that no connection has.
const UNKNOWN_LINK: &str = "C0001";

/// Exit codes of connections that a run keeps when nobody catches the error (connections, 9).
const KEPT_EXITS: [u8; 5] = [4, 69, 74, 75, 78];

/// The world of one session.
pub(crate) struct RuntimeHost<'e> {
    engine: &'e Engine,
    options: &'e RunOptions,
    output: Output,
    /// When the program that runs now began.
    begun: Instant,
    /// Time of it that calls waited for their turn, which costs a job nothing.
    waited: Duration,
    timed_out: Cell<bool>,
    notes: Notes,
    calls: u64,
    chance: RandomState,
    drawn: u64,
    /// One line on standard error for each web call.
    trace: bool,
}

impl<'e> RuntimeHost<'e> {
    pub(crate) fn new(engine: &'e Engine, options: &'e RunOptions) -> Self {
        Self {
            engine,
            options,
            output: Output::new(options.destination),
            begun: Instant::now(),
            waited: Duration::ZERO,
            timed_out: Cell::new(false),
            notes: Notes::default(),
            calls: 0,
            chance: RandomState::new(),
            drawn: 0,
            trace: options.trace,
        }
    }

    pub(crate) fn set_trace(&mut self, trace: bool) {
        self.trace = trace;
    }

    /// A program begins: its limit of time counts from here.
    pub(crate) fn begin(&mut self) {
        self.begun = Instant::now();
    }

    /// Web calls made so far.
    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    pub(crate) fn settings(&self) -> &'e Settings {
        self.engine.settings()
    }

    pub(crate) fn output_end(&self) -> Option<&OutputEnd> {
        self.output.end()
    }

    pub(crate) fn take_lines(&mut self) -> Vec<String> {
        self.output.take_lines()
    }

    pub(crate) fn take_log(&mut self) -> String {
        self.output.take_log()
    }

    pub(crate) fn take_notes(&mut self) -> Notes {
        Notes {
            timed_out: self.timed_out.get(),
            ..std::mem::take(&mut self.notes)
        }
    }

    /// Of that time, what is left.
    fn time_left(&self) -> Duration {
        let spent = self.begun.elapsed().saturating_sub(self.waited);
        let limit = time_limit(self.options).unwrap_or(Duration::MAX);
        limit.saturating_sub(spent)
    }

    /// A job that is stopped because its time is over is told so.
    pub(crate) fn explained(&self, error: Box<RuntimeError>) -> Box<RuntimeError> {
        if error.ending != Ending::Cancelled || !self.timed_out.get() {
            return error;
        }
        Box::new(RuntimeError {
            span: error.span,
            calls: error.calls,
            ..*time_over(self.options)
        })
    }

    /// Hands over what is kept back of the output.
    pub(crate) fn flush(&mut self) -> Result<(), Box<RuntimeError>> {
        self.output
            .flush()
            .map_err(|end| error::host(output_ended(&end)))
    }

    /// Says something on standard error, after everything printed before.
    fn say(&mut self, line: &str) {
        // What standard output is worth shows at the next line printed; standard error has no fallback.
        let _ = self.output.flush();
        let mut stderr = io::stderr().lock();
        let _ = stderr
            .write_all(line.as_bytes())
            .and_then(|()| stderr.write_all(b"\n"));
    }

    fn count_call(&mut self) -> Result<(), HostError> {
        if let Some(limit) = self.options.calls
            && self.calls >= limit
        {
            return Err(of_runtime_error(*error::limit_reached("calls", limit)));
        }
        self.calls += 1;
        Ok(())
    }

    /// Waits on the script's thread: the only place that does. `turn` is told when the work has waited for its turn; in a
    /// batch that waiting costs no time. What is waited for is made on the threads of the network: it is large, and this
    /// thread, one of thousands perhaps, keeps every page of its stack that it has once touched.
    fn wait_for<T: Send + 'static, F>(
        &mut self,
        turn: Arc<TurnTaken>,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T, Missed>
    where
        F: Future<Output = Result<T, ConnectionError>> + Send + 'static,
    {
        let _ = self.output.flush();
        let cancelled = Arc::clone(&self.options.cancelled);
        let (left, asked) = (self.time_left(), Instant::now());
        let in_batch = self.options.guard.is_some();
        let look = if in_batch {
            LOOK_EVERY_IN_BATCH
        } else {
            LOOK_EVERY
        };
        let turn = in_batch.then_some(turn);
        let told = turn.clone();
        let outcome = self.engine.perform(async move {
            let work = Box::pin(work());
            let over = async {
                if let Some(turn) = told {
                    turn.taken().await;
                }
                tokio::time::sleep(left).await;
            };
            tokio::select! {
                done = work => done.map_err(Stopped::Failed),
                () = until(&cancelled, look) => Err(Stopped::Cancelled),
                () = over => Err(Stopped::TimeOver),
            }
        });
        let had_turn = turn.as_deref().map(TurnTaken::at);
        if let Some(at) = had_turn {
            self.waited +=
                at.map_or_else(|| asked.elapsed(), |at| at.saturating_duration_since(asked));
        }
        let on_the_way = had_turn.is_none_or(|at| at.is_some());
        let missed = |error: RuntimeError, passing| Missed {
            error: of_runtime_error(error),
            passing,
            on_the_way,
        };
        match outcome {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(Stopped::Failed(error))) => Err(Missed {
                error: of_connection_error(&error),
                passing: error.may_pass(),
                on_the_way: error.may_have_arrived(),
            }),
            Ok(Err(Stopped::Cancelled)) => Err(missed(*error::cancelled(), false)),
            Ok(Err(Stopped::TimeOver)) => Err(missed(*time_over(self.options), true)),
            Err(error) => Err(missed(*error, false)),
        }
    }

    /// Sends a call; one of a job with its key, or marked as one that must not be repeated unasked.
    fn send_guarded(&mut self, mut call: Call, shows_status: bool) -> Result<Reply, HostError> {
        let unprotected =
            self.options.guard.as_ref().is_some_and(|guard| {
                guard.protect(&mut call, self.calls, self.engine.connections())
            });
        if unprotected {
            self.mark()?;
        }
        let turn = self.turn();
        call.turn = Some(Arc::clone(&turn));
        let connections = Arc::clone(self.engine.connections());
        match self.wait_for(turn, move || async move { connections.send(call).await }) {
            Ok(reply) => {
                self.notes.answered(unprotected, &reply, shows_status);
                Ok(reply)
            }
            Err(missed) => {
                self.notes.missed(unprotected, &missed);
                Err(missed.error)
            }
        }
    }

    /// The turn of a call: of the calls that wait, those of earlier jobs go first.
    fn turn(&self) -> Arc<TurnTaken> {
        let place = self.options.guard.as_ref().map_or(0, |guard| guard.place);
        Arc::new(TurnTaken::of_place(place))
    }

    /// Marks a job as having sent something that may have an effect, before it does.
    fn mark(&mut self) -> Result<(), HostError> {
        let Some(guard) = self.options.guard.as_ref().filter(|_| !self.notes.marked) else {
            return Ok(());
        };
        if !(guard.mark)() {
            return Err(of_runtime_error(*error::cancelled()));
        }
        self.notes.marked = true;
        Ok(())
    }

    fn show_request(&mut self, call: Call) -> Result<UrlReply, HostError> {
        let address = call.request.uri().to_string();
        let connection = call.connection.clone();
        let described = self
            .engine
            .connections()
            .describe(call)
            .map_err(|error| of_connection_error(&error))?;
        self.say(&dry_run_text(&described, connection.as_deref()));
        Ok(UrlReply {
            response: None,
            address,
        })
    }

    fn trace(&mut self, traced: &Traced, outcome: &Result<Reply, HostError>) {
        let connection = traced
            .connection
            .as_deref()
            .map(|link| format!(", connection {link}"))
            .unwrap_or_default();
        let line = match outcome {
            Ok(reply) => format!(
                "http: {} {}: {}, {} bytes, {} ms{connection}{}",
                traced.method,
                traced.address,
                reply.response.status().as_u16(),
                reply.response.body().len(),
                reply.elapsed.as_millis(),
                match (&traced.connection, reply.renewed) {
                    (None, _) => "",
                    (Some(_), true) => ", token renewed",
                    (Some(_), false) => ", token not renewed",
                },
            ),
            Err(error) => format!(
                "http: {} {}: {}{connection}",
                traced.method, traced.address, error.code
            ),
        };
        self.say(&line);
    }
}

impl Host for RuntimeHost<'_> {
    fn print(&mut self, line: &str) -> Result<(), HostError> {
        if let Some(limit) = self.options.output
            && self.output.written() + line.len() as u64 + 1 > limit
        {
            let limit = error::bytes(usize::try_from(limit).unwrap_or(usize::MAX));
            return Err(of_runtime_error(*error::limit_reached("output", limit)));
        }
        self.output.line(line).map_err(|end| output_ended(&end))
    }

    fn notice(&mut self, line: &str) {
        self.say(line);
    }

    fn now(&mut self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn random(&mut self) -> u64 {
        // SipHash under a key that the system has drawn is a sequence nobody can foretell.
        self.drawn += 1;
        self.chance.hash_one(self.drawn)
    }

    fn send(&mut self, call: UrlCall) -> Result<UrlReply, HostError> {
        self.count_call()?;
        let shows_status = call.shows_status;
        let call = Call {
            connection: call.connection,
            ..Call::new(call.request)
        };
        if self.options.dry_run {
            return self.show_request(call);
        }
        let traced = self.trace.then(|| Traced::of(&call));
        let outcome = self.send_guarded(call, shows_status);
        if let Some(traced) = &traced {
            self.trace(traced, &outcome);
        }
        outcome.map(|reply| UrlReply {
            response: Some(reply.response),
            address: reply.address,
        })
    }

    fn send_mail(&mut self, mail: Mail) -> Result<(), HostError> {
        match self.options.mail {
            MailMode::Drop => return Ok(()),
            MailMode::Send if !self.options.dry_run => {}
            MailMode::Send | MailMode::Print => {
                let text = mail_text(&mail);
                // A log is shown when its job has ended, and kept: what a job would have sent belongs there.
                if self.options.destination == Destination::Log {
                    return self.print(&text);
                }
                self.say(&text);
                return Ok(());
            }
        }
        self.mark()?;
        let link = self.options.mail_connection.clone();
        let mail = outgoing(mail);
        let connections = Arc::clone(self.engine.connections());
        let account = link.clone();
        let turn = self.turn();
        let told = Arc::clone(&turn);
        let sent = self.wait_for(turn, move || async move {
            connections.send_mail(&account, &mail, &told).await
        });
        let sent = match sent {
            Ok(()) => {
                self.notes.effect = true;
                Ok(())
            }
            Err(missed) => {
                self.notes.missed(true, &missed);
                Err(missed.error)
            }
        };
        match sent {
            // Nobody named the usual account: there is none rather than an unknown one.
            Err(error) if error.code == UNKNOWN_LINK && link == MAIL_ACCOUNT => {
                Err(of_runtime_error(*error::no_mail_account()))
            }
            sent => sent,
        }
    }

    fn cancelled(&self) -> bool {
        // The limit of a single run is watched by its meter, which knows nothing of turns.
        if self.options.guard.is_some() && self.time_left().is_zero() {
            self.timed_out.set(true);
        }
        self.timed_out.get() || self.options.cancelled.load(Ordering::Relaxed)
    }
}

/// What a trace line tells of a request, taken before it is sent.
struct Traced {
    method: http::Method,
    address: String,
    connection: Option<String>,
}

impl Traced {
    fn of(call: &Call) -> Self {
        Self {
            method: call.request.method().clone(),
            address: redact::address_without_values(&call.request.uri().to_string()),
            connection: call.connection.clone(),
        }
    }
}

/// A mail as the connections send it.
fn outgoing(mail: Mail) -> freshet_connections::Mail {
    let attachment =
        |file: freshet_interpreter::host::Attachment| freshet_connections::Attachment {
            name: file.name,
            media_type: file.media_type,
            bytes: file.bytes,
        };
    freshet_connections::Mail {
        from: mail.from,
        to: mail.to,
        cc: mail.cc,
        bcc: mail.bcc,
        reply_to: mail.reply_to,
        subject: mail.subject,
        message: mail.message,
        html: mail.html,
        attachments: mail.attachments.into_iter().map(attachment).collect(),
    }
}

/// A mail for people. Control characters are shown as escapes: one in a name would say something of its own on a
/// terminal, or begin a line that looks like another part of the mail.
fn mail_text(mail: &Mail) -> String {
    let mut text = format!("mail: from {}", visible(&mail.from));
    for (name, receivers) in [
        ("to", &mail.to),
        ("cc", &mail.cc),
        ("bcc", &mail.bcc),
        ("reply to", &mail.reply_to),
    ] {
        if !receivers.is_empty() {
            let receivers: Vec<String> = receivers.iter().map(|one| visible(one)).collect();
            text.push_str(&format!("\n  {name}: {}", receivers.join(", ")));
        }
    }
    text.push_str(&format!("\n  subject: {}", visible(&mail.subject)));
    for file in &mail.attachments {
        text.push_str(&format!(
            "\n  attachment: {} ({}, {} bytes)",
            visible(&file.name),
            visible(&file.media_type),
            file.bytes.len()
        ));
    }
    text.push_str(if mail.html { "\n  HTML:" } else { "\n  text:" });
    for line in mail.message.lines() {
        text.push_str(&format!("\n    {}", visible(line)));
    }
    text
}

/// A text with its control characters, all but tabs, as escapes: `\n`, `\u{1b}`.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && character != '\t' {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Why a call ended without a reply.
enum Stopped {
    Failed(ConnectionError),
    Cancelled,
    TimeOver,
}

/// A limit of time as messages show it.
/// The time that a run may take, if it is limited.
fn time_limit(options: &RunOptions) -> Option<Duration> {
    match &options.guard {
        Some(guard) => guard.timeout,
        None => options.limits.time,
    }
}

/// The time of a run is over; that of a job has an option of its own.
fn time_over(options: &RunOptions) -> Box<RuntimeError> {
    let limit = time_limit(options).unwrap_or_default();
    let error = error::limit_reached("time", format!("{} ms", limit.as_millis()));
    if options.guard.is_none() {
        return error;
    }
    error.help(
        "give each attempt more with `--timeout` (and `--limit time`, where that is shorter), or let the script do less",
    )
}

/// Returns once the flag is set.
async fn until(cancelled: &AtomicBool, look: Duration) {
    while !cancelled.load(Ordering::Relaxed) {
        tokio::time::sleep(look).await;
    }
}

/// A request for people: secrets of the connection as `***` already, those a script sent along by their names.
fn dry_run_text(request: &http::Request<Vec<u8>>, connection: Option<&str>) -> String {
    /// Bytes of a body that are shown.
    const MOST: usize = 4096;
    let mut text = format!(
        "dry run: {} {}",
        request.method(),
        redact::address(&request.uri().to_string())
    );
    if let Some(link) = connection {
        text.push_str(&format!("\n  connection: {link}"));
    }
    for (name, value) in request.headers() {
        let value = if redact::is_secret_name(name.as_str()) {
            "***".into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        text.push_str(&format!("\n  {name}: {value}"));
    }
    let body = request.body();
    match std::str::from_utf8(body) {
        Ok("") => {}
        Ok(body) if body.len() <= MOST => {
            text.push_str(&format!("\n  {}", body.replace('\n', "\n  ")))
        }
        _ => text.push_str(&format!("\n  ({} bytes)", body.len())),
    }
    text
}

fn of_connection_error(error: &ConnectionError) -> HostError {
    let ending = match error.exit() {
        exit if KEPT_EXITS.contains(&exit) => Ending::Connection(exit),
        _ => Ending::Failed,
    };
    HostError {
        code: error.code(),
        message: error.message().to_owned(),
        help: error.help().map(str::to_owned),
        ending,
    }
}

fn of_runtime_error(error: RuntimeError) -> HostError {
    HostError {
        code: error.code,
        message: error.message,
        help: error.help,
        ending: error.ending,
    }
}

/// R0105: nothing more can be printed. Ends the run as an interruption does; the record says why.
fn output_ended(end: &OutputEnd) -> HostError {
    let message = match end {
        OutputEnd::Closed => "the output was closed".to_owned(),
        OutputEnd::Failed(cause) => format!("the output cannot be written: {cause}"),
    };
    HostError {
        code: OUTPUT_ENDED,
        message,
        help: None,
        ending: Ending::Cancelled,
    }
}
