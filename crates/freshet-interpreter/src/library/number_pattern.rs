//! Number patterns.
