//! The bracketed tasks, one file each.

use super::task::Task;

/// Every task.
pub(super) const TASKS: &[&Task] = &[];
