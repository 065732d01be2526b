//! Reads `grammar/freshet.ebnf`. The notation is described in `grammar/README.md`.

use std::collections::BTreeMap;

/// What stands on the right side of a rule, or a part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// `"text"`
    Text(String),
    /// `<class>`
    Class(String),
    /// The name of a rule.
    Rule(String),
    /// `a b`
    Sequence(Vec<Part>),
    /// `a | b`, each with its mark.
    Choice(Vec<(Option<Mark>, Part)>),
    /// `a?`
    Perhaps(Box<Part>),
    /// `a*`
    Any(Box<Part>),
    /// `a+`
    Some(Box<Part>),
    /// `A - b - C`: the rule `A`, but nothing that one of the others gives.
    Except(String, Vec<String>),
}

/// When an alternative holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    Loop,
    Value,
    Warned,
    Later,
    Elsewhere,
    AnyCase,
}

/// The rules by name.
pub struct Grammar {
    pub rules: BTreeMap<String, Part>,
}

/// A rule for a token: its parts follow each other directly.
pub fn is_token(rule: &str) -> bool {
    rule.starts_with(|first: char| first.is_ascii_uppercase())
}

impl Grammar {
    /// The grammar of the project.
    pub fn load() -> Self {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammar/freshet.ebnf");
        Self::read(&std::fs::read_to_string(path).expect("the grammar"))
    }

    /// Reads the rules, and makes sure that every rule that is named is there and used.
    pub fn read(text: &str) -> Self {
        let mut reader = Reader {
            tokens: tokens(text).into_iter().peekable(),
        };
        let mut rules = BTreeMap::new();
        while let Some(token) = reader.tokens.next() {
            let Token::Name(name) = token else {
                panic!("expected a rule, found {token:?}")
            };
            reader.expect(&name, '=');
            let part = reader.choice(&name);
            reader.expect(&name, ';');
            assert!(
                rules.insert(name.clone(), part).is_none(),
                "two rules {name}"
            );
        }
        let grammar = Self { rules };
        let mut named = vec!["file".to_owned(), "BLANK".to_owned()];
        for part in grammar.rules.values() {
            part.walk(&mut |part| match part {
                Part::Rule(name) => named.push(name.clone()),
                Part::Except(name, others) => named.extend(others.iter().chain([name]).cloned()),
                _ => {}
            });
        }
        for name in &named {
            assert!(grammar.rules.contains_key(name), "no rule {name}");
        }
        for name in grammar.rules.keys() {
            assert!(named.contains(name), "nothing uses the rule {name}");
        }
        grammar
    }

    /// The right side of a rule.
    pub fn rule(&self, name: &str) -> &Part {
        self.rules
            .get(name)
            .unwrap_or_else(|| panic!("no rule {name}"))
    }

    /// Every text that stands in a rule.
    pub fn texts(&self, rule: &str) -> Vec<&str> {
        let mut texts = Vec::new();
        self.rule(rule).walk(&mut |part| {
            if let Part::Text(text) = part {
                texts.push(text.as_str());
            }
        });
        texts
    }
}

impl Part {
    /// Shows itself and everything inside to `see`.
    pub fn walk<'p>(&'p self, see: &mut impl FnMut(&'p Part)) {
        see(self);
        match self {
            Part::Sequence(parts) => parts.iter().for_each(|part| part.walk(see)),
            Part::Choice(parts) => parts.iter().for_each(|(_, part)| part.walk(see)),
            Part::Perhaps(part) | Part::Any(part) | Part::Some(part) => part.walk(see),
            Part::Text(_) | Part::Class(_) | Part::Rule(_) | Part::Except(..) => {}
        }
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Class(String),
    Mark(Mark),
    Sign(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let until = |end: &str| {
            rest[1..]
                .find(end)
                .map(|at| at + 1)
                .unwrap_or_else(|| panic!("`{end}` is missing"))
        };
        let length = match first {
            '(' if rest.starts_with("(*") => until("*)") + 2,
            '"' | '\'' => {
                let end = until(&first.to_string());
                tokens.push(Token::Text(rest[1..end].to_owned()));
                end + 1
            }
            '<' => {
                let end = until(">");
                tokens.push(Token::Class(rest[1..end].to_owned()));
                end + 1
            }
            '@' => {
                let end = until(" ");
                tokens.push(Token::Mark(match &rest[1..end] {
                    "loop" => Mark::Loop,
                    "value" => Mark::Value,
                    "warned" => Mark::Warned,
                    "later" => Mark::Later,
                    "elsewhere" => Mark::Elsewhere,
                    "any-case" => Mark::AnyCase,
                    other => panic!("unknown mark {other}"),
                }));
                end
            }
            _ if first.is_ascii_alphabetic() => {
                let end = rest
                    .find(|c: char| !c.is_ascii_alphabetic() && c != '-')
                    .unwrap_or(rest.len());
                tokens.push(Token::Name(rest[..end].to_owned()));
                end
            }
            _ => {
                assert!(
                    "=|;()?*+-".contains(first),
                    "`{first}` means nothing in a grammar"
                );
                tokens.push(Token::Sign(first));
                1
            }
        };
        rest = rest[length..].trim_start();
    }
    tokens
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Reader {
    fn is(&mut self, sign: char) -> bool {
        self.tokens.next_if_eq(&Token::Sign(sign)).is_some()
    }

    fn expect(&mut self, rule: &str, sign: char) {
        assert!(
            self.is(sign),
            "rule {rule}: expected `{sign}`, found {:?}",
            self.tokens.peek()
        );
    }

    fn choice(&mut self, rule: &str) -> Part {
        let mut parts = Vec::new();
        loop {
            let mark = match self.tokens.peek() {
                Some(Token::Mark(mark)) => Some(*mark),
                _ => None,
            };
            if mark.is_some() {
                self.tokens.next();
            }
            parts.push((mark, self.sequence(rule)));
            if !self.is('|') {
                break;
            }
        }
        match parts.as_slice() {
            [(None, part)] => part.clone(),
            _ => Part::Choice(parts),
        }
    }

    fn sequence(&mut self, rule: &str) -> Part {
        let mut parts = Vec::new();
        while !matches!(
            self.tokens.peek(),
            None | Some(Token::Sign('|' | ';' | ')'))
        ) {
            parts.push(self.repeated(rule));
        }
        match parts.as_slice() {
            [] => panic!("rule {rule}: an alternative is empty"),
            [part] => part.clone(),
            _ => Part::Sequence(parts),
        }
    }

    fn repeated(&mut self, rule: &str) -> Part {
        let part = match self.tokens.next() {
            Some(Token::Text(text)) => Part::Text(text),
            Some(Token::Class(class)) => Part::Class(class),
            Some(Token::Name(name)) => {
                let mut others = Vec::new();
                while self.is('-') {
                    match self.tokens.next() {
                        Some(Token::Name(other)) => others.push(other),
                        other => panic!("rule {rule}: expected a rule after `-`, found {other:?}"),
                    }
                }
                if others.is_empty() {
                    Part::Rule(name)
                } else {
                    Part::Except(name, others)
                }
            }
            Some(Token::Sign('(')) => {
                let part = self.choice(rule);
                self.expect(rule, ')');
                part
            }
            other => panic!("rule {rule}: {other:?} stands where a part is expected"),
        };
        if self.is('?') {
            Part::Perhaps(Box::new(part))
        } else if self.is('*') {
            Part::Any(Box::new(part))
        } else if self.is('+') {
            Part::Some(Box::new(part))
        } else {
            part
        }
    }
}
