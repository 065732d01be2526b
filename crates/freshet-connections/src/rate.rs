//! Turns: how many calls of this process a connection makes at a time and in a minute. Calls wait
//! in order, which costs less than the refusals (429) they would earn.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
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
    at_once: Option<Arc<Semaphore>>,
    /// When the calls of the last minute began; at most `per_minute` of them.
    begun: tokio::sync::Mutex<VecDeque<Instant>>,
    waiting: AtomicUsize,
}

/// Tells whoever made a call that it has waited for its turn.
#[derive(Debug, Default)]
pub struct TurnTaken {
    at: OnceLock<std::time::Instant>,
    told: Notify,
}

impl TurnTaken {
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
pub(crate) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Rates {
    /// Waits for the turn of a call over `link`.
    ///
    /// # Errors
    /// C0016 if the turn does not come within `patience`.
    pub(crate) async fn turn(
        &self,
        connection: i64,
        link: &str,
        rate: Rate,
        patience: Duration,
    ) -> Result<Turn, ConnectionError> {
        if rate.at_once.is_none() && rate.per_minute.is_none() {
            return Ok(Turn { _permit: None });
        }
        let lane = self.lane(connection, rate);
        let _waiting = Waiting(&lane.waiting);
        let before = lane.waiting.fetch_add(1, Ordering::Relaxed);
        match timeout(patience, lane.enter(rate)).await {
            Ok(turn) => Ok(turn),
            Err(_) => Err(ConnectionError::busy(link, before.max(1))),
        }
    }

    fn lane(&self, connection: i64, rate: Rate) -> Arc<Lane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes
            .entry((connection, rate.at_once, rate.per_minute))
            .or_insert_with(|| {
                Arc::new(Lane {
                    at_once: rate
                        .at_once
                        .map(|most| Arc::new(Semaphore::new(most.max(1) as usize))),
                    begun: tokio::sync::Mutex::default(),
                    waiting: AtomicUsize::new(0),
                })
            });
        Arc::clone(lane)
    }
}

impl Lane {
    /// Both the semaphore and the mutex let waiters in by their order.
    async fn enter(&self, rate: Rate) -> Turn {
        let permit = match &self.at_once {
            // A semaphore that is never closed always gives a permit.
            Some(semaphore) => Arc::clone(semaphore).acquire_owned().await.ok(),
            None => None,
        };
        if let Some(most) = rate.per_minute {
            let mut begun = self.begun.lock().await;
            if begun.len() >= most.max(1) as usize
                && let Some(oldest) = begun.front().copied()
            {
                sleep_until(oldest + MINUTE).await;
                begun.pop_front();
            }
            begun.push_back(Instant::now());
        }
        Turn { _permit: permit }
    }
}

/// Counts a waiting call until it has its turn or gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
