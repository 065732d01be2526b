//! Reads XML into a tree. Document types are refused, so that there are no entities but the five of XML itself and
//! nothing outside the text is ever looked at.

use roxmltree::{Attribute, Error as Fault, Node};
use rustc_hash::FxHashSet;

use crate::error::{self, Fallible, RuntimeError};
use crate::value::display::MAX_DEPTH;
use crate::value::heap;

/// The element that is put around the text. It stands for the root of the document, above its elements, so that
/// texts with several elements can be read, and it declares the prefixes that the text uses but does not declare:
/// what `executeXPath` cuts out of a document has lost its declarations.
const AROUND: &str = "freshet-root";

/// Prefixes that a text may use without declaring them. Finding each costs one reading of the text.
const MOST_UNDECLARED: usize = 16;

/// Prefixes that a text may declare. The reader compares each with all others, at every element that declares one.
const MOST_PREFIXES: usize = 64;

/// Attributes that an element may have. The reader compares each with all others.
const MOST_ATTRIBUTES: usize = 500;

/// Bytes that a node or attribute takes in the tree, about.
const NODE: usize = 96;

/// Characters that mean others in texts or attributes.
const REWRITTEN: [char; 4] = ['&', '\r', '\n', '\t'];

/// XML that has been read.
pub(super) struct Document<'t> {
    /// Stands for the root of the document.
    pub(super) root: Node<'t, 't>,
    /// What was read, with the element around it.
    source: &'t str,
}

/// Reads `text` and hands the document to `use_it`. `function` is who asks, for messages.
///
/// # Errors
/// R0017 for text that is not well formed, R0016 for documents beyond what is read here, R0010 for elements nested
/// too deeply, R0103 when the tree would need too much memory.
pub(super) fn read<R>(
    function: &str,
    text: &str,
    use_it: impl FnOnce(&Document<'_>) -> Fallible<R>,
) -> Fallible<R> {
    check_size(function, text)?;
    if let Some(at) = impossible_reference(text) {
        return Err(impossible_character(function, text, at));
    }
    let mut undeclared: Vec<String> = Vec::new();
    loop {
        let (source, skipped) = surrounded(text, &undeclared);
        match roxmltree::Document::parse(&source) {
            Ok(tree) => {
                let document = Document {
                    root: tree.root_element(),
                    source: &source,
                };
                document.check_depth()?;
                document.check_between(function, text)?;
                return use_it(&document);
            }
            Err(Fault::UnknownNamespace(prefix, _)) if undeclared.len() < MOST_UNDECLARED => {
                undeclared.push(prefix);
            }
            Err(fault) => return Err(not_well_formed(function, text, &fault, skipped)),
        }
    }
}

impl<'t> Document<'t> {
    /// The elements at the top: one in a whole document.
    pub(super) fn elements(&self) -> impl Iterator<Item = Node<'t, 't>> {
        self.root.children().filter(Node::is_element)
    }

    /// Makes sure that this is one document.
    pub(super) fn check_one_root(&self, function: &str) -> Fallible<()> {
        match self.elements().count() {
            1 => Ok(()),
            0 => Err(error::argument_value(
                function,
                "found no element; expected XML, or a JSON object",
            )),
            count => Err(error::argument_value(
                function,
                format!("found {count} elements side by side, expected one around them"),
            )
            .help("take them apart with `toXmlList()`")),
        }
    }

    /// A node as it is written in the source; the root as its elements are.
    pub(super) fn written(&self, node: Node<'_, '_>) -> &'t str {
        if node.id() != self.root.id() {
            return self.source.get(node.range()).unwrap_or_default();
        }
        let first = self.elements().next().map_or(0, |node| node.range().start);
        let last = self.elements().last().map_or(0, |node| node.range().end);
        self.source.get(first..last).unwrap_or_default()
    }

    /// The name of an element as it is written, with its prefix; empty for other nodes.
    pub(super) fn name(&self, node: Node<'_, '_>) -> &'t str {
        if !node.is_element() || node.id() == self.root.id() {
            return "";
        }
        let tag = self.written(node).strip_prefix('<').unwrap_or_default();
        let end = tag.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>');
        &tag[..end.unwrap_or(tag.len())]
    }

    /// The name of an attribute as it is written, with its prefix.
    pub(super) fn attribute_name<'a>(&self, attribute: &Attribute<'a, 't>) -> &'a str
    where
        't: 'a,
    {
        // The range is wrong for names beyond 64 KiB.
        self.source
            .get(attribute.range_qname())
            .unwrap_or(attribute.name())
    }

    fn check_depth(&self) -> Fallible<()> {
        let mut above = vec![self.root];
        for node in self.root.descendants().skip(1).filter(Node::is_element) {
            while above.len() > 1 && node.parent() != above.last().copied() {
                above.pop();
            }
            above.push(node);
            // The root element stands for the value of which the others are parts.
            if above.len() > MAX_DEPTH + 2 {
                return Err(error::too_deep_text());
            }
        }
        Ok(())
    }

    /// Refuses text beside the elements at the top.
    fn check_between(&self, function: &str, text: &str) -> Fallible<()> {
        let mut texts = self.root.children().filter(Node::is_text);
        if texts.any(|node| !node.text().unwrap_or_default().trim().is_empty()) {
            return Err(error::unreadable(function, text, "XML"));
        }
        Ok(())
    }
}

