//! What may be meant at the cursor: names of every kind, with what they are beside them.

use freshet_interpreter::library::builtin::{Builtin, Receiver};
use freshet_interpreter::library::find::{self, Topic};
use freshet_interpreter::library::{LIBRARY, builtins, integration, system, tasks};
use freshet_interpreter::value::Type;
use freshet_syntax::token::{Token, WORDS};

use super::before::{Before, Place};
use super::commands::COMMANDS;
use super::known::{Known, KnownFunction};
use crate::help;

/// Columns of what stands to the left of descriptions.
const LEFT: usize = 34;

/// Something that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is put into the entry.
    pub replacement: String,
    /// What is shown: a name with its signature.
    pub label: String,
    /// What it is, in a line; may be empty.
    pub about: String,
}

impl Candidate {
    fn new(
        replacement: impl Into<String>,
        label: impl Into<String>,
        about: impl Into<String>,
    ) -> Self {
        Self {
            replacement: replacement.into(),
            label: label.into(),
            about: about.into(),
        }
    }

    /// What it looks like in a list, in at most that many columns.
    pub fn shown(&self, columns: usize, left: usize) -> String {
        let text = if self.about.is_empty() {
            self.label.clone()
        } else {
            format!("{:<left$}  {}", self.label, self.about)
        };
        cut(&text, columns)
    }
}

/// Columns that the labels of a list take.
pub fn left_column(candidates: &[Candidate]) -> usize {
    let widths = candidates
        .iter()
        .map(|candidate| candidate.label.chars().count());
    widths.max().unwrap_or(0).min(LEFT)
}

