//! Sentences of the grammar, at random: the same seed gives the same sentence.

use std::collections::BTreeMap;

use super::ebnf::{Grammar, Mark, Part, is_token};

/// Which alternatives sentences are made of.
#[derive(Clone, Copy, PartialEq)]
pub enum Choose {
    /// Those that are accepted without a word.
    Plain,
    /// Those that are warned of, or that a later stage restricts, as well.
    Marked,
}

/// Makes sentences.
pub struct Sentences<'g> {
    grammar: &'g Grammar,
    choose: Choose,
    /// How many rules inside each other the smallest sentence of a rule takes.
    least: BTreeMap<&'g str, usize>,
}

/// Rules inside each other from which on only the smallest alternatives are taken.
const DEPTH: usize = 60;
/// Tokens from which on nothing optional is added.
const LENGTH: usize = 250;
/// How much deeper than the smallest one an alternative may be to be taken then: names and calls as well as digits.
const NEAR: usize = 4;
/// A depth that no rule needs.
const NEVER: usize = 1000;

impl<'g> Sentences<'g> {
    pub fn new(grammar: &'g Grammar, choose: Choose) -> Self {
        let mut sentences = Self {
            grammar,
            choose,
            least: BTreeMap::new(),
        };
        // Depths shrink from round to round until nothing changes.
        loop {
            let round: BTreeMap<&str, usize> = grammar
                .rules
                .iter()
                .map(|(name, part)| (name.as_str(), sentences.least_of(part) + 1))
                .collect();
            if round == sentences.least {
                return sentences;
            }
            sentences.least = round;
        }
    }

    fn least_of(&self, part: &Part) -> usize {
        let rule = |name: &str| self.least.get(name).copied().unwrap_or(NEVER);
        match part {
            Part::Text(_) | Part::Class(_) | Part::Perhaps(_) | Part::Any(_) => 0,
            Part::Rule(name) | Part::Except(name, _) => rule(name),
            Part::Some(part) => self.least_of(part),
            Part::Sequence(parts) => parts
                .iter()
                .map(|part| self.least_of(part))
                .max()
                .unwrap_or(0),
            Part::Choice(parts) => parts
                .iter()
                .filter(|(mark, _)| matches!(mark, None | Some(Mark::AnyCase)))
                .map(|(_, part)| self.least_of(part))
                .min()
                .unwrap_or(NEVER),
        }
    }

    /// A sentence of a rule.
    pub fn sentence(&self, rule: &str, seed: u64) -> String {
        let mut writer = Writer {
            sentences: self,
            random: Random(seed),
            tokens: Vec::new(),
            in_loop: false,
            in_void: false,
        };
        writer.rule(rule, 0);
        writer.text()
    }
}

struct Writer<'s, 'g> {
    sentences: &'s Sentences<'g>,
    random: Random,
    tokens: Vec<String>,
    in_loop: bool,
    in_void: bool,
}

impl Writer<'_, '_> {
    fn rule(&mut self, name: &str, depth: usize) {
        let part = self.sentences.grammar.rule(name);
        if is_token(name) {
            let token = self.token(name);
            return self.tokens.push(token);
        }
        let before = (self.in_loop, self.in_void);
        match name {
            "loop-block" => self.in_loop = true,
            "function-block" => self.in_loop = false,
            "void-block" => (self.in_loop, self.in_void) = (false, true),
            _ => {}
        }
        self.part(part, depth + 1);
        (self.in_loop, self.in_void) = before;
    }

    fn part(&mut self, part: &Part, depth: usize) {
        match part {
            Part::Text(text) => {
                let text = self.spelt(text);
                self.tokens.push(text);
            }
            Part::Rule(name) => self.rule(name, depth),
            Part::Sequence(parts) => parts.iter().for_each(|part| self.part(part, depth)),
            Part::Choice(parts) => {
                let part = self.alternative(parts, depth);
                self.part(part, depth);
            }
            Part::Perhaps(part) => self.times(part, 0, 1, depth),
            Part::Any(part) => self.times(part, 0, 3, depth),
            Part::Some(part) => self.times(part, 1, 3, depth),
            Part::Class(_) | Part::Except(..) => panic!("{part:?} outside of a token"),
        }
    }

    fn is_small(&self, depth: usize) -> bool {
        depth >= DEPTH || self.tokens.len() >= LENGTH
    }

    fn times(&mut self, part: &Part, least: usize, most: usize, depth: usize) {
        let more = [0, 0, 0, 1, 1, 2][self.random.below(6)];
        let more = if self.is_small(depth) {
            0
        } else {
            more.min(most - least)
        };
        for _ in 0..least + more {
            self.part(part, depth);
        }
    }

