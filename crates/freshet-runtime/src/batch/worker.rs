//! Runs the jobs of a batch: many threads that run scripts, and one that speaks to the store.
//!
//! Threads take jobs in their order and tell how they ended. Whatever was told while a group was being written is the
//! next group: results are stored in one transaction a group, and count as done after it. Jobs are taken from the
//! store ahead of need only as far as they end quickly, so that several processes share a batch fairly.

mod crew;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use freshet_interpreter::error::RuntimeError;
use freshet_interpreter::limits::Limits;

use super::plan::Unit;
use super::queue::{Claimed, Settled, Store, StoreError, Worker};
use super::record::{Counts, JobState, SlowJob};
use crate::engine::{Engine, MailMode};
use crew::{Crew, Done, Told};

/// How long a lease lasts; it is renewed after a third of it.
pub const LEASE: Duration = Duration::from_secs(60);

/// Between two looks at the store for what other processes did to the batch.
const LOOK: Duration = Duration::from_millis(250);

/// Between two looks for jobs of processes that have ended.
const TAKE_OVER: Duration = Duration::from_secs(2);

/// Between two reports of progress.
const TICK: Duration = Duration::from_millis(100);

/// Results that one transaction stores at most.
const GROUP: usize = 4096;

/// Jobs that are taken ahead of need at most.
const AHEAD: usize = 2048;

/// How long results are gathered for a group while threads have jobs to go on with: a transaction costs as much as
/// many jobs.
const GATHER: Duration = Duration::from_millis(10);

/// Between two looks at what was gathered. Whoever tells something then need not wake this thread.
const NAP: Duration = Duration::from_millis(1);

/// How many of the jobs are named that took longest.
const SLOWEST: usize = 5;

/// Until jobs that were told to stop are left to themselves.
const LAST_GRACE: Duration = Duration::from_secs(5);

/// How a batch is to be run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Jobs at a time.
    pub in_flight: usize,
    /// Further attempts of a job that failed transiently.
    pub retries: u64,
    /// For one attempt.
    pub timeout: Option<Duration>,
    /// Failures after which no more jobs are taken.
    pub max_failures: Option<u64>,
    /// Repeat requests that may have had an effect.
    pub retry_unsafe: bool,
    /// What a job may use.
    pub limits: Limits,
    /// Web calls that a job may make.
    pub calls: Option<u64>,
    /// Bytes that a job may print.
    pub output: Option<u64>,
    /// Show web calls instead of sending them.
    pub dry_run: bool,
    /// What becomes of mail.
    pub mail: MailMode,
    /// The link name of the account of `sendmail`.
    pub mail_connection: String,
    /// How long a lease lasts.
    pub lease: Duration,
    /// How long running jobs get when the batch is interrupted.
    pub grace: Duration,
}

/// What is run.
#[derive(Clone)]
pub struct Work {
    /// The id of the batch.
    pub batch: String,
    /// What its idempotency keys are made of.
    pub salt: String,
    /// Its scripts and functions, compiled.
    pub units: Arc<Vec<Unit>>,
}

/// Why a run of a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// No job is left.
    Done,
    /// As many failures as were allowed.
    TooManyFailures,
    /// Interrupted from outside.
    Interrupted,
    /// Cancelled through the store.
    Cancelled,
}

/// What a run of a batch came to.
#[derive(Clone, Debug)]
pub struct Finish {
    /// Why it ended.
    pub end: End,
    /// The jobs by state.
    pub counts: Counts,
    /// How many this process ended.
    pub ended: u64,
    /// Those of them that took longest.
    pub slowest: Vec<SlowJob>,
    /// How long this process took.
    pub duration: Duration,
}

