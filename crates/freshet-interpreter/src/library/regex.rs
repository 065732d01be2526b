//! Patterns as scripts write them: Java's flavour, over a backtracking engine.
//!
//! A pattern is translated once and kept, so that a loop does not pay for it again. Patterns without special
//! characters never get here: the text functions search for those directly.

mod java;
mod search;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;

use fancy_regex::{CompileError, Error, RegexBuilder, RuntimeError};

use crate::error::{self, Fallible};
use crate::value::{Text, heap};
use search::{Found, Search};

/// Steps back that one search may take (about a tenth of a second, unless each of them goes over much text).
const BACKTRACK_LIMIT: usize = 1_000_000;

/// Bytes that the compiled form of a pattern may take: the patterns kept are not part of the memory of a run.
const SIZE_LIMIT: usize = 4 << 20;

/// The same for a large pattern, and for all large ones that are kept together: `.{0,65535}` takes about half of it,
/// `[\p{L} .-]{2,100}` a tenth.
const LARGE_LIMIT: usize = 64 << 20;

/// Times the size of a large pattern that searching with it takes, at most: the engine has it twice, and its own lists
/// beside it.
const SEARCHING: usize = 3;

/// Bytes of a pattern that is read: some take the engine time that grows with their square (`a*a*…`: a second or two for
/// so many), and most that are longer are refused for the size of their compiled form anyway.
const MOST_PATTERN: usize = 100_000;

/// Bytes of memory that reading takes for a byte of a pattern, at most (measured; `\p{L}` takes most).
const READING: usize = 1500;

/// The same for a byte of a translated pattern without properties (measured; `^` of several lines takes most).
const READING_TRANSLATED: usize = 130;

/// Patterns kept, most recently used first.
const CACHED: usize = 32;

/// Bytes that the sources of the patterns kept have together, unless one alone has more. Their compiled forms, which are
/// not part of the memory of a run, are some hundred times as large, those of the large ones aside.
const MOST_CACHED: usize = 64 << 10;

/// What must be known about a text to translate a pattern for it.
#[derive(Clone, Copy)]
struct TextKind {
    /// ASCII only, so that `\b` means the same to Java and to the engine.
    ascii: bool,
    /// It ends with a line end, so that `$` has two places.
    ends_line: bool,
}

impl TextKind {
    fn of(text: &Text) -> Self {
        Self {
            ascii: text.is_ascii(),
            ends_line: java::ends_line(text),
        }
    }
}

/// How a pattern is used.
#[derive(Clone, Copy)]
struct Usage {
    ignore_case: bool,
    /// The whole text must match.
    whole: bool,
    text: TextKind,
}

/// A pattern that was read.
struct Pattern {
    source: String,
    usage: Usage,
    engine: fancy_regex::Regex,
    /// What is searched for directly after an empty match, where `\G` makes that differ.
    after_empty: Option<fancy_regex::Regex>,
    /// Bytes that its compiled forms may have, of a large one; else 0.
    large: usize,
    /// It was translated for texts that are ASCII, or are not, alone.
    minds_ascii: bool,
    /// It was translated for texts that end with a line end, or do not, alone.
    minds_line_end: bool,
    groups: usize,
    names: Vec<(String, usize)>,
}

impl Pattern {
    /// True if it is what `source` means in this usage.
    fn fits(&self, source: &str, usage: Usage) -> bool {
        self.source == source
            && self.usage.ignore_case == usage.ignore_case
            && self.usage.whole == usage.whole
            && (!self.minds_ascii || self.usage.text.ascii == usage.text.ascii)
            && (!self.minds_line_end || self.usage.text.ends_line == usage.text.ends_line)
    }
}

thread_local! {
    static CACHE: RefCell<Vec<Rc<Pattern>>> = const { RefCell::new(Vec::new()) };
}

/// True if every character of `pattern` stands for itself.
pub(super) fn is_plain(pattern: &str) -> bool {
    !pattern.bytes().any(|byte| {
        matches!(
            byte,
            b'\\'
                | b'^'
                | b'$'
                | b'.'
                | b'|'
                | b'?'
                | b'*'
                | b'+'
                | b'('
                | b')'
                | b'['
                | b']'
                | b'{'
                | b'}'
        )
    })
}

