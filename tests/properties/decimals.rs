//! DECIMAL against exact fractions.

use freshet_interpreter::value::Decimal;
use proptest::prelude::*;

use super::fraction::{Fraction, Natural};
use super::holds;

/// A DECIMAL and the fraction it stands for.
type Number = (Decimal, Fraction);

/// Numbers of every size and scale, with a liking for the edges: few digits, powers of ten, the largest.
fn number() -> impl Strategy<Value = Number> {
    let magnitude = prop_oneof![
        0..2000_u128,
        (any::<u128>(), 32..128_u32).prop_map(|(bits, shift)| bits >> shift),
        (0..29_u32, 0..3_u128)
            .prop_map(|(power, near)| (10_u128.pow(power) + 1).saturating_sub(near)),
        (0..96_u32, 0..3_u128)
            .prop_map(|(power, near)| ((1_u128 << power) + 1).saturating_sub(near)),
        (0..5_u128).prop_map(|near| (1 << 96) - 1 - near),
    ];
    let magnitude = magnitude.prop_map(|magnitude| magnitude.min((1 << 96) - 1));
    (
        any::<bool>(),
        magnitude,
        prop_oneof![0..4_u32, 0..29_u32, Just(28_u32)],
    )
        .prop_map(|(negative, magnitude, scale)| {
            let flags = scale as u8 | if negative { 0x80 } else { 0 };
            let decimal = Decimal::from_parts(flags, (magnitude >> 64) as u32, magnitude as u64);
            (
                decimal,
                Fraction::decimal(negative, Natural::new(magnitude), scale),
            )
        })
}

fn shown(result: Option<Decimal>) -> Option<String> {
    result.map(|decimal| decimal.to_string())
}

#[test]
fn results_are_exact_and_rounded_once() {
    holds(
        5_000,
        || (number(), number()),
        |((left, exact_left), (right, exact_right))| {
            let (left, right) = (*left, *right);
            prop_assert_eq!(shown(Some(left)), exact_left.as_decimal(), "printing");
            prop_assert_eq!(
                shown(left.checked_add(right)),
                exact_left.plus(exact_right).as_decimal(),
                "{} + {}",
                left,
                right
            );
            prop_assert_eq!(
                shown(left.checked_sub(right)),
                exact_left.plus(&exact_right.clone().negated()).as_decimal(),
                "{} - {}",
                left,
                right
            );
            prop_assert_eq!(
                shown(left.checked_mul(right)),
                exact_left.times(exact_right).as_decimal(),
                "{} * {}",
                left,
                right
            );
            let (quotient, rest) = match right.is_zero() {
                true => (None, None),
                false => (
                    exact_left.divided(exact_right).as_decimal(),
                    exact_left.rest(exact_right).as_decimal(),
                ),
            };
            prop_assert_eq!(
                shown(left.checked_div(right)),
                quotient,
                "{} / {}",
                left,
                right
            );
            prop_assert_eq!(shown(left.checked_rem(right)), rest, "{} % {}", left, right);
            prop_assert_eq!(
                left.cmp(&right),
                exact_left.compared(exact_right),
                "{} and {}",
                left,
                right
            );
            Ok(())
        },
    );
}

#[test]
fn texts_are_read_exactly_and_rounded_once() {
    // Any digits, many zeros and halves, and a digit far behind another.
    let whole = || prop_oneof!["[0-9]{1,32}", "[059]{1,32}", "[1-9]0{0,32}[0-9]"];
    let fraction = || prop_oneof!["[0-9]{1,70}", "[059]{1,70}", "[1-9]0{0,70}[0-9]"];
    let text = || (prop::bool::ANY, whole(), prop::option::of(fraction()));
    holds(5_000, text, |(negative, whole, fraction)| {
        let behind = fraction.as_deref().unwrap_or("");
        let exact = Fraction::decimal(
            *negative,
            Natural::read(&format!("{whole}{behind}")),
            behind.len() as u32,
        );
        let sign = if *negative { "-" } else { "" };
        let point = if fraction.is_some() { "." } else { "" };
        let text = format!("{sign}{whole}{point}{behind}");
        prop_assert_eq!(shown(Decimal::parse(&text)), exact.as_decimal(), "{}", text);
        Ok(())
    });
}

#[test]
fn scripts_calculate_by_it() {
    holds(
        300,
        || (number(), number()),
        |((left, exact_left), (right, exact_right))| {
            // Literals have at most 28 digits; texts have all.
            let script = format!(
                "a = \"{left}\".toDecimal(); b = \"{right}\".toDecimal();
             try {{ info a + b; }} catch (e) {{ info \"none\"; }}
             try {{ info a * b; }} catch (e) {{ info \"none\"; }}
             try {{ info a / b; }} catch (e) {{ info \"none\"; }}
             info a < b;"
            );
            let none = || "none".to_owned();
            let quotient = (!right.is_zero())
                .then(|| exact_left.divided(exact_right).as_decimal())
                .flatten();
            let expected = [
                exact_left
                    .plus(exact_right)
                    .as_decimal()
                    .unwrap_or_else(none),
                exact_left
                    .times(exact_right)
                    .as_decimal()
                    .unwrap_or_else(none),
                quotient.unwrap_or_else(none),
                exact_left.compared(exact_right).is_lt().to_string(),
            ];
            let ran = super::host::run(&script).expect("a program");
            prop_assert_eq!(ran.lines, expected, "{}", script);
            Ok(())
        },
    );
}
