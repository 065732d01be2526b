//! Functions of NUMBER and DECIMAL that compute exactly (Built-ins I, 3). Those of IEEE doubles are in `double`.

mod double;
mod words;

use super::builtin::{Builtin, Call, Kind, Receiver, example, optional, param};
use crate::error::{self, Fallible};
use crate::value::{Decimal, Type, Value};

pub(super) use double::DOUBLE;

/// What every function here is called on.
const NUMBERS: Receiver = Receiver::AnyOf(&[Type::Number, Type::Decimal]);

/// Index of all number functions, for names whose own page could not be read.
const INDEX: &str = "https://www.zoho.com/deluge/help/functions/number.html";

/// The functions.
pub(super) const NUMBER: &[Builtin] = &[
    Builtin {
        name: "abs",
        receiver: NUMBERS,
        returns: "NUMBER or DECIMAL, as the receiver",
        summary: "The number without its sign.",
        details: "Of the smallest NUMBER, -9223372036854775808, it is an error.",
        examples: &[
            example(
                r#"info (-2.5).abs();
info abs(-12);"#,
                "2.5\n12",
            ),
            example(
                r#"try
{
    info abs(-9223372036854775808);
}
catch (e)
{
    info e.message;
}"#,
                "the result of `abs` does not fit a NUMBER (64 bits)",
            ),
        ],
        words: &["absolute value", "magnitude", "positive"],
        source: INDEX,
        run: |call| match call.receiver() {
            Value::Number(number) => match number.checked_abs() {
                Some(number) => Ok(number.into()),
                None => Err(error::number_overflow("`abs`")),
            },
            _ => Ok(call.number()?.abs().into()),
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "ceil",
        receiver: NUMBERS,
        returns: "NUMBER",
        summary: "The smallest whole number that is not below this one.",
        examples: &[
            example(
                r#"info 10.1.ceil();
info (-2.7).ceil();"#,
                "11\n-2",
            ),
            example(
                r#"info (-0.5).ceil();
info 7.ceil();"#,
                "0\n7",
            ),
        ],
        words: &["round up", "ceiling", "integer"],
        source: INDEX,
        run: |call| whole(call, call.number()?.ceil()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "floor",
        receiver: NUMBERS,
        returns: "NUMBER",
        summary: "The largest whole number that is not above this one.",
        examples: &[
            example(
                r#"info 10.9.floor();
info (-2.1).floor();"#,
                "10\n-3",
            ),
            example(
                r#"info (-0.5).floor();
info 7.floor();"#,
                "-1\n7",
            ),
        ],
        words: &["round down", "integer"],
        source: "https://www.zoho.com/deluge/help/functions/number/floor.html",
        run: |call| whole(call, call.number()?.floor()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "round",
        receiver: NUMBERS,
        params: &[optional("places", Kind::Whole)],
        returns: "DECIMAL; NUMBER for 0 or fewer places",
        summary: "The number rounded to `places` digits after the point.",
        details: "Half is rounded away from zero. Negative places round left of the point; without an argument it is 0. A \
                  call binds more tightly than a sign: `-7.5.round(0)` is −(7.5.round(0)).",
        examples: &[
            example(
                r#"info 2.345.round(2);
info 218.5.round(0);
info 1284.6.round(-2);"#,
                "2.35\n219\n1300",
            ),
            example(
                r##"info (-2.5).round(0);
info 2.5.round(5);
info 7.round(-3);"##,
                "-3\n2.5\n0",
            ),
        ],
        words: &["nearest", "digits", "precision", "cents", "money"],
        source: "https://www.zoho.com/deluge/help/functions/number/round.html",
        run: |call| {
            let places = places(call)?;
            match call.number()?.round(places) {
                Some(rounded) if places > 0 => Ok(rounded.into()),
                Some(rounded) => whole(call, rounded),
                None => Err(error::decimal_overflow("`round`")),
            }
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "truncate",
        receiver: NUMBERS,
        params: &[optional("places", Kind::Whole)],
        returns: "DECIMAL; NUMBER for 0 or fewer places",
        summary: "The number cut after `places` digits behind the point.",
        details: "Nothing is rounded. Negative places cut left of the point; without an argument it is 0.",
        examples: &[
            example(
                r#"info 25.987.truncate(1);
info 9789.852.truncate(-2);"#,
                "25.9\n9700",
            ),
            example(r##"info (-2.7).truncate(0);"##, "-2"),
        ],
        words: &["cut", "trunc", "digits", "integer part"],
        source: "https://www.zoho.com/deluge/help/functions/number/truncate.html",
        run: |call| {
            let places = places(call)?;
            let cut = call.number()?.truncate(places);
            if places > 0 {
                Ok(cut.into())
            } else {
                whole(call, cut)
            }
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "frac",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "What stands after the point, with the sign of the number.",
        examples: &[
            example(
                r#"info 24.6.frac();
info (-25.25).frac();"#,
                "0.6\n-0.25",
            ),
            example(r#"info 7.frac();"#, "0"),
        ],
        words: &["fraction", "decimal part", "remainder"],
        source: "https://www.zoho.com/deluge/help/functions/number/frac.html",
        run: |call| Ok(call.number()?.fraction().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "signum",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The sign: -1, 0 or 1.",
        examples: &[
            example(
                r#"info (-40).signum();
info 0.25.signum();"#,
                "-1\n1",
            ),
            example(r#"info 0.signum();"#, "0"),
        ],
        words: &["sign", "negative", "positive"],
        source: "https://www.zoho.com/deluge/help/functions/number/signum.html",
        run: |call| Ok(call.number()?.signum().into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "sqrt",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The square root.",
        details: "Exact when the root is a decimal. A negative number is an error.",
        examples: &[
            example(r#"info 6.25.sqrt();"#, "2.5"),
            example(r##"info 2.sqrt();"##, "1.4142135623730951"),
            example(
                r##"try
{
    info (-4).sqrt();
}
catch (e)
{
    info e.message;
}"##,
                "`sqrt`: -4 is negative and has no square root",
            ),
        ],
        words: &["root", "square root", "radical"],
        source: INDEX,
        run: |call| match call.number()?.sqrt() {
            Some(root) => Ok(root.into()),
            None => Err(error::argument_value(
                call.name(),
                format_args!("{} is negative and has no square root", call.number()?),
            )
            .help("test first: `if (x >= 0)`")),
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "power",
        receiver: NUMBERS,
        params: &[param("n", Kind::Number)],
        returns: "NUMBER if both are and `n` is not negative, else DECIMAL",
        summary: "The number to the power of `n`.",
        details: "A whole `n` is computed exactly and rounded once; an `n` with a fraction as a double, and then the number \
                  must not be negative. `0.power(0)` is 1. `0.power(-1)`, or a result that does not fit, is an error.",
        examples: &[
            example(
                r#"info 2.power(10);
info 1.1.power(2);
info 2.power(-1);"#,
                "1024\n1.21\n0.5",
            ),
            example(r##"info 2.power(0.5);"##, "1.4142135623730951"),
            example(
                r##"try
{
    info 2.power(64);
}
catch (e)
{
    info e.message;
}"##,
                "the result of `power` does not fit a NUMBER (64 bits)",
            ),
        ],
        words: &["exponent", "pow", "raise", "square", "cube"],
        source: "https://www.zoho.com/deluge/help/functions/number/power.html",
        run: power,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "max",
        receiver: NUMBERS,
        params: &[param("other", Kind::Number)],
        returns: "NUMBER or DECIMAL, as the larger",
        summary: "The larger of two numbers.",
        examples: &[
            example(
                r#"info 18.max(21);
info max(4.5, 4);"#,
                "21\n4.5",
            ),
            example(r##"info 2.max(2.0);"##, "2"),
        ],
        words: &["maximum", "greater", "larger", "highest"],
        source: "https://www.zoho.com/deluge/help/functions/number/max.html",
        run: |call| {
            let other_wins = call.arg_number(0)? > call.number()?;
            Ok(if other_wins {
                call.arg(0)
            } else {
                call.receiver()
            }
            .clone())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "min",
        receiver: NUMBERS,
        params: &[param("other", Kind::Number)],
        returns: "NUMBER or DECIMAL, as the smaller",
        summary: "The smaller of two numbers.",
        examples: &[
            example(
                r#"info 18.min(21);
info min(-3, 3);"#,
                "18\n-3",
            ),
            example(r#"info 2.5.min(2);"#, "2"),
        ],
        words: &["minimum", "less", "smaller", "lowest"],
        source: "https://www.zoho.com/deluge/help/functions/number/min.html",
        run: |call| {
            let other_wins = call.arg_number(0)? < call.number()?;
            Ok(if other_wins {
                call.arg(0)
            } else {
                call.receiver()
            }
            .clone())
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isEven",
        receiver: NUMBERS,
        returns: "BOOLEAN",
        summary: "True if the number is divisible by 2.",
        details: "Zero is even. A number with a fraction is neither even nor odd.",
        examples: &[
            example(
                r#"info 14.isEven();
info isEven(7);"#,
                "true\nfalse",
            ),
            example(
                r##"info 2.5.isEven();
info 0.isEven();"##,
                "false\ntrue",
            ),
        ],
        words: &["divisible", "parity", "two"],
        source: "https://www.zoho.com/deluge/help/functions/number/is-even.html",
        run: |call| Ok((parity(call)? == Some(0)).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "isOdd",
        receiver: NUMBERS,
        returns: "BOOLEAN",
        summary: "True if the number is whole and not divisible by 2.",
        details: "A number with a fraction is neither even nor odd.",
        examples: &[
            example(
                r#"info 7.isOdd();
info isOdd(-3);
info 2.5.isOdd();"#,
                "true\ntrue\nfalse",
            ),
            example(
                r#"info 0.isOdd();
info 3.0.isOdd();"#,
                "false\ntrue",
            ),
        ],
        words: &["divisible", "parity", "uneven"],
        source: "https://www.zoho.com/deluge/help/functions/number/is-even.html",
        run: |call| Ok((parity(call)? == Some(1)).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "randomNumber",
        calls: &["randomNumber(start, end)"],
        receiver: NUMBERS,
        params: &[optional("end", Kind::Number)],
        returns: "NUMBER; DECIMAL if one limit is",
        summary: "A random number from `start` up to, not including, `end`.",
        details: "With one limit, `randomNumber(n)`: from 0 up to, not including, `n`. An \
                  `end` that is not above the start is an error.",
        examples: &[
            example(
                r#"n = randomNumber(3, 6);
info n >= 3 && n < 6;
info randomNumber(8, 9);"#,
                "true\n8",
            ),
            example(
                r##"try
{
    info randomNumber(5, 5);
}
catch (e)
{
    info e.message;
}"##,
                "`randomNumber`: the end, 5, must be above the start, 5",
            ),
        ],
        words: &["rand", "dice", "chance", "random"],
        source: "https://www.zoho.com/deluge/help/functions/number/randomnumber.html",
        run: random_number,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toHex",
        receiver: NUMBERS,
        returns: "TEXT",
        summary: "The number in hexadecimal.",
        details: "Lower case, without prefix; a negative number as its two's complement of 64 bits. A DECIMAL must be whole.",
        examples: &[
            example(
                r#"info 255.toHex();
info (-1).toHex();"#,
                "ff\nffffffffffffffff",
            ),
            example(
                r##"try
{
    info 2.5.toHex();
}
catch (e)
{
    info e.message;
}"##,
                "`toHex`: 2.5 is not whole; round it first, for example with `.round(0)`",
            ),
        ],
        words: &["hexadecimal", "base 16", "convert"],
        source: "https://www.zoho.com/creator/help/script/built-in-functions/built-in-function-common-tohex.html",
        run: |call| Ok(format!("{:x}", whole_receiver(call)?).into()),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "toWords",
        receiver: NUMBERS,
        returns: "TEXT",
        summary: "The number in English words.",
        details: "Lower case, with hyphens from 21 to 99, without `and`; a negative number begins with `minus`. A DECIMAL must \
                  be whole.",
        examples: &[
            example(
                r#"info 125.toWords();
info (-1000007).toWords();"#,
                "one hundred twenty-five\nminus one million seven",
            ),
            example(r##"info 0.toWords();"##, "zero"),
        ],
        words: &["spell", "English", "cheque", "letters"],
        source: INDEX,
        run: |call| Ok(words::spell(whole_receiver(call)?).into()),
        ..Builtin::DEFAULT
    },
];

/// A whole result as a NUMBER.
fn whole(call: &Call<'_, '_>, result: Decimal) -> Fallible<Value> {
    match result.to_i64_exact() {
        Some(number) => Ok(number.into()),
        None => Err(error::number_overflow(&format!("`{}`", call.name()))),
    }
}

/// The receiver, which must be whole.
fn whole_receiver(call: &Call<'_, '_>) -> Fallible<i64> {
    let number = call.number()?;
    if !number.is_whole() {
        return Err(error::argument_value(
            call.name(),
            format_args!("{number} is not whole; round it first, for example with `.round(0)`"),
        ));
    }
    match number.to_i64_exact() {
        Some(number) => Ok(number),
        None => Err(error::argument_value(
            call.name(),
            format_args!("{number} is more than a NUMBER can hold (64 bits)"),
        )),
    }
}

/// The argument of `round` and `truncate`.
fn places(call: &Call<'_, '_>) -> Fallible<i64> {
    if call.has(0) {
        call.arg_whole(0)
    } else {
        Ok(0)
    }
}

/// 0 for even, 1 for odd numbers; `None` with a fraction.
fn parity(call: &Call<'_, '_>) -> Fallible<Option<u64>> {
    if let Value::Number(number) = call.receiver() {
        return Ok(Some(number.unsigned_abs() % 2));
    }
    let number = call.number()?;
    if !number.is_whole() {
        return Ok(None);
    }
    let is_odd = number
        .checked_rem(Decimal::from(2))
        .is_some_and(|rest| !rest.is_zero());
    Ok(Some(u64::from(is_odd)))
}

fn power(call: &mut Call<'_, '_>) -> Fallible<Value> {
    if let (Value::Number(base), Value::Number(exponent @ 0..)) = (call.receiver(), call.arg(0)) {
        return match whole_power(*base, *exponent) {
            Some(power) => Ok(power.into()),
            None => Err(error::number_overflow("`power`")),
        };
    }
    let (base, exponent) = (call.number()?, call.arg_number(0)?);
    if base.is_zero() && exponent.is_negative() {
        return Err(error::argument_value(
            call.name(),
            "0 has no negative powers",
        ));
    }
    if exponent.is_whole() {
        // A whole exponent beyond 64 bits does what the largest does: 0, 1 or too large.
        let exponent = exponent
            .to_i64_exact()
            .unwrap_or(if exponent.is_negative() {
                i64::MIN + 1
            } else {
                i64::MAX - 1
            });
        return match base.power(exponent) {
            Some(power) => Ok(power.into()),
            None => Err(error::decimal_overflow("`power`")),
        };
    }
    if base.is_negative() {
        return Err(error::argument_value(
            call.name(),
            format_args!(
                "{base} is negative, so it has no powers with a fraction such as {exponent}"
            ),
        ));
    }
    double::result(call, base.to_f64().powf(exponent.to_f64()))
}

fn whole_power(base: i64, exponent: i64) -> Option<i64> {
    match base {
        0 | 1 => Some(if exponent == 0 { 1 } else { base }),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        // Any other power beyond 63 is too large.
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

fn random_number(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let zero = Value::Number(0);
    let (start, end) = if call.has(0) {
        (call.receiver(), call.arg(0))
    } else {
        (&zero, call.receiver())
    };
    let (low, high) = match (start.as_decimal(), end.as_decimal()) {
        (Some(low), Some(high)) if low < high => (low, high),
        (Some(low), Some(high)) => {
            return Err(error::argument_value(
                call.name(),
                format_args!("the end, {high}, must be above the start, {low}"),
            ));
        }
        _ => return Err(error::internal("a limit of `randomNumber` is no number")),
    };
    if let (Value::Number(start), Value::Number(end)) = (start, end) {
        let (start, span) = (*start, end.abs_diff(*start));
        let offset = random_below(call, span);
        return Ok(start.wrapping_add_unsigned(offset).into());
    }
    // Fifteen digits between the limits.
    const STEPS: u64 = 1_000_000_000_000_000;
    let step = Decimal::from(random_below(call, STEPS) as i64);
    let value = step
        .checked_div(Decimal::from(STEPS as i64))
        .zip(high.checked_sub(low))
        .and_then(|(part, span)| span.checked_mul(part)?.checked_add(low))
        .ok_or_else(|| error::decimal_overflow("`randomNumber`"))?;
    // Rounding may have reached the end, which is excluded.
    Ok(if value < high { value } else { low }.into())
}

/// A random number below `span`, each equally likely.
fn random_below(call: &mut Call<'_, '_>, span: u64) -> u64 {
    // The upper half of random × span; a draw from the last, incomplete stretch of lower halves is repeated.
    let incomplete = span.wrapping_neg() % span;
    loop {
        let product = u128::from(call.world.host.random()) * u128::from(span);
        if product as u64 >= incomplete {
            return (product >> 64) as u64;
        }
    }
}
