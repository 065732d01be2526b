//! Evaluates an XPath on a document (XPath 1.0, 1 to 3).

use std::cell::Cell;

use roxmltree::{Attribute, Node};

use super::document::Document;
use super::path::{Expression, Operator, Path, Start, Step, Test};
use crate::error::{self, Fallible, RuntimeError};
use crate::value::heap;

/// Nodes that one evaluation may look at, comparisons and 64 bytes of text counting as one each: about a second.
/// `//*[//*]` looks at each node once for every other.
const MOST_STEPS: u64 = 20_000_000;

/// What an expression gives.
pub(super) enum Object<'d> {
    /// Nodes in the order of the document, each once.
    Nodes(Vec<Item<'d>>),
    Number(f64),
    Text(String),
    Boolean(bool),
}

/// A node of the document or an attribute.
#[derive(Clone, Copy)]
pub(super) enum Item<'d> {
    Node(Node<'d, 'd>),
    Attribute(Owned<'d>),
}

/// An attribute with the element that has it.
#[derive(Clone, Copy)]
pub(super) struct Owned<'d> {
    owner: Node<'d, 'd>,
    /// Its place among the attributes.
    place: u32,
    attribute: Attribute<'d, 'd>,
}

impl<'d> std::ops::Deref for Owned<'d> {
    type Target = Attribute<'d, 'd>;

    fn deref(&self) -> &Self::Target {
        &self.attribute
    }
}

impl Item<'_> {
    /// Sorts as the document is written: attributes behind their element and before what is inside it.
    fn order(&self) -> (u32, u32) {
        match self {
            Item::Node(node) => (node.id().get(), 0),
            Item::Attribute(owned) => (owned.owner.id().get(), owned.place + 1),
        }
    }
}

/// In which direction a step goes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Axis {
    Child,
    Descendant,
    DescendantOrSelf,
    Itself,
    Parent,
    Ancestor,
    AncestorOrSelf,
    FollowingSibling,
    PrecedingSibling,
    Attribute,
}

impl Axis {
    const NAMES: &[(&str, Axis)] = &[
        ("child", Axis::Child),
        ("descendant", Axis::Descendant),
        ("descendant-or-self", Axis::DescendantOrSelf),
        ("self", Axis::Itself),
        ("parent", Axis::Parent),
        ("ancestor", Axis::Ancestor),
        ("ancestor-or-self", Axis::AncestorOrSelf),
        ("following-sibling", Axis::FollowingSibling),
        ("preceding-sibling", Axis::PrecedingSibling),
        ("attribute", Axis::Attribute),
    ];

    /// The axis of that name.
    pub(super) fn find(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, axis)| *axis)
    }
}

/// The node that an expression is evaluated at, and its place among those it was selected with.
#[derive(Clone, Copy)]
pub(super) struct Context<'d> {
    pub(super) item: Item<'d>,
    /// Counted from 1.
    pub(super) position: usize,
    pub(super) size: usize,
}

/// An evaluation.
pub(super) struct Evaluator<'d> {
    /// Name of the function, for messages.
    function: &'static str,
    pub(super) document: &'d Document<'d>,
    /// Steps it may still take.
    left: Cell<u64>,
}

impl<'d> Evaluator<'d> {
    pub(super) fn new(function: &'static str, document: &'d Document<'d>) -> Self {
        Self {
            function,
            document,
            left: Cell::new(MOST_STEPS),
        }
    }

    /// What the path gives at the root of the document.
    pub(super) fn evaluate(&self, path: &Expression<'_>) -> Fallible<Object<'d>> {
        self.expression(
            path,
            Context {
                item: Item::Node(self.document.root),
                position: 1,
                size: 1,
            },
        )
    }

    fn expression(
        &self,
        expression: &Expression<'_>,
        context: Context<'d>,
    ) -> Fallible<Object<'d>> {
        match expression {
            Expression::Number(number) => Ok(Object::Number(*number)),
            Expression::Literal(text) => Ok(Object::Text((*text).to_owned())),
            Expression::Path(path) => Ok(Object::Nodes(self.path(path, context)?)),
            Expression::Negate(value) => {
                let value = self.expression(value, context)?;
                Ok(Object::Number(-self.number(value)?))
            }
            Expression::Call(function, arguments) => {
                let arguments = arguments
                    .iter()
                    .map(|argument| self.expression(argument, context))
                    .collect::<Fallible<Vec<_>>>()?;
                let found = (function.run)(self, context, arguments)?;
                if let Object::Text(text) = &found {
                    self.spend_bytes(text.len())?;
                }
                Ok(found)
            }
            Expression::Binary(operator, left, right) => {
                self.binary(*operator, left, right, context)
            }
        }
    }

