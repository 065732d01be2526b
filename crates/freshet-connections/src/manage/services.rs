//! Services: list, show, add, remove, validate.

use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Value, value};

use super::DEFAULT_CLIENT;
use super::addresses::hosts_of;
use super::clients::{ClientInput, ClientView, client_view, store_client};
use crate::Connections;
use crate::connection::LinkName;
use crate::error::ConnectionError;
use crate::registry::{Failure, Rows, Subject, parse};
use crate::service::{
    Fault, LONGEST_LINK_NAME, Origin, Service, default_service, default_services, read, taken_name,
    utf8,
};
use crate::usable::redirect_uri;

/// Largest document, in bytes.
const LARGEST: usize = 256 * 1024;

/// Which services to list.
#[derive(Clone, Debug, Default)]
pub struct ServiceFilter {
    /// `true`: default ones only; `false`: custom ones only.
    pub is_default: Option<bool>,
    /// Of this category.
    pub category: Option<String>,
    /// With this text in link name, name or description, whatever the case.
    pub search: Option<String>,
}

/// A service in a list.
#[derive(Clone, Debug)]
pub struct ServiceSummary {
    /// By which connections refer to it.
    pub link_name: String,
    /// As people read it.
    pub name: String,
    /// In the program, and fixed.
    pub is_default: bool,
    /// `basic`, `api_key`, `oauth1` or `oauth2`.
    pub scheme: &'static str,
    /// For OAuth 2.0.
    pub grant_types: Vec<&'static str>,
    /// Where to find it in a list.
    pub categories: Vec<String>,
    /// What it is.
    pub says: Option<String>,
    /// Whether its facts were confirmed in the service's documentation.
    pub confirmed: bool,
    /// How many connections use it.
    pub connections: usize,
}

/// All of a service.
#[derive(Clone, Debug)]
pub struct ServiceView {
    /// The service itself.
    pub service: Service,
    /// Where a browser is sent after consent; for services that need a client.
    pub redirect_url: Option<String>,
    /// The clients stored for it.
    pub clients: Vec<ClientView>,
    /// Link names of the connections that use it.
    pub connections: Vec<String>,
}

/// A custom service in options instead of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceOptions {
    /// As people read it; empty, where a service is changed, leaves the name it has.
    pub name: String,
    /// `basic`, `api_key`, `oauth1` or `oauth2`; empty likewise.
    pub scheme: String,
    /// Where the credential goes.
    pub param_type: Option<String>,
    /// Name of the header or parameter.
    pub param_name: Option<String>,
    /// Before the credential.
    pub param_prefix: Option<String>,
    /// For OAuth 2.0.
    pub grant_types: Vec<String>,
    /// How the client proves itself, for OAuth 2.0.
    pub client_auth: Option<String>,
    /// Where a person consents.
    pub authorize_url: Option<String>,
    /// Where a token comes from.
    pub token_url: Option<String>,
    /// Where a token is renewed.
    pub refresh_url: Option<String>,
    /// For OAuth 1.0.
    pub request_token_url: Option<String>,
    /// `NAME` or `NAME=DISPLAY`.
    pub scopes: Vec<String>,
    /// `space`, `comma`, `plus` or `semicolon`.
    pub scope_delimiter: Option<String>,
    /// Where the credential may be sent.
    pub hosts: Vec<String>,
    /// The verify request.
    pub verify: Option<String>,
}

impl ServiceOptions {
    /// The document these options stand for, as a person would write it.
    #[must_use]
    pub fn to_document(&self) -> String {
        self.edited("")
    }

    /// A document with the keys that are given, in place of those it has; the others stay, with
    /// their remarks. A text that is no TOML is left to the validator.
    pub(super) fn edited(&self, definition: &str) -> String {
        let Ok(mut document) = definition.parse::<DocumentMut>() else {
            return definition.to_owned();
        };
        let mut put = |key: &str, text: Option<&str>| {
            if let Some(text) = text {
                document[key] = value(text);
            }
        };
        let given = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
        put("name", given(&self.name).as_deref());
        put("scheme", given(&self.scheme).as_deref());
        put("param_type", self.param_type.as_deref());
        put("param_name", self.param_name.as_deref());
        put("param_prefix", self.param_prefix.as_deref());
        put("request_token_url", self.request_token_url.as_deref());
        put("authorize_url", self.authorize_url.as_deref());
        put("token_url", self.token_url.as_deref());
        put("refresh_url", self.refresh_url.as_deref());
        put("client_auth", self.client_auth.as_deref());
        put("scope_delimiter", self.scope_delimiter.as_deref());
        put("verify", self.verify.as_deref());
        let texts = |items: &[String]| value(items.iter().map(String::as_str).collect::<Array>());
        if !self.grant_types.is_empty() {
            document["grant_types"] = texts(&self.grant_types);
        }
        if !self.hosts.is_empty() {
            document["hosts"] = texts(&self.hosts);
        }
        if !self.scopes.is_empty() {
            document["scopes"] = value(
                self.scopes
                    .iter()
                    .map(|text| scope(text))
                    .collect::<Array>(),
            );
        }
        document.to_string()
    }
}

