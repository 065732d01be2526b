//! What each code of an error or warning means: one entry a code, in the table of its kind.

mod batches;
mod connections;
mod names;
mod runtime;
mod settings;
mod syntax;

/// What there is to say about one code.
pub struct Explanation {
    /// The stable code, such as `E0130`.
    pub code: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// The cause in a sentence or two; for connections the next step as well.
    pub text: &'static str,
    /// `None` for connections and for faults of Freshet itself, which do not lie in scripts.
    pub example: Option<Example>,
}

/// A script that leads to the code, and the same one mended.
pub struct Example {
    /// Reports the code.
    pub wrong: &'static str,
    /// Does not report it.
    pub right: &'static str,
}

/// All explanations, in the order of the list that people see.
pub fn all() -> impl Iterator<Item = &'static Explanation> {
    [
        syntax::ALL,
        names::ALL,
        settings::ALL,
        runtime::ALL,
        connections::ALL,
        batches::ALL,
    ]
    .into_iter()
    .flatten()
}

/// The explanation of `code`, in any letter case.
pub fn find(code: &str) -> Option<&'static Explanation> {
    all().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

/// The code with the same letter whose number is nearest, or any code with that number.
pub fn nearest(code: &str) -> Option<&'static str> {
    let digits = code.trim_start_matches(|character: char| !character.is_ascii_digit());
    let number: u32 = digits.parse().ok()?;
    let letter = code.chars().next().map(|first| first.to_ascii_uppercase());
    all()
        .map(|entry| {
            let is_other_letter = entry.code.chars().next() != letter;
            let own: u32 = entry.code[1..].parse().unwrap_or(u32::MAX);
            ((is_other_letter, own.abs_diff(number)), entry.code)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, code)| code)
}
