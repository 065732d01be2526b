//! Decimals and number texts: reading (language reference, 2.4 and 4.4) and printing (10).

use std::cmp::Ordering;
use std::fmt;
use std::str;

use super::{Decimal, MAX_SCALE, drop_digits, wide};

/// A number text, taken apart: blanks around, an optional sign, digits, optionally a point and digits; or a
/// point and digits. It may have any length.
#[derive(Clone, Copy, Debug)]
pub struct NumberText<'t> {
    negative: bool,
    /// Without zeros at its start.
    whole: &'t str,
    /// `None` without a point.
    fraction: Option<&'t str>,
}

impl<'t> NumberText<'t> {
    /// Takes a text apart; `None` when it is no number text.
    pub fn read(text: &'t str) -> Option<NumberText<'t>> {
        let text = text.trim();
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (unsigned, None),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let well_formed = match fraction {
            Some(fraction) => !fraction.is_empty() && is_digits(fraction) && is_digits(whole),
            None => !whole.is_empty() && is_digits(whole),
        };
        well_formed.then(|| NumberText {
            negative,
            whole: whole.trim_start_matches('0'),
            fraction,
        })
    }

    /// Whether there is a point.
    pub fn has_point(&self) -> bool {
        self.fraction.is_some()
    }

    /// Digits without the zeros at the start, with those at the end.
    pub fn significant_digits(&self) -> usize {
        let fraction = self.fraction_text();
        if self.whole.is_empty() {
            fraction.trim_start_matches('0').len()
        } else {
            self.whole.len() + fraction.len()
        }
    }

    /// Digits after the point.
    pub fn fraction_digits(&self) -> usize {
        self.fraction_text().len()
    }

    /// The value as a NUMBER; `None` with a point or outside 64 bits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.has_point() || self.whole.len() > 19 {
            return None;
        }
        let mut magnitude: i128 = 0;
        for digit in self.whole.bytes() {
            magnitude = magnitude * 10 + i128::from(digit - b'0');
        }
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    /// The value, rounded as all decimals; `None` when it is too large.
    pub fn to_decimal(&self) -> Option<Decimal> {
        /// The largest magnitude has 29 digits before the point.
        const WHOLE_DIGITS: usize = 29;
        /// As many as fit 128 bits, so that rounding has at least nine to drop when there are more.
        const DIGITS: usize = 38;
        let fraction = self.fraction_text();
        if self.whole.len() > WHOLE_DIGITS {
            return None;
        }
        let mut value: u128 = 0;
        for digit in self.whole.bytes() {
            value = value * 10 + u128::from(digit - b'0');
        }
        let zeros = if value == 0 {
            fraction.len() - fraction.trim_start_matches('0').len()
        } else {
            0
        };
        let kept = fraction
            .len()
            .min(zeros + DIGITS - self.whole.len())
            .min(2 * MAX_SCALE as usize);
        for digit in fraction[..kept].bytes() {
            value = value * 10 + u128::from(digit - b'0');
        }
        let more = fraction[kept..].bytes().any(|digit| digit != b'0');
        let scale = kept as u32;
        let digits = wide::excess_digits(value).max(scale.saturating_sub(MAX_SCALE));
        drop_digits(self.negative, value, scale, digits, more)
    }

    fn fraction_text(&self) -> &'t str {
        self.fraction.unwrap_or("")
    }
}

impl Decimal {
    /// The value of a number text, rounded as all decimals; `None` when it is no number text or too large.
    pub fn parse(text: &str) -> Option<Decimal> {
        NumberText::read(text)?.to_decimal()
    }

    /// Compares with the exact value of a number text of any length; `None` when it is no number text.
    pub fn compare_number_text(self, text: &str) -> Option<Ordering> {
        let number = NumberText::read(text)?;
        if number.whole.len() + number.fraction_digits() <= MAX_SCALE as usize {
            return number.to_decimal().map(|value| self.cmp(&value));
        }
        let other_fraction = number.fraction_text().trim_end_matches('0');
        let other_is_zero = number.whole.is_empty() && other_fraction.is_empty();
        let other_is_negative = number.negative && !other_is_zero;
        if self.is_negative() != other_is_negative {
            return Some(if other_is_negative {
                Ordering::Greater
            } else {
                Ordering::Less
            });
        }
        // Same sign: the printed digits without superfluous zeros compare as the values do.
        let printed = self.abs().to_string();
        let (whole, fraction) = printed.split_once('.').unwrap_or((&printed, ""));
        let whole = whole.trim_start_matches('0');
        let ordering =
            (whole.len(), whole, fraction).cmp(&(number.whole.len(), number.whole, other_fraction));
        Some(if other_is_negative {
            ordering.reverse()
        } else {
            ordering
        })
    }

    /// Appends the value as it prints: no zeros at the end of the fraction, no exponent, a digit before the
    /// point, no point when whole.
    pub fn write_to(self, out: &mut String) {
        // 29 digits at most, or a zero and 28 after the point; filled from the end.
        let mut digits = [b'0'; 32];
        let end = digits.len();
        let start = if self.high == 0 {
            put_digits(&mut digits, end, self.low)
        } else {
            let (upper, lower) = wide::divide(self.magnitude(), 19);
            put_digits(&mut digits, end, lower);
            put_digits(&mut digits, end - 19, upper as u64)
        };
        let point = digits.len() - self.scale() as usize;
        let start = start.min(point - 1);
        let mut end = end;
        while end > point && digits[end - 1] == b'0' {
            end -= 1;
        }
        if self.is_negative() {
            out.push('-');
        }
        out.push_str(ascii(&digits[start..point]));
        if end > point {
            out.push('.');
            out.push_str(ascii(&digits[point..end]));
        }
    }
}

/// Writes the digits of a number so that they end before `end`; the index of the first.
fn put_digits(digits: &mut [u8; 32], end: usize, mut value: u64) -> usize {
    let mut start = end;
    while value > 0 {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    start
}

fn ascii(digits: &[u8]) -> &str {
    str::from_utf8(digits).unwrap_or_default()
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(32);
        self.write_to(&mut text);
        f.pad(&text)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
