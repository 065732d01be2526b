//! Custom services in the registry, and the one way to any service.

use std::sync::{Arc, PoisonError};

use rusqlite::OptionalExtension;

use super::Registry;
use super::rows::{Failure, Rows};
use crate::error::ConnectionError;
use crate::service::{Origin, Service, default_link_names, default_service, read};
use crate::suggest::nearest;

/// The document of a custom service.
pub(crate) struct CustomService {
    pub link_name: String,
    pub definition: String,
    pub updated_at: i64,
}

impl Rows<'_> {
    pub fn custom_service(&self, link_name: &str) -> Result<Option<CustomService>, Failure> {
        let mut statement = self.db.prepare_cached(
            "SELECT link_name, definition, updated_at FROM service WHERE link_name = ?1 COLLATE BINARY",
        )?;
        Ok(statement
            .query_row([link_name], custom_service)
            .optional()?)
    }

    pub fn custom_services(&self) -> Result<Vec<CustomService>, Failure> {
        let mut statement = self
            .db
            .prepare("SELECT link_name, definition, updated_at FROM service ORDER BY link_name")?;
        Ok(statement
            .query_map([], custom_service)?
            .collect::<Result<_, _>>()?)
    }

    /// Whether a custom service has that link name or name, whatever the case.
    pub fn custom_service_named(
        &self,
        link_name: &str,
        name: &str,
    ) -> Result<Option<String>, Failure> {
        let mut statement = self
            .db
            .prepare("SELECT link_name FROM service WHERE link_name = ?1 OR name = ?2 LIMIT 1")?;
        Ok(statement
            .query_row([link_name, name], |row| row.get(0))
            .optional()?)
    }

    /// The custom service of that name but for the one of this link name.
    pub fn other_service_with_name(
        &self,
        name: &str,
        link_name: &str,
    ) -> Result<Option<String>, Failure> {
        let mut statement = self
            .db
            .prepare("SELECT link_name FROM service WHERE name = ?1 AND link_name <> ?2")?;
        Ok(statement
            .query_row([name, link_name], |row| row.get(0))
            .optional()?)
    }

    pub fn insert_service(&self, service: &Service) -> Result<(), Failure> {
        self.db.execute(
            "INSERT INTO service (link_name, name, definition, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)",
            (&service.link_name, &service.name, &service.definition, self.now),
        )?;
        Ok(())
    }

    /// Stores a new definition. Its time always differs from the one before, since definitions are
    /// remembered by it.
    pub fn update_service(&self, service: &Service) -> Result<(), Failure> {
        self.db.execute(
            "UPDATE service SET name = ?2, definition = ?3, updated_at = max(?4, updated_at + 1)
             WHERE link_name = ?1 COLLATE BINARY",
            (
                &service.link_name,
                &service.name,
                &service.definition,
                self.now,
            ),
        )?;
        Ok(())
    }

    /// Removes a custom service with its clients.
    pub fn delete_service(&self, link_name: &str) -> Result<(), Failure> {
        self.db
            .execute("DELETE FROM client WHERE service = ?1", [link_name])?;
        self.db.execute(
            "DELETE FROM service WHERE link_name = ?1 COLLATE BINARY",
            [link_name],
        )?;
        Ok(())
    }
}

fn custom_service(row: &rusqlite::Row<'_>) -> rusqlite::Result<CustomService> {
    Ok(CustomService {
        link_name: row.get("link_name")?,
        definition: row.get("definition")?,
        updated_at: row.get("updated_at")?,
    })
}

impl Registry {
    /// The service of that link name, default or custom, parsed once.
    ///
    /// # Errors
    /// C0042 when there is none; C006x when a stored definition has become unreadable.
    pub fn service(&self, rows: &Rows<'_>, link_name: &str) -> Result<Arc<Service>, Failure> {
        if let Some(known) = self.remembered(link_name, 0) {
            return Ok(known);
        }
        if let Some(service) = default_service(link_name) {
            let service = service.map_err(|faults| ConnectionError::definition(&faults))?;
            return Ok(self.remember(0, service));
        }
        let Some(custom) = rows.custom_service(link_name)? else {
            return Err(self.unknown_service(rows, link_name)?.into());
        };
        if let Some(known) = self.remembered(link_name, custom.updated_at) {
            return Ok(known);
        }
        let service = parse(&custom)?;
        Ok(self.remember(custom.updated_at, service))
    }

    fn unknown_service(
        &self,
        rows: &Rows<'_>,
        link_name: &str,
    ) -> Result<ConnectionError, Failure> {
        let mut names: Vec<String> = default_link_names().map(str::to_owned).collect();
        names.extend(
            rows.custom_services()?
                .into_iter()
                .map(|service| service.link_name),
        );
        Ok(ConnectionError::unknown_service(
            link_name,
            nearest(link_name, names.iter().map(String::as_str)),
        ))
    }

    fn remembered(&self, link_name: &str, updated_at: i64) -> Option<Arc<Service>> {
        let parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        parsed
            .get(link_name)
            .filter(|(at, _)| *at == updated_at)
            .map(|(_, service)| Arc::clone(service))
    }

    fn remember(&self, updated_at: i64, service: Service) -> Arc<Service> {
        let service = Arc::new(service);
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        parsed.insert(
            service.link_name.clone(),
            (updated_at, Arc::clone(&service)),
        );
        service
    }

    /// Every custom service is read anew.
    pub(super) fn forget_parsed(&self) {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        parsed.retain(|_, (at, _)| *at == 0);
    }
}

/// The service of a stored document.
pub(crate) fn parse(custom: &CustomService) -> Result<Service, ConnectionError> {
    let file = format!("{}.toml", custom.link_name);
    read(&file, &custom.definition, &custom.link_name, Origin::Custom)
        .map_err(|faults| ConnectionError::definition(&faults))
}
