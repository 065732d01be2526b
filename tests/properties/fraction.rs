//! Exact fractions of whole numbers of any size, and what a DECIMAL must make of them (language reference, 3). Slow and
//! simple: every step is schoolbook arithmetic.

use std::cmp::Ordering;

/// A whole number from 0 on: digits to the base 2^32, the lowest first, no zeros at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Natural(Vec<u32>);

impl Natural {
    pub fn new(mut value: u128) -> Self {
        let mut digits = Vec::new();
        while value > 0 {
            digits.push(value as u32);
            value >>= 32;
        }
        Self(digits)
    }

    /// 10 to the power `exponent`.
    pub fn ten_to(exponent: u32) -> Self {
        (0..exponent).fold(Self::new(1), |power, _| power.times(&Self::new(10)))
    }

    /// The value of decimal digits.
    pub fn read(digits: &str) -> Self {
        digits.bytes().fold(Self::new(0), |value, digit| {
            value
                .times(&Self::new(10))
                .plus(&Self::new(u128::from(digit - b'0')))
        })
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn digit(&self, place: usize) -> u64 {
        u64::from(self.0.get(place).copied().unwrap_or(0))
    }

    fn trimmed(mut digits: Vec<u32>) -> Self {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Self(digits)
    }

    pub fn plus(&self, other: &Self) -> Self {
        let mut digits = Vec::new();
        let mut carry = 0;
        for place in 0..=self.0.len().max(other.0.len()) {
            let sum = self.digit(place) + other.digit(place) + carry;
            digits.push(sum as u32);
            carry = sum >> 32;
        }
        Self::trimmed(digits)
    }

    /// The difference; `other` must not be larger.
    pub fn minus(&self, other: &Self) -> Self {
        let mut digits = Vec::new();
        let mut borrow = 0;
        for place in 0..self.0.len() {
            let difference = (1 << 32) + self.digit(place) - other.digit(place) - borrow;
            digits.push(difference as u32);
            borrow = u64::from(difference < 1 << 32);
        }
        assert_eq!(borrow, 0, "a difference below zero");
        Self::trimmed(digits)
    }

    pub fn times(&self, other: &Self) -> Self {
        let mut digits = vec![0; self.0.len() + other.0.len()];
        for (place, digit) in self.0.iter().enumerate() {
            let mut carry = 0;
            for other_place in 0..other.0.len() {
                let sum = u64::from(*digit) * other.digit(other_place)
                    + u64::from(digits[place + other_place])
                    + carry;
                digits[place + other_place] = sum as u32;
                carry = sum >> 32;
            }
            digits[place + other.0.len()] = carry as u32;
        }
        Self::trimmed(digits)
    }

    /// Quotient and rest, bit by bit.
    pub fn divided(&self, divisor: &Self) -> (Self, Self) {
        let mut quotient = vec![0; self.0.len()];
        let mut rest = Self::new(0);
        for place in (0..self.0.len()).rev() {
            for bit in (0..32).rev() {
                rest = rest
                    .plus(&rest)
                    .plus(&Self::new(u128::from(self.0[place] >> bit & 1)));
                if rest >= *divisor {
                    rest = rest.minus(divisor);
                    quotient[place] |= 1 << bit;
                }
            }
        }
        (Self::trimmed(quotient), rest)
    }

    /// Its decimal digits.
    fn text(&self) -> String {
        let mut digits = Vec::new();
        let mut value = self.clone();
        while !value.is_zero() {
            let (rest, digit) = value.divided(&Self::new(10));
            digits.push(char::from(b'0' + digit.digit(0) as u8));
            value = rest;
        }
        digits.iter().rev().collect()
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0
            .len()
            .cmp(&other.0.len())
            .then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

/// `over / under`, with a sign.
#[derive(Clone, Debug)]
pub struct Fraction {
    pub negative: bool,
    pub over: Natural,
    pub under: Natural,
}

impl Fraction {
    /// A value of `digits` without their point, and `scale` of them behind it.
    pub fn decimal(negative: bool, digits: Natural, scale: u32) -> Self {
        Self {
            negative,
            over: digits,
            under: Natural::ten_to(scale),
        }
    }

    pub fn negated(self) -> Self {
        Self {
            negative: !self.negative,
            ..self
        }
    }

    pub fn plus(&self, other: &Self) -> Self {
        let (left, right) = (self.over.times(&other.under), other.over.times(&self.under));
        let under = self.under.times(&other.under);
        if self.negative == other.negative {
            return Self {
                negative: self.negative,
                over: left.plus(&right),
                under,
            };
        }
        let (negative, over) = match left >= right {
            true => (self.negative, left.minus(&right)),
            false => (other.negative, right.minus(&left)),
        };
        Self {
            negative,
            over,
            under,
        }
    }

    pub fn times(&self, other: &Self) -> Self {
        Self {
            negative: self.negative != other.negative,
            over: self.over.times(&other.over),
            under: self.under.times(&other.under),
        }
    }

    /// The quotient; `other` must not be 0.
    pub fn divided(&self, other: &Self) -> Self {
        Self {
            negative: self.negative != other.negative,
            over: self.over.times(&other.under),
            under: self.under.times(&other.over),
        }
    }

    /// What whole multiples of `other` leave, with the sign of this one.
    pub fn rest(&self, other: &Self) -> Self {
        let (left, right) = (self.over.times(&other.under), other.over.times(&self.under));
        Self {
            negative: self.negative,
            over: left.divided(&right).1,
            under: self.under.times(&other.under),
        }
    }

    pub fn compared(&self, other: &Self) -> Ordering {
        let difference = self.plus(&other.clone().negated());
        match (difference.over.is_zero(), difference.negative) {
            (true, _) => Ordering::Equal,
            (false, true) => Ordering::Less,
            (false, false) => Ordering::Greater,
        }
    }

    /// What a DECIMAL of this value prints; `None` if it is too large for one. Of the digits behind the point as many
    /// are kept as are allowed and fit; the rest is rounded half to even.
    pub fn as_decimal(&self) -> Option<String> {
        let largest = Natural::new((1 << 96) - 1);
        let (scale, digits) = (0..=28).rev().find_map(|scale| {
            let digits = self.rounded(scale);
            (digits <= largest).then_some((scale as usize, digits))
        })?;
        let digits = format!("{:0>width$}", digits.text(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let number = format!("{whole}.{fraction}");
        let number = number.trim_end_matches('0').trim_end_matches('.');
        let sign = if self.negative && number != "0" {
            "-"
        } else {
            ""
        };
        Some(format!("{sign}{number}"))
    }

    /// The digits without their point when `scale` of them are kept behind it.
    fn rounded(&self, scale: u32) -> Natural {
        let (quotient, rest) = self
            .over
            .times(&Natural::ten_to(scale))
            .divided(&self.under);
        let up = match rest.plus(&rest).cmp(&self.under) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => quotient.digit(0) % 2 == 1,
        };
        if up {
            quotient.plus(&Natural::new(1))
        } else {
            quotient
        }
    }
}
