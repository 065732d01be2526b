//! DECIMAL: decimal fractions of 96 bits with at most 28 digits after the point (language reference, 3).
//!
//! Every operation computes the exact result and rounds it once, half to even, to as many digits after the
//! point as fit; `None` means that even without any the magnitude exceeds 96 bits. Operands as scripts have
//! them (amounts, rates) take the inlined ways through 64 and 128 bits; the rest is outlined.

mod power;
mod text;
mod wide;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Neg;

pub use text::NumberText;
use wide::{MAX_MAGNITUDE, POWERS, Rest};

/// Digits after the point, at most.
const MAX_SCALE: u32 = 28;

/// The sign in `flags`; the lower bits are the scale.
const NEGATIVE: u8 = 0x80;

/// A decimal fraction: `magnitude / 10^scale` with a sign. Several representations may have one value
/// (`2.5`, `2.50`); comparison and hash go by value.
#[derive(Clone, Copy)]
pub struct Decimal {
    low: u64,
    high: u32,
    flags: u8,
}

impl Decimal {
    /// 0.
    pub const ZERO: Decimal = Decimal {
        low: 0,
        high: 0,
        flags: 0,
    };
    /// 1.
    pub const ONE: Decimal = Decimal {
        low: 1,
        high: 0,
        flags: 0,
    };
    /// 79228162514264337593543950335, the largest value.
    pub const MAX: Decimal = Decimal {
        low: u64::MAX,
        high: u32::MAX,
        flags: 0,
    };

    /// Sign and scale, then bits 64 to 95 and 0 to 63 of the magnitude, for storage elsewhere.
    #[inline]
    pub const fn parts(self) -> (u8, u32, u64) {
        (self.flags, self.high, self.low)
    }

    /// The decimal whose [`parts`](Self::parts) these are.
    #[inline]
    pub const fn from_parts(flags: u8, high: u32, low: u64) -> Decimal {
        Decimal { low, high, flags }
    }

    /// `magnitude` must fit 96 bits, `scale` be at most 28.
    #[inline]
    const fn new(negative: bool, magnitude: u128, scale: u32) -> Decimal {
        let sign = if negative { NEGATIVE } else { 0 };
        Decimal {
            low: magnitude as u64,
            high: (magnitude >> 64) as u32,
            flags: sign | scale as u8,
        }
    }

    #[inline]
    const fn magnitude(self) -> u128 {
        (self.high as u128) << 64 | self.low as u128
    }

    #[inline]
    const fn scale(self) -> u32 {
        (self.flags & !NEGATIVE) as u32
    }

    /// The sign as stored: a zero may carry one, which never shows.
    #[inline]
    const fn sign(self) -> bool {
        self.flags & NEGATIVE != 0
    }

