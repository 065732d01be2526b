//! The clients of an export.

use std::collections::BTreeMap;

use url::Url;

use super::Import;
use crate::connection::Client;
use crate::error::ConnectionError;
use crate::manage::DEFAULT_CLIENT;
use crate::manage::addresses::{Addresses, ClientOf, hosts_of, hosts_with};
use crate::manage::clients::{
    LONGEST_NAME, check_client_name, client_before, links_that_use, put_whole_client,
};
use crate::manage::conflict::{Fate, OnConflict};
use crate::manage::connections::stored_client;
use crate::manage::services::of_service;
use crate::manage::transfer::document::{
    ClientItem, ClientSecrets, ConnectionItem, Secret, plain, same_secrets, text, unwrapped,
};
use crate::registry::{ClientValues, Failure};
use crate::service::Service;
use crate::service::hosts::host_and_port;

/// A client of the file, as it is here.
pub(super) struct ClientHere {
    pub name: String,
    /// Another client stands in its place, or one with another secret: what was issued to the one in the file is of no
    /// use, and the secret of the one here is not for where the connections of the file lead.
    pub is_another: bool,
    /// Its fields in the file that are no secrets.
    pub fields: BTreeMap<String, String>,
}

impl Import<'_> {
    pub(super) fn client(&mut self, item: ClientItem) -> Result<(), Failure> {
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
        check_client_name(&item.name)?;
        let known = self.rows.client_named(&link, &item.name)?;
        let (name, fate) = match &known {
            Some(known) if self.is_same_client(known, &item)? => (item.name.clone(), Fate::Same),
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
        let mut leads_to = Vec::new();
        if !matches!(fate, Fate::Same | Fate::Skipped | Fate::LeftOut) {
            let known = known.filter(|known| known.name == name);
            leads_to = hosts_with(&service, &[&item.fields]);
            // What stands in the service itself is told with that.
            let of_service = hosts_of(&service);
            leads_to.retain(|host| !of_service.contains(host));
            leads_to.extend(item.redirect_uri.as_deref().and_then(host_of));
            self.put_client(&service, &name, &item, known)?;
        }
        let here = ClientHere {
            is_another: fate == Fate::LeftOut || !self.is_client_of_file(&link, &name, &item)?,
            name,
            fields: item.fields,
        };
        self.clients.insert((item.service, item.name), here);
        self.note(&what, fate, leads_to);
        Ok(())
    }

    /// Stores a client of the file in place of the one that is `known`, and notes whom that leads elsewhere to consent.
    fn put_client(
        &mut self,
        service: &Service,
        name: &str,
        item: &ClientItem,
        known: Option<Client>,
    ) -> Result<(), Failure> {
        // A stored secret goes nowhere but where it went before.
        let stays = |known: &Client| {
            let with = |fields| Addresses::of(service, &[fields]);
            known.client_id == item.client_id
                && !with(&item.fields).lead_elsewhere_than(&with(&known.fields))
        };
        let kept = match &known {
            Some(known) if item.secrets.is_none() && stays(known) => {
                client_before(self.rows, service, name)?
            }
            _ => None,
        };
        if kept.is_none() {
            // The secret that was here goes nowhere.
            let is_it = |client: &ClientOf| {
                (&*client.service, &*client.name) == (&*service.link_name, name)
            };
            self.led_elsewhere.retain(|client| !is_it(client));
        }
        let values = values(item, kept);
        let id = put_whole_client(self.rows, service, name, &values)?;
        let detail = format!("client {name}");
        let subject = of_service(&service.link_name);
        self.rows.audit("import", subject, "ok", Some(&detail))?;
        let is_another = known.as_ref().is_some_and(|known| {
            known.client_id != values.client_id
                || known.has_secret && values.client_secret.is_none()
                || known.has_secret_fields && values.secret_fields.is_empty()
        });
        let had_secrets = known
            .as_ref()
            .is_some_and(|known| known.has_secret || known.has_secret_fields);
        if had_secrets && values.client_secret.is_none() && values.secret_fields.is_empty() {
            self.secrets_gone.push(service.link_name.clone());
        }
        let before = known.and_then(|known| known.redirect_uri);
        if let Some(client) = self.rows.client_in_use(&service.link_name, Some(id))?
            && (is_another || before != client.redirect_uri)
        {
            self.redirected.extend(links_that_use(self.rows, &client)?);
        }
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

    pub(super) fn is_same_client(
        &self,
        known: &Client,
        item: &ClientItem,
    ) -> Result<bool, Failure> {
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
            let suffix = format!("_{number}");
            let stem = name.chars().take(LONGEST_NAME - suffix.len());
            let wanted = format!("{}{suffix}", stem.collect::<String>());
            if !taken.contains(&wanted) {
                return Ok(wanted);
            }
            number += 1;
        }
    }

    /// Whether the client that a connection of the file names was left out.
    pub(super) fn was_left_out(
        &self,
        service: &Service,
        item: &ConnectionItem,
    ) -> Result<bool, Failure> {
        match self.client_of(item) {
            Some(here) if item.client.is_some() && here.is_another => {
                let known = self.rows.client_named(&service.link_name, &here.name)?;
                Ok(known.is_none())
            }
            _ => Ok(false),
        }
    }

    /// The client a connection of the file uses here. An own client is made with its connection.
    pub(super) fn client_here(
        &self,
        item: &ConnectionItem,
        has_own: bool,
    ) -> Result<Option<i64>, Failure> {
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
    pub(super) fn client_of(&self, item: &ConnectionItem) -> Option<&ClientHere> {
        let name = item.client.as_deref().unwrap_or(DEFAULT_CLIENT);
        self.clients.get(&(item.service.clone(), name.to_owned()))
    }

    fn client_id(&self, item: &ConnectionItem, name: &str) -> Result<i64, Failure> {
        let link = self.service_here(&item.service).unwrap_or_default();
        let service = self.registry.service(self.rows, &link)?;
        stored_client(self.rows, &service, None, name)
    }
}

/// A client exactly as the file has it. Where the file holds no secrets, those that are `kept` here stay.
pub(super) fn values(item: &ClientItem, kept: Option<Client>) -> ClientValues {
    let (client_secret, secret_fields) = match &item.secrets {
        Some(secrets) => (
            secrets.client_secret.clone().map(|Secret(text)| text),
            unwrapped(secrets.fields.clone()),
        ),
        None => kept.map_or_else(Default::default, |kept| {
            (kept.client_secret, kept.secret_fields)
        }),
    };
    ClientValues {
        client_id: item.client_id.clone(),
        client_secret,
        fields: item.fields.clone(),
        secret_fields,
        redirect_uri: item.redirect_uri.clone(),
    }
}

/// The host to which a redirect URL leads.
pub(super) fn host_of(redirect: &str) -> Option<String> {
    Url::parse(redirect).ok().as_ref().map(host_and_port)
}
