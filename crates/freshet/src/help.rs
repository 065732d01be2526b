//! Entries of the function library as people read them: `freshet help FUNCTION`, and `:help NAME` in the REPL.

use freshet_interpreter::library::builtin::{Builtin, Kind, Param, Presence};
use freshet_interpreter::library::find::{self, Topic};
use freshet_interpreter::library::integration::entry::IntegrationTask;
use freshet_interpreter::library::task::{AttributeEntry, Task};

use crate::output;

/// Characters of a line of help, where the terminal has room.
pub const WIDTH: usize = 80;

/// The pages of what has that name; `None` when nothing has.
pub fn pages(name: &str, width: usize) -> Option<String> {
    let pages: Vec<String> = find::named(name)
        .into_iter()
        .map(|topic| page(topic, width))
        .collect();
    (!pages.is_empty()).then(|| pages.join("\n"))
}

/// The page of a function.
pub fn page_of(entry: &'static Builtin, width: usize) -> String {
    page(Topic::Function(entry), width)
}

/// What `word` finds, a line each; `None` when that is nothing.
pub fn found(word: &str) -> Option<String> {
    let rows: Vec<Vec<String>> = find::search(word)
        .into_iter()
        .map(|topic| vec![call(topic), topic.summary().to_owned()])
        .collect();
    (!rows.is_empty()).then(|| output::table(&["NAME", "WHAT IT DOES"], &rows))
}

/// What a method of that name is called on; `None` when there is none.
pub fn callers(name: &str) -> Option<String> {
    let receivers: Vec<String> = find::named(name)
        .into_iter()
        .filter_map(|topic| match topic {
            Topic::Function(entry) => find::receivers(entry),
            Topic::Task(_) | Topic::Integration(_) | Topic::Variable(_) => None,
        })
        .collect();
    (!receivers.is_empty()).then(|| receivers.join(", "))
}

/// The next step for a person who asked for a name that nothing has; `word` is what to search for.
pub fn advice(name: &str, word: &str) -> String {
    let near = find::nearest(name);
    let more = format!("`freshet help --search {word}` looks in descriptions too");
    if near.is_empty() {
        return more;
    }
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    format!("did you mean {}? {more}", near.join(" or "))
}

/// How it is called: `TEXT.indexOf(search: TEXT)`, `invokeurl [ … ]`.
fn call(topic: Topic) -> String {
    match topic {
        Topic::Function(entry) => match find::receivers(entry) {
            Some(receivers) if receivers.len() <= 12 => format!("{receivers}.{}", signature(entry)),
            Some(_) => format!("x.{}", signature(entry)),
            None => signature(entry),
        },
        Topic::Task(task) => format!("{} [ … ]", task.name),
        Topic::Integration(task) => task.written(),
        Topic::Variable(variable) => variable.name.to_owned(),
    }
}

/// Name and parameters: `indexOf(search: TEXT)`; what may be left out stands in brackets.
pub fn signature(entry: &Builtin) -> String {
    let params: Vec<String> = entry.params.iter().map(parameter).collect();
    format!("{}({})", entry.name, params.join(", "))
}

/// A parameter: `search: TEXT`, `[from: NUMBER]`, `values: TEXT, …`.
pub fn parameter(param: &Param) -> String {
    let text = format!("{}: {}", param.name, kind(param.kind));
    match param.presence {
        Presence::Required => text,
        Presence::Optional => format!("[{text}]"),
        Presence::Rest => format!("{text}, …"),
    }
}

fn kind(kind: Kind) -> &'static str {
    let expected = kind.expected();
    expected.strip_prefix("a ").unwrap_or(expected)
}

/// What an attribute takes and is for, beside its name.
pub fn attribute(attribute: &AttributeEntry) -> String {
    let required = if attribute.required { "Required. " } else { "" };
    format!("{required}{}", attribute.summary)
}

fn page(topic: Topic, width: usize) -> String {
    match topic {
        Topic::Function(entry) => function_page(entry, width),
        Topic::Task(task) => task_page(task, width),
        Topic::Integration(task) => integration_page(task, width),
        Topic::Variable(variable) => format!(
            "{}\n\n{}\n",
            variable.name,
            indented(&wrapped(variable.summary, width.saturating_sub(2)), 2)
        ),
    }
}

