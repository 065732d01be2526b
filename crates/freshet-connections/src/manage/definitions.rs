//! Changing custom services, and taking their definitions to another registry and back.

use std::collections::BTreeMap;
use std::path::Path;

use toml_edit::{DocumentMut, value};

use super::DEFAULT_CLIENT;
use super::addresses::{Addresses, ClientOf, clients_led_elsewhere, hosts_of};
use super::affected::affected_by;
use super::clients::{ADDRESS, ClientInput, links_that_use, lose_authorisation, store_client};
use super::conflict::{Fate, Item, OnConflict};
use super::services::{
    ServiceOptions, ServiceView, check_link_name, check_size, of_service, service_view,
    taken_by_default,
};
use crate::Connections;
use crate::connection::{Credential, LinkName, Status};
use crate::error::{ConnectionError, ON_CONFLICT};
use crate::registry::{Failure, Registry, Rows};
use crate::service::{Origin, Service, default_link_names, default_service, read};

/// The line before each definition in an export of services. To TOML it is a remark, so that the
/// export of one service is its definition.
const HEADER: &str = "# freshet service ";

/// How to change a custom service.
pub enum ServiceChange<'a> {
    /// A new document; `file` is what faults call it.
    Document {
        /// Such as `my_api.toml`.
        file: &'a str,
        /// All of it.
        text: &'a str,
    },
    /// The keys that are given; the others stay.
    Options(&'a ServiceOptions),
}

/// What a change of a service would do, for a question before it is done.
#[derive(Clone, Debug)]
pub struct ServiceEditPlan {
    /// As it would be.
    pub after: Service,
    /// Link names of the connections that would have to be authorised again.
    pub affected: Vec<String>,
    /// The hosts to which it would let secrets go, where these are others than before.
    pub leads_to: Vec<String>,
    /// The clients whose stored secrets would go to other addresses than before, as people are told of them.
    pub clients: Vec<String>,
}

impl Connections {
    /// Checks a change of a custom service and tells what it would do, without doing it. `client_id`: its default
    /// client is changed as well, and has this identifier then.
    ///
    /// # Errors
    /// C0042, C0060 to C0068.
    pub fn plan_service_edit(
        &self,
        link_name: &str,
        change: &ServiceChange<'_>,
        client_id: Option<&str>,
    ) -> Result<ServiceEditPlan, ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| {
            let (before, after) = changed(&registry, rows, link_name, change)?;
            let mut leads_to = hosts_of(&after);
            if leads_to == hosts_of(&before) {
                leads_to.clear();
            }
            let mut clients = clients_led_elsewhere(rows, &before, &after)?;
            // The secret of one that is replaced goes nowhere.
            let default = rows.client_named(link_name, DEFAULT_CLIENT)?;
            if default.is_some_and(|known| client_id.is_some_and(|id| id != known.client_id)) {
                clients.retain(|client| client.name != DEFAULT_CLIENT);
            }
            Ok(ServiceEditPlan {
                affected: affected(rows, &before, &after, client_id)?,
                clients: clients.iter().map(ClientOf::to_string).collect(),
                after,
                leads_to,
            })
        })
    }

    /// Changes a custom service, and its default client if one is given, or nothing; connections whose authorisation
    /// was for other addresses or another client lose it (row 14). Gives their link names.
    ///
    /// # Errors
    /// C0042, C0060 to C0068, and those of [`set_client`](Self::set_client).
    pub fn edit_service(
        &self,
        link_name: &str,
        change: &ServiceChange<'_>,
        client: Option<ClientInput>,
    ) -> Result<(ServiceView, Vec<String>), ConnectionError> {
        let client_id = client.as_ref().and_then(|client| client.client_id.clone());
        // Looked at before anything is created: where there is no registry, there is no such service.
        self.plan_service_edit(link_name, change, client_id.as_deref())?;
        let registry = self.store.writing()?;
        registry.write(|rows| {
            let (before, after) = changed(&registry, rows, link_name, change)?;
            let affected = affected(rows, &before, &after, client_id.as_deref())?;
            replace(rows, &before, &after)?;
            if client.is_none() || before.definition != after.definition {
                rows.audit("edit", of_service(link_name), "ok", None)?;
            }
            if let Some(client) = client {
                store_client(rows, &after, DEFAULT_CLIENT, client)?;
            }
            Ok((service_view(rows, after)?, affected))
        })
    }

    /// The definitions of services as one text, each behind a line with its link name. Clients are
    /// not among them.
    ///
    /// # Errors
    /// C0042.
    pub fn export_services(&self, links: &[String]) -> Result<String, ConnectionError> {
        let registry = self.store.reading()?;
        registry.read(|rows| {
            let mut text = String::new();
            for link in links {
                let service = registry.service(rows, link)?;
                text.push_str(&format!("{HEADER}{link}\n"));
                for line in service
                    .definition
                    .lines()
                    .filter(|line| !line.starts_with(HEADER))
                {
                    text.push_str(line);
                    text.push('\n');
                }
            }
            Ok(text)
        })
    }

    /// What [`import_services`](Self::import_services) would do.
    ///
    /// # Errors
    /// The same.
    pub fn plan_service_import(
        &self,
        file: &str,
        text: &str,
        on_conflict: Option<OnConflict>,
    ) -> Result<ImportedServices, ConnectionError> {
        let definitions = definitions(file, text)?;
        self.store
            .writing()?
            .rehearse(|rows| imported(rows, &definitions, on_conflict))
    }

    /// Adds the services of such a text, all or none. A definition without its line takes the name
    /// of its file.
    ///
    /// # Errors
    /// C0060 to C0068, C0067 for a name that is taken and no `on_conflict`; C0088 for a text from
    /// standard input that does not name its service.
    pub fn import_services(
        &self,
        file: &str,
        text: &str,
        on_conflict: Option<OnConflict>,
    ) -> Result<ImportedServices, ConnectionError> {
        let definitions = definitions(file, text)?;
        self.store
            .writing()?
            .write(|rows| imported(rows, &definitions, on_conflict))
    }
}

