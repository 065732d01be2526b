//! `freshet service client`: this installation's registration with a service.

use std::collections::BTreeMap;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{
    ClientAuth, ClientInput, ClientView, Connections, FieldSource, GrantType, Legs, OAuth2, Pkce,
    Scheme, Service, ServiceView, SignatureMethod,
};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{client_json, secrets_of};
use crate::commands::{completions, pairs};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::secrets::{SecretArguments, Wanted, ask, can_ask, confirm_loss, tell_loss};

/// Name under which a client's secret is given.
pub const CLIENT_SECRET: &str = "client_secret";

/// What is said of a question whose answer is stored already.
const KEEPS: &str = "empty keeps the stored one";

/// Store, replace or remove the client of a service
///
/// A client is what a service knows this installation by: an identifier and usually a secret, which you get by
/// registering at the service. `freshet service show SERVICE` says where. Asks before connections lose their
/// authorisation, which they do with another identifier or where a value leads their secrets elsewhere.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service client zoom_server --client-id abc --secret-stdin < secret
  freshet service client zoom_server --remove")]
pub struct Arguments {
    /// The service
    #[arg(value_name = "SERVICE", add = ArgValueCandidates::new(completions::service_names))]
    service: String,
    /// Name of the client, where a service has several
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The identifier the service issued
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A redirect URL of your own, which goes with this identifier; an empty one goes back to that of the service
    #[arg(long, value_name = "URL")]
    redirect_uri: Option<String>,
    /// A value the service asks for with the client
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Remove the client
    #[arg(long, conflicts_with_all = ["client_id", "redirect_uri", "set", "secret_stdin", "secret_file", "secret_env"])]
    remove: bool,
    #[command(flatten)]
    secrets: SecretArguments,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let (service, name) = (&arguments.service, arguments.name.as_deref());
    if arguments.remove {
        connections.remove_client(service, name)?;
        let removed = format!("{service}/{}", name.unwrap_or("default"));
        match arguments.format.format() {
            Format::Json => output::print_json(json!({ "removed": removed }))?,
            Format::Human => {
                output::print(&format!("Removed the client {}.\n", visible(&removed)))?
            }
        }
        return Ok(exit::OK);
    }
    let view = connections.service(service)?;
    let is_new = arguments.client_id.is_none() && view.clients.is_empty();
    if is_new && view.service.needs_client() && can_ask() {
        how_to_register(&view);
    }
    let set = pairs(&arguments.set, "--set")?;
    let redirect_uri = arguments.redirect_uri.clone();
    let input = match changed(arguments, &view) {
        // The rest of it stays as it is.
        true => ClientInput {
            fields: set,
            redirect_uri,
            ..ClientInput::default()
        },
        false => ClientInput {
            redirect_uri,
            ..enter(
                &view,
                name,
                arguments.client_id.clone(),
                set,
                &arguments.secrets,
            )?
        },
    };
    let affected = connections.plan_client(service, name, input.clone())?;
    if !arguments.yes {
        confirm_loss(&affected, "The client of connections changes. Go on?")?;
    }
    let client = connections.set_client(service, name, input)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "client": client_json(&client) }))?,
        Format::Human => output::print(&format!(
            "Stored the client {} of {} ({}).\n",
            client.client_id,
            view.service.name,
            secrets_of(&client, &view.service).map_or_else(
                || "without a secret".to_owned(),
                |kept| format!("with {}{kept}", if client.has_secret { "a " } else { "" })
            )
        ))?,
    }
    tell_loss(&affected);
    tell_redirect(&view, &client);
    Ok(exit::OK)
}

/// Says where consent leads from now on, where the redirect URL of the client that was here is gone.
pub fn tell_redirect(before: &ServiceView, client: &ClientView) {
    let mut known = before.clients.iter();
    let was = known.find(|known| known.name == client.name);
    let was = was.and_then(|known| known.redirect_uri.as_ref());
    if let (Some(was), None, Some(now)) = (was, &client.redirect_uri, &before.redirect_url) {
        output::say(&visible(&format!(
            "its redirect URL is {now} again, and no longer {was}"
        )));
    }
}

/// Whether values of a stored client change, and nothing that a person is asked for.
fn changed(arguments: &Arguments, view: &ServiceView) -> bool {
    let name = arguments.name.as_deref().unwrap_or("default");
    let values = arguments.redirect_uri.is_some() || !arguments.set.is_empty();
    let asked = arguments.client_id.is_some() || arguments.secrets.any();
    values && !asked && view.clients.iter().any(|client| client.name == name)
}