    /// One of the alternatives that hold here.
    fn alternative<'p>(&mut self, parts: &'p [(Option<Mark>, Part)], depth: usize) -> &'p Part {
        let holds = |mark: Option<Mark>| match mark {
            None | Some(Mark::AnyCase) => true,
            Some(Mark::Loop) => self.in_loop,
            Some(Mark::Value) => !self.in_void,
            Some(Mark::Warned | Mark::Later) => self.sentences.choose == Choose::Marked,
            Some(Mark::Elsewhere) => false,
        };
        let mut parts: Vec<&Part> = parts
            .iter()
            .filter(|(mark, _)| holds(*mark))
            .map(|(_, part)| part)
            .collect();
        if self.is_small(depth) {
            let least = |part: &Part| self.sentences.least_of(part);
            let smallest = parts.iter().map(|part| least(part)).min().unwrap_or(0);
            parts.retain(|part| least(part) <= smallest + NEAR);
        }
        parts[self.random.below(parts.len())]
    }

    /// A word in some letter case, anything else as it is.
    fn spelt(&mut self, text: &str) -> String {
        match self.random.below(6) {
            0 => text.to_uppercase(),
            1 => text[..1].to_uppercase() + &text[1..],
            _ => text.to_owned(),
        }
    }

    fn token(&mut self, name: &str) -> String {
        // Where any word may stand, those of the language are the interesting ones.
        if name == "WORD" && self.random.below(4) == 0 {
            let words = self.sentences.grammar.texts("reserved-word");
            return words[self.random.below(words.len())].to_owned();
        }
        let mut text = String::new();
        self.write(self.sentences.grammar.rule(name), &mut text);
        text
    }

    fn write(&mut self, part: &Part, out: &mut String) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Class(class) => out.push_str(self.character(class)),
            Part::Rule(name) => *out += &self.token(name),
            Part::Sequence(parts) => parts.iter().for_each(|part| self.write(part, out)),
            Part::Choice(parts) => match parts.as_slice() {
                [(Some(Mark::AnyCase), part)] => {
                    let mut text = String::new();
                    self.write(part, &mut text);
                    *out += &self.spelt(&text);
                }
                _ => {
                    let part = self.alternative(parts, 0);
                    self.write(part, out);
                }
            },
            Part::Perhaps(part) => (0..self.random.below(2)).for_each(|_| self.write(part, out)),
            Part::Any(part) => (0..self.random.below(5)).for_each(|_| self.write(part, out)),
            Part::Some(part) => (0..=self.random.below(4)).for_each(|_| self.write(part, out)),
            Part::Except(name, others) => loop {
                let token = self.token(name);
                let grammar = self.sentences.grammar;
                if !others.iter().any(|other| {
                    grammar
                        .texts(other)
                        .iter()
                        .any(|text| text.eq_ignore_ascii_case(&token))
                }) {
                    return *out += &token;
                }
            },
        }
    }

    /// One character of a class. Of large classes, some that could be taken for something else.
    fn character(&mut self, class: &str) -> &'static str {
        let characters: &[&str] = match class {
            "letter" => &[
                "a", "b", "e", "i", "n", "o", "x", "Q", "Z", "é", "ß", "ж", "名", "א", "ǅ", "ʰ",
            ],
            "decimal digit" => &["0", "7", "٣", "९"],
            "digit" => &["0", "1", "2", "9"],
            "hex digit" => &["0", "1", "9", "a", "d", "F"],
            "hex digit but d" => &["0", "1", "9", "a", "c", "e", "F"],
            "0 to 7" => &["0", "4", "7"],
            "8 to b" => &["8", "9", "a", "B"],
            "c to f" => &["c", "D", "e", "f"],
            "blank" => &[" ", " ", "\n", "\t", "\r\n", "\r", "\u{c}", "\u{a0}"],
            "line end" => &["\n", "\r\n", "\r"],
            "character without width" => &["\u{200b}", "\u{feff}"],
            "byte order mark" => &["\u{feff}"],
            "character in a line" => &[
                "x", " ", "*", "/", "\"", "'", "\\", "“", "{", ";", "<%", "é", "\u{2028}", "😀",
            ],
            "character in a comment" => &[
                "x", " ", "* ", "//", "/* ", "\"", "'", "\\", "\n", "}", "<%", "é", "\u{200b}",
            ],
            "character in a text" => &[
                "x", " ", "1", "//", "/*", "*/", "}", ";", "<%", "“", "é", "\u{2028}", "\u{200b}",
                "\t", "😀",
            ],
            "character without escape" => &["d", "w", ".", "(", " ", "1", "N", "é"],
            _ => panic!("unknown class {class}"),
        };
        characters[self.random.below(characters.len())]
    }

    /// The tokens with what may stand between them.
    fn text(mut self) -> String {
        let tokens = std::mem::take(&mut self.tokens);
        let mut text = String::new();
        for token in tokens {
            let joined = text.chars().next_back().is_none_or(stands_alone)
                || token.starts_with(stands_alone);
            match self.random.below(4) {
                // Nothing stands before a prologue.
                _ if text.is_empty() => {}
                0 if joined => {}
                0 => text.push(' '),
                1 if self.sentences.choose == Choose::Plain => {
                    // Behind a `/` a comment would begin one character too early.
                    text += if text.ends_with('/') { " " } else { "" };
                    text += &self.token("BLANK");
                }
                _ => text.push(' '),
            }
            text += &token;
        }
        text
    }
}

/// Marks that no neighbour can be read together with.
fn stands_alone(character: char) -> bool {
    "(){}[],;".contains(character)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}
