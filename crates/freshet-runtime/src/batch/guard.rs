//! What a job of a batch adds to the web calls of its script: keys that let a service know a repeated request, marks
//! for requests that may have an effect, and notes by which it is decided whether the job may run again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use freshet_connections::{Call, Connections, Reply};
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Method, StatusCode};
use sha2::{Digest, Sha256};

/// The header that most services take a key in, when a script sets it by itself.
const USUAL_HEADER: &str = "idempotency-key";

/// The guard of one attempt at a job.
#[derive(Clone)]
pub struct Guard {
    /// What keys are made of, besides the number of the call: the batch's salt and the job's number.
    pub(crate) job: Arc<str>,
    /// The number of the job: of jobs that wait for a turn, the lower ones go first.
    pub(crate) place: u64,
    /// The headers that services take keys in, by link name.
    pub(crate) headers: Arc<Headers>,
    /// Marks the job as having sent something; returns when the mark is kept. `false`: it cannot be.
    pub(crate) mark: Arc<dyn Fn() -> bool + Send + Sync>,
    /// How long the attempt may take, waiting for turns not counted.
    pub(crate) timeout: Option<Duration>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guard({})", self.job)
    }
}

/// Headers of services, each looked up once a batch.
#[derive(Default)]
pub(crate) struct Headers(Mutex<HashMap<String, Option<HeaderName>>>);

impl Headers {
    fn of(&self, link: &str, connections: &Connections) -> Option<HeaderName> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(header) = known.get(link) {
            return header.clone();
        }
        // A connection that cannot be used sends nothing either, and its error is told by the call itself.
        let header = connections
            .idempotency_header(link)
            .ok()
            .flatten()
            .and_then(|name| name.parse().ok());
        known.insert(link.to_owned(), header.clone());
        header
    }
}

impl Guard {
    /// Gives a call its key. `true`: it may have an effect, and nothing keeps a repetition from having it again.
    pub(crate) fn protect(&self, call: &mut Call, number: u64, connections: &Connections) -> bool {
        if !matches!(*call.request.method(), Method::POST | Method::PATCH) {
            return false;
        }
        let header = call
            .connection
            .as_deref()
            .and_then(|link| self.headers.of(link, connections));
        let headers = call.request.headers_mut();
        if headers.contains_key(USUAL_HEADER) {
            return false;
        }
        let Some(header) = header else {
            return true;
        };
        // A key that the script chose itself is left alone.
        if !headers.contains_key(&header)
            && let Ok(key) = HeaderValue::from_str(&self.key(number))
        {
            headers.insert(header, key);
        }
        false
    }

    /// The key of a call: the same on every attempt at the job, in the form of a UUID of version 8 (RFC 9562, 5.8).
    fn key(&self, number: u64) -> String {
        let digest = Sha256::digest(format!("{}:{number}", self.job));
        let mut bytes = [0; 16];
        bytes
            .iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        )
    }
}

/// What an attempt did on the network.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// The job was marked as having sent something.
    pub(crate) marked: bool,
    /// A request that nothing protects from repetition was sent, and no answer came.
    pub(crate) unanswered: bool,
    /// Such a request was answered as if it had its effect.
    pub(crate) effect: bool,
    /// The last call ended in a way that passes.
    pub(crate) passing: Option<Passing>,
    /// The time of the attempt ended.
    pub(crate) timed_out: bool,
}

/// How a call ended that may succeed later.
#[derive(Clone, Debug)]
pub(crate) struct Passing {
    /// In words.
    pub what: String,
    /// How long the service asked to wait.
    pub retry_after: Option<Duration>,
    /// The code of the error that the script was told; `None`: it has the body of an answer and knows of nothing.
    pub error: Option<&'static str>,
}

impl Notes {
    /// A call was answered. `seen`: the script sees the status.
    pub(crate) fn answered(&mut self, unprotected: bool, reply: &Reply, seen: bool) {
        let status = reply.response.status();
        let passes = is_passing(status);
        // Whoever sees the status decides what it means.
        self.passing = (passes && !seen).then(|| Passing {
            what: format!("the last call was answered with status {}", status.as_u16()),
            retry_after: retry_after(reply.response.headers()),
            error: None,
        });
        self.effect |= unprotected && !passes && !status.is_client_error();
    }

    /// A call was not answered.
    pub(crate) fn missed(&mut self, unprotected: bool, missed: &Missed) {
        self.passing = missed.passing.then(|| Passing {
            what: "the last call was not answered".to_owned(),
            retry_after: None,
            error: Some(missed.error.code),
        });
        self.unanswered |= unprotected && missed.on_the_way;
    }
}

/// Why no answer came.
pub(crate) struct Missed {
    /// What the script is told.
    pub error: freshet_interpreter::host::HostError,
    /// The same call may succeed later.
    pub passing: bool,
    /// The request may have reached the service.
    pub on_the_way: bool,
}

/// 429, 502, 503 and 504: the service says, or the machines before it say, that it is a matter of time.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?;
    let at = Duration::from_millis(u64::try_from(at.as_millisecond()).ok()?);
    Some(at.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_wait_is_read_in_both_forms() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            retry_after(&headers)
        };
        assert_eq!(of("120"), Some(Duration::from_secs(120)));
        assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert!(of("Fri, 31 Dec 2100 23:59:59 GMT") > Some(Duration::from_secs(86_400)));
        assert_eq!(of("soon"), None);
    }
}
