//! `freshet service edit`.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{
    ClientInput, ConnectionError, Connections, Service, ServiceChange, ServiceOptions, ServiceView,
    validate_service,
};
use serde_json::json;

use super::add::Options;
use super::{client_input, service_json, show, tell_redirect, validate};
use crate::commands::completions;
use crate::commands::conflict::{tell_clients, tell_hosts};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::secrets::{SecretArguments, can_ask, confirm, confirm_loss, not_confirmed, tell_loss};

/// Change a service of your own
///
/// By a new document (--file), in your editor, or key by key; with --client-id your client too. Asks before connections
/// lose their authorisation, which they do when an address, a host or the client is another, and before stored secrets of
/// clients go to other addresses.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet service edit my_api --file my_api.toml --yes
  freshet service edit my_api --name 'Our API' --json
  freshet service edit chat --client-id abc --secret-stdin < secret")]
pub struct Arguments {
    /// The service
    #[arg(value_name = "SERVICE", add = ArgValueCandidates::new(completions::service_names))]
    service: String,
    /// The new definition (TOML), or - for standard input
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["editor", "name", "scheme"])]
    file: Option<PathBuf>,
    /// Open the definition in $VISUAL or $EDITOR
    #[arg(long, conflicts_with_all = ["name", "scheme"])]
    editor: bool,
    /// Name for people
    #[arg(long, value_name = "NAME")]
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
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Where the change comes from.
enum Source {
    File(String, String),
    Options(Box<ServiceOptions>),
}

/// Runs the command.
pub fn run(arguments: &Arguments, connections: &Connections) -> Outcome {
    let service = &arguments.service;
    let client_id = arguments.client_id.as_deref();
    if client_id.is_none() && arguments.secrets.any() {
        return Err(
            Failure::usage("a client secret was given without --client-id").help(format!(
                "a new secret alone: freshet service client {service}"
            )),
        );
    }
    let source = source(arguments, connections)?;
    let change = match &source {
        Source::File(file, text) => ServiceChange::Document { file, text },
        Source::Options(options) => ServiceChange::Options(options),
    };
    let plan = connections.plan_service_edit(service, &change, client_id)?;
    tell_hosts(service, &plan.leads_to);
    tell_clients(&plan.clients);
    if !arguments.yes {
        let question = "Addresses or the client of the service change. Go on?";
        confirm_loss(&plan.affected, question)?;
        if plan.affected.is_empty() && !plan.clients.is_empty() && !confirm(question)? {
            return Err(not_confirmed());
        }
    }
    // Asked for before anything is stored, so that an answer left out leaves nothing half done.
    let client = client(arguments, plan.after, connections)?;
    let before = connections.service(service)?;
    let (view, affected) = connections.edit_service(service, &change, client)?;
    match arguments.format.format() {
        Format::Json => output::print_json(json!({
            "service": service_json(&view), "affected": affected,
        }))?,
        Format::Human => {
            output::print(&show::text(&view))?;
            tell_loss(&affected);
        }
    }
    for client in &view.clients {
        tell_redirect(&before, client);
    }
    Ok(exit::OK)
}

/// The client given along, if one is: for the service as it will be.
fn client(
    arguments: &Arguments,
    after: Service,
    connections: &Connections,
) -> Result<Option<ClientInput>, Failure> {
    let Some(client_id) = &arguments.client_id else {
        return Ok(None);
    };
    let view = ServiceView {
        service: after,
        ..connections.service(&arguments.service)?
    };
    let client_id = Some(client_id.clone());
    client_input(&view, None, client_id, BTreeMap::new(), &arguments.secrets).map(Some)
}

fn source(arguments: &Arguments, connections: &Connections) -> Result<Source, Failure> {
    let described = arguments.options.any();
    if let Some(path) = &arguments.file {
        if described {
            return Err(Failure::usage(
                "--file and options that change keys exclude each other",
            ));
        }
        return Ok(Source::File(
            path.to_string_lossy().into_owned(),
            validate::read(path)?,
        ));
    }
    let given = [&arguments.name, &arguments.scheme, &arguments.client_id];
    if !arguments.editor && (described || given.iter().any(|option| option.is_some())) {
        let options = arguments.options.service(
            arguments.name.clone().unwrap_or_default(),
            arguments.scheme.clone().unwrap_or_default(),
        );
        return Ok(Source::Options(Box::new(options)));
    }
    if described {
        return Err(Failure::usage(
            "--editor and options that change keys exclude each other",
        ));
    }
    let view = connections.service(&arguments.service)?;
    if view.service.is_default {
        return Err(ConnectionError::default_service(&arguments.service).into());
    }
    if !can_ask() {
        return Err(ConnectionError::no_terminal(
            "the change",
            "--file FILE or options such as --host HOST",
        )
        .into());
    }
    let file = format!("{}.toml", arguments.service);
    let text = edited(&file, &view.service.definition)?;
    Ok(Source::File(file, text))
}

/// The text as a person leaves it in an editor, again and again until it is sound or given up.
fn edited(file: &str, before: &str) -> Result<String, Failure> {
    let failed = |cause: std::io::Error| Failure::io("the text to edit", &cause);
    let mut draft = tempfile::Builder::new()
        .prefix("freshet-")
        .suffix(".toml")
        .tempfile()
        .map_err(failed)?;
    draft
        .write_all(before.as_bytes())
        .and_then(|()| draft.flush())
        .map_err(failed)?;
    loop {
        open(draft.path())?;
        let text = fs::read_to_string(draft.path()).map_err(failed)?;
        let faults = validate_service(file, &text);
        if faults.is_empty() {
            return Ok(text);
        }
        for fault in &faults {
            output::say(&visible(&fault.to_string()));
        }
        if !confirm("Edit again?")? {
            // What was typed is not lost.
            let kept = draft.keep().map(|(_, path)| path.display().to_string());
            let kept = kept.unwrap_or_default();
            return Err(not_confirmed().help(format!("your text is in {kept}")));
        }
    }
}

/// Opens a file in the editor of the person, and waits.
fn open(path: &Path) -> Result<(), Failure> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned());
    // A shell reads it, since it may have arguments of its own.
    let ended = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(path)
        .status()
        .map_err(|cause| Failure::io("the editor", &cause))?;
    if ended.success() {
        Ok(())
    } else {
        Err(Failure::usage(format!(
            "the editor `{}` failed: nothing was changed",
            visible(&editor)
        ))
        .help("choose another with VISUAL or EDITOR, or give --file FILE"))
    }
}
