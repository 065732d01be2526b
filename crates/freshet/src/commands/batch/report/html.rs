//! The report for people: one file that opens without a network.
//!
//! Totals, durations and failures are there as they are; the jobs lie in the file as JSON, from which the page makes
//! its table, so that ten thousand of them can be sorted and filtered.

use std::io::Write;
use std::time::Duration;

use freshet_connections::rfc3339;
use freshet_runtime::batch::queue::{Selection, Store};
use freshet_runtime::batch::record::{BatchRecord, FailureGroup, JobRecord, JobState};
use serde_json::{Map, Value, json};

use super::Fault;
use crate::commands::batch::json::given_text;
use crate::commands::batch::words::{grouped, millis, rate, rate_words, short};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Bytes of the log of a job that are shown; all of it is in the store.
const LOG: usize = 64 * 1024;

/// Bytes of all logs together, so that a browser can open the file.
const LOGS: usize = 24 << 20;

/// Kinds of failures that are listed.
const GROUPS: usize = 20;

/// Writes the report.
pub fn write(out: &mut dyn Write, store: &Store, batch: &BatchRecord) -> Result<(), Fault> {
    let name = escaped(&batch.name);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'\">\n\
         <title>{name} · batch {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        batch.id
    )?;
    write!(out, "{}{}", head(store, batch)?, totals(batch))?;
    let mut durations = Durations::default();
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        durations.add(&job);
        Ok(())
    })?;
    write!(out, "{}", durations.section())?;
    write!(out, "{}", failures(&store.failure_groups(&batch.id)?))?;
    out.write_all(JOBS.as_bytes())?;
    write!(out, "<script id=\"data\" type=\"application/json\">[")?;
    let (mut first, mut room) = (true, LOGS);
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| {
        let sign = if std::mem::take(&mut first) {
            ""
        } else {
            ",\n"
        };
        Ok(write!(
            out,
            "{sign}{}",
            in_page(&job_data(&job, &mut room))
        )?)
    })?;
    write!(
        out,
        "]</script>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    )?;
    Ok(())
}

fn head(store: &Store, batch: &BatchRecord) -> Result<String, Fault> {
    let (span, ended) = store.span(&batch.id)?;
    let span = Duration::from_millis(span);
    let state = batch.state();
    let rate = rate(ended, span);
    let rate = match rate > 0.0 {
        true => format!(" · {}", rate_words(rate)),
        false => String::new(),
    };
    Ok(format!(
        "<header>\n<p class=\"over\">Batch <code>{}</code></p>\n<h1>{} <span class=\"state {state}\">{state}</span></h1>\n\
         <p class=\"facts\">started <time datetime=\"{at}\">{day} {hour} UTC</time> · took {}{rate}</p>\n</header>\n",
        batch.id,
        escaped(&batch.name),
        short(span),
        at = rfc3339(batch.created_at),
        day = rfc3339(batch.created_at).get(..10).unwrap_or_default(),
        hour = rfc3339(batch.created_at).get(11..16).unwrap_or_default(),
    ))
}

/// The number of jobs in each state, and how they share the whole.
fn totals(batch: &BatchRecord) -> String {
    let total = batch.counts.total();
    let card = |word: &str, class: &str, count: u64| {
        format!(
            "<div class=\"card {class}\"><dt>{word}</dt><dd>{}</dd></div>\n",
            grouped(count)
        )
    };
    let mut cards = card("jobs", "all", total);
    let mut parts = String::new();
    for state in [
        JobState::Succeeded,
        JobState::Failed,
        JobState::Uncertain,
        JobState::Cancelled,
        JobState::Running,
        JobState::Ready,
    ] {
        let count = batch.counts.of(state);
        let word = state.as_str();
        if count > 0 || matches!(state, JobState::Succeeded | JobState::Failed) {
            cards.push_str(&card(word, word, count));
        }
        if count > 0 {
            parts.push_str(&format!(
                "<span class=\"{word}\" style=\"flex-grow:{count}\" title=\"{} {word}\"></span>",
                grouped(count)
            ));
        }
    }
    format!(
        "<section aria-label=\"Totals\">\n<dl class=\"cards\">\n{cards}</dl>\n\
         <div class=\"share\" aria-hidden=\"true\">{parts}</div>\n</section>\n"
    )
}

