//! What a person who asks for help means: the entries of a name, those that a word finds, the names nearest to a slip.

use freshet_syntax::ast::ElementType;

use super::builtin::{Builtin, Example, Receiver};
use super::integration::entry::IntegrationTask;
use super::integration::{self, TASKS};
use super::system::{APP_VARIABLE, SystemVariable, VARIABLES};
use super::task::Task;
use super::{LIBRARY, builtins, elsewhere, tasks};
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

    /// Its names, the canonical one first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let aliases: &[&str] = match self {
            Topic::Function(entry) => entry.aliases,
            Topic::Task(_) | Topic::Integration(_) | Topic::Variable(_) => &[],
        };
        std::iter::once(self.name()).chain(aliases.iter().copied())
    }

    /// Words to find it by, beside its name and summary.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Topic::Function(entry) => entry.words,
            Topic::Task(task) => task.words,
            Topic::Integration(task) => task.words,
            Topic::Variable(variable) => variable.words,
        }
    }

    /// What it gives, in the words of the language.
    pub fn returns(self) -> &'static str {
        match self {
            Topic::Function(entry) => entry.returns,
            Topic::Task(task) => task.returns,
            Topic::Integration(task) => task.gives.returns(),
            Topic::Variable(variable) => variable.returns,
        }
    }

    /// What else one should know.
    pub fn details(self) -> &'static str {
        match self {
            Topic::Function(entry) => entry.details,
            Topic::Task(task) => task.details,
            Topic::Integration(task) => task.details,
            Topic::Variable(variable) => variable.details,
        }
    }

    /// Scripts with what they print.
    pub fn examples(self) -> &'static [Example] {
        match self {
            Topic::Function(entry) => entry.examples,
            Topic::Task(task) => task.examples,
            Topic::Integration(task) => std::slice::from_ref(&task.example),
            Topic::Variable(variable) => variable.examples,
        }
    }

    /// Address of the page that documents it, or `chosen`.
    pub fn source(self) -> &'static str {
        match self {
            Topic::Function(entry) => entry.source,
            Topic::Task(task) => task.source,
            Topic::Integration(task) => task.source,
            Topic::Variable(variable) => variable.source,
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

/// Everything that the library describes. `now` and `today` are functions and variables in one.
pub fn topics() -> impl Iterator<Item = Topic> {
    let variables = VARIABLES
        .iter()
        .filter(|variable| LIBRARY.function(variable.name).is_none());
    tasks()
        .map(Topic::Task)
        .chain(builtins().map(Topic::Function))
        .chain(TASKS.iter().map(Topic::Integration))
        .chain(variables.map(Topic::Variable))
        .chain([Topic::Variable(&APP_VARIABLE)])
}

/// The entries of that name or alias, letter case aside. A type before a point (`list.sort`) leaves those of the type;
/// `List:Int` is described with `List`, `zoho.crm.v8.getRecords` with the task of that name without a version, and
/// `zoho.appvariable.x` with all of these.
pub fn named(name: &str) -> Vec<Topic> {
    let name = name.strip_suffix("()").unwrap_or(name);
    if let Some(topic) = open_ended(name) {
        return vec![topic];
    }
    let (wanted, name) = receiver_and_name(without_element(name));
    let mut named: Vec<Topic> = topics()
        .filter(|topic| topic.accepts(wanted))
        .filter(|topic| topic.names().any(|known| known.eq_ignore_ascii_case(name)))
        .collect();
    // `invokeurl` is a task, and `invokeUrl` its older form.
    named.sort_by_key(|topic| topic.names().all(|known| known != name));
    named
}

/// What has a name with a word in it that scripts choose.
fn open_ended(name: &str) -> Option<Topic> {
    let mut words = name.splitn(3, '.');
    let is_variable = words.next()?.eq_ignore_ascii_case("zoho")
        && words.next()?.eq_ignore_ascii_case("appvariable");
    if is_variable {
        return Some(Topic::Variable(&APP_VARIABLE));
    }
    integration::find(name).task.map(Topic::Integration)
}

/// The entries that hold every word of `text`, letter case aside, those first that are found best: by the name or a part
/// of it (`date` in `toDate`; a task, whose name is one word, by the words to find it by as well), by these words, by
/// any letters of the name, by the beginning of such a word or of one in the summary.
pub fn search(text: &str) -> Vec<Topic> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Vec::new();
    }
    let rank = |topic: Topic| {
        let ranks = text.split_whitespace().map(|word| rank(topic, word));
        ranks.collect::<Option<Vec<u8>>>()?.into_iter().max()
    };
    let mut found: Vec<(u8, Topic)> = topics()
        .filter_map(|topic| Some((rank(topic)?, topic)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, topic)| topic).collect()
}

/// How well a word in lower case finds an entry, 0 best.
fn rank(topic: Topic, word: &str) -> Option<u8> {
    let any_name = |is: &dyn Fn(&str) -> bool| topic.names().any(is);
    let any_word = |is: &dyn Fn(&str) -> bool| {
        let nouns: &[&str] = match topic {
            Topic::Integration(task) => task.nouns(),
            Topic::Function(_) | Topic::Task(_) | Topic::Variable(_) => &[],
        };
        let words = topic.words().iter().chain(nouns);
        words
            .flat_map(|words| plain_words(words))
            .any(|known| is(&known))
    };
    let is_word = any_word(&|known| known == word) || topic.words().contains(&word);
    let is_task = matches!(topic, Topic::Task(_));
    if any_name(&|name| name.to_lowercase() == word) {
        Some(0)
    } else if is_task && is_word || any_name(&|name| name_parts(name).any(|part| part == word)) {
        Some(1)
    } else if is_word {
        Some(2)
    } else if any_name(&|name| name.to_lowercase().contains(word)) {
        Some(3)
    } else if any_word(&|known| known.starts_with(word)) {
        Some(4)
    } else {
        let mut summary = plain_words(topic.summary());
        summary.any(|known| known.starts_with(word)).then_some(5)
    }
}

/// The words of a text in lower case, without signs.
fn plain_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// `to` and `date` of `toDate`, `zoho`, `encryption` and `md5` of `zoho.encryption.md5`.
fn name_parts(name: &str) -> impl Iterator<Item = String> {
    let mut parts = vec![String::new()];
    let mut was_capital = true;
    for c in name.chars() {
        let begins = c == '.' || c.is_uppercase() && !was_capital;
        was_capital = c.is_uppercase();
        if begins {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut()
            && c != '.'
        {
            part.extend(c.to_lowercase());
        }
    }
    parts.into_iter()
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
            // What `{}` may become is there already.
            let receivers = receivers.iter().filter(|found| **found != Type::Undecided);
            let names: Vec<&str> = receivers.map(|receiver| receiver.name()).collect();
            Some(names.join(", "))
        }
        Receiver::Anything => Some("any value".to_owned()),
    }
}
