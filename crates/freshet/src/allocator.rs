//! Where memory comes from.
//!
//! Scripts make and drop small values all the time, at which mimalloc is faster than the system's allocator. It has a
//! heap for each thread, though, of about a hundred KiB: too much for the thousands of threads of a batch, most of which
//! wait. So a batch takes new memory from the system's allocator, which shares its heaps among threads.
//!
//! Large blocks always come from the system. It lets a block grow where it is, by moving pages and not what they hold: a
//! reply of 50 MiB takes 50 MiB while it comes in, where copies into twice as much, again and again, would take three
//! times that.

#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to write; each call is handed on to one that keeps the contract"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::ptr;
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

/// From how many bytes on a block is a large one. The system gives such blocks pages of their own.
const LARGE: usize = 128 * 1024;

/// Whether new memory of that size comes from the system's allocator.
#[inline(always)]
fn from_system(size: usize) -> bool {
    size >= LARGE || is_shared()
}

/// Whether memory that was given out for `size` bytes belongs to the system's allocator.
#[inline]
fn is_of_system(pointer: *mut u8, size: usize) -> bool {
    // SAFETY: the function looks the address up in a table and does not read through it.
    size >= LARGE || is_shared() && !unsafe { mi_is_in_heap_region(pointer.cast()) }
}

// SAFETY: every call goes to the allocator that the memory belongs to, with what the caller gave.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those of the allocator that is called.
        unsafe {
            if from_system(layout.size()) {
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
            if from_system(layout.size()) {
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
            if is_of_system(pointer, layout.size()) {
                System.dealloc(pointer, layout);
            } else {
                MiMalloc.dealloc(pointer, layout);
            }
        }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; a block that becomes large, or small again, is copied once.
        unsafe {
            match (is_of_system(pointer, layout.size()), size >= LARGE) {
                (false, false) => MiMalloc.realloc(pointer, layout, size),
                (true, true) => System.realloc(pointer, layout, size),
                (true, false) if is_shared() => System.realloc(pointer, layout, size),
                _ => self.moved(pointer, layout, size),
            }
        }
    }
}

impl Allocator {
    /// A block of `size` bytes with what the other one holds, which is given back. Null, and nothing done, where there
    /// is no room.
    ///
    /// # Safety
    /// As for `realloc`.
    unsafe fn moved(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `size`, rounded up to the alignment, is no more than `isize::MAX`; the blocks
        // are different ones, each as large as what is copied.
        unsafe {
            let layout_after = Layout::from_size_align_unchecked(size, layout.align());
            let after = self.alloc(layout_after);
            if !after.is_null() {
                ptr::copy_nonoverlapping(pointer, after, layout.size().min(size));
                self.dealloc(pointer, layout);
            }
            after
        }
    }
}