/// The beginning of a text that fits.
pub fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(columns.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Where the word at the end of `text` begins, and what may be meant by it.
pub fn candidates(text: &str, known: &Known) -> (usize, Vec<Candidate>) {
    if let Some(command) = text.trim_start().strip_prefix(':') {
        let offset = text.len() - command.len();
        return of_command(command, offset, known);
    }
    let mut before = Before::new(text, known);
    let place = before.place();
    let prefix = before.prefix();
    let mut found = match place {
        Place::Nothing => Vec::new(),
        Place::Member(receiver) => members(receiver),
        Place::Dotted(root) => dotted(&root, known),
        Place::Attribute(task, given) => task
            .attributes
            .iter()
            .filter(|attribute| !given.iter().any(|name| attribute.is(name)))
            .map(|attribute| {
                let about = help::attribute(attribute);
                Candidate::new(format!("{} :", attribute.name), attribute.name, about)
            })
            .collect(),
        Place::Constant(constants) => constants
            .iter()
            .map(|word| Candidate::new(*word, *word, ""))
            .collect(),
        Place::LinkName => {
            let opening = if text
                .get(..before.start)
                .is_some_and(|text| text.ends_with('"'))
            {
                ""
            } else {
                "\""
            };
            known
                .links()
                .iter()
                .map(|link| Candidate::new(format!("{opening}{link}\""), link, ""))
                .collect()
        }
        Place::Name => names(known),
    };
    found.retain(|candidate| starts_with(&candidate.label, prefix));
    (before.start, found)
}

/// Letter case does not count for most names, and a completion puts it right.
fn starts_with(name: &str, prefix: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    prefix
        .chars()
        .flat_map(char::to_lowercase)
        .all(|wanted| letters.next() == Some(wanted))
}

fn members(receiver: Option<Type>) -> Vec<Candidate> {
    // A `{}` is both until it is used as one of the two.
    let wanted: &[Type] = match receiver {
        Some(Type::Undecided) => &[Type::List, Type::KeyValue],
        Some(ref one) => std::slice::from_ref(one),
        None => &Type::ALL,
    };
    let mut found: Vec<Candidate> = Vec::new();
    for entry in builtins() {
        let own = wanted.iter().any(|receiver| entry.accepts(*receiver));
        // A TEXT that reads as a date has the functions of dates too, which would hide its own in a list.
        if own
            && !found
                .iter()
                .any(|known| known.label == help::signature(entry))
        {
            found.push(builtin(entry));
        }
    }
    found.sort_by_key(|candidate| candidate.label.to_lowercase());
    found
}

fn builtin(entry: &'static Builtin) -> Candidate {
    called(
        entry.name,
        entry.params.is_empty(),
        help::signature(entry),
        entry.summary,
    )
}

fn function(function: &KnownFunction) -> Candidate {
    let label = format!("{}({})", function.name, function.parameters.join(", "));
    called(
        &function.name,
        function.parameters.is_empty(),
        label,
        function.summary(),
    )
}

fn called(name: &str, plain: bool, label: String, about: &str) -> Candidate {
    let call = if plain {
        format!("{name}()")
    } else {
        format!("{name}(")
    };
    Candidate::new(call, label, about)
}

/// What begins with the names before a point, without them.
fn dotted(root: &str, known: &Known) -> Vec<Candidate> {
    let lower = root.to_lowercase();
    let is_within = |name: &str| name.to_lowercase().starts_with(&lower);
    let entries = builtins()
        .filter(|entry| is_within(entry.name))
        .map(builtin);
    let integrations = integration::TASKS
        .iter()
        .filter(|task| is_within(task.name))
        .map(|task| Candidate::new(format!("{}(", task.name), task.written(), task.summary));
    let variables = system::VARIABLES
        .iter()
        .chain([&system::APP_VARIABLE])
        .filter(|variable| is_within(variable.name))
        .map(|variable| {
            let typed = variable.name.trim_end_matches("NAME");
            Candidate::new(typed, variable.name, variable.summary)
        });
    let root_word = root.trim_end_matches('.');
    let functions = known
        .functions
        .iter()
        .filter(|function| is_within(&function.name) || root_word == "thisapp")
        .map(|known| {
            let mut candidate = function(known);
            if root_word == "thisapp" {
                candidate.label.insert_str(0, root);
                candidate.replacement.insert_str(0, root);
            }
            candidate
        });
    let mut found: Vec<Candidate> = entries
        .chain(integrations)
        .chain(variables)
        .chain(functions)
        .collect();
    for candidate in &mut found {
        candidate.label = candidate
            .label
            .get(root.len()..)
            .unwrap_or_default()
            .to_owned();
        candidate.replacement = candidate
            .replacement
            .get(root.len()..)
            .unwrap_or_default()
            .to_owned();
    }
    found
}

/// Everything that a statement or an expression may begin with.
fn names(known: &Known) -> Vec<Candidate> {
    let variables = known
        .variables
        .iter()
        .map(|(name, kind)| Candidate::new(name, name, kind.name()));
    let functions = known.functions.iter().map(function);
    let words = WORDS
        .iter()
        .filter(|(_, token)| {
            token.is_reserved() || matches!(token, Token::Info | Token::Throw | Token::Each)
        })
        .map(|(word, _)| Candidate::new(*word, *word, ""));
    // The older form of a task, `invokeUrl(…)`, would only stand in its way.
    let plain = builtins()
        .filter(|entry| matches!(entry.receiver, Receiver::None) && !entry.name.contains('.'))
        .filter(|entry| LIBRARY.task(entry.name).is_none())
        // Clocks are offered as they are written, without parentheses.
        .filter(|entry| system::find(entry.name).is_none())
        .map(builtin);
    let tasks = tasks().map(|task| {
        Candidate::new(
            format!("{} [ ", task.name),
            format!("{} [", task.name),
            task.summary,
        )
    });
    let clock = system::VARIABLES
        .iter()
        .filter(|variable| !variable.name.contains('.'))
        .map(|variable| Candidate::new(variable.name, variable.name, variable.summary));
    variables
        .chain(functions)
        .chain(words)
        .chain(plain)
        .chain(tasks)
        .chain(clock)
        .collect()
}

fn of_command(command: &str, offset: usize, known: &Known) -> (usize, Vec<Candidate>) {
    let Some((name, rest)) = command.split_once(char::is_whitespace) else {
        let found = COMMANDS
            .iter()
            .filter(|entry| entry.name.starts_with(command));
        let found = found.map(|entry| {
            let blank = if entry.takes.is_empty() { "" } else { " " };
            Candidate::new(
                format!("{}{blank}", entry.name),
                format!(":{} {}", entry.name, entry.takes)
                    .trim_end()
                    .to_owned(),
                entry.does,
            )
        });
        return (offset, found.collect());
    };
    let offset = offset + command.len() - rest.len();
    match name {
        "type" | "time" => {
            let (start, found) = candidates(rest, known);
            (offset + start, found)
        }
        "trace" => {
            let words = ["on", "off"]
                .into_iter()
                .filter(|word| word.starts_with(rest));
            (
                offset,
                words.map(|word| Candidate::new(word, word, "")).collect(),
            )
        }
        "help" => {
            let mut found: Vec<Candidate> = known
                .functions
                .iter()
                .map(|function| Candidate::new(&function.name, &function.name, function.summary()))
                .collect();
            for name in find::topics().flat_map(Topic::names) {
                if !found.iter().any(|known| known.label == name) {
                    found.push(Candidate::new(name, name, ""));
                }
            }
            found.retain(|candidate| starts_with(&candidate.label, rest.trim_start()));
            (offset + rest.len() - rest.trim_start().len(), found)
        }
        _ => (offset, Vec::new()),
    }
}
