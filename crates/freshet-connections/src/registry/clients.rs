//! Clients in the registry: this installation's registrations with services.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row};
use secrecy::SecretString;

use super::rows::{Failure, Rows, from_json, json};
use super::seal::Place;
use crate::connection::Client;
use crate::manage::DEFAULT_CLIENT;

const COLUMNS: &str =
    "id, service, name, client_id, client_secret, fields, secret_fields, redirect_uri, updated_at";

/// What a client is made of.
#[derive(Default)]
pub(crate) struct ClientValues {
    pub client_id: String,
    pub client_secret: Option<SecretString>,
    pub fields: BTreeMap<String, String>,
    pub secret_fields: BTreeMap<String, SecretString>,
    pub redirect_uri: Option<String>,
}

fn place<'a>(row: &'a i64, column: &'static str) -> Place<'a> {
    Place {
        table: "client",
        row,
        column,
    }
}

/// A row before its secrets are opened.
struct Sealed {
    client: Client,
    client_secret: Option<Vec<u8>>,
    secret_fields: Option<Vec<u8>>,
}

fn sealed(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    let client_secret: Option<Vec<u8>> = row.get("client_secret")?;
    let secret_fields: Option<Vec<u8>> = row.get("secret_fields")?;
    Ok(Sealed {
        client: Client {
            id: row.get("id")?,
            service: row.get("service")?,
            name: row.get("name")?,
            client_id: row.get("client_id")?,
            client_secret: None,
            has_secret: client_secret.is_some(),
            has_secret_fields: secret_fields.is_some(),
            fields: from_json(row, "fields")?,
            secret_fields: BTreeMap::new(),
            redirect_uri: row.get("redirect_uri")?,
            updated_at: row.get("updated_at")?,
        },
        client_secret,
        secret_fields,
    })
}

impl Rows<'_> {
    /// A client with its secrets.
    pub fn client(&self, id: i64) -> Result<Option<Client>, Failure> {
        let mut statement = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM client WHERE id = ?1"))?;
        let Some(row) = statement.query_row([id], sealed).optional()? else {
            return Ok(None);
        };
        let mut client = row.client;
        let whose = format!("the client `{}` of {}", client.name, client.service);
        client.client_secret =
            self.unseal(place(&id, "client_secret"), row.client_secret, &whose)?;
        client.secret_fields =
            self.unseal_map(place(&id, "secret_fields"), row.secret_fields, &whose)?;
        Ok(Some(client))
    }

    /// The clients of a service, without their secrets.
    pub fn clients(&self, service: &str) -> Result<Vec<Client>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM client WHERE service = ?1 ORDER BY name"
        ))?;
        let clients = statement.query_map([service], sealed)?;
        Ok(clients
            .map(|row| row.map(|row| row.client))
            .collect::<Result<_, _>>()?)
    }

    /// The client of a service by its name, without its secrets.
    pub fn client_named(&self, service: &str, name: &str) -> Result<Option<Client>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM client WHERE service = ?1 AND name = ?2"
        ))?;
        let row = statement.query_row((service, name), sealed).optional()?;
        Ok(row.map(|row| row.client))
    }

    /// The client that a connection to a service uses, without its secrets; `client` is the one it names.
    pub fn client_in_use(
        &self,
        service: &str,
        client: Option<i64>,
    ) -> Result<Option<Client>, Failure> {
        let Some(id) = client else {
            return self.client_named(service, DEFAULT_CLIENT);
        };
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM client WHERE service = ?1 AND id = ?2"
        ))?;
        let row = statement.query_row((service, id), sealed).optional()?;
        Ok(row.map(|row| row.client))
    }

    /// Stores a client under its name, in place of one of that name. Gives its id.
    pub fn put_client(
        &self,
        service: &str,
        name: &str,
        values: &ClientValues,
    ) -> Result<i64, Failure> {
        // Inserted first: the id takes part in sealing.
        let id: i64 = self.db.query_row(
            "INSERT INTO client (service, name, client_id, fields, redirect_uri, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
             ON CONFLICT (service, name) DO UPDATE SET client_id = excluded.client_id, fields = excluded.fields,
               redirect_uri = excluded.redirect_uri, updated_at = excluded.updated_at RETURNING id",
            (service, name, &values.client_id, json(&values.fields), &values.redirect_uri, self.now),
            |row| row.get(0),
        )?;
        let secret = values
            .client_secret
            .as_ref()
            .map(|secret| self.seal(place(&id, "client_secret"), secret))
            .transpose()?;
        let secret_fields = self.seal_map(place(&id, "secret_fields"), &values.secret_fields)?;
        self.db.execute(
            "UPDATE client SET client_secret = ?2, secret_fields = ?3 WHERE id = ?1",
            (id, secret, secret_fields),
        )?;
        Ok(id)
    }

    /// Removes a client that no connection uses. Authorisations that began with it keep how they ended; one that is
    /// under way cannot be finished any more.
    pub fn delete_client(&self, id: i64) -> Result<(), Failure> {
        self.db.execute(
            "DELETE FROM attempt WHERE client = ?1 AND outcome IS NULL",
            [id],
        )?;
        self.db
            .execute("UPDATE attempt SET client = NULL WHERE client = ?1", [id])?;
        self.db.execute("DELETE FROM client WHERE id = ?1", [id])?;
        Ok(())
    }
}
