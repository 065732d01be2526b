//! The JUnit form, which build servers read: a test case a job.

use std::io::Write;
use std::time::Duration;

use freshet_connections::rfc3339;
use freshet_runtime::batch::queue::{Selection, Store};
use freshet_runtime::batch::record::{BatchRecord, JobRecord, JobState};
use freshet_runtime::batch::worker::label;

use super::Fault;

/// Writes the report.
pub fn write(out: &mut dyn Write, store: &Store, batch: &BatchRecord) -> Result<(), Fault> {
    let (span, _) = store.span(&batch.id)?;
    let time = seconds(Duration::from_millis(span));
    let of = |state| batch.counts.of(state);
    let name = escaped(&batch.name);
    let totals = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{time}\"",
        batch.counts.total(),
        of(JobState::Failed),
        of(JobState::Uncertain),
        of(JobState::Cancelled) + of(JobState::Ready) + of(JobState::Running),
    );
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"{name}\" {totals}>")?;
    let at = rfc3339(batch.created_at);
    let at = at.trim_end_matches('Z');
    writeln!(
        out,
        "  <testsuite name=\"{name}\" id=\"{}\" timestamp=\"{at}\" {totals}>",
        batch.id
    )?;
    store.jobs::<Fault>(&batch.id, &Selection::default(), |job| case(out, &job))?;
    writeln!(out, "  </testsuite>\n</testsuites>")?;
    Ok(())
}

fn case(out: &mut dyn Write, job: &JobRecord) -> Result<(), Fault> {
    let name = escaped(&label(job.number, job.key.as_deref()));
    let class = escaped(&job.script);
    let time = seconds(job.duration.unwrap_or_default());
    writeln!(
        out,
        "    <testcase name=\"{name}\" classname=\"{class}\" time=\"{time}\">"
    )?;
    let error = job.error.as_ref();
    let code = error.map_or("", |error| &error.code);
    let message = error.map_or("", |error| &error.message);
    let whole = error.map(|error| error.line()).unwrap_or_default();
    let element = match job.state {
        JobState::Failed => Some("failure"),
        JobState::Uncertain => Some("error"),
        JobState::Cancelled | JobState::Ready | JobState::Running => {
            writeln!(out, "      <skipped message=\"{}\"/>", job.state.as_str())?;
            None
        }
        JobState::Succeeded => None,
    };
    if let Some(element) = element {
        writeln!(
            out,
            "      <{element} type=\"{}\" message=\"{}\">{}</{element}>",
            escaped(code),
            escaped(message),
            escaped(&whole)
        )?;
    }
    if !job.log.is_empty() {
        writeln!(out, "      <system-out>{}</system-out>", escaped(&job.log))?;
    }
    writeln!(out, "    </testcase>")?;
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.6}", time.as_secs_f64())
}

/// A text as XML takes it, in attributes too; characters that XML does not have are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            '\r' => out.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control < ' ' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
