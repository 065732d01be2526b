//! `freshet service show`.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{
    ApiKey, Connections, OAuth1, OAuth2, ParamType, Scheme, ScopeDefinition, ServiceView,
};
use serde_json::json;

use super::{kind, secrets_of, service_json};
use crate::commands::completions;
use crate::exit::{self, Outcome};
use crate::output::{self, Format, FormatArguments, visible};

/// Show a service: what it asks for, its scopes, its clients
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service show stripe
  freshet service show stripe --toml > my_api.toml")]
pub struct Arguments {
    /// The service
    #[arg(value_name = "SERVICE", add = ArgValueCandidates::new(completions::service_names))]
    service: String,
    /// Its definition, ready to be changed and added again
    #[arg(long, conflicts_with_all = ["format", "json"])]
    toml: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let view = connections.service(&arguments.service)?;
    if arguments.toml {
        output::print(&view.service.definition)?;
    } else if arguments.format.format() == Format::Json {
        output::print_json(json!({
            "service": service_json(&view),
            "redirect_url": view.redirect_url,
            "clients": view.clients.iter().map(|client| json!({
                "name": client.name,
                "client_id": client.client_id,
                "has_secret": client.has_secret || client.has_secret_fields,
            })).collect::<Vec<_>>(),
        }))?;
    } else {
        output::print(&text(&view))?;
    }
    Ok(exit::OK)
}

/// The service for a person.
pub fn text(view: &ServiceView) -> String {
    let service = &view.service;
    let mut lines = Lines::default();
    lines.add(
        "service",
        &format!("{} ({})", service.name, service.link_name),
    );
    lines.add("kind", kind(service.is_default));
    lines.add_if("says", service.says.as_deref());
    lines.add("scheme", service.scheme.as_str());
    match &service.scheme {
        Scheme::Basic { .. } if service.mail => lines.add("sent as", "the login of SMTP (AUTH)"),
        Scheme::Basic { .. } => lines.add("sent as", "Authorization: Basic …"),
        Scheme::ApiKey(keys) => keys
            .iter()
            .for_each(|key| lines.add("sent as", &key_place(key))),
        Scheme::OAuth1(oauth1) => oauth1_lines(oauth1, &mut lines),
        Scheme::OAuth2(oauth2) => oauth2_lines(oauth2, &mut lines),
    }
    if !service.mail {
        lines.add(
            "hosts",
            &join(service.hosts.iter().map(|host| host.as_str())),
        );
    }
    for field in &service.fields {
        let note = match (field.secret, field.optional) {
            (true, true) => ", secret, optional",
            (true, false) => ", secret",
            (false, true) => ", optional",
            (false, false) => "",
        };
        lines.add(
            "asks for",
            &format!("{} ({}{note})", field.title, field.name),
        );
    }
    if let Some(lookup) = &service.lookup {
        let found = format!("GET {} ({})", lookup.url.as_str(), lookup.field);
        lines.add("looked up at", &found);
    }
    if let Some(verify) = &service.verify {
        lines.add(
            "verified by",
            &format!("{} {}", verify.method, verify.url.as_str()),
        );
    }
    lines.add_if("documentation", service.documentation.as_deref());
    lines.add_if("register a client at", service.register_url.as_deref());
    lines.add_if("how", service.register_says.as_deref());
    if let Some(url) = &view.redirect_url {
        let kind = match &service.scheme {
            Scheme::OAuth1(oauth1) => format!(" ({})", oauth1.redirect.as_str()),
            Scheme::OAuth2(oauth2) => format!(" ({})", oauth2.redirect.as_str()),
            _ => String::new(),
        };
        lines.add("redirect URL", &format!("{url}{kind}"));
    }
    for client in &view.clients {
        let secret = secrets_of(client, service)
            .map_or_else(|| "no secret".to_owned(), |kept| format!("{kept} stored"));
        let mut text = format!("{}: {} ({secret})", client.name, client.client_id);
        for (name, value) in &client.fields {
            text += &format!(", {name} {value}");
        }
        if let Some(url) = &client.redirect_uri {
            text += &format!(", redirect URL {url}");
        }
        lines.add("client", &text);
    }
    if !view.connections.is_empty() {
        lines.add("connections", &view.connections.join(", "));
    }
    if !service.confirmed {
        lines.add("note", NOT_CONFIRMED);
    }
    lines.text
}

