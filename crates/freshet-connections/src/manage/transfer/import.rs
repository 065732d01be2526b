//! The way in: an export becomes services, clients and connections of this registry, all of it in
//! one transaction.

mod clients;

use std::collections::BTreeMap;

use secrecy::SecretString;

use self::clients::{ClientHere, host_of, values};
use super::credential::credential;
use super::document::{
    ClientItem, ConnectionItem, CredentialItem, Document, ServiceItem, Time, plain, same_secrets,
    text,
};
use super::sealed::{self, opening_of};
use crate::Connections;
use crate::connection::{Connection, LinkName};
use crate::error::{ConnectionError, ON_CONFLICT};
use crate::manage::OWN_CLIENT;
use crate::manage::addresses::{Addresses, ClientOf, hosts_of, hosts_with};
use crate::manage::affected::affected_by;
use crate::manage::clients::{needs_client, own_name, put_whole_client};
use crate::manage::conflict::{Fate, Item, OnConflict};
use crate::manage::connections::delete_with_client;
use crate::manage::definitions::{Definition, parsed, place_service};
use crate::manage::entered::{
    check_extra_hosts, check_grant, check_name, check_notes, check_rate, check_scopes, values_with,
};
use crate::manage::view::{ConnectionView, seen_by};
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
    /// The connections that were added, renamed or replaced, as they are now; none in a plan.
    pub connections: Vec<ConnectionView>,
    /// Link names of connections that were here, and have to be authorised again.
    pub affected: Vec<String>,
    /// Those of others whose client is another one now, or has another redirect URL.
    pub redirected: Vec<String>,
    /// Those that were replaced, and whose tokens were deleted here and not ended at the service.
    pub not_ended: Vec<String>,
    /// The clients whose stored secrets go to other addresses than before, as people are told of them.
    pub clients: Vec<String>,
    /// Link names of services with a client whose stored secrets are gone.
    pub secrets_gone: Vec<String>,
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
        let (planned, _) =
            registry.rehearse(|rows| imported(&registry, rows, export, on_conflict))?;
        Ok(planned)
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
        let (mut done, links) =
            registry.write(|rows| imported(&registry, rows, export, on_conflict))?;
        // Others need not wait for that.
        done.connections = registry.read(|rows| {
            let mut views = Vec::new();
            for link in &links {
                if let Some(connection) = rows.connection(link)? {
                    let owner = &self.store.settings.owner;
                    views.push(seen_by(&registry, rows, connection, owner)?);
                }
            }
            Ok(views)
        })?;
        Ok(done)
    }
}

/// Imports an export; gives as well the link names of the connections it made.
fn imported(
    registry: &Registry,
    rows: &Rows<'_>,
    export: &Export,
    on_conflict: Option<OnConflict>,
) -> Result<(Imported, Vec<String>), Failure> {
    let mut import = Import {
        registry,
        rows,
        on_conflict,
        services: BTreeMap::new(),
        skipped: BTreeMap::new(),
        clients: BTreeMap::new(),
        items: Vec::new(),
        redirected: Vec::new(),
        not_ended: Vec::new(),
        led_elsewhere: Vec::new(),
        secrets_gone: Vec::new(),
    };
    let (links, affected) = affected_by(rows, || import.all(&export.0))?;
    let Import {
        items,
        mut redirected,
        not_ended,
        led_elsewhere,
        secrets_gone,
        ..
    } = import;
    redirected.retain(|link| !affected.contains(link));
    redirected.sort();
    redirected.dedup();
    let imported = Imported {
        items,
        connections: Vec::new(),
        affected,
        redirected,
        not_ended,
        clients: led_elsewhere.iter().map(ClientOf::to_string).collect(),
        secrets_gone,
    };
    Ok((imported, links))
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
    /// Link names of connections here whose client is another one now, or has another redirect URL.
    redirected: Vec<String>,
    /// Those that were replaced, and whose tokens go on at the service.
    not_ended: Vec<String>,
    /// The clients that are still here and whose secrets go elsewhere.
    led_elsewhere: Vec<ClientOf>,
    /// Link names of services with a client whose secrets are here no longer.
    secrets_gone: Vec<String>,
}

