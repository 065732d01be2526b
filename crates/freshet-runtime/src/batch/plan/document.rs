//! Plan files: several scripts and functions with their rows, names and options, in TOML.

use std::ops::Range;
use std::time::Duration;

use freshet_interpreter::nearest::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, Spot, not_utf8, place, readable};
use crate::arguments::Given;
use crate::project::{found, is_astray};

/// What a plan file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanFile {
    /// The name of the batch.
    pub name: Option<String>,
    /// Its options.
    pub settings: Settings,
    /// What it consists of.
    pub entries: Vec<Entry>,
}

/// Options that a plan may set; the command line wins over them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Jobs at a time.
    pub in_flight: Option<u64>,
    /// Further attempts of a job that failed transiently.
    pub retries: Option<u64>,
    /// For one attempt.
    pub timeout: Option<Duration>,
    /// Stop at the first failure.
    pub fail_fast: Option<bool>,
    /// Stop at this many failures.
    pub max_failures: Option<u64>,
    /// Repeat what may have had an effect.
    pub retry_unsafe: Option<bool>,
}

impl Settings {
    /// These, and those of another plan where this one says nothing.
    #[must_use]
    pub fn or(self, other: Settings) -> Self {
        Self {
            in_flight: self.in_flight.or(other.in_flight),
            retries: self.retries.or(other.retries),
            timeout: self.timeout.or(other.timeout),
            fail_fast: self.fail_fast.or(other.fail_fast),
            max_failures: self.max_failures.or(other.max_failures),
            retry_unsafe: self.retry_unsafe.or(other.retry_unsafe),
        }
    }
}

/// One `[[batch]]` of a plan: what a command line of `batch run` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Where it stands in a plan.
    pub at: Option<Spot>,
    /// What reports call it, instead of the script.
    pub name: Option<String>,
    /// The scripts; none: a function of the project.
    pub scripts: Vec<Named>,
    /// The function to call.
    pub function: Option<Named>,
    /// The file of rows; none: one job a script.
    pub jobs: Option<Named>,
    /// The column that names jobs.
    pub key: Option<String>,
    /// Arguments of all its jobs. What a row gives wins over them.
    pub arguments: Vec<Constant>,
    /// No mistake of the plan leaves open what is run and with which arguments: what is missing is not there.
    pub is_known: bool,
}

/// A file or a function that an entry names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// As it was given.
    pub name: String,
    /// Where it stands in a plan; `None`: on the command line.
    pub at: Option<Spot>,
}

impl From<&String> for Named {
    fn from(name: &String) -> Self {
        Self {
            name: name.clone(),
            at: None,
        }
    }
}

/// An argument that a plan gives to all jobs of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// The argument.
    pub given: Given,
    /// Where it stands.
    pub at: Spot,
}

const KEYS: [&str; 8] = [
    "name",
    "in-flight",
    "retries",
    "timeout",
    "fail-fast",
    "max-failures",
    "retry-unsafe",
    "batch",
];

const ENTRY_KEYS: [&str; 7] = [
    "name",
    "script",
    "scripts",
    "function",
    "jobs",
    "key",
    "arguments",
];

/// Reads a plan file; gives also every mistake in it, in the order of their places.
#[must_use]
pub fn read_plan(name: &str, bytes: Vec<u8>) -> (PlanFile, Vec<Mistake>) {
    let (text, odd) = readable(bytes);
    let text = text.as_str();
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        name,
        text,
        is_whole: errors.is_empty() && odd.is_empty(),
        broken: Vec::new(),
        mistakes: not_utf8(name, text, odd),
    };
    let odd: Vec<u64> = reader.mistakes.iter().map(|wrong| wrong.line).collect();
    for error in errors {
        let at = error.span().unwrap_or_default();
        if !odd.contains(&place(text, at.start).0) {
            reader.wrong(at, error.message().trim().to_owned());
        }
    }
    // What stands on a line that is no TOML can only be guessed at: a second mistake there would be noise.
    let broken: Vec<u64> = reader.mistakes.iter().map(|wrong| wrong.line).collect();
    reader.broken.clone_from(&broken);
    let mut plan = PlanFile::default();
    reader.plan(table.get_ref(), &mut plan);
    let mut mistakes = reader.mistakes;
    let mut count = 0;
    mistakes.retain(|wrong| {
        count += 1;
        count <= broken.len() || !broken.contains(&wrong.line)
    });
    if mistakes.is_empty() && plan.entries.is_empty() {
        mistakes.push(
            Mistake::new(name, (1, 1), "the plan has no jobs")
                .help("add a table [[batch]] with script = \"…\" and jobs = \"….csv\""),
        );
    }
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    (plan, mistakes)
}

