//! Functions that compute in IEEE doubles. Their results are DECIMALs with the shortest digits that read back as the
//! same double; what is no number, or infinite, is an error.

use super::{INDEX, NUMBERS};
use crate::error::{self, Fallible};
use crate::library::builtin::{Builtin, Call, Kind, example, param};
use crate::value::{Decimal, Value};

/// The functions.
pub(in crate::library) const DOUBLE: &[Builtin] = &[
    Builtin {
        name: "exp",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "e to the power of the number.",
        details: "A result too small for a DECIMAL is 0, one too large an error.",
        examples: &[
            example(
                r#"info exp(1).round(5);
info exp(-100);"#,
                "2.71828\n0",
            ),
            example(r##"info (-100).exp();"##, "0"),
        ],
        words: &["exponential", "euler", "e"],
        source: INDEX,
        run: |call| compute(call, f64::exp),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "log",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The natural logarithm, to base e.",
        details: "Zero and negative numbers are an error.",
        examples: &[
            example(r#"info log(10).round(5);"#, "2.30259"),
            example(
                r##"try
{
    info 0.log();
}
catch (e)
{
    info e.message;
}"##,
                "`log`: only numbers above 0 have a logarithm, found 0",
            ),
        ],
        words: &["ln", "logarithm", "natural"],
        source: INDEX,
        run: |call| {
            positive(call)?;
            compute(call, f64::ln)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "log10",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The logarithm to base 10.",
        details: "Zero and negative numbers are an error.",
        examples: &[
            example(r#"info log10(1000);"#, "3"),
            example(
                r##"try
{
    info (-1).log10();
}
catch (e)
{
    info e.message;
}"##,
                "`log10`: only numbers above 0 have a logarithm, found -1",
            ),
        ],
        words: &["logarithm", "decimal", "common"],
        source: INDEX,
        run: |call| {
            positive(call)?;
            compute(call, f64::log10)
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "sin",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The sine of an angle in radians.",
        examples: &[
            example(r#"info 1.sin().round(6);"#, "0.841471"),
            example(r#"info 0.sin();"#, "0"),
        ],
        words: &["sine", "trigonometry", "angle"],
        source: INDEX,
        run: |call| compute(call, f64::sin),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "cos",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The cosine of an angle in radians.",
        examples: &[
            example(r#"info cos(0.5).round(6);"#, "0.877583"),
            example(r#"info cos(0);"#, "1"),
        ],
        words: &["cosine", "trigonometry", "angle"],
        source: INDEX,
        run: |call| compute(call, f64::cos),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "tan",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The tangent of an angle in radians.",
        examples: &[
            example(r#"info tan(0.5).round(6);"#, "0.546302"),
            example(r#"info tan(-0.5).round(6);"#, "-0.546302"),
        ],
        words: &["tangent", "trigonometry", "angle"],
        source: INDEX,
        run: |call| compute(call, f64::tan),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "asin",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The angle in radians whose sine the number is.",
        details: "A number outside -1 to 1 is an error.",
        examples: &[
            example(r#"info asin(0.5).round(6);"#, "0.523599"),
            example(
                r##"try
{
    info 2.asin();
}
catch (e)
{
    info e.message;
}"##,
                "`asin`: it has no value at 2",
            ),
        ],
        words: &["arc sine", "inverse", "trigonometry"],
        source: INDEX,
        run: |call| compute(call, f64::asin),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "acos",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The angle in radians whose cosine the number is.",
        details: "A number outside -1 to 1 is an error.",
        examples: &[
            example(r#"info acos(0.5).round(6);"#, "1.047198"),
            example(
                r##"try
{
    info 2.acos();
}
catch (e)
{
    info e.message;
}"##,
                "`acos`: it has no value at 2",
            ),
        ],
        words: &["arc cosine", "inverse", "trigonometry"],
        source: INDEX,
        run: |call| compute(call, f64::acos),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "atan",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The angle in radians whose tangent the number is.",
        examples: &[
            example(r#"info atan(0.5).round(6);"#, "0.463648"),
            example(r#"info (4 * atan(1)).round(6);"#, "3.141593"),
        ],
        words: &["arc tangent", "inverse", "trigonometry"],
        source: INDEX,
        run: |call| compute(call, f64::atan),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "atan2",
        receiver: NUMBERS,
        params: &[param("x", Kind::Number)],
        returns: "DECIMAL",
        summary: "The angle in radians of the point at `x` and the receiver as y.",
        examples: &[
            example(r#"info 1.atan2(2).round(6);"#, "0.463648"),
            example(r##"info 0.atan2(-1);"##, "3.141592653589793"),
        ],
        words: &["arc tangent", "polar", "angle", "point"],
        source: "https://www.zoho.com/deluge/help/functions/number/atan2.html",
        run: |call| {
            let x = call.arg_number(0)?.to_f64();
            compute(call, |y| y.atan2(x))
        },
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "sinh",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The hyperbolic sine.",
        examples: &[
            example(r#"info sinh(1).round(6);"#, "1.175201"),
            example(
                r#"try
{
    info sinh(1000);
}
catch (e)
{
    info e.message;
}"#,
                "the result of `sinh` is beyond what a DECIMAL can hold (28 digits)",
            ),
        ],
        words: &["hyperbolic", "sine"],
        source: INDEX,
        run: |call| compute(call, f64::sinh),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "cosh",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The hyperbolic cosine.",
        examples: &[
            example(r#"info cosh(1).round(6);"#, "1.543081"),
            example(
                r#"info cosh(0);
info cosh(-1).round(6);"#,
                "1\n1.543081",
            ),
        ],
        words: &["hyperbolic", "cosine"],
        source: "https://www.zoho.com/deluge/help/functions/number/cosh.html",
        run: |call| compute(call, f64::cosh),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "tanh",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The hyperbolic tangent.",
        examples: &[
            example(r#"info tanh(1).round(6);"#, "0.761594"),
            example(
                r#"info tanh(1000);
info tanh(-1000);"#,
                "1\n-1",
            ),
        ],
        words: &["hyperbolic", "tangent"],
        source: INDEX,
        run: |call| compute(call, f64::tanh),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "asinh",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The number whose hyperbolic sine this one is.",
        examples: &[
            example(r#"info asinh(1).round(6);"#, "0.881374"),
            example(r#"info asinh(-1).round(6);"#, "-0.881374"),
        ],
        words: &["hyperbolic", "inverse", "sine"],
        source: "https://www.zoho.com/deluge/help/release-notes.html",
        run: |call| compute(call, f64::asinh),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "acosh",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The number whose hyperbolic cosine this one is.",
        details: "A number below 1 is an error.",
        examples: &[
            example(r#"info acosh(2).round(6);"#, "1.316958"),
            example(
                r##"try
{
    info 0.acosh();
}
catch (e)
{
    info e.message;
}"##,
                "`acosh`: it has no value at 0",
            ),
        ],
        words: &["hyperbolic", "inverse", "cosine"],
        source: "https://www.zoho.com/deluge/help/release-notes.html",
        run: |call| compute(call, f64::acosh),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "atanh",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "The number whose hyperbolic tangent this one is.",
        details: "The number must be between -1 and 1; the limits are an error too.",
        examples: &[
            example(r#"info atanh(0.5).round(6);"#, "0.549306"),
            example(
                r##"try
{
    info 1.atanh();
}
catch (e)
{
    info e.message;
}"##,
                "the result of `atanh` is beyond what a DECIMAL can hold (28 digits)",
            ),
        ],
        words: &["hyperbolic", "inverse", "tangent"],
        source: "https://www.zoho.com/deluge/help/release-notes.html",
        run: |call| compute(call, f64::atanh),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "degrees",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "An angle in radians as degrees.",
        examples: &[
            example(r#"info degrees(1).round(4);"#, "57.2958"),
            example(r#"info degrees(radians(-180)).round(6);"#, "-180"),
        ],
        words: &["angle", "convert", "radians"],
        source: "https://www.zoho.com/deluge/help/release-notes.html",
        run: |call| compute(call, f64::to_degrees),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "radians",
        receiver: NUMBERS,
        returns: "DECIMAL",
        summary: "An angle in degrees as radians.",
        examples: &[
            example(r#"info radians(90).round(6);"#, "1.570796"),
            example(r#"info radians(-180).round(6);"#, "-3.141593"),
        ],
        words: &["angle", "convert", "degrees"],
        source: "https://www.zoho.com/deluge/help/release-notes.html",
        run: |call| compute(call, f64::to_radians),
        ..Builtin::DEFAULT
    },
];

fn compute(call: &Call<'_, '_>, function: impl Fn(f64) -> f64) -> Fallible<Value> {
    result(call, function(call.number()?.to_f64()))
}

/// The result of a function of doubles as a DECIMAL.
pub(super) fn result(call: &Call<'_, '_>, value: f64) -> Fallible<Value> {
    if value.is_nan() {
        return Err(error::argument_value(
            call.name(),
            format_args!("it has no value at {}", call.number()?),
        ));
    }
    match Decimal::from_f64(value) {
        Some(value) => Ok(value.into()),
        None => Err(error::decimal_overflow(&format!("`{}`", call.name()))),
    }
}

fn positive(call: &Call<'_, '_>) -> Fallible<()> {
    let number = call.number()?;
    if number > Decimal::ZERO {
        return Ok(());
    }
    Err(error::argument_value(
        call.name(),
        format_args!("only numbers above 0 have a logarithm, found {number}"),
    ))
}
