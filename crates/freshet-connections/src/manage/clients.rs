//! Clients: this installation's registrations with services.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::addresses::Addresses;
use super::affected::affected_by;
use super::services::of_service;
use super::{DEFAULT_CLIENT, OWN, OWN_CLIENT};
use crate::Connections;
use crate::connection::{Client, Connection, Reason, Status};
use crate::error::{ConnectionError, shown};
use crate::registry::{ClientValues, Failure, MUST_AGAIN, Rows, of_connection};
use crate::service::Service;
use crate::service::hosts::is_loopback;
use crate::usable::{check_secret, fits};

/// What a person gives for a client. What is left out stays as it was.
#[derive(Clone, Default)]
pub struct ClientInput {
    /// The identifier the service issued.
    pub client_id: Option<String>,
    /// The secret that goes with it.
    pub client_secret: Option<SecretString>,
    /// Fields of the service that belong to the client and are no secrets.
    pub fields: BTreeMap<String, String>,
    /// Those that are.
    pub secret_fields: BTreeMap<String, SecretString>,
    /// A redirect URL of the client's own; an empty one takes it away.
    pub redirect_uri: Option<String>,
}

/// A client as it is shown. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientView {
    /// `default`, another name, or `own:ID` for that of one connection.
    pub name: String,
    /// The identifier the service issued.
    pub client_id: String,
    /// Whether a client secret is stored.
    pub has_secret: bool,
    /// Whether secret fields of the service that go with the client are, such as a private key.
    pub has_secret_fields: bool,
    /// Fields of the service that belong to the client and are no secrets.
    pub fields: BTreeMap<String, String>,
    /// A redirect URL of the client's own.
    pub redirect_uri: Option<String>,
}

pub(super) fn client_view(client: &Client) -> ClientView {
    ClientView {
        name: client.name.clone(),
        client_id: client.client_id.clone(),
        has_secret: client.has_secret,
        has_secret_fields: client.has_secret_fields,
        fields: client.fields.clone(),
        redirect_uri: client.redirect_uri.clone(),
    }
}

impl Connections {
    /// Link names of the connections that [`set_client`](Self::set_client) would take the authorisation from.
    ///
    /// # Errors
    /// The same.
    pub fn plan_client(
        &self,
        service: &str,
        name: Option<&str>,
        input: ClientInput,
    ) -> Result<Vec<String>, ConnectionError> {
        let (service, name) = self.service_and_name(service, name)?;
        self.store.writing()?.rehearse(|rows| {
            let store = || store_client(rows, &service, name, input);
            affected_by(rows, store).map(|((), affected)| affected)
        })
    }

    /// Stores a client of a service under `name` (`default` unless said), or replaces it. Connections
    /// that used another identifier must be authorised again.
    ///
    /// # Errors
    /// C0042; C0037, C0043 and C0045 for values that do not fit; C0039 when a new one has no identifier.
    pub fn set_client(
        &self,
        service: &str,
        name: Option<&str>,
        input: ClientInput,
    ) -> Result<ClientView, ConnectionError> {
        let (service, name) = self.service_and_name(service, name)?;
        self.store.writing()?.write(|rows| {
            store_client(rows, &service, name, input)?;
            let stored = rows.client_named(&service.link_name, name)?;
            stored
                .as_ref()
                .map(client_view)
                .ok_or_else(|| crate::usable::no_client(&service, rows.redirect_port).into())
        })
    }

    /// A service that needs a client, and the name of one that a person manages.
    fn service_and_name<'n>(
        &self,
        service: &str,
        name: Option<&'n str>,
    ) -> Result<(Service, &'n str), ConnectionError> {
        let service = self.service(service)?.service;
        let name = name.unwrap_or(DEFAULT_CLIENT);
        check_client_name(name)?;
        needs_client(&service)?;
        Ok((service, name))
    }

    /// Removes a client.
    ///
    /// # Errors
    /// C0039 when there is none of that name, C0043 where there can be none, C0069 while connections use it.
    pub fn remove_client(&self, service: &str, name: Option<&str>) -> Result<(), ConnectionError> {
        let service = self.service(service)?.service;
        let name = name.unwrap_or(DEFAULT_CLIENT);
        self.store.writing()?.write(|rows| {
            let Some(client) = rows.client_named(&service.link_name, name)? else {
                needs_client(&service)?;
                return Err(unknown_client(rows, &service, name)?.into());
            };
            let used_by = links_that_use(rows, &client)?;
            if !used_by.is_empty() {
                let what = format!("client {name} of {}", service.link_name);
                return Err(ConnectionError::service_in_use(&what, &used_by).into());
            }
            rows.delete_client(client.id)?;
            rows.audit(
                "remove",
                of_service(&service.link_name),
                "ok",
                Some(&format!("client {name}")),
            )
        })
    }
}

/// Longest name of a client, in characters.
pub(super) const LONGEST_NAME: usize = 50;

