//! TODO

use super::builtin::Builtin;

/// Functions.
pub(super) const WEB: &[Builtin] = &[];
