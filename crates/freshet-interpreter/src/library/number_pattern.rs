//! Number patterns as Java's `DecimalFormat` reads them (Built-ins I, 2.5), with English symbols and half-even
//! rounding. The digits are those of the exact decimal, so nothing is rounded twice.

use std::iter;

use crate::value::Decimal;

/// Whether `toString` takes a format for one of numbers: outside quotes it has a `#`, or a `0` and no letter.
pub fn is_number_pattern(pattern: &str) -> bool {
    let mut is_quoted = false;
    let (mut has_zero, mut has_letter) = (false, false);
    for byte in pattern.bytes() {
        match byte {
            b'\'' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'#' => return true,
            b'0' => has_zero = true,
            _ => has_letter |= byte.is_ascii_alphabetic(),
        }
    }
    has_zero && !has_letter
}

/// Bytes that a number takes by a pattern for each of the pattern's, at most: a digit may have a comma beside it, and what
/// stands around the digits is read into texts that double as they grow.
pub const ROOM: usize = 5;

/// A number by a pattern.
///
/// # Errors
/// The fault of the pattern, a clause that completes a message.
pub fn format(value: Decimal, pattern: &str) -> Result<String, String> {
    Ok(NumberPattern::read(pattern)?.format(value))
}

struct NumberPattern {
    prefix: String,
    suffix: String,
    /// Prefix and suffix of negative numbers, if the pattern has some of their own.
    negative: Option<(String, String)>,
    /// By how many powers of ten the number is multiplied: `%` and `‰`.
    shift: usize,
    /// Digits before the point, at least.
    whole: usize,
    /// Digits after the point, at least and at most.
    fraction: (usize, usize),
    /// Digits between two commas; 0 without grouping.
    group: usize,
    /// Whether a whole number shows the point too.
    shows_point: bool,
}

impl NumberPattern {
    fn read(pattern: &str) -> Result<NumberPattern, String> {
        let mut rest = pattern;
        let positive = SubPattern::read(&mut rest, true)?;
        let mut negative = None;
        if !rest.is_empty() {
            // Only prefix and suffix of the second count, and only if they differ from those of the first.
            let second = SubPattern::read(&mut rest, false)?;
            if second.prefix != positive.prefix || second.suffix != positive.suffix {
                negative = Some((second.prefix, second.suffix));
            }
        }
        let shape = positive.digits.shape(pattern.is_empty())?;
        Ok(NumberPattern {
            prefix: positive.prefix,
            suffix: positive.suffix,
            negative,
            shift: positive.shift,
            ..shape
        })
    }

    fn format(&self, value: Decimal) -> String {
        let (whole, fraction) = self.rounded(value.abs());
        let zeros = self.whole.saturating_sub(whole.len());
        let length = zeros + whole.len();
        let commas = length.checked_div(self.group).unwrap_or(0);
        let around = self.prefix.len() + self.suffix.len();
        let mut out = String::with_capacity(around + length + commas + self.fraction.0 + 2);
        match &self.negative {
            Some((prefix, _)) if value.is_negative() => out.push_str(prefix),
            _ => {
                if value.is_negative() {
                    out.push('-');
                }
                out.push_str(&self.prefix);
            }
        }
        for (index, digit) in iter::repeat_n('0', zeros).chain(whole.chars()).enumerate() {
            if self.group > 0 && index > 0 && (length - index).is_multiple_of(self.group) {
                out.push(',');
            }
            out.push(digit);
        }
        let has_fraction = self.fraction.0 > 0 || !fraction.is_empty();
        if length == 0 && !has_fraction {
            out.push('0');
        }
        if has_fraction || self.shows_point {
            out.push('.');
        }
        out.push_str(&fraction);
        out.extend(iter::repeat_n(
            '0',
            self.fraction.0.saturating_sub(fraction.len()),
        ));
        match &self.negative {
            Some((_, suffix)) if value.is_negative() => out.push_str(suffix),
            _ => out.push_str(&self.suffix),
        }
        out
    }

