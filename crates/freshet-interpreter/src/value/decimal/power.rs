//! Whole powers, computed with some 400 digits and rounded once. A power that ends within the digits of a
//! decimal is exact that way; in any other the digits dropped on the way are far below those that decide.

use std::cmp::Ordering;

use super::{Decimal, MAX_SCALE, fit, without_zeros};

/// Digits in a limb.
const LIMB_DIGITS: usize = 9;
const BASE: u64 = 1_000_000_000;

/// 405 digits. The error of a product is below 10^-395 of it, and the exponent multiplies that by 10^19 at most.
const MAX_LIMBS: usize = 45;

/// Beyond 10^31 nothing fits, below 10^-31 everything rounds to 0.
const MAX_EXPONENT: i64 = 31;

/// `limbs / 10^scale`, limbs from the lowest, the last not 0.
struct Long {
    limbs: Vec<u32>,
    scale: i64,
    /// Whether digits were dropped.
    more: bool,
}

impl Decimal {
    /// The value to a whole power; `None` when the result is too large or 0 has a negative exponent.
    pub fn power(self, exponent: i64) -> Option<Decimal> {
        if exponent == 0 {
            return Some(Decimal::ONE);
        }
        if self.is_zero() {
            return (exponent > 0).then_some(Decimal::ZERO);
        }
        let negative = self.is_negative() && exponent % 2 != 0;
        let (magnitude, scale) = without_zeros(self.magnitude(), self.scale());
        let base = Long::new(magnitude, scale);
        let mut result = Long::new(magnitude, scale);
        let steps = exponent.unsigned_abs();
        for bit in (0..steps.ilog2()).rev() {
            result = result.times(&result);
            if steps >> bit & 1 == 1 {
                result = result.times(&base);
            }
            // From here on the power only moves away from 1.
            let exponent_of_ten = result.digits().len() as i64 - result.scale;
            if exponent_of_ten.abs() > MAX_EXPONENT {
                let is_tiny = (exponent_of_ten < 0) == (exponent > 0);
                return is_tiny.then_some(Decimal::ZERO);
            }
        }
        let rounded = if exponent > 0 {
            round(negative, &result.digits(), result.scale, result.more)
        } else {
            let (digits, scale, more) = result.reciprocal();
            round(negative, &digits, scale, more)
        };
        rounded.map(Decimal::normalized)
    }
}

impl Long {
    fn new(magnitude: u128, scale: u32) -> Long {
        let mut limbs = Vec::new();
        let mut rest = magnitude;
        while rest > 0 {
            limbs.push((rest % BASE as u128) as u32);
            rest /= BASE as u128;
        }
        Long {
            limbs,
            scale: scale as i64,
            more: false,
        }
    }

    fn times(&self, other: &Long) -> Long {
        let mut limbs = vec![0; self.limbs.len() + other.limbs.len()];
        for (i, a) in self.limbs.iter().enumerate() {
            let mut carry = 0;
            for (j, b) in other.limbs.iter().enumerate() {
                let sum = limbs[i + j] as u64 + *a as u64 * *b as u64 + carry;
                limbs[i + j] = (sum % BASE) as u32;
                carry = sum / BASE;
            }
            limbs[i + other.limbs.len()] = carry as u32;
        }
        trim(&mut limbs);
        let surplus = limbs.len().saturating_sub(MAX_LIMBS);
        let dropped = limbs.drain(..surplus).any(|limb| limb != 0);
        Long {
            limbs,
            scale: self.scale + other.scale - (surplus * LIMB_DIGITS) as i64,
            more: self.more || other.more || dropped,
        }
    }

    /// The digits of the whole number, from the highest.
    fn digits(&self) -> String {
        let mut digits = String::new();
        for limb in self.limbs.iter().rev() {
            digits.push_str(&if digits.is_empty() {
                limb.to_string()
            } else {
                format!("{limb:09}")
            });
        }
        digits
    }

    /// 1 divided by the value, by long division: some 38 digits, their scale, whether more would follow.
    fn reciprocal(&self) -> (String, i64, bool) {
        let places = self.digits().len() + 38;
        let mut quotient = String::new();
        let mut rest: Vec<u32> = Vec::new();
        // The dividend is a one and `places` zeros.
        for place in 0..=places {
            let mut carry = (place == 0) as u64;
            for limb in &mut rest {
                let product = *limb as u64 * 10 + carry;
                *limb = (product % BASE) as u32;
                carry = product / BASE;
            }
            if carry > 0 {
                rest.push(carry as u32);
            }
            let mut digit = b'0';
            while compare(&rest, &self.limbs) != Ordering::Less {
                subtract(&mut rest, &self.limbs);
                digit += 1;
            }
            if digit > b'0' || !quotient.is_empty() {
                quotient.push(digit as char);
            }
        }
        (
            quotient,
            places as i64 - self.scale,
            self.more || !rest.is_empty(),
        )
    }
}

fn trim(limbs: &mut Vec<u32>) {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
}

fn compare(a: &[u32], b: &[u32]) -> Ordering {
    a.len()
        .cmp(&b.len())
        .then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// `a -= b`, where `b` is not larger.
fn subtract(a: &mut Vec<u32>, b: &[u32]) {
    let mut borrow = 0;
    for (i, limb) in a.iter_mut().enumerate() {
        let taken = b.get(i).copied().unwrap_or(0) as i64 + borrow;
        let left = *limb as i64 - taken;
        borrow = (left < 0) as i64;
        *limb = (left + borrow * BASE as i64) as u32;
    }
    trim(a);
}

/// The decimal nearest to `digits / 10^scale`.
fn round(negative: bool, digits: &str, scale: i64, more: bool) -> Option<Decimal> {
    // 38 digits fit 128 bits, and 56 after the point leave 28 to round.
    let beyond = (scale - 2 * MAX_SCALE as i64)
        .max(digits.len() as i64 - 38)
        .max(0);
    let scale = u32::try_from(scale - beyond).ok()?;
    let kept = digits.len().saturating_sub(beyond as usize);
    let more = more || digits[kept..].bytes().any(|digit| digit != b'0');
    let value = if kept == 0 {
        0
    } else {
        digits[..kept].parse().ok()?
    };
    fit(negative, value, scale, more)
}
