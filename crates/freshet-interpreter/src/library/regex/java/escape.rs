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
            Escape::Set(set) if self.flags.engine_case() => self.emit(&format!("(?-i:{set})")),
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
            'G' => Escape::Other(self.last_end()),
            'k' => {
                if !self.eat("<") {
                    return self.fault(from, r"`\k` needs a group name, as in `\k<name>`");
                }
                let name = self.group_name()?;
                match self.names.iter().find(|(known, _)| *known == name) {
                    Some((_, group)) => Escape::Other(self.group_again(*group)),
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
        self.group_again(group)
    }

    fn group_again(&self, group: usize) -> String {
        let flag = if self.flags.ignore_case { "i" } else { "" };
        format!(r"(?{flag}:\{group})")
    }

    fn last_end(&mut self) -> String {
        self.has_last_end = true;
        if self.last_end { r"\G" } else { NOWHERE }.to_owned()
    }

    fn word_boundary(&mut self, negated: bool) -> String {
        self.minds_ascii |= !self.flags.unicode;
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
        let Some(inside) = self.set_of_property(&name) else {
            let what = match self.known_property(&name) {
                Some(written) => format!("the property `{name}` is written `{written}`"),
                None => format!("the property `{name}` is not supported"),
            };
            return self.fault(from, what);
        };
        Ok(format!("[{}{inside}]", if negated { "^" } else { "" }))
    }

    /// A property as the inside of a class. Names are those of Java, most of them in its letter case.
    fn set_of_property(&self, name: &str) -> Option<String> {
        let script = |name: &str| Some(format!(r"\p{{sc={name}}}"));
        if let Some((kind, value)) = name.split_once('=') {
            return match kind.to_ascii_lowercase().as_str() {
                "sc" | "script" => script(value),
                "gc" | "general_category" => self.plain_property(value),
                _ => None,
            };
        }
        if let Some(bare) = name.strip_prefix("Is") {
            let known = self.unicode_property(bare).map(str::to_owned);
            return known
                .or_else(|| self.plain_property(bare))
                .or_else(|| script(bare));
        }
        let is_posix = ASCII_CLASSES
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name));
        if self.flags.unicode && is_posix {
            return self.unicode_property(name).map(str::to_owned);
        }
        self.plain_property(name)
    }

    /// How a property is written that stands there in another way.
    fn known_property(&self, name: &str) -> Option<String> {
        if let Some((known, _)) = ASCII_CLASSES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            return Some((*known).to_owned());
        }
        let bare = match name.get(..2) {
            Some(is) if is.eq_ignore_ascii_case("is") => &name[2..],
            _ => name,
        };
        self.unicode_property(bare).map(|_| format!("Is{bare}"))
    }

    /// A property without `Is`: of ASCII characters, a general category, or one of Java's methods.
    fn plain_property(&self, name: &str) -> Option<String> {
        if self.flags.ignore_case {
            // The cases of letters are one.
            match name {
                "Lower" | "Upper" => return Some("A-Za-z".to_owned()),
                "Lu" | "Ll" | "Lt" => return Some(r"\p{Lu}\p{Ll}\p{Lt}".to_owned()),
                "javaLowerCase" | "javaUpperCase" | "javaTitleCase" => {
                    return Some(ANY_CASE.to_owned());
                }
                _ => {}
            }
        }
        let table = ASCII_CLASSES.iter().chain(&OTHER_SETS);
        if let Some((_, set)) = table.into_iter().find(|(known, _)| *known == name) {
            return Some((*set).to_owned());
        }
        CATEGORIES
            .split(' ')
            .any(|known| known == name)
            .then(|| format!(r"\p{{{name}}}"))
    }

    /// A property of Unicode, whose name follows `Is` in any letter case.
    fn unicode_property(&self, name: &str) -> Option<&'static str> {
        Some(match name.to_ascii_uppercase().as_str() {
            "LOWERCASE" | "LOWER" | "UPPERCASE" | "UPPER" | "TITLECASE"
                if self.flags.ignore_case =>
            {
                ANY_CASE
            }
            "LOWERCASE" | "LOWER" => r"\p{Lowercase}",
            "UPPERCASE" | "UPPER" => r"\p{Uppercase}",
            "TITLECASE" => r"\p{Lt}",
            "ALPHABETIC" | "ALPHA" => r"\p{Alphabetic}",
            "LETTER" => r"\p{L}",
            "IDEOGRAPHIC" => r"\p{Ideographic}",
            "DIGIT" => r"\p{Nd}",
            "ALNUM" => r"\p{Alphabetic}\p{Nd}",
            "HEX_DIGIT" | "HEXDIGIT" | "XDIGIT" => r"\p{Nd}\p{Hex_Digit}",
            "PUNCTUATION" | "PUNCT" => r"\p{P}",
            "WHITE_SPACE" | "WHITESPACE" | "SPACE" => r"\p{White_Space}",
            "BLANK" => r"\p{Zs}\t",
            "CONTROL" | "CNTRL" => r"\p{Cc}",
            "GRAPH" => r"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}",
            "PRINT" => r"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Cf}\p{Co}\p{Zs}",
            "WORD" => r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}",
            "JOIN_CONTROL" | "JOINCONTROL" => r"\p{Join_Control}",
            "ASSIGNED" => r"\P{Cn}",
            "NONCHARACTER_CODE_POINT" | "NONCHARACTERCODEPOINT" => r"\p{Noncharacter_Code_Point}",
            _ => return None,
        })
    }
}

