//! Connections: create, list, show, switch, remove.

use std::collections::BTreeMap;

use super::addresses::hosts_with;
use super::clients::{ADDRESS, ClientInput, own_name, put_own_client};
use super::entered::{
    check_extra_hosts, check_grant, check_name, check_notes, check_rate, check_scopes, lacking,
    values_so_far, values_with,
};
use super::view::{ConnectionView, seen_by};
use super::{OWN, OWN_CLIENT};
use crate::Connections;
use crate::connection::{Connection, Credential, LinkName, Reason, Sharing, Status};
use crate::error::ConnectionError;
use crate::registry::{Entry, Failure, Filter, MUST_AGAIN, Rows, find, of_connection};
use crate::service::{Field, GrantType, Rate, Service};

/// A connection to be made.
#[derive(Clone, Default)]
pub struct NewConnection {
    /// By which scripts refer to it.
    pub link_name: String,
    /// Link name of the service.
    pub service: String,
    /// As people read it; by default the link name.
    pub name: Option<String>,
    /// For OAuth 2.0; by default the service's first.
    pub grant_type: Option<String>,
    /// The grant type `password` is meant.
    pub allow_password_grant: bool,
    /// By default those the service preselects.
    pub scopes: Option<Vec<String>>,
    /// Values of fields that are no secrets.
    pub fields: BTreeMap<String, String>,
    /// Name of a stored client; by default `default`.
    pub client: Option<String>,
    /// A client of this connection alone.
    pub own_client: Option<ClientInput>,
    /// Further hosts to which the credential may go.
    pub extra_hosts: Vec<String>,
    /// A credential for each owner.
    pub per_user: bool,
    /// A person's notes.
    pub notes: String,
    /// Lower limits than the service's.
    pub rate: Option<Rate>,
}

/// What is to be known before a connection is authorised whose service leads elsewhere than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedElsewhere {
    /// The hosts to which its secrets would go.
    pub hosts: Vec<String>,
    /// Whether secrets of its client are stored, which would go there as well.
    pub client_has_secrets: bool,
}

/// Which connections to list.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// In this state.
    pub status: Option<Status>,
    /// To this service.
    pub service: Option<String>,
    /// As this owner sees them; by default the owner of the settings.
    pub owner: Option<String>,
}

impl Connections {
    /// The link name proposed for a connection of that name: made from it, and free.
    ///
    /// # Errors
    /// C0080 to C0086.
    pub fn propose_link_name(&self, name: &str) -> Result<LinkName, ConnectionError> {
        let taken = self.store.reading()?.read(|rows| rows.link_names())?;
        Ok(free_name(&LinkName::propose(name), &taken))
    }

    /// Every link name, for completion.
    ///
    /// # Errors
    /// C0080 to C0086.
    pub fn link_names(&self) -> Result<Vec<String>, ConnectionError> {
        self.store.reading()?.read(|rows| rows.link_names())
    }

    /// A field that a person has still to give for `new`, once all that was given has been looked at: nobody should answer
    /// questions for what is refused in the end.
    ///
    /// # Errors
    /// C0040 to C0046, C0049.
    pub fn lacking_field(&self, new: &NewConnection) -> Result<Option<Field>, ConnectionError> {
        let link_name = LinkName::parse(&new.link_name)?;
        let service = self.service(&new.service)?.service;
        let taken = self.store.reading()?;
        taken.read(|rows| check_free(rows, &link_name, None))?;
        check_grant(
            &service,
            new.grant_type.as_deref(),
            new.allow_password_grant,
        )?;
        check_scopes(&service, new.scopes.clone())?;
        let values = values_so_far(&service, &BTreeMap::new(), &new.fields)?;
        check_extra_hosts(&service, &new.extra_hosts)?;
        Ok(lacking(&service, &values).cloned())
    }

