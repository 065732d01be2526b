//! Ignoring case: characters are compared after Unicode simple folding, one by one, so that lengths never change.

use crate::error::Fallible;
use crate::value::heap;

/// The character that stands for `c` when case is ignored.
#[inline]
pub(super) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    fold_beyond_ascii(c)
}

/// Folding is lower case of upper case where both are single characters. The exceptions are those of the Unicode data
/// file CaseFolding.
fn fold_beyond_ascii(c: char) -> char {
    match c {
        // Dotless i keeps its case pair to Turkish.
        'ı' => c,
        '\u{1FD3}' => '\u{390}',
        '\u{1FE3}' => '\u{3B0}',
        '\u{FB05}' => '\u{FB06}',
        _ => {
            let upper = single(c, c.to_uppercase());
            single(upper, upper.to_lowercase())
        }
    }
}

/// The only character of `mapped`, or `otherwise` if there are several.
fn single(otherwise: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(c), None) => c,
        _ => otherwise,
    }
}

/// Characters that are looked at before it is asked whether to go on: a hundredth of a second or two.
const MANY: usize = 100_000;

/// Asks now and then whether to go on.
type GoOn<'a> = &'a dyn Fn() -> Fallible<()>;

/// True if both are the same text, ignoring case.
///
/// # Errors
/// What `go_on` says.
pub(super) fn equal(left: &str, right: &str, go_on: GoOn<'_>) -> Fallible<bool> {
    let mut left = left.chars();
    Ok(begins_with(left.by_ref(), right.chars(), go_on)? && left.next().is_none())
}

/// True if `text` begins with `start`, ignoring case.
///
/// # Errors
/// What `go_on` says.
pub(super) fn starts_with(text: &str, start: &str, go_on: GoOn<'_>) -> Fallible<bool> {
    begins_with(text.chars(), start.chars(), go_on)
}

/// True if `text` ends with `end`, ignoring case.
///
/// # Errors
/// What `go_on` says.
pub(super) fn ends_with(text: &str, end: &str, go_on: GoOn<'_>) -> Fallible<bool> {
    begins_with(text.chars().rev(), end.chars().rev(), go_on)
}

fn begins_with(
    mut text: impl Iterator<Item = char>,
    start: impl Iterator<Item = char>,
    go_on: GoOn<'_>,
) -> Fallible<bool> {
    for (count, wanted) in (1_usize..).zip(start) {
        // Most are the same, and then need no folding.
        match text.next() {
            Some(c) if c == wanted || fold(c) == fold(wanted) => {}
            _ => return Ok(false),
        }
        if count.is_multiple_of(MANY) {
            go_on()?;
        }
    }
    Ok(true)
}

/// Bytes of the text that are folded at a time, beside the needle.
const WINDOW: usize = 64 << 10;

/// Byte ranges in `text` that are `needle`, ignoring case, from the left, without overlap; an empty needle is found
/// between all characters. Linear in both; of the text no more than a window is folded at a time.
///
/// # Errors
/// R0103 when the folded needle would need more memory than there is; what `go_on` says, as each of the ranges may.
pub(super) fn matches<'t>(text: &'t str, needle: &str, go_on: GoOn<'t>) -> Fallible<Matches<'t>> {
    let needle = folded(needle, go_on)?;
    let mut window = String::new();
    // Folding makes no character longer than this.
    let whole = text.len().saturating_mul(char::MAX_LEN_UTF8);
    heap::reserve_text(&mut window, (2 * needle.len() + WINDOW).min(whole))?;
    Ok(Matches {
        same_places: text.is_ascii(),
        text,
        needle,
        window,
        unread: text,
        next: Some(0),
        passed: 0,
        place: 0,
        go_on,
    })
}

fn folded(text: &str, go_on: GoOn<'_>) -> Fallible<String> {
    let mut out = String::new();
    heap::reserve_text(&mut out, text.len())?;
    for (count, c) in (1_usize..).zip(text.chars()) {
        let c = fold(c);
        heap::reserve_text(&mut out, c.len_utf8())?;
        out.push(c);
        if count.is_multiple_of(MANY) {
            go_on()?;
        }
    }
    Ok(out)
}

/// See [`matches`].
pub(super) struct Matches<'t> {
    text: &'t str,
    needle: String,
    /// A folded part of the text.
    window: String,
    /// What follows the window.
    unread: &'t str,
    /// Folding has changed no length in bytes.
    same_places: bool,
    /// Where the search goes on, in the window.
    next: Option<usize>,
    /// How far the window has been walked, and the place in the text that is in step with it.
    passed: usize,
    place: usize,
    go_on: GoOn<'t>,
}