/// What is told while a batch runs.
pub enum Event<'a> {
    /// A job ended, and that is stored.
    Ended(Ended<'a>),
    /// A job will be run again.
    Again(Ended<'a>, Duration),
    /// The result of a job was not stored, since another process had taken it over.
    Refused(u64),
    /// Jobs were taken over from a process that ended: how many run again, and how many are uncertain.
    TakenOver(u64, u64),
    /// The batch is interrupted, and jobs still run: how long they get.
    Stopping(Duration),
    /// Some time has passed.
    Tick(&'a Progress),
}

/// A job that ended.
pub struct Ended<'a> {
    /// Its number in the batch.
    pub number: u64,
    /// What names it.
    pub key: Option<&'a str>,
    /// The unit it belongs to.
    pub unit: usize,
    /// How it ended.
    pub state: JobState,
    /// How long it took.
    pub duration: Duration,
    /// What it printed.
    pub log: &'a str,
    /// Its error, as it is stored.
    pub error: Option<&'a super::record::JobError>,
    /// Its error, as the script had it.
    pub cause: Option<&'a RuntimeError>,
}

/// How far a batch is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The jobs by state.
    pub counts: Counts,
    /// Jobs that run in this process.
    pub in_flight: usize,
    /// Those that have run longest: their names and since when.
    pub longest: Vec<(String, Duration)>,
    /// Jobs that this process ended.
    pub ended: u64,
    /// Since this process began.
    pub elapsed: Duration,
}

/// A batch that is being run.
struct Run<'a> {
    store: &'a mut Store,
    worker: Worker,
    options: &'a Options,
    crew: Crew,
    told: Receiver<Told>,
    watch: &'a mut dyn FnMut(Event<'_>),
    counts: Counts,
    /// Jobs taken and not settled.
    held: usize,
    /// Attempts that ended and are not stored.
    pending: Vec<(Settled, Done)>,
    /// Jobs to take ahead of need: twice as many as ended during the last group, so that the next may be larger.
    ahead: usize,
    /// The store had fewer jobs than were asked for.
    dry: bool,
    /// Why no more jobs are taken.
    ending: Option<End>,
    /// When the running jobs are stopped, and when they are left to themselves.
    deadline: Option<Instant>,
    begun: Instant,
    ended: u64,
    slowest: Vec<SlowJob>,
    failures: u64,
    renewed: Instant,
    looked: Option<Instant>,
    taken_over: Option<Instant>,
    ticked: Instant,
}

