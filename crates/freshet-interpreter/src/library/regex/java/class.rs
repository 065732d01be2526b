//! Classes: `[a-z&&[^b]]`.

use super::escape::Escape;
use super::{Fault, Translator};

/// Levels of classes inside each other.
const MAX_CLASS_DEPTH: usize = 40;

impl Translator {
    /// Reads a class, beginning at its `[`.
    pub(super) fn class(&mut self, depth: usize) -> Result<String, Fault> {
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
                    Some(c) => self.push_member(c, &mut out),
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
        let is_range = self.peek() == Some('-')
            && !matches!(self.peek_after(1), None | Some('[' | ']'))
            && !(self.peek_after(1) == Some('&') && self.peek_after(2) == Some('&'));
        if !is_range {
            self.push_member(low, out);
            return Ok(());
        }
        self.at += 1;
        let Ok(high) = self.class_character()? else {
            return self.fault(from, "a range ends with a character, not with a set");
        };
        if high < low {
            return self.fault(from, format!("the range `{low}-{high}` runs backwards"));
        }
        push_range(low, high, out);
        for (first, last) in [('a', 'z'), ('A', 'Z')] {
            let cases = (
                self.flags.other_case(low.max(first)),
                self.flags.other_case(high.min(last)),
            );
            if let (true, (Some(low), Some(high))) = (low.max(first) <= high.min(last), cases) {
                push_range(low, high, out);
            }
        }
        Ok(())
    }

    /// Appends a single character to a class. A colon is written as a range of one: the engine would take `[:alpha:]`
    /// for a POSIX class, escaped or not.
    fn push_member(&self, c: char, out: &mut String) {
        if c == ':' {
            return push_range(c, c, out);
        }
        push_in_class(c, out);
        out.extend(self.flags.other_case(c));
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

fn push_range(low: char, high: char, out: &mut String) {
    push_in_class(low, out);
    out.push('-');
    push_in_class(high, out);
}

/// Appends a character to a class so that it means itself.
fn push_in_class(c: char, out: &mut String) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
    } else {
        out.push(c);
    }
}
