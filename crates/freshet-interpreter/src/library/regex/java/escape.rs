//! Escapes and properties.

use super::{Fault, Translator};

/// What an escape stands for.
pub(super) enum Escape {
    /// One character.
    Character(char),
    /// A set, written as a class of the engine or a property.
    Set(String),
    /// A position or a longer match, which has no place in a class.
    Other(String),
}

impl Translator {
    pub(super) fn escape_outside_class(&mut self) -> Result<(), Fault> {
        if self.eat("\\Q") {
            while let Some(c) = self.quoted() {
                self.literal(c);
            }
            return Ok(());
        }
        match self.escape()? {
            Escape::Character(c) => self.literal(c),
            // A set is what it is: ignoring case would add two letters that are not ASCII to the ASCII ones.
            Escape::Set(set) if self.flags.ignore_case => self.emit(&format!("(?-i:{set})")),
            Escape::Set(set) => self.emit(&set),
            Escape::Other(part) => self.emit(&part),
        }
        Ok(())
    }

    /// The next character of `\Q…\E`; without `\E` the section ends with the pattern.
    pub(super) fn quoted(&mut self) -> Option<char> {
        if self.eat("\\E") { None } else { self.next() }
    }

    /// Reads an escape, beginning at the backslash.
    pub(super) fn escape(&mut self) -> Result<Escape, Fault> {
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
            'd' | 'D' | 'w' | 'W' | 's' | 'S' if self.flags.unicode => {
                Escape::Set(format!("\\{c}"))
            }
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
            'N' if self.peek() == Some('{') => {
                let what = "characters by name".to_owned();
                return self.unsupported(from, what, r"write its code, as in `\\x{1F600}`");
            }
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
        if units
            .first()
            .is_some_and(|unit| (0xD800..0xDC00).contains(unit))
            && self.eat("\\u")
        {
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
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '=' | ' ' | '-'))
        {
            return self.fault(from, r"`\p` needs a property, as in `\p{Lu}`");
        }
        if is_block(&name) {
            let what = format!("blocks of characters (`{name}`)");
            let help = r"use a script, as in `\\p{IsGreek}`, or a range, as in `[\\u0370-\\u03FF]`";
            return self.unsupported(from, what, help);
        }
        let (negated, sign) = if negated { ("^", 'P') } else { ("", 'p') };
        if let Some(inside) = self.set_of_property(&name) {
            return Ok(format!("[{negated}{inside}]"));
        }
        if let Some(written) = ASCII_CLASSES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(&name))
        {
            return self.fault(
                from,
                format!("the property `{name}` is written `{written}`"),
            );
        }
        match engine_property(&name) {
            Some(name) => Ok(format!("\\{sign}{{{name}}}")),
            None => self.fault(from, format!("the property `{name}` is not supported")),
        }
    }

    /// The properties that are several of the engine, or ASCII in Java, as the inside of a class. Ignoring case, the cases
    /// of letters are one.
    fn set_of_property(&self, name: &str) -> Option<&'static str> {
        let bare = name.strip_prefix("Is").unwrap_or(name);
        if self.flags.ignore_case {
            let category = match name.split_once('=') {
                Some((kind, value)) if is_category(kind) => value,
                _ => bare,
            };
            match category {
                "Lu" | "Ll" | "Lt" => return Some(r"\p{Lu}\p{Ll}\p{Lt}"),
                "javaLowerCase" | "javaUpperCase" | "javaTitleCase" => return Some(ANY_CASE),
                _ => {}
            }
            let is_binary = ["lowercase", "uppercase", "titlecase"]
                .iter()
                .any(|known| bare.eq_ignore_ascii_case(known));
            if is_binary && bare.len() < name.len() {
                return Some(ANY_CASE);
            }
        }
        // After `Is` it is ASCII whatever the flag says.
        let unicode = self.flags.unicode && bare.len() == name.len();
        match (bare, unicode) {
            ("Lower" | "Upper", false) if self.flags.ignore_case => Some("A-Za-z"),
            ("Lower" | "Upper", true) if self.flags.ignore_case => Some(ANY_CASE),
            _ => ascii_class(bare, unicode),
        }
    }
}

/// Letters that have a case.
const ANY_CASE: &str = r"\p{Lowercase}\p{Uppercase}\p{Lt}";

/// True for `InGreek`, `blk=Greek`, `block=Greek`.
fn is_block(name: &str) -> bool {
    match name.split_once('=') {
        Some((kind, _)) => ["blk", "block"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known)),
        None => name.starts_with("In") && name.len() > 2 && name != "Inherited",
    }
}

/// True for the names of general categories before `=`.
fn is_category(kind: &str) -> bool {
    ["gc", "general_category"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}

/// `\h`, as the inside of a class.
const HORIZONTAL_SPACE: &str =
    r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";

/// `\v`, as the inside of a class.
const VERTICAL_SPACE: &str = r"\n-\r\x{85}\x{2028}\x{2029}";

/// `\X`: a character with what is combined with it, as close as properties of single characters come.
const CLUSTER: &str = r"(?>\r\n|\p{gcb=RI}\p{gcb=RI}|(?s:.)[\p{M}\p{gcb=Extend}]*(?:\x{200D}\p{L}?(?s:.)[\p{M}\p{gcb=Extend}]*)*)";

/// The names of [`ascii_class`] that the engine would take in another letter case, and with another meaning.
const ASCII_CLASSES: [&str; 12] = [
    "Lower", "Upper", "Alpha", "Digit", "Alnum", "Punct", "Graph", "Print", "Blank", "Cntrl",
    "XDigit", "Space",
];

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
        Some((kind, value)) if is_category(kind) => Some(format!("gc={value}")),
        Some((kind, value)) => {
            let kind = kind.to_ascii_lowercase();
            matches!(kind.as_str(), "script" | "sc").then(|| format!("sc={value}"))
        }
        None => Some(name.strip_prefix("Is").unwrap_or(name).to_owned()),
    }
}