/// Runs the jobs of a batch until none is left, or until it is to end. `stop` is set from outside.
///
/// # Errors
/// Those of the store. What was stored before stays; the rest is run again by `resume`.
pub fn run(
    engine: &Arc<Engine>,
    store: &mut Store,
    work: &Work,
    options: &Options,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Finish, StoreError> {
    let batch = work.batch.as_str();
    let worker = store.worker(batch, options.lease, options.in_flight)?;
    let salt = format!("{batch}:{}", work.salt);
    let (crew, told) = Crew::new(engine, &work.units, options, &salt);
    let counts = store.counts(batch)?;
    let begun = Instant::now();
    let mut run = Run {
        store,
        worker,
        options,
        crew,
        told,
        watch,
        counts,
        held: 0,
        pending: Vec::new(),
        ahead: 0,
        dry: false,
        ending: None,
        deadline: None,
        begun,
        ended: 0,
        slowest: Vec::new(),
        failures: 0,
        renewed: begun,
        looked: None,
        taken_over: None,
        ticked: begun,
    };
    let outcome = run.go_on(stop);
    run.crew.close();
    let counts = outcome?;
    let end = match run.ending {
        // The last failure that was allowed was that of the last job: nothing was left to stop.
        Some(End::TooManyFailures) if counts.left() == 0 => End::Done,
        ending => ending.unwrap_or(End::Done),
    };
    let finish = Finish {
        end,
        counts,
        ended: run.ended,
        slowest: run.slowest,
        duration: begun.elapsed(),
    };
    Ok(finish)
}

impl Run<'_> {
    /// Gives the jobs by state at the end. Where it ends by itself, none is left.
    fn go_on(&mut self, stop: &AtomicBool) -> Result<Counts, StoreError> {
        loop {
            self.look_around(stop)?;
            self.exchange()?;
            self.tick();
            if self.held == 0 && self.pending.is_empty() {
                if self.ending.is_some() {
                    return self.store.end(&self.worker);
                }
                if self.dry {
                    // What was seen before the exchange is no ground: a job may be ready again since.
                    let look = self.store.look(&self.worker)?;
                    if look.is_due() {
                        self.dry = false;
                        continue;
                    }
                    if look.next.is_none() && !look.others {
                        // Nor is a look: another process may have made jobs ready since.
                        let counts = self.store.end(&self.worker)?;
                        if counts.left() == 0 {
                            return Ok(counts);
                        }
                    }
                }
            }
            if self.deadline.is_some_and(|end| Instant::now() >= end) {
                if self.crew.is_stopped() {
                    // They do not end: the process will.
                    return self.store.end(&self.worker);
                }
                self.crew.stop();
                self.deadline = Some(Instant::now() + LAST_GRACE);
            }
            self.listen()?;
        }
    }

    /// What has to be done from time to time.
    fn look_around(&mut self, stop: &AtomicBool) -> Result<(), StoreError> {
        if self.renewed.elapsed() >= self.options.lease / 3 {
            self.renewed = Instant::now();
            self.store.renew(&self.worker)?;
        }
        if stop.load(Ordering::Relaxed) && self.ending != Some(End::Interrupted) {
            self.end_early(End::Interrupted)?;
            self.deadline = Some(Instant::now() + self.options.grace);
            if self.held > 0 {
                (self.watch)(Event::Stopping(self.options.grace));
            }
        }
        if self.looked.is_some_and(|last| last.elapsed() < LOOK) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        let look = self.store.look(&self.worker)?;
        if look.cancelled && !matches!(self.ending, Some(End::Cancelled)) {
            self.end_early(End::Cancelled)?;
            self.crew.stop();
            self.deadline = Some(Instant::now() + LAST_GRACE);
        }
        if look.is_due() {
            self.dry = false;
        }
        if look.others
            && self
                .taken_over
                .is_none_or(|last| last.elapsed() >= TAKE_OVER)
        {
            self.taken_over = Some(Instant::now());
            let (ready, uncertain) = self
                .store
                .take_over(&self.worker, self.options.retry_unsafe)?;
            if ready + uncertain > 0 {
                self.counts.take(JobState::Running, ready + uncertain);
                self.counts.add(JobState::Ready, ready);
                self.counts.add(JobState::Uncertain, uncertain);
                self.dry = false;
                // Of a cancelled batch none runs again.
                let again = if look.cancelled { 0 } else { ready };
                if again + uncertain > 0 {
                    (self.watch)(Event::TakenOver(again, uncertain));
                }
            }
        }
        Ok(())
    }

    /// Takes no more jobs, and gives back those that were not begun.
    fn end_early(&mut self, why: End) -> Result<(), StoreError> {
        self.ending = Some(why);
        let unbegun: Vec<i64> = self.crew.take_waiting();
        self.held -= unbegun.len();
        let state = match why {
            End::Cancelled => JobState::Cancelled,
            _ => JobState::Ready,
        };
        self.counts.take(JobState::Running, unbegun.len() as u64);
        self.counts.add(state, unbegun.len() as u64);
        self.store.give_back(&self.worker, &unbegun, state)
    }

    /// Whether as many failures as are allowed are reached with those that are not stored yet.
    fn is_full_of_failures(&self) -> bool {
        let is_failure = |state| matches!(state, JobState::Failed | JobState::Uncertain);
        let pending = self.pending.iter();
        let new = pending
            .filter(|(settled, _)| is_failure(settled.state))
            .count() as u64;
        self.options
            .max_failures
            .is_some_and(|most| self.failures + new >= most)
    }

    /// Stores what ended and takes new jobs.
    fn exchange(&mut self) -> Result<(), StoreError> {
        let most = match self.ending {
            None if !self.dry && !self.is_full_of_failures() => {
                (self.options.in_flight + self.ahead).saturating_sub(self.held - self.pending.len())
            }
            _ => 0,
        };
        if self.pending.is_empty() && most == 0 {
            return Ok(());
        }
        let (settled, done): (Vec<Settled>, Vec<Done>) =
            std::mem::take(&mut self.pending).into_iter().unzip();
        let exchanged = self.store.exchange(&self.worker, &settled, most)?;
        self.held -= settled.len();
        self.held += exchanged.claimed.len();
        // Where failures are counted, a job taken ahead would run after the last that is allowed.
        self.ahead = match self.options.max_failures {
            Some(_) => 0,
            None => (2 * settled.len()).min(AHEAD),
        };
        self.dry |= exchanged.claimed.len() < most;
        let claimed = exchanged.claimed.len() as u64;
        self.counts.take(JobState::Ready, claimed);
        self.counts.add(JobState::Running, claimed);
        self.crew
            .give(exchanged.claimed)
            .map_err(|cause| StoreError::no_threads(&cause))?;
        for (place, (settled, done)) in settled.iter().zip(&done).enumerate() {
            if exchanged.refused.contains(&place) {
                (self.watch)(Event::Refused(done.claimed.number));
            } else {
                self.tell(settled, done);
            }
        }
        if let Some(most) = self.options.max_failures
            && self.failures >= most
            && self.ending.is_none()
        {
            self.end_early(End::TooManyFailures)?;
        }
        Ok(())
    }

    /// Counts a job that ended, now that this is stored.
    fn tell(&mut self, settled: &Settled, done: &Done) {
        self.counts.take(JobState::Running, 1);
        self.counts.add(settled.state, 1);
        let ended = Ended {
            number: done.claimed.number,
            key: done.claimed.key.as_deref(),
            unit: done.claimed.unit as usize,
            state: settled.state,
            duration: settled.duration,
            log: &settled.log,
            error: settled.error.as_ref(),
            cause: done.cause.as_deref(),
        };
        if settled.state == JobState::Ready {
            if settled.counts {
                let wait = u64::try_from(settled.run_at - settled.ended_at).unwrap_or(0);
                (self.watch)(Event::Again(ended, Duration::from_millis(wait)));
            }
            return;
        }
        self.ended += 1;
        self.compare(&ended);
        self.failures += u64::from(matches!(
            settled.state,
            JobState::Failed | JobState::Uncertain
        ));
        (self.watch)(Event::Ended(ended));
    }

    /// Keeps a job among those that took longest, if it is one of them.
    fn compare(&mut self, ended: &Ended<'_>) {
        let slower = |job: &SlowJob| job.duration >= ended.duration;
        let place = self.slowest.partition_point(slower);
        if place == SLOWEST {
            return;
        }
        let job = SlowJob {
            number: ended.number,
            key: ended.key.map(str::to_owned),
            duration: ended.duration,
        };
        self.slowest.insert(place, job);
        self.slowest.truncate(SLOWEST);
    }

    /// Waits for threads to tell something, and gathers a group of it.
    fn listen(&mut self) -> Result<(), StoreError> {
        let wait = if self.options.grace < LOOK {
            self.options.grace
        } else {
            TICK
        };
        let mut marks = Vec::new();
        match self.told.recv_timeout(wait) {
            Ok(first) => self.hear(first, &mut marks),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
        }
        let end = Instant::now() + GATHER;
        loop {
            while self.pending.len() < GROUP
                && let Ok(next) = self.told.try_recv()
            {
                self.hear(next, &mut marks);
            }
            // A job that waits for its mark is not kept waiting.
            let is_enough = !marks.is_empty() || self.pending.len() >= GROUP;
            if is_enough || Instant::now() >= end || !self.crew.has_waiting() {
                break;
            }
            std::thread::sleep(NAP);
        }
        if marks.is_empty() {
            return Ok(());
        }
        let jobs: Vec<i64> = marks.iter().map(|(job, _)| *job).collect();
        let marked = self.store.mark_sent(&self.worker, &jobs);
        for (place, (_, reply)) in marks.into_iter().enumerate() {
            let is_marked = marked
                .as_ref()
                .is_ok_and(|marked| marked.get(place) == Some(&true));
            // Whoever waited may have been left to itself.
            let _ = reply.send(is_marked);
        }
        marked.map(drop)
    }

    fn hear(&mut self, told: Told, marks: &mut Vec<crew::Mark>) {
        match told {
            Told::Sent(mark) => marks.push(mark),
            Told::Ended(done) => {
                let cancelled = self.ending == Some(End::Cancelled);
                let (settled, done) = verdict::settle(*done, self.options, cancelled);
                self.pending.push((settled, done));
            }
        }
    }

    fn tick(&mut self) {
        if self.ticked.elapsed() < TICK {
            return;
        }
        self.ticked = Instant::now();
        let (in_flight, longest) = self.crew.running();
        let progress = Progress {
            counts: self.counts,
            in_flight,
            longest,
            ended: self.ended,
            elapsed: self.begun.elapsed(),
        };
        (self.watch)(Event::Tick(&progress));
    }
}

/// What a person calls a job.
#[must_use]
pub fn label(number: u64, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("job {number} ({key})"),
        None => format!("job {number}"),
    }
}

impl Claimed {
    fn label(&self) -> String {
        label(self.number, self.key.as_deref())
    }
}
