//! The insides of text and number literals (language reference, 2.4 and 2.5).

use std::ops::Range;

/// What can be wrong with a backslash in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EscapeProblem {
    /// `\x` with an `x` that means nothing: stays two characters.
    Unknown,
    /// `\u` without four hexadecimal digits: stays two characters.
    ShortUnicode,
    /// Half a surrogate pair.
    HalfPair,
}

/// What can be wrong with a DECIMAL literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecimalProblem {
    /// More than 28 significant digits.
    TooManyDigits(usize),
    /// More than 28 digits after the point: rounded.
    Rounded(usize),
}

/// Calls `report` for every escape of a literal (quotes included) that is not as it should be.
pub(crate) fn check_escapes(literal: &str, mut report: impl FnMut(Range<usize>, EscapeProblem)) {
    read_escapes(literal, |_| {}, &mut report);
}

/// The content of a literal, given with its quotes, escapes replaced. A closing quote may be missing.
pub(crate) fn content(literal: &str) -> Box<str> {
    let mut characters = literal.chars();
    let quote = characters.next();
    let inner = characters.as_str();
    let closed = matches!(
        (quote, characters.next_back()),
        (Some('"'), Some('"'))
            | (Some('\''), Some('\''))
            | (Some('“' | '„' | '”'), Some('“' | '”'))
            | (Some('‘' | '‚' | '’'), Some('‘' | '’'))
            | (Some('`'), Some('`'))
    );
    let inner = if closed { characters.as_str() } else { inner };
    if !inner.contains('\\') {
        return inner.into();
    }
    let mut text = String::with_capacity(inner.len());
    read_escapes(inner, |piece| text.push_str(piece), &mut |_, _| {});
    text.into()
}

/// Walks a text by its backslashes: `piece` gets the text they mean, `report` what is wrong with them.
fn read_escapes(
    text: &str,
    mut piece: impl FnMut(&str),
    report: &mut impl FnMut(Range<usize>, EscapeProblem),
) {
    let mut from = 0;
    while let Some(found) = text[from..].find('\\') {
        let at = from + found;
        piece(&text[from..at]);
        let Some(next) = text[at + 1..].chars().next() else {
            from = at;
            break;
        };
        from = at + 1 + next.len_utf8();
        match next {
            '"' | '\'' | '\\' | '/' => piece(&text[at + 1..from]),
            'n' => piece("\n"),
            't' => piece("\t"),
            'r' => piece("\r"),
            'b' => piece("\u{8}"),
            'f' => piece("\u{C}"),
            'u' => from = read_unicode(text, at, &mut piece, report),
            _ => {
                report(at..from, EscapeProblem::Unknown);
                piece(&text[at..from]);
            }
        }
    }
    piece(&text[from..]);
}

/// Reads `\uXXXX`, or a pair of them, at byte `at`; gives the byte behind it.
fn read_unicode(
    text: &str,
    at: usize,
    piece: &mut impl FnMut(&str),
    report: &mut impl FnMut(Range<usize>, EscapeProblem),
) -> usize {
    let Some(first) = code_unit(text, at) else {
        report(at..at + 2, EscapeProblem::ShortUnicode);
        piece(&text[at..at + 2]);
        return at + 2;
    };
    let (value, end) = match (first, code_unit(text, at + 6)) {
        (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => (
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00),
            at + 12,
        ),
        _ => (first, at + 6),
    };
    match char::from_u32(value) {
        Some(character) => piece(character.encode_utf8(&mut [0; 4])),
        None => report(at..end, EscapeProblem::HalfPair),
    }
    end
}

/// The value of `\uXXXX` at byte `at`.
fn code_unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// Calls `report` if a DECIMAL literal has more digits than a DECIMAL holds.
pub(crate) fn check_decimal(literal: &str, mut report: impl FnMut(DecimalProblem)) {
    const MOST: usize = 28;
    let fraction = literal.len() - 1 - literal.find('.').unwrap_or(0);
    let significant = literal.trim_start_matches(['0', '.']);
    let digits = significant.bytes().filter(u8::is_ascii_digit).count();
    if digits > MOST {
        report(DecimalProblem::TooManyDigits(digits));
    } else if fraction > MOST {
        report(DecimalProblem::Rounded(fraction));
    }
}
