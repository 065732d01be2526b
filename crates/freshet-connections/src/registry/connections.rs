//! Definitions of connections in the registry.

use rusqlite::{OptionalExtension, Row};

use super::rows::{Failure, Rows, UnknownWord, from_json, json, unreadable};
use crate::connection::{Connection, Sharing, Status};
use crate::service::{GrantType, Rate};

const COLUMNS: &str = "id, link_name, name, service, client, grant_type, scopes, fields, extra_hosts, sharing, disabled, \
                       rate, notes, created_at, updated_at";

fn connection(row: &Row<'_>) -> rusqlite::Result<Connection> {
    let grant: Option<String> = row.get("grant_type")?;
    let rate: Option<String> = row.get("rate")?;
    let grant_type = match grant {
        Some(word) => Some(
            GrantType::parse(&word)
                .ok_or_else(|| unreadable("grant_type", UnknownWord("grant type")))?,
        ),
        None => None,
    };
    let sharing: String = row.get("sharing")?;
    Ok(Connection {
        id: row.get("id")?,
        link_name: row.get("link_name")?,
        name: row.get("name")?,
        service: row.get("service")?,
        client: row.get("client")?,
        grant_type,
        scopes: from_json(row, "scopes")?,
        fields: from_json(row, "fields")?,
        extra_hosts: from_json(row, "extra_hosts")?,
        sharing: if sharing == Sharing::PerUser.as_str() {
            Sharing::PerUser
        } else {
            Sharing::Shared
        },
        disabled: row.get("disabled")?,
        rate: rate.as_deref().and_then(rate_from),
        notes: row.get("notes")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// `at_once=4,per_minute=60`, as the command line writes it.
fn rate_text(rate: Rate) -> String {
    let parts = [("at_once", rate.at_once), ("per_minute", rate.per_minute)];
    let parts: Vec<String> = parts
        .iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={value}")))
        .collect();
    parts.join(",")
}

fn rate_from(text: &str) -> Option<Rate> {
    let mut rate = Rate::default();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=')?;
        let value = value.parse().ok();
        match name {
            "at_once" => rate.at_once = value,
            "per_minute" => rate.per_minute = value,
            _ => return None,
        }
    }
    Some(rate)
}

/// That a connection works for an owner.
pub(crate) struct Authorised {
    pub connection: i64,
    pub link_name: String,
    pub owner: String,
}

impl Authorised {
    /// Its link name as it is compared with others.
    pub fn link(&self) -> String {
        self.link_name.to_ascii_lowercase()
    }
}

impl Rows<'_> {
    /// The connection of that link name, whatever its case.
    pub fn connection_any_case(&self, link_name: &str) -> Result<Option<Connection>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM connection WHERE link_name = ?1 COLLATE NOCASE"
        ))?;
        Ok(statement.query_row([link_name], connection).optional()?)
    }

    /// Which connections work for whom, by link name.
    pub fn authorised(&self) -> Result<Vec<Authorised>, Failure> {
        let mut statement = self.db.prepare_cached(
            "SELECT connection.id, link_name, owner FROM connection
             JOIN credential ON credential.connection = connection.id
             WHERE status = ?1 ORDER BY link_name, owner",
        )?;
        let rows = statement.query_map([Status::Authorised.as_str()], |row| {
            Ok(Authorised {
                connection: row.get(0)?,
                link_name: row.get(1)?,
                owner: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The connection of exactly that link name.
    pub fn connection(&self, link_name: &str) -> Result<Option<Connection>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM connection WHERE link_name = ?1 COLLATE BINARY"
        ))?;
        Ok(statement.query_row([link_name], connection).optional()?)
    }

    /// A connection by its number.
    pub fn connection_by_id(&self, id: i64) -> Result<Option<Connection>, Failure> {
        let mut statement = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM connection WHERE id = ?1"))?;
        Ok(statement.query_row([id], connection).optional()?)
    }

    /// All connections, by link name.
    pub fn connections(&self) -> Result<Vec<Connection>, Failure> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM connection ORDER BY link_name"
        ))?;
        Ok(statement
            .query_map([], connection)?
            .collect::<Result<_, _>>()?)
    }

    /// Every link name.
    pub fn link_names(&self) -> Result<Vec<String>, Failure> {
        let mut statement = self
            .db
            .prepare_cached("SELECT link_name FROM connection ORDER BY link_name")?;
        Ok(statement
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// Link names of the connections to a service.
    pub fn links_of_service(&self, service: &str) -> Result<Vec<String>, Failure> {
        let mut statement = self.db.prepare_cached(
            "SELECT link_name FROM connection WHERE service = ?1 ORDER BY link_name",
        )?;
        Ok(statement
            .query_map([service], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// Link names of the connections that use a client.
    pub fn links_of_client(&self, client: i64) -> Result<Vec<String>, Failure> {
        let mut statement = self.db.prepare_cached(
            "SELECT link_name FROM connection WHERE client = ?1 ORDER BY link_name",
        )?;
        Ok(statement
            .query_map([client], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// Stores a new connection, whatever its `id` and times say; gives it back with those it has.
    pub fn insert_connection(&self, new: Connection) -> Result<Connection, Failure> {
        let id = self.next_connection()?;
        self.db.execute(
            "INSERT INTO connection (id, link_name, name, service, client, grant_type, scopes, fields, extra_hosts,
               sharing, disabled, rate, notes, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)",
            (
                id,
                &new.link_name,
                &new.name,
                &new.service,
                new.client,
                new.grant_type.map(GrantType::as_str),
                json(&new.scopes),
                json(&new.fields),
                json(&new.extra_hosts),
                new.sharing.as_str(),
                new.disabled,
                new.rate.map(rate_text),
                &new.notes,
                self.now,
            ),
        )?;
        Ok(Connection {
            id,
            created_at: self.now,
            updated_at: self.now,
            ..new
        })
    }

    /// A number that no connection ever had: whoever comes late with that of a removed one finds nothing, and what the
    /// log says under it is about one connection.
    fn next_connection(&self) -> Result<i64, Failure> {
        let next = match self.made.get() {
            // The log is searched once in a transaction: it is long, and many come with one import.
            Some(last) => last + 1,
            None => self.db.query_row(
                "SELECT 1 + max(id) FROM
                   (SELECT id FROM connection UNION ALL SELECT connection FROM audit UNION ALL SELECT 0)",
                [],
                |row| row.get(0),
            )?,
        };
        self.made.set(Some(next));
        Ok(next)
    }

    /// Stores all of a connection that may change.
    pub fn update_connection(&self, changed: &Connection) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE connection SET link_name = ?2, name = ?3, client = ?4, grant_type = ?5, scopes = ?6, fields = ?7,
               extra_hosts = ?8, disabled = ?9, rate = ?10, notes = ?11, updated_at = ?12, sharing = ?13 WHERE id = ?1",
            (
                changed.id,
                &changed.link_name,
                &changed.name,
                changed.client,
                changed.grant_type.map(GrantType::as_str),
                json(&changed.scopes),
                json(&changed.fields),
                json(&changed.extra_hosts),
                changed.disabled,
                changed.rate.map(rate_text),
                &changed.notes,
                self.now,
                changed.sharing.as_str(),
            ),
        )?;
        Ok(())
    }

    /// Removes a connection with its credentials.
    pub fn delete_connection(&self, id: i64) -> Result<(), Failure> {
        self.db
            .execute("DELETE FROM connection WHERE id = ?1", [id])?;
        Ok(())
    }
}
