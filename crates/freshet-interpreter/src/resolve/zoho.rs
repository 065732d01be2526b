//! `zoho.…`: system variables, functions with dotted names, integration tasks (Built-ins II, 7, 9 and 10).

use freshet_syntax::ast::{Argument, ExpressionKind, Name};
use freshet_syntax::source::Span;

use super::chain::SoFar;
use super::faults::{self, MethodHelp};
use super::{Resolver, call};
use crate::library::{LIBRARY, integration, system};
use crate::program::Node;

/// Words of the longest name of a system variable, `zoho` not counted.
const LONGEST_VARIABLE: usize = 2;

/// What stands before the names of the configured variables.
const APP_VARIABLES: &str = "zoho.appvariable";

impl<'a> Resolver<'a> {
    /// What begins with `zoho`, with the steps that belong to it.
    pub(super) fn zoho(&mut self, base: usize, span: Span) -> SoFar {
        let (words, call) = self.zoho_words(base);
        // Whatever it is, its value may be another one at the next turn of a loop.
        self.scope.calls += 1;
        if let Some(variable) = self.zoho_variable(base, &words, call) {
            return variable;
        }
        // The words, and the call behind them.
        let steps = words.len() + usize::from(call.is_some());
        self.chain.truncate(self.chain.len() - steps);
        let Some((name, arguments)) = call else {
            let last = words.last().map_or(span, |word| word.span);
            let full = dotted(&words);
            let is_task = words.len() > 1 && integration::is_service(&words[0].text);
            if is_task || LIBRARY.function(&full).is_some() {
                self.diagnostics
                    .push(faults::call_without_parentheses(&full, last));
                return SoFar::reported(self.builder.reported(last));
            }
            let shown = &words[..words.len().min(LONGEST_VARIABLE + 1)];
            return self.unknown_variable(&dotted(shown), first_span(&words, last));
        };
        let full = format!("{}.{}", dotted(&words), name.text);
        if let Some(entry) = LIBRARY.function(&full) {
            return SoFar::value(self.builtin_call(entry, name.span, arguments));
        }
        let prefix = format!("{}.", dotted(&words));
        let is_family = !words.is_empty()
            && LIBRARY.names().any(|name| {
                name.len() > prefix.len()
                    && name.as_bytes()[..prefix.len()].eq_ignore_ascii_case(prefix.as_bytes())
            });
        // `zoho.encryption.md6`, `zoho.pushNotificaton`
        let near = self.near_function_of(&prefix, &name.text);
        if is_family || near.is_some() && words.is_empty() {
            let help = near.map_or(MethodHelp::Nothing, MethodHelp::Near);
            self.diagnostics
                .push(faults::unknown_method(&full, help, None, name.span));
            return SoFar::reported(self.ignored(name.span, arguments));
        }
        match words.first() {
            Some(service) if integration::slip_of_variable(&service.text).is_none() => {
                self.integration_task(&full, service, name, arguments)
            }
            _ if system::find(&full).is_some() => {
                self.diagnostics
                    .push(faults::called_system_variable(&full, name.span));
                SoFar::reported(self.ignored(name.span, arguments))
            }
            _ => {
                self.ignored(name.span, arguments);
                self.unknown_variable(&full, first_span(&words, name.span))
            }
        }
    }

    /// The members that follow `zoho`, and the call behind them.
    fn zoho_words(&self, base: usize) -> (Vec<&'a Name>, Option<call::Step<'a>>) {
        let mut words = Vec::new();
        for step in self.chain[base..].iter().rev() {
            match &self.source.ast.expression(*step).kind {
                ExpressionKind::Member { name, .. } => words.push(name),
                ExpressionKind::Method {
                    name, arguments, ..
                } => return (words, Some((name, arguments))),
                _ => break,
            }
        }
        (words, None)
    }

    /// A system variable; also in the old form with `()`.
    fn zoho_variable(
        &mut self,
        base: usize,
        words: &[&'a Name],
        call: Option<call::Step<'a>>,
    ) -> Option<SoFar> {
        let old_form = call
            .filter(|(_, arguments)| arguments.is_empty())
            .map(|(name, _)| name);
        let all: Vec<&'a Name> = words
            .iter()
            .copied()
            .chain(old_form)
            .take(LONGEST_VARIABLE)
            .collect();
        if let [first, name] = all[..]
            && first.text.eq_ignore_ascii_case("appvariable")
        {
            self.take_steps(base, 2);
            let number = self.builder.name(&name.text);
            return Some(SoFar::value(
                self.builder.node(Node::AppVariable(number), name.span),
            ));
        }
        for count in (1..=all.len()).rev() {
            if let Some(variable) = system::find(&dotted(&all[..count])) {
                self.take_steps(base, count);
                return Some(SoFar::value(
                    self.builder.system(variable, all[count - 1].span),
                ));
            }
        }
        None
    }

    fn take_steps(&mut self, base: usize, count: usize) {
        let rest = self.chain.len().saturating_sub(count).max(base);
        self.chain.truncate(rest);
    }

    /// The function with a dotted name that begins with `prefix` and goes on much like `last`.
    fn near_function_of(&mut self, prefix: &str, last: &str) -> Option<&'static str> {
        let of_family = || {
            LIBRARY.names().filter_map(|known| {
                let (family, rest) = known.split_at_checked(prefix.len())?;
                let is_last = family.eq_ignore_ascii_case(prefix) && !rest.contains('.');
                is_last.then_some((rest, known))
            })
        };
        let near = self.propose(last, of_family().map(|(rest, _)| rest))?;
        let mut known = of_family().filter(|(rest, _)| *rest == near);
        known.next().map(|(_, known)| known)
    }

    fn unknown_variable(&mut self, name: &str, span: Span) -> SoFar {
        let known = system::VARIABLES.iter().map(|variable| variable.name);
        let mut near = self.propose(name, known).map(str::to_owned);
        // `zoho.appvariables.key`
        if let Some((family, own)) = name.rsplit_once('.')
            && near.is_none()
            && self.propose(family, [APP_VARIABLES]).is_some()
        {
            near = Some(format!("{APP_VARIABLES}.{own}"));
        }
        self.diagnostics
            .push(faults::unknown_system_variable(name, near.as_deref(), span));
        SoFar::reported(self.builder.reported(span))
    }

    fn integration_task(
        &mut self,
        full: &str,
        service: &Name,
        name: &'a Name,
        arguments: &'a [Argument],
    ) -> SoFar {
        let found = integration::find(full);
        let mark = self.builder.mark();
        self.push_arguments(arguments);
        if found.task.is_none() {
            let near = match integration::is_service(&service.text) {
                true => integration::nearest_task(full).map(str::to_owned),
                false => {
                    integration::nearest_service(&service.text).map(|near| format!("zoho.{near}"))
                }
            };
            self.diagnostics
                .push(faults::integration(full, near.as_deref(), name.span));
        }
        let arguments = self.builder.operands(mark);
        SoFar::value(self.builder.integration(found, arguments, name.span))
    }
}

/// `zoho` and these words, with points between.
fn dotted(words: &[&Name]) -> String {
    let mut name = "zoho".to_owned();
    for word in words {
        name.push('.');
        name.push_str(&word.text);
    }
    name
}

fn first_span(words: &[&Name], otherwise: Span) -> Span {
    words.first().map_or(otherwise, |word| word.span)
}
