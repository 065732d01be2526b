//! The zone that a mapping reads: an offset, a name or an abbreviation.

use super::Piece;
use crate::value::calendar::{DAY, Zone};

/// Reads the zone that `text` begins with, for `letter` and its `count`; `own` is the configured zone, whose
/// abbreviations come first, `now` when they are looked at. `next` follows in the mapping. What is left is returned too.
pub(super) fn read<'t>(
    text: &'t str,
    (letter, count): (u8, usize),
    next: Option<&Piece<'_>>,
    (own, now): (&Zone, i64),
) -> Option<(Zone, &'t str)> {
    let fits = |rest: &str| match next {
        Some(Piece::Literal(literal)) => rest.starts_with(literal),
        _ => true,
    };
    if text.starts_with(['+', '-']) {
        return offset(text, (letter, count), next.is_some(), fits);
    }
    let long = LONG_NAMES.iter().find_map(|(name, minutes)| {
        let (start, rest) = text.split_at_checked(name.len())?;
        let found = start.eq_ignore_ascii_case(name) && fits(rest);
        found.then(|| (Zone::fixed(minutes * 60), rest))
    });
    if long.is_some() {
        return long;
    }
    let is_id = |c: char| c.is_ascii_alphanumeric() || "+-:/_".contains(c);
    let word = text.find(|c| !is_id(c)).unwrap_or(text.len());
    // In the middle of a mapping the word may go on with what the mapping names next, as in `Z-45`.
    let shortest = if next.is_some() { 1 } else { word };
    (shortest.max(1)..=word.min(LONGEST)).rev().find_map(|end| {
        let (id, rest) = text.split_at(end);
        let is_whole = !rest.starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_whole || !fits(rest) {
            return None;
        }
        Some((named(id, own, now)?, rest))
    })
}

/// `±hh`, `±hhmm` or `±hh:mm`: before other parts the one that the letter stands for, if the text fits; else the
/// longest.
fn offset(
    text: &str,
    (letter, count): (u8, usize),
    goes_on: bool,
    fits: impl Fn(&str) -> bool,
) -> Option<(Zone, &str)> {
    let fixed = match (letter, count) {
        (b'X', 1) => "+hh".len(),
        (b'X', 2) | (b'Z', _) => "+hhmm".len(),
        (b'X', _) => "+hh:mm".len(),
        _ => 0,
    };
    let first = goes_on.then_some(fixed).filter(|length| *length > 0);
    let longest_first = (2..="+hh:mm".len()).rev();
    first.into_iter().chain(longest_first).find_map(|length| {
        let (offset, rest) = text.split_at_checked(length)?;
        let zone = Zone::find(&format!("GMT{offset}"))?;
        fits(rest).then_some((zone, rest))
    })
}

fn named(id: &str, own: &Zone, now: i64) -> Option<Zone> {
    const HALF_A_YEAR: i64 = 182 * DAY;
    if id == "Z" {
        return Some(Zone::utc());
    }
    for millis in [now, now + HALF_A_YEAR] {
        if own.short_name(millis) == id {
            return Some(Zone::fixed(own.offset(millis)));
        }
    }
    let known = SHORT_NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(id));
    match known {
        Some((_, minutes)) => Some(Zone::fixed(minutes * 60)),
        None => Zone::find(id),
    }
}

/// More bytes than a zone's id has.
const LONGEST: usize = 40;

/// Abbreviations that `z` writes, and some of Java's, with their minutes east of UTC. As in Java `PST` is eight hours
/// west in summer, too. Where several zones have one, it is the one with the most people who write it.
const SHORT_NAMES: [(&str, i32); 57] = [
    ("ACDT", 630),
    ("ACST", 570),
    ("ADT", -180),
    ("AEDT", 660),
    ("AEST", 600),
    ("AKDT", -480),
    ("AKST", -540),
    ("ART", -180),
    ("AST", -240),
    ("AWST", 480),
    ("BRT", -180),
    ("BST", 60),
    ("CAT", 120),
    ("CDT", -300),
    ("CEST", 120),
    ("CET", 60),
    ("ChST", 600),
    ("COT", -300),
    ("CST", -360),
    ("EAT", 180),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("GST", 240),
    ("HDT", -540),
    ("HKT", 480),
    ("HST", -600),
    ("ICT", 420),
    ("IDT", 180),
    ("IST", 330),
    ("JST", 540),
    ("KST", 540),
    ("MDT", -360),
    ("MEST", 120),
    ("MESZ", 120),
    ("MET", 60),
    ("MEZ", 60),
    ("MSD", 240),
    ("MSK", 180),
    ("MST", -420),
    ("NDT", -150),
    ("NST", -210),
    ("NZDT", 780),
    ("NZST", 720),
    ("PDT", -420),
    ("PKT", 300),
    ("PST", -480),
    ("SAST", 120),
    ("SGT", 480),
    ("SST", -660),
    ("WAT", 60),
    ("WEST", 60),
    ("WET", 0),
    ("WIB", 420),
    ("WIT", 540),
    ("WITA", 480),
];

/// The long names that `zzzz` writes, and those of Java that mail and browsers write most.
const LONG_NAMES: [(&str, i32); 24] = [
    ("Coordinated Universal Time", 0),
    ("Greenwich Mean Time", 0),
    ("Pacific Standard Time", -480),
    ("Pacific Daylight Time", -420),
    ("Mountain Standard Time", -420),
    ("Mountain Daylight Time", -360),
    ("Central Standard Time", -360),
    ("Central Daylight Time", -300),
    ("Eastern Standard Time", -300),
    ("Eastern Daylight Time", -240),
    ("Western European Time", 0),
    ("Western European Summer Time", 60),
    ("British Summer Time", 60),
    ("Central European Time", 60),
    ("Central European Standard Time", 60),
    ("Central European Summer Time", 120),
    ("Eastern European Time", 120),
    ("Eastern European Summer Time", 180),
    ("Moscow Standard Time", 180),
    ("India Standard Time", 330),
    ("China Standard Time", 480),
    ("Japan Standard Time", 540),
    ("Australian Eastern Standard Time", 600),
    ("Australian Eastern Daylight Time", 660),
];
