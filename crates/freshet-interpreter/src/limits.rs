//! What a run may use, and what it has used.

use std::time::{Duration, Instant};

use crate::error::{self, Fallible};
use crate::library::builtin::World;
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
const STEPS_BETWEEN_LOOKS: u64 = 1000;

/// The same in bytes of the values that functions are given and give: some tenths of a second of the slowest ones.
const WORK_BETWEEN_LOOKS: usize = 8 << 20;

/// The time that a run may take.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit {
    begun: Instant,
    most: Option<Duration>,
}

impl TimeLimit {
    /// That time, from now on; `None` is without limit.
    pub fn new(most: Option<Duration>) -> Self {
        Self {
            begun: Instant::now(),
            most,
        }
    }

    /// Asks whether there is time left.
    ///
    /// # Errors
    /// R0102 when there is none.
    pub fn check(&self) -> Fallible<()> {
        match self.most {
            Some(most) if self.begun.elapsed() >= most => Err(error::limit_reached(
                "time",
                format_args!("{} ms", most.as_millis()),
            )),
            _ => Ok(()),
        }
    }
}

/// What a run has used of its limits.
#[derive(Debug)]
pub struct Meter {
    limits: Limits,
    /// Steps until the next look at clock, memory and host.
    countdown: u32,
    /// Steps counted at the last look.
    counted: u64,
    /// What the countdown was after it.
    window: u32,
    /// Bytes that functions have worked on since.
    work: usize,
}

impl Meter {
    /// A meter of a run that begins.
    pub fn new(limits: Limits) -> Self {
        let window = window(&limits, 0);
        Self {
            limits,
            countdown: window,
            counted: 0,
            window,
            work: 0,
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
    pub fn step(&mut self, world: &World<'_>) -> Fallible<()> {
        if self.countdown == 0 {
            return self.step_slowly(world);
        }
        self.countdown -= 1;
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn step_slowly(&mut self, world: &World<'_>) -> Fallible<()> {
        self.look(world)?;
        match (self.countdown, self.limits.steps) {
            (0, Some(steps)) => Err(error::limit_reached("steps", steps)),
            _ => {
                self.countdown -= 1;
                Ok(())
            }
        }
    }

    /// Counts the work of a function by the bytes of what it was given and gave: a thousand steps may be a thousand sorts
    /// of a large list.
    ///
    /// # Errors
    /// When a limit is reached, or the run is to stop.
    #[inline]
    pub fn work(&mut self, bytes: usize, world: &World<'_>) -> Fallible<()> {
        self.work = self.work.saturating_add(bytes);
        if self.work < WORK_BETWEEN_LOOKS {
            return Ok(());
        }
        self.look(world)
    }

    /// Looks whether the run may go on.
    ///
    /// # Errors
    /// When a limit of time or memory is reached, or the run is to stop.
    #[cold]
    #[inline(never)]
    pub fn look(&mut self, world: &World<'_>) -> Fallible<()> {
        self.counted = self.steps();
        self.window = 0;
        self.countdown = 0;
        self.work = 0;
        world.go_on()?;
        heap::check(0)?;
        self.window = window(&self.limits, self.counted);
        self.countdown = self.window;
        Ok(())
    }
}

/// Steps until the next look: at most a thousand, fewer when the limit of steps comes first, none at the limit.
fn window(limits: &Limits, counted: u64) -> u32 {
    let left = limits
        .steps
        .map_or(u64::MAX, |steps| steps.saturating_sub(counted));
    left.min(STEPS_BETWEEN_LOOKS) as u32
}
