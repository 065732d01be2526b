//! Where the secrets of a connection go: the addresses of its service with its values in them. Row 14 is about these,
//! whatever makes them others: the definition, a value, a default, a field of the client (connections, 1).

use std::collections::{BTreeMap, BTreeSet};

use crate::service::{Scheme, Service, Template};

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
        let value = |name: &str| {
            let known = values.iter().find_map(|known| known.get(name));
            let default = || service.field(name)?.default.as_ref();
            known.or_else(default).map(String::as_str)
        };
        let fill = |template: &Template| template.fill(value);
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
            asked.insert(fill(&Template::new("{host}:{port}")));
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

/// The hosts to which secrets go by a service, once each; placeholders stand for fields.
pub(super) fn hosts_of(service: &Service) -> Vec<String> {
    let endpoints = endpoints(&service.scheme).into_iter().flatten();
    // The name of a resource need not be an address.
    let endpoints = endpoints.filter(|address| address.as_str().contains("://"));
    let mut hosts = Vec::new();
    for host in service
        .hosts
        .iter()
        .map(|host| host.as_str().to_owned())
        .chain(endpoints.map(|address| address.host().to_owned()))
    {
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
