//! Ctrl-C and TERM: the first asks the run to stop, the second ends the process at once.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};

/// What a signal handler can reach: the flag of the run.
static CANCELLED: OnceLock<Arc<AtomicBool>> = OnceLock::new();
/// The signal that came, 0 before there was one.
static RECEIVED: AtomicI32 = AtomicI32::new(0);

/// A flag that the first Ctrl-C or TERM sets. Before this is called, both end the process as usual.
pub fn cancel_flag() -> Arc<AtomicBool> {
    let flag = CANCELLED.get_or_init(|| Arc::new(AtomicBool::new(false)));
    install();
    Arc::clone(flag)
}

/// The signal that asked the run to stop.
pub fn received() -> Option<u8> {
    u8::try_from(RECEIVED.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
}

/// Forgets the signal that came, so that the next one is a first one again.
pub fn forget() {
    RECEIVED.store(0, Ordering::Relaxed);
    if let Some(flag) = CANCELLED.get() {
        flag.store(false, Ordering::Relaxed);
    }
}

#[allow(unsafe_code, reason = "signal handlers exist in C only; nothing but atomics and _exit is used in it")]
fn install() {
    extern "C" fn on_signal(signal: libc::c_int) {
        if RECEIVED.swap(signal, Ordering::Relaxed) != 0 {
            // SAFETY: `_exit` may be called in a signal handler (signal-safety(7)) and does not return.
            unsafe { libc::_exit(128 + signal) }
        }
        if let Some(flag) = CANCELLED.get() {
            flag.store(true, Ordering::Relaxed);
        }
    }
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: the structure is plain data, zero is a value for each of its fields, and the handler only does
        // what is allowed in one.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_signal as extern "C" fn(libc::c_int) as usize;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
    }
}
