//! What values hold at a moment, so that a failing statement of a REPL can be undone.
//!
//! Containers are shared, so copies of the variables alone would not do: what every container that can be reached holds
//! is kept as well. The containers themselves stay the same, so that whoever shares one still does.

use rustc_hash::{FxHashMap, FxHashSet};

use super::file::FileState;
use super::{Braces, Collection, File, Form, KeyValue, List, Value};

/// Variables, and everything that can be reached from them, as they were.
pub struct Savepoint {
    variables: Vec<Value>,
    lists: Vec<(List, Vec<Value>)>,
    pairs: Vec<(KeyValue, Vec<(Value, Value)>)>,
    collections: Vec<(Collection, Form)>,
    files: Vec<(File, FileState)>,
    /// Every `{}` that was not decided.
    undecided: Vec<Braces>,
}

impl Savepoint {
    /// Keeps what `variables` and all that they reach hold now.
    pub fn of(variables: &[Value]) -> Self {
        let mut savepoint = Self {
            variables: variables.to_vec(),
            lists: Vec::new(),
            pairs: Vec::new(),
            collections: Vec::new(),
            files: Vec::new(),
            undecided: Vec::new(),
        };
        let mut seen = FxHashSet::default();
        let mut waiting: Vec<Value> = variables
            .iter()
            .filter(|v| v.is_shared())
            .cloned()
            .collect();
        while let Some(value) = waiting.pop() {
            if value.address().is_some_and(|address| seen.insert(address)) {
                savepoint.keep(value, &mut waiting);
            }
        }
        savepoint
    }

    fn keep(&mut self, value: Value, waiting: &mut Vec<Value>) {
        let mut walk = |inside: &Value| {
            if inside.is_shared() {
                waiting.push(inside.clone());
            }
        };
        match value {
            Value::List(list) => {
                let items = list.to_vec();
                items.iter().for_each(walk);
                self.lists.push((list, items));
            }
            Value::KeyValue(pairs) => {
                let entries = pairs.to_vec();
                entries.iter().for_each(|(_, inside)| walk(inside));
                self.pairs.push((pairs, entries));
            }
            Value::Collection(collection) => {
                let form = collection.form();
                match &form {
                    Form::Open => {}
                    Form::Index(list) => walk(&Value::List(list.clone())),
                    Form::Keyed(pairs) => walk(&Value::KeyValue(pairs.clone())),
                }
                self.collections.push((collection, form));
            }
            Value::Braces(braces) => match braces.decided() {
                Some(decided) => walk(decided),
                None => self.undecided.push(braces),
            },
            Value::File(file) => {
                let state = file.state();
                self.files.push((file, state));
            }
            Value::Null
            | Value::Boolean(_)
            | Value::Number(_)
            | Value::Decimal { .. }
            | Value::Date { .. }
            | Value::Text(_)
            | Value::Error(_) => {}
        }
    }

    /// Gives `variables`, of which there may be more by now, and everything they reached their contents back.
    pub fn restore(self, variables: &mut [Value]) {
        // A decision cannot be taken back: a new `{}` stands for each that was decided since, wherever it was.
        let renewed: FxHashMap<usize, Braces> = self
            .undecided
            .iter()
            .filter(|braces| braces.decided().is_some())
            .map(|braces| (braces.address(), Braces::new()))
            .collect();
        let renew = |value: Value| match &value {
            Value::Braces(braces) => match renewed.get(&braces.address()) {
                Some(new) => Value::Braces(new.clone()),
                None => value,
            },
            _ => value,
        };
        let mut saved = self.variables.into_iter().map(renew);
        for variable in variables {
            *variable = saved.next().unwrap_or_default();
        }
        for (list, items) in self.lists {
            drop(list.take());
            list.refill(items.into_iter().map(renew).collect());
        }
        for (pairs, entries) in self.pairs {
            drop(pairs.take());
            pairs.refill(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, renew(value)))
                    .collect(),
            );
        }
        for (collection, form) in self.collections {
            collection.decide(form);
        }
        for (file, state) in self.files {
            file.restore(state);
        }
    }
}
