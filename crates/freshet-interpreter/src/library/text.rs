//! Functions of TEXT: search and compare, cut, replace, build (Built-ins I, 2). Lengths and indexes count characters.

mod build;
mod cut;
mod fold;
mod replace;
mod search;

pub(super) use build::BUILD;
pub(super) use cut::CUT;
pub(super) use replace::REPLACE;
pub(super) use search::SEARCH;
