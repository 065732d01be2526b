//! A run that is interrupted, or whose time is over, ends, whatever it was doing.

use std::time::Duration;

use freshet_interpreter::library::builtin::Settings;
use freshet_interpreter::limits::Limits;

use super::support::ended;

/// What a script prints within these limits, interrupted when so many lines are printed.
fn output_within(script: &str, limits: Limits, most_lines: usize) -> String {
    ended(script, Vec::new(), Settings::default(), limits, most_lines)
}

/// Work that takes long in a call or two, so that no thousand steps come by.
const LONG: [&str; 6] = [
    "x = \"a,\".repeat(600000).toList(\",\");",
    "x = \"a\".repeat(10000000).toUpperCase();",
    "x = \"a\".repeat(5000000); y = x + x;",
    "x = \"a\".repeat(6000000); y = x.contains(\"b\"); y = x.contains(\"c\");",
    "x = (\" \".repeat(100000) + \"x\").replaceAll(\"(?<!y)\\\\s+$\", \"\");",
    "x = (\" \".repeat(100000) + \"x\").matches(\"(?:(?<!y)\\\\s+)+\");",
];

#[test]
fn interrupted_work_ends_at_the_call() {
    for work in LONG {
        let script = format!("info \"ready\";\n{work}\ninfo \"after\";");
        let told = output_within(&script, Limits::default(), 1);
        assert_eq!(told, "ready\nR0104 interrupted", "{work}");
        let caught =
            format!("info \"ready\";\ntry {{ {work} }} catch (e) {{ info e; }}\ninfo \"after\";");
        let told = output_within(&caught, Limits::default(), 1);
        assert_eq!(told, "ready\nR0104 interrupted", "{work}");
    }
}

#[test]
fn a_limit_of_time_ends_long_work_and_the_run() {
    let limits = Limits {
        time: Some(Duration::ZERO),
        ..Limits::default()
    };
    let over = "R0102 the limit of time is reached: 0 ms";
    for work in LONG {
        let script = format!("{work}\ninfo \"after\";");
        assert_eq!(output_within(&script, limits.clone(), 9), over, "{work}");
    }
    // What is over before anybody looked is looked at once more.
    let told = output_within("info 1;", limits.clone(), 9);
    assert_eq!(told, format!("1\n{over}"));
    assert_eq!(output_within("", limits, 9), over);
    let told = output_within("info 1;", Limits::default(), 1);
    assert_eq!(told, "1\nR0104 interrupted");
}

#[test]
fn long_work_is_no_step() {
    let limits = |steps| Limits {
        steps: Some(steps),
        ..Limits::default()
    };
    let script = "x = \"a\".repeat(9000000);\ny = x.toUpperCase();\nz = x + y;\ninfo 1;";
    assert_eq!(output_within(script, limits(4), 9), "1");
    assert_eq!(
        output_within(script, limits(3), 9),
        "R0102 the limit of steps is reached: 3"
    );
}
