//! What is kept of batches and jobs, as plain data.

use std::time::Duration;

use freshet_interpreter::error::RuntimeError;
use freshet_syntax::source::{FileId, SourceFile, Span};
use serde::{Deserialize, Serialize};

use super::plan;
use crate::arguments::Given;

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobState {
    /// Waits for a worker.
    Ready,
    /// A worker has it.
    Running,
    /// Its script came to its end.
    Succeeded,
    /// Its script ended in an error.
    Failed,
    /// A request that may have had an effect was sent, and no answer came.
    Uncertain,
    /// It was cancelled.
    Cancelled,
}

impl JobState {
    /// Every state, in the order in which counts are shown.
    pub const ALL: [JobState; 6] = [
        JobState::Ready,
        JobState::Running,
        JobState::Succeeded,
        JobState::Failed,
        JobState::Uncertain,
        JobState::Cancelled,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            JobState::Ready => "ready",
            JobState::Running => "running",
            JobState::Succeeded => "succeeded",
            JobState::Failed => "failed",
            JobState::Uncertain => "uncertain",
            JobState::Cancelled => "cancelled",
        }
    }

    /// The state with that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Its number in the store, which never changes.
    pub(crate) fn number(self) -> i64 {
        match self {
            JobState::Ready => 0,
            JobState::Running => 1,
            JobState::Succeeded => 2,
            JobState::Failed => 3,
            JobState::Uncertain => 4,
            JobState::Cancelled => 5,
        }
    }

    pub(crate) fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

/// How many jobs are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    by_state: [u64; 6],
}

impl Counts {
    /// The jobs in a state.
    #[must_use]
    pub fn of(&self, state: JobState) -> u64 {
        let [ready, running, succeeded, failed, uncertain, cancelled] = self.by_state;
        match state {
            JobState::Ready => ready,
            JobState::Running => running,
            JobState::Succeeded => succeeded,
            JobState::Failed => failed,
            JobState::Uncertain => uncertain,
            JobState::Cancelled => cancelled,
        }
    }

    /// All jobs.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_state.iter().sum()
    }

    /// Those that will not be run again by themselves.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.total() - self.left()
    }

    /// Those that wait or run.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.of(JobState::Ready) + self.of(JobState::Running)
    }

    /// Those that did not come to a good end: failed, uncertain.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.of(JobState::Failed) + self.of(JobState::Uncertain)
    }

    pub(crate) fn add(&mut self, state: JobState, count: u64) {
        if let Some(place) = self.place(state) {
            *place += count;
        }
    }

    pub(crate) fn take(&mut self, state: JobState, count: u64) {
        if let Some(place) = self.place(state) {
            *place = place.saturating_sub(count);
        }
    }

    fn place(&mut self, state: JobState) -> Option<&mut u64> {
        self.by_state.get_mut(state.number() as usize)
    }
}

/// A place in a source file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file as reports name it.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// The character in it.
    pub column: u32,
    /// Where it ends.
    pub end_line: u32,
    /// Where it ends.
    pub end_column: u32,
}

/// A call on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPlace {
    /// Full name of the called function.
    pub function: String,
    /// Where it was called.
    pub place: Option<Place>,
}

/// Why a job, or an attempt at it, ended in an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// The stable name.
    pub code: String,
    /// What was found, and what was expected.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    /// Where it arose.
    pub place: Option<Place>,
    /// The calls that led there, innermost first.
    #[serde(default)]
    pub calls: Vec<CallPlace>,
}

impl JobError {
    /// An error that arose outside of any script.
    pub(crate) fn outside(code: &str, message: impl Into<String>, help: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            help: (!help.is_empty()).then(|| help.to_owned()),
            place: None,
            calls: Vec::new(),
        }
    }

    /// The error of a run over `files`.
    pub(crate) fn of(error: &RuntimeError, files: &[SourceFile]) -> Self {
        Self {
            code: error.code.to_owned(),
            message: error.message.clone(),
            help: error.help.clone(),
            place: error.span.and_then(|span| place(files, span)),
            calls: error
                .calls
                .iter()
                .map(|call| CallPlace {
                    function: call.function.clone(),
                    place: place(files, call.span),
                })
                .collect(),
        }
    }

    /// `CODE at FILE:LINE:COLUMN: MESSAGE`.
    #[must_use]
    pub fn line(&self) -> String {
        match self.at() {
            Some(at) => format!("{} at {at}: {}", self.code, self.message),
            None => format!("{}: {}", self.code, self.message),
        }
    }

    /// `FILE:LINE:COLUMN`, if it has a place.
    #[must_use]
    pub fn at(&self) -> Option<String> {
        self.place.as_ref().map(Place::text)
    }
}

