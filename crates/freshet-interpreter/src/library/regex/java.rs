//! Java's pattern syntax, rewritten for the engine.
//!
//! The engine reads most of it as Java does, but not what its letters mean: `\d \w \s \b` and the POSIX classes are
//! ASCII in Java, `.`, `^` and `$` know five line ends, and several escapes exist on one side only. Everything is
//! therefore read here, by Java's rules, and written down again with forms that mean the same to the engine. Named
//! groups become numbered ones.

use super::TextKind;

/// A pattern for the engine.
pub(super) struct Translation {
    pub pattern: String,
    /// Number of capturing groups.
    pub groups: usize,
    /// Names of groups, with their numbers.
    pub names: Vec<(String, usize)>,
}

/// Why a pattern cannot be read.
#[derive(Debug)]
pub(super) struct Fault {
    pub what: String,
    /// Character of the pattern, counted from 0.
    pub at: usize,
}

/// Levels of classes inside each other.
const MAX_CLASS_DEPTH: usize = 40;

/// What Java calls line terminators, as the inside of a class.
const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// Not between the two characters of `\r\n`.
const NOT_INSIDE_CRLF: &str = r"(?:(?<!\r)|(?!\n))";

/// Translates `pattern` for texts of one kind.
///
/// # Errors
/// The first thing in it that Java would refuse, or that has no counterpart.
pub(super) fn translate(
    pattern: &str,
    ignore_case: bool,
    text: TextKind,
) -> Result<Translation, Fault> {
    let mut translator = Translator {
        pattern: pattern.chars().collect(),
        at: 0,
        out: String::from(if ignore_case { "(?i)" } else { "" }),
        flags: Flags {
            ignore_case,
            ..Flags::default()
        },
        open: Vec::new(),
        repeatable: false,
        groups: 0,
        names: Vec::new(),
        text,
    };
    translator.pattern()?;
    Ok(Translation {
        pattern: translator.out,
        groups: translator.groups,
        names: translator.names,
    })
}

