//! `freshet connection connect` and `reconnect`.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use freshet_connections::{
    ConnectionError, ConnectionView, Connections, Consent, Field, FieldSource, SnippetType,
    StartOptions, Verification, rfc3339,
};
use freshet_runtime::engine::Engine;
use secrecy::SecretString;
use serde_json::json;

use super::consent::{self, Manner};
use super::device;
use super::{choose, connection_json};
use crate::commands::conflict::tell_hosts;
use crate::commands::service::{CLIENT_SECRET, client_input, how_to_register};
use crate::commands::{completions, pairs, wait};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Format, FormatArguments, visible};
use crate::secrets::{SecretArguments, Wanted, answer_from_input, can_ask, confirm, not_confirmed};

/// Authorise a connection: enter its secrets, or consent at its service; then verify it
///
/// Where a person must consent, the address for that is shown and opened in the browser. The answer comes back by itself,
/// or is pasted. Without a terminal, --start prints the address and --finish takes the answer later.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection connect billing
  freshet connection connect billing --secret-stdin < key
  freshet connection connect team_chat --no-browser
  freshet connection connect team_chat --start
  freshet connection connect team_chat --finish - < address")]
pub struct Arguments {
    /// The connection
    #[arg(value_name = "LINK", add = ArgValueCandidates::new(completions::link_names))]
    link: String,
    /// Do not open the browser: print the address, and take the answer from the browser or from what is pasted
    #[arg(long)]
    no_browser: bool,
    /// Show a code to be confirmed on any other device, where the service has such codes
    #[arg(long, conflicts_with_all = ["start", "finish", "port"])]
    device: bool,
    /// The port of the redirect URL, where the service allows any (0: a free one)
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// How long to wait for a person, at most ten minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Only begin: print the address at which to consent, and end
    #[arg(long, conflicts_with = "finish")]
    start: bool,
    /// Finish what --start began: read the address the browser ended at from standard input
    #[arg(long, value_name = "-", value_parser = ["-"], conflicts_with_all = ["secret_stdin", "secret_file", "secret_env"])]
    finish: Option<String>,
    /// Which value to take where the service has several, such as sites or accounts
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Do not send the request that shows whether it works
    #[arg(long)]
    no_verify: bool,
    /// Do not ask before stored secrets go to hosts that the service has by a change
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Authorise a connection anew; the old credential stays in use until that has worked
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet connection reconnect billing
  freshet connection reconnect billing --secret-env api_key=STRIPE_KEY")]
pub struct Reconnect {
    #[command(flatten)]
    pub arguments: Arguments,
}

/// A connection that was authorised.
pub struct Authorised {
    /// As it was before; it may have been renamed since.
    before: ConnectionView,
    /// Whose credential it is, where that is another than whoever runs this.
    owner: Option<String>,
    verification: Verification,
}

/// Runs the command.
pub fn run(arguments: &Arguments, engine: &Engine) -> Outcome {
    let link = &arguments.link;
    let verify = !arguments.no_verify;
    let format = arguments.format.format();
    let set = pairs(&arguments.set, "--set")?;
    if !set.is_empty() {
        engine.connections().prefer(link, set.clone())?;
    }
    if arguments.start && arguments.port == Some(0) {
        return Err(Failure::usage(
            "--start with --port 0: found no port, expected one that the answer can come to; nothing listens while the \
             consent is given",
        ));
    }
    if arguments.start {
        // One that needs no consent is refused; nothing is asked for it.
        let secrets = match engine.connections().consent(link)? {
            Consent::Browser => entered(engine, link, &arguments.secrets, arguments.yes)?,
            Consent::Device | Consent::NotNeeded => BTreeMap::new(),
        };
        let options = StartOptions {
            port: arguments.port,
            secrets,
            no_verify: arguments.no_verify,
            ..StartOptions::default()
        };
        return start(engine, link, &options, format);
    }
    let authorised = if arguments.finish.is_some() {
        finish(engine, link, verify)?
    } else if let Some(authorised) = resumed(engine, link, &set)? {
        authorised
    } else {
        let manner = Manner {
            browser: !arguments.no_browser && !consent::over_ssh(),
            over_ssh: !arguments.no_browser && consent::over_ssh(),
            port: arguments.port,
            timeout: Duration::from_secs(arguments.timeout),
            verify,
            device: arguments.device,
            yes: arguments.yes,
        };
        authorise(engine, link, &arguments.secrets, &manner, "")?
    };
    told(&authorised, format, engine.connections())
}

/// Begins an authorisation that another process, or this command with --finish, ends.
fn start(engine: &Engine, link: &str, options: &StartOptions, format: Format) -> Outcome {
    let connections = engine.connections();
    let begun = wait(engine, connections.start_authorization(link, options))??;
    match format {
        Format::Json => output::print_json(json!({ "attempt": {
            "address": begun.address,
            "redirect_url": begun.redirect_url,
            "expires_at": rfc3339(begun.expires_at),
        }}))?,
        Format::Human => {
            output::say("Open this address to consent (10 minutes left):");
            output::print(&format!("{}\n", begun.address))?;
            output::say(&format!(
                "next: freshet connection connect {link} --finish -  (and paste the address the browser ended at)"
            ));
        }
    }
    Ok(exit::OK)
}

/// Goes on where a consent that was given before still waits for one of `set`. `None`: nothing waits.
fn resumed(
    engine: &Engine,
    link: &str,
    set: &BTreeMap<String, String>,
) -> Result<Option<Authorised>, Failure> {
    let before = engine.connections().show(link)?;
    let resumed = choose::resumed(engine, link, set)?;
    Ok(resumed.map(|verification| Authorised {
        before,
        owner: None,
        verification,
    }))
}

/// Takes the answer to a consent from standard input.
fn finish(engine: &Engine, link: &str, verify: bool) -> Result<Authorised, Failure> {
    let connections = engine.connections();
    let view = connections.show(link)?;
    let answer = answer_from_input()?;
    let finished = wait(
        engine,
        connections.finish_authorization(Some(&view.link_name), &answer, None, verify),
    )?;
    // Whoever began it is authorised, whoever brings the answer.
    let owner = finished
        .as_ref()
        .ok()
        .map(|finished| finished.owner.clone());
    let connected = finished
        .map(|finished| finished.connected)
        .map_err(Failure::from);
    Ok(Authorised {
        owner: owner.filter(|owner| *owner != view.owner),
        verification: choose::settled(engine, &view.link_name, connected)?,
        before: view,
    })
}

/// Makes sure that the client is there, which an authorisation cannot begin without.
fn prepare(engine: &Engine, link: &str, secrets: &SecretArguments) -> Result<bool, Failure> {
    let connections = engine.connections();
    let view = connections.show(link)?;
    if !connections.lacks_client(link)? {
        return Ok(false);
    }
    // Without a terminal the registry says what is missing (C0039).
    if can_ask() || secrets.any() {
        let service = connections.service(&view.service)?;
        how_to_register(&service);
        let client = client_input(&service, None, None, Default::default(), secrets)?;
        connections.set_client(&view.service, None, client)?;
    }
    Ok(true)
}

/// The secrets that a connection needs: those given by option, the others asked for.
fn entered(
    engine: &Engine,
    link: &str,
    secrets: &SecretArguments,
    yes: bool,
) -> Result<BTreeMap<String, SecretString>, Failure> {
    let connections = engine.connections();
    let elsewhere = connections.led_elsewhere(link)?;
    if let Some(elsewhere) = &elsewhere {
        tell_hosts(link, &elsewhere.hosts);
    }
    // Those given are the client's, where one had to be stored.
    let secrets = if prepare(engine, link, secrets)? {
        SecretArguments::default()
    } else {
        secrets.clone()
    };
    let to_enter = connections.secrets_to_enter(link)?;
    let wanted: Vec<Wanted> = to_enter
        .iter()
        .map(|(field, is_known)| wanted(field, *is_known))
        .collect();
    refuse_those_of_the_client(connections, link, &secrets, &wanted)?;
    let entered = secrets.collect(&wanted)?;
    if let Some(elsewhere) = elsewhere.filter(|_| !yes) {
        let stored = to_enter
            .iter()
            .filter(|(field, is_known)| *is_known && !entered.contains_key(&field.name));
        let mut stored: Vec<&str> = stored.map(|(field, _)| field.title.as_str()).collect();
        let anew = !stored.is_empty();
        if elsewhere.client_has_secrets {
            stored.push("secrets of the client");
        }
        if !stored.is_empty() {
            agree(&elsewhere.hosts.join(", "), &stored.join(", "), anew)?;
        }
    }
    Ok(entered)
}

/// Asks before stored secrets go to hosts that the service has since they were stored. `anew`: some of them can be given
/// to this command instead.
fn agree(hosts: &str, secrets: &str, anew: bool) -> Result<(), Failure> {
    if !can_ask() {
        let what = format!("whether what is stored ({secrets}) may go to {hosts}");
        let option = match anew {
            true => "--yes, or enter it anew: --secret-stdin, --secret-file or --secret-env",
            false => "--yes",
        };
        return Err(ConnectionError::no_terminal(&what, option).into());
    }
    if confirm(&format!("Send what is stored ({secrets}) there?"))? {
        Ok(())
    } else {
        Err(not_confirmed())
    }
}

/// Says where a secret belongs that is given for a connection and is one of its client.
fn refuse_those_of_the_client(
    connections: &Connections,
    link: &str,
    secrets: &SecretArguments,
    wanted: &[Wanted],
) -> Result<(), Failure> {
    let service = connections
        .service(&connections.show(link)?.service)?
        .service;
    let of_client = |name: &&str| {
        let is_field = |field: &Field| {
            field.name == *name && field.secret && field.from == FieldSource::Client
        };
        wanted.iter().all(|wanted| wanted.name != *name)
            && (*name == CLIENT_SECRET && service.needs_client()
                || service.fields.iter().any(is_field))
    };
    let Some(name) = secrets.names().find(of_client) else {
        return Ok(());
    };
    let found = format!("`{name}` is a secret of the client of {}", service.name);
    let store = format!(
        "store it there: freshet service client {} --secret-file {name}=PATH",
        service.link_name
    );
    Err(Failure::usage(visible(&found)).help(store))
}

/// Connects a connection: with its secrets where they are enough, else with the consent of a person. `opening` stands
/// before the first line that such a person is shown.
pub fn authorise(
    engine: &Engine,
    link: &str,
    secrets: &SecretArguments,
    manner: &Manner,
    opening: &str,
) -> Result<Authorised, Failure> {
    let connections = engine.connections();
    let view = connections.show(link)?;
    if manner.device {
        connections.needs_device_grant(link)?;
    }
    let entered = entered(engine, link, secrets, manner.yes)?;
    let connected = match way(connections, link, manner)? {
        Consent::NotNeeded => {
            wait(engine, connections.connect(link, entered, manner.verify))?.map_err(Failure::from)
        }
        Consent::Device if manner.device || can_ask() => {
            device::ask(engine, &view, manner, entered, opening)
        }
        Consent::Browser if can_ask() => consent::ask(engine, &view, manner, entered, opening),
        needed => {
            let option = if needed == Consent::Device {
                "--device"
            } else {
                "--start"
            };
            let option = format!("{option}: freshet connection connect {link} {option}");
            let what = format!("consent at {}", view.service_name);
            return Err(ConnectionError::no_terminal(&what, &option).into());
        }
    };
    Ok(Authorised {
        verification: choose::settled(engine, link, connected)?,
        before: view,
        owner: None,
    })
}

/// How a person is asked, if one is needed. Over SSH the browser is elsewhere, so a code is better than an address that
/// leads back to this machine.
fn way(connections: &Connections, link: &str, manner: &Manner) -> Result<Consent, Failure> {
    if manner.device {
        return Ok(Consent::Device);
    }
    let consent = connections.consent(link)?;
    let elsewhere = consent == Consent::Browser && manner.over_ssh;
    if elsewhere && connections.offers_device(link)? {
        return Ok(Consent::Device);
    }
    Ok(consent)
}

/// A secret to ask for. One that is known already may be left as it is.
fn wanted(field: &Field, is_known: bool) -> Wanted {
    Wanted {
        name: field.name.clone(),
        title: field.title.clone(),
        says: match field.says.clone() {
            _ if is_known => Some("empty keeps the stored one".to_owned()),
            None if field.optional && !field.asked => Some("empty for none".to_owned()),
            says => says,
        },
        optional: is_known || (field.optional && !field.asked),
        may_be_empty: field.optional,
    }
}

/// Tells that a connection works, and how a script uses it.
pub fn told(authorised: &Authorised, format: Format, connections: &Connections) -> Outcome {
    let Authorised {
        before,
        owner,
        verification,
    } = authorised;
    let view = connections.show_again(before, owner.as_ref().unwrap_or(&before.owner))?;
    let link = &view.link_name;
    for warning in &verification.warnings {
        output::say(&format!(
            "warning: {} ({})",
            visible(warning.message()),
            warning.code()
        ));
    }
    if format == Format::Json {
        output::print_json(json!({ "connection": connection_json(&view) }))?;
        return Ok(exit::OK);
    }
    let account = verification
        .account
        .as_deref()
        .map(|account| format!(" as {}", visible(account)))
        .unwrap_or_default();
    let whose = owner
        .as_deref()
        .map(|owner| format!(" for {}", visible(owner)))
        .unwrap_or_default();
    let unverified = if verification.status.is_none() {
        " (not verified)"
    } else {
        ""
    };
    let disabled = if view.disabled {
        format!(", but it is disabled: `freshet connection enable {link}`")
    } else {
        String::new()
    };
    let snippet = connections.snippet(link, SnippetType::Get, None)?;
    output::print(&format!(
        "Connected {link} to {}{account}{whose}{unverified}{disabled}. In a function:\n\n{snippet}",
        visible(&view.service_name)
    ))?;
    Ok(exit::OK)
}