/// True if the whole text matches. `function` is named in errors; `go_on` is asked now and then.
///
/// # Errors
/// R0016 for a pattern that cannot be read, or that takes too many steps; what `go_on` says.
pub(super) fn matches(
    function: &str,
    text: &Text,
    pattern: &str,
    go_on: &dyn Fn() -> Fallible<()>,
) -> Fallible<bool> {
    if is_plain(pattern) {
        return Ok(text.as_str() == pattern);
    }
    let pattern = compile(
        function,
        pattern,
        Usage {
            ignore_case: false,
            whole: true,
            text: TextKind::of(text),
        },
    )?;
    let search = Search::new(function, &pattern, text, go_on);
    search.bounded(|| search.is_match())
}

/// Replaces matches by `with`, in which `$1` and `\` have Java's meaning. `None` when nothing matches. `go_on` is asked
/// now and then.
///
/// # Errors
/// R0016 for a pattern or replacement that cannot be read, or a pattern that takes too many steps; R0103; what `go_on`
/// says.
pub(super) fn replace(
    function: &str,
    text: &Text,
    pattern: &str,
    with: &str,
    ignore_case: bool,
    first_only: bool,
    go_on: &dyn Fn() -> Fallible<()>,
) -> Fallible<Option<String>> {
    let usage = Usage {
        ignore_case,
        whole: false,
        text: TextKind::of(text),
    };
    let pattern = compile(function, pattern, usage)?;
    let search = Search::new(function, &pattern, text, go_on);
    search.bounded(|| replace_found(&search, with, first_only))
}

fn replace_found(search: &Search<'_>, with: &str, first_only: bool) -> Fallible<Option<String>> {
    let text = search.text;
    let Some(mut found) = search.find(0, false, true)? else {
        return Ok(None);
    };
    // Java reads the replacement at the first match, so a faulty one does no harm where nothing matches.
    let template = Template::read(with, search.pattern).map_err(|what| {
        error::argument_value(
            search.function,
            format_args!("the replacement {}: {what}", error::shorten(with)),
        )
    })?;
    let mut out = Growing::new(text.len());
    let mut copied = 0;
    loop {
        let (start, end) = found.whole;
        out.push(&text[copied..start])?;
        if template.is_long {
            search.paused(|| template.write(&found, text, &mut out))?;
        } else {
            template.write(&found, text, &mut out)?;
        }
        copied = end;
        // As Java finds them: an empty match may follow directly on another one, and after an empty match the search goes
        // on one character further.
        let is_empty = start == end;
        let from = match text[end..].chars().next() {
            _ if !is_empty => end,
            Some(next) => end + next.len_utf8(),
            None => break,
        };
        if first_only {
            break;
        }
        match search.find(from, is_empty, template.has_groups)? {
            Some(next) => found = next,
            None => break,
        }
    }
    out.push(&text[copied..])?;
    Ok(Some(out.finish()))
}

/// A text that grows piece by piece, asking for memory before it takes it.
pub(super) struct Growing(String);

impl Growing {
    /// An empty text with room for `bytes`.
    pub(super) fn new(bytes: usize) -> Self {
        Self(String::with_capacity(bytes.min(64 << 10)))
    }

