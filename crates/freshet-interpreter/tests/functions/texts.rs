//! The functions of TEXT against slow ones that look at one character after the other.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::support::output_with;
use super::{holds, of_texts};

/// Characters with something to them: letter case in one and in several characters, folding, width, white space.
const CHARACTERS: &[char] = &[
    'a', 'A', 'b', 'B', 'c', '0', '7', ' ', ' ', '\t', '\n', '-', '.', '$', '\\', '(', '*', 'é',
    'É', 'ß', 'ẞ', 's', 'S', 'ſ', 'k', 'K', '\u{212a}', 'σ', 'Σ', 'ς', 'i', 'I', 'İ', 'ı', 'ǆ',
    'ǅ', '日', '😀', '\u{301}', '\u{a0}', '\u{2003}', '٣',
];

/// Texts of those, mostly of few different ones, so that parts repeat.
fn text(longest: usize) -> impl Strategy<Value = String> {
    let few = prop::sample::select(vec!['a', 'A', 'b', ' ', 'ß', 'k', '\u{212a}']);
    let any = prop::sample::select(CHARACTERS.to_vec());
    prop::collection::vec(prop_oneof![2 => few, 1 => any], 0..longest).prop_map(String::from_iter)
}

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// Equal, ignoring case: what the engine of patterns says of two single characters, which folds by tables of its own.
fn same_ignoring_case(left: char, right: char) -> bool {
    thread_local! {
        static KNOWN: std::cell::RefCell<std::collections::BTreeMap<(char, char), bool>> = const { std::cell::RefCell::new(std::collections::BTreeMap::new()) };
    }
    if left == right {
        return true;
    }
    KNOWN.with_borrow_mut(|known| {
        *known.entry((left, right)).or_insert_with(|| {
            let pattern = format!(r"(?i)\A\x{{{:x}}}\z", u32::from(left));
            let pattern = fancy_regex::Regex::new(&pattern).unwrap();
            pattern.is_match(&right.to_string()).unwrap()
        })
    })
}

type Same = fn(char, char) -> bool;

/// True if `search` stands at `place`.
fn stands_at(text: &[char], search: &[char], place: usize, same: Same) -> bool {
    text.len() >= place + search.len()
        && search.iter().zip(&text[place..]).all(|(a, b)| same(*a, *b))
}

fn first(text: &[char], search: &[char], same: Same) -> Option<usize> {
    (0..=text.len()).find(|place| stands_at(text, search, *place, same))
}

fn last(text: &[char], search: &[char], same: Same) -> Option<usize> {
    (0..=text.len())
        .rev()
        .find(|place| stands_at(text, search, *place, same))
}

/// Places from the left that do not overlap; an empty search stands between all characters.
fn places(text: &[char], search: &[char], same: Same) -> Vec<usize> {
    let (mut places, mut at) = (Vec::new(), 0);
    while at <= text.len() {
        if stands_at(text, search, at, same) {
            places.push(at);
            at += search.len().max(1);
        } else {
            at += 1;
        }
    }
    places
}

fn replaced(text: &[char], search: &[char], with: &str, same: Same, most: usize) -> String {
    let (mut out, mut copied) = (String::new(), 0);
    for place in places(text, search, same).into_iter().take(most) {
        out.extend(&text[copied..place]);
        out += with;
        copied = place + search.len();
    }
    out.extend(&text[copied..]);
    out
}

fn part(text: &[char]) -> String {
    text.iter().collect()
}

fn without(text: &[char], place: Option<usize>, length: usize) -> String {
    match place {
        Some(place) if length > 0 => part(&text[..place]) + &part(&text[place + length..]),
        _ => part(text),
    }
}

fn number(place: Option<usize>) -> i64 {
    place.map_or(-1, |place| place as i64)
}

