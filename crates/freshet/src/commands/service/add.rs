//! `freshet service add`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{
    ClientInput, ConnectionError, Connections, ServiceOptions, ServiceView, leads_to,
};
use secrecy::SecretString;
use serde_json::json;

use super::client::CLIENT_SECRET;
use super::{ask, service_json, show, validate};
use crate::commands::completions;
use crate::commands::conflict::tell_hosts;
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments};
use crate::secrets::{SecretArguments, Wanted, can_ask};

/// Add a service of your own
///
/// From a TOML document (--file), as a copy of another service (--from), or by options. On a terminal, without any
/// of them, the questions are asked one by one.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service add my_api --file my_api.toml
  freshet service add shop --scheme api_key --param-name X-Api-Key \\
      --host api.shop.example
  freshet service add zoom_meeting --name 'Zoom Meeting' --scheme oauth2 \\
      --grant-type client_credentials --token-url https://zoom.us/oauth/token \\
      --host api.zoom.us --scope 'meeting:read=Read meetings' \\
      --client-id abc --secret-stdin < secret")]
pub struct Arguments {
    /// Link name of the new service: small letters, digits, `_`
    #[arg(value_name = "NEW")]
    link_name: String,
    /// The definition (TOML), or - for standard input
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["from", "scheme"])]
    file: Option<PathBuf>,
    /// Begin as a copy of this service
    #[arg(long, value_name = "SERVICE", conflicts_with = "scheme", add = ArgValueCandidates::new(completions::service_names))]
    from: Option<String>,
    /// Name for people; by default the link name
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    name: Option<String>,
    /// How requests are authenticated: basic, api_key, oauth1 or oauth2
    #[arg(long, value_name = "SCHEME")]
    scheme: Option<String>,
    #[command(flatten)]
    options: Options,
    /// The identifier of your client
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Options that describe a service.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where the credential goes: header, query, form or path
    #[arg(long, value_name = "TYPE")]
    param_type: Option<String>,
    /// Name of the header or parameter
    #[arg(long, value_name = "NAME")]
    param_name: Option<String>,
    /// What stands before the credential
    #[arg(long, value_name = "TEXT")]
    param_prefix: Option<String>,
    /// How a token is asked for (repeatable)
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<String>,
    /// How the client proves itself: auto, basic, body, none (a public client) or private_key_jwt
    #[arg(long, value_name = "WAY")]
    client_auth: Option<String>,
    /// Where a person consents
    #[arg(long, value_name = "URL")]
    authorize_url: Option<String>,
    /// Where tokens come from
    #[arg(long, value_name = "URL")]
    token_url: Option<String>,
    /// Where tokens are renewed
    #[arg(long, value_name = "URL")]
    refresh_url: Option<String>,
    /// Where temporary tokens come from (OAuth 1.0)
    #[arg(long, value_name = "URL")]
    request_token_url: Option<String>,
    /// A scope to ask for (repeatable)
    #[arg(long = "scope", value_name = "NAME[=DISPLAY]")]
    scopes: Vec<String>,
    /// What stands between scopes: space, comma, plus or semicolon
    #[arg(long, value_name = "DELIMITER")]
    scope_delimiter: Option<String>,
    /// A host to which the credential may be sent (repeatable)
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// The request that shows whether a credential works: "GET https://…"
    #[arg(long, value_name = "REQUEST")]
    verify: Option<String>,
}

impl Options {
    /// Whether any is given.
    pub fn any(&self) -> bool {
        let none = ServiceOptions::default();
        self.service(String::new(), String::new()) != none
    }

    /// The service they describe.
    pub fn service(&self, name: String, scheme: String) -> ServiceOptions {
        let options = self.clone();
        ServiceOptions {
            name,
            scheme,
            param_type: options.param_type,
            param_name: options.param_name,
            param_prefix: options.param_prefix,
            grant_types: options.grant_types,
            client_auth: options.client_auth,
            authorize_url: options.authorize_url,
            token_url: options.token_url,
            refresh_url: options.refresh_url,
            request_token_url: options.request_token_url,
            scopes: options.scopes,
            scope_delimiter: options.scope_delimiter,
            hosts: options.hosts,
            verify: options.verify,
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    if arguments.scheme.is_none() && arguments.options.any() {
        return Err(if arguments.file.is_some() || arguments.from.is_some() {
            Failure::usage("options that describe a service do not go with --file or --from").help(
                format!(
                    "add it without them, then change it: freshet service edit {}",
                    arguments.link_name
                ),
            )
        } else {
            Failure::usage("options that describe a service need --scheme SCHEME")
        });
    }
    let document = match &arguments.file {
        Some(path) => Some((path.to_string_lossy(), validate::read(path)?)),
        None => None,
    };
    // What somebody else may have written is told before a secret is asked for, or anything stored.
    if let Some((file, text)) = &document {
        let link_name = &arguments.link_name;
        tell_hosts(link_name, &leads_to(link_name, file, text)?);
    }
    // Asked for before anything is stored, so that an answer left out leaves nothing half done.
    let client = client(arguments)?;
    let view = match &document {
        Some((file, text)) => connections.add_service(&arguments.link_name, file, text, client)?,
        None => add(arguments, client, connections)?,
    };
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "service": service_json(&view) }))?,
        Format::Human => output::print(&format!("{}next: {}\n", show::text(&view), next(&view)))?,
    }
    Ok(exit::OK)
}

fn add(
    arguments: &Arguments,
    client: Option<ClientInput>,
    connections: &Connections,
) -> Result<ServiceView, Failure> {
    let (link_name, name) = (&arguments.link_name, arguments.name.as_deref());
    if let Some(from) = &arguments.from {
        return Ok(connections.add_service_from(link_name, from, name, client)?);
    }
    let options = match &arguments.scheme {
        Some(scheme) => {
            let name = name.unwrap_or(link_name).to_owned();
            arguments.options.service(name, scheme.clone())
        }
        None if can_ask() => ask::service(link_name, name)?,
        None => {
            return Err(ConnectionError::no_terminal(
                "the service",
                "--file FILE, --from SERVICE or --scheme SCHEME",
            )
            .into());
        }
    };
    Ok(connections.add_service_from_options(link_name, &options, client)?)
}

/// The client given along, if one is.
fn client(arguments: &Arguments) -> Result<Option<ClientInput>, Failure> {
    let Some(client_id) = arguments.client_id.clone() else {
        if arguments.secrets.any() {
            return Err(Failure::usage(
                "a client secret was given without --client-id",
            ));
        }
        return Ok(None);
    };
    let wanted = Wanted {
        name: CLIENT_SECRET.to_owned(),
        title: "Client secret".to_owned(),
        says: Some("empty for none".to_owned()),
        optional: true,
        may_be_empty: false,
    };
    let mut entered: BTreeMap<String, SecretString> = arguments.secrets.collect(&[wanted])?;
    Ok(Some(ClientInput {
        client_id: Some(client_id),
        client_secret: entered.remove(CLIENT_SECRET),
        ..ClientInput::default()
    }))
}

fn next(view: &ServiceView) -> String {
    let service = &view.service.link_name;
    format!("freshet connection add my_{service} --service {service} --connect")
}
