//! What a person who asks for help means: the entries of a name, those that a word finds, the names nearest to a slip.

use freshet_syntax::ast::ElementType;

use super::builtin::{Builtin, Receiver};
use super::integration::TASKS;
use super::integration::entry::IntegrationTask;
use super::system::{SystemVariable, VARIABLES};
use super::task::Task;
use super::{builtins, elsewhere, tasks};
use crate::value::Type;

/// Something that the library describes.
#[derive(Clone, Copy)]
pub enum Topic {
    /// A function or method.
    Function(&'static Builtin),
    /// A bracketed task.
    Task(&'static Task),
    /// An integration task.
    Integration(&'static IntegrationTask),
    /// A system variable.
    Variable(&'static SystemVariable),
}

impl Topic {
    /// Its canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Function(entry) => entry.name,
            Topic::Task(task) => task.name,
            Topic::Integration(task) => task.name,
            Topic::Variable(variable) => variable.name,
        }
    }

    /// One line: what it gives or does.
    pub fn summary(self) -> &'static str {
        match self {
            Topic::Function(entry) => entry.summary,
            Topic::Task(task) => task.summary,
            Topic::Integration(task) => task.summary,
            Topic::Variable(variable) => variable.summary,
        }
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let aliases: &[&str] = match self {
            Topic::Function(entry) => entry.aliases,
            Topic::Task(_) | Topic::Integration(_) | Topic::Variable(_) => &[],
        };
        std::iter::once(self.name()).chain(aliases.iter().copied())
    }

    fn words(self) -> &'static [&'static str] {
        match self {
            Topic::Function(entry) => entry.words,
            Topic::Task(_) | Topic::Integration(_) | Topic::Variable(_) => &[],
        }
    }

    /// True if it is called on values of that type.
    fn accepts(self, wanted: Option<Type>) -> bool {
        match (self, wanted) {
            (_, None) => true,
            (Topic::Function(entry), Some(wanted)) => entry.accepts(wanted),
            (Topic::Task(_) | Topic::Integration(_) | Topic::Variable(_), Some(_)) => false,
        }
    }
}

/// Everything that the library describes.
pub fn topics() -> impl Iterator<Item = Topic> {
    builtins()
        .map(Topic::Function)
        .chain(tasks().map(Topic::Task))
        .chain(TASKS.iter().map(Topic::Integration))
        .chain(VARIABLES.iter().map(Topic::Variable))
}

/// The entries of that name or alias, letter case aside. A type before a point (`list.sort`) leaves those of the type;
/// `List:Int` is described with `List`.
pub fn named(name: &str) -> Vec<Topic> {
    let (wanted, name) = receiver_and_name(without_element(name));
    let mut named: Vec<Topic> = topics()
        .filter(|topic| topic.accepts(wanted))
        .filter(|topic| topic.names().any(|known| known.eq_ignore_ascii_case(name)))
        .collect();
    // `invokeurl` is a task, and `invokeUrl` its older form.
    named.sort_by_key(|topic| topic.names().all(|known| known != name));
    named
}

/// The entries that `word` finds, letter case aside: first those with it in their name, then those that have it among
/// the words to find them by, then those whose summary has it.
pub fn search(word: &str) -> Vec<Topic> {
    let word = word.trim().to_lowercase();
    if word.is_empty() {
        return Vec::new();
    }
    let has = |text: &str| text.to_lowercase().contains(&word);
    let mut found: Vec<(u8, Topic)> = topics()
        .filter_map(|topic| {
            let rank = if topic.names().any(has) {
                0
            } else if topic.words().iter().any(|known| has(known)) {
                1
            } else if has(topic.summary()) {
                2
            } else {
                return None;
            };
            Some((rank, topic))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, topic)| topic).collect()
}

/// `List` of `List:Int`; other names as they are.
fn without_element(name: &str) -> &str {
    match name.split_once(':') {
        Some((list, element))
            if list.eq_ignore_ascii_case("list") && ElementType::named(element).is_some() =>
        {
            list
        }
        _ => name,
    }
}

/// The names nearest to one that is unknown, at most three, those first that do what the name does in other languages or
/// on other types; after a type and a point those of the type.
pub fn nearest(name: &str) -> Vec<&'static str> {
    /// Names that are proposed.
    const MOST: usize = 3;
    let (wanted, name) = receiver_and_name(name);
    let of_type = |here: &&'static str| match wanted {
        Some(wanted) => elsewhere::of_type(name, wanted).is_some_and(|(known, _)| known == *here),
        // A name that there is here means something else on other types only.
        None => topics().all(|topic| topic.names().all(|known| !known.eq_ignore_ascii_case(name))),
    };
    let here = elsewhere::called_here(name).iter().copied().filter(of_type);
    let here: Vec<&'static str> = here.collect();
    let name = name.to_lowercase();
    let most = (name.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &'static str)> = topics()
        .filter(|topic| topic.accepts(wanted))
        .flat_map(Topic::names)
        .map(|known| {
            let known_lower = known.to_lowercase();
            // Of a dotted name the last part may be what was meant.
            let last = known_lower.rsplit('.').next().unwrap_or(&known_lower);
            let slips =
                strsim::osa_distance(&name, &known_lower).min(strsim::osa_distance(&name, last));
            (slips, known)
        })
        .filter(|(slips, known)| *slips <= most && !here.contains(known))
        .collect();
    near.sort();
    near.dedup_by_key(|(_, known)| known.to_lowercase());
    let near = near.into_iter().map(|(_, known)| known);
    here.into_iter().chain(near).take(MOST).collect()
}

/// `text.trim` is `trim` of TEXT; `x.trim` and `.trim` are `trim` of anything.
fn receiver_and_name(name: &str) -> (Option<Type>, &str) {
    match name.split_once('.') {
        Some(("x" | "", method)) => (None, method),
        Some((before, method)) => {
            let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
            let found = Type::ALL
                .into_iter()
                .find(|known| plain(known.name()) == plain(before));
            match found.or((plain(before) == "map").then_some(Type::KeyValue)) {
                Some(receiver) => (Some(receiver), method),
                None => (None, name),
            }
        }
        None => (None, name),
    }
}

/// How messages and help call what a function is called on; `None` for a plain function.
pub fn receivers(entry: &Builtin) -> Option<String> {
    match entry.receiver {
        Receiver::None => None,
        Receiver::Of(receiver) => Some(receiver.name().to_owned()),
        Receiver::AnyOf(receivers) => {
            let names: Vec<&str> = receivers.iter().map(|receiver| receiver.name()).collect();
            Some(names.join(", "))
        }
        Receiver::Anything => Some("any value".to_owned()),
    }
}