/// `NAME=DISPLAY` as `{ name, display, default = true }`: who names a scope wants it.
fn scope(text: &str) -> Value {
    // A display name follows the last sign, since scopes may be addresses with queries.
    let (name, display) = text.rsplit_once('=').unwrap_or((text, ""));
    let mut table = InlineTable::new();
    table.insert("name", name.into());
    if !display.is_empty() {
        table.insert("display", display.into());
    }
    table.insert("default", true.into());
    Value::InlineTable(table)
}

/// The hosts to which a custom service of this document would let secrets go. Nothing is stored.
///
/// # Errors
/// C0060 to C0066.
pub fn leads_to(link_name: &str, file: &str, text: &str) -> Result<Vec<String>, ConnectionError> {
    described(link_name, file, text).map(|service| hosts_of(&service))
}

/// The custom service that a document describes.
fn described(link_name: &str, file: &str, text: &str) -> Result<Service, ConnectionError> {
    check_link_name(link_name)?;
    check_size(file, text)?;
    read(file, text, link_name, Origin::Custom)
        .map_err(|faults| ConnectionError::definition(&faults))
}

/// Every fault of a document, or of several in one export; none if it is sound. `file` is what faults call it.
#[must_use]
pub fn validate_service(file: &str, text: &str) -> Vec<Fault> {
    let stem = Path::new(file)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("service");
    let link_name = LinkName::propose(stem);
    let mut faults = Vec::new();
    for (line, part) in super::definitions::parts(text) {
        if part.len() > LARGEST {
            faults.push(Fault {
                line: line + 1,
                ..Fault::too_large(file, LARGEST)
            });
            continue;
        }
        let found = match read(file, part, link_name.as_str(), Origin::Custom) {
            Err(found) => found,
            Ok(service) => match named_as_default(&service, part) {
                Some(taken) => taken_name(file, part, &taken),
                None => Vec::new(),
            },
        };
        faults.extend(found.into_iter().map(|fault| Fault {
            line: fault.line + line,
            ..fault
        }));
    }
    faults
}

/// The text of a definition from the bytes of `file`.
///
/// # Errors
/// C0060 with its place for what is not UTF-8.
pub fn service_text(file: &str, bytes: Vec<u8>) -> Result<String, ConnectionError> {
    utf8(file, bytes).map_err(|fault| ConnectionError::definition(&[fault]))
}

/// The default service whose name a definition takes, unless it is that service's own.
fn named_as_default(service: &Service, definition: &str) -> Option<String> {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim_end);
        let told = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        told.map(str::to_owned).collect()
    };
    default_services()
        .flatten()
        .find(|known| known.name.to_lowercase() == service.name.to_lowercase())
        .filter(|known| lines(&known.definition) != lines(definition))
        .map(|known| known.link_name)
}

impl Connections {
    /// Services by link name, default and custom ones.
    ///
    /// # Errors
    /// C0080 to C0086.
    pub fn services(&self, filter: &ServiceFilter) -> Result<Vec<ServiceSummary>, ConnectionError> {
        let registry = self.store.reading()?;
        let mut found = registry.read(|rows| {
            let mut services: Vec<Service> = default_services().flatten().collect();
            for custom in rows.custom_services()? {
                services.push(parse(&custom)?);
            }
            services.retain(|service| fits(service, filter));
            services
                .into_iter()
                .map(|service| summary(rows, service))
                .collect::<Result<Vec<_>, Failure>>()
        })?;
        found.sort_by(|left, right| left.link_name.cmp(&right.link_name));
        Ok(found)
    }

