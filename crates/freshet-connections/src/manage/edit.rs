//! Changing a connection, and the checks of what may be entered for one.

use std::collections::{BTreeMap, BTreeSet};

use super::clients::lose_authorisation;
use super::connections::{check_free, stored_client};
use super::view::{ConnectionView, view};
use crate::Connections;
use crate::connection::{Connection, LinkName, Status};
use crate::error::{ConnectionError, shown};
use crate::registry::{Failure, Registry, Rows, find, of_connection};
use crate::service::hosts::{self, HostPattern};
use crate::service::{Field, FieldSource, GrantType, Rate, Scheme, Service, is_scope};
use crate::usable::fits;

/// What to change; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// As people read it.
    pub name: Option<String>,
    /// A new link name.
    pub link_name: Option<String>,
    /// All scopes anew.
    pub scopes: Option<Vec<String>>,
    /// Scopes to add.
    pub add_scopes: Vec<String>,
    /// Scopes to drop.
    pub drop_scopes: Vec<String>,
    /// Values of fields that are no secrets.
    pub set: BTreeMap<String, String>,
    /// Fields to empty.
    pub unset: Vec<String>,
    /// Hosts to which the credential may go besides.
    pub allow_hosts: Vec<String>,
    /// Such hosts to take away.
    pub drop_hosts: Vec<String>,
    /// Name of a stored client.
    pub client: Option<String>,
    /// A person's notes.
    pub notes: Option<String>,
    /// Lower limits than the service's.
    pub rate: Option<Rate>,
}

/// What an edit would do, for a question before it is done.
#[derive(Clone, Debug)]
pub struct EditPlan {
    /// As it is.
    pub before: ConnectionView,
    /// Must be authorised again afterwards.
    pub loses_authorisation: bool,
    /// The link name changes: scripts that contain the old one no longer work.
    pub renames: bool,
}

/// A checked edit.
struct Checked {
    before: Connection,
    after: Connection,
    /// What changed that authorisation depends on.
    lost_by: Option<&'static str>,
}

impl Connections {
    /// Checks an edit and tells what it would do, without doing it.
    ///
    /// # Errors
    /// C0001, C0039 to C0049.
    pub fn plan_edit(&self, link: &str, edit: &Edit) -> Result<EditPlan, ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| {
            let checked = check(&registry, rows, link, edit)?;
            let owner = checked.before.owner(&self.store.settings.owner).to_owned();
            let states = rows.credentials_of(checked.before.id)?;
            let usable = states
                .iter()
                .any(|state| state.status == Status::Authorised);
            let credential = rows.credential_state(checked.before.id, &owner)?;
            Ok(EditPlan {
                renames: checked.before.link_name != checked.after.link_name,
                loses_authorisation: checked.lost_by.is_some() && usable,
                before: view(&registry, rows, checked.before, credential, &owner)?,
            })
        })
    }

    /// Changes a connection (row 14 where authorisation depends on what changed).
    ///
    /// # Errors
    /// C0001, C0039 to C0049.
    pub fn edit(&self, link: &str, edit: &Edit) -> Result<ConnectionView, ConnectionError> {
        self.show(link)?;
        let registry = self.store.writing()?;
        let link_name = registry.write(|rows| {
            let Checked {
                before,
                after,
                lost_by,
            } = check(&registry, rows, link, edit)?;
            rows.update_connection(&after)?;
            let subject = of_connection(&after);
            if before.link_name != after.link_name {
                rows.audit("rename", subject, "ok", Some(&before.link_name))?;
            }
            for host in after
                .extra_hosts
                .iter()
                .filter(|host| !before.extra_hosts.contains(host))
            {
                rows.audit("host_added", subject, "ok", Some(host))?;
            }
            let changed = changed_parts(&before, &after);
            if !changed.is_empty() {
                rows.audit("edit", subject, "ok", Some(&changed.join(" ")))?;
            }
            match lost_by {
                Some(what) => lose_authorisation(rows, &after.link_name, what)?,
                // Whoever is shown to work at this moment is so with the values before.
                None if before.fields != after.fields => {
                    for credential in rows.credentials_of(after.id)? {
                        rows.put_generation(credential.id)?;
                    }
                }
                None => {}
            }
            Ok(after.link_name)
        })?;
        self.show(&link_name)
    }
}

/// Names of what differs, for the audit log. Renames and hosts have entries of their own.
fn changed_parts(before: &Connection, after: &Connection) -> Vec<&'static str> {
    let parts = [
        ("name", before.name != after.name),
        ("scopes", before.scopes != after.scopes),
        ("fields", before.fields != after.fields),
        ("client", before.client != after.client),
        ("notes", before.notes != after.notes),
        ("rate", before.rate != after.rate),
        (
            "hosts",
            before
                .extra_hosts
                .iter()
                .any(|host| !after.extra_hosts.contains(host)),
        ),
    ];
    parts
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(name, _)| name)
        .collect()
}

