//! The way out: connections with their clients and custom services, with or without secrets.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::document::{
    ClientItem, ClientSecrets, ConnectionItem, CredentialItem, CredentialSecrets, Document,
    LastErrorItem, RateItem, Secret, ServiceItem, Time,
};
use super::sealed;
use crate::Connections;
use crate::connection::{Client, Connection, Credential, Reason};
use crate::error::ConnectionError;
use crate::manage::OWN_CLIENT;
use crate::manage::view::{ConnectionView, seen_by};
use crate::registry::{Failure, Rows, find, lost_at, of_connection};

/// How an export with secrets is sealed.
pub enum Seal {
    /// By a passphrase of at least 12 characters.
    Passphrase(SecretString),
    /// To a recipient of age, `age1…`.
    Recipient(String),
}

/// An export.
pub struct Exported {
    /// The file: a JSON document, or the sealed form of one.
    pub file: Vec<u8>,
    /// The connections in it.
    pub connections: Vec<ConnectionView>,
}

impl Connections {
    /// Exports connections, all of them or those of `links`, with the clients and the custom
    /// services they use. Their secrets go along only where it is sealed.
    ///
    /// # Errors
    /// C0001, C0083, C0087 for a passphrase under 12 characters or what is no recipient.
    pub fn export(
        &self,
        links: Option<&[String]>,
        seal: Option<&Seal>,
    ) -> Result<Exported, ConnectionError> {
        let registry = self.store.reading()?;
        let owner = &self.store.settings.owner;
        let (document, views) = registry.read(|rows| {
            let chosen = chosen(rows, links)?;
            let mut document = Document::new();
            let mut views = Vec::new();
            for connection in &chosen {
                collect(rows, connection, seal.is_some(), &mut document)?;
            }
            for connection in chosen {
                views.push(seen_by(&registry, rows, connection, owner)?);
            }
            Ok((document, views))
        })?;
        let text = document.write();
        let file = match seal {
            Some(seal) => sealed::seal(&text, seal)?,
            None => text.to_vec(),
        };
        // Sealed before it is noted: an export that could not be made is none.
        self.note_export(&document, seal.is_some())?;
        Ok(Exported {
            file,
            connections: views,
        })
    }

    fn note_export(&self, document: &Document, with_secrets: bool) -> Result<(), ConnectionError> {
        if document.connections.is_empty() {
            return Ok(());
        }
        let detail = if with_secrets {
            "with secrets"
        } else {
            "without secrets"
        };
        self.store.writing()?.write(|rows| {
            for item in &document.connections {
                // One that another process removed meanwhile is in the export all the same.
                if let Some(connection) = rows.connection(&item.link_name)? {
                    rows.audit("export", of_connection(&connection), "ok", Some(detail))?;
                }
            }
            Ok(())
        })
    }
}

/// The connections of these link names, each once; all without names.
fn chosen(rows: &Rows<'_>, links: Option<&[String]>) -> Result<Vec<Connection>, Failure> {
    let Some(links) = links else {
        return rows.connections();
    };
    let mut chosen: Vec<Connection> = Vec::new();
    for link in links {
        let connection = find(rows, link)?;
        if !chosen.iter().any(|other| other.id == connection.id) {
            chosen.push(connection);
        }
    }
    Ok(chosen)
}

/// Adds a connection to the document, and what it uses.
fn collect(
    rows: &Rows<'_>,
    connection: &Connection,
    with_secrets: bool,
    document: &mut Document,
) -> Result<(), Failure> {
    let service = &connection.service;
    let known = |items: &[ServiceItem]| items.iter().any(|item| item.link_name == *service);
    if !known(&document.services)
        && let Some(custom) = rows.custom_service(service)?
    {
        document.services.push(ServiceItem {
            link_name: custom.link_name,
            definition: custom.definition,
        });
    }
    let mut name = None;
    if let Some(client) = client_of(rows, connection, with_secrets)? {
        let in_file = client_name(&client, connection);
        name = connection.client.is_some().then(|| in_file.clone());
        let known = document
            .clients
            .iter()
            .any(|item| item.service == *service && item.name == in_file);
        if !known {
            document
                .clients
                .push(client_item(client, in_file, with_secrets));
        }
    }
    let mut item = connection_item(connection, name);
    if connection.disabled {
        item.disabled_at = rows.last_at(connection.id, "disable", "")?.map(Time);
    }
    for state in rows.credentials_of(connection.id)? {
        let lost_at = match state.reason {
            Some(Reason::Revoked | Reason::Changed) => lost_at(rows, connection.id, &state)?,
            _ => None,
        };
        let credential = if with_secrets {
            rows.credential(connection.id, &state.owner, &connection.link_name)?
        } else {
            Some(state)
        };
        item.credentials.extend(
            credential
                .map(|credential| credential_item(credential, lost_at.map(Time), with_secrets)),
        );
    }
    document.connections.push(item);
    Ok(())
}

