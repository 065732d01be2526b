//! What is to be seen while a batch runs: logs and errors of jobs that ended, and how far it is.

use std::fs;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stdout, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use freshet_runtime::batch::plan::Unit;
use freshet_runtime::batch::record::JobState;
use freshet_runtime::batch::worker::{Ended, Event, Progress, label};
use freshet_runtime::output::OUTPUT_ENDED;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::how::How;
use super::report;
use super::words::{grouped, rate, rate_words, short};
use crate::exit::Failure;
use crate::output::{self, Format, visible};
use crate::report::Reporter;

/// Between two lines about progress where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The screen of one batch.
pub struct Screen {
    batch: String,
    units: Arc<Vec<Unit>>,
    color: bool,
    /// Logs go to standard output.
    logs: bool,
    /// Progress is shown.
    progress: bool,
    out: BufWriter<Stdout>,
    /// Why nothing more is printed on standard output; a pipe that nobody reads is no fault.
    closed: Option<io::Error>,
    bar: Option<ProgressBar>,
    lined: Instant,
    folder: Option<PathBuf>,
    /// Logs that could not be written into the folder: why the first one could not, and how many there are.
    unwritten: Option<(Failure, u64)>,
}

impl Screen {
    /// A screen for a batch that begins.
    pub fn new(batch: &str, units: &Arc<Vec<Unit>>, how: &How, color: bool) -> Self {
        let for_people = how.format.format() == Format::Human && !how.quiet;
        let on_terminal = io::stderr().is_terminal() && output::obeys();
        Self {
            batch: batch.to_owned(),
            units: Arc::clone(units),
            color,
            logs: for_people,
            progress: for_people,
            out: BufWriter::with_capacity(64 * 1024, io::stdout()),
            closed: None,
            bar: (for_people && on_terminal).then(bar),
            lined: Instant::now(),
            folder: how.output.clone(),
            unwritten: None,
        }
    }

    /// Shows what happened.
    pub fn show(&mut self, event: Event<'_>) {
        match event {
            Event::Ended(ended) => self.ended(&ended),
            Event::Again(ended, wait) => self.again(&ended, wait),
            Event::Refused(number) => self.note(&format!(
                "the result of job {number} was not stored: another process had taken the job over"
            )),
            Event::TakenOver(ready, uncertain) => self.note(&format!(
                "taken over from a process that ended: {} run again, {} uncertain",
                grouped(ready),
                grouped(uncertain)
            )),
            Event::Stopping(grace) => self.stopping(grace),
            Event::Tick(progress) => self.tick(progress),
        }
    }

    /// Shows what was kept back, and takes the bar away.
    ///
    /// # Errors
    /// R0105: logs could not be printed. Or they could not be written as files.
    pub fn close(mut self) -> Result<(), Failure> {
        self.flush();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        match self.closed {
            Some(cause) if cause.kind() != ErrorKind::BrokenPipe => {
                Err(not_printed(&cause, &self.batch))
            }
            _ => match self.unwritten {
                Some((first, count)) => Err(not_written(first, count, &self.batch)),
                None => Ok(()),
            },
        }
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        self.keep(ended);
        if self.logs && !ended.log.is_empty() {
            self.print(ended.log);
        }
        let failed = matches!(ended.state, JobState::Failed | JobState::Uncertain);
        if !failed {
            return;
        }
        if !self.logs && !ended.log.is_empty() {
            // With its error, a failing job's log is shown even where others are not.
            self.note(ended.log.trim_end());
        }
        let files = self
            .units
            .get(ended.unit)
            .map_or(&[][..], |unit| unit.files.as_slice());
        let report = match (ended.cause, ended.error) {
            (Some(cause), _) => Reporter::new(files, self.color).runtime_error(cause),
            (None, Some(error)) => visible(&error.line()),
            (None, None) => String::new(),
        };
        let name = visible(&label(ended.number, ended.key));
        let state = ended.state.as_str();
        let told = ended.cause.and_then(|cause| cause.help.as_deref());
        let help = ended
            .error
            .and_then(|error| error.help.as_deref())
            .filter(|help| told != Some(help))
            .map(|help| format!("\n   Help: {}", visible(help)))
            .unwrap_or_default();
        self.note(&format!("{name} {state}:\n{}{help}", report.trim_end()));
    }

    fn again(&mut self, ended: &Ended<'_>, wait: Duration) {
        if !self.progress {
            return;
        }
        let why = ended
            .error
            .map_or_else(String::new, |error| format!(": {}", error.message));
        let name = label(ended.number, ended.key);
        self.note(&visible(&format!("{name} again in {}{why}", short(wait))));
    }

    fn stopping(&mut self, grace: Duration) {
        if self.progress {
            self.note(&format!(
                "stopping: no further jobs; those that run get {} s, a second Ctrl-C ends them at once",
                grace.as_secs()
            ));
        }
    }

