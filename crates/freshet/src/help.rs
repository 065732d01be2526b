//! Entries of the function library as people read them: `freshet help FUNCTION`, and `:help NAME` in the REPL.

use freshet_interpreter::library::builtin::{Builtin, Kind, Param, Presence};
use freshet_interpreter::library::find::{self, Topic};
use freshet_interpreter::library::integration;
use freshet_interpreter::library::integration::entry::IntegrationTask;
use freshet_interpreter::library::task::AttributeEntry;

use crate::exit::Failure;
use crate::output;

/// Characters of a line of help, where the terminal has room.
pub const WIDTH: usize = 80;

/// Characters of a line of help here: what the terminal, or COLUMNS without one, has room for.
pub fn width() -> usize {
    /// A line holds a word, whatever is said of the terminal.
    const LEAST: usize = 20;
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    output::columns()
        .or_else(told)
        .map_or(WIDTH, |columns| columns.clamp(LEAST, WIDTH))
}

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

/// What the words find, best first: how it is called, and what it does beside it or below.
pub fn search(words: &str, width: usize) -> Result<String, Failure> {
    /// Characters of a call that still has the description beside it.
    const BESIDE: usize = 34;
    if words.trim().is_empty() {
        return Err(Failure::usage("`--search` was given no word")
            .help("write what to look for: `freshet help --search encode`"));
    }
    let rows: Vec<(String, &str)> = find::search(words)
        .into_iter()
        .map(|topic| (short_call(topic), topic.summary()))
        .collect();
    if rows.is_empty() {
        let words = crate::output::visible(words);
        return Err(
            Failure::usage(format!("nothing is called or described with `{words}`"))
                .help("try a shorter word, or another one for the same"),
        );
    }
    let lengths = rows.iter().map(|(call, _)| call.chars().count());
    let longest = lengths.filter(|length| *length <= BESIDE).max();
    // In a narrow window everything stands below.
    let beside = longest.filter(|longest| longest + 30 <= width);
    let indent = beside.map_or(4, |longest| longest + 2);
    let mut text = String::new();
    for (call, summary) in rows {
        let summary = indented(&wrapped(summary, width.saturating_sub(indent)), indent);
        let length = call.chars().count();
        if beside.is_some_and(|longest| length <= longest) {
            text.push_str(&call);
            text.push_str(&summary[length..]);
        } else {
            text.push_str(&format!("{call}\n{summary}"));
        }
    }
    Ok(text)
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
    if let Some(call) = integration::find(name).call {
        return format!(
            "this task is not implemented: make the call with `invokeurl` and a connection, {call}"
        );
    }
    let near = find::nearest(name);
    let more = format!("`freshet help --search {word}` looks in descriptions too");
    if near.is_empty() {
        return more;
    }
    let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    format!("did you mean {}? {more}", near.join(" or "))
}

