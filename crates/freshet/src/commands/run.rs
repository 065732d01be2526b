//! `freshet run`: runs a script once.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use freshet_connections::Via;
use freshet_interpreter::eval::Start;
use freshet_interpreter::program::Program;
use freshet_interpreter::resolve::{self, Mode, Resolved};
use freshet_runtime::arguments::{self, Argument, Given};
use freshet_runtime::engine::{Engine, Printed, RunOptions, RunRecord, RunState};
use freshet_runtime::output::{Destination, OUTPUT_ENDED, OutputEnd};
use freshet_syntax::ast::Function;
use freshet_syntax::diagnostic::Diagnostic;
use freshet_syntax::source::SourceFile;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::limit::{self, Limit};
use super::mail::Mail;
use super::{Global, connection_settings, engine};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::report::Reporter;
use crate::script::Script;
use crate::signal;

/// Run a script
///
/// Everything `info` prints goes to standard output, everything Freshet itself says to standard error.
/// A file that holds a single function and nothing else is run by calling it with the arguments.
#[derive(Args)]
#[command(after_help = "\
Arguments: name=value is read by the declared type of the parameter,
name:=JSON is JSON for any type.

Limits: steps, time, memory, depth, calls, output, reply, connect-time,
read-time, call-time; sizes such as 64KiB, times such as 500ms.

Examples:
  freshet run digest.dg customer=42 since=2026-11-01
  freshet run billing.dg --function billing.total lines:='[9.5, 12]' --json
  freshet run sync.dg --dry-run --limit steps=100000 --limit time=30s")]
pub struct Arguments {
    /// The script, or - for standard input
    file: PathBuf,
    /// Arguments of the script
    #[arg(value_name = "name=value")]
    arguments: Vec<String>,
    /// Call this function of the file instead of running its body
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// A JSON object with arguments, from a file or - for standard input
    #[arg(long = "arguments", value_name = "FILE|-")]
    arguments_file: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
    /// What the run may use (repeatable)
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit::parse, env = "FRESHET_LIMIT", value_delimiter = ',')]
    limits: Vec<Limit>,
    /// Refuse web calls to private and loopback addresses
    #[arg(long, env = "FRESHET_REFUSE_PRIVATE", value_parser = clap::builder::FalseyValueParser::new())]
    refuse_private: bool,
    /// Certificates to trust besides those of the system (PEM)
    #[arg(long, value_name = "FILE", env = "FRESHET_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Show web calls instead of sending them
    #[arg(long, env = "FRESHET_DRY_RUN", value_parser = clap::builder::FalseyValueParser::new())]
    dry_run: bool,
    /// What `sendmail` does: send, print (on standard error) or drop
    #[arg(long, value_enum, value_name = "MODE", default_value_t = Mail::Send, hide_possible_values = true, hide_default_value = true, env = "FRESHET_MAIL")]
    mail: Mail,
    /// One line on standard error for each web call
    #[arg(long, env = "FRESHET_TRACE", value_parser = clap::builder::FalseyValueParser::new())]
    trace: bool,
}

/// A script that compiled, and how to start it.
struct Prepared {
    program: Program,
    start: Start,
    arguments: Vec<Argument>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let given = given_arguments(arguments)?;
    let script = Script::read(&arguments.file)?;
    let mut options = RunOptions {
        dry_run: arguments.dry_run,
        mail: arguments.mail.into(),
        trace: arguments.trace,
        destination: match arguments.format.format() {
            Format::Human => Destination::Standard,
            Format::Json => Destination::Kept,
        },
        ..RunOptions::default()
    };
    let mut settings = connection_settings(global, Via::Run)?;
    limit::apply(&arguments.limits, &mut options, &mut settings.limits);
    settings.refuse_private |= arguments.refuse_private;
    if let Some(file) = &arguments.ca_file {
        settings.ca_file = Some(file.clone());
    }
    let engine = engine(settings);

    let called = called_function(arguments, &script)?;
    let names: Vec<String> = given.iter().map(|argument| argument.name.clone()).collect();
    let Script {
        file,
        ast,
        mut diagnostics,
        omitted,
    } = script;
    let mode = Mode::Run {
        arguments: &names,
        function: called.as_deref(),
    };
    let Resolved {
        program,
        diagnostics: more,
    } = resolve::resolve(
        resolve::Source {
            file: &file,
            ast: &ast,
        },
        &[],
        mode,
    );
    diagnostics.extend(more);
    let view = View {
        arguments,
        files: &[file],
        diagnostics: &diagnostics,
        omitted,
        color: global.color.on_stderr(),
    };
    if diagnostics.iter().any(Diagnostic::is_error) {
        return view.refused();
    }
    view.warn();
    let prepared = prepare(program, called.as_deref(), &given, &engine)?;
    options.cancelled = signal::cancel_flag();
    let record = engine.run(
        &prepared.program,
        prepared.start,
        &prepared.arguments,
        &options,
    );
    view.ended(&record, prepared.start)
}

