//! Checks of what a person enters for a connection: names, grant types, scopes, hosts, values of fields.

use std::collections::BTreeMap;

use crate::error::{ConnectionError, shown};
use crate::service::hosts::{self, HostPattern};
use crate::service::{Field, FieldSource, GrantType, Rate, Scheme, Service, is_scope};
use crate::usable::fits;

/// A name for people: 1 to 80 characters, trimmed.
pub(super) fn check_name(name: &str) -> Result<String, ConnectionError> {
    let name = name.trim();
    let length = name.chars().count();
    if (1..=80).contains(&length) && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        let found = format!("{length} characters (\"{}\")", shown(name));
        Err(ConnectionError::connection_text(
            "name",
            &found,
            "1–80 visible characters",
        ))
    }
}

pub(super) fn check_notes(notes: String) -> Result<String, ConnectionError> {
    const MOST: usize = 2000;
    let length = notes.chars().count();
    if length <= MOST {
        return Ok(notes);
    }
    Err(ConnectionError::connection_text(
        "notes",
        &format!("{length} characters"),
        "at most 2,000",
    ))
}

/// Limits of a connection only lower those of its service.
pub(super) fn check_rate(
    service: &Service,
    rate: Option<Rate>,
) -> Result<Option<Rate>, ConnectionError> {
    let Some(rate) = rate else { return Ok(None) };
    let hints = service.rate.unwrap_or_default();
    let pairs = [
        ("at_once", rate.at_once, hints.at_once),
        ("per_minute", rate.per_minute, hints.per_minute),
    ];
    for (name, own, hint) in pairs {
        if own == Some(0) {
            return Err(ConnectionError::connection_text(name, "0", "at least 1"));
        }
        if let (Some(own), Some(hint)) = (own, hint)
            && own > hint
        {
            let expected = format!("at most {hint}, the limit of {}", service.name);
            return Err(ConnectionError::connection_text(
                name,
                &own.to_string(),
                &expected,
            ));
        }
    }
    Ok((rate != Rate::default()).then_some(rate))
}

/// The grant type to use, for OAuth 2.0.
pub(super) fn check_grant(
    service: &Service,
    wanted: Option<&str>,
    allow_password: bool,
) -> Result<Option<GrantType>, ConnectionError> {
    let Scheme::OAuth2(oauth2) = &service.scheme else {
        return match wanted {
            None => Ok(None),
            Some(word) => Err(ConnectionError::no_grant_types(
                word,
                &service.name,
                service.scheme.as_str(),
            )),
        };
    };
    let grant = match wanted {
        None => oauth2.grant_types.first().copied(),
        Some(word) => {
            let known = &oauth2.grant_types;
            let grant = GrantType::parse(word).filter(|grant| known.contains(grant));
            let words = || {
                known
                    .iter()
                    .map(|grant| grant.as_str().to_owned())
                    .collect()
            };
            Some(grant.ok_or_else(|| {
                let words: Vec<String> = words();
                ConnectionError::grant_type(word, &words)
            })?)
        }
    };
    // RFC 9700, 2.4 forbids it; some services have nothing else.
    if grant == Some(GrantType::Password) && !allow_password {
        return Err(ConnectionError::password_grant());
    }
    Ok(grant)
}

/// The scopes to ask for: those given, else those the service preselects.
pub(super) fn check_scopes(
    service: &Service,
    wanted: Option<Vec<String>>,
) -> Result<Vec<String>, ConnectionError> {
    let (scopes, free, delimiter) = match &service.scheme {
        Scheme::OAuth1(oauth1) => (&oauth1.scopes, oauth1.free_scopes, oauth1.scope_delimiter),
        Scheme::OAuth2(oauth2) => (&oauth2.scopes, oauth2.free_scopes, oauth2.scope_delimiter),
        Scheme::Basic { .. } | Scheme::ApiKey(_) => {
            return match wanted.as_deref() {
                None | Some([]) => Ok(Vec::new()),
                Some([first, ..]) => Err(ConnectionError::scope(
                    first,
                    &format!("none: {} has no scopes", service.name),
                )),
            };
        }
    };
    let known = || scopes.iter().map(|scope| scope.name.as_str());
    let Some(wanted) = wanted else {
        return Ok(scopes
            .iter()
            .filter(|scope| scope.default)
            .map(|scope| scope.name.clone())
            .collect());
    };
    for scope in &wanted {
        let listed = known().any(|name| name == scope);
        if !listed && !free {
            return Err(ConnectionError::scope(
                scope,
                &format!("one of {}", known().collect::<Vec<_>>().join(", ")),
            ));
        }
        if !is_scope(scope) || scope.contains(delimiter.text()) {
            return Err(ConnectionError::scope(scope, "one scope name"));
        }
    }
    // In the order of the definition, and behind them those that it does not list (connections, 2.3).
    let chosen = known().filter(|name| wanted.iter().any(|scope| scope == name));
    let mut ordered: Vec<String> = chosen.map(str::to_owned).collect();
    for scope in &wanted {
        if !ordered.contains(scope) {
            ordered.push(scope.clone());
        }
    }
    Ok(ordered)
}