fn check(
    registry: &Registry,
    rows: &Rows<'_>,
    link: &str,
    edit: &Edit,
) -> Result<Checked, Failure> {
    let before = find(rows, link)?;
    let service = registry.service(rows, &before.service)?;
    let mut after = before.clone();
    if let Some(name) = &edit.name {
        after.name = check_name(name)?;
    }
    if let Some(link_name) = &edit.link_name {
        let link_name = LinkName::parse(link_name)?;
        check_free(rows, &link_name, Some(before.id))?;
        after.link_name = link_name.as_str().to_owned();
    }
    after.scopes = edited_scopes(&service, &before, edit)?;
    after.fields = edited_fields(&service, &before, edit)?;
    for host in &edit.allow_hosts {
        let host = check_extra_host(&service, host)?;
        if !after.extra_hosts.contains(&host) {
            after.extra_hosts.push(host);
        }
    }
    for host in &edit.drop_hosts {
        // As it is written, or as it is compared; what stands there may be from before both were the same.
        let compared = check_extra_host(&service, host).unwrap_or_else(|_| host.clone());
        let is_it = |other: &String| {
            other == host || check_extra_host(&service, other).is_ok_and(|other| other == compared)
        };
        let Some(at) = after.extra_hosts.iter().position(is_it) else {
            return Err(
                ConnectionError::host(host, "one of the extra hosts of this connection").into(),
            );
        };
        after.extra_hosts.remove(at);
    }
    if let Some(name) = &edit.client {
        after.client = Some(stored_client(rows, &service, Some(before.id), name)?);
    }
    if let Some(notes) = &edit.notes {
        after.notes = check_notes(notes.clone())?;
    }
    if let Some(rate) = edit.rate {
        after.rate = check_rate(&service, Some(rate))?;
    }
    let lost_by = lost_by(rows, &service, &before, &after)?;
    Ok(Checked {
        before,
        after,
        lost_by,
    })
}

fn edited_scopes(
    service: &Service,
    before: &Connection,
    edit: &Edit,
) -> Result<Vec<String>, ConnectionError> {
    let mut scopes = edit.scopes.clone().unwrap_or_else(|| before.scopes.clone());
    for scope in &edit.add_scopes {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    for scope in &edit.drop_scopes {
        let Some(at) = scopes.iter().position(|other| other == scope) else {
            return Err(ConnectionError::scope(
                scope,
                "one of the scopes of this connection",
            ));
        };
        scopes.remove(at);
    }
    if scopes == before.scopes {
        Ok(scopes)
    } else {
        check_scopes(service, Some(scopes))
    }
}

fn edited_fields(
    service: &Service,
    before: &Connection,
    edit: &Edit,
) -> Result<BTreeMap<String, String>, ConnectionError> {
    if edit.set.is_empty() && edit.unset.is_empty() {
        return Ok(before.fields.clone());
    }
    let mut kept = before.fields.clone();
    for name in &edit.unset {
        if kept.remove(name).is_none() {
            if service.field(name).is_some() {
                let expected = "one that was given with --set";
                return Err(ConnectionError::connection_text(name, "no value", expected));
            }
            let known: Vec<String> = before.fields.keys().cloned().collect();
            return Err(ConnectionError::unknown_field(name, &service.name, &known));
        }
    }
    for (name, value) in &before.fields {
        let stays = edit.set.get(name).is_none_or(|given| given == value);
        if !stays || edit.unset.contains(name) {
            forget_filled(service, name, value, &mut kept);
        }
    }
    values_with(service, &kept, &edit.set)
}

/// What a choice filled in goes with it, unless somebody gave another value since (connections, 2.4: `sets`).
fn forget_filled(service: &Service, name: &str, value: &str, kept: &mut BTreeMap<String, String>) {
    let field = service.field(name);
    let choice = field.and_then(|field| field.choices.iter().find(|one| one.value == value));
    for (filled, with) in choice.iter().flat_map(|choice| &choice.sets) {
        if kept.get(filled) == Some(with) {
            kept.remove(filled);
        }
    }
}

/// What changed that a token was issued for: scopes added, the client, a field in an address.
fn lost_by(
    rows: &Rows<'_>,
    service: &Service,
    before: &Connection,
    after: &Connection,
) -> Result<Option<&'static str>, Failure> {
    if after
        .scopes
        .iter()
        .any(|scope| !before.scopes.contains(scope))
    {
        return Ok(Some("scopes"));
    }
    if after.client != before.client {
        // Naming the client that was in use by default changes nothing.
        let default = rows
            .client_named(&before.service, super::DEFAULT_CLIENT)?
            .map(|client| client.id);
        if after.client.or(default) != before.client.or(default) {
            return Ok(Some("client"));
        }
    }
    let in_addresses = address_fields(service);
    let changed = |name: &String| before.fields.get(name) != after.fields.get(name);
    Ok(in_addresses.iter().any(changed).then_some("address"))
}

/// Names of the fields that stand in an address of the service.
fn address_fields(service: &Service) -> BTreeSet<String> {
    let mut templates: Vec<_> = service.hosts.iter().chain([&service.base_url]).collect();
    match &service.scheme {
        Scheme::OAuth1(oauth1) => templates.extend(
            [
                &oauth1.request_token_url,
                &oauth1.authorize_url,
                &oauth1.token_url,
            ]
            .into_iter()
            .flatten(),
        ),
        Scheme::OAuth2(oauth2) => {
            let urls = [
                &oauth2.authorize_url,
                &oauth2.token_url,
                &oauth2.refresh_url,
                &oauth2.revoke_url,
                &oauth2.device_url,
                &oauth2.issuer,
            ];
            templates.extend(urls.into_iter().flatten());
        }
        Scheme::Basic { .. } | Scheme::ApiKey(_) => {}
    }
    templates
        .iter()
        .flat_map(|template| template.placeholders())
        .map(str::to_owned)
        .collect()
}

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

/// A further host; this machine itself only for custom services.
/// Such hosts, each once.
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
