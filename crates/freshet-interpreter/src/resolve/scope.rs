//! The variables of one function: their slots, and what is known about them while its statements are read in order.
//!
//! Blocks make no scopes (language reference, 5.2): what is assigned anywhere in a function has a slot in all of it.

use freshet_syntax::ast::{
    Ast, ExpressionId, ExpressionKind, StatementId, StatementKind, TypeKind,
};
use freshet_syntax::source::Span;
use rustc_hash::FxHashMap;

use super::Source;
use super::expression::{is_clock, quoted_type};
use crate::library::{LIBRARY, system};
use crate::program::Slot;
use crate::value::Type;

/// A variable.
pub(super) struct Variable<'a> {
    pub name: &'a str,
    /// A `catch` of the function names it.
    pub caught: bool,
    /// A fetch from a form is assigned to it, so its members have been reported with the fetch.
    pub record: bool,
    /// The type of all that is assigned to it, where that is evident.
    pub given: Option<Type>,
    /// Nothing assigns it, which has been reported.
    pub unknown: bool,
    /// On every way to the statement being read, something has been assigned.
    assigned: bool,
    /// No more warnings: there was one, or the script itself tests the variable for null.
    settled: bool,
    /// Number of the write that was read last.
    written: u32,
}

/// How a function gives a name a value.
pub(super) struct Assigned<'a> {
    pub name: &'a str,
    caught: bool,
    record: bool,
    given: Option<Type>,
    /// It is a word of a statement that could not be read.
    pub unread: bool,
}

impl<'a> Assigned<'a> {
    fn plain(name: &'a str, record: bool) -> Self {
        Self {
            name,
            caught: false,
            record,
            given: None,
            unread: false,
        }
    }
}

/// The variables of one function.
#[derive(Default)]
pub(super) struct Scope<'a> {
    slots: FxHashMap<&'a str, Slot>,
    variables: Vec<Variable<'a>>,
    /// Slots in the order in which they became surely assigned.
    log: Vec<Slot>,
    /// For each slot, the last set it was put into; for intersections.
    stamps: Vec<u32>,
    stamp: u32,
    /// Slots read by the statement at hand; `None` for all of them, which is what `input` reads.
    reads: Vec<Option<Slot>>,
    /// Numbers of writes, of calls and of `return` and `throw` read so far: who wants to know whether a part of the
    /// function has any compares before and after.
    pub writes: u32,
    pub calls: u32,
    pub exits: u32,
    /// For each loop around the statement at hand, whether it has a `break`.
    pub loops: Vec<bool>,
}

impl<'a> Scope<'a> {
    /// A scope whose first slots are `parameters`, which have values, some of a type, followed by what the function
    /// assigns. Gives the places in `parameters` of those that repeat an earlier one, too.
    pub fn new(
        parameters: impl Iterator<Item = (&'a str, Option<Type>)>,
        assigned: &[Assigned<'a>],
    ) -> (Self, Vec<usize>) {
        let mut scope = Self::default();
        let mut repeated = Vec::new();
        for (place, (name, given)) in parameters.enumerate() {
            if scope.slots.contains_key(name) {
                // It keeps its slot, so that arguments and slots stay side by side.
                repeated.push(place);
            }
            let slot = scope.add(name);
            scope.variables[slot.0 as usize].given = given;
        }
        scope
            .variables
            .iter_mut()
            .for_each(|variable| variable.assigned = true);
        for assigned in assigned.iter().filter(|assigned| !assigned.unread) {
            let known = scope.slot(assigned.name);
            let slot = known.unwrap_or_else(|| scope.add(assigned.name));
            let variable = &mut scope.variables[slot.0 as usize];
            // What is assigned first, and nothing else.
            let is_given = known.is_none() || variable.given == assigned.given;
            variable.given = assigned.given.filter(|_| is_given);
            variable.caught |= assigned.caught;
            variable.record |= assigned.record;
        }
        // What is known of a variable counts more than that a statement nobody could read has its name, too.
        for unread in assigned.iter().filter(|assigned| assigned.unread) {
            let slot = scope.slot(unread.name).unwrap_or_else(|| {
                let slot = scope.add(unread.name);
                scope.variables[slot.0 as usize].record = true;
                slot
            });
            scope.variables[slot.0 as usize].settled = true;
        }
        (scope, repeated)
    }

    /// A variable that has held a caught error from the beginning.
    pub fn hold_error(&mut self, name: &str) {
        if let Some(slot) = self.slot(name) {
            self.variables[slot.0 as usize].caught = true;
        }
    }

    fn add(&mut self, name: &'a str) -> Slot {
        let slot = Slot(self.variables.len() as u32);
        self.variables.push(Variable {
            name,
            caught: false,
            record: false,
            given: None,
            unknown: false,
            assigned: false,
            settled: false,
            written: 0,
        });
        self.stamps.push(0);
        self.slots.insert(name, slot);
        slot
    }

    /// Adds a name that nothing assigns, after it has been reported, so that it is reported once.
    pub fn add_known(&mut self, name: &'a str) -> Slot {
        let slot = self.add(name);
        let variable = &mut self.variables[slot.0 as usize];
        variable.assigned = true;
        variable.unknown = true;
        slot
    }

    /// The slot of a name.
    pub fn slot(&self, name: &str) -> Option<Slot> {
        self.slots.get(name).copied()
    }

    /// The variable in a slot.
    pub fn variable(&self, slot: Slot) -> &Variable<'a> {
        &self.variables[slot.0 as usize]
    }

    /// The names of all slots, in their order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.variables.iter().map(|variable| variable.name)
    }

