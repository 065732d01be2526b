//! What an attempt means for its job: done, failed, uncertain, or once more.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use freshet_interpreter::error::{Ending, RuntimeError};

use super::Options;
use super::crew::Done;
use crate::batch::guard::Notes;
use crate::batch::queue::{Settled, now};
use crate::batch::record::{JobError, JobState};

/// The first pause before another attempt, doubled with each.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause, unless the service asks for more.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Decides on an attempt. `cancelled`: the batch was cancelled, so that what was stopped stays so.
pub(super) fn settle(mut done: Done, options: &Options, cancelled: bool) -> (Settled, Done) {
    let record = done.record.take();
    let (notes, log, result, http_calls, duration) = match record {
        Some(record) => (
            record.notes,
            record.log,
            record.result.map(|result| result.json),
            record.http_calls,
            record.duration,
        ),
        None => Default::default(),
    };
    let cause = done.cause.as_deref();
    let state = state_of(cause, &notes, options, cancelled);
    let again = may_run_again(cause, &notes, options, done.claimed.retried, state);
    let ended_at = now();
    let mut settled = Settled {
        id: done.claimed.id,
        attempt: done.claimed.attempt,
        state,
        run_at: 0,
        counts: again,
        started_at: done.started_at,
        ended_at,
        duration,
        http_calls,
        result,
        log,
        error: cause.map(|cause| {
            let files = done.unit.get(done.claimed.unit as usize);
            JobError::of(cause, files.map_or(&[], |unit| unit.files.as_slice()))
        }),
    };
    if again {
        settled.state = JobState::Ready;
        settled.run_at = ended_at + pause(done.claimed.retried, &notes);
        settled.error = settled.error.or_else(|| passing_status(&notes));
    } else {
        if cause.is_none() && settled.state != JobState::Succeeded {
            settled.error = passing_status(&notes);
        }
        explain(&mut settled, cause, &notes, options);
    }
    (settled, done)
}

fn state_of(
    cause: Option<&RuntimeError>,
    notes: &Notes,
    options: &Options,
    cancelled: bool,
) -> JobState {
    let Some(cause) = cause else {
        return match is_unseen_failure(notes, options) {
            // The script caught what may have been done.
            true if notes.unanswered && !options.retry_unsafe => JobState::Uncertain,
            true => JobState::Failed,
            false => JobState::Succeeded,
        };
    };
    let stopped = cause.ending == Ending::Cancelled;
    let unsure = notes.unanswered || (stopped && !cancelled && notes.marked);
    if unsure && !options.retry_unsafe {
        JobState::Uncertain
    } else if stopped && cancelled {
        JobState::Cancelled
    } else if stopped {
        JobState::Ready
    } else {
        JobState::Failed
    }
}

/// Who asks for retries has the batch judge the last answer (running, 4.2) where the script ends without a look at its
/// status. Without retries the script has the last word, as in a single run.
fn is_unseen_failure(notes: &Notes, options: &Options) -> bool {
    options.retries > 0 && ends_in_passing(None, notes)
}

/// Whether an attempt ended as it did because of its last call, and that in a way that passes. A script that was told
/// how the call ended and ends well is done, and any other error than that of the call is its own.
fn ends_in_passing(cause: Option<&RuntimeError>, notes: &Notes) -> bool {
    let Some(passing) = notes.passing.as_ref().filter(|_| !notes.timed_out) else {
        return false;
    };
    let Some(cause) = cause else {
        return passing.error.is_none();
    };
    match cause.ending {
        Ending::Failed | Ending::Connection(_) | Ending::Limited => {
            passing.error == Some(cause.code)
        }
        Ending::Stopped | Ending::Cancelled | Ending::Internal => false,
    }
}

/// Whether an attempt is repeated: it ended in a way that passes, and nothing it did is done twice by that.
fn may_run_again(
    cause: Option<&RuntimeError>,
    notes: &Notes,
    options: &Options,
    retried: u64,
    state: JobState,
) -> bool {
    ends_in_passing(cause, notes)
        && retried < options.retries
        && matches!(state, JobState::Failed | JobState::Succeeded)
        && (!notes.effect || options.retry_unsafe)
}

/// Milliseconds until the next attempt: full jitter over a time that doubles, and what the service asks for at least.
fn pause(retried: u64, notes: &Notes) -> i64 {
    let doubled = FIRST_PAUSE.saturating_mul(1 << retried.min(16));
    let most = doubled.min(LONGEST_PAUSE).as_millis() as u64;
    let chance = RandomState::new().hash_one(retried) % (most + 1);
    let asked = notes
        .passing
        .as_ref()
        .and_then(|passing| passing.retry_after)
        .map_or(0, |time| {
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
        });
    i64::try_from(chance.max(asked)).unwrap_or(i64::MAX / 2)
}

/// B0011: why an attempt is repeated, or has failed, whose script ended well.
fn passing_status(notes: &Notes) -> Option<JobError> {
    let passing = notes.passing.as_ref()?;
    let help = "ask for the status with `detailed :true` where the script is to decide what such an answer means";
    Some(JobError::outside("B0011", passing.what.as_str(), help))
}

/// Adds to an error what the batch knows and the script does not.
fn explain(settled: &mut Settled, cause: Option<&RuntimeError>, notes: &Notes, options: &Options) {
    let Some(error) = &mut settled.error else {
        return;
    };
    if settled.state == JobState::Uncertain {
        error.help = Some(
            "a request that may have had an effect was sent and no answer came: look whether it had, then \
             `freshet batch retry ID --state uncertain`"
                .to_owned(),
        );
    } else if notes.effect && ends_in_passing(cause, notes) && options.retries > 0 {
        error.help = Some(
            "not tried again, since an earlier request of the job had its effect; --retry-unsafe does so all the same"
                .to_owned(),
        );
    }
    if cause.is_some_and(|cause| cause.message.starts_with("the limit of output")) {
        settled
            .log
            .push_str("… cut here: the limit of output is reached\n");
    }
}
