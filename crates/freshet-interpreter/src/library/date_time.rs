//! TODO

use super::builtin::Builtin;

/// Functions.
pub(super) const DATE_TIME: &[Builtin] = &[];
