//! Where memory comes from.
//!
//! Scripts make and drop small values all the time, at which mimalloc is faster than the system's allocator. It has a
//! heap for each thread, though, of about a hundred KiB: too much for the thousands of threads of a batch, most of which
//! wait. So a batch takes new memory from the system's allocator, which shares its heaps among threads.

#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to write; each call is handed on to one that keeps the contract"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

use mimalloc::MiMalloc;

/// The allocator of the program.
pub struct Allocator;

/// True once new memory comes from the system's allocator. A thread that is given memory by another one sees the flag
/// at least as that one saw it, so that memory is always handed back to where it came from.
static SHARED: AtomicBool = AtomicBool::new(false);

/// From now on, new memory comes from heaps that threads share. There is no way back.
pub fn share_among_threads() {
    SHARED.store(true, Ordering::Relaxed);
}

#[inline(always)]
fn is_shared() -> bool {
    SHARED.load(Ordering::Relaxed)
}

unsafe extern "C" {
    /// Whether a pointer was given out by mimalloc.
    fn mi_is_in_heap_region(pointer: *const c_void) -> bool;
}

/// Whether memory belongs to the system's allocator.
#[inline]
fn is_of_system(pointer: *mut u8) -> bool {
    // SAFETY: the function looks the address up in a table and does not read through it.
    is_shared() && !unsafe { mi_is_in_heap_region(pointer.cast()) }
}

// SAFETY: every call goes to the allocator that the memory belongs to, with what the caller gave.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those of the allocator that is called.
        unsafe {
            if is_shared() {
                System.alloc(layout)
            } else {
                MiMalloc.alloc(layout)
            }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            if is_shared() {
                System.alloc_zeroed(layout)
            } else {
                MiMalloc.alloc_zeroed(layout)
            }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above; the memory goes back to where it came from.
        unsafe {
            if is_of_system(pointer) {
                System.dealloc(pointer, layout);
            } else {
                MiMalloc.dealloc(pointer, layout);
            }
        }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            if is_of_system(pointer) {
                System.realloc(pointer, layout, size)
            } else {
                MiMalloc.realloc(pointer, layout, size)
            }
        }
    }
}