/// How it is called, in a list: `TEXT.indexOf(search)`, `invokeurl [ … ]`.
fn short_call(topic: Topic) -> String {
    match topic {
        Topic::Function(entry) => {
            let written = match entry.calls.first() {
                Some(call) => (*call).to_owned(),
                None => entry.written(entry.name),
            };
            let receivers = find::receivers(entry).filter(|receivers| receivers.len() <= 12);
            match (receivers, written.strip_prefix("x.")) {
                (Some(receivers), Some(call)) => format!("{receivers}.{call}"),
                _ => written,
            }
        }
        Topic::Task(task) => format!("{} [ … ]", task.name),
        Topic::Integration(task) => format!("{}(…)", task.name),
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
    format!(
        "{}. {required}{}",
        capital(attribute.takes),
        attribute.summary
    )
}

fn page(topic: Topic, width: usize) -> String {
    let mut page = String::new();
    for line in heading(topic) {
        // A line ends between two parameters, and within one only where it would not fit.
        let kept = line.replace(' ', "\u{a0}").replace(",\u{a0}", ", ");
        let fits = kept
            .split(' ')
            .all(|part| part.chars().count() + 4 <= width);
        let line = if fits { kept } else { line };
        page.push_str(&hanging("", &line, 4, width).replace('\u{a0}', " "));
    }
    page.push_str(&rows(&facts(topic), 5, width));
    page.push('\n');
    let text = width.saturating_sub(2);
    page.push_str(&indented(&wrapped(topic.summary(), text), 2));
    page.push_str(&indented(&wrapped(topic.details(), text), 2));
    let parts = parts(topic);
    if !parts.is_empty() {
        page.push('\n');
        page.push_str(&rows(&parts, 0, width));
    }
    for example in topic.examples() {
        page.push('\n');
        page.push_str(&indented(example.script, 4));
        for line in example.output.lines() {
            page.push_str(&format!("    → {line}\n"));
        }
    }
    // What was chosen here has no page.
    if topic.source() != "chosen" {
        page.push_str(&format!("\n  {}\n", topic.source()));
    }
    page
}

/// How it is called, a line for each way.
fn heading(topic: Topic) -> Vec<String> {
    match topic {
        Topic::Function(entry) if !entry.calls.is_empty() => {
            entry.calls.iter().map(|call| (*call).to_owned()).collect()
        }
        Topic::Function(entry) => vec![match find::receivers(entry) {
            Some(_) => format!("x.{}", signature(entry)),
            None => signature(entry),
        }],
        Topic::Task(task) => vec![format!("{} [ … ]", task.name)],
        Topic::Integration(task) => vec![task.written()],
        Topic::Variable(variable) => vec![variable.name.to_owned()],
    }
}

/// What is known of it in a few words each.
fn facts(topic: Topic) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Topic::Function(entry) = topic {
        let receivers = find::receivers(entry);
        let receivers = receivers.map(|receivers| match entry.is_plain() {
            true => receivers.replace(", ", " or "),
            false => receivers,
        });
        facts.extend(receivers.map(|receivers| (entry.receiver_name(), receivers)));
        // Otherwise the heading tells the types.
        let is_told = entry.calls.is_empty();
        let params = entry.params.iter().filter(|_| !is_told);
        let params = params.filter(|param| param.presence != Presence::Rest);
        facts.extend(params.map(|param| match param.kind {
            Kind::Anything => (param.name, "any value".to_owned()),
            other => (param.name, kind(other).to_owned()),
        }));
    }
    facts.push(("gives", topic.returns().to_owned()));
    match topic {
        Topic::Function(entry) if !entry.aliases.is_empty() => {
            facts.push(("also", entry.aliases.join(", ")));
        }
        Topic::Integration(task) => facts.extend(facts_of_request(task)),
        Topic::Function(_) | Topic::Task(_) | Topic::Variable(_) => {}
    }
    facts
}

fn facts_of_request(task: &IntegrationTask) -> Vec<(&'static str, String)> {
    let path = task.path.replace("{version}", task.version);
    let name = task.name.rsplit('.').next().unwrap_or_default();
    let service = task.service();
    // Scripts name versions of the CRM above all.
    let version = match service {
        "crm" => "v8".to_owned(),
        _ => task.version.replace('.', "_"),
    };
    let mut facts = vec![
        ("sends", format!("{} {path}", task.method)),
        (
            "also",
            format!("zoho.{service}.{version}.{name}(…): another version of the address"),
        ),
    ];
    if !task.paging.is_empty() {
        facts.push(("pages", task.paging.to_owned()));
    }
    facts
}

/// The attributes of a task and the parameters of an integration task, with what is said of each.
fn parts(topic: Topic) -> Vec<(&'static str, String)> {
    match topic {
        Topic::Task(task) => {
            let attributes = task.attributes.iter();
            attributes
                .map(|entry| (entry.name, attribute(entry)))
                .collect()
        }
        Topic::Integration(task) => {
            let told = |takes: &str, summary| format!("{}. {summary}", capital(takes));
            task.all_params()
                .map(|param| (param.name, told(param.takes.expected(), param.summary)))
                .collect()
        }
        Topic::Function(_) | Topic::Variable(_) => Vec::new(),
    }
}

/// With a capital at its beginning.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Names with what is said of each beside them, a name taking `least` characters.
fn rows(rows: &[(&str, String)], least: usize, width: usize) -> String {
    let names = rows.iter().map(|(name, _)| name.chars().count());
    let longest = names.chain([least]).max().unwrap_or(least);
    rows.iter()
        .map(|(name, text)| hanging(&format!("  {name:<longest$}  "), text, longest + 4, width))
        .collect()
}

/// The text in lines, the first behind `before`, the others behind so many blanks.
fn hanging(before: &str, text: &str, indent: usize, width: usize) -> String {
    /// Characters of a line that are left to the text, however narrow the window is.
    const LEAST: usize = 16;
    let room = width.saturating_sub(indent).max(LEAST);
    let wrapped = wrapped(text, room);
    let mut lines = wrapped.lines();
    let mut out = format!("{before}{}\n", lines.next().unwrap_or_default());
    for line in lines {
        out.push_str(&format!("{:indent$}{line}\n", ""));
    }
    out
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
