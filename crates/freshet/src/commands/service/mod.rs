//! `freshet service`: the APIs that can be connected to.

mod add;
mod ask;
mod client;
mod edit;
mod export;
mod import;
mod list;
mod remove;
mod show;
mod validate;

use clap::Subcommand;
use freshet_connections::{ClientView, FieldSource, Scheme, Service, ServiceView, Via};
use serde_json::{Value, json};

use super::{Global, connection_settings, engine};
use crate::exit::Outcome;
pub use client::{CLIENT_SECRET, enter as client_input, how_to_register, tell_redirect};
pub use show::Lines;

/// The APIs that can be connected to
///
/// Default services are part of the program; custom ones are your own, as a TOML document or by options.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  freshet service list --search mail
  freshet service add my_api --from stripe")]
pub enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    Add(Box<add::Arguments>),
    Edit(Box<edit::Arguments>),
    Client(client::Arguments),
    Remove(remove::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Validate(validate::Arguments),
}

impl Command {
    /// Whether it changes what people manage; the others look.
    fn manages(&self) -> bool {
        !matches!(
            self,
            Command::List(_) | Command::Show(_) | Command::Export(_) | Command::Validate(_)
        )
    }
}

/// Runs the command.
pub fn run(command: Command, global: &Global) -> Outcome {
    let engine = engine(connection_settings(global, Via::Cli)?);
    let connections = engine.connections();
    if command.manages() {
        connections.may_manage()?;
    }
    match command {
        Command::List(arguments) => list::run(&arguments, connections),
        Command::Show(arguments) => show::run(&arguments, connections),
        Command::Add(arguments) => add::run(&arguments, connections),
        Command::Edit(arguments) => edit::run(&arguments, connections),
        Command::Client(arguments) => client::run(&arguments, connections),
        Command::Remove(arguments) => remove::run(&arguments, connections),
        Command::Export(arguments) => export::run(&arguments, connections),
        Command::Import(arguments) => import::run(&arguments, connections),
        Command::Validate(arguments) => validate::run(&arguments),
    }
}

/// A service as it stands in JSON documents.
fn service_json(view: &ServiceView) -> Value {
    let service = &view.service;
    let (scopes, token_url): (&[_], _) = match &service.scheme {
        Scheme::OAuth2(oauth2) => (
            &oauth2.scopes,
            oauth2.token_url.as_ref().map(|url| url.as_str()),
        ),
        Scheme::OAuth1(oauth1) => (
            &oauth1.scopes,
            oauth1.token_url.as_ref().map(|url| url.as_str()),
        ),
        Scheme::Basic { .. } | Scheme::ApiKey(_) => (&[], None),
    };
    json!({
        "link_name": service.link_name,
        "name": service.name,
        "kind": kind(service.is_default),
        "scheme": service.scheme.as_str(),
        "grant_types": service.grant_types(),
        "categories": service.categories,
        "says": service.says,
        "hosts": service.hosts.iter().map(|host| host.as_str()).collect::<Vec<_>>(),
        "base_url": service.base_url.as_str(),
        "token_url": token_url,
        "verify": service.verify.as_ref().map(|verify| format!("{} {}", verify.method, verify.url.as_str())),
        "documentation": service.documentation,
        "register_url": service.register_url,
        "register_says": service.register_says,
        "scopes": scopes.iter().map(|scope| json!({
            "name": scope.name, "display": scope.display, "says": scope.says, "default": scope.default,
        })).collect::<Vec<_>>(),
        "fields": service.fields.iter().map(|field| json!({
            "name": field.name, "title": field.title, "says": field.says, "secret": field.secret,
            "optional": field.optional, "default": field.default,
        })).collect::<Vec<_>>(),
        "confirmed": service.confirmed,
        "connections": view.connections,
    })
}

/// A client as it stands in JSON documents.
fn client_json(client: &ClientView) -> Value {
    json!({
        "name": client.name,
        "client_id": client.client_id,
        "has_secret": client.has_secret || client.has_secret_fields,
        "redirect_uri": client.redirect_uri,
    })
}

/// What is stored of a client's secrets, in words; `None`: nothing is.
fn secrets_of(client: &ClientView, service: &Service) -> Option<String> {
    let fields: Vec<&str> = service
        .fields
        .iter()
        .filter(|field| field.secret && field.from == FieldSource::Client)
        .map(|field| field.name.as_str())
        .collect();
    let fields = match fields.as_slice() {
        [only] => only,
        // Which of them are there is sealed.
        _ => "secret fields",
    };
    match (client.has_secret, client.has_secret_fields) {
        (true, false) => Some("secret".to_owned()),
        (false, true) => Some(fields.to_owned()),
        (true, true) => Some(format!("secret and {fields}")),
        (false, false) => None,
    }
}

/// The word for where a service comes from.
fn kind(is_default: bool) -> &'static str {
    if is_default { "default" } else { "custom" }
}
