//! The functions of XPath (XPath 1.0, 4), but for those that need a document type.

use rustc_hash::FxHashMap;

use super::evaluate::{Context, Evaluator, Item, Object};
use crate::error::Fallible;
use crate::value::heap;

/// A function.
pub(super) struct Function {
    name: &'static str,
    /// Fewest arguments.
    pub(super) least: usize,
    /// Most arguments.
    pub(super) most: usize,
    pub(super) run: Run,
}

type Run = for<'d> fn(&Evaluator<'d>, Context<'d>, Vec<Object<'d>>) -> Fallible<Object<'d>>;

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

const fn function(name: &'static str, least: usize, most: usize, run: Run) -> Function {
    Function {
        name,
        least,
        most,
        run,
    }
}

const FUNCTIONS: &[Function] = &[
    function("last", 0, 0, |_, context, _| Ok(number(context.size))),
    function("position", 0, 0, |_, context, _| {
        Ok(number(context.position))
    }),
    function("count", 1, 1, |evaluator, _, arguments| {
        let [nodes] = taken(arguments);
        Ok(number(evaluator.nodes(nodes, "`count`")?.len()))
    }),
    function("sum", 1, 1, |evaluator, _, arguments| {
        let [nodes] = taken(arguments);
        let mut sum = 0.0;
        for item in evaluator.nodes(nodes, "`sum`")? {
            sum += evaluator.number(Object::Nodes(vec![item]))?;
        }
        Ok(Object::Number(sum))
    }),
    function("name", 0, 1, |evaluator, context, arguments| {
        Ok(Object::Text(name(evaluator, context, arguments)?))
    }),
    function("local-name", 0, 1, |evaluator, context, arguments| {
        let name = name(evaluator, context, arguments)?;
        let local = name.rsplit(':').next().unwrap_or_default();
        Ok(Object::Text(local.to_owned()))
    }),
    function("string", 0, 1, |evaluator, context, arguments| {
        Ok(Object::Text(text(evaluator, context, arguments)?))
    }),
    function("concat", 2, usize::MAX, |evaluator, _, arguments| {
        let mut all = String::new();
        for argument in arguments {
            let more = evaluator.text(argument)?;
            heap::reserve_text(&mut all, more.len())?;
            all.push_str(&more);
        }
        Ok(Object::Text(all))
    }),
    function("contains", 2, 2, |evaluator, _, arguments| {
        let [text, part] = texts(evaluator, arguments)?;
        Ok(Object::Boolean(text.contains(&part)))
    }),
    function("starts-with", 2, 2, |evaluator, _, arguments| {
        let [text, part] = texts(evaluator, arguments)?;
        Ok(Object::Boolean(text.starts_with(&part)))
    }),
    function("substring-before", 2, 2, |evaluator, _, arguments| {
        let [text, part] = texts(evaluator, arguments)?;
        let before = text.split_once(&part).map_or("", |(before, _)| before);
        heap::check(before.len())?;
        Ok(Object::Text(before.to_owned()))
    }),
    function("substring-after", 2, 2, |evaluator, _, arguments| {
        let [text, part] = texts(evaluator, arguments)?;
        let after = text.split_once(&part).map_or("", |(_, after)| after);
        heap::check(after.len())?;
        Ok(Object::Text(after.to_owned()))
    }),
    function("substring", 2, 3, substring),
    function("string-length", 0, 1, |evaluator, context, arguments| {
        Ok(number(text(evaluator, context, arguments)?.chars().count()))
    }),
    function("normalize-space", 0, 1, |evaluator, context, arguments| {
        let text = text(evaluator, context, arguments)?;
        let words = text
            .split([' ', '\t', '\r', '\n'])
            .filter(|word| !word.is_empty());
        let mut out = String::new();
        for word in words {
            heap::reserve_text(&mut out, word.len() + 1)?;
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        Ok(Object::Text(out))
    }),
    function("translate", 3, 3, translate),
    function("boolean", 1, 1, |_, _, arguments| {
        let [value] = taken(arguments);
        Ok(Object::Boolean(value.truth()))
    }),
    function("not", 1, 1, |_, _, arguments| {
        let [value] = taken(arguments);
        Ok(Object::Boolean(!value.truth()))
    }),
    function("true", 0, 0, |_, _, _| Ok(Object::Boolean(true))),
    function("false", 0, 0, |_, _, _| Ok(Object::Boolean(false))),
    function("number", 0, 1, |evaluator, context, arguments| {
        let value = given_or_here(context, arguments);
        Ok(Object::Number(evaluator.number(value)?))
    }),
    function("floor", 1, 1, |evaluator, _, arguments| {
        let [value] = taken(arguments);
        Ok(Object::Number(evaluator.number(value)?.floor()))
    }),
    function("ceiling", 1, 1, |evaluator, _, arguments| {
        let [value] = taken(arguments);
        Ok(Object::Number(evaluator.number(value)?.ceil()))
    }),
    function("round", 1, 1, |evaluator, _, arguments| {
        let [value] = taken(arguments);
        Ok(Object::Number(round(evaluator.number(value)?)))
    }),
];

fn number<'d>(count: usize) -> Object<'d> {
    Object::Number(count as f64)
}

/// The first `N` arguments; their number was checked when the path was read.
fn taken<'d, const N: usize>(arguments: Vec<Object<'d>>) -> [Object<'d>; N] {
    let mut arguments = arguments.into_iter();
    std::array::from_fn(|_| arguments.next().unwrap_or(Object::Boolean(false)))
}

