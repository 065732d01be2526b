//! Java's pattern syntax, rewritten for the engine.
//!
//! The engine reads most of it as Java does, but not what its letters mean: `\d \w \s \b` and the POSIX classes are
//! ASCII in Java, `.`, `^` and `$` know five line ends, and several escapes exist on one side only. Everything is
//! therefore read here, by Java's rules, and written down again with forms that mean the same to the engine. Named
//! groups become numbered ones.

mod class;
mod escape;

use super::TextKind;

/// A pattern for the engine.
pub(super) struct Translation {
    pub pattern: String,
    /// Number of capturing groups.
    pub groups: usize,
    /// Names of groups, with their numbers.
    pub names: Vec<(String, usize)>,
    /// It says where the last match ended (`\G`).
    pub has_last_end: bool,
    /// Whether the text is ASCII made a difference.
    pub minds_ascii: bool,
    /// Whether the text ends with a line end made a difference.
    pub minds_line_end: bool,
}

/// Why a pattern cannot be read.
#[derive(Debug)]
pub(super) struct Fault {
    pub what: String,
    /// Character of the pattern, counted from 0.
    pub at: usize,
    /// What to write instead, where that is known.
    pub help: Option<&'static str>,
}

/// What Java calls line terminators, as the inside of a class.
const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// Not between the two characters of `\r\n`.
const NOT_INSIDE_CRLF: &str = r"(?:(?<!\r)|(?!\n))";

/// Translates `pattern` for texts of one kind. `last_end` is whether a search may begin where the last match ended, as
/// all do but those after an empty match.
///
/// # Errors
/// The first thing in it that Java would refuse, or that has no counterpart.
pub(super) fn translate(
    pattern: &str,
    ignore_case: bool,
    last_end: bool,
    text: TextKind,
) -> Result<Translation, Fault> {
    let mut translator = Translator {
        pattern: pattern.chars().collect(),
        at: 0,
        out: String::from(if ignore_case { "(?i)" } else { "" }),
        flags: Flags {
            ignore_case,
            unicode_case: ignore_case,
            ..Flags::default()
        },
        open: Vec::new(),
        repeatable: false,
        groups: 0,
        names: Vec::new(),
        last_end,
        has_last_end: false,
        minds_ascii: false,
        minds_line_end: false,
        text,
    };
    translator.pattern()?;
    Ok(Translation {
        pattern: translator.out,
        groups: translator.groups,
        names: translator.names,
        has_last_end: translator.has_last_end,
        minds_ascii: translator.minds_ascii,
        minds_line_end: translator.minds_line_end,
    })
}

/// The flags of `(?…)`. The engine is only told about `i`, and only where it is Unicode.
#[derive(Clone, Copy, Default)]
struct Flags {
    /// `i`
    ignore_case: bool,
    /// `u`: ignoring case is Unicode, not ASCII.
    unicode_case: bool,
    /// `m`
    multiline: bool,
    /// `s`
    dot_all: bool,
    /// `x`
    comments: bool,
    /// `d`: only `\n` ends a line.
    unix_lines: bool,
    /// `U`: `\d`, `\w` and the like are Unicode.
    unicode: bool,
}

impl Flags {
    /// The engine ignores case.
    fn engine_case(self) -> bool {
        self.ignore_case && self.unicode_case
    }

    /// The other case of an ASCII letter, where only ASCII ignores case.
    fn other_case(self, c: char) -> Option<char> {
        if !self.ignore_case || self.unicode_case || !c.is_ascii_alphabetic() {
            return None;
        }
        Some(char::from(c as u8 ^ b' '))
    }
}

/// A group that has not been closed.
struct Open {
    at: usize,
    /// The flags outside.
    flags: Flags,
}

struct Translator {
    pattern: Vec<char>,
    at: usize,
    out: String,
    flags: Flags,
    open: Vec<Open>,
    /// True directly after something that may be repeated.
    repeatable: bool,
    groups: usize,
    names: Vec<(String, usize)>,
    last_end: bool,
    has_last_end: bool,
    minds_ascii: bool,
    minds_line_end: bool,
    text: TextKind,
}

impl Translator {
    fn peek(&self) -> Option<char> {
        self.pattern.get(self.at).copied()
    }

    fn peek_after(&self, count: usize) -> Option<char> {
        self.pattern.get(self.at + count).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = wanted
            .chars()
            .enumerate()
            .all(|(index, c)| self.peek_after(index) == Some(c));
        if found {
            self.at += wanted.chars().count();
        }
        found
    }

