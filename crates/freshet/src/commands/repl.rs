use clap::Args;
use super::Global;
use crate::exit::Outcome;
/// x
#[derive(Args)]
pub struct Arguments {}
pub fn run(_: &Arguments, _: &Global) -> Outcome { Ok(0) }
