//! `freshet batch cancel`, `remove` and `prune`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use freshet_runtime::batch::queue::{Cancelled, Store};
use freshet_runtime::batch::record::BatchRecord;
use serde_json::json;

use super::how::read_time;
use super::manage::nothing_left;
use super::words::grouped;
use super::{StoreArgument, batch_of};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments};
use crate::secrets::{confirm, not_confirmed};

/// Cancel a batch
///
/// Waiting jobs are cancelled at once; running ones stop at their next step, in whatever terminal they run.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet batch cancel last
  freshet batch cancel last --json")]
pub struct CancelArguments {
    /// The batch
    id: String,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    store: StoreArgument,
}

/// Remove a batch with its results and logs
///
/// Asks first, unless --yes is given.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet batch remove last --yes
  freshet batch remove last --yes --json")]
pub struct RemoveArguments {
    /// The batch
    id: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    store: StoreArgument,
}

/// Remove batches that ended long ago
///
/// Asks first, unless --yes is given. Batches that have jobs left are kept.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet batch prune --older-than 30d --yes
  freshet batch prune --older-than 12h --yes --json")]
pub struct PruneArguments {
    /// How long ago they ended at least
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    older_than: Duration,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    store: StoreArgument,
}

/// Runs `cancel`.
pub fn cancel(arguments: &CancelArguments) -> Outcome {
    let mut store = arguments.store.required()?;
    let batch = batch_of(&store, Some(&arguments.id))?;
    let Cancelled {
        cancelled,
        uncertain,
        stopping,
    } = store.cancel(&batch.id)?;
    if arguments.format.format() == Format::Json {
        output::print_json(json!({
            "batch": batch.id, "cancelled": cancelled, "uncertain": uncertain, "stopping": stopping,
        }))?;
        return Ok(exit::OK);
    }
    if cancelled + uncertain + stopping == 0 {
        output::say(&format!("nothing to cancel: {}", nothing_left(&batch)));
        return Ok(exit::OK);
    }
    let mut text = format!("batch {}: {} cancelled", batch.id, grouped(cancelled));
    for (count, what) in [(uncertain, "uncertain"), (stopping, "told to stop")] {
        if count > 0 {
            text.push_str(&format!(", {} {what}", grouped(count)));
        }
    }
    output::say(&text);
    Ok(exit::OK)
}

/// Runs `remove`.
pub fn remove(arguments: &RemoveArguments) -> Outcome {
    let mut store = arguments.store.required()?;
    let batch = batch_of(&store, Some(&arguments.id))?;
    Store::may_remove(&batch)?;
    let named = format!("batch {} ({})", batch.id, batch.name);
    let jobs = counted_jobs(batch.counts.total());
    agreed(
        arguments.yes,
        &format!("Remove {named}, {jobs} with results and logs?"),
    )?;
    store.remove(&batch)?;
    store.shrink()?;
    tell_removed(&[batch], arguments.format.format())
}

/// Runs `prune`.
pub fn prune(arguments: &PruneArguments) -> Outcome {
    let format = arguments.format.format();
    let Some(mut store) = arguments.store.existing()? else {
        return tell_removed(&[], format);
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let before =
        i64::try_from(now.saturating_sub(arguments.older_than).as_millis()).unwrap_or(i64::MAX);
    let old: Vec<BatchRecord> = store
        .list()?
        .into_iter()
        .filter(|batch| batch.counts.left() == 0)
        .filter(|batch| batch.ended_at.unwrap_or(batch.created_at) < before)
        .collect();
    if old.is_empty() {
        return tell_removed(&old, format);
    }
    let jobs = counted_jobs(old.iter().map(|batch| batch.counts.total()).sum());
    agreed(
        arguments.yes,
        &format!(
            "Remove {}, {jobs} with results and logs?",
            counted_batches(old.len())
        ),
    )?;
    for batch in &old {
        store.remove(batch)?;
    }
    store.shrink()?;
    tell_removed(&old, format)
}

/// Asks whether something is to be removed.
///
/// # Errors
/// C0029 without a terminal, and when a person does not agree.
fn agreed(yes: bool, question: &str) -> Result<(), Failure> {
    if yes || confirm(question)? {
        Ok(())
    } else {
        Err(not_confirmed())
    }
}

fn counted_jobs(jobs: u64) -> String {
    format!(
        "{} {}",
        grouped(jobs),
        if jobs == 1 { "job" } else { "jobs" }
    )
}

fn counted_batches(batches: usize) -> String {
    match batches {
        1 => "1 batch".to_owned(),
        several => format!("{several} batches"),
    }
}

fn tell_removed(removed: &[BatchRecord], format: Format) -> Outcome {
    if format == Format::Json {
        let ids: Vec<&str> = removed.iter().map(|batch| batch.id.as_str()).collect();
        output::print_json(json!({ "removed": ids }))?;
        return Ok(exit::OK);
    }
    output::say(&format!("removed {}", counted_batches(removed.len())));
    Ok(exit::OK)
}