/// What an expression over the texts `t` and `s` gives, as JSON.
fn of(list: &[&str], t: &str, s: &str, w: &str) -> Json {
    let script = format!("m = {{\"v\": {{{}}}}}; info m;", list.join(", "));
    let given = vec![("t", t.into()), ("s", s.into()), ("w", w.into())];
    let printed = output_with(&script, given);
    let read: Json = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}"));
    read["v"].clone()
}

#[test]
fn searching() {
    holds(300, (text(12), text(3)), |(t, s)| {
        let (chars, search) = (characters(&t), characters(&s));
        let (same, folded): (Same, Same) = (|a, b| a == b, same_ignoring_case);
        let ends = |same: Same| {
            chars.len() >= search.len()
                && stands_at(&chars, &search, chars.len() - search.len(), same)
        };
        let count = match search.len() {
            0 => 0,
            _ => places(&chars, &search, same).len(),
        };
        let found = of(
            &[
                "t.contains(s)",
                "t.containsIgnoreCase(s)",
                "t.notContains(s)",
                "t.startsWith(s)",
                "t.startsWithIgnoreCase(s)",
                "t.endsWith(s)",
                "t.endsWithIgnoreCase(s)",
                "t.equalsIgnoreCase(s)",
                "t.equals(s)",
                "t.indexOf(s)",
                "t.find(s)",
                "t.lastIndexOf(s)",
                "t.getOccurenceCount(s)",
                "t.length()",
                "t.isAscii()",
                "t == s",
            ],
            &t,
            &s,
            "",
        );
        let place = number(first(&chars, &search, same));
        prop_assert_eq!(
            found,
            json!([
                first(&chars, &search, same).is_some(),
                first(&chars, &search, folded).is_some(),
                first(&chars, &search, same).is_none(),
                stands_at(&chars, &search, 0, same),
                stands_at(&chars, &search, 0, folded),
                ends(same),
                ends(folded),
                chars.len() == search.len() && stands_at(&chars, &search, 0, folded),
                t == s,
                place,
                place,
                number(last(&chars, &search, same)),
                count,
                chars.len(),
                chars.iter().all(|c| u32::from(*c) < 0x80),
                t == s,
            ])
        );
        Ok(())
    });
}

#[test]
fn cutting() {
    holds(300, (text(12), text(3)), |(t, s)| {
        let (chars, search) = (characters(&t), characters(&s));
        let (same, folded): (Same, Same) = (|a, b| a == b, same_ignoring_case);
        let prefix = |same| first(&chars, &search, same).map(|place| part(&chars[..place]));
        let suffix =
            |same| first(&chars, &search, same).map(|place| part(&chars[place + search.len()..]));
        let all = match search.len() {
            0 => t.clone(),
            _ => replaced(&chars, &search, "", same, usize::MAX),
        };
        let kept = |keep: fn(char) -> bool| {
            chars
                .iter()
                .copied()
                .filter(|c| keep(*c))
                .collect::<String>()
        };
        let left =
            |cut: fn(char) -> bool| part(&chars[chars.iter().take_while(|c| cut(**c)).count()..]);
        let right = |text: &str, cut: fn(char) -> bool| {
            let chars = characters(text);
            part(&chars[..chars.len() - chars.iter().rev().take_while(|c| cut(**c)).count()])
        };
        let low: fn(char) -> bool = |c| c <= ' ';
        let found = of(
            &[
                "t.getPrefix(s)",
                "t.getPrefixIgnoreCase(s)",
                "t.getSuffix(s)",
                "t.getSuffixIgnoreCase(s)",
                "t.getAlpha()",
                "t.getAlphaNumeric()",
                "t.removeAllAlpha()",
                "t.removeAllAlphaNumeric()",
                "t.remove(s)",
                "t.removeFirstOccurence(s)",
                "t.removeLastOccurence(s)",
                "t.trim()",
                "t.ltrim()",
                "t.rtrim()",
            ],
            &t,
            &s,
            "",
        );
        prop_assert_eq!(
            found,
            json!([
                prefix(same),
                prefix(folded),
                suffix(same),
                suffix(folded),
                kept(char::is_alphabetic_letter),
                kept(|c| c.is_alphabetic_letter() || c.is_numeric_digit()),
                kept(|c| !c.is_alphabetic_letter()),
                kept(|c| !(c.is_alphabetic_letter() || c.is_numeric_digit())),
                all,
                without(&chars, first(&chars, &search, same), search.len()),
                without(&chars, last(&chars, &search, same), search.len()),
                right(&left(low), low),
                left(char::is_whitespace),
                right(&t, char::is_whitespace),
            ])
        );
        Ok(())
    });
}