/// How long jobs took.
#[derive(Default)]
struct Durations {
    /// Microseconds of jobs that succeeded, and of others.
    well: Vec<u64>,
    badly: Vec<u64>,
}

impl Durations {
    fn add(&mut self, job: &JobRecord) {
        let Some(time) = job.duration else { return };
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        match job.state {
            JobState::Succeeded => self.well.push(micros),
            JobState::Failed | JobState::Uncertain => self.badly.push(micros),
            JobState::Ready | JobState::Running | JobState::Cancelled => {}
        }
    }

    fn section(&self) -> String {
        let mut all: Vec<u64> = self.well.iter().chain(&self.badly).copied().collect();
        all.sort_unstable();
        let (Some(least), Some(most)) = (all.first(), all.last()) else {
            return String::new();
        };
        let at = |share: f64| {
            let place = ((all.len() - 1) as f64 * share).round() as usize;
            short(Duration::from_micros(all.get(place).copied().unwrap_or(0)))
        };
        let (bars, count) = self.bars(*least, *most);
        let many = if count > 12 { " many" } else { "" };
        format!(
            "<section>\n<h2>Durations</h2>\n\
             <p class=\"facts\">half of the jobs took up to {}, 95 of 100 up to {}, the longest {}</p>\n\
             <div class=\"chart{many}\" role=\"img\" aria-label=\"Number of jobs by duration\">\n{bars}</div>\n\
             </section>\n",
            at(0.5),
            at(0.95),
            at(1.0)
        )
    }

    /// A bar for each stretch of time, and how many there are; stretches grow by 1, 2, 5.
    fn bars(&self, least: u64, most: u64) -> (String, usize) {
        let bounds = bounds(least, most);
        let counted = |times: &[u64], from: u64, to: u64| {
            times
                .iter()
                .filter(|time| (from..to).contains(*time))
                .count() as u64
        };
        let stretches: Vec<(u64, u64, u64, u64)> = bounds
            .windows(2)
            .filter_map(|pair| match pair {
                [from, to] => Some((
                    *from,
                    *to,
                    counted(&self.well, *from, *to),
                    counted(&self.badly, *from, *to),
                )),
                _ => None,
            })
            .collect();
        let highest = stretches
            .iter()
            .map(|(_, _, well, badly)| well + badly)
            .max()
            .unwrap_or(1)
            .max(1);
        let height = |count: u64| count as f64 * 100.0 / highest as f64;
        let bars = stretches
            .iter()
            .map(|(from, to, well, badly)| {
                let label = bound_words(*from);
                let title = format!(
                    "{label} to {}: {} succeeded, {} failed",
                    bound_words(*to),
                    grouped(*well),
                    grouped(*badly)
                );
                let number = match well + badly {
                    0 => String::new(),
                    count => grouped(count),
                };
                format!(
                    "<div class=\"column\" title=\"{title}\"><div class=\"space\"><b>{number}</b>\
                     <i class=\"failed\" style=\"height:{:.2}%\"></i><i class=\"succeeded\" style=\"height:{:.2}%\"></i>\
                     </div><span>{label}</span></div>\n",
                    height(*badly),
                    height(*well)
                )
            })
            .collect();
        (bars, stretches.len())
    }
}

