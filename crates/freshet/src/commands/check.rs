//! `freshet check`: what is wrong with scripts, without running them.

use std::path::PathBuf;

use clap::Args;
use freshet_interpreter::resolve::{self, Mode};
use serde_json::{Value, json};

use super::Global;
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, counted};
use crate::report::Reporter;
use crate::script::Script;

/// Check scripts without running them
///
/// Shows errors and warnings: of each file the first twenty of both, and how many more there are. Ends with 65 when
/// there is an error, with 0 when there are only warnings.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet check report.dg
  freshet check scripts/*.dg --format json")]
pub struct Arguments {
    /// The scripts, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
}

/// What was found in all files.
#[derive(Default)]
struct Found {
    errors: usize,
    warnings: usize,
    unreadable: Vec<Failure>,
    documents: Vec<Value>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    let format = arguments.format.format();
    let color = global.color.on_stderr();
    let mut found = Found::default();
    for path in &arguments.files {
        match Script::read(path) {
            Ok(script) => check(script, format, color, &mut found),
            Err(failure) => found.unreadable.push(failure),
        }
    }
    for failure in &found.unreadable {
        output::tell(failure, format, color);
    }
    match format {
        Format::Json => output::print_json(json!({
            "files": arguments.files.len(),
            "errors": found.errors,
            "warnings": found.warnings,
            "diagnostics": found.documents,
        }))?,
        Format::Human if found.errors + found.warnings > 0 => output::say(&format!(
            "{}, {} in {}",
            counted(found.errors, "error"),
            counted(found.warnings, "warning"),
            counted(arguments.files.len(), "file")
        )),
        Format::Human => {}
    }
    Ok(match (found.unreadable.first(), found.errors) {
        (Some(failure), _) => failure.exit,
        (None, 0) => exit::OK,
        (None, _) => exit::SOURCE,
    })
}

fn check(script: Script, format: Format, color: bool, found: &mut Found) {
    let Script {
        file,
        ast,
        mut diagnostics,
        omitted,
    } = script;
    let mode = Mode::Check { project: false };
    diagnostics.extend(
        resolve::resolve(
            resolve::Source {
                file: &file,
                ast: &ast,
            },
            &[],
            mode,
        )
        .diagnostics,
    );
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .count();
    found.errors += errors + omitted;
    found.warnings += diagnostics.len() - errors;
    let files = [file];
    let reporter = Reporter::new(&files, color);
    match format {
        Format::Json => found.documents.extend(reporter.json(&diagnostics)),
        Format::Human if diagnostics.is_empty() => {}
        Format::Human => output::say(reporter.diagnostics(&diagnostics, omitted).trim_end()),
    }
}