/// Tells a person how to get a client, and which redirect URL to register with it (connections, 2.1 and 6.7).
pub fn how_to_register(view: &ServiceView) {
    let service = &view.service;
    let name = visible(&service.name);
    let place = match &service.register_url {
        Some(address) => format!("at {}", visible(address)),
        None => "one there".to_owned(),
    };
    output::say(&format!(
        "{name} needs a client of your own: register {place}"
    ));
    let by_browser = match &service.scheme {
        Scheme::OAuth2(oauth2) => oauth2.grant_types.contains(&GrantType::AuthorizationCode),
        Scheme::OAuth1(oauth1) => oauth1.legs == Legs::Three,
        Scheme::Basic { .. } | Scheme::ApiKey(_) => false,
    };
    if let Some(url) = view.redirect_url.as_ref().filter(|_| by_browser) {
        output::say(&format!("Redirect URL to register: {}", visible(url)));
    }
    if let Some(says) = &service.register_says {
        output::say(&visible(says));
    }
}

/// What a client consists of: by option, else asked for.
pub fn enter(
    view: &ServiceView,
    name: Option<&str>,
    client_id: Option<String>,
    fields: BTreeMap<String, String>,
    secrets: &SecretArguments,
) -> Result<ClientInput, Failure> {
    let service = &view.service;
    if !service.needs_client() {
        // The registry says why there is no client to store.
        return Ok(ClientInput {
            client_id,
            fields,
            ..ClientInput::default()
        });
    }
    let known = view
        .clients
        .iter()
        .find(|client| client.name == name.unwrap_or("default"));
    let client_id = match client_id {
        Some(id) => id,
        None => ask(
            "Client ID",
            known.map(|client| client.client_id.as_str()),
            "--client-id ID",
        )?,
    };
    // Stored secrets stay with their identifier.
    let same = known.filter(|client| client.client_id == client_id);
    let keeps_secret = same.is_some_and(|client| client.has_secret);
    let keeps_fields = same.is_some_and(|client| client.has_secret_fields);
    let has_secret = has_secret(service);
    let may_lack = has_secret == HasSecret::Maybe;
    let mut wanted = Vec::new();
    if has_secret != HasSecret::No {
        let says = match (keeps_secret, may_lack) {
            (true, _) => Some(KEEPS),
            (false, true) => Some("empty for none, as public clients have"),
            (false, false) => None,
        };
        wanted.push(Wanted {
            name: CLIENT_SECRET.to_owned(),
            title: "Client secret".to_owned(),
            says: says.map(str::to_owned),
            optional: keeps_secret || may_lack,
            may_be_empty: false,
        });
    }
    let fields_of_client = service
        .fields
        .iter()
        .filter(|field| field.secret && field.from == FieldSource::Client);
    wanted.extend(fields_of_client.map(|field| Wanted {
        name: field.name.clone(),
        title: field.title.clone(),
        says: match keeps_fields {
            true => Some(KEEPS.to_owned()),
            false => field.says.clone(),
        },
        optional: field.optional || keeps_fields,
        may_be_empty: false,
    }));
    let mut entered = secrets.collect(&wanted)?;
    let client_secret = entered.remove(CLIENT_SECRET);
    Ok(ClientInput {
        client_id: Some(client_id),
        client_secret: client_secret
            .filter(|secret| !(may_lack && secret.expose_secret().is_empty())),
        fields,
        secret_fields: entered,
        redirect_uri: None,
    })
}

/// Whether a client of a service has a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HasSecret {
    Yes,
    No,
    /// Public clients do without.
    Maybe,
}

fn has_secret(service: &Service) -> HasSecret {
    match &service.scheme {
        Scheme::OAuth2(oauth2) => match oauth2.client_auth {
            ClientAuth::None | ClientAuth::PrivateKeyJwt => HasSecret::No,
            ClientAuth::Basic | ClientAuth::Body => HasSecret::Yes,
            ClientAuth::Auto => by_grants(oauth2),
        },
        Scheme::OAuth1(oauth1) if oauth1.signature_method == SignatureMethod::RsaSha1 => {
            HasSecret::No
        }
        Scheme::OAuth1(_) | Scheme::Basic { .. } | Scheme::ApiKey(_) => HasSecret::Yes,
    }
}

/// Where the definition leaves it open, the grants tell: an assertion proves who asks, a client that asks for itself must
/// (RFC 6749, 4.4), and a code without PKCE is safe with a secret alone (connections, 6.4).
fn by_grants(oauth2: &OAuth2) -> HasSecret {
    let grants = &oauth2.grant_types;
    let without_proof = oauth2.pkce == Pkce::Off && grants.contains(&GrantType::AuthorizationCode);
    if grants.iter().all(|grant| *grant == GrantType::JwtBearer) {
        HasSecret::No
    } else if without_proof || grants.contains(&GrantType::ClientCredentials) {
        HasSecret::Yes
    } else {
        HasSecret::Maybe
    }
}
