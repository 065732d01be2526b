//! The threads that run scripts, made as they are needed.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use freshet_interpreter::error::{self, RuntimeError};

use super::{Options, Unit};
use crate::batch::guard::{Guard, Headers};
use crate::batch::plan;
use crate::batch::queue::{Claimed, now};
use crate::engine::{self, Engine, RunOptions, RunRecord};
use crate::output::Destination;

/// How many of the running jobs are named.
const NAMED: usize = 3;

/// A job that wants to be marked as having sent something, and where its thread waits for that.
pub(super) type Mark = (i64, SyncSender<bool>);

/// What a thread tells.
pub(super) enum Told {
    Ended(Box<Done>),
    Sent(Mark),
}

/// An attempt that ended.
pub(super) struct Done {
    pub claimed: Claimed,
    pub unit: Arc<Vec<Unit>>,
    pub started_at: i64,
    /// What is kept of the run; taken apart when it is settled.
    pub record: Option<RunRecord>,
    /// Its error.
    pub cause: Option<Box<RuntimeError>>,
}

/// What all threads share.
struct Shared {
    engine: Arc<Engine>,
    units: Arc<Vec<Unit>>,
    options: Options,
    /// What idempotency keys begin with.
    salt: String,
    headers: Arc<Headers>,
    stopped: Arc<AtomicBool>,
    jobs: Mutex<Jobs>,
    wake: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Claimed>,
    running: HashMap<i64, (String, Instant)>,
    idle: usize,
    threads: usize,
    closed: bool,
}

/// The threads.
pub(super) struct Crew {
    shared: Arc<Shared>,
    teller: Sender<Told>,
}

impl Crew {
    pub fn new(
        engine: &Arc<Engine>,
        units: &Arc<Vec<Unit>>,
        options: &Options,
        salt: &str,
    ) -> (Self, Receiver<Told>) {
        let (teller, told) = channel();
        let shared = Arc::new(Shared {
            engine: Arc::clone(engine),
            units: Arc::clone(units),
            options: options.clone(),
            salt: salt.to_owned(),
            headers: Arc::default(),
            stopped: Arc::default(),
            jobs: Mutex::default(),
            wake: Condvar::new(),
        });
        (Self { shared, teller }, told)
    }

    /// Gives jobs to threads: to those that wait for some, and to new ones.
    pub fn give(&self, claimed: Vec<Claimed>) -> io::Result<()> {
        if claimed.is_empty() {
            return Ok(());
        }
        let mut jobs = self.shared.lock();
        jobs.waiting.extend(claimed);
        let missing = jobs.waiting.len().saturating_sub(jobs.idle);
        let wanted = missing.min(self.shared.options.in_flight.saturating_sub(jobs.threads));
        for _ in 0..wanted {
            let (shared, teller) = (Arc::clone(&self.shared), self.teller.clone());
            let made = engine::script_thread().spawn(move || shared.work(&teller));
            match made {
                Ok(_) => jobs.threads += 1,
                // The machine gives no more threads; those there are do all the work.
                Err(_) if jobs.threads > 0 => break,
                Err(cause) => return Err(cause),
            }
        }
        let idle = jobs.idle.min(jobs.waiting.len());
        drop(jobs);
        for _ in 0..idle {
            self.shared.wake.notify_one();
        }
        Ok(())
    }

    /// Takes back what was given and not begun.
    pub fn take_waiting(&self) -> Vec<i64> {
        let waiting = std::mem::take(&mut self.shared.lock().waiting);
        waiting.into_iter().map(|job| job.id).collect()
    }

    /// Whether threads that become free have jobs to go on with.
    pub fn has_waiting(&self) -> bool {
        !self.shared.lock().waiting.is_empty()
    }

    /// Tells the running jobs to stop.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Relaxed)
    }

    /// Lets the threads end when they have nothing to do.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
    }

    /// How many jobs run, and which have run longest.
    pub fn running(&self) -> (usize, Vec<(String, Duration)>) {
        let jobs = self.shared.lock();
        let mut longest: Vec<&(String, Instant)> = jobs.running.values().collect();
        if longest.len() > NAMED {
            longest.select_nth_unstable_by_key(NAMED, |(_, since)| *since);
            longest.truncate(NAMED);
        }
        longest.sort_unstable_by_key(|(_, since)| *since);
        let named = longest
            .into_iter()
            .map(|(name, since)| (name.clone(), since.elapsed()))
            .collect();
        (jobs.running.len(), named)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        // Nothing panics while it holds the lock.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a thread.
    fn work(&self, teller: &Sender<Told>) {
        while let Some(claimed) = self.next() {
            let id = claimed.id;
            let done = Box::new(self.perform(claimed, teller));
            self.lock().running.remove(&id);
            if teller.send(Told::Ended(done)).is_err() {
                return;
            }
        }
    }

    fn next(&self) -> Option<Claimed> {
        let mut jobs = self.lock();
        loop {
            if let Some(claimed) = jobs.waiting.pop_front() {
                jobs.running
                    .insert(claimed.id, (claimed.label(), Instant::now()));
                return Some(claimed);
            }
            if jobs.closed {
                return None;
            }
            jobs.idle += 1;
            jobs = self.wake.wait(jobs).unwrap_or_else(PoisonError::into_inner);
            jobs.idle -= 1;
        }
    }

    fn perform(&self, claimed: Claimed, teller: &Sender<Told>) -> Done {
        let started_at = now();
        let outcome = match self.units.get(claimed.unit as usize) {
            Some(unit) => self.run(unit, &claimed, teller),
            None => Err(error::internal("a job has no unit")),
        };
        let (record, cause) = match outcome {
            Ok(mut record) => {
                let cause = record.error.take();
                (Some(record), cause)
            }
            Err(error) => (None, Some(error)),
        };
        Done {
            claimed,
            unit: Arc::clone(&self.units),
            started_at,
            record,
            cause,
        }
    }

    fn run(
        &self,
        unit: &Unit,
        claimed: &Claimed,
        teller: &Sender<Told>,
    ) -> Result<RunRecord, Box<RuntimeError>> {
        let zone = &self.engine.settings().zone;
        let arguments = plan::loaded(&claimed.arguments)
            .map_err(|wrong| vec![wrong])
            .and_then(|given| unit.arguments(&given, zone))
            .map_err(|wrong| {
                let first = wrong.first().map_or("", |wrong| wrong.message.as_str());
                error::internal(first)
            })?;
        let (id, teller) = (claimed.id, teller.clone());
        let mark = move || {
            let (reply, wait) = sync_channel(1);
            teller.send(Told::Sent((id, reply))).is_ok() && wait.recv().unwrap_or(false)
        };
        let options = RunOptions {
            limits: self.options.limits.clone(),
            calls: self.options.calls,
            output: self.options.output,
            destination: Destination::Log,
            keep_result: true,
            dry_run: self.options.dry_run,
            mail: self.options.mail,
            mail_connection: self.options.mail_connection.clone(),
            trace: false,
            cancelled: Arc::clone(&self.stopped),
            guard: Some(Guard {
                job: format!("{}:{}", self.salt, claimed.number).into(),
                place: claimed.number,
                headers: Arc::clone(&self.headers),
                mark: Arc::new(mark),
                timeout: self.options.timeout,
            }),
        };
        Ok(self
            .engine
            .run_here(&unit.program, unit.start, &arguments, &options))
    }
}