/// What is said of a service whose facts were not confirmed by its documentation (default-services).
pub const NOT_CONFIRMED: &str = "not confirmed: check the addresses";

fn oauth1_lines(oauth1: &OAuth1, lines: &mut Lines) {
    let place = oauth1.place.as_str();
    lines.add(
        "signed by",
        &format!("{}, in the {place}", oauth1.signature_method.as_str()),
    );
    lines.add("legs", oauth1.legs.as_str());
    let addresses = [
        ("request token URL", &oauth1.request_token_url),
        ("authorize URL", &oauth1.authorize_url),
        ("token URL", &oauth1.token_url),
    ];
    for (name, address) in addresses {
        lines.add_if(name, address.as_ref().map(|url| url.as_str()));
    }
    scope_lines(&oauth1.scopes, lines);
}

fn oauth2_lines(oauth2: &OAuth2, lines: &mut Lines) {
    let place = sent(oauth2.place, &oauth2.param_name, &oauth2.param_prefix, "…");
    lines.add("sent as", &place);
    lines.add(
        "grant types",
        &join(oauth2.grant_types.iter().map(|grant| grant.as_str())),
    );
    let addresses = [
        ("issuer", &oauth2.issuer),
        ("authorize URL", &oauth2.authorize_url),
        ("token URL", &oauth2.token_url),
        ("refresh URL", &oauth2.refresh_url),
        ("revoke URL", &oauth2.revoke_url),
        ("device URL", &oauth2.device_url),
    ];
    for (name, address) in addresses {
        lines.add_if(name, address.as_ref().map(|url| url.as_str()));
    }
    scope_lines(&oauth2.scopes, lines);
}

fn scope_lines(scopes: &[ScopeDefinition], lines: &mut Lines) {
    for scope in scopes {
        let mark = if scope.default { "*" } else { "" };
        lines.add(
            "scope",
            &format!(
                "{}{mark}  {}",
                scope.name,
                scope.says.as_deref().unwrap_or(&scope.display)
            ),
        );
    }
}

fn key_place(key: &ApiKey) -> String {
    // The fields in it are what is not shown.
    let mut text = key.key.as_str();
    let mut shown = String::new();
    while let Some((before, rest)) = text.split_once('{') {
        shown.push_str(before);
        shown.push('…');
        text = rest.split_once('}').map_or("", |(_, after)| after);
    }
    shown.push_str(text);
    sent(key.place, &key.name, &key.prefix, &shown)
}

/// A credential as it is sent.
fn sent(place: ParamType, name: &str, prefix: &str, secret: &str) -> String {
    let word = place.as_str();
    match place {
        ParamType::Header => format!("{word} {name}: {prefix}{secret}"),
        ParamType::Query | ParamType::Form => format!("{word} {name}={prefix}{secret}"),
        ParamType::Path => {
            let segment = format!("{prefix}{secret}");
            format!("{word} /{}/…", segment.trim_start_matches('/'))
        }
    }
}

fn join<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// Lines of a name and a value, the values under each other.
#[derive(Default)]
pub struct Lines {
    /// What has been added.
    pub text: String,
}

impl Lines {
    /// Adds a line.
    pub fn add(&mut self, name: &str, value: &str) {
        const WIDTH: usize = 20;
        self.text
            .push_str(&format!("{name:WIDTH$} {}\n", visible(value)));
    }

    /// Adds a line if there is a value.
    pub fn add_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }
}
