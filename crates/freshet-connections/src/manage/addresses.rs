//! Where the secrets of a connection go: the addresses of its service with its values in them. Row 14 is about these,
//! whatever makes them others: the definition, a value, a default, a field of the client (connections, 1).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::OWN_CLIENT;
use super::clients::links_that_use;
use crate::registry::{Failure, Rows};
use crate::service::{Scheme, Service, Template};

/// Where mail is handed over.
const MAIL_SERVER: &str = "{host}:{port}";

/// The addresses of a connection.
pub(super) struct Addresses {
    scheme: &'static str,
    /// Where the requests of scripts may go, but for the extra hosts, which are allowed one by one.
    hosts: BTreeSet<String>,
    /// Where the program itself asks whether it works, or for the value of a field.
    asked: BTreeSet<String>,
    /// Where consent, client and tokens go.
    endpoints: Vec<Option<String>>,
}

impl Addresses {
    /// Those of a connection of `service`. Of several values for a field the first counts: what the service told, what was
    /// entered, what goes with the client; then the default. Fields without a value stay as they are written.
    pub fn of(service: &Service, values: &[&BTreeMap<String, String>]) -> Self {
        let fill = |template: &Template| filled(service, values, template);
        let verify = service.verify.as_ref().map(|verify| &verify.url);
        let lookup = service.lookup.as_ref().map(|lookup| &lookup.url);
        // Nothing is sent to where the snippet begins, but a field may say which part of an API is meant.
        let base_url = Some(&service.base_url).filter(|url| url.placeholders().next().is_some());
        let mut asked: BTreeSet<String> = [verify, lookup, base_url]
            .into_iter()
            .flatten()
            .map(fill)
            .collect();
        if service.mail {
            asked.insert(fill(&Template::new(MAIL_SERVER)));
        }
        Self {
            scheme: service.scheme.as_str(),
            hosts: service.hosts.iter().map(fill).collect(),
            asked,
            endpoints: endpoints(&service.scheme)
                .into_iter()
                .map(|url| url.map(|url| fill(&url)))
                .collect(),
        }
    }

    /// Whether secrets go where they did not go `before`.
    pub fn lead_elsewhere_than(&self, before: &Self) -> bool {
        self.scheme != before.scheme
            || !self.hosts.is_subset(&before.hosts)
            || !self.asked.is_subset(&before.asked)
            || self.endpoints != before.endpoints
    }
}

/// A text with the first of several values for each field, else with its default.
fn filled(service: &Service, values: &[&BTreeMap<String, String>], template: &Template) -> String {
    template.fill(|name| {
        let known = values.iter().find_map(|known| known.get(name));
        let default = || service.field(name)?.default.as_ref();
        known.or_else(default).map(String::as_str)
    })
}

/// The hosts to which secrets go by a service, once each; placeholders stand for fields.
pub(super) fn hosts_of(service: &Service) -> Vec<String> {
    let templates = host_templates(service);
    once_each(templates.iter().map(|host| host.as_str().to_owned()))
}

/// The same with values, as [`Addresses::of`] takes them.
pub(super) fn hosts_with(service: &Service, values: &[&BTreeMap<String, String>]) -> Vec<String> {
    let templates = host_templates(service);
    once_each(templates.iter().map(|host| filled(service, values, host)))
}

fn host_templates(service: &Service) -> Vec<Template> {
    let endpoints = endpoints(&service.scheme).into_iter().flatten();
    // The name of a resource need not be an address.
    let endpoints = endpoints.filter(|address| address.as_str().contains("://"));
    let endpoints = endpoints.map(|address| Template::new(address.host()));
    let mail = service.mail.then(|| Template::new(MAIL_SERVER));
    service
        .hosts
        .iter()
        .cloned()
        .chain(endpoints)
        .chain(mail)
        .collect()
}

fn once_each(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut hosts = Vec::new();
    for host in all {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// The addresses of a scheme, each at its place.
fn endpoints(scheme: &Scheme) -> Vec<Option<Template>> {
    match scheme {
        Scheme::Basic { .. } | Scheme::ApiKey(_) => Vec::new(),
        Scheme::OAuth1(oauth1) => vec![
            oauth1.request_token_url.clone(),
            oauth1.authorize_url.clone(),
            oauth1.token_url.clone(),
        ],
        Scheme::OAuth2(oauth2) => vec![
            oauth2.authorize_url.clone(),
            oauth2.token_url.clone(),
            oauth2.refresh_url.clone(),
            oauth2.revoke_url.clone(),
            oauth2.device_url.clone(),
            oauth2.issuer.clone(),
            oauth2.resource.clone().map(Template::new),
        ],
    }
}

/// A client that is here.
pub(super) struct ClientOf {
    /// Link name of its service.
    pub service: String,
    pub name: String,
    /// The connection whose own it is.
    connection: Option<String>,
}

impl fmt::Display for ClientOf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.connection {
            Some(link) => write!(out, "the own one of {link}"),
            None => write!(out, "{} of {}", self.name, self.service),
        }
    }
}

/// The clients of a service with stored secrets which would go where they did not go before.
pub(super) fn clients_led_elsewhere(
    rows: &Rows<'_>,
    before: &Service,
    after: &Service,
) -> Result<Vec<ClientOf>, Failure> {
    let mut clients = Vec::new();
    if !after.needs_client() {
        return Ok(clients);
    }
    for client in rows.clients(&before.link_name)? {
        let with = |service| Addresses::of(service, &[&client.fields]);
        let has_secrets = client.has_secret || client.has_secret_fields;
        if !has_secrets || !with(after).lead_elsewhere_than(&with(before)) {
            continue;
        }
        let connection = match client.name.starts_with(OWN_CLIENT) {
            true => links_that_use(rows, &client)?.pop(),
            false => None,
        };
        clients.push(ClientOf {
            service: client.service,
            name: client.name,
            connection,
        });
    }
    Ok(clients)
}
