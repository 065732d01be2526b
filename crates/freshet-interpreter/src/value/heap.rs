//! How much memory the values of a script take, and which of them may contain themselves.
//!
//! Values never leave the thread of their session, so the account is kept for each thread. Small growth is only
//! counted, and the evaluator looks at the account after every call of the library and now and then between steps; growth
//! that one call can make many times as large as what it is given is checked before it happens. A buffer that grows is
//! there twice while it moves, so its new size is checked beside the old one.
//!
//! The system may have less than the limit allows. Memory that it refuses ends the process wherever a standard
//! container takes it, so the system is asked beforehand, too: for large pieces each time, else from time to time.

use std::cell::{Cell, RefCell};
use std::hint::black_box;

use super::{Value, WeakContainer};
use crate::error::{self, Fallible};

struct Account {
    /// Bytes taken by the values alive on this thread.
    used: Cell<usize>,
    /// Bytes they may take.
    limit: Cell<usize>,
    /// Bytes up to which the system need not be asked.
    granted: Cell<usize>,
}

/// Bytes that are asked of the system each time before they are taken.
const LARGE: usize = 1 << 20;

/// Bytes that have to be left for small values, which are not asked for one by one, and for reporting an error.
const SPARE: usize = 8 << 20;

/// Bytes of a buffer up to which nothing is asked before it grows.
const SMALL: usize = 1 << 16;

thread_local! {
    static ACCOUNT: Account = const { Account { used: Cell::new(0), limit: Cell::new(usize::MAX), granted: Cell::new(SPARE) } };
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
/// R0103 when they are not, or when the system does not have them.
#[inline]
pub fn check(bytes: usize) -> Fallible<()> {
    ACCOUNT.with(|account| {
        let wanted = account.used.get().saturating_add(bytes);
        if wanted > account.limit.get() {
            return Err(error::out_of_memory(Some(account.limit.get())));
        }
        if bytes >= LARGE || wanted > account.granted.get() {
            ask_system(bytes)?;
            account
                .granted
                .set(account.granted.get().max(wanted + LARGE));
        }
        Ok(())
    })
}

/// Takes `bytes` and some more, and gives them back: the caller is about to take them.
#[cold]
fn ask_system(bytes: usize) -> Fallible<()> {
    let mut memory: Vec<u8> = Vec::new();
    let asked = memory.try_reserve_exact(bytes.saturating_add(SPARE));
    // Without, the compiler may take for granted that there is memory nobody uses.
    black_box(&mut memory);
    asked.map_err(|_| error::out_of_memory(None))
}

/// Makes room for `more` elements in a buffer that is counted, in the steps in which it would grow by itself. The caller
/// counts what it has grown by.
///
/// # Errors
/// R0103 when old and new buffer together would need more memory than there is.
#[inline]
pub(crate) fn reserve<T>(buffer: &mut Vec<T>, more: usize) -> Fallible<()> {
    if more <= buffer.capacity() - buffer.len() {
        return Ok(());
    }
    let wanted = grown(buffer.capacity(), buffer.len(), more);
    let bytes = wanted.saturating_mul(size_of::<T>());
    if bytes > SMALL {
        check(bytes)?;
    }
    buffer
        .try_reserve_exact(wanted - buffer.len())
        .map_err(|_| error::out_of_memory(None))
}

/// Makes room for `more` bytes in a text that is being written and not counted.
///
/// # Errors
/// R0103 when old and new buffer together would need more memory than there is.
#[inline]
pub fn reserve_text(text: &mut String, more: usize) -> Fallible<()> {
    if more <= text.capacity() - text.len() {
        return Ok(());
    }
    let wanted = grown(text.capacity(), text.len(), more);
    if wanted > SMALL {
        check(wanted.saturating_add(text.capacity()))?;
    }
    text.try_reserve_exact(wanted - text.len())
        .map_err(|_| error::out_of_memory(None))
}

/// Collects characters into a text, which is not counted; it begins with room for `bytes`.
///
/// # Errors
/// R0103 when the text would need more memory than there is.
pub fn collect_text(bytes: usize, characters: impl Iterator<Item = char>) -> Fallible<String> {
    let mut text = String::new();
    reserve_text(&mut text, bytes)?;
    for c in characters {
        reserve_text(&mut text, c.len_utf8())?;
        text.push(c);
    }
    Ok(text)
}

/// The capacity that a buffer gets next: twice what it has, or what is needed.
fn grown(capacity: usize, length: usize, more: usize) -> usize {
    const FIRST: usize = 4;
    length
        .saturating_add(more)
        .max(capacity.saturating_mul(2))
        .max(FIRST)
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