/// Refuses a name that no client which a person manages can have.
pub(super) fn check_client_name(name: &str) -> Result<(), ConnectionError> {
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count())
        && !name.contains(|c: char| c == ':' || c.is_control())
        && name != OWN;
    if fits {
        return Ok(());
    }
    Err(ConnectionError::field_value(
        "client name",
        &format!("\"{}\"", shown(name)),
        "1–50 characters without `:`, and not `own`, which each connection has for itself",
    ))
}

/// C0039 for a name that none of the stored clients of a service has.
pub(super) fn unknown_client(
    rows: &Rows<'_>,
    service: &Service,
    name: &str,
) -> Result<ConnectionError, Failure> {
    let known: Vec<String> = rows
        .clients(&service.link_name)?
        .into_iter()
        .map(|client| client.name)
        .filter(|name| !name.starts_with(OWN_CLIENT))
        .collect();
    Ok(if known.is_empty() {
        crate::usable::no_client(service, rows.redirect_port)
    } else {
        let (title, link) = (&service.name, &service.link_name);
        ConnectionError::unknown_client(title, link, name, &known)
    })
}

/// Refuses a service whose requests no client takes part in.
pub(super) fn needs_client(service: &Service) -> Result<(), ConnectionError> {
    if service.needs_client() {
        return Ok(());
    }
    let scheme = service.scheme.as_str();
    Err(ConnectionError::needs_no_client(&service.name, scheme))
}

/// Stores a client that a person manages, with its audit row.
pub(super) fn store_client(
    rows: &Rows<'_>,
    service: &Service,
    name: &str,
    input: ClientInput,
) -> Result<(), Failure> {
    needs_client(service)?;
    put_client(rows, service, name, input)?;
    rows.audit(
        "edit",
        of_service(&service.link_name),
        "ok",
        Some(&format!("client {name}")),
    )
}

/// Connections that use a client, those that take the default one included.
pub(super) fn links_that_use(rows: &Rows<'_>, client: &Client) -> Result<Vec<String>, Failure> {
    let mut links = rows.links_of_client(client.id)?;
    if client.name == DEFAULT_CLIENT {
        for connection in rows.connections()? {
            if connection.service == client.service && connection.client.is_none() {
                links.push(connection.link_name);
            }
        }
    }
    Ok(links)
}

/// The client that belongs to a connection alone, where that is the one in use.
pub(super) fn own_client(
    rows: &Rows<'_>,
    connection: &Connection,
) -> Result<Option<Client>, Failure> {
    let name = own_name(connection.id);
    let own = rows.client_named(&connection.service, &name)?;
    Ok(own.filter(|own| connection.client == Some(own.id)))
}

/// Stores the client that belongs to a connection alone; gives its id.
pub(super) fn put_own_client(
    rows: &Rows<'_>,
    service: &Service,
    connection: i64,
    input: ClientInput,
) -> Result<i64, Failure> {
    needs_client(service)?;
    put_client(rows, service, &own_name(connection), input)
}

/// The name of the client that belongs to a connection alone.
pub(super) fn own_name(connection: i64) -> String {
    format!("{OWN_CLIENT}{connection}")
}

/// Stores a client as a person changes it; gives its id. What is left out stays, as long as the identifier does: all else
/// belongs to that.
pub(super) fn put_client(
    rows: &Rows<'_>,
    service: &Service,
    name: &str,
    input: ClientInput,
) -> Result<i64, Failure> {
    check_fields(service, &input.fields, &input.secret_fields)?;
    let before = client_before(rows, service, name)?;
    let known_id = before.as_ref().map(|client| client.client_id.clone());
    let Some(client_id) = input.client_id.or(known_id) else {
        return Err(crate::usable::no_client(service, rows.redirect_port).into());
    };
    let mut values = match &before {
        Some(known) if known.client_id == client_id => ClientValues {
            client_id,
            client_secret: known.client_secret.clone(),
            fields: known.fields.clone(),
            secret_fields: known.secret_fields.clone(),
            redirect_uri: known.redirect_uri.clone(),
        },
        _ => ClientValues {
            client_id,
            ..ClientValues::default()
        },
    };
    values.client_secret = input.client_secret.or(values.client_secret);
    values.fields.extend(set_along(service, &input.fields));
    values.fields.extend(input.fields);
    values.secret_fields.extend(input.secret_fields);
    if let Some(redirect) = input.redirect_uri {
        values.redirect_uri = Some(redirect).filter(|redirect| !redirect.is_empty());
    }
    put_values(rows, service, name, before, &values)
}

