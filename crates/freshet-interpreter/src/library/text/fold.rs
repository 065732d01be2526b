//! Ignoring case: characters are compared after Unicode simple folding, one by one, so that lengths never change.

use std::str::Chars;

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
        _ => single(
            single(c, c.to_uppercase()),
            single(c, c.to_uppercase()).to_lowercase(),
        ),
    }
}

/// The only character of `mapped`, or `otherwise` if there are several.
fn single(otherwise: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(c), None) => c,
        _ => otherwise,
    }
}

/// True if both are the same text, ignoring case.
pub(super) fn equal(left: &str, right: &str) -> bool {
    left.chars().map(fold).eq(right.chars().map(fold))
}

/// True if `text` begins with `start`, ignoring case.
pub(super) fn starts_with(text: &str, start: &str) -> bool {
    let mut text = text.chars();
    start
        .chars()
        .all(|c| text.next().map(fold) == Some(fold(c)))
}

/// True if `text` ends with `end`, ignoring case.
pub(super) fn ends_with(text: &str, end: &str) -> bool {
    let mut text = text.chars().rev();
    end.chars()
        .rev()
        .all(|c| text.next().map(fold) == Some(fold(c)))
}

/// Byte ranges in `text` that are `needle`, ignoring case, from the left, without overlap; an empty needle is found
/// between all characters. Linear in both.
pub(super) fn matches<'t>(text: &'t str, needle: &str) -> Matches<'t> {
    let folded = fold_text(text);
    Matches {
        same_places: text.is_ascii(),
        rest: text.chars(),
        text,
        folded,
        needle: fold_text(needle),
        next: Some(0),
        passed: 0,
    }
}

fn fold_text(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.chars().map(fold).collect()
    }
}

/// See [`matches`].
pub(super) struct Matches<'t> {
    text: &'t str,
    folded: String,
    needle: String,
    /// Folding has changed no length in bytes.
    same_places: bool,
    /// Where the search goes on, in the folded text.
    next: Option<usize>,
    /// How far the folded text has been walked, and the text in step with it.
    passed: usize,
    rest: Chars<'t>,
}

impl Matches<'_> {
    /// Place in the text of a place in the folded text; places must come in order.
    fn place(&mut self, folded_place: usize) -> usize {
        if self.same_places {
            return folded_place;
        }
        for _ in self.folded[self.passed..folded_place].chars() {
            self.rest.next();
        }
        self.passed = folded_place;
        self.text.len() - self.rest.as_str().len()
    }
}

impl Iterator for Matches<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let from = self.next?;
        let Some(found) = self.folded[from..].find(self.needle.as_str()) else {
            self.next = None;
            return None;
        };
        let (start, end) = (from + found, from + found + self.needle.len());
        self.next = if start < end {
            Some(end)
        } else {
            self.folded[end..]
                .chars()
                .next()
                .map(|c| end + c.len_utf8())
        };
        Some((self.place(start), self.place(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, needle: &str) -> Vec<(usize, usize)> {
        matches(text, needle).collect()
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
    fn characters_fold_one_by_one() {
        for (left, right) in [
            ("Σ", "ς"),
            ("ſ", "S"),
            ("µ", "Μ"),
            ("Ǆ", "ǅ"),
            ("STRAẞE", "straße"),
        ] {
            assert!(equal(left, right), "{left} {right}");
        }
        for (left, right) in [
            ("ß", "ss"),
            ("ı", "i"),
            ("İ", "i"),
            ("a", "ab"),
            ("ab", "a"),
        ] {
            assert!(!equal(left, right), "{left} {right}");
        }
        assert!(starts_with("Été", "é") && !starts_with("É", "ét"));
        assert!(ends_with("ÉTÉ", "té") && !ends_with("É", "té"));
    }
}