impl Import<'_> {
    /// Imports everything; gives the link names of the connections it made.
    fn all(&mut self, document: &Document) -> Result<Vec<String>, Failure> {
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
        let own: BTreeMap<(&str, &str), &ClientItem> = own
            .into_iter()
            .map(|client| ((client.service.as_str(), client.name.as_str()), client))
            .collect();
        let mut links = Vec::new();
        for item in &document.connections {
            let named = item.client.as_deref();
            let own = named.and_then(|name| own.get(&(item.service.as_str(), name)));
            links.extend(self.connection(item.clone(), own.copied())?);
        }
        Ok(links)
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
        self.services.insert(definition.link_name, placed.link);
        self.led_elsewhere.extend(placed.clients);
        self.note(&what, placed.fate, placed.leads_to);
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

    /// Imports a connection; gives its link name unless nothing was done.
    fn connection(
        &mut self,
        item: ConnectionItem,
        own: Option<&ClientItem>,
    ) -> Result<Option<String>, Failure> {
        let link = item.link_name.clone();
        let outcome = self.connection_of(item, own);
        // Whose fault it is, in a file with many.
        let placed = outcome.map_err(|failure| match failure {
            Failure::Told(error) => Failure::Told(error.about(&link)),
            sql => sql,
        })?;
        self.note(&link, placed.fate, placed.leads_to);
        Ok(placed.link)
    }

    fn connection_of(
        &mut self,
        item: ConnectionItem,
        own: Option<&ClientItem>,
    ) -> Result<Placed, Failure> {
        let mut link_name = LinkName::parse(&item.link_name)?;
        let Some(service) = self.service_here(&item.service) else {
            return Ok(Placed::nothing(Fate::Skipped));
        };
        let service = self.registry.service(self.rows, &service)?;
        if own.is_none() && self.was_left_out(&service, &item)? {
            return Ok(Placed::nothing(Fate::LeftOut));
        }
        let mut new = checked(&service, &item, &link_name)?;
        new.client = self.client_here(&item, own.is_some())?;
        // A client of its own comes along.
        let uses_another = self.client_of(&item).is_none_or(|here| here.is_another);
        let is_another = own.is_none() && service.needs_client() && uses_another
            || self.leads_elsewhere(&service, &new, &item, own)?;
        let mut fate = Fate::Added;
        let mut before = None;
        if let Some(known) = self.rows.connection_any_case(link_name.as_str())? {
            if self.is_same(&known, &new, &item, own)? {
                return Ok(Placed::nothing(Fate::Same));
            }
            match self.on_conflict {
                None => return Err(self.taken(&known, &link_name)?.into()),
                Some(OnConflict::Skip) => return Ok(Placed::nothing(Fate::Skipped)),
                Some(OnConflict::Rename) => {
                    link_name = self.free(&link_name)?;
                    link_name.as_str().clone_into(&mut new.link_name);
                    fate = Fate::Renamed(new.link_name.clone());
                }
                Some(OnConflict::Replace) => {
                    before = Some(self.take_away(known, &item, is_another)?);
                    fate = Fate::Replaced;
                }
            }
        }
        let connection = self.insert(new, &service, item, own, is_another)?;
        let mut leads_to = self.leads_to(&service, &connection)?;
        if let Some(before) = before {
            // Of another service all of it is new.
            if before.service != connection.service {
                let by_itself = hosts_of(&service).into_iter();
                leads_to.extend(by_itself.filter(|host| !host.contains('{')));
            }
            leads_to.retain(|host| !before.leads_to.contains(host));
        }
        Ok(Placed {
            link: Some(connection.link_name),
            fate,
            leads_to,
        })
    }

    /// Takes a connection away whose place `item` takes. Notes whether tokens of it go on at the service.
    fn take_away(
        &mut self,
        known: Connection,
        item: &ConnectionItem,
        is_another: bool,
    ) -> Result<Before, Failure> {
        let service = self.registry.service(self.rows, &known.service)?;
        let leads_to = self.leads_to(&service, &known)?;
        let comes_along = |owner: &str| {
            let mut credentials = item.credentials.iter();
            let of_owner = credentials.find(|credential| credential.owner == owner);
            let secrets = of_owner.and_then(|credential| credential.secrets.as_ref());
            !is_another && secrets.is_some_and(|secrets| secrets.access_token.is_some())
        };
        let states = self.rows.credentials_of(known.id)?;
        if states
            .iter()
            .any(|state| state.issued_at.is_some() && !comes_along(&state.owner))
        {
            self.not_ended.push(known.link_name.clone());
        }
        delete_with_client(self.rows, &known)?;
        let own = own_name(known.id);
        self.led_elsewhere.retain(|client| client.name != own);
        let subject = of_connection(&known);
        self.rows.audit("remove", subject, "ok", Some("replaced"))?;
        Ok(Before {
            service: known.service,
            leads_to,
        })
    }

    /// C0041 for a link name that is taken.
    fn taken(&self, known: &Connection, link_name: &LinkName) -> Result<ConnectionError, Failure> {
        let (link, service, free) = (&known.link_name, &known.service, self.free(link_name)?);
        let error = ConnectionError::link_name_taken(link, service, free.as_str());
        Ok(error.with_help(ON_CONFLICT))
    }

    /// The hosts to which a connection lets secrets go, but for those that its service names by itself.
    fn leads_to(&self, service: &Service, connection: &Connection) -> Result<Vec<String>, Failure> {
        let mut hosts = connection.extra_hosts.clone();
        let client = self
            .rows
            .client_in_use(&service.link_name, connection.client)?;
        let nothing = BTreeMap::new();
        let of_client = client.as_ref().map_or(&nothing, |client| &client.fields);
        let by_itself = hosts_of(service);
        let mut found: Vec<BTreeMap<String, String>> = Vec::new();
        for credential in self.rows.credentials_of(connection.id)? {
            found.push(credential.found);
        }
        if found.is_empty() {
            // Whoever connects it gets a credential by the same values.
            found.push(BTreeMap::new());
        }
        for found in &found {
            let values = [found, &connection.fields, of_client];
            hosts.extend(hosts_with(service, &values));
        }
        hosts.retain(|host| !by_itself.contains(host));
        let own = client.filter(|client| client.name.starts_with(OWN_CLIENT));
        hosts.extend(own.and_then(|own| host_of(&own.redirect_uri?)));
        let mut seen = Vec::new();
        hosts.retain(|host| {
            let is_new = !seen.contains(host);
            seen.push(host.clone());
            is_new
        });
        Ok(hosts)
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

    /// A link name that is free.
    fn free(&self, link_name: &LinkName) -> Result<LinkName, Failure> {
        let mut failed = None;
        let free = link_name.free(|name| match self.rows.connection_any_case(name) {
            Ok(known) => known.is_some(),
            Err(failure) => {
                failed = Some(failure);
                false
            }
        });
        failed.map_or(Ok(free), Err)
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
            let mut own = values(own, None);
            if is_another {
                own.client_secret = None;
                own.secret_fields.clear();
            }
            needs_client(service)?;
            let own = put_whole_client(self.rows, service, &own_name(connection.id), &own)?;
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

/// What became of a connection of the file.
struct Placed {
    /// Its link name here, where something was done.
    link: Option<String>,
    fate: Fate,
    leads_to: Vec<String>,
}

impl Placed {
    fn nothing(fate: Fate) -> Self {
        Placed {
            link: None,
            fate,
            leads_to: Vec::new(),
        }
    }
}

/// A connection whose place was taken.
struct Before {
    service: String,
    leads_to: Vec<String>,
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
