//! What a run may use, as `--limit NAME=VALUE` and the settings of a project say it.

use std::time::Duration;

use freshet_connections::Limits as CallLimits;

use crate::engine::RunOptions;

/// A limit that was given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Executed statements and loop turns.
    Steps(u64),
    /// Wall time of the run.
    Time(Duration),
    /// Bytes of the values.
    Memory(u64),
    /// Calls of functions inside each other.
    Depth(u64),
    /// Web calls.
    Calls(u64),
    /// Bytes that `info` prints.
    Output(u64),
    /// Bytes of a reply.
    Reply(u64),
    /// Until a connection is made.
    ConnectTime(Duration),
    /// Between two reads of a reply.
    ReadTime(Duration),
    /// For a web call in all.
    CallTime(Duration),
}

const NAMES: &str =
    "steps, time, memory, depth, calls, output, reply, connect-time, read-time or call-time";

/// Reads `NAME=VALUE`.
///
/// # Errors
/// Says what was expected.
pub fn parse(text: &str) -> Result<Limit, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "expected NAME=VALUE, such as steps=100000".to_owned())?;
    read(name, value)
}

/// Reads the value of the limit `name`.
///
/// # Errors
/// Says what was expected.
pub fn read(name: &str, value: &str) -> Result<Limit, String> {
    Ok(match name {
        "steps" => Limit::Steps(count(value)?),
        "time" => Limit::Time(duration(value)?),
        "memory" => Limit::Memory(size(value)?),
        "depth" => Limit::Depth(count(value)?),
        "calls" => Limit::Calls(count(value)?),
        "output" => Limit::Output(size(value)?),
        "reply" => Limit::Reply(size(value)?),
        "connect-time" => Limit::ConnectTime(duration(value)?),
        "read-time" => Limit::ReadTime(duration(value)?),
        "call-time" => Limit::CallTime(duration(value)?),
        _ => return Err(format!("there is no limit `{name}`, expected {NAMES}")),
    })
}

/// Puts limits where they belong: into the options of a run and the limits of its web calls.
pub fn apply(limits: &[Limit], options: &mut RunOptions, calls: &mut CallLimits) {
    let as_size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    for limit in limits {
        match *limit {
            Limit::Steps(steps) => options.limits.steps = Some(steps),
            Limit::Time(time) => options.limits.time = Some(time),
            Limit::Memory(bytes) => options.limits.memory = as_size(bytes),
            Limit::Depth(depth) => options.limits.depth = as_size(depth),
            Limit::Calls(count) => options.calls = Some(count),
            Limit::Output(bytes) => options.output = Some(bytes),
            Limit::Reply(bytes) => calls.reply = bytes,
            Limit::ConnectTime(time) => calls.connect = time,
            Limit::ReadTime(time) => calls.read = time,
            Limit::CallTime(time) => calls.call = time,
        }
    }
}

fn count(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("found `{text}`, expected a whole number"))
}

/// `512`, `64KiB`, `1.5MiB`, `2GiB`; the short forms `K`, `M`, `G` mean the same.
fn size(text: &str) -> Result<u64, String> {
    let units = [
        ("b", 1.0),
        ("k", 1024.0),
        ("m", 1024.0 * 1024.0),
        ("g", 1024.0 * 1024.0 * 1024.0),
    ];
    let lower = text.to_ascii_lowercase();
    let number = lower.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = &lower[number.len()..];
    let short = unit
        .strip_suffix("ib")
        .or_else(|| unit.strip_suffix('b').filter(|rest| !rest.is_empty()))
        .unwrap_or(unit);
    let factor = if short.is_empty() {
        Some(1.0)
    } else {
        units
            .iter()
            .find(|(name, _)| *name == short)
            .map(|(_, factor)| *factor)
    };
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) if number >= 0.0 && number.is_finite() => {
            Ok((number * factor) as u64)
        }
        _ => Err(format!(
            "found `{text}`, expected a size such as 500000, 64KiB or 16MiB"
        )),
    }
}

/// Reads `500ms`, `2s`, `1.5m`, `1h`; a bare number is seconds.
///
/// # Errors
/// Says what was expected.
pub fn duration(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds = match &text[number.len()..] {
        "ms" => Some(0.001),
        "" | "s" => Some(1.0),
        "m" | "min" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    };
    let parsed = number
        .parse::<f64>()
        .ok()
        .zip(seconds)
        .map(|(number, seconds)| number * seconds);
    parsed
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("found `{text}`, expected a time such as 500ms, 30s or 5m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_with_their_units() {
        assert_eq!(parse("steps=5"), Ok(Limit::Steps(5)));
        assert_eq!(parse("memory=64KiB"), Ok(Limit::Memory(65536)));
        assert_eq!(parse("output=1.5m"), Ok(Limit::Output(1_572_864)));
        assert_eq!(parse("reply=100b"), Ok(Limit::Reply(100)));
        assert_eq!(
            parse("time=500ms"),
            Ok(Limit::Time(Duration::from_millis(500)))
        );
        assert_eq!(
            parse("call-time=2"),
            Ok(Limit::CallTime(Duration::from_secs(2)))
        );
        for wrong in [
            "steps",
            "steps=x",
            "speed=3",
            "time=5 parsecs",
            "time=-1",
            "memory=1TB",
            "memory=é",
            "time=é",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