/// What an import of services did, or would do.
#[derive(Clone, Debug)]
pub struct ImportedServices {
    /// Each service in the text, in its order.
    pub items: Vec<Item>,
    /// Those that were added, renamed or replaced, as they are now.
    pub services: Vec<ServiceView>,
    /// Link names of connections that have to be authorised again.
    pub affected: Vec<String>,
    /// The clients whose stored secrets go to other addresses than before, as people are told of them.
    pub clients: Vec<String>,
}

fn imported(
    rows: &Rows<'_>,
    definitions: &[Definition],
    on_conflict: Option<OnConflict>,
) -> Result<ImportedServices, Failure> {
    let (mut items, mut services, mut clients) = (Vec::new(), Vec::new(), Vec::new());
    let place = || {
        for definition in definitions {
            let placed = place_service(rows, definition, on_conflict)?;
            let is_new = !matches!(placed.fate, Fate::Same | Fate::Skipped);
            items.push(Item {
                what: definition.link_name.clone(),
                fate: placed.fate,
                leads_to: placed.leads_to,
            });
            clients.extend(placed.clients);
            if let Some(link) = placed.link.filter(|_| is_new)
                && let Some(custom) = rows.custom_service(&link)?
            {
                services.push(service_view(rows, crate::registry::parse(&custom)?)?);
            }
        }
        Ok(())
    };
    let ((), affected) = affected_by(rows, place)?;
    Ok(ImportedServices {
        items,
        services,
        affected,
        clients: clients.iter().map(ClientOf::to_string).collect(),
    })
}

/// The service before and after a change.
fn changed(
    registry: &Registry,
    rows: &Rows<'_>,
    link_name: &str,
    change: &ServiceChange<'_>,
) -> Result<(Service, Service), Failure> {
    if default_service(link_name).is_some() {
        return Err(ConnectionError::default_service(link_name).into());
    }
    let before = Service::clone(&*registry.service(rows, link_name)?);
    let own_file = format!("{link_name}.toml");
    let edited;
    let (file, text) = match change {
        ServiceChange::Document { file, text } => (*file, *text),
        ServiceChange::Options(options) => {
            edited = options.edited(&before.definition);
            (own_file.as_str(), edited.as_str())
        }
    };
    check_size(file, text)?;
    let after = read(file, text, link_name, Origin::Custom)
        .map_err(|faults| ConnectionError::definition(&faults))?;
    check_name(rows, &after)?;
    Ok((before, after))
}

/// Refuses the name of another service.
fn check_name(rows: &Rows<'_>, service: &Service) -> Result<(), Failure> {
    if let Some(taken) = taken_by_default(service) {
        return Err(ConnectionError::service_name_taken(&taken, true, service).into());
    }
    match rows.other_service_with_name(&service.name, &service.link_name)? {
        Some(taken) => Err(ConnectionError::service_name_taken(&taken, false, service).into()),
        None => Ok(()),
    }
}