    fn binary(
        &self,
        operator: Operator,
        left: &Expression<'_>,
        right: &Expression<'_>,
        context: Context<'d>,
    ) -> Fallible<Object<'d>> {
        let left = self.expression(left, context)?;
        match operator {
            // The right side is evaluated only where it decides.
            Operator::Or if left.truth() => return Ok(Object::Boolean(true)),
            Operator::And if !left.truth() => return Ok(Object::Boolean(false)),
            _ => {}
        }
        let right = self.expression(right, context)?;
        match operator {
            Operator::Or | Operator::And => Ok(Object::Boolean(right.truth())),
            Operator::Union => {
                let mut items = self.nodes(left, "`|`")?;
                items.extend(self.nodes(right, "`|`")?);
                Ok(Object::Nodes(in_order(items)))
            }
            Operator::Add | Operator::Subtract | Operator::Multiply => {
                self.arithmetic(operator, left, right)
            }
            Operator::Divide | Operator::Remainder => self.arithmetic(operator, left, right),
            _ => Ok(Object::Boolean(self.compare(operator, left, right)?)),
        }
    }

    fn arithmetic(
        &self,
        operator: Operator,
        left: Object<'d>,
        right: Object<'d>,
    ) -> Fallible<Object<'d>> {
        let (left, right) = (self.number(left)?, self.number(right)?);
        Ok(Object::Number(match operator {
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            _ => left % right,
        }))
    }

    /// Nodes compare as their texts do: true if it holds for one of them (XPath 1.0, 3.4).
    fn compare(&self, operator: Operator, left: Object<'d>, right: Object<'d>) -> Fallible<bool> {
        let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        let boolean = |side: &Object<'_>| matches!(side, Object::Boolean(_));
        if equality && (boolean(&left) || boolean(&right)) {
            return Ok((left.truth() == right.truth()) == (operator == Operator::Equal));
        }
        let (left, right) = (self.plain(left)?, self.plain(right)?);
        self.spend(left.len() as u64 * right.len() as u64)?;
        Ok(left
            .iter()
            .any(|left| right.iter().any(|right| holds(operator, left, right))))
    }

    /// The texts of nodes, or the value itself.
    fn plain(&self, object: Object<'d>) -> Fallible<Vec<Object<'d>>> {
        let Object::Nodes(items) = object else {
            return Ok(vec![object]);
        };
        let texts = items
            .iter()
            .map(|item| self.text_of(*item).map(Object::Text));
        texts.collect()
    }

    fn path(&self, path: &Path<'_>, context: Context<'d>) -> Fallible<Vec<Item<'d>>> {
        let mut items = match &path.start {
            Start::Root => vec![Item::Node(self.document.root)],
            Start::Here => vec![context.item],
            Start::At(value, predicates) => {
                let value = self.expression(value, context)?;
                self.keep(self.nodes(value, "a path")?, predicates)?
            }
        };
        for step in &path.steps {
            items = self.step(&items, step)?;
        }
        Ok(items)
    }

    fn step(&self, items: &[Item<'d>], step: &Step<'_>) -> Fallible<Vec<Item<'d>>> {
        let mut found = Vec::new();
        for item in items {
            let mut candidates = Vec::new();
            for candidate in self.along(step.axis, *item) {
                self.spend(1)?;
                if self.matches(step, candidate) {
                    candidates.push(candidate);
                }
            }
            found.extend(self.keep(candidates, &step.predicates)?);
        }
        Ok(in_order(found))
    }

    /// What lies on an axis, in its direction.
    fn along(&self, axis: Axis, item: Item<'d>) -> Box<dyn Iterator<Item = Item<'d>> + 'd> {
        let root = self.document.root;
        let node = match item {
            Item::Node(node) => node,
            Item::Attribute(Owned { owner, .. }) => {
                let above = owner.ancestors().filter(|node| !node.is_root());
                return match axis {
                    Axis::Itself | Axis::DescendantOrSelf => Box::new(std::iter::once(item)),
                    Axis::Parent => Box::new(std::iter::once(Item::Node(owner))),
                    Axis::Ancestor => Box::new(above.map(Item::Node)),
                    Axis::AncestorOrSelf => {
                        Box::new(std::iter::once(item).chain(above.map(Item::Node)))
                    }
                    _ => Box::new(std::iter::empty()),
                };
            }
        };
        let nodes: Box<dyn Iterator<Item = Node<'d, 'd>> + 'd> = match axis {
            Axis::Child => Box::new(node.children()),
            Axis::Descendant => Box::new(node.descendants().skip(1)),
            Axis::DescendantOrSelf => Box::new(node.descendants()),
            Axis::Itself => Box::new(std::iter::once(node)),
            Axis::Parent => Box::new(node.parent().into_iter()),
            Axis::Ancestor => Box::new(node.ancestors().skip(1)),
            Axis::AncestorOrSelf => Box::new(node.ancestors()),
            Axis::FollowingSibling => Box::new(node.next_siblings().skip(1)),
            Axis::PrecedingSibling => Box::new(node.prev_siblings().skip(1)),
            Axis::Attribute => {
                let attributes = node.attributes().zip(0..);
                return Box::new(attributes.map(move |(attribute, place)| {
                    Item::Attribute(Owned {
                        owner: node,
                        place,
                        attribute,
                    })
                }));
            }
        };
        // White space beside the root element belongs to no document, nor does what is above its root.
        let is_outside = move |node: &Node<'d, 'd>| {
            node.is_root() || node.is_text() && node.parent() == Some(root)
        };
        Box::new(nodes.filter(move |node| !is_outside(node)).map(Item::Node))
    }

    fn matches(&self, step: &Step<'_>, item: Item<'d>) -> bool {
        let name = match (step.test, item) {
            (Test::Node, _) => return true,
            (Test::Text, Item::Node(node)) => return node.is_text(),
            (Test::Comment, Item::Node(node)) => return node.is_comment(),
            (Test::Text | Test::Comment, Item::Attribute(_)) => return false,
            // Names mean attributes on their axis, and elements on every other.
            (_, Item::Attribute(owned)) if step.axis == Axis::Attribute => {
                self.document.attribute_name(&owned)
            }
            (_, Item::Attribute(_)) => return false,
            (_, Item::Node(node)) => self.document.name(node),
        };
        match step.test {
            Test::Name(wanted) => name == wanted,
            Test::Prefix(wanted) => name
                .split_once(':')
                .is_some_and(|(prefix, _)| prefix == wanted),
            _ => !name.is_empty(),
        }
    }

    /// What the predicates leave of `items`, which are in the direction of their axis.
    fn keep(
        &self,
        mut items: Vec<Item<'d>>,
        predicates: &[Expression<'_>],
    ) -> Fallible<Vec<Item<'d>>> {
        for predicate in predicates {
            let size = items.len();
            let mut kept = Vec::new();
            for (place, item) in items.into_iter().enumerate() {
                let position = place + 1;
                self.spend(1)?;
                let context = Context {
                    item,
                    position,
                    size,
                };
                let holds = match self.expression(predicate, context)? {
                    Object::Number(number) => number == position as f64,
                    other => other.truth(),
                };
                if holds {
                    kept.push(item);
                }
            }
            items = kept;
        }
        Ok(items)
    }

    /// The text of an item: of an element, all text inside it (XPath 1.0, 5).
    pub(super) fn text_of(&self, item: Item<'d>) -> Fallible<String> {
        let text = match item {
            Item::Attribute(owned) => copied(owned.value())?,
            Item::Node(node) if node.is_element() => {
                let mut text = String::new();
                for inside in self.along(Axis::Descendant, item) {
                    self.spend(1)?;
                    if let Item::Node(inside) = inside
                        && inside.is_text()
                    {
                        let more = inside.text().unwrap_or_default();
                        heap::reserve_text(&mut text, more.len())?;
                        text.push_str(more);
                    }
                }
                text
            }
            Item::Node(node) => copied(node.text().unwrap_or_default())?,
        };
        self.spend_bytes(text.len())?;
        Ok(text)
    }

    /// The text of a value; of nodes, that of the first.
    pub(super) fn text(&self, object: Object<'d>) -> Fallible<String> {
        match object {
            Object::Nodes(items) => match items.first() {
                Some(first) => self.text_of(*first),
                None => Ok(String::new()),
            },
            other => Ok(other.into_text()),
        }
    }

    /// The number of a value; NaN for what is none.
    pub(super) fn number(&self, object: Object<'d>) -> Fallible<f64> {
        match object {
            Object::Nodes(_) => Ok(number_of(&self.text(object)?)),
            other => Ok(other.plain_number()),
        }
    }

    /// The nodes that `who` needs.
    pub(super) fn nodes(&self, object: Object<'d>, who: &str) -> Fallible<Vec<Item<'d>>> {
        match object {
            Object::Nodes(items) => Ok(items),
            _ => Err(self.fault(format!("{who} in the path needs nodes, found a value"))),
        }
    }

    fn fault(&self, what: String) -> Box<RuntimeError> {
        error::argument_value(self.function, what)
    }

    fn spend_bytes(&self, bytes: usize) -> Fallible<()> {
        self.spend(bytes as u64 / 64)
    }

    /// Counts steps.
    fn spend(&self, steps: u64) -> Fallible<()> {
        match self.left.get().checked_sub(steps) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(self
                .fault(format!(
                    "the path needs more than {MOST_STEPS} steps on this document"
                ))
                .help("name the elements on the way instead of `//`")),
        }
    }
}

