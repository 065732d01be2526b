#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::*;

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn printed(value: Option<Decimal>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

#[track_caller]
fn check(value: Option<Decimal>, expected: &str) {
    assert_eq!(printed(value), expected);
}

#[test]
fn printing_drops_zeros_and_the_sign_of_zero() {
    for (text, expected) in [
        ("2.50", "2.5"),
        ("-0.0", "0"),
        ("100.00", "100"),
        ("007", "7"),
        (".5", "0.5"),
        ("-0.05", "-0.05"),
        (" +12.340 ", "12.34"),
        (
            "79228162514264337593543950335",
            "79228162514264337593543950335",
        ),
        (
            "-7.9228162514264337593543950335",
            "-7.9228162514264337593543950335",
        ),
        (
            "0.0000000000000000000000000001",
            "0.0000000000000000000000000001",
        ),
        (
            "100000000000000000000000000.5",
            "100000000000000000000000000.5",
        ),
        ("10000000000000000000", "10000000000000000000"),
    ] {
        assert_eq!(decimal(text).to_string(), expected, "{text}");
    }
}

#[test]
fn number_texts_have_no_exponent_grouping_or_bare_point() {
    for text in [
        "", " ", ".", "5.", "1e3", "1,000", "+-1", "- 1", "0x1F", "1.2.3", "٣", "1_000", "+",
    ] {
        assert!(NumberText::read(text).is_none(), "{text}");
    }
    let text = NumberText::read("0012.500").unwrap();
    assert_eq!(
        (
            text.has_point(),
            text.significant_digits(),
            text.fraction_digits()
        ),
        (true, 5, 3)
    );
    assert_eq!(NumberText::read("0.00040").unwrap().significant_digits(), 2);
    assert_eq!(
        NumberText::read("-9223372036854775808").unwrap().to_i64(),
        Some(i64::MIN)
    );
    assert_eq!(
        NumberText::read("9223372036854775808").unwrap().to_i64(),
        None
    );
    assert_eq!(NumberText::read("5.0").unwrap().to_i64(), None);
}

#[test]
fn number_texts_round_once_half_to_even() {
    for (text, expected) in [
        ("0.00000000000000000000000000004", "0"),
        ("0.00000000000000000000000000005", "0"),
        (
            "0.000000000000000000000000000050000000000000000000000000000000000000000000000000001",
            "0.0000000000000000000000000001",
        ),
        (
            "0.00000000000000000000000000015",
            "0.0000000000000000000000000002",
        ),
        (
            "79228162514264337593543950335.4",
            "79228162514264337593543950335",
        ),
        ("79228162514264337593543950335.5", "none"),
        (
            "79228162514264337593543950335.49999999999999999999999999999999",
            "79228162514264337593543950335",
        ),
        ("79228162514264337593543950336", "none"),
        (
            "7.92281625142643375935439503355",
            "7.922816251426433759354395034",
        ),
        (
            "1.23456789012345678901234567885",
            "1.2345678901234567890123456788",
        ),
        (
            "1.234567890123456789012345678850000000000000000000000000000001",
            "1.2345678901234567890123456789",
        ),
    ] {
        check(Decimal::parse(text), expected);
    }
}

#[test]
fn sums_and_products_of_amounts_are_exact() {
    check(decimal("0.1").checked_add(decimal("0.2")), "0.3");
    check(decimal("19.99").checked_mul(decimal("3")), "59.97");
    check(decimal("1.10").checked_sub(decimal("1.1")), "0");
    check(decimal("100.25").checked_sub(decimal("0.25")), "100");
    check(decimal("0.0").checked_sub(decimal("4.0")), "-4");
    check(Decimal::MAX.checked_add(Decimal::ONE), "none");
    check(
        Decimal::MAX.checked_add(decimal("0.4")),
        "79228162514264337593543950335",
    );
    check(Decimal::MAX.checked_add(decimal("0.5")), "none");
    check(
        Decimal::MAX.checked_sub(decimal("0.5")),
        "79228162514264337593543950334",
    );
    check(
        decimal("79228162514264337593543950333").checked_add(decimal("0.5")),
        "79228162514264337593543950334",
    );
    check(
        Decimal::MAX.checked_mul(decimal("0.1")),
        "7922816251426433759354395033.5",
    );
    check(Decimal::MAX.checked_mul(Decimal::MAX), "none");
    check(
        decimal("-1000000000000000000").checked_mul(decimal("10000000000")),
        "-10000000000000000000000000000",
    );
    check(
        decimal("1000000000000000000").checked_mul(decimal("100000000000")),
        "none",
    );
    check(
        decimal("0.0000000001").checked_mul(decimal("0.0000000000000000001")),
        "0",
    );
    check(
        decimal("0.0000000000000000000000000001").checked_mul(decimal("1.5")),
        "0.0000000000000000000000000002",
    );
}

#[test]
fn quotients_have_as_many_digits_as_fit() {
    let divide = |a: &str, b: &str| printed(decimal(a).checked_div(decimal(b)));
    assert_eq!(divide("1", "3"), format!("0.{}", "3".repeat(28)));
    assert_eq!(divide("25", "3"), format!("8.{}", "3".repeat(27)));
    assert_eq!(divide("1", "300"), "0.0033333333333333333333333333");
    assert_eq!(divide("2", "3"), format!("0.{}7", "6".repeat(27)));
    assert_eq!(divide("10", "5"), "2");
    assert_eq!(divide("1234", "100"), "12.34");
    assert_eq!(divide("7", "-2"), "-3.5");
    assert_eq!(divide("0.0000000000000000000000000001", "2"), "0");
    assert_eq!(
        divide("0.0000000000000000000000000003", "2"),
        "0.0000000000000000000000000002"
    );
    assert_eq!(divide("79228162514264337593543950335", "0.1"), "none");
    assert_eq!(
        divide("79228162514264337593543950335", "10"),
        "7922816251426433759354395033.5"
    );
    assert_eq!(
        divide(
            "79228162514264337593543950335",
            "79228162514264337593543950335"
        ),
        "1"
    );
    assert_eq!(divide("1", "79228162514264337593543950335"), "0");
    assert_eq!(
        divide("1", "0.0000000000000000000000000001"),
        "10000000000000000000000000000"
    );
    assert_eq!(
        divide("1", "3.1415926535897932384626433833"),
        "0.3183098861837906715377675267"
    );
    assert_eq!(divide("5", "0.0"), "none");
    assert_eq!(divide("0.0", "5"), "0");
}

#[test]
fn remainders_keep_the_sign_of_the_left() {
    for (a, b, expected) in [
        ("-7", "3", "-1"),
        ("7", "-3", "1"),
        ("7.5", "2", "1.5"),
        ("2", "0.3", "0.2"),
        (
            "79228162514264337593543950335",
            "0.0000000000000000000000000007",
            "0.0000000000000000000000000002",
        ),
        (
            "0.0000000000000000000000000007",
            "79228162514264337593543950335",
            "0.0000000000000000000000000007",
        ),
        ("1", "0", "none"),
    ] {
        let rest = decimal(a).checked_rem(decimal(b));
        // 79228162514264337593543950335 * 10^28 leaves 2 or another digit below 7: computed by hand below.
        if a.starts_with("7922") {
            let modulus = 7u128;
            let mut left = 79228162514264337593543950335 % modulus;
            for _ in 0..28 {
                left = left * 10 % modulus;
            }
            assert_eq!(printed(rest), decimal(&format!("0.{left:028}")).to_string());
            continue;
        }
        check(rest, expected);
    }
}

#[test]
fn rounding_goes_half_away_from_zero() {
    for (text, places, expected) in [
        ("2.345", 2, "2.35"),
        ("-2.5", 0, "-3"),
        ("3.85", 1, "3.9"),
        ("7.49", 0, "7"),
        ("1284.6", -2, "1300"),
        ("1284.6", -4, "0"),
        ("5000", -4, "10000"),
        ("12.345", 40, "12.345"),
        ("12.345", -40, "0"),
        ("12.345", i64::MIN, "0"),
        ("12.345", i64::MAX, "12.345"),
        ("79228162514264337593543950335", -28, "none"),
        ("79228162514264337593543950335", -29, "none"),
        ("7.9228162514264337593543950335", -1, "10"),
        (
            "0.0000000000000000000000000005",
            27,
            "0.000000000000000000000000001",
        ),
    ] {
        check(decimal(text).round(places), expected);
    }
    for (text, places, expected) in [
        ("25.987", 1, "25.9"),
        ("9789.852", -2, "9700"),
        ("-9.99", 0, "-9"),
        ("79228162514264337593543950335", -29, "0"),
    ] {
        assert_eq!(decimal(text).truncate(places).to_string(), expected);
    }
}

#[test]
fn whole_parts_and_fractions() {
    for (text, floor, ceil, fraction, whole) in [
        ("10.1", "10", "11", "0.1", Some(10)),
        ("-10.1", "-11", "-10", "-0.1", Some(-10)),
        ("-25.25", "-26", "-25", "-0.25", Some(-25)),
        ("-0.5", "-1", "0", "-0.5", Some(0)),
        ("3.000", "3", "3", "0", Some(3)),
        (
            "9223372036854775808",
            "9223372036854775808",
            "9223372036854775808",
            "0",
            None,
        ),
        (
            "-9223372036854775808.9",
            "-9223372036854775809",
            "-9223372036854775808",
            "-0.9",
            Some(i64::MIN),
        ),
    ] {
        let value = decimal(text);
        assert_eq!(value.floor().to_string(), floor, "{text}");
        assert_eq!(value.ceil().to_string(), ceil, "{text}");
        assert_eq!(value.fraction().to_string(), fraction, "{text}");
        assert_eq!(value.to_i64_truncated(), whole, "{text}");
        assert_eq!(
            value.to_i64_exact(),
            whole.filter(|_| value.is_whole()),
            "{text}"
        );
    }
}

#[test]
fn equal_values_compare_and_hash_alike() {
    let hash = |value: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        value(&mut hasher);
        hasher.finish()
    };
    let of = |text: &str| hash(&|hasher| decimal(text).hash(hasher));
    assert_eq!(decimal("2.50"), decimal("2.5"));
    assert_eq!(decimal("-0.0"), decimal("0"));
    assert_eq!(of("2.50"), of("2.5"));
    assert_eq!(of("-0.0"), hash(&|hasher| 0i64.hash(hasher)));
    assert_eq!(of("-2.00"), hash(&|hasher| (-2i64).hash(hasher)));
    let ascending = [
        "-79228162514264337593543950335",
        "-1.5",
        "-0.0000000000000000000000000001",
        "0",
        "0.1",
        "0.11",
        "2",
        "10000000000000000000000000000",
    ];
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            assert_eq!(decimal(a).cmp(&decimal(b)), i.cmp(&j), "{a} {b}");
            assert_eq!(
                decimal(a).compare_number_text(b),
                Some(i.cmp(&j)),
                "{a} {b}"
            );
        }
    }
}