    /// Whether the value is 0.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.high == 0 && self.low == 0
    }

    /// Whether the value is below 0.
    #[inline]
    pub const fn is_negative(self) -> bool {
        self.sign() && !self.is_zero()
    }

    /// The sum.
    #[inline]
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        if self.scale() == other.scale() {
            return add_aligned(self.flags, self.magnitude(), other.flags, other.magnitude());
        }
        add_unaligned(self, other)
    }

    /// The difference.
    #[inline]
    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        self.checked_add(-other)
    }

    /// The product.
    #[inline]
    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        if self.high | other.high != 0 {
            return multiply_wide(self, other);
        }
        let product = self.low as u128 * other.low as u128;
        let scale = self.scale() + other.scale();
        let negative = (self.flags ^ other.flags) & NEGATIVE != 0;
        if product <= MAX_MAGNITUDE && scale <= MAX_SCALE {
            return Some(Decimal::new(negative, product, scale));
        }
        fit(negative, product, scale, false)
    }

    /// The quotient; `None` also for the divisor 0.
    pub fn checked_div(self, other: Decimal) -> Option<Decimal> {
        divide(self, other)
    }

    /// What whole multiples of `other` leave of this value, with its sign; `None` only for the divisor 0.
    pub fn checked_rem(self, other: Decimal) -> Option<Decimal> {
        if other.is_zero() {
            return None;
        }
        let (dividend, divisor) = (self.magnitude(), other.magnitude());
        if self.scale() >= other.scale() {
            let aligned = wide::multiply(divisor, POWERS[(self.scale() - other.scale()) as usize]);
            // A divisor beyond 128 bits is larger than the dividend.
            let rest = wide::narrow(aligned).map_or(dividend, |divisor| dividend % divisor);
            return Some(Decimal::new(self.sign(), rest, self.scale()));
        }
        // The dividend gets zeros, nine at a time, so that rest * 10^9 stays below 2^126.
        let mut missing = other.scale() - self.scale();
        let mut rest = dividend % divisor;
        while missing > 0 {
            let digits = missing.min(9);
            rest = rest * POWERS[digits as usize] % divisor;
            missing -= digits;
        }
        Some(Decimal::new(self.sign(), rest, other.scale()))
    }

    /// The value without its sign.
    #[inline]
    pub fn abs(self) -> Decimal {
        Decimal {
            flags: self.flags & !NEGATIVE,
            ..self
        }
    }

    /// -1, 0 or 1.
    pub fn signum(self) -> Decimal {
        match (self.is_zero(), self.sign()) {
            (true, _) => Decimal::ZERO,
            (false, false) => Decimal::ONE,
            (false, true) => -Decimal::ONE,
        }
    }

    /// The value without zeros at the end of its fraction: one representation for each value.
    pub fn normalized(self) -> Decimal {
        let (magnitude, scale) = without_zeros(self.magnitude(), self.scale());
        Decimal::new(self.is_negative(), magnitude, scale)
    }

    /// Whether there is nothing but zeros after the point.
    pub fn is_whole(self) -> bool {
        self.scale() == 0
            || wide::drop_digits(self.magnitude(), self.scale(), false).1 == Rest::Nothing
    }

    /// The value without its fraction.
    pub fn trunc(self) -> Decimal {
        let (whole, _) = wide::drop_digits(self.magnitude(), self.scale(), false);
        Decimal::new(self.sign(), whole, 0)
    }

    /// The fraction, with the sign of the value.
    pub fn fraction(self) -> Decimal {
        let whole = self.trunc().magnitude() * POWERS[self.scale() as usize];
        Decimal::new(self.sign(), self.magnitude() - whole, self.scale())
    }

    /// The largest whole value that is not above this one. Always fits: a value with a fraction has a
    /// whole part far below the bound.
    pub fn floor(self) -> Decimal {
        let whole = self.trunc();
        if self.is_negative() && !self.is_whole() {
            return Decimal::new(true, whole.magnitude() + 1, 0);
        }
        whole
    }

    /// The smallest whole value that is not below this one.
    pub fn ceil(self) -> Decimal {
        -(-self).floor()
    }

    /// Rounded half away from zero to `places` digits after the point, which may be negative; `None` when
    /// the rounded magnitude no longer fits.
    pub fn round(self, places: i64) -> Option<Decimal> {
        self.cut(places, |rest| matches!(rest, Rest::Half | Rest::AboveHalf))
    }

    /// Cut to `places` digits after the point, which may be negative.
    pub fn truncate(self, places: i64) -> Decimal {
        // Cutting never makes a magnitude larger, so there always is a result.
        self.cut(places, |_| false).unwrap_or(self)
    }

    fn cut(self, places: i64, away_from_zero: impl Fn(Rest) -> bool) -> Option<Decimal> {
        let scale = self.scale();
        if places >= scale as i64 {
            return Some(self);
        }
        // Below 10^29 / 10^30 everything is 0.
        let digits = (scale as i64).saturating_sub(places);
        if digits > 29 {
            return Some(Decimal::ZERO);
        }
        let (kept, rest) = wide::drop_digits(self.magnitude(), digits as u32, false);
        let kept = kept + away_from_zero(rest) as u128;
        if places >= 0 {
            return Some(Decimal::new(self.sign(), kept, places as u32));
        }
        let magnitude = kept.checked_mul(POWERS[places.unsigned_abs() as usize])?;
        (magnitude <= MAX_MAGNITUDE).then(|| Decimal::new(self.sign(), magnitude, 0))
    }

    /// The whole value as 64 bits; `None` when there is a fraction or it does not fit.
    pub fn to_i64_exact(self) -> Option<i64> {
        if self.is_whole() {
            self.to_i64_truncated()
        } else {
            None
        }
    }

    /// The value without its fraction as 64 bits, if it fits.
    pub fn to_i64_truncated(self) -> Option<i64> {
        let whole = self.trunc().magnitude();
        if self.sign() {
            i64::try_from(-(whole as i128)).ok()
        } else {
            i64::try_from(whole).ok()
        }
    }

    /// The square root, exact when it is a decimal, else as a double computes it; `None` below 0.
    pub fn sqrt(self) -> Option<Decimal> {
        if self.is_negative() {
            return None;
        }
        let odd = self.scale() % 2;
        let square = self.magnitude() * POWERS[odd as usize];
        let root = square.isqrt();
        if root * root == square {
            return Some(Decimal::new(false, root, (self.scale() + odd) / 2));
        }
        Decimal::from_f64(self.to_f64().sqrt())
    }

    /// The decimal with the shortest digits that read back as this double; `None` when it is infinite, not a
    /// number, or too large.
    pub fn from_f64(value: f64) -> Option<Decimal> {
        if !value.is_finite() {
            return None;
        }
        // "1.2345e-7": at most 17 digits.
        let text = format!("{:e}", value.abs());
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = fraction.len() as i64 - exponent.parse::<i64>().ok()?;
        if digits == 0 || scale > 2 * MAX_SCALE as i64 {
            return Some(Decimal::ZERO);
        }
        if scale < 0 {
            let power = POWERS.get(scale.unsigned_abs() as usize)?;
            return fit(value < 0.0, digits.checked_mul(*power)?, 0, false);
        }
        fit(value < 0.0, digits, scale as u32, false)
    }

    /// The double nearest to the value.
    pub fn to_f64(self) -> f64 {
        /// Up to here, doubles hold every whole number and power of ten exactly, so one division rounds once.
        const EXACT: u128 = 1 << 53;
        let (magnitude, scale) = (self.magnitude(), self.scale());
        if magnitude <= EXACT && scale <= 22 {
            let value = magnitude as f64 / POWERS[scale as usize] as f64;
            return if self.is_negative() { -value } else { value };
        }
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

/// `POWER_BITS[k]` is the number of bits of 10^k.
static POWER_BITS: [u32; MAX_SCALE as usize + 1] = {
    let mut table = [0; MAX_SCALE as usize + 1];
    let mut k = 0;
    while k < table.len() {
        table[k] = 128 - POWERS[k].leading_zeros();
        k += 1;
    }
    table
};

impl From<i64> for Decimal {
    #[inline]
    fn from(value: i64) -> Decimal {
        Decimal {
            low: value.unsigned_abs(),
            high: 0,
            flags: if value < 0 { NEGATIVE } else { 0 },
        }
    }
}

impl Neg for Decimal {
    type Output = Decimal;

    #[inline]
    fn neg(self) -> Decimal {
        Decimal {
            flags: self.flags ^ NEGATIVE,
            ..self
        }
    }
}

impl PartialEq for Decimal {
    #[inline]
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    #[inline]
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    #[inline]
    fn cmp(&self, other: &Decimal) -> Ordering {
        if self.sign() != other.sign() {
            return match (self.is_zero() && other.is_zero(), self.sign()) {
                (true, _) => Ordering::Equal,
                (false, true) => Ordering::Less,
                (false, false) => Ordering::Greater,
            };
        }
        let ordering = compare_magnitudes(*self, *other);
        if self.sign() {
            ordering.reverse()
        } else {
            ordering
        }
    }
}

/// A whole value hashes as the NUMBER it equals.
impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.to_i64_exact() {
            Some(whole) => whole.hash(state),
            None => {
                let (flags, high, low) = self.normalized().parts();
                low.hash(state);
                high.hash(state);
                flags.hash(state);
            }
        }
    }
}

