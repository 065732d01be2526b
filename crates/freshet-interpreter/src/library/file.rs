//! TODO

use super::builtin::Builtin;

/// Functions.
pub(super) const FILE: &[Builtin] = &[];
