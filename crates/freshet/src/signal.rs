//! Ctrl-C and TERM: the first asks the run to stop, the second ends the process at once. While a secret is entered, they
//! give the terminal its echo back before the process ends.

use std::fs::File;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use nix::sys::signal::{SigSet, Signal};

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
    u8::try_from(RECEIVED.load(Ordering::Relaxed))
        .ok()
        .filter(|signal| *signal != 0)
}

/// From now on, a file that grows beyond the limit of file sizes is an error of writing, not the end of the process.
/// Holds for this thread and those that it starts.
pub fn ignore_file_size() {
    let mut held_back = SigSet::empty();
    held_back.add(Signal::SIGXFSZ);
    // Only a signal that does not exist is refused.
    let _ = held_back.thread_block();
}

/// Forgets the signal that came, so that the next one is a first one again.
pub fn forget() {
    RECEIVED.store(0, Ordering::Relaxed);
    if let Some(flag) = CANCELLED.get() {
        flag.store(false, Ordering::Relaxed);
    }
}

/// Runs `work`, which may change the terminal; when a signal ends the process meanwhile, the terminal is as before.
pub fn with_terminal_restored<T>(work: impl FnOnce() -> T) -> T {
    remember_terminal();
    ENTERING.store(true, Ordering::Relaxed);
    install();
    let result = work();
    ENTERING.store(false, Ordering::Relaxed);
    result
}

/// Runs `work`, during which a person types or another program has the terminal: an interruption is nothing to the
/// process, and a TERM ends it with the terminal as it was before.
pub fn at_prompt<T>(work: impl FnOnce() -> T) -> T {
    remember_terminal();
    forget();
    AT_PROMPT.store(true, Ordering::Relaxed);
    install();
    let result = work();
    AT_PROMPT.store(false, Ordering::Relaxed);
    result
}

/// A second Ctrl-C ends the process only when the first has had no effect for a while: what a session holds is worth
/// more than a moment. In place of [`cancel_flag`] in a session that stays.
pub fn patient_cancel_flag() -> Arc<AtomicBool> {
    PATIENT.store(true, Ordering::Relaxed);
    cancel_flag()
}

/// True while a person types an entry.
static AT_PROMPT: AtomicBool = AtomicBool::new(false);
/// True in a session that stays.
static PATIENT: AtomicBool = AtomicBool::new(false);
/// When the signal that is being obeyed came, in milliseconds of a clock that only goes forward.
static CAME: AtomicU64 = AtomicU64::new(0);
/// How long a script may take to stop, in milliseconds.
const PATIENCE: u64 = 1000;

/// Milliseconds of a clock that only goes forward.
#[allow(
    unsafe_code,
    reason = "called in a signal handler, where only this function of C is allowed"
)]
fn clock() -> u64 {
    // SAFETY: `clock_gettime` may be called in a signal handler (signal-safety(7)), and fills in plain data.
    unsafe {
        let mut now: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now);
        (now.tv_sec as u64) * 1000 + (now.tv_nsec as u64) / 1_000_000
    }
}

/// The terminal as it was before it was changed.
static TERMINAL: OnceLock<(RawFd, libc::termios)> = OnceLock::new();
/// True while a secret is entered.
static ENTERING: AtomicBool = AtomicBool::new(false);

/// Keeps the settings of the terminal, so that it has them again when a second signal ends the process at once.
#[allow(
    unsafe_code,
    reason = "the settings of a terminal are read by a function of C"
)]
pub fn remember_terminal() {
    let Ok(terminal) = File::open("/dev/tty") else {
        return;
    };
    let descriptor = terminal.as_raw_fd();
    // SAFETY: the descriptor is open, and the structure is plain data that the call fills in when it gives 0.
    let settings = unsafe {
        let mut settings: libc::termios = std::mem::zeroed();
        (libc::tcgetattr(descriptor, &mut settings) == 0).then_some(settings)
    };
    if let Some(settings) = settings
        && TERMINAL.set((descriptor, settings)).is_ok()
    {
        // The handler needs the descriptor as long as the process lives.
        std::mem::forget(terminal);
    }
}

#[allow(
    unsafe_code,
    reason = "signal handlers exist in C only; what is called in it is allowed there"
)]
fn install() {
    extern "C" fn on_signal(signal: libc::c_int) {
        let at_prompt = AT_PROMPT.load(Ordering::Relaxed);
        if at_prompt && signal == libc::SIGINT {
            return;
        }
        if at_prompt || ENTERING.load(Ordering::Relaxed) {
            // SAFETY: `tcsetattr` and `_exit` may be called in a signal handler (signal-safety(7)).
            unsafe {
                if let Some((descriptor, settings)) = TERMINAL.get() {
                    libc::tcsetattr(*descriptor, libc::TCSANOW, settings);
                }
                libc::_exit(128 + signal)
            }
        }
        let is_second = RECEIVED.swap(signal, Ordering::Relaxed) != 0;
        let now = clock();
        let too_soon = PATIENT.load(Ordering::Relaxed)
            && signal == libc::SIGINT
            && now.saturating_sub(CAME.load(Ordering::Relaxed)) < PATIENCE;
        if !is_second {
            CAME.store(now, Ordering::Relaxed);
        }
        if is_second && !too_soon {
            // SAFETY: as above.
            unsafe {
                if let Some((descriptor, settings)) = TERMINAL.get() {
                    libc::tcsetattr(*descriptor, libc::TCSANOW, settings);
                }
                libc::_exit(128 + signal)
            }
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