/// The classes of the characters used here, by name rather than by table.
trait Classes: Copy {
    fn is_alphabetic_letter(self) -> bool;
    fn is_numeric_digit(self) -> bool;
}

impl Classes for char {
    fn is_alphabetic_letter(self) -> bool {
        !self.is_ascii_digit() && self.is_alphanumeric() && self != '٣'
    }

    fn is_numeric_digit(self) -> bool {
        self.is_ascii_digit() || self == '٣'
    }
}

#[test]
fn parts_by_place() {
    holds(300, (text(8), -3..12_i64, -3..12_i64), |(t, from, to)| {
        let chars = characters(&t);
        let length = chars.len() as i64;
        let refused = "refused".to_owned();
        let end = if to < 0 { length } else { to };
        let sub = if (0..=length).contains(&from) && end <= length && from <= end {
            part(&chars[from as usize..end as usize])
        } else {
            refused.clone()
        };
        let left = match from {
            ..0 => t.clone(),
            n if n <= length => part(&chars[..n as usize]),
            _ => refused.clone(),
        };
        let right = match from {
            ..0 => t.clone(),
            n if n <= length => part(&chars[(length - n) as usize..]),
            _ => refused.clone(),
        };
        let calls = [
            format!("t.subString({from}, {to})"),
            format!("t.left({from})"),
            format!("t.right({from})"),
        ];
        for (call, expected) in calls.iter().zip([sub, left, right]) {
            let script = format!(
                "r = \"refused\"; try {{ r = {call}; }} catch (e) {{ }} m = {{\"v\": r}}; info m;"
            );
            let printed = output_with(&script, vec![("t", (&*t).into())]);
            let found: Json = serde_json::from_str(&printed).unwrap();
            prop_assert_eq!(&found["v"], &json!(expected), "{}", call);
        }
        Ok(())
    });
}

#[test]
fn replacing_and_building() {
    holds(300, (text(12), text(3), text(3)), |(t, s, w)| {
        let (chars, search) = (characters(&t), characters(&s));
        let (same, folded): (Same, Same) = (|a, b| a == b, same_ignoring_case);
        let all = usize::MAX;
        let quoted = format!(r"\Q{s}\E");
        let escaped = w.replace('\\', r"\\").replace('$', r"\$");
        let by_pattern = output_with(
            "m = {\"v\": {t.replaceAll(q, e), t.replaceFirst(q, e), t.matches(q)}}; info m;",
            vec![
                ("t", (&*t).into()),
                ("q", (&*quoted).into()),
                ("e", (&*escaped).into()),
            ],
        );
        let by_pattern: Json = serde_json::from_str(&by_pattern).unwrap();
        prop_assert_eq!(
            &by_pattern["v"],
            &json!([
                replaced(&chars, &search, &w, same, all),
                replaced(&chars, &search, &w, same, 1),
                t == s,
            ])
        );
        let found = of(
            &[
                "t.replaceAll(s, w, true)",
                "t.replaceAllIgnoreCase(s, w, true)",
                "t.replaceFirst(s, w, true)",
                "t.replaceFirstIgnoreCase(s, w, true)",
                "t.concat(w)",
                "t + w",
                "t.reverse()",
                "t.repeat(3)",
                "t.leftpad(9)",
                "t.rightpad(9)",
                "t.toUpperCase()",
                "t.proper()",
                "t.toList(\"\")",
                "t.textToHex()",
                "t.textToHex().hexToText()",
                "t.textToHex().toUpperCase().hexToText()",
            ],
            &t,
            &s,
            &w,
        );
        let blanks = " ".repeat(9_usize.saturating_sub(chars.len()));
        let upper = |c: char| c.to_uppercase();
        let mut proper = String::new();
        for (at, c) in chars.iter().enumerate() {
            match at == 0 || chars[at - 1].is_whitespace() {
                true => proper.extend(upper(*c)),
                false => proper.extend(c.to_lowercase()),
            }
        }
        let hex: String = t.bytes().map(|byte| format!("{byte:02x}")).collect();
        prop_assert_eq!(
            found,
            json!([
                replaced(&chars, &search, &w, same, all),
                replaced(&chars, &search, &w, folded, all),
                replaced(&chars, &search, &w, same, 1),
                replaced(&chars, &search, &w, folded, 1),
                format!("{t}{w}"),
                format!("{t}{w}"),
                chars.iter().rev().collect::<String>(),
                format!("{t}{t}{t}"),
                format!("{blanks}{t}"),
                format!("{t}{blanks}"),
                chars.iter().flat_map(|c| upper(*c)).collect::<String>(),
                proper,
                chars.iter().map(char::to_string).collect::<Vec<_>>(),
                hex,
                t,
                t,
            ])
        );
        Ok(())
    });
}

