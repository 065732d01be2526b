//! Key-values keep their pairs in order and find them, whatever is put in and taken out.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{holds, output};

/// What is done to the pairs: put (true) or removed, and the key.
fn changes() -> impl Strategy<Value = Vec<(bool, u8)>> {
    vec((proptest::bool::weighted(0.55), 0..40u8), 0..120)
}

#[test]
fn pairs_are_those_of_a_slow_list() {
    holds(60, changes(), |changes| {
        let mut script = String::from("m = Map();\n");
        let mut expected: Vec<(u8, usize)> = Vec::new();
        for (at, (put, key)) in changes.into_iter().enumerate() {
            let known = expected.iter().position(|(known, _)| *known == key);
            match (put, known) {
                (true, Some(place)) => expected[place].1 = at,
                (true, None) => expected.push((key, at)),
                (false, Some(place)) => drop(expected.remove(place)),
                (false, None) => {}
            }
            script += &match put {
                true => format!("m.put({key}, {at});\n"),
                false => format!("m.remove({key});\n"),
            };
        }
        script +=
            "info m.size();\ninfo m.keys();\ninfo m.values();\ninfo m;\ninfo m.duplicate() == m;\n";
        script += "for each k in m { info k + \"=\" + m.get(k); }";
        let list = |of: &dyn Fn(&(u8, usize)) -> String, between: &str| {
            expected.iter().map(of).collect::<Vec<_>>().join(between)
        };
        let pairs = list(&|(key, value)| format!("\"{key}\":{value}"), ",");
        let keys = list(&|(key, _)| key.to_string(), ",");
        let values = list(&|(_, value)| value.to_string(), ",");
        let size = expected.len();
        let mut lines = format!("{size}\n{keys}\n{values}\n{{{pairs}}}\ntrue");
        for (key, value) in &expected {
            lines += &format!("\n{key}={value}");
        }
        prop_assert_eq!(output(&script), lines);
        Ok(())
    });
}

/// Each would take minutes if it went over all pairs.
#[test]
fn many_keys_are_removed_one_by_one() {
    let many = "m = Map(); for each x in \"a\".repeat(200000).toList(\"\") { m.put(m.size(), 1); } k = m.keys(); ";
    for (work, printed) in [
        ("for each x in k { m.remove(x); } info m.size();", "0"),
        (
            "i = k.size(); while (i > 100) { i = i - 1; m.remove(k.get(i)); } info m.size() + \" \" + m.keys().get(99);",
            "100 99",
        ),
        (
            "c = Collection(); c.insertAll(m); for each x in k { c.deleteKey(x); } info c.size();",
            "0",
        ),
        (
            "for each x in k { m.remove(x); m.put(x, 2); } info m.size() + \" \" + m.keys().get(0);",
            "200000 0",
        ),
    ] {
        assert_eq!(output(&format!("{many}{work}")), printed, "{work}");
    }
}