#[inline]
fn compare_magnitudes(a: Decimal, b: Decimal) -> Ordering {
    match a.scale().cmp(&b.scale()) {
        Ordering::Equal => a.magnitude().cmp(&b.magnitude()),
        Ordering::Less => compare_coarse(a, b),
        Ordering::Greater => compare_coarse(b, a).reverse(),
    }
}

fn compare_coarse(coarse: Decimal, fine: Decimal) -> Ordering {
    let digits = fine.scale() - coarse.scale();
    if let Some(aligned) = append_zeros(coarse, digits) {
        return aligned.cmp(&fine.magnitude());
    }
    let aligned = wide::multiply(coarse.magnitude(), POWERS[digits as usize]);
    let fine = wide::split(fine.magnitude());
    aligned.iter().rev().cmp(fine.iter().rev())
}

/// `magnitude * 10^digits`, when 64 bits and the power are enough to say that it is below 2^127.
#[inline]
fn append_zeros(value: Decimal, digits: u32) -> Option<u128> {
    let bits = 64 - value.low.leading_zeros() + POWER_BITS[digits as usize];
    (value.high == 0 && bits <= 127).then(|| POWERS[digits as usize] * value.low as u128)
}

/// Adds two magnitudes below 2^127 and 2^96 of the same scale, which `b_flags` holds.
#[inline]
fn add_aligned(a_flags: u8, a: u128, b_flags: u8, b: u128) -> Option<Decimal> {
    let (flags, sum) = if (a_flags ^ b_flags) & NEGATIVE == 0 {
        (a_flags, a + b)
    } else if a >= b {
        (a_flags, a - b)
    } else {
        (b_flags, b - a)
    };
    if sum <= MAX_MAGNITUDE {
        return Some(Decimal {
            low: sum as u64,
            high: (sum >> 64) as u32,
            flags,
        });
    }
    fit(
        flags & NEGATIVE != 0,
        sum,
        (flags & !NEGATIVE) as u32,
        false,
    )
}

