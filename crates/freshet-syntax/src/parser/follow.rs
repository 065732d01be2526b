//! Errors that only follow from others: one slip gives one error (language reference, appendix B, note 8).

use super::fault::{Fault, Kind};
use super::state::Source;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::token::{Diagnostics, Token};

/// Drops what lexer, bracket matching and grammar tell of slips that another of them explains better.
pub(super) fn drop_follow_ups(
    lexical: &mut Diagnostics,
    brackets: &mut Diagnostics,
    faults: &mut Vec<Fault>,
    unclosed: &[(usize, usize)],
    source: &Source<'_>,
) {
    let unclosed = parts_of_statements(unclosed, source);
    faults.retain(|fault| {
        fault.is_warning()
            || !(fault.follows_another(source) || is_inside(&unclosed, fault.first as usize))
    });
    let told: Vec<Span> = faults
        .iter()
        .filter_map(|fault| fault.tells_rest_of_line(source))
        .collect();
    lexical
        .list
        .retain(|one| !told.iter().any(|line| begins_within(one.span, *line)));
    drop_halves_of_blocks(brackets, faults, source);
    brackets
        .list
        .retain(|one| !closes_too_often(one) || !told_in_statement(one.span, faults, source));
}

/// Each bracket that is not closed, sorted, to the end of its statement at most.
fn parts_of_statements(unclosed: &[(usize, usize)], source: &Source<'_>) -> Vec<(usize, usize)> {
    let mut parts: Vec<(usize, usize)> = unclosed
        .iter()
        .map(|(open, end)| {
            let semicolon = (*open..*end).find(|at| source.is(*at, Token::Semicolon));
            (*open, semicolon.unwrap_or(*end))
        })
        .collect();
    parts.sort_unstable();
    parts
}

/// Whether a token stands inside of such a bracket, or is what came instead of its partner.
fn is_inside(unclosed: &[(usize, usize)], at: usize) -> bool {
    let before = unclosed.partition_point(|(open, _)| *open < at);
    let last = before.checked_sub(1).and_then(|last| unclosed.get(last));
    last.is_some_and(|(_, end)| at <= *end)
}

fn begins_within(span: Span, line: Span) -> bool {
    line.start <= span.start && span.start < line.end
}

fn closes_too_often(one: &Diagnostic) -> bool {
    one.code == "E0121"
}

/// Where the `{` of a block is missing, its `}` closes nothing, and what belongs to the block stands outside of it.
fn drop_halves_of_blocks(brackets: &mut Diagnostics, faults: &mut Vec<Fault>, source: &Source<'_>) {
    let start = |fault: &Fault| {
        source
            .span(fault.first as usize, fault.first as usize)
            .start
    };
    let mut missing: Vec<u32> = faults
        .iter()
        .filter(|fault| matches!(fault.kind, Kind::MissingBlock))
        .map(start)
        .collect();
    missing.sort_unstable();
    let mut from = None;
    brackets.list.retain(|one| {
        let is_brace = source
            .text
            .get(one.span.start as usize..one.span.end as usize)
            == Some("}");
        if !closes_too_often(one) || !is_brace {
            return true;
        }
        let before = missing.partition_point(|at| *at <= one.span.start);
        let Some(opened) = before.checked_sub(1).map(|last| missing.remove(last)) else {
            return true;
        };
        from = Some(from.map_or(opened, |first: u32| first.min(opened)));
        false
    });
    if let Some(from) = from {
        faults.retain(|fault| {
            let is_half = matches!(
                fault.kind,
                Kind::WithoutPartner(_) | Kind::MissingCatch | Kind::OutsideLoop
            );
            !is_half || start(fault) < from
        });
    }
}

/// Whether the grammar tells of something in the statement before a place: most likely of the bracket that is missing.
fn told_in_statement(span: Span, faults: &[Fault], source: &Source<'_>) -> bool {
    /// How far the beginning of the statement is looked for, in tokens.
    const FAR: usize = 200;
    let end = source
        .places
        .partition_point(|place| place.start < span.start);
    let begin = (end.saturating_sub(FAR)..end)
        .rev()
        .find(|at| {
            matches!(
                source.token(*at),
                Some(Token::Semicolon | Token::LeftBrace | Token::RightBrace)
            )
        })
        .map_or(end.saturating_sub(FAR), |separator| separator + 1);
    faults
        .iter()
        .filter(|fault| !fault.is_warning())
        .any(|fault| (begin..end).contains(&(fault.first as usize)))
}