impl Place {
    /// `FILE:LINE:COLUMN`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

fn place(files: &[SourceFile], span: Span) -> Option<Place> {
    let FileId(number) = span.file;
    let file = files.get(number as usize)?;
    let (line, column) = file.line_column(span.start);
    let (end_line, end_column) = file.line_column(span.end);
    Some(Place {
        file: file.name().to_owned(),
        line,
        column,
        end_line,
        end_column,
    })
}

/// A batch as it stands.
#[derive(Clone, Debug)]
pub struct BatchRecord {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created_at: i64,
    /// When its last job ended; `None` while there are jobs left.
    pub ended_at: Option<i64>,
    /// It was cancelled.
    pub cancelled: bool,
    /// Its jobs by state.
    pub counts: Counts,
    /// A process is there that runs jobs of it.
    pub is_worked_on: bool,
}

impl BatchRecord {
    /// Its state in a word: `running`, `unfinished`, `succeeded`, `failed` or `cancelled`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        if self.is_worked_on {
            "running"
        } else if self.counts.left() > 0 {
            "unfinished"
        } else if self.cancelled || self.counts.of(JobState::Cancelled) > 0 {
            "cancelled"
        } else if self.counts.failures() > 0 {
            "failed"
        } else {
            "succeeded"
        }
    }
}

/// A job as it stands.
#[derive(Clone, Debug)]
pub struct JobRecord {
    /// Its number in the batch, from 1.
    pub number: u64,
    /// What names it, where it was given one.
    pub key: Option<String>,
    /// The place in its batch of the unit that it runs.
    pub unit: usize,
    /// The script or function of that.
    pub script: String,
    /// Its arguments: an object whose members are texts, or JSON where the name ends in `:`.
    pub arguments: String,
    /// How it stands.
    pub state: JobState,
    /// Attempts made so far.
    pub attempts: u64,
    /// When the last attempt began, in milliseconds since 1970 UTC.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// How long the last attempt took.
    pub duration: Option<Duration>,
    /// Web calls of the last attempt.
    pub http_calls: u64,
    /// The result as JSON; `None` for null.
    pub result: Option<String>,
    /// What it printed.
    pub log: String,
    /// Why it ended in an error.
    pub error: Option<JobError>,
}

/// A job that took long.
#[derive(Clone, Debug)]
pub struct SlowJob {
    /// Its number in the batch.
    pub number: u64,
    /// What names it.
    pub key: Option<String>,
    /// How long its last attempt took.
    pub duration: Duration,
}

/// Failures with the same code at the same place.
#[derive(Clone, Debug)]
pub struct FailureGroup {
    /// The code.
    pub code: String,
    /// `FILE:LINE:COLUMN`, where there is one.
    pub place: Option<String>,
    /// How many there are.
    pub count: u64,
    /// The message of one of them.
    pub message: String,
    /// The number of that job.
    pub number: u64,
    /// What names it.
    pub key: Option<String>,
}

/// An attempt that was followed by another one.
#[derive(Clone, Debug)]
pub struct AttemptRecord {
    /// Its number, from 1.
    pub number: u64,
    /// When it began, in milliseconds since 1970 UTC.
    pub started_at: i64,
    /// When it ended.
    pub ended_at: i64,
    /// Why it was not the last.
    pub error: Option<JobError>,
}

impl JobRecord {
    /// The arguments: texts as they were given, JSON as it is.
    #[must_use]
    pub fn given(&self) -> Vec<Given> {
        plan::loaded(&self.arguments).unwrap_or_default()
    }
}