/// The operand with fewer digits after the point gets zeros.
#[inline(never)]
fn add_unaligned(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (coarse, fine) = if a.scale() < b.scale() {
        (a, b)
    } else {
        (b, a)
    };
    let digits = fine.scale() - coarse.scale();
    if let Some(aligned) = append_zeros(coarse, digits) {
        let flags = (coarse.flags & NEGATIVE) | fine.scale() as u8;
        return add_aligned(flags, aligned, fine.flags, fine.magnitude());
    }
    let aligned = wide::multiply(coarse.magnitude(), POWERS[digits as usize]);
    let other = wide::split(fine.magnitude());
    let (negative, sum) = if coarse.sign() == fine.sign() {
        (fine.sign(), wide::add(aligned, other))
    } else if wide::less(aligned, other) {
        (fine.sign(), wide::subtract(other, aligned))
    } else {
        (coarse.sign(), wide::subtract(aligned, other))
    };
    fit_wide(negative, sum, fine.scale())
}

#[inline(never)]
fn multiply_wide(a: Decimal, b: Decimal) -> Option<Decimal> {
    let product = wide::multiply(a.magnitude(), b.magnitude());
    let negative = (a.flags ^ b.flags) & NEGATIVE != 0;
    fit_wide(negative, product, a.scale() + b.scale())
}

fn fit_wide(negative: bool, value: wide::Wide, scale: u32) -> Option<Decimal> {
    if let Some(value) = wide::narrow(value) {
        return fit(negative, value, scale, false);
    }
    let digits = wide::excess_digits_wide(value).max(scale.saturating_sub(MAX_SCALE));
    if digits > scale {
        return None;
    }
    let (quotient, rest) = wide::drop_digits_wide(value, digits);
    let quotient = quotient + rest.rounds_up_to_even(quotient) as u128;
    Some(Decimal::new(negative, quotient, scale - digits))
}

/// The decimal nearest to `value / 10^scale`, the scale being at most 56. `more` tells that the exact value
/// has digits below the last of `value`; then at least one digit of `value` must be too many.
#[inline(never)]
fn fit(negative: bool, value: u128, scale: u32, more: bool) -> Option<Decimal> {
    let digits = wide::excess_digits(value).max(scale.saturating_sub(MAX_SCALE));
    drop_digits(negative, value, scale, digits, more)
}

fn drop_digits(
    negative: bool,
    value: u128,
    scale: u32,
    digits: u32,
    more: bool,
) -> Option<Decimal> {
    if digits > scale {
        return None;
    }
    let (quotient, rest) = wide::drop_digits(value, digits, more);
    let quotient = quotient + rest.rounds_up_to_even(quotient) as u128;
    Some(Decimal::new(negative, quotient, scale - digits))
}

