//! The way in: an export becomes services, clients and connections of this registry, all of it in
//! one transaction.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::credential::credential;
use super::document::{
    ClientItem, ClientSecrets, ConnectionItem, CredentialItem, Document, Secret, ServiceItem, Time,
    plain, same_secrets, text, unwrapped,
};
use super::sealed::{self, opening_of};
use crate::Connections;
use crate::connection::{Client, Connection, LinkName};
use crate::error::{ConnectionError, ON_CONFLICT};
use crate::manage::addresses::Addresses;
use crate::manage::affected::affected_by;
use crate::manage::clients::{put_client, put_own_client};
use crate::manage::conflict::{Fate, Item, OnConflict};
use crate::manage::connections::{delete_with_client, stored_client};
use crate::manage::definitions::{Definition, PlacedService, parsed, place_service};
use crate::manage::entered::{
    check_extra_hosts, check_grant, check_name, check_notes, check_rate, check_scopes, values_with,
};
use crate::manage::view::{ConnectionView, seen_by};
use crate::manage::{ClientInput, DEFAULT_CLIENT, OWN_CLIENT};
use crate::registry::{Failure, Registry, Rows, of_connection};
use crate::service::{GrantType, Rate, Service};

/// An export that was read, and opened where it was sealed.
pub struct Export(Document);

impl Export {
    /// Reads an export. `name` is what faults call the file; `key` is the passphrase or the identity that opens it, where
    /// it is sealed.
    ///
    /// # Errors
    /// C0087 when `key` does not open it, C0088 with the line when it is no export.
    pub fn read(
        name: &str,
        file: &[u8],
        key: Option<&SecretString>,
    ) -> Result<Self, ConnectionError> {
        let document = match (opening_of(name, file)?, key) {
            (None, _) => Document::read(name, file)?,
            (Some(opening), Some(key)) => {
                Document::read(name, &sealed::open(name, file, opening, key)?)?
            }
            (Some(_), None) => {
                return Err(ConnectionError::passphrase(
                    "the export is sealed",
                    "give what opens it",
                ));
            }
        };
        Ok(Export(document))
    }
}

/// What an import did, or would do.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Each thing in the file, in its order: services, clients, connections.
    pub items: Vec<Item>,
    /// The connections that were added, renamed or replaced, as they are now.
    pub connections: Vec<ConnectionView>,
    /// Link names of connections that were here, and have to be authorised again.
    pub affected: Vec<String>,
}

impl Connections {
    /// What [`import`](Self::import) would do.
    ///
    /// # Errors
    /// The same.
    pub fn plan_import(
        &self,
        export: &Export,
        on_conflict: Option<OnConflict>,
    ) -> Result<Imported, ConnectionError> {
        let registry = self.store.writing()?;
        registry.rehearse(|rows| self.imported(&registry, rows, export, on_conflict))
    }

    /// Imports an export, all of it or nothing.
    ///
    /// # Errors
    /// C0041 for a name that is taken by something else and no `on_conflict`; C0040 to C0049 and C0060 to C0070 for what
    /// an altered file may hold.
    pub fn import(
        &self,
        export: &Export,
        on_conflict: Option<OnConflict>,
    ) -> Result<Imported, ConnectionError> {
        let registry = self.store.writing()?;
        registry.write(|rows| self.imported(&registry, rows, export, on_conflict))
    }

    fn imported(
        &self,
        registry: &Registry,
        rows: &Rows<'_>,
        export: &Export,
        on_conflict: Option<OnConflict>,
    ) -> Result<Imported, Failure> {
        let mut import = Import {
            registry,
            rows,
            on_conflict,
            services: BTreeMap::new(),
            skipped: BTreeMap::new(),
            clients: BTreeMap::new(),
            items: Vec::new(),
        };
        let owner = &self.store.settings.owner;
        let (connections, affected) = affected_by(rows, || import.all(&export.0, owner))?;
        Ok(Imported {
            items: import.items,
            connections,
            affected,
        })
    }
}

/// An import under way.
struct Import<'a> {
    registry: &'a Registry,
    rows: &'a Rows<'a>,
    on_conflict: Option<OnConflict>,
    /// Link names of services in the file and here; `None`: skipped, and nothing of that name here.
    services: BTreeMap<String, Option<String>>,
    /// Those that were skipped, as the file defines them: another one has their name here.
    skipped: BTreeMap<String, Service>,
    /// Service and name of a client in the file, and its name here.
    clients: BTreeMap<(String, String), ClientHere>,
    items: Vec<Item>,
}