/// Refuses texts for which the reader would need too much memory or time, by counts that are never too low.
fn check_size(function: &str, text: &str) -> Fallible<()> {
    let marks = text
        .bytes()
        .filter(|byte| matches!(byte, b'<' | b'='))
        .count();
    // What is written otherwise than it means, the reader copies, piece by piece into a buffer that doubles.
    let pieces = text.split('<').filter(|piece| piece.contains(REWRITTEN));
    let (copied, longest) = pieces.fold((0_usize, 0), |(all, longest), piece| {
        (all + piece.len(), piece.len().max(longest))
    });
    let copies = copied.saturating_add(longest.saturating_mul(3));
    let tree = marks.saturating_mul(2 * NODE);
    heap::check(text.len().saturating_add(copies).saturating_add(tree))?;
    let most = |what: &str, most: usize| {
        let message = format!("the XML has more than {most} {what}, which is not read here");
        Err(error::argument_value(function, message))
    };
    if text
        .split('<')
        .skip(1)
        .any(|tag| attributes(tag) > MOST_ATTRIBUTES)
    {
        return most("attributes at one element", MOST_ATTRIBUTES);
    }
    let mut prefixes = FxHashSet::default();
    for declaration in text.split("xmlns:").skip(1) {
        let end = declaration.find(|c: char| c == '=' || c.is_ascii_whitespace());
        prefixes.insert(&declaration[..end.unwrap_or(declaration.len())]);
        if prefixes.len() > MOST_PREFIXES {
            return most("prefixes", MOST_PREFIXES);
        }
    }
    Ok(())
}

/// Number of quoted values between `<` and the `>` that ends the tag.
fn attributes(tag: &str) -> usize {
    if tag.starts_with(['/', '!', '?']) {
        return 0;
    }
    let mut quote = None;
    let mut count = 0;
    for byte in tag.bytes() {
        match (quote, byte) {
            (None, b'>') => break,
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                count += 1;
            }
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    count
}

/// The place of the first reference to a character that there is not, such as `&#xD800;`: the reader would put U+FFFD
/// there (XML 1.0, 4.1).
fn impossible_reference(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += text[at..].find(['&', '<'])?;
        let rest = &text[at..];
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
            .into_iter()
            .find(|(begin, _)| rest.starts_with(begin));
        if let Some((begin, end)) = skipped {
            at += begin.len() + rest[begin.len()..].find(end)? + end.len();
            continue;
        }
        if let Some(reference) = rest.strip_prefix("&#")
            && !is_possible(reference)
        {
            return Some(at);
        }
        at += 1;
    }
}

/// False for a number that no character has; what is no number at all, the reader refuses.
fn is_possible(reference: &str) -> bool {
    let Some((number, _)) = reference.split_once(';') else {
        return true;
    };
    let code = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    code.ok().is_none_or(|code| char::from_u32(code).is_some())
}

fn impossible_character(function: &str, text: &str, at: usize) -> Box<RuntimeError> {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    let reference = text[at..].split_inclusive(';').next().unwrap_or_default();
    let expected =
        format!("XML (line {line}, character {column}: there is no character `{reference}`)");
    error::unreadable(function, text, &expected)
        .help("a character beyond U+FFFF is one reference, such as `&#x1F600;`, not two halves")
}

/// What was left out or put in before the text, which shifts the places that the reader names.
struct Skipped {
    lines: u32,
    /// Characters more (or fewer) in the first line that was read.
    shift: i64,
}

/// The text without its declaration, inside the element that stands for the root.
fn surrounded(text: &str, undeclared: &[String]) -> (String, Skipped) {
    let mut body = text.trim_start_matches('\u{feff}').trim_start();
    if body.starts_with("<?xml") && body[5..].starts_with(|c: char| c.is_ascii_whitespace()) {
        body = body.split_once("?>").map_or(body, |(_, rest)| rest);
    }
    let left_out = &text[..text.len() - body.len()];
    let mut front = format!("<{AROUND}");
    for prefix in undeclared {
        front.push_str(&format!(" xmlns:{prefix}=\"-\""));
    }
    front.push('>');
    let end = format!("</{AROUND}>");
    let last_line = left_out.rsplit('\n').next().unwrap_or_default();
    let skipped = Skipped {
        lines: left_out.matches('\n').count() as u32,
        shift: last_line.chars().count() as i64 - front.chars().count() as i64,
    };
    // At its size: a text that grows could take three times as much.
    ([front.as_str(), body, &end].concat(), skipped)
}

fn not_well_formed(
    function: &str,
    text: &str,
    fault: &Fault,
    skipped: Skipped,
) -> Box<RuntimeError> {
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        return error::argument_value(
            function,
            "the XML has a document type, which is not read here",
        )
        .help("take `<!DOCTYPE …>` out of the text first; entities of its own are never put in");
    }
    if !text.trim_start().starts_with('<') {
        return error::unreadable(function, text, "XML");
    }
    let what = match fault {
        Fault::UnexpectedCloseTag(open, found, _) if found == AROUND => {
            format!("`<{open}>` is never closed")
        }
        Fault::UnexpectedCloseTag(open, found, _) if open == AROUND => {
            format!("`</{found}>` closes nothing")
        }
        // The place is that in the text with what is put around it.
        fault => fault
            .to_string()
            .replace(&format!(" at {}", fault.pos()), "")
            .replace(AROUND, "the end of the text"),
    };
    let place = fault.pos();
    let column = match place.row {
        1 => (i64::from(place.col) + skipped.shift).max(1),
        _ => i64::from(place.col),
    };
    let line = place.row + skipped.lines;
    let expected = format!("XML (line {line}, character {column}: {what})");
    error::unreadable(function, text, &expected)
        .help("every element is closed, and `&` and `<` in a text are written `&amp;` and `&lt;`")
}