#[test]
fn number_texts_of_any_length_compare_exactly() {
    let seven = Decimal::from(7);
    assert_eq!(
        seven.compare_number_text(&format!("{}7.0", "0".repeat(60))),
        Some(Ordering::Equal)
    );
    assert_eq!(
        seven.compare_number_text(&format!("7.{}1", "0".repeat(60))),
        Some(Ordering::Less)
    );
    assert_eq!(
        seven.compare_number_text(&format!("6.{}", "9".repeat(60))),
        Some(Ordering::Greater)
    );
    assert_eq!(
        seven.compare_number_text(&"9".repeat(60)),
        Some(Ordering::Less)
    );
    assert_eq!(
        seven.compare_number_text(&format!("-{}", "9".repeat(60))),
        Some(Ordering::Greater)
    );
    assert_eq!(
        (-seven).compare_number_text(&format!("-{}", "9".repeat(60))),
        Some(Ordering::Greater)
    );
    assert_eq!(
        decimal("0.0").compare_number_text(&format!("-0.{}", "0".repeat(60))),
        Some(Ordering::Equal)
    );
    assert_eq!(
        decimal("7922816251426433759354395033.5")
            .compare_number_text("7922816251426433759354395033.60"),
        Some(Ordering::Less)
    );
    assert_eq!(seven.compare_number_text("seven"), None);
}