fn texts<'d, const N: usize>(
    evaluator: &Evaluator<'d>,
    arguments: Vec<Object<'d>>,
) -> Fallible<[String; N]> {
    let mut texts = [const { String::new() }; N];
    for (text, argument) in texts.iter_mut().zip(arguments) {
        *text = evaluator.text(argument)?;
    }
    Ok(texts)
}

/// The only argument, or where there is none the node in question.
fn given_or_here<'d>(context: Context<'d>, arguments: Vec<Object<'d>>) -> Object<'d> {
    let given = arguments.into_iter().next();
    given.unwrap_or_else(|| Object::Nodes(vec![context.item]))
}

fn text<'d>(
    evaluator: &Evaluator<'d>,
    context: Context<'d>,
    arguments: Vec<Object<'d>>,
) -> Fallible<String> {
    evaluator.text(given_or_here(context, arguments))
}

/// The name of the first node, as it is written.
fn name<'d>(
    evaluator: &Evaluator<'d>,
    context: Context<'d>,
    arguments: Vec<Object<'d>>,
) -> Fallible<String> {
    let nodes = evaluator.nodes(given_or_here(context, arguments), "`name`")?;
    Ok(match nodes.first() {
        Some(Item::Node(node)) => evaluator.document.name(*node).to_owned(),
        Some(Item::Attribute(owned)) => evaluator.document.attribute_name(owned).to_owned(),
        None => String::new(),
    })
}

/// The characters whose places, counted from 1, lie from a number on, as many as another number says, both rounded.
fn substring<'d>(
    evaluator: &Evaluator<'d>,
    _: Context<'d>,
    arguments: Vec<Object<'d>>,
) -> Fallible<Object<'d>> {
    let has_length = arguments.len() > 2;
    let [text, begin, length] = taken(arguments);
    let text = evaluator.text(text)?;
    let begin = round(evaluator.number(begin)?);
    let end = if has_length {
        begin + round(evaluator.number(length)?)
    } else {
        f64::INFINITY
    };
    let kept = text.chars().enumerate().filter(|(place, _)| {
        let place = (place + 1) as f64;
        place >= begin && place < end
    });
    let kept = kept.map(|(_, character)| character);
    Ok(Object::Text(heap::collect_text(0, kept)?))
}

/// The text with each character of the second argument replaced by that at the same place of the third, or left out.
fn translate<'d>(
    evaluator: &Evaluator<'d>,
    _: Context<'d>,
    arguments: Vec<Object<'d>>,
) -> Fallible<Object<'d>> {
    let [text, from, to] = texts(evaluator, arguments)?;
    let mut map = FxHashMap::default();
    let mut replacements = to.chars();
    for character in from.chars() {
        let replacement = replacements.next();
        map.entry(character).or_insert(replacement);
    }
    let replaced = text
        .chars()
        .filter_map(|character| match map.get(&character) {
            Some(replacement) => *replacement,
            None => Some(character),
        });
    Ok(Object::Text(heap::collect_text(text.len(), replaced)?))
}

/// The nearest whole number, of two the greater.
fn round(number: f64) -> f64 {
    (number + 0.5).floor()
}