/// The flags of `(?…)`. The engine is only told about `i`.
#[derive(Clone, Copy, Default)]
struct Flags {
    /// `i`
    ignore_case: bool,
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

/// A group that has not been closed.
struct Open {
    at: usize,
    /// The flags outside.
    flags: Flags,
}

/// What an escape stands for.
enum Escape {
    /// One character.
    Character(char),
    /// A set, written as a class of the engine or a property.
    Set(String),
    /// A position or a longer match, which has no place in a class.
    Other(String),
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
                while self.next().is_some_and(|c| !LINE_END_CHARACTERS.contains(&c)) {}
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
        self.out.push(c);
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
            (true, true) => r"(?:\A|(?<=\n)(?!\z))",
            (true, false) => {
                r"(?:\A|(?:(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n))(?!\z))"
            }
        }
    }

    fn line_end(&self) -> String {
        match (self.flags.multiline, self.flags.unix_lines) {
            (true, true) => r"(?=\n|\z)".to_owned(),
            (true, false) => format!(r"(?:(?=[{LINE_ENDS}]|\z){NOT_INSIDE_CRLF})"),
            (false, _) => self.text_end(),
        }
    }

    /// The end of the text, or before a line end that stands there.
    fn text_end(&self) -> String {
        if !self.text.ends_line {
            r"\z".to_owned()
        } else if self.flags.unix_lines {
            r"(?=\n?\z)".to_owned()
        } else {
            format!(r"(?:(?=(?:\r\n|[{LINE_ENDS}])?\z){NOT_INSIDE_CRLF})")
        }
    }

    // --- groups ---

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
                Some('U') => self.flags.unicode = on,
                // Ignoring case is Unicode already.
                Some('u') => {}
                Some('-') if on => on = false,
                Some(end @ (':' | ')')) => {
                    let flag = match (open.flags.ignore_case, self.flags.ignore_case) {
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

    // --- quantifiers ---

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

    // --- escapes ---

    fn escape_outside_class(&mut self) -> Result<(), Fault> {
        if self.eat("\\Q") {
            while let Some(c) = self.quoted() {
                self.literal(c);
            }
            return Ok(());
        }
        match self.escape()? {
            Escape::Character(c) => self.literal(c),
            // Ignoring case would add two letters that are not ASCII to the ASCII sets.
            Escape::Set(set) if self.flags.ignore_case && set.starts_with('[') => {
                self.emit(&format!("(?-i:{set})"));
            }
            Escape::Set(set) => self.emit(&set),
            Escape::Other(part) => self.emit(&part),
        }
        Ok(())
    }

    /// The next character of `\Q…\E`; without `\E` the section ends with the pattern.
    fn quoted(&mut self) -> Option<char> {
        if self.eat("\\E") { None } else { self.next() }
    }

    /// Reads an escape, beginning at the backslash.
    fn escape(&mut self) -> Result<Escape, Fault> {
        let from = self.at;
        self.at += 1;
        let Some(c) = self.next() else {
            return self.fault(from, r"`\` at the end; for the character write `\\`");
        };
        Ok(match c {
            't' => Escape::Character('\t'),
            'n' => Escape::Character('\n'),
            'r' => Escape::Character('\r'),
            'f' => Escape::Character('\x0c'),
            'a' => Escape::Character('\x07'),
            'e' => Escape::Character('\x1b'),
            'c' => match self.next() {
                // Java flips the bit of 64, whatever the character.
                Some(c) if c.is_ascii() => Escape::Character(char::from(c as u8 ^ 0x40)),
                _ => return self.fault(from, r"`\c` needs a letter, as in `\cA`"),
            },
            '0' => Escape::Character(self.octal(from)?),
            'x' => Escape::Character(self.hexadecimal(from)?),
            'u' => Escape::Character(self.utf16(from)?),
            'd' | 'D' | 'w' | 'W' | 's' | 'S' if self.flags.unicode => Escape::Set(format!("\\{c}")),
            'd' => Escape::Set("[0-9]".to_owned()),
            'D' => Escape::Set("[^0-9]".to_owned()),
            'w' => Escape::Set("[A-Za-z0-9_]".to_owned()),
            'W' => Escape::Set("[^A-Za-z0-9_]".to_owned()),
            's' => Escape::Set(r"[\t-\r ]".to_owned()),
            'S' => Escape::Set(r"[^\t-\r ]".to_owned()),
            'h' => Escape::Set(format!("[{HORIZONTAL_SPACE}]")),
            'H' => Escape::Set(format!("[^{HORIZONTAL_SPACE}]")),
            'v' => Escape::Set(format!("[{VERTICAL_SPACE}]")),
            'V' => Escape::Set(format!("[^{VERTICAL_SPACE}]")),
            'p' | 'P' => Escape::Set(self.property(from, c == 'P')?),
            'R' => Escape::Other(format!(r"(?:\r\n|[{VERTICAL_SPACE}])")),
            'X' => Escape::Other(CLUSTER.to_owned()),
            'b' | 'B' => Escape::Other(self.word_boundary(c == 'B')),
            'A' => Escape::Other(r"\A".to_owned()),
            'z' => Escape::Other(r"\z".to_owned()),
            'Z' => Escape::Other(self.text_end()),
            'G' => Escape::Other(r"\G".to_owned()),
            'k' => {
                if !self.eat("<") {
                    return self.fault(from, r"`\k` needs a group name, as in `\k<name>`");
                }
                let name = self.group_name()?;
                match self.names.iter().find(|(known, _)| *known == name) {
                    Some((_, group)) => Escape::Other(format!(r"(?:\{group})")),
                    None => {
                        return self.fault(from, format!("there is no group `{name}` before this"));
                    }
                }
            }
            '1'..='9' => Escape::Other(self.back_reference(c)),
            c if c.is_ascii_alphabetic() => {
                return self.fault(from, format!(r"unknown escape `\{c}`"));
            }
            c => Escape::Character(c),
        })
    }

    /// `\7`, and `\12` only when there are as many groups so far.
    fn back_reference(&mut self, digit: char) -> String {
        let mut group = digit as usize - '0' as usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = group * 10 + digit as usize;
            if longer > self.groups {
                break;
            }
            self.at += 1;
            group = longer;
        }
        format!(r"(?:\{group})")
    }

    fn word_boundary(&self, negated: bool) -> String {
        if self.text.ascii || self.flags.unicode {
            return if negated { r"\B" } else { r"\b" }.to_owned();
        }
        const WORD: &str = "(?-i:[A-Za-z0-9_])";
        if negated {
            format!("(?:(?<={WORD})(?={WORD})|(?<!{WORD})(?!{WORD}))")
        } else {
            format!("(?:(?<={WORD})(?!{WORD})|(?<!{WORD})(?={WORD}))")
        }
    }

    /// `\07`, `\077`, `\0377`
    fn octal(&mut self, from: usize) -> Result<char, Fault> {
        let mut value = 0;
        let mut digits = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) {
            if digits == 3 || value * 8 + digit > 0o377 {
                break;
            }
            value = value * 8 + digit;
            digits += 1;
            self.at += 1;
        }
        match char::from_u32(value) {
            Some(c) if digits > 0 => Ok(c),
            _ => self.fault(from, r"`\0` needs octal digits, as in `\0101`"),
        }
    }

    /// `\x41`, `\x{1F600}`
    fn hexadecimal(&mut self, from: usize) -> Result<char, Fault> {
        let value = if self.eat("{") {
            let mut value = 0u32;
            let mut digits = 0;
            while let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) {
                value = value.saturating_mul(16).saturating_add(digit);
                digits += 1;
                self.at += 1;
            }
            (digits > 0 && self.eat("}")).then_some(value)
        } else {
            self.hex_digits(2)
        };
        match value.and_then(char::from_u32) {
            Some(c) => Ok(c),
            None => self.fault(from, r"`\x` needs a character, as in `\x41` or `\x{1F600}`"),
        }
    }

    /// `\u0041`; two halves of a pair stand for one character.
    fn utf16(&mut self, from: usize) -> Result<char, Fault> {
        let mut units = Vec::new();
        units.extend(self.hex_digits(4).map(|unit| unit as u16));
        if units.first().is_some_and(|unit| (0xD800..0xDC00).contains(unit)) && self.eat("\\u") {
            units.extend(self.hex_digits(4).map(|unit| unit as u16));
        }
        let mut characters = char::decode_utf16(units);
        match (characters.next(), characters.next()) {
            (Some(Ok(c)), None) => Ok(c),
            _ => self.fault(from, r"`\u` needs four hexadecimal digits of a character"),
        }
    }

    fn hex_digits(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value * 16 + self.peek()?.to_digit(16)?;
            self.at += 1;
        }
        Some(value)
    }

    /// `\pL`, `\p{Alpha}`, `\P{IsLatin}`
    fn property(&mut self, from: usize, negated: bool) -> Result<String, Fault> {
        let name: String = if self.eat("{") {
            let rest = &self.pattern[self.at..];
            let Some(length) = rest.iter().position(|c| *c == '}') else {
                return self.fault(from, r"`\p{` is not closed by `}`");
            };
            let name = rest[..length].iter().collect();
            self.at += length + 1;
            name
        } else {
            self.next().map(String::from).unwrap_or_default()
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '=' | ' ' | '-')) {
            return self.fault(from, r"`\p` needs a property, as in `\p{Lu}`");
        }
        if let Some(inside) = ascii_class(&name, self.flags.unicode) {
            return Ok(format!("[{}{inside}]", if negated { "^" } else { "" }));
        }
        let Some(name) = engine_property(&name) else {
            return self.fault(from, format!(r"the property `{name}` is not supported"));
        };
        Ok(format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }))
    }

    // --- classes ---

    /// Reads a class, beginning at its `[`.
    fn class(&mut self, depth: usize) -> Result<String, Fault> {
        let from = self.at;
        if depth > MAX_CLASS_DEPTH {
            return self.fault(from, "too many classes inside each other");
        }
        self.at += 1;
        let mut out = String::from("[");
        if self.eat("^") {
            out.push('^');
        }
        let mut quoting = false;
        // True when the side of `&&` that is being read has something in it.
        let mut filled = false;
        let mut sides = 1;
        loop {
            let at = self.at;
            let Some(c) = self.peek() else {
                return self.fault(from, "this `[` is not closed");
            };
            if quoting {
                match self.quoted() {
                    Some(c) => push_in_class(c, &mut out),
                    None => quoting = false,
                }
                filled = true;
                continue;
            }
            match c {
                ']' if filled || sides > 1 => {
                    if !filled {
                        return self.fault(at, "`&&` needs something on both sides");
                    }
                    self.at += 1;
                    out.push(']');
                    return Ok(out);
                }
                '[' => {
                    out.push_str(&self.class(depth + 1)?);
                    filled = true;
                }
                '&' if self.eat("&&") => {
                    if !filled {
                        return self.fault(at, "`&&` needs something on both sides");
                    }
                    while self.eat("&") {}
                    out.push_str("&&");
                    filled = false;
                    sides += 1;
                }
                '\\' if self.eat("\\Q") => quoting = true,
                _ if self.skip_comment() => {}
                _ => {
                    self.class_item(&mut out)?;
                    filled = true;
                }
            }
        }
    }

    /// A character, a range or a set.
    fn class_item(&mut self, out: &mut String) -> Result<(), Fault> {
        let from = self.at;
        let low = match self.class_character()? {
            Ok(low) => low,
            Err(set) => {
                out.push_str(&set);
                return Ok(());
            }
        };
        push_in_class(low, out);
        let is_range = self.peek() == Some('-')
            && !matches!(self.peek_after(1), None | Some('[' | ']'))
            && !(self.peek_after(1) == Some('&') && self.peek_after(2) == Some('&'));
        if is_range {
            self.at += 1;
            let Ok(high) = self.class_character()? else {
                return self.fault(from, "a range ends with a character, not with a set");
            };
            if high < low {
                return self.fault(from, format!("the range `{low}-{high}` runs backwards"));
            }
            out.push('-');
            push_in_class(high, out);
        }
        Ok(())
    }

    /// One character of a class, or the set that an escape stands for.
    fn class_character(&mut self) -> Result<Result<char, String>, Fault> {
        let from = self.at;
        if self.peek() == Some('\\') {
            return match self.escape()? {
                Escape::Character(c) => Ok(Ok(c)),
                Escape::Set(set) => Ok(Err(set)),
                Escape::Other(_) => self.fault(from, "this escape has no place inside `[…]`"),
            };
        }
        match self.next() {
            Some(c) => Ok(Ok(c)),
            None => self.fault(from, "the class is not closed"),
        }
    }
}

