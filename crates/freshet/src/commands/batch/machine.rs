//! What the machine allows: threads and open files for many jobs at a time.

use std::fs;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::exit::Failure;

/// Open files that a process needs besides one for each job's connection.
const OTHER_FILES: u64 = 64;

/// Threads that a process needs besides one for each job.
const OTHER_THREADS: u64 = 16;

/// Makes room for so many jobs at a time.
///
/// # Errors
/// Names the limit that is too low, and what it allows.
pub fn make_room(in_flight: usize) -> Result<(), Failure> {
    let wanted = in_flight as u64;
    if let Some((most, what)) = thread_limits().into_iter().min()
        && wanted + OTHER_THREADS > most
    {
        let room = most.saturating_sub(OTHER_THREADS);
        return Err(Failure::usage(format!(
            "{wanted} jobs at a time need as many threads, and {what} allows {most}"
        ))
        .help(format!("use at most --in-flight {room}, or raise {what}")));
    }
    raise_files(wanted + OTHER_FILES);
    Ok(())
}

/// The limits of this machine on threads, each with its name.
fn thread_limits() -> Vec<(u64, &'static str)> {
    let number = |path: &str| -> Option<u64> { fs::read_to_string(path).ok()?.trim().parse().ok() };
    let mut limits = Vec::new();
    if let Ok((soft, _)) = getrlimit(Resource::RLIMIT_NPROC) {
        limits.push((soft, "the limit of processes of this user (ulimit -u)"));
    }
    limits.extend(number("/proc/sys/kernel/threads-max").map(|most| (most, "kernel.threads-max")));
    limits.extend(
        number("/sys/fs/cgroup/pids.max").map(|most| (most, "pids.max of the control group")),
    );
    // A thread's stack and the guard before it are two maps.
    limits.extend(
        number("/proc/sys/vm/max_map_count")
            .map(|most| (most / 2, "vm.max_map_count (two a thread)")),
    );
    limits
}

/// Raises the limit of open files as far as needed and allowed. What is missing shows at the call that finds none.
fn raise_files(wanted: u64) {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < wanted
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, wanted.min(hard), hard);
    }
}