/// Sorted as the document is written, each item once.
fn in_order(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    items.sort_unstable_by_key(Item::order);
    items.dedup_by_key(|item| item.order());
    items
}

/// True if a comparison of two plain values holds.
fn holds(operator: Operator, left: &Object<'_>, right: &Object<'_>) -> bool {
    let numbers = || (left.plain_number(), right.plain_number());
    let equal = || match (left, right) {
        (Object::Text(left), Object::Text(right)) => left == right,
        _ => left.plain_number() == right.plain_number(),
    };
    match operator {
        Operator::Equal => equal(),
        Operator::NotEqual => !equal(),
        Operator::Less => numbers().0 < numbers().1,
        Operator::LessEqual => numbers().0 <= numbers().1,
        Operator::Greater => numbers().0 > numbers().1,
        _ => numbers().0 >= numbers().1,
    }
}

impl Object<'_> {
    /// True for nodes if there are any, for a text that is not empty, for a number other than 0 and NaN.
    pub(super) fn truth(&self) -> bool {
        match self {
            Object::Nodes(items) => !items.is_empty(),
            Object::Number(number) => *number != 0.0 && !number.is_nan(),
            Object::Text(text) => !text.is_empty(),
            Object::Boolean(boolean) => *boolean,
        }
    }

    /// The number of a plain value.
    fn plain_number(&self) -> f64 {
        match self {
            Object::Nodes(_) => f64::NAN,
            Object::Number(number) => *number,
            Object::Text(text) => number_of(text),
            Object::Boolean(boolean) => f64::from(u8::from(*boolean)),
        }
    }

    /// The text of a plain value: numbers without exponent, whole ones without point (XPath 1.0, 4.2).
    pub(super) fn into_text(self) -> String {
        match self {
            Object::Nodes(_) => String::new(),
            Object::Number(number) if number.is_infinite() => {
                let sign = if number < 0.0 { "-" } else { "" };
                format!("{sign}Infinity")
            }
            // Adding 0 takes the sign off a negative zero.
            Object::Number(number) => (number + 0.0).to_string(),
            Object::Text(text) => text,
            Object::Boolean(boolean) => boolean.to_string(),
        }
    }
}

fn copied(text: &str) -> Fallible<String> {
    heap::check(text.len())?;
    Ok(text.to_owned())
}

/// The number that a text holds: digits with a point and a minus, white space around; else NaN (XPath 1.0, 4.4).
fn number_of(text: &str) -> f64 {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        text.parse().unwrap_or(f64::NAN)
    } else {
        f64::NAN
    }
}