/// What the choices that are given fill in for other fields of the client (connections, 2.4).
fn set_along(service: &Service, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let chosen = given.iter().filter_map(|(name, value)| {
        let mut choices = service.field(name)?.choices.iter();
        choices.find(|choice| choice.value == *value)
    });
    let sets = chosen.flat_map(|choice| &choice.sets);
    let is_of_client = |name: &str| service.client_fields().any(|field| field.name == name);
    sets.filter(|(name, _)| is_of_client(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Stores a client exactly as it comes from elsewhere; gives its id.
pub(super) fn put_whole_client(
    rows: &Rows<'_>,
    service: &Service,
    name: &str,
    values: &ClientValues,
) -> Result<i64, Failure> {
    check_fields(service, &values.fields, &values.secret_fields)?;
    let before = client_before(rows, service, name)?;
    put_values(rows, service, name, before, values)
}

/// The client of that name as it is, with what opens of its secrets.
pub(super) fn client_before(
    rows: &Rows<'_>,
    service: &Service,
    name: &str,
) -> Result<Option<Client>, Failure> {
    let Some(client) = rows.client_named(&service.link_name, name)? else {
        return Ok(None);
    };
    rows.forget_closed("client", client.id)?;
    rows.client(client.id)
}

fn put_values(
    rows: &Rows<'_>,
    service: &Service,
    name: &str,
    before: Option<Client>,
    values: &ClientValues,
) -> Result<i64, Failure> {
    check_text("client identifier", &values.client_id)?;
    if let Some(secret) = &values.client_secret {
        check_text("client secret", secret.expose_secret())?;
    }
    if let Some(redirect) = &values.redirect_uri {
        check_redirect(redirect)?;
    }
    let id = rows.put_client(&service.link_name, name, values)?;
    if let Some(client) = before {
        let changed = client.client_id != values.client_id;
        for link in links_that_use(rows, &client)? {
            let fields = (&client.fields, &values.fields);
            if leads_elsewhere(rows, service, &link, fields.0, fields.1)? {
                lose_authorisation(rows, &link, ADDRESS)?;
            } else if changed {
                lose_authorisation(rows, &link, "client")?;
            }
        }
    }
    Ok(id)
}

/// Whether the fields of its client, `before` and `after`, lead the secrets of a connection elsewhere.
fn leads_elsewhere(
    rows: &Rows<'_>,
    service: &Service,
    link: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Result<bool, Failure> {
    let Some(connection) = rows.connection(link)? else {
        return Ok(false);
    };
    let credentials = rows.credentials_of(connection.id)?;
    Ok(credentials.iter().any(|credential| {
        let with =
            |client| Addresses::of(service, &[&credential.found, &connection.fields, client]);
        with(after).lead_elsewhere_than(&with(before))
    }))
}

fn check_text(what: &str, text: &str) -> Result<(), ConnectionError> {
    if text.is_empty() {
        return Err(ConnectionError::credential_missing(what));
    }
    match text.chars().find(|c| c.is_control()) {
        None => Ok(()),
        Some(character) => {
            let found = format!("the control character U+{:04X}", character as u32);
            Err(ConnectionError::credential_text(what, &found))
        }
    }
}

/// A redirect URL of a client's own (RFC 6749, 3.1.2; RFC 8252, 7).
fn check_redirect(redirect: &str) -> Result<(), ConnectionError> {
    let fits = Url::parse(redirect).is_ok_and(|url| {
        let scheme = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
        let plain =
            url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        // The text itself is sent and compared, so it must be what is registered.
        scheme
            && plain
            && !redirect
                .chars()
                .any(|character| character.is_control() || character == ' ')
    });
    if fits {
        Ok(())
    } else {
        Err(ConnectionError::redirect_url(redirect))
    }
}

fn check_fields(
    service: &Service,
    fields: &BTreeMap<String, String>,
    secret_fields: &BTreeMap<String, SecretString>,
) -> Result<(), ConnectionError> {
    let known: Vec<String> = service
        .client_fields()
        .map(|field| field.name.clone())
        .collect();
    let find = |name: &str, secret: bool| {
        service
            .client_fields()
            .find(|field| field.name == name && field.secret == secret)
            .ok_or_else(|| ConnectionError::unknown_field(name, &service.name, &known))
    };
    for (name, value) in fields {
        if service
            .client_fields()
            .any(|field| field.name == *name && field.secret)
        {
            return Err(ConnectionError::secret_in_set(name));
        }
        fits(find(name, false)?, value)?;
    }
    for (name, value) in secret_fields {
        check_secret(find(name, true)?, value)?;
    }
    Ok(())
}

/// What changed, where it is an address of the service.
pub(super) const ADDRESS: &str = "address of the service";

/// Row 14: what was authorised must be authorised again. What is under way asked a person for something else, so its
/// answer counts no more, whatever state the connection is in.
pub(super) fn lose_authorisation(rows: &Rows<'_>, link: &str, what: &str) -> Result<(), Failure> {
    let Some(connection) = rows.connection(link)? else {
        return Ok(());
    };
    rows.forget_attempts_of(connection.id)?;
    let mut lost = false;
    for credential in rows.credentials_of(connection.id)? {
        // Whoever is asking the service now asks for what it was.
        rows.put_generation(credential.id)?;
        // One that was never usable has nothing to lose.
        if !matches!(
            credential.status,
            Status::Authorised | Status::NeedsAuthorisation
        ) {
            continue;
        }
        lost = true;
        // That somebody ended the access says more than that it was changed afterwards.
        if credential.reason != Some(Reason::Revoked) {
            rows.put_status(
                credential.id,
                Status::NeedsAuthorisation,
                Some(Reason::Changed),
            )?;
        }
    }
    if lost {
        rows.audit(
            "edit",
            of_connection(&connection),
            "ok",
            Some(&format!("{what} {MUST_AGAIN}")),
        )?;
    }
    Ok(())
}
