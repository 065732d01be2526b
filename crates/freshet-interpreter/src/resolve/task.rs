//! Bracketed tasks: which attributes there are, and what their values may be (Built-ins II, 6).

use freshet_syntax::ast::{Attribute, AttributeValue, ExpressionId, ExpressionKind, Name};
use freshet_syntax::source::Span;

use super::Resolver;
use super::builder::Literal;
use super::faults;
use crate::library::task::{AttributeEntry, Task};
use crate::library::{LIBRARY, tasks};
use crate::program::{AttributeSource, NodeId, TaskUse};

impl<'a> Resolver<'a> {
    /// `name [ … ]`.
    pub(super) fn task(&mut self, name: &'a Name, attributes: &'a [Attribute]) -> NodeId {
        self.scope.calls += 1;
        let Some(entry) = LIBRARY.task(&name.text) else {
            let near = self.propose(&name.text, tasks().map(|task| task.name));
            self.diagnostics
                .push(faults::unknown_task(&name.text, near, name.span));
            return self.builder.reported(name.span);
        };
        let mut given: Vec<Option<Span>> = vec![None; entry.attributes.len()];
        let mut resolved = Vec::with_capacity(attributes.len());
        // Attributes that an unknown one probably stands for: one slip is one error.
        let mut meant: Vec<&str> = Vec::new();
        let mut before: Option<&Attribute> = None;
        for attribute in attributes {
            let place = entry
                .attributes
                .iter()
                .position(|known| known.is(&attribute.name.text));
            match place {
                None => meant.extend(self.unknown_attribute(entry, attribute, before)),
                Some(place) => {
                    if let Some(first) = given[place] {
                        let fault = faults::attribute_twice(
                            entry.name,
                            &attribute.name.text,
                            attribute.name.span,
                            first,
                        );
                        self.diagnostics.push(fault);
                    }
                    given[place] = Some(attribute.name.span);
                    if let Some(source) = self.attribute(&entry.attributes[place], attribute) {
                        resolved.push((place, source));
                    }
                }
            }
            before = Some(attribute);
        }
        for (known, given) in entry.attributes.iter().zip(&given) {
            if known.required && given.is_none() && !meant.contains(&known.name) {
                self.diagnostics
                    .push(faults::attribute_missing(entry.name, known.name, name.span));
            }
        }
        let task = TaskUse {
            entry,
            attributes: resolved,
        };
        self.builder.task(task, name.span)
    }

    /// Reports an attribute that the task does not have. Gives the one that was probably meant.
    fn unknown_attribute(
        &mut self,
        entry: &'static Task,
        attribute: &'a Attribute,
        before: Option<&Attribute>,
    ) -> Option<&'static str> {
        let name = &attribute.name;
        let takes_files = |before: &Attribute| {
            entry
                .attributes
                .iter()
                .any(|known| known.files && known.is(&before.name.text))
        };
        if before.is_some_and(|before| before.values.is_empty() && takes_files(before)) {
            // `attachments :template:Invoice`: the kind stands where the value should.
            self.diagnostics
                .push(faults::attachment_kind(&name.text, name.span));
            return None;
        }
        let names = entry.attributes.iter().map(|known| known.name);
        let near = self.propose(&name.text, names.clone());
        let all = words(names);
        self.diagnostics.push(faults::unknown_attribute(
            entry.name, &name.text, near, &all, name.span,
        ));
        near
    }

    /// The values of an attribute; `None` if the parser found none and has said so.
    fn attribute(
        &mut self,
        known: &'static AttributeEntry,
        attribute: &'a Attribute,
    ) -> Option<AttributeSource> {
        match &attribute.values[..] {
            [] => None,
            [value] => self.attribute_value(known, attribute, value),
            // The parser gives several values only to attributes that take them, none of which has constants.
            values => {
                let mut nodes = Vec::with_capacity(values.len());
                for value in values {
                    if let AttributeValue::Expression(id) | AttributeValue::File(id) = value {
                        nodes.push(self.expression(*id, false));
                    }
                }
                Some(AttributeSource::Several(nodes))
            }
        }
    }

    fn attribute_value(
        &mut self,
        known: &'static AttributeEntry,
        attribute: &'a Attribute,
        value: &'a AttributeValue,
    ) -> Option<AttributeSource> {
        match value {
            AttributeValue::Expression(id) => Some(self.attribute_expression(known, *id)),
            AttributeValue::File(id) => Some(AttributeSource::Node(self.expression(*id, false))),
            AttributeValue::Words(joined) if known.words => Some(AttributeSource::Words(
                self.builder.constant(Literal::Text, &joined.text),
            )),
            AttributeValue::Words(_) => {
                let name = &attribute.name;
                self.diagnostics
                    .push(faults::joined_words(&name.text, name.span));
                None
            }
        }
    }

    /// An expression; of an attribute with constants, a lone word is one of these or a variable that is assigned.
    fn attribute_expression(
        &mut self,
        known: &'static AttributeEntry,
        id: ExpressionId,
    ) -> AttributeSource {
        let expression = self.source.ast.expression(id);
        if !known.constants.is_empty()
            && let ExpressionKind::Variable(word) = &expression.kind
        {
            let constant = known
                .constants
                .iter()
                .find(|constant| constant.eq_ignore_ascii_case(word));
            if let Some(constant) = constant {
                return AttributeSource::Words(self.builder.constant(Literal::Text, constant));
            }
            if self.scope.slot(word).is_none() {
                let constants = known.constants.iter().copied();
                let near = self.propose(word, constants.clone());
                let all = words(constants);
                self.diagnostics.push(faults::unknown_constant(
                    known.name,
                    word,
                    near,
                    &all,
                    expression.span,
                ));
                return AttributeSource::Node(self.builder.reported(expression.span));
            }
        }
        AttributeSource::Node(self.expression(id, false))
    }
}

/// Names as a help text lists them.
fn words<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
