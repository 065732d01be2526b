//! `freshet explain`: what the code of an error or warning means, and how to mend its cause.

use clap::Args;
use serde_json::{Value, json};

use crate::exit::{self, Failure, Outcome};
use crate::explain::{self, Explanation};
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
    let mut page = format!("{code}: {title}\n\n{}\n", wrapped(text));
    if let Some(example) = &entry.example {
        page.push_str(&format!(
            "\nWrong:\n\n{}\nRight:\n\n{}",
            indented(example.wrong),
            indented(example.right)
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
        "untested": example.and_then(|example| example.untested),
    })
}

fn indented(script: &str) -> String {
    script.lines().map(|line| format!("    {line}\n")).collect()
}

/// The text in lines that fit a terminal. What stands between backticks stays on one line, so that it can be copied.
fn wrapped(text: &str) -> String {
    /// Characters of a line.
    const WIDTH: usize = 80;
    let mut lines = String::new();
    let mut used = 0;
    for word in words(text) {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > WIDTH {
            lines.push('\n');
            used = 0;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(&word);
        used += length;
    }
    lines
}

/// The words of a text; backticks make one word of what they enclose.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_code = false;
    for part in text.split(' ') {
        match words.last_mut() {
            Some(word) if is_code => {
                word.push(' ');
                word.push_str(part);
            }
            _ => words.push(part.to_owned()),
        }
        is_code ^= part.matches('`').count() % 2 == 1;
    }
    words
}
