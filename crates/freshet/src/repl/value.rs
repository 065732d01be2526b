//! How the REPL shows values: texts as literals, so that `"1"` and `1` differ; large containers over lines.

use freshet_interpreter::error::Fallible;
use freshet_interpreter::value::calendar::Zone;
use freshet_interpreter::value::{Form, KeyValue, Value, display};

/// Blanks by which what is inside a container stands further right.
const INDENT: usize = 2;
/// Characters of a value in a list of variables.
const IN_A_LINE: usize = 60;

/// A value in as many lines as it needs.
///
/// # Errors
/// R0010 when it is nested too deeply.
pub fn shown(value: &Value, zone: &Zone, width: usize) -> Fallible<String> {
    let mut out = String::new();
    lay_out(value, zone, width, 0, &mut out)?;
    Ok(out)
}

/// A value in one line, cut where it is long.
pub fn in_a_line(value: &Value, zone: &Zone) -> String {
    let text = compact(value, zone).unwrap_or_else(|error| format!("({})", error.message));
    match text.char_indices().nth(IN_A_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// As JSON, but what is no container as it prints; texts quoted.
fn compact(value: &Value, zone: &Zone) -> Fallible<String> {
    match value.settled() {
        Value::Text(_) | Value::List(_) | Value::KeyValue(_) | Value::Collection(_) => {
            let mut out = String::new();
            display::write_json(value, zone, &mut out)?;
            Ok(out)
        }
        other => display::to_text(other, zone),
    }
}

/// Depth is bounded: the compact form, which is made first, refuses what is nested too deeply.
fn lay_out(
    value: &Value,
    zone: &Zone,
    width: usize,
    margin: usize,
    out: &mut String,
) -> Fallible<()> {
    let line = compact(value, zone)?;
    if margin + line.chars().count() <= width {
        out.push_str(&line);
        return Ok(());
    }
    let parts = match value.settled() {
        Value::List(list) => (
            list.items()
                .iter()
                .map(|item| (None, item.clone()))
                .collect(),
            '[',
            ']',
        ),
        Value::KeyValue(pairs) => (entries(pairs), '{', '}'),
        Value::Collection(collection) => match collection.form() {
            Form::Index(list) => (
                list.items()
                    .iter()
                    .map(|item| (None, item.clone()))
                    .collect(),
                '[',
                ']',
            ),
            Form::Keyed(pairs) => (entries(&pairs), '{', '}'),
            Form::Open => (Vec::new(), '[', ']'),
        },
        _ => {
            out.push_str(&line);
            return Ok(());
        }
    };
    let (parts, open, close): (Vec<(Option<Value>, Value)>, char, char) = parts;
    let inner = margin + INDENT;
    out.push(open);
    for (number, (key, part)) in parts.iter().enumerate() {
        out.push_str(if number == 0 { "\n" } else { ",\n" });
        out.push_str(&" ".repeat(inner));
        if let Some(key) = key {
            display::write_quoted(&display::to_text(key, zone)?, out);
            out.push_str(": ");
        }
        lay_out(part, zone, width, inner, out)?;
    }
    out.push('\n');
    out.push_str(&" ".repeat(margin));
    out.push(close);
    Ok(())
}

fn entries(pairs: &KeyValue) -> Vec<(Option<Value>, Value)> {
    pairs
        .pairs()
        .iter()
        .map(|(key, value)| (Some(key.clone()), value.clone()))
        .collect()
}
