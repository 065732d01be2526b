//! How far the clock of this machine is from that of a service (reliability, 2).

use http::HeaderMap;
use tracing::warn;

use crate::clock::time_told;

/// From here on the clocks differ, in milliseconds: less may be the time a reply was under way.
const SKEW: i64 = 60_000;

/// The time at a service that sent these headers, in milliseconds since 1970 UTC: its `Date` where
/// that is more than a minute from `now`, else `now`. Points in time that a service names are to be
/// read by its own clock.
pub(super) fn time_there(headers: &HeaderMap, now: i64, service: &str) -> i64 {
    let Some(there) = time_told(headers).filter(|there| (there - now).abs() > SKEW) else {
        return now;
    };
    let seconds = (there - now).abs() / 1000;
    let side = if there > now { "behind" } else { "ahead of" };
    warn!("the clock of this machine is {seconds} s {side} that of {service}: set it right");
    there
}