    /// Makes a connection (row 1): state `created`, nothing sent.
    ///
    /// # Errors
    /// C0039 to C0046, C0049.
    pub fn create(&self, new: NewConnection) -> Result<ConnectionView, ConnectionError> {
        let link_name = LinkName::parse(&new.link_name)?;
        // Looked at before anything is created, so that a misspelt service leaves no registry behind.
        let service = self.service(&new.service)?.service;
        let name = check_name(new.name.as_deref().unwrap_or(link_name.as_str()))?;
        let grant_type = check_grant(
            &service,
            new.grant_type.as_deref(),
            new.allow_password_grant,
        )?;
        let scopes = check_scopes(&service, new.scopes)?;
        let fields = values_with(&service, &BTreeMap::new(), &new.fields)?;
        let extra_hosts = check_extra_hosts(&service, &new.extra_hosts)?;
        let connection = Connection {
            id: 0,
            link_name: link_name.as_str().to_owned(),
            name,
            service: service.link_name.clone(),
            client: None,
            grant_type,
            scopes,
            fields,
            extra_hosts,
            sharing: if new.per_user {
                Sharing::PerUser
            } else {
                Sharing::Shared
            },
            disabled: false,
            rate: check_rate(&service, new.rate)?,
            notes: check_notes(new.notes)?,
            created_at: 0,
            updated_at: 0,
        };
        let owner = &self.store.settings.owner;
        let registry = self.store.writing()?;
        registry.write(|rows| {
            check_free(rows, &link_name, None)?;
            let mut connection = rows.insert_connection(connection)?;
            connection.client = match (new.own_client, new.client) {
                (Some(own), _) => Some(put_own_client(rows, &service, connection.id, own)?),
                (None, Some(name)) => {
                    Some(stored_client(rows, &service, Some(connection.id), &name)?)
                }
                (None, None) => None,
            };
            if connection.client.is_some() {
                rows.update_connection(&connection)?;
            }
            let owner = connection.owner(owner).to_owned();
            rows.insert_credential(connection.id, &owner)?;
            let subject = of_connection(&connection);
            rows.audit("create", subject, "ok", None)?;
            for host in &connection.extra_hosts {
                rows.audit("host_added", subject, "ok", Some(host))?;
            }
            seen_by(&registry, rows, connection, &owner)
        })
    }

    /// Connections by link name.
    ///
    /// # Errors
    /// C0080 to C0086.
    pub fn list(&self, filter: &ListFilter) -> Result<Vec<ConnectionView>, ConnectionError> {
        let registry = self.store.reading()?;
        let owner = filter.owner.as_ref().unwrap_or(&self.store.settings.owner);
        registry.read(|rows| {
            let mut views = Vec::new();
            for connection in rows.connections()? {
                if filter
                    .service
                    .as_ref()
                    .is_some_and(|service| *service != connection.service)
                {
                    continue;
                }
                let view = seen_by(&registry, rows, connection, owner)?;
                if filter.status.is_none_or(|status| status == view.status) {
                    views.push(view);
                }
            }
            Ok(views)
        })
    }

    /// One connection.
    ///
    /// # Errors
    /// C0001.
    pub fn show(&self, link: &str) -> Result<ConnectionView, ConnectionError> {
        self.show_as(link, &self.store.settings.owner)
    }