struct Reader<'t> {
    name: &'t str,
    text: &'t str,
    /// All of it is TOML: what is missing is not there.
    is_whole: bool,
    /// The lines that are none.
    broken: Vec<u64>,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: Range<usize>, message: String) {
        let place = place(self.text, at.start);
        self.mistakes.push(Mistake::new(self.name, place, message));
    }

    fn unfit(&mut self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        let found = found(value.get_ref());
        self.wrong(
            value.span(),
            format!("`{key}`: found {found}, expected {expected}"),
        );
    }

    fn plan(&mut self, table: &DeTable<'_>, plan: &mut PlanFile) {
        for (key, value) in table {
            let settings = &mut plan.settings;
            match key.get_ref().as_ref() {
                "name" => plan.name = self.words("name", value),
                "in-flight" => settings.in_flight = self.count("in-flight", value, 1),
                "retries" => settings.retries = self.count("retries", value, 0),
                "timeout" => settings.timeout = self.time("timeout", value),
                "fail-fast" => settings.fail_fast = self.truth("fail-fast", value),
                "max-failures" => settings.max_failures = self.count("max-failures", value, 1),
                "retry-unsafe" => settings.retry_unsafe = self.truth("retry-unsafe", value),
                "batch" => self.entries(value, plan),
                other => self.unknown(key.span(), other, &KEYS),
            }
        }
    }

    fn entries(&mut self, value: &Spanned<DeValue<'_>>, plan: &mut PlanFile) {
        let Some(list) = value.get_ref().as_array() else {
            return self.unfit("batch", value, "tables [[batch]]");
        };
        for item in list.iter() {
            match item.get_ref().as_table() {
                Some(table) => {
                    let entry = self.entry(table, item.span());
                    plan.entries.push(entry);
                }
                None => self.unfit("batch", item, "tables [[batch]]"),
            }
        }
    }

    fn entry(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Entry {
        let before = self.mistakes.len();
        // What is run, with which arguments, can be told.
        let mut is_known = self.is_whole;
        let mut entry = Entry {
            at: Some(self.spot(span.start)),
            ..Entry::default()
        };
        for (key, value) in table {
            let told = self.mistakes.len();
            let key_name = key.get_ref().as_ref();
            match key_name {
                "name" => entry.name = self.words("name", value),
                "script" => entry.scripts.extend(self.named("script", value)),
                "scripts" => self.scripts(value, &mut entry),
                "function" => entry.function = self.named("function", value),
                "jobs" => entry.jobs = self.named("jobs", value),
                "key" => entry.key = self.words("key", value),
                "arguments" => self.arguments(value, &mut entry),
                other => self.unknown(key.span(), other, &ENTRY_KEYS),
            }
            // One that resembles no other stands for none of them.
            let is_apart =
                matches!(key_name, "name" | "key") || nearest(key_name, ENTRY_KEYS).is_none();
            is_known &= is_apart || self.mistakes.len() == told;
        }
        if self.mistakes.len() == before && self.is_whole {
            if entry.scripts.is_empty() && entry.function.is_none() {
                self.wrong(
                    span.clone(),
                    "this batch names neither a script nor a function".to_owned(),
                );
            }
            if entry.key.is_some() && entry.jobs.is_none() {
                self.wrong(
                    span,
                    "`key` names a column, and there are no jobs".to_owned(),
                );
            }
        }
        entry.is_known = is_known;
        entry
    }

    fn scripts(&mut self, value: &Spanned<DeValue<'_>>, entry: &mut Entry) {
        match value.get_ref().as_array() {
            Some(list) => {
                for item in list.iter() {
                    entry.scripts.extend(self.named("scripts", item));
                }
            }
            None => self.unfit("scripts", value, "a list of texts"),
        }
    }

    fn arguments(&mut self, value: &Spanned<DeValue<'_>>, entry: &mut Entry) {
        let Some(table) = value.get_ref().as_table() else {
            return self.unfit("arguments", value, "a table");
        };
        for (name, value) in table {
            match json_of(value.get_ref()) {
                Some(json) => entry.arguments.push(Constant {
                    given: Given {
                        name: name.get_ref().to_string(),
                        text: json.to_string(),
                        json: true,
                    },
                    at: self.spot(name.span().start),
                }),
                None => self.unfit(name.get_ref(), value, "a value that JSON has"),
            }
        }
    }

    fn spot(&self, at: usize) -> Spot {
        let (line, column) = place(self.text, at);
        Spot {
            file: self.name.to_owned(),
            line,
            column,
        }
    }

    fn named(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Named> {
        let name = self.words(key, value)?;
        let at = Some(self.spot(value.span().start));
        Some(Named { name, at })
    }

    fn unknown(&mut self, at: Range<usize>, found: &str, known: &[&str]) {
        let (line, _) = place(self.text, at.start);
        if is_astray(self.text, &self.broken, line) {
            return;
        }
        let expected = match nearest(found, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected one of {}", known.join(", ")),
        };
        self.wrong(at, format!("there is no key `{found}` here; {expected}"));
    }

    fn words(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let words = value.get_ref().as_str().map(str::to_owned);
        if words.is_none() {
            self.unfit(key, value, "a text");
        }
        words
    }

    fn truth(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<bool> {
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            self.unfit(key, value, "true or false");
        }
        truth
    }

    fn count(&mut self, key: &str, value: &Spanned<DeValue<'_>>, least: u64) -> Option<u64> {
        let count = value
            .get_ref()
            .as_integer()
            .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|count| *count >= least);
        if count.is_none() {
            self.unfit(key, value, &format!("a whole number from {least} on"));
        }
        count
    }

    fn time(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Duration> {
        let time = value.get_ref().as_str().and_then(duration);
        let time = time.filter(|time| !time.is_zero());
        if time.is_none() {
            self.unfit(
                key,
                value,
                "a time in quotes and longer than none, such as \"500ms\", \"30s\" or \"5m\"",
            );
        }
        time
    }
}

/// A value of TOML as JSON; dates as text.
fn json_of(value: &DeValue<'_>) -> Option<serde_json::Value> {
    Some(match value {
        DeValue::String(text) => serde_json::Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()?
            .into(),
        DeValue::Float(number) => {
            serde_json::Value::Number(serde_json::Number::from_f64(number.as_str().parse().ok()?)?)
        }
        DeValue::Boolean(truth) => (*truth).into(),
        DeValue::Datetime(date) => serde_json::Value::String(date.to_string()),
        DeValue::Array(list) => list
            .iter()
            .map(|item| json_of(item.get_ref()))
            .collect::<Option<Vec<_>>>()?
            .into(),
        DeValue::Table(table) => table
            .iter()
            .map(|(name, value)| Some((name.get_ref().to_string(), json_of(value.get_ref())?)))
            .collect::<Option<serde_json::Map<_, _>>>()?
            .into(),
    })
}

/// `500ms`, `2s`, `1.5m`, `1h`, `30d`; a bare number is seconds.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds = match text.get(number.len()..)? {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let amount: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(amount * seconds).ok()
}
