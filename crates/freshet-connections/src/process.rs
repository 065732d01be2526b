//! While secrets are open, the memory of this process is nobody else's.

/// From now on no core file is written of this process, and other processes of the user cannot look
/// into it. Where the system refuses, secrets are no worse off than before.
#[allow(
    unsafe_code,
    reason = "the limits of a process are set by functions of C"
)]
pub(crate) fn close_memory() {
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure lives through the call, which only reads it.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
    #[cfg(target_os = "linux")]
    // SAFETY: with plain numbers this changes a flag of the process and nothing else (prctl(2)).
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0)
    };
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(
        unsafe_code,
        reason = "the limits of a process are read by functions of C"
    )]

    #[test]
    fn no_core_file_is_written_once_secrets_are_open() {
        super::close_memory();
        let mut limit = libc::rlimit {
            rlim_cur: 1,
            rlim_max: 1,
        };
        // SAFETY: the structure lives through the call, which fills it in.
        assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_CORE, &mut limit) }, 0);
        assert_eq!((limit.rlim_cur, limit.rlim_max), (0, 0));
        // SAFETY: reads a flag of the process (prctl(2)).
        assert_eq!(unsafe { libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0) }, 0);
    }
}