#[test]
fn whole_powers_are_rounded_once() {
    for (base, exponent, expected) in [
        ("1.1", 2, "1.21"),
        ("2", -1, "0.5"),
        ("2", 10, "1024"),
        ("2", 95, "39614081257132168796771975168"),
        ("2", 96, "none"),
        ("2", -28, "0.0000000037252902984619140625"),
        // 2^-29 ends with the 29th digit 5.
        ("2", -29, "0.0000000018626451492309570312"),
        ("-1.5", 3, "-3.375"),
        ("0.0000000001", 3, "0"),
        ("0", 0, "1"),
        ("0", -1, "none"),
        ("0", 5, "0"),
        ("10", 28, "10000000000000000000000000000"),
        ("10", 29, "none"),
        ("10", -28, "0.0000000000000000000000000001"),
        ("0.1", -28, "10000000000000000000000000000"),
        ("0.1", 29, "0"),
        ("-1", i64::MAX, "-1"),
        ("-1", i64::MIN, "1"),
        ("2", i64::MAX, "none"),
        ("2", i64::MIN, "0"),
        ("0.5", i64::MIN, "none"),
        ("3", -1, "0.3333333333333333333333333333"),
        ("1.000001", 1_000_000, "2.7182804693193768838197997085"),
    ] {
        check(decimal(base).power(exponent), expected);
    }
}