/// The connections that are authorised, and would no longer be.
fn affected(
    rows: &Rows<'_>,
    before: &Service,
    after: &Service,
    client_id: Option<&str>,
) -> Result<Vec<String>, Failure> {
    let led_elsewhere = led_elsewhere(rows, before, after)?;
    let default = rows.client_named(&before.link_name, DEFAULT_CLIENT)?;
    let replaced = default.filter(|client| client_id.is_some_and(|id| id != client.client_id));
    let by_client = match &replaced {
        Some(client) => links_that_use(rows, client)?,
        None => Vec::new(),
    };
    let mut affected = Vec::new();
    for connection in rows.connections()? {
        let link = &connection.link_name;
        let meant = led_elsewhere.contains(link) || by_client.contains(link);
        let works = |state: &Credential| state.status == Status::Authorised;
        if meant && rows.credentials_of(connection.id)?.iter().any(works) {
            affected.push(connection.link_name);
        }
    }
    Ok(affected)
}

/// Link names of the connections whose secrets would go where they did not go before.
fn led_elsewhere(
    rows: &Rows<'_>,
    before: &Service,
    after: &Service,
) -> Result<Vec<String>, Failure> {
    let nothing = BTreeMap::new();
    let mut links = Vec::new();
    for connection in rows.connections()? {
        if connection.service != before.link_name {
            continue;
        }
        let client = rows.client_in_use(&before.link_name, connection.client)?;
        let client = client.as_ref().map_or(&nothing, |client| &client.fields);
        let leads = |credential: &Credential| {
            let values = [&credential.found, &connection.fields, client];
            Addresses::of(after, &values).lead_elsewhere_than(&Addresses::of(before, &values))
        };
        if rows.credentials_of(connection.id)?.iter().any(leads) {
            links.push(connection.link_name);
        }
    }
    Ok(links)
}

/// Stores the definition; connections that were authorised for other addresses lose that.
fn replace(rows: &Rows<'_>, before: &Service, after: &Service) -> Result<(), Failure> {
    rows.update_service(after)?;
    for link in led_elsewhere(rows, before, after)? {
        lose_authorisation(rows, &link, ADDRESS)?;
    }
    Ok(())
}

/// A definition to be imported.
pub(super) struct Definition {
    pub link_name: String,
    /// What faults call its file.
    pub file: String,
    /// How many lines of the file stand before it.
    pub line: usize,
    pub text: String,
}

/// The definitions in a text.
fn definitions(file: &str, text: &str) -> Result<Vec<Definition>, ConnectionError> {
    let mut found: Vec<Definition> = Vec::new();
    for (line, part) in parts(text) {
        let link_name = match part.strip_prefix(HEADER) {
            Some(rest) => rest.lines().next().unwrap_or_default().trim().to_owned(),
            None => stem(file)?,
        };
        found.push(Definition {
            link_name,
            file: file.to_owned(),
            line,
            text: part.to_owned(),
        });
    }
    Ok(found)
}

/// The link name that the name of a file makes.
fn stem(file: &str) -> Result<String, ConnectionError> {
    let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str());
    match stem {
        Some(stem) if file != "-" => Ok(LinkName::propose(stem).as_str().to_owned()),
        _ => Err(ConnectionError::import(
            file,
            1,
            "another line",
            &format!("`{HEADER}NAME`, which says how the service is called"),
        )),
    }
}

/// A text cut before each line that names a service, with the number of lines before each part.
/// What stands before the first of them is a part of its own unless it is empty.
pub(super) fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let (mut at, mut line) = (0, 0);
    for one in text.split_inclusive('\n') {
        if one.starts_with(HEADER) {
            starts.push((line, at));
        }
        at += one.len();
        line += 1;
    }
    let first = starts.first().map_or(text.len(), |(_, at)| *at);
    if starts.is_empty() || !text[..first].trim().is_empty() {
        starts.insert(0, (0, 0));
    }
    let ends: Vec<usize> = starts
        .iter()
        .skip(1)
        .map(|(_, at)| *at)
        .chain([text.len()])
        .collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|((line, at), end)| (line, &text[at..end]))
        .collect()
}

/// A service of an import.
pub(super) struct PlacedService {
    /// Its link name here; `None`: it was skipped, and nothing of its link name is here.
    pub link: Option<String>,
    pub fate: Fate,
    /// The hosts that get secrets by what was stored.
    pub leads_to: Vec<String>,
    /// The clients here whose stored secrets go elsewhere by it.
    pub clients: Vec<ClientOf>,
}

