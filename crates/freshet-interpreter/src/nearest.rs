//! "Did you mean": which of the names there are resembles one that is unknown.

use std::str::Chars;

/// The candidate that `found` was probably meant to be: the same but for letter case, else the one with the fewest
/// slips (a letter changed, added or left out, two neighbours swapped), if a third of the letters at most is wrong.
pub fn nearest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    within(found, found.chars().count() / 3, candidates)
}

/// The same for names of functions, of which there are few: one of two letters may have a slip too.
pub(crate) fn nearest_function<'a>(
    found: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let letters = found.chars().count();
    within(
        found,
        (letters / 3).max(usize::from(letters > 1)),
        candidates,
    )
}

/// The candidate with the fewest slips, if there are at most `most`.
fn within<'a>(
    found: &str,
    most: usize,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    /// Letters of a name beyond which nothing is proposed: comparing two names takes time for each letter of each.
    const LONGEST: usize = 100;
    let wanted = found.to_lowercase();
    let letters = wanted.chars().count();
    if letters > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .filter(|candidate| {
            *candidate != found && candidate.chars().count().abs_diff(letters) <= most
        })
        .map(|candidate| {
            (
                strsim::osa_distance(&wanted, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(slips, _)| *slips <= most)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// True if `found` is `name`, letter case aside, but for at most one slip: a letter changed, added or left out, or two
/// neighbours swapped (language reference, 7.2).
pub(crate) fn is_slip_of(found: &str, name: &str) -> bool {
    // Every unknown name of a script is compared with the whole library: most are told apart by their lengths.
    if found.len().abs_diff(name.len()) > 1 && found.is_ascii() && name.is_ascii() {
        return false;
    }
    let (found, name) = without_common_start(found, name);
    let (mut found, mut name) = without_common_end(found, name);
    match (next_three(&mut found), next_three(&mut name)) {
        ([_, None, _], [_, None, _]) => true,
        ([Some(first), Some(second), None], [Some(other_first), Some(other_second), None]) => {
            is_same_letter(first, other_second) && is_same_letter(second, other_first)
        }
        _ => false,
    }
}

fn without_common_start<'l, 'r>(left: &'l str, right: &'r str) -> (&'l str, &'r str) {
    let (mut rest_of_left, mut rest_of_right) = (left.chars(), right.chars());
    loop {
        let (left, right) = (rest_of_left.as_str(), rest_of_right.as_str());
        match (rest_of_left.next(), rest_of_right.next()) {
            (Some(a), Some(b)) if is_same_letter(a, b) => {}
            _ => return (left, right),
        }
    }
}

fn without_common_end<'l, 'r>(left: &'l str, right: &'r str) -> (Chars<'l>, Chars<'r>) {
    let (mut rest_of_left, mut rest_of_right) = (left.chars(), right.chars());
    loop {
        let (left, right) = (rest_of_left.clone(), rest_of_right.clone());
        match (rest_of_left.next_back(), rest_of_right.next_back()) {
            (Some(a), Some(b)) if is_same_letter(a, b) => {}
            _ => return (left, right),
        }
    }
}

fn next_three(letters: &mut Chars<'_>) -> [Option<char>; 3] {
    [letters.next(), letters.next(), letters.next()]
}

fn is_same_letter(a: char, b: char) -> bool {
    a.eq_ignore_ascii_case(&b)
        || !(a.is_ascii() && b.is_ascii()) && a.to_lowercase().eq(b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["toUpperCase", "toLowerCase", "trim", "size", "add"];
        for (found, meant) in [
            ("toUppercase", Some("toUpperCase")),
            ("tolowrecase", Some("toLowerCase")),
            ("trin", Some("trim")),
            ("szie", Some("size")),
            ("frobnicate", None),
            ("x", None),
        ] {
            assert_eq!(nearest(found, names), meant, "{found}");
        }
    }

    #[test]
    fn short_names_of_functions_may_have_a_slip() {
        let names = ["add", "get", "max", "len", "left"];
        for (found, meant) in [
            ("ad", Some("add")),
            ("gte", Some("get")),
            ("mx", Some("max")),
            ("lem", Some("len")),
            ("a", None),
            ("zz", None),
        ] {
            assert_eq!(nearest_function(found, names), meant, "{found}");
        }
    }

    #[test]
    fn a_slip_is_one_letter_or_two_swapped() {
        for (found, name, slip) in [
            ("SIZE", "size", true),
            ("szie", "size", true),
            ("siz", "size", true),
            ("sizze", "size", true),
            ("sizee", "size", true),
            ("GRÖSSE", "größe", false),
            ("größa", "GRÖßE", true),
            ("sice", "size", true),
            ("sceit", "size", false),
            ("length", "size", false),
            ("\u{212A}ey", "key", true),
        ] {
            assert_eq!(is_slip_of(found, name), slip, "{found} {name}");
        }
    }
}