/// `magnitude` without zeros at its end, as far as they stand after the point.
fn without_zeros(mut magnitude: u128, mut scale: u32) -> (u128, u32) {
    if magnitude == 0 {
        return (0, 0);
    }
    for digits in [16, 8, 4, 2, 1] {
        // A multiple of 10^k is one of 2^k: that spares most divisions.
        while scale >= digits && magnitude.trailing_zeros() >= digits {
            let (quotient, rest) = wide::divide(magnitude, digits);
            if rest != 0 {
                break;
            }
            magnitude = quotient;
            scale -= digits;
        }
    }
    (magnitude, scale)
}

/// The quotient is computed with as many digits as surely fit (`digits` zeros appended to the dividend), then
/// digit by digit while there is room, then rounded by what is left over.
#[inline(never)]
fn divide(dividend: Decimal, divisor: Decimal) -> Option<Decimal> {
    let (n, d) = (dividend.magnitude(), divisor.magnitude());
    if d == 0 {
        return None;
    }
    if n == 0 {
        return Some(Decimal::ZERO);
    }
    let negative = (dividend.flags ^ divisor.flags) & NEGATIVE != 0;
    // n / d < 2^(bits(n) - bits(d) + 1). The scale of the quotient is a.scale - b.scale + digits, 0 to 28.
    let fitting = wide::digits_of_bits(95 + wide::bits(d) - wide::bits(n));
    let needed = divisor.scale().saturating_sub(dividend.scale());
    let useful = MAX_SCALE + divisor.scale() - dividend.scale();
    let digits = fitting.min(useful).max(needed);
    let mut scale = dividend.scale() + digits - divisor.scale();

    let (mut quotient, mut rest) = if d <= u32::MAX as u128 {
        divide_by_word(n, digits, d as u64)?
    } else {
        // Below 2^192 in all: n * 10^fitting < 2^96 * d, and n * 10^needed < 2^96 * 2^94.
        let second = digits.min(MAX_SCALE);
        let first = n * POWERS[(digits - second) as usize];
        let (quotient, rest) =
            wide::divide_by_any(wide::multiply(first, POWERS[second as usize]), d);
        (
            wide::narrow(quotient).filter(|quotient| *quotient <= MAX_MAGNITUDE)?,
            rest,
        )
    };
    while rest != 0 && scale < MAX_SCALE {
        let (digit, left) = (rest * 10 / d, rest * 10 % d);
        let longer = quotient * 10 + digit;
        // Rounding up must not leave the 96 bits either; without that digit there is always room.
        if longer > MAX_MAGNITUDE || (longer == MAX_MAGNITUDE && left * 2 >= d) {
            break;
        }
        (quotient, rest, scale) = (longer, left, scale + 1);
    }
    if rest == 0 {
        let (quotient, scale) = without_zeros(quotient, scale);
        return Some(Decimal::new(negative, quotient, scale));
    }
    let up = rest * 2 > d || (rest * 2 == d && quotient & 1 == 1);
    let quotient = quotient + up as u128;
    if quotient > MAX_MAGNITUDE {
        // The quotient was the largest magnitude and more than a half: one digit fewer.
        return drop_digits(negative, MAX_MAGNITUDE, scale, 1, true);
    }
    Some(Decimal::new(negative, quotient, scale))
}

/// Divides `n * 10^digits` by a divisor of 32 bits, in steps of 32 bits; quotient and rest. `None` when the
/// quotient exceeds 96 bits.
#[inline]
fn divide_by_word(n: u128, digits: u32, d: u64) -> Option<(u128, u128)> {
    let numerator = n.checked_mul(*POWERS.get(digits as usize)?)?;
    let (high, low) = ((numerator >> 64) as u64, numerator as u64);
    let upper = high / d;
    if upper > u32::MAX as u64 {
        return None;
    }
    let part = (high % d) << 32 | low >> 32;
    let middle = part / d;
    let part = (part % d) << 32 | (low & u32::MAX as u64);
    let lower = part / d;
    let quotient = (upper as u128) << 64 | (middle as u128) << 32 | lower as u128;
    Some((quotient, (part % d) as u128))
}

#[cfg(test)]
mod tests;