fn function_page(entry: &Builtin, width: usize) -> String {
    let receivers = find::receivers(entry);
    let mut page = match receivers.is_some() {
        true => format!("x.{}\n", signature(entry)),
        false => format!("{}\n", signature(entry)),
    };
    let mut facts = Vec::new();
    if let Some(receivers) = &receivers {
        facts.push(("x", receivers.clone()));
    }
    facts.push(("gives", entry.returns.to_owned()));
    if !entry.aliases.is_empty() {
        facts.push(("also", entry.aliases.join(", ")));
    }
    for (name, fact) in facts {
        page.push_str(&indented(&format!("{name:<6} {fact}"), 2));
    }
    page.push('\n');
    page.push_str(&described(entry.summary, entry.details, width));
    for example in entry.examples {
        page.push('\n');
        page.push_str(&indented(example.script, 4));
        for line in example.output.lines() {
            page.push_str(&format!("    → {line}\n"));
        }
    }
    page.push_str(&source(entry.source));
    page
}

fn task_page(task: &Task, width: usize) -> String {
    let mut page = format!("{} [ … ]\n\n", task.name);
    page.push_str(&described(task.summary, task.details, width));
    page.push('\n');
    let names = task.attributes.iter().map(|attribute| attribute.name.len());
    let longest = names.max().unwrap_or(0);
    for entry in task.attributes {
        let text = wrapped(&attribute(entry), width.saturating_sub(longest + 6).max(20));
        for (number, line) in text.lines().enumerate() {
            let name = if number == 0 { entry.name } else { "" };
            page.push_str(&format!("  {name:<longest$}  {line}\n"));
        }
    }
    page.push('\n');
    page.push_str(&indented(task.example, 4));
    page.push_str(&source(task.source));
    page
}

fn integration_page(task: &IntegrationTask, width: usize) -> String {
    let mut page = format!("{}\n", task.written());
    let request = format!(
        "{} {}",
        task.method,
        task.path.replace("{version}", task.version)
    );
    let mut facts = vec![("gives", task.gives.returns()), ("sends", request.as_str())];
    if !task.paging.is_empty() {
        facts.push(("pages", task.paging));
    }
    for (name, fact) in facts {
        page.push_str(&indented(&format!("{name:<6} {fact}"), 2));
    }
    page.push('\n');
    page.push_str(&described(task.summary, task.details, width));
    page.push('\n');
    let longest = task.all_params().map(|param| param.name.len()).max();
    let longest = longest.unwrap_or(0);
    for param in task.all_params() {
        let says = format!("{}. {}", param.takes.expected(), param.summary);
        let text = wrapped(&says, width.saturating_sub(longest + 6).max(20));
        for (number, line) in text.lines().enumerate() {
            let name = if number == 0 { param.name } else { "" };
            page.push_str(&format!("  {name:<longest$}  {line}\n"));
        }
    }
    page.push('\n');
    page.push_str(&indented(task.example.script, 4));
    for line in task.example.output.lines() {
        page.push_str(&format!("    → {line}\n"));
    }
    page.push_str(&source(task.source));
    page
}

fn described(summary: &str, details: &str, width: usize) -> String {
    let mut text = indented(&wrapped(summary, width.saturating_sub(2)), 2);
    if !details.is_empty() {
        text.push_str(&indented(&wrapped(details, width.saturating_sub(2)), 2));
    }
    text
}

/// Where it is documented; what was chosen here has no page.
fn source(source: &str) -> String {
    if source == "chosen" {
        String::new()
    } else {
        format!("\n  {source}\n")
    }
}

/// Every line with blanks before it and a line end behind it.
pub fn indented(text: &str, blanks: usize) -> String {
    let margin = " ".repeat(blanks);
    text.lines()
        .map(|line| format!("{margin}{line}\n"))
        .collect()
}

/// The text in lines of that many characters. What stands between backticks stays on one line, so that it can be copied.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut used = 0;
    for word in words(text) {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
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