const LINE_END_CHARACTERS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// True if the text ends with a line terminator of Java.
pub(super) fn ends_line(text: &str) -> bool {
    text.ends_with(LINE_END_CHARACTERS)
}

/// `\h`, as the inside of a class.
const HORIZONTAL_SPACE: &str = r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";

/// `\v`, as the inside of a class.
const VERTICAL_SPACE: &str = r"\n-\r\x{85}\x{2028}\x{2029}";

/// `\X`: a character with what is combined with it, as close as properties of single characters come.
const CLUSTER: &str = r"(?>\r\n|\p{gcb=RI}\p{gcb=RI}|(?s:.)[\p{M}\p{gcb=Extend}]*(?:\x{200D}\p{L}?(?s:.)[\p{M}\p{gcb=Extend}]*)*)";

/// Appends a character to a class so that it means itself.
fn push_in_class(c: char, out: &mut String) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
    } else {
        out.push(c);
    }
}

/// The properties that Java takes as sets of ASCII characters, as the inside of a class.
fn ascii_class(name: &str, unicode: bool) -> Option<&'static str> {
    Some(match (name, unicode) {
        ("Lower", false) => "a-z",
        ("Upper", false) => "A-Z",
        ("Alpha", false) => "A-Za-z",
        ("Digit", false) => "0-9",
        ("Alnum", false) => "A-Za-z0-9",
        ("Punct", false) => r"!-/:-@\[-`\{-~",
        ("Graph", false) => "!-~",
        ("Print", false) => r"\x{20}-~",
        ("Blank", false) => r" \t",
        ("Cntrl", false) => r"\x{0}-\x{1f}\x{7f}",
        ("XDigit", false) => "0-9A-Fa-f",
        ("Space", false) => r"\t-\r ",
        ("Lower", true) => r"\p{Lowercase}",
        ("Upper", true) => r"\p{Uppercase}",
        ("Alpha", true) => r"\p{Alphabetic}",
        ("Digit", true) => r"\p{Nd}",
        ("Alnum", true) => r"\p{Alphabetic}\p{Nd}",
        ("Punct", true) => r"\p{P}",
        ("Graph", true) => r"\P{C}&&[^\p{Z}]",
        ("Print", true) => r"\P{C}&&[^\p{Zl}\p{Zp}]",
        ("Blank", true) => r"\p{Zs}\t",
        ("Cntrl", true) => r"\p{Cc}",
        ("XDigit", true) => r"\p{Nd}\p{Hex_Digit}",
        ("Space", true) => r"\p{White_Space}",
        ("ASCII", _) => r"\x{0}-\x{7f}",
        ("L1", _) => r"\x{0}-\x{ff}",
        ("LD" | "javaLetterOrDigit", _) => r"\p{L}\p{Nd}",
        ("javaWhitespace", _) => r"\t-\r\x{1c}-\x{1f}\p{Z}&&[^\x{a0}\x{2007}\x{202f}]",
        _ => return None,
    })
}