    /// Appends `more`.
    ///
    /// # Errors
    /// R0103 when the text would take more than the run may use.
    #[inline]
    pub(super) fn push(&mut self, more: &str) -> Fallible<()> {
        heap::reserve_text(&mut self.0, more.len())?;
        self.0.push_str(more);
        Ok(())
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A replacement text, taken apart.
struct Template {
    parts: Vec<Part>,
    has_groups: bool,
    /// Writing it may take longer than searching for a match.
    is_long: bool,
}

enum Part {
    Text(String),
    Group(usize),
}

impl Template {
    /// Reads `$1`, `${name}` and `\` as Java does; the error is what is wrong.
    fn read(with: &str, pattern: &Pattern) -> Result<Self, String> {
        /// Bytes from which a replacement is long.
        const LONG: usize = 128;
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = with.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\\' => match rest.next() {
                    Some(literal) => text.push(literal),
                    None => return Err(r"`\` at the end; for the character write `\\`".to_owned()),
                },
                '$' => {
                    let group = match rest.peek() {
                        Some('{') => {
                            rest.next();
                            named_group(&mut rest, pattern)?
                        }
                        Some(digit) if digit.is_ascii_digit() => {
                            numbered_group(&mut rest, pattern)?
                        }
                        _ => {
                            return Err(
                                r"`$` stands for a group, as in `$1`; for the character write `\$`"
                                    .to_owned(),
                            );
                        }
                    };
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(Part::Group(group));
                }
                c => text.push(c),
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        let has_groups = parts
            .iter()
            .any(|part| matches!(part, Part::Group(number) if *number > 0));
        Ok(Self {
            parts,
            has_groups,
            is_long: with.len() >= LONG,
        })
    }

    fn write(&self, found: &Found, text: &str, out: &mut Growing) -> Fallible<()> {
        for part in &self.parts {
            match part {
                Part::Text(part) => out.push(part)?,
                Part::Group(number) => {
                    if let Some((start, end)) = found.group(*number) {
                        out.push(&text[start..end])?;
                    }
                }
            }
        }
        Ok(())
    }
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The longest number that is a group; the first digit alone must be one.
fn numbered_group(rest: &mut Characters<'_>, pattern: &Pattern) -> Result<usize, String> {
    let mut group = None;
    while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
        let longer = group.unwrap_or(0) * 10 + digit as usize;
        if group.is_some() && longer > pattern.groups {
            break;
        }
        group = Some(longer);
        rest.next();
    }
    match group {
        Some(group) if group <= pattern.groups => Ok(group),
        _ => Err(format!(
            "there is no group {}; the pattern has {}",
            group.unwrap_or(0),
            match pattern.groups {
                0 => "none".to_owned(),
                groups => groups.to_string(),
            }
        )),
    }
}

/// Reads `name}`.
fn named_group(rest: &mut Characters<'_>, pattern: &Pattern) -> Result<usize, String> {
    let mut name = String::new();
    loop {
        match rest.next() {
            Some('}') => break,
            Some(c) => name.push(c),
            None => return Err("`${` is not closed by `}`".to_owned()),
        }
    }
    pattern
        .names
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, group)| *group)
        .ok_or_else(|| format!("there is no group named `{name}`"))
}

/// The compiled pattern, from the cache when it was used before.
fn compile(function: &str, source: &str, usage: Usage) -> Fallible<Rc<Pattern>> {
    CACHE.with(|cache| {
        let mut cache = cache.borrow_mut();
        if let Some(place) = cache.iter().position(|pattern| pattern.fits(source, usage)) {
            cache[..=place].rotate_right(1);
            return Ok(Rc::clone(&cache[0]));
        }
        let pattern = Rc::new(read(function, source, usage)?);
        cache.insert(0, Rc::clone(&pattern));
        let mut large = 0;
        cache.retain(|kept| {
            large += kept.large;
            kept.large == 0 || large <= LARGE_LIMIT.max(pattern.large)
        });
        let mut bytes = 0;
        let kept = cache.iter().take(CACHED).take_while(|pattern| {
            bytes += pattern.source.len();
            bytes <= MOST_CACHED
        });
        let kept = kept.count().max(1);
        cache.truncate(kept);
        Ok(pattern)
    })
}

/// What most patterns that cannot be read lack.
const LITERAL_SIGN: &str =
    "a sign that stands for itself gets two backslashes before it: `\"\\\\(\"`";

/// What a pattern lacks that takes too much memory.
const SMALLER: &str = "use smaller repetitions, or `+` in place of a large `{1,n}`";

fn read(function: &str, source: &str, usage: Usage) -> Fallible<Pattern> {
    if source.len() > MOST_PATTERN {
        return Err(error::argument_value(
            function,
            format_args!(
                "the pattern {} has {} bytes, more than {MOST_PATTERN}",
                error::shorten(source),
                source.len()
            ),
        )
        .help("a text that is searched for as it stands may be longer: `replaceAll` takes `true` as its last argument"));
    }
    heap::check(source.len().saturating_mul(READING))?;
    let translated = |last_end| {
        java::translate(source, usage.ignore_case, last_end, usage.text)
            .map_err(|fault| syntax_fault(function, source, &fault))
    };
    let translation = translated(true)?;
    heap::check(translation.pattern.len().saturating_mul(READING_TRANSLATED))?;
    let (engine, mut large) = build(function, source, usage, &translation.pattern)?;
    let mut after_empty = None;
    // Whether the whole text matches is asked once, from its beginning.
    if translation.has_last_end && !usage.whole {
        let (other, other_large) = build(function, source, usage, &translated(false)?.pattern)?;
        after_empty = Some(other);
        large += other_large;
    }
    Ok(Pattern {
        source: source.to_owned(),
        usage,
        engine,
        after_empty,
        large,
        minds_ascii: translation.minds_ascii,
        minds_line_end: translation.minds_line_end,
        groups: translation.groups,
        names: translation.names,
    })
}