/// A client of the file, as it is here.
struct ClientHere {
    name: String,
    /// Another client stands in its place, or one with another secret: what was issued to the one in the file is of no
    /// use, and the secret of the one here is not for where the connections of the file lead.
    is_another: bool,
    /// Its fields in the file that are no secrets.
    fields: BTreeMap<String, String>,
}

impl Import<'_> {
    /// Imports everything; gives the connections it made, as `owner` sees them.
    fn all(&mut self, document: &Document, owner: &str) -> Result<Vec<ConnectionView>, Failure> {
        for item in document.services.clone() {
            self.service(item)?;
        }
        let (own, shared): (Vec<_>, Vec<_>) = document
            .clients
            .iter()
            .partition(|client| client.name.starts_with(OWN_CLIENT));
        for item in shared {
            self.client(item.clone())?;
        }
        let mut views = Vec::new();
        for item in document.connections.clone() {
            let own = own.iter().copied().find(|client| {
                client.service == item.service && item.client.as_ref() == Some(&client.name)
            });
            if let Some(connection) = self.connection(item, own)? {
                views.push(seen_by(self.registry, self.rows, connection, owner)?);
            }
        }
        Ok(views)
    }

    /// `leads_to`: the hosts that get secrets by it.
    fn note(&mut self, what: &str, fate: Fate, leads_to: Vec<String>) {
        self.items.push(Item {
            what: crate::error::shown(what),
            fate,
            leads_to,
        });
    }

    fn service(&mut self, item: ServiceItem) -> Result<(), Failure> {
        let what = format!("service {}", item.link_name);
        let definition = Definition {
            file: format!("{}.toml", item.link_name),
            link_name: item.link_name,
            line: 0,
            text: item.definition,
        };
        let placed = place_service(self.rows, &definition, self.on_conflict)?;
        if placed.fate == Fate::Skipped {
            let there = parsed(&definition, &definition.link_name, &definition.text)?;
            self.skipped.insert(definition.link_name.clone(), there);
        }
        let PlacedService {
            link,
            fate,
            leads_to,
        } = placed;
        self.services.insert(definition.link_name, link);
        self.note(&what, fate, leads_to);
        Ok(())
    }

    /// The link name here of a service of the file; `None`: it was skipped.
    fn service_here(&self, link: &str) -> Option<String> {
        match self.services.get(link) {
            Some(here) => here.clone(),
            // A default service, or one that is here already.
            None => Some(link.to_owned()),
        }
    }

    fn client(&mut self, item: ClientItem) -> Result<(), Failure> {
        let what = format!("client {} of {}", item.name, item.service);
        let Some(link) = self.service_here(&item.service) else {
            self.note(&what, Fate::Skipped, Vec::new());
            return Ok(());
        };
        let service = self.registry.service(self.rows, &link)?;
        if !service.needs_client() {
            return Err(
                ConnectionError::needs_no_client(&service.name, service.scheme.as_str()).into(),
            );
        }
        let known = self.rows.client_named(&link, &item.name)?;
        let (name, fate) = match known {
            Some(known) if self.is_same_client(&known, &item)? => (item.name.clone(), Fate::Same),
            _ if self.is_meant_for_another(&service, &item) => (item.name.clone(), Fate::LeftOut),
            None => (item.name.clone(), Fate::Added),
            Some(_) => match self.on_conflict {
                None => return Err(ConnectionError::import_conflict(&what).into()),
                Some(OnConflict::Skip) => (item.name.clone(), Fate::Skipped),
                Some(OnConflict::Replace) => (item.name.clone(), Fate::Replaced),
                Some(OnConflict::Rename) => {
                    let name = self.free_client_name(&link, &item.name)?;
                    (name.clone(), Fate::Renamed(name))
                }
            },
        };
        if !matches!(fate, Fate::Same | Fate::Skipped | Fate::LeftOut) {
            put_client(self.rows, &service, &name, input(&item))?;
            self.rows.audit(
                "import",
                crate::manage::services::of_service(&link),
                "ok",
                Some(&format!("client {name}")),
            )?;
        }
        let here = ClientHere {
            is_another: fate == Fate::LeftOut || !self.is_client_of_file(&link, &name, &item)?,
            name,
            fields: item.fields,
        };
        self.clients.insert((item.service, item.name), here);
        self.note(&what, fate, Vec::new());
        Ok(())
    }

    /// Whether the secrets of a client would go by the service here where the file does not say that they go.
    fn is_meant_for_another(&self, service: &Service, item: &ClientItem) -> bool {
        if service.is_default || item.secrets.is_none() {
            return false;
        }
        if !self.services.contains_key(&item.service) {
            // It does not say at all.
            return true;
        }
        let with = |service| Addresses::of(service, &[&item.fields]);
        let there = self.skipped.get(&item.service);
        there.is_some_and(|there| with(service).lead_elsewhere_than(&with(there)))
    }

    /// Whether the client here is that of the file, with its secrets or without any.
    fn is_client_of_file(
        &self,
        service: &str,
        name: &str,
        item: &ClientItem,
    ) -> Result<bool, Failure> {
        let Some(known) = self.rows.client_named(service, name)? else {
            return Ok(false);
        };
        if known.client_id != item.client_id {
            return Ok(false);
        }
        match &item.secrets {
            None => Ok(!known.has_secret && !known.has_secret_fields),
            Some(secrets) => self.has_secrets(&known, secrets),
        }
    }

    fn is_same_client(&self, known: &Client, item: &ClientItem) -> Result<bool, Failure> {
        let same = known.client_id == item.client_id
            && known.fields == item.fields
            && known.redirect_uri == item.redirect_uri;
        let (true, Some(secrets)) = (same, &item.secrets) else {
            return Ok(same);
        };
        self.has_secrets(known, secrets)
    }

    fn has_secrets(&self, known: &Client, secrets: &ClientSecrets) -> Result<bool, Failure> {
        let Some(known) = self.rows.client(known.id)? else {
            return Ok(false);
        };
        Ok(
            text(known.client_secret.as_ref()) == plain(secrets.client_secret.as_ref())
                && same_secrets(&known.secret_fields, &secrets.fields),
        )
    }

    fn free_client_name(&self, service: &str, name: &str) -> Result<String, Failure> {
        let taken: Vec<String> = self
            .rows
            .clients(service)?
            .into_iter()
            .map(|client| client.name)
            .collect();
        let mut number = 2_u64;
        loop {
            let wanted = format!("{name}_{number}");
            if !taken.contains(&wanted) {
                return Ok(wanted);
            }
            number += 1;
        }
    }

    /// Imports a connection; gives it back unless nothing was done.
    fn connection(
        &mut self,
        item: ConnectionItem,
        own: Option<&ClientItem>,
    ) -> Result<Option<Connection>, Failure> {
        let link = item.link_name.clone();
        let outcome = self.connection_of(item, own);
        // Whose fault it is, in a file with many.
        let (connection, fate) = outcome.map_err(|failure| match failure {
            Failure::Told(error) => Failure::Told(error.about(&link)),
            sql => sql,
        })?;
        let leads_to = connection
            .as_ref()
            .map_or_else(Vec::new, |connection| connection.extra_hosts.clone());
        self.note(&link, fate, leads_to);
        Ok(connection)
    }

    fn connection_of(
        &mut self,
        item: ConnectionItem,
        own: Option<&ClientItem>,
    ) -> Result<(Option<Connection>, Fate), Failure> {
        let mut link_name = LinkName::parse(&item.link_name)?;
        let Some(service) = self.service_here(&item.service) else {
            return Ok((None, Fate::Skipped));
        };
        let service = self.registry.service(self.rows, &service)?;
        if own.is_none() && self.was_left_out(&service, &item)? {
            return Ok((None, Fate::LeftOut));
        }
        let mut new = checked(&service, &item, &link_name)?;
        new.client = self.client_here(&item, own.is_some())?;
        // A client of its own comes along.
        let uses_another = self.client_of(&item).is_none_or(|here| here.is_another);
        let is_another = own.is_none() && service.needs_client() && uses_another
            || self.leads_elsewhere(&service, &new, &item, own)?;
        let mut fate = Fate::Added;
        if let Some(known) = self.known(&link_name)? {
            if self.is_same(&known, &new, &item, own)? {
                return Ok((None, Fate::Same));
            }
            match self.on_conflict {
                None => {
                    let free = self.free(&link_name)?;
                    let known_service = &known.service;
                    return Err(ConnectionError::link_name_taken(
                        &known.link_name,
                        known_service,
                        free.as_str(),
                    )
                    .with_help(ON_CONFLICT))?;
                }
                Some(OnConflict::Skip) => return Ok((None, Fate::Skipped)),
                Some(OnConflict::Rename) => {
                    link_name = self.free(&link_name)?;
                    link_name.as_str().clone_into(&mut new.link_name);
                    fate = Fate::Renamed(new.link_name.clone());
                }
                Some(OnConflict::Replace) => {
                    delete_with_client(self.rows, &known)?;
                    let subject = of_connection(&known);
                    self.rows.audit("remove", subject, "ok", Some("replaced"))?;
                    fate = Fate::Replaced;
                }
            }
        }
        let connection = self.insert(new, &service, item, own, is_another)?;
        Ok((Some(connection), fate))
    }

    /// Whether the client that a connection of the file names was left out.
    fn was_left_out(&self, service: &Service, item: &ConnectionItem) -> Result<bool, Failure> {
        match self.client_of(item) {
            Some(here) if item.client.is_some() && here.is_another => {
                let known = self.rows.client_named(&service.link_name, &here.name)?;
                Ok(known.is_none())
            }
            _ => Ok(false),
        }
    }

    /// The client a connection of the file uses here. An own client is made with its connection.
    fn client_here(&self, item: &ConnectionItem, has_own: bool) -> Result<Option<i64>, Failure> {
        let here = self.client_of(item).map(|here| here.name.as_str());
        match (&item.client, here) {
            // The default one is named only where it had to take another name.
            (None, None | Some(DEFAULT_CLIENT)) => Ok(None),
            (None, Some(here)) => self.client_id(item, here).map(Some),
            (Some(_), _) if has_own => Ok(None),
            (Some(name), here) => self.client_id(item, here.unwrap_or(name)).map(Some),
        }
    }

    /// The client of the file that a connection of it uses, as it is here; `None`: the file does not hold it.
    fn client_of(&self, item: &ConnectionItem) -> Option<&ClientHere> {
        let name = item.client.as_deref().unwrap_or(DEFAULT_CLIENT);
        self.clients.get(&(item.service.clone(), name.to_owned()))
    }

    fn client_id(&self, item: &ConnectionItem, name: &str) -> Result<i64, Failure> {
        let link = self.service_here(&item.service).unwrap_or_default();
        let service = self.registry.service(self.rows, &link)?;
        stored_client(self.rows, &service, None, name)
    }

    /// Whether secrets of a connection would go here where the file does not say that they go.
    fn leads_elsewhere(
        &self,
        service: &Service,
        new: &Connection,
        item: &ConnectionItem,
        own: Option<&ClientItem>,
    ) -> Result<bool, Failure> {
        if !service.is_default && !self.services.contains_key(&item.service) {
            // It does not say at all.
            return Ok(true);
        }
        let nothing = BTreeMap::new();
        let used = self.rows.client_in_use(&service.link_name, new.client)?;
        let here = used.as_ref().map_or(&nothing, |client| &client.fields);
        let there = self.client_of(item).map_or(here, |client| &client.fields);
        let (here, there) = own.map_or((here, there), |own| (&own.fields, &own.fields));
        let in_file = self.skipped.get(&item.service).unwrap_or(service);
        Ok(item.credentials.iter().any(|credential| {
            let with =
                |service, client| Addresses::of(service, &[&credential.found, &new.fields, client]);
            with(service, here).lead_elsewhere_than(&with(in_file, there))
        }))
    }

    /// The connection here of that link name, whatever its case.
    fn known(&self, link_name: &LinkName) -> Result<Option<Connection>, Failure> {
        let connections = self.rows.connections()?;
        Ok(connections
            .into_iter()
            .find(|known| known.link_name.eq_ignore_ascii_case(link_name.as_str())))
    }

    fn free(&self, link_name: &LinkName) -> Result<LinkName, Failure> {
        let taken = self.rows.link_names()?;
        Ok(link_name.free(|name| taken.iter().any(|other| other.eq_ignore_ascii_case(name))))
    }

    /// Whether a connection is here already: the same definition and, where secrets are in the
    /// file, the same secrets.
    fn is_same(
        &self,
        known: &Connection,
        new: &Connection,
        item: &ConnectionItem,
        own: Option<&ClientItem>,
    ) -> Result<bool, Failure> {
        let same_client = match own {
            None => known.client == new.client,
            Some(own) => match known.client.map(|id| self.rows.client(id)).transpose()? {
                Some(Some(client)) if client.name.starts_with(OWN_CLIENT) => {
                    self.is_same_client(&client, own)?
                }
                _ => false,
            },
        };
        let same = same_client
            && (&known.link_name, &known.name, &known.service)
                == (&new.link_name, &new.name, &new.service)
            && (known.grant_type, known.sharing, known.disabled)
                == (new.grant_type, new.sharing, new.disabled)
            && (&known.scopes, &known.fields, &known.extra_hosts)
                == (&new.scopes, &new.fields, &new.extra_hosts)
            && (known.rate, &known.notes) == (new.rate, &new.notes);
        if !same {
            return Ok(false);
        }
        for credential in &item.credentials {
            if !self.is_same_credential(known, credential)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_same_credential(
        &self,
        connection: &Connection,
        item: &CredentialItem,
    ) -> Result<bool, Failure> {
        let Some(secrets) = &item.secrets else {
            return Ok(true);
        };
        let known = self
            .rows
            .credential(connection.id, &item.owner, &connection.link_name)?;
        let Some(known) = known else {
            return Ok(false);
        };
        Ok(known.status == item.status
            && same_secrets(&known.secret_fields, &secrets.fields)
            && text(known.access_token.as_ref()) == plain(secrets.access_token.as_ref())
            && text(known.token_secret.as_ref()) == plain(secrets.token_secret.as_ref())
            && text(known.refresh_token.as_ref()) == plain(secrets.refresh_token.as_ref()))
    }

    fn insert(
        &self,
        new: Connection,
        service: &Service,
        item: ConnectionItem,
        own: Option<&ClientItem>,
        is_another: bool,
    ) -> Result<Connection, Failure> {
        let (created_at, updated_at) = (new.created_at, new.updated_at);
        let mut connection = self.rows.insert_connection(new)?;
        if let Some(own) = own {
            let mut own = input(own);
            if is_another {
                own.client_secret = None;
                own.secret_fields.clear();
            }
            let own = put_own_client(self.rows, service, connection.id, own)?;
            connection.client = Some(own);
            self.rows.update_connection(&connection)?;
        }
        self.rows
            .put_connection_times(connection.id, created_at, updated_at)?;
        (connection.created_at, connection.updated_at) = (created_at, updated_at);
        let with_secrets = item.credentials.iter().any(|one| one.secrets.is_some());
        let subject = of_connection(&connection);
        if let (true, Some(Time(at))) = (connection.disabled, item.disabled_at) {
            self.rows.audit_imported(at, "disable", subject, None)?;
        }
        for one in item.credentials {
            let lost_at = one.lost_at;
            let credential = credential(service, one, is_another)?;
            self.rows
                .insert_whole_credential(connection.id, &credential)?;
            if let (Some(Time(at)), Some(reason)) = (lost_at, credential.reason) {
                self.rows
                    .audit_loss(at, subject, reason, &credential.owner)?;
            }
        }
        let detail = if with_secrets {
            "with secrets"
        } else {
            "without secrets"
        };
        self.rows.audit("import", subject, "ok", Some(detail))?;
        for host in &connection.extra_hosts {
            self.rows.audit("host_added", subject, "ok", Some(host))?;
        }
        Ok(connection)
    }
}

/// The definition in the file, by the rules for one that a person enters.
fn checked(
    service: &Service,
    item: &ConnectionItem,
    link_name: &LinkName,
) -> Result<Connection, ConnectionError> {
    // Whoever made the connection was allowed the password grant then.
    let grant_type = check_grant(service, item.grant_type.map(GrantType::as_str), true)?;
    let extra_hosts = check_extra_hosts(service, &item.extra_hosts)?;
    let rate = item.rate.map(|rate| Rate {
        at_once: rate.at_once,
        per_minute: rate.per_minute,
    });
    Ok(Connection {
        id: 0,
        link_name: link_name.as_str().to_owned(),
        name: check_name(&item.name)?,
        service: service.link_name.clone(),
        client: None,
        grant_type,
        scopes: check_scopes(service, Some(item.scopes.clone()))?,
        fields: values_with(service, &BTreeMap::new(), &item.fields)?,
        extra_hosts,
        sharing: item.sharing,
        disabled: item.disabled,
        rate: check_rate(service, rate)?,
        notes: check_notes(item.notes.clone())?,
        created_at: item.created_at.0,
        updated_at: item.updated_at.0,
    })
}

fn input(item: &ClientItem) -> ClientInput {
    let secrets = item.secrets.as_ref();
    ClientInput {
        client_id: Some(item.client_id.clone()),
        client_secret: secrets
            .and_then(|secrets| secrets.client_secret.clone())
            .map(|Secret(text)| text),
        fields: item.fields.clone(),
        secret_fields: secrets
            .map(|secrets| unwrapped(secrets.fields.clone()))
            .unwrap_or_default(),
        redirect_uri: item.redirect_uri.clone(),
    }
}