/// 1, 2, 5, 10, 20, 50 … microseconds, from below the least to above the most.
fn bounds(least: u64, most: u64) -> Vec<u64> {
    let mut bounds = vec![0];
    let mut step = 1_u64;
    while bounds.last().is_some_and(|last| *last <= most) {
        for factor in [1, 2, 5] {
            bounds.push(step.saturating_mul(factor));
        }
        if step > u64::MAX / 10 {
            break;
        }
        step *= 10;
    }
    let first = bounds
        .iter()
        .rposition(|bound| *bound <= least)
        .unwrap_or(0);
    let last = bounds
        .iter()
        .position(|bound| *bound > most)
        .unwrap_or(bounds.len() - 1);
    bounds
        .get(first..=last)
        .map(<[u64]>::to_vec)
        .unwrap_or_default()
}

/// A bound in its shortest words: `20 ms`, `5 s`, `2 min`.
fn bound_words(micros: u64) -> String {
    match micros {
        0 => "0".to_owned(),
        1..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000..100_000_000 => format!("{} s", micros / 1_000_000),
        _ => format!("{} s", grouped(micros / 1_000_000)),
    }
}

fn failures(groups: &[FailureGroup]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for group in groups.iter().take(GROUPS) {
        rows.push_str(&format!(
            "<li><button type=\"button\" data-find=\"{}\"><b>{} ×</b> <code>{}</code> <span>{}</span> <small>{}</small>\
             </button></li>\n",
            escaped(&group.code),
            grouped(group.count),
            escaped(&group.code),
            escaped(group.message.lines().next().unwrap_or_default()),
            escaped(group.place.as_deref().unwrap_or_default())
        ));
    }
    if groups.len() > GROUPS {
        rows.push_str(&format!(
            "<li>… and {} more kinds</li>\n",
            groups.len() - GROUPS
        ));
    }
    format!("<section>\n<h2>Failures</h2>\n<ul class=\"groups\">\n{rows}</ul>\n</section>\n")
}

/// The frame of the table; the page fills it.
const JOBS: &str = r##"<section>
<h2>Jobs</h2>
<div class="tools">
<input id="find" type="search" placeholder="Find in keys, arguments, logs, errors" aria-label="Find">
<div id="states" role="group" aria-label="States"></div>
</div>
<p id="count" class="facts" aria-live="polite"></p>
<table class="jobs">
<thead><tr>
<th data-sort="n"><button type="button">Job</button></th>
<th data-sort="state"><button type="button">State</button></th>
<th data-sort="time"><button type="button">Time</button></th>
<th data-sort="tries" class="wide"><button type="button">Attempts</button></th>
<th data-sort="about"><button type="button">Result</button></th>
</tr></thead>
<tbody id="rows"></tbody>
</table>
<button id="more" type="button" hidden>Show more</button>
<noscript><p>The table of jobs needs JavaScript; the totals above do not.</p></noscript>
</section>
</main>
"##;

/// What the page knows of a job. Arguments and the result are texts: to a browser a number is a double.
fn job_data(job: &JobRecord, room: &mut usize) -> Value {
    let given = job.given().into_iter();
    let arguments: Map<String, Value> = given
        .map(|given| {
            let text = given_text(&given);
            (given.name, Value::String(text))
        })
        .collect();
    let most = LOG.min(*room);
    let log = beginning(&job.log, most);
    *room -= log.len();
    json!({
        "n": job.number,
        "key": job.key,
        "script": job.script,
        "args": arguments,
        "state": job.state.as_str(),
        "tries": job.attempts,
        "at": job.started_at.map(rfc3339),
        "time": job.duration.map(millis),
        "took": job.duration.map(short),
        "calls": job.http_calls,
        "result": job.result,
        "log": log,
        "cut": log.len() < job.log.len(),
        "error": job.error.as_ref().map(|error| json!({
            "code": error.code, "message": error.message, "help": error.help, "at": error.at(),
            "calls": error.calls.iter().map(|call| json!([
                call.function, call.place.as_ref().map(|place| place.text())
            ])).collect::<Vec<Value>>(),
        })),
    })
}

fn beginning(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// JSON that cannot end the element it stands in.
fn in_page(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
