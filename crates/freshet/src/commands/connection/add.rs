//! `freshet connection add`.

use std::collections::BTreeMap;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{
    ConnectionView, Connections, Consent, Field, NewConnection, ServiceView,
};
use freshet_runtime::engine::Engine;
use serde_json::json;

use super::connect;
use super::connection_json;
use super::consent::Manner;
use crate::commands::service::client_input;
use crate::commands::{completions, pairs};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments};
use crate::secrets::{SecretArguments, ask, can_ask};

/// Make a connection
///
/// Nothing is sent before it is connected; --connect does that at once. Secrets are asked for without echo, or come
/// from standard input, a file or the environment.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection add billing --service stripe --connect
  freshet connection add weather --service openweather --name 'The weather'
  freshet connection add ai --service openai --connect --secret-stdin < key")]
pub struct Arguments {
    /// Link name: what scripts write
    #[arg(value_name = "LINK")]
    link: String,
    /// The service to connect to
    #[arg(long, value_name = "SERVICE", add = ArgValueCandidates::new(completions::service_names))]
    service: String,
    /// Name for people; by default the link name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A scope to ask for (repeatable); by default those the service preselects
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// How a token is asked for; by default the first of the service
    #[arg(long, value_name = "GRANT")]
    grant_type: Option<String>,
    /// Use the grant type password, which hands a user's password to this program
    #[arg(long)]
    allow_password_grant: bool,
    /// A value the service asks for (repeatable)
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Name of a stored client
    #[arg(long, value_name = "NAME", conflicts_with = "client_id")]
    client: Option<String>,
    /// Identifier of a client for this connection alone
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A further host to which the credential may be sent (repeatable)
    #[arg(long = "allow-host", value_name = "HOST")]
    allow_hosts: Vec<String>,
    /// A credential of its own for each user
    #[arg(long)]
    per_user: bool,
    /// Notes for people
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    notes: String,
    /// Connect at once
    #[arg(long)]
    connect: bool,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments, engine: &Engine) -> Outcome {
    let connections = engine.connections();
    if arguments.secrets.any() && !arguments.connect && arguments.client_id.is_none() {
        return Err(Failure::usage("secrets are taken when connecting")
            .help("add --connect, or leave them to `freshet connection connect`"));
    }
    let view = create(arguments, connections)?;
    let format = arguments.format.format();
    let created = format!("Created {} ({}).", view.link_name, view.service_name);
    // A person who is to consent reads on in the same line.
    let asks = arguments.connect
        && can_ask()
        && connections.consent(&view.link_name)? != Consent::NotNeeded;
    let opening = match format {
        Format::Human if asks => format!("{created} "),
        Format::Human => {
            output::print(&format!("{created}\n"))?;
            String::new()
        }
        Format::Json => String::new(),
    };
    if arguments.connect {
        // The secret of an own client has been taken already.
        let rest = if arguments.client_id.is_some() {
            SecretArguments::default()
        } else {
            arguments.secrets.clone()
        };
        let authorised =
            connect::authorise(engine, &view.link_name, &rest, &Manner::default(), &opening)
                .map_err(|failure| still_there(failure, &view.link_name))?;
        return connect::told(&authorised, format, connections);
    }
    match format {
        Format::Json => output::print_json(json!({ "connection": connection_json(&view) }))?,
        Format::Human => output::print(&format!(
            "next: freshet connection connect {}\n",
            view.link_name
        ))?,
    }
    Ok(exit::OK)
}

fn create(arguments: &Arguments, connections: &Connections) -> Result<ConnectionView, Failure> {
    let mut new = NewConnection {
        link_name: arguments.link.clone(),
        service: arguments.service.clone(),
        name: arguments.name.clone(),
        grant_type: arguments.grant_type.clone(),
        allow_password_grant: arguments.allow_password_grant,
        scopes: (!arguments.scopes.is_empty()).then(|| arguments.scopes.clone()),
        fields: pairs(&arguments.set, "--set")?,
        client: arguments.client.clone(),
        own_client: None,
        extra_hosts: arguments.allow_hosts.clone(),
        per_user: arguments.per_user,
        notes: arguments.notes.clone(),
        rate: None,
    };
    while let Some(field) = connections.lacking_field(&new)? {
        let value = ask_for(&field)?;
        new.fields.insert(field.name, value);
    }
    if let Some(id) = &arguments.client_id {
        let own = service_without_clients(connections, &arguments.service)?;
        new.own_client = Some(client_input(
            &own,
            None,
            Some(id.clone()),
            BTreeMap::new(),
            &arguments.secrets,
        )?);
    }
    Ok(connections.create(new)?)
}

/// A service as it is shown to whoever enters a client of their own for one connection: those stored do not count.
pub fn service_without_clients(
    connections: &Connections,
    service: &str,
) -> Result<ServiceView, Failure> {
    Ok(ServiceView {
        clients: Vec::new(),
        ..connections.service(service)?
    })
}

/// Asks for the value of a field that must be there and was not given.
fn ask_for(field: &Field) -> Result<String, Failure> {
    if can_ask() {
        describe(field);
    }
    ask(&field.title, None, &format!("--set {}=VALUE", field.name))
}

/// What a person should know before answering.
fn describe(field: &Field) {
    if let Some(says) = &field.says {
        output::say(says);
    }
    if !field.choices.is_empty() {
        let choices: Vec<String> = field
            .choices
            .iter()
            .map(|choice| format!("{} ({})", choice.value, choice.title))
            .collect();
        output::say(&format!("one of {}", choices.join(", ")));
    } else if let Some(example) = &field.example {
        output::say(&format!("for example {example}"));
    }
}

/// The connection was made, although it could not be connected.
fn still_there(failure: Failure, link: &str) -> Failure {
    let connect = format!("freshet connection connect {link}");
    let help = match &failure.help {
        // How to connect it stands there.
        Some(help) if help.contains(&connect) => format!("{link} was created; {help}"),
        Some(help) => format!("{help}\n{link} was created; connect it with `{connect}`"),
        None => format!("{link} was created; connect it with `{connect}`"),
    };
    failure.help(help)
}
