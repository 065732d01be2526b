//! `freshet explain`: what the code of an error or warning means, and how to mend its cause.

use clap::Args;
use serde_json::{Value, json};

use crate::exit::{self, Failure, Outcome};
use crate::explain::{self, Explanation};
use crate::help::{WIDTH, indented, wrapped};
use crate::output::{self, Format, FormatArguments};

/// Explain the code of an error or warning
///
/// Without a code, lists all codes there are.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet explain E0130
  freshet explain                   the list of all codes")]
pub struct Arguments {
    /// A code such as E0130, in any letter case
    #[arg(value_name = "CODE")]
    code: Option<String>,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let format = arguments.format.format();
    match &arguments.code {
        Some(code) => {
            let entry = explain::find(code.trim()).ok_or_else(|| unknown(code.trim()))?;
            match format {
                Format::Human => output::print(&page(entry))?,
                Format::Json => output::print_json(document(entry))?,
            }
        }
        None => match format {
            Format::Human => {
                let rows: Vec<Vec<String>> = explain::all()
                    .map(|entry| vec![entry.code.to_owned(), entry.title.to_owned()])
                    .collect();
                output::print(&output::table(&["CODE", "MEANING"], &rows))?;
            }
            Format::Json => output::print_json(json!({
                "codes": explain::all().map(document).collect::<Vec<_>>(),
            }))?,
        },
    }
    Ok(exit::OK)
}

fn unknown(code: &str) -> Failure {
    let failure = Failure::usage(format!("there is no code `{code}`"));
    failure.help(match explain::nearest(code) {
        Some(near) => format!("did you mean {near}? `freshet explain` lists all codes"),
        None => {
            "a code is a letter and four digits, such as E0130; `freshet explain` lists all codes"
                .to_owned()
        }
    })
}

/// The entry as people read it.
fn page(entry: &Explanation) -> String {
    let Explanation {
        code, title, text, ..
    } = entry;
    let mut page = format!("{code}: {title}\n\n{}\n", wrapped(text, WIDTH));
    if let Some(example) = &entry.example {
        page.push_str(&format!(
            "\nWrong:\n\n{}\nRight:\n\n{}",
            indented(example.wrong, 4),
            indented(example.right, 4)
        ));
    }
    page
}

/// The entry as programs read it.
fn document(entry: &Explanation) -> Value {
    let example = entry.example.as_ref();
    json!({
        "code": entry.code,
        "title": entry.title,
        "text": entry.text,
        "wrong": example.map(|example| example.wrong),
        "right": example.map(|example| example.right),
    })
}
