//! Faults of Freshet itself: panics, caught and told without values.
//!
//! The message of a panic can hold anything, a secret included. So the hook keeps the place in the source only.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

thread_local! {
    /// Place of the last panic of this thread.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where in the source of Freshet, as `file.rs:LINE`.
    pub place: String,
}

/// Keeps panics from printing anything. Once, at the start of the program.
pub fn install_hook() {
    panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let place = info
            .location()
            .map_or_else(|| "an unknown place".to_owned(), place_of);
        PLACE.with(|last| *last.borrow_mut() = Some(place));
    }));
}

/// The file without the folders of the machine it was built on, and the line.
fn place_of(location: &panic::Location<'_>) -> String {
    let file = location.file();
    let short = file
        .rfind("crates/")
        .or_else(|| file.rfind("src/"))
        .and_then(|at| file.get(at..))
        .unwrap_or(file);
    format!("{short}:{}", location.line())
}

/// Runs `work`; a panic in it becomes a [`Fault`].
///
/// # Errors
/// When `work` panics.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Fault> {
    // What `work` leaves behind half done is not used afterwards by anybody.
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload: Box<dyn Any + Send>| {
        // Dropping a payload may panic in theory; it must not take the process down.
        std::mem::forget(payload);
        let place = PLACE.with(|last| last.borrow_mut().take());
        Fault {
            place: place.unwrap_or_else(|| "an unknown place".to_owned()),
        }
    })
}
