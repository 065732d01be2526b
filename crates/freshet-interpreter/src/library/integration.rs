//! Integration tasks.