/// The client a connection uses. Its secrets are opened only where they are wanted.
fn client_of(
    rows: &Rows<'_>,
    connection: &Connection,
    with_secrets: bool,
) -> Result<Option<Client>, Failure> {
    match rows.client_in_use(&connection.service, connection.client)? {
        Some(client) if with_secrets => rows.client(client.id),
        used => Ok(used),
    }
}

/// The name of a client in the file: that of a connection's own does not depend on row numbers.
fn client_name(client: &Client, connection: &Connection) -> String {
    if client.name.starts_with(OWN_CLIENT) {
        format!("{OWN_CLIENT}{}", connection.link_name)
    } else {
        client.name.clone()
    }
}

fn client_item(client: Client, name: String, with_secrets: bool) -> ClientItem {
    ClientItem {
        service: client.service,
        name,
        client_id: client.client_id,
        fields: client.fields,
        redirect_uri: client.redirect_uri,
        secrets: with_secrets.then(|| ClientSecrets {
            client_secret: client.client_secret.map(Secret),
            fields: secrets(client.secret_fields),
        }),
    }
}

fn connection_item(connection: &Connection, client: Option<String>) -> ConnectionItem {
    ConnectionItem {
        link_name: connection.link_name.clone(),
        name: connection.name.clone(),
        service: connection.service.clone(),
        client,
        grant_type: connection.grant_type,
        scopes: connection.scopes.clone(),
        fields: connection.fields.clone(),
        extra_hosts: connection.extra_hosts.clone(),
        sharing: connection.sharing,
        disabled: connection.disabled,
        disabled_at: None,
        rate: connection.rate.map(|rate| RateItem {
            at_once: rate.at_once,
            per_minute: rate.per_minute,
        }),
        notes: connection.notes.clone(),
        created_at: Time(connection.created_at),
        updated_at: Time(connection.updated_at),
        credentials: Vec::new(),
    }
}

fn credential_item(
    credential: Credential,
    lost_at: Option<Time>,
    with_secrets: bool,
) -> CredentialItem {
    CredentialItem {
        lost_at,
        owner: credential.owner,
        status: credential.status,
        reason: credential.reason,
        account: credential.account,
        scopes_granted: credential.granted_scopes,
        client_auth: credential.client_auth,
        found: credential.found,
        issued_at: credential.issued_at.map(Time),
        expires_at: credential.expires_at.map(Time),
        refresh_expires_at: credential.refresh_expires_at.map(Time),
        authorised_at: credential.authorised_at.map(Time),
        refreshed_at: credential.refreshed_at.map(Time),
        verified_at: credential.verified_at.map(Time),
        used_at: credential.used_at.map(Time),
        last_error: credential.last_error.map(|error| LastErrorItem {
            code: error.code,
            message: error.message,
            at: Time(error.at),
        }),
        secrets: with_secrets.then(|| CredentialSecrets {
            fields: secrets(credential.secret_fields),
            access_token: credential.access_token.map(Secret),
            token_secret: credential.token_secret.map(Secret),
            refresh_token: credential.refresh_token.map(Secret),
            previous_refresh_token: credential.previous_refresh_token.map(Secret),
        }),
    }
}

fn secrets(fields: BTreeMap<String, SecretString>) -> BTreeMap<String, Secret> {
    fields
        .into_iter()
        .map(|(name, value)| (name, Secret(value)))
        .collect()
}