    /// The names that a `catch` of the function gives an error to.
    pub fn caught(&self) -> impl Iterator<Item = &'a str> {
        let caught = self.variables.iter().filter(|variable| variable.caught);
        caught.map(|variable| variable.name)
    }

    /// Notes a read. True if the variable may have no value there, which is to be said once.
    pub fn read(&mut self, slot: Slot) -> bool {
        self.reads.push(Some(slot));
        let variable = &mut self.variables[slot.0 as usize];
        let doubtful = !variable.assigned && !variable.settled;
        variable.settled |= doubtful;
        doubtful
    }

    /// Notes a read that asks whether the variable is null: its author knows that it may be.
    pub fn read_to_test(&mut self, slot: Slot) {
        self.reads.push(Some(slot));
        self.variables[slot.0 as usize].settled = true;
    }

    /// Notes a read of every parameter.
    pub fn read_all(&mut self) {
        self.reads.push(None);
    }

    /// Begins the statement that is read next.
    pub fn forget_reads(&mut self) {
        self.reads.clear();
    }

    /// How many reads of the statement have been noted.
    pub fn read_count(&self) -> usize {
        self.reads.len()
    }

    /// True if one of the reads after the first `count` was of that variable.
    pub fn has_read(&self, slot: Slot, count: usize) -> bool {
        self.reads[count..]
            .iter()
            .any(|read| read.is_none_or(|read| read == slot))
    }

    /// The variables that the statement at hand has read so far.
    pub fn take_reads(&mut self) -> Vec<Slot> {
        self.reads.drain(..).flatten().collect()
    }

    /// Notes an assignment.
    pub fn assign(&mut self, slot: Slot) {
        self.writes += 1;
        self.variables[slot.0 as usize].written = self.writes;
        self.give_value(slot);
    }

    fn give_value(&mut self, slot: Slot) {
        let variable = &mut self.variables[slot.0 as usize];
        if !variable.assigned {
            variable.assigned = true;
            self.log.push(slot);
        }
    }

    /// True if the variable has been assigned since `writes` had that value.
    pub fn written_since(&self, slot: Slot, writes: u32) -> bool {
        self.variables[slot.0 as usize].written > writes
    }

    /// Begins ways of which one is taken.
    pub fn fork(&self) -> Fork {
        Fork {
            start: self.log.len(),
            common: None,
        }
    }

    /// Ends one of the ways; the next one starts where this one started. `leaves`: what follows is not reached by it.
    pub fn end_way(&mut self, fork: &mut Fork, leaves: bool) {
        let assigned = self.log.split_off(fork.start);
        for slot in &assigned {
            self.variables[slot.0 as usize].assigned = false;
        }
        if leaves {
            return;
        }
        match &mut fork.common {
            None => fork.common = Some(assigned),
            Some(common) => {
                self.stamp += 1;
                for slot in &assigned {
                    self.stamps[slot.0 as usize] = self.stamp;
                }
                common.retain(|slot| self.stamps[slot.0 as usize] == self.stamp);
            }
        }
    }

    /// Goes on after the ways: what all of them assign has a value.
    pub fn join(&mut self, fork: Fork) {
        for slot in fork.common.into_iter().flatten() {
            self.give_value(slot);
        }
    }
}

/// Ways of which one is taken: the branches of an `if`, the blocks of a `try`.
pub(super) struct Fork {
    start: usize,
    common: Option<Vec<Slot>>,
}

/// Every name to which these statements, and the blocks in them, give a value (language reference, 5.2).
pub(super) fn assigned_names<'a>(
    source: Source<'a>,
    statements: &'a [StatementId],
) -> Vec<Assigned<'a>> {
    let mut found = Vec::new();
    collect(source, statements, &mut found);
    found
}

