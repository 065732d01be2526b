//! Statistics over a LIST or COLLECTION of numbers (Built-ins II, 2). Number texts count as numbers.

use std::cmp::Ordering;

use super::builtin::{Builtin, Call, Forms, Kind, Receiver, example, optional, param};
use super::collection::values;
use super::elements::{describe, number};
use crate::error::{self, Fallible};
use crate::value::{Decimal, Type, Value, heap};

const RECEIVER: Receiver = Receiver::AnyOf(&[Type::List, Type::Collection]);

/// Digits after the point that an average is rounded to.
const PLACES: i64 = 10;

/// The functions.
pub(super) const STATISTICS: &[Builtin] = &[
    Builtin {
        name: "average",
        receiver: RECEIVER,
        returns: "DECIMAL",
        summary: "The mean of the numbers, rounded to 10 digits after the point.",
        details: "Half is rounded away from zero. Every element must be a number or a TEXT that is one; without elements it is an error.",
        examples: &[
            example("info {4, 5}.average();", "4.5"),
            example("info average({1, 1, 0});", "0.6666666667"),
            example(r##"info {"10", 20}.average();"##, "15"),
        ],
        words: &["mean", "statistics"],
        source: "https://www.zoho.com/deluge/help/functions/list.html",
        run: average,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "median",
        receiver: RECEIVER,
        returns: "NUMBER or DECIMAL",
        summary: "The middle number; of an even count the mean of the two in the middle.",
        details: "Of an odd count it is the element itself, a TEXT if it is one. An element that is no number, or no elements, is an error.",
        examples: &[
            example("info {10, 1, 3, 2}.median();", "2.5"),
            example("info median({9.5, 1.5, 2.5});", "2.5"),
            example(
                r##"try
{
    info {1, "x"}.median();
}
catch (e)
{
    info e.message;
}"##,
                "`median`: place 1 must be a number, found the TEXT `x`",
            ),
        ],
        words: &["middle", "statistics"],
        source: "https://www.zoho.com/deluge/help/functions/list.html",
        run: median,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "largest",
        receiver: RECEIVER,
        returns: "the element",
        summary: "The largest number.",
        details: "The element itself: a TEXT where the largest number is written as one. An element that is no number, or no elements, is an error.",
        examples: &[
            example("info {4, 11, 7}.largest();", "11"),
            example(r##"info {"9", 10}.largest();"##, "10"),
            example(
                r##"try
{
    info List().largest();
}
catch (e)
{
    info e.message;
}"##,
                "`largest`: there are no numbers",
            ),
        ],
        words: &["max", "maximum", "highest"],
        source: "https://zoho.com/deluge/help/functions/number/largest.html",
        run: |call| nth(call, 1, false),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "smallest",
        receiver: RECEIVER,
        returns: "the element",
        summary: "The smallest number.",
        details: "The element itself: a TEXT where the smallest number is written as one. An element that is no number, or no elements, is an error.",
        examples: &[
            example("info {4, 11, 7}.smallest();", "4"),
            example(r##"info {"9", 10}.smallest();"##, "9"),
        ],
        words: &["min", "minimum", "lowest"],
        source: "https://www.zoho.com/deluge/help/functions/list.html",
        run: |call| nth(call, 1, true),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "nthLargest",
        receiver: RECEIVER,
        params: &[param("n", Kind::Whole)],
        returns: "the element",
        summary: "The `n`-th largest number; 1 is the largest.",
        details: "Equal numbers count separately. An `n` below 1 or above the size is an error.",
        examples: &[
            example("info {30, 45, 12}.nthLargest(2);", "30"),
            example(r##"info {9, 9, 1}.nthLargest(2);"##, "9"),
            example(
                r##"try
{
    info {9}.nthLargest(2);
}
catch (e)
{
    info e.message;
}"##,
                "`nthLargest`: `n` is 2, allowed are 1 to 1",
            ),
        ],
        words: &["top", "max", "rank"],
        source: "https://zoho.com/deluge/help/functions/number/nth-largest.html",
        run: |call| nth(call, call.arg_whole(0)?, false),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "nthSmallest",
        receiver: RECEIVER,
        params: &[param("n", Kind::Whole)],
        returns: "the element",
        summary: "The `n`-th smallest number; 1 is the smallest.",
        details: "Equal numbers count separately. An `n` below 1 or above the size is an error.",
        examples: &[
            example("info {30, 45, 12}.nthSmallest(1);", "12"),
            example(r##"info {1, 1, 9}.nthSmallest(2);"##, "1"),
        ],
        words: &["bottom", "min", "rank"],
        source: "https://zoho.com/deluge/help/functions/number/nth-smallest.html",
        run: |call| nth(call, call.arg_whole(0)?, true),
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "rank",
        receiver: RECEIVER,
        forms: Forms::Method,
        params: &[
            param("number", Kind::Anything),
            optional("order", Kind::Text),
        ],
        returns: "NUMBER",
        summary: "The position of `number`, counted from 1, when the numbers are sorted from the largest down.",
        details: "With \"asc\" from the smallest up. Equal numbers share the first position; a number that is not there is an error.",
        examples: &[
            example("info {30, 45, 12}.rank(30);", "2"),
            example("info {30, 45, 12}.rank(12, \"asc\");", "1"),
            example(
                r##"try
{
    info {30, 45}.rank(31);
}
catch (e)
{
    info e.message;
}"##,
                "`rank`: 31 is not among the numbers",
            ),
        ],
        words: &["position", "place", "order"],
        source: "https://zoho.com/deluge/help/functions/number/rank.html",
        run: rank,
        ..Builtin::DEFAULT
    },
    Builtin {
        name: "percentile",
        receiver: RECEIVER,
        params: &[param("p", Kind::Number)],
        returns: "DECIMAL",
        summary: "The number below which `p` percent of the numbers lie; 50 is the median.",
        details: "`p` is 0 to 100. Of n sorted numbers it is the one at position p·(n+1)/100, between two of them in proportion, never beyond the first and the last. Another `p`, an element that is no number, or no elements, is an error.",
        examples: &[
            example("info {40, 10, 30, 20, 50}.percentile(50);", "30"),
            example(
                r##"info {10, 20, 30}.percentile(40);
info {10, 20, 30}.percentile(100);"##,
                "16\n30",
            ),
        ],
        words: &["quantile", "quartile", "statistics"],
        source: "https://www.zoho.com/deluge/help/functions/number/percentile.html",
        run: percentile,
        ..Builtin::DEFAULT
    },
];

/// A number of the receiver, and the element that it was.
type Counted = (Decimal, Value);

/// The elements as numbers. There is at least one.
fn numbers(call: &Call<'_, '_>) -> Fallible<Vec<Counted>> {
    let count = match call.receiver() {
        Value::List(list) => list.len(),
        Value::Collection(collection) => collection.len(),
        _ => 0,
    };
    // The copies, and as much as sorting them takes.
    heap::check(count.saturating_mul(size_of::<Value>() + 2 * size_of::<Counted>()))?;
    let items = match call.receiver() {
        Value::List(list) => list.to_vec(),
        Value::Collection(collection) => values(collection),
        _ => Vec::new(),
    };
    if items.is_empty() {
        return Err(error::argument_value(call.name(), "there are no numbers")
            .help("test first: `if(!list.isEmpty())`"));
    }
    let mut numbers = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        let item = item.into_settled();
        let Some(number) = number(&item) else {
            let found = describe(&item);
            return Err(error::argument_value(
                call.name(),
                format!("place {at} must be a number, found {found}"),
            ));
        };
        numbers.push((number, item));
    }
    Ok(numbers)
}

fn sorted(call: &Call<'_, '_>, ascending: bool) -> Fallible<Vec<Counted>> {
    let mut numbers = numbers(call)?;
    numbers.sort_by(|(left, _), (right, _)| direction(left.cmp(right), ascending));
    Ok(numbers)
}

fn direction(ordering: Ordering, ascending: bool) -> Ordering {
    if ascending {
        ordering
    } else {
        ordering.reverse()
    }
}

fn average(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let numbers = numbers(call)?;
    let count = Decimal::from(numbers.len() as i64);
    numbers
        .iter()
        .try_fold(Decimal::ZERO, |sum, (number, _)| sum.checked_add(*number))
        .and_then(|sum| sum.checked_div(count))
        .and_then(|mean| mean.round(PLACES))
        .map(|mean| Value::decimal(mean.normalized()))
        .ok_or_else(|| error::decimal_overflow("`average`"))
}

fn median(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let mut numbers = sorted(call, true)?;
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        return Ok(numbers.swap_remove(middle).1);
    }
    numbers[middle - 1]
        .0
        .checked_add(numbers[middle].0)
        .and_then(|sum| sum.checked_div(Decimal::from(2)))
        .map(Value::decimal)
        .ok_or_else(|| error::decimal_overflow("`median`"))
}

fn nth(call: &Call<'_, '_>, n: i64, ascending: bool) -> Fallible<Value> {
    let mut numbers = sorted(call, ascending)?;
    match usize::try_from(n) {
        Ok(at) if (1..=numbers.len()).contains(&at) => Ok(numbers.swap_remove(at - 1).1),
        _ => Err(error::argument_value(
            call.name(),
            format!("`n` is {n}, allowed are 1 to {}", numbers.len()),
        )),
    }
}

fn rank(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let Some(wanted) = number(call.arg(0)) else {
        let found = describe(call.arg(0));
        return Err(error::argument_type(
            call.name(),
            "number",
            "a number",
            &found,
        ));
    };
    let ascending = matches!(call.arg(1), Value::Text(order) if order.eq_ignore_ascii_case("asc"));
    let numbers = sorted(call, ascending)?;
    match numbers.iter().position(|(number, _)| *number == wanted) {
        Some(at) => Ok((at + 1).into()),
        None => Err(error::argument_value(
            call.name(),
            format!("{wanted} is not among the numbers"),
        )
        .help("test first: `if(list.contains(…))`")),
    }
}

fn percentile(call: &mut Call<'_, '_>) -> Fallible<Value> {
    let p = call.arg_number(0)?;
    if p < Decimal::ZERO || p > Decimal::from(100) {
        return Err(error::argument_value(
            call.name(),
            format!("`p` is {p}, allowed are 0 to 100"),
        ));
    }
    let numbers = sorted(call, true)?;
    interpolate(&numbers, p)
        .map(Value::decimal)
        .ok_or_else(|| error::decimal_overflow("`percentile`"))
}

/// The number at position p·(n+1)/100 of the sorted `numbers`, counted from 1.
fn interpolate(numbers: &[Counted], p: Decimal) -> Option<Decimal> {
    let position = p
        .checked_mul(Decimal::from(numbers.len() as i64 + 1))?
        .checked_div(Decimal::from(100))?;
    let whole = position.to_i64_truncated()?;
    let (first, last) = (numbers.first()?.0, numbers.last()?.0);
    if whole < 1 {
        return Some(first);
    }
    let below = whole as usize - 1;
    let Some((upper, _)) = numbers.get(below + 1) else {
        return Some(last);
    };
    let lower = numbers.get(below)?.0;
    upper
        .checked_sub(lower)?
        .checked_mul(position.fraction())?
        .checked_add(lower)
}
