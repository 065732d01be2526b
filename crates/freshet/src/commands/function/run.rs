//! `freshet function run`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::Via;
use freshet_interpreter::eval::Start;
use freshet_runtime::engine::RunRecord;
use freshet_runtime::output::Destination;
use freshet_syntax::ast::TypeKind;
use freshet_syntax::source::FileId;

use super::{functions_of, project_here, unknown};
use crate::commands::means::Means;
use crate::commands::run::{given, start};
use crate::commands::view::View;
use crate::commands::{Global, completions};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Format, FormatArguments, counted, visible};
use crate::signal;

/// Call a function of the project
///
/// Prints what it logs and then what it returns; how long it took, and how many web calls it made, goes to standard
/// error.
#[derive(Args)]
#[command(after_help = "\
Arguments: name=value is read by the declared type of the parameter,
name:=JSON is JSON for any type.

Examples:
  freshet function run billing.remind id=42
  freshet function run billing.total lines:='[9.5, 12]' --result-only")]
pub struct Arguments {
    /// The function, with its namespace
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(completions::function_names))]
    name: String,
    /// Arguments of the function
    #[arg(value_name = "name=value")]
    arguments: Vec<String>,
    /// A JSON object with arguments, from a file or - for standard input
    #[arg(long = "arguments", value_name = "FILE|-")]
    arguments_file: Option<PathBuf>,
    /// Print the bare result on standard output, the log on standard error
    #[arg(long)]
    result_only: bool,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    means: Means,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let format = arguments.format.format();
    let given = given(&arguments.arguments, arguments.arguments_file.as_deref())?;
    let project = project_here(global, format)?;
    let (engine, mut options) = arguments.means.prepare(global, &project, Via::Run)?;
    options.destination = match (format, arguments.result_only) {
        (Format::Json, _) => Destination::Kept,
        (Format::Human, true) => Destination::Error,
        (Format::Human, false) => Destination::Standard,
    };
    let name = arguments.name.as_str();
    let Some(compiled) = project.compile_function(name) else {
        return Err(unknown(name, &project, functions_of(&project)?));
    };
    let number = compiled.program.function(name);
    let function = number.and_then(|number| compiled.program.functions.get(number));
    let file = function.map_or(FileId(0), |function| function.span.file);
    let view = View {
        script: compiled
            .files
            .get(file.0 as usize)
            .map_or("", |file| file.name()),
        compiled: &compiled,
        format,
        color: global.color.on_stderr(),
    };
    if !compiled.is_sound() {
        return view.refused();
    }
    view.warn();
    let (start, values) = start(&compiled.program, Some(name), &given, &engine)?;
    if start == Start::Body {
        return Err(unknown(name, &project, functions_of(&project)?));
    }
    options.cancelled = signal::cancel_flag();
    let record = engine.run(&compiled.program, start, &values, &options);
    if format == Format::Human {
        let is_void = function.is_some_and(|function| function.returns == Some(TypeKind::Void));
        if record.error.is_none() && !is_void {
            print_result(&record, arguments.result_only)?;
        }
        if !arguments.result_only {
            say_cost(&record);
        }
    }
    view.ended(&record)
}

/// The returned value, marked where a person sees it among the log.
fn print_result(record: &RunRecord, bare: bool) -> Result<(), Failure> {
    let result = record.result.as_ref();
    let text = result.map_or("null", |result| result.text.as_str());
    if bare || !io::stdout().is_terminal() {
        output::print(&format!("{text}\n"))
    } else {
        output::print(&format!("=> {}\n", visible(text)))
    }
}

fn say_cost(record: &RunRecord) {
    let calls = usize::try_from(record.http_calls).unwrap_or(usize::MAX);
    output::say(&format!(
        "{:.1} ms, {}",
        record.duration.as_secs_f64() * 1000.0,
        counted(calls, "web call")
    ));
}