/// Further hosts, each once; this machine itself only for custom services.
pub(super) fn check_extra_hosts(
    service: &Service,
    hosts: &[String],
) -> Result<Vec<String>, ConnectionError> {
    let mut checked = Vec::new();
    for host in hosts {
        let host = check_extra_host(service, host)?;
        if !checked.contains(&host) {
            checked.push(host);
        }
    }
    Ok(checked)
}

/// A host that a person allows, as it is compared: lower case, IDNA, no trailing dot.
pub(super) fn check_extra_host(service: &Service, host: &str) -> Result<String, ConnectionError> {
    match HostPattern::parse(host, !service.is_default) {
        Some(pattern) => Ok(pattern.to_string()),
        None => Err(ConnectionError::host(host, hosts::EXPECTED)),
    }
}

/// Values of plain fields: those kept, those given, what a choice sets along; all that are needed,
/// each fitting its field, together naming valid hosts.
pub(super) fn values_with(
    service: &Service,
    kept: &BTreeMap<String, String>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ConnectionError> {
    let values = values_so_far(service, kept, given)?;
    if let Some(field) = lacking(service, &values) {
        return Err(ConnectionError::field_missing(
            &field.name,
            &field.title,
            field.example.as_deref(),
        ));
    }
    check_hosts(service, &values)?;
    Ok(values)
}

/// The first plain field that needs a value and has none.
pub(super) fn lacking<'s>(
    service: &'s Service,
    values: &BTreeMap<String, String>,
) -> Option<&'s Field> {
    service.plain_fields().find(|field| {
        !field.optional && field.default.is_none() && !values.contains_key(&field.name)
    })
}

/// The same as far as they are given, each fitting its field.
pub(super) fn values_so_far(
    service: &Service,
    kept: &BTreeMap<String, String>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ConnectionError> {
    let mut values = kept.clone();
    let mut along = BTreeMap::new();
    for (name, value) in given {
        let field = match service.field(name) {
            Some(field) if field.secret => return Err(ConnectionError::secret_in_set(name)),
            Some(field) if field.from.is_told() => {
                return Err(ConnectionError::told_by_service(name));
            }
            Some(field) if field.from != FieldSource::Client => field,
            _ => {
                let known: Vec<String> = service
                    .plain_fields()
                    .map(|field| field.name.clone())
                    .collect();
                return Err(ConnectionError::unknown_field(name, &service.name, &known));
            }
        };
        check_user_name(service, field, value)?;
        fits(field, value)?;
        if let Some(choice) = field.choices.iter().find(|choice| choice.value == *value) {
            for (other, set) in &choice.sets {
                if !given.contains_key(other) {
                    values.insert(other.clone(), set.clone());
                }
            }
        }
        values.insert(name.clone(), value.clone());
    }
    for field in service
        .plain_fields()
        .filter(|field| !values.contains_key(&field.name))
    {
        // A default chooses what goes along with it, too.
        let chosen = field
            .choices
            .iter()
            .find(|choice| Some(&choice.value) == field.default.as_ref());
        for (other, set) in chosen.iter().flat_map(|choice| &choice.sets) {
            along.entry(other.clone()).or_insert_with(|| set.clone());
        }
    }
    for (name, value) in along {
        values.entry(name).or_insert(value);
    }
    Ok(values)
}

/// What cannot stand in a user name: Basic authentication ends it at a colon, and takes no control characters
/// (RFC 7617, 2).
fn check_user_name(service: &Service, field: &Field, value: &str) -> Result<(), ConnectionError> {
    let Scheme::Basic { username, .. } = &service.scheme else {
        return Ok(());
    };
    if !username.placeholders().any(|name| name == field.name) {
        return Ok(());
    }
    let found = match value.chars().find(|c| *c == ':' || c.is_control()) {
        None => return Ok(()),
        Some(':') => "a colon".to_owned(),
        Some(character) => format!("the control character U+{:04X}", character as u32),
    };
    Err(ConnectionError::credential_text(&field.title, &found))
}

/// Hosts whose fields are all known must come out valid.
fn check_hosts(
    service: &Service,
    values: &BTreeMap<String, String>,
) -> Result<(), ConnectionError> {
    let value = |name: &str| {
        let default = service
            .field(name)
            .and_then(|field| field.default.as_deref());
        values.get(name).map(String::as_str).or(default)
    };
    for template in &service.hosts {
        if template.placeholders().any(|name| value(name).is_none()) {
            continue;
        }
        let host = template.fill(value);
        if HostPattern::parse(&host, !service.is_default).is_none() {
            return Err(ConnectionError::host(&host, hosts::EXPECTED));
        }
    }
    Ok(())
}