    /// All of one service.
    ///
    /// # Errors
    /// C0042 with the nearest name.
    pub fn service(&self, link_name: &str) -> Result<ServiceView, ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| {
            let service = registry.service(rows, link_name)?;
            service_view(rows, Service::clone(&service))
        })
    }

    /// Adds a custom service from a document, with its default client if one is given, or nothing; `file` is what
    /// faults call the document.
    ///
    /// # Errors
    /// C0060 to C0067, and those of [`set_client`](Self::set_client).
    pub fn add_service(
        &self,
        link_name: &str,
        file: &str,
        text: &str,
        client: Option<ClientInput>,
    ) -> Result<ServiceView, ConnectionError> {
        self.store_service(described(link_name, file, text)?, client)
    }

    /// Adds a custom service from options, with its default client if one is given.
    ///
    /// # Errors
    /// C0061 to C0067, and those of [`set_client`](Self::set_client).
    pub fn add_service_from_options(
        &self,
        link_name: &str,
        options: &ServiceOptions,
        client: Option<ClientInput>,
    ) -> Result<ServiceView, ConnectionError> {
        check_link_name(link_name)?;
        let service =
            read("", &options.to_document(), link_name, Origin::Custom).map_err(|mut faults| {
                // The person wrote no text with lines.
                faults.iter_mut().for_each(|fault| fault.line = 0);
                ConnectionError::definition(&faults).with_help(&format!(
                    "mend the options and try again; what has none stands in a file: \
                     `freshet service add {link_name} --file FILE`"
                ))
            })?;
        self.store_service(service, client)
    }

    /// Adds a custom service that begins as a copy of another, with its default client if one is given; `name` is its
    /// own, by default its link name.
    ///
    /// # Errors
    /// C0042, C0067, and those of [`set_client`](Self::set_client).
    pub fn add_service_from(
        &self,
        link_name: &str,
        from: &str,
        name: Option<&str>,
        client: Option<ClientInput>,
    ) -> Result<ServiceView, ConnectionError> {
        let original = self.service(from)?.service;
        let file = format!("{link_name}.toml");
        let mut document: DocumentMut = original
            .definition
            .parse()
            .map_err(|_| ConnectionError::definition(&[]))?;
        document["name"] = value(name.unwrap_or(link_name));
        self.add_service(link_name, &file, &document.to_string(), client)
    }

    fn store_service(
        &self,
        service: Service,
        client: Option<ClientInput>,
    ) -> Result<ServiceView, ConnectionError> {
        if let Some(taken) = taken_by_default(&service) {
            return Err(ConnectionError::service_name_taken(&taken, true, &service));
        }
        self.store.writing()?.write(|rows| {
            if let Some(taken) = rows.custom_service_named(&service.link_name, &service.name)? {
                return Err(ConnectionError::service_name_taken(&taken, false, &service).into());
            }
            rows.insert_service(&service)?;
            rows.audit("create", of_service(&service.link_name), "ok", None)?;
            if let Some(client) = client {
                store_client(rows, &service, DEFAULT_CLIENT, client)?;
            }
            service_view(rows, service)
        })
    }

    /// Removes a custom service with its clients.
    ///
    /// # Errors
    /// C0042, C0068 for a default service, C0069 while connections use it.
    pub fn remove_service(&self, link_name: &str) -> Result<(), ConnectionError> {
        if default_service(link_name).is_some() {
            return Err(ConnectionError::default_service(link_name));
        }
        self.service(link_name)?;
        self.store.writing()?.write(|rows| {
            let used_by = rows.links_of_service(link_name)?;
            if !used_by.is_empty() {
                return Err(ConnectionError::service_in_use(link_name, &used_by).into());
            }
            rows.delete_service(link_name)?;
            rows.audit("remove", of_service(link_name), "ok", None)
        })
    }
}

/// Refuses a text too large for a definition.
pub(super) fn check_size(file: &str, text: &str) -> Result<(), ConnectionError> {
    if text.len() > LARGEST {
        return Err(ConnectionError::service_too_large(file, LARGEST));
    }
    Ok(())
}

/// `[a-z][a-z0-9_]{0,49}`
pub(super) fn check_link_name(text: &str) -> Result<(), ConnectionError> {
    let fits = text.len() <= LONGEST_LINK_NAME
        && LinkName::fits(text)
        && !text.contains(|c: char| c.is_ascii_uppercase());
    if fits {
        Ok(())
    } else {
        Err(ConnectionError::service_link_name(
            text,
            LinkName::propose(text).as_str(),
        ))
    }
}

/// The default service whose link name or name a custom one would take.
pub(super) fn taken_by_default(service: &Service) -> Option<String> {
    default_services()
        .flatten()
        .find(|known| {
            known.link_name.eq_ignore_ascii_case(&service.link_name)
                || known.name.to_lowercase() == service.name.to_lowercase()
        })
        .map(|known| known.link_name)
}

fn fits(service: &Service, filter: &ServiceFilter) -> bool {
    let kind = filter
        .is_default
        .is_none_or(|is_default| service.is_default == is_default);
    let category = filter
        .category
        .as_ref()
        .is_none_or(|category| service.categories.contains(category));
    let search = filter.search.as_ref().is_none_or(|text| {
        let text = text.to_lowercase();
        let says = service.says.as_deref().unwrap_or("");
        [&service.link_name, &service.name, says]
            .iter()
            .any(|place| place.to_lowercase().contains(&text))
    });
    kind && category && search
}

fn summary(rows: &Rows<'_>, service: Service) -> Result<ServiceSummary, Failure> {
    let connections = rows.links_of_service(&service.link_name)?.len();
    Ok(ServiceSummary {
        is_default: service.is_default,
        scheme: service.scheme.as_str(),
        grant_types: service.grant_types(),
        confirmed: service.confirmed,
        link_name: service.link_name,
        name: service.name,
        categories: service.categories,
        says: service.says,
        connections,
    })
}

pub(super) fn service_view(rows: &Rows<'_>, service: Service) -> Result<ServiceView, Failure> {
    let clients = rows
        .clients(&service.link_name)?
        .iter()
        .map(client_view)
        .collect();
    let connections = rows.links_of_service(&service.link_name)?;
    Ok(ServiceView {
        redirect_url: redirect_uri(&service, rows.redirect_port),
        service,
        clients,
        connections,
    })
}

/// The subject of an audit entry about a service.
pub(super) fn of_service(link_name: &str) -> Subject<'_> {
    Subject {
        service: Some(link_name),
        ..Subject::default()
    }
}
