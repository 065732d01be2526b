//! How batches are put in words: counts, times, jobs.

use std::time::Duration;

use freshet_connections::rfc3339;
use freshet_runtime::batch::record::{Counts, JobState};
use serde_json::{Value, json};

/// `12,345`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `350 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`.
pub fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time.as_millis() == 0 => format!("{} µs", time.as_micros()),
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Jobs a second.
pub fn rate(jobs: u64, time: Duration) -> f64 {
    if time.is_zero() {
        return 0.0;
    }
    jobs as f64 / time.as_secs_f64()
}

/// A rate for people.
pub fn rate_words(rate: f64) -> String {
    if rate >= 10.0 {
        format!("{} a second", grouped(rate.round() as u64))
    } else {
        format!("{rate:.1} a second")
    }
}

/// `9,997 succeeded, 3 failed`: the states that there are.
pub fn counts_words(counts: &Counts) -> String {
    let parts: Vec<String> = [
        JobState::Succeeded,
        JobState::Failed,
        JobState::Uncertain,
        JobState::Cancelled,
        JobState::Running,
        JobState::Ready,
    ]
    .into_iter()
    .filter(|state| counts.of(*state) > 0)
    .map(|state| format!("{} {}", grouped(counts.of(state)), state.as_str()))
    .collect();
    if parts.is_empty() {
        return "no jobs".to_owned();
    }
    parts.join(", ")
}

/// The first line of a text, cut where it is longer than that many characters.
pub fn first_line(text: &str, most: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= most {
        return line.to_owned();
    }
    line.chars().take(most - 1).chain(['…']).collect()
}

/// The counts as they stand in JSON documents.
pub fn counts_json(counts: &Counts) -> Value {
    let mut document = json!({ "total": counts.total() });
    for state in JobState::ALL {
        document[state.as_str()] = json!(counts.of(state));
    }
    document
}

/// A time in milliseconds as JSON documents show it.
pub fn time_json(at: Option<i64>) -> Value {
    at.map_or(Value::Null, |at| json!(rfc3339(at)))
}

/// Milliseconds with three decimals, as JSON documents show durations.
pub fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
