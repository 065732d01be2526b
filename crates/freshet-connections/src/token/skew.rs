//! How far the clock of this machine is from that of a service (reliability, 2).

use http::HeaderMap;
use http::header::DATE;
use jiff::fmt::rfc2822;
use tracing::warn;

/// From here on the clocks differ, in milliseconds: less may be the time a reply was under way.
const SKEW: i64 = 60_000;

/// The time at a service that sent these headers, in milliseconds since 1970 UTC: its `Date` where
/// that is more than a minute from `now`, else `now`. Points in time that a service names are to be
/// read by its own clock.
pub(super) fn time_there(headers: &HeaderMap, now: i64, service: &str) -> i64 {
    let date = headers
        .get(DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| rfc2822::parse(text).ok())
        .map(|date| date.timestamp().as_millisecond());
    let Some(there) = date.filter(|there| (there - now).abs() > SKEW) else {
        return now;
    };
    let seconds = (there - now).abs() / 1000;
    let side = if there > now { "behind" } else { "ahead of" };
    warn!("the clock of this machine is {seconds} s {side} that of {service}: set it right");
    there
}
