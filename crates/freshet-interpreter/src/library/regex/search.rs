//! The search for a pattern in a text, which always ends in time.
//!
//! The engine bounds the steps back of one search, but neither what a step costs (it may go over the whole text again)
//! nor all the searches of a text together, and it cannot be stopped. It reads the text through a trait, though: so the
//! text itself counts how often it is read, looks now and then whether the search may go on, and unwinds out of the engine
//! when it may not. Nothing of the engine's state outlives that.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use fancy_regex::Input;

use super::{Pattern, search_fault, too_long};
use crate::error::{Fallible, RuntimeError};

/// How long all searches of one call may take together, for a short text.
const LONGEST: Duration = Duration::from_secs(1);

/// How much longer they may take for each byte of the text.
const LONGER_A_BYTE: Duration = Duration::from_nanos(500);

/// The most that counts of the time between two looks: what is longer, the thread has mostly been waiting for a processor.
const LONGEST_BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Bytes that the engine may go over between two looks: it may read the rest of the text each time.
const BYTES_BETWEEN_LOOKS: usize = 1 << 20;

/// Most readings between two looks.
const MOST_READINGS: usize = 256;

/// One match: byte ranges of the whole and of the groups.
pub(super) struct Found {
    pub whole: (usize, usize),
    /// Number 0 is the whole match; missing groups took no part.
    groups: Vec<Option<(usize, usize)>>,
}

impl Found {
    pub fn group(&self, number: usize) -> Option<(usize, usize)> {
        match number {
            0 => Some(self.whole),
            _ => self.groups.get(number).copied().flatten(),
        }
    }
}

/// A pattern that is searched for in a text, as often as a call needs.
pub(super) struct Search<'a> {
    pub function: &'a str,
    pub pattern: &'a Pattern,
    pub text: &'a str,
    go_on: &'a dyn Fn() -> Fallible<()>,
    /// Time left, and when it was last counted.
    left: Cell<Duration>,
    looked: Cell<Instant>,
    /// Readings between two looks, and until the next one.
    window: u32,
    countdown: Cell<u32>,
    /// Why the search was ended.
    ended: Cell<Option<Box<RuntimeError>>>,
}

/// What unwinds out of the engine.
struct Ended;

impl<'a> Search<'a> {
    /// A search that begins now; `go_on` is asked now and then whether it may go on.
    pub fn new(
        function: &'a str,
        pattern: &'a Pattern,
        text: &'a str,
        go_on: &'a dyn Fn() -> Fallible<()>,
    ) -> Self {
        let readings = BYTES_BETWEEN_LOOKS / text.len().max(1);
        let window = readings.clamp(1, MOST_READINGS) as u32;
        let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self {
            function,
            pattern,
            text,
            go_on,
            left: Cell::new(LONGEST + LONGER_A_BYTE * bytes),
            looked: Cell::new(Instant::now()),
            window,
            countdown: Cell::new(window),
            ended: Cell::new(None),
        }
    }

    /// Does `work`, which searches. It ends when the searches have taken too long, or are not to go on.
    ///
    /// # Errors
    /// Those of `work`; R0016 for a pattern that takes too many steps; what `go_on` says.
    pub fn bounded<T>(&self, work: impl FnOnce() -> Fallible<T>) -> Fallible<T> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|thrown| match self.ended.take() {
            Some(error) if thrown.is::<Ended>() => Err(error),
            _ => resume_unwind(thrown),
        })
    }

    /// Does `work`, which does not search; it takes none of the time for searches.
    ///
    /// # Errors
    /// Those of `work`; what `go_on` says.
    pub fn paused<T>(&self, work: impl FnOnce() -> Fallible<T>) -> Fallible<T> {
        let begun = Instant::now();
        (self.go_on)()?;
        let done = work()?;
        self.looked.set(self.looked.get() + begun.elapsed());
        Ok(done)
    }

    /// True if the pattern matches anywhere.
    pub fn is_match(&self) -> Fallible<bool> {
        let found = self.pattern.engine.is_match(self);
        found.map_err(|fault| search_fault(self.function, &self.pattern.source, &fault))
    }

    /// The first match at or after the byte `from`, which lies directly `after_empty` match or not, with its groups only
    /// when they are wanted: finding them costs more.
    pub fn find(
        &self,
        from: usize,
        after_empty: bool,
        with_groups: bool,
    ) -> Fallible<Option<Found>> {
        let engine = match &self.pattern.after_empty {
            Some(other) if after_empty => other,
            _ => &self.pattern.engine,
        };
        let found = if with_groups && self.pattern.groups > 0 {
            engine.captures_from_pos(self, from).map(|captures| {
                captures.map(|captures| Found {
                    whole: captures.get(0).unwrap_or((from, from)),
                    groups: captures.iter().collect(),
                })
            })
        } else {
            engine.find_from_pos(self, from).map(|whole| {
                whole.map(|whole| Found {
                    whole,
                    groups: Vec::new(),
                })
            })
        };
        found.map_err(|fault| search_fault(self.function, &self.pattern.source, &fault))
    }

    /// Counts a reading of the text.
    #[inline(always)]
    fn read(&self) {
        match self.countdown.get().checked_sub(1) {
            Some(left) => self.countdown.set(left),
            None => self.look(),
        }
    }

    #[cold]
    #[inline(never)]
    fn look(&self) {
        self.countdown.set(self.window);
        let now = Instant::now();
        let taken = now.saturating_duration_since(self.looked.replace(now));
        let left = self
            .left
            .get()
            .checked_sub(taken.min(LONGEST_BETWEEN_LOOKS));
        self.left.set(left.unwrap_or_default());
        let error = match left.map(|_| (self.go_on)()) {
            Some(Ok(())) => return,
            Some(Err(error)) => error,
            None => too_long(self.function, &self.pattern.source),
        };
        self.ended.set(Some(error));
        resume_unwind(Box::new(Ended));
    }
}

impl Input for Search<'_> {
    type Match<'t>
        = (usize, usize)
    where
        Self: 't;

    #[inline]
    fn len(&self) -> usize {
        self.text.len()
    }

    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self.read();
        self.text.as_bytes()
    }

    fn is_char_boundary(&self, ix: usize) -> bool {
        self.text.is_char_boundary(ix)
    }

    fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    #[inline]
    fn prev_codepoint_ix(&self, ix: usize) -> usize {
        self.text.floor_char_boundary(ix.saturating_sub(1))
    }

    fn make_match(&self, start: usize, end: usize) -> (usize, usize) {
        (start, end)
    }

    fn advance_position(&self, ix: usize) -> usize {
        ix + self.text[ix..].chars().next().map_or(1, char::len_utf8)
    }
}