/// A place that there is not.
const NOWHERE: &str = r"(?:\b\B)";

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

/// `\h`, as the inside of a class.
const HORIZONTAL_SPACE: &str =
    r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";

/// `\v`, as the inside of a class.
const VERTICAL_SPACE: &str = r"\n-\r\x{85}\x{2028}\x{2029}";

/// `\X`: a character with what is combined with it, as close as properties of single characters come.
const CLUSTER: &str = r"(?>\r\n|\p{gcb=RI}\p{gcb=RI}|(?s:.)[\p{M}\p{gcb=Extend}]*(?:\x{200D}\p{L}?(?s:.)[\p{M}\p{gcb=Extend}]*)*)";

/// The properties that are ASCII in Java unless `U` is set, as the inside of a class.
const ASCII_CLASSES: [(&str, &str); 12] = [
    ("Lower", "a-z"),
    ("Upper", "A-Z"),
    ("Alpha", "A-Za-z"),
    ("Digit", "0-9"),
    ("Alnum", "A-Za-z0-9"),
    ("Punct", r"!-/:-@\[-`\{-~"),
    ("Graph", "!-~"),
    ("Print", r"\x{20}-~"),
    ("Blank", r" \t"),
    ("Cntrl", r"\x{0}-\x{1f}\x{7f}"),
    ("XDigit", "0-9A-Fa-f"),
    ("Space", r"\t-\r "),
];

/// Other names of Java for sets, as the inside of a class.
const OTHER_SETS: [(&str, &str); 16] = [
    ("ASCII", r"\x{0}-\x{7f}"),
    ("L1", r"\x{0}-\x{ff}"),
    ("LD", r"\p{L}\p{Nd}"),
    ("all", r"\p{Any}"),
    ("javaLetterOrDigit", r"\p{L}\p{Nd}"),
    (
        "javaWhitespace",
        r"\t-\r\x{1c}-\x{1f}\p{Z}&&[^\x{a0}\x{2007}\x{202f}]",
    ),
    ("javaLowerCase", r"\p{Lowercase}"),
    ("javaUpperCase", r"\p{Uppercase}"),
    ("javaAlphabetic", r"\p{Alphabetic}"),
    ("javaIdeographic", r"\p{Ideographic}"),
    ("javaTitleCase", r"\p{Lt}"),
    ("javaDigit", r"\p{Nd}"),
    ("javaLetter", r"\p{L}"),
    ("javaSpaceChar", r"\p{Z}"),
    ("javaISOControl", r"\p{Cc}"),
    ("javaDefined", r"\P{Cn}"),
];

/// The general categories by their short names, and what Java has beside them.
const CATEGORIES: &str = "L Lu Ll Lt Lm Lo LC M Mn Mc Me N Nd Nl No Z Zs Zl Zp C Cc Cf Cn Co Cs P Pc Pd Ps Pe Pi Pf Po \
                          S Sm Sc Sk So";
