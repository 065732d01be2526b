//! Batches: many runs that cannot be lost.
//!
//! [`plan`] turns scripts, rows of CSV or JSON lines, and plan files into units and jobs, and finds every mistake before
//! anything runs. [`queue`] keeps batches, jobs and results in an SQLite file. [`worker`] runs the jobs, many at a time,
//! and stores what they gave before they count as done. [`record`] is what is kept, as data.

pub mod guard;
pub mod plan;
pub mod queue;
pub mod record;
pub mod worker;