    /// One connection as an owner sees it.
    ///
    /// # Errors
    /// C0001.
    pub fn show_as(&self, link: &str, owner: &str) -> Result<ConnectionView, ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| seen_by(&registry, rows, find(rows, link)?, owner))
    }

    /// A connection that was shown before as an owner sees it now, whatever its link name has become.
    ///
    /// # Errors
    /// C0001 when it was removed meanwhile.
    pub fn show_again(
        &self,
        before: &ConnectionView,
        owner: &str,
    ) -> Result<ConnectionView, ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| {
            let connection = rows
                .connection_by_id(before.id)?
                .filter(|connection| connection.created_at == before.created_at)
                .ok_or_else(ConnectionError::removed_meanwhile)?;
            seen_by(&registry, rows, connection, owner)
        })
    }

    /// Where the secrets of a connection would go now, if its service leads elsewhere since that was authorised.
    ///
    /// # Errors
    /// C0001.
    pub fn led_elsewhere(&self, link: &str) -> Result<Option<LedElsewhere>, ConnectionError> {
        let registry = self.store.reading()?;
        let owner = &self.store.settings.owner;
        registry.read(|rows| {
            let connection = find(rows, link)?;
            let state = rows.credential_state(connection.id, connection.owner(owner))?;
            let Some(state) = state else {
                return Ok(None);
            };
            if !is_led_elsewhere(rows, &connection, &state)? {
                return Ok(None);
            }
            let service = registry.service(rows, &connection.service)?;
            let client = rows.client_in_use(&connection.service, connection.client)?;
            let of_client = client.as_ref().map(|client| &client.fields);
            let entered = [&state.found, &connection.fields].into_iter();
            let values: Vec<_> = entered.chain(of_client).collect();
            Ok(Some(LedElsewhere {
                hosts: hosts_with(&service, &values),
                client_has_secrets: service.needs_client()
                    && client.is_some_and(|client| client.has_secret || client.has_secret_fields),
            }))
        })
    }

    /// The secrets to ask a person for before connecting, and whether each is known, so that it need not be given
    /// again. A client's secret is not among them.
    ///
    /// # Errors
    /// C0001.
    pub fn secrets_to_enter(&self, link: &str) -> Result<Vec<(Field, bool)>, ConnectionError> {
        let registry = self.store.reading()?;
        let owner = &self.store.settings.owner;
        registry.read(|rows| {
            let connection = find(rows, link)?;
            let service = registry.service(rows, &connection.service)?;
            let credential =
                rows.credential_to_replace(connection.id, connection.owner(owner), link)?;
            let is_known = |field: &Field| {
                credential.as_ref().is_some_and(|stored| {
                    // What works without one works without asking for it.
                    let works = field.optional && stored.status == Status::Authorised;
                    works || stored.secret_fields.contains_key(&field.name)
                })
            };
            let grant = connection.grant_type;
            let to_ask = |field: &Field| match grant {
                // A token is requested with the password, so an empty one is no answer.
                Some(GrantType::Password) if field.asked => Field {
                    optional: false,
                    ..field.clone()
                },
                // Beside other grants, only connections that use the password are asked for it.
                Some(_) => Field {
                    asked: false,
                    ..field.clone()
                },
                None => field.clone(),
            };
            let ask = |field| (to_ask(field), is_known(field));
            Ok(service.secret_fields().map(ask).collect())
        })
    }

    /// Whether a client must be stored before `link` can be connected.
    ///
    /// # Errors
    /// C0001.
    pub fn lacks_client(&self, link: &str) -> Result<bool, ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| {
            let connection = find(rows, link)?;
            let service = registry.service(rows, &connection.service)?;
            let default = rows.client_named(&connection.service, super::DEFAULT_CLIENT)?;
            Ok(service.needs_client() && connection.client.is_none() && default.is_none())
        })
    }

    /// Row 16: scripts can no longer use it.
    ///
    /// # Errors
    /// C0001.
    pub fn disable(&self, link: &str) -> Result<ConnectionView, ConnectionError> {
        self.switch(link, true)
    }

    /// Row 16: scripts can use it again.
    ///
    /// # Errors
    /// C0001.
    pub fn enable(&self, link: &str) -> Result<ConnectionView, ConnectionError> {
        self.switch(link, false)
    }

    fn switch(&self, link: &str, disabled: bool) -> Result<ConnectionView, ConnectionError> {
        self.show(link)?;
        self.store.writing()?.write(|rows| {
            let connection = find(rows, link)?;
            if connection.disabled == disabled {
                return Ok(());
            }
            let connection = Connection {
                disabled,
                ..connection
            };
            rows.update_connection(&connection)?;
            rows.audit(
                if disabled { "disable" } else { "enable" },
                of_connection(&connection),
                "ok",
                None,
            )
        })?;
        self.show(link)
    }

    /// Row 17: removes a connection with its credentials and its own client. Audit entries stay.
    ///
    /// # Errors
    /// C0001.
    pub fn remove(&self, link: &str) -> Result<(), ConnectionError> {
        self.show(link)?;
        self.store.writing()?.write(|rows| {
            let connection = find(rows, link)?;
            delete_with_client(rows, &connection)?;
            rows.audit("remove", of_connection(&connection), "ok", None)
        })
    }

    /// The audit log, oldest first.
    ///
    /// # Errors
    /// C0001 for a link name that neither exists nor is in the log.
    pub fn log(&self, filter: &Filter) -> Result<Vec<Entry>, ConnectionError> {
        self.store.reading()?.read(|rows| {
            let entries = rows.audit_entries(filter)?;
            match &filter.link_name {
                Some(link) if entries.is_empty() => find(rows, link).map(|_| entries),
                _ => Ok(entries),
            }
        })
    }
}

