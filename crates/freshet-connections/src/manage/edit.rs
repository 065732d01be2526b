//! Changing a connection.

use std::collections::BTreeMap;

use super::addresses::Addresses;
use super::clients::{ClientInput, lose_authorisation, needs_client, own_client, put_own_client};
use super::connections::{check_free, stored_client};
use super::entered::{
    check_extra_host, check_grant, check_name, check_notes, check_rate, check_scopes, values_with,
};
use super::sharing::{others, share};
use super::view::{ConnectionView, view};
use crate::Connections;
use crate::connection::{Connection, LinkName, Sharing, Status};
use crate::error::ConnectionError;
use crate::registry::{Failure, Registry, Rows, find, of_connection};
use crate::service::{Rate, Service};

/// What to change; what is left out stays.
#[derive(Clone, Default)]
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
    /// A client of this connection alone, or what changes about it.
    pub own_client: Option<ClientInput>,
    /// How a token is asked for, for OAuth 2.0.
    pub grant_type: Option<String>,
    /// The grant type `password` is meant.
    pub allow_password_grant: bool,
    /// One credential for everybody, or one an owner.
    pub sharing: Option<Sharing>,
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
    /// The other owners whose credentials are deleted, since it is shared in another way.
    pub owners_lose: Vec<String>,
}

/// A checked edit.
struct Checked {
    before: Connection,
    after: Connection,
    /// What changed that authorisation depends on.
    lost_by: Option<&'static str>,
    /// The identifier of its own client changes.
    own_client_changes: bool,
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
            let owners_lose = if checked.before.sharing == checked.after.sharing {
                Vec::new()
            } else {
                let lost = others(states, &owner);
                // One that was never authorised holds nothing.
                let held = lost.filter(|state| state.status != Status::Created);
                held.map(|state| state.owner).collect()
            };
            Ok(EditPlan {
                owners_lose,
                renames: checked.before.link_name != checked.after.link_name,
                loses_authorisation: usable
                    && (checked.lost_by.is_some() || checked.own_client_changes),
                before: view(&registry, rows, checked.before, credential, &owner)?,
            })
        })
    }

    /// Changes a connection (row 14 where authorisation depends on what changed). Where it is shared in another way, the
    /// credential of the owner of the settings stays, and those of others are deleted.
    ///
    /// # Errors
    /// C0001, C0039 to C0049.
    pub fn edit(&self, link: &str, edit: &Edit) -> Result<ConnectionView, ConnectionError> {
        self.show(link)?;
        let registry = self.store.writing()?;
        let owner = &self.store.settings.owner;
        let link_name = registry.write(|rows| {
            let Checked {
                before,
                mut after,
                lost_by,
                ..
            } = check(&registry, rows, link, edit)?;
            if let Some(own) = &edit.own_client {
                let service = registry.service(rows, &before.service)?;
                // Where it has another identifier, the authorisation is lost with that.
                after.client = Some(put_own_client(rows, &service, before.id, own.clone())?);
            }
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
            let changed = changed_parts(&before, &after, edit);
            if !changed.is_empty() {
                rows.audit("edit", subject, "ok", Some(&changed.join(" ")))?;
            }
            if before.sharing != after.sharing {
                share(rows, &before, &after, owner)?;
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
fn changed_parts(before: &Connection, after: &Connection, edit: &Edit) -> Vec<&'static str> {
    let parts = [
        ("name", before.name != after.name),
        ("scopes", before.scopes != after.scopes),
        ("fields", before.fields != after.fields),
        (
            "client",
            before.client != after.client || edit.own_client.is_some(),
        ),
        ("grant_type", before.grant_type != after.grant_type),
        ("sharing", before.sharing != after.sharing),
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
            let extra = match after.extra_hosts.as_slice() {
                [] => "it has no extra hosts".to_owned(),
                hosts => format!("its extra hosts are {}", hosts.join(", ")),
            };
            let expected = "one of the extra hosts of this connection";
            return Err(ConnectionError::host(host, expected)
                .with_help(&extra)
                .into());
        };
        after.extra_hosts.remove(at);
    }
    if let Some(name) = &edit.client {
        after.client = Some(stored_client(rows, &service, Some(before.id), name)?);
    }
    if let Some(word) = &edit.grant_type {
        after.grant_type = check_grant(&service, Some(word), edit.allow_password_grant)?;
    }
    if let Some(sharing) = edit.sharing {
        after.sharing = sharing;
    }
    if let Some(notes) = &edit.notes {
        after.notes = check_notes(notes.clone())?;
    }
    if let Some(rate) = edit.rate {
        after.rate = check_rate(&service, Some(rate))?;
    }
    let mut lost_by = lost_by(rows, &service, &before, &after)?;
    let mut own_client_changes = false;
    if let Some(own) = &edit.own_client {
        needs_client(&service)?;
        match own_client(rows, &before)? {
            Some(known) => {
                own_client_changes = own
                    .client_id
                    .as_ref()
                    .is_some_and(|id| *id != known.client_id)
            }
            None => lost_by = lost_by.or(Some("client")),
        }
    }
    Ok(Checked {
        before,
        after,
        lost_by,
        own_client_changes,
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

/// What changed that a token was issued for: scopes added, the way it is asked for, the client, a field in an address.
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
    if after.grant_type != before.grant_type {
        return Ok(Some("grant type"));
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
    let nothing = BTreeMap::new();
    let client = rows.client_in_use(&before.service, before.client)?;
    let client = client.as_ref().map_or(&nothing, |client| &client.fields);
    // Not with what the service told: a value that is set is meant to take its place.
    let with = |fields| Addresses::of(service, &[fields, client]);
    let elsewhere = with(&after.fields).lead_elsewhere_than(&with(&before.fields));
    Ok(elsewhere.then_some("address"))
}
