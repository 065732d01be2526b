//! A person chooses where a service has several values for a field, such as sites or accounts.

use std::collections::BTreeMap;

use freshet_connections::{Consent, Verification};
use freshet_runtime::engine::Engine;

use crate::commands::wait;
use crate::exit::Failure;
use crate::output::{self, visible};
use crate::secrets::{ask, can_ask};

/// Goes on where a consent that was given before still waits for one of `set`. `None`: nothing waits.
///
/// # Errors
/// Those of connecting, and of a value that is none of the choices (C0038).
pub fn resumed(
    engine: &Engine,
    link: &str,
    set: &BTreeMap<String, String>,
) -> Result<Option<Verification>, Failure> {
    let connections = engine.connections();
    let Some(value) = set.values().next() else {
        return Ok(None);
    };
    // Without a consent connecting begins anew, with the secrets that are given now.
    if connections.consent(link)? == Consent::NotNeeded || connections.choices(link)?.is_empty() {
        return Ok(None);
    }
    Ok(Some(wait(engine, connections.choose(link, value))??))
}

/// How connecting ended, after a person has chosen where there was a choice.
///
/// # Errors
/// That of connecting; without a terminal the choice is one (C0038).
pub fn settled(
    engine: &Engine,
    link: &str,
    outcome: Result<Verification, Failure>,
) -> Result<Verification, Failure> {
    let connections = engine.connections();
    if outcome.is_ok() || !can_ask() {
        return outcome;
    }
    // Whatever hides the choices, such as a new name: how connecting ended is what counts.
    let choices = connections.choices(link).unwrap_or_default();
    if choices.is_empty() {
        return outcome;
    }
    output::say("The service has several:");
    for (index, choice) in choices.iter().enumerate() {
        let (title, value) = (visible(&choice.title), visible(&choice.value));
        output::say(&format!("  {}  {title} ({value})", index + 1));
    }
    loop {
        let answer = ask("Number or value", None, "--set FIELD=VALUE")?;
        let numbered = answer.parse::<usize>().ok();
        let numbered = numbered.and_then(|number| choices.get(number.checked_sub(1)?));
        let value = match numbered {
            Some(choice) if choices.iter().all(|choice| choice.value != answer) => &choice.value,
            _ => &answer,
        };
        match wait(engine, connections.choose(link, value))? {
            // Another answer may be better, as long as it is waited for.
            Err(error) if !connections.choices(link)?.is_empty() => {
                output::say(&visible(error.message()));
            }
            other => return Ok(other?),
        }
    }
}
