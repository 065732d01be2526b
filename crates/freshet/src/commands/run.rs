//! `freshet run`: runs a script once.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use freshet_connections::{Via, all_of, read_at_most};
use freshet_interpreter::eval::Start;
use freshet_interpreter::program::Program;
use freshet_runtime::arguments::{self, Argument, Given};
use freshet_runtime::engine::Engine;
use freshet_runtime::output::{Destination, OutputEnd};
use freshet_runtime::project::Script;
use freshet_syntax::diagnostic::Diagnostic;

use super::means::Means;
use super::view::View;
use super::watch::{self, Ran};
use super::{Global, warn_of_settings};
use crate::exit::{Failure, Outcome};
use crate::output::{Format, FormatArguments};
use crate::script;
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
    #[command(flatten)]
    means: Means,
    /// Run again when the script or a file of its project changes
    #[arg(long)]
    watch: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    if !arguments.watch {
        return once(arguments, global).map(|ran| ran.exit);
    }
    let is_input = |path: &Path| path.as_os_str() == "-";
    if is_input(&arguments.file) || arguments.arguments_file.as_deref().is_some_and(is_input) {
        return Err(watch::needs_files());
    }
    // No change of the script mends its arguments.
    given_arguments(arguments)?;
    let format = arguments.format.format();
    let script = std::slice::from_ref(&arguments.file);
    watch::again_and_again(script, global, format, || once(arguments, global))
}

fn once(arguments: &Arguments, global: &Global) -> Result<Ran, Failure> {
    let format = arguments.format.format();
    let given = given_arguments(arguments)?;
    let script = script::read(&arguments.file)?;
    let project = global.find_project(&arguments.file)?;
    warn_of_settings(&project, format);
    let (engine, mut options) = arguments.means.prepare(global, &project, Via::Run)?;
    if format == Format::Json {
        options.destination = Destination::Kept;
    }
    let called = called_function(arguments, &script)?;
    let names: Vec<String> = given.iter().map(|argument| argument.name.clone()).collect();
    let compiled = project.compile(script, &names, called.as_deref());
    let view = View {
        script: &arguments.file.to_string_lossy(),
        compiled: &compiled,
        format,
        color: global.color.on_stderr(),
    };
    if !compiled.is_sound() {
        return Ok(Ran {
            exit: view.refused()?,
            closed: false,
        });
    }
    view.warn();
    let (start, values) = start(&compiled.program, called.as_deref(), &given, &engine)?;
    options.keep_result = format == Format::Json || called.is_some();
    options.cancelled = signal::cancel_flag();
    let record = engine.run(&compiled.program, start, &values, &options);
    if record.error.is_none() && start != Start::Body {
        view.show_result(&record);
    }
    Ok(Ran {
        exit: view.ended(&record)?,
        closed: record.output_end == Some(OutputEnd::Closed),
    })
}

fn given_arguments(arguments: &Arguments) -> Result<Vec<Given>, Failure> {
    let file = arguments.arguments_file.as_deref();
    if file.is_some_and(|path| path.as_os_str() == "-") && arguments.file.as_os_str() == "-" {
        return Err(Failure::usage(
            "the script and its arguments cannot both come from standard input",
        ));
    }
    given(&arguments.arguments, file)
}

/// The arguments, those of a file first: single ones win over them.
///
/// # Errors
/// When one is not well formed, or the file cannot be read.
pub fn given(single: &[String], file: Option<&Path>) -> Result<Vec<Given>, Failure> {
    let from_file = match file {
        Some(path) => {
            let members = arguments::from_object(&read_text(path)?, &path.to_string_lossy())?;
            arguments::once(members)?
        }
        None => Vec::new(),
    };
    let single = arguments::all(single.iter().map(|text| arguments::given(text)))?;
    let single = arguments::once(single)?;
    Ok(arguments::merged(from_file.into_iter().chain(single)))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    /// In bytes: more than the limit of memory lets a script have.
    const MOST: u64 = 1024 * 1024 * 1024;
    let read = if path.as_os_str() == "-" {
        all_of(io::stdin().lock(), MOST)
    } else {
        read_at_most(path, MOST)
    };
    let not_text = |_| io::Error::other("found bytes that are not UTF-8");
    let read = read.and_then(|bytes| String::from_utf8(bytes).map_err(not_text));
    read.map_err(|cause| {
        Failure::io(
            format!("cannot read the arguments in {}", path.display()),
            &cause,
        )
    })
}

/// Full name of the function to call: the one asked for, or the only thing in the file.
fn called_function(arguments: &Arguments, script: &Script) -> Result<Option<String>, Failure> {
    let Some(wanted) = &arguments.function else {
        return Ok(script.only_function());
    };
    let names = script.function_names();
    if names.contains(wanted) {
        return Ok(Some(wanted.clone()));
    }
    // A file that does not parse may well hold it: then what is wrong with the file is told.
    if script.diagnostics.iter().any(Diagnostic::is_error) {
        return Ok(None);
    }
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

/// How a program is started: by the function of that name, or by its body.
///
/// # Errors
/// When the arguments do not fit.
pub fn start(
    program: &Program,
    called: Option<&str>,
    given: &[Given],
    engine: &Engine,
) -> Result<(Start, Vec<Argument>), Failure> {
    let number = called.and_then(|name| program.function(name));
    let function = number.and_then(|number| Some((number, program.functions.get(number)?)));
    Ok(match function {
        Some((number, function)) => (
            Start::Function(number),
            arguments::for_function(given, function, &engine.settings().zone)?,
        ),
        None => (Start::Body, arguments::for_body(given)?),
    })
}
