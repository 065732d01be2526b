//! "Did you mean": which of the names there are resembles one that is unknown.

/// The candidate that `found` was probably meant to be: the same but for letter case, else the one with the fewest
/// slips (a letter changed, added or left out, two neighbours swapped), if a third of the letters at most is wrong.
pub(crate) fn nearest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = found.to_lowercase();
    let letters = wanted.chars().count();
    let most = letters / 3;
    candidates
        .into_iter()
        .filter(|candidate| *candidate != found && candidate.chars().count().abs_diff(letters) <= most)
        .map(|candidate| (strsim::osa_distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(slips, _)| *slips <= most)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// True if `found` is `name`, letter case aside, but for at most one slip (language reference, 7.2).
pub(crate) fn is_slip_of(found: &str, name: &str) -> bool {
    found.len().abs_diff(name.len()) <= LONGEST_LETTER
        && strsim::osa_distance(&found.to_lowercase(), &name.to_lowercase()) <= 1
}

/// Bytes of the longest letter in UTF-8.
const LONGEST_LETTER: usize = 4;

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
    fn a_slip_is_one_letter_or_two_swapped() {
        for (found, name, slip) in [
            ("SIZE", "size", true),
            ("szie", "size", true),
            ("siz", "size", true),
            ("sizze", "size", true),
            ("sice", "size", true),
            ("sceit", "size", false),
            ("length", "size", false),
        ] {
            assert_eq!(is_slip_of(found, name), slip, "{found} {name}");
        }
    }
}
