//! System variables.