    /// The digits before the point, without zeros at the start, and after it, without zeros at the end.
    fn rounded(&self, value: Decimal) -> (String, String) {
        let printed = value.to_string();
        let (whole, fraction) = printed.split_once('.').unwrap_or((&printed, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let mut point = whole.len() + self.shift;
        while digits.len() < point {
            digits.push(b'0');
        }
        let end = point.saturating_add(self.fraction.1);
        if end < digits.len() {
            let dropped = digits.split_off(end);
            let is_odd = digits.last().is_some_and(|digit| digit % 2 == 1);
            let is_above_half = dropped[1..].iter().any(|digit| *digit != b'0');
            if dropped[0] > b'5' || (dropped[0] == b'5' && (is_above_half || is_odd)) {
                point += usize::from(increment(&mut digits));
            }
        }
        let text = |digits: &[u8]| String::from_utf8_lossy(digits).into_owned();
        let (whole, fraction) = digits.split_at(point);
        (
            text(whole).trim_start_matches('0').to_owned(),
            text(fraction).trim_end_matches('0').to_owned(),
        )
    }
}

/// Adds one to the last digit; whether that made one digit more.
fn increment(digits: &mut Vec<u8>) -> bool {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return false;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
    true
}

/// A pattern, or the part of one before or after its `;`.
#[derive(Default)]
struct SubPattern {
    prefix: String,
    suffix: String,
    shift: usize,
    digits: PatternDigits,
}

impl SubPattern {
    /// Reads up to the `;` of the first sub-pattern, which it takes, or the end. As in Java, digits after text of the suffix still count.
    fn read(rest: &mut &str, is_first: bool) -> Result<SubPattern, String> {
        let mut pattern = SubPattern::default();
        let (mut has_digits, mut is_after_digit) = (false, false);
        while let Some(next) = rest.chars().next() {
            *rest = &rest[next.len_utf8()..];
            let is_digit = "#0,.".contains(next);
            if is_digit {
                if is_first {
                    pattern.digits.push(next)?;
                }
                (has_digits, is_after_digit) = (true, true);
                continue;
            }
            if next == 'E' && is_after_digit {
                return Err("number patterns with exponents are not supported".to_owned());
            }
            is_after_digit = false;
            let affix = if has_digits {
                &mut pattern.suffix
            } else {
                &mut pattern.prefix
            };
            match next {
                ';' if !is_first => {
                    return Err("the number pattern has more than one `;`".to_owned());
                }
                ';' if has_digits => return Ok(pattern),
                ';' => return Err("the number pattern has no digit before its `;`".to_owned()),
                '\'' => push_quoted(rest, affix)?,
                // The currency sign: twice it is the name of the currency.
                '¤' => match rest.strip_prefix('¤') {
                    Some(after) => {
                        affix.push_str("USD");
                        *rest = after;
                    }
                    None => affix.push('$'),
                },
                '%' | '‰' if pattern.shift > 0 => {
                    return Err("the number pattern has more than one `%`".to_owned());
                }
                _ => {
                    affix.push(next);
                    pattern.shift += match next {
                        '%' => 2,
                        '‰' => 3,
                        _ => 0,
                    };
                }
            }
        }
        Ok(pattern)
    }
}

/// Appends quoted text, whose first quote was taken; `''` is a quote, in it and alone.
fn push_quoted(rest: &mut &str, text: &mut String) -> Result<(), String> {
    if let Some(after) = rest.strip_prefix('\'') {
        text.push('\'');
        *rest = after;
        return Ok(());
    }
    loop {
        let (quoted, after) = rest
            .split_once('\'')
            .ok_or("the number pattern has a quote that is not closed")?;
        text.push_str(quoted);
        *rest = after;
        let Some(after) = rest.strip_prefix('\'') else {
            return Ok(());
        };
        text.push('\'');
        *rest = after;
    }
}

/// The digits of a pattern as they stand there.
#[derive(Default)]
struct PatternDigits {
    /// `#` before the first `0`.
    optional_left: usize,
    zeros: usize,
    /// `#` after the last `0`.
    optional_right: usize,
    /// How many digits stand before the point, if there is one.
    point: Option<usize>,
    /// Digits since the last comma, if there is one.
    group: Option<usize>,
}

impl PatternDigits {
    /// Takes a `#`, `0`, `,` or `.` into account.
    fn push(&mut self, next: char) -> Result<(), String> {
        match next {
            ',' => {
                self.group = Some(0);
                return Ok(());
            }
            '.' if self.point.is_some() => {
                return Err("the number pattern has more than one point".to_owned());
            }
            '.' => {
                self.point = Some(self.total());
                return Ok(());
            }
            '0' if self.optional_right > 0 => {
                return Err("the number pattern has a `0` after a `#` that follows one".to_owned());
            }
            '0' => self.zeros += 1,
            _ if self.zeros > 0 => self.optional_right += 1,
            _ => self.optional_left += 1,
        }
        if self.point.is_none() {
            self.group = self.group.map(|count| count + 1);
        }
        Ok(())
    }

    fn total(&self) -> usize {
        self.optional_left + self.zeros + self.optional_right
    }

    /// What the digits ask for; an empty pattern shows all digits there are.
    fn shape(mut self, is_empty_pattern: bool) -> Result<NumberPattern, String> {
        if self.group == Some(0) {
            return Err("the number pattern has no digit after a `,`".to_owned());
        }
        // A point among optional digits: the digit before it (after it, where it stands first) is a 0 all the same.
        if let (0, 1.., Some(point)) = (self.zeros, self.optional_left, self.point) {
            let left = point.max(1);
            self.optional_right = self.optional_left - left;
            self.optional_left = left - 1;
            self.zeros = 1;
        }
        let digits_before = self.optional_left..=self.optional_left + self.zeros;
        let is_misplaced = match self.point {
            Some(point) => !digits_before.contains(&point),
            None => self.optional_right > 0,
        };
        if is_misplaced {
            return Err("the number pattern has a `#` where only `0` may stand".to_owned());
        }
        let total = self.total();
        let point = self.point.unwrap_or(total);
        let most = if is_empty_pattern {
            usize::MAX
        } else {
            total - point
        };
        Ok(NumberPattern {
            prefix: String::new(),
            suffix: String::new(),
            negative: None,
            shift: 0,
            whole: point - self.optional_left,
            fraction: (
                (self.optional_left + self.zeros).saturating_sub(point),
                most,
            ),
            group: self.group.unwrap_or(0),
            shows_point: self.point.is_some_and(|point| point == 0 || point == total),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[track_caller]
    fn check(number: &str, pattern: &str, expected: &str) {
        let formatted = format(Decimal::parse(number).unwrap(), pattern);
        assert_eq!(formatted.as_deref(), Ok(expected), "{number} {pattern}");
    }

    #[test]
    fn digits_grouping_and_rounding() {
        for (number, pattern, expected) in [
            ("57", "00000", "00057"),
            ("2400", "000", "2400"),
            ("1234.5", "$#,##0.00", "$1,234.50"),
            ("9876543", "#,##0", "9,876,543"),
            ("5554443322", "##,###", "5,554,443,322"),
            ("12345678", "#,####", "1234,5678"),
            ("12345678", "#,##,###", "12,345,678"),
            ("5", "000,000", "000,005"),
            ("0.256", "0.0%", "25.6%"),
            ("0.2565", "0.0 %", "25.6 %"),
            ("0.2575", "0.0‰", "257.5‰"),
            (
                "79228162514264337593543950335",
                "0%",
                "7922816251426433759354395033500%",
            ),
            ("0.5", "0", "0"),
            ("1.5", "0", "2"),
            ("2.5", "0", "2"),
            ("2.50001", "0", "3"),
            ("999.995", "0.00", "1000.00"),
            ("9.5", "#", "10"),
            ("0.25", "#.##", "0.25"),
            ("0.25", ".##", ".25"),
            ("0", ".##", ".0"),
            ("0", "#", "0"),
            ("0", "", "0"),
            ("1234.5", "", "1234.5"),
            ("5", "0.", "5."),
            ("5", "#.", "5."),
            ("1.50", "0.0###", "1.5"),
            ("1.23456", "0.0###", "1.2346"),
            ("5", "abc", "abc5"),
        ] {
            check(number, pattern, expected);
        }
    }

    #[test]
    fn negatives_keep_their_sign() {
        for (number, pattern, expected) in [
            ("-0.04", "0.0", "-0.0"),
            ("-5", "0;(0)", "(5)"),
            ("-1234.5", "#,##0.00;(#)", "(1,234.50)"),
            ("-5", "0;0", "-5"),
            ("-5", "$0", "-$5"),
            ("-5", "'#'0;'-#'0' less'", "-#5 less"),
            ("-0.0", "0.0", "0.0"),
        ] {
            check(number, pattern, expected);
        }
    }

    #[test]
    fn other_characters_are_text() {
        for (number, pattern, expected) in [
            ("42", "'No' 0", "No 42"),
            ("5", "# kg", "5 kg"),
            ("5", "0 '#'", "5 #"),
            ("5", "0 o''clock", "5 o'clock"),
            ("5", "'it''s' 0", "it's 5"),
            ("5", "€ 0", "€ 5"),
            ("5", "¤#,##0.00 (¤¤)", "$5.00 (USD)"),
            ("1234", "0 a 0", "1234 a "),
            ("-5", "-0;", "--5"),
        ] {
            check(number, pattern, expected);
        }
    }

    #[test]
    fn faulty_patterns_say_why() {
        for (pattern, reason) in [
            (
                "0#",
                "the number pattern has a `#` where only `0` may stand",
            ),
            (
                "0#.0#",
                "the number pattern has a `0` after a `#` that follows one",
            ),
            (
                "0#0",
                "the number pattern has a `0` after a `#` that follows one",
            ),
            ("0.0.0", "the number pattern has more than one point"),
            ("0,.0", "the number pattern has no digit after a `,`"),
            (
                "0 'open",
                "the number pattern has a quote that is not closed",
            ),
            ("0;0;0", "the number pattern has more than one `;`"),
            ("0.##E0", "number patterns with exponents are not supported"),
            ("%0%", "the number pattern has more than one `%`"),
            (";0", "the number pattern has no digit before its `;`"),
        ] {
            assert_eq!(
                format(Decimal::ONE, pattern),
                Err(reason.to_owned()),
                "{pattern}"
            );
        }
    }

    #[test]
    fn number_patterns_differ_from_date_patterns() {
        for pattern in ["#,##0.00", "0%", "000", "'No' 0", "# kg", "$0.00"] {
            assert!(is_number_pattern(pattern), "{pattern}");
        }
        for pattern in ["yyyy", "00 yyyy", "'#'", "", "dd/MM"] {
            assert!(!is_number_pattern(pattern), "{pattern}");
        }
    }
}
