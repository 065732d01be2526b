//! Freshet: a Deluge-like scripting language with connections.
fn main() {}