/// The engine for a translated pattern, and how many bytes it may have if it is a large one.
fn build(
    function: &str,
    source: &str,
    usage: Usage,
    translated: &str,
) -> Fallible<(fancy_regex::Regex, usize)> {
    let pattern = if usage.whole {
        format!(r"\A(?:{translated})\z")
    } else {
        translated.to_owned()
    };
    let within = |limit| {
        RegexBuilder::new(&pattern)
            .backtrack_limit(BACKTRACK_LIMIT)
            .delegate_size_limit(limit)
            .build()
    };
    let mut limit = SIZE_LIMIT;
    loop {
        match within(limit) {
            Ok(engine) if limit == SIZE_LIMIT => return Ok((engine, 0)),
            Ok(engine) => return Ok((engine, limit)),
            Err(fault) if is_too_large(&fault) && limit < LARGE_LIMIT => {
                limit *= 2;
                heap::check(SEARCHING * limit)?;
            }
            Err(fault) => return Err(compile_fault(function, source, &fault)),
        }
    }
}

fn is_too_large(fault: &Error) -> bool {
    let Error::CompileError(why) = fault else {
        return false;
    };
    matches!(why.as_ref(), CompileError::InnerError(why) if why.size_limit().is_some())
}

fn syntax_fault(function: &str, source: &str, fault: &java::Fault) -> Box<error::RuntimeError> {
    error::argument_value(
        function,
        format_args!(
            "the pattern {} cannot be read at character {}: {}",
            error::shorten(source),
            fault.at,
            fault.what
        ),
    )
    .help(fault.help.unwrap_or(LITERAL_SIGN))
}

/// What the engine refuses although Java's grammar allows it. Its own words speak of the translated pattern, so only
/// their gist is passed on.
fn compile_fault(function: &str, source: &str, fault: &Error) -> Box<error::RuntimeError> {
    let mut help = LITERAL_SIGN;
    let why = match fault {
        Error::ParseError(_, fancy_regex::ParseError::RecursionExceeded) => {
            "too many groups inside each other".to_owned()
        }
        Error::ParseError(_, fancy_regex::ParseError::InvalidBackref) => {
            "it refers to a group that does not exist".to_owned()
        }
        Error::ParseError(_, fancy_regex::ParseError::TargetNotRepeatable) => {
            "it repeats a position".to_owned()
        }
        Error::ParseError(_, why) => why.to_string(),
        Error::CompileError(why) => match why.as_ref() {
            CompileError::InnerError(why) => match why.syntax_error() {
                Some(why) => last_line(&why.to_string()),
                None => {
                    help = SMALLER;
                    "it needs too much memory".to_owned()
                }
            },
            CompileError::DfaBuildError(..) => {
                help = SMALLER;
                "it looks back over too much text".to_owned()
            }
            CompileError::PatternTooComplex => "it is too complex".to_owned(),
            CompileError::InvalidBackref(group) => {
                format!("it refers to group {group}, which does not exist")
            }
            why => last_line(&why.to_string()),
        },
        why => why.to_string(),
    };
    error::argument_value(
        function,
        format_args!(
            "the pattern {} cannot be used: {why}",
            error::shorten(source)
        ),
    )
    .help(help)
}

fn last_line(words: &str) -> String {
    let line = words.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

fn search_fault(function: &str, source: &str, fault: &Error) -> Box<error::RuntimeError> {
    let why = match fault {
        Error::RuntimeError(RuntimeError::BacktrackLimitExceeded | RuntimeError::StackOverflow) => {
            return too_long(function, source);
        }
        fault => format!("cannot be used: {fault}"),
    };
    error::argument_value(
        function,
        format_args!("the pattern {} {why}", error::shorten(source)),
    )
}

#[cold]
fn too_long(function: &str, source: &str) -> Box<error::RuntimeError> {
    error::argument_value(
        function,
        format_args!(
            "the pattern {} takes too many steps on this text",
            error::shorten(source)
        ),
    )
    .help("avoid repetitions inside repetitions, such as `(a+)+`, and back references over long texts")
}