fn collect<'a>(source: Source<'a>, statements: &'a [StatementId], found: &mut Vec<Assigned<'a>>) {
    let ast = source.ast;
    for id in statements {
        let statement = ast.statement(*id);
        match &statement.kind {
            StatementKind::Assign {
                target,
                operator: None,
                value,
                ..
            } => found.push(Assigned {
                given: evident_type(ast, *value),
                ..Assigned::plain(&target.text, is_fetch(ast, *value))
            }),
            StatementKind::ForEach {
                variable,
                iterated,
                body,
                ..
            } => {
                found.push(Assigned::plain(&variable.text, is_fetch(ast, *iterated)));
                collect(source, body, found);
            }
            StatementKind::Try {
                body,
                error,
                handler,
            } => {
                found.push(Assigned {
                    caught: true,
                    ..Assigned::plain(&error.text, false)
                });
                collect(source, body, found);
                collect(source, handler, found);
            }
            StatementKind::While { body, .. } => collect(source, body, found),
            StatementKind::If {
                branches,
                otherwise,
            } => {
                for branch in branches {
                    collect(source, &branch.body, found);
                }
                collect(source, otherwise.as_deref().unwrap_or_default(), found);
            }
            StatementKind::Empty => found.extend(unread_words(source, statement.span)),
            _ => {}
        }
    }
}

/// The words of a statement that could not be read: any of them may have been assigned there, and the one error is
/// enough. A lone `;` has none.
fn unread_words<'a>(source: Source<'a>, span: Span) -> impl Iterator<Item = Assigned<'a>> {
    source
        .text(span)
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
        .map(|word| Assigned {
            unread: true,
            ..Assigned::plain(word, false)
        })
}

/// True for a fetch from a form, for what is read from one or from `application`, and for what could not be read.
fn is_fetch(ast: &Ast, id: ExpressionId) -> bool {
    let mut id = id;
    let mut is_part = false;
    loop {
        id = match &ast.expression(id).kind {
            ExpressionKind::Method { receiver, .. } | ExpressionKind::Member { receiver, .. } => {
                is_part = true;
                *receiver
            }
            ExpressionKind::Parenthesised(inner) => *inner,
            ExpressionKind::Variable(name) => {
                return is_part && name.eq_ignore_ascii_case("application");
            }
            ExpressionKind::Bracketed { .. } | ExpressionKind::Missing => return true,
            _ => return false,
        };
    }
}

/// The type of a value, where the expression tells it: a literal, a constructor, a system variable, a method whose result
/// is always of one type.
pub(super) fn evident_type(ast: &Ast, id: ExpressionId) -> Option<Type> {
    let mut id = id;
    while let ExpressionKind::Parenthesised(inner) = &ast.expression(id).kind {
        id = *inner;
    }
    let named = |returns: &str| {
        let name = returns.trim_end_matches(", a pure date");
        Type::ALL.into_iter().find(|known| known.name() == name)
    };
    match &ast.expression(id).kind {
        ExpressionKind::Boolean(_) => Some(Type::Boolean),
        ExpressionKind::Number(_) | ExpressionKind::Smallest => Some(Type::Number),
        ExpressionKind::Decimal(_) => Some(Type::Decimal),
        ExpressionKind::Text(_) => Some(Type::Text),
        ExpressionKind::Quoted(text) => Some(quoted_type(text)),
        ExpressionKind::Variable(name) if is_clock(name) => Some(Type::DateTime),
        ExpressionKind::Member { .. } => named(system::find(&zoho_name(ast, id)?)?.returns),
        ExpressionKind::List(_) | ExpressionKind::TypedList { .. } => Some(Type::List),
        ExpressionKind::KeyValue(_) => Some(Type::KeyValue),
        ExpressionKind::Call { name, .. } => {
            let made = [
                ("Map", Type::KeyValue),
                ("List", Type::List),
                ("Collection", Type::Collection),
            ];
            let made = made
                .into_iter()
                .find(|(known, _)| name.text.eq_ignore_ascii_case(known));
            made.map(|(_, made)| made)
        }
        ExpressionKind::Method { name, .. } => {
            let row = LIBRARY.row(LIBRARY.method(&name.text)?);
            let mut entries = row.entries.iter().flatten();
            let returns = entries.next()?.returns;
            entries
                .all(|entry| entry.returns == returns)
                .then(|| named(returns))?
        }
        _ => None,
    }
}

/// The whole name of which `id` is the last word, if it begins with `zoho`.
fn zoho_name(ast: &Ast, id: ExpressionId) -> Option<String> {
    let mut words = Vec::new();
    let mut id = id;
    while let ExpressionKind::Member { receiver, name, .. } = &ast.expression(id).kind {
        words.push(&*name.text);
        id = *receiver;
    }
    if !matches!(ast.expression(id).kind, ExpressionKind::Zoho) {
        return None;
    }
    words.push("zoho");
    words.reverse();
    Some(words.join("."))
}

/// The type of a parameter, where its declaration tells it.
pub(super) fn declared_type(kind: TypeKind) -> Option<Type> {
    Some(match kind {
        TypeKind::Text => Type::Text,
        TypeKind::Number => Type::Number,
        TypeKind::Decimal => Type::Decimal,
        TypeKind::Boolean => Type::Boolean,
        TypeKind::DateTime => Type::DateTime,
        TypeKind::List(_) => Type::List,
        TypeKind::KeyValue => Type::KeyValue,
        TypeKind::Collection => Type::Collection,
        TypeKind::File => Type::File,
        TypeKind::Void | TypeKind::Unknown => return None,
    })
}