/// The arguments, those of a file first: single ones win over them.
fn given_arguments(arguments: &Arguments) -> Result<Vec<Given>, Failure> {
    let from_file = match &arguments.arguments_file {
        Some(path) if path.as_os_str() == "-" && arguments.file.as_os_str() == "-" => {
            return Err(Failure::usage(
                "the script and its arguments cannot both come from standard input",
            ));
        }
        Some(path) => arguments::from_object(&read_text(path)?, &path.to_string_lossy())?,
        None => Vec::new(),
    };
    let single = arguments
        .arguments
        .iter()
        .map(|text| arguments::given(text))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(arguments::merged(from_file.into_iter().chain(single)))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().read_to_string(&mut text)
    } else {
        File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(text),
        Err(cause) => Err(Failure::io(
            format!("cannot read the arguments in {}", path.display()),
            &cause,
        )),
    }
}

/// Full name of the function to call: the one asked for, or the only thing in the file.
fn called_function(arguments: &Arguments, script: &Script) -> Result<Option<String>, Failure> {
    let names: Vec<String> = script.ast.functions.iter().map(full_name).collect();
    match &arguments.function {
        Some(wanted) if names.contains(wanted) => Ok(Some(wanted.clone())),
        // A file that does not parse may well hold it: then what is wrong with the file is told.
        Some(_) if script.diagnostics.iter().any(Diagnostic::is_error) => Ok(None),
        Some(wanted) => {
            let failure = Failure::usage(format!(
                "{} has no function `{wanted}`",
                arguments.file.display()
            ));
            Err(if names.is_empty() {
                failure.help("it declares no functions: leave --function out to run its body")
            } else {
                failure.help(format!("it has {}", names.join(", ")))
            })
        }
        None if script.ast.body.is_empty() => Ok(names
            .into_iter()
            .next()
            .filter(|_| script.ast.functions.len() == 1)),
        None => Ok(None),
    }
}

fn full_name(function: &Function) -> String {
    match &function.namespace {
        Some(namespace) => format!("{}.{}", namespace.text, function.name.text),
        None => function.name.text.to_string(),
    }
}

fn prepare(
    program: Program,
    called: Option<&str>,
    given: &[Given],
    engine: &Engine,
) -> Result<Prepared, Failure> {
    let function = called.and_then(|name| program.function(name));
    let (start, arguments) =
        match function.and_then(|number| Some((number, program.functions.get(number)?))) {
            Some((number, function)) => (
                Start::Function(number),
                arguments::for_function(given, function, &engine.settings().zone)?,
            ),
            None => (Start::Body, arguments::for_body(given)?),
        };
    Ok(Prepared {
        program,
        start,
        arguments,
    })
}

/// How the outcome is shown.
struct View<'a> {
    arguments: &'a Arguments,
    files: &'a [SourceFile],
    diagnostics: &'a [Diagnostic],
    omitted: usize,
    color: bool,
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
        Reporter::new(self.files, self.color)
    }

    fn is_json(&self) -> bool {
        self.arguments.format.format() == Format::Json
    }

    /// Warnings of a script that runs: before it prints anything.
    fn warn(&self) {
        if !self.is_json() && !self.diagnostics.is_empty() {
            output::say(
                self.reporter()
                    .diagnostics(self.diagnostics, self.omitted)
                    .trim_end(),
            );
        }
    }

    /// The script does not compile: nothing was run.
    fn refused(&self) -> Outcome {
        if self.is_json() {
            self.print_document("refused", None)?;
        } else {
            output::say(
                self.reporter()
                    .diagnostics(self.diagnostics, self.omitted)
                    .trim_end(),
            );
        }
        Ok(exit::SOURCE)
    }

    fn ended(&self, record: &RunRecord, start: Start) -> Outcome {
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
            if let Some(result) = record.result.as_ref().filter(|_| start != Start::Body) {
                self.show_result(result);
            }
            return Ok(exit::OK);
        };
        if !self.is_json() {
            output::say(self.reporter().runtime_error(error).trim_end());
        }
        Ok(exit::of_error(error, signal::received()))
    }

    /// The result of a called function, for a person: standard output belongs to the script.
    fn show_result(&self, result: &Printed) {
        if !self.is_json() && io::stderr().is_terminal() {
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
        let mut diagnostics = reporter.json(self.diagnostics);
        let omitted = self.diagnostics.len() - diagnostics.len() + self.omitted;
        diagnostics.extend(error.map(|error| reporter.json_error(error)));
        let document = Document {
            version: 1,
            script: self.files.first().map_or("", SourceFile::name),
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
