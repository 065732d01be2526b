//! "Did you mean": the nearest of the names there are.

/// The candidate most like `found`, if one is like enough to be meant.
pub(crate) fn nearest<'a>(
    found: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // At 0.8 a letter left out, added or swapped in a name of four letters is still found.
    const LIKE_ENOUGH: f64 = 0.8;
    let found = found.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&found, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}