/// Stores an imported definition.
pub(super) fn place_service(
    rows: &Rows<'_>,
    definition: &Definition,
    on_conflict: Option<OnConflict>,
) -> Result<PlacedService, Failure> {
    let link = &definition.link_name;
    check_link_name(link)?;
    check_size(&definition.file, &definition.text)?;
    let here = service_here(rows, link)?;
    let stays = |link, fate| PlacedService {
        link,
        fate,
        leads_to: Vec::new(),
        clients: Vec::new(),
    };
    if let Some(here) = &here
        && same_text(&here.definition, &definition.text)
    {
        return Ok(stays(Some(link.clone()), Fate::Same));
    }
    let service = parsed(definition, link, &definition.text)?;
    let taken = match taken_by_default(&service) {
        Some(taken) => Some((taken, true)),
        None => rows
            .custom_service_named(link, &service.name)?
            .map(|taken| (taken, false)),
    };
    let Some((taken, by_default)) = taken else {
        return stored(rows, service, Fate::Added);
    };
    match (on_conflict, here) {
        (Some(OnConflict::Skip), here) => {
            Ok(stays(here.map(|service| service.link_name), Fate::Skipped))
        }
        (Some(OnConflict::Rename), _) => renamed(rows, definition, &service),
        (Some(OnConflict::Replace), Some(here)) if here.is_default => {
            Err(ConnectionError::default_service(link).into())
        }
        (Some(OnConflict::Replace), Some(here)) => {
            check_name(rows, &service)?;
            replace(rows, &here, &service)?;
            rows.audit("import", of_service(link), "ok", Some("replaced"))?;
            Ok(PlacedService {
                clients: clients_led_elsewhere(rows, &here, &service)?,
                ..placed(service, Fate::Replaced)
            })
        }
        (Some(OnConflict::Replace) | None, _) => {
            let error = ConnectionError::service_name_taken(&taken, by_default, &service);
            Err(error.with_help(ON_CONFLICT).into())
        }
    }
}

fn placed(service: Service, fate: Fate) -> PlacedService {
    PlacedService {
        leads_to: hosts_of(&service),
        link: Some(service.link_name),
        fate,
        clients: Vec::new(),
    }
}

/// A definition as the service `link`; `text` is its text, which may have been given another name.
pub(super) fn parsed(
    definition: &Definition,
    link: &str,
    text: &str,
) -> Result<Service, ConnectionError> {
    let service = read(&definition.file, text, link, Origin::Custom).map_err(|mut faults| {
        faults
            .iter_mut()
            .for_each(|fault| fault.line += definition.line);
        ConnectionError::definition(&faults)
    })?;
    // The line that names it belongs to the export.
    let named = text.starts_with(HEADER).then(|| text.split_once('\n'));
    let definition = named.flatten().map_or(text, |(_, rest)| rest).to_owned();
    Ok(Service {
        definition,
        ..service
    })
}

fn stored(rows: &Rows<'_>, service: Service, fate: Fate) -> Result<PlacedService, Failure> {
    rows.insert_service(&service)?;
    rows.audit("import", of_service(&service.link_name), "ok", None)?;
    Ok(placed(service, fate))
}

/// Stores a definition under a link name and a name that are free.
fn renamed(
    rows: &Rows<'_>,
    definition: &Definition,
    service: &Service,
) -> Result<PlacedService, Failure> {
    let customs: Vec<Service> = rows
        .custom_services()?
        .iter()
        .map(crate::registry::parse)
        .collect::<Result<_, _>>()?;
    let is_taken = |name: &str| {
        default_link_names().any(|known| known == name)
            || customs.iter().any(|known| known.link_name == name)
    };
    let link = LinkName::parse(&definition.link_name)?.free(is_taken);
    let mut name = service.name.clone();
    let mut number = 2_u64;
    loop {
        let candidate = Service {
            name: name.clone(),
            link_name: link.as_str().to_owned(),
            ..service.clone()
        };
        let free = taken_by_default(&candidate).is_none()
            && !customs
                .iter()
                .any(|known| known.name.to_lowercase() == name.to_lowercase());
        if free {
            break;
        }
        let suffix = format!(" {number}");
        let stem: String = service.name.chars().take(50 - suffix.len()).collect();
        name = format!("{}{suffix}", stem.trim_end());
        number += 1;
    }
    let mut document: DocumentMut = definition
        .text
        .parse()
        .map_err(|_| ConnectionError::definition(&[]))?;
    document["name"] = value(name);
    let service = parsed(definition, link.as_str(), &document.to_string())?;
    let fate = Fate::Renamed(link.as_str().to_owned());
    stored(rows, service, fate)
}

/// The service of that link name here.
fn service_here(rows: &Rows<'_>, link: &str) -> Result<Option<Service>, Failure> {
    if let Some(service) = default_service(link) {
        let service = service.map_err(|faults| ConnectionError::definition(&faults))?;
        return Ok(Some(service));
    }
    let custom = rows.custom_service(link)?;
    Ok(custom.as_ref().map(crate::registry::parse).transpose()?)
}

/// Whether two texts differ by no more than what an export adds.
fn same_text(left: &str, right: &str) -> bool {
    let lines = |text: &'_ str| {
        text.trim_end()
            .lines()
            .filter(|line| !line.starts_with(HEADER))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    lines(left) == lines(right)
}