/// Whether the service of a connection leads its secrets elsewhere since it was authorised.
pub(super) fn is_led_elsewhere(
    rows: &Rows<'_>,
    connection: &Connection,
    state: &Credential,
) -> Result<bool, Failure> {
    let since = |detail: &str| -> Result<bool, Failure> {
        let at = rows.last_at(connection.id, "edit", detail)?;
        let authorised = state.authorised_at.unwrap_or(i64::MIN);
        Ok(at.is_some_and(|at| at >= authorised))
    };
    // The log forgets, and in another registry it says only that something changed.
    let is_untold = state.reason == Some(Reason::Changed) && !since(&format!(" {MUST_AGAIN}"))?;
    Ok(is_untold || since(&format!("{ADDRESS} {MUST_AGAIN}"))?)
}

/// Refuses a link name that exists, whatever its case. `but` is the connection that may have it.
pub(super) fn check_free(
    rows: &Rows<'_>,
    link_name: &LinkName,
    but: Option<i64>,
) -> Result<(), Failure> {
    let connections = rows.connections()?;
    let taken = connections.iter().find(|connection| {
        connection
            .link_name
            .eq_ignore_ascii_case(link_name.as_str())
            && Some(connection.id) != but
    });
    let Some(taken) = taken else { return Ok(()) };
    let names: Vec<String> = connections
        .iter()
        .map(|connection| connection.link_name.clone())
        .collect();
    let free = free_name(link_name, &names);
    Err(ConnectionError::link_name_taken(&taken.link_name, &taken.service, free.as_str()).into())
}

fn free_name(wanted: &LinkName, taken: &[String]) -> LinkName {
    wanted.free(|name| taken.iter().any(|other| other.eq_ignore_ascii_case(name)))
}

/// Removes a connection, and the client that belongs to it alone.
pub(super) fn delete_with_client(rows: &Rows<'_>, connection: &Connection) -> Result<(), Failure> {
    rows.delete_connection(connection.id)?;
    let own = rows.client_named(&connection.service, &own_name(connection.id))?;
    // Registries of before may have one that another connection took.
    if let Some(client) = own
        && rows.links_of_client(client.id)?.is_empty()
    {
        rows.delete_client(client.id)?;
    }
    Ok(())
}

/// The id of a client that a connection may use: one of its service by name, or `own`. `None`: one that is not made
/// yet, and has none of its own.
///
/// # Errors
/// C0039, also for the own client of another connection: it goes with that one.
pub(super) fn stored_client(
    rows: &Rows<'_>,
    service: &Service,
    connection: Option<i64>,
    name: &str,
) -> Result<i64, Failure> {
    let named = |name: &str| rows.client_named(&service.link_name, name);
    let own = connection.map(own_name);
    let own = own.map(|own| named(&own)).transpose()?.flatten();
    let client = match name {
        // Registries of before may have another of that name.
        OWN if own.is_none() => named(name)?,
        OWN => own,
        _ if name.starts_with(OWN_CLIENT) => own.filter(|own| own.name == name),
        _ => named(name)?,
    };
    match client {
        Some(client) => Ok(client.id),
        None if name == OWN => {
            Err(ConnectionError::no_own_client(&service.name, &service.link_name).into())
        }
        None => Err(super::clients::unknown_client(rows, service, name)?.into()),
    }
}
