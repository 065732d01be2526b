//! Turns: how many calls of this process a connection makes at a time and in a minute. Calls wait
//! in order, which costs less than the refusals (429) they would earn.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use crate::error::ConnectionError;
use crate::service::Rate;

const MINUTE: Duration = Duration::from_secs(60);

/// A connection and its rate: an edited rate opens a new lane.
type LaneKey = (i64, Option<u32>, Option<u32>);

/// The lanes of all connections.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<LaneKey, Arc<Lane>>>);

struct Lane {
    at_once: Option<Arc<Door>>,
    /// One call at a time waits for its place in a minute.
    next: Arc<Door>,
    /// When the calls of the last minute began; at most `per_minute` of them.
    begun: Mutex<VecDeque<Instant>>,
    waiting: AtomicUsize,
}

/// Tells whoever made a call that it has waited for its turn.
#[derive(Debug, Default)]
pub struct TurnTaken {
    place: u64,
    at: OnceLock<std::time::Instant>,
    told: Notify,
}

impl TurnTaken {
    /// Of a call that goes before those of higher places that wait with it: the number of its job.
    #[must_use]
    pub fn of_place(place: u64) -> Self {
        Self {
            place,
            ..Self::default()
        }
    }

    pub(crate) fn place(turn: Option<&Self>) -> u64 {
        turn.map_or(0, |turn| turn.place)
    }

    pub(crate) fn tell(turn: Option<&Self>) {
        if let Some(turn) = turn {
            turn.at.get_or_init(std::time::Instant::now);
            turn.told.notify_one();
        }
    }

    /// When the call had its turn, once it has.
    #[must_use]
    pub fn at(&self) -> Option<std::time::Instant> {
        self.at.get().copied()
    }

    /// Waits until the call has its turn. One waiter only.
    pub async fn taken(&self) {
        self.told.notified().await;
    }
}

/// The right to make one call. Ends when dropped.
#[derive(Default)]
pub(crate) struct Turn {
    /// Whether it did not come at once: much may have changed meanwhile.
    pub waited: bool,
    _pass: Option<Pass>,
}

impl Rates {
    /// Waits for the turn of a call over `link`. Of the calls that wait, those of lower places go first.
    ///
    /// # Errors
    /// C0016 if the turn does not come within `patience`.
    pub(crate) async fn turn(
        &self,
        connection: i64,
        link: &str,
        rate: Rate,
        place: u64,
        patience: Duration,
    ) -> Result<Turn, ConnectionError> {
        if rate.at_once.is_none() && rate.per_minute.is_none() {
            return Ok(Turn::default());
        }
        let lane = self.lane(connection, rate);
        let _waiting = Waiting(&lane.waiting);
        let before = lane.waiting.fetch_add(1, Ordering::Relaxed);
        match timeout(patience, lane.enter(rate, place)).await {
            Ok(turn) => Ok(turn),
            Err(_) => Err(ConnectionError::busy(link, before.max(1))),
        }
    }

    fn lane(&self, connection: i64, rate: Rate) -> Arc<Lane> {
        let mut lanes = locked(&self.0);
        let lane = lanes
            .entry((connection, rate.at_once, rate.per_minute))
            .or_insert_with(|| {
                Arc::new(Lane {
                    at_once: rate.at_once.map(|most| Door::for_at_most(most.max(1))),
                    next: Door::for_at_most(1),
                    begun: Mutex::default(),
                    waiting: AtomicUsize::new(0),
                })
            });
        Arc::clone(lane)
    }
}

impl Lane {
    async fn enter(&self, rate: Rate, place: u64) -> Turn {
        let mut turn = Turn::default();
        if let Some(door) = &self.at_once {
            let (pass, waited) = door.enter(place).await;
            turn = Turn {
                waited,
                _pass: Some(pass),
            };
        }
        if let Some(most) = rate.per_minute {
            let (_next, waited) = self.next.enter(place).await;
            turn.waited |= waited;
            let full = {
                let begun = locked(&self.begun);
                let oldest = begun.front().copied();
                oldest.filter(|_| begun.len() >= most.max(1) as usize)
            };
            if let Some(oldest) = full {
                sleep_until(oldest + MINUTE).await;
                turn.waited = true;
                locked(&self.begun).pop_front();
            }
            locked(&self.begun).push_back(Instant::now());
        }
        turn
    }
}

/// Lets so many in at a time. Of those who wait, the lowest place goes first, and of one place whoever came first.
struct Door(Mutex<Inside>);

struct Inside {
    free: u32,
    came: u64,
    waiting: BTreeMap<(u64, u64), oneshot::Sender<Pass>>,
}

/// The right to be behind a door. Whoever waits gets it when it is dropped.
struct Pass(Option<Arc<Door>>);

impl Door {
    fn for_at_most(free: u32) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Inside {
            free,
            came: 0,
            waiting: BTreeMap::new(),
        })))
    }

    /// Waits to be let in; with whether there was a wait.
    async fn enter(self: &Arc<Self>, place: u64) -> (Pass, bool) {
        let mut waited = false;
        loop {
            let called = {
                let mut inside = locked(&self.0);
                if inside.free > 0 {
                    inside.free -= 1;
                    return (Pass(Some(Arc::clone(self))), waited);
                }
                inside.came += 1;
                let (call, called) = oneshot::channel();
                let came = inside.came;
                inside.waiting.insert((place, came), call);
                called
            };
            waited = true;
            // Nobody drops the other end without a word as long as the door is there.
            if let Ok(pass) = called.await {
                return (pass, waited);
            }
        }
    }

    fn leave(self: &Arc<Self>) {
        loop {
            let call = {
                let mut inside = locked(&self.0);
                match inside.waiting.pop_first() {
                    Some((_, call)) => call,
                    None => {
                        inside.free += 1;
                        return;
                    }
                }
            };
            // Whoever gave up waiting hands the pass back: it is for the next one.
            match call.send(Pass(Some(Arc::clone(self)))) {
                Ok(()) => return,
                Err(mut unused) => unused.0 = None,
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(door) = self.0.take() {
            door.leave();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a waiting call until it has its turn or gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
