//! What belongs to the forms of an application and takes names to tell (language reference, appendix A).

use std::collections::BTreeSet;

use freshet_syntax::ast::{ExpressionKind, Name};
use freshet_syntax::source::Span;

use super::chain::SoFar;
use super::{Once, Resolver, faults};
use crate::program::Slot;

/// Members read without parentheses in one file: one error tells of all.
pub(super) struct Members {
    /// Place of the error among the diagnostics.
    reported: usize,
    /// Its line.
    line: u32,
    /// The lines of the others.
    lines: BTreeSet<u32>,
}

/// Functions on the records of a form.
const AGGREGATES: [&str; 7] = [
    "count", "sum", "maximum", "minimum", "average", "distinct", "getAll",
];

/// True for the functions on the records of a form, whose argument is the name of a field.
pub(super) fn is_aggregate(function: &str) -> bool {
    AGGREGATES
        .iter()
        .any(|name| name.eq_ignore_ascii_case(function))
}

/// True for what can be read from the variable of a `catch` (language reference, 6.6).
pub(super) fn is_error_member(name: &str) -> bool {
    name.eq_ignore_ascii_case("message") || name.eq_ignore_ascii_case("lineNo")
}

/// True for the one of these that nothing but forms has.
fn is_get_all(function: &str) -> bool {
    function.eq_ignore_ascii_case("getAll")
}

impl<'a> Resolver<'a> {
    /// Notes the forms of the file at hand.
    pub(super) fn note_forms(&mut self) {
        let ast = self.source.ast;
        self.forms
            .extend(ast.forms.iter().map(|form| (ast.file, &**form)));
    }

    /// True if `name`, to which nothing is assigned and on which `function` is called, is a form.
    pub(super) fn is_form(&self, name: &'a str, function: &str) -> bool {
        is_get_all(function) || self.names_form(name)
    }

    /// Notes a name that turned out to be one.
    pub(super) fn note_form(&mut self, name: &'a str) {
        self.forms.insert((self.source.ast.file, name));
    }

    /// True if `name`, which is read as a variable, is a form.
    pub(super) fn names_form(&self, name: &'a str) -> bool {
        self.forms.contains(&(self.source.ast.file, name))
    }

    /// The slot of a name, unless it is a form: then one that was reported as a variable without value counts as none.
    pub(super) fn assigned_slot(&self, name: &'a str) -> Option<Slot> {
        let slot = self.scope.slot(name)?;
        let is_unknown = self.scope.variable(slot).unknown;
        (!is_unknown || !self.names_form(name)).then_some(slot)
    }

    /// Records of a form, all or those that meet criteria.
    pub(super) fn fetch(&mut self, form: &str, span: Span) {
        if self.first_time(Once::Fetch) {
            self.diagnostics.push(faults::fetch(form, span));
        }
    }

    /// `Form.sum(field)` and its like, or `Form.Subform()`, whose step has been taken from the chain.
    pub(super) fn form_call(&mut self, form: &str, span: Span, function: &Name) -> SoFar {
        if is_aggregate(&function.text) {
            return self.aggregate(form, span);
        }
        if self.first_time(Once::SubformRow) {
            self.diagnostics
                .push(faults::subform_row(form, &function.text, span));
        }
        SoFar::reported(self.builder.reported(span))
    }

    /// Whether the chain goes on as `Form.Field.sum()` or `Form.Field.getAll()` do.
    pub(super) fn aggregates_field(&self, form: &'a str, base: usize) -> bool {
        let steps = &self.chain[base..];
        let second = steps.len().checked_sub(2).map(|place| steps[place]);
        let second = second.map(|step| &self.source.ast.expression(step).kind);
        match second {
            Some(ExpressionKind::Method { name, .. }) => {
                is_aggregate(&name.text) && self.is_form(form, &name.text)
            }
            _ => false,
        }
    }

    /// An aggregate of a form; its steps have been taken from the chain.
    pub(super) fn aggregate(&mut self, form: &str, span: Span) -> SoFar {
        if self.first_time(Once::Aggregate) {
            self.diagnostics.push(faults::aggregate(form, span));
        }
        SoFar::reported(self.builder.reported(span))
    }

    /// Reports a member read without parentheses, or notes its line if another one of the file has been reported.
    pub(super) fn report_member(&mut self, receiver: &str, name: &'a Name, is_method: bool) {
        let starts = self.source.file.line_starts();
        let line = starts.partition_point(|start| *start <= name.span.start) as u32;
        if let Some(members) = self.members.get_mut(&(self.source.ast.file, is_method)) {
            members.lines.insert(line);
            return;
        }
        let members = Members {
            reported: self.diagnostics.len(),
            line,
            lines: BTreeSet::new(),
        };
        self.members
            .insert((self.source.ast.file, is_method), members);
        let caught = self.scope.caught().next();
        let fault = faults::member(receiver, &name.text, is_method, name.span);
        self.diagnostics.push(match caught {
            Some(caught) if is_error_member(&name.text) => {
                faults::member_of_error(fault, caught, &name.text)
            }
            _ => fault,
        });
    }

    /// Adds the lines of the other members to the errors of the first ones.
    pub(super) fn tell_of_more_members(&mut self) {
        for members in self.members.values_mut() {
            members.lines.remove(&members.line);
            if let Some(diagnostic) = self.diagnostics.get_mut(members.reported)
                && !members.lines.is_empty()
            {
                faults::also_in_lines(diagnostic, &members.lines);
            }
        }
    }
}