    fn fault<T>(&self, at: usize, what: impl Into<String>) -> Result<T, Fault> {
        Err(Fault {
            what: what.into(),
            at,
            help: None,
        })
    }

    /// What Java takes, and this does not.
    fn unsupported<T>(&self, at: usize, what: String, help: &'static str) -> Result<T, Fault> {
        Err(Fault {
            what: format!("{what} are not supported"),
            at,
            help: Some(help),
        })
    }

    fn emit(&mut self, part: &str) {
        self.out.push_str(part);
        self.repeatable = true;
    }

    fn pattern(&mut self) -> Result<(), Fault> {
        while let Some(c) = self.peek() {
            match c {
                '\\' => self.escape_outside_class()?,
                '[' => {
                    let class = self.class(1)?;
                    self.emit(&class);
                }
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                    self.repeatable = false;
                }
                '.' => {
                    self.at += 1;
                    let any = self.any();
                    self.emit(&any);
                }
                '^' => {
                    self.at += 1;
                    let start = self.line_start();
                    self.emit(start);
                }
                '$' => {
                    self.at += 1;
                    let end = self.line_end();
                    self.emit(&end);
                }
                '*' | '+' | '?' => self.quantifier()?,
                '{' => self.counted_quantifier()?,
                _ if self.skip_comment() => {}
                _ => {
                    self.at += 1;
                    self.literal(c);
                }
            }
        }
        match self.open.pop() {
            Some(open) => self.fault(open.at, "this `(` is not closed"),
            None => Ok(()),
        }
    }

    /// With the flag `x`, skips white space and a comment to the end of the line.
    fn skip_comment(&mut self) -> bool {
        if !self.flags.comments {
            return false;
        }
        match self.peek() {
            Some(' ' | '\t'..='\r') => self.at += 1,
            Some('#') => {
                while self
                    .next()
                    .is_some_and(|c| !LINE_END_CHARACTERS.contains(&c))
                {}
            }
            _ => return false,
        }
        true
    }

    fn literal(&mut self, c: char) {
        if matches!(
            c,
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$'
        ) {
            self.out.push('\\');
        }
        match self.flags.other_case(c) {
            Some(other) => self.out.extend(['[', c, other, ']']),
            None => self.out.push(c),
        }
        self.repeatable = true;
    }

    fn any(&self) -> String {
        if self.flags.dot_all {
            "(?s:.)".to_owned()
        } else if self.flags.unix_lines {
            r"[^\n]".to_owned()
        } else {
            format!("[^{LINE_ENDS}]")
        }
    }

    fn line_start(&self) -> &'static str {
        match (self.flags.multiline, self.flags.unix_lines) {
            (false, _) => r"\A",
            (true, true) => r"(?:(?:\A|(?<=\n))(?!\z))",
            (true, false) => r"(?:(?:\A|(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n))(?!\z))",
        }
    }

    fn line_end(&mut self) -> String {
        match (self.flags.multiline, self.flags.unix_lines) {
            (true, true) => r"(?=\n|\z)".to_owned(),
            (true, false) => format!(r"(?:(?=[{LINE_ENDS}]|\z){NOT_INSIDE_CRLF})"),
            (false, _) => self.text_end(),
        }
    }

    /// The end of the text, or before a line end that stands there.
    fn text_end(&mut self) -> String {
        self.minds_line_end = true;
        if !self.text.ends_line {
            r"\z".to_owned()
        } else if self.flags.unix_lines {
            r"(?=\n?\z)".to_owned()
        } else {
            format!(r"(?:(?=(?:\r\n|[{LINE_ENDS}])?\z){NOT_INSIDE_CRLF})")
        }
    }

    fn open_group(&mut self) -> Result<(), Fault> {
        let open = Open {
            at: self.at,
            flags: self.flags,
        };
        self.at += 1;
        self.repeatable = false;
        if !self.eat("?") {
            self.groups += 1;
            self.out.push('(');
            self.open.push(open);
            return Ok(());
        }
        for form in ["<=", "<!", "=", "!", ">"] {
            if self.eat(form) {
                self.out.push_str("(?");
                self.out.push_str(form);
                self.open.push(open);
                return Ok(());
            }
        }
        if self.eat("<") {
            let name = self.group_name()?;
            if self.names.iter().any(|(known, _)| *known == name) {
                return self.fault(open.at, format!("two groups are named `{name}`"));
            }
            self.groups += 1;
            self.names.push((name, self.groups));
            self.out.push('(');
            self.open.push(open);
            return Ok(());
        }
        self.flags_group(open)
    }

    /// `(?idmsuxU-idmsuxU)`, or the same with `:` and a group; `(?:` is the shortest.
    fn flags_group(&mut self, open: Open) -> Result<(), Fault> {
        let mut on = true;
        loop {
            match self.next() {
                Some('i') => self.flags.ignore_case = on,
                Some('m') => self.flags.multiline = on,
                Some('s') => self.flags.dot_all = on,
                Some('x') => self.flags.comments = on,
                Some('d') => self.flags.unix_lines = on,
                Some('u') => self.flags.unicode_case = on,
                Some('U') => (self.flags.unicode, self.flags.unicode_case) = (on, on),
                Some('-') if on => on = false,
                Some(end @ (':' | ')')) => {
                    let flag = match (open.flags.engine_case(), self.flags.engine_case()) {
                        (false, true) => "i",
                        (true, false) => "-i",
                        _ => "",
                    };
                    if end == ':' {
                        self.out.push_str("(?");
                        self.out.push_str(flag);
                        self.out.push(':');
                        self.open.push(open);
                    } else if !flag.is_empty() {
                        self.out.push_str("(?");
                        self.out.push_str(flag);
                        self.out.push(')');
                    }
                    return Ok(());
                }
                Some(_) => return self.fault(open.at, "unknown kind of group"),
                None => return self.fault(open.at, "this `(` is not closed"),
            }
        }
    }

    fn close_group(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return self.fault(self.at, "this `)` closes nothing");
        };
        self.at += 1;
        self.flags = open.flags;
        self.emit(")");
        Ok(())
    }

    /// Reads `name>`.
    fn group_name(&mut self) -> Result<String, Fault> {
        let from = self.at;
        let mut name = String::new();
        loop {
            match self.next() {
                Some('>') if !name.is_empty() => return Ok(name),
                Some(c) if c.is_ascii_alphabetic() || (c.is_ascii_digit() && !name.is_empty()) => {
                    name.push(c);
                }
                _ => return self.fault(from, "a group name is letters and digits, closed by `>`"),
            }
        }
    }

    fn quantifier(&mut self) -> Result<(), Fault> {
        if !self.repeatable {
            return self.fault(
                self.at,
                format!(
                    "there is nothing before `{}` that it could repeat",
                    self.pattern[self.at]
                ),
            );
        }
        self.out.push(self.pattern[self.at]);
        self.at += 1;
        self.quantifier_mode();
        Ok(())
    }

    /// `{2}`, `{2,}`, `{2,5}`
    fn counted_quantifier(&mut self) -> Result<(), Fault> {
        let from = self.at;
        let length = self.pattern[from..].iter().position(|c| *c == '}');
        let inside: Option<String> =
            length.map(|length| self.pattern[from + 1..from + length].iter().collect());
        let (Some(length), Some(inside), true) = (length, inside, self.repeatable) else {
            return self.fault(
                from,
                r"`{` begins a repetition such as `{2,5}`; for the character write `\{`",
            );
        };
        let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
        let least: Option<u32> = least.parse().ok();
        let most: Option<Option<u32>> = if most.is_empty() {
            Some(None)
        } else {
            most.parse().ok().map(Some)
        };
        match (least, most) {
            (Some(least), Some(most)) if most.is_none_or(|most| least <= most) => {
                self.out.push('{');
                self.out.push_str(&inside);
                self.out.push('}');
                self.at = from + length + 1;
                self.quantifier_mode();
                Ok(())
            }
            _ => self.fault(from, format!("`{{{inside}}}` is no repetition")),
        }
    }

    /// `?` (as few as possible) or `+` (give nothing back) after a quantifier.
    fn quantifier_mode(&mut self) {
        if let Some(mode @ ('?' | '+')) = self.peek() {
            self.at += 1;
            self.out.push(mode);
        }
        self.repeatable = false;
    }
}

const LINE_END_CHARACTERS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// True if the text ends with a line terminator of Java.
pub(super) fn ends_line(text: &str) -> bool {
    text.ends_with(LINE_END_CHARACTERS)
}