impl Matches<'_> {
    /// Place in the text of a place in the window; places must come in order.
    fn place(&mut self, in_window: usize) -> usize {
        if self.same_places {
            self.place += in_window - self.passed;
        } else {
            let mut rest = self.text[self.place..].chars();
            for _ in self.window[self.passed..in_window].chars() {
                rest.next();
            }
            self.place = self.text.len() - rest.as_str().len();
        }
        self.passed = in_window;
        self.place
    }

    /// Moves the window on, so that it begins at its place `from`.
    fn slide(&mut self, from: usize) -> Fallible<()> {
        /// Bytes that are looked at together.
        const PIECE: usize = 4096;
        let mut unasked = 0;
        self.place(from);
        self.passed = 0;
        self.window.drain(..from);
        loop {
            let room = self.window.capacity() - self.window.len();
            if room < char::MAX_LEN_UTF8 || self.unread.is_empty() {
                break;
            }
            if unasked == 0 {
                (self.go_on)()?;
                unasked = MANY / PIECE;
            }
            unasked -= 1;
            let most = self.unread.len().min(PIECE).min(room);
            let (piece, rest) = self.unread.split_at(self.unread.floor_char_boundary(most));
            if piece.is_ascii() {
                let begin = self.window.len();
                self.window.push_str(piece);
                self.window[begin..].make_ascii_lowercase();
                self.unread = rest;
                continue;
            }
            for c in piece.chars() {
                // Some characters become longer by folding.
                if self.window.capacity() - self.window.len() < char::MAX_LEN_UTF8 {
                    break;
                }
                self.window.push(fold(c));
                self.unread = &self.unread[c.len_utf8()..];
            }
        }
        Ok(())
    }

    fn find_next(&mut self) -> Fallible<Option<(usize, usize)>> {
        let Some(mut from) = self.next.take() else {
            return Ok(None);
        };
        let start = loop {
            if let Some(found) = self.window[from..].find(self.needle.as_str()) {
                // Behind an empty match the window shows the next character.
                if found + from < self.window.len() || self.unread.is_empty() {
                    break from + found;
                }
            }
            if self.unread.is_empty() {
                return Ok(None);
            }
            // What may be the beginning of a match stays.
            let kept = self.needle.len().saturating_sub(1);
            let done = self.window.len().saturating_sub(kept);
            self.slide(self.window.floor_char_boundary(done).max(from))?;
            from = 0;
        };
        let end = start + self.needle.len();
        self.next = if start < end {
            Some(end)
        } else {
            let after = self.window[end..].chars().next();
            after.map(|c| end + c.len_utf8())
        };
        Ok(Some((self.place(start), self.place(end))))
    }
}

impl Iterator for Matches<'_> {
    type Item = Fallible<(usize, usize)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.find_next().transpose()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn found(text: &str, needle: &str) -> Vec<(usize, usize)> {
        let all: Fallible<Vec<_>> = matches(text, needle, &|| Ok(())).unwrap().collect();
        all.unwrap()
    }

    fn alike(left: &str, right: &str) -> bool {
        equal(left, right, &|| Ok(())).unwrap()
    }

    #[test]
    fn places_are_those_of_the_text_although_folding_changes_bytes() {
        // The capital sharp s has three bytes, the small one two; the Kelvin sign has three, k one.
        assert_eq!(found("xẞyß", "ß"), [(1, 4), (5, 7)]);
        assert_eq!(found("\u{212A}k K", "K"), [(0, 3), (3, 4), (5, 6)]);
        assert_eq!(found("aAaA", "aa"), [(0, 2), (2, 4)]);
        assert_eq!(found("é", ""), [(0, 0), (2, 2)]);
        assert_eq!(found("abc", "x"), []);
    }

    #[test]
    fn matches_are_found_wherever_the_window_ends() {
        for (filler, length) in [("a", 1), ("É", 2)] {
            for before in WINDOW - 12..WINDOW + 12 {
                let text = filler.repeat(before / length) + "Tür!" + filler;
                let place = before / length * length;
                assert_eq!(found(&text, "tÜR!"), [(place, place + 5)], "{before}");
                assert_eq!(found(&text, "tÜR?"), []);
            }
        }
        let text = "é".repeat(WINDOW);
        assert_eq!(found(&text, "É").len(), WINDOW);
        assert_eq!(found(&text, "").len(), WINDOW + 1);
        assert_eq!(found(&text, &"É".repeat(WINDOW)), [(0, 2 * WINDOW)]);
        assert_eq!(found(&text, &"É".repeat(WINDOW + 1)), []);
        let text = "ab".repeat(WINDOW) + "é";
        assert_eq!(found(&text, "B").len(), WINDOW);
        let last = 2 * WINDOW;
        assert_eq!(
            found(&text, &("b".to_owned() + "É")),
            [(last - 1, last + 2)]
        );
    }

    #[test]
    fn characters_fold_one_by_one() {
        for (left, right) in [
            ("Σ", "ς"),
            ("ſ", "S"),
            ("µ", "Μ"),
            ("Ǆ", "ǅ"),
            ("STRAẞE", "straße"),
        ] {
            assert!(alike(left, right), "{left} {right}");
        }
        for (left, right) in [
            ("ß", "ss"),
            ("ı", "i"),
            ("İ", "i"),
            ("a", "ab"),
            ("ab", "a"),
        ] {
            assert!(!alike(left, right), "{left} {right}");
        }
        let starts = |text, start| starts_with(text, start, &|| Ok(())).unwrap();
        assert!(starts("Été", "é") && !starts("É", "ét"));
        let ends = |text, end| ends_with(text, end, &|| Ok(())).unwrap();
        assert!(ends("ÉTÉ", "té") && !ends("É", "té"));
    }

    #[test]
    fn whoever_says_stop_is_heard() {
        let (small, capital) = ("é".repeat(MANY), "É".repeat(MANY));
        let stop = || Err(crate::error::cancelled());
        assert!(equal(&small, &capital, &stop).is_err());
        assert!(starts_with(&small, &small, &stop).is_err());
        assert!(ends_with(&small, &capital, &stop).is_err());
        assert!(matches("", &small, &stop).is_err());
        let found = matches(&small, "x", &stop).map(|mut found| found.next());
        assert!(matches!(found, Ok(Some(Err(_)))));
    }
}
