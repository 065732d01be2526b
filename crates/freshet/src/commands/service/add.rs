//! `freshet service add`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{ClientInput, ConnectionError, Connections, ServiceOptions, ServiceView};
use secrecy::SecretString;
use serde_json::json;

use super::client::CLIENT_SECRET;
use super::{service_json, show, validate};
use crate::commands::completions;
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments};
use crate::secrets::{SecretArguments, Wanted, ask, can_ask};

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
#[derive(Args)]
struct Options {
    /// Where the credential goes: header, query, form or path
    #[arg(long, value_name = "TYPE", requires = "scheme")]
    param_type: Option<String>,
    /// Name of the header or parameter
    #[arg(long, value_name = "NAME", requires = "scheme")]
    param_name: Option<String>,
    /// What stands before the credential in a header
    #[arg(long, value_name = "TEXT", requires = "scheme")]
    param_prefix: Option<String>,
    /// How a token is asked for (repeatable)
    #[arg(long = "grant-type", value_name = "GRANT", requires = "scheme")]
    grant_types: Vec<String>,
    /// Where a person consents
    #[arg(long, value_name = "URL", requires = "scheme")]
    authorize_url: Option<String>,
    /// Where tokens come from
    #[arg(long, value_name = "URL", requires = "scheme")]
    token_url: Option<String>,
    /// Where tokens are renewed
    #[arg(long, value_name = "URL", requires = "scheme")]
    refresh_url: Option<String>,
    /// Where temporary tokens come from (OAuth 1.0)
    #[arg(long, value_name = "URL", requires = "scheme")]
    request_token_url: Option<String>,
    /// A scope to ask for (repeatable)
    #[arg(long = "scope", value_name = "NAME[=DISPLAY]", requires = "scheme")]
    scopes: Vec<String>,
    /// What stands between scopes: space, comma, plus or semicolon
    #[arg(long, value_name = "DELIMITER", requires = "scheme")]
    scope_delimiter: Option<String>,
    /// A host to which the credential may be sent (repeatable)
    #[arg(long = "host", value_name = "HOST", requires = "scheme")]
    hosts: Vec<String>,
    /// The request that shows whether a credential works: "GET https://…"
    #[arg(long, value_name = "REQUEST", requires = "scheme")]
    verify: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    // Asked for before anything is stored, so that an answer left out leaves nothing half done.
    let client = client(arguments)?;
    let view = add(arguments, connections)?;
    let link_name = &view.service.link_name;
    if let Some(client) = client {
        connections.set_client(link_name, None, client)?;
    }
    let view = connections.service(link_name)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({ "service": service_json(&view) }))?,
        Format::Human => output::print(&format!("{}next: {}\n", show::text(&view), next(&view)))?,
    }
    Ok(exit::OK)
}

fn add(arguments: &Arguments, connections: &Connections) -> Result<ServiceView, Failure> {
    let (link_name, name) = (&arguments.link_name, arguments.name.as_deref());
    if let Some(path) = &arguments.file {
        let text = validate::read(path)?;
        return Ok(connections.add_service(link_name, &path.to_string_lossy(), &text)?);
    }
    if let Some(from) = &arguments.from {
        return Ok(connections.add_service_from(link_name, from, name)?);
    }
    let options = match &arguments.scheme {
        Some(scheme) => by_options(arguments, scheme),
        None if can_ask() => asked(link_name, name)?,
        None => {
            return Err(ConnectionError::no_terminal(
                "the service",
                "--file FILE, --from SERVICE or --scheme SCHEME",
            )
            .into());
        }
    };
    Ok(connections.add_service_from_options(link_name, &options)?)
}

fn by_options(arguments: &Arguments, scheme: &str) -> ServiceOptions {
    let options = &arguments.options;
    ServiceOptions {
        name: arguments
            .name
            .clone()
            .unwrap_or_else(|| arguments.link_name.clone()),
        scheme: scheme.to_owned(),
        param_type: options.param_type.clone(),
        param_name: options.param_name.clone(),
        param_prefix: options.param_prefix.clone(),
        grant_types: options.grant_types.clone(),
        authorize_url: options.authorize_url.clone(),
        token_url: options.token_url.clone(),
        refresh_url: options.refresh_url.clone(),
        request_token_url: options.request_token_url.clone(),
        scopes: options.scopes.clone(),
        scope_delimiter: options.scope_delimiter.clone(),
        hosts: options.hosts.clone(),
        verify: options.verify.clone(),
    }
}

/// Asks what a service of one's own needs.
fn asked(link_name: &str, name: Option<&str>) -> Result<ServiceOptions, Failure> {
    let option = "--file FILE";
    let words = |text: String| {
        text.split([',', ' '])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut options = ServiceOptions {
        name: ask("Name", Some(name.unwrap_or(link_name)), option)?,
        ..ServiceOptions::default()
    };
    options.scheme = ask("Scheme (basic, api_key, oauth2)", Some("api_key"), option)?;
    if options.scheme == "api_key" {
        options.param_type = Some(ask(
            "Where the key goes (header, query)",
            Some("header"),
            option,
        )?);
        options.param_name = Some(ask(
            "Name of the header or parameter",
            Some("Authorization"),
            option,
        )?);
        let prefix = ask(
            "Before the key (such as Bearer, - for nothing)",
            Some("-"),
            option,
        )?;
        options.param_prefix = (prefix != "-").then(|| format!("{prefix} "));
    }
    if options.scheme == "oauth2" {
        options.grant_types = words(ask("Grant types", Some("client_credentials"), option)?);
        options.token_url = Some(ask("Token URL", None, option)?);
        let scopes = ask(
            "Scopes (with blanks between, - for none)",
            Some("-"),
            option,
        )?;
        options.scopes = if scopes == "-" {
            Vec::new()
        } else {
            words(scopes)
        };
    }
    options.hosts = words(ask(
        "Hosts of the API (such as api.example.com)",
        None,
        option,
    )?);
    let verify = ask(
        "Request that shows whether it works (such as GET https://api.example.com/me, - for none)",
        Some("-"),
        option,
    )?;
    options.verify = (verify != "-").then_some(verify);
    Ok(options)
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
