//! How much memory the values of a script take, and which of them may contain themselves.
//!
//! Values never leave the thread of their session, so the account is kept for each thread. Small growth is only
//! counted, and the evaluator looks at the account after every call of the library and now and then between steps; growth
//! that one call can make many times as large as what it is given is checked before it happens.

use std::cell::{Cell, RefCell};

use super::{Value, WeakContainer};
use crate::error::{self, Fallible};

struct Account {
    /// Bytes taken by the values alive on this thread.
    used: Cell<usize>,
    /// Bytes they may take.
    limit: Cell<usize>,
}

thread_local! {
    static ACCOUNT: Account = const { Account { used: Cell::new(0), limit: Cell::new(usize::MAX) } };
    static NOTES: RefCell<Notes> = const { RefCell::new(Notes { containers: Vec::new(), prune_at: 1024 }) };
}

/// Containers that were put into another one while something else held them: only these can be part of a cycle.
struct Notes {
    containers: Vec<WeakContainer>,
    /// Number of notes at which the dead ones are thrown out.
    prune_at: usize,
}

/// Sets what the values of this thread may take together, in bytes.
pub fn set_limit(bytes: usize) {
    ACCOUNT.with(|account| account.limit.set(bytes));
}

/// Bytes that the values of this thread take.
pub fn used() -> usize {
    ACCOUNT.with(|account| account.used.get())
}

/// Counts `bytes` more.
#[inline]
pub(crate) fn grow(bytes: usize) {
    ACCOUNT.with(|account| account.used.set(account.used.get().wrapping_add(bytes)));
}

/// Counts `bytes` less.
#[inline]
pub(crate) fn shrink(bytes: usize) {
    ACCOUNT.with(|account| account.used.set(account.used.get().wrapping_sub(bytes)));
}

/// Asks whether `bytes` more are allowed, before they are taken.
///
/// # Errors
/// R0103 when they are not.
#[inline]
pub fn check(bytes: usize) -> Fallible<()> {
    ACCOUNT.with(|account| {
        if account.used.get().saturating_add(bytes) > account.limit.get() {
            return Err(error::memory_limit(account.limit.get()));
        }
        Ok(())
    })
}

/// Notes a container that is being put into another one, if something else holds it too.
#[inline]
pub(crate) fn note(value: &Value) {
    if let Some(weak) = value.shared_container() {
        note_slowly(weak);
    }
}

#[inline(never)]
fn note_slowly(weak: WeakContainer) {
    NOTES.with(|notes| {
        let mut notes = notes.borrow_mut();
        notes.containers.push(weak);
        if notes.containers.len() >= notes.prune_at {
            notes.containers.retain(WeakContainer::is_alive);
            notes.prune_at = (notes.containers.len() * 2).max(1024);
        }
    });
}

/// Empties every noted container that is still alive. Called when a session ends: values that contain themselves are
/// freed by it. Nothing may use a value of the session afterwards.
pub fn free_cycles() {
    // One container at a time, since emptying one may free others, whose notes are then dead.
    while let Some(weak) = NOTES.with(|notes| notes.borrow_mut().containers.pop()) {
        weak.empty();
    }
}
