//! How a run is shown: what is said about its files, its error, its result, and the JSON document.

use std::io::{self, IsTerminal};

use freshet_runtime::engine::{RunRecord, RunState};
use freshet_runtime::output::{OUTPUT_ENDED, OutputEnd};
use freshet_runtime::project::Compiled;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, visible};
use crate::report::Reporter;
use crate::signal;

/// How a run is shown.
pub struct View<'a> {
    /// The name of what is run.
    pub script: &'a str,
    /// What was compiled.
    pub compiled: &'a Compiled,
    /// For whom.
    pub format: Format,
    /// Whether with colours.
    pub color: bool,
}

/// The document of `--format json`.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    script: &'a str,
    state: &'static str,
    result: Option<Box<RawValue>>,
    output: &'a [String],
    diagnostics: Vec<Value>,
    /// Errors and warnings beyond those.
    omitted: usize,
    calls: Value,
    http_calls: u64,
    duration_ms: f64,
}

impl View<'_> {
    fn reporter(&self) -> Reporter<'_> {
        Reporter::new(&self.compiled.files, self.color)
    }

    fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    fn say_diagnostics(&self) {
        let Compiled {
            diagnostics,
            omitted,
            ..
        } = self.compiled;
        if !self.is_json() && !diagnostics.is_empty() {
            let text = self.reporter().diagnostics(diagnostics, *omitted);
            output::say(text.trim_end());
        }
    }

    /// Warnings of a script that runs: before it prints anything.
    pub fn warn(&self) {
        self.say_diagnostics();
    }

    /// The script does not compile: nothing was run.
    pub fn refused(&self) -> Outcome {
        if self.is_json() {
            self.print_document("refused", None)?;
        }
        self.say_diagnostics();
        Ok(exit::SOURCE)
    }

    /// How the run ended: its error, or the document.
    pub fn ended(&self, record: &RunRecord) -> Outcome {
        if self.is_json() {
            let state = match record.state {
                RunState::Succeeded => "succeeded",
                RunState::Failed => "failed",
                RunState::Limited => "limited",
                RunState::Cancelled => "cancelled",
            };
            self.print_document(state, Some(record))?;
        }
        match &record.output_end {
            Some(OutputEnd::Closed) => return Ok(exit::OK),
            Some(OutputEnd::Failed(cause)) => {
                return Err(Failure {
                    code: Some(OUTPUT_ENDED),
                    exit: exit::IO,
                    ..Failure::usage(format!("standard output cannot be written: {cause}"))
                }
                .help(
                    "what was printed before is there; free some space, or write to another place",
                ));
            }
            None => {}
        }
        let Some(error) = &record.error else {
            return Ok(exit::OK);
        };
        // Without a signal, a watch has ended the run to begin the next one.
        let is_replaced = record.state == RunState::Cancelled && signal::received().is_none();
        if !self.is_json() && !is_replaced {
            output::say(self.reporter().runtime_error(error).trim_end());
        }
        Ok(exit::of_error(error, signal::received()))
    }

    /// The result of a called function, for a person: standard output belongs to the script.
    pub fn show_result(&self, record: &RunRecord) {
        if let Some(result) = &record.result
            && !self.is_json()
            && io::stderr().is_terminal()
        {
            output::say(&format!("=> {}", visible(&result.text)));
        }
    }

    fn print_document(
        &self,
        state: &'static str,
        record: Option<&RunRecord>,
    ) -> Result<(), Failure> {
        let reporter = self.reporter();
        let error = record.and_then(|record| record.error.as_deref());
        let mut diagnostics = reporter.json(&self.compiled.diagnostics);
        let omitted = self.compiled.diagnostics.len() - diagnostics.len() + self.compiled.omitted;
        diagnostics.extend(error.map(|error| reporter.json_error(error)));
        let document = Document {
            version: 1,
            script: self.script,
            state,
            result: record
                .and_then(|record| record.result.clone())
                .and_then(|result| RawValue::from_string(result.json).ok()),
            output: record.map_or(&[], |record| record.output.as_slice()),
            diagnostics,
            omitted,
            calls: error.map_or_else(
                || Value::Array(Vec::new()),
                |error| reporter.json_calls(error),
            ),
            http_calls: record.map_or(0, |record| record.http_calls),
            duration_ms: record.map_or(0.0, |record| {
                (record.duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
            }),
        };
        let text = serde_json::to_string(&document)
            .map_err(|cause| Failure::internal(cause.to_string()))?;
        output::print(&(text + "\n"))
    }
}