    /// The log of a job as a file. The first that cannot be written is told; the log is in the store.
    fn keep(&mut self, ended: &Ended<'_>) {
        let Some(folder) = &self.folder else {
            return;
        };
        let path = folder.join(match ended.key {
            Some(key) => format!("{}-{}.log", ended.number, file_name(key)),
            None => format!("{}.log", ended.number),
        });
        let mut text = ended.log.to_owned();
        if let Some(error) = ended.error {
            let place = error.at().map(|at| format!(" at {at}")).unwrap_or_default();
            text.push_str(&format!("{}: {}{place}\n", error.code, error.message));
        }
        let written = report::replace(&path, |out| out.write_all(text.as_bytes()));
        match (written, &mut self.unwritten) {
            (Ok(()), _) => {}
            (Err(_), Some((_, count))) => *count += 1,
            (Err(cause), none) => {
                let told = Failure::io(format!("cannot write the log {}", path.display()), &cause);
                let warning = format!("warning: {}", visible(&told.message));
                *none = Some((told, 1));
                self.note(&warning);
            }
        }
    }

    /// Prints a log on standard output.
    fn print(&mut self, text: &str) {
        if self.closed.is_none() {
            self.closed = self.out.write_all(text.as_bytes()).err();
        }
    }

    fn flush(&mut self) {
        if self.closed.is_some() || self.out.buffer().is_empty() {
            return;
        }
        let out = &mut self.out;
        let flushed = match &self.bar {
            Some(bar) if io::stdout().is_terminal() => bar.suspend(|| out.flush()),
            _ => out.flush(),
        };
        self.closed = flushed.err();
    }

    /// Says something on standard error, after the logs printed before.
    fn note(&mut self, text: &str) {
        self.flush();
        match &self.bar {
            Some(bar) => bar.suspend(|| output::say(text)),
            None => output::say(text),
        }
    }

    fn tick(&mut self, progress: &Progress) {
        self.flush();
        if !self.progress {
            return;
        }
        let words = progress_words(progress);
        if let Some(bar) = &self.bar {
            bar.set_length(progress.counts.total());
            bar.set_position(progress.counts.ended());
            bar.set_message(words + &longest_words(progress));
        } else if self.lined.elapsed() >= LINE_EVERY {
            self.lined = Instant::now();
            output::say(&format!(
                "batch {}: {} of {} done, {words}",
                self.batch,
                grouped(progress.counts.ended()),
                grouped(progress.counts.total())
            ));
        }
    }
}

/// Makes the folder for logs, if one is wanted, so that nobody learns of it when there is a batch.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(how: &How) -> Result<(), Failure> {
    let Some(folder) = &how.output else {
        return Ok(());
    };
    fs::create_dir_all(folder).map_err(|cause| {
        let what = format!("cannot make the folder {}", folder.display());
        Failure::io(what, &cause)
    })
}

/// R0105, as of a single run.
fn not_printed(cause: &io::Error, batch: &str) -> Failure {
    Failure {
        code: Some(OUTPUT_ENDED),
        ..Failure::io("standard output cannot be written", cause)
    }
    .help(format!(
        "the jobs have run, and their logs are kept: `freshet batch show {batch} JOB`"
    ))
}

/// Logs are no files, although they were to be.
fn not_written(first: Failure, count: u64, batch: &str) -> Failure {
    let message = match count {
        1 => first.message,
        _ => format!("{}; {} logs in all", first.message, grouped(count)),
    };
    Failure { message, ..first }.help(format!(
        "the jobs have run, and their logs are kept: `freshet batch show {batch} JOB`"
    ))
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {human_pos}/{human_len} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

/// `3 failed, 64 in flight, 812 a second, about 12 s left`.
fn progress_words(progress: &Progress) -> String {
    let rate = rate(progress.ended, progress.elapsed);
    let mut words = format!(
        "{} failed, {} in flight, {}",
        grouped(progress.counts.failures()),
        grouped(progress.in_flight as u64),
        rate_words(rate)
    );
    let left = progress.counts.total() - progress.counts.ended();
    if rate > 0.0 && left > 0 {
        let time = Duration::try_from_secs_f64(left as f64 / rate).unwrap_or(Duration::MAX);
        words.push_str(&format!(", about {} left", short(time)));
    }
    words
}

/// Jobs that have run for longer than a moment.
fn longest_words(progress: &Progress) -> String {
    let named: Vec<String> = progress
        .longest
        .iter()
        .filter(|(_, time)| *time > Duration::from_secs(1))
        .map(|(name, time)| format!("{} {}", visible(name), short(*time)))
        .collect();
    if named.is_empty() {
        return String::new();
    }
    format!(" · {}", named.join(", "))
}

/// A key as a part of the name of a file.
fn file_name(key: &str) -> String {
    key.chars()
        .take(80)
        .map(|character| {
            if character.is_alphanumeric() || matches!(character, '-' | '_' | '.') {
                character
            } else {
                '_'
            }
        })
        .collect()
}