#[test]
fn roots_are_exact_when_they_can_be() {
    check(decimal("6.25").sqrt(), "2.5");
    check(decimal("6.250").sqrt(), "2.5");
    check(decimal("0").sqrt(), "0");
    check(decimal("2").sqrt(), "1.4142135623730951");
    check(
        decimal("0.0000000000000000000000000001").sqrt(),
        "0.00000000000001",
    );
    check(decimal("-4").sqrt(), "none");
}

#[test]
fn doubles_become_their_shortest_digits() {
    for (value, expected) in [
        (12.0 / 365.0, "0.03287671232876712"),
        (1e22, "10000000000000000000000"),
        (-0.1, "-0.1"),
        (1e-30, "0"),
        (5e-324, "0"),
        (7.9e28, "79000000000000000000000000000"),
        (8e28, "none"),
        (f64::MAX, "none"),
        (f64::NAN, "none"),
        (f64::INFINITY, "none"),
        (-0.0, "0"),
        (1.2345678901234567e-20, "0.0000000000000000000123456789"),
    ] {
        check(Decimal::from_f64(value), expected);
    }
    for text in [
        "0.1",
        "-123456789.123456789",
        "79228162514264337593543950335",
        "0.0000000000000000000000000001",
    ] {
        assert_eq!(decimal(text).to_f64(), text.parse::<f64>().unwrap());
    }
}

/// A slow model: digits of any number, lowest first, divided by a power of ten.
mod model {
    use std::cmp::Ordering;

    #[derive(Clone)]
    pub struct Exact {
        pub negative: bool,
        pub digits: Vec<u8>,
        pub scale: usize,
    }

    pub fn read(text: &str) -> Exact {
        let unsigned = text.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .rev()
            .map(|byte| byte - b'0')
            .collect();
        Exact {
            negative: text.starts_with('-'),
            digits: trim(digits),
            scale: fraction.len(),
        }
    }

    fn trim(mut digits: Vec<u8>) -> Vec<u8> {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        digits
    }

    fn shifted(digits: &[u8], by: usize) -> Vec<u8> {
        trim(
            std::iter::repeat_n(0, by)
                .chain(digits.iter().copied())
                .collect(),
        )
    }

    pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
        a.len()
            .cmp(&b.len())
            .then_with(|| a.iter().rev().cmp(b.iter().rev()))
    }

    fn plus(a: &[u8], b: &[u8]) -> Vec<u8> {
        let mut carry = 0;
        let mut sum = Vec::new();
        for i in 0..=a.len().max(b.len()) {
            let digit = a.get(i).unwrap_or(&0) + b.get(i).unwrap_or(&0) + carry;
            sum.push(digit % 10);
            carry = digit / 10;
        }
        trim(sum)
    }

    fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
        let mut borrow = 0;
        let mut difference = Vec::new();
        for (i, digit) in a.iter().enumerate() {
            let left = *digit as i8 - *b.get(i).unwrap_or(&0) as i8 - borrow;
            borrow = (left < 0) as i8;
            difference.push((left + 10 * borrow) as u8);
        }
        trim(difference)
    }

    pub fn add(a: &Exact, b: &Exact) -> Exact {
        let scale = a.scale.max(b.scale);
        let (x, y) = (
            shifted(&a.digits, scale - a.scale),
            shifted(&b.digits, scale - b.scale),
        );
        if a.negative == b.negative {
            return Exact {
                negative: a.negative,
                digits: plus(&x, &y),
                scale,
            };
        }
        if compare(&x, &y) == Ordering::Less {
            return Exact {
                negative: b.negative,
                digits: minus(&y, &x),
                scale,
            };
        }
        Exact {
            negative: a.negative,
            digits: minus(&x, &y),
            scale,
        }
    }

    pub fn multiply(a: &Exact, b: &Exact) -> Exact {
        let mut digits = Vec::new();
        for (i, digit) in b.digits.iter().enumerate() {
            for _ in 0..*digit {
                digits = plus(&digits, &shifted(&a.digits, i));
            }
        }
        Exact {
            negative: a.negative != b.negative,
            digits,
            scale: a.scale + b.scale,
        }
    }

    /// 60 digits after the point, and one more when there is a rest, so that ties and non-ties differ.
    pub fn divide(a: &Exact, b: &Exact) -> Exact {
        let mut rest: Vec<u8> = Vec::new();
        let mut quotient = Vec::new();
        let dividend = shifted(&a.digits, b.scale + 60 - a.scale);
        for digit in dividend.iter().rev() {
            rest = plus(&shifted(&rest, 1), &[*digit]);
            let mut count = 0;
            while compare(&rest, &b.digits) != Ordering::Less {
                rest = minus(&rest, &b.digits);
                count += 1;
            }
            quotient.insert(0, count);
        }
        quotient.insert(0, u8::from(!rest.is_empty()));
        Exact {
            negative: a.negative != b.negative,
            digits: trim(quotient),
            scale: 61,
        }
    }

    pub fn remainder(a: &Exact, b: &Exact) -> Exact {
        let scale = a.scale.max(b.scale);
        let (x, y) = (
            shifted(&a.digits, scale - a.scale),
            shifted(&b.digits, scale - b.scale),
        );
        let mut rest: Vec<u8> = Vec::new();
        for digit in x.iter().rev() {
            rest = plus(&shifted(&rest, 1), &[*digit]);
            while compare(&rest, &y) != Ordering::Less {
                rest = minus(&rest, &y);
            }
        }
        Exact {
            negative: a.negative,
            digits: rest,
            scale,
        }
    }

    /// The text of the value rounded half to even to as many places as leave 96 bits.
    pub fn rounded(value: &Exact) -> String {
        let largest = read("79228162514264337593543950335").digits;
        for places in (0..=28).rev() {
            let digits = if places >= value.scale {
                shifted(&value.digits, places - value.scale)
            } else {
                let cut = (value.scale - places).min(value.digits.len());
                let half = shifted(&[5], value.scale - places - 1);
                let kept = value.digits[cut..].to_vec();
                match compare(&trim(value.digits[..cut].to_vec()), &half) {
                    Ordering::Greater => plus(&kept, &[1]),
                    Ordering::Equal if kept.first().is_some_and(|digit| digit % 2 == 1) => {
                        plus(&kept, &[1])
                    }
                    _ => kept,
                }
            };
            if compare(&digits, &largest) != Ordering::Greater {
                return print(value.negative, &digits, places);
            }
        }
        "none".to_owned()
    }

    fn print(negative: bool, digits: &[u8], scale: usize) -> String {
        if digits.is_empty() {
            return "0".to_owned();
        }
        let mut text: String = digits
            .iter()
            .rev()
            .map(|digit| (b'0' + digit) as char)
            .collect();
        if text.len() <= scale {
            text = "0".repeat(scale + 1 - text.len()) + &text;
        }
        text.insert(text.len() - scale, '.');
        let text = text.trim_end_matches('0').trim_end_matches('.');
        if negative {
            format!("-{text}")
        } else {
            text.to_owned()
        }
    }
}

