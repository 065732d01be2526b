//! Whole numbers wider than 64 bits, as far as [`Decimal`](super::Decimal) needs them: products of up to
//! 192 bits and their division by a power of ten. Every divisor of a rounding is known in advance, so the
//! division multiplies by a stored reciprocal instead of dividing (Möller and Granlund, "Improved division
//! by invariant integers", algorithm 4).

/// The largest magnitude a decimal holds: 96 bits.
pub(super) const MAX_MAGNITUDE: u128 = (1 << 96) - 1;

/// 192 bits, the lowest limb first.
pub(super) type Wide = [u64; 3];

/// 10^0 … 10^38, all that fit 128 bits.
pub(super) const POWERS: [u128; 39] = {
    let mut table = [1; 39];
    let mut i = 1;
    while i < 39 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

/// A power of ten below 2^64, prepared for division.
struct Divisor {
    value: u64,
    /// `value` shifted left until its highest bit is set.
    normalized: u64,
    shift: u32,
    /// floor((2^128 - 1) / normalized) - 2^64.
    reciprocal: u64,
}

/// 10^19 is the largest power of ten below 2^64.
const LARGEST_DIVISOR: u32 = 19;

static DIVISORS: [Divisor; LARGEST_DIVISOR as usize + 1] = {
    const FIRST: Divisor = divisor(1);
    let mut table = [FIRST; LARGEST_DIVISOR as usize + 1];
    let mut i = 1;
    while i < table.len() {
        table[i] = divisor(POWERS[i] as u64);
        i += 1;
    }
    table
};

const fn divisor(value: u64) -> Divisor {
    let shift = value.leading_zeros();
    let normalized = value << shift;
    let reciprocal = (u128::MAX / normalized as u128 - (1 << 64)) as u64;
    Divisor {
        value,
        normalized,
        shift,
        reciprocal,
    }
}

/// `LIMITS[k]` is the smallest value that, divided by 10^k and rounded, no longer fits 96 bits. The largest
/// magnitude is odd, so a half above it rounds away from it. More than 28 digits at once are dropped only
/// from values for which the last entry is too small already.
static LIMITS: [Wide; 29] = {
    let mut table = [[0; 3]; 29];
    let mut k = 0;
    while k < 29 {
        // (MAX * 10^k) + 10^k / 2, rounded up for k = 0.
        let product = multiply(MAX_MAGNITUDE, POWERS[k]);
        table[k] = add(product, split(if k == 0 { 1 } else { POWERS[k] / 2 }));
        k += 1;
    }
    table
};

/// `LIMITS`, as far as it fits 128 bits.
static NARROW_LIMITS: [u128; 10] = {
    let mut table = [0; 10];
    let mut k = 0;
    while k < 10 {
        table[k] = (LIMITS[k][1] as u128) << 64 | LIMITS[k][0] as u128;
        k += 1;
    }
    table
};

pub(super) const fn split(value: u128) -> Wide {
    [value as u64, (value >> 64) as u64, 0]
}

/// The value, if it fits 128 bits.
#[inline]
pub(super) fn narrow(value: Wide) -> Option<u128> {
    (value[2] == 0).then_some((value[1] as u128) << 64 | value[0] as u128)
}

/// The product of two factors whose bits add up to at most 192.
pub(super) const fn multiply(a: u128, b: u128) -> Wide {
    let (a1, a0) = (a >> 64, a as u64 as u128);
    let (b1, b0) = (b >> 64, b as u64 as u128);
    let low = a0 * b0;
    let cross = a1 * b0;
    let middle = a0 * b1 + (low >> 64);
    let (middle, carry) = middle.overflowing_add(cross);
    let high = a1 * b1 + (middle >> 64) + ((carry as u128) << 64);
    [low as u64, middle as u64, high as u64]
}

pub(super) const fn add(a: Wide, b: Wide) -> Wide {
    let low = a[0] as u128 + b[0] as u128;
    let middle = a[1] as u128 + b[1] as u128 + (low >> 64);
    let high = a[2] as u128 + b[2] as u128 + (middle >> 64);
    [low as u64, middle as u64, high as u64]
}

/// `a - b`, where `b` is not larger.
pub(super) fn subtract(a: Wide, b: Wide) -> Wide {
    let (low, borrow) = a[0].overflowing_sub(b[0]);
    let (middle, borrow1) = a[1].overflowing_sub(b[1]);
    let (middle, borrow2) = middle.overflowing_sub(borrow as u64);
    let high = a[2]
        .wrapping_sub(b[2])
        .wrapping_sub((borrow1 || borrow2) as u64);
    [low, middle, high]
}

#[inline]
pub(super) fn less(a: Wide, b: Wide) -> bool {
    (a[2], a[1], a[0]) < (b[2], b[1], b[0])
}

#[inline]
pub(super) fn bits(value: u128) -> u32 {
    128 - value.leading_zeros()
}

/// floor(`bits` * log10(2)), for up to 200 bits.
#[inline]
pub(super) fn digits_of_bits(bits: u32) -> u32 {
    (bits * 1233) >> 12
}

/// How many digits must go so that the rounded rest fits 96 bits.
#[inline]
pub(super) fn excess_digits(value: u128) -> u32 {
    if value <= MAX_MAGNITUDE {
        return 0;
    }
    // value >= 2^(bits - 1), so this many digits are needed at least; the limits decide about one more.
    let mut digits = digits_of_bits(bits(value) - 97) + 1;
    while NARROW_LIMITS
        .get(digits as usize)
        .is_some_and(|limit| value >= *limit)
    {
        digits += 1;
    }
    digits
}

/// The same for 192 bits.
pub(super) fn excess_digits_wide(value: Wide) -> u32 {
    if let Some(value) = narrow(value) {
        return excess_digits(value);
    }
    let mut digits = digits_of_bits(192 - value[2].leading_zeros() - 97) + 1;
    while LIMITS
        .get(digits as usize)
        .is_some_and(|limit| !less(value, *limit))
    {
        digits += 1;
    }
    digits
}

/// Divides `high * 2^64 + low` by a divisor above `high`; quotient and rest.
#[inline]
fn divide_limbs(high: u64, low: u64, divisor: &Divisor) -> (u64, u64) {
    let estimate = divisor.reciprocal as u128 * high as u128 + ((high as u128) << 64 | low as u128);
    let mut quotient = ((estimate >> 64) as u64).wrapping_add(1);
    let mut rest = low.wrapping_sub(quotient.wrapping_mul(divisor.normalized));
    if rest > estimate as u64 {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(divisor.normalized);
    }
    if rest >= divisor.normalized {
        quotient += 1;
        rest -= divisor.normalized;
    }
    (quotient, rest)
}

/// Divides by 10^`digits`, at most 19 of them.
#[inline]
pub(super) fn divide(value: u128, digits: u32) -> (u128, u64) {
    let divisor = &DIVISORS[digits as usize];
    let (high, low) = ((value >> 64) as u64, value as u64);
    if high == 0 {
        return ((low / divisor.value) as u128, low % divisor.value);
    }
    let shifted = value << divisor.shift;
    let top = high.unbounded_shr(64 - divisor.shift);
    let (q1, rest) = divide_limbs(top, (shifted >> 64) as u64, divisor);
    let (q0, rest) = divide_limbs(rest, shifted as u64, divisor);
    ((q1 as u128) << 64 | q0 as u128, rest >> divisor.shift)
}

fn divide_wide(value: Wide, digits: u32) -> (Wide, u64) {
    let divisor = &DIVISORS[digits as usize];
    let shift = divisor.shift;
    let carried = |limb: u64| limb.unbounded_shr(64 - shift);
    let rest = carried(value[2]);
    let (q2, rest) = divide_limbs(rest, value[2] << shift | carried(value[1]), divisor);
    let (q1, rest) = divide_limbs(rest, value[1] << shift | carried(value[0]), divisor);
    let (q0, rest) = divide_limbs(rest, value[0] << shift, divisor);
    ([q0, q1, q2], rest >> shift)
}

/// What a division by a power of ten left over, seen from half of the divisor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rest {
    Nothing,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Rest {
    /// `rest` of a division by 10^`digits`; `more` tells that digits below `rest` are not all zero.
    #[inline]
    fn of(rest: u64, digits: u32, more: bool) -> Rest {
        if digits == 0 {
            return if more { Rest::BelowHalf } else { Rest::Nothing };
        }
        let half = DIVISORS[digits as usize].value / 2;
        if rest > half || (rest == half && more) {
            Rest::AboveHalf
        } else if rest == half {
            Rest::Half
        } else if rest > 0 || more {
            Rest::BelowHalf
        } else {
            Rest::Nothing
        }
    }

    /// Whether rounding half to even takes the next larger quotient.
    #[inline]
    pub(super) fn rounds_up_to_even(self, quotient: u128) -> bool {
        self == Rest::AboveHalf || (self == Rest::Half && quotient & 1 == 1)
    }
}

/// Divides by 10^`digits`, at most 38 of them. `more` tells that the value has digits below its last.
#[inline]
pub(super) fn drop_digits(value: u128, digits: u32, more: bool) -> (u128, Rest) {
    if digits <= LARGEST_DIVISOR {
        let (quotient, rest) = divide(value, digits);
        return (quotient, Rest::of(rest, digits, more));
    }
    let (value, below) = divide(value, LARGEST_DIVISOR);
    let digits = digits - LARGEST_DIVISOR;
    let (quotient, rest) = divide(value, digits);
    (quotient, Rest::of(rest, digits, more || below != 0))
}

/// The same for 192 bits, where the caller knows that the quotient fits 128.
pub(super) fn drop_digits_wide(value: Wide, digits: u32) -> (u128, Rest) {
    let first = digits.min(LARGEST_DIVISOR);
    let (value, below) = divide_wide(value, first);
    let value_low = (value[1] as u128) << 64 | value[0] as u128;
    if first == digits {
        return (value_low, Rest::of(below, digits, false));
    }
    let digits = digits - first;
    let (quotient, rest) = divide_wide(value, digits);
    (
        (quotient[1] as u128) << 64 | quotient[0] as u128,
        Rest::of(rest, digits, below != 0),
    )
}

/// Divides 192 bits by a divisor of at most 96; quotient and rest.
pub(super) fn divide_by_any(value: Wide, divisor: u128) -> (Wide, u128) {
    if divisor >> 64 == 0 {
        let mut quotient = [0; 3];
        let mut rest = 0;
        for i in (0..3).rev() {
            let part = rest << 64 | value[i] as u128;
            quotient[i] = (part / divisor) as u64;
            rest = part % divisor;
        }
        return (quotient, rest);
    }
    // Schoolbook division with two limbs: shifted so that the divisor's highest bit is set, each limb of the
    // quotient is estimated from the upper limb of the divisor and corrected at most twice.
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let carried = |limb: u64| limb.unbounded_shr(64 - shift);
    let limbs = [
        value[0] << shift,
        value[1] << shift | carried(value[0]),
        value[2] << shift | carried(value[1]),
        carried(value[2]),
    ];
    let mut rest = (limbs[3] as u128) << 64 | limbs[2] as u128;
    let mut quotient = [0; 3];
    if rest >= divisor {
        quotient[2] = 1;
        rest -= divisor;
    }
    for i in (0..2).rev() {
        (quotient[i], rest) = divide_three_limbs(rest, limbs[i], divisor);
    }
    (quotient, rest >> shift)
}

/// Divides `upper * 2^64 + lowest` by a divisor above `upper` whose highest bit is set.
fn divide_three_limbs(upper: u128, lowest: u64, divisor: u128) -> (u64, u128) {
    let (d1, d0) = (divisor >> 64, divisor as u64 as u128);
    let mut quotient = upper / d1;
    let mut rest = upper % d1;
    while quotient >> 64 != 0 || quotient * d0 > (rest << 64 | lowest as u128) {
        quotient -= 1;
        rest += d1;
        if rest >> 64 != 0 {
            break;
        }
    }
    let rest = (rest << 64 | lowest as u128).wrapping_sub(quotient * d0);
    (quotient as u64, rest)
}
