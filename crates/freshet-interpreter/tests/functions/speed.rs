//! What the functions take beside the library calls that they wrap. An optimised build must keep within twice:
//! `FRESHET_LONG_TESTS=1 cargo test --release -p freshet-interpreter --test functions speed -- --nocapture`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use freshet_interpreter::library::read_json;
use freshet_interpreter::value::Value;

use super::is_long;
use super::support::output_with;

/// What is compared: a script that does it, what it is given, the call of the library.
struct Race {
    name: &'static str,
    /// One statement, run [`TIMES`] times.
    statement: &'static str,
    given: Vec<(&'static str, Value)>,
    call: Box<dyn Fn()>,
}

/// Runs of each side; the fastest counts, since others work on the same machine.
const ROUNDS: usize = if cfg!(debug_assertions) { 4 } else { 15 };
const TIMES: usize = 20;

/// How many times as long as the call the function may take.
const MOST: f64 = 2.0;

fn races() -> Vec<Race> {
    let text: String = "The quick brown fox jumps over the lazy dog. ".repeat((1 << 20) / 45);
    let end = format!("{text}needle");
    let list: Vec<String> = (0..100_000).map(|n| format!("item {n}")).collect();
    let joined = list.join(",");
    let numbers: Vec<i64> = (0..100_000).map(|n| n * 7919).collect();
    let object = {
        let pairs: Vec<String> = (0..20_000)
            .map(|n| format!("\"key {n}\":{{\"id\":{n},\"name\":\"name {n}\"}}"))
            .collect();
        format!("{{{}}}", pairs.join(","))
    };
    let texts = Value::list(list.iter().map(|item| Value::from(&**item)).collect());
    let wholes = Value::list(numbers.iter().copied().map(Value::Number).collect());
    let map = read_json(&object).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&object).unwrap();
    let race = |name, statement, given: &[(&'static str, &Value)], call: Box<dyn Fn()>| Race {
        name,
        statement,
        given: given
            .iter()
            .map(|(name, value)| (*name, (*value).clone()))
            .collect(),
        call,
    };
    let value = |text: &str| Value::from(text);
    let (end_value, joined_value, object_value) = (value(&end), value(&joined), value(&object));
    let needle = value("needle");
    let (a, b, c, d, e, f, g, h) = (
        end.clone(),
        end.clone(),
        end.clone(),
        end.clone(),
        joined.clone(),
        object.clone(),
        list.clone(),
        parsed,
    );
    vec![
        race(
            "indexOf, 1 MB",
            "r = t.indexOf(n);",
            &[("t", &end_value), ("n", &needle)],
            Box::new(move || {
                // A place counts characters.
                let place = black_box(&a)
                    .find(black_box("needle"))
                    .map(|at| a[..at].chars().count());
                black_box(place);
            }),
        ),
        race(
            "contains, 1 MB",
            "r = t.contains(n);",
            &[("t", &end_value), ("n", &needle)],
            Box::new(move || {
                black_box(black_box(&b).contains(black_box("needle")));
            }),
        ),
        race(
            "replaceAll, rare, 1 MB",
            "r = t.replaceAll(\"needle\", \"pin\");",
            &[("t", &end_value)],
            Box::new(move || {
                black_box(black_box(&c).replace(black_box("needle"), "pin"));
            }),
        ),
        race(
            "replaceAll, often, 1 MB",
            "r = t.replaceAll(\"o\", \"00\");",
            &[("t", &end_value)],
            Box::new(move || {
                black_box(black_box(&d).replace(black_box("o"), "00"));
            }),
        ),
        race(
            "toList, 100,000 pieces",
            "r = t.toList(\",\");",
            &[("t", &joined_value)],
            Box::new(move || {
                black_box(
                    black_box(&e)
                        .split(",")
                        .map(str::to_owned)
                        .collect::<Vec<_>>(),
                );
            }),
        ),
        race(
            "toMap, 1 MB",
            "r = t.toMap();",
            &[("t", &object_value)],
            Box::new(move || {
                black_box(serde_json::from_str::<serde_json::Value>(black_box(&f)).unwrap());
            }),
        ),
        race(
            "toString of texts, 100,000",
            "r = l.toString();",
            &[("l", &texts)],
            Box::new(move || {
                black_box(black_box(&g).join(","));
            }),
        ),
        race(
            "toString of numbers, 100,000",
            "r = l.toString();",
            &[("l", &wholes)],
            Box::new(move || {
                let mut out = String::new();
                for number in black_box(&numbers) {
                    let _ = write!(out, "{number},");
                }
                black_box(out);
            }),
        ),
        race(
            "toString of pairs, 1 MB",
            "r = m.toString();",
            &[("m", &map)],
            Box::new(move || {
                black_box(serde_json::to_string(black_box(&h)).unwrap());
            }),
        ),
    ]
}

fn fastest(mut run: impl FnMut()) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        run();
        begun.elapsed()
    });
    times.min().unwrap()
}

#[test]
fn functions_beside_the_calls_they_wrap() {
    if !is_long() {
        return;
    }
    let mut slow = Vec::new();
    for race in races() {
        let script = race.statement.repeat(TIMES);
        let ours = fastest(|| {
            output_with(&script, race.given.clone());
        });
        let theirs = fastest(|| (0..TIMES).for_each(|_| (race.call)()));
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        let each = |time: Duration| time.as_secs_f64() * 1000.0 / TIMES as f64;
        println!(
            "{:32} {:8.3} ms  the call {:8.3} ms  ratio {ratio:.2}",
            race.name,
            each(ours),
            each(theirs)
        );
        if ratio > MOST {
            slow.push(race.name);
        }
    }
    assert!(
        cfg!(debug_assertions) || slow.is_empty(),
        "beyond {MOST}: {slow:?}"
    );
}

/// Ten times as many appends take about ten times as long, not a hundred times.
#[test]
fn appending_in_a_loop_is_linear() {
    for statement in [
        "t = t + \"0123456789\";",
        "t += \"0123456789\";",
        "t = t.concat(\"0123456789\");",
        "t = concat(t.toString(), x).concat(\"0123456789\");",
        "l.add(x);",
        "m.put(m.size(), x);",
        "c.insert(x);",
    ] {
        let time = |turns: usize| {
            let script = format!(
                "t = \"\"; l = List(); m = Map(); c = Collection(); for each x in n {{ {statement} }} info t.length() + l.size() + m.size() + c.size();"
            );
            let list = || Value::list((0..turns as i64).map(Value::Number).collect());
            fastest(|| {
                assert!(!output_with(&script, vec![("n", list())]).starts_with('R'));
            })
        };
        let (few, many) = (time(10_000), time(100_000));
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        println!("{statement:32} 10,000 {few:?}, 100,000 {many:?}, ratio {ratio:.1}");
        assert!(ratio < 70.0, "{statement} {ratio}");
    }
}
