//! What a run may use, and what it has used.

use std::time::{Duration, Instant};

use crate::error::{self, Fallible};
use crate::host::Host;
use crate::value::heap;

/// What a run may use (language reference, 8). `None` is without limit.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Executed statements and loop turns.
    pub steps: Option<u64>,
    /// Wall time of the run.
    pub time: Option<Duration>,
    /// Bytes that the values of the script may take.
    pub memory: usize,
    /// Calls of user functions inside each other.
    pub depth: usize,
    /// Bytes of the thread's stack that the run may use. Depth is refused before the stack ends, whatever a call needs.
    pub stack: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: None,
            time: None,
            memory: 512 << 20,
            depth: 1000,
            stack: 56 << 20,
        }
    }
}

/// How often the clock and the host are asked: once in so many steps.
const STEPS_BETWEEN_CHECKS: u32 = 1000;

/// What a run has used of its limits.
#[derive(Debug)]
pub struct Meter {
    limits: Limits,
    /// Steps until the next look at clock, memory and host.
    countdown: u32,
    /// Steps counted at the last look.
    counted: u64,
    window: u32,
    started: Instant,
}

impl Meter {
    /// A meter that starts now.
    pub fn new(limits: Limits) -> Self {
        let window = window(&limits, 0);
        Self {
            limits,
            countdown: window,
            counted: 0,
            window,
            started: Instant::now(),
        }
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Steps executed so far.
    pub fn steps(&self) -> u64 {
        self.counted + u64::from(self.window - self.countdown)
    }

    /// Counts one executed statement or loop turn.
    ///
    /// # Errors
    /// When a limit is reached, or the run is to stop.
    #[inline(always)]
    pub fn step(&mut self, host: &dyn Host) -> Fallible<()> {
        if self.countdown == 0 {
            return self.look(host);
        }
        self.countdown -= 1;
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn look(&mut self, host: &dyn Host) -> Fallible<()> {
        self.counted += u64::from(self.window);
        self.countdown = 0;
        self.window = 0;
        if host.cancelled() {
            return Err(error::cancelled());
        }
        heap::check(0)?;
        if let Some(steps) = self.limits.steps
            && self.counted >= steps
        {
            return Err(error::limit_reached("steps", steps));
        }
        if let Some(time) = self.limits.time
            && self.started.elapsed() >= time
        {
            return Err(error::limit_reached(
                "time",
                format_args!("{} ms", time.as_millis()),
            ));
        }
        self.window = window(&self.limits, self.counted);
        self.countdown = self.window - 1;
        Ok(())
    }
}

/// Steps until the next look: at most a thousand, fewer when the limit of steps comes first.
fn window(limits: &Limits, counted: u64) -> u32 {
    match limits.steps {
        Some(steps) => steps
            .saturating_sub(counted)
            .clamp(1, u64::from(STEPS_BETWEEN_CHECKS)) as u32,
        None => STEPS_BETWEEN_CHECKS,
    }
}