#[test]
fn splitting_and_joining() {
    holds(
        300,
        (prop::collection::vec(text(4), 1..6), text(3)),
        |(pieces, s)| {
            // A separator of characters that the pieces do not have.
            let s = format!("|{s}|");
            let joined = pieces.join(&s);
            let found = of(&["t.toList(s)"], &joined, &s, "");
            prop_assert_eq!(&found[0], &json!(pieces));
            Ok(())
        },
    );
}

/// Characters that no list here names, in every function that needs nothing else.
#[test]
fn no_text_does_harm() {
    holds(200, any::<String>(), |t| {
        let kept = of_texts(
            "t.reverse().reverse() == t && t.toUpperCase().toUpperCase() == t.toUpperCase() && t.textToHex().hexToText() == t",
            &[("t", &t)],
        );
        prop_assert_eq!(kept, "true");
        of_texts(
            "t.toLowerCase() + t.proper() + t.trim() + t.getAlphaNumeric()",
            &[("t", &t)],
        );
        Ok(())
    });
}

/// Places in long texts are found by marks that the text keeps.
#[test]
fn places_in_long_texts() {
    let text: String = (0..3000)
        .map(|n| ['a', 'é', '日', '😀'][n * 7 % 11 % 4])
        .collect::<String>()
        + "!";
    let characters = characters(&text);
    let places = [
        2999, 0, 512, 511, 513, 1024, 1536, 7, 3000, 2048, 1023, 2560,
    ];
    for repeated in [&places[..], &places[3..]] {
        let calls: Vec<String> = repeated
            .iter()
            .map(|at| {
                format!(
                    "info t.subString({at}, {}) + t.left({at}).length() + t.right({at}).length();",
                    at + 1
                )
            })
            .collect();
        let told = output_with(&calls.concat(), vec![("t", (&*text).into())]);
        let expected: Vec<String> = repeated
            .iter()
            .map(|at| format!("{}{at}{at}", characters[*at]))
            .collect();
        assert_eq!(told, expected.join("\n"));
    }
    let script = "info t.indexOf(\"!\"); info t.subString(3001).length(); info t.indexOf(\"!\"); info t.length();
        u = t.subString(0); u = u + \"é?\"; info u.indexOf(\"?\"); info u.length(); info u.subString(3000);
        try { info t.subString(3002); } catch (e) { info e.message; }";
    assert_eq!(
        output_with(script, vec![("t", (&*text).into())]),
        "3000\n0\n3000\n3001\n3002\n3003\n!é?\n`subString`: there is no place 3002; allowed are 0 to 3001"
    );
}