/// What the engine calls a property of Java; `None` for what it does not have. Unknown names are found by the engine.
fn engine_property(name: &str) -> Option<String> {
    let java = match name {
        "javaLowerCase" => Some("Lowercase"),
        "javaUpperCase" => Some("Uppercase"),
        "javaAlphabetic" => Some("Alphabetic"),
        "javaIdeographic" => Some("Ideographic"),
        "javaTitleCase" => Some("Lt"),
        "javaDigit" => Some("Nd"),
        "javaLetter" => Some("L"),
        "javaSpaceChar" => Some("Z"),
        "javaISOControl" => Some("Cc"),
        "javaDefined" => Some("Assigned"),
        "all" => Some("Any"),
        _ if name.starts_with("java") => return None,
        _ => None,
    };
    if let Some(property) = java {
        return Some(property.to_owned());
    }
    match name.split_once('=') {
        Some((kind, value)) => match kind.to_ascii_lowercase().as_str() {
            "script" | "sc" => Some(format!("sc={value}")),
            "general_category" | "gc" => Some(format!("gc={value}")),
            _ => None,
        },
        // Blocks.
        None if name.starts_with("In") && name.len() > 2 && name != "Inherited" => None,
        None => Some(name.strip_prefix("Is").unwrap_or(name).to_owned()),
    }
}