/// Operands of all lengths and scales, often with runs of nines, zeros and a five at the end.
fn operand(seed: &mut u64) -> Decimal {
    let mut next = |below: u64| {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        (*seed >> 11) % below
    };
    let bits = next(97) as u32;
    let random = (next(1 << 48) as u128) << 48 | next(1 << 48) as u128;
    let magnitude = match next(6) {
        0 => (1u128 << bits)
            .wrapping_sub(next(3) as u128)
            .min(MAX_MAGNITUDE),
        1 => POWERS[next(29) as usize] - 1 + next(3) as u128,
        2 => (POWERS[next(28) as usize] * 5).min(MAX_MAGNITUDE),
        3 => MAX_MAGNITUDE - next(20) as u128,
        _ => random >> (96 - bits.min(95)).min(95),
    };
    let scale = match next(3) {
        0 => next(4) as u32,
        1 => 28 - next(3) as u32,
        _ => next(29) as u32,
    };
    Decimal::new(next(2) == 0, magnitude, scale)
}

#[test]
fn arithmetic_agrees_with_the_slow_model() {
    let mut seed = 0x9E37_79B9_7F4A_7C15;
    for _ in 0..15_000 {
        let (a, b) = (operand(&mut seed), operand(&mut seed));
        let (x, y) = (model::read(&a.to_string()), model::read(&b.to_string()));
        assert_eq!(
            printed(a.checked_add(b)),
            model::rounded(&model::add(&x, &y)),
            "{a} + {b}"
        );
        let negated = model::Exact {
            negative: !y.negative,
            ..y.clone()
        };
        assert_eq!(
            printed(a.checked_sub(b)),
            model::rounded(&model::add(&x, &negated)),
            "{a} - {b}"
        );
        assert_eq!(
            printed(a.checked_mul(b)),
            model::rounded(&model::multiply(&x, &y)),
            "{a} * {b}"
        );
        let difference = model::add(&x, &negated);
        let order = match (difference.digits.is_empty(), difference.negative) {
            (true, _) => Ordering::Equal,
            (false, true) => Ordering::Less,
            (false, false) => Ordering::Greater,
        };
        assert_eq!(a.cmp(&b), order, "{a} <=> {b}");
        assert_eq!(
            a.compare_number_text(&b.to_string()),
            Some(order),
            "{a} <=> {b}"
        );
        if !b.is_zero() {
            assert_eq!(
                printed(a.checked_div(b)),
                model::rounded(&model::divide(&x, &y)),
                "{a} / {b}"
            );
            assert_eq!(
                printed(a.checked_rem(b)),
                model::rounded(&model::remainder(&x, &y)),
                "{a} % {b}"
            );
        }
        let text = a.to_string();
        assert_eq!(decimal(&text).to_string(), text);
        assert_eq!(decimal(&text), a);
        assert_eq!(a.normalized(), a);
        assert_eq!(
            Decimal::from_parts(a.parts().0, a.parts().1, a.parts().2),
            a
        );
    }
}
